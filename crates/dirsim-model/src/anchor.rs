//! The source anchor: the identity key between on-premises and cloud.

use std::fmt;
use std::fmt::Write as _;

use base64::alphabet;
use base64::engine::{DecodePaddingMode, Engine as _, GeneralPurpose, GeneralPurposeConfig};
use base64::prelude::BASE64_STANDARD;
use serde::{Deserialize, Serialize};

use crate::Guid;

/// The source anchor of an object: sourceAnchor, immutableId and onPremisesImmutableId are three
/// names of this one value (ET-014).
///
/// An opaque text, compared byte by byte (ET-005); most hold the base64 form of a GUID.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct SourceAnchor(Box<str>);

/// Why an anchor does not decode to a GUID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum AnchorError {
    /// The text is not base64 of sixteen bytes.
    #[error("not a 16-byte GUID encoding ({data} data characters)")]
    NotSixteenBytes {
        /// Characters before the padding; sixteen bytes need 22.
        data: usize,
    },
}

/// A GUID read back from an anchor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DecodedAnchor {
    /// The GUID.
    pub guid: Guid,
    /// Whether encoding the GUID again gives the same text.
    pub canonical: bool,
}

/// Base64 that forgives set trailing bits, as ET-014 asks.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new()
        .with_decode_allow_trailing_bits(true)
        .with_decode_padding_mode(DecodePaddingMode::RequireCanonical),
);

impl SourceAnchor {
    /// Wraps a text as it is.
    pub fn new(text: impl Into<Box<str>>) -> Self {
        Self(text.into())
    }

    /// Encodes a GUID: base64 of its bytes in directory order (ET-014, SE-291).
    pub fn from_guid(guid: Guid) -> Self {
        Self::from_bytes(guid.as_bytes())
    }

    /// Encodes any bytes as base64.
    pub fn from_bytes(bytes: &[u8]) -> Self {
        Self(BASE64_STANDARD.encode(bytes).into())
    }

    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Decodes the anchor to the GUID it was made from.
    pub fn decode(&self) -> Result<DecodedAnchor, AnchorError> {
        let data = self.0.trim_end_matches('=').len();
        let bytes = LENIENT.decode(&*self.0).map_err(|_| AnchorError::NotSixteenBytes { data })?;
        let guid = Guid::from_slice(&bytes).ok_or(AnchorError::NotSixteenBytes { data })?;
        Ok(DecodedAnchor { guid, canonical: Self::from_guid(guid) == *self })
    }

    /// Returns the length that the anchor rules count: every character outside a–z, A–Z, 0–9
    /// counts three (ET-016, SE-292).
    pub fn weighted_len(&self) -> usize {
        self.0.chars().map(|c| if c.is_ascii_alphanumeric() { 1 } else { 3 }).sum()
    }
}

impl fmt::Display for SourceAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for SourceAnchor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// Returns the Entra connector-space name of an anchor or cloud anchor: `CN={H}`, H the upper-case
/// hex of its UTF-8 bytes (ET-015, SE-014).
pub fn connector_space_name(anchor: &str) -> String {
    let mut name = String::with_capacity(6 + anchor.len() * 2);
    name.push_str("CN={");
    for byte in anchor.bytes() {
        let _ = write!(name, "{byte:02X}");
    }
    name.push('}');
    name
}

/// Reads the anchor back from a name that [`connector_space_name`] made.
pub fn from_connector_space_name(name: &str) -> Option<String> {
    let hex = name.trim().get(3..)?.strip_prefix('{')?.strip_suffix('}')?;
    if !name.trim().get(..3)?.eq_ignore_ascii_case("CN=")
        || !hex.len().is_multiple_of(2)
        || !hex.bytes().all(|byte| byte.is_ascii_hexdigit())
    {
        return None;
    }
    let bytes = (0..hex.len())
        .step_by(2)
        .map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok())
        .collect::<Option<Vec<u8>>>()?;
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// All ten vectors of ET-014.
    #[test]
    fn guids_encode_as_et_014_lists() {
        for (guid, anchor) in [
            ("00000000-0000-0000-0000-000000000000", "AAAAAAAAAAAAAAAAAAAAAA=="),
            ("00112233-4455-6677-8899-aabbccddeeff", "MyIRAFVEd2aImaq7zN3u/w=="),
            ("01234567-89ab-cdef-0123-456789abcdef", "Z0UjAauJ780BI0VniavN7w=="),
            ("11111111-2222-3333-4444-555555555555", "ERERESIiMzNERFVVVVVVVQ=="),
            ("aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee", "qqqqqru7zMzd3e7u7u7u7g=="),
            ("ffffffff-ffff-ffff-ffff-ffffffffffff", "/////////////////////w=="),
            ("6b29fc40-ca47-1067-b31d-00dd010662da", "QPwpa0fKZxCzHQDdAQZi2g=="),
            ("f81d4fae-7dec-11d0-a765-00a0c91e6bf6", "rk8d+Ox90BGnZQCgyR5r9g=="),
            ("25c2879e-20ed-4e66-83f0-9e20460aedf8", "nofCJe0gZk6D8J4gRgrt+A=="),
            ("6e7af956-0b52-4f1b-c2af-ff1358e7bda6", "Vvl6blILG0/Cr/8TWOe9pg=="),
        ] {
            let guid: Guid = guid.parse().unwrap();
            let encoded = SourceAnchor::from_guid(guid);
            assert_eq!(encoded.as_str(), anchor);
            assert_eq!(encoded.decode(), Ok(DecodedAnchor { guid, canonical: true }));
        }
        let big_endian = SourceAnchor::new("ABEiM0RVZneImaq7zN3u/w==");
        assert_ne!(
            big_endian.decode().unwrap().guid.to_string(),
            "00112233-4455-6677-8899-aabbccddeeff"
        );
    }

    /// ET-014: the seed's sample lost its 22nd character; documentation placeholders decode.
    #[test]
    fn odd_anchors_are_named_not_refused() {
        let sample = SourceAnchor::new("xMf1FXx9RIcbcAbDlqeOA==");
        assert_eq!(
            sample.decode().unwrap_err().to_string(),
            "not a 16-byte GUID encoding (21 data characters)"
        );
        let placeholder = SourceAnchor::new("abcdefghijklmnopqrstuv==").decode().unwrap();
        assert_eq!(placeholder.guid.to_string(), "791db769-21f8-398a-259a-7a29aabb2dba");
        assert!(!placeholder.canonical);
    }

    /// Both examples of ET-015.
    #[test]
    fn connector_space_names_are_hex() {
        let name = "CN={783456306961654236304B58786A66746377643748773D3D}";
        assert_eq!(connector_space_name("x4V0iaeB60KXxjftcwd7Hw=="), name);
        assert_eq!(from_connector_space_name(name).unwrap(), "x4V0iaeB60KXxjftcwd7Hw==");
        assert_eq!(from_connector_space_name("CN={é}"), None);
    }
}
