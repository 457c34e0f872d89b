//! Objects as text, in the default views of PowerShell: tables for a few columns, lists otherwise.

use std::fmt::Write as _;

use crate::run::Output;
use crate::value::{Object, PsValue};

/// The columns that a type shows when it is shown as a table.
const TABLES: &[(&str, &[&str])] = &[
    (
        "Microsoft.Graph.PowerShell.Models.MicrosoftGraphUser",
        &["DisplayName", "Id", "Mail", "UserPrincipalName"],
    ),
    (
        "Microsoft.Graph.PowerShell.Models.MicrosoftGraphGroup",
        &["DisplayName", "Id", "MailNickname", "Description", "GroupTypes"],
    ),
    ("Microsoft.Graph.PowerShell.Models.MicrosoftGraphDirectoryObject", &["Id", "DeletedDateTime"]),
    ("Microsoft.Online.Administration.User", &["UserPrincipalName", "DisplayName", "isLicensed"]),
    ("Microsoft.Online.Administration.DirSyncFeatureDetails", &["DirSyncFeature", "Enabled"]),
    ("Dirsim.CommandInfo", &["CommandType", "Name", "Source", "Summary"]),
];

/// Most properties that are shown side by side when a type has no view of its own.
const TABLE_COLUMNS_MAX: usize = 4;

/// Types that are always shown as a list.
const LISTS: &[&str] = &[
    "Microsoft.MetadirectoryServices.SyncCycleResult",
    "Microsoft.IdentityManagement.PowerShell.ObjectModel.MvObject",
    "Microsoft.Graph.PowerShell.Models.MicrosoftGraphOnPremisesDirectorySynchronization",
];

/// Returns what a script printed, as text.
pub fn outputs_text(outputs: &[Output]) -> String {
    let mut text = String::new();
    for output in outputs {
        match output {
            Output::Objects { objects, .. } => text.push_str(&objects_text(objects)),
            Output::Warning(warning) => {
                let _ = writeln!(text, "WARNING: {warning}");
            }
            Output::WhatIf(what) => {
                let _ = writeln!(text, "{what}");
            }
            Output::Error { record, .. } => {
                let _ = writeln!(text, "{}", record.text());
            }
            Output::Host { text: line, stays, .. } => {
                text.push_str(line);
                if !stays {
                    text.push('\n');
                }
            }
            Output::Verbose(line) => {
                let _ = writeln!(text, "VERBOSE: {line}");
            }
        }
    }
    text
}

/// Returns values of a running script as text.
pub(crate) fn live_text(values: &[crate::live::Live]) -> String {
    let plain: Vec<PsValue> = values.iter().map(crate::live::Live::to_plain).collect();
    objects_text(&plain)
}

/// Returns values as text; neighbors of one type share a table.
pub fn objects_text(values: &[PsValue]) -> String {
    let mut text = String::new();
    let mut rest = values;
    while let Some(first) = rest.first() {
        let kind = type_of(first);
        let count = rest.iter().take_while(|other| type_of(other) == kind).count();
        let (group, behind) = rest.split_at(count);
        match first {
            PsValue::Object(object) => {
                let objects: Vec<&Object> = group
                    .iter()
                    .filter_map(|value| match value {
                        PsValue::Object(object) => Some(&**object),
                        _ => None,
                    })
                    .collect();
                match view(object) {
                    View::Text => {
                        for object in objects {
                            for (_, value) in &object.properties {
                                text.push_str(&value.to_text());
                                text.push('\n');
                            }
                        }
                    }
                    View::Ready => {
                        for object in objects {
                            text.push_str(
                                &object.get("Text").map_or_else(String::new, PsValue::to_text),
                            );
                        }
                    }
                    View::List => objects.iter().for_each(|object| text.push_str(&list(object))),
                    View::Table(columns) => text.push_str(&table(&objects, &columns)),
                }
            }
            PsValue::Table(_) => {
                let entries: Vec<Object> = group
                    .iter()
                    .flat_map(|value| match value {
                        PsValue::Table(pairs) => pairs.clone(),
                        _ => Vec::new(),
                    })
                    .map(|(key, value)| {
                        Object::new("System.Collections.DictionaryEntry")
                            .with("Name", key)
                            .with("Value", value)
                    })
                    .collect();
                let entries: Vec<&Object> = entries.iter().collect();
                text.push_str(&table(&entries, &["Name".to_owned(), "Value".to_owned()]));
            }
            PsValue::Guid(_) => {
                let column = ["Guid".to_owned()];
                let rows: Vec<Object> = group
                    .iter()
                    .map(|guid| Object::new("System.Guid").with("Guid", guid.clone()))
                    .collect();
                let rows: Vec<&Object> = rows.iter().collect();
                text.push_str(&table(&rows, &column));
            }
            _ => {
                for value in group {
                    match value {
                        PsValue::List(items) => text.push_str(&objects_text(items)),
                        PsValue::Bytes(bytes) => {
                            for byte in bytes {
                                let _ = writeln!(text, "{byte}");
                            }
                        }
                        other => {
                            text.push_str(&other.to_text());
                            text.push('\n');
                        }
                    }
                }
            }
        }
        rest = behind;
    }
    text
}

/// Returns what values have in common that share a table.
fn type_of(value: &PsValue) -> (&'static str, Vec<&str>) {
    match value {
        PsValue::Object(object) => {
            // Objects that scripts make share a table when their properties do.
            let columns = if object.type_name == crate::live::CUSTOM {
                object.properties.iter().map(|(name, _)| name.as_str()).collect()
            } else {
                Vec::new()
            };
            (object.type_name, columns)
        }
        PsValue::Table(_) => ("hashtable", Vec::new()),
        PsValue::Guid(_) => ("guid", Vec::new()),
        _ => ("", Vec::new()),
    }
}

