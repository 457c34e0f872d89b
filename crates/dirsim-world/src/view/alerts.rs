//! Alerts of Connect Health: what stands because of the last runs of each connector (SE-264, SE-338).

use std::sync::OnceLock;

use dirsim_model::Timestamp;
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::event_log::{self, SERVICE_STOPPED};
use dirsim_sync::{Connector, Profile, RunRecord, StepResult, connector, run, server};
use serde::Deserialize;

/// An alert that stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Alert {
    /// What the portal calls it.
    pub name: String,
    /// Since when: the end of the first run that failed in a row.
    pub raised: Timestamp,
    /// The connector it is about; empty for the server as a whole.
    pub connector: String,
    /// The result of the last run; empty for the server as a whole.
    pub result: &'static str,
    /// What to do.
    pub fix: String,
}

/// What `config/health/alerts.yaml` says of one alert.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Described {
    key: String,
    name: String,
    fix: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    alerts: Vec<Described>,
}

fn described(key: &str) -> &'static Described {
    static ALL: OnceLock<Vec<Described>> = OnceLock::new();
    let all = ALL.get_or_init(|| {
        let text = include_str!("../../../../config/health/alerts.yaml");
        let file: File = serde_saphyr::from_str(text).expect("the shipped file is well-formed");
        file.alerts
    });
    all.iter().find(|known| known.key == key).expect("the shipped file describes every alert")
}

/// Returns the alerts that stand, by connector in the order of their creation; those of the server
/// come first.
pub fn alerts(tables: &dyn Tables) -> StoreResult<Vec<Alert>> {
    let mut found = Vec::new();
    if server::settings(tables)?.stopped {
        let log = event_log::all(tables)?;
        let last = log.iter().rev().find(|entry| entry.event == SERVICE_STOPPED);
        let raised = last.map_or(Timestamp::default(), |entry| entry.at);
        found.push(alert("service-stopped", raised, "", ""));
    }
    let history = run::history(tables, None, usize::MAX)?;
    for known in connector::all(tables)? {
        let of = |wanted: fn(Profile) -> bool| {
            history.iter().filter(move |run| run.connector == known.id && wanted(run.profile))
        };
        found.extend(standing(&known, of(Profile::is_import), "import"));
        found.extend(standing(&known, of(|profile| profile == Profile::Export), "export"));
    }
    Ok(found)
}

/// Returns the alert that the newest of some runs raises, with the beginning of its row of failures.
fn standing<'a>(
    of: &Connector,
    runs: impl Iterator<Item = &'a RunRecord>,
    kind: &str,
) -> Option<Alert> {
    let mut failed = runs.take_while(|run| !run.result.is_complete());
    let last = failed.next()?;
    let first = failed.last().unwrap_or(last);
    let key = match last.result {
        StepResult::StoppedDeletionThresholdExceeded => "deletion-threshold",
        StepResult::NoStartCredentials
        | StepResult::StoppedExtension
        | StepResult::StoppedBadCredentials
            if !of.is_forest() =>
        {
            "authentication"
        }
        _ => match (kind, of.is_forest()) {
            ("import", true) => "import-forest",
            ("import", false) => "import-tenant",
            (_, true) => "export-forest",
            _ => "export-tenant",
        },
    };
    Some(alert(key, first.ended, &of.name, last.result.name()))
}

fn alert(key: &str, raised: Timestamp, connector: &str, result: &'static str) -> Alert {
    let known = described(key);
    Alert {
        name: known.name.clone(),
        raised,
        connector: connector.to_owned(),
        result,
        fix: known.fix.clone(),
    }
}
