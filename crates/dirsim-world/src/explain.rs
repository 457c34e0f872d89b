//! The story of one object across all five places, each fact with the rule that decided it.
//!
//! [`export`] tells what the tenant said about it, check by check.

pub mod export;

use dirsim_forest::ForestObject;
use dirsim_model::attribute::well_known;
use dirsim_model::{Schema, Side};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::cs::{Anchor, ErrorRecord, ExportOp, ImportOp, connector_of};
use dirsim_sync::images::Change;
use dirsim_sync::mv::{LinkAction, MvObject};
use dirsim_sync::rule_book::RuleBook;
use dirsim_sync::{CsObject, connector};
use dirsim_tenant::TenantObject;
use serde::Serialize;

use self::export::ExportStory;
use crate::error::WorldError;
use crate::find::{Found, find};
use crate::view;
use crate::world::World;

/// What is known about one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Story {
    /// The identity that was asked for.
    pub identity: String,
    /// The places where the object is, or was, in the order in which a change travels.
    pub chapters: Vec<Chapter>,
    /// The exports to the tenant that are kept with the object, the last one first.
    pub exports: Vec<ExportStory>,
    /// The number of the connector space object that they are about.
    #[serde(skip)]
    pub exported: Option<u64>,
}

/// The object in one place.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Chapter {
    /// The place: `forest contoso.com`, `connector space contoso.com`, `metaverse` …
    pub place: String,
    /// The object in that place.
    pub object: String,
    /// What is to be said, the most telling first.
    pub facts: Vec<Fact>,
}

/// One fact.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Fact {
    /// What it is about.
    pub label: String,
    /// What was found.
    pub value: String,
    /// The rule of the specification, or the synchronization rule, behind it.
    pub rule: Option<String>,
}

impl Chapter {
    fn new(place: impl Into<String>, object: impl Into<String>) -> Self {
        Self { place: place.into(), object: object.into(), facts: Vec::new() }
    }

    fn add(&mut self, label: &str, value: impl Into<String>) {
        self.facts.push(Fact { label: label.to_owned(), value: value.into(), rule: None });
    }

    fn add_ruled(&mut self, label: &str, value: impl Into<String>, rule: impl Into<String>) {
        let rule = Some(rule.into());
        self.facts.push(Fact { label: label.to_owned(), value: value.into(), rule });
    }
}

/// Tells the story of every object that an identity names; none when it names nothing.
pub fn explain(
    tables: &dyn Tables,
    schema: &Schema,
    identity: &str,
) -> Result<Vec<Story>, WorldError> {
    let book = RuleBook::read(tables)?;
    let mut stories = Vec::new();
    for found in find(tables, identity)? {
        stories.push(story(tables, schema, &book, identity, &found)?);
    }
    Ok(stories)
}

/// Tells in a few lines why the world is as it is for an identity, for failed expectations.
pub fn short(world: &World, identity: &str) -> Result<Option<String>, WorldError> {
    let stories = explain(world.tables(), world.schema(), identity)?;
    let Some(story) = stories.first() else { return Ok(None) };
    let mut lines = vec![format!("why {identity} is as it is:")];
    for chapter in &story.chapters {
        lines.push(format!("  {}: {}", chapter.place, chapter.object));
        let telling = chapter.facts.iter().filter(|fact| {
            fact.rule.is_some() && !fact.label.starts_with("value ") || fact.label == "state"
        });
        for fact in telling.take(8) {
            let rule = fact.rule.as_deref().map(|rule| format!(" [{rule}]")).unwrap_or_default();
            lines.push(format!("    {}: {}{rule}", fact.label, fact.value));
        }
    }
    if let Some(last) = story.exports.first() {
        lines.push(format!("  last export: {}", last.outcome.words()));
        let checks = last.checks.iter();
        lines.extend(checks.map(|check| format!("    {} [{}]", check.fact, check.rule)));
    }
    Ok(Some(lines.join("\n")))
}

