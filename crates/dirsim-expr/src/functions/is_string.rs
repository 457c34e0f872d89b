//! # `IsString`
//!
//! `IsString(exp value): bool`
//!
//! Tells whether `CStr` can turn the value into text: text, a number, a boolean or a reference. Binary values, dates and NULL are
//! False. The default rules use it to tell an anchor that is text from a binary one. A list passes when all its elements pass.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsString("a")` |  | `True` |
//! | `IsString([g])` | `g = #0102` | `False` |
//! | `IsString([x])` |  | `False` |
//! | `IsString(5)` |  | `True` |
//! | `IsString(Now())` |  | `False` |
//! | `IsString(CRef("CN=a"))` |  | `True` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition =
    Definition::new("IsString(exp value): bool", 1, &[Parameter::Value], Call::Whole(is_string));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn is_string<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let value = args.value(0);
    let passes = value.items().all(|item| match item.as_ref() {
        Item::Text(_) | Item::Number(_) | Item::Boolean(_) => true,
        reference => reference.reference_text(args.context.env).is_some(),
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
            (r#"IsString("a")"#, "", "True"),
            ("IsString([g])", r#"{"g":{"$hex":"0102"}}"#, "False"),
            ("IsString([x])", "", "False"),
            ("IsString(5)", "", "True"),
            ("IsString(Now())", "", "False"),
            (r#"IsString(CRef("CN=a"))"#, "", "True"),
            ("IsString([manager])", r#"{"manager":{"$id":7}}"#, "False"),
            ("IsString([m])", r#"{"m":["a","b"]}"#, "True"),
        ]);
    }
}
