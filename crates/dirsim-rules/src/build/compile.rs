//! One rule for one connector.

use dirsim_model::schema::AttributeDefinition;
use dirsim_model::service_changes::service_changes;
use dirsim_model::{AttributeId, ClassId, Guid, Schema, Side};
use serde_saphyr::Spanned;

use super::{At, Problems, Template, option_is_on};
use crate::format;
use crate::join::{JoinCriterion, JoinGroup};
use crate::options::{ConnectorInfo, ConnectorKind, RuleOptions};
use crate::problem::Severity;
use crate::rule::{Direction, Rule};
use crate::scope::{self, Clause, Operand, Operator, ScopeGroup};
use crate::set::parameters::Parameters;
use dirsim_model::nearest;

/// What rules are compiled with.
pub(super) struct Compiler<'a> {
    pub(super) schema: &'a mut Schema,
    pub(super) options: &'a RuleOptions,
    pub(super) templates: &'a [Template],
    pub(super) problems: Problems,
}

/// The rule that is being compiled.
pub(super) struct Context<'a> {
    pub(super) at: At<'a>,
    pub(super) direction: Direction,
    pub(super) kind: ConnectorKind,
    /// The side of the connector space.
    pub(super) cs_side: Side,
    /// The side that flows and clauses read.
    pub(super) source: Side,
    /// The side that flows write.
    pub(super) target: Side,
    pub(super) parameters: Parameters,
}

/// How an attribute is used, which decides how bad an unknown one is (SR-011).
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Use {
    /// It is written, or joined by.
    Needed,
    /// It is read; an unknown one reads as absent.
    Read,
}

