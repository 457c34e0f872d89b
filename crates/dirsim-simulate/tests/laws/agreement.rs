//! Delta equals full, quiet worlds stay quiet, and order of arrival does not matter.

use dirsim_sync::{Counter, Policy, Profile, RunRecord};
use dirsim_world::{Input, World};

use crate::state::{Part, describe, same};
use crate::story::{Player, Story, Verdict, tell};
use dirsim_simulate::acts::Diet;
use dirsim_simulate::start::{ENTRA, FORESTS, Plan};

/// Cycles after which nothing may move any more, with one to spare.
const CYCLES: usize = 4;

/// Begins with an initial cycle and plays the acts in rounds, with a delta cycle between them.
pub(crate) fn rounds(player: &mut Player<'_>, story: &Story, diet: Diet) -> Verdict {
    player.cycle(Policy::Initial)?;
    player.cycle(Policy::Delta)?;
    for (number, act) in story.acts.iter().enumerate() {
        player.act(*act, diet)?;
        if act.is_multiple_of(5) && number + 1 < story.acts.len() {
            player.cycle(Policy::Delta)?;
        }
    }
    Ok(())
}

/// SE-362, SE-364 and the law "delta equals full". Containers that filters name are never renamed,
/// and none is moved across a filter (SE-122, SE-123).
#[test]
fn delta_equals_full() {
    tell("delta equals full", 4, 12, Plan::default(), |story, log| {
        let mut player = Player::in_memory(story, log);
        rounds(&mut player, story, Diet::Edits)?;
        let here = player.world.head();
        let mut ends = Vec::new();
        for policy in [Policy::Delta, Policy::Initial] {
            player.world.goto(here).map_err(|error| error.to_string())?;
            player.log.push(format!("-- back to step {here}, {policy}"));
            player.forget();
            player.cycle(policy)?;
            for _ in 0..CYCLES {
                if has_sync_errors(&player.world) {
                    return player.leave();
                }
                player.cycle(Policy::Delta)?;
            }
            ends.push(describe(&player.world, &[Part::Staged, Part::Metaverse, Part::Tenant]));
        }
        same(&ends[0], &ends[1], "delta (first) and initial cycle (second) end differently")
    });
}

/// SE-363, SE-364: after a delta synchronization another one, and a full one, changes nothing.
#[test]
fn full_synchronization_after_delta_changes_nothing() {
    tell("full after delta", 4, 12, Plan::default(), |story, log| {
        let mut player = Player::in_memory(story, log);
        rounds(&mut player, story, Diet::Edits)?;
        let names = connectors(&player.world);
        for profile in [Profile::DeltaImport, Profile::DeltaSynchronization] {
            for name in &names {
                run(&mut player, name, profile)?;
            }
        }
        if has_sync_errors(&player.world) {
            return player.leave();
        }
        let parts = [Part::Staged, Part::Metaverse];
        for profile in [Profile::DeltaSynchronization, Profile::FullSynchronization] {
            let before = describe(&player.world, &parts);
            for name in &names {
                run(&mut player, name, profile)?;
            }
            let after = describe(&player.world, &parts);
            same(
                &before,
                &after,
                &format!("SE-363/364: {profile} after a delta changed something"),
            )?;
        }
        Ok(())
    });
}

/// SE-361: a second full import directly after a full import reports no change.
#[test]
fn a_second_full_import_finds_nothing() {
    tell("second full import", 4, 12, Plan::default(), |story, log| {
        let mut player = Player::in_memory(story, log);
        player.play(story, Diet::Everything)?;
        // A cycle that the story left in progress keeps its connectors busy (SE-235).
        player.input(Input::StopCycle)?;
        for name in connectors(&player.world) {
            run(&mut player, &name, Profile::FullImport)?;
            let again = run(&mut player, &name, Profile::FullImport)?;
            let loud = loud_counters(&again, &[Counter::StageNoChange, Counter::FilteredObjects]);
            if !loud.is_empty() {
                return Err(format!("SE-361: {name} reports {}", loud.join(", ")));
            }
        }
        Ok(())
    });
}

