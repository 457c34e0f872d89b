//! `dirsim cycle` and `dirsim step`.

use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use dirsim_sync::Counter;
use dirsim_world::{Event, Input, Stepped, World};
use serde_json::{Value, json};

use super::open;
use crate::cli::{Cycle, Format, Policy, Step};
use crate::failure::Failure;
use crate::progress::Bar;
use crate::report::Rows;

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
    let mut rows = Rows::new(COLUMNS);
    loop {
        let stepped = next_run(&mut world)?;
        let ended = report(&stepped, &mut rows);
        if ended {
            break;
        }
        if cancelled.load(Ordering::Relaxed) {
            rows.print(arguments.report.format)?;
            println!("stopped; finish the cycle with `dirsim cycle --resume`");
            return Ok(());
        }
    }
    rows.print(arguments.report.format)?;
    if arguments.report.format == Format::Text {
        print_hints(&world)?;
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
    let mut rows = Rows::new(COLUMNS);
    let ended = report(&stepped, &mut rows);
    rows.print(arguments.report.format)?;
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

const COLUMNS: &[&str] = &[
    "Step",
    "Connector",
    "Profile",
    "Result",
    "Adds",
    "Updates",
    "Renames",
    "Deletes",
    "Errors",
    "More",
];

/// Adds the run of a step to the report; returns whether the cycle ended with it.
fn report(stepped: &Stepped, rows: &mut Rows) -> bool {
    let mut ended = false;
    for event in &stepped.events {
        match event {
            Event::Run(run) => rows.push(run_row(stepped.step, run)),
            Event::CycleEnded => ended = true,
            _ => {}
        }
    }
    ended
}

/// Returns the row of a run: staging, synchronization or export counters under common titles.
pub(crate) fn run_row(step: u64, run: &dirsim_sync::RunRecord) -> Vec<Value> {
    use Counter as C;
    let sum = |counters: &[Counter]| counters.iter().map(|c| run.count(*c)).sum::<u64>();
    let out = |counters: &[Counter]| {
        let targets: std::collections::BTreeSet<u32> =
            run.steps.iter().flat_map(|step| step.outbound.keys().copied()).collect();
        targets
            .iter()
            .flat_map(|target| counters.iter().map(|c| run.outbound(*target, *c)))
            .sum::<u64>()
    };
    let (adds, updates, renames, deletes, errors, more) = if run.profile.is_import() {
        let unchanged = run.count(C::StageNoChange);
        (
            sum(&[C::StageAdd]),
            sum(&[C::StageUpdate]),
            sum(&[C::StageRename]),
            sum(&[C::StageDelete, C::StageDeleteAdd]),
            sum(&[C::StageFailure]),
            if unchanged > 0 { format!("{unchanged} unchanged") } else { String::new() },
        )
    } else if run.profile.is_synchronization() {
        let projected = sum(&[C::DisconnectorProjectedFlow, C::DisconnectorProjectedNoFlow]);
        let joined = sum(&[C::DisconnectorJoinedFlow, C::DisconnectorJoinedNoFlow]);
        let provisioned = out(&[C::ProvisionedAddFlow, C::ProvisionedAddNoFlow]);
        let flows = out(&[C::ConnectorFlow]);
        let disconnected = out(&[C::ProvisionedDisconnect]);
        let more: Vec<String> = [
            (projected, "projected"),
            (joined, "joined"),
            (provisioned, "provisioned"),
            (flows, "export flows"),
            (disconnected, "deprovisioned"),
        ]
        .into_iter()
        .filter(|(count, _)| *count > 0)
        .map(|(count, what)| format!("{count} {what}"))
        .collect();
        (
            projected + joined,
            sum(&[C::ConnectorFlow]),
            0,
            sum(&[
                C::ConnectorDeleteRemoveMv,
                C::ConnectorDeleteLeaveMv,
                C::ConnectorFilteredRemoveMv,
                C::ConnectorFilteredLeaveMv,
            ]),
            sum(&[C::FlowFailure]),
            more.join(", "),
        )
    } else {
        (
            sum(&[C::ExportAdd]),
            sum(&[C::ExportUpdate]),
            sum(&[C::ExportRename]),
            sum(&[C::ExportDelete, C::ExportDeleteAdd]),
            sum(&[C::ExportFailure]),
            String::new(),
        )
    };
    vec![
        json!(step),
        json!(run.connector_name),
        json!(run.profile.name()),
        json!(run.result.name()),
        json!(adds),
        json!(updates),
        json!(renames),
        json!(deletes),
        json!(errors),
        json!(more),
    ]
}

/// Says how many objects failed and where to look.
fn print_hints(world: &World) -> Result<(), Failure> {
    let tables = world.tables();
    let failed: i64 = dirsim_sync::statistics::all(tables)?
        .values()
        .map(|part| part.import_errors + part.export_errors)
        .sum();
    let quarantined = dirsim_tenant::lookup::quarantine(tables)?.len();
    if failed > 0 {
        println!("{failed} objects failed: dirsim show errors");
    }
    if quarantined > 0 {
        println!("{quarantined} values are quarantined: dirsim show quarantine");
    }
    Ok(())
}
