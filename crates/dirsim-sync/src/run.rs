//! Run profiles and run history (SE 6.1 and section 7).

use std::collections::BTreeMap;
use std::str::FromStr;

use dirsim_model::{Guid, Timestamp};
use dirsim_store::tables::prefix_end;
use dirsim_store::{Row, StoreResult, Table, Tables, rows};
use dirsim_tenant::Note;
use serde::{Deserialize, Serialize};

use crate::counters::{Counter, Counters};
use crate::cs::ErrorRecord;
use crate::event_log;

/// What one run does (SE 6.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Profile {
    /// Reads everything from the connected directory.
    FullImport,
    /// Reads what changed.
    DeltaImport,
    /// Applies the rules to every staged object.
    FullSynchronization,
    /// Applies the rules to objects with something new.
    DeltaSynchronization,
    /// Writes what is pending to the connected directory.
    Export,
}

impl Profile {
    /// All profiles.
    pub const ALL: &[Self] = &[
        Self::FullImport,
        Self::DeltaImport,
        Self::FullSynchronization,
        Self::DeltaSynchronization,
        Self::Export,
    ];

    /// Returns the name of the run profile.
    pub const fn name(self) -> &'static str {
        match self {
            Self::FullImport => "Full Import",
            Self::DeltaImport => "Delta Import",
            Self::FullSynchronization => "Full Synchronization",
            Self::DeltaSynchronization => "Delta Synchronization",
            Self::Export => "Export",
        }
    }

    /// Returns the type of its steps in run history.
    pub const fn step_type(self) -> &'static str {
        match self {
            Self::FullImport => "full-import",
            Self::DeltaImport => "delta-import",
            Self::FullSynchronization | Self::DeltaSynchronization => "apply-rules",
            Self::Export => "export",
        }
    }

    /// Returns the subtype of its steps in run history; empty for an export.
    pub const fn step_subtype(self) -> &'static str {
        match self {
            Self::FullImport | Self::DeltaImport => "to-cs",
            Self::FullSynchronization => "reevaluate-flow-connectors",
            Self::DeltaSynchronization => "apply-pending",
            Self::Export => "",
        }
    }

    /// Returns whether the profile is an import.
    pub const fn is_import(self) -> bool {
        matches!(self, Self::FullImport | Self::DeltaImport)
    }

    /// Returns whether the profile is a synchronization.
    pub const fn is_synchronization(self) -> bool {
        matches!(self, Self::FullSynchronization | Self::DeltaSynchronization)
    }
}

impl std::fmt::Display for Profile {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

impl FromStr for Profile {
    type Err = String;

    /// Parses a profile name in any letter case.
    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .iter()
            .copied()
            .find(|profile| profile.name().eq_ignore_ascii_case(text.trim()))
            .ok_or_else(|| {
                let known: Vec<&str> = Self::ALL.iter().map(|profile| profile.name()).collect();
                format!("no run profile `{text}`; there are {}", known.join(", "))
            })
    }
}

