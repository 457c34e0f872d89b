//! Changed records in memory: what a transaction and an overlay write into.

use std::cmp::Ordering;
use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::ops::Bound;

use bytes::Bytes;

use crate::Table;

/// Longest key that is kept without an allocation of its own.
const INLINE_MAX: usize = 22;

/// A key; short ones, which are nearly all, lie in the map itself.
#[derive(Clone)]
pub(crate) enum Key {
    /// Length and bytes.
    Inline(u8, [u8; INLINE_MAX]),
    /// A longer key.
    Heap(Box<[u8]>),
}

impl Key {
    /// Copies a key.
    pub(crate) fn new(key: &[u8]) -> Self {
        let mut inline = [0; INLINE_MAX];
        match (inline.get_mut(..key.len()), u8::try_from(key.len())) {
            (Some(room), Ok(length)) => {
                room.copy_from_slice(key);
                Self::Inline(length, inline)
            }
            _ => Self::Heap(key.into()),
        }
    }

    /// Returns the bytes.
    pub(crate) fn as_slice(&self) -> &[u8] {
        match self {
            Self::Inline(length, bytes) => bytes.get(..usize::from(*length)).unwrap_or(bytes),
            Self::Heap(bytes) => bytes,
        }
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.as_slice() == other.as_slice()
    }
}

impl Eq for Key {}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Key {
    /// Compares the bytes. Keys in the map are padded with zeros, so that three numbers decide, and
    /// mostly the first one alone; the length decides between a key and the same key with zeros
    /// behind it.
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Inline(left_length, left), Self::Inline(right_length, right)) => {
                let words = |key: &[u8; INLINE_MAX]| {
                    let word = |at: usize| {
                        let eight = key.get(at..at + 8).and_then(|bytes| bytes.first_chunk());
                        eight.map_or(0, |bytes| u64::from_be_bytes(*bytes))
                    };
                    // The last word overlaps the second: those bytes are equal when it counts.
                    (word(0), word(8), word(INLINE_MAX - 8))
                };
                (words(left), left_length).cmp(&(words(right), right_length))
            }
            _ => self.as_slice().cmp(other.as_slice()),
        }
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_slice().fmt(f)
    }
}

/// The records of one table from a key on, up to another.
pub(crate) type Range<'a, V> = btree_map::Range<'a, Key, V>;

/// Returns the records of a map with `from <= key < to`; none when the bounds are crossed.
pub(crate) fn range<'a, V>(
    map: &'a BTreeMap<Key, V>,
    from: &[u8],
    to: Option<&[u8]>,
) -> Range<'a, V> {
    let to = match to {
        // An empty range; crossed bounds would panic.
        Some(to) if to <= from => Bound::Excluded(Key::new(from)),
        Some(to) => Bound::Excluded(Key::new(to)),
        None => Bound::Unbounded,
    };
    map.range((Bound::Included(Key::new(from)), to))
}

/// What one record costs in memory beside its value, in bytes: its place in the map and the value's
/// own allocation.
const RECORD_OVERHEAD: usize = 96;

/// Changed records by table and key: `None` stands for a removed one.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// One map per table, by the table's number; as long as the highest table needs.
    tables: Vec<BTreeMap<Key, Option<Bytes>>>,
    bytes: usize,
}

impl Changes {
    /// Starts with nothing changed.
    pub const fn new() -> Self {
        Self { tables: Vec::new(), bytes: 0 }
    }

    /// Returns the change of a key: `None` when it was not changed, `Some(None)` when it was
    /// removed.
    pub fn get(&self, table: Table, key: &[u8]) -> Option<&Option<Bytes>> {
        self.tables.get(usize::from(table as u8))?.get(&Key::new(key))
    }

    /// Notes a change; it takes the place of an earlier one of the same key.
    pub fn insert(&mut self, table: Table, key: &[u8], change: Option<Bytes>) {
        let at = usize::from(table as u8);
        if self.tables.len() <= at {
            self.tables.resize_with(at + 1, BTreeMap::new);
        }
        let Some(map) = self.tables.get_mut(at) else { return };
        let added = change.as_ref().map_or(0, Bytes::len);
        let key_bytes = if key.len() > INLINE_MAX { key.len() } else { 0 };
        match map.insert(Key::new(key), change) {
            Some(old) => self.bytes = self.bytes.saturating_sub(old.map_or(0, |old| old.len())),
            None => self.bytes += RECORD_OVERHEAD + key_bytes,
        }
        self.bytes += added;
    }

    /// Returns whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(BTreeMap::is_empty)
    }

    /// Returns how many records were changed.
    pub fn len(&self) -> usize {
        self.tables.iter().map(BTreeMap::len).sum()
    }

    /// Returns the changes in the order of tables and keys.
    pub fn iter(&self) -> impl Iterator<Item = (Table, &[u8], Option<&Bytes>)> {
        Table::ALL.iter().zip(&self.tables).flat_map(|(table, map)| {
            map.iter().map(|(key, change)| (*table, key.as_slice(), change.as_ref()))
        })
    }

    /// Returns the changes of one table with `from <= key < to`.
    pub(crate) fn range(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
    ) -> Option<Range<'_, Option<Bytes>>> {
        let map = self.tables.get(usize::from(table as u8)).filter(|map| !map.is_empty())?;
        Some(range(map, from, to))
    }

    /// Returns roughly how much memory the changes take, in bytes.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// Keys compare as their bytes, wherever they lie.
        #[test]
        fn a_key_is_its_bytes(
            left in proptest::collection::vec(any::<u8>(), 0..40),
            right in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            let (a, b) = (Key::new(&left), Key::new(&right));
            prop_assert_eq!(a.as_slice(), left.as_slice());
            prop_assert_eq!(a.cmp(&b), left.cmp(&right));
        }
    }

    #[test]
    fn a_later_change_takes_the_place_of_an_earlier_one() {
        let mut changes = Changes::new();
        changes.insert(Table::MvObject, b"a", Some(Bytes::from_static(b"long value")));
        changes.insert(Table::MvObject, b"a", None);
        changes.insert(Table::Meta, b"z", Some(Bytes::new()));
        assert_eq!(changes.len(), 2);
        assert_eq!(changes.bytes(), 2 * RECORD_OVERHEAD);
        let order: Vec<Table> = changes.iter().map(|(table, ..)| table).collect();
        assert_eq!(order, [Table::Meta, Table::MvObject]);
        assert_eq!(changes.get(Table::MvObject, b"a"), Some(&None));
        assert_eq!(changes.get(Table::MvObject, b"b"), None);
    }
}
