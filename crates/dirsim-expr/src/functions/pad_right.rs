//! # `PadRight`
//!
//! `PadRight(str value, num length, str char): str`
//!
//! Fills text on the right with a character until it has the length. Longer text stays as it is.
//!
//! The filler must be one character: another length is `invalid-value`, NULL is `type-mismatch`. A NULL value gives the empty string.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `PadRight("42", 5, "*")` |  | `"42***"` |
//! | `PadRight("12345", 5, "*")` |  | `"12345"` |
//! | `PadRight([x], 3, "*")` |  | `""` |
//! | `PadRight("a", 3, " ")` |  | `"a  "` |
//! | `PadRight("å", 2, "😀")` |  | `"å😀"` |

use super::pad_left::filler;
use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "PadRight(str value, num length, str char): str",
    3,
    &[Parameter::Value, Parameter::Value, Parameter::Value],
    Call::Each(pad_right),
);

fn pad_right<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(value) = args.text(0)? else { return Ok(Some(Item::text(""))) };
    let filler = filler(args, value)?;
    Ok(Some(Item::text([value, filler.as_str()].concat())))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"PadRight("42", 5, "*")"#, "", r#""42***""#),
            (r#"PadRight("12345", 5, "*")"#, "", r#""12345""#),
            (r#"PadRight([x], 3, "*")"#, "", r#""""#),
            (r#"PadRight("a", 3, " ")"#, "", r#""a  ""#),
            (r#"PadRight("å", 2, "😀")"#, "", r#""å😀""#),
        ]);
    }
}
