//! `dirsim rules show`: one rule the way the rule editor shows it.

use std::fmt::Write as _;

use anstyle::{AnsiColor, Reset, Style};
use dirsim_model::{Guid, nearest};
use dirsim_rules::{FlowDefinition, MergeType, RuleDefinition, RuleIx};

use super::Loaded;
use crate::cli::{RuleFormat, RulesShow};
use crate::failure::Failure;

/// The width that fits every terminal.
const WIDTH: usize = 80;

/// Shows the rules that a name or identifier means.
pub(crate) fn show(arguments: &RulesShow) -> Result<(), Failure> {
    let loaded = super::load(&arguments.source)?;
    let found = find(&loaded, &arguments.rule)?;
    let mut first = true;
    if arguments.format == RuleFormat::Yaml {
        println!("rules:");
    }
    for ix in found {
        let rule = loaded.rules.definition(ix);
        match arguments.format {
            RuleFormat::Text => {
                if !std::mem::take(&mut first) {
                    println!();
                }
                let modified = loaded.rules.rule(ix).modified;
                anstream::print!("{}", page(&rule, loaded.connector(rule.connector), modified));
            }
            RuleFormat::Yaml => print!("{}", rule.to_yaml(loaded.connector(rule.connector))),
            RuleFormat::Json => {
                let line = serde_json::to_string(&rule)
                    .map_err(|error| Failure::internal(error.to_string()))?;
                println!("{line}");
            }
        }
    }
    Ok(())
}

/// Finds rules by name (without case), identifier or precedence.
pub(super) fn find(loaded: &Loaded, text: &str) -> Result<Vec<RuleIx>, Failure> {
    let rules = loaded.rules.rules();
    let guid: Option<Guid> = text.parse().ok();
    let number: Option<u32> = text.parse().ok();
    let found: Vec<RuleIx> = rules
        .iter()
        .zip(0..)
        .filter(|(rule, _)| {
            rule.name.eq_ignore_ascii_case(text)
                || Some(rule.id) == guid
                || Some(rule.precedence) == number
        })
        .map(|(_, ix)| RuleIx(ix))
        .collect();
    if found.is_empty() {
        let help = nearest(text, rules.iter().map(|rule| rule.name.as_str())).map_or_else(
            || "list them with `dirsim rules list`".to_owned(),
            |near| format!("did you mean `{near}`?"),
        );
        return Err(Failure::usage(format!("no rule is called `{text}`; {help}")));
    }
    Ok(found)
}

