//! What cmdlets act on: a world, read through its tables and changed by inputs only.

use std::collections::BTreeSet;
use std::rc::Rc;

use dirsim_forest::ForestRefusal;
use dirsim_model::{Schema, Timestamp};
use dirsim_store::Tables;
use dirsim_sync::Progress;
use dirsim_tenant::TenantRefusal;
use dirsim_world::{Event, Input, Stepped, World};

use crate::bind::Bound;
use crate::convert::Resolve;
use crate::diagnostic::Span;
use crate::error::{CommandError, ErrorRecord};
use crate::files::{Files, MemoryFiles};
use crate::interpret::Pipe;
use crate::live::{self, Live};
use crate::run::{Output, Script};
use crate::state::State;
use crate::stop::{Run, Stop};

/// Looks on while scripts run, and may end them. Whoever debugs or interrupts a script is one.
pub trait Watch {
    /// Called in front of each statement, also those within blocks; false ends the script.
    fn before(&mut self, place: Span, session: &mut Session<'_>) -> bool;

    /// Asked within long work: whether somebody wants the script to stop.
    fn interrupted(&mut self) -> bool;

    /// Asks a person what `Read-Host` asks; `None` when nobody is there.
    fn ask(&mut self, prompt: &str) -> Option<String>;
}

/// A shell on a world: runs scripts, and keeps what they print and remember.
pub struct Session<'w> {
    world: &'w mut World,
    progress: Option<&'w mut dyn FnMut(Progress)>,
    files: Option<&'w mut dyn Files>,
    watch: Option<&'w mut dyn Watch>,
    memory: MemoryFiles,
    pub(crate) outputs: Vec<Output>,
    pub(crate) events: Vec<Event>,
    pub(crate) what_if: bool,
    /// How many of the outputs the transcript has.
    pub(crate) transcribed: usize,
    /// Pipelines whose first stage is at work, the innermost last.
    pub(crate) pipes: Vec<Pipe>,
    /// Statements of the script that are skipped because they have mistakes.
    pub(crate) left_out: Rc<BTreeSet<(usize, usize)>>,
    pub(crate) state: State,
}

impl<'w> Session<'w> {
    /// Opens a shell on a world.
    pub fn new(world: &'w mut World) -> Self {
        Self::resume(world, State::default())
    }

    /// Opens a shell that remembers what another one did.
    pub fn resume(world: &'w mut World, state: State) -> Self {
        Self {
            world,
            progress: None,
            files: None,
            watch: None,
            pipes: Vec::new(),
            left_out: Rc::default(),
            transcribed: 0,
            memory: MemoryFiles::default(),
            outputs: Vec::new(),
            events: Vec::new(),
            what_if: false,
            state,
        }
    }

    /// Opens a shell that reports how far long runs are.
    pub fn with_progress(world: &'w mut World, progress: &'w mut dyn FnMut(Progress)) -> Self {
        let mut session = Self::new(world);
        session.progress = Some(progress);
        session
    }

    /// Gives scripts these files; without, they have their own in memory.
    #[must_use]
    pub fn with_files(mut self, files: &'w mut dyn Files) -> Self {
        self.files = Some(files);
        self
    }

    /// Lets somebody look on.
    #[must_use]
    pub fn with_watch(mut self, watch: &'w mut dyn Watch) -> Self {
        self.watch = Some(watch);
        self
    }

    /// Writes what was printed since the last call to the transcript, when there is one.
    pub(crate) fn transcribe(&mut self) {
        let Some(path) = self.state.transcript.clone() else { return };
        let from = self.transcribed.min(self.outputs.len());
        let text = crate::format::outputs_text(self.outputs.get(from..).unwrap_or_default());
        self.transcribed = self.outputs.len();
        if !text.is_empty() && self.write_file(&path, &text, true).is_err() {
            // The file is gone or full: what is printed is still seen on the screen.
            self.state.transcript = None;
        }
    }

    /// Hands over what was printed since the last call.
    pub fn take_outputs(&mut self) -> Vec<Output> {
        self.transcribe();
        self.transcribed = 0;
        std::mem::take(&mut self.outputs)
    }

    /// Hands over what happened in the world since the last call.
    pub fn take_events(&mut self) -> Vec<Event> {
        std::mem::take(&mut self.events)
    }

    /// Returns whether the value of a script holds, as a condition would take it; changes nothing.
    ///
    /// An error in it is returned as text.
    pub fn holds_now(&mut self, script: &Script) -> Result<bool, String> {
        self.look(script).map(|values| Live::of_many(values).truth())
    }

    /// Returns the values of a script that only looks: under `-WhatIf`, with the variables as they
    /// are at this place.
    pub fn look(&mut self, script: &Script) -> Result<Vec<Live>, String> {
        let (outputs, events) = (std::mem::take(&mut self.outputs), self.take_events());
        let (span, success, what_if) = (self.state.span, self.state.success, self.what_if);
        let (watch, trying) = (self.watch.take(), self.state.trying);
        self.what_if = true;
        self.state.trying = trying + 1;
        let result = self.capture(|session| session.body(&script.block().end));
        self.state.trying = trying;
        self.what_if = what_if;
        (self.state.span, self.state.success) = (span, success);
        self.watch = watch;
        (self.outputs, self.events) = (outputs, events);
        match result {
            Ok(values) => Ok(values),
            Err(stop) => Err(CommandError::from(stop).to_string()),
        }
    }

    /// Lets the one who looks on decide whether a statement is carried out.
    pub(crate) fn watched(&mut self, place: Span) -> Run<()> {
        let Some(watch) = self.watch.take() else { return Ok(()) };
        let goes_on = !watch.interrupted() && watch.before(place, self);
        self.watch = Some(watch);
        if goes_on { Ok(()) } else { Err(Stop::Ended) }
    }

