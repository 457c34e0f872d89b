//! The syntax tree of a script: what is written, before any command is looked up.
//!
//! This version runs statements that are pipelines of one command with constant arguments. The
//! enums are the places where variables, control flow and longer pipelines will join.

use crate::diagnostic::Span;

/// One statement.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Statement {
    /// Commands whose objects pass from one to the next.
    Pipeline(Pipeline),
}

/// The stages of a pipeline, in order; never empty.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Pipeline {
    /// The stages.
    pub(crate) stages: Vec<Stage>,
    /// Where it stands.
    pub(crate) span: Span,
}

/// One stage of a pipeline.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Stage {
    /// A command with its arguments.
    Command(Command),
}

/// A command as written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Command {
    /// The name as written.
    pub(crate) name: String,
    /// Where the name stands.
    pub(crate) name_span: Span,
    /// Names of parameters and values, in the order written. Which value belongs to which
    /// parameter depends on the command, so the binder decides.
    pub(crate) elements: Vec<Element>,
    /// Where the whole command stands.
    pub(crate) span: Span,
}

/// A parameter name or a value of a command.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Element {
    /// `-Name`, or `-Name:value`.
    Parameter {
        /// The name without the dash.
        name: String,
        /// Where the name stands.
        span: Span,
        /// The value behind a colon.
        attached: Option<Expression>,
    },
    /// A value.
    Value(Expression),
}

/// A value as written, and where.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Expression {
    /// The value.
    pub(crate) kind: ExpressionKind,
    /// Where it stands.
    pub(crate) span: Span,
}

/// The kinds of values.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum ExpressionKind {
    /// `$null`.
    Null,
    /// `$true` or `$false`.
    Boolean(bool),
    /// A whole number, with its text: an employee number of `007` keeps its zeros.
    Integer(i64, String),
    /// A number with a fraction, with its text.
    Real(f64, String),
    /// A quoted or bare text, escapes resolved.
    Text(String),
    /// `a, b` or `@(…)`.
    Array(Vec<Expression>),
    /// `@{…}`: keys and values in the order written.
    Table(Vec<(Expression, Expression)>),
    /// `{…}`: the text between the braces, for `-Filter`.
    ScriptBlock(String),
}
