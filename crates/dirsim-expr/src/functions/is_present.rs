//! # `IsPresent`
//!
//! `IsPresent(exp value): bool`
//!
//! Tells whether there is a value other than the empty string; the opposite of `IsNullOrEmpty`. False and 0 are present.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsPresent([x])` | `x = "a"` | `True` |
//! | `IsPresent([x])` |  | `False` |
//! | `IsPresent("")` |  | `False` |
//! | `IsPresent([m])` | `m = {"a", "b"}` | `True` |
//! | `IsPresent([flag])` | `flag = False` | `True` |
//! | `IsPresent([manager])` | `manager = an object` | `True` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::Val;

pub(super) const DEFINITION: Definition =
    Definition::new("IsPresent(exp value): bool", 1, &[Parameter::Value], Call::Whole(is_present));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn is_present<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    Ok(Val::boolean(args.value(0).is_present()))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            ("IsPresent([x])", r#"{"x":"a"}"#, "True"),
            ("IsPresent([x])", "", "False"),
            (r#"IsPresent("")"#, "", "False"),
            ("IsPresent([m])", r#"{"m":["a","b"]}"#, "True"),
            ("IsPresent([flag])", r#"{"flag":false}"#, "True"),
            ("IsPresent([manager])", r#"{"manager":{"$id":7}}"#, "True"),
            ("IsPresent(0)", "", "True"),
        ]);
    }
}
