//! Properties of objects: names of the module over attributes of the directory (`interfaces.md`
//! 2.3).

use dirsim_forest::{ForestObject, lookup, view};
use dirsim_model::attribute::well_known as a;
use dirsim_model::dn::Rdn;
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
    ("Organization", "o"),
    ("PrimaryGroup", "primaryGroupID"),
    ("OperatingSystem", "operatingSystem"),
    ("DNSHostName", "dNSHostName"),
    ("LogonWorkstations", "userWorkstations"),
];

/// Properties that are computed, and those that hold one value whatever the directory says.
const COMPUTED: &[&str] = &[
    "AccountExpirationDate",
    "CanonicalName",
    "CN",
    "Created",
    "DistinguishedName",
    "Enabled",
    "GroupCategory",
    "GroupScope",
    "LastBadPasswordAttempt",
    "LastLogonDate",
    "LockedOut",
    "Modified",
    "Name",
    "ObjectClass",
    "ObjectGUID",
    "PasswordExpired",
    "PasswordLastSet",
    "PasswordNeverExpires",
    "PasswordNotRequired",
    "ProtectedFromAccidentalDeletion",
    "SmartcardLogonRequired",
    "TrustedForDelegation",
    "whenChanged",
    "whenCreated",
];

/// Bits of userAccountControl with a property of their own.
const UAC_BITS: &[(&str, i64)] = &[
    ("passwordneverexpires", UAC_NEVER_EXPIRES),
    ("passwordnotrequired", 0x20),
    ("smartcardlogonrequired", 0x4_0000),
    ("trustedfordelegation", 0x8_0000),
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
        Noun::Computer => &[
            "DistinguishedName",
            "DNSHostName",
            "Enabled",
            "Name",
            "ObjectClass",
            "ObjectGUID",
            "SamAccountName",
            "SID",
            "UserPrincipalName",
        ],
        Noun::Principal | Noun::Account => {
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
        for name in COMPUTED {
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
    let computed = COMPUTED.iter().any(|known| known.eq_ignore_ascii_case(name));
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
        "objectguid" => return one(PsValue::Guid(object.guid)),
        "enabled" if user => {
            let uac = integer(a::USER_ACCOUNT_CONTROL).unwrap_or(0);
            return one((uac & UAC_DISABLED == 0).into());
        }
        lower if user && UAC_BITS.iter().any(|(name, _)| *name == lower) => {
            let uac = integer(a::USER_ACCOUNT_CONTROL).unwrap_or(0);
            let bit = UAC_BITS.iter().find(|(name, _)| *name == lower).map_or(0, |(_, bit)| *bit);
            return one((uac & bit != 0).into());
        }
        "lockedout" if user => {
            let locked = raw(session, object, "lockoutTime").unwrap_or(0) > 0;
            return one(locked.into());
        }
        "passwordexpired" if user => {
            let never = integer(a::USER_ACCOUNT_CONTROL).unwrap_or(0) & UAC_NEVER_EXPIRES != 0;
            return one((!never && integer(a::PWD_LAST_SET) == Some(0)).into());
        }
        "accountexpirationdate" if user => return Ok(date(raw(session, object, "accountExpires"))),
        "lastlogondate" if user => return Ok(date(raw(session, object, "lastLogonTimestamp"))),
        "lastbadpasswordattempt" if user => {
            return Ok(date(raw(session, object, "badPasswordTime")));
        }
        "cn" => return one(PsValue::from(&*object.rdn.value)),
        "canonicalname" => {
            let dn = lookup::dn(session.tables(), found.id)?;
            let mut path = dn.domain_fqdn();
            for part in dn.parts().iter().rev().filter(|part| !is_domain_part(part)) {
                path.push('/');
                path.push_str(&part.value);
            }
            return one(path.into());
        }
        "protectedfromaccidentaldeletion" => {
            return one(dirsim_forest::view::is_protected(session.schema(), object).into());
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
        "created" | "whencreated" => return one(object.created.into()),
        "modified" | "whenchanged" => return one(object.changed.into()),
        _ => {}
    }
    attribute_values(session, found, ldap_name(name))
}

fn is_domain_part(part: &Rdn) -> bool {
    part.attribute.eq_ignore_ascii_case("DC")
}

/// Returns an attribute that holds a number.
fn raw(session: &Session<'_>, object: &ForestObject, name: &str) -> Option<i64> {
    let attribute = session.schema().attribute(name)?;
    object.entry.get(attribute).first().and_then(ValueRef::as_integer)
}

/// Returns a FILETIME as an instant; 0 and the largest number mean never.
fn date(filetime: Option<i64>) -> Vec<PsValue> {
    let set = filetime.filter(|time| *time > 0 && *time < i64::MAX);
    set.map(Timestamp::from_filetime).map(PsValue::from).into_iter().collect()
}

/// Returns the first name that is no property of the module and no attribute of the directory.
pub(crate) fn unknown<'a>(session: &Session<'_>, names: &[&'a str]) -> Option<&'a str> {
    let schema = session.schema();
    names.iter().copied().find(|name| {
        let same = |known: &&str| known.eq_ignore_ascii_case(name);
        let kept = schema
            .attribute(ldap_name(name))
            .is_some_and(|id| schema.definition(Side::Forest, id).is_some());
        *name != "*"
            && !kept
            && !COMPUTED.iter().any(same)
            && !["dn", "SID", "IsDeleted"].iter().any(same)
            && !schema.added_names().iter().any(|added| added.eq_ignore_ascii_case(name))
    })
}

/// Returns the values that filters compare: all object classes, and whole chains of references.
pub(crate) fn filter_values(
    session: &Session<'_>,
    found: &AdObject,
    name: &str,
) -> Result<Vec<PsValue>, CommandError> {
    if let Some(name) = name.strip_suffix(crate::filter::CHAIN) {
        return chain(session, found, name);
    }
    let class = session.schema().class_name(found.object.class);
    match name.to_ascii_lowercase().as_str() {
        "objectclass" => {
            let above: &[&str] = match class {
                "user" | "contact" => &["top", "person", "organizationalPerson"],
                "inetOrgPerson" | "computer" => &["top", "person", "organizationalPerson", "user"],
                _ => &["top"],
            };
            Ok(above.iter().copied().chain([class]).map(PsValue::from).collect())
        }
        "objectcategory" => {
            let person = matches!(class, "user" | "inetOrgPerson" | "contact");
            Ok(vec![if person { "person" } else { class }.into()])
        }
        _ => values(session, found, name),
    }
}

/// Returns the names of all objects that references lead to, one step or more.
fn chain(
    session: &Session<'_>,
    found: &AdObject,
    name: &str,
) -> Result<Vec<PsValue>, CommandError> {
    let tables = session.tables();
    let member_of = name.eq_ignore_ascii_case("memberOf");
    let forward = session.schema().attribute(ldap_name(name));
    let (mut open, mut seen) = (vec![found.id], std::collections::BTreeSet::new());
    while let Some(at) = open.pop() {
        let next = match forward {
            _ if member_of => view::holders(tables, at, a::MEMBER)?,
            Some(attribute) => view::targets(tables, at, attribute)?,
            None => Vec::new(),
        };
        open.extend(next.into_iter().filter(|id| seen.insert(*id)));
    }
    let names = seen.into_iter().map(|id| lookup::dn(tables, id).map(|dn| PsValue::from(&dn)));
    Ok(names.collect::<Result<_, _>>()?)
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
