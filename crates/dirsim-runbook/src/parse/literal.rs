//! Numbers, texts, variables, bare words and type names.

use std::rc::Rc;

use super::{Parsed, Parser};
use crate::ast::{Expression, ExpressionKind, Part, TypeName, Variable};

/// Suffixes of numbers and what they multiply with, as powers of two.
const UNITS: &[(&str, u32)] = &[("kb", 10), ("mb", 20), ("gb", 30), ("tb", 40), ("pb", 50)];

/// Drives whose variables are no variables of the script.
const SCOPES: &[&str] =
    &["global", "script", "local", "private", "env", "using", "variable", "function", "workflow"];

impl Parser<'_, '_> {
    /// Returns the length of the number that stands here as a whole word.
    pub(super) fn number_length(&self) -> Option<usize> {
        let rest = self.rest();
        let bytes = rest.as_bytes();
        let digits = |from: usize| {
            bytes.get(from..).map_or(0, |b| b.iter().take_while(|b| b.is_ascii_digit()).count())
        };
        let mut at;
        if bytes.first() == Some(&b'0') && matches!(bytes.get(1), Some(b'x' | b'X')) {
            let hex = bytes.get(2..)?.iter().take_while(|b| b.is_ascii_hexdigit()).count();
            if hex == 0 {
                return None;
            }
            at = 2 + hex;
        } else {
            at = digits(0);
            let whole = at;
            if bytes.get(at) == Some(&b'.') && bytes.get(at + 1).is_some_and(u8::is_ascii_digit) {
                at += 1 + digits(at + 1);
            }
            if at == 0 || (whole == 0 && at < 2) {
                return None;
            }
            if matches!(bytes.get(at), Some(b'e' | b'E')) {
                let sign = usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
                let exponent = digits(at + 1 + sign);
                if exponent > 0 {
                    at += 1 + sign + exponent;
                }
            }
        }
        if matches!(bytes.get(at), Some(b'l' | b'L' | b'd' | b'D')) {
            at += 1;
        }
        if let Some(unit) = rest.get(at..at + 2)
            && UNITS.iter().any(|(name, _)| name.eq_ignore_ascii_case(unit))
        {
            at += 2;
        }
        let behind = rest.get(at..)?.chars().next();
        let ends =
            behind.is_none_or(|c| c.is_whitespace() || "(){}[];,|&+-*/%=<>!.\"'".contains(c));
        // `1..3` is a range; `10.0.0.1` and `1.x` are words.
        let range = rest.get(at..).is_some_and(|rest| rest.starts_with(".."));
        let member = behind == Some('.')
            && rest.get(at + 1..).is_some_and(|rest| rest.starts_with(|c: char| c.is_alphabetic()));
        (ends && (behind != Some('.') || range || member)).then_some(at)
    }

    /// Reads a number.
    pub(super) fn number(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let Some(length) = self.number_length() else { return self.unreadable() };
        let written = self.rest().get(..length).unwrap_or_default();
        self.at += length;
        let span = self.since(start);
        match number_of(written) {
            Some(kind) => Ok(Expression { kind, span }),
            None => self.report(
                span,
                format!("`{written}` cannot be read here"),
                Some("the number is too large".to_owned()),
            ),
        }
    }

    /// Reads `$x`, `${x y}`, `$scope:x`, `$_`, `$?`.
    pub(super) fn variable(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let Some((variable, length)) = variable_of(self.rest()) else {
            return self.unreadable();
        };
        self.at += length;
        let kind = variable_kind(variable);
        Ok(Expression { kind, span: self.since(start) })
    }

    /// Reads the name behind the `@` of a splatted variable.
    pub(super) fn splatted(&mut self) -> Variable {
        self.at += 1;
        let name: Rc<str> = self.word().to_lowercase().into();
        self.at += self.word().len();
        if self.eat(":") {
            let inner: Rc<str> = self.word().to_lowercase().into();
            self.at += self.word().len();
            return Variable { scope: Some(name), name: inner };
        }
        Variable { scope: None, name }
    }

    /// Reads `'…'`.
    pub(super) fn verbatim_string(&mut self) -> Parsed<Expression> {
        let start = self.at;
        self.at += self.peek().map_or(0, char::len_utf8);
        let mut text = String::new();
        loop {
            let rest = self.rest();
            let Some(end) = rest.find(|c| super::quote_of(c) == Some('\'')) else {
                return self.string_never_closed(start, "'");
            };
            text.push_str(rest.get(..end).unwrap_or_default());
            self.at += end;
            self.at += self.peek().map_or(0, char::len_utf8);
            // A quote that stands twice is one of the text.
            match self.peek().filter(|c| super::quote_of(*c) == Some('\'')) {
                Some(quote) => {
                    self.at += quote.len_utf8();
                    text.push(quote);
                }
                None => break,
            }
        }
        Ok(Expression { kind: ExpressionKind::Text(text.into()), span: self.since(start) })
    }

