//! Attribute values.

use std::borrow::Cow;
use std::fmt;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use serde::{Deserialize, Serialize};

use crate::Timestamp;
use crate::entry::EncodedValues;

/// One value of an attribute.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Value {
    /// Unicode text.
    Text(Box<str>),
    /// A signed 64-bit number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// Bytes: GUIDs, SIDs, certificates, photos.
    Bytes(Box<[u8]>),
    /// An instant.
    Time(Timestamp),
    /// The object with this key, on the side the value belongs to. Never stored in an
    /// [`Entry`](crate::Entry): references are link rows.
    Reference(u64),
}

/// One value, borrowed from the entry that holds it.
// What follows the tag begins at a whole word, so that copies move words: measured.
#[repr(u64)]
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ValueRef<'a> {
    /// Unicode text.
    Text(&'a str),
    /// A signed 64-bit number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// Bytes.
    Bytes(&'a [u8]),
    /// An instant.
    Time(Timestamp),
    /// The object with this key.
    Reference(u64),
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Unicode text.
    Text,
    /// A signed 64-bit number.
    Integer,
    /// True or false.
    Boolean,
    /// Bytes.
    Bytes,
    /// An instant.
    Time,
    /// The key of an object.
    Reference,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 6] =
        [Self::Text, Self::Integer, Self::Boolean, Self::Bytes, Self::Time, Self::Reference];
}

/// The values of one attribute, borrowed; empty when the attribute is absent.
#[derive(Debug, Clone, Copy)]
pub enum Values<'a> {
    /// As stored in an entry.
    Encoded(EncodedValues<'a>),
    /// From memory.
    Slice(&'a [Value]),
    /// One value that lies anywhere.
    One(ValueRef<'a>),
}

impl Value {
    /// Builds a text value.
    pub fn text(text: impl Into<Box<str>>) -> Self {
        Self::Text(text.into())
    }

    /// Builds a byte value.
    pub fn bytes(bytes: impl Into<Box<[u8]>>) -> Self {
        Self::Bytes(bytes.into())
    }

    /// Borrows the value.
    pub fn as_ref(&self) -> ValueRef<'_> {
        match self {
            Self::Text(text) => ValueRef::Text(text),
            Self::Integer(number) => ValueRef::Integer(*number),
            Self::Boolean(truth) => ValueRef::Boolean(*truth),
            Self::Bytes(bytes) => ValueRef::Bytes(bytes),
            Self::Time(time) => ValueRef::Time(*time),
            Self::Reference(id) => ValueRef::Reference(*id),
        }
    }
}

impl<'a> ValueRef<'a> {
    /// Copies the value.
    pub fn to_owned(self) -> Value {
        match self {
            Self::Text(text) => Value::text(text),
            Self::Integer(number) => Value::Integer(number),
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Bytes(bytes) => Value::bytes(bytes),
            Self::Time(time) => Value::Time(time),
            Self::Reference(id) => Value::Reference(id),
        }
    }

    /// Returns what the value is.
    pub const fn kind(self) -> Kind {
        self.unread().0
    }

    /// Returns what the value is and, of text and bytes, its content.
    pub(crate) const fn unread(self) -> (Kind, &'a [u8]) {
        match self {
            Self::Text(text) => (Kind::Text, text.as_bytes()),
            Self::Bytes(bytes) => (Kind::Bytes, bytes),
            Self::Integer(_) => (Kind::Integer, &[]),
            Self::Boolean(_) => (Kind::Boolean, &[]),
            Self::Time(_) => (Kind::Time, &[]),
            Self::Reference(_) => (Kind::Reference, &[]),
        }
    }

    /// Returns the text of a text value.
    pub const fn as_text(self) -> Option<&'a str> {
        if let Self::Text(text) = self { Some(text) } else { None }
    }

    /// Returns the bytes of a byte value.
    pub const fn as_bytes(self) -> Option<&'a [u8]> {
        if let Self::Bytes(bytes) = self { Some(bytes) } else { None }
    }

    /// Returns the number of an integer value.
    pub const fn as_integer(self) -> Option<i64> {
        if let Self::Integer(number) = self { Some(number) } else { None }
    }

    /// Returns the truth of a boolean value.
    pub const fn as_boolean(self) -> Option<bool> {
        if let Self::Boolean(truth) = self { Some(truth) } else { None }
    }

    /// Returns the value as people read it: text as it is, bytes as base64, booleans as
    /// `True`/`False`.
    pub fn display(self) -> Cow<'a, str> {
        match self {
            Self::Text(text) => Cow::Borrowed(text),
            Self::Boolean(true) => Cow::Borrowed("True"),
            Self::Boolean(false) => Cow::Borrowed("False"),
            Self::Integer(number) => Cow::Owned(number.to_string()),
            Self::Bytes(bytes) => Cow::Owned(BASE64_STANDARD.encode(bytes)),
            Self::Time(time) => Cow::Owned(time.to_string()),
            Self::Reference(id) => Cow::Owned(format!("#{id}")),
        }
    }
}

