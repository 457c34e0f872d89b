//! The engine: one run of one connector (SE 6.1).

use std::collections::BTreeSet;

use dirsim_model::{Dice, Schema, Timestamp};
use dirsim_rules::RuleSet;
use dirsim_store::{StoreResult, Tables, rows};

use crate::conditions::{Break, Conditions, Weather};
use crate::connector::{self, Connector};
use crate::context::Context;
use crate::log::{Progress, StepLog};
use crate::run::{ConnectionResult, Profile, RunRecord, StepRecord, StepResult};
use crate::statistics::{self, Tally};
use crate::unit::{Effects, Numbers, Unit};
use crate::{event_log, export, fault, import, synchronize};

/// The synchronization engine, for the length of one call.
pub struct Engine<'a> {
    /// The tables of the world.
    pub tables: &'a mut dyn Tables,
    /// Names and syntaxes.
    pub schema: &'a Schema,
    /// The compiled rules.
    pub rules: &'a RuleSet,
    /// The simulated time.
    pub now: Timestamp,
    /// The seed of this step of the world.
    pub seed: u64,
    /// The number of the server that runs.
    pub server: u8,
}

impl Engine<'_> {
    /// Runs a profile on a connector and writes the run to the history. A connector that does not
    /// exist gives a run that did not start.
    pub fn run(
        &mut self,
        connector: u32,
        profile: Profile,
        progress: &mut dyn FnMut(Progress),
    ) -> StoreResult<RunRecord> {
        let id = rows::next_id(self.tables, "sync-run")?;
        let mut record = RunRecord {
            id,
            guid: Dice::new(self.seed ^ id).guid(),
            number: 0,
            connector,
            connector_name: String::new(),
            profile,
            result: StepResult::NoStartPartitionNotConfigured,
            steps: Vec::new(),
            started: self.now,
            ended: self.now,
        };
        if let Some(mut found) = connector::get(self.tables, connector)? {
            found.runs += 1;
            record.number = found.runs;
            record.connector_name.clone_from(&found.name);
            self.steps(&mut found, &mut record, progress)?;
            let skew = self.clock_skew_ms()?;
            record.started = record.started + skew;
            record.ended = record.ended + skew;
            clear_requirements(&mut found, &record);
            connector::put(self.tables, found)?;
        }
        rows::put(self.tables, id, &record)?;
        Ok(record)
    }

    fn steps(
        &mut self,
        connector: &mut Connector,
        record: &mut RunRecord,
        progress: &mut dyn FnMut(Progress),
    ) -> StoreResult<()> {
        let mut context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        context.book.save(self.tables)?;
        let partitions = connector.partitions.clone();
        let selected: Vec<usize> = partitions
            .iter()
            .enumerate()
            .filter(|(_, partition)| partition.selected)
            // A domain without a step in the profile is simply not visited (SE-237).
            .filter(|(_, partition)| partition.profiles.contains(&record.profile))
            .map(|(at, _)| at)
            .collect();
        let unselected: BTreeSet<u64> =
            partitions.iter().filter(|p| !p.selected).map(|p| p.domain).collect();
        let mut numbers = Numbers::default();
        let mut worst: Option<StepResult> = None;
        if selected.is_empty() && partitions.iter().any(|partition| partition.selected) {
            worst = Some(StepResult::NoStartNoSteps);
        }
        for (step, at) in selected.iter().enumerate() {
            let Some(mut partition) = partitions.get(*at).cloned() else { continue };
            let last = step + 1 == selected.len();
            let mut log = StepLog::default();
            let mut tally = Tally::new();
            let nothing = BTreeSet::new();
            let others = if last { &unselected } else { &nothing };
            context.conditions = Weather {
                tables: self.tables,
                schema: self.schema,
                now: self.now,
                server: self.server,
                connector,
                partition: &partition,
                domain: context.domains.get(&partition.domain),
                profile: record.profile,
            }
            .conditions()?;
            if !record.profile.is_synchronization() {
                log.connection = Some(context.conditions.connected());
            }
            let result = match record.profile {
                _ if context.conditions.no_start.is_some() => {
                    self.do_not_start(&context.conditions, &mut log)?
                }
                Profile::FullImport | Profile::DeltaImport => {
                    let full = record.profile == Profile::FullImport;
                    let unit = Unit::new(&context, self.tables, &mut numbers);
                    let imported = if connector.is_forest() {
                        import::forest::import(
                            unit,
                            &mut log,
                            connector,
                            &mut partition,
                            full,
                            others,
                            progress,
                        )
                    } else {
                        import::tenant::import(
                            unit,
                            &mut log,
                            connector,
                            &mut partition,
                            full,
                            progress,
                        )
                    };
                    let (result, effects): (StepResult, Effects) = imported?;
                    tally = effects.tally;
                    result
                }
                Profile::FullSynchronization | Profile::DeltaSynchronization => {
                    log.notes.extend(context.unknown_groups(self.tables, connector.id)?);
                    synchronize::step::Step {
                        context: &context,
                        tables: self.tables,
                        numbers: &mut numbers,
                        log: &mut log,
                        tally: &mut tally,
                        connector: connector.id,
                        domain: partition.domain,
                        others: others.clone(),
                        full: record.profile == Profile::FullSynchronization,
                        only: None,
                        progress,
                    }
                    .run()?
                }
                Profile::Export => export::export(
                    &context,
                    self.tables,
                    &mut numbers,
                    &mut log,
                    &mut tally,
                    connector,
                    &mut partition,
                    progress,
                )?,
            };
            if let Some(strike) = log.strike.take() {
                self.strike(&strike, connector, &mut log)?;
            }
            note_events(connector, record.profile, result, &mut log);
            statistics::apply(self.tables, tally)?;
            numbers.save(self.tables)?;
            let name = partition.name.clone();
            if let Some(slot) = connector.partitions.get_mut(*at) {
                *slot = partition;
            }
            let number = u32::try_from(step + 1).unwrap_or(u32::MAX);
            let done: StepRecord =
                log.finish(self.tables, record.id, number, name, result, self.now)?;
            record.ended = record.ended.max(done.ended);
            record.steps.push(done);
            worst = Some(worst.map_or(result, |worst| worst.worst(result)));
            if !result.lets_next_step_start() {
                break;
            }
        }
        record.result = worst.unwrap_or(StepResult::NoStartPartitionNotConfigured);
        Ok(())
    }
}

