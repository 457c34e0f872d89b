//! # `CertVersion`
//!
//! `CertVersion(bin cert): str`
//!
//! Returns the version of the certificate as text, `3` in our time.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertVersion([c])` | `c = a certificate` | `"3"` |
//! | `CertVersion([c])` |  | `NULL` |
//! | `CertVersion([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("CertVersion(bin cert): str", 1, &[Parameter::Value], Call::Each(cert_version));

fn cert_version<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::text(certificate.version.to_string())))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertVersion([c])", r#"{"c":{"$cert":"user"}}"#, r#""3""#),
            ("CertVersion([c])", "", "NULL"),
            (
                "CertVersion([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
