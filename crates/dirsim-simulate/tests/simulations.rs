//! Simulations of a few seeds, and what the shrinker makes of a log that breaks a rule.

use dirsim_simulate::{Entry, Log, simulate};

/// SE-354 to SE-378 after every step of a few random worlds; `cargo xtask soak` looks at more.
#[test]
fn every_invariant_holds_in_random_worlds() {
    for seed in 0..3 {
        let outcome = simulate(seed, 40);
        let entries: Vec<String> = outcome.log.entries.iter().map(Entry::to_string).collect();
        assert_eq!(
            outcome.log.broken,
            None,
            "dirsim simulate --seed {seed} --steps 40\n{}",
            entries.join("\n")
        );
        assert!(outcome.runs > 20 && outcome.changes > 60, "seed {seed} did too little");
    }
}

/// What is written is read again, and a log of another format is refused.
#[test]
fn logs_survive_a_file() {
    let log = simulate(1, 5).log;
    let text = log.to_json().expect("a log can be written");
    assert_eq!(Log::from_json(&text), Ok(log));
    let other = text.replacen("\"format\": 1", "\"format\": 9", 1);
    assert!(Log::from_json(&other).is_err_and(|error| error.contains("format 9")));
}
