//! # `Now`
//!
//! `Now(): dt`
//!
//! Returns the simulated time, in UTC; the same for the whole evaluation of one object.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Now()` |  | `2024-05-01T12:00:00Z` |
//! | `Now() > CDate("2024-04-30")` |  | `True` |
//! | `FormatDateTime(DateAdd("d", 1, Now()), "yyyy-MM-dd")` |  | `"2024-05-02"` |
//! | `Now(1)` |  | `⚠ wrong-arg-count` |

use super::{Call, Definition};
use crate::call::{Args, Fault};
use crate::date::Date;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new("Now(): dt", 0, &[], Call::Each(now));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn now<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(Some(Item::Date(Date::from_timestamp(args.context.env.now()))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.2
    #[test]
    fn examples() {
        check(&[
            ("Now()", "", "2024-05-01T12:00:00Z"),
            (r#"Now() > CDate("2024-04-30")"#, "", "True"),
            (r#"FormatDateTime(DateAdd("d", 1, Now()), "yyyy-MM-dd")"#, "", r#""2024-05-02""#),
            ("Now(1)", "", "⚠ wrong-arg-count"),
        ]);
    }
}
