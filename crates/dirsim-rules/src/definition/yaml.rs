//! Prints a rule in dirsim's own rule format, ready to be read again.

use std::fmt::Write as _;

use super::{FlowDefinition, FlowKind, RuleDefinition};
use crate::flow::MergeType;
use crate::rule::Direction;

/// Words that YAML reads as something else than text.
const RESERVED: &[&str] = &["true", "false", "null", "yes", "no", "on", "off", "~", "y", "n"];

impl RuleDefinition {
    /// Prints the rule as one entry of a rule file's `rules` list; `connector` is how the file
    /// names the connector.
    ///
    /// Reading what was printed gives the same rule.
    pub fn to_yaml(&self, connector: &str) -> String {
        let mut out = String::new();
        let mut line = |key: &str, value: &str| {
            let _ = writeln!(out, "{}{key}: {value}", if key == "name" { "  - " } else { "    " });
        };
        line("name", &scalar(&self.name));
        if self.id != dirsim_model::Guid::NIL {
            line("id", &self.id.to_string());
        }
        if !self.tag.is_empty() {
            line("tag", &scalar(&self.tag));
        }
        if !self.description.is_empty() {
            line("description", &scalar(&self.description));
        }
        line("connector", &scalar(connector));
        let metaverse = scalar(&format!("metaverse {}", self.mv_class));
        let (from, to) = match self.direction {
            Direction::Inbound => (scalar(&self.cs_class), metaverse),
            Direction::Outbound => (metaverse, scalar(&self.cs_class)),
        };
        line("from", &from);
        line("to", &to);
        line("link", self.link.word());
        line("precedence", &self.precedence.to_string());
        if self.disabled {
            line("disabled", "true");
        }
        if self.password_sync {
            line("password-sync", "true");
        }
        if self.soft_delete_expiry_ms > 0 {
            line("soft-delete-expiry", &format!("'{}'", duration(self.soft_delete_expiry_ms)));
        }
        if !self.scope.is_empty() {
            out.push_str("    scope:\n");
            for group in &self.scope {
                let clauses = group.iter().map(|clause| {
                    format!("{} {} {}", clause.attribute, clause.operator, clause.value)
                });
                list(&mut out, clauses);
            }
        }
        if !self.join.is_empty() {
            out.push_str("    join:\n");
            for group in &self.join {
                let criteria = group.iter().map(|criterion| {
                    let mark = if criterion.case_sensitive { " (case-sensitive)" } else { "" };
                    format!("{} = {}{mark}", criterion.cs_attribute, criterion.mv_attribute)
                });
                list(&mut out, criteria);
            }
        }
        flows(&mut out, &self.flows);
        out
    }
}

fn list(out: &mut String, items: impl Iterator<Item = String>) {
    let items: Vec<String> = items.map(|item| in_list(item.trim())).collect();
    let _ = writeln!(out, "      - [{}]", items.join(", "));
}

fn flows(out: &mut String, flows: &[FlowDefinition]) {
    if flows.is_empty() {
        return;
    }
    out.push_str("    flows:\n");
    let same = |flow: &&FlowDefinition| flow.kind == FlowKind::Direct && flow.source == flow.target;
    let direct: Vec<String> = flows.iter().filter(same).map(|flow| in_list(&flow.target)).collect();
    if !direct.is_empty() {
        names(out, "direct", &direct);
    }
    section(out, "expressions", flows.iter().filter(|flow| !same(flow)), |flow| match flow.kind {
        FlowKind::Direct => Some(format!("[{}]", flow.source)),
        FlowKind::Expression => Some(flow.source.clone()),
        FlowKind::Constant => None,
    });
    section(out, "constants", flows.iter(), |flow| {
        (flow.kind == FlowKind::Constant).then(|| flow.source.clone())
    });
    section(out, "merge", flows.iter(), |flow| {
        (flow.merge != MergeType::Update).then(|| flow.merge.name().to_owned())
    });
    let once: Vec<String> =
        flows.iter().filter(|flow| flow.apply_once).map(|flow| in_list(&flow.target)).collect();
    if !once.is_empty() {
        names(out, "once", &once);
    }
}

