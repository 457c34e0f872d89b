//! The checks of the decision, in the order of its steps. Each notes what it found.

use dirsim_model::SourceAnchor;
use dirsim_model::attribute::well_known as a;

use crate::calculate::{Collisions, Wanted, WantedUpn, weight};
use crate::decide::Blocked;
use crate::directory::{self, LINKS};
use crate::features::{Change, Feature};
use crate::object::{TenantObject, domain_of};
use crate::planner::{Decided, Facts, Numbered, Planner};
use crate::row::{ExportRow, TenantType};
use crate::settings::SyncState;
use crate::throttle;

pub(crate) fn synchronization_is_on(planner: &mut Planner<'_>) -> Decided<()> {
    let state = planner.settings.sync_state;
    if state == SyncState::Enabled {
        return Ok(());
    }
    let reason = format!("its state is {}", state.name());
    Err(planner.refuse("DirSyncNotEnabled", "ET-202", Facts { reason, ..Facts::default() }))
}

/// The write that would exceed the window is to be repeated later (ET-167).
pub(crate) fn window_has_room(planner: &mut Planner<'_>) -> Decided<()> {
    if !planner.options.throttled {
        return Ok(());
    }
    let room = throttle::room(planner.tables, planner.now)?.unwrap_or(u64::MAX);
    if room > 0 {
        planner.check("ET-167", format!("the write window has room for {room} more"));
        return Ok(());
    }
    let from = throttle::room_from(planner.tables, planner.now)?;
    let reason = format!("the write window is full until {from}");
    Err(planner.refuse("ServerBusy", "ET-167", Facts { reason, ..Facts::default() }))
}

pub(crate) fn not_found(planner: &mut Planner<'_>, row: &ExportRow) -> crate::planner::Stop {
    let name = row.cloud_anchor.map(|cloud| cloud.to_string()).or_else(|| {
        row.source_anchor.as_ref().map(|anchor| format!("the object with anchor {anchor}"))
    });
    let name = name.unwrap_or_else(|| "the object".to_owned());
    let reason = format!("{name} no longer exists or is in the recycle bin");
    planner.refuse("ObjectNotFound", "ET-141", Facts { reason, ..Facts::default() })
}

pub(crate) fn same_type(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    held: &TenantObject,
) -> Decided<()> {
    if held.kind == row.object_type {
        return Ok(());
    }
    let reason = format!("the row is for a {}, found {}", row.object_type.name(), held.describe());
    let facts = Facts { conflict: Some(held), reason, ..Facts::default() };
    Err(planner.refuse("ObjectTypeMismatch", "ET-037", facts))
}

pub(crate) fn object_identifier_is_free_to_change(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    held: &TenantObject,
) -> Decided<()> {
    let sent = row
        .get(a::ON_PREMISES_OBJECT_IDENTIFIER)
        .and_then(|values| values.first())
        .and_then(|value| crate::merge::read_guid(value.as_ref()));
    let (Some(stored), Some(sent)) = (held.object_identifier, sent) else { return Ok(()) };
    if held.kind != TenantType::User {
        return Ok(());
    }
    if stored == sent {
        planner.check("ET-051", format!("onPremisesObjectIdentifier is {sent} as before"));
        return Ok(());
    }
    if !planner.applies(Change::ObjectIdentifierLocked)
        || planner.has(Feature::AllowObjectIdentifierUpdate)
    {
        planner.check("ET-051", format!("onPremisesObjectIdentifier {stored} becomes {sent}"));
        return Ok(());
    }
    let facts = Facts {
        conflict: Some(held),
        attribute: Some("OnPremisesObjectIdentifier"),
        values: vec![sent.to_string()],
        reason: format!("it is {stored}, the row says {sent}"),
        ..Facts::default()
    };
    Err(planner.refuse("AttributeUpdateNotAllowed", "ET-051", facts))
}

pub(crate) fn takeover_is_not_blocked(
    planner: &mut Planner<'_>,
    held: &TenantObject,
) -> Decided<()> {
    if is_sync_account(planner, held) {
        let reason = format!("it is the account of the sync service, {}", held.describe());
        let facts = Facts { conflict: Some(held), reason, ..Facts::default() };
        return Err(planner.refuse("InvalidHardMatch", "ET-056", facts));
    }
    if !planner.has(Feature::BlockHardMatch) {
        planner.check("ET-045", "takeover by hard match is not blocked");
        return Ok(());
    }
    let reason = format!("takeover by hard match is blocked, found {}", held.describe());
    let facts = Facts { conflict: Some(held), reason, ..Facts::default() };
    Err(planner.refuse("InvalidHardMatch", "ET-045", facts))
}

