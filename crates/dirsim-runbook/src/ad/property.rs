//! Properties of objects: names of the module over attributes of the directory (`interfaces.md`
//! 2.3).

use dirsim_forest::{lookup, view};
use dirsim_model::attribute::well_known as a;
use dirsim_model::schema::class;
use dirsim_model::{Guid, Sid, Side, Syntax, Timestamp, ValueRef};

use super::{AdObject, Noun};
use crate::error::CommandError;
use crate::session::Session;
use crate::value::{Object, PsValue};

/// Names of the module that differ from those of the directory.
const MODULE_NAMES: &[(&str, &str)] = &[
    ("Surname", "sn"),
    ("EmailAddress", "mail"),
    ("City", "l"),
    ("State", "st"),
    ("Country", "c"),
    ("Office", "physicalDeliveryOfficeName"),
    ("OfficePhone", "telephoneNumber"),
    ("MobilePhone", "mobile"),
    ("Fax", "facsimileTelephoneNumber"),
    ("POBox", "postOfficeBox"),
    ("HomePage", "wWWHomePage"),
    ("OtherName", "middleName"),
    ("Members", "member"),
    ("Deleted", "isDeleted"),
    ("SID", "objectSid"),
    ("SIDHistory", "sIDHistory"),
    ("ServicePrincipalNames", "servicePrincipalName"),
    ("Certificates", "userCertificate"),
    ("LastKnownParent", "lastKnownParent"),
];

/// userAccountControl of a disabled account.
pub(crate) const UAC_DISABLED: i64 = 0x2;
/// userAccountControl of an account whose password never expires.
pub(crate) const UAC_NEVER_EXPIRES: i64 = 0x1_0000;
/// groupType of security groups: the sign of a 32-bit number (SE-045).
const GROUP_SECURITY: i64 = -0x8000_0000;

/// Returns the name of the directory for a name of the module.
pub(crate) fn ldap_name(name: &str) -> &str {
    MODULE_NAMES
        .iter()
        .find(|(module, _)| module.eq_ignore_ascii_case(name))
        .map_or(name, |(_, ldap)| ldap)
}

/// Returns the groupType of a scope and category (SE-045).
pub(crate) fn group_type(scope: &str, category: &str) -> i64 {
    let bit = match scope {
        "DomainLocal" => 4,
        "Universal" => 8,
        _ => 2,
    };
    if category == "Distribution" { bit } else { GROUP_SECURITY + bit }
}

/// Returns the scope and category of a groupType.
pub(crate) const fn group_kind(group_type: i64) -> (&'static str, &'static str) {
    let scope = match group_type & 0xE {
        2 => "Global",
        4 => "DomainLocal",
        _ => "Universal",
    };
    (scope, if group_type < 0 { "Security" } else { "Distribution" })
}

/// Returns the properties shown without `-Properties`.
fn defaults(noun: Noun) -> &'static [&'static str] {
    match noun {
        Noun::User => &[
            "DistinguishedName",
            "Enabled",
            "GivenName",
            "Name",
            "ObjectClass",
            "ObjectGUID",
            "SamAccountName",
            "SID",
            "Surname",
            "UserPrincipalName",
        ],
        Noun::Group => &[
            "DistinguishedName",
            "GroupCategory",
            "GroupScope",
            "Name",
            "ObjectClass",
            "ObjectGUID",
            "SamAccountName",
            "SID",
        ],
        Noun::OrganizationalUnit => &[
            "City",
            "Country",
            "DistinguishedName",
            "ManagedBy",
            "Name",
            "ObjectClass",
            "ObjectGUID",
            "PostalCode",
            "State",
            "StreetAddress",
        ],
        Noun::Principal => {
            &["DistinguishedName", "Name", "ObjectClass", "ObjectGUID", "SamAccountName", "SID"]
        }
        Noun::Object => &["DistinguishedName", "Name", "ObjectClass", "ObjectGUID"],
    }
}

/// Returns the object that a cmdlet shows: the usual properties and those asked for.
pub(crate) fn show(
    session: &Session<'_>,
    noun: Noun,
    found: &AdObject,
    wanted: &[&str],
) -> Result<Object, CommandError> {
    let mut object = Object::new(noun.type_name());
    let mut put = |name: &str, values: Vec<PsValue>, always: bool| {
        if object.get(name).is_some() || (values.is_empty() && !always) {
            return;
        }
        let several = is_multi_valued(session, name);
        let value = match (several, values.len()) {
            (false, 0) => PsValue::Null,
            (false, 1) => values.into_iter().next().unwrap_or(PsValue::Null),
            _ => PsValue::List(values),
        };
        object.properties.push((name.to_owned(), value));
    };
    for name in defaults(noun) {
        put(name, values(session, found, name)?, true);
    }
    if found.object.deleted.is_some() {
        put("Deleted", vec![PsValue::Boolean(true)], true);
    }
    for name in wanted {
        if *name != "*" {
            put(name, values(session, found, name)?, true);
            continue;
        }
        for (module, _) in MODULE_NAMES {
            put(module, values(session, found, module)?, false);
        }
        for name in ["Enabled", "PasswordLastSet", "PasswordNeverExpires", "Created", "Modified"] {
            put(name, values(session, found, name)?, false);
        }
        let attributes: Vec<_> =
            session.schema().attributes_of(Side::Forest).map(|(id, _)| id).collect();
        let others = found.object.entry.iter().map(|(id, _)| id);
        let all: std::collections::BTreeSet<_> = attributes.into_iter().chain(others).collect();
        for id in all {
            let name = session.schema().name(id).to_owned();
            put(&name, values(session, found, &name)?, false);
        }
    }
    object.properties.sort_by_key(|(name, _)| name.to_lowercase());
    Ok(object)
}

