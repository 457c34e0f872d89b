//! The decision procedure of appendix A, step by step, over a plain list of objects.

use std::collections::BTreeMap;

use dirsim_model::Guid;
use dirsim_tenant::{Operation, TenantType};

use crate::calculate::{
    Drawn, Name, asked, domain_of, federated, final_upn, first_nickname, is_smtp, match_primary,
    same, set_addresses, set_upn,
};
use crate::object::{Object, Place};
use crate::random::Row;

/// What became of a row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Outcome {
    Done { applied: String, matched: String, quarantined: Vec<String> },
    Refused { name: String, code: Option<u32>, attribute: Option<String> },
}

impl Outcome {
    /// A name to count by.
    pub(crate) fn name(&self) -> String {
        match self {
            Self::Done { applied, matched, .. } => format!("{applied} {matched}"),
            Self::Refused { name, .. } => name.clone(),
        }
    }
}

/// A tenant as a list of objects.
pub(crate) struct World {
    features: BTreeMap<String, bool>,
    /// Profiles from p2025 on let UPN changes of federated users flow (ET-106).
    federated_flow: bool,
    /// Profile p2026: cloud security groups have a recycle bin, hard matches are hardened.
    hardened: bool,
    pub(crate) objects: Vec<Object>,
    /// Values for which a new group failed once (ET-079).
    failed: Vec<(String, String)>,
}

/// A refusal on the way.
type Step<T> = Result<T, Outcome>;

fn fail<T>(name: &str, attribute: Option<&str>) -> Step<T> {
    let code = match name {
        "InvalidHardMatch" => Some(103),
        "AttributeUpdateNotAllowed" => Some(96),
        "DeletingCloudOnlyObjectNotAllowed" => Some(114),
        _ => None,
    };
    Err(Outcome::Refused { name: name.to_owned(), code, attribute: attribute.map(str::to_owned) })
}

/// What a step found, with the number of the object.
struct Blocked {
    at: usize,
    by_address: bool,
}

impl World {
    pub(crate) fn new(switches: &[(&str, bool)], profile: &str, objects: Vec<Object>) -> Self {
        let features = switches.iter().map(|(name, on)| ((*name).to_owned(), *on)).collect();
        Self {
            features,
            federated_flow: profile >= "p2025",
            hardened: profile >= "p2026",
            objects,
            failed: Vec::new(),
        }
    }

    fn has(&self, feature: &str) -> bool {
        self.features[feature]
    }

    /// The holder of an anchor: an active one, else one of the recycle bin.
    pub(crate) fn holder(&self, anchor: &str) -> Option<&Object> {
        self.holder_at(anchor).map(|at| &self.objects[at])
    }

    fn holder_at(&self, anchor: &str) -> Option<usize> {
        let at = |place: Place| {
            self.objects
                .iter()
                .position(|o| o.place == place && o.anchor.as_deref() == Some(anchor))
        };
        at(Place::Active).or_else(|| at(Place::Bin))
    }

    /// Another active object with a UPN.
    pub(crate) fn upn_owner(&self, upn: &str, but: Option<usize>) -> Option<usize> {
        self.other(but, |object| object.upn.as_deref().is_some_and(|held| same(held, upn)))
    }

    /// Another active object with an address; the case of prefixes does not matter (ET-005).
    pub(crate) fn address_owner(&self, address: &str, but: Option<usize>) -> Option<usize> {
        self.other(but, |object| object.addresses.iter().any(|held| same(held, address)))
    }

    fn other(&self, but: Option<usize>, is: impl Fn(&Object) -> bool) -> Option<usize> {
        (0..self.objects.len())
            .find(|at| Some(*at) != but && self.objects[*at].active() && is(&self.objects[*at]))
    }

    /// An administrator deleted an object, or emptied the recycle bin of it (ET-178 to ET-180).
    pub(crate) fn edited(&mut self, id: Guid) {
        let hardened = self.hardened;
        let object = self.objects.iter_mut().find(|object| object.id == id).unwrap();
        let to_bin = object.active()
            && match object.kind {
                TenantType::User => true,
                TenantType::Group => {
                    object.flag != Some(true)
                        && (object.unified || (hardened && !object.mail_enabled))
                }
                TenantType::Contact | TenantType::Device => false,
            };
        if to_bin {
            object.place = Place::Bin;
            object.conflicts.clear();
        } else {
            object.purge();
        }
    }

