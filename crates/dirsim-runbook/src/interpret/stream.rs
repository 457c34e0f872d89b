//! Pipelines of several stages: each object goes through all stages before the next one starts.
//!
//! So side effects come in the order that PowerShell has, no stage holds what only passes through, and
//! `Select-Object -First` ends the work of the stages in front of it. What the first stage returns is
//! handed on behind each of its statements. Stages that need all objects, such as `Sort-Object`,
//! collect them.

use std::rc::Rc;

use crate::ast::{BinaryOperator, Callee, Command, ExpressionKind, Function, Pipeline, Stage};
use crate::bind::{Binder, Bound};
use crate::commands;
use crate::live::Live;
use crate::operators::number;
use crate::session::Session;
use crate::state::Scope;
use crate::stop::{Run, Stop};

/// A stage behind the first one.
enum Runner {
    /// Takes one object at a time; the flag says whether the cmdlet takes a list of it.
    One(Box<Bound>, bool),
    /// Lets so many objects pass, after leaving out so many; `None` lets all pass.
    First { skip: u64, left: Option<u64>, then: Option<Box<Bound>> },
    /// A function with a block for each object, and its variables between two objects.
    Function(Rc<Function>, Scope),
    /// Collects all objects.
    All(Box<Stage>, Vec<Live>),
}

/// A pipeline whose first stage is at work.
pub(crate) struct Pipe {
    runners: Vec<Runner>,
    /// The furthest stage that wants no more.
    full: Option<usize>,
    /// Why a stage behind the first one ended it all.
    failed: Option<Stop>,
    /// Which of the sinks takes what the first stage returns.
    sink: usize,
    /// How many scopes the pipeline stands in.
    scopes: usize,
    trying: usize,
    what_if: bool,
}

