//! Scenario files: parse, play, compare, accept.
//!
//! One file is one story. [`parse`](fn@parse) reads it, [`play`] plays it in a fresh
//! world and holds what happened against what it expects, [`accept`](fn@accept) rewrites the
//! expectations that differ.

pub mod accept;
pub mod compare;
pub mod data;
pub mod dated;
pub mod file;
pub mod givens;
pub mod parse;
pub mod problem;
pub mod run;
mod script;

pub use accept::accept;
pub use compare::Difference;
pub use data::{Data, Located, Place, Record};
pub use dated::{Dated, play_dated};
pub use file::Scenario;
pub use parse::parse;
pub use problem::Problem;
pub use run::{Played, PlayedStep, play};

/// Returns the JSON schema of scenario files.
pub fn json_schema() -> String {
    let schema = schemars::schema_for!(Scenario);
    let mut text = serde_json::to_string_pretty(&schema).expect("a schema is plain JSON");
    text.push('\n');
    text
}
