//! Views of lists: runs, errors, quarantine, recycle bin, notes, counts.

use std::collections::BTreeSet;

use dirsim_model::{Schema, Timestamp};
use dirsim_store::{StoreResult, Table, Tables, rows};
use dirsim_sync::cs::ErrorRecord;
use dirsim_sync::lookup::{self, Pending};
use dirsim_sync::run::{ConnectionResult, DetailOf, details};
use dirsim_sync::{Counter, CsObject, Profile, RunRecord, connector};
use dirsim_tenant::answer::Note;
use dirsim_tenant::object::State;
use dirsim_tenant::{TenantEvent, TenantType};
use serde_json::{Value, json};

use super::{View, name_of};
use crate::event::Event;
use crate::name;

/// What a run did, in the five numbers that people ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RunSummary {
    /// Staged, projected or joined, or exported as new.
    pub adds: u64,
    /// Changed.
    pub updates: u64,
    /// Given a new name.
    pub renames: u64,
    /// Deleted, or disconnected.
    pub deletes: u64,
    /// Failed.
    pub errors: u64,
}

/// Sums the counters of a run's own kind.
pub fn run_summary(run: &RunRecord) -> RunSummary {
    use Counter as C;
    let sum = |counters: &[Counter]| counters.iter().map(|c| run.count(*c)).sum::<u64>();
    if run.profile.is_import() {
        RunSummary {
            adds: sum(&[C::StageAdd]),
            updates: sum(&[C::StageUpdate]),
            renames: sum(&[C::StageRename]),
            deletes: sum(&[C::StageDelete, C::StageDeleteAdd]),
            errors: sum(&[C::StageFailure]),
        }
    } else if run.profile.is_synchronization() {
        RunSummary {
            adds: sum(&[
                C::DisconnectorProjectedFlow,
                C::DisconnectorProjectedNoFlow,
                C::DisconnectorJoinedFlow,
                C::DisconnectorJoinedNoFlow,
            ]),
            updates: sum(&[C::ConnectorFlow]),
            renames: 0,
            deletes: sum(&[
                C::ConnectorDeleteRemoveMv,
                C::ConnectorDeleteLeaveMv,
                C::ConnectorFilteredRemoveMv,
                C::ConnectorFilteredLeaveMv,
            ]),
            errors: sum(&[C::FlowFailure]),
        }
    } else {
        RunSummary {
            adds: sum(&[C::ExportAdd]),
            updates: sum(&[C::ExportUpdate]),
            renames: sum(&[C::ExportRename]),
            deletes: sum(&[C::ExportDelete, C::ExportDeleteAdd]),
            errors: sum(&[C::ExportFailure]),
        }
    }
}

/// Says in words what a run did; numbers that are zero are left out.
pub fn run_words(run: &RunRecord) -> String {
    use Counter as C;
    let summary = run_summary(run);
    let sum = |counters: &[Counter]| counters.iter().map(|c| run.count(*c)).sum::<u64>();
    let outbound = |counters: &[Counter]| {
        run.steps
            .iter()
            .flat_map(|step| step.outbound.values())
            .flat_map(|of| counters.iter().filter_map(|counter| of.get(counter)))
            .sum::<u64>()
    };
    let words: Vec<(u64, &str)> = if run.profile.is_synchronization() {
        vec![
            (sum(&[C::DisconnectorProjectedFlow, C::DisconnectorProjectedNoFlow]), "projected"),
            (sum(&[C::DisconnectorJoinedFlow, C::DisconnectorJoinedNoFlow]), "joined"),
            (summary.updates, "changed"),
            (summary.deletes, "disconnected"),
            (outbound(&[C::ProvisionedAddFlow, C::ProvisionedAddNoFlow]), "provisioned"),
            (outbound(&[C::ConnectorFlow]), "to export"),
            (outbound(&[C::ProvisionedDisconnect]), "deprovisioned"),
            (summary.errors, "failed"),
        ]
    } else {
        vec![
            (summary.adds, "added"),
            (summary.updates, "updated"),
            (summary.renames, "renamed"),
            (summary.deletes, "deleted"),
            (sum(&[C::StageNoChange]), "unchanged"),
            (summary.errors, "failed"),
        ]
    };
    let said: Vec<String> = words
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
    if said.is_empty() { "nothing to do".to_owned() } else { said.join(", ") }
}

