//! Directory roles of tenant users (ET-047).

use dirsim_tenant::{TenantEdit, TenantType};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, role};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};
use dirsim_model::nearest;

use super::mg_group;

/// `New-MgRoleManagementDirectoryRoleAssignment`.
pub(super) static NEW_ASSIGNMENT: CommandSpec = CommandSpec {
    name: "New-MgRoleManagementDirectoryRoleAssignment",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Assigns a directory role, named by its template id or by its name",
    example: "New-MgRoleManagementDirectoryRoleAssignment -PrincipalId a98368aa-f0cb-41b5-a7c6-10f18c6c837d -RoleDefinitionId 'Global Administrator' -DirectoryScopeId '/'",
    parameters: &[
        P::text("PrincipalId"),
        P::text("RoleDefinitionId"),
        P::text("DirectoryScopeId"),
        P::table("BodyParameter"),
    ],
    sets: &[ParameterSet { names: &["PrincipalId", "BodyParameter"], required: true }],
    run: assign_by_parameters,
};

/// `Remove-MgRoleManagementDirectoryRoleAssignment`.
pub(super) static REMOVE_ASSIGNMENT: CommandSpec = CommandSpec {
    name: "Remove-MgRoleManagementDirectoryRoleAssignment",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Removes a role assignment, by the id that assigning returned or by user and role",
    example: "Remove-MgRoleManagementDirectoryRoleAssignment -PrincipalId a98368aa-f0cb-41b5-a7c6-10f18c6c837d -RoleDefinitionId 'Global Administrator'",
    parameters: &[
        P::text("UnifiedRoleAssignmentId").at(0),
        P::text("PrincipalId"),
        P::text("RoleDefinitionId"),
        P::switch("PassThru"),
    ],
    sets: &[ParameterSet { names: &["UnifiedRoleAssignmentId", "PrincipalId"], required: true }],
    run: unassign_by_parameters,
};

/// `New-MgDirectoryRoleMemberByRef`.
pub(super) static ADD_MEMBER: CommandSpec = CommandSpec {
    name: "New-MgDirectoryRoleMemberByRef",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Adds a user to a directory role",
    example: "New-MgDirectoryRoleMemberByRef -DirectoryRoleId 'User Administrator' -OdataId 'https://graph.microsoft.com/v1.0/directoryObjects/a98368aa-f0cb-41b5-a7c6-10f18c6c837d'",
    parameters: &[
        P::text("DirectoryRoleId").at(0).required(),
        P::text("OdataId"),
        P::table("BodyParameter"),
        P::switch("PassThru"),
    ],
    sets: &[ParameterSet { names: &["OdataId", "BodyParameter"], required: true }],
    run: |session, bound| {
        let member = mg_group::reference(bound);
        set(session, bound, &member, bound.required("DirectoryRoleId"), true).map(|_| Vec::new())
    },
};

/// `Remove-MgDirectoryRoleMemberByRef`.
pub(super) static REMOVE_MEMBER: CommandSpec = CommandSpec {
    name: "Remove-MgDirectoryRoleMemberByRef",
    aliases: &["Remove-MgDirectoryRoleMemberDirectoryObjectByRef"],
    module: "Microsoft.Graph",
    summary: "Removes a user from a directory role",
    example: "Remove-MgDirectoryRoleMemberByRef -DirectoryRoleId 'User Administrator' -DirectoryObjectId a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[
        P::text("DirectoryRoleId").at(0).required(),
        P::new("DirectoryObjectId", K::Text).at(1).required(),
        P::switch("PassThru"),
    ],
    sets: &[],
    run: |session, bound| {
        let member = bound.required("DirectoryObjectId").to_owned();
        set(session, bound, &member, bound.required("DirectoryRoleId"), false).map(|_| Vec::new())
    },
};

/// What joins principal and role in the id of an assignment.
pub(super) const SEPARATOR: char = '_';

