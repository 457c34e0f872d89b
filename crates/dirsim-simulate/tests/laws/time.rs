//! Replay, time travel and the two stores: the same log gives the same world.

use dirsim_model::Dice;
use dirsim_store::{Thresholds, Workspace};
use dirsim_world::World;

use crate::state::{all_rows, difference};
use crate::story::{Player, Story, Verdict, tell};
use dirsim_simulate::acts::Diet;
use dirsim_simulate::start::Plan;

/// Sizes so small that stories of some dozen steps cut pages, spill and fold.
fn small() -> Thresholds {
    Thresholds {
        page_records: 4,
        page_bytes_min: 256,
        page_bytes_max: 2048,
        node_entries: 4,
        chunk_bytes: 1024,
        batch_bytes: 4096,
        spill_bytes: 16 * 1024,
        fold_width: 3,
        chain_max: 5,
        large_bytes: 8 * 1024,
        bases_kept: 1,
        inline_bytes: 64,
        ..Thresholds::default()
    }
}

/// Plays the journal of a world into another one and compares after every step.
fn replay(told: &World, to: u64, world: &mut World) -> Verdict {
    for commit in told.journal(2, to).map_err(|error| error.to_string())? {
        if commit.step <= world.head() {
            continue;
        }
        let input = told.input(commit.step).map_err(|error| error.to_string())?;
        let stepped = world.step(input).map_err(|error| error.to_string())?;
        if stepped.step != commit.step || world.digest() != commit.digest {
            return Err(format!(
                "step {} ({}) has digest {} when replayed, not {}: {:?}",
                commit.step,
                commit.label,
                world.digest(),
                commit.digest,
                stepped.refusal
            ));
        }
        let events = told.events(&commit).map_err(|error| error.to_string())?;
        if events != stepped.events {
            return Err(format!("step {} ({}) tells other events", commit.step, commit.label));
        }
    }
    Ok(())
}

/// Makes a world with nothing but the setup of another one.
fn fresh(told: &World, workspace: Workspace) -> World {
    let dirsim_world::Input::Setup(setup) = told.input(1).expect("the first input") else {
        panic!("the first input is the setup");
    };
    World::create(workspace, *setup).expect("a new world")
}

/// Design, sections 1.1 and 4: the world is the fold of its log (SE-378).
#[test]
fn replay_equals_run() {
    tell("replay equals run", 4, 20, Plan::default(), |story, log| {
        let mut told = Player::new(story, Workspace::in_memory_with(small()), log);
        told.play(story, Diet::Everything)?;
        let mut again = fresh(&told.world, Workspace::in_memory());
        replay(&told.world, told.world.last(), &mut again)?;
        match difference(&all_rows(told.world.tables()), &all_rows(again.tables())) {
            None => Ok(()),
            Some(found) => Err(format!("equal digests, other records: {found}")),
        }
    });
}

/// Design, sections 4 and 7: back, forward and `goto` lead to the recorded worlds, and a step made
/// after going back is the step of a world that never went there.
#[test]
fn travel_changes_nothing() {
    tell("travel", 4, 20, Plan::default(), travel);
}

fn travel(story: &Story, log: &mut Vec<String>) -> Verdict {
    let mut told = Player::new(story, Workspace::in_memory_with(small()), log);
    let mut worlds = vec![(told.world.head(), all_rows(told.world.tables()))];
    for act in &story.acts {
        told.act(*act, Diet::Everything)?;
        if told.world.head() > worlds.last().map_or(0, |(step, _)| *step) {
            worlds.push((told.world.head(), all_rows(told.world.tables())));
        }
    }
    let last = told.world.last();
    let world = &mut told.world;
    let digests: Vec<_> = world.journal(1, last).unwrap().iter().map(|c| c.digest).collect();
    let mut dice = Dice::new(story.seed);
    for _ in 0..worlds.len().min(8) {
        let (step, rows) = &worlds[usize::try_from(dice.below(worlds.len() as u64)).unwrap()];
        world.goto(*step).map_err(|error| error.to_string())?;
        if let Some(found) = difference(rows, &all_rows(world.tables())) {
            return Err(format!("step {step} looks different when visited again: {found}"));
        }
        if world.digest() != digests[usize::try_from(*step).unwrap() - 1] {
            return Err(format!("step {step} has another digest when visited again"));
        }
        if *step > 1 && *step < last {
            let back = world.back().map_err(|error| error.to_string())?;
            let forward = world.forward().map_err(|error| error.to_string())?;
            if (back, forward) != (step - 1, *step) {
                return Err(format!("back and forward from {step} lead to {back} and {forward}"));
            }
            if let Some(found) = difference(rows, &all_rows(world.tables())) {
                return Err(format!("back then forward changes step {step}: {found}"));
            }
        }
    }
    // Another future from a step of the past.
    let (step, _) = &worlds[usize::try_from(dice.below(worlds.len() as u64)).unwrap()];
    world.goto(*step).map_err(|error| error.to_string())?;
    let mut straight = fresh(world, Workspace::in_memory());
    replay(world, *step, &mut straight)?;
    for act in story.acts.iter().rev().take(6) {
        let dirsim_simulate::acts::Deed::Input(input) =
            dirsim_simulate::acts::deed(world, *act, story.plan, Diet::Everything)
        else {
            continue;
        };
        let (bent, plain) = (world.step(input.clone()), straight.step(input.clone()));
        let (bent, plain) = (bent.map_err(|e| e.to_string())?, plain.map_err(|e| e.to_string())?);
        if bent != plain || world.digest() != straight.digest() {
            return Err(format!("after going back to {step}, {} ends differently", input.label()));
        }
    }
    match difference(&all_rows(straight.tables()), &all_rows(world.tables())) {
        None => Ok(()),
        Some(found) => Err(format!("the new future from {step} has other records: {found}")),
    }
}

/// Design, section 7: a workspace on disk, closed and opened again at random moments, is the same
/// world as one in memory.
#[test]
fn disk_equals_memory() {
    tell("disk equals memory", 3, 16, Plan::default(), |story, log| {
        let mut told = Player::in_memory(story, log);
        told.play(story, Diet::Everything)?;
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("world");
        let workspace =
            Workspace::create_with(&path, small()).map_err(|error| error.to_string())?;
        let mut world = fresh(&told.world, workspace);
        let mut dice = Dice::new(story.seed);
        while world.head() < told.world.last() {
            let to = (world.head() + 1 + dice.below(9)).min(told.world.last());
            replay(&told.world, to, &mut world)?;
            if dice.below(4) == 0 {
                let aside = 1 + dice.below(to);
                world.goto(aside).map_err(|error| error.to_string())?;
                drop(world);
                world = open(&path)?;
                if world.head() != aside || world.last() != to {
                    return Err(format!("opened at {} instead of {aside}", world.head()));
                }
                world.goto(to).map_err(|error| error.to_string())?;
            } else {
                drop(world);
                world = open(&path)?;
            }
        }
        match difference(&all_rows(told.world.tables()), &all_rows(world.tables())) {
            None => Ok(()),
            Some(found) => Err(format!("the workspace on disk holds other records: {found}")),
        }
    });
}

fn open(path: &std::path::Path) -> Result<World, String> {
    let (world, warnings) = World::open(path).map_err(|error| error.to_string())?;
    if warnings.is_empty() { Ok(world) } else { Err(format!("opening warns: {warnings:?}")) }
}
