//! # `Right`
//!
//! `Right(str or bin value, num n): same`
//!
//! Returns the last n characters, or bytes of a binary value.
//!
//! 0 gives the empty value; a negative number, and one greater than the length, give the whole. NULL gives the empty string.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Right("Stockholm", 4)` |  | `"holm"` |
//! | `Right("abc", 0)` |  | `""` |
//! | `Right("abc", -1)` |  | `"abc"` |
//! | `Right("abc", 99)` |  | `"abc"` |
//! | `Right([x], 2)` |  | `""` |
//! | `Right("a😀b", 2)` |  | `"😀b"` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::{Item, binary_part, byte_of, text_part};

pub(super) const DEFINITION: Definition = Definition::new(
    "Right(str or bin value, num n): same",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Each(right),
);

fn right<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(value) = args.item(0) else { return Ok(Some(Item::text(""))) };
    let n = args.required_number(1)?;
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    match value {
        Item::Text(text) => {
            let skipped = text.chars().count().saturating_sub(n);
            Ok(Some(text_part(text, byte_of(text, skipped)..text.len())))
        }
        Item::Binary(bytes) => {
            Ok(Some(binary_part(bytes, bytes.len().saturating_sub(n)..bytes.len())))
        }
        other => Err(Fault::mismatch(0, "text or binary", other.type_name())),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"Right("Stockholm", 4)"#, "", r#""holm""#),
            (r#"Right("abc", 0)"#, "", r#""""#),
            (r#"Right("abc", -1)"#, "", r#""abc""#),
            (r#"Right("abc", 99)"#, "", r#""abc""#),
            ("Right([x], 2)", "", r#""""#),
            (r#"Right("a😀b", 2)"#, "", r#""😀b""#),
            ("Right([b], 2)", r#"{"b":{"$hex":"010203"}}"#, "#0203"),
            ("Right(True, 2)", "", "⚠ type-mismatch"),
        ]);
    }
}
