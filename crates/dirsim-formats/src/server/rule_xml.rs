//! A rule file of a configuration folder, read and written (CE section 2).

use std::fmt::Write as _;

use dirsim_model::Guid;
use dirsim_rules::{Direction, LinkType, MergeType};

use super::finding::{Findings, Level};
use super::rule::{
    ExportedClause, ExportedCriterion, ExportedFlow, ExportedRule, FlowSource, LINK_TYPES,
    MERGE_TYPES, boolean, direction_name, link_name, merge_name,
};
use super::xml::{Element, escape};

/// The code of what a rule must have and has not.
const BAD: &str = "rule-not-readable";

/// Reads a rule; `None` when it says too little to be one.
pub(super) fn read(root: &Element, file: &str, findings: &mut Findings) -> Option<ExportedRule> {
    Reader { file, name: root.text_of("name"), findings, ok: true }.rule(root)
}

struct Reader<'a> {
    file: &'a str,
    name: &'a str,
    findings: &'a mut Findings,
    ok: bool,
}

impl Reader<'_> {
    fn note(&mut self, level: Level, code: &'static str, line: u32, text: String, help: &str) {
        self.ok &= level != Level::Error;
        let text =
            if self.name.is_empty() { text } else { format!("{text} (rule `{}`)", self.name) };
        self.findings.add(level, code, self.file, line, self.name, text, help);
    }

    fn guid(&mut self, root: &Element, name: &str) -> Guid {
        let text = root.text_of(name);
        if text.is_empty() {
            return Guid::NIL;
        }
        text.parse().unwrap_or_else(|_| {
            let line = root.child(name).map_or(root.line, |element| element.line);
            self.note(Level::Error, BAD, line, format!("`{name}` is `{text}`, no GUID"), "");
            Guid::NIL
        })
    }

    /// Reads a word of a closed set.
    fn word<T: Copy>(
        &mut self,
        root: &Element,
        name: &str,
        known: &[(&str, T)],
        missing: Option<T>,
    ) -> Option<T> {
        let text = root.text_of(name);
        if text.is_empty()
            && let Some(value) = missing
        {
            return Some(value);
        }
        let found = known.iter().find(|(word, _)| word.eq_ignore_ascii_case(text));
        if found.is_none() {
            let line = root.child(name).map_or(root.line, |element| element.line);
            let words: Vec<&str> = known.iter().map(|(word, _)| *word).collect();
            let what = if text.is_empty() {
                format!("`{name}` is missing or empty")
            } else {
                format!("`{name}` is `{text}`")
            };
            self.note(Level::Error, BAD, line, what, &format!("one of {}", words.join(", ")));
        }
        found.map(|(_, value)| *value)
    }

    fn flag(&mut self, parent: &Element, name: &str) -> bool {
        let text = parent.text_of(name);
        if text.is_empty() {
            return false;
        }
        boolean(text).unwrap_or_else(|| {
            let line = parent.child(name).map_or(parent.line, |element| element.line);
            let what = format!("`{name}` is `{text}`");
            self.note(Level::Error, BAD, line, what, "write true or false");
            false
        })
    }

    fn precedence(&mut self, root: &Element) -> u32 {
        let text = root.text_of("precedence");
        text.parse().unwrap_or_else(|_| {
            let line = root.child("precedence").map_or(root.line, |element| element.line);
            let what = if text.is_empty() {
                "`precedence` is missing or empty".to_owned()
            } else {
                format!("`precedence` is `{text}`, no number from 0 to 2147483647")
            };
            self.note(
                Level::Error,
                BAD,
                line,
                what,
                "smaller numbers win; custom rules use 0 to 99",
            );
            0
        })
    }

    fn needed(&mut self, parent: &Element, name: &str) -> String {
        let text = parent.text_of(name);
        if text.is_empty() {
            let what = format!("`{}` without `{name}`", parent.name);
            self.note(Level::Error, BAD, parent.line, what, "export the rule again");
        }
        text.to_owned()
    }

    fn rule(mut self, root: &Element) -> Option<ExportedRule> {
        let directions = [("Inbound", Direction::Inbound), ("Outbound", Direction::Outbound)];
        let direction = self.word(root, "direction", &directions, None);
        let link = self.word(root, "linkType", LINK_TYPES, Some(LinkType::Join));
        let id = self.guid(root, "id");
        if id == Guid::NIL {
            self.note(
                Level::Error,
                BAD,
                root.line,
                "a rule without `id`".into(),
                "export it again",
            );
        }
        let connector = self.guid(root, "connector");
        let rule = ExportedRule {
            file: self.file.to_owned(),
            line: root.line,
            id,
            internal_id: self.guid(root, "internal-id"),
            version: root.text_of("version").parse().unwrap_or(1),
            name: self.needed(root, "name"),
            description: root.text_of("description").to_owned(),
            tag: root.text_of("immutable-tag").to_owned(),
            direction: direction.unwrap_or(Direction::Inbound),
            disabled: self.flag(root, "disabled"),
            connector,
            source_type: self.needed(root, "sourceObjectType"),
            target_type: self.needed(root, "targetObjectType"),
            link: link.unwrap_or_default(),
            precedence: self.precedence(root),
            precedence_after: self.guid(root, "precedence-after"),
            precedence_before: self.guid(root, "precedence-before"),
            soft_delete_expiry: match root.text_of("softDeleteExpiryInterval") {
                "" => "00:00:00".to_owned(),
                text => text.to_owned(),
            },
            password_sync: self.flag(root, "EnablePasswordSync"),
            flows: root
                .child("attribute-mappings")
                .into_iter()
                .flat_map(|mappings| mappings.all("mapping"))
                .filter_map(|mapping| self.flow(mapping))
                .collect(),
            join: self.groups(root, "relationshipCriteria", "condition", Self::criterion),
            scope: self.groups(root, "synchronizationCriteria", "scope", Self::clause),
        };
        self.ok.then_some(rule)
    }

    fn flow(&mut self, mapping: &Element) -> Option<ExportedFlow> {
        let target = self.needed(mapping, "dest");
        let src = mapping.child("src");
        let names: Vec<String> = src
            .into_iter()
            .flat_map(|src| src.all("attr"))
            .map(|attr| attr.trimmed().to_owned())
            .filter(|name| !name.is_empty())
            .collect();
        let expression = mapping.child("expression").map(|found| found.text.as_str());
        let stored = src.map(|_| names.clone());
        let (source, stored_sources) =
            if let Some(text) = expression.filter(|text| !text.trim().is_empty()) {
                (FlowSource::Expression(text.to_owned()), stored)
            } else if let Some(first) = names.first() {
                if names.len() > 1 {
                    let what = format!(
                        "the flow for `{target}` names {} source attributes; `{first}` counts",
                        names.len()
                    );
                    self.note(Level::Warning, "extra-source-attribute", mapping.line, what, "");
                }
                (FlowSource::Direct(first.clone()), None)
            } else {
                let text = src.map_or("", Element::trimmed);
                if text.is_empty() {
                    let what = format!("the flow for `{target}` has neither source nor expression");
                    let help = "it reads as a constant without text: nothing flows";
                    self.note(Level::Warning, "empty-constant", mapping.line, what, help);
                }
                (FlowSource::Constant(text.to_owned()), None)
            };
        let merge = self.word(mapping, "valueMergeType", MERGE_TYPES, Some(MergeType::Update))?;
        let once = match mapping.attribute("execute-once") {
            None => false,
            Some(text) => boolean(text).unwrap_or_else(|| {
                let what = format!("`execute-once` is `{text}`");
                self.note(Level::Error, BAD, mapping.line, what, "write true or false");
                false
            }),
        };
        Some(ExportedFlow { line: mapping.line, target, source, stored_sources, merge, once })
    }

    fn groups<T>(
        &mut self,
        root: &Element,
        name: &str,
        item: &str,
        read: impl Fn(&mut Self, &Element) -> T,
    ) -> Vec<Vec<T>> {
        let mut groups = Vec::new();
        for conditions in root.child(name).into_iter().flat_map(|found| found.all("conditions")) {
            let group: Vec<T> = conditions.all(item).map(|found| read(self, found)).collect();
            if group.is_empty() {
                let what = format!("`{name}` has a group without `{item}`");
                let help = "the group is left out";
                self.note(Level::Warning, "empty-group", conditions.line, what, help);
            } else {
                groups.push(group);
            }
        }
        groups
    }

    fn criterion(&mut self, condition: &Element) -> ExportedCriterion {
        ExportedCriterion {
            line: condition.line,
            cs_attribute: self.needed(condition, "csAttribute"),
            mv_attribute: self.needed(condition, "ilmAttribute"),
            case_sensitive: self.flag(condition, "caseSensitive"),
        }
    }

    fn clause(&mut self, scope: &Element) -> ExportedClause {
        ExportedClause {
            line: scope.line,
            attribute: self.needed(scope, "csAttribute"),
            operator: self.needed(scope, "csOperator"),
            value: scope.text_of("csValue").to_owned(),
        }
    }
}

