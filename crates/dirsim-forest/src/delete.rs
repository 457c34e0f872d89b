//! Deleting (SE-050, SE-058, SE-059, SE-065).

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Entry, Guid};
use dirsim_store::{StoreResult, rows};

use crate::link::{self, LINKS, LinkRecord};
use crate::refusal::{self, Step};
use crate::writer::Writer;
use crate::{Deletion, Domain, ForestObject, lookup, naming, view};

/// What a tombstone keeps (SE-058); the names of the object are written anew.
const KEPT: &[AttributeId] = &[
    well_known::OBJECT_GUID,
    well_known::OBJECT_SID,
    well_known::OBJECT_CLASS,
    well_known::SAM_ACCOUNT_NAME,
    well_known::USER_ACCOUNT_CONTROL,
    well_known::GROUP_TYPE,
    well_known::SID_HISTORY,
];

/// What even the recycle bin does not keep (SE-059).
const NEVER_KEPT: &[&str] = &["objectCategory", "sAMAccountType"];

impl Writer<'_> {
    pub(crate) fn delete(&mut self, target: Guid, recursive: bool) -> Step<u64> {
        let (id, object) = self.any(target)?;
        if object.deleted.is_some() {
            return self.delete_again(id, &object, target);
        }
        let below = self.subtree(id)?;
        if !below.is_empty() && !recursive {
            return Err(refusal::not_a_leaf(lookup::dn(self.tables, id)?).into());
        }
        // SE-065: children one by one, deepest first.
        for at in below.into_iter().rev().chain([id]) {
            let object: ForestObject = rows::expect(self.tables, at)?;
            let is_critical = object.entry.has(well_known::IS_CRITICAL_SYSTEM_OBJECT);
            if view::is_protected(self.schema, &object) {
                return Err(refusal::access_denied(lookup::dn(self.tables, at)?).into());
            }
            if is_critical || self.is_structure(at, &object)? {
                return Err(refusal::built_in(lookup::dn(self.tables, at)?).into());
            }
            self.delete_one(at, &object)?;
        }
        Ok(id)
    }

    /// Deletes an object out of the recycle bin: it is recycled and cannot come back (SE-060).
    fn delete_again(&mut self, id: u64, object: &ForestObject, target: Guid) -> Step<u64> {
        if !object.deleted.as_ref().is_some_and(|deletion| deletion.restorable) {
            return Err(self.missing(target)?.into());
        }
        self.recycle(id, object)?;
        Ok(id)
    }

    /// Returns everything below an object, containers before what they hold, level by level.
    pub(crate) fn subtree(&self, id: u64) -> StoreResult<Vec<u64>> {
        let mut found = Vec::new();
        let mut level = vec![id];
        while !level.is_empty() {
            let mut next = Vec::new();
            for at in level {
                next.extend(lookup::children(self.tables, at)?);
            }
            next.sort_unstable();
            found.extend_from_slice(&next);
            level = next;
        }
        Ok(found)
    }

    fn delete_one(&mut self, id: u64, old: &ForestObject) -> StoreResult<()> {
        let domain: Domain = rows::expect(self.tables, old.domain)?;
        let rdn = naming::of_deleted(&old.rdn, old.guid);
        let kept = if domain.recycle_bin {
            let never = NEVER_KEPT.iter().filter_map(|name| self.schema.attribute(name));
            old.entry.with(never.map(|attribute| (attribute, Vec::new())))
        } else {
            strip(&old.entry)
        };
        let mut new = ForestObject {
            parent: domain.deleted_objects,
            entry: kept.with(naming::attributes(self.schema, &rdn)),
            rdn,
            deleted: Some(Deletion {
                at: self.now,
                last_known_parent: old.parent,
                last_known_rdn: old.rdn.clone(),
                restorable: domain.recycle_bin,
            }),
            ..old.clone()
        };
        let usn = self.commit(id, old, &mut new)?;
        if !domain.recycle_bin {
            self.drop_links(id, old.domain, usn)?;
        }
        Ok(())
    }

    /// Drops all links of an object for good. Its own values become absent ones, so that an object
    /// that is reanimated reports what it lost; values that point to it vanish without a change
    /// number for their holders (SE-050).
    fn drop_links(&mut self, id: u64, domain: u64, usn: u64) -> StoreResult<()> {
        for (attribute, to) in link::held(self.tables, id, None)? {
            let record = LinkRecord { usn, present: false };
            link::put(self.tables, domain, (id, attribute, to), record)?;
        }
        for (attribute, from) in link::holders(self.tables, id, None)? {
            let holder: ForestObject = rows::expect(self.tables, from)?;
            link::erase(self.tables, holder.domain, (from, attribute, id))?;
        }
        Ok(())
    }

    /// Turns a deleted object into a recycled one: stripped like a tombstone, not restorable
    /// (SE-060).
    pub(crate) fn recycle(&mut self, id: u64, old: &ForestObject) -> StoreResult<()> {
        let mut new = ForestObject {
            entry: strip(&old.entry).with(naming::attributes(self.schema, &old.rdn)),
            ..old.clone()
        };
        if let Some(deletion) = &mut new.deleted {
            deletion.restorable = false;
            deletion.at = self.now;
        }
        let usn = self.commit(id, old, &mut new)?;
        self.drop_links(id, old.domain, usn)
    }

    /// Removes an object physically; the history for it is gone (SE-061).
    pub(crate) fn collect(&mut self, id: u64, object: &ForestObject) -> StoreResult<()> {
        for link in LINKS.from(self.tables, id, None)? {
            link::erase(self.tables, object.domain, (id, link.attribute, link.to))?;
        }
        for (attribute, from) in LINKS.to(self.tables, id, None)? {
            let holder: ForestObject = rows::expect(self.tables, from)?;
            link::erase(self.tables, holder.domain, (from, attribute, id))?;
        }
        crate::keys::erase(self.tables, id, object)
    }
}

/// Returns what a tombstone keeps of its attributes (SE-058).
fn strip(entry: &Entry) -> Entry {
    KEPT.iter().map(|attribute| (*attribute, entry.get(*attribute).to_vec())).collect()
}
