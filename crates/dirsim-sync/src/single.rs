//! Work on single objects outside run profiles: preview that is kept, single-object sync, support
//! commands (SE-339, SE-342 to SE-347, section 15). Nothing here moves a watermark or writes run
//! history.

use dirsim_model::Dn;
use dirsim_store::{StoreResult, rows};

use crate::conditions::{Conditions, Weather};
use crate::connector::{self, Connector, Partition};
use crate::context::Context;
use crate::counters::{Counter, Counters};
use crate::cs::{Anchor, Flags, ImportOp};
use crate::engine::Engine;
use crate::log::StepLog;
use crate::run::{DiscoveryError, Profile, StepError, StepResult};
use crate::statistics::{self, Tally};
use crate::synchronize::step::Step;
use crate::synchronize::{life, references};
use crate::unit::{Numbers, Unit};
use crate::{export, import, lookup};

/// What work on one object did.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Done {
    /// How it ended, in the words of a step.
    pub result: StepResult,
    /// What was counted.
    pub counters: Counters,
    /// What failed.
    pub errors: Vec<StepError>,
    /// Rows that could not be staged.
    pub discovery_errors: Vec<DiscoveryError>,
}

impl Done {
    fn of(result: StepResult, log: StepLog) -> Self {
        let mut errors = log.errors;
        errors.extend(log.mv_retry_errors);
        Self { result, counters: log.counters, errors, discovery_errors: log.discovery_errors }
    }

    /// Returns a counter.
    pub fn count(&self, counter: Counter) -> u64 {
        self.counters.get(&counter).copied().unwrap_or(0)
    }
}

