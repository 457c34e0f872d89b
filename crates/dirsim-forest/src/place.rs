//! Creating one object (SE-038, SE-040, SE-041).

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::schema::class as classes;
use dirsim_model::{ClassId, Dn, EntryBuilder, Schema, Sid, Side, Value};
use dirsim_store::rows;

use crate::link::{self, LinkRecord};
use crate::refusal::{self, Step};
use crate::writer::{Birth, Writer};
use crate::{Domain, NewObject, class, conform, lookup, naming};

/// Longest account name of a user.
const LONGEST_ACCOUNT: usize = 20;
/// What an account name cannot hold.
const NOT_IN_ACCOUNT: &[char] =
    &['"', '/', '\\', '[', ']', ':', ';', '|', '=', ',', '+', '*', '?', '<', '>', '@'];

impl Writer<'_> {
    pub(crate) fn place(&mut self, new: &NewObject) -> Step<u64> {
        let Some(rdn) = new.dn.rdn() else {
            return Err(refusal::bad_name(&new.dn, "is empty").into());
        };
        let Some((domain_id, domain)) = lookup::domain_of(self.tables, &new.dn)? else {
            let domains = lookup::domains(self.tables)?;
            let partitions: Vec<String> =
                domains.iter().map(|(_, d)| d.naming_context().to_string()).collect();
            return Err(refusal::no_partition(&new.dn, &partitions).into());
        };
        if new.dn.depth() == domain.naming_context().depth() {
            return Err(refusal::name_in_use(&new.dn).into());
        }
        if new.class == classes::DOMAIN {
            return Err(refusal::unwilling("SE-035", "domains are made with their forest").into());
        }
        naming::check(rdn, new.class)?;
        let (parent, container) =
            self.container(&new.dn.parent().unwrap_or_else(|| new.dn.clone()))?;
        if !class::may_hold_others(container.class) {
            let parent = lookup::dn(self.tables, parent)?;
            return Err(refusal::illegal_superior(&new.dn, parent).into());
        }
        if lookup::child(self.tables, parent, rdn)?.is_some() {
            return Err(refusal::name_in_use(&new.dn).into());
        }
        let mut builder = self.given_attributes(new, rdn)?;
        defaults(self.schema, &mut builder, new.class, rdn);
        if class::is_principal(new.class) && builder.get(well_known::SAM_ACCOUNT_NAME).is_empty() {
            builder.put(well_known::SAM_ACCOUNT_NAME, account_name(new.class, &rdn.value));
        }
        let draft = builder.build();
        self.check_account_length(new.class, draft.text(well_known::SAM_ACCOUNT_NAME))?;
        self.check_names(None, &new.dn, domain_id, &draft)?;
        let guid = new.guid.unwrap_or_else(|| self.dice.guid());
        if let Some(holder) = lookup::by_guid(self.tables, guid)? {
            let holder = lookup::dn(self.tables, holder)?;
            return Err(refusal::identifier_taken("objectGUID", guid, &new.dn, holder).into());
        }
        builder.put(well_known::OBJECT_GUID, Value::bytes(*guid.as_bytes()));
        if let Some(sid) = self.sid_of(new, domain_id, &domain, rdn)? {
            builder.put(well_known::OBJECT_SID, Value::bytes(sid.as_bytes()));
        }
        let id = self.give_birth(Birth {
            domain: domain_id,
            parent,
            rdn: rdn.clone(),
            class: new.class,
            guid,
            entry: builder.build(),
        })?;
        for (attribute, targets) in &new.references {
            let name = self.schema.name(*attribute);
            if !self.schema.is_reference(Side::Forest, *attribute) {
                return Err(refusal::no_such_value(name).into());
            }
            if conform::computed(self.schema).contains(attribute) {
                return Err(refusal::owned_by_system(name).into());
            }
            if targets.len() > 1 && !self.schema.is_multi_valued(Side::Forest, *attribute) {
                return Err(refusal::one_value_only(name).into());
            }
            for target in targets {
                let to = self.resolve(id, *attribute, &target.to_string())?;
                let link = (id, *attribute, to);
                link::put(self.tables, domain_id, link, LinkRecord::ORIGINAL)?;
            }
        }
        Ok(id)
    }

    /// Checks the attributes that an administrator gives to a new object.
    fn given_attributes(&self, new: &NewObject, rdn: &Rdn) -> Step<EntryBuilder> {
        let computed = conform::computed(self.schema);
        let naming = naming::attributes(self.schema, rdn);
        let mut builder = EntryBuilder::new();
        for (attribute, given) in &new.attributes {
            let name = self.schema.name(*attribute);
            if computed.contains(attribute)
                || matches!(*attribute, well_known::OBJECT_GUID | well_known::OBJECT_SID)
            {
                return Err(refusal::owned_by_system(name).into());
            }
            if conform::is_foreign(self.schema, *attribute)
                || self.schema.is_reference(Side::Forest, *attribute)
            {
                return Err(refusal::no_such_value(name).into());
            }
            let values = conform::values(self.schema, *attribute, given)?;
            conform::check_length(self.schema, *attribute, &values)?;
            if let Some((_, expected)) = naming.iter().find(|(id, _)| id == attribute) {
                if values != *expected {
                    return Err(refusal::naming_attribute(name).into());
                }
                continue;
            }
            builder.set(*attribute, values);
        }
        Ok(builder)
    }

    /// Returns the SID of a new object: the given one, or the next of its domain (SE-038).
    fn sid_of(
        &mut self,
        new: &NewObject,
        domain_id: u64,
        domain: &Domain,
        rdn: &Rdn,
    ) -> Step<Option<Sid>> {
        if new.class == classes::FOREIGN_SECURITY_PRINCIPAL {
            return Ok(new.sid.clone().or_else(|| rdn.value.parse().ok()));
        }
        if !class::is_principal(new.class) {
            return Ok(new.sid.clone());
        }
        let Some(sid) = &new.sid else {
            return Ok(Some(domain.sid.with_rid(self.next_rid(domain_id)?)));
        };
        if let Some(holder) = lookup::by_sid(self.tables, sid)?
            && lookup::head(self.tables, holder)?
                .is_some_and(|head| head.class != classes::FOREIGN_SECURITY_PRINCIPAL)
            && lookup::forest_of(self.tables, holder)? == domain.forest
        {
            let holder = lookup::dn(self.tables, holder)?;
            return Err(refusal::identifier_taken("objectSid", sid, &new.dn, holder).into());
        }
        let mut row: Domain = rows::expect(self.tables, domain_id)?;
        if sid.domain().as_ref() == Some(&row.sid)
            && let Some(rid) = sid.rid()
        {
            row.next_rid = row.next_rid.max(rid.saturating_add(1));
            rows::put(self.tables, domain_id, &row)?;
        }
        Ok(Some(sid.clone()))
    }

    /// Refuses account names that are too long for a user.
    pub(crate) fn check_account_length(&self, class: ClassId, name: Option<&str>) -> Step<()> {
        let is_user = matches!(class, classes::USER | classes::INET_ORG_PERSON);
        if is_user && name.is_some_and(|name| name.chars().count() > LONGEST_ACCOUNT) {
            let attribute = self.schema.name(well_known::SAM_ACCOUNT_NAME);
            return Err(refusal::out_of_range(attribute, LONGEST_ACCOUNT).into());
        }
        Ok(())
    }

    /// Returns the stand-in for a foreign principal in a domain, making it when needed (SE-053).
    pub(crate) fn foreign_principal(&mut self, domain_id: u64, sid: &Sid) -> Step<u64> {
        let domain: Domain = rows::expect(self.tables, domain_id)?;
        let dn: Dn = domain
            .naming_context()
            .child(Rdn::new("CN", "ForeignSecurityPrincipals"))
            .child(Rdn::new("CN", sid.to_string()));
        if let Some(id) = lookup::by_dn(self.tables, &dn)? {
            return Ok(id);
        }
        self.place(&NewObject {
            dn,
            class: classes::FOREIGN_SECURITY_PRINCIPAL,
            guid: None,
            sid: Some(sid.clone()),
            attributes: Vec::new(),
            references: Vec::new(),
        })
    }
}

