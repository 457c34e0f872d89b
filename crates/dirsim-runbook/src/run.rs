//! Checking a script as a whole, then running its statements one by one.

use std::collections::BTreeSet;
use std::rc::Rc;

use dirsim_world::Event;
use serde::Serialize;

use crate::ast::{Block, Statement};
use crate::check::{self, Known};
use crate::diagnostic::{Diagnostics, ScriptError, Span};
use crate::error::{CommandError, ErrorRecord};
use crate::interpret::traps_of;
use crate::live::{Closure, Live};
use crate::parse;
use crate::session::Session;
use crate::state::State;
use crate::stop::{Run, Stop, Thrown};
use crate::value::PsValue;

/// A script without mistakes: every command is known and has the parameters it needs.
#[derive(Debug, Clone)]
pub struct Script {
    name: String,
    block: Rc<Block>,
    lines: Vec<Line>,
    commands: usize,
    /// The places of statements that are skipped because they have mistakes.
    left_out: Rc<BTreeSet<(usize, usize)>>,
}

/// A statement of a script, as it is shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// Where it stands.
    pub span: Span,
    /// The statement as written.
    pub text: String,
}

/// What a script printed, in order.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Output {
    /// The objects that a statement returned.
    Objects {
        /// Where the statement stands.
        span: Span,
        /// The objects; never empty.
        objects: Vec<PsValue>,
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
    /// A line of `Write-Host`.
    Host {
        /// The text.
        text: String,
        /// The color of the letters.
        foreground: Option<String>,
        /// The color behind them.
        background: Option<String>,
        /// Whether the next text stands on the same line.
        stays: bool,
    },
    /// A line of `Write-Verbose`.
    Verbose(String),
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
    /// The code of `exit`; `None` when the script ran to its end.
    pub exit: Option<i32>,
    /// Whether whoever looked on ended it.
    pub ended: bool,
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
    /// Returns the name given to [`check()`].
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the statements of the script in order; those within blocks are not counted.
    pub fn statements(&self) -> &[Line] {
        &self.lines
    }

    /// Returns how many commands the script calls, those within blocks included.
    pub const fn commands(&self) -> usize {
        self.commands
    }

    pub(crate) fn block(&self) -> &Block {
        &self.block
    }

    /// Returns the names of the parameters that the script takes.
    pub fn parameters(&self) -> Vec<&str> {
        self.block.parameters.iter().flatten().map(|parameter| &*parameter.name).collect()
    }
}

/// Parses a script and checks every command in it; `name` is the file's name.
///
/// Nothing runs unless every command is known, has all it needs, and has values that fit.
pub fn check(text: &str, name: &str) -> Result<Script, Vec<ScriptError>> {
    check_with(text, name, &Known::default())
}

/// Checks a script that may call what an earlier script of the session defined.
pub fn check_with(text: &str, name: &str, known: &Known) -> Result<Script, Vec<ScriptError>> {
    let mut diagnostics = Diagnostics::new(name, text);
    let block = parse::parse(text, &mut diagnostics);
    let commands = check::check(&block, known, &mut diagnostics);
    if diagnostics.is_empty() {
        Ok(script(text, name, block, commands))
    } else {
        Err(diagnostics.into_errors())
    }
}

/// Returns whether a text goes on: a bracket, quote or here-string is open, or the last line ends
/// in a pipe sign, an operator or a backtick. For shells that ask for another line.
pub fn is_unfinished(text: &str) -> bool {
    let mut diagnostics = Diagnostics::new("", text);
    let block = parse::parse(text, &mut diagnostics);
    drop(block);
    let trimmed = text.trim_end_matches([' ', '\t', '\r', '\n']);
    trimmed.ends_with('`') && !trimmed.ends_with("``")
        || diagnostics.into_errors().iter().any(ScriptError::is_unfinished)
}

/// Checks a script and leaves out what has mistakes: each mistake takes the innermost statement that
/// holds it. Returns the rest and the mistakes.
pub fn check_lenient(text: &str, name: &str, known: &Known) -> (Script, Vec<ScriptError>) {
    let mut diagnostics = Diagnostics::new(name, text);
    let block = parse::parse(text, &mut diagnostics);
    let commands = check::check(&block, known, &mut diagnostics);
    let errors = diagnostics.into_errors();
    let mut left_out = BTreeSet::new();
    let places = check::statement_places(&block);
    for error in &errors {
        let within = |place: &&(usize, usize)| {
            place.0 <= error.span.start && error.span.end <= place.1.max(place.0 + 1)
        };
        left_out.extend(places.iter().filter(within).min_by_key(|(start, end)| end - start));
    }
    let mut script = script(text, name, block, commands);
    script.left_out = Rc::new(left_out);
    (script, errors)
}

