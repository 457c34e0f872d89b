//! # `CertNameInfo`
//!
//! `CertNameInfo(bin cert, str nameType, bool issuer): str`
//!
//! Returns one name of the subject, or of the issuer when the third argument is True.
//!
//! The kinds are `SimpleName` (the common name), `DnsName` (the first DNS entry of the alternative name, else the common name),
//! `DnsFromAlternativeName`, `EmailName`, `UpnName` and `UrlName` (the first such entry of the alternative name); others are `invalid-value`. When there is none, the
//! empty string. The value is a certificate as bytes or as Base64 text; other bytes are `invalid-value`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CertNameInfo([c], "SimpleName", False)` | `c = a certificate` | `"Ann Lee"` |
//! | `CertNameInfo([c], "EmailName", False)` | `c = a certificate` | `"ann@contoso.com"` |
//! | `CertNameInfo([c], "UpnName", False)` | `c = a certificate` | `"ann@corp.contoso.com"` |
//! | `CertNameInfo([c], "DnsName", True)` | `c = a certificate` | `"Ann Lee"` |
//! | `CertNameInfo([c], "DnsName", False)` |  | `NULL` |
//! | `CertNameInfo([c], "Nickname", False)` | `c = a certificate` | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::certificate::{Alternative, argument};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "CertNameInfo(bin cert, str nameType, bool issuer): str",
    3,
    &[Parameter::Value, Parameter::Value, Parameter::Value],
    Call::Each(cert_name_info),
);

fn cert_name_info<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(certificate) = argument(args)? else { return Ok(None) };
    let kind = args.required_text(1)?;
    let issuer = match args.item(2) {
        Some(Item::Boolean(issuer)) => *issuer,
        other => {
            let found = other.map_or("NULL", Item::type_name);
            return Err(Fault::mismatch(2, "a boolean", found));
        }
    };
    let alternative = |wanted| certificate.alternative(wanted, issuer);
    let common = || {
        let name = if issuer { &certificate.issuer } else { &certificate.subject };
        name.common_name().map(str::to_owned)
    };
    let name = match &**kind {
        "SimpleName" => common(),
        "DnsName" => alternative(Alternative::Dns).or_else(common),
        "DnsFromAlternativeName" => alternative(Alternative::Dns),
        "EmailName" => alternative(Alternative::Mail),
        "UpnName" => alternative(Alternative::Upn),
        "UrlName" => alternative(Alternative::Url),
        _ => {
            return Err(Fault::invalid(format!(
                "`{kind}` is no kind of name; use SimpleName, DnsName, DnsFromAlternativeName, \
                 EmailName, UpnName or UrlName"
            )));
        }
    };
    Ok(Some(Item::text(name.unwrap_or_default())))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.8
    #[test]
    fn examples() {
        check(&[
            (
                r#"CertNameInfo([c], "SimpleName", False)"#,
                r#"{"c":{"$cert":"user"}}"#,
                r#""Ann Lee""#,
            ),
            (
                r#"CertNameInfo([c], "EmailName", False)"#,
                r#"{"c":{"$cert":"user"}}"#,
                r#""ann@contoso.com""#,
            ),
            (
                r#"CertNameInfo([c], "UpnName", False)"#,
                r#"{"c":{"$cert":"user"}}"#,
                r#""ann@corp.contoso.com""#,
            ),
            (r#"CertNameInfo([c], "DnsName", True)"#, r#"{"c":{"$cert":"user"}}"#, r#""Ann Lee""#),
            (r#"CertNameInfo([c], "DnsName", False)"#, "", "NULL"),
            (
                r#"CertNameInfo([c], "Nickname", False)"#,
                r#"{"c":{"$cert":"user"}}"#,
                "⚠ invalid-value",
            ),
            (
                r#"CertNameInfo([c], "DnsName", False)"#,
                r#"{"c":{"$cert":"user"}}"#,
                r#""ann.contoso.com""#,
            ),
            (
                r#"CertNameInfo([c], "DnsFromAlternativeName", True)"#,
                r#"{"c":{"$cert":"user"}}"#,
                r#""""#,
            ),
            (
                r#"CertNameInfo([c], "UrlName", False)"#,
                r#"{"c":{"$cert":"user"}}"#,
                r#""https://contoso.com/ann""#,
            ),
            (r#"CertNameInfo([c], "UrlName", 1)"#, r#"{"c":{"$cert":"user"}}"#, "⚠ type-mismatch"),
            (
                r#"CertNameInfo([c], "UrlName", False)"#,
                r#"{"c":{"$hex":"6e6f206365727469666963617465"}}"#,
                "⚠ invalid-value",
            ),
        ]);
    }
}
