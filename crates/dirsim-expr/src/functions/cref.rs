//! # `CRef`
//!
//! `CRef(str dn): ref`
//!
//! Turns the text of a DN into a reference, for functions that take one and for reference attributes.
//!
//! Every part must look like `type=value`, else `invalid-value`. The object need not exist: a reference that leads nowhere vanishes when it flows.
//! A reference stays what it is; NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CRef("CN=Bo,DC=north,DC=example")` |  | `"CN=Bo,DC=north,DC=example"` |
//! | `CStr(CRef("CN=Bo,DC=north"))` |  | `"CN=Bo,DC=north"` |
//! | `CRef("no dn here")` |  | `⚠ invalid-value` |
//! | `CRef([manager])` | `manager = an object` | `ref #7` |
//! | `CRef([x])` |  | `NULL` |
//! | `CRef("")` |  | `⚠ invalid-value` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::dn::is_dn;
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("CRef(str dn): ref", 1, &[Parameter::Value], Call::Each(cref));

fn cref<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    match args.item(0) {
        Some(Item::Text(text)) if is_dn(text) => Ok(Some(Item::Dn(text.clone()))),
        Some(Item::Text(text)) => Err(Fault::invalid(format!("`{text}` is no DN"))),
        Some(reference @ (Item::Reference(_) | Item::Dn(_))) => Ok(Some(reference.clone())),
        Some(other) => Err(Fault::mismatch(0, "text", other.type_name())),
        None => Ok(None),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            (r#"CRef("CN=Bo,DC=north,DC=example")"#, "", r#""CN=Bo,DC=north,DC=example""#),
            (r#"CStr(CRef("CN=Bo,DC=north"))"#, "", r#""CN=Bo,DC=north""#),
            (r#"CRef("no dn here")"#, "", "⚠ invalid-value"),
            ("CRef([manager])", r#"{"manager":{"$id":7}}"#, "ref #7"),
            ("CRef([x])", "", "NULL"),
            (r#"CRef("")"#, "", "⚠ invalid-value"),
            (r#"CRef("CN=a\")"#, "", "⚠ invalid-value"),
            (r#"CRef("cn=A, dc=B") = CRef("CN=a,DC=b")"#, "", "True"),
            ("CRef(1)", "", "⚠ type-mismatch"),
        ]);
    }
}
