//! `dirsim back`, `forward` and `goto`: time travel.

use dirsim_world::World;

use super::open;
use crate::cli::{Goto, Travel};
use crate::failure::Failure;

/// Undoes steps.
pub(crate) fn back(arguments: &Travel) -> Result<(), Failure> {
    let mut world = open(&arguments.place.workspace)?;
    let head = world.head();
    let target = head.checked_sub(arguments.steps).filter(|step| *step > 0).ok_or_else(|| {
        // The first step makes the world.
        Failure::usage(format!("only {} steps can be undone", head.saturating_sub(1)))
    })?;
    world.goto(target)?;
    tell(&world)
}

/// Redoes steps.
pub(crate) fn forward(arguments: &Travel) -> Result<(), Failure> {
    let mut world = open(&arguments.place.workspace)?;
    world.goto(world.head().saturating_add(arguments.steps))?;
    tell(&world)
}

/// Goes to a step.
pub(crate) fn goto(arguments: &Goto) -> Result<(), Failure> {
    let mut world = open(&arguments.place.workspace)?;
    world.goto(arguments.step)?;
    tell(&world)
}

fn tell(world: &World) -> Result<(), Failure> {
    let head = world.head();
    let label = world.journal(head, head)?.pop().map_or_else(String::new, |commit| commit.label);
    println!("at step {head} of {}: {label}", world.last());
    println!("clock {}  digest {}", world.now()?, world.digest());
    Ok(())
}
