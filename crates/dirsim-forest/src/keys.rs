//! The indexes of a forest: which texts and bytes lead to an object, and its place in the tree and
//! in the change log.

use bytes::Bytes;
use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::schema::class;
use dirsim_model::{Entry, ProxyAddress, ValueRef};
use dirsim_store::index::Index;
use dirsim_store::{StoreResult, Table, Tables, rows};

use crate::ForestObject;

/// Objects by objectGUID, deleted ones included.
pub(crate) const GUID: Index = Index::new(Table::ForestByKey, 1);
/// Security principals by objectSid, deleted ones included: a SID is not reused (SE-038).
pub(crate) const SID: Index = Index::new(Table::ForestByKey, 2);
/// Live principals by domain and sAMAccountName.
pub(crate) const ACCOUNT: Index = Index::new(Table::ForestByKey, 3);
/// Live objects by userPrincipalName.
pub(crate) const UPN: Index = Index::new(Table::ForestByKey, 4);
/// Live objects by mail and proxyAddresses.
pub(crate) const ADDRESS: Index = Index::new(Table::ForestByKey, 5);
/// Stand-ins by the SID of the foreign principal, which that principal has too (SE-053).
pub(crate) const FOREIGN_SID: Index = Index::new(Table::ForestByKey, 6);

/// Returns the text under which a sAMAccountName is unique in a domain.
pub(crate) fn account(domain: u64, name: &str) -> Vec<u8> {
    let mut key = rows::key(domain).to_vec();
    key.extend_from_slice(name.to_lowercase().as_bytes());
    key
}

/// Returns the text under which a userPrincipalName is unique in a forest.
pub(crate) fn upn(name: &str) -> Vec<u8> {
    name.to_lowercase().into_bytes()
}

/// Returns the text by which an address is found: without a prefix it is an SMTP address.
pub(crate) fn address(text: &str) -> Vec<u8> {
    ProxyAddress::parse(text)
        .map_or_else(|| format!("smtp:{}", text.to_lowercase()), |_| text.to_lowercase())
        .into_bytes()
}

/// Returns every index row of an object.
pub(crate) fn of(object: &ForestObject) -> Vec<(Index, Vec<u8>)> {
    let mut keys = vec![(GUID, object.guid.as_bytes().to_vec())];
    if let Some(sid) = sid_bytes(&object.entry) {
        let foreign = object.class == class::FOREIGN_SECURITY_PRINCIPAL;
        keys.push((if foreign { FOREIGN_SID } else { SID }, sid.to_vec()));
    }
    if object.deleted.is_some() {
        return keys;
    }
    if let Some(name) = object.entry.text(well_known::SAM_ACCOUNT_NAME) {
        keys.push((ACCOUNT, account(object.domain, name)));
    }
    if let Some(name) = object.entry.text(well_known::USER_PRINCIPAL_NAME) {
        keys.push((UPN, upn(name)));
    }
    let mail = object.entry.get(well_known::MAIL).iter();
    let addresses = object.entry.get(well_known::PROXY_ADDRESSES).iter();
    for text in mail.chain(addresses).filter_map(ValueRef::as_text) {
        keys.push((ADDRESS, address(text)));
    }
    keys
}

fn sid_bytes(entry: &Entry) -> Option<&[u8]> {
    entry.get(well_known::OBJECT_SID).first().and_then(ValueRef::as_bytes)
}

/// Returns the key of an object below its container.
pub(crate) fn name(parent: u64, rdn: &Rdn) -> Vec<u8> {
    let mut key = rows::key(parent).to_vec();
    key.extend_from_slice(rdn.key().as_bytes());
    key
}

/// Returns the key of an object in the change log of a domain (SE-054).
pub(crate) fn change(domain: u64, usn: u64, object: u64) -> [u8; 24] {
    let mut key = [0; 24];
    for (part, number) in key.chunks_exact_mut(8).zip([domain, usn, object]) {
        part.copy_from_slice(&rows::key(number));
    }
    key
}

/// Writes a new object with all its index rows.
pub(crate) fn insert(tables: &mut dyn Tables, id: u64, object: &ForestObject) -> StoreResult<()> {
    rows::put(tables, id, object)?;
    for (index, content) in of(object) {
        index.add(tables, &content, id)?;
    }
    put_name(tables, id, object)?;
    for (domain, usn) in changes(object) {
        tables.put(Table::ForestChange, &change(domain, usn, id), Bytes::new())?;
    }
    Ok(())
}

/// Writes a changed object and those of its index rows that changed.
pub(crate) fn update(
    tables: &mut dyn Tables,
    id: u64,
    old: &ForestObject,
    new: &ForestObject,
) -> StoreResult<()> {
    rows::put(tables, id, new)?;
    let (before, after) = (of(old), of(new));
    for (index, content) in before.iter().filter(|key| !after.contains(key)) {
        index.remove(tables, content, id)?;
    }
    for (index, content) in after.iter().filter(|key| !before.contains(key)) {
        index.add(tables, content, id)?;
    }
    if old.parent != new.parent || old.rdn != new.rdn {
        remove_name(tables, old)?;
        put_name(tables, id, new)?;
    }
    let (before, after) = (changes(old), changes(new));
    for (domain, usn) in before.iter().filter(|at| !after.contains(at)) {
        tables.delete(Table::ForestChange, &change(*domain, *usn, id))?;
    }
    for (domain, usn) in after.iter().filter(|at| !before.contains(at)) {
        tables.put(Table::ForestChange, &change(*domain, *usn, id), Bytes::new())?;
    }
    Ok(())
}

/// Removes an object with all its index rows; its links are the caller's task.
pub(crate) fn erase(tables: &mut dyn Tables, id: u64, object: &ForestObject) -> StoreResult<()> {
    rows::delete::<ForestObject>(tables, id)?;
    for (index, content) in of(object) {
        index.remove(tables, &content, id)?;
    }
    remove_name(tables, object)?;
    for (domain, usn) in changes(object) {
        tables.delete(Table::ForestChange, &change(domain, usn, id))?;
    }
    Ok(())
}

/// Returns the places of an object in the change logs: in its domain, and where it left.
pub(crate) fn changes(object: &ForestObject) -> Vec<(u64, u64)> {
    let mut places = vec![(object.domain, object.usn_changed)];
    places.extend_from_slice(&object.left);
    places
}

// The roots of domains are found by their domains: contoso.com and contoso.local have one leaf.
fn put_name(tables: &mut dyn Tables, id: u64, object: &ForestObject) -> StoreResult<()> {
    if object.parent == 0 {
        return Ok(());
    }
    let value = Bytes::copy_from_slice(&rows::key(id));
    tables.put(Table::ForestByName, &name(object.parent, &object.rdn), value)
}

fn remove_name(tables: &mut dyn Tables, object: &ForestObject) -> StoreResult<()> {
    if object.parent == 0 {
        return Ok(());
    }
    tables.delete(Table::ForestByName, &name(object.parent, &object.rdn))
}
