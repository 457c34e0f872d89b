//! Statements and the blocks between braces.

use std::rc::Rc;

use super::{Broken, Parsed, Parser};
use crate::ast::{
    BinaryOperator, Block, Body, ChainOperator, Expression, ExpressionKind, Function, Pipeline,
    Stage, Statement, StatementKind, Switch, SwitchMode, Trap, TypeName,
};

/// Operators of assignment and what they do first.
const ASSIGNMENTS: &[(&str, Option<BinaryOperator>)] = &[
    ("??=", Some(BinaryOperator::Coalesce)),
    ("+=", Some(BinaryOperator::Add)),
    ("-=", Some(BinaryOperator::Subtract)),
    ("*=", Some(BinaryOperator::Multiply)),
    ("/=", Some(BinaryOperator::Divide)),
    ("%=", Some(BinaryOperator::Remainder)),
    ("=", None),
];

impl Parser<'_, '_> {
    /// Reads one statement.
    pub(super) fn statement(&mut self) -> Parsed<Statement> {
        self.nested(Self::statement_here)
    }

    fn statement_here(&mut self) -> Parsed<Statement> {
        let start = self.at;
        let label = self.label();
        let kind = self.statement_kind(label, start)?;
        Ok(Statement { kind, span: self.since(start) })
    }

    fn label(&mut self) -> Option<Rc<str>> {
        if self.peek() != Some(':') || !self.peek_at(1).is_some_and(char::is_alphabetic) {
            return None;
        }
        self.at += 1;
        let name: Rc<str> = self.word().to_lowercase().into();
        self.at += self.word().len();
        self.skip_lines();
        Some(name)
    }

    fn statement_kind(&mut self, label: Option<Rc<str>>, start: usize) -> Parsed<StatementKind> {
        let word = self.word().to_ascii_lowercase();
        let behind = self.rest().get(word.len()..).and_then(|rest| rest.chars().next());
        if word.is_empty() || matches!(behind, Some('-' | '\\' | '.')) {
            return self.pipeline_statement(start);
        }
        let opens = self
            .rest()
            .get(word.len()..)
            .is_some_and(|rest| rest.trim_start().starts_with(['(', '-']));
        match word.as_str() {
            "if" => self.if_statement(),
            "switch" => self.switch_statement(label),
            "foreach" if opens => self.foreach_statement(label),
            "for" => self.for_statement(label),
            "while" => self.while_statement(label),
            "do" => self.do_statement(label),
            "function" | "filter" => self.function_statement(),
            "break" | "continue" => self.jump(),
            "return" | "throw" | "exit" => self.leave(),
            "try" => self.try_statement(),
            "using" => self.using_statement(start),
            "class" if self.names_type() => self.class_statement(),
            "enum" if self.names_type() => self.enum_statement(),
            "trap" => self.trap_statement(),
            "data" if self.opens_data() => Ok(self.unsupported("`data` sections")),
            "workflow" | "parallel" | "sequence" | "inlinescript" => {
                Ok(self.unsupported("workflows"))
            }
            "configuration" => Ok(self.unsupported("configurations")),
            "param" | "dynamicparam" => Ok(self.unsupported("`param` behind other statements")),
            _ => self.pipeline_statement(start),
        }
    }

    /// Returns whether the name of a type stands behind `class` or `enum`.
    fn names_type(&self) -> bool {
        let behind = self.rest().get(self.word().len()..).unwrap_or_default();
        behind.starts_with(char::is_whitespace)
            && behind.trim_start().starts_with(|c: char| c.is_alphabetic() || c == '_')
    }

    /// Returns whether `data {` or `data name {` stands here.
    fn opens_data(&self) -> bool {
        let behind = self.rest().get("data".len()..).unwrap_or_default().trim_start();
        let name = behind.find(|c: char| !c.is_alphanumeric()).unwrap_or(behind.len());
        behind.get(name..).is_some_and(|rest| rest.trim_start().starts_with('{'))
    }

    /// Names what dirsim does not run, and goes behind it, so that what follows is read as well.
    fn unsupported(&mut self, what: &str) -> StatementKind {
        let start = self.at;
        let span = self.span(self.at..self.at + self.word().len());
        let _: Parsed<()> = self.not_supported(span, what, None);
        self.skip_construct();
        nothing(self.since(start))
    }

