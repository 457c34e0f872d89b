//! # `ImportedValue`
//!
//! `ImportedValue(str "attributeName"): exp`
//!
//! Returns the values of an attribute as the directory confirmed them last, without what is still waiting to be exported. Only of use inbound.
//!
//! The argument is the quoted name of the attribute; anything else is `type-mismatch`. An absent attribute is NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `ImportedValue("proxyAddresses")` | `proxyAddresses = {"new"}; confirmed proxyAddresses = {"old"}` | `{"old"}` |
//! | `ImportedValue("sourceAnchor")` | `sourceAnchor = "zzz"` | `NULL` |
//! | `RemoveDuplicates(LCase(ImportedValue("m")))` | `confirmed m = {"A", "a", "b"}` | `{"a", "b"}` |
//! | `ImportedValue([m])` | `m = {"a"}` | `⚠ type-mismatch` |
//! | `ImportedValue("Mail")` |  | `⚠ unknown-attribute` |
//! | `ImportedValue("mail" & "x")` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::evaluate::{Evaluator, Failed};
use crate::tree::{Kind, Node};
use crate::value::Val;

pub(super) const DEFINITION: Definition = Definition::new(
    r#"ImportedValue(str "attributeName"): exp"#,
    1,
    &[Parameter::AttributeName],
    Call::Lazy(imported_value),
);

#[expect(clippy::unnecessary_wraps, reason = "the form of every function")]
fn imported_value<'a>(
    evaluator: &mut Evaluator<'a>,
    _node: &'a Node,
    arguments: &'a [Node],
) -> Result<Val<'a>, Failed> {
    let [Node { kind: Kind::AttributeName(name), .. }] = arguments else {
        unreachable!("the parser resolves the attribute name")
    };
    let Some(id) = name.id else { return Ok(Val::Null) };
    Ok(Val::stored(evaluator.context.env.imported(id), name.multi_valued))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.5
    #[test]
    fn examples() {
        check(&[
            (
                r#"ImportedValue("proxyAddresses")"#,
                r#"{"proxyAddresses":["new"],"imported proxyAddresses":["old"]}"#,
                r#"{"old"}"#,
            ),
            (r#"ImportedValue("sourceAnchor")"#, r#"{"sourceAnchor":"zzz"}"#, "NULL"),
            (
                r#"RemoveDuplicates(LCase(ImportedValue("m")))"#,
                r#"{"imported m":["A","a","b"]}"#,
                r#"{"a", "b"}"#,
            ),
            ("ImportedValue([m])", r#"{"m":["a"]}"#, "⚠ type-mismatch"),
            (r#"ImportedValue("Mail")"#, "", "⚠ unknown-attribute"),
            (r#"ImportedValue("mail" & "x")"#, "", "⚠ type-mismatch"),
        ]);
    }
}