fn story(
    tables: &dyn Tables,
    schema: &Schema,
    book: &RuleBook,
    identity: &str,
    found: &Found,
) -> StoreResult<Story> {
    let mut chapters = Vec::new();
    for id in &found.forest {
        if let Some(object) = rows::get::<ForestObject>(tables, *id)? {
            chapters.push(in_forest(tables, schema, *id, &object)?);
        }
    }
    let (mut forest_side, mut cloud_side) = (Vec::new(), Vec::new());
    let (mut exports, mut exported) = (Vec::new(), None);
    for id in &found.cs {
        let Some(object) = rows::get::<CsObject>(tables, *id)? else { continue };
        let chapter = in_connector_space(tables, schema, book, *id, &object)?;
        if let Some(Anchor::Object(_)) = object.anchor {
            forest_side.push(chapter);
        } else {
            exports = export::kept(tables, *id)?;
            exported = Some(*id);
            cloud_side.push(chapter);
        }
    }
    chapters.extend(forest_side);
    if let Some(id) = found.mv
        && let Some(object) = dirsim_sync::mv::get(tables, id)?
    {
        chapters.push(in_metaverse(tables, schema, book, id, &object)?);
    }
    chapters.extend(cloud_side);
    for number in &found.tenant {
        if let Some(object) = dirsim_tenant::lookup::object(tables, *number)? {
            let mut chapter = in_tenant(tables, schema, *number, &object)?;
            if object.is_synced() {
                for id in &found.forest {
                    add_dangling(tables, schema, *id, &mut chapter)?;
                }
            }
            chapters.push(chapter);
        }
    }
    Ok(Story { identity: identity.to_owned(), chapters, exports, exported })
}

fn in_forest(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    object: &ForestObject,
) -> StoreResult<Chapter> {
    let forest = dirsim_forest::lookup::forest_of(tables, id)?;
    let dn = dirsim_forest::lookup::dn(tables, id)?;
    let mut chapter = Chapter::new(format!("forest {forest}"), dn.to_string());
    chapter.add("class", schema.class_name(object.class));
    chapter.add_ruled("objectGUID", object.guid.to_string(), "SE-037");
    if let Some(deletion) = &object.deleted {
        let rule = if deletion.restorable { "SE-059" } else { "SE-058" };
        chapter.add_ruled("state", format!("deleted at {}", deletion.at), rule);
    }
    let shown = view::entry(schema, Side::Forest, &object.entry);
    for name in [
        "objectSid",
        "sAMAccountName",
        "userPrincipalName",
        "mail",
        "proxyAddresses",
        "mS-DS-ConsistencyGuid",
        "userAccountControl",
    ] {
        if let Some(value) = shown.get(name) {
            chapter.add(name, text(value));
        }
    }
    chapter.add("changed", format!("{} (USN {})", object.changed, object.usn_changed));
    if let Some(last) = crate::passwords::last_hash(tables, id)? {
        let said = match &last.refused {
            Some((_, text)) => format!("sent at {}, refused: {text}", last.at),
            None => format!("of {}, sent at {}, accepted", last.changed, last.at),
        };
        let rule = last.checks.last().map_or("ET-240", |check| check.rule.as_str());
        chapter.add_ruled("password", said, rule);
    }
    Ok(chapter)
}

