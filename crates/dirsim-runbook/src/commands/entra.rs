//! Microsoft Entra PowerShell: the names that replace those of `MSOnline` and `AzureAD`
//! (`interfaces.md` 5.4).

use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::features::Feature;
use dirsim_tenant::{TenantEdit, TenantType, lookup};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::object::{self, Names};
use crate::graph::query::{Query, Source};
use crate::graph::{self, body};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, join};
use crate::value::{Object, PsValue};

use super::mg_user::READ;
use super::{mg_deleted, mg_organization, mg_read, mg_sync, mg_user};

static USER_LIST: [P; 12] =
    join([P::text("UserId").or(&["ObjectId", "UPN", "Identity"]).at(0)], READ);
static GROUP_LIST: [P; 12] = join([P::text("GroupId").or(&["ObjectId"]).at(0)], READ);

/// `Get-EntraUser`.
pub(super) static USERS: CommandSpec = CommandSpec {
    name: "Get-EntraUser",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Shows users of the tenant with all their properties",
    example: "Get-EntraUser -UserId ann@contoso.com",
    parameters: &USER_LIST,
    sets: &[],
    run: |session, bound| get(session, bound, TenantType::User, "UserId"),
};

/// `Get-EntraGroup`.
pub(super) static GROUPS: CommandSpec = CommandSpec {
    name: "Get-EntraGroup",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Shows groups of the tenant with all their properties",
    example: "Get-EntraGroup -Filter \"displayName eq 'Sales'\"",
    parameters: &GROUP_LIST,
    sets: &[],
    run: |session, bound| get(session, bound, TenantType::Group, "GroupId"),
};

/// Parameters of `Set-EntraUser` with their Graph names.
const PROPERTIES: &[(&str, &str)] = &[
    ("ImmutableId", "onPremisesImmutableId"),
    ("UserPrincipalName", "userPrincipalName"),
    ("DisplayName", "displayName"),
    ("GivenName", "givenName"),
    ("Surname", "surname"),
    ("MailNickname", "mailNickname"),
    ("City", "city"),
    ("Department", "department"),
    ("JobTitle", "jobTitle"),
    ("MobilePhone", "mobilePhone"),
    ("OtherMails", "otherMails"),
    ("UsageLocation", "usageLocation"),
    ("AccountEnabled", "accountEnabled"),
];

/// `Set-EntraUser`.
pub(super) static SET_USER: CommandSpec = CommandSpec {
    name: "Set-EntraUser",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Changes properties of a user",
    example: "Set-EntraUser -UserId ann@contoso.com -ImmutableId 'MyIRAFVEd2aImaq7zN3u/w=='",
    parameters: &[
        P::text("UserId").or(&["ObjectId", "UPN", "Identity"]).at(0).required(),
        P::text("ImmutableId").or(&["OnPremisesImmutableId"]),
        P::text("UserPrincipalName"),
        P::text("DisplayName"),
        P::text("GivenName"),
        P::text("Surname"),
        P::text("MailNickname"),
        P::text("City"),
        P::text("Department"),
        P::text("JobTitle"),
        P::text("MobilePhone").or(&["Mobile"]),
        P::texts("OtherMails"),
        P::text("UsageLocation"),
        P::boolean("AccountEnabled"),
    ],
    sets: &[],
    run: set_user,
};

/// `Remove-EntraUser`.
pub(super) static REMOVE_USER: CommandSpec = CommandSpec {
    name: "Remove-EntraUser",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Moves a user to the recycle bin",
    example: "Remove-EntraUser -UserId ann@contoso.com",
    parameters: &[P::text("UserId").or(&["ObjectId", "UPN", "Identity"]).at(0).required()],
    sets: &[],
    run: |session, bound| mg_user::remove(session, bound, TenantType::User, "UserId"),
};

const DELETED: P = P::text("DirectoryObjectId").or(&["Id", "ObjectId"]).at(0).required();

