//! # `IsDate`
//!
//! `IsDate(exp value): bool`
//!
//! Tells whether the value is a date, or text that `CDate` accepts. A list passes when all its elements pass; NULL does not.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsDate("2024-12-24")` |  | `True` |
//! | `IsDate("Christmas")` |  | `False` |
//! | `IsDate(Now())` |  | `True` |
//! | `IsDate([m])` | `m = {"2024-12-24", "x"}` | `False` |
//! | `IsDate([x])` |  | `False` |
//! | `IsDate(5)` |  | `False` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::date::Date;
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition =
    Definition::new("IsDate(exp value): bool", 1, &[Parameter::Value], Call::Whole(is_date));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn is_date<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let value = args.value(0);
    let passes = value.items().all(|item| match item.as_ref() {
        Item::Date(_) => true,
        Item::Text(text) => Date::parse(text).is_some(),
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
            (r#"IsDate("2024-12-24")"#, "", "True"),
            (r#"IsDate("Christmas")"#, "", "False"),
            ("IsDate(Now())", "", "True"),
            ("IsDate([m])", r#"{"m":["2024-12-24","x"]}"#, "False"),
            ("IsDate([x])", "", "False"),
            ("IsDate(5)", "", "False"),
        ]);
    }
}