    /// Answers a row; `after` is what the tenant has afterwards, for what it draws.
    pub(crate) fn process(&mut self, row: &Row, after: &[Object]) -> Outcome {
        match self.decide(row, after) {
            Ok(outcome) | Err(outcome) => outcome,
        }
    }

    fn decide(&mut self, row: &Row, after: &[Object]) -> Step<Outcome> {
        let target = self.locate(row)?;
        match row.operation {
            Operation::Delete => self.delete(row, target),
            Operation::Set if target.is_none() && !row.complete => fail("ObjectNotFound", None),
            Operation::Add | Operation::Set => self.upsert(row, target, after),
        }
    }

    fn locate(&self, row: &Row) -> Step<Option<usize>> {
        if let Some(id) = row.cloud {
            if let Some(at) = self.objects.iter().position(|o| o.id == id && o.active()) {
                if let (Some(held), Some(sent)) = (&self.objects[at].anchor, &row.anchor)
                    && held != sent
                {
                    return fail("InvalidHardMatch", None);
                }
                // An anchor belongs to one object (ET-070).
                if self.objects[at].anchor.is_none()
                    && row.anchor.as_deref().is_some_and(|sent| self.holder_at(sent).is_some())
                {
                    return fail("InvalidHardMatch", None);
                }
                return Ok(Some(at));
            }
            // A Delete names one object and no other; a row with content still has its anchor.
            if row.operation == Operation::Delete {
                return Ok(None);
            }
        }
        Ok(row.anchor.as_deref().and_then(|anchor| self.holder_at(anchor)))
    }

    fn delete(&mut self, row: &Row, target: Option<usize>) -> Step<Outcome> {
        let done = |applied: &str, matched: &str| Outcome::Done {
            applied: applied.to_owned(),
            matched: matched.to_owned(),
            quarantined: Vec::new(),
        };
        let Some(at) = target.filter(|at| self.objects[*at].active()) else {
            return Ok(done("NoChange", "None"));
        };
        let object = &mut self.objects[at];
        if object.kind != row.kind {
            return fail("ObjectTypeMismatch", None);
        }
        if object.flag != Some(true) {
            return fail("DeletingCloudOnlyObjectNotAllowed", None);
        }
        if object.kind == TenantType::User {
            object.place = Place::Bin;
            object.flag = Some(false);
            object.conflicts.clear();
            Ok(done("SoftDeleted", "Anchor"))
        } else {
            object.purge();
            Ok(done("HardDeleted", "Anchor"))
        }
    }

    fn upsert(&mut self, row: &Row, target: Option<usize>, after: &[Object]) -> Step<Outcome> {
        // 1
        let structural = row.upn.iter().flatten().any(|upn| upn.contains('+'));
        if structural && row.kind == TenantType::User {
            return fail("IdentityDataValidationFailed", Some("userPrincipalName"));
        }
        if target.is_some_and(|at| !self.objects[at].active()) && !row.complete {
            return fail("ObjectNotFound", None);
        }
        // 2
        if let Some(at) = target {
            let held = &self.objects[at];
            if held.kind != row.kind {
                return fail("ObjectTypeMismatch", None);
            }
            if held.cloud_managed {
                return Ok(Outcome::Done {
                    applied: "Ignored".to_owned(),
                    matched: "Anchor".to_owned(),
                    quarantined: Vec::new(),
                });
            }
            if let (Some(stored), Some(sent)) = (held.identifier, row.identifier)
                && held.kind == TenantType::User
                && stored != sent
                && self.hardened
            {
                return fail("AttributeUpdateNotAllowed", Some("OnPremisesObjectIdentifier"));
            }
            if held.active() && held.flag == Some(true) {
                return self.apply(row, at, "Anchor", after);
            }
            if self.has("blockCloudObjectTakeoverThroughHardMatch") {
                return fail("InvalidHardMatch", None);
            }
            let privileged = |roles: &[String]| roles.iter().any(|r| r == "Global Administrator");
            if self.hardened && (privileged(&held.roles) || privileged(&held.eligible)) {
                return fail("InvalidHardMatch", None);
            }
            return self.apply(row, at, "Hard", after);
        }
        if row.anchor.is_none() {
            return fail("DataValidationFailed", Some("SourceAnchor"));
        }
        // 4
        let mut draft = draft(row);
        let mailbox_kind = row.kind != TenantType::Group || draft.mail_enabled;
        let mut blocked = None;
        if mailbox_kind {
            let primary = match_primary(&draft);
            let by_smtp = primary.and_then(|primary| {
                self.other(None, |object| object.primary().is_some_and(|p| same(p, &primary)))
            });
            if let Some(at) = by_smtp {
                if self.eligible(at, row) {
                    return self.apply(row, at, "SoftSmtp", after);
                }
                blocked = Some(Blocked { at, by_address: true });
            } else if row.kind == TenantType::User && self.has("softMatchOnUpn") {
                let (Name::Exact(upn) | Name::Moera(upn)) =
                    final_upn(&draft, draft.shadow_upn.as_deref().unwrap_or_default());
                if let Some(at) = self.upn_owner(&upn, None) {
                    if self.eligible(at, row) {
                        return self.apply(row, at, "SoftUpn", after);
                    }
                    blocked = Some(Blocked { at, by_address: false });
                }
            }
        }
        // 5
        self.may_create(row, &draft, blocked.as_ref())?;
        let drawn = after.last().unwrap();
        draft.id = drawn.id;
        let names = Drawn { upn: drawn.upn.as_deref(), moera: drawn.moera.as_deref() };
        let mut moera = None;
        if row.kind == TenantType::User {
            let wish = final_upn(&draft, draft.shadow_upn.as_deref().unwrap_or_default());
            moera = set_upn(self, None, &mut draft, &wish, true, &names);
        }
        set_addresses(self, None, &mut draft, moera, &names);
        let quarantined = values(&draft, None);
        self.objects.push(draft);
        Ok(Outcome::Done { applied: "Created".to_owned(), matched: "None".to_owned(), quarantined })
    }

