//! # `CertKeyAlgorithm`
//!
//! `CertKeyAlgorithm(bin cert): str`
//!
//! Returns the OID of the algorithm of the public key: `1.2.840.113549.1.1.1` for RSA, `1.2.840.10045.2.1` for elliptic curves.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertKeyAlgorithm([c])` | `c = a certificate` | `"1.2.840.113549.1.1.1"` |
//! | `CertKeyAlgorithm([c])` |  | `NULL` |
//! | `CertKeyAlgorithm([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertKeyAlgorithm(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_key_algorithm),
);

fn cert_key_algorithm<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::text(certificate.key_algorithm)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertKeyAlgorithm([c])", r#"{"c":{"$cert":"user"}}"#, r#""1.2.840.113549.1.1.1""#),
            ("CertKeyAlgorithm([c])", "", "NULL"),
            (
                "CertKeyAlgorithm([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
