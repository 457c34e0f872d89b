//! Cmdlets that read and write CSV and JSON, and those that print tables and lists.

use std::rc::Rc;

use crate::bind::Bound;
use crate::commands::pipe::{Column, INPUT, columns, inputs, property_names};
use crate::format;
use crate::live::{Live, LiveObject};
use crate::operators;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::stop::{Run, Stop};
use crate::value::{Object, PsValue};

const UTILITY: &str = "Microsoft.PowerShell.Utility";

const PATH: P = P::text("Path").at(0).or(&["FilePath", "PSPath"]);
const LITERAL: P = P::text("LiteralPath").or(&["LP"]);
const DELIMITER: P = P::text("Delimiter").at(1);
const ENCODING: P = P::text("Encoding").ignored();

/// Returns the path that a cmdlet was given.
fn path(bound: &Bound) -> String {
    bound.text("Path").or(bound.text("LiteralPath")).unwrap_or_default().to_owned()
}

fn delimiter(bound: &Bound) -> char {
    bound.text("Delimiter").and_then(|text| text.chars().next()).unwrap_or(',')
}

/// `Import-Csv`.
pub(super) static IMPORT_CSV: CommandSpec = CommandSpec {
    name: "Import-Csv",
    aliases: &["ipcsv"],
    module: UTILITY,
    summary: "Reads a CSV file as objects with a property per column",
    example: "Import-Csv C:\\Temp\\users.csv",
    parameters: &[
        PATH.piped(),
        DELIMITER,
        LITERAL,
        P::texts("Header"),
        ENCODING,
        P::switch("UseCulture").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let text = session.read_file(&path(bound))?;
        csv_objects(session, bound, &text)?;
        Ok(Vec::new())
    },
};

/// `ConvertFrom-Csv`.
pub(super) static FROM_CSV: CommandSpec = CommandSpec {
    name: "ConvertFrom-Csv",
    aliases: &[],
    module: UTILITY,
    summary: "Reads CSV texts as objects with a property per column",
    example: "'Name,City','Ann,Oslo' | ConvertFrom-Csv",
    parameters: &[P::new("InputObject", K::Any).at(0).collecting(), DELIMITER, P::texts("Header")],
    sets: &[],
    run: |session, bound| {
        let lines: Vec<String> = inputs(bound).iter().map(Live::to_text).collect();
        csv_objects(session, bound, &lines.join("\n"))?;
        Ok(Vec::new())
    },
};

/// `Export-Csv`.
pub(super) static EXPORT_CSV: CommandSpec = CommandSpec {
    name: "Export-Csv",
    aliases: &["epcsv"],
    module: UTILITY,
    summary: "Writes objects to a CSV file",
    example: "Get-ADUser -Filter * | Select-Object Name, UserPrincipalName | Export-Csv C:\\Temp\\users.csv -NoTypeInformation",
    parameters: &[
        PATH,
        DELIMITER,
        LITERAL,
        P::switch("NoTypeInformation").or(&["NTI"]),
        P::switch("Append"),
        P::switch("Force"),
        P::switch("NoClobber"),
        P::switch("UseCulture").ignored(),
        ENCODING,
        INPUT,
    ],
    sets: &[],
    run: |session, bound| {
        let file = path(bound);
        let append = bound.switch("Append") && exists(session, &file)?;
        if bound.switch("NoClobber") && exists(session, &file)? {
            return Err(Stop::error(
                "System.IO.IOException",
                "NoClobber,Microsoft.PowerShell.Commands.ExportCsvCommand",
                format!("The file '{file}' already exists."),
            )
            .into());
        }
        let lines = csv_lines(session, bound, !append)?;
        let text: String = lines.iter().map(|line| format!("{line}\r\n")).collect();
        session.write_file(&file, &text, append)?;
        Ok(Vec::new())
    },
};

/// `ConvertTo-Csv`.
pub(super) static TO_CSV: CommandSpec = CommandSpec {
    name: "ConvertTo-Csv",
    aliases: &[],
    module: UTILITY,
    summary: "Makes CSV lines of objects",
    example: "Get-ADUser -Filter * | Select-Object Name | ConvertTo-Csv -NoTypeInformation",
    parameters: &[
        P::new("InputObject", K::Any).at(0).collecting(),
        DELIMITER,
        P::switch("NoTypeInformation").or(&["NTI"]),
        P::switch("UseCulture").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        for line in csv_lines(session, bound, true)? {
            session.emit(Live::text(line));
        }
        Ok(Vec::new())
    },
};

pub(super) fn exists(session: &mut Session<'_>, path: &str) -> Run<bool> {
    let place = session.place(path)?;
    Ok(session.files().kind(&place).is_some())
}

