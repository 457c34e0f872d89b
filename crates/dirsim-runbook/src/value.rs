//! Values and objects as cmdlets take and return them.

use std::fmt::Write as _;

use dirsim_model::Timestamp;
use serde::ser::{SerializeMap, SerializeSeq};
use serde::{Serialize, Serializer};

/// A value of a parameter or a property.
#[derive(Debug, Clone, PartialEq)]
pub enum PsValue {
    /// `$null`.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// A number with a fraction.
    Real(f64),
    /// A text.
    Text(String),
    /// An instant.
    Time(Timestamp),
    /// A span of time in milliseconds.
    Duration(i64),
    /// Bytes.
    Bytes(Vec<u8>),
    /// A list.
    List(Vec<PsValue>),
    /// A hashtable: keys and values in the order written.
    Table(Vec<(String, PsValue)>),
    /// An object.
    Object(Box<Object>),
    /// A GUID.
    Guid(dirsim_model::Guid),
}

/// An object that a cmdlet returns.
#[derive(Debug, Clone, PartialEq)]
pub struct Object {
    /// The .NET type as the module names it; decides how the object is shown.
    pub type_name: &'static str,
    /// The properties in display order.
    pub properties: Vec<(String, PsValue)>,
}

impl Object {
    /// Starts an object without properties.
    pub const fn new(type_name: &'static str) -> Self {
        Self { type_name, properties: Vec::new() }
    }

    /// Adds a property.
    #[must_use]
    pub fn with(mut self, name: &str, value: impl Into<PsValue>) -> Self {
        self.properties.push((name.to_owned(), value.into()));
        self
    }

    /// Returns a property, its name compared without case.
    pub fn get(&self, name: &str) -> Option<&PsValue> {
        self.properties
            .iter()
            .find(|(known, _)| known.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }
}

impl PsValue {
    /// Returns the text as PowerShell converts a value to `[string]`; lists are joined by spaces.
    pub fn to_text(&self) -> String {
        match self {
            Self::Null => String::new(),
            Self::Boolean(true) => "True".to_owned(),
            Self::Boolean(false) => "False".to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Real(number) => number.to_string(),
            Self::Text(text) => text.clone(),
            Self::Time(time) => time.to_string(),
            Self::Duration(ms) => duration_text(*ms),
            Self::Guid(guid) => guid.to_string(),
            Self::Bytes(bytes) => join(bytes.iter().map(u8::to_string), " "),
            Self::List(values) => join(values.iter().map(Self::to_text), " "),
            Self::Table(pairs) => format!(
                "@{{{}}}",
                join(pairs.iter().map(|(key, value)| format!("{key}={}", value.to_text())), "; ")
            ),
            Self::Object(object) => format!(
                "@{{{}}}",
                join(
                    object
                        .properties
                        .iter()
                        .map(|(key, value)| format!("{key}={}", value.to_text())),
                    "; "
                )
            ),
        }
    }

    /// Returns the values of a list, or the value itself as the only one; nothing for null.
    pub fn each(&self) -> Vec<&Self> {
        match self {
            Self::Null => Vec::new(),
            Self::List(values) => values.iter().collect(),
            other => vec![other],
        }
    }
}

fn join(parts: impl Iterator<Item = String>, separator: &str) -> String {
    parts.collect::<Vec<_>>().join(separator)
}

/// Writes a span of time as `[timespan]` prints: `7.00:00:00`, `00:30:00`.
pub fn duration_text(ms: i64) -> String {
    let (sign, ms) = if ms < 0 { ("-", ms.saturating_neg()) } else { ("", ms) };
    let (seconds, fraction) = (ms / 1000, ms % 1000);
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let (minutes, seconds) = (seconds / 60 % 60, seconds % 60);
    let mut text = sign.to_owned();
    if days > 0 {
        let _ = write!(text, "{days}.");
    }
    let _ = write!(text, "{hours:02}:{minutes:02}:{seconds:02}");
    if fraction > 0 {
        let _ = write!(text, ".{fraction:03}");
    }
    text
}

/// Reads a span of time as `[timespan]` does: `[d.]hh:mm[:ss]`, or days alone.
pub fn parse_duration(text: &str) -> Option<i64> {
    let text = text.trim();
    let (sign, text) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text),
    };
    let number = |part: &str, max: i64| -> Option<i64> {
        let plain = (1..=9).contains(&part.len()) && part.bytes().all(|b| b.is_ascii_digit());
        part.parse().ok().filter(|number| plain && *number <= max)
    };
    let mut parts = text.split(':');
    let first = parts.next()?;
    let rest: Vec<&str> = parts.collect();
    let (days, hours) = match (rest.is_empty(), first.split_once('.')) {
        (true, _) => return Some(sign * number(first, 10_000_000)? * 86_400_000),
        (false, Some((days, hours))) => (number(days, 10_000_000)?, number(hours, 23)?),
        (false, None) => (0, number(first, 23)?),
    };
    let minutes = number(rest.first()?, 59)?;
    let seconds = match rest.as_slice() {
        [_] => 0,
        [_, seconds] => number(seconds, 59)?,
        _ => return None,
    };
    Some(sign * (((days * 24 + hours) * 60 + minutes) * 60 + seconds) * 1000)
}

