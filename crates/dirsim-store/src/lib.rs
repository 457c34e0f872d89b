//! Typed tables of a world: ordered keys, borrowed records, one transaction per step.
//!
//! Logic crates read and write through the trait [`Tables`] and know nothing else. Rows of a table
//! are [`rows::Row`]s; [`index`] finds rows by a text or bytes; [`links`] keeps references as rows
//! with an index for each direction. Only this crate knows sled.
//!
//! A [`Workspace`] keeps a world at every step of its history, on disk or in memory. Each commit of
//! a [`Transaction`] adds one sorted run of changed records, a segment, and moves one head record;
//! a read merges the segments of its step. Read the modules from the bottom up: `backend` (rows of
//! bytes), `layout` (their keys), `page`, `store` (compressed chunks and cached pages), `segment`,
//! `layers` (segments read as one), `journal`, `fold`, `bound` (steps that are forgotten), `compact`, then [`transaction`] and [`workspace`].

mod backend;
mod bound;
pub mod changes;
mod compact;
pub mod digest;
pub mod error;
mod filter;
mod fold;
pub mod index;
pub mod journal;
mod layers;
mod layout;
pub mod links;
pub mod overlay;
mod page;
pub mod rows;
mod segment;
mod store;
pub mod tables;
pub mod thresholds;
pub mod transaction;
pub mod workspace;

pub use changes::Changes;
pub use compact::Compacted;
pub use digest::Digest;
pub use error::{StoreError, StoreResult};
pub use index::Index;
pub use journal::{Commit, CommitRecord, FORMAT};
pub use links::Links;
pub use overlay::{MemoryTables, Overlay};
pub use rows::Row;
pub use tables::{Table, Tables};
pub use thresholds::Thresholds;
pub use transaction::Transaction;
pub use workspace::{Statistics, View, Workspace};

#[cfg(test)]
mod trials;
