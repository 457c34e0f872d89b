//! # `CertFormat`
//!
//! `CertFormat(bin cert): str`
//!
//! Returns the format of the certificate, `X509`.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertFormat([c])` | `c = a certificate` | `"X509"` |
//! | `CertFormat([c])` |  | `NULL` |
//! | `CertFormat([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("CertFormat(bin cert): str", 1, &[Parameter::Value], Call::Each(cert_format));

fn cert_format<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| {
        let _ = certificate;
        Item::text("X509")
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertFormat([c])", r#"{"c":{"$cert":"user"}}"#, r#""X509""#),
            ("CertFormat([c])", "", "NULL"),
            (
                "CertFormat([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
