//! `dirsim run`: scenario files, each in a fresh world.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use anstyle::AnsiColor;
use dirsim_scenario::compare::yaml;
use dirsim_scenario::givens::{self, Start};
use dirsim_scenario::{Played, PlayedStep, Problem, Scenario, accept, parse, play};
use dirsim_tenant::TenantEvent;
use dirsim_world::plan::PlanItem;
use dirsim_world::{Event, Source};
use serde_json::json;

use super::runs::Runs;
use crate::cli::{Format, Run};
use crate::failure::Failure;
use crate::files::collect;
use crate::report::Rows;

/// How often saved files are looked for.
const WATCH_MS: u64 = 300;

/// Plays scenarios; with `--watch` again whenever one is saved.
pub(crate) fn run(arguments: &Run, cancelled: &AtomicBool) -> Result<(), Failure> {
    loop {
        let files = scenario_files(&arguments.paths)?;
        let result = if arguments.as_of.is_empty() && arguments.change.is_empty() {
            play_all(&files, arguments)
        } else {
            super::run_dated::run(&files, arguments)
        };
        if !arguments.watch {
            return result;
        }
        if let Err(failure) = result {
            let text = failure.to_string();
            if !text.is_empty() {
                anstream::eprintln!("{text}");
            }
        }
        anstream::eprintln!("watching {} files; Ctrl-C ends", files.len());
        if !wait_for_change(&arguments.paths, cancelled) {
            return Ok(());
        }
    }
}

/// Reads the start of a scenario's world, for `dirsim init --scenario`.
pub(crate) fn read_start(path: &Path) -> Result<(Start, Source), Failure> {
    let (name, text) = read_text(path)?;
    let scenario = parse(&name, &text).map_err(|problems| syntax(&problems))?;
    let source = crate::files::source(&name, "scenario", text.as_bytes());
    let start = givens::start(&scenario, &name, &text, &beside(path))
        .map_err(|problems| syntax(&problems))?;
    Ok((start, source))
}

struct Tally {
    passed: usize,
    failed: usize,
    broken: Vec<Problem>,
    rewritten: usize,
}

fn play_all(files: &[PathBuf], arguments: &Run) -> Result<(), Failure> {
    let mut tally = Tally { passed: 0, failed: 0, broken: Vec::new(), rewritten: 0 };
    let mut rows = Rows::new(&["File", "Scenario", "Result", "Steps", "Differences"]);
    for path in files {
        let (name, text) = read_text(path)?;
        let played = match parse(&name, &text)
            .and_then(|scenario| Ok((play(&scenario, &name, &text, &beside(path))?, scenario)))
        {
            Ok(played) => played,
            Err(problems) => {
                rows.push(vec![json!(name), json!(null), json!("unreadable"), json!(0), json!(0)]);
                tally.broken.extend(problems);
                continue;
            }
        };
        let (played, scenario) = played;
        let differences = played.differences();
        if arguments.accept && !differences.is_empty() {
            let (rewritten, left) = accept(&text, &differences);
            fs::write(path, rewritten)?;
            tally.rewritten += 1;
            println!("{name}: {} expectations rewritten, {left} left", differences.len() - left);
            continue;
        }
        let passed = played.passed();
        if passed {
            tally.passed += 1;
        } else {
            tally.failed += 1;
        }
        let result = if passed { "passed" } else { "failed" };
        rows.push(vec![
            json!(name),
            json!(scenario.name),
            json!(result),
            json!(played.steps.len()),
            json!(differences.len()),
        ]);
        if arguments.report.format == Format::Text {
            print_scenario(&name, &scenario, &played, arguments.show);
        }
    }
    if arguments.report.format != Format::Text {
        rows.print(arguments.report.format)?;
    }
    finish(&tally, arguments)
}

