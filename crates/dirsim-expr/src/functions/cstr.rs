//! # `CStr`
//!
//! `CStr(exp value): str`
//!
//! Turns a value into text: a number into its decimal digits, a boolean into `True` or `False`, a reference into its DN.
//!
//! Binary values and dates are `type-mismatch`; use `ConvertToBase64`, `StringFromGuid` or `FormatDateTime`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `CStr(120)` |  | `"120"` |
//! | `CStr(True)` |  | `"True"` |
//! | `CStr([manager])` | `manager = ref "CN=Bo,OU=Staff,DC=north"` | `"CN=Bo,OU=Staff,DC=north"` |
//! | `CStr([g])` | `g = #0102` | `⚠ type-mismatch` |
//! | `CStr([x])` |  | `NULL` |
//! | `CStr(Now())` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("CStr(exp value): str", 1, &[Parameter::Value], Call::Each(cstr));

fn cstr<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let text = match args.item(0) {
        None => return Ok(None),
        Some(Item::Text(text)) => Item::Text(text.clone()),
        Some(Item::Number(number)) => Item::text(number.to_string()),
        Some(Item::Boolean(truth)) => Item::text(if *truth { "True" } else { "False" }),
        Some(Item::Reference(_) | Item::Dn(_)) => return Ok(args.dn(0)?.map(Item::Text)),
        Some(other) => {
            return Err(Fault::mismatch(
                0,
                "text, a number, a boolean or a reference",
                other.type_name(),
            ));
        }
    };
    Ok(Some(text))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.1
    #[test]
    fn examples() {
        check(&[
            ("CStr(120)", "", r#""120""#),
            ("CStr(True)", "", r#""True""#),
            (
                "CStr([manager])",
                r#"{"manager":{"$ref":"CN=Bo,OU=Staff,DC=north"}}"#,
                r#""CN=Bo,OU=Staff,DC=north""#,
            ),
            ("CStr([g])", r#"{"g":{"$hex":"0102"}}"#, "⚠ type-mismatch"),
            ("CStr([x])", "", "NULL"),
            ("CStr(Now())", "", "⚠ type-mismatch"),
            ("CStr([manager])", r#"{"manager":{"$id":7}}"#, "⚠ type-mismatch"),
            ("CStr([m])", r#"{"m":[1,2]}"#, r#"{"1", "2"}"#),
        ]);
    }
}
