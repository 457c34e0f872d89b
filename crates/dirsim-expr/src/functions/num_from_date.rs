//! # `NumFromDate`
//!
//! `NumFromDate(dt date): num`
//!
//! Turns a date into a FILETIME; the opposite of `DateFromNum`.
//!
//! A date before 1601 is `argument-out-of-range`. Text is no date: `type-mismatch`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `NumFromDate(CDate("1970-01-01"))` |  | `116444736000000000` |
//! | `NumFromDate(DateFromNum(130000000000000001))` |  | `130000000000000001` |
//! | `NumFromDate(CDate([x]))` |  | `NULL` |
//! | `NumFromDate("2024-01-01")` |  | `⚠ type-mismatch` |
//! | `NumFromDate(CDate("1600-12-31"))` |  | `⚠ argument-out-of-range` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("NumFromDate(dt date): num", 1, &[Parameter::Value], Call::Each(num_from_date));

fn num_from_date<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    match args.item(0) {
        None => Ok(None),
        Some(Item::Date(date)) => date
            .to_filetime()
            .map(|filetime| Some(Item::Number(filetime)))
            .ok_or_else(|| Fault::range(format!("{} lies before 1601", date.timestamp()))),
        Some(other) => Err(Fault::mismatch(0, "a date", other.type_name())),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.2
    #[test]
    fn examples() {
        check(&[
            (r#"NumFromDate(CDate("1970-01-01"))"#, "", "116444736000000000"),
            ("NumFromDate(DateFromNum(130000000000000001))", "", "130000000000000001"),
            ("NumFromDate(CDate([x]))", "", "NULL"),
            (r#"NumFromDate("2024-01-01")"#, "", "⚠ type-mismatch"),
            (r#"NumFromDate(CDate("1600-12-31"))"#, "", "⚠ argument-out-of-range"),
        ]);
    }
}
