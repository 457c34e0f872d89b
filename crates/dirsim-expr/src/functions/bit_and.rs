//! # `BitAnd`
//!
//! `BitAnd(num a, num b): num`
//!
//! Returns the bitwise and of two numbers of 64 bits. NULL on either side gives NULL; text is `type-mismatch`.
//!
//! groupType is a signed number of 32 bits in the directory; use the constant -2147483648 for its security bit, which works because
//! negative numbers are extended by their sign.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `BitAnd(&HC, &HA)` |  | `8` |
//! | `BitAnd([userAccountControl], 2)` | `userAccountControl = 514` | `2` |
//! | `BitAnd([groupType], -2147483648)` | `groupType = -2147483646` | `-2147483648` |
//! | `BitAnd([n], 2)` |  | `NULL` |
//! | `BitAnd("3", 2)` |  | `⚠ type-mismatch` |
//! | `BitAnd(514, %ADS_UF_ACCOUNTDISABLE%)` | `%ADS_UF_ACCOUNTDISABLE = "0x2"` | `2` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "BitAnd(num a, num b): num",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Each(bit_and),
);

fn bit_and<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let (a, b) = (args.number(0)?, args.number(1)?);
    Ok(a.zip(b).map(|(a, b)| Item::Number(a & b)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            ("BitAnd(&HC, &HA)", "", "8"),
            ("BitAnd([userAccountControl], 2)", r#"{"userAccountControl":514}"#, "2"),
            ("BitAnd([groupType], -2147483648)", r#"{"groupType":-2147483646}"#, "-2147483648"),
            ("BitAnd([n], 2)", "", "NULL"),
            (r#"BitAnd("3", 2)"#, "", "⚠ type-mismatch"),
            ("BitAnd(514, %ADS_UF_ACCOUNTDISABLE%)", r#"{"%ADS_UF_ACCOUNTDISABLE":"0x2"}"#, "2"),
        ]);
    }
}