/// Declares the closed list of step results.
macro_rules! results {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)*) => {
        /// How a step or a run ended (SE 7.2).
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub enum StepResult { $($(#[doc = $doc])+ $name),* }

        impl StepResult {
            /// All results.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the name in run history.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

results! {
    /// Nothing to report.
    Success = "success",
    /// A full import received nothing (SE-112).
    CompletedNoObjects = "completed-no-objects",
    /// Data is not in the expected state (SE-117, SE-127).
    CompletedWarnings = "completed-warnings",
    /// Transient objects are left (SE-088).
    CompletedTransientObjects = "completed-transient-objects",
    /// Rows were refused (SE-219).
    CompletedExportErrors = "completed-export-errors",
    /// Objects failed to synchronize (SE-158).
    CompletedSyncErrors = "completed-sync-errors",
    /// Rows could not be staged (SE-110).
    CompletedDiscoveryErrors = "completed-discovery-errors",
    /// No valid watermark (SE-115, SE-116, SE-256).
    NoStartFullImportRequired = "no-start-full-import-required",
    /// No partition is selected.
    NoStartPartitionNotConfigured = "no-start-partition-not-configured",
    /// The domain of the partition is gone.
    NoStartPartitionDelete = "no-start-partition-delete",
    /// Too many deletions are pending (SE-264).
    StoppedDeletionThresholdExceeded = "stopped-deletion-threshold-exceeded",
    /// More than 5,000 errors (SE-224).
    StoppedErrorLimit = "stopped-error-limit",
    /// The credentials of the connector are not valid (FM-01).
    NoStartCredentials = "no-start-credentials",
    /// The directory is not reachable, or refuses the query (SE-227, SE-075).
    NoStartConnection = "no-start-connection",
    /// No controller of the domain answers (FM-04).
    NoStartNoDomainController = "no-start-no-domain-controller",
    /// The connector cannot begin its work (FM-05).
    NoStartMa = "no-start-ma",
    /// The domain of the partition has another name.
    NoStartPartitionRename = "no-start-partition-rename",
    /// The profile has no step (SE-237).
    NoStartNoSteps = "no-start-no-steps-in-profile",
    /// The configuration of the connector is broken.
    NoStartBadConfiguration = "no-start-bad-ma-configuration",
    /// The engine failed before the step began.
    NoStartServer = "no-start-server",
    /// The step names a partition that is not there.
    MissingPartition = "missing-partition-for-run-step",
    /// The connection to a forest broke (SE-228).
    StoppedConnectivity = "stopped-connectivity",
    /// The connection to the tenant broke (SE-228).
    StoppedServerDown = "stopped-server-down",
    /// The tenant does not take the credentials any more.
    StoppedBadCredentials = "stopped-bad-server-credentials",
    /// The connector failed, for instance to sign in (FM-41).
    StoppedExtension = "stopped-extension-dll-exception",
    /// Reading failed (SE 3.8).
    StoppedImportRead = "stopped-import-read",
    /// The step reached its limit of rows.
    StoppedObjectLimit = "stopped-object-limit",
    /// An operator stopped the run (SE-231).
    StoppedUser = "stopped-user-termination-from-wmi-or-ui",
    /// The service stopped (SE-232).
    StoppedServiceShutdown = "stopped-service-shutdown",
    /// The database is at its limit (SE-259).
    StoppedDatabaseFull = "stopped-database-disk-full",
    /// The connection to the database broke.
    StoppedDatabaseLost = "stopped-database-connection-lost",
    /// The database gave a transaction up.
    StoppedDeadlocked = "stopped-deadlocked",
    /// The server has no memory left.
    StoppedOutOfMemory = "stopped-out-of-memory",
    /// The disk of the server is full.
    StoppedDiskFull = "stopped-disk-full",
    /// The engine failed.
    StoppedServer = "stopped-server",
}

impl StepResult {
    /// Returns the rank by severity: stopped over no-start over discovery errors over
    /// synchronization and export errors over transient objects over warnings over no objects over
    /// success (SE-238).
    pub const fn severity(self) -> u8 {
        match self {
            Self::Success => 0,
            Self::CompletedNoObjects => 1,
            Self::CompletedWarnings => 2,
            Self::CompletedTransientObjects => 3,
            Self::CompletedExportErrors | Self::CompletedSyncErrors => 4,
            Self::CompletedDiscoveryErrors => 5,
            Self::NoStartFullImportRequired
            | Self::NoStartPartitionNotConfigured
            | Self::NoStartPartitionDelete
            | Self::NoStartCredentials
            | Self::NoStartConnection
            | Self::NoStartNoDomainController
            | Self::NoStartMa
            | Self::NoStartPartitionRename
            | Self::NoStartNoSteps
            | Self::NoStartBadConfiguration
            | Self::NoStartServer
            | Self::MissingPartition => 6,
            Self::StoppedDeletionThresholdExceeded
            | Self::StoppedErrorLimit
            | Self::StoppedConnectivity
            | Self::StoppedServerDown
            | Self::StoppedBadCredentials
            | Self::StoppedExtension
            | Self::StoppedImportRead
            | Self::StoppedObjectLimit
            | Self::StoppedUser
            | Self::StoppedServiceShutdown
            | Self::StoppedDatabaseFull
            | Self::StoppedDatabaseLost
            | Self::StoppedDeadlocked
            | Self::StoppedOutOfMemory
            | Self::StoppedDiskFull
            | Self::StoppedServer => 7,
        }
    }

    /// Returns the more severe of two results; the first when they are equal.
    #[must_use]
    pub const fn worst(self, other: Self) -> Self {
        if other.severity() > self.severity() { other } else { self }
    }

    /// Returns whether the step was stopped before its end.
    pub const fn is_stopped(self) -> bool {
        self.severity() == 7
    }

    /// Returns whether the next step of the run starts after this one (SE-236).
    pub const fn lets_next_step_start(self) -> bool {
        self.severity() < 5
    }

    /// Returns whether the step ended by itself: neither stopped nor refused to start.
    pub const fn is_complete(self) -> bool {
        self.severity() < 6
    }
}

impl std::fmt::Display for StepResult {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One run in the history (SE 7.1). Its number is the key of its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RunRecord {
    /// The key of the row, counted over all connectors from 1.
    pub id: u64,
    /// The identity that cmdlets show as `RunHistoryId`.
    pub guid: Guid,
    /// The run number of the connector, from 1.
    pub number: u64,
    /// The connector.
    pub connector: u32,
    /// Its name at that time.
    pub connector_name: String,
    /// What the run did.
    pub profile: Profile,
    /// The most severe step result (SE-238).
    pub result: StepResult,
    /// One step per selected partition.
    pub steps: Vec<StepRecord>,
    /// When the run began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
}

impl Row for RunRecord {
    const TABLE: Table = Table::Run;
}

impl RunRecord {
    /// Returns the sum of a counter over the steps; outbound counters are not part of it.
    pub fn count(&self, counter: Counter) -> u64 {
        self.steps.iter().filter_map(|step| step.counters.get(&counter)).sum()
    }

    /// Returns the sum of an outbound counter towards one connector.
    pub fn outbound(&self, connector: u32, counter: Counter) -> u64 {
        self.steps.iter().filter_map(|step| step.outbound.get(&connector)?.get(&counter)).sum()
    }

    /// Returns all errors of all steps.
    pub fn errors(&self) -> impl Iterator<Item = &StepError> {
        self.steps.iter().flat_map(|step| &step.errors)
    }
}

/// One step of a run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepRecord {
    /// The number in the run, from 1.
    pub number: u32,
    /// The name of the partition: the naming context of a domain, or `default`.
    pub partition: String,
    /// How it ended.
    pub result: StepResult,
    /// Staging, inbound and export counters.
    pub counters: Counters,
    /// Outbound counters by target connector.
    pub outbound: BTreeMap<u32, Counters>,
    /// Synchronization and export errors met in the step, in the order they occurred.
    pub errors: Vec<StepError>,
    /// Errors of the metaverse pass (SE-137).
    pub mv_retry_errors: Vec<StepError>,
    /// Rows that could not be staged (SE 3.8).
    pub discovery_errors: Vec<DiscoveryError>,
    /// Entries of the event log that the step writes (SE 7.3).
    pub events: Vec<LogEvent>,
    /// dirsim's own remarks about the step (D10).
    pub notes: Vec<Note>,
    /// The export batch of the step and the last successful one; zero for other steps (SE-205,
    /// SE-233).
    pub export_batch: (u64, u64),
    /// When it began.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How connecting to the directory went; `None` in a synchronization, which needs none.
    pub connection: Option<Connection>,
}

/// How connecting to a directory went (SE 7.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connection {
    /// What came of it.
    pub result: ConnectionResult,
    /// The domain controller, or the endpoint of the tenant; empty when none was found.
    pub server: String,
    /// What the incident log says; empty when all went well.
    pub incident: String,
}

/// What came of connecting to a directory (SE 7.1).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum ConnectionResult {
    /// Connected until the end.
    Success,
    /// No connection.
    FailedConnection,
    /// The connection broke.
    DroppedConnection,
    /// The credentials were refused.
    FailedAuthentication,
    /// A right is missing.
    FailedPermission,
    /// The query failed.
    FailedSearch,
    /// The directory takes no watermark of the connector.
    WarningNoWatermark,
}

impl ConnectionResult {
    /// Returns the word in run history.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Success => "success",
            Self::FailedConnection => "failed-connection",
            Self::DroppedConnection => "dropped-connection",
            Self::FailedAuthentication => "failed-authentication",
            Self::FailedPermission => "failed-permission",
            Self::FailedSearch => "failed-search",
            Self::WarningNoWatermark => "warning-no-watermark",
        }
    }
}

/// An object that failed in a step.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StepError {
    /// The connector space object; 0 when the metaverse pass failed on an object without one.
    pub cs: u64,
    /// Its name at that time.
    pub dn: String,
    /// What happened.
    pub error: ErrorRecord,
}

