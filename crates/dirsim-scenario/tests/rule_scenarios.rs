//! Which story plays which part of the rule engine: docs/rule-scenarios.md is made from the scenario
//! files, and a part without a story fails the test.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]
#![expect(clippy::disallowed_methods, reason = "reads the scenarios and writes the document")]

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use dirsim_rules::{LinkType, MergeType, Operator};

/// The root of the repository.
fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// What a scenario must have in its list of rules to play a topic.
const TOPICS: &[(&str, &[&str])] = &[
    ("scope: groups are alternatives", &["SR-030"]),
    ("scope: texts compare without case", &["SR-033"]),
    ("scope: operands are converted", &["SR-034"]),
    ("scope: attributes with several values", &["SR-035"]),
    ("scope: parameters in operands", &["SR-036"]),
    ("scope: membership", &["SR-037"]),
    ("scope: nothing in a filter fails", &["SR-038"]),
    ("scope before join before flow", &["SR-021"]),
    ("joins: groups in order, the first single hit", &["SR-051"]),
    ("joins: ambiguous", &["SR-052", "SR-057", "SR-136"]),
    ("joins: across classes", &["SR-058"]),
    ("joins: outbound", &["SR-056"]),
    ("links: made, kept and broken", &["SR-050", "SR-060"]),
    ("links: sticky joins", &["SR-062"]),
    ("links: what keeps a metaverse object alive", &["SR-063"]),
    ("links: soft-delete expiry", &["SR-066"]),
    ("links: joins without flow", &["SR-068"]),
    ("flows: direct", &["SR-081"]),
    ("flows: constants", &["SR-082"]),
    ("flows: conversion", &["SR-083"]),
    ("flows: expressions are normalized", &["SR-084"]),
    ("flows: one value or many", &["SR-085"]),
    ("flows: the size limit", &["SR-087"]),
    ("flows: apply once", &["SR-088"]),
    ("flows: references", &["SR-025"]),
    ("flows: ImportedValue", &["SR-111"]),
    ("merging over rules", &["SR-090", "SR-091"]),
    ("merging outbound", &["SR-092"]),
    ("precedence over several forests", &["SR-008", "SR-022", "SR-100"]),
    ("precedence: IgnoreThisFlow and NULL", &["SR-101", "SR-102"]),
    ("precedence: flows that nobody asks do not fail", &["SR-104"]),
    ("precedence: AuthoritativeNull", &["SR-105"]),
    ("recall when the winner goes", &["SR-131", "SR-132", "SR-138"]),
    ("an object is synchronized whole or not at all", &["SR-023"]),
    ("a changed rule waits for a full synchronization", &["SR-024", "SR-137"]),
    ("the source anchor must not change", &["SR-112"]),
    ("the limit of group members", &["SR-113", "SR-134"]),
    ("cloned standard rules", &["SR-120"]),
    ("filters by what is wanted or unwanted", &["SR-039"]),
    ("errors while rules are loaded", &["SR-011"]),
];

/// Files that may hold the code of a problem: where they are, and how they end.
const PROBLEM_TESTS: &[(&str, &str)] =
    &[("scenarios", "yaml"), ("tests/cmd", "trycmd"), ("crates/dirsim-rules/tests", "rs")];

/// Where the stories are that are about rules.
const ABOUT_RULES: &[&str] = &[
    "scenarios/rules/",
    "scenarios/filtering/filters-outbound",
    "tests/cmd/load",
    "crates/dirsim-rules/",
];

/// Sources that raise the problems of rules when a set is loaded.
const PROBLEM_SOURCES: &[&str] = &[
    "crates/dirsim-rules/src/build",
    "crates/dirsim-rules/src/build.rs",
    "crates/dirsim-rules/src/set/selection.rs",
];

/// Problems that no text of a test's size reaches.
const UNREACHED: &[&str] = &["too-many-rules"];

struct Story {
    /// The path below the root.
    path: String,
    text: String,
}

/// Reads the files below a folder, or one file, sorted by path.
fn read(place: &str, end: &str) -> Vec<Story> {
    let path = root().join(place);
    if path.is_file() {
        return vec![Story { path: place.to_owned(), text: fs::read_to_string(path).unwrap() }];
    }
    let mut found = Vec::new();
    for entry in fs::read_dir(&path).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let inner = format!("{place}/{name}");
        let is_wanted = Path::new(&name).extension().is_some_and(|found| found == end);
        if is_wanted || root().join(&inner).is_dir() {
            found.extend(read(&inner, end));
        }
    }
    found.sort_by(|a, b| a.path.cmp(&b.path));
    found
}

/// Whether a text holds a word: nothing that could belong to it stands beside it.
fn has_word(text: &str, word: &str) -> bool {
    let inside = |c: char| c.is_alphanumeric() || c == '_' || c == '-';
    text.match_indices(word).any(|(at, _)| {
        let before = text.get(..at).and_then(|before| before.chars().next_back());
        let after = text.get(at + word.len()..).and_then(|after| after.chars().next());
        !before.is_some_and(inside) && !after.is_some_and(inside)
    })
}

