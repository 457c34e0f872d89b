//! Reading directory roles, and eligibility for them (ET-047, ET-050).

use dirsim_tenant::{TenantEdit, TenantType};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, Found, object, role};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

const LIST: &[P] = &[
    P::new("Filter", K::GraphFilter),
    P::switch("All").ignored(),
    P::texts("Property").or(&["Select"]).ignored(),
    P::texts("ExpandProperty").or(&["Expand"]),
];

/// `Get-MgDirectoryRole`.
pub(super) static ROLES: CommandSpec = CommandSpec {
    name: "Get-MgDirectoryRole",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the directory roles that somebody holds",
    example: "Get-MgDirectoryRole -Filter \"displayName eq 'Global Administrator'\"",
    parameters: &[
        P::text("DirectoryRoleId").at(0),
        P::new("Filter", K::GraphFilter),
        P::switch("All").ignored(),
        P::texts("Property").or(&["Select"]).ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        roles(session, bound, bound.text("Filter"), bound.text("DirectoryRoleId"))
    },
};

/// `Get-MgDirectoryRoleMember`.
pub(super) static MEMBERS: CommandSpec = CommandSpec {
    name: "Get-MgDirectoryRoleMember",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows who holds a directory role",
    example: "Get-MgDirectoryRoleMember -DirectoryRoleId 62e90394-69f5-4237-9190-012177145e10",
    parameters: &[
        P::text("DirectoryRoleId").at(0).required(),
        P::switch("All").ignored(),
        P::texts("Property").or(&["Select"]).ignored(),
    ],
    sets: &[],
    run: |session, bound| members(session, bound, bound.required("DirectoryRoleId")),
};

/// `Get-MgRoleManagementDirectoryRoleDefinition`.
pub(super) static DEFINITIONS: CommandSpec = CommandSpec {
    name: "Get-MgRoleManagementDirectoryRoleDefinition",
    aliases: &["Get-MgDirectoryRoleTemplate"],
    module: "Microsoft.Graph",
    summary: "Shows the roles that exist",
    example: "Get-MgRoleManagementDirectoryRoleDefinition -Filter \"displayName eq 'User Administrator'\"",
    parameters: &[
        P::text("UnifiedRoleDefinitionId").at(0),
        P::new("Filter", K::GraphFilter),
        P::switch("All").ignored(),
        P::texts("Property").or(&["Select"]).ignored(),
    ],
    sets: &[],
    run: |_, bound| definitions(bound, bound.text("Filter"), bound.text("UnifiedRoleDefinitionId")),
};

/// `Get-MgRoleManagementDirectoryRoleAssignment`.
pub(super) static ASSIGNMENTS: CommandSpec = CommandSpec {
    name: "Get-MgRoleManagementDirectoryRoleAssignment",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows who is assigned which role",
    example: "Get-MgRoleManagementDirectoryRoleAssignment -Filter \"principalId eq 'a98368aa-f0cb-41b5-a7c6-10f18c6c837d'\"",
    parameters: LIST,
    sets: &[],
    run: |session, bound| assigned(session, bound, bound.text("Filter")),
};

/// `Get-MgRoleManagementDirectoryRoleEligibilitySchedule`.
pub(super) static ELIGIBLE: CommandSpec = CommandSpec {
    name: "Get-MgRoleManagementDirectoryRoleEligibilitySchedule",
    aliases: &["Get-MgRoleManagementDirectoryRoleEligibilityScheduleInstance"],
    module: "Microsoft.Graph",
    summary: "Shows who is eligible for which role; eligibility blocks hard matches too (ET-050)",
    example: "Get-MgRoleManagementDirectoryRoleEligibilitySchedule -All",
    parameters: LIST,
    sets: &[],
    run: |session, bound| {
        assignments(
            session,
            bound,
            bound.text("Filter"),
            "Microsoft.Graph.PowerShell.Models.MicrosoftGraphUnifiedRoleEligibilitySchedule",
            |user| &user.object.eligible_roles,
        )
    },
};

