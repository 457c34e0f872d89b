//! Regular expressions in the spelling of .NET.

use fancy_regex::{Captures, Regex, RegexBuilder};

use crate::stop::{Run, Stop};

/// Most matches of one pattern in one text.
const MATCHES_MAX: usize = 1_000_000;
/// The longest text that one replacement makes, in bytes.
const TEXT_MAX: usize = 256 << 20;

/// The longest pattern, in bytes.
const PATTERN_MAX: usize = 10_000;
/// How often a match may step back before it is given up.
const BACKTRACK_MAX: usize = 1_000_000;
/// The largest compiled pattern, in bytes.
const COMPILED_MAX: usize = 4 << 20;

/// A compiled pattern.
pub(crate) struct Pattern(Regex);

/// Compiles a pattern.
pub(crate) fn compile(pattern: &str, case: bool) -> Run<Pattern> {
    compile_with(pattern, if case { "" } else { "i" })
}

/// Compiles a pattern with inline options, `ims` for instance.
pub(crate) fn compile_with(pattern: &str, options: &str) -> Run<Pattern> {
    let bad = |why: String| {
        Stop::error(
            "System.ArgumentException",
            "InvalidRegularExpression",
            format!("The regular expression pattern {pattern} is not valid: {why}"),
        )
    };
    if pattern.len() > PATTERN_MAX {
        return Err(bad(format!("it is longer than {PATTERN_MAX} bytes")));
    }
    let translated = translate(pattern);
    let whole = if options.is_empty() { translated } else { format!("(?{options}:{translated})") };
    RegexBuilder::new(&whole)
        .backtrack_limit(BACKTRACK_MAX)
        .delegate_size_limit(COMPILED_MAX)
        .delegate_dfa_size_limit(COMPILED_MAX)
        .build()
        .map(Pattern)
        .map_err(|error| bad(error.to_string()))
}

/// Writes what .NET spells in another way: names in quotes, and an escaped bracket or two.
fn translate(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut chars = pattern.chars().peekable();
    let mut in_class = false;
    while let Some(c) = chars.next() {
        match c {
            '\\' => {
                let next = chars.next();
                match next {
                    // These stand for themselves in .NET and mean nothing, or something else, here.
                    Some(
                        c @ ('<' | '>' | '\'' | '"' | '@' | '%' | ',' | ';' | ':' | '=' | '!' | '`'
                        | '_'),
                    ) => out.push(c),
                    Some('Z') => out.push_str("(?=\\n?\\z)"),
                    Some(other) => {
                        out.push('\\');
                        out.push(other);
                    }
                    None => out.push('\\'),
                }
            }
            '[' if in_class => out.push_str("\\["),
            '[' => {
                in_class = true;
                out.push('[');
                // A bracket that closes nothing stands for itself.
                if chars.peek() == Some(&'^') {
                    out.push('^');
                    chars.next();
                }
                if chars.peek() == Some(&']') {
                    out.push_str("\\]");
                    chars.next();
                }
            }
            ']' => {
                in_class = false;
                out.push(']');
            }
            '&' | '~' if in_class && chars.peek() == Some(&c) => {
                out.push('\\');
                out.push(c);
            }
            '(' if !in_class && chars.peek() == Some(&'?') => {
                out.push('(');
                out.push('?');
                chars.next();
                if chars.peek() == Some(&'\'') {
                    chars.next();
                    out.push('<');
                    for c in chars.by_ref() {
                        if c == '\'' {
                            break;
                        }
                        out.push(c);
                    }
                    out.push('>');
                }
            }
            other => out.push(other),
        }
    }
    out
}

fn given_up(error: &fancy_regex::Error) -> Stop {
    Stop::limit(format!("a regular expression takes too long and is stopped: {error}"))
}

impl Pattern {
    /// Returns whether the pattern is found in a text.
    pub(crate) fn is_match(&self, text: &str) -> Run<bool> {
        self.0.is_match(text).map_err(|error| given_up(&error))
    }

