//! The forest side of a population.

use std::collections::BTreeSet;

use dirsim_forest::NewObject;
use dirsim_model::dn::Rdn;
use dirsim_model::schema::class;
use dirsim_model::time::DAY_MS;
use dirsim_model::{AttributeId, ClassId, Dn, Guid, Timestamp, Value};

use super::defect::DefectKind;
use super::names::{mailbox_form, pick};
use super::person::coprime_step;
use super::{Population, Stream};

/// The first relative identifier that is not taken by what every domain is born with.
const FIRST_RID: u32 = 1104;
/// A global security group (SE-045).
const GLOBAL_SECURITY: i64 = -2_147_483_646;
/// A universal security group.
const UNIVERSAL_SECURITY: i64 = -2_147_483_640;
/// A universal distribution group.
const UNIVERSAL_DISTRIBUTION: i64 = 8;

/// What a user is called, defects included.
pub(super) struct Account {
    pub(super) upn: Option<String>,
    pub(super) sam: String,
    pub(super) mail: Option<String>,
    pub(super) proxies: Vec<String>,
}

/// A group before it is written.
pub(super) struct Group {
    pub(super) name: String,
    pub(super) alias: String,
    pub(super) kind: i64,
    /// Whether it has an address.
    pub(super) mail: bool,
    pub(super) size: u32,
    first_member: u32,
}

impl Population {
    /// Walks over the objects of the forest: containers first, then users, groups, contacts.
    pub fn forest_objects(&self) -> impl Iterator<Item = NewObject> {
        let options = &self.options;
        self.containers()
            .into_iter()
            .chain((0..options.users).map(|number| self.user(number)))
            .chain((0..options.groups).map(|number| self.group_object(number)))
            .chain((0..options.contacts).map(|number| self.contact(number)))
            .chain(self.carriers().flat_map(|(user, kind)| self.clash_objects(user, kind)))
    }

    fn containers(&self) -> Vec<NewObject> {
        let mut paths: Vec<Vec<&str>> = vec![vec!["Corp"]];
        for city in &self.names.cities {
            paths.push(vec!["Corp", &city.name]);
            paths.push(vec!["Corp", &city.name, "Users"]);
        }
        paths.push(vec!["Corp", "Groups"]);
        paths.push(vec!["Corp", "Contacts"]);
        let mut made = BTreeSet::new();
        paths.retain(|path| made.insert(self.container(path).key()));
        paths
            .iter()
            .enumerate()
            .map(|(number, path)| NewObject {
                dn: self.container(path),
                class: class::ORGANIZATIONAL_UNIT,
                guid: Some(self.dice(Stream::ContainerGuid, number as u64).guid()),
                sid: None,
                attributes: vec![(
                    self.attributes.ou,
                    path.last().map(|name| Value::text(*name)).into_iter().collect(),
                )],
                references: Vec::new(),
            })
            .collect()
    }

    pub(super) fn user_guid(&self, number: u32) -> Guid {
        self.dice(Stream::UserGuid, u64::from(number)).guid()
    }

    /// Returns what a user is called.
    pub(super) fn account(&self, number: u32) -> Account {
        let person = self.person(number);
        let domain = &self.options.domain;
        let alias = &person.alias;
        let address = format!("{alias}@{domain}");
        // Account names hold twenty characters.
        let numbered = || format!("u{number}");
        let mut account = Account {
            upn: Some(address.clone()),
            sam: if alias.len() <= 20 { alias.clone() } else { numbered() },
            mail: Some(address.clone()),
            proxies: vec![format!("SMTP:{address}")],
        };
        if person.second_address {
            account.proxies.push(format!("smtp:e{number}@{domain}"));
        }
        match self.defect_of(number) {
            Some(DefectKind::LowerCaseSmtp) => {
                account.upn = Some(format!("{alias}.ad@{domain}"));
                account.mail = None;
                account.proxies = vec![format!("smtp:{address}")];
            }
            // The second user takes the account name that makes the same UPN.
            Some(DefectKind::DuplicateUpn) => account.sam = numbered(),
            Some(DefectKind::DuplicateProxyAddress) => {
                account.proxies.push(format!("smtp:shared{number}@{domain}"));
            }
            Some(DefectKind::UnverifiedSuffix) => {
                account.upn = Some(format!("{alias}@{}", self.options.unverified_suffix));
            }
            Some(DefectKind::SecondaryAddressCollision) => {
                account.proxies.push(format!("smtp:info.{address}"));
            }
            Some(DefectKind::InvalidUpnCharacters) => {
                account.upn = Some(format!("{alias}+1@{domain}"));
            }
            Some(DefectKind::UpnOutsideAscii) => {
                account.upn = Some(format!("{alias}ë@{domain}"));
            }
            _ => {}
        }
        if let Some(before) = number.checked_sub(1) {
            match self.partner_defect_of(number) {
                Some(DefectKind::DuplicateUpn) => {
                    account.upn = None;
                    account.sam = self.person(before).alias;
                }
                Some(DefectKind::DuplicateProxyAddress) => {
                    account.proxies.push(format!("smtp:shared{before}@{domain}"));
                }
                _ => {}
            }
        }
        account
    }

