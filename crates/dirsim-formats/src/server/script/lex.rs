//! Statements of a script as tokens with their places.

/// A token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Kind {
    /// A word without quotes: a command, a number, the name of a variable.
    Word(String),
    /// `-Name`.
    Parameter(String),
    /// Text in single quotes.
    Text(String),
    /// Text in double quotes; the shell may put something in its place.
    Interpolated(String),
    /// `$name`, with what stands in brackets behind it.
    Variable(String, Option<String>),
    /// `,`
    Comma,
    /// `@(` or `(`.
    Open,
    /// `)`
    Close,
    /// Anything else.
    Other(char),
}

/// A token with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Token {
    pub(super) kind: Kind,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// One statement: its tokens, never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Statement {
    pub(super) tokens: Vec<Token>,
    /// The line of a parameter that follows a line without a backtick.
    pub(super) lost_backtick: Option<u32>,
}

/// A text or comment without end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Unended {
    pub(super) what: &'static str,
    pub(super) line: u32,
    pub(super) column: u32,
}

/// Takes a script apart. `Err` when a text or comment has no end: nothing behind it is sure.
pub(super) fn statements(text: &str) -> Result<Vec<Statement>, Unended> {
    let mut lexer = Lexer {
        chars: text.chars().peekable(),
        line: 1,
        column: 1,
        depth: 0,
        statements: Vec::new(),
        current: Vec::new(),
        lost: None,
    };
    lexer.run()?;
    Ok(lexer.statements)
}

struct Lexer<'a> {
    chars: std::iter::Peekable<std::str::Chars<'a>>,
    line: u32,
    column: u32,
    /// How many brackets are open: line ends mean nothing inside.
    depth: u32,
    statements: Vec<Statement>,
    current: Vec<Token>,
    lost: Option<u32>,
}

/// Quotes that the shell takes for a single one.
const fn is_single(c: char) -> bool {
    matches!(c, '\'' | '\u{2018}' | '\u{2019}' | '\u{201a}' | '\u{201b}')
}

/// Quotes that the shell takes for a double one.
const fn is_double(c: char) -> bool {
    matches!(c, '"' | '\u{201c}' | '\u{201d}' | '\u{201e}')
}

/// Dashes that the shell takes for one.
const fn is_dash(c: char) -> bool {
    matches!(c, '-' | '\u{2013}' | '\u{2014}' | '\u{2015}')
}

