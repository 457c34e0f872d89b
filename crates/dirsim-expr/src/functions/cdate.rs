//! # `CDate`
//!
//! `CDate(str value): dt`
//!
//! Reads text as a date. All dates are UTC; text without a zone is taken as UTC.
//!
//! Accepted are `yyyy-M-d` and `M/d/yyyy` (month first), each with an optional time `H:mm[:ss[.fffffff]]` behind a space or `T`, an
//! optional `AM` or `PM` and an optional zone `Z`, `+hh[:mm]` or `-h`; and generalized time, `yyyyMMddHHmmss[.f]Z`. Other text is
//! `invalid-value`. A date stays what it is; NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CDate("2024-02-29")` |  | `2024-02-29T00:00:00Z` |
//! | `CDate("2024-03-01 09:30:15")` |  | `2024-03-01T09:30:15Z` |
//! | `CDate("2024-03-01 11:00 PM -5")` |  | `2024-03-02T04:00:00Z` |
//! | `CDate("3/9/2024")` |  | `2024-03-09T00:00:00Z` |
//! | `CDate([whenCreated])` | `whenCreated = "20240131120000.0Z"` | `2024-01-31T12:00:00Z` |
//! | `CDate("not a date")` |  | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::date::Date;
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("CDate(str value): dt", 1, &[Parameter::Value], Call::Each(cdate));

fn cdate<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    match args.item(0) {
        None => Ok(None),
        Some(Item::Date(date)) => Ok(Some(Item::Date(*date))),
        Some(Item::Text(text)) => Date::parse(text)
            .map(|date| Some(Item::Date(date)))
            .ok_or_else(|| Fault::invalid(format!("`{text}` is no date"))),
        Some(other) => Err(Fault::mismatch(0, "text", other.type_name())),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (r#"CDate("2024-02-29")"#, "", "2024-02-29T00:00:00Z"),
            (r#"CDate("2024-03-01 09:30:15")"#, "", "2024-03-01T09:30:15Z"),
            (r#"CDate("2024-03-01 11:00 PM -5")"#, "", "2024-03-02T04:00:00Z"),
            (r#"CDate("3/9/2024")"#, "", "2024-03-09T00:00:00Z"),
            (
                "CDate([whenCreated])",
                r#"{"whenCreated":"20240131120000.0Z"}"#,
                "2024-01-31T12:00:00Z",
            ),
            (r#"CDate("not a date")"#, "", "⚠ invalid-value"),
            ("CDate([x])", "", "NULL"),
            (r#"CDate(CDate("2024-02-29"))"#, "", "2024-02-29T00:00:00Z"),
            ("CDate(5)", "", "⚠ type-mismatch"),
        ]);
    }
}