impl Session<'_> {
    /// Carries out a pipeline object by object.
    pub(super) fn stream(&mut self, pipeline: &Pipeline) -> Run<()> {
        let Some((first, rest)) = pipeline.stages.split_first() else { return Ok(()) };
        let mut pipe = Pipe {
            runners: Vec::with_capacity(rest.len()),
            full: None,
            failed: None,
            sink: self.state.sinks.len(),
            scopes: self.state.scopes(),
            trying: self.state.trying,
            what_if: self.what_if,
        };
        let mut begun = Vec::new();
        for stage in rest {
            let (runner, values) = self.runner(stage)?;
            pipe.runners.push(runner);
            begun.push(values);
        }
        for (at, values) in begun.into_iter().enumerate() {
            for value in values {
                self.feed(&mut pipe.runners, at + 1, value, &mut pipe.full)?;
            }
        }
        if let Some((from, to)) = self.range_of(first)? {
            let step = if from <= to { 1 } else { -1 };
            let mut number = from;
            loop {
                self.state.budget.step()?;
                self.feed(&mut pipe.runners, 0, Live::whole(number), &mut pipe.full)?;
                if pipe.full.is_some() || number == to {
                    break;
                }
                number += step;
            }
        } else {
            pipe = self.first_stage(first, pipe)?;
        }
        self.finish(&mut pipe)
    }

    /// Carries out the first stage, and hands on what it returns while it is at work.
    fn first_stage(&mut self, first: &Stage, pipe: Pipe) -> Run<Pipe> {
        let (sink, level) = (pipe.sink, self.pipes.len());
        self.state.sinks.push(Vec::new());
        self.pipes.push(pipe);
        let result = self.stage(first, None).and_then(|()| self.hand_on());
        self.state.sinks.truncate(sink);
        self.pipes.truncate(level + 1);
        let Some(mut pipe) = self.pipes.pop() else { return Err(Stop::Ended) };
        match result {
            Err(Stop::Full(at)) if at == level => match pipe.failed.take() {
                Some(stop) => Err(stop),
                None => Ok(pipe),
            },
            other => other.map(|()| pipe),
        }
    }

    /// Hands on what the first stage of a pipeline returned so far, when nothing else collects it.
    pub(super) fn hand_on(&mut self) -> Run<()> {
        let Some(pipe) = self.pipes.last() else { return Ok(()) };
        if pipe.sink + 1 != self.state.sinks.len() {
            return Ok(());
        }
        let values = match self.state.sinks.last_mut() {
            Some(sink) if !sink.is_empty() => std::mem::take(sink),
            _ => return Ok(()),
        };
        let Some(mut pipe) = self.pipes.pop() else { return Ok(()) };
        // The stages behind run where the pipeline stands, not within the function that is at work.
        let sinks = self.state.sinks.split_off(pipe.sink);
        let scopes = self.state.leave_scopes(pipe.scopes);
        let span = self.state.span;
        let trying = std::mem::replace(&mut self.state.trying, pipe.trying);
        let what_if = std::mem::replace(&mut self.what_if, pipe.what_if);
        let mut result = Ok(());
        for value in values {
            result = self
                .state
                .budget
                .step()
                .and_then(|()| self.feed(&mut pipe.runners, 0, value, &mut pipe.full));
            if result.is_err() || pipe.full.is_some() {
                break;
            }
        }
        self.state.span = span;
        self.state.trying = trying;
        self.what_if = what_if;
        self.state.enter_scopes(scopes);
        self.state.sinks.extend(sinks);
        let ends = result.is_err() || pipe.full.is_some();
        pipe.failed = result.err();
        self.pipes.push(pipe);
        if ends { Err(Stop::Full(self.pipes.len() - 1)) } else { Ok(()) }
    }

    /// Lets the stages that wait for the end do their work, from the first to the last.
    fn finish(&mut self, pipe: &mut Pipe) -> Run<()> {
        let count = pipe.runners.len();
        for at in 0..count {
            if pipe.full.is_some_and(|full| at < full) {
                continue;
            }
            let last = at + 1 == count;
            let Some(runner) = pipe.runners.get_mut(at) else { continue };
            let waits = match runner {
                Runner::All(..) => true,
                Runner::Function(function, _) => !function.filter,
                Runner::One(..) | Runner::First { .. } => false,
            };
            if !waits {
                continue;
            }
            let spent = Runner::First { skip: 0, left: None, then: None };
            let runner = std::mem::replace(runner, spent);
            if last {
                return self.end(runner);
            }
            for item in self.capture(|session| session.end(runner))? {
                self.feed(&mut pipe.runners, at + 1, item, &mut pipe.full)?;
                if pipe.full.is_some_and(|full| at < full) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Does the work of a stage that waited for the last object.
    fn end(&mut self, runner: Runner) -> Run<()> {
        match runner {
            Runner::All(stage, items) => self.stage(&stage, Some(items)),
            Runner::Function(function, scope) => {
                self.within(scope, |session| session.function_end(&function)).map(drop)
            }
            Runner::One(..) | Runner::First { .. } => Ok(()),
        }
    }

    /// Hands an object to a stage, and what comes of it to those behind.
    fn feed(
        &mut self,
        runners: &mut [Runner],
        at: usize,
        item: Live,
        full: &mut Option<usize>,
    ) -> Run<()> {
        let last = at + 1 == runners.len();
        let found = match runners.get_mut(at) {
            None => {
                self.emit(item);
                return Ok(());
            }
            Some(Runner::All(_, items)) => {
                self.state.budget.charge(std::mem::size_of::<Live>())?;
                items.push(item);
                return Ok(());
            }
            Some(Runner::First { skip, left, then }) => {
                if *skip > 0 {
                    *skip -= 1;
                    return Ok(());
                }
                if *left == Some(0) {
                    *full = Some(at);
                    return Ok(());
                }
                *left = left.map(|left| left - 1);
                let ends = *left == Some(0);
                let found = match then {
                    None => vec![item],
                    Some(bound) => {
                        let bound = (**bound).clone().with_input(vec![item]);
                        self.capture(|session| session.invoke(&bound))?
                    }
                };
                for item in found {
                    self.feed(runners, at + 1, item, full)?;
                }
                if ends {
                    *full = Some(full.unwrap_or(at).max(at));
                }
                return Ok(());
            }
            Some(Runner::One(bound, list)) => {
                let bound = if *list {
                    (**bound).clone().with_input(vec![item.clone()])
                } else {
                    (**bound).clone()
                };
                let list = *list;
                let run = |session: &mut Self| {
                    session.state.success = true;
                    session.state.span = bound.span;
                    if list { session.invoke(&bound) } else { session.invoke_for(&bound, &item) }
                };
                if last {
                    return run(self);
                }
                self.capture(run)?
            }
            Some(Runner::Function(function, scope)) => {
                let function = Rc::clone(function);
                let here = std::mem::take(scope);
                let run = |session: &mut Self| {
                    session.within(here, |session| session.function_item(&function, &item))
                };
                let (kept, found) = if last {
                    (run(self)?, Vec::new())
                } else {
                    let mut kept = Scope::default();
                    let found = self.capture(|session| {
                        kept = run(session)?;
                        Ok(())
                    })?;
                    (kept, found)
                };
                if let Some(Runner::Function(_, scope)) = runners.get_mut(at) {
                    *scope = kept;
                }
                found
            }
        };
        for item in found {
            self.feed(runners, at + 1, item, full)?;
            if full.is_some_and(|full| at < full) {
                break;
            }
        }
        Ok(())
    }

    /// Prepares a stage: what treats each object on its own takes them one by one. Also returns what the
    /// beginning of a function returned.
    fn runner(&mut self, stage: &Stage) -> Run<(Runner, Vec<Live>)> {
        let all = || Ok((Runner::All(Box::new(stage.clone()), Vec::new()), Vec::new()));
        let Stage::Command(command) = stage else { return all() };
        if !command.redirections.is_empty() {
            return all();
        }
        if let Some(function) = self.function_of(command) {
            if !function.filter && function.block.process.is_none() {
                return all();
            }
            let given = self.arguments(&command.elements)?;
            let mut scope = Scope::default();
            let begun = self.capture(|session| {
                scope = session.function_begin(&function, given)?;
                Ok(())
            })?;
            return Ok((Runner::Function(function, scope), begun));
        }
        let Some(spec) = cmdlet_of(self, command) else { return all() };
        let each = ["ForEach-Object", "Where-Object", "Out-Null"].contains(&spec.name);
        let selects = spec.name == "Select-Object";
        if spec.collects() && !each && !selects {
            return all();
        }
        // What is evaluated twice could act twice, so the elements must say beforehand what they are.
        let names: Vec<&Rc<str>> = command
            .elements
            .iter()
            .filter_map(|element| match element {
                crate::ast::Element::Parameter { name, .. } => Some(name),
                _ => None,
            })
            .collect();
        let among = |known: &[&str]| {
            names.iter().all(|name| known.iter().any(|known| known.eq_ignore_ascii_case(name)))
        };
        let splats = command.elements.iter().any(|e| matches!(e, crate::ast::Element::Splat(..)));
        let fits = match spec.name {
            "ForEach-Object" => command.elements.len() == 1 && names.is_empty(),
            "Select-Object" => {
                among(&["First", "Skip", "Property", "ExpandProperty", "ExcludeProperty"])
            }
            _ => !["OutVariable", "ov", "ErrorVariable", "ev", "InputObject"]
                .iter()
                .any(|name| names.iter().any(|given| given.eq_ignore_ascii_case(name))),
        };
        if splats || !fits {
            return all();
        }
        let given = self.arguments(&command.elements)?;
        let bound = {
            let mut binder = Binder::new(spec, &self.state, 1);
            binder.bind(&given);
            binder.complete(command.name_span, !spec.collects());
            if let Some(mistake) = binder.mistakes.first() {
                return Err(super::pipeline::binding_error(mistake));
            }
            binder.bound(command.span, command.text.trim().into())
        };
        if selects {
            let number = |name: &str| bound.integer(name).and_then(|n| u64::try_from(n).ok());
            let (skip, left) = (number("Skip").unwrap_or(0), number("First"));
            let chooses = ["Property", "ExpandProperty", "ExcludeProperty"]
                .iter()
                .any(|name| bound.has(name));
            let then = chooses.then(|| Box::new(bound.without(&["First", "Skip"])));
            return Ok((Runner::First { skip, left, then }, Vec::new()));
        }
        Ok((Runner::One(Box::new(bound), spec.collects()), Vec::new()))
    }

    /// Returns the function that a command calls.
    fn function_of(&self, command: &Command) -> Option<Rc<Function>> {
        let Callee::Name(name) = &command.callee else { return None };
        self.state.functions.get(&target_of(self, name)).cloned()
    }

    /// Returns the ends of the range that a stage or a loop goes through, which nobody needs to hold.
    pub(super) fn range_of(&mut self, stage: &Stage) -> Run<Option<(i64, i64)>> {
        let Stage::Expression(value, redirections) = stage else { return Ok(None) };
        let ExpressionKind::Binary(BinaryOperator::Range, from, to) = &value.kind else {
            return Ok(None);
        };
        let whole = |kind: &ExpressionKind| {
            matches!(kind, ExpressionKind::Integer(..) | ExpressionKind::Variable(_))
        };
        if !redirections.is_empty() || !whole(&from.kind) || !whole(&to.kind) {
            return Ok(None);
        }
        let (from, to) = (self.evaluate(from)?, self.evaluate(to)?);
        // Texts make ranges of characters; they and numbers beyond 32 bits go the long way.
        match (&from, &to) {
            (Live::Int(_), Live::Int(_)) => {
                let end = |value: &Live| number::number(value).and_then(number::Number::rounded);
                Ok(end(&from).zip(end(&to)))
            }
            _ => Ok(None),
        }
    }
}

/// Returns the name in lower case that a command name stands for.
fn target_of(session: &Session<'_>, name: &str) -> String {
    let lower = name.to_lowercase();
    let bare = lower.strip_prefix("global:").or(lower.strip_prefix("script:")).unwrap_or(&lower);
    session.state.aliases.get(bare).map_or_else(|| bare.to_owned(), |to| to.to_lowercase())
}

/// Returns the cmdlet that a command calls; `None` when it calls something else.
fn cmdlet_of(
    session: &Session<'_>,
    command: &Command,
) -> Option<&'static crate::spec::CommandSpec> {
    let Callee::Name(name) = &command.callee else { return None };
    let target = target_of(session, name);
    if session.state.functions.contains_key(&target) {
        return None;
    }
    commands::find(&target)
}
