//! Operands, converted to the type of their attribute (SR-034).

use std::cmp::Ordering;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Dn, Guid, Sid, Syntax, Timestamp, ValueRef};

use super::operator::Operator;
use crate::fold;

/// What an operator compares with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Operand {
    /// Nothing: ISNULL and ISNOTNULL.
    None,
    /// One value, or the elements of ISIN.
    Values(Vec<Comparand>),
    /// The DN of a group.
    Group(String),
    /// A text with parameters of the object's partition: known only when the object is (SR-010,
    /// SR-036).
    OfThePartition {
        /// The text, with only these parameters left.
        text: String,
        /// The type of the attribute that it is compared with.
        syntax: Syntax,
    },
}

/// One value to compare with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Comparand {
    /// Text, folded (SR-033).
    Text(String),
    /// The text of a GUID, folded and without braces (SR-036).
    GuidText(String),
    /// The normalized text of a DN.
    Dn(String),
    /// A number.
    Integer(i64),
    /// True or false.
    Boolean(bool),
    /// Bytes.
    Bytes(Box<[u8]>),
    /// An instant.
    Time(Timestamp),
}

impl Operand {
    /// Returns the values to compare with.
    pub fn comparands(&self) -> &[Comparand] {
        match self {
            Self::Values(values) => values,
            Self::None | Self::Group(_) | Self::OfThePartition { .. } => &[],
        }
    }
}

impl Comparand {
    /// Whether a value equals this one.
    pub(super) fn equals(&self, value: ValueRef<'_>) -> bool {
        match (self, value) {
            (Self::Text(mine), ValueRef::Text(text)) => fold::equal(text, mine),
            (Self::GuidText(mine), ValueRef::Text(text)) => {
                text.trim_matches(['{', '}']).eq_ignore_ascii_case(mine)
            }
            _ => self.compare(value) == Some(Ordering::Equal),
        }
    }

    /// Orders a value against this one; `None` when they cannot be compared.
    pub(super) fn compare(&self, value: ValueRef<'_>) -> Option<Ordering> {
        Some(match (self, value) {
            (Self::Text(mine) | Self::GuidText(mine), ValueRef::Text(text)) => {
                fold::compare(text, mine)
            }
            (Self::Dn(mine), ValueRef::Text(text)) => dn_key(text).as_str().cmp(mine.as_str()),
            (Self::Integer(mine), ValueRef::Integer(number)) => number.cmp(mine),
            (Self::Boolean(mine), ValueRef::Boolean(truth)) if truth == *mine => Ordering::Equal,
            (Self::Bytes(mine), ValueRef::Bytes(bytes)) if *bytes == **mine => Ordering::Equal,
            (Self::Time(mine), ValueRef::Time(time)) => time.cmp(mine),
            _ => return None,
        })
    }

    /// Whether this occurs in a value.
    pub(super) fn is_inside(&self, value: ValueRef<'_>) -> bool {
        self.as_part(value, fold::contains, |text, part| text.contains(part))
    }

    /// Whether a value begins with this.
    pub(super) fn begins(&self, value: ValueRef<'_>) -> bool {
        self.as_part(value, fold::starts_with, |text, part| text.starts_with(part))
    }

    /// Whether a value ends with this.
    pub(super) fn ends(&self, value: ValueRef<'_>) -> bool {
        self.as_part(value, fold::ends_with, |text, part| text.ends_with(part))
    }

    fn as_part(
        &self,
        value: ValueRef<'_>,
        text_test: fn(&str, &str) -> bool,
        dn_test: fn(&str, &str) -> bool,
    ) -> bool {
        match (self, value) {
            (Self::Text(part), ValueRef::Text(text)) => text_test(text, part),
            (Self::Dn(part), ValueRef::Text(text)) => dn_test(&dn_key(text), part),
            _ => false,
        }
    }
}

/// Returns the text under which DNs compare; other text is folded.
fn dn_key(text: &str) -> String {
    text.parse::<Dn>().map_or_else(|_| fold::fold(text), |dn| dn.key())
}

