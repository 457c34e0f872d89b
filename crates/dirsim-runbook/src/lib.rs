//! The cmdlet language: PowerShell in, inputs and objects out (`interfaces.md` section 5).
//!
//! A script is read as a whole before anything runs: `parse` makes a tree of the text, `check` finds
//! every unknown command, parameter, type and construct. [`check()`] returns a [`Script`] without
//! mistakes, or all mistakes. [`run`](fn@run) then carries out one statement after the other
//! (`interpret`): values are [`Live`], operators live in `operators`, properties and methods in
//! `members`. A command is bound (`bind`) and handed to its cmdlet, which reads the world through
//! its tables and changes it only by inputs.
//!
//! Cmdlets live in `commands`: one list, one file per family.

mod ad;
mod ast;
mod bind;
mod check;
pub mod commands;
pub mod complete;
mod config;
mod convert;
mod diagnostic;
mod error;
pub mod files;
pub mod filter;
pub mod format;
mod graph;
pub mod graph_filter;
mod interpret;
mod limits;
mod live;
mod members;
mod operators;
mod parse;
mod permission;
mod run;
mod session;
pub mod spec;
mod state;
mod stop;
mod types;
mod value;

pub use bind::Bound;
pub use check::Known;
pub use commands::commands;
pub use diagnostic::{ScriptError, ScriptErrorCode, Span};
pub use error::{CommandError, ErrorRecord};
pub use limits::{Budget, Limits};
pub use live::{Live, LiveObject};
pub use parse::{NESTING_MAX, SCRIPT_BYTES_MAX};
pub use run::{
    Failure, Line, Output, RunOutcome, Script, check, check_lenient, check_with, is_unfinished,
    run, run_stepwise,
};
pub use session::{Session, Watch};
pub use spec::{CommandSpec, Parameter, ParameterKind};
pub use state::{ErrorAction, State};
pub use stop::{Stop, Thrown};
pub use value::{Object, PsValue, duration_text, parse_duration};
