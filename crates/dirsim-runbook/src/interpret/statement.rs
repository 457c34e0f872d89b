//! Statements: conditions, loops, jumps, `try`.

use std::rc::Rc;

use crate::ast::{
    ChainOperator, ExpressionKind, Stage, Statement, StatementKind, Switch, SwitchMode, Trap,
};
use crate::live::Live;
use crate::operators::{compare, regex, wildcard};
use crate::session::Session;
use crate::stop::{Run, Stop};

/// What a loop does after a turn.
enum Turn {
    Next,
    End,
}

impl Session<'_> {
    /// Carries out statements one after the other. An error that does not end the script is
    /// printed, and the next statement follows.
    pub(crate) fn body(&mut self, statements: &[Statement]) -> Run<()> {
        let traps: Vec<&Trap> = traps_of(statements).collect();
        for statement in statements {
            self.trapped(statement, &traps)?;
        }
        Ok(())
    }

    /// Carries out one statement, and what is to be done when it fails.
    pub(crate) fn trapped(&mut self, statement: &Statement, traps: &[&Trap]) -> Run<()> {
        let trying = usize::from(!traps.is_empty());
        self.state.trying += trying;
        let result = self.statement(statement);
        self.state.trying -= trying;
        if let Err(stop) = result {
            match stop {
                Stop::Failed(thrown) if !traps.is_empty() => {
                    self.trap(*thrown, statement, traps)?;
                }
                stop => self.survive(stop, statement)?,
            }
        }
        self.hand_on()
    }

    /// Carries out one statement.
    pub(crate) fn statement(&mut self, statement: &Statement) -> Run<()> {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.statement_here(statement))
    }

    fn statement_here(&mut self, statement: &Statement) -> Run<()> {
        self.state.budget.step()?;
        self.state.span = statement.span;
        if self.is_left_out(statement.span) {
            self.warn(format!("line {} is left out: it has mistakes", statement.span.line));
            return Ok(());
        }
        self.watched(statement.span)?;
        match &statement.kind {
            StatementKind::Pipeline(pipeline) => {
                // A step of a counter is no value of a statement.
                if let [Stage::Expression(expression, redirections)] = pipeline.stages.as_slice()
                    && redirections.is_empty()
                {
                    let quiet = matches!(expression.kind, ExpressionKind::Step { .. });
                    let value = self.evaluate(expression)?;
                    self.state.success = true;
                    if !quiet {
                        self.emit_each(value);
                    }
                    return Ok(());
                }
                self.pipeline(pipeline)
            }
            StatementKind::Chain(first, operator, second) => {
                self.statement(first)?;
                if self.state.success == (*operator == ChainOperator::And) {
                    self.statement(second)?;
                }
                Ok(())
            }
            StatementKind::Assign { .. } => self.assignment(statement).map(|_| ()),
            StatementKind::If { clauses, otherwise } => {
                for (condition, body) in clauses {
                    if self.holds(condition)? {
                        return self.body(body);
                    }
                }
                match otherwise {
                    Some(body) => self.body(body),
                    None => Ok(()),
                }
            }
            StatementKind::Switch(switch) => self.switch(switch),
            StatementKind::Foreach { label, variable, over, body } => {
                if let StatementKind::Pipeline(pipeline) = &over.kind
                    && let [only] = pipeline.stages.as_slice()
                    && let Some((from, to)) = self.range_of(only)?
                {
                    let step = if from <= to { 1 } else { -1 };
                    let mut number = from;
                    loop {
                        self.state.budget.step()?;
                        self.state.assign(variable, Live::whole(number), None)?;
                        let turn = self.body(body);
                        if let Turn::End = after(turn, label.as_ref())? {
                            return Ok(());
                        }
                        if number == to {
                            return Ok(());
                        }
                        number += step;
                    }
                }
                let items = match self.statement_value(over)? {
                    Live::Null => Vec::new(),
                    other => other.into_items(),
                };
                for item in items {
                    self.state.budget.step()?;
                    self.state.assign(variable, item, None)?;
                    let turn = self.body(body);
                    if let Turn::End = after(turn, label.as_ref())? {
                        break;
                    }
                }
                Ok(())
            }
            StatementKind::For { label, initializer, condition, iterator, body } => {
                if let Some(initializer) = initializer {
                    self.quietly(initializer)?;
                }
                loop {
                    self.state.budget.step()?;
                    if let Some(condition) = condition
                        && !self.holds(condition)?
                    {
                        return Ok(());
                    }
                    let turn = self.body(body);
                    if let Turn::End = after(turn, label.as_ref())? {
                        return Ok(());
                    }
                    if let Some(iterator) = iterator {
                        self.quietly(iterator)?;
                    }
                }
            }
            StatementKind::Loop { label, condition, body_first, until, body } => {
                let mut first = *body_first;
                loop {
                    self.state.budget.step()?;
                    if !std::mem::take(&mut first) && self.holds(condition)? == *until {
                        return Ok(());
                    }
                    let turn = self.body(body);
                    if let Turn::End = after(turn, label.as_ref())? {
                        return Ok(());
                    }
                }
            }
            StatementKind::Function(function) => {
                self.state.functions.insert(function.name.to_lowercase(), Rc::clone(function));
                Ok(())
            }
            // Whoever carries out the statements around it looks for it when one of them fails.
            StatementKind::Trap(_) => Ok(()),
            StatementKind::Type(definition) => self.define(definition),
            StatementKind::Break(label) => Err(Stop::Break(self.label(label.as_ref())?)),
            StatementKind::Continue(label) => Err(Stop::Continue(self.label(label.as_ref())?)),
            StatementKind::Return(value) => {
                let value = match value {
                    Some(value) => self.statement_value(value)?,
                    None => Live::Nothing,
                };
                if self.state.in_method {
                    return Err(Stop::Returned(value));
                }
                self.emit_each(value);
                Err(Stop::Return)
            }
            StatementKind::Throw(value) => {
                let value = match value {
                    Some(value) => Some(self.statement_value(value)?),
                    None => None,
                };
                Err(self.thrown(value, statement))
            }
            StatementKind::Exit(code) => {
                let code = match code {
                    Some(code) => self.statement_value(code)?,
                    None => Live::Int(0),
                };
                let number = crate::operators::number::number(&code)
                    .and_then(crate::operators::number::Number::rounded)
                    .and_then(|number| i32::try_from(number).ok());
                Err(Stop::Exit(number.unwrap_or(0)))
            }
            StatementKind::Try { body, catches, finally } => {
                self.state.trying += 1;
                let result = self.body(body);
                self.state.trying -= 1;
                let result = match result {
                    Err(Stop::Failed(thrown)) => self.catch(*thrown, catches),
                    other => other,
                };
                if let Some(finally) = finally {
                    self.body(finally)?;
                }
                result
            }
        }
    }

    fn is_left_out(&self, span: crate::diagnostic::Span) -> bool {
        !self.left_out.is_empty() && self.left_out.contains(&(span.start, span.end))
    }

    fn label(&mut self, label: Option<&crate::ast::Expression>) -> Run<Option<Rc<str>>> {
        match label {
            None => Ok(None),
            Some(label) => Ok(Some(self.evaluate(label)?.to_text().to_lowercase().into())),
        }
    }

    /// Carries out a statement whose values nobody wants.
    fn quietly(&mut self, statement: &Statement) -> Run<()> {
        self.capture(|session| session.statement(statement)).map(|_| ())
    }

    /// Returns whether a condition holds.
    pub(crate) fn holds(&mut self, condition: &Statement) -> Run<bool> {
        Ok(self.statement_value(condition)?.truth())
    }

    /// Returns the value of a statement: that of an expression as it is, or all that it returned.
    pub(crate) fn statement_value(&mut self, statement: &Statement) -> Run<Live> {
        if let Some(expression) = statement.kind.as_value() {
            let value = self.evaluate(expression)?;
            self.state.success = true;
            return Ok(value);
        }
        if let StatementKind::Assign { .. } = statement.kind {
            return self.assignment(statement);
        }
        let values = self.capture(|session| session.statement(statement))?;
        Ok(Live::of_many(values))
    }

    /// Returns what something returns instead of passing it on.
    pub(crate) fn capture(&mut self, run: impl FnOnce(&mut Self) -> Run<()>) -> Run<Vec<Live>> {
        self.state.sinks.push(Vec::new());
        let depth = self.state.sinks.len();
        let result = run(self);
        self.state.sinks.truncate(depth);
        let values = self.state.sinks.pop().unwrap_or_default();
        result.map(|()| values)
    }

    fn switch(&mut self, switch: &Switch) -> Run<()> {
        let subject = self.statement_value(&switch.subject)?;
        let items = match subject {
            Live::Null | Live::Nothing => vec![Live::Null],
            other => other.into_items(),
        };
        let before = self.state.get_name("_");
        let mut result = Ok(());
        for item in items {
            self.state.budget.step()?;
            match self.switch_one(switch, &item) {
                Ok(()) => {}
                Err(stop) => match after(Err(stop), switch.label.as_ref()) {
                    Ok(Turn::Next) => {}
                    Ok(Turn::End) => break,
                    Err(stop) => {
                        result = Err(stop);
                        break;
                    }
                },
            }
        }
        self.state.set_local("_", before.unwrap_or(Live::Null));
        result
    }

    fn switch_one(&mut self, switch: &Switch, item: &Live) -> Run<()> {
        let mut matched = false;
        for (condition, body) in &switch.clauses {
            let Some(condition) = condition else { continue };
            self.state.set_local("_", item.clone());
            let value = self.evaluate(condition)?;
            let case = switch.case_sensitive;
            let fits = match &value {
                Live::Block(closure) => {
                    let values =
                        self.capture(|session| session.in_place(closure, Some(item.clone())))?;
                    Live::of_many(values).truth()
                }
                other => match switch.mode {
                    SwitchMode::Exact => match item {
                        Live::Null => other.is_null(),
                        _ => compare::equal(item, other, case),
                    },
                    SwitchMode::Wildcard => {
                        wildcard::matches(&item.to_text(), &other.to_text(), case)
                    }
                    SwitchMode::Regex => {
                        let text = item.to_text();
                        let pattern = regex::compile(&other.to_text(), case)?;
                        self.remember_matches(&pattern, &text)?
                    }
                },
            };
            if fits {
                matched = true;
                self.state.set_local("_", item.clone());
                self.body(body)?;
            }
        }
        if !matched
            && let Some((_, body)) =
                switch.clauses.iter().find(|(condition, _)| condition.is_none())
        {
            self.state.set_local("_", item.clone());
            self.body(body)?;
        }
        Ok(())
    }

    /// Passes a value on: to what collects it, or to the screen.
    pub fn emit(&mut self, value: Live) {
        match self.state.sinks.last_mut() {
            Some(sink) => sink.push(value),
            None => self.print(value),
        }
    }

    /// Passes the values of a list on one by one.
    pub fn emit_each(&mut self, value: Live) {
        for item in value.into_items() {
            self.emit(item);
        }
    }
}

/// Returns the `trap`s among statements: they stand for all of them, wherever they are written.
pub(crate) fn traps_of(statements: &[Statement]) -> impl Iterator<Item = &Trap> {
    statements.iter().filter_map(|statement| match &statement.kind {
        StatementKind::Trap(trap) => Some(&**trap),
        _ => None,
    })
}

/// Decides what a loop does after a turn.
fn after(turn: Run<()>, label: Option<&Rc<str>>) -> Run<Turn> {
    match turn {
        Ok(()) => Ok(Turn::Next),
        Err(Stop::Break(target)) if target.is_none() || target.as_ref() == label => Ok(Turn::End),
        Err(Stop::Continue(target)) if target.is_none() || target.as_ref() == label => {
            Ok(Turn::Next)
        }
        Err(other) => Err(other),
    }
}
