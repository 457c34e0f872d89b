//! # `ConvertFromBase64`
//!
//! `ConvertFromBase64(str source [, opt encoding]): str`
//!
//! Decodes Base64 and reads the bytes as text.
//!
//! The encoding is one of the words `Unicode` (UTF-16, the default), `ASCII` and `UTF8`. Text that is not Base64, and bytes that
//! the encoding does not allow, are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `ConvertFromBase64("ZABpAHIAcwBpAG0A")` |  | `"dirsim"` |
//! | `ConvertFromBase64("ZGlyc2lt", UTF8)` |  | `"dirsim"` |
//! | `ConvertFromBase64("ZGlyc2lt", ASCII)` |  | `"dirsim"` |
//! | `ConvertFromBase64("!!!")` |  | `⚠ invalid-value` |
//! | `ConvertFromBase64([x])` |  | `NULL` |
//! | `ConvertFromBase64("w6U=", UTF8)` |  | `"å"` |

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::tree::OptionWord;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "ConvertFromBase64(str source [, opt encoding]): str",
    1,
    &[Parameter::Value, Parameter::Option(ENCODINGS)],
    Call::Each(convert_from_base64),
);

const ENCODINGS: &[OptionWord] = &[OptionWord::Unicode, OptionWord::Ascii, OptionWord::Utf8];

fn convert_from_base64<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(source) = args.text(0)? else { return Ok(None) };
    let digits: String = source.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = BASE64_STANDARD
        .decode(digits)
        .map_err(|_| Fault::invalid(format!("`{source}` is not Base64")))?;
    let encoding = args.option(1)?.unwrap_or(OptionWord::Unicode);
    let text = match encoding {
        OptionWord::Utf8 => String::from_utf8(bytes).ok(),
        OptionWord::Ascii => String::from_utf8(bytes).ok().filter(|text| text.is_ascii()),
        _ => from_utf16(&bytes),
    };
    text.map(|text| Some(Item::text(text))).ok_or_else(|| {
        Fault::invalid(format!("the bytes of `{source}` are no {} text", encoding.as_str()))
    })
}

fn from_utf16(bytes: &[u8]) -> Option<String> {
    let (pairs, rest) = bytes.as_chunks::<2>();
    let units = pairs.iter().map(|pair| u16::from_le_bytes(*pair));
    rest.is_empty().then(|| char::decode_utf16(units).collect::<Result<_, _>>().ok())?
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (r#"ConvertFromBase64("ZABpAHIAcwBpAG0A")"#, "", r#""dirsim""#),
            (r#"ConvertFromBase64("ZGlyc2lt", UTF8)"#, "", r#""dirsim""#),
            (r#"ConvertFromBase64("ZGlyc2lt", ASCII)"#, "", r#""dirsim""#),
            (r#"ConvertFromBase64("!!!")"#, "", "⚠ invalid-value"),
            ("ConvertFromBase64([x])", "", "NULL"),
            (r#"ConvertFromBase64("w6U=", UTF8)"#, "", r#""å""#),
            (r#"ConvertFromBase64("w6U=", ASCII)"#, "", "⚠ invalid-value"),
            (r#"ConvertFromBase64("AAEC")"#, "", "⚠ invalid-value"),
            (r#"ConvertFromBase64("w6U=", DC)"#, "", "⚠ unknown-identifier"),
            (r#"ConvertFromBase64("w6U=", "UTF8")"#, "", "⚠ type-mismatch"),
        ]);
    }
}
