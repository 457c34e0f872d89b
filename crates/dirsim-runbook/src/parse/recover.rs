//! All mistakes of a text that the grammar refuses.

use super::{Grammar, lower};
use crate::ast::Statement;
use crate::diagnostic::{Diagnostics, ScriptErrorCode};

/// Most lines that one statement is tried with.
const STATEMENT_LINES_MAX: usize = 60;

/// Most pieces tried per script.
const TRIES_MAX: usize = 2_000;

/// Cuts the text into statements line by line: a statement is the shortest run of lines that
/// parses. Reports every line where none begins.
pub(super) fn statements(
    text: &str,
    grammar: &mut Grammar,
    diagnostics: &mut Diagnostics,
) -> Vec<Statement> {
    let starts: Vec<usize> = std::iter::once(0)
        .chain(text.match_indices('\n').map(|(at, _)| at + 1))
        .filter(|start| *start < text.len())
        .chain([text.len()])
        .collect();
    let line = |index: usize| starts.get(index).copied().unwrap_or(text.len());
    let (mut statements, mut at, mut tries) = (Vec::new(), 0, 0);
    while at + 1 < starts.len() && tries < TRIES_MAX && !diagnostics.is_full() {
        let mut end = at + 1;
        let parsed = loop {
            tries += 1;
            let chunk = line(at)..line(end);
            if is_quiet(text.get(chunk.clone()).unwrap_or_default()) {
                break None;
            }
            match grammar.parse(chunk) {
                Some(tree) if !tree.root_node().has_error() => break Some(tree),
                None => break None,
                Some(_) if end + 1 >= starts.len() || end - at >= STATEMENT_LINES_MAX => {
                    break None;
                }
                Some(_) => end += 1,
            }
        };
        if let Some(tree) = parsed {
            statements.extend(lower::statements(text, tree.root_node(), diagnostics));
            at = end;
        } else if is_quiet(text.get(line(at)..line(end)).unwrap_or_default()) {
            at = end;
        } else {
            report(text, line(at)..line(at + 1), grammar, diagnostics);
            at += 1;
            // What follows belongs to the broken statement until a command begins a line.
            while at + 1 < starts.len() && !starts_command(text.get(line(at)..).unwrap_or_default())
            {
                at += 1;
            }
        }
    }
    if diagnostics.is_empty() {
        // Every piece parses, the whole does not: name what can be named.
        report(text, 0..text.len(), grammar, diagnostics);
    }
    statements
}

/// Returns whether a text holds nothing but white space and comments. The grammar marks such a text
/// as an error, because a program needs a statement.
pub(super) fn is_quiet(text: &str) -> bool {
    let mut rest = text;
    loop {
        rest = rest.trim_start_matches(|c: char| c.is_whitespace() || c == '\u{FEFF}');
        if let Some(block) = rest.strip_prefix("<#") {
            let Some(end) = block.find("#>") else { return false };
            rest = block.get(end + 2..).unwrap_or_default();
        } else if rest.starts_with('#') {
            rest = rest.find('\n').and_then(|end| rest.get(end..)).unwrap_or_default();
        } else {
            return rest.is_empty();
        }
    }
}

/// Returns whether a text begins with `Verb-Noun`.
fn starts_command(text: &str) -> bool {
    let word = text.split([' ', '\t', '\r', '\n', ';', '|']).next().unwrap_or_default();
    word.split_once('-').is_some_and(|(verb, noun)| {
        !noun.is_empty()
            && !verb.is_empty()
            && word.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
    })
}

