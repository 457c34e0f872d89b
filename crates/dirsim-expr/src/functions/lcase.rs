//! # `LCase`
//!
//! `LCase(str value): str`
//!
//! Returns the text in lower case. NULL stays NULL; a number is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `LCase("ÅBC")` |  | `"åbc"` |
//! | `LCase([m])` | `m = {"A", "B"}` | `{"a", "b"}` |
//! | `LCase([x])` |  | `NULL` |
//! | `LCase(5)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::case::lower;
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("LCase(str value): str", 1, &[Parameter::Value], Call::Each(lcase));

fn lcase<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(args.text(0)?.map(|text| Item::Text(lower(text))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"LCase("ÅBC")"#, "", r#""åbc""#),
            ("LCase([m])", r#"{"m":["A","B"]}"#, r#"{"a", "b"}"#),
            ("LCase([x])", "", "NULL"),
            ("LCase(5)", "", "⚠ type-mismatch"),
        ]);
    }
}
