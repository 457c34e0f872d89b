//! Where rows of bytes are kept: in sled, or in memory.
//!
//! Everything above knows only the trait [`Backend`], so that a world in memory and a workspace on
//! disk run the same code.

mod memory;
mod sled;

use bytes::Bytes;

use crate::StoreResult;

pub(crate) use memory::Memory;
pub(crate) use sled::{Sled, lock_down};

/// A change of one row: `None` removes it.
pub(crate) type RowChange = (Vec<u8>, Option<Bytes>);

/// Ordered rows of bytes.
pub(crate) trait Backend: Send + Sync {
    /// Returns the row of a key.
    fn get(&self, key: &[u8]) -> StoreResult<Option<Bytes>>;

    /// Returns the keys that begin with `prefix` and are at or after `from`.
    fn keys(&self, prefix: &[u8], from: &[u8]) -> StoreResult<Vec<Vec<u8>>>;

    /// Returns the last row with `from <= key <= to`.
    fn last(&self, from: &[u8], to: &[u8]) -> StoreResult<Option<(Vec<u8>, Bytes)>>;

    /// Writes a row that nothing refers to yet; it may be lost or stay alone until
    /// [`Backend::sync`].
    fn put(&self, key: &[u8], value: Bytes) -> StoreResult<()>;

    /// Removes a row that nothing refers to any more.
    fn remove(&self, key: &[u8]) -> StoreResult<()>;

    /// Applies all changes or none, however the process ends.
    fn apply(&self, changes: Vec<RowChange>) -> StoreResult<()>;

    /// Returns when everything written before survives a loss of power.
    fn sync(&self) -> StoreResult<()>;

    /// Returns how much room the rows take, in bytes.
    fn bytes(&self) -> StoreResult<u64>;

    /// Returns whether pages are worth compressing.
    fn compresses(&self) -> bool;
}
