//! # `PadLeft`
//!
//! `PadLeft(str value, num length, str char): str`
//!
//! Fills text on the left with a character until it has the length. Longer text stays as it is.
//!
//! The filler must be one character: another length is `invalid-value`, NULL is `type-mismatch`. A NULL value gives the empty string.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `PadLeft("42", 5, "0")` |  | `"00042"` |
//! | `PadLeft("12345", 3, "0")` |  | `"12345"` |
//! | `PadLeft([x], 3, "0")` |  | `""` |
//! | `PadLeft("a", 3, "xy")` |  | `⚠ invalid-value` |
//! | `PadLeft("a", 3, NULL)` |  | `⚠ type-mismatch` |
//! | `PadLeft("a", -1, "0")` |  | `"a"` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "PadLeft(str value, num length, str char): str",
    3,
    &[Parameter::Value, Parameter::Value, Parameter::Value],
    Call::Each(pad_left),
);

fn pad_left<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(value) = args.text(0)? else { return Ok(Some(Item::text(""))) };
    let mut padded = filler(args, value)?;
    padded.push_str(value);
    Ok(Some(Item::text(padded)))
}

/// Returns what is missing to the length in the second argument, made of the character in the third.
pub(super) fn filler(args: &Args<'_, '_>, value: &str) -> Result<String, Fault> {
    let length = args.required_number(1)?;
    let char = args.required_text(2)?;
    let mut one = char.chars();
    let (Some(char), None) = (one.next(), one.next()) else {
        return Err(Fault::invalid(format!("the filler `{char}` is not one character")));
    };
    let length = usize::try_from(length).unwrap_or(0);
    let missing = length.saturating_sub(value.chars().count());
    args.context.spend(missing.saturating_mul(char.len_utf8()))?;
    Ok(std::iter::repeat_n(char, missing).collect())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"PadLeft("42", 5, "0")"#, "", r#""00042""#),
            (r#"PadLeft("12345", 3, "0")"#, "", r#""12345""#),
            (r#"PadLeft([x], 3, "0")"#, "", r#""""#),
            (r#"PadLeft("a", 3, "xy")"#, "", "⚠ invalid-value"),
            (r#"PadLeft("a", 3, NULL)"#, "", "⚠ type-mismatch"),
            (r#"PadLeft("a", -1, "0")"#, "", r#""a""#),
            (r#"PadLeft("a", 9223372036854775807, "0")"#, "", "⚠ overflow"),
            (r#"PadLeft("a", 3, "")"#, "", "⚠ invalid-value"),
            (r#"PadLeft(1, 3, "0")"#, "", "⚠ type-mismatch"),
        ]);
    }
}