impl Lexer<'_> {
    fn next(&mut self) -> Option<char> {
        let c = self.chars.next()?;
        if c == '\n' {
            self.line = self.line.saturating_add(1);
            self.column = 1;
        } else {
            self.column = self.column.saturating_add(1);
        }
        Some(c)
    }

    fn push(&mut self, kind: Kind, line: u32, column: u32) {
        self.current.push(Token { kind, line, column });
    }

    fn end(&mut self) {
        if !self.current.is_empty() {
            let tokens = std::mem::take(&mut self.current);
            self.statements.push(Statement { tokens, lost_backtick: self.lost.take() });
        }
        self.depth = 0;
    }

    fn run(&mut self) -> Result<(), Unended> {
        while let Some(c) = self.chars.peek().copied() {
            let (line, column) = (self.line, self.column);
            match c {
                '\n' => {
                    self.next();
                    if self.depth == 0 {
                        self.end_of_line();
                    }
                }
                '\u{feff}' => drop(self.chars.next()),
                c if c.is_whitespace() => drop(self.next()),
                ';' => {
                    self.next();
                    self.end();
                }
                '`' => {
                    self.next();
                    self.continuation(line);
                }
                '#' => {
                    while self.chars.peek().is_some_and(|c| *c != '\n') {
                        self.next();
                    }
                }
                '<' => {
                    self.next();
                    if self.chars.peek() == Some(&'#') {
                        self.block_comment(line, column)?;
                    } else {
                        self.push(Kind::Other('<'), line, column);
                    }
                }
                c if is_single(c) => {
                    let text = self.quoted(is_single, line, column)?;
                    self.push(Kind::Text(text), line, column);
                }
                c if is_double(c) => {
                    let text = self.quoted(is_double, line, column)?;
                    self.push(Kind::Interpolated(text), line, column);
                }
                '$' => self.variable(line, column),
                ',' => {
                    self.next();
                    self.push(Kind::Comma, line, column);
                }
                '@' | '(' => {
                    self.next();
                    if c == '@' && self.chars.next_if_eq(&'(').is_some() {
                        self.column += 1;
                    } else if c == '@' {
                        self.push(Kind::Other('@'), line, column);
                        continue;
                    }
                    self.depth += 1;
                    self.push(Kind::Open, line, column);
                }
                ')' => {
                    self.next();
                    self.depth = self.depth.saturating_sub(1);
                    self.push(Kind::Close, line, column);
                }
                c if is_dash(c) => {
                    self.next();
                    let name = self.word();
                    let named = name.starts_with(|c: char| c.is_ascii_alphabetic());
                    let kind =
                        if named { Kind::Parameter(name) } else { Kind::Word(format!("-{name}")) };
                    self.push(kind, line, column);
                }
                c if c.is_alphanumeric() || c == '_' => {
                    let word = self.word();
                    self.push(Kind::Word(word), line, column);
                }
                other => {
                    self.next();
                    self.push(Kind::Other(other), line, column);
                }
            }
        }
        self.end();
        Ok(())
    }

    /// A statement ends with its line, unless the next line begins with a dash: then the backtick
    /// got lost on the way, as it does on web pages.
    fn end_of_line(&mut self) {
        while self.chars.peek().is_some_and(|c| *c != '\n' && c.is_whitespace()) {
            self.next();
        }
        if self.chars.peek().is_some_and(|c| is_dash(*c)) && !self.current.is_empty() {
            self.lost.get_or_insert(self.line);
            return;
        }
        self.end();
    }

    /// A backtick takes the meaning from the line end behind it. Blanks between the two are a
    /// mistake that nobody sees; the shell then ends the statement.
    fn continuation(&mut self, line: u32) {
        let mut blanks = false;
        while let Some(c) = self.chars.peek().copied() {
            if c == '\n' {
                self.next();
                if blanks {
                    self.lost.get_or_insert(line);
                }
                return;
            }
            if !c.is_whitespace() {
                return;
            }
            blanks |= c != '\r';
            self.next();
        }
    }

    fn block_comment(&mut self, line: u32, column: u32) -> Result<(), Unended> {
        let mut last = ' ';
        while let Some(c) = self.next() {
            if last == '#' && c == '>' {
                return Ok(());
            }
            last = c;
        }
        Err(Unended { what: "comment", line, column })
    }

    fn quoted(
        &mut self,
        is_quote: fn(char) -> bool,
        line: u32,
        column: u32,
    ) -> Result<String, Unended> {
        self.next();
        let mut text = String::new();
        while let Some(c) = self.next() {
            if !is_quote(c) {
                text.push(c);
                continue;
            }
            match self.chars.peek().copied().filter(|next| is_quote(*next)) {
                // A doubled quote stands for one.
                Some(_) => text.extend(self.next()),
                None => return Ok(text),
            }
        }
        Err(Unended { what: "text", line, column })
    }

    fn word(&mut self) -> String {
        let mut word = String::new();
        while let Some(c) = self.chars.peek().copied() {
            if !(c.is_alphanumeric() || matches!(c, '_' | '.' | ':' | '\\' | '/') || is_dash(c)) {
                break;
            }
            word.push(if is_dash(c) { '-' } else { c });
            self.next();
        }
        word
    }

    fn variable(&mut self, line: u32, column: u32) {
        self.next();
        let mut name = String::new();
        while let Some(c) =
            self.chars.peek().copied().filter(|c| c.is_alphanumeric() || matches!(c, '_' | ':'))
        {
            name.push(c);
            self.next();
        }
        if name.is_empty() {
            self.push(Kind::Other('$'), line, column);
            return;
        }
        let mut index = None;
        if self.chars.peek() == Some(&'[') {
            self.next();
            let mut inside = String::new();
            while let Some(c) = self.chars.peek().copied().filter(|c| *c != ']' && *c != '\n') {
                inside.push(c);
                self.next();
            }
            if self.chars.peek() == Some(&']') {
                self.next();
            }
            index = Some(inside.trim().to_owned());
        }
        self.push(Kind::Variable(name, index), line, column);
    }
}
