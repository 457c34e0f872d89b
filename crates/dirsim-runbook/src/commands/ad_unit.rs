//! Organizational units (`interfaces.md` 5.1).

use dirsim_forest::view;
use dirsim_model::schema::class;

use crate::ad::{Noun, edit, identity};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

use super::ad_object::{self, SEARCH_PARAMETERS, SEARCH_SETS};
use super::ad_user;

/// Properties of the module that stand for one attribute each.
const ATTRIBUTES: &[&str] = &[
    "DisplayName",
    "Description",
    "ManagedBy",
    "City",
    "Country",
    "State",
    "StreetAddress",
    "PostalCode",
];

/// `New-ADOrganizationalUnit`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-ADOrganizationalUnit",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Creates an organizational unit, at the root of the domain unless -Path says otherwise",
    example: "New-ADOrganizationalUnit -Name Staff -Path 'DC=contoso,DC=com'",
    parameters: &[
        P::text("Name").at(0).required(),
        P::text("Path"),
        P::text("DisplayName"),
        P::text("Description"),
        P::text("ManagedBy"),
        P::table("OtherAttributes"),
        P::switch("PassThru"),
        P::text("City"),
        P::text("Country"),
        P::text("State"),
        P::text("StreetAddress"),
        P::text("PostalCode"),
        P::boolean("ProtectedFromAccidentalDeletion"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: new,
};

/// `Get-ADOrganizationalUnit`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADOrganizationalUnit",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows organizational units, one by DN or GUID or several by filter",
    example: "Get-ADOrganizationalUnit -Filter \"Name -like 'S*'\"",
    parameters: &SEARCH_PARAMETERS,
    sets: SEARCH_SETS,
    run: |session, bound| ad_user::get_as(session, bound, Noun::OrganizationalUnit),
};

/// `Set-ADOrganizationalUnit`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-ADOrganizationalUnit",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Changes an organizational unit, its protection from deletion for instance",
    example: "Set-ADOrganizationalUnit 'OU=Staff,DC=contoso,DC=com' -ProtectedFromAccidentalDeletion $false",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::text("DisplayName"),
        P::text("Description"),
        P::text("ManagedBy"),
        P::text("City"),
        P::text("Country"),
        P::text("State"),
        P::text("StreetAddress"),
        P::text("PostalCode"),
        P::boolean("ProtectedFromAccidentalDeletion"),
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

/// `Remove-ADOrganizationalUnit`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-ADOrganizationalUnit",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Deletes an organizational unit; with -Recursive everything below it too",
    example: "Remove-ADOrganizationalUnit 'OU=Leavers,DC=contoso,DC=com' -Recursive -Confirm:$false",
    parameters: ad_object::REMOVE_PARAMETERS,
    sets: &[],
    run: |session, bound| ad_object::remove_as(session, bound, Noun::OrganizationalUnit),
};

fn new(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let unit = class::ORGANIZATIONAL_UNIT;
    let mut creation = ad_object::Creation::start(session, bound, unit, "OU", "")?;
    for name in ATTRIBUTES {
        if let Some(value) = bound.get(name) {
            creation.set(session, bound, name, value)?;
        }
    }
    // The module protects new units unless it is told not to.
    if !bound.has(view::PROTECTED) {
        creation.set(session, bound, view::PROTECTED, &PsValue::Boolean(true))?;
    }
    creation.finish(session, bound, Noun::OrganizationalUnit)
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let noun = Noun::OrganizationalUnit;
    let target = identity::find(session, bound, noun, bound.required("Identity"))?;
    let mut changes = Vec::new();
    for name in ATTRIBUTES.iter().chain(&[view::PROTECTED]) {
        if let Some(value) = bound.get(name) {
            changes.push(edit::replace(session, bound, name, value)?);
        }
    }
    changes.extend(edit::from_tables(session, bound)?);
    edit::apply(session, bound, &target, changes)?;
    ad_user::pass_through(session, bound, noun, &target)
}
