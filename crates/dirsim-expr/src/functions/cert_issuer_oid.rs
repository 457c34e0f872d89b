//! # `CertIssuerOid`
//!
//! `CertIssuerOid(bin cert): str`
//!
//! Returns the object identifier of the issuer name. Names have none in practice, so NULL.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertIssuerOid([c])` | `c = a certificate` | `NULL` |
//! | `CertIssuerOid([c])` |  | `NULL` |
//! | `CertIssuerOid([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertIssuerOid(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_issuer_oid),
);

fn cert_issuer_oid<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    argument(args)?;
    Ok(None)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertIssuerOid([c])", r#"{"c":{"$cert":"user"}}"#, "NULL"),
            ("CertIssuerOid([c])", "", "NULL"),
            (
                "CertIssuerOid([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
