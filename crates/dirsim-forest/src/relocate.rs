//! Moving and renaming (SE-037, SE-038, SE-049, SE-057, SE-310).

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::schema::class as classes;
use dirsim_model::{Dn, Guid, Value};
use dirsim_store::{StoreResult, rows};

use crate::link::{self, LINKS, LinkRecord};
use crate::refusal::{self, Step};
use crate::writer::Writer;
use crate::{Domain, ForestObject, class, lookup, naming, view};

impl Writer<'_> {
    pub(crate) fn relocate(&mut self, target: Guid, parent: &Dn) -> Step<u64> {
        let (id, old) = self.live(target)?;
        let dn = lookup::dn(self.tables, id)?;
        self.check_movable(id, &old, &dn)?;
        if view::is_protected(self.schema, &old) {
            return Err(refusal::access_denied(dn).into());
        }
        let (parent_id, container) = self.container(parent)?;
        if parent_id == old.parent {
            return Ok(id);
        }
        if !class::may_hold_others(container.class) {
            return Err(refusal::illegal_superior(&dn, parent).into());
        }
        if parent.is_within(&dn) {
            let why = format!("'{dn}' cannot move below itself");
            return Err(refusal::unwilling("SE-057", why).into());
        }
        if lookup::child(self.tables, parent_id, &old.rdn)?.is_some() {
            return Err(refusal::name_in_use(parent.child(old.rdn)).into());
        }
        let mut new = ForestObject { parent: parent_id, ..old.clone() };
        if container.domain == old.domain {
            self.commit(id, &old, &mut new)?;
        } else {
            self.emigrate(id, &old, new, container.domain, &dn)?;
        }
        Ok(id)
    }

    /// Moves an object to another domain of its forest: it keeps its GUID and gets a SID of its new
    /// domain (SE-038). Its old domain reports a deletion, the new one an addition (SE-310).
    fn emigrate(
        &mut self,
        id: u64,
        old: &ForestObject,
        mut new: ForestObject,
        domain: u64,
        dn: &Dn,
    ) -> Step<()> {
        let from: Domain = rows::expect(self.tables, old.domain)?;
        let to: Domain = rows::expect(self.tables, domain)?;
        if from.forest != to.forest {
            let why = format!("'{dn}' cannot move to the forest {}; create it there", to.forest);
            return Err(refusal::unwilling("SE-037", why).into());
        }
        if !lookup::children(self.tables, id)?.is_empty() {
            return Err(refusal::not_a_leaf(dn).into());
        }
        self.check_names(Some(id), dn, domain, &old.entry)?;
        if class::is_principal(old.class) {
            let sid = to.sid.with_rid(self.next_rid(domain)?);
            let mut builder = old.entry.to_builder();
            if let Some(former) = lookup::sid(old) {
                builder.push(well_known::SID_HISTORY, Value::bytes(former.as_bytes()));
            }
            builder.put(well_known::OBJECT_SID, Value::bytes(sid.as_bytes()));
            if class::is_account(old.class) {
                let group = if old.class == classes::COMPUTER { 515 } else { 513 };
                builder.put(well_known::PRIMARY_GROUP_ID, group);
            }
            new.entry = builder.build();
        }
        for link in LINKS.from(self.tables, id, None)? {
            let value = (id, link.attribute, link.to);
            link::erase(self.tables, old.domain, value)?;
            if LinkRecord::read(&link.record)?.present {
                link::put(self.tables, domain, value, LinkRecord::ORIGINAL)?;
            }
        }
        let left = self.stamp(old.domain)?;
        let usn = self.stamp(domain)?;
        new.domain = domain;
        new.left.retain(|(was, _)| *was != old.domain && *was != domain);
        new.left.push((old.domain, left));
        new.usn_created = usn;
        new.usn_changed = usn;
        new.usn_named = usn;
        new.attribute_usns.clear();
        new.changed = self.now;
        self.save(id, old, &new)?;
        Ok(())
    }

    pub(crate) fn rename(&mut self, target: Guid, name: &str) -> Step<u64> {
        let (id, old) = self.live(target)?;
        let dn = lookup::dn(self.tables, id)?;
        self.check_movable(id, &old, &dn)?;
        let rdn = Rdn::new(old.rdn.attribute.clone(), name);
        naming::check_length(&rdn)?;
        if rdn == old.rdn {
            return Ok(id);
        }
        if lookup::child(self.tables, old.parent, &rdn)?.is_some_and(|holder| holder != id) {
            let taken = dn.parent().map(|parent| parent.child(rdn));
            return Err(refusal::name_in_use(taken.unwrap_or(dn)).into());
        }
        let entry = old.entry.with(naming::attributes(self.schema, &rdn));
        let mut new = ForestObject { rdn, entry, ..old.clone() };
        self.commit(id, &old, &mut new)?;
        Ok(id)
    }

    /// Refuses to move or rename what holds a domain together.
    fn check_movable(&self, id: u64, object: &ForestObject, dn: &Dn) -> Step<()> {
        if self.is_structure(id, object)? {
            return Err(
                refusal::unwilling("SE-035", format!("'{dn}' belongs to its domain")).into()
            );
        }
        Ok(())
    }

    /// Returns whether an object is the root of a domain or one of the containers that the
    /// directory itself needs.
    pub(crate) fn is_structure(&self, id: u64, object: &ForestObject) -> StoreResult<bool> {
        let domain: Domain = rows::expect(self.tables, object.domain)?;
        let is_container = class::is_container(object.class)
            && object.entry.has(well_known::IS_CRITICAL_SYSTEM_OBJECT);
        Ok(id == domain.root || id == domain.deleted_objects || is_container)
    }
}
