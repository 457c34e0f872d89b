//! # `ConvertToUTF8Hex`
//!
//! `ConvertToUTF8Hex(str value): str`
//!
//! Writes the UTF-8 bytes of text as upper-case hexadecimal digits. The default rules build the DN of Entra objects from it. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `ConvertToUTF8Hex("dirsim")` |  | `"64697273696D"` |
//! | `"CN={" & ConvertToUTF8Hex([sourceAnchor]) & "}"` | `sourceAnchor = "Ab1=="` | `"CN={4162313D3D}"` |
//! | `ConvertToUTF8Hex("å")` |  | `"C3A5"` |
//! | `ConvertToUTF8Hex([x])` |  | `NULL` |
//! | `ConvertToUTF8Hex(1)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::hex;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "ConvertToUTF8Hex(str value): str",
    1,
    &[Parameter::Value],
    Call::Each(convert_to_utf8_hex),
);

fn convert_to_utf8_hex<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(args.text(0)?.map(|text| Item::text(hex(text.as_bytes()))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (r#"ConvertToUTF8Hex("dirsim")"#, "", r#""64697273696D""#),
            (
                r#""CN={" & ConvertToUTF8Hex([sourceAnchor]) & "}""#,
                r#"{"sourceAnchor":"Ab1=="}"#,
                r#""CN={4162313D3D}""#,
            ),
            (r#"ConvertToUTF8Hex("å")"#, "", r#""C3A5""#),
            ("ConvertToUTF8Hex([x])", "", "NULL"),
            ("ConvertToUTF8Hex(1)", "", "⚠ type-mismatch"),
        ]);
    }
}
