//! The `MSOnline` cmdlets of older guides (`interfaces.md` 5.4), with a word on what replaces them.

use dirsim_model::Value;
use dirsim_tenant::{TenantEdit, TenantType, lookup};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::object::{self, Names};
use crate::graph::{self, Found, body};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterSet};
use crate::value::{Object, PsValue};

use super::{mg_deleted, mg_user};

const IDENTITY: ParameterSet =
    ParameterSet { names: &["UserPrincipalName", "ObjectId"], required: true };

/// `Get-MsolUser`.
pub(super) static GET_USER: CommandSpec = CommandSpec {
    name: "Get-MsolUser",
    aliases: &[],
    module: "MSOnline",
    summary: "Shows users of the tenant; now Get-MgUser",
    example: "Get-MsolUser -UserPrincipalName ann@contoso.com",
    parameters: &[
        P::text("UserPrincipalName").by_name(),
        P::text("ObjectId").by_name(),
        P::switch("All"),
        P::switch("ReturnDeletedUsers"),
        P::text("SearchString"),
        P::switch("HasErrorsOnly"),
        P::switch("UnlicensedUsersOnly"),
        P::switch("Synchronized"),
        P::text("DomainName"),
        P::integer("MaxResults"),
    ],
    sets: &[ParameterSet { names: &["UserPrincipalName", "ObjectId"], required: false }],
    run: get_user,
};

/// `Set-MsolUser`.
pub(super) static SET_USER: CommandSpec = CommandSpec {
    name: "Set-MsolUser",
    aliases: &[],
    module: "MSOnline",
    summary: "Changes a user, the immutable id above all; now Update-MgUser",
    example: "Set-MsolUser -UserPrincipalName ann@contoso.com -ImmutableId 'MyIRAFVEd2aImaq7zN3u/w=='",
    parameters: &[
        P::text("UserPrincipalName").by_name(),
        P::text("ObjectId").by_name(),
        P::text("ImmutableId"),
        P::text("DisplayName"),
        P::text("FirstName"),
        P::text("LastName"),
        P::text("City"),
        P::text("State"),
        P::text("Country"),
        P::text("Department"),
        P::text("Office"),
        P::text("Title"),
        P::text("MobilePhone"),
        P::text("UsageLocation"),
        P::boolean("BlockCredential"),
    ],
    sets: &[IDENTITY],
    run: set_user,
};

/// `Set-MsolUserPrincipalName`.
pub(super) static SET_NAME: CommandSpec = CommandSpec {
    name: "Set-MsolUserPrincipalName",
    aliases: &[],
    module: "MSOnline",
    summary: "Gives a user another user principal name; now Update-MgUser",
    example: "Set-MsolUserPrincipalName -UserPrincipalName ann@contoso.com -NewUserPrincipalName ann.lee@contoso.com",
    parameters: &[
        P::text("UserPrincipalName").by_name(),
        P::text("ObjectId").by_name(),
        P::text("NewUserPrincipalName").required(),
    ],
    sets: &[IDENTITY],
    run: set_name,
};

/// `Remove-MsolUser`.
pub(super) static REMOVE_USER: CommandSpec = CommandSpec {
    name: "Remove-MsolUser",
    aliases: &[],
    module: "MSOnline",
    summary: "Moves a user to the recycle bin, or removes one from it for good; now Remove-MgUser",
    example: "Remove-MsolUser -UserPrincipalName ann@contoso.com -RemoveFromRecycleBin -Force",
    parameters: &[
        P::text("UserPrincipalName").by_name(),
        P::text("ObjectId").by_name(),
        P::switch("RemoveFromRecycleBin"),
        P::switch("Force").ignored(),
    ],
    sets: &[IDENTITY],
    run: remove_user,
};

