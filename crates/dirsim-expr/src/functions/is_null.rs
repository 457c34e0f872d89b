//! # `IsNull`
//!
//! `IsNull(exp value): bool`
//!
//! Tells whether there is no value; for an attribute, whether it is absent. The empty string is a value.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsNull([x])` |  | `True` |
//! | `IsNull([x])` | `x = "a"` | `False` |
//! | `IsNull("")` |  | `False` |
//! | `IsNull(NULL)` |  | `True` |
//! | `IsNull([m])` | `m = {"a", "b"}` | `False` |
//! | `IsNull(Left([x], 3))` |  | `False` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::Val;

pub(super) const DEFINITION: Definition =
    Definition::new("IsNull(exp value): bool", 1, &[Parameter::Value], Call::Whole(is_null));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn is_null<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    Ok(Val::boolean(args.value(0).is_null()))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            ("IsNull([x])", "", "True"),
            ("IsNull([x])", r#"{"x":"a"}"#, "False"),
            (r#"IsNull("")"#, "", "False"),
            ("IsNull(NULL)", "", "True"),
            ("IsNull([m])", r#"{"m":["a","b"]}"#, "False"),
            ("IsNull(Left([x], 3))", "", "False"),
            (r#"IsNull(IIF([m] = "z", [m], NULL))"#, r#"{"m":["a","b"]}"#, "True"),
            ("IsNull(IgnoreThisFlow)", "", "⚠ type-mismatch"),
        ]);
    }
}
