//! The end of a rehearsal: all changes in one table, what is lost, errors, and the time it would take.

use std::collections::BTreeSet;

use dirsim_model::Timestamp;
use dirsim_runbook::files::MemoryFiles;
use dirsim_runbook::{RunOutcome, duration_text};
use dirsim_sync::{Counter, Profile, RunRecord};
use dirsim_world::changes::{self, ChangeKind};
use dirsim_world::{World, ledger, plan::throughput};
use serde_json::json;

use super::rehearsal::{Rehearsal, words};
use crate::cli::Format;
use crate::commands::runs::Runs;
use crate::failure::Failure;
use crate::outputs::dim;
use crate::report::Rows;

/// Objects of one place that are compared for the table of all changes.
const OBJECTS_MAX: usize = 10_000;
/// Entries of the ledger that are told.
const LEDGER_MAX: usize = 200;

/// Prints the table of the runs, when there were some.
pub(super) fn runs<'a>(runs: impl Iterator<Item = &'a RunRecord>) -> Result<(), Failure> {
    let mut table = Runs::new(Format::Text, &[]);
    for run in runs {
        table.push(Vec::new(), run);
    }
    if !table.is_empty() {
        table.print(Format::Text)?;
    }
    Ok(())
}

/// Tells which files a script left in memory.
pub(super) fn files(memory: &MemoryFiles) {
    for (place, bytes) in memory.all() {
        let bytes = bytes.len();
        anstream::eprintln!(
            "{place} ({bytes} bytes) was written in memory; --files FOLDER keeps it"
        );
    }
}

/// Prints the end of a rehearsal.
pub(super) fn print(
    world: &World,
    rehearsal: &Rehearsal<'_>,
    outcome: &RunOutcome,
    (first, began): (u64, Timestamp),
    limit: usize,
) -> Result<(), Failure> {
    let last = world.head();
    println!();
    if let Some((line, why)) = rehearsal.ended() {
        println!("ended in front of line {line}: {why}");
    }
    runs(rehearsal.runs())?;
    let rows_max = if limit == 0 { usize::MAX } else { limit };
    let rows = all_changes(world, first, last, rows_max)?;
    if rows.is_empty() {
        println!("no object changed");
    } else {
        rows.print(Format::Text)?;
    }
    notes(world, rehearsal, first, last)?;
    for (line, text) in rehearsal.errors() {
        anstream::println!("error in line {line}: {}", text.lines().next().unwrap_or_default());
    }
    if let Some(failure) = &outcome.failed {
        println!("the script ended with an error in line {}", failure.span.line);
    }
    time(world, rehearsal, began)
}

/// Builds the table of all changes from the first step to the last.
fn all_changes(world: &World, first: u64, last: u64, rows_max: usize) -> Result<Rows, Failure> {
    let mut rows = Rows::new(&["Place", "Object", "Attribute", "Before → after"]);
    if last <= first {
        return Ok(rows);
    }
    let changes = changes::between(world, first, last, OBJECTS_MAX)?;
    let (mut left, mut confirmed) = (0, 0);
    for object in &changes.objects {
        if object.is_confirmation() {
            confirmed += 1;
            continue;
        }
        let place = json!(object.place.words());
        if object.kind != ChangeKind::Changed {
            let what = if object.kind == ChangeKind::Added { "added" } else { "removed" };
            if rows.len() < rows_max {
                rows.push(vec![place, json!(object.object), json!(null), json!(what)]);
            } else {
                left += 1;
            }
            continue;
        }
        for value in &object.values {
            if rows.len() < rows_max {
                let (name, text) = (json!(value.attribute), json!(words(value)));
                rows.push(vec![place.clone(), json!(object.object), name, text]);
            } else {
                left += 1;
            }
        }
    }
    let told: usize = changes.objects.len();
    let all: usize = changes.counts.values().map(|c| c.added + c.changed + c.removed).sum();
    if confirmed > 0 {
        let text = format!("{confirmed} objects only learned that an earlier export arrived");
        anstream::eprintln!("{}", dim(&text));
    }
    if left > 0 || all > told {
        let text = format!("{} more rows; --limit 0 shows all", left + all - told);
        anstream::eprintln!("{}", dim(&text));
    }
    Ok(rows)
}

/// Prints what takeovers and deletions took, and dirsim's other notes (D10).
fn notes(world: &World, rehearsal: &Rehearsal<'_>, first: u64, last: u64) -> Result<(), Failure> {
    let mut found = ledger::entries_since(world, first, last, None, LEDGER_MAX)?;
    found.reverse();
    for entry in &found {
        let code = if entry.irreversible { "IRREVERSIBLE" } else { "DATA-LOSS" };
        let lost: Vec<String> = entry
            .losses
            .iter()
            .map(|loss| {
                let gone = loss.lost().join(", ");
                let gone = if gone.is_empty() { loss.before.join(", ") } else { gone };
                format!("{} {gone}", loss.attribute)
            })
            .collect();
        let (object, effect) = (&entry.object, entry.effect.words());
        println!("{code}: {object}: {effect}; lost: {}", lost.join("; "));
    }
    if found.len() == LEDGER_MAX {
        println!("… and more: dirsim show ledger");
    }
    // What the ledger tells by object is not told again.
    let mut told = BTreeSet::new();
    for note in dirsim_world::view::notes(world.tables(), rehearsal.events())? {
        let text = |name: &str| note.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        let code = text("code");
        if code == "DATA-LOSS" || code == "IRREVERSIBLE" && !found.is_empty() {
            continue;
        }
        let line = match text("object") {
            "" => format!("{code}: {}", text("text")),
            object => format!("{code}: {object}: {}", text("text")),
        };
        if told.insert(line.clone()) {
            println!("{line}");
        }
    }
    Ok(())
}

/// Prints the time that the real thing would take: the clock of the script, and what the service
/// takes in a window (ET-167).
fn time(world: &World, rehearsal: &Rehearsal<'_>, began: Timestamp) -> Result<(), Failure> {
    let ended = world.now()?;
    let forests: BTreeSet<u32> = dirsim_sync::connector::all(world.tables())?
        .into_iter()
        .filter(dirsim_sync::connector::Connector::is_forest)
        .map(|connector| connector.id)
        .collect();
    let written = [Counter::ExportAdd, Counter::ExportUpdate, Counter::ExportDelete];
    let writes: u64 = rehearsal
        .runs()
        .filter(|run| run.profile == Profile::Export && !forests.contains(&run.connector))
        .flat_map(|run| written.map(|counter| run.count(counter)))
        .sum();
    let cost = throughput::cost(writes, writes);
    let mut ms = ended.0 - began.0;
    let clock = format!("the clock went on {}", duration_text(ms));
    let mut parts = vec![clock];
    if writes > 0 {
        parts.push(cost.words());
        ms += cost.at_least_minutes * dirsim_model::time::MINUTE_MS;
    }
    println!("time: at least {} ({})", duration_text(ms), parts.join("; "));
    Ok(())
}
