//! # `CertSubjectNameDN`
//!
//! `CertSubjectNameDN(bin cert): str`
//!
//! Returns the distinguished name of the subject; the same as `CertSubject`.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertSubjectNameDN([c])` | `c = a certificate` | `"CN=Ann Lee, OU=Staff, O="Contoso, Ltd", C=SE"` |
//! | `CertSubjectNameDN([c])` |  | `NULL` |
//! | `CertSubjectNameDN([c])` | `c = other bytes` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertSubjectNameDN(bin cert): str",
    1,
    &[Parameter::Value],
    Call::Each(cert_subject_name_dn),
);

fn cert_subject_name_dn<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(argument(args)?.map(|certificate| Item::text(certificate.subject.print())))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            (
                "CertSubjectNameDN([c])",
                r#"{"c":{"$cert":"user"}}"#,
                r#""CN=Ann Lee, OU=Staff, O="Contoso, Ltd", C=SE""#,
            ),
            ("CertSubjectNameDN([c])", "", "NULL"),
            (
                "CertSubjectNameDN([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
