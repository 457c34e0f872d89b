//! # `IsBitSet`
//!
//! `IsBitSet(num value, num mask): bool`
//!
//! Tells whether all bits of the mask are set in the value. A mask of 0, and NULL on either side, give False.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsBitSet(&H15, 4)` |  | `True` |
//! | `IsBitSet(&H15, 8)` |  | `False` |
//! | `IsBitSet([userAccountControl], 2)` | `userAccountControl = 66050` | `True` |
//! | `IsBitSet([x], 2)` |  | `False` |
//! | `IsBitSet(5, 0)` |  | `False` |
//! | `IsBitSet("5", 1)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "IsBitSet(num value, num mask): bool",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Each(is_bit_set),
);

fn is_bit_set<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let (value, mask) = (args.number(0)?, args.number(1)?);
    let set = value.zip(mask).is_some_and(|(value, mask)| mask != 0 && value & mask == mask);
    Ok(Some(Item::Boolean(set)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            ("IsBitSet(&H15, 4)", "", "True"),
            ("IsBitSet(&H15, 8)", "", "False"),
            ("IsBitSet([userAccountControl], 2)", r#"{"userAccountControl":66050}"#, "True"),
            ("IsBitSet([x], 2)", "", "False"),
            ("IsBitSet(5, 0)", "", "False"),
            (r#"IsBitSet("5", 1)"#, "", "⚠ type-mismatch"),
        ]);
    }
}
