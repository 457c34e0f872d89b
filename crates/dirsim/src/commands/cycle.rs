//! `dirsim cycle` and `dirsim step`.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use dirsim_world::{Event, Input, Stepped, World};
use serde_json::json;

use super::open;
use super::runs::Runs;
use crate::cli::{Cycle, Format, Policy, Step};
use crate::failure::Failure;
use crate::progress::Bar;

impl From<Policy> for dirsim_sync::Policy {
    fn from(policy: Policy) -> Self {
        match policy {
            Policy::Initial => Self::Initial,
            Policy::Delta => Self::Delta,
        }
    }
}

/// Runs a cycle, each run as a step of its own.
pub(crate) fn cycle(arguments: &Cycle, cancelled: &AtomicBool) -> Result<(), Failure> {
    let mut world = open(&arguments.place.workspace)?;
    if !arguments.resume {
        begin(&mut world, arguments.policy.map(Into::into))?;
    }
    let mut runs = Runs::new(arguments.report.format, &["Step"]);
    let mut notes = BTreeMap::new();
    loop {
        let stepped = next_run(&mut world)?;
        let ended = report(&stepped, &mut runs);
        count_notes(&world, &stepped, &mut notes)?;
        if ended {
            break;
        }
        if cancelled.load(Ordering::Relaxed) {
            runs.print(arguments.report.format)?;
            println!("stopped; finish the cycle with `dirsim cycle --resume`");
            return Ok(());
        }
    }
    runs.print(arguments.report.format)?;
    if arguments.report.format == Format::Text {
        print_hints(&world, &notes)?;
    }
    Ok(())
}

/// Does one run step.
pub(crate) fn step(arguments: &Step) -> Result<(), Failure> {
    let mut world = open(&arguments.place.workspace)?;
    if dirsim_sync::cycle::next(world.tables())?.is_none() {
        begin(&mut world, None)?;
    }
    let stepped = next_run(&mut world)?;
    let mut runs = Runs::new(arguments.report.format, &["Step"]);
    let ended = report(&stepped, &mut runs);
    runs.print(arguments.report.format)?;
    if arguments.report.format == Format::Text {
        match dirsim_sync::cycle::next(world.tables())? {
            Some((connector, profile)) if !ended => {
                let name = dirsim_sync::connector::get(world.tables(), connector)?
                    .map_or_else(String::new, |connector| connector.name);
                println!("next: {profile} on {name}");
            }
            _ => println!("the cycle has ended"),
        }
    }
    Ok(())
}

fn begin(world: &mut World, policy: Option<dirsim_sync::Policy>) -> Result<(), Failure> {
    let stepped = world.step(Input::StartCycle(policy))?;
    match stepped.refusal {
        Some(refusal) => Err(Failure::usage(format!(
            "{}; finish the one in progress with `dirsim cycle --resume`",
            refusal.message()
        ))),
        None => Ok(()),
    }
}

fn next_run(world: &mut World) -> Result<Stepped, Failure> {
    let label = match dirsim_sync::cycle::next(world.tables())? {
        Some((_, profile)) => profile.to_string(),
        None => String::new(),
    };
    let bar = Bar::new(&label);
    let started = Instant::now();
    let stepped = world.step_with(Input::RunNext, &mut |progress| bar.report(&progress))?;
    drop(bar);
    tracing::info!(step = stepped.step, seconds = started.elapsed().as_secs_f64(), "{label}");
    Ok(stepped)
}

/// Adds the run of a step to the report; returns whether the cycle ended with it.
fn report(stepped: &Stepped, runs: &mut Runs) -> bool {
    let mut ended = false;
    for event in &stepped.events {
        match event {
            Event::Run(run) => runs.push(vec![json!(stepped.step)], run),
            Event::CycleEnded => ended = true,
            _ => {}
        }
    }
    ended
}

/// Counts dirsim's notes by their code (D10). The notes of a large export are not read one by one: the
/// ledger tells them when somebody asks.
fn count_notes(
    world: &World,
    stepped: &Stepped,
    notes: &mut BTreeMap<String, usize>,
) -> Result<(), Failure> {
    const EXPORTED_MAX: u64 = 20_000;
    let large = stepped.events.iter().any(|event| match event {
        Event::Run(run) => {
            let summary = dirsim_world::view::run_summary(run);
            summary.adds + summary.updates + summary.deletes > EXPORTED_MAX
        }
        _ => false,
    });
    if large {
        return Ok(());
    }
    for note in dirsim_world::view::notes(world.tables(), &stepped.events)? {
        let code = note.get("code").and_then(serde_json::Value::as_str).unwrap_or_default();
        *notes.entry(code.to_owned()).or_insert(0) += 1;
    }
    Ok(())
}

/// Says how many objects failed and where to look.
fn print_hints(world: &World, notes: &BTreeMap<String, usize>) -> Result<(), Failure> {
    for (code, meaning) in [
        ("DATA-LOSS", "takeovers lost cloud values"),
        ("IRREVERSIBLE", "objects are gone for good"),
    ] {
        if let Some(count) = notes.get(code) {
            println!("note of dirsim: {code} ({count}): {meaning}; dirsim show ledger");
        }
    }

    let tables = world.tables();
    let failed: i64 = dirsim_sync::statistics::all(tables)?
        .values()
        .map(|part| part.import_errors + part.export_errors)
        .sum();
    let quarantined = dirsim_tenant::lookup::quarantine(tables)?.len();
    if failed > 0 {
        let objects = if failed == 1 { "object" } else { "objects" };
        println!("{failed} {objects} failed: dirsim show errors");
    }
    if quarantined > 0 {
        let values = if quarantined == 1 { "value is" } else { "values are" };
        println!("{quarantined} {values} quarantined: dirsim show quarantine");
    }
    Ok(())
}
