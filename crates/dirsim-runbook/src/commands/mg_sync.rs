//! Feature flags of the tenant through Graph (ET-120, ET-122).

use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::features::Feature;
use dirsim_tenant::{TenantEdit, lookup};
use dirsim_world::{Input, ServerEdit};

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
    summary: "Switches synchronization features, some for good; sets the deletion threshold",
    example: "Update-MgDirectoryOnPremiseSynchronization -Features @{BlockSoftMatchEnabled=$true}",
    parameters: &[
        P::text("OnPremisesDirectorySynchronizationId").at(0).ignored(),
        P::table("Features"),
        P::table("Configuration"),
        P::table("BodyParameter"),
    ],
    sets: &[ParameterSet {
        names: &["Features", "Configuration", "BodyParameter"],
        required: true,
    }],
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
    let kind = match settings.deletions_max_percent {
        _ if !settings.deletion_prevention => "disabled",
        Some(_) => "enabledForPercentage",
        None => "enabledForCount",
    };
    let threshold = match settings.deletions_max_percent {
        Some(percent) if settings.deletion_prevention => percent,
        _ => settings.deletions_max,
    };
    let prevention = Object::new(
        "Microsoft.Graph.PowerShell.Models.MicrosoftGraphOnPremisesAccidentalDeletionPrevention",
    )
    .with("AlertThreshold", u64::from(threshold))
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
    let in_body = inner(bound.table("BodyParameter"), "configuration");
    set_configuration(session, bound, bound.table("Configuration"))?;
    set_configuration(session, bound, in_body)?;
    Ok(Vec::new())
}

/// Returns the pairs under a name of a hashtable.
fn inner<'a>(table: &'a [(String, PsValue)], name: &str) -> &'a [(String, PsValue)] {
    let found = table.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map_or(&[][..], |(_, value)| body::pairs(value))
}

/// Sets the prevention of accidental deletes, which the tenant keeps and the client enforces
/// (ET-124).
fn set_configuration(
    session: &mut Session<'_>,
    bound: &Bound,
    configuration: &[(String, PsValue)],
) -> Result<(), CommandError> {
    let prevention = inner(configuration, "accidentalDeletionPrevention");
    let of = |name: &str| {
        let found = prevention.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
        found.map(|(_, value)| value.to_text())
    };
    let (kind, threshold) = (of("synchronizationPreventionType"), of("alertThreshold"));
    if kind.is_none() && threshold.is_none() {
        return Ok(());
    }
    let invalid = |name: &str| {
        let message = format!("Invalid value specified for property '{name}' of resource.");
        tenant_refused(bound, name, (400, "Request_BadRequest"), "ET-124", message)
    };
    let number = match &threshold {
        Some(text) => {
            let number = text.parse::<u32>().ok().filter(|number| *number > 0);
            Some(number.ok_or_else(|| invalid("alertThreshold"))?)
        }
        None => None,
    };
    let edits = match kind.as_deref().unwrap_or("enabledForCount").to_lowercase().as_str() {
        "disabled" => vec![ServerEdit::DeletionThreshold { enabled: false, count: number }],
        "enabledforcount" => vec![
            ServerEdit::DeletionPercent(None),
            ServerEdit::DeletionThreshold { enabled: true, count: number },
        ],
        "enabledforpercentage" => {
            let percent = number.filter(|percent| *percent <= 100);
            let percent = percent.ok_or_else(|| invalid("alertThreshold"))?;
            vec![
                ServerEdit::DeletionThreshold { enabled: true, count: None },
                ServerEdit::DeletionPercent(Some(percent)),
            ]
        }
        _ => return Err(invalid("synchronizationPreventionType")),
    };
    for edit in edits {
        session.act(bound, "accidentalDeletionPrevention", Input::Server(edit))?;
    }
    Ok(())
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
