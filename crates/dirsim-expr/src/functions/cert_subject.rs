//! # `CertSubject`
//!
//! `CertSubject(bin cert): str`
//!
//! Returns the distinguished name of the subject. Most specific part first, separated by comma and space, with the short names CN, OU, O, L, S, C, E and DC.
//!
//! The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertSubject([c])` | `c = a certificate` | `"CN=Ann Lee, OU=Staff, O="Contoso, Ltd", C=SE"` |
//! | `CertSubject([c])` |  | `NULL` |
//! | `CertSubject([c])` | `c = other bytes` | `⚠ invalid-value` |
//! | `CertSubject([m])` | `m = {a certificate, a certificate}` | `{"CN=Ann Lee, OU=Staff, O="Contoso, Ltd", C=SE", "CN=Ann Lee, OU=Staff, O="Contoso, Ltd", C=SE"}` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::argument;
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("CertSubject(bin cert): str", 1, &[Parameter::Value], Call::Each(cert_subject));

fn cert_subject<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
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
                "CertSubject([c])",
                r#"{"c":{"$cert":"user"}}"#,
                r#""CN=Ann Lee, OU=Staff, O="Contoso, Ltd", C=SE""#,
            ),
            ("CertSubject([c])", "", "NULL"),
            (
                "CertSubject([c])",
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
            (
                "CertSubject([m])",
                r#"{"m":[{"$cert":"user"},{"$cert":"user"}]}"#,
                r#"{"CN=Ann Lee, OU=Staff, O="Contoso, Ltd", C=SE", "CN=Ann Lee, OU=Staff, O="Contoso, Ltd", C=SE"}"#,
            ),
        ]);
    }
}