/// Returns whether a user is the account of the sync service itself (ET-056).
pub(crate) fn is_sync_account(planner: &Planner<'_>, held: &TenantObject) -> bool {
    held.kind == TenantType::User
        && held.upn.as_deref().is_some_and(|upn| {
            let upn = upn.to_ascii_lowercase();
            upn.starts_with("sync_") && domain_of(&upn) == planner.settings.initial_domain
        })
}

/// Returns the roles of a user, assigned or eligible, by itself and through role-assignable groups
/// (ET-047, ET-228).
pub(crate) fn roles_of(
    planner: &Planner<'_>,
    (number, held): &Numbered,
    eligible: bool,
) -> Decided<Vec<Box<str>>> {
    let of = |object: &TenantObject| {
        if eligible { object.eligible_roles.clone() } else { object.roles.clone() }
    };
    let mut roles = of(held);
    if held.kind == TenantType::User {
        for (_, group) in LINKS.to(planner.tables, *number, Some(a::MEMBER))? {
            let group = directory::object(planner.tables, group)?;
            if let Some(group) = group.filter(|group| group.is_active() && !group.is_synced()) {
                roles.extend(of(&group));
            }
        }
    }
    Ok(roles)
}

pub(crate) fn target_is_not_privileged(
    planner: &mut Planner<'_>,
    target: &Numbered,
) -> Decided<()> {
    let held = &target.1;
    if held.kind != TenantType::User {
        return Ok(());
    }
    let mut roles = roles_of(planner, target, false)?;
    roles.extend(roles_of(planner, target, true)?);
    let Some(role) = roles.iter().find(|role| planner.catalogue.is_privileged(role)) else {
        planner.check("ET-050", "no privileged role, assigned or eligible");
        return Ok(());
    };
    if !planner.applies(Change::HardMatchPrivilegedRole) {
        planner.check("ET-050", format!("holds {role}, which did not matter yet"));
        return Ok(());
    }
    let facts = Facts {
        conflict: Some(held),
        reason: format!("hard match blocked by security hardening, {role} is assigned or eligible"),
        category: Some("Existing Admin Role Conflict"),
        ..Facts::default()
    };
    Err(planner.refuse("InvalidHardMatch", "ET-050", facts))
}

pub(crate) fn same_device(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    anchor: &SourceAnchor,
) -> Decided<Option<Numbered>> {
    if row.object_type != TenantType::Device {
        return Ok(None);
    }
    let sent = row
        .get(a::DEVICE_ID)
        .and_then(|values| values.first())
        .and_then(|value| crate::merge::read_guid(value.as_ref()));
    let Some(device) = sent.or_else(|| anchor.decode().ok().map(|decoded| decoded.guid)) else {
        return Ok(None);
    };
    let found = directory::find(planner.tables, &directory::Key::Device(device))?
        .into_iter()
        .find(|(_, held)| held.sync_enabled.is_none());
    let Some(found) = found else { return Ok(None) };
    planner.check("ET-048", format!("device id {device} belongs to {}", found.1.describe()));
    if planner.has(Feature::BlockSoftMatch) {
        let facts = Facts {
            conflict: Some(&found.1),
            attribute: Some("DeviceId"),
            values: vec![device.to_string()],
            reason: "soft matching is blocked".to_owned(),
            ..Facts::default()
        };
        return Err(planner.refuse("InvalidSoftMatch", "ET-048", facts));
    }
    Ok(Some(found))
}

pub(crate) fn sid_is_unique(
    planner: &mut Planner<'_>,
    object: &TenantObject,
    number: Option<u64>,
) -> Decided<()> {
    let Some(sid) = object.sid.clone() else { return Ok(()) };
    let key = directory::Key::Sid(sid.clone());
    let Some((_, held)) = directory::find_other(planner.tables, &key, number)? else {
        planner.check("ET-052", format!("nobody else has SID {sid}"));
        return Ok(());
    };
    let facts = Facts {
        conflict: Some(&held),
        attribute: Some("OnPremiseSecurityIdentifier"),
        values: vec![sid.to_string()],
        reason: "the SID is in use".to_owned(),
        ..Facts::default()
    };
    Err(planner.refuse("AttributeValueMustBeUnique", "ET-052", facts))
}

pub(crate) fn sip_is_unique(planner: &mut Planner<'_>, found: &Collisions) -> Decided<()> {
    let Some((value, (_, held))) = found.sip.first() else { return Ok(()) };
    // Shown without its prefix, which the name of the attribute tells (ET-003).
    let bare = value.split_once(':').map_or(value.as_str(), |(_, bare)| bare);
    let facts = Facts {
        conflict: Some(held),
        attribute: Some("SipProxyAddress"),
        values: vec![bare.to_owned()],
        reason: "the SIP address is in use".to_owned(),
        ..Facts::default()
    };
    Err(planner.refuse("AttributeValueMustBeUnique", "ET-079", facts))
}

