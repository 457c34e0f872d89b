//! `dirsim shell`: cmdlets typed against a workspace, one statement after the other.
//!
//! `editor` reads lines from a terminal, `names` knows what completes. Lines that come through a
//! pipe are read as they are, so that a session can be recorded and played again.

mod editor;
mod names;

use std::cell::RefCell;
use std::io::{self, IsTerminal as _};
use std::process::ExitCode;
use std::rc::Rc;
use std::sync::atomic::{AtomicBool, Ordering};

use anstyle::AnsiColor;
use dirsim_runbook::files::{Files, MemoryFiles};
use dirsim_runbook::{RunOutcome, Script, ScriptError, Session, Span, State, Watch};
use dirsim_world::World;

use super::{open, runbook};
use crate::cli::Shell;
use crate::disk::DiskFiles;
use crate::failure::Failure;
use crate::outputs::{self, dim, styled};

/// What `help` says on its own.
const HELP: &str = "\
Type cmdlets as in PowerShell; what they change stays in the workspace.
  Get-Help <cmdlet>        what it does, its parameters and an example
  Get-Command *user*       the cmdlets that dirsim knows
  back                     undo the last statement that changed the world
  exit                     leave the shell
Tab completes names, parameters and identities. A line goes on in the next while a bracket or quote is open.
Ctrl-C stops a statement, Ctrl-D leaves.";

/// Where the next statement comes from.
enum Input {
    Terminal(Box<editor::LineEditor>),
    /// Lines are read one by one: `Read-Host` takes the next one as its answer.
    Pipe,
}

/// The shell between two statements.
struct Prompt {
    world: Rc<RefCell<World>>,
    state: Option<State>,
    memory: MemoryFiles,
    disk: Option<DiskFiles>,
    /// Statements that changed the world, and the steps in front of them.
    done: Vec<(String, u64)>,
    terminal: bool,
    /// Whether the last statement failed.
    failed: bool,
}

/// Reads statements until `exit` or the end of the input.
pub(crate) fn shell(arguments: &Shell, cancelled: &AtomicBool) -> Result<ExitCode, Failure> {
    let workspace = &arguments.place.workspace;
    let world = Rc::new(RefCell::new(open(workspace)?));
    let terminal = io::stdin().is_terminal();
    let names = Rc::new(names::Names::new(Rc::clone(&world)));
    let mut input = if terminal {
        let editor = editor::LineEditor::new(Rc::clone(&names), workspace)?;
        Input::Terminal(Box::new(editor))
    } else {
        Input::Pipe
    };
    let mut shell = Prompt {
        world,
        state: Some(State::default()),
        memory: MemoryFiles::default(),
        disk: arguments.files.as_deref().map(DiskFiles::open).transpose()?,
        done: Vec::new(),
        terminal,
        failed: false,
    };
    if terminal {
        println!("{}", dim("help shows what you can type; back undoes; exit leaves"));
    }
    let mut code = None;
    while let Some(text) = next(&mut input, &shell)? {
        cancelled.store(false, Ordering::Relaxed);
        match text.trim() {
            "" => {}
            "exit" | "quit" => break,
            "help" | "?" => println!("{HELP}"),
            "back" | "undo" => shell.back()?,
            statement => {
                if let Some(exit) = shell.run(statement, cancelled) {
                    code = Some(exit);
                    break;
                }
            }
        }
        if let Some(state) = &shell.state {
            names.set(state.variable_names(), state.function_names());
        }
    }
    runbook::files_in_memory(&shell.memory, shell.disk.is_some());
    Ok(match code {
        Some(code) => ExitCode::from(u8::try_from(code & 0xFF).unwrap_or(1)),
        // A recorded session tells its reader whether its last statement went well.
        None if !terminal && shell.failed => ExitCode::from(1),
        None => ExitCode::SUCCESS,
    })
}

/// Reads the next statement, over several lines where it needs them; `None` at the end.
fn next(input: &mut Input, shell: &Prompt) -> Result<Option<String>, Failure> {
    match input {
        Input::Terminal(editor) => editor.read(&shell.prompt()),
        Input::Pipe => {
            let mut text = String::new();
            while io::stdin().read_line(&mut text)? > 0 {
                if !dirsim_runbook::is_unfinished(&text) {
                    return Ok(Some(text));
                }
            }
            Ok((!text.trim().is_empty()).then_some(text))
        }
    }
}

impl Prompt {
    /// Returns the prompt: the simulated time, as a cut-over is a matter of hours.
    fn prompt(&self) -> String {
        let now = self.world.borrow().now().map(|now| now.to_string()).unwrap_or_default();
        let now = now.get(..16).unwrap_or_default().replace('T', " ");
        format!("{now} PS> ")
    }

