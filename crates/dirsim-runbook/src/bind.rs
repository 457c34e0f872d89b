//! Values to parameters: one binder for what is known before a script runs and for what each call
//! brings.

use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use dirsim_model::{Guid, Timestamp, nearest};

use crate::commands;
use crate::convert::{self, Resolve};
use crate::diagnostic::{ScriptErrorCode, Span};
use crate::live::Live;
use crate::spec::{COMMON, CommandSpec, Parameter, ParameterKind};
use crate::value::PsValue;

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
    live: BTreeMap<&'static str, Live>,
    input: Option<Rc<[Live]>>,
}

impl Bound {
    /// Returns whether a parameter was given, `$null` included.
    pub fn has(&self, name: &str) -> bool {
        self.values.contains_key(name)
    }

    /// Returns the same call without some parameters.
    pub(crate) fn without(&self, names: &[&str]) -> Self {
        let mut rest = self.clone();
        rest.values.retain(|name, _| !names.contains(name));
        rest.live.retain(|name, _| !names.contains(name));
        rest
    }

    /// Returns the value of a parameter.
    pub fn get(&self, name: &str) -> Option<&PsValue> {
        self.values.get(name)
    }

    /// Returns the value of a parameter as the script holds it: script blocks, and objects that
    /// the script sees change.
    pub fn live(&self, name: &str) -> Option<&Live> {
        self.live.get(name)
    }

    /// Returns the objects of the pipeline, for a cmdlet that takes them all at once.
    pub fn input(&self) -> &[Live] {
        self.input.as_deref().unwrap_or_default()
    }

    /// Returns whether the cmdlet stands behind a pipe sign.
    pub const fn piped(&self) -> bool {
        self.input.is_some()
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

/// Something that stands behind a command name.
#[derive(Debug, Clone)]
pub(crate) enum Given {
    /// `-Name`, or `-Name:value`.
    Name(Rc<str>, Span, Option<GivenValue>),
    /// A value.
    Value(GivenValue),
}

/// A value that was given.
#[derive(Debug, Clone)]
pub(crate) struct GivenValue {
    /// The value; `None` when only the run will tell.
    pub(crate) value: Option<Live>,
    /// A number as it was written: an employee number of `007` keeps its zeros.
    pub(crate) written: Option<Rc<str>>,
    /// Where it stands.
    pub(crate) span: Span,
}

/// What is wrong with a command.
#[derive(Debug, Clone)]
pub(crate) struct Mistake {
    pub(crate) span: Span,
    pub(crate) code: ScriptErrorCode,
    pub(crate) message: String,
    pub(crate) help: Option<String>,
    /// The parameter it is about.
    pub(crate) parameter: &'static str,
}

/// Returns what to do about a command that is not there.
pub(crate) fn unknown_command_help<'a>(
    written: &str,
    functions: impl Iterator<Item = &'a str>,
) -> String {
    let near = nearest(
        written,
        functions.map(str::to_owned).collect::<Vec<_>>().iter().map(String::as_str),
    )
    .map(str::to_owned)
    .or_else(|| {
        nearest(written, commands::COMMANDS.iter().map(|command| command.name)).map(str::to_owned)
    });
    match near {
        Some(near) => format!("did you mean `{near}`?"),
        None => "`Get-Command` lists the cmdlets that dirsim knows".to_owned(),
    }
}

/// Gives parameters of a cmdlet their values.
pub(crate) struct Binder<'a> {
    pub(crate) spec: &'static CommandSpec,
    pub(crate) mistakes: Vec<Mistake>,
    values: BTreeMap<&'static str, PsValue>,
    live: BTreeMap<&'static str, Live>,
    resolve: &'a dyn Resolve,
    /// Most mistakes that are kept.
    most: usize,
}

impl<'a> Binder<'a> {
    pub(crate) fn new(spec: &'static CommandSpec, resolve: &'a dyn Resolve, most: usize) -> Self {
        Self {
            spec,
            mistakes: Vec::new(),
            values: BTreeMap::new(),
            live: BTreeMap::new(),
            resolve,
            most,
        }
    }

    /// Makes the bound command of what was bound so far.
    pub(crate) fn bound(&self, span: Span, text: Arc<str>) -> Bound {
        Bound {
            command: self.spec,
            span,
            text,
            values: self.values.clone(),
            live: self.live.clone(),
            input: None,
        }
    }

    fn is_full(&self) -> bool {
        self.mistakes.len() >= self.most
    }