/// The numbers that a scenario says it plays.
fn numbers(story: &Story) -> BTreeSet<&str> {
    let line = story.text.lines().find_map(|line| line.strip_prefix("rules: ["));
    let list = line.and_then(|line| line.strip_suffix(']')).unwrap_or_default();
    list.split(',').map(str::trim).collect()
}

/// The codes that the sources raise.
fn codes() -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    for story in PROBLEM_SOURCES.iter().flat_map(|place| read(place, "rs")) {
        for call in ["problems.error(", "problems.warning(", "problems.add(severity, ", "code: "] {
            for (_, rest) in story.text.match_indices(call).map(|(at, _)| {
                (at, story.text.get(at + call.len()..).unwrap_or_default().trim_start())
            }) {
                let code = rest.strip_prefix('"').and_then(|rest| rest.split('"').next());
                found.extend(code.map(str::to_owned));
            }
        }
    }
    assert!(found.len() > 25, "the codes are not found any more: {found:?}");
    found
}

fn link(story: &Story) -> String {
    let name = story.path.rsplit('/').next().unwrap_or_default();
    format!("[{}](../{})", name.rsplit_once('.').map_or(name, |(name, _)| name), story.path)
}

/// Writes one table; tells what has no story.
fn table<'a>(
    page: &mut String,
    heading: &str,
    column: &str,
    rows: impl Iterator<Item = (String, Vec<&'a Story>)>,
) -> Vec<String> {
    const SHOWN: usize = 4;
    write!(page, "\n## {heading}\n\n| {column} | Played by |\n|---|---|\n").unwrap();
    let mut missing = Vec::new();
    for (name, stories) in rows {
        if stories.is_empty() {
            missing.push(format!("{heading}: {name}"));
        }
        // Stories about something else come and go; they are named only where nobody else plays it.
        let about_rules: Vec<&Story> = stories
            .iter()
            .copied()
            .filter(|story| ABOUT_RULES.iter().any(|place| story.path.starts_with(place)))
            .collect();
        let shown = if about_rules.is_empty() { &stories } else { &about_rules };
        let cells: Vec<String> = shown.iter().take(SHOWN).map(|story| link(story)).collect();
        writeln!(page, "| {name} | {} |", cells.join(", ")).unwrap();
    }
    missing
}

/// Every operator, link type, merge type, topic and load error of the rules has a story.
#[test]
fn every_part_of_the_rules_has_a_story() {
    let stories = read("scenarios", "yaml");
    let playing = |plays: &dyn Fn(&str) -> bool| -> Vec<&Story> {
        stories.iter().filter(|story| plays(&story.text)).collect()
    };
    let mut page = "# Which story plays which part of the rules\n\nMade from the scenario files; a test holds it, and a part without a story fails the test.\n".to_owned();
    let mut missing = Vec::new();
    let operators = Operator::ALL
        .iter()
        .map(|(_, name)| (format!("`{name}`"), playing(&|text| has_word(text, name))));
    missing.extend(table(&mut page, "Operators of a scope", "Operator", operators));
    let links = LinkType::ALL.into_iter().map(|link| {
        let (word, name) = (format!("link: {}", kebab(link.name())), link.name());
        let cmdlet = format!("LinkType='{name}'");
        let plays = |text: &str| has_word(text, &word) || text.contains(&cmdlet);
        (name.to_owned(), playing(&plays))
    });
    missing.extend(table(&mut page, "Link types", "Link type", links));
    let merges = MergeType::ALL.into_iter().map(|merge| {
        let plays = |text: &str| {
            text.lines().any(|line| {
                line.split_once("merge: {").is_some_and(|(_, rest)| has_word(rest, merge.name()))
            })
        };
        (merge.name().to_owned(), playing(&plays))
    });
    missing.extend(table(&mut page, "Merge types", "Merge type", merges));
    let topics = TOPICS.iter().map(|(topic, wanted)| {
        let found = stories.iter().filter(|story| {
            let numbers = numbers(story);
            wanted.iter().any(|number| numbers.contains(number))
        });
        (format!("{topic} ({})", wanted.join(", ")), found.collect())
    });
    missing.extend(table(&mut page, "Topics", "Topic", topics));
    let tests: Vec<Story> =
        PROBLEM_TESTS.iter().flat_map(|(place, end)| read(place, end)).collect();
    let codes = codes();
    let problems = codes.iter().filter(|code| !UNREACHED.contains(&code.as_str())).map(|code| {
        (format!("`{code}`"), tests.iter().filter(|test| has_word(&test.text, code)).collect())
    });
    missing.extend(table(&mut page, "Problems of a rule set", "Code", problems));
    assert!(missing.is_empty(), "no story plays\n{}", missing.join("\n"));

    let path = root().join("docs/rule-scenarios.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, &page).unwrap();
    }
    let known = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        known == page,
        "docs/rule-scenarios.md is out of date; UPDATE_DOCS=1 cargo test -p dirsim-scenario --test rule_scenarios"
    );
}

/// `StickyJoin` as rule files write it.
fn kebab(name: &str) -> String {
    let mut word = String::new();
    for c in name.chars() {
        if c.is_uppercase() && !word.is_empty() {
            word.push('-');
        }
        word.extend(c.to_lowercase());
    }
    word
}
