//! Casts: `[int]'5'`, `'5' -as [int]`, and what parameters with a type do.

use std::rc::Rc;

use chrono::{NaiveDate, NaiveDateTime};

use super::number::{self, Number};
use super::regex;
use crate::ast::TypeName;
use crate::live::{Live, LiveObject, Seq, SeqKind, TICKS_EPOCH, TICKS_MS, Table, TableKind};
use crate::stop::{Run, Stop};
use crate::types;

/// Converts a value to a type.
pub(crate) fn cast(name: &TypeName, value: &Live) -> Run<Live> {
    let full = types::resolve(&name.name);
    if name.array {
        return array(name, value);
    }
    let Some(full) = full else {
        if types::is_open(&name.name) || types::is(value, name) {
            return Ok(value.clone());
        }
        return Err(Stop::runtime("TypeNotFound", format!("Unable to find type [{}].", name.name)));
    };
    to(full, value)
}

fn refused(value: &Live, full: &str, why: &str) -> Stop {
    let shown = match value {
        Live::Nothing | Live::Null => "null".to_owned(),
        other => format!("\"{}\"", other.to_text()),
    };
    let id = match full {
        "System.Int32" | "System.Int64" => "InvalidCastFromStringToInteger",
        _ => "InvalidCastParseTargetInvocation",
    };
    let why = if why.is_empty() { String::new() } else { format!(" Error: \"{why}\"") };
    Stop::cast(id, format!("Cannot convert value {shown} to type \"{full}\".{why}"))
}