    /// Goes behind the next pair of brackets, or to the end of the line when none opens there.
    fn skip_construct(&mut self) {
        let mut open: Vec<char> = Vec::new();
        while let Some(c) = self.peek() {
            let errors = self.diagnostics.mark();
            match c {
                '#' => self.skip_space(),
                c if super::quote_of(c).is_some() => {
                    let text = if super::quote_of(c) == Some('"') {
                        self.expandable_string()
                    } else {
                        self.verbatim_string()
                    };
                    if text.is_err() {
                        // The quote is reported where it stands.
                        self.diagnostics.rewind(errors);
                        self.at += 1;
                    }
                    continue;
                }
                '`' => self.at += 1,
                '{' => open.push('}'),
                '(' => open.push(')'),
                '}' | ')' => {
                    if open.is_empty() {
                        return;
                    }
                    open.pop();
                    if open.is_empty() && c == '}' {
                        self.at += 1;
                        return;
                    }
                }
                '\n' | ';' if open.is_empty() => {
                    // The bracket may open on the next line.
                    let here = self.at;
                    self.skip_lines();
                    if self.peek() == Some('{') {
                        continue;
                    }
                    self.at = here;
                    return;
                }
                _ => {}
            }
            self.at += self.peek().map_or(0, char::len_utf8);
        }
    }

    /// Reads a pipeline, an assignment, or several joined by `&&` and `||`.
    fn pipeline_statement(&mut self, start: usize) -> Parsed<StatementKind> {
        let mut kind = self.pipeline_or_assignment()?;
        loop {
            self.skip_space();
            let operator = if self.eat("&&") {
                ChainOperator::And
            } else if self.eat("||") {
                ChainOperator::Or
            } else {
                break;
            };
            let first = Statement { kind, span: self.since(start) };
            self.skip_lines();
            let second_start = self.at;
            let second = self.pipeline_or_assignment()?;
            let second = Statement { kind: second, span: self.since(second_start) };
            kind = StatementKind::Chain(Box::new(first), operator, Box::new(second));
        }
        if self.peek() == Some('&') {
            let span = self.span(self.at..self.at + 1);
            let _: Parsed<()> = self.not_supported(span, "background jobs", None);
            self.at += 1;
        }
        Ok(kind)
    }

    fn pipeline_or_assignment(&mut self) -> Parsed<StatementKind> {
        let start = self.at;
        if !self.at_expression() {
            return self.pipeline(None, start).map(StatementKind::Pipeline);
        }
        let first = self.expression()?;
        self.skip_space();
        for (mark, operator) in ASSIGNMENTS {
            if self.starts_with(mark) {
                if !assignable(&first) {
                    return self.unreadable();
                }
                self.at += mark.len();
                self.skip_lines();
                let value = Box::new(self.statement()?);
                return Ok(StatementKind::Assign { target: first, operator: *operator, value });
            }
        }
        self.pipeline(Some(first), start).map(StatementKind::Pipeline)
    }

    /// Reads `( statement )`, the condition of something.
    fn condition(&mut self) -> Parsed<Statement> {
        self.skip_lines();
        let opener = self.at;
        if !self.eat("(") {
            return self.unreadable();
        }
        self.skip_lines();
        let statement = self.statement()?;
        self.close(')', opener)?;
        Ok(statement)
    }

    /// Reads `{ statements }`.
    pub(super) fn body(&mut self) -> Parsed<Body> {
        self.skip_lines();
        let opener = self.at;
        if !self.eat("{") {
            return self.unreadable();
        }
        let statements = self.statements_until('}', opener)?;
        Ok(statements.into())
    }

    /// Reads statements up to a closing bracket, and goes behind it.
    pub(super) fn statements_until(
        &mut self,
        close: char,
        opener: usize,
    ) -> Parsed<Vec<Statement>> {
        let mut statements = Vec::new();
        loop {
            self.skip_separators();
            if self.peek() == Some(close) {
                self.at += close.len_utf8();
                return Ok(statements);
            }
            if self.at >= self.text.len() {
                return self.never_closed(opener, close);
            }
            let statement = self.statement()?;
            let ends = ends_in_block(&statement.kind);
            statements.push(statement);
            self.skip_space();
            match self.peek() {
                Some('\n' | '\r' | ';') => {}
                Some(c) if c == close => {}
                Some(_) if ends => {}
                Some('}' | ')') | None => return self.never_closed(opener, close),
                _ => return self.unreadable(),
            }
        }
    }

