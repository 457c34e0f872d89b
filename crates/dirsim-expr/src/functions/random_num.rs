//! # `RandomNum`
//!
//! `RandomNum(num from, num to): num`
//!
//! Returns a random number from one bound to the other, both included; the same in every run with the same seed. When the first bound is the greater one:
//! `argument-out-of-range`. `Random` is another name of it.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `RandomNum(5, 5)` |  | `5` |
//! | `RandomNum(9, 1)` |  | `⚠ argument-out-of-range` |
//! | `RandomNum(1, 6) >= 1 && RandomNum(1, 6) <= 6` |  | `True` |
//! | `Random(3, 3)` |  | `3` |
//! | `RandomNum("1", 2)` |  | `⚠ type-mismatch` |
//! | `IsNumeric(RandomNum(&H8000000000000000, 9223372036854775807))` |  | `True` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    "RandomNum(num from, num to): num",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Whole(random_num),
);

fn random_num<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let (from, to) = (args.required_number(0)?, args.required_number(1)?);
    if from > to {
        return Err(Fault::range(format!("{from} is greater than {to}")));
    }
    let random = args.context.env.random();
    let offset = match to.wrapping_sub(from).cast_unsigned().checked_add(1) {
        Some(choices) => random % choices,
        None => random,
    };
    Ok(Val::Single(Item::Number(from.wrapping_add(offset.cast_signed()))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.5
    #[test]
    fn examples() {
        check(&[
            ("RandomNum(5, 5)", "", "5"),
            ("RandomNum(9, 1)", "", "⚠ argument-out-of-range"),
            ("RandomNum(1, 6) >= 1 && RandomNum(1, 6) <= 6", "", "True"),
            ("Random(3, 3)", "", "3"),
            (r#"RandomNum("1", 2)"#, "", "⚠ type-mismatch"),
            ("IsNumeric(RandomNum(&H8000000000000000, 9223372036854775807))", "", "True"),
        ]);
    }
}
