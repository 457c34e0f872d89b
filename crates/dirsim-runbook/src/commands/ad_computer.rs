//! `*-ADComputer` (`interfaces.md` 2.3, 5.1).

use dirsim_model::attribute::well_known as a;
use dirsim_model::schema::class;
use dirsim_model::{Value, ValueRef};

use crate::ad::property::UAC_DISABLED;
use crate::ad::{Noun, edit, identity};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

use super::ad_object::{self, SEARCH_PARAMETERS, SEARCH_SETS};
use super::ad_user;

/// userAccountControl of a workstation.
const UAC_WORKSTATION: i64 = 0x1000;

/// Properties of the module that stand for one attribute each.
const ATTRIBUTES: &[&str] = &[
    "SamAccountName",
    "DisplayName",
    "Description",
    "DNSHostName",
    "OperatingSystem",
    "OperatingSystemVersion",
    "ManagedBy",
];

/// `New-ADComputer`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-ADComputer",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Creates a computer account, enabled unless -Enabled $false",
    example: "New-ADComputer -Name PC1 -Path 'OU=Staff,DC=contoso,DC=com'",
    parameters: &[
        P::text("Name").at(0).required(),
        P::text("SamAccountName"),
        P::text("DisplayName"),
        P::text("Description"),
        P::text("DNSHostName"),
        P::text("OperatingSystem"),
        P::text("OperatingSystemVersion"),
        P::text("ManagedBy"),
        P::boolean("Enabled"),
        P::text("Path"),
        P::table("OtherAttributes"),
        P::switch("PassThru"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: new,
};

/// `Get-ADComputer`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADComputer",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows computers of Active Directory, one by identity or several by filter",
    example: "Get-ADComputer -Filter * -Properties operatingSystem",
    parameters: &SEARCH_PARAMETERS,
    sets: SEARCH_SETS,
    run: |session, bound| ad_user::get_as(session, bound, Noun::Computer),
};

/// `Set-ADComputer`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-ADComputer",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Changes a computer",
    example: "Set-ADComputer PC1 -Replace @{userCertificate=1,2,3}",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::text("SamAccountName"),
        P::text("DisplayName"),
        P::text("Description"),
        P::text("DNSHostName"),
        P::text("OperatingSystem"),
        P::text("OperatingSystemVersion"),
        P::text("ManagedBy"),
        P::boolean("Enabled"),
        P::table("Add"),
        P::table("Remove"),
        P::table("Replace"),
        P::texts("Clear"),
        P::switch("PassThru"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: set,
};

/// `Remove-ADComputer`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-ADComputer",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Deletes a computer",
    example: "Remove-ADComputer PC1 -Confirm:$false",
    parameters: ad_object::REMOVE_PARAMETERS,
    sets: &[],
    run: |session, bound| ad_object::remove_as(session, bound, Noun::Computer),
};

fn new(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut creation =
        ad_object::Creation::start(session, bound, class::COMPUTER, "CN", "Computers")?;
    for name in ATTRIBUTES {
        if let Some(value) = bound.get(name) {
            creation.set(session, bound, name, value)?;
        }
    }
    let account = bound.text("SamAccountName").unwrap_or(bound.required("Name"));
    let account = format!("{}$", account.trim_end_matches('$'));
    creation.set(session, bound, "sAMAccountName", &PsValue::from(account))?;
    let off = if bound.boolean("Enabled") == Some(false) { UAC_DISABLED } else { 0 };
    creation.put(a::USER_ACCOUNT_CONTROL, vec![Value::Integer(UAC_WORKSTATION | off)]);
    creation.finish(session, bound, Noun::Computer)
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = identity::find(session, bound, Noun::Computer, bound.required("Identity"))?;
    let mut changes = Vec::new();
    for name in ATTRIBUTES {
        if let Some(value) = bound.get(name) {
            changes.push(edit::replace(session, bound, name, value)?);
        }
    }
    if let Some(enabled) = bound.boolean("Enabled") {
        let uac = target.object.entry.get(a::USER_ACCOUNT_CONTROL).first();
        let before = uac.and_then(ValueRef::as_integer).unwrap_or(UAC_WORKSTATION);
        let after = if enabled { before & !UAC_DISABLED } else { before | UAC_DISABLED };
        let value = PsValue::Integer(after);
        changes.push(edit::replace(session, bound, "userAccountControl", &value)?);
    }
    changes.extend(edit::from_tables(session, bound)?);
    edit::apply(session, bound, &target, changes)?;
    ad_user::pass_through(session, bound, Noun::Computer, &target)
}
