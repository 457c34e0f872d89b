//! Switches of an administrator: features, roles, members, licences, domains, source of authority,
//! synchronization as a whole (ET-047, ET-108, ET-122, ET-202, ET-208 to ET-210).

use dirsim_model::attribute::well_known as a;
use dirsim_model::time::HOUR_MS;
use dirsim_model::{AttributeId, Guid, Schema, Timestamp};
use dirsim_store::{Tables, rows};

use crate::admin::{Done, active};
use crate::calculate::{is_recipient, recalculate, recalculate_upn};
use crate::catalogue::{SwitchOff, catalogue};
use crate::directory::{self, LINKS};
use crate::edit::TenantRefusal;
use crate::features::{Change, Feature, FeatureSet};
use crate::object::{ServiceError, TenantObject, bare, domain_of};
use crate::planner::Planner;
use crate::row::TenantType;
use crate::settings::{self, Domain, SyncState};
use crate::{licensing, log, lookup, options};

/// Sets a feature flag; some cannot be switched off again (ET-085, ET-122).
pub(crate) fn set_feature(
    tables: &mut dyn Tables,
    name: &str,
    enabled: bool,
    now: Timestamp,
) -> Done<()> {
    let Some(feature) = Feature::find(name) else {
        return Err(TenantRefusal::unknown_feature(name).into());
    };
    if !options::options(tables)?.acts_as(&[GLOBAL_ADMINISTRATOR]) {
        return Err(TenantRefusal::forbidden("ET-123", &[GLOBAL_ADMINISTRATOR]).into());
    }
    let mut settings = settings::settings(tables)?;
    let off = catalogue().features.get(feature as usize).map_or(SwitchOff::Allowed, |f| f.off);
    let was = settings.features.has(feature);
    let refused = match off {
        SwitchOff::Allowed => false,
        SwitchOff::Refused => was && !enabled,
        SwitchOff::ReadOnly => was != enabled,
    };
    if refused {
        let text = format!("Property '{}Enabled' cannot be set to {enabled}.", feature.name());
        return Err(TenantRefusal::bad_request("ET-122", text, Some(feature.name())).into());
    }
    settings.features.set(feature, enabled);
    settings::put(tables, &settings)?;
    if was != enabled
        && matches!(feature, Feature::UnifiedGroupWriteback | Feature::DeviceWriteback)
    {
        offer_all(tables, settings.features)?;
    }
    let text = format!("{} = {enabled}", feature.name());
    log::append(tables, now, "Set DirSync feature", None, text)?;
    Ok(())
}

/// The role that may switch features (ET-123).
const GLOBAL_ADMINISTRATOR: &str = "Global Administrator";

/// Returns whether a cloud object is offered to the sync client for writeback (ET-120, ET-229).
pub(crate) fn is_offered(features: FeatureSet, object: &TenantObject) -> bool {
    object.sync_enabled.is_none()
        && match object.kind {
            TenantType::Group => {
                features.has(Feature::UnifiedGroupWriteback)
                    && object.group_types.iter().any(|kind| &**kind == "Unified")
            }
            TenantType::Device => features.has(Feature::DeviceWriteback),
            TenantType::User | TenantType::Contact => false,
        }
}

fn offer_all(tables: &mut dyn Tables, features: FeatureSet) -> Done<()> {
    let mut after = None;
    loop {
        let piece: Vec<(u64, TenantObject)> = lookup::objects_after(tables, after, 512)?;
        let Some((last, _)) = piece.last() else { return Ok(()) };
        after = Some(*last);
        for (number, before) in piece {
            let offered = is_offered(features, &before);
            if before.offered != offered && !before.is_gone() {
                let mut object = TenantObject { offered, ..before.clone() };
                directory::save(tables, number, Some(&before), &mut object)?;
            }
        }
    }
}