/// SE-246, SE-371: without outside changes the third cycle stages and exports nothing; rows that the
/// tenant keeps refusing are sent again (SE-223) and change nothing either.
#[test]
fn the_third_cycle_is_quiet() {
    tell("third cycle", 4, 14, Plan::default(), |story, log| {
        let mut player = Player::in_memory(story, log);
        rounds(&mut player, story, Diet::Edits)?;
        for _ in 0..2 {
            player.cycle(Policy::Delta)?;
        }
        if has_sync_errors(&player.world) {
            return player.leave();
        }
        let parts = [Part::Metaverse, Part::Tenant];
        let before = describe(&player.world, &parts);
        for policy in [Policy::Delta, Policy::Initial] {
            for record in player.cycle(policy)? {
                let allowed = [
                    Counter::StageNoChange,
                    Counter::FilteredObjects,
                    Counter::DisconnectorRemains,
                    Counter::ConnectorNoFlow,
                    Counter::FlowFailure,
                    Counter::ExportFailure,
                ];
                let loud = loud_counters(&record, &allowed);
                if !loud.is_empty() {
                    return Err(format!(
                        "SE-371: cycle three, {policy}: {} on {}: {}",
                        record.profile,
                        record.connector_name,
                        loud.join(", ")
                    ));
                }
            }
            let after = describe(&player.world, &parts);
            same(&before, &after, &format!("SE-371: a quiet {policy} cycle changed something"))?;
        }
        Ok(())
    });
}

/// SE-365: the order in which the forests are synchronized does not matter.
#[test]
fn order_of_forests_does_not_matter() {
    let plan = Plan { two_forests: true, ..Plan::default() };
    tell("order of forests", 4, 12, plan, |story, log| {
        let mut player = Player::in_memory(story, log);
        // Half of the stories let everything arrive at once.
        if story.seed.is_multiple_of(2) {
            rounds(&mut player, story, Diet::ForestEdits)?;
        } else {
            player.play(story, Diet::ForestEdits)?;
        }
        for name in FORESTS.iter().chain([&ENTRA]) {
            run(&mut player, name, Profile::FullImport)?;
        }
        let here = player.world.head();
        let mut ends = Vec::new();
        for order in [[0, 1], [1, 0]] {
            player.world.goto(here).map_err(|error| error.to_string())?;
            player.log.push(format!("-- back to step {here}, order {order:?}"));
            player.forget();
            // Two rounds: what failed because the other forest came later gets its second try.
            for _ in 0..3 {
                for forest in order {
                    run(&mut player, FORESTS[forest], Profile::FullSynchronization)?;
                }
                run(&mut player, ENTRA, Profile::FullSynchronization)?;
            }
            ends.push(describe(&player.world, &[Part::Metaverse]));
        }
        same(&ends[0], &ends[1], "SE-365: the order of the forests shows in the metaverse")
    });
}

/// Returns whether objects fail to synchronize. SE-364 and SE-371 speak of worlds without errors: a
/// failed object keeps its old values until something outside it is repaired (SE-158, SE-304), and
/// what its metaverse object writes to it meanwhile depends on who was visited.
pub(crate) fn has_sync_errors(world: &World) -> bool {
    let all = dirsim_sync::statistics::all(world.tables()).expect("statistics");
    all.values().any(|numbers| numbers.import_errors > 0)
}

fn run(player: &mut Player<'_>, connector: &str, profile: Profile) -> Result<RunRecord, String> {
    let stepped = player.input(Input::Run { connector: connector.to_owned(), profile })?;
    stepped
        .events
        .into_iter()
        .find_map(|event| match event {
            dirsim_world::Event::Run(run) => Some(*run),
            _ => None,
        })
        .ok_or_else(|| format!("{profile} on {connector} left no record"))
}

fn connectors(world: &World) -> Vec<String> {
    let all = dirsim_sync::connector::all(world.tables()).expect("connectors");
    all.into_iter().map(|connector| connector.name).collect()
}

fn loud_counters(run: &RunRecord, allowed: &[Counter]) -> Vec<String> {
    let mut loud = Vec::new();
    for step in &run.steps {
        let outbound = step.outbound.values().flatten();
        for (counter, number) in step.counters.iter().chain(outbound) {
            if *number > 0 && !allowed.contains(counter) {
                loud.push(format!("{counter} {number}"));
            }
        }
    }
    loud
}