fn finish(tally: &Tally, arguments: &Run) -> Result<(), Failure> {
    if arguments.report.format == Format::Text && tally.rewritten == 0 {
        let (green, red, reset) = (
            AnsiColor::Green.on_default().bold(),
            AnsiColor::Red.on_default().bold(),
            anstyle::Reset,
        );
        let failed = tally.failed
            + tally.broken.iter().map(|p| &p.file).collect::<std::collections::BTreeSet<_>>().len();
        let color = if failed == 0 { green } else { red };
        anstream::println!("\n{color}{} passed, {failed} failed{reset}", tally.passed);
    }
    if !tally.broken.is_empty() {
        return Err(syntax(&tally.broken));
    }
    if tally.failed > 0 { Err(Failure::expectation()) } else { Ok(()) }
}

/// Prints one scenario: a line when it passed, the differences when it did not, everything with
/// `--show`.
fn print_scenario(name: &str, scenario: &Scenario, played: &Played, show: bool) {
    let (mark, color) = if played.passed() {
        ("✓", AnsiColor::Green.on_default().bold())
    } else {
        ("✗", AnsiColor::Red.on_default().bold())
    };
    let (dim, reset) = (anstyle::Style::new().dimmed(), anstyle::Reset);
    anstream::println!("{color}{mark}{reset} {} {dim}{name}{reset}", scenario.name);
    if show {
        print_prose(&scenario.about);
    }
    for (number, step) in played.steps.iter().enumerate() {
        if show {
            print_step(number + 1, step);
        }
        print_differences(name, number + 1, step);
    }
}

fn print_prose(prose: &str) {
    for line in prose.trim().lines() {
        anstream::println!("    {line}");
    }
}

fn print_step(number: usize, step: &PlayedStep) {
    let (cyan, dim, reset) =
        (AnsiColor::Cyan.on_default(), anstyle::Style::new().dimmed(), anstyle::Reset);
    anstream::println!("\n  step {number}");
    if !step.about.is_empty() {
        print_prose(&step.about);
    }
    for line in step.act.trim().lines() {
        anstream::println!("    {cyan}PS> {line}{reset}");
    }
    let printed = dirsim_runbook::format::outputs_text(&step.outputs);
    for line in printed.lines().filter(|line| !line.trim().is_empty()) {
        anstream::println!("    {line}");
    }
    if let Some(refused) = &step.refused {
        anstream::println!("    refused: {refused}");
    }
    let mut runs = Runs::new(Format::Text, &[]);
    for event in &step.events {
        match event {
            Event::Run(run) => runs.push(Vec::new(), run),
            Event::Note(note) => anstream::println!("    {dim}{}: {}{reset}", note.code, note.text),
            Event::Tenant(event) => {
                anstream::println!("    {dim}tenant: {}{reset}", tenant_words(event));
            }
            _ => {}
        }
    }
    let runs = runs.into_rows();
    if !runs.is_empty() {
        for line in runs.to_string().lines() {
            anstream::println!("    {line}");
        }
    }
    print_items(&step.items);
}

/// Prints what became of each object: the answers of the connected directories.
fn print_items(items: &[PlanItem]) {
    /// Objects listed one by one; a story about more of them is told by its counters.
    const ITEMS_MAX: usize = 12;
    let (dim, reset) = (anstyle::Style::new().dimmed(), anstyle::Reset);
    for item in items.iter().take(ITEMS_MAX) {
        let outcome = match &item.refusal {
            Some(refusal) => format!("{}: {}", item.outcome.words(), refusal.name),
            None => item.outcome.words().to_owned(),
        };
        let why = item.deciding_check().map_or_else(String::new, |check| {
            format!("  {dim}{} ({}){reset}", check.fact, check.rule)
        });
        anstream::println!("    {}: {outcome}{why}", item.object);
        for value in &item.quarantined {
            anstream::println!("      quarantined: {} {}", value.property, value.value);
        }
    }
    if items.len() > ITEMS_MAX {
        anstream::println!("    … and {} more objects", items.len() - ITEMS_MAX);
    }
}

