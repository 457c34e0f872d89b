//! # `IsEmpty`
//!
//! `IsEmpty(exp value): bool`
//!
//! Tells whether the value is the empty string, or a list of nothing but empty strings. An absent attribute is not empty: False.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsEmpty("")` |  | `True` |
//! | `IsEmpty("a")` |  | `False` |
//! | `IsEmpty([x])` |  | `False` |
//! | `IsEmpty([m])` | `m = {"", ""}` | `True` |
//! | `IsEmpty([m])` | `m = {"", "a"}` | `False` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::Val;

pub(super) const DEFINITION: Definition =
    Definition::new("IsEmpty(exp value): bool", 1, &[Parameter::Value], Call::Whole(is_empty));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn is_empty<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let value = args.value(0);
    Ok(Val::boolean(!value.is_null() && !value.is_present()))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            (r#"IsEmpty("")"#, "", "True"),
            (r#"IsEmpty("a")"#, "", "False"),
            ("IsEmpty([x])", "", "False"),
            ("IsEmpty([m])", r#"{"m":["",""]}"#, "True"),
            ("IsEmpty([m])", r#"{"m":["","a"]}"#, "False"),
        ]);
    }
}
