//! Imports: what a directory reports becomes I, the image last received (SE section 3).
//!
//! Read in this order: [`scope`] (which rows matter), [`place`] (where they stand in the tree),
//! [`stage`] (what they change), [`confirm`] (which exports they confirm), then the two feeds
//! [`forest`] and [`tenant`] and the steps here.

pub(crate) mod confirm;
pub(crate) mod forest;
pub(crate) mod place;
pub(crate) mod remove;
pub mod scope;
pub(crate) mod stage;
pub(crate) mod tenant;

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::{AttributeId, Guid};
use dirsim_store::StoreResult;

use crate::counters::Counter;
use crate::cs::{Anchor, Flags, ImportOp, range_of};
use crate::cs_links::LinkViews;
use crate::log::{Progress, StepLog};
use crate::lookup;
use crate::run::{DiscoveryError, StepResult};
use crate::unit::{Effects, Unit};

/// Rows that are staged before the rows held in memory are written.
pub(crate) const PAGE: usize = 500;

/// One import step over one partition.
pub(crate) struct Import<'a, 'u> {
    pub(crate) unit: Unit<'u>,
    pub(crate) log: &'a mut StepLog,
    pub(crate) connector: u32,
    /// The domain of the partition; 0 in the tenant.
    pub(crate) domain: u64,
    pub(crate) full: bool,
    /// Objects that this full import has seen: their place in the connector's range.
    seen: Vec<u64>,
    /// Containers found in this step.
    pub(crate) parents: BTreeMap<Guid, u64>,
    /// References to objects that are not staged yet; made when all rows are in.
    pub(crate) dangling: Vec<Dangling>,
    /// Rows read.
    pub(crate) rows: u64,
    /// Whether an export was not confirmed (SE-127).
    pub(crate) warned: bool,
    pub(crate) progress: &'a mut dyn FnMut(Progress),
}

/// A reference whose target was not staged when its holder was.
pub(crate) struct Dangling {
    pub(crate) from: u64,
    pub(crate) attribute: AttributeId,
    pub(crate) target: Target,
}

/// The target of a reference in a row.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target {
    /// The anchor.
    pub(crate) anchor: Anchor,
    /// The number of the object in the forest; 0 in the tenant.
    pub(crate) object: u64,
}

impl<'a, 'u> Import<'a, 'u> {
    pub(crate) fn new(
        unit: Unit<'u>,
        log: &'a mut StepLog,
        connector: u32,
        domain: u64,
        full: bool,
        progress: &'a mut dyn FnMut(Progress),
    ) -> Self {
        Self {
            unit,
            log,
            connector,
            domain,
            full,
            seen: Vec::new(),
            parents: BTreeMap::new(),
            dangling: Vec::new(),
            rows: 0,
            warned: false,
            progress,
        }
    }

    /// Marks an object as seen; returns whether it was seen before.
    pub(crate) fn see(&mut self, id: u64) -> bool {
        let at = usize::try_from(id - range_of(self.connector).0).unwrap_or(usize::MAX / 64);
        let (word, bit) = (at / 64, 1 << (at % 64));
        if self.seen.len() <= word {
            self.seen.resize(word + 1, 0);
        }
        let Some(word) = self.seen.get_mut(word) else { return false };
        let before = *word & bit != 0;
        *word |= bit;
        before
    }

    fn is_seen(&self, id: u64) -> bool {
        let at = usize::try_from(id - range_of(self.connector).0).unwrap_or(usize::MAX / 64);
        self.seen.get(at / 64).is_some_and(|word| word & (1 << (at % 64)) != 0)
    }

    /// Notes a row that could not be staged (SE-101).
    pub(crate) fn discovery_error(&mut self, error_type: &str, dn: String, text: String) {
        crate::counters::add(&mut self.log.counters, Counter::StageFailure, 1);
        let error_type = error_type.to_owned();
        self.log.discovery_errors.push(DiscoveryError { error_type, dn, text });
    }

    /// Counts a row that nothing was staged for.
    pub(crate) fn filtered(&mut self, deleted: bool) {
        let counter = if deleted { Counter::FilteredDeletions } else { Counter::FilteredObjects };
        crate::counters::add(&mut self.log.counters, counter, 1);
    }

    /// Writes what is held when a page is full, and reports progress.
    pub(crate) fn turn_page(&mut self, total: u64) -> StoreResult<()> {
        (self.progress)(Progress { done: self.rows, total });
        self.unit.flush()
    }

    /// Returns whether something ends the step here, and remembers it (SE-110).
    pub(crate) fn is_struck(&mut self) -> bool {
        let strike = self.unit.context.conditions.break_after(self.rows).cloned();
        if strike.is_some() {
            self.log.strike = strike;
        }
        self.log.strike.is_some()
    }

    /// Notes the error that a row meets by a fault; returns whether there is one.
    pub(crate) fn meets_error(&mut self, dn: &str) -> StoreResult<bool> {
        let Some((error, fault)) = self.unit.context.conditions.row_error(self.rows) else {
            return Ok(false);
        };
        let text = format!("{error}: the row cannot be staged");
        self.discovery_error(&error, dn.to_owned(), text);
        crate::fault::struck(self.unit.tables, fault)?;
        Ok(true)
    }

