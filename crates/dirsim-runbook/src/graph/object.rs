//! Objects of the tenant as the Graph module shows them (`interfaces.md` 3.2, 5.3).

use std::sync::OnceLock;

use dirsim_model::{Guid, Sid, Side, Syntax, ValueRef};
use dirsim_tenant::TenantType;
use dirsim_tenant::object::{Conflict, TenantObject};
use serde::Deserialize;

use super::sku;
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

/// What a contact read without `-Property` returns.
const CONTACT_DEFAULTS: &[&str] = &[
    "companyName",
    "department",
    "displayName",
    "givenName",
    "id",
    "jobTitle",
    "mail",
    "mailNickname",
    "onPremisesLastSyncDateTime",
    "onPremisesProvisioningErrors",
    "onPremisesSyncEnabled",
    "proxyAddresses",
    "surname",
];

/// What a device read without `-Property` returns.
const DEVICE_DEFAULTS: &[&str] = &[
    "accountEnabled",
    "deviceId",
    "displayName",
    "id",
    "onPremisesLastSyncDateTime",
    "onPremisesSyncEnabled",
    "operatingSystem",
    "operatingSystemVersion",
    "trustType",
];

/// How properties are spelled: by the module, or by the REST answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Names {
    /// `UserPrincipalName`.
    Module,
    /// `userPrincipalName`.
    Rest,
}

impl Names {
    fn of(self, name: &str) -> String {
        match self {
            Self::Module => pascal(name),
            Self::Rest => name.to_owned(),
        }
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct UnkeptFile {
    user: Vec<String>,
    group: Vec<String>,
    contact: Vec<String>,
    device: Vec<String>,
}

/// Returns the properties of a type that Graph has and dirsim keeps nothing of.
fn unkept(kind: TenantType) -> &'static [String] {
    static UNKEPT: OnceLock<UnkeptFile> = OnceLock::new();
    let file = UNKEPT.get_or_init(|| {
        let text = include_str!("../../../../config/tenant/graph-properties.yaml");
        serde_saphyr::from_str(text).expect("the shipped file of properties is well-formed")
    });
    match kind {
        TenantType::User => &file.user,
        TenantType::Group => &file.group,
        TenantType::Contact => &file.contact,
        TenantType::Device => &file.device,
    }
}

/// Properties that are computed from what the tenant keeps.
const COMPUTED: &[&str] = &[
    "assignedLicenses",
    "deviceId",
    "licenseAssignmentStates",
    "onPremisesExtensionAttributes",
    "onPremisesProvisioningErrors",
    "serviceProvisioningErrors",
    "userType",
];

/// Returns the .NET type of a tenant object.
pub(crate) const fn type_name(kind: TenantType) -> &'static str {
    match kind {
        TenantType::User => "Microsoft.Graph.PowerShell.Models.MicrosoftGraphUser",
        TenantType::Group => "Microsoft.Graph.PowerShell.Models.MicrosoftGraphGroup",
        TenantType::Contact => "Microsoft.Graph.PowerShell.Models.MicrosoftGraphOrgContact",
        TenantType::Device => "Microsoft.Graph.PowerShell.Models.MicrosoftGraphDevice",
    }
}

/// Returns the name of the type in Graph, `#microsoft.graph.user` for instance.
pub(crate) const fn odata_type(kind: TenantType) -> &'static str {
    match kind {
        TenantType::User => "#microsoft.graph.user",
        TenantType::Group => "#microsoft.graph.group",
        TenantType::Contact => "#microsoft.graph.orgContact",
        TenantType::Device => "#microsoft.graph.device",
    }
}

/// Returns the properties read without `-Property`.
const fn defaults(kind: TenantType) -> &'static [&'static str] {
    match kind {
        TenantType::User => USER_DEFAULTS,
        TenantType::Group => GROUP_DEFAULTS,
        TenantType::Contact => CONTACT_DEFAULTS,
        TenantType::Device => DEVICE_DEFAULTS,
    }
}

/// Returns the names of a list of properties; the module asks for a list, some write one text
/// with commas.
pub(crate) fn list<'a>(wanted: &[&'a str]) -> Vec<&'a str> {
    let names = wanted.iter().flat_map(|list| list.split(','));
    names.map(str::trim).filter(|name| !name.is_empty()).collect()
}

