//! # `ConvertFromUTF8Hex`
//!
//! `ConvertFromUTF8Hex(str hex): str`
//!
//! Reads pairs of hexadecimal digits, in either case, as UTF-8 text.
//!
//! An odd number of digits, other characters and bytes that are not UTF-8 are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `ConvertFromUTF8Hex("64697273696D")` |  | `"dirsim"` |
//! | `ConvertFromUTF8Hex("c3a5")` |  | `"å"` |
//! | `ConvertFromUTF8Hex("ABC")` |  | `⚠ invalid-value` |
//! | `ConvertFromUTF8Hex([x])` |  | `NULL` |
//! | `ConvertFromUTF8Hex("C3")` |  | `⚠ invalid-value` |
//! | `ConvertFromUTF8Hex("å")` |  | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "ConvertFromUTF8Hex(str hex): str",
    1,
    &[Parameter::Value],
    Call::Each(convert_from_utf8_hex),
);

fn convert_from_utf8_hex<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(hex) = args.text(0)? else { return Ok(None) };
    decode(hex)
        .and_then(|bytes| String::from_utf8(bytes).ok())
        .map(|text| Some(Item::text(text)))
        .ok_or_else(|| Fault::invalid(format!("`{hex}` is not UTF-8 text in hexadecimal digits")))
}

fn decode(hex: &str) -> Option<Vec<u8>> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, rest) = hex.as_bytes().as_chunks::<2>();
    rest.is_empty().then_some(())?;
    pairs.iter().map(|[high, low]| Some(digit(*high)? << 4 | digit(*low)?)).collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (r#"ConvertFromUTF8Hex("64697273696D")"#, "", r#""dirsim""#),
            (r#"ConvertFromUTF8Hex("c3a5")"#, "", r#""å""#),
            (r#"ConvertFromUTF8Hex("ABC")"#, "", "⚠ invalid-value"),
            ("ConvertFromUTF8Hex([x])", "", "NULL"),
            (r#"ConvertFromUTF8Hex("C3")"#, "", "⚠ invalid-value"),
            (r#"ConvertFromUTF8Hex("å")"#, "", "⚠ invalid-value"),
        ]);
    }
}
