//! Links as rows, each with its own change record (SE-047, SE-048).
//!
//! A removed value keeps its row as an absent one, so that a delta read can report it. A value
//! whose holder or target is deleted is there but invisible: nothing is written when the recycle
//! bin deactivates it (SE-050), and it is back when both ends live (SE-051).

use bytes::Bytes;
use dirsim_model::AttributeId;
use dirsim_store::links::Links;
use dirsim_store::{StoreResult, Table, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::object::ObjectHead;

/// The links of all forests.
pub(crate) const LINKS: Links =
    Links { forward: Table::ForestLink, backward: Table::ForestBackLink };

/// What is kept with one link value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct LinkRecord {
    /// The change number of the last write of this value; 0 when it came with its holder.
    pub(crate) usn: u64,
    /// Whether the value is there.
    pub(crate) present: bool,
}

impl LinkRecord {
    /// A value that came with its holder. Its record takes no room: most links are never written
    /// again, and their change number is that of the holder's creation.
    pub(crate) const ORIGINAL: Self = Self { usn: 0, present: true };

    /// Reads a record.
    pub(crate) fn read(record: &Bytes) -> StoreResult<Self> {
        if record.is_empty() {
            return Ok(Self::ORIGINAL);
        }
        rows::decode(Table::ForestLink, &[], record)
    }
}

/// Returns the record of a value.
pub(crate) fn get(
    tables: &dyn Tables,
    from: u64,
    attribute: AttributeId,
    to: u64,
) -> StoreResult<Option<LinkRecord>> {
    LINKS.get(tables, from, attribute, to)?.map(|record| LinkRecord::read(&record)).transpose()
}

/// Writes a value and its place in the change log of its holder's domain.
pub(crate) fn put(
    tables: &mut dyn Tables,
    domain: u64,
    (from, attribute, to): (u64, AttributeId, u64),
    record: LinkRecord,
) -> StoreResult<()> {
    forget_change(tables, domain, (from, attribute, to))?;
    if record == LinkRecord::ORIGINAL {
        return LINKS.put(tables, from, attribute, to, Bytes::new());
    }
    let key = change_key(domain, record.usn, from, attribute, to);
    tables.put(Table::ForestLinkChange, &key, Bytes::new())?;
    LINKS.put(tables, from, attribute, to, rows::encode(&record))
}

/// Removes a value without leaving a record.
pub(crate) fn erase(
    tables: &mut dyn Tables,
    domain: u64,
    (from, attribute, to): (u64, AttributeId, u64),
) -> StoreResult<()> {
    forget_change(tables, domain, (from, attribute, to))?;
    LINKS.remove(tables, from, attribute, to)
}

fn forget_change(
    tables: &mut dyn Tables,
    domain: u64,
    (from, attribute, to): (u64, AttributeId, u64),
) -> StoreResult<()> {
    match get(tables, from, attribute, to)? {
        Some(old) if old.usn > 0 => {
            let key = change_key(domain, old.usn, from, attribute, to);
            tables.delete(Table::ForestLinkChange, &key)
        }
        _ => Ok(()),
    }
}

/// Returns the values that an object holds, of one attribute or of all, invisible ones included.
pub(crate) fn held(
    tables: &dyn Tables,
    from: u64,
    attribute: Option<AttributeId>,
) -> StoreResult<Vec<(AttributeId, u64)>> {
    let mut held = Vec::new();
    for link in LINKS.from(tables, from, attribute)? {
        if LinkRecord::read(&link.record)?.present {
            held.push((link.attribute, link.to));
        }
    }
    Ok(held)
}

/// Returns the objects that hold a value pointing to `to`, deleted ones included.
pub(crate) fn holders(
    tables: &dyn Tables,
    to: u64,
    attribute: Option<AttributeId>,
) -> StoreResult<Vec<(AttributeId, u64)>> {
    let mut holders = Vec::new();
    for (attribute, from) in LINKS.to(tables, to, attribute)? {
        if get(tables, from, attribute, to)?.is_some_and(|record| record.present) {
            holders.push((attribute, from));
        }
    }
    Ok(holders)
}

/// Returns the head of an object when it is live, the other end of a visible link.
pub(crate) fn live_end(tables: &dyn Tables, id: u64) -> StoreResult<Option<ObjectHead>> {
    let head: Option<ObjectHead> = rows::get(tables, id)?;
    Ok(head.filter(|head| head.deleted.is_none()))
}

/// Returns the key of a value in the change log of a domain.
pub(crate) fn change_key(
    domain: u64,
    usn: u64,
    from: u64,
    attribute: AttributeId,
    to: u64,
) -> Vec<u8> {
    let mut key = Vec::with_capacity(34);
    for number in [domain, usn, from] {
        key.extend_from_slice(&rows::key(number));
    }
    key.extend_from_slice(&attribute.0.to_be_bytes());
    key.extend_from_slice(&rows::key(to));
    key
}

/// Returns holder, attribute and target of a key made by [`change_key`].
pub(crate) fn parse_change_key(key: &[u8]) -> (u64, AttributeId, u64) {
    let part = |at: usize| rows::id_of(key.get(at..).unwrap_or_default());
    let attribute = key.get(24..26).and_then(|two| two.first_chunk()).copied().unwrap_or_default();
    (part(16), AttributeId(u16::from_be_bytes(attribute)), part(26))
}

/// Pairs of forward and back link (SE 2.4).
pub(crate) const PAIRS: &[(&str, &str)] = &[
    ("member", "memberOf"),
    ("manager", "directReports"),
    ("managedBy", "managedObjects"),
    ("publicDelegates", "publicDelegatesBL"),
    ("msExchDelegateListLink", "msExchDelegateListBL"),
    ("authOrig", "authOrigBL"),
    ("unauthOrig", "unauthOrigBL"),
    ("dLMemSubmitPerms", "dLMemSubmitPermsBL"),
    ("dLMemRejectPerms", "dLMemRejectPermsBL"),
    ("altRecipient", "altRecipientBL"),
];

/// Returns the forward link of a back link's name.
pub(crate) fn forward_of(back: &str) -> Option<&'static str> {
    PAIRS.iter().find(|(_, b)| b.eq_ignore_ascii_case(back)).map(|(forward, _)| *forward)
}