/// Returns the first name that is no property of a type.
pub(crate) fn unknown<'a>(
    session: &Session<'_>,
    kind: TenantType,
    wanted: &[&'a str],
) -> Option<&'a str> {
    list(wanted).into_iter().find(|name| {
        let schema = session.schema();
        let kept =
            schema.attribute(name).is_some_and(|id| schema.definition(Side::Tenant, id).is_some());
        let same = |known: &str| known.eq_ignore_ascii_case(name);
        *name != "*"
            && !name.contains('/')
            && !kept
            && !schema.added_names().iter().any(|added| same(added))
            && !COMPUTED.iter().any(|known| same(known))
            && !unkept(kind).iter().any(|known| same(known))
    })
}

/// Returns the object that a cmdlet shows: the properties asked for, or the default ones.
pub(crate) fn show(session: &Session<'_>, object: &TenantObject, wanted: &[&str]) -> Object {
    let mut shown = Object::new(type_name(object.kind));
    if wanted.contains(&"*") {
        return all(session, object, shown, Names::Module);
    }
    let wanted = list(wanted);
    let names: &[&str] = if wanted.is_empty() { defaults(object.kind) } else { &wanted };
    for name in names {
        let value = value(session, object, name, Names::Module);
        shown.properties.push((pascal(spelled(session, name)), value));
    }
    shown
}

/// Returns an object as a REST answer shows it: the properties asked for, or everything that is
/// known of it.
pub(crate) fn rest(session: &Session<'_>, object: &TenantObject, wanted: &[&str]) -> Object {
    let shown = Object::new("System.Collections.Hashtable");
    let wanted = list(wanted);
    if wanted.is_empty() {
        return all(session, object, shown, Names::Rest);
    }
    wanted.iter().fold(shown, |shown, name| {
        let value = value(session, object, name, Names::Rest);
        shown.with(spelled(session, name), value)
    })
}

/// Returns an object as a member of a mixed list: the real data sits in `AdditionalProperties`, in
/// camel case (`interfaces.md` 3.2).
pub(crate) fn wrapped(session: &Session<'_>, object: &TenantObject) -> Object {
    let mut additional = vec![("@odata.type".to_owned(), PsValue::from(odata_type(object.kind)))];
    additional.extend(
        rest(session, object, &[])
            .properties
            .into_iter()
            .filter(|(name, _)| name != "id" && name != "deletedDateTime"),
    );
    Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphDirectoryObject")
        .with("Id", object.id)
        .with("DeletedDateTime", value(session, object, "deletedDateTime", Names::Module))
        .with("AdditionalProperties", PsValue::Table(additional))
}

fn all(session: &Session<'_>, object: &TenantObject, mut shown: Object, names: Names) -> Object {
    let graph = object.graph(session.schema());
    let mut extensions = false;
    for (attribute, _) in graph.iter() {
        let name = session.schema().name(attribute);
        if is_extension(name) {
            extensions = true;
            continue;
        }
        let value = value(session, object, name, names);
        shown.properties.push((names.of(name), value));
    }
    let computed = [
        ("onPremisesProvisioningErrors", !object.conflicts.is_empty()),
        ("serviceProvisioningErrors", !object.service_errors.is_empty()),
        ("onPremisesExtensionAttributes", extensions),
    ];
    for (name, _) in computed.iter().filter(|(_, there)| *there) {
        shown.properties.push((names.of(name), value(session, object, name, names)));
    }
    shown.properties.sort_by_key(|(name, _)| name.to_lowercase());
    shown
}

fn is_extension(name: &str) -> bool {
    let number = name.strip_prefix("extensionAttribute").and_then(|number| number.parse().ok());
    number.is_some_and(|number: u8| (1..=15).contains(&number))
}

/// Returns the name as the schema spells it.
fn spelled<'a>(session: &'a Session<'_>, name: &'a str) -> &'a str {
    let computed = COMPUTED.iter().find(|known| known.eq_ignore_ascii_case(name)).copied();
    session
        .schema()
        .attribute(name)
        .map_or(computed.unwrap_or(name), |id| session.schema().name(id))
}