fn script(text: &str, name: &str, block: Block, commands: usize) -> Script {
    let lines = bodies(&block)
        .flat_map(|body| body.iter())
        .map(|statement| Line {
            span: statement.span,
            text: text.get(statement.span.start..statement.span.end).unwrap_or_default().to_owned(),
        })
        .collect();
    Script {
        name: name.to_owned(),
        block: Rc::new(block),
        lines,
        commands,
        left_out: Rc::default(),
    }
}

fn bodies(block: &Block) -> impl Iterator<Item = &[Statement]> {
    [block.begin.as_deref(), block.process.as_deref(), Some(&*block.end)].into_iter().flatten()
}

impl State {
    /// Returns the functions and aliases that scripts of the session made, for [`check_with`].
    pub fn known(&self) -> Known {
        let types = self
            .types
            .iter()
            .map(|(name, user)| (name.clone(), Rc::clone(&user.definition)))
            .collect();
        Known { functions: self.functions.clone(), aliases: self.aliases.clone(), types }
    }
}

/// Runs a script until its end, `exit`, or an error that ends it.
pub fn run(script: &Script, session: &mut Session<'_>) -> RunOutcome {
    run_stepwise(script, session, &mut |_, _| true)
}

/// Runs a script; `before` is asked in front of each of its statements whether to go on.
pub fn run_stepwise(
    script: &Script,
    session: &mut Session<'_>,
    before: &mut dyn FnMut(&Line, &mut Session<'_>) -> bool,
) -> RunOutcome {
    session.state.budget.refill();
    session.left_out = Rc::clone(&script.left_out);
    let result = run_statements(script, session, before);
    session.left_out = Rc::default();
    session.pipes.clear();
    session.state.unwind();
    let (mut exit, mut ended) = (None, false);
    let failed = match result {
        Err(Stop::Ended) => {
            ended = true;
            None
        }
        Ok(())
        | Err(
            Stop::Return | Stop::Returned(_) | Stop::Break(_) | Stop::Continue(_) | Stop::Full(_),
        ) => None,
        Err(Stop::Exit(code)) => {
            exit = Some(code);
            None
        }
        Err(Stop::Failed(mut thrown) | Stop::Limit(mut thrown)) => {
            // A limit knows no place: it is that of the statement which was carried out.
            thrown.span.get_or_insert(session.state.span);
            Some(failure(script, *thrown))
        }
        Err(Stop::World(error)) => {
            let span = session.state.span;
            Some(Failure {
                span,
                command: text_of(script, span),
                error: CommandError::World(*error),
            })
        }
    };
    RunOutcome {
        outputs: session.take_outputs(),
        events: std::mem::take(&mut session.events),
        failed,
        exit,
        ended,
    }
}

fn run_statements(
    script: &Script,
    session: &mut Session<'_>,
    before: &mut dyn FnMut(&Line, &mut Session<'_>) -> bool,
) -> Run<()> {
    session.declare(&script.block)?;
    let mut lines = script.lines.iter();
    for body in bodies(&script.block) {
        let traps: Vec<_> = traps_of(body).collect();
        for statement in body {
            if let Some(line) = lines.next()
                && !before(line, session)
            {
                return Err(Stop::Ended);
            }
            session.trapped(statement, &traps)?;
        }
    }
    Ok(())
}

fn failure(script: &Script, thrown: Thrown) -> Failure {
    let span = thrown.span.unwrap_or_default();
    let command =
        if thrown.line.is_empty() { text_of(script, span) } else { thrown.line.to_string() };
    Failure { span, command, error: CommandError::Refused(Box::new(thrown.record)) }
}

fn text_of(script: &Script, span: Span) -> String {
    let line =
        script.lines.iter().find(|line| line.span.start <= span.start && span.end <= line.span.end);
    line.map_or_else(String::new, |line| line.text.clone())
}

impl Session<'_> {
    /// Defines types in front of the first statement and gives script parameters their values.
    fn declare(&mut self, block: &Block) -> Run<()> {
        self.define_all(block)?;
        for parameter in block.parameters.iter().flatten() {
            let name = parameter.name.to_lowercase();
            let given = self.state.get_name(&name).filter(|value| !value.is_null());
            let value = self.script_parameter(parameter, given)?;
            self.state.set_local(&name, value);
        }
        Ok(())
    }

    /// Makes a script block of a text, as `[scriptblock]::Create` does.
    pub(crate) fn compile(&mut self, text: &str) -> Run<Live> {
        let mut diagnostics = Diagnostics::new("script block", text);
        let mut block = parse::parse(text, &mut diagnostics);
        check::check(&block, &self.state.known(), &mut diagnostics);
        if let Some(error) = diagnostics.into_errors().first() {
            return Err(Stop::runtime("ParseException", error.to_string()));
        }
        block.text = text.into();
        Ok(Live::Block(Rc::new(Closure { block: Rc::new(block), variables: Vec::new() })))
    }
}
