//! # `Switch`
//!
//! `Switch(exp c1, exp v1 [, exp c2, exp v2 …]): exp`
//!
//! Returns the value behind the first condition that is True; NULL when there is none.
//!
//! All conditions are evaluated, also those behind the first that is True, so a failing one fails the object. Of the values only the chosen one is
//! evaluated.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Switch([c] = "SE", "Nordic", [c] = "DE", "DACH", True, "Other")` | `c = "DE"` | `"DACH"` |
//! | `Switch([c] = "SE", "Nordic", [c] = "DE", "DACH", True, "Other")` | `c = "FR"` | `"Other"` |
//! | `Switch([c] = "SE", "Nordic")` | `c = "FR"` | `NULL` |
//! | `Switch(True, "a", 1/0 = 1, "b")` |  | `⚠ divide-by-zero` |
//! | `Switch(True, "a", True, Error("never"))` |  | `"a"` |
//! | `Switch([c] = "SE")` |  | `⚠ wrong-arg-count` |

use super::{Call, Definition, Parameter};
use crate::call::Fault;
use crate::evaluate::{Evaluator, Failed, condition};
use crate::tree::Node;
use crate::value::Val;

pub(super) const DEFINITION: Definition = Definition {
    pairs: true,
    ..Definition::new(
        "Switch(exp c1, exp v1 [, exp c2, exp v2 …]): exp",
        2,
        &[Parameter::Value, Parameter::Value],
        Call::Lazy(switch),
    )
};

fn switch<'a>(
    evaluator: &mut Evaluator<'a>,
    _node: &'a Node,
    arguments: &'a [Node],
) -> Result<Val<'a>, Failed> {
    let mut chosen = None;
    for pair in arguments.as_chunks::<2>().0 {
        let [test, value] = pair;
        let holds = match evaluator.argument(test)? {
            Val::Single(item) => condition(Some(&item)),
            Val::Null | Val::Flow(_) => Ok(false),
            Val::Many(_) | Val::List(_) => Err(Fault::mismatch(0, "a single condition", "a list")),
        };
        if holds.map_err(|fault| evaluator.fail(test.at, fault))? && chosen.is_none() {
            chosen = Some(value);
        }
    }
    chosen.map_or(Ok(Val::Null), |value| evaluator.eval(value))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.5
    #[test]
    fn examples() {
        check(&[
            (
                r#"Switch([c] = "SE", "Nordic", [c] = "DE", "DACH", True, "Other")"#,
                r#"{"c":"DE"}"#,
                r#""DACH""#,
            ),
            (
                r#"Switch([c] = "SE", "Nordic", [c] = "DE", "DACH", True, "Other")"#,
                r#"{"c":"FR"}"#,
                r#""Other""#,
            ),
            (r#"Switch([c] = "SE", "Nordic")"#, r#"{"c":"FR"}"#, "NULL"),
            (r#"Switch(True, "a", 1/0 = 1, "b")"#, "", "⚠ divide-by-zero"),
            (r#"Switch(True, "a", True, Error("never"))"#, "", r#""a""#),
            (r#"Switch([c] = "SE")"#, "", "⚠ wrong-arg-count"),
            (r#"Switch("x", 1)"#, "", "⚠ type-mismatch"),
            ("Switch(True, IgnoreThisFlow)", "", "IgnoreThisFlow"),
        ]);
    }
}
