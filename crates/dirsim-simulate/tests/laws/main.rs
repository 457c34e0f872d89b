//! The laws of the world on random stories (design, sections 4 and 7; SE 16.8).
//!
//! A story is a seed and a list of acts; [`story::tell`] plays stories, checks every invariant after
//! every step, and prints the seed and the shortest story that breaks a law.
#![allow(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::similar_names,
    clippy::format_push_string,
    clippy::needless_pass_by_value,
    clippy::unnecessary_wraps,
    reason = "tests"
)]

mod agreement;
mod naive;
mod rehearsal;
mod state;
mod story;
mod time;
