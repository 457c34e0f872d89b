//! Finding objects, and naming them.

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::{Dn, Guid, Sid, ValueRef};
use dirsim_store::index::Index;
use dirsim_store::tables::scan_prefix;
use dirsim_store::{StoreResult, Table, Tables, rows};

use crate::object::ObjectHead;
use crate::{Domain, ForestObject, keys};

/// Returns all domains of all forests in the order of their creation.
pub fn domains(tables: &dyn Tables) -> StoreResult<Vec<(u64, Domain)>> {
    rows::after(tables, None, usize::MAX)
}

/// Returns a domain by its DNS or `NetBIOS` name, compared without case.
pub fn domain(tables: &dyn Tables, name: &str) -> StoreResult<Option<(u64, Domain)>> {
    Ok(domains(tables)?.into_iter().find(|(_, domain)| {
        domain.fqdn.eq_ignore_ascii_case(name) || domain.netbios.eq_ignore_ascii_case(name)
    }))
}

/// Returns the domain whose naming context holds a name; the deepest one when domains are nested.
pub fn domain_of(tables: &dyn Tables, dn: &Dn) -> StoreResult<Option<(u64, Domain)>> {
    Ok(deepest(domains(tables)?, dn))
}

/// Picks the domain with the longest naming context that holds `dn`.
pub(crate) fn deepest(domains: Vec<(u64, Domain)>, dn: &Dn) -> Option<(u64, Domain)> {
    domains
        .into_iter()
        .filter(|(_, domain)| dn.is_within(&domain.naming_context()))
        .max_by_key(|(_, domain)| domain.naming_context().depth())
}

/// Returns an object by its number, deleted ones included.
pub fn object(tables: &dyn Tables, id: u64) -> StoreResult<Option<ForestObject>> {
    rows::get(tables, id)
}

/// Returns the first fields of an object by its number.
pub fn head(tables: &dyn Tables, id: u64) -> StoreResult<Option<ObjectHead>> {
    rows::get(tables, id)
}

