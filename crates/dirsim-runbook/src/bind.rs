//! Values to parameters: everything that can be wrong with a command before it runs.

use std::collections::BTreeMap;
use std::sync::Arc;

use dirsim_model::{Guid, Timestamp};

use crate::ast::{Command, Element, Expression, ExpressionKind, Pipeline, Stage};
use crate::commands;
use crate::diagnostic::{Diagnostics, ScriptErrorCode, Span};
use crate::spec::{COMMON, CommandSpec, Parameter, ParameterKind};
use crate::value::{PsValue, parse_duration};
use crate::{filter, graph_filter};
use dirsim_model::nearest;

/// A command with a value for each parameter that was given.
#[derive(Debug, Clone)]
pub struct Bound {
    /// The cmdlet.
    pub command: &'static CommandSpec,
    /// Where the command stands.
    pub span: Span,
    /// The command as written.
    pub text: Arc<str>,
    values: BTreeMap<&'static str, PsValue>,
}

impl Bound {
    /// Returns whether a parameter was given, `$null` included.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Returns the value of a parameter.
    pub fn get(&self, name: &str) -> Option<&PsValue> {
        self.values.get(name)
    }

    /// Returns the text of a parameter; `None` when it was not given or is `$null`.
    pub fn text(&self, name: &str) -> Option<&str> {
        match self.values.get(name)? {
            PsValue::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Returns the text of a mandatory parameter.
    pub fn required(&self, name: &str) -> &str {
        self.text(name).unwrap_or_default()
    }

    /// Returns the texts of a parameter.
    pub fn texts(&self, name: &str) -> Vec<&str> {
        self.values.get(name).map_or_else(Vec::new, |value| {
            value
                .each()
                .into_iter()
                .filter_map(|value| match value {
                    PsValue::Text(text) => Some(text.as_str()),
                    _ => None,
                })
                .collect()
        })
    }

    /// Returns whether a switch is on.
    pub fn switch(&self, name: &str) -> bool {
        self.boolean(name).unwrap_or(false)
    }

    /// Returns a truth value.
    pub fn boolean(&self, name: &str) -> Option<bool> {
        match self.values.get(name)? {
            PsValue::Boolean(truth) => Some(*truth),
            _ => None,
        }
    }

    /// Returns a whole number.
    pub fn integer(&self, name: &str) -> Option<i64> {
        match self.values.get(name)? {
            PsValue::Integer(number) => Some(*number),
            _ => None,
        }
    }

    /// Returns an instant.
    pub fn time(&self, name: &str) -> Option<Timestamp> {
        match self.values.get(name)? {
            PsValue::Time(time) => Some(*time),
            _ => None,
        }
    }

    /// Returns a span of time in milliseconds.
    pub fn duration(&self, name: &str) -> Option<i64> {
        match self.values.get(name)? {
            PsValue::Duration(ms) => Some(*ms),
            _ => None,
        }
    }

    /// Returns the pairs of a hashtable; nothing when it was not given.
    pub fn table(&self, name: &str) -> &[(String, PsValue)] {
        match self.values.get(name) {
            Some(PsValue::Table(pairs)) => pairs,
            _ => &[],
        }
    }
}

/// Binds the commands of a statement; `None` after a mistake.
pub(crate) fn pipeline(
    pipeline: &Pipeline,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Bound> {
    // Nothing more would be reported, and the script does not run.
    if diagnostics.is_full() {
        return None;
    }
    let mut bound: Vec<Option<Bound>> = pipeline
        .stages
        .iter()
        .map(|Stage::Command(stage)| command(stage, pipeline.stages.len() > 1, text, diagnostics))
        .collect();
    if let Some(Stage::Command(second)) = pipeline.stages.get(1) {
        let help = "write one command per line, each with its own -Identity";
        diagnostics.report(
            second.name_span,
            ScriptErrorCode::NotSupported,
            "not yet supported: pipelines of several commands",
            Some(help.to_owned()),
        );
        return None;
    }
    bound.pop().flatten()
}

/// Binds one command; within a longer pipeline its objects may come from the stage before it.
fn command(
    command: &Command,
    piped: bool,
    text: &str,
    diagnostics: &mut Diagnostics,
) -> Option<Bound> {
    let Some(spec) = commands::find(&command.name) else {
        let help = Some(unknown_command_help(&command.name));
        diagnostics.report(
            command.name_span,
            ScriptErrorCode::UnknownCommand,
            format!("unknown cmdlet `{}`", command.name),
            help,
        );
        return None;
    };
    let mut binder = Binder { spec, diagnostics, values: BTreeMap::new(), fine: true };
    binder.bind(command);
    if !piped {
        binder.complete(command.name_span);
    }
    let (values, fine) = (binder.values, binder.fine);
    let written = text.get(command.span.start..command.span.end).unwrap_or_default();
    fine.then(|| Bound { command: spec, span: command.span, text: written.trim().into(), values })
}

fn unknown_command_help(written: &str) -> String {
    match nearest(written, commands::COMMANDS.iter().map(|command| command.name)) {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`Get-Command` lists the cmdlets that dirsim knows".to_owned(),
    }
}

struct Binder<'a> {
    spec: &'static CommandSpec,
    diagnostics: &'a mut Diagnostics,
    values: BTreeMap<&'static str, PsValue>,
    fine: bool,
}

impl Binder<'_> {
    fn bind(&mut self, command: &Command) {
        let mut positional = Vec::new();
        let mut elements = command.elements.iter().peekable();
        while let Some(element) = elements.next() {
            if self.diagnostics.is_full() {
                self.fine = false;
                return;
            }
            match element {
                Element::Value(value) => positional.push(value),
                Element::Parameter { name, span, attached } => {
                    let Some(parameter) = self.parameter(name, *span) else {
                        // The value of an unknown parameter is no positional value.
                        if let Some(Element::Value(_)) = elements.peek() {
                            elements.next();
                        }
                        continue;
                    };
                    let value = match (attached, parameter.kind) {
                        (Some(value), _) => Some(value),
                        (None, ParameterKind::Switch) => {
                            self.store(parameter, PsValue::Boolean(true), *span);
                            continue;
                        }
                        (None, _) => match elements.peek() {
                            Some(Element::Value(value)) => {
                                elements.next();
                                Some(value)
                            }
                            _ => None,
                        },
                    };
                    match value {
                        Some(value) => self.value(parameter, value, *span),
                        None => self.report(
                            *span,
                            ScriptErrorCode::MissingValue,
                            format!("parameter `-{}` has no value", parameter.name),
                            Some(expected(parameter.kind)),
                        ),
                    }
                }
            }
        }
        for value in positional {
            if self.diagnostics.is_full() {
                self.fine = false;
                return;
            }
            // A place that another parameter excludes is taken last, and then reported.
            let free = self
                .spec
                .parameters
                .iter()
                .filter(|p| p.position.is_some() && !self.values.contains_key(p.name))
                .min_by_key(|p| (self.excluded(p.name), p.position));
            if let Some(parameter) = free {
                self.value(parameter, value, value.span);
            } else {
                let help = self.positional_help();
                self.report(
                    value.span,
                    ScriptErrorCode::UnexpectedValue,
                    format!("`{}` takes no further value here", self.spec.name),
                    Some(help),
                );
            }
        }
    }

    /// Returns whether a parameter cannot be given any more because another one was.
    fn excluded(&self, name: &str) -> bool {
        self.spec.sets.iter().any(|set| {
            set.names.contains(&name)
                && set.names.iter().any(|other| self.values.contains_key(other))
        })
    }

    fn positional_help(&self) -> String {
        let mut places: Vec<&Parameter> =
            self.spec.parameters.iter().filter(|p| p.position.is_some()).collect();
        places.sort_by_key(|p| p.position);
        if places.is_empty() {
            return "name the parameter in front of the value".to_owned();
        }
        let names: Vec<String> = places.iter().map(|p| format!("-{}", p.name)).collect();
        format!(
            "values without a name go to {}; put texts with spaces into quotes",
            names.join(", ")
        )
    }

    /// Finds a parameter by name, alias or unambiguous beginning.
    fn parameter(&mut self, written: &str, span: Span) -> Option<&'static Parameter> {
        let all = || self.spec.parameters.iter().chain(COMMON);
        let exact = all().find(|p| {
            p.name.eq_ignore_ascii_case(written)
                || p.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(written))
        });
        if exact.is_some() {
            return exact;
        }
        let begins = |name: &str| {
            name.get(..written.len()).is_some_and(|start| start.eq_ignore_ascii_case(written))
        };
        let fitting: Vec<&'static Parameter> = all().filter(|p| begins(p.name)).collect();
        match fitting.as_slice() {
            [one] => return Some(one),
            [] => {
                let names =
                    all().flat_map(|p| std::iter::once(p.name).chain(p.aliases.iter().copied()));
                let help = match nearest(written, names) {
                    Some(near) => format!("did you mean `-{near}`?"),
                    None => format!("`Get-Help {}` lists its parameters", self.spec.name),
                };
                self.report(
                    span,
                    ScriptErrorCode::UnknownParameter,
                    format!("`{}` has no parameter `-{written}`", self.spec.name),
                    Some(help),
                );
            }
            several => {
                let names: Vec<String> = several.iter().map(|p| format!("`-{}`", p.name)).collect();
                self.report(
                    span,
                    ScriptErrorCode::AmbiguousParameter,
                    format!("`-{written}` is short for several parameters"),
                    Some(format!("write one of {}", names.join(", "))),
                );
            }
        }
        None
    }

    fn value(&mut self, parameter: &'static Parameter, value: &Expression, span: Span) {
        match convert(parameter.kind, value) {
            Ok(converted) => {
                let what = match &converted {
                    PsValue::Null => Some("null"),
                    PsValue::Text(text) if text.is_empty() => Some("empty"),
                    _ => None,
                };
                if let Some(what) = what.filter(|_| parameter.mandatory) {
                    self.report(
                        value.span,
                        ScriptErrorCode::WrongType,
                        format!("parameter `-{}` cannot be {what}", parameter.name),
                        Some(expected(parameter.kind)),
                    );
                }
                self.store(parameter, converted, span);
            }
            Err(problem) => {
                self.fine = false;
                // The name is bound, so that it is not reported as missing too.
                self.values.entry(parameter.name).or_insert(PsValue::Null);
                self.diagnostics.report(
                    problem.span.unwrap_or(value.span),
                    ScriptErrorCode::WrongType,
                    format!("parameter `-{}`: {}", parameter.name, problem.message),
                    Some(problem.help.unwrap_or_else(|| expected(parameter.kind))),
                );
            }
        }
    }

    fn store(&mut self, parameter: &'static Parameter, value: PsValue, span: Span) {
        if self.values.insert(parameter.name, value).is_some() {
            self.report(
                span,
                ScriptErrorCode::RepeatedParameter,
                format!("parameter `-{}` is given twice", parameter.name),
                None,
            );
        }
    }

    /// Looks for what is missing or does not go together.
    fn complete(&mut self, span: Span) {
        for parameter in self.spec.parameters {
            if parameter.mandatory && !self.values.contains_key(parameter.name) {
                self.report(
                    span,
                    ScriptErrorCode::MissingParameter,
                    format!("`{}` needs `-{}`", self.spec.name, parameter.name),
                    Some(format!("for example: {}", self.spec.example)),
                );
            }
        }
        for set in self.spec.sets {
            let names: Vec<String> = set.names.iter().map(|name| format!("`-{name}`")).collect();
            match set.names.iter().filter(|name| self.values.contains_key(*name)).count() {
                0 if set.required => self.report(
                    span,
                    ScriptErrorCode::MissingParameter,
                    format!("`{}` needs one of {}", self.spec.name, names.join(", ")),
                    Some(format!("for example: {}", self.spec.example)),
                ),
                0 | 1 => {}
                _ => self.report(
                    span,
                    ScriptErrorCode::ParameterSet,
                    format!("only one of {} can be given", names.join(", ")),
                    None,
                ),
            }
        }
    }

    fn report(&mut self, span: Span, code: ScriptErrorCode, message: String, help: Option<String>) {
        self.fine = false;
        self.diagnostics.report(span, code, message, help);
    }
}

