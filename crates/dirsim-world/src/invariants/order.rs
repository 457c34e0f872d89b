//! SE-365: the order in which forests are synchronized does not show in the metaverse.
//!
//! Who belongs to one person may depend on who comes first: somebody is found by mail, another one
//! has the same anchor. Those ties the law leaves out, and so does this check: where both orders put
//! the same objects together, and nothing fails in either, all values must be equal, except those
//! that stay because every flow said `IgnoreThisFlow` (SE-151).

use std::collections::BTreeMap;

use dirsim_store::{Tables, rows};
use dirsim_sync::invariants::Violation;
use dirsim_sync::{Profile, RuleBook, RunRecord, StepResult, connector, cs, lookup, mv};

use super::{Facts, narrow};
use crate::error::WorldError;
use crate::event::Event;
use crate::input::Input;
use crate::world::World;

/// Rounds of synchronization: what failed because another forest came later gets its second try.
const ROUNDS: usize = 2;

/// Compares both orders on copies, after the full import of the last of several forests.
pub(super) fn of_forests(
    world: &mut World,
    run: &RunRecord,
    found: &mut Vec<Violation>,
) -> Result<(), WorldError> {
    let all = connector::all(world.tables())?;
    let forests: Vec<&connector::Connector> = all.iter().filter(|one| one.is_forest()).collect();
    let last = forests.last().is_some_and(|last| last.id == run.connector);
    if run.profile != Profile::FullImport || forests.len() < 2 || !last {
        return Ok(());
    }
    let name = |one: &connector::Connector| one.name.clone();
    let tenant: Vec<String> = all.iter().filter(|one| !one.is_forest()).map(name).collect();
    let mut order: Vec<String> = forests.into_iter().map(name).collect();
    let Some(straight) = people(world, &order, &tenant)? else { return Ok(()) };
    order.reverse();
    let Some(swapped) = people(world, &order, &tenant)? else { return Ok(()) };
    if !straight.keys().eq(swapped.keys()) {
        return Ok(());
    }
    for (person, values) in &straight {
        let Some(others) = swapped.get(person) else { continue };
        for (attribute, value) in values {
            let other = others.get(attribute);
            // A value that stays on one side alone stays because of who came first.
            if other.is_some_and(|other| other == KEPT) || value == KEPT || other == Some(value) {
                continue;
            }
            let text = format!(
                "{person}, {attribute}, when the forests are synchronized in the other order: {}",
                narrow(value, other.map_or("nothing", String::as_str))
            );
            found.push(Violation { rule: "SE-365", text });
        }
        for attribute in others.keys().filter(|attribute| !values.contains_key(*attribute)) {
            let text = format!("{person} has {attribute} in the other order alone");
            found.push(Violation { rule: "SE-365", text });
        }
    }
    found.truncate(5);
    Ok(())
}

/// Stands for a value that nobody contributes any more (SE-151).
const KEPT: &str = "kept";

/// Synchronizes a copy in an order and describes the people; `None` when something fails.
fn people(
    world: &mut World,
    forests: &[String],
    tenant: &[String],
) -> Result<Option<BTreeMap<String, Facts>>, WorldError> {
    world.rehearse(|copy| {
        for _ in 0..ROUNDS {
            for connector in forests.iter().chain(tenant) {
                let profile = Profile::FullSynchronization;
                let input = Input::Run { connector: connector.clone(), profile };
                let stepped = copy.step(&input, &mut |_| ())?;
                let well = stepped.events.iter().all(|event| match event {
                    Event::Run(run) => run.result == StepResult::Success,
                    _ => true,
                });
                if !well || stepped.refusal.is_some() {
                    return Ok(None);
                }
            }
        }
        describe(copy.tables()).map(Some)
    })
}

/// Describes every person by the names of its forest objects: sorted values by attribute.
fn describe(tables: &dyn Tables) -> Result<BTreeMap<String, Facts>, WorldError> {
    let book = RuleBook::read(tables)?;
    let forests: Vec<u32> =
        connector::all(tables)?.iter().filter(|one| one.is_forest()).map(|one| one.id).collect();
    let objects = rows::after::<mv::MvObject>(tables, None, usize::MAX)?;
    let mut names = BTreeMap::new();
    for (id, object) in &objects {
        let mut parts = Vec::new();
        for link in object.links.iter().filter(|id| forests.contains(&cs::connector_of(**id))) {
            parts.push(lookup::dn(tables, *link)?);
        }
        names.insert(*id, parts.join(" + "));
    }
    let mut people = BTreeMap::new();
    for (id, object) in &objects {
        let mut facts = Facts::new();
        for (attribute, values) in object.to_entry(&book).iter() {
            let mut values = values.to_vec();
            values.sort();
            let kept = object.lineage(&book, attribute).is_some_and(|lineage| lineage.kept);
            let text = if kept { KEPT.to_owned() } else { format!("{values:?}") };
            facts.insert(format!("attribute {}", attribute.0), text);
        }
        let mut links: BTreeMap<u16, Vec<&str>> = BTreeMap::new();
        for link in mv::LINKS.from(tables, *id, None)? {
            let name = names.get(&link.to).map_or("?", String::as_str);
            links.entry(link.attribute.0).or_default().push(name);
        }
        for (attribute, mut targets) in links {
            targets.sort_unstable();
            facts.insert(format!("references {attribute}"), format!("{targets:?}"));
        }
        people.insert(names.get(id).cloned().unwrap_or_default(), facts);
    }
    Ok(people)
}
