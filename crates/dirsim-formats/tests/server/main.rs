//! Configurations of real servers: the published sample, small exports written here, and broken ones.
#![allow(clippy::unwrap_used, clippy::indexing_slicing, clippy::print_stderr, reason = "tests")]

mod comparison;
mod differences;
mod elements;
mod made;
mod malformed;
mod sample;
mod script;
mod settings;
mod soup;
