//! What can be wrong with an expression, as values (EX-011, EX-045).

use std::fmt;
use std::ops::Range;

/// A stretch of an expression's text, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Span {
    /// First byte.
    pub start: u32,
    /// The byte behind the last one.
    pub end: u32,
}

/// The error codes of EX-045; stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Not a sentence of the grammar.
    ParseError,
    /// No function has this name.
    UnknownFunction,
    /// A word that is neither a literal nor an option.
    UnknownIdentifier,
    /// No parameter of this name exists for the rule.
    UnknownParameter,
    /// A variable that nothing binds.
    UnknownVariable,
    /// An attribute whose name is wrong in case only.
    UnknownAttribute,
    /// Too few or too many arguments.
    WrongArgCount,
    /// A value of a type that the operation does not take.
    TypeMismatch,
    /// The right type with a content that cannot be used.
    InvalidValue,
    /// A number outside the allowed range.
    ArgumentOutOfRange,
    /// A position past the end.
    IndexOutOfBounds,
    /// Lists of different lengths walked in parallel (EX-030).
    LengthMismatch,
    /// A division by zero.
    DivideByZero,
    /// A result too large: a number outside 64 bits, or a value beyond the limits of one
    /// evaluation.
    Overflow,
    /// `Error()` was evaluated.
    ErrorFunction,
}

/// Why an expression was refused when it was read. Written for a rule author.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ExprError {
    /// What kind of mistake it is.
    pub code: Code,
    /// What is wrong, in one sentence.
    pub message: String,
    /// What to do next, when that is known.
    pub help: Option<String>,
    /// Where it is.
    pub at: Span,
    /// A second place that belongs to it, such as the parenthesis that is not closed.
    pub related: Option<(Span, &'static str)>,
}

/// What is suspicious about an expression that was accepted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ExprWarning {
    /// What kind of doubt it is.
    pub code: WarningCode,
    /// What is doubtful, in one sentence.
    pub message: String,
    /// Where it is.
    pub at: Span,
}

/// The codes of warnings; stable.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum WarningCode {
    /// The schema does not know the attribute; it reads as absent (EX-011).
    UnknownAttribute,
    /// A word is spelled in another case than the documented one (EX-004).
    WordCase,
    /// Operators of one level are mixed without parentheses (EX-020).
    MixedOperators,
}

/// Why the evaluation for one object ended without a result (EX-046).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct EvalError {
    /// What kind of failure it is.
    pub code: Code,
    /// What failed, in one sentence; for `Error()` its text.
    pub message: String,
    /// The sub-expression that failed.
    pub at: Span,
    /// The values of its arguments, as people read them.
    pub arguments: Vec<String>,
}

impl Span {
    /// Returns the bytes as a range.
    pub const fn range(self) -> Range<usize> {
        self.start as usize..self.end as usize
    }

    /// Returns the text that the span covers; empty when it does not belong to `text`.
    pub fn of(self, text: &str) -> &str {
        text.get(self.range()).unwrap_or_default()
    }

    /// Returns the span from the begin of this one to the end of `other`.
    #[must_use]
    pub const fn to(self, other: Self) -> Self {
        Self { start: self.start, end: other.end }
    }
}

impl Code {
    /// Returns the code as it is written in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ParseError => "parse-error",
            Self::UnknownFunction => "unknown-function",
            Self::UnknownIdentifier => "unknown-identifier",
            Self::UnknownParameter => "unknown-parameter",
            Self::UnknownVariable => "unknown-variable",
            Self::UnknownAttribute => "unknown-attribute",
            Self::WrongArgCount => "wrong-arg-count",
            Self::TypeMismatch => "type-mismatch",
            Self::InvalidValue => "invalid-value",
            Self::ArgumentOutOfRange => "argument-out-of-range",
            Self::IndexOutOfBounds => "index-out-of-bounds",
            Self::LengthMismatch => "length-mismatch",
            Self::DivideByZero => "divide-by-zero",
            Self::Overflow => "overflow",
            Self::ErrorFunction => "error-function",
        }
    }
}

impl WarningCode {
    /// Returns the code as it is written in reports.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UnknownAttribute => "unknown-attribute",
            Self::WordCase => "word-case",
            Self::MixedOperators => "mixed-operators",
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for WarningCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}
