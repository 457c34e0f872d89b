//! # `IsGuid`
//!
//! `IsGuid(str value): bool`
//!
//! Tells whether the value is text in the form that `CGuid` accepts; braces must be balanced. Everything else is False. A list passes when all its
//! elements pass.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IsGuid("0a1b2c3d-0001-0002-0003-00000000000f")` |  | `True` |
//! | `IsGuid("{0a1b2c3d-0001-0002-0003-00000000000f}")` |  | `True` |
//! | `IsGuid("0a1b2c3d000100020003000000000000")` |  | `False` |
//! | `IsGuid("{0a1b2c3d-0001-0002-0003-00000000000f")` |  | `False` |
//! | `IsGuid([x])` |  | `False` |
//! | `IsGuid([b])` | `b = #0123456789abcdeffedcba9876543210` | `False` |

use super::cguid::parse_guid;
use super::{Call, Definition, Parameter};
use crate::call::{Fault, WholeArgs};
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition =
    Definition::new("IsGuid(str value): bool", 1, &[Parameter::Value], Call::Whole(is_guid));

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn is_guid<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let value = args.value(0);
    let passes = value
        .items()
        .all(|item| matches!(item.as_ref(), Item::Text(text) if parse_guid(text).is_some()));
    Ok(Val::boolean(passes && !value.is_null()))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.4
    #[test]
    fn examples() {
        check(&[
            (r#"IsGuid("0a1b2c3d-0001-0002-0003-00000000000f")"#, "", "True"),
            (r#"IsGuid("{0a1b2c3d-0001-0002-0003-00000000000f}")"#, "", "True"),
            (r#"IsGuid("0a1b2c3d000100020003000000000000")"#, "", "False"),
            (r#"IsGuid("{0a1b2c3d-0001-0002-0003-00000000000f")"#, "", "False"),
            ("IsGuid([x])", "", "False"),
            ("IsGuid([b])", r#"{"b":{"$hex":"0123456789abcdeffedcba9876543210"}}"#, "False"),
        ]);
    }
}
