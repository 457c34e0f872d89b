//! A rehearsal changes nothing and says what then happens (design 1.2).

use std::collections::BTreeSet;

use dirsim_store::{Tables, rows};
use dirsim_sync::run::{DetailOf, details};
use dirsim_sync::{Counter, Policy, Profile, RunRecord, connector};
use dirsim_tenant::AnswerHistory;
use dirsim_world::plan::{Detail, PlanOutcome, outcome_of, plan};
use dirsim_world::{Event, Input};

use crate::state::{all_rows, difference};
use crate::story::{Player, Story, Verdict, tell};
use dirsim_simulate::acts::Diet;
use dirsim_simulate::start::Plan;

/// What a run did to an object, in words that plan and answers share.
type Happened = (String, String, Option<PlanOutcome>, Option<String>, Vec<String>);

#[test]
fn a_plan_changes_nothing_and_comes_true() {
    tell("plan", 4, 16, Plan::default(), comes_true);
}

fn comes_true(story: &Story, log: &mut Vec<String>) -> Verdict {
    let mut player = Player::in_memory(story, log);
    player.play(story, Diet::Everything)?;
    let policy = if story.seed.is_multiple_of(3) { Policy::Initial } else { Policy::Delta };
    let (before, digest) = (all_rows(player.world.tables()), player.world.digest());
    let planned = plan(&mut player.world, Some(policy), Detail::All, &mut |_, _| ())
        .map_err(|error| error.to_string())?;
    if let Some(found) = difference(&before, &all_rows(player.world.tables())) {
        return Err(format!("the plan changed the world: {found}"));
    }
    let rehearsed = player
        .world
        .rehearse(|rehearsal| {
            if dirsim_sync::cycle::next(rehearsal.tables())?.is_none() {
                rehearsal.step(&Input::StartCycle(Some(policy)), &mut |_| ())?;
            }
            while dirsim_sync::cycle::next(rehearsal.tables())?.is_some() {
                rehearsal.step(&Input::RunNext, &mut |_| ())?;
            }
            Ok(all_rows(rehearsal.tables()))
        })
        .map_err(|error| error.to_string())?;
    if player.world.digest() != digest || player.world.workspace().digest() != digest {
        return Err("the rehearsal changed the digest".to_owned());
    }
    let (mut runs, mut happened) = (Vec::new(), Vec::new());
    if dirsim_sync::cycle::next(player.world.tables()).map_err(|e| e.to_string())?.is_none() {
        player.input(Input::StartCycle(Some(policy)))?;
    }
    while dirsim_sync::cycle::next(player.world.tables()).map_err(|e| e.to_string())?.is_some() {
        for event in player.input(Input::RunNext)?.events {
            if let Event::Run(run) = event {
                exports(player.world.tables(), &run, &mut happened);
                runs.push(*run);
            }
        }
    }
    if runs != planned.runs {
        let at = runs.iter().zip(&planned.runs).position(|(real, said)| real != said);
        return Err(format!("run {at:?} of the cycle is not the planned one"));
    }
    let mut said: Vec<Happened> = planned
        .items
        .iter()
        .filter(|item| item.outcome != PlanOutcome::SyncError)
        .map(|item| {
            (
                item.connector.clone(),
                item.dn.clone(),
                Some(item.outcome),
                item.refusal.as_ref().map(|refusal| refusal.text.clone()),
                item.quarantined.iter().map(|held| held.value.clone()).collect(),
            )
        })
        .collect();
    said.sort();
    happened.sort();
    if said != happened {
        return Err(format!("planned {said:#?}\nhappened {happened:#?}"));
    }
    let errors: usize = runs
        .iter()
        .filter(|run| run.profile.is_synchronization())
        .map(|run| run.errors().count())
        .sum();
    let promised =
        planned.items.iter().filter(|item| item.outcome == PlanOutcome::SyncError).count();
    if errors != promised {
        return Err(format!("{promised} synchronization errors planned, {errors} happened"));
    }
    match difference(&rehearsed, &all_rows(player.world.tables())) {
        None => Ok(()),
        Some(found) => Err(format!("the cycle ends elsewhere than its rehearsal: {found}")),
    }
}

/// Reads from the real world what an export did, object by object.
fn exports(tables: &dyn Tables, run: &RunRecord, happened: &mut Vec<Happened>) {
    if run.profile != Profile::Export {
        return;
    }
    let entra = !connector::get(tables, run.connector).unwrap().unwrap().is_forest();
    let counters =
        [Counter::ExportDelete, Counter::ExportAdd, Counter::ExportUpdate, Counter::ExportFailure];
    let mut seen = BTreeSet::new();
    for step in &run.steps {
        for counter in counters {
            let of = DetailOf { run: run.id, step: step.number, target: 0, counter };
            for detail in details(tables, of).unwrap() {
                if !seen.insert(detail.cs) {
                    continue;
                }
                let dn = detail.dn.as_deref().map_or_else(
                    || dirsim_sync::lookup::dn(tables, detail.cs).unwrap(),
                    str::to_owned,
                );
                let history: AnswerHistory =
                    rows::get(tables, detail.cs).unwrap().unwrap_or_default();
                let answer = history.answers.last().filter(|_| entra);
                let outcome = match answer {
                    Some(answer) => outcome_of(answer),
                    None if entra => PlanOutcome::NoChange,
                    None if counter == Counter::ExportFailure => PlanOutcome::WriteBackRefused,
                    None => PlanOutcome::WriteBack,
                };
                if entra && answer.is_none() {
                    happened.push((run.connector_name.clone(), dn, None, None, Vec::new()));
                    continue;
                }
                happened.push((
                    run.connector_name.clone(),
                    dn,
                    Some(outcome),
                    answer.and_then(|a| a.refusal()).map(|refusal| refusal.text.clone()),
                    answer.map_or_else(Vec::new, |a| {
                        a.quarantined.iter().map(|held| held.value.clone()).collect()
                    }),
                ));
            }
        }
    }
}
