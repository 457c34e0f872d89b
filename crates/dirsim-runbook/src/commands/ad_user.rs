//! `New-`, `Get-`, `Set-` and `Remove-ADUser` (`interfaces.md` 5.1).

use dirsim_forest::ForestEdit;
use dirsim_model::attribute::well_known as a;
use dirsim_model::schema::class;
use dirsim_model::{Value, ValueRef};
use dirsim_world::Input;

use crate::ad::property::{UAC_DISABLED, UAC_NEVER_EXPIRES};
use crate::ad::{AdObject, Noun, directory_service, edit, identity, property, search};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet, join};
use crate::value::{Object, PsValue};

use super::ad_object::{self, CREATE_PARAMETERS, SEARCH_PARAMETERS, SEARCH_SETS};

/// A new account: password given or not, it exists (SE-044).
const UAC_NORMAL: i64 = 0x200;

/// Properties of the module that stand for one attribute each.
pub(super) const ATTRIBUTES: &[&str] = &[
    "GivenName",
    "Surname",
    "DisplayName",
    "EmailAddress",
    "UserPrincipalName",
    "SamAccountName",
    "Department",
    "Title",
    "Company",
    "Description",
    "Division",
    "City",
    "State",
    "Country",
    "StreetAddress",
    "PostalCode",
    "POBox",
    "Office",
    "OfficePhone",
    "MobilePhone",
    "HomePhone",
    "Fax",
    "EmployeeID",
    "EmployeeNumber",
    "Initials",
    "OtherName",
    "HomePage",
    "Manager",
    "Organization",
    "ServicePrincipalNames",
    "ScriptPath",
    "ProfilePath",
];

const NAMED: [P; 32] = [
    P::text("GivenName"),
    P::text("Surname"),
    P::text("DisplayName"),
    P::text("EmailAddress"),
    P::text("UserPrincipalName"),
    P::text("SamAccountName"),
    P::text("Department"),
    P::text("Title"),
    P::text("Company"),
    P::text("Description"),
    P::text("Division"),
    P::text("City"),
    P::text("State"),
    P::text("Country"),
    P::text("StreetAddress"),
    P::text("PostalCode"),
    P::text("POBox"),
    P::text("Office"),
    P::text("OfficePhone"),
    P::text("MobilePhone"),
    P::text("HomePhone"),
    P::text("Fax"),
    P::text("EmployeeID"),
    P::text("EmployeeNumber"),
    P::text("Initials"),
    P::text("OtherName"),
    P::text("HomePage"),
    P::text("Manager"),
    P::text("Organization"),
    P::text("ServicePrincipalNames"),
    P::text("ScriptPath"),
    P::text("ProfilePath"),
];

const FLAGS: [P; 8] = [
    P::boolean("Enabled"),
    P::boolean("PasswordNeverExpires"),
    P::boolean("ChangePasswordAtLogon"),
    P::boolean("CannotChangePassword").ignored(),
    P::boolean("PasswordNotRequired").ignored(),
    P::new("AccountPassword", K::Any),
    P::new("AccountExpirationDate", K::Time),
    P::new("Instance", K::Any),
];

const OWN: [P; 40] = join(NAMED, FLAGS);
static NEW_PARAMETERS: [P; 47] = join(CREATE_PARAMETERS, OWN);

const SET_OWN: [P; 8] = [
    P::text("Identity").at(0),
    P::table("Add"),
    P::table("Remove"),
    P::table("Replace"),
    P::texts("Clear"),
    P::switch("PassThru"),
    P::text("Server"),
    P::new("Credential", K::Any).ignored(),
];
static SET_PARAMETERS: [P; 48] = join(SET_OWN, OWN);

/// `New-ADUser`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-ADUser",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Creates a user in Active Directory; disabled unless -Enabled $true",
    example: "New-ADUser -Name 'Ann Lee' -SamAccountName ann -UserPrincipalName ann@contoso.com -Path 'OU=Staff,DC=contoso,DC=com' -Enabled $true",
    parameters: &NEW_PARAMETERS,
    sets: &[],
    run: new,
};

