//! One JSON value to typed values.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use dirsim_model::{Guid, Sid, Syntax, Value};

use super::json::{Json, Node};
use crate::convert;

/// What a JSON value turned into.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Typed {
    /// Values; none for null and empty.
    Values(Vec<Value>),
    /// A structure that is no value of an attribute.
    Nested,
    /// The trace of a structure that `ConvertTo-Json` cut off at its depth.
    Collapsed,
    /// Several values that were joined to one text, split again.
    Joined(Vec<Value>),
    /// A date whose day and month cannot be told apart.
    LocalDate,
    /// No value of this syntax: the text, and what to write.
    Wrong(String, &'static str),
}

/// Converts a value as `syntax` says; `None` when the schema does not know the attribute, and the
/// JSON type decides.
pub(super) fn values(node: &Node<'_>, syntax: Option<Syntax>) -> Typed {
    if let Some(bytes) = bytes_of(node, syntax) {
        return bytes;
    }
    match &node.value {
        Json::Null => Typed::Values(Vec::new()),
        Json::List(elements) => {
            let mut all = Vec::with_capacity(elements.len());
            let mut was_joined = false;
            for element in elements {
                if matches!(element.value, Json::List(_) | Json::Object(_)) {
                    return Typed::Nested;
                }
                match values(element, syntax) {
                    Typed::Values(mut one) => all.append(&mut one),
                    Typed::Joined(mut several) => {
                        was_joined = true;
                        all.append(&mut several);
                    }
                    other => return other,
                }
            }
            if was_joined { Typed::Joined(all) } else { Typed::Values(all) }
        }
        Json::Object(members) => wrapped(node, syntax).unwrap_or_else(|| {
            let empty = members.iter().all(|(_, member)| is_empty(member));
            if empty { Typed::Values(Vec::new()) } else { Typed::Nested }
        }),
        Json::Boolean(truth) => match syntax {
            None | Some(Syntax::Boolean) => Typed::Values(vec![Value::Boolean(*truth)]),
            Some(Syntax::Text) => Typed::Values(vec![Value::text(truth.to_string())]),
            _ => wrong(if *truth { "true" } else { "false" }, syntax),
        },
        Json::Number(number) => of_number(number, syntax),
        Json::Text(text) => of_text(text, syntax),
    }
}

/// Whether a structure says nothing, as navigation properties that were not asked for.
pub(super) fn is_empty(node: &Node<'_>) -> bool {
    match &node.value {
        Json::Null => true,
        Json::Text(text) => text.is_empty(),
        Json::List(elements) => elements.iter().all(is_empty),
        Json::Object(members) => members.iter().all(|(_, member)| is_empty(member)),
        Json::Boolean(_) | Json::Number(_) => false,
    }
}

/// Reads bytes where bytes are expected: a list of numbers, also in the wrapping of 5.1.
fn bytes_of(node: &Node<'_>, syntax: Option<Syntax>) -> Option<Typed> {
    if !matches!(syntax, Some(Syntax::Bytes | Syntax::Guid | Syntax::Sid)) {
        return None;
    }
    let elements = node.elements();
    if elements.is_empty() || !elements.iter().all(|e| matches!(e.value, Json::Number(_))) {
        return None;
    }
    let bytes: Option<Vec<u8>> = elements
        .iter()
        .map(|element| match element.value {
            Json::Number(number) => number.parse().ok(),
            _ => None,
        })
        .collect();
    Some(match bytes {
        Some(bytes) => Typed::Values(vec![Value::bytes(bytes)]),
        None => Typed::Wrong(
            "a list with numbers beyond 255".to_owned(),
            "bytes are numbers from 0 to 255",
        ),
    })
}

/// Reads what Windows PowerShell 5.1 wraps: lists with their count, dates with their text.
fn wrapped(node: &Node<'_>, syntax: Option<Syntax>) -> Option<Typed> {
    let inner = node.member("value")?;
    (node.member("Count").is_some() || node.member("DateTime").is_some())
        .then(|| values(inner, syntax))
}

