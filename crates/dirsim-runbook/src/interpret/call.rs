//! Calls of functions and script blocks: parameters, scopes, begin, process and end.

use std::rc::Rc;

use crate::ast::{Block, Function, FunctionParameter, TypeName, Validation};
use crate::bind::{Given, GivenValue};
use crate::live::{Closure, Live, LiveObject, Table, TableKind};
use crate::operators::{compare, number, regex};
use crate::session::Session;
use crate::state::{ErrorAction, Scope};
use crate::stop::{Run, Stop};
use crate::types;

/// A value for a call that no script wrote.
pub(crate) struct Argument;

impl Argument {
    /// Returns values as arguments without names.
    pub(crate) fn values(values: Vec<Live>) -> Vec<Given> {
        values
            .into_iter()
            .map(|value| {
                Given::Value(GivenValue {
                    value: Some(value),
                    written: None,
                    span: crate::diagnostic::Span::default(),
                })
            })
            .collect()
    }
}

impl Session<'_> {
    /// Calls a function in a scope of its own.
    pub(super) fn call_function(
        &mut self,
        function: &Function,
        given: Vec<Given>,
        input: Option<Vec<Live>>,
    ) -> Run<()> {
        let command = LiveObject::new("System.Management.Automation.FunctionInfo")
            .with("Name", &*function.name)
            .with("CommandType", "Function");
        let invocation = LiveObject::new("System.Management.Automation.InvocationInfo")
            .with("MyCommand", Live::Object(Rc::new(command)))
            .with("InvocationName", &*function.name)
            .with("ScriptLineNumber", Live::count(self.state.span.line));
        let variables = [(Rc::from("myinvocation"), Live::Object(Rc::new(invocation)))];
        let (block, name) = (&function.block, &function.name);
        self.call(block, name, given, input, function.filter, true, &variables)
    }

    /// Calls a script block, in a scope of its own unless it is dot-sourced.
    pub(crate) fn invoke_block(
        &mut self,
        closure: &Closure,
        given: Vec<Given>,
        input: Option<Vec<Live>>,
        own_scope: bool,
    ) -> Run<()> {
        self.call(&closure.block, "", given, input, false, own_scope, &closure.variables)
    }

    /// Runs a script block where it stands, with `$_` set: what `ForEach-Object` does.
    pub(crate) fn in_place(&mut self, closure: &Closure, current: Option<Live>) -> Run<()> {
        self.state.budget.enter()?;
        let in_method = std::mem::take(&mut self.state.in_method);
        let own = !closure.variables.is_empty();
        if own {
            self.state.push_scope();
            for (name, value) in &closure.variables {
                self.state.set_local(name, value.clone());
            }
        }
        let before = self.state.get_name("_");
        let set = current.is_some();
        if let Some(current) = current {
            self.state.set_local("_", current);
        }
        let body = match &closure.block.process {
            Some(process) => Rc::clone(process),
            None => Rc::clone(&closure.block.end),
        };
        let parameters = closure.block.parameters.as_ref().is_some_and(|p| !p.is_empty());
        let result = if parameters {
            self.bind_and(&closure.block, "", Vec::new(), None, |session, _| session.body(&body))
        } else {
            self.body(&body)
        };
        if own {
            self.state.pop_scope();
        } else if set {
            self.state.set_local("_", before.unwrap_or(Live::Null));
        }
        self.state.in_method = in_method;
        self.state.budget.leave();
        match result {
            Err(Stop::Return) => Ok(()),
            other => other,
        }
    }

    #[expect(clippy::too_many_arguments, reason = "the one place where calls of all kinds meet")]
    fn call(
        &mut self,
        block: &Block,
        name: &str,
        given: Vec<Given>,
        input: Option<Vec<Live>>,
        filter: bool,
        own_scope: bool,
        variables: &[(Rc<str>, Live)],
    ) -> Run<()> {
        self.state.budget.enter()?;
        let in_method = std::mem::take(&mut self.state.in_method);
        if own_scope {
            self.state.push_scope();
        }
        for (name, value) in variables {
            self.state.set_local(name, value.clone());
        }
        let result = self.bind_and(block, name, given, input, |session, input| {
            session.blocks(block, input, filter)
        });
        if own_scope {
            self.state.pop_scope();
        }
        self.state.in_method = in_method;
        self.state.budget.leave();
        match result {
            Err(Stop::Return) => Ok(()),
            other => other,
        }
    }

    /// Begins a function that takes its input one by one: gives parameters their values and runs
    /// `begin`. Returns its variables.
    pub(super) fn function_begin(&mut self, function: &Function, given: Vec<Given>) -> Run<Scope> {
        self.within(Scope::default(), |session| {
            let (block, name) = (&function.block, &function.name);
            session.bind_and(block, name, given, Some(Vec::new()), |session, _| {
                match &block.begin {
                    Some(begin) => returned(session.body(begin)),
                    None => Ok(()),
                }
            })
        })
    }

    /// Runs the part of a function that each input object goes through.
    pub(super) fn function_item(&mut self, function: &Function, item: &Live) -> Run<()> {
        let process = if function.filter {
            &function.block.end
        } else {
            function.block.process.as_ref().unwrap_or(&function.block.end)
        };
        self.state.budget.step()?;
        self.state.set_local("_", item.clone());
        let parameters = function.block.parameters.as_deref().unwrap_or_default();
        self.pipeline_parameters(parameters, item)?;
        returned(self.body(process))
    }

    /// Runs the part of a function behind the last input object.
    pub(super) fn function_end(&mut self, function: &Function) -> Run<()> {
        returned(self.body(&function.block.end))
    }

    /// Does something among the variables of a function call, and returns them as they are then.
    pub(super) fn within(
        &mut self,
        scope: Scope,
        run: impl FnOnce(&mut Self) -> Run<()>,
    ) -> Run<Scope> {
        self.state.budget.enter()?;
        let count = self.state.scopes();
        let in_method = std::mem::take(&mut self.state.in_method);
        self.state.enter_scopes(vec![scope]);
        let result = run(self);
        self.state.in_method = in_method;
        let left = self.state.leave_scopes(count).into_iter().next().unwrap_or_default();
        self.state.budget.leave();
        result.map(|()| left)
    }

    /// Runs begin, process and end.
    fn blocks(&mut self, block: &Block, input: Option<Vec<Live>>, filter: bool) -> Run<()> {
        if let Some(begin) = &block.begin {
            returned(self.body(begin))?;
        }
        let process = if filter { Some(&block.end) } else { block.process.as_ref() };
        let piped = input.is_some();
        let items = input.unwrap_or_default();
        let parameters = block.parameters.as_deref().unwrap_or_default();
        if let Some(process) = process {
            if piped {
                for item in items {
                    self.state.budget.step()?;
                    self.state.set_local("_", item.clone());
                    self.pipeline_parameters(parameters, &item)?;
                    returned(self.body(process))?;
                }
            } else {
                returned(self.body(process))?;
            }
        } else if piped {
            if let Some(last) = items.last() {
                self.pipeline_parameters(parameters, &last.clone())?;
            }
            self.state.set_local("input", Live::array(items));
        }
        if !filter {
            returned(self.body(&block.end))?;
        }
        Ok(())
    }

    fn pipeline_parameters(&mut self, parameters: &[FunctionParameter], item: &Live) -> Run<()> {
        for parameter in parameters {
            let found = if parameter.from_property
                && let Live::Object(object) = item
                && let Some(value) = std::iter::once(&parameter.name)
                    .chain(&parameter.aliases)
                    .find_map(|name| object.get(name))
            {
                Some(value)
            } else if parameter.from_pipeline {
                Some(item.clone())
            } else {
                None
            };
            if let Some(value) = found {
                let value = self.converted(parameter, value)?;
                self.state.set_local(&parameter.name.to_lowercase(), value);
            }
        }
        Ok(())
    }

    /// Gives parameters their values, then goes on.
    pub(super) fn bind_and(
        &mut self,
        block: &Block,
        name: &str,
        given: Vec<Given>,
        input: Option<Vec<Live>>,
        then: impl FnOnce(&mut Self, Option<Vec<Live>>) -> Run<()>,
    ) -> Run<()> {
        let parameters = block.parameters.as_deref().unwrap_or_default();
        let mut bound: Vec<Option<Live>> = vec![None; parameters.len()];
        let mut rest: Vec<Live> = Vec::new();
        let mut positional: Vec<Live> = Vec::new();
        let mut elements = given.into_iter().peekable();
        let table = Table::new(TableKind::Hash);
        while let Some(element) = elements.next() {
            match element {
                Given::Value(value) => positional.push(value.value.unwrap_or(Live::Null)),
                Given::Name(written, span, attached) => {
                    let Some(at) = find_parameter(parameters, &written) else {
                        if block.advanced
                            || name.is_empty() && is_common(&written)
                            || is_common(&written)
                        {
                            let value = match attached {
                                Some(value) => value.value,
                                None if is_common_switch(&written) => Some(Live::Bool(true)),
                                None => match elements.peek() {
                                    Some(Given::Value(_)) => match elements.next() {
                                        Some(Given::Value(value)) => value.value,
                                        _ => None,
                                    },
                                    _ => None,
                                },
                            };
                            if is_common(&written) {
                                self.common(&written, &value.unwrap_or(Live::Null));
                                continue;
                            }
                            let mut stop = Stop::error(
                                "System.Management.Automation.ParameterBindingException",
                                &format!("NamedParameterNotFound,{name}"),
                                format!(
                                    "A parameter cannot be found that matches parameter name '{written}'."
                                ),
                            );
                            if let Stop::Failed(thrown) = &mut stop {
                                thrown.span = Some(span);
                            }
                            return Err(stop);
                        }
                        positional.push(Live::text(format!("-{written}")));
                        if let Some(value) = attached.and_then(|value| value.value) {
                            positional.push(value);
                        }
                        continue;
                    };
                    let switch = parameters.get(at).is_some_and(is_switch);
                    let value = match attached {
                        Some(value) => value.value,
                        None if switch => Some(Live::Bool(true)),
                        None => match elements.peek() {
                            Some(Given::Value(_)) => match elements.next() {
                                Some(Given::Value(value)) => value.value,
                                _ => None,
                            },
                            _ => {
                                return Err(Stop::error(
                                    "System.Management.Automation.ParameterBindingException",
                                    "MissingArgument",
                                    format!(
                                        "Missing an argument for parameter '{written}'. Specify a parameter and try again."
                                    ),
                                ));
                            }
                        },
                    };
                    if let Some(slot) = bound.get_mut(at) {
                        *slot = value;
                    }
                }
            }
        }
        let mut order: Vec<usize> = (0..parameters.len()).collect();
        let any_position = parameters.iter().any(|p| p.position.is_some());
        order.retain(|at| {
            parameters
                .get(*at)
                .is_some_and(|p| !is_switch(p) && (!any_position || p.position.is_some()))
        });
        order.sort_by_key(|at| parameters.get(*at).and_then(|p| p.position).unwrap_or(i64::MAX));
        let mut values = positional.into_iter();
        for at in order {
            if let Some(slot @ None) = bound.get_mut(at) {
                match values.next() {
                    Some(value) => *slot = Some(value),
                    None => break,
                }
            }
        }
        rest.extend(values);
        if block.advanced && !rest.is_empty() {
            let shown = rest.first().map_or_else(String::new, Live::to_text);
            return Err(Stop::error(
                "System.Management.Automation.ParameterBindingException",
                &format!("PositionalParameterNotFound,{name}"),
                format!("A positional parameter cannot be found that accepts argument '{shown}'."),
            ));
        }
        for (parameter, value) in parameters.iter().zip(bound) {
            let lower = parameter.name.to_lowercase();
            let value = match value {
                Some(value) => {
                    let value = self.converted(parameter, value)?;
                    table.set(Live::Text(Rc::clone(&parameter.name)), value.clone());
                    value
                }
                None => {
                    let from_input =
                        input.is_some() && (parameter.from_pipeline || parameter.from_property);
                    if parameter.mandatory && !from_input {
                        return Err(Stop::error(
                            "System.Management.Automation.ParameterBindingException",
                            &format!("MissingMandatoryParameter,{name}"),
                            format!(
                                "Cannot process command because of one or more missing mandatory parameters: {}.",
                                parameter.name
                            ),
                        ));
                    }
                    match &parameter.default {
                        Some(default) => {
                            let value = self.evaluate(default)?.settled();
                            match &parameter.type_name {
                                Some(type_name) => self.cast_to(type_name, &value)?,
                                None => value,
                            }
                        }
                        None => parameter.type_name.as_ref().map_or(Live::Null, default_of),
                    }
                }
            };
            let variable = crate::ast::Variable { scope: None, name: lower.into() };
            self.state.set_local(&variable.name, Live::Null);
            self.state.set_local(&variable.name, value);
        }
        self.state.set_local("args", Live::array(rest));
        self.state.set_local("psboundparameters", Live::Table(Rc::new(table)));
        then(self, input)
    }

    fn common(&mut self, name: &str, value: &Live) {
        let lower = name.to_lowercase();
        match lower.as_str() {
            "erroraction" | "ea" if ErrorAction::of(&value.to_text()).is_some() => {
                self.state.set_local("erroractionpreference", value.clone());
            }
            "verbose" | "vb" => {
                let word = if value.truth() { "Continue" } else { "SilentlyContinue" };
                self.state.set_local("verbosepreference", Live::text(word));
            }
            "whatif" | "wi" => self.state.set_local("whatifpreference", value.clone()),
            _ => {}
        }
    }

    /// Converts and checks the value of a parameter.
    /// Returns the value of a parameter of a script: what is given, else its default, else what a
    /// person answers when it is mandatory.
    pub(crate) fn script_parameter(
        &mut self,
        parameter: &FunctionParameter,
        given: Option<Live>,
    ) -> Run<Live> {
        let value = match (given, &parameter.default) {
            (Some(value), _) => value,
            (None, Some(default)) => self.evaluate(default)?.settled(),
            (None, None) if parameter.mandatory => {
                let answer = self.state.answers.pop_front();
                let Some(answer) = answer.or_else(|| self.ask(&parameter.name)) else {
                    return Err(Stop::error(
                        "System.Management.Automation.ParameterBindingException",
                        "MissingMandatoryParameter",
                        format!(
                            "Cannot process command because of one or more missing mandatory parameters: {}.",
                            parameter.name
                        ),
                    ));
                };
                Live::text(answer)
            }
            (None, None) => {
                return Ok(parameter.type_name.as_ref().map_or(Live::Null, default_of));
            }
        };
        self.converted(parameter, value)
    }

    fn converted(&mut self, parameter: &FunctionParameter, value: Live) -> Run<Live> {
        let value = value.settled();
        let value = match &parameter.type_name {
            Some(type_name) => self.cast_to(type_name, &value).map_err(|stop| match stop {
                Stop::Failed(thrown) => Stop::error(
                    "System.Management.Automation.ParameterBindingArgumentTransformationException",
                    "ParameterArgumentTransformationError",
                    format!(
                        "Cannot process argument transformation on parameter '{}'. {}",
                        parameter.name, thrown.record.message
                    ),
                ),
                other => other,
            })?,
            None => value,
        };
        let refuse = |why: String| {
            Stop::error(
                "System.Management.Automation.ParameterBindingValidationException",
                "ParameterArgumentValidationError",
                format!("Cannot validate argument on parameter '{}'. {why}", parameter.name),
            )
        };
        if parameter.mandatory && value.is_null() {
            return Err(Stop::error(
                "System.Management.Automation.ParameterBindingValidationException",
                "ParameterArgumentValidationErrorNullNotAllowed",
                format!(
                    "Cannot bind argument to parameter '{}' because it is null.",
                    parameter.name
                ),
            ));
        }
        for check in &parameter.checks {
            let each = value.clone().into_arguments();
            match check {
                Validation::Set(words) => {
                    for item in &each {
                        let text = item.to_text();
                        if !words.iter().any(|word| word.eq_ignore_ascii_case(&text)) {
                            return Err(refuse(format!(
                                "The argument \"{text}\" does not belong to the set \"{}\" specified by the ValidateSet attribute. Supply an argument that is in the set and then try the command again.",
                                words.join(",")
                            )));
                        }
                    }
                }
                Validation::Pattern(pattern) => {
                    for item in &each {
                        let text = item.to_text();
                        if !regex::compile(pattern, false)?.is_match(&text)? {
                            return Err(refuse(format!(
                                "The argument \"{text}\" does not match the \"{pattern}\" pattern. Supply an argument that matches \"{pattern}\" and try the command again."
                            )));
                        }
                    }
                }
                Validation::Range(low, high) => {
                    let (low, high) = (self.evaluate(low)?, self.evaluate(high)?);
                    for item in &each {
                        if compare::order(item, &low, false)?.is_lt()
                            || compare::order(item, &high, false)?.is_gt()
                        {
                            return Err(refuse(format!(
                                "The {} argument is not in the allowed range of {} to {}.",
                                item.to_text(),
                                low.to_text(),
                                high.to_text()
                            )));
                        }
                    }
                }
                Validation::Length(low, high) => {
                    let bound = |value: Live| {
                        number::number(&value).and_then(number::Number::rounded).unwrap_or(0)
                    };
                    let (low, high) = (bound(self.evaluate(low)?), bound(self.evaluate(high)?));
                    let length = match &value {
                        Live::Text(text) => text.chars().count(),
                        _ => each.len(),
                    };
                    let length = i64::try_from(length).unwrap_or(i64::MAX);
                    if !(low..=high).contains(&length) {
                        return Err(refuse(format!(
                            "The length {length} of the argument is not between {low} and {high}."
                        )));
                    }
                }
                Validation::NotNull if value.is_null() => {
                    return Err(refuse("The argument is null. Provide a valid value for the argument, and then try running the command again.".to_owned()));
                }
                Validation::NotEmpty
                    if value.is_null()
                        || matches!(&value, Live::Text(text) if text.is_empty())
                        || matches!(&value, Live::Seq(seq) if seq.len() == 0) =>
                {
                    return Err(refuse("The argument is null or empty. Provide an argument that is not null or empty, and then try the command again.".to_owned()));
                }
                Validation::Script(block) => {
                    let closure = Closure { block: Rc::clone(block), variables: Vec::new() };
                    for item in &each {
                        let values =
                            self.capture(|session| session.in_place(&closure, Some(item.clone())))?;
                        if !Live::of_many(values).truth() {
                            return Err(refuse(format!(
                                "The \"{}\" validation script for the argument with value \"{}\" did not return a result of True.",
                                block.text.trim(),
                                item.to_text()
                            )));
                        }
                    }
                }
                Validation::NotNull | Validation::NotEmpty => {}
            }
        }
        Ok(value)
    }
}

