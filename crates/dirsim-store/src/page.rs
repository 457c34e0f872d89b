//! Pages: some neighboring records in one run of bytes.
//!
//! A record is its table, the length of its key, the key, one more than the length of its value (0
//! for a removed record), and the value. The same page serves as a directory: then the values are
//! places of other pages.

use std::cmp::Ordering;
use std::ops::Range;

use bytes::Bytes;

/// Collects the records of one page, in the order of their keys.
#[derive(Debug, Default)]
pub(crate) struct PageBuilder {
    data: Vec<u8>,
    records: usize,
}

impl PageBuilder {
    /// Adds a record; `None` marks a removed one.
    pub(crate) fn push(&mut self, table: u8, key: &[u8], value: Option<&[u8]>) {
        self.data.push(table);
        put_length(&mut self.data, key.len());
        self.data.extend_from_slice(key);
        match value {
            Some(value) => {
                put_length(&mut self.data, value.len() + 1);
                self.data.extend_from_slice(value);
            }
            None => self.data.push(0),
        }
        self.records += 1;
    }

    /// Returns how many records the page has.
    pub(crate) const fn records(&self) -> usize {
        self.records
    }

    /// Returns how long the page is, in bytes.
    pub(crate) const fn bytes(&self) -> usize {
        self.data.len()
    }

    /// Returns the page so far.
    pub(crate) fn data(&self) -> &[u8] {
        &self.data
    }

    /// Starts the next page in the same memory.
    pub(crate) fn clear(&mut self) {
        self.records = 0;
        self.data.clear();
    }
}

/// Where a record lies in its page.
#[derive(Debug, Clone, Copy)]
struct Slot {
    key: u32,
    key_length: u32,
    value: u32,
    /// `REMOVED` for a removed record.
    value_length: u32,
    table: u8,
}

const REMOVED: u32 = u32::MAX;

/// A page to read from; keys and values handed out share its bytes.
#[derive(Debug)]
pub(crate) struct Page {
    data: Bytes,
    slots: Box<[Slot]>,
    /// The first bytes of each key.
    firsts: Box<[u64]>,
}

impl Page {
    /// Reads the bytes of a page; `None` when they are none.
    pub(crate) fn parse(data: Bytes) -> Option<Self> {
        let (mut slots, mut firsts) = (Vec::new(), Vec::new());
        let mut at = 0;
        while at < data.len() {
            let table = *data.get(at)?;
            at += 1;
            let key_length = take_length(&data, &mut at)?;
            let key = at;
            at = at.checked_add(key_length)?;
            let marked = take_length(&data, &mut at)?;
            let value = at;
            let value_length = match marked.checked_sub(1) {
                Some(length) => {
                    at = at.checked_add(length)?;
                    u32::try_from(length).ok().filter(|length| *length != REMOVED)?
                }
                None => REMOVED,
            };
            if at > data.len() {
                return None;
            }
            slots.push(Slot {
                key: u32::try_from(key).ok()?,
                key_length: u32::try_from(key_length).ok()?,
                value: u32::try_from(value).ok()?,
                value_length,
                table,
            });
            firsts.push(first_bytes(data.get(key..key + key_length)?));
        }
        Some(Self { data, slots: slots.into(), firsts: firsts.into() })
    }

    /// Returns how many records there are.
    pub(crate) fn len(&self) -> usize {
        self.slots.len()
    }

    /// Returns table and key of a record.
    pub(crate) fn key(&self, index: usize) -> Option<(u8, &[u8])> {
        self.slots.get(index).map(|slot| (slot.table, self.key_at(slot)))
    }

    /// Returns the key of a record, sharing the page.
    pub(crate) fn shared_key(&self, index: usize) -> Bytes {
        self.slots.get(index).map_or_else(Bytes::new, |slot| {
            self.data.slice(slot.key as usize..slot.key as usize + slot.key_length as usize)
        })
    }

    /// Returns the value of a record, sharing the page; `None` when the record marks a removal.
    pub(crate) fn value(&self, index: usize) -> Option<Bytes> {
        let slot = self.slots.get(index).filter(|slot| slot.value_length != REMOVED)?;
        let start = slot.value as usize;
        Some(self.data.slice(start..start + slot.value_length as usize))
    }

    /// Returns the first record at or after a key.
    pub(crate) fn lower_bound(&self, table: u8, key: &[u8]) -> usize {
        self.search(table, key, Ordering::is_lt)
    }

