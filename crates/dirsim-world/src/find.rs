//! Finds an object in every place from any of its identities.

use std::collections::BTreeSet;

use dirsim_forest::ForestObject;
use dirsim_model::attribute::well_known;
use dirsim_model::{Guid, SourceAnchor, anchor};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::cs::Anchor;
use dirsim_sync::{CsObject, connector, lookup};
use dirsim_tenant::TenantObject;

/// One person, group or contact in all places; numbers of rows.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Found {
    /// Objects of forests.
    pub forest: Vec<u64>,
    /// Objects of connector spaces.
    pub cs: Vec<u64>,
    /// The metaverse object.
    pub mv: Option<u64>,
    /// Objects of the tenant.
    pub tenant: Vec<u64>,
}

/// Finds what an identity names: a UPN, address, DN, GUID, SID, account name, anchor (base64, or
/// the hex name of the Entra connector), cloud anchor or object id.
///
/// Two results mean that the identity names different things in different places, as a UPN does
/// before a match.
pub fn find(tables: &dyn Tables, identity: &str) -> StoreResult<Vec<Found>> {
    let identity = identity.trim();
    let mut found = Vec::new();
    for start in forest_starts(tables, identity)? {
        gather(tables, Start::Forest(start), &mut found)?;
    }
    for one in &mut found {
        follow_anchor(tables, one)?;
    }
    for connector in connector::all(tables)? {
        if let Some(cs) = lookup::by_identity(tables, connector.id, identity)? {
            gather(tables, Start::Cs(cs), &mut found)?;
        }
    }
    if let Some(number) = dirsim_tenant::lookup::by_identity(tables, identity)? {
        gather(tables, Start::Tenant(number), &mut found)?;
    }
    Ok(found)
}

/// Follows a forest object to all places.
pub fn of_forest(tables: &dyn Tables, id: u64) -> StoreResult<Found> {
    let mut found = Vec::new();
    gather(tables, Start::Forest(id), &mut found)?;
    Ok(found.pop().unwrap_or_default())
}

#[derive(Clone, Copy)]
enum Start {
    Forest(u64),
    Cs(u64),
    Tenant(u64),
}

/// Follows anchors and links from one object to all places, unless it was found already.
fn gather(tables: &dyn Tables, start: Start, all: &mut Vec<Found>) -> StoreResult<()> {
    let known = match start {
        Start::Forest(id) => all.iter().any(|found| found.forest.contains(&id)),
        Start::Cs(id) => all.iter().any(|found| found.cs.contains(&id)),
        Start::Tenant(id) => all.iter().any(|found| found.tenant.contains(&id)),
    };
    if known {
        return Ok(());
    }
    let (mut forest, mut cs, mut tenant) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
    match start {
        Start::Forest(id) => {
            forest.insert(id);
            let object: ForestObject = rows::expect(tables, id)?;
            cs.extend(cs_by_anchor(tables, &Anchor::Object(object.guid))?);
        }
        Start::Cs(id) => {
            cs.insert(id);
        }
        Start::Tenant(number) => {
            tenant.insert(number);
            let object: TenantObject = rows::expect(tables, number)?;
            let cloud = Anchor::Cloud(object.cloud_anchor());
            cs.extend(cs_by_anchor(tables, &cloud)?);
        }
    }
    let mut mv = None;
    for id in &cs {
        let object: CsObject = rows::expect(tables, *id)?;
        mv = mv.or(Some(object.mv).filter(|mv| *mv != 0));
    }
    if let Some(id) = mv
        && let Some(head) = dirsim_sync::mv::head(tables, id)?
    {
        cs.extend(head.links);
    }
    for id in &cs {
        let object: CsObject = rows::expect(tables, *id)?;
        match object.anchor {
            Some(Anchor::Object(guid)) => {
                forest.extend(dirsim_forest::lookup::by_guid(tables, guid)?);
            }
            Some(Anchor::Cloud(cloud)) => {
                tenant.extend(dirsim_tenant::lookup::by_id(tables, cloud.id)?);
            }
            None => {}
        }
    }
    all.push(Found {
        forest: forest.into_iter().collect(),
        cs: cs.into_iter().collect(),
        mv,
        tenant: tenant.into_iter().collect(),
    });
    Ok(())
}

/// Finds the tenant's object of an account that is not linked to it, by the anchor: somebody who left the
/// synchronization and waits in the recycle bin, or a user who was stamped and waits for the account
/// (ET-034, ET-035).
fn follow_anchor(tables: &dyn Tables, found: &mut Found) -> StoreResult<()> {
    if found.mv.is_some() || !found.tenant.is_empty() {
        return Ok(());
    }
    for id in found.forest.clone() {
        let account: ForestObject = rows::expect(tables, id)?;
        let anchor = source_anchor(&account);
        let Some(number) = dirsim_tenant::lookup::by_anchor(tables, &anchor)? else { continue };
        let object: TenantObject = rows::expect(tables, number)?;
        found.tenant.push(number);
        found.cs.extend(cs_by_anchor(tables, &Anchor::Cloud(object.cloud_anchor()))?);
    }
    Ok(())
}

/// Returns the connector space objects with this anchor, of any connector.
pub fn cs_by_anchor(tables: &dyn Tables, anchor: &Anchor) -> StoreResult<Vec<u64>> {
    let mut found = Vec::new();
    for connector in connector::all(tables)? {
        found.extend(lookup::by_anchor(tables, connector.id, anchor)?);
    }
    Ok(found)
}

/// Finds forest objects; an anchor names the object whose GUID it encodes.
fn forest_starts(tables: &dyn Tables, identity: &str) -> StoreResult<Vec<u64>> {
    use dirsim_forest::lookup;
    let mut found = BTreeSet::new();
    found.extend(lookup::by_identity(tables, identity)?);
    found.extend(lookup::by_upn(tables, identity)?);
    found.extend(lookup::by_address(tables, identity)?);
    let text = anchor::from_connector_space_name(identity);
    let text = SourceAnchor::new(text.as_deref().unwrap_or(identity));
    if let Ok(decoded) = text.decode() {
        found.extend(lookup::by_guid(tables, decoded.guid)?);
    }
    Ok(found.into_iter().collect())
}

/// Returns the source anchor that a forest object gives: mS-DS-ConsistencyGuid when present, else
/// objectGUID (SE-290).
pub fn source_anchor(object: &ForestObject) -> SourceAnchor {
    object
        .entry
        .get(well_known::CONSISTENCY_GUID)
        .first()
        .and_then(dirsim_model::ValueRef::as_bytes)
        .map_or_else(|| SourceAnchor::from_guid(object.guid), SourceAnchor::from_bytes)
}

/// Returns the GUID text of an anchor, for display.
pub fn anchor_guid(anchor: &SourceAnchor) -> Option<Guid> {
    anchor.decode().ok().map(|decoded| decoded.guid)
}
