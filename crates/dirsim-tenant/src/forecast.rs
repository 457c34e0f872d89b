//! A forecast: what the tenant would answer to a new object, judged by its keys alone.
//!
//! [`Forecast`] keeps a few hundred bytes of each object of a tenant, and gives the verdict for a
//! million users in seconds and without a workspace. It goes through steps 2 to 5 of the decision
//! procedure (appendix A) in their order. What needs more than keys stays with the tenant itself:
//! limits of values, calculated nicknames, references.
//!
//! Rows change the forecast as they would change the tenant: what a row took over or created meets
//! the rows behind it (ET-054).

mod keys;
mod table;

use dirsim_model::ProxyAddress;

use crate::calculate::{clean_nickname, is_malformed, is_reserved};
use crate::catalogue::catalogue;
use crate::features::{Change, ChangeSet, Feature, FeatureSet};
use crate::object::{bare, domain_of, is_primary, is_sip, is_smtp, prefix_of};
use crate::row::TenantType;
use crate::validate::upn_structure;

pub use keys::{Holding, Keys, Trait, Traits};
use table::{Key, Table};

/// How a tenant is set up, as far as a forecast asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tenancy {
    /// The initial domain, `contoso.onmicrosoft.com`.
    pub initial_domain: String,
    /// Verified domains, the initial one included or not; `None` when nobody knows them.
    pub verified: Option<Vec<String>>,
    /// The feature flags.
    pub features: FeatureSet,
    /// The dated changes of the service that apply.
    pub changes: ChangeSet,
    /// Whether the exports tell addresses; without them only anchors are matched (D7).
    pub tells_addresses: bool,
}

/// What would become of a new object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outcome {
    /// It is synchronized already: an update (ET-032).
    Synchronized,
    /// A takeover by the anchor (ET-031, ET-033, ET-034).
    HardMatch,
    /// The anchor brings a user back from the recycle bin (ET-035).
    Restored,
    /// A takeover by the primary SMTP address (ET-039).
    SoftMatchSmtp,
    /// A takeover by the UPN (ET-040).
    SoftMatchUpn,
    /// A new object (ET-055).
    Created,
    /// A new object that does not get all its values, as others own them (ET-072).
    Quarantined,
    /// The row fails.
    Refused(&'static str),
    /// The object is managed in the cloud, the row changes nothing (ET-208).
    Ignored,
    /// The exports lack what the answer depends on (D7).
    Undecidable(&'static str),
}

/// A verdict with its reasons.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verdict {
    /// What would become of the object.
    pub outcome: Outcome,
    /// The rule that decided.
    pub rule: &'static str,
    /// The object that was matched or is in the way, as [`Forecast::name`] takes it.
    pub other: Option<Other>,
    /// Values that others own.
    pub lost: Vec<String>,
    /// What kept a candidate from being matched, or what was found.
    pub why: &'static str,
}

/// An object of a forecast.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Other(u32);

/// The keys of everything in a tenant.
#[derive(Debug)]
pub struct Forecast {
    tenancy: Tenancy,
    table: Table,
}

impl Outcome {
    /// Returns the words for people.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Synchronized => "synchronized already",
            Self::HardMatch => "hard match",
            Self::Restored => "restored by anchor",
            Self::SoftMatchSmtp => "soft match by SMTP",
            Self::SoftMatchUpn => "soft match by UPN",
            Self::Created => "created",
            Self::Quarantined => "created, quarantined",
            Self::Refused(error) => error,
            Self::Ignored => "ignored",
            Self::Undecidable(_) => "undecidable",
        }
    }
}

impl Tenancy {
    /// Returns whether a domain is verified; `None` when nobody knows.
    fn verifies(&self, domain: &str) -> Option<bool> {
        if domain.eq_ignore_ascii_case(&self.initial_domain) {
            return Some(true);
        }
        let known = self.verified.as_ref()?;
        Some(known.iter().any(|name| name.eq_ignore_ascii_case(domain)))
    }
}

/// What a row asks for.
#[derive(Debug, Default)]
struct Wish<'a> {
    /// The UPN; `None` for anything but users.
    upn: Option<String>,
    /// Whether the UPN stands at the initial domain because its suffix is not usable (ET-095).
    moera: bool,
    /// Addresses after steps 1 to 4 of ET-110.
    addresses: Vec<std::borrow::Cow<'a, str>>,
    /// What the row is soft matched by: its `SMTP:` value as it was sent, or `mail` (ET-039).
    matched_by: Option<std::borrow::Cow<'a, str>>,
}

