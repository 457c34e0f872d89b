//! Values with operators, members, indexes and calls.

use std::rc::Rc;

use super::{Parsed, Parser};
use crate::ast::{
    BinaryOperator, Expression, ExpressionKind, Statement, StatementKind, UnaryOperator,
};
use crate::diagnostic::ScriptErrorCode;

/// How tight operators bind, from loose to tight.
const LEVELS: usize = 8;

impl BinaryOperator {
    /// Returns the level at which the operator stands.
    const fn level(self) -> usize {
        match self {
            Self::And | Self::Or | Self::Xor => 0,
            Self::BitAnd | Self::BitOr | Self::BitXor => 1,
            Self::Is
            | Self::IsNot
            | Self::As
            | Self::Join
            | Self::Compare(..)
            | Self::ShiftLeft
            | Self::ShiftRight => 2,
            Self::Coalesce => 3,
            Self::Add | Self::Subtract => 4,
            Self::Multiply | Self::Divide | Self::Remainder => 5,
            Self::Format => 6,
            Self::Range => 7,
        }
    }
}

/// Words that an unknown operator may have meant.
const OPERATORS: &[&str] = &[
    "-eq",
    "-ne",
    "-gt",
    "-ge",
    "-lt",
    "-le",
    "-like",
    "-notlike",
    "-match",
    "-notmatch",
    "-contains",
    "-notcontains",
    "-in",
    "-notin",
    "-replace",
    "-split",
    "-join",
    "-is",
    "-isnot",
    "-as",
    "-and",
    "-or",
    "-xor",
    "-not",
    "-band",
    "-bor",
    "-bxor",
    "-shl",
    "-shr",
    "-f",
];

impl Parser<'_, '_> {
    /// Returns whether a value stands here and no command name.
    pub(super) fn at_expression(&self) -> bool {
        let Some(first) = self.peek() else { return false };
        if let Some(length) = self.dash_length().filter(|length| *length > 1) {
            return self.peek_at(length).is_some_and(|c| c.is_ascii_digit() || c == '$')
                || self.unary_word().is_some();
        }
        match first {
            c if super::quote_of(c).is_some() => true,
            '$' | '(' | '{' | '!' | ',' => true,
            '@' => self.peek_at(1).is_some_and(|c| "({'\"".contains(c)),
            '[' => self.at_type(),
            '0'..='9' => self.number_length().is_some(),
            '.' => {
                self.peek_at(1).is_some_and(|c| c.is_ascii_digit())
                    && self.number_length().is_some()
            }
            '-' | '+' => {
                self.starts_with("--")
                    || self.starts_with("++")
                    || self
                        .peek_at(1)
                        .is_some_and(|c| c.is_ascii_digit() || ".$(@['\"+-".contains(c))
                    || self.signed_behind_space()
                    || self.unary_word().is_some()
            }
            _ => false,
        }
    }

    /// Returns whether a sign stands here and a value behind white space: `- 5`.
    fn signed_behind_space(&self) -> bool {
        let behind = self.rest().get(1..).unwrap_or_default();
        let value = behind.trim_start_matches([' ', '\t']);
        value.len() < behind.len()
            && value.starts_with(|c: char| c.is_ascii_digit() || "$('\"".contains(c))
    }

    /// Returns whether a bare word such as `10.0.0.1` stands where a switch condition does.
    pub(super) fn at_bare_number_word(&self) -> bool {
        self.peek().is_some_and(|c| c.is_ascii_digit()) && self.number_length().is_none()
    }

    /// Reads a value with operators.
    pub(super) fn expression(&mut self) -> Parsed<Expression> {
        self.nested(|parser| parser.ternary(true))
    }

    /// Reads a value between commas of an argument list, where a comma separates.
    pub(super) fn without_commas(&mut self) -> Parsed<Expression> {
        self.nested(|parser| parser.ternary(false))
    }