fn of_number(number: &str, syntax: Option<Syntax>) -> Typed {
    let whole = number.parse::<i64>().ok();
    match (syntax, whole) {
        (None | Some(Syntax::Integer), Some(whole)) => Typed::Values(vec![Value::Integer(whole)]),
        (None | Some(Syntax::Text), _) => Typed::Values(vec![Value::text(number)]),
        (Some(Syntax::Time), Some(whole)) => {
            Typed::Values(convert::date_of_number(whole).map(Value::Time).into_iter().collect())
        }
        _ => wrong(number, syntax),
    }
}

fn of_text(text: &str, syntax: Option<Syntax>) -> Typed {
    if text.is_empty() {
        return Typed::Values(Vec::new());
    }
    if is_collapsed(text) {
        return Typed::Collapsed;
    }
    match syntax {
        None | Some(Syntax::Text | Syntax::Reference) => {
            if text.starts_with("/Date(")
                && let Some(time) = convert::date(text)
            {
                return Typed::Values(vec![Value::text(time.to_string())]);
            }
            joined(text).map_or_else(|| Typed::Values(vec![Value::text(text)]), Typed::Joined)
        }
        Some(Syntax::Integer) => match text.trim().parse() {
            Ok(number) => Typed::Values(vec![Value::Integer(number)]),
            Err(_) => wrong(text, syntax),
        },
        Some(Syntax::Boolean) => match text {
            _ if text.eq_ignore_ascii_case("true") => Typed::Values(vec![Value::Boolean(true)]),
            _ if text.eq_ignore_ascii_case("false") => Typed::Values(vec![Value::Boolean(false)]),
            _ => wrong(text, syntax),
        },
        Some(Syntax::Time) => match convert::date(text) {
            Some(time) => Typed::Values(vec![Value::Time(time)]),
            None if text.contains(['/', '.']) => Typed::LocalDate,
            None => wrong(text, syntax),
        },
        Some(Syntax::Guid) => match text.parse::<Guid>() {
            Ok(guid) => Typed::Values(vec![Value::bytes(*guid.as_bytes())]),
            Err(_) => from_base64(text, syntax, |bytes| bytes.len() == 16),
        },
        Some(Syntax::Sid) => match text.parse::<Sid>() {
            Ok(sid) => Typed::Values(vec![Value::bytes(sid.as_bytes())]),
            Err(_) => from_base64(text, syntax, |bytes| Sid::from_slice(bytes).is_some()),
        },
        Some(Syntax::Bytes) => from_base64(text, syntax, |_| true),
    }
}

fn from_base64(text: &str, syntax: Option<Syntax>, good: impl Fn(&[u8]) -> bool) -> Typed {
    match BASE64_STANDARD.decode(text) {
        Ok(bytes) if good(&bytes) => Typed::Values(vec![Value::bytes(bytes)]),
        _ => wrong(text, syntax),
    }
}

fn wrong(text: &str, syntax: Option<Syntax>) -> Typed {
    let help = match syntax {
        Some(Syntax::Integer) => "the property is a whole number",
        Some(Syntax::Boolean) => "the property is true or false",
        Some(Syntax::Time) => "the property is a time like 2026-03-01T09:30:00Z",
        Some(Syntax::Guid) => "the property is a GUID like 00112233-4455-6677-8899-aabbccddeeff",
        Some(Syntax::Sid) => "the property is a SID like S-1-5-21-1-2-3-1104",
        Some(Syntax::Bytes) => "the property is base64, or a list of numbers from 0 to 255",
        Some(Syntax::Text | Syntax::Reference) | None => "the property is text",
    };
    Typed::Wrong(text.chars().take(60).collect(), help)
}

/// Whether a text is what remains of a structure beyond the depth of `ConvertTo-Json`.
fn is_collapsed(text: &str) -> bool {
    text.starts_with("Microsoft.Graph.PowerShell.Models.")
        || text.starts_with("@{")
        || (text.starts_with("System.") && (text.ends_with("[]") || text.contains("Collections")))
}