/// Fills in what the directory itself gives to a new object; what is there stays.
pub(crate) fn defaults(schema: &Schema, builder: &mut EntryBuilder, class: ClassId, rdn: &Rdn) {
    for (attribute, values) in naming::attributes(schema, rdn) {
        builder.set(attribute, values);
    }
    let mut unless_given = |attribute, value: Value| {
        if builder.get(attribute).is_empty() {
            builder.put(attribute, value);
        }
    };
    if class::is_account(class) {
        // SE-044: 512 is a normal enabled account, 4096 a workstation.
        let is_computer = class == classes::COMPUTER;
        let (control, group) = if is_computer { (4096, 515) } else { (512, 513) };
        unless_given(well_known::USER_ACCOUNT_CONTROL, Value::Integer(control));
        unless_given(well_known::PRIMARY_GROUP_ID, Value::Integer(group));
    }
    if class == classes::GROUP {
        // SE-045: global and security-enabled.
        unless_given(well_known::GROUP_TYPE, Value::Integer(-2_147_483_646));
    }
    if builder.get(well_known::OBJECT_CLASS).is_empty() {
        let lineage = class::lineage(schema, class);
        builder.set(well_known::OBJECT_CLASS, lineage.into_iter().map(Value::from).collect());
    }
}

/// Derives the account name of a principal from its name, as the module does.
pub(crate) fn account_name(class: ClassId, name: &str) -> String {
    let mut account: String =
        name.chars().filter(|c| !NOT_IN_ACCOUNT.contains(c) && !c.is_control()).collect();
    match class {
        classes::COMPUTER => account.push('$'),
        classes::GROUP => {}
        _ => account = account.chars().take(LONGEST_ACCOUNT).collect(),
    }
    account
}