/// Converts the text of an operand. `Err` says what was expected.
pub(crate) fn convert(
    operator: Operator,
    text: &str,
    attribute: AttributeId,
    syntax: Syntax,
) -> Result<Operand, &'static str> {
    if operator.is_unary() {
        return Ok(Operand::None);
    }
    if operator.takes_group() {
        text.parse::<Dn>().map_err(|_| "the DN of a group")?;
        return Ok(Operand::Group(text.to_owned()));
    }
    let is_dn = attribute == well_known::DN;
    if operator.takes_part() {
        let comparand = if is_dn { Comparand::Dn(dn_key(text)) } else { folded(text) };
        return Ok(Operand::Values(vec![comparand]));
    }
    if operator.takes_bits() {
        return Ok(Operand::Values(vec![number(text)?]));
    }
    let elements: Vec<&str> =
        if operator.takes_list() { text.split(';').collect() } else { vec![text] };
    let compared = elements.into_iter().map(|element| {
        if is_dn { Ok(Comparand::Dn(dn_key(element))) } else { one(element, syntax) }
    });
    Ok(Operand::Values(compared.collect::<Result<_, _>>()?))
}

fn one(text: &str, syntax: Syntax) -> Result<Comparand, &'static str> {
    Ok(match syntax {
        Syntax::Text => guid_text(text).unwrap_or_else(|| folded(text)),
        Syntax::Reference => Comparand::Dn(dn_key(text)),
        Syntax::Integer => number(text)?,
        Syntax::Boolean => match text.trim().to_ascii_lowercase().as_str() {
            "true" | "1" => Comparand::Boolean(true),
            "false" | "0" => Comparand::Boolean(false),
            _ => return Err("True or False"),
        },
        Syntax::Guid => match text.parse::<Guid>() {
            Ok(guid) => Comparand::Bytes(guid.as_bytes().as_slice().into()),
            Err(_) => base64(text, "a GUID or its bytes in Base64")?,
        },
        Syntax::Sid => match text.parse::<Sid>() {
            Ok(sid) => Comparand::Bytes(sid.as_bytes().into()),
            Err(_) => base64(text, "a SID or its bytes in Base64")?,
        },
        Syntax::Bytes => match text.parse::<Guid>() {
            // Bytes that read as a GUID are written as one, as in mS-DS-ConsistencyGuid.
            Ok(guid) if text.contains('-') => Comparand::Bytes(guid.as_bytes().as_slice().into()),
            _ => base64(text, "bytes in Base64")?,
        },
        Syntax::Time => Comparand::Time(text.parse().map_err(|_| "a time")?),
    })
}

fn folded(text: &str) -> Comparand {
    Comparand::Text(fold::fold(text))
}

fn guid_text(text: &str) -> Option<Comparand> {
    let bare = text.strip_prefix('{').and_then(|t| t.strip_suffix('}')).unwrap_or(text);
    (bare.len() == 36 && bare.parse::<Guid>().is_ok())
        .then(|| Comparand::GuidText(bare.to_ascii_lowercase()))
}

fn base64(text: &str, expected: &'static str) -> Result<Comparand, &'static str> {
    BASE64_STANDARD.decode(text.trim()).map(|b| Comparand::Bytes(b.into())).map_err(|_| expected)
}

fn number(text: &str) -> Result<Comparand, &'static str> {
    parse_number(text).map(Comparand::Integer).ok_or("a whole number")
}

/// Reads a number: decimal with optional sign, `0x` or `&H` hex (SR-009).
pub(crate) fn parse_number(text: &str) -> Option<i64> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix(['-', '+']) {
        Some(rest) => (text.starts_with('-'), rest),
        None => (false, text),
    };
    let hex = ["0x", "0X", "&H", "&h"].iter().find_map(|prefix| digits.strip_prefix(prefix));
    let number = match hex {
        Some(hex) => u64::from_str_radix(hex, 16).ok()?.cast_signed(),
        None if digits.starts_with(|c: char| c.is_ascii_digit()) => {
            return text.parse().ok();
        }
        None => return None,
    };
    if negative { number.checked_neg() } else { Some(number) }
}
