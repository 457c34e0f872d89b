//! Wildcard patterns: `*`, `?`, `[a-z]`, a backtick in front of any of them.

enum Token {
    Any,
    One,
    Char(char),
    Set(Vec<(char, char)>),
}

/// Returns whether a text fits a pattern.
pub(crate) fn matches(text: &str, pattern: &str, case: bool) -> bool {
    let fold = |c: char| if case { c } else { c.to_lowercase().next().unwrap_or(c) };
    let tokens = tokens(pattern, fold);
    let text: Vec<char> = text.chars().map(fold).collect();
    let fits = |token: &Token, c: char| match token {
        Token::Any => true,
        Token::One => true,
        Token::Char(wanted) => *wanted == c,
        Token::Set(ranges) => ranges.iter().any(|(from, to)| (*from..=*to).contains(&c)),
    };
    // Where the last star stood, and how much of the text it took.
    let (mut at, mut token, mut star) = (0, 0, None);
    while at < text.len() {
        match tokens.get(token) {
            Some(Token::Any) => {
                star = Some((token, at));
                token += 1;
            }
            Some(found) if text.get(at).is_some_and(|c| fits(found, *c)) => {
                at += 1;
                token += 1;
            }
            _ => match star {
                Some((star_token, taken)) => {
                    token = star_token + 1;
                    at = taken + 1;
                    star = Some((star_token, taken + 1));
                }
                None => return false,
            },
        }
    }
    tokens.iter().skip(token).all(|token| matches!(token, Token::Any))
}

/// Returns whether a text holds a character that makes it a pattern.
pub(crate) fn is_pattern(text: &str) -> bool {
    text.contains(['*', '?', '['])
}

fn tokens(pattern: &str, fold: impl Fn(char) -> char) -> Vec<Token> {
    let chars: Vec<char> = pattern.chars().collect();
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(c) = chars.get(at).copied() {
        at += 1;
        match c {
            '*' => tokens.push(Token::Any),
            '?' => tokens.push(Token::One),
            '`' if at < chars.len() => {
                tokens.push(Token::Char(fold(chars.get(at).copied().unwrap_or('`'))));
                at += 1;
            }
            '[' => {
                let close = chars.iter().skip(at + 1).position(|c| *c == ']').map(|p| p + at + 1);
                let Some(close) = close else {
                    tokens.push(Token::Char('['));
                    continue;
                };
                let set: Vec<char> =
                    chars.get(at..close).unwrap_or_default().iter().map(|c| fold(*c)).collect();
                let mut ranges = Vec::new();
                let mut index = 0;
                while let Some(from) = set.get(index).copied() {
                    match (set.get(index + 1), set.get(index + 2)) {
                        (Some('-'), Some(to)) => {
                            ranges.push((from, *to));
                            index += 3;
                        }
                        _ => {
                            ranges.push((from, from));
                            index += 1;
                        }
                    }
                }
                tokens.push(Token::Set(ranges));
                at = close + 1;
            }
            other => tokens.push(Token::Char(fold(other))),
        }
    }
    tokens
}