    fn if_statement(&mut self) -> Parsed<StatementKind> {
        self.at += 2;
        let mut clauses = vec![(self.condition()?, self.body()?)];
        loop {
            let here = self.at;
            self.skip_lines();
            if self.eat_word("elseif") {
                clauses.push((self.condition()?, self.body()?));
            } else if self.eat_word("else") {
                let otherwise = Some(self.body()?);
                return Ok(StatementKind::If { clauses, otherwise });
            } else {
                self.at = here;
                return Ok(StatementKind::If { clauses, otherwise: None });
            }
        }
    }

    fn switch_statement(&mut self, label: Option<Rc<str>>) -> Parsed<StatementKind> {
        self.at += "switch".len();
        let (mut mode, mut case_sensitive) = (SwitchMode::Exact, false);
        loop {
            self.skip_lines();
            if self.peek() != Some('-') {
                break;
            }
            let start = self.at;
            self.at += 1;
            let word = self.word().to_ascii_lowercase();
            self.at += word.len();
            match word.as_str() {
                "regex" => mode = SwitchMode::Regex,
                "wildcard" => mode = SwitchMode::Wildcard,
                "exact" => mode = SwitchMode::Exact,
                "casesensitive" => case_sensitive = true,
                _ => {
                    let span = self.since(start);
                    let what = format!("`switch -{word}`");
                    let _: Parsed<()> = self.not_supported(span, &what, None);
                    if word == "file" {
                        self.skip_construct();
                        return Ok(nothing(span));
                    }
                }
            }
        }
        let subject = self.condition()?;
        self.skip_lines();
        let opener = self.at;
        if !self.eat("{") {
            return self.unreadable();
        }
        let mut clauses = Vec::new();
        loop {
            self.skip_separators();
            if self.eat("}") {
                break;
            }
            if self.at >= self.text.len() {
                return self.never_closed(opener, '}');
            }
            let condition =
                if self.eat_word("default") { None } else { Some(self.switch_condition()?) };
            let body = self.body()?;
            clauses.push((condition, body));
        }
        Ok(StatementKind::Switch(Box::new(Switch {
            label,
            mode,
            case_sensitive,
            subject,
            clauses,
        })))
    }

    fn switch_condition(&mut self) -> Parsed<Expression> {
        if self.at_expression() && !self.at_bare_number_word() {
            return self.primary();
        }
        self.bare_word()
    }

    fn foreach_statement(&mut self, label: Option<Rc<str>>) -> Parsed<StatementKind> {
        self.at += "foreach".len();
        self.skip_space();
        if self.peek() == Some('-') {
            let start = self.at;
            self.at += 1 + self
                .rest()
                .get(1..)
                .map_or(0, |rest| rest.find(|c: char| !c.is_alphabetic()).unwrap_or(0));
            let span = self.since(start);
            let _: Parsed<()> = self.not_supported(span, "`foreach -Parallel`", None);
            self.skip_space();
        }
        let opener = self.at;
        if !self.eat("(") {
            return self.unreadable();
        }
        self.skip_lines();
        if self.peek() != Some('$') {
            return self.unreadable();
        }
        let Expression { kind: ExpressionKind::Variable(variable), .. } = self.variable()? else {
            return self.unreadable();
        };
        self.skip_lines();
        if !self.eat_word("in") {
            return self.unreadable();
        }
        self.skip_lines();
        let over = Box::new(self.statement()?);
        self.close(')', opener)?;
        let body = self.body()?;
        Ok(StatementKind::Foreach { label, variable, over, body })
    }

    fn for_statement(&mut self, label: Option<Rc<str>>) -> Parsed<StatementKind> {
        self.at += "for".len();
        self.skip_lines();
        let opener = self.at;
        if !self.eat("(") {
            return self.unreadable();
        }
        let mut parts = [None, None, None];
        for (index, part) in parts.iter_mut().enumerate() {
            self.skip_lines();
            if !matches!(self.peek(), Some(';' | ')')) {
                *part = Some(Box::new(self.statement()?));
            }
            self.skip_space();
            if index < 2 && !self.eat(";") && self.peek() != Some(')') && self.peek() != Some('\n')
            {
                return self.unreadable();
            }
        }
        self.close(')', opener)?;
        let [initializer, condition, iterator] = parts;
        let body = self.body()?;
        Ok(StatementKind::For { label, initializer, condition, iterator, body })
    }