    fn string_never_closed<T>(&mut self, start: usize, mark: &str) -> Parsed<T> {
        let opener = self.text.get(start..).and_then(|text| text.chars().next());
        let length = opener.map_or(0, char::len_utf8).max(mark.len());
        let span = self.span(start..start + length);
        self.unclosed = Some(start);
        let close = match mark {
            "@'" => "'@` at the beginning of a line, not `",
            "@\"" => "\"@` at the beginning of a line, not `",
            other => other,
        };
        let help = match mark {
            "@'" => "close it with `'@` at the beginning of a line".to_owned(),
            "@\"" => "close it with `\"@` at the beginning of a line".to_owned(),
            _ => format!("close it with `{close}`"),
        };
        self.report(span, format!("`{mark}` is never closed"), Some(help))
    }

    /// Reads `"…"`.
    pub(super) fn expandable_string(&mut self) -> Parsed<Expression> {
        let start = self.at;
        self.at += self.peek().map_or(0, char::len_utf8);
        let mut parts = Parts::default();
        loop {
            match self.peek() {
                None => return self.string_never_closed(start, "\""),
                Some(quote) if super::quote_of(quote) == Some('"') => {
                    self.at += quote.len_utf8();
                    match self.peek().filter(|c| super::quote_of(*c) == Some('"')) {
                        Some(quote) => {
                            self.at += quote.len_utf8();
                            parts.push(quote);
                        }
                        None => break,
                    }
                }
                Some(_) => self.part(&mut parts)?,
            }
        }
        Ok(Expression { kind: parts.into_kind(), span: self.since(start) })
    }

    /// Reads one piece of an expandable text.
    fn part(&mut self, parts: &mut Parts) -> Parsed<()> {
        match self.peek() {
            Some('`') => {
                self.at += 1;
                if let Some(c) = self.escape() {
                    parts.push(c);
                }
            }
            Some('$') if self.peek_at(1) == Some('(') => {
                let start = self.at;
                let opener = self.at + 1;
                self.at += 2;
                let statements = self.nested(|parser| parser.statements_until(')', opener))?;
                let kind = ExpressionKind::Sub(statements.into());
                parts.value(Expression { kind, span: self.since(start) });
            }
            Some('$') => match variable_of(self.rest()) {
                Some((variable, length)) => {
                    let start = self.at;
                    self.at += length;
                    let kind = variable_kind(variable);
                    parts.value(Expression { kind, span: self.since(start) });
                }
                None => {
                    self.at += 1;
                    parts.push('$');
                }
            },
            Some(c) => {
                self.at += c.len_utf8();
                parts.push(c);
            }
            None => {}
        }
        Ok(())
    }

    /// Reads what stands behind a backtick; `None` for joined lines.
    fn escape(&mut self) -> Option<char> {
        let c = self.peek()?;
        self.at += c.len_utf8();
        Some(match c {
            'n' => '\n',
            'r' => '\r',
            't' => '\t',
            '0' => '\0',
            'a' => '\u{7}',
            'b' => '\u{8}',
            'e' => '\u{1B}',
            'f' => '\u{C}',
            'v' => '\u{B}',
            'u' if self.peek() == Some('{') => {
                let rest = self.rest();
                let end = rest.find('}').filter(|end| *end <= 7)?;
                let code = rest.get(1..end).and_then(|hex| u32::from_str_radix(hex, 16).ok());
                self.at += end + 1;
                code.and_then(char::from_u32)?
            }
            '\r' => {
                self.eat("\n");
                return None;
            }
            '\n' => return None,
            other => other,
        })
    }

    /// Reads `@'…'@` and `@"…"@`.
    pub(super) fn here_string(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let expands = self.starts_with("@\"");
        let mark = if expands { "@\"" } else { "@'" };
        self.at += 2;
        let rest = self.rest();
        let line = rest.find('\n').unwrap_or(rest.len());
        if !rest.get(..line).unwrap_or_default().trim().is_empty() {
            return self.unreadable();
        }
        self.at += (line + 1).min(rest.len());
        let close = if expands { "\"@" } else { "'@" };
        let body_start = self.at;
        let body = self.rest();
        let end = if body.starts_with(close) {
            Some(0)
        } else {
            body.find(&format!("\n{close}")).map(|at| at + 1)
        };
        let Some(end) = end else { return self.string_never_closed(start, mark) };
        let stop = body_start + end;
        let content_end = {
            let content = self.text.get(body_start..stop).unwrap_or_default();
            let content = content.strip_suffix('\n').unwrap_or(content);
            body_start + content.strip_suffix('\r').unwrap_or(content).len()
        };
        if !expands {
            let text = self.text.get(body_start..content_end).unwrap_or_default();
            self.at = stop + 2;
            let kind = ExpressionKind::Text(text.into());
            return Ok(Expression { kind, span: self.since(start) });
        }
        let mut parts = Parts::default();
        while self.at < content_end {
            self.part(&mut parts)?;
        }
        self.at = stop + 2;
        Ok(Expression { kind: parts.into_kind(), span: self.since(start) })
    }

