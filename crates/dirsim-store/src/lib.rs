//! Typed tables of a world: ordered keys, borrowed records, one transaction per step.
//!
//! Logic crates read and write through the trait [`Tables`] and know nothing else. Rows of a table
//! are [`rows::Row`]s; [`index`] finds rows by a text or bytes; [`links`] keeps references as rows
//! with an index for each direction. Only this crate knows sled.

pub mod error;
pub mod index;
pub mod links;
pub mod overlay;
pub mod rows;
pub mod tables;

pub use error::{StoreError, StoreResult};
pub use overlay::{MemoryTables, Overlay};
pub use rows::Row;
pub use tables::{Table, Tables};
