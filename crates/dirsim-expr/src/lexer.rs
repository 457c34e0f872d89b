//! Text to tokens (EX-001 to EX-003).

use crate::error::{Code, ExprError, Span};
use crate::operators::Operator;

/// One token with its place.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Token<'t> {
    pub(crate) kind: TokenKind<'t>,
    pub(crate) at: Span,
}

/// The tokens of EX-002.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum TokenKind<'t> {
    /// A string without its quotes and escapes.
    Text(String),
    /// A decimal or hexadecimal number.
    Number(i64),
    /// The name between brackets.
    Attribute(&'t str),
    /// The name between percent signs.
    Parameter(&'t str),
    /// The name behind the dollar sign.
    Variable(&'t str),
    /// A function name or a word.
    Identifier(&'t str),
    /// An operator; `-` may also be the sign of a value.
    Operator(Operator),
    /// `(`
    Open,
    /// `)`
    Close,
    /// `,`
    Comma,
    /// Something that was reported already; stands where a value may stand.
    Bad,
    /// Behind the last character.
    End,
}

/// Splits `text` into tokens; the last one is [`TokenKind::End`].
pub(crate) fn tokens<'t>(text: &'t str, errors: &mut Vec<ExprError>) -> Vec<Token<'t>> {
    let mut lexer = Lexer { text, at: 0, errors };
    let mut tokens = Vec::new();
    loop {
        lexer.take_while(char::is_whitespace);
        let start = lexer.at;
        let kind = lexer.token();
        let at = lexer.span(start);
        let end = kind == TokenKind::End;
        tokens.push(Token { kind, at });
        if end {
            return tokens;
        }
    }
}

struct Lexer<'t, 'e> {
    text: &'t str,
    at: usize,
    errors: &'e mut Vec<ExprError>,
}

impl<'t> Lexer<'t, '_> {
    fn token(&mut self) -> TokenKind<'t> {
        let start = self.at;
        let Some(first) = self.rest().chars().next() else { return TokenKind::End };
        if let Some(digits) = self.hexadecimal() {
            return digits;
        }
        if let Some((operator, length)) = Operator::at_start_of(self.rest()) {
            self.at += length;
            return TokenKind::Operator(operator);
        }
        self.at += first.len_utf8();
        match first {
            '(' => TokenKind::Open,
            ')' => TokenKind::Close,
            ',' => TokenKind::Comma,
            '"' => self.string(start),
            '[' => self.attribute(start),
            '%' => self.parameter(start),
            '$' => {
                let name = self.identifier_from(self.at);
                if name.starts_with(char::is_alphabetic) {
                    TokenKind::Variable(name)
                } else {
                    self.bad(start, "`$` is not followed by the name of a variable", None)
                }
            }
            '0'..='9' => {
                self.take_while(|c| c.is_ascii_digit());
                let digits = self.text.get(start..self.at).unwrap_or_default();
                self.number(start, digits, 10)
            }
            c if c.is_alphabetic() || c == '_' => {
                TokenKind::Identifier(self.identifier_from(start))
            }
            '“' | '”' | '„' | '‟' | '«' | '»' | '‘' | '’' | '‚' | '\'' => {
                self.typographic(start, first)
            }
            _ => {
                let message = format!("`{first}` has no meaning here");
                self.bad(start, &message, None)
            }
        }
    }

    fn hexadecimal(&mut self) -> Option<TokenKind<'t>> {
        let start = self.at;
        let digits = self.rest().strip_prefix("&H").or_else(|| self.rest().strip_prefix("&h"))?;
        let length =
            digits.len() - digits.trim_start_matches(|c: char| c.is_ascii_hexdigit()).len();
        if length == 0 {
            return None;
        }
        self.at += 2 + length;
        let digits = digits.get(..length).unwrap_or_default();
        Some(if length > 16 {
            self.bad(start, "a hexadecimal number has at most 16 digits", None)
        } else {
            self.number(start, digits, 16)
        })
    }

    /// Reads the digits of a number and checks what follows them (EX-002).
    fn number(&mut self, start: usize, digits: &str, radix: u32) -> TokenKind<'t> {
        if self.rest().starts_with(|c: char| c.is_alphanumeric() || c == '_' || c == '.') {
            self.take_while(|c| c.is_alphanumeric() || c == '_' || c == '.');
            let (message, help) = if radix == 16 {
                (
                    "a hexadecimal number runs into other characters",
                    "when `&` joins two values here, put a space behind it",
                )
            } else {
                (
                    "a number runs into other characters",
                    "numbers are whole, without point or exponent",
                )
            };
            return self.bad(start, message, Some(help));
        }
        let number = if radix == 16 {
            u64::from_str_radix(digits, 16).ok().map(u64::cast_signed)
        } else {
            digits.parse().ok()
        };
        if let Some(number) = number {
            TokenKind::Number(number)
        } else {
            let at = self.span(start);
            self.errors.push(ExprError {
                code: Code::Overflow,
                message: format!("the number `{digits}` does not fit into 64 bits"),
                help: Some("the largest number is 9223372036854775807".to_owned()),
                at,
                related: None,
            });
            TokenKind::Bad
        }
    }

    /// Reads a string behind its first quote (EX-003).
    fn string(&mut self, start: usize) -> TokenKind<'t> {
        let mut out = String::new();
        loop {
            let rest = self.rest();
            let length = rest.find(['"', '\\']).unwrap_or(rest.len());
            out.push_str(rest.get(..length).unwrap_or_default());
            self.at += length;
            let rest = rest.get(length..).unwrap_or_default();
            let taken = if rest.starts_with("\"\"") {
                out.push('"');
                2
            } else if rest.starts_with('"') {
                self.at += 1;
                return TokenKind::Text(out);
            } else if rest.starts_with('\\') {
                out.push('\\');
                if rest.starts_with("\\\\") { 2 } else { 1 }
            } else {
                return self.bad(start, "the string has no closing `\"`", None);
            };
            self.at += taken;
        }
    }

    fn attribute(&mut self, start: usize) -> TokenKind<'t> {
        let rest = self.rest();
        let Some(length) = rest.find(']') else {
            let help = "an attribute is written like [mail]";
            self.at = self.text.len();
            return self.bad(start, "the attribute name has no closing `]`", Some(help));
        };
        self.at += length + 1;
        match rest.get(..length).unwrap_or_default() {
            "" => self.bad(start, "there is no attribute name between the brackets", None),
            name if name.contains('[') => {
                self.bad(start, "an attribute name cannot contain `[`", None)
            }
            name => TokenKind::Attribute(name),
        }
    }

    fn parameter(&mut self, start: usize) -> TokenKind<'t> {
        let rest = self.rest();
        let length = rest.find(['%', '"', '(', ')', ',', '\r', '\n']).unwrap_or(rest.len());
        if !rest.get(length..).unwrap_or_default().starts_with('%') {
            let help = "a parameter is written like %Domain.FQDN%";
            self.at += length;
            return self.bad(start, "the parameter name has no closing `%`", Some(help));
        }
        self.at += length + 1;
        match rest.get(..length).unwrap_or_default() {
            "" => self.bad(start, "there is no parameter name between the percent signs", None),
            name => TokenKind::Parameter(name),
        }
    }

    /// Reports a quote that does not delimit strings, and skips to its partner so that the text
    /// between them is not reported again.
    fn typographic(&mut self, start: usize, first: char) -> TokenKind<'t> {
        let partners: &[char] = match first {
            '‘' | '’' | '‚' | '\'' => &['‘', '’', '\''],
            '«' | '»' => &['«', '»'],
            _ => &['“', '”'],
        };
        if let Some(at) = self.rest().find(partners) {
            self.at += at;
            self.at += self.rest().chars().next().map_or(0, char::len_utf8);
        }
        let message = format!("`{first}` does not delimit strings");
        self.bad(start, &message, Some("use the straight double quote `\"`"))
    }

    fn bad(&mut self, start: usize, message: &str, help: Option<&str>) -> TokenKind<'t> {
        let at = self.span(start);
        self.errors.push(ExprError {
            code: Code::ParseError,
            message: message.to_owned(),
            help: help.map(str::to_owned),
            at,
            related: None,
        });
        TokenKind::Bad
    }

    fn identifier_from(&mut self, start: usize) -> &'t str {
        self.take_while(|c| c.is_alphanumeric() || c == '_');
        self.text.get(start..self.at).unwrap_or_default()
    }

    fn take_while(&mut self, wanted: impl Fn(char) -> bool) {
        let rest = self.rest();
        self.at += rest.len() - rest.trim_start_matches(wanted).len();
    }

    fn rest(&self) -> &'t str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn span(&self, start: usize) -> Span {
        let limit = |at| u32::try_from(at).unwrap_or(u32::MAX);
        Span { start: limit(start), end: limit(self.at) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn kinds(text: &str) -> Vec<TokenKind<'_>> {
        let mut errors = Vec::new();
        let tokens = tokens(text, &mut errors);
        assert_eq!(errors, []);
        tokens.into_iter().map(|token| token.kind).collect()
    }

    /// EX-003: a backslash escapes nothing but itself.
    #[test]
    fn strings_know_two_escapes() {
        for (text, value) in [
            (r#""a\\b""#, r"a\b"),
            (r#""\""#, r"\"),
            (r#""\\0ACNF:""#, r"\0ACNF:"),
            (r#""say ""hi""""#, "say \"hi\""),
            (r#""\n""#, r"\n"),
            ("\"\"", ""),
        ] {
            assert_eq!(kinds(text), [TokenKind::Text(value.to_owned()), TokenKind::End], "{text}");
        }
    }

    /// EX-002: `&H` before a hexadecimal digit begins a number, else `&` joins.
    #[test]
    fn longest_match_comes_first() {
        assert_eq!(kinds("&HFF"), [TokenKind::Number(255), TokenKind::End]);
        assert_eq!(kinds("&HFFFFFFFFFFFFFFFF"), [TokenKind::Number(-1), TokenKind::End]);
        let joined = [
            TokenKind::Number(1),
            TokenKind::Operator(Operator::Join),
            TokenKind::Identifier("Hotel"),
            TokenKind::End,
        ];
        assert_eq!(kinds("1&Hotel"), joined);
    }
}