    /// Binds names and values; what is missing is found by [`Self::complete`].
    pub(crate) fn bind(&mut self, given: &[Given]) {
        let mut positional = Vec::new();
        let mut elements = given.iter().peekable();
        while let Some(element) = elements.next() {
            if self.is_full() {
                return;
            }
            match element {
                Given::Value(value) => positional.push(value),
                Given::Name(name, span, attached) => {
                    let Some(parameter) = self.parameter(name, *span) else {
                        // The value of an unknown parameter is no positional value.
                        if let (None, Some(Given::Value(_))) = (attached, elements.peek()) {
                            elements.next();
                        }
                        continue;
                    };
                    let value = match (attached, parameter.kind) {
                        (Some(value), _) => Some(value),
                        (None, ParameterKind::Switch) => {
                            self.store(parameter, PsValue::Boolean(true), Live::Bool(true), *span);
                            continue;
                        }
                        (None, _) => match elements.peek() {
                            Some(Given::Value(value)) => {
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
                            Some(convert::expected(parameter.kind)),
                            parameter.name,
                        ),
                    }
                }
            }
        }
        for value in positional {
            if self.is_full() {
                return;
            }
            self.positional(value);
        }
    }

    fn positional(&mut self, value: &GivenValue) {
        let block = matches!(value.value, Some(Live::Block(_)));
        // A place that another parameter excludes is taken last, and then reported. Of two
        // parameters in one place the kind of the value decides.
        let free = self
            .spec
            .parameters
            .iter()
            .filter(|p| p.position.is_some() && !self.values.contains_key(p.name))
            .min_by_key(|p| {
                let other_kind = value.value.is_some() && (p.kind == ParameterKind::Block) != block;
                (self.excluded(p.name), p.position, other_kind)
            });
        if let Some(parameter) = free {
            self.value(parameter, value, value.span);
            return;
        }
        // The last parameter takes all that is left.
        if let Some(rest) = self.spec.parameters.iter().find(|p| p.rest)
            && let Some(value) = &value.value
        {
            let more = match self.live.remove(rest.name) {
                Some(Live::Seq(seq)) => {
                    seq.items.borrow_mut().push(value.clone());
                    Live::Seq(seq)
                }
                Some(first) => Live::array(vec![first, value.clone()]),
                None => value.clone(),
            };
            self.values.insert(rest.name, more.to_plain());
            self.live.insert(rest.name, more);
            return;
        }
        if self.spec.parameters.iter().any(|p| p.rest) {
            return;
        }
        let help = self.positional_help();
        self.report(
            value.span,
            ScriptErrorCode::UnexpectedValue,
            format!("`{}` takes no further value here", self.spec.name),
            Some(help),
            "",
        );
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
        // A parameter of its own wins over one that every cmdlet has.
        let own: Vec<&'static Parameter> =
            self.spec.parameters.iter().filter(|p| begins(p.name)).collect();
        let fitting: Vec<&'static Parameter> =
            if own.len() == 1 { own } else { all().filter(|p| begins(p.name)).collect() };
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
                    "",
                );
            }
            several => {
                let names: Vec<String> = several.iter().map(|p| format!("`-{}`", p.name)).collect();
                self.report(
                    span,
                    ScriptErrorCode::AmbiguousParameter,
                    format!("`-{written}` is short for several parameters"),
                    Some(format!("write one of {}", names.join(", "))),
                    "",
                );
            }
        }
        None
    }

    fn value(&mut self, parameter: &'static Parameter, given: &GivenValue, span: Span) {
        let Some(value) = &given.value else {
            // Only the run will tell; the name is taken.
            self.store(parameter, PsValue::Null, Live::Null, span);
            return;
        };
        match convert::convert(parameter.kind, value, given.written.as_deref(), self.resolve) {
            Ok(converted) => {
                let what = match &converted {
                    PsValue::Null => Some("null"),
                    PsValue::Text(text) if text.is_empty() => Some("empty"),
                    _ => None,
                };
                if let Some(what) = what.filter(|_| parameter.mandatory && !parameter.null) {
                    self.report(
                        given.span,
                        ScriptErrorCode::WrongType,
                        format!("parameter `-{}` cannot be {what}", parameter.name),
                        Some(convert::expected(parameter.kind)),
                        parameter.name,
                    );
                }
                self.store(parameter, converted, value.clone().settled(), span);
            }
            Err(problem) => {
                // The name is bound, so that it is not reported as missing too.
                self.values.entry(parameter.name).or_insert(PsValue::Null);
                self.report(
                    given.span,
                    ScriptErrorCode::WrongType,
                    format!("parameter `-{}`: {}", parameter.name, problem.message),
                    Some(problem.help.unwrap_or_else(|| convert::expected(parameter.kind))),
                    parameter.name,
                );
            }
        }
    }

    fn store(&mut self, parameter: &'static Parameter, value: PsValue, live: Live, span: Span) {
        self.live.insert(parameter.name, live);
        if self.values.insert(parameter.name, value).is_some() {
            self.report(
                span,
                ScriptErrorCode::RepeatedParameter,
                format!("parameter `-{}` is given twice", parameter.name),
                None,
                parameter.name,
            );
        }
    }

    /// Looks for what is missing or does not go together.
    pub(crate) fn complete(&mut self, span: Span, may_be_missing: bool) {
        for parameter in self.spec.parameters {
            if !may_be_missing && parameter.mandatory && !self.values.contains_key(parameter.name) {
                self.report(
                    span,
                    ScriptErrorCode::MissingParameter,
                    format!("`{}` needs `-{}`", self.spec.name, parameter.name),
                    Some(format!("for example: {}", self.spec.example)),
                    parameter.name,
                );
            }
        }
        for set in self.spec.sets {
            let names: Vec<String> = set.names.iter().map(|name| format!("`-{name}`")).collect();
            match set.names.iter().filter(|name| self.values.contains_key(*name)).count() {
                0 if set.required && !may_be_missing => self.report(
                    span,
                    ScriptErrorCode::MissingParameter,
                    format!("`{}` needs one of {}", self.spec.name, names.join(", ")),
                    Some(format!("for example: {}", self.spec.example)),
                    set.names.first().copied().unwrap_or_default(),
                ),
                0 | 1 => {}
                _ => self.report(
                    span,
                    ScriptErrorCode::ParameterSet,
                    format!("only one of {} can be given", names.join(", ")),
                    None,
                    "",
                ),
            }
        }
    }

    fn report(
        &mut self,
        span: Span,
        code: ScriptErrorCode,
        message: String,
        help: Option<String>,
        parameter: &'static str,
    ) {
        if !self.is_full() {
            self.mistakes.push(Mistake { span, code, message, help, parameter });
        }
    }
}

