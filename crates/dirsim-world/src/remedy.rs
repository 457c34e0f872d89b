//! The smallest changes that would lead to a match, each proved by trying it.
//!
//! [`remedies`] looks for the cloud object that an on-premises object was meant to take over, lists the
//! single changes an administrator could make (`candidates`), and tries them, and pairs of them, on
//! copies of the world: the edit, a delta cycle, and a look at what the tenant made of it. Only what
//! worked is told. This is dirsim's own advice (D10); the simulated product never gives it.

mod action;
mod candidates;

use dirsim_model::Guid;
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::cs::Anchor;
use dirsim_sync::{CsObject, Policy, connector, cs};
use dirsim_tenant::{AppliedAs, TenantObject, Verdict};
use serde::Serialize;

use self::action::Action;
use crate::error::WorldError;
use crate::event::Event;
use crate::find::{Found, find};
use crate::input::Input;
use crate::plan::{PlanOutcome, outcome_of};
use crate::world::{Rehearsal, World};

/// Remedies that are told; more of them are no help.
const TOLD_MAX: usize = 5;
/// Copies of the world that are tried for one question.
const TRIED_MAX: usize = 60;

/// What is wrong with an object, and what would help.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Advice {
    /// The cloud objects that were meant, or what else a remedy leads to.
    pub goals: Vec<String>,
    /// What would help, the smallest change first.
    pub remedies: Vec<Remedy>,
    /// How many changes were tried.
    pub tried: usize,
    /// Why there is no remedy, when nothing was tried or nothing helped.
    pub none: Option<String>,
}

/// A change that was tried in a copy of the world and helped.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Remedy {
    /// What to do, in words.
    pub what: Vec<String>,
    /// The cmdlets as one would type them, the delta cycle included.
    pub cmdlets: Vec<String>,
    /// Cmdlets that put back what was only in the way.
    pub afterwards: Vec<String>,
    /// What the cycle then does.
    pub outcome: PlanOutcome,
    /// The cloud object that the on-premises object then masters.
    pub becomes: String,
    /// Cloud values that the takeover would overwrite or lose.
    pub overwrites: usize,
    /// Whether a cmdlet deletes something for good.
    pub irreversible: bool,
    /// The rules that stood in the way.
    pub rules: Vec<String>,
}

/// What a remedy is to reach.
#[derive(Debug)]
struct Goal {
    /// The on-premises object.
    forest: Guid,
    /// The cloud object to be mastered by it; `None` when a new one is meant.
    target: Option<Guid>,
    /// The goal in words.
    words: String,
    /// Changes that every remedy begins with.
    first: Vec<Action>,
    /// Changes to choose from.
    choices: Vec<Action>,
}

/// The object as it stands: what candidates are made from.
struct Subject {
    forest: dirsim_forest::ForestObject,
    /// How cmdlets name it.
    identity: String,
    cs: CsObject,
    /// The cloud object that sync made or took over, when there is one.
    linked: Option<TenantObject>,
    /// Whether sync made it: only then it may go again.
    made_by_sync: bool,
    answer: dirsim_tenant::Answer,
}

/// Finds what would make the tenant match the on-premises object that an identity names.
///
/// The world is left as it is: every try runs on a copy.
pub fn remedies(world: &mut World, identity: &str) -> Result<Option<Advice>, WorldError> {
    let tables = world.tables();
    let Some(found) = find(tables, identity)?.into_iter().find(|found| !found.forest.is_empty())
    else {
        return Ok(None);
    };
    let Some(subject) = subject(tables, &found)? else { return Ok(None) };
    if is_settled(&subject) {
        return Ok(None);
    }
    let mut advice = Advice { goals: Vec::new(), remedies: Vec::new(), tried: 0, none: None };
    if !is_ready_for_a_delta(tables)? {
        let why = "the first full cycle has not ended yet; finish it, then ask again";
        advice.none = Some(why.to_owned());
        return Ok(Some(advice));
    }
    for goal in candidates::goals(tables, world.schema(), &subject)? {
        advice.goals.push(goal.words.clone());
        try_all(world, &goal, &mut advice)?;
    }
    // Nobody should have to delete what can be kept.
    advice
        .remedies
        .sort_by_key(|remedy| (remedy.irreversible, remedy.cmdlets.len(), remedy.overwrites));
    advice.remedies.truncate(TOLD_MAX);
    if advice.remedies.is_empty() {
        advice.none = Some(if advice.tried == 0 {
            let held = !subject.answer.quarantined.is_empty();
            let why = match subject.answer.verdict {
                Verdict::Success(AppliedAs::SoftDeleted) => {
                    "nothing failed: the account left the synchronization; back in scope it is found by its anchor and restored (ET-035)"
                }
                Verdict::Success(AppliedAs::HardDeleted) => {
                    "nothing failed: it left the synchronization; back in scope it is a new object (ET-036)"
                }
                Verdict::Success(_) if subject.made_by_sync && !held => {
                    "nothing failed: it is new in the tenant because no cloud object resembles it"
                }
                _ => "no cloud object resembles it, and nothing dirsim knows to change would help",
            };
            why.to_owned()
        } else {
            format!("{} changes were tried and none of them helped", advice.tried)
        });
    }
    Ok(Some(advice))
}

