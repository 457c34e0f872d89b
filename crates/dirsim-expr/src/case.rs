//! Upper and lower case of the invariant culture (EX-048).
//!
//! Each character becomes one character: `ß` has no upper case here, and positions in a text stay
//! what they were.

use std::borrow::Cow;

/// Returns the text in lower case; borrowed when nothing changes.
pub(crate) fn lower<'a>(text: &Cow<'a, str>) -> Cow<'a, str> {
    // Most texts are ASCII, whose lower case is known without the tables.
    if text.is_ascii() {
        let changes = text.bytes().any(|byte| byte.is_ascii_uppercase());
        return if changes { Cow::Owned(text.to_ascii_lowercase()) } else { text.clone() };
    }
    map(text, lower_char)
}

/// Returns the text in upper case; borrowed when nothing changes.
pub(crate) fn upper<'a>(text: &Cow<'a, str>) -> Cow<'a, str> {
    map(text, upper_char)
}

/// Returns the form in which texts are compared without case.
pub(crate) fn fold(text: &str) -> Cow<'_, str> {
    lower(&Cow::Borrowed(text))
}

/// Returns the lower case of one character.
pub(crate) fn lower_char(c: char) -> char {
    only(c, c.to_lowercase())
}

/// Returns the upper case of one character. The dotless i keeps its kind, as it does in the
/// invariant culture.
pub(crate) fn upper_char(c: char) -> char {
    if c == 'ı' { c } else { only(c, c.to_uppercase()) }
}

fn only(c: char, mut mapped: impl ExactSizeIterator<Item = char>) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(c) } else { c }
}

fn map<'a>(text: &Cow<'a, str>, change: impl Fn(char) -> char) -> Cow<'a, str> {
    if text.chars().all(|c| change(c) == c) {
        text.clone()
    } else {
        Cow::Owned(text.chars().map(change).collect())
    }
}
