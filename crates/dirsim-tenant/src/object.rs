//! A tenant object: typed identity fields and an entry of profile attributes (ET-010 to ET-013).

use dirsim_model::attribute::well_known as a;
use dirsim_model::{Entry, Guid, ProxyAddress, Schema, Sid, SourceAnchor, Timestamp, Value};
use dirsim_store::{Row, Table};
use serde::{Deserialize, Serialize};

use crate::catalogue::catalogue;
use crate::password::Credential;
use crate::row::{CloudAnchor, TenantType};

/// One object of the tenant: active, in the recycle bin, or gone.
#[expect(clippy::struct_excessive_bools, reason = "the directory's own independent flags")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TenantObject {
    /// The object id; never used twice.
    pub id: Guid,
    /// The type.
    pub kind: TenantType,
    /// Active, deleted or purged.
    pub state: State,
    /// onPremisesSyncEnabled: `None` never synchronized or converted, `Some(false)` formerly
    /// synchronized (ET-013).
    pub sync_enabled: Option<bool>,
    /// onPremisesImmutableId.
    pub anchor: Option<SourceAnchor>,
    /// The final userPrincipalName; users only.
    pub upn: Option<Box<str>>,
    /// The final mailNickname.
    pub mail_nickname: Option<Box<str>>,
    /// The final proxyAddresses, the primary one first when there is one.
    pub addresses: Vec<Box<str>>,
    /// The final mail.
    pub mail: Option<Box<str>>,
    /// The address at the initial domain, once it was given; never changes afterwards (ET-110).
    pub moera: Option<Box<str>>,
    /// What sync wrote last, before calculation and quarantine (ET-091).
    pub shadow: Shadow,
    /// Addresses that were there before a takeover whose row carried none (ET-062).
    pub kept_addresses: Vec<Box<str>>,
    /// onPremisesSecurityIdentifier.
    pub sid: Option<Sid>,
    /// onPremisesObjectIdentifier (ET-019).
    pub object_identifier: Option<Guid>,
    /// The device id; devices only.
    pub device_id: Option<Guid>,
    /// SKU ids or part numbers of assigned licences.
    pub licenses: Vec<Box<str>>,
    /// Whether the object ever had an Exchange licence (ET-110 step 7).
    pub was_licensed: bool,
    /// Whether sync says that the mailbox is remote, shared or a resource (ET-112).
    pub remote_recipient: bool,
    /// Assigned directory roles.
    pub roles: Vec<Box<str>>,
    /// Roles the user is eligible for.
    pub eligible_roles: Vec<Box<str>>,
    /// groupTypes: `Unified`, `DynamicMembership`.
    pub group_types: Vec<Box<str>>,
    /// mailEnabled of a group.
    pub mail_enabled: bool,
    /// securityEnabled of a group.
    pub security_enabled: bool,
    /// Number of member links of a group.
    pub member_count: u32,
    /// Whether the user is a guest.
    pub guest: bool,
    /// isCloudManaged (ET-208).
    pub cloud_managed: bool,
    /// The source of authority was handed back and no row has arrived since (ET-210).
    pub rollback_pending: bool,
    /// What sync wrote last to the mobile number after an administrator had edited it (ET-207).
    pub mobile_override: Option<Vec<Value>>,
    /// The same for the other mobile numbers.
    pub other_mobile_override: Option<Vec<Value>>,
    /// Values in quarantine, oldest first (ET-077).
    pub conflicts: Vec<Conflict>,
    /// onPremisesLastSyncDateTime.
    pub last_sync: Option<Timestamp>,
    /// createdDateTime.
    pub created: Timestamp,
    /// Everything else under Graph names.
    pub profile: Entry,
    /// The number of the last change that the sync client can see; 0 when it never saw the object.
    pub change: u64,
    /// Whether the sync client sees the object now.
    pub visible: bool,
    /// The password as the tenant knows it (ET-240 to ET-247); users only.
    pub credential: Option<Credential>,
    /// Errors that workloads published (ET-078).
    pub service_errors: Vec<ServiceError>,
    /// When the addresses will be calculated; `None` when they are (ET-113).
    pub calculation_due: Option<Timestamp>,
    /// Licences through groups: SKU and group (ET-224).
    pub group_licenses: Vec<(Box<str>, Guid)>,
    /// Whether the object is offered to the sync client for writeback (ET-229).
    pub offered: bool,
}

