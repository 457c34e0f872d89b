//! What one run may change, and what its counters must say (SE-360, SE-366 to SE-370, SE-374 to
//! SE-377).

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::attribute::well_known as a;
use dirsim_model::{AttributeId, Dn, Entry};
use dirsim_store::{StoreResult, Table, Tables, rows};

use super::{Violation, report, wanted};
use crate::connector::{Connector, Partition};
use crate::context::Context;
use crate::counters::Counter;
use crate::cs::{self, CsObject, ExportOp, Flags, ImportOp, State};
use crate::cs_links::{self, LinkViews};
use crate::images::View;
use crate::import::scope::ContainerFilter;
use crate::lookup;
use crate::mv::MvObject;
use crate::run::{DetailOf, Profile, RunRecord, StepRecord, StepResult, details};

/// Counters of which every staged row adds one (SE-103).
const STAGED: [Counter; 6] = [
    Counter::StageNoChange,
    Counter::StageAdd,
    Counter::StageUpdate,
    Counter::StageRename,
    Counter::StageDeleteAdd,
    Counter::StageFailure,
];

/// Counters of rows for which nothing is staged.
const FILTERED: [Counter; 2] = [Counter::FilteredObjects, Counter::FilteredDeletions];

/// Counters of which every synchronized object adds one (SE-185).
const INBOUND: [Counter; 17] = [
    Counter::DisconnectorFiltered,
    Counter::DisconnectorJoinedNoFlow,
    Counter::DisconnectorJoinedFlow,
    Counter::DisconnectorJoinedRemoveMv,
    Counter::DisconnectorProjectedNoFlow,
    Counter::DisconnectorProjectedFlow,
    Counter::DisconnectorProjectedRemoveMv,
    Counter::DisconnectorRemains,
    Counter::ConnectorFilteredRemoveMv,
    Counter::ConnectorFilteredLeaveMv,
    Counter::ConnectorFlow,
    Counter::ConnectorFlowRemoveMv,
    Counter::ConnectorNoFlow,
    Counter::ConnectorDeleteRemoveMv,
    Counter::ConnectorDeleteLeaveMv,
    Counter::ConnectorDeleteAddProcessed,
    Counter::FlowFailure,
];

/// Counters of which every exported row that was accepted adds one (SE-374).
const ACCEPTED: [Counter; 5] = [
    Counter::ExportAdd,
    Counter::ExportUpdate,
    Counter::ExportRename,
    Counter::ExportDelete,
    Counter::ExportDeleteAdd,
];

/// Checks what a run did between two states of the tables.
pub fn after_run(
    context: &Context<'_>,
    before: &dyn Tables,
    after: &dyn Tables,
    run: &RunRecord,
) -> StoreResult<Vec<Violation>> {
    let Some(connector) = context.connector(run.connector) else { return Ok(Vec::new()) };
    let mut check = Check {
        context,
        before,
        after,
        connector,
        run,
        old: objects(context, before)?,
        new: objects(context, after)?,
        found: Vec::new(),
    };
    check.anchors()?;
    if run.profile.is_import() {
        check.import()?;
    } else if run.profile.is_synchronization() {
        check.synchronization();
        check.wanted()?;
    } else if run.result == StepResult::StoppedDeletionThresholdExceeded {
        // SE-369: nothing at all was touched.
        for table in [Table::CsObject, Table::CsLink, Table::TenantObject, Table::TenantLink] {
            check.unchanged(table, "SE-369", "a stopped export")?;
        }
    } else {
        check.export()?;
    }
    if !run.profile.is_synchronization() {
        let rule = if run.profile.is_import() { "SE-360" } else { "SE-368" };
        check.metaverse_unchanged(rule)?;
    }
    Ok(check.found)
}

/// Reads the staged objects of all connectors.
fn objects(context: &Context<'_>, tables: &dyn Tables) -> StoreResult<BTreeMap<u64, CsObject>> {
    let mut all = BTreeMap::new();
    for connector in &context.connectors {
        all.extend(lookup::objects(tables, connector.id, None, usize::MAX)?);
    }
    Ok(all)
}

struct Check<'a> {
    context: &'a Context<'a>,
    before: &'a dyn Tables,
    after: &'a dyn Tables,
    connector: &'a Connector,
    run: &'a RunRecord,
    old: BTreeMap<u64, CsObject>,
    new: BTreeMap<u64, CsObject>,
    found: Vec<Violation>,
}

