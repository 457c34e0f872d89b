//! The event log of a server: entries of runs, and those that belong to no run (SE 7.3).

use dirsim_model::Timestamp;
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::event_log::{self, SCHEDULER, SERVICE_STARTED, SERVICE_STOPPED};
use dirsim_sync::run;

/// An entry of the event log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogEntry {
    /// When it was written.
    pub at: Timestamp,
    /// The number of the event.
    pub event: u32,
    /// `Information`, `Warning` or `Error`.
    pub kind: &'static str,
    /// Who wrote it.
    pub source: &'static str,
    /// What happened.
    pub text: String,
}

/// Returns the entries, the newest first.
pub fn event_log(tables: &dyn Tables) -> StoreResult<Vec<LogEntry>> {
    let mut entries: Vec<LogEntry> = Vec::new();
    for run in run::history(tables, None, usize::MAX)? {
        for step in run.steps.iter().rev() {
            let newest = step.events.iter().rev();
            entries.extend(newest.map(|event| entry(step.ended, event.event, event.text.clone())));
        }
    }
    let own = event_log::all(tables)?;
    entries.extend(own.into_iter().rev().map(|known| entry(known.at, known.event, known.text)));
    entries.sort_by_key(|known| std::cmp::Reverse(known.at));
    Ok(entries)
}

fn entry(at: Timestamp, event: u32, text: String) -> LogEntry {
    let kind = match event {
        // A change that authority in the cloud keeps back is no error (SE-201).
        116 | 6956 => "Warning",
        104 | 105 | 114 | SCHEDULER | SERVICE_STARTED | SERVICE_STOPPED => "Information",
        _ => "Error",
    };
    let source = match event {
        ..=199 | SCHEDULER => "Directory Synchronization",
        _ => "ADSync",
    };
    LogEntry { at, event, kind, source, text }
}