/// An error that a workload published about an object (ET-078).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServiceError {
    /// When.
    pub created: Timestamp,
    /// Whether it is over.
    pub resolved: bool,
    /// The instance of the workload, `exchange/NAMPRD09-001-01` for instance.
    pub instance: Box<str>,
}

/// Where an object is in its life.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum State {
    /// In use.
    Active,
    /// In the recycle bin since then.
    Deleted(Timestamp),
    /// Gone since then; the row remembers the id, and the quota still counts it (ET-166, ET-177).
    Purged(Timestamp),
    /// Gone since then, and not counted any more.
    Gone(Timestamp),
}

/// Values as sync wrote them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Shadow {
    /// userPrincipalName.
    pub upn: Option<Box<str>>,
    /// mail.
    pub mail: Option<Box<str>>,
    /// mailNickname, `alias` in a row.
    pub mail_nickname: Option<Box<str>>,
    /// proxyAddresses in the order of the row.
    pub addresses: Vec<Box<str>>,
}

/// One value in quarantine (ET-077).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conflict {
    /// What the value is.
    pub property: Property,
    /// The full wanted value, prefix included.
    pub value: Box<str>,
    /// The object that owned the value when it was refused.
    pub owner: Guid,
    /// Since when.
    pub since: Timestamp,
}

/// A property whose values can be in quarantine.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Property {
    /// `ProxyAddresses`.
    ProxyAddresses,
    /// `UserPrincipalName`.
    UserPrincipalName,
}

/// The first fields of a [`TenantObject`], read without the rest.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct TenantHead {
    /// See [`TenantObject::id`].
    pub(crate) id: Guid,
    /// See [`TenantObject::kind`].
    pub(crate) kind: TenantType,
    /// See [`TenantObject::state`].
    pub(crate) state: State,
    /// See [`TenantObject::sync_enabled`].
    pub(crate) sync_enabled: Option<bool>,
}

impl Row for TenantHead {
    const TABLE: Table = Table::TenantObject;
}

impl TenantHead {
    /// See [`TenantObject::is_active`].
    pub(crate) const fn is_active(&self) -> bool {
        matches!(self.state, State::Active)
    }

    /// Returns whether the object is synchronized for sure, so that sync sees it.
    pub(crate) fn is_synced(&self) -> bool {
        self.is_active() && self.sync_enabled == Some(true)
    }

    /// See [`TenantObject::cloud_anchor`].
    pub(crate) const fn cloud_anchor(&self) -> CloudAnchor {
        CloudAnchor { kind: self.kind, id: self.id }
    }
}

impl Row for TenantObject {
    const TABLE: Table = Table::TenantObject;
}

impl Property {
    /// Returns the name in provisioning errors (ET-077).
    pub const fn name(self) -> &'static str {
        match self {
            Self::ProxyAddresses => "ProxyAddresses",
            Self::UserPrincipalName => "UserPrincipalName",
        }
    }
}

impl TenantObject {
    /// Starts an active object without values.
    pub fn new(id: Guid, kind: TenantType, created: Timestamp) -> Self {
        Self {
            id,
            kind,
            state: State::Active,
            sync_enabled: None,
            anchor: None,
            upn: None,
            mail_nickname: None,
            addresses: Vec::new(),
            mail: None,
            moera: None,
            shadow: Shadow::default(),
            kept_addresses: Vec::new(),
            sid: None,
            object_identifier: None,
            device_id: None,
            licenses: Vec::new(),
            was_licensed: false,
            remote_recipient: false,
            roles: Vec::new(),
            eligible_roles: Vec::new(),
            group_types: Vec::new(),
            mail_enabled: false,
            security_enabled: false,
            member_count: 0,
            guest: false,
            cloud_managed: false,
            rollback_pending: false,
            mobile_override: None,
            other_mobile_override: None,
            conflicts: Vec::new(),
            last_sync: None,
            created,
            profile: Entry::default(),
            change: 0,
            visible: false,
            credential: None,
            service_errors: Vec::new(),
            calculation_due: None,
            group_licenses: Vec::new(),
            offered: false,
        }
    }

