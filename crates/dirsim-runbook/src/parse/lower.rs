//! The grammar's tree to dirsim's own.

use std::ops::Range;

use tree_sitter::Node;

use super::NESTING_MAX;
use crate::ast::{Command, Element, Expression, ExpressionKind, Pipeline, Stage, Statement};
use crate::diagnostic::{Diagnostics, ScriptErrorCode, Span};
use crate::strings;

/// Returns the first place that the grammar marks as an error below `root`.
pub(super) fn first_error(root: Node<'_>) -> Option<Range<usize>> {
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        if (node.is_error() && node != root) || node.is_missing() {
            return Some(node.byte_range());
        }
        if node.has_error() && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return None;
            }
        }
    }
}

/// Lowers a program without errors.
pub(super) fn statements(
    text: &str,
    root: Node<'_>,
    diagnostics: &mut Diagnostics,
) -> Vec<Statement> {
    let mut lowering = Lowering { text, diagnostics };
    let mut statements = Vec::new();
    for child in root.children(&mut root.walk()) {
        match child.kind() {
            "comment" => {}
            "statement_list" => {
                for node in child.children(&mut child.walk()) {
                    statements.extend(lowering.statement(node));
                }
            }
            "param_block" => lowering.unsupported(child, "script parameters"),
            _ => lowering.unreadable(child),
        }
    }
    statements
}

struct Lowering<'a> {
    text: &'a str,
    diagnostics: &'a mut Diagnostics,
}

/// Nodes that add nothing when they have one child.
const WRAPPERS: &[&str] = &[
    "pipeline",
    "pipeline_chain",
    "logical_expression",
    "bitwise_expression",
    "comparison_expression",
    "additive_expression",
    "multiplicative_expression",
    "format_expression",
    "range_expression",
    "array_literal_expression",
    "unary_expression",
    "string_literal",
    "integer_literal",
    "key_expression",
];

impl<'a> Lowering<'a> {
    fn statement(&mut self, node: Node<'_>) -> Option<Statement> {
        let what = match node.kind() {
            "comment" | "empty_statement" | "label" => return None,
            "pipeline" => return self.pipeline(node).map(Statement::Pipeline),
            "if_statement" => "`if`",
            "switch_statement" => "`switch`",
            "foreach_statement" => "`foreach`",
            "for_statement" => "`for`",
            "while_statement" => "`while`",
            "do_statement" => "`do`",
            "function_statement" => "functions",
            "class_statement" => "classes",
            "enum_statement" => "enumerations",
            "flow_control_statement" => "`break`, `continue`, `throw`, `return` and `exit`",
            "trap_statement" => "`trap`",
            "try_statement" => "`try`",
            "background_operator" => "background jobs",
            "data_statement"
            | "inlinescript_statement"
            | "parallel_statement"
            | "sequence_statement" => "workflows",
            _ => {
                self.unreadable(node);
                return None;
            }
        };
        self.unsupported(node, what);
        None
    }

    fn pipeline(&mut self, node: Node<'_>) -> Option<Pipeline> {
        let mut stages = Vec::new();
        for child in node.children(&mut node.walk()) {
            match child.kind() {
                "comment" => {}
                "pipeline_chain" => {
                    if !self.chain(child, &mut stages) {
                        return None;
                    }
                }
                "assignment_expression" => {
                    self.unsupported(child, "variables");
                    return None;
                }
                "pipeline_chain_tail" => {
                    self.unsupported(child, "`&&` and `||`");
                    return None;
                }
                _ => {
                    self.unreadable(child);
                    return None;
                }
            }
        }
        let span = self.span(node);
        (!stages.is_empty()).then_some(Pipeline { stages, span })
    }

    /// Lowers the commands between pipe signs; `false` after a mistake.
    fn chain(&mut self, node: Node<'_>, stages: &mut Vec<Stage>) -> bool {
        for child in node.children(&mut node.walk()) {
            match child.kind() {
                "comment" | "|" => {}
                "command" => match self.command(child) {
                    Some(command) => stages.push(Stage::Command(command)),
                    None => return false,
                },
                "verbatim_command_argument" => {
                    self.unsupported(child, "`--%`");
                    return false;
                }
                "redirections" | "redirection" => {
                    self.unsupported(child, "redirection");
                    return false;
                }
                _ => {
                    self.unsupported(child, "a value in place of a command");
                    return false;
                }
            }
        }
        true
    }

