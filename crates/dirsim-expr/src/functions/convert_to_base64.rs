//! # `ConvertToBase64`
//!
//! `ConvertToBase64(str or bin value): str`
//!
//! Encodes as Base64, with padding and without line breaks.
//!
//! A binary value is encoded as it is: `ConvertToBase64([objectGUID])` is how a source anchor is made. Text is encoded as UTF-16. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `ConvertToBase64([objectGUID])` | `objectGUID = #000102030405060708090a0b0c0d0e0f` | `"AAECAwQFBgcICQoLDA0ODw=="` |
//! | `ConvertToBase64("dirsim")` |  | `"ZABpAHIAcwBpAG0A"` |
//! | `ConvertToBase64("")` |  | `""` |
//! | `ConvertToBase64("å")` |  | `"5QA="` |
//! | `ConvertToBase64([x])` |  | `NULL` |
//! | `ConvertToBase64(1)` |  | `⚠ type-mismatch` |

use base64::prelude::{BASE64_STANDARD, Engine as _};

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "ConvertToBase64(str or bin value): str",
    1,
    &[Parameter::Value],
    Call::Each(convert_to_base64),
);

fn convert_to_base64<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let encoded = match args.item(0) {
        None => return Ok(None),
        Some(Item::Binary(bytes)) => BASE64_STANDARD.encode(bytes),
        Some(Item::Text(text)) => {
            let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
            BASE64_STANDARD.encode(units)
        }
        Some(other) => return Err(Fault::mismatch(0, "text or binary", other.type_name())),
    };
    Ok(Some(Item::text(encoded)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (
                "ConvertToBase64([objectGUID])",
                r#"{"objectGUID":{"$hex":"000102030405060708090a0b0c0d0e0f"}}"#,
                r#""AAECAwQFBgcICQoLDA0ODw==""#,
            ),
            (r#"ConvertToBase64("dirsim")"#, "", r#""ZABpAHIAcwBpAG0A""#),
            (r#"ConvertToBase64("")"#, "", r#""""#),
            (r#"ConvertToBase64("å")"#, "", r#""5QA=""#),
            ("ConvertToBase64([x])", "", "NULL"),
            ("ConvertToBase64(1)", "", "⚠ type-mismatch"),
        ]);
    }
}