impl CommandSpec {
    /// Returns whether the cmdlet takes all objects of the pipeline at once.
    pub(crate) fn collects(&self) -> bool {
        self.parameters.iter().any(|parameter| parameter.collects)
    }

    /// Returns the parameters that take objects of the pipeline, and whether the object itself
    /// (and not only a property) can be the value. Without flags it is the identity.
    pub(crate) fn piped_parameters(&self) -> Vec<(&'static Parameter, bool, bool)> {
        let flagged: Vec<_> = self
            .parameters
            .iter()
            .filter(|p| p.by_value || p.by_property)
            .map(|p| (p, p.by_value, p.by_property))
            .collect();
        if !flagged.is_empty() {
            return flagged;
        }
        self.parameters.iter().filter(|p| p.name == "Identity").map(|p| (p, true, true)).collect()
    }
}

impl Bound {
    /// Gives the cmdlet all objects of the pipeline.
    pub(crate) fn with_input(mut self, input: Vec<Live>) -> Self {
        self.input = Some(input.into());
        self
    }

    /// Gives parameters that take pipeline objects their values from one object; `false` when it
    /// fits none.
    pub(crate) fn take(&mut self, item: &Live, resolve: &dyn Resolve) -> bool {
        let mut taken = false;
        let open: Vec<_> = self
            .command
            .piped_parameters()
            .into_iter()
            .filter(|(parameter, ..)| !self.values.contains_key(parameter.name))
            .collect();
        for (parameter, by_value, _) in &open {
            if *by_value
                && !taken
                && convert::fits_pipeline(parameter.kind, item)
                && let Ok(value) = convert::convert(parameter.kind, item, None, resolve)
            {
                self.values.insert(parameter.name, value);
                self.live.insert(parameter.name, item.clone());
                taken = true;
            }
        }
        for (parameter, _, by_property) in &open {
            if !by_property || self.values.contains_key(parameter.name) {
                continue;
            }
            let names = std::iter::once(&parameter.name).chain(parameter.aliases);
            let found = names.into_iter().find_map(|name| match item {
                Live::Object(object) => object.get(name),
                _ => None,
            });
            if let Some(found) = found
                && let Ok(value) = convert::convert(parameter.kind, &found, None, resolve)
            {
                self.values.insert(parameter.name, value);
                self.live.insert(parameter.name, found);
                taken = true;
            }
        }
        self.input = Some(Rc::from([item.clone()]));
        taken
    }
}

impl PsValue {
    /// Returns the GUID that the value is or spells.
    pub fn guid(&self) -> Option<Guid> {
        match self {
            Self::Guid(guid) => Some(*guid),
            Self::Text(text) => text.parse().ok(),
            Self::Bytes(bytes) => Guid::from_slice(bytes),
            _ => None,
        }
    }
}
