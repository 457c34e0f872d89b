//! `dirsim rules coverage`: which rules and transformations touched whom, and which never fired.

use dirsim_world::rule_coverage::{RuleCoverage, coverage as look};
use serde_json::json;

use crate::cli::{Format, RulesCoverage};
use crate::failure::Failure;
use crate::report::Rows;

/// Lists every rule of a workspace with what it did.
pub(crate) fn coverage(arguments: &RulesCoverage) -> Result<(), Failure> {
    let mut world = super::super::open(&arguments.place.workspace)?;
    let rules = world.rules()?;
    let covered = look(world.tables(), world.schema(), &rules)?;
    let rows = if arguments.flows { by_flow(&covered) } else { by_rule(&covered) };
    if arguments.flows || arguments.report.format != Format::Text {
        rows.print(arguments.report.format)?;
    } else {
        print_rules(&covered);
    }
    if arguments.report.format != Format::Text {
        return Ok(());
    }
    let active: Vec<&RuleCoverage> = covered.iter().filter(|rule| !rule.disabled).collect();
    let idle: Vec<&&RuleCoverage> = active.iter().filter(|rule| !rule.fired()).collect();
    println!(
        "{} of {} enabled rules applied to some object; {} transformations gave a value",
        active.len() - idle.len(),
        active.len(),
        active.iter().flat_map(|rule| &rule.flows).filter(|flow| flow.won > 0).count()
    );
    if !idle.is_empty() {
        println!("never fired:");
        for rule in idle {
            println!("  {:>4}  {} ({})", rule.precedence, rule.name, rule.connector);
        }
    }
    Ok(())
}

/// Prints the rules that applied to something, a line of eighty characters each.
fn print_rules(covered: &[RuleCoverage]) {
    println!("objects  values  flows that won  rule");
    for rule in covered.iter().filter(|rule| !rule.disabled && rule.fired()) {
        let winning = rule.flows.iter().filter(|flow| flow.won > 0).count();
        println!(
            "{:>7}  {:>6}  {:>14}  {:>4} {}",
            rule.objects,
            rule.won(),
            format!("{winning} of {}", rule.flows.len()),
            rule.precedence,
            rule.name
        );
    }
    println!();
}

fn by_rule(covered: &[RuleCoverage]) -> Rows {
    let mut rows = Rows::new(&[
        "Precedence",
        "Rule",
        "Connector",
        "Objects",
        "Transformations",
        "Winning",
        "Values",
    ]);
    for rule in covered {
        rows.push(vec![
            json!(rule.precedence),
            json!(rule.name),
            json!(rule.connector),
            if rule.disabled { json!("disabled") } else { json!(rule.objects) },
            json!(rule.flows.len()),
            json!(rule.flows.iter().filter(|flow| flow.won > 0).count()),
            json!(rule.won()),
        ]);
    }
    rows
}

fn by_flow(covered: &[RuleCoverage]) -> Rows {
    let mut rows =
        Rows::new(&["Precedence", "Rule", "Connector", "Objects", "Attribute", "Source", "Won"]);
    for rule in covered.iter().filter(|rule| !rule.disabled) {
        for flow in &rule.flows {
            rows.push(vec![
                json!(rule.precedence),
                json!(rule.name),
                json!(rule.connector),
                json!(rule.objects),
                json!(flow.target),
                json!(flow.source),
                json!(flow.won),
            ]);
        }
    }
    rows
}
