//! Settings of the synchronization server: scheduler, staging mode, deletion threshold
//! (SE 6.4, sections 8 and 9).

use dirsim_model::Timestamp;
use dirsim_model::time::{DAY_MS, MINUTE_MS};
use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::cycle::Policy;

/// Name of the meta record that holds the settings of one server.
const SETTINGS: &str = "sync-server";
/// Name of the meta record that holds the settings that all servers of the tenant share.
const TENANT_SETTINGS: &str = "tenant-sync-settings";

/// What `Get-ADSyncScheduler` and the deletion threshold cmdlets show and set (SE 6.4, SE-260).
#[expect(clippy::struct_excessive_bools, reason = "the switches of the product, each on its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// Shortest interval that the tenant allows, in milliseconds.
    pub allowed_interval_ms: i64,
    /// The wanted interval; kept, but not effective, when it is shorter than the allowed one.
    pub customized_interval_ms: Option<i64>,
    /// What the next cycle does: Initial once, then Delta.
    pub next_policy: Policy,
    /// When the next cycle starts by itself.
    pub next_start: Timestamp,
    /// How long run history is kept, in milliseconds.
    pub purge_interval_ms: i64,
    /// Whether cycles start by themselves.
    pub sync_cycle_enabled: bool,
    /// Whether maintenance runs once a day (SE-255).
    pub maintenance_enabled: bool,
    /// When maintenance ran last.
    pub maintained: Timestamp,
    /// Whether the server exports nothing in cycles (SE-271).
    pub staging_mode: bool,
    /// Whether a wizard holds all cycles (SE-252).
    pub suspended: bool,
    /// Whether too many deletions stop an export (SE-260).
    pub deletion_prevention: bool,
    /// Most deletions that one export may hold; one more stops it (SE-263).
    pub deletions_max: u32,
    /// Most deletions as a share of the synchronized objects, in percent; it stands in for
    /// `deletions_max` while it is set (SE-261).
    pub deletions_max_percent: Option<u32>,
    /// Whether the Entra watermark expires after seven days (SE-256).
    pub seven_day_rule: bool,
    /// Whether passing time starts the cycles that are due (SE-248). Off, somebody starts each.
    pub timed: bool,
    /// Whether the service is stopped; nothing runs until it is started.
    pub stopped: bool,
    /// The database and its limit (SE-259).
    pub database: Database,
}

impl Settings {
    /// Returns the settings of a new installation (SE 6.4, SE-260).
    pub fn new(now: Timestamp) -> Self {
        Self {
            allowed_interval_ms: 30 * MINUTE_MS,
            customized_interval_ms: None,
            next_policy: Policy::Initial,
            next_start: now,
            purge_interval_ms: 7 * DAY_MS,
            sync_cycle_enabled: true,
            maintenance_enabled: true,
            maintained: now,
            staging_mode: false,
            suspended: false,
            deletion_prevention: true,
            deletions_max: 500,
            deletions_max_percent: None,
            seven_day_rule: true,
            timed: false,
            stopped: false,
            database: Database::default(),
        }
    }

    /// Returns the interval in force: the longer of the allowed and the wanted one.
    pub fn effective_interval_ms(&self) -> i64 {
        self.customized_interval_ms.unwrap_or(0).max(self.allowed_interval_ms)
    }
}

#[expect(clippy::struct_excessive_bools, reason = "the switches of the product, each on its own")]
/// The settings that live in the tenant, so that every server of it sees them (SE-254, SE-261).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Shared {
    allowed_interval_ms: i64,
    customized_interval_ms: Option<i64>,
    purge_interval_ms: i64,
    sync_cycle_enabled: bool,
    maintenance_enabled: bool,
    deletion_prevention: bool,
    deletions_max: u32,
    deletions_max_percent: Option<u32>,
    seven_day_rule: bool,
}

#[expect(clippy::struct_excessive_bools, reason = "the switches of the product, each on its own")]
/// The settings of one server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Own {
    next_policy: Policy,
    next_start: Timestamp,
    maintained: Timestamp,
    staging_mode: bool,
    suspended: bool,
    timed: bool,
    stopped: bool,
    database: Database,
}

/// The database of a server and the room it may take (SE-259).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Database {
    /// Whether it is the small one that comes with the product, which has a limit.
    pub local: bool,
    /// The limit in bytes.
    pub limit_bytes: u64,
    /// What one object takes, in bytes.
    pub object_bytes: u64,
    /// What one detail of run history takes, in bytes.
    pub detail_bytes: u64,
}

impl Default for Database {
    fn default() -> Self {
        Self { local: true, limit_bytes: 10 << 30, object_bytes: 8 << 10, detail_bytes: 512 }
    }
}