    /// Undoes the last statement that changed the world.
    fn back(&mut self) -> Result<(), Failure> {
        let Some((statement, step)) = self.done.pop() else {
            println!("nothing to undo: no statement of this shell changed the world");
            return Ok(());
        };
        let mut world = self.world.borrow_mut();
        let last = world.head();
        world.goto(step)?;
        let first = statement.lines().next().unwrap_or_default();
        let steps = if last == step + 1 {
            format!("step {last}")
        } else {
            format!("steps {} to {last}", step + 1)
        };
        println!("undone: {first} ({steps}); variables keep their values");
        Ok(())
    }

    /// Runs a statement; returns the code of `exit` when it calls it.
    fn run(&mut self, text: &str, cancelled: &AtomicBool) -> Option<i32> {
        let mut state = self.state.take().unwrap_or_default();
        let script = match dirsim_runbook::check_with(text, "", &state.known()) {
            Ok(script) => script,
            Err(errors) => {
                for error in &errors {
                    explain(error, text);
                }
                self.state = Some(state);
                self.failed = true;
                return None;
            }
        };
        let mut world = self.world.borrow_mut();
        let before = world.head();
        let reported = state.reported();
        let mut watch = Terminal { cancelled, terminal: self.terminal };
        let files: &mut dyn Files = match &mut self.disk {
            Some(disk) => disk,
            None => &mut self.memory,
        };
        let mut session =
            Session::resume(&mut world, state).with_files(files).with_watch(&mut watch);
        let outcome = dirsim_runbook::run(&script, &mut session);
        state = session.into_state();
        outputs::print(&outcome.outputs, self.terminal);
        self.failed = state.reported() > reported || outcome.failed.is_some();
        tell(&script, &outcome, &world);
        if world.head() != before {
            self.done.push((text.to_owned(), before));
        }
        self.state = Some(state);
        outcome.exit
    }
}

/// Shows a mistake under the line where it stands.
fn explain(error: &ScriptError, text: &str) {
    let line = text.lines().nth(error.span.line.saturating_sub(1)).unwrap_or_default();
    let width = error.span.end.saturating_sub(error.span.start).clamp(1, 60);
    let marks = "^".repeat(width.min(line.chars().count().saturating_sub(error.span.column) + 1));
    let indent = " ".repeat(error.span.column.saturating_sub(1));
    let red = |text: &str| styled(AnsiColor::Red, text);
    anstream::eprintln!("  {line}\n  {indent}{}\n{}", red(&marks), red(&error.message));
    if let Some(help) = &error.help {
        anstream::eprintln!("{}", dim(help));
    }
}

/// Tells what the statement came to beside what it printed.
fn tell(script: &Script, outcome: &RunOutcome, world: &World) {
    if let Some(failure) = &outcome.failed {
        let line = if script.statements().len() > 1 {
            format!("line {}: ", failure.span.line)
        } else {
            String::new()
        };
        anstream::eprintln!("{}", styled(AnsiColor::Red, &format!("{line}{}", failure.error)));
    }
    if outcome.ended {
        anstream::eprintln!("stopped; what was done until then stays (back undoes it)");
    }
    let runs = outcome.events.iter().filter_map(|event| match event {
        dirsim_world::Event::Run(run) => Some(&**run),
        _ => None,
    });
    drop(runbook::print_runs(runs));
    for note in dirsim_world::view::notes(world.tables(), &outcome.events).unwrap_or_default() {
        let text = |name: &str| note.get(name).and_then(|v| v.as_str()).unwrap_or_default();
        if ["DATA-LOSS", "IRREVERSIBLE"].contains(&text("code")) {
            let (code, object) = (text("code"), text("object"));
            anstream::println!("note of dirsim: {code}: {object} {}", text("text"));
        }
    }
}

/// Looks on for Ctrl-C, and asks at the terminal.
struct Terminal<'a> {
    cancelled: &'a AtomicBool,
    terminal: bool,
}

impl Watch for Terminal<'_> {
    fn before(&mut self, _: Span, _: &mut Session<'_>) -> bool {
        true
    }

    fn interrupted(&mut self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    fn ask(&mut self, prompt: &str) -> Option<String> {
        // Through a pipe the next line is the answer, as at a terminal.
        if self.terminal {
            anstream::eprint!("{prompt}: ");
        }
        let mut answer = String::new();
        let read = io::stdin().read_line(&mut answer).ok()?;
        (read > 0).then(|| answer.trim_end_matches(['\n', '\r']).to_owned())
    }
}