/// Says what a timer of the tenant did.
fn tenant_words(event: &TenantEvent) -> String {
    match event {
        TenantEvent::Purged { at, object } => {
            format!("{at} {object} left the recycle bin for good")
        }
        TenantEvent::TurnedOff { at, objects } => {
            format!("{at} synchronization is off, {objects} objects converted")
        }
        TenantEvent::Repaired { at, object, property, value } => {
            format!("{at} the sweep gave {object} its {property} {value}")
        }
        TenantEvent::Passwords { at, accepted, refused: 0 } => {
            format!("{at} {accepted} passwords reached the tenant")
        }
        TenantEvent::Passwords { at, accepted, refused } => {
            format!("{at} {accepted} passwords reached the tenant, {refused} were refused")
        }
        TenantEvent::TurnedOn { at } => format!("{at} synchronization is on again"),
    }
}

fn print_differences(name: &str, number: usize, step: &PlayedStep) {
    let (red, green, dim, reset) = (
        AnsiColor::Red.on_default(),
        AnsiColor::Green.on_default(),
        anstyle::Style::new().dimmed(),
        anstyle::Reset,
    );
    for difference in &step.differences {
        anstream::println!("    step {number}, {}", difference.path.join("."));
        anstream::println!(
            "      {dim}{name}:{}:{}{reset}",
            difference.at.line,
            difference.at.column
        );
        anstream::println!("      {red}- expected {}{reset}", difference.expected);
        anstream::println!("      {green}+ found    {}{reset}", yaml(&difference.found));
        if let Some(nearest) = &difference.nearest {
            anstream::println!("      = help: did you mean `{nearest}`?");
        }
    }
    for why in &step.why {
        for line in why.lines() {
            anstream::println!("      {dim}{line}{reset}");
        }
    }
}

/// Lists scenario files by name; a folder stands for all it holds.
fn scenario_files(paths: &[PathBuf]) -> Result<Vec<PathBuf>, Failure> {
    let mut files = Vec::new();
    for path in paths {
        if path.is_dir() {
            collect(path, &["yaml", "yml"], &mut files)?;
        } else if path.is_file() {
            files.push(path.clone());
        } else {
            return Err(Failure::unreadable([format!("{} does not exist", path.display())]));
        }
    }
    if files.is_empty() {
        return Err(Failure::unreadable(["there is no scenario file (*.yaml)".to_owned()]));
    }
    Ok(files)
}

/// Waits until a file under the paths is saved; false when the user ends it.
fn wait_for_change(paths: &[PathBuf], cancelled: &AtomicBool) -> bool {
    let stamp = || -> Vec<(PathBuf, Option<SystemTime>)> {
        scenario_files(paths)
            .unwrap_or_default()
            .into_iter()
            .map(|path| {
                let saved = fs::metadata(&path).and_then(|metadata| metadata.modified()).ok();
                (path, saved)
            })
            .collect()
    };
    let before = stamp();
    while !cancelled.load(Ordering::Relaxed) {
        std::thread::sleep(Duration::from_millis(WATCH_MS));
        if stamp() != before {
            return true;
        }
    }
    false
}

pub(super) fn read_text(path: &Path) -> Result<(String, String), Failure> {
    let name = path.display().to_string();
    let bytes = fs::read(path)
        .map_err(|error| Failure::unreadable([format!("{name} cannot be read: {error}")]))?;
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::unreadable([format!("{name} is no UTF-8 text")]))?;
    Ok((name, text))
}

/// Reads files beside a scenario file.
pub(super) fn beside(path: &Path) -> impl Fn(&str) -> Result<Vec<u8>, String> {
    let folder = path.parent().map(Path::to_owned).unwrap_or_default();
    move |name| {
        if name.ends_with('/') {
            return listed(&folder.join(name));
        }
        fs::read(folder.join(name)).map_err(|error| error.to_string())
    }
}

/// Lists the files of a folder and its folders, one per line, relative to it.
fn listed(folder: &Path) -> Result<Vec<u8>, String> {
    let mut found = Vec::new();
    collect(folder, &["xml"], &mut found).map_err(|failure| failure.to_string())?;
    let names: Vec<String> = found
        .iter()
        .filter_map(|path| path.strip_prefix(folder).ok())
        .map(|path| path.to_string_lossy().replace('\\', "/"))
        .collect();
    Ok(names.join("\n").into_bytes())
}

pub(super) fn syntax(problems: &[Problem]) -> Failure {
    Failure::syntax(problems.iter().map(ToString::to_string))
}
