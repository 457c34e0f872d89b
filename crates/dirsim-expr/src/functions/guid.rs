//! # `Guid`
//!
//! `Guid(): str`
//!
//! Returns a new random GUID as lower-case text; the same in every run with the same seed. `GUID` is another spelling.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsGuid(Guid())` |  | `True` |
//! | `Len(GUID())` |  | `36` |
//! | `Mid(Guid(), 15, 1)` |  | `"4"` |
//! | `Guid("x")` |  | `⚠ wrong-arg-count` |

use dirsim_model::Dice;

use super::{Call, Definition};
use crate::call::{Fault, WholeArgs};
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new("Guid(): str", 0, &[], Call::Whole(guid));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn guid<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let guid = Dice::new(args.context.env.random()).guid();
    Ok(Val::Single(Item::text(guid.to_string())))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.5
    #[test]
    fn examples() {
        check(&[
            ("IsGuid(Guid())", "", "True"),
            ("Len(GUID())", "", "36"),
            ("Mid(Guid(), 15, 1)", "", r#""4""#),
            (r#"Guid("x")"#, "", "⚠ wrong-arg-count"),
        ]);
    }
}
