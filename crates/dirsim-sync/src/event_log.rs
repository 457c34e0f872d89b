//! Entries of the event log that belong to no run: the scheduler, its settings, the purge of run
//! history (SE 7.3).

use dirsim_model::Timestamp;
use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

/// Name of the meta record that holds the entries, the oldest first.
const ENTRIES: &str = "sync-event-log";
/// Entries that are kept; an event log wraps.
const KEPT: usize = 500;
/// What the scheduler writes.
pub const SCHEDULER: u32 = 904;
/// The service came up.
pub const SERVICE_STARTED: u32 = 2001;
/// The service was stopped.
pub const SERVICE_STOPPED: u32 = 2002;
/// The database has no room left (SE-259).
pub const DATABASE_FULL: u32 = 6323;

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Entry {
    /// When it was written.
    pub at: Timestamp,
    /// The number of the event.
    pub event: u32,
    /// What happened.
    pub text: String,
}

/// Returns all entries, the oldest first.
pub fn all(tables: &dyn Tables) -> StoreResult<Vec<Entry>> {
    Ok(rows::meta(tables, ENTRIES)?.unwrap_or_default())
}

/// Writes what the scheduler did.
pub fn scheduler(
    tables: &mut dyn Tables,
    at: Timestamp,
    text: impl Into<String>,
) -> StoreResult<()> {
    write(tables, at, SCHEDULER, format!("Scheduler: {}", text.into()))
}

/// Writes an entry that belongs to no run.
pub fn write(
    tables: &mut dyn Tables,
    at: Timestamp,
    event: u32,
    text: impl Into<String>,
) -> StoreResult<()> {
    let mut entries = all(tables)?;
    entries.push(Entry { at, event, text: text.into() });
    keep(tables, entries)
}

/// Takes the entries of runs over whose records are purged: a purge concerns run history, not the
/// event log (SE-257).
pub(crate) fn outlive(tables: &mut dyn Tables, purged: Vec<Entry>) -> StoreResult<()> {
    if purged.is_empty() {
        return Ok(());
    }
    let mut entries = all(tables)?;
    entries.extend(purged);
    entries.sort_by_key(|entry| entry.at);
    keep(tables, entries)
}

fn keep(tables: &mut dyn Tables, mut entries: Vec<Entry>) -> StoreResult<()> {
    let surplus = entries.len().saturating_sub(KEPT);
    entries.drain(..surplus);
    rows::put_meta(tables, ENTRIES, &entries)
}
