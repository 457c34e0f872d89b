//! `dirsim simulate`: random worlds under invariants, and the shortest log that breaks one.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use dirsim_simulate::{Entry, Log, Player, Tally, shrink, simulate as one};
use dirsim_sync::Progress;
use dirsim_world::World;

use crate::cli::Simulate;
use crate::failure::Failure;
use crate::progress::Bar;

/// Simulates the worlds of some seeds, or plays a log again.
pub(crate) fn simulate(arguments: &Simulate, cancelled: &AtomicBool) -> Result<(), Failure> {
    match &arguments.log {
        Some(path) => quietly(|| replay(path, arguments.into.as_deref())),
        None => quietly(|| seeds(arguments, cancelled)),
    }
}

/// Keeps panics quiet while simulations look for them: each is found, told and shortened.
fn quietly<T>(work: impl FnOnce() -> T) -> T {
    let otherwise = std::panic::take_hook();
    std::panic::set_hook(Box::new(|_| ()));
    let done = work();
    std::panic::set_hook(otherwise);
    done
}

fn seeds(arguments: &Simulate, cancelled: &AtomicBool) -> Result<(), Failure> {
    let started = Instant::now();
    let (mut worlds, mut changes, mut refused, mut runs) = (0_u64, 0, 0, 0);
    let mut tally = Tally::default();
    let bar = Bar::new("worlds");
    for seed in (arguments.seed..).take(usize::try_from(arguments.seeds).unwrap_or(usize::MAX)) {
        let late = arguments.seconds.is_some_and(|limit| limit <= started.elapsed().as_secs());
        if cancelled.load(Ordering::Relaxed) || (late && worlds > 0) {
            break;
        }
        let outcome = one(seed, arguments.steps);
        if outcome.log.broken.is_some() {
            drop(bar);
            return broken(&outcome.log, arguments, cancelled);
        }
        worlds += 1;
        changes += outcome.changes;
        refused += outcome.refused;
        runs += outcome.runs;
        tally.add(&outcome.tally);
        bar.report(&Progress { done: worlds, total: arguments.seeds });
        tracing::info!("seed {seed}: every invariant holds");
    }
    drop(bar);
    let last = arguments.seed + worlds.saturating_sub(1);
    println!(
        "{worlds} {} of {} steps ({}): {changes} changes, {runs} runs, {refused} refusals; every \
         invariant held after every one; {:.1} s",
        if worlds == 1 { "world" } else { "worlds" },
        arguments.steps,
        if worlds == 1 {
            format!("seed {last}")
        } else {
            format!("seeds {} to {last}", arguments.seed)
        },
        started.elapsed().as_secs_f64()
    );
    if arguments.acts {
        println!("\nhow often what was done, and how the steps of runs ended:");
        print!("{tally}");
    }
    Ok(())
}

/// Tells what broke, shortens the log and keeps it.
fn broken(log: &Log, arguments: &Simulate, cancelled: &AtomicBool) -> Result<(), Failure> {
    let Some(found) = &log.broken else { return Ok(()) };
    println!("seed {} breaks {} after {} inputs", log.seed, found.rule, found.entry);
    println!("  {}", found.text);
    let until = Instant::now() + Duration::from_secs(arguments.shorten);
    let mut attempts = 0;
    let bar = Bar::new("shortening");
    let whole = u64::try_from(found.entry).unwrap_or(u64::MAX);
    let shortest = shrink(log, |left| {
        attempts += 1;
        let done = whole.saturating_sub(u64::try_from(left).unwrap_or(0));
        bar.report(&Progress { done, total: whole });
        Instant::now() < until && !cancelled.load(Ordering::Relaxed)
    });
    drop(bar);
    println!(
        "\nthe shortest log that breaks it, {} of {} inputs, found in {attempts} attempts:",
        shortest.entries.len(),
        found.entry
    );
    for (number, entry) in shortest.entries.iter().enumerate() {
        println!("  {:3}  {entry}", number + 1);
    }
    if let Some(found) = &shortest.broken {
        println!("  {found}");
    }
    let path = arguments
        .out
        .clone()
        .unwrap_or_else(|| PathBuf::from(format!("simulate-{}.json", log.seed)));
    let text = shortest.to_json().map_err(|error| Failure::internal(error.to_string()))?;
    fs::write(&path, text).map_err(|error| {
        Failure::unreadable([format!("{} cannot be written: {error}", path.display())])
    })?;
    println!("\nkept in {0}; play it again with `dirsim simulate --log {0}`", path.display());
    Err(Failure::expectation())
}

/// Plays a log again; with `into` in a workspace of its own.
fn replay(path: &Path, into: Option<&Path>) -> Result<(), Failure> {
    let named = |what: String| Failure::unreadable([format!("{}: {what}", path.display())]);
    let text = fs::read_to_string(path).map_err(|error| named(error.to_string()))?;
    let log = Log::from_json(&text).map_err(named)?;
    if let Some(folder) = into {
        let mut world = World::create_at(folder, log.setup.clone())?;
        for entry in &log.entries {
            // What makes no sense in a shortened log is left out, as it is when it is played.
            if let Entry::Input(input) = entry {
                drop(world.step(input.clone()));
            }
        }
        println!(
            "{}: {} steps; look at them with `dirsim log -w {0}`",
            folder.display(),
            world.last()
        );
    }
    let mut player = Player::new(&log.setup, true)
        .map_err(|broken| named(format!("the world does not start: {broken}")))?;
    for (number, entry) in log.entries.iter().enumerate() {
        println!("{:3}  {entry}", number + 1);
        match player.play(entry) {
            Ok(Some(stepped)) => {
                if let Some(refusal) = stepped.refusal {
                    println!("     refused: {}", refusal.message());
                }
            }
            Ok(None) => {}
            Err(broken) => {
                println!("     {broken}");
                return Err(Failure::expectation());
            }
        }
    }
    println!("every invariant held after every input");
    Ok(())
}
