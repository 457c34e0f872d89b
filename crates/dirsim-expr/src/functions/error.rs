//! # `Error`
//!
//! `Error(str message)`
//!
//! Ends the synchronization of the object with the message, when it is evaluated: as the branch of an `IIF` or the value of a `Switch` that is chosen.
//! The object keeps what it had. A NULL message is the empty text.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Error("No account")` |  | `⚠ error-function "No account"` |
//! | `IIF(IsNull([a]), Error("no value for a"), [a])` |  | `⚠ error-function "no value for a"` |
//! | `IIF(IsNull([a]), Error("no value for a"), [a])` | `a = "z"` | `"z"` |
//! | `Error("Bad " & [cn])` | `cn = "Bo"` | `⚠ error-function "Bad Bo"` |
//! | `Error(NULL)` |  | `⚠ error-function ""` |
//! | `Error(5)` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::Fault;
use crate::error::Code;
use crate::evaluate::{Evaluator, Failed};
use crate::tree::Node;
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition =
    Definition::new("Error(str message)", 1, &[Parameter::Value], Call::Lazy(error));

fn error<'a>(
    evaluator: &mut Evaluator<'a>,
    node: &'a Node,
    arguments: &'a [Node],
) -> Result<Val<'a>, Failed> {
    let [message] = arguments else { unreachable!("the parser counts arguments") };
    let fault = match evaluator.argument(message)? {
        Val::Null => Fault::new(Code::ErrorFunction, ""),
        Val::Single(Item::Text(text)) => Fault::new(Code::ErrorFunction, text),
        Val::Single(other) => Fault::mismatch(0, "text", other.type_name()),
        _ => Fault::mismatch(0, "text", "a list"),
    };
    Err(evaluator.fail(node.at, fault))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.5
    #[test]
    fn examples() {
        check(&[
            (r#"Error("No account")"#, "", r#"⚠ error-function "No account""#),
            (
                r#"IIF(IsNull([a]), Error("no value for a"), [a])"#,
                "",
                r#"⚠ error-function "no value for a""#,
            ),
            (r#"IIF(IsNull([a]), Error("no value for a"), [a])"#, r#"{"a":"z"}"#, r#""z""#),
            (r#"Error("Bad " & [cn])"#, r#"{"cn":"Bo"}"#, r#"⚠ error-function "Bad Bo""#),
            ("Error(NULL)", "", r#"⚠ error-function """#),
            ("Error(5)", "", "⚠ type-mismatch"),
        ]);
    }
}