    /// Reads a word without quotes; variables in it have their values.
    pub(super) fn bare_word(&mut self) -> Parsed<Expression> {
        let start = self.at;
        if self.peek().is_some_and(|c| c.is_ascii_digit() || matches!(c, '-' | '+' | '.')) {
            let sign = usize::from(matches!(self.peek(), Some('-' | '+')));
            let before = self.at;
            self.at += sign;
            if let Some(length) = self.number_length() {
                let end = self.peek_at(length);
                if end.is_none_or(|c| c.is_whitespace() || "(){};|&,".contains(c)) {
                    let negative = self.text.get(before..self.at) == Some("-");
                    let mut number = self.number()?;
                    if negative {
                        number.kind = match number.kind {
                            ExpressionKind::Integer(n, text) => {
                                ExpressionKind::Integer(-n, format!("-{text}").into())
                            }
                            ExpressionKind::Real(n, text) => {
                                ExpressionKind::Real(-n, format!("-{text}").into())
                            }
                            other => other,
                        };
                    }
                    number.span = self.since(before);
                    return Ok(number);
                }
            }
            self.at = before;
        }
        let mut parts = Parts::default();
        while let Some(c) = self.peek() {
            match c {
                c if c.is_whitespace() || "(){};|&,".contains(c) => break,
                '<' | '>' if self.at == start => return self.unreadable(),
                '`' if self.peek_at(1).is_none_or(|c| c == '\n' || c == '\r') => break,
                c if self.at > start && super::quote_of(c).is_some() => {
                    let inner = if super::quote_of(c) == Some('"') {
                        self.expandable_string()?
                    } else {
                        self.verbatim_string()?
                    };
                    match inner.kind {
                        ExpressionKind::Text(text) => parts.text.push_str(&text),
                        ExpressionKind::Expandable(more) => {
                            for part in more {
                                match part {
                                    Part::Text(text) => parts.text.push_str(&text),
                                    Part::Value(value) => parts.value(value),
                                }
                            }
                        }
                        _ => {}
                    }
                }
                _ => self.part(&mut parts)?,
            }
        }
        if self.at == start {
            return self.unreadable();
        }
        Ok(Expression { kind: parts.into_kind(), span: self.since(start) })
    }

    /// Returns whether a type name in brackets stands here.
    pub(super) fn at_type(&self) -> bool {
        let rest = self.rest();
        let Some(inner) = rest.strip_prefix('[') else { return false };
        let inner = inner.trim_start();
        let end = inner
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
            .unwrap_or(inner.len());
        end > 0
            && inner.starts_with(|c: char| c.is_alphabetic())
            && inner
                .get(end..)
                .is_some_and(|behind| behind.trim_start().starts_with([']', '[', ',', '(', '`']))
    }

    /// Reads `[type]`.
    pub(super) fn type_name(&mut self) -> Parsed<TypeName> {
        let opener = self.at;
        if !self.eat("[") {
            return self.unreadable();
        }
        self.skip_space();
        let mut name = self.nested(Self::inner_type)?;
        self.skip_space();
        self.close(']', opener)?;
        name.span = self.since(opener);
        Ok(name)
    }

    fn inner_type(&mut self) -> Parsed<TypeName> {
        let start = self.at;
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.' | '+')))
            .unwrap_or(rest.len());
        if end == 0 {
            return self.unreadable();
        }
        let name: Rc<str> = rest.get(..end).unwrap_or_default().into();
        self.at += end;
        let (mut arguments, mut array) = (Vec::new(), false);
        while self.peek() == Some('[') {
            let opener = self.at;
            self.at += 1;
            self.skip_space();
            if self.eat("]") {
                array = true;
                continue;
            }
            loop {
                self.skip_space();
                let bracket = self.peek() == Some('[');
                if bracket {
                    self.at += 1;
                }
                arguments.push(self.nested(Self::inner_type)?);
                if bracket && !self.eat("]") {
                    return self.unreadable();
                }
                self.skip_space();
                if !self.eat(",") {
                    break;
                }
            }
            self.close(']', opener)?;
        }
        Ok(TypeName { name, arguments, array, span: self.since(start) })
    }
}