fn report(
    text: &str,
    line: std::ops::Range<usize>,
    grammar: &mut Grammar,
    diagnostics: &mut Diagnostics,
) {
    let rest = text.get(line.start..).unwrap_or_default();
    // An opener further down is the mistake of a later line.
    if let Some((at, opener)) = unclosed(rest).filter(|(at, _)| *at < line.len()) {
        let at = line.start + at;
        diagnostics.report(
            diagnostics.span(text, at..at + opener.len()),
            ScriptErrorCode::Syntax,
            format!("`{opener}` is never closed"),
            Some(format!("close it with `{}`", closer(opener))),
        );
        return;
    }
    let written = text.get(line.clone()).unwrap_or_default();
    if let Some((at, odd)) = written
        .char_indices()
        .find(|(_, c)| matches!(c, '\u{2018}'..='\u{201F}' | '\u{2013}'..='\u{2015}'))
    {
        let at = line.start + at;
        diagnostics.report(
            diagnostics.span(text, at..at + odd.len_utf8()),
            ScriptErrorCode::Syntax,
            format!("`{odd}` is a typographic character"),
            Some("write plain quotes and the plain dash of the keyboard".to_owned()),
        );
        return;
    }
    let place = grammar
        .parse(line.clone())
        .and_then(|tree| lower::first_error(tree.root_node()))
        .filter(|place| place.start > line.start && place.start < line.end)
        .filter(|place| text.get(place.clone()).is_some_and(|odd| !odd.trim().is_empty()))
        .unwrap_or_else(|| {
            let indent = written.len() - written.trim_start().len();
            line.start + indent..line.start + written.trim_end().len().max(indent)
        });
    let snippet: String =
        text.get(place.clone()).unwrap_or_default().trim().chars().take(40).collect();
    let help = if written.contains(',') {
        "in a list put either all words into quotes or none, and no space in front of the comma"
    } else {
        "put texts with spaces or special characters into quotes"
    };
    let message = if snippet.is_empty() {
        "this is no command that can be read".to_owned()
    } else {
        format!("`{snippet}` cannot be read here")
    };
    diagnostics.report(
        diagnostics.span(text, place),
        ScriptErrorCode::Syntax,
        message,
        Some(help.to_owned()),
    );
}

fn closer(opener: &str) -> &'static str {
    match opener {
        "(" => ")",
        "{" => "}",
        "[" => "]",
        "'" => "'",
        "@'" => "'@ at the beginning of a line",
        "@\"" => "\"@ at the beginning of a line",
        "<#" => "#>",
        _ => "\"",
    }
}

/// Returns the first quote, bracket or comment that stays open to the end.
fn unclosed(text: &str) -> Option<(usize, &'static str)> {
    let mut open: Vec<(usize, &'static str)> = Vec::new();
    let mut at = 0;
    while let Some(rest) = text.get(at..).filter(|rest| !rest.is_empty()) {
        let skip = |mark: &'static str, close: &str| -> Result<usize, (usize, &'static str)> {
            rest.get(mark.len()..)
                .and_then(|body| body.find(close))
                .map(|length| mark.len() + length + close.len())
                .ok_or((at, mark))
        };
        let step = match rest.chars().next()? {
            '`' => Ok(1 + rest.chars().nth(1).map_or(0, char::len_utf8)),
            '<' if rest.starts_with("<#") => skip("<#", "#>"),
            '#' => Ok(rest.find('\n').unwrap_or(rest.len())),
            '@' if rest.starts_with("@'") => skip("@'", "\n'@"),
            '@' if rest.starts_with("@\"") => skip("@\"", "\n\"@"),
            '\'' => skip("'", "'"),
            '"' => expandable_length(rest).ok_or((at, "\"")),
            '(' => {
                open.push((at, "("));
                Ok(1)
            }
            '{' => {
                open.push((at, "{"));
                Ok(1)
            }
            ')' | '}' => {
                open.pop();
                Ok(1)
            }
            other => Ok(other.len_utf8()),
        };
        match step {
            Ok(length) => at += length,
            Err(unclosed) => return Some(unclosed),
        }
    }
    open.first().copied()
}

/// Returns the length of the `"…"` that a text begins with.
fn expandable_length(text: &str) -> Option<usize> {
    let mut escaped = false;
    text.char_indices().skip(1).find_map(|(at, c)| {
        let closes = c == '"' && !escaped;
        escaped = c == '`' && !escaped;
        closes.then_some(at + 1)
    })
}
