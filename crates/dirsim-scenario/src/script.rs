//! The scripts of a scenario's steps: commands in the scenario file, or a runbook beside it; the
//! files that they find, and what they print and write.

use dirsim_runbook::files::{self, Files as _, MemoryFiles};
use dirsim_runbook::format::outputs_text;
use dirsim_runbook::{Known, Output, Script, ScriptError};
use serde_json::{Value, json};

use crate::compare::Difference;
use crate::data::{Data, Place, Record};
use crate::file::{Expect, Scenario, Step};
use crate::givens::ReadFile;
use crate::problem::Problem;

/// Where relative paths of scripts start.
const LOCATION: &str = "C:\\";

/// The script of a step, checked.
pub(crate) struct Prepared {
    /// The script.
    pub(crate) script: Script,
    /// What the step shows as done: the commands, or the name of the file.
    pub(crate) shown: String,
    /// Whether it is a runbook, in which errors do what they do in PowerShell: the script goes on
    /// unless it says otherwise. Commands of a step end at their first error.
    pub(crate) is_runbook: bool,
}

/// Checks the scripts of all steps.
pub(crate) fn prepare(
    scenario: &Scenario,
    file: &str,
    text: &str,
    read: &ReadFile<'_>,
) -> Result<Vec<Prepared>, Vec<Problem>> {
    let mut problems = Vec::new();
    // Functions of earlier steps can be called in later ones.
    let mut known = Known::default();
    let mut prepared = Vec::new();
    for step in &scenario.steps {
        match one(step, file, text, read, &known) {
            Ok(script) => {
                known.add(&script.script);
                prepared.push(script);
            }
            Err(found) => problems.extend(found),
        }
    }
    if problems.is_empty() { Ok(prepared) } else { Err(problems) }
}

fn one(
    step: &Step,
    file: &str,
    text: &str,
    read: &ReadFile<'_>,
    known: &Known,
) -> Result<Prepared, Vec<Problem>> {
    let (act, at) = step.act();
    match (&step.act, &step.runbook) {
        (Some(_), None) => {
            let script = dirsim_runbook::check_with(act, file, known).map_err(|errors| {
                errors.iter().map(|error| moved(error, at, file, text)).collect::<Vec<_>>()
            })?;
            Ok(Prepared { script, shown: act.to_owned(), is_runbook: false })
        }
        (None, Some(name)) => {
            let bytes = read(&name.value).map_err(|reason| {
                let reason = format!("`{}` cannot be read: {reason}", name.value);
                vec![Problem::new(file, text, at, reason)]
            })?;
            let body = String::from_utf8_lossy(&bytes);
            let body = body.trim_start_matches('\u{feff}');
            let path = match file.rsplit_once(['/', '\\']) {
                Some((folder, _)) => format!("{folder}/{}", name.value),
                None => name.value.clone(),
            };
            let script = dirsim_runbook::check_with(body, &path, known).map_err(|errors| {
                let problem = |error: &ScriptError| {
                    let (line, column) = (error.span.line, error.span.column);
                    let at = Place { line, column, ..Place::default() };
                    with_help(Problem::new(&path, body, at, error.message.clone()), error)
                };
                errors.iter().map(problem).collect::<Vec<_>>()
            })?;
            Ok(Prepared { script, shown: name.value.clone(), is_runbook: true })
        }
        _ => {
            let reason = "a step has either `do` or `runbook`".to_owned();
            Err(vec![Problem::new(file, text, at, reason)])
        }
    }
}

fn with_help(problem: Problem, error: &ScriptError) -> Problem {
    match &error.help {
        Some(help) => problem.with_help(help.clone()),
        None => problem,
    }
}

/// Moves a mistake in a script to its place in the scenario file.
fn moved(error: &ScriptError, at: Place, file: &str, text: &str) -> Problem {
    let (line, column) = (error.span.line, error.span.column);
    let source = at.line.checked_sub(1).and_then(|line| text.lines().nth(line));
    let first = source.unwrap_or_default().chars().nth(at.column.saturating_sub(1));
    // A block begins on the line below its mark, indented; a plain text where it stands.
    let block = matches!(first, Some('|' | '>'));
    let at = if block {
        let below = text.lines().nth(at.line).unwrap_or_default();
        let indent = below.len() - below.trim_start().len();
        Place { line: at.line + line, column: column + indent, ..Place::default() }
    } else {
        let quote = usize::from(matches!(first, Some('"' | '\'')));
        Place {
            line: at.line + line - 1,
            column: at.column + column - 1 + quote,
            ..Place::default()
        }
    };
    with_help(Problem::new(file, text, at, error.message.clone()), error)
}

