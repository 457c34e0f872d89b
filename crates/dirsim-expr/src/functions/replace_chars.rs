//! # `ReplaceChars`
//!
//! `ReplaceChars(str value, str pattern): str`
//!
//! Replaces single characters as a pattern says: `a:x,b:yy,c:` turns a into x, b into yy, and drops c.
//!
//! Characters that are not listed stay, the first entry for a character counts, case matters, and white space in the pattern is ignored, so comma, colon and spaces
//! cannot be mapped. A key that is not one character and an entry without a colon are `invalid-value`. The pattern is often kept in a
//! parameter. A NULL value stays NULL.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `ReplaceChars("Åke Öst", "Å:A,Ö:O")` |  | `"Ake Ost"` |
//! | `ReplaceChars("Strauß", "ß:ss")` |  | `"Strauss"` |
//! | `ReplaceChars("O'Neil", "':")` |  | `"ONeil"` |
//! | `ReplaceChars("a b", " a : x , b:y ")` |  | `"x y"` |
//! | `ReplaceChars("abc", "ab:x")` |  | `⚠ invalid-value` |
//! | `ReplaceChars([x], "a:b")` |  | `NULL` |

use std::collections::BTreeMap;

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::value::Item;

pub(super) const DEFINITION: Definition = Definition::new(
    "ReplaceChars(str value, str pattern): str",
    2,
    &[Parameter::Value, Parameter::Value],
    Call::Each(replace_chars),
);

fn replace_chars<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let Some(value) = args.text(0)? else { return Ok(None) };
    let pattern: String = args.required_text(1)?.chars().filter(|c| !c.is_whitespace()).collect();
    let map = read(&pattern)?;
    let mut out = String::with_capacity(value.len());
    for c in value.chars() {
        match map.get(&c) {
            Some(text) => {
                args.context.spend(text.len())?;
                out.push_str(text);
            }
            None => out.push(c),
        }
    }
    Ok(Some(Item::text(out)))
}

fn read(pattern: &str) -> Result<BTreeMap<char, &str>, Fault> {
    let mut map = BTreeMap::new();
    for entry in pattern.split(',').filter(|_| !pattern.is_empty()) {
        let (key, text) = entry
            .split_once(':')
            .ok_or_else(|| Fault::invalid(format!("the entry `{entry}` has no colon")))?;
        let mut one = key.chars();
        let (Some(key), None) = (one.next(), one.next()) else {
            return Err(Fault::invalid(format!("the key `{key}` is not one character")));
        };
        map.entry(key).or_insert(text);
    }
    Ok(map)
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"ReplaceChars("Åke Öst", "Å:A,Ö:O")"#, "", r#""Ake Ost""#),
            (r#"ReplaceChars("Strauß", "ß:ss")"#, "", r#""Strauss""#),
            (r#"ReplaceChars("O'Neil", "':")"#, "", r#""ONeil""#),
            (r#"ReplaceChars("a b", " a : x , b:y ")"#, "", r#""x y""#),
            (r#"ReplaceChars("abc", "ab:x")"#, "", "⚠ invalid-value"),
            (r#"ReplaceChars([x], "a:b")"#, "", "NULL"),
            (r#"ReplaceChars("aA", "a:x,a:y")"#, "", r#""xA""#),
            (r#"ReplaceChars("abc", "a")"#, "", "⚠ invalid-value"),
            (r#"ReplaceChars("abc", "a:x,")"#, "", "⚠ invalid-value"),
            (r#"ReplaceChars("abc", "")"#, "", r#""abc""#),
            (r#"ReplaceChars("abc", NULL)"#, "", "⚠ type-mismatch"),
        ]);
    }
}
