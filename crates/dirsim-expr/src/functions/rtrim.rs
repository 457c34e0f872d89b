//! # `RTrim`
//!
//! `RTrim(str value): str`
//!
//! Removes white space at the end: spaces of all kinds, tabs and line breaks. NULL stays NULL; a number is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `RTrim("  a b ")` |  | `"  a b"` |
//! | `RTrim("a")` |  | `"a"` |
//! | `RTrim([x])` |  | `NULL` |
//! | `RTrim(5)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::{Item, text_part};

pub(super) const DEFINITION: Definition =
    Definition::new("RTrim(str value): str", 1, &[Parameter::Value], Call::Each(rtrim));

fn rtrim<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(args.text(0)?.map(|text| text_part(text, 0..text.trim_end().len())))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"RTrim("  a b ")"#, "", r#""  a b""#),
            (r#"RTrim("a")"#, "", r#""a""#),
            ("RTrim([x])", "", "NULL"),
            ("RTrim(5)", "", "⚠ type-mismatch"),
        ]);
    }
}
