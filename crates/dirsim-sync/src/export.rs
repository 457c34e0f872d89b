//! Exports: what waits is sent, and every row gets its answer (SE section 5).

pub(crate) mod entra;
pub(crate) mod forest;
pub(crate) mod order;
pub(crate) mod settle;

use dirsim_forest::controller::Writes;
use dirsim_store::{StoreResult, Tables};

use crate::conditions::{Break, CALL};
use crate::connector::{Connector, Partition};
use crate::context::Context;
use crate::counters::Counter;
use crate::cs::{ErrorRecord, ExportOp};
use crate::log::{Progress, StepLog};
use crate::lookup;
use crate::run::{LogEvent, StepResult};
use crate::server;
use crate::statistics::{self, Tally};
use crate::synchronize::step::ERRORS_MAX;
use crate::unit::{Numbers, Unit};

/// Rows that are sent before the rows held in memory are written.
const PAGE: usize = 500;

/// One export step over one partition.
pub(crate) struct Export<'a, 'u> {
    pub(crate) unit: Unit<'u>,
    pub(crate) log: &'a mut StepLog,
    pub(crate) connector: &'a Connector,
    pub(crate) batch: u64,
    /// Rows sent so far, both passes.
    rows: u64,
    /// What ends the step, once it struck: rows of the call under way still leave.
    strike: Option<Break>,
    errors: usize,
    /// Writes on a domain controller that is behind.
    pub(crate) writes: Option<Writes>,
    pub(crate) progress: &'a mut dyn FnMut(Progress),
}

/// What becomes of a row under the faults that stand.
pub(crate) enum Fate {
    /// It is sent and answered.
    Answered,
    /// It is sent and worked on, but the answer does not come back (SE-228).
    Unanswered,
    /// It is sent and does not arrive; nobody here can tell (SE-228).
    Lost,
    /// It is not sent: the step ended before.
    NotSent,
    /// The directory refuses it for a reason of its own: error type and number of the fault.
    Refused(String, u32),
}

/// Why a row was refused, in the words of run history (SE-220).
pub(crate) struct Refused {
    pub(crate) error_type: String,
    pub(crate) code: String,
    pub(crate) text: String,
    pub(crate) attribute: Option<dirsim_model::AttributeId>,
}

/// Exports one partition; the partition gets the new batch numbers.
#[expect(clippy::too_many_arguments, reason = "the parts of an engine, borrowed apart")]
pub(crate) fn export(
    context: &Context<'_>,
    tables: &mut dyn Tables,
    numbers: &mut Numbers,
    log: &mut StepLog,
    tally: &mut Tally,
    connector: &Connector,
    partition: &mut Partition,
    progress: &mut dyn FnMut(Progress),
) -> StoreResult<StepResult> {
    if let Some(event) = too_many_deletions(tables, tally, connector)? {
        log.events.push(event);
        log.export_batch = (partition.export_batch, partition.last_successful_batch);
        return Ok(StepResult::StoppedDeletionThresholdExceeded);
    }
    partition.export_batch += 1;
    let plan = order::plan(tables, connector.id, partition.domain)?;
    let mut step = Export {
        unit: Unit::new(context, tables, numbers),
        log: &mut *log,
        connector,
        batch: partition.export_batch,
        rows: 0,
        strike: None,
        errors: 0,
        writes: None,
        progress,
    };
    let stopped = if connector.is_forest() {
        step.send_to_forest(&plan)?
    } else {
        step.send_to_entra(&plan)?
    };
    if let Some(writes) = step.writes.take() {
        writes.save(step.unit.tables)?;
    }
    let failed = step.errors > 0;
    let strike = step.strike.take();
    crate::import::remove::drop_unused(&mut step.unit)?;
    let effects = step.unit.finish()?;
    log.name_removed(&effects.removed);
    for (key, change) in effects.tally {
        tally.entry(key).or_default().add(change, 1);
    }
    let struck = strike.as_ref().map(|strike| strike.result);
    if strike.is_some() {
        log.strike = strike;
    }
    if !stopped && struck.is_none() {
        partition.last_successful_batch = partition.export_batch;
    }
    log.export_batch = (partition.export_batch, partition.last_successful_batch);
    Ok(if let Some(result) = struck {
        result
    } else if stopped {
        StepResult::StoppedErrorLimit
    } else if failed {
        StepResult::CompletedExportErrors
    } else {
        StepResult::Success
    })
}

/// Exports one object of the Entra connector, adds and updates only (SE-345).
pub(crate) fn export_one(
    context: &Context<'_>,
    tables: &mut dyn Tables,
    numbers: &mut Numbers,
    log: &mut StepLog,
    tally: &mut Tally,
    connector: &Connector,
    object: u64,
) -> StoreResult<StepResult> {
    let op = crate::cs::head(tables, object)?.map(|head| head.export);
    let mut plan = order::Plan::default();
    if matches!(op, Some(ExportOp::Add | ExportOp::Update)) {
        plan.others.push(object);
    }
    let batch = connector.partitions.first().map_or(0, |partition| partition.export_batch);
    let mut quiet = |_: Progress| ();
    let mut step = Export {
        unit: Unit::new(context, tables, numbers),
        log: &mut *log,
        connector,
        batch,
        rows: 0,
        strike: None,
        errors: 0,
        writes: None,
        progress: &mut quiet,
    };
    step.send_to_entra(&plan)?;
    let failed = step.errors > 0;
    let effects = step.unit.finish()?;
    for (key, change) in effects.tally {
        tally.entry(key).or_default().add(change, 1);
    }
    Ok(if failed { StepResult::CompletedExportErrors } else { StepResult::Success })
}