/// Converts a value to a type by its full name.
pub(crate) fn to(full: &'static str, value: &Live) -> Run<Live> {
    const FORMAT: &str = "Input string was not in a correct format.";
    let value = match value {
        // A list of one is its value, unless a list is wanted.
        Live::Seq(seq)
            if seq.len() == 1
                && !full.contains("Collections")
                && !matches!(
                    full,
                    "System.Array"
                        | "System.Object"
                        | "System.String"
                        | "System.Boolean"
                        | "System.Guid"
                ) =>
        {
            &seq.items.borrow().first().cloned().unwrap_or(Live::Null)
        }
        other => other,
    };
    match full {
        "System.Object"
        | "System.Management.Automation.PSObject"
        | "System.ValueType"
        | "System.Enum"
        | "System.Type" => {
            if let ("System.Type", Live::Text(text)) = (full, value) {
                let name = TypeName {
                    name: Rc::clone(text),
                    arguments: Vec::new(),
                    array: false,
                    span: crate::diagnostic::Span::default(),
                };
                return Ok(Live::Type(Rc::new(name)));
            }
            Ok(value.clone())
        }
        "System.Void" => Ok(Live::Nothing),
        "System.String" => Ok(match value {
            Live::Nothing | Live::Null => Live::text(""),
            other => Live::text(other.to_text()),
        }),
        "System.Boolean" => Ok(Live::Bool(value.truth())),
        "System.Management.Automation.SwitchParameter" => Ok(Live::Bool(value.truth())),
        "System.Int32"
        | "System.Int64"
        | "System.Int16"
        | "System.UInt16"
        | "System.UInt32"
        | "System.UInt64"
        | "System.Byte"
        | "System.Numerics.BigInteger" => {
            let number = match value {
                Live::Time(_) | Live::Span(_) | Live::Guid(_) => None,
                other => number::number(other),
            };
            let number = number.ok_or_else(|| refused(value, full, FORMAT))?;
            let range = |low: i64, high: i64| {
                number.rounded().filter(|n| (low..=high).contains(n)).ok_or_else(|| {
                    refused(
                        value,
                        full,
                        &format!(
                            "Value was either too large or too small for an {}.",
                            full.trim_start_matches("System.")
                        ),
                    )
                })
            };
            Ok(match full {
                "System.Int32" => Live::Int(
                    i32::try_from(range(i64::from(i32::MIN), i64::from(i32::MAX))?)
                        .unwrap_or_default(),
                ),
                "System.Int16" => {
                    Live::Int(i32::try_from(range(-32_768, 32_767)?).unwrap_or_default())
                }
                "System.UInt16" => Live::Int(i32::try_from(range(0, 65_535)?).unwrap_or_default()),
                "System.Byte" => Live::Byte(u8::try_from(range(0, 255)?).unwrap_or_default()),
                "System.UInt32" => Live::Long(range(0, i64::from(u32::MAX))?),
                "System.UInt64" => Live::Long(range(0, i64::MAX)?),
                _ => Live::Long(range(i64::MIN, i64::MAX)?),
            })
        }
        "System.Decimal" => {
            // A text keeps its zeros: `[decimal]'1.50'` is 1.50.
            let exact = match value {
                Live::Text(text) => text.trim().replace(',', "").parse().ok(),
                _ => None,
            };
            let number = exact
                .or_else(|| number::number(value).and_then(number::Number::decimal))
                .ok_or_else(|| refused(value, full, FORMAT))?;
            Ok(Live::Decimal(number))
        }
        "System.Double" | "System.Single" => {
            let number = number::number(value).ok_or_else(|| refused(value, full, FORMAT))?;
            Ok(Live::Double(number.double()))
        }
        "System.Char" => match value {
            Live::Char(_) => Ok(value.clone()),
            Live::Text(text) if text.chars().count() == 1 => {
                Ok(Live::Char(text.chars().next().unwrap_or_default()))
            }
            Live::Int(_) | Live::Long(_) | Live::Byte(_) => {
                let code = number::number(value).and_then(Number::whole);
                code.and_then(|code| u32::try_from(code).ok())
                    .and_then(char::from_u32)
                    .map(Live::Char)
                    .ok_or_else(|| {
                        refused(
                            value,
                            full,
                            "Value was either too large or too small for a character.",
                        )
                    })
            }
            _ => Err(refused(value, full, "String must be exactly one character long.")),
        },
        "System.DateTime" => to_time(value),
        "System.TimeSpan" => to_span(value),
        "System.Guid" => guid(value),
        "System.Array" => Ok(match value {
            Live::Seq(_) => value.clone(),
            Live::Nothing | Live::Null => Live::Null,
            other => Live::array(vec![other.clone()]),
        }),
        "System.Collections.ArrayList" => Ok(list(SeqKind::ArrayList, value)),
        "System.Collections.Generic.List"
        | "System.Collections.Generic.Queue"
        | "System.Collections.Generic.Stack" => Ok(list(SeqKind::List, value)),
        "System.Collections.Generic.HashSet" => {
            let Live::Seq(seq) = list(SeqKind::Set, value) else { return Ok(Live::Null) };
            let mut seen: Vec<Live> = Vec::new();
            for item in seq.items.borrow().iter() {
                if !seen.iter().any(|other| super::compare::equal(other, item, true)) {
                    seen.push(item.clone());
                }
            }
            Ok(Live::Seq(Rc::new(Seq::new(SeqKind::Set, seen))))
        }
        "System.Collections.Hashtable"
        | "System.Collections.Specialized.OrderedDictionary"
        | "System.Collections.Generic.Dictionary" => match value {
            Live::Table(table) => {
                let kind = match full {
                    "System.Collections.Hashtable" => TableKind::Hash,
                    "System.Collections.Generic.Dictionary" => TableKind::Exact,
                    _ => TableKind::Ordered,
                };
                if table.kind == kind {
                    return Ok(value.clone());
                }
                let copy = Table::new(kind);
                for (key, value) in table.pairs() {
                    copy.set(key, value);
                }
                Ok(Live::Table(Rc::new(copy)))
            }
            Live::Nothing | Live::Null => Ok(Live::Null),
            _ => Err(refused(value, full, "")),
        },
        "System.Management.Automation.PSCustomObject" => Ok(match value {
            Live::Table(table) => {
                let object = LiveObject::custom();
                for (key, value) in table.pairs() {
                    object.put(&key.to_text(), value);
                }
                Live::Object(Rc::new(object))
            }
            other => other.clone(),
        }),
        "System.Management.Automation.ScriptBlock" => match value {
            Live::Block(_) => Ok(value.clone()),
            _ => Err(refused(value, full, "")),
        },
        "System.Text.RegularExpressions.Regex" => {
            let text = value.to_text();
            regex::compile(&text, true)?;
            Ok(Live::Object(Rc::new(
                LiveObject::new("System.Text.RegularExpressions.Regex").with("Pattern", text),
            )))
        }
        "System.Version" => version(value),
        // A document stays what it is; texts become one where the limits are known.
        "System.Xml.XmlDocument" if matches!(value, Live::Object(_)) => Ok(value.clone()),
        "System.Management.Automation.PSReference" => Ok(value.clone()),
        "System.Uri" => {
            let text = value.to_text();
            let host = text
                .split("://")
                .nth(1)
                .and_then(|rest| rest.split(['/', '?']).next())
                .unwrap_or_default()
                .to_owned();
            let path = text
                .split("://")
                .nth(1)
                .and_then(|rest| rest.find('/').map(|at| rest[at..].to_owned()))
                .unwrap_or_default();
            let scheme = text.split("://").next().unwrap_or_default().to_owned();
            Ok(Live::Object(Rc::new(
                LiveObject::new("System.Uri")
                    .with("AbsoluteUri", text)
                    .with("Host", host)
                    .with("AbsolutePath", path)
                    .with("Scheme", scheme),
            )))
        }
        "System.Net.Mail.MailAddress" => {
            let text = value.to_text();
            let parts = text
                .split_once('@')
                .filter(|(user, host)| !user.is_empty() && !host.is_empty() && !host.contains('@'));
            let Some((user, host)) = parts else {
                return Err(refused(
                    value,
                    full,
                    "The specified string is not in the form required for an e-mail address.",
                ));
            };
            let (user, host) = (user.to_owned(), host.to_owned());
            Ok(Live::Object(Rc::new(
                LiveObject::new("System.Net.Mail.MailAddress")
                    .with("Address", text)
                    .with("User", user)
                    .with("Host", host),
            )))
        }
        "System.Exception"
        | "System.ArgumentException"
        | "System.InvalidOperationException"
        | "System.FormatException"
        | "System.ApplicationException"
        | "System.NotSupportedException" => Ok(match value {
            Live::Object(object) if object.type_name.ends_with("Exception") => value.clone(),
            other => Live::Object(Rc::new(LiveObject::new(full).with("Message", other.to_text()))),
        }),
        _ if types::resolve(&value.type_name()) == Some(full) => Ok(value.clone()),
        // Words of enumerations are kept as texts.
        _ if matches!(value, Live::Text(_)) => Ok(value.clone()),
        _ => Err(refused(value, full, "")),
    }
}