/// Shows a run with its summary, and every counter under its own name.
pub fn run(tables: &dyn Tables, run: &RunRecord) -> StoreResult<View> {
    let RunSummary { adds, updates, renames, deletes, errors } = run_summary(run);
    let mut view = View::new();
    view.insert("connector".into(), json!(run.connector_name));
    view.insert("profile".into(), json!(run.profile.name()));
    view.insert("result".into(), json!(run.result.name()));
    view.insert("adds".into(), json!(adds));
    view.insert("updates".into(), json!(updates));
    view.insert("renames".into(), json!(renames));
    view.insert("deletes".into(), json!(deletes));
    view.insert("errors".into(), json!(errors));
    for counter in Counter::ALL {
        view.insert(camel(counter.name()), json!(run.count(*counter)));
    }
    let connections = || run.steps.iter().filter_map(|step| step.connection.as_ref());
    let connection = connections().max_by_key(|c| c.result != ConnectionResult::Success);
    view.insert("connection".into(), json!(connection.map(|found| found.result.name())));
    view.insert("server".into(), json!(connections().next().map(|found| found.server.clone())));
    let events: Vec<u32> =
        run.steps.iter().flat_map(|step| &step.events).map(|event| event.event).collect();
    view.insert("events".into(), json!(events));
    let discovery: Vec<&str> = run
        .steps
        .iter()
        .flat_map(|step| &step.discovery_errors)
        .map(|error| error.error_type.as_str())
        .collect();
    view.insert("discoveryErrors".into(), json!(discovery));
    let steps: Vec<Value> = run
        .steps
        .iter()
        .map(|step| {
            let mut shown = View::new();
            shown.insert("partition".into(), json!(step.partition));
            shown.insert("result".into(), json!(step.result.name()));
            for counter in Counter::ALL {
                let count = step.counters.get(counter).copied().unwrap_or(0);
                shown.insert(camel(counter.name()), json!(count));
            }
            Value::Object(shown)
        })
        .collect();
    view.insert("steps".into(), json!(steps));
    let mut outbound = View::new();
    for step in &run.steps {
        for (target, counters) in &step.outbound {
            for (counter, count) in counters {
                let name = connector::get(tables, *target)?.map(|found| found.name);
                let entry = outbound.entry(name.unwrap_or_default()).or_insert_with(|| json!({}));
                let before = entry.get(camel(counter.name())).and_then(Value::as_u64).unwrap_or(0);
                if let Value::Object(object) = entry {
                    object.insert(camel(counter.name()), json!(before + count));
                }
            }
        }
    }
    view.insert("outbound".into(), Value::Object(outbound));
    Ok(view)
}

/// Turns `stage-no-change` into `stageNoChange`.
fn camel(name: &str) -> String {
    let mut out = String::new();
    let mut upper = false;
    for c in name.chars() {
        match c {
            '-' => upper = true,
            _ if upper => {
                out.extend(c.to_uppercase());
                upper = false;
            }
            _ => out.push(c),
        }
    }
    out
}

/// Shows all quarantined values in the order in which the sweep visits them.
pub fn quarantine(tables: &dyn Tables) -> StoreResult<Vec<View>> {
    let mut shown = Vec::new();
    for entry in dirsim_tenant::lookup::quarantine(tables)? {
        let holder = dirsim_tenant::lookup::object(tables, entry.number)?;
        let owner = match dirsim_tenant::lookup::by_id(tables, entry.conflict.owner)? {
            Some(number) => dirsim_tenant::lookup::object(tables, number)?,
            None => None,
        };
        let mut view = View::new();
        view.insert("object".into(), json!(holder.as_ref().map(name_of)));
        view.insert("property".into(), json!(entry.conflict.property.name()));
        view.insert("value".into(), json!(entry.conflict.value));
        view.insert("owner".into(), json!(owner.as_ref().map(name_of)));
        view.insert("since".into(), json!(entry.conflict.since.to_string()));
        shown.push(view);
    }
    Ok(shown)
}

