//! A plan for people: what happens to each object, what it costs, and a line that sums it up.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Reset, Style};
use dirsim_model::service_changes;
use dirsim_world::ledger::{Loss, loss};
use dirsim_world::plan::{Change, Plan as Planned, PlanItem, PlanOutcome};
use serde_json::{Value, json};

use crate::cli::{Format, Plan};
use crate::commands::runs::Runs;
use crate::failure::Failure;
use crate::report::{Rows, cell, width, wrap};

/// Most noteworthy objects that the text report lists one by one.
const LISTED_MAX: usize = 60;
/// Most changed values of one object that the text report lists.
const CHANGES_MAX: usize = 12;

/// Prints the plan, with colors where the terminal has them.
pub(super) fn print(planned: &Planned, arguments: &Plan) -> Result<(), Failure> {
    anstream::print!("{}", write(planned, arguments.all)?);
    Ok(())
}

/// Writes the plan without colors.
pub(super) fn plain(planned: &Planned, all: bool) -> Result<String, Failure> {
    let text = write(planned, all)?;
    Ok(anstream::adapter::strip_str(&text).to_string())
}

fn write(planned: &Planned, all: bool) -> Result<String, Failure> {
    let mut out = String::new();
    lay_out(&mut out, planned, all).map_err(|error| Failure::internal(error.to_string()))?;
    Ok(out)
}

fn lay_out(out: &mut String, planned: &Planned, all: bool) -> std::fmt::Result {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    writeln!(out, "{bold}What the next cycle would do{Reset} (nothing was changed)")?;
    writeln!(
        out,
        "{dim}at {}, service of {}, seed {}{Reset}\n",
        planned.at, planned.as_of, planned.seed
    )?;
    let mut runs = Runs::new(Format::Text, &[]);
    for run in &planned.runs {
        runs.push(Vec::new(), run);
    }
    writeln!(out, "{runs}")?;
    if planned.items.is_empty() {
        return writeln!(out, "\nNothing would be exported.");
    }
    writeln!(out, "\n{bold}Objects{Reset}")?;
    writeln!(out, "{}", totals(planned))?;
    for line in wrap(&planned.throughput.words(), width()) {
        writeln!(out, "{line}")?;
    }
    for line in roll_outs(planned) {
        for line in wrap(&line, width()) {
            writeln!(out, "{line}")?;
        }
    }
    let mut items: Vec<&PlanItem> =
        planned.items.iter().filter(|item| all || item.deserves_a_look()).collect();
    items.sort_by_key(|item| (rank(item), item.outcome));
    let listed = if all { items.len() } else { items.len().min(LISTED_MAX) };
    if listed > 0 {
        writeln!(out, "\n{bold}{}{Reset}", if all { "Every object" } else { "Deserving a look" })?;
    }
    for item in items.iter().take(listed) {
        write_item(out, item)?;
    }
    if listed < items.len() {
        writeln!(out, "\n{} more; see all with --all, or --format csv", items.len() - listed)?;
    }
    let sums: Vec<String> = planned
        .totals()
        .into_iter()
        .map(|(outcome, count)| format!("{count} {}", outcome.words()))
        .collect();
    writeln!(out)?;
    for line in wrap(&format!("Plan: {}", sums.join(", ")), width()) {
        writeln!(out, "{bold}{line}{Reset}")?;
    }
    writeln!(out, "one object in full: dirsim explain OBJECT, after the cycle")
}

fn totals(planned: &Planned) -> Rows {
    let mut totals = Rows::new(&["Objects", "Outcome", "Quarantined", "Values lost"]);
    for (outcome, count) in planned.totals() {
        let of = || planned.items.iter().filter(|item| item.outcome == outcome);
        let quarantined = of().filter(|item| !item.quarantined.is_empty()).count();
        let lost = of().filter(|item| loses(item)).count();
        let blank = |count: usize| if count == 0 { json!(null) } else { json!(count) };
        totals.push(vec![json!(count), json!(outcome.words()), blank(quarantined), blank(lost)]);
    }
    totals
}

fn loses(item: &PlanItem) -> bool {
    item.notes.iter().any(|note| note.code == "DATA-LOSS")
        || item.overwritten.iter().any(|lost| lost.after.is_empty())
}