/// Splits CSV into records; quotes may hold delimiters and line ends.
pub(super) fn csv_records(text: &str, delimiter: char) -> Vec<Vec<String>> {
    let mut records = Vec::new();
    let (mut record, mut field) = (Vec::new(), String::new());
    let (mut quoted, mut any) = (false, false);
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '"' if quoted => {
                if chars.next_if_eq(&'"').is_some() {
                    field.push('"');
                } else {
                    quoted = false;
                }
            }
            '"' if field.trim().is_empty() => {
                field.clear();
                quoted = true;
                any = true;
            }
            c if c == delimiter && !quoted => {
                record.push(std::mem::take(&mut field));
                any = true;
            }
            '\r' if !quoted => {}
            '\n' if !quoted => {
                if any || !field.is_empty() {
                    record.push(std::mem::take(&mut field));
                    records.push(std::mem::take(&mut record));
                }
                any = false;
            }
            other => field.push(other),
        }
    }
    if any || !field.is_empty() {
        record.push(field);
        records.push(record);
    }
    records
}

fn csv_objects(session: &mut Session<'_>, bound: &Bound, text: &str) -> Run<()> {
    let mut records = csv_records(text, delimiter(bound)).into_iter();
    let mut header: Vec<String> = bound.texts("Header").into_iter().map(str::to_owned).collect();
    if header.is_empty() {
        loop {
            match records.next() {
                Some(record) if record.first().is_some_and(|first| first.starts_with("#TYPE")) => {}
                Some(record) => {
                    header = record.iter().map(|name| name.trim().to_owned()).collect();
                    break;
                }
                None => return Ok(()),
            }
        }
    }
    for record in records {
        session.state.budget.step()?;
        session.state.budget.charge(64 * header.len())?;
        let object = LiveObject::custom();
        let mut fields = record.into_iter();
        for name in &header {
            object.put(name, fields.next().map_or(Live::Null, Live::from));
        }
        session.emit(Live::Object(Rc::new(object)));
    }
    Ok(())
}

fn csv_lines(session: &mut Session<'_>, bound: &Bound, header: bool) -> Run<Vec<String>> {
    let delimiter = delimiter(bound).to_string();
    let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
    let items = inputs(bound);
    let Some(first) = items.first() else { return Ok(Vec::new()) };
    let names = property_names(first);
    let mut lines = Vec::new();
    if header {
        if !bound.switch("NoTypeInformation") {
            lines.push(format!("#TYPE {}", first.type_name()));
        }
        lines.push(names.iter().map(|name| quoted(name)).collect::<Vec<_>>().join(&delimiter));
    }
    for item in &items {
        session.state.budget.step()?;
        let mut fields = Vec::with_capacity(names.len());
        for name in &names {
            let value = session.property(item, name)?.unwrap_or(Live::Null);
            fields.push(match &value {
                Live::Nothing | Live::Null => String::new(),
                // A list is written as its type, the well-known surprise.
                Live::Seq(_) => quoted(&value.type_name()),
                other => quoted(&other.to_text()),
            });
        }
        let line = fields.join(&delimiter);
        session.state.budget.charge(line.len())?;
        lines.push(line);
    }
    Ok(lines)
}

/// `ConvertTo-Json`.
pub(super) static TO_JSON: CommandSpec = CommandSpec {
    name: "ConvertTo-Json",
    aliases: &[],
    module: UTILITY,
    summary: "Makes JSON of objects, two levels deep unless -Depth says more",
    example: "@{accountEnabled=$true} | ConvertTo-Json -Compress",
    parameters: &[
        P::new("InputObject", K::Any).at(0).collecting(),
        P::integer("Depth"),
        P::switch("Compress"),
        P::switch("AsArray"),
        P::switch("EnumsAsStrings").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let value = match bound.live("InputObject") {
            Some(value) => value.clone(),
            None if bound.switch("AsArray") => Live::array(bound.input().to_vec()),
            None => Live::of_many(bound.input().to_vec()),
        };
        let depth = bound.integer("Depth").and_then(|n| usize::try_from(n).ok()).unwrap_or(2);
        let json = json_of(&value, depth.min(100));
        let text = if bound.switch("Compress") {
            json.to_string()
        } else {
            serde_json::to_string_pretty(&json).unwrap_or_default().replace('\n', "\r\n")
        };
        session.state.budget.charge(text.len())?;
        session.emit(Live::text(text));
        Ok(Vec::new())
    },
};

