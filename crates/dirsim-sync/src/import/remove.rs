//! Objects that leave a connector space: staged deletions, removal, placeholders that stay
//! (SE-095, SE-105, SE-106).

use dirsim_store::StoreResult;

use super::Import;
use crate::counters::Counter;
use crate::cs::{CsObject, Flags, ImportOp, connector_of};
use crate::cs_links;
use crate::index;
use crate::unit::Unit;

impl Import<'_, '_> {
    /// Stages the deletion of an object; `gone` says that the directory reported it, otherwise the
    /// object left scope (SE-095, SE-130).
    pub(crate) fn stage_deletion(&mut self, id: u64, gone: bool) -> StoreResult<Counter> {
        let object = self.unit.expect_cs(id)?;
        let (waits, op) = (object.flags.has(Flags::DELETE_EXPORTED), object.import);
        let never_synchronized = op == ImportOp::Add && object.mv == 0;
        drop(object);
        if waits || never_synchronized {
            self.parents.retain(|_, parent| *parent != id);
            // The tenant reports the holders of references to what is gone, a forest does not
            // (SE-050).
            let is_forest = self.unit.context.side(self.connector) == dirsim_model::Side::Forest;
            retire(&mut self.unit, id, is_forest && (gone || waits))?;
            return Ok(Counter::StageDelete);
        }
        if op == ImportOp::Delete {
            if gone {
                self.unit.edit_cs(id, |object| object.flags.insert(Flags::GONE))?;
            }
            return Ok(Counter::StageNoChange);
        }
        let now = self.unit.context.now;
        self.unit.edit_cs(id, |object| {
            object.import = ImportOp::Delete;
            object.flags.set(Flags::GONE, gone);
            object.flags.remove(Flags::TRANSIENT);
            // An exported add that is gone before any import showed it waits for nothing any more:
            // the next synchronization provisions it anew (SE-340).
            // Pinned by scenarios/admin-roles/soft-delete-is-not-enough.
            object.flags.remove(Flags::REBUILD_IN_PROGRESS);
            object.imported_at = now;
        })?;
        Ok(Counter::StageDelete)
    }
}

/// Removes an object from its space, or leaves a placeholder where something lies below it or
/// points to it (SE-106).
///
/// When the object is gone from its directory, so are the references to it; when it only left
/// scope they are still there and keep a placeholder.
pub(crate) fn retire(unit: &mut Unit<'_>, id: u64, gone: bool) -> StoreResult<()> {
    let connector = connector_of(id);
    let holders = cs_links::LINKS.to(unit.tables, id, None)?;
    if gone {
        crate::synchronize::references::forget_holders(unit, id)?;
    }
    for (attribute, holder) in &holders {
        if unit.cs(*holder)?.is_some_and(|object| object.mv != 0) {
            unit.edit_cs(*holder, |object| {
                object.flags.insert(Flags::PENDING_REF_DELETE);
                object.flags.insert(Flags::REF_RETRY);
                object.retried_links.insert(*attribute, id);
            })?;
        }
    }
    let referenced = !gone && !holders.is_empty();
    let has_children = !index::children(unit.tables, connector, id, 1)?.is_empty();
    if !referenced && !has_children {
        return unit.remove_cs(id);
    }
    let dn = unit.dn(id)?;
    unit.effects.removed.insert(id, dn);
    for (link, _) in cs_links::all(unit.tables, id, None)? {
        cs_links::LINKS.remove(unit.tables, id, link.attribute, link.to)?;
        unit.effects.loosened.insert(link.to);
    }
    unit.edit_cs(id, |object| {
        let mut placeholder = CsObject::new(object.name.clone(), object.class);
        placeholder.flags.insert(Flags::PH_DELETE);
        if referenced {
            placeholder.flags.insert(Flags::PH_LINK);
            placeholder.anchor = object.anchor;
        }
        *object = placeholder;
    })?;
    unit.effects.loosened.insert(id);
    Ok(())
}

/// Removes an export object whose add was never answered, because its name turned up under another
/// anchor; its metaverse object is provisioned anew (SE-087).
pub(crate) fn drop_export_object(unit: &mut Unit<'_>, id: u64, mv: u64) -> StoreResult<()> {
    if mv != 0 {
        unit.edit_mv(mv, |object| {
            object.remove_part(id);
        })?;
        crate::synchronize::references::mark_mv(unit.tables, mv, None)?;
    }
    crate::synchronize::references::forget_holders(unit, id)?;
    unit.remove_cs(id)
}

/// Removes placeholders that lost their last reference and child (SE-105).
pub(crate) fn drop_unused(unit: &mut Unit<'_>) -> StoreResult<()> {
    while let Some(id) = unit.effects.loosened.pop_first() {
        let Some(object) = unit.cs(id)? else { continue };
        if !object.is_placeholder() {
            continue;
        }
        drop(object);
        let used = !index::children(unit.tables, connector_of(id), id, 1)?.is_empty()
            || !cs_links::LINKS.to(unit.tables, id, None)?.is_empty();
        if !used {
            // The container above may be the next one without children.
            unit.remove_cs(id)?;
        }
    }
    Ok(())
}
