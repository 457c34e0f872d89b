//! Made-up populations: a forest, and a tenant that already holds part of it, with planted defects.
//!
//! Each object is a function of the seed and its number, so that a million users are written
//! without being held, and the same options give the same bytes on every machine. Read [`names`],
//! `person`, [`defect`], then the two sides: `forest` and `tenant`, and [`exports`] of them as CSV.

pub mod defect;
pub mod exports;
mod forest;
pub mod names;
mod person;
mod tenant;

use std::io::{self, Write};

use dirsim_forest::NewForest;
use dirsim_model::{AttributeId, Dice, Schema, Sid, Timestamp};
use dirsim_tenant::{NewDomain, NewTenant};

use crate::graph::write::{PageWriter, write_domains, write_features, write_roles};
use crate::ldif::write::{LdifWriter, RecordForm};

pub use defect::{DefectKind, Label};
pub use names::Names;

/// What to make.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GenerateOptions {
    /// Users of the forest.
    pub users: u32,
    /// Groups of the forest.
    pub groups: u32,
    /// Contacts of the forest.
    pub contacts: u32,
    /// The seed; another one gives other people.
    pub seed: u64,
    /// The domain of the forest, also the verified domain of the tenant.
    pub domain: String,
    /// The initial domain of the tenant.
    pub initial_domain: String,
    /// A UPN suffix that the tenant has not verified.
    pub unverified_suffix: String,
    /// Percentage of the users that the tenant holds already, as cloud users with the same names.
    pub cloud_share: u8,
    /// Percentage of the users that the tenant holds already with their source anchors.
    pub stamped_share: u8,
    /// Percentage of the mail-enabled groups that the tenant holds already.
    pub cloud_group_share: u8,
    /// Users that exist in the tenant only.
    pub cloud_only: u32,
    /// Members of a group on average; sizes vary from a tenth to ten times as many.
    pub members_average: u32,
    /// Members of the first group; 0 when it is a group like the others.
    pub largest_group: u32,
    /// Defects of each kind; fewer are planted when there are too few users to carry them.
    pub defects_each: u32,
    /// The company of all users.
    pub company: String,
    /// When the exports were taken.
    pub as_of: Timestamp,
}

impl Default for GenerateOptions {
    fn default() -> Self {
        Self {
            users: 1000,
            groups: 50,
            contacts: 20,
            seed: 1,
            domain: "contoso.com".to_owned(),
            initial_domain: "contoso.onmicrosoft.com".to_owned(),
            unverified_suffix: "contoso.local".to_owned(),
            cloud_share: 60,
            stamped_share: 0,
            cloud_group_share: 30,
            cloud_only: 10,
            members_average: 25,
            largest_group: 0,
            defects_each: 3,
            company: "Contoso".to_owned(),
            // 2026-01-05T08:00:00Z
            as_of: Timestamp(1_767_600_000_000),
        }
    }
}