    /// Returns the tenant's identity of the object (ET-015).
    pub const fn cloud_anchor(&self) -> CloudAnchor {
        CloudAnchor { kind: self.kind, id: self.id }
    }

    /// Returns whether the object is in use.
    pub const fn is_active(&self) -> bool {
        matches!(self.state, State::Active)
    }

    /// Returns whether the object is gone for good.
    pub const fn is_gone(&self) -> bool {
        matches!(self.state, State::Purged(_) | State::Gone(_))
    }

    /// Returns whether sync masters the object.
    pub fn is_synced(&self) -> bool {
        self.sync_enabled == Some(true)
    }

    /// Returns when the object leaves the recycle bin for good; `None` when it is not there
    /// (ET-173).
    pub fn purge_due(&self) -> Option<Timestamp> {
        match self.state {
            State::Deleted(at) => {
                Some(at + catalogue().limits.recycle_bin_days * dirsim_model::time::DAY_MS)
            }
            State::Active | State::Purged(_) | State::Gone(_) => None,
        }
    }

    /// Returns whether the object is in the recycle bin and can still be restored (ET-263).
    pub fn is_restorable(&self, now: Timestamp) -> bool {
        self.purge_due().is_some_and(|due| now < due)
    }

    /// Returns whether the sync client is told about the object: mastered by sync, formerly
    /// mastered and still anchored (ET-172), managed in the cloud, just handed back (ET-210), or
    /// offered for writeback (ET-229).
    pub fn is_seen_by_sync(&self) -> bool {
        self.is_active()
            && (self.is_synced()
                || (self.sync_enabled == Some(false) && self.anchor.is_some())
                || self.cloud_managed
                || self.rollback_pending
                || self.offered)
    }

    /// Returns the primary SMTP address with its prefix.
    pub fn primary_smtp(&self) -> Option<&str> {
        self.addresses.iter().map(|address| &**address).find(|address| is_primary(address))
    }

    /// Returns whether the object has a licence with an Exchange plan.
    pub fn has_exchange_license(&self) -> bool {
        self.skus().any(|sku| catalogue().has_exchange(sku))
    }

    /// Returns the SKUs of all licences, assigned to the object and through groups, each once.
    pub fn skus(&self) -> impl Iterator<Item = &str> {
        let through_groups = self.group_licenses.iter().enumerate().filter(|(at, (sku, _))| {
            let known = |other: &str| other.eq_ignore_ascii_case(sku);
            !self.licenses.iter().any(|held| known(held))
                && !self.group_licenses.iter().take(*at).any(|(held, _)| known(held))
        });
        let assigned = self.licenses.iter().map(|sku| &**sku);
        assigned.chain(through_groups.map(|(_, (sku, _))| &**sku))
    }

    /// Returns whether it is a Microsoft 365 or dynamic group.
    pub fn is_unified_or_dynamic(&self) -> bool {
        !self.group_types.is_empty()
    }

    /// Returns the UPN as lists show it: in the recycle bin the object id stands in front (ET-174).
    pub fn shown_upn(&self) -> Option<String> {
        let upn = self.upn.as_deref()?;
        Some(if self.is_active() { upn.to_owned() } else { format!("{}{upn}", self.id.simple()) })
    }

    /// Returns how messages name the object: its cloud anchor and what it is mastered by.
    pub fn describe(&self) -> String {
        let mastered = match (self.state, self.sync_enabled) {
            (State::Deleted(_), _) => "in the recycle bin",
            (State::Purged(_) | State::Gone(_), _) => "purged",
            _ if self.cloud_managed => "managed in the cloud",
            (_, Some(true)) => "synchronized",
            (_, Some(false)) => "formerly synchronized",
            (_, None) => "cloud-only",
        };
        match self.upn.as_deref().or(self.mail.as_deref()) {
            Some(name) => format!("{} ({name}, {mastered})", self.cloud_anchor()),
            None => format!("{} ({mastered})", self.cloud_anchor()),
        }
    }