/// Assigns or removes a directory role, or eligibility for one (ET-047, ET-050).
pub(crate) fn set_role(
    tables: &mut dyn Tables,
    schema: &Schema,
    target: Guid,
    role: &str,
    assigned: bool,
    eligible: bool,
) -> Done<()> {
    let (number, before) = active(tables, target)?;
    let assignable = schema
        .attribute("isAssignableToRole")
        .and_then(|id| before.profile.get(id).first().and_then(crate::merge::read_boolean));
    if before.kind == TenantType::Group
        && assigned
        && (before.sync_enabled == Some(true) || assignable != Some(true))
    {
        let text = "Only a cloud group that was made role-assignable can hold a role.";
        return Err(TenantRefusal::bad_request("ET-228", text, Some("isAssignableToRole")).into());
    }
    let mut object = before.clone();
    let list = if eligible { &mut object.eligible_roles } else { &mut object.roles };
    list.retain(|held| !held.eq_ignore_ascii_case(role));
    if assigned {
        list.push(role.into());
    }
    directory::save(tables, number, Some(&before), &mut object)?;
    Ok(())
}

/// Adds or removes a member of a cloud group.
pub(crate) fn set_member(
    tables: &mut dyn Tables,
    schema: &Schema,
    group: Guid,
    member: Guid,
    present: bool,
    now: Timestamp,
) -> Done<()> {
    let (number, before) = active(tables, group)?;
    let (to, target) = active(tables, member)?;
    if before.kind != TenantType::Group {
        return Err(TenantRefusal::not_found("ET-020", group).into());
    }
    if before.is_synced() {
        return Err(TenantRefusal::mastered("ET-020", "members").into());
    }
    if before.group_types.iter().any(|kind| &**kind == "DynamicMembership") {
        let text = "Insufficient privileges to complete the operation: the membership is dynamic.";
        return Err(TenantRefusal::bad_request("ET-011", text, Some("members")).into());
    }
    if present
        && target.kind == TenantType::Group
        && before.group_types.iter().any(|kind| &**kind == "Unified")
    {
        let text = "A Microsoft 365 group cannot have a group as a member.";
        return Err(TenantRefusal::bad_request("ET-224", text, Some("members")).into());
    }
    if !directory::set_link(tables, number, a::MEMBER, to, present)? {
        return Err(if present {
            TenantRefusal::bad_request(
                "ET-221",
                "One or more added object references already exist for the following modified properties: 'members'.",
                Some("members"),
            )
        } else {
            TenantRefusal::not_found("ET-221", member)
        }
        .into());
    }
    let mut object = before.clone();
    object.member_count = if present {
        object.member_count.saturating_add(1)
    } else {
        object.member_count.saturating_sub(1)
    };
    directory::save(tables, number, Some(&before), &mut object)?;
    licensing::member_changed(tables, schema, &object, to, present, now)?;
    Ok(())
}

/// Publishes an error of a workload, or resolves it (ET-078).
pub(crate) fn service_error(
    tables: &mut dyn Tables,
    target: Guid,
    instance: &str,
    resolved: bool,
    now: Timestamp,
) -> Done<()> {
    let (number, before) = active(tables, target)?;
    let mut object = before.clone();
    object.service_errors.retain(|error| !error.instance.eq_ignore_ascii_case(instance));
    object.service_errors.push(ServiceError { created: now, resolved, instance: instance.into() });
    directory::save(tables, number, Some(&before), &mut object)?;
    Ok(())
}

/// Sets or removes the manager of a user or an owner of a group; a user has one manager at most.
///
/// Both are on-premises properties of synchronized users; owners of a synchronized group are the
/// tenant's own (ET-020).
pub(crate) fn set_reference(
    tables: &mut dyn Tables,
    schema: &Schema,
    from: Guid,
    (attribute, to): (AttributeId, Guid),
    present: bool,
) -> Done<()> {
    let (number, before) = active(tables, from)?;
    let (target, _) = active(tables, to)?;
    let name = schema.name(attribute);
    if attribute == a::MANAGER && before.is_synced() {
        return Err(TenantRefusal::mastered("ET-020", name).into());
    }
    if attribute == a::MANAGER && present {
        for link in LINKS.from(tables, number, Some(attribute))? {
            directory::set_link(tables, number, attribute, link.to, false)?;
        }
    }
    if directory::set_link(tables, number, attribute, target, present)? {
        return Ok(());
    }
    Err(if present {
        let text = format!(
            "One or more added object references already exist for the following modified properties: '{name}'."
        );
        TenantRefusal::bad_request("ET-020", text, Some(name))
    } else {
        TenantRefusal::not_found("ET-020", to)
    }
    .into())
}

