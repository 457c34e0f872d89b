//! The bytes of one value to a typed value, as the schema says.

use dirsim_model::{Guid, Sid, Syntax, Timestamp, Value};

/// Why bytes are no value of a syntax: what is wrong, and what to do.
pub(super) type Refused = (String, &'static str);

/// Reads a value. `known` tells whether the schema lists the attribute; of an unknown one, bytes
/// that are no text are kept as bytes.
pub(super) fn value(syntax: Syntax, known: bool, bytes: &[u8]) -> Result<Value, Refused> {
    match syntax {
        Syntax::Bytes => Ok(Value::bytes(bytes)),
        Syntax::Guid => guid(bytes).map(|guid| Value::bytes(*guid.as_bytes())),
        Syntax::Sid => sid(bytes).map(|sid| Value::bytes(sid.as_bytes())),
        Syntax::Text | Syntax::Reference => match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Value::text(text)),
            Err(_) if !known => Ok(Value::bytes(bytes)),
            Err(_) => Err((
                "the value is not UTF-8 text".to_owned(),
                "the attribute holds text; export it again, or leave it out",
            )),
        },
        Syntax::Integer => {
            let text = text(bytes)?;
            text.trim().parse().map(Value::Integer).map_err(|_| {
                (
                    format!("`{}` is not a whole number", shown(text)),
                    "write digits, with `-` in front when negative",
                )
            })
        }
        Syntax::Boolean => {
            let text = text(bytes)?.trim();
            if text.eq_ignore_ascii_case("true") {
                Ok(Value::Boolean(true))
            } else if text.eq_ignore_ascii_case("false") {
                Ok(Value::Boolean(false))
            } else {
                Err((format!("`{}` is neither TRUE nor FALSE", shown(text)), "write TRUE or FALSE"))
            }
        }
        Syntax::Time => {
            let text = text(bytes)?;
            text.parse::<Timestamp>().map(Value::Time).map_err(|_| {
                (format!("`{}` is not a time", shown(text)), "write it like 20260301093000.0Z")
            })
        }
    }
}

/// Reads a GUID: sixteen bytes, or its text.
pub(super) fn guid(bytes: &[u8]) -> Result<Guid, Refused> {
    Guid::from_slice(bytes)
        .or_else(|| std::str::from_utf8(bytes).ok()?.parse().ok())
        .ok_or_else(|| {
            (
                format!("the value of {} bytes is not a GUID", bytes.len()),
                "a GUID is sixteen bytes in base64, or text like 00112233-4455-6677-8899-aabbccddeeff",
            )
        })
}

/// Reads a SID: its binary form, or its text.
pub(super) fn sid(bytes: &[u8]) -> Result<Sid, Refused> {
    Sid::from_slice(bytes)
        .or_else(|| std::str::from_utf8(bytes).ok()?.parse().ok())
        .ok_or_else(|| {
            (
                format!("the value of {} bytes is not a SID", bytes.len()),
                "a SID is written as base64 of its binary form, or as text like S-1-5-21-1-2-3-1104",
            )
        })
}

fn text(bytes: &[u8]) -> Result<&str, Refused> {
    std::str::from_utf8(bytes).map_err(|_| {
        ("the value is not text".to_owned(), "export the attribute again, or leave it out")
    })
}

/// Returns a text as messages quote it, cut when it is long.
pub(super) fn shown(text: &str) -> String {
    const SHOWN_MAX: usize = 60;
    match text.char_indices().nth(SHOWN_MAX) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or_default()),
        None => text.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_follow_the_schema() {
        assert_eq!(
            value(Syntax::Integer, true, b"-2147483646"),
            Ok(Value::Integer(-2_147_483_646))
        );
        assert_eq!(value(Syntax::Boolean, true, b"TRUE"), Ok(Value::Boolean(true)));
        assert_eq!(value(Syntax::Text, true, b"20260301093000.0Z"), Ok("20260301093000.0Z".into()));
        assert!(value(Syntax::Boolean, true, b"yes").is_err());
        assert!(value(Syntax::Text, true, b"\xFF").is_err());
        assert_eq!(value(Syntax::Text, false, b"\xFF"), Ok(Value::bytes(*b"\xFF")));
    }

    #[test]
    fn guids_and_sids_are_read_in_both_forms() {
        let text = b"00112233-4455-6677-8899-aabbccddeeff";
        let parsed = guid(text).unwrap();
        assert_eq!(guid(parsed.as_bytes()).unwrap(), parsed);
        let parsed = sid(b"S-1-5-21-1-2-3-1104").unwrap();
        assert_eq!(sid(parsed.as_bytes()).unwrap(), parsed);
        assert!(guid(b"short").is_err() && sid(b"S-1").is_err());
    }
}