impl Engine<'_> {
    /// Notes why a step did not start.
    fn do_not_start(
        &mut self,
        conditions: &Conditions,
        log: &mut StepLog,
    ) -> StoreResult<StepResult> {
        let Some(why) = &conditions.no_start else { return Ok(StepResult::Success) };
        log.connection.clone_from(&why.connection);
        for (event, text) in &why.events {
            log.event(*event, text.clone());
        }
        fault::struck(self.tables, why.fault)?;
        Ok(why.result)
    }

    /// Notes what ended a step before its time.
    fn strike(
        &mut self,
        strike: &Break,
        connector: &Connector,
        log: &mut StepLog,
    ) -> StoreResult<()> {
        fault::struck(self.tables, strike.fault)?;
        if matches!(strike.result, StepResult::StoppedConnectivity | StepResult::StoppedServerDown)
            && let Some(connection) = &mut log.connection
        {
            connection.result = ConnectionResult::DroppedConnection;
            connection.incident = format!("the connection of {} was lost", connector.name);
        }
        if strike.result == StepResult::StoppedServiceShutdown {
            // The service is down and comes up again; the cycle it was in is over.
            log.event(event_log::SERVICE_STOPPED, "the service was stopped");
            log.event(event_log::SERVICE_STARTED, "the service was started");
            crate::cycle::abandon(self.tables)?;
        }
        Ok(())
    }

    /// Returns how wrong the clock of the server is, in milliseconds.
    fn clock_skew_ms(&self) -> StoreResult<i64> {
        let faults = fault::all(self.tables)?;
        let skew = faults.iter().find(|fault| {
            fault.kind == fault::Kind::ClockSkew
                && fault.stands(self.now)
                && fault.server.is_none_or(|server| server == self.server)
        });
        let minutes: Option<i64> = skew.and_then(|f| f.value.as_deref()?.trim().parse().ok());
        Ok(minutes.unwrap_or(0).saturating_mul(dirsim_model::time::MINUTE_MS))
    }
}

/// Writes the entries of the event log that a step on the Entra connector makes (SE 7.3).
fn note_events(connector: &Connector, profile: Profile, result: StepResult, log: &mut StepLog) {
    if log.discovery_errors.iter().any(|error| error.error_type == "staging-error") {
        log.event(6301, "the server encountered an unexpected error while staging a row");
    }
    if result == StepResult::StoppedDatabaseFull {
        log.event(event_log::DATABASE_FULL, "the database of the server has no room left");
    }
    if connector.is_forest() || log.connection.is_none() || result.severity() == 6 {
        return;
    }
    match profile {
        Profile::FullImport | Profile::DeltaImport if result.is_stopped() => {
            if !log.events.iter().any(|event| event.event == 109) {
                log.event(
                    109,
                    format!("failure while importing entries from the tenant: {result}"),
                );
            }
        }
        Profile::FullImport | Profile::DeltaImport => {
            log.event(105, format!("import iteration done: {result}"));
        }
        Profile::Export if result == StepResult::StoppedDeletionThresholdExceeded => {}
        _ => {
            log.event(104, format!("export iteration done: {result}"));
            if !result.is_stopped() {
                log.event(114, "export cycle done");
            }
        }
    }
}

/// Clears what a run fulfilled: overrides, and the marks of changed filters and rules (SE-247).
fn clear_requirements(connector: &mut Connector, record: &RunRecord) {
    if !record.result.is_complete() {
        return;
    }
    match record.profile {
        Profile::FullImport => {
            connector.full_import_required = false;
            connector.changed_since_full_import = false;
        }
        Profile::FullSynchronization => {
            connector.full_sync_required = false;
            connector.rules_changed = false;
        }
        _ => {}
    }
}
