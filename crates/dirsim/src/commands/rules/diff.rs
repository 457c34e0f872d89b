//! `dirsim rules diff`: two rule sets, by their text and by what they do to a population.

use std::path::Path;

use dirsim_rules::{RuleDefinition, RuleFile, RuleSet};
use dirsim_world::rules_diff::EffectChange;
use dirsim_world::{Input, RulesDiff, ServerEdit, World, rules_diff};
use serde::Serialize;
use serde_json::json;

use crate::cli::{Format, RulesDiffArguments};
use crate::failure::Failure;
use crate::progress::Bar;
use crate::report::Rows;

/// One side of the comparison.
struct Side {
    /// The files; `None` is the set that the world has.
    files: Option<Vec<RuleFile>>,
    rules: Vec<RuleDefinition>,
}

/// How one rule differs.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
struct RuleChange {
    name: String,
    precedence: u32,
    /// `added`, `removed` or `changed`.
    kind: &'static str,
    /// What differs, a line each.
    details: Vec<String>,
}

/// Compares.
pub(crate) fn diff(arguments: &RulesDiffArguments) -> Result<(), Failure> {
    let mut world = super::super::open(&arguments.place.workspace)?;
    let before = side(&mut world, &arguments.before, arguments.alone)?;
    let after = side(&mut world, &arguments.after, arguments.alone)?;
    let rules = textual(&before.rules, &after.rules);
    let input = |side: &Side| -> Vec<Input> {
        side.files.iter().map(|files| Input::Server(ServerEdit::RuleFiles(files.clone()))).collect()
    };
    let bar = Bar::new("compare");
    let effect = rules_diff(&mut world, &input(&before), &input(&after), &mut |_, progress| {
        bar.report(&progress);
    })?;
    drop(bar);
    match arguments.report.format {
        Format::Text => print_text(&rules, &effect, arguments.limit),
        Format::Json => {
            println!("{}", json!({"rules": rules, "effect": effect}));
            Ok(())
        }
        Format::Csv => Ok(changes(effect.changes.iter()).print(Format::Csv)?),
    }
}

/// Reads a side: `current`, `default`, or a rule file.
fn side(world: &mut World, text: &str, alone: bool) -> Result<Side, Failure> {
    let files = match text {
        "current" => {
            return Ok(Side { files: None, rules: world.rules()?.definitions() });
        }
        "default" => RuleSet::default_files(),
        path => {
            if !Path::new(path).exists() {
                return Err(Failure::unreadable([format!(
                    "`{path}` is no file; a side is `current`, `default` or a rule file"
                )]));
            }
            super::read(&[path.into()], alone)?
        }
    };
    let built = dirsim_world::rules::build(world.tables(), world.schema(), &files)?;
    let rules = built.map_err(|problems| super::wrong(&problems, &files))?.definitions();
    Ok(Side { files: Some(files), rules })
}

fn textual(before: &[RuleDefinition], after: &[RuleDefinition]) -> Vec<RuleChange> {
    let same = |a: &RuleDefinition, b: &RuleDefinition| a.id == b.id;
    let mut changes = Vec::new();
    let change = |rule: &RuleDefinition, kind, details| RuleChange {
        name: rule.name.clone(),
        precedence: rule.precedence,
        kind,
        details,
    };
    for rule in after {
        match before.iter().find(|old| same(old, rule)) {
            None => changes.push(change(rule, "added", Vec::new())),
            Some(old) => {
                let details = differences(old, rule);
                if !details.is_empty() {
                    changes.push(change(rule, "changed", details));
                }
            }
        }
    }
    for rule in before.iter().filter(|old| !after.iter().any(|rule| same(old, rule))) {
        changes.push(change(rule, "removed", Vec::new()));
    }
    changes
}