    fn while_statement(&mut self, label: Option<Rc<str>>) -> Parsed<StatementKind> {
        self.at += "while".len();
        let condition = Box::new(self.condition()?);
        let body = self.body()?;
        Ok(StatementKind::Loop { label, condition, body_first: false, until: false, body })
    }

    fn do_statement(&mut self, label: Option<Rc<str>>) -> Parsed<StatementKind> {
        self.at += "do".len();
        let body = self.body()?;
        self.skip_lines();
        let until = self.eat_word("until");
        if !until && !self.eat_word("while") {
            return self.unreadable();
        }
        let condition = Box::new(self.condition()?);
        Ok(StatementKind::Loop { label, condition, body_first: true, until, body })
    }

    fn function_statement(&mut self) -> Parsed<StatementKind> {
        let filter = self.word().eq_ignore_ascii_case("filter");
        self.at += self.word().len();
        self.skip_lines();
        let start = self.at;
        let rest = self.rest();
        let end = rest
            .find(|c: char| c.is_whitespace() || matches!(c, '(' | '{' | ')' | '}' | ';'))
            .unwrap_or(rest.len());
        if end == 0 {
            return self.unreadable();
        }
        let written = rest.get(..end).unwrap_or_default();
        let name = written.rsplit_once(':').map_or(written, |(_, name)| name);
        let name: Rc<str> = name.into();
        self.at += end;
        let name_span = self.since(start);
        self.skip_lines();
        let listed = if self.peek() == Some('(') { Some(self.parameter_list()?) } else { None };
        self.skip_lines();
        if self.peek() != Some('{') {
            return self.unreadable();
        }
        let mut block = self.block()?;
        if let Some((parameters, advanced)) = listed {
            block.parameters = Some(parameters);
            block.advanced |= advanced;
        }
        let block = Rc::new(block);
        Ok(StatementKind::Function(Rc::new(Function { name, name_span, block, filter })))
    }

    /// Reads `{ param(…) begin {…} process {…} end {…} }` or `{ statements }`.
    pub(super) fn block(&mut self) -> Parsed<Block> {
        self.nested(Self::block_here)
    }

    fn block_here(&mut self) -> Parsed<Block> {
        let opener = self.at;
        if !self.eat("{") {
            return self.unreadable();
        }
        self.skip_lines();
        let (parameters, advanced) = self.parameter_block()?;
        let mut block = Block {
            parameters,
            advanced,
            begin: None,
            process: None,
            end: Rc::from([]),
            text: Rc::from(""),
            span: self.span(opener..opener),
        };
        self.skip_separators();
        if self.at_named_block() {
            self.named_blocks(&mut block)?;
            self.close('}', opener)?;
        } else {
            block.end = self.statements_until('}', opener)?.into();
        }
        block.text = self.text.get(opener + 1..self.at - 1).unwrap_or_default().into();
        block.span = self.since(opener);
        Ok(block)
    }

    /// Returns whether `begin {`, `process {` or `end {` stands here.
    pub(super) fn at_named_block(&self) -> bool {
        let word = self.word();
        ["begin", "process", "end", "clean", "dynamicparam"]
            .iter()
            .any(|name| name.eq_ignore_ascii_case(word))
            && self.rest().get(word.len()..).is_some_and(|rest| rest.trim_start().starts_with('{'))
    }

    /// Reads named blocks.
    pub(super) fn named_blocks(&mut self, block: &mut Block) -> Parsed<()> {
        while self.at_named_block() {
            let word = self.word().to_ascii_lowercase();
            if word == "clean" || word == "dynamicparam" {
                let span = self.span(self.at..self.at + word.len());
                let _: Parsed<()> = self.not_supported(span, &format!("`{word}` blocks"), None);
            }
            self.at += word.len();
            let body = self.body()?;
            match word.as_str() {
                "clean" | "dynamicparam" => {}
                "begin" => block.begin = Some(body),
                "process" => block.process = Some(body),
                _ => block.end = body,
            }
            self.skip_separators();
        }
        Ok(())
    }

    fn jump(&mut self) -> Parsed<StatementKind> {
        let stops = self.eat_word("break");
        if !stops {
            self.at += "continue".len();
        }
        self.skip_space();
        let label = match self.peek() {
            None | Some('\n' | '\r' | ';' | '}' | ')') => None,
            Some('$' | '"' | '\'') => Some(self.primary()?),
            Some(_) => {
                self.eat(":");
                Some(self.bare_word()?)
            }
        };
        Ok(if stops { StatementKind::Break(label) } else { StatementKind::Continue(label) })
    }

