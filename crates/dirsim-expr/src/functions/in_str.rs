//! # `InStr`
//!
//! `InStr(str text, str search [, num start [, opt compare]]): num`
//!
//! Returns the position of the first occurrence of one text in another, counted from 1, at or behind the start; 0 when there is
//! none, when an argument is NULL, and when the start lies behind the end.
//!
//! The comparison looks at case unless the option `vbTextCompare` is given (the other option is `vbBinaryCompare`). A start below 1 is
//! `argument-out-of-range`. The empty text is found at the start.
//!
//! | Expression | Given | Result |
//! |---|---|---|
//! | `InStr("synchronize", "ch")` |  | `4` |
//! | `InStr("synchronize", "zz")` |  | `0` |
//! | `InStr("banana", "a", 3)` |  | `4` |
//! | `InStr("banana", "A")` |  | `0` |
//! | `InStr("banana", "A", 1, vbTextCompare)` |  | `2` |
//! | `InStr("abc", "a", 0)` |  | `⚠ argument-out-of-range` |

use super::{Call, Definition, Parameter};
use crate::call::{Args, Fault};
use crate::case::fold;
use crate::tree::OptionWord;
use crate::value::Item;
use crate::value::byte_of;

pub(super) const DEFINITION: Definition = Definition::new(
    "InStr(str text, str search [, num start [, opt compare]]): num",
    2,
    &[Parameter::Value, Parameter::Value, Parameter::Value, Parameter::Option(COMPARES)],
    Call::Each(in_str),
);

/// The options of `InStr` and `InStrRev`.
pub(super) const COMPARES: &[OptionWord] = &[OptionWord::BinaryCompare, OptionWord::TextCompare];

fn in_str<'a>(args: &Args<'_, 'a>) -> Result<Option<Item<'a>>, Fault> {
    let (text, search) = (args.text(0)?, args.text(1)?);
    let start = if args.has(2) { args.number(2)? } else { Some(1) };
    let insensitive = args.option(3)? == Some(OptionWord::TextCompare);
    let (Some(text), Some(search), Some(start)) = (text, search, start) else {
        return Ok(Some(Item::Number(0)));
    };
    let skipped = start
        .checked_sub(1)
        .and_then(|skipped| usize::try_from(skipped).ok())
        .ok_or_else(|| Fault::range(format!("the start {start} is below 1")))?;
    let position = if insensitive {
        find(&fold(text), &fold(search), skipped)
    } else {
        find(text, search, skipped)
    };
    Ok(Some(Item::count(position.map_or(0, |at| at + 1))))
}

/// Returns how many characters stand in front of the first occurrence behind `skipped` of them.
pub(crate) fn find(text: &str, search: &str, skipped: usize) -> Option<usize> {
    let start = byte_of(text, skipped);
    let rest = text.get(start..).filter(|rest| !rest.is_empty())?;
    let at = rest.find(search)?;
    Some(skipped + rest.get(..at).unwrap_or_default().chars().count())
}

#[cfg(test)]
mod tests {
    use crate::testing::check;

    /// EX section 8.7
    #[test]
    fn examples() {
        check(&[
            (r#"InStr("synchronize", "ch")"#, "", "4"),
            (r#"InStr("synchronize", "zz")"#, "", "0"),
            (r#"InStr("banana", "a", 3)"#, "", "4"),
            (r#"InStr("banana", "A")"#, "", "0"),
            (r#"InStr("banana", "A", 1, vbTextCompare)"#, "", "2"),
            (r#"InStr("abc", "a", 0)"#, "", "⚠ argument-out-of-range"),
            (r#"InStr([x], "a")"#, "", "0"),
            (r#"InStr("abc", "c", 9)"#, "", "0"),
            (r#"InStr("abc", "")"#, "", "1"),
            (r#"InStr("abc", "", 3)"#, "", "3"),
            (r#"InStr("a😀bÅ", "å", 1, vbTextCompare)"#, "", "4"),
            (r#"InStr("", "")"#, "", "0"),
            (r#"InStr("abc", [x])"#, "", "0"),
            (r#"InStr([m], "b")"#, r#"{"m":["ab","b","c"]}"#, "{2, 1, 0}"),
            (r#"InStr("banana", "A", 1, VBTEXTCOMPARE)"#, "", "2"),
            (r#"InStr(1, "a")"#, "", "⚠ type-mismatch"),
            (r#"InStr("abc", "a", 1, 1)"#, "", "⚠ type-mismatch"),
        ]);
    }
}
