//! # `Select`
//!
//! `Select($v, mv list, exp body): mv`
//!
//! Evaluates the body for each element of a list, with the variable bound to it; the results form the new list.
//!
//! Results that are NULL are dropped, a list among the results is put in element by element. NULL stays NULL; a single value is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Select($n, [otherMobile], Replace($n, " ", "") & "#")` | `otherMobile = {"08 123", "031 4 5"}` | `{"08123#", "03145#"}` |
//! | `Select($x, [m], UCase($x) & "!")` | `m = {"a"}` | `{"A!"}` |
//! | `Select($i, [m], IIF(Len($i) > 1, $i, NULL))` | `m = {"a", "bb"}` | `{"bb"}` |
//! | `Select($x, [m], $x)` |  | `NULL` |
//! | `Select($x, [m], $y)` | `m = {"a"}` | `⚠ unknown-variable` |
//! | `Select($x, [m], Split($x, ","))` | `m = {"a,b", "c"}` | `{"a", "b", "c"}` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, VISIT};
use crate::evaluate::{Evaluator, Failed, not_a_value};
use crate::tree::Node;
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    "Select($v, mv list, exp body): mv",
    3,
    &[Parameter::Variable, Parameter::Value, Parameter::Value],
    Call::Lazy(select),
);

fn select<'a>(
    evaluator: &mut Evaluator<'a>,
    node: &'a Node,
    arguments: &'a [Node],
) -> Result<Val<'a>, Failed> {
    let [_variable, list, body] = arguments else { unreachable!("the parser counts arguments") };
    let mut results = Vec::new();
    for item in elements(evaluator, list)?.into_iter().flatten() {
        let result = match evaluator.with(Val::Single(item), body)? {
            Val::Flow(flow) => return Err(evaluator.fail(body.at, not_a_value(flow))),
            result => result,
        };
        let spent = evaluator.context.spend(VISIT + result.places() * VISIT);
        spent.map_err(|fault| evaluator.fail(node.at, fault))?;
        results.extend(result.into_elements().into_iter().flatten().map(Some));
    }
    Ok(Val::list(results))
}

/// Evaluates the list of `Select` and `Where`; a single value is a `type-mismatch` (EX-032).
pub(super) fn elements<'a>(
    evaluator: &mut Evaluator<'a>,
    list: &'a Node,
) -> Result<Vec<Option<Item<'a>>>, Failed> {
    match evaluator.argument(list)? {
        Val::Single(item) => {
            let found = format!("{} as a single value", item.type_name());
            Err(evaluator.fail(list.at, Fault::mismatch(1, "a list", &found)))
        }
        value => Ok(value.into_elements()),
    }
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            (
                r##"Select($n, [otherMobile], Replace($n, " ", "") & "#")"##,
                r#"{"otherMobile":["08 123","031 4 5"]}"#,
                r#"{"08123#", "03145#"}"#,
            ),
            (r#"Select($x, [m], UCase($x) & "!")"#, r#"{"m":["a"]}"#, r#"{"A!"}"#),
            ("Select($i, [m], IIF(Len($i) > 1, $i, NULL))", r#"{"m":["a","bb"]}"#, r#"{"bb"}"#),
            ("Select($x, [m], $x)", "", "NULL"),
            ("Select($x, [m], $y)", r#"{"m":["a"]}"#, "⚠ unknown-variable"),
            (r#"Select($x, [m], Split($x, ","))"#, r#"{"m":["a,b","c"]}"#, r#"{"a", "b", "c"}"#),
            (r#"Select($x, "a", $x)"#, "", "⚠ type-mismatch"),
            ("Select($x, [m], IgnoreThisFlow)", r#"{"m":["a"]}"#, "⚠ type-mismatch"),
            (r#"Select("x", [m], 1)"#, r#"{"m":["a"]}"#, "⚠ parse-error"),
        ]);
    }
}
