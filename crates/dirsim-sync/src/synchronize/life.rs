//! Links between objects: how they end, and what ends with them (SE 4.3, SR section 5).

use dirsim_store::StoreResult;

use super::references;
use crate::cs::{DisconnectCause, ExportOp, Flags, State};
use crate::cs_links::{self, LinkViews};
use crate::images::Delta;
use crate::mv;
use crate::unit::Unit;

/// Breaks the link of an object and recalls what it contributed (SE-160). The object stays a normal
/// disconnector.
pub(crate) fn disconnect(unit: &mut Unit<'_>, id: u64, cause: DisconnectCause) -> StoreResult<()> {
    let Some(object) = unit.cs(id)? else { return Ok(()) };
    let mv = object.mv;
    drop(object);
    if mv == 0 {
        return Ok(());
    }
    let person = unit.mv(mv)?;
    let attributes = person
        .as_ref()
        .and_then(|person| person.part(id))
        .map(|part| part.references.clone())
        .unwrap_or_default();
    drop(person);
    let links = references::recall(unit, id, mv, &attributes)?;
    for link in links {
        references::mark_mv(unit.tables, mv, Some(link))?;
    }
    let now = unit.context.now;
    unit.edit_cs(id, |object| {
        object.mv = 0;
        object.flags.remove(Flags::GOVERNED);
        object.outbound_rules.clear();
        object.disconnected = Some((now, cause));
    })?;
    unit.edit_mv(mv, |person| {
        person.remove_part(id);
    })?;
    references::unlinked(unit, id, mv)
}

/// Takes a governed object out of its directory (SE-176): one that was never exported is removed,
/// any other is pinned and staged for deletion.
///
/// Nothing is deleted whose authority is in the cloud (SE-203). Returns whether a deletion, or the
/// removal, was the outcome.
pub(crate) fn deprovision(
    unit: &mut Unit<'_>,
    id: u64,
    cause: DisconnectCause,
) -> StoreResult<bool> {
    disconnect(unit, id, cause)?;
    let Some(object) = unit.cs(id)? else { return Ok(false) };
    let blocked = super::outbound::is_blocked(&object);
    let never_exported = object.anchor.is_none() && !object.flags.has(Flags::REBUILD_IN_PROGRESS);
    let deleting = object.flags.has(Flags::DELETE_EXPORTED);
    drop(object);
    if never_exported {
        references::forget_holders(unit, id)?;
        unit.remove_cs(id)?;
        return Ok(true);
    }
    drop_exports(unit, id)?;
    if blocked {
        return Ok(false);
    }
    unit.edit_cs(id, |object| {
        object.state = State::Explicit;
        object.export = if deleting { ExportOp::None } else { ExportOp::Delete };
    })?;
    Ok(true)
}

/// Takes back changes that wait for export on a linked object to which no rule sends anything any
/// more; what its directory holds stays as it is (SE-033). A new object that was never sent keeps
/// what it is to be made of.
/// Pinned by scenarios/filtering/filtered-before-the-anchor-was-written.
pub(crate) fn want_nothing(unit: &mut Unit<'_>, id: u64) -> StoreResult<()> {
    let Some(object) = unit.cs(id)?.filter(|object| object.export != ExportOp::Add) else {
        return Ok(());
    };
    let (links, values) = (!object.exported_links.is_empty(), !object.unapplied.is_empty());
    let rules = !object.outbound_rules.is_empty();
    drop(object);
    drop_links(unit, id, links)?;
    if values || rules {
        unit.edit_cs(id, |object| {
            object.unapplied = Delta::default();
            object.outbound_rules.clear();
        })?;
    }
    if links || values { references::settle_export(unit, id) } else { Ok(()) }
}

/// Forgets what waits for export on an object that this engine manages no more.
pub(crate) fn drop_exports(unit: &mut Unit<'_>, id: u64) -> StoreResult<()> {
    let Some(object) = unit.cs(id)? else { return Ok(()) };
    let has_links = !object.exported_links.is_empty();
    drop(object);
    drop_links(unit, id, has_links)?;
    unit.edit_cs(id, |object| {
        object.unapplied = Delta::default();
        object.merged.clear();
        object.export = ExportOp::None;
        object.export_error = None;
    })?;
    Ok(())
}

/// Takes back references that wait for export, where there are any.
fn drop_links(unit: &mut Unit<'_>, id: u64, has_links: bool) -> StoreResult<()> {
    if has_links {
        for (link, views) in cs_links::all(unit.tables, id, None)? {
            const WAITING: u8 = LinkViews::UNAPPLIED_ADD | LinkViews::UNAPPLIED_REMOVE;
            if views.has(WAITING) {
                unit.set_link(id, link.attribute, link.to, |views| views.with(WAITING, false))?;
            }
        }
    }
    Ok(())
}

/// Deletes a metaverse object that nothing keeps alive (SE-162): governed objects are deprovisioned,
/// all others only disconnected, and references to it vanish. Returns the objects that were
/// deprovisioned.
pub(crate) fn delete_mv(unit: &mut Unit<'_>, mv: u64) -> StoreResult<Vec<u64>> {
    let mut deprovisioned = Vec::new();
    let Some(person) = unit.mv(mv)? else { return Ok(deprovisioned) };
    let links = person.links.clone();
    drop(person);
    for id in links {
        let governed = unit.cs(id)?.is_some_and(|object| object.flags.has(Flags::GOVERNED));
        if governed {
            if deprovision(unit, id, DisconnectCause::MvDeleted)? {
                deprovisioned.push(id);
            }
        } else {
            disconnect(unit, id, DisconnectCause::MvDeleted)?;
            drop_exports(unit, id)?;
        }
    }
    for link in mv::LINKS.from(unit.tables, mv, None)? {
        mv::LINKS.remove(unit.tables, mv, link.attribute, link.to)?;
    }
    for (attribute, holder) in mv::LINKS.to(unit.tables, mv, None)? {
        mv::LINKS.remove(unit.tables, holder, attribute, mv)?;
    }
    unit.remove_mv(mv)?;
    Ok(deprovisioned)
}
