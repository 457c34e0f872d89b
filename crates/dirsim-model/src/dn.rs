//! Distinguished names.

use std::fmt;
use std::fmt::Write as _;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A distinguished name as its parts, leaf first. Printed in the escaped form of the directory;
/// compared without case and insignificant spaces through [`Dn::key`] (SE-040).
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Dn {
    parts: Vec<Rdn>,
}

/// One part of a distinguished name, such as `OU=Corp`. A multi-valued part is kept as one text.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Rdn {
    /// The naming attribute as written, `CN`, `OU` or `DC` in most names.
    pub attribute: Box<str>,
    /// The value without escapes.
    pub value: Box<str>,
}

/// Why a text is no distinguished name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum DnError {
    /// A part has no `=`, or nothing in front of it.
    #[error("`{part}` in `{dn}` is no name part; expected a form like OU=Corp")]
    Part {
        /// The part as written.
        part: String,
        /// The whole name.
        dn: String,
    },
    /// A backslash is followed by nothing that can be escaped.
    #[error("`{dn}` ends in an unfinished escape; write a backslash as `\\\\`")]
    Escape {
        /// The whole name.
        dn: String,
    },
}

impl Dn {
    /// Builds a name from its parts, leaf first.
    pub const fn from_parts(parts: Vec<Rdn>) -> Self {
        Self { parts }
    }

    /// Returns the parts, leaf first.
    pub fn parts(&self) -> &[Rdn] {
        &self.parts
    }

    /// Returns the leaf part; `None` for the empty name.
    pub fn rdn(&self) -> Option<&Rdn> {
        self.parts.first()
    }

    /// Returns the name above; `None` for the empty name.
    pub fn parent(&self) -> Option<Self> {
        Some(Self { parts: self.parts.get(1..)?.to_vec() })
    }

    /// Returns this name with one more leaf.
    #[must_use]
    pub fn child(&self, rdn: Rdn) -> Self {
        let mut parts = Vec::with_capacity(self.parts.len() + 1);
        parts.push(rdn);
        parts.extend_from_slice(&self.parts);
        Self { parts }
    }

    /// Returns the number of parts.
    pub fn depth(&self) -> usize {
        self.parts.len()
    }

    /// Returns the text to compare and index by: lower case, no spaces around separators.
    pub fn key(&self) -> String {
        self.to_string().to_lowercase()
    }

    /// Returns whether this name is `ancestor` or lies below it.
    pub fn is_within(&self, ancestor: &Self) -> bool {
        self.parts.len() >= ancestor.parts.len()
            && self
                .parts
                .iter()
                .rev()
                .zip(ancestor.parts.iter().rev())
                .all(|(a, b)| a.key() == b.key())
    }

    /// Returns the DNS form of the trailing `DC=` parts, `contoso.com`.
    pub fn domain_fqdn(&self) -> String {
        let labels: Vec<&str> = self
            .parts
            .iter()
            .filter(|part| part.attribute.eq_ignore_ascii_case("DC"))
            .map(|part| &*part.value)
            .collect();
        labels.join(".")
    }

    /// Returns the naming context of a DNS name: `contoso.com` gives `DC=contoso,DC=com`.
    pub fn from_domain_fqdn(fqdn: &str) -> Self {
        Self { parts: fqdn.split('.').map(|label| Rdn::new("DC", label)).collect() }
    }
}

impl Rdn {
    /// Builds a part from its unescaped value.
    pub fn new(attribute: impl Into<Box<str>>, value: impl Into<Box<str>>) -> Self {
        Self { attribute: attribute.into(), value: value.into() }
    }

    /// Returns the text to compare by.
    pub fn key(&self) -> String {
        self.to_string().to_lowercase()
    }
}

impl FromStr for Dn {
    type Err = DnError;

    /// Parses the text form of RFC 4514 as directories and administrators write it.
    fn from_str(text: &str) -> Result<Self, DnError> {
        let mut parts = Vec::new();
        if text.trim().is_empty() {
            return Ok(Self { parts });
        }
        for part in split_unescaped(text) {
            let (attribute, value) = part
                .split_once('=')
                .map(|(a, v)| (a.trim(), v))
                .filter(|(a, _)| !a.is_empty())
                .ok_or_else(|| DnError::Part { part: part.to_owned(), dn: text.to_owned() })?;
            let value = unescape(value).ok_or_else(|| DnError::Escape { dn: text.to_owned() })?;
            parts.push(Rdn::new(attribute, value));
        }
        Ok(Self { parts })
    }
}