impl<'a> Values<'a> {
    /// No values.
    pub const NONE: Self = Self::Slice(&[]);

    /// Returns the number of values.
    pub fn len(self) -> usize {
        match self {
            Self::Encoded(encoded) => encoded.len(),
            Self::Slice(slice) => slice.len(),
            Self::One(_) => 1,
        }
    }

    /// Returns whether the attribute is absent.
    #[inline]
    pub fn is_empty(self) -> bool {
        match self {
            Self::Encoded(encoded) => encoded.is_empty(),
            Self::Slice(slice) => slice.is_empty(),
            Self::One(_) => false,
        }
    }

    /// Returns the first value.
    pub fn first(self) -> Option<ValueRef<'a>> {
        self.iter().next()
    }

    /// Returns the first value, and whether more follow.
    #[inline]
    pub fn first_and_more(self) -> Option<(ValueRef<'a>, bool)> {
        match self {
            Self::One(value) => Some((value, false)),
            Self::Encoded(mut encoded) => {
                let first = encoded.pop_front()?;
                Some((first, !encoded.is_empty()))
            }
            Self::Slice(values) => {
                let (first, rest) = values.split_first()?;
                Some((first.as_ref(), !rest.is_empty()))
            }
        }
    }

    /// Returns the first value when it is text.
    pub fn text(self) -> Option<&'a str> {
        self.first().and_then(ValueRef::as_text)
    }

    /// Walks over the values in their stored order.
    #[inline]
    pub fn iter(self) -> ValuesIter<'a> {
        match self {
            Self::Encoded(encoded) => ValuesIter::Encoded(encoded),
            Self::Slice(slice) => ValuesIter::Slice(slice.iter()),
            Self::One(value) => ValuesIter::One(Some(value)),
        }
    }

    /// Walks over the values without reading them: the kind of each and, of text and bytes, its
    /// content. For whoever passes values on: only a reader need know that text is text.
    #[inline]
    pub fn unread(self) -> impl Iterator<Item = (Kind, &'a [u8])> {
        let mut values = self.iter();
        std::iter::from_fn(move || match &mut values {
            ValuesIter::Encoded(encoded) => encoded.pop_unread(),
            others => others.next().map(ValueRef::unread),
        })
    }

    /// Copies the values.
    pub fn to_vec(self) -> Vec<Value> {
        self.iter().map(ValueRef::to_owned).collect()
    }

    /// Returns whether both hold the same values, in any order.
    pub fn same_as(self, other: Values<'_>) -> bool {
        if let (Self::Encoded(mine), Values::Encoded(theirs)) = (self, other)
            && mine.is_same(theirs)
        {
            return true;
        }
        if self.len() != other.len() {
            return false;
        }
        if self.iter().eq(other.iter()) {
            return true;
        }
        let mut mine: Vec<ValueRef<'_>> = self.iter().collect();
        let mut theirs: Vec<ValueRef<'_>> = other.iter().collect();
        mine.sort_unstable();
        theirs.sort_unstable();
        mine == theirs
    }
}

impl<'a> IntoIterator for Values<'a> {
    type Item = ValueRef<'a>;
    type IntoIter = ValuesIter<'a>;

    fn into_iter(self) -> ValuesIter<'a> {
        self.iter()
    }
}

/// Walks over [`Values`].
#[derive(Debug, Clone)]
pub enum ValuesIter<'a> {
    /// Over stored values; advances the view itself.
    Encoded(EncodedValues<'a>),
    /// Over values in memory.
    Slice(std::slice::Iter<'a, Value>),
    /// Over one value.
    One(Option<ValueRef<'a>>),
}

impl<'a> Iterator for ValuesIter<'a> {
    type Item = ValueRef<'a>;

    #[inline]
    fn next(&mut self) -> Option<ValueRef<'a>> {
        match self {
            Self::Encoded(encoded) => encoded.pop_front(),
            Self::Slice(slice) => slice.next().map(Value::as_ref),
            Self::One(value) => value.take(),
        }
    }
}

impl fmt::Display for Value {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.as_ref().display())
    }
}

impl From<&str> for Value {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Value {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<i64> for Value {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<bool> for Value {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_values_does_not_matter() {
        let (a, b) = (["x".into(), "y".into()], ["y".into(), "x".into()]);
        assert!(Values::Slice(&a).same_as(Values::Slice(&b)));
        assert!(!Values::Slice(&a).same_as(Values::Slice(&b[..1])));
        assert!(Values::NONE.is_empty());
    }
}
