//! Tokens to a resolved tree (EX-010, EX-011).
//!
//! A Pratt parser that resolves names as it goes and keeps going after a mistake, so that all
//! mistakes of an expression are reported together.

use std::collections::BTreeSet;

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, nearest};

use crate::environment::CompileContext;
use crate::error::{Code, ExprError, ExprWarning, Span, WarningCode};
use crate::functions::{Definition, Function, Parameter};
use crate::lexer::{Token, TokenKind, tokens};
use crate::operators::{Level, Operator};
use crate::tree::{Kind, Name, Node, OptionWord};
use crate::words::{self, WORDS, Word};

/// Deepest nesting of parentheses, calls and signs (EX-011).
const DEPTH_MAX: usize = 200;
/// Longest expression, in bytes.
const LENGTH_MAX: usize = 64 * 1024;
/// Most mistakes and doubts of an expression that come with the name that was probably meant; to
/// look for it takes longer than anything else here.
const HINTS_MAX: usize = 100;

/// A tree and what was noticed while it was built.
pub(crate) struct Parsed {
    pub(crate) root: Node,
    pub(crate) attributes: Vec<AttributeId>,
    pub(crate) warnings: Vec<ExprWarning>,
}

/// Parses and resolves an expression.
pub(crate) fn parse(text: &str, context: &CompileContext<'_>) -> Result<Parsed, Vec<ExprError>> {
    let mut errors = Vec::new();
    if text.len() > LENGTH_MAX {
        let end = u32::try_from(text.len()).unwrap_or(u32::MAX);
        return Err(vec![ExprError {
            code: Code::ParseError,
            message: format!("the expression is longer than {LENGTH_MAX} bytes"),
            help: None,
            at: Span { start: 0, end },
            related: None,
        }]);
    }
    let tokens = tokens(text, &mut errors);
    let mut parser = Parser {
        text,
        context,
        tokens: &tokens,
        at: 0,
        depth: 0,
        gave_up: false,
        scope: Vec::new(),
        attributes: BTreeSet::new(),
        errors,
        warnings: Vec::new(),
    };
    let root = parser.expression(Level::Logical);
    if let Ok(node) = &root
        && !matches!(parser.peek(), TokenKind::End)
    {
        parser.unexpected_tail(node.at);
    }
    let Parser { mut errors, attributes, warnings, .. } = parser;
    match root {
        Ok(root) if errors.is_empty() => {
            Ok(Parsed { root, attributes: attributes.into_iter().collect(), warnings })
        }
        _ => {
            errors.sort_by_key(|error| (error.at, error.code));
            errors.dedup();
            Err(errors)
        }
    }
}

/// Returns the attribute names that a text mentions, in brackets or as the quoted argument of a
/// function, so that a caller may add them to the schema before it compiles.
pub(crate) fn attribute_names(text: &str) -> Vec<String> {
    let tokens = tokens(text, &mut Vec::new());
    let mut names: Vec<String> = Vec::new();
    for (at, token) in tokens.iter().enumerate() {
        match &token.kind {
            TokenKind::Attribute(name) => names.push((*name).to_owned()),
            TokenKind::Identifier(name) => {
                let takes_name = Function::find(name).is_some_and(|function| {
                    matches!(
                        function.definition().parameters.first(),
                        Some(Parameter::AttributeName)
                    )
                });
                let (open, argument) = (tokens.get(at + 1), tokens.get(at + 2));
                if takes_name
                    && open.is_some_and(|token| token.kind == TokenKind::Open)
                    && let Some(TokenKind::Text(name)) = argument.map(|token| &token.kind)
                {
                    names.push(name.clone());
                }
            }
            _ => {}
        }
    }
    names.sort_unstable();
    names.dedup();
    names
}

/// A mistake was reported; the caller looks for a place to go on.
struct Reported;

struct Parser<'t, 'c> {
    text: &'t str,
    context: &'c CompileContext<'c>,
    tokens: &'t [Token<'t>],
    at: usize,
    depth: usize,
    /// Set when the nesting became too deep: nothing further is read or reported.
    gave_up: bool,
    /// The variables that are bound here, outermost first.
    scope: Vec<&'t str>,
    attributes: BTreeSet<AttributeId>,
    errors: Vec<ExprError>,
    warnings: Vec<ExprWarning>,
}

