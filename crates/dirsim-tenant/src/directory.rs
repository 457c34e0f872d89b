//! Writing tenant objects: the row, its indexes, its change number and its timers, all in one place.

use bytes::Bytes;
use dirsim_model::time::DAY_MS;
use dirsim_model::{AttributeId, Guid, Sid, SourceAnchor};
use dirsim_store::index::Index;
use dirsim_store::links::Links;
use dirsim_store::{StoreResult, Table, Tables, rows};

use crate::catalogue::catalogue;
use crate::object::{State, TenantHead, TenantObject, is_sip, is_smtp};
use crate::row::CloudAnchor;

/// Object ids, of every object that ever was.
const BY_ID: Index = Index::new(Table::TenantByKey, 1);
/// Anchors of active objects and of the recycle bin.
const BY_ANCHOR: Index = Index::new(Table::TenantByKey, 2);
/// UPNs of active users.
const BY_UPN: Index = Index::new(Table::TenantByKey, 3);
/// SMTP and SIP addresses of active objects.
const BY_ADDRESS: Index = Index::new(Table::TenantByKey, 4);
/// SIDs of active objects.
const BY_SID: Index = Index::new(Table::TenantByKey, 5);
/// Device ids of active devices.
const BY_DEVICE: Index = Index::new(Table::TenantByKey, 6);
/// SMTP addresses of the recycle bin (ET-176).
const BY_BIN_ADDRESS: Index = Index::new(Table::TenantByKey, 7);

/// Memberships, managers and owners.
pub(crate) const LINKS: Links =
    Links { forward: Table::TenantLink, backward: Table::TenantBackLink };

/// The counter of objects.
const OBJECTS: &str = "tenant-object";
/// The counter of changes that the sync client can see.
const CHANGES: &str = "tenant-change";
/// Set when a unique value was released since the last sweep (ET-081).
const RELEASED: &str = "tenant-released";
/// How many objects count against the quota (ET-166).
const COUNTS: &str = "tenant-counts";

/// First byte of the timer keys of the recycle bin.
pub(crate) const PURGE: u8 = b'P';
/// First byte of the timer keys of purged objects that the quota still counts.
pub(crate) const FORGET: u8 = b'W';
/// First byte of the timer keys of quarantine.
pub(crate) const QUARANTINE: u8 = b'Q';
/// First byte of the timer keys of calculations that wait (ET-113).
pub(crate) const CALCULATE: u8 = b'C';

/// What stands in an index for an object.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) enum Key {
    Id(Guid),
    Anchor(SourceAnchor),
    Upn(String),
    Address(String),
    Sid(Sid),
    Device(Guid),
    BinAddress(String),
    Timer(Vec<u8>),
    Change(u64),
}

/// Takes the next object number.
pub(crate) fn next_number(tables: &mut dyn Tables) -> StoreResult<u64> {
    rows::next_id(tables, OBJECTS)
}

/// Takes `count` object numbers at once and returns the first.
pub(crate) fn reserve(tables: &mut dyn Tables, count: u64) -> StoreResult<u64> {
    let last = rows::meta::<u64>(tables, OBJECTS)?.unwrap_or(0);
    rows::put_meta(tables, OBJECTS, &(last + count))?;
    Ok(last + 1)
}

/// Writes a new object and its index rows.
pub(crate) fn insert(
    tables: &mut dyn Tables,
    number: u64,
    mut object: TenantObject,
) -> StoreResult<()> {
    save(tables, number, None, &mut object)
}

/// Returns the keys of an object that no other object may have (ET-070).
pub(crate) fn unique_keys(object: &TenantObject, number: u64) -> Vec<Key> {
    let mut keys = keys(object, number);
    keys.retain(|key| match key {
        Key::Id(_) | Key::Upn(_) | Key::Address(_) | Key::Sid(_) | Key::Anchor(_) => true,
        Key::Device(_) | Key::BinAddress(_) | Key::Timer(_) | Key::Change(_) => false,
    });
    keys
}

/// Returns the number of the last change that the sync client can see.
pub(crate) fn last_change(tables: &dyn Tables) -> StoreResult<u64> {
    Ok(rows::meta(tables, CHANGES)?.unwrap_or(0))
}