fn is_multi_valued(session: &Session<'_>, name: &str) -> bool {
    let computed = ["Enabled", "Name", "DistinguishedName", "ObjectClass", "GroupScope"]
        .iter()
        .chain(&["GroupCategory", "Created", "Modified", "PasswordLastSet", "PasswordNeverExpires"])
        .any(|known| known.eq_ignore_ascii_case(name));
    !computed
        && session
            .schema()
            .attribute(ldap_name(name))
            .and_then(|id| session.schema().definition(Side::Forest, id))
            .is_some_and(|definition| definition.multi_valued)
}

/// Returns the values of a property by a name of the module or of the directory; nothing when the
/// object has none.
pub(crate) fn values(
    session: &Session<'_>,
    found: &AdObject,
    name: &str,
) -> Result<Vec<PsValue>, CommandError> {
    let object = &found.object;
    let integer = |id| object.entry.get(id).first().and_then(ValueRef::as_integer);
    let user = matches!(object.class, class::USER | class::INET_ORG_PERSON | class::COMPUTER);
    let one = |value: PsValue| Ok(vec![value]);
    match name.to_ascii_lowercase().as_str() {
        "distinguishedname" | "dn" => {
            return one(PsValue::from(&lookup::dn(session.tables(), found.id)?));
        }
        "name" => return one(PsValue::from(&*object.rdn.value)),
        "objectclass" => return one(session.schema().class_name(object.class).into()),
        "objectguid" => return one(object.guid.into()),
        "enabled" if user => {
            let uac = integer(a::USER_ACCOUNT_CONTROL).unwrap_or(0);
            return one((uac & UAC_DISABLED == 0).into());
        }
        "passwordneverexpires" if user => {
            let uac = integer(a::USER_ACCOUNT_CONTROL).unwrap_or(0);
            return one((uac & UAC_NEVER_EXPIRES != 0).into());
        }
        "passwordlastset" if user => {
            let set = integer(a::PWD_LAST_SET).filter(|set| *set > 0);
            return Ok(set.map(Timestamp::from_filetime).map(PsValue::from).into_iter().collect());
        }
        "groupscope" | "groupcategory" if object.class == class::GROUP => {
            let (scope, category) = group_kind(integer(a::GROUP_TYPE).unwrap_or_default());
            let scoped = name.eq_ignore_ascii_case("groupscope");
            return one(if scoped { scope } else { category }.into());
        }
        "created" => return one(object.created.into()),
        "modified" => return one(object.changed.into()),
        _ => {}
    }
    attribute_values(session, found, ldap_name(name))
}

/// Shows a stored value in its syntax: GUIDs and SIDs as text.
fn show_value(syntax: Syntax, value: ValueRef<'_>) -> PsValue {
    match (syntax, value) {
        (Syntax::Guid, ValueRef::Bytes(bytes)) => {
            Guid::from_slice(bytes).map_or_else(|| PsValue::Bytes(bytes.to_vec()), PsValue::from)
        }
        (Syntax::Sid, ValueRef::Bytes(bytes)) => Sid::from_slice(bytes)
            .map_or_else(|| PsValue::Bytes(bytes.to_vec()), |sid| sid.to_string().into()),
        (_, ValueRef::Bytes(bytes)) => PsValue::Bytes(bytes.to_vec()),
        (_, ValueRef::Text(text)) => text.into(),
        (_, ValueRef::Integer(number)) => number.into(),
        (_, ValueRef::Boolean(truth)) => truth.into(),
        (_, ValueRef::Time(time)) => time.into(),
        (_, ValueRef::Reference(id)) => PsValue::from(id),
    }
}

/// Returns the values of an attribute; references as distinguished names.
fn attribute_values(
    session: &Session<'_>,
    found: &AdObject,
    name: &str,
) -> Result<Vec<PsValue>, CommandError> {
    let schema = session.schema();
    let Some(attribute) = schema.attribute(name) else { return Ok(Vec::new()) };
    let syntax = schema.syntax(Side::Forest, attribute);
    let (tables, object) = (session.tables(), &found.object);
    let values = view::attribute_of(tables, schema, found.id, object, attribute)?;
    Ok(values.iter().map(|value| show_value(syntax, value.as_ref())).collect())
}
