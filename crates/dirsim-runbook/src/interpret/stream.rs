//! Longer pipelines: each object goes through all stages before the next one starts.
//!
//! So side effects come in the order that PowerShell has, and `Select-Object -First` ends the work of
//! the stages in front of it. Stages that need all objects, such as `Sort-Object`, collect them.

use std::rc::Rc;

use crate::ast::{Callee, Command, Pipeline, Stage};
use crate::bind::{Binder, Bound};
use crate::commands;
use crate::live::Live;
use crate::session::Session;
use crate::stop::Run;

/// A stage behind the first one.
enum Runner<'p> {
    /// Takes one object at a time; the flag says whether the cmdlet takes a list of it.
    One(Box<Bound>, bool),
    /// Lets so many objects pass, after leaving out so many.
    First { skip: u64, left: u64 },
    /// Collects all objects.
    All(&'p Stage, Vec<Live>),
}

impl Session<'_> {
    /// Carries out a pipeline object by object.
    pub(super) fn stream(&mut self, pipeline: &Pipeline) -> Run<()> {
        let Some((first, rest)) = pipeline.stages.split_first() else { return Ok(()) };
        let mut runners = Vec::with_capacity(rest.len());
        for stage in rest {
            runners.push(self.runner(stage)?);
        }
        let items = self.capture(|session| session.stage(first, None))?;
        // The furthest stage that wants no more.
        let mut full = None;
        for item in items {
            self.state.budget.step()?;
            self.feed(&mut runners, 0, item, &mut full)?;
            if full.is_some() {
                break;
            }
        }
        for at in 0..runners.len() {
            if full.is_some_and(|full| at < full) {
                continue;
            }
            let Some(Runner::All(stage, items)) = runners.get_mut(at) else { continue };
            let (stage, items) = (*stage, std::mem::take(items));
            if at + 1 == runners.len() {
                return self.stage(stage, Some(items));
            }
            let found = self.capture(|session| session.stage(stage, Some(items)))?;
            for item in found {
                self.feed(&mut runners, at + 1, item, &mut full)?;
                if full.is_some_and(|full| at < full) {
                    break;
                }
            }
        }
        Ok(())
    }

    /// Hands an object to a stage, and what comes of it to those behind.
    fn feed(
        &mut self,
        runners: &mut [Runner<'_>],
        at: usize,
        item: Live,
        full: &mut Option<usize>,
    ) -> Run<()> {
        let last = at + 1 == runners.len();
        match runners.get_mut(at) {
            None => {
                self.emit(item);
                Ok(())
            }
            Some(Runner::All(_, items)) => {
                items.push(item);
                Ok(())
            }
            Some(Runner::First { skip, left }) => {
                if *skip > 0 {
                    *skip -= 1;
                    return Ok(());
                }
                if *left == 0 {
                    *full = Some(at);
                    return Ok(());
                }
                *left -= 1;
                let ends = *left == 0;
                self.feed(runners, at + 1, item, full)?;
                if ends {
                    *full = Some(full.unwrap_or(at).max(at));
                }
                Ok(())
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
                for found in self.capture(run)? {
                    self.feed(runners, at + 1, found, full)?;
                    if full.is_some_and(|full| at < full) {
                        break;
                    }
                }
                Ok(())
            }
        }
    }

    /// Prepares a stage: cmdlets that treat each object on its own take them one by one.
    fn runner<'p>(&mut self, stage: &'p Stage) -> Run<Runner<'p>> {
        let all = Runner::All(stage, Vec::new());
        let Stage::Command(command) = stage else { return Ok(all) };
        let Some(spec) = self.cmdlet_of(command) else { return Ok(all) };
        let each = ["ForEach-Object", "Where-Object"].contains(&spec.name);
        let selects = spec.name == "Select-Object";
        if !command.redirections.is_empty() || (spec.collects() && !each && !selects) {
            return Ok(all);
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
                !names.is_empty()
                    && among(&["First", "Skip"])
                    && command.elements.len() == 2 * names.len()
            }
            _ => !["OutVariable", "ov", "ErrorVariable", "ev", "InputObject"]
                .iter()
                .any(|name| names.iter().any(|given| given.eq_ignore_ascii_case(name))),
        };
        if splats || !fits {
            return Ok(all);
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
            return Ok(match number("First") {
                Some(left) => Runner::First { skip: number("Skip").unwrap_or(0), left },
                None => all,
            });
        }
        Ok(Runner::One(Box::new(bound), spec.collects()))
    }

    /// Returns the cmdlet that a command calls; `None` when it calls something else.
    fn cmdlet_of(&self, command: &Command) -> Option<&'static crate::spec::CommandSpec> {
        let Callee::Name(name) = &command.callee else { return None };
        let lower = name.to_lowercase();
        let target = self.state.aliases.get(&lower).map_or(lower, |to| to.to_lowercase());
        if self.state.functions.contains_key(&target) {
            return None;
        }
        commands::find(&target)
    }
}
