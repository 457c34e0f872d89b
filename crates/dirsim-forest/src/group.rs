//! Groups: who can be a member, scopes, and the primary group (SE-045, SE-046, SE-052, SE-053).

use dirsim_model::attribute::well_known;
use dirsim_model::schema::class as classes;
use dirsim_model::{AttributeId, Entry, Sid, ValueRef};
use dirsim_store::rows;

use crate::object::ObjectHead;
use crate::refusal::{self, Step};
use crate::writer::Writer;
use crate::{Domain, ForestObject, link, lookup};

const GLOBAL: i64 = 0x2;
const DOMAIN_LOCAL: i64 = 0x4;
const UNIVERSAL: i64 = 0x8;
const SCOPES: i64 = GLOBAL | DOMAIN_LOCAL | UNIVERSAL;

impl Writer<'_> {
    /// Returns the object that a reference names: DN, GUID, SID or sAMAccountName.
    ///
    /// A member from another forest is answered by its stand-in (SE-053).
    pub(crate) fn resolve(&mut self, holder: u64, attribute: AttributeId, text: &str) -> Step<u64> {
        let head: ObjectHead = rows::expect(self.tables, holder)?;
        let domain: Domain = rows::expect(self.tables, head.domain)?;
        let is_member = attribute == well_known::MEMBER;
        let sid: Option<Sid> = text.trim().parse().ok();
        let found = match lookup::by_sam(self.tables, head.domain, text.trim())? {
            Some(id) => Some(id),
            None => lookup::by_identity(self.tables, text)?,
        };
        let live = match found {
            Some(id) => link::live_end(self.tables, id)?.map(|end| (id, end)),
            None => None,
        };
        if let Some((id, end)) = live {
            let is_stand_in = end.class == classes::FOREIGN_SECURITY_PRINCIPAL;
            let is_ours = lookup::forest_of(self.tables, id)? == domain.forest;
            if is_ours && !(is_stand_in && sid.is_some() && end.domain != head.domain) {
                return Ok(id);
            }
            let object: ForestObject = rows::expect(self.tables, id)?;
            if is_member && let Some(sid) = lookup::sid(&object) {
                return self.foreign_member(holder, head.domain, &sid);
            }
        } else if is_member && let Some(sid) = sid {
            let issuer = sid.domain();
            let ours = lookup::domains(self.tables)?
                .iter()
                .any(|(_, d)| d.forest == domain.forest && Some(&d.sid) == issuer.as_ref());
            if !ours {
                return self.foreign_member(holder, head.domain, &sid);
            }
        }
        Err(refusal::not_found(text, domain.naming_context()).into())
    }

    /// Returns the stand-in for a member from another forest; domain-local groups only (SE-053).
    fn foreign_member(&mut self, group: u64, domain: u64, sid: &Sid) -> Step<u64> {
        let group: ForestObject = rows::expect(self.tables, group)?;
        match group_type(&group.entry) & SCOPES {
            DOMAIN_LOCAL => self.foreign_principal(domain, sid),
            UNIVERSAL => {
                let why = "Foreign security principals cannot be members of universal groups";
                Err(refusal::nesting(why).into())
            }
            _ => Err(refusal::nesting("A global group cannot have a cross-domain member").into()),
        }
    }

    /// Refuses to list an account in its own primary group (SE-052).
    pub(crate) fn check_not_primary(
        &self,
        group: u64,
        object: &ForestObject,
        member: u64,
    ) -> Step<()> {
        let member_object: ForestObject = rows::expect(self.tables, member)?;
        let rid = lookup::sid(object).and_then(|sid| sid.rid());
        let primary = primary_group(&member_object.entry);
        if member_object.domain == object.domain && primary.is_some() && primary == rid {
            let account = lookup::dn(self.tables, member)?;
            let group = lookup::dn(self.tables, group)?;
            return Err(refusal::already_a_member(account, group).into());
        }
        Ok(())
    }

    /// Refuses a primary group that is no group or does not list the account (SE-052).
    pub(crate) fn check_primary_group(
        &self,
        account: u64,
        old: &ForestObject,
        entry: &Entry,
    ) -> Step<()> {
        let rid = primary_group(entry);
        let dn = lookup::dn(self.tables, account)?;
        let group = match rid {
            Some(rid) => self.group_by_rid(old.domain, rid)?,
            None => None,
        };
        let Some(group) = group else {
            let rid = rid.map_or_else(|| "nothing".to_owned(), |rid| rid.to_string());
            return Err(refusal::not_a_member_for_primary(dn, format!("RID {rid}")).into());
        };
        let record = link::get(self.tables, group, well_known::MEMBER, account)?;
        if !record.is_some_and(|record| record.present) {
            let group = lookup::dn(self.tables, group)?;
            return Err(refusal::not_a_member_for_primary(dn, group).into());
        }
        Ok(())
    }

    /// Takes the account out of the member list of its new primary group and lists it in the
    /// former one (SE-052).
    pub(crate) fn change_primary_group(
        &mut self,
        account: u64,
        old: &ForestObject,
        new: &ForestObject,
    ) -> Step<()> {
        for (entry, present) in [(&new.entry, false), (&old.entry, true)] {
            if let Some(rid) = primary_group(entry)
                && let Some(group) = self.group_by_rid(new.domain, rid)?
            {
                self.write_links(group, &[(well_known::MEMBER, account, present)])?;
            }
        }
        Ok(())
    }

    /// Returns the live group of a domain with a relative identifier.
    fn group_by_rid(&self, domain: u64, rid: u32) -> Step<Option<u64>> {
        let row: Domain = rows::expect(self.tables, domain)?;
        let Some(id) = lookup::by_sid(self.tables, &row.sid.with_rid(rid))? else {
            return Ok(None);
        };
        let head = link::live_end(self.tables, id)?;
        Ok(head.filter(|h| h.class == classes::GROUP && h.domain == domain).map(|_| id))
    }

    /// Refuses group types without exactly one scope, and changes of scope that nested groups
    /// forbid (SE-045, SE-046).
    pub(crate) fn check_group_type(&self, id: u64, old: &ForestObject, entry: &Entry) -> Step<()> {
        let (before, after) = (group_type(&old.entry) & SCOPES, group_type(entry) & SCOPES);
        if after.count_ones() != 1 {
            return Err(refusal::group_type(group_type(entry)).into());
        }
        let why = match (before, after) {
            (GLOBAL, UNIVERSAL) => {
                let groups = link::holders(self.tables, id, Some(well_known::MEMBER))?;
                self.any_with_scope(groups, GLOBAL)?
                    .then_some("A global group cannot have a universal group as a member")
            }
            (DOMAIN_LOCAL, UNIVERSAL) => {
                let members = link::held(self.tables, id, Some(well_known::MEMBER))?;
                self.any_with_scope(members, DOMAIN_LOCAL)?
                    .then_some("A universal group cannot have a local group as a member")
            }
            (UNIVERSAL, GLOBAL) => {
                let members = link::held(self.tables, id, Some(well_known::MEMBER))?;
                self.any_with_scope(members, UNIVERSAL)?
                    .then_some("A global group cannot have a universal group as a member")
            }
            (GLOBAL, DOMAIN_LOCAL) | (DOMAIN_LOCAL, GLOBAL) => {
                let why = "a scope changes between global and domain local by way of universal";
                return Err(refusal::illegal_modify("SE-046", why).into());
            }
            _ => None,
        };
        match why {
            Some(why) => Err(refusal::nesting(why).into()),
            None => Ok(()),
        }
    }

    fn any_with_scope(&self, groups: Vec<(AttributeId, u64)>, scope: i64) -> Step<bool> {
        for (_, id) in groups {
            let object: ForestObject = rows::expect(self.tables, id)?;
            if object.deleted.is_none()
                && object.class == classes::GROUP
                && group_type(&object.entry) & SCOPES == scope
            {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

fn group_type(entry: &Entry) -> i64 {
    entry.get(well_known::GROUP_TYPE).first().and_then(ValueRef::as_integer).unwrap_or_default()
}

fn primary_group(entry: &Entry) -> Option<u32> {
    let rid = entry.get(well_known::PRIMARY_GROUP_ID).first()?.as_integer()?;
    u32::try_from(rid).ok()
}
