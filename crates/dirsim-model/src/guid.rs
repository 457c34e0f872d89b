//! GUIDs, in the directory's mixed byte order.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

/// A 16-byte identifier such as an objectGUID, kept in the byte order of the directory: the first
/// three groups little-endian, the rest as written (ET-014).
///
/// Prints as lower-case hyphenated text.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Guid([u8; 16]);

/// A text that is no GUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a GUID; expected a form like 00112233-4455-6677-8899-aabbccddeeff")]
pub struct GuidError(String);

impl Guid {
    /// The GUID of sixteen zero bytes.
    pub const NIL: Self = Self([0; 16]);

    /// Wraps sixteen bytes in directory order.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Reads sixteen bytes in directory order; `None` for any other length.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        bytes.try_into().ok().map(Self)
    }

    /// Returns the bytes in directory order.
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }

    /// Returns the text without hyphens, as deleted users carry it in front of their UPN (ET-174).
    pub fn simple(&self) -> String {
        Uuid::from_bytes_le(self.0).simple().to_string()
    }
}

impl FromStr for Guid {
    type Err = GuidError;

    /// Parses hyphenated, simple, braced and URN text in any case.
    fn from_str(text: &str) -> Result<Self, GuidError> {
        Uuid::try_parse(text.trim())
            .map(|uuid| Self(uuid.to_bytes_le()))
            .map_err(|_| GuidError(text.to_owned()))
    }
}

impl fmt::Display for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&Uuid::from_bytes_le(self.0).hyphenated(), f)
    }
}

impl fmt::Debug for Guid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_swaps_the_first_three_groups() {
        let guid: Guid = "00112233-4455-6677-8899-aabbccddeeff".parse().unwrap();
        assert_eq!(guid.as_bytes()[..8], [0x33, 0x22, 0x11, 0x00, 0x55, 0x44, 0x77, 0x66]);
        assert_eq!(guid.to_string(), "00112233-4455-6677-8899-aabbccddeeff");
    }

    #[test]
    fn braces_and_case_do_not_matter() {
        let braced: Guid = "{00112233-4455-6677-8899-AABBCCDDEEFF}".parse().unwrap();
        assert_eq!(braced.simple(), "00112233445566778899aabbccddeeff");
        assert!("not-a-guid".parse::<Guid>().is_err());
    }
}
