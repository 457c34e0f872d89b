//! Hashtables.

use std::cell::RefCell;
use std::collections::BTreeMap;

use super::Live;

/// What kind of hashtable a hashtable is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum TableKind {
    /// `@{}`. Its order is that of writing, so that the same script gives the same bytes.
    Hash,
    /// `[ordered]@{}`: a number is an index.
    Ordered,
    /// `[System.Collections.Generic.Dictionary[…]]`, and `[hashtable]::new()`: letter case matters.
    Exact,
}

/// A key, so that it can be found again: texts without case unless the table minds it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Key {
    Number(i64),
    Text(String),
    Other(String, String),
}

/// A hashtable.
#[derive(Debug)]
pub struct Table {
    pub(crate) kind: TableKind,
    inner: RefCell<Inner>,
}

#[derive(Debug, Default)]
struct Inner {
    /// In the order of writing; removed ones leave a hole.
    slots: Vec<Option<(Live, Live)>>,
    index: BTreeMap<Key, usize>,
}

impl Table {
    pub(crate) fn new(kind: TableKind) -> Self {
        Self { kind, inner: RefCell::default() }
    }

    fn key(&self, key: &Live) -> Key {
        match key {
            Live::Int(number) => Key::Number(i64::from(*number)),
            Live::Text(text) if self.kind == TableKind::Exact => Key::Text(text.to_string()),
            Live::Text(text) => Key::Text(text.to_lowercase()),
            Live::Char(c) => Key::Other("char".to_owned(), c.to_string()),
            other => Key::Other(other.type_name().into_owned(), other.to_text()),
        }
    }

    pub(crate) fn get(&self, key: &Live) -> Option<Live> {
        let key = self.key(key);
        let inner = self.inner.borrow();
        let slot = inner.index.get(&key)?;
        inner.slots.get(*slot)?.as_ref().map(|(_, value)| value.clone())
    }

    pub(crate) fn get_text(&self, key: &str) -> Option<Live> {
        self.get(&Live::text(key))
    }

    /// Sets a value; returns whether the key is new.
    pub(crate) fn set(&self, key: Live, value: Live) -> bool {
        let found = self.key(&key);
        let mut inner = self.inner.borrow_mut();
        if let Some(slot) = inner.index.get(&found).copied() {
            if let Some(Some(pair)) = inner.slots.get_mut(slot) {
                pair.1 = value;
            }
            return false;
        }
        let slot = inner.slots.len();
        inner.index.insert(found, slot);
        inner.slots.push(Some((key, value)));
        true
    }

    pub(crate) fn remove(&self, key: &Live) -> bool {
        let key = self.key(key);
        let mut inner = self.inner.borrow_mut();
        let Some(slot) = inner.index.remove(&key) else { return false };
        if let Some(place) = inner.slots.get_mut(slot) {
            *place = None;
        }
        // Holes are closed when they are most of the table.
        if inner.slots.len() > 32 && inner.index.len() * 2 < inner.slots.len() {
            let slots = std::mem::take(&mut inner.slots);
            let mut moved = BTreeMap::new();
            for (old, pair) in slots.into_iter().enumerate() {
                if pair.is_some() {
                    moved.insert(old, inner.slots.len());
                    inner.slots.push(pair);
                }
            }
            for slot in inner.index.values_mut() {
                *slot = moved.get(slot).copied().unwrap_or(0);
            }
        }
        true
    }

    pub(crate) fn clear(&self) {
        *self.inner.borrow_mut() = Inner::default();
    }

    pub(crate) fn len(&self) -> usize {
        self.inner.borrow().index.len()
    }

    /// Returns keys and values in the order of writing.
    pub(crate) fn pairs(&self) -> Vec<(Live, Live)> {
        self.inner.borrow().slots.iter().flatten().cloned().collect()
    }

    pub(crate) fn keys(&self) -> Vec<Live> {
        self.pairs().into_iter().map(|(key, _)| key).collect()
    }

    pub(crate) fn values(&self) -> Vec<Live> {
        self.pairs().into_iter().map(|(_, value)| value).collect()
    }

    /// Returns a copy with the same values.
    pub(crate) fn copy(&self) -> Self {
        let copy = Self::new(self.kind);
        for (key, value) in self.pairs() {
            copy.set(key, value);
        }
        copy
    }
}