/// Says what values a kind of parameter takes.
fn expected(kind: ParameterKind) -> String {
    match kind {
        ParameterKind::Switch => "write the name alone, or -Name:$false".to_owned(),
        ParameterKind::Text => "write a text".to_owned(),
        ParameterKind::TextList => "write one text, or several with commas between them".to_owned(),
        ParameterKind::Integer => "write a whole number".to_owned(),
        ParameterKind::Boolean => "write $true or $false".to_owned(),
        ParameterKind::Table => "write a hashtable such as @{name='value'}".to_owned(),
        ParameterKind::Time => "write a time such as 2026-01-05T09:00:00Z".to_owned(),
        ParameterKind::Duration => "write a span of time such as 00:30:00".to_owned(),
        ParameterKind::Guid => {
            "write a GUID such as 00112233-4455-6677-8899-aabbccddeeff".to_owned()
        }
        ParameterKind::Choice(words) => format!("write one of {}", words.join(", ")),
        ParameterKind::Filter => {
            "write * or a filter such as \"mail -like '*@contoso.com'\"".to_owned()
        }
        ParameterKind::LdapFilter => "write a filter such as \"(mail=*)\"".to_owned(),
        ParameterKind::GraphFilter => {
            "write a filter such as \"userPrincipalName eq 'ann@contoso.com'\"".to_owned()
        }
        ParameterKind::Any => "write a value".to_owned(),
    }
}

