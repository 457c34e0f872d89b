//! The scheduler and the overrides of connectors (SE 6.4, SE-247).

use dirsim_sync::{cycle, server};
use dirsim_world::{Input, ServerEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

use super::{sync_connector, sync_cycle};

/// `Get-ADSyncScheduler`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADSyncScheduler",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the scheduler: intervals, next cycle, staging mode",
    example: "Get-ADSyncScheduler",
    parameters: &[],
    sets: &[],
    run: get,
};

/// `Set-ADSyncScheduler`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-ADSyncScheduler",
    aliases: &[],
    module: "ADSync",
    summary: "Changes the scheduler",
    example: "Set-ADSyncScheduler -SyncCycleEnabled $false",
    parameters: &[
        P::boolean("SyncCycleEnabled"),
        P::new("CustomizedSyncCycleInterval", K::Duration),
        P::new("NextSyncCyclePolicyType", sync_cycle::POLICIES),
        P::new("PurgeRunHistoryInterval", K::Duration),
        P::boolean("MaintenanceEnabled"),
        P::boolean("SchedulerSuspended"),
        P::switch("Force").ignored(),
    ],
    sets: &[],
    run: set,
};

/// `Get-ADSyncSchedulerConnectorOverride`.
pub(super) static GET_OVERRIDE: CommandSpec = CommandSpec {
    name: "Get-ADSyncSchedulerConnectorOverride",
    aliases: &[],
    module: "ADSync",
    summary: "Shows which connectors run in full in the next cycle",
    example: "Get-ADSyncSchedulerConnectorOverride -ConnectorName contoso.com",
    parameters: &[P::text("ConnectorName").at(0), P::new("ConnectorIdentifier", K::Guid)],
    sets: &[ParameterSet { names: &["ConnectorName", "ConnectorIdentifier"], required: false }],
    run: get_override,
};

/// `Set-ADSyncSchedulerConnectorOverride`.
pub(super) static SET_OVERRIDE: CommandSpec = CommandSpec {
    name: "Set-ADSyncSchedulerConnectorOverride",
    aliases: &[],
    module: "ADSync",
    summary: "Makes a connector run in full in the next cycle",
    example: "Set-ADSyncSchedulerConnectorOverride -ConnectorName contoso.com -FullImportRequired $true -FullSyncRequired $true",
    parameters: &[
        P::text("ConnectorName").at(0),
        P::new("ConnectorIdentifier", K::Guid),
        P::boolean("FullImportRequired"),
        P::boolean("FullSyncRequired"),
    ],
    sets: &[ParameterSet { names: &["ConnectorName", "ConnectorIdentifier"], required: true }],
    run: set_override,
};

fn get(session: &mut Session<'_>, _: &Bound) -> Result<Vec<Object>, CommandError> {
    let settings = server::settings(session.tables())?;
    let in_progress = cycle::state(session.tables())?.is_some();
    let customized = settings.customized_interval_ms.map_or(PsValue::Null, PsValue::Duration);
    let effective = PsValue::Duration(settings.effective_interval_ms());
    Ok(vec![
        Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.Scheduler")
            .with("AllowedSyncCycleInterval", PsValue::Duration(settings.allowed_interval_ms))
            .with("CurrentlyEffectiveSyncCycleInterval", effective)
            .with("CustomizedSyncCycleInterval", customized)
            .with("NextSyncCyclePolicyType", settings.next_policy.to_string())
            .with("NextSyncCycleStartTimeInUTC", settings.next_start)
            .with("PurgeRunHistoryInterval", PsValue::Duration(settings.purge_interval_ms))
            .with("SyncCycleEnabled", settings.sync_cycle_enabled)
            .with("MaintenanceEnabled", settings.maintenance_enabled)
            .with("StagingModeEnabled", settings.staging_mode)
            .with("SchedulerSuspended", settings.suspended)
            .with("SyncCycleInProgress", in_progress),
    ])
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let customized_interval_ms = bound.duration("CustomizedSyncCycleInterval");
    if customized_interval_ms.is_some_and(|interval| interval <= 0) {
        let message = "CustomizedSyncCycleInterval must be longer than zero.".to_owned();
        return Err(server_refused(bound, "Scheduler", "SE 6.4", message));
    }
    let edit = ServerEdit::Scheduler {
        sync_cycle_enabled: bound.boolean("SyncCycleEnabled"),
        customized_interval_ms,
        next_policy: sync_cycle::policy(bound.text("NextSyncCyclePolicyType")),
    };
    let touches = |names: &[&str]| names.iter().any(|name| bound.has(name));
    if touches(&["SyncCycleEnabled", "CustomizedSyncCycleInterval", "NextSyncCyclePolicyType"]) {
        session.act(bound, "Scheduler", Input::Server(edit))?;
    }
    if touches(&["PurgeRunHistoryInterval", "MaintenanceEnabled", "SchedulerSuspended"]) {
        let edit = ServerEdit::Maintenance {
            purge_interval_ms: bound.duration("PurgeRunHistoryInterval"),
            maintenance_enabled: bound.boolean("MaintenanceEnabled"),
            suspended: bound.boolean("SchedulerSuspended"),
            timed: None,
            seven_day_rule: None,
        };
        session.act(bound, "Scheduler", Input::Server(edit))?;
    }
    let settings = server::settings(session.tables())?;
    if let Some(wanted) =
        customized_interval_ms.filter(|wanted| *wanted < settings.allowed_interval_ms)
    {
        session.warn(format!(
            "The customized interval {} is shorter than the allowed one {} and is not effective",
            PsValue::Duration(wanted).to_text(),
            PsValue::Duration(settings.allowed_interval_ms).to_text()
        ));
    }
    Ok(Vec::new())
}

fn get_override(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let connectors = if bound.has("ConnectorName") || bound.has("ConnectorIdentifier") {
        vec![sync_connector::named(session, bound)?]
    } else {
        dirsim_sync::connector::all(session.tables())?
    };
    Ok(connectors
        .into_iter()
        .map(|connector| {
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.ConnectorOverride")
                .with("ConnectorIdentifier", connector.guid)
                .with("ConnectorName", connector.name)
                .with("FullImportRequired", connector.full_import_required)
                .with("FullSyncRequired", connector.full_sync_required)
        })
        .collect())
}

fn set_override(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let connector = sync_connector::named(session, bound)?;
    let edit = ServerEdit::ConnectorOverride {
        connector: connector.name.clone(),
        full_import: bound.boolean("FullImportRequired"),
        full_sync: bound.boolean("FullSyncRequired"),
    };
    session.act(bound, &connector.name, Input::Server(edit))?;
    Ok(Vec::new())
}
