//! `cargo xtask soak`: random worlds for as long as one likes, from seeds nobody has seen; and a few
//! worlds in every check.

use std::process::Command;

use crate::test::{announce, cargo};

/// Deeds in each world of a soak.
const STEPS: &str = "200";
/// Deeds in each world of the whole check, which has less time and a slower program.
const STEPS_OF_CHECK: &str = "60";
/// Worlds of the whole check: a number rather than a time, so that a commit has one answer.
const SEEDS_OF_CHECK: &str = "16";
/// More seeds than any time allows.
const SEEDS: &str = "1000000000";
/// Seeds that one commit may use before they could meet those of another one.
const SEEDS_PER_COMMIT: u64 = 1 << 24;

/// Simulates worlds for some minutes, with an optimized program; returns whether no rule broke.
pub(crate) fn run(minutes: u64) -> bool {
    announce(&format!("soak, {minutes} minutes"));
    let seconds = minutes.saturating_mul(60).to_string();
    simulate(&["--release"], first_seed(), SEEDS, STEPS, &["--seconds", &seconds])
}

/// Simulates a few worlds for the whole check: the same ones for every commit, as long as
/// CONTRIBUTING.md names breaks that fresh seeds may meet.
pub(crate) fn briefly() -> bool {
    announce(&format!("{SEEDS_OF_CHECK} random worlds"));
    simulate(&[], 1, SEEDS_OF_CHECK, STEPS_OF_CHECK, &[])
}

fn simulate(profile: &[&str], seed: u64, seeds: &str, steps: &str, limit: &[&str]) -> bool {
    let seed = seed.to_string();
    let mut arguments = vec!["run", "--quiet", "--package", "dirsim"];
    arguments.extend(profile);
    arguments.extend(["--", "simulate", "--seed", &seed, "--seeds", seeds, "--steps", steps]);
    arguments.extend(limit);
    arguments.push("--acts");
    cargo("simulate", &arguments)
}

/// Reads how long to soak: minutes, or hours with an `h` behind them.
pub(crate) fn minutes(text: &str) -> Option<u64> {
    match text.strip_suffix(['h', 'H']) {
        Some(hours) => hours.parse::<u64>().ok()?.checked_mul(60),
        None => text.trim_end_matches('m').parse().ok(),
    }
}

/// Derives the first seed from the commit; 1 outside version control.
fn first_seed() -> u64 {
    let head = Command::new("git").args(["rev-parse", "HEAD"]).output();
    let text = head.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let digits = text.unwrap_or_default();
    let number = digits.get(..8).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number.map_or(1, |number| number * SEEDS_PER_COMMIT)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_minutes_or_hours() {
        assert_eq!(minutes("90"), Some(90));
        assert_eq!(minutes("90m"), Some(90));
        assert_eq!(minutes("8h"), Some(480));
        assert_eq!(minutes("long"), None);
    }
}
