//! Sets of small numbers, a bit each.

use crate::AttributeId;

/// A set of small numbers. Two sets are united sixty-four numbers at a time.
#[derive(Debug, Clone, Default)]
pub struct NumberSet {
    words: Vec<u64>,
}

/// A set of attributes: which ones an object has.
#[derive(Debug, Clone)]
pub struct AttributeSet(NumberSet);

/// Room for the attributes of the shipped schema; a set grows beyond it when need be.
const USUAL: usize = 1024;

impl Default for AttributeSet {
    fn default() -> Self {
        Self(NumberSet::with_room(USUAL))
    }
}

impl NumberSet {
    /// Makes an empty set with room for the numbers below `end`.
    pub fn with_room(end: usize) -> Self {
        Self { words: Vec::with_capacity(end.div_ceil(64)) }
    }

    /// Adds a number.
    pub fn insert(&mut self, number: usize) {
        let at = number / 64;
        if at >= self.words.len() {
            self.words.resize(at + 1, 0);
        }
        if let Some(word) = self.words.get_mut(at) {
            *word |= 1 << (number % 64);
        }
    }

    /// Returns whether a number is in the set.
    pub fn contains(&self, number: usize) -> bool {
        self.words.get(number / 64).is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Adds all numbers of another set.
    pub fn unite(&mut self, other: &Self) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        for (mine, theirs) in self.words.iter_mut().zip(&other.words) {
            *mine |= theirs;
        }
    }

    /// Walks over the numbers, the smallest first.
    pub fn numbers(&self) -> Numbers<'_> {
        Numbers { words: self.words.iter(), left: 0, end: 0 }
    }
}

/// Walks over a [`NumberSet`].
#[derive(Debug, Clone)]
pub struct Numbers<'a> {
    words: std::slice::Iter<'a, u64>,
    /// What is left of the word before them.
    left: u64,
    /// The number behind that word.
    end: usize,
}

impl Iterator for Numbers<'_> {
    type Item = usize;

    fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            self.left = *self.words.next()?;
            self.end += 64;
        }
        let bit = self.left.trailing_zeros() as usize;
        // Clears the lowest bit.
        self.left &= self.left - 1;
        Some(self.end - 64 + bit)
    }
}

impl AttributeSet {
    /// Adds an attribute.
    pub fn insert(&mut self, attribute: AttributeId) {
        self.0.insert(usize::from(attribute.0));
    }

    /// Returns whether an attribute is in the set.
    pub fn contains(&self, attribute: AttributeId) -> bool {
        self.0.contains(usize::from(attribute.0))
    }

    /// Walks over the numbers of the attributes, the smallest first.
    pub fn numbers(&self) -> Numbers<'_> {
        self.0.numbers()
    }
}

impl Extend<AttributeId> for AttributeSet {
    fn extend<I: IntoIterator<Item = AttributeId>>(&mut self, attributes: I) {
        for attribute in attributes {
            self.insert(attribute);
        }
    }
}

impl FromIterator<AttributeId> for AttributeSet {
    fn from_iter<I: IntoIterator<Item = AttributeId>>(attributes: I) -> Self {
        let mut set = Self::default();
        set.extend(attributes);
        set
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_set_is_a_set(
            mine in proptest::collection::btree_set(0_usize..300, 0..40),
            theirs in proptest::collection::btree_set(0_usize..300, 0..40),
        ) {
            let of = |numbers: &BTreeSet<usize>| {
                let mut set = NumberSet::with_room(100);
                for number in numbers {
                    set.insert(*number);
                }
                set
            };
            let mut united = of(&mine);
            prop_assert_eq!(united.numbers().collect::<BTreeSet<_>>(), mine.clone());
            united.unite(&of(&theirs));
            let expected: Vec<usize> = mine.union(&theirs).copied().collect();
            prop_assert_eq!(united.numbers().collect::<Vec<_>>(), expected);
            for number in 0..400 {
                prop_assert_eq!(
                    united.contains(number),
                    mine.contains(&number) || theirs.contains(&number)
                );
            }
        }
    }
}