impl From<&str> for PsValue {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for PsValue {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<bool> for PsValue {
    fn from(truth: bool) -> Self {
        Self::Boolean(truth)
    }
}

impl From<i64> for PsValue {
    fn from(number: i64) -> Self {
        Self::Integer(number)
    }
}

impl From<u64> for PsValue {
    fn from(number: u64) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<usize> for PsValue {
    fn from(number: usize) -> Self {
        Self::Integer(i64::try_from(number).unwrap_or(i64::MAX))
    }
}

impl From<Timestamp> for PsValue {
    fn from(time: Timestamp) -> Self {
        Self::Time(time)
    }
}

impl From<Object> for PsValue {
    fn from(object: Object) -> Self {
        Self::Object(Box::new(object))
    }
}

impl From<dirsim_model::Guid> for PsValue {
    fn from(guid: dirsim_model::Guid) -> Self {
        Self::Text(guid.to_string())
    }
}

impl From<&dirsim_model::Dn> for PsValue {
    fn from(dn: &dirsim_model::Dn) -> Self {
        Self::Text(dn.to_string())
    }
}

impl<T: Into<PsValue>> From<Option<T>> for PsValue {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Null, Into::into)
    }
}

impl<T: Into<PsValue>> From<Vec<T>> for PsValue {
    fn from(values: Vec<T>) -> Self {
        Self::List(values.into_iter().map(Into::into).collect())
    }
}

impl Serialize for PsValue {
    /// Writes what `ConvertTo-Json` would; instants as ISO 8601, spans as text.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Null => serializer.serialize_unit(),
            Self::Boolean(truth) => serializer.serialize_bool(*truth),
            Self::Integer(number) => serializer.serialize_i64(*number),
            Self::Real(number) => serializer.serialize_f64(*number),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Time(_) | Self::Duration(_) | Self::Guid(_) => {
                serializer.serialize_str(&self.to_text())
            }
            Self::Bytes(bytes) => bytes.serialize(serializer),
            Self::List(values) => {
                let mut list = serializer.serialize_seq(Some(values.len()))?;
                for value in values {
                    list.serialize_element(value)?;
                }
                list.end()
            }
            Self::Table(pairs) => serialize_pairs(pairs, serializer),
            Self::Object(object) => object.serialize(serializer),
        }
    }
}

impl Serialize for Object {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serialize_pairs(&self.properties, serializer)
    }
}

fn serialize_pairs<S: Serializer>(
    pairs: &[(String, PsValue)],
    serializer: S,
) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(pairs.len()))?;
    for (name, value) in pairs {
        map.serialize_entry(name, value)?;
    }
    map.end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_of_time_read_and_print_as_timespan() {
        for (text, ms) in
            [("00:30:00", 1_800_000), ("7.00:00:00", 604_800_000), ("1:30", 5_400_000)]
        {
            assert_eq!(parse_duration(text), Some(ms));
        }
        assert_eq!(duration_text(604_800_000), "7.00:00:00");
        assert_eq!(parse_duration("2"), Some(172_800_000));
        for bad in ["", "25:00", "1:2:3:4", "x", "1.2.3", "+1", "9999999999:00"] {
            assert_eq!(parse_duration(bad), None, "{bad}");
        }
    }
}
