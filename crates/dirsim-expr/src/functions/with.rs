//! # `With`
//!
//! `With($v, exp value, exp body): exp`
//!
//! Evaluates the body with the variable bound to the value, so that the value is written and evaluated once.
//!
//! An inner variable of the same name hides the outer one.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `With($n, Len([cn]), IIF($n > 3, Left([cn], 3), [cn]))` | `cn = "Birgitta"` | `"Bir"` |
//! | `With($a, "x", With($b, $a & "y", $a & $b))` |  | `"xxy"` |
//! | `With($a, 1, With($a, 2, $a))` |  | `2` |
//! | `With($w, Where($i, [m], Len($i) > 1), IIF(Count($w) = 1, Item($w, 1), NULL))` | `m = {"a", "bb"}` | `"bb"` |
//! | `With($a, 1, $b)` |  | `⚠ unknown-variable` |
//! | `With($a, 1, IgnoreThisFlow)` |  | `IgnoreThisFlow` |

use super::{Call, Definition, Parameter};
use crate::evaluate::{Evaluator, Failed};
use crate::tree::Node;
use crate::value::Val;

pub(super) const DEFINITION: Definition = Definition::new(
    "With($v, exp value, exp body): exp",
    3,
    &[Parameter::Variable, Parameter::Value, Parameter::Value],
    Call::Lazy(with),
);

fn with<'a>(
    evaluator: &mut Evaluator<'a>,
    _node: &'a Node,
    arguments: &'a [Node],
) -> Result<Val<'a>, Failed> {
    let [_variable, value, body] = arguments else { unreachable!("the parser counts arguments") };
    let value = evaluator.argument(value)?;
    evaluator.with(value, body)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            (
                "With($n, Len([cn]), IIF($n > 3, Left([cn], 3), [cn]))",
                r#"{"cn":"Birgitta"}"#,
                r#""Bir""#,
            ),
            (r#"With($a, "x", With($b, $a & "y", $a & $b))"#, "", r#""xxy""#),
            ("With($a, 1, With($a, 2, $a))", "", "2"),
            (
                "With($w, Where($i, [m], Len($i) > 1), IIF(Count($w) = 1, Item($w, 1), NULL))",
                r#"{"m":["a","bb"]}"#,
                r#""bb""#,
            ),
            ("With($a, 1, $b)", "", "⚠ unknown-variable"),
            ("With($a, 1, IgnoreThisFlow)", "", "IgnoreThisFlow"),
            ("With($a, $a, 1)", "", "⚠ unknown-variable"),
            ("With($a, 1, 2) & $a", "", "⚠ unknown-variable"),
        ]);
    }
}
