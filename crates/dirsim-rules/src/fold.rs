//! Text comparison without case: ordinal, over Unicode simple case folding (SR-033).

use std::cmp::Ordering;

/// Folds one character to the one that all its case variants share.
///
/// By way of the upper case, so that final sigma and long s meet their common form; variants of
/// more than one character stay as they are, and so does the Turkish dotless i.
pub(crate) fn fold_char(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    if c == 'ı' {
        return c;
    }
    let upper = single(c, c.to_uppercase());
    single(upper, upper.to_lowercase())
}

fn single(default: char, mut mapped: impl Iterator<Item = char>) -> char {
    match (mapped.next(), mapped.next()) {
        (Some(c), None) => c,
        _ => default,
    }
}

/// Folds a text.
pub(crate) fn fold(text: &str) -> String {
    if text.is_ascii() { text.to_ascii_lowercase() } else { text.chars().map(fold_char).collect() }
}

/// Compares a text, folded on the way, with a folded one.
pub(crate) fn compare(text: &str, folded: &str) -> Ordering {
    text.chars().map(fold_char).cmp(folded.chars())
}

/// Whether a text folds to `folded`.
pub(crate) fn equal(text: &str, folded: &str) -> bool {
    if text.is_ascii() {
        text.eq_ignore_ascii_case(folded)
    } else {
        text.chars().map(fold_char).eq(folded.chars())
    }
}

/// Whether a text begins with `folded`.
pub(crate) fn starts_with(text: &str, folded: &str) -> bool {
    let mut chars = text.chars().map(fold_char);
    folded.chars().all(|c| chars.next() == Some(c))
}

/// Whether a text ends with `folded`.
pub(crate) fn ends_with(text: &str, folded: &str) -> bool {
    let mut chars = text.chars().rev().map(fold_char);
    folded.chars().rev().all(|c| chars.next() == Some(c))
}

/// Whether `folded` occurs in a text.
pub(crate) fn contains(text: &str, folded: &str) -> bool {
    fold(text).contains(folded)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_variants_fold_together_beyond_ascii() {
        for (a, b) in [("ÅSE", "åse"), ("ΣΑΣ", "σας"), ("MAſSE", "masse"), ("µ", "Μ")] {
            assert!(equal(a, &fold(b)), "{a} and {b}");
        }
        assert_ne!(fold("I"), fold("ı"));
        assert_eq!(fold("ß"), "ß");
    }

    #[test]
    fn parts_are_found_without_case() {
        assert!(starts_with("user_hidden", &fold("User_")));
        assert!(!starts_with("use", "user_"));
        assert!(ends_with("ou=X,dc=A", "dc=a"));
        assert!(contains("Große ÅR", &fold("år")));
        assert_eq!(compare("smith", &fold("Jones")), Ordering::Greater);
    }
}