/// `Restore-MsolUser`.
pub(super) static RESTORE_USER: CommandSpec = CommandSpec {
    name: "Restore-MsolUser",
    aliases: &[],
    module: "MSOnline",
    summary: "Restores a user from the recycle bin; now Restore-MgDirectoryDeletedItem",
    example: "Restore-MsolUser -UserPrincipalName ann@contoso.com -AutoReconcileProxyConflicts",
    parameters: &[
        P::text("UserPrincipalName").by_name(),
        P::text("ObjectId").by_name(),
        P::switch("AutoReconcileProxyConflicts"),
        P::text("NewUserPrincipalName"),
    ],
    sets: &[IDENTITY],
    run: restore_user,
};

/// Names what replaces a retired cmdlet.
pub(super) fn retired(session: &mut Session<'_>, bound: &Bound, replacement: &str) {
    session.warn(format!(
        "{} belongs to the MSOnline module, which the service retired in 2025; use {replacement}",
        bound.command.name
    ));
}

fn not_found(bound: &Bound, identity: &str) -> CommandError {
    let message = format!("User Not Found.  User: {identity}.");
    tenant_refused(bound, identity, (404, "UserNotFound"), "interfaces 5.4", message)
}

fn identity(bound: &Bound) -> &str {
    bound.text("UserPrincipalName").or(bound.text("ObjectId")).unwrap_or_default()
}

fn find(session: &Session<'_>, bound: &Bound) -> Result<Found, CommandError> {
    let identity = identity(bound);
    graph::find(session, bound, Some(TenantType::User), identity).map_err(|error| match error {
        CommandError::Refused(_) => not_found(bound, identity),
        other => other,
    })
}

/// Finds a user of the recycle bin by object id, by the name it had, or by the name it has there.
fn find_deleted(session: &Session<'_>, bound: &Bound) -> Result<Found, CommandError> {
    let identity = identity(bound);
    let mut found = lookup::recycle_bin(session.tables())?;
    found.retain(|(_, object)| {
        object.id.to_string().eq_ignore_ascii_case(identity)
            || object.upn.as_deref().is_some_and(|upn| upn.eq_ignore_ascii_case(identity))
            || object.shown_upn().is_some_and(|upn| upn.eq_ignore_ascii_case(identity))
    });
    // The newest one when several users with the name were deleted.
    let newest = found.into_iter().max_by_key(|(number, object)| (object.purge_due(), *number));
    newest
        .map(|(number, object)| Found { number, object })
        .ok_or_else(|| not_found(bound, identity))
}

fn get_user(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Get-MgUser");
    let deleted = bound.switch("ReturnDeletedUsers");
    let named = bound.has("UserPrincipalName") || bound.has("ObjectId");
    let mut found = match (deleted, named) {
        (true, true) => vec![find_deleted(session, bound)?],
        (false, true) => vec![find(session, bound)?],
        (true, false) => lookup::recycle_bin(session.tables())?
            .into_iter()
            .map(|(number, object)| Found { number, object })
            .filter(|found| found.object.kind == TenantType::User)
            .collect(),
        (false, false) => graph::everyone(session, TenantType::User)?,
    };
    if let Some(start) = bound.text("SearchString") {
        let start = start.to_lowercase();
        found.retain(|found| {
            ["displayName", "userPrincipalName", "mail"].iter().any(|name| {
                let values = object::values(session, &found.object, name);
                values.iter().any(|value| value.to_text().to_lowercase().starts_with(&start))
            })
        });
    }
    if bound.switch("HasErrorsOnly") {
        found.retain(|found| !found.object.conflicts.is_empty());
    }
    found.retain(|found| {
        let upn = found.object.upn.as_deref().unwrap_or_default();
        let domain = upn.rsplit_once('@').map_or("", |(_, domain)| domain);
        (!bound.switch("UnlicensedUsersOnly") || found.object.licenses.is_empty())
            && (!bound.switch("Synchronized") || found.object.is_synced())
            && bound.text("DomainName").is_none_or(|name| name.eq_ignore_ascii_case(domain))
    });
    if let Some(limit) = bound.integer("MaxResults") {
        found.truncate(usize::try_from(limit).unwrap_or(0));
    }
    Ok(found.iter().map(|found| show(session, found)).collect())
}

