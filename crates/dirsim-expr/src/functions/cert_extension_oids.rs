//! # `CertExtensionOids`
//!
//! `CertExtensionOids(bin cert): mv`
//!
//! Returns the OIDs of the critical extensions as a list, in the order of the certificate; NULL when there is none.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL. The OIDs of several certificates form one list.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertExtensionOids([c])` | `c = a certificate` | `{"2.5.29.19", "2.5.29.15"}` |
//! | `CertExtensionOids([c])` |  | `NULL` |
//! | `CertExtensionOids([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::certificate::from_item;
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    "CertExtensionOids(bin cert): mv",
    1,
    &[Parameter::Value],
    Call::Whole(cert_extension_oids),
);

fn cert_extension_oids<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let mut oids = Vec::new();
    for item in args.value(0).items() {
        let certificate = from_item(&item)?;
        let critical = certificate.extensions.into_iter().filter(|extension| extension.critical);
        oids.extend(critical.map(|extension| Some(Item::text(extension.oid))));
    }
    Ok(Val::list(oids))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            (
                "CertExtensionOids([c])",
                r#"{"c":{"$cert":"user"}}"#,
                r#"{"2.5.29.19", "2.5.29.15"}"#,
            ),
            ("CertExtensionOids([c])", "", "NULL"),
            (
                "CertExtensionOids([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
