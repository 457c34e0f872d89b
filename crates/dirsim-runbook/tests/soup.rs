//! Random scripts: soups of tokens, and runbooks with random mutations. None of them panics, runs
//! without a limit, or touches a file outside the folder.
#![expect(
    clippy::disallowed_methods,
    reason = "the test reads the runbooks of the scenario library"
)]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use dirsim_model::Dice;
use dirsim_rules::RuleOptions;
use dirsim_runbook::files::{Files, Kind, MemoryFiles, Place};
use dirsim_runbook::{Known, Limits, Session, State, check_lenient, is_unfinished, run};
use dirsim_world::{Setup, World};

/// Pieces of scripts; what acts on the world is among them.
const TOKENS: &[&str] = &[
    "$x",
    "$_",
    "$y.z",
    "$x[0]",
    "$null",
    "$true",
    "@{a=1}",
    "@(1,2)",
    "@()",
    "1",
    "2.5",
    "0x7f",
    "1d",
    "'text'",
    "\"$x\"",
    "\"$($x + 1)\"",
    "(",
    ")",
    "{",
    "}",
    "[int]",
    "[datetime]",
    "[guid]::NewGuid()",
    "|",
    ";",
    "\n",
    ",",
    "=",
    "+=",
    "??=",
    "+",
    "-",
    "*",
    "/",
    "%",
    "-eq",
    "-like",
    "-match",
    "-split",
    "-join",
    "-replace",
    "-f",
    "-in",
    "-is",
    "..",
    "?",
    ":",
    "??",
    "?.",
    "&",
    "&&",
    "||",
    "!",
    "-not",
    "if ($x) {",
    "} else {",
    "foreach ($i in 1..3) {",
    "while ($true) {",
    "for (;;) {",
    "do {",
    "} until ($x)",
    "switch ($x) {",
    "default {",
    "function f {",
    "f",
    "param($a)",
    "try {",
    "} catch {",
    "} finally {",
    "throw 'x'",
    "return",
    "break",
    "continue",
    "exit 1",
    "ForEach-Object {",
    "Where-Object {",
    "Select-Object -First 1",
    "Sort-Object",
    "Group-Object",
    "Measure-Object -Sum",
    "Get-ADUser ann",
    "Get-ADUser -Filter *",
    "Set-ADUser ann -City",
    "Start-ADSyncSyncCycle -PolicyType Delta",
    "Get-MgUser -All",
    "Out-File",
    "Set-Content",
    "C:\\x",
    "'..\\..\\..\\..\\tmp\\dirsim-escape'",
    "'/tmp/dirsim-escape'",
    "'\\\\host\\share\\x'",
    "Remove-Item",
    "Get-Content",
    "Export-Clixml",
    "Import-Clixml",
    "ConvertTo-Json",
    "ConvertFrom-Json",
    "Invoke-Expression",
    "$x * 1000000",
    "'a' * 100000000",
    "1..100000000",
    "`",
    "#",
    "@'\n",
    "'@\n",
];

/// Files that remember every place they were asked for.
#[derive(Default)]
struct Watched {
    files: MemoryFiles,
    places: BTreeSet<Vec<String>>,
}

impl Files for Watched {
    fn kind(&mut self, place: &Place) -> Option<Kind> {
        self.places.insert(place.to_vec());
        self.files.kind(place)
    }

    fn read(&mut self, place: &Place) -> Result<Vec<u8>, String> {
        self.places.insert(place.to_vec());
        self.files.read(place)
    }

    fn write(&mut self, place: &Place, bytes: &[u8], append: bool) -> Result<(), String> {
        self.places.insert(place.to_vec());
        self.files.write(place, bytes, append)
    }

    fn make_folder(&mut self, place: &Place) -> Result<(), String> {
        self.places.insert(place.to_vec());
        self.files.make_folder(place)
    }

    fn remove(&mut self, place: &Place) -> Result<(), String> {
        self.places.insert(place.to_vec());
        self.files.remove(place)
    }

    fn list(&mut self, place: &Place) -> Result<Vec<String>, String> {
        self.places.insert(place.to_vec());
        self.files.list(place)
    }
}

fn world() -> World {
    let setup = Setup {
        seed: 7,
        clock: "2026-01-05T08:00:00Z".parse().expect("a time"),
        rules: RuleOptions::default(),
        rule_files: None,
    };
    World::in_memory(setup).expect("an empty world")
}

/// Runs a script with small limits, mistakes left out, and checks that it stayed where it belongs.
fn play(world: &mut World, text: &str) {
    let (script, errors) = check_lenient(text, "soup.ps1", &Known::default());
    for error in &errors {
        assert!(text.get(error.span.start..error.span.end).is_some(), "{error:?} in {text}");
    }
    let _ = is_unfinished(text);
    let limits = Limits { statements: 3_000, bytes: 8 << 20, depth: 20, outputs: 2_000 };
    let mut files = Watched::default();
    let mut session = Session::resume(world, State::new(limits)).with_files(&mut files);
    let outcome = run(&script, &mut session);
    assert!(outcome.outputs.len() <= 2_100, "{} outputs of {text}", outcome.outputs.len());
    drop(session);
    for place in &files.places {
        let plain = |name: &String| {
            !name.is_empty() && name != ".." && name != "." && !name.contains(['/', '\\', '\0'])
        };
        assert!(place.iter().all(plain), "{place:?} of {text}");
    }
}

