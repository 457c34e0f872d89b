//! The store: reads and writes runs of data in chunks, compresses them and keeps decoded pages.

use std::collections::BTreeMap;
use std::panic::resume_unwind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use bytes::{Bytes, BytesMut};
use serde::{Deserialize, Serialize};
use zstd::bulk::{Compressor, Decompressor};
use zstd::zstd_safe::compress_bound;

use crate::backend::{Backend, RowChange};
use crate::page::Page;
use crate::thresholds::Thresholds;
use crate::{StoreError, StoreResult, layout};

/// Last byte of data that is kept as it is.
const RAW: u8 = 0;
/// Last byte of compressed data; the length before compression stands before it.
const ZSTD: u8 = 1;
/// Level of compression; the higher ones cost more than they save.
const LEVEL: i32 = 1;
/// Data shorter than this does not shrink.
const COMPRESSIBLE_BYTES: usize = 128;
/// Pieces that are packed together; about a millisecond of work.
const PIECES_MAX: usize = 96;
/// Pieces that are worth a second thread.
const SHARED_PIECES: usize = 32;

/// Where a piece of data lies within its run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Place {
    /// Its first chunk.
    pub(crate) chunk: u32,
    /// How many chunks it has.
    pub(crate) chunks: u32,
}

/// The rows of a workspace with everything that reads and writes them.
///
/// Caches sit behind mutexes rather than cells, so that several threads may read one view; an
/// uncontended lock costs less than the search in the page that follows.
pub(crate) struct Store {
    pub(crate) backend: Box<dyn Backend>,
    pub(crate) thresholds: Thresholds,
    cache: Mutex<Cache>,
    /// Those that are not at work.
    packers: Mutex<Vec<Packer>>,
    decompressor: Mutex<Option<Decompressor<'static>>>,
}

impl Store {
    /// Puts a store around rows.
    pub(crate) fn new(backend: Box<dyn Backend>, thresholds: Thresholds) -> Self {
        Self {
            backend,
            cache: Mutex::new(Cache::new(thresholds.cache_bytes)),
            packers: Mutex::new(Vec::new()),
            decompressor: Mutex::new(None),
            thresholds,
        }
    }

    /// Starts to write a run of data.
    pub(crate) fn sink(&self) -> Sink<'_> {
        Sink { store: self, pieces: Vec::new(), pending: Vec::new(), bytes: 0, flushed: false }
    }

    /// Reads a piece of data.
    pub(crate) fn read(&self, id: u64, place: Place) -> StoreResult<Bytes> {
        let mut packed = self.chunk(id, place.chunk)?.ok_or_else(|| damaged(id, place))?;
        let mut found = 1;
        if place.chunks > 1 {
            let mut whole = BytesMut::from(&*packed);
            while found < place.chunks
                && let Some(next) = self.chunk(id, place.chunk.saturating_add(found))?
            {
                whole.extend_from_slice(&next);
                found += 1;
            }
            packed = whole.freeze();
        }
        // What was compressed leaves numbers of its place unused, and knows its length.
        if found < place.chunks && packed.last() == Some(&RAW) {
            return Err(damaged(id, place));
        }
        self.unpack(&packed)?.ok_or_else(|| damaged(id, place))
    }

    /// Reads a page, or finds it among the pages read before.
    pub(crate) fn page(&self, id: u64, place: Place) -> StoreResult<Arc<Page>> {
        if let Some(page) = lock(&self.cache).get((id, place.chunk)) {
            return Ok(page);
        }
        let page = self.page_once(id, place)?;
        // Data that is not compressed is shared with the rows themselves.
        let bytes = if self.backend.compresses() { page.footprint() } else { page.overhead() };
        lock(&self.cache).insert((id, place.chunk), Arc::clone(&page), bytes);
        Ok(page)
    }

    /// Reads a page that will not be read again soon.
    pub(crate) fn page_once(&self, id: u64, place: Place) -> StoreResult<Arc<Page>> {
        let page = Page::parse(self.read(id, place)?).ok_or_else(|| damaged(id, place))?;
        Ok(Arc::new(page))
    }

    /// Removes a run of data that nothing refers to.
    pub(crate) fn remove(&self, id: u64) -> StoreResult<()> {
        let prefix = layout::data(id);
        for key in self.backend.keys(&prefix, &prefix)? {
            self.backend.remove(&key)?;
        }
        Ok(())
    }

    fn chunk(&self, id: u64, chunk: u32) -> StoreResult<Option<Bytes>> {
        self.backend.get(&layout::chunk(id, chunk))
    }

    /// Makes the form in which pieces of data are kept: a last byte says which. Some are packed by a
    /// second thread; what comes out does not depend on that.
    fn pack(&self, pieces: &[Piece]) -> StoreResult<Vec<Vec<u8>>> {
        if !self.backend.compresses() {
            return Ok(pieces.iter().map(|piece| [&*piece.raw, &[RAW]].concat()).collect());
        }
        let all = |pieces: &[Piece]| {
            let mut packer = match lock(&self.packers).pop() {
                Some(packer) => packer,
                None => Packer::new()?,
            };
            let packed = pieces.iter().map(|piece| packer.pack(&piece.raw)).collect();
            lock(&self.packers).push(packer);
            packed
        };
        if pieces.len() < SHARED_PIECES {
            return all(pieces);
        }
        let (mine, others) = pieces.split_at(pieces.len() / 2);
        thread::scope(|scope| {
            let theirs = scope.spawn(|| all(others));
            let mut packed = all(mine)?;
            // A panic of the other thread is one of this.
            packed.extend(theirs.join().unwrap_or_else(|panic| resume_unwind(panic))?);
            Ok(packed)
        })
    }

    /// Undoes [`Store::pack`]; `None` when the bytes are damaged.
    fn unpack(&self, packed: &Bytes) -> StoreResult<Option<Bytes>> {
        let Some((form, rest)) = packed.split_last() else { return Ok(None) };
        match *form {
            RAW => Ok(Some(packed.slice(..rest.len()))),
            ZSTD => {
                let Some((rest, length)) = rest.split_last_chunk() else { return Ok(None) };
                let length = u32::from_be_bytes(*length) as usize;
                let mut decompressor = lock(&self.decompressor);
                let decompressor = match &mut *decompressor {
                    Some(decompressor) => decompressor,
                    none => none.insert(Decompressor::new().map_err(|error| failed(&error))?),
                };
                let raw = decompressor.decompress(rest, length).ok();
                Ok(raw.filter(|raw| raw.len() == length).map(Bytes::from))
            }
            _ => Ok(None),
        }
    }
}

