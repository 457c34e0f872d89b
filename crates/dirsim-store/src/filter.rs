//! Filters: which hashes an index may have in a large segment.
//!
//! Most questions to an index are about values that nobody has. A filter of twelve bits for each
//! hash answers nineteen of twenty of them with one look, where a search would read a page. It is
//! cut into blocks, of which a reader loads only those that it looks into.

use std::sync::OnceLock;

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::StoreResult;
use crate::store::{Place, Sink, Store};

/// Bits for each hash; three of one word are set.
const BITS_PER_HASH: usize = 12;
/// Most bytes of a block: a row of the database holds it whole.
const BLOCK_BYTES: usize = 16 * 1024;
const WORD_BYTES: usize = 8;
/// Fewer hashes are searched as fast as a filter is asked.
const FEW: usize = 1024;

/// Where the filter of one table lies.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct StoredFilter {
    pub(crate) table: u8,
    /// Bytes of each block, a power of two.
    block_bytes: u32,
    blocks: Vec<Place>,
}

/// Collects the hashes of one table.
#[derive(Debug, Default)]
pub(crate) struct FilterBuilder {
    hashes: Vec<u64>,
}

impl FilterBuilder {
    /// Adds a hash; equal ones come one after the other.
    pub(crate) fn add(&mut self, hash: u64) {
        if self.hashes.last() != Some(&hash) {
            self.hashes.push(hash);
        }
    }

    /// Writes the filter of a table into a run of data, and starts the next one; `None` when there
    /// is little to filter.
    pub(crate) fn write(
        &mut self,
        sink: &mut Sink<'_>,
        id: u64,
        next: &mut u32,
        table: u8,
    ) -> StoreResult<Option<StoredFilter>> {
        let hashes = std::mem::take(&mut self.hashes);
        if hashes.len() < FEW {
            return Ok(None);
        }
        let bytes = hashes.len() * BITS_PER_HASH / 8 + WORD_BYTES;
        let block_bytes = bytes.next_power_of_two().min(BLOCK_BYTES);
        let mut blocks = vec![vec![0u8; block_bytes]; bytes.div_ceil(block_bytes)];
        for hash in hashes {
            let (block, at, mask) = place(hash, blocks.len(), block_bytes);
            let word = blocks.get_mut(block).and_then(|block| block.get_mut(at..at + WORD_BYTES));
            for (byte, bits) in word.into_iter().flatten().zip(mask.to_le_bytes()) {
                *byte |= bits;
            }
        }
        let blocks: StoreResult<_> =
            blocks.iter().map(|block| sink.write(id, next, block)).collect();
        let block_bytes = u32::try_from(block_bytes).unwrap_or(u32::MAX);
        Ok(Some(StoredFilter { table, block_bytes, blocks: blocks? }))
    }
}

/// A filter to ask.
pub(crate) struct Filter {
    block_bytes: usize,
    blocks: Box<[(Place, OnceLock<Bytes>)]>,
}

impl Filter {
    pub(crate) fn new(stored: &StoredFilter) -> Self {
        Self {
            block_bytes: stored.block_bytes as usize,
            blocks: stored.blocks.iter().map(|place| (*place, OnceLock::new())).collect(),
        }
    }

    /// Returns whether the table may have a hash; it never denies one that is there.
    pub(crate) fn may_have(&self, store: &Store, id: u64, hash: u64) -> StoreResult<bool> {
        let (block, at, mask) = place(hash, self.blocks.len(), self.block_bytes);
        let Some((place, cell)) = self.blocks.get(block) else { return Ok(true) };
        let bytes = match cell.get() {
            Some(bytes) => bytes,
            None => {
                let read = store.read(id, *place)?;
                cell.get_or_init(|| read)
            }
        };
        let word = bytes.get(at..).and_then(|rest| rest.first_chunk());
        Ok(word.is_none_or(|word| u64::from_le_bytes(*word) & mask == mask))
    }
}

/// Returns the block of a hash, the word in it and the bits in that.
fn place(hash: u64, blocks: usize, block_bytes: usize) -> (usize, usize, u64) {
    // Keys come sorted, so that the high bits would fill the blocks one after the other.
    let spread = hash.wrapping_mul(0x9E37_79B9_7F4A_7C15).rotate_right(17);
    let index = usize::try_from(spread >> 24).unwrap_or(0);
    let words = (block_bytes / WORD_BYTES).max(1);
    let mask = 1 << (spread & 63) | 1 << (spread >> 6 & 63) | 1 << (spread >> 12 & 63);
    (index / words % blocks.max(1), index % words * WORD_BYTES, mask)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::backend::Memory;
    use crate::{Commit, Index, Table, Thresholds, Workspace};

    #[test]
    fn a_filter_never_denies_what_is_there() {
        let index = Index::new(Table::CsByKey, 7);
        let mut workspace = Workspace::in_memory();
        let mut step = workspace.begin().unwrap();
        for id in 0..20_000u64 {
            index.add(&mut step, &id.to_be_bytes(), id).unwrap();
        }
        step.commit(Commit::default()).unwrap();
        for id in 0..20_000u64 {
            assert_eq!(index.candidates(&workspace, &id.to_be_bytes()).unwrap(), [id]);
            assert!(index.candidates(&workspace, &(id + 20_000).to_be_bytes()).unwrap().is_empty());
        }
    }

    #[test]
    fn a_filter_denies_most_of_what_is_not_there() {
        let store = Store::new(Box::new(Memory::default()), Thresholds::default());
        let (mut builder, mut next) = (FilterBuilder::default(), 0);
        let hash = |number: u64| xxhash_rust::xxh3::xxh3_64(&number.to_be_bytes());
        let mut hashes: Vec<u64> = (0..50_000).map(hash).collect();
        hashes.sort_unstable();
        for hash in &hashes {
            builder.add(*hash);
        }
        let mut sink = store.sink();
        let stored = builder.write(&mut sink, 1, &mut next, 0).unwrap().unwrap();
        sink.flush().unwrap();
        drop(sink);
        let filter = Filter::new(&stored);
        let mut wrong = 0;
        for number in 0..50_000 {
            assert!(filter.may_have(&store, 1, hash(number)).unwrap());
            wrong += u32::from(filter.may_have(&store, 1, hash(number + 50_000)).unwrap());
        }
        assert!(wrong < 3_000, "{wrong} of 50,000 hashes that are not there pass");
        store.remove(1).unwrap();
    }
}