/// The type of text that a Format- cmdlet made.
pub(crate) const READY: &str = "Microsoft.PowerShell.Commands.Internal.Format.FormatEntryData";

enum View {
    /// The values alone.
    Text,
    /// A text that is formatted already.
    Ready,
    /// One property per line.
    List,
    /// One object per line.
    Table(Vec<String>),
}

fn view(object: &Object) -> View {
    if object.type_name == READY {
        return View::Ready;
    }
    if object.type_name == "System.String" || object.type_name == "System.DateTime" {
        return View::Text;
    }
    if object.type_name == "System.Management.Automation.ErrorRecord" {
        return View::List;
    }
    let known = TABLES.iter().find(|(name, _)| *name == object.type_name);
    if let Some((_, columns)) = known {
        return View::Table(columns.iter().map(|column| (*column).to_owned()).collect());
    }
    if object.properties.len() > TABLE_COLUMNS_MAX || LISTS.contains(&object.type_name) {
        return View::List;
    }
    View::Table(object.properties.iter().map(|(name, _)| name.clone()).collect())
}

/// Writes a value in a cell: lists in braces, as PowerShell does; of objects the number alone.
pub(crate) fn cell(value: &PsValue) -> String {
    match value {
        PsValue::List(values) if holds_objects(values) => format!("{{{} objects}}", values.len()),
        PsValue::List(values) => {
            let parts: Vec<String> = values.iter().map(PsValue::to_text).collect();
            format!("{{{}}}", parts.join(", "))
        }
        PsValue::Bytes(bytes) => {
            let parts: Vec<String> = bytes.iter().map(u8::to_string).collect();
            format!("{{{}}}", parts.join(", "))
        }
        other => other.to_text(),
    }
}

fn holds_objects(values: &[PsValue]) -> bool {
    values.iter().any(|value| matches!(value, PsValue::Object(_) | PsValue::Table(_)))
}

/// Writes a value behind its name in a list: objects one per line, their properties inside.
fn lines(value: &PsValue) -> String {
    let each = match value {
        PsValue::List(values) if holds_objects(values) => {
            values.iter().map(PsValue::to_text).collect()
        }
        PsValue::Object(object) => object
            .properties
            .iter()
            .map(|(name, value)| format!("{name}={}", value.to_text()))
            .collect(),
        other => vec![cell(other)],
    };
    each.join("\n")
}

/// Writes an object as a list, one property per line.
pub(crate) fn list(object: &Object) -> String {
    let width = object.properties.iter().map(|(name, _)| name.chars().count()).max().unwrap_or(0);
    let mut text = String::from("\n");
    for (name, value) in &object.properties {
        let value = lines(value).replace('\n', &format!("\n{}", " ".repeat(width + 3)));
        text.push_str(format!("{name:width$} : {value}").trim_end());
        text.push('\n');
    }
    text.push('\n');
    text
}

/// Writes objects as a table; numbers stand at the right.
pub(crate) fn table(objects: &[&Object], columns: &[String]) -> String {
    let rows: Vec<Vec<&PsValue>> = objects
        .iter()
        .map(|object| {
            columns.iter().map(|name| object.get(name).unwrap_or(&PsValue::Null)).collect()
        })
        .collect();
    let right: Vec<bool> = (0..columns.len())
        .map(|at| {
            let mut values =
                rows.iter().filter_map(|row| row.get(at)).filter(|v| !matches!(v, PsValue::Null));
            matches!(values.next(), Some(PsValue::Integer(_) | PsValue::Real(_)))
        })
        .collect();
    let cells: Vec<Vec<String>> =
        rows.iter().map(|row| row.iter().map(|value| cell(value)).collect()).collect();
    grid(columns, &right, &cells, true)
}

/// Writes cells below headers, each column as wide as its widest cell.
pub(crate) fn grid(
    columns: &[String],
    right: &[bool],
    rows: &[Vec<String>],
    headers: bool,
) -> String {
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            let head = if headers { name.chars().count() } else { 0 };
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(head)
        })
        .collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .enumerate()
            .map(|(at, (cell, width))| {
                let width = *width;
                if right.get(at).copied().unwrap_or(false) {
                    format!("{cell:>width$}")
                } else {
                    format!("{cell:<width$}")
                }
            })
            .collect();
        format!("{}\n", padded.join(" ").trim_end())
    };
    let mut text = String::from("\n");
    if headers {
        let rules: Vec<String> =
            columns.iter().map(|name| "-".repeat(name.chars().count())).collect();
        text.push_str(&line(columns));
        text.push_str(&line(&rules));
    }
    for row in rows {
        text.push_str(&line(row));
    }
    text.push('\n');
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use insta::assert_snapshot;

    #[test]
    fn few_properties_make_a_table_and_many_a_list() {
        let pair = |name: &str, on: bool| {
            Object::new("X").with("DirSyncFeature", name).with("Enabled", on)
        };
        assert_snapshot!(objects_text(&[pair("PasswordSync", true).into(), pair("B", false).into()]).trim(), @r"
        DirSyncFeature Enabled
        -------------- -------
        PasswordSync   True
        B              False
        ");
        let wide = Object::new("Y")
            .with("A", 1_i64)
            .with("Long", PsValue::Null)
            .with("C", vec!["x", "y"])
            .with("D", PsValue::Duration(1_800_000))
            .with("E", PsValue::Table(vec![("k".into(), "v".into())]));
        assert_snapshot!(objects_text(&[wide.into()]).trim(), @r"
        A    : 1
        Long :
        C    : {x, y}
        D    : 00:30:00
        E    : @{k=v}
        ");
    }
}