impl Engine<'_> {
    /// Synchronizes one object with the retries that this triggers (SE-342).
    pub fn synchronize_one(&mut self, object: u64, full: bool) -> StoreResult<Done> {
        self.synchronize_these(crate::cs::connector_of(object), vec![object], full)
    }

    fn synchronize_these(
        &mut self,
        connector: u32,
        only: Vec<u64>,
        full: bool,
    ) -> StoreResult<Done> {
        let context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        context.book.save(self.tables)?;
        let domain = match only.first() {
            Some(id) => crate::cs::head(self.tables, *id)?.map_or(0, |head| head.partition),
            None => 0,
        };
        let (mut numbers, mut log, mut tally) =
            (Numbers::default(), StepLog::default(), Tally::new());
        let result = Step {
            context: &context,
            tables: self.tables,
            numbers: &mut numbers,
            log: &mut log,
            tally: &mut tally,
            connector,
            domain,
            others: std::collections::BTreeSet::new(),
            full,
            only: Some(only),
            progress: &mut |_| (),
        }
        .run()?;
        statistics::apply(self.tables, tally)?;
        numbers.save(self.tables)?;
        Ok(Done::of(result, log))
    }

    /// Removes an object from its space as if a deletion had been imported and synchronized; it
    /// returns with the next full import (section 15, `Remove-ADSyncCSObject`).
    pub fn remove_one(&mut self, object: u64) -> StoreResult<Done> {
        let context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        let mut numbers = Numbers::default();
        let mut unit = Unit::new(&context, self.tables, &mut numbers);
        unit.edit_cs(object, |object| {
            object.import = ImportOp::Delete;
            object.flags.insert(Flags::GONE);
            object.flags.remove(Flags::REBUILD_IN_PROGRESS);
        })?;
        let effects = unit.finish()?;
        statistics::apply(self.tables, effects.tally)?;
        self.synchronize_these(crate::cs::connector_of(object), vec![object], false)
    }

    /// Removes everything from a connector space without exports; links vanish, metaverse objects
    /// without a keeper are deleted, and the connector needs a full import (SE-339).
    pub fn clear_space(&mut self, connector: u32) -> StoreResult<Done> {
        let context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        context.book.save(self.tables)?;
        let mut numbers = Numbers::default();
        let mut unit = Unit::new(&context, self.tables, &mut numbers);
        let mut all = Vec::new();
        let mut after = None;
        loop {
            let heads = lookup::heads(unit.tables, connector, after, 1024)?;
            let Some((last, _)) = heads.last() else { break };
            after = Some(*last);
            all.extend(heads.into_iter().map(|(id, head)| (id, head.mv)));
        }
        for (id, mv) in &all {
            if *mv != 0 {
                life::disconnect(&mut unit, *id, crate::cs::DisconnectCause::ScopeLost)?;
                references::mark_mv(unit.tables, *mv, None)?;
            }
        }
        for (id, _) in &all {
            for (link, _) in crate::cs_links::all(unit.tables, *id, None)? {
                crate::cs_links::LINKS.remove(unit.tables, *id, link.attribute, link.to)?;
            }
        }
        for (id, _) in &all {
            if unit.cs(*id)?.is_some() {
                unit.remove_cs(*id)?;
            }
        }
        let effects = unit.finish()?;
        statistics::apply(self.tables, effects.tally)?;
        numbers.save(self.tables)?;
        if let Some(mut found) = connector::get(self.tables, connector)? {
            for partition in &mut found.partitions {
                partition.watermark = None;
                partition.had_full_import = false;
            }
            connector::put(self.tables, found)?;
        }
        self.synchronize_these(connector, Vec::new(), false)
    }

    /// Returns what a step of one partition would meet now.
    fn weather(
        &self,
        context: &Context<'_>,
        connector: &Connector,
        partition: &Partition,
        profile: Profile,
    ) -> StoreResult<Conditions> {
        Weather {
            tables: self.tables,
            schema: self.schema,
            now: self.now,
            server: self.server,
            connector,
            partition,
            domain: context.domains.get(&partition.domain),
            profile,
        }
        .conditions()
    }

    /// Returns why a connector does not reach its directory now, in the words of a step and of its
    /// connection; `None` when it does (SE-344).
    pub fn unreachable(
        &self,
        connector: &Connector,
        partition: &Partition,
    ) -> StoreResult<Option<(StepResult, String)>> {
        let context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        let met = self.weather(&context, connector, partition, Profile::DeltaImport)?;
        // Without a watermark an import does not start; one object needs none (SE-347).
        let reason = met.no_start.filter(|why| why.result != import::NO_WATERMARK);
        Ok(reason.map(|why| (why.result, why.connection.map_or_else(String::new, |c| c.incident))))
    }

    /// Returns whether the connector account reads an object of a forest (SE-076).
    pub fn reads(
        &self,
        connector: &Connector,
        partition: &Partition,
        dn: &Dn,
    ) -> StoreResult<bool> {
        let context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        Ok(!self.weather(&context, connector, partition, Profile::DeltaImport)?.hides(dn))
    }

    /// Imports one object of a forest; `None` when the forest has no such object.
    pub fn import_one(&mut self, connector: &Connector, dn: &Dn) -> StoreResult<Option<Done>> {
        let Some(number) = dirsim_forest::lookup::by_dn(self.tables, dn)? else { return Ok(None) };
        let object: dirsim_forest::ForestObject = rows::expect(self.tables, number)?;
        let partition = connector.partitions.iter().find(|p| p.domain == object.domain).cloned();
        let Some(partition) = partition else { return Ok(None) };
        let mut context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        context.conditions = self.weather(&context, connector, &partition, Profile::DeltaImport)?;
        let (mut numbers, mut log) = (Numbers::default(), StepLog::default());
        let unit = Unit::new(&context, self.tables, &mut numbers);
        let (result, effects) =
            import::forest::import_one(unit, &mut log, connector, &partition, number)?;
        statistics::apply(self.tables, effects.tally)?;
        numbers.save(self.tables)?;
        Ok(Some(Done::of(result, log)))
    }

    /// Imports one object of the tenant by its anchor; `None` when sync sees no such object.
    pub fn import_counterpart(
        &mut self,
        connector: &Connector,
        anchor: &dirsim_model::SourceAnchor,
    ) -> StoreResult<Option<Done>> {
        let Some(number) = dirsim_tenant::lookup::by_anchor(self.tables, anchor)? else {
            return Ok(None);
        };
        let row = dirsim_tenant::read::one(self.tables, self.schema, number)?;
        let Some(row) = row else { return Ok(None) };
        let context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        let (mut numbers, mut log) = (Numbers::default(), StepLog::default());
        let unit = Unit::new(&context, self.tables, &mut numbers);
        let (result, effects) = import::tenant::import_one(unit, &mut log, connector, row)?;
        statistics::apply(self.tables, effects.tally)?;
        numbers.save(self.tables)?;
        Ok(Some(Done::of(result, log)))
    }

    /// Exports one object; deletions stay where they are (SE-345).
    pub fn export_one(&mut self, connector: &Connector, object: u64) -> StoreResult<Done> {
        let context = Context::new(self.tables, self.schema, self.rules, self.now, self.seed)?;
        let (mut numbers, mut log, mut tally) =
            (Numbers::default(), StepLog::default(), Tally::new());
        let result = export::export_one(
            &context,
            self.tables,
            &mut numbers,
            &mut log,
            &mut tally,
            connector,
            object,
        )?;
        statistics::apply(self.tables, tally)?;
        numbers.save(self.tables)?;
        Ok(Done::of(result, log))
    }
}

/// Returns the object of a forest connector at a name, and the partition it lies in.
pub fn at<'a>(
    tables: &dyn dirsim_store::Tables,
    connectors: &'a [Connector],
    dn: &Dn,
) -> StoreResult<Option<(&'a Connector, &'a Partition, Option<u64>)>> {
    let context = Dn::from_domain_fqdn(&dn.domain_fqdn()).to_string();
    for connector in connectors.iter().filter(|connector| connector.is_forest()) {
        let found = connector.partitions.iter().find(|p| p.name.eq_ignore_ascii_case(&context));
        if let Some(partition) = found {
            let number = dirsim_forest::lookup::by_dn(tables, dn)?;
            let guid = match number {
                Some(number) => {
                    Some(rows::expect::<dirsim_forest::ForestObject>(tables, number)?.guid)
                }
                None => None,
            };
            let staged = match guid {
                Some(guid) => lookup::by_anchor(tables, connector.id, &Anchor::Object(guid))?,
                None => lookup::by_dn(tables, connector.id, dn)?,
            };
            return Ok(Some((connector, partition, staged)));
        }
    }
    Ok(None)
}
