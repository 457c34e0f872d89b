//! # `ValueCount`
//!
//! `ValueCount(str "attributeName"): num`
//!
//! Returns the number of values of an attribute without reading them; 0 when it is absent, 1 when it holds a single value.
//!
//! The argument is the quoted name of the attribute; anything else is `type-mismatch`. The default rules count members with it.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `ValueCount("member")` | `member = {an object, an object}` | `2` |
//! | `ValueCount("member")` |  | `0` |
//! | `ValueCount("title")` | `title = "x"` | `1` |
//! | `ValueCount([member])` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::evaluate::{Evaluator, Failed};
use crate::tree::{Kind, Node};
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    r#"ValueCount(str "attributeName"): num"#,
    1,
    &[Parameter::AttributeName],
    Call::Lazy(value_count),
);

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn value_count<'a>(
    evaluator: &mut Evaluator<'a>,
    _node: &'a Node,
    arguments: &'a [Node],
) -> Result<Val<'a>, Failed> {
    let [Node { kind: Kind::AttributeName(name), .. }] = arguments else {
        unreachable!("the parser resolves the attribute name")
    };
    let env = evaluator.context.env;
    Ok(Val::Single(Item::count(name.id.map_or(0, |id| env.attribute(id).len()))))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            (r#"ValueCount("member")"#, r#"{"member":[{"$id":7},{"$id":8}]}"#, "2"),
            (r#"ValueCount("member")"#, "", "0"),
            (r#"ValueCount("title")"#, r#"{"title":"x"}"#, "1"),
            ("ValueCount([member])", "", "⚠ type-mismatch"),
        ]);
    }
}