fn in_connector_space(
    tables: &dyn Tables,
    schema: &Schema,
    book: &RuleBook,
    id: u64,
    object: &CsObject,
) -> StoreResult<Chapter> {
    let connector = connector::get(tables, connector_of(id))?;
    let name = connector.as_ref().map_or("?", |connector| &connector.name);
    let side = match &connector {
        Some(connector) if connector.is_forest() => Side::Forest,
        _ => Side::Entra,
    };
    let dn = dirsim_sync::lookup::dn(tables, id)?;
    let mut chapter = Chapter::new(format!("connector space {name}"), dn);
    if let Some(anchor) = &object.anchor {
        chapter.add("anchor", anchor.to_string());
    }
    let link = if object.mv == 0 { "disconnector" } else { "connector, joined to the metaverse" };
    chapter.add_ruled("state", link, "SE-020");
    if let Some((at, cause)) = object.disconnected.filter(|_| object.mv == 0) {
        chapter.add_ruled("disconnected", format!("since {at}: {cause:?}"), "SE-176");
    }
    if object.import != ImportOp::None {
        chapter.add_ruled("pending import", format!("{:?}", object.import), "SE-023");
    }
    if object.export != ExportOp::None {
        chapter.add_ruled("pending export", format!("{:?}", object.export), "SE-024");
        for (attribute, change) in object.unapplied.iter() {
            let value = match change {
                Change::Replace(values) if values.is_empty() => "removed".to_owned(),
                Change::Replace(values) => shown_values(schema, side, attribute, values),
                Change::Values(change) => {
                    format!("{} added, {} removed", change.add.len(), change.remove.len())
                }
            };
            chapter.add(&format!("to export {}", schema.name(attribute)), value);
        }
    }
    if !object.unconfirmed.is_empty() {
        let waiting = object.unconfirmed.attributes().len();
        chapter.add_ruled("awaiting confirmation", format!("{waiting} attributes"), "SE-030");
    }
    for rule in &object.outbound_rules {
        chapter.add_ruled("rule out", book.name(*rule), "SE-166");
    }
    for (label, error) in
        [("import error", &object.import_error), ("export error", &object.export_error)]
    {
        if let Some(error) = error {
            add_error(&mut chapter, label, error);
        }
    }
    Ok(chapter)
}

fn add_error(chapter: &mut Chapter, label: &str, error: &ErrorRecord) {
    let rule = if label == "import error" { "SE-158" } else { "SE-219" };
    let text = if error.text.starts_with(&error.error_type) {
        error.text.clone()
    } else {
        format!("{}: {}", error.error_type, error.text)
    };
    chapter.add_ruled(label, text, rule);
    if let Some(rule) = &error.rule {
        chapter.add("failing rule", rule.clone());
    }
    chapter
        .add("since", format!("{}, last {}, {} retries", error.first, error.last, error.retries));
}

fn in_metaverse(
    tables: &dyn Tables,
    schema: &Schema,
    book: &RuleBook,
    id: u64,
    object: &MvObject,
) -> StoreResult<Chapter> {
    let name = format!("{} {}", schema.class_name(object.class), dirsim_sync::mv::guid(id));
    let mut chapter = Chapter::new("metaverse", name);
    for (cs, part) in object.links.iter().zip(&object.parts) {
        let connector = connector::get(tables, connector_of(*cs))?
            .map_or_else(String::new, |connector| connector.name);
        let (how, rule) = match part.action {
            LinkAction::Joined => ("joined", "SE-144"),
            LinkAction::Projected => ("projected", "SE-146"),
            LinkAction::Provisioned => ("provisioned", "SE-167"),
            LinkAction::OutboundJoined => ("joined outbound", "SE-167"),
        };
        chapter.add_ruled("link", format!("{connector}, {how} at {}", part.linked), rule);
        for rule in &part.rules {
            chapter.add_ruled("rule in", book.name(*rule), "SE-141");
        }
    }
    for attribute in object.attributes() {
        let resolved = object.get(book, attribute);
        let shown = shown_values(schema, Side::Metaverse, attribute, resolved.values());
        let label = format!("value {}", schema.name(attribute));
        match object.lineage(book, attribute) {
            Some(lineage) => chapter.add_ruled(&label, shown, book.name(lineage.rule)),
            None => chapter.add(&label, shown),
        }
    }
    Ok(chapter)
}

