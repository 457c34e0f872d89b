//! # `InStrRev`
//!
//! `InStrRev(str text, str search [, num start [, opt compare]]): num`
//!
//! Returns the position, counted from the left, of the last occurrence of one text in another that ends at or in front of the start; 0
//! when there is none, when an argument is NULL, and when the start lies behind the end.
//!
//! The start -1, which is the default, is the end; 0 and numbers below -1 are `argument-out-of-range`. The options are those of `InStr`. `InstrRev` is
//! another spelling.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `InStrRev("banana", "an")` |  | `4` |
//! | `InStrRev("banana", "zz")` |  | `0` |
//! | `InStrRev("banana", "an", 4)` |  | `2` |
//! | `InStrRev("banana", "AN", 6, vbTextCompare)` |  | `4` |
//! | `InStrRev([x], "a")` |  | `0` |
//! | `InstrRev("a.b.c", ".")` |  | `4` |

use super::in_str::COMPARES;
use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::case::fold;
use crate::tree::OptionWord;
use crate::value::Item;
use crate::value::byte_of;

pub(super) const DEFINITION: Definition = Definition::new(
    "InStrRev(str text, str search [, num start [, opt compare]]): num",
    2,
    &[Parameter::Value, Parameter::Value, Parameter::Value, Parameter::Option(COMPARES)],
    Call::Each(in_str_rev),
);

fn in_str_rev<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let (text, search) = (args.text(0)?, args.text(1)?);
    let start = if args.has(2) { args.number(2)? } else { Some(-1) };
    let insensitive = args.option(3)? == Some(OptionWord::TextCompare);
    let (Some(text), Some(search), Some(start)) = (text, search, start) else {
        return Ok(Some(Item::Number(0)));
    };
    let end = match start {
        -1 => None,
        1.. => usize::try_from(start).ok(),
        _ => return Err(Fault::range(format!("the start {start} is neither -1 nor above 0"))),
    };
    let position =
        if insensitive { find(&fold(text), &fold(search), end) } else { find(text, search, end) };
    Ok(Some(Item::count(position.unwrap_or(0))))
}

/// Returns the position of the last occurrence within the first `end` characters.
fn find(text: &str, search: &str, end: Option<usize>) -> Option<usize> {
    let length = text.chars().count();
    let end = end.unwrap_or(length);
    let head = text.get(..byte_of(text, end)).filter(|_| end <= length && length > 0)?;
    let at = head.rfind(search)?;
    // The empty text is found at the start itself.
    Some((head.get(..at).unwrap_or_default().chars().count() + 1).min(end))
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"InStrRev("banana", "an")"#, "", "4"),
            (r#"InStrRev("banana", "zz")"#, "", "0"),
            (r#"InStrRev("banana", "an", 4)"#, "", "2"),
            (r#"InStrRev("banana", "AN", 6, vbTextCompare)"#, "", "4"),
            (r#"InStrRev([x], "a")"#, "", "0"),
            (r#"InstrRev("a.b.c", ".")"#, "", "4"),
            (r#"InStrRev("abc", "a", 0)"#, "", "⚠ argument-out-of-range"),
            (r#"InStrRev("abc", "a", 9)"#, "", "0"),
            (r#"InStrRev("abc", "")"#, "", "3"),
            (r#"InStrRev("å😀å", "å")"#, "", "3"),
            (r#"InStrRev("abc", "a", -2)"#, "", "⚠ argument-out-of-range"),
        ]);
    }
}
