//! Errors: what ends a script, what is printed, what `catch` takes.

use std::rc::Rc;

use crate::ast::{Body, Statement, Trap, TypeName};
use crate::live::{Live, LiveObject};
use crate::run::Output;
use crate::session::Session;
use crate::state::ErrorAction;
use crate::stop::{Run, Stop, Thrown};
use crate::types;

impl Session<'_> {
    /// Returns what happens after an error.
    pub(crate) fn preference(&self) -> ErrorAction {
        self.state
            .get_name("erroractionpreference")
            .and_then(|value| ErrorAction::of(&value.to_text()))
            .unwrap_or(self.state.error_action)
    }

    /// Goes on behind a statement that failed, when the error allows it.
    pub(super) fn survive(&mut self, stop: Stop, statement: &Statement) -> Run<()> {
        let Stop::Failed(mut thrown) = stop else { return Err(stop) };
        if thrown.span.is_none() {
            thrown.span = Some(statement.span);
        }
        self.state.success = false;
        if thrown.fatal || self.state.trying > 0 {
            return Err(Stop::Failed(thrown));
        }
        match self.preference() {
            ErrorAction::Stop => {
                thrown.fatal = true;
                Err(Stop::Failed(thrown))
            }
            action => {
                self.report(*thrown, action);
                Ok(())
            }
        }
    }

    /// Prints and keeps an error, as far as the action says.
    pub(crate) fn report(&mut self, thrown: Thrown, action: ErrorAction) {
        if action != ErrorAction::Ignore {
            let value = error_value(&thrown);
            self.state.remember(value);
        }
        self.state.success = false;
        if action == ErrorAction::Continue {
            self.state.reported += 1;
            let span = thrown.span.unwrap_or(self.state.span);
            self.outputs.push(Output::Error { span, record: Box::new(thrown.record) });
        }
    }

    /// Does what a failed cmdlet asks for: prints the error and goes on, or ends the statement.
    pub(crate) fn failed(&mut self, mut thrown: Thrown, action: Option<ErrorAction>) -> Run<()> {
        if thrown.span.is_none() {
            thrown.span = Some(self.state.span);
        }
        // Modules whose cmdlets end their statement do so whatever -ErrorAction says, except Stop.
        if thrown.record.ends_statement() && action != Some(ErrorAction::Stop) {
            let quiet = action.filter(|action| {
                matches!(
                    action,
                    ErrorAction::SilentlyContinue | ErrorAction::Ignore | ErrorAction::Continue
                )
            });
            return match quiet {
                Some(ErrorAction::Continue) if self.state.trying == 0 => {
                    self.report(thrown, ErrorAction::Continue);
                    Ok(())
                }
                _ => Err(Stop::Failed(Box::new(thrown))),
            };
        }
        match action.unwrap_or_else(|| self.preference()) {
            ErrorAction::Stop => {
                thrown.fatal = true;
                Err(Stop::Failed(Box::new(thrown)))
            }
            action => {
                self.report(thrown, action);
                Ok(())
            }
        }
    }

    /// Makes the error of `throw`.
    pub(super) fn thrown(&mut self, value: Option<Live>, statement: &Statement) -> Stop {
        let value = match value {
            // Without a value the error at hand goes on.
            None => match self.state.get_name("_") {
                Some(current @ Live::Object(_)) => current,
                _ => Live::text("ScriptHalted"),
            },
            Some(value) => value,
        };
        let mut thrown = match &value {
            Live::Object(object) if object.type_name.ends_with("ErrorRecord") => {
                let exception = object.get("Exception").map_or_else(
                    || "System.Management.Automation.RuntimeException".to_owned(),
                    |exception| exception.type_name().into_owned(),
                );
                let message = object.get("Exception").and_then(|exception| match exception {
                    Live::Object(exception) => exception.get("Message"),
                    _ => None,
                });
                let id =
                    object.get("FullyQualifiedErrorId").map_or_else(String::new, |id| id.to_text());
                Thrown::of_language(
                    &exception,
                    &id,
                    message.map_or_else(|| value.to_text(), |m| m.to_text()),
                )
            }
            Live::Object(object) if object.type_name.ends_with("Exception") => {
                let message = object.get("Message").map_or_else(String::new, |text| text.to_text());
                Thrown::of_language(&object.type_name.clone(), &message, message.clone())
            }
            other => {
                let text = other.to_text();
                let mut thrown = Thrown::of_language(
                    "System.Management.Automation.RuntimeException",
                    &text,
                    text.clone(),
                );
                thrown.record.category = "OperationStopped";
                thrown.record.target.clone_from(&text);
                thrown
            }
        };
        if !matches!(&value, Live::Object(object) if object.type_name.ends_with("ErrorRecord")) {
            thrown.target = value;
        } else if let Live::Object(object) = &value
            && let Some(target) = object.get("TargetObject")
        {
            thrown.target = target;
        }
        thrown.fatal = true;
        thrown.span = Some(statement.span);
        Stop::Failed(Box::new(thrown))
    }

    /// Carries out the first `trap` that takes the error of a statement: `continue` goes on silently,
    /// `break` ends what holds the trap, and without either the error is printed.
    pub(super) fn trap(
        &mut self,
        mut thrown: Thrown,
        statement: &Statement,
        traps: &[&Trap],
    ) -> Run<()> {
        if thrown.span.is_none() {
            thrown.span = Some(statement.span);
        }
        let takes = |wanted: &TypeName| types::exception_is(&thrown.exception, &wanted.name);
        let found = traps
            .iter()
            .find(|trap| trap.exception.as_ref().is_some_and(takes))
            .or_else(|| traps.iter().find(|trap| trap.exception.is_none()));
        let Some(trap) = found else {
            return self.survive(Stop::Failed(Box::new(thrown)), statement);
        };
        let value = error_value(&thrown);
        self.state.push_scope();
        self.state.set_local("_", value.clone());
        let result = self.body(&trap.body);
        self.state.pop_scope();
        match result {
            Ok(()) => {
                self.report(thrown, ErrorAction::Continue);
                Ok(())
            }
            Err(Stop::Continue(None)) => {
                self.state.remember(value);
                self.state.success = false;
                Ok(())
            }
            Err(Stop::Break(None)) => {
                thrown.fatal = true;
                Err(Stop::Failed(Box::new(thrown)))
            }
            Err(other) => Err(other),
        }
    }

    /// Carries out the first `catch` that takes an error.
    pub(super) fn catch(&mut self, thrown: Thrown, catches: &[(Vec<TypeName>, Body)]) -> Run<()> {
        let value = error_value(&thrown);
        self.state.remember(value.clone());
        let inner = inner_exception(&thrown);
        let takes = |wanted: &TypeName| {
            types::exception_is(&thrown.exception, &wanted.name)
                || inner.is_some_and(|inner| types::exception_is(inner, &wanted.name))
        };
        let found = catches
            .iter()
            .find(|(wanted, _)| !wanted.is_empty() && wanted.iter().any(takes))
            .or_else(|| catches.iter().find(|(wanted, _)| wanted.is_empty()));
        let Some((_, body)) = found else {
            return Err(Stop::Failed(Box::new(thrown)));
        };
        let before = self.state.get_name("_");
        self.state.set_local("_", value);
        let result = self.body(body);
        self.state.set_local("_", before.unwrap_or(Live::Null));
        result
    }
}