/// Why nothing is made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum GenerateError {
    /// The word lists are not usable.
    #[error("{0}")]
    Names(#[from] names::NamesError),
    /// A domain is not a DNS name.
    #[error("`{0}` is not a DNS name; write one like contoso.com")]
    Domain(String),
    /// A share is larger than everything.
    #[error("{0} percent is more than everything; write a share from 0 to 100")]
    Share(u8),
    /// The schema has no room for more names.
    #[error(transparent)]
    Schema(#[from] dirsim_model::schema::SchemaError),
}

/// The attributes that made-up objects carry.
macro_rules! attributes {
    ($($field:ident = $name:literal),* $(,)?) => {
        #[derive(Debug, Clone)]
        struct Attributes { $($field: AttributeId),* }

        impl Attributes {
            fn of(schema: &mut Schema) -> Result<Self, dirsim_model::schema::SchemaError> {
                Ok(Self { $($field: schema.intern($name)?),* })
            }
        }
    };
}

attributes! {
    account_enabled = "accountEnabled", c = "c", city = "city", cn = "cn", co = "co",
    company = "company", company_name = "companyName", country = "country",
    country_code = "countryCode", created = "createdDateTime", department = "department",
    description = "description", display_name = "displayName", employee_id = "employeeID",
    given_name = "givenName", group_type = "groupType",
    immutable_id = "onPremisesImmutableId", job_title = "jobTitle", l = "l", mail = "mail",
    mail_enabled = "mailEnabled", mail_nickname = "mailNickname", manager = "manager",
    member = "member", mobile = "mobile", ou = "ou", postal_code = "postalCode",
    primary_group = "primaryGroupID", proxy_addresses = "proxyAddresses",
    pwd_last_set = "pwdLastSet", sam = "sAMAccountName", security_enabled = "securityEnabled",
    sn = "sn", st = "st", state = "state", street = "streetAddress", surname = "surname",
    sync_enabled = "onPremisesSyncEnabled", target_address = "targetAddress",
    telephone = "telephoneNumber", title = "title", uac = "userAccountControl",
    upn = "userPrincipalName", usage_location = "usageLocation", user_type = "userType",
    when_changed = "whenChanged", when_created = "whenCreated",
}

/// A population, ready to be walked over; holds no objects.
#[derive(Debug, Clone)]
pub struct Population {
    options: GenerateOptions,
    names: Names,
    attributes: Attributes,
    domain_sid: Sid,
}

/// The uses of randomness, so that one more use does not change the others.
#[derive(Debug, Clone, Copy)]
#[repr(u64)]
enum Stream {
    Domain = 1,
    Person,
    UserGuid,
    GroupGuid,
    ContactGuid,
    ContainerGuid,
    ClashGuid,
    Group,
    Cloud,
    CloudId,
    CloudGroupId,
    CloudOnly,
}

impl Population {
    /// Describes a population; the schema learns the attributes it needs.
    pub fn new(
        options: GenerateOptions,
        names: Names,
        schema: &mut Schema,
    ) -> Result<Self, GenerateError> {
        let labels = |name: &str| {
            name.contains('.')
                && name.split('.').all(|label| {
                    !label.is_empty()
                        && label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-')
                })
        };
        for domain in [&options.domain, &options.initial_domain, &options.unverified_suffix] {
            if !labels(domain) {
                return Err(GenerateError::Domain(domain.clone()));
            }
        }
        let in_cloud = options.cloud_share.saturating_add(options.stamped_share);
        for share in [in_cloud, options.cloud_group_share] {
            if share > 100 {
                return Err(GenerateError::Share(share));
            }
        }
        let attributes = Attributes::of(schema)?;
        let mut dice = dice(options.seed, Stream::Domain, 0);
        let mut part = || 1_000_000_000 + dice.below(3_000_000_000);
        let sid = format!("S-1-5-21-{}-{}-{}", part(), part(), part());
        let domain_sid = sid.parse().expect("three numbers of 32 bits make a domain SID");
        Ok(Self { options, names, attributes, domain_sid })
    }

    /// Returns the options.
    pub const fn options(&self) -> &GenerateOptions {
        &self.options
    }

    /// Returns the forest that holds the objects.
    pub fn forest(&self) -> NewForest {
        NewForest {
            name: self.options.domain.clone(),
            netbios: None,
            sid: Some(self.domain_sid.clone()),
            recycle_bin: true,
            tombstone_lifetime_days: 180,
            upn_suffixes: Vec::new(),
            child_domains: Vec::new(),
        }
    }

    /// Returns the tenant that holds the cloud objects.
    pub fn tenant(&self) -> NewTenant {
        let name = self.options.domain.clone();
        NewTenant {
            initial_domain: self.options.initial_domain.clone(),
            domains: vec![NewDomain { name, verified: true, federated: false }],
            features: Vec::new(),
            preset: "new-tenant".to_owned(),
            as_of: None,
            next_placeholder_digits: Vec::new(),
        }
    }

    fn dice(&self, stream: Stream, number: u64) -> Dice {
        dice(self.options.seed, stream, number)
    }
}

/// Returns the randomness of one object for one purpose.
fn dice(seed: u64, stream: Stream, number: u64) -> Dice {
    let mut of_stream = Dice::new(seed ^ (stream as u64).rotate_left(56));
    Dice::new(of_stream.next() ^ number.wrapping_mul(0xD134_2543_DE82_EF95))
}

/// Where the files of a population go.
pub struct Sinks<'w> {
    /// The AD export.
    pub ldif: &'w mut dyn Write,
    /// The page of users.
    pub graph_users: &'w mut dyn Write,
    /// The page of groups.
    pub graph_groups: &'w mut dyn Write,
    /// The page of deleted users.
    pub graph_deleted: &'w mut dyn Write,
    /// The directory roles with their members.
    pub roles: &'w mut dyn Write,
    /// The domains.
    pub domains: &'w mut dyn Write,
    /// The synchronization features.
    pub features: &'w mut dyn Write,
}