/// Says what differs between two versions of a rule.
fn differences(old: &RuleDefinition, new: &RuleDefinition) -> Vec<String> {
    let mut lines = Vec::new();
    let mut compare = |what: &str, old: String, new: String| {
        if old != new {
            lines.push(format!("{what}: {old} → {new}"));
        }
    };
    compare("precedence", old.precedence.to_string(), new.precedence.to_string());
    compare("disabled", old.disabled.to_string(), new.disabled.to_string());
    compare("link type", old.link.name().to_owned(), new.link.name().to_owned());
    compare("password sync", old.password_sync.to_string(), new.password_sync.to_string());
    compare(
        "soft-delete expiry",
        dirsim_runbook::duration_text(old.soft_delete_expiry_ms),
        dirsim_runbook::duration_text(new.soft_delete_expiry_ms),
    );
    let scope = |rule: &RuleDefinition| {
        let groups = rule.scope.iter().map(|group| {
            let clauses = group
                .iter()
                .map(|c| format!("{} {} {}", c.attribute, c.operator, c.value).trim().to_owned());
            clauses.collect::<Vec<_>>().join(" and ")
        });
        groups.collect::<Vec<_>>().join(" or ")
    };
    compare("scope", scope(old), scope(new));
    let join = |rule: &RuleDefinition| {
        let groups = rule.join.iter().map(|group| {
            let criteria = group.iter().map(|c| {
                let case = if c.case_sensitive { " (case-sensitive)" } else { "" };
                format!("{} = {}{case}", c.cs_attribute, c.mv_attribute)
            });
            criteria.collect::<Vec<_>>().join(" and ")
        });
        groups.collect::<Vec<_>>().join(", then ")
    };
    compare("join", join(old), join(new));
    for flow in &new.flows {
        match old.flows.iter().find(|known| known.target == flow.target) {
            None => lines.push(format!("+ {} ← {}", flow.target, flow.source)),
            Some(known) if known == flow => {}
            Some(known) => {
                lines.push(format!("- {} ← {}", known.target, known.source));
                lines.push(format!("+ {} ← {}", flow.target, flow.source));
            }
        }
    }
    for flow in &old.flows {
        if !new.flows.iter().any(|kept| kept.target == flow.target) {
            lines.push(format!("- {} ← {}", flow.target, flow.source));
        }
    }
    lines
}

fn print_text(rules: &[RuleChange], effect: &RulesDiff, limit: usize) -> Result<(), Failure> {
    let count = |kind| rules.iter().filter(|rule| rule.kind == kind).count();
    println!(
        "rules: {} added, {} removed, {} changed",
        count("added"),
        count("removed"),
        count("changed")
    );
    for rule in rules {
        let mark = match rule.kind {
            "added" => '+',
            "removed" => '-',
            _ => '~',
        };
        println!("  {mark} {:>4}  {}", rule.precedence, rule.name);
        for detail in &rule.details {
            println!("          {}", detail.replace('\n', " "));
        }
    }
    println!();
    if effect.changes.is_empty() {
        println!("no effect on {} objects", effect.objects);
        return Ok(());
    }
    let mut rows = Rows::new(&["Where", "Attribute", "Gained", "Lost", "Changed"]);
    for attribute in effect.by_attribute() {
        rows.push(vec![
            json!(attribute.place),
            json!(attribute.attribute),
            json!(attribute.gained),
            json!(attribute.lost),
            json!(attribute.changed),
        ]);
    }
    println!("{} values differ on {} objects", effect.changes.len(), effect.objects);
    rows.print(Format::Text)?;
    let shown = if limit == 0 { effect.changes.len() } else { limit };
    println!("\nexamples");
    for change in effect.changes.iter().take(shown) {
        println!("  {}  {}: {}", change.object, change.place, change.attribute);
        println!("      before  {}", told(&change.before, &change.rules_before));
        println!("      after   {}", told(&change.after, &change.rules_after));
    }
    if effect.changes.len() > shown {
        println!("  … {} more; --limit 0 shows all", effect.changes.len() - shown);
    }
    Ok(())
}

fn told(values: &[String], rules: &[String]) -> String {
    let values = if values.is_empty() { "nothing".to_owned() } else { values.join(" | ") };
    match rules.first() {
        Some(rule) => format!("{values}  [{rule}]"),
        None => values,
    }
}

fn changes<'a>(changes: impl Iterator<Item = &'a EffectChange>) -> Rows {
    let mut rows =
        Rows::new(&["Object", "Dn", "Where", "Attribute", "Kind", "Before", "After", "Rule"]);
    for change in changes {
        rows.push(vec![
            json!(change.object),
            json!(change.dn),
            json!(change.place),
            json!(change.attribute),
            json!(change.kind.word()),
            json!(change.before),
            json!(change.after),
            json!(change.rules_after.first().or(change.rules_before.first())),
        ]);
    }
    rows
}
