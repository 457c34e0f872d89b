//! The escapes of PowerShell's string literals.

/// Resolves the doubled quotes of `'…'`; `literal` includes its quotes.
pub(crate) fn verbatim(literal: &str) -> String {
    inner(literal, "'", "'").replace("''", "'")
}

/// Resolves backtick escapes and doubled quotes of `"…"`; `literal` includes its quotes.
///
/// Variables inside are found by the grammar, not here.
pub(crate) fn expandable(literal: &str) -> String {
    escapes(inner(literal, "\"", "\""), true)
}

/// Returns the lines of `@'…'@`, without the line ends behind the opening and before the closing
/// mark.
pub(crate) fn verbatim_here(literal: &str) -> String {
    here_body(literal, "'@").to_owned()
}

/// Returns the lines of `@"…"@` with backtick escapes resolved.
pub(crate) fn expandable_here(literal: &str) -> String {
    escapes(here_body(literal, "\"@"), false)
}

/// Resolves the backtick escapes of a bare word, and the quotes inside it.
pub(crate) fn bare(word: &str) -> String {
    let mut out = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(at) = rest.find(['"', '\'']) {
        let quote = if rest[at..].starts_with('"') { '"' } else { '\'' };
        let Some(length) = rest.get(at + 1..).and_then(|behind| behind.find(quote)) else { break };
        out.push_str(&escapes(&rest[..at], false));
        out.push_str(&escapes(&rest[at + 1..at + 1 + length], false));
        rest = &rest[at + length + 2..];
    }
    out.push_str(&escapes(rest, false));
    out
}

fn inner<'a>(literal: &'a str, open: &str, close: &str) -> &'a str {
    literal.strip_prefix(open).and_then(|rest| rest.strip_suffix(close)).unwrap_or(literal)
}

fn here_body<'a>(literal: &'a str, close: &str) -> &'a str {
    let body = literal.split_once('\n').map_or("", |(_, body)| body);
    let body = body.strip_suffix(close).unwrap_or(body);
    let body = body.strip_suffix('\n').unwrap_or(body);
    body.strip_suffix('\r').unwrap_or(body)
}

fn escapes(text: &str, quotes_doubled: bool) -> String {
    let mut out = String::with_capacity(text.len());
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '`' => match chars.next() {
                Some('n') => out.push('\n'),
                Some('r') => out.push('\r'),
                Some('t') => out.push('\t'),
                Some('0') => out.push('\0'),
                Some('a') => out.push('\u{7}'),
                Some('b') => out.push('\u{8}'),
                Some('e') => out.push('\u{1B}'),
                Some('f') => out.push('\u{C}'),
                Some('v') => out.push('\u{B}'),
                // A backtick at a line end joins the lines.
                Some('\r') => {
                    chars.next_if_eq(&'\n');
                }
                Some('\n') => {}
                Some(other) => out.push(other),
                None => out.push('`'),
            },
            '"' if quotes_doubled => {
                chars.next_if_eq(&'"');
                out.push('"');
            }
            _ => out.push(c),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_are_those_of_powershell() {
        assert_eq!(verbatim("'O''Brien `n'"), "O'Brien `n");
        assert_eq!(expandable("\"a`tb \"\"q\"\" `$x `\"\""), "a\tb \"q\" $x \"");
        assert_eq!(verbatim_here("@'\r\none 'x'\r\ntwo\r\n'@"), "one 'x'\r\ntwo");
        assert_eq!(expandable_here("@\"\na `$b\n\"@"), "a $b");
        assert_eq!(bare("abc\"d e\"f`,g"), "abcd ef,g");
        assert_eq!(bare("it's"), "it's");
    }
}
