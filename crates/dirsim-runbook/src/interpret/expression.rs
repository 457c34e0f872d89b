//! Expressions and their values.

use std::rc::Rc;

use crate::ast::{
    BinaryOperator, Comparison, Expression, ExpressionKind, Part, TypeName, UnaryOperator,
};
use crate::live::{Closure, Live, LiveObject, Table, TableKind};
use crate::operators::regex::Pattern;
use crate::operators::{self, regex};
use crate::session::Session;
use crate::stop::{Run, Stop};
use crate::{members, types};

impl Session<'_> {
    /// Returns the value of an expression.
    pub(crate) fn evaluate(&mut self, expression: &Expression) -> Run<Live> {
        stacker::maybe_grow(128 * 1024, 2 * 1024 * 1024, || self.evaluate_here(expression))
    }

    fn evaluate_here(&mut self, expression: &Expression) -> Run<Live> {
        match &expression.kind {
            ExpressionKind::Null => Ok(Live::Null),
            ExpressionKind::Boolean(truth) => Ok(Live::Bool(*truth)),
            ExpressionKind::Integer(number, text) => Ok(integer(*number, text)),
            ExpressionKind::Real(number, text) => Ok(real(*number, text)),
            ExpressionKind::Text(text) => Ok(Live::Text(Rc::clone(text))),
            ExpressionKind::Array(items) => {
                let mut values = Vec::with_capacity(items.len());
                for item in items {
                    values.push(self.evaluate(item)?.settled());
                }
                self.state.budget.charge(values.len() * crate::limits::ITEM_BYTES)?;
                Ok(Live::array(values))
            }
            ExpressionKind::Table(pairs) => self.table(pairs, TableKind::Hash),
            ExpressionKind::ScriptBlock(block) => {
                Ok(Live::Block(Rc::new(Closure { block: Rc::clone(block), variables: Vec::new() })))
            }
            ExpressionKind::Expandable(parts) => {
                let mut text = String::new();
                for part in parts {
                    match part {
                        Part::Text(part) => text.push_str(part),
                        Part::Value(value) => {
                            let value = self.evaluate(value)?;
                            text.push_str(&self.interpolated(&value));
                        }
                    }
                }
                self.state.budget.charge(text.len())?;
                Ok(Live::text(text))
            }
            ExpressionKind::Variable(variable) => {
                if variable.scope.as_deref() == Some("function") {
                    return Ok(self.state.functions.get(&*variable.name).map_or(Live::Null, |f| {
                        Live::Block(Rc::new(Closure {
                            block: Rc::clone(&f.block),
                            variables: Vec::new(),
                        }))
                    }));
                }
                Ok(self.state.get(variable).unwrap_or(Live::Null))
            }
            ExpressionKind::List(body) => {
                let values = match &**body {
                    // An array in the brackets is that array, not a list of one.
                    [only] if only.kind.as_value().is_some() => {
                        match self.statement_value(only)? {
                            Live::Null => vec![Live::Null],
                            other => other.into_items(),
                        }
                    }
                    _ => self.capture(|session| session.body_strict(body))?,
                };
                self.state.budget.charge(values.len() * crate::limits::ITEM_BYTES)?;
                Ok(Live::array(values))
            }
            ExpressionKind::Sub(body) => {
                let values = self.capture(|session| session.body_strict(body))?;
                Ok(Live::of_many(values))
            }
            ExpressionKind::Paren(statement) => self.statement_value(statement),
            ExpressionKind::Type(name) => Ok(Live::Type(Rc::new(name.clone()))),
            ExpressionKind::Cast(name, value) => self.cast(name, value),
            ExpressionKind::Member { target, name, of_type } => {
                let target_value = self.evaluate(target)?;
                let name = self.evaluate(name)?;
                if *of_type && let Live::Type(type_name) = &target_value {
                    return members::statics::get(self, type_name, &name.to_text());
                }
                self.member(&target_value, &name)
            }
            ExpressionKind::Call { target, name, arguments, of_type } => {
                let target_value = self.evaluate(target)?;
                let name = self.evaluate(name)?;
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.evaluate(argument)?.settled());
                }
                if *of_type && let Live::Type(type_name) = &target_value {
                    let name = name.to_text();
                    if name.eq_ignore_ascii_case("TryParse")
                        && let Some(reference) = arguments.iter().rev().find_map(referenced)
                    {
                        return self.try_parse(type_name, reference, &values);
                    }
                    return members::statics::call(self, type_name, &name, values);
                }
                self.call_method(&target_value, &name.to_text(), values)
            }
            ExpressionKind::Ternary(parts) => {
                let [condition, first, second] = &**parts;
                let chosen = if self.evaluate(condition)?.truth() { first } else { second };
                self.evaluate(chosen)
            }
            ExpressionKind::IfPresent(access) => self.if_present(access),
            ExpressionKind::Index(target, index) => {
                let target = self.evaluate(target)?;
                let index = self.evaluate(index)?;
                self.index(&target, &index)
            }
            ExpressionKind::Binary(operator, left, right) => self.binary(*operator, left, right),
            ExpressionKind::Unary(operator, value) => {
                let value = self.evaluate(value)?;
                if let (UnaryOperator::Comma, Live::Nothing) = (operator, &value) {
                    return Ok(Live::array(vec![Live::Null]));
                }
                operators::unary(*operator, &value, &mut self.state.budget)
            }
            ExpressionKind::Step { target, by, post } => {
                let before = self.evaluate(target)?;
                let step = Live::Int(i32::from(*by));
                let before = if before.is_null() { Live::Int(0) } else { before };
                if !operators::number::is_number(&before) {
                    return Err(Stop::runtime(
                        "OperatorRequiresNumber",
                        format!(
                            "The '{}' operator works only on numbers. The operand is a '{}'.",
                            if *by > 0 { "++" } else { "--" },
                            before.type_name()
                        ),
                    ));
                }
                let after =
                    operators::binary(BinaryOperator::Add, &before, &step, &mut self.state.budget)?;
                self.assign_to(target, after.clone())?;
                Ok(if *post { before } else { after })
            }
        }
    }

    /// Carries out `[type]::TryParse($text, [ref]$result)`.
    fn try_parse(
        &mut self,
        type_name: &TypeName,
        reference: &Expression,
        values: &[Live],
    ) -> Run<Live> {
        let first = values.first().cloned().unwrap_or(Live::Null);
        // A text without anything in it is no number to TryParse, though a cast takes it for zero.
        let parsed = match &first {
            Live::Text(text) if text.trim().is_empty() => None,
            Live::Null | Live::Nothing => None,
            text => self.cast_to(type_name, text).ok(),
        };
        let done = parsed.is_some();
        let value = parsed.unwrap_or_else(|| super::call::default_of(type_name));
        self.assign_to(reference, value)?;
        Ok(Live::Bool(done))
    }

    /// Returns what an access gives, or null when what it accesses is null.
    fn if_present(&mut self, access: &Expression) -> Run<Live> {
        let (ExpressionKind::Member { target, .. }
        | ExpressionKind::Call { target, .. }
        | ExpressionKind::Index(target, _)) = &access.kind
        else {
            return self.evaluate(access);
        };
        let value = self.evaluate(target)?;
        if value.is_null() {
            return Ok(Live::Null);
        }
        match &access.kind {
            ExpressionKind::Member { name, .. } => {
                let name = self.evaluate(name)?;
                self.member(&value, &name)
            }
            ExpressionKind::Call { name, arguments, .. } => {
                let name = self.evaluate(name)?;
                let mut values = Vec::with_capacity(arguments.len());
                for argument in arguments {
                    values.push(self.evaluate(argument)?.settled());
                }
                self.call_method(&value, &name.to_text(), values)
            }
            ExpressionKind::Index(_, index) => {
                let index = self.evaluate(index)?;
                self.index(&value, &index)
            }
            _ => Ok(Live::Null),
        }
    }

    /// Returns the text of a value within a text.
    fn interpolated(&self, value: &Live) -> String {
        match value {
            Live::Seq(_) => {
                let separator =
                    self.state.get_name("ofs").map_or_else(|| " ".to_owned(), |ofs| ofs.to_text());
                let parts: Vec<String> =
                    value.clone().into_items().iter().map(Live::to_text).collect();
                parts.join(&separator)
            }
            other => other.to_text(),
        }
    }

    /// Carries out statements whose first error ends them all, as within an expression.
    fn body_strict(&mut self, body: &[crate::ast::Statement]) -> Run<()> {
        self.body(body)
    }

    fn table(
        &mut self,
        pairs: &[(Expression, crate::ast::Statement)],
        kind: TableKind,
    ) -> Run<Live> {
        let table = Table::new(kind);
        for (key, value) in pairs {
            let key = self.evaluate(key)?.settled();
            let value = self.statement_value(value)?.settled();
            self.state.budget.charge(64)?;
            let text = key.to_text();
            if !table.set(key, value) {
                return Err(Stop::runtime(
                    "DuplicateKeyInHashLiteral",
                    format!("Duplicate keys '{text}' are not allowed in hash literals."),
                ));
            }
        }
        Ok(Live::Table(Rc::new(table)))
    }

    fn cast(&mut self, name: &TypeName, value: &Expression) -> Run<Live> {
        let full = types::resolve(&name.name);
        if let ExpressionKind::Table(pairs) = &value.kind {
            match full {
                Some("System.Collections.Specialized.OrderedDictionary") => {
                    return self.table(pairs, TableKind::Ordered);
                }
                Some("System.Management.Automation.PSCustomObject") => {
                    let table = self.table(pairs, TableKind::Ordered)?;
                    let object = LiveObject::custom();
                    if let Live::Table(table) = table {
                        for (key, value) in table.pairs() {
                            let key = key.to_text();
                            if key.eq_ignore_ascii_case("PSTypeName") {
                                let named = LiveObject::new(value.to_text());
                                for (name, value) in object.properties() {
                                    named.put(&name, value);
                                }
                                return Ok(Live::Object(Rc::new(named)));
                            }
                            object.put(&key, value);
                        }
                    }
                    return Ok(Live::Object(Rc::new(object)));
                }
                _ => {}
            }
        }
        let value = self.evaluate(value)?;
        self.cast_to(name, &value)
    }

    fn binary(
        &mut self,
        operator: BinaryOperator,
        left: &Expression,
        right: &Expression,
    ) -> Run<Live> {
        let left = self.evaluate(left)?;
        match operator {
            BinaryOperator::And if !left.truth() => return Ok(Live::Bool(false)),
            BinaryOperator::Or if left.truth() => return Ok(Live::Bool(true)),
            BinaryOperator::Coalesce if !left.is_null() => return Ok(left),
            BinaryOperator::Coalesce => return self.evaluate(right),
            _ => {}
        }
        let right = self.evaluate(right)?;
        match operator {
            BinaryOperator::Is | BinaryOperator::IsNot | BinaryOperator::As => {
                let name = match &right {
                    Live::Type(name) => Rc::clone(name),
                    Live::Text(text) => Rc::new(TypeName {
                        name: Rc::clone(text),
                        arguments: Vec::new(),
                        array: false,
                        span: crate::diagnostic::Span::default(),
                    }),
                    _ => {
                        return Err(Stop::runtime(
                            "IsOperatorRequiresType",
                            "The right operand of '-is' must be a type.",
                        ));
                    }
                };
                Ok(match operator {
                    BinaryOperator::Is => Live::Bool(types::is(&left, &name)),
                    BinaryOperator::IsNot => Live::Bool(!types::is(&left, &name)),
                    _ => self.cast_to(&name, &left).unwrap_or(Live::Null),
                })
            }
            BinaryOperator::Compare(
                comparison @ (Comparison::Match | Comparison::NotMatch),
                case,
            ) if !matches!(left, Live::Seq(_)) => {
                let pattern = regex::compile(&right.to_text(), case)?;
                let text = left.to_text();
                let found = self.remember_matches(&pattern, &text)?;
                Ok(Live::Bool(found == (comparison == Comparison::Match)))
            }
            BinaryOperator::Compare(Comparison::Split, _) if matches!(right, Live::Block(_)) => {
                self.split_by_block(&left, &right)
            }
            BinaryOperator::Compare(Comparison::Replace, case) if matches!(&right, Live::Seq(seq) if matches!(seq.items.borrow().get(1), Some(Live::Block(_)))) => {
                self.replace_by_block(&left, &right, case)
            }
            _ => operators::binary(operator, &left, &right, &mut self.state.budget),
        }
    }

    fn split_by_block(&mut self, left: &Live, right: &Live) -> Run<Live> {
        let Live::Block(block) = right else { return Ok(left.clone()) };
        let mut parts = vec![String::new()];
        for c in left.to_text().chars() {
            let values = self.capture(|session| session.in_place(block, Some(Live::Char(c))))?;
            if Live::of_many(values).truth() {
                parts.push(String::new());
            } else if let Some(part) = parts.last_mut() {
                part.push(c);
            }
        }
        Ok(Live::array(parts.into_iter().map(Live::from).collect()))
    }

    fn replace_by_block(&mut self, left: &Live, right: &Live, case: bool) -> Run<Live> {
        let arguments = right.clone().into_arguments();
        let (Some(pattern), Some(Live::Block(block))) = (arguments.first(), arguments.get(1))
        else {
            return Ok(left.clone());
        };
        let pattern = regex::compile(&pattern.to_text(), case)?;
        let text = left.to_text();
        let mut out = String::new();
        let mut from = 0;
        for found in pattern.all(&text)? {
            let Some(whole) = found.get(0) else { continue };
            out.push_str(text.get(from..whole.start()).unwrap_or_default());
            let value = members::regex::match_object(&pattern, &found);
            let values = self.capture(|session| session.in_place(block, Some(value)))?;
            out.push_str(&Live::of_many(values).to_text());
            from = whole.end();
        }
        out.push_str(text.get(from..).unwrap_or_default());
        self.state.budget.charge(out.len())?;
        Ok(Live::text(out))
    }

    /// Matches, and keeps what was found in `$Matches`.
    pub(super) fn remember_matches(&mut self, pattern: &Pattern, text: &str) -> Run<bool> {
        let Some(found) = pattern.first(text)? else { return Ok(false) };
        let table = Table::new(TableKind::Hash);
        for (number, name) in pattern.names().into_iter().enumerate() {
            if let Some(group) = found.get(number) {
                let key = name.map_or_else(|| Live::count(number), Live::from);
                table.set(key, Live::text(group.as_str()));
            }
        }
        self.state.set_local("matches", Live::Table(Rc::new(table)));
        Ok(true)
    }
}

/// Returns what `[ref]` stands in front of.
fn referenced(argument: &Expression) -> Option<&Expression> {
    match &argument.kind {
        ExpressionKind::Cast(name, inner) if name.name.eq_ignore_ascii_case("ref") => Some(inner),
        _ => None,
    }
}

/// Returns a number with a fraction in the kind that its spelling asks for: `1.5d` is a decimal one.
pub(crate) fn real(number: f64, text: &str) -> Live {
    let lower = text.to_ascii_lowercase();
    match lower.strip_suffix('d').and_then(|digits| digits.parse().ok()) {
        Some(exact) => Live::Decimal(exact),
        None => Live::Double(number),
    }
}

/// Returns a whole number in the kind that its spelling asks for.
fn integer(number: i64, text: &str) -> Live {
    let lower = text.to_ascii_lowercase();
    let unit = ["kb", "mb", "gb", "tb", "pb"].iter().find_map(|unit| lower.strip_suffix(unit));
    if unit.unwrap_or(&lower).ends_with('l') {
        return Live::Long(number);
    }
    Live::whole(number)
}