/// Tries single changes, then pairs of those that did not help alone.
fn try_all(world: &mut World, goal: &Goal, advice: &mut Advice) -> Result<(), WorldError> {
    let Goal { first, choices, .. } = goal;
    let mut sets: Vec<Vec<usize>> = Vec::new();
    if !first.is_empty() {
        sets.push(Vec::new());
    }
    sets.extend((0..choices.len()).map(|one| vec![one]));
    for one in 0..choices.len() {
        sets.extend((one + 1..choices.len()).map(|other| vec![one, other]));
    }
    let mut proved: Vec<Vec<usize>> = Vec::new();
    for set in sets {
        let told_enough = proved.len() >= TOLD_MAX || advice.tried >= TRIED_MAX;
        if told_enough {
            break;
        }
        // What contains something that helps alone is no smallest change.
        if proved.iter().any(|known| known.iter().all(|one| set.contains(one))) {
            continue;
        }
        let chosen: Vec<&Action> =
            first.iter().chain(set.iter().filter_map(|at| choices.get(*at))).collect();
        advice.tried += 1;
        if let Some(remedy) = prove(world, goal, &chosen)? {
            advice.remedies.push(remedy);
            proved.push(set);
        }
    }
    Ok(())
}

/// Tries some changes on a copy of the world; the remedy when they reach the goal.
fn prove(world: &mut World, goal: &Goal, chosen: &[&Action]) -> Result<Option<Remedy>, WorldError> {
    let reached = world.rehearse(|rehearsal| {
        for action in chosen {
            for input in &action.inputs {
                if rehearsal.step(input, &mut |_| ())?.refusal.is_some() {
                    return Ok(None);
                }
            }
        }
        if !delta_cycle(rehearsal)? {
            return Ok(None);
        }
        reached(rehearsal.tables(), goal)
    })?;
    let Some((outcome, becomes, overwrites)) = reached else { return Ok(None) };
    let mut cmdlets: Vec<String> =
        chosen.iter().flat_map(|action| action.cmdlets.iter().cloned()).collect();
    cmdlets.push("Start-ADSyncSyncCycle -PolicyType Delta".to_owned());
    let mut rules: Vec<String> = chosen.iter().map(|action| action.rule.to_owned()).collect();
    rules.sort();
    rules.dedup();
    Ok(Some(Remedy {
        what: chosen.iter().map(|action| action.what.clone()).collect(),
        cmdlets,
        afterwards: chosen.iter().flat_map(|action| action.afterwards.iter().cloned()).collect(),
        outcome,
        becomes,
        overwrites,
        irreversible: chosen.iter().any(|action| action.irreversible),
        rules,
    }))
}

/// Runs a delta cycle to its end; false when the server refuses to.
fn delta_cycle(rehearsal: &mut Rehearsal<'_>) -> Result<bool, WorldError> {
    let finish = |rehearsal: &mut Rehearsal<'_>| -> Result<(), WorldError> {
        while dirsim_sync::cycle::next(rehearsal.tables())?.is_some() {
            let stepped = rehearsal.step(&Input::RunNext, &mut |_| ())?;
            if stepped.events.iter().any(|event| matches!(event, Event::CycleEnded)) {
                break;
            }
        }
        Ok(())
    };
    finish(rehearsal)?;
    let started = rehearsal.step(&Input::StartCycle(Some(Policy::Delta)), &mut |_| ())?;
    if started.refusal.is_some() {
        return Ok(false);
    }
    finish(rehearsal)?;
    Ok(true)
}

