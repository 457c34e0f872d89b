//! # `CertFriendlyName`
//!
//! `CertFriendlyName(bin cert): str`
//!
//! Returns the alias that a certificate store keeps beside a certificate; a certificate from a directory has none, so the empty string.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertFriendlyName([c])` | `c = a certificate` | `""` |
//! | `CertFriendlyName([c])` |  | `NULL` |
//! | `CertFriendlyName([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertFriendlyName(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_friendly_name),
);

fn cert_friendly_name<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| {
        let _ = certificate;
        Item::text("")
    }))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            ("CertFriendlyName([c])", r#"{"c":{"$cert":"user"}}"#, r#""""#),
            ("CertFriendlyName([c])", "", "NULL"),
            (
                "CertFriendlyName([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
