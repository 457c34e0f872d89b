//! Feature flags of the tenant through Graph (ET-120, ET-122).

use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::features::Feature;
use dirsim_tenant::{TenantEdit, lookup};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, body};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterSet};
use crate::value::{Object, PsValue};
use dirsim_model::nearest;

/// `Get-MgDirectoryOnPremiseSynchronization`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-MgDirectoryOnPremiseSynchronization",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the synchronization features of the tenant",
    example: "Get-MgDirectoryOnPremiseSynchronization",
    parameters: &[
        P::text("OnPremisesDirectorySynchronizationId").at(0).ignored(),
        P::texts("Property").ignored(),
        P::switch("All").ignored(),
    ],
    sets: &[],
    run: |session, _| shown(session),
};

/// `Update-MgDirectoryOnPremiseSynchronization`.
pub(super) static UPDATE: CommandSpec = CommandSpec {
    name: "Update-MgDirectoryOnPremiseSynchronization",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Switches synchronization features; some cannot be switched off again",
    example: "Update-MgDirectoryOnPremiseSynchronization -Features @{BlockSoftMatchEnabled=$true}",
    parameters: &[
        P::text("OnPremisesDirectorySynchronizationId").at(0).ignored(),
        P::table("Features"),
        P::table("BodyParameter"),
    ],
    sets: &[ParameterSet { names: &["Features", "BodyParameter"], required: true }],
    run: update,
};

/// Returns the synchronization object of the tenant.
pub(super) fn shown(session: &Session<'_>) -> Result<Vec<Object>, CommandError> {
    let settings = lookup::settings(session.tables())?;
    let mut features = Object::new(
        "Microsoft.Graph.PowerShell.Models.MicrosoftGraphOnPremisesDirectorySynchronizationFeature",
    );
    for feature in Feature::ALL.iter().filter(|f| **f != Feature::PassThroughAuthentication) {
        let mut letters = feature.name().chars();
        let first = letters.next().map(|c| c.to_ascii_uppercase());
        let name: String = first.into_iter().chain(letters).chain("Enabled".chars()).collect();
        features = features.with(&name, settings.features.has(*feature));
    }
    Ok(vec![
        Object::new(
            "Microsoft.Graph.PowerShell.Models.MicrosoftGraphOnPremisesDirectorySynchronization",
        )
        .with("Configuration", configuration(session)?)
        .with("Features", features)
        .with("Id", graph::tenant_id(session)?),
    ])
}

/// Returns the prevention of accidental deletes as the tenant keeps it (ET-124).
fn configuration(session: &Session<'_>) -> Result<Object, CommandError> {
    let settings = dirsim_sync::server::settings(session.tables())?;
    let kind = if settings.deletion_prevention { "enabledForCount" } else { "disabled" };
    let prevention = Object::new(
        "Microsoft.Graph.PowerShell.Models.MicrosoftGraphOnPremisesAccidentalDeletionPrevention",
    )
    .with("AlertThreshold", u64::from(settings.deletions_max))
    .with("SynchronizationPreventionType", kind);
    Ok(Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphOnPremisesDirectorySynchronizationConfiguration")
        .with("AccidentalDeletionPrevention", prevention))
}

fn update(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let in_body = bound
        .table("BodyParameter")
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("features"))
        .map_or(&[][..], |(_, features)| body::pairs(features));
    let wanted: Vec<(String, PsValue)> =
        bound.table("Features").iter().chain(in_body).cloned().collect();
    set_features(session, bound, &wanted)?;
    Ok(Vec::new())
}

/// Switches features by their Graph names, with or without `Enabled`, or their older names.
pub(super) fn set_features(
    session: &mut Session<'_>,
    bound: &Bound,
    wanted: &[(String, PsValue)],
) -> Result<(), CommandError> {
    let mut edits = Vec::new();
    // All names and values are looked at before the first one is set.
    for (name, value) in wanted {
        let code = (400, "Request_BadRequest");
        let feature = Feature::find(name).ok_or_else(|| {
            let known = catalogue().features.iter().map(|feature| feature.name.as_str());
            let hint = nearest(name, known)
                .map_or_else(String::new, |near| format!(" Did you mean '{near}'?"));
            let message = format!("Property '{name}' does not exist on the resource.{hint}");
            tenant_refused(bound, name, code, "ET-120", message)
        })?;
        let PsValue::Boolean(enabled) = value else {
            let message = format!("Invalid value specified for property '{name}' of resource.");
            return Err(tenant_refused(bound, name, code, "ET-122", message));
        };
        edits.push((feature.name().to_owned(), *enabled));
    }
    for (name, enabled) in edits {
        let target = name.clone();
        session.act(bound, &target, Input::Tenant(TenantEdit::SetFeature { name, enabled }))?;
    }
    Ok(())
}
