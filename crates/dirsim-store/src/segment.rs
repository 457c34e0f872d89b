//! Segments: immutable sorted runs of records, cut into pages under a directory.
//!
//! The directory is a tree of pages whose records name the first key of each page below; it is
//! written behind the pages, the header last. A reader loads the header and one page per level, and
//! asks the filter of an index before.

use std::ops::Range;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use serde::{Deserialize, Serialize};

use crate::changes::beginning_of_range;
use crate::filter::{Filter, FilterBuilder, StoredFilter};
use crate::page::{Page, PageBuilder, first_bytes};
use crate::store::{Place, Sink, Store, damaged};
use crate::{StoreResult, Table};

/// What a segment says of a key; `None` when it removes it.
pub(crate) type Change = Option<Bytes>;

/// A key with the number of its table.
type TableKey = (u8, Vec<u8>);

/// What a commit record or a fold keeps of a segment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct SegmentRef {
    /// The run of data that holds it.
    pub(crate) id: u64,
    /// Where its header lies.
    pub(crate) header: Place,
    /// Records, removed ones included.
    pub(crate) records: u64,
    /// Bytes before compression.
    pub(crate) bytes: u64,
}

/// The keys that a segment has of one table.
#[derive(Debug, Serialize, Deserialize)]
struct TableKeys {
    table: u8,
    first: Vec<u8>,
    last: Vec<u8>,
}

#[derive(Serialize, Deserialize)]
struct StoredHeader {
    /// Levels of the directory, the root included.
    levels: u8,
    tables: Vec<TableKeys>,
    root: Vec<u8>,
}

/// A segment to read from. Nothing is read before it is needed.
pub(crate) struct Segment {
    pub(crate) at: SegmentRef,
    header: OnceLock<Header>,
}

struct Header {
    levels: u8,
    /// By the table's number; as long as the highest table needs.
    tables: Vec<Option<TableExtent>>,
    root: Arc<Page>,
    /// The pages that the root names, which stay in memory with the segment; by their place in the
    /// root. They are pages of the directory, or in a small segment those of the records.
    pinned: Option<Box<[OnceLock<Arc<Page>>]>>,
}

/// What a segment has of a table.
struct TableExtent {
    first: Vec<u8>,
    last: Vec<u8>,
    /// The hashes among its keys, when it is an index in a large segment.
    filter: Option<Filter>,
}

/// What a segment has of a range of keys.
pub(crate) enum Extent {
    /// No record.
    Nothing,
    /// These records of one page, as nearly always when an index or a list of links is read.
    Within(Arc<Page>, Range<usize>),
    /// Perhaps more than one page has: a [`Cursor`] finds out.
    Pages,
}

impl Segment {
    /// Returns the segment of a reference.
    pub(crate) const fn new(at: SegmentRef) -> Self {
        Self { at, header: OnceLock::new() }
    }

    /// Returns what the segment says of a key: `None` when it does not have it, `Some(None)` when
    /// it removes it.
    pub(crate) fn get(
        &self,
        store: &Store,
        table: Table,
        key: &[u8],
    ) -> StoreResult<Option<Change>> {
        let table = table as u8;
        let header = self.header(store)?;
        let extent = header.extent(table);
        if extent.is_none_or(|keys| key < keys.first.as_slice() || keys.last.as_slice() < key) {
            return Ok(None);
        }
        let leaf = self.leaf(store, header, table, key)?;
        Ok(leaf.and_then(|page| page.find(table, key).map(|index| page.value(index))))
    }

    /// Returns what the segment has of a table with `from <= key < to`.
    pub(crate) fn range(
        &self,
        store: &Store,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
    ) -> StoreResult<Extent> {
        let table = table as u8;
        let header = self.header(store)?;
        let Some(extent) = header.extent(table) else { return Ok(Extent::Nothing) };
        if extent.last.as_slice() < from || to.is_some_and(|to| to <= extent.first.as_slice()) {
            return Ok(Extent::Nothing);
        }
        if let Some(filter) = &extent.filter
            && let Some(hash) = beginning_of_range(from, to)
            && !filter.may_have(store, self.at.id, hash)?
        {
            return Ok(Extent::Nothing);
        }
        let Some(to) = to else { return Ok(Extent::Pages) };
        let Some(page) = self.leaf(store, header, table, from)? else { return Ok(Extent::Pages) };
        let (first, end) = (page.lower_bound(table, from), page.lower_bound(table, to));
        Ok(if end == page.len() {
            Extent::Pages
        } else if first == end {
            Extent::Nothing
        } else {
            Extent::Within(page, first..end)
        })
    }

