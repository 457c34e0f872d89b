//! Security identifiers.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A security identifier, kept as its binary form (ET-018, SE-038).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Sid(Box<[u8]>);

/// A text or byte string that is no SID.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a SID; expected a form like S-1-5-21-1000-2000-3000-1104")]
pub struct SidError(String);

impl Sid {
    /// Reads a binary SID; `None` unless the bytes are exactly one well-formed SID.
    pub fn from_slice(bytes: &[u8]) -> Option<Self> {
        is_sid(bytes).then(|| Self(bytes.into()))
    }

    /// Returns the text of a binary SID; `None` unless the bytes are exactly one well-formed SID.
    pub fn text_of(bytes: &[u8]) -> Option<String> {
        is_sid(bytes).then(|| to_text(bytes))
    }

    /// Returns the binary form.
    pub fn as_bytes(&self) -> &[u8] {
        &self.0
    }

    /// Returns this domain SID extended by a relative identifier.
    #[must_use]
    pub fn with_rid(&self, rid: u32) -> Self {
        let mut bytes = self.0.to_vec();
        bytes.extend_from_slice(&rid.to_le_bytes());
        if let Some(count) = bytes.get_mut(1) {
            *count = count.saturating_add(1);
        }
        Self(bytes.into())
    }

    /// Returns the last sub-authority, the relative identifier of a principal.
    pub fn rid(&self) -> Option<u32> {
        let tail = self.0.len().checked_sub(4).filter(|at| *at >= 8)?;
        Some(u32::from_le_bytes(self.0.get(tail..)?.try_into().ok()?))
    }

    /// Returns the SID without its last sub-authority, the domain of a principal.
    pub fn domain(&self) -> Option<Self> {
        let mut bytes = self.0.get(..self.0.len().checked_sub(4).filter(|at| *at >= 8)?)?.to_vec();
        *bytes.get_mut(1)? -= 1;
        Some(Self(bytes.into()))
    }
}

impl FromStr for Sid {
    type Err = SidError;

    fn from_str(text: &str) -> Result<Self, SidError> {
        let error = || SidError(text.to_owned());
        let mut parts = text.trim().split('-');
        if !parts.next().is_some_and(|s| s.eq_ignore_ascii_case("S")) || parts.next() != Some("1") {
            return Err(error());
        }
        let authority: u64 = parts.next().and_then(|p| p.parse().ok()).ok_or_else(error)?;
        if authority >= 1 << 48 {
            return Err(error());
        }
        let rest: Vec<u32> =
            parts.map(str::parse).collect::<Result<_, _>>().map_err(|_| error())?;
        let count = u8::try_from(rest.len()).ok().filter(|n| *n <= 15).ok_or_else(error)?;
        let mut bytes = vec![1, count];
        bytes.extend(authority.to_be_bytes().into_iter().skip(2));
        bytes.extend(rest.iter().flat_map(|part| part.to_le_bytes()));
        Ok(Self(bytes.into()))
    }
}

impl Sid {
    /// Returns the identifier authority, the third part of the text.
    pub fn authority(&self) -> u64 {
        authority(&self.0)
    }

    /// Returns the text.
    pub fn to_text(&self) -> String {
        to_text(&self.0)
    }
}

fn is_sid(bytes: &[u8]) -> bool {
    bytes.first() == Some(&1)
        && bytes
            .get(1)
            .is_some_and(|count| *count <= 15 && bytes.len() == 8 + 4 * usize::from(*count))
}

fn authority(bytes: &[u8]) -> u64 {
    bytes.iter().skip(2).take(6).fold(0, |sum, byte| sum << 8 | u64::from(*byte))
}

/// Every user has a SID that becomes text, so it is put together without formatting.
fn to_text(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(48);
    text.push_str("S-1");
    push_part(&mut text, authority(bytes));
    let (parts, _) = bytes.get(8..).unwrap_or_default().as_chunks();
    for part in parts {
        push_part(&mut text, u64::from(u32::from_le_bytes(*part)));
    }
    text
}

/// Adds a hyphen and a number.
fn push_part(text: &mut String, mut number: u64) {
    let mut digits = [b'0'; 20];
    let mut length = 0;
    for digit in digits.iter_mut().rev() {
        *digit += (number % 10) as u8;
        number /= 10;
        length += 1;
        if number == 0 {
            break;
        }
    }
    text.push('-');
    let written = digits.len() - length;
    text.push_str(str::from_utf8(digits.get(written..).unwrap_or_default()).unwrap_or_default());
}

impl fmt::Display for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

impl fmt::Debug for Sid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::prelude::{BASE64_STANDARD, Engine as _};

    /// The vectors of ET-018.
    #[test]
    fn binary_form_follows_et_018() {
        for (text, base64) in [
            (
                "S-1-5-21-1111111111-2222222222-3333333333-1104",
                "AQUAAAAAAAUVAAAAxzU6Qo5rdIRVoa7GUAQAAA==",
            ),
            ("S-1-5-32-544", "AQIAAAAAAAUgAAAAIAIAAA=="),
        ] {
            let sid: Sid = text.parse().unwrap();
            assert_eq!(BASE64_STANDARD.encode(sid.as_bytes()), base64);
            assert_eq!(Sid::from_slice(sid.as_bytes()).unwrap().to_string(), text);
        }
    }

    #[test]
    fn a_principal_is_its_domain_and_a_rid() {
        let domain: Sid = "S-1-5-21-1-2-3".parse().unwrap();
        let user = domain.with_rid(1104);
        assert_eq!(user.to_string(), "S-1-5-21-1-2-3-1104");
        assert_eq!((user.rid(), user.domain()), (Some(1104), Some(domain)));
    }
}
