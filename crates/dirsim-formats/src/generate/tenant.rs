//! The tenant side of a population: what is in the cloud before the first synchronization.

use dirsim_model::time::DAY_MS;
use dirsim_model::{AttributeId, Guid, SourceAnchor, Value};
use dirsim_tenant::{NewTenantObject, TenantType};

use super::defect::DefectKind;
use super::forest::Group;
use super::names::pick;
use super::person::Person;
use super::{Population, Stream};

/// What distinguishes the cloud object that belongs to a user from the plain one.
#[derive(Default)]
struct Cloud {
    upn: String,
    /// The primary address.
    address: Option<String>,
    anchor: Option<Guid>,
    role: bool,
    deleted: bool,
}

impl Population {
    /// Walks over the active users of the tenant.
    pub fn tenant_users(&self) -> impl Iterator<Item = NewTenantObject> {
        (0..self.options.users)
            .flat_map(|number| self.cloud_users(number))
            .filter(|user| user.deleted.is_none())
            .chain((0..self.options.cloud_only).map(|number| self.cloud_only(number)))
    }

    /// Walks over the deleted users of the tenant; each with the UPN it had before.
    pub fn deleted_users(&self) -> impl Iterator<Item = NewTenantObject> {
        self.carriers()
            .flat_map(|(user, _)| self.cloud_users(user))
            .filter(|user| user.deleted.is_some())
    }

    /// Walks over the users that hold an admin role.
    pub fn role_holders(&self) -> impl Iterator<Item = NewTenantObject> {
        self.carriers()
            .filter(|(_, kind)| *kind == DefectKind::AdminRoleHolder)
            .flat_map(|(user, _)| self.cloud_users(user))
            .filter(|user| !user.roles.is_empty())
    }

    /// Walks over the groups of the tenant.
    pub fn tenant_groups(&self) -> impl Iterator<Item = NewTenantObject> {
        (0..self.options.groups)
            .filter_map(|number| {
                let group = self.group(number);
                let dice = &mut self.dice(Stream::CloudGroupId, u64::from(number));
                let there = dice.below(100) < u64::from(self.options.cloud_group_share);
                let address = format!("{}@{}", group.alias, self.options.domain);
                (there && group.mail)
                    .then(|| self.cloud_group(&group.name, &address, dice.guid(), None, &group))
            })
            .chain(self.carriers().filter_map(|(user, kind)| self.clashing_group(user, kind)))
    }

    /// Returns UPN or address of what the row of a defect meets in the tenant.
    pub(super) fn met_in_tenant(&self, user: u32, kind: DefectKind) -> Option<String> {
        match kind {
            DefectKind::UserAgainstGroup | DefectKind::AnchorOfOtherType => {
                Some(self.clash_address(user, kind))
            }
            _ => self.cloud_of(user).first().map(|cloud| cloud.upn.clone()),
        }
    }

    /// Returns what the cloud holds of a user, the one that a row meets first.
    fn cloud_of(&self, number: u32) -> Vec<Cloud> {
        let (domain, initial) = (&self.options.domain, &self.options.initial_domain);
        let alias = self.person(number).alias;
        let address = format!("{alias}@{domain}");
        let (same_upn, same_address) = (address.clone(), Some(address.clone()));
        let other_upn = format!("{alias}.cloud@{initial}");
        let own_anchor = Some(self.user_guid(number));
        let one = |upn: String, address: Option<String>| Cloud { upn, address, ..Cloud::default() };
        let Some(kind) = self.defect_of(number) else {
            // The second user of a defect stays out of the cloud, so that only the defect decides.
            let mut dice = self.dice(Stream::Cloud, u64::from(number));
            if self.partner_defect_of(number).is_some() {
                return Vec::new();
            }
            let (plain, stamped) = (self.options.cloud_share, self.options.stamped_share);
            let place = dice.below(100);
            return if place < u64::from(plain) {
                vec![one(same_upn, same_address)]
            } else if place < u64::from(plain) + u64::from(stamped) {
                vec![Cloud { anchor: own_anchor, ..one(other_upn, same_address) }]
            } else {
                Vec::new()
            };
        };
        match kind {
            DefectKind::SoftMatchSmtp | DefectKind::LowerCaseSmtp => {
                vec![one(other_upn, same_address)]
            }
            DefectKind::SoftMatchUpn => vec![one(same_upn, None)],
            DefectKind::HardMatchStamped => {
                let address = Some(format!("{alias}.cloud@{domain}"));
                vec![Cloud {
                    anchor: own_anchor,
                    ..one(format!("{alias}.cloud@{domain}"), address)
                }]
            }
            DefectKind::SmtpAndUpnAtTwoUsers => {
                vec![one(format!("{alias}.old@{domain}"), same_address), one(same_upn, None)]
            }
            DefectKind::AdminRoleHolder => {
                vec![Cloud { role: true, ..one(same_upn, same_address) }]
            }
            DefectKind::OtherAnchorSameSmtp => {
                let anchor = Some(self.dice(Stream::CloudId, u64::MAX - u64::from(number)).guid());
                vec![Cloud { anchor, ..one(other_upn, same_address) }]
            }
            DefectKind::SecondaryAddressCollision => {
                let address = format!("info.{address}");
                vec![one(format!("info.{alias}@{initial}"), Some(address))]
            }
            DefectKind::ContactAgainstUser => {
                vec![one(other_upn, Some(format!("ext.{address}")))]
            }
            DefectKind::RecycleBinSameAnchor => {
                vec![Cloud { anchor: own_anchor, deleted: true, ..one(same_upn, same_address) }]
            }
            DefectKind::DuplicateUpn
            | DefectKind::DuplicateProxyAddress
            | DefectKind::UnverifiedSuffix
            | DefectKind::UserAgainstGroup
            | DefectKind::GroupAgainstGroup
            | DefectKind::AnchorOfOtherType
            | DefectKind::InvalidUpnCharacters
            | DefectKind::UpnOutsideAscii => Vec::new(),
        }
    }

