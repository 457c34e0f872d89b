//! Sets of small numbers, a bit each.

use crate::AttributeId;

/// A set of small numbers, such as those of rules. Two sets are united sixty-four numbers at a time.
pub type NumberSet = Bits<4>;

/// A set of attributes: which ones an object has.
#[derive(Debug, Clone, Default)]
pub struct AttributeSet(Bits<16>);

/// A set of numbers, of which those below `64 * N` need no memory beside it.
#[derive(Debug, Clone)]
pub struct Bits<const N: usize> {
    near: [u64; N],
    far: Vec<u64>,
}

impl<const N: usize> Default for Bits<N> {
    fn default() -> Self {
        Self { near: [0; N], far: Vec::new() }
    }
}

impl<const N: usize> Bits<N> {
    /// Adds a number.
    #[inline]
    pub fn insert(&mut self, number: usize) {
        match self.near.get_mut(number / 64) {
            Some(word) => *word |= 1 << (number % 64),
            None => self.insert_far(number),
        }
    }

    #[cold]
    fn insert_far(&mut self, number: usize) {
        let at = number / 64 - N;
        if at >= self.far.len() {
            self.far.resize(at + 1, 0);
        }
        if let Some(word) = self.far.get_mut(at) {
            *word |= 1 << (number % 64);
        }
    }

    /// Returns whether a number is in the set.
    #[inline]
    pub fn contains(&self, number: usize) -> bool {
        let at = number / 64;
        let word = self.near.get(at).or_else(|| self.far.get(at.checked_sub(N)?));
        word.is_some_and(|word| word >> (number % 64) & 1 == 1)
    }

    /// Adds all numbers of another set.
    #[inline]
    pub fn unite(&mut self, other: &Self) {
        for (mine, theirs) in self.near.iter_mut().zip(&other.near) {
            *mine |= theirs;
        }
        if self.far.len() < other.far.len() {
            self.far.resize(other.far.len(), 0);
        }
        for (mine, theirs) in self.far.iter_mut().zip(&other.far) {
            *mine |= theirs;
        }
    }

    /// Removes all numbers that another set lacks.
    #[inline]
    pub fn keep(&mut self, other: &Self) {
        for (mine, theirs) in self.near.iter_mut().zip(&other.near) {
            *mine &= theirs;
        }
        self.far.truncate(other.far.len());
        for (mine, theirs) in self.far.iter_mut().zip(&other.far) {
            *mine &= theirs;
        }
    }

    /// Walks over the numbers, the smallest first.
    pub fn numbers(&self) -> Numbers<'_> {
        Numbers { words: self.near.iter(), far: &self.far, left: 0, end: 0 }
    }
}

/// Walks over [`Bits`].
#[derive(Debug, Clone)]
pub struct Numbers<'a> {
    words: std::slice::Iter<'a, u64>,
    /// The words behind those.
    far: &'a [u64],
    /// What is left of the word before them.
    left: u64,
    /// The number behind that word.
    end: usize,
}

impl Iterator for Numbers<'_> {
    type Item = usize;

    #[inline]
    fn next(&mut self) -> Option<usize> {
        while self.left == 0 {
            if let Some(word) = self.words.next() {
                self.left = *word;
                self.end += 64;
            } else if self.far.is_empty() {
                return None;
            } else {
                self.words = std::mem::take(&mut self.far).iter();
            }
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

    /// Walks over the attributes, the one with the smallest number first.
    pub fn iter(&self) -> impl Iterator<Item = AttributeId> {
        self.numbers().filter_map(|number| u16::try_from(number).ok()).map(AttributeId)
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
                let mut set = NumberSet::default();
                for number in numbers {
                    set.insert(*number);
                }
                set
            };
            let mut kept = of(&mine);
            kept.keep(&of(&theirs));
            let expected: Vec<usize> = mine.intersection(&theirs).copied().collect();
            prop_assert_eq!(kept.numbers().collect::<Vec<_>>(), expected);
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
