//! # `Trim`
//!
//! `Trim(str value): str`
//!
//! Removes white space at the begin and the end: spaces of all kinds, tabs and line breaks. NULL stays NULL; a number is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Trim("  a b ")` |  | `"a b"` |
//! | `Trim("   ")` |  | `""` |
//! | `Trim([x])` |  | `NULL` |
//! | `Trim([m])` | `m = {" a ", "b "}` | `{"a", "b"}` |
//! | `Trim([n])` | `n = 5` | `⚠ type-mismatch` |
//! | `Trim("␉a ")` |  | `"a"` |

use dirsim_model::ValueRef;

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::{Item, text_part};

pub(super) const DEFINITION: Definition = Definition::new(
    "Trim(str value): str",
    1,
    &[Parameter::Value],
    Call::EachUnless(is_trimmed, trim),
);

fn is_trimmed(value: ValueRef<'_>) -> bool {
    value.as_text().is_some_and(|text| text.trim().len() == text.len())
}

fn trim<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(args.text(0)?.map(|text| {
        let start = text.len() - text.trim_start().len();
        text_part(text, start..start + text.trim().len())
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"Trim("  a b ")"#, "", r#""a b""#),
            (r#"Trim("   ")"#, "", r#""""#),
            ("Trim([x])", "", "NULL"),
            ("Trim([m])", r#"{"m":[" a ","b "]}"#, r#"{"a", "b"}"#),
            ("Trim([n])", r#"{"n":5}"#, "⚠ type-mismatch"),
            ("Trim(\"\ta \")", "", r#""a""#),
            ("Trim([s])", "{\"s\":\"\u{a0}a\"}", r#""a""#),
            (r#"Trim(" " & "a")"#, "", r#""a""#),
        ]);
    }
}