/// The pieces of an expandable text.
#[derive(Default)]
struct Parts {
    done: Vec<Part>,
    text: String,
}

impl Parts {
    fn push(&mut self, c: char) {
        self.text.push(c);
    }

    fn value(&mut self, value: Expression) {
        if !self.text.is_empty() {
            self.done.push(Part::Text(std::mem::take(&mut self.text).into()));
        }
        self.done.push(Part::Value(value));
    }

    fn into_kind(mut self) -> ExpressionKind {
        if self.done.is_empty() {
            return ExpressionKind::Text(self.text.into());
        }
        if !self.text.is_empty() {
            self.done.push(Part::Text(self.text.into()));
        }
        ExpressionKind::Expandable(self.done)
    }
}

/// Returns the variable that a text begins with, and its length.
pub(crate) fn variable_of(text: &str) -> Option<(Variable, usize)> {
    let behind = text.strip_prefix('$')?;
    if let Some(braced) = behind.strip_prefix('{') {
        let end = braced.find('}').filter(|end| *end > 0)?;
        let inner = braced.get(..end)?.to_lowercase();
        let (scope, name) = match inner.split_once(':') {
            Some((scope, name)) => (Some(scope.into()), name.into()),
            None => (None, inner.as_str().into()),
        };
        return Some((Variable { scope, name }, end + 3));
    }
    if behind.starts_with(['?', '$', '^']) {
        return Some((Variable { scope: None, name: behind.get(..1)?.into() }, 2));
    }
    let plain = |c: char| c.is_alphanumeric() || c == '_';
    let end = behind.find(|c: char| !plain(c)).unwrap_or(behind.len());
    if end == 0 {
        return None;
    }
    let first = behind.get(..end)?.to_lowercase();
    if let Some(rest) = behind.get(end..).and_then(|rest| rest.strip_prefix(':'))
        && rest.starts_with(plain)
        && SCOPES.contains(&first.as_str())
    {
        let length = rest.find(|c: char| !plain(c)).unwrap_or(rest.len());
        let name = rest.get(..length)?.to_lowercase().into();
        return Some((Variable { scope: Some(first.into()), name }, 1 + end + 1 + length));
    }
    Some((Variable { scope: None, name: first.into() }, 1 + end))
}

fn variable_kind(variable: Variable) -> ExpressionKind {
    match (&variable.scope, &*variable.name) {
        (None, "null") => ExpressionKind::Null,
        (None, "true") => ExpressionKind::Boolean(true),
        (None, "false") => ExpressionKind::Boolean(false),
        _ => ExpressionKind::Variable(variable),
    }
}

/// Returns the number that a text spells: with suffixes, hexadecimal, with a fraction.
pub(crate) fn number_of(written: &str) -> Option<ExpressionKind> {
    let lower = written.to_ascii_lowercase();
    let (digits, shift) = UNITS
        .iter()
        .find_map(|(unit, shift)| Some((lower.strip_suffix(unit)?, *shift)))
        .unwrap_or((&lower, 0));
    let factor = 1i64 << shift;
    let hex = digits.strip_prefix("0x");
    let text: Rc<str> = written.into();
    if hex.is_none() && digits.ends_with('d') {
        let number: f64 = digits.trim_end_matches('d').parse().ok()?;
        #[expect(clippy::cast_precision_loss, reason = "the factor is a power of two")]
        return Some(ExpressionKind::Real(number * factor as f64, text));
    }
    let plain = digits.strip_suffix('l').unwrap_or(digits);
    let integer = match hex {
        Some(hex) => {
            let hex = hex.strip_suffix('l').unwrap_or(hex);
            // Eight digits are the bits of a 32-bit number: 0xFFFFFFFF is -1.
            u32::from_str_radix(hex, 16)
                .ok()
                .filter(|_| hex.len() == 8)
                .map(|bits| i64::from(bits.cast_signed()))
                .or_else(|| u64::from_str_radix(hex, 16).ok().map(u64::cast_signed))
        }
        None => plain.parse::<i64>().ok(),
    };
    if let Some(number) = integer.and_then(|number| number.checked_mul(factor)) {
        return Some(ExpressionKind::Integer(number, text));
    }
    #[expect(clippy::cast_precision_loss, reason = "the factor is a power of two")]
    let real = digits.parse::<f64>().ok().map(|number| number * factor as f64);
    real.filter(|number| number.is_finite()).map(|number| ExpressionKind::Real(number, text))
}
