//! # `Split`
//!
//! `Split(str value, str delimiter [, num limit]): mv`
//!
//! Cuts text at a delimiter of one character; empty parts stay.
//!
//! Text without the delimiter gives a list of one. With a limit there are at most so many parts, and the last holds the rest. A
//! delimiter of another length is `invalid-value`, a limit below 1 `argument-out-of-range`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Split("a;b;c", ";")` |  | `{"a", "b", "c"}` |
//! | `Split("abc", ";")` |  | `{"abc"}` |
//! | `Split("a;b;c", ";", 2)` |  | `{"a", "b;c"}` |
//! | `Split("a--b", "--")` |  | `⚠ invalid-value` |
//! | `Split([x], ";")` |  | `NULL` |
//! | `Split("a", ";", 0)` |  | `⚠ argument-out-of-range` |

use std::borrow::Cow;

use super::{Call, Definition, Parameter};
use crate::call::{Fault, VISIT, WholeArgs};
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    "Split(str value, str delimiter [, num limit]): mv",
    2,
    &[Parameter::Value, Parameter::Value, Parameter::Value],
    Call::Whole(split),
);

fn split<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let Some(value) = args.text(0)? else { return Ok(Val::Null) };
    let delimiter = args.text(1)?.ok_or_else(|| Fault::mismatch(1, "text", "NULL"))?;
    let mut one = delimiter.chars();
    let (Some(cut), None) = (one.next(), one.next()) else {
        return Err(Fault::invalid(format!("the delimiter `{delimiter}` is not one character")));
    };
    let mut limit = usize::MAX;
    if args.values.len() > 2 {
        let given = args.required_number(2)?;
        limit = usize::try_from(given)
            .ok()
            .filter(|limit| *limit >= 1)
            .ok_or_else(|| Fault::range(format!("the limit {given} is below 1")))?;
    }
    let count = value.matches(cut).count().saturating_add(1).min(limit);
    args.context.spend(value.len() + count * VISIT)?;
    let parts: Vec<Option<Item<'a>>> = match value {
        Cow::Borrowed(text) => text.splitn(limit, cut).map(|part| Some(Item::text(part))).collect(),
        Cow::Owned(text) => {
            text.splitn(limit, cut).map(|part| Some(Item::text(part.to_owned()))).collect()
        }
    };
    Ok(Val::list(parts))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            (r#"Split("a;b;c", ";")"#, "", r#"{"a", "b", "c"}"#),
            (r#"Split("abc", ";")"#, "", r#"{"abc"}"#),
            (r#"Split("a;b;c", ";", 2)"#, "", r#"{"a", "b;c"}"#),
            (r#"Split("a--b", "--")"#, "", "⚠ invalid-value"),
            (r#"Split([x], ";")"#, "", "NULL"),
            (r#"Split("a", ";", 0)"#, "", "⚠ argument-out-of-range"),
            (r#"Split(";a;;", ";")"#, "", r#"{"", "a", "", ""}"#),
            (r#"Split([m], ";")"#, r#"{"m":["a"]}"#, "⚠ type-mismatch"),
            (r#"Split("a", NULL)"#, "", "⚠ type-mismatch"),
        ]);
    }
}