    fn eligible(&self, at: usize, row: &Row) -> bool {
        let held = &self.objects[at];
        held.active()
            && held.kind == row.kind
            && held.flag != Some(true)
            && held.anchor.is_none()
            && !held.cloud_managed
            && !held.unified
            && !held.guest
            && held.roles.is_empty()
            && !self.has("blockSoftMatch")
    }

    /// Steps 5a to 5h.
    fn may_create(&mut self, row: &Row, draft: &Object, blocked: Option<&Blocked>) -> Step<()> {
        // 5a
        self.sid_free(draft, None)?;
        // 5b
        let asked = asked(draft);
        self.sip_free(&asked, None)?;
        // 5c
        let smtp: Vec<&String> = asked.iter().filter(|address| is_smtp(address)).collect();
        if let Some(Blocked { at, by_address: true }) = blocked
            && self.objects[*at].kind != row.kind
        {
            let name = if self.objects[*at].anchor.is_none() {
                "ObjectTypeMismatch"
            } else {
                "AttributeValueMustBeUnique"
            };
            return fail(name, Some("ProxyAddresses"));
        }
        let owners: Vec<(&String, usize)> = smtp
            .iter()
            .filter_map(|address| Some((*address, self.address_owner(address, None)?)))
            .collect();
        if owners.iter().any(|(_, at)| self.objects[*at].kind != row.kind) {
            return fail("AttributeValueMustBeUnique", Some("ProxyAddresses"));
        }
        // 5d
        let orphan = |address: &str| {
            self.objects.iter().any(|object| {
                object.place == Place::Bin
                    && object.kind == TenantType::User
                    && object.flag.is_some()
                    && object.anchor != row.anchor
                    && object.addresses.iter().any(|held| same(held, address))
            })
        };
        if row.kind == TenantType::User && smtp.iter().any(|address| orphan(address)) {
            return fail("AttributeValueMustBeUnique", Some("ProxyAddresses"));
        }
        // 5e
        let resilient = self.has("quarantineUponProxyAddressesConflict");
        if let Some(blocked) = blocked
            && blocked.by_address
            && row.kind == TenantType::User
            && self.objects[blocked.at].anchor.is_some()
        {
            let name = if resilient { "AttributeValueMustBeUnique" } else { "InvalidSoftMatch" };
            return fail(name, Some("ProxyAddresses"));
        }
        // 5f
        if row.kind == TenantType::Group && resilient {
            let anchor = row.anchor.clone().unwrap_or_default();
            let first: Vec<(String, String)> = owners
                .iter()
                .filter(|(_, at)| self.objects[*at].flag == Some(true))
                .map(|(address, _)| (anchor.clone(), address.to_ascii_lowercase()))
                .filter(|memory| !self.failed.contains(memory))
                .collect();
            if !first.is_empty() {
                self.failed.extend(first);
                return fail("AttributeValueMustBeUnique", Some("ProxyAddresses"));
            }
        }
        // 5h
        let name =
            if blocked.is_some() { "InvalidSoftMatch" } else { "AttributeValueMustBeUnique" };
        if !owners.is_empty() && !resilient {
            return fail(name, Some("ProxyAddresses"));
        }
        if row.kind == TenantType::User
            && let Name::Exact(upn) =
                final_upn(draft, draft.shadow_upn.as_deref().unwrap_or_default())
            && self.upn_owner(&upn, None).is_some()
            && !self.has("quarantineUponUpnConflict")
        {
            return fail(name, Some("UserPrincipalName"));
        }
        Ok(())
    }

