//! What functions, script blocks and scripts take: `param (…)`, attributes, defaults.

use super::{Parsed, Parser};
use crate::ast::{Expression, ExpressionKind, FunctionParameter, Validation};
use crate::diagnostic::ScriptErrorCode;

/// Attributes that say nothing about the parameters of a function.
const QUIET: &[&str] = &[
    "outputtype",
    "diagnostics.codeanalysis.suppressmessageattribute",
    "suppressmessage",
    "allownull",
    "allowemptystring",
    "allowemptycollection",
    "parameter",
    "cmdletbinding",
    "supportswildcards",
    "credential",
    "dontshow",
    "system.management.automation.credential",
    "system.management.automation.credentialattribute",
    "argumentcompleter",
    "alias",
    "diagnostics.codeanalysis.suppressmessage",
    "system.diagnostics.codeanalysis.suppressmessageattribute",
    "system.diagnostics.codeanalysis.suppressmessage",
];

/// An attribute: its name, values, and named values.
struct Attribute {
    name: String,
    values: Vec<Expression>,
    named: Vec<(String, Option<Expression>)>,
}

impl Parser<'_, '_> {
    /// Reads `[CmdletBinding()] param (…)`, when it stands here.
    pub(super) fn parameter_block(&mut self) -> Parsed<(Option<Vec<FunctionParameter>>, bool)> {
        let start = self.at;
        let mut advanced = false;
        while self.peek() == Some('[') && self.at_type() {
            let here = self.at;
            let errors = self.diagnostics.mark();
            match self.attribute() {
                Ok(attribute) if QUIET.contains(&attribute.name.as_str()) => {
                    advanced |= attribute.name == "cmdletbinding";
                }
                _ => {
                    self.diagnostics.rewind(errors);
                    self.at = here;
                    break;
                }
            }
            self.skip_lines();
        }
        let keyword = self.word().eq_ignore_ascii_case("param")
            && self.rest().get(5..).is_some_and(|rest| rest.trim_start().starts_with('('));
        if !keyword {
            // What looked like an attribute is a statement.
            self.at = start;
            return Ok((None, false));
        }
        self.at += 5;
        self.skip_lines();
        let (parameters, more) = self.parameter_list()?;
        Ok((Some(parameters), advanced || more))
    }

    /// Reads `(a, b = 1)`; also returns whether an attribute makes the function an advanced one.
    pub(super) fn parameter_list(&mut self) -> Parsed<(Vec<FunctionParameter>, bool)> {
        let opener = self.at;
        self.at += 1;
        let (mut parameters, mut advanced) = (Vec::new(), false);
        loop {
            self.skip_lines();
            if self.eat(")") {
                return Ok((parameters, advanced));
            }
            if self.at >= self.text.len() {
                return self.never_closed(opener, ')');
            }
            parameters.push(self.function_parameter(&mut advanced)?);
            self.skip_lines();
            if !self.eat(",") {
                self.close(')', opener)?;
                return Ok((parameters, advanced));
            }
        }
    }

    fn function_parameter(&mut self, advanced: &mut bool) -> Parsed<FunctionParameter> {
        let mut parameter = FunctionParameter {
            name: "".into(),
            span: self.span(self.at..self.at),
            type_name: None,
            default: None,
            mandatory: false,
            position: None,
            from_pipeline: false,
            from_property: false,
            aliases: Vec::new(),
            checks: Vec::new(),
        };
        while self.peek() == Some('[') {
            let here = self.at;
            // An attribute has parentheses, a type has none.
            let name = self.type_name_length();
            if self.peek_at(name) == Some('(') {
                let attribute = self.attribute()?;
                *advanced |= attribute.name == "parameter";
                let span = self.since(here);
                self.apply(attribute, &mut parameter, span);
            } else {
                parameter.type_name = Some(self.type_name()?);
            }
            self.skip_lines();
        }
        if self.peek() != Some('$') {
            return self.unreadable();
        }
        let start = self.at;
        let Expression { kind: ExpressionKind::Variable(variable), span } = self.variable()? else {
            let span = self.since(start);
            return self.report(span, "this variable cannot be a parameter".to_owned(), None);
        };
        parameter.name = variable.name;
        // The name keeps its letters for messages.
        let written = self.text.get(span.start + 1..span.end).unwrap_or_default();
        if written.eq_ignore_ascii_case(&parameter.name) {
            parameter.name = written.into();
        }
        parameter.span = span;
        self.skip_lines();
        if self.peek() == Some('=') {
            self.at += 1;
            self.skip_lines();
            parameter.default = Some(self.without_commas()?);
        }
        Ok(parameter)
    }

