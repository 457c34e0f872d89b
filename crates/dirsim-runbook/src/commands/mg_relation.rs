//! Members, owners, managers and memberships of the tenant (`interfaces.md` 5.3, 6.1).

use dirsim_model::AttributeId;
use dirsim_model::attribute::well_known as a;
use dirsim_tenant::{TenantEdit, TenantType};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, Found, object, query};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterSet, join};
use crate::value::Object;

use super::mg_group::reference;
use super::mg_read;
use super::mg_user::READ;

static OF_GROUP: [P; 12] = join([P::text("GroupId").at(0).required()], READ);
static OF_USER: [P; 12] = join([P::text("UserId").at(0).required()], READ);

const GROUP: (TenantType, &str) = (TenantType::Group, "GroupId");
const USER: (TenantType, &str) = (TenantType::User, "UserId");

const REFERENCE: &[ParameterSet] =
    &[ParameterSet { names: &["OdataId", "BodyParameter"], required: true }];

/// `Get-MgGroupMember`.
pub(super) static MEMBERS: CommandSpec = CommandSpec {
    name: "Get-MgGroupMember",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the members of a group; their data sits in AdditionalProperties",
    example: "Get-MgGroupMember -GroupId 00112233-4455-6677-8899-aabbccddeeff -All",
    parameters: &OF_GROUP,
    sets: &[],
    run: |session, bound| mg_read::related(session, bound, GROUP, "members"),
};

/// `Get-MgGroupTransitiveMember`.
pub(super) static TRANSITIVE_MEMBERS: CommandSpec = CommandSpec {
    name: "Get-MgGroupTransitiveMember",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the members of a group and of the groups in it",
    example: "Get-MgGroupTransitiveMember -GroupId 00112233-4455-6677-8899-aabbccddeeff -All",
    parameters: &OF_GROUP,
    sets: &[],
    run: |session, bound| mg_read::related(session, bound, GROUP, "transitiveMembers"),
};

/// `Get-MgGroupOwner`.
pub(super) static OWNERS: CommandSpec = CommandSpec {
    name: "Get-MgGroupOwner",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the owners of a group",
    example: "Get-MgGroupOwner -GroupId 00112233-4455-6677-8899-aabbccddeeff",
    parameters: &OF_GROUP,
    sets: &[],
    run: |session, bound| mg_read::related(session, bound, GROUP, "owners"),
};

/// `New-MgGroupOwnerByRef`.
pub(super) static ADD_OWNER: CommandSpec = CommandSpec {
    name: "New-MgGroupOwnerByRef",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Adds an owner to a group, named by its address in Graph",
    example: "New-MgGroupOwnerByRef -GroupId 00112233-4455-6677-8899-aabbccddeeff -OdataId 'https://graph.microsoft.com/v1.0/users/a98368aa-f0cb-41b5-a7c6-10f18c6c837d'",
    parameters: &[
        P::text("GroupId").at(0).required(),
        P::text("OdataId"),
        P::table("BodyParameter"),
        P::switch("PassThru").ignored(),
    ],
    sets: REFERENCE,
    run: |session, bound| {
        set_owner(session, bound, bound.required("GroupId"), &reference(bound), true)
    },
};

/// `Remove-MgGroupOwnerByRef`.
pub(super) static REMOVE_OWNER: CommandSpec = CommandSpec {
    name: "Remove-MgGroupOwnerByRef",
    aliases: &["Remove-MgGroupOwnerDirectoryObjectByRef"],
    module: "Microsoft.Graph",
    summary: "Removes an owner from a group",
    example: "Remove-MgGroupOwnerByRef -GroupId 00112233-4455-6677-8899-aabbccddeeff -DirectoryObjectId a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[
        P::text("GroupId").at(0).required(),
        P::text("DirectoryObjectId").at(1).required(),
        P::switch("PassThru").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let owner = bound.required("DirectoryObjectId");
        set_owner(session, bound, bound.required("GroupId"), owner, false)
    },
};

/// `Get-MgUserMemberOf`.
pub(super) static MEMBER_OF: CommandSpec = CommandSpec {
    name: "Get-MgUserMemberOf",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the groups that a user is a member of",
    example: "Get-MgUserMemberOf -UserId ann@contoso.com -All",
    parameters: &OF_USER,
    sets: &[],
    run: |session, bound| mg_read::related(session, bound, USER, "memberOf"),
};

/// `Get-MgUserTransitiveMemberOf`.
pub(super) static TRANSITIVE_MEMBER_OF: CommandSpec = CommandSpec {
    name: "Get-MgUserTransitiveMemberOf",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the groups that a user is a member of, directly or by another group",
    example: "Get-MgUserTransitiveMemberOf -UserId ann@contoso.com -All",
    parameters: &OF_USER,
    sets: &[],
    run: |session, bound| mg_read::related(session, bound, USER, "transitiveMemberOf"),
};

