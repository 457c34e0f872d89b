//! One synchronization step: what is visited, in which order, in how many passes (SE 4.1, 16.5).

use std::collections::{BTreeMap, BTreeSet};

use dirsim_store::tables::attempt;
use dirsim_store::{StoreResult, Tables};

use super::object::{Report, synchronize};
use super::outbound::{self, ActionKind};
use super::references::{self, Scope};
use super::{Failure, Trouble, life};
use crate::context::Context;
use crate::counters::{self, Counter};
use crate::cs::{
    self, CsHead, CsName, ErrorRecord, ExportOp, Flags, ImportOp, State, connector_of,
};
use crate::error_codes::code;
use crate::import::remove::drop_unused;
use crate::index;
use crate::log::{Progress, StepLog};
use crate::run::{LogEvent, StepError, StepResult};
use crate::statistics::{self, Tally};
use crate::unit::{Effects, Numbers, Unit};
use crate::{lookup, mv};

/// Most errors of a step; one more stops it (SE-224).
pub(crate) const ERRORS_MAX: usize = 5000;

/// How often the metaverse pass looks at one object (SE-175).
const VISITS_MAX: u32 = 10;

/// Objects read at once while choosing what to visit.
const CHUNK: usize = 1024;

/// The place of an object in the order of processing: depth, name without case, number (SE-003).
type Place = (u32, String, u64);

/// One synchronization step over one partition.
pub(crate) struct Step<'a> {
    pub(crate) context: &'a Context<'a>,
    pub(crate) tables: &'a mut dyn Tables,
    pub(crate) numbers: &'a mut Numbers,
    pub(crate) log: &'a mut StepLog,
    pub(crate) tally: &'a mut Tally,
    pub(crate) connector: u32,
    pub(crate) domain: u64,
    /// Domains that are not selected any more: what a full import staged for deletion there goes
    /// with the last step of the run (SE-077).
    pub(crate) others: BTreeSet<u64>,
    pub(crate) full: bool,
    /// Only these objects are visited, and what they trigger (SE-342).
    pub(crate) only: Option<Vec<u64>>,
    pub(crate) progress: &'a mut dyn FnMut(Progress),
}

/// What a step keeps in mind between units.
#[derive(Default)]
struct Memory {
    queue: BTreeSet<Place>,
    containers: BTreeMap<u64, (u32, String)>,
    /// Objects of this connector that wait for the second pass.
    again: BTreeSet<u64>,
    loosened: BTreeSet<u64>,
    removed: BTreeMap<u64, String>,
    errors: usize,
    /// Objects to which something flowed without a counted visit; each counts once.
    flowed: BTreeSet<u64>,
    /// Normal disconnectors that nothing could have changed for (D2).
    idle: i64,
}

