//! Layers: changes in memory over segments, read as one. The newest layer that has a key decides.

use std::iter::Peekable;
use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;

use crate::changes::{self, Changes};
use crate::page::Page;
use crate::segment::{Cursor, Extent, Segment};
use crate::store::Store;
use crate::{StoreResult, Table};

/// Everything that one reader sees.
#[derive(Clone, Copy)]
pub(crate) struct Layers<'a> {
    pub(crate) store: &'a Store,
    /// What a transaction changed since it last spilled.
    pub(crate) changes: Option<&'a Changes>,
    /// What it spilled, the oldest first.
    pub(crate) parts: &'a [Arc<Segment>],
    /// The segments of the committed step, the oldest first.
    pub(crate) chain: &'a [Arc<Segment>],
}

impl<'a> Layers<'a> {
    /// Returns the record of a key.
    pub(crate) fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        if let Some(change) = self.changes.and_then(|changes| changes.get(table, key)) {
            return Ok(change.clone());
        }
        for segment in self.segments() {
            if let Some(found) = segment.get(self.store, table, key)? {
                return Ok(found);
            }
        }
        Ok(None)
    }

    /// Returns up to `limit` records with `from <= key < to`.
    pub(crate) fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>> {
        let mut found = Vec::new();
        if limit == 0 || to.is_some_and(|to| to <= from) {
            return Ok(found);
        }
        let number = table as u8;
        let end = to.map_or((number + 1, &[][..]), |to| (number, to));
        let mut sources = Vec::new();
        if let Some(range) = self.changes.and_then(|changes| changes.range(table, from, to)) {
            let mut records = range.peekable();
            if records.peek().is_some() {
                sources.push(Source::Changes { table: number, records });
            }
        }
        for segment in self.segments() {
            match segment.range(self.store, table, from, to)? {
                Extent::Nothing => {}
                Extent::Within(page, records) => sources.push(Source::Page(page, records)),
                Extent::Pages => {
                    let segment = Arc::clone(segment);
                    let cursor = Cursor::new(self.store, segment, (number, from), Some(end), true)?;
                    sources.push(Source::Segment(cursor));
                }
            }
        }
        if sources.is_empty() {
            return Ok(found);
        }
        if let [source] = &mut *sources {
            // One layer alone needs no comparing, and nearly all small ranges lie in one.
            while found.len() < limit && source.peek().is_some() {
                if let (key, Some(value)) = source.record() {
                    found.push((key, value));
                }
                source.advance()?;
            }
            return Ok(found);
        }
        let mut merge = Merge::new(sources);
        while found.len() < limit {
            match merge.next()? {
                Some((_, key, Some(value))) => found.push((key, value)),
                Some((_, _, None)) => {}
                None => break,
            }
        }
        Ok(found)
    }

    /// Returns the segments, the newest first.
    fn segments(&self) -> impl Iterator<Item = &'a Arc<Segment>> + use<'a> {
        self.parts.iter().rev().chain(self.chain.iter().rev())
    }
}

/// One layer that is being merged.
pub(crate) enum Source<'a> {
    /// Changes of one table in memory.
    Changes {
        /// The table's number.
        table: u8,
        /// Its changes.
        records: Peekable<changes::Range<'a, Option<Bytes>>>,
    },
    /// Records of one page of a segment.
    Page(Arc<Page>, Range<usize>),
    /// A segment.
    Segment(Cursor<'a>),
}

impl Source<'_> {
    fn peek(&mut self) -> Option<(u8, &[u8])> {
        match self {
            Self::Changes { table, records } => {
                records.peek().map(|(key, _)| (*table, key.as_slice()))
            }
            Self::Page(page, records) => {
                page.key(records.start).filter(|_| records.start < records.end)
            }
            Self::Segment(cursor) => cursor.peek(),
        }
    }

    fn record(&mut self) -> (Bytes, Option<Bytes>) {
        match self {
            Self::Changes { records, .. } => records.peek().map_or_else(
                || (Bytes::new(), None),
                |(key, change)| (Bytes::copy_from_slice(key.as_slice()), (*change).clone()),
            ),
            Self::Page(page, records) => {
                (page.shared_key(records.start), page.value(records.start))
            }
            Self::Segment(cursor) => cursor.record(),
        }
    }

    fn advance(&mut self) -> StoreResult<()> {
        match self {
            Self::Changes { records, .. } => {
                records.next();
                Ok(())
            }
            Self::Page(_, records) => {
                records.start += 1;
                Ok(())
            }
            Self::Segment(cursor) => cursor.advance(),
        }
    }
}

/// Reads several layers in the order of their keys; of records with one key, the newest layer's.
pub(crate) struct Merge<'a> {
    /// The newest first.
    sources: Vec<Source<'a>>,
}

/// A merged record: table, key, and the value unless it was removed.
pub(crate) type Merged = (u8, Bytes, Option<Bytes>);

impl<'a> Merge<'a> {
    /// Merges layers, the newest first.
    pub(crate) const fn new(sources: Vec<Source<'a>>) -> Self {
        Self { sources }
    }

    /// Returns the next record, also one that marks a removal.
    pub(crate) fn next(&mut self) -> StoreResult<Option<Merged>> {
        self.sources.retain_mut(|source| source.peek().is_some());
        // Layers are few, so looking at each is cheaper than keeping them in a heap.
        let mut sources = self.sources.iter_mut();
        let Some(mut newest) = sources.next() else { return Ok(None) };
        let mut same = Vec::new();
        for source in sources {
            match source.peek().cmp(&newest.peek()) {
                std::cmp::Ordering::Less => {
                    newest = source;
                    same.clear();
                }
                std::cmp::Ordering::Equal => same.push(source),
                std::cmp::Ordering::Greater => {}
            }
        }
        let table = newest.peek().map_or(0, |(table, _)| table);
        let (key, value) = newest.record();
        newest.advance()?;
        for source in same {
            source.advance()?;
        }
        Ok(Some((table, key, value)))
    }
}