/// Gives or takes a role; returns its name.
pub(super) fn set(
    session: &mut Session<'_>,
    bound: &Bound,
    principal: &str,
    written: &str,
    assigned: bool,
) -> Result<String, CommandError> {
    let found = graph::find(session, bound, Some(TenantType::User), principal)?;
    let held = found.object.roles.iter().find(|held| held.eq_ignore_ascii_case(written));
    let known = held.map(ToString::to_string);
    let role = known.or_else(|| role::name_of(written).map(str::to_owned)).ok_or_else(|| {
        let near = nearest(written, role::all().keys().map(String::as_str));
        let hint = near.map_or_else(String::new, |near| format!(" Did you mean '{near}'?"));
        let message = format!(
            "Resource '{written}' does not exist or one of its queried reference-property objects are not present.{hint}"
        );
        tenant_refused(bound, written, (404, "Request_ResourceNotFound"), "ET-047", message)
    })?;
    let has = found.object.roles.iter().any(|held| held.eq_ignore_ascii_case(&role));
    let code = (400, "Request_BadRequest");
    if assigned && has {
        let message = "A conflicting object with one or more of the specified property values is present in the directory.".to_owned();
        return Err(tenant_refused(bound, &graph::target(&found), code, "ET-047", message));
    }
    if !assigned && !has {
        return Err(graph::not_found(bound, &format!("{principal}{SEPARATOR}{role}")));
    }
    let edit = TenantEdit::SetRole {
        target: found.object.id,
        role: role.clone(),
        assigned,
        eligible: false,
    };
    session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
    Ok(role)
}

fn assign_by_parameters(
    session: &mut Session<'_>,
    bound: &Bound,
) -> Result<Vec<Object>, CommandError> {
    let value = |name: &str| {
        let in_body = || {
            let pairs = bound.table("BodyParameter").iter();
            pairs.clone().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, v)| v.to_text())
        };
        bound.text(name).map(str::to_owned).or_else(in_body)
    };
    assign(session, bound, &value)
}

/// Assigns a role; `value` returns `PrincipalId`, `RoleDefinitionId` and `DirectoryScopeId`.
pub(super) fn assign(
    session: &mut Session<'_>,
    bound: &Bound,
    value: &dyn Fn(&str) -> Option<String>,
) -> Result<Vec<Object>, CommandError> {
    let missing = |name: &str| {
        let message = format!("A value is required for property '{name}' of resource.");
        tenant_refused(bound, name, (400, "Request_BadRequest"), "interfaces 6.1", message)
    };
    let principal = value("PrincipalId").ok_or_else(|| missing("principalId"))?;
    let written = value("RoleDefinitionId").ok_or_else(|| missing("roleDefinitionId"))?;
    let scope = value("DirectoryScopeId").unwrap_or_else(|| "/".to_owned());
    let role = set(session, bound, &principal, &written, true)?;
    if session.what_if {
        return Ok(Vec::new());
    }
    let found = graph::find(session, bound, Some(TenantType::User), &principal)?;
    let id = format!("{}{SEPARATOR}{role}", found.object.id);
    Ok(vec![
        Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphUnifiedRoleAssignment")
            .with("Id", id)
            .with("PrincipalId", found.object.id)
            .with("RoleDefinitionId", PsValue::from(role::id_of(&role)))
            .with("DirectoryScopeId", scope),
    ])
}

fn unassign_by_parameters(
    session: &mut Session<'_>,
    bound: &Bound,
) -> Result<Vec<Object>, CommandError> {
    if let Some(id) = bound.text("UnifiedRoleAssignmentId") {
        return unassign(session, bound, id);
    }
    let role = bound.text("RoleDefinitionId").ok_or_else(|| {
        let message = "A value is required for property 'roleDefinitionId' of resource.";
        let code = (400, "Request_BadRequest");
        tenant_refused(bound, "body", code, "interfaces 6.1", message.to_owned())
    })?;
    set(session, bound, bound.required("PrincipalId"), role, false)?;
    Ok(Vec::new())
}

/// Removes an assignment by its id.
pub(super) fn unassign(
    session: &mut Session<'_>,
    bound: &Bound,
    id: &str,
) -> Result<Vec<Object>, CommandError> {
    let (principal, role) = id.split_once(SEPARATOR).ok_or_else(|| graph::not_found(bound, id))?;
    set(session, bound, principal, role, false)?;
    Ok(Vec::new())
}
