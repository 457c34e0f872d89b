//! `dirsim replay`: the same inputs must give the same bytes.

use std::sync::atomic::{AtomicBool, Ordering};

use dirsim_world::{Input, World};

use super::open;
use crate::cli::Replay;
use crate::failure::Failure;
use crate::progress::Bar;

/// Plays the journal again in memory and compares digests after every step.
pub(crate) fn replay(arguments: &Replay, cancelled: &AtomicBool) -> Result<(), Failure> {
    let world = open(&arguments.place.workspace)?;
    let commits = world.journal(1, world.last())?;
    let Some(first) = commits.first() else {
        return Err(Failure::unreadable(["the journal is empty".to_owned()]));
    };
    let beginning = world.workspace().beginning().map_err(dirsim_world::WorldError::from)?;
    let mut again = if beginning.head() > 0 {
        println!("from step {} on; earlier steps were forgotten", beginning.head());
        World::of(beginning)?
    } else {
        let Input::Setup(setup) = world.input(first.step)? else {
            return Err(Failure::internal("the journal does not begin with a setup".to_owned()));
        };
        World::create(beginning, *setup)?
    };
    for commit in &commits {
        if commit.step > first.step {
            let bar = Bar::new(&format!("{} {}", commit.step, commit.label));
            again.step_with(world.input(commit.step)?, &mut |progress| bar.report(&progress))?;
        }
        if again.digest() != commit.digest {
            println!(
                "step {} ({}) gives digest {}, the journal says {}",
                commit.step,
                commit.label,
                again.digest(),
                commit.digest
            );
            println!("the workspace was made by another version of dirsim, or dirsim is wrong");
            return Err(Failure::expectation());
        }
        if cancelled.load(Ordering::Relaxed) {
            println!("stopped after step {}; equal so far", commit.step);
            return Ok(());
        }
    }
    let replayed = commits.len() as u64 - u64::from(world.workspace().first() > 0);
    println!("{replayed} steps replayed, every digest equal: {}", again.digest());
    Ok(())
}
