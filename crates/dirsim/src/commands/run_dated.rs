//! `dirsim run --as-of`: scenarios on several dates, and the step where the results part.

use std::path::{Path, PathBuf};

use anstyle::{AnsiColor, Reset, Style};
use dirsim_model::{AsOf, service_changes};
use dirsim_scenario::dated::{Dated, Parted, Parting, play_dated, with_roll_outs};
use dirsim_scenario::{Problem, Scenario, parse};
use serde_json::json;

use super::run::{beside, read_text, syntax};
use crate::cli::{Format, Run};
use crate::failure::Failure;
use crate::report::Rows;

/// Differences of one step that are listed.
const LISTED_MAX: usize = 8;
/// The widest cell of a difference; a longer text is cut.
const CELL_MAX: usize = 200;

/// Reads dates and switches as the command line gives them; no date at all means that of the
/// scenario, or today.
pub(crate) fn choices(dates: &[String], changes: &[String]) -> Result<Vec<AsOf>, Failure> {
    let usage = |error: dirsim_model::service_changes::AsOfError| Failure::usage(error.to_string());
    let mut switched = Vec::new();
    for text in changes {
        switched.push(AsOf::parse_switch(text).map_err(usage)?);
    }
    let with = |as_of: AsOf| switched.iter().fold(as_of, |as_of, (id, on)| as_of.with(id, *on));
    if dates.is_empty() {
        return Ok(vec![with(AsOf::default())]);
    }
    dates
        .iter()
        .map(|text| Ok(with(AsOf::date(service_changes().date(text).map_err(usage)?))))
        .collect()
}

/// Plays every file on every date.
pub(crate) fn run(files: &[PathBuf], arguments: &Run) -> Result<(), Failure> {
    let chosen = choices(&arguments.as_of, &arguments.change)?;
    let mut rows = Rows::new(&[
        "File",
        "Scenario",
        "As of",
        "Result",
        "Differences",
        "Parts at step",
        "What",
        "Before",
        "After",
        "Because",
    ]);
    let (mut broken, mut failed, mut parted) = (Vec::new(), 0, 0);
    for path in files {
        match play(path, &chosen, arguments.as_of.is_empty()) {
            Ok((name, scenario, dated)) => {
                failed += dated.variants.iter().filter(|variant| !variant.played.passed()).count();
                parted += usize::from(!dated.partings.is_empty());
                if arguments.report.format == Format::Text {
                    print(&name, &scenario, &dated);
                } else {
                    add(&mut rows, &name, &scenario, &dated);
                }
            }
            Err(Stop::Problems(problems)) => broken.extend(problems),
            Err(Stop::Failure(failure)) => return Err(failure),
        }
    }
    if arguments.report.format == Format::Text {
        anstream::println!(
            "\nparted between the dates: {parted} of {}; not as the file expects: {failed}",
            files.len()
        );
    } else {
        rows.print(arguments.report.format)?;
    }
    if !broken.is_empty() {
        return Err(syntax(&broken));
    }
    if failed > 0 { Err(Failure::expectation()) } else { Ok(()) }
}

enum Stop {
    Problems(Vec<Problem>),
    Failure(Failure),
}

fn play(path: &Path, chosen: &[AsOf], own: bool) -> Result<(String, Scenario, Dated), Stop> {
    let (name, text) = read_text(path).map_err(Stop::Failure)?;
    let scenario = parse(&name, &text).map_err(Stop::Problems)?;
    // Without --as-of the switches apply to the date of the file.
    let date = scenario.as_of.as_ref().filter(|_| own);
    let date = date.and_then(|text| service_changes().date(&text.value).ok());
    let mut chosen = chosen.to_vec();
    for as_of in &mut chosen {
        as_of.date = as_of.date.or(date);
    }
    let dated = play_dated(&scenario, &with_roll_outs(&chosen), &name, &text, &beside(path))
        .map_err(Stop::Problems)?;
    Ok((name, scenario, dated))
}

