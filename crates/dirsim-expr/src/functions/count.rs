//! # `Count`
//!
//! `Count(mv list): num`
//!
//! Returns the number of elements; 0 for NULL. A single value is `type-mismatch`: use `ValueCount` for an attribute that may be one.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Count([m])` | `m = {"a", "b", "c"}` | `3` |
//! | `Count([m])` |  | `0` |
//! | `Count(Split("a,b", ","))` |  | `2` |
//! | `Count([t])` | `t = "x"` | `⚠ type-mismatch` |
//! | `Count([member])` | `member = {an object, an object}` | `2` |
//! | `Count(IIF([m] = "a", NULL, [m]))` | `m = {"a", "b"}` | `1` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition =
    Definition::new("Count(mv list): num", 1, &[Parameter::Value], Call::Whole(count));

fn count<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    Ok(Val::Single(Item::count(match args.list(0)? {
        Val::Many(values) => values.len(),
        list => list.items().count(),
    })))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            ("Count([m])", r#"{"m":["a","b","c"]}"#, "3"),
            ("Count([m])", "", "0"),
            (r#"Count(Split("a,b", ","))"#, "", "2"),
            ("Count([t])", r#"{"t":"x"}"#, "⚠ type-mismatch"),
            ("Count([member])", r#"{"member":[{"$id":7},{"$id":8}]}"#, "2"),
            (r#"Count(IIF([m] = "a", NULL, [m]))"#, r#"{"m":["a","b"]}"#, "1"),
        ]);
    }
}