impl Wish<'_> {
    fn primary(&self) -> Option<&str> {
        self.addresses.iter().map(|address| &**address).find(|address| is_primary(address))
    }
}

/// What soft matching found.
enum Soft {
    Match(u32, Outcome, &'static str),
    Blocked { holder: u32, by_address: bool, by_role: bool, why: &'static str },
    None,
}

impl Forecast {
    /// Starts with an empty tenant.
    pub const fn new(tenancy: Tenancy) -> Self {
        Self { tenancy, table: Table::new() }
    }

    /// Notes whether another export tells addresses; one that does not spoils the others.
    pub const fn tells_addresses(&mut self, tells: bool) {
        self.tenancy.tells_addresses &= tells;
    }

    /// Adds an object that the tenant has.
    pub fn add(&mut self, holding: &Holding<'_>) {
        self.table.add(holding);
    }

    /// Returns how many objects the tenant has by now.
    pub fn len(&self) -> usize {
        self.table.len()
    }

    /// Returns whether the tenant is empty.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the id of an object as it was given, and its UPN or first address.
    pub fn name(&self, other: Other) -> (&str, &str) {
        self.table.name(other.0)
    }

    /// Says what becomes of a row that brings a new object, and lets it happen.
    pub fn answer(&mut self, row: &Keys<'_>) -> Verdict {
        if row.kind == TenantType::User
            && let Some(upn) = row.upn
            && upn_structure(catalogue().limits.user_principal_name, upn).is_err()
        {
            return Verdict {
                outcome: Outcome::Refused("IdentityDataValidationFailed"),
                rule: "ET-161",
                other: None,
                lost: vec![upn.to_owned()],
                why: "the UPN is not well formed",
            };
        }
        if let Some(anchor) = row.anchor
            && let Some(holder) = self.table.holder_of_anchor(anchor)
        {
            return self.by_anchor(row, holder);
        }
        let wish = match self.wish(row) {
            Ok(wish) => wish,
            Err(missing) => return undecidable(missing),
        };
        if row.anchor.is_none() {
            return undecidable("the source anchor");
        }
        if !self.tenancy.tells_addresses && row.kind != TenantType::Device {
            return undecidable("proxyAddresses");
        }
        let soft = self.soft_match(row, &wish);
        if let Soft::Match(holder, outcome, rule) = soft {
            return self.take_over(row, &wish, holder, outcome, rule);
        }
        self.create(row, &wish, &soft)
    }

    /// Step 2: somebody holds the anchor.
    fn by_anchor(&mut self, row: &Keys<'_>, holder: u32) -> Verdict {
        let held = self.table.traits(holder);
        let refused = |error, rule, why| Verdict {
            outcome: Outcome::Refused(error),
            rule,
            other: Some(Other(holder)),
            lost: Vec::new(),
            why,
        };
        if self.table.kind(holder) != row.kind {
            return refused("ObjectTypeMismatch", "ET-037", "the anchor is held by another type");
        }
        if held.has(Trait::CloudManaged) {
            let outcome = Outcome::Ignored;
            let why = "its source of authority is the cloud";
            return Verdict {
                outcome,
                rule: "ET-208",
                other: Some(Other(holder)),
                lost: vec![],
                why,
            };
        }
        if row.kind == TenantType::User
            && self.tenancy.changes.has(Change::ObjectIdentifierLocked)
            && !self.tenancy.features.has(Feature::AllowObjectIdentifierUpdate)
            && let (Some(stored), Some(sent)) = (self.table.object_guid(holder), row.object_guid)
            && stored != sent
        {
            let why = "onPremisesObjectIdentifier names another AD object";
            return refused("AttributeUpdateNotAllowed", "ET-051", why);
        }
        let deleted = held.has(Trait::Deleted);
        let outcome = if !deleted && held.has(Trait::Synchronized) {
            Outcome::Synchronized
        } else if self.tenancy.features.has(Feature::BlockHardMatch) {
            return refused("InvalidHardMatch", "ET-045", "takeover by hard match is blocked");
        } else if row.kind == TenantType::User
            && held.has(Trait::Privileged)
            && self.tenancy.changes.has(Change::HardMatchPrivilegedRole)
        {
            return refused("InvalidHardMatch", "ET-050", "it holds a privileged role");
        } else if deleted {
            Outcome::Restored
        } else {
            Outcome::HardMatch
        };
        let rule = match outcome {
            Outcome::Synchronized => "ET-032",
            Outcome::Restored => "ET-035",
            _ if held.has(Trait::FormerlySynchronized) => "ET-033",
            _ => "ET-034",
        };
        // Whether the UPN flows does not decide about the match.
        let mut wish = self.wish(row).unwrap_or_default();
        if deleted && wish.addresses.is_empty() {
            // It comes back with the addresses it had, if they are still free (ET-181).
            let kept: Vec<String> = self.table.addresses(holder).map(str::to_owned).collect();
            wish.addresses = kept.into_iter().map(Into::into).collect();
        }
        self.take_over(row, &wish, holder, outcome, rule)
    }

    /// Step 4: primary SMTP address first, then UPN.
    fn soft_match(&self, row: &Keys<'_>, wish: &Wish<'_>) -> Soft {
        if row.kind == TenantType::Device
            || (row.kind == TenantType::Group && wish.matched_by.is_none())
        {
            return Soft::None;
        }
        if let Some(primary) = wish.matched_by.as_deref()
            && let Some(holder) = self.table.owner(Key::Address, primary, None)
            && self.table.has_primary(holder, primary)
        {
            return match self.obstacle(row.kind, holder) {
                None => Soft::Match(holder, Outcome::SoftMatchSmtp, "ET-039"),
                Some((why, by_role)) => Soft::Blocked { holder, by_address: true, by_role, why },
            };
        }
        if let Some(upn) = &wish.upn
            && self.tenancy.features.has(Feature::SoftMatchOnUpn)
            && let Some(holder) = self.table.owner(Key::Upn, upn, None)
        {
            return match self.obstacle(row.kind, holder) {
                None => Soft::Match(holder, Outcome::SoftMatchUpn, "ET-040"),
                Some((why, by_role)) => Soft::Blocked { holder, by_address: false, by_role, why },
            };
        }
        Soft::None
    }

    /// Says why a candidate may not be soft matched, and whether a role is the reason (ET-038,
    /// ET-046, ET-047, ET-056).
    fn obstacle(&self, kind: TenantType, holder: u32) -> Option<(&'static str, bool)> {
        let held = self.table.traits(holder);
        let why = if self.table.kind(holder) != kind {
            "it is of another type"
        } else if self.table.has_anchor(holder) {
            "it has another immutableId"
        } else if held.has(Trait::Synchronized) {
            "it is synchronized already"
        } else if held.has(Trait::CloudManaged) {
            "its source of authority is the cloud"
        } else if held.has(Trait::UnifiedOrDynamic) {
            "it is a Microsoft 365 or dynamic group"
        } else if held.has(Trait::Guest) {
            "it is a guest"
        } else if self.is_sync_account(holder) {
            "it is the account of the sync service"
        } else if held.has(Trait::HasRole) {
            return Some(("it holds a directory role", true));
        } else if self.tenancy.features.has(Feature::BlockSoftMatch) {
            "soft matching is blocked"
        } else {
            return None;
        };
        Some((why, false))
    }

    fn is_sync_account(&self, holder: u32) -> bool {
        let (_, upn) = self.table.name(holder);
        let (prefix, domain) = upn.split_once('@').unwrap_or_default();
        prefix.get(..5).is_some_and(|start| start.eq_ignore_ascii_case("sync_"))
            && domain.eq_ignore_ascii_case(&self.tenancy.initial_domain)
    }

    /// Step 5: a new object, unless something in the tenant stands against it.
    fn create(&mut self, row: &Keys<'_>, wish: &Wish<'_>, soft: &Soft) -> Verdict {
        let found = self.collisions(wish, None);
        let refused = |error, rule, holder, lost: Vec<String>, why| Verdict {
            outcome: Outcome::Refused(error),
            rule,
            other: Some(Other(holder)),
            lost,
            why,
        };
        if let Some(sid) = row.sid
            && let Some(holder) = self.table.owner(Key::Sid, sid, None)
        {
            let lost = vec![sid.to_owned()];
            return refused(
                "AttributeValueMustBeUnique",
                "ET-052",
                holder,
                lost,
                "the SID is in use",
            );
        }
        if let Some((value, holder)) = found.iter().find(|(value, _)| is_sip(value)) {
            let lost = vec![value.clone()];
            let why = "the SIP address is in use";
            return refused("AttributeValueMustBeUnique", "ET-079", *holder, lost, why);
        }
        let smtp = || found.iter().filter(|(value, _)| is_smtp(value));
        let across = |holder: u32| self.table.kind(holder) != row.kind;
        let why = "an object of another type has the address";
        if let Soft::Blocked { holder, by_address: true, .. } = soft
            && across(*holder)
        {
            let mismatch = !self.table.has_anchor(*holder);
            let error = if mismatch { "ObjectTypeMismatch" } else { "AttributeValueMustBeUnique" };
            let lost = wish.matched_by.iter().map(ToString::to_string).collect();
            return refused(error, "ET-044", *holder, lost, why);
        }
        if let Some((value, holder)) = smtp().find(|(_, held)| across(*held)) {
            let lost = vec![value.clone()];
            return refused("AttributeValueMustBeUnique", "ET-044", *holder, lost, why);
        }
        if row.kind == TenantType::User && self.tenancy.changes.has(Change::OrphanProxyCheck) {
            let orphan = wish.addresses.iter().filter(|value| is_smtp(value)).find_map(|value| {
                let holder = self.table.orphan_with(value)?;
                Some((holder, value.to_string()))
            });
            if let Some((holder, value)) = orphan {
                let why = "a deleted synchronized user has the address, purge it";
                let error = "AttributeValueMustBeUnique";
                return refused(error, "ET-176", holder, vec![value], why);
            }
        }
        let features = self.tenancy.features;
        let resilient = features.has(Feature::QuarantineUponProxyAddressesConflict);
        if let Soft::Blocked { holder, by_address: true, why, .. } = soft
            && row.kind == TenantType::User
            && self.table.has_anchor(*holder)
        {
            let error = if resilient { "AttributeValueMustBeUnique" } else { "InvalidSoftMatch" };
            let lost = wish.matched_by.iter().map(ToString::to_string).collect();
            return refused(error, "ET-042", *holder, lost, why);
        }
        if row.kind == TenantType::Group
            && resilient
            && let Some((value, holder)) =
                smtp().find(|(_, held)| self.table.traits(*held).has(Trait::Synchronized))
        {
            let why = "another synchronized group has the address";
            let error = "AttributeValueMustBeUnique";
            return refused(error, "ET-079", *holder, vec![value.clone()], why);
        }
        if let Some((value, holder)) = found.iter().find(|(value, _)| !self.protects(value)) {
            let (error, why) = match soft {
                Soft::Blocked { why, .. } => ("InvalidSoftMatch", *why),
                _ => ("AttributeValueMustBeUnique", "the value is in use"),
            };
            return refused(error, "ET-073", *holder, vec![value.clone()], why);
        }
        let other = match soft {
            Soft::Blocked { holder, .. } => Some(Other(*holder)),
            _ => found.first().map(|(_, holder)| Other(*holder)),
        };
        let lost: Vec<String> = found.into_iter().map(|(value, _)| value).collect();
        self.table.create(row, wish, &lost);
        if lost.is_empty() {
            let (outcome, why) = (Outcome::Created, "nobody has its keys");
            return Verdict { outcome, rule: "ET-055", other: None, lost, why };
        }
        let (rule, why) = match soft {
            Soft::Blocked { why, by_role, .. } => {
                (if *by_role { "ET-047" } else { "ET-043" }, *why)
            }
            _ => ("ET-072", "the value is in use"),
        };
        Verdict { outcome: Outcome::Quarantined, rule, other, lost, why }
    }

    /// Step 6: the object that was found becomes the one of the row.
    fn take_over(
        &mut self,
        row: &Keys<'_>,
        wish: &Wish<'_>,
        holder: u32,
        outcome: Outcome,
        rule: &'static str,
    ) -> Verdict {
        let other = Some(Other(holder));
        if let Some(sid) = row.sid.or_else(|| self.table.sid(holder))
            && let Some(owner) = self.table.owner(Key::Sid, sid, Some(holder))
        {
            return Verdict {
                outcome: Outcome::Refused("AttributeValueMustBeUnique"),
                rule: "ET-052",
                other: Some(Other(owner)),
                lost: vec![sid.to_owned()],
                why: "the SID is in use",
            };
        }
        let found = self.collisions(wish, Some(holder));
        let unprotected = |value: &str| is_sip(value) || !self.protects(value);
        if let Some((value, owner)) = found.iter().find(|(value, _)| unprotected(value)) {
            return Verdict {
                outcome: Outcome::Refused("AttributeValueMustBeUnique"),
                rule: if is_sip(value) { "ET-079" } else { "ET-073" },
                other: Some(Other(*owner)),
                lost: vec![value.clone()],
                why: "the value is in use",
            };
        }
        let lost: Vec<String> = found.into_iter().map(|(value, _)| value).collect();
        self.table.take_over(row, wish, holder, &lost);
        let why = match outcome {
            Outcome::SoftMatchSmtp => "equal primary SMTP addresses",
            Outcome::SoftMatchUpn => "equal UPNs",
            _ => "equal anchors",
        };
        Verdict { outcome, rule, other, lost, why }
    }

    /// Returns whether a value that another object owns is quarantined instead of failing the row.
    fn protects(&self, value: &str) -> bool {
        // Only addresses carry a prefix.
        self.tenancy.features.has(if value.contains(':') {
            Feature::QuarantineUponProxyAddressesConflict
        } else {
            Feature::QuarantineUponUpnConflict
        })
    }

    /// Finds the owners of wanted values among the active objects: the UPN last.
    fn collisions(&self, wish: &Wish<'_>, except: Option<u32>) -> Vec<(String, u32)> {
        let mut found = Vec::new();
        for value in wish.addresses.iter().filter(|value| is_smtp(value) || is_sip(value)) {
            if let Some(owner) = self.table.owner(Key::Address, value, except) {
                found.push((value.to_string(), owner));
            }
        }
        // A taken name at the initial domain gets digits instead (ET-103).
        if let Some(upn) = wish.upn.as_ref().filter(|_| !wish.moera)
            && let Some(owner) = self.table.owner(Key::Upn, upn, except)
        {
            found.push((upn.clone(), owner));
        }
        found
    }

    /// Works out what a row asks for (ET-095 to ET-097, ET-110); an error names the missing fact.
    fn wish<'a>(&self, row: &Keys<'a>) -> Result<Wish<'a>, &'static str> {
        let mut wish = Wish::default();
        if row.kind == TenantType::Device {
            return Ok(wish);
        }
        let has_smtp = row.addresses().any(is_smtp);
        let stand_in = row.mail.filter(|_| !has_smtp).filter(|mail| !is_malformed(mail));
        wish.addresses.extend(stand_in.map(|mail| format!("SMTP:{mail}").into()));
        let primary = |value: &&str| is_primary(value) && !is_malformed(bare(value));
        wish.matched_by = match wish.addresses.first() {
            Some(stand_in) => Some(stand_in.clone()),
            None => row.addresses().find(primary).map(Into::into),
        };
        if row.kind == TenantType::Group && !has_smtp && row.addresses().next().is_some() {
            // It has addresses and none for mail, so it is not mail-enabled (ET-053, ET-220).
            wish.matched_by = None;
        }
        for value in row.addresses() {
            let Some(parsed) = ProxyAddress::parse(value) else { continue };
            let mailbox = parsed.is_smtp() || parsed.is_sip();
            if !(mailbox || parsed.protocol.eq_ignore_ascii_case("x500"))
                || (mailbox && is_malformed(parsed.address))
                || (parsed.is_smtp() && is_reserved(domain_of(parsed.address)))
                || wish.addresses.iter().any(|known| known.eq_ignore_ascii_case(value))
            {
                continue;
            }
            let second = parsed.is_primary_smtp() && wish.primary().is_some();
            let lowered = second.then(|| format!("smtp:{}", parsed.address).into());
            wish.addresses.push(lowered.unwrap_or_else(|| value.into()));
        }
        if row.kind != TenantType::User {
            return Ok(wish);
        }
        let Some(upn) = row.upn else { return Err("userPrincipalName") };
        let silent = upn.chars().any(|c| c == ' ' || c.is_control() || !c.is_ascii());
        let verified = self.tenancy.verifies(domain_of(upn)).ok_or("the verified domains")?;
        if verified && !silent {
            wish.upn = Some(upn.to_owned());
            return Ok(wish);
        }
        let prefix = match row.nickname {
            Some(nickname) => clean_nickname(nickname),
            None => clean_nickname(match (wish.matched_by.as_deref(), row.mail) {
                (Some(primary), _) => prefix_of(bare(primary)),
                (None, Some(mail)) => prefix_of(mail),
                (None, None) => prefix_of(upn),
            }),
        };
        wish.moera = true;
        wish.upn = Some(format!("{prefix}@{}", self.tenancy.initial_domain));
        Ok(wish)
    }
}

fn undecidable(missing: &'static str) -> Verdict {
    Verdict {
        outcome: Outcome::Undecidable(missing),
        rule: "D7",
        other: None,
        lost: Vec::new(),
        why: missing,
    }
}