    /// Returns the first match.
    pub(crate) fn first<'t>(&self, text: &'t str) -> Run<Option<Captures<'t, str>>> {
        self.0.captures(text).map_err(|error| given_up(&error))
    }

    /// Returns all matches.
    pub(crate) fn all<'t>(&self, text: &'t str) -> Run<Vec<Captures<'t, str>>> {
        let mut matches = Vec::new();
        for found in self.0.captures_iter(text) {
            if matches.len() == MATCHES_MAX {
                return Err(Stop::limit(format!(
                    "a pattern matched more than {MATCHES_MAX} times in one text, and the script is stopped"
                )));
            }
            matches.push(found.map_err(|error| given_up(&error))?);
        }
        Ok(matches)
    }

    /// Returns the names of groups by number; unnamed ones have none.
    pub(crate) fn names(&self) -> Vec<Option<String>> {
        self.0.capture_names().map(|name| name.map(str::to_owned)).collect()
    }

    /// Replaces every match; `$1`, `${name}`, `$&` and `$$` mean what they mean in .NET.
    pub(crate) fn replace(&self, text: &str, replacement: &str, most: usize) -> Run<String> {
        let mut out = String::with_capacity(text.len());
        let mut from = 0;
        for found in self.all(text)?.into_iter().take(most) {
            let Some(whole) = found.get(0) else { continue };
            out.push_str(text.get(from..whole.start()).unwrap_or_default());
            expand(replacement, &found, text, &mut out);
            if out.len() > TEXT_MAX {
                return Err(Stop::limit(format!(
                    "a replacement made more than {} MiB, and the script is stopped",
                    TEXT_MAX >> 20
                )));
            }
            from = whole.end();
        }
        out.push_str(text.get(from..).unwrap_or_default());
        Ok(out)
    }
}

fn expand(replacement: &str, found: &Captures<'_, str>, text: &str, out: &mut String) {
    let mut rest = replacement;
    while let Some(at) = rest.find('$') {
        out.push_str(rest.get(..at).unwrap_or_default());
        let behind = rest.get(at + 1..).unwrap_or_default();
        let digits = behind.find(|c: char| !c.is_ascii_digit()).unwrap_or(behind.len());
        let length = if behind.starts_with('$') {
            out.push('$');
            1
        } else if behind.starts_with('&') {
            out.push_str(found.get(0).map_or("", |group| group.as_str()));
            1
        } else if behind.starts_with('_') {
            out.push_str(text);
            1
        } else if digits > 0 {
            let number: usize = behind.get(..digits).and_then(|n| n.parse().ok()).unwrap_or(0);
            if number < found.len() {
                out.push_str(found.get(number).map_or("", |group| group.as_str()));
            } else {
                out.push('$');
                out.push_str(behind.get(..digits).unwrap_or_default());
            }
            digits
        } else if let Some(end) = behind.strip_prefix('{').and_then(|name| name.find('}')) {
            let name = behind.get(1..=end).unwrap_or_default();
            let group = match name.parse::<usize>() {
                Ok(number) => found.get(number),
                Err(_) => found.name(name),
            };
            match group {
                Some(group) => out.push_str(group.as_str()),
                None if name.parse::<usize>().is_ok_and(|n| n < found.len()) => {}
                None => {
                    out.push_str("${");
                    out.push_str(name);
                    out.push('}');
                }
            }
            end + 2
        } else {
            out.push('$');
            0
        };
        rest = behind.get(length..).unwrap_or_default();
    }
    out.push_str(rest);
}

/// Puts a backslash in front of what has a meaning in patterns, as `[regex]::Escape` does.
pub(crate) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\\' | '*' | '+' | '?' | '|' | '{' | '[' | '(' | ')' | '^' | '$' | '.' | '#' => {
                out.push('\\');
                out.push(c);
            }
            ' ' => out.push_str("\\ "),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            other => out.push(other),
        }
    }
    out
}
