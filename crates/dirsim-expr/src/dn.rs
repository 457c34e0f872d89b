//! The text of distinguished names, with its escapes left as they are written.

/// Splits a DN into its parts, the object first. Escaped and quoted separators do not count.
pub(crate) fn parts(dn: &str) -> impl DoubleEndedIterator<Item = &str> {
    let (mut parts, mut start, mut escaped, mut quoted) = (Vec::new(), 0, false, false);
    for (at, c) in dn.char_indices() {
        match c {
            _ if escaped => escaped = false,
            '\\' => escaped = true,
            '"' => quoted = !quoted,
            ',' | ';' if !quoted => {
                parts.push(dn.get(start..at).unwrap_or_default());
                start = at + 1;
            }
            _ => {}
        }
    }
    parts.push(dn.get(start..).unwrap_or_default());
    parts.into_iter()
}

/// Splits a part such as `OU=Staff` into its type and its value; `None` when it is no part.
pub(crate) fn split_part(part: &str) -> Option<(&str, &str)> {
    let (kind, value) = part.split_once('=')?;
    let kind = kind.trim();
    let plain = |c: char| c.is_alphanumeric() || matches!(c, '-' | '.' | '_');
    (!kind.is_empty() && kind.chars().all(plain)).then_some((kind, value.trim_start()))
}

/// Returns whether every part looks like `type=value` and no escape is left open.
pub(crate) fn is_dn(text: &str) -> bool {
    let escapes = text.bytes().rev().take_while(|byte| *byte == b'\\').count();
    escapes % 2 == 0 && parts(text).all(|part| split_part(part).is_some())
}
