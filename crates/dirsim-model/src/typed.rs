//! Text to values: how a person or a file writes a value of each syntax.

use base64::prelude::{BASE64_STANDARD, Engine as _};

use crate::{Guid, Sid, Syntax, Timestamp, Value};

/// Reads a text as a value of a syntax; `None` when it cannot be one.
///
/// Numbers may be decimal, `0x` or `&H`; GUIDs and SIDs their text form or base64; bytes base64,
/// `0x` hex or a GUID. References are texts that name another object, so they stay text.
pub fn parse(syntax: Syntax, text: &str) -> Option<Value> {
    match syntax {
        Syntax::Text | Syntax::Reference => Some(Value::text(text)),
        Syntax::Integer => integer(text).map(Value::Integer),
        Syntax::Boolean => boolean(text).map(Value::Boolean),
        Syntax::Guid => guid(text).map(|guid| Value::bytes(*guid.as_bytes())),
        Syntax::Sid => sid(text).map(|sid| Value::bytes(sid.as_bytes())),
        Syntax::Bytes => bytes(text).map(Value::bytes),
        Syntax::Time => text.parse::<Timestamp>().ok().map(Value::Time),
    }
}

/// Writes a value as a person reads it, given its syntax.
pub fn display(syntax: Syntax, value: &Value) -> String {
    match (syntax, value) {
        (Syntax::Guid, Value::Bytes(bytes)) => {
            Guid::from_slice(bytes).map_or_else(|| value.to_string(), |guid| guid.to_string())
        }
        (Syntax::Sid, Value::Bytes(bytes)) => {
            Sid::from_slice(bytes).map_or_else(|| value.to_string(), |sid| sid.to_string())
        }
        _ => value.to_string(),
    }
}

/// Describes what a text of the syntax looks like, for error messages.
pub const fn expected(syntax: Syntax) -> &'static str {
    match syntax {
        Syntax::Text => "text",
        Syntax::Integer => "a whole number",
        Syntax::Boolean => "true or false",
        Syntax::Bytes => "bytes in base64, in hex as 0x0a1b, or as a GUID",
        Syntax::Guid => "a GUID",
        Syntax::Sid => "a SID such as S-1-5-21-1000-2000-3000-1104",
        Syntax::Time => "a time such as 2026-01-05T08:00:00Z",
        Syntax::Reference => "the name of another object",
    }
}

/// Reads a whole number: decimal with optional sign, `0x` or `&H` hex (SR-009).
pub fn integer(text: &str) -> Option<i64> {
    let text = text.trim();
    let hex = text
        .get(..2)
        .filter(|prefix| prefix.eq_ignore_ascii_case("0x") || prefix.eq_ignore_ascii_case("&h"));
    match hex {
        Some(_) => u64::from_str_radix(text.get(2..)?, 16).ok().map(u64::cast_signed),
        None => text.parse().ok(),
    }
}

/// Reads a truth value: `true`, `false`, `1` or `0` in any casing (SR-009).
pub fn boolean(text: &str) -> Option<bool> {
    let text = text.trim();
    if text.eq_ignore_ascii_case("true") || text == "1" {
        Some(true)
    } else if text.eq_ignore_ascii_case("false") || text == "0" {
        Some(false)
    } else {
        None
    }
}

fn guid(text: &str) -> Option<Guid> {
    text.parse().ok().or_else(|| Guid::from_slice(&BASE64_STANDARD.decode(text.trim()).ok()?))
}

fn sid(text: &str) -> Option<Sid> {
    text.parse().ok().or_else(|| Sid::from_slice(&BASE64_STANDARD.decode(text.trim()).ok()?))
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let text = text.trim();
    if let Some(hex) = text.strip_prefix("0x").or_else(|| text.strip_prefix("0X")) {
        return hex_bytes(hex);
    }
    // A GUID with hyphens cannot be base64, which has none.
    if text.contains('-') {
        return text.parse::<Guid>().ok().map(|guid| guid.as_bytes().to_vec());
    }
    BASE64_STANDARD.decode(text).ok()
}

fn hex_bytes(hex: &str) -> Option<Vec<u8>> {
    if !hex.len().is_multiple_of(2) || !hex.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(hex.get(at..at + 2)?, 16).ok()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_syntax_has_its_spellings() {
        assert_eq!(parse(Syntax::Integer, "-2147483646"), Some(Value::Integer(-2_147_483_646)));
        assert_eq!(parse(Syntax::Integer, "&H21C07000"), Some(Value::Integer(0x21C0_7000)));
        assert_eq!(parse(Syntax::Boolean, "TRUE"), Some(Value::Boolean(true)));
        assert_eq!(parse(Syntax::Boolean, "yes"), None);
        let guid = "00112233-4455-6677-8899-aabbccddeeff";
        let bytes = parse(Syntax::Guid, guid).unwrap();
        assert_eq!(parse(Syntax::Bytes, guid), Some(bytes.clone()));
        assert_eq!(parse(Syntax::Bytes, "MyIRAFVEd2aImaq7zN3u/w=="), Some(bytes.clone()));
        assert_eq!(parse(Syntax::Bytes, "0x33221100554477668899aabbccddeeff"), Some(bytes.clone()));
        assert_eq!(display(Syntax::Guid, &bytes), guid);
        assert_eq!(
            display(Syntax::Sid, &parse(Syntax::Sid, "S-1-5-32-544").unwrap()),
            "S-1-5-32-544"
        );
    }
}