/// `Get-EntraDeletedUser`.
pub(super) static DELETED_USERS: CommandSpec = CommandSpec {
    name: "Get-EntraDeletedUser",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Shows the users of the recycle bin",
    example: "Get-EntraDeletedUser -All",
    parameters: &USER_LIST,
    sets: &[],
    run: |session, bound| {
        let query = Query::of_parameters(session, bound, Some(TenantType::User))?;
        let found = match bound.text("UserId") {
            Some(id) => vec![graph::find_deleted(session, bound, id)?],
            None => mg_read::page(session, bound, &query, Source::Bin(Some(TenantType::User)))?,
        };
        Ok(found.iter().map(|found| object::show(session, &found.object, &["*"])).collect())
    },
};

/// `Restore-EntraDeletedDirectoryObject`.
pub(super) static RESTORE: CommandSpec = CommandSpec {
    name: "Restore-EntraDeletedDirectoryObject",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Restores an object from the recycle bin",
    example: "Restore-EntraDeletedDirectoryObject -Id a98368aa-f0cb-41b5-a7c6-10f18c6c837d -AutoReconcileProxyConflict",
    parameters: &[
        DELETED,
        P::switch("AutoReconcileProxyConflict"),
        P::text("NewUserPrincipalName"),
    ],
    sets: &[],
    run: |session, bound| {
        let found = graph::find_deleted(session, bound, bound.required("DirectoryObjectId"))?;
        let upn = bound.text("NewUserPrincipalName").map(str::to_owned);
        let reconcile = bound.switch("AutoReconcileProxyConflict");
        mg_deleted::bring_back(session, bound, &found, upn, reconcile)?;
        if session.what_if {
            return Ok(Vec::new());
        }
        let restored = graph::find(session, bound, None, &found.object.id.to_string())?;
        Ok(vec![object::show(session, &restored.object, &["*"])])
    },
};

/// `Remove-EntraDeletedDirectoryObject`.
pub(super) static PURGE: CommandSpec = CommandSpec {
    name: "Remove-EntraDeletedDirectoryObject",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Removes an object from the recycle bin for good",
    example: "Remove-EntraDeletedDirectoryObject -Id a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[DELETED],
    sets: &[],
    run: |session, bound| {
        let found = graph::find_deleted(session, bound, bound.required("DirectoryObjectId"))?;
        let edit = TenantEdit::Purge { target: found.object.id };
        session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
        Ok(Vec::new())
    },
};

/// `Get-EntraDirSyncFeature`.
pub(super) static FEATURES: CommandSpec = CommandSpec {
    name: "Get-EntraDirSyncFeature",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Shows the synchronization features under their older names",
    example: "Get-EntraDirSyncFeature -Feature BlockSoftMatch",
    parameters: &[P::text("Feature").or(&["Features"]).at(0), P::text("TenantId").ignored()],
    sets: &[],
    run: features,
};

/// `Set-EntraDirSyncFeature`.
pub(super) static SET_FEATURE: CommandSpec = CommandSpec {
    name: "Set-EntraDirSyncFeature",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Switches a synchronization feature; some cannot be switched off again (ET-122)",
    example: "Set-EntraDirSyncFeature -Feature BlockSoftMatch -Enabled $true -Force",
    parameters: &[
        P::text("Feature").or(&["Features"]).at(0).required(),
        P::boolean("Enabled").or(&["Enable"]).required(),
        P::switch("Force").ignored(),
        P::text("TenantId").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let enabled = PsValue::Boolean(bound.switch("Enabled"));
        let wanted = (bound.required("Feature").to_owned(), enabled);
        mg_sync::set_features(session, bound, &[wanted])?;
        Ok(Vec::new())
    },
};