    /// Returns the page of records that has the key when the segment has it; `None` when the key
    /// comes before all others.
    fn leaf(
        &self,
        store: &Store,
        header: &Header,
        table: u8,
        key: &[u8],
    ) -> StoreResult<Option<Arc<Page>>> {
        let Some(mut index) = header.root.floor(table, key) else { return Ok(None) };
        let mut page = Arc::clone(&header.root);
        for level in (0..header.levels).rev() {
            let below = self.child(store, header, &page, index, level, true)?;
            if level == 0 {
                return Ok(Some(below));
            }
            let Some(floor) = below.floor(table, key) else { return Ok(None) };
            (page, index) = (below, floor);
        }
        Ok(None)
    }

    fn header(&self, store: &Store) -> StoreResult<&Header> {
        if let Some(header) = self.header.get() {
            return Ok(header);
        }
        let place = self.at.header;
        let bytes = store.read(self.at.id, place)?;
        let damaged = || damaged(self.at.id, place);
        let (stored, rest): (StoredHeader, _) =
            postcard::take_from_bytes(&bytes).map_err(|_| damaged())?;
        let filters: Vec<StoredFilter> = match rest {
            // Segments of earlier versions have none.
            [] => Vec::new(),
            rest => postcard::from_bytes(rest).map_err(|_| damaged())?,
        };
        let root = Page::parse(stored.root.into()).ok_or_else(damaged)?;
        let pinned = (stored.levels > 1 || self.at.bytes <= store.thresholds.pin_bytes)
            .then(|| (0..root.len()).map(|_| OnceLock::new()).collect());
        let mut tables = Vec::new();
        for TableKeys { table, first, last } in stored.tables {
            let filter = filters.iter().find(|filter| filter.table == table).map(Filter::new);
            tables.resize_with(usize::from(table), || None);
            tables.push(Some(TableExtent { first, last, filter }));
        }
        let header = Header { levels: stored.levels, tables, root: Arc::new(root), pinned };
        Ok(self.header.get_or_init(|| header))
    }

    /// Reads the page that a record of the directory names. `level` counts from 0 for pages of
    /// records.
    fn child(
        &self,
        store: &Store,
        header: &Header,
        node: &Page,
        index: usize,
        level: u8,
        keep: bool,
    ) -> StoreResult<Arc<Page>> {
        let below_root = level + 1 == header.levels;
        let pinned = header.pinned.as_ref().filter(|_| below_root).and_then(|all| all.get(index));
        if let Some(page) = pinned.and_then(OnceLock::get) {
            return Ok(Arc::clone(page));
        }
        let place = node
            .value(index)
            .and_then(|value| postcard::from_bytes::<Place>(&value).ok())
            .ok_or_else(|| damaged(self.at.id, self.at.header))?;
        match pinned {
            Some(cell) => {
                let page = store.page_once(self.at.id, place)?;
                Ok(Arc::clone(cell.get_or_init(|| page)))
            }
            None if keep || level > 0 => store.page(self.at.id, place),
            None => store.page_once(self.at.id, place),
        }
    }
}

impl Header {
    /// Returns what there is of a table.
    fn extent(&self, table: u8) -> Option<&TableExtent> {
        self.tables.get(usize::from(table))?.as_ref()
    }
}

/// Reads the records of a segment in order.
pub(crate) struct Cursor<'s> {
    store: &'s Store,
    segment: Arc<Segment>,
    /// The way down: each directory page with the record that was followed.
    path: Vec<(Arc<Page>, usize)>,
    page: Option<Arc<Page>>,
    index: usize,
    /// The first key that is not wanted, so that no page is read in vain.
    end: Option<TableKey>,
    /// Whether pages that are read should stay in the cache.
    keep: bool,
}

