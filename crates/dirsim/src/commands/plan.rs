//! `dirsim plan`: what the next cycle would do, for everyone.

use std::process::ExitCode;

use anstyle::{Reset, Style};
use dirsim_world::plan::{Plan as Planned, PlanItem, PlanOutcome};
use serde_json::json;

use super::open;
use super::runs::Runs;
use crate::cli::{Format, Plan};
use crate::failure::Failure;
use crate::progress::Bar;
use crate::report::Rows;

/// Most noteworthy objects that the text report lists one by one.
const LISTED_MAX: usize = 60;

/// Plans the next cycle and reports it.
pub(crate) fn plan(arguments: &Plan) -> Result<ExitCode, Failure> {
    let mut world = open(&arguments.place.workspace)?;
    let policy = arguments.policy.map(Into::into);
    let bar = Bar::new("plan");
    let planned =
        dirsim_world::plan::plan(&mut world, policy, &mut |_, progress| bar.report(&progress))?;
    drop(bar);
    match arguments.report.format {
        Format::Text => text(&planned, arguments)?,
        format => rows(&planned, arguments.all || format == Format::Json).print(format)?,
    }
    if arguments.detailed_exitcode && planned.has_changes() {
        return Ok(ExitCode::from(2));
    }
    Ok(ExitCode::SUCCESS)
}

fn text(planned: &Planned, arguments: &Plan) -> Result<(), Failure> {
    let bold = Style::new().bold();
    anstream::println!("{bold}What the next cycle would do{Reset} (nothing was changed)\n");
    let mut runs = Runs::new(Format::Text, &[]);
    for run in &planned.runs {
        runs.push(Vec::new(), run);
    }
    runs.into_rows().print(Format::Text)?;
    if planned.items.is_empty() {
        anstream::println!("\nNothing would be exported.");
        return Ok(());
    }
    anstream::println!("\n{bold}Objects{Reset}");
    let mut totals = Rows::new(&["Objects", "Outcome", "Quarantined", "Values lost"]);
    for (outcome, count) in planned.totals() {
        let of = || planned.items.iter().filter(|item| item.outcome == outcome);
        let quarantined = of().filter(|item| !item.quarantined.is_empty()).count();
        let lost = of().filter(|item| lost(item) > 0).count();
        let blank = |count: usize| if count == 0 { json!(null) } else { json!(count) };
        totals.push(vec![json!(count), json!(outcome.words()), blank(quarantined), blank(lost)]);
    }
    totals.print(Format::Text)?;
    let mut listed = rows(planned, arguments.all);
    if listed.is_empty() {
        return Ok(());
    }
    let all = listed.len();
    if !arguments.all {
        listed.truncate(LISTED_MAX);
    }
    anstream::println!("\n{bold}Deserving a look{Reset}");
    listed.print(Format::Text)?;
    if listed.len() < all {
        println!("{} more; see all with --all, or --format csv", all - listed.len());
    }
    println!("one object in full: dirsim explain OBJECT, after the cycle");
    Ok(())
}

fn rows(planned: &Planned, all: bool) -> Rows {
    let mut rows =
        Rows::new(&["Object", "Outcome", "Conflict", "Quarantined", "Values lost", "Why", "Rule"]);
    let mut items: Vec<&PlanItem> =
        planned.items.iter().filter(|item| all || item.deserves_a_look()).collect();
    // Refusals and losses first: they are what a plan is read for.
    items.sort_by_key(|item| (rank(item), item.outcome));
    for item in items {
        let check = item.deciding_check();
        let why = match &item.refusal {
            Some(refusal) => {
                let named = format!("{}: ", refusal.name);
                refusal.text.strip_prefix(&*named).unwrap_or(&refusal.text).to_owned()
            }
            None => check.map(|check| check.fact.clone()).unwrap_or_default(),
        };
        let rule = match &item.refusal {
            Some(refusal) => Some(refusal.rule.clone()),
            None => check.map(|check| check.rule.clone()),
        };
        let outcome = match &item.refusal {
            Some(refusal) => format!("{}: {}", item.outcome.words(), refusal.name),
            None => item.outcome.words().to_owned(),
        };
        let quarantined: Vec<&str> = item.quarantined.iter().map(|q| q.value.as_str()).collect();
        let lost: Vec<String> = item
            .overwritten
            .iter()
            .filter(|lost| lost.after.is_empty())
            .map(|lost| {
                let before: Vec<String> = lost.before.iter().map(ToString::to_string).collect();
                format!("{} {}", lost.attribute, before.join(", "))
            })
            .collect();
        rows.push(vec![
            json!(item.object),
            json!(outcome),
            json!(item.refusal.as_ref().and_then(|refusal| refusal.attribute.clone())),
            json!(quarantined),
            json!(lost),
            json!(why),
            json!(rule),
        ]);
    }
    rows
}

const fn rank(item: &PlanItem) -> u8 {
    match item.outcome {
        PlanOutcome::SyncError | PlanOutcome::Refused | PlanOutcome::WriteBackRefused => 0,
        PlanOutcome::HardDelete | PlanOutcome::SoftDelete => 1,
        _ if !item.quarantined.is_empty() => 2,
        _ => 3,
    }
}

fn lost(item: &PlanItem) -> usize {
    item.overwritten.iter().filter(|lost| lost.after.is_empty()).count()
}
