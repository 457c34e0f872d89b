//! Run history, the event log and runs in progress (SE section 7 and 15).

use dirsim_model::time::DAY_MS;
use dirsim_sync::run::{self, StepRecord};
use dirsim_sync::{RunRecord, cycle};
use dirsim_world::view::event_log;
use dirsim_world::{Input, ServerEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

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
    aliases: &[],
    module: "Microsoft.PowerShell.Management",
    summary: "Shows what the synchronization service wrote to the event log, the newest entry first",
    example: "Get-EventLog -LogName Application -Source ADSync -Newest 10",
    parameters: &[
        P::text("LogName").at(0),
        P::texts("Source"),
        P::new("InstanceId", K::Any),
        P::new("EntryType", K::Any),
        P::text("Message"),
        P::integer("Newest"),
        P::new("After", K::Time),
        P::new("Before", K::Time),
    ],
    sets: &[],
    run: events,
};

/// `Get-WinEvent`.
pub(super) static WIN_EVENTS: CommandSpec = CommandSpec {
    name: "Get-WinEvent",
    aliases: &[],
    module: "Microsoft.PowerShell.Diagnostics",
    summary: "Shows what the synchronization service wrote to the event log, by log, source or filter",
    example: "Get-WinEvent -FilterHashtable @{LogName='Application'; Id=6941} -MaxEvents 5",
    parameters: &[
        P::text("LogName").at(0),
        P::texts("ProviderName"),
        P::table("FilterHashtable"),
        P::integer("MaxEvents"),
        P::switch("Oldest"),
    ],
    sets: &[ParameterSet {
        names: &["LogName", "ProviderName", "FilterHashtable"],
        required: true,
    }],
    run: win_events,
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

/// The log that the service writes to.
const LOG: &str = "Application";

/// Refuses a log that nobody here writes to.
fn check_log(bound: &Bound, name: &str) -> Result<(), CommandError> {
    if name.eq_ignore_ascii_case(LOG) {
        return Ok(());
    }
    let message = format!("The event log '{name}' does not exist; the service writes to {LOG}.");
    Err(server_refused(bound, name, "SE 7.3", message))
}

/// Returns whether a list of sources names one, with or without an asterisk at its end; an empty
/// list names all.
fn names(wanted: &[String], source: &str) -> bool {
    let source = source.to_lowercase();
    wanted.is_empty()
        || wanted.iter().map(|word| word.to_lowercase()).any(|word| match word.strip_suffix('*') {
            Some(start) => source.starts_with(start),
            None => source == word,
        })
}

/// Returns the texts of a value: itself, or those of a list.
fn texts(value: Option<&PsValue>) -> Vec<String> {
    value.map(|value| value.each().into_iter().map(PsValue::to_text).collect()).unwrap_or_default()
}

fn events(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    check_log(bound, bound.text("LogName").unwrap_or(LOG))?;
    let limit =
        bound.integer("Newest").map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(0));
    let sources: Vec<String> = bound.texts("Source").into_iter().map(str::to_owned).collect();
    let (ids, kinds) = (texts(bound.get("InstanceId")), texts(bound.get("EntryType")));
    let (after, before) = (bound.time("After"), bound.time("Before"));
    let message = bound.text("Message").map(|text| text.trim_matches('*').to_lowercase());
    let shown = event_log(session.tables())?
        .into_iter()
        .filter(|entry| {
            names(&sources, entry.source)
                && names(&kinds, entry.kind)
                && (ids.is_empty() || ids.contains(&entry.event.to_string()))
                && message.as_ref().is_none_or(|part| entry.text.to_lowercase().contains(part))
                && after.is_none_or(|after| entry.at > after)
                && before.is_none_or(|before| entry.at < before)
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

/// Returns the number that a level has in filters.
fn level(kind: &str) -> &'static str {
    match kind {
        "Error" => "2",
        "Warning" => "3",
        _ => "4",
    }
}

fn win_events(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let limit =
        bound.integer("MaxEvents").map_or(usize::MAX, |count| usize::try_from(count).unwrap_or(0));
    let mut sources: Vec<String> =
        bound.texts("ProviderName").into_iter().map(str::to_owned).collect();
    let (mut ids, mut levels, mut since, mut until) = (Vec::new(), Vec::new(), None, None);
    check_log(bound, bound.text("LogName").unwrap_or(LOG))?;
    for (key, value) in bound.table("FilterHashtable") {
        let time = || match value {
            PsValue::Time(time) => Some(*time),
            other => other.to_text().parse().ok(),
        };
        match key.to_ascii_lowercase().as_str() {
            "logname" => check_log(bound, &value.to_text())?,
            "providername" => sources.extend(texts(Some(value))),
            "id" => ids = texts(Some(value)),
            "level" => levels = texts(Some(value)),
            "starttime" => since = time(),
            "endtime" => until = time(),
            _ => {
                let message = format!("The parameter is incorrect: '{key}' is no key of a filter.");
                return Err(server_refused(bound, key, "SE 7.3", message));
            }
        }
    }
    let mut found: Vec<_> = event_log(session.tables())?
        .into_iter()
        .filter(|entry| {
            names(&sources, entry.source)
                && (ids.is_empty() || ids.contains(&entry.event.to_string()))
                && (levels.is_empty() || levels.iter().any(|wanted| wanted == level(entry.kind)))
                && since.is_none_or(|since| entry.at >= since)
                && until.is_none_or(|until| entry.at <= until)
        })
        .collect();
    if bound.switch("Oldest") {
        found.reverse();
    }
    if found.is_empty() {
        let message =
            "No events were found that match the specified selection criteria.".to_owned();
        return Err(server_refused(bound, LOG, "SE 7.3", message));
    }
    Ok(found
        .into_iter()
        .take(limit)
        .map(|entry| {
            Object::new("System.Diagnostics.Eventing.Reader.EventLogRecord")
                .with("TimeCreated", entry.at)
                .with("Id", u64::from(entry.event))
                .with("LevelDisplayName", entry.kind)
                .with("ProviderName", entry.source)
                .with("Message", entry.text)
        })
        .collect())
}
