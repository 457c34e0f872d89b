//! The `AzureAD` cmdlets of older guides, as far as anchors, users and deleted users go
//! (`interfaces.md` 5.4).

use dirsim_tenant::object::State;
use dirsim_tenant::settings::SyncState;
use dirsim_tenant::{TenantEdit, TenantType, lookup};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::object::{self, Names};
use crate::graph::{self, Found, body};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

use super::{mg_deleted, mg_organization, mg_user};

const ID: P = P::text("ObjectId").at(0).required().by_name();

const LIST: &[P] = &[
    P::text("ObjectId").at(0).by_name(),
    P::new("Filter", K::GraphFilter),
    P::text("SearchString"),
    P::boolean("All"),
    P::integer("Top"),
];

/// `Get-AzureADUser`.
pub(super) static USERS: CommandSpec = CommandSpec {
    name: "Get-AzureADUser",
    aliases: &[],
    module: "AzureAD",
    summary: "Shows users of the tenant; now Get-MgUser",
    example: "Get-AzureADUser -ObjectId ann@contoso.com",
    parameters: LIST,
    sets: &[],
    run: |session, bound| list(session, bound, TenantType::User, "Get-MgUser"),
};

/// `Get-AzureADGroup`.
pub(super) static GROUPS: CommandSpec = CommandSpec {
    name: "Get-AzureADGroup",
    aliases: &["Get-AzureADMSGroup"],
    module: "AzureAD",
    summary: "Shows groups of the tenant; now Get-MgGroup",
    example: "Get-AzureADGroup -SearchString Sales",
    parameters: LIST,
    sets: &[],
    run: |session, bound| list(session, bound, TenantType::Group, "Get-MgGroup"),
};

/// `Get-AzureADContact`.
pub(super) static CONTACTS: CommandSpec = CommandSpec {
    name: "Get-AzureADContact",
    aliases: &[],
    module: "AzureAD",
    summary: "Shows contacts of the tenant; now Get-MgContact",
    example: "Get-AzureADContact -All $true",
    parameters: LIST,
    sets: &[],
    run: |session, bound| list(session, bound, TenantType::Contact, "Get-MgContact"),
};

/// `Get-AzureADGroupMember`.
pub(super) static MEMBERS: CommandSpec = CommandSpec {
    name: "Get-AzureADGroupMember",
    aliases: &[],
    module: "AzureAD",
    summary: "Shows the members of a group; now Get-MgGroupMember",
    example: "Get-AzureADGroupMember -ObjectId 00112233-4455-6677-8899-aabbccddeeff -All $true",
    parameters: &[ID, P::boolean("All").ignored(), P::integer("Top")],
    sets: &[],
    run: members,
};

/// Properties of `Set-` and `New-AzureADUser` with their Graph names.
const PROPERTIES: &[(&str, &str)] = &[
    ("ImmutableId", "onPremisesImmutableId"),
    ("UserPrincipalName", "userPrincipalName"),
    ("DisplayName", "displayName"),
    ("GivenName", "givenName"),
    ("Surname", "surname"),
    ("MailNickName", "mailNickname"),
    ("City", "city"),
    ("Country", "country"),
    ("Department", "department"),
    ("JobTitle", "jobTitle"),
    ("Mobile", "mobilePhone"),
    ("OtherMails", "otherMails"),
    ("UsageLocation", "usageLocation"),
    ("AccountEnabled", "accountEnabled"),
];

/// `Set-AzureADUser`.
pub(super) static SET_USER: CommandSpec = CommandSpec {
    name: "Set-AzureADUser",
    aliases: &[],
    module: "AzureAD",
    summary: "Changes a user, the immutable id above all; now Update-MgUser",
    example: "Set-AzureADUser -ObjectId ann@contoso.com -ImmutableId 'MyIRAFVEd2aImaq7zN3u/w=='",
    parameters: &[
        ID,
        P::text("ImmutableId"),
        P::text("UserPrincipalName"),
        P::text("DisplayName"),
        P::text("GivenName"),
        P::text("Surname"),
        P::text("MailNickName"),
        P::text("City"),
        P::text("Country"),
        P::text("Department"),
        P::text("JobTitle"),
        P::text("Mobile"),
        P::texts("OtherMails"),
        P::text("UsageLocation"),
        P::boolean("AccountEnabled"),
        P::new("PasswordProfile", K::Any).ignored(),
    ],
    sets: &[],
    run: set_user,
};

/// `New-AzureADUser`.
pub(super) static NEW_USER: CommandSpec = CommandSpec {
    name: "New-AzureADUser",
    aliases: &[],
    module: "AzureAD",
    summary: "Creates a cloud user; now New-MgUser",
    example: "New-AzureADUser -DisplayName Ann -MailNickName ann -UserPrincipalName ann@contoso.com -AccountEnabled $true",
    parameters: &[
        P::text("DisplayName").required(),
        P::text("UserPrincipalName"),
        P::text("MailNickName"),
        P::boolean("AccountEnabled").required(),
        P::text("ImmutableId"),
        P::text("GivenName"),
        P::text("Surname"),
        P::text("Department"),
        P::text("JobTitle"),
        P::text("UsageLocation"),
        P::new("PasswordProfile", K::Any).ignored(),
    ],
    sets: &[],
    run: new_user,
};

