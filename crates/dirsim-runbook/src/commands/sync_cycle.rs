//! Cycles and runs (SE 6.2, 6.4, sections 7 and 15).

use dirsim_model::Guid;
use dirsim_sync::connector::derived_guid;
use dirsim_sync::run::{self, StepRecord};
use dirsim_sync::{Connector, Counter, Policy, Profile, RunRecord};
use dirsim_world::{Event, Input};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

use super::sync_connector;

/// The words of `-PolicyType`.
pub(super) const POLICIES: K = K::Choice(&["Delta", "Initial", "Unspecified"]);

/// The names of the run profiles (SE 6.1).
const PROFILES: K = K::Choice(&[
    "Full Import",
    "Delta Import",
    "Full Synchronization",
    "Delta Synchronization",
    "Export",
]);

/// `Start-ADSyncSyncCycle`.
pub(super) static START: CommandSpec = CommandSpec {
    name: "Start-ADSyncSyncCycle",
    aliases: &[],
    module: "ADSync",
    summary: "Runs a cycle from the first import to the last export",
    example: "Start-ADSyncSyncCycle -PolicyType Delta",
    parameters: &[P::new("PolicyType", POLICIES).at(0), P::boolean("InteractiveMode").ignored()],
    sets: &[],
    run: start,
};

/// `Stop-ADSyncSyncCycle`.
pub(super) static STOP: CommandSpec = CommandSpec {
    name: "Stop-ADSyncSyncCycle",
    aliases: &[],
    module: "ADSync",
    summary: "Drops the remaining runs of a cycle in progress",
    example: "Stop-ADSyncSyncCycle",
    parameters: &[],
    sets: &[],
    run: |session, bound| {
        session.act(bound, "cycle", Input::StopCycle)?;
        Ok(Vec::new())
    },
};

/// `Invoke-ADSyncRunProfile`.
pub(super) static RUN_PROFILE: CommandSpec = CommandSpec {
    name: "Invoke-ADSyncRunProfile",
    aliases: &[],
    module: "ADSync",
    summary: "Does one run of one connector",
    example: "Invoke-ADSyncRunProfile -ConnectorName contoso.com -RunProfileName 'Delta Import'",
    parameters: &[
        P::text("ConnectorName").at(0),
        P::new("ConnectorIdentifier", K::Guid),
        P::new("RunProfileName", PROFILES).at(1).required(),
        P::switch("Resume").ignored(),
    ],
    sets: &[ParameterSet { names: &["ConnectorName", "ConnectorIdentifier"], required: true }],
    run: run_profile,
};

/// `Get-ADSyncRunProfileResult`.
pub(super) static RESULTS: CommandSpec = CommandSpec {
    name: "Get-ADSyncRunProfileResult",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the run history, the newest run first",
    example: "Get-ADSyncRunProfileResult -NumberRequested 1 -RunStepDetails",
    parameters: &[
        P::new("RunHistoryId", K::Guid),
        P::new("ConnectorId", K::Guid),
        P::new("RunProfileId", K::Guid),
        P::integer("RunNumber"),
        P::integer("NumberRequested"),
        P::switch("RunStepDetails"),
        P::integer("StepNumber"),
    ],
    sets: &[],
    run: results,
};

/// `Get-ADSyncRunStepResult`.
pub(super) static STEPS: CommandSpec = CommandSpec {
    name: "Get-ADSyncRunStepResult",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the steps of a run with all counters; of the newest run without -RunHistoryId",
    example: "Get-ADSyncRunStepResult -First",
    parameters: &[
        P::new("RunHistoryId", K::Guid),
        P::new("StepHistoryId", K::Guid),
        P::switch("First"),
        P::integer("StepNumber"),
    ],
    sets: &[],
    run: steps,
};

/// Returns the policy that a word names; `None` for the one that is due.
pub(super) fn policy(word: Option<&str>) -> Option<Policy> {
    match word {
        Some("Initial") => Some(Policy::Initial),
        Some("Delta") => Some(Policy::Delta),
        _ => None,
    }
}

/// Runs the whole cycle: in a rehearsal the next line of a script waits for it anyway (SE-351).
fn start(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let policy = policy(bound.text("PolicyType"));
    if session.act(bound, "cycle", Input::StartCycle(policy))?.is_none() {
        return Ok(Vec::new());
    }
    loop {
        let stepped = session.act(bound, "cycle", Input::RunNext)?;
        let ended = |stepped: &dirsim_world::Stepped| {
            stepped.events.iter().any(|event| matches!(event, Event::CycleEnded))
        };
        if stepped.as_ref().is_none_or(ended) {
            break;
        }
    }
    Ok(vec![
        Object::new("Microsoft.MetadirectoryServices.SyncCycleResult").with("Result", "Success"),
    ])
}

fn run_profile(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let connector = sync_connector::named(session, bound)?;
    let name = bound.required("RunProfileName");
    let profile: Profile =
        name.parse().map_err(|message: String| server_refused(bound, name, "SE 6.1", message))?;
    let input = Input::Run { connector: connector.name.clone(), profile };
    let stepped = session.act(bound, &connector.name, input)?;
    let runs = stepped
        .into_iter()
        .flat_map(|stepped| stepped.events)
        .filter_map(|event| if let Event::Run(run) = event { Some(run) } else { None });
    Ok(runs.map(|run| show(&connector, &run, None)).collect())
}

