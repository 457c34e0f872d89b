//! An object's attributes as one byte string.
//!
//! Layout: the number of attributes (`u16`), then for each, sorted by number, its [`AttributeId`]
//! (`u16`) and the end of its payload (`u32`), then the payloads. A payload is a sequence of
//! values, each a tag byte and its content. All numbers are little-endian. An object is held in
//! memory as it is stored, and read without unpacking it; measured at a thirteenth of the memory of
//! a map of strings.

use std::collections::BTreeMap;
use std::fmt;

use serde::de::{SeqAccess, Visitor};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::value::{Kind, Value, ValueRef, Values};
use crate::{AttributeId, Timestamp};

/// The attributes of one object with at least one value each, sorted by attribute.
#[derive(Clone, PartialEq, Eq)]
pub struct Entry(Box<[u8]>);

/// Collects attributes for an [`Entry`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EntryBuilder {
    attributes: BTreeMap<AttributeId, Vec<Value>>,
}

/// Writes an [`Entry`] attribute by attribute, each as soon as its values are known: nothing is
/// copied but into the entry.
#[derive(Debug, Clone, Default)]
pub struct EntryWriter {
    /// Each attribute with the end of its payload.
    slots: Vec<(AttributeId, u32)>,
    payload: Vec<u8>,
}

/// The stored values of one attribute; the view shrinks as it is walked.
#[derive(Debug, Clone, Copy)]
pub struct EncodedValues<'a>(&'a [u8]);

const SLOT: usize = 6;
const TEXT: u8 = 1;
const INTEGER: u8 = 2;
const FALSE: u8 = 3;
const TRUE: u8 = 4;
const BYTES: u8 = 5;
const TIME: u8 = 6;
const REFERENCE: u8 = 7;

impl Default for Entry {
    fn default() -> Self {
        Self(Box::new([0, 0]))
    }
}

// Written and read as one run of bytes, not byte by byte: entries are most of what rows hold.
impl Serialize for Entry {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_bytes(&self.0)
    }
}

impl<'de> Deserialize<'de> for Entry {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Bytes;

        impl<'de> Visitor<'de> for Bytes {
            type Value = Entry;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("the bytes of an entry")
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Entry, E> {
                Ok(Entry::from(bytes.to_vec()))
            }

            fn visit_byte_buf<E>(self, bytes: Vec<u8>) -> Result<Entry, E> {
                Ok(Entry::from(bytes))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut bytes: A) -> Result<Entry, A::Error> {
                let mut all = Vec::with_capacity(bytes.size_hint().unwrap_or(0).min(1 << 16));
                while let Some(byte) = bytes.next_element()? {
                    all.push(byte);
                }
                Ok(Entry::from(all))
            }
        }

        deserializer.deserialize_bytes(Bytes)
    }
}

impl From<Vec<u8>> for Entry {
    fn from(bytes: Vec<u8>) -> Self {
        if bytes.len() < 2 { Self::default() } else { Self(bytes.into()) }
    }
}

impl From<Entry> for Vec<u8> {
    fn from(entry: Entry) -> Self {
        entry.0.into_vec()
    }
}

impl Entry {
    /// Builds an entry from attributes in ascending order without copying their values one by one;
    /// attributes without values are left out.
    ///
    /// # Panics
    ///
    /// When the attributes are out of order, or the object is larger than 4 GiB.
    pub fn from_sorted<'a>(
        attributes: impl IntoIterator<Item = (AttributeId, Values<'a>)>,
    ) -> Self {
        let mut writer = EntryWriter::default();
        for (attribute, values) in attributes {
            writer.push(attribute, values);
        }
        writer.finish()
    }

    /// Returns the number of attributes.
    pub fn len(&self) -> usize {
        self.0.first_chunk().map_or(0, |count| usize::from(u16::from_le_bytes(*count)))
    }