    pub(super) fn user(&self, number: u32) -> NewObject {
        let a = &self.attributes;
        let person = self.person(number);
        let account = self.account(number);
        let city = person.city;
        let created = self.options.as_of + -DAY_MS * (30 + i64::from(number % 3000));
        let changed = created.max(self.options.as_of + -DAY_MS * i64::from(1 + number % 200));
        let mut object = Draft::default();
        object.text(a.cn, self.dn_of(&person).rdn().map_or("", |rdn| &rdn.value));
        object.text(a.sn, person.surname);
        object.text(a.given_name, person.given);
        object.text(a.display_name, &person.display);
        object.text(a.sam, &account.sam);
        if let Some(upn) = &account.upn {
            object.text(a.upn, upn);
        }
        if let Some(mail) = &account.mail {
            object.text(a.mail, mail);
        }
        object.text(a.mail_nickname, &person.alias);
        object.texts(a.proxy_addresses, &account.proxies);
        object.put(a.uac, Value::Integer(if person.disabled { 514 } else { 512 }));
        object.put(a.primary_group, Value::Integer(513));
        object.text(a.title, person.title);
        object.text(a.department, person.department);
        object.text(a.company, &self.options.company);
        object.text(a.l, &city.name);
        if !city.state.is_empty() {
            object.text(a.st, &city.state);
        }
        object.text(a.c, &city.country);
        object.text(a.co, &city.country_name);
        object.put(a.country_code, Value::Integer(city.country_code));
        object.text(a.postal_code, &city.postal_code);
        object.text(a.street, &person.street);
        object.text(a.telephone, &person.telephone);
        if let Some(mobile) = &person.mobile {
            object.text(a.mobile, mobile);
        }
        object.text(a.employee_id, &format!("{:07}", 1000 + number));
        object.put(a.pwd_last_set, Value::Integer(changed.to_filetime()));
        object.times(self, created, changed);
        let manager = Self::manager_of(number).map(|manager| self.user_dn(manager));
        NewObject {
            dn: self.dn_of(&person),
            class: class::USER,
            guid: Some(self.user_guid(number)),
            sid: Some(self.domain_sid.with_rid(FIRST_RID.saturating_add(number))),
            attributes: object.attributes,
            references: manager.map(|dn| (a.manager, vec![dn])).into_iter().collect(),
        }
    }

    /// Returns what a group is.
    pub(super) fn group(&self, number: u32) -> Group {
        let mut dice = self.dice(Stream::Group, u64::from(number));
        let department = &pick(&self.names.departments, dice.next()).name;
        let city = &pick(&self.names.cities, dice.next()).name;
        let word = pick(&self.names.group_words, dice.next());
        let (kind, mail) = match dice.below(10) {
            0..=3 => (GLOBAL_SECURITY, false),
            4..=5 => (UNIVERSAL_SECURITY, true),
            _ => (UNIVERSAL_DISTRIBUTION, true),
        };
        // Many small groups and a few large ones, with the wanted average.
        let average = u64::from(self.options.members_average);
        let size = match dice.below(20) {
            0 => average * (2 + dice.below(9)),
            1..=9 => average * (2 + dice.below(16)) / 10,
            _ => average / 10 + dice.below((average * 7 / 5).max(1)),
        };
        let size = match (number, self.options.largest_group) {
            (0, largest) if largest > 0 => largest,
            _ => u32::try_from(size).unwrap_or(u32::MAX),
        };
        let users = self.options.users;
        let first_member = dice.below(u64::from(users).max(1));
        Group {
            name: format!("{department} {city} {word} {number}"),
            alias: format!("{}-{}-{number}", mailbox_form(department), mailbox_form(word)),
            kind,
            mail,
            size: size.min(users),
            first_member: u32::try_from(first_member).unwrap_or_default(),
        }
    }

    fn group_object(&self, number: u32) -> NewObject {
        let group = self.group(number);
        let address = group.mail.then(|| format!("{}@{}", group.alias, self.options.domain));
        let users = u64::from(self.options.users).max(1);
        let step = coprime_step(users);
        let members: Vec<Dn> = (0..u64::from(group.size))
            .filter_map(|at| {
                let user = (u64::from(group.first_member) + at * step) % users;
                Some(self.user_dn(u32::try_from(user).ok()?))
            })
            .collect();
        let rid = FIRST_RID.saturating_add(self.options.users).saturating_add(number);
        let guid = self.dice(Stream::GroupGuid, u64::from(number)).guid();
        let mut object =
            self.group_draft(&group.name, &group.alias, group.kind, address.as_deref(), rid, guid);
        if !members.is_empty() {
            object.references.push((self.attributes.member, members));
        }
        object
    }