    fn command(&mut self, node: Node<'_>) -> Option<Command> {
        let (mut name, mut elements) = (None, Some(Vec::new()));
        for child in node.children(&mut node.walk()) {
            match child.kind() {
                "comment" => {}
                "command_name" => name = Some((self.slice(child).to_owned(), self.span(child))),
                "command_elements" => elements = self.elements(child),
                "command_invokation_operator" => {
                    self.unsupported(child, "calling with `&` and `.`");
                    return None;
                }
                _ => {
                    self.unreadable(child);
                    return None;
                }
            }
        }
        let (name, name_span) = name?;
        Some(Command { name, name_span, elements: elements?, span: self.span(node) })
    }

    fn elements(&mut self, node: Node<'_>) -> Option<Vec<Element>> {
        let mut elements: Vec<Element> = Vec::new();
        // What stood in front of the node at hand.
        let (mut comma, mut colon, mut separated) = (false, false, true);
        let mut fine = true;
        for child in node.children(&mut node.walk()) {
            match child.kind() {
                "comment" => separated = true,
                "command_argument_sep" => {
                    colon |= child
                        .child(0)
                        .is_some_and(|mark| mark.kind() == ":" && self.slice(mark) == ":");
                    separated = true;
                }
                "," => comma = true,
                "command_parameter" => {
                    fine &= self.parameter(child, &mut elements);
                    (comma, colon, separated) = (false, false, false);
                }
                "redirection" => {
                    self.unsupported(child, "redirection");
                    fine = false;
                }
                "stop_parsing" => {
                    self.unsupported(child, "`--%`");
                    fine = false;
                }
                _ => {
                    if !comma && !separated {
                        let help = "put a space in front of it, or the whole text into quotes";
                        self.syntax(child, Some(help.to_owned()));
                        fine = false;
                    }
                    let leading_comma = starts_with_comma(child);
                    let value = if child.kind() == "generic_token" {
                        self.bare_word(child)
                    } else {
                        self.expression(child, 0)
                    };
                    match value {
                        Some(value) if comma || leading_comma => append(&mut elements, value),
                        Some(value) => attach(&mut elements, value, colon),
                        None => fine = false,
                    }
                    (comma, colon, separated) = (false, false, false);
                }
            }
        }
        fine.then_some(elements)
    }