impl<'s> Cursor<'s> {
    /// Starts at the first record at or after `from`, to end before `to`.
    pub(crate) fn new(
        store: &'s Store,
        segment: Arc<Segment>,
        from: (u8, &[u8]),
        to: Option<(u8, &[u8])>,
        keep: bool,
    ) -> StoreResult<Self> {
        let end = to.map(|(table, key)| (table, key.to_vec()));
        let mut cursor = Self { store, segment, path: Vec::new(), page: None, index: 0, end, keep };
        let segment = Arc::clone(&cursor.segment);
        let header = segment.header(store)?;
        let root = Arc::clone(&header.root);
        let index = root.floor(from.0, from.1).unwrap_or(0);
        if root.len() > 0 {
            cursor.descend(header, root, index, Some(from))?;
            cursor.settle()?;
        }
        Ok(cursor)
    }

    /// Returns table and key of the current record; `None` at the end.
    pub(crate) fn peek(&self) -> Option<(u8, &[u8])> {
        let key = self.page.as_ref()?.key(self.index)?;
        match &self.end {
            Some((table, end)) if key >= (*table, end.as_slice()) => None,
            _ => Some(key),
        }
    }

    /// Returns key and value of the current record.
    pub(crate) fn record(&self) -> (Bytes, Option<Bytes>) {
        match &self.page {
            Some(page) => (page.shared_key(self.index), page.value(self.index)),
            None => (Bytes::new(), None),
        }
    }

    /// Goes to the next record.
    pub(crate) fn advance(&mut self) -> StoreResult<()> {
        self.index += 1;
        self.settle()
    }

    /// Goes down from a directory page to a page of records.
    fn descend(
        &mut self,
        header: &Header,
        node: Arc<Page>,
        index: usize,
        from: Option<(u8, &[u8])>,
    ) -> StoreResult<()> {
        let (mut node, mut index) = (node, index);
        loop {
            let depth = u8::try_from(self.path.len()).unwrap_or(u8::MAX);
            let level = header.levels.saturating_sub(depth + 1);
            let below = self.segment.child(self.store, header, &node, index, level, self.keep)?;
            self.path.push((node, index));
            if level == 0 {
                self.index = from.map_or(0, |(table, key)| below.lower_bound(table, key));
                self.page = Some(below);
                return Ok(());
            }
            index = from.map_or(0, |(table, key)| below.floor(table, key).unwrap_or(0));
            node = below;
        }
    }

    /// Goes on to the next page when the current one is at its end.
    fn settle(&mut self) -> StoreResult<()> {
        while self.page.as_ref().is_some_and(|page| self.index >= page.len()) {
            self.page = None;
            while let Some((node, index)) = self.path.pop() {
                let Some(first) = node.key(index + 1) else { continue };
                if self.end.as_ref().is_some_and(|(table, end)| first >= (*table, end.as_slice())) {
                    return Ok(());
                }
                let segment = Arc::clone(&self.segment);
                self.descend(segment.header(self.store)?, node, index + 1, None)?;
                break;
            }
        }
        Ok(())
    }
}

/// Writes a segment; records must come in order.
pub(crate) struct SegmentWriter {
    id: u64,
    next: u32,
    page: PageBuilder,
    first: Option<TableKey>,
    /// Pages of the directory that are being filled, the lowest level first.
    levels: Vec<(PageBuilder, Option<TableKey>)>,
    tables: Vec<TableKeys>,
    filter: FilterBuilder,
    filters: Vec<StoredFilter>,
    last: Vec<u8>,
    records: u64,
    bytes: u64,
}

impl SegmentWriter {
    /// Starts the run of data `id`.
    pub(crate) fn new(id: u64) -> Self {
        Self {
            id,
            next: 0,
            page: PageBuilder::default(),
            first: None,
            levels: Vec::new(),
            tables: Vec::new(),
            filter: FilterBuilder::default(),
            filters: Vec::new(),
            last: Vec::new(),
            records: 0,
            bytes: 0,
        }
    }