/// Returns an object.
pub(crate) fn object(tables: &dyn Tables, number: u64) -> StoreResult<Option<TenantObject>> {
    rows::get(tables, number)
}

/// Writes an object: brings its indexes, timers and change number up to date.
///
/// `before` is the object as it is stored; `None` for a new one.
pub(crate) fn save(
    tables: &mut dyn Tables,
    number: u64,
    before: Option<&TenantObject>,
    object: &mut TenantObject,
) -> StoreResult<()> {
    object.visible = object.is_seen_by_sync();
    if object.visible || before.is_some_and(|before| before.visible) {
        object.change = rows::next_id(tables, CHANGES)?;
    }
    count(tables, before, object)?;
    let mut released = false;
    if let Some(before) = before.filter(|before| same_keys(before, object)) {
        // Most writes touch no index but that of changes.
        if before.change != object.change {
            if before.change > 0 {
                remove(tables, &Key::Change(before.change), number)?;
            }
            add(tables, &Key::Change(object.change), number)?;
        }
    } else {
        let old = before.map_or_else(Vec::new, |before| keys(before, number));
        let new = keys(object, number);
        for key in old.iter().filter(|key| new.binary_search(key).is_err()) {
            released |= matches!(key, Key::Upn(_) | Key::Address(_));
            remove(tables, key, number)?;
        }
        for key in new.iter().filter(|key| old.binary_search(key).is_err()) {
            add(tables, key, number)?;
        }
    }
    if released {
        mark_released(tables)?;
    }
    rows::put(tables, number, object)
}

/// Returns whether two states of an object have the same keys, change numbers aside.
fn same_keys(before: &TenantObject, after: &TenantObject) -> bool {
    before.id == after.id
        && before.state == after.state
        && before.anchor == after.anchor
        && before.upn == after.upn
        && before.addresses == after.addresses
        && before.sid == after.sid
        && before.device_id == after.device_id
        && before.conflicts.is_empty() == after.conflicts.is_empty()
        && before.calculation_due == after.calculation_due
}

/// Notes that a unique value became free, so that the next sweep has something to look at.
pub(crate) fn mark_released(tables: &mut dyn Tables) -> StoreResult<()> {
    if is_released(tables)? { Ok(()) } else { rows::put_meta(tables, RELEASED, &true) }
}

/// Returns whether a unique value became free since the last sweep.
pub(crate) fn is_released(tables: &dyn Tables) -> StoreResult<bool> {
    Ok(rows::meta(tables, RELEASED)?.unwrap_or(false))
}

/// Forgets that values became free.
pub(crate) fn clear_released(tables: &mut dyn Tables) -> StoreResult<()> {
    rows::put_meta(tables, RELEASED, &false)
}

/// Returns the keys under which an object stands in the indexes, sorted.
pub(crate) fn keys(object: &TenantObject, number: u64) -> Vec<Key> {
    let mut keys = Vec::with_capacity(6 + object.addresses.len());
    keys.push(Key::Id(object.id));
    let active = object.is_active();
    if !object.is_gone() {
        keys.extend(object.anchor.clone().map(Key::Anchor));
    }
    if active {
        keys.extend(object.upn.as_deref().map(|upn| Key::Upn(upn.to_ascii_lowercase())));
        keys.extend(object.sid.clone().map(Key::Sid));
        keys.extend(object.device_id.map(Key::Device));
    }
    if !object.is_gone() {
        for address in &object.addresses {
            let key = address.to_ascii_lowercase();
            if active && (is_smtp(address) || is_sip(address)) {
                keys.push(Key::Address(key));
            } else if is_smtp(address) {
                keys.push(Key::BinAddress(key));
            }
        }
    }
    if let Some(due) = object.purge_due() {
        keys.push(Key::Timer(timer_key(PURGE, Some(due.0), number)));
    }
    if let State::Purged(at) = object.state {
        let due = at + catalogue().limits.quota.purged_days * DAY_MS;
        keys.push(Key::Timer(timer_key(FORGET, Some(due.0), number)));
    }
    if active && !object.conflicts.is_empty() {
        keys.push(Key::Timer(timer_key(QUARANTINE, None, number)));
    }
    if let Some(due) = object.calculation_due.filter(|_| active) {
        keys.push(Key::Timer(timer_key(CALCULATE, Some(due.0), number)));
    }
    if object.change > 0 {
        keys.push(Key::Change(object.change));
    }
    keys.sort_unstable();
    keys.dedup();
    keys
}