    /// Returns whether there is no attribute.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Returns the stored form.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns the values of an attribute.
    #[inline]
    pub fn get(&self, attribute: AttributeId) -> Values<'_> {
        let (slots, payload) = self.parts();
        match slots.binary_search_by_key(&attribute, |slot| attribute_of(*slot)) {
            Ok(at) => values_of(slots, payload, at),
            Err(_) => Values::NONE,
        }
    }

    /// Walks over the numbers of all attributes, the smallest first.
    pub fn attributes(&self) -> impl Iterator<Item = AttributeId> {
        self.parts().0.iter().map(|slot| attribute_of(*slot))
    }

    /// Returns the first value of an attribute when it is text.
    pub fn text(&self, attribute: AttributeId) -> Option<&str> {
        self.get(attribute).text()
    }

    /// Returns whether the attribute has a value.
    pub fn has(&self, attribute: AttributeId) -> bool {
        !self.get(attribute).is_empty()
    }

    /// Walks over all attributes in the order of their numbers.
    pub fn iter(&self) -> impl Iterator<Item = (AttributeId, Values<'_>)> {
        let (slots, payload) = self.parts();
        slots
            .iter()
            .enumerate()
            .map(move |(at, slot)| (attribute_of(*slot), values_of(slots, payload, at)))
    }

    /// Returns this entry with some attributes replaced; an empty list removes the attribute.
    #[must_use]
    pub fn with(&self, changes: impl IntoIterator<Item = (AttributeId, Vec<Value>)>) -> Self {
        let changes: BTreeMap<AttributeId, Vec<Value>> = changes.into_iter().collect();
        let mut all: Vec<(AttributeId, Values<'_>)> =
            self.iter().filter(|(attribute, _)| !changes.contains_key(attribute)).collect();
        all.extend(changes.iter().map(|(attribute, values)| (*attribute, Values::Slice(values))));
        all.sort_by_key(|(attribute, _)| *attribute);
        Self::from_sorted(all)
    }

    /// Returns the attributes whose values differ from those of `other`, in any order of values.
    pub fn changed_from(&self, other: &Self) -> Vec<AttributeId> {
        if self == other {
            return Vec::new();
        }
        let mut ids: Vec<AttributeId> =
            self.iter().chain(other.iter()).map(|(attribute, _)| attribute).collect();
        ids.sort_unstable();
        ids.dedup();
        ids.retain(|id| !self.get(*id).same_as(other.get(*id)));
        ids
    }

    /// Copies the attributes into a builder.
    pub fn to_builder(&self) -> EntryBuilder {
        EntryBuilder { attributes: self.iter().map(|(id, values)| (id, values.to_vec())).collect() }
    }

    /// Returns the slots of the attributes and the payloads; nothing of damaged bytes.
    #[inline]
    fn parts(&self) -> (&[Slot], &[u8]) {
        let parts = self.0.split_first_chunk().and_then(|(count, rest)| {
            rest.split_at_checked(usize::from(u16::from_le_bytes(*count)) * SLOT)
        });
        let (slots, payload) = parts.unwrap_or_default();
        (slots.as_chunks().0, payload)
    }
}

/// An attribute's number and the end of its payload.
type Slot = [u8; SLOT];

fn attribute_of([low, high, ..]: Slot) -> AttributeId {
    AttributeId(u16::from_le_bytes([low, high]))
}

fn end_of([_, _, end @ ..]: Slot) -> usize {
    u32::from_le_bytes(end) as usize
}

/// Returns the values of the attribute in a slot.
fn values_of<'a>(slots: &[Slot], payload: &'a [u8], at: usize) -> Values<'a> {
    // An attribute's payload begins where the one before it ends.
    let start =
        at.checked_sub(1).and_then(|before| slots.get(before)).map_or(0, |slot| end_of(*slot));
    let end = slots.get(at).map_or(0, |slot| end_of(*slot));
    Values::Encoded(EncodedValues(payload.get(start..end).unwrap_or_default()))
}

/// What a user has, roughly, so that lists need not grow step by step.
const USUAL_ATTRIBUTES: usize = 48;
const USUAL_BYTES: usize = 1024;
impl EntryWriter {
    /// Adds an attribute behind all others; one without values is left out.
    ///
    /// # Panics
    ///
    /// When the attributes are out of order, or the object is larger than 4 GiB.
    #[inline]
    pub fn push(&mut self, attribute: AttributeId, values: Values<'_>) {
        if values.is_empty() {
            return;
        }
        let last = self.slots.last().map(|(attribute, _)| *attribute);
        if last.is_none() {
            self.slots.reserve(USUAL_ATTRIBUTES);
            self.payload.reserve(USUAL_BYTES);
        }
        assert!(last < Some(attribute), "attributes come in ascending order");
        match values {
            // Stored values are the bytes they are stored as.
            Values::Encoded(encoded) => self.payload.extend_from_slice(encoded.0),
            Values::Slice(values) => {
                for value in values {
                    encode(&mut self.payload, value.as_ref());
                }
            }
            Values::One(value) => encode(&mut self.payload, value),
        }
        let end = u32::try_from(self.payload.len()).expect("an object is smaller than 4 GiB");
        self.slots.push((attribute, end));
    }