    /// Reads a value, and what is chosen by it behind a question mark.
    fn ternary(&mut self, commas: bool) -> Parsed<Expression> {
        let start = self.at;
        let condition = self.binary(0, commas)?;
        let here = self.at;
        self.skip_space();
        if self.peek() != Some('?') || self.starts_with("??") {
            self.at = here;
            return Ok(condition);
        }
        self.at += 1;
        self.skip_lines();
        let first = self.nested(|parser| parser.ternary(commas))?;
        self.skip_lines();
        if !self.eat(":") {
            return self.unreadable();
        }
        self.skip_lines();
        let second = self.nested(|parser| parser.ternary(commas))?;
        let kind = ExpressionKind::Ternary(Box::new([condition, first, second]));
        Ok(Expression { kind, span: self.since(start) })
    }

    fn binary(&mut self, level: usize, commas: bool) -> Parsed<Expression> {
        if level == LEVELS {
            return if commas { self.array() } else { self.unary() };
        }
        let start = self.at;
        let mut left = self.binary(level + 1, commas)?;
        loop {
            let here = self.at;
            self.skip_space();
            let Some((operator, length)) = self.operator()? else {
                self.at = here;
                return Ok(left);
            };
            if operator.level() != level {
                self.at = here;
                return Ok(left);
            }
            self.at += length;
            self.skip_lines();
            let right = self.binary(level + 1, commas)?;
            let kind = ExpressionKind::Binary(operator, Box::new(left), Box::new(right));
            left = Expression { kind, span: self.since(start) };
        }
    }

    /// Returns the operator that stands here, and its length.
    fn operator(&mut self) -> Parsed<Option<(BinaryOperator, usize)>> {
        let rest = self.rest();
        let Some(first) = rest.chars().next() else { return Ok(None) };
        match first {
            '.' if rest.starts_with("..") => Ok(Some((BinaryOperator::Range, 2))),
            '+' | '*' | '/' | '%' if !rest.get(1..).is_some_and(|rest| rest.starts_with('=')) => {
                if rest.starts_with("++") || rest.starts_with("*>") {
                    return Ok(None);
                }
                Ok(BinaryOperator::of(&first.to_string()).map(|operator| (operator, 1)))
            }
            '?' if rest.starts_with("??") && !rest.starts_with("??=") => {
                Ok(Some((BinaryOperator::Coalesce, 2)))
            }
            '-' if rest.get(1..).is_some_and(|rest| rest.starts_with('=')) => Ok(None),
            dash if super::is_dash(dash) => {
                let dash = dash.len_utf8();
                let behind = rest.get(dash..).unwrap_or_default();
                let end = behind.find(|c: char| !c.is_alphanumeric()).unwrap_or(behind.len());
                if end == 0 || behind.starts_with(|c: char| c.is_ascii_digit()) {
                    let minus = Some((BinaryOperator::Subtract, dash));
                    return Ok(if rest.starts_with("--") { None } else { minus });
                }
                let plain = format!("-{}", behind.get(..end).unwrap_or_default());
                if let Some(operator) = BinaryOperator::of(&plain) {
                    return Ok(Some((operator, dash + end)));
                }
                let span = self.span(self.at..self.at + dash + end);
                let word = rest.get(..dash + end).unwrap_or_default();
                let help = dirsim_model::nearest(&plain, OPERATORS.iter().copied())
                    .map(|near| format!("did you mean `{near}`?"));
                let message = format!("unknown operator `{word}`");
                self.diagnostics.report(span, ScriptErrorCode::Syntax, message, help);
                Err(super::Broken)
            }
            _ => Ok(None),
        }
    }

    /// Reads `a, b`.
    fn array(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let first = self.unary()?;
        let mut items = vec![first];
        loop {
            let here = self.at;
            self.skip_space();
            if !self.eat(",") {
                self.at = here;
                break;
            }
            self.skip_lines();
            items.push(self.unary()?);
        }
        if items.len() == 1 {
            return items.pop().ok_or(super::Broken);
        }
        Ok(Expression { kind: ExpressionKind::Array(items), span: self.since(start) })
    }