fn show(connector: &Connector, run: &RunRecord, steps: Option<Vec<PsValue>>) -> Object {
    Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.RunProfileResult")
        .with("RunHistoryId", run.guid)
        .with("ConnectorId", connector.guid)
        .with("ConnectorName", run.connector_name.clone())
        .with("RunProfileId", connector.profile_guid(run.profile))
        .with("RunProfileName", run.profile.name())
        .with("RunNumber", run.number)
        .with("Username", "NT SERVICE\\ADSync")
        .with("IsRunComplete", true)
        .with("Result", run.result.name())
        .with("CurrentStepNumber", run.steps.len())
        .with("TotalSteps", run.steps.len())
        .with("StartDate", run.started)
        .with("EndDate", run.ended)
        .with("RunStepResults", steps.map_or(PsValue::Null, PsValue::List))
}

fn show_step(run: &RunRecord, step: &StepRecord) -> Object {
    let mut shown =
        Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.RunStepResult")
            .with("StepHistoryId", derived_guid(run.guid, u64::from(step.number)))
            .with("RunHistoryId", run.guid)
            .with("StepNumber", u64::from(step.number))
            .with("StepResult", step.result.name())
            .with("StartDate", step.started)
            .with("EndDate", step.ended);
    for counter in Counter::ALL {
        let count = step.counters.get(counter).copied().unwrap_or(0);
        shown = shown.with(&counter.pascal_name(), count);
    }
    let outbound: Vec<PsValue> = step
        .outbound
        .iter()
        .map(|(connector, counters)| {
            let counts = counters
                .iter()
                .map(|(counter, count)| (counter.pascal_name(), PsValue::from(*count)));
            let connector = ("ConnectorNumber".to_owned(), PsValue::from(u64::from(*connector)));
            PsValue::Table(std::iter::once(connector).chain(counts).collect())
        })
        .collect();
    let errors = |errors: &[run::StepError]| -> Vec<PsValue> {
        errors
            .iter()
            .map(|error| {
                Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.SyncError")
                    .with("DistinguishedName", error.dn.clone())
                    .with("ErrorType", error.error.error_type.clone())
                    .with("ErrorCode", error.error.code.clone())
                    .with("AlgorithmStep", error.error.step.clone())
                    .with("Details", error.error.text.clone())
                    .with("FirstOccurred", error.error.first)
                    .with("DateOccurred", error.error.last)
                    .with("RetryCount", u64::from(error.error.retries))
                    .into()
            })
            .collect()
    };
    let discovery: Vec<PsValue> = step
        .discovery_errors
        .iter()
        .map(|error| {
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.DiscoveryError")
                .with("DistinguishedName", error.dn.clone())
                .with("ErrorType", error.error_type.clone())
                .with("Details", error.text.clone())
                .into()
        })
        .collect();
    let (current, last) = step.export_batch;
    shown
        .with("OutboundFlowCounters", PsValue::List(outbound))
        .with("CurrentExportBatchNumber", current)
        .with("LastSuccessfulExportBatchNumber", last)
        .with("SyncErrors", PsValue::List(errors(&step.errors)))
        .with("ConnectorDiscoveryErrors", PsValue::List(discovery))
        .with("MvRetryErrors", PsValue::List(errors(&step.mv_retry_errors)))
        .with(
            "ConnectorConnectionInformation",
            step.connection.as_ref().map(|connection| {
                Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.Connection")
                    .with("ConnectionResult", connection.result.name())
                    .with("Server", connection.server.clone())
                    .with("Incident", connection.incident.clone())
            }),
        )
}

fn results(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let connectors = dirsim_sync::connector::all(session.tables())?;
    let limit = bound
        .integer("NumberRequested")
        .map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(0));
    let mut shown = Vec::new();
    for run in run::history(session.tables(), None, usize::MAX)? {
        if shown.len() == limit {
            break;
        }
        // A run outlives its connector only in a damaged world.
        let Some(connector) = connectors.iter().find(|known| known.id == run.connector) else {
            continue;
        };
        let is = |name: &str, guid: Guid| {
            bound.text(name).is_none_or(|wanted| wanted.eq_ignore_ascii_case(&guid.to_string()))
        };
        let number = bound.integer("RunNumber").and_then(|number| u64::try_from(number).ok());
        if !is("RunHistoryId", run.guid)
            || !is("ConnectorId", connector.guid)
            || !is("RunProfileId", connector.profile_guid(run.profile))
            || (bound.has("RunNumber") && number != Some(run.number))
        {
            continue;
        }
        let wanted = bound.integer("StepNumber").and_then(|number| u32::try_from(number).ok());
        let steps = bound.switch("RunStepDetails").then(|| {
            let steps = run.steps.iter().filter(|step| wanted.is_none_or(|n| n == step.number));
            steps.map(|step| PsValue::from(show_step(&run, step))).collect()
        });
        shown.push(show(connector, &run, steps));
    }
    Ok(shown)
}

fn steps(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let wanted = bound.integer("StepNumber").and_then(|number| u32::try_from(number).ok());
    let mut shown = Vec::new();
    for run in run::history(session.tables(), None, usize::MAX)? {
        let guid = run.guid.to_string();
        if bound.text("RunHistoryId").is_some_and(|wanted| !wanted.eq_ignore_ascii_case(&guid)) {
            continue;
        }
        for step in &run.steps {
            let id = derived_guid(run.guid, u64::from(step.number)).to_string();
            let is_it =
                bound.text("StepHistoryId").is_none_or(|wanted| wanted.eq_ignore_ascii_case(&id));
            if is_it && wanted.is_none_or(|number| number == step.number) {
                shown.push(show_step(&run, step));
            }
        }
        // Without an identity the newest run is meant.
        if !bound.has("RunHistoryId") && !bound.has("StepHistoryId") {
            break;
        }
    }
    if bound.switch("First") {
        shown.truncate(1);
    }
    Ok(shown)
}
