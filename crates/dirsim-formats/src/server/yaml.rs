//! Rules of a server in dirsim's own rule format, with the way back from its lines to theirs.

use std::collections::BTreeMap;

use dirsim_model::{Guid, Schema, Side};
use dirsim_rules::{
    ConnectorKind, Direction, LinkType, MergeType, Operator, RuleFile, RuleProblem,
};

use super::finding::{Findings, Level};
use super::metaverse::duration_ms;
use super::rule::{ExportedFlow, ExportedRule, FlowSource, merge_name};

/// What a connector identity of the rules stands for in the world.
pub(super) type Bound = BTreeMap<Guid, (String, ConnectorKind)>;

/// A rule file with the places that its lines come from.
#[derive(Debug, Clone)]
pub(super) struct Written {
    pub(super) file: RuleFile,
    /// Lines of the rule file, ascending, with file and line of the export.
    places: Vec<(u32, String, u32)>,
}

impl Written {
    /// Moves a problem of the rule file to the place in the export that it is about.
    pub(super) fn moved(&self, problem: &RuleProblem) -> RuleProblem {
        let mut moved = problem.clone();
        if problem.file != self.file.path {
            return moved;
        }
        let at = self.places.partition_point(|(line, ..)| *line <= problem.line);
        if let Some((_, file, line)) = at.checked_sub(1).and_then(|at| self.places.get(at)) {
            moved.file.clone_from(file);
            moved.line = *line;
            moved.column = 0;
        }
        moved
    }
}

/// Writes rules as one rule file. Rules of a connector that is not bound are left out.
pub(super) fn write(
    path: &str,
    heading: &str,
    rules: &[ExportedRule],
    bound: &Bound,
    schema: &Schema,
    findings: &mut Findings,
) -> Written {
    let mut writer = Writer { text: String::new(), line: 1, places: Vec::new(), schema, findings };
    for line in heading.lines() {
        writer.put(&format!("# {line}"));
    }
    let mut any = false;
    for rule in rules {
        if let Some((connector, kind)) = bound.get(&rule.connector) {
            if !any {
                writer.put("rules:");
                any = true;
            }
            writer.rule(rule, connector, *kind);
        }
    }
    if !any {
        writer.put("rules: []");
    }
    let Writer { text, places, .. } = writer;
    Written { file: RuleFile { path: path.to_owned(), text }, places }
}

struct Writer<'a> {
    text: String,
    line: u32,
    places: Vec<(u32, String, u32)>,
    schema: &'a Schema,
    findings: &'a mut Findings,
}

