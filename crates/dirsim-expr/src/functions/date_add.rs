//! # `DateAdd`
//!
//! `DateAdd(str interval, num value, dt date): dt`
//!
//! Adds a number of intervals to a date; a negative number goes back.
//!
//! The intervals are `yyyy` year, `q` quarter, `m` month, `y` day of the year, `d` day, `w` weekday, `ww` week, `h` hour, `n` minute and
//! `s` second, in any case. `y`, `d` and `w` all add calendar days. Steps of months keep the day where the month has it, else take its
//! last day. Another interval is `invalid-value`; a result outside the years 1 to 9999 is `argument-out-of-range`. Text is no date:
//! `type-mismatch`. A NULL date stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `DateAdd("d", 10, CDate("2024-02-25"))` |  | `2024-03-06T00:00:00Z` |
//! | `DateAdd("m", 1, CDate("2024-01-31"))` |  | `2024-02-29T00:00:00Z` |
//! | `DateAdd("yyyy", -1, CDate("2024-02-29"))` |  | `2023-02-28T00:00:00Z` |
//! | `DateAdd("w", 1, CDate("2024-01-05"))` |  | `2024-01-06T00:00:00Z` |
//! | `DateAdd("xx", 1, CDate("2024-01-01"))` |  | `⚠ invalid-value` |
//! | `DateAdd("d", 1, CDate([x]))` |  | `NULL` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::date::{TICKS_PER_DAY, TICKS_PER_SECOND};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "DateAdd(str interval, num value, dt date): dt",
    3,
    &[Parameter::Value, Parameter::Value, Parameter::Value],
    Call::Each(date_add),
);

fn date_add<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let date = match args.item(2) {
        None => return Ok(None),
        Some(Item::Date(date)) => *date,
        Some(other) => return Err(Fault::mismatch(2, "a date", other.type_name())),
    };
    let interval = args.required_text(0)?;
    let value = args.required_number(1)?;
    let months = |each: i64| value.checked_mul(each).and_then(|months| date.plus_months(months));
    let ticks = |each: i64| value.checked_mul(each).and_then(|ticks| date.plus_ticks(ticks));
    let result = match interval.to_ascii_lowercase().as_str() {
        "yyyy" => months(12),
        "q" => months(3),
        "m" => months(1),
        "y" | "d" | "w" => ticks(TICKS_PER_DAY),
        "ww" => ticks(7 * TICKS_PER_DAY),
        "h" => ticks(3600 * TICKS_PER_SECOND),
        "n" => ticks(60 * TICKS_PER_SECOND),
        "s" => ticks(TICKS_PER_SECOND),
        _ => {
            return Err(Fault::invalid(format!(
                "`{interval}` is no interval; use yyyy, q, m, y, d, w, ww, h, n or s"
            )));
        }
    };
    result.map(|date| Some(Item::Date(date))).ok_or_else(|| {
        Fault::range(format!("{value} times `{interval}` leaves the years 1 to 9999"))
    })
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.2
    #[test]
    fn examples() {
        check(&[
            (r#"DateAdd("d", 10, CDate("2024-02-25"))"#, "", "2024-03-06T00:00:00Z"),
            (r#"DateAdd("m", 1, CDate("2024-01-31"))"#, "", "2024-02-29T00:00:00Z"),
            (r#"DateAdd("yyyy", -1, CDate("2024-02-29"))"#, "", "2023-02-28T00:00:00Z"),
            (r#"DateAdd("w", 1, CDate("2024-01-05"))"#, "", "2024-01-06T00:00:00Z"),
            (r#"DateAdd("xx", 1, CDate("2024-01-01"))"#, "", "⚠ invalid-value"),
            (r#"DateAdd("d", 1, CDate([x]))"#, "", "NULL"),
            (r#"DateAdd("Q", 1, CDate("2024-01-15"))"#, "", "2024-04-15T00:00:00Z"),
            (r#"DateAdd("ww", 2, CDate("2024-01-01"))"#, "", "2024-01-15T00:00:00Z"),
            (r#"DateAdd("h", -25, CDate("2024-01-02 00:30"))"#, "", "2023-12-31T23:30:00Z"),
            (r#"DateAdd("n", 90, CDate("2024-01-01"))"#, "", "2024-01-01T01:30:00Z"),
            (r#"DateAdd("s", 1, CDate("2023-12-31 23:59:59"))"#, "", "2024-01-01T00:00:00Z"),
            (r#"DateAdd("y", 1, CDate("2024-12-31"))"#, "", "2025-01-01T00:00:00Z"),
            (r#"DateAdd("d", 1, "2024-01-01")"#, "", "⚠ type-mismatch"),
            (r#"DateAdd("yyyy", 8000, CDate("2024-01-01"))"#, "", "⚠ argument-out-of-range"),
            (
                r#"DateAdd("m", -9223372036854775807, CDate("2024-01-01"))"#,
                "",
                "⚠ argument-out-of-range",
            ),
            (
                r#"DateAdd("s", 9223372036854775807, CDate("2024-01-01"))"#,
                "",
                "⚠ argument-out-of-range",
            ),
        ]);
    }
}
