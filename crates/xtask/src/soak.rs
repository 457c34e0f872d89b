//! `cargo xtask soak`: random worlds for as long as one likes, from seeds nobody has seen.

use std::process::Command;

use crate::test::{announce, cargo};

/// Deeds in each world.
const STEPS: &str = "200";
/// More seeds than any time allows.
const SEEDS: &str = "1000000000";
/// Seeds that one commit may use before they could meet those of another one.
const SEEDS_PER_COMMIT: u64 = 1 << 24;

/// Simulates worlds for some minutes, with an optimized program; returns whether no rule broke.
pub(crate) fn run(minutes: u64) -> bool {
    announce(&format!("soak, {minutes} minutes"));
    simulate(&["--release"], minutes.saturating_mul(60))
}

fn simulate(profile: &[&str], seconds: u64) -> bool {
    let (seed, seconds) = (first_seed().to_string(), seconds.to_string());
    let mut arguments = vec!["run", "--quiet", "--package", "dirsim"];
    arguments.extend(profile);
    arguments.extend(["--", "simulate", "--seed", &seed, "--seeds", SEEDS, "--steps", STEPS]);
    arguments.extend(["--seconds", &seconds]);
    cargo("simulate", &arguments)
}

/// Derives the first seed from the commit; 1 outside version control.
fn first_seed() -> u64 {
    let head = Command::new("git").args(["rev-parse", "HEAD"]).output();
    let text = head.map(|output| String::from_utf8_lossy(&output.stdout).into_owned());
    let digits = text.unwrap_or_default();
    let number = digits.get(..8).and_then(|digits| u64::from_str_radix(digits, 16).ok());
    number.map_or(1, |number| number * SEEDS_PER_COMMIT)
}
