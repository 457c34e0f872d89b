//! Making a forest: its domains with the containers and accounts they are born with (SE-035,
//! SE-042).

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::schema::class;
use dirsim_model::{ClassId, Dice, EntryBuilder, Schema, Sid, Timestamp, Value};
use dirsim_store::tables::attempt;
use dirsim_store::{StoreResult, Tables, rows};

use crate::link::{self, LinkRecord};
use crate::refusal::{Fail, Step};
use crate::writer::{Birth, Writer};
use crate::{Domain, ForestObject, ForestRefusal, NewForest, lookup, place, refusal};

/// The first relative identifier for objects of administrators.
const FIRST_RID: u32 = 1000;

/// Containers of every new domain: name and class.
const CONTAINERS: &[(&str, ClassId)] = &[
    ("Computers", class::CONTAINER),
    ("Domain Controllers", class::ORGANIZATIONAL_UNIT),
    ("ForeignSecurityPrincipals", class::CONTAINER),
    ("Users", class::CONTAINER),
];

/// Accounts and groups of every new domain: name, class, RID, userAccountControl or groupType.
const PRINCIPALS: &[(&str, ClassId, u32, i64)] = &[
    ("Administrator", class::USER, 500, 512),
    ("Guest", class::USER, 501, 66_082),
    ("krbtgt", class::USER, 502, 514),
    ("Domain Admins", class::GROUP, 512, -2_147_483_646),
    ("Domain Users", class::GROUP, 513, -2_147_483_646),
    ("Domain Guests", class::GROUP, 514, -2_147_483_646),
    ("Domain Computers", class::GROUP, 515, -2_147_483_646),
];

/// Makes a forest and returns the numbers of its domains, the root domain first.
///
/// Identifiers that `new` leaves open are drawn from `dice` (SE-002).
pub fn create(
    tables: &mut dyn Tables,
    schema: &Schema,
    new: &NewForest,
    dice: &mut Dice,
    now: Timestamp,
) -> StoreResult<Result<Vec<u64>, ForestRefusal>> {
    let mut drawn = dice.clone();
    let done =
        attempt(tables, |tables| Writer { tables, schema, dice: &mut drawn, now }.create(new));
    match done {
        Ok(domains) => {
            *dice = drawn;
            Ok(Ok(domains))
        }
        Err(Fail::Refused(refusal)) => Ok(Err(refusal)),
        Err(Fail::Store(error)) => Err(error),
    }
}

impl Writer<'_> {
    fn create(&mut self, new: &NewForest) -> Step<Vec<u64>> {
        let mut made = vec![self.domain(new, &new.name, new.netbios.clone(), new.sid.clone())?];
        for child in &new.child_domains {
            made.push(self.domain(new, child, None, None)?);
        }
        Ok(made)
    }

    fn domain(
        &mut self,
        new: &NewForest,
        fqdn: &str,
        netbios: Option<String>,
        sid: Option<Sid>,
    ) -> Step<u64> {
        if fqdn.split('.').any(str::is_empty) {
            return Err(refusal::bad_name(fqdn, "is no DNS name").into());
        }
        let present = lookup::domains(self.tables)?;
        if let Some((_, old)) = present.iter().find(|(_, d)| d.fqdn.eq_ignore_ascii_case(fqdn)) {
            return Err(refusal::forest_exists(fqdn, &old.forest).into());
        }
        let label = fqdn.split('.').next().unwrap_or_default();
        let sid = sid.unwrap_or_else(|| self.domain_sid());
        let id = rows::next_id(self.tables, "forest-domain")?;
        let is_root = fqdn == new.name;
        let mut domain = Domain {
            forest: new.name.clone(),
            fqdn: fqdn.to_owned(),
            netbios: netbios.unwrap_or_else(|| label.to_uppercase()),
            sid: sid.clone(),
            root: 0,
            deleted_objects: 0,
            highest_usn: 0,
            next_rid: FIRST_RID,
            recycle_bin: new.recycle_bin,
            tombstone_lifetime_days: new.tombstone_lifetime_days,
            upn_suffixes: if is_root { new.upn_suffixes.clone() } else { Vec::new() },
        };
        rows::put(self.tables, id, &domain)?;
        let root = self.built_in(id, 0, Rdn::new("DC", label), class::DOMAIN, Some(&sid), None)?;
        let deleted_objects = self.built_in(
            id,
            root,
            Rdn::new("CN", "Deleted Objects"),
            class::CONTAINER,
            None,
            None,
        )?;
        let mut users = root;
        for (name, class) in CONTAINERS {
            let attribute = crate::class::naming_attribute(*class);
            users = self.built_in(id, root, Rdn::new(attribute, *name), *class, None, None)?;
        }
        let mut by_rid = Vec::new();
        for (name, class, rid, flags) in PRINCIPALS {
            let rdn = Rdn::new("CN", *name);
            let sid = sid.with_rid(*rid);
            by_rid.push(self.built_in(id, users, rdn, *class, Some(&sid), Some(*flags))?);
        }
        if let [administrator, _, _, domain_admins, ..] = by_rid.as_slice() {
            let link = (*domain_admins, well_known::MEMBER, *administrator);
            link::put(self.tables, id, link, LinkRecord::ORIGINAL)?;
        }
        domain = Domain {
            root,
            deleted_objects,
            highest_usn: rows::expect::<Domain>(self.tables, id)?.highest_usn,
            ..domain
        };
        rows::put(self.tables, id, &domain)?;
        Ok(id)
    }

    fn built_in(
        &mut self,
        domain: u64,
        parent: u64,
        rdn: Rdn,
        class: ClassId,
        sid: Option<&Sid>,
        flags: Option<i64>,
    ) -> Step<u64> {
        let guid = self.dice.guid();
        let mut builder = EntryBuilder::new();
        builder.put(well_known::OBJECT_GUID, Value::bytes(*guid.as_bytes()));
        builder.put(well_known::IS_CRITICAL_SYSTEM_OBJECT, true);
        if let Some(sid) = sid {
            builder.put(well_known::OBJECT_SID, Value::bytes(sid.as_bytes()));
        }
        if let Some(flags) = flags {
            let is_group = class == class::GROUP;
            let attribute =
                if is_group { well_known::GROUP_TYPE } else { well_known::USER_ACCOUNT_CONTROL };
            builder.put(attribute, flags);
            builder.put(well_known::SAM_ACCOUNT_NAME, Value::text(rdn.value.clone()));
            if &*rdn.value == "Guest" {
                builder.put(well_known::PRIMARY_GROUP_ID, 514);
            }
        }
        place::defaults(self.schema, &mut builder, class, &rdn);
        let entry = builder.build();
        Ok(self.give_birth(Birth { domain, parent, rdn, class, guid, entry })?)
    }

    /// Draws the SID of a domain.
    fn domain_sid(&mut self) -> Sid {
        let mut sid: Sid = "S-1-5-21".parse().expect("the prefix of domain SIDs is a SID");
        for _ in 0..3 {
            let part = self.dice.below(u64::from(u32::MAX));
            sid = sid.with_rid(u32::try_from(part).expect("below 2^32"));
        }
        sid
    }
}

/// Returns whether an object was made with its domain and never written since, so that a loader may
/// put the real one in its place.
pub(crate) fn is_untouched(object: &ForestObject) -> bool {
    object.deleted.is_none()
        && object.usn_changed == object.usn_created
        && object.entry.has(well_known::IS_CRITICAL_SYSTEM_OBJECT)
}
