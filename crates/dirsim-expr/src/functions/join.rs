//! # `Join`
//!
//! `Join(mv list [, str delimiter]): str`
//!
//! Joins the elements of a list to one text, with the delimiter between them; without one, with a space.
//!
//! The elements must be text. NULL stays NULL; a single value is `type-mismatch`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Join([m], ",")` | `m = {"a", "b", "c"}` | `"a,b,c"` |
//! | `Join([m])` | `m = {"a", "b"}` | `"a b"` |
//! | `Join([m], "")` | `m = {"a", "b"}` | `"ab"` |
//! | `Join([m], " - ")` | `m = {"a"}` | `"a"` |
//! | `Join([m], ",")` |  | `NULL` |
//! | `Join("a", ",")` |  | `⚠ type-mismatch` |

use super::{Call, Definition, Parameter};
use crate::call::{Fault, VISIT, WholeArgs};
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    "Join(mv list [, str delimiter]): str",
    1,
    &[Parameter::Value, Parameter::Value],
    Call::Whole(join),
);

fn join<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let list = args.list(0)?;
    let given = args.text(1)?;
    if given.is_none() && args.values.len() > 1 {
        return Err(Fault::mismatch(1, "text", "NULL"));
    }
    let delimiter = given.map_or(" ", |delimiter| &**delimiter);
    let mut joined: Option<String> = None;
    for item in list.items() {
        let Item::Text(text) = item.as_ref() else {
            return Err(Fault::mismatch(0, "a list of text", item.type_name()));
        };
        args.context.spend(VISIT + text.len() + delimiter.len())?;
        match &mut joined {
            None => joined = Some(text.clone().into_owned()),
            Some(joined) => {
                joined.push_str(delimiter);
                joined.push_str(text);
            }
        }
    }
    Ok(Val::optional(joined.map(Item::text)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            (r#"Join([m], ",")"#, r#"{"m":["a","b","c"]}"#, r#""a,b,c""#),
            ("Join([m])", r#"{"m":["a","b"]}"#, r#""a b""#),
            (r#"Join([m], "")"#, r#"{"m":["a","b"]}"#, r#""ab""#),
            (r#"Join([m], " - ")"#, r#"{"m":["a"]}"#, r#""a""#),
            (r#"Join([m], ",")"#, "", "NULL"),
            (r#"Join("a", ",")"#, "", "⚠ type-mismatch"),
            (r#"Join([m], ",")"#, r#"{"m":[1,2]}"#, "⚠ type-mismatch"),
            ("Join([m], NULL)", r#"{"m":["a"]}"#, "⚠ type-mismatch"),
        ]);
    }
}
