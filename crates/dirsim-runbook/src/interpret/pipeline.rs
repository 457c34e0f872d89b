//! Pipelines: objects from stage to stage, cmdlets, redirections.

use std::rc::Rc;

use crate::ast::{
    Callee, Command, Element, Expression, ExpressionKind, Pipeline, Redirection, Stage,
};
use crate::bind::{Binder, Bound, Given, GivenValue};
use crate::commands;
use crate::diagnostic::ScriptErrorCode;
use crate::error::CommandError;
use crate::live::Live;
use crate::run::Output;
use crate::session::Session;
use crate::spec::{CommandSpec, ParameterKind};
use crate::state::ErrorAction;
use crate::stop::{Run, Stop, Thrown};

impl Session<'_> {
    /// Carries out a pipeline and passes on what its last stage returns.
    pub(super) fn pipeline(&mut self, pipeline: &Pipeline) -> Run<()> {
        match pipeline.stages.as_slice() {
            [only] => self.stage(only, None),
            _ => self.stream(pipeline),
        }
    }

    pub(super) fn stage(&mut self, stage: &Stage, input: Option<Vec<Live>>) -> Run<()> {
        match stage {
            Stage::Expression(value, redirections) => self.redirected(redirections, |session| {
                let value = session.evaluate(value)?;
                session.state.success = true;
                session.emit_each(value);
                Ok(())
            }),
            Stage::Command(command) => {
                self.redirected(&command.redirections, |session| session.command(command, input))
            }
        }
    }

    /// Carries something out with its streams led elsewhere.
    fn redirected(
        &mut self,
        redirections: &[Redirection],
        run: impl FnOnce(&mut Self) -> Run<()>,
    ) -> Run<()> {
        if redirections.is_empty() {
            return run(self);
        }
        let mark = self.outputs.len();
        let values = self.capture(run)?;
        let mut values = Some(values);
        for redirection in redirections {
            let target = match &redirection.target {
                None => None,
                Some((file, append)) => {
                    let file = self.evaluate(file)?;
                    Some((file, *append))
                }
            };
            if redirection.stream == 1 || (redirection.stream == 0 && target.is_some()) {
                let found = values.take().unwrap_or_default();
                if let Some((file, append)) = &target
                    && !file.is_null()
                {
                    let text = crate::format::live_text(&found);
                    self.write_file(&file.to_text(), &text, *append)?;
                }
            }
            if redirection.stream != 1 {
                let led = |output: &Output| match output {
                    Output::Error { .. } => matches!(redirection.stream, 2 | 0),
                    Output::Warning(_) => matches!(redirection.stream, 3 | 0),
                    Output::Verbose(_) => matches!(redirection.stream, 4 | 0),
                    Output::Host { .. } => matches!(redirection.stream, 6 | 0),
                    _ => false,
                };
                let kept = self.outputs.split_off(mark.min(self.outputs.len()));
                let mut taken = Vec::new();
                for output in kept {
                    if led(&output) {
                        taken.push(output);
                    } else {
                        self.outputs.push(output);
                    }
                }
                match &target {
                    None => {
                        if let Some(values) = &mut values {
                            values.extend(taken.iter().map(stream_value));
                        }
                    }
                    Some((file, append)) if !file.is_null() => {
                        let text = crate::format::outputs_text(&taken);
                        self.write_file(&file.to_text(), &text, *append)?;
                    }
                    Some(_) => {}
                }
            }
        }
        for value in values.unwrap_or_default() {
            self.emit(value);
        }
        Ok(())
    }

    /// Carries out a command.
    fn command(&mut self, command: &Command, input: Option<Vec<Live>>) -> Run<()> {
        self.state.span = command.span;
        match &command.callee {
            Callee::Name(name) => self.named(name, command, input),
            Callee::Value(value, dot) => {
                let callee = self.evaluate(value)?;
                match &callee {
                    Live::Block(closure) => {
                        let given = self.arguments(&command.elements)?;
                        self.invoke_block(closure, given, input, !dot)
                    }
                    Live::Object(object)
                        if object.is("System.Management.Automation.CommandInfo") =>
                    {
                        let name = object.get("Name").map_or_else(String::new, |n| n.to_text());
                        self.named(&name, command, input)
                    }
                    other if other.is_null() => Err(Stop::runtime(
                        "BadExpression",
                        "The expression after '&' in a pipeline element produced an object that was not valid. It must result in a command name, a script block, or a CommandInfo object.",
                    )),
                    other => self.named(&other.to_text(), command, input),
                }
            }
        }
    }

    fn named(&mut self, name: &str, command: &Command, input: Option<Vec<Live>>) -> Run<()> {
        let lower = name.to_lowercase();
        let bare =
            lower.strip_prefix("global:").or(lower.strip_prefix("script:")).unwrap_or(&lower);
        let bare =
            self.state.aliases.get(bare).map_or_else(|| bare.to_owned(), |to| to.to_lowercase());
        if let Some(function) = self.state.functions.get(&bare).cloned() {
            let given = self.arguments(&command.elements)?;
            return self.call_function(&function, given, input);
        }
        let Some(spec) = commands::find(&bare) else {
            return Err(Stop::error(
                "System.Management.Automation.CommandNotFoundException",
                "CommandNotFoundException",
                format!(
                    "The term '{name}' is not recognized as the name of a cmdlet, function, script file, or operable program. Check the spelling of the name, or if a path was included, verify that the path is correct and try again."
                ),
            ));
        };
        let given = self.arguments(&command.elements)?;
        self.cmdlet(spec, &given, input, command)
    }

    /// Evaluates what stands behind a command name.
    pub(super) fn arguments(&mut self, elements: &[Element]) -> Run<Vec<Given>> {
        let mut given = Vec::with_capacity(elements.len());
        for element in elements {
            match element {
                Element::Parameter { name, span, attached } => {
                    let attached = match attached {
                        Some(value) => Some(self.argument(value)?),
                        None => None,
                    };
                    given.push(Given::Name(Rc::clone(name), *span, attached));
                }
                Element::Value(value) => given.push(Given::Value(self.argument(value)?)),
                Element::Splat(variable, span) => match self.state.get(variable) {
                    Some(Live::Table(table)) => {
                        for (key, value) in table.pairs() {
                            let value =
                                GivenValue { value: Some(value), written: None, span: *span };
                            given.push(Given::Name(key.to_text().into(), *span, Some(value)));
                        }
                    }
                    Some(other) => {
                        for value in other.into_arguments() {
                            let value =
                                GivenValue { value: Some(value), written: None, span: *span };
                            given.push(Given::Value(value));
                        }
                    }
                    None => {}
                },
            }
        }
        Ok(given)
    }

    fn argument(&mut self, expression: &Expression) -> Run<GivenValue> {
        let value = self.evaluate(expression)?;
        Ok(GivenValue { value: Some(value), written: written(expression), span: expression.span })
    }

    /// Binds and carries out a cmdlet.
    fn cmdlet(
        &mut self,
        spec: &'static CommandSpec,
        given: &[Given],
        input: Option<Vec<Live>>,
        command: &Command,
    ) -> Run<()> {
        let piped = input.is_some();
        let whole = spec.collects();
        let bound = {
            let mut binder = Binder::new(spec, &self.state, 1);
            binder.bind(given);
            binder.complete(command.name_span, piped && !whole);
            if let Some(mistake) = binder.mistakes.first() {
                return Err(binding_error(mistake));
            }
            binder.bound(command.span, command.text.trim().into())
        };
        let out_variable = bound.text("OutVariable").map(str::to_lowercase);
        let error_variable = bound.text("ErrorVariable").map(str::to_lowercase);
        let errors_before = self.state.errors.len();
        self.state.success = true;
        let run = |session: &mut Self| -> Run<()> {
            match input {
                None => session.invoke(&bound),
                Some(items) if whole => session.invoke(&bound.with_input(items)),
                Some(items) => {
                    for item in items {
                        session.state.budget.step()?;
                        session.invoke_for(&bound, &item)?;
                    }
                    Ok(())
                }
            }
        };
        let result = match &out_variable {
            None => run(self),
            Some(name) => {
                let (add, name) = match name.strip_prefix('+') {
                    Some(name) => (true, name.to_owned()),
                    None => (false, name.clone()),
                };
                let values = self.capture(run)?;
                let mut kept = if add {
                    self.state.get_name(&name).map_or_else(Vec::new, Live::into_items)
                } else {
                    Vec::new()
                };
                kept.extend(values.iter().cloned());
                self.state.set_local(&name, Live::array(kept));
                for value in values {
                    self.emit(value);
                }
                Ok(())
            }
        };
        if let Some(name) = error_variable {
            let (add, name) = match name.strip_prefix('+') {
                Some(name) => (true, name.to_owned()),
                None => (false, name),
            };
            let new = self.state.errors.len().saturating_sub(errors_before);
            let mut kept = if add {
                self.state.get_name(&name).map_or_else(Vec::new, Live::into_items)
            } else {
                Vec::new()
            };
            kept.extend(self.state.errors.items.borrow().iter().take(new).rev().cloned());
            self.state.set_local(&name, Live::array(kept));
        }
        result
    }

    pub(super) fn invoke_for(&mut self, bound: &Bound, item: &Live) -> Run<()> {
        let mut one = bound.clone();
        let fits = one.take(item, &self.state);
        let missing = one
            .command
            .parameters
            .iter()
            .find(|parameter| parameter.mandatory && !one.has(parameter.name));
        if !fits || missing.is_some() {
            let message = match missing {
                Some(parameter) if fits => format!(
                    "Cannot process command because of one or more missing mandatory parameters: {}.",
                    parameter.name
                ),
                _ => "The input object cannot be bound to any parameters for the command either because the command does not take pipeline input or the input and its properties do not match any of the parameters that take pipeline input.".to_owned(),
            };
            let mut thrown = Thrown::of_language(
                "System.Management.Automation.ParameterBindingException",
                "InputObjectNotBound",
                message,
            );
            thrown.record.command = bound.command.name;
            thrown.target = item.clone();
            thrown.record.target = item.to_text();
            let action = bound.text("ErrorAction").and_then(ErrorAction::of);
            return self.failed(thrown, action);
        }
        self.invoke(&one)
    }

    /// Carries out a bound cmdlet once.
    pub(super) fn invoke(&mut self, bound: &Bound) -> Run<()> {
        let before = self.what_if;
        self.what_if = bound.boolean("WhatIf").unwrap_or_else(|| {
            self.state.get_name("whatifpreference").is_some_and(|value| value.truth())
        });
        let warnings_off = bound.text("WarningAction").is_some_and(|word| {
            matches!(
                ErrorAction::of(word),
                Some(ErrorAction::SilentlyContinue | ErrorAction::Ignore)
            )
        });
        let mark = self.outputs.len();
        let result = self.check_permission(bound).and_then(|()| (bound.command.run)(self, bound));
        self.what_if = before;
        if warnings_off {
            let kept = self.outputs.split_off(mark.min(self.outputs.len()));
            self.outputs.extend(kept.into_iter().filter(|o| !matches!(o, Output::Warning(_))));
        }
        self.state.span = bound.span;
        match result {
            Ok(objects) => {
                for object in objects {
                    self.state.budget.charge(64)?;
                    self.emit(Live::from(object));
                }
                Ok(())
            }
            Err(CommandError::Refused(mut record)) => {
                if !record.details.is_empty() {
                    record.details.push(format!("Date: {}", self.now().map_err(Stop::from)?));
                }
                let mut stop = Stop::from(CommandError::Refused(record));
                if let Stop::Failed(thrown) = &mut stop {
                    thrown.span = Some(bound.span);
                    thrown.line = (&*bound.text).into();
                }
                let action = bound.text("ErrorAction").and_then(ErrorAction::of);
                match stop {
                    Stop::Failed(thrown) => self.failed(*thrown, action),
                    other => Err(other),
                }
            }
            Err(other) => {
                // What fails in a script block of the cmdlet is the block's error, not the cmdlet's.
                let runs_blocks = bound
                    .command
                    .parameters
                    .iter()
                    .any(|parameter| parameter.kind == ParameterKind::Block);
                match Stop::from(other) {
                    Stop::Failed(mut thrown) if !thrown.fatal && !runs_blocks => {
                        if thrown.record.command.is_empty() {
                            thrown.record.command = bound.command.name;
                        }
                        thrown.span = Some(bound.span);
                        let action = bound.text("ErrorAction").and_then(ErrorAction::of);
                        self.failed(*thrown, action)
                    }
                    other => Err(other),
                }
            }
        }
    }

    /// Prints a value that nothing collects.
    #[expect(clippy::needless_pass_by_value, reason = "what is printed is used up")]
    pub(crate) fn print(&mut self, value: Live) {
        let span = self.state.span;
        let bytes = match &value {
            Live::Text(text) => text.len(),
            Live::Object(object) => object.properties().len() * 64,
            _ => 64,
        };
        self.state.budget.printed(bytes);
        let plain = value.to_plain();
        if matches!(value, Live::Nothing | Live::Null) {
            return;
        }
        if let Some(Output::Objects { span: last, objects }) = self.outputs.last_mut()
            && *last == span
        {
            objects.push(plain);
            return;
        }
        self.outputs.push(Output::Objects { span, objects: vec![plain] });
    }
}