/// Shows the tenant's recycle bin.
pub fn recycle_bin(tables: &dyn Tables, schema: &Schema) -> StoreResult<Vec<View>> {
    let mut shown = Vec::new();
    for (_, object) in dirsim_tenant::lookup::recycle_bin(tables)? {
        let time = |at: Option<Timestamp>| json!(at.map(|at| at.to_string()));
        let deleted = match object.state {
            State::Deleted(at) => Some(at),
            _ => None,
        };
        let mut view = View::new();
        view.insert("userPrincipalName".into(), json!(object.upn));
        let display = schema.attribute("displayName").and_then(|id| object.profile.text(id));
        view.insert("displayName".into(), json!(display));
        view.insert("onPremisesImmutableId".into(), json!(object.anchor));
        view.insert("onPremisesSyncEnabled".into(), json!(object.sync_enabled));
        view.insert("deletedDateTime".into(), time(deleted));
        view.insert("purgeDueDateTime".into(), time(object.purge_due()));
        view.insert("id".into(), json!(object.id.to_string()));
        shown.push(view);
    }
    Ok(shown)
}

/// Shows every export error that stands, by connector and number.
pub fn export_errors(tables: &dyn Tables, schema: &Schema) -> StoreResult<Vec<View>> {
    errors(tables, schema, Pending::ExportError)
}

/// Shows every import and synchronization error that stands, by connector and number.
pub fn sync_errors(tables: &dyn Tables, schema: &Schema) -> StoreResult<Vec<View>> {
    errors(tables, schema, Pending::ImportError)
}

fn errors(tables: &dyn Tables, schema: &Schema, kind: Pending) -> StoreResult<Vec<View>> {
    let mut shown = Vec::new();
    for connector in connector::all(tables)? {
        for cs in lookup::pending(tables, connector.id, kind, None, usize::MAX)? {
            let object: CsObject = rows::expect(tables, cs)?;
            let record = match kind {
                Pending::ExportError => &object.export_error,
                _ => &object.import_error,
            };
            let Some(record) = record else { continue };
            let mut view = View::new();
            view.insert("connector".into(), json!(connector.name));
            view.insert("object".into(), json!(name::of_cs(tables, cs)?));
            view.insert("type".into(), json!(record.error_type));
            add_refusal(tables, cs, record, &mut view)?;
            view.insert("text".into(), json!(record.text));
            view.insert("code".into(), json!(record.code));
            view.insert("step".into(), json!(record.step));
            view.insert("rule".into(), json!(record.rule));
            let attribute = record.attribute.map(|attribute| schema.name(attribute).to_owned());
            view.entry("attribute").or_insert(json!(attribute));
            view.insert("retries".into(), json!(record.retries));
            view.insert("first".into(), json!(record.first.to_string()));
            view.insert("last".into(), json!(record.last.to_string()));
            view.insert("dn".into(), json!(lookup::dn(tables, cs)?));
            shown.push(view);
        }
    }
    Ok(shown)
}

/// Adds what the tenant said: conflicting attribute, values and object.
fn add_refusal(
    tables: &dyn Tables,
    cs: u64,
    record: &ErrorRecord,
    view: &mut View,
) -> StoreResult<()> {
    let history = lookup::answers(tables, cs)?;
    let Some(refusal) = history.answers.last().and_then(dirsim_tenant::Answer::refusal) else {
        return Ok(());
    };
    if refusal.name != record.error_type {
        return Ok(());
    }
    view.insert("attribute".into(), json!(refusal.attribute));
    view.insert("values".into(), json!(refusal.values));
    let conflicting = match refusal.conflicting {
        Some(id) => match dirsim_tenant::lookup::by_id(tables, id)? {
            Some(number) => dirsim_tenant::lookup::object(tables, number)?.as_ref().map(name_of),
            None => Some(id.to_string()),
        },
        None => None,
    };
    view.insert("conflictsWith".into(), json!(conflicting));
    view.insert("category".into(), json!(refusal.category));
    view.insert("specification".into(), json!(refusal.rule));
    Ok(())
}

