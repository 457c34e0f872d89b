//! The language against its public documentation: what an example prints.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use dirsim_rules::RuleOptions;
use dirsim_runbook::format::outputs_text;
use dirsim_runbook::{Session, check, run};
use dirsim_world::{Setup, World};

/// Runs every example of a file and returns those that print something else.
fn wrong(examples: &str) -> Vec<String> {
    let mut wrong = Vec::new();
    for line in examples.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (script, expected) = line.rsplit_once(" ⇒ ").unwrap();
        let setup = Setup {
            seed: 7,
            clock: "2026-01-05T08:00:00Z".parse().unwrap(),
            rules: RuleOptions::default(),
            rule_files: None,
        };
        let mut world = World::in_memory(setup).unwrap();
        let found = match check(script, "example") {
            Ok(script) => {
                let outcome = run(&script, &mut Session::new(&mut world));
                let mut text = outputs_text(&outcome.outputs);
                if let Some(failure) = outcome.failed {
                    text.push_str(&failure.error.to_string());
                }
                text.trim_matches('\n').lines().collect::<Vec<_>>().join("|")
            }
            Err(errors) => errors.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "),
        };
        if found != expected {
            wrong.push(format!("{script}\n  expected {expected}\n  found    {found}"));
        }
    }
    wrong
}

#[test]
fn operators_do_what_their_documentation_says() {
    let wrong = wrong(include_str!("language/operators.txt"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn statements_do_what_their_documentation_says() {
    let wrong = wrong(include_str!("language/statements.txt"));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