    /// Returns the operator in front of one value that is written as a word, and its length.
    fn unary_word(&self) -> Option<(UnaryOperator, usize)> {
        let dash = self.dash_length()?;
        let behind = self.rest().get(dash..)?;
        let end = behind.find(|c: char| !c.is_alphanumeric()).unwrap_or(behind.len());
        let operator = match behind.get(..end)?.to_ascii_lowercase().as_str() {
            "not" => UnaryOperator::Not,
            "bnot" => UnaryOperator::BitNot,
            "split" | "isplit" | "csplit" => UnaryOperator::Split,
            "join" => UnaryOperator::Join,
            _ => return None,
        };
        Some((operator, dash + end))
    }

    fn unary(&mut self) -> Parsed<Expression> {
        self.skip_space();
        let start = self.at;
        let step = if self.starts_with("++") {
            Some(1)
        } else if self.starts_with("--") {
            Some(-1)
        } else {
            None
        };
        if let Some(by) = step {
            self.at += 2;
            self.skip_space();
            let target = Box::new(self.nested(Self::unary)?);
            let kind = ExpressionKind::Step { target, by, post: false };
            return Ok(Expression { kind, span: self.since(start) });
        }
        let sign = match self.peek() {
            Some('!') => Some((UnaryOperator::Not, 1)),
            Some(',') => Some((UnaryOperator::Comma, 1)),
            Some('+') => Some((UnaryOperator::Plus, 1)),
            Some(dash) if super::is_dash(dash) => {
                Some(self.unary_word().unwrap_or((UnaryOperator::Minus, dash.len_utf8())))
            }
            _ => None,
        };
        if let Some((operator, length)) = sign {
            self.at += length;
            self.skip_lines();
            let operand = self.nested(Self::unary)?;
            let kind = match (operator, operand.kind) {
                // A number with a sign is one number.
                (UnaryOperator::Minus, ExpressionKind::Integer(number, text)) => {
                    let text = format!("-{text}");
                    ExpressionKind::Integer(number.wrapping_neg(), text.into())
                }
                (UnaryOperator::Minus, ExpressionKind::Real(number, text)) => {
                    ExpressionKind::Real(-number, format!("-{text}").into())
                }
                (operator, kind) => ExpressionKind::Unary(
                    operator,
                    Box::new(Expression { kind, span: operand.span }),
                ),
            };
            return Ok(Expression { kind, span: self.since(start) });
        }
        if self.peek() == Some('[') && self.at_type() {
            return self.type_or_cast();
        }
        let first = self.primary_here()?;
        self.postfix_of(first, start, true)
    }

    /// Reads `[type]`, `[type]value` or `[type]::member`.
    fn type_or_cast(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let name = self.type_name()?;
        let type_end = self.at;
        if self.starts_with("::") {
            let kind = ExpressionKind::Type(name);
            let first = Expression { kind, span: self.since(start) };
            return self.postfix_of(first, start, false);
        }
        self.skip_space();
        let casts = match self.peek() {
            Some('$' | '(' | '"' | '\'' | '{' | '@' | '!' | '0'..='9') => true,
            Some('[') => self.at_type(),
            Some('-' | '+') => {
                self.at == type_end
                    && self.peek_at(1).is_some_and(|c| c.is_ascii_digit() || "$(".contains(c))
            }
            Some('.') => self.peek_at(1).is_some_and(|c| c.is_ascii_digit()),
            _ => false,
        };
        if !casts {
            self.at = type_end;
            let kind = ExpressionKind::Type(name);
            let first = Expression { kind, span: self.since(start) };
            return self.postfix_of(first, start, false);
        }
        let value = Box::new(self.nested(Self::unary)?);
        let kind = ExpressionKind::Cast(name, value);
        Ok(Expression { kind, span: self.since(start) })
    }

    /// Reads a value and the members, indexes and calls behind it.
    pub(super) fn postfix(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let first = self.primary_here()?;
        self.postfix_of(first, start, false)
    }

