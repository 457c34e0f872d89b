//! # `Word`
//!
//! `Word(str value, num n, str delimiters): str`
//!
//! Returns the nth word of a text, counted from 1; each character of the delimiters separates words.
//!
//! Two delimiters in a row enclose an empty word. A number below 1 or behind the last word gives the empty string, as NULL does. Text
//! without a delimiter is one word.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `Word("alpha beta gamma", 2, " ")` |  | `"beta"` |
//! | `Word("a;b%c;", 3, ";%")` |  | `"c"` |
//! | `Word([userPrincipalName], 1, "@") & "@contoso.com"` | `userPrincipalName = "bo@x.example"` | `"bo@contoso.com"` |
//! | `Word("a;;b", 2, ";")` |  | `""` |
//! | `Word("abc", 1, "@")` |  | `"abc"` |
//! | `Word([x], 1, " ")` |  | `""` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;
use crate::value::text_part;

pub(super) const DEFINITION: Definition = Definition::new(
    "Word(str value, num n, str delimiters): str",
    3,
    &[Parameter::Value, Parameter::Value, Parameter::Value],
    Call::Each(word),
);

fn word<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(value) = args.text(0)? else { return Ok(Some(Item::text(""))) };
    let n = args.required_number(1)?;
    let delimiters = args.required_text(2)?;
    let Some(before) = n.checked_sub(1).and_then(|before| usize::try_from(before).ok()) else {
        return Ok(Some(Item::text("")));
    };
    let mut start = 0;
    for word in value.split(|c| delimiters.contains(c)).take(before) {
        // Behind the word stands one delimiter, or nothing at the end of the text.
        let end = start + word.len();
        let Some(delimiter) = value.get(end..).and_then(|rest| rest.chars().next()) else {
            return Ok(Some(Item::text("")));
        };
        start = end + delimiter.len_utf8();
    }
    let rest = value.get(start..).unwrap_or_default();
    let length = rest.find(|c| delimiters.contains(c)).unwrap_or(rest.len());
    Ok(Some(text_part(value, start..start + length)))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"Word("alpha beta gamma", 2, " ")"#, "", r#""beta""#),
            (r#"Word("a;b%c;", 3, ";%")"#, "", r#""c""#),
            (
                r#"Word([userPrincipalName], 1, "@") & "@contoso.com""#,
                r#"{"userPrincipalName":"bo@x.example"}"#,
                r#""bo@contoso.com""#,
            ),
            (r#"Word("a;;b", 2, ";")"#, "", r#""""#),
            (r#"Word("abc", 1, "@")"#, "", r#""abc""#),
            (r#"Word([x], 1, " ")"#, "", r#""""#),
            (r#"Word("a b", 3, " ")"#, "", r#""""#),
            (r#"Word("a b", 0, " ")"#, "", r#""""#),
            (r#"Word("a b", -9223372036854775807, " ")"#, "", r#""""#),
            (r#"Word("User_0a1b", 2, "_")"#, "", r#""0a1b""#),
            (r#"Word("a€b€", 3, "€")"#, "", r#""""#),
            (r#"Word("a€b€c", 3, "€")"#, "", r#""c""#),
            (r#"Word([m], 1, "@")"#, r#"{"m":["a@x","b@y"]}"#, r#"{"a", "b"}"#),
            (r#"Word(5, 1, " ")"#, "", "⚠ type-mismatch"),
            (r#"Word("a", 1, NULL)"#, "", "⚠ type-mismatch"),
        ]);
    }
}