/// `New-MgRoleManagementDirectoryRoleEligibilityScheduleRequest`.
pub(super) static REQUEST: CommandSpec = CommandSpec {
    name: "New-MgRoleManagementDirectoryRoleEligibilityScheduleRequest",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Makes a user eligible for a role, or takes that away; the change holds at once",
    example: "New-MgRoleManagementDirectoryRoleEligibilityScheduleRequest -Action adminRemove -PrincipalId a98368aa-f0cb-41b5-a7c6-10f18c6c837d -RoleDefinitionId 'User Administrator' -DirectoryScopeId '/'",
    parameters: &[
        P::new("Action", K::Choice(&["adminAssign", "adminRemove"])),
        P::text("PrincipalId"),
        P::text("RoleDefinitionId"),
        P::text("DirectoryScopeId").ignored(),
        P::text("Justification").ignored(),
        P::table("ScheduleInfo").ignored(),
        P::table("BodyParameter"),
    ],
    sets: &[crate::spec::ParameterSet { names: &["PrincipalId", "BodyParameter"], required: true }],
    run: request,
};

/// Returns the users with a role or eligible for one.
fn holders(session: &Session<'_>) -> Result<Vec<Found>, CommandError> {
    let mut users = graph::everyone(session, TenantType::User)?;
    users.retain(|user| !user.object.roles.is_empty() || !user.object.eligible_roles.is_empty());
    Ok(users)
}

/// Returns whether an object of a short list meets `-Filter`.
fn fits(bound: &Bound, filter: Option<&str>, object: &Object) -> Result<bool, CommandError> {
    let Some(filter) = filter else { return Ok(true) };
    let filter = crate::graph_filter::parse(filter).map_err(|problem| {
        let message = format!("Invalid filter clause: {problem}");
        let code = (400, "Request_UnsupportedQuery");
        tenant_refused(bound, "Filter", code, "interfaces 6.2", message)
    })?;
    Ok(filter.matches(&|name| {
        object.get(name).map_or_else(Vec::new, |value| value.each().into_iter().cloned().collect())
    }))
}

/// Returns the role assignments that a filter finds.
pub(super) fn assigned(
    session: &Session<'_>,
    bound: &Bound,
    filter: Option<&str>,
) -> Result<Vec<Object>, CommandError> {
    assignments(
        session,
        bound,
        filter,
        "Microsoft.Graph.PowerShell.Models.MicrosoftGraphUnifiedRoleAssignment",
        |user| &user.object.roles,
    )
}

/// Returns who holds a role.
pub(super) fn members(
    session: &Session<'_>,
    bound: &Bound,
    written: &str,
) -> Result<Vec<Object>, CommandError> {
    let name = role::name_of(written).ok_or_else(|| graph::not_found(bound, written))?;
    let holders = holders(session)?;
    Ok(holders
        .iter()
        .filter(|user| user.object.roles.iter().any(|held| held.eq_ignore_ascii_case(name)))
        .map(|user| object::wrapped(session, &user.object))
        .collect())
}

/// Returns the roles that somebody holds, or the one that `wanted` names.
pub(super) fn roles(
    session: &Session<'_>,
    bound: &Bound,
    filter: Option<&str>,
    wanted: Option<&str>,
) -> Result<Vec<Object>, CommandError> {
    let mut names: Vec<String> = holders(session)?
        .iter()
        .flat_map(|user| user.object.roles.iter().map(ToString::to_string))
        .collect();
    names.sort();
    names.dedup();
    if let Some(written) = wanted {
        names.retain(|name| role::id_of(name).eq_ignore_ascii_case(written) || name == written);
        if names.is_empty() {
            return Err(graph::not_found(bound, written));
        }
    }
    let mut shown = Vec::new();
    for name in names {
        let object = Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphDirectoryRole")
            .with("DisplayName", name.clone())
            .with("Id", role::id_of(&name))
            .with("RoleTemplateId", role::id_of(&name));
        if fits(bound, filter, &object)? {
            shown.push(object);
        }
    }
    Ok(shown)
}

