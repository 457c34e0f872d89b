//! What an answer does to the staged object: pending becomes sent (SE-216 to SE-218).

use dirsim_store::StoreResult;

use crate::cs::{Anchor, ExportOp, Flags};
use crate::cs_links::{self, LinkViews};
use crate::images::Delta;
use crate::import::place;
use crate::synchronize::references::settle_export;
use crate::unit::Unit;

/// Takes over an accepted add or update of attributes (SE-216, SE-217).
pub(crate) fn accepted(
    unit: &mut Unit<'_>,
    id: u64,
    anchor: Option<Anchor>,
    batch: u64,
) -> StoreResult<()> {
    let Some(object) = unit.cs(id)? else { return Ok(()) };
    let added = object.export == ExportOp::Add;
    drop(object);
    if let Some(anchor) = anchor.filter(|_| added) {
        absorb_twin(unit, id, anchor)?;
    }
    let now = unit.context.now;
    unit.edit_cs(id, |object| {
        let sent = object.escrowed.then(&object.unapplied);
        object.unconfirmed = object.unconfirmed.then(&sent);
        object.escrowed = Delta::default();
        object.unapplied = Delta::default();
        object.export_error = None;
        object.exported_at = now;
        if added {
            object.export = ExportOp::None;
            object.flags.insert(Flags::REBUILD_IN_PROGRESS);
            object.anchor = anchor.or(object.anchor);
            object.export_numbers = (batch, 0);
        } else {
            object.export_numbers = (batch, object.export_numbers.1.saturating_add(1));
        }
    })?;
    settle_export(unit, id)
}

/// Notes that a row was sent and its outcome is not known: UA becomes ES (SE-228). A deletion stays
/// as it is and is sent again.
pub(crate) fn unanswered(unit: &mut Unit<'_>, id: u64, op: ExportOp) -> StoreResult<()> {
    if op == ExportOp::Delete {
        return Ok(());
    }
    unit.edit_cs(id, |object| {
        object.escrowed = object.escrowed.then(&object.unapplied);
        object.unapplied = Delta::default();
    })?;
    Ok(())
}

/// Notes that references were sent and their outcome is not known (SE-228).
pub(crate) fn unanswered_links(
    unit: &mut Unit<'_>,
    id: u64,
    links: &[(dirsim_model::AttributeId, u64, bool)],
) -> StoreResult<()> {
    const WAITING: u8 = LinkViews::UNAPPLIED_ADD
        | LinkViews::UNAPPLIED_REMOVE
        | LinkViews::ESCROWED_ADD
        | LinkViews::ESCROWED_REMOVE;
    for (attribute, to, present) in links {
        let bit = if *present { LinkViews::ESCROWED_ADD } else { LinkViews::ESCROWED_REMOVE };
        unit.set_link(id, *attribute, *to, |views| views.with(WAITING, false).with(bit, true))?;
    }
    Ok(())
}

/// Takes over accepted references (SE-217).
pub(crate) fn accepted_links(
    unit: &mut Unit<'_>,
    id: u64,
    links: &[(dirsim_model::AttributeId, u64, bool)],
) -> StoreResult<()> {
    let sent = links.iter().map(|(attribute, to, present)| {
        let bit = if *present { LinkViews::UNCONFIRMED_ADD } else { LinkViews::UNCONFIRMED_REMOVE };
        let accept = move |views: LinkViews| views.with(LinkViews::EXPORTED, false).with(bit, true);
        (*attribute, *to, accept)
    });
    unit.set_links(id, sent)?;
    let now = unit.context.now;
    unit.edit_cs(id, |object| {
        object.export_error = None;
        object.exported_at = now;
    })?;
    settle_export(unit, id)
}

/// Takes over an accepted deletion: the object waits for an import that confirms it (SE-218).
pub(crate) fn deleted(unit: &mut Unit<'_>, id: u64, batch: u64) -> StoreResult<()> {
    let now = unit.context.now;
    unit.edit_cs(id, |object| {
        object.export = ExportOp::None;
        object.export_error = None;
        object.unconfirmed = Delta::default();
        object.exported_at = now;
        object.export_numbers = (batch, 0);
        object.flags.insert(Flags::DELETE_EXPORTED);
    })?;
    Ok(())
}

/// Removes the object that stood for the same cloud object before: a free one that was taken over,
/// or one that went and came back. References to it lead to its successor.
fn absorb_twin(unit: &mut Unit<'_>, id: u64, anchor: Anchor) -> StoreResult<()> {
    let connector = crate::cs::connector_of(id);
    let Some(twin) = place::find(unit, connector, &anchor)?.filter(|twin| *twin != id) else {
        return Ok(());
    };
    if unit.cs(twin)?.is_some_and(|object| object.mv != 0) {
        return Ok(());
    }
    for (attribute, holder) in cs_links::LINKS.to(unit.tables, twin, None)? {
        let views = cs_links::views(unit.tables, holder, attribute, twin)?;
        unit.set_link(holder, attribute, twin, |_| LinkViews(0))?;
        unit.set_link(holder, attribute, id, |known| LinkViews(known.0 | views.0))?;
    }
    unit.remove_cs(twin)
}
