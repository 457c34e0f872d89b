//! The values of one object, found without searching.

use crate::value::Values;
use crate::{AttributeId, AttributeSet};

/// Attributes with smaller numbers have a place in the table itself.
const NEAR: usize = 1024;
/// Attributes of one object that have a place in the table itself; most objects have fewer.
const FEW: usize = 48;

/// The values of one object by attribute, for somebody who asks for many of them: each is found at
/// once, and so is that there are none.
#[derive(Debug, Clone)]
pub struct AttributeTable<'a> {
    /// By number of an attribute: its place in `values` plus one; 0 when it has none there.
    places: [u8; NEAR],
    values: [Values<'a>; FEW],
    /// How many of `values` are in use.
    count: u8,
    present: AttributeSet,
    /// Attributes that have no place: few objects have any.
    others: Vec<(AttributeId, Values<'a>)>,
}

impl Default for AttributeTable<'_> {
    fn default() -> Self {
        Self {
            places: [0; NEAR],
            values: [Values::NONE; FEW],
            count: 0,
            present: AttributeSet::default(),
            others: Vec::new(),
        }
    }
}

impl<'a> AttributeTable<'a> {
    /// Adds an attribute that is not in the table yet.
    #[inline]
    pub fn add(&mut self, attribute: AttributeId, values: Values<'a>) {
        self.present.insert(attribute);
        let room = self.values.get_mut(usize::from(self.count));
        match (self.places.get_mut(usize::from(attribute.0)), room) {
            (Some(place), Some(room)) => {
                *room = values;
                self.count += 1;
                *place = self.count;
            }
            _ => self.others.push((attribute, values)),
        }
    }

    /// Returns the values of an attribute.
    #[inline]
    pub fn get(&self, attribute: AttributeId) -> Values<'a> {
        let place = self.places.get(usize::from(attribute.0)).copied().map_or(0, usize::from);
        match place.checked_sub(1).and_then(|at| self.values.get(at)) {
            Some(values) => *values,
            None if self.others.is_empty() => Values::NONE,
            None => self.far(attribute),
        }
    }

    #[cold]
    fn far(&self, attribute: AttributeId) -> Values<'a> {
        let found = self.others.iter().find(|(known, _)| *known == attribute);
        found.map_or(Values::NONE, |(_, values)| *values)
    }

    /// Returns the attributes in the table.
    pub const fn present(&self) -> &AttributeSet {
        &self.present
    }
}

impl<'a> Extend<(AttributeId, Values<'a>)> for AttributeTable<'a> {
    fn extend<I: IntoIterator<Item = (AttributeId, Values<'a>)>>(&mut self, attributes: I) {
        for (attribute, values) in attributes {
            self.add(attribute, values);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Value;

    #[test]
    fn near_far_and_many_attributes_are_found() {
        let texts: Vec<[Value; 1]> = (0..600).map(|n| [Value::from(format!("{n}"))]).collect();
        let mut table = AttributeTable::default();
        let id = |n: usize| AttributeId(u16::try_from(n * 3).unwrap());
        table.extend(texts.iter().enumerate().map(|(n, text)| (id(n), Values::Slice(text))));
        for (n, text) in texts.iter().enumerate() {
            assert!(table.get(id(n)).same_as(Values::Slice(text)), "{n}");
            assert!(table.get(AttributeId(id(n).0 + 1)).is_empty(), "{n}");
            assert!(table.present().contains(id(n)));
        }
    }
}