    fn sid_free(&self, object: &Object, but: Option<usize>) -> Step<()> {
        let Some(sid) = &object.sid else { return Ok(()) };
        if self.other(but, |other| other.sid.as_ref() == Some(sid)).is_some() {
            return fail("AttributeValueMustBeUnique", Some("OnPremiseSecurityIdentifier"));
        }
        Ok(())
    }

    fn sip_free(&self, asked: &[String], but: Option<usize>) -> Step<()> {
        let sip = |address: &&String| address.to_ascii_uppercase().starts_with("SIP:");
        if asked.iter().filter(sip).any(|address| self.address_owner(address, but).is_some()) {
            return fail("AttributeValueMustBeUnique", Some("SipProxyAddress"));
        }
        Ok(())
    }

    /// Steps 6 and 7.
    fn apply(&mut self, row: &Row, at: usize, kind: &str, after: &[Object]) -> Step<Outcome> {
        let before = self.objects[at].clone();
        let restore = !before.active();
        let takeover = kind != "Anchor";
        let mut object = before.clone();
        object.place = Place::Active;
        if takeover {
            object.flag = Some(true);
        }
        merge(row, &mut object, takeover);
        // 6a
        if takeover || object.sid != before.sid {
            self.sid_free(&object, Some(at))?;
        }
        let waits = |property: &str| before.conflicts.iter().any(|(held, _)| held == property);
        let named =
            takeover || object.shadow_upn != before.shadow_upn || waits("UserPrincipalName");
        // 6b
        let mut wish = None;
        if object.kind == TenantType::User
            && named
            && let Some(upn) = object.shadow_upn.clone()
        {
            let name = final_upn(&object, &upn);
            wish = if object.shadow_upn == before.shadow_upn {
                Some(name)
            } else {
                self.upn_rules(&before, name)?
            };
            if wish.is_none() {
                object.conflicts.retain(|(property, _)| property != "UserPrincipalName");
            }
        }
        if restore && wish.is_none() {
            wish = before.upn.clone().map(Name::Exact);
        }
        let addressed = takeover
            || object.shadow_upn != before.shadow_upn
            || object.shadow_addresses != before.shadow_addresses
            || object.shadow_mail != before.shadow_mail
            || waits("ProxyAddresses");
        let asked = if addressed { asked(&object) } else { Vec::new() };
        self.sip_free(&asked, Some(at))?;
        // 6c
        let taken = asked.iter().any(|a| is_smtp(a) && self.address_owner(a, Some(at)).is_some());
        if taken && !self.has("quarantineUponProxyAddressesConflict") {
            return fail("AttributeValueMustBeUnique", Some("ProxyAddresses"));
        }
        if let Some(Name::Exact(upn)) = &wish
            && self.upn_owner(upn, Some(at)).is_some()
            && !self.has("quarantineUponUpnConflict")
        {
            return fail("AttributeValueMustBeUnique", Some("UserPrincipalName"));
        }
        // 6d
        if object.anchor.is_none() {
            object.anchor.clone_from(&row.anchor);
        }
        object.flag = Some(true);
        // 7
        let drawn = &after[at];
        let names = Drawn { upn: drawn.upn.as_deref(), moera: drawn.moera.as_deref() };
        let mut moera = None;
        if let Some(wish) = wish {
            moera = set_upn(self, Some(at), &mut object, &wish, restore, &names);
        }
        if addressed {
            set_addresses(self, Some(at), &mut object, moera, &names);
        }
        let quarantined = values(&object, Some(&before));
        self.objects[at] = object;
        Ok(Outcome::Done {
            applied: if restore { "Restored" } else { "Updated" }.to_owned(),
            matched: kind.to_owned(),
            quarantined,
        })
    }