/// `Get-MgUserDirectReport`.
pub(super) static REPORTS: CommandSpec = CommandSpec {
    name: "Get-MgUserDirectReport",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the users whose manager a user is",
    example: "Get-MgUserDirectReport -UserId ann@contoso.com",
    parameters: &OF_USER,
    sets: &[],
    run: |session, bound| mg_read::related(session, bound, USER, "directReports"),
};

/// `Get-MgUserManager`.
pub(super) static MANAGER: CommandSpec = CommandSpec {
    name: "Get-MgUserManager",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the manager of a user; an error when there is none, as in Graph",
    example: "Get-MgUserManager -UserId ann@contoso.com",
    parameters: &[P::text("UserId").at(0).required(), P::texts("Property").or(&["Select"])],
    sets: &[],
    run: |session, bound| {
        let user = graph::find(session, bound, Some(TenantType::User), bound.required("UserId"))?;
        let manager =
            manager_of(session, &user)?.ok_or_else(|| graph::not_found(bound, "manager"))?;
        Ok(vec![object::wrapped(session, &manager.object)])
    },
};

/// `Set-MgUserManagerByRef`.
pub(super) static SET_MANAGER: CommandSpec = CommandSpec {
    name: "Set-MgUserManagerByRef",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Gives a cloud user a manager; of a synchronized user Active Directory knows it",
    example: "Set-MgUserManagerByRef -UserId ann@contoso.com -BodyParameter @{'@odata.id'='https://graph.microsoft.com/v1.0/users/a98368aa-f0cb-41b5-a7c6-10f18c6c837d'}",
    parameters: &[
        P::text("UserId").at(0).required(),
        P::text("OdataId"),
        P::table("BodyParameter"),
        P::switch("PassThru").ignored(),
    ],
    sets: REFERENCE,
    run: |session, bound| {
        set_manager(session, bound, bound.required("UserId"), Some(&reference(bound)))
    },
};

/// `Remove-MgUserManagerByRef`.
pub(super) static REMOVE_MANAGER: CommandSpec = CommandSpec {
    name: "Remove-MgUserManagerByRef",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Removes the manager of a cloud user",
    example: "Remove-MgUserManagerByRef -UserId ann@contoso.com",
    parameters: &[P::text("UserId").at(0).required(), P::switch("PassThru").ignored()],
    sets: &[],
    run: |session, bound| set_manager(session, bound, bound.required("UserId"), None),
};

/// Returns the manager of a user.
fn manager_of(session: &Session<'_>, user: &Found) -> Result<Option<Found>, CommandError> {
    let numbers = query::related(session, user, "manager")?.unwrap_or_default();
    let found = numbers.first().map(|number| graph::read(session, *number));
    Ok(found.transpose()?.flatten())
}

/// Returns the attribute that holds the owners of a group.
fn owners(session: &Session<'_>) -> AttributeId {
    session.schema().attribute("owners").unwrap_or(a::MANAGED_BY)
}

/// Adds or removes an owner of a group.
pub(super) fn set_owner(
    session: &mut Session<'_>,
    bound: &Bound,
    group: &str,
    owner: &str,
    present: bool,
) -> Result<Vec<Object>, CommandError> {
    let group = graph::find(session, bound, Some(TenantType::Group), group)?;
    let owner = graph::find(session, bound, None, owner)?;
    refer(session, bound, &group, (owners(session), &owner), present)
}

/// Gives a user another manager, or none.
pub(super) fn set_manager(
    session: &mut Session<'_>,
    bound: &Bound,
    user: &str,
    manager: Option<&str>,
) -> Result<Vec<Object>, CommandError> {
    let user = graph::find(session, bound, Some(TenantType::User), user)?;
    let to = match manager {
        Some(manager) => graph::find(session, bound, None, manager)?,
        None => manager_of(session, &user)?.ok_or_else(|| graph::not_found(bound, "manager"))?,
    };
    if to.object.id == user.object.id {
        let message = "A user cannot be the manager of itself.".to_owned();
        let code = (400, "Request_BadRequest");
        return Err(tenant_refused(bound, &graph::target(&user), code, "interfaces 6.1", message));
    }
    refer(session, bound, &user, (a::MANAGER, &to), manager.is_some())
}

fn refer(
    session: &mut Session<'_>,
    bound: &Bound,
    from: &Found,
    (attribute, to): (AttributeId, &Found),
    present: bool,
) -> Result<Vec<Object>, CommandError> {
    let (from_id, to) = (from.object.id, to.object.id);
    let edit = TenantEdit::SetReference { from: from_id, attribute, to, present };
    session.act(bound, &graph::target(from), Input::Tenant(edit))?;
    Ok(Vec::new())
}
