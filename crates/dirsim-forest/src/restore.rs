//! Bringing deleted objects back (SE-051, SE-062, SE-063).

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::schema::class as classes;
use dirsim_model::{Dn, Guid, Value, ValueRef};
use dirsim_store::rows;

use crate::link::{self, LinkRecord};
use crate::refusal::{self, Step};
use crate::writer::Writer;
use crate::{Domain, ForestObject, class, lookup, naming};

/// The bit of userAccountControl that disables an account (SE-044).
const DISABLED: i64 = 0x2;

impl Writer<'_> {
    pub(crate) fn restore(
        &mut self,
        target: Guid,
        parent: Option<&Dn>,
        name: Option<&str>,
    ) -> Step<u64> {
        let (id, old) = self.any(target)?;
        let Some(deletion) = old.deleted.clone() else {
            return Err(self.missing(target)?.into());
        };
        let domain: Domain = rows::expect(self.tables, old.domain)?;
        let dn = lookup::dn(self.tables, id)?;
        if domain.recycle_bin && !deletion.restorable {
            let why = format!("'{dn}' is recycled");
            return Err(refusal::illegal_modify("SE-060", why).into());
        }
        let parent = self.restore_parent(old.domain, parent, deletion.last_known_parent)?;
        let rdn =
            name.map_or(deletion.last_known_rdn, |name| Rdn::new(old.rdn.attribute.clone(), name));
        naming::check_length(&rdn)?;
        let restored = lookup::dn(self.tables, parent)?.child(rdn.clone());
        if lookup::child(self.tables, parent, &rdn)?.is_some() {
            return Err(refusal::name_in_use(restored).into());
        }
        let mut entry = old.entry.with(naming::attributes(self.schema, &rdn));
        if !deletion.restorable && class::is_account(old.class) {
            // SE-063: the account comes back disabled; the directory gives it its primary group.
            let flags = entry.get(well_known::USER_ACCOUNT_CONTROL).first();
            let flags = flags.and_then(ValueRef::as_integer).unwrap_or(512) | DISABLED;
            let group = if old.class == classes::COMPUTER { 515 } else { 513 };
            entry = entry.with([
                (well_known::USER_ACCOUNT_CONTROL, vec![Value::Integer(flags)]),
                (well_known::PRIMARY_GROUP_ID, vec![Value::Integer(group)]),
            ]);
        }
        self.check_names(Some(id), &restored, old.domain, &entry)?;
        let mut new = ForestObject { parent, rdn, entry, deleted: None, ..old.clone() };
        let usn = self.commit(id, &old, &mut new)?;
        self.return_links(id, old.domain, usn)?;
        Ok(id)
    }

    /// Returns the live container of the same domain that takes the object.
    fn restore_parent(&self, domain_id: u64, given: Option<&Dn>, last: u64) -> Step<u64> {
        let domain: Domain = rows::expect(self.tables, domain_id)?;
        let found = match given {
            Some(dn) => lookup::by_dn(self.tables, dn)?,
            None => Some(last),
        };
        if let Some(id) = found
            && let Some(head) = link::live_end(self.tables, id)?
            && head.domain == domain_id
            && id != domain.deleted_objects
            && class::may_hold_others(head.class)
        {
            return Ok(id);
        }
        let name = match given {
            Some(dn) => dn.clone(),
            None => lookup::dn(self.tables, last)?,
        };
        Err(refusal::parent_gone(name).into())
    }

    /// Gives every value whose two ends live again a new change number, so that it is reported as
    /// an addition (SE-051). With the recycle bin off there are no values left.
    fn return_links(&mut self, id: u64, domain: u64, usn: u64) -> Step<()> {
        for (attribute, to) in link::held(self.tables, id, None)? {
            if link::live_end(self.tables, to)?.is_some() {
                let record = LinkRecord { usn, present: true };
                link::put(self.tables, domain, (id, attribute, to), record)?;
            }
        }
        for (attribute, holder) in link::holders(self.tables, id, None)? {
            if link::live_end(self.tables, holder)?.is_some() && holder != id {
                self.write_links(holder, &[(attribute, id, true)])?;
            }
        }
        Ok(())
    }
}
