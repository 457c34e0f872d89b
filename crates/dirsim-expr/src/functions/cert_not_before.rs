//! # `CertNotBefore`
//!
//! `CertNotBefore(bin cert): dt`
//!
//! Returns the begin of validity, in UTC.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertNotBefore([c])` | `c = a certificate` | `2025-03-01T09:30:00Z` |
//! | `CertNotBefore([c])` |  | `NULL` |
//! | `CertNotBefore([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertNotBefore(bin cert): dt",
    1,
    &[Parameter::Value],
    Call::Each(cert_not_before),
);

fn cert_not_before<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::Date(certificate.not_before)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertNotBefore([c])", r#"{"c":{"$cert":"user"}}"#, "2025-03-01T09:30:00Z"),
            ("CertNotBefore([c])", "", "NULL"),
            (
                "CertNotBefore([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
