//! `dirsim config diff`: the configurations of two servers side by side (CE-054).

use std::process::ExitCode;

use dirsim_formats::server::{Difference, DifferenceKind, Level, ServerExport, compare};
use serde_json::json;

use super::configuration;
use crate::cli::{ConfigDiff, Format};
use crate::failure::Failure;
use crate::report::Rows;

/// The exit code that `--detailed-exitcode` gives when something differs.
const DIFFERS: u8 = 2;

/// Compares.
pub(crate) fn diff(arguments: &ConfigDiff) -> Result<ExitCode, Failure> {
    let before = read(&arguments.before)?;
    let after = read(&arguments.after)?;
    let all = compare::exports(&before, &after);
    match arguments.report.format {
        Format::Text => print_text(&all, &before, &after),
        Format::Json => println!("{}", json!(all)),
        Format::Csv => rows(&all).print(Format::Csv)?,
    }
    Ok(if arguments.detailed_exitcode && !all.is_empty() {
        ExitCode::from(DIFFERS)
    } else {
        ExitCode::SUCCESS
    })
}

/// Reads a configuration folder. What cannot be read would be taken for missing, so it stops the
/// comparison.
fn read(path: &std::path::Path) -> Result<ServerExport, Failure> {
    if !path.is_dir() {
        return Err(Failure::unreadable([format!(
            "{} is no folder; name the one that Get-ADSyncServerConfiguration -Path wrote",
            path.display()
        )]));
    }
    let export = configuration::read_server(path)?;
    let errors: Vec<String> = export
        .findings
        .sorted()
        .iter()
        .filter(|finding| finding.level == Level::Error)
        .map(configuration::plain)
        .collect();
    if errors.is_empty() { Ok(export) } else { Err(Failure::syntax(errors)) }
}

fn print_text(all: &[Difference], before: &ServerExport, after: &ServerExport) {
    for (label, export) in [("before", before), ("after", after)] {
        println!("{label:<8} {}, {} rules", server(export), export.rules.len());
    }
    for found in all.iter().filter(|found| found.what != "rule") {
        match found.kind {
            DifferenceKind::Changed => println!("\n{}", found.name),
            kind => println!("\n{} {}", found.name, kind.word()),
        }
        for detail in &found.details {
            println!("  {detail}");
        }
    }
    let rules: Vec<Difference> = all.iter().filter(|found| found.what == "rule").cloned().collect();
    println!();
    super::rules::print_differences(&rules);
    if all.is_empty() {
        println!("the configurations are equal");
    }
}

/// Names a server by what its export tells.
fn server(export: &ServerExport) -> String {
    let metaverse = &export.metaverse;
    let mut words: Vec<String> = Vec::new();
    words.push(if metaverse.server.is_empty() {
        "a server without name".to_owned()
    } else {
        metaverse.server.clone()
    });
    if !metaverse.exported.is_empty() {
        words.push(format!("exported {}", metaverse.exported));
    }
    words.join(", ")
}

fn rows(all: &[Difference]) -> Rows {
    let mut rows = Rows::new(&["What", "Kind", "Name", "Connector", "Precedence", "Details"]);
    for found in all {
        rows.push(vec![
            json!(found.what),
            json!(found.kind.word()),
            json!(found.name),
            json!(found.connector),
            json!(found.precedence),
            json!(found.details),
        ]);
    }
    rows
}