impl Compiler<'_> {
    /// Compiles a rule; `None` when its classes make no sense.
    pub(super) fn rule(
        &mut self,
        template: &Template,
        connector: &ConnectorInfo,
        precedence: u32,
    ) -> Option<Rule> {
        let text = &template.text;
        let at = At::rule(template);
        let cs_side = match connector.kind {
            ConnectorKind::Forest => Side::Forest,
            ConnectorKind::Entra => Side::Entra,
        };
        let (direction, cs_class, mv_class) = self.classes(template)?;
        let (source, target) = match direction {
            Direction::Inbound => (cs_side, Side::Metaverse),
            Direction::Outbound => (Side::Metaverse, cs_side),
        };
        let parameters = self.parameters(connector);
        let kind = connector.kind;
        let context = Context { at, direction, kind, cs_side, source, target, parameters };
        let id = self.identity(template);

        let mut join = self.joins(&text.join, &context);
        let mut scope = text.scope.clone();
        for variant in &text.variants {
            if !self.is_on(variant.when.as_ref(), variant.since.as_ref(), at) {
                continue;
            }
            join.extend(self.joins(&variant.join, &context));
            if scope.is_empty() && !variant.scope.is_empty() {
                scope.push(Vec::new());
            }
            for group in &mut scope {
                group.extend(variant.scope.iter().cloned());
            }
        }
        let soft_delete_expiry_ms = text.soft_delete_expiry.as_ref().map_or(0, |expiry| {
            format::duration_ms(&expiry.value).unwrap_or_else(|| {
                self.problems.error(
                    "bad-duration",
                    at.moved(&expiry.referenced),
                    format!("`{}` is no duration", expiry.value),
                    "write `hh:mm:ss` or `d.hh:mm:ss`",
                );
                0
            })
        });
        Some(Rule {
            // One without an identity of its own gets it once all rules are known: names repeat.
            id,
            version: 1,
            modified: false,
            name: text.name.clone(),
            tag: text.tag.clone(),
            description: text.description.clone(),
            direction,
            connector: connector.id,
            cs_class,
            mv_class,
            link: text.link,
            precedence,
            disabled: text.disabled,
            password_sync: text.password_sync && self.options.password_hash_sync,
            soft_delete_expiry_ms,
            scope: self.scope(&scope, &context),
            join,
            flows: self.flows(template, &context),
            origin: text.origin.clone(),
            file: template.file.clone(),
            line: template.line,
        })
    }

    /// Returns the identity that the file gives a rule; the nil GUID when it gives none.
    fn identity(&mut self, template: &Template) -> Guid {
        let Some(text) = &template.text.id else { return Guid::NIL };
        text.value.parse().unwrap_or_else(|_| {
            self.problems.error(
                "bad-id",
                At::rule(template).moved(&text.referenced),
                format!("`{}` is no GUID", text.value),
                "leave the key out to have an identity made from name and connector",
            );
            Guid::NIL
        })
    }

    /// Whether a rule or variant applies: its option is on, and the change that brought it has come.
    pub(super) fn is_on(
        &mut self,
        when: Option<&Spanned<String>>,
        since: Option<&Spanned<String>>,
        at: At<'_>,
    ) -> bool {
        let wanted =
            when.is_none_or(|when| option_is_on(when, self.options, at, &mut self.problems));
        let come = since.is_none_or(|since| {
            if let Err(error) = service_changes().named(&since.value) {
                let at = at.moved(&since.referenced);
                self.problems.error("unknown-change", at, error.to_string(), "");
            }
            !self.options.missing.iter().any(|id| id.eq_ignore_ascii_case(&since.value))
        });
        wanted && come
    }

    /// Reads `from` and `to`: direction, connector space class, metaverse class (SR-002).
    fn classes(&mut self, template: &Template) -> Option<(Direction, ClassId, Option<ClassId>)> {
        let (from, to) = (&template.text.from, &template.text.to);
        let at = At::rule(template);
        let of_metaverse = |text: &str| {
            let (word, class) = text.trim().split_once(char::is_whitespace)?;
            (word == "metaverse").then(|| class.trim().to_owned())
        };
        let (direction, cs, mv, mv_name) =
            match (of_metaverse(&from.value), of_metaverse(&to.value)) {
                (None, Some(class)) => (Direction::Inbound, from, to, class),
                (Some(class), None) => (Direction::Outbound, to, from, class),
                _ => {
                    self.problems.error(
                        "unknown-direction",
                        at.moved(&from.referenced),
                        "exactly one of `from` and `to` must name a class of the metaverse",
                        "write it like `to: metaverse person`",
                    );
                    return None;
                }
            };
        let cs_class = self.class(cs, cs.value.trim(), at);
        if mv_name == "*" && direction == Direction::Inbound && !template.text.link.may_project() {
            return Some((direction, cs_class?, None));
        }
        let mv_class = self.class(mv, &mv_name, at);
        Some((direction, cs_class?, Some(mv_class?)))
    }

    fn class(&mut self, text: &Spanned<String>, name: &str, at: At<'_>) -> Option<ClassId> {
        let class = self.schema.class(name);
        if class.is_none() {
            let known = dirsim_model::schema::class::NAMES;
            let help = if name == "*" {
                "`*` is for inbound rules of link type join or sticky-join".to_owned()
            } else {
                nearest(name, known.iter().copied())
                    .map_or_else(String::new, |near| format!("did you mean `{near}`?"))
            };
            self.problems.error(
                "unknown-object-type",
                at.moved(&text.referenced),
                format!("no object class is called `{name}`"),
                help,
            );
        }
        class
    }

    /// Finds an attribute of a side; an unknown one is reported, and named so that it reads as
    /// absent (SR-011, SR-012).
    pub(super) fn attribute(
        &mut self,
        name: &str,
        side: Side,
        usage: Use,
        at: At<'_>,
    ) -> Option<(AttributeId, Option<AttributeDefinition>)> {
        let severity = if usage == Use::Needed { Severity::Error } else { Severity::Warning };
        let known = self.schema.attribute(name);
        if let Some(id) = known {
            let spelling = self.schema.name(id);
            if spelling != name {
                let text = format!("attribute `{name}` is spelled `{spelling}`");
                self.problems.error("unknown-attribute", at, text, "names are case-sensitive");
                self.problems.part(name);
                return None;
            }
            if let Some(definition) = self.schema.definition(side, id) {
                return Some((id, Some(definition)));
            }
        }
        let names: Vec<&str> =
            self.schema.attributes_of(side).map(|(id, _)| self.schema.name(id)).collect();
        let help =
            nearest(name, names).map_or_else(String::new, |near| format!("did you mean `{near}`?"));
        let text = format!("{} knows no attribute `{name}`", side_name(side));
        self.problems.add(severity, "unknown-attribute", at, text, help);
        self.problems.part(name);
        match (known, usage) {
            (Some(id), _) => Some((id, None)),
            (None, Use::Needed) => None,
            (None, Use::Read) => self.schema.intern(name).ok().map(|id| (id, None)),
        }
    }

    fn joins(&mut self, groups: &[Vec<Spanned<String>>], context: &Context<'_>) -> Vec<JoinGroup> {
        groups
            .iter()
            .map(|criteria| JoinGroup {
                criteria: criteria
                    .iter()
                    .filter_map(|text| self.criterion(text, context))
                    .collect(),
            })
            .collect()
    }

    /// Reads `csAttribute = mvAttribute (case-sensitive)` (SR-004).
    fn criterion(
        &mut self,
        text: &Spanned<String>,
        context: &Context<'_>,
    ) -> Option<JoinCriterion> {
        let at = context.at.moved(&text.referenced);
        let (equation, mark) = match text.value.split_once('(') {
            Some((equation, mark)) => (equation, mark.trim().strip_suffix(')').map(str::trim)),
            None => (text.value.as_str(), Some("")),
        };
        let case_sensitive = mark == Some("case-sensitive");
        let sides = equation.split_once('=').map(|(cs, mv)| (cs.trim(), mv.trim()));
        let Some((cs, mv)) = sides.filter(|_| case_sensitive || mark == Some("")) else {
            self.problems.error(
                "bad-join",
                at,
                format!("`{}` is no join criterion", text.value),
                "write `csAttribute = mvAttribute`, with `(case-sensitive)` behind it if need be",
            );
            return None;
        };
        let cs = self.attribute(cs, context.cs_side, Use::Needed, at);
        let mv = self.attribute(mv, Side::Metaverse, Use::Needed, at);
        let ((cs_attribute, _), (mv_attribute, _)) = (cs?, mv?);
        Some(JoinCriterion { cs_attribute, mv_attribute, case_sensitive })
    }

    fn scope(&mut self, groups: &[Vec<Spanned<String>>], context: &Context<'_>) -> Vec<ScopeGroup> {
        groups
            .iter()
            .map(|clauses| ScopeGroup {
                clauses: clauses.iter().filter_map(|text| self.clause(text, context)).collect(),
            })
            .collect()
    }

    /// Reads `attribute OPERATOR operand` (SR-032).
    fn clause(&mut self, text: &Spanned<String>, context: &Context<'_>) -> Option<Clause> {
        let at = context.at.moved(&text.referenced);
        let (name, rest) = text.value.trim().split_once(char::is_whitespace).unwrap_or_default();
        let (word, operand) = rest.trim().split_once(char::is_whitespace).unwrap_or((rest, ""));
        let attribute = self.attribute(name, context.source, Use::Read, at);
        let Some((operator, alias)) = Operator::parse(word.trim()) else {
            let known = Operator::ALL.iter().map(|(_, name)| *name);
            let help = nearest(word, known).map_or_else(
                || "write `attribute OPERATOR operand`".to_owned(),
                |near| format!("did you mean `{near}`?"),
            );
            let text = format!("`{}` has no known operator", text.value);
            self.problems.error("bad-operator", at, text, help);
            self.problems.part(word.trim());
            return None;
        };
        if alias {
            let text = format!("`{word}` is another spelling of `{operator}`");
            self.problems.warning("operator-alias", at, text, "");
        }
        let (attribute, definition) = attribute?;
        if operator.wants_one_value() && definition.is_some_and(|known| known.multi_valued) {
            self.problems.warning(
                "scope-equal-on-multivalue",
                at,
                format!("`{name}` may have several values, and `{operator}` wants exactly one"),
                "use ISIN, ISNOTIN, CONTAINS or NOTCONTAINS",
            );
        }
        let written = operand.trim();
        let replaced = context.parameters.replace(written, context.kind, context.direction);
        let (operand, late) = match replaced {
            Ok(found) => found,
            Err(parameter) => {
                let text = format!("no parameter is called `%{parameter}%` here");
                self.problems.error("unknown-parameter", at, text, "");
                return None;
            }
        };
        if operand.is_empty() != operator.is_unary() {
            let text = if operator.is_unary() {
                format!("`{operator}` takes no operand")
            } else {
                format!("`{operator}` needs an operand")
            };
            self.problems.error("bad-operand", at, text, "");
            return None;
        }
        let syntax = definition.map_or(dirsim_model::Syntax::Text, |known| known.syntax);
        if late {
            let (text, written) = (operand.clone(), written.to_owned());
            let operand = Operand::OfThePartition { text: operand, syntax };
            return Some(Clause { attribute, operator, operand, text, written });
        }
        if operator.orders() && syntax == dirsim_model::Syntax::Text {
            self.ambiguous(name, operator, &operand, at);
        }
        match scope::convert(operator, &operand, attribute, syntax) {
            Ok(converted) => {
                let written = written.to_owned();
                Some(Clause { attribute, operator, operand: converted, text: operand, written })
            }
            Err(expected) => {
                let text = format!("`{operand}` is not {expected}, as `{name}` wants it");
                self.problems.error("bad-operand", at, text, "");
                self.problems.part(written);
                None
            }
        }
    }
}

impl Compiler<'_> {
    /// Warns when text is ordered against something that reads as a number: both mean something, and
    /// not the same (SR-011, SR-034).
    fn ambiguous(&mut self, name: &str, operator: Operator, operand: &str, at: At<'_>) {
        if scope::parse_number(operand).is_none() {
            return;
        }
        self.problems.warning(
            "ambiguous-scope-operand",
            at,
            format!("`{name}` is text, so `{operator} {operand}` compares letters: `9` is greater than `10`"),
            "order by an attribute that holds numbers, or list the values with ISIN",
        );
        self.problems.part(operand);
    }
}

/// Returns a side as messages name it.
pub(super) const fn side_name(side: Side) -> &'static str {
    match side {
        Side::Forest => "the forest",
        Side::Metaverse => "the metaverse",
        Side::Entra => "the Entra connector",
        Side::Tenant => "the tenant",
    }
}
