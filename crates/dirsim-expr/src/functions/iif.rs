//! # `IIF`
//!
//! `IIF(exp condition, exp whenTrue, exp whenFalse): exp`
//!
//! Returns one value or the other; only the one that is chosen is evaluated.
//!
//! NULL as the condition is False, a number is False when zero, text is `type-mismatch`. The values may be NULL, `IgnoreThisFlow` or
//! `AuthoritativeNull`. A list as the condition chooses element by element from values of the same length, and drops the elements that
//! become NULL; `IgnoreThisFlow` and `AuthoritativeNull` are then `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `IIF([employeeType] = "Temp", [cn] & ".ext", [cn])` | `employeeType = "Temp"; cn = "bo"` | `"bo.ext"` |
//! | `IIF(NULL, 1, 2)` |  | `2` |
//! | `IIF(5, "y", "n")` |  | `"y"` |
//! | `IIF("x", 1, 2)` |  | `⚠ type-mismatch` |
//! | `IIF(IsPresent([roomNumber]), [roomNumber], IgnoreThisFlow)` |  | `IgnoreThisFlow` |
//! | `IIF(InStr([m], "SIP:") = 1, NULL, [m])` | `m = {"SMTP:a@x.example", "SIP:a@x.example", "smtp:b@x.example"}` | `{"SMTP:a@x.example", "smtp:b@x.example"}` |

use super::{Call, Definition, Parameter};
use crate::call::Fault;
use crate::evaluate::{Evaluator, Failed, condition, uneven};
use crate::tree::Node;
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    "IIF(exp condition, exp whenTrue, exp whenFalse): exp",
    3,
    &[Parameter::Value, Parameter::Value, Parameter::Value],
    Call::Lazy(iif),
);

fn iif<'a>(
    evaluator: &mut Evaluator<'a>,
    node: &'a Node,
    arguments: &'a [Node],
) -> Result<Val<'a>, Failed> {
    let [test, yes, no] = arguments else { unreachable!("the parser counts arguments") };
    if let Some(holds) = evaluator.decide(test) {
        return evaluator.eval(if holds { yes } else { no });
    }
    let holds = match evaluator.argument(test)? {
        Val::Single(item) => condition(Some(&item)),
        list @ (Val::Many(_) | Val::List(_)) => {
            return choose(evaluator, node, list, (yes, no));
        }
        _ => Ok(false),
    };
    match holds {
        Ok(true) => evaluator.eval(yes),
        Ok(false) => evaluator.eval(no),
        Err(fault) => Err(evaluator.fail(test.at, fault)),
    }
}

/// Chooses element by element (EX-030); a value is evaluated once, if some element needs it
/// (EX-047).
fn choose<'a>(
    evaluator: &mut Evaluator<'a>,
    node: &'a Node,
    tests: Val<'a>,
    (yes, no): (&'a Node, &'a Node),
) -> Result<Val<'a>, Failed> {
    let holds: Result<Vec<bool>, Fault> =
        tests.into_elements().iter().map(|item| condition(item.as_ref())).collect();
    let holds = holds.map_err(|fault| evaluator.fail(node.at, fault))?;
    let mut values = [Vec::new(), Vec::new()];
    for ((branch, wanted), value) in [(no, false), (yes, true)].into_iter().zip(&mut values) {
        if !holds.contains(&wanted) {
            continue;
        }
        let result = evaluator.argument(branch)?;
        *value = if result.is_list() {
            result.into_elements()
        } else {
            let item = result.into_elements().pop().flatten();
            repeat(item, holds.len())
        };
        if value.len() != holds.len() {
            return Err(evaluator.fail(node.at, uneven(holds.len(), value.len())));
        }
    }
    let [no, yes] = values.map(Vec::into_iter);
    let (mut no, mut yes) = (no, yes);
    let chosen = holds.iter().map(|holds| {
        // Both walk on, so that places stay in step; the one that nobody needs is empty.
        let (no, yes) = (no.next().flatten(), yes.next().flatten());
        if *holds { yes } else { no }
    });
    Ok(Val::list(chosen.collect()))
}

fn repeat(item: Option<Item<'_>>, places: usize) -> Vec<Option<Item<'_>>> {
    std::iter::repeat_n(item, places).collect()
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.5
    #[test]
    fn examples() {
        check(&[
            (
                r#"IIF([employeeType] = "Temp", [cn] & ".ext", [cn])"#,
                r#"{"employeeType":"Temp","cn":"bo"}"#,
                r#""bo.ext""#,
            ),
            ("IIF(NULL, 1, 2)", "", "2"),
            (r#"IIF(5, "y", "n")"#, "", r#""y""#),
            (r#"IIF("x", 1, 2)"#, "", "⚠ type-mismatch"),
            ("IIF(IsPresent([roomNumber]), [roomNumber], IgnoreThisFlow)", "", "IgnoreThisFlow"),
            (
                r#"IIF(InStr([m], "SIP:") = 1, NULL, [m])"#,
                r#"{"m":["SMTP:a@x.example","SIP:a@x.example","smtp:b@x.example"]}"#,
                r#"{"SMTP:a@x.example", "smtp:b@x.example"}"#,
            ),
            (r#"IIF(InStr([m], "z") > 0, [m], NULL)"#, r#"{"m":["a","b"]}"#, "NULL"),
            (
                r#"IIF([m] = "a", "first", [n])"#,
                r#"{"m":["a","b"],"n":["1","2"]}"#,
                r#"{"first", "2"}"#,
            ),
            (r#"IIF([m] = "a", [n], NULL)"#, r#"{"m":["a","b"],"n":["1"]}"#, "⚠ length-mismatch"),
            (r#"IIF([m] = "a", IgnoreThisFlow, NULL)"#, r#"{"m":["a","b"]}"#, "⚠ type-mismatch"),
            (r#"IIF([m] = "q", Error("unused"), [m])"#, r#"{"m":["a","b"]}"#, r#"{"a", "b"}"#),
            (
                "IIF(Count([m]) > 2, AuthoritativeNull, [m])",
                r#"{"m":["a","b","c"]}"#,
                "AuthoritativeNull",
            ),
            ("IIF(True, 1)", "", "⚠ wrong-arg-count"),
        ]);
    }
}
