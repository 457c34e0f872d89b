//! # `CertSignatureAlgorithmOid`
//!
//! `CertSignatureAlgorithmOid(bin cert): str`
//!
//! Returns the OID of the algorithm of the signature.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertSignatureAlgorithmOid([c])` | `c = a certificate` | `"1.2.840.113549.1.1.11"` |
//! | `CertSignatureAlgorithmOid([c])` |  | `NULL` |
//! | `CertSignatureAlgorithmOid([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertSignatureAlgorithmOid(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_signature_algorithm_oid),
);

fn cert_signature_algorithm_oid<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::text(certificate.signature_algorithm)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            (
                "CertSignatureAlgorithmOid([c])",
                r#"{"c":{"$cert":"user"}}"#,
                r#""1.2.840.113549.1.1.11""#,
            ),
            ("CertSignatureAlgorithmOid([c])", "", "NULL"),
            (
                "CertSignatureAlgorithmOid([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