    /// ET-104 to ET-107; `None` drops the change.
    fn upn_rules(&self, before: &Object, name: Name) -> Step<Option<Name>> {
        let (Name::Exact(wish) | Name::Moera(wish)) = &name;
        let Some(current) = before.upn.as_deref() else { return Ok(Some(name)) };
        if same(current, wish) {
            return Ok(Some(name));
        }
        if federated(current) {
            if self.federated_flow {
                return Ok(Some(name));
            }
            if same(domain_of(current), domain_of(wish)) {
                return Ok(None);
            }
            if federated(wish) {
                return fail("FederatedDomainChangeError", Some("FederatedUser.UserPrincipalName"));
            }
            return Ok(Some(name));
        }
        let stays = before.licensed && !self.has("synchronizeUpnForManagedUsers");
        Ok(Some(name).filter(|_| !stays))
    }
}

/// The values that came into quarantine.
fn values(object: &Object, before: Option<&Object>) -> Vec<String> {
    let known = |entry: &(String, String)| {
        before.is_some_and(|before| {
            before.conflicts.iter().any(|held| held.0 == entry.0 && same(&held.1, &entry.1))
        })
    };
    let fresh = object.conflicts.iter().filter(|entry| !known(entry));
    let mut values: Vec<String> = fresh.map(|(_, value)| value.clone()).collect();
    values.sort();
    values
}

/// A new object with the values of a row.
fn draft(row: &Row) -> Object {
    let mut object = Object {
        id: Guid::NIL,
        kind: row.kind,
        place: Place::Active,
        flag: Some(true),
        anchor: row.anchor.clone(),
        upn: None,
        nickname: None,
        addresses: Vec::new(),
        mail: None,
        moera: None,
        shadow_upn: None,
        shadow_nickname: None,
        shadow_addresses: Vec::new(),
        shadow_mail: None,
        kept: Vec::new(),
        sid: None,
        identifier: None,
        licensed: false,
        was_licensed: false,
        roles: Vec::new(),
        eligible: Vec::new(),
        unified: false,
        mail_enabled: false,
        guest: false,
        cloud_managed: false,
        title: None,
        conflicts: std::collections::BTreeSet::new(),
    };
    merge(row, &mut object, true);
    object
}

/// ET-061, ET-062, ET-097, ET-098, ET-220, ET-227: the values of a row over those of an object.
fn merge(row: &Row, object: &mut Object, fresh: bool) {
    let known_nickname = object.shadow_nickname.clone();
    if row.complete || fresh {
        object.shadow_mail = None;
        object.shadow_nickname = None;
        object.shadow_addresses.clear();
    }
    let whole = row.complete || fresh;
    // An empty value of a row with all values says nothing; of a partial one it removes.
    let lay = |slot: &mut Option<String>, sent: &Option<Option<String>>| match sent {
        Some(Some(value)) => *slot = Some(value.clone()),
        Some(None) if !whole => *slot = None,
        _ => {}
    };
    if object.kind == TenantType::User {
        lay(&mut object.shadow_upn, &row.upn);
    }
    lay(&mut object.shadow_mail, &row.mail);
    lay(&mut object.shadow_nickname, &row.nickname);
    lay(&mut object.title, &row.title);
    if let Some(list) = &row.addresses
        && !(whole && list.is_empty())
    {
        object.shadow_addresses.clone_from(list);
    }
    if object.kind != TenantType::Contact && row.sid.is_some() {
        object.sid.clone_from(&row.sid);
    }
    if row.identifier.is_some() {
        object.identifier = row.identifier;
    }
    let silent = object.shadow_addresses.is_empty() && object.shadow_mail.is_none();
    if !silent {
        object.kept.clear();
    } else if fresh {
        let moera = object.moera.clone().map(|moera| format!("smtp:{moera}"));
        object.kept = object.addresses.clone();
        object.kept.retain(|address| moera.as_ref().is_none_or(|moera| !same(moera, address)));
    }
    if object.kind == TenantType::Group {
        object.mail_enabled = object.moera.is_some()
            || if object.shadow_addresses.is_empty() {
                object.shadow_mail.is_some() || !object.kept.is_empty()
            } else {
                object.shadow_addresses.iter().any(|address| is_smtp(address))
            };
    }
    if fresh {
        let stays = object.nickname.is_some() && silent && object.shadow_nickname.is_none();
        if !stays && let Some(nickname) = first_nickname(object) {
            object.nickname = Some(nickname);
        }
    } else if object.shadow_nickname != known_nickname && object.shadow_nickname.is_some() {
        object.nickname = first_nickname(object);
    }
}