    /// Returns the last record at or before a key.
    pub(crate) fn floor(&self, table: u8, key: &[u8]) -> Option<usize> {
        self.search(table, key, Ordering::is_le).checked_sub(1)
    }

    /// Returns how many records compare to a key as wanted, which those at the front do.
    ///
    /// The search looks at first bytes that lie side by side, and at the keys themselves only where
    /// these are equal: a page that is not in the cache of the processor is read at few places.
    fn search(&self, table: u8, key: &[u8], wanted: fn(Ordering) -> bool) -> usize {
        let records = self.of_table(table);
        let firsts = self.firsts.get(records.clone()).unwrap_or_default();
        let first = first_bytes(key);
        let start = records.start + firsts.partition_point(|at| *at < first);
        let end = records.start + firsts.partition_point(|at| *at <= first);
        let same = self.slots.get(start..end).unwrap_or_default();
        start + same.partition_point(|slot| wanted(self.key_at(slot).cmp(key)))
    }

    /// Returns the records of a table, or the place where they would be.
    fn of_table(&self, table: u8) -> Range<usize> {
        match (self.slots.first(), self.slots.last()) {
            (Some(first), Some(last)) if (first.table, last.table) == (table, table) => {
                0..self.slots.len()
            }
            _ => {
                let start = self.slots.partition_point(|slot| slot.table < table);
                start..self.slots.partition_point(|slot| slot.table <= table)
            }
        }
    }

    /// Returns the record of a key.
    pub(crate) fn find(&self, table: u8, key: &[u8]) -> Option<usize> {
        let index = self.lower_bound(table, key);
        (self.key(index)? == (table, key)).then_some(index)
    }

    /// Returns roughly how much memory the page takes, in bytes.
    pub(crate) fn footprint(&self) -> usize {
        self.data.len() + self.overhead()
    }

    /// Returns roughly how much memory the page takes beside its data, in bytes.
    pub(crate) fn overhead(&self) -> usize {
        self.slots.len() * (size_of::<Slot>() + size_of::<u64>()) + 128
    }

    fn key_at(&self, slot: &Slot) -> &[u8] {
        let start = slot.key as usize;
        self.data.get(start..start + slot.key_length as usize).unwrap_or_default()
    }
}

/// Returns the first eight bytes of a key as a number; shorter keys are filled up with zeros.
pub(crate) fn first_bytes(key: &[u8]) -> u64 {
    let first = key.first_chunk().copied().unwrap_or_else(|| {
        let mut padded = [0; 8];
        for (to, from) in padded.iter_mut().zip(key) {
            *to = *from;
        }
        padded
    });
    u64::from_be_bytes(first)
}

/// Adds a length, seven bits at a time, the lowest first.
fn put_length(data: &mut Vec<u8>, mut length: usize) {
    loop {
        let low = u8::try_from(length & 0x7F).unwrap_or_default();
        length >>= 7;
        if length == 0 {
            data.push(low);
            return;
        }
        data.push(low | 0x80);
    }
}

fn take_length(data: &[u8], at: &mut usize) -> Option<usize> {
    let mut length = 0usize;
    for shift in (0..35).step_by(7) {
        let byte = *data.get(*at)?;
        *at += 1;
        length |= usize::from(byte & 0x7F) << shift;
        if byte < 0x80 {
            return Some(length);
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// A page gives back what was put in, and finds each key.
        #[test]
        fn a_page_keeps_its_records(
            records in proptest::collection::btree_map(
                (0u8..3, proptest::collection::vec(0u8..3, 0..11)),
                proptest::option::of(proptest::collection::vec(any::<u8>(), 0..300)),
                0..40,
            )
        ) {
            let mut builder = PageBuilder::default();
            for ((table, key), value) in &records {
                builder.push(*table, key, value.as_deref());
            }
            let page = Page::parse(builder.data().to_vec().into()).unwrap();
            prop_assert_eq!(page.len(), records.len());
            for (index, ((table, key), value)) in records.iter().enumerate() {
                prop_assert_eq!(page.find(*table, key), Some(index));
                prop_assert_eq!(page.floor(*table, key), Some(index));
                prop_assert_eq!(page.shared_key(index), key.clone());
                prop_assert_eq!(page.value(index), value.clone().map(Bytes::from));
            }
        }

        /// No bytes make the reader panic.
        #[test]
        fn damaged_bytes_are_refused(data in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Some(page) = Page::parse(data.into()) {
                for index in 0..page.len() {
                    page.value(index);
                    page.shared_key(index);
                }
            }
        }
    }
}