/// Returns the roles that exist, or the one with the id `wanted`.
pub(super) fn definitions(
    bound: &Bound,
    filter: Option<&str>,
    wanted: Option<&str>,
) -> Result<Vec<Object>, CommandError> {
    let mut shown = Vec::new();
    for (name, id) in role::all() {
        if wanted.is_some_and(|w| !w.eq_ignore_ascii_case(id)) {
            continue;
        }
        let object =
            Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphUnifiedRoleDefinition")
                .with("DisplayName", name.clone())
                .with("Id", id.clone())
                .with("TemplateId", id.clone())
                .with("IsBuiltIn", true)
                .with("IsEnabled", true);
        if fits(bound, filter, &object)? {
            shown.push(object);
        }
    }
    if let (true, Some(id)) = (shown.is_empty(), wanted) {
        return Err(graph::not_found(bound, id));
    }
    Ok(shown)
}

fn assignments(
    session: &Session<'_>,
    bound: &Bound,
    filter: Option<&str>,
    type_name: &'static str,
    held: fn(&Found) -> &Vec<Box<str>>,
) -> Result<Vec<Object>, CommandError> {
    let expand =
        bound.texts("ExpandProperty").iter().any(|name| name.to_lowercase().contains("principal"));
    let definition = bound
        .texts("ExpandProperty")
        .iter()
        .any(|name| name.to_lowercase().contains("roledefinition"));
    let mut shown = Vec::new();
    for user in holders(session)? {
        for name in held(&user) {
            let mut object = Object::new(type_name)
                .with("Id", format!("{}{}{name}", user.object.id, super::mg_role::SEPARATOR))
                .with("PrincipalId", user.object.id)
                .with("RoleDefinitionId", role::id_of(name))
                .with("DirectoryScopeId", "/");
            if expand {
                object = object.with("Principal", object::wrapped(session, &user.object));
            }
            if definition {
                let role = Object::new(
                    "Microsoft.Graph.PowerShell.Models.MicrosoftGraphUnifiedRoleDefinition",
                );
                let role = role.with("DisplayName", &**name).with("Id", role::id_of(name));
                object = object.with("RoleDefinition", role);
            }
            if fits(bound, filter, &object)? {
                shown.push(object);
            }
        }
    }
    Ok(shown)
}

fn request(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let value = |name: &str| {
        let in_body =
            bound.table("BodyParameter").iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        bound.text(name).map(str::to_owned).or_else(|| in_body.map(|(_, value)| value.to_text()))
    };
    let principal = value("PrincipalId").unwrap_or_default();
    let written = value("RoleDefinitionId").unwrap_or_default();
    let remove = value("Action").is_some_and(|action| action.eq_ignore_ascii_case("adminRemove"));
    let user = graph::find(session, bound, Some(TenantType::User), &principal)?;
    let name = role::name_of(&written).ok_or_else(|| graph::not_found(bound, &written))?;
    let edit = TenantEdit::SetRole {
        target: user.object.id,
        role: name.to_owned(),
        assigned: !remove,
        eligible: true,
    };
    if session.act(bound, &graph::target(&user), Input::Tenant(edit))?.is_none() {
        return Ok(Vec::new());
    }
    Ok(vec![
        Object::new(
            "Microsoft.Graph.PowerShell.Models.MicrosoftGraphUnifiedRoleEligibilityScheduleRequest",
        )
        .with("Action", if remove { "adminRemove" } else { "adminAssign" })
        .with("PrincipalId", user.object.id)
        .with("RoleDefinitionId", PsValue::from(role::id_of(name)))
        .with("Status", "Provisioned"),
    ])
}
