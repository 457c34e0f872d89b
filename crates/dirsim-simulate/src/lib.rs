//! Random worlds, random administrators, and the shortest log that breaks a rule.
//!
//! [`simulate`] builds the world of a seed ([`start`]), does something random in it again and again
//! ([`acts`]), and asks after every step whether all invariants hold (SE-354 to SE-378). What was
//! done is a [`Log`]: inputs and nothing else, so that it can be kept, shortened ([`shrink()`]) and
//! played again ([`Player`]).
//!
//! **Invariant:** a log decides what happens; the same log gives the same world, and the same
//! broken rule, on every machine.

pub mod acts;
mod calm;
pub mod log;
pub mod player;
pub mod rules;
pub mod shrink;
pub mod start;
mod story;
pub mod tally;

pub use log::{Broken, Entry, Log};
pub use player::{Law, Player};
pub use shrink::{shrink, shrink_against};
pub use story::{Outcome, simulate, simulate_against};
pub use tally::Tally;
