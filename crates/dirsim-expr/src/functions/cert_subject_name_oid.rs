//! # `CertSubjectNameOid`
//!
//! `CertSubjectNameOid(bin cert): str`
//!
//! Returns the object identifier of the subject name. Names have none in practice, so NULL.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertSubjectNameOid([c])` | `c = a certificate` | `NULL` |
//! | `CertSubjectNameOid([c])` |  | `NULL` |
//! | `CertSubjectNameOid([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertSubjectNameOid(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_subject_name_oid),
);

fn cert_subject_name_oid<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
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
            ("CertSubjectNameOid([c])", r#"{"c":{"$cert":"user"}}"#, "NULL"),
            ("CertSubjectNameOid([c])", "", "NULL"),
            (
                "CertSubjectNameOid([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