fn print(name: &str, scenario: &Scenario, dated: &Dated) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let (green, red) = (AnsiColor::Green.on_default(), AnsiColor::Red.on_default());
    anstream::println!("{bold}{}{Reset} {dim}{name}{Reset}", scenario.name);
    let labels: Vec<String> = dated.variants.iter().map(|v| v.as_of.to_string()).collect();
    let width = labels.iter().map(|label| label.chars().count()).max().unwrap_or_default();
    for (label, variant) in labels.iter().zip(&dated.variants) {
        match variant.played.differences().len() {
            0 => anstream::println!("  {label:width$}  {green}✓ as the file expects{Reset}"),
            1 => anstream::println!("  {label:width$}  {red}✗ 1 expectation differs{Reset}"),
            n => anstream::println!("  {label:width$}  {red}✗ {n} expectations differ{Reset}"),
        }
    }
    if dated.variants.len() > 1 && dated.partings.is_empty() {
        anstream::println!("  the same results on every date");
    }
    for parting in &dated.partings {
        print_parting(dated, &labels, parting);
    }
}

fn print_parting(dated: &Dated, labels: &[String], parting: &Parting) {
    let (bold, cyan, dim) =
        (Style::new().bold(), AnsiColor::Cyan.on_default(), Style::new().dimmed());
    let label = |at: usize| labels.get(at).cloned().unwrap_or_default();
    let (from, to) = (label(parting.from), label(parting.to));
    anstream::println!("\n  {bold}{from} and {to} part at step {}{Reset}", parting.step);
    let step = dated.variants.get(parting.to).and_then(|v| v.played.steps.get(parting.step - 1));
    for line in step.map(|step| step.act.trim().lines()).into_iter().flatten() {
        anstream::println!("    {cyan}PS> {line}{Reset}");
    }
    let (telling, rest): (Vec<&Parted>, Vec<&Parted>) =
        parting.differences.iter().partition(|parted| !parted.what.contains(": "));
    // What a property is follows from what the exports said, unless these said nothing.
    let (listed, rest) = if telling.is_empty() { (rest, Vec::new()) } else { (telling, rest) };
    let width = from.chars().count().max(to.chars().count());
    for parted in listed.iter().take(LISTED_MAX) {
        let what = parted.what.strip_prefix("object ").unwrap_or(&parted.what);
        anstream::println!("\n    {what}");
        anstream::println!("      {dim}{from:width$}{Reset}  {}", cut(&parted.before));
        anstream::println!("      {dim}{to:width$}{Reset}  {}", cut(&parted.after));
    }
    let more = listed.len().saturating_sub(LISTED_MAX) + rest.len();
    if more > 0 {
        anstream::println!("\n    … and {more} more; all of them with --format json");
    }
    for change in parting.because.iter().filter_map(|id| service_changes().find(id)) {
        let since = match change.complete {
            None if change.from.is_some() => format!("since {}", change.since()),
            _ => change.since(),
        };
        let rules = change.rules.join(", ");
        anstream::println!("\n    because of {bold}{}{Reset} ({since}; {rules})", change.id);
        anstream::println!("      without it  {}", change.before);
        anstream::println!("      with it     {}", change.effect);
        anstream::println!("      {dim}source      {}{Reset}", change.source);
    }
}

fn cut(text: &str) -> String {
    let text = text.trim();
    if text.is_empty() {
        return "nothing".to_owned();
    }
    if text.chars().count() <= CELL_MAX {
        return text.to_owned();
    }
    let begin: String = text.chars().take(CELL_MAX).collect();
    format!("{begin}…")
}

fn add(rows: &mut Rows, name: &str, scenario: &Scenario, dated: &Dated) {
    for (at, variant) in dated.variants.iter().enumerate() {
        let result = if variant.played.passed() { "passed" } else { "failed" };
        let lead = vec![
            json!(name),
            json!(scenario.name),
            json!(variant.as_of.to_string()),
            json!(result),
            json!(variant.played.differences().len()),
        ];
        let Some(parting) = dated.partings.iter().find(|parting| parting.to == at) else {
            rows.push([lead, vec![json!(null); 5]].concat());
            continue;
        };
        for parted in &parting.differences {
            let tail = vec![
                json!(parting.step),
                json!(parted.what),
                json!(parted.before),
                json!(parted.after),
                json!(parting.because),
            ];
            rows.push([lead.clone(), tail].concat());
        }
    }
}
