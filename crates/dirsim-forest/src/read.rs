//! What a forest answers to an import (SE 2.7): the semantics of the `DirSync` control.

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::{AttributeId, Dn, Entry, Guid, Schema, Timestamp};
use dirsim_store::tables::prefix_end;
use dirsim_store::{StoreResult, Table, Tables, rows};

use crate::link::{self, LINKS, LinkRecord};
use crate::object::ObjectHead;
use crate::{Domain, FeedLink, FeedRow, ForestObject, Horizon, keys, lifetime, lookup, naming};

/// Objects read from the store at once.
const PIECE: usize = 512;

/// Returns up to `limit` live objects of a domain with numbers above `after`, with all attributes
/// and references, in the order of their numbers (SE-066).
///
/// The next piece begins behind [`FeedRow::object`] of the last row; an empty answer is the end. A
/// controller that is behind does not know objects made after its `horizon` (SE-073).
pub fn complete(
    tables: &dyn Tables,
    _schema: &Schema,
    domain: u64,
    after: Option<u64>,
    limit: usize,
    horizon: Option<&Horizon>,
) -> StoreResult<Vec<FeedRow>> {
    let mut reader = Reader::new(tables, domain)?;
    let (mut found, mut after) = (Vec::with_capacity(limit.min(PIECE)), after);
    while found.len() < limit {
        let piece = rows::after::<ForestObject>(tables, after, PIECE)?;
        let Some((last, _)) = piece.last() else { break };
        after = Some(*last);
        for (id, object) in piece {
            if object.domain != domain || !reader.is_reported(id, object.deleted.is_some()) {
                continue;
            }
            if horizon.is_some_and(|horizon| horizon.hides_birth(id, &object)) {
                continue;
            }
            found.push(reader.whole(id, object)?);
            if found.len() == limit {
                break;
            }
        }
    }
    Ok(found)
}

/// Returns what changed in a domain after the change number `since_usn`: deletions first, then
/// containers before what they hold, then by ascending change number (SE-067 to SE-071).
///
/// A row for an object created since is complete. A moved object is a row without changed
/// attributes; objects below a moved or renamed container are not reported (SE-069), nor are the
/// holders of links to deleted or renamed objects (SE-049, SE-050). An object that was moved to
/// another domain is a deletion here (SE-310). A controller that is behind does not report objects
/// that changed after its `horizon`; a later query gets them (SE-073).
pub fn changes(
    tables: &dyn Tables,
    _schema: &Schema,
    domain: u64,
    since_usn: u64,
    horizon: Option<&Horizon>,
) -> StoreResult<Vec<FeedRow>> {
    let mut reader = Reader::new(tables, domain)?;
    let mut links = changed_links(tables, domain, since_usn)?;
    let (from, to) = change_range(domain, since_usn);
    let mut deletions = Vec::new();
    let mut others = Vec::new();
    for (key, _) in tables.scan(Table::ForestChange, &from, to.as_deref(), usize::MAX)? {
        let id = rows::id_of(key.get(16..).unwrap_or_default());
        let object: ForestObject = rows::expect(tables, id)?;
        if horizon.is_some_and(|horizon| horizon.hides(id, &object)) {
            continue;
        }
        if object.domain != domain || object.deleted.is_some() {
            deletions.push(reader.deletion(id, &object)?);
            continue;
        }
        if !reader.is_reported(id, false) {
            continue;
        }
        let usn = object.usn_changed;
        let row = if object.usn_created > since_usn {
            reader.whole(id, object)?
        } else {
            let links = links.remove(&id).unwrap_or_default();
            reader.changed(id, &object, since_usn, &links)?
        };
        others.push((row.dn.depth(), usn, row));
    }
    others.sort_by_key(|(depth, usn, _)| (*depth, *usn));
    Ok(deletions.into_iter().chain(others.into_iter().map(|(.., row)| row)).collect())
}

/// Returns the complete row of one object, for a delta row that tells too little (SE-102).
pub fn one(tables: &dyn Tables, _schema: &Schema, id: u64) -> StoreResult<FeedRow> {
    let object: ForestObject = rows::expect(tables, id)?;
    let mut reader = Reader::new(tables, object.domain)?;
    if object.deleted.is_some() {
        return reader.deleted(id, &object, lookup::dn(tables, id)?);
    }
    reader.whole(id, object)
}

/// Returns whether the domain still answers to a cookie taken at `taken`: after the tombstone
/// lifetime deletions may be lost, and the query is refused (SE-074).
pub fn accepts_cookie(
    tables: &dyn Tables,
    domain: u64,
    taken: Timestamp,
    now: Timestamp,
) -> StoreResult<bool> {
    let domain: Domain = rows::expect(tables, domain)?;
    Ok(now - taken <= lifetime::of(tables, &domain)?.tombstone_ms())
}

