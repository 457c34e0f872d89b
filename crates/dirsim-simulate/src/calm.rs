//! A world that is left alone comes to rest (SE-246, SE-370, SE-371), and a server installed beside
//! one at rest finds everything as it is (SE-280, SE-372, SE-373).

use std::collections::BTreeMap;

use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::servers::Start;
use dirsim_sync::{
    Counter, ExportOp, Policy, RunRecord, StepResult, connector, cs, cycle, export, fault, lookup,
    server, servers, statistics,
};
use dirsim_tenant::{AnswerHistory, AppliedAs, MatchKind, Verdict};
use dirsim_world::invariants::loud;
use dirsim_world::{Event, Input, ServersEdit, Stepped, rules};

/// Complete cycles after which nothing may move: the first, an Initial one, finds everything and
/// exports, the next confirms and writes back, and what one forest's write-back changed for another
/// takes one more.
const RESTLESS: u32 = 3;

/// Counters that may still count in a world at rest: nothing is staged and nothing accepted. Refused
/// rows are sent again (SE-221); what a controller that is behind has not told keeps the cookie back,
/// so what happened since comes again, deletions of what was never staged included (SE-072, SE-073).
const QUIET: [Counter; 6] = [
    Counter::StageNoChange,
    Counter::FilteredObjects,
    Counter::FilteredDeletions,
    Counter::DisconnectorRemains,
    Counter::ConnectorNoFlow,
    Counter::ExportFailure,
];

/// Counts complete cycles since something came from outside.
#[derive(Debug, Default)]
pub(crate) struct Calm {
    /// Complete cycles that count; `None` before the first one has ended.
    cycles: Option<u32>,
    /// The rows that the last cycle left refused, and why.
    refused: BTreeMap<u64, String>,
    /// The runs of the cycle in progress; `None` when it does not count.
    runs: Option<Vec<RunRecord>>,
    /// The staging server that was installed with an empty database when nothing was left to do.
    rebuilt: Option<String>,
}

impl Calm {
    /// Notes a step; returns what moved in a cycle that should have been quiet, with the rule.
    pub(crate) fn after(
        &mut self,
        tables: &dyn Tables,
        input: &Input,
        stepped: &Stepped,
    ) -> StoreResult<Option<(&'static str, String)>> {
        if stepped.refusal.is_some() {
            return Ok(None);
        }
        if let Some(found) = self.rebuild(tables, input, stepped)? {
            return Ok(Some(found));
        }
        // Faults keep a world from coming to rest, and so does a second server (SE-276).
        if !fault::all(tables)?.is_empty() || servers::all(tables)?.len() > 1 {
            (self.cycles, self.runs) = (None, None);
            return Ok(None);
        }
        match input {
            Input::StartCycle(_) => {
                let initial =
                    cycle::state(tables)?.is_some_and(|state| state.policy == Policy::Initial);
                self.runs = (initial || self.cycles.is_some()).then(Vec::new);
                if self.cycles.is_none() {
                    self.refused = refused(tables)?;
                }
                return Ok(None);
            }
            Input::RunNext => {}
            _ => {
                (self.cycles, self.runs) = (None, None);
                return Ok(None);
            }
        }
        let mut ended = false;
        for event in &stepped.events {
            match event {
                Event::Run(run) => {
                    if let Some(runs) = &mut self.runs {
                        runs.push((**run).clone());
                        if let Some(text) = self.confirmed(tables, run)? {
                            return Ok(Some(("SE-370", text)));
                        }
                    }
                }
                Event::CycleEnded => ended = true,
                _ => {}
            }
        }
        let Some(runs) = self.runs.take_if(|_| ended) else { return Ok(None) };
        if !is_clean(tables, &runs)? {
            self.cycles = None;
            return Ok(None);
        }
        // The law speaks of cycles without errors (SE-371). A row that is refused again and again for
        // one reason is as good as rest, a new refusal is not: the tenant refuses some rows once and
        // takes them the next time (ET-079), so that cycle does not count.
        // Pinned by tests/logs/se-371-refused-once.
        let refused = refused(tables)?;
        let known = refused.iter().all(|(id, why)| self.refused.get(id) == Some(why));
        self.refused = refused;
        let cycles = self.cycles.unwrap_or(0) + u32::from(known);
        self.cycles = Some(cycles);
        if cycles <= RESTLESS {
            return Ok(None);
        }
        for run in &runs {
            let loud = loud(run, &QUIET);
            if !loud.is_empty() {
                let text = format!(
                    "cycle {} without anything from outside: {} on {}: {}",
                    cycles,
                    run.profile,
                    run.connector_name,
                    loud.join(", ")
                );
                return Ok(Some(("SE-371", text)));
            }
        }
        Ok(None)
    }
}

impl Calm {
    /// SE-370: the second synchronization of the tenant's objects after a change from outside finds
    /// all exports confirmed. A rule that writes back may ask for more (Exchange hybrid).
    fn confirmed(&self, tables: &dyn Tables, run: &RunRecord) -> StoreResult<Option<String>> {
        let writes_back = rules::setup(tables)?.is_none_or(|setup| setup.rules.exchange_hybrid);
        let forest = connector::get(tables, run.connector)?.is_none_or(|one| one.is_forest());
        if self.cycles.is_none()
            || writes_back
            || forest
            || !run.profile.is_synchronization()
            || run.result != StepResult::Success
        {
            return Ok(None);
        }
        wants_more(tables, run.connector)
    }

