//! Objects of the tenant as the Graph module shows them (`interfaces.md` 3.2, 5.3).

use dirsim_model::{Guid, Sid, Side, Syntax, ValueRef};
use dirsim_tenant::TenantType;
use dirsim_tenant::object::TenantObject;

use crate::session::Session;
use crate::value::{Object, PsValue};

/// What a user read without `-Property` returns; on-premises fields are null then.
const USER_DEFAULTS: &[&str] = &[
    "businessPhones",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mobilePhone",
    "officeLocation",
    "preferredLanguage",
    "surname",
    "userPrincipalName",
];

/// What a group read without `-Property` returns.
const GROUP_DEFAULTS: &[&str] = &[
    "createdDateTime",
    "description",
    "displayName",
    "groupTypes",
    "id",
    "mail",
    "mailEnabled",
    "mailNickname",
    "onPremisesLastSyncDateTime",
    "onPremisesSecurityIdentifier",
    "onPremisesSyncEnabled",
    "proxyAddresses",
    "securityEnabled",
];

/// What other objects return.
const OTHER_DEFAULTS: &[&str] = &["deletedDateTime", "displayName", "id", "mail"];

/// Returns the object that a cmdlet shows: the properties asked for, or the default ones.
pub(crate) fn show(session: &Session<'_>, object: &TenantObject, wanted: &[&str]) -> Object {
    let (type_name, defaults) = match object.kind {
        TenantType::User => ("Microsoft.Graph.PowerShell.Models.MicrosoftGraphUser", USER_DEFAULTS),
        TenantType::Group => {
            ("Microsoft.Graph.PowerShell.Models.MicrosoftGraphGroup", GROUP_DEFAULTS)
        }
        _ => ("Microsoft.Graph.PowerShell.Models.MicrosoftGraphDirectoryObject", OTHER_DEFAULTS),
    };
    let mut shown = Object::new(type_name);
    if wanted.contains(&"*") {
        return all(session, object, shown, &pascal);
    }
    // The module asks for one list; some write it as one text with commas.
    let wanted: Vec<&str> = wanted.iter().flat_map(|list| list.split(',')).map(str::trim).collect();
    let names: Vec<&str> = if wanted.is_empty() { defaults.to_vec() } else { wanted };
    for name in names {
        let value = value(session, object, name);
        shown.properties.push((pascal(spelled(session, name)), value));
    }
    shown
}

/// Returns everything that is known of an object with the names of the REST answers.
pub(crate) fn rest(session: &Session<'_>, object: &TenantObject) -> Object {
    all(session, object, Object::new("System.Collections.Hashtable"), &str::to_owned)
}

fn all(
    session: &Session<'_>,
    object: &TenantObject,
    mut shown: Object,
    name_of: &dyn Fn(&str) -> String,
) -> Object {
    let graph = object.graph(session.schema());
    for (attribute, _) in graph.iter() {
        let name = session.schema().name(attribute).to_owned();
        let value = value(session, object, &name);
        shown.properties.push((name_of(&name), value));
    }
    if !object.conflicts.is_empty() {
        let errors = value(session, object, "onPremisesProvisioningErrors");
        shown.properties.push((name_of("onPremisesProvisioningErrors"), errors));
    }
    shown.properties.sort_by_key(|(name, _)| name.to_lowercase());
    shown
}

/// Returns the name as the schema spells it.
fn spelled<'a>(session: &'a Session<'_>, name: &'a str) -> &'a str {
    session.schema().attribute(name).map_or(name, |id| session.schema().name(id))
}

/// Writes `userPrincipalName` as `UserPrincipalName`.
fn pascal(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Returns the value of a property: a list when the property may have several, else one or null.
pub(crate) fn value(session: &Session<'_>, object: &TenantObject, name: &str) -> PsValue {
    let several = match name.to_ascii_lowercase().as_str() {
        "onpremisesprovisioningerrors" => true,
        _ => session
            .schema()
            .attribute(name)
            .and_then(|id| session.schema().definition(Side::Tenant, id))
            .is_some_and(|definition| definition.multi_valued),
    };
    let values = values(session, object, name);
    if several {
        return PsValue::List(values);
    }
    match values.len() {
        0 => PsValue::Null,
        1 => values.into_iter().next().unwrap_or(PsValue::Null),
        _ => PsValue::List(values),
    }
}

/// Returns the values of a property; nothing when it is null.
pub(crate) fn values(session: &Session<'_>, object: &TenantObject, name: &str) -> Vec<PsValue> {
    let name = name.strip_prefix("onPremisesExtensionAttributes/").unwrap_or(name);
    match name.to_ascii_lowercase().as_str() {
        "onpremisesprovisioningerrors" => {
            return object.conflicts.iter().map(|conflict| {
                PsValue::from(
                    Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphOnPremisesProvisioningError")
                        .with("Category", "PropertyConflict")
                        .with("OccurredDateTime", conflict.since)
                        .with("PropertyCausingError", conflict.property.name())
                        .with("Value", &*conflict.value),
                )
            }).collect();
        }
        "onpremisesprovisioningerrors/category" => {
            return object.conflicts.iter().map(|_| "PropertyConflict".into()).collect();
        }
        "onpremisesprovisioningerrors/propertycausingerror" => {
            return object.conflicts.iter().map(|one| one.property.name().into()).collect();
        }
        "onpremisesprovisioningerrors/value" => {
            return object.conflicts.iter().map(|one| PsValue::from(&*one.value)).collect();
        }
        "assignedlicenses/skuid" => return values(session, object, "assignedLicenses"),
        _ => {}
    }
    let Some(attribute) = session.schema().attribute(name) else { return Vec::new() };
    let syntax = session.schema().syntax(Side::Tenant, attribute);
    let graph = object.graph(session.schema());
    graph.get(attribute).iter().map(|value| shown(syntax, value)).collect()
}

fn shown(syntax: Syntax, value: ValueRef<'_>) -> PsValue {
    match (syntax, value) {
        (Syntax::Guid, ValueRef::Bytes(bytes)) => {
            Guid::from_slice(bytes).map_or_else(|| PsValue::Bytes(bytes.to_vec()), PsValue::from)
        }
        (Syntax::Sid, ValueRef::Bytes(bytes)) => Sid::from_slice(bytes)
            .map_or_else(|| PsValue::Bytes(bytes.to_vec()), |sid| sid.to_string().into()),
        (_, ValueRef::Text(text)) => text.into(),
        (_, ValueRef::Integer(number)) => number.into(),
        (_, ValueRef::Boolean(truth)) => truth.into(),
        (_, ValueRef::Bytes(bytes)) => PsValue::Bytes(bytes.to_vec()),
        (_, ValueRef::Time(time)) => time.into(),
        (_, ValueRef::Reference(id)) => PsValue::from(id),
    }
}
