//! # `CertNotAfter`
//!
//! `CertNotAfter(bin cert): dt`
//!
//! Returns the end of validity, in UTC.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertNotAfter([c])` | `c = a certificate` | `2051-03-02T00:00:00Z` |
//! | `CertNotAfter([c])` |  | `NULL` |
//! | `CertNotAfter([c])` | `c = other bytes` | `⚠ invalid-value` |
//! | `IsCert([c]) && CertNotAfter([c]) > Now()` | `c = a certificate` | `True` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertNotAfter(bin cert): dt",
    1,
    &[Parameter::Value],
    Call::Each(cert_not_after),
);

fn cert_not_after<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::Date(certificate.not_after)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertNotAfter([c])", r#"{"c":{"$cert":"user"}}"#, "2051-03-02T00:00:00Z"),
            ("CertNotAfter([c])", "", "NULL"),
            (
                "CertNotAfter([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
            ("IsCert([c]) && CertNotAfter([c]) > Now()", r#"{"c":{"$cert":"user"}}"#, "True"),
        ]);
    }
}
