//! Cmdlets on lines of text: `Join-String`, `ConvertFrom-StringData`.

use std::rc::Rc;

use crate::commands::pipe::{INPUT, inputs};
use crate::live::{Live, Table, TableKind};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::stop::Stop;

const UTILITY: &str = "Microsoft.PowerShell.Utility";

/// `Join-String`.
pub(super) static JOIN: CommandSpec = CommandSpec {
    name: "Join-String",
    aliases: &[],
    module: UTILITY,
    summary: "Makes one text of many (PowerShell 7)",
    example: "'a', 'b' | Join-String -Separator ', '",
    parameters: &[
        P::text("Property").at(0),
        P::text("Separator").at(1),
        P::text("OutputPrefix").or(&["op"]),
        P::text("OutputSuffix").or(&["os"]),
        P::switch("SingleQuote"),
        P::switch("DoubleQuote"),
        P::new("UseCulture", K::Switch).ignored(),
        INPUT,
    ],
    sets: &[],
    run: |session, bound| {
        let quote = if bound.switch("SingleQuote") {
            "'"
        } else if bound.switch("DoubleQuote") {
            "\""
        } else {
            ""
        };
        let mut parts = Vec::new();
        for item in inputs(bound) {
            let value = match bound.text("Property") {
                Some(name) => session.member(&item, &Live::text(name))?,
                None => item,
            };
            parts.push(format!("{quote}{}{quote}", value.to_text()));
        }
        let text = format!(
            "{}{}{}",
            bound.text("OutputPrefix").unwrap_or_default(),
            parts.join(bound.text("Separator").unwrap_or_default()),
            bound.text("OutputSuffix").unwrap_or_default()
        );
        session.state.budget.charge(text.len())?;
        session.emit(Live::text(text));
        Ok(Vec::new())
    },
};

/// `ConvertFrom-StringData`.
pub(super) static FROM_DATA: CommandSpec = CommandSpec {
    name: "ConvertFrom-StringData",
    aliases: &[],
    module: UTILITY,
    summary: "Makes a hashtable of lines such as name=value",
    example: "Get-Content C:\\Temp\\settings.txt -Raw | ConvertFrom-StringData",
    parameters: &[P::new("StringData", K::Any).at(0).collecting(), P::text("Delimiter")],
    sets: &[],
    run: |session, bound| {
        let delimiter = bound.text("Delimiter").unwrap_or("=").to_owned();
        let given = match bound.live("StringData") {
            Some(value) => value.clone().into_items(),
            None => bound.input().to_vec(),
        };
        for item in given {
            let table = Table::new(TableKind::Hash);
            for line in item.to_text().lines() {
                let line = line.trim();
                if line.is_empty() || line.starts_with('#') {
                    continue;
                }
                let Some((name, value)) = line.split_once(delimiter.as_str()) else {
                    return Err(Stop::error(
                        "System.Management.Automation.PSInvalidOperationException",
                        "InvalidOperation,Microsoft.PowerShell.Commands.ConvertFromStringDataCommand",
                        format!("Data line '{line}' is not in 'name=value' format."),
                    )
                    .into());
                };
                if !table.set(Live::text(name.trim()), Live::text(value.trim())) {
                    return Err(Stop::error(
                        "System.Management.Automation.PSInvalidOperationException",
                        "InvalidOperation,Microsoft.PowerShell.Commands.ConvertFromStringDataCommand",
                        format!("Data item '{}' in line '{line}' is already defined.", name.trim()),
                    )
                    .into());
                }
            }
            session.state.budget.charge(table.len() * 64)?;
            session.emit(Live::Table(Rc::new(table)));
        }
        Ok(Vec::new())
    },
};
