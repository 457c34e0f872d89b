//! Checking a script as a whole, then running its commands one by one.

use dirsim_world::Event;
use serde::Serialize;

use crate::ast::Statement;
use crate::bind::{self, Bound};
use crate::diagnostic::{Diagnostics, ScriptError, Span};
use crate::error::{CommandError, ErrorRecord};
use crate::parse;
use crate::session::Session;
use crate::value::Object;

/// A script without mistakes: every command is known and has the parameters it needs.
#[derive(Debug, Clone)]
pub struct Script {
    name: String,
    statements: Vec<Bound>,
}

/// What a script printed, in order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Output {
    /// The objects that a command returned.
    Objects {
        /// Where the command stands.
        span: Span,
        /// The objects; never empty.
        objects: Vec<Object>,
    },
    /// A warning of the module or of dirsim.
    Warning(String),
    /// What a command would do, under `-WhatIf`.
    WhatIf(String),
    /// The failure of a command after which the script went on (`-ErrorAction Continue`).
    Error {
        /// Where the command stands.
        span: Span,
        /// The failure.
        record: Box<ErrorRecord>,
    },
}

/// How a script ended.
#[derive(Debug)]
pub struct RunOutcome {
    /// What it printed.
    pub outputs: Vec<Output>,
    /// What happened in the world, in order: runs with their counters and errors, timers, notes.
    pub events: Vec<Event>,
    /// The command that ended it; `None` when it ran to its end.
    pub failed: Option<Failure>,
}

/// The command that ended a script.
#[derive(Debug)]
pub struct Failure {
    /// Where it stands.
    pub span: Span,
    /// The command as written.
    pub command: String,
    /// Why.
    pub error: CommandError,
}

impl Script {
    /// Returns the name given to [`check`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the commands in order.
    pub fn statements(&self) -> &[Bound] {
        &self.statements
    }
}

/// Reads a script and finds all its mistakes; `name` is the file that errors name.
///
/// Nothing runs unless every command is known, has all it needs, and has values that fit.
pub fn check(text: &str, name: &str) -> Result<Script, Vec<ScriptError>> {
    let mut diagnostics = Diagnostics::new(name, text);
    let statements = parse::parse(text, &mut diagnostics);
    let bound = statements
        .iter()
        .filter_map(|Statement::Pipeline(pipeline)| {
            bind::pipeline(pipeline, text, &mut diagnostics)
        })
        .collect();
    if diagnostics.is_empty() {
        Ok(Script { name: name.to_owned(), statements: bound })
    } else {
        Err(diagnostics.into_errors())
    }
}

/// Runs a script until its end or its first failure.
///
/// A failure ends the script, as if `$ErrorActionPreference` were `Stop`: a runbook that went on
/// after a refused command would rehearse something nobody planned. `-ErrorAction Continue` and
/// `SilentlyContinue` go on.
pub fn run(script: &Script, session: &mut Session<'_>) -> RunOutcome {
    let mut failed = None;
    for bound in &script.statements {
        if let Err(error) = run_one(bound, session) {
            let (span, command) = (bound.span, bound.text.to_string());
            failed = Some(Failure { span, command, error });
            break;
        }
    }
    RunOutcome {
        outputs: std::mem::take(&mut session.outputs),
        events: std::mem::take(&mut session.events),
        failed,
    }
}

fn run_one(bound: &Bound, session: &mut Session<'_>) -> Result<(), CommandError> {
    session.what_if = bound.switch("WhatIf");
    let result = (bound.command.run)(session, bound);
    session.what_if = false;
    match result {
        Ok(objects) => {
            if !objects.is_empty() {
                session.outputs.push(Output::Objects { span: bound.span, objects });
            }
            Ok(())
        }
        Err(CommandError::Refused(mut record)) => {
            if !record.details.is_empty() {
                record.details.push(format!("Date: {}", session.now()?));
            }
            end_or_go_on(bound, session, record)
        }
        Err(error) => Err(error),
    }
}

/// Does with a refusal what `-ErrorAction` asks for.
fn end_or_go_on(
    bound: &Bound,
    session: &mut Session<'_>,
    record: Box<ErrorRecord>,
) -> Result<(), CommandError> {
    match bound.text("ErrorAction") {
        Some("Continue") => {
            session.outputs.push(Output::Error { span: bound.span, record });
            Ok(())
        }
        Some("SilentlyContinue" | "Ignore") => Ok(()),
        _ => Err(CommandError::Refused(record)),
    }
}
