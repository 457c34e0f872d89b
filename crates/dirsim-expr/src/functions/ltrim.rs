//! # `LTrim`
//!
//! `LTrim(str value): str`
//!
//! Removes white space at the begin: spaces of all kinds, tabs and line breaks. NULL stays NULL; a number is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `LTrim("  a b ")` |  | `"a b "` |
//! | `LTrim("a")` |  | `"a"` |
//! | `LTrim([x])` |  | `NULL` |
//! | `LTrim(CRLF & "a")` |  | `"a"` |
//! | `LTrim(5)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::{Item, text_part};

pub(super) const DEFINITION: Definition =
    Definition::new("LTrim(str value): str", 1, &[Parameter::Value], Call::Each(ltrim));

fn ltrim<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(args.text(0)?.map(|text| {
        let start = text.len() - text.trim_start().len();
        text_part(text, start..text.len())
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"LTrim("  a b ")"#, "", r#""a b ""#),
            (r#"LTrim("a")"#, "", r#""a""#),
            ("LTrim([x])", "", "NULL"),
            (r#"LTrim(CRLF & "a")"#, "", r#""a""#),
            ("LTrim(5)", "", "⚠ type-mismatch"),
        ]);
    }
}
