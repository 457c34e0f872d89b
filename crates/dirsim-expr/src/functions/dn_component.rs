//! # `DNComponent`
//!
//! `DNComponent(ref dn, num n): str`
//!
//! Returns the value of the nth part of a DN, counted from the left; the first is the object itself.
//!
//! Escapes stay as they are written. A position outside the DN is `index-out-of-bounds`. Text is `type-mismatch`: wrap it in `CRef`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `DNComponent(CRef([dn]), 1)` | `dn = "CN=Bo Lind,OU=Staff,DC=north,DC=example"` | `"Bo Lind"` |
//! | `DNComponent(CRef([dn]), 2)` | `dn = "CN=Bo Lind,OU=Staff,DC=north,DC=example"` | `"Staff"` |
//! | `DNComponent([manager], 3)` | `manager = ref "CN=x,OU=y,DC=north"` | `"north"` |
//! | `DNComponent(CRef("CN=Lind\\, Bo,DC=north"), 1)` |  | `"Lind\, Bo"` |
//! | `DNComponent(CRef([dn]), 9)` | `dn = "CN=x,DC=y"` | `⚠ index-out-of-bounds` |
//! | `DNComponent("CN=x,DC=y", 1)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::dn::{parts, split_part};
use crate::error::Code;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "DNComponent(ref dn, num n): str",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Each(dn_component),
);

fn dn_component<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(dn) = args.dn(0)? else { return Ok(None) };
    let n = args.required_number(1)?;
    nth(parts(&dn), n, &dn)
}

/// Returns the value of the nth of these parts.
pub(super) fn nth<'a, 'p>(
    mut parts: impl Iterator<Item = &'p str>,
    n: i64,
    dn: &str,
) -> Result<Option<Item<'a>>, Fault> {
    n.checked_sub(1)
        .and_then(|n| usize::try_from(n).ok())
        .and_then(|n| parts.nth(n))
        .and_then(split_part)
        .map(|(_, value)| Some(Item::text(value.to_owned())))
        .ok_or_else(|| {
            Fault::new(Code::IndexOutOfBounds, format!("`{dn}` has no part number {n} to take"))
        })
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.3
    #[test]
    fn examples() {
        check(&[
            (
                "DNComponent(CRef([dn]), 1)",
                r#"{"dn":"CN=Bo Lind,OU=Staff,DC=north,DC=example"}"#,
                r#""Bo Lind""#,
            ),
            (
                "DNComponent(CRef([dn]), 2)",
                r#"{"dn":"CN=Bo Lind,OU=Staff,DC=north,DC=example"}"#,
                r#""Staff""#,
            ),
            (
                "DNComponent([manager], 3)",
                r#"{"manager":{"$ref":"CN=x,OU=y,DC=north"}}"#,
                r#""north""#,
            ),
            (r#"DNComponent(CRef("CN=Lind\\, Bo,DC=north"), 1)"#, "", r#""Lind\, Bo""#),
            ("DNComponent(CRef([dn]), 9)", r#"{"dn":"CN=x,DC=y"}"#, "⚠ index-out-of-bounds"),
            (r#"DNComponent("CN=x,DC=y", 1)"#, "", "⚠ type-mismatch"),
            (
                r#"InStr(DNComponent(CRef([dn]), 1), "\\0A")"#,
                r#"{"dn":"CN=Printer\\0ACNF:2f1c,OU=Staff,DC=north"}"#,
                "8",
            ),
            ("DNComponent(CRef([dn]), 0)", r#"{"dn":"CN=x,DC=y"}"#, "⚠ index-out-of-bounds"),
            ("DNComponent([manager], 1)", r#"{"manager":{"$id":7}}"#, "⚠ type-mismatch"),
            ("DNComponent(CRef([x]), 1)", "", "NULL"),
        ]);
    }
}