/// Splits at commas and semicolons that are neither escaped nor quoted.
fn split_unescaped(text: &str) -> Vec<&str> {
    let (mut parts, mut start, mut escaped, mut quoted) = (Vec::new(), 0, false, false);
    for (at, c) in text.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => {
                parts.push(text.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(text.get(start..).unwrap_or_default());
    parts
}

/// Removes escapes, quotes and insignificant spaces; `None` on an unfinished escape.
fn unescape(value: &str) -> Option<String> {
    let value = value.trim_start();
    let bytes = value.as_bytes();
    let (mut out, mut at, mut kept) = (Vec::with_capacity(bytes.len()), 0, 0);
    while let Some(&byte) = bytes.get(at) {
        match byte {
            b'\\' => {
                let hex = bytes
                    .get(at + 1..at + 3)
                    .filter(|two| two.iter().all(u8::is_ascii_hexdigit))
                    .and_then(|two| std::str::from_utf8(two).ok())
                    .and_then(|two| u8::from_str_radix(two, 16).ok());
                if let Some(escaped) = hex {
                    out.push(escaped);
                    at += 3;
                } else {
                    out.push(*bytes.get(at + 1)?);
                    at += 2;
                }
                kept = out.len();
            }
            b'"' => at += 1,
            b' ' => {
                out.push(byte);
                at += 1;
            }
            _ => {
                out.push(byte);
                at += 1;
                kept = out.len();
            }
        }
    }
    // Trailing spaces count only when they were escaped.
    out.truncate(kept);
    Some(String::from_utf8_lossy(&out).into_owned())
}

impl fmt::Display for Rdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}=", self.attribute)?;
        let last = self.value.chars().count().saturating_sub(1);
        for (at, c) in self.value.chars().enumerate() {
            match c {
                ',' | '+' | '"' | '\\' | '<' | '>' | ';' => write!(f, "\\{c}")?,
                '#' if at == 0 => f.write_str("\\#")?,
                ' ' if at == 0 || at == last => f.write_str("\\ ")?,
                '\n' => f.write_str("\\0A")?,
                '\r' => f.write_str("\\0D")?,
                '\0' => f.write_str("\\00")?,
                _ => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

impl fmt::Display for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, part) in self.parts.iter().enumerate() {
            if at > 0 {
                f.write_char(',')?;
            }
            fmt::Display::fmt(part, f)?;
        }
        Ok(())
    }
}

impl fmt::Debug for Rdn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Debug for Dn {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dn(text: &str) -> Dn {
        text.parse().unwrap()
    }

    #[test]
    fn spaces_and_case_do_not_matter() {
        assert_eq!(
            dn("cn=Ada Bell, OU=Corp ,DC=Contoso,DC=com").key(),
            dn("CN=ada bell,ou=corp,dc=contoso,dc=COM").key()
        );
    }

    #[test]
    fn escapes_survive_a_round_trip() {
        for text in [
            r"CN=Bell\, Ada,DC=contoso,DC=com",
            r"CN=Ada Bell\0ADEL:11111111-aaaa-4aaa-8aaa-000000000001,CN=Deleted Objects,DC=c",
            r"CN=\#1\+1\ ,DC=c",
        ] {
            assert_eq!(dn(text).to_string(), text);
        }
        assert_eq!(&*dn(r"CN=J\C3\BCrgen,DC=c").parts()[0].value, "Jürgen");
    }

    #[test]
    fn a_name_is_within_its_ancestors() {
        let user = dn("CN=Ada Bell,OU=Corp,DC=contoso,DC=com");
        assert!(user.is_within(&dn("ou=CORP,dc=contoso,dc=com")));
        assert!(!user.is_within(&dn("OU=NoSync,DC=contoso,DC=com")));
        assert_eq!(user.domain_fqdn(), "contoso.com");
        assert_eq!(Dn::from_domain_fqdn("contoso.com"), dn("DC=contoso,DC=com"));
    }

    #[test]
    fn a_text_without_parts_is_refused() {
        assert!("Ada Bell".parse::<Dn>().is_err());
        assert!(r"CN=Ada\".parse::<Dn>().is_err());
    }
}
