//! What an administrator does: creating and changing objects; the other commands are dispatched
//! (ET-020, ET-190 to ET-197).

use dirsim_model::attribute::well_known as a;
use dirsim_model::{AttributeId, Guid, Schema, Sid, Timestamp, Value};
use dirsim_store::{StoreError, StoreResult, Tables};

use crate::calculate::{self, Collisions};
use crate::catalogue::catalogue;
use crate::directory::{self, Key};
use crate::edit::{TenantEdit, TenantRefusal};
use crate::features::{Change, Feature};
use crate::load::NewTenantObject;
use crate::object::{TenantObject, domain_of, is_primary};
use crate::password::Credential;
use crate::planner::{Numbered, Planner};
use crate::properties::{self, Field};
use crate::row::TenantType;
use crate::{loading, log, options, password, recycle, settings, switches, throttle, validate};

/// Why a command ends early.
#[derive(Debug)]
pub(crate) enum Halt {
    /// Graph says no.
    Refused(Box<TenantRefusal>),
    /// The store failed.
    Store(StoreError),
}

/// The result of a command.
pub(crate) type Done<T> = Result<T, Halt>;

impl From<StoreError> for Halt {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<TenantRefusal> for Halt {
    fn from(refusal: TenantRefusal) -> Self {
        Self::Refused(Box::new(refusal))
    }
}

/// Carries out one command of an administrator; returns the id of a created object.
///
/// A refused command has changed nothing.
pub fn edit(
    tables: &mut dyn Tables,
    schema: &Schema,
    edit: &TenantEdit,
    now: Timestamp,
) -> StoreResult<Result<Option<Guid>, TenantRefusal>> {
    // A setting of the rehearsal is no write to the directory (ET-167).
    let counts = !matches!(edit, TenantEdit::SetOption(_));
    if counts && throttle::room(tables, now)? == Some(0) {
        return Ok(Err(TenantRefusal::throttled(throttle::room_from(tables, now)?)));
    }
    match carry_out(tables, schema, edit, now) {
        Ok(created) => {
            if counts && options::options(tables)?.throttled {
                throttle::record(tables, now, 1)?;
            }
            Ok(Ok(created))
        }
        Err(Halt::Refused(refusal)) => Ok(Err(*refusal)),
        Err(Halt::Store(error)) => Err(error),
    }
}

fn carry_out(
    tables: &mut dyn Tables,
    schema: &Schema,
    edit: &TenantEdit,
    now: Timestamp,
) -> Done<Option<Guid>> {
    match edit {
        TenantEdit::Create(new) => return create(tables, schema, new, now).map(Some),
        TenantEdit::Update { target, changes } => update(tables, schema, *target, changes, now)?,
        TenantEdit::Delete { target } => recycle::delete(tables, *target, now)?,
        TenantEdit::Restore { target, new_user_principal_name, auto_reconcile_proxy_conflict } => {
            let upn = new_user_principal_name.as_deref();
            let reconcile = *auto_reconcile_proxy_conflict;
            recycle::restore(tables, schema, *target, upn, reconcile, now)?;
        }
        TenantEdit::Purge { target } => recycle::purge(tables, *target, now)?,
        TenantEdit::SetFeature { name, enabled } => {
            switches::set_feature(tables, name, *enabled, now)?;
        }
        TenantEdit::SetRole { target, role, assigned, eligible } => {
            switches::set_role(tables, schema, *target, role, *assigned, *eligible)?;
        }
        TenantEdit::SetMember { group, member, present } => {
            switches::set_member(tables, schema, *group, *member, *present, now)?;
        }
        TenantEdit::SetLicense { target, sku, assigned } => {
            switches::set_license(tables, schema, *target, sku, *assigned, now)?;
        }
        TenantEdit::SetDomain { name, verified, federated } => {
            switches::set_domain(tables, schema, name, *verified, *federated, now)?;
        }
        TenantEdit::SetCloudManaged { target, managed } => {
            switches::set_cloud_managed(tables, schema, *target, *managed, now)?;
        }
        TenantEdit::SetDirSyncEnabled { enabled } => {
            switches::set_dir_sync(tables, *enabled, now)?;
        }
        TenantEdit::ApplyFix { existing, duplicate } => {
            recycle::apply_fix(tables, *existing, *duplicate, now)?;
        }
        TenantEdit::ServiceError { target, instance, resolved } => {
            switches::service_error(tables, *target, instance, *resolved, now)?;
        }
        TenantEdit::SetOption(option) => options::set(tables, option, now)?,
        TenantEdit::SetReference { from, attribute, to, present } => {
            switches::set_reference(tables, schema, *from, (*attribute, *to), *present)?;
        }
    }
    Ok(None)
}

/// Returns the active object with an id.
pub(crate) fn active(tables: &dyn Tables, id: Guid) -> Done<Numbered> {
    let found = directory::find(tables, &Key::Id(id))?;
    found
        .into_iter()
        .find(|(_, object)| object.is_active())
        .ok_or_else(|| TenantRefusal::not_found("ET-020", id).into())
}

fn create(
    tables: &mut dyn Tables,
    schema: &Schema,
    new: &NewTenantObject,
    now: Timestamp,
) -> Done<Guid> {
    let settings = settings::settings(tables)?;
    let mut planner = Planner::new(tables, schema, now)?;
    let mut object =
        loading::build(schema, &settings, &mut planner.dice, new, now).map_err(Halt::Refused)?;
    object.created = now;
    if object.kind == TenantType::User {
        object.credential = Some(Credential { changed: now, synced: false, temporary: false });
    }
    let resource = object.kind.name();
    if object.kind == TenantType::User {
        let Some(upn) = object.upn.clone() else {
            return Err(TenantRefusal::invalid("ET-021", "userPrincipalName", resource).into());
        };
        upn_is_usable(&mut planner, &upn)?;
        if planner.is_federated(domain_of(&upn))? && object.anchor.is_none() {
            return Err(TenantRefusal::bad_request(
                "ET-021",
                "Property FederatedUser.SourceAnchor is required: a user in a federated domain needs onPremisesImmutableId.",
                Some("onPremisesImmutableId"),
            )
            .into());
        }
    }
    for key in directory::unique_keys(&object, 0) {
        if directory::find_other(planner.tables, &key, None)?.is_some() {
            return Err(TenantRefusal::exists("ET-070", key.describe().0).into());
        }
    }
    if object.has_exchange_license() || (object.kind == TenantType::Group && object.mail_enabled) {
        // A number that no object has: nobody is left out of the search for other owners.
        calculate::recalculate(&mut planner, 0, &mut object, false)?;
    }
    let (dice, id) = (planner.dice.clone(), object.id);
    settings::put_dice(tables, &dice)?;
    let number = directory::next_number(tables)?;
    let anchor = object.cloud_anchor();
    directory::insert(tables, number, object)?;
    log::append(tables, now, &format!("Add {}", resource.to_lowercase()), Some(anchor), "")?;
    Ok(id)
}

/// Refuses a UPN that an administrator cannot give.
pub(crate) fn upn_is_usable(planner: &mut Planner<'_>, upn: &str) -> Done<()> {
    if validate::upn_problem(planner, upn).is_err()
        || upn.chars().any(|c| c == ' ' || c.is_control() || !c.is_ascii())
    {
        return Err(TenantRefusal::invalid("ET-161", "userPrincipalName", "User").into());
    }
    if planner.is_verified(domain_of(upn))? {
        Ok(())
    } else {
        Err(TenantRefusal::unverified_suffix().into())
    }
}

fn update(
    tables: &mut dyn Tables,
    schema: &Schema,
    target: Guid,
    changes: &[(AttributeId, Vec<Value>)],
    now: Timestamp,
) -> Done<()> {
    let (number, before) = active(tables, target)?;
    let mut planner = Planner::new(tables, schema, now)?;
    let mut object = before.clone();
    let mut profile = Vec::new();
    let (mut upn, mut addresses, mut notes) = (false, false, Vec::new());
    for (property, values) in changes {
        let name = schema.name(*property).to_owned();
        let field = properties::field(schema, *property);
        if field == Field::Upn && before.is_synced() {
            may_rename(&mut planner, &before)?;
        } else {
            may_change(&before, &name, field, values)?;
        }
        if field == Field::ObjectIdentifier && !planner.options.acts_as(IDENTIFIER_ROLES) {
            return Err(TenantRefusal::forbidden("ET-196", IDENTIFIER_ROLES).into());
        }
        let invalid = || TenantRefusal::invalid("ET-160", &name, before.kind.name());
        match field {
            Field::ImmutableId => {
                if set_immutable_id(&mut planner, number, &mut object, values)? {
                    notes.push("EMPTY-IMMUTABLEID");
                }
            }
            Field::Sid => {
                let text = values.first().and_then(|value| value.as_ref().as_text());
                object.sid = match text {
                    None if values.is_empty() => None,
                    text => Some(
                        text.and_then(|text| text.parse::<Sid>().ok())
                            .ok_or_else(|| TenantRefusal::invalid("ET-197", &name, "User"))?,
                    ),
                };
                if let Some(sid) = &object.sid {
                    let key = Key::Sid(sid.clone());
                    if directory::find_other(tables, &key, Some(number))?.is_some() {
                        return Err(TenantRefusal::exists("ET-052", &name).into());
                    }
                }
            }
            Field::Profile => {
                let too_long = catalogue().max_chars(schema, *property).is_some_and(|max| {
                    loading::texts(values).iter().any(|text| text.chars().count() > max)
                });
                if too_long {
                    return Err(invalid().into());
                }
                note_override(&mut object, &before, *property);
                if object.kind == TenantType::User
                    && name.eq_ignore_ascii_case("forceChangePasswordNextSignIn")
                {
                    // It comes with a new password and in no other way.
                    password::set_in_cloud(&mut planner, &mut object)?;
                }
                profile.push((*property, values.clone()));
            }
            _ => {
                properties::set(&mut object, field, values).map_err(|_| invalid())?;
                upn |= field == Field::Upn;
                addresses |= matches!(field, Field::Mail | Field::Addresses);
                write_through(&mut object, field);
            }
        }
    }
    object.profile = object.profile.with(profile);
    if upn {
        let wanted = object.upn.clone().unwrap_or_default();
        upn_is_usable(&mut planner, &wanted)?;
        if planner.owner_of_upn(&wanted, Some(number))?.is_some() {
            return Err(TenantRefusal::exists("ET-070", "userPrincipalName").into());
        }
        if object.anchor.is_none() && planner.is_federated(domain_of(&wanted))? {
            return Err(federated(&wanted).into());
        }
        calculate::drop_conflicts(&mut object, crate::object::Property::UserPrincipalName, |_| {
            false
        });
    }
    if addresses || (upn && calculate::is_recipient(&object)) {
        let wanted = calculate::Wanted {
            upn: None,
            addresses: Some(calculate::wanted_addresses(&mut planner, &object)?),
        };
        let found = calculate::collisions(&mut planner, &wanted, Some(number))?;
        if !found.is_empty() {
            return Err(TenantRefusal::exists("ET-070", "proxyAddresses").into());
        }
        calculate::finish(
            &mut planner,
            Some(number),
            &mut object,
            wanted,
            &Collisions::default(),
            calculate::UpnLoss::Keep,
        )?;
    }
    let dice = planner.dice.clone();
    settings::put_dice(tables, &dice)?;
    let anchor = object.cloud_anchor();
    directory::save(tables, number, Some(&before), &mut object)?;
    let names: Vec<&str> = changes.iter().map(|(property, _)| schema.name(*property)).collect();
    log::append(tables, now, "Update object", Some(anchor), names.join(", "))?;
    for note in notes {
        let text = "an empty string was sent; the service is reported to ignore it, send null";
        log::append(tables, now, note, Some(anchor), text)?;
    }
    Ok(())
}

/// What an administrator writes is what later calculations start from.
fn write_through(object: &mut TenantObject, field: Field) {
    match field {
        Field::Upn => object.shadow.upn.clone_from(&object.upn),
        Field::Nickname => object.shadow.mail_nickname.clone_from(&object.mail_nickname),
        Field::Mail => {
            object.shadow.mail.clone_from(&object.mail);
            object.shadow.addresses.retain(|address| !is_primary(address));
            if let Some(mail) = &object.mail {
                let key = format!("smtp:{mail}");
                object.shadow.addresses.retain(|address| !address.eq_ignore_ascii_case(&key));
                object.shadow.addresses.insert(0, format!("SMTP:{mail}").into());
            }
            object.kept_addresses.clear();
        }
        Field::Addresses => {
            object.shadow.addresses.clone_from(&object.addresses);
            object.kept_addresses.clear();
        }
        _ => {}
    }
}

/// Marks a mobile number that an administrator edits on a synchronized user (ET-207).
fn note_override(object: &mut TenantObject, before: &TenantObject, property: AttributeId) {
    if !before.is_synced() {
        return;
    }
    let written = || before.profile.get(property).to_vec();
    match property {
        a::MOBILE_PHONE => {
            object.mobile_override.get_or_insert_with(written);
        }
        a::ALTERNATE_MOBILE_PHONES => {
            object.other_mobile_override.get_or_insert_with(written);
        }
        _ => {}
    }
}

/// Refuses changes that only sync may make, or nobody (ET-020, ET-191, ET-196, ET-197).
fn may_change(
    object: &TenantObject,
    name: &str,
    field: Field,
    values: &[Value],
) -> Result<(), TenantRefusal> {
    let data = catalogue();
    let derived = matches!(
        field,
        Field::Derived
            | Field::SyncEnabled
            | Field::LastSync
            | Field::Created
            | Field::Licenses
            | Field::CloudManaged
    );
    if derived || data.is_read_only(name) {
        let text = format!("Property '{name}' is read-only and cannot be set.");
        return Err(TenantRefusal::bad_request("ET-020", text, Some(name)));
    }
    let clears = values.is_empty();
    let owned = object.sync_enabled.is_some();
    if field == Field::ObjectIdentifier {
        // Clearing is allowed to everybody, anything else only without sync.
        return if clears || !owned {
            Ok(())
        } else {
            Err(TenantRefusal::mastered("ET-196", name))
        };
    }
    if object.is_synced() {
        return if data.is_cloud_writable(name) {
            Ok(())
        } else if field == Field::ImmutableId {
            Err(TenantRefusal::mastered("ET-191", name))
        } else {
            Err(TenantRefusal::mastered("ET-020", name))
        };
    }
    if owned && data.is_identity(name) {
        return Err(TenantRefusal::mastered("ET-197", name));
    }
    let was_synced = object.last_sync.is_some() && !owned;
    if was_synced && name.to_ascii_lowercase().starts_with("extensionattribute") {
        return Err(TenantRefusal::mastered("ET-010", name));
    }
    Ok(())
}

/// Roles that may clear onPremisesObjectIdentifier (ET-196).
const IDENTIFIER_ROLES: &[&str] = &["Global Administrator", "Hybrid Identity Administrator"];

/// Refuses a new UPN of a synchronized user, except where sync may not change it: there renaming by
/// hand is the way (ET-104, ET-107), which goes before the general rule ET-020.
fn may_rename(planner: &mut Planner<'_>, user: &TenantObject) -> Done<()> {
    let federated = planner.is_federated(user.upn.as_deref().map_or("", domain_of))?;
    let by_hand = if federated {
        !planner.applies(Change::FederatedUpnChange)
    } else {
        user.skus().next().is_some() && !planner.has(Feature::SynchronizeUpnForManagedUsers)
    };
    if by_hand {
        Ok(())
    } else {
        Err(TenantRefusal::mastered("ET-020", "userPrincipalName").into())
    }
}

fn federated(upn: &str) -> TenantRefusal {
    TenantRefusal::bad_request(
        "ET-193",
        format!(
            "FederatedDomainChangeError: {upn} is in a federated domain, so FederatedUser.SourceAnchor is required; move the UPN to a managed domain, change the anchor, move it back."
        ),
        Some("onPremisesImmutableId"),
    )
}

/// Sets or clears onPremisesImmutableId (ET-191 to ET-193); returns whether an empty text was sent.
fn set_immutable_id(
    planner: &mut Planner<'_>,
    number: u64,
    object: &mut TenantObject,
    values: &[Value],
) -> Done<bool> {
    const NAME: &str = "onPremisesImmutableId";
    if object.kind != TenantType::User {
        let text = format!("Property '{NAME}' cannot be set on a {}.", object.kind.name());
        return Err(TenantRefusal::bad_request("ET-034", text, Some(NAME)).into());
    }
    let sent = values.first().and_then(|value| value.as_ref().as_text());
    let wanted = sent.filter(|text| !text.is_empty()).map(dirsim_model::SourceAnchor::new);
    if object.anchor == wanted {
        return Ok(sent == Some(""));
    }
    let upn = object.upn.clone().unwrap_or_default();
    if object.anchor.is_some() && planner.is_federated(domain_of(&upn))? {
        return Err(federated(&upn).into());
    }
    if let Some(anchor) = &wanted {
        if anchor.as_str().contains(['$', '_']) || validate::anchor_problem(anchor).is_err() {
            return Err(TenantRefusal::invalid("ET-016", NAME, "User").into());
        }
        let taken = planner
            .holders_of(anchor)?
            .iter()
            .any(|(other, held)| *other != number && held.kind == TenantType::User);
        if taken {
            return Err(TenantRefusal::exists("ET-191", NAME).into());
        }
    }
    object.anchor = wanted;
    Ok(sent == Some(""))
}
