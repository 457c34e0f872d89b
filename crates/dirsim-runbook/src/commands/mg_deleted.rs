//! The recycle bin of the tenant (ET-173 to ET-177).

use dirsim_tenant::{TenantEdit, TenantType};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph;
use crate::graph::object::{self, Names};
use crate::graph::query::{Query, Source};
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, join};
use crate::value::{Object, PsValue};

use super::mg_read;
use super::mg_user::READ;

static LIST: [P; 12] = join([P::text("DirectoryObjectId").at(0)], READ);

/// `Get-MgDirectoryDeletedItem`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-MgDirectoryDeletedItem",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows an object of the recycle bin, or all of them",
    example: "Get-MgDirectoryDeletedItem -DirectoryObjectId a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &LIST,
    sets: &[],
    run: |session, bound| list(session, bound, None),
};

/// `Get-MgDirectoryDeletedItemAsUser`.
pub(super) static GET_USERS: CommandSpec = CommandSpec {
    name: "Get-MgDirectoryDeletedItemAsUser",
    aliases: &["Get-MgDirectoryDeletedUser"],
    module: "Microsoft.Graph",
    summary: "Shows the users of the recycle bin",
    example: "Get-MgDirectoryDeletedItemAsUser -All -Property Id, UserPrincipalName, OnPremisesImmutableId",
    parameters: &LIST,
    sets: &[],
    run: |session, bound| list(session, bound, Some(TenantType::User)),
};

/// `Get-MgDirectoryDeletedItemAsGroup`.
pub(super) static GET_GROUPS: CommandSpec = CommandSpec {
    name: "Get-MgDirectoryDeletedItemAsGroup",
    aliases: &["Get-MgDirectoryDeletedGroup"],
    module: "Microsoft.Graph",
    summary: "Shows the groups of the recycle bin",
    example: "Get-MgDirectoryDeletedItemAsGroup -All",
    parameters: &LIST,
    sets: &[],
    run: |session, bound| list(session, bound, Some(TenantType::Group)),
};

/// `Restore-MgDirectoryDeletedItem`.
pub(super) static RESTORE: CommandSpec = CommandSpec {
    name: "Restore-MgDirectoryDeletedItem",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Restores an object from the recycle bin",
    example: "Restore-MgDirectoryDeletedItem -DirectoryObjectId a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[
        P::text("DirectoryObjectId").at(0).required(),
        P::table("BodyParameter"),
        P::switch("AutoReconcileProxyConflict"),
        P::text("NewUserPrincipalName"),
    ],
    sets: &[],
    run: restore,
};

/// `Remove-MgDirectoryDeletedItem`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-MgDirectoryDeletedItem",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Removes an object from the recycle bin for good; its immutable id becomes free",
    example: "Remove-MgDirectoryDeletedItem -DirectoryObjectId a98368aa-f0cb-41b5-a7c6-10f18c6c837d",
    parameters: &[P::text("DirectoryObjectId").at(0).required(), P::switch("PassThru")],
    sets: &[],
    run: remove,
};

fn list(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: Option<TenantType>,
) -> Result<Vec<Object>, CommandError> {
    let query = Query::of_parameters(session, bound, kind)?;
    let found = match bound.text("DirectoryObjectId") {
        Some(id) => {
            let found = graph::find_deleted(session, bound, id)?;
            if kind.is_some_and(|kind| kind != found.object.kind) {
                return Err(graph::not_found(bound, id));
            }
            vec![found]
        }
        None => mg_read::page(session, bound, &query, Source::Bin(kind))?,
    };
    let wanted = query.selected();
    Ok(found
        .iter()
        .map(|found| {
            // The general cmdlet knows the type of nothing it returns.
            if kind.is_none() {
                return object::wrapped(session, &found.object);
            }
            let mut shown = object::show(session, &found.object, &wanted);
            if shown.get("DeletedDateTime").is_none() {
                let at = object::value(session, &found.object, "deletedDateTime", Names::Module);
                shown = shown.with("DeletedDateTime", at);
            }
            shown
        })
        .collect())
}

fn restore(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let found = graph::find_deleted(session, bound, bound.required("DirectoryObjectId"))?;
    let body = |name: &str| {
        bound.table("BodyParameter").iter().find(|(key, _)| key.eq_ignore_ascii_case(name))
    };
    let upn = bound
        .text("NewUserPrincipalName")
        .map(str::to_owned)
        .or_else(|| body("newUserPrincipalName").map(|(_, value)| value.to_text()));
    let reconcile = bound.switch("AutoReconcileProxyConflict")
        || body("autoReconcileProxyConflict")
            .is_some_and(|(_, value)| *value == PsValue::Boolean(true));
    bring_back(session, bound, &found, upn, reconcile)?;
    if session.what_if {
        return Ok(Vec::new());
    }
    let restored = graph::find(session, bound, None, &found.object.id.to_string())?;
    Ok(vec![object::show(session, &restored.object, &[])])
}

/// Restores an object.
pub(super) fn bring_back(
    session: &mut Session<'_>,
    bound: &Bound,
    found: &graph::Found,
    new_user_principal_name: Option<String>,
    auto_reconcile_proxy_conflict: bool,
) -> Result<(), CommandError> {
    let edit = TenantEdit::Restore {
        target: found.object.id,
        new_user_principal_name,
        auto_reconcile_proxy_conflict,
    };
    session.act(bound, &graph::target(found), Input::Tenant(edit)).map(drop)
}

fn remove(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let found = graph::find_deleted(session, bound, bound.required("DirectoryObjectId"))?;
    let edit = TenantEdit::Purge { target: found.object.id };
    session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
    Ok(Vec::new())
}