    /// Reads a value with its members where no operator may follow.
    pub(super) fn primary(&mut self) -> Parsed<Expression> {
        self.nested(Self::postfix)
    }

    /// Reads members, indexes and calls; `spaced` where a blank may stand behind the dot.
    fn postfix_of(&mut self, first: Expression, start: usize, spaced: bool) -> Parsed<Expression> {
        let mut value = first;
        loop {
            if spaced && let Some(blanks) = self.blanks_behind_dot() {
                self.at += 1 + blanks;
                let kind = self.member(value, false)?;
                value = Expression { kind, span: self.since(start) };
                continue;
            }
            let safe = self.starts_with("?.") || self.starts_with("?[");
            if safe {
                self.at += 1;
            }
            let kind = if self.starts_with("::") {
                self.at += 2;
                self.member(value, true)?
            } else if self.peek() == Some('.')
                && self.peek_at(1).is_some_and(|c| c.is_alphabetic() || "_$'\"(".contains(c))
            {
                self.at += 1;
                self.member(value, false)?
            } else if self.peek() == Some('[') {
                let opener = self.at;
                self.at += 1;
                self.skip_lines();
                let index = Box::new(self.expression()?);
                self.close(']', opener)?;
                ExpressionKind::Index(Box::new(value), index)
            } else if (self.starts_with("++") || self.starts_with("--")) && assignable(&value) {
                let by = if self.starts_with("++") { 1 } else { -1 };
                self.at += 2;
                let kind = ExpressionKind::Step { target: Box::new(value), by, post: true };
                return Ok(Expression { kind, span: self.since(start) });
            } else if safe {
                return self.unreadable();
            } else {
                return Ok(value);
            };
            value = Expression { kind, span: self.since(start) };
            if safe {
                let kind = ExpressionKind::IfPresent(Box::new(value));
                value = Expression { kind, span: self.since(start) };
            }
        }
    }

    /// Returns how many blanks stand between a dot and the name of a member behind it.
    fn blanks_behind_dot(&self) -> Option<usize> {
        let behind = self.rest().strip_prefix('.')?;
        let name = behind.trim_start_matches([' ', '\t']);
        (name.len() < behind.len() && name.starts_with(|c: char| c.is_alphabetic() || c == '_'))
            .then(|| behind.len() - name.len())
    }

    /// Reads the name behind a dot, and the arguments of a call.
    fn member(&mut self, target: Expression, of_type: bool) -> Parsed<ExpressionKind> {
        let start = self.at;
        let name = match self.peek() {
            Some('$') => self.variable()?,
            Some('\'' | '"' | '(') => self.primary_here()?,
            Some(c) if c.is_alphabetic() || c == '_' => {
                let word = self.word();
                self.at += word.len();
                let kind = ExpressionKind::Text(word.into());
                Expression { kind, span: self.since(start) }
            }
            _ => return self.unreadable(),
        };
        let (target, name) = (Box::new(target), Box::new(name));
        match self.peek() {
            Some('(') => {
                let arguments = self.arguments()?;
                Ok(ExpressionKind::Call { target, name, arguments, of_type })
            }
            // `.Where{…}` and `.ForEach{…}` need no parentheses.
            Some('{') => {
                let at = self.at;
                let block = self.block()?;
                let kind = ExpressionKind::ScriptBlock(Rc::new(block));
                let arguments = vec![Expression { kind, span: self.since(at) }];
                Ok(ExpressionKind::Call { target, name, arguments, of_type })
            }
            _ => Ok(ExpressionKind::Member { target, name, of_type }),
        }
    }

    pub(super) fn arguments(&mut self) -> Parsed<Vec<Expression>> {
        let opener = self.at;
        self.at += 1;
        let mut arguments = Vec::new();
        loop {
            self.skip_lines();
            if self.peek() == Some(')') {
                self.at += 1;
                return Ok(arguments);
            }
            if self.at >= self.text.len() {
                return self.never_closed(opener, ')');
            }
            arguments.push(self.without_commas()?);
            self.skip_lines();
            if !self.eat(",") {
                self.close(')', opener)?;
                return Ok(arguments);
            }
        }
    }

