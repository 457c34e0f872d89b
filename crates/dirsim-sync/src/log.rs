//! What a step counts and reports while it runs.

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::Timestamp;
use dirsim_store::{StoreResult, Tables};
use dirsim_tenant::Note;

use crate::conditions::Break;
use crate::counters::{self, Counter, Counters};
use crate::cs::ErrorRecord;
use crate::run::{
    self, Connection, Detail, DetailOf, DiscoveryError, LogEvent, StepError, StepRecord, StepResult,
};

/// How far a long run is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Progress {
    /// Objects done.
    pub done: u64,
    /// Objects in all, as far as known.
    pub total: u64,
}

/// Collects what a step counts and reports.
#[derive(Debug, Default)]
pub(crate) struct StepLog {
    pub(crate) counters: Counters,
    pub(crate) outbound: BTreeMap<u32, Counters>,
    pub(crate) errors: Vec<StepError>,
    pub(crate) mv_retry_errors: Vec<StepError>,
    pub(crate) discovery_errors: Vec<DiscoveryError>,
    pub(crate) events: Vec<LogEvent>,
    pub(crate) export_batch: (u64, u64),
    pub(crate) notes: Vec<Note>,
    /// Until when throttled rows drew the step out (ET-167).
    pub(crate) delayed_until: Option<Timestamp>,
    /// What ended the step before its time.
    pub(crate) strike: Option<Break>,
    /// How connecting to the directory went.
    pub(crate) connection: Option<Connection>,
    details: BTreeMap<(u32, Counter), Vec<Detail>>,
    outbound_seen: BTreeSet<(u32, Counter, u64)>,
}

impl StepLog {
    /// Counts an object.
    pub(crate) fn count(&mut self, counter: Counter, cs: u64) {
        counters::add(&mut self.counters, counter, 1);
        self.detail(0, counter, cs);
    }

    /// Returns whether an object was counted towards a target connector.
    pub(crate) fn has_counted(&self, target: u32, counter: Counter, cs: u64) -> bool {
        self.outbound_seen.contains(&(target, counter, cs))
    }

    /// Counts an object towards a target connector.
    pub(crate) fn count_outbound(&mut self, target: u32, counter: Counter, cs: u64) {
        counters::add(self.outbound.entry(target).or_default(), counter, 1);
        if counter != Counter::ConnectorNoFlow {
            self.detail(target, counter, cs);
            self.outbound_seen.insert((target, counter, cs));
        }
    }

    fn detail(&mut self, target: u32, counter: Counter, cs: u64) {
        if counter.has_details() {
            let detail = Detail { cs, dn: None, update_count: 0 };
            self.details.entry((target, counter)).or_default().push(detail);
        }
    }

    /// Writes an entry of the event log that is about no single object (SE 7.3).
    pub(crate) fn event(&mut self, event: u32, text: impl Into<String>) {
        self.events.push(run::LogEvent { event, cs: 0, text: text.into() });
    }

    /// Notes an error on an object.
    pub(crate) fn error(&mut self, cs: u64, dn: String, error: ErrorRecord) {
        self.errors.push(StepError { cs, dn, error });
    }

    /// Gives objects that are gone now the names they had (SE-186).
    pub(crate) fn name_removed(&mut self, removed: &BTreeMap<u64, String>) {
        if removed.is_empty() {
            return;
        }
        for detail in self.details.values_mut().flatten() {
            if detail.dn.is_none()
                && let Some(dn) = removed.get(&detail.cs)
            {
                detail.dn = Some(dn.as_str().into());
            }
        }
    }

    /// Notes another visit of an object that was counted inbound (SE-185).
    pub(crate) fn visited_again(&mut self, visits: &BTreeMap<u64, u32>) {
        if visits.is_empty() {
            return;
        }
        for ((target, _), details) in &mut self.details {
            if *target == 0 {
                for detail in details {
                    detail.update_count += visits.get(&detail.cs).copied().unwrap_or(0);
                }
            }
        }
    }

    /// Writes the details and returns the record of the step.
    pub(crate) fn finish(
        self,
        tables: &mut dyn Tables,
        run: u64,
        number: u32,
        partition: String,
        result: StepResult,
        now: Timestamp,
    ) -> StoreResult<StepRecord> {
        let mut count = 0;
        for ((target, counter), details) in &self.details {
            count += details.len() as u64;
            let of = DetailOf { run, step: number, target: *target, counter: *counter };
            run::put_details(tables, of, details)?;
        }
        run::add_details(tables, count)?;
        Ok(StepRecord {
            number,
            partition,
            result,
            counters: self.counters,
            outbound: self.outbound,
            errors: self.errors,
            mv_retry_errors: self.mv_retry_errors,
            discovery_errors: self.discovery_errors,
            events: self.events,
            export_batch: self.export_batch,
            notes: self.notes,
            started: now,
            ended: self.delayed_until.unwrap_or(now),
            connection: self.connection,
        })
    }
}