    /// Returns how far the name of an attribute or type reaches from here.
    pub(super) fn type_name_length(&self) -> usize {
        let rest = self.rest();
        rest.char_indices()
            .skip(1)
            .find(|(_, c)| !(c.is_alphanumeric() || matches!(c, '_' | '.' | ' ')))
            .map_or(rest.len(), |(at, _)| at)
    }

    fn attribute(&mut self) -> Parsed<Attribute> {
        let opener = self.at;
        self.at += 1;
        self.skip_space();
        let rest = self.rest();
        let end = rest
            .find(|c: char| !(c.is_alphanumeric() || matches!(c, '_' | '.')))
            .unwrap_or(rest.len());
        let name = rest.get(..end).unwrap_or_default().to_lowercase();
        self.at += end;
        self.skip_space();
        let mut attribute = Attribute { name, values: Vec::new(), named: Vec::new() };
        let list = self.at;
        if !self.eat("(") {
            return self.unreadable();
        }
        loop {
            self.skip_lines();
            if self.eat(")") {
                break;
            }
            let start = self.at;
            let word = self.word().to_owned();
            let mut named = None;
            if !word.is_empty() && word.starts_with(|c: char| c.is_alphabetic()) {
                self.at += word.len();
                self.skip_space();
                if self.eat("=") {
                    self.skip_lines();
                    named = Some((word, Some(self.without_commas()?)));
                } else if matches!(self.peek(), Some(',' | ')')) {
                    named = Some((word, None));
                } else {
                    self.at = start;
                }
            }
            match named {
                Some((name, value)) => attribute.named.push((name.to_lowercase(), value)),
                None => attribute.values.push(self.without_commas()?),
            }
            self.skip_lines();
            if !self.eat(",") {
                self.close(')', list)?;
                break;
            }
        }
        self.skip_space();
        self.close(']', opener)?;
        Ok(attribute)
    }

    fn apply(
        &mut self,
        attribute: Attribute,
        parameter: &mut FunctionParameter,
        span: crate::diagnostic::Span,
    ) {
        let texts = |values: &[Expression]| {
            values
                .iter()
                .filter_map(|value| match &value.kind {
                    ExpressionKind::Text(text) | ExpressionKind::Integer(_, text) => {
                        Some(text.clone())
                    }
                    _ => None,
                })
                .collect::<Vec<_>>()
        };
        let mut values = attribute.values.into_iter();
        match attribute.name.as_str() {
            "parameter" => {
                for (name, value) in attribute.named {
                    let on = !matches!(
                        value.as_ref().map(|value| &value.kind),
                        Some(ExpressionKind::Boolean(false))
                    );
                    match name.as_str() {
                        "mandatory" => parameter.mandatory = on,
                        "valuefrompipeline" => parameter.from_pipeline = on,
                        "valuefrompipelinebypropertyname" => parameter.from_property = on,
                        "position" => {
                            if let Some(ExpressionKind::Integer(place, _)) = value.map(|v| v.kind) {
                                parameter.position = Some(place);
                            }
                        }
                        _ => {}
                    }
                }
            }
            "alias" => {
                parameter.aliases.extend(texts(&values.collect::<Vec<_>>()));
            }
            "validateset" => {
                let set = texts(&values.collect::<Vec<_>>());
                parameter.checks.push(Validation::Set(set));
            }
            "validatepattern" => {
                if let Some(Expression { kind: ExpressionKind::Text(text), .. }) = values.next() {
                    parameter.checks.push(Validation::Pattern(text));
                }
            }
            "validaterange" => {
                if let (Some(low), Some(high)) = (values.next(), values.next()) {
                    parameter.checks.push(Validation::Range(low, high));
                }
            }
            "validatecount" | "validatelength" => {
                if let (Some(low), Some(high)) = (values.next(), values.next()) {
                    parameter.checks.push(Validation::Length(low, high));
                }
            }
            "validatenotnull" => parameter.checks.push(Validation::NotNull),
            "validatenotnullorempty" | "validatenotnullorwhitespace" => {
                parameter.checks.push(Validation::NotEmpty);
            }
            "validatescript" => {
                if let Some(Expression { kind: ExpressionKind::ScriptBlock(block), .. }) =
                    values.next()
                {
                    parameter.checks.push(Validation::Script(block));
                }
            }
            other if QUIET.contains(&other) => {}
            other => {
                let message = format!("not supported: the attribute `{other}`");
                self.diagnostics.report(span, ScriptErrorCode::NotSupported, message, None);
            }
        }
    }
}