/// Returns the key of a timer: its kind, its due time when it has one, the object.
pub(crate) fn timer_key(kind: u8, due_ms: Option<i64>, number: u64) -> Vec<u8> {
    let mut key = vec![kind];
    // Times before 1970 do not occur; clamping keeps the order of bytes that of times.
    key.extend(
        due_ms.map(|due| u64::try_from(due).unwrap_or(0).to_be_bytes()).into_iter().flatten(),
    );
    key.extend(number.to_be_bytes());
    key
}

fn change_key(change: u64, number: u64) -> [u8; 16] {
    let mut key = [0; 16];
    let (left, right) = key.split_at_mut(8);
    left.copy_from_slice(&change.to_be_bytes());
    right.copy_from_slice(&number.to_be_bytes());
    key
}

pub(crate) fn add(tables: &mut dyn Tables, key: &Key, number: u64) -> StoreResult<()> {
    match key {
        Key::Timer(key) => tables.put(Table::TenantTimer, key, Bytes::new()),
        Key::Change(change) => {
            tables.put(Table::TenantChange, &change_key(*change, number), Bytes::new())
        }
        _ => key.with(|index, content| index.add(tables, content, number)),
    }
}

fn remove(tables: &mut dyn Tables, key: &Key, number: u64) -> StoreResult<()> {
    match key {
        Key::Timer(key) => tables.delete(Table::TenantTimer, key),
        Key::Change(change) => tables.delete(Table::TenantChange, &change_key(*change, number)),
        _ => key.with(|index, content| index.remove(tables, content, number)),
    }
}

impl Key {
    /// Calls `run` with the index and the content of the key; timers and changes are no indexes.
    fn with<T>(&self, run: impl FnOnce(Index, &[u8]) -> StoreResult<T>) -> StoreResult<T>
    where
        T: Default,
    {
        match self {
            Self::Id(id) => run(BY_ID, id.as_bytes()),
            Self::Anchor(anchor) => run(BY_ANCHOR, anchor.as_str().as_bytes()),
            Self::Upn(upn) => run(BY_UPN, upn.as_bytes()),
            Self::Address(address) => run(BY_ADDRESS, address.as_bytes()),
            Self::Sid(sid) => run(BY_SID, sid.as_bytes()),
            Self::Device(id) => run(BY_DEVICE, id.as_bytes()),
            Self::BinAddress(address) => run(BY_BIN_ADDRESS, address.as_bytes()),
            Self::Timer(_) | Self::Change(_) => Ok(T::default()),
        }
    }

    /// Returns the property and its value, for messages.
    pub(crate) fn describe(&self) -> (&'static str, String) {
        match self {
            Self::Id(id) => ("id", id.to_string()),
            Self::Anchor(anchor) => ("onPremisesImmutableId", anchor.to_string()),
            Self::Upn(upn) => ("userPrincipalName", upn.clone()),
            Self::Address(address) | Self::BinAddress(address) => {
                ("proxyAddresses", address.clone())
            }
            Self::Sid(sid) => ("onPremisesSecurityIdentifier", sid.to_string()),
            Self::Device(id) => ("deviceId", id.to_string()),
            Self::Timer(_) | Self::Change(_) => ("timer", String::new()),
        }
    }

    /// Returns whether an object stands under this key; the hash of an index may lie.
    fn belongs_to(&self, object: &TenantObject) -> bool {
        let active = object.is_active();
        let has = |address: &String, object: &TenantObject| {
            object.addresses.iter().any(|held| held.eq_ignore_ascii_case(address))
        };
        match self {
            Self::Id(id) => object.id == *id,
            Self::Anchor(anchor) => !object.is_gone() && object.anchor.as_ref() == Some(anchor),
            Self::Upn(upn) => {
                active && object.upn.as_deref().is_some_and(|held| held.eq_ignore_ascii_case(upn))
            }
            Self::Address(address) => active && has(address, object),
            Self::Sid(sid) => active && object.sid.as_ref() == Some(sid),
            Self::Device(id) => active && object.device_id == Some(*id),
            Self::BinAddress(address) => !active && !object.is_gone() && has(address, object),
            Self::Timer(_) | Self::Change(_) => false,
        }
    }
}

