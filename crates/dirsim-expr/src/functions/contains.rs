//! # `Contains`
//!
//! `Contains(mv list, str search [, opt case]): num`
//!
//! Returns the position, from 1, of the first element in which the text occurs; 0 when there is none.
//!
//! The comparison looks at case unless the option `CaseInsensitive` is given (the other option is `CaseSensitive`). Of a list of references
//! the whole DN must be equal. A list or a text that is NULL gives 0; a single value is `type-mismatch`: use `InStr`.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Contains([proxyAddresses], "SMTP:")` | `proxyAddresses = {"x500:/o=org", "SMTP:bo@x.example", "smtp:b@x.example"}` | `2` |
//! | `Contains([proxyAddresses], "smtp:")` | `proxyAddresses = {"x500:/o=org", "SMTP:bo@x.example", "smtp:b@x.example"}` | `3` |
//! | `Contains([proxyAddresses], "smtp:", CaseInsensitive)` | `proxyAddresses = {"x500:/o=org", "SMTP:bo@x.example", "smtp:b@x.example"}` | `2` |
//! | `Contains([proxyAddresses], "x")` |  | `0` |
//! | `Contains([member], "CN=a")` | `member = {ref "CN=a,DC=x"}` | `0` |
//! | `Contains([title], "x")` | `title = "xyz"` | `⚠ type-mismatch` |

use std::borrow::Cow;

use super::{Call, Definition, Parameter};
use crate::call::{Fault, VISIT, WholeArgs};
use crate::case::fold;
use crate::tree::OptionWord;
use crate::value::{Item, Val};

pub(super) const DEFINITION: Definition = Definition::new(
    "Contains(mv list, str search [, opt case]): num",
    2,
    &[Parameter::Value, Parameter::Value, Parameter::Option(CASES)],
    Call::Whole(contains),
);

const CASES: &[OptionWord] = &[OptionWord::CaseSensitive, OptionWord::CaseInsensitive];

fn contains<'a>(args: &WholeArgs<'_, 'a>) -> Result<Val<'a>, Fault> {
    let list = args.list(0)?;
    let search = args.text(1)?;
    let insensitive = args.option(2)? == Some(OptionWord::CaseInsensitive);
    let Some(search) = search else { return Ok(Val::Single(Item::Number(0))) };
    let wanted = if insensitive { fold(search) } else { Cow::Borrowed(&**search) };
    let same = |text: &str| if insensitive { fold(text) == wanted } else { *text == *wanted };
    let occurs = |text: &str| {
        if insensitive { fold(text).contains(&*wanted) } else { text.contains(&*wanted) }
    };
    for (at, item) in list.items().enumerate() {
        args.context.spend(VISIT + item.size())?;
        let found = match item.as_ref() {
            Item::Text(text) => occurs(text),
            item => match item.reference_text(args.context.env) {
                Some(dn) => same(&dn),
                None => return Err(Fault::mismatch(0, "a list of text", item.type_name())),
            },
        };
        if found {
            return Ok(Val::Single(Item::count(at + 1)));
        }
    }
    Ok(Val::Single(Item::Number(0)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.6
    #[test]
    fn examples() {
        check(&[
            (
                r#"Contains([proxyAddresses], "SMTP:")"#,
                r#"{"proxyAddresses":["x500:/o=org","SMTP:bo@x.example","smtp:b@x.example"]}"#,
                "2",
            ),
            (
                r#"Contains([proxyAddresses], "smtp:")"#,
                r#"{"proxyAddresses":["x500:/o=org","SMTP:bo@x.example","smtp:b@x.example"]}"#,
                "3",
            ),
            (
                r#"Contains([proxyAddresses], "smtp:", CaseInsensitive)"#,
                r#"{"proxyAddresses":["x500:/o=org","SMTP:bo@x.example","smtp:b@x.example"]}"#,
                "2",
            ),
            (r#"Contains([proxyAddresses], "x")"#, "", "0"),
            (r#"Contains([member], "CN=a")"#, r#"{"member":[{"$ref":"CN=a,DC=x"}]}"#, "0"),
            (r#"Contains([title], "x")"#, r#"{"title":"xyz"}"#, "⚠ type-mismatch"),
            (
                r#"Contains([member], "CN=a,DC=x")"#,
                r#"{"member":[{"$ref":"CN=b,DC=x"},{"$ref":"CN=a,DC=x"}]}"#,
                "2",
            ),
            ("Contains([m], [x])", r#"{"m":["a"]}"#, "0"),
            (r#"Contains([m], "1")"#, r#"{"m":[1]}"#, "⚠ type-mismatch"),
            (r#"Contains([m], "a", Unicode)"#, r#"{"m":["a"]}"#, "⚠ unknown-identifier"),
        ]);
    }
}
