//! One originating write after another: change numbers, times, links (SE-054).

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::{AttributeId, ClassId, Dice, Dn, Entry, Guid, Schema, Timestamp};
use dirsim_store::{StoreResult, Tables, rows};

use crate::link::{self, LinkRecord};
use crate::refusal::{self, Step};
use crate::{Domain, ForestObject, keys, lookup};

/// The hand that writes to a forest. What it does is split over the files named after the edits.
pub(crate) struct Writer<'a> {
    pub(crate) tables: &'a mut dyn Tables,
    pub(crate) schema: &'a Schema,
    pub(crate) dice: &'a mut Dice,
    pub(crate) now: Timestamp,
}

/// Where a new object goes and what it is.
pub(crate) struct Birth {
    pub(crate) domain: u64,
    pub(crate) parent: u64,
    pub(crate) rdn: Rdn,
    pub(crate) class: ClassId,
    pub(crate) guid: Guid,
    pub(crate) entry: Entry,
}

impl Writer<'_> {
    /// Takes the next change number of a domain (SE-054).
    pub(crate) fn stamp(&mut self, domain: u64) -> StoreResult<u64> {
        let mut row: Domain = rows::expect(self.tables, domain)?;
        row.highest_usn += 1;
        rows::put(self.tables, domain, &row)?;
        Ok(row.highest_usn)
    }

    /// Takes the next relative identifier of a domain (SE-038).
    pub(crate) fn next_rid(&mut self, domain: u64) -> StoreResult<u32> {
        let mut row: Domain = rows::expect(self.tables, domain)?;
        let rid = row.next_rid;
        row.next_rid += 1;
        rows::put(self.tables, domain, &row)?;
        Ok(rid)
    }

    /// Writes a new object.
    pub(crate) fn give_birth(&mut self, birth: Birth) -> StoreResult<u64> {
        let usn = self.stamp(birth.domain)?;
        let id = rows::next_id(self.tables, "forest-object")?;
        let object = ForestObject {
            domain: birth.domain,
            parent: birth.parent,
            rdn: birth.rdn,
            class: birth.class,
            guid: birth.guid,
            deleted: None,
            entry: birth.entry,
            usn_created: usn,
            usn_changed: usn,
            usn_named: usn,
            attribute_usns: Vec::new(),
            created: self.now,
            changed: self.now,
            left: Vec::new(),
        };
        keys::insert(self.tables, id, &object)?;
        Ok(id)
    }

    /// Writes a changed object.
    pub(crate) fn save(
        &mut self,
        id: u64,
        old: &ForestObject,
        new: &ForestObject,
    ) -> StoreResult<()> {
        keys::update(self.tables, id, old, new)
    }

    /// Writes `new` as one originating write and returns its change number; attributes that differ
    /// from `old` get it too.
    pub(crate) fn commit(
        &mut self,
        id: u64,
        old: &ForestObject,
        new: &mut ForestObject,
    ) -> StoreResult<u64> {
        let usn = self.stamp(new.domain)?;
        new.usn_changed = usn;
        new.changed = self.now;
        if old.rdn != new.rdn || old.parent != new.parent {
            new.usn_named = usn;
        }
        for attribute in new.entry.changed_from(&old.entry) {
            mark(new, attribute, usn);
        }
        self.save(id, old, new)?;
        Ok(usn)
    }

    /// Gives an object a new change number because one of its links changed.
    pub(crate) fn touch(&mut self, id: u64) -> StoreResult<(u64, u64)> {
        let old: ForestObject = rows::expect(self.tables, id)?;
        let mut new = old.clone();
        let usn = self.commit(id, &old, &mut new)?;
        Ok((new.domain, usn))
    }

    /// Adds or removes link values of one holder as one originating write.
    pub(crate) fn write_links(
        &mut self,
        holder: u64,
        values: &[(AttributeId, u64, bool)],
    ) -> StoreResult<()> {
        let (domain, usn) = self.touch(holder)?;
        for (attribute, target, present) in values {
            let record = LinkRecord { usn, present: *present };
            link::put(self.tables, domain, (holder, *attribute, *target), record)?;
        }
        Ok(())
    }

    /// Returns a live object.
    pub(crate) fn live(&self, guid: Guid) -> Step<(u64, ForestObject)> {
        let (id, object) = self.any(guid)?;
        if object.deleted.is_some() {
            return Err(self.missing(guid)?.into());
        }
        Ok((id, object))
    }

    /// Returns an object, deleted or not.
    pub(crate) fn any(&self, guid: Guid) -> Step<(u64, ForestObject)> {
        match lookup::by_guid(self.tables, guid)? {
            Some(id) => Ok((id, rows::expect(self.tables, id)?)),
            None => Err(self.missing(guid)?.into()),
        }
    }

    /// Returns the refusal for a target that is not there.
    pub(crate) fn missing(
        &self,
        identity: impl std::fmt::Display,
    ) -> StoreResult<crate::ForestRefusal> {
        let domains = lookup::domains(self.tables)?;
        let under = domains.first().map(|(_, domain)| domain.naming_context().to_string());
        Ok(refusal::not_found(identity, under.unwrap_or_default()))
    }

    /// Returns the live container at a name.
    pub(crate) fn container(&self, dn: &Dn) -> Step<(u64, ForestObject)> {
        let found = lookup::by_dn(self.tables, dn)?;
        let object = found.map(|id| rows::expect::<ForestObject>(self.tables, id)).transpose()?;
        match found.zip(object) {
            Some((id, object)) if object.deleted.is_none() => {
                let domain: Domain = rows::expect(self.tables, object.domain)?;
                if id == domain.deleted_objects {
                    return Err(refusal::no_container(dn).into());
                }
                Ok((id, object))
            }
            _ => Err(refusal::no_container(dn).into()),
        }
    }

    /// Refuses account and principal names that another live object has (SE-041).
    pub(crate) fn check_names(
        &self,
        own: Option<u64>,
        dn: &Dn,
        domain: u64,
        entry: &Entry,
    ) -> Step<()> {
        if let Some(name) = entry.text(well_known::SAM_ACCOUNT_NAME)
            && let Some(holder) = lookup::by_sam(self.tables, domain, name)?
            && own != Some(holder)
        {
            let holder = lookup::dn(self.tables, holder)?;
            return Err(refusal::account_exists(name, dn, holder).into());
        }
        if let Some(upn) = entry.text(well_known::USER_PRINCIPAL_NAME) {
            let forest = rows::expect::<Domain>(self.tables, domain)?.forest;
            if let Some(holder) = lookup::by_upn_in(self.tables, &forest, upn)?
                && own != Some(holder)
            {
                let holder = lookup::dn(self.tables, holder)?;
                return Err(refusal::upn_taken(upn, dn, holder).into());
            }
        }
        Ok(())
    }
}

/// Records the change number of an attribute's last write.
pub(crate) fn mark(object: &mut ForestObject, attribute: AttributeId, usn: u64) {
    match object.attribute_usns.binary_search_by_key(&attribute, |(id, _)| *id) {
        Ok(at) => {
            if let Some(slot) = object.attribute_usns.get_mut(at) {
                slot.1 = usn;
            }
        }
        Err(at) => object.attribute_usns.insert(at, (attribute, usn)),
    }
}
