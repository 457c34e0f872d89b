//! Run history, the event log and runs in progress (SE section 7 and 15).

use dirsim_model::time::DAY_MS;
use dirsim_sync::run::{self, StepRecord};
use dirsim_sync::{RunRecord, cycle};
use dirsim_world::{Input, ServerEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::Object;

use super::sync_connector;

/// `Start-ADSyncPurgeRunHistory`.
pub(super) static PURGE: CommandSpec = CommandSpec {
    name: "Start-ADSyncPurgeRunHistory",
    aliases: &[],
    module: "ADSync",
    summary: "Removes runs that are older than an interval; all of them with -Offline",
    example: "Start-ADSyncPurgeRunHistory -PurgeRunHistoryInterval 7.00:00:00",
    parameters: &[P::new("PurgeRunHistoryInterval", K::Duration).at(0), P::switch("Offline")],
    sets: &[ParameterSet { names: &["PurgeRunHistoryInterval", "Offline"], required: false }],
    run: purge,
};

/// `Stop-ADSyncRunProfile`.
pub(super) static STOP: CommandSpec = CommandSpec {
    name: "Stop-ADSyncRunProfile",
    aliases: &[],
    module: "ADSync",
    summary: "Stops the runs in progress, of one connector or of all",
    example: "Stop-ADSyncRunProfile -ConnectorName contoso.com",
    parameters: &[P::text("ConnectorName").at(0)],
    sets: &[],
    run: stop,
};

/// `Get-ADSyncConnectorRunStatus`.
pub(super) static STATUS: CommandSpec = CommandSpec {
    name: "Get-ADSyncConnectorRunStatus",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the runs in progress; nothing between two runs, also of one cycle",
    example: "Get-ADSyncConnectorRunStatus",
    parameters: &[],
    sets: &[],
    // A run is one step of the world, so nobody ever looks while one is under way (SE-352).
    run: |_, _| Ok(Vec::new()),
};

/// `Get-ADSyncToolsRunHistory`.
pub(super) static TOOLS: CommandSpec = CommandSpec {
    name: "Get-ADSyncToolsRunHistory",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Shows the runs of the last days",
    example: "Get-ADSyncToolsRunHistory -Days 3",
    parameters: &[P::integer("Days").at(0)],
    sets: &[],
    run: |session, bound| {
        let runs = recent(session, bound)?;
        Ok(runs.iter().map(show_run).collect())
    },
};

/// `Get-ADSyncToolsRunstepHistory`.
pub(super) static TOOLS_STEPS: CommandSpec = CommandSpec {
    name: "Get-ADSyncToolsRunstepHistory",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Shows the steps of the runs of the last days, with the counters that are not zero",
    example: "Get-ADSyncToolsRunstepHistory -Days 1",
    parameters: &[P::integer("Days").at(0)],
    sets: &[],
    run: |session, bound| {
        let runs = recent(session, bound)?;
        let steps = runs.iter().flat_map(|run| run.steps.iter().map(move |step| (run, step)));
        Ok(steps.map(|(run, step)| show_step(run, step)).collect())
    },
};

/// `Get-EventLog`.
pub(super) static EVENTS: CommandSpec = CommandSpec {
    name: "Get-EventLog",
    aliases: &["Get-WinEvent"],
    module: "Microsoft.PowerShell.Management",
    summary: "Shows what the synchronization service wrote to the event log, the newest entry first",
    example: "Get-EventLog -LogName Application -Source ADSync -Newest 10",
    parameters: &[
        P::text("LogName").at(0),
        P::text("Source"),
        P::integer("InstanceId").or(&["Id"]),
        P::integer("Newest").or(&["MaxEvents"]),
        P::new("After", K::Time),
    ],
    sets: &[],
    run: events,
};

fn purge(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let kept = dirsim_sync::server::settings(session.tables())?.purge_interval_ms;
    let age = (!bound.switch("Offline"))
        .then(|| bound.duration("PurgeRunHistoryInterval").unwrap_or(kept));
    session.act(bound, "run history", Input::Server(ServerEdit::PurgeHistory(age)))?;
    Ok(Vec::new())
}

fn stop(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    if bound.has("ConnectorName") {
        sync_connector::named(session, bound)?;
    }
    if cycle::state(session.tables())?.is_some() {
        session.act(bound, "cycle", Input::StopCycle)?;
    }
    Ok(Vec::new())
}

/// Returns the runs that began in the last days, the newest first.
fn recent(session: &Session<'_>, bound: &Bound) -> Result<Vec<RunRecord>, CommandError> {
    let days = bound.integer("Days").unwrap_or(1).clamp(0, 36_500);
    let since = session.now()? + -(days * DAY_MS);
    let mut runs = run::history(session.tables(), None, usize::MAX)?;
    runs.retain(|run| run.started >= since);
    Ok(runs)
}

pub(super) fn show_run(run: &RunRecord) -> Object {
    Object::new("ADSyncTools.RunHistory")
        .with("RunHistoryId", run.guid)
        .with("ConnectorName", run.connector_name.clone())
        .with("RunProfileName", run.profile.name())
        .with("RunNumber", run.number)
        .with("Result", run.result.name())
        .with("StartDate", run.started)
        .with("EndDate", run.ended)
}

fn show_step(run: &RunRecord, step: &StepRecord) -> Object {
    let counters: Vec<String> = step
        .counters
        .iter()
        .filter(|(_, count)| **count > 0)
        .map(|(counter, count)| format!("{}={count}", counter.name()))
        .collect();
    Object::new("ADSyncTools.RunstepHistory")
        .with("StartDate", run.started)
        .with("ConnectorName", run.connector_name.clone())
        .with("RunProfileName", run.profile.name())
        .with("StepNumber", u64::from(step.number))
        .with("StepResult", step.result.name())
        .with("Counters", counters.join(", "))
}

fn events(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let limit =
        bound.integer("Newest").map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(0));
    let wanted = bound.integer("InstanceId");
    let after = bound.time("After");
    let shown = dirsim_world::view::event_log(session.tables())?
        .into_iter()
        .filter(|entry| {
            wanted.is_none_or(|id| id == i64::from(entry.event))
                && after.is_none_or(|after| entry.at > after)
        })
        .take(limit)
        .map(|entry| {
            Object::new("System.Diagnostics.EventLogEntry")
                .with("TimeGenerated", entry.at)
                .with("EntryType", entry.kind)
                .with("InstanceId", u64::from(entry.event))
                .with("Source", entry.source)
                .with("Message", entry.text)
        })
        .collect();
    Ok(shown)
}