/// `Set-EntraDirSyncEnabled`.
pub(super) static SET_ENABLED: CommandSpec = CommandSpec {
    name: "Set-EntraDirSyncEnabled",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Turns synchronization of the tenant on or off; off takes up to 72 hours (ET-202)",
    example: "Set-EntraDirSyncEnabled -EnableDirSync $false -Force",
    parameters: &[
        P::boolean("EnableDirSync").required(),
        P::switch("Force").ignored(),
        P::text("TenantId").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        mg_organization::switch_sync(session, bound, bound.switch("EnableDirSync"))
    },
};

/// `Get-EntraDirectoryObjectOnPremisesProvisioningError`.
pub(super) static ERRORS: CommandSpec = CommandSpec {
    name: "Get-EntraDirectoryObjectOnPremisesProvisioningError",
    aliases: &[],
    module: "Microsoft.Entra",
    summary: "Shows every value in quarantine with the object that wants it (ET-077)",
    example: "Get-EntraDirectoryObjectOnPremisesProvisioningError",
    parameters: &[P::text("TenantId").ignored()],
    sets: &[],
    run: errors,
};

fn get(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: TenantType,
    identity: &str,
) -> Result<Vec<Object>, CommandError> {
    let query = Query::of_parameters(session, bound, Some(kind))?;
    let found = match bound.text(identity) {
        Some(text) => vec![graph::find(session, bound, Some(kind), text)?],
        None => mg_read::page(session, bound, &query, Source::Active(kind))?,
    };
    let wanted = query.selected();
    let wanted: &[&str] = if wanted.is_empty() { &["*"] } else { &wanted };
    found
        .iter()
        .map(|found| {
            let shown = object::show(session, &found.object, wanted);
            let id = PsValue::from(found.object.id);
            let shown =
                if shown.get("ObjectId").is_some() { shown } else { shown.with("ObjectId", id) };
            query.expand(session, bound, found, shown, Names::Module)
        })
        .collect()
}

fn set_user(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let found = graph::find(session, bound, Some(TenantType::User), bound.required("UserId"))?;
    let mut changes = body::Body::new();
    for (parameter, property) in PROPERTIES {
        if let Some(value) = bound.get(parameter).filter(|value| **value != PsValue::Null) {
            body::push(session, bound, &mut changes, property, value)?;
        }
    }
    body::settle_immutable_id(session, &mut changes);
    mg_user::apply(session, bound, &found, changes)
}

fn features(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let settings = lookup::settings(session.tables())?;
    let wanted = bound.text("Feature").map(|name| {
        Feature::find(name).ok_or_else(|| {
            let message = format!("'{name}' is no synchronization feature.");
            tenant_refused(bound, name, (400, "Request_BadRequest"), "ET-120", message)
        })
    });
    let wanted = wanted.transpose()?;
    let mut shown: Vec<Object> = Feature::ALL
        .iter()
        .zip(&catalogue().features)
        .filter(|(feature, _)| wanted.is_none_or(|wanted| wanted == **feature))
        .filter_map(|(feature, info)| {
            let legacy = info.legacy.as_ref()?;
            Some(
                Object::new("Microsoft.Entra.DirSyncFeature")
                    .with("Enabled", settings.features.has(*feature))
                    .with("DirSyncFeature", legacy.clone()),
            )
        })
        .collect();
    shown.sort_by_key(|object| object.get("DirSyncFeature").map(PsValue::to_text));
    Ok(shown)
}

fn errors(session: &mut Session<'_>, _: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut shown = Vec::new();
    for entry in lookup::quarantine(session.tables())? {
        let Some(found) = graph::read(session, entry.number)? else { continue };
        let value = |name: &str| object::value(session, &found.object, name, Names::Module);
        shown.push(
            Object::new("Microsoft.Entra.OnPremisesProvisioningError")
                .with("Id", found.object.id)
                .with("DisplayName", value("displayName"))
                .with("UserPrincipalName", value("userPrincipalName"))
                .with("Category", "PropertyConflict")
                .with("PropertyCausingError", entry.conflict.property.name())
                .with("Value", &*entry.conflict.value)
                .with("OccurredDateTime", entry.conflict.since),
        );
    }
    Ok(shown)
}
