//! `enum` and `class`.

use std::rc::Rc;

use super::{Parsed, Parser};
use crate::ast::{ExpressionKind, Method, Property, StatementKind, TypeDefinition, TypeKind};

impl Parser<'_, '_> {
    /// Reads `enum Name { A; B = 2 }`.
    pub(super) fn enum_statement(&mut self) -> Parsed<StatementKind> {
        self.at += "enum".len();
        let (name, name_span) = self.type_definition_name()?;
        self.skip_lines();
        if self.eat(":") {
            // The kind of number behind the words changes nothing that a script sees.
            self.skip_space();
            self.at += self.word().len();
            self.skip_lines();
        }
        let opener = self.at;
        if !self.eat("{") {
            return self.unreadable();
        }
        let mut words: Vec<(Rc<str>, i64)> = Vec::new();
        let mut next = 0;
        loop {
            self.skip_separators();
            if self.eat("}") {
                break;
            }
            if self.at >= self.text.len() {
                return self.never_closed(opener, '}');
            }
            let word = self.word();
            if word.is_empty() {
                return self.unreadable();
            }
            self.at += word.len();
            self.skip_space();
            if self.eat("=") {
                self.skip_space();
                let start = self.at;
                let value = self.without_commas()?;
                let ExpressionKind::Integer(number, _) = value.kind else {
                    let span = self.since(start);
                    return self.not_supported(span, "a computed value of an enumeration", None);
                };
                next = number;
            }
            words.push((word.into(), next));
            next = next.wrapping_add(1);
        }
        let kind = TypeKind::Enumeration(words);
        Ok(StatementKind::Type(Rc::new(TypeDefinition { name, name_span, kind })))
    }

    /// Reads `class Name : Base { properties and methods }`.
    pub(super) fn class_statement(&mut self) -> Parsed<StatementKind> {
        self.at += "class".len();
        let (name, name_span) = self.type_definition_name()?;
        self.skip_lines();
        let mut base = None;
        if self.eat(":") {
            self.skip_lines();
            let start = self.at;
            let word = self.word();
            if word.is_empty() {
                return self.unreadable();
            }
            self.at += word.len();
            base = Some((Rc::from(word), self.since(start)));
            self.skip_lines();
            if matches!(self.peek(), Some('.' | ',' | '[')) {
                let span = self.since(start);
                return self.not_supported(span, "interfaces and .NET classes as base", None);
            }
        }
        let opener = self.at;
        if !self.eat("{") {
            return self.unreadable();
        }
        let (mut properties, mut methods) = (Vec::new(), Vec::new());
        loop {
            self.skip_separators();
            if self.eat("}") {
                break;
            }
            if self.at >= self.text.len() {
                return self.never_closed(opener, '}');
            }
            self.nested(|parser| parser.class_member(&name, &mut properties, &mut methods))?;
        }
        let kind = TypeKind::Class { base, properties, methods };
        Ok(StatementKind::Type(Rc::new(TypeDefinition { name, name_span, kind })))
    }

    fn type_definition_name(&mut self) -> Parsed<(Rc<str>, crate::diagnostic::Span)> {
        self.skip_lines();
        let start = self.at;
        let name: Rc<str> = self.word().into();
        if name.is_empty() {
            return self.unreadable();
        }
        self.at += name.len();
        Ok((name, self.since(start)))
    }

    fn class_member(
        &mut self,
        class: &Rc<str>,
        properties: &mut Vec<Property>,
        methods: &mut Vec<Method>,
    ) -> Parsed<()> {
        let start = self.at;
        let (mut of_type, mut hidden, mut type_name) = (false, false, None);
        loop {
            self.skip_lines();
            if self.eat_word("static") {
                of_type = true;
            } else if self.eat_word("hidden") {
                hidden = true;
            } else if self.peek() == Some('[') {
                let here = self.at;
                if type_name.is_some() {
                    return self.unreadable();
                }
                let end = self.type_name_length();
                if self.peek_at(end) == Some('(') {
                    let span = self.span(here..here + end);
                    return self.not_supported(span, "attributes within classes", None);
                }
                type_name = Some(self.type_name()?);
            } else {
                break;
            }
        }
        if self.peek() == Some('$') {
            let variable = self.variable()?;
            let name: Rc<str> =
                self.text.get(variable.span.start + 1..variable.span.end).unwrap_or("").into();
            if hidden {
                return self.not_supported(variable.span, "hidden properties", None);
            }
            self.skip_space();
            let default = if self.eat("=") {
                self.skip_lines();
                Some(self.without_commas()?)
            } else {
                None
            };
            properties.push(Property { name, type_name, default, of_type });
            return Ok(());
        }
        let name: Rc<str> = self.word().into();
        if name.is_empty() {
            return self.unreadable();
        }
        self.at += name.len();
        self.skip_space();
        if self.peek() != Some('(') {
            return self.unreadable();
        }
        let (parameters, _) = self.parameter_list()?;
        self.skip_lines();
        let constructor = name.eq_ignore_ascii_case(class);
        let mut base_arguments = None;
        if constructor && self.eat(":") {
            self.skip_lines();
            if !self.eat_word("base") {
                return self.unreadable();
            }
            self.skip_space();
            if self.peek() != Some('(') {
                return self.unreadable();
            }
            base_arguments = Some(self.arguments()?);
            self.skip_lines();
        }
        let mut block = self.block()?;
        block.parameters = Some(parameters);
        let span = self.since(start);
        let block = Rc::new(block);
        methods.push(Method { name, span, of_type, constructor, type_name, block, base_arguments });
        Ok(())
    }
}
