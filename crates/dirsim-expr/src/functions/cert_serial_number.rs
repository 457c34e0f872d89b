//! # `CertSerialNumber`
//!
//! `CertSerialNumber(bin cert): str`
//!
//! Returns the serial number as upper-case hexadecimal digits, with `00` in front of a first byte of 80 or above.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertSerialNumber([c])` | `c = a certificate` | `"008001"` |
//! | `CertSerialNumber([c])` |  | `NULL` |
//! | `CertSerialNumber([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::certificate::hex;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertSerialNumber(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_serial_number),
);

fn cert_serial_number<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::text(hex(&certificate.serial))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertSerialNumber([c])", r#"{"c":{"$cert":"user"}}"#, r#""008001""#),
            ("CertSerialNumber([c])", "", "NULL"),
            (
                "CertSerialNumber([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
