//! # `ItemOrNull`
//!
//! `ItemOrNull(mv list, num n): var`
//!
//! Returns the nth element of a list, counted from 1, or NULL when there is none.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `ItemOrNull([m], 2)` | `m = {"a", "b"}` | `"b"` |
//! | `ItemOrNull([m], 3)` | `m = {"a", "b"}` | `NULL` |
//! | `ItemOrNull([m], 1)` |  | `NULL` |
//! | `ItemOrNull([m], 0)` | `m = {"a"}` | `NULL` |
//! | `ItemOrNull("a", 1)` |  | `⚠ type-mismatch` |
//! | `Mid(ItemOrNull(Where($p, [proxyAddresses], Left($p, 5) = "SMTP:"), 1), 6)` | `proxyAddresses = {"smtp:b@x.example", "SMTP:a@x.example"}` | `"a@x.example"` |

use super::item::nth;
use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::Val;

pub(super) const DEFINITION: Definition = Definition::new(
    "ItemOrNull(mv list, num n): var",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Whole(item_or_null),
);

fn item_or_null<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let list = args.list(0)?;
    let n = args.required_number(1)?;
    Ok(Val::optional(nth(list, n)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            ("ItemOrNull([m], 2)", r#"{"m":["a","b"]}"#, r#""b""#),
            ("ItemOrNull([m], 3)", r#"{"m":["a","b"]}"#, "NULL"),
            ("ItemOrNull([m], 1)", "", "NULL"),
            ("ItemOrNull([m], 0)", r#"{"m":["a"]}"#, "NULL"),
            (r#"ItemOrNull("a", 1)"#, "", "⚠ type-mismatch"),
            (
                r#"Mid(ItemOrNull(Where($p, [proxyAddresses], Left($p, 5) = "SMTP:"), 1), 6)"#,
                r#"{"proxyAddresses":["smtp:b@x.example","SMTP:a@x.example"]}"#,
                r#""a@x.example""#,
            ),
        ]);
    }
}