    /// SE-372, SE-373: the first cycle of a server that was installed beside one at rest leaves
    /// nothing to export.
    fn rebuild(
        &mut self,
        tables: &dyn Tables,
        input: &Input,
        stepped: &Stepped,
    ) -> StoreResult<Option<(&'static str, String)>> {
        match input {
            Input::Servers(ServersEdit::Add {
                name,
                start: Start::SameConfiguration,
                staging_mode: true,
            }) => {
                let alone = servers::all(tables)?.len() == 2;
                let rested = self.cycles > Some(RESTLESS) && alone && is_idle(tables)?;
                self.rebuilt = rested.then(|| name.clone());
            }
            Input::Servers(ServersEdit::Use(name)) if self.rebuilt.as_ref() == Some(name) => {}
            Input::StartCycle(_) => {}
            Input::RunNext => {
                let ended = stepped.events.iter().any(|event| matches!(event, Event::CycleEnded));
                if ended && self.rebuilt.take().is_some() {
                    return would_export(tables);
                }
            }
            _ => self.rebuilt = None,
        }
        Ok(None)
    }
}

/// Returns what a server that was installed beside one at rest would export: no adds and deletions
/// (SE-372), and nothing else either (SE-373).
fn would_export(tables: &dyn Tables) -> StoreResult<Option<(&'static str, String)>> {
    for connector in connector::all(tables)? {
        let numbers = statistics::of(tables, connector.id)?;
        let (adds, deletes) = (numbers.export_add, numbers.export_delete);
        if (adds, deletes) != (0, 0) {
            let text = format!("would export {adds} adds and {deletes} deletes");
            let rule = if connector.is_forest() { "SE-373" } else { "SE-372" };
            return Ok(Some((rule, format!("a rebuilt server {text} to {}", connector.name))));
        }
        for (id, op) in export::pending(tables, connector.id)? {
            let Some(object) = cs::get(tables, id)? else { continue };
            let text = format!(
                "a staging server without history would export {op:?} of {} to {}: {:?}, references {:?}",
                lookup::dn(tables, id)?,
                connector.name,
                object.unapplied,
                object.exported_links
            );
            return Ok(Some(("SE-373", text)));
        }
    }
    Ok(None)
}

/// SE-370: what an export sent and an import confirmed is not wanted once more. Returns the first
/// object of the tenant that waits again, or still, without one of the reasons that there are: its
/// row was refused, the law speaks of reported objects and the import did not show this one, as when
/// the tenant accepts rows about an object in its recycle bin and ignores them (SE-111, ET-208), its
/// deletion was lost on the way and is staged again (SE-131, ET-182), a reference leads to something
/// that was refused (SE-226), or the row took over a cloud object whose own values go one cycle later
/// (SE-133).
fn wants_more(tables: &dyn Tables, entra: u32) -> StoreResult<Option<String>> {
    for (id, op) in export::pending(tables, entra)? {
        let Some(object) = cs::get(tables, id)? else { continue };
        let history: AnswerHistory = rows::get(tables, id)?.unwrap_or_default();
        let took_over = history.answers.iter().any(|answer| {
            answer.verdict == Verdict::Success(AppliedAs::Restored)
                || !matches!(answer.matched, MatchKind::None | MatchKind::Anchor)
        });
        let references_alone =
            op == ExportOp::Update && object.unapplied.is_empty() && object.escrowed.is_empty();
        let checks = history.answers.last().map_or(&[][..], |answer| &answer.checks);
        let lost = op == ExportOp::Delete && checks.iter().any(|check| check.rule == "ET-182");
        let failed = object.export_error.is_some() || object.import_error.is_some();
        if failed || lost || took_over || references_alone {
            continue;
        }
        let text = format!(
            "{op:?} of {} waits after it was exported and confirmed: {:?}",
            lookup::dn(tables, id)?,
            object.unapplied
        );
        return Ok(Some(text));
    }
    Ok(None)
}

/// Returns the rows that are refused, with the reasons.
fn refused(tables: &dyn Tables) -> StoreResult<BTreeMap<u64, String>> {
    let mut refused = BTreeMap::new();
    for connector in connector::all(tables)? {
        for (id, _) in export::pending(tables, connector.id)? {
            let error = cs::get(tables, id)?.and_then(|object| object.export_error);
            refused.extend(error.map(|error| (id, error.text)));
        }
    }
    Ok(refused)
}

/// Returns whether nothing waits for export or confirmation and nothing failed.
fn is_idle(tables: &dyn Tables) -> StoreResult<bool> {
    Ok(statistics::all(tables)?.values().all(|numbers| {
        let waits = numbers.export_add + numbers.export_update + numbers.export_delete;
        waits + numbers.unconfirmed + numbers.export_errors + numbers.import_errors == 0
    }))
}

/// Returns whether a cycle saw everything and ran without anything that keeps a world from coming to rest: the laws
/// speak of worlds without errors of synchronization (SE-364, SE-371). A full import without any row
/// obsoletes nothing (SE-110), so what it leaves comes to light later.
fn is_clean(tables: &dyn Tables, runs: &[RunRecord]) -> StoreResult<bool> {
    let failing = statistics::all(tables)?.values().any(|numbers| numbers.import_errors > 0);
    let ends_well = |run: &RunRecord| {
        matches!(
            run.result,
            StepResult::Success | StepResult::CompletedExportErrors | StepResult::CompletedWarnings
        )
    };
    Ok(!failing && !server::settings(tables)?.staging_mode && runs.iter().all(ends_well))
}
