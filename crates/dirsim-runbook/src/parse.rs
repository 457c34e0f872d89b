//! Script text to syntax tree, with every mistake of the script.
//!
//! A recursive descent over the text, in the two modes of the language: values after operators and
//! brackets, words after a command name. `statement` reads statements and blocks, `command`
//! pipelines and arguments, `expression` operators and members, `literal` numbers, texts, variables
//! and type names, `parameters` what functions take, `types` enumerations and classes.

mod command;
mod expression;
mod literal;
mod parameters;
mod statement;
#[cfg(test)]
mod tests;
mod types;

use std::rc::Rc;

pub(crate) use literal::{number_of, variable_of};

use crate::ast::{Block, Statement};
use crate::diagnostic::{Diagnostics, ENDS, ScriptErrorCode, Span};

/// The largest script, in bytes.
pub const SCRIPT_BYTES_MAX: usize = 4 << 20;

/// How deep brackets may nest.
pub const NESTING_MAX: usize = 64;

/// A statement that cannot be read; the mistake is reported already.
#[derive(Debug)]
pub(crate) struct Broken;

/// What reading a piece of text gives.
pub(crate) type Parsed<T> = Result<T, Broken>;

/// Parses a script. Statements come back even when there are mistakes, so that their commands can
/// be checked as well.
pub(crate) fn parse(text: &str, diagnostics: &mut Diagnostics) -> Block {
    let mut parser = Parser { text, at: 0, diagnostics, depth: 0, unclosed: None };
    let mut block = Block {
        parameters: None,
        advanced: false,
        begin: None,
        process: None,
        end: Rc::from([]),
        text: Rc::from(""),
        span: Span::default(),
    };
    if text.len() > SCRIPT_BYTES_MAX {
        let span = parser.span(0..0);
        parser.diagnostics.report(
            span,
            ScriptErrorCode::TooLarge,
            format!("the script is larger than {} MiB", SCRIPT_BYTES_MAX >> 20),
            Some("split it into several files".to_owned()),
        );
        return block;
    }
    parser.eat("\u{FEFF}");
    parser.skip_lines();
    if let Ok((parameters, advanced)) = parser.parameter_block() {
        block.parameters = parameters;
        block.advanced = advanced;
    } else {
        parser.next_line(0);
    }
    block.span = parser.span(0..text.len());
    let start = parser.at;
    parser.skip_lines();
    if parser.at_named_block() {
        match parser.named_blocks(&mut block) {
            Ok(()) => {}
            Err(Broken) => parser.next_line(start),
        }
    }
    block.end = parser.script_statements().into();
    block
}

/// A place in the text and what was found so far.
pub(crate) struct Parser<'a, 'd> {
    text: &'a str,
    at: usize,
    diagnostics: &'d mut Diagnostics,
    depth: usize,
    /// Where the bracket or quote stands that the last mistake left open.
    unclosed: Option<usize>,
}

