//! What can be wrong with a script before it runs: unknown commands, parameters, types, methods,
//! and values that do not fit.

use std::collections::BTreeMap;
use std::rc::Rc;

use dirsim_model::nearest;

use crate::ast::{
    Block, Callee, Command, Element, Expression, ExpressionKind, Function, Part, Pipeline,
    Redirection, Stage, Statement, StatementKind, TypeDefinition, TypeKind, TypeName,
    UnaryOperator,
};
use crate::bind::{self, Binder, Given, GivenValue};
use crate::convert::Resolve;
use crate::diagnostic::{Diagnostics, ScriptErrorCode};
use crate::live::{Closure, Live, Table, TableKind};
use crate::spec::{CommandSpec, ParameterKind};
use crate::{commands, members, types};

/// Names of functions and aliases that exist beside the cmdlets.
#[derive(Debug, Clone, Default)]
pub struct Known {
    pub(crate) functions: BTreeMap<String, Rc<Function>>,
    pub(crate) aliases: BTreeMap<String, String>,
    pub(crate) types: BTreeMap<String, Rc<TypeDefinition>>,
}

impl Known {
    /// Adds the functions, aliases and types that a script defines.
    pub fn add(&mut self, script: &crate::Script) {
        let mut diagnostics = Diagnostics::new("", "");
        let mut checker = Checker {
            known: std::mem::take(self),
            diagnostics: &mut diagnostics,
            commands: 0,
            script_methods: false,
            places: None,
        };
        checker.collect(script.block());
        *self = checker.known;
    }
}

/// Checks a script; returns how many cmdlets it calls.
pub(crate) fn check(script: &Block, known: &Known, diagnostics: &mut Diagnostics) -> usize {
    let mut checker = Checker {
        known: known.clone(),
        diagnostics,
        commands: 0,
        script_methods: false,
        places: None,
    };
    checker.collect(script);
    checker.block(script);
    checker.commands
}

/// Returns where the statements of a script stand that are carried out one after the other, those
/// within blocks included.
pub(crate) fn statement_places(script: &Block) -> Vec<(usize, usize)> {
    let mut diagnostics = Diagnostics::new("", "");
    let mut checker = Checker {
        known: Known::default(),
        diagnostics: &mut diagnostics,
        commands: 0,
        script_methods: false,
        places: Some(Vec::new()),
    };
    checker.block(script);
    checker.places.unwrap_or_default()
}

struct Checker<'d> {
    known: Known,
    diagnostics: &'d mut Diagnostics,
    commands: usize,
    /// Whether the script gives objects methods of its own.
    script_methods: bool,
    /// Where statements stand, when somebody wants to know; nothing is checked then.
    places: Option<Vec<(usize, usize)>>,
}

/// Stands for variables in filters, whose values only the run will tell.
struct SomeText;

impl Resolve for SomeText {
    fn variable(&self, _: &str) -> Live {
        Live::text("x")
    }
}

