//! `cargo xtask tidy`: what no compiler checks.

use std::path::Path;
use std::process::Command;

use crate::test::announce;

/// File names that say nothing about what is inside.
const VAGUE: &[&str] = &["utils.rs", "helpers.rs", "common.rs", "misc.rs"];
/// A source file longer than this wants to be two.
const LINES_MAX: usize = 900;
/// Words that belong to a machine or to unfinished work, spelled so that this file passes.
const UNWANTED: &[(&str, &str)] = &[
    (concat!("/wo", "rk/"), "a path of one machine"),
    (concat!("/ro", "ot/"), "a path of one machine"),
    (concat!("../sha", "red"), "a file outside the project"),
    (concat!("to", "do!("), "unfinished code"),
    (concat!("unimple", "mented!("), "unfinished code"),
];

/// Checks every file that git knows or would add.
pub(crate) fn run() -> bool {
    announce("tidy");
    let listed = Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .output();
    let Ok(listed) = listed else {
        println!("git is needed to list the files of the project");
        return false;
    };
    let mut findings = Vec::new();
    for path in String::from_utf8_lossy(&listed.stdout).lines() {
        check(path, &mut findings);
    }
    for finding in &findings {
        println!("{finding}");
    }
    findings.is_empty()
}

fn check(path: &str, findings: &mut Vec<String>) {
    let Ok(text) = std::fs::read_to_string(path) else { return };
    let name = Path::new(path).file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let source = Path::new(path).extension().is_some_and(|extension| extension == "rs");
    if source && VAGUE.contains(&name) {
        findings.push(format!("{path}: name the file for what it does to the domain"));
    }
    if source && text.lines().count() > LINES_MAX {
        findings.push(format!("{path}: longer than {LINES_MAX} lines"));
    }
    if source && !text.starts_with("//!") && !text.starts_with("#![") {
        findings.push(format!("{path}: begins without saying what it is for"));
    }
    if name == "Cargo.lock" {
        return;
    }
    for (number, line) in text.lines().enumerate() {
        for (word, meaning) in UNWANTED {
            let reads_vectors = path.contains("/tests/") || path.ends_with("vectors.rs");
            if line.contains(word) && !(reads_vectors && word.starts_with("..")) {
                findings.push(format!("{path}:{}: `{word}` is {meaning}", number + 1));
            }
        }
    }
}
