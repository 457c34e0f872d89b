//! The language against its public documentation: what an example prints.
//!
//! One example per line: a script, an arrow, and what it prints, lines joined by `|`. Within a script
//! `⏎` stands for the end of a line.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]

use dirsim_rules::RuleOptions;
use dirsim_runbook::format::outputs_text;
use dirsim_runbook::{Session, check, run};
use dirsim_world::{Setup, World};

/// Runs every example of a file and returns those that print something else.
fn wrong(examples: &str) -> Vec<String> {
    let setup = Setup {
        seed: 7,
        clock: "2026-01-05T08:00:00Z".parse().unwrap(),
        rules: RuleOptions::default(),
        rule_files: None,
    };
    let mut world = World::in_memory(setup).unwrap();
    let mut wrong = Vec::new();
    for line in examples.lines().filter(|line| !line.starts_with('#') && !line.is_empty()) {
        let (script, expected) = line.rsplit_once(" ⇒ ").unwrap_or_else(|| panic!("{line}"));
        let script = script.replace('⏎', "\n");
        let found = match check(&script, "example") {
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

macro_rules! topics {
    ($($name:ident: $file:literal,)*) => {
        $(
            #[test]
            fn $name() {
                let wrong = wrong(include_str!(concat!("language/", $file)));
                assert!(wrong.is_empty(), "{}", wrong.join("\n"));
            }
        )*

        /// The issue asks for at least 400 examples.
        #[test]
        fn there_are_enough_examples() {
            let files = [$(include_str!(concat!("language/", $file))),*];
            let count: usize = files
                .iter()
                .map(|text| text.lines().filter(|line| line.contains(" ⇒ ")).count())
                .sum();
            assert!(count >= 400, "{count}");
        }
    };
}

topics! {
    operators_do_what_their_documentation_says: "operators.txt",
    statements_do_what_their_documentation_says: "statements.txt",
    numbers_do_what_their_documentation_says: "arithmetic.txt",
    comparisons_do_what_their_documentation_says: "comparison.txt",
    texts_do_what_their_documentation_says: "strings.txt",
    lists_and_tables_do_what_their_documentation_says: "collections.txt",
    control_flow_does_what_its_documentation_says: "control.txt",
    functions_do_what_their_documentation_says: "functions.txt",
    pipelines_do_what_their_documentation_says: "pipelines.txt",
    data_cmdlets_do_what_their_documentation_says: "data.txt",
    operators_of_version_seven_are_understood: "seven.txt",
    types_of_scripts_do_what_their_documentation_says: "types.txt",
}
