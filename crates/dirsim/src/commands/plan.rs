//! `dirsim plan`: what the next cycle would do, for everyone.

mod html;
mod machine;
mod text;

use std::fs;
use std::path::Path;
use std::process::ExitCode;

use dirsim_world::plan::{Detail, Plan as Planned};

use super::open;
use crate::cli::{Plan, PlanFormat};
use crate::failure::Failure;
use crate::progress::Bar;

/// Plans the next cycle and reports it.
pub(crate) fn plan(arguments: &Plan) -> Result<ExitCode, Failure> {
    let files = report_files(&arguments.report)?;
    let mut world = open(&arguments.place.workspace)?;
    let policy = arguments.policy.map(Into::into);
    let bar = Bar::new("plan");
    // Changes of every object are read only for reports that show them.
    let formats = files.iter().map(|(_, format)| *format).chain([arguments.format]);
    let json = formats.into_iter().any(|format| format == PlanFormat::Json);
    let detail = if arguments.all || json { Detail::All } else { Detail::Noteworthy };
    let planned = dirsim_world::plan::plan(&mut world, policy, detail, &mut |_, progress| {
        bar.report(&progress);
    })?;
    drop(bar);
    for (path, format) in files {
        let text = written(&planned, format, arguments)?;
        fs::write(path, text).map_err(|error| {
            Failure::unreadable([format!("{} cannot be written: {error}", path.display())])
        })?;
        anstream::eprintln!("wrote {}", path.display());
    }
    match arguments.format {
        PlanFormat::Text => text::print(&planned, arguments)?,
        format => print!("{}", written(&planned, format, arguments)?),
    }
    if arguments.detailed_exitcode && planned.has_changes() {
        return Ok(ExitCode::from(2));
    }
    Ok(ExitCode::SUCCESS)
}

/// Writes the plan in a format.
fn written(planned: &Planned, format: PlanFormat, arguments: &Plan) -> Result<String, Failure> {
    let workspace = arguments.place.workspace.display().to_string();
    match format {
        PlanFormat::Text => text::plain(planned, arguments.all),
        PlanFormat::Json => machine::json(planned, &workspace),
        PlanFormat::Csv => Ok(machine::csv(planned, arguments.all)),
        PlanFormat::Html => Ok(html::page(planned, &workspace, arguments.all)),
        PlanFormat::Junit => Ok(machine::junit(planned, &workspace, arguments.all)),
        PlanFormat::Sarif => Ok(machine::sarif(planned, &workspace)),
    }
}

/// Returns the format of each report file, by its ending.
fn report_files(paths: &[std::path::PathBuf]) -> Result<Vec<(&Path, PlanFormat)>, Failure> {
    paths
        .iter()
        .map(|path| {
            let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
            let format = match ending.to_lowercase().as_str() {
                "txt" => PlanFormat::Text,
                "json" => PlanFormat::Json,
                "csv" => PlanFormat::Csv,
                "html" | "htm" => PlanFormat::Html,
                "xml" => PlanFormat::Junit,
                "sarif" => PlanFormat::Sarif,
                _ => {
                    return Err(Failure::usage(format!(
                        "{} names no format: end it in .txt, .json, .csv, .html, .xml (JUnit) or .sarif",
                        path.display()
                    )));
                }
            };
            Ok((path.as_path(), format))
        })
        .collect()
}
