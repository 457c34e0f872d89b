//! The engine: one run of one connector (SE 6.1).

use std::collections::BTreeSet;

use dirsim_model::{Dice, Schema, Timestamp};
use dirsim_rules::RuleSet;
use dirsim_store::{StoreResult, Tables, rows};

use crate::connector::{self, Connector};
use crate::context::Context;
use crate::log::{Progress, StepLog};
use crate::run::{Profile, RunRecord, StepRecord, StepResult};
use crate::statistics::{self, Tally};
use crate::unit::{Effects, Numbers, Unit};
use crate::{export, import, synchronize};

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
        let context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        context.book.save(self.tables)?;
        let partitions = connector.partitions.clone();
        let selected: Vec<usize> = partitions
            .iter()
            .enumerate()
            .filter(|(_, partition)| partition.selected)
            .map(|(at, _)| at)
            .collect();
        let unselected: BTreeSet<u64> =
            partitions.iter().filter(|p| !p.selected).map(|p| p.domain).collect();
        let mut numbers = Numbers::default();
        let mut worst: Option<StepResult> = None;
        for (step, at) in selected.iter().enumerate() {
            let Some(mut partition) = partitions.get(*at).cloned() else { continue };
            let last = step + 1 == selected.len();
            let mut log = StepLog::default();
            let mut tally = Tally::new();
            let nothing = BTreeSet::new();
            let others = if last { &unselected } else { &nothing };
            let result = match record.profile {
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
                    synchronize::step::Step {
                        context: &context,
                        tables: self.tables,
                        numbers: &mut numbers,
                        log: &mut log,
                        tally: &mut tally,
                        connector: connector.id,
                        domain: partition.domain,
                        full: record.profile == Profile::FullSynchronization,
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
