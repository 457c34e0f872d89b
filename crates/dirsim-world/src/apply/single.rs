//! Single-object sync: one object of a forest through import, synchronization and export
//! (SE-344 to SE-347).

use dirsim_model::time::MINUTE_MS;
use dirsim_model::{AttributeId, Dn, Side, SourceAnchor, Timestamp};
use dirsim_store::{Tables, rows};
use dirsim_sync::cs::{self, connector_of};
use dirsim_sync::images::View;
use dirsim_sync::import::scope::ContainerFilter;
use dirsim_sync::{Connector, Counter, connector, mv, server, single};

use super::{Effect, Scene};
use crate::error::WorldError;
use crate::event::{Event, Refusal, SingleReport, SingleStep};

/// Name of the meta record that keeps the times of the last calls.
const CALLS: &str = "sync-single-object-calls";
/// Most calls in five minutes (SE-345).
const CALLS_MAX: usize = 10;
/// How long a call counts.
const WINDOW_MS: i64 = 5 * MINUTE_MS;

struct Reporter {
    report: SingleReport,
}

impl Reporter {
    fn step(&mut self, name: &str, passed: bool, text: impl Into<String>) -> bool {
        self.report.steps.push(SingleStep { name: name.to_owned(), passed, text: text.into() });
        passed
    }

    fn effect(self) -> Effect {
        Effect::events(vec![Event::Single(Box::new(self.report))])
    }
}

/// Takes one object through a cycle of its own. Stops at the first check that fails.
pub(super) fn synchronize(
    scene: &mut Scene<'_>,
    dn: &Dn,
    staging_mode: bool,
) -> Result<Effect, WorldError> {
    if let Some(refusal) = throttle(scene.tables, scene.now)? {
        return Ok(Effect::refused(refusal));
    }
    let mut told = Reporter {
        report: SingleReport { dn: dn.to_string(), steps: Vec::new(), changed: Vec::new() },
    };
    let connectors = connector::all(scene.tables)?;
    let Some(entra) = connectors.iter().find(|connector| !connector.is_forest()) else {
        return Err(WorldError::NothingLoaded("tenant"));
    };
    let Some((forest, partition, _)) = single::at(scene.tables, &connectors, dn)? else {
        told.step("source domain scope", false, format!("no connector has a domain of {dn}"));
        return Ok(told.effect());
    };
    let selected = if partition.selected { "is selected" } else { "is not selected" };
    let text = format!("the domain {} {selected}", partition.name);
    if !told.step("source domain scope", partition.selected, text) {
        return Ok(told.effect());
    }
    let (forest, partition) = (forest.clone(), partition.clone());
    let target = match entra.partitions.first() {
        Some(only) => scene.engine().unreachable(entra, only)?,
        None => None,
    };
    let text = match &target {
        Some((result, why)) => {
            format!("{} cannot be reached: {}: {why}", entra.name, result.name())
        }
        None => format!("{} can be reached", entra.name),
    };
    if !told.step("target domain scope", target.is_none(), text) {
        return Ok(told.effect());
    }
    let in_scope = ContainerFilter::new(&partition.include, &partition.exclude).decide(dn);
    let text = if in_scope { "the container is included" } else { "the container is excluded" };
    if !told.step("OU scope", in_scope, text) {
        return Ok(told.effect());
    }
    if let Some((result, why)) = scene.engine().unreachable(&forest, &partition)? {
        told.step("object reachable", false, format!("{}: {why}", result.name()));
        return Ok(told.effect());
    }
    let number = match dirsim_forest::lookup::by_dn(scene.tables, dn)? {
        Some(number) if scene.engine().reads(&forest, &partition, dn)? => number,
        _ => {
            told.step("object reachable", false, "the connector account finds no such object");
            return Ok(told.effect());
        }
    };
    told.step("object reachable", true, "the connector account reads the object");
    let object: dirsim_forest::ForestObject = rows::expect(scene.tables, number)?;
    let listed = forest.classes.contains(&object.class);
    let verb = if listed { "are imported" } else { "are not imported" };
    let text = format!("objects of the class {} {verb}", scene.schema.class_name(object.class));
    if !told.step("object type scope", listed, text) {
        return Ok(told.effect());
    }
    let (passed, text) = group_filter(scene, &forest, number)?;
    if !told.step("group filtering", passed, text) {
        return Ok(told.effect());
    }
    let guid = object.guid;
    if !import(scene, &mut told, &forest, dn)? {
        return Ok(told.effect());
    }
    let anchor = dirsim_sync::cs::Anchor::Object(guid);
    let Some(staged) = dirsim_sync::lookup::by_anchor(scene.tables, forest.id, &anchor)? else {
        told.step("import AD", false, "the object was not staged");
        return Ok(told.effect());
    };
    if let Some(anchor) = source_anchor(scene.tables, scene.schema, staged)? {
        let found = scene.engine().import_counterpart(entra, &anchor)?;
        let text = if found.is_some() { "imported" } else { "the tenant has no counterpart yet" };
        told.step("import Entra", true, text);
    }
    let done = scene.engine().synchronize_one(staged, true)?;
    if let Some(error) = done.errors.first() {
        told.step("sync", false, error.error.text.clone());
        return Ok(told.effect());
    }
    told.step("sync", true, counted(&done));
    export(scene, &mut told, entra, staged, staging_mode)?;
    Ok(told.effect())
}

