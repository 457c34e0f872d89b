//! What the tenant said about one object: the ordered checks of an export, with the fact found at each.

use dirsim_model::Timestamp;
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::{connector, cs, lookup};
use dirsim_tenant::answer::{Note, Quarantined};
use dirsim_tenant::{Answer, Check, MatchKind, Refusal};
use serde::Serialize;

use crate::error::WorldError;
use crate::event::Event;
use crate::ledger::{self, Loss};
use crate::plan::{PlanOutcome, outcome_of};
use crate::world::World;

/// One export of an object to the tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ExportStory {
    /// The connector.
    pub connector: String,
    /// Which export it is: 1 is the last one, 2 the one before.
    pub number: usize,
    /// The step of the journal that did it, when it was looked for.
    pub step: Option<u64>,
    /// When.
    pub at: Timestamp,
    /// What the tenant did.
    pub outcome: PlanOutcome,
    /// How it found the object.
    pub matched: MatchKind,
    /// The cloud object, when one was found or made.
    pub object: Option<String>,
    /// The checks in the order they were made, with the fact found at each.
    pub checks: Vec<Check>,
    /// The refusal, when there is one.
    pub refusal: Option<Refusal>,
    /// Values that were set aside.
    pub quarantined: Vec<Quarantined>,
    /// Cloud values that were overwritten or lost, with the reason.
    pub losses: Vec<Loss>,
    /// dirsim's remarks.
    pub notes: Vec<Note>,
}

/// Returns the exports that are kept with a connector space object, the last one first.
pub(super) fn kept(tables: &dyn Tables, id: u64) -> StoreResult<Vec<ExportStory>> {
    let name = connector::get(tables, cs::connector_of(id))?
        .map_or_else(String::new, |connector| connector.name);
    let history = lookup::answers(tables, id)?;
    let told = history.answers.iter().rev().enumerate();
    Ok(told.map(|(index, answer)| story(&name, index + 1, None, answer)).collect())
}

/// Finds an earlier export of a connector space object in the journal: 1 is the last one at `from`.
///
/// Only the last few answers are kept with an object; the journal knows all of them.
pub fn earlier(
    world: &World,
    id: u64,
    number: usize,
    from: u64,
) -> Result<Option<ExportStory>, WorldError> {
    let mut seen = 0;
    for step in (1..=from).rev() {
        let Some(commit) = world.journal(step, step)?.pop() else { continue };
        let exports = world
            .events(&commit)?
            .into_iter()
            .any(|event| matches!(event, Event::Run(run) if run.connector == cs::connector_of(id)));
        if !exports {
            continue;
        }
        let after = lookup::answers(&world.at(step)?, id)?;
        let before = lookup::answers(&world.at(step - 1)?, id)?;
        let Some(answer) = after.answers.last().filter(|_| after != before) else { continue };
        seen += 1;
        if seen == number {
            let name = lookup::connector_name(&world.at(step)?, id)?;
            return Ok(Some(story(&name, number, Some(step), answer)));
        }
    }
    Ok(None)
}

fn story(connector: &str, number: usize, step: Option<u64>, answer: &Answer) -> ExportStory {
    ExportStory {
        connector: connector.to_owned(),
        number,
        step,
        at: answer.at,
        outcome: outcome_of(answer),
        matched: answer.matched,
        object: answer.object.map(|object| object.to_string()),
        checks: answer.checks.clone(),
        refusal: answer.refusal().cloned(),
        quarantined: answer.quarantined.clone(),
        losses: ledger::losses(answer),
        notes: answer.notes.clone(),
    }
}