/// Returns what a stream brings to the output it is merged with.
fn stream_value(output: &Output) -> Live {
    match output {
        Output::Error { record, .. } => {
            let exception = crate::stop::full_name(&record.exception);
            let mut thrown = Thrown::of_language(
                &exception,
                &record.fully_qualified_error_id,
                record.message.clone(),
            );
            thrown.record = (**record).clone();
            super::errors::error_value(&thrown)
        }
        Output::Warning(text) | Output::Verbose(text) => Live::text(text.as_str()),
        Output::Host { text, .. } => Live::text(text.as_str()),
        _ => Live::Null,
    }
}

/// Returns the text of a number as it is written.
pub(crate) fn written(expression: &Expression) -> Option<Rc<str>> {
    match &expression.kind {
        ExpressionKind::Integer(_, text) | ExpressionKind::Real(_, text) => Some(Rc::clone(text)),
        _ => None,
    }
}

/// Makes the error of a command that cannot be bound, with the words of PowerShell where people
/// search for them.
pub(super) fn binding_error(mistake: &crate::bind::Mistake) -> Stop {
    let name = mistake.parameter;
    let (id, message) = match mistake.code {
        ScriptErrorCode::MissingParameter => (
            "MissingMandatoryParameter",
            format!(
                "Cannot process command because of one or more missing mandatory parameters: {name}. ({})",
                mistake.message
            ),
        ),
        ScriptErrorCode::WrongType if mistake.message.ends_with("cannot be null") => (
            "ParameterArgumentValidationErrorNullNotAllowed",
            format!("Cannot bind argument to parameter '{name}' because it is null."),
        ),
        ScriptErrorCode::WrongType if mistake.message.ends_with("cannot be empty") => (
            "ParameterArgumentValidationErrorEmptyStringNotAllowed",
            format!("Cannot bind argument to parameter '{name}' because it is an empty string."),
        ),
        ScriptErrorCode::WrongType => {
            let help = mistake.help.as_ref().map_or_else(String::new, |help| format!(" ({help})"));
            ("CannotConvertArgumentNoMessage", format!("Cannot bind {}{help}", mistake.message))
        }
        ScriptErrorCode::UnknownParameter => {
            ("NamedParameterNotFound", format!("A parameter cannot be found: {}", mistake.message))
        }
        _ => (
            "AmbiguousParameterSet",
            format!("Parameter set cannot be resolved: {}", mistake.message),
        ),
    };
    let mut stop =
        Stop::error("System.Management.Automation.ParameterBindingException", id, message);
    if let Stop::Failed(thrown) = &mut stop {
        thrown.span = Some(mistake.span);
    }
    stop
}
