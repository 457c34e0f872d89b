//! # `StringFromGuid`
//!
//! `StringFromGuid(bin guid): str`
//!
//! Writes sixteen bytes as a GUID: lower case, with hyphens, without braces. The first three groups are read little-endian, as the directory
//! stores them. Any other number of bytes is `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `StringFromGuid([objectGUID])` | `objectGUID = #0123456789abcdeffedcba9876543210` | `"67452301-ab89-efcd-fedc-ba9876543210"` |
//! | `StringFromGuid(CGuid("0a1b2c3d-0001-0002-0003-00000000000f"))` |  | `"0a1b2c3d-0001-0002-0003-00000000000f"` |
//! | `StringFromGuid([b])` | `b = #010203` | `⚠ invalid-value` |
//! | `StringFromGuid([x])` |  | `NULL` |
//! | `StringFromGuid("a")` |  | `⚠ type-mismatch` |

use dirsim_model::Guid;

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "StringFromGuid(bin guid): str",
    1,
    &[Parameter::Value],
    Call::Each(string_from_guid),
);

fn string_from_guid<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(bytes) = args.binary(0)? else { return Ok(None) };
    let guid = Guid::from_slice(bytes)
        .ok_or_else(|| Fault::invalid(format!("{} bytes are no GUID; it has 16", bytes.len())))?;
    Ok(Some(Item::text(guid.to_string())))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (
                "StringFromGuid([objectGUID])",
                r#"{"objectGUID":{"$hex":"0123456789abcdeffedcba9876543210"}}"#,
                r#""67452301-ab89-efcd-fedc-ba9876543210""#,
            ),
            (
                r#"StringFromGuid(CGuid("0a1b2c3d-0001-0002-0003-00000000000f"))"#,
                "",
                r#""0a1b2c3d-0001-0002-0003-00000000000f""#,
            ),
            ("StringFromGuid([b])", r#"{"b":{"$hex":"010203"}}"#, "⚠ invalid-value"),
            ("StringFromGuid([x])", "", "NULL"),
            (r#"StringFromGuid("a")"#, "", "⚠ type-mismatch"),
        ]);
    }
}
