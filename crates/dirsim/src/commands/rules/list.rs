//! `dirsim rules list`: all rules by precedence.

use anstyle::{Reset, Style};
use dirsim_rules::{ConnectorInfo, Direction};
use serde_json::json;

use crate::cli::{Format, RulesList};
use crate::failure::Failure;
use crate::report::Rows;

/// Lists the rules, and in a report for people what the author should look at.
pub(crate) fn list(arguments: &RulesList) -> Result<(), Failure> {
    let loaded = super::load(&arguments.source)?;
    let mut rows = Rows::new(&[
        "Precedence",
        "Direction",
        "Name",
        "Connector",
        "From",
        "To",
        "Link type",
        "State",
    ]);
    let mut shown = 0;
    for (rule, defined) in loaded.rules.rules().iter().zip(loaded.rules.definitions()) {
        if arguments.custom && rule.is_standard() {
            continue;
        }
        let state = match (rule.disabled, rule.modified) {
            (true, true) => "disabled, modified",
            (true, false) => "disabled",
            (false, true) => "modified",
            (false, false) => "",
        };
        rows.push(vec![
            json!(rule.precedence),
            json!(rule.direction.name()),
            json!(rule.name),
            json!(loaded.connector(defined.connector)),
            json!(defined.source_class()),
            json!(defined.target_class()),
            json!(rule.link.name()),
            json!(state),
        ]);
        shown += 1;
    }
    if arguments.report.format != Format::Text {
        return Ok(rows.print(arguments.report.format)?);
    }
    if shown == 0 {
        println!("no rules");
        return Ok(());
    }
    for direction in [Direction::Inbound, Direction::Outbound] {
        for connector in loaded.rules.connectors() {
            section(&loaded, direction, connector, arguments.custom);
        }
    }
    let rules = if shown == 1 { "rule" } else { "rules" };
    println!("{shown} {rules}; smaller numbers win");
    let warnings = loaded.rules.warnings();
    for warning in warnings.iter().filter(|warning| !warning.file.starts_with("config/rules/")) {
        println!("{warning}");
    }
    let waiting = waiting(&loaded)?;
    if !waiting.is_empty() {
        println!(
            "full-synchronization-pending: rules of {} changed; old results stay until then",
            waiting.join(" and ")
        );
    }
    Ok(())
}

/// Prints the rules of one direction and connector, a line of eighty characters each.
fn section(loaded: &super::Loaded, direction: Direction, connector: &ConnectorInfo, custom: bool) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    let mut headed = false;
    for (rule, defined) in loaded.rules.rules().iter().zip(loaded.rules.definitions()) {
        let here = (rule.direction, rule.connector) == (direction, connector.id);
        if !here || custom && rule.is_standard() {
            continue;
        }
        if !std::mem::replace(&mut headed, true) {
            let way = match direction {
                Direction::Inbound => "In from",
                Direction::Outbound => "Out to",
            };
            anstream::println!("{bold}{way} {}{Reset}", connector.name);
        }
        let mut state = String::new();
        if rule.disabled {
            state.push_str("  disabled");
        }
        if rule.modified {
            state.push_str("  modified");
        }
        let types = format!("{} → {}", defined.source_class(), defined.target_class());
        let style = if rule.disabled { dim } else { Style::new() };
        anstream::println!(
            "{style}{:>6}  {:<10}  {:<44}  {types}{state}{Reset}",
            rule.precedence,
            rule.link.name(),
            rule.name
        );
    }
    if headed {
        println!();
    }
}

/// The connectors whose rules changed since their last full synchronization (SR-024).
fn waiting(loaded: &super::Loaded) -> Result<Vec<String>, Failure> {
    let Some(world) = &loaded.world else { return Ok(Vec::new()) };
    let all = dirsim_sync::connector::all(world.tables())?;
    let waiting = all.into_iter().filter(|connector| connector.rules_changed && connector.runs > 0);
    Ok(waiting.map(|connector| connector.name).collect())
}
