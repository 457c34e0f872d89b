//! `New-`, `Get-`, `Update-` and `Remove-MgUser` (`interfaces.md` 5.3, ET-020, ET-190 to ET-193).

use dirsim_tenant::{NewTenantObject, TenantEdit, TenantType};
use dirsim_world::{Event, Input};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, body, object};
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet, join};
use crate::value::Object;

use super::mg_read;

/// Properties that have a parameter.
const PROPERTIES: [P; 29] = [
    P::switch("AccountEnabled"),
    P::texts("BusinessPhones"),
    P::text("City"),
    P::text("CompanyName"),
    P::text("Country"),
    P::text("Department"),
    P::text("DisplayName"),
    P::text("EmployeeId"),
    P::text("FaxNumber"),
    P::text("GivenName"),
    P::text("JobTitle"),
    P::text("Mail"),
    P::text("MailNickname"),
    P::text("MobilePhone"),
    P::text("OfficeLocation"),
    P::table("OnPremisesExtensionAttributes"),
    P::text("OnPremisesImmutableId"),
    P::texts("OtherMails"),
    P::text("PasswordPolicies"),
    P::table("PasswordProfile"),
    P::text("PostalCode"),
    P::text("PreferredLanguage"),
    P::text("State"),
    P::text("StreetAddress"),
    P::text("Surname"),
    P::text("UsageLocation"),
    P::text("UserPrincipalName"),
    P::text("UserType"),
    P::new("BodyParameter", K::Table),
];

static UPDATE_PARAMETERS: [P; 31] =
    join([P::text("UserId").at(0).required(), P::switch("PassThru")], PROPERTIES);

/// Parameters of a read by identity or filter, besides the identity.
pub(super) const READ: [P; 11] = [
    P::new("Filter", K::GraphFilter),
    P::text("Search"),
    P::switch("All"),
    P::integer("Top").or(&["Limit"]),
    P::texts("Property").or(&["Select"]),
    P::integer("PageSize").ignored(),
    P::text("ConsistencyLevel"),
    P::text("CountVariable").or(&["CV"]),
    P::texts("ExpandProperty").or(&["Expand"]),
    P::texts("Sort").or(&["OrderBy"]),
    P::table("Headers").ignored(),
];

static GET_PARAMETERS: [P; 12] = join([P::text("UserId").at(0)], READ);

/// `New-MgUser`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-MgUser",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Creates a cloud user",
    example: "New-MgUser -DisplayName Ann -MailNickname ann -UserPrincipalName ann@contoso.com -AccountEnabled -PasswordProfile @{Password='Spring2026!'}",
    parameters: &PROPERTIES,
    sets: &[],
    run: new,
};

/// `Get-MgUser`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-MgUser",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows users of the tenant; on-premises properties only when -Property asks for them",
    example: "Get-MgUser -UserId ann@contoso.com -Property Id, OnPremisesImmutableId, OnPremisesSyncEnabled",
    parameters: &GET_PARAMETERS,
    sets: &[ParameterSet { names: &["UserId", "Filter"], required: false }],
    run: |session, bound| mg_read::get(session, bound, TenantType::User, "UserId"),
};

/// `Update-MgUser`.
pub(super) static UPDATE: CommandSpec = CommandSpec {
    name: "Update-MgUser",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Changes properties of a user",
    example: "Update-MgUser -UserId ann@contoso.com -OnPremisesImmutableId 'MyIRAFVEd2aImaq7zN3u/w=='",
    parameters: &UPDATE_PARAMETERS,
    sets: &[],
    run: update,
};

/// `Remove-MgUser`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-MgUser",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Moves a user to the recycle bin",
    example: "Remove-MgUser -UserId ann@contoso.com",
    parameters: &[P::text("UserId").at(0).required(), P::switch("PassThru")],
    sets: &[],
    run: |session, bound| remove(session, bound, TenantType::User, "UserId"),
};

/// Returns the names of the parameters that stand for properties.
fn names(parameters: &'static [P]) -> Vec<&'static str> {
    parameters
        .iter()
        .map(|parameter| parameter.name)
        .filter(|name| *name != "BodyParameter" && *name != "UserId" && *name != "PassThru")
        .collect()
}

fn new(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut attributes = body::of_parameters(session, bound, &names(&PROPERTIES))?;
    body::settle_immutable_id(session, &mut attributes);
    create(session, bound, TenantType::User, attributes)
}

/// Creates an object and returns it.
pub(super) fn create(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: TenantType,
    mut attributes: body::Body,
) -> Result<Vec<Object>, CommandError> {
    attributes.retain(|(_, values)| !values.is_empty());
    let new = NewTenantObject {
        kind,
        id: None,
        attributes,
        roles: Vec::new(),
        eligible_roles: Vec::new(),
        references: Vec::new(),
        deleted: None,
    };
    let target = bound.text("UserPrincipalName").or(bound.text("DisplayName")).unwrap_or("body");
    let edit = TenantEdit::Create(Box::new(new));
    let Some(stepped) = session.act(bound, target, Input::Tenant(edit))? else {
        return Ok(Vec::new());
    };
    let made = stepped.events.iter().find_map(|event| match event {
        Event::Touched(id) => Some(id.to_string()),
        _ => None,
    });
    let made = graph::find(session, bound, Some(kind), &made.unwrap_or_default())?;
    Ok(vec![object::show(session, &made.object, &[])])
}

fn update(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let found = graph::find(session, bound, Some(TenantType::User), bound.required("UserId"))?;
    let mut changes = body::of_parameters(session, bound, &names(&UPDATE_PARAMETERS))?;
    body::settle_immutable_id(session, &mut changes);
    apply(session, bound, &found, changes)
}

/// Changes properties of an object; nothing is sent without any.
pub(super) fn apply(
    session: &mut Session<'_>,
    bound: &Bound,
    found: &graph::Found,
    changes: body::Body,
) -> Result<Vec<Object>, CommandError> {
    if !changes.is_empty() {
        let edit = TenantEdit::Update { target: found.object.id, changes };
        session.act(bound, &graph::target(found), Input::Tenant(edit))?;
    }
    Ok(Vec::new())
}

/// Deletes the object that the parameter `identity` names.
pub(super) fn remove(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: TenantType,
    identity: &str,
) -> Result<Vec<Object>, CommandError> {
    let found = graph::find(session, bound, Some(kind), bound.required(identity))?;
    let edit = TenantEdit::Delete { target: found.object.id };
    session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
    Ok(Vec::new())
}
