//! # `CertKeyAlgorithmParams`
//!
//! `CertKeyAlgorithmParams(bin cert): str`
//!
//! Returns the encoded parameters of the key algorithm as upper-case hexadecimal digits, `0500` for RSA.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertKeyAlgorithmParams([c])` | `c = a certificate` | `"0500"` |
//! | `CertKeyAlgorithmParams([c])` |  | `NULL` |
//! | `CertKeyAlgorithmParams([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::certificate::hex;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertKeyAlgorithmParams(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_key_algorithm_params),
);

fn cert_key_algorithm_params<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::text(hex(&certificate.key_parameters))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertKeyAlgorithmParams([c])", r#"{"c":{"$cert":"user"}}"#, r#""0500""#),
            ("CertKeyAlgorithmParams([c])", "", "NULL"),
            (
                "CertKeyAlgorithmParams([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
