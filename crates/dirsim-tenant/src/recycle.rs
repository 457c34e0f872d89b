//! Deleting, restoring and purging by an administrator (ET-175, ET-177 to ET-182).

use dirsim_model::{Guid, Schema, Timestamp};
use dirsim_store::Tables;

use crate::admin::{Done, active, upn_is_usable};
use crate::apply::{hard_delete, soft_delete};
use crate::directory::{self, Key};
use crate::edit::TenantRefusal;
use crate::features::Change;
use crate::object::{State, TenantObject, bare, is_primary, is_sip, is_smtp};
use crate::planner::{Numbered, Planner};
use crate::row::TenantType;
use crate::{log, settings};

/// Deletes an object: users and some groups go to the recycle bin (ET-178 to ET-180).
pub(crate) fn delete(tables: &mut dyn Tables, target: Guid, now: Timestamp) -> Done<()> {
    let (number, object) = active(tables, target)?;
    if object.kind == TenantType::Group && !object.licenses.is_empty() {
        return Err(TenantRefusal::bad_request(
            "ET-226",
            "GroupHasAssignedLicense: a group with active licences cannot be deleted.",
            None,
        )
        .into());
    }
    let settings = settings::settings(tables)?;
    let to_bin = match object.kind {
        TenantType::User => true,
        TenantType::Group if object.sync_enabled == Some(true) => false,
        TenantType::Group if object.group_types.iter().any(|kind| &**kind == "Unified") => true,
        TenantType::Group => {
            !object.mail_enabled && settings.changes.has(Change::CloudGroupRecycleBin)
        }
        TenantType::Contact | TenantType::Device => false,
    };
    let (anchor, flag) = (object.cloud_anchor(), object.sync_enabled);
    if to_bin {
        soft_delete(tables, (number, object), flag, now)?;
        log::append(tables, now, "Delete object", Some(anchor), "to the recycle bin")?;
    } else {
        hard_delete(tables, (number, object), now)?;
        log::append(tables, now, "Hard delete object", Some(anchor), "")?;
    }
    Ok(())
}

/// Returns an object of the recycle bin that can still be restored (ET-263).
fn restorable(tables: &dyn Tables, id: Guid, now: Timestamp) -> Done<Numbered> {
    let found = directory::find(tables, &Key::Id(id))?;
    found
        .into_iter()
        .find(|(_, object)| object.is_restorable(now))
        .ok_or_else(|| TenantRefusal::not_found("ET-173", id).into())
}

/// Restores an object (ET-175).
pub(crate) fn restore(
    tables: &mut dyn Tables,
    schema: &Schema,
    target: Guid,
    new_upn: Option<&str>,
    reconcile: bool,
    now: Timestamp,
) -> Done<()> {
    let (number, before) = restorable(tables, target, now)?;
    let mut planner = Planner::new(tables, schema, now)?;
    let mut object = before.clone();
    object.state = State::Active;
    if let Some(upn) = new_upn.filter(|_| object.kind == TenantType::User) {
        upn_is_usable(&mut planner, upn)?;
        object.upn = Some(upn.into());
    }
    if let Some(upn) = object.upn.as_deref()
        && planner.owner_of_upn(upn, Some(number))?.is_some()
    {
        return Err(TenantRefusal::exists("ET-175", "userPrincipalName").into());
    }
    if let Some(sid) = object.sid.clone()
        && directory::find_other(tables, &Key::Sid(sid), Some(number))?.is_some()
    {
        return Err(TenantRefusal::exists("ET-175", "onPremisesSecurityIdentifier").into());
    }
    let mut lost = Vec::new();
    for address in &object.addresses {
        if (is_smtp(address) || is_sip(address))
            && planner.owner_of_address(address, Some(number))?.is_some()
        {
            lost.push(address.to_ascii_lowercase());
        }
    }
    if !lost.is_empty() {
        if !reconcile {
            return Err(TenantRefusal::exists("ET-175", "proxyAddresses").into());
        }
        drop_addresses(&mut object, &lost);
    }
    let anchor = object.cloud_anchor();
    directory::save(tables, number, Some(&before), &mut object)?;
    let text = if lost.is_empty() {
        String::new()
    } else {
        format!("addresses dropped: {}", lost.join(", "))
    };
    log::append(tables, now, "Restore object", Some(anchor), text)?;
    Ok(())
}

fn drop_addresses(object: &mut TenantObject, lost: &[String]) {
    let keep = |address: &str| !lost.contains(&address.to_ascii_lowercase());
    object.addresses.retain(|address| keep(address));
    object.shadow.addresses.retain(|address| keep(address));
    object.kept_addresses.retain(|address| keep(address));
    if !object.addresses.iter().any(|address| is_primary(address))
        && let Some(at) = object.addresses.iter().position(|address| is_smtp(address))
    {
        let heir = object.addresses.remove(at);
        object.addresses.insert(0, format!("SMTP:{}", bare(&heir)).into());
    }
    object.mail = object.primary_smtp().map(|primary| bare(primary).into());
    if object.shadow.mail.as_deref().is_some_and(|mail| !keep(&format!("smtp:{mail}"))) {
        object.shadow.mail.clone_from(&object.mail);
    }
}

/// Removes an object from the recycle bin for good (ET-177).
pub(crate) fn purge(tables: &mut dyn Tables, target: Guid, now: Timestamp) -> Done<()> {
    let found = restorable(tables, target, now)?;
    let anchor = found.1.cloud_anchor();
    hard_delete(tables, found, now)?;
    log::append(tables, now, "Hard delete object", Some(anchor), "")?;
    Ok(())
}

/// Moves the anchor of a duplicate to the user it belongs to (ET-086).
pub(crate) fn apply_fix(
    tables: &mut dyn Tables,
    existing: Guid,
    duplicate: Guid,
    now: Timestamp,
) -> Done<()> {
    let refuse = |text: &str| TenantRefusal::bad_request("ET-086", text.to_owned(), None);
    let (_, before) = active(tables, existing).map_err(|_| {
        refuse("the existing object is not active; purge it from the recycle bin instead")
    })?;
    if existing == duplicate {
        return Err(refuse("the existing object and the duplicate are the same user").into());
    }
    let (gone, extra) = active(tables, duplicate)?;
    if before.kind != TenantType::User || extra.kind != TenantType::User {
        return Err(refuse("the guided fix is for two users").into());
    }
    if before.sync_enabled.is_none() && before.anchor.is_none() {
        return Err(refuse("updating the anchor of a cloud-based user is not supported").into());
    }
    let Some(anchor) = extra.anchor.clone().filter(|_| extra.is_synced()) else {
        return Err(refuse("the duplicate is not synchronized").into());
    };
    hard_delete(tables, (gone, extra), now)?;
    // What referred to the duplicate lost that reference, the user it belonged to perhaps among them.
    let (keep, before) = active(tables, before.id)?;
    let mut object = before.clone();
    object.anchor = Some(anchor);
    let cloud = object.cloud_anchor();
    directory::save(tables, keep, Some(&before), &mut object)?;
    log::append(tables, now, "Update object", Some(cloud), "anchor moved from the duplicate")?;
    Ok(())
}
