//! Changed records in memory: what a transaction and an overlay write into.

use std::cmp::Ordering;
use std::collections::{BTreeMap, btree_map};
use std::fmt;
use std::ops::Bound;

use bytes::Bytes;

use crate::Table;
use crate::page::first_bytes;
use crate::segment::Change;

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

/// Returns the eight bytes that all keys with `from <= key < to` begin with; `None` when they may
/// begin in several ways.
pub(crate) fn beginning_of_range(from: &[u8], to: Option<&[u8]>) -> Option<u64> {
    let (first, end) = (first_bytes(from), to?);
    if from.len() < 8 || end.len() < 8 {
        return None;
    }
    let last = first_bytes(end);
    (first == last || (end.len() == 8 && first.checked_add(1) == Some(last))).then_some(first)
}

/// What one record costs in memory beside its value, in bytes: its place in the map and the value's
/// own allocation.
const RECORD_OVERHEAD: usize = 96;

/// Which beginnings of keys a table may have: a filter that never denies one that is there.
///
/// Most keys begin with a hash or a number of eight bytes, and most questions in a large step are
/// about keys that nobody wrote, so one look at a bit saves a search in a large map.
#[derive(Debug, Clone, Default)]
struct Beginnings {
    /// A power of two of words; empty before the first key.
    words: Vec<u64>,
    /// Keys noted so far, at least as many as there are beginnings.
    noted: usize,
}

/// Bits for each key; two of them are set.
const BITS_PER_KEY: usize = 16;

impl Beginnings {
    /// Returns the two bits of a beginning as word and mask.
    fn place(&self, beginning: u64) -> (usize, u64) {
        // Hashes and neighboring numbers alike are spread by the high bits of a product.
        let spread = beginning.wrapping_mul(0x9E37_79B9_7F4A_7C15);
        let word = usize::try_from(spread >> 32).unwrap_or(0) & self.words.len().wrapping_sub(1);
        (word, 1 << (spread & 63) | 1 << (spread >> 6 & 63))
    }

    fn note(&mut self, beginning: u64) {
        let (word, mask) = self.place(beginning);
        if let Some(word) = self.words.get_mut(word) {
            *word |= mask;
        }
        self.noted += 1;
    }

    fn may_have(&self, beginning: u64) -> bool {
        let (word, mask) = self.place(beginning);
        self.words.get(word).is_some_and(|word| word & mask == mask)
    }

    const fn is_full(&self) -> bool {
        self.noted * BITS_PER_KEY >= self.words.len() * 64
    }
}

/// The changes of one table.
#[derive(Debug, Clone, Default)]
struct TableChanges {
    records: BTreeMap<Key, Option<Bytes>>,
    beginnings: Beginnings,
}

impl TableChanges {
    /// Notes that a key is among the records.
    fn note(&mut self, beginning: u64) {
        if self.beginnings.is_full() {
            let words = (self.beginnings.words.len() * 4).max(64);
            self.beginnings = Beginnings { words: vec![0; words], noted: 0 };
            for key in self.records.keys() {
                self.beginnings.note(first_bytes(key.as_slice()));
            }
        }
        self.beginnings.note(beginning);
    }
}

/// Changed records by table and key: `None` stands for a removed one.
#[derive(Debug, Clone, Default)]
pub struct Changes {
    /// By the table's number; as long as the highest table needs.
    tables: Vec<TableChanges>,
    bytes: usize,
    /// What was overwritten since the outermost open attempt began.
    overwritten: Vec<Overwritten>,
    /// Where in `overwritten` the open attempts began, the innermost last.
    attempts: Vec<usize>,
}

/// What was noted of a key before: `None` for nothing at all.
#[derive(Debug, Clone)]
struct Overwritten {
    table: Table,
    key: Key,
    before: Option<Change>,
}

impl Changes {
    /// Starts with nothing changed.
    pub const fn new() -> Self {
        Self { tables: Vec::new(), bytes: 0, overwritten: Vec::new(), attempts: Vec::new() }
    }

    /// Begins an attempt: remembers what changes overwrite until [`Changes::end_attempt`].
    pub(crate) fn begin_attempt(&mut self) {
        self.attempts.push(self.overwritten.len());
    }

    /// Ends the innermost attempt; takes back its changes unless they are kept.
    pub(crate) fn end_attempt(&mut self, keep: bool) {
        let start = self.attempts.pop().unwrap_or(0);
        if !keep {
            while self.overwritten.len() > start
                && let Some(Overwritten { table, key, before }) = self.overwritten.pop()
            {
                self.set(table, key, before);
            }
        }
        if self.attempts.is_empty() {
            self.overwritten.clear();
        }
    }

    /// Returns whether changes may still be taken back.
    pub(crate) const fn is_attempting(&self) -> bool {
        !self.attempts.is_empty()
    }

