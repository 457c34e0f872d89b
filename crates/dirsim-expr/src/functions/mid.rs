//! # `Mid`
//!
//! `Mid(str or bin value, num start [, num n]): same`
//!
//! Returns n characters, or bytes of a binary value, from the start on; the first is 1. Without n, everything behind the start.
//!
//! n of 0 gives the empty value; a negative n, a start behind the end and a start below 1 give the whole. NULL gives the empty string.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Mid("Stockholm", 6, 4)` |  | `"holm"` |
//! | `Mid("Stockholm", 6)` |  | `"holm"` |
//! | `Mid("abc", 2, 0)` |  | `""` |
//! | `Mid("abc", 2, -1)` |  | `"abc"` |
//! | `Mid("abc", 9, 1)` |  | `"abc"` |
//! | `Mid([x], 1, 2)` |  | `""` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::{Item, binary_part, byte_of, text_part};

pub(super) const DEFINITION: Definition = Definition::new(
    "Mid(str or bin value, num start [, num n]): same",
    2,
    &[Parameter::Value, Parameter::Value, Parameter::Value],
    Call::Each(mid),
);

fn mid<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(value) = args.item(0) else { return Ok(Some(Item::text(""))) };
    let start = args.required_number(1)?;
    let n = if args.has(2) { args.required_number(2)? } else { i64::MAX };
    match value {
        Item::Text(text) => {
            let (skipped, taken) = bounds(text.chars().count(), start, n);
            let from = byte_of(text, skipped);
            let rest = text.get(from..).unwrap_or_default();
            Ok(Some(text_part(text, from..from + byte_of(rest, taken))))
        }
        Item::Binary(bytes) => {
            let (skipped, taken) = bounds(bytes.len(), start, n);
            Ok(Some(binary_part(bytes, skipped..skipped + taken)))
        }
        other => Err(Fault::mismatch(0, "text or binary", other.type_name())),
    }
}

/// Returns how many of `length` are skipped and how many are taken.
fn bounds(length: usize, start: i64, n: i64) -> (usize, usize) {
    let Ok(taken) = usize::try_from(n) else { return (0, length) };
    if taken == 0 {
        return (0, 0);
    }
    match usize::try_from(start) {
        Ok(start) if (1..=length).contains(&start) => {
            let skipped = start - 1;
            (skipped, taken.min(length - skipped))
        }
        _ => (0, length),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"Mid("Stockholm", 6, 4)"#, "", r#""holm""#),
            (r#"Mid("Stockholm", 6)"#, "", r#""holm""#),
            (r#"Mid("abc", 2, 0)"#, "", r#""""#),
            (r#"Mid("abc", 2, -1)"#, "", r#""abc""#),
            (r#"Mid("abc", 9, 1)"#, "", r#""abc""#),
            ("Mid([x], 1, 2)", "", r#""""#),
            (r#"Mid("abc", 0, 1)"#, "", r#""abc""#),
            (r#"Mid("abc", 2, 99)"#, "", r#""bc""#),
            ("Mid([b], 2, 2)", r#"{"b":{"$hex":"09080706"}}"#, "#0807"),
            (r#"Mid("a😀bc", 2, 2)"#, "", r#""😀b""#),
            ("Mid(5, 1)", "", "⚠ type-mismatch"),
            (r#"Mid("abc", 2, NULL)"#, "", "⚠ type-mismatch"),
            (r#"Mid("", 1)"#, "", r#""""#),
            ("Mid([a],,2)", "", "⚠ parse-error"),
        ]);
    }
}