/// Returns whether the object passes the group filter of its connector, if there is one: it must be
/// a direct member (SE-323).
fn group_filter(
    scene: &Scene<'_>,
    forest: &Connector,
    number: u64,
) -> Result<(bool, String), WorldError> {
    let Some(group) = crate::view::pilot_groups(scene.tables)?.remove(&forest.guid) else {
        return Ok((true, "no group filter".to_owned()));
    };
    let found = dirsim_forest::lookup::by_dn(scene.tables, &group)?;
    let members = match found {
        Some(found) => {
            let member = dirsim_model::attribute::well_known::MEMBER;
            dirsim_forest::view::targets(scene.tables, found, member)?
        }
        None => Vec::new(),
    };
    let passed = members.contains(&number);
    let verb = if passed { "is" } else { "is not" };
    Ok((passed, format!("the object {verb} a direct member of {group}")))
}

fn import(
    scene: &mut Scene<'_>,
    told: &mut Reporter,
    forest: &Connector,
    dn: &Dn,
) -> Result<bool, WorldError> {
    let Some(done) = scene.engine().import_one(forest, dn)? else {
        return Ok(told.step("import AD", false, "the object could not be read"));
    };
    if let Some(error) = done.discovery_errors.first() {
        return Ok(told.step("import AD", false, error.text.clone()));
    }
    Ok(told.step("import AD", true, counted(&done)))
}

fn export(
    scene: &mut Scene<'_>,
    told: &mut Reporter,
    entra: &Connector,
    staged: u64,
    staging_mode: bool,
) -> Result<(), WorldError> {
    let own = cs::get(scene.tables, staged)?.map_or(0, |object| object.mv);
    let target = mv::get(scene.tables, own)?.and_then(|person| person.links_in(entra.id).next());
    let Some(target) = target else {
        told.step("export", false, "the rules provision no cloud object for it");
        return Ok(());
    };
    if let Some(object) = cs::get(scene.tables, target)? {
        let attributes: Vec<AttributeId> = object.escrowed.then(&object.unapplied).attributes();
        for attribute in attributes {
            let shown = |view: View| -> String {
                let syntax = scene.schema.syntax(Side::Entra, attribute);
                let values = object.view(view).to_vec(attribute);
                let shown: Vec<String> =
                    values.iter().map(|v| dirsim_model::typed::display(syntax, v)).collect();
                shown.join("; ")
            };
            told.report.changed.push((
                scene.schema.name(attribute).to_owned(),
                shown(View::Unconfirmed),
                shown(View::Unapplied),
            ));
        }
    }
    if staging_mode || server::settings(scene.tables)?.staging_mode {
        told.step("export", true, "left out: staging mode; the synchronization is kept");
        return Ok(());
    }
    let done = scene.engine().export_one(entra, target)?;
    match done.errors.first() {
        Some(error) => told.step("export", false, error.error.text.clone()),
        None => told.step("export", true, counted(&done)),
    };
    Ok(())
}

/// Refuses more than ten calls in five minutes (SE-345); a tenant that makes the server wait refuses
/// all of them (FM-42).
fn throttle(tables: &mut dyn Tables, now: Timestamp) -> Result<Option<Refusal>, WorldError> {
    let refuse = || {
        Some(Refusal::Server {
            message: "The request was throttled; wait five minutes before the next \
                      single-object sync."
                .to_owned(),
            rule: "SE-345",
        })
    };
    let slow = dirsim_sync::fault::all(tables)?
        .into_iter()
        .any(|fault| fault.kind == dirsim_sync::fault::Kind::TenantThrottle && fault.stands(now));
    if slow {
        return Ok(refuse());
    }
    let mut calls: Vec<Timestamp> = rows::meta(tables, CALLS)?.unwrap_or_default();
    calls.retain(|at| now - *at < WINDOW_MS);
    if calls.len() >= CALLS_MAX {
        return Ok(refuse());
    }
    calls.push(now);
    rows::put_meta(tables, CALLS, &calls)?;
    Ok(None)
}

/// Returns the anchor that the metaverse gives an object, or the one it would give.
fn source_anchor(
    tables: &dyn Tables,
    schema: &dirsim_model::Schema,
    staged: u64,
) -> Result<Option<SourceAnchor>, WorldError> {
    debug_assert!(connector_of(staged) > 0, "an object of a connector");
    let _ = schema;
    let Some(object) = cs::get(tables, staged)? else { return Ok(None) };
    let own =
        object.view(View::Imported).to_vec(dirsim_model::attribute::well_known::CONSISTENCY_GUID);
    let bytes = own.first().and_then(|value| match value {
        dirsim_model::Value::Bytes(bytes) => dirsim_model::Guid::from_slice(bytes),
        _ => None,
    });
    let guid = bytes.or(match object.anchor {
        Some(cs::Anchor::Object(guid)) => Some(guid),
        _ => None,
    });
    Ok(guid.map(SourceAnchor::from_guid))
}

/// Says what was counted.
fn counted(done: &single::Done) -> String {
    let words: Vec<String> = Counter::ALL
        .iter()
        .filter(|counter| done.count(**counter) > 0)
        .map(|counter| counter.name().to_owned())
        .collect();
    if words.is_empty() { done.result.name().to_owned() } else { words.join(", ") }
}
