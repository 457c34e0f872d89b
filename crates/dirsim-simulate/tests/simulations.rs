//! Simulations of a few seeds, logs that once broke a rule, and what the shrinker makes of a log.
#![allow(clippy::disallowed_methods, clippy::unwrap_used, reason = "tests read logs from files")]

use std::fs;
use std::path::Path;

use dirsim_forest::ForestEdit;
use dirsim_simulate::tally::Area;
use dirsim_simulate::{Entry, Law, Log, Player, Tally, shrink_against, simulate, simulate_against};
use dirsim_sync::StepResult;
use dirsim_world::{Input, Stepped, World};

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

/// Every log that once broke a rule, shortened, breaks none any more.
#[test]
fn logs_that_broke_a_rule_break_none() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/logs");
    let mut played = 0;
    for file in fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let log = Log::from_json(&fs::read_to_string(&path).unwrap())
            .unwrap_or_else(|problem| panic!("{}: {problem}", path.display()));
        let mut player = Player::new(&log.setup, true).unwrap();
        for (number, entry) in log.entries.iter().enumerate() {
            let done = player.play(entry);
            assert_eq!(done.err(), None, "{}, entry {}: {entry}", path.display(), number + 1);
        }
        played += 1;
    }
    assert!(played > 0, "there are no logs");
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

/// A law that is wrong on purpose: nothing that was moved may ever be imported again.
fn nothing_is_imported_after_a_move(
    history: &[Input],
    _: &World,
    stepped: &Stepped,
) -> Option<String> {
    let moved = history.iter().any(|input| matches!(input, Input::Forest(ForestEdit::Move { .. })));
    let imported = stepped.events.iter().any(|event| match event {
        dirsim_world::Event::Run(run) => {
            run.profile.is_import() && run.result == StepResult::Success
        }
        _ => false,
    });
    (moved && imported && stepped.refusal.is_none()).then(|| "imported after a move".to_owned())
}

/// The shrinker leaves what a broken law needs and nothing else, and what it leaves still breaks the
/// law when it is read from its file and played: a forest, a move in it, and an import.
#[test]
fn the_shortest_log_is_what_the_broken_law_needs() {
    let law: Law = nothing_is_imported_after_a_move;
    let broken = (0..20)
        .map(|seed| simulate_against(seed, 60, Some(law)).log)
        .find(|log| log.broken.is_some())
        .expect("somebody is moved in twenty worlds");
    let shortest = shrink_against(&broken, Some(law), |_| true);
    let shown: Vec<String> = shortest.entries.iter().map(Entry::to_string).collect();
    assert!(shortest.entries.len() <= 3, "not the shortest: {shown:#?}");
    assert!(shown.iter().any(|entry| entry.contains("Move")), "{shown:#?}");
    assert!(shown.last().is_some_and(|entry| entry.contains("Import on")), "{shown:#?}");

    let again = Log::from_json(&shortest.to_json().unwrap()).unwrap();
    assert_eq!(again.broken.as_ref().map(|broken| broken.rule.as_str()), Some("law"));
    let mut player = Player::against(&again.setup, true, Some(law)).unwrap();
    let (last, before) = again.entries.split_last().unwrap();
    for entry in before {
        player.play(entry).unwrap();
    }
    let found = player.play(last).expect_err("the log breaks the law again");
    assert_eq!(Some(found), again.broken);
}

/// Every kind of act has real chances: none of these is missing in a few dozen short worlds.
#[test]
fn acts_are_of_every_area() {
    let mut tally = Tally::default();
    for seed in 100..106 {
        let outcome = simulate(seed, 60);
        assert_eq!(outcome.log.broken, None, "dirsim simulate --seed {seed} --steps 60");
        tally.add(&outcome.tally);
    }
    for area in [
        Area::Forest,
        Area::Tenant,
        Area::Server,
        Area::Rules,
        Area::Servers,
        Area::Faults,
        Area::Runs,
        Area::Time,
    ] {
        let done: u64 =
            tally.acts().filter(|(one, ..)| *one == area).map(|(.., count)| count.done).sum();
        assert!(done > 5, "{area:?} was tried {done} times\n{tally}");
    }
}
