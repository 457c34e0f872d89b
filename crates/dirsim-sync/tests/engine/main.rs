//! The engine against the simulated forests and tenant, with the default rules.

#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::panic,
    clippy::cast_possible_truncation,
    clippy::format_push_string,
    clippy::unused_self,
    reason = "tests"
)]

mod changes;
mod cycles;
mod forests;
mod lab;
mod laws;