impl Check<'_> {
    fn report(&mut self, rule: &'static str, text: String) {
        report(&mut self.found, rule, text);
    }

    fn report_all(&mut self, found: Vec<(&'static str, String)>) {
        for (rule, text) in found {
            self.report(rule, text);
        }
    }

    fn name(&self, id: u64) -> String {
        let dn = lookup::dn(self.after, id).unwrap_or_default();
        format!("{id} {dn}")
    }

    /// Says which attributes differ between two images.
    fn differing(&self, old: &Entry, new: &Entry) -> String {
        let mut attributes: Vec<AttributeId> =
            old.iter().chain(new.iter()).map(|(attribute, _)| attribute).collect();
        attributes.sort_unstable();
        attributes.dedup();
        let mut texts = Vec::new();
        for attribute in attributes {
            let (left, right) = (old.get(attribute).to_vec(), new.get(attribute).to_vec());
            if left != right {
                let name = self.context.schema.name(attribute);
                texts.push(format!("{name} {left:?} became {right:?}"));
            }
        }
        texts.join("; ")
    }

    fn unchanged(&mut self, table: Table, rule: &'static str, who: &str) -> StoreResult<()> {
        let read = |tables: &dyn Tables| tables.scan(table, &[], None, usize::MAX);
        if read(self.before)? != read(self.after)? {
            self.report(rule, format!("{who} changed table {}", table.name()));
        }
        Ok(())
    }

    /// A run that does not synchronize leaves the metaverse alone; but for the links of objects that
    /// it removed, which the next synchronization makes anew (SE-087).
    fn metaverse_unchanged(&mut self, rule: &'static str) -> StoreResult<()> {
        let mut new: BTreeMap<u64, MvObject> =
            rows::after(self.after, None, usize::MAX)?.into_iter().collect();
        for (id, mut old) in rows::after::<MvObject>(self.before, None, usize::MAX)? {
            let lost: Vec<u64> =
                old.links.iter().copied().filter(|cs| !self.new.contains_key(cs)).collect();
            for cs in lost {
                old.remove_part(cs);
            }
            if new.remove(&id) != Some(old) {
                let text = format!("{} changed metaverse object {id}", self.run.profile);
                self.report(rule, text);
            }
        }
        for id in new.into_keys() {
            self.report(rule, format!("{} made metaverse object {id}", self.run.profile));
        }
        Ok(())
    }

    /// SE-376.
    fn anchors(&mut self) -> StoreResult<()> {
        for (id, old) in rows::after::<MvObject>(self.before, None, usize::MAX)? {
            let Some(new) = rows::get::<MvObject>(self.after, id)? else { continue };
            let anchor = |object: &MvObject| {
                let book = &self.context.book;
                object.get(book, a::CLOUD_SOURCE_ANCHOR).values().text().map(str::to_owned)
            };
            if let (Some(old), Some(new)) = (anchor(&old), anchor(&new))
                && old != new
            {
                self.report("SE-376", format!("metaverse object {id}: {old} became {new}"));
            }
        }
        Ok(())
    }

    /// SE-360, SE-370, SE-374, SE-377.
    fn import(&mut self) -> StoreResult<()> {
        let mut found = Vec::new();
        for (id, new) in &self.new {
            let Some(old) = self.old.get(id) else { continue };
            if cs::connector_of(*id) != self.connector.id {
                if old != new {
                    found.push(("SE-360", format!("{}: another connector", self.name(*id))));
                }
                continue;
            }
            // A confirmed deletion removes the object; where something still needs its place, a
            // placeholder stays (SE-012, SE-130).
            if new.is_placeholder() {
                continue;
            }
            if old.synchronized != new.synchronized {
                let (h, was) = (new.synchronized.clone(), old.synchronized.clone());
                let text = self.differing(&was.unwrap_or_default(), &h.unwrap_or_default());
                found.push(("SE-360", format!("{}: H changed: {text}", self.name(*id))));
            }
            if old.mv != new.mv {
                let text = format!("{}: link {} became {}", self.name(*id), old.mv, new.mv);
                found.push(("SE-360", text));
            }
            let rules = (&old.outbound_rules, &old.merged) == (&new.outbound_rules, &new.merged);
            if !rules || old.flags.has(Flags::GOVERNED) != new.flags.has(Flags::GOVERNED) {
                found.push(("SE-360", format!("{}: an import changed its rules", self.name(*id))));
            }
            let synchronized = |tables: &dyn Tables| -> StoreResult<BTreeSet<_>> {
                let all = cs_links::all(tables, *id, None)?;
                let links = all.into_iter().filter(|(link, views)| {
                    views.has(LinkViews::SYNCHRONIZED) && self.new.contains_key(&link.to)
                });
                Ok(links.map(|(link, _)| (link.attribute, link.to)).collect())
            };
            if synchronized(self.before)? != synchronized(self.after)? {
                found.push(("SE-360", format!("{}: an import changed links of H", self.name(*id))));
            }
        }
        for (id, old) in &self.old {
            if cs::connector_of(*id) != self.connector.id && !self.new.contains_key(id) {
                let text = format!("an import removed {id} ({:?}) of another connector", old.name);
                found.push(("SE-360", text));
            }
        }
        if self.run.profile == Profile::FullImport {
            for step in &self.run.steps {
                if let Some(partition) = self.partition(step)
                    && is_whole(step.result)
                {
                    self.after_full_import(step, partition, &mut found)?;
                }
            }
        }
        self.report_all(found);
        Ok(())
    }

    fn partition(&self, step: &StepRecord) -> Option<&Partition> {
        self.connector.partitions.iter().find(|partition| partition.name == step.partition)
    }

    /// SE-103 within SE-374, and SE-377.
    fn after_full_import(
        &self,
        step: &StepRecord,
        partition: &Partition,
        found: &mut Vec<(&'static str, String)>,
    ) -> StoreResult<()> {
        let here = |(id, object): &(&u64, &CsObject)| {
            cs::connector_of(**id) == self.connector.id
                && object.partition == partition.domain
                && object.has_image()
        };
        let live = self.new.iter().filter(here).filter(|(_, object)| {
            object.import != ImportOp::Delete && !object.flags.has(Flags::TRANSIENT)
        });
        let (staged, live) = (sum(step, &STAGED), live.count() as u64);
        // Without any row nothing is obsoleted (SE-110), whatever worse result the step has (SE-238).
        let silent = staged == 0 && sum(step, &FILTERED) == 0;
        if staged != live && !silent {
            let text = format!("{} counts {staged} rows for {live} objects", self.run.profile);
            found.push(("SE-374", text));
        }
        if !silent && !self.may_lag(partition)? {
            self.confirmed(&here, found)?;
        }
        let filter = ContainerFilter::new(&partition.include, &partition.exclude);
        for (id, object) in self.new.iter().filter(here) {
            let dn = lookup::dn(self.after, *id)?;
            let outside = self.connector.is_forest()
                && dn.parse::<Dn>().is_ok_and(|dn| !filter.decide(&dn))
                && matches!(object.import, ImportOp::None | ImportOp::Update);
            // A name that was taken is none of the directory's.
            if outside && !silent && !object.flags.has(Flags::TRANSIENT) {
                found.push(("SE-377", format!("{id} {dn} is outside the filter and stays")));
            }
        }
        Ok(())
    }

    /// Returns whether a domain has controllers that lag: what one has not learned it does not report
    /// (SE-073), so it decides about no export either.
    fn may_lag(&self, partition: &Partition) -> StoreResult<bool> {
        let Some(domain) = self.context.domains.get(&partition.domain) else { return Ok(false) };
        let all = dirsim_forest::controllers(self.after, partition.domain, domain)?;
        Ok(self.connector.is_forest() && all.iter().any(|controller| controller.delay_ms > 0))
    }

    /// SE-370: an import that reports everything decides about every export: it stuck, or it did not
    /// and is wanted again (SE-126, SE-127).
    fn confirmed(
        &self,
        here: &impl Fn(&(&u64, &CsObject)) -> bool,
        found: &mut Vec<(&'static str, String)>,
    ) -> StoreResult<()> {
        const SENT: u8 = LinkViews::UNCONFIRMED_ADD
            | LinkViews::UNCONFIRMED_REMOVE
            | LinkViews::ESCROWED_ADD
            | LinkViews::ESCROWED_REMOVE;
        let seen = self.new.iter().filter(here).filter(|(_, object)| {
            object.import != ImportOp::Delete && !object.flags.has(Flags::TRANSIENT)
        });
        for (id, object) in seen {
            let mut waits = !object.unconfirmed.is_empty()
                || !object.escrowed.is_empty()
                || object.flags.has(Flags(Flags::REBUILD_IN_PROGRESS.0 | Flags::DELETE_EXPORTED.0));
            for (_, views) in cs_links::all(self.after, *id, None)? {
                waits |= views.has(SENT);
            }
            if waits {
                let text = format!(
                    "{} was reported and still waits for that: UC {:?}, ES {:?}, marks {:b}",
                    self.name(*id),
                    object.unconfirmed,
                    object.escrowed,
                    object.flags.0
                );
                found.push(("SE-370", text));
            }
        }
        Ok(())
    }

    /// SE-366, and SE-185 within SE-374.
    fn synchronization(&mut self) {
        let mut found = Vec::new();
        for (id, new) in &self.new {
            let Some(old) = self.old.get(id) else { continue };
            if cs::connector_of(*id) != self.connector.id || new.import_error.is_none() {
                continue;
            }
            let kept = (old.import, &old.imported, &old.synchronized)
                == (new.import, &new.imported, &new.synchronized);
            if !kept {
                found.push(("SE-366", format!("{} failed and lost what waits", self.name(*id))));
            }
        }
        for step in &self.run.steps {
            let Some(partition) = self.partition(step) else { continue };
            if !is_whole(step.result) {
                continue;
            }
            let full = self.run.profile == Profile::FullSynchronization;
            let chosen = self.old.iter().filter(|(id, object)| {
                cs::connector_of(**id) == self.connector.id
                    && object.partition == partition.domain
                    && is_visited(object, full)
            });
            let (counted, chosen) = (sum(step, &INBOUND), chosen.count() as u64);
            if counted != chosen {
                let text = format!("{} counts {counted} of {chosen} objects", self.run.profile);
                found.push(("SE-374", text));
            }
        }
        self.report_all(found);
    }

    /// SE-367, for what the run touched: whatever changed in the metaverse, and every person of an
    /// object that was visited in full.
    fn wanted(&mut self) -> StoreResult<()> {
        let went_well = self.run.steps.iter().all(|step| {
            is_whole(step.result)
                && step.mv_retry_errors.is_empty()
                && self.partition(step).is_some()
        });
        let waiting = crate::index::pending_mv(self.after, 1)?;
        if !went_well || !waiting.is_empty() || self.run.steps.is_empty() {
            return Ok(());
        }
        let mut touched = wanted::changed(self.context, self.before, self.after)?;
        if self.run.profile == Profile::FullSynchronization {
            for (id, old) in &self.old {
                let here = cs::connector_of(*id) == self.connector.id && is_visited(old, true);
                let mv = self.new.get(id).map_or(0, |object| object.mv);
                if here && mv != 0 {
                    touched.insert(mv);
                }
            }
        }
        wanted::check(self.context, self.before, self.after, &touched, &mut self.found)
    }

    /// SE-368, SE-374, SE-375.
    fn export(&mut self) -> StoreResult<()> {
        let failed = self.behind(&[Counter::ExportFailure])?;
        let accepted = self.behind(&ACCEPTED)?;
        let sent: BTreeSet<u64> = failed.union(&accepted).copied().collect();
        let mut found = Vec::new();
        for (id, new) in &self.new {
            let Some(old) = self.old.get(id) else { continue };
            if cs::connector_of(*id) != self.connector.id {
                if old != new {
                    found.push(("SE-368", format!("{}: another connector", self.name(*id))));
                }
            } else if failed.contains(id) {
                self.failed_row(*id, (old, new), accepted.contains(id), &mut found);
            } else if old.export == ExportOp::Delete {
                // A deletion leaves nothing to want.
                if sent.contains(id) && !new.flags.has(Flags::DELETE_EXPORTED) {
                    found.push(("SE-368", format!("{}: deleted, and not so", self.name(*id))));
                }
            } else if sent.contains(id) {
                let wanted = old.view(View::Unapplied).to_entry();
                let wants = new.view(View::Unapplied).to_entry();
                if wants != wanted {
                    let text = self.differing(&wanted, &wants);
                    found.push((
                        "SE-368",
                        format!("{} wants another image: {text}", self.name(*id)),
                    ));
                }
                if !new.unapplied.is_empty() || !new.escrowed.is_empty() {
                    found.push(("SE-368", format!("{}: sent, and still waits", self.name(*id))));
                }
                if new.export_error.is_some() {
                    found.push(("SE-368", format!("{}: sent, and still an error", self.name(*id))));
                }
            } else if new.export_error.is_some() && old.export_error.is_none() {
                found.push(("SE-368", format!("{}: an error nobody counts", self.name(*id))));
            }
        }
        for step in &self.run.steps {
            let Some(partition) = self.partition(step) else { continue };
            if !is_whole(step.result) {
                continue;
            }
            let candidates = self.old.iter().filter(|(id, object)| {
                cs::connector_of(**id) == self.connector.id
                    && (object.partition == partition.domain || !self.connector.is_forest())
                    && object.export != ExportOp::None
                    && !object.flags.has(Flags::TRANSIENT)
                    && is_sent_alone(object)
            });
            let counted = sum(step, &ACCEPTED) + sum(step, &[Counter::ExportFailure]);
            let candidates = candidates.count() as u64;
            if counted < candidates {
                let text = format!("an export counts {counted} rows of {candidates} candidates");
                found.push(("SE-374", text));
            }
        }
        self.report_all(found);
        Ok(())
    }

    /// A row that failed left an error and nothing else. The row of an object's references fails on
    /// its own (SE-213): the one before it may have been accepted in the same run, and any success
    /// ends a series of failures (SE-219).
    fn failed_row(
        &self,
        id: u64,
        (old, new): (&CsObject, &CsObject),
        accepted: bool,
        found: &mut Vec<(&'static str, String)>,
    ) {
        let (mut left, mut right) = (old.clone(), new.clone());
        let (first, second) = (left.export_error.take(), right.export_error.take());
        // An add that was accepted may fail with its references only (SE-213).
        if left != right && !new.flags.has(Flags::REBUILD_IN_PROGRESS) {
            found.push(("SE-368", format!("a failed export changed {}", self.name(id))));
        }
        let Some(second) = second else {
            found.push(("SE-368", format!("the failure of {} left no error", self.name(id))));
            return;
        };
        let series = first.as_ref().filter(|_| !accepted);
        let retries = series.map_or(0, |first| first.retries + 1);
        if second.retries != retries && first.as_ref() != Some(&second) {
            let text = format!("{} counts {} retries", self.name(id), second.retries);
            found.push(("SE-375", format!("{text}, not {retries}")));
        }
    }

    /// Returns the objects behind counters of the run.
    fn behind(&self, counters: &[Counter]) -> StoreResult<BTreeSet<u64>> {
        let mut all = BTreeSet::new();
        for step in &self.run.steps {
            for counter in counters {
                let of =
                    DetailOf { run: self.run.id, step: step.number, target: 0, counter: *counter };
                all.extend(details(self.after, of)?.iter().map(|detail| detail.cs));
            }
        }
        Ok(all)
    }
}

/// Returns whether a step got through everything it had to do.
const fn is_whole(result: StepResult) -> bool {
    result.is_complete() && !matches!(result, StepResult::CompletedDiscoveryErrors)
}

/// Returns whether a synchronization counts an object (SE-134, SE-135).
fn is_visited(object: &CsObject, full: bool) -> bool {
    let skipped = Flags(Flags::TRANSIENT.0 | Flags::REBUILD_IN_PROGRESS.0);
    let here =
        !object.is_placeholder() && !object.flags.has(skipped) && object.export != ExportOp::Add;
    let free = object.mv == 0 && object.state == State::Normal;
    here && (full || free || object.wants_synchronization())
}

/// Returns whether an export sends a row for the object whatever happens to others: references
/// alone may wait for their targets (SE-226).
fn is_sent_alone(object: &CsObject) -> bool {
    object.export != ExportOp::Update || !object.unapplied.is_empty() || !object.escrowed.is_empty()
}

fn sum(step: &StepRecord, counters: &[Counter]) -> u64 {
    counters.iter().filter_map(|counter| step.counters.get(counter)).sum()
}