    fn parameter(&mut self, node: Node<'_>, elements: &mut Vec<Element>) -> bool {
        let written = self.slice(node);
        let name = written.strip_prefix('-').unwrap_or(written);
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'?');
        if name.is_empty() || !name.bytes().all(plain) {
            let help = "parameters look like -Name; put other texts with dashes into quotes";
            self.syntax(node, Some(help.to_owned()));
            return false;
        }
        let (name, span) = (name.to_owned(), self.span(node));
        elements.push(Element::Parameter { name, span, attached: None });
        true
    }

    fn bare_word(&mut self, node: Node<'_>) -> Option<Expression> {
        let written = self.slice(node);
        if let Some(odd) =
            written.chars().find(|c| matches!(c, '\u{2018}'..='\u{201F}' | '\u{2013}'..='\u{2015}'))
        {
            let help = "write plain quotes and the plain dash of the keyboard";
            let (span, message) = (self.span(node), format!("`{odd}` is a typographic character"));
            self.diagnostics.report(span, ScriptErrorCode::Syntax, message, Some(help.to_owned()));
            return None;
        }
        let mut previous = ' ';
        for (c, next) in written.chars().zip(written.chars().skip(1).chain([' '])) {
            let variable = c == '$' && (next.is_alphanumeric() || "_{(".contains(next));
            if variable && previous != '`' {
                self.unsupported(node, "variables");
                return None;
            }
            previous = c;
        }
        if written.starts_with(',') {
            let help = format!("write @({}) for a list of one", written.trim_start_matches(','));
            self.syntax(node, Some(help));
            return None;
        }
        if written.contains(['<', '>']) {
            self.unsupported(node, "redirection");
            return None;
        }
        let kind = ExpressionKind::Text(strings::bare(written));
        Some(Expression { kind, span: self.span(node) })
    }

    fn expression(&mut self, node: Node<'_>, depth: usize) -> Option<Expression> {
        let node = unwrap(node);
        let span = self.span(node);
        if depth > NESTING_MAX {
            let message = format!("values nest deeper than {NESTING_MAX}");
            self.diagnostics.report(span, ScriptErrorCode::TooLarge, message, None);
            return None;
        }
        let written = self.slice(node);
        let kind = match node.kind() {
            "verbatim_string_characters" => ExpressionKind::Text(strings::verbatim(written)),
            "verbatim_here_string_characters" => {
                ExpressionKind::Text(strings::verbatim_here(written))
            }
            "expandable_string_literal" | "expandable_here_string_literal" => {
                ExpressionKind::Text(self.expandable(node)?)
            }
            "decimal_integer_literal" | "hexadecimal_integer_literal" | "real_literal" => {
                self.number(node, written)?
            }
            "variable" => match written.to_ascii_lowercase().as_str() {
                "$null" => ExpressionKind::Null,
                "$true" => ExpressionKind::Boolean(true),
                "$false" => ExpressionKind::Boolean(false),
                other => {
                    let splat = other.starts_with('@');
                    self.unsupported(node, if splat { "splatting" } else { "variables" });
                    return None;
                }
            },
            "array_literal_expression" => ExpressionKind::Array(self.list(node, depth)?),
            "array_expression" => ExpressionKind::Array(self.array(node, depth)?),
            "hash_literal_expression" => ExpressionKind::Table(self.table(node, depth)?),
            "script_block_expression" => {
                let body = written.strip_prefix('{').and_then(|body| body.strip_suffix('}'));
                ExpressionKind::ScriptBlock(body.unwrap_or(written).trim().to_owned())
            }
            "parenthesized_expression" => {
                let mut walk = node.walk();
                let inner = node.named_children(&mut walk).find(|c| c.kind() != "comment")?;
                return self.expression(inner, depth + 1);
            }
            "expression_with_unary_operator" => return self.unary(node, depth),
            "command" => {
                let in_table = node
                    .parent()
                    .and_then(|chain| chain.parent()?.parent())
                    .is_some_and(|entry| entry.kind() == "hash_entry");
                if in_table && node.child_count() == 1 {
                    let help = format!("write '{}'", written.trim());
                    self.syntax(node, Some(help));
                } else {
                    self.unsupported(node, "the result of a command as a value");
                }
                return None;
            }
            other => {
                self.unsupported(node, unsupported_value(other));
                return None;
            }
        };
        Some(Expression { kind, span })
    }

    /// Lowers `"…"`; of variables only `$null`, `$true` and `$false` have a value here.
    fn expandable(&mut self, node: Node<'_>) -> Option<String> {
        let here = node.kind() == "expandable_here_string_literal";
        let literal = self.slice(node);
        let (mut plain, mut from) = (String::new(), 0);
        for child in node.named_children(&mut node.walk()) {
            let value = match (child.kind(), self.slice(child).to_ascii_lowercase().as_str()) {
                ("variable", "$null") => "",
                ("variable", "$true") => "True",
                ("variable", "$false") => "False",
                ("variable", _) => {
                    self.unsupported(child, "variables");
                    return None;
                }
                _ => {
                    self.unsupported(child, "the result of a command as a value");
                    return None;
                }
            };
            let at = child.start_byte() - node.start_byte();
            plain.push_str(literal.get(from..at).unwrap_or_default());
            plain.push_str(value);
            from = child.end_byte() - node.start_byte();
        }
        plain.push_str(literal.get(from..).unwrap_or_default());
        Some(if here { strings::expandable_here(&plain) } else { strings::expandable(&plain) })
    }

    fn number(&mut self, node: Node<'_>, written: &str) -> Option<ExpressionKind> {
        let lower = written.to_ascii_lowercase();
        let (digits, factor) = ["kb", "mb", "gb", "tb", "pb"]
            .iter()
            .zip([10, 20, 30, 40, 50])
            .find_map(|(unit, shift)| Some((lower.strip_suffix(unit)?, 1i64 << shift)))
            .unwrap_or((&lower, 1));
        let integer = match digits.strip_prefix("0x") {
            Some(hex) => i64::from_str_radix(hex.trim_end_matches('l'), 16).ok(),
            None => digits.trim_end_matches(['l', 'd']).parse::<i64>().ok(),
        };
        if let Some(number) = integer.and_then(|number| number.checked_mul(factor)) {
            return Some(ExpressionKind::Integer(number, written.to_owned()));
        }
        #[expect(clippy::cast_precision_loss, reason = "the factor is a power of two")]
        let real = digits.parse::<f64>().ok().map(|number| number * factor as f64);
        if let Some(number) = real.filter(|number| number.is_finite()) {
            return Some(ExpressionKind::Real(number, written.to_owned()));
        }
        self.syntax(node, Some("the number is too large".to_owned()));
        None
    }

    /// Lowers `a, b`.
    fn list(&mut self, node: Node<'_>, depth: usize) -> Option<Vec<Expression>> {
        let mut values = Some(Vec::new());
        for child in node.named_children(&mut node.walk()) {
            if child.kind() == "comment" {
                continue;
            }
            match self.expression(child, depth + 1) {
                Some(value) => {
                    if let Some(values) = &mut values {
                        values.push(value);
                    }
                }
                None => values = None,
            }
        }
        values
    }

    /// Lowers `@(…)`: the values of its statements in one list.
    fn array(&mut self, node: Node<'_>, depth: usize) -> Option<Vec<Expression>> {
        let mut values = Vec::new();
        for list in node.named_children(&mut node.walk()) {
            if list.kind() != "statement_list" {
                continue;
            }
            for statement in list.named_children(&mut list.walk()) {
                if matches!(statement.kind(), "comment" | "empty_statement") {
                    continue;
                }
                let value = self.expression(statement, depth + 1)?;
                match value.kind {
                    ExpressionKind::Array(inner) => values.extend(inner),
                    _ => values.push(value),
                }
            }
        }
        Some(values)
    }

    fn table(&mut self, node: Node<'_>, depth: usize) -> Option<Vec<(Expression, Expression)>> {
        let mut pairs: Vec<(Expression, Expression)> = Vec::new();
        let mut fine = true;
        for body in node.named_children(&mut node.walk()) {
            for entry in body.named_children(&mut body.walk()) {
                if entry.kind() != "hash_entry" {
                    continue;
                }
                let mut parts = entry.walk();
                let mut parts =
                    entry.named_children(&mut parts).filter(|part| part.kind() != "comment");
                let (key, value) = (parts.next(), parts.next());
                let key = key.and_then(|key| self.key(key, depth));
                let value = value.and_then(|value| self.expression(value, depth + 1));
                match (key, value) {
                    (Some(key), Some(value)) => pairs.push((key, value)),
                    _ => fine = false,
                }
            }
        }
        fine.then_some(pairs)
    }

    fn key(&mut self, node: Node<'_>, depth: usize) -> Option<Expression> {
        let inner = unwrap(node);
        if inner.kind() == "simple_name" {
            let kind = ExpressionKind::Text(self.slice(inner).to_owned());
            return Some(Expression { kind, span: self.span(inner) });
        }
        self.expression(inner, depth + 1)
    }

    fn unary(&mut self, node: Node<'_>, depth: usize) -> Option<Expression> {
        let sign = node.child(0).map(|sign| sign.kind().to_owned()).unwrap_or_default();
        let operand = node.child(1);
        let span = self.span(node);
        let Some(operand) = operand.filter(|_| matches!(sign.as_str(), "," | "-" | "+")) else {
            self.unsupported(node, unsupported_value(&sign));
            return None;
        };
        let value = self.expression(operand, depth + 1)?;
        let text = || self.slice(node).to_owned();
        let kind = match (sign.as_str(), value.kind) {
            (",", kind) => {
                let inner = Expression { kind, span: value.span };
                ExpressionKind::Array(vec![inner])
            }
            ("+", kind @ (ExpressionKind::Integer(..) | ExpressionKind::Real(..))) => kind,
            ("-", ExpressionKind::Integer(number, _)) => ExpressionKind::Integer(-number, text()),
            ("-", ExpressionKind::Real(number, _)) => ExpressionKind::Real(-number, text()),
            _ => {
                self.unsupported(node, "operators");
                return None;
            }
        };
        Some(Expression { kind, span })
    }

    fn slice(&self, node: Node<'_>) -> &'a str {
        self.text.get(node.byte_range()).unwrap_or_default()
    }

    fn span(&self, node: Node<'_>) -> Span {
        let trimmed = self.slice(node);
        let lead = trimmed.len() - trimmed.trim_start().len();
        let range =
            node.start_byte() + lead..node.start_byte() + trimmed.trim_end().len().max(lead);
        self.diagnostics.span(self.text, range)
    }

    fn unsupported(&mut self, node: Node<'_>, what: &str) {
        let span = self.span(node);
        let message = format!("not yet supported: {what}");
        self.diagnostics.report(span, ScriptErrorCode::NotSupported, message, None);
    }

    fn unreadable(&mut self, node: Node<'_>) {
        self.syntax(node, None);
    }

    fn syntax(&mut self, node: Node<'_>, help: Option<String>) {
        let snippet: String = self.slice(node).trim().chars().take(40).collect();
        let span = self.span(node);
        let message = format!("`{snippet}` cannot be read here");
        self.diagnostics.report(span, ScriptErrorCode::Syntax, message, help);
    }
}