    /// Adds a record; `None` removes it.
    pub(crate) fn push(
        &mut self,
        sink: &mut Sink<'_>,
        table: u8,
        key: &[u8],
        value: Option<&[u8]>,
    ) -> StoreResult<()> {
        if self.tables.last().is_none_or(|keys| keys.table != table) {
            self.end_table(sink)?;
            self.tables.push(TableKeys { table, first: key.to_vec(), last: Vec::new() });
        }
        self.last.clear();
        self.last.extend_from_slice(key);
        if self.first.is_none() {
            self.first = Some((table, key.to_vec()));
        }
        if Table::HASHED.iter().any(|hashed| *hashed as u8 == table) {
            self.filter.add(first_bytes(key));
        }
        self.page.push(table, key, value);
        self.records += 1;
        let sizes = sink.thresholds();
        let full = self.page.bytes() >= sizes.page_bytes_max
            || (self.page.records() >= sizes.page_records
                && self.page.bytes() >= sizes.page_bytes_min);
        if full { self.end_page(sink) } else { Ok(()) }
    }

    /// Ends the segment; `None` when nothing was added.
    pub(crate) fn finish(mut self, sink: &mut Sink<'_>) -> StoreResult<Option<SegmentRef>> {
        if self.records == 0 {
            return Ok(None);
        }
        self.end_page(sink)?;
        self.end_table(sink)?;
        // Each level but the highest ends its last page; the highest is the root.
        let mut level = 0;
        while level + 1 < self.levels.len() {
            self.end_node(sink, level)?;
            level += 1;
        }
        let root = self.levels.last().map(|(page, _)| page.data().to_vec()).unwrap_or_default();
        let header = StoredHeader {
            levels: u8::try_from(self.levels.len()).unwrap_or(u8::MAX),
            tables: self.tables,
            root,
        };
        // What came later stands behind what every version reads.
        let encoded = postcard::to_stdvec(&header)
            .and_then(|first| postcard::to_extend(&self.filters, first))
            .expect("headers hold only what postcard writes");
        let header = sink.write(self.id, &mut self.next, &encoded)?;
        Ok(Some(SegmentRef { id: self.id, header, records: self.records, bytes: self.bytes }))
    }

    fn end_table(&mut self, sink: &mut Sink<'_>) -> StoreResult<()> {
        let Some(keys) = self.tables.last_mut() else { return Ok(()) };
        keys.last.clone_from(&self.last);
        let filter = self.filter.write(sink, self.id, &mut self.next, keys.table)?;
        self.filters.extend(filter);
        Ok(())
    }

    fn end_page(&mut self, sink: &mut Sink<'_>) -> StoreResult<()> {
        let Some(first) = self.first.take() else { return Ok(()) };
        self.bytes += self.page.bytes() as u64;
        let place = sink.write(self.id, &mut self.next, self.page.data())?;
        self.page.clear();
        self.enter(sink, 0, first, place)
    }

    /// Ends the page of a level of the directory.
    fn end_node(&mut self, sink: &mut Sink<'_>, level: usize) -> StoreResult<()> {
        let Some((page, first)) = self.levels.get_mut(level) else { return Ok(()) };
        let Some(first) = first.take() else { return Ok(()) };
        let place = sink.write(self.id, &mut self.next, page.data())?;
        page.clear();
        self.enter(sink, level + 1, first, place)
    }

    /// Names a page in a level of the directory.
    fn enter(
        &mut self,
        sink: &mut Sink<'_>,
        level: usize,
        first: TableKey,
        place: Place,
    ) -> StoreResult<()> {
        if self.levels.len() <= level {
            self.levels.push((PageBuilder::default(), None));
        }
        // A full page of the directory ends only when another record comes: the root stays open.
        let full = self
            .levels
            .get(level)
            .is_some_and(|(page, _)| page.records() >= sink.thresholds().node_entries.max(2));
        if full {
            self.end_node(sink, level)?;
        }
        let Some((page, node_first)) = self.levels.get_mut(level) else { return Ok(()) };
        let encoded = postcard::to_stdvec(&place).expect("places hold only what postcard writes");
        page.push(first.0, &first.1, Some(&encoded));
        node_first.get_or_insert(first);
        Ok(())
    }
}