/// Returns the files that scripts find.
pub(crate) fn given_files(
    given: &Record,
    file: &str,
    text: &str,
) -> Result<MemoryFiles, Vec<Problem>> {
    let mut files = MemoryFiles::default();
    let mut problems = Vec::new();
    for (path, content) in &given.0 {
        let mut refuse = |reason: String| problems.push(Problem::new(file, text, path.at, reason));
        let Some(place) = files::place(&path.value, LOCATION) else {
            refuse(format!("`{}` is no path of a file", path.value));
            continue;
        };
        let Data::Text(content) = &content.value else {
            refuse(format!("the content of `{}` is no text", path.value));
            continue;
        };
        if let Err(reason) = files.write(&place, content.as_bytes(), false) {
            refuse(format!("`{}`: {reason}", path.value));
        }
    }
    if problems.is_empty() { Ok(files) } else { Err(problems) }
}

/// Holds what a step printed and wrote against what it expects.
pub(crate) fn compare(
    expect: &Expect,
    outputs: &[Output],
    files: &mut MemoryFiles,
    differences: &mut Vec<Difference>,
) {
    let printed = outputs_text(outputs);
    let mut rest = printed.as_str();
    for (index, part) in expect.output.iter().enumerate() {
        if let Some(at) = rest.find(&part.value) {
            rest = rest.get(at + part.value.len()..).unwrap_or_default();
        } else {
            let path = ["expect", "output", &index.to_string()].map(str::to_owned).to_vec();
            differences.push(missing(path, (&part.value, part.at), &printed));
        }
    }
    for (path, expected) in expect.files.iter().flat_map(|files| &files.0) {
        let place = files::place(&path.value, LOCATION).unwrap_or_default();
        let found = files.read(&place).ok();
        let found = found.map(|bytes| String::from_utf8_lossy(&bytes).into_owned());
        let name = |index: Option<usize>| {
            let mut name = ["expect", "files", &path.value].map(str::to_owned).to_vec();
            name.extend(index.map(|index| index.to_string()));
            name
        };
        match (&expected.value, found) {
            (Data::Null, None) => {}
            (Data::Null, Some(found)) => differences.push(Difference {
                path: name(None),
                at: expected.at,
                expected: "null".to_owned(),
                found: json!(found),
                nearest: None,
            }),
            (_, None) => differences.push(Difference {
                path: name(None),
                at: expected.at,
                expected: "a file".to_owned(),
                found: Value::Null,
                nearest: None,
            }),
            (Data::List(parts), Some(found)) => {
                for (index, part) in parts.iter().enumerate() {
                    let wanted = part.value.scalar().unwrap_or_default();
                    if !found.contains(&wanted) {
                        differences.push(missing(name(Some(index)), (&wanted, part.at), &found));
                    }
                }
            }
            (other, Some(found)) => {
                let wanted = other.scalar().unwrap_or_default();
                if !found.contains(&wanted) {
                    differences.push(missing(name(None), (&wanted, expected.at), &found));
                }
            }
        }
    }
}

/// Builds the difference for a part that is not there; the nearest line stands for what was found.
fn missing(path: Vec<String>, (wanted, at): (&str, Place), found: &str) -> Difference {
    let lines = found.lines().filter(|line| !line.trim().is_empty());
    let near = dirsim_model::nearest(wanted, lines.clone()).or_else(|| {
        let words: Vec<&str> = wanted.split_whitespace().collect();
        lines.max_by_key(|line| words.iter().filter(|word| line.contains(**word)).count())
    });
    Difference {
        path,
        at,
        expected: wanted.to_owned(),
        found: json!(near.unwrap_or_default().trim()),
        nearest: None,
    }
}