/// `Remove-AzureADUser`.
pub(super) static REMOVE_USER: CommandSpec = CommandSpec {
    name: "Remove-AzureADUser",
    aliases: &[],
    module: "AzureAD",
    summary: "Moves a user to the recycle bin; now Remove-MgUser",
    example: "Remove-AzureADUser -ObjectId ann@contoso.com",
    parameters: &[ID],
    sets: &[],
    run: |session, bound| {
        retired(session, bound, "Remove-MgUser");
        mg_user::remove(session, bound, TenantType::User, "ObjectId")
    },
};

const DELETED: P = P::text("Id").at(0).required().or(&["ObjectId"]);

/// `Get-AzureADMSDeletedDirectoryObject`.
pub(super) static DELETED_OBJECT: CommandSpec = CommandSpec {
    name: "Get-AzureADMSDeletedDirectoryObject",
    aliases: &[],
    module: "AzureAD",
    summary: "Shows an object of the recycle bin; now Get-MgDirectoryDeletedItem",
    example: "Get-AzureADMSDeletedDirectoryObject -Id a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[DELETED],
    sets: &[],
    run: |session, bound| {
        retired(session, bound, "Get-MgDirectoryDeletedItem");
        let found = graph::find_deleted(session, bound, bound.required("Id"))?;
        Ok(vec![
            Object::new("Microsoft.Open.MSGraph.Model.DirectoryObject")
                .with("Id", found.object.id)
                .with("OdataType", object::odata_type(found.object.kind)),
        ])
    },
};

/// `Restore-AzureADMSDeletedDirectoryObject`.
pub(super) static RESTORE: CommandSpec = CommandSpec {
    name: "Restore-AzureADMSDeletedDirectoryObject",
    aliases: &[],
    module: "AzureAD",
    summary: "Restores an object from the recycle bin; now Restore-MgDirectoryDeletedItem",
    example: "Restore-AzureADMSDeletedDirectoryObject -Id a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[DELETED],
    sets: &[],
    run: |session, bound| {
        retired(session, bound, "Restore-MgDirectoryDeletedItem");
        let found = graph::find_deleted(session, bound, bound.required("Id"))?;
        mg_deleted::bring_back(session, bound, &found, None, false)?;
        Ok(Vec::new())
    },
};

/// `Remove-AzureADMSDeletedDirectoryObject`.
pub(super) static PURGE: CommandSpec = CommandSpec {
    name: "Remove-AzureADMSDeletedDirectoryObject",
    aliases: &[],
    module: "AzureAD",
    summary: "Removes an object from the recycle bin for good; now Remove-MgDirectoryDeletedItem",
    example: "Remove-AzureADMSDeletedDirectoryObject -Id a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[DELETED],
    sets: &[],
    run: |session, bound| {
        retired(session, bound, "Remove-MgDirectoryDeletedItem");
        let found = graph::find_deleted(session, bound, bound.required("Id"))?;
        let edit = TenantEdit::Purge { target: found.object.id };
        session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
        Ok(Vec::new())
    },
};

/// `Get-AzureADTenantDetail`.
pub(super) static TENANT: CommandSpec = CommandSpec {
    name: "Get-AzureADTenantDetail",
    aliases: &[],
    module: "AzureAD",
    summary: "Shows whether synchronization is on and when it ran last; now Get-MgOrganization",
    example: "Get-AzureADTenantDetail",
    parameters: &[P::boolean("All").ignored()],
    sets: &[],
    run: |session, bound| {
        retired(session, bound, "Get-MgOrganization");
        let settings = lookup::settings(session.tables())?;
        let name = settings.initial_domain.split('.').next().unwrap_or_default();
        Ok(vec![
            Object::new("Microsoft.Open.AzureAD.Model.TenantDetail")
                .with("ObjectId", graph::tenant_id(session)?)
                .with("DisplayName", name)
                .with("CompanyLastDirSyncTime", mg_organization::last_sync(session)?)
                .with("DirSyncEnabled", matches!(settings.sync_state, SyncState::Enabled)),
        ])
    },
};

/// Names what replaces a retired cmdlet.
fn retired(session: &mut Session<'_>, bound: &Bound, replacement: &str) {
    session.warn(format!(
        "{} belongs to the AzureAD module, which the service retired in 2025; use {replacement}",
        bound.command.name
    ));
}

/// The old module's names of properties, as filters write them.
fn graph_name(name: &str) -> &str {
    const OLD: &[(&str, &str)] = &[
        ("immutableId", "onPremisesImmutableId"),
        ("dirSyncEnabled", "onPremisesSyncEnabled"),
        ("lastDirSyncTime", "onPremisesLastSyncDateTime"),
        ("objectId", "id"),
        ("onPremisesSecurityIdentifier", "onPremisesSecurityIdentifier"),
        ("telephoneNumber", "businessPhones"),
        ("mobile", "mobilePhone"),
        ("physicalDeliveryOfficeName", "officeLocation"),
        ("provisioningErrors", "onPremisesProvisioningErrors"),
    ];
    OLD.iter().find(|(old, _)| old.eq_ignore_ascii_case(name)).map_or(name, |(_, new)| new)
}

