//! Pipelines, commands and their arguments.

use std::rc::Rc;

use super::{Parsed, Parser};
use crate::ast::{
    Callee, Command, Element, Expression, ExpressionKind, Pipeline, Redirection, Stage,
};

impl Parser<'_, '_> {
    /// Reads a pipeline; `first` is its first value when that is read already.
    pub(super) fn pipeline(&mut self, first: Option<Expression>, start: usize) -> Parsed<Pipeline> {
        let mut stages = Vec::new();
        match first {
            Some(value) => {
                let mut redirections = Vec::new();
                self.skip_space();
                while let Some(redirection) = self.redirection()? {
                    redirections.push(redirection);
                    self.skip_space();
                }
                stages.push(Stage::Expression(value, redirections));
            }
            None => stages.push(Stage::Command(self.command()?)),
        }
        loop {
            self.skip_space();
            // A pipe sign may also begin the next line.
            let here = self.at;
            if matches!(self.peek(), Some('\n' | '\r')) {
                self.skip_lines();
                if self.peek() != Some('|') || self.starts_with("||") {
                    self.at = here;
                    break;
                }
            }
            if self.starts_with("||") || !self.eat("|") {
                break;
            }
            self.skip_lines();
            stages.push(Stage::Command(self.command()?));
        }
        Ok(Pipeline { stages, span: self.since(start) })
    }

    fn command(&mut self) -> Parsed<Command> {
        let start = self.at;
        let operator = self.peek().filter(|c| {
            *c == '&' || (*c == '.' && self.peek_at(1).is_some_and(|c| " \t$({'\"".contains(c)))
        });
        let callee = if let Some(operator) = operator {
            self.at += 1;
            self.skip_space();
            let value = match self.peek() {
                Some('$' | '(' | '{' | '"' | '\'' | '@') => self.primary()?,
                _ => self.bare_word()?,
            };
            match value.kind {
                ExpressionKind::Text(name) => Callee::Name(name),
                _ => Callee::Value(Box::new(value), operator == '.'),
            }
        } else {
            Callee::Name(self.command_name()?)
        };
        let name_span = self.since(start);
        let mut elements: Vec<Element> = Vec::new();
        let mut redirections = Vec::new();
        loop {
            self.skip_space();
            match self.peek() {
                None | Some('\n' | '\r' | ';' | '|' | '}' | ')' | '&') => break,
                Some('<') if self.starts_with("<#") => return self.unreadable(),
                _ => {}
            }
            if let Some(redirection) = self.redirection()? {
                redirections.push(redirection);
                continue;
            }
            if self.starts_with("--%") {
                let span = self.span(self.at..self.at + 3);
                return self.not_supported(span, "`--%`", None);
            }
            if let Some(dash) = self.dash_length()
                && self.peek_at(dash).is_some_and(|c| c.is_alphabetic() || c == '_' || c == '?')
            {
                elements.push(self.parameter()?);
            } else if self.peek() == Some('@') && self.peek_at(1).is_some_and(char::is_alphabetic) {
                let at = self.at;
                let name = self.splatted();
                elements.push(Element::Splat(name, self.since(at)));
            } else {
                elements.push(Element::Value(self.argument_list()?));
            }
        }
        let span = self.since(start);
        let text: Rc<str> = self.text.get(span.start..span.end).unwrap_or_default().into();
        Ok(Command { callee, name_span, elements, redirections, span, text })
    }

    fn command_name(&mut self) -> Parsed<Rc<str>> {
        let rest = self.rest();
        let end = rest
            .find(|c: char| c.is_whitespace() || "(){};|&,'\"<>$@`".contains(c))
            .unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        if name.is_empty()
            || name.starts_with(['=', ']', '[', '\u{2018}', '\u{2019}', '\u{201C}', '\u{201D}'])
            || name.chars().any(|c| matches!(c, '\u{2018}'..='\u{201F}' | '\u{2013}'..='\u{2015}'))
        {
            return self.unreadable();
        }
        self.at += end;
        Ok(name.into())
    }