/// Returns an object by its objectGUID, deleted ones included.
pub fn by_guid(tables: &dyn Tables, guid: Guid) -> StoreResult<Option<u64>> {
    for id in keys::GUID.candidates(tables, guid.as_bytes())? {
        if head(tables, id)?.is_some_and(|head| head.guid == guid) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Returns the object at a name; the mangled name of a deleted object finds it too (SE-040).
pub fn by_dn(tables: &dyn Tables, dn: &Dn) -> StoreResult<Option<u64>> {
    let Some((_, domain)) = domain_of(tables, dn)? else { return Ok(None) };
    let below = dn.depth() - domain.naming_context().depth();
    let mut at = domain.root;
    for rdn in dn.parts().iter().take(below).rev() {
        match child(tables, at, rdn)? {
            Some(id) => at = id,
            None => return Ok(None),
        }
    }
    Ok(Some(at))
}

/// Returns the object with the leaf `rdn` below a container.
pub fn child(tables: &dyn Tables, parent: u64, rdn: &Rdn) -> StoreResult<Option<u64>> {
    let found = tables.get(Table::ForestByName, &keys::name(parent, rdn))?;
    Ok(found.map(|id| rows::id_of(&id)))
}

/// Returns the security principal with a SID, a live one before a deleted one; the stand-in for a
/// foreign principal when no forest has the principal itself.
pub fn by_sid(tables: &dyn Tables, sid: &Sid) -> StoreResult<Option<u64>> {
    let mut fallback = None;
    for index in [keys::SID, keys::FOREIGN_SID] {
        for id in verified(tables, index, sid.as_bytes())? {
            if head(tables, id)?.is_some_and(|head| head.deleted.is_none()) {
                return Ok(Some(id));
            }
            fallback = fallback.or(Some(id));
        }
    }
    Ok(fallback)
}

/// Returns the live principal of a domain with a sAMAccountName.
pub fn by_sam(tables: &dyn Tables, domain: u64, name: &str) -> StoreResult<Option<u64>> {
    Ok(verified(tables, keys::ACCOUNT, &keys::account(domain, name))?.into_iter().next())
}

/// Returns the live object with a userPrincipalName; the oldest one when several forests have it.
pub fn by_upn(tables: &dyn Tables, upn: &str) -> StoreResult<Option<u64>> {
    Ok(verified(tables, keys::UPN, &keys::upn(upn))?.into_iter().next())
}

/// Returns the live object of one forest with a userPrincipalName.
pub fn by_upn_in(tables: &dyn Tables, forest: &str, upn: &str) -> StoreResult<Option<u64>> {
    for id in verified(tables, keys::UPN, &keys::upn(upn))? {
        if forest_of(tables, id)?.eq_ignore_ascii_case(forest) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Returns the live objects with an address in mail or proxyAddresses, in the order of their
/// numbers; an address without a prefix is an SMTP address.
pub fn by_address(tables: &dyn Tables, address: &str) -> StoreResult<Vec<u64>> {
    verified(tables, keys::ADDRESS, &keys::address(address))
}

/// Returns the object that `-Identity` names: DN, GUID, SID, sAMAccountName or
/// `DOMAIN\sAMAccountName`; a UPN is no identity (`interfaces.md` 5.1).
///
/// A GUID, a SID and a mangled name find deleted objects too; an account name is looked for in the
/// domains in the order of their creation.
pub fn by_identity(tables: &dyn Tables, text: &str) -> StoreResult<Option<u64>> {
    let text = text.trim();
    if let Ok(guid) = text.parse() {
        return by_guid(tables, guid);
    }
    if let Ok(sid) = text.parse() {
        return by_sid(tables, &sid);
    }
    if text.contains('=')
        && let Ok(dn) = text.parse()
    {
        return by_dn(tables, &dn);
    }
    if let Some((netbios, name)) = text.split_once('\\') {
        return match domain(tables, netbios)? {
            Some((domain, _)) => by_sam(tables, domain, name),
            None => Ok(None),
        };
    }
    for (domain, _) in domains(tables)? {
        if let Some(id) = by_sam(tables, domain, text)? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Returns the name of an object now, the mangled one of a deleted object; the empty name when
/// there is no such object.
pub fn dn(tables: &dyn Tables, id: u64) -> StoreResult<Dn> {
    let (mut parts, mut at) = (Vec::new(), id);
    while let Some(head) = head(tables, at)? {
        if head.parent == 0 {
            let domain: Domain = rows::expect(tables, head.domain)?;
            parts.extend_from_slice(domain.naming_context().parts());
            break;
        }
        parts.push(head.rdn);
        at = head.parent;
    }
    Ok(Dn::from_parts(parts))
}

/// Returns the name of the forest that holds an object.
pub fn forest_of(tables: &dyn Tables, id: u64) -> StoreResult<String> {
    let head: ObjectHead = rows::expect(tables, id)?;
    Ok(rows::expect::<Domain>(tables, head.domain)?.forest)
}

/// Returns the objects directly below a container, in the order of their names.
pub fn children(tables: &dyn Tables, id: u64) -> StoreResult<Vec<u64>> {
    let found = scan_prefix(tables, Table::ForestByName, &rows::key(id))?;
    Ok(found.iter().map(|(_, id)| rows::id_of(id)).collect())
}

/// Returns the deleted objects of a domain in the order of their numbers.
pub fn deleted(tables: &dyn Tables, domain: u64) -> StoreResult<Vec<u64>> {
    let domain: Domain = rows::expect(tables, domain)?;
    let mut found = children(tables, domain.deleted_objects)?;
    found.sort_unstable();
    Ok(found)
}

/// Returns the SID of an object.
pub fn sid(object: &ForestObject) -> Option<Sid> {
    object
        .entry
        .get(well_known::OBJECT_SID)
        .first()
        .and_then(ValueRef::as_bytes)
        .and_then(Sid::from_slice)
}

/// Returns the objects that truly stand under `content`: a hash may be shared.
fn verified(tables: &dyn Tables, index: Index, content: &[u8]) -> StoreResult<Vec<u64>> {
    let mut found = Vec::new();
    for id in index.candidates(tables, content)? {
        let Some(object) = object(tables, id)? else { continue };
        if keys::of(&object).iter().any(|(i, c)| *i == index && c == content) {
            found.push(id);
        }
    }
    Ok(found)
}
