//! Settings of the synchronization server: scheduler, staging mode, deletion threshold
//! (SE 6.4, sections 8 and 9).

use dirsim_model::Timestamp;
use dirsim_model::time::{DAY_MS, MINUTE_MS};
use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::cycle::Policy;

/// Name of the meta record that holds the settings.
const SETTINGS: &str = "sync-server";

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
    /// Whether the Entra watermark expires after seven days (SE-256).
    pub seven_day_rule: bool,
}

impl Settings {
    /// Returns the settings of a new installation (SE 6.4, SE-260).
    pub const fn new(now: Timestamp) -> Self {
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
            seven_day_rule: true,
        }
    }

    /// Returns the interval in force: the longer of the allowed and the wanted one.
    pub fn effective_interval_ms(&self) -> i64 {
        self.customized_interval_ms.unwrap_or(0).max(self.allowed_interval_ms)
    }
}

/// Writes the settings of a new installation.
pub fn create(tables: &mut dyn Tables, now: Timestamp) -> StoreResult<()> {
    put_settings(tables, &Settings::new(now))
}

/// Returns the settings; those of a new installation when none were written.
pub fn settings(tables: &dyn Tables) -> StoreResult<Settings> {
    Ok(rows::meta(tables, SETTINGS)?.unwrap_or_else(|| Settings::new(Timestamp::default())))
}

/// Writes the settings.
pub fn put_settings(tables: &mut dyn Tables, settings: &Settings) -> StoreResult<()> {
    rows::put_meta(tables, SETTINGS, settings)
}