/// Writes a list of names, broken into lines of about a hundred characters.
fn names(out: &mut String, key: &str, items: &[String]) {
    let mut line = format!("      {key}: [");
    for (at, item) in items.iter().enumerate() {
        if at > 0 {
            line.push(',');
            if line.len() + item.len() > 98 {
                let _ = writeln!(out, "{line}");
                line = " ".repeat(10);
            } else {
                line.push(' ');
            }
        }
        line.push_str(item);
    }
    let _ = writeln!(out, "{line}]");
}

fn section<'a>(
    out: &mut String,
    key: &str,
    flows: impl Iterator<Item = &'a FlowDefinition>,
    text: impl Fn(&FlowDefinition) -> Option<String>,
) {
    let mut first = true;
    for flow in flows {
        let Some(text) = text(flow) else { continue };
        if std::mem::take(&mut first) {
            let _ = writeln!(out, "      {key}:");
        }
        let target = scalar(&flow.target);
        if is_block(&text) {
            let _ = writeln!(out, "        {target}: |-");
            for line in text.lines() {
                let _ = writeln!(out, "{}", format!("          {line}").trim_end());
            }
        } else {
            let _ = writeln!(out, "        {target}: {}", scalar(&text));
        }
    }
}

/// Whether a text can stand as a literal block without losing a byte.
fn is_block(text: &str) -> bool {
    text.contains('\n')
        && !text.starts_with([' ', '\t', '\n', '\r'])
        && !text.ends_with('\n')
        && text.lines().all(|line| line.trim_end() == line)
        && text.chars().all(|c| c == '\n' || !c.is_control())
}

/// Writes a text as a YAML scalar of one line.
fn scalar(text: &str) -> String {
    let plain = text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || " _-./()=;".contains(c))
        && !text.ends_with(' ')
        && !RESERVED.iter().any(|word| word.eq_ignore_ascii_case(text));
    if plain {
        return text.to_owned();
    }
    quoted(text)
}

/// Writes a text as an item of a list in brackets.
fn in_list(text: &str) -> String {
    if text.contains([',', '[', ']', '{', '}']) { quoted(text) } else { scalar(text) }
}

fn quoted(text: &str) -> String {
    if text.chars().any(char::is_control) {
        // A JSON string is a YAML scalar, too.
        let mut out = String::from('"');
        for c in text.chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_control() => {
                    let _ = write!(out, "\\u{:04x}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        out.push('"');
        return out;
    }
    format!("'{}'", text.replace('\'', "''"))
}

/// Prints a duration as `[d.]hh:mm:ss` (SR-066).
fn duration(ms: i64) -> String {
    let seconds = ms / 1000;
    let (days, hours) = (seconds / 86_400, seconds / 3600 % 24);
    let clock = format!("{hours:02}:{:02}:{:02}", seconds / 60 % 60, seconds % 60);
    if days > 0 { format!("{days}.{clock}") } else { clock }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_only_where_yaml_needs_it() {
        for (text, shown) in [
            ("In from AD - User Join", "In from AD - User Join"),
            ("user", "user"),
            ("True", "'True'"),
            ("a: b", "'a: b'"),
            ("it's", "'it''s'"),
            ("%Connector.ID%", "'%Connector.ID%'"),
            ("a\nb", "\"a\\nb\""),
            ("", "''"),
        ] {
            assert_eq!(scalar(text), shown);
        }
        assert_eq!(in_list("a IN x,y"), "'a IN x,y'");
    }

    /// SR-066.
    #[test]
    fn durations_print_as_they_are_read() {
        for text in ["00:00:01", "23:59:59", "1.02:03:04", "30.00:00:00"] {
            assert_eq!(duration(crate::format::duration_ms(text).unwrap()), text);
        }
    }
}
