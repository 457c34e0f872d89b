//! `dirsim runbook --check`: all that would not run, of one script or a folder of them.

use std::fs;
use std::path::PathBuf;
use std::process::ExitCode;

use dirsim_runbook::Known;
use serde_json::json;

use crate::cli::Runbook;
use crate::failure::Failure;
use crate::files::collect;
use crate::report::Rows;

/// Checks scripts; the exit code is 4 when one has mistakes.
pub(super) fn check(arguments: &Runbook) -> Result<ExitCode, Failure> {
    let Some(path) = &arguments.file else {
        return one("command", &arguments.command.join("\n"));
    };
    if !path.is_dir() {
        return one(&path.display().to_string(), &read(path)?);
    }
    let mut files = Vec::new();
    collect(path, &["ps1", "psm1"], &mut files)?;
    if files.is_empty() {
        return Err(Failure::unreadable([format!("{} holds no script (*.ps1)", path.display())]));
    }
    let texts: Vec<(String, String)> = files
        .iter()
        .map(|file| Ok((file.display().to_string(), read(file)?)))
        .collect::<Result<_, Failure>>()?;
    // Scripts of a folder call what others of it define, as modules and dot-sourced files do.
    let mut known = Known::default();
    for (name, text) in &texts {
        let (script, _) = dirsim_runbook::check_lenient(text, name, &Known::default());
        known.add(&script);
    }
    let mut rows = Rows::new(&["Script", "Cmdlets", "Mistakes"]);
    let mut mistakes = Vec::new();
    for (name, text) in &texts {
        let (script, errors) = dirsim_runbook::check_lenient(text, name, &known);
        rows.push(vec![json!(name), json!(script.commands()), json!(errors.len())]);
        mistakes.extend(errors.iter().map(ToString::to_string));
    }
    println!("{rows}");
    if mistakes.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    Err(Failure::syntax(mistakes))
}

fn one(name: &str, text: &str) -> Result<ExitCode, Failure> {
    let script = dirsim_runbook::check(text, name).map_err(|errors| super::mistakes(&errors))?;
    println!("{name}: {} cmdlets, all known", script.commands());
    Ok(ExitCode::SUCCESS)
}

fn read(path: &PathBuf) -> Result<String, Failure> {
    fs::read(path).map(|bytes| decoded(&bytes)).map_err(|error| {
        Failure::unreadable([format!("{} cannot be read: {error}", path.display())])
    })
}

/// Reads a script as editors of Windows save it: UTF-8, or UTF-16 with its mark.
pub(super) fn decoded(bytes: &[u8]) -> String {
    let wide = |read: fn([u8; 2]) -> u16| {
        let units = bytes.chunks_exact(2).skip(1).map(|pair| match pair {
            [a, b] => read([*a, *b]),
            _ => 0,
        });
        char::decode_utf16(units).map(|c| c.unwrap_or('\u{FFFD}')).collect()
    };
    match bytes {
        [0xFF, 0xFE, ..] => wide(u16::from_le_bytes),
        [0xFE, 0xFF, ..] => wide(u16::from_be_bytes),
        _ => String::from_utf8_lossy(bytes).into_owned(),
    }
}