/// Writes the pages of the rule editor below each other.
fn page(rule: &RuleDefinition, connector: &str, modified: bool) -> String {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let head = AnsiColor::Cyan.on_default().bold();
    let mut out = String::new();
    let mut marks = vec![if rule.is_standard() { "standard" } else { "custom" }];
    if modified {
        marks.push("modified");
    }
    if rule.disabled {
        marks.push("disabled");
    }
    let _ = writeln!(out, "{bold}{}{Reset}", rule.name);
    let _ = writeln!(out, "{dim}{}{Reset}", "─".repeat(WIDTH));
    for line in wrap(&rule.description, WIDTH) {
        let _ = writeln!(out, "{line}");
    }
    if !rule.description.is_empty() {
        out.push('\n');
    }
    let mut fact = |label: &str, value: &str| {
        let _ = writeln!(out, "  {label:<22}{value}");
    };
    fact("Connected system", connector);
    fact("Direction", rule.direction.name());
    fact("Object types", &format!("{} → {}", rule.source_class(), rule.target_class()));
    fact("Link type", rule.link.name());
    fact("Precedence", &rule.precedence.to_string());
    fact("Kind", &marks.join(", "));
    if !rule.tag.is_empty() {
        fact("Tag", &rule.tag);
    }
    fact("Identifier", &rule.id.to_string());
    if rule.password_sync {
        fact("Password sync", "yes");
    }
    if rule.soft_delete_expiry_ms > 0 {
        fact("Soft-delete expiry", &dirsim_runbook::duration_text(rule.soft_delete_expiry_ms));
    }

    let _ = writeln!(
        out,
        "\n{head}Scoping filter{Reset}{}",
        match rule.scope.len() {
            0 => "  none: every object of this type",
            1 => "  all of",
            _ => "  one group holds, all clauses of a group hold",
        }
    );
    let clauses = || rule.scope.iter().flatten();
    let names = clauses().map(|c| c.attribute.chars().count()).max().unwrap_or(0).min(34);
    let words = clauses().map(|c| c.operator.chars().count()).max().unwrap_or(0);
    for (number, group) in rule.scope.iter().enumerate() {
        for (at, clause) in group.iter().enumerate() {
            let mark = group_mark(rule.scope.len(), number, at);
            let line = format!(
                "{mark}{:<names$}  {:<words$}  {}",
                clause.attribute, clause.operator, clause.value
            );
            let _ = writeln!(out, "{}", line.trim_end());
        }
    }

    let _ = writeln!(
        out,
        "\n{head}Join rules{Reset}{}",
        match rule.join.len() {
            0 => "  none",
            1 => "",
            _ => "  tried in this order until one finds exactly one object",
        }
    );
    let width = rule.join.iter().flatten().map(|c| c.cs_attribute.chars().count()).max();
    let width = width.unwrap_or(0).min(34);
    for (number, group) in rule.join.iter().enumerate() {
        for (at, criterion) in group.iter().enumerate() {
            let mark = group_mark(rule.join.len(), number, at);
            let case = if criterion.case_sensitive { "  case-sensitive" } else { "" };
            let _ = writeln!(
                out,
                "{mark}{:<width$} = {}{case}",
                criterion.cs_attribute, criterion.mv_attribute
            );
        }
    }

    let _ = writeln!(
        out,
        "\n{head}Transformations{Reset}  {}",
        match rule.flows.len() {
            0 => "none".to_owned(),
            count => count.to_string(),
        }
    );
    let width = rule.flows.iter().map(|flow| flow.target.chars().count()).max();
    let width = width.unwrap_or(0).min(30);
    for flow in &rule.flows {
        transformation(&mut out, flow, width);
    }
    out
}

/// Numbers the first line of a group when there are several.
fn group_mark(groups: usize, number: usize, at: usize) -> String {
    match (groups, at) {
        (1, _) => "  ".to_owned(),
        (_, 0) => format!("{:>4}  ", number + 1),
        _ => "      ".to_owned(),
    }
}

fn transformation(out: &mut String, flow: &FlowDefinition, width: usize) {
    let mut marks = Vec::new();
    if flow.merge != MergeType::Update {
        marks.push(flow.merge.name());
    }
    if flow.apply_once {
        marks.push("apply once");
    }
    let marks = if marks.is_empty() { String::new() } else { format!("  ({})", marks.join(", ")) };
    let start = format!("  {:<width$}  {:<10}  ", flow.target, flow.kind.name());
    let room = WIDTH.saturating_sub(start.chars().count()).max(20);
    let indent = " ".repeat(start.chars().count());
    // An expression of several lines keeps the layout that its author gave it.
    let lines: Vec<String> = if flow.source.trim().contains('\n') {
        flow.source.trim().lines().flat_map(|line| wrap_indented(line, room)).collect()
    } else {
        wrap(flow.source.trim(), room)
    };
    for (at, line) in lines.iter().enumerate() {
        let before = if at == 0 { &start } else { &indent };
        let after = if at + 1 == lines.len() { marks.as_str() } else { "" };
        let _ = writeln!(out, "{before}{line}{after}");
    }
    if lines.is_empty() {
        let _ = writeln!(out, "{}{marks}", start.trim_end());
    }
}

/// Breaks a line that is too wide, further in than it began.
fn wrap_indented(line: &str, width: usize) -> Vec<String> {
    let line = line.trim_end();
    if line.chars().count() <= width {
        return vec![line.to_owned()];
    }
    let text = line.trim_start();
    let lead = " ".repeat(line.len() - text.len());
    let mut lines = Vec::new();
    for (at, part) in wrap(text, width.saturating_sub(lead.len() + 4).max(16)).iter().enumerate() {
        let more = if at == 0 { "" } else { "    " };
        lines.push(format!("{lead}{more}{part}"));
    }
    lines
}

/// Breaks a text at blanks; a word that is too long for a line stands alone.
fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.chars().count() + 1 + word.chars().count() <= width => {
                line.push(' ');
                line.push_str(word);
            }
            _ => lines.push(word.to_owned()),
        }
    }
    lines.retain(|line| !line.is_empty());
    lines
}