/// Assigns or removes a licence; addresses are calculated anew (ET-110, ET-111).
pub(crate) fn set_license(
    tables: &mut dyn Tables,
    schema: &Schema,
    target: Guid,
    sku: &str,
    assigned: bool,
    now: Timestamp,
) -> Done<()> {
    let (number, before) = active(tables, target)?;
    let mut object = before.clone();
    object.licenses.retain(|held| !held.eq_ignore_ascii_case(sku));
    if assigned {
        object.licenses.push(sku.into());
    }
    let anchor = object.cloud_anchor();
    licensing::changed(tables, schema, (number, before), object.clone(), now)?;
    if object.kind == TenantType::Group {
        licensing::group_changed(tables, schema, (number, &object), sku, assigned, now)?;
    }
    let text = format!("{sku} = {assigned}");
    log::append(tables, now, "Change user license", Some(anchor), text)?;
    Ok(())
}

/// What a calculation without a row covers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Recalculate {
    Addresses,
    Upn,
    Both,
}

fn recalculate_and_keep(
    tables: &mut dyn Tables,
    schema: &Schema,
    number: u64,
    object: &mut TenantObject,
    now: Timestamp,
    what: Recalculate,
) -> Done<()> {
    let mut planner = Planner::new(tables, schema, now)?;
    match what {
        Recalculate::Addresses => recalculate(&mut planner, number, object, false)?,
        Recalculate::Upn => recalculate_upn(&mut planner, number, object)?,
        Recalculate::Both => recalculate(&mut planner, number, object, true)?,
    }
    let (dice, settings) = (planner.dice.clone(), planner.settings.clone());
    let changed = planner.settings_changed;
    settings::put_dice(tables, &dice)?;
    if changed {
        settings::put(tables, &settings)?;
    }
    Ok(())
}

/// Adds, verifies, federates or removes a domain and calculates everybody anew (ET-108).
pub(crate) fn set_domain(
    tables: &mut dyn Tables,
    schema: &Schema,
    name: &str,
    verified: Option<bool>,
    federated: bool,
    now: Timestamp,
) -> Done<()> {
    let name = name.trim().to_ascii_lowercase();
    let mut settings = settings::settings(tables)?;
    let before = settings::domain(tables, &name)?;
    if name == settings.initial_domain {
        let text = "The initial domain is always verified and managed and cannot be changed.";
        return Err(TenantRefusal::bad_request("ET-021", text, Some("id")).into());
    }
    match verified {
        Some(verified) => {
            settings::put_domain(tables, &Domain { name: name.clone(), verified, federated })?;
        }
        None if before.is_none() => {
            return Err(TenantRefusal {
                status: 404,
                code: "Request_ResourceNotFound",
                message: format!("Resource '{name}' does not exist or one of its queried reference-property objects are not present."),
                target: None,
                rule: "ET-108",
            }
            .into());
        }
        None => settings::remove_domain(tables, &name)?,
    }
    settings.has_custom_domain = settings::domains(tables)?
        .iter()
        .any(|domain| domain.verified && domain.name != settings.initial_domain);
    settings::put(tables, &settings)?;
    let was = before.is_some_and(|domain| domain.verified);
    let is = verified == Some(true);
    if was == is {
        return Ok(());
    }
    let activity = if is { "Add verified domain" } else { "Remove verified domain" };
    log::append(tables, now, activity, None, name.clone())?;
    calculate_domain(tables, schema, &name, now)
}