    /// Ends the step after all rows: references to what arrived later, obsoletion, exports that did
    /// not stick, unused placeholders (SE 16.1). `others` are partitions that are not selected any
    /// more, whose objects go with the last step of a full import (SE-077).
    pub(crate) fn finish(mut self, others: &BTreeSet<u64>) -> StoreResult<(StepResult, Effects)> {
        self.resolve_dangling()?;
        let failed = !self.log.discovery_errors.is_empty();
        let mut result = StepResult::Success;
        if let Some(strike) = &self.log.strike {
            // A step that was stopped obsoletes nothing and leaves placeholders alone (SE-110).
            result = strike.result;
            if result == StepResult::StoppedImportRead {
                let text = "the directory stopped answering in the middle of the search";
                self.discovery_error("read-error", String::new(), text.to_owned());
            }
        } else if failed {
            result = StepResult::CompletedDiscoveryErrors;
        } else if self.full && self.rows == 0 {
            result = StepResult::CompletedNoObjects;
        } else {
            if self.full {
                self.obsolete(others)?;
                self.lose_unseen_adds()?;
            }
            self.drop_placeholders()?;
        }
        self.unit.flush()?;
        if self.warned {
            result = result.worst(StepResult::CompletedWarnings);
        }
        let transients =
            lookup::pending(self.unit.tables, self.connector, lookup::Pending::Transient, None, 1)?;
        if !transients.is_empty() {
            result = result.worst(StepResult::CompletedTransientObjects);
        }
        let effects = self.unit.finish()?;
        self.log.name_removed(&effects.removed);
        Ok((result, effects))
    }

    fn resolve_dangling(&mut self) -> StoreResult<()> {
        for (at, dangling) in std::mem::take(&mut self.dangling).into_iter().enumerate() {
            let to = self.target_or_placeholder(&dangling.target)?;
            if self.stage_link(dangling.from, dangling.attribute, to, true)? {
                self.settle(dangling.from)?;
            }
            if at % PAGE == PAGE - 1 {
                self.unit.flush()?;
            }
        }
        Ok(())
    }

    /// Stages the deletion of what a full import did not see (SE-027, SE-109).
    fn obsolete(&mut self, others: &BTreeSet<u64>) -> StoreResult<()> {
        self.unit.flush()?;
        let mut after = None;
        loop {
            let heads = lookup::heads(self.unit.tables, self.connector, after, PAGE)?;
            let Some((last, _)) = heads.last() else { break };
            after = Some(*last);
            for (id, head) in heads {
                if self.is_seen(id) || head.flags.has(Flags::PLACEHOLDER) {
                    continue;
                }
                let Some(object) = self.unit.cs(id)? else { continue };
                let here = object.partition == self.domain || others.contains(&object.partition);
                if !here || object.is_export_object() && !object.flags.has(Flags::DELETE_EXPORTED) {
                    continue;
                }
                drop(object);
                let counter = self.stage_deletion(id, false)?;
                if counter == Counter::StageDelete {
                    self.log.count(counter, id);
                }
            }
            self.unit.flush()?;
        }
        Ok(())
    }

    /// Takes back exported adds that were answered and that this full import did not see (SE-111).
    fn lose_unseen_adds(&mut self) -> StoreResult<()> {
        let mut after = None;
        loop {
            let found = lookup::pending(
                self.unit.tables,
                self.connector,
                lookup::Pending::Confirmation,
                after,
                PAGE,
            )?;
            let Some(last) = found.last() else { break };
            after = Some(*last);
            for id in found {
                let Some(object) = self.unit.cs(id)? else { continue };
                if self.is_seen(id)
                    || object.partition != self.domain
                    || !object.flags.has(Flags::REBUILD_IN_PROGRESS)
                {
                    continue;
                }
                drop(object);
                self.lose_add(id)?;
            }
            self.unit.flush()?;
        }
        Ok(())
    }

    /// Removes placeholders that nothing needs any more (SE-105).
    fn drop_placeholders(&mut self) -> StoreResult<()> {
        self.unit.flush()?;
        remove::drop_unused(&mut self.unit)
    }

    /// Recomputes what is pending after I or a name changed (SE-097, SE-100, SE-358).
    pub(crate) fn settle(&mut self, id: u64) -> StoreResult<()> {
        let now = self.unit.context.now;
        self.unit.edit_cs(id, |object| {
            object.import = match &object.synchronized {
                _ if object.import == ImportOp::DeleteAdd => ImportOp::DeleteAdd,
                None => ImportOp::Add,
                Some(_) if object.differs() => ImportOp::Update,
                Some(_) => ImportOp::None,
            };
            object.flags.remove(Flags::GONE);
            object.imported_at = now;
        })?;
        Ok(())
    }

    /// Stages the presence or absence of a reference in I; returns whether it changed.
    pub(crate) fn stage_link(
        &mut self,
        from: u64,
        attribute: AttributeId,
        to: u64,
        present: bool,
    ) -> StoreResult<bool> {
        let stage = move |views| imported(views, present);
        self.unit.set_links(from, [(attribute, to, stage)])
    }
}

/// Puts a reference into I, or takes it out.
const fn imported(views: LinkViews, present: bool) -> LinkViews {
    views.with(LinkViews::IMPORTED, present)
}

/// Returns the result of an import that may not start: no full import yet, or a cookie that the
/// directory refuses (SE-115, SE-116).
pub(crate) const NO_WATERMARK: StepResult = StepResult::NoStartFullImportRequired;
