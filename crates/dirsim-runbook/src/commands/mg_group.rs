//! Groups of the tenant and their members (`interfaces.md` 5.3).

use dirsim_model::attribute::well_known as a;
use dirsim_tenant::{TenantEdit, TenantType, lookup};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, body};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet, join};
use crate::value::Object;

use super::mg_read;
use super::mg_user::{self, READ};

const PROPERTIES: [P; 9] = [
    P::text("DisplayName"),
    P::text("Description"),
    P::text("MailNickname"),
    P::switch("MailEnabled"),
    P::switch("SecurityEnabled"),
    P::texts("GroupTypes"),
    P::switch("IsAssignableToRole"),
    P::text("PreferredLanguage"),
    P::new("BodyParameter", K::Table),
];

const NAMES: &[&str] = &[
    "DisplayName",
    "Description",
    "MailNickname",
    "MailEnabled",
    "SecurityEnabled",
    "GroupTypes",
    "IsAssignableToRole",
    "PreferredLanguage",
];

static GET_PARAMETERS: [P; 12] = join([P::text("GroupId").at(0)], READ);
static UPDATE_PARAMETERS: [P; 10] = join([P::text("GroupId").at(0).required()], PROPERTIES);

/// `Get-MgGroup`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-MgGroup",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows groups of the tenant",
    example: "Get-MgGroup -Filter \"displayName eq 'Sales'\"",
    parameters: &GET_PARAMETERS,
    sets: &[ParameterSet { names: &["GroupId", "Filter"], required: false }],
    run: |session, bound| mg_read::get(session, bound, TenantType::Group, "GroupId"),
};

/// `New-MgGroup`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-MgGroup",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Creates a cloud group",
    example: "New-MgGroup -DisplayName Sales -MailNickname sales -MailEnabled:$false -SecurityEnabled",
    parameters: &PROPERTIES,
    sets: &[],
    run: |session, bound| {
        let attributes = body::of_parameters(session, bound, NAMES)?;
        mg_user::create(session, bound, TenantType::Group, attributes)
    },
};

/// `Update-MgGroup`.
pub(super) static UPDATE: CommandSpec = CommandSpec {
    name: "Update-MgGroup",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Changes properties of a group",
    example: "Update-MgGroup -GroupId 00112233-4455-6677-8899-aabbccddeeff -DisplayName 'Sales EMEA'",
    parameters: &UPDATE_PARAMETERS,
    sets: &[],
    run: |session, bound| {
        let found =
            graph::find(session, bound, Some(TenantType::Group), bound.required("GroupId"))?;
        let changes = body::of_parameters(session, bound, NAMES)?;
        mg_user::apply(session, bound, &found, changes)
    },
};

/// `Remove-MgGroup`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-MgGroup",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Deletes a group: to the recycle bin or for good, depending on its kind",
    example: "Remove-MgGroup -GroupId 00112233-4455-6677-8899-aabbccddeeff",
    parameters: &[P::text("GroupId").at(0).required(), P::switch("PassThru")],
    sets: &[],
    run: |session, bound| mg_user::remove(session, bound, TenantType::Group, "GroupId"),
};

/// `New-MgGroupMember`.
pub(super) static ADD_MEMBER: CommandSpec = CommandSpec {
    name: "New-MgGroupMember",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Adds a member to a cloud group",
    example: "New-MgGroupMember -GroupId 00112233-4455-6677-8899-aabbccddeeff -DirectoryObjectId a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[
        P::text("GroupId").at(0).required(),
        P::text("DirectoryObjectId").at(1).required(),
        P::switch("PassThru"),
    ],
    sets: &[],
    run: |session, bound| {
        let member = bound.required("DirectoryObjectId");
        set_member(session, bound, bound.required("GroupId"), member, true)
    },
};

/// `New-MgGroupMemberByRef`.
pub(super) static ADD_MEMBER_BY_REF: CommandSpec = CommandSpec {
    name: "New-MgGroupMemberByRef",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Adds a member to a cloud group, named by its address in Graph",
    example: "New-MgGroupMemberByRef -GroupId 00112233-4455-6677-8899-aabbccddeeff -OdataId 'https://graph.microsoft.com/v1.0/directoryObjects/a98368aa-f0cb-41b5-a7c6-10f18c6c837d'",
    parameters: &[
        P::text("GroupId").at(0).required(),
        P::text("OdataId"),
        P::table("BodyParameter"),
        P::switch("PassThru"),
    ],
    sets: &[ParameterSet { names: &["OdataId", "BodyParameter"], required: true }],
    run: |session, bound| {
        set_member(session, bound, bound.required("GroupId"), &reference(bound), true)
    },
};

/// `Remove-MgGroupMemberByRef`.
pub(super) static REMOVE_MEMBER_BY_REF: CommandSpec = CommandSpec {
    name: "Remove-MgGroupMemberByRef",
    aliases: &["Remove-MgGroupMemberDirectoryObjectByRef"],
    module: "Microsoft.Graph",
    summary: "Removes a member from a cloud group",
    example: "Remove-MgGroupMemberByRef -GroupId 00112233-4455-6677-8899-aabbccddeeff -DirectoryObjectId a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[
        P::text("GroupId").at(0).required(),
        P::text("DirectoryObjectId").at(1).required(),
        P::switch("PassThru"),
    ],
    sets: &[],
    run: |session, bound| {
        let member = bound.required("DirectoryObjectId");
        set_member(session, bound, bound.required("GroupId"), member, false)
    },
};

/// Returns the object id at the end of the address that `-OdataId` or the body holds.
pub(super) fn reference(bound: &Bound) -> String {
    let in_body = bound
        .table("BodyParameter")
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("@odata.id"))
        .map(|(_, value)| value.to_text());
    let address = bound.text("OdataId").map(str::to_owned).or(in_body).unwrap_or_default();
    let last = address.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
    last.to_owned()
}

/// Adds or removes a member of a group.
pub(super) fn set_member(
    session: &mut Session<'_>,
    bound: &Bound,
    group: &str,
    member: &str,
    present: bool,
) -> Result<Vec<Object>, CommandError> {
    let group = graph::find(session, bound, Some(TenantType::Group), group)?;
    let member = graph::find(session, bound, None, member)?;
    let links = lookup::links(session.tables(), group.number, Some(a::MEMBER))?;
    let there = links.iter().any(|(_, to)| *to == member.number);
    if present && there {
        let message = "One or more added object references already exist for the following modified properties: 'members'.".to_owned();
        let code = (400, "Request_BadRequest");
        return Err(tenant_refused(bound, &graph::target(&group), code, "interfaces 6.3", message));
    }
    if !present && !there {
        return Err(graph::not_found(bound, &member.object.id.to_string()));
    }
    let (group_id, member) = (group.object.id, member.object.id);
    let edit = TenantEdit::SetMember { group: group_id, member, present };
    session.act(bound, &graph::target(&group), Input::Tenant(edit))?;
    Ok(Vec::new())
}
