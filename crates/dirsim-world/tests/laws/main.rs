//! The laws of the world on random stories (design, sections 4 and 7; SE 16.8).
//!
//! A story is a seed and a list of acts; [`story::tell`] plays stories, checks every invariant after
//! every step, and prints the seed and the shortest story that breaks a law.
#![expect(clippy::indexing_slicing, reason = "tests panic where they are wrong")]

mod acts;
mod agreement;
mod checks;
mod rehearsal;
mod start;
mod state;
mod story;
mod time;
