//! Cmdlets that make and read text: `Join-String`, `ConvertFrom-StringData`, `ConvertTo-Html`.

use std::rc::Rc;

use crate::bind::Bound;
use crate::commands::pipe::{INPUT, inputs};
use crate::error::CommandError;
use crate::live::{Live, Table, TableKind};
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::stop::Stop;
use crate::value::Object;

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

/// `ConvertTo-Html`.
pub(super) static TO_HTML: CommandSpec = CommandSpec {
    name: "ConvertTo-Html",
    aliases: &[],
    module: UTILITY,
    summary: "Makes a page with a table of objects",
    example: "Get-ADUser -Filter * | ConvertTo-Html Name, Enabled -Title Users | Out-File C:\\Temp\\users.html",
    parameters: &[
        P::new("Property", K::Any).at(0),
        P::texts("Head").at(1),
        P::text("Title").at(2),
        P::texts("Body").at(3),
        P::new("As", K::Choice(&["Table", "List"])),
        P::texts("PreContent"),
        P::texts("PostContent"),
        P::switch("Fragment"),
        P::text("CssUri"),
        INPUT,
    ],
    sets: &[],
    run: to_html,
};

fn to_html(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let items = inputs(bound);
    let mut chosen = super::pipe::columns(bound.live("Property"))?;
    if chosen.is_empty() || chosen.iter().any(super::pipe::Column::is_pattern) {
        let names = match (items.first(), chosen.is_empty()) {
            (Some(first), true) => super::pipe::property_names(first),
            (Some(first), false) => chosen.iter().flat_map(|column| column.expand(first)).collect(),
            (None, _) => Vec::new(),
        };
        let names = Live::array(names.into_iter().map(Live::from).collect());
        chosen = super::pipe::columns(Some(&names))?;
    }
    let escaped = |text: &str| quick_xml::escape::escape(text).into_owned();
    let mut rows = Vec::with_capacity(items.len());
    for item in &items {
        session.state.budget.step()?;
        let mut cells = Vec::with_capacity(chosen.len());
        for column in &chosen {
            cells.push(escaped(&column.of(session, item)?.to_text()));
        }
        rows.push(cells);
    }
    let mut lines: Vec<String> = Vec::new();
    let texts = |name: &str| bound.texts(name).into_iter().map(str::to_owned).collect::<Vec<_>>();
    if !bound.switch("Fragment") {
        lines.push("<!DOCTYPE html PUBLIC \"-//W3C//DTD XHTML 1.0 Strict//EN\"  \"http://www.w3.org/TR/xhtml1/DTD/xhtml1-strict.dtd\">".to_owned());
        lines.push("<html xmlns=\"http://www.w3.org/1999/xhtml\">".to_owned());
        lines.push("<head>".to_owned());
        let head = texts("Head");
        if head.is_empty() {
            lines.push(format!(
                "<title>{}</title>",
                escaped(bound.text("Title").unwrap_or("HTML TABLE"))
            ));
        }
        lines.extend(head);
        if let Some(style) = bound.text("CssUri") {
            lines.push(format!("<link rel=\"stylesheet\" type=\"text/css\" href=\"{style}\" />"));
        }
        lines.push("</head><body>".to_owned());
        lines.extend(texts("Body"));
    }
    lines.extend(texts("PreContent"));
    lines.push("<table>".to_owned());
    let names: Vec<String> = chosen.iter().map(|column| escaped(&column.name)).collect();
    if bound.text("As") == Some("List") {
        for (at, row) in rows.iter().enumerate() {
            if at > 0 {
                lines.push("<tr><td><hr></td></tr>".to_owned());
            }
            for (name, cell) in names.iter().zip(row) {
                lines.push(format!("<tr><td>{name}:</td><td>{cell}</td></tr>"));
            }
        }
    } else {
        lines.push(format!("<colgroup>{}</colgroup>", "<col/>".repeat(names.len())));
        lines.push(format!("<tr><th>{}</th></tr>", names.join("</th><th>")));
        lines.extend(rows.iter().map(|row| format!("<tr><td>{}</td></tr>", row.join("</td><td>"))));
    }
    lines.push("</table>".to_owned());
    lines.extend(texts("PostContent"));
    if !bound.switch("Fragment") {
        lines.push("</body></html>".to_owned());
    }
    for line in lines {
        session.state.budget.charge(line.len())?;
        session.emit(Live::text(line));
    }
    Ok(Vec::new())
}