fn json_of(value: &Live, depth: usize) -> serde_json::Value {
    use serde_json::{Map, Value};
    match value {
        Live::Nothing | Live::Null => Value::Null,
        Live::Bool(truth) => Value::Bool(*truth),
        Live::Int(number) => Value::from(*number),
        Live::Long(number) => Value::from(*number),
        Live::Byte(number) => Value::from(*number),
        Live::Decimal(number) => {
            // serde_json keeps no decimal numbers; as text they would be no numbers.
            serde_json::Number::from_f64(number.to_string().parse().unwrap_or_default())
                .map_or(Value::Null, Value::Number)
        }
        Live::Double(number) => {
            serde_json::Number::from_f64(*number).map_or(Value::Null, Value::Number)
        }
        Live::Time(ticks) => Value::String(operators::format::time(*ticks, "yyyy-MM-ddTHH:mm:ssK")),
        Live::Seq(seq) if depth > 0 || seq.len() == 0 => Value::Array(
            seq.items
                .borrow()
                .iter()
                .map(|item| json_of(item, depth - usize::from(depth > 0)))
                .collect(),
        ),
        Live::Table(table) if depth > 0 || table.len() == 0 => {
            let pairs = table.pairs().into_iter();
            Value::Object(
                pairs
                    .map(|(key, value)| (key.to_text(), json_of(&value, depth.saturating_sub(1))))
                    .collect::<Map<_, _>>(),
            )
        }
        Live::Object(object) if depth > 0 => {
            let pairs = object.properties().into_iter();
            Value::Object(
                pairs
                    .map(|(name, value)| {
                        (name.to_string(), json_of(&value, depth.saturating_sub(1)))
                    })
                    .collect::<Map<_, _>>(),
            )
        }
        other => Value::String(other.to_text()),
    }
}

/// `ConvertFrom-Json`.
pub(super) static FROM_JSON: CommandSpec = CommandSpec {
    name: "ConvertFrom-Json",
    aliases: &[],
    module: UTILITY,
    summary: "Makes objects of JSON",
    example: "'{\"city\": \"Oslo\"}' | ConvertFrom-Json",
    parameters: &[
        P::new("InputObject", K::Any).at(0).collecting(),
        P::switch("AsHashtable"),
        P::integer("Depth").ignored(),
        P::switch("NoEnumerate"),
    ],
    sets: &[],
    run: |session, bound| {
        let lines: Vec<String> = inputs(bound).iter().map(Live::to_text).collect();
        let text = lines.join("\n");
        session.state.budget.charge(text.len() * 4)?;
        let json: serde_json::Value = serde_json::from_str(&text).map_err(|error| {
            Stop::error(
                "System.ArgumentException",
                "System.ArgumentException,Microsoft.PowerShell.Commands.ConvertFromJsonCommand",
                format!("Conversion from JSON failed with error: {error}"),
            )
        })?;
        let value = live_of(&json, bound.switch("AsHashtable"));
        if bound.switch("NoEnumerate") {
            session.emit(value);
        } else {
            session.emit_each(value);
        }
        Ok(Vec::new())
    },
};

fn live_of(json: &serde_json::Value, tables: bool) -> Live {
    use serde_json::Value;
    match json {
        Value::Null => Live::Null,
        Value::Bool(truth) => Live::Bool(*truth),
        Value::Number(number) => number
            .as_i64()
            .map_or_else(|| Live::Double(number.as_f64().unwrap_or(0.0)), Live::whole),
        Value::String(text) => Live::text(text.as_str()),
        Value::Array(items) => {
            Live::array(items.iter().map(|item| live_of(item, tables)).collect())
        }
        Value::Object(pairs) if tables => {
            let table = crate::live::Table::new(crate::live::TableKind::Ordered);
            for (name, value) in pairs {
                table.set(Live::text(name.as_str()), live_of(value, tables));
            }
            Live::Table(Rc::new(table))
        }
        Value::Object(pairs) => {
            let object = LiveObject::custom();
            for (name, value) in pairs {
                object.put(name, live_of(value, tables));
            }
            Live::Object(Rc::new(object))
        }
    }
}

const FORMAT_PARAMETERS: [P; 9] = [
    P::new("Property", K::Any).at(0),
    P::switch("AutoSize").ignored(),
    P::switch("Wrap").ignored(),
    P::switch("HideTableHeaders"),
    P::new("GroupBy", K::Any),
    P::text("View").ignored(),
    P::switch("Force").ignored(),
    P::switch("RepeatHeader").ignored(),
    INPUT,
];