fn in_tenant(
    tables: &dyn Tables,
    schema: &Schema,
    number: u64,
    object: &TenantObject,
) -> StoreResult<Chapter> {
    let mut chapter = Chapter::new("tenant", object.describe());
    chapter.add_ruled("state", describe_state(object), "ET-013");
    if let Some(at) = object.purge_due() {
        chapter.add_ruled("recycle bin", format!("can be restored until {at}"), "ET-173");
    }
    if let Some(anchor) = &object.anchor {
        chapter.add_ruled("onPremisesImmutableId", anchor.as_str(), "ET-014");
    }
    for conflict in &object.conflicts {
        let owner = dirsim_tenant::lookup::by_id(tables, conflict.owner)?;
        let owner = match owner {
            Some(number) => dirsim_tenant::lookup::object(tables, number)?
                .map_or_else(|| conflict.owner.to_string(), |owner| owner.describe()),
            None => conflict.owner.to_string(),
        };
        let value = format!(
            "{} {} since {}, owned by {owner}",
            conflict.property.name(),
            conflict.value,
            conflict.since
        );
        chapter.add_ruled("quarantined", value, "ET-077");
    }
    if let Some(upn) = &object.shadow.upn
        && object.upn.as_deref() != Some(&**upn)
    {
        chapter.add_ruled("shadow userPrincipalName", &**upn, "ET-091");
    }
    let shown = view::tenant_object(tables, schema, number, object)?;
    for (name, value) in &shown {
        let said =
            ["onPremisesImmutableId", "onPremisesProvisioningErrors", "onPremisesSyncEnabled"];
        let value = text(value);
        if !value.is_empty() && !said.contains(&name.as_str()) {
            chapter.add(name, value);
        }
    }
    Ok(chapter)
}

/// References of one object whose targets are looked up.
const REFERENCES_MAX: usize = 1_000;
/// References without a target that are named one by one.
const DANGLING_MAX: usize = 10;

/// Says which references of a forest object lead to nobody in the tenant (ET-222).
fn add_dangling(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    chapter: &mut Chapter,
) -> StoreResult<()> {
    for attribute in [well_known::MEMBER, well_known::MANAGER, well_known::MANAGED_BY] {
        let targets = dirsim_forest::view::attribute(tables, schema, id, attribute)?;
        let mut missing = Vec::new();
        for target in targets.iter().take(REFERENCES_MAX) {
            let name = target.to_string();
            let Some(dn) = name.parse().ok() else { continue };
            let Some(account) = dirsim_forest::lookup::by_dn(tables, &dn)? else { continue };
            let there = crate::find::of_forest(tables, account)?.tenant;
            let active = there.iter().try_fold(false, |found, number| {
                let object = dirsim_tenant::lookup::object(tables, *number)?;
                Ok::<_, dirsim_store::StoreError>(
                    found || object.is_some_and(|object| object.is_active()),
                )
            })?;
            if !active {
                missing.push(name);
            }
        }
        let label = format!("no {}", schema.name(attribute));
        for name in missing.iter().take(DANGLING_MAX) {
            chapter.add_ruled(&label, format!("{name} is not in the tenant"), "ET-222");
        }
        if let Some(more) = missing.len().checked_sub(DANGLING_MAX).filter(|more| *more > 0) {
            chapter.add_ruled(&label, format!("and {more} more"), "ET-222");
        }
    }
    Ok(())
}

fn describe_state(object: &TenantObject) -> &'static str {
    if object.cloud_managed {
        return "managed in the cloud";
    }
    match object.sync_enabled {
        Some(true) => "synchronized: mastered on-premises",
        Some(false) => "formerly synchronized: an anchor match can take it back",
        None => "cloud-only: never synchronized, or converted",
    }
}

fn shown_values(
    schema: &Schema,
    side: Side,
    attribute: dirsim_model::AttributeId,
    values: dirsim_model::Values<'_>,
) -> String {
    const SHOWN_MAX: usize = 160;
    let syntax = schema.syntax(side, attribute);
    let list: Vec<String> = values
        .iter()
        .map(|value| dirsim_model::typed::display(syntax, &value.to_owned()))
        .collect();
    let all = list.join(", ");
    if all.chars().count() <= SHOWN_MAX || attribute == well_known::PROXY_ADDRESSES {
        return all;
    }
    let cut: String = all.chars().take(SHOWN_MAX).collect();
    format!("{cut}… ({} characters)", all.chars().count())
}

fn text(value: &serde_json::Value) -> String {
    match value {
        serde_json::Value::Null => String::new(),
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Array(items) => items.iter().map(text).collect::<Vec<_>>().join(", "),
        other => other.to_string(),
    }
}
