//! # `DateFromNum`
//!
//! `DateFromNum(num filetime): dt`
//!
//! Turns a FILETIME, the 100-nanosecond intervals since 1601 of pwdLastSet or lastLogonTimestamp, into a date.
//!
//! A negative number, or one beyond the year 9999, is `argument-out-of-range`. accountExpires says "never" with 0 and with
//! 9223372036854775807, so test for both before you convert. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `DateFromNum(116444736000000000)` |  | `1970-01-01T00:00:00Z` |
//! | `DateFromNum(0)` |  | `1601-01-01T00:00:00Z` |
//! | `FormatDateTime(DateFromNum([lastLogonTimestamp]), "yyyy-MM-dd HH:mm")` | `lastLogonTimestamp = 133485408000000000` | `"2024-01-01 00:00"` |
//! | `DateFromNum(9223372036854775807)` |  | `⚠ argument-out-of-range` |
//! | `DateFromNum([x])` |  | `NULL` |
//! | `DateFromNum(-1)` |  | `⚠ argument-out-of-range` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::date::Date;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "DateFromNum(num filetime): dt",
    1,
    &[Parameter::Value],
    Call::Each(date_from_num),
);

fn date_from_num<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(filetime) = args.number(0)? else { return Ok(None) };
    let date = Date::from_filetime(filetime)
        .ok_or_else(|| Fault::range(format!("{filetime} is no date of the years 1601 to 9999")))?;
    Ok(Some(Item::Date(date)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.2
    #[test]
    fn examples() {
        check(&[
            ("DateFromNum(116444736000000000)", "", "1970-01-01T00:00:00Z"),
            ("DateFromNum(0)", "", "1601-01-01T00:00:00Z"),
            (
                r#"FormatDateTime(DateFromNum([lastLogonTimestamp]), "yyyy-MM-dd HH:mm")"#,
                r#"{"lastLogonTimestamp":133485408000000000}"#,
                r#""2024-01-01 00:00""#,
            ),
            ("DateFromNum(9223372036854775807)", "", "⚠ argument-out-of-range"),
            ("DateFromNum([x])", "", "NULL"),
            ("DateFromNum(-1)", "", "⚠ argument-out-of-range"),
            (r#"DateFromNum("5")"#, "", "⚠ type-mismatch"),
        ]);
    }
}