impl Settings {
    fn split(&self) -> (Shared, Own) {
        (
            Shared {
                allowed_interval_ms: self.allowed_interval_ms,
                customized_interval_ms: self.customized_interval_ms,
                purge_interval_ms: self.purge_interval_ms,
                sync_cycle_enabled: self.sync_cycle_enabled,
                maintenance_enabled: self.maintenance_enabled,
                deletion_prevention: self.deletion_prevention,
                deletions_max: self.deletions_max,
                deletions_max_percent: self.deletions_max_percent,
                seven_day_rule: self.seven_day_rule,
            },
            Own {
                next_policy: self.next_policy,
                next_start: self.next_start,
                maintained: self.maintained,
                staging_mode: self.staging_mode,
                suspended: self.suspended,
                timed: self.timed,
                stopped: self.stopped,
                database: self.database.clone(),
            },
        )
    }

    fn join(shared: &Shared, own: Own) -> Self {
        Self {
            allowed_interval_ms: shared.allowed_interval_ms,
            customized_interval_ms: shared.customized_interval_ms,
            next_policy: own.next_policy,
            next_start: own.next_start,
            purge_interval_ms: shared.purge_interval_ms,
            sync_cycle_enabled: shared.sync_cycle_enabled,
            maintenance_enabled: shared.maintenance_enabled,
            maintained: own.maintained,
            staging_mode: own.staging_mode,
            suspended: own.suspended,
            deletion_prevention: shared.deletion_prevention,
            deletions_max: shared.deletions_max,
            deletions_max_percent: shared.deletions_max_percent,
            seven_day_rule: shared.seven_day_rule,
            timed: own.timed,
            stopped: own.stopped,
            database: own.database,
        }
    }
}

/// What the installation wizard was told about identity, where it differs from the default
/// (SE-187, SE-292, SE-312).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The attribute of the source anchor when it is neither of the two GUIDs.
    pub anchor: Option<String>,
    /// The attribute of the cloud user name when it is not userPrincipalName.
    pub user_name: Option<String>,
    /// The attribute by which accounts of one person are found.
    pub matching: Option<String>,
}

/// Name of the meta record that holds the choices of the wizard.
const IDENTITY: &str = "sync-identity";

/// Returns what the installation wizard was told about identity.
pub fn identity(tables: &dyn Tables) -> StoreResult<Identity> {
    Ok(rows::meta(tables, IDENTITY)?.unwrap_or_default())
}

/// Keeps what the installation wizard was told about identity.
pub fn put_identity(tables: &mut dyn Tables, identity: &Identity) -> StoreResult<()> {
    rows::put_meta(tables, IDENTITY, identity)
}

/// Whether a server is upgraded by itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutoUpgrade {
    /// `Enabled`, `Disabled` or `Suspended`.
    pub state: String,
    /// Why it is suspended; empty otherwise.
    pub reason: String,
}

/// Name of the meta record that holds the state of the automatic upgrade.
const AUTO_UPGRADE: &str = "sync-auto-upgrade";

/// Returns the state of the automatic upgrade; a new installation has it on.
pub fn auto_upgrade(tables: &dyn Tables) -> StoreResult<AutoUpgrade> {
    let enabled = || AutoUpgrade { state: "Enabled".to_owned(), reason: String::new() };
    Ok(rows::meta(tables, AUTO_UPGRADE)?.unwrap_or_else(enabled))
}

/// Sets the state of the automatic upgrade.
pub fn set_auto_upgrade(tables: &mut dyn Tables, state: &AutoUpgrade) -> StoreResult<()> {
    rows::put_meta(tables, AUTO_UPGRADE, state)
}

/// Writes the settings of a new installation, those in the tenant included.
pub fn create(tables: &mut dyn Tables, now: Timestamp) -> StoreResult<()> {
    put_settings(tables, &Settings::new(now))
}

/// Writes the settings of a further server; those in the tenant stay (SE-254).
pub fn create_own(tables: &mut dyn Tables, now: Timestamp) -> StoreResult<()> {
    let (_, own) = Settings::new(now).split();
    rows::put_meta(tables, SETTINGS, &own)
}

/// Returns the settings; those of a new installation when none were written.
pub fn settings(tables: &dyn Tables) -> StoreResult<Settings> {
    let (shared, own) = Settings::new(Timestamp::default()).split();
    Ok(Settings::join(
        &rows::meta(tables, TENANT_SETTINGS)?.unwrap_or(shared),
        rows::meta(tables, SETTINGS)?.unwrap_or(own),
    ))
}

/// Writes the settings.
pub fn put_settings(tables: &mut dyn Tables, settings: &Settings) -> StoreResult<()> {
    let (shared, own) = settings.split();
    rows::put_meta(tables, TENANT_SETTINGS, &shared)?;
    rows::put_meta(tables, SETTINGS, &own)
}
