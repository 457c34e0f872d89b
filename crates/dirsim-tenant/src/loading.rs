//! Loading a tenant as it is before anything is rehearsed.
//!
//! A population is loaded in one pass: objects and index rows are written as they come, and values
//! that must be unique are compared by sorting their hashes, so that a million objects need no
//! million lookups.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hash, Hasher};

use dirsim_model::attribute::well_known as a;
use dirsim_model::{AttributeId, Dice, EntryBuilder, Schema, Timestamp, Value};
use dirsim_store::{StoreResult, Tables, rows};

use crate::directory::{self, Key, LINKS};
use crate::edit::TenantRefusal;
use crate::features::Feature;
use crate::load::NewTenantObject;
use crate::lookup;
use crate::object::{Shadow, State, TenantObject, bare, domain_of, is_primary, is_smtp};
use crate::password::Credential;
use crate::properties::{self, Field};
use crate::row::TenantType;
use crate::settings::{self, Settings};

/// Adds objects to the tenant as an export describes them; nothing is calculated anew.
///
/// The final values are kept as they are. Objects that sync masters get shadow values equal to them,
/// without the address at the initial domain, which the service gave by itself.
/// A refused load may have written a part of the batch: the caller drops the whole step.
pub fn load(
    tables: &mut dyn Tables,
    schema: &Schema,
    objects: &[NewTenantObject],
    now: Timestamp,
) -> StoreResult<Result<(), TenantRefusal>> {
    let settings = settings::settings(tables)?;
    let mut dice = settings::dice(tables)?;
    let first = directory::reserve(tables, objects.len() as u64)?;
    let had_objects = first > 1;
    let mut unique = Vec::<(u64, u64)>::with_capacity(objects.len() * 4);
    for (number, new) in (first..).zip(objects) {
        let object = match build(schema, &settings, &mut dice, new, now) {
            Ok(object) => object,
            Err(refusal) => return Ok(Err(*refusal)),
        };
        let keys = directory::unique_keys(&object, number);
        if had_objects {
            for key in &keys {
                let taken = directory::find(tables, key)?;
                if let Some((_, other)) = taken.iter().find(|(other, _)| *other != number) {
                    return Ok(Err(duplicate(key, other, &object)));
                }
            }
        }
        unique.extend(keys.iter().map(|key| (hash(key), number)));
        directory::insert(tables, number, object)?;
    }
    settings::put_dice(tables, &dice)?;
    if let Some(refusal) = first_duplicate(tables, unique)? {
        return Ok(Err(refusal));
    }
    for (number, new) in (first..).zip(objects) {
        link(tables, schema, number, new)?;
    }
    for (number, new) in (first..).zip(objects) {
        if new.kind == TenantType::Group && !new.references.is_empty() {
            license_members(tables, number)?;
        }
    }
    Ok(Ok(()))
}

/// Notes the licences that members of a loaded group have through it (ET-224).
fn license_members(tables: &mut dyn Tables, number: u64) -> StoreResult<()> {
    let group: TenantObject = rows::expect(tables, number)?;
    if group.licenses.is_empty() {
        return Ok(());
    }
    for link in LINKS.from(tables, number, Some(a::MEMBER))? {
        let mut member: TenantObject = rows::expect(tables, link.to)?;
        if member.kind == TenantType::User {
            member.group_licenses.extend(group.licenses.iter().map(|sku| (sku.clone(), group.id)));
            member.was_licensed |= member.has_exchange_license();
            rows::put(tables, link.to, &member)?;
        }
    }
    Ok(())
}

/// Finds two objects of the batch that have a value that must be unique.
fn first_duplicate(
    tables: &dyn Tables,
    mut unique: Vec<(u64, u64)>,
) -> StoreResult<Option<TenantRefusal>> {
    unique.sort_unstable();
    for pair in unique.windows(2) {
        let [(left, a), (right, b)] = pair else { continue };
        if left != right || a == b {
            continue;
        }
        let first: TenantObject = rows::expect(tables, *a)?;
        let second: TenantObject = rows::expect(tables, *b)?;
        let keys = directory::unique_keys(&first, *a);
        let both = directory::unique_keys(&second, *b);
        if let Some(key) = keys.iter().find(|key| both.contains(key)) {
            return Ok(Some(duplicate(key, &first, &second)));
        }
    }
    Ok(None)
}

fn hash(key: &Key) -> u64 {
    let mut hasher = DefaultHasher::new();
    key.hash(&mut hasher);
    hasher.finish()
}

fn duplicate(key: &Key, first: &TenantObject, second: &TenantObject) -> TenantRefusal {
    let (property, value) = key.describe();
    TenantRefusal::bad_request(
        "ET-070",
        format!("{} and {} have the same {property} {value}", first.describe(), second.describe()),
        Some(property),
    )
}

