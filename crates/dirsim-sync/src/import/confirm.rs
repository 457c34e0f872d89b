//! Confirming exports: what the directory reports is compared with what was sent (SE 3.7, 16.3).

use dirsim_model::{AttributeId, Entry, Values};
use dirsim_store::StoreResult;

use super::Import;
use super::stage::Row;
use crate::cs::{CsObject, ErrorRecord, ExportOp, Flags};
use crate::cs_links::{self, LinkViews};
use crate::images::Delta;

/// The error of an export that the directory does not show (SE-127).
const NOT_REIMPORTED: &str = "exported-change-not-reimported";

/// The marks of UC and ES on a reference.
const SENT: u8 = LinkViews::UNCONFIRMED_ADD
    | LinkViews::UNCONFIRMED_REMOVE
    | LinkViews::ESCROWED_ADD
    | LinkViews::ESCROWED_REMOVE;

impl Import<'_, '_> {
    /// Compares a live row with the exports that wait for confirmation; returns whether a sent
    /// deletion turned out not to have happened (SE-131).
    pub(crate) fn confirm(
        &mut self,
        id: u64,
        row: &Row,
        targets: &[Option<u64>],
    ) -> StoreResult<bool> {
        let object = self.unit.expect_cs(id)?;
        let undeleted = object.flags.has(Flags::DELETE_EXPORTED);
        if undeleted {
            drop(object);
            // Whatever was sent before the deletion is decided with it, an add that no import has
            // shown so far included (SE-091, SE-131).
            for (link, views) in cs_links::all(self.unit.tables, id, None)? {
                if views.0 & SENT != 0 {
                    self.unit.set_link(id, link.attribute, link.to, |v| v.with(SENT, false))?;
                }
            }
            self.unit.edit_cs(id, |object| {
                object.flags.remove(Flags::DELETE_EXPORTED);
                object.flags.remove(Flags::REBUILD_IN_PROGRESS);
                object.unconfirmed = Delta::default();
                object.escrowed = Delta::default();
                object.export = ExportOp::Delete;
            })?;
            self.warn(id, None, "the deleted object is still there")?;
            return Ok(true);
        }
        let rebuilt = object.flags.has(Flags::REBUILD_IN_PROGRESS);
        if !rebuilt
            && object.unconfirmed.is_empty()
            && object.escrowed.is_empty()
            && object.exported_links.is_empty()
        {
            return Ok(false);
        }
        let sent = object.unconfirmed.then(&object.escrowed);
        let missing: Vec<AttributeId> = sent
            .iter()
            .filter(|(attribute, change)| {
                row.reports(*attribute) && !change.is_held_by(held(&object, row, *attribute))
            })
            .map(|(attribute, _)| attribute)
            .collect();
        let unconfirmed = object.unconfirmed.without(|attribute| row.reports(attribute));
        let escrowed = object.escrowed.without(|attribute| row.reports(attribute));
        let has_sent_links = !object.exported_links.is_empty();
        let had_escrow = has_sent_links || !object.escrowed.is_empty();
        drop(object);
        self.unit.edit_cs(id, |object| {
            object.flags.remove(Flags::REBUILD_IN_PROGRESS);
            object.unconfirmed = unconfirmed;
            object.escrowed = escrowed;
        })?;
        for attribute in missing {
            self.warn(id, Some(attribute), "the directory does not hold the exported value")?;
        }
        if has_sent_links {
            self.confirm_links(id, row, targets)?;
        }
        if had_escrow {
            // What arrived without an answer is confirmed and need not be sent again (SE-230).
            // Pinned by scenarios/faults/interrupted-at-any-row.
            crate::synchronize::references::settle_export(&mut self.unit, id)?;
        }
        Ok(false)
    }