/// A row that could not be staged (SE 3.8).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DiscoveryError {
    /// `invalid-dn`, `duplicate-object`, `need-full-object` …
    pub error_type: String,
    /// The name of the row.
    pub dn: String,
    /// What was found.
    pub text: String,
}

/// An entry of the server's event log (SE 7.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogEvent {
    /// The event number: 116, 6941, 6956 …
    pub event: u32,
    /// The connector space object it is about; 0 for none.
    pub cs: u64,
    /// What it says.
    pub text: String,
}

/// One object behind a counter (SE-186).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The connector space object.
    pub cs: u64,
    /// Its name at that time, when the object is gone now.
    pub dn: Option<Box<str>>,
    /// How often it was visited again in the step (SE-185).
    pub update_count: u32,
}

/// A counter of a step: inbound, staging and export (`target` 0), or outbound to a connector.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct DetailOf {
    /// The run's key.
    pub run: u64,
    /// The step's number.
    pub step: u32,
    /// The target connector of an outbound counter; 0 otherwise.
    pub target: u32,
    /// The counter.
    pub counter: Counter,
}

/// Objects of one row of details; a row stays far below the size limit of the store.
const DETAILS_PER_ROW: usize = 1024;

impl DetailOf {
    fn prefix(self) -> Vec<u8> {
        let mut key = Vec::with_capacity(21);
        key.extend_from_slice(&self.run.to_be_bytes());
        key.extend_from_slice(&self.step.to_be_bytes());
        key.extend_from_slice(&self.target.to_be_bytes());
        key.push(self.counter as u8);
        key
    }
}

