//! What must hold after every step: the invariants of synchronization and tenant, and what a kind of
//! step may change at all (SE 16.8).

use std::collections::BTreeMap;

use dirsim_store::{Table, Tables, rows};
use dirsim_sync::{Context, Counter, Profile, RunRecord, StepResult, cs, invariants};
use dirsim_world::{Event, Input, Stepped, World};

use crate::state::{Rows, all_rows};

/// Remembers the world before a step.
#[derive(Default)]
pub(crate) struct Checks {
    before: Option<Rows>,
}

impl Checks {
    /// Checks a world after a step.
    pub(crate) fn after(
        &mut self,
        world: &mut World,
        input: &Input,
        stepped: &Stepped,
    ) -> Result<(), String> {
        let rules = world.rules().map_err(|error| error.to_string())?;
        let tables = world.tables();
        let now = world.now().map_err(|error| error.to_string())?;
        let mut found = Vec::new();
        let context = Context::new(tables, world.schema(), &rules, now, 0).expect("a context");
        let broken = invariants::check(&context, tables).expect("readable tables");
        found.extend(broken.into_iter().map(|broken| format!("{}: {}", broken.rule, broken.text)));
        found.extend(dirsim_tenant::invariants::violations(tables, now).expect("readable tables"));
        let rows = all_rows(tables);
        if let Some(before) = &self.before {
            if stepped.refusal.is_some() && rows != *before {
                found.push("design 1.4: a refusal left a trace".to_owned());
            }
            for event in &stepped.events {
                if let Event::Run(run) = event {
                    check_run(tables, before, &rows, run, &mut found);
                }
            }
        }
        if world.workspace().digest() != dirsim_store::Digest::of(tables).expect("readable") {
            found.push("the digest is not that of the records".to_owned());
        }
        self.before = Some(rows);
        if found.is_empty() {
            return Ok(());
        }
        Err(format!("after {}: {}", input.label(), found.join("\n    ")))
    }
}

fn check_run(
    tables: &dyn Tables,
    before: &Rows,
    after: &Rows,
    run: &RunRecord,
    found: &mut Vec<String>,
) {
    let staged = |rows: &Rows, other: bool| -> Rows {
        rows.iter()
            .filter(|((table, key), _)| {
                *table == Table::CsObject
                    && (cs::connector_of(rows::id_of(key)) == run.connector) != other
            })
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    let of = |rows: &Rows, wanted: &[Table]| -> Rows {
        rows.iter()
            .filter(|((table, _), _)| wanted.contains(table))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    };
    let world = [Table::ForestObject, Table::ForestLink, Table::TenantObject, Table::TenantLink];
    if run.profile != Profile::Export && of(before, &world) != of(after, &world) {
        found.push(format!("{} changed a connected directory", run.profile));
    }
    if run.profile.is_import() {
        if of(before, &[Table::MvObject, Table::MvLink])
            != of(after, &[Table::MvObject, Table::MvLink])
        {
            found.push("SE-360: an import changed the metaverse".to_owned());
        }
        if staged(before, true) != staged(after, true) {
            found.push("SE-360: an import changed another connector".to_owned());
        }
        let old = objects(&staged(before, false));
        for (id, object) in objects(&staged(after, false)) {
            if let Some(old) = old.get(&id)
                && (old.synchronized != object.synchronized || old.mv != object.mv)
            {
                found.push(format!("SE-360: an import changed H or the link of {id}"));
            }
        }
    }
    if run.profile == Profile::Export {
        if of(before, &[Table::MvObject, Table::MvLink])
            != of(after, &[Table::MvObject, Table::MvLink])
        {
            found.push("an export changed the metaverse".to_owned());
        }
        if run.result == StepResult::StoppedDeletionThresholdExceeded {
            let tables = [Table::CsObject, Table::CsLink, Table::TenantObject, Table::TenantLink];
            if of(before, &tables) != of(after, &tables) {
                found.push("SE-369: a stopped export changed something".to_owned());
            }
        } else {
            check_export(tables, before, after, run, found);
        }
    }
}

/// SE-368, SE-375.
fn check_export(
    tables: &dyn Tables,
    before: &Rows,
    after: &Rows,
    run: &RunRecord,
    found: &mut Vec<String>,
) {
    let (old, new) = (objects(before), objects(after));
    let failed = failures(tables, run);
    for (id, object) in &new {
        let Some(old) = old.get(id) else { continue };
        if cs::connector_of(*id) != run.connector {
            if old != object {
                found.push(format!("SE-368: an export changed {id} of another connector"));
            }
            continue;
        }
        if !failed.contains(id) {
            if object.export_error.is_some() && old.export_error.is_none() {
                found.push(format!("SE-368: {id} has a new error and is not counted"));
            }
            continue;
        }
        let (mut left, mut right) = (old.clone(), object.clone());
        let (first, second) = (left.export_error.take(), right.export_error.take());
        if left != right && !object.flags.has(cs::Flags::REBUILD_IN_PROGRESS) {
            found.push(format!("SE-368: a failed export changed {id}"));
        }
        let Some(second) = second else {
            found.push(format!("SE-368: the failure of {id} left no error"));
            continue;
        };
        let retries = first.as_ref().map_or(0, |first| first.retries + 1);
        if second.retries != retries && first.as_ref() != Some(&second) {
            found.push(format!("SE-375: {id} counts {} retries, not {retries}", second.retries));
        }
    }
}

fn failures(tables: &dyn Tables, run: &RunRecord) -> Vec<u64> {
    let mut failed = Vec::new();
    for step in &run.steps {
        let of = dirsim_sync::run::DetailOf {
            run: run.id,
            step: step.number,
            target: 0,
            counter: Counter::ExportFailure,
        };
        failed.extend(dirsim_sync::run::details(tables, of).expect("details").iter().map(|d| d.cs));
    }
    failed
}

fn objects(rows: &Rows) -> BTreeMap<u64, cs::CsObject> {
    rows.iter()
        .filter(|((table, _), _)| *table == Table::CsObject)
        .map(|((table, key), value)| {
            (rows::id_of(key), rows::decode(*table, key, value).expect("a row"))
        })
        .collect()
}
