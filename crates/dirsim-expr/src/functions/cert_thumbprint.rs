//! # `CertThumbprint`
//!
//! `CertThumbprint(bin cert): str`
//!
//! Returns the SHA-1 hash of the certificate as upper-case hexadecimal digits; the same as `CertHashString`.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertThumbprint([c])` | `c = a certificate` | `"0990F1ECAC76E3835836B3E5EB574AD440729466"` |
//! | `CertThumbprint([c])` |  | `NULL` |
//! | `CertThumbprint([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::certificate::hex;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertThumbprint(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_thumbprint),
);

fn cert_thumbprint<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::text(hex(&certificate.hash))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            (
                "CertThumbprint([c])",
                r#"{"c":{"$cert":"user"}}"#,
                r#""0990F1ECAC76E3835836B3E5EB574AD440729466""#,
            ),
            ("CertThumbprint([c])", "", "NULL"),
            (
                "CertThumbprint([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
