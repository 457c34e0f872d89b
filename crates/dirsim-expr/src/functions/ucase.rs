//! # `UCase`
//!
//! `UCase(str value): str`
//!
//! Returns the text in upper case. NULL stays NULL; a number is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `UCase("mixedCase")` |  | `"MIXEDCASE"` |
//! | `UCase("å")` |  | `"Å"` |
//! | `UCase([x])` |  | `NULL` |
//! | `UCase("Straße")` |  | `"STRAßE"` |
//! | `UCase(5)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::case::upper;
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("UCase(str value): str", 1, &[Parameter::Value], Call::Each(ucase));

fn ucase<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(args.text(0)?.map(|text| Item::Text(upper(text))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"UCase("mixedCase")"#, "", r#""MIXEDCASE""#),
            (r#"UCase("å")"#, "", r#""Å""#),
            ("UCase([x])", "", "NULL"),
            (r#"UCase("Straße")"#, "", r#""STRAßE""#),
            ("UCase(5)", "", "⚠ type-mismatch"),
        ]);
    }
}