/// Why a value does not fit.
struct Misfit {
    message: String,
    help: Option<String>,
    span: Option<Span>,
}

impl From<String> for Misfit {
    fn from(message: String) -> Self {
        Self { message, help: None, span: None }
    }
}

/// Returns the value of a constant.
fn evaluate(expression: &Expression) -> PsValue {
    match &expression.kind {
        ExpressionKind::Null => PsValue::Null,
        ExpressionKind::Boolean(truth) => PsValue::Boolean(*truth),
        ExpressionKind::Integer(number, _) => PsValue::Integer(*number),
        ExpressionKind::Real(number, _) => PsValue::Real(*number),
        ExpressionKind::Text(text) | ExpressionKind::ScriptBlock(text) => {
            PsValue::Text(text.clone())
        }
        ExpressionKind::Array(values) => PsValue::List(values.iter().map(evaluate).collect()),
        ExpressionKind::Table(pairs) => PsValue::Table(
            pairs.iter().map(|(key, value)| (scalar_text(key), evaluate(value))).collect(),
        ),
    }
}

fn scalar_text(expression: &Expression) -> String {
    match &expression.kind {
        ExpressionKind::Integer(_, text) | ExpressionKind::Real(_, text) => text.clone(),
        _ => evaluate(expression).to_text(),
    }
}

