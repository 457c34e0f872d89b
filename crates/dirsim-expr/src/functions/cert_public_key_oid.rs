//! # `CertPublicKeyOid`
//!
//! `CertPublicKeyOid(bin cert): str`
//!
//! Returns the OID of the public key; the same as `CertKeyAlgorithm`.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertPublicKeyOid([c])` | `c = a certificate` | `"1.2.840.113549.1.1.1"` |
//! | `CertPublicKeyOid([c])` |  | `NULL` |
//! | `CertPublicKeyOid([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertPublicKeyOid(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_public_key_oid),
);

fn cert_public_key_oid<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::text(certificate.key_algorithm)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertPublicKeyOid([c])", r#"{"c":{"$cert":"user"}}"#, r#""1.2.840.113549.1.1.1""#),
            ("CertPublicKeyOid([c])", "", "NULL"),
            (
                "CertPublicKeyOid([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