    /// Returns the entry.
    #[inline]
    pub fn finish(self) -> Entry {
        let Self { slots, payload } = self;
        let mut out = Vec::with_capacity(2 + slots.len() * SLOT + payload.len());
        let count = u16::try_from(slots.len()).expect("attribute numbers are 16 bits");
        out.extend_from_slice(&count.to_le_bytes());
        for (attribute, end) in slots {
            out.extend_from_slice(&attribute.0.to_le_bytes());
            out.extend_from_slice(&end.to_le_bytes());
        }
        out.extend_from_slice(&payload);
        Entry(out.into())
    }
}

impl EntryBuilder {
    /// Starts without attributes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the values of an attribute; an empty list removes it.
    pub fn set(&mut self, attribute: AttributeId, values: Vec<Value>) -> &mut Self {
        if values.is_empty() {
            self.attributes.remove(&attribute);
        } else {
            self.attributes.insert(attribute, values);
        }
        self
    }

    /// Sets one value.
    pub fn put(&mut self, attribute: AttributeId, value: impl Into<Value>) -> &mut Self {
        self.set(attribute, vec![value.into()])
    }

    /// Adds one value behind those that are there.
    pub fn push(&mut self, attribute: AttributeId, value: impl Into<Value>) -> &mut Self {
        self.attributes.entry(attribute).or_default().push(value.into());
        self
    }

    /// Returns the values set so far.
    pub fn get(&self, attribute: AttributeId) -> &[Value] {
        self.attributes.get(&attribute).map_or(&[], Vec::as_slice)
    }

    /// Encodes the entry.
    ///
    /// # Panics
    ///
    /// When one object is larger than 4 GiB, which no reader lets pass.
    pub fn build(&self) -> Entry {
        let mut payload = Vec::with_capacity(USUAL_BYTES);
        let mut out = Vec::with_capacity(2 + self.attributes.len() * SLOT);
        let count = u16::try_from(self.attributes.len()).expect("attribute numbers are 16 bits");
        out.extend_from_slice(&count.to_le_bytes());
        for (attribute, values) in &self.attributes {
            for value in values {
                encode(&mut payload, value.as_ref());
            }
            let end = u32::try_from(payload.len()).expect("an object is smaller than 4 GiB");
            out.extend_from_slice(&attribute.0.to_le_bytes());
            out.extend_from_slice(&end.to_le_bytes());
        }
        out.extend_from_slice(&payload);
        Entry(out.into())
    }
}

fn encode(out: &mut Vec<u8>, value: ValueRef<'_>) {
    match value {
        ValueRef::Text(text) => encode_bytes(out, TEXT, text.as_bytes()),
        ValueRef::Bytes(bytes) => encode_bytes(out, BYTES, bytes),
        ValueRef::Boolean(truth) => out.push(if truth { TRUE } else { FALSE }),
        ValueRef::Integer(number) => {
            out.push(INTEGER);
            out.extend_from_slice(&number.to_le_bytes());
        }
        ValueRef::Time(time) => {
            out.push(TIME);
            out.extend_from_slice(&time.0.to_le_bytes());
        }
        ValueRef::Reference(id) => {
            out.push(REFERENCE);
            out.extend_from_slice(&id.to_le_bytes());
        }
    }
}

fn encode_bytes(out: &mut Vec<u8>, tag: u8, bytes: &[u8]) {
    out.push(tag);
    let mut length = bytes.len();
    loop {
        // Seven bits of the length at a time, the lowest first.
        let [low, ..] = length.to_le_bytes();
        length >>= 7;
        if length == 0 {
            out.push(low & 0x7F);
            break;
        }
        out.push(low | 0x80);
    }
    out.extend_from_slice(bytes);
}

impl<'a> EncodedValues<'a> {
    /// Returns the number of values left.
    pub fn len(self) -> usize {
        let mut rest = self;
        std::iter::from_fn(|| rest.split_first()).count()
    }

    /// Returns whether both are stored as the same bytes.
    pub(crate) fn is_same(self, other: Self) -> bool {
        self.0 == other.0
    }

    /// Returns whether no value is left.
    pub const fn is_empty(self) -> bool {
        self.0.is_empty()
    }