/// Compresses piece after piece in the same memory.
struct Packer {
    compressor: Compressor<'static>,
    packed: Vec<u8>,
}

impl Packer {
    fn new() -> StoreResult<Self> {
        let compressor = Compressor::new(LEVEL).map_err(|error| failed(&error))?;
        Ok(Self { compressor, packed: Vec::new() })
    }

    fn pack(&mut self, raw: &[u8]) -> StoreResult<Vec<u8>> {
        if raw.len() >= COMPRESSIBLE_BYTES
            && let Ok(length) = u32::try_from(raw.len())
        {
            self.packed.clear();
            self.packed.reserve(compress_bound(raw.len()));
            let packed = self.compressor.compress_to_buffer(raw, &mut self.packed);
            if packed.map_err(|error| failed(&error))? + 4 < raw.len() {
                return Ok([&*self.packed, &length.to_be_bytes(), &[ZSTD]].concat());
            }
        }
        Ok([raw, &[RAW]].concat())
    }
}

/// A piece of data on its way into the rows.
struct Piece {
    id: u64,
    place: Place,
    raw: Vec<u8>,
}

/// Collects the rows of one commit. What does not fit into one atomic batch is written at once:
/// nothing refers to it before the batch is applied.
pub(crate) struct Sink<'s> {
    store: &'s Store,
    /// What is packed together.
    pieces: Vec<Piece>,
    pending: Vec<RowChange>,
    bytes: usize,
    flushed: bool,
}

impl Sink<'_> {
    /// Returns the sizes at which data is cut.
    pub(crate) const fn thresholds(&self) -> &Thresholds {
        &self.store.thresholds
    }

    /// Writes a piece of data behind the chunks that run `id` has, and counts those on.
    pub(crate) fn write(&mut self, id: u64, next: &mut u32, raw: &[u8]) -> StoreResult<Place> {
        // As many as it takes uncompressed, with the byte that says so: pieces are packed later.
        let chunks = (raw.len() + 1).div_ceil(self.store.thresholds.chunk_bytes);
        let place = Place { chunk: *next, chunks: u32::try_from(chunks).unwrap_or(u32::MAX) };
        *next += place.chunks;
        self.pieces.push(Piece { id, place, raw: raw.to_vec() });
        if self.pieces.len() >= PIECES_MAX {
            self.pack()?;
            if self.bytes > self.store.thresholds.batch_bytes {
                self.flush()?;
            }
        }
        Ok(place)
    }

    /// Packs what waits for it.
    fn pack(&mut self) -> StoreResult<()> {
        let packed = self.store.pack(&self.pieces)?;
        for (Piece { id, place, .. }, packed) in self.pieces.drain(..).zip(packed) {
            let (mut rest, mut next) = (Bytes::from(packed), place.chunk);
            while !rest.is_empty() {
                let part = rest.split_to(rest.len().min(self.store.thresholds.chunk_bytes));
                self.bytes += part.len();
                self.pending.push((layout::chunk(id, next), Some(part)));
                next += 1;
            }
        }
        Ok(())
    }

    /// Writes what was collected, outside of any batch.
    pub(crate) fn flush(&mut self) -> StoreResult<()> {
        self.pack()?;
        for (key, value) in self.pending.drain(..) {
            match value {
                Some(value) => self.store.backend.put(&key, value)?,
                None => self.store.backend.remove(&key)?,
            }
            self.flushed = true;
        }
        self.bytes = 0;
        Ok(())
    }

    /// Returns the rows for the atomic batch, and whether others were written before.
    pub(crate) fn finish(mut self) -> StoreResult<(Vec<RowChange>, bool)> {
        self.pack()?;
        if self.bytes > self.store.thresholds.batch_bytes {
            self.flush()?;
        }
        Ok((self.pending, self.flushed))
    }
}

