//! Carrying a script out: statements, expressions, pipelines, calls, errors.
//!
//! Everything here is a method of [`Session`](crate::Session): the world, the variables and what was printed are one
//! thing to a running statement.

mod assign;
mod call;
mod errors;
mod expression;
pub(crate) mod file;
mod pipeline;
mod statement;
mod stream;
mod types;

pub(crate) use call::Argument;
pub(crate) use expression::real;
pub(crate) use pipeline::written;
pub(crate) use statement::traps_of;
pub(crate) use stream::Pipe;
pub(crate) use types::{UserType, user_static};