/// Returns the event of a deletion threshold that is exceeded: more deletions wait in the Entra
/// connector than may be sent at once (SE-260 to SE-264). It is a stock: deletions left by earlier
/// cycles count again (SE-262).
fn too_many_deletions(
    tables: &dyn Tables,
    tally: &Tally,
    connector: &Connector,
) -> StoreResult<Option<LogEvent>> {
    let settings = server::settings(tables)?;
    if connector.is_forest() || !settings.deletion_prevention {
        return Ok(None);
    }
    let numbers = statistics::of(tables, connector.id)?;
    let mut pending = statistics::of(tables, connector.id)?.export_delete;
    pending += tally
        .iter()
        .filter(|((id, _), _)| *id == connector.id)
        .map(|(_, change)| change.export_delete)
        .sum::<i64>();
    let limit = match settings.deletions_max_percent {
        // A share of the synchronized objects, those that wait for deletion included (SE-261).
        Some(percent) => (numbers.connectors + pending) * i64::from(percent) / 100,
        None => i64::from(settings.deletions_max),
    };
    // Strictly more than: a count equal to the threshold passes (SE-263).
    Ok((pending > limit).then(|| LogEvent {
        event: 116,
        cs: 0,
        text: format!(
            "prevent accidental deletes: the number of pending deletions ({pending}) exceeds the \
             threshold ({limit}); nothing was exported"
        ),
    }))
}

impl Export<'_, '_> {
    /// Notes a refused row (SE-219); returns whether the step must stop (SE-224).
    pub(crate) fn refuse(&mut self, id: u64, refused: Refused) -> StoreResult<bool> {
        let now = self.unit.context.now;
        let dn = self.unit.dn(id)?;
        let mut made = None;
        self.unit.edit_cs(id, |object| {
            let record = ErrorRecord {
                error_type: refused.error_type,
                step: "export".to_owned(),
                code: refused.code,
                text: refused.text,
                rule: None,
                attribute: refused.attribute,
                other: 0,
                first: now,
                last: now,
                retries: 0,
            }
            .after(object.export_error.as_deref());
            made = Some(record.clone());
            object.export_error = Some(Box::new(record));
        })?;
        self.log.count(Counter::ExportFailure, id);
        self.errors += 1;
        if let Some(error) = made {
            if !self.connector.is_forest() {
                self.log.events.push(LogEvent {
                    event: 6941,
                    cs: id,
                    text: format!("{}: {}", error.error_type, error.text),
                });
            }
            self.log.error(id, dn, error);
        }
        Ok(self.errors > ERRORS_MAX)
    }

    /// Says what becomes of the next row under the faults that stand, and counts it.
    pub(crate) fn next_row(&mut self) -> Fate {
        let done = self.rows;
        if self.strike.is_none() {
            self.strike = self.unit.context.conditions.break_after(done).cloned();
        }
        if let Some(strike) = &self.strike {
            let call_ends = (strike.after / CALL + 1) * CALL;
            return match strike.under_way {
                // The rows of the call that was under way left without an answer (SE-228).
                Some(arrives) if done < call_ends => {
                    self.rows += 1;
                    if arrives { Fate::Unanswered } else { Fate::Lost }
                }
                _ => Fate::NotSent,
            };
        }
        self.rows += 1;
        match self.unit.context.conditions.row_error(self.rows) {
            Some((error, fault)) => Fate::Refused(error, fault),
            None => Fate::Answered,
        }
    }

    /// Refuses a row by a fault; returns whether the step must stop.
    pub(crate) fn refuse_by_fault(
        &mut self,
        id: u64,
        error_type: String,
        fault: u32,
    ) -> StoreResult<bool> {
        crate::fault::struck(self.unit.tables, fault)?;
        let text = format!("{error_type}: the directory refused the row for a reason of its own");
        let refused = Refused { error_type, code: String::new(), text, attribute: None };
        self.refuse(id, refused)
    }

    /// Writes what is held when a page is full, and reports progress.
    pub(crate) fn turn_page(&mut self, done: usize, total: usize) -> StoreResult<()> {
        if done.is_multiple_of(PAGE) {
            let number = |n: usize| u64::try_from(n).unwrap_or(u64::MAX);
            (self.progress)(Progress { done: number(done), total: number(total) });
            self.unit.flush()?;
        }
        Ok(())
    }
}

/// Returns the connector space objects that wait for export, by operation.
pub fn pending(tables: &dyn Tables, connector: u32) -> StoreResult<Vec<(u64, ExportOp)>> {
    let ids = lookup::pending(tables, connector, lookup::Pending::Export, None, usize::MAX)?;
    let mut found = Vec::with_capacity(ids.len());
    for id in ids {
        if let Some(head) = crate::cs::head(tables, id)? {
            found.push((id, head.export));
        }
    }
    Ok(found)
}
