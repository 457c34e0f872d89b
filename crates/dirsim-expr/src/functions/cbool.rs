//! # `CBool`
//!
//! `CBool(exp value): bool`
//!
//! Turns a value into True or False.
//!
//! A number is False when it is zero. Text is `true` or `false` in any case, or a number by its value; other text is
//! `invalid-value`. NULL is False. The result of a comparison may be passed in to make the type plain.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CBool(1)` |  | `True` |
//! | `CBool(0)` |  | `False` |
//! | `CBool(-7)` |  | `True` |
//! | `CBool("a" = "a")` |  | `True` |
//! | `CBool("TRUE")` |  | `True` |
//! | `CBool("maybe")` |  | `⚠ invalid-value` |

use super::cnum::parse_number;
use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("CBool(exp value): bool", 1, &[Parameter::Value], Call::Each(cbool));

fn cbool<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let truth = match args.item(0) {
        None => false,
        Some(Item::Boolean(truth)) => *truth,
        Some(Item::Number(number)) => *number != 0,
        Some(Item::Text(text)) if text.eq_ignore_ascii_case("true") => true,
        Some(Item::Text(text)) if text.eq_ignore_ascii_case("false") => false,
        Some(Item::Text(text)) => parse_number(text)? != 0,
        Some(other) => {
            return Err(Fault::mismatch(0, "a number, a boolean or text", other.type_name()));
        }
    };
    Ok(Some(Item::Boolean(truth)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            ("CBool(1)", "", "True"),
            ("CBool(0)", "", "False"),
            ("CBool(-7)", "", "True"),
            (r#"CBool("a" = "a")"#, "", "True"),
            (r#"CBool("TRUE")"#, "", "True"),
            (r#"CBool("maybe")"#, "", "⚠ invalid-value"),
            ("CBool([mail])", "", "False"),
            (r#"CBool("0")"#, "", "False"),
            ("CBool([objectGUID])", r#"{"objectGUID":{"$hex":"00"}}"#, "⚠ type-mismatch"),
            ("CBool([m])", r#"{"m":[1,0]}"#, "{True, False}"),
        ]);
    }
}
