//! # `StringFromSid`
//!
//! `StringFromSid(bin sid): str`
//!
//! Writes a binary SID as text, `S-1-5-21-…`.
//!
//! Bytes that are no SID are `invalid-value`. An identifier authority of 2^32 or more is written in hexadecimal digits. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `StringFromSid([objectSid])` | `objectSid = #01020000000000052000000020020000` | `"S-1-5-32-544"` |
//! | `StringFromSid([objectSid])` | `objectSid = #010500000000000515000000010000000200000003000000e9030000` | `"S-1-5-21-1-2-3-1001"` |
//! | `StringFromSid([objectSid])` | `objectSid = #010203` | `⚠ invalid-value` |
//! | `StringFromSid("S-1-1-0")` |  | `⚠ type-mismatch` |
//! | `StringFromSid([x])` |  | `NULL` |
//! | `StringFromSid([objectSid])` | `objectSid = #010112000000000507000000` | `"S-1-0x120000000005-7"` |

use dirsim_model::Sid;

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "StringFromSid(bin sid): str",
    1,
    &[Parameter::Value],
    Call::Each(string_from_sid),
);

fn string_from_sid<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(bytes) = args.binary(0)? else { return Ok(None) };
    let text = Sid::text_of(bytes)
        .ok_or_else(|| Fault::invalid(format!("{} bytes that are no SID", bytes.len())))?;
    // The authority has six bytes; where the first two are zero it is written in decimal digits.
    if bytes.get(2..4) == Some(&[0, 0]) {
        return Ok(Some(Item::text(text)));
    }
    let authority = Sid::from_slice(bytes).map_or(0, |sid| sid.authority());
    let (decimal, hexadecimal) = (format!("S-1-{authority}"), format!("S-1-0x{authority:012X}"));
    Ok(Some(Item::text(text.replacen(&decimal, &hexadecimal, 1))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (
                "StringFromSid([objectSid])",
                r#"{"objectSid":{"$hex":"01020000000000052000000020020000"}}"#,
                r#""S-1-5-32-544""#,
            ),
            (
                "StringFromSid([objectSid])",
                r#"{"objectSid":{"$hex":"010500000000000515000000010000000200000003000000e9030000"}}"#,
                r#""S-1-5-21-1-2-3-1001""#,
            ),
            ("StringFromSid([objectSid])", r#"{"objectSid":{"$hex":"010203"}}"#, "⚠ invalid-value"),
            (r#"StringFromSid("S-1-1-0")"#, "", "⚠ type-mismatch"),
            ("StringFromSid([x])", "", "NULL"),
            (
                "StringFromSid([objectSid])",
                r#"{"objectSid":{"$hex":"010112000000000507000000"}}"#,
                r#""S-1-0x120000000005-7""#,
            ),
        ]);
    }
}