/// Looks whether the goal is reached: what the cycle did, the cloud object, and how many cloud values
/// it overwrote.
fn reached(
    tables: &dyn Tables,
    goal: &Goal,
) -> Result<Option<(PlanOutcome, String, usize)>, WorldError> {
    for found in find(tables, &goal.forest.to_string())? {
        let Some((id, object)) = entra_object(tables, &found)? else { continue };
        if object.export_error.is_some() {
            return Ok(None);
        }
        let Some(Anchor::Cloud(cloud)) = object.anchor else { return Ok(None) };
        if goal.target.is_some_and(|target| target != cloud.id) {
            return Ok(None);
        }
        let Some(number) = dirsim_tenant::lookup::by_id(tables, cloud.id)? else {
            return Ok(None);
        };
        let Some(held) = dirsim_tenant::lookup::object(tables, number)? else { return Ok(None) };
        if !held.is_active() || !held.is_synced() || !held.conflicts.is_empty() {
            return Ok(None);
        }
        let history = dirsim_sync::lookup::answers(tables, id)?;
        let Some(answer) = history.answers.last() else { return Ok(None) };
        return Ok(Some((outcome_of(answer), held.describe(), answer.overwritten.len())));
    }
    Ok(None)
}

/// Returns the object of the Entra connector space among what was found.
fn entra_object(tables: &dyn Tables, found: &Found) -> StoreResult<Option<(u64, CsObject)>> {
    for id in &found.cs {
        let of = connector::get(tables, cs::connector_of(*id))?;
        if of.is_some_and(|connector| !connector.is_forest()) {
            return Ok(rows::get::<CsObject>(tables, *id)?.map(|object| (*id, object)));
        }
    }
    Ok(None)
}

fn subject(tables: &dyn Tables, found: &Found) -> StoreResult<Option<Subject>> {
    let mut forest = None;
    for id in &found.forest {
        let object: dirsim_forest::ForestObject = rows::expect(tables, *id)?;
        if object.deleted.is_none() {
            forest = Some((*id, object));
            break;
        }
    }
    let Some((forest_id, forest)) = forest else { return Ok(None) };
    let Some((id, cs)) = entra_object(tables, found)? else { return Ok(None) };
    let history = dirsim_sync::lookup::answers(tables, id)?;
    let Some(answer) = history.answers.last().cloned() else { return Ok(None) };
    let linked = match cs.anchor {
        Some(Anchor::Cloud(cloud)) => match dirsim_tenant::lookup::by_id(tables, cloud.id)? {
            Some(number) => dirsim_tenant::lookup::object(tables, number)?,
            None => None,
        },
        _ => None,
    };
    let identity = action::identity(tables, forest_id, &forest)?;
    let made_by_sync = history.answers.iter().any(|answer| {
        outcome_of(answer) == PlanOutcome::Create
            && answer.object.map(|object| object.id) == linked.as_ref().map(|linked| linked.id)
    });
    Ok(Some(Subject { forest, identity, cs, linked, made_by_sync, answer }))
}

/// Returns whether there is nothing to advise: the object masters a cloud object, without an error,
/// without values in quarantine, and it was not created beside one that resembles it.
fn is_settled(subject: &Subject) -> bool {
    let Some(linked) = &subject.linked else { return false };
    subject.cs.export_error.is_none()
        && linked.is_active()
        && linked.is_synced()
        && linked.conflicts.is_empty()
        && outcome_of(&subject.answer) != PlanOutcome::Create
}

/// Returns whether a delta cycle would be one: every connector had its full runs.
fn is_ready_for_a_delta(tables: &dyn Tables) -> StoreResult<bool> {
    let all = connector::all(tables)?;
    Ok(all.iter().all(|c| c.runs > 0 && !c.full_import_required && !c.full_sync_required))
}