impl<'t> Parser<'t, '_> {
    /// Parses operators that bind at least as tightly as `least`.
    fn expression(&mut self, least: Level) -> Result<Node, Reported> {
        let mut left = self.unary()?;
        // The level of the chain that `left` is, when it was built here and not in parentheses.
        let mut open = None;
        while let TokenKind::Operator(operator) = *self.peek() {
            let level = operator.level();
            if level < least {
                break;
            }
            self.at += 1;
            let right = self.expression(level.tighter())?;
            let at = left.at.to(right.at);
            if open == Some(level)
                && let Kind::Chain { rest, .. } = &mut left.kind
            {
                rest.push((operator, right));
                left.at = at;
            } else {
                let kind =
                    Kind::Chain { level, first: Box::new(left), rest: vec![(operator, right)] };
                left = Node { kind, at };
                open = Some(level);
            }
        }
        if let Kind::Chain { rest, .. } = &left.kind
            && open.is_some()
        {
            self.warn_about_mixture(left.at, rest);
        }
        Ok(left)
    }

    fn unary(&mut self) -> Result<Node, Reported> {
        if *self.peek() != TokenKind::Operator(Operator::Subtract) {
            return self.primary();
        }
        let start = self.span();
        self.at += 1;
        self.enter(start)?;
        let operand = self.unary()?;
        self.depth -= 1;
        let at = start.to(operand.at);
        Ok(Node { kind: Kind::Negate(Box::new(operand)), at })
    }

    fn primary(&mut self) -> Result<Node, Reported> {
        let at = self.span();
        let kind = match self.peek().clone() {
            TokenKind::Text(text) => Kind::Text(text.into()),
            TokenKind::Number(number) => Kind::Number(number),
            TokenKind::Attribute(name) => Kind::Attribute(self.attribute(name, at)),
            TokenKind::Parameter(name) => self.parameter(name, at),
            TokenKind::Variable(name) => self.variable(name, at),
            TokenKind::Bad => Kind::Invalid,
            TokenKind::Identifier(name) => {
                self.at += 1;
                if *self.peek() == TokenKind::Open {
                    return self.call(name, at);
                }
                let kind = self.word(name, at);
                return Ok(Node { kind, at });
            }
            TokenKind::Open => return self.parenthesized(at),
            found => return Err(self.no_value(&found, at)),
        };
        self.at += 1;
        Ok(Node { kind, at })
    }

    fn parenthesized(&mut self, open: Span) -> Result<Node, Reported> {
        self.at += 1;
        self.enter(open)?;
        let inner = self.expression(Level::Logical)?;
        self.depth -= 1;
        let close = self.span();
        match self.peek() {
            TokenKind::Close => {
                self.at += 1;
                Ok(Node { kind: inner.kind, at: open.to(close) })
            }
            TokenKind::End => {
                let message = "the parenthesis is not closed".to_owned();
                self.report(Code::ParseError, open, message, Some("add a `)`".to_owned()));
                Err(Reported)
            }
            _ => {
                let found = close.of(self.text);
                let message = format!("`{found}` where an operator or `)` is expected");
                self.report(Code::ParseError, close, message, None);
                self.relate(open, "the parenthesis opened here");
                Err(Reported)
            }
        }
    }

    fn call(&mut self, name: &'t str, name_at: Span) -> Result<Node, Reported> {
        let open = self.span();
        self.at += 1;
        self.enter(name_at)?;
        let function = Function::find(name);
        if function.is_none() {
            self.unknown_function(name, name_at);
        }
        let definition = function.map(Function::definition);
        let mut arguments = Vec::new();
        let mut bound = false;
        if *self.peek() != TokenKind::Close {
            loop {
                let place = arguments.len();
                let (start, depth) = (self.at, self.depth);
                // The body behind the list or value sees the variable (EX-010, With and its kin).
                if place == 2
                    && let Some(variable) = self.binder(definition, &arguments)
                {
                    self.scope.push(variable);
                    bound = true;
                }
                let argument = self.argument(definition, place);
                if bound && place == 2 {
                    self.scope.pop();
                }
                let argument = match argument {
                    Ok(node) if self.at_argument_end() => node,
                    Ok(node) => {
                        self.expected_argument_end(name, name_at.to(open), node.at);
                        self.skip_argument(start);
                        Node { kind: Kind::Invalid, at: node.at }
                    }
                    Err(Reported) => {
                        self.depth = depth;
                        self.skip_argument(start);
                        Node { kind: Kind::Invalid, at: open }
                    }
                };
                arguments.push(argument);
                match self.peek() {
                    TokenKind::Comma => self.at += 1,
                    _ => break,
                }
            }
        }
        self.depth -= 1;
        let close = self.span();
        if *self.peek() != TokenKind::Close {
            if !self.errors.iter().any(|error| error.at == name_at.to(open)) {
                let message = format!("the call of `{name}` is not closed");
                let help = Some("add a `)` behind its last argument".to_owned());
                self.report(Code::ParseError, name_at.to(open), message, help);
            }
            return Err(Reported);
        }
        self.at += 1;
        let at = name_at.to(close);
        let Some((function, definition)) = function.zip(definition) else {
            return Ok(Node { kind: Kind::Invalid, at });
        };
        if !definition.accepts(arguments.len()) {
            let message = format!(
                "`{name}` takes {}, not {}",
                definition.expected_arguments(),
                arguments.len()
            );
            let help = format!("it is written `{}`", definition.signature);
            self.report(Code::WrongArgCount, at, message, Some(help));
        }
        Ok(Node { kind: Kind::Call(function, arguments.into()), at })
    }

    /// Parses one argument as the signature wants it.
    fn argument(
        &mut self,
        definition: Option<&Definition>,
        place: usize,
    ) -> Result<Node, Reported> {
        let at = self.span();
        let parameter =
            definition.map_or(Parameter::Value, |definition| definition.parameter(place));
        let alone = matches!(
            self.tokens.get(self.at + 1).map(|t| &t.kind),
            Some(TokenKind::Comma | TokenKind::Close)
        );
        match (parameter, self.peek().clone()) {
            // An unknown function may bind variables; its name is what has to be put right first.
            (_, TokenKind::Variable(name))
                if alone
                    && place == 0
                    && (parameter == Parameter::Variable || definition.is_none()) =>
            {
                self.at += 1;
                Ok(Node { kind: Kind::Variable { name: name.into(), slot: self.scope.len() }, at })
            }
            (Parameter::Variable, _) => {
                let node = self.expression(Level::Logical)?;
                let message = "the first argument must be a variable".to_owned();
                let help = Some("a variable is written like $item".to_owned());
                self.report(Code::ParseError, node.at, message, help);
                Ok(node)
            }
            (Parameter::AttributeName, TokenKind::Text(name)) if alone => {
                self.at += 1;
                Ok(Node { kind: Kind::AttributeName(self.attribute(&name, at)), at })
            }
            (Parameter::AttributeName, _) => {
                let node = self.expression(Level::Logical)?;
                let message = "the argument must be the quoted name of an attribute".to_owned();
                let help = Some("write it like \"proxyAddresses\"".to_owned());
                self.report(Code::TypeMismatch, node.at, message, help);
                Ok(node)
            }
            (
                Parameter::Option(options) | Parameter::OptionOrText(options),
                TokenKind::Identifier(name),
            ) if alone => {
                self.at += 1;
                Ok(Node { kind: self.option(name, at, options), at })
            }
            (Parameter::Option(options), _) => {
                let node = self.expression(Level::Logical)?;
                let words: Vec<&str> = options.iter().map(|option| option.as_str()).collect();
                let message = "the argument must be an option".to_owned();
                let help = Some(format!("the options are {}", words.join(", ")));
                self.report(Code::TypeMismatch, node.at, message, help);
                Ok(node)
            }
            _ => self.expression(Level::Logical),
        }
    }

    /// Returns the variable that a call binds for its third argument.
    fn binder(&self, definition: Option<&Definition>, arguments: &[Node]) -> Option<&'t str> {
        let binds = definition
            .is_none_or(|definition| definition.parameters.first() == Some(&Parameter::Variable));
        match arguments.first() {
            Some(Node { kind: Kind::Variable { .. }, at }) if binds => {
                at.of(self.text).strip_prefix('$')
            }
            _ => None,
        }
    }

    fn attribute(&mut self, name: &str, at: Span) -> Name {
        let CompileContext { schema, side, .. } = *self.context;
        let id = schema.attribute(name);
        let known = id.map(|id| schema.name(id)).filter(|known| *known != name);
        if let Some(known) = known {
            let message = format!("unknown attribute `{name}`");
            let help = format!("did you mean `{known}`? case matters");
            self.report(Code::UnknownAttribute, at, message, Some(help));
        } else if id.is_none_or(|id| id != well_known::DN && schema.definition(side, id).is_none())
        {
            let names = schema.attributes_of(side).map(|(id, _)| schema.name(id));
            let hint = self
                .nearest(name, names.filter(|known| *known != name))
                .map(|name| format!("; did you mean `{name}`?"))
                .unwrap_or_default();
            self.warnings.push(ExprWarning {
                code: WarningCode::UnknownAttribute,
                message: format!(
                    "the schema does not know the attribute `{name}`, so it reads as absent{hint}"
                ),
                at,
            });
        }
        self.attributes.extend(id);
        let multi_valued = id.is_some_and(|id| schema.is_multi_valued(side, id));
        Name { spelling: name.into(), id, multi_valued }
    }

    fn parameter(&mut self, name: &str, at: Span) -> Kind {
        if !(self.context.parameters)(name) {
            let message = format!("unknown parameter `%{name}%`");
            self.report(Code::UnknownParameter, at, message, None);
        }
        Kind::Parameter(name.into())
    }

    fn variable(&mut self, name: &str, at: Span) -> Kind {
        // An inner binding hides an outer one of the same name.
        if let Some(slot) = self.scope.iter().rposition(|bound| *bound == name) {
            return Kind::Variable { name: name.into(), slot };
        }
        let message = format!("unknown variable `${name}`");
        let help = self.nearest(name, self.scope.iter().copied()).map_or_else(
            || "variables are bound by With, Select and Where".to_owned(),
            |near| format!("did you mean `${near}`?"),
        );
        self.report(Code::UnknownVariable, at, message, Some(help));
        Kind::Invalid
    }

    fn word(&mut self, name: &str, at: Span) -> Kind {
        match words::find(name) {
            Some((_, Word::Option(option))) => {
                let message = format!("`{name}` is an option and has no meaning here");
                self.report(Code::UnknownIdentifier, at, message, Some(taken_by(option)));
                Kind::Invalid
            }
            Some((spelling, word)) => {
                self.warn_about_case(name, spelling, at);
                word.into_kind()
            }
            None => {
                let functions = Function::ALL.iter().map(|function| function.name());
                let help = if let Some(function) = Function::find(name) {
                    format!("the function is called like `{}`", function.definition().signature)
                } else if let Some(word) = self.nearest(name, WORDS.iter().map(|(word, _)| *word)) {
                    format!("did you mean `{word}`?")
                } else if let Some(function) = self.nearest(name, functions) {
                    format!("did you mean the function `{function}`?")
                } else {
                    format!("an attribute is written [{name}], text \"{name}\"")
                };
                self.report(
                    Code::UnknownIdentifier,
                    at,
                    format!("unknown identifier `{name}`"),
                    Some(help),
                );
                Kind::Invalid
            }
        }
    }

    fn option(&mut self, name: &str, at: Span, options: &'static [OptionWord]) -> Kind {
        match words::find(name) {
            Some((spelling, Word::Option(option))) if options.contains(&option) => {
                self.warn_about_case(name, spelling, at);
                Kind::Option(option)
            }
            _ => {
                let words: Vec<&str> = options.iter().map(|option| option.as_str()).collect();
                let message = format!("`{name}` is no option of this function");
                let help = format!("the options are {}", words.join(", "));
                self.report(Code::UnknownIdentifier, at, message, Some(help));
                Kind::Invalid
            }
        }
    }

    fn unknown_function(&mut self, name: &str, at: Span) {
        let names = Function::ALL.iter().map(|function| function.name());
        let help = self.nearest(name, names).map_or_else(
            || format!("an attribute is written [{name}]"),
            |near| format!("did you mean `{near}`? case matters"),
        );
        let message = format!("unknown function `{name}`");
        self.report(Code::UnknownFunction, at, message, Some(help));
    }

    /// Reports that something else stands where a value is expected.
    fn no_value(&mut self, found: &TokenKind<'_>, at: Span) -> Reported {
        let (message, help) = match found {
            TokenKind::End if self.at == 0 => {
                ("the expression is empty".to_owned(), "for no value write NULL")
            }
            TokenKind::End => {
                ("the expression ends where a value is expected".to_owned(), "add what is missing")
            }
            TokenKind::Comma | TokenKind::Close => {
                let found = at.of(self.text);
                (format!("`{found}` where a value is expected"), "an argument is missing here")
            }
            _ => {
                let found = at.of(self.text);
                (format!("`{found}` where a value is expected"), "an operand is missing here")
            }
        };
        self.report(Code::ParseError, at, message, Some(help.to_owned()));
        Reported
    }

    fn unexpected_tail(&mut self, before: Span) {
        let at = self.span();
        let found = at.of(self.text);
        let (message, help) = match self.peek() {
            TokenKind::Bad => return,
            TokenKind::Close => (format!("`{found}` closes nothing"), "remove it"),
            TokenKind::Comma => {
                (format!("`{found}` outside of a call"), "arguments stand in parentheses")
            }
            _ => (
                format!("`{found}` where an operator is expected"),
                "two values are joined by an operator such as `&`",
            ),
        };
        self.report(Code::ParseError, at, message, Some(help.to_owned()));
        self.relate(before, "the expression could end here");
    }

    fn expected_argument_end(&mut self, name: &str, call: Span, argument: Span) {
        let at = self.span();
        let found = at.of(self.text);
        match self.peek() {
            TokenKind::Bad => {}
            TokenKind::End => {
                let message = format!("the call of `{name}` is not closed");
                let help = Some("add a `)` behind its last argument".to_owned());
                self.report(Code::ParseError, call, message, help);
                self.relate(argument, "its last argument");
            }
            _ => {
                let message = format!("`{found}` where an operator, `,` or `)` is expected");
                self.report(Code::ParseError, at, message, None);
                self.relate(call, "in the call that begins here");
            }
        }
    }

    fn at_argument_end(&self) -> bool {
        matches!(self.peek(), TokenKind::Comma | TokenKind::Close)
    }

    /// Goes to the `,` or `)` that ends the argument begun at token `start`, so that the next one
    /// can be read.
    fn skip_argument(&mut self, start: usize) {
        let reached = self.at;
        let mut depth = 0usize;
        self.at = start;
        loop {
            match self.peek() {
                TokenKind::End => return,
                TokenKind::Comma | TokenKind::Close if depth == 0 && self.at >= reached => return,
                TokenKind::Open => depth += 1,
                TokenKind::Close => depth = depth.saturating_sub(1),
                _ => {}
            }
            self.at += 1;
        }
    }

    /// Goes one level deeper (EX-011).
    fn enter(&mut self, at: Span) -> Result<(), Reported> {
        self.depth += 1;
        if self.depth <= DEPTH_MAX {
            return Ok(());
        }
        let message = format!("the expression is nested deeper than {DEPTH_MAX} levels");
        self.report(Code::ParseError, at, message, None);
        self.gave_up = true;
        self.at = self.tokens.len().saturating_sub(1);
        Err(Reported)
    }

    fn warn_about_mixture(&mut self, at: Span, rest: &[(Operator, Node)]) {
        // Operators that wait, each kind once: a long chain has few kinds.
        let mut earlier: Vec<Operator> = Vec::new();
        let mixed = rest.iter().find_map(|(later, _)| {
            let first = earlier.iter().find(|first| first.usually_after(*later)).copied();
            if !earlier.contains(later) {
                earlier.push(*later);
            }
            first.map(|first| (first, *later))
        });
        if let Some((first, later)) = mixed {
            self.warnings.push(ExprWarning {
                code: WarningCode::MixedOperators,
                message: format!(
                    "`{}` does not bind tighter than `{}` in this language; they go from the left",
                    later.as_str(),
                    first.as_str()
                ),
                at,
            });
        }
    }

    fn warn_about_case(&mut self, name: &str, spelling: &str, at: Span) {
        if name != spelling {
            let message = format!("`{name}` is documented as `{spelling}`");
            self.warnings.push(ExprWarning { code: WarningCode::WordCase, message, at });
        }
    }

    fn report(&mut self, code: Code, at: Span, message: String, help: Option<String>) {
        if self.gave_up {
            return;
        }
        self.errors.push(ExprError { code, message, help, at, related: None });
    }

    /// Returns the name that was probably meant, for the first mistakes of an expression.
    fn nearest<'a>(
        &self,
        written: &str,
        candidates: impl IntoIterator<Item = &'a str>,
    ) -> Option<&'a str> {
        let few = self.errors.len() + self.warnings.len() < HINTS_MAX;
        if few { nearest(written, candidates) } else { None }
    }

    fn relate(&mut self, at: Span, label: &'static str) {
        if let Some(error) = self.errors.last_mut() {
            error.related = Some((at, label));
        }
    }

    fn peek(&self) -> &'t TokenKind<'t> {
        self.tokens.get(self.at).map_or(&TokenKind::End, |token| &token.kind)
    }

    fn span(&self) -> Span {
        self.tokens.get(self.at).map(|token| token.at).unwrap_or_default()
    }
}

/// Names the functions that take an option.
fn taken_by(option: OptionWord) -> String {
    let functions: Vec<&str> = Function::ALL
        .iter()
        .filter(|function| {
            function.definition().parameters.iter().any(|parameter| match parameter {
                Parameter::Option(options) | Parameter::OptionOrText(options) => {
                    options.contains(&option)
                }
                _ => false,
            })
        })
        .map(|function| function.name())
        .collect();
    format!("it is an option of {}", functions.join(", "))
}