/// Builds the object that an export describes.
pub(crate) fn build(
    schema: &Schema,
    settings: &Settings,
    dice: &mut Dice,
    new: &NewTenantObject,
    now: Timestamp,
) -> Result<TenantObject, Box<TenantRefusal>> {
    let id = new.id.unwrap_or_else(|| dice.guid());
    let mut object = TenantObject::new(id, new.kind, now);
    let mut profile = EntryBuilder::new();
    let mut kind_given = false;
    for (property, values) in &new.attributes {
        let field = properties::field(schema, *property);
        kind_given |= matches!(field, Field::SecurityEnabled | Field::MailEnabled);
        if field == Field::Profile {
            profile.set(*property, values.clone());
        } else if let Err(reason) = properties::set(&mut object, field, values) {
            let name = schema.name(*property);
            let text = format!("{} cannot be loaded: {name}: {reason}", object.describe());
            return Err(Box::new(TenantRefusal::bad_request("ET-010", text, Some(name))));
        }
    }
    object.profile = profile.build();
    object.roles = new.roles.iter().map(|role| role.as_str().into()).collect();
    object.eligible_roles = new.eligible_roles.iter().map(|role| role.as_str().into()).collect();
    if let Some(at) = new.deleted {
        object.state = State::Deleted(at);
        // Lists show the id in front of the name of a deleted user (ET-174).
        let shown = object.id.simple();
        object.upn = object.upn.map(|upn| upn.strip_prefix(&shown).unwrap_or(&upn).into());
    }
    complete_addresses(&mut object, &settings.initial_domain);
    if object.kind == TenantType::Group && !kind_given {
        object.mail_enabled = !object.addresses.is_empty();
        object.security_enabled = !object.mail_enabled;
    }
    object.was_licensed = object.has_exchange_license();
    object.offered = crate::switches::is_offered(settings.features, &object);
    if object.kind == TenantType::User && !object.guest {
        // An export does not tell of passwords; whoever is there could sign in until now.
        let synced =
            object.sync_enabled == Some(true) && settings.features.has(Feature::PasswordSync);
        object.credential = Some(Credential { changed: now, synced, temporary: false });
    }
    if object.mail_nickname.is_none() && object.kind == TenantType::User {
        object.mail_nickname =
            object.upn.as_deref().map(|upn| crate::object::prefix_of(upn).into());
    }
    object.shadow = shadow(schema, &object, &settings.initial_domain);
    Ok(object)
}

/// Brings mail and primary address in line and finds the address at the initial domain.
fn complete_addresses(object: &mut TenantObject, initial: &str) {
    let has_primary = object.addresses.iter().any(|address| is_primary(address));
    if !has_primary && let Some(mail) = &object.mail {
        let key = format!("smtp:{mail}");
        object.addresses.retain(|address| !address.eq_ignore_ascii_case(&key));
        object.addresses.insert(0, format!("SMTP:{mail}").into());
    }
    object.addresses.sort_by_key(|address| !is_primary(address));
    object.mail = object.primary_smtp().map(|primary| bare(primary).into()).or(object.mail.take());
    let nickname = object.mail_nickname.as_deref().unwrap_or_default();
    let own = format!("{nickname}@{initial}");
    let at_initial: Vec<&str> = object
        .addresses
        .iter()
        .filter(|address| is_smtp(address))
        .map(|address| bare(address))
        .filter(|address| domain_of(address).eq_ignore_ascii_case(initial))
        .collect();
    object.moera = at_initial
        .iter()
        .find(|address| address.eq_ignore_ascii_case(&own))
        .or(at_initial.first())
        .map(|address| (*address).into());
}

/// Returns what sync would have written to get the present values.
fn shadow(schema: &Schema, object: &TenantObject, initial: &str) -> Shadow {
    let moera = object.moera.as_deref();
    let given = |address: &str| {
        is_primary(address) || moera.is_none_or(|moera| !bare(address).eq_ignore_ascii_case(moera))
    };
    // A UPN at the initial domain stands in for an on-premises one that is not verified (ET-095).
    let on_premises = schema
        .attribute("onPremisesUserPrincipalName")
        .and_then(|id| object.profile.text(id))
        .filter(|_| {
            object.sync_enabled.is_some()
                && object
                    .upn
                    .as_deref()
                    .is_some_and(|upn| domain_of(upn).eq_ignore_ascii_case(initial))
        });
    Shadow {
        upn: on_premises.map(Into::into).or_else(|| object.upn.clone()),
        mail: object.mail.clone(),
        mail_nickname: object.mail_nickname.clone(),
        addresses: object.addresses.iter().filter(|address| given(address)).cloned().collect(),
    }
}

/// Resolves the references of a loaded object; what cannot be found is left out.
fn link(
    tables: &mut dyn Tables,
    schema: &Schema,
    number: u64,
    new: &NewTenantObject,
) -> StoreResult<()> {
    let mut counts = BTreeMap::<AttributeId, u32>::new();
    for (attribute, targets) in &new.references {
        let attribute = if schema.name(*attribute).eq_ignore_ascii_case("members") {
            a::MEMBER
        } else {
            *attribute
        };
        for target in targets {
            if let Some(to) = lookup::by_identity(tables, target)?
                && LINKS.get(tables, number, attribute, to)?.is_none()
            {
                directory::set_link(tables, number, attribute, to, true)?;
                *counts.entry(attribute).or_default() += 1;
            }
        }
    }
    if let Some(members) = counts.get(&a::MEMBER) {
        let mut object: TenantObject = rows::expect(tables, number)?;
        object.member_count = object.member_count.saturating_add(*members);
        rows::put(tables, number, &object)?;
    }
    Ok(())
}

/// Returns the texts of values, for messages.
pub(crate) fn texts(values: &[Value]) -> Vec<String> {
    values.iter().map(ToString::to_string).collect()
}
