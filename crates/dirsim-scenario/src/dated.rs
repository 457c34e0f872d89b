//! One scenario on several dates: where the results part, and which service change is behind it (D3).
//!
//! Each date is played in full. Two neighbouring dates are then held against each other step by step;
//! at the first step that differs, the changes that lie between them are switched one by one until
//! those are left without which the results would be the same.

use dirsim_model::{AsOf, service_changes};
use dirsim_world::{Event, World, WorldError, view};
use serde_json::Value;

use crate::file::Scenario;
use crate::givens::ReadFile;
use crate::problem::Problem;
use crate::run::{Played, PlayedStep, play_watched};

/// Objects of a tenant that are compared property by property; a story with more of them is compared
/// by what its exports said.
const OBJECTS_MAX: usize = 2_000;
/// Properties that tell nothing about the difference: they follow from time and chance alone.
const VOLATILE: &[&str] = &["id", "onPremisesLastSyncDateTime", "createdDateTime"];

/// A scenario on several dates.
#[derive(Debug)]
pub struct Dated {
    /// One entry per date, in the order that was asked for.
    pub variants: Vec<Variant>,
    /// Where each date parts from the one before it; none where nothing differs.
    pub partings: Vec<Parting>,
}

/// A scenario on one date.
#[derive(Debug)]
pub struct Variant {
    /// The date with its switches.
    pub as_of: AsOf,
    /// What happened.
    pub played: Played,
    snapshots: Vec<Facts>,
}

/// The first step at which two dates give different results.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parting {
    /// The place of the earlier variant in the list.
    pub from: usize,
    /// The place of the later one.
    pub to: usize,
    /// The step, from 1.
    pub step: usize,
    /// What differs in that step, the most telling first.
    pub differences: Vec<Parted>,
    /// The ids of the changes without which nothing would differ.
    pub because: Vec<String>,
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parted {
    /// What it is: an object, a run, a property.
    pub what: String,
    /// What it is on the earlier date; empty when there is nothing.
    pub before: String,
    /// What it is on the later date; empty when there is nothing.
    pub after: String,
}

/// What can be seen after a step: names and values, the most telling first.
type Facts = Vec<(String, String)>;

/// The given choices, and for each date within a roll-out a second one that still waits for it.
pub fn with_roll_outs(chosen: &[AsOf]) -> Vec<AsOf> {
    let mut all = Vec::new();
    for as_of in chosen {
        let rolling: Vec<&str> = service_changes()
            .changes
            .iter()
            .filter(|change| as_of.date.is_some_and(|date| change.is_rolling_out(date)))
            .filter(|change| !as_of.switched.iter().any(|(id, _)| *id == change.id))
            .map(|change| change.id.as_str())
            .collect();
        if !rolling.is_empty() {
            all.push(rolling.iter().fold(as_of.clone(), |waiting, id| waiting.with(id, false)));
        }
        all.push(as_of.clone());
    }
    all
}

/// Plays a scenario on every date and finds where the results part.
pub fn play_dated(
    scenario: &Scenario,
    dates: &[AsOf],
    file: &str,
    text: &str,
    read: &ReadFile<'_>,
) -> Result<Dated, Vec<Problem>> {
    let play = |as_of: &AsOf| -> Result<Variant, Vec<Problem>> {
        let mut snapshots = Vec::new();
        let played = play_watched(scenario, Some(as_of), file, text, read, &mut |world, step| {
            snapshots.push(facts(world, step)?);
            Ok(())
        })?;
        Ok(Variant { as_of: as_of.clone(), played, snapshots })
    };
    let variants = dates.iter().map(play).collect::<Result<Vec<_>, _>>()?;
    let mut partings = Vec::new();
    for to in 1..variants.len() {
        let from = to - 1;
        let (Some(before), Some(after)) = (variants.get(from), variants.get(to)) else { continue };
        let Some((step, differences)) = first_difference(before, after) else { continue };
        let because = responsible(before, after, step, &play)?;
        partings.push(Parting { from, to, step: step + 1, differences, because });
    }
    Ok(Dated { variants, partings })
}

/// Returns the first step that differs, from 0, and what differs in it.
fn first_difference(before: &Variant, after: &Variant) -> Option<(usize, Vec<Parted>)> {
    let steps = before.snapshots.len().max(after.snapshots.len());
    (0..steps).find_map(|step| {
        let nothing = Facts::new();
        let left = before.snapshots.get(step).unwrap_or(&nothing);
        let right = after.snapshots.get(step).unwrap_or(&nothing);
        let parted = differences(left, right);
        (!parted.is_empty()).then_some((step, parted))
    })
}