    /// Returns all properties under Graph names, as a Graph read shows them.
    pub fn graph(&self, schema: &Schema) -> Entry {
        let mut entry = self.profile.to_builder();
        let mut put = |name: &str, values: Vec<Value>| {
            if let Some(id) = schema.attribute(name) {
                entry.set(id, values);
            }
        };
        let text = |text: &Option<Box<str>>| text.iter().map(|t| Value::text(&**t)).collect();
        let texts = |list: &[Box<str>]| list.iter().map(|t| Value::text(&**t)).collect();
        let time = |at: Option<Timestamp>| at.into_iter().map(Value::Time).collect();
        let deleted = match self.state {
            State::Deleted(at) | State::Purged(at) | State::Gone(at) => Some(at),
            State::Active => None,
        };
        put("id", vec![Value::text(self.id.to_string())]);
        put("userPrincipalName", self.shown_upn().into_iter().map(Value::from).collect());
        put("mailNickname", text(&self.mail_nickname));
        put("mail", text(&self.mail));
        put("proxyAddresses", texts(&self.addresses));
        put("assignedLicenses", self.skus().map(Value::text).collect());
        if let Some(credential) = self.credential {
            let changed = Value::text(credential.changed.to_string());
            put("lastPasswordChangeDateTime", vec![changed]);
        }
        put("createdDateTime", time(Some(self.created)));
        put("deletedDateTime", time(deleted));
        put("onPremisesSyncEnabled", self.sync_enabled.into_iter().map(Value::from).collect());
        put("onPremisesLastSyncDateTime", time(self.last_sync));
        put(
            "onPremisesImmutableId",
            self.anchor.iter().map(|anchor| Value::text(anchor.as_str())).collect(),
        );
        put(
            "onPremisesSecurityIdentifier",
            self.sid.iter().map(|sid| Value::text(sid.to_string())).collect(),
        );
        put(
            "onPremisesObjectIdentifier",
            self.object_identifier.iter().map(|id| Value::text(id.to_string())).collect(),
        );
        match self.kind {
            TenantType::User => {
                let kind = if self.guest { "Guest" } else { "Member" };
                put("userType", vec![kind.into()]);
                put("isCloudManaged", vec![self.cloud_managed.into()]);
            }
            TenantType::Group => {
                put("groupTypes", texts(&self.group_types));
                put("mailEnabled", vec![self.mail_enabled.into()]);
                put("securityEnabled", vec![self.security_enabled.into()]);
                put("isCloudManaged", vec![self.cloud_managed.into()]);
            }
            TenantType::Contact => put("isCloudManaged", vec![self.cloud_managed.into()]),
            TenantType::Device => put(
                "deviceId",
                self.device_id.iter().map(|id| Value::text(id.to_string())).collect(),
            ),
        }
        entry.build()
    }

    /// Returns what a takeover can overwrite, by Graph name (ET-061).
    pub(crate) fn contents(&self) -> Entry {
        let texts = |list: &[Box<str>]| list.iter().map(|t| Value::text(&**t)).collect();
        let text = |text: &Option<Box<str>>| text.iter().map(|t| Value::text(&**t)).collect();
        self.profile.with([
            (a::USER_PRINCIPAL_NAME, text(&self.upn)),
            (a::MAIL, text(&self.mail)),
            (a::MAIL_NICKNAME, text(&self.mail_nickname)),
            (a::PROXY_ADDRESSES, texts(&self.addresses)),
        ])
    }
}

/// Returns whether an address is a primary SMTP address (ET-005).
pub(crate) fn is_primary(address: &str) -> bool {
    ProxyAddress::parse(address).is_some_and(ProxyAddress::is_primary_smtp)
}

/// Returns whether an address is an SMTP address in any casing of its prefix.
pub(crate) fn is_smtp(address: &str) -> bool {
    ProxyAddress::parse(address).is_some_and(ProxyAddress::is_smtp)
}

/// Returns whether an address is a SIP address.
pub(crate) fn is_sip(address: &str) -> bool {
    ProxyAddress::parse(address).is_some_and(ProxyAddress::is_sip)
}

/// Returns the address behind the protocol prefix.
pub(crate) fn bare(address: &str) -> &str {
    ProxyAddress::parse(address).map_or(address, |parsed| parsed.address)
}

/// Returns the domain of a mailbox name or address.
pub(crate) fn domain_of(mailbox: &str) -> &str {
    mailbox.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Returns the part in front of `@`.
pub(crate) fn prefix_of(mailbox: &str) -> &str {
    mailbox.split_once('@').map_or(mailbox, |(prefix, _)| prefix)
}
