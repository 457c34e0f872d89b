//! `dirsim runbook`: cmdlets against a workspace.

use std::fs;
use std::process::ExitCode;

use anstyle::AnsiColor;
use dirsim_runbook::{Output, Script, Session};
use dirsim_world::Event;

use super::open;
use super::runs::Runs;
use crate::cli::{Format, Runbook};
use crate::failure::Failure;

/// Checks the whole script, then runs it.
pub(crate) fn runbook(arguments: &Runbook) -> Result<ExitCode, Failure> {
    let (name, text) = match &arguments.file {
        Some(path) => {
            let name = path.display().to_string();
            let text = fs::read_to_string(path).map_err(|error| {
                Failure::unreadable([format!("{name} cannot be read: {error}")])
            })?;
            (name, text)
        }
        None => ("command".to_owned(), arguments.command.join("\n")),
    };
    let script = dirsim_runbook::check(&text, &name)
        .map_err(|errors| Failure::syntax(errors.iter().map(ToString::to_string)))?;
    if arguments.check {
        println!("{name}: {} cmdlets, all known", script.commands());
        return Ok(ExitCode::SUCCESS);
    }
    play(&script, arguments)
}

/// Runs a script. Its exit code is the one of `exit`, else 1 when a command failed, also when the
/// script went on behind it.
fn play(script: &Script, arguments: &Runbook) -> Result<ExitCode, Failure> {
    let mut world = open(&arguments.place.workspace)?;
    let outcome = dirsim_runbook::run(script, &mut Session::new(&mut world));
    let mut refused = 0;
    for output in &outcome.outputs {
        match output {
            Output::Objects { objects, .. } => {
                anstream::println!("{}", dirsim_runbook::format::objects_text(objects));
            }
            Output::Warning(text) => {
                let (yellow, reset) = (AnsiColor::Yellow.on_default(), anstyle::Reset);
                anstream::eprintln!("{yellow}WARNING: {text}{reset}");
            }
            Output::WhatIf(text) => anstream::println!("{text}"),
            Output::Error { record, .. } => {
                refused += 1;
                anstream::eprintln!("{}", record.text());
            }
            Output::Host { text, stays: true, .. } => anstream::print!("{text}"),
            Output::Host { text, .. } => anstream::println!("{text}"),
            Output::Verbose(text) => anstream::eprintln!("VERBOSE: {text}"),
        }
    }
    let mut runs = Runs::new(Format::Text, &[]);
    for event in &outcome.events {
        if let Event::Run(run) = event {
            runs.push(Vec::new(), run);
        }
    }
    if !runs.is_empty() {
        runs.print(Format::Text)?;
    }
    if let Some(failure) = outcome.failed {
        let place = format!("{}:{}", script.name(), failure.span.line);
        anstream::eprintln!("{place}: {}\n{}", failure.command, failure.error);
        return Err(Failure::expectation());
    }
    if let Some(code) = outcome.exit {
        return Ok(ExitCode::from(u8::try_from(code & 0xFF).unwrap_or(1)));
    }
    if refused > 0 {
        let commands = if refused == 1 { "command" } else { "commands" };
        anstream::eprintln!("the script went on behind {refused} {commands} that failed");
        return Err(Failure::expectation());
    }
    Ok(ExitCode::SUCCESS)
}
