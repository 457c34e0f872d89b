//! `dirsim rules diff`: two rule sets, by their text and by what they do to a population.

use std::path::{Path, PathBuf};

use dirsim_formats::server::load::Base;
use dirsim_formats::server::{
    Difference, DifferenceKind, PlacedRule, compare, world as server_world,
};
use dirsim_rules::RuleSet;
use dirsim_world::rules_diff::EffectChange;
use dirsim_world::{Input, RulesDiff, World, rules_diff};
use serde_json::json;

use super::sources;
use crate::cli::{Format, RulesDiffArguments};
use crate::commands::configuration::Named;
use crate::failure::Failure;
use crate::progress::Bar;
use crate::report::Rows;

/// The word for the rules of the workspace.
const CURRENT: &str = "current";

/// One side of the comparison.
struct Side {
    /// What makes a world this side; nothing when it is the world as it is.
    inputs: Vec<Input>,
    rules: Vec<PlacedRule>,
}

/// Compares.
pub(crate) fn diff(arguments: &RulesDiffArguments) -> Result<(), Failure> {
    let mut world = super::super::open(&arguments.place.workspace)?;
    let before = side(&mut world, &arguments.before, arguments)?;
    let after = side(&mut world, &arguments.after, arguments)?;
    let rules = compare::rules(&before.rules, &after.rules);
    let bar = Bar::new("compare");
    let effect = rules_diff(&mut world, &before.inputs, &after.inputs, &mut |_, progress| {
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

/// Reads a side: `current`, `default`, or sources of rules, several with commas between them.
fn side(world: &mut World, text: &str, arguments: &RulesDiffArguments) -> Result<Side, Failure> {
    let is_one = Path::new(text).exists();
    let mut parts: Vec<&str> = if is_one { vec![text] } else { text.split(',').collect() };
    let mut base = Base::default();
    let current = parts.first() == Some(&CURRENT);
    if current {
        parts.remove(0);
        if parts.is_empty() {
            return Ok(Side { inputs: Vec::new(), rules: sources::placed(&*world.rules()?) });
        }
        let setup = dirsim_world::rules::setup(world.tables())?;
        let files = setup.and_then(|setup| setup.rule_files);
        base.files = files.unwrap_or_else(RuleSet::default_files);
        base.edits = dirsim_world::rules::edits(world.tables())?;
    }
    let paths: Vec<PathBuf> = parts.iter().map(PathBuf::from).collect();
    for path in &paths {
        if path.as_os_str() != server_world::DEFAULT && !path.exists() {
            return Err(Failure::unreadable([format!(
                "`{}` is no file; a side is `current`, `default`, a rule file (.yaml), a rule script \
                 (.ps1), a settings file (.json), a folder of them or a configuration folder",
                path.display()
            )]));
        }
    }
    let mut named = Named::read(&paths, &arguments.choice)?;
    if !current && !arguments.alone {
        named = named.on_default();
    }
    let (imported, rules) = sources::together(Some(world), &named, &base)?;
    let (define, configuration) = server_world::inputs(imported);
    let inputs = define.into_iter().chain(std::iter::once(configuration)).collect();
    Ok(Side { inputs, rules: sources::placed(&rules) })
}

fn print_text(rules: &[Difference], effect: &RulesDiff, limit: usize) -> Result<(), Failure> {
    print_rules(rules);
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

/// Prints how rules differ: the counts, then each with its details.
pub(in crate::commands) fn print_rules(rules: &[Difference]) {
    let of = |kind: DifferenceKind| rules.iter().filter(|rule| rule.kind == kind).count();
    let counts: Vec<String> =
        DifferenceKind::ALL.iter().map(|kind| format!("{} {}", of(*kind), kind.word())).collect();
    println!("rules: {}", counts.join(", "));
    let mut connectors: Vec<&str> = rules.iter().map(|rule| &*rule.connector).collect();
    connectors.sort_unstable();
    connectors.dedup();
    for rule in rules {
        let mark = match rule.kind {
            DifferenceKind::Added => '+',
            DifferenceKind::Removed => '-',
            DifferenceKind::Changed => '~',
            DifferenceKind::Moved => '>',
        };
        let number = rule.precedence.map(|number| number.to_string()).unwrap_or_default();
        let of =
            if connectors.len() > 1 { format!("  ({})", rule.connector) } else { String::new() };
        println!("  {mark} {number:>4}  {}{of}", rule.name);
        for detail in &rule.details {
            println!("          {detail}");
        }
    }
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
