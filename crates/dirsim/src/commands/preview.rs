//! `dirsim preview`: what the synchronization of one object would decide, rule by rule (SE-341).

use anstyle::{Reset, Style};
use dirsim_sync::cs::connector_of;
use dirsim_sync::{connector, lookup};
use serde_json::{Value, json};

use super::open;
use crate::cli::{Format, Preview};
use crate::failure::Failure;
use crate::report::Rows;

/// Previews the synchronization of what an identity names.
pub(crate) fn preview(arguments: &Preview) -> Result<(), Failure> {
    let mut world = open(&arguments.place.workspace)?;
    let tables = world.tables();
    let connectors = connector::all(tables)?;
    let wanted = match &arguments.connector {
        None => None,
        Some(name) => {
            let found = connectors.iter().find(|known| known.name.eq_ignore_ascii_case(name));
            let known: Vec<&str> = connectors.iter().map(|known| known.name.as_str()).collect();
            Some(found.map(|found| found.id).ok_or_else(|| {
                Failure::usage(format!(
                    "there is no connector `{name}`; there are: {}",
                    known.join(", ")
                ))
            })?)
        }
    };
    let mut staged: Vec<u64> = dirsim_world::find::find(tables, &arguments.identity)?
        .into_iter()
        .flat_map(|found| found.cs)
        .filter(|id| wanted.is_none_or(|wanted| wanted == connector_of(*id)))
        .collect();
    let is_forest = |id: &u64| {
        connectors.iter().any(|known| known.id == connector_of(*id) && known.is_forest())
    };
    staged.sort_by_key(|id| (!is_forest(id), *id));
    let Some(object) = staged.first().copied() else {
        return Err(Failure::unreadable([format!(
            "no connector space holds `{}`; an object that was never imported has no preview, run \
             `dirsim cycle` or an import first",
            arguments.identity
        )]));
    };
    if lookup::dn(tables, object)?.is_empty() {
        return Err(Failure::internal("a staged object has a name".to_owned()));
    }
    let report = dirsim_world::preview::preview(&mut world, object, !arguments.delta)?;
    let report = Value::Object(report);
    match arguments.report.format {
        Format::Json => println!("{report}"),
        Format::Csv => rows(&report).print(Format::Csv)?,
        Format::Text => tell(&report),
    }
    Ok(())
}

fn text(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(values) => values.iter().map(text).collect::<Vec<_>>().join("; "),
        other => other.to_string(),
    }
}

fn list<'a>(value: &'a Value, name: &str) -> &'a [Value] {
    value.get(name).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

fn fact(label: &str, value: &Value) {
    let shown = text(value);
    if !shown.is_empty() {
        anstream::println!("  {label:<18}{shown}");
    }
}

fn tell(report: &Value) {
    let bold = Style::new().bold();
    let part = |name: &str| report.get(name).cloned().unwrap_or_default();
    anstream::println!(
        "{bold}{}{Reset}  {}, {} synchronization",
        text(&part("object")),
        text(&part("connector")),
        text(&part("kind"))
    );
    fact("pending import", &part("pendingImport"));
    if let Some(error) = report.get("error") {
        anstream::println!("\n{bold}error{Reset}  {}", text(&error["type"]));
        fact("step", &error["step"]);
        fact("text", &error["text"]);
        fact("rule", &error["rule"]);
        fact("attribute", &error["attribute"]);
        return;
    }
    fact("counter", &part("counter"));
    fact("rules in scope", &part("rulesInScope"));
    fact("link", &part("link"));
    fact("notes", &part("notes"));
    for group in list(report, "join") {
        let found = text(&group["found"]);
        let found = if found.is_empty() { "nobody".to_owned() } else { found };
        fact("join", &json!(format!("{} found {found}", text(&group["criteria"]))));
    }
    flows("import flows", list(report, "importFlows"));
    fact("changes", &part("metaverseChanges"));
    fact("metaverse", &part("metaverseAfter"));
    fact("deleted", &part("metaverseDeleted"));
    for target in list(report, "outbound") {
        for action in list(target, "actions") {
            anstream::println!(
                "\n{bold}to {}{Reset}  {}: {}",
                text(&target["connector"]),
                text(&action["action"]),
                text(&action["object"])
            );
            fact("rules in scope", &target["rulesInScope"]);
            for change in list(action, "changes") {
                let line = format!("{} → {}", text(&change["before"]), text(&change["after"]));
                fact(&text(&change["attribute"]), &json!(line.trim_start()));
            }
        }
    }
    for gone in list(report, "deprovisioned") {
        fact("deprovisioned", &gone["object"]);
    }
}

fn flows(title: &str, flows: &[Value]) {
    let said: Vec<&Value> = flows.iter().filter(|flow| flow["status"] != "skipped").collect();
    if said.is_empty() {
        return;
    }
    anstream::println!("\n{}{title}{Reset}", Style::new().bold());
    for flow in said {
        anstream::println!(
            "  {:<28}{}  ({}, {} {})",
            text(&flow["attribute"]),
            text(&flow["value"]),
            text(&flow["status"]),
            text(&flow["precedence"]),
            text(&flow["rule"])
        );
    }
    anstream::println!();
}

fn rows(report: &Value) -> Rows {
    let mut rows = Rows::new(&["Part", "Connector", "Attribute", "Rule", "Status", "Value"]);
    for flow in list(report, "importFlows") {
        rows.push(vec![
            json!("import flow"),
            report["connector"].clone(),
            flow["attribute"].clone(),
            flow["rule"].clone(),
            flow["status"].clone(),
            json!(text(&flow["value"])),
        ]);
    }
    for target in list(report, "outbound") {
        for action in list(target, "actions") {
            for flow in list(action, "exportFlows") {
                rows.push(vec![
                    json!("export flow"),
                    target["connector"].clone(),
                    flow["attribute"].clone(),
                    flow["rule"].clone(),
                    flow["status"].clone(),
                    json!(text(&flow["value"])),
                ]);
            }
        }
    }
    rows
}