/// Splits addresses that were joined with spaces, in front of each next `prefix:`.
fn joined(text: &str) -> Option<Vec<Value>> {
    let is_address = |word: &str| {
        let prefix = word.split(':').next().unwrap_or_default();
        word.len() > prefix.len()
            && ["smtp", "sip", "x500", "x400", "eum", "notes", "spo"]
                .iter()
                .any(|known| known.eq_ignore_ascii_case(prefix))
    };
    if !is_address(text) || !text.split(' ').skip(1).any(is_address) {
        return None;
    }
    let mut values: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match values.last_mut() {
            Some(last) if !is_address(word) => {
                last.push(' ');
                last.push_str(word);
            }
            _ => values.push(word.to_owned()),
        }
    }
    Some(values.into_iter().map(Value::from).collect())
}

#[cfg(test)]
mod tests {
    use super::super::json::Parser;
    use super::*;
    use dirsim_model::Timestamp;

    fn read(text: &str, syntax: Option<Syntax>) -> Typed {
        values(&Parser::new(text).only().unwrap(), syntax)
    }

    fn one(value: Value) -> Typed {
        Typed::Values(vec![value])
    }

    #[test]
    fn without_a_schema_the_json_type_decides() {
        assert_eq!(read("null", None), Typed::Values(vec![]));
        assert_eq!(read("true", None), one(Value::Boolean(true)));
        assert_eq!(read("42", None), one(Value::Integer(42)));
        assert_eq!(read("4.5", None), one("4.5".into()));
        assert_eq!(read(r#"["a","b"]"#, None), Typed::Values(vec!["a".into(), "b".into()]));
        assert_eq!(read(r#"{"a":null,"b":[]}"#, None), Typed::Values(vec![]));
        assert_eq!(read(r#"{"a":1}"#, None), Typed::Nested);
        assert_eq!(read(r#""\/Date(1772357400000)\/""#, None), one("2026-03-01T09:30:00Z".into()));
    }

    #[test]
    fn times_come_in_many_spellings() {
        let time = one(Value::Time(Timestamp(1_772_357_400_000)));
        for text in [
            r#""2026-03-01T09:30:00Z""#,
            r#""\/Date(1772357400000)\/""#,
            r#"{"value":"\/Date(1772357400000)\/","DateTime":"Sunday"}"#,
            "134168310000000000",
        ] {
            assert_eq!(read(text, Some(Syntax::Time)), time, "{text}");
        }
        assert_eq!(read(r#""1/3/2026 9:30:00 AM""#, Some(Syntax::Time)), Typed::LocalDate);
    }

    #[test]
    fn bytes_come_in_three_spellings() {
        let bytes = one(Value::bytes([1, 2, 255]));
        for text in ["[1,2,255]", r#""AQL/""#, r#"{"value":[1,2,255],"Count":3}"#] {
            assert_eq!(read(text, Some(Syntax::Bytes)), bytes, "{text}");
        }
        assert!(matches!(read("[256]", Some(Syntax::Bytes)), Typed::Wrong(..)));
        assert!(matches!(read(r#""S-1-5-21-1-2-3""#, Some(Syntax::Sid)), Typed::Values(_)));
    }

    #[test]
    fn joined_addresses_are_split_and_collapsed_ones_reported() {
        assert_eq!(
            read(r#""SMTP:a@x.example smtp:b@x.example X500:/o=a b/c""#, None),
            Typed::Joined(vec![
                "SMTP:a@x.example".into(),
                "smtp:b@x.example".into(),
                "X500:/o=a b/c".into()
            ])
        );
        assert_eq!(read(r#""SMTP:a@x.example""#, None), one("SMTP:a@x.example".into()));
        assert_eq!(read(r#""System.Object[]""#, None), Typed::Collapsed);
        assert_eq!(read(r#""@{SkuId=1}""#, None), Typed::Collapsed);
    }
}