/// Returns the exception within the one of the language, which `catch` takes as well.
fn inner_exception(thrown: &Thrown) -> Option<&'static str> {
    (thrown.record.message == crate::operators::DIVIDED_BY_ZERO)
        .then_some("System.DivideByZeroException")
}

/// Returns the `ErrorRecord` that scripts see of an error.
pub(crate) fn error_value(thrown: &Thrown) -> Live {
    let record = &thrown.record;
    let exception = LiveObject::new(thrown.exception.to_string())
        .with("Message", record.message.as_str())
        .with("InnerException", Live::Null)
        .with("HResult", Live::Int(-2_146_233_087))
        .with("StackTrace", Live::Null)
        .with("ItemName", record.target.as_str());
    let category = LiveObject::new("System.Management.Automation.ErrorCategoryInfo")
        .with("Category", record.category)
        .with("Activity", record.command)
        .with("Reason", record.exception.as_str())
        .with("TargetName", record.target.as_str())
        .with("TargetType", thrown.target.type_name().into_owned());
    let span = thrown.span.unwrap_or_default();
    let invocation = LiveObject::new("System.Management.Automation.InvocationInfo")
        .with("MyCommand", record.command)
        .with("ScriptLineNumber", Live::count(span.line))
        .with("OffsetInLine", Live::count(span.column))
        .with("Line", Live::text(Rc::clone(&thrown.line)))
        .with("PositionMessage", format!("At line:{} char:{}", span.line, span.column));
    Live::Object(Rc::new(
        LiveObject::new("System.Management.Automation.ErrorRecord")
            .with("Exception", Live::Object(Rc::new(exception)))
            .with("TargetObject", thrown.target.clone())
            .with("CategoryInfo", Live::Object(Rc::new(category)))
            .with("FullyQualifiedErrorId", record.fully_qualified_error_id.as_str())
            .with("ErrorDetails", Live::Null)
            .with("InvocationInfo", Live::Object(Rc::new(invocation)))
            .with("ScriptStackTrace", "")
            .with("Text", record.message.as_str()),
    ))
}
