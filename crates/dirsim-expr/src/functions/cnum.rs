//! # `CNum`
//!
//! `CNum(str or bin value): num`
//!
//! Turns text or bytes into a number.
//!
//! Text is an optional sign and digits, with spaces around it allowed, or hexadecimal digits behind `0x` or `&H`; other text, the
//! empty one too, is `invalid-value`. Up to eight bytes are read little-endian as an unsigned number; more are `overflow`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CNum("42")` |  | `42` |
//! | `CNum(" -7 ")` |  | `-7` |
//! | `CNum("0x1F")` |  | `31` |
//! | `CNum("abc")` |  | `⚠ invalid-value` |
//! | `CNum([b])` | `b = #2001` | `288` |
//! | `CNum([x])` |  | `NULL` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::error::Code;
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("CNum(str or bin value): num", 1, &[Parameter::Value], Call::Each(cnum));

fn cnum<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let number = match args.item(0) {
        None => return Ok(None),
        Some(Item::Number(number)) => *number,
        Some(Item::Text(text)) => parse_number(text)?,
        Some(Item::Binary(bytes)) => from_little_endian(bytes)?,
        Some(other) => return Err(Fault::mismatch(0, "text or binary", other.type_name())),
    };
    Ok(Some(Item::Number(number)))
}

/// Reads the text forms of numbers.
pub(super) fn parse_number(text: &str) -> Result<i64, Fault> {
    let trimmed = text.trim();
    let prefixes = ["0x", "0X", "&h", "&H"];
    if let Some(digits) = prefixes.iter().find_map(|prefix| trimmed.strip_prefix(prefix)) {
        let usable = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
        return match u64::from_str_radix(digits, 16) {
            Ok(number) if usable => Ok(number.cast_signed()),
            Err(_) if usable => Err(too_large(text)),
            _ => Err(no_number(text)),
        };
    }
    let digits = trimmed.strip_prefix(['+', '-']).unwrap_or(trimmed);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(no_number(text));
    }
    trimmed.parse().map_err(|_| too_large(text))
}

fn from_little_endian(bytes: &[u8]) -> Result<i64, Fault> {
    if bytes.len() > 8 {
        return Err(Fault::new(Code::Overflow, format!("{} bytes are no number", bytes.len())));
    }
    let number = bytes.iter().rev().fold(0u64, |sum, byte| sum << 8 | u64::from(*byte));
    i64::try_from(number)
        .map_err(|_| Fault::new(Code::Overflow, format!("{number} leaves the range of numbers")))
}

fn no_number(text: &str) -> Fault {
    Fault::invalid(format!("`{text}` is no number"))
}

fn too_large(text: &str) -> Fault {
    Fault::new(Code::Overflow, format!("`{text}` does not fit into 64 bits"))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (r#"CNum("42")"#, "", "42"),
            (r#"CNum(" -7 ")"#, "", "-7"),
            (r#"CNum("0x1F")"#, "", "31"),
            (r#"CNum("abc")"#, "", "⚠ invalid-value"),
            ("CNum([b])", r#"{"b":{"$hex":"2001"}}"#, "288"),
            ("CNum([x])", "", "NULL"),
            (r#"CNum("&H10")"#, "", "16"),
            (r#"CNum("")"#, "", "⚠ invalid-value"),
            (r#"CNum("99999999999999999999")"#, "", "⚠ overflow"),
            ("CNum([b])", r#"{"b":{"$hex":"000000000000000001"}}"#, "⚠ overflow"),
            ("CNum(True)", "", "⚠ type-mismatch"),
            (r#"CNum("0x")"#, "", "⚠ invalid-value"),
            (r#"CNum("+-1")"#, "", "⚠ invalid-value"),
        ]);
    }
}
