//! Asks one flow about one object.

use std::borrow::Cow;

use dirsim_expr::{Code, Environment, Given};
use dirsim_model::value::Kind;
use dirsim_model::{AttributeId, AttributeSet, AttributeTable, Timestamp, Value, ValueRef, Values};

use super::{Flow, Outcome, Source};
use crate::problem::RuleFailure;
use crate::rule::RuleIx;
use crate::set::parameters::Parameters;
use crate::subject::Subject;

/// What is asked: an object, with what the connector adds to it.
#[derive(Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The object.
    pub(crate) subject: &'a dyn Subject,
    /// Parameters of the rule's connector.
    pub(crate) parameters: &'a Parameters,
    /// The attributes that it may have, when that is known.
    pub(crate) present: Option<&'a AttributeSet>,
    /// What flows read of it, when that is collected.
    pub(crate) table: Option<&'a AttributeTable<'a>>,
    /// Whether this object creates the target object in this run (SR-088).
    pub(crate) created: bool,
}

impl<'a> Asked<'a> {
    /// Returns the values that flows read.
    #[inline]
    pub(super) fn expected(&self, attribute: AttributeId) -> Values<'a> {
        match self.table {
            Some(table) => table.get(attribute),
            None if self.lacks(attribute) => Values::NONE,
            None => self.subject.expected(attribute),
        }
    }

    /// Whether the object is known not to have an attribute: most that are asked for are absent.
    #[inline]
    fn lacks(&self, attribute: AttributeId) -> bool {
        self.present.is_some_and(|present| !present.contains(attribute))
    }
}

/// What a flow says, borrowed from the object or the rule where possible.
#[derive(Debug)]
pub enum Answer<'a> {
    /// Nothing to say.
    Null,
    /// No value, and nobody else is asked.
    AuthoritativeNull,
    /// Nothing to say; the target stays as it is when nobody does.
    IgnoreThisFlow,
    /// Values of the object or the rule as they are; never empty.
    Borrowed(Values<'a>),
    /// A computed text; never empty.
    Text(String),
    /// Computed values; never empty.
    Computed(Vec<Value>),
    /// The flow failed.
    Failed(Box<RuleFailure>),
}

impl Answer<'_> {
    /// Returns the values; none unless there are any to say.
    pub(crate) fn values(&self) -> Values<'_> {
        match self {
            Self::Borrowed(values) => *values,
            Self::Text(text) => Values::One(ValueRef::Text(text)),
            Self::Computed(values) => Values::Slice(values),
            _ => Values::NONE,
        }
    }

    /// Copies what is borrowed.
    pub(crate) fn into_outcome(self) -> Outcome {
        match self {
            Self::Null => Outcome::Null,
            Self::AuthoritativeNull => Outcome::AuthoritativeNull,
            Self::IgnoreThisFlow => Outcome::IgnoreThisFlow,
            Self::Borrowed(values) => Outcome::Values(values.to_vec()),
            Self::Text(text) => Outcome::Values(vec![Value::text(text)]),
            Self::Computed(values) => Outcome::Values(values),
            Self::Failed(failure) => Outcome::Failed(failure),
        }
    }
}

/// Asks a flow.
pub(crate) fn ask<'a>(flow: &'a Flow, rule: RuleIx, asked: &'a Asked<'a>) -> Answer<'a> {
    if flow.apply_once && !asked.created {
        return Answer::IgnoreThisFlow;
    }
    match &flow.source {
        Source::Direct(attribute) => take(flow, rule, asked.expected(*attribute)),
        Source::Constant(values) => non_empty(Values::Slice(values)),
        Source::Trimmed(attribute) => trim(flow, rule, asked.expected(*attribute)),
        Source::Count(attribute) => {
            let count = i64::try_from(asked.subject.value_count(*attribute)).unwrap_or(i64::MAX);
            deliver(flow, rule, vec![Value::Integer(count)])
        }
        Source::Parameter(name) => match asked.subject.parameter(name) {
            Some(Cow::Borrowed("")) | None => Answer::Null,
            Some(Cow::Borrowed(text)) => take(flow, rule, Values::One(ValueRef::Text(text))),
            Some(text) => deliver(flow, rule, vec![Value::text(text)]),
        },
        Source::Expression(expression) => match expression.give(asked) {
            Ok(Given::Null) => Answer::Null,
            Ok(Given::AuthoritativeNull) => Answer::AuthoritativeNull,
            Ok(Given::IgnoreThisFlow) => Answer::IgnoreThisFlow,
            // The empty text is no value (SR-084).
            Ok(Given::Borrowed(values)) if values.unread().any(is_empty) => {
                deliver(flow, rule, values.to_vec())
            }
            Ok(Given::Borrowed(values)) => take(flow, rule, values),
            Ok(Given::Text(text)) => deliver_text(flow, rule, text),
            Ok(Given::Computed(values)) => deliver(flow, rule, values),
            Err(error) => fail(
                flow,
                rule,
                if error.code == Code::ErrorFunction {
                    "sync-rule-error-function-triggered"
                } else {
                    "sync-rule-expression-error"
                },
                if error.code == Code::ErrorFunction {
                    error.message
                } else {
                    format!("{}: {} in `{}`", error.code.as_str(), error.message, {
                        error.at.of(expression.text())
                    })
                },
            ),
        },
    }
}

