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
    let mut entries = all(tables)?;
    entries.push(Entry { at, event: SCHEDULER, text: format!("Scheduler: {}", text.into()) });
    let surplus = entries.len().saturating_sub(KEPT);
    entries.drain(..surplus);
    rows::put_meta(tables, ENTRIES, &entries)
}