/// `Get-ADUser`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADUser",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows users of Active Directory, one by identity or several by filter",
    example: "Get-ADUser -Filter \"mail -like '*@contoso.com'\" -Properties mail, proxyAddresses",
    parameters: &SEARCH_PARAMETERS,
    sets: SEARCH_SETS,
    run: get,
};

/// `Set-ADUser`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-ADUser",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Changes a user; named properties first, then -Remove, -Add, -Replace, -Clear",
    example: "Set-ADUser ann -City Oslo -Add @{proxyAddresses='smtp:ann.lee@contoso.com'}",
    parameters: &SET_PARAMETERS,
    sets: &[ParameterSet { names: &["Identity", "Instance"], required: true }],
    run: set,
};

/// `Remove-ADUser`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-ADUser",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Deletes a user",
    example: "Remove-ADUser ann -Confirm:$false",
    parameters: ad_object::REMOVE_PARAMETERS,
    sets: &[] as &[ParameterSet],
    run: |session, bound| ad_object::remove_as(session, bound, Noun::User),
};

fn new(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut creation = ad_object::Creation::start(session, bound, class::USER, "CN", "Users")?;
    // A template gives what the command itself does not say; never what names another account.
    let own = ["SamAccountName", "UserPrincipalName", "EmailAddress"];
    for name in ATTRIBUTES {
        let template = || match bound.get("Instance") {
            Some(PsValue::Object(object)) if !own.contains(name) => {
                object.get(name).filter(|value| !value.each().is_empty())
            }
            _ => None,
        };
        if let Some(value) = bound.get(name).or_else(template) {
            creation.set(session, bound, name, value)?;
        }
    }
    if let Some(at) = bound.time("AccountExpirationDate") {
        let at = PsValue::Integer(at.to_filetime());
        creation.set(session, bound, "accountExpires", &at)?;
    }
    let name = bound.required("Name");
    if bound.text("SamAccountName").is_none() {
        creation.set(session, bound, "sAMAccountName", &PsValue::from(name))?;
    }
    let mut uac = UAC_NORMAL;
    if !bound.switch("Enabled") {
        uac |= UAC_DISABLED;
    }
    if bound.switch("PasswordNeverExpires") {
        uac |= UAC_NEVER_EXPIRES;
    }
    creation.put(a::USER_ACCOUNT_CONTROL, vec![Value::Integer(uac)]);
    let password_set = bound.has("AccountPassword") || bound.switch("Enabled");
    let pwd_last_set = if password_set && !bound.switch("ChangePasswordAtLogon") {
        session.now()?.to_filetime()
    } else {
        0
    };
    creation.put(a::PWD_LAST_SET, vec![Value::Integer(pwd_last_set)]);
    creation.finish(session, bound, Noun::User)
}

fn get(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    get_as(session, bound, Noun::User)
}