    fn group_draft(
        &self,
        name: &str,
        alias: &str,
        kind: i64,
        address: Option<&str>,
        rid: u32,
        guid: Guid,
    ) -> NewObject {
        let a = &self.attributes;
        let mut object = Draft::default();
        object.text(a.cn, name);
        object.text(a.display_name, name);
        object.text(a.sam, alias);
        object.put(a.group_type, Value::Integer(kind));
        object.text(a.description, &format!("{name} of {}", self.options.company));
        if let Some(address) = address {
            object.text(a.mail, address);
            object.text(a.mail_nickname, alias);
            object.texts(a.proxy_addresses, &[format!("SMTP:{address}")]);
        }
        let day = self.options.as_of + -DAY_MS * 400;
        object.times(self, day, day);
        self.finish(object, &["Corp", "Groups"], name, class::GROUP, guid, Some(rid))
    }

    fn contact(&self, number: u32) -> NewObject {
        let person = self.person(self.options.users.saturating_add(number));
        let partner = pick(&self.names.partners, u64::from(number));
        let company = partner.split('.').next().unwrap_or_default();
        let address = format!("{}@{partner}", person.alias);
        let guid = self.dice(Stream::ContactGuid, u64::from(number)).guid();
        self.contact_draft(
            &format!("{} ({company})", person.display),
            &person.alias,
            &address,
            guid,
        )
    }

    fn contact_draft(&self, name: &str, alias: &str, address: &str, guid: Guid) -> NewObject {
        let a = &self.attributes;
        let mut object = Draft::default();
        object.text(a.cn, name);
        object.text(a.display_name, name);
        object.text(a.mail, address);
        object.text(a.mail_nickname, alias);
        object.text(a.target_address, &format!("SMTP:{address}"));
        object.texts(a.proxy_addresses, &[format!("SMTP:{address}")]);
        let day = self.options.as_of + -DAY_MS * 300;
        object.times(self, day, day);
        self.finish(object, &["Corp", "Contacts"], name, class::CONTACT, guid, None)
    }

    /// Returns the objects that a defect adds to the forest.
    pub(super) fn clash_objects(&self, user: u32, kind: DefectKind) -> Vec<NewObject> {
        let domain = &self.options.domain;
        let alias = self.person(user).alias;
        let guid = |part: u64| self.dice(Stream::ClashGuid, u64::from(user) * 2 + part).guid();
        match kind {
            DefectKind::ContactAgainstUser => {
                let address = format!("ext.{alias}@{domain}");
                let name = format!("External {alias}");
                vec![self.contact_draft(&name, &format!("ext.{alias}"), &address, guid(0))]
            }
            DefectKind::GroupAgainstGroup => {
                let address = format!("team.{alias}@{domain}");
                let first_rid = FIRST_RID
                    .saturating_add(self.options.users)
                    .saturating_add(self.options.groups);
                (0..2)
                    .map(|part| {
                        let rid = first_rid.saturating_add(user.saturating_mul(2)) + part;
                        self.group_draft(
                            &format!("Team {alias} {}", part + 1),
                            &format!("team.{alias}.{}", part + 1),
                            UNIVERSAL_DISTRIBUTION,
                            Some(&address),
                            rid,
                            guid(u64::from(part)),
                        )
                    })
                    .collect()
            }
            _ => Vec::new(),
        }
    }

    fn finish(
        &self,
        draft: Draft,
        container: &[&str],
        name: &str,
        class: ClassId,
        guid: Guid,
        rid: Option<u32>,
    ) -> NewObject {
        NewObject {
            dn: self.container(container).child(Rdn::new("CN", name)),
            class,
            guid: Some(guid),
            sid: rid.map(|rid| self.domain_sid.with_rid(rid)),
            attributes: draft.attributes,
            references: Vec::new(),
        }
    }
}

/// The attributes of an object, in the order they are written.
#[derive(Default)]
struct Draft {
    attributes: Vec<(AttributeId, Vec<Value>)>,
}

impl Draft {
    fn put(&mut self, attribute: AttributeId, value: Value) {
        self.attributes.push((attribute, vec![value]));
    }

    fn text(&mut self, attribute: AttributeId, text: &str) {
        self.put(attribute, Value::text(text));
    }

    fn texts(&mut self, attribute: AttributeId, texts: &[String]) {
        let values = texts.iter().map(|text| Value::text(text.as_str())).collect();
        self.attributes.push((attribute, values));
    }

    fn times(&mut self, population: &Population, created: Timestamp, changed: Timestamp) {
        self.text(population.attributes.when_created, &created.to_generalized());
        self.text(population.attributes.when_changed, &changed.to_generalized());
    }
}
