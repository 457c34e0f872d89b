//! The write window of the service: so many object writes in a sliding span of time (ET-167).
//!
//! Rows of the sync client, password hashes and commands of administrators share one window. It is
//! enforced when [`Options::throttled`](crate::options::Options) says so; a rehearsal that does not
//! care for time runs without it.

use dirsim_model::Timestamp;
use dirsim_model::time::MINUTE_MS;
use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::catalogue::catalogue;
use crate::options;

/// Writes by the instant at which they were done, oldest first.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Window {
    writes: Vec<(Timestamp, u64)>,
}

const WINDOW: &str = "tenant-writes";

/// Returns how many object writes the service still takes now; `None` when it does not count them.
pub fn room(tables: &dyn Tables, now: Timestamp) -> StoreResult<Option<u64>> {
    let options = options::options(tables)?;
    if !options.throttled {
        return Ok(None);
    }
    let window = read(tables, now)?;
    let done: u64 = window.writes.iter().map(|(_, count)| count).sum();
    let most = options.write_limit.unwrap_or(catalogue().limits.throttle.writes);
    Ok(Some(most.saturating_sub(done)))
}

/// Returns the first instant, not before `now`, at which the window has room for one write.
pub fn room_from(tables: &dyn Tables, now: Timestamp) -> StoreResult<Timestamp> {
    if room(tables, now)? != Some(0) {
        return Ok(now);
    }
    let oldest = read(tables, now)?.writes.first().map_or(now, |(at, _)| *at);
    Ok(oldest + span_ms())
}

/// Returns whether some window holds more writes than fit; a smaller limit holds for writes to come.
pub(crate) fn is_overdrawn(tables: &dyn Tables) -> StoreResult<bool> {
    let most = options::options(tables)?.write_limit.unwrap_or(0);
    let most = most.max(catalogue().limits.throttle.writes);
    let window: Window = rows::meta(tables, WINDOW)?.unwrap_or_default();
    Ok(window.writes.iter().map(|(_, count)| count).sum::<u64>() > most)
}

/// Counts writes done now.
pub(crate) fn record(tables: &mut dyn Tables, now: Timestamp, writes: u64) -> StoreResult<()> {
    let mut window = read(tables, now)?;
    match window.writes.last_mut() {
        Some((at, count)) if *at == now => *count += writes,
        _ => window.writes.push((now, writes)),
    }
    rows::put_meta(tables, WINDOW, &window)
}

/// Returns the writes that still count: a write leaves the window when it is as old as the span.
fn read(tables: &dyn Tables, now: Timestamp) -> StoreResult<Window> {
    let mut window: Window = rows::meta(tables, WINDOW)?.unwrap_or_default();
    window.writes.retain(|(at, _)| *at + span_ms() > now);
    Ok(window)
}

fn span_ms() -> i64 {
    catalogue().limits.throttle.window_minutes * MINUTE_MS
}