/// Returns the active object with an object id.
pub(crate) fn active_by_id(tables: &dyn Tables, id: Guid) -> StoreResult<Option<u64>> {
    for number in BY_ID.candidates(tables, id.as_bytes())? {
        let head: Option<TenantHead> = rows::get(tables, number)?;
        if head.is_some_and(|head| head.id == id && head.is_active()) {
            return Ok(Some(number));
        }
    }
    Ok(None)
}

/// Returns the cloud anchor of an object that the sync client sees.
pub(crate) fn visible_anchor(tables: &dyn Tables, number: u64) -> StoreResult<Option<CloudAnchor>> {
    let Some(head) = rows::get::<TenantHead>(tables, number)? else { return Ok(None) };
    if head.is_synced() {
        return Ok(Some(head.cloud_anchor()));
    }
    let object = object(tables, number)?.filter(|object| object.visible);
    Ok(object.map(|object| object.cloud_anchor()))
}

/// Returns the objects under a key, by number.
pub(crate) fn find(tables: &dyn Tables, key: &Key) -> StoreResult<Vec<(u64, TenantObject)>> {
    find_but(tables, key, None)
}

/// Returns the first object under a key that is not `except`.
pub(crate) fn find_other(
    tables: &dyn Tables,
    key: &Key,
    except: Option<u64>,
) -> StoreResult<Option<(u64, TenantObject)>> {
    Ok(find_but(tables, key, except)?.into_iter().next())
}

fn find_but(
    tables: &dyn Tables,
    key: &Key,
    except: Option<u64>,
) -> StoreResult<Vec<(u64, TenantObject)>> {
    let numbers = key.with(|index, content| index.candidates(tables, content))?;
    let mut found = Vec::new();
    for number in numbers.into_iter().filter(|number| Some(*number) != except) {
        if let Some(object) = object(tables, number)?
            && key.belongs_to(&object)
        {
            found.push((number, object));
        }
    }
    Ok(found)
}

/// Objects that count against the quota (ET-166).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Counts {
    /// Active objects and objects in the recycle bin.
    pub(crate) whole: u64,
    /// Objects that cannot be restored, whenever they were purged.
    pub(crate) purged: u64,
}

/// Returns the running totals.
pub(crate) fn counts(tables: &dyn Tables) -> StoreResult<Counts> {
    Ok(rows::meta(tables, COUNTS)?.unwrap_or_default())
}

/// Which total an object counts in.
fn counted(object: &TenantObject) -> Option<bool> {
    match object.state {
        State::Active | State::Deleted(_) => Some(true),
        State::Purged(_) => Some(false),
        State::Gone(_) => None,
    }
}

fn count(
    tables: &mut dyn Tables,
    before: Option<&TenantObject>,
    after: &TenantObject,
) -> StoreResult<()> {
    let (was, is) = (before.and_then(counted), counted(after));
    if was == is {
        return Ok(());
    }
    let mut counts = counts(tables)?;
    match was {
        Some(true) => counts.whole = counts.whole.saturating_sub(1),
        Some(false) => counts.purged = counts.purged.saturating_sub(1),
        None => {}
    }
    match is {
        Some(true) => counts.whole += 1,
        Some(false) => counts.purged += 1,
        None => {}
    }
    rows::put_meta(tables, COUNTS, &counts)
}

/// Adds or removes one link and keeps the number of members; returns whether anything changed.
pub(crate) fn set_link(
    tables: &mut dyn Tables,
    from: u64,
    attribute: AttributeId,
    to: u64,
    present: bool,
) -> StoreResult<bool> {
    if LINKS.get(tables, from, attribute, to)?.is_some() == present {
        return Ok(false);
    }
    if present {
        LINKS.put(tables, from, attribute, to, Bytes::new())?;
    } else {
        LINKS.remove(tables, from, attribute, to)?;
    }
    Ok(true)
}