/// Says which changes a tenant may not have yet on the chosen date.
fn roll_outs(planned: &Planned) -> Vec<String> {
    let Some(date) = planned.as_of.date else { return Vec::new() };
    let rolling = service_changes().changes.iter().filter(|change| change.is_rolling_out(date));
    rolling
        .map(|change| {
            let held = if planned.as_of.holds(&change.id) { "counted on" } else { "left out" };
            format!(
                "note of dirsim: `{}` is rolling out from {}; it is {held} here, your tenant may differ",
                change.id,
                change.since()
            )
        })
        .collect()
}

fn write_item(out: &mut String, item: &PlanItem) -> std::fmt::Result {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let symbol = item.outcome.symbol();
    let color = match symbol {
        '+' => AnsiColor::Green,
        '-' | '!' => AnsiColor::Red,
        _ => AnsiColor::Yellow,
    }
    .on_default();
    let verdict = match &item.refusal {
        Some(refusal) => format!("{}: {}", item.outcome.words(), refusal.name),
        None => item.outcome.words().to_owned(),
    };
    writeln!(
        out,
        "{color}{symbol}{Reset} {dim}{:7}{Reset} {bold}{}{Reset}  {color}{verdict}{Reset}",
        item.kind, item.object
    )?;
    let mut said = |text: &str, rule: &str| -> std::fmt::Result {
        let room = width().saturating_sub(12 + rule.chars().count()).max(20);
        let lines = wrap(text, room);
        let last = lines.len() - 1;
        for (number, line) in lines.iter().enumerate() {
            let ends = number == last && !rule.is_empty();
            let rule = if ends { format!("  {dim}{rule}{Reset}") } else { String::new() };
            writeln!(out, "          {line}{rule}")?;
        }
        Ok(())
    };
    // The line about the quarantine follows below.
    let told_below = |rule: &str| matches!(rule, "ET-072" | "ET-075");
    if let Some(refusal) = &item.refusal {
        let named = format!("{}: ", refusal.name);
        said(refusal.text.strip_prefix(&*named).unwrap_or(&refusal.text), &refusal.rule)?;
    } else if let Some(check) = item.deciding_check().filter(|check| !told_below(&check.rule)) {
        said(&check.fact, &check.rule)?;
    }
    for held in &item.quarantined {
        said(&format!("in quarantine: {} {}", held.property, held.value), "ET-072")?;
    }
    for lost in item.overwritten.iter().map(loss) {
        said(&changed(&lost), lost.rule)?;
    }
    let told = told(item);
    for change in told.iter().take(CHANGES_MAX) {
        let (before, after) = (shown(&change.before), shown(&change.after));
        said(&format!("{}: {before} → {after}", change.attribute), "")?;
    }
    if let Some(more) = told.len().checked_sub(CHANGES_MAX).filter(|more| *more > 0) {
        said(&format!("{more} more values; see all with --format json"), "")?;
    }
    for note in &item.notes {
        said(&format!("{}: {}", note.code, note.text), &note.rule)?;
    }
    Ok(())
}

/// Returns the changes that are worth a line: the anchor that a takeover stamps, and what an update
/// changes. What was overwritten has its own line, and a new object is all new.
fn told(item: &PlanItem) -> Vec<&Change> {
    let overwritten =
        |change: &Change| item.overwritten.iter().any(|lost| lost.attribute == change.attribute);
    let changes = item.changes.iter().filter(|change| !overwritten(change));
    match item.outcome {
        PlanOutcome::Update | PlanOutcome::WriteBack => changes.collect(),
        PlanOutcome::HardMatch
        | PlanOutcome::SoftMatchSmtp
        | PlanOutcome::SoftMatchUpn
        | PlanOutcome::SoftMatchDevice => {
            changes.filter(|change| change.attribute == "onPremisesImmutableId").collect()
        }
        _ => Vec::new(),
    }
}

/// Writes one side of a change.
fn shown(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join(", "),
        one => cell(one),
    }
}

fn changed(lost: &Loss) -> String {
    let gone = lost.lost();
    if lost.before.len() > 1 && !gone.is_empty() {
        return format!("{}: lost {}", lost.attribute, gone.join(", "));
    }
    let after = if lost.after.is_empty() { "nothing".to_owned() } else { lost.after.join(", ") };
    format!("{}: {} → {after}", lost.attribute, lost.before.join(", "))
}

/// Refusals and losses first: they are what a plan is read for.
pub(super) fn rank(item: &PlanItem) -> u8 {
    match item.outcome {
        PlanOutcome::SyncError | PlanOutcome::Refused | PlanOutcome::WriteBackRefused => 0,
        PlanOutcome::HardDelete | PlanOutcome::SoftDelete => 1,
        _ if !item.quarantined.is_empty() => 2,
        _ => 3,
    }
}