/// Calculates every object anew that asked for a value of a domain.
fn calculate_domain(
    tables: &mut dyn Tables,
    schema: &Schema,
    name: &str,
    now: Timestamp,
) -> Done<()> {
    let mut after = None;
    loop {
        let piece: Vec<(u64, TenantObject)> = lookup::objects_after(tables, after, 512)?;
        let Some((last, _)) = piece.last() else { return Ok(()) };
        after = Some(*last);
        for (number, before) in piece {
            let asks = |mailbox: &str| domain_of(mailbox).eq_ignore_ascii_case(name);
            let upn =
                before.kind == TenantType::User && before.shadow.upn.as_deref().is_some_and(asks);
            let addresses = is_recipient(&before)
                && (upn
                    || before.shadow.mail.as_deref().is_some_and(asks)
                    || before.shadow.addresses.iter().any(|address| asks(bare(address))));
            if !before.is_active() || !(upn || addresses) {
                continue;
            }
            let mut object = before.clone();
            let what = match (upn, addresses) {
                (true, true) => Recalculate::Both,
                (true, false) => Recalculate::Upn,
                _ => Recalculate::Addresses,
            };
            recalculate_and_keep(tables, schema, number, &mut object, now, what)?;
            if object != before {
                let anchor = object.cloud_anchor();
                directory::save(tables, number, Some(&before), &mut object)?;
                log::append(tables, now, "Update user", Some(anchor), "without actor")?;
            }
        }
    }
}

/// Hands an object over to the cloud, or back (ET-208 to ET-210).
pub(crate) fn set_cloud_managed(
    tables: &mut dyn Tables,
    schema: &Schema,
    target: Guid,
    managed: bool,
    now: Timestamp,
) -> Done<()> {
    let refuse =
        |text: &str| TenantRefusal::bad_request("ET-208", text.to_owned(), Some("isCloudManaged"));
    let (number, before) = active(tables, target)?;
    let mut planner = Planner::new(tables, schema, now)?;
    if !planner.applies(Change::SourceOfAuthority) {
        return Err(refuse("Property 'isCloudManaged' is not available yet.").into());
    }
    if before.cloud_managed == managed {
        return Ok(());
    }
    let mut object = before.clone();
    if managed {
        if !before.is_synced() || before.kind == TenantType::Device {
            return Err(
                refuse("Only a synchronized user, group or contact can be converted.").into()
            );
        }
        let upn = before.upn.clone().unwrap_or_default();
        if planner.is_federated(domain_of(&upn))? {
            return Err(refuse("A user in a federated domain cannot be converted.").into());
        }
        object.cloud_managed = true;
        object.sync_enabled = None;
        object.conflicts.clear();
    } else {
        object.cloud_managed = false;
        object.rollback_pending = true;
    }
    let anchor = object.cloud_anchor();
    directory::save(tables, number, Some(&before), &mut object)?;
    let activity = if managed {
        "Change Source of Authority from AD to cloud"
    } else {
        "Undo changes to Source of Authority from AD DS to cloud"
    };
    log::append(tables, now, activity, Some(anchor), "")?;
    if !managed {
        let mut cloud_only = 0usize;
        for link in LINKS.from(tables, number, None)? {
            let target: TenantObject = rows::expect(tables, link.to)?;
            cloud_only += usize::from(target.is_active() && !target.visible);
        }
        if cloud_only > 0 {
            let text = format!("{cloud_only} references to cloud-only objects should be removed");
            log::append(tables, now, "CLOUD-REFERENCE", Some(anchor), text)?;
        }
    }
    Ok(())
}

/// Turns synchronization on or off for the whole tenant (ET-202).
pub(crate) fn set_dir_sync(tables: &mut dyn Tables, enabled: bool, now: Timestamp) -> Done<()> {
    let mut settings = settings::settings(tables)?;
    let wait = catalogue().limits.turn_off_hours * HOUR_MS;
    settings.sync_state = match (settings.sync_state, enabled) {
        (SyncState::Enabled, false) => SyncState::PendingDisabled(now),
        (SyncState::Disabled(since), true) if now >= since + wait => {
            match options::options(tables)?.turn_on_ms {
                0 => SyncState::Enabled,
                _ => SyncState::PendingEnabled(now),
            }
        }
        (SyncState::Enabled, true) | (SyncState::Disabled(_), false) => return Ok(()),
        (state, _) => {
            let text = format!(
                "Directory synchronization is {}; the change can take up to 72 hours and cannot be cancelled.",
                state.name()
            );
            return Err(
                TenantRefusal::bad_request("ET-202", text, Some("onPremisesSyncEnabled")).into()
            );
        }
    };
    settings::put(tables, &settings)?;
    log::append(tables, now, "Set DirSyncEnabled flag", None, enabled.to_string())?;
    Ok(())
}