impl Writer<'_> {
    fn put(&mut self, line: &str) {
        self.text.push_str(line);
        self.text.push('\n');
        self.line += 1;
    }

    /// Notes that what is written from here on comes from this line of the export.
    fn from(&mut self, rule: &ExportedRule, line: u32) {
        self.places.push((self.line, rule.file.clone(), line));
    }

    fn rule(&mut self, rule: &ExportedRule, connector: &str, kind: ConnectorKind) {
        self.from(rule, rule.line);
        self.put(&format!("  - name: {}", quoted(&rule.name)));
        self.put(&format!("    id: {}", rule.id));
        for (key, value) in [("tag", &rule.tag), ("description", &rule.description)] {
            if !value.is_empty() {
                self.put(&format!("    {key}: {}", quoted(value)));
            }
        }
        self.put(&format!("    connector: {}", quoted(connector)));
        let metaverse = quoted(&format!("metaverse {}", rule.mv_type()));
        let (from, to) = match rule.direction {
            Direction::Inbound => (quoted(rule.cs_type()), metaverse),
            Direction::Outbound => (metaverse, quoted(rule.cs_type())),
        };
        self.put(&format!("    from: {from}"));
        self.put(&format!("    to: {to}"));
        let link = match rule.link {
            LinkType::Provision => "provision",
            LinkType::Join => "join",
            LinkType::StickyJoin => "sticky-join",
            LinkType::JoinNoFlow => "join-no-flow",
        };
        self.put(&format!("    link: {link}"));
        self.put(&format!("    precedence: {}", rule.precedence));
        if rule.disabled {
            self.put("    disabled: true");
        }
        if rule.password_sync {
            self.put("    password-sync: true");
        }
        // A plain number came without a unit; it was told, and has no effect.
        if duration_ms(&rule.soft_delete_expiry) != Some(0)
            && rule.soft_delete_expiry.parse::<u32>().is_err()
        {
            self.put(&format!("    soft-delete-expiry: {}", quoted(&rule.soft_delete_expiry)));
        }
        let cs = match kind {
            ConnectorKind::Forest => Side::Forest,
            ConnectorKind::Entra => Side::Entra,
        };
        let (source, target) = match rule.direction {
            Direction::Inbound => (cs, Side::Metaverse),
            Direction::Outbound => (Side::Metaverse, cs),
        };
        self.scope(rule, source);
        self.join(rule, cs);
        self.flows(rule, source, target);
    }

    fn scope(&mut self, rule: &ExportedRule, source: Side) {
        if rule.scope.is_empty() {
            return;
        }
        self.put("    scope:");
        for group in &rule.scope {
            let line = group.first().map_or(rule.line, |clause| clause.line);
            self.from(rule, line);
            self.put("      -");
            for clause in group {
                self.from(rule, clause.line);
                let name = self.spelled(&clause.attribute, source);
                // An operator without operand ignores what stands there (SR-032).
                let unary =
                    Operator::parse(&clause.operator).is_some_and(|(known, _)| known.is_unary());
                let value = if unary { "" } else { clause.value.trim() };
                let clause = format!("{name} {} {value}", clause.operator);
                self.put(&format!("        - {}", quoted(clause.trim())));
            }
        }
    }

    fn join(&mut self, rule: &ExportedRule, cs: Side) {
        if rule.join.is_empty() {
            return;
        }
        self.put("    join:");
        for group in &rule.join {
            let line = group.first().map_or(rule.line, |criterion| criterion.line);
            self.from(rule, line);
            self.put("      -");
            for criterion in group {
                self.from(rule, criterion.line);
                let left = self.spelled(&criterion.cs_attribute, cs);
                let right = self.spelled(&criterion.mv_attribute, Side::Metaverse);
                let mark = if criterion.case_sensitive { " (case-sensitive)" } else { "" };
                self.put(&format!("        - {}", quoted(&format!("{left} = {right}{mark}"))));
            }
        }
    }

    fn flows(&mut self, rule: &ExportedRule, source: Side, target: Side) {
        let mut kept: Vec<(String, &ExportedFlow)> = Vec::new();
        for flow in &rule.flows {
            let name = self.spelled(&flow.target, target);
            if kept.iter().any(|(known, _)| *known == name) {
                let text = format!("the rule has two flows for `{name}` (rule `{}`)", rule.name);
                let help = "keep one of them";
                self.findings.add(
                    Level::Error,
                    "duplicate-target",
                    &rule.file,
                    flow.line,
                    &rule.name,
                    text,
                    help,
                );
                continue;
            }
            kept.push((name, flow));
        }
        if kept.is_empty() {
            return;
        }
        self.put("    flows:");
        let mut rest: Vec<(&String, &ExportedFlow, bool, String)> = Vec::new();
        let mut direct: Vec<(&String, &ExportedFlow)> = Vec::new();
        for (name, flow) in &kept {
            match &flow.source {
                FlowSource::Direct(from) => {
                    let from = self.spelled(from, source);
                    if from == *name {
                        direct.push((name, flow));
                    } else {
                        rest.push((name, flow, true, format!("[{from}]")));
                    }
                }
                FlowSource::Expression(text) => {
                    rest.push((name, flow, true, self.respelled(text)));
                }
                FlowSource::Constant(text) => rest.push((name, flow, false, text.clone())),
            }
        }
        if !direct.is_empty() {
            self.put("      direct:");
            for (name, flow) in direct {
                self.from(rule, flow.line);
                self.put(&format!("        - {}", quoted(name)));
            }
        }
        for (key, wanted) in [("expressions", true), ("constants", false)] {
            if rest.iter().all(|(.., is_expression, _)| *is_expression != wanted) {
                continue;
            }
            self.put(&format!("      {key}:"));
            for (name, flow, is_expression, text) in &rest {
                if *is_expression == wanted {
                    self.from(rule, flow.line);
                    self.put(&format!("        {}: {}", quoted(name), text_value(text)));
                }
            }
        }
        if kept.iter().any(|(_, flow)| flow.merge != MergeType::Update) {
            self.put("      merge:");
            for (name, flow) in kept.iter().filter(|(_, flow)| flow.merge != MergeType::Update) {
                self.from(rule, flow.line);
                self.put(&format!("        {}: {}", quoted(name), merge_name(flow.merge)));
            }
        }
        if kept.iter().any(|(_, flow)| flow.once) {
            self.put("      once:");
            for (name, flow) in kept.iter().filter(|(_, flow)| flow.once) {
                self.from(rule, flow.line);
                self.put(&format!("        - {}", quoted(name)));
            }
        }
    }

    /// Returns a name as dirsim's schema spells it; an unknown one as it is.
    ///
    /// One name stands for an attribute on all sides, but the product spells a few of them in two
    /// ways; a name that is wrong in letter case only was refused before.
    fn spelled(&self, name: &str, side: Side) -> String {
        let known = self.schema.attribute(name);
        known
            .filter(|id| self.schema.definition(side, *id).is_some())
            .map_or_else(|| name.to_owned(), |id| self.schema.name(id).to_owned())
    }

    /// Does the same for the attributes of an expression.
    fn respelled(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for name in dirsim_expr::attribute_names(&text) {
            if let Some(id) = self.schema.attribute(&name)
                && self.schema.name(id) != name
            {
                let own = self.schema.name(id);
                text = text.replace(&format!("[{name}]"), &format!("[{own}]"));
            }
        }
        text
    }
}

/// Returns a text as a YAML scalar: as it is when it is a plain word, else in double quotes.
fn quoted(text: &str) -> String {
    const RESERVED: &[&str] = &["true", "false", "null", "yes", "no", "on", "off"];
    let first = text.chars().next().is_some_and(|c| c.is_ascii_alphabetic());
    let plain = first
        && text.len() > 1
        && text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-' || c == '_' || c == '.')
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
    if plain { text.to_owned() } else { text_value(text) }
}

/// Returns a text as a double-quoted YAML scalar; the escapes of JSON are a part of YAML's.
fn text_value(text: &str) -> String {
    serde_json::to_string(text).expect("a text can be written as JSON")
}