fn list(kind: SeqKind, value: &Live) -> Live {
    Live::Seq(Rc::new(Seq::new(kind, value.clone().into_items())))
}

fn array(name: &TypeName, value: &Live) -> Run<Live> {
    let full = types::resolve(&name.name);
    if value.is_null() {
        return Ok(value.clone());
    }
    if let (Some("System.Char"), Live::Text(text)) = (full, value) {
        let chars = text.chars().map(Live::Char).collect();
        return Ok(Live::Seq(Rc::new(Seq::new(SeqKind::Chars, chars))));
    }
    let items = match value {
        Live::Seq(seq) => seq.items.borrow().clone(),
        other => vec![other.clone()],
    };
    let single = TypeName { array: false, ..name.clone() };
    let items = items.iter().map(|item| cast(&single, item)).collect::<Run<Vec<_>>>()?;
    let kind = match full {
        Some("System.String") => SeqKind::Texts,
        Some("System.Int32") => SeqKind::Ints,
        Some("System.Byte") => SeqKind::Bytes,
        Some("System.Char") => SeqKind::Chars,
        _ => SeqKind::Array,
    };
    Ok(Live::Seq(Rc::new(Seq::new(kind, items))))
}

fn guid(value: &Live) -> Run<Live> {
    match value {
        Live::Guid(_) => Ok(value.clone()),
        Live::Seq(seq) => {
            let bytes: Option<Vec<u8>> = seq
                .items
                .borrow()
                .iter()
                .map(|item| {
                    number::number(item).and_then(Number::whole).and_then(|n| u8::try_from(n).ok())
                })
                .collect();
            bytes
                .and_then(|bytes| dirsim_model::Guid::from_slice(&bytes))
                .map(Live::Guid)
                .ok_or_else(|| {
                    Stop::cast("InvalidCastConstructorException", format!(
                        "Cannot convert value \"{}\" to type \"System.Guid\". Error: \"Byte array for Guid must be exactly 16 bytes long.\"", value.to_text()))
                })
        }
        other => {
            let text = other.to_text();
            text.trim().trim_matches(['{', '}']).parse().map(Live::Guid).map_err(|_| {
                refused(other, "System.Guid", "Guid should contain 32 digits with 4 dashes (xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx).")
            })
        }
    }
}