impl Checker<'_> {
    /// Finds the functions and aliases of the whole script: they may be defined behind their first
    /// call.
    fn collect(&mut self, block: &Block) {
        let bodies = [block.begin.as_ref(), block.process.as_ref(), Some(&block.end)];
        for body in bodies.into_iter().flatten() {
            self.collect_body(body);
        }
    }

    fn collect_body(&mut self, body: &[Statement]) {
        for statement in body {
            self.collect_statement(statement);
        }
    }

    fn collect_statement(&mut self, statement: &Statement) {
        match &statement.kind {
            StatementKind::Function(function) => {
                self.known.functions.insert(function.name.to_lowercase(), Rc::clone(function));
                self.collect(&function.block);
            }
            StatementKind::Type(definition) => {
                let name = definition.name.to_lowercase();
                self.known.types.insert(name, Rc::clone(definition));
            }
            StatementKind::If { clauses, otherwise } => {
                for (_, body) in clauses {
                    self.collect_body(body);
                }
                if let Some(body) = otherwise {
                    self.collect_body(body);
                }
            }
            StatementKind::Foreach { body, .. }
            | StatementKind::For { body, .. }
            | StatementKind::Loop { body, .. } => self.collect_body(body),
            StatementKind::Switch(switch) => {
                for (_, body) in &switch.clauses {
                    self.collect_body(body);
                }
            }
            StatementKind::Try { body, catches, finally } => {
                self.collect_body(body);
                for (_, body) in catches {
                    self.collect_body(body);
                }
                if let Some(body) = finally {
                    self.collect_body(body);
                }
            }
            StatementKind::Pipeline(pipeline) => {
                for stage in &pipeline.stages {
                    if let Stage::Command(command) = stage {
                        self.collect_alias(command);
                    }
                }
            }
            _ => {}
        }
    }

    fn collect_alias(&mut self, command: &Command) {
        let Callee::Name(name) = &command.callee else { return };
        self.script_methods |= name.eq_ignore_ascii_case("Add-Member");
        if !["set-alias", "new-alias", "sal", "nal"].contains(&name.to_lowercase().as_str()) {
            // Blocks among the arguments may define functions too.
            for element in &command.elements {
                if let Element::Value(Expression {
                    kind: ExpressionKind::ScriptBlock(block), ..
                }) = element
                {
                    self.collect(block);
                }
            }
            return;
        }
        let words: Vec<String> = command
            .elements
            .iter()
            .filter_map(|element| match element {
                Element::Value(Expression { kind: ExpressionKind::Text(text), .. }) => {
                    Some(text.to_string())
                }
                _ => None,
            })
            .collect();
        if let [name, target, ..] = words.as_slice() {
            self.known.aliases.insert(name.to_lowercase(), target.clone());
        }
    }

    fn block(&mut self, block: &Block) {
        for parameter in block.parameters.iter().flatten() {
            if let Some(name) = &parameter.type_name {
                self.type_name(name, false);
            }
            if let Some(default) = &parameter.default {
                self.expression(default);
            }
        }
        let bodies = [block.begin.as_ref(), block.process.as_ref(), Some(&block.end)];
        for body in bodies.into_iter().flatten() {
            self.body(body);
        }
    }

    fn body(&mut self, body: &[Statement]) {
        for statement in body {
            if let Some(places) = &mut self.places {
                places.push((statement.span.start, statement.span.end));
            }
            self.statement(statement);
        }
    }

    /// Returns whether no further mistake would be kept, and nobody wants to know places.
    fn is_done(&self) -> bool {
        self.diagnostics.is_full() && self.places.is_none()
    }

    fn statement(&mut self, statement: &Statement) {
        if self.is_done() {
            return;
        }
        match &statement.kind {
            StatementKind::Pipeline(pipeline) => self.pipeline(pipeline),
            StatementKind::Chain(first, _, second) => {
                self.statement(first);
                self.statement(second);
            }
            StatementKind::Assign { target, value, .. } => {
                self.expression(target);
                self.statement(value);
            }
            StatementKind::If { clauses, otherwise } => {
                for (condition, body) in clauses {
                    self.statement(condition);
                    self.body(body);
                }
                if let Some(body) = otherwise {
                    self.body(body);
                }
            }
            StatementKind::Switch(switch) => {
                self.statement(&switch.subject);
                for (condition, body) in &switch.clauses {
                    if let Some(condition) = condition {
                        self.expression(condition);
                    }
                    self.body(body);
                }
            }
            StatementKind::Foreach { over, body, .. } => {
                self.statement(over);
                self.body(body);
            }
            StatementKind::For { initializer, condition, iterator, body, .. } => {
                for part in [initializer, condition, iterator].into_iter().flatten() {
                    self.statement(part);
                }
                self.body(body);
            }
            StatementKind::Loop { condition, body, .. } => {
                self.statement(condition);
                self.body(body);
            }
            StatementKind::Function(function) => self.block(&function.block),
            StatementKind::Break(_) | StatementKind::Continue(_) => {}
            StatementKind::Return(value)
            | StatementKind::Throw(value)
            | StatementKind::Exit(value) => {
                if let Some(value) = value {
                    self.statement(value);
                }
            }
            StatementKind::Type(definition) => self.type_definition(definition),
            StatementKind::Trap(trap) => {
                if let Some(name) = &trap.exception {
                    self.type_name(name, true);
                }
                self.body(&trap.body);
            }
            StatementKind::Try { body, catches, finally } => {
                self.body(body);
                for (names, body) in catches {
                    for name in names {
                        self.type_name(name, true);
                    }
                    self.body(body);
                }
                if let Some(body) = finally {
                    self.body(body);
                }
            }
        }
    }

    fn type_definition(&mut self, definition: &TypeDefinition) {
        let TypeKind::Class { base, properties, methods } = &definition.kind else { return };
        if let Some((name, span)) = base {
            let name = TypeName {
                name: Rc::clone(name),
                arguments: Vec::new(),
                array: false,
                span: *span,
            };
            let known = self.known.types.get(&name.name.to_lowercase());
            if !known.is_some_and(|base| matches!(base.kind, TypeKind::Class { .. })) {
                self.unknown_type(&name);
            }
        }
        for property in properties {
            if let Some(name) = &property.type_name {
                self.type_name(name, false);
            }
            if let Some(default) = &property.default {
                self.expression(default);
            }
        }
        for method in methods {
            if let Some(name) = &method.type_name {
                self.type_name(name, false);
            }
            method.base_arguments.iter().flatten().for_each(|value| self.expression(value));
            self.block(&method.block);
        }
    }

    /// Returns whether a class of the script has a method of this name.
    fn is_user_method(&self, name: &str) -> bool {
        self.known.types.values().any(|definition| match &definition.kind {
            TypeKind::Class { methods, .. } => {
                methods.iter().any(|method| method.name.eq_ignore_ascii_case(name))
            }
            TypeKind::Enumeration(_) => false,
        })
    }

    fn pipeline(&mut self, pipeline: &Pipeline) {
        for (index, stage) in pipeline.stages.iter().enumerate() {
            match stage {
                Stage::Expression(value, redirections) => {
                    self.expression(value);
                    self.redirections(redirections);
                }
                Stage::Command(command) => self.command(command, index > 0),
            }
        }
    }

    fn redirections(&mut self, redirections: &[Redirection]) {
        for redirection in redirections {
            if let Some((file, _)) = &redirection.target {
                self.expression(file);
            }
        }
    }

    fn command(&mut self, command: &Command, piped: bool) {
        if self.is_done() {
            return;
        }
        self.commands += 1;
        self.redirections(&command.redirections);
        let name = match &command.callee {
            Callee::Name(name) => name,
            Callee::Value(value, _) => {
                self.expression(value);
                self.arguments(&command.elements, None);
                return;
            }
        };
        let lower = name.to_lowercase();
        let lower =
            lower.strip_prefix("global:").or(lower.strip_prefix("script:")).unwrap_or(&lower);
        let target =
            self.known.aliases.get(lower).map_or_else(|| lower.to_owned(), |to| to.to_lowercase());
        if let Some(function) = self.known.functions.get(&target).cloned() {
            self.arguments(&command.elements, None);
            self.function_call(&function, command);
            return;
        }
        let Some(spec) = commands::find(&target) else {
            self.unknown(name, command);
            self.arguments(&command.elements, None);
            return;
        };
        self.arguments(&command.elements, Some(spec));
        let mut splatted = false;
        let given: Vec<Given> = command
            .elements
            .iter()
            .filter_map(|element| match element {
                Element::Parameter { name, span, attached } => {
                    Some(Given::Name(Rc::clone(name), *span, attached.as_ref().map(given)))
                }
                Element::Value(value) => Some(Given::Value(given(value))),
                Element::Splat(..) => {
                    splatted = true;
                    None
                }
            })
            .collect();
        let room = 1 + 100usize.saturating_sub(self.diagnostics.mark());
        let mut binder = Binder::new(spec, &SomeText, room);
        binder.bind(&given);
        binder.complete(command.name_span, (piped && !spec.collects()) || splatted);
        let mistakes = std::mem::take(&mut binder.mistakes);
        for mistake in mistakes {
            self.diagnostics.report(mistake.span, mistake.code, mistake.message, mistake.help);
        }
        if piped && !spec.collects() && spec.piped_parameters().is_empty() {
            self.diagnostics.report(
                command.name_span,
                ScriptErrorCode::UnexpectedValue,
                format!("`{}` takes nothing from the pipeline", spec.name),
                Some(format!("`Get-Help {}` lists its parameters", spec.name)),
            );
        }
    }

    fn unknown(&mut self, name: &str, command: &Command) {
        let help = if command.elements.is_empty()
            && name.chars().all(char::is_alphanumeric)
            && !name.contains('-')
            && commands::find(name).is_none()
            && bind_nearest(name, &self.known).is_none()
        {
            format!("put a text into quotes: '{name}'")
        } else {
            let names: Vec<String> =
                self.known.functions.values().map(|function| function.name.to_string()).collect();
            bind::unknown_command_help(name, names.iter().map(String::as_str))
        };
        self.diagnostics.report(
            command.name_span,
            ScriptErrorCode::UnknownCommand,
            format!("unknown cmdlet `{name}`"),
            Some(help),
        );
    }

    fn function_call(&mut self, function: &Function, command: &Command) {
        let parameters = function.block.parameters.as_deref().unwrap_or_default();
        for element in &command.elements {
            let Element::Parameter { name, span, .. } = element else { continue };
            let fits = parameters.iter().any(|p| {
                p.name.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
                    || p.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
            });
            let common = crate::spec::COMMON.iter().any(|p| {
                p.name.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name))
                    || p.aliases.iter().any(|alias| alias.eq_ignore_ascii_case(name))
            });
            if fits || common || (!function.block.advanced && parameters.is_empty()) {
                continue;
            }
            let help = nearest(name, parameters.iter().map(|p| &*p.name))
                .map(|near| format!("did you mean `-{near}`?"));
            self.diagnostics.report(
                *span,
                ScriptErrorCode::UnknownParameter,
                format!("the function `{}` has no parameter `-{name}`", function.name),
                help,
            );
        }
    }

    /// Checks values behind a command name; the script block of a filter is no script.
    fn arguments(&mut self, elements: &[Element], spec: Option<&CommandSpec>) {
        let mut filter = false;
        for element in elements {
            match element {
                Element::Parameter { name, attached, .. } => {
                    filter = spec.is_some_and(|spec| {
                        spec.parameters.iter().any(|p| {
                            p.kind == ParameterKind::Filter
                                && p.name
                                    .get(..name.len())
                                    .is_some_and(|s| s.eq_ignore_ascii_case(name))
                        })
                    });
                    if let Some(value) = attached
                        && !filter
                    {
                        self.expression(value);
                    }
                }
                Element::Value(value) => {
                    if !filter {
                        self.expression(value);
                    }
                    filter = false;
                }
                Element::Splat(..) => filter = false,
            }
        }
    }

    fn expression(&mut self, expression: &Expression) {
        if self.is_done() {
            return;
        }
        match &expression.kind {
            ExpressionKind::Array(items) => items.iter().for_each(|item| self.expression(item)),
            ExpressionKind::Table(pairs) => {
                let mut seen: Vec<String> = Vec::new();
                for (key, value) in pairs {
                    if let Some(constant) = constant(key) {
                        let name = constant.to_text();
                        if seen.contains(&name.to_lowercase()) {
                            self.diagnostics.report(
                                key.span,
                                ScriptErrorCode::WrongType,
                                format!("the key `{name}` stands twice"),
                                Some("write several values as one list: @{key='a','b'}".to_owned()),
                            );
                        }
                        seen.push(name.to_lowercase());
                    } else {
                        self.expression(key);
                    }
                    self.statement(value);
                }
            }
            ExpressionKind::ScriptBlock(block) => self.block(block),
            ExpressionKind::Expandable(parts) => {
                for part in parts {
                    if let Part::Value(value) = part {
                        self.expression(value);
                    }
                }
            }
            ExpressionKind::List(body) | ExpressionKind::Sub(body) => self.body(body),
            ExpressionKind::Paren(statement) => self.statement(statement),
            ExpressionKind::Type(name) => self.type_name(name, true),
            ExpressionKind::Cast(name, value) => {
                self.type_name(name, false);
                self.expression(value);
            }
            ExpressionKind::Member { target, name, of_type } => {
                self.expression(target);
                if *of_type {
                    self.static_member(target, name);
                } else if !matches!(name.kind, ExpressionKind::Text(_)) {
                    self.expression(name);
                }
            }
            ExpressionKind::Call { target, name, arguments, of_type } => {
                self.expression(target);
                for argument in arguments {
                    self.expression(argument);
                }
                if *of_type {
                    self.static_member(target, name);
                } else if let ExpressionKind::Text(method) = &name.kind
                    && !members::is_method(method)
                    && !self.script_methods
                    && !self.is_user_method(method)
                {
                    let help = nearest(&method.to_lowercase(), members::method_names())
                        .map(|near| format!("did you mean `{near}`?"));
                    self.diagnostics.report(
                        name.span,
                        ScriptErrorCode::UnknownMember,
                        format!("dirsim knows no method `{method}`"),
                        help,
                    );
                }
            }
            ExpressionKind::Ternary(parts) => parts.iter().for_each(|part| self.expression(part)),
            ExpressionKind::IfPresent(access) => self.expression(access),
            ExpressionKind::Index(target, index) => {
                self.expression(target);
                self.expression(index);
            }
            ExpressionKind::Binary(_, left, right) => {
                self.expression(left);
                self.expression(right);
            }
            ExpressionKind::Unary(_, value) => self.expression(value),
            ExpressionKind::Step { target, .. } => self.expression(target),
            ExpressionKind::Null
            | ExpressionKind::Boolean(_)
            | ExpressionKind::Integer(..)
            | ExpressionKind::Real(..)
            | ExpressionKind::Text(_)
            | ExpressionKind::Variable(_) => {}
        }
    }

    fn static_member(&mut self, target: &Expression, name: &Expression) {
        let (ExpressionKind::Type(type_name), ExpressionKind::Text(member)) =
            (&target.kind, &name.kind)
        else {
            return;
        };
        if let Some(definition) = self.known.types.get(&type_name.name.to_lowercase()) {
            let definition = Rc::clone(definition);
            self.user_static(&definition, name, member);
            return;
        }
        let Some(full) = types::resolve(&type_name.name) else { return };
        if members::known::is_known(full, member) {
            return;
        }
        let help = nearest(&member.to_lowercase(), members::known::known(full).iter().copied())
            .map(|near| format!("did you mean `{near}`?"));
        self.diagnostics.report(
            name.span,
            ScriptErrorCode::UnknownMember,
            format!("dirsim knows no `{member}` of [{}]", type_name.name),
            help,
        );
    }

    /// Checks a static member of a type of the script.
    fn user_static(&mut self, definition: &TypeDefinition, name: &Expression, member: &str) {
        let names: Vec<&str> = match &definition.kind {
            TypeKind::Enumeration(words) => words.iter().map(|(word, _)| &**word).collect(),
            // What a class does not define itself may be that of its base.
            TypeKind::Class { base: Some(_), .. } => return,
            TypeKind::Class { properties, methods, .. } => {
                let properties = properties.iter().filter(|p| p.of_type).map(|p| &*p.name);
                let methods = methods.iter().filter(|m| m.of_type).map(|m| &*m.name);
                properties.chain(methods).chain(["new"]).collect()
            }
        };
        if names.iter().any(|known| known.eq_ignore_ascii_case(member)) {
            return;
        }
        let help =
            nearest(member, names.iter().copied()).map(|near| format!("did you mean `{near}`?"));
        self.diagnostics.report(
            name.span,
            ScriptErrorCode::UnknownMember,
            format!("there is no `{member}` of [{}]", definition.name),
            help,
        );
    }

    /// Checks a type; `open` where any type of a known module can stand.
    fn type_name(&mut self, name: &TypeName, open: bool) {
        for argument in &name.arguments {
            self.type_name(argument, true);
        }
        if types::resolve(&name.name).is_some()
            || types::is_open(&name.name)
            || self.known.types.contains_key(&name.name.to_lowercase())
        {
            return;
        }
        // Exceptions that nothing throws are harmless in `catch`.
        if open && name.name.to_lowercase().ends_with("exception") {
            return;
        }
        self.unknown_type(name);
    }

    fn unknown_type(&mut self, name: &TypeName) {
        let own: Vec<&str> = self.known.types.values().map(|own| &*own.name).collect();
        let mut names: Vec<&str> = types::names().collect();
        names.extend(own);
        let help = nearest(&name.name, names).map(|near| format!("did you mean `[{near}]`?"));
        self.diagnostics.report(
            name.span,
            ScriptErrorCode::UnknownType,
            format!("unknown type `[{}]`", name.name),
            help,
        );
    }
}