fn list(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: TenantType,
    replacement: &str,
) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, replacement);
    let mut found = match bound.text("ObjectId") {
        Some(id) => vec![graph::find(session, bound, Some(kind), id)?],
        None => graph::everyone(session, kind)?,
    };
    if let Some(text) = bound.text("Filter") {
        let filter = crate::graph_filter::parse(text).map_err(|problem| {
            let message = format!("Invalid filter clause: {problem}");
            let code = (400, "Request_UnsupportedQuery");
            tenant_refused(bound, "Filter", code, "interfaces 5.4", message)
        })?;
        found.retain(|found| {
            filter.matches(&|name| object::values(session, &found.object, graph_name(name)))
        });
    }
    if let Some(start) = bound.text("SearchString") {
        let start = start.to_lowercase();
        found.retain(|found| {
            ["displayName", "userPrincipalName", "mail"].iter().any(|name| {
                let values = object::values(session, &found.object, name);
                values.iter().any(|value| value.to_text().to_lowercase().starts_with(&start))
            })
        });
    }
    let limit = match bound.integer("Top") {
        Some(top) => usize::try_from(top).unwrap_or(0),
        None if bound.switch("All") => usize::MAX,
        None => 100,
    };
    found.truncate(limit);
    Ok(found.iter().map(|found| show(session, found)).collect())
}

fn show(session: &Session<'_>, found: &Found) -> Object {
    let value = |name: &str| object::value(session, &found.object, name, Names::Module);
    let kind = match found.object.kind {
        TenantType::User => "Microsoft.Open.AzureAD.Model.User",
        TenantType::Group => "Microsoft.Open.AzureAD.Model.Group",
        _ => "Microsoft.Open.AzureAD.Model.Contact",
    };
    let mut shown = Object::new(kind)
        .with("ObjectId", found.object.id)
        .with("DisplayName", value("displayName"));
    if found.object.kind == TenantType::User {
        shown = shown
            .with("UserPrincipalName", value("userPrincipalName"))
            .with("UserType", value("userType"))
            .with("AccountEnabled", value("accountEnabled"))
            .with("AssignedLicenses", value("assignedLicenses"))
            .with("City", value("city"))
            .with("Department", value("department"))
            .with("GivenName", value("givenName"))
            .with("ImmutableId", value("onPremisesImmutableId"))
            .with("JobTitle", value("jobTitle"))
            .with("OtherMails", value("otherMails"))
            .with("Surname", value("surname"))
            .with("UsageLocation", value("usageLocation"));
    }
    let deleted = match found.object.state {
        State::Deleted(at) => PsValue::from(at),
        _ => PsValue::Null,
    };
    shown
        .with("DeletionTimestamp", deleted)
        .with("DirSyncEnabled", value("onPremisesSyncEnabled"))
        .with("LastDirSyncTime", value("onPremisesLastSyncDateTime"))
        .with("Mail", value("mail"))
        .with("MailNickName", value("mailNickname"))
        .with("OnPremisesSecurityIdentifier", value("onPremisesSecurityIdentifier"))
        .with("ProvisioningErrors", value("onPremisesProvisioningErrors"))
        .with("ProxyAddresses", value("proxyAddresses"))
}

fn members(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Get-MgGroupMember");
    let kind = Some(TenantType::Group);
    let group = graph::find(session, bound, kind, bound.required("ObjectId"))?;
    let numbers = crate::graph::query::related(session, &group, "members")?.unwrap_or_default();
    let mut shown = Vec::new();
    for number in numbers {
        shown.extend(graph::read(session, number)?.map(|found| show(session, &found)));
    }
    Ok(shown)
}

/// Returns what the parameters write; nulls are not sent.
fn written(session: &Session<'_>, bound: &Bound) -> Result<body::Body, CommandError> {
    let mut changes = body::Body::new();
    for (parameter, property) in PROPERTIES {
        if let Some(value) = bound.get(parameter).filter(|value| **value != PsValue::Null) {
            body::push(session, bound, &mut changes, property, value)?;
        }
    }
    Ok(changes)
}

fn set_user(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Update-MgUser");
    let kind = Some(TenantType::User);
    let found = graph::find(session, bound, kind, bound.required("ObjectId"))?;
    let mut changes = written(session, bound)?;
    body::settle_immutable_id(session, &mut changes);
    mg_user::apply(session, bound, &found, changes)
}

fn new_user(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "New-MgUser");
    let attributes = written(session, bound)?;
    let made = mg_user::create(session, bound, TenantType::User, attributes)?;
    let Some(id) = made.first().and_then(|made| made.get("Id")) else { return Ok(Vec::new()) };
    let found = graph::find(session, bound, Some(TenantType::User), &id.to_text())?;
    Ok(vec![show(session, &found)])
}