fn version(value: &Live) -> Run<Live> {
    let text = match value {
        Live::Int(number) => format!("{number}.0"),
        other => other.to_text(),
    };
    let parts: Option<Vec<i32>> = text.split('.').map(|part| part.parse().ok()).collect();
    let Some(parts) = parts.filter(|parts| (2..=4).contains(&parts.len())) else {
        return Err(refused(
            value,
            "System.Version",
            "Version string portion was too short or too long.",
        ));
    };
    let part = |index: usize| Live::Int(parts.get(index).copied().unwrap_or(-1));
    Ok(Live::Object(Rc::new(
        LiveObject::new("System.Version")
            .with("Major", part(0))
            .with("Minor", part(1))
            .with("Build", part(2))
            .with("Revision", part(3))
            .with("Text", text),
    )))
}

/// Formats of dates that `[datetime]` reads, beside ISO 8601; months stand first, as in the
/// invariant culture.
const TIMES: &[&str] = &[
    "%m/%d/%Y %H:%M:%S",
    "%m/%d/%Y %I:%M:%S %p",
    "%m/%d/%Y %I:%M %p",
    "%m/%d/%Y %H:%M",
    "%Y-%m-%dT%H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S%.f",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%dT%H:%M",
    "%Y-%m-%d %H:%M",
    "%Y/%m/%d %H:%M:%S",
    "%d %B %Y %H:%M:%S",
    "%B %d, %Y %H:%M:%S",
    "%A, %B %d, %Y %I:%M:%S %p",
];
const DATES: &[&str] = &[
    "%m/%d/%Y",
    "%Y-%m-%d",
    "%Y/%m/%d",
    "%d %B %Y",
    "%d %b %Y",
    "%B %d, %Y",
    "%b %d, %Y",
    "%A, %B %d, %Y",
];

/// Converts a value to an instant.
pub(crate) fn to_time(value: &Live) -> Run<Live> {
    match value {
        Live::Time(_) => Ok(value.clone()),
        Live::Int(_) | Live::Long(_) => {
            Ok(Live::Time(number::number(value).and_then(Number::whole).unwrap_or(0)))
        }
        Live::Text(text) => parse_time(text).map(Live::Time).ok_or_else(|| {
            refused(
                value,
                "System.DateTime",
                &format!("String '{text}' was not recognized as a valid DateTime."),
            )
        }),
        other => Err(refused(other, "System.DateTime", "")),
    }
}

/// Reads an instant; a text without a zone is UTC.
pub(crate) fn parse_time(text: &str) -> Option<i64> {
    let text = text.trim();
    if text.is_empty() {
        return None;
    }
    if let Ok(time) = chrono::DateTime::parse_from_rfc3339(text) {
        let nanos = i64::from(time.timestamp_subsec_nanos());
        return Some(time.timestamp() * 10_000_000 + nanos / 100 + TICKS_EPOCH);
    }
    let plain = text.strip_suffix('Z').unwrap_or(text);
    let naive = TIMES
        .iter()
        .find_map(|format| NaiveDateTime::parse_from_str(plain, format).ok())
        .or_else(|| {
        DATES
            .iter()
            .find_map(|format| NaiveDate::parse_from_str(plain, format).ok())
            .and_then(|date| date.and_hms_opt(0, 0, 0))
    })?;
    let time = naive.and_utc();
    if !(1..=9999).contains(&chrono::Datelike::year(&time)) {
        return None;
    }
    Some(
        time.timestamp() * 10_000_000
            + i64::from(time.timestamp_subsec_nanos()) / 100
            + TICKS_EPOCH,
    )
}

/// Converts a value to a span of time.
pub(crate) fn to_span(value: &Live) -> Run<Live> {
    match value {
        Live::Span(_) => Ok(value.clone()),
        Live::Int(_) | Live::Long(_) => {
            Ok(Live::Span(number::number(value).and_then(Number::whole).unwrap_or(0)))
        }
        Live::Text(text) => {
            let (whole, fraction) = match text.rsplit_once('.') {
                Some((whole, fraction))
                    if whole.contains(':')
                        && fraction.chars().all(|c| c.is_ascii_digit())
                        && fraction.len() <= 7 =>
                {
                    (whole, format!("{fraction:0<7}").parse().unwrap_or(0i64))
                }
                _ => (text.as_ref(), 0),
            };
            crate::value::parse_duration(whole)
                .and_then(|ms| ms.checked_mul(TICKS_MS))
                .map(|ticks| {
                    Live::Span(if ticks < 0 { ticks - fraction } else { ticks + fraction })
                })
                .ok_or_else(|| {
                    refused(
                        value,
                        "System.TimeSpan",
                        &format!("String '{text}' was not recognized as a valid TimeSpan."),
                    )
                })
        }
        other => Err(refused(other, "System.TimeSpan", "")),
    }
}
