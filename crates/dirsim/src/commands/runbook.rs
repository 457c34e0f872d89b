//! `dirsim runbook`: a script, or cmdlets, against a workspace.
//!
//! `check` tells what would not run, `rehearsal` shows each statement with what it changed,
//! `summary` what all of it came to.

mod check;
mod rehearsal;
mod summary;

use std::fs;
use std::process::ExitCode;
use std::sync::atomic::{AtomicBool, Ordering};

use dirsim_runbook::files::{Files, MemoryFiles};
use dirsim_runbook::{Known, RunOutcome, Script, ScriptError, Session, State};
use dirsim_world::World;

use super::open;
use crate::cli::Runbook;
use crate::disk::DiskFiles;
use crate::failure::Failure;
use rehearsal::Rehearsal;

/// Checks the whole script, then runs it.
pub(crate) fn runbook(arguments: &Runbook, cancelled: &AtomicBool) -> Result<ExitCode, Failure> {
    if arguments.check {
        return check::check(arguments);
    }
    let (name, text) = match &arguments.file {
        Some(path) => {
            let name = path.display().to_string();
            let bytes = fs::read(path).map_err(|error| {
                Failure::unreadable([format!("{name} cannot be read: {error}")])
            })?;
            (name, check::decoded(&bytes))
        }
        None => ("command".to_owned(), arguments.command.join("\n")),
    };
    let script = if arguments.lenient {
        let (script, errors) = dirsim_runbook::check_lenient(&text, &name, &Known::default());
        for error in &errors {
            anstream::eprintln!("{}", warning(&format!("left out: {error}")));
        }
        script
    } else {
        dirsim_runbook::check(&text, &name).map_err(|errors| mistakes(&errors))?
    };
    let until = match &arguments.until {
        Some(condition) => {
            Some(dirsim_runbook::check(condition, "--until").map_err(|errors| mistakes(&errors))?)
        }
        None => None,
    };
    play(&script, &text, until, arguments, cancelled)
}

/// Tells which files scripts left in memory, unless they have a folder.
pub(super) fn files_in_memory(memory: &MemoryFiles, on_disk: bool) {
    if !on_disk {
        summary::files(memory);
    }
}

/// Prints the table of the runs, when there were some.
pub(super) fn print_runs<'a>(
    runs: impl Iterator<Item = &'a dirsim_sync::RunRecord>,
) -> Result<(), Failure> {
    summary::runs(runs)
}

fn mistakes(errors: &[ScriptError]) -> Failure {
    Failure::syntax(errors.iter().map(ToString::to_string))
}

fn warning(text: &str) -> String {
    crate::outputs::styled(anstyle::AnsiColor::Yellow, &format!("WARNING: {text}"))
}

/// Runs a script. Its exit code is the one of `exit`, else 1 when a command failed, also when the
/// script went on behind it.
fn play(
    script: &Script,
    text: &str,
    until: Option<Script>,
    arguments: &Runbook,
    cancelled: &AtomicBool,
) -> Result<ExitCode, Failure> {
    let mut world = open(&arguments.place.workspace)?;
    let (first, began) = (world.head(), world.now()?);
    let mut memory = MemoryFiles::default();
    let mut disk = arguments.files.as_deref().map(DiskFiles::open).transpose()?;
    let files: &mut dyn Files = match &mut disk {
        Some(disk) => disk,
        None => &mut memory,
    };
    let mut rehearsal = Rehearsal::new(script, text, until, arguments, first, cancelled);
    let outcome = {
        let mut session = Session::resume(&mut world, state(script, arguments)?)
            .with_files(files)
            .with_watch(&mut rehearsal);
        dirsim_runbook::run(script, &mut session)
    };
    rehearsal.finish(&mut world, &outcome);
    let told = tell(script, &outcome, &rehearsal, &mut world, (first, began), arguments);
    files_in_memory(&memory, disk.is_some());
    if arguments.undo {
        world.goto(first)?;
        println!("the world is as it was at step {first}");
    }
    told?;
    exit_code(&outcome, &rehearsal, cancelled)
}

/// Prepares what the script finds: answers and parameters.
fn state(script: &Script, arguments: &Runbook) -> Result<State, Failure> {
    let mut state = State::default();
    for answer in &arguments.answers {
        state.answer(answer.as_str());
    }
    let known = script.parameters();
    for parameter in &arguments.parameters {
        let Some((name, value)) = parameter.split_once('=') else {
            return Err(Failure::usage(format!("--param {parameter}: write NAME=VALUE")));
        };
        if !known.iter().any(|known| known.eq_ignore_ascii_case(name)) {
            let help = dirsim_model::nearest(name, known.iter().copied())
                .map_or_else(String::new, |near| format!("; did you mean `{near}`?"));
            return Err(Failure::usage(format!(
                "{} takes no parameter `{name}`{help}",
                script.name()
            )));
        }
        state.set_text(name, value);
    }
    Ok(state)
}

fn tell(
    script: &Script,
    outcome: &RunOutcome,
    rehearsal: &Rehearsal<'_>,
    world: &mut World,
    (first, began): (u64, dirsim_model::Timestamp),
    arguments: &Runbook,
) -> Result<(), Failure> {
    if let Some(failure) = &outcome.failed {
        let place = format!("{}:{}", script.name(), failure.span.line);
        anstream::eprintln!("{place}: {}\n{}", failure.command, failure.error);
    }
    if arguments.quiet {
        return summary::runs(rehearsal.runs());
    }
    summary::print(world, rehearsal, outcome, (first, began), arguments.limit)
}

fn exit_code(
    outcome: &RunOutcome,
    rehearsal: &Rehearsal<'_>,
    cancelled: &AtomicBool,
) -> Result<ExitCode, Failure> {
    if outcome.failed.is_some() || cancelled.load(Ordering::Relaxed) {
        return Err(Failure::expectation());
    }
    if let Some(code) = outcome.exit {
        return Ok(ExitCode::from(u8::try_from(code & 0xFF).unwrap_or(1)));
    }
    let refused = rehearsal.errors().len();
    if refused > 0 {
        let commands = if refused == 1 { "command" } else { "commands" };
        anstream::eprintln!("the script went on behind {refused} {commands} that failed");
        return Err(Failure::expectation());
    }
    Ok(ExitCode::SUCCESS)
}