fn returned(result: Run<()>) -> Run<()> {
    match result {
        Err(Stop::Return) => Ok(()),
        other => other,
    }
}

pub(crate) fn is_switch(parameter: &FunctionParameter) -> bool {
    parameter.type_name.as_ref().is_some_and(|name| {
        types::resolve(&name.name) == Some("System.Management.Automation.SwitchParameter")
    })
}

/// Returns the value that a variable of a type begins with.
pub(super) fn default_of(type_name: &TypeName) -> Live {
    match types::resolve(&type_name.name) {
        _ if type_name.array => Live::Null,
        Some("System.Management.Automation.SwitchParameter" | "System.Boolean") => {
            Live::Bool(false)
        }
        Some("System.Int32" | "System.Int64") => Live::Int(0),
        Some("System.Double") => Live::Double(0.0),
        Some("System.String") => Live::text(""),
        _ => Live::Null,
    }
}

/// Returns the parameter of a name, an alias, or an unambiguous beginning.
pub(crate) fn find_parameter(parameters: &[FunctionParameter], written: &str) -> Option<usize> {
    let exact = parameters.iter().position(|p| {
        p.name.eq_ignore_ascii_case(written)
            || p.aliases.iter().any(|a| a.eq_ignore_ascii_case(written))
    });
    if exact.is_some() {
        return exact;
    }
    let mut fitting = parameters.iter().enumerate().filter(|(_, p)| {
        p.name.get(..written.len()).is_some_and(|start| start.eq_ignore_ascii_case(written))
    });
    let first = fitting.next()?;
    fitting.next().is_none().then_some(first.0)
}

/// Returns whether every advanced function has a parameter.
pub(crate) fn is_common(name: &str) -> bool {
    crate::spec::COMMON.iter().any(|p| {
        p.name.eq_ignore_ascii_case(name) || p.aliases.iter().any(|a| a.eq_ignore_ascii_case(name))
    })
}

pub(crate) fn is_common_switch(name: &str) -> bool {
    ["verbose", "vb", "debug", "db", "whatif", "wi", "confirm", "cf"]
        .iter()
        .any(|switch| switch.eq_ignore_ascii_case(name))
}