/// Shows the object that `-Identity` names, or those that a filter finds.
pub(super) fn get_as(
    session: &Session<'_>,
    bound: &Bound,
    noun: Noun,
) -> Result<Vec<Object>, CommandError> {
    let wanted: Vec<&str> = bound
        .texts("Properties")
        .into_iter()
        .flat_map(|list| list.split(','))
        .map(str::trim)
        .collect();
    if noun == Noun::Object
        && let Some(root) = directory_service::find(session, bound.text("Identity").unwrap_or(""))?
    {
        return Ok(vec![directory_service::show(session, bound, &root, &wanted)?]);
    }
    if let Some(name) = property::unknown(session, &wanted) {
        let message = format!("One or more properties are invalid.\nParameter name: {name}");
        let target = bound.text("Identity").unwrap_or(name);
        let error = "ArgumentException";
        return Err(forest_refused(bound, target, error, "interfaces 5.1", message));
    }
    let found = match bound.text("Identity") {
        Some(identity) if bound.switch("IncludeDeletedObjects") => {
            vec![identity::find_deleted(session, bound, identity)?]
        }
        Some(identity) => vec![identity::find(session, bound, noun, identity)?],
        None => search::find(session, bound, noun)?,
    };
    found.iter().map(|found| property::show(session, noun, found, &wanted)).collect()
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let instance = match bound.get("Instance") {
        Some(PsValue::Object(object)) => Some(object),
        _ => None,
    };
    let named = instance.and_then(|object| object.get("DistinguishedName")).map(PsValue::to_text);
    let identity = named.as_deref().unwrap_or(bound.required("Identity"));
    let target = identity::find(session, bound, Noun::User, identity)?;
    let mut changes = match instance {
        Some(object) => edit::from_instance(session, bound, &target, object)?,
        None => Vec::new(),
    };
    for name in ATTRIBUTES {
        if let Some(value) = bound.get(name) {
            changes.push(edit::replace(session, bound, name, value)?);
        }
    }
    if let Some(at) = bound.time("AccountExpirationDate") {
        let at = PsValue::Integer(at.to_filetime());
        changes.push(edit::replace(session, bound, "accountExpires", &at)?);
    }
    let uac = target.object.entry.get(a::USER_ACCOUNT_CONTROL).first();
    let before = uac.and_then(ValueRef::as_integer).unwrap_or(UAC_NORMAL);
    let mut after = before;
    for (name, bit, on) in
        [("Enabled", UAC_DISABLED, false), ("PasswordNeverExpires", UAC_NEVER_EXPIRES, true)]
    {
        if let Some(wanted) = bound.boolean(name) {
            after = if wanted == on { after | bit } else { after & !bit };
        }
    }
    if after != before {
        let value = PsValue::Integer(after);
        changes.push(edit::replace(session, bound, "userAccountControl", &value)?);
    }
    if let Some(change) = bound.boolean("ChangePasswordAtLogon") {
        let at = if change { 0 } else { session.now()?.to_filetime() };
        changes.push(edit::replace(session, bound, "pwdLastSet", &PsValue::Integer(at))?);
    }
    changes.extend(edit::from_tables(session, bound)?);
    edit::apply(session, bound, &target, changes)?;
    pass_through(session, bound, Noun::User, &target)
}

/// Returns the object as it is now when `-PassThru` asks for it.
pub(super) fn pass_through(
    session: &Session<'_>,
    bound: &Bound,
    noun: Noun,
    target: &AdObject,
) -> Result<Vec<Object>, CommandError> {
    if !bound.switch("PassThru") {
        return Ok(Vec::new());
    }
    let object = dirsim_forest::lookup::object(session.tables(), target.id)?;
    let now = object.map(|object| AdObject { id: target.id, object });
    now.iter().map(|now| property::show(session, noun, now, &[])).collect()
}

/// Turns an account on or off.
pub(super) fn set_enabled(
    session: &mut Session<'_>,
    bound: &Bound,
    enabled: bool,
) -> Result<Vec<Object>, CommandError> {
    let target = identity::find(session, bound, Noun::Account, bound.required("Identity"))?;
    let uac = target.object.entry.get(a::USER_ACCOUNT_CONTROL).first();
    let before = uac.and_then(ValueRef::as_integer).unwrap_or(UAC_NORMAL);
    let after = if enabled { before & !UAC_DISABLED } else { before | UAC_DISABLED };
    if after != before {
        let value = PsValue::Integer(after);
        let change = edit::replace(session, bound, "userAccountControl", &value)?;
        let dn = dirsim_forest::lookup::dn(session.tables(), target.id)?.to_string();
        let edit = ForestEdit::Modify { target: target.object.guid, changes: vec![change] };
        session.act(bound, &dn, Input::Forest(edit))?;
    }
    pass_through(session, bound, Noun::Account, &target)
}