fn what(expression: &Expression) -> &'static str {
    match expression.kind {
        ExpressionKind::Null => "null",
        ExpressionKind::Boolean(_) => "a truth value",
        ExpressionKind::Integer(..) | ExpressionKind::Real(..) => "a number",
        ExpressionKind::Text(_) => "a text",
        ExpressionKind::Array(_) => "a list",
        ExpressionKind::Table(_) => "a hashtable",
        ExpressionKind::ScriptBlock(_) => "a script block",
    }
}

fn convert(kind: ParameterKind, value: &Expression) -> Result<PsValue, Misfit> {
    use ExpressionKind as E;
    // PowerShell unpacks a list of one for a parameter that takes one value.
    let value = match (&value.kind, kind) {
        (E::Array(values), ParameterKind::TextList | ParameterKind::Any) if !values.is_empty() => {
            value
        }
        (E::Array(values), _) => match values.as_slice() {
            [only] => only,
            _ => value,
        },
        _ => value,
    };
    let misfit = || Misfit::from(format!("{} does not fit", what(value)));
    if matches!(value.kind, E::Null) && kind != ParameterKind::Boolean {
        return Ok(PsValue::Null);
    }
    let text = match &value.kind {
        E::Text(text) | E::Integer(_, text) | E::Real(_, text) => Some(text.as_str()),
        _ => None,
    };
    match kind {
        ParameterKind::Any => Ok(evaluate(value)),
        ParameterKind::Switch | ParameterKind::Boolean => match &value.kind {
            E::Boolean(truth) => Ok(PsValue::Boolean(*truth)),
            E::Integer(number, _) => Ok(PsValue::Boolean(*number != 0)),
            E::Text(text) if matches!(text.to_ascii_lowercase().as_str(), "true" | "false") => {
                Err(Misfit {
                    message: format!("the text `{text}` is no truth value"),
                    help: Some(format!("write ${}", text.to_ascii_lowercase())),
                    span: None,
                })
            }
            _ => Err(misfit()),
        },
        ParameterKind::Text => match &value.kind {
            E::Boolean(_) => Ok(PsValue::Text(evaluate(value).to_text())),
            E::Array(_) if looks_like_dn(value) => Err(Misfit {
                message: "a list does not fit".to_owned(),
                help: Some("put a distinguished name into quotes".to_owned()),
                span: None,
            }),
            _ => text.map(PsValue::from).ok_or_else(misfit),
        },
        ParameterKind::TextList => match &value.kind {
            E::Array(values) => values
                .iter()
                .map(|value| convert(ParameterKind::Text, value))
                .collect::<Result<Vec<_>, _>>()
                .map(PsValue::List),
            _ => convert(ParameterKind::Text, value).map(|one| PsValue::List(vec![one])),
        },
        ParameterKind::Integer => match &value.kind {
            E::Integer(number, _) => Ok(PsValue::Integer(*number)),
            E::Text(text) => text.trim().parse().map(PsValue::Integer).map_err(|_| misfit()),
            _ => Err(misfit()),
        },
        ParameterKind::Table => match &value.kind {
            E::Table(pairs) => {
                let mut seen: Vec<String> = Vec::new();
                for (key, _) in pairs {
                    let name = scalar_text(key).to_lowercase();
                    if seen.contains(&name) {
                        return Err(Misfit {
                            message: format!("the key `{}` stands twice", scalar_text(key)),
                            help: Some(
                                "write several values as one list: @{key='a','b'}".to_owned(),
                            ),
                            span: Some(key.span),
                        });
                    }
                    seen.push(name);
                }
                Ok(evaluate(value))
            }
            _ => Err(misfit()),
        },
        ParameterKind::Time => {
            let text = text.ok_or_else(misfit)?;
            text.parse()
                .map(PsValue::Time)
                .map_err(|_| Misfit::from(format!("`{text}` is no time")))
        }
        ParameterKind::Duration => {
            let text = text.ok_or_else(misfit)?;
            parse_duration(text)
                .map(PsValue::Duration)
                .ok_or_else(|| Misfit::from(format!("`{text}` is no span of time")))
        }
        ParameterKind::Guid => {
            let text = text.ok_or_else(misfit)?;
            text.parse::<Guid>()
                .map(PsValue::from)
                .map_err(|_| Misfit::from(format!("`{text}` is no GUID")))
        }
        ParameterKind::Choice(words) => {
            let text = text.ok_or_else(misfit)?;
            if let Some(word) = words.iter().find(|word| word.eq_ignore_ascii_case(text)) {
                return Ok(PsValue::from(*word));
            }
            let help =
                nearest(text, words.iter().copied()).map(|near| format!("did you mean `{near}`?"));
            Err(Misfit { message: format!("`{text}` is none of its words"), help, span: None })
        }
        ParameterKind::Filter => {
            let text = filter_text(value).ok_or_else(misfit)?;
            filter::parse(text).map_err(|problem| Misfit::from(problem.to_string()))?;
            Ok(PsValue::from(text))
        }
        ParameterKind::LdapFilter => {
            let text = filter_text(value).ok_or_else(misfit)?;
            filter::parse_ldap(text).map_err(|problem| Misfit::from(problem.to_string()))?;
            Ok(PsValue::from(text))
        }
        ParameterKind::GraphFilter => {
            let text = filter_text(value).ok_or_else(misfit)?;
            graph_filter::parse(text).map_err(|problem| Misfit::from(problem.to_string()))?;
            Ok(PsValue::from(text))
        }
    }
}

fn filter_text(value: &Expression) -> Option<&str> {
    match &value.kind {
        ExpressionKind::Text(text) | ExpressionKind::ScriptBlock(text) => Some(text),
        _ => None,
    }
}

/// Returns whether a list is a distinguished name that lost its quotes.
fn looks_like_dn(value: &Expression) -> bool {
    match &value.kind {
        ExpressionKind::Array(parts) => parts.iter().any(|part| {
            matches!(&part.kind, ExpressionKind::Text(text)
                if text.get(..3).is_some_and(|start| ["CN=", "OU=", "DC="]
                    .iter().any(|name| name.eq_ignore_ascii_case(start))))
        }),
        _ => false,
    }
}