    /// Asks the one who looks on, when `Read-Host` has no answer.
    pub(crate) fn ask(&mut self, prompt: &str) -> Option<String> {
        self.watch.as_mut()?.ask(prompt)
    }

    /// Returns what the session remembers.
    pub const fn state(&mut self) -> &mut State {
        &mut self.state
    }

    /// Closes the session and returns what it remembers.
    pub fn into_state(self) -> State {
        self.state
    }

    /// Returns the files that scripts see.
    pub(crate) fn files(&mut self) -> &mut dyn Files {
        match &mut self.files {
            Some(files) => &mut **files,
            None => &mut self.memory,
        }
    }

    /// Returns the simulated time as scripts see it.
    pub(crate) fn clock(&self) -> Run<Live> {
        Ok(Live::Time(live::ticks(self.now()?)))
    }

    /// Returns the number that random values of this session begin with: the same world at the same
    /// instant gives the same.
    pub(crate) fn world_seed(&self) -> u64 {
        let now = self.now().map_or(0, |time| time.0.cast_unsigned());
        now ^ self.world.head().rotate_left(32) ^ 0x5DEE_CE66_D1CE_5EED
    }

    /// Prints a line, or without an end of line, as `Write-Host` does.
    pub(crate) fn host(
        &mut self,
        text: String,
        foreground: Option<String>,
        background: Option<String>,
        stays: bool,
    ) {
        self.state.budget.printed(text.len());
        if let Some(Output::Host { text: last, stays: open, .. }) = self.outputs.last_mut()
            && *open
            && foreground.is_none()
        {
            last.push_str(&text);
            *open = stays;
            return;
        }
        self.outputs.push(Output::Host { text, foreground, background, stays });
    }

    /// Returns the world.
    pub const fn world(&mut self) -> &mut World {
        self.world
    }

    /// Returns the tables to read from.
    pub fn tables(&self) -> &dyn Tables {
        self.world.tables()
    }

    /// Returns the names and syntaxes.
    pub const fn schema(&self) -> &Schema {
        self.world.schema()
    }

    /// Returns the simulated time.
    pub fn now(&self) -> Result<Timestamp, CommandError> {
        Ok(self.world.now()?)
    }

    /// Does a step of the world for a command; under `-WhatIf` only says what it would do.
    ///
    /// `target` is what the command is about, as errors show it. `None` under `-WhatIf`.
    pub fn act(
        &mut self,
        bound: &Bound,
        target: &str,
        input: Input,
    ) -> Result<Option<Stepped>, CommandError> {
        if self.what_if {
            let action = bound.command.name.split('-').next().unwrap_or_default();
            self.outputs.push(Output::WhatIf(format!(
                "What if: Performing the operation \"{action}\" on target \"{target}\"."
            )));
            return Ok(None);
        }
        if self.watch.as_mut().is_some_and(|watch| watch.interrupted()) {
            return Err(Stop::Ended.into());
        }
        let input = self.on_controller(bound, input)?;
        let stepped = match &mut self.progress {
            Some(progress) => self.world.step_with(input, &mut **progress)?,
            None => self.world.step(input)?,
        };
        if let Some(refusal) = &stepped.refusal {
            let record = ErrorRecord::of_refusal(bound, target, refusal);
            return Err(CommandError::Refused(Box::new(record)));
        }
        self.events.extend(stepped.events.iter().cloned());
        Ok(Some(stepped))
    }

    /// Sends an edit of a forest to the domain controller of `-Server` when that one is behind
    /// (SE-036).
    fn on_controller(&self, bound: &Bound, input: Input) -> Result<Input, CommandError> {
        let Input::Forest(edit) = input else { return Ok(input) };
        let named = match bound.text("Server") {
            Some(name) => dirsim_forest::controller::find_controller(self.tables(), name)?,
            None => None,
        };
        Ok(match named {
            Some((_, domain, controller)) if controller.delay_ms > 0 => {
                Input::ForestOn { controller: controller.host(&domain), edit }
            }
            _ => Input::Forest(edit),
        })
    }

    /// Prints a warning.
    pub fn warn(&mut self, text: impl Into<String>) {
        self.outputs.push(Output::Warning(text.into()));
    }
}

impl Resolve for State {
    fn variable(&self, name: &str) -> Live {
        self.get(&crate::ast::Variable { scope: None, name: name.into() }).unwrap_or(Live::Null)
    }
}

/// Builds the failure of a command that Active Directory would refuse.
pub(crate) fn forest_refused(
    bound: &Bound,
    target: &str,
    name: &'static str,
    rule: &'static str,
    message: String,
) -> CommandError {
    let refusal = ForestRefusal { name, message, rule };
    CommandError::Refused(Box::new(ErrorRecord::of_forest(bound, target, &refusal)))
}

/// Builds the failure of a command that the tenant would refuse.
pub(crate) fn tenant_refused(
    bound: &Bound,
    target: &str,
    (status, code): (u16, &'static str),
    rule: &'static str,
    message: String,
) -> CommandError {
    let refusal = TenantRefusal { status, code, message, target: None, rule };
    CommandError::Refused(Box::new(ErrorRecord::of_tenant(bound, target, &refusal)))
}

/// Builds the failure of a command that the synchronization server would refuse.
pub(crate) fn server_refused(
    bound: &Bound,
    target: &str,
    rule: &'static str,
    message: String,
) -> CommandError {
    let refusal = dirsim_world::Refusal::Server { message, rule };
    CommandError::Refused(Box::new(ErrorRecord::of_refusal(bound, target, &refusal)))
}
