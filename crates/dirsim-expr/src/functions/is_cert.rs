//! # `IsCert`
//!
//! `IsCert(bin value): bool`
//!
//! Tells whether the bytes are a certificate, or Base64 text of one, with or without PEM lines. Anything else is False, NULL too. A list passes when
//! all its elements pass.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsCert([c])` | `c = a certificate` | `True` |
//! | `IsCert([c])` | `c = other bytes` | `False` |
//! | `IsCert([c])` |  | `False` |
//! | `IsCert("-----BEGIN CERTIFICATE-----" & CRLF & ConvertToBase64([c]) & CRLF & "-----END CERTIFICATE-----")` | `c = a certificate` | `True` |
//! | `IsCert(Left([c], 200))` | `c = a certificate` | `False` |
//! | `IsCert(5)` |  | `False` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::certificate::from_item;
use crate::value::Val;

pub(super) const DEFINITION: Definition =
    Definition::new("IsCert(bin value): bool", 1, &[Parameter::Value], Call::Whole(is_cert));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn is_cert<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let value = args.value(0);
    let passes = value.items().all(|item| from_item(&item).is_ok());
    Ok(Val::boolean(passes && !value.is_null()))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            ("IsCert([c])", r#"{"c":{"$cert":"user"}}"#, "True"),
            ("IsCert([c])", r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#, "False"),
            ("IsCert([c])", "", "False"),
            (
                r#"IsCert("-----BEGIN CERTIFICATE-----" & CRLF & ConvertToBase64([c]) & CRLF & "-----END CERTIFICATE-----")"#,
                r#"{"c":{"$cert":"user"}}"#,
                "True",
            ),
            ("IsCert(Left([c], 200))", r#"{"c":{"$cert":"user"}}"#, "False"),
            ("IsCert(5)", "", "False"),
        ]);
    }
}