/// Step 5c: an address of an object of another type. When soft matching hit it, both are primary.
pub(crate) fn no_cross_type_collision(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    found: &Collisions,
    blocked: Option<&Blocked>,
) -> Decided<()> {
    let matched = blocked
        .filter(|blocked| blocked.by_address && blocked.holder.1.kind != row.object_type)
        .map(|blocked| &blocked.holder.1);
    let first = || found.smtp.iter().find(|(_, (_, held))| held.kind != row.object_type);
    let (value, held) = match (matched, first()) {
        (Some(held), _) => (held.primary_smtp().unwrap_or_default().to_owned(), held),
        (None, Some((value, (_, held)))) => (value.clone(), held),
        (None, None) => return Ok(()),
    };
    let name = if matched.is_some() && held.anchor.is_none() {
        "ObjectTypeMismatch"
    } else {
        "AttributeValueMustBeUnique"
    };
    let reason = format!(
        "the row is for a {}, {value} belongs to {}",
        row.object_type.name(),
        held.describe()
    );
    let facts = Facts {
        conflict: Some(held),
        attribute: Some("ProxyAddresses"),
        values: vec![value],
        reason,
        ..Facts::default()
    };
    Err(planner.refuse(name, "ET-044", facts))
}

pub(crate) fn no_orphan_holds_an_address(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    wanted: &Wanted,
) -> Decided<()> {
    if row.object_type != TenantType::User || !planner.applies(Change::OrphanProxyCheck) {
        return Ok(());
    }
    for value in wanted.addresses.iter().flatten() {
        let key = directory::Key::BinAddress(value.to_ascii_lowercase());
        let orphan = directory::find(planner.tables, &key)?.into_iter().find(|(_, held)| {
            held.kind == TenantType::User
                && held.sync_enabled.is_some()
                && held.anchor != row.source_anchor
                && held.is_restorable(planner.now)
        });
        if let Some((_, held)) = orphan {
            let facts = Facts {
                conflict: Some(&held),
                attribute: Some("ProxyAddresses"),
                values: vec![value.clone()],
                reason: "a synchronized object with the same proxy address already exists, \
                         purge it from the recycle bin"
                    .to_owned(),
                ..Facts::default()
            };
            return Err(planner.refuse("AttributeValueMustBeUnique", "ET-176", facts));
        }
    }
    if wanted.addresses.iter().flatten().next().is_some() {
        planner.check("ET-176", "no deleted synchronized user has one of its addresses");
    }
    Ok(())
}

pub(crate) fn no_anchored_user_has_the_primary(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    blocked: Option<&Blocked>,
) -> Decided<()> {
    let Some(blocked) = blocked.filter(|blocked| {
        row.object_type == TenantType::User
            && blocked.by_address
            && blocked.holder.1.anchor.is_some()
    }) else {
        return Ok(());
    };
    let held = &blocked.holder.1;
    let resilient = planner.has(Feature::QuarantineUponProxyAddressesConflict);
    let name = if resilient { "AttributeValueMustBeUnique" } else { "InvalidSoftMatch" };
    let facts = Facts {
        conflict: Some(held),
        attribute: Some("ProxyAddresses"),
        values: held.primary_smtp().map(str::to_owned).into_iter().collect(),
        reason: blocked.why.clone(),
        ..Facts::default()
    };
    Err(planner.refuse(name, "ET-042", facts))
}

pub(crate) fn group_pair_failed_before(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    found: &Collisions,
) -> Decided<()> {
    if row.object_type != TenantType::Group
        || !planner.has(Feature::QuarantineUponProxyAddressesConflict)
    {
        return Ok(());
    }
    let Some(anchor) = &row.source_anchor else { return Ok(()) };
    let mut first = None;
    for (value, (_, held)) in found.smtp.iter().filter(|(_, (_, held))| held.is_synced()) {
        let memory = crate::apply::first_failure(anchor, value);
        if crate::apply::failed_before(planner.tables, &memory)? {
            planner.check("ET-079", format!("{value} failed once, it is quarantined now"));
        } else {
            planner.failed_once.push(memory);
            first = first.or(Some((value, held)));
        }
    }
    let Some((value, held)) = first else { return Ok(()) };
    let facts = Facts {
        conflict: Some(held),
        attribute: Some("ProxyAddresses"),
        values: vec![value.clone()],
        reason: "another synchronized group has the address".to_owned(),
        ..Facts::default()
    };
    Err(planner.refuse("AttributeValueMustBeUnique", "ET-079", facts))
}

pub(crate) fn quota_has_room(planner: &mut Planner<'_>) -> Decided<()> {
    let quota = planner.catalogue.limits.quota;
    let documented =
        if planner.settings.has_custom_domain { quota.verified } else { quota.unverified };
    let limit = planner.settings.quota.unwrap_or(documented);
    let counts = directory::counts(planner.tables)?;
    let weight = quota.purged_weight;
    if (counts.whole + 1) * weight + counts.purged <= limit * weight {
        return Ok(());
    }
    let reason =
        format!("{} objects and {} purged ones of {limit} are in use", counts.whole, counts.purged);
    Err(planner.refuse("DirectoryQuotaExceeded", "ET-166", Facts { reason, ..Facts::default() }))
}

