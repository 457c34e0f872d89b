//! # `Where`
//!
//! `Where($v, mv list, exp condition): mv`
//!
//! Keeps the elements of a list for which the condition is True, with the variable bound to the element.
//!
//! NULL when none is left. NULL stays NULL; a single value is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Where($item, [m], Left($item, 1) = "a")` | `m = {"ab", "cd", "ae"}` | `{"ab", "ae"}` |
//! | `Where($item, [m], False)` | `m = {"a"}` | `NULL` |
//! | `Where($item, [m], True)` |  | `NULL` |
//! | `Where($p, [proxyAddresses], InStr(LCase($p), ".local") = 0)` | `proxyAddresses = {"SMTP:a@x.example", "smtp:a@x.LOCAL"}` | `{"SMTP:a@x.example"}` |
//! | `Where($x, "a", True)` |  | `⚠ type-mismatch` |
//! | `Where($x, [m], $x)` | `m = {"a"}` | `⚠ type-mismatch` |

use super::select::elements;
use super::{Call, Definition, Parameter};
use crate::call::{Fault, VISIT};
use crate::evaluate::{Evaluator, Failed, condition, not_a_value};
use crate::tree::Node;
use crate::value::Val;

pub(super) const DEFINITION: Definition = Definition::new(
    "Where($v, mv list, exp condition): mv",
    3,
    &[Parameter::Variable, Parameter::Value, Parameter::Value],
    Call::Lazy(where_),
);

fn where_<'a>(
    evaluator: &mut Evaluator<'a>,
    node: &'a Node,
    arguments: &'a [Node],
) -> Result<Val<'a>, Failed> {
    let [_variable, list, test] = arguments else { unreachable!("the parser counts arguments") };
    let mut kept = Vec::new();
    for item in elements(evaluator, list)?.into_iter().flatten() {
        let spent = evaluator.context.spend(VISIT + item.size());
        spent.map_err(|fault| evaluator.fail(node.at, fault))?;
        let holds = match evaluator.with(Val::Single(item.clone()), test)? {
            Val::Null => Ok(false),
            Val::Single(truth) => condition(Some(&truth)),
            Val::Flow(flow) => Err(not_a_value(flow)),
            Val::Many(_) | Val::List(_) => Err(Fault::mismatch(2, "a single condition", "a list")),
        };
        if holds.map_err(|fault| evaluator.fail(test.at, fault))? {
            kept.push(Some(item));
        }
    }
    Ok(Val::list(kept))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            (
                r#"Where($item, [m], Left($item, 1) = "a")"#,
                r#"{"m":["ab","cd","ae"]}"#,
                r#"{"ab", "ae"}"#,
            ),
            ("Where($item, [m], False)", r#"{"m":["a"]}"#, "NULL"),
            ("Where($item, [m], True)", "", "NULL"),
            (
                r#"Where($p, [proxyAddresses], InStr(LCase($p), ".local") = 0)"#,
                r#"{"proxyAddresses":["SMTP:a@x.example","smtp:a@x.LOCAL"]}"#,
                r#"{"SMTP:a@x.example"}"#,
            ),
            (r#"Where($x, "a", True)"#, "", "⚠ type-mismatch"),
            ("Where($x, [m], $x)", r#"{"m":["a"]}"#, "⚠ type-mismatch"),
            ("Where($x, [m], [m] = $x)", r#"{"m":["a"]}"#, "⚠ type-mismatch"),
        ]);
    }
}