#[test]
fn soups_of_tokens_end() {
    let mut world = world();
    for seed in 0..400 {
        let mut dice = Dice::new(seed);
        let mut text = String::new();
        for _ in 0..=dice.below(24) {
            let at = usize::try_from(dice.below(TOKENS.len() as u64)).unwrap_or_default();
            text.push_str(TOKENS.get(at).copied().unwrap_or_default());
            text.push(' ');
        }
        play(&mut world, &text);
    }
}

#[test]
fn mutated_runbooks_end() {
    let folder = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../scenarios/runbooks");
    let mut scripts: Vec<String> = Vec::new();
    let mut names: Vec<_> = std::fs::read_dir(folder)
        .expect("the scenario library is here")
        .filter_map(Result::ok)
        .map(|entry| entry.path())
        .filter(|path: &PathBuf| path.extension().is_some_and(|end| end == "ps1"))
        .collect();
    names.sort();
    for name in &names {
        scripts.push(read(name));
    }
    let mut world = world();
    for (number, script) in scripts.iter().enumerate() {
        for round in 0..4 {
            let mut dice = Dice::new(number as u64 * 1_000 + round);
            play(&mut world, &mutated(script, &mut dice));
        }
    }
}

fn read(path: &Path) -> String {
    std::fs::read_to_string(path).expect("runbooks are UTF-8")
}

/// Takes lines out, doubles and swaps them, and puts tokens into them.
fn mutated(script: &str, dice: &mut Dice) -> String {
    let mut lines: Vec<String> = script.lines().map(str::to_owned).collect();
    let pick = |dice: &mut Dice, count: usize| {
        usize::try_from(dice.below(count.max(1) as u64)).unwrap_or_default()
    };
    for _ in 0..=dice.below(6) {
        let at = pick(dice, lines.len());
        match dice.below(4) {
            0 if at < lines.len() => {
                lines.remove(at);
            }
            1 if at < lines.len() => {
                let other = pick(dice, lines.len());
                lines.swap(at, other);
            }
            2 => {
                if let Some(line) = lines.get(at).cloned() {
                    lines.insert(at, line);
                }
            }
            _ => {
                let token = TOKENS.get(pick(dice, TOKENS.len())).copied().unwrap_or_default();
                if let Some(line) = lines.get_mut(at) {
                    let mut places: Vec<usize> = line.char_indices().map(|(at, _)| at).collect();
                    places.push(line.len());
                    let place = places.get(pick(dice, places.len())).copied().unwrap_or_default();
                    line.insert_str(place, token);
                }
            }
        }
    }
    lines.join("\n")
}

/// Each limit ends a script with a message that names it.
#[test]
fn limits_are_named() {
    let limits = Limits { statements: 1_000, bytes: 1 << 20, depth: 10, outputs: 100 };
    for (text, message) in [
        ("while ($true) { $x++ }", "the script ran 1000 statements"),
        (
            "$x = 'a' * 200000; while ($true) { $x + 'b' > $null }",
            "the script made values of more than 1 MiB",
        ),
        ("$x = 'a' * 400000; $x + $x", "the script made one value of more than 512 KiB"),
        (
            "$x = 1..1000; while ($true) { $y = $x * 10 }",
            "the script made values of more than 1 MiB",
        ),
        (
            "$x = 'a' * 1000; while ($true) { $x = \"$x$x\" }",
            "the script made one value of more than 512 KiB",
        ),
        ("('a' * 2000) -replace 'a', ('b' * 200000)", "a replacement made more than 256 MiB"),
        (
            "'{0,2000000000}' -f 1; 'a'.PadLeft(2000000000)",
            "the script made one value of more than 512 KiB",
        ),
        ("$a = New-Object 'object[]' 2000000000", "the script made one value of more than 512 KiB"),
        ("1..60 | ForEach-Object { 'a' * 10000 }; 'end'", "the script printed more than 0 MiB"),
        ("function f { f }; f", "the script calls deeper than 10"),
        ("1..200 | ForEach-Object { $_ }; 'end'", "the script printed more than 100 lines"),
    ] {
        let mut world = world();
        let (script, errors) = check_lenient(text, "limit.ps1", &Known::default());
        assert!(errors.is_empty(), "{errors:?}");
        let mut session = Session::resume(&mut world, State::new(limits));
        let failure = run(&script, &mut session).failed.expect("the limit ends it");
        assert!(failure.error.to_string().contains(message), "{text}: {}", failure.error);
        assert_eq!(failure.span.line, 1, "{text}");
    }
}
