//! # `CGuid`
//!
//! `CGuid(str guid): bin`
//!
//! Turns the text of a GUID into its sixteen bytes.
//!
//! The text has the form 8-4-4-4-12 in any case, with or without braces. The first three groups are stored little-endian, as the directory stores
//! an objectGUID. Other text is `invalid-value`; NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CGuid("67452301-ab89-efcd-fedc-ba9876543210")` |  | `#0123456789abcdeffedcba9876543210` |
//! | `CGuid("{67452301-AB89-EFCD-FEDC-BA9876543210}")` |  | `#0123456789abcdeffedcba9876543210` |
//! | `CGuid("xyz")` |  | `⚠ invalid-value` |
//! | `CGuid([x])` |  | `NULL` |
//! | `CGuid("67452301ab89efcdfedcba9876543210")` |  | `⚠ invalid-value` |
//! | `CGuid(7)` |  | `⚠ type-mismatch` |

use dirsim_model::Guid;

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("CGuid(str guid): bin", 1, &[Parameter::Value], Call::Each(cguid));

fn cguid<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(text) = args.text(0)? else { return Ok(None) };
    let guid = parse_guid(text).ok_or_else(|| Fault::invalid(format!("`{text}` is no GUID")))?;
    Ok(Some(Item::binary(guid.as_bytes().to_vec())))
}

/// Reads the hyphenated form, bare or in braces.
pub(super) fn parse_guid(text: &str) -> Option<Guid> {
    let bare = match text.strip_prefix('{') {
        Some(inner) => inner.strip_suffix('}')?,
        None => text,
    };
    let groups: Vec<usize> = bare.split('-').map(str::len).collect();
    (groups == [8, 4, 4, 4, 12]).then(|| bare.parse().ok())?
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (
                r#"CGuid("67452301-ab89-efcd-fedc-ba9876543210")"#,
                "",
                "#0123456789abcdeffedcba9876543210",
            ),
            (
                r#"CGuid("{67452301-AB89-EFCD-FEDC-BA9876543210}")"#,
                "",
                "#0123456789abcdeffedcba9876543210",
            ),
            (r#"CGuid("xyz")"#, "", "⚠ invalid-value"),
            ("CGuid([x])", "", "NULL"),
            (r#"CGuid("67452301ab89efcdfedcba9876543210")"#, "", "⚠ invalid-value"),
            ("CGuid(7)", "", "⚠ type-mismatch"),
        ]);
    }
}