/// Writes the objects behind a counter.
pub(crate) fn put_details(
    tables: &mut dyn Tables,
    of: DetailOf,
    details: &[Detail],
) -> StoreResult<()> {
    for (chunk, part) in details.chunks(DETAILS_PER_ROW).enumerate() {
        let mut key = of.prefix();
        key.extend_from_slice(&u32::try_from(chunk).unwrap_or(u32::MAX).to_be_bytes());
        tables.put(Table::RunDetail, &key, rows::encode(&part))?;
    }
    Ok(())
}

/// Name of the meta record that counts the details of run history.
const DETAILS: &str = "sync-run-details";

/// Returns how many details run history holds (SE-259).
pub fn details_kept(tables: &dyn Tables) -> StoreResult<u64> {
    Ok(rows::meta(tables, DETAILS)?.unwrap_or(0))
}

/// Counts new details.
pub(crate) fn add_details(tables: &mut dyn Tables, count: u64) -> StoreResult<()> {
    if count == 0 {
        return Ok(());
    }
    let kept = details_kept(tables)?;
    rows::put_meta(tables, DETAILS, &(kept + count))
}

/// Returns the objects behind a counter in the order they were counted.
pub fn details(tables: &dyn Tables, of: DetailOf) -> StoreResult<Vec<Detail>> {
    let prefix = of.prefix();
    let end = prefix_end(&prefix);
    let mut all = Vec::new();
    for (key, bytes) in tables.scan(Table::RunDetail, &prefix, end.as_deref(), usize::MAX)? {
        all.extend(rows::decode::<Vec<Detail>>(Table::RunDetail, &key, &bytes)?);
    }
    Ok(all)
}

/// Returns the newest runs first, at most `limit`, of one connector or of all.
pub fn history(
    tables: &dyn Tables,
    connector: Option<u32>,
    limit: usize,
) -> StoreResult<Vec<RunRecord>> {
    let mut runs: Vec<RunRecord> = rows::after::<RunRecord>(tables, None, usize::MAX)?
        .into_iter()
        .map(|(_, run)| run)
        .filter(|run| connector.is_none_or(|id| id == run.connector))
        .collect();
    runs.reverse();
    runs.truncate(limit);
    Ok(runs)
}

/// Removes runs that ended before `before` with their steps and details, nothing else (SE-257).
/// Returns how many went.
pub fn purge(tables: &mut dyn Tables, before: Timestamp) -> StoreResult<u64> {
    let (mut removed, mut details) = (0, 0);
    let mut events = Vec::new();
    for (id, run) in rows::after::<RunRecord>(tables, None, usize::MAX)? {
        if run.ended >= before {
            continue;
        }
        let prefix = rows::key(id);
        let end = prefix_end(&prefix);
        for (key, bytes) in tables.scan(Table::RunDetail, &prefix, end.as_deref(), usize::MAX)? {
            let part: Vec<Detail> = rows::decode(Table::RunDetail, &key, &bytes)?;
            details += part.len() as u64;
            tables.delete(Table::RunDetail, &key)?;
        }
        for step in run.steps {
            let entries = step.events.into_iter().map(|event| event_log::Entry {
                at: step.ended,
                event: event.event,
                text: event.text,
            });
            events.extend(entries);
        }
        rows::delete::<RunRecord>(tables, id)?;
        removed += 1;
    }
    event_log::outlive(tables, events)?;
    if details > 0 {
        let kept = details_kept(tables)?;
        rows::put_meta(tables, DETAILS, &kept.saturating_sub(details))?;
    }
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use super::StepResult::*;
    use super::*;

    /// SE-238.
    #[test]
    fn the_most_severe_result_wins() {
        let worst = |results: &[StepResult]| {
            results.iter().fold(StepResult::Success, |worst, next| worst.worst(*next))
        };
        assert_eq!(worst(&[CompletedNoObjects, CompletedWarnings]), CompletedWarnings);
        assert_eq!(worst(&[CompletedExportErrors, CompletedSyncErrors]), CompletedExportErrors);
        assert_eq!(
            worst(&[NoStartFullImportRequired, StoppedErrorLimit, CompletedDiscoveryErrors]),
            StoppedErrorLimit
        );
    }

    #[test]
    fn profiles_are_named_as_in_the_product() {
        assert_eq!("delta synchronization".parse(), Ok(Profile::DeltaSynchronization));
        assert!("Delta Sync".parse::<Profile>().is_err());
    }
}