/// Writes a rule in the form of a configuration folder (CE-013); reading it gives an equal rule. The
/// source lists of expressions are those that they read, or with `stored_sources` those that the
/// server kept (SR-086).
pub fn write(rule: &ExportedRule, stored_sources: bool) -> String {
    let mut text = String::from("<synchronizationRule>\n");
    let mut line = |depth: usize, name: &str, value: &str| {
        let indent = "  ".repeat(depth);
        if value.is_empty() {
            let _ = writeln!(text, "{indent}<{name} />");
        } else {
            let _ = writeln!(text, "{indent}<{name}>{}</{name}>", escape(value));
        }
    };
    let braced = |guid: Guid| format!("{{{guid}}}");
    line(1, "id", &braced(rule.id));
    line(1, "internal-id", &braced(rule.internal_id));
    line(1, "version", &rule.version.to_string());
    line(1, "name", &rule.name);
    line(1, "description", &rule.description);
    line(1, "immutable-tag", &rule.tag);
    line(1, "direction", direction_name(rule.direction));
    line(1, "disabled", if rule.disabled { "True" } else { "False" });
    line(1, "connector", &braced(rule.connector));
    line(1, "sourceObjectType", &rule.source_type);
    line(1, "targetObjectType", &rule.target_type);
    line(1, "linkType", link_name(rule.link));
    line(1, "precedence", &rule.precedence.to_string());
    line(1, "precedence-after", &braced(rule.precedence_after));
    line(1, "precedence-before", &braced(rule.precedence_before));
    line(1, "softDeleteExpiryInterval", &rule.soft_delete_expiry);
    line(1, "EnablePasswordSync", if rule.password_sync { "true" } else { "false" });
    flows(&mut text, rule, stored_sources);
    groups(&mut text, "relationshipCriteria", &rule.join, |text, criterion| {
        leaves(
            text,
            "condition",
            &[
                ("csAttribute", &criterion.cs_attribute),
                ("ilmAttribute", &criterion.mv_attribute),
                ("caseSensitive", if criterion.case_sensitive { "True" } else { "" }),
            ],
        );
    });
    groups(&mut text, "synchronizationCriteria", &rule.scope, |text, clause| {
        leaves(
            text,
            "scope",
            &[
                ("csAttribute", &clause.attribute),
                ("csOperator", &clause.operator),
                ("csValue", &clause.value),
            ],
        );
    });
    text.push_str("</synchronizationRule>\n");
    text
}

