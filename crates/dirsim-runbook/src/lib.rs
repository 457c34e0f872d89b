//! The cmdlet language: PowerShell in, inputs and objects out (`interfaces.md` section 5).
//!
//! A script is read as a whole before anything runs: `parse` makes statements of the text, `bind`
//! finds the cmdlets and gives each parameter its value. [`check`] returns a [`Script`] without
//! mistakes, or all mistakes. [`run`](fn@run) then carries out one command after the other: it reads the
//! world through its tables and changes it only by inputs.
//!
//! Cmdlets live in `commands`: one list, one file per family.

mod ad;
mod ast;
mod bind;
pub mod commands;
pub mod complete;
mod diagnostic;
mod error;
pub mod filter;
pub mod format;
mod graph;
pub mod graph_filter;
mod parse;
mod run;
mod session;
pub mod spec;
mod strings;
mod value;

pub use bind::Bound;
pub use commands::commands;
pub use diagnostic::{ScriptError, ScriptErrorCode, Span};
pub use error::{CommandError, ErrorRecord};
pub use parse::{NESTING_MAX, SCRIPT_BYTES_MAX};
pub use run::{Failure, Output, RunOutcome, Script, check, run};
pub use session::Session;
pub use spec::{CommandSpec, Parameter, ParameterKind};
pub use value::{Object, PsValue, duration_text, parse_duration};