    fn confirm_links(&mut self, id: u64, row: &Row, targets: &[Option<u64>]) -> StoreResult<()> {
        let object = self.unit.expect_cs(id)?;
        let listed = (!object.exported_links.overflow).then(|| object.exported_links.links.clone());
        drop(object);
        let all = match listed {
            Some(listed) => listed,
            None => cs_links::all(self.unit.tables, id, None)?
                .into_iter()
                .map(|(link, _)| (link.attribute, link.to))
                .collect(),
        };
        let mut reported: Vec<(AttributeId, u64, bool)> = row
            .links
            .iter()
            .zip(targets)
            .filter_map(|((attribute, _, present), to)| Some((*attribute, (*to)?, *present)))
            .collect();
        reported.sort_unstable();
        let mut decided = Vec::new();
        let mut missing = Vec::new();
        for (attribute, to) in all {
            let views = cs_links::views(self.unit.tables, id, attribute, to)?;
            if views.0 & SENT == 0 {
                continue;
            }
            // A complete row speaks about every reference, a partial one about those it lists.
            let present = match (&row.changed, find(&reported, attribute, to)) {
                (_, Some(present)) => present,
                (None, None) => false,
                (Some(_), None) => continue,
            };
            let wanted = views.with(LinkViews::UNAPPLIED_ADD | LinkViews::UNAPPLIED_REMOVE, false);
            let held = wanted.is_in(crate::images::View::Escrowed) == present;
            decided.push((attribute, to, |views: LinkViews| views.with(SENT, false)));
            if !held {
                missing.push(attribute);
            }
        }
        self.unit.set_links(id, decided)?;
        for attribute in missing {
            self.warn(id, Some(attribute), "the directory does not hold the exported reference")?;
        }
        Ok(())
    }

    /// Notes that an export is not to be seen in the directory (SE-127).
    pub(crate) fn warn(
        &mut self,
        id: u64,
        attribute: Option<AttributeId>,
        text: &str,
    ) -> StoreResult<()> {
        let now = self.unit.context.now;
        let dn = self.unit.dn(id)?;
        let mut made = None;
        self.unit.edit_cs(id, |object| {
            let error = ErrorRecord {
                error_type: NOT_REIMPORTED.to_owned(),
                step: "staging".to_owned(),
                code: String::new(),
                text: format!("{NOT_REIMPORTED}: {text}"),
                rule: None,
                attribute,
                other: 0,
                first: now,
                last: now,
                retries: 0,
            };
            let previous = object
                .import_error
                .as_deref()
                .filter(|e| e.error_type == NOT_REIMPORTED && e.last < now);
            let error = error.after(previous);
            made = Some(error.clone());
            object.import_error = Some(Box::new(error));
        })?;
        if let Some(error) = made {
            self.log.error(id, dn, error);
        }
        self.warned = true;
        Ok(())
    }

    /// Takes back an exported add that was answered and is not there (SE-111).
    pub(crate) fn lose_add(&mut self, id: u64) -> StoreResult<()> {
        if self.unit.cs(id)?.is_some_and(|object| object.mv == 0) {
            // Nobody wants it any more: the deletion that waits has nothing to delete, and nothing
            // is added again (SE-011, SE-357).
            // Pinned by crates/dirsim-simulate/tests/logs/se-357-unwanted-before-confirmed.
            return super::remove::drop_export_object(&mut self.unit, id, 0);
        }
        for (link, views) in cs_links::all(self.unit.tables, id, None)? {
            let present = views.is_in(crate::images::View::Unapplied);
            self.unit.set_link(id, link.attribute, link.to, |views| {
                views.with(LinkViews::EXPORTED, false).with(LinkViews::UNAPPLIED_ADD, present)
            })?;
        }
        self.unit.edit_cs(id, |object: &mut CsObject| {
            object.unapplied = object.unconfirmed.then(&object.escrowed).then(&object.unapplied);
            object.unconfirmed = Delta::default();
            object.escrowed = Delta::default();
            object.flags.remove(Flags::REBUILD_IN_PROGRESS);
            object.anchor = None;
            object.export = ExportOp::Add;
        })?;
        self.warn(id, None, "the exported object is not there")
    }
}

fn held<'x>(object: &'x CsObject, row: &'x Row, attribute: AttributeId) -> Values<'x> {
    let image: Option<&Entry> =
        if row.reports(attribute) { Some(&row.image) } else { object.image() };
    image.map_or(Values::NONE, |image| image.get(attribute))
}

fn find(reported: &[(AttributeId, u64, bool)], attribute: AttributeId, to: u64) -> Option<bool> {
    let at = reported.partition_point(|(a, t, _)| (*a, *t) < (attribute, to));
    reported.get(at).filter(|(a, t, _)| (*a, *t) == (attribute, to)).map(|(_, _, present)| *present)
}
