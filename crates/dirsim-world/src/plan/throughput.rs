//! How long the real export takes at least: the service takes so many writes in a span of time (ET-167).

use dirsim_model::time::MINUTE_MS;
use dirsim_sync::{Counter, Profile, RunRecord};
use dirsim_tenant::catalogue::catalogue;
use serde::Serialize;

/// What the planned exports cost the service.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Throughput {
    /// Object writes: every row that the tenant accepts is one, also the second row about an object,
    /// which carries its references (SE-213).
    pub writes: u64,
    /// Objects among them.
    pub objects: u64,
    /// Writes of the second pass.
    pub second_pass: u64,
    /// Writes that the service takes in one window.
    pub window_writes: u64,
    /// The length of the window in minutes.
    pub window_minutes: i64,
    /// Windows that the export has to wait for.
    pub waits: u64,
    /// How long the real export takes at least, in minutes.
    pub at_least_minutes: i64,
}

/// Computes the cost of planned runs; `objects` is the number of objects written to the tenant.
pub(super) fn of(runs: &[RunRecord], entra: impl Fn(u32) -> bool, objects: u64) -> Throughput {
    let written = [Counter::ExportAdd, Counter::ExportUpdate, Counter::ExportDelete];
    let exports = runs.iter().filter(|run| run.profile == Profile::Export && entra(run.connector));
    let writes = exports.flat_map(|run| written.map(|counter| run.count(counter))).sum::<u64>();
    cost(writes, objects)
}

/// Computes the cost of so many writes about so many objects.
pub fn cost(writes: u64, objects: u64) -> Throughput {
    let limit = catalogue().limits.throttle;
    // The first window is open at once; the last write of a full one waits for nothing.
    let waits = writes.saturating_sub(1) / limit.writes.max(1);
    let minutes = i64::try_from(waits).unwrap_or(i64::MAX).saturating_mul(limit.window_minutes);
    Throughput {
        writes,
        objects,
        second_pass: writes.saturating_sub(objects),
        window_writes: limit.writes,
        window_minutes: limit.window_minutes,
        waits,
        at_least_minutes: minutes,
    }
}

impl Throughput {
    /// Says it in a sentence.
    pub fn words(&self) -> String {
        let Self { writes, objects, second_pass, window_writes, window_minutes, .. } = *self;
        let second = match second_pass {
            0 => String::new(),
            n => format!(", {} of them references in a second pass", grouped(n)),
        };
        let count = |number: u64, one: &str| match number {
            1 => format!("1 {one}"),
            more => format!("{} {one}s", grouped(more)),
        };
        let what = format!("{} for {}{second}", count(writes, "write"), count(objects, "object"));
        let window =
            format!("the service takes {} in {window_minutes} minutes", grouped(window_writes));
        if self.waits == 0 {
            return format!("{what}; {window}, so the real export need not wait");
        }
        format!(
            "{what}; {window}, so the real export takes at least {}",
            duration(self.at_least_minutes * MINUTE_MS)
        )
    }
}

/// Writes a number with commas between the thousands.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut out = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            out.push(',');
        }
        out.push(digit);
    }
    out
}

/// Writes a span of time in hours and minutes.
fn duration(ms: i64) -> String {
    let minutes = ms / MINUTE_MS;
    match (minutes / 60, minutes % 60) {
        (0, minutes) => format!("{minutes} minutes"),
        (1, 0) => "1 hour".to_owned(),
        (hours, 0) => format!("{hours} hours"),
        (1, minutes) => format!("1 hour {minutes} minutes"),
        (hours, minutes) => format!("{hours} hours {minutes} minutes"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// ET-167: 20,000 adds are done 10 minutes after the first; 7,000 are done at once.
    #[test]
    fn the_example_of_et_167() {
        assert_eq!(cost(0, 0).at_least_minutes, 0);
        assert_eq!(cost(7_000, 7_000).at_least_minutes, 0);
        assert_eq!(cost(7_001, 7_001).at_least_minutes, 5);
        let example = cost(20_000, 20_000);
        assert_eq!((example.waits, example.at_least_minutes), (2, 10));
        assert_eq!(
            cost(1_000_000, 900_000).words(),
            "1,000,000 writes for 900,000 objects, 100,000 of them references in a second pass; the \
             service takes 7,000 in 5 minutes, so the real export takes at least 11 hours 50 minutes"
        );
    }
}