/// Decoded pages within a budget of memory. A page that was used since the hand last passed it
/// stays; others make room (the clock algorithm: a hit writes one flag only).
struct Cache {
    places: Places,
    slots: Vec<CacheSlot>,
    hand: usize,
    bytes: usize,
    budget: usize,
}

struct CacheSlot {
    key: (u64, u32),
    page: Arc<Page>,
    /// What the page counts against the budget.
    bytes: usize,
    used: bool,
}

/// In which slot a page lies. Chunks of a run are numbered from 0, so each run has a list.
struct Places {
    runs: BTreeMap<u64, Vec<u32>>,
}

/// Marks a chunk that is in no slot.
const NOWHERE: u32 = u32::MAX;

impl Places {
    fn get(&self, (run, chunk): (u64, u32)) -> Option<usize> {
        let slot = *self.runs.get(&run)?.get(chunk as usize)?;
        (slot != NOWHERE).then_some(slot as usize)
    }

    fn insert(&mut self, (run, chunk): (u64, u32), slot: usize) {
        let (chunk, slots) = (chunk as usize, self.runs.entry(run).or_default());
        if slots.len() <= chunk {
            slots.resize(chunk + 1, NOWHERE);
        }
        if let (Some(place), Ok(slot)) = (slots.get_mut(chunk), u32::try_from(slot)) {
            *place = slot;
        }
    }

    fn remove(&mut self, (run, chunk): (u64, u32)) {
        if let Some(place) = self.runs.get_mut(&run).and_then(|slots| slots.get_mut(chunk as usize))
        {
            *place = NOWHERE;
        }
    }
}

impl Cache {
    const fn new(budget: usize) -> Self {
        Self {
            places: Places { runs: BTreeMap::new() },
            slots: Vec::new(),
            hand: 0,
            bytes: 0,
            budget,
        }
    }

    fn get(&mut self, key: (u64, u32)) -> Option<Arc<Page>> {
        let slot = self.slots.get_mut(self.places.get(key)?)?;
        slot.used = true;
        Some(Arc::clone(&slot.page))
    }

    fn insert(&mut self, key: (u64, u32), page: Arc<Page>, bytes: usize) {
        if self.places.get(key).is_some() || bytes > self.budget {
            return;
        }
        self.bytes += bytes;
        let mut slot = Some(CacheSlot { key, page, bytes, used: false });
        while self.bytes > self.budget && !self.slots.is_empty() {
            if self.hand >= self.slots.len() {
                self.hand = 0;
            }
            let Some(old) = self.slots.get_mut(self.hand) else { break };
            if old.used {
                old.used = false;
                self.hand += 1;
                continue;
            }
            self.bytes = self.bytes.saturating_sub(old.bytes);
            self.places.remove(old.key);
            if let Some(new) = slot.take() {
                self.places.insert(key, self.hand);
                *old = new;
                self.hand += 1;
            } else {
                // One page took the room of several: the last slot moves into the hole.
                self.slots.swap_remove(self.hand);
                if let Some(moved) = self.slots.get(self.hand) {
                    self.places.insert(moved.key, self.hand);
                }
            }
        }
        if let Some(new) = slot {
            self.places.insert(key, self.slots.len());
            self.slots.push(new);
        }
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Caches and contexts stay usable whatever a reader did while it held them.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn failed(error: &std::io::Error) -> StoreError {
    StoreError::Database(error.to_string())
}

/// Returns the error for data that does not read.
pub(crate) fn damaged(id: u64, place: Place) -> StoreError {
    StoreError::Damaged { table: "segments", key: format!("{id:016x}{:08x}", place.chunk) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::page::PageBuilder;

    fn page(bytes: usize) -> Arc<Page> {
        let mut builder = PageBuilder::default();
        builder.push(0, b"key", Some(&vec![7; bytes]));
        Arc::new(Page::parse(builder.data().to_vec().into()).unwrap())
    }

    #[test]
    fn the_cache_keeps_to_its_budget_and_keeps_what_is_used() {
        let mut cache = Cache::new(10_000);
        for round in 0..200u32 {
            let page = page(if round % 7 == 0 { 4_000 } else { 500 });
            cache.insert((1, round), Arc::clone(&page), page.footprint());
            cache.get((1, 3));
            assert!(cache.bytes <= 10_000, "round {round}");
            let places = cache.places.runs.values().flatten().filter(|slot| **slot != NOWHERE);
            assert_eq!(places.count(), cache.slots.len());
            for (at, slot) in cache.slots.iter().enumerate() {
                assert_eq!(cache.places.get(slot.key), Some(at));
            }
        }
        assert!(cache.get((1, 3)).is_some(), "a page in use was thrown out");
        cache.insert((2, 0), page(50_000), 50_000);
        assert!(cache.get((1, 3)).is_some(), "a page above the budget threw others out");
    }
}