impl<'a> Parser<'a, '_> {
    /// Reads statements to the end of the text; one mistake does not hide the others.
    fn script_statements(&mut self) -> Vec<Statement> {
        let mut statements = Vec::new();
        let mut broken = false;
        loop {
            self.skip_separators();
            if self.at >= self.text.len() || self.diagnostics.is_full() {
                return statements;
            }
            // A bracket that closes what a mistake opened is no second mistake.
            if broken && matches!(self.peek(), Some('}' | ')')) {
                self.at += 1;
                continue;
            }
            let start = self.at;
            self.depth = 0;
            self.unclosed = None;
            match self.statement().and_then(|statement| {
                if !statement::ends_in_block(&statement.kind) {
                    self.end_of_statement()?;
                }
                Ok(statement)
            }) {
                Ok(statement) => statements.push(statement),
                Err(Broken) => {
                    broken = true;
                    self.next_line(start);
                }
            }
        }
    }

    /// Goes to the next line on which reading can go on after a mistake.
    fn next_line(&mut self, start: usize) {
        let from = match self.unclosed.take() {
            Some(opener) => opener.max(start),
            None => self.at.max(start),
        };
        self.at = from.min(self.text.len());
        while let Some(end) = self.rest().find('\n') {
            self.at += end + 1;
            let line = self.rest().trim_start_matches([' ', '\t']);
            if starts_command(line) || line.starts_with(['$', '}', '[']) || starts_keyword(line) {
                return;
            }
        }
        self.at = self.text.len();
    }

    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn peek(&self) -> Option<char> {
        self.rest().chars().next()
    }

    /// Returns how long the dash is that stands here: the plain one, or one that word processors make
    /// of it, which PowerShell reads as a dash too.
    fn dash_length(&self) -> Option<usize> {
        self.peek().filter(|c| is_dash(*c)).map(char::len_utf8)
    }

    /// Returns the quote that stands here, word processors' quotes turned into plain ones.
    fn quote(&self) -> Option<char> {
        self.peek().and_then(quote_of)
    }

    fn peek_at(&self, offset: usize) -> Option<char> {
        self.rest().get(offset..).and_then(|rest| rest.chars().next())
    }

    fn starts_with(&self, mark: &str) -> bool {
        self.rest().starts_with(mark)
    }

    /// Goes behind a mark when it stands here.
    fn eat(&mut self, mark: &str) -> bool {
        let found = self.starts_with(mark);
        if found {
            self.at += mark.len();
        }
        found
    }

    /// Returns the word of letters, digits and underscores that stands here.
    fn word(&self) -> &'a str {
        let rest = self.rest();
        let end = rest.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(rest.len());
        rest.get(..end).unwrap_or_default()
    }

    /// Goes behind a keyword when it stands here as a whole word, in any letter case.
    fn eat_word(&mut self, keyword: &str) -> bool {
        let word = self.word();
        let found = word.eq_ignore_ascii_case(keyword)
            && !self.rest().get(word.len()..).is_some_and(|behind| behind.starts_with(['-', '\\']));
        if found {
            self.at += word.len();
        }
        found
    }

    /// Skips white space within a line, joined lines and comments.
    fn skip_space(&mut self) {
        loop {
            let rest = self.rest();
            let trimmed = rest.trim_start_matches(|c: char| {
                (c.is_whitespace() && c != '\n' && c != '\r') || c == '\u{200B}' || c == '\u{FEFF}'
            });
            self.at += rest.len() - trimmed.len();
            if let Some(behind) = trimmed.strip_prefix('`') {
                if behind.starts_with('\n') {
                    self.at += 2;
                    continue;
                }
                if behind.starts_with("\r\n") {
                    self.at += 3;
                    continue;
                }
                return;
            }
            if trimmed.starts_with('\r') && !trimmed.starts_with("\r\n") {
                self.at += 1;
                continue;
            }
            if trimmed.starts_with("<#") {
                match trimmed.find("#>") {
                    Some(end) => {
                        self.at += end + 2;
                        continue;
                    }
                    None => return,
                }
            }
            if trimmed.starts_with('#') {
                self.at += trimmed.find('\n').unwrap_or(trimmed.len());
            }
            return;
        }
    }

    /// Skips white space, line ends and comments.
    fn skip_lines(&mut self) {
        loop {
            self.skip_space();
            if !(self.eat("\n") || self.eat("\r\n")) {
                return;
            }
        }
    }

    /// Skips what stands between statements.
    fn skip_separators(&mut self) {
        loop {
            self.skip_lines();
            if !self.eat(";") {
                return;
            }
        }
    }

    /// Demands that a statement ends here.
    fn end_of_statement(&mut self) -> Parsed<()> {
        self.skip_space();
        match self.peek() {
            None | Some('\n' | '\r' | ';' | '}' | ')') if self.peek() != Some(')') => Ok(()),
            _ => self.unreadable(),
        }
    }

    /// Demands a closing bracket; `opener` is where the opening one stands.
    fn close(&mut self, close: char, opener: usize) -> Parsed<()> {
        self.skip_lines();
        if self.peek() == Some(close) {
            self.at += close.len_utf8();
            return Ok(());
        }
        if self.at >= self.text.len() {
            return self.never_closed(opener, close);
        }
        if self.rest().starts_with("<#") {
            return self.comment_never_closed();
        }
        // A bracket of another kind closes here what should have been closed before.
        if matches!(self.peek(), Some(')' | '}' | ']')) {
            return self.never_closed(opener, close);
        }
        // The block behind a condition or a list begins: `if ($x -eq 1 {`.
        if close == ')' && self.peek() == Some('{') {
            return self.never_closed(opener, close);
        }
        self.unreadable()
    }

    fn never_closed<T>(&mut self, opener: usize, close: char) -> Parsed<T> {
        let mark = self.text.get(opener..).and_then(|text| text.chars().next()).unwrap_or('(');
        let help = format!("close it with `{close}`");
        let span = self.span(opener..opener + mark.len_utf8());
        self.unclosed = Some(opener);
        self.report(span, format!("`{mark}` is never closed"), Some(help))
    }

    fn comment_never_closed<T>(&mut self) -> Parsed<T> {
        let span = self.span(self.at..self.at + 2);
        self.at = self.text.len();
        let help = "close it with `#>`".to_owned();
        self.report(span, "`<#` is never closed".to_owned(), Some(help))
    }

    fn span(&self, range: std::ops::Range<usize>) -> Span {
        self.diagnostics.span(self.text, range)
    }

    /// Returns the place from `start` to here, white space at the end left out.
    fn since(&self, start: usize) -> Span {
        let written = self.text.get(start..self.at).unwrap_or_default();
        self.span(start..start + written.trim_end().len())
    }

    fn report<T>(&mut self, span: Span, message: String, help: Option<String>) -> Parsed<T> {
        self.diagnostics.report(span, ScriptErrorCode::Syntax, message, help);
        Err(Broken)
    }

    fn not_supported<T>(&mut self, span: Span, what: &str, help: Option<&str>) -> Parsed<T> {
        let message = format!("not supported: {what}");
        self.diagnostics.report(
            span,
            ScriptErrorCode::NotSupported,
            message,
            help.map(str::to_owned),
        );
        Err(Broken)
    }

    /// Reports what stands here.
    fn unreadable<T>(&mut self) -> Parsed<T> {
        self.skip_space();
        let rest = self.rest();
        if rest.starts_with("<#") {
            return self.comment_never_closed();
        }
        let Some(first) = rest.chars().next() else {
            let span = self.span(self.at..self.at);
            return self.report(span, ENDS.into(), None);
        };
        if matches!(first, '\u{2018}'..='\u{201F}' | '\u{2013}'..='\u{2015}') {
            let span = self.span(self.at..self.at + first.len_utf8());
            let help = "write plain quotes and the plain dash of the keyboard".to_owned();
            return self.report(span, format!("`{first}` is a typographic character"), Some(help));
        }
        if matches!(first, '\n' | '\r') {
            let span = self.span(self.at..self.at);
            return self.report(
                span,
                "the line ends in the middle of a statement".into(),
                Some("something is missing here; a backtick at the end joins lines".into()),
            );
        }
        let length = rest
            .find(|c: char| c.is_whitespace() || matches!(c, ';' | '|'))
            .unwrap_or(rest.len())
            .max(first.len_utf8());
        let snippet: String = rest.get(..length).unwrap_or_default().chars().take(40).collect();
        let span = self.span(self.at..self.at + snippet.len());
        let help = match first {
            '}' | ')' | ']' => "nothing is open that this could close",
            ',' => "a list needs a value in front of each comma",
            '=' => "only a variable or a property can be assigned to",
            _ => "put texts with spaces or special characters into quotes",
        };
        self.report(span, format!("`{snippet}` cannot be read here"), Some(help.to_owned()))
    }

    /// Reads something that may nest.
    fn nested<T>(&mut self, read: impl FnOnce(&mut Self) -> Parsed<T>) -> Parsed<T> {
        if self.depth >= NESTING_MAX {
            let span = self.span(self.at..self.at);
            let message = format!("brackets nest deeper than {NESTING_MAX}");
            self.diagnostics.report(span, ScriptErrorCode::TooLarge, message, None);
            self.at = self.text.len();
            return Err(Broken);
        }
        self.depth += 1;
        let result = read(self);
        self.depth -= 1;
        result
    }
}

/// Returns whether a character is a dash to PowerShell (language specification 2.3.5).
const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}'..='\u{2015}')
}

/// Returns the plain quote that a character is to PowerShell (language specification 2.3.5.2).
const fn quote_of(c: char) -> Option<char> {
    match c {
        '\'' | '\u{2018}'..='\u{201B}' => Some('\''),
        '"' | '\u{201C}'..='\u{201E}' => Some('"'),
        _ => None,
    }
}

/// Returns whether a text begins with a word that only a statement begins with.
fn starts_keyword(text: &str) -> bool {
    const KEYWORDS: &[&str] = &[
        "if",
        "foreach",
        "for",
        "while",
        "do",
        "switch",
        "function",
        "filter",
        "try",
        "return",
        "throw",
        "class",
        "enum",
        "trap",
        "workflow",
        "configuration",
    ];
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).unwrap_or(text.len());
    let word = text.get(..end).unwrap_or_default();
    KEYWORDS.iter().any(|keyword| keyword.eq_ignore_ascii_case(word))
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
