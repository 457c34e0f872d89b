//! # `IsNumeric`
//!
//! `IsNumeric(exp value): bool`
//!
//! Tells whether the value is a number, or text that `CNum` accepts. A list passes when all its elements pass; NULL does not.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsNumeric("12")` |  | `True` |
//! | `IsNumeric("12a")` |  | `False` |
//! | `IsNumeric(7)` |  | `True` |
//! | `IsNumeric([m])` | `m = {"1", "2"}` | `True` |
//! | `IsNumeric([x])` |  | `False` |
//! | `IsNumeric(True)` |  | `False` |

use super::cnum::parse_number;
use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition =
    Definition::new("IsNumeric(exp value): bool", 1, &[Parameter::Value], Call::Whole(is_numeric));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn is_numeric<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let value = args.value(0);
    let passes = value.items().all(|item| match item.as_ref() {
        Item::Number(_) => true,
        Item::Text(text) => parse_number(text).is_ok(),
        _ => false,
    });
    Ok(Val::boolean(passes && !value.is_null()))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            (r#"IsNumeric("12")"#, "", "True"),
            (r#"IsNumeric("12a")"#, "", "False"),
            ("IsNumeric(7)", "", "True"),
            ("IsNumeric([m])", r#"{"m":["1","2"]}"#, "True"),
            ("IsNumeric([x])", "", "False"),
            ("IsNumeric(True)", "", "False"),
        ]);
    }
}