/// Writes `userPrincipalName` as `UserPrincipalName`.
pub(crate) fn pascal(name: &str) -> String {
    let mut letters = name.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

/// Spells the names of an object as REST answers do, those of objects in it included.
pub(crate) fn camel(object: Object) -> Object {
    fn inside(value: PsValue) -> PsValue {
        match value {
            PsValue::Object(object) => camel(*object).into(),
            PsValue::List(values) => PsValue::List(values.into_iter().map(inside).collect()),
            other => other,
        }
    }
    let mut answer = Object::new("System.Collections.Hashtable");
    for (name, inner) in object.properties {
        let mut letters = name.chars();
        let first = letters.next().map(|first| first.to_ascii_lowercase());
        answer.properties.push((first.into_iter().chain(letters).collect(), inside(inner)));
    }
    answer
}

/// Returns the value of a property: a list when the property may have several, else one or null.
pub(crate) fn value(
    session: &Session<'_>,
    object: &TenantObject,
    name: &str,
    names: Names,
) -> PsValue {
    let several = match name.to_ascii_lowercase().as_str() {
        "onpremisesprovisioningerrors"
        | "serviceprovisioningerrors"
        | "assignedlicenses"
        | "licenseassignmentstates" => true,
        "onpremisesextensionattributes" => {
            let mut shown = Object::new(
                "Microsoft.Graph.PowerShell.Models.MicrosoftGraphOnPremisesExtensionAttributes",
            );
            for number in 1..=15 {
                let name = format!("extensionAttribute{number}");
                shown = shown.with(&names.of(&name), value(session, object, &name, names));
            }
            return shown.into();
        }
        _ => session
            .schema()
            .attribute(name)
            .and_then(|id| session.schema().definition(Side::Tenant, id))
            .is_some_and(|definition| definition.multi_valued),
    };
    let values = spelled_values(session, object, name, names);
    if several {
        return PsValue::List(values);
    }
    match values.len() {
        0 => PsValue::Null,
        1 => values.into_iter().next().unwrap_or(PsValue::Null),
        _ => PsValue::List(values),
    }
}

/// Returns the values of a property as filters compare them; nothing when it is null.
pub(crate) fn values(session: &Session<'_>, object: &TenantObject, name: &str) -> Vec<PsValue> {
    spelled_values(session, object, name, Names::Rest)
}

fn spelled_values(
    session: &Session<'_>,
    object: &TenantObject,
    name: &str,
    names: Names,
) -> Vec<PsValue> {
    let name = match name.split_once('/') {
        Some((outer, inner)) if outer.eq_ignore_ascii_case("onPremisesExtensionAttributes") => {
            inner
        }
        _ => name,
    };
    match name.to_ascii_lowercase().as_str() {
        "onpremisesprovisioningerrors" => {
            return object
                .conflicts
                .iter()
                .map(|conflict| provisioning_error(conflict, names).into())
                .collect();
        }
        // Workloads publish them; the XML detail is theirs (ET-078).
        "serviceprovisioningerrors" => {
            let errors = object.service_errors.iter().map(|error| {
                Object::new(
                    "Microsoft.Graph.PowerShell.Models.MicrosoftGraphServiceProvisioningError",
                )
                .with(&names.of("createdDateTime"), error.created)
                .with(&names.of("isResolved"), error.resolved)
                .with(&names.of("serviceInstance"), &*error.instance)
            });
            return errors.map(PsValue::from).collect();
        }
        "assignedlicenses" => {
            let licenses = object.licenses.iter().map(|sku| {
                Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphAssignedLicense")
                    .with(&names.of("disabledPlans"), Vec::<&str>::new())
                    .with(&names.of("skuId"), sku::id_of(sku))
            });
            return licenses.map(PsValue::from).collect();
        }
        "licenseassignmentstates" => {
            let states = object.licenses.iter().map(|sku| {
                Object::new(
                    "Microsoft.Graph.PowerShell.Models.MicrosoftGraphLicenseAssignmentState",
                )
                .with(&names.of("assignedByGroup"), PsValue::Null)
                .with(&names.of("error"), "None")
                .with(&names.of("skuId"), sku::id_of(sku))
                .with(&names.of("state"), "Active")
            });
            return states.map(PsValue::from).collect();
        }
        _ => {}
    }
    let Some(attribute) = session.schema().attribute(name) else { return Vec::new() };
    let syntax = session.schema().syntax(Side::Tenant, attribute);
    let graph = object.graph(session.schema());
    graph.get(attribute).iter().map(|value| shown(syntax, value)).collect()
}

/// Returns a value in quarantine as Graph shows it (ET-077).
pub(crate) fn provisioning_error(conflict: &Conflict, names: Names) -> Object {
    Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphOnPremisesProvisioningError")
        .with(&names.of("category"), "PropertyConflict")
        .with(&names.of("occurredDateTime"), conflict.since)
        .with(&names.of("propertyCausingError"), conflict.property.name())
        .with(&names.of("value"), &*conflict.value)
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