fn show(session: &Session<'_>, found: &Found) -> Object {
    let value = |name: &str| object::value(session, &found.object, name, Names::Module);
    let errors = value("onPremisesProvisioningErrors");
    Object::new("Microsoft.Online.Administration.User")
        .with("DisplayName", value("displayName"))
        .with("Errors", errors)
        .with("BlockCredential", value("accountEnabled") == PsValue::Boolean(false))
        .with("City", value("city"))
        .with("Country", value("country"))
        .with("Department", value("department"))
        .with("FirstName", value("givenName"))
        .with("ImmutableId", value("onPremisesImmutableId"))
        .with("isLicensed", !found.object.licenses.is_empty())
        .with("LastDirSyncTime", value("onPremisesLastSyncDateTime"))
        .with("LastName", value("surname"))
        .with("Licenses", value("assignedLicenses"))
        .with("ObjectId", value("id"))
        .with("Office", value("officeLocation"))
        .with("ProxyAddresses", value("proxyAddresses"))
        .with("SoftDeletionTimestamp", value("deletedDateTime"))
        .with("Title", value("jobTitle"))
        .with("UsageLocation", value("usageLocation"))
        .with("UserPrincipalName", value("userPrincipalName"))
        .with("UserType", value("userType"))
        .with(
            "ValidationStatus",
            if found.object.conflicts.is_empty() { "Healthy" } else { "Error" },
        )
}

fn set_user(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Update-MgUser");
    let found = find(session, bound)?;
    let mut changes = body::Body::new();
    for (parameter, property) in [
        ("ImmutableId", "onPremisesImmutableId"),
        ("DisplayName", "displayName"),
        ("FirstName", "givenName"),
        ("LastName", "surname"),
        ("City", "city"),
        ("State", "state"),
        ("Country", "country"),
        ("Department", "department"),
        ("Office", "officeLocation"),
        ("Title", "jobTitle"),
        ("MobilePhone", "mobilePhone"),
        ("UsageLocation", "usageLocation"),
    ] {
        // The module sends no nulls: Set-MsolUser -ImmutableId $null changes nothing, "$null" does.
        if let Some(value) = bound.get(parameter).filter(|value| **value != PsValue::Null) {
            body::push(session, bound, &mut changes, property, value)?;
        }
    }
    if let Some(blocked) = bound.boolean("BlockCredential") {
        let enabled = PsValue::Boolean(!blocked);
        body::push(session, bound, &mut changes, "accountEnabled", &enabled)?;
    }
    body::settle_immutable_id(session, &mut changes);
    mg_user::apply(session, bound, &found, changes)
}

fn set_name(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Update-MgUser");
    let found = find(session, bound)?;
    let name = Value::from(bound.required("NewUserPrincipalName"));
    let changes = vec![(dirsim_model::attribute::well_known::USER_PRINCIPAL_NAME, vec![name])];
    mg_user::apply(session, bound, &found, changes)
}

fn remove_user(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    if bound.switch("RemoveFromRecycleBin") {
        retired(session, bound, "Remove-MgDirectoryDeletedItem");
        let found = find_deleted(session, bound)?;
        let edit = TenantEdit::Purge { target: found.object.id };
        session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
        return Ok(Vec::new());
    }
    retired(session, bound, "Remove-MgUser");
    let found = find(session, bound)?;
    let edit = TenantEdit::Delete { target: found.object.id };
    session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
    Ok(Vec::new())
}

fn restore_user(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Restore-MgDirectoryDeletedItem");
    let found = find_deleted(session, bound)?;
    let upn = bound.text("NewUserPrincipalName").map(str::to_owned);
    let reconcile = bound.switch("AutoReconcileProxyConflicts");
    mg_deleted::bring_back(session, bound, &found, upn, reconcile)?;
    if session.what_if {
        return Ok(Vec::new());
    }
    let id = found.object.id.to_string();
    let restored = graph::find(session, bound, Some(TenantType::User), &id)?;
    Ok(vec![show(session, &restored)])
}