fn non_empty(values: Values<'_>) -> Answer<'_> {
    if values.is_empty() { Answer::Null } else { Answer::Borrowed(values) }
}

/// Takes values over as they are, unless the target wants another type (SR-081).
fn take<'a>(flow: &Flow, rule: RuleIx, values: Values<'a>) -> Answer<'a> {
    let mut count = 0_usize;
    for (kind, content) in values.unread() {
        if !flow.conversion.is_identity(kind) {
            return deliver(flow, rule, values.to_vec());
        }
        if flow.conversion.may_be_too_long(content.len())
            && values.iter().nth(count).is_some_and(|value| flow.conversion.is_too_long(value))
        {
            return too_long(flow, rule);
        }
        count += 1;
    }
    match count {
        0 => Answer::Null,
        1 => Answer::Borrowed(values),
        _ if flow.conversion.multi_valued => Answer::Borrowed(values),
        _ => several(flow, rule, count),
    }
}

/// `Trim` without the evaluator; values that need no trimming stay borrowed.
fn trim<'a>(flow: &Flow, rule: RuleIx, values: Values<'a>) -> Answer<'a> {
    let mut tidy = true;
    for value in values {
        let ValueRef::Text(text) = value else {
            let text =
                format!("type-mismatch: `{}` is no text in `{}`", value.display(), flow.text);
            return fail(flow, rule, "sync-rule-expression-error", text);
        };
        tidy &= !text.is_empty() && text.trim().len() == text.len();
    }
    if tidy {
        return take(flow, rule, values);
    }
    let trimmed = values.iter().filter_map(ValueRef::as_text).map(|text| Value::from(text.trim()));
    deliver(flow, rule, trimmed.collect())
}

fn is_empty((kind, content): (Kind, &[u8])) -> bool {
    kind == Kind::Text && content.is_empty()
}

fn is_empty_text(value: ValueRef<'_>) -> bool {
    value == ValueRef::Text("")
}

/// Normalizes a computed text (SR-083, SR-084, SR-087).
fn deliver_text(flow: &Flow, rule: RuleIx, text: String) -> Answer<'static> {
    if !flow.conversion.is_identity(Kind::Text) {
        return deliver(flow, rule, vec![Value::text(text)]);
    }
    if text.is_empty() {
        Answer::Null
    } else if flow.conversion.is_too_long(ValueRef::Text(&text)) {
        too_long(flow, rule)
    } else {
        Answer::Text(text)
    }
}

/// Normalizes and converts computed values (SR-083 to SR-087).
fn deliver(flow: &Flow, rule: RuleIx, mut values: Vec<Value>) -> Answer<'static> {
    values.retain(|value| !is_empty_text(value.as_ref()));
    for value in &mut values {
        if !flow.conversion.is_identity(value.as_ref().kind()) {
            let Some(converted) = flow.conversion.convert(value.as_ref()) else {
                return conflict(flow, rule, value);
            };
            *value = converted;
        }
        if flow.conversion.is_too_long(value.as_ref()) {
            return too_long(flow, rule);
        }
    }
    match values.len() {
        0 => Answer::Null,
        1 => Answer::Computed(values),
        _ if flow.conversion.multi_valued => Answer::Computed(values),
        count => several(flow, rule, count),
    }
}

fn conflict(flow: &Flow, rule: RuleIx, value: &Value) -> Answer<'static> {
    let text = format!(
        "`{}` of `{}` cannot become {}",
        value,
        flow.text,
        match flow.conversion.syntax {
            dirsim_model::Syntax::Text => "text",
            dirsim_model::Syntax::Integer => "a number",
            dirsim_model::Syntax::Boolean => "True or False",
            dirsim_model::Syntax::Time => "a time",
            dirsim_model::Syntax::Reference => "a reference",
            _ => "bytes",
        }
    );
    fail(flow, rule, "type-conflict", text)
}

fn several(flow: &Flow, rule: RuleIx, count: usize) -> Answer<'static> {
    let text = format!("`{}` gives {count} values for an attribute that holds one", flow.text);
    fail(flow, rule, "flow-multi-values-to-single-value", text)
}

fn too_long(flow: &Flow, rule: RuleIx) -> Answer<'static> {
    let text = format!(
        "`{}` gives more than {} characters for an indexed attribute",
        flow.text,
        crate::limits::limits().indexed_characters_max
    );
    fail(flow, rule, "attribute-value-too-long", text)
}

fn fail(flow: &Flow, rule: RuleIx, code: &'static str, text: String) -> Answer<'static> {
    let failure = RuleFailure { code, text, rule: Some(rule), attribute: Some(flow.target) };
    Answer::Failed(Box::new(failure))
}

impl Environment for Asked<'_> {
    fn attribute(&self, attribute: AttributeId) -> Values<'_> {
        self.expected(attribute)
    }

    fn imported(&self, attribute: AttributeId) -> Values<'_> {
        if self.lacks(attribute) { Values::NONE } else { self.subject.staged(attribute) }
    }

    fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        self.parameters.get(name).or_else(|| self.subject.parameter(name))
    }

    fn now(&self) -> Timestamp {
        self.subject.now()
    }

    fn random(&self) -> u64 {
        self.subject.random()
    }
}