fn differences(left: &Facts, right: &Facts) -> Vec<Parted> {
    let find = |facts: &Facts, what: &str| {
        facts.iter().find(|(name, _)| name == what).map(|(_, value)| value.clone())
    };
    let names = left.iter().chain(right).map(|(name, _)| name);
    let mut parted: Vec<Parted> = Vec::new();
    for what in names {
        let (before, after) = (find(left, what), find(right, what));
        if before != after && !parted.iter().any(|known| known.what == *what) {
            parted.push(Parted {
                what: what.clone(),
                before: before.unwrap_or_default(),
                after: after.unwrap_or_default(),
            });
        }
    }
    // A tale that begins on one side comes after what both sides tell differently.
    parted.sort_by_key(|parted| rank(&parted.what));
    parted
}

/// What the exports said comes first, then counters, then properties.
fn rank(what: &str) -> u8 {
    match what.split_once(' ').map_or(what, |(kind, _)| kind) {
        "refused" => 0,
        "object" => 1,
        "printed" => 2,
        "run" => 3,
        _ => 4,
    }
}

/// Returns the changes behind a difference: those between the two dates that cannot be taken back
/// without the step showing the earlier result again.
fn responsible(
    before: &Variant,
    after: &Variant,
    step: usize,
    play: &dyn Fn(&AsOf) -> Result<Variant, Vec<Problem>>,
) -> Result<Vec<String>, Vec<Problem>> {
    let later = |id: &str| after.as_of.holds(id);
    let mut needed: Vec<&str> = service_changes()
        .changes
        .iter()
        .map(|change| change.id.as_str())
        .filter(|id| before.as_of.holds(id) != later(id))
        .collect();
    let Some(target) = after.snapshots.get(step) else { return Ok(owned(&needed)) };
    let mut at = 0;
    while needed.len() > 1 && at < needed.len() {
        let mut fewer = needed.clone();
        fewer.remove(at);
        let tried = fewer.iter().fold(before.as_of.clone(), |tried, id| tried.with(id, later(id)));
        let variant = play(&tried)?;
        let same = variant.snapshots.get(step).is_some_and(|found| found == target);
        if same {
            needed = fewer;
        } else {
            at += 1;
        }
    }
    Ok(owned(&needed))
}

fn owned(ids: &[&str]) -> Vec<String> {
    ids.iter().map(|id| (*id).to_owned()).collect()
}

/// Gathers what can be seen after a step.
fn facts(world: &World, step: &PlayedStep) -> Result<Facts, WorldError> {
    let mut facts = Facts::new();
    if let Some(refused) = &step.refused {
        facts.push(("refused".to_owned(), refused.clone()));
    }
    for item in &step.items {
        let mut value = item.outcome.words().to_owned();
        if let Some(refusal) = &item.refusal {
            value = format!("refused: {} ({})", refusal.name, refusal.rule);
        }
        for held in &item.quarantined {
            value = format!("{value}; quarantined: {}", held.value);
        }
        let name = format!("object {}", item.object);
        match facts.iter_mut().find(|(known, _)| *known == name) {
            Some((_, all)) => *all = format!("{all}, then {value}"),
            None => facts.push((name, value)),
        }
    }
    let runs = step.events.iter().filter_map(|event| match event {
        Event::Run(run) => Some(run),
        _ => None,
    });
    for (number, run) in runs.enumerate() {
        let name = format!("run {} {} on {}", number + 1, run.profile, run.connector_name);
        facts.push((name, format!("{}, {}", run.result.name(), view::run_words(run))));
    }
    let printed = dirsim_runbook::format::outputs_text(&step.outputs);
    if !printed.trim().is_empty() {
        facts.push(("printed".to_owned(), printed));
    }
    properties(world, &mut facts)?;
    Ok(facts)
}

/// Adds every property of every object of the tenant.
fn properties(world: &World, facts: &mut Facts) -> Result<(), WorldError> {
    let (tables, schema) = (world.tables(), world.schema());
    let page = dirsim_tenant::lookup::objects_after(tables, None, OBJECTS_MAX + 1)?;
    if page.len() > OBJECTS_MAX {
        return Ok(());
    }
    for (number, object) in page.iter().filter(|(_, object)| !object.is_gone()) {
        let name = format!("{} {}", object.kind.name(), view::name_of(object));
        for (property, value) in view::tenant_object(tables, schema, *number, object)? {
            let empty = value.is_null() || value.as_array().is_some_and(Vec::is_empty);
            if !empty && !VOLATILE.contains(&property.as_str()) {
                let text = match value {
                    Value::String(text) => text,
                    other => other.to_string(),
                };
                facts.push((format!("{name}: {property}"), text));
            }
        }
    }
    Ok(())
}
