//! A compiled expression and its result.

use std::fmt;

use dirsim_model::{AttributeId, Value, Values};

use crate::environment::{CompileContext, Environment};
use crate::error::{EvalError, ExprError, ExprWarning};
use crate::evaluate::{Evaluator, given};
use crate::parser::{self, Parsed};
use crate::tree::{Kind, Node};

/// A compiled expression, ready to be evaluated for any object.
///
/// Prints in one canonical form: parsing what was printed gives the same tree (EX-011).
#[derive(Debug, Clone)]
pub struct Expression {
    text: Box<str>,
    root: Node,
    attributes: Box<[AttributeId]>,
    warnings: Box<[ExprWarning]>,
}

/// The result of an expression, before the normalization of a flow (SR-084).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// No value: the flow contributes nothing and others of lower precedence may.
    Null,
    /// No value, and nobody else may contribute one (SR-089).
    AuthoritativeNull,
    /// The target keeps what it has (SR-089).
    IgnoreThisFlow,
    /// At least one value. A DN built by `CRef` is text here.
    Values(Vec<Value>),
}

/// The same as [`Outcome`], borrowed from the object or the expression where it can be.
#[derive(Debug)]
pub enum Given<'a> {
    /// See [`Outcome::Null`].
    Null,
    /// See [`Outcome::AuthoritativeNull`].
    AuthoritativeNull,
    /// See [`Outcome::IgnoreThisFlow`].
    IgnoreThisFlow,
    /// At least one value, as it is stored or written.
    Borrowed(Values<'a>),
    /// A text, computed.
    Text(String),
    /// At least one value, computed.
    Computed(Vec<Value>),
}

impl From<Given<'_>> for Outcome {
    fn from(given: Given<'_>) -> Self {
        match given {
            Given::Null => Self::Null,
            Given::AuthoritativeNull => Self::AuthoritativeNull,
            Given::IgnoreThisFlow => Self::IgnoreThisFlow,
            Given::Borrowed(values) => Self::Values(values.to_vec()),
            Given::Text(text) => Self::Values(vec![Value::text(text)]),
            Given::Computed(values) => Self::Values(values),
        }
    }
}

/// Reads an expression, checks it, and reports everything that is wrong with it (EX-011).
///
/// The errors are in the order of their places.
pub fn compile(text: &str, context: &CompileContext<'_>) -> Result<Expression, Vec<ExprError>> {
    let Parsed { root, attributes, warnings } = parser::parse(text, context)?;
    Ok(Expression {
        text: text.into(),
        root,
        attributes: attributes.into(),
        warnings: warnings.into(),
    })
}

/// Returns the attribute names that a text mentions, sorted, also when the text is no expression.
///
/// A name that the schema lacks when an expression is compiled reads as absent for good, so a caller
/// that may meet such names later adds them to the schema first.
pub fn attribute_names(text: &str) -> Vec<String> {
    parser::attribute_names(text)
}

impl Expression {
    /// Returns the text as the rule author wrote it.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the attributes that the expression may read, sorted, those of `ValueCount` and
    /// `ImportedValue` included (SR-086).
    pub fn attributes(&self) -> &[AttributeId] {
        &self.attributes
    }

    /// Returns what is suspicious about the expression.
    pub fn warnings(&self) -> &[ExprWarning] {
        &self.warnings
    }

    /// Returns the attribute when the expression is nothing but `[attribute]`, so that the caller
    /// may copy the values.
    pub fn is_direct(&self) -> Option<AttributeId> {
        match &self.root.kind {
            Kind::Attribute(name) => name.id,
            _ => None,
        }
    }

    /// Evaluates the expression for one object.
    pub fn evaluate(&self, env: &dyn Environment) -> Result<Outcome, EvalError> {
        self.give(env).map(Outcome::from)
    }

    /// Evaluates the expression for one object, copying nothing that is there already.
    pub fn give<'a>(&'a self, env: &'a dyn Environment) -> Result<Given<'a>, EvalError> {
        Evaluator::new(env).eval(&self.root).map(given).map_err(|failed| *failed)
    }
}

impl Expression {
    /// Returns the tree.
    pub(crate) const fn tree(&self) -> &Node {
        &self.root
    }
}

impl fmt::Display for Expression {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.root, f)
    }
}

impl PartialEq for Expression {
    /// Compares what the expressions mean, not how they were laid out.
    fn eq(&self, other: &Self) -> bool {
        self.root == other.root
    }
}