    fn leave(&mut self) -> Parsed<StatementKind> {
        let word = self.word().to_ascii_lowercase();
        self.at += word.len();
        self.skip_space();
        let value = match self.peek() {
            None | Some('\n' | '\r' | ';' | '}' | ')') => None,
            Some(_) => Some(Box::new(self.statement()?)),
        };
        Ok(match word.as_str() {
            "return" => StatementKind::Return(value),
            "throw" => StatementKind::Throw(value),
            _ => StatementKind::Exit(value),
        })
    }

    fn try_statement(&mut self) -> Parsed<StatementKind> {
        let start = self.at;
        self.at += "try".len();
        let body = self.body()?;
        let (mut catches, mut finally) = (Vec::new(), None);
        loop {
            let here = self.at;
            self.skip_lines();
            if self.eat_word("catch") {
                catches.push((self.catch_types()?, self.body()?));
            } else if self.eat_word("finally") {
                finally = Some(self.body()?);
                break;
            } else {
                self.at = here;
                break;
            }
        }
        if catches.is_empty() && finally.is_none() {
            let span = self.span(start..start + 3);
            let message = "`try` has neither `catch` nor `finally`".to_owned();
            return self.report(span, message, None);
        }
        Ok(StatementKind::Try { body, catches, finally })
    }

    fn trap_statement(&mut self) -> Parsed<StatementKind> {
        self.at += "trap".len();
        self.skip_lines();
        let exception = if self.peek() == Some('[') { Some(self.type_name()?) } else { None };
        let body = self.body()?;
        Ok(StatementKind::Trap(Box::new(Trap { exception, body })))
    }

    fn catch_types(&mut self) -> Parsed<Vec<TypeName>> {
        let mut types = Vec::new();
        loop {
            self.skip_lines();
            if self.peek() != Some('[') {
                return Ok(types);
            }
            types.push(self.type_name()?);
            self.skip_lines();
            if !self.eat(",") {
                return Ok(types);
            }
        }
    }

    /// Reads `using module X` and `using namespace X`, which change nothing here.
    fn using_statement(&mut self, start: usize) -> Parsed<StatementKind> {
        self.at += "using".len();
        self.skip_space();
        if !(self.eat_word("module") || self.eat_word("namespace")) {
            self.at = start;
            return self.pipeline_statement(start);
        }
        self.skip_space();
        let rest = self.rest();
        self.at += rest.find(['\n', ';']).unwrap_or(rest.len());
        let span = self.since(start);
        let kind = ExpressionKind::List(Rc::from([]));
        let nothing = Expression { kind, span };
        self.pipeline(Some(nothing), start).map(StatementKind::Pipeline)
    }
}

/// Returns whether a statement ends in a block, behind which the next one needs no separator.
pub(super) fn ends_in_block(kind: &StatementKind) -> bool {
    match kind {
        StatementKind::If { .. }
        | StatementKind::Switch(_)
        | StatementKind::Foreach { .. }
        | StatementKind::For { .. }
        | StatementKind::Loop { body_first: false, .. }
        | StatementKind::Function(_)
        | StatementKind::Type(_)
        | StatementKind::Try { .. }
        | StatementKind::Trap(_) => true,
        // What stands for a construct that was left out.
        other => matches!(
            other.as_value().map(|value| &value.kind),
            Some(ExpressionKind::List(body)) if body.is_empty()
        ),
    }
}

/// Makes a statement that does nothing.
fn nothing(span: crate::diagnostic::Span) -> StatementKind {
    let value = Expression { kind: ExpressionKind::List(Rc::from([])), span };
    StatementKind::Pipeline(Pipeline { stages: vec![Stage::Expression(value, Vec::new())], span })
}

/// Returns whether a value can stand in front of `=`.
fn assignable(expression: &Expression) -> bool {
    match &expression.kind {
        ExpressionKind::Variable(_)
        | ExpressionKind::Member { .. }
        | ExpressionKind::Index(..)
        | ExpressionKind::Null => true,
        ExpressionKind::Cast(_, inner) => assignable(inner),
        ExpressionKind::Array(items) => items.iter().all(assignable),
        _ => false,
    }
}

impl From<Broken> for () {
    fn from(_: Broken) {}
}