impl Step<'_> {
    /// Runs the step.
    pub(crate) fn run(mut self) -> StoreResult<StepResult> {
        let mut memory = Memory::default();
        self.wake_expired()?;
        self.select(&mut memory)?;
        let mut result = StepResult::Success;
        let total = u64::try_from(memory.queue.len()).unwrap_or(u64::MAX);
        let mut done = 0;
        while let Some(place) = memory.queue.pop_first() {
            if let Some(strike) = self.context.conditions.break_after(done) {
                result = strike.result;
                self.log.strike = Some(strike.clone());
                break;
            }
            self.visit(&place, true, &mut memory)?;
            done += 1;
            if done % 256 == 0 {
                (self.progress)(Progress { done, total: total.max(done) });
            }
            if memory.errors > ERRORS_MAX {
                result = StepResult::StoppedErrorLimit;
                break;
            }
        }
        let idle = u64::try_from(memory.idle).unwrap_or(0);
        counters::add(&mut self.log.counters, Counter::DisconnectorRemains, idle);
        if result == StepResult::Success {
            self.metaverse_pass(&mut memory)?;
            self.second_pass(&mut memory)?;
            self.metaverse_pass(&mut memory)?;
        }
        self.tidy(&mut memory)?;
        if memory.errors > 0 || !self.log.mv_retry_errors.is_empty() {
            result = result.worst(StepResult::CompletedSyncErrors);
        }
        let transients =
            lookup::pending(self.tables, self.connector, lookup::Pending::Transient, None, 1)?;
        if !transients.is_empty() {
            result = result.worst(StepResult::CompletedTransientObjects);
        }
        Ok(result)
    }

    /// Has metaverse objects evaluated of which some object left scope and waits for the end of its
    /// soft-delete expiry: the first synchronization after that time deprovisions it (SR-066).
    fn wake_expired(&mut self) -> StoreResult<()> {
        for connector in &self.context.connectors {
            let kind = lookup::Pending::Expiring;
            for id in lookup::pending(self.tables, connector.id, kind, None, usize::MAX)? {
                if let Some(head) = cs::head(self.tables, id)? {
                    references::mark_mv(self.tables, head.mv, None)?;
                }
            }
        }
        Ok(())
    }

    /// Chooses what is visited (SE-134, SE-135).
    fn select(&mut self, memory: &mut Memory) -> StoreResult<()> {
        let mut free = 0;
        if let Some(only) = &self.only {
            for id in only.clone() {
                if let Some(head) = cs::head(self.tables, id)? {
                    let place = self.place(id, &head, memory)?;
                    memory.queue.insert(place);
                }
            }
            return Ok(());
        }
        if self.full {
            let mut after = None;
            loop {
                let heads = lookup::heads(self.tables, self.connector, after, CHUNK)?;
                let Some((last, _)) = heads.last() else { break };
                after = Some(*last);
                for (id, head) in heads {
                    if self.is_here(&head) {
                        let place = self.place(id, &head, memory)?;
                        memory.queue.insert(place);
                    }
                }
            }
            return Ok(());
        }
        let mut after = None;
        loop {
            let kind = lookup::Pending::Synchronization;
            let found = lookup::pending(self.tables, self.connector, kind, after, CHUNK)?;
            let Some(last) = found.last() else { break };
            after = Some(*last);
            for id in found {
                let Some(head) = cs::head(self.tables, id)? else { continue };
                if self.is_here(&head) {
                    free += i64::from(head.mv == 0 && head.state == State::Normal);
                    let place = self.place(id, &head, memory)?;
                    memory.queue.insert(place);
                }
            }
        }
        // Disconnectors for which nothing changed since they last failed to join would fail again:
        // they are counted without being visited (D2).
        let mut numbers = statistics::all(self.tables)?
            .get(&(self.connector, self.domain))
            .copied()
            .unwrap_or_default();
        if let Some(changes) = self.tally.get(&(self.connector, self.domain)) {
            numbers.add(*changes, 1);
        }
        memory.idle = numbers.disconnectors - free;
        Ok(())
    }

    /// Returns whether a synchronization of this partition may visit an object (SE-135).
    fn is_here(&self, head: &CsHead) -> bool {
        const SKIPPED: Flags =
            Flags(Flags::PLACEHOLDER.0 | Flags::TRANSIENT.0 | Flags::REBUILD_IN_PROGRESS.0);
        let here = head.partition == self.domain
            || head.import == ImportOp::Delete && self.others.contains(&head.partition);
        here && !head.flags.has(SKIPPED) && head.export != ExportOp::Add
    }

    fn place(&self, id: u64, head: &CsHead, memory: &mut Memory) -> StoreResult<Place> {
        Ok(match &head.name {
            CsName::Flat(text) => (1, text.to_string(), id),
            CsName::Tree { parent: 0, rdn } => (1, rdn.key(), id),
            CsName::Tree { parent, rdn } => {
                let (depth, above) = self.container(*parent, memory)?;
                (depth + 1, format!("{},{above}", rdn.key()), id)
            }
        })
    }

    fn container(&self, id: u64, memory: &mut Memory) -> StoreResult<(u32, String)> {
        if let Some(known) = memory.containers.get(&id) {
            return Ok(known.clone());
        }
        let (mut depth, mut at) = (0, id);
        while let Some(head) = cs::head(self.tables, at)? {
            depth += 1;
            match head.name {
                CsName::Tree { parent, .. } if parent != 0 => at = parent,
                _ => break,
            }
        }
        let found = (depth, lookup::dn(self.tables, id)?.to_lowercase());
        memory.containers.insert(id, found.clone());
        Ok(found)
    }

    /// Synchronizes one object as one unit.
    fn visit(&mut self, place: &Place, counted: bool, memory: &mut Memory) -> StoreResult<()> {
        let id = place.2;
        let full = self.full && counted;
        match self.unit(|unit| synchronize(unit, id, full))? {
            Ok((report, effects)) => {
                self.report(&report, counted, memory);
                self.take(effects, Some(place), memory)?;
            }
            Err(failure) => {
                memory.errors += 1;
                if counted {
                    self.log.count(Counter::FlowFailure, id);
                }
                self.fail(id, failure, memory)?;
            }
        }
        Ok(())
    }

    /// Does one unit of work, of which nothing stays when it fails (SE-158).
    fn unit<T>(
        &mut self,
        work: impl FnOnce(&mut Unit<'_>) -> Result<T, Trouble>,
    ) -> StoreResult<Result<(T, Effects), Failure>> {
        let (context, numbers) = (self.context, &mut *self.numbers);
        let done = attempt(self.tables, |tables| {
            let mut unit = Unit::new(context, tables, numbers);
            let done = work(&mut unit)?;
            Ok((done, unit.finish()?))
        });
        match done {
            Ok(done) => Ok(Ok(done)),
            Err(Trouble::Store(error)) => Err(error),
            Err(Trouble::Failed(failure)) => Ok(Err(*failure)),
        }
    }

    /// Counts what a unit did (SE 4.6).
    fn report(&mut self, report: &Report, counted: bool, memory: &mut Memory) {
        if counted {
            self.log.count(report.counter, report.cs);
        }
        for (_, plan) in &report.outbound {
            self.report_outbound(plan, counted, memory);
        }
        for id in &report.deprovisioned {
            self.log.count_outbound(connector_of(*id), Counter::ProvisionedDisconnect, *id);
        }
    }

    fn report_outbound(
        &mut self,
        plan: &outbound::OutboundPlan,
        counted: bool,
        memory: &mut Memory,
    ) {
        for action in &plan.actions {
            match action.counter() {
                None => {}
                Some(Counter::ConnectorNoFlow) if !counted => {}
                Some(Counter::ConnectorFlow) if !counted => {
                    memory.flowed.insert(action.cs);
                }
                Some(other) => self.log.count_outbound(plan.connector, other, action.cs),
            }
            if action.held_back || action.kind == ActionKind::Release {
                self.log.events.push(LogEvent {
                    event: 6956,
                    cs: action.cs,
                    text:
                        "a change was not exported: the authority over the object is in the cloud"
                            .to_owned(),
                });
            }
        }
    }

    /// Takes over what a unit did beside its rows.
    fn take(
        &mut self,
        effects: Effects,
        place: Option<&Place>,
        memory: &mut Memory,
    ) -> StoreResult<()> {
        for (key, change) in effects.tally {
            self.tally.entry(key).or_default().add(change, 1);
        }
        memory.loosened.extend(effects.loosened);
        memory.removed.extend(effects.removed);
        memory.flowed.extend(effects.flowed);
        for id in effects.marked {
            if connector_of(id) != self.connector {
                continue;
            }
            let Some(head) = cs::head(self.tables, id)? else { continue };
            if !self.is_here(&head) {
                continue;
            }
            if head.flags.has(Flags::JOIN_RETRY) {
                // As if every disconnector were visited in its turn: those that come later in the
                // order see the change in this step, the others in the next (D2).
                let later = self.place(id, &head, memory)?;
                if !self.full && place.is_some_and(|place| *place < later) {
                    memory.idle -= 1;
                    memory.queue.insert(later);
                }
            } else {
                memory.again.insert(id);
            }
        }
        Ok(())
    }

    /// Writes the error record of an object whose unit was thrown away (SE-158).
    fn fail(&mut self, id: u64, failure: Failure, memory: &mut Memory) -> StoreResult<()> {
        let now = self.context.now;
        let mut unit = Unit::new(self.context, self.tables, self.numbers);
        let mut made = None;
        unit.edit_cs(id, |object| {
            let record = record(failure, now).after(object.import_error.as_deref());
            made = Some(record.clone());
            object.import_error = Some(Box::new(record));
        })?;
        let dn = unit.dn(id)?;
        let effects = unit.finish()?;
        if let Some(error) = made {
            self.log.error(id, dn, error);
        }
        self.take(effects, None, memory)
    }

    /// Evaluates metaverse objects that wait for provisioning or references (SE-137).
    fn metaverse_pass(&mut self, memory: &mut Memory) -> StoreResult<()> {
        let mut visits: BTreeMap<u64, u32> = BTreeMap::new();
        loop {
            let pending: Vec<u64> = index::pending_mv(self.tables, usize::MAX)?
                .into_iter()
                .filter(|mv| visits.get(mv).is_none_or(|count| *count < VISITS_MAX))
                .collect();
            if pending.is_empty() {
                return Ok(());
            }
            for mv in pending {
                *visits.entry(mv).or_default() += 1;
                match self.unit(|unit| evaluate(unit, mv))? {
                    Ok((done, effects)) => {
                        for plan in &done.plans {
                            self.report_outbound(plan, false, memory);
                        }
                        memory.flowed.extend(done.flowed);
                        self.take(effects, None, memory)?;
                        if visits.get(&mv) == Some(&VISITS_MAX) && index::waits_mv(self.tables, mv)?
                        {
                            self.give_up(mv)?;
                        }
                    }
                    Err(failure) => {
                        visits.insert(mv, VISITS_MAX);
                        let cs = failure.other;
                        let dn = lookup::dn(self.tables, cs)?;
                        let error = record(failure, self.context.now);
                        self.log.mv_retry_errors.push(StepError { cs, dn, error });
                    }
                }
            }
        }
    }

    /// Notes that the evaluation of a metaverse object asks for itself without end (SE-175).
    fn give_up(&mut self, mv: u64) -> StoreResult<()> {
        let links = mv::get(self.tables, mv)?.map(|person| person.links).unwrap_or_default();
        let cs = links.first().copied().unwrap_or_default();
        let dn = lookup::dn(self.tables, cs)?;
        let error = record(outbound::endless(&dn), self.context.now);
        self.log.mv_retry_errors.push(StepError { cs, dn, error });
        Ok(())
    }

    /// Visits objects that got a retry mark during the step, once (SE-138).
    fn second_pass(&mut self, memory: &mut Memory) -> StoreResult<()> {
        let mut visits: BTreeMap<u64, u32> = BTreeMap::new();
        for id in std::mem::take(&mut memory.again) {
            let Some(head) = cs::head(self.tables, id)? else { continue };
            if !head.flags.has(Flags::RETRY) || head.import == ImportOp::Delete {
                continue;
            }
            *visits.entry(id).or_default() += 1;
            let place = self.place(id, &head, memory)?;
            self.visit(&place, false, memory)?;
        }
        self.log.visited_again(&visits);
        Ok(())
    }

    /// Counts what flowed beside the counted visits, removes placeholders that the step left without
    /// use and names what is gone in the details.
    fn tidy(&mut self, memory: &mut Memory) -> StoreResult<()> {
        for id in std::mem::take(&mut memory.flowed) {
            let connector = connector_of(id);
            if cs::head(self.tables, id)?.is_some_and(|head| head.mv != 0)
                && !self.log.has_counted(connector, Counter::ConnectorFlow, id)
                && !self.log.has_counted(connector, Counter::ProvisionedAddFlow, id)
            {
                self.log.count_outbound(connector, Counter::ConnectorFlow, id);
            }
        }
        let mut unit = Unit::new(self.context, self.tables, self.numbers);
        unit.effects.loosened = std::mem::take(&mut memory.loosened);
        drop_unused(&mut unit)?;
        let effects = unit.finish()?;
        self.take(effects, None, memory)?;
        self.log.name_removed(&memory.removed);
        Ok(())
    }
}

