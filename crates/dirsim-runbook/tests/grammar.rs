//! The parser against the maintained grammar of PowerShell, which is the judge.
//!
//! Every script of the scenario library and of the tests, every script step and every language
//! example is read by both. What only one of them reads stands in a list with the reason; a reason
//! that excuses nothing any more fails the test.
#![expect(clippy::unwrap_used, reason = "a test may fail by panic")]
#![expect(clippy::disallowed_methods, reason = "the test reads the scenario library")]
#![expect(clippy::print_stdout, reason = "the figures are for `--nocapture`")]

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use dirsim_runbook::{Known, ScriptErrorCode, check_lenient, is_unfinished};

/// What PowerShell reads and the grammar does not: why it is PowerShell, and what the scripts with it
/// have in common.
const GRAMMAR_REFUSES: &[(&str, &[&str])] = &[
    ("about_Switch: clauses need no line of their own", &["switch (", "switch -"]),
    ("about_Functions: statements may follow `param(…)` on its line", &["{ param(", "] param("]),
    ("about_If (version 7): `a ? b : c`", &[" ? "]),
    ("about_Operators (version 7): `??`, `??=`, `?.`, `?[]`", &["??", "?.", "?["]),
    ("about_Numeric_Literals: `d` makes a decimal number", &["1.10d", "0.1d", "2.5d", "565d"]),
    ("about_Numeric_Literals: members of a number", &["2147483648.GetType()"]),
    ("about_Arrays: `.ForEach(…)` is a method, no keyword", &[").ForEach("]),
    ("about_Classes_Inheritance: a constructor calls that of its base", &[": base("]),
    ("about_Comparison_Operators: `-cin` is `-in` with case", &["-cin"]),
    ("about_Break, about_Continue: a label behind the keyword", &["break out", "continue outer"]),
];

/// What the grammar reads and dirsim says it does not run, by the words of its message.
const DIRSIM_REFUSES: &[(&str, &str)] = &[(
    "not supported: workflows",
    "Windows PowerShell alone has workflows, no synchronization runbook",
)];

/// A script and where it comes from.
struct Text {
    name: String,
    text: String,
}

/// Lists the files of a folder and of those within.
fn files(folder: &Path, into: &mut Vec<PathBuf>) {
    let mut names: Vec<PathBuf> =
        std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    names.sort();
    for name in names {
        if name.is_dir() {
            files(&name, into);
        } else {
            into.push(name);
        }
    }
}

/// Collects the script steps of a scenario.
fn steps(value: &serde_json::Value, name: &str, into: &mut Vec<Text>) {
    match value {
        serde_json::Value::Object(map) => {
            for (key, value) in map {
                match value {
                    serde_json::Value::String(text) if key == "do" => {
                        into.push(Text { name: name.to_owned(), text: text.clone() });
                    }
                    value => steps(value, name, into),
                }
            }
        }
        serde_json::Value::Array(items) => items.iter().for_each(|item| steps(item, name, into)),
        _ => {}
    }
}

/// Collects script files and script steps of the project.
fn library() -> Vec<Text> {
    let root = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..");
    let mut all = Vec::new();
    for folder in ["scenarios", "tests", "crates/fuzz/seeds", "crates/dirsim-formats/tests"] {
        files(&root.join(folder), &mut all);
    }
    let mut scripts = Vec::new();
    for path in &all {
        let name = path.strip_prefix(&root).unwrap().display().to_string();
        match path.extension().and_then(|end| end.to_str()) {
            Some("ps1") => {
                let text = String::from_utf8_lossy(&std::fs::read(path).unwrap()).into_owned();
                scripts.push(Text { name, text });
            }
            Some("yaml") => {
                let text = std::fs::read_to_string(path).unwrap();
                // Files that are no YAML are there to be refused.
                if let Ok(value) = serde_saphyr::from_str(&text) {
                    steps(&value, &name, &mut scripts);
                }
            }
            _ => {}
        }
    }
    scripts
}

/// Collects the language examples and the constructs.
fn examples() -> Vec<Text> {
    let mut all = Vec::new();
    files(&PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/language"), &mut all);
    let mut scripts = Vec::new();
    for path in &all {
        let text = std::fs::read_to_string(path).unwrap();
        let name = path.file_name().unwrap().display().to_string();
        for (number, line) in text.lines().enumerate() {
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let script = line.rsplit_once(" ⇒ ").map_or(line, |(script, _)| script);
            let name = format!("{name}:{}", number + 1);
            scripts.push(Text { name, text: script.replace('⏎', "\n") });
        }
    }
    scripts
}

/// Returns why dirsim does not read a script; nothing when it does. Unknown commands are no matter of
/// the grammar.
fn refusal(script: &Text) -> Option<String> {
    let (_, errors) = check_lenient(&script.text, &script.name, &Known::default());
    let of_grammar = |code| matches!(code, ScriptErrorCode::Syntax | ScriptErrorCode::NotSupported);
    errors.iter().find(|error| of_grammar(error.code)).map(ToString::to_string)
}

#[test]
fn both_parsers_read_the_same_scripts() {
    let (library, examples) = (library(), examples());
    assert!(library.len() > 500 && examples.len() > 600, "{}, {}", library.len(), examples.len());
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_powershell::LANGUAGE.into()).unwrap();
    let (mut theirs, mut ours) = (Duration::ZERO, Duration::ZERO);
    let mut excused = vec![0_usize; GRAMMAR_REFUSES.len()];
    let mut named = vec![0_usize; DIRSIM_REFUSES.len()];
    let mut disagreements = Vec::new();
    for script in library.iter().chain(&examples) {
        let start = Instant::now();
        let tree = parser.parse(&script.text, None).unwrap();
        theirs += start.elapsed();
        let start = Instant::now();
        let _ = is_unfinished(&script.text);
        ours += start.elapsed();
        match (tree.root_node().has_error(), refusal(script)) {
            (true, None) => {
                let reason = GRAMMAR_REFUSES
                    .iter()
                    .position(|(_, marks)| marks.iter().any(|mark| script.text.contains(mark)));
                match reason {
                    Some(at) => excused[at] += 1,
                    None => disagreements.push(format!("only dirsim reads {}", script.name)),
                }
            }
            (false, Some(message)) => {
                match DIRSIM_REFUSES.iter().position(|(words, _)| message.contains(words)) {
                    Some(at) => named[at] += 1,
                    None => disagreements.push(format!("only the grammar reads {message}")),
                }
            }
            _ => {}
        }
    }
    println!(
        "{} scripts and steps, {} examples; the grammar refuses {}, dirsim {}; grammar {theirs:?}, dirsim {ours:?}",
        library.len(),
        examples.len(),
        excused.iter().sum::<usize>(),
        named.iter().sum::<usize>(),
    );
    assert!(disagreements.is_empty(), "{}", disagreements.join("\n"));
    for ((reason, _), count) in GRAMMAR_REFUSES.iter().zip(excused) {
        assert!(count > 0, "the grammar has learned it, take it out: {reason}");
    }
    for ((words, _), count) in DIRSIM_REFUSES.iter().zip(named) {
        assert!(count > 0, "dirsim has learned it, take it out: {words}");
    }
}