/// Names a value that this version has no meaning for.
fn unsupported_value(kind: &str) -> &'static str {
    match kind {
        "sub_expression" => "the result of a command as a value",
        "type_literal" | "cast_expression" => "type names and casts",
        "member_access" | "element_access" => "properties of values",
        "invokation_expression" | "argument_list" => "methods of values",
        "assignment_expression" => "variables",
        _ => "operators",
    }
}

/// Descends through nodes that only wrap another one.
fn unwrap(mut node: Node<'_>) -> Node<'_> {
    while WRAPPERS.contains(&node.kind()) && node.child_count() == 1 {
        match node.child(0) {
            Some(child) if child.is_named() => node = child,
            _ => break,
        }
    }
    node
}

/// Returns whether a value begins with a comma, which continues the list in front of it.
fn starts_with_comma(node: Node<'_>) -> bool {
    let inner = unwrap(node);
    let first =
        if inner.kind() == "array_literal_expression" { inner.child(0) } else { Some(inner) };
    first.map(unwrap).is_some_and(|first| {
        first.kind() == "expression_with_unary_operator"
            && first.child(0).is_some_and(|sign| sign.kind() == ",")
    })
}

/// Appends a value to the list that the last element is or becomes.
fn append(elements: &mut Vec<Element>, value: Expression) {
    let last = elements.last_mut();
    let Some(Element::Value(target) | Element::Parameter { attached: Some(target), .. }) = last
    else {
        elements.push(Element::Value(value));
        return;
    };
    target.span.end = value.span.end;
    let items = match value {
        Expression { kind: ExpressionKind::Array(items), .. } => items,
        single => vec![single],
    };
    if let ExpressionKind::Array(list) = &mut target.kind {
        list.extend(items);
    } else {
        let first = target.clone();
        target.kind = ExpressionKind::Array(std::iter::once(first).chain(items).collect());
    }
}

/// Adds a value, or gives it to the parameter in front of its colon.
fn attach(elements: &mut Vec<Element>, value: Expression, colon: bool) {
    match elements.last_mut() {
        Some(Element::Parameter { attached: attached @ None, .. }) if colon => {
            *attached = Some(value);
        }
        _ => elements.push(Element::Value(value)),
    }
}
