//! The flows of a rule, its own and those it takes over from another.

use dirsim_expr::{CompileContext, Span, WarningCode, attribute_names, compile};
use dirsim_model::{AttributeId, Syntax};
use serde_saphyr::{Location, Spanned};

use super::compile::{Compiler, Context, Use, side_name};
use super::{At, Template};
use crate::definition::FlowKind;
use crate::flow::{Conversion, Flow, MergeType, Source, constant};
use crate::format::{self, FlowsText};
use crate::limits::limits;
use crate::options::ConnectorKind;
use crate::rule::Direction;
use crate::set::parameters;
use dirsim_model::nearest;

/// Rules that take over from each other may not do so without end.
const LIKE_DEPTH_MAX: usize = 8;

/// How a source is written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Direct,
    Trimmed,
    Expression,
    Constant,
}

/// One flow as written.
#[derive(Clone)]
struct FlowText {
    target: String,
    kind: Kind,
    source: String,
    merge: MergeType,
    once: bool,
    origin: String,
    file: String,
    at: Location,
}

impl Compiler<'_> {
    /// Compiles the flows of a rule, sorted by the name of their target.
    pub(super) fn flows(&mut self, template: &Template, context: &Context<'_>) -> Vec<Flow> {
        let mut texts = self.texts(template, LIKE_DEPTH_MAX);
        texts.sort_by_key(|text| text.target.to_lowercase());
        texts.iter().filter_map(|text| self.flow(text, context)).collect()
    }

    /// Collects the flows of a rule and its variants, and those of the rule it is like.
    fn texts(&mut self, template: &Template, depth: usize) -> Vec<FlowText> {
        let mut texts = self.of_section(template, &template.text.flows, "", depth);
        for variant in &template.text.variants {
            if self.is_on(variant.when.as_ref(), variant.since.as_ref(), At::rule(template)) {
                let more = self.of_section(template, &variant.flows, &variant.origin, depth);
                self.add(template, &mut texts, more);
            }
        }
        texts
    }

    /// Adds flows; one rule may write an attribute only once (SR-011).
    fn add(&mut self, template: &Template, texts: &mut Vec<FlowText>, more: Vec<FlowText>) {
        for flow in more {
            if texts.iter().any(|known| known.target == flow.target) {
                self.problems.error(
                    "duplicate-target",
                    At::rule(template).moved(&flow.at),
                    format!("the rule has two flows for `{}`", flow.target),
                    "keep one of them",
                );
            } else {
                texts.push(flow);
            }
        }
    }

    fn of_section(
        &mut self,
        template: &Template,
        section: &FlowsText,
        origin: &str,
        depth: usize,
    ) -> Vec<FlowText> {
        let rule = At::rule(template);
        let mut own: Vec<FlowText> = Vec::new();
        let mut found: Vec<FlowText> = Vec::new();
        let origin = if origin.is_empty() { &template.text.origin } else { origin };
        let mut push = |target: &str, kind, source: &str, at: &Location| {
            found.push(FlowText {
                target: target.to_owned(),
                kind,
                source: source.to_owned(),
                merge: section.merge.get(target).map_or(MergeType::Update, |merge| merge.value),
                once: section.once.iter().any(|name| name.value == target),
                origin: origin.to_owned(),
                file: template.file.clone(),
                at: *at,
            });
        };
        for (list, kind) in [(&section.direct, Kind::Direct), (&section.trimmed, Kind::Trimmed)] {
            for item in list {
                for name in format::expand(&item.value) {
                    push(&name, kind, &name, &item.referenced);
                }
            }
        }
        for (map, kind) in
            [(&section.expressions, Kind::Expression), (&section.constants, Kind::Constant)]
        {
            for (target, source) in map {
                push(target, kind, &source.value, &source.referenced);
            }
        }
        for flow in &section.listed {
            found.push(FlowText {
                target: flow.target.clone(),
                kind: match flow.kind {
                    FlowKind::Direct => Kind::Direct,
                    FlowKind::Constant => Kind::Constant,
                    FlowKind::Expression => Kind::Expression,
                },
                source: flow.source.clone(),
                merge: flow.merge,
                once: flow.apply_once,
                origin: origin.to_owned(),
                file: template.file.clone(),
                at: Location::UNKNOWN,
            });
        }
        self.add(template, &mut own, found);

        let marked = section.merge.iter().map(|(name, at)| (name.as_str(), &at.referenced));
        let marked =
            marked.chain(section.once.iter().map(|name| (name.value.as_str(), &name.referenced)));
        for (name, at) in marked {
            if !own.iter().any(|flow| flow.target == name) {
                let text = format!("`{name}` is no target of this rule");
                self.problems.error("unknown-target", rule.moved(at), text, "");
            }
        }
        let Some(like) = &section.like else { return own };
        let mut all = self.like(template, like, depth);
        for item in &section.without {
            for name in format::expand(&item.value) {
                let before = all.len();
                all.retain(|flow| flow.target != name);
                if all.len() == before && !self.may_write(&like.value, &name) {
                    let text = format!("`{}` has no flow for `{name}`", like.value);
                    self.problems.error("unknown-target", rule.moved(&item.referenced), text, "");
                }
            }
        }
        all.retain(|flow| !own.iter().any(|mine| mine.target == flow.target));
        all.extend(own);
        all
    }

    /// Returns the flows of the rule that another is like.
    fn like(&mut self, template: &Template, like: &Spanned<String>, depth: usize) -> Vec<FlowText> {
        let at = At::rule(template).moved(&like.referenced);
        let templates = self.templates;
        if depth == 0 {
            self.problems.error("like-without-end", at, "the rules are like each other", "");
            return Vec::new();
        }
        if let Some(other) = templates.iter().find(|other| other.text.name == like.value) {
            return self.texts(other, depth - 1);
        }
        let names = templates.iter().map(|other| other.text.name.as_str());
        let help = nearest(&like.value, names)
            .map_or_else(String::new, |near| format!("did you mean `{near}`?"));
        let text = format!("no rule is called `{}`", like.value);
        self.problems.error("unknown-rule", at, text, help);
        Vec::new()
    }

    /// Whether a rule writes an attribute under some option or since some dated change.
    fn may_write(&self, rule: &str, name: &str) -> bool {
        let rules = self.templates.iter().filter(|template| template.text.name == rule);
        rules.flat_map(|template| &template.text.variants).any(|variant| {
            let flows = &variant.flows;
            let lists = flows.direct.iter().chain(&flows.trimmed);
            lists.flat_map(|item| format::expand(&item.value)).any(|known| known == name)
                || flows.expressions.contains_key(name)
                || flows.constants.contains_key(name)
        })
    }

    fn flow(&mut self, text: &FlowText, context: &Context<'_>) -> Option<Flow> {
        let at = At { file: &text.file, ..context.at }.moved(&text.at);
        let target = self.attribute(&text.target, context.target, Use::Needed, at);
        if context.direction == Direction::Outbound
            && context.kind == ConnectorKind::Forest
            && limits().read_only.contains(&text.target)
        {
            let message = format!("nobody but the directory writes `{}`", text.target);
            self.problems.error("not-writable", at, message, "");
        }
        let definition = target.and_then(|(_, definition)| definition);
        // Without a target the source is checked all the same, as text.
        let conversion = definition.map_or(
            Conversion { syntax: Syntax::Text, multi_valued: true, limited: false },
            |definition| Conversion::into_target(context.target, &text.target, definition),
        );
        let (source, reads, shown) = match text.kind {
            Kind::Direct | Kind::Trimmed => {
                let (id, _) = self.attribute(&text.source, context.source, Use::Read, at)?;
                if text.kind == Kind::Direct {
                    self.check_types(
                        &text.source,
                        id,
                        conversion,
                        definition.is_some(),
                        context,
                        at,
                    );
                    (Source::Direct(id), vec![id], format!("[{}]", text.source))
                } else {
                    (Source::Trimmed(id), vec![id], format!("Trim([{}])", text.source))
                }
            }
            Kind::Constant => {
                let Some(values) = constant(&text.source, conversion) else {
                    let message =
                        format!("the constant `{}` is no value of `{}`", text.source, text.target);
                    self.problems.error("type-conflict", at, message, "");
                    return None;
                };
                if text.source.len() > 2
                    && text.source.starts_with('%')
                    && text.source.ends_with('%')
                {
                    self.problems.warning(
                        "constant-looks-like-parameter",
                        at,
                        format!("the constant `{}` is taken as it is", text.source),
                        "write it under `expressions` to have the parameter replaced",
                    );
                }
                (Source::Constant(values), Vec::new(), format!("\"{}\"", text.source))
            }
            Kind::Expression => {
                let (source, reads) = self.expression(&text.source, conversion, context, at)?;
                if let Source::Direct(id) = source {
                    let name = self.schema.name(id).to_owned();
                    self.check_types(&name, id, conversion, definition.is_some(), context, at);
                }
                (source, reads, text.source.clone())
            }
        };
        let (target, _) = target?;
        Some(Flow {
            target,
            source,
            merge: text.merge,
            apply_once: text.once,
            conversion,
            text: shown,
            origin: text.origin.clone(),
            reads,
        })
    }

    /// Refuses a Direct flow between types that never convert (SR-083).
    fn check_types(
        &mut self,
        name: &str,
        source: AttributeId,
        conversion: Conversion,
        target_known: bool,
        context: &Context<'_>,
        at: At<'_>,
    ) {
        let Some(definition) = self.schema.definition(context.source, source) else { return };
        if target_known && !conversion.accepts(definition.syntax) {
            self.problems.error(
                "type-conflict",
                at,
                format!(
                    "`{name}` of {} can never become the type of its target",
                    side_name(context.source)
                ),
                "convert it with an expression, such as ConvertToBase64",
            );
        }
    }

    /// Compiles an expression; the plain ones are told apart so that they are answered without the
    /// evaluator.
    fn expression(
        &mut self,
        text: &str,
        conversion: Conversion,
        context: &Context<'_>,
        at: At<'_>,
    ) -> Option<(Source, Vec<AttributeId>)> {
        // A name that the schema lacks would read as absent for good, though an export may bring it
        // later (SR-012); too many names are the schema's problem when the world is loaded.
        for name in attribute_names(text) {
            let _ = self.schema.intern(&name);
        }
        let parameters =
            |name: &str| context.parameters.knows(name, context.kind, context.direction);
        let compiled = compile(
            text,
            &CompileContext {
                schema: &*self.schema,
                side: context.source,
                parameters: &parameters,
            },
        );
        let expression = match compiled {
            Ok(expression) => expression,
            Err(errors) => {
                for error in errors {
                    let message = format!("in `{}`: {}", shown(text, error.at), error.message);
                    let help = error.help.unwrap_or_default();
                    self.problems.error(error.code.as_str(), at, message, help);
                    self.problems.part(error.at.of(text));
                }
                return None;
            }
        };
        if context.direction == Direction::Outbound && calls_imported_value(text) {
            self.problems.error(
                "unknown-function",
                at,
                "`ImportedValue` reads what a connector imported, which only inbound rules see",
                "read the metaverse attribute with `[name]`",
            );
        }
        for warning in expression.warnings() {
            let code = match warning.code {
                WarningCode::UnknownAttribute => "unknown-attribute",
                WarningCode::WordCase => "word-case",
                WarningCode::MixedOperators => "mixed-operators",
            };
            let message = format!("in `{}`: {}", shown(text, warning.at), warning.message);
            self.problems.warning(code, at, message, "");
            self.problems.part(warning.at.of(text));
        }
        if let Some(attribute) = expression.is_direct() {
            return Some((Source::Direct(attribute), vec![attribute]));
        }
        let reads = expression.attributes().to_vec();
        let plain = self.plain(text.trim(), conversion, context);
        Some((plain.unwrap_or_else(|| Source::Expression(Box::new(expression))), reads))
    }

    /// Recognizes `Trim([a])`, `ValueCount("a")` and `%Name%`.
    fn plain(&self, text: &str, conversion: Conversion, context: &Context<'_>) -> Option<Source> {
        let call = |name: &str, open: &str, close: &str| {
            let inner = text.strip_prefix(name)?.trim_start().strip_prefix('(')?;
            let inner = inner.strip_suffix(')')?.trim();
            let inner = inner.strip_prefix(open)?.strip_suffix(close)?;
            let alone = !inner.contains(['[', ']', '"', '(', ')', ',']);
            self.schema.attribute(inner).filter(|_| alone)
        };
        if let Some(attribute) = call("Trim", "[", "]") {
            return Some(Source::Trimmed(attribute));
        }
        if let Some(attribute) = call("ValueCount", "\"", "\"") {
            return Some(Source::Count(attribute));
        }
        let name = text.strip_prefix('%')?.strip_suffix('%').filter(|name| !name.contains('%'))?;
        if parameters::of_the_partition(name) {
            return Some(Source::Parameter(name.to_owned()));
        }
        let value = context.parameters.get(name)?;
        // A value `0x…` is a number in an expression (SR-010); the evaluator knows how.
        if value.starts_with("0x") {
            return None;
        }
        constant(&value, conversion).map(Source::Constant)
    }
}

/// Returns what a message shows of an expression: all of a short one, else the part that matters.
fn shown(text: &str, at: Span) -> &str {
    let whole = text.trim();
    let part = at.of(text);
    if part.is_empty() || whole.len() <= 60 && !whole.contains('\n') { whole } else { part }
}

/// Whether an expression calls `ImportedValue`; a text that only mentions it does not.
fn calls_imported_value(text: &str) -> bool {
    text.split('"').step_by(2).any(|outside| {
        outside.split("ImportedValue").skip(1).any(|rest| rest.trim_start().starts_with('('))
    })
}