/// `Format-Table`.
pub(super) static TABLE: CommandSpec = CommandSpec {
    name: "Format-Table",
    aliases: &["ft"],
    module: UTILITY,
    summary: "Prints objects as a table",
    example: "Get-ADUser -Filter * | Format-Table Name, Enabled -AutoSize",
    parameters: &FORMAT_PARAMETERS,
    sets: &[],
    run: |session, bound| {
        let items = inputs(bound);
        if items.is_empty() {
            return Ok(Vec::new());
        }
        let columns = chosen(bound, &items)?;
        if columns.is_empty() {
            ready(session, format::live_text(&items));
            return Ok(Vec::new());
        }
        let (mut rows, mut right) = (Vec::new(), vec![None; columns.len()]);
        for item in &items {
            session.state.budget.step()?;
            let mut row = Vec::new();
            for (column, right) in columns.iter().zip(&mut right) {
                let value = column.of(session, item)?;
                if right.is_none() && !value.is_null() {
                    *right = Some(match column.align.as_deref() {
                        Some(align) => align == "right",
                        None => operators::number::is_number(&value) && column.format.is_none(),
                    });
                }
                row.push(shown(column, &value)?);
            }
            rows.push(row);
        }
        let names: Vec<String> = columns.iter().map(|column| column.name.clone()).collect();
        let right: Vec<bool> = right.into_iter().map(|right| right.unwrap_or(false)).collect();
        let text = format::grid(&names, &right, &rows, !bound.switch("HideTableHeaders"));
        session.state.budget.charge(text.len())?;
        ready(session, text);
        Ok(Vec::new())
    },
};

/// `Format-List`.
pub(super) static LIST: CommandSpec = CommandSpec {
    name: "Format-List",
    aliases: &["fl"],
    module: UTILITY,
    summary: "Prints objects one property per line",
    example: "Get-ADUser ann -Properties * | Format-List Name, mail",
    parameters: &FORMAT_PARAMETERS,
    sets: &[],
    run: |session, bound| {
        let items = inputs(bound);
        let columns = chosen(bound, &items)?;
        let mut text = String::new();
        for item in &items {
            session.state.budget.step()?;
            if columns.is_empty() && !matches!(item, Live::Object(_)) {
                text.push_str(&format::live_text(std::slice::from_ref(item)));
                continue;
            }
            let mut object = Object::new("Dirsim.List");
            if columns.is_empty()
                && let PsValue::Object(plain) = item.to_plain()
            {
                object.properties = plain.properties;
            }
            for column in &columns {
                let value = column.of(session, item)?;
                let value = match &column.format {
                    Some(_) => PsValue::Text(shown(column, &value)?),
                    None => value.to_plain(),
                };
                object.properties.push((column.name.clone(), value));
            }
            text.push_str(&format::list(&object));
        }
        session.state.budget.charge(text.len())?;
        ready(session, text);
        Ok(Vec::new())
    },
};

/// `Out-GridView`.
pub(super) static GRID: CommandSpec = CommandSpec {
    name: "Out-GridView",
    aliases: &["ogv"],
    module: UTILITY,
    summary: "Prints objects as a table; there is no window to choose in, so all of them pass on",
    example: "Get-ADUser -Filter * | Out-GridView -Title Users",
    parameters: &[
        P::text("Title").at(0),
        P::switch("PassThru"),
        P::new("OutputMode", K::Choice(&["None", "Single", "Multiple"])),
        P::switch("Wait").ignored(),
        INPUT,
    ],
    sets: &[],
    run: |session, bound| {
        let items = inputs(bound);
        let single = bound.text("OutputMode") == Some("Single");
        let many = bound.switch("PassThru") || bound.text("OutputMode") == Some("Multiple");
        let title = bound.text("Title").unwrap_or("Out-GridView").to_owned();
        session.host(title, None, None, false);
        let text = format::live_text(&items);
        session.state.budget.charge(text.len())?;
        session.host(text.trim_end().to_owned(), None, None, false);
        if single || many {
            let count = if single { items.len().min(1) } else { items.len() };
            session.warn(format!(
                "nobody chooses in a window of Out-GridView: {count} of {} objects pass on",
                items.len()
            ));
            for item in items.into_iter().take(count) {
                session.emit(item);
            }
        }
        Ok(Vec::new())
    },
};

/// Returns the columns that were asked for; patterns are those of the first object.
fn chosen(bound: &Bound, items: &[Live]) -> Run<Vec<Column>> {
    let mut found = Vec::new();
    for column in columns(bound.live("Property"))? {
        if column.is_pattern() {
            let names = items.first().map_or_else(Vec::new, |item| column.expand(item));
            found.extend(columns(Some(&Live::array(names.into_iter().map(Live::from).collect())))?);
        } else {
            found.push(column);
        }
    }
    Ok(found)
}

fn shown(column: &Column, value: &Live) -> Run<String> {
    let text = match &column.format {
        Some(spec) if spec.contains('{') => {
            operators::format::format(spec, std::slice::from_ref(value))?
        }
        Some(spec) => operators::format::of(value, spec)?,
        None => format::cell(&value.to_plain()),
    };
    Ok(match column.width {
        Some(width) if text.chars().count() > width => text.chars().take(width).collect(),
        _ => text,
    })
}

/// Passes on a text that is formatted already.
fn ready(session: &mut Session<'_>, text: String) {
    session.emit(Live::Object(Rc::new(LiveObject::new(format::READY).with("Text", text))));
}
