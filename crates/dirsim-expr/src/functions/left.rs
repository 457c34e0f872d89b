//! # `Left`
//!
//! `Left(str or bin value, num n): same`
//!
//! Returns the first n characters, or bytes of a binary value.
//!
//! 0 gives the empty value; a negative number, and one greater than the length, give the whole. NULL gives the empty string.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Left("Stockholm", 5)` |  | `"Stock"` |
//! | `Left("abc", 0)` |  | `""` |
//! | `Left("abc", -1)` |  | `"abc"` |
//! | `Left("abc", 99)` |  | `"abc"` |
//! | `Left([x], 3)` |  | `""` |
//! | `Left(123, 2)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::{Item, binary_part, byte_of, text_part};

pub(super) const DEFINITION: Definition = Definition::new(
    "Left(str or bin value, num n): same",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Each(left),
);

fn left<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(value) = args.item(0) else { return Ok(Some(Item::text(""))) };
    // A negative number means all of it, as one that is too large does.
    let n = args.required_number(1)?;
    let n = usize::try_from(n).unwrap_or(usize::MAX);
    match value {
        Item::Text(text) => Ok(Some(text_part(text, 0..byte_of(text, n)))),
        Item::Binary(bytes) => Ok(Some(binary_part(bytes, 0..n.min(bytes.len())))),
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
            (r#"Left("Stockholm", 5)"#, "", r#""Stock""#),
            (r#"Left("abc", 0)"#, "", r#""""#),
            (r#"Left("abc", -1)"#, "", r#""abc""#),
            (r#"Left("abc", 99)"#, "", r#""abc""#),
            ("Left([x], 3)", "", r#""""#),
            ("Left(123, 2)", "", "⚠ type-mismatch"),
            (r#"Left("a😀b", 2)"#, "", r#""a😀""#),
            ("Left([b], 2)", r#"{"b":{"$hex":"010203"}}"#, "#0102"),
            (r#"Left("abc", NULL)"#, "", "⚠ type-mismatch"),
            ("Left(Trim([info]), 448)", "", r#""""#),
            (r#"Left("a" & "bc", 2)"#, "", r#""ab""#),
        ]);
    }
}
