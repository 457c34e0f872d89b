//! # `BitOr`
//!
//! `BitOr(num a, num b): num`
//!
//! Returns the bitwise or of two numbers of 64 bits. NULL on either side gives NULL; text is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `BitOr(&HC, &HA)` |  | `14` |
//! | `BitOr(512, 2)` |  | `514` |
//! | `BitOr(0, 0)` |  | `0` |
//! | `BitOr([n], 2)` |  | `NULL` |
//! | `BitOr(1)` |  | `⚠ wrong-arg-count` |
//! | `BitOr(1, "2")` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "BitOr(num a, num b): num",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Each(bit_or),
);

fn bit_or<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let (a, b) = (args.number(0)?, args.number(1)?);
    Ok(a.zip(b).map(|(a, b)| Item::Number(a | b)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            ("BitOr(&HC, &HA)", "", "14"),
            ("BitOr(512, 2)", "", "514"),
            ("BitOr(0, 0)", "", "0"),
            ("BitOr([n], 2)", "", "NULL"),
            ("BitOr(1)", "", "⚠ wrong-arg-count"),
            (r#"BitOr(1, "2")"#, "", "⚠ type-mismatch"),
        ]);
    }
}
