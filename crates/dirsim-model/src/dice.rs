//! Seeded randomness: everything that looks random in the world comes from here (SE-002, ET-004).

use serde::{Deserialize, Serialize};

use crate::Guid;

/// A deterministic source of identifiers and digits; the same seed gives the same sequence on
/// every machine.
///
/// The generator is `SplitMix64`, whose whole state is one number, so a table row can keep it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dice {
    state: u64,
}

impl Dice {
    /// Starts a sequence.
    pub const fn new(seed: u64) -> Self {
        Self { state: seed }
    }

    /// Returns the next number of the sequence.
    pub const fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    /// Returns a number below `bound`, or 0 when `bound` is 0.
    pub const fn below(&mut self, bound: u64) -> u64 {
        if bound == 0 { 0 } else { self.next() % bound }
    }

    /// Returns a random (version 4) GUID.
    pub fn guid(&mut self) -> Guid {
        let mut bytes = [0; 16];
        let (left, right) = bytes.split_at_mut(8);
        left.copy_from_slice(&self.next().to_le_bytes());
        right.copy_from_slice(&self.next().to_le_bytes());
        bytes[7] = bytes[7] & 0x0F | 0x40;
        bytes[8] = bytes[8] & 0x3F | 0x80;
        Guid::from_bytes(bytes)
    }

    /// Returns four digits from 1000 to 9999 (ET-075).
    pub const fn four_digits(&mut self) -> u16 {
        #[expect(clippy::cast_possible_truncation, reason = "below 10,000")]
        let digits = 1000 + self.below(9000) as u16;
        digits
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_fixes_the_sequence() {
        let (mut a, mut b) = (Dice::new(7), Dice::new(7));
        assert_eq!(a.guid(), b.guid());
        assert_eq!(a.four_digits(), b.four_digits());
        assert_ne!(Dice::new(8).next(), Dice::new(7).next());
        assert_eq!(a.guid().to_string().as_bytes()[14], b'4', "version 4");
    }
}