/// Writes the files of a population and returns the labels of what is planted in them.
pub fn write_population(
    population: &Population,
    schema: &Schema,
    sinks: Sinks<'_>,
) -> io::Result<Vec<Label>> {
    let mut ldif = LdifWriter::new(sinks.ldif, RecordForm::Add);
    ldif.comment("A made-up population; every person in it is invented.")?;
    for object in population.forest_objects() {
        ldif.object(schema, &object)?;
    }
    ldif.finish()?;
    let mut users = PageWriter::new(sinks.graph_users, "users")?;
    for object in population.tenant_users() {
        users.object(schema, &object)?;
    }
    users.finish(None)?;
    let mut groups = PageWriter::new(sinks.graph_groups, "groups")?;
    for object in population.tenant_groups() {
        groups.object(schema, &object)?;
    }
    groups.finish(None)?;
    let set = "directory/deletedItems/microsoft.graph.user";
    let mut deleted = PageWriter::new(sinks.graph_deleted, set)?;
    for object in population.deleted_users() {
        deleted.object(schema, &object)?;
    }
    deleted.finish(None)?;
    let holders: Vec<_> = population.role_holders().collect();
    write_roles(sinks.roles, holders.iter())?;
    let tenant = population.tenant();
    write_domains(sinks.domains, &tenant)?;
    write_features(sinks.features, &tenant)?;
    Ok(population.labels().collect())
}

/// The files of a small population.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Generated {
    /// The AD export.
    pub ldif: Vec<u8>,
    /// The page of users.
    pub graph_users: Vec<u8>,
    /// The page of groups.
    pub graph_groups: Vec<u8>,
    /// The page of deleted users.
    pub graph_deleted: Vec<u8>,
    /// The directory roles with their members.
    pub roles_json: Vec<u8>,
    /// The domains.
    pub domains_json: Vec<u8>,
    /// The synchronization features.
    pub features_json: Vec<u8>,
    /// What is planted, and what should happen.
    pub labels: Vec<Label>,
}

/// Makes a population with the word lists that dirsim ships with, in memory; large ones are
/// streamed with [`write_population`].
pub fn generate(options: GenerateOptions) -> Result<Generated, GenerateError> {
    let mut schema = Schema::built_in();
    let population = Population::new(options, Names::built_in(), &mut schema)?;
    let mut made = Generated::default();
    let sinks = Sinks {
        ldif: &mut made.ldif,
        graph_users: &mut made.graph_users,
        graph_groups: &mut made.graph_groups,
        graph_deleted: &mut made.graph_deleted,
        roles: &mut made.roles_json,
        domains: &mut made.domains_json,
        features: &mut made.features_json,
    };
    let labels = write_population(&population, &schema, sinks);
    made.labels = labels.expect("writing to memory does not fail");
    Ok(made)
}
