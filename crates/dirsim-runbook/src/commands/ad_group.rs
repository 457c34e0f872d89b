//! `New-`, `Get-`, `Set-` and `Remove-ADGroup` (`interfaces.md` 5.1, SE-045).

use dirsim_model::attribute::well_known as a;
use dirsim_model::schema::class;
use dirsim_model::{Value, ValueRef};

use crate::ad::{Noun, edit, identity, property};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

use super::ad_object::{self, SEARCH_PARAMETERS, SEARCH_SETS};
use super::ad_user;

const SCOPE: K = K::Choice(&["DomainLocal", "Global", "Universal"]);
const CATEGORY: K = K::Choice(&["Security", "Distribution"]);

/// Properties of the module that stand for one attribute each.
const ATTRIBUTES: &[&str] =
    &["SamAccountName", "DisplayName", "Description", "ManagedBy", "HomePage"];

/// `New-ADGroup`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-ADGroup",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Creates a group; a security group unless -GroupCategory Distribution",
    example: "New-ADGroup -Name Sales -GroupScope Global -Path 'OU=Groups,DC=contoso,DC=com'",
    parameters: &[
        P::text("Name").at(0).required(),
        P::new("GroupScope", SCOPE).at(1).required(),
        P::new("GroupCategory", CATEGORY),
        P::text("SamAccountName"),
        P::text("DisplayName"),
        P::text("Description"),
        P::text("ManagedBy"),
        P::text("HomePage"),
        P::text("Path"),
        P::table("OtherAttributes"),
        P::switch("PassThru"),
        P::text("Server"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[],
    run: new,
};

/// `Get-ADGroup`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADGroup",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Shows groups of Active Directory, one by identity or several by filter",
    example: "Get-ADGroup Sales -Properties member, mail",
    parameters: &SEARCH_PARAMETERS,
    sets: SEARCH_SETS,
    run: |session, bound| ad_user::get_as(session, bound, Noun::Group),
};

/// `Set-ADGroup`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-ADGroup",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Changes a group; named properties first, then -Remove, -Add, -Replace, -Clear",
    example: "Set-ADGroup Sales -GroupScope Universal -Replace @{mail='sales@contoso.com'}",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::new("GroupScope", SCOPE),
        P::new("GroupCategory", CATEGORY),
        P::text("SamAccountName"),
        P::text("DisplayName"),
        P::text("Description"),
        P::text("ManagedBy"),
        P::text("HomePage"),
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

/// `Remove-ADGroup`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-ADGroup",
    aliases: &[],
    module: "ActiveDirectory",
    summary: "Deletes a group",
    example: "Remove-ADGroup Sales -Confirm:$false",
    parameters: ad_object::REMOVE_PARAMETERS,
    sets: &[],
    run: |session, bound| ad_object::remove_as(session, bound, Noun::Group),
};

fn new(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut creation = ad_object::Creation::start(session, bound, class::GROUP, "CN", "Users")?;
    for name in ATTRIBUTES {
        if let Some(value) = bound.get(name) {
            creation.set(session, bound, name, value)?;
        }
    }
    if bound.text("SamAccountName").is_none() {
        let name = PsValue::from(bound.required("Name"));
        creation.set(session, bound, "sAMAccountName", &name)?;
    }
    let category = bound.text("GroupCategory").unwrap_or("Security");
    let group_type = property::group_type(bound.required("GroupScope"), category);
    creation.put(a::GROUP_TYPE, vec![Value::Integer(group_type)]);
    creation.finish(session, bound, Noun::Group)
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = identity::find(session, bound, Noun::Group, bound.required("Identity"))?;
    let mut changes = Vec::new();
    for name in ATTRIBUTES {
        if let Some(value) = bound.get(name) {
            changes.push(edit::replace(session, bound, name, value)?);
        }
    }
    let stored = target.object.entry.get(a::GROUP_TYPE).first();
    let before = stored.and_then(ValueRef::as_integer).unwrap_or_default();
    let (scope, category) = property::group_kind(before);
    let after = property::group_type(
        bound.text("GroupScope").unwrap_or(scope),
        bound.text("GroupCategory").unwrap_or(category),
    );
    if (bound.has("GroupScope") || bound.has("GroupCategory")) && after != before {
        let value = PsValue::Integer(after);
        changes.push(edit::replace(session, bound, "groupType", &value)?);
    }
    changes.extend(edit::from_tables(session, bound)?);
    edit::apply(session, bound, &target, changes)?;
    ad_user::pass_through(session, bound, Noun::Group, &target)
}
