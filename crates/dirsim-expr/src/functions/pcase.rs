//! # `PCase`
//!
//! `PCase(str value): str`
//!
//! Returns the text in title case: the first letter of each word in upper case, the rest in lower case.
//!
//! A word written in capitals throughout is left alone, so use `LCase` first when that is not wanted. Words end at spaces, punctuation and
//! symbols; an apostrophe does not begin a new word. NULL stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `PCase("bo ek lind")` |  | `"Bo Ek Lind"` |
//! | `PCase("sTOCKHOLM")` |  | `"Stockholm"` |
//! | `PCase("NATO")` |  | `"NATO"` |
//! | `PCase(LCase("NATO"))` |  | `"Nato"` |
//! | `PCase("anna-karin o'neil")` |  | `"Anna-Karin O'neil"` |
//! | `PCase([x])` |  | `NULL` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::case::{lower_char, upper_char};
use crate::value::Item;

pub(super) const DEFINITION: Definition =
    Definition::new("PCase(str value): str", 1, &[Parameter::Value], Call::Each(pcase));

fn pcase<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    Ok(args.text(0)?.map(|text| Item::text(title(text))))
}

fn title(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        if !first.is_alphabetic() {
            out.push(first);
            rest = rest.get(first.len_utf8()..).unwrap_or_default();
            continue;
        }
        let (word, after) = rest.split_at(rest.find(ends_word).unwrap_or(rest.len()));
        let tail = word.get(first.len_utf8()..).unwrap_or_default();
        out.push(upper_char(first));
        // Behind an apostrophe nothing counts as capitals any more.
        let (capitals, open) = match tail.split_once('\'') {
            Some((head, _)) => (head, true),
            None => (tail, false),
        };
        if first.is_lowercase() || capitals.chars().any(char::is_lowercase) {
            out.extend(tail.chars().map(lower_char));
        } else if open {
            out.push_str(capitals);
            let lowered = tail.get(capitals.len()..).unwrap_or_default();
            out.extend(lowered.chars().map(lower_char));
        } else {
            out.push_str(tail);
        }
        rest = after;
    }
    out
}

/// Returns whether a character ends the word in front of it. Combining marks belong to their letter.
fn ends_word(c: char) -> bool {
    let mark = ('\u{300}'..='\u{36F}').contains(&c);
    !(c.is_alphanumeric() || c == '\'' || mark)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"PCase("bo ek lind")"#, "", r#""Bo Ek Lind""#),
            (r#"PCase("sTOCKHOLM")"#, "", r#""Stockholm""#),
            (r#"PCase("NATO")"#, "", r#""NATO""#),
            (r#"PCase(LCase("NATO"))"#, "", r#""Nato""#),
            (r#"PCase("anna-karin o'neil")"#, "", r#""Anna-Karin O'neil""#),
            ("PCase([x])", "", "NULL"),
            (r#"PCase(" bo")"#, "", r#"" Bo""#),
            (r#"PCase("3rd floor")"#, "", r#""3Rd Floor""#),
            (r#"PCase("O'NEIL")"#, "", r#""O'neil""#),
            ("PCase(1)", "", "⚠ type-mismatch"),
        ]);
    }
}