    fn primary_here(&mut self) -> Parsed<Expression> {
        let start = self.at;
        let kind = match self.peek() {
            Some('$') if self.peek_at(1) == Some('(') => {
                let opener = self.at + 1;
                self.at += 2;
                let statements = self.nested(|parser| parser.statements_until(')', opener))?;
                ExpressionKind::Sub(statements.into())
            }
            Some('$') => return self.variable(),
            Some('(') => {
                self.at += 1;
                self.skip_lines();
                let statement = self.statement()?;
                self.close(')', start)?;
                ExpressionKind::Paren(Box::new(statement))
            }
            Some('@') => match self.peek_at(1) {
                Some('(') => {
                    self.at += 2;
                    let opener = start + 1;
                    let statements = self.nested(|parser| parser.statements_until(')', opener))?;
                    ExpressionKind::List(statements.into())
                }
                Some('{') => ExpressionKind::Table(self.nested(Self::table)?),
                Some('\'' | '"') => return self.here_string(),
                _ => return self.unreadable(),
            },
            Some('{') => ExpressionKind::ScriptBlock(Rc::new(self.block()?)),
            Some(_) if self.quote() == Some('"') => return self.expandable_string(),
            Some(_) if self.quote() == Some('\'') => return self.verbatim_string(),
            Some('[') if self.at_type() => ExpressionKind::Type(self.type_name()?),
            Some('0'..='9' | '.') => return self.number(),
            _ => return self.unreadable(),
        };
        Ok(Expression { kind, span: self.since(start) })
    }

    /// Reads `@{ key = value; … }`.
    fn table(&mut self) -> Parsed<Vec<(Expression, Statement)>> {
        let opener = self.at + 1;
        self.at += 2;
        let mut pairs = Vec::new();
        loop {
            self.skip_separators();
            if self.eat("}") {
                return Ok(pairs);
            }
            if self.at >= self.text.len() {
                return self.never_closed(opener, '}');
            }
            let start = self.at;
            let key = if self.peek().is_some_and(|c| c.is_alphabetic() || c == '_') {
                let rest = self.rest();
                let end = rest
                    .find(|c: char| !(c.is_alphanumeric() || c == '_' || c == '-'))
                    .unwrap_or(rest.len());
                self.at += end;
                let kind = ExpressionKind::Text(rest.get(..end).unwrap_or_default().into());
                Expression { kind, span: self.since(start) }
            } else if self.at_expression() {
                self.unary()?
            } else {
                return self.unreadable();
            };
            self.skip_space();
            if !self.eat("=") {
                return if self.at >= self.text.len() || matches!(self.peek(), Some('\n' | '\r')) {
                    let span = self.since(start);
                    self.unclosed = Some(opener);
                    self.report(
                        span,
                        "a key of a hashtable has no value".to_owned(),
                        Some("write name = value".to_owned()),
                    )
                } else {
                    self.unreadable()
                };
            }
            self.skip_lines();
            let value = self.statement()?;
            pairs.push((key, value));
            self.skip_space();
            match self.peek() {
                Some('\n' | '\r' | ';' | '}') => {}
                None => return self.never_closed(opener, '}'),
                _ => return self.unreadable(),
            }
        }
    }
}

/// Returns whether `++` can follow a value.
fn assignable(value: &Expression) -> bool {
    matches!(
        value.kind,
        ExpressionKind::Variable(_) | ExpressionKind::Member { .. } | ExpressionKind::Index(..)
    )
}

impl StatementKind {
    /// Returns the value when a statement is one value and nothing else.
    pub(crate) fn as_value(&self) -> Option<&Expression> {
        match self {
            Self::Pipeline(pipeline) => match pipeline.stages.as_slice() {
                [crate::ast::Stage::Expression(value, redirections)] if redirections.is_empty() => {
                    Some(value)
                }
                _ => None,
            },
            _ => None,
        }
    }
}
