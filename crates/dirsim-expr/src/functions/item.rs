//! # `Item`
//!
//! `Item(mv list, num n): var`
//!
//! Returns the nth element of a list, counted from 1.
//!
//! A position outside the list is `index-out-of-bounds`, on NULL too, so test with `IsNullOrEmpty` or `Contains` first, or use `ItemOrNull`. A single
//! value is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Item([m], 2)` | `m = {"a", "b"}` | `"b"` |
//! | `Mid(Item([proxyAddresses], Contains([proxyAddresses], "x500:")), 6)` | `proxyAddresses = {"x500:/o=org", "SMTP:bo@x.example"}` | `"/o=org"` |
//! | `Item([m], 3)` | `m = {"a", "b"}` | `⚠ index-out-of-bounds` |
//! | `Item([m], 0)` | `m = {"a", "b"}` | `⚠ index-out-of-bounds` |
//! | `Item([m], 1)` |  | `⚠ index-out-of-bounds` |
//! | `Item("a", 1)` |  | `⚠ type-mismatch` |

use std::borrow::Cow;

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::error::Code;
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    "Item(mv list, num n): var",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Whole(item),
);

fn item<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let list = args.list(0)?;
    let n = args.required_number(1)?;
    nth(list, n).map(Val::Single).ok_or_else(|| {
        let count = list.items().count();
        Fault::new(Code::IndexOutOfBounds, format!("the list of {count} has no element {n}"))
    })
}

/// Returns the nth element, counted from 1.
pub(super) fn nth<'a>(list: &Val<'a>, n: i64) -> Option<Item<'a>> {
    let at = usize::try_from(n.checked_sub(1)?).ok()?;
    list.items().nth(at).map(Cow::into_owned)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            ("Item([m], 2)", r#"{"m":["a","b"]}"#, r#""b""#),
            (
                r#"Mid(Item([proxyAddresses], Contains([proxyAddresses], "x500:")), 6)"#,
                r#"{"proxyAddresses":["x500:/o=org","SMTP:bo@x.example"]}"#,
                r#""/o=org""#,
            ),
            ("Item([m], 3)", r#"{"m":["a","b"]}"#, "⚠ index-out-of-bounds"),
            ("Item([m], 0)", r#"{"m":["a","b"]}"#, "⚠ index-out-of-bounds"),
            ("Item([m], 1)", "", "⚠ index-out-of-bounds"),
            (r#"Item("a", 1)"#, "", "⚠ type-mismatch"),
            (r#"Item([m], "1")"#, r#"{"m":["a"]}"#, "⚠ type-mismatch"),
            (r#"Item(IIF([m] = "a", NULL, [m]), 1)"#, r#"{"m":["a","b"]}"#, r#""b""#),
        ]);
    }
}