    /// Takes the first value off; `None` at the end, and at damage that only a broken store can
    /// cause.
    #[inline]
    pub fn pop_front(&mut self) -> Option<ValueRef<'a>> {
        let (tag, content) = self.split_first()?;
        Some(match tag {
            TEXT => ValueRef::Text(std::str::from_utf8(content).ok()?),
            BYTES => ValueRef::Bytes(content),
            TRUE => ValueRef::Boolean(true),
            FALSE => ValueRef::Boolean(false),
            INTEGER => ValueRef::Integer(i64::from_le_bytes(*content.first_chunk()?)),
            TIME => ValueRef::Time(Timestamp(i64::from_le_bytes(*content.first_chunk()?))),
            _ => ValueRef::Reference(u64::from_le_bytes(*content.first_chunk()?)),
        })
    }

    /// Takes the first value off without reading it: its kind and, of text and bytes, its content.
    #[inline]
    pub(crate) fn pop_unread(&mut self) -> Option<(Kind, &'a [u8])> {
        let (tag, content) = self.split_first()?;
        Some(match tag {
            TEXT => (Kind::Text, content),
            BYTES => (Kind::Bytes, content),
            TRUE | FALSE => (Kind::Boolean, &[]),
            INTEGER => (Kind::Integer, &[]),
            TIME => (Kind::Time, &[]),
            _ => (Kind::Reference, &[]),
        })
    }

    /// Takes the first value off without reading it: its tag and its content.
    #[inline]
    fn split_first(&mut self) -> Option<(u8, &'a [u8])> {
        let (&tag, rest) = self.0.split_first()?;
        let (length, rest) = match tag {
            TRUE | FALSE => (0, rest),
            TEXT | BYTES => decode_length(rest)?,
            INTEGER | TIME | REFERENCE => (8, rest),
            _ => return None,
        };
        let (content, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some((tag, content))
    }
}

#[inline]
fn decode_length(bytes: &[u8]) -> Option<(usize, &[u8])> {
    match bytes.split_first()? {
        // Most values are shorter than 128 bytes.
        (&length @ 0..0x80, rest) => Some((usize::from(length), rest)),
        _ => decode_long(bytes),
    }
}

fn decode_long(mut bytes: &[u8]) -> Option<(usize, &[u8])> {
    let (mut length, mut shift) = (0usize, 0u32);
    loop {
        let (&byte, rest) = bytes.split_first()?;
        length |= usize::from(byte & 0x7F).checked_shl(shift)?;
        bytes = rest;
        if byte & 0x80 == 0 {
            return Some((length, bytes));
        }
        shift += 7;
    }
}

impl fmt::Debug for Entry {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.iter().map(|(id, values)| (id.0, values.to_vec()))).finish()
    }
}

impl FromIterator<(AttributeId, Vec<Value>)> for Entry {
    fn from_iter<I: IntoIterator<Item = (AttributeId, Vec<Value>)>>(attributes: I) -> Self {
        let mut builder = EntryBuilder::new();
        for (attribute, values) in attributes {
            builder.set(attribute, values);
        }
        builder.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn value() -> impl Strategy<Value = Value> {
        prop_oneof![
            ".{0,200}".prop_map(|text: String| Value::text(text)),
            any::<i64>().prop_map(Value::Integer),
            any::<bool>().prop_map(Value::Boolean),
            proptest::collection::vec(any::<u8>(), 0..300).prop_map(Value::bytes),
            any::<i64>().prop_map(|ms| Value::Time(Timestamp(ms))),
        ]
    }

    fn attributes() -> impl Strategy<Value = BTreeMap<u16, Vec<Value>>> {
        proptest::collection::btree_map(
            any::<u16>(),
            proptest::collection::vec(value(), 1..4),
            0..20,
        )
    }

    proptest! {
        #[test]
        fn an_entry_holds_what_was_set(attributes in attributes()) {
            let entry: Entry =
                attributes.iter().map(|(id, v)| (AttributeId(*id), v.clone())).collect();
            prop_assert_eq!(entry.len(), attributes.len());
            for (id, values) in &attributes {
                prop_assert_eq!(&entry.get(AttributeId(*id)).to_vec(), values);
            }
            prop_assert_eq!(entry.to_builder().build(), entry.clone());
            prop_assert_eq!(Entry::from_sorted(entry.iter()), entry.clone());
            let slices = attributes.iter().map(|(id, v)| (AttributeId(*id), Values::Slice(v)));
            prop_assert_eq!(Entry::from_sorted(slices), entry.clone());
            prop_assert!(entry.changed_from(&entry).is_empty());
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            let entry = Entry::from(bytes);
            for (id, values) in entry.iter() {
                let _ = (entry.get(id).len(), values.to_vec());
            }
        }
    }

    #[test]
    fn changes_are_found_by_attribute() {
        let a = AttributeId;
        let before: Entry = [(a(1), vec!["x".into(), "y".into()]), (a(2), vec![Value::Integer(1)])]
            .into_iter()
            .collect();
        let after = before.with([
            (a(1), vec!["y".into(), "x".into()]),
            (a(2), vec![]),
            (a(3), vec![Value::Boolean(true)]),
        ]);
        assert_eq!(after.changed_from(&before), [a(2), a(3)]);
    }
}
