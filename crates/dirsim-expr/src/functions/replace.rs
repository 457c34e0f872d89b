//! # `Replace`
//!
//! `Replace(str value, str search, str with): str`
//!
//! Replaces all occurrences of one text by another, from left to right; what was put in is not searched again. Case matters.
//!
//! In the search text and the replacement the two characters `\r`, `\n` and `\t` mean carriage return, line feed and tab. A NULL replacement is
//! empty; an empty search text is `invalid-value`. A NULL value stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Replace("a.b.c", ".", "-")` |  | `"a-b-c"` |
//! | `Replace([streetAddress], "\r\n", " / ")` | `streetAddress = "Street 1␍␊Floor 2"` | `"Street 1 / Floor 2"` |
//! | `Replace("aAa", "a", "x")` |  | `"xAx"` |
//! | `Replace("a b", " ", NULL)` |  | `"ab"` |
//! | `Replace("a", "", "b")` |  | `⚠ invalid-value` |
//! | `Replace([x], "a", "b")` |  | `NULL` |

use std::borrow::Cow;

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "Replace(str value, str search, str with): str",
    3,
    &[Parameter::Value, Parameter::Value, Parameter::Value],
    Call::Each(replace),
);

fn replace<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(value) = args.text(0)? else { return Ok(None) };
    let search = marks(args.required_text(1)?);
    let with = args.text(2)?.map_or(Cow::Borrowed(""), |with| marks(with));
    if search.is_empty() {
        return Err(Fault::invalid("the text to replace is empty"));
    }
    let found = value.matches(&*search).count();
    if found == 0 {
        return Ok(Some(Item::Text(value.clone())));
    }
    args.context.spend(found.saturating_mul(with.len()).saturating_add(value.len()))?;
    Ok(Some(Item::text(value.replace(&*search, &with))))
}

/// Puts control characters in the place of their marks.
fn marks(text: &str) -> Cow<'_, str> {
    if !text.contains('\\') {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.replace("\\r", "\r").replace("\\n", "\n").replace("\\t", "\t"))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"Replace("a.b.c", ".", "-")"#, "", r#""a-b-c""#),
            (
                r#"Replace([streetAddress], "\r\n", " / ")"#,
                r#"{"streetAddress":"Street 1\r\nFloor 2"}"#,
                r#""Street 1 / Floor 2""#,
            ),
            (r#"Replace("aAa", "a", "x")"#, "", r#""xAx""#),
            (r#"Replace("a b", " ", NULL)"#, "", r#""ab""#),
            (r#"Replace("a", "", "b")"#, "", "⚠ invalid-value"),
            (r#"Replace([x], "a", "b")"#, "", "NULL"),
            (r#"Replace("abc", "z", "x")"#, "", r#""abc""#),
            (r#"Replace("aaa", "aa", "a")"#, "", r#""aa""#),
            (r#"Replace("a", NULL, "b")"#, "", "⚠ type-mismatch"),
            (r#"Replace(1, "a", "b")"#, "", "⚠ type-mismatch"),
        ]);
    }
}