fn flows(text: &mut String, rule: &ExportedRule, stored_sources: bool) {
    if rule.flows.is_empty() {
        text.push_str("  <attribute-mappings />\n");
        return;
    }
    text.push_str("  <attribute-mappings>\n");
    for flow in &rule.flows {
        let once = if flow.once { " execute-once=\"true\"" } else { "" };
        let _ = writeln!(text, "    <mapping{once}>");
        let _ = writeln!(text, "      <dest>{}</dest>", escape(&flow.target));
        if let FlowSource::Constant(constant) = &flow.source {
            let _ = writeln!(text, "      <src>{}</src>", escape(constant));
        } else if !flow.sources(stored_sources).is_empty() {
            text.push_str("      <src>\n");
            for name in flow.sources(stored_sources) {
                let _ = writeln!(text, "        <attr>{}</attr>", escape(&name));
            }
            text.push_str("      </src>\n");
        }
        if let FlowSource::Expression(expression) = &flow.source {
            let _ = writeln!(text, "      <expression>{}</expression>", escape(expression));
        }
        let merge = merge_name(flow.merge);
        let _ = writeln!(text, "      <valueMergeType>{merge}</valueMergeType>");
        text.push_str("    </mapping>\n");
    }
    text.push_str("  </attribute-mappings>\n");
}

fn groups<T>(text: &mut String, name: &str, groups: &[Vec<T>], write: impl Fn(&mut String, &T)) {
    if groups.is_empty() {
        let _ = writeln!(text, "  <{name} />");
        return;
    }
    let _ = writeln!(text, "  <{name}>");
    for group in groups {
        text.push_str("    <conditions>\n");
        for item in group {
            write(text, item);
        }
        text.push_str("    </conditions>\n");
    }
    let _ = writeln!(text, "  </{name}>");
}

/// Writes an element with texts inside; a `caseSensitive` without text is left out, as it is there.
fn leaves(text: &mut String, name: &str, leaves: &[(&str, &str)]) {
    let _ = writeln!(text, "      <{name}>");
    for (leaf, value) in leaves {
        if value.is_empty() && *leaf == "caseSensitive" {
            continue;
        }
        if value.is_empty() {
            let _ = writeln!(text, "        <{leaf} />");
        } else {
            let _ = writeln!(text, "        <{leaf}>{}</{leaf}>", escape(value));
        }
    }
    let _ = writeln!(text, "      </{name}>");
}
