//! Finding tenant objects.

use dirsim_model::attribute::AttributeId;
use dirsim_model::{Guid, Sid, SourceAnchor, Timestamp, anchor};
use dirsim_store::{StoreResult, Table, Tables, rows};

pub use crate::settings::{domain, domains, settings};

use crate::directory::{self, Key, LINKS, QUARANTINE};
use crate::object::{Conflict, State, TenantObject};
use crate::row::CloudAnchor;

/// One value in quarantine and the object that wants it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct QuarantineEntry {
    /// The object that wants the value.
    pub object: CloudAnchor,
    /// Its number.
    pub number: u64,
    /// The value, its owner and since when.
    pub conflict: Conflict,
}

/// Returns an object by its number.
pub fn object(tables: &dyn Tables, number: u64) -> StoreResult<Option<TenantObject>> {
    directory::object(tables, number)
}

/// Returns the number of an object by its id: active, deleted or purged.
pub fn by_id(tables: &dyn Tables, id: Guid) -> StoreResult<Option<u64>> {
    Ok(first(&directory::find(tables, &Key::Id(id))?))
}

/// Returns the active user with a UPN.
pub fn by_upn(tables: &dyn Tables, upn: &str) -> StoreResult<Option<u64>> {
    Ok(first(&directory::find(tables, &Key::Upn(upn.to_ascii_lowercase()))?))
}

/// Returns the object that holds an anchor: an active one, else one of the recycle bin.
pub fn by_anchor(tables: &dyn Tables, anchor: &SourceAnchor) -> StoreResult<Option<u64>> {
    let found = directory::find(tables, &Key::Anchor(anchor.clone()))?;
    let active = found.iter().find(|(_, object)| object.is_active());
    Ok(active.or(found.first()).map(|(number, _)| *number))
}

/// Returns the active objects with an address, primary or secondary; without a protocol prefix
/// SMTP is meant.
pub fn by_address(tables: &dyn Tables, address: &str) -> StoreResult<Vec<u64>> {
    let mut key = address.to_ascii_lowercase();
    if !key.contains(':') {
        key.insert_str(0, "smtp:");
    }
    Ok(directory::find(tables, &Key::Address(key))?.into_iter().map(|(n, _)| n).collect())
}

/// Returns the active object with a SID.
pub fn by_sid(tables: &dyn Tables, sid: &Sid) -> StoreResult<Option<u64>> {
    Ok(first(&directory::find(tables, &Key::Sid(sid.clone()))?))
}

/// Returns the active device with a device id.
pub fn by_device(tables: &dyn Tables, device: Guid) -> StoreResult<Option<u64>> {
    Ok(first(&directory::find(tables, &Key::Device(device))?))
}

/// Returns the object that a text names: cloud anchor, id, SID, UPN, anchor, connector space name,
/// address, or the UPN shown in the recycle bin.
pub fn by_identity(tables: &dyn Tables, text: &str) -> StoreResult<Option<u64>> {
    let text = text.trim();
    if let Ok(cloud) = text.parse::<CloudAnchor>() {
        return by_id(tables, cloud.id);
    }
    if let Ok(id) = text.parse::<Guid>()
        && let Some(number) = by_id(tables, id)?
    {
        return Ok(Some(number));
    }
    if let Ok(sid) = text.parse::<Sid>() {
        return by_sid(tables, &sid);
    }
    if let Some(number) = by_upn(tables, text)? {
        return Ok(Some(number));
    }
    if let Some(number) = by_anchor(tables, &SourceAnchor::new(text))? {
        return Ok(Some(number));
    }
    if let Some(name) = anchor::from_connector_space_name(text) {
        return by_identity(tables, &name);
    }
    if let Some(number) = by_address(tables, text)?.first() {
        return Ok(Some(*number));
    }
    // In the recycle bin the UPN carries the id without hyphens in front (ET-174).
    match text.get(..32).and_then(|id| id.parse::<Guid>().ok()) {
        Some(id) => by_id(tables, id),
        None => Ok(None),
    }
}

/// Returns the recycle bin, by number.
pub fn recycle_bin(tables: &dyn Tables) -> StoreResult<Vec<(u64, TenantObject)>> {
    let mut found = Vec::new();
    for number in timed(tables, directory::PURGE)? {
        let object: TenantObject = rows::expect(tables, number)?;
        if matches!(object.state, State::Deleted(_)) {
            found.push((number, object));
        }
    }
    found.sort_by_key(|(number, _)| *number);
    Ok(found)
}

/// Returns all values in quarantine in the order in which the sweep visits them (ET-081).
pub fn quarantine(tables: &dyn Tables) -> StoreResult<Vec<QuarantineEntry>> {
    let mut found = Vec::new();
    for number in timed(tables, QUARANTINE)? {
        let object: TenantObject = rows::expect(tables, number)?;
        let anchor = object.cloud_anchor();
        found.extend(object.conflicts.into_iter().map(|conflict| QuarantineEntry {
            object: anchor,
            number,
            conflict,
        }));
    }
    found.sort_by(|a, b| {
        (a.conflict.since, a.object.id, a.conflict.property, &a.conflict.value).cmp(&(
            b.conflict.since,
            b.object.id,
            b.conflict.property,
            &b.conflict.value,
        ))
    });
    Ok(found)
}

/// Returns the objects that an attribute of an object points to: members, manager, owners.
pub fn links(
    tables: &dyn Tables,
    from: u64,
    attribute: Option<AttributeId>,
) -> StoreResult<Vec<(AttributeId, u64)>> {
    Ok(LINKS.from(tables, from, attribute)?.iter().map(|link| (link.attribute, link.to)).collect())
}

/// Returns the objects that point to an object: attribute and holder.
pub fn linked_from(
    tables: &dyn Tables,
    to: u64,
    attribute: Option<AttributeId>,
) -> StoreResult<Vec<(AttributeId, u64)>> {
    LINKS.to(tables, to, attribute)
}

/// Returns up to `limit` objects with numbers above `after`, those in the bin and purged ones
/// included.
pub fn objects_after(
    tables: &dyn Tables,
    after: Option<u64>,
    limit: usize,
) -> StoreResult<Vec<(u64, TenantObject)>> {
    rows::after(tables, after, limit)
}

/// Returns the last instant up to which service jobs have run.
pub fn jobs_done_until(tables: &dyn Tables) -> StoreResult<Timestamp> {
    crate::timers::done_until(tables)
}

/// Returns the numbers behind the timers of one kind.
pub(crate) fn timed(tables: &dyn Tables, kind: u8) -> StoreResult<Vec<u64>> {
    let found = dirsim_store::tables::scan_prefix(tables, Table::TenantTimer, &[kind])?;
    Ok(found
        .iter()
        .map(|(key, _)| rows::id_of(key.get(key.len().saturating_sub(8)..).unwrap_or_default()))
        .collect())
}

fn first(found: &[(u64, TenantObject)]) -> Option<u64> {
    found.first().map(|(number, _)| *number)
}
