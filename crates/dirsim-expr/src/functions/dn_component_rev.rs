//! # `DNComponentRev`
//!
//! `DNComponentRev(ref dn, num n [, opt DC]): str`
//!
//! Returns the value of the nth part of a DN, counted from the right.
//!
//! With the option `DC`, written as a word or as text, all DC parts are left out first, so that 1 is the part next to the domain. A
//! position outside is `index-out-of-bounds`. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `DNComponentRev(CRef([dn]), 1)` | `dn = "CN=a,OU=b,OU=c,DC=d,DC=e"` | `"e"` |
//! | `DNComponentRev(CRef([dn]), 4)` | `dn = "CN=a,OU=b,OU=c,DC=d,DC=e"` | `"b"` |
//! | `DNComponentRev([manager], 1, "DC")` | `manager = ref "CN=a,OU=b,OU=c,DC=d,DC=e"` | `"c"` |
//! | `DNComponentRev(CRef([dn]), 2, DC)` | `dn = "CN=a,OU=b,OU=c,DC=d,DC=e"` | `"b"` |
//! | `DNComponentRev(CRef([dn]), 9, "DC")` | `dn = "CN=a,OU=b,DC=d"` | `⚠ index-out-of-bounds` |
//! | `DNComponentRev([x], 1)` |  | `NULL` |

use super::dn_component::nth;
use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::dn::{parts, split_part};
use crate::tree::OptionWord;
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "DNComponentRev(ref dn, num n [, opt DC]): str",
    2,
    &[Parameter::Value, Parameter::Value, Parameter::OptionOrText(&[OptionWord::Dc])],
    Call::Each(dn_component_rev),
);

fn dn_component_rev<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(dn) = args.dn(0)? else { return Ok(None) };
    let n = args.required_number(1)?;
    let skip = match args.item(2) {
        Some(Item::Option(_)) => true,
        Some(Item::Text(text)) if text.eq_ignore_ascii_case("DC") => true,
        Some(Item::Text(text)) => {
            return Err(Fault::invalid(format!("`{text}` is no option; the only one is DC")));
        }
        Some(other) => return Err(Fault::mismatch(2, "the option DC", other.type_name())),
        None if args.has(2) => return Err(Fault::mismatch(2, "the option DC", "NULL")),
        None => false,
    };
    let kept = parts(&dn).rev().filter(|part| {
        !skip || split_part(part).is_none_or(|(kind, _)| !kind.eq_ignore_ascii_case("DC"))
    });
    nth(kept, n, &dn)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.3
    #[test]
    fn examples() {
        check(&[
            ("DNComponentRev(CRef([dn]), 1)", r#"{"dn":"CN=a,OU=b,OU=c,DC=d,DC=e"}"#, r#""e""#),
            ("DNComponentRev(CRef([dn]), 4)", r#"{"dn":"CN=a,OU=b,OU=c,DC=d,DC=e"}"#, r#""b""#),
            (
                r#"DNComponentRev([manager], 1, "DC")"#,
                r#"{"manager":{"$ref":"CN=a,OU=b,OU=c,DC=d,DC=e"}}"#,
                r#""c""#,
            ),
            ("DNComponentRev(CRef([dn]), 2, DC)", r#"{"dn":"CN=a,OU=b,OU=c,DC=d,DC=e"}"#, r#""b""#),
            (
                r#"DNComponentRev(CRef([dn]), 9, "DC")"#,
                r#"{"dn":"CN=a,OU=b,DC=d"}"#,
                "⚠ index-out-of-bounds",
            ),
            ("DNComponentRev([x], 1)", "", "NULL"),
            (r#"DNComponentRev(CRef([dn]), 1, "OU")"#, r#"{"dn":"CN=a,DC=d"}"#, "⚠ invalid-value"),
            (
                "DNComponentRev(CRef([dn]), 1, UTF8)",
                r#"{"dn":"CN=a,DC=d"}"#,
                "⚠ unknown-identifier",
            ),
        ]);
    }
}
