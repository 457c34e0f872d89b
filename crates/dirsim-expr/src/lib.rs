//! The expression language of sync rules.
//!
//! An expression is compiled once, when the rule is loaded, and evaluated for every object.
//! [`compile`] reads the text and reports everything that is wrong with it at once;
//! [`Expression::evaluate`] borrows the values it reads and copies only the result.
//!
//! Read the modules in this order: `lexer`, `parser`, `tree`, `evaluate`, `operators`, and one file
//! per function below `functions`.

mod call;
mod case;
mod certificate;
mod date;
mod der;
mod dn;
mod environment;
mod error;
mod evaluate;
mod expression;
mod functions;
mod lexer;
mod operators;
mod parser;
mod predicate;
mod trace;
mod tree;
mod value;
mod words;

#[cfg(test)]
mod laws;
#[cfg(test)]
mod reference;
#[cfg(test)]
mod sentences;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod vectors;
#[cfg(test)]
mod worked;

pub use environment::{CompileContext, Environment};
pub use error::{Code, EvalError, ExprError, ExprWarning, Span, WarningCode};
pub use expression::{Expression, Given, Outcome, attribute_names, compile};
pub use functions::Function;
pub use trace::{Trace, TracePart, TraceResult};