/// What the metaverse pass did to one object.
struct Evaluated {
    plans: Vec<outbound::OutboundPlan>,
    flowed: Vec<u64>,
}

fn evaluate(unit: &mut Unit<'_>, mv: u64) -> Result<Evaluated, Trouble> {
    let (everything, scope) = references::take_pending(unit.tables, mv)?;
    let mut done = Evaluated { plans: Vec::new(), flowed: Vec::new() };
    let Some(person) = unit.mv(mv)? else { return Ok(done) };
    let kept = person.has_keeper(&unit.context.book);
    drop(person);
    if !kept {
        life::delete_mv(unit, mv)?;
        return Ok(done);
    }
    let connectors: Vec<u32> = unit.context.connectors.iter().map(|found| found.id).collect();
    for connector in connectors {
        if !everything
            && let Scope::Only(links) = &scope
            && let Some((id, changed)) = references::follow(unit, mv, connector, links)?
        {
            if changed {
                done.flowed.push(id);
            }
            continue;
        }
        done.plans.push(outbound::evaluate(unit, mv, connector, &scope)?);
    }
    Ok(done)
}

fn record(failure: Failure, now: dirsim_model::Timestamp) -> ErrorRecord {
    ErrorRecord {
        code: code(&failure.error_type).to_owned(),
        error_type: failure.error_type,
        step: failure.step,
        text: failure.text,
        rule: failure.rule,
        attribute: failure.attribute,
        other: failure.other,
        first: now,
        last: now,
        retries: 0,
    }
}