    fn cloud_users(&self, number: u32) -> Vec<NewTenantObject> {
        let clouds = self.cloud_of(number);
        if clouds.is_empty() {
            return Vec::new();
        }
        let person = self.person(number);
        let mut dice = self.dice(Stream::CloudId, u64::from(number));
        clouds.into_iter().map(|cloud| self.cloud_user(&person, &cloud, dice.guid())).collect()
    }

    fn cloud_only(&self, number: u32) -> NewTenantObject {
        let beyond = self.options.users.saturating_add(self.options.contacts);
        let person = self.person(beyond.saturating_add(number));
        let upn = format!("{}@{}", person.alias, self.options.initial_domain);
        let id = self.dice(Stream::CloudOnly, u64::from(number)).guid();
        self.cloud_user(&person, &Cloud { upn, ..Cloud::default() }, id)
    }

    fn cloud_user(&self, person: &Person<'_>, cloud: &Cloud, id: Guid) -> NewTenantObject {
        let a = &self.attributes;
        let nickname = cloud.upn.split('@').next().unwrap_or_default();
        let text = |text: &str| vec![Value::text(text)];
        let mut attributes: Vec<(AttributeId, Vec<Value>)> = vec![
            (a.upn, text(&cloud.upn)),
            (a.display_name, text(&person.display)),
            (a.given_name, text(person.given)),
            (a.surname, text(person.surname)),
            (a.mail_nickname, text(nickname)),
            (a.account_enabled, vec![Value::Boolean(true)]),
            (a.user_type, text("Member")),
            (a.city, text(&person.city.name)),
            (a.country, text(&person.city.country_name)),
            (a.department, text(person.department)),
            (a.company_name, text(&self.options.company)),
            (a.job_title, text(person.title)),
            (a.usage_location, text(&person.city.country)),
            (a.created, vec![Value::Time(self.options.as_of + -DAY_MS * 365)]),
        ];
        if !person.city.state.is_empty() {
            attributes.push((a.state, text(&person.city.state)));
        }
        if let Some(address) = &cloud.address {
            attributes.push((a.mail, text(address)));
            attributes.push((a.proxy_addresses, text(&format!("SMTP:{address}"))));
        }
        if let Some(anchor) = cloud.anchor {
            attributes.push((a.immutable_id, text(SourceAnchor::from_guid(anchor).as_str())));
        }
        if cloud.deleted {
            attributes.push((a.sync_enabled, vec![Value::Boolean(false)]));
        }
        attributes.sort_by_key(|(attribute, _)| *attribute);
        let number = u64::from(*id.as_bytes().first().unwrap_or(&0));
        NewTenantObject {
            kind: TenantType::User,
            id: Some(id),
            attributes,
            roles: cloud
                .role
                .then(|| pick(&self.names.roles, number).clone())
                .into_iter()
                .collect(),
            eligible_roles: Vec::new(),
            references: Vec::new(),
            deleted: cloud.deleted.then_some(self.options.as_of + -DAY_MS * 10),
        }
    }

    fn clash_address(&self, user: u32, kind: DefectKind) -> String {
        let alias = self.person(user).alias;
        let prefix = if kind == DefectKind::AnchorOfOtherType { "group." } else { "" };
        format!("{prefix}{alias}@{}", self.options.domain)
    }

    /// Returns the group that a defect adds to the tenant.
    fn clashing_group(&self, user: u32, kind: DefectKind) -> Option<NewTenantObject> {
        let anchor = match kind {
            DefectKind::UserAgainstGroup => None,
            DefectKind::AnchorOfOtherType => Some(self.user_guid(user)),
            _ => return None,
        };
        let address = self.clash_address(user, kind);
        let name = format!("Group {}", self.person(user).alias);
        let id = self.dice(Stream::CloudGroupId, u64::MAX - u64::from(user)).guid();
        let group = self.group(0);
        Some(self.cloud_group(&name, &address, id, anchor, &group))
    }

    fn cloud_group(
        &self,
        name: &str,
        address: &str,
        id: Guid,
        anchor: Option<Guid>,
        like: &Group,
    ) -> NewTenantObject {
        let a = &self.attributes;
        let text = |text: &str| vec![Value::text(text)];
        let mut attributes: Vec<(AttributeId, Vec<Value>)> = vec![
            (a.display_name, text(name)),
            (a.mail, text(address)),
            (a.mail_nickname, text(address.split('@').next().unwrap_or_default())),
            (a.proxy_addresses, text(&format!("SMTP:{address}"))),
            (a.mail_enabled, vec![Value::Boolean(true)]),
            (a.security_enabled, vec![Value::Boolean(like.kind < 0)]),
            (a.created, vec![Value::Time(self.options.as_of + -DAY_MS * 365)]),
        ];
        if let Some(anchor) = anchor {
            attributes.push((a.immutable_id, text(SourceAnchor::from_guid(anchor).as_str())));
            attributes.push((a.sync_enabled, vec![Value::Boolean(true)]));
        }
        attributes.sort_by_key(|(attribute, _)| *attribute);
        NewTenantObject {
            kind: TenantType::Group,
            id: Some(id),
            attributes,
            roles: Vec::new(),
            eligible_roles: Vec::new(),
            references: Vec::new(),
            deleted: None,
        }
    }
}
