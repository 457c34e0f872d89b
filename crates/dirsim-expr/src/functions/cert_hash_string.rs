//! # `CertHashString`
//!
//! `CertHashString(bin cert): str`
//!
//! Returns the SHA-1 hash of the certificate as upper-case hexadecimal digits.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertHashString([c])` | `c = a certificate` | `"0990F1ECAC76E3835836B3E5EB574AD440729466"` |
//! | `CertHashString([c])` |  | `NULL` |
//! | `CertHashString([c])` | `c = other bytes` | `⚠ invalid-value` |
//! | `CertHashString(CertHashString([c]))` | `c = a certificate` | `⚠ invalid-value` |
//! | `CertHashString(ConvertToBase64([c]))` | `c = a certificate` | `"0990F1ECAC76E3835836B3E5EB574AD440729466"` |
//! | `CertHashString(5)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::certificate::hex;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertHashString(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_hash_string),
);

fn cert_hash_string<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
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
                "CertHashString([c])",
                r#"{"c":{"$cert":"user"}}"#,
                r#""0990F1ECAC76E3835836B3E5EB574AD440729466""#,
            ),
            ("CertHashString([c])", "", "NULL"),
            (
                "CertHashString([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
            ("CertHashString(CertHashString([c]))", r#"{"c":{"$cert":"user"}}"#, "⚠ invalid-value"),
            (
                "CertHashString(ConvertToBase64([c]))",
                r#"{"c":{"$cert":"user"}}"#,
                r#""0990F1ECAC76E3835836B3E5EB574AD440729466""#,
            ),
            ("CertHashString(5)", "", "⚠ type-mismatch"),
        ]);
    }
}
