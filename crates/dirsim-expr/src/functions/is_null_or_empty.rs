//! # `IsNullOrEmpty`
//!
//! `IsNullOrEmpty(exp value): bool`
//!
//! Tells whether there is no value, or nothing but the empty string; the opposite of `IsPresent`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsNullOrEmpty([x])` |  | `True` |
//! | `IsNullOrEmpty("")` |  | `True` |
//! | `IsNullOrEmpty(" ")` |  | `False` |
//! | `IsNullOrEmpty([m])` | `m = {"a"}` | `False` |
//! | `IsNullOrEmpty(0)` |  | `False` |
//! | `IsNullOrEmpty(Left([x], 3))` |  | `True` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::Val;

pub(super) const DEFINITION: Definition = Definition::new(
    "IsNullOrEmpty(exp value): bool",
    1,
    &[Parameter::Value],
    Call::Whole(is_null_or_empty),
);

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn is_null_or_empty<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    Ok(Val::boolean(!args.value(0).is_present()))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            ("IsNullOrEmpty([x])", "", "True"),
            (r#"IsNullOrEmpty("")"#, "", "True"),
            (r#"IsNullOrEmpty(" ")"#, "", "False"),
            ("IsNullOrEmpty([m])", r#"{"m":["a"]}"#, "False"),
            ("IsNullOrEmpty(0)", "", "False"),
            ("IsNullOrEmpty(Left([x], 3))", "", "True"),
        ]);
    }
}