fn bind_nearest(name: &str, known: &Known) -> Option<String> {
    let functions: Vec<String> = known.functions.keys().cloned().collect();
    nearest(name, functions.iter().map(String::as_str))
        .or_else(|| nearest(name, commands::COMMANDS.iter().map(|command| command.name)))
        .map(str::to_owned)
}

/// Returns an argument as far as it is known before the run.
fn given(expression: &Expression) -> GivenValue {
    GivenValue {
        value: constant(expression),
        written: crate::interpret::written(expression),
        span: expression.span,
    }
}

/// Returns the value of an expression without variables and calls.
pub(crate) fn constant(expression: &Expression) -> Option<Live> {
    Some(match &expression.kind {
        ExpressionKind::Null => Live::Null,
        ExpressionKind::Boolean(truth) => Live::Bool(*truth),
        ExpressionKind::Integer(number, _) => Live::whole(*number),
        ExpressionKind::Real(number, text) => crate::interpret::real(*number, text),
        ExpressionKind::Text(text) => Live::Text(Rc::clone(text)),
        ExpressionKind::Array(items) => {
            Live::array(items.iter().map(constant).collect::<Option<Vec<_>>>()?)
        }
        ExpressionKind::List(body) => {
            let mut values = Vec::new();
            for statement in &**body {
                values.extend(constant(statement.kind.as_value()?)?.into_items());
            }
            Live::array(values)
        }
        ExpressionKind::Paren(statement) => constant(statement.kind.as_value()?)?,
        ExpressionKind::Unary(UnaryOperator::Comma, inner) => Live::array(vec![constant(inner)?]),
        ExpressionKind::Table(pairs) => {
            let table = Table::new(TableKind::Hash);
            for (key, value) in pairs {
                table.set(constant(key)?, constant(value.kind.as_value()?)?);
            }
            Live::Table(Rc::new(table))
        }
        ExpressionKind::ScriptBlock(block) => {
            Live::Block(Rc::new(Closure { block: Rc::clone(block), variables: Vec::new() }))
        }
        _ => return None,
    })
}