/// Returns the change number that a cookie taken now stands for (SE-054).
pub fn highest_usn(tables: &dyn Tables, domain: u64) -> StoreResult<u64> {
    Ok(rows::expect::<Domain>(tables, domain)?.highest_usn)
}

/// Returns the change number that a cookie taken now stands for on a controller that is behind:
/// what it has not reported since `since` comes later (SE-073).
///
/// An object whose youngest change such a controller does not know is not in its answer at all, so
/// the cookie stays before all that the object went through since `since`; what others went through
/// since then is reported again (SE-072).
/// Pinned by crates/dirsim-simulate/tests/logs/se-362-older-changes-of-a-late-object.
pub fn cookie_at(
    tables: &dyn Tables,
    domain: u64,
    since: u64,
    horizon: &Horizon,
) -> StoreResult<u64> {
    let (from, to) = change_range(domain, since);
    let (mut late, mut first) = (BTreeSet::new(), None);
    let mut note = |usn: u64| first = Some(first.map_or(usn, |first: u64| first.min(usn)));
    for (key, _) in tables.scan(Table::ForestChange, &from, to.as_deref(), usize::MAX)? {
        let id = rows::id_of(key.get(16..).unwrap_or_default());
        let object: ForestObject = rows::expect(tables, id)?;
        if horizon.hides(id, &object) {
            late.insert(id);
            note(rows::id_of(key.get(8..).unwrap_or_default()));
            object.attribute_usns.iter().filter(|(_, usn)| *usn > since).for_each(|x| note(x.1));
        }
    }
    if late.is_empty() {
        return highest_usn(tables, domain);
    }
    for (key, _) in tables.scan(Table::ForestLinkChange, &from, to.as_deref(), usize::MAX)? {
        if late.contains(&link::parse_change_key(&key).0) {
            note(rows::id_of(key.get(8..).unwrap_or_default()));
        }
    }
    Ok(first.unwrap_or(since).saturating_sub(1).max(since))
}

/// Returns the change number up to which a controller knows everything that happened before its
/// horizon (SE-073).
pub fn usn_at(tables: &dyn Tables, domain: u64, horizon: &Horizon) -> StoreResult<u64> {
    let (from, to) = change_range(domain, 0);
    for (key, _) in tables.scan(Table::ForestChange, &from, to.as_deref(), usize::MAX)? {
        let id = rows::id_of(key.get(16..).unwrap_or_default());
        let object: ForestObject = rows::expect(tables, id)?;
        if horizon.hides(id, &object) {
            return Ok(rows::id_of(key.get(8..).unwrap_or_default()).saturating_sub(1));
        }
    }
    highest_usn(tables, domain)
}

/// Returns the objects of a domain whose last change is younger than the horizon of a controller,
/// with their anchors: it shows them as they were (SE-073).
pub fn unreplicated(
    tables: &dyn Tables,
    domain: u64,
    horizon: &Horizon,
) -> StoreResult<BTreeMap<u64, Guid>> {
    let (from, to) = change_range(domain, usn_at(tables, domain, horizon)?);
    let mut found = BTreeMap::new();
    for (key, _) in tables.scan(Table::ForestChange, &from, to.as_deref(), usize::MAX)? {
        let id = rows::id_of(key.get(16..).unwrap_or_default());
        let object: ForestObject = rows::expect(tables, id)?;
        if horizon.hides(id, &object) {
            found.insert(id, object.guid);
        }
    }
    Ok(found)
}

/// Returns the objects of a domain that were written after a change number, with the change number
/// of their last write.
pub(crate) fn written_since(
    tables: &dyn Tables,
    domain: u64,
    since_usn: u64,
) -> StoreResult<Vec<(u64, u64)>> {
    let (from, to) = change_range(domain, since_usn);
    let found = tables.scan(Table::ForestChange, &from, to.as_deref(), usize::MAX)?;
    let id = |key: &[u8]| rows::id_of(key.get(16..).unwrap_or_default());
    let usn = |key: &[u8]| rows::id_of(key.get(8..16).unwrap_or_default());
    Ok(found.iter().map(|(key, _)| (id(key), usn(key))).collect())
}

/// Returns the keys of a domain's change log behind a change number.
fn change_range(domain: u64, since_usn: u64) -> ([u8; 24], Option<Vec<u8>>) {
    let from = keys::change(domain, since_usn.saturating_add(1), 0);
    (from, prefix_end(&rows::key(domain)))
}

/// Returns the link values written after a change number, by their holders.
fn changed_links(
    tables: &dyn Tables,
    domain: u64,
    since_usn: u64,
) -> StoreResult<BTreeMap<u64, Vec<(AttributeId, u64)>>> {
    let (from, to) = change_range(domain, since_usn);
    let mut links: BTreeMap<u64, Vec<(AttributeId, u64)>> = BTreeMap::new();
    for (key, _) in tables.scan(Table::ForestLinkChange, &from, to.as_deref(), usize::MAX)? {
        let (holder, attribute, target) = link::parse_change_key(&key);
        links.entry(holder).or_default().push((attribute, target));
    }
    Ok(links)
}

