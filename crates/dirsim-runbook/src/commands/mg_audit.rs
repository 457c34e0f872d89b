//! The audit log of the tenant and what exports did (`interfaces.md` 5.3, section 10).

use dirsim_tenant::{log, lookup};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::object;
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

/// Entries read at once.
const BATCH: usize = 1_000;

/// `Get-MgAuditLogDirectoryAudit`.
pub(super) static AUDITS: CommandSpec = CommandSpec {
    name: "Get-MgAuditLogDirectoryAudit",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows what administrators and service jobs did in the tenant, the newest first",
    example: "Get-MgAuditLogDirectoryAudit -Filter \"activityDisplayName eq 'Add verified domain'\" -All",
    parameters: &[
        P::new("Filter", K::GraphFilter),
        P::integer("Top").or(&["Limit"]),
        P::switch("All").ignored(),
        P::texts("Property").or(&["Select"]).ignored(),
        P::texts("Sort").or(&["OrderBy"]).ignored(),
    ],
    sets: &[],
    run: |session, bound| entries(session, bound, bound.text("Filter"), bound.integer("Top")),
};

/// `Get-MgAuditLogProvisioning`.
pub(super) static PROVISIONING: CommandSpec = CommandSpec {
    name: "Get-MgAuditLogProvisioning",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows what the provisioning service of the cloud did; Entra Connect writes nothing there",
    example: "Get-MgAuditLogProvisioning -All",
    parameters: &[
        P::new("Filter", K::GraphFilter).ignored(),
        P::integer("Top").or(&["Limit"]).ignored(),
        P::switch("All").ignored(),
        P::texts("Property").or(&["Select"]).ignored(),
    ],
    sets: &[],
    // A tenant that is only synchronized by Entra Connect has an empty list: its exports are in the
    // run history of the server and in the audit log of the directory.
    run: |_, _| Ok(Vec::new()),
};

/// Returns entries of the audit log, the newest first.
pub(super) fn entries(
    session: &Session<'_>,
    bound: &Bound,
    filter: Option<&str>,
    top: Option<i64>,
) -> Result<Vec<Object>, CommandError> {
    let filter = filter.map(crate::graph_filter::parse).transpose().map_err(|problem| {
        let message = format!("Invalid filter clause: {problem}");
        let code = (400, "Request_UnsupportedQuery");
        tenant_refused(bound, "Filter", code, "interfaces 6.2", message)
    })?;
    let mut shown = Vec::new();
    let mut last = None;
    loop {
        let batch = log::entries(session.tables(), last, BATCH)?;
        let Some((end, _)) = batch.last() else { break };
        last = Some(*end);
        for (number, entry) in batch {
            let target = match entry.object {
                Some(anchor) => match lookup::by_id(session.tables(), anchor.id)? {
                    Some(found) => lookup::object(session.tables(), found)?,
                    None => None,
                },
                None => None,
            };
            let resources = target.iter().map(|found| {
                Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphTargetResource")
                    .with(
                        "DisplayName",
                        object::value(session, found, "displayName", object::Names::Module),
                    )
                    .with("Id", found.id)
                    .with("Type", found.kind.name())
                    .with("UserPrincipalName", found.shown_upn())
            });
            let entry =
                Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphDirectoryAudit")
                    .with("ActivityDateTime", entry.at)
                    .with("ActivityDisplayName", entry.activity)
                    .with("Id", format!("Directory_{number}"))
                    .with("Result", "success")
                    .with("ResultReason", entry.text)
                    .with("TargetResources", PsValue::List(resources.map(PsValue::from).collect()));
            let fits = filter.as_ref().is_none_or(|filter| {
                filter.matches(&|name| {
                    let value = entry.get(name);
                    value.map_or_else(Vec::new, |value| value.each().into_iter().cloned().collect())
                })
            });
            if fits {
                shown.push(entry);
            }
        }
    }
    shown.reverse();
    if let Some(top) = top {
        shown.truncate(usize::try_from(top).unwrap_or(0));
    }
    Ok(shown)
}
