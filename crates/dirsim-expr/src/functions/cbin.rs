//! # `CBin`
//!
//! `CBin(num value, num bytes): bin`
//!
//! Writes a number as bytes, little-endian.
//!
//! The number of bytes is 1 to 8, else `argument-out-of-range`, as is a negative number. A number that does not fit is `overflow`. A NULL value stays
//! NULL. `CNum` reads the bytes back.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CBin(32, 2)` |  | `#2000` |
//! | `CBin(513, 4)` |  | `#01020000` |
//! | `CBin(256, 1)` |  | `⚠ overflow` |
//! | `CBin(1, 9)` |  | `⚠ argument-out-of-range` |
//! | `CNum(CBin(4242, 4))` |  | `4242` |
//! | `CBin([x], 2)` |  | `NULL` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::error::Code;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CBin(num value, num bytes): bin",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Each(cbin),
);

fn cbin<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(value) = args.number(0)? else { return Ok(None) };
    let bytes = args.required_number(1)?;
    let count = usize::try_from(bytes).ok().filter(|count| (1..=8).contains(count));
    let count =
        count.ok_or_else(|| Fault::range(format!("{bytes} is no number of bytes from 1 to 8")))?;
    if value < 0 {
        return Err(Fault::range(format!("{value} is negative")));
    }
    let encoded = value.to_le_bytes();
    let (kept, cut) = encoded.split_at(count);
    if cut.iter().any(|byte| *byte != 0) {
        let message = format!("{value} does not fit into {count} bytes");
        return Err(Fault::new(Code::Overflow, message));
    }
    Ok(Some(Item::binary(kept.to_vec())))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            ("CBin(32, 2)", "", "#2000"),
            ("CBin(513, 4)", "", "#01020000"),
            ("CBin(256, 1)", "", "⚠ overflow"),
            ("CBin(1, 9)", "", "⚠ argument-out-of-range"),
            ("CNum(CBin(4242, 4))", "", "4242"),
            ("CBin([x], 2)", "", "NULL"),
            ("CBin(-1, 2)", "", "⚠ argument-out-of-range"),
            (r#"CBin("1", 2)"#, "", "⚠ type-mismatch"),
        ]);
    }
}