    /// Returns the change of a key: `None` when it was not changed, `Some(None)` when it was
    /// removed.
    pub fn get(&self, table: Table, key: &[u8]) -> Option<&Option<Bytes>> {
        let table = self.tables.get(usize::from(table as u8))?;
        if !table.beginnings.may_have(first_bytes(key)) {
            return None;
        }
        table.records.get(&Key::new(key))
    }

    /// Notes a change; it takes the place of an earlier one of the same key.
    pub fn insert(&mut self, table: Table, key: &[u8], change: Option<Bytes>) {
        let key = Key::new(key);
        if self.attempts.is_empty() {
            self.set(table, key, Some(change));
        } else {
            let before = self.set(table, key.clone(), Some(change));
            self.overwritten.push(Overwritten { table, key, before });
        }
    }

    /// Sets what is noted of a key, or that nothing is; returns what was noted before.
    fn set(&mut self, table: Table, key: Key, change: Option<Change>) -> Option<Change> {
        let at = usize::from(table as u8);
        if self.tables.len() <= at {
            self.tables.resize_with(at + 1, TableChanges::default);
        }
        let table = self.tables.get_mut(at)?;
        let room = |noted: &Option<Change>| {
            noted
                .as_ref()
                .map_or(0, |change| RECORD_OVERHEAD + change.as_ref().map_or(0, Bytes::len))
        };
        let long = match &key {
            Key::Inline(..) => 0,
            Key::Heap(bytes) => bytes.len(),
        };
        let added = room(&change) + if change.is_some() { long } else { 0 };
        let before = match change {
            Some(change) => {
                let beginning = first_bytes(key.as_slice());
                let before = table.records.insert(key, change);
                if before.is_none() {
                    table.note(beginning);
                }
                before
            }
            None => table.records.remove(&key),
        };
        let removed = room(&before) + if before.is_some() { long } else { 0 };
        self.bytes = (self.bytes + added).saturating_sub(removed);
        before
    }

    /// Returns whether nothing was changed.
    pub fn is_empty(&self) -> bool {
        self.tables.iter().all(|table| table.records.is_empty())
    }

    /// Returns how many records were changed.
    pub fn len(&self) -> usize {
        self.tables.iter().map(|table| table.records.len()).sum()
    }

    /// Returns the changes in the order of tables and keys.
    pub fn iter(&self) -> impl Iterator<Item = (Table, &[u8], Option<&Bytes>)> {
        Table::ALL.iter().zip(&self.tables).flat_map(|(table, changes)| {
            changes.records.iter().map(|(key, change)| (*table, key.as_slice(), change.as_ref()))
        })
    }

    /// Returns the changes of one table with `from <= key < to`; `None` when there are surely none.
    pub(crate) fn range(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
    ) -> Option<Range<'_, Option<Bytes>>> {
        let table = self.tables.get(usize::from(table as u8))?;
        let asked = beginning_of_range(from, to);
        if asked.is_some_and(|beginning| !table.beginnings.may_have(beginning))
            || table.records.is_empty()
        {
            return None;
        }
        Some(range(&table.records, from, to))
    }

    /// Returns roughly how much memory the changes take, in bytes.
    pub(crate) const fn bytes(&self) -> usize {
        self.bytes
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rows;
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

    proptest! {
        /// What is asked for by key or range is found, whatever the filter thinks, and what was tried
        /// in vain is gone.
        #[test]
        fn changes_are_a_map(
            steps in proptest::collection::vec((0u8..4, 0u64..300, any::<bool>()), 0..600),
        ) {
            let key = |number: u64| (number / 3).wrapping_mul(0x9E37_79B9).to_be_bytes();
            let mut changes = Changes::new();
            let mut expected = BTreeMap::new();
            let mut saved = expected.clone();
            for (kind, number, flag) in steps {
                let mut whole = key(number).to_vec();
                whole.extend((number % 3).to_be_bytes());
                match kind {
                    0 if changes.is_attempting() => {
                        changes.end_attempt(flag);
                        if !flag {
                            expected = saved.clone();
                        }
                    }
                    0 => {
                        changes.begin_attempt();
                        saved = expected.clone();
                    }
                    _ => {
                        let change = flag.then(|| Bytes::copy_from_slice(&number.to_be_bytes()));
                        changes.insert(Table::CsByKey, &whole, change.clone());
                        expected.insert(whole, change);
                    }
                }
            }
            for number in 0..300 {
                let (from, to) = (key(number), (rows::id_of(&key(number)) + 1).to_be_bytes());
                let range = changes.range(Table::CsByKey, &from, Some(&to));
                let found: Vec<_> = range.into_iter().flatten().map(|(k, _)| k.as_slice()).collect();
                let wanted: Vec<_> =
                    expected.keys().filter(|k| k.starts_with(&from)).map(Vec::as_slice).collect();
                prop_assert_eq!(&found, &wanted);
                for whole in wanted {
                    prop_assert_eq!(changes.get(Table::CsByKey, whole), expected.get(whole));
                }
            }
            prop_assert_eq!(changes.len(), expected.len());
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