pub(crate) fn collisions_can_be_quarantined(
    planner: &mut Planner<'_>,
    found: &Collisions,
    blocked: Option<&Blocked>,
) -> Decided<()> {
    let upn = found.upn.iter().map(|(value, held)| {
        (Feature::QuarantineUponUpnConflict, "UserPrincipalName", value, held)
    });
    let smtp = found.smtp.iter().map(|(value, held)| {
        (Feature::QuarantineUponProxyAddressesConflict, "ProxyAddresses", value, held)
    });
    let lost = smtp.chain(upn).find(|(feature, ..)| !planner.has(*feature));
    let Some((_, attribute, value, (_, held))) = lost else {
        if !(found.upn.is_none() && found.smtp.is_empty()) {
            planner.check("ET-072", "resiliency is on: values in use are quarantined");
        }
        return Ok(());
    };
    let facts = Facts {
        conflict: Some(held),
        attribute: Some(attribute),
        values: vec![value.clone()],
        reason: blocked
            .map_or_else(|| "the value is in use".to_owned(), |blocked| blocked.why.clone()),
        category: blocked.filter(|blocked| blocked.by_role).map(|_| "Existing Admin Role Conflict"),
        ..Facts::default()
    };
    let name = if blocked.is_some() { "InvalidSoftMatch" } else { "AttributeValueMustBeUnique" };
    Err(planner.refuse(name, "ET-073", facts))
}

/// Step 6b: whether the UPN of an object may change; `None` when the change is dropped.
pub(crate) fn upn_may_change(
    planner: &mut Planner<'_>,
    before: &TenantObject,
    wish: WantedUpn,
) -> Decided<Option<WantedUpn>> {
    let Some(current) = before.upn.as_deref() else { return Ok(Some(wish)) };
    if current.eq_ignore_ascii_case(wish.as_str()) {
        return Ok(Some(wish));
    }
    let (old_domain, new_domain) = (domain_of(current), domain_of(wish.as_str()));
    if planner.is_federated(old_domain)? {
        if planner.applies(Change::FederatedUpnChange) {
            planner.check("ET-106", "UPN changes of federated users flow");
            return Ok(Some(wish));
        }
        if old_domain.eq_ignore_ascii_case(new_domain) {
            planner.check("ET-106", "the UPN change of a federated user is ignored");
            return Ok(None);
        }
        if planner.is_federated(new_domain)? {
            let facts = Facts {
                object: Some(before),
                attribute: Some("FederatedUser.UserPrincipalName"),
                values: vec![wish.as_str().to_owned()],
                reason: format!("{old_domain} and {new_domain} are both federated"),
                ..Facts::default()
            };
            return Err(planner.refuse("FederatedDomainChangeError", "ET-107", facts));
        }
        return Ok(Some(wish));
    }
    if before.skus().next().is_some() && !planner.has(Feature::SynchronizeUpnForManagedUsers) {
        planner.check("ET-104", format!("licensed managed user keeps UPN {current}"));
        return Ok(None);
    }
    Ok(Some(wish))
}

pub(crate) fn object_is_small_enough(
    planner: &mut Planner<'_>,
    object: &TenantObject,
) -> Decided<()> {
    let (weight, budget) = (weight(planner, object), planner.catalogue.limits.object_size.budget);
    if weight <= budget {
        return Ok(());
    }
    let facts = Facts {
        attribute: Some("ProxyAddresses"),
        reason: format!("it weighs {weight} units, {budget} are allowed"),
        ..Facts::default()
    };
    Err(planner.refuse("LargeObject", "ET-165", facts))
}

/// Lists what a takeover overwrote and what it lost (ET-061, ET-062).
pub(crate) fn note_losses(planner: &mut Planner<'_>, before: &TenantObject, after: &TenantObject) {
    let (old, new) = (before.contents(), after.contents());
    for attribute in new.changed_from(&old) {
        if old.has(attribute) {
            planner.overwritten.push(crate::answer::Overwritten {
                attribute: planner.schema.name(attribute).to_owned(),
                before: old.get(attribute).to_vec(),
                after: new.get(attribute).to_vec(),
            });
        }
    }
    let lost: Vec<&str> = before
        .addresses
        .iter()
        .filter(|old| !after.addresses.iter().any(|new| new.eq_ignore_ascii_case(old)))
        .map(|address| &**address)
        .collect();
    if !lost.is_empty() {
        planner.note("DATA-LOSS", "ET-062", format!("addresses lost: {}", lost.join(", ")));
    }
}