    fn parameter(&mut self) -> Parsed<Element> {
        let start = self.at;
        self.at += self.dash_length().unwrap_or(0);
        let rest = self.rest();
        let end = rest
            .find(|c: char| c.is_whitespace() || "(){};|&,:.[]'\"`$<>".contains(c))
            .unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default();
        let plain = |c: char| c.is_alphanumeric() || matches!(c, '_' | '?' | '-');
        if !name.chars().all(plain) {
            self.at = start;
            return self.unreadable();
        }
        self.at += end;
        let span = self.since(start);
        let mut attached = None;
        if self.eat(":") {
            self.skip_space();
            attached = Some(self.argument_list()?);
        }
        Ok(Element::Parameter { name: name.into(), span, attached })
    }

    /// Reads an argument, or several with commas between them.
    fn argument_list(&mut self) -> Parsed<Expression> {
        let start = self.at;
        if self.peek() == Some(',') {
            // A comma in front makes a list of one.
            let value = self.nested(Self::comma_expression)?;
            return Ok(value);
        }
        let first = self.argument()?;
        let mut items = vec![first];
        loop {
            let here = self.at;
            self.skip_space();
            if !self.eat(",") {
                self.at = here;
                break;
            }
            self.skip_lines();
            items.push(self.argument()?);
        }
        if items.len() == 1 {
            return items.pop().ok_or(super::Broken);
        }
        Ok(Expression { kind: ExpressionKind::Array(items), span: self.since(start) })
    }

    fn comma_expression(&mut self) -> Parsed<Expression> {
        self.expression()
    }

    fn argument(&mut self) -> Parsed<Expression> {
        let start = self.at;
        match self.peek() {
            Some('$') => {
                if !self.peek_at(1).is_some_and(|c| c.is_alphanumeric() || "_{(?$^".contains(c)) {
                    return self.bare_word();
                }
                let errors = self.diagnostics.mark();
                let value = self.nested(Self::postfix)?;
                // What goes on behind a variable makes a text of the whole word.
                if self.at_word_end() {
                    return Ok(value);
                }
                self.diagnostics.rewind(errors);
                self.at = start;
                self.bare_word()
            }
            Some('(' | '{') => self.nested(Self::postfix),
            Some('@') if self.peek_at(1).is_some_and(|c| "({'\"".contains(c)) => {
                self.nested(Self::postfix)
            }
            Some(c) if super::quote_of(c).is_some() => self.nested(Self::postfix),
            Some('[') if self.at_type() => self.bare_word(),
            Some(')' | '}' | '|' | ';' | '&' | ',') | None => self.unreadable(),
            _ => self.bare_word(),
        }
    }

    /// Returns whether a word cannot go on here.
    fn at_word_end(&self) -> bool {
        self.peek().is_none_or(|c| {
            c.is_whitespace()
                || "(){};|&,<>".contains(c)
                || (c == '`' && self.peek_at(1).is_some_and(char::is_whitespace))
        })
    }

    /// Reads `> file`, `2>&1` and their kind.
    fn redirection(&mut self) -> Parsed<Option<Redirection>> {
        let rest = self.rest();
        let (stream, marks) = match rest.chars().next() {
            Some('*') if rest.starts_with("*>") => (0, 1),
            Some(digit @ '1'..='6') if rest.get(1..).is_some_and(|rest| rest.starts_with('>')) => {
                (u8::try_from(u32::from(digit) - u32::from('0')).unwrap_or(1), 1)
            }
            Some('>') => (1, 0),
            _ => return Ok(None),
        };
        self.at += marks + 1;
        if self.eat("&1") {
            return Ok(Some(Redirection { stream, target: None }));
        }
        let append = self.eat(">");
        self.skip_space();
        let file = self.argument()?;
        Ok(Some(Redirection { stream, target: Some((file, append)) }))
    }
}