/// Builds the rows of one answer; containers are named once.
struct Reader<'a> {
    tables: &'a dyn Tables,
    domain: Domain,
    domain_id: u64,
    containers: BTreeMap<u64, (Dn, Guid)>,
}

impl<'a> Reader<'a> {
    fn new(tables: &'a dyn Tables, domain_id: u64) -> StoreResult<Self> {
        let domain = rows::expect(tables, domain_id)?;
        Ok(Self { tables, domain, domain_id, containers: BTreeMap::new() })
    }

    /// Returns whether a search shows the object: CN=Deleted Objects itself is hidden.
    fn is_reported(&self, id: u64, deleted: bool) -> bool {
        !deleted && id != self.domain.deleted_objects
    }

    fn container(&mut self, id: u64) -> StoreResult<(Dn, Guid)> {
        if let Some(known) = self.containers.get(&id) {
            return Ok(known.clone());
        }
        let head: ObjectHead = rows::expect(self.tables, id)?;
        let named = (lookup::dn(self.tables, id)?, head.guid);
        self.containers.insert(id, named.clone());
        Ok(named)
    }

    /// Returns name and container of an object.
    fn place(&mut self, object: &ForestObject) -> StoreResult<(Dn, Option<Guid>)> {
        if object.parent == 0 {
            return Ok((self.domain.naming_context(), None));
        }
        let (dn, guid) = self.container(object.parent)?;
        Ok((dn.child(object.rdn.clone()), Some(guid)))
    }

    fn whole(&mut self, id: u64, object: ForestObject) -> StoreResult<FeedRow> {
        let (dn, parent) = self.place(&object)?;
        let mut links = Vec::new();
        for link in LINKS.from(self.tables, id, None)? {
            if LinkRecord::read(&link.record)?.present {
                links.extend(self.visible(link.attribute, link.to)?);
            }
        }
        Ok(FeedRow {
            object: id,
            guid: object.guid,
            parent,
            dn,
            class: object.class,
            deleted: false,
            complete: true,
            entry: object.entry,
            changed: Vec::new(),
            links,
        })
    }

    fn visible(&self, attribute: AttributeId, target: u64) -> StoreResult<Option<FeedLink>> {
        let end = link::live_end(self.tables, target)?;
        Ok(end.map(|end| FeedLink { attribute, target, guid: end.guid, present: true }))
    }

    fn changed(
        &mut self,
        id: u64,
        object: &ForestObject,
        since_usn: u64,
        written: &[(AttributeId, u64)],
    ) -> StoreResult<FeedRow> {
        let (dn, parent) = self.place(object)?;
        let changed: Vec<AttributeId> = object
            .attribute_usns
            .iter()
            .filter(|(_, usn)| *usn > since_usn)
            .map(|(attribute, _)| *attribute)
            .collect();
        let entry: Entry = changed.iter().map(|id| (*id, object.entry.get(*id).to_vec())).collect();
        let mut links = Vec::new();
        for (attribute, target) in written {
            match link::get(self.tables, id, *attribute, *target)? {
                Some(record) if record.present => links.extend(self.visible(*attribute, *target)?),
                Some(_) => {
                    let end: Option<ObjectHead> = rows::get(self.tables, *target)?;
                    links.extend(end.map(|end| FeedLink {
                        attribute: *attribute,
                        target: *target,
                        guid: end.guid,
                        present: false,
                    }));
                }
                None => {}
            }
        }
        Ok(FeedRow {
            object: id,
            guid: object.guid,
            parent,
            dn,
            class: object.class,
            deleted: false,
            complete: false,
            entry,
            changed,
            links,
        })
    }

    /// Returns the deletion row of an object that is deleted, or lives in another domain now.
    fn deletion(&mut self, id: u64, object: &ForestObject) -> StoreResult<FeedRow> {
        if object.domain == self.domain_id {
            let (dn, _) = self.place(object)?;
            return self.deleted(id, object, dn);
        }
        let (container, _) = self.container(self.domain.deleted_objects)?;
        let dn = container.child(naming::of_deleted(&object.rdn, object.guid));
        self.deleted(id, object, dn)
    }

    fn deleted(&mut self, id: u64, object: &ForestObject, dn: Dn) -> StoreResult<FeedRow> {
        let (_, container) = self.container(self.domain.deleted_objects)?;
        Ok(FeedRow {
            object: id,
            guid: object.guid,
            parent: Some(container),
            dn,
            class: object.class,
            deleted: true,
            complete: false,
            entry: Entry::default(),
            changed: Vec::new(),
            links: Vec::new(),
        })
    }
}
