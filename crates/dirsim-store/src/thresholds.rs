//! The sizes at which the store cuts, spills and folds.

/// When the store cuts pages, spills and folds. The contents of a world do not depend on them.
#[derive(Debug, Clone)]
pub struct Thresholds {
    /// Records that fill a page, once it has `page_bytes_min` bytes.
    pub page_records: usize,
    /// Bytes that a page must have before `page_records` ends it; keeps pages of small index rows
    /// from being tiny.
    pub page_bytes_min: usize,
    /// Bytes that end a page however few records it has.
    pub page_bytes_max: usize,
    /// Pages that one page of a directory names.
    pub node_entries: usize,
    /// Largest row in the database, in bytes; at most a 128th of sled's segment.
    pub chunk_bytes: usize,
    /// Most bytes that are written in the one atomic batch of a commit; more are written before.
    pub batch_bytes: usize,
    /// Memory that a transaction's changes may take, in bytes, before a part of them is written.
    pub spill_bytes: usize,
    /// Steps, or folds of one size, that are folded into one.
    pub fold_width: usize,
    /// Segments a read may have to visit before everything is folded into a new base.
    pub chain_max: usize,
    /// Bytes from which a segment is large: it is folded into a base only.
    pub large_bytes: u64,
    /// A base is folded anew when the steps behind it have this part of its bytes, in percent.
    pub base_percent: u64,
    /// Bases that are kept, so that going back behind the newest one stays fast.
    pub bases_kept: usize,
    /// Bytes up to which a segment's decoded pages stay in memory as long as it is in use.
    pub pin_bytes: u64,
    /// Memory for decoded pages of larger segments, in bytes.
    pub cache_bytes: usize,
    /// Bytes up to which a step's input is kept in its commit record.
    pub inline_bytes: usize,
}

impl Default for Thresholds {
    fn default() -> Self {
        Self {
            // Measured with a million records of 800 bytes: pages of 64 compress no better and make
            // a random read eight times as expensive (55 instead of 7 microseconds), for 6 % less
            // time to write them all.
            page_records: 24,
            page_bytes_min: 8 * 1024,
            page_bytes_max: 64 * 1024,
            node_entries: 128,
            // A little below 32 KiB, so that key and header fit as well.
            chunk_bytes: 32 * 1024 - 64,
            batch_bytes: 4 * 1024 * 1024,
            // A million changed objects become about five parts, at 64 MiB they would be twenty,
            // and every read would visit all of them.
            spill_bytes: 256 * 1024 * 1024,
            fold_width: 8,
            chain_max: 16,
            large_bytes: 8 * 1024 * 1024,
            base_percent: 25,
            bases_kept: 2,
            pin_bytes: 1024 * 1024,
            cache_bytes: 192 * 1024 * 1024,
            inline_bytes: 4 * 1024,
        }
    }
}