/// Shows the notes that dirsim made in the course of some events (D10).
pub fn notes(tables: &dyn Tables, events: &[Event]) -> StoreResult<Vec<View>> {
    let mut shown = Vec::new();
    let show = |object: Option<String>, note: &Note| {
        let mut view = View::new();
        view.insert("object".into(), json!(object));
        view.insert("code".into(), json!(note.code));
        view.insert("text".into(), json!(note.text));
        view.insert("rule".into(), json!(note.rule));
        view
    };
    for event in events {
        match event {
            Event::Note(note) => shown.push(show(None, note)),
            Event::Tenant(TenantEvent::Purged { object, .. }) => {
                let text = format!("{object} left the recycle bin for good");
                let (code, rule) = ("IRREVERSIBLE".to_owned(), "ET-173".to_owned());
                shown.push(show(None, &Note { code, text, rule }));
            }
            Event::Run(run) if run.profile != Profile::Export => {
                let notes = run.steps.iter().flat_map(|step| &step.notes);
                shown.extend(notes.map(|note| show(None, note)));
            }
            Event::Run(run) => {
                for cs in exported(tables, run)? {
                    let history = lookup::answers(tables, cs)?;
                    let Some(answer) = history.answers.last() else { continue };
                    let object = name::of_cs(tables, cs)?;
                    shown.extend(answer.notes.iter().map(|note| show(object.clone(), note)));
                }
            }
            _ => {}
        }
    }
    Ok(shown)
}

/// Returns the objects that an export sent, each once, in the order of the counters.
pub(crate) fn exported(tables: &dyn Tables, run: &RunRecord) -> StoreResult<Vec<u64>> {
    let (mut sent, mut seen) = (Vec::new(), BTreeSet::new());
    for step in &run.steps {
        for counter in [
            Counter::ExportDelete,
            Counter::ExportAdd,
            Counter::ExportUpdate,
            Counter::ExportFailure,
        ] {
            let of = DetailOf { run: run.id, step: step.number, target: 0, counter };
            for detail in details(tables, of)? {
                if seen.insert(detail.cs) {
                    sent.push(detail.cs);
                }
            }
        }
    }
    Ok(sent)
}

/// Counts what people ask for first.
pub fn counts(tables: &dyn Tables) -> StoreResult<View> {
    let (mut users, mut groups, mut contacts, mut devices) = (0u64, 0u64, 0u64, 0u64);
    let mut after = None;
    loop {
        let page = dirsim_tenant::lookup::objects_after(tables, after, 1000)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (_, object) in page.iter().filter(|(_, object)| object.is_active()) {
            match object.kind {
                TenantType::User => users += 1,
                TenantType::Group => groups += 1,
                TenantType::Contact => contacts += 1,
                TenantType::Device => devices += 1,
            }
        }
    }
    let mut pending = 0;
    let (mut export_errors, mut sync_errors) = (0, 0);
    for connector in connector::all(tables)? {
        let count = |kind| -> StoreResult<usize> {
            Ok(lookup::pending(tables, connector.id, kind, None, usize::MAX)?.len())
        };
        pending += count(Pending::Export)?;
        export_errors += count(Pending::ExportError)?;
        sync_errors += count(Pending::ImportError)?;
    }
    let mut metaverse = 0u64;
    let mut after = None;
    loop {
        let from = after.map_or(0, |id: u64| id.saturating_add(1));
        let page = tables.scan(Table::MvObject, &rows::key(from), None, 1000)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(rows::id_of(last));
        metaverse += page.len() as u64;
    }
    let mut view = View::new();
    view.insert("tenantUsers".into(), json!(users));
    view.insert("tenantGroups".into(), json!(groups));
    view.insert("tenantContacts".into(), json!(contacts));
    view.insert("tenantDevices".into(), json!(devices));
    view.insert("metaverse".into(), json!(metaverse));
    view.insert("pendingExports".into(), json!(pending));
    view.insert("exportErrors".into(), json!(export_errors));
    view.insert("syncErrors".into(), json!(sync_errors));
    view.insert("quarantine".into(), json!(dirsim_tenant::lookup::quarantine(tables)?.len()));
    view.insert("recycleBin".into(), json!(dirsim_tenant::lookup::recycle_bin(tables)?.len()));
    Ok(view)
}
