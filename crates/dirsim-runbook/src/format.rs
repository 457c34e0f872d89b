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
        }
    }
    text
}

/// Returns objects as text; neighbours of one type share a table.
pub fn objects_text(objects: &[Object]) -> String {
    let mut text = String::new();
    let mut rest = objects;
    while let Some(first) = rest.first() {
        let count = rest.iter().take_while(|other| other.type_name == first.type_name).count();
        let (group, behind) = rest.split_at(count);
        match view(first) {
            View::Text => {
                for object in group {
                    for (_, value) in &object.properties {
                        text.push_str(&value.to_text());
                        text.push('\n');
                    }
                }
            }
            View::List => group.iter().for_each(|object| text.push_str(&list(object))),
            View::Table(columns) => text.push_str(&table(group, &columns)),
        }
        rest = behind;
    }
    text
}

enum View {
    /// The values alone.
    Text,
    /// One property per line.
    List,
    /// One object per line.
    Table(Vec<String>),
}

fn view(object: &Object) -> View {
    if object.type_name == "System.String" || object.type_name == "System.DateTime" {
        return View::Text;
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
fn cell(value: &PsValue) -> String {
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

fn list(object: &Object) -> String {
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

fn table(objects: &[Object], columns: &[String]) -> String {
    let rows: Vec<Vec<String>> = objects
        .iter()
        .map(|object| {
            columns.iter().map(|name| object.get(name).map_or_else(String::new, cell)).collect()
        })
        .collect();
    let widths: Vec<usize> = columns
        .iter()
        .enumerate()
        .map(|(at, name)| {
            let cells = rows.iter().filter_map(|row| row.get(at));
            cells.map(|cell| cell.chars().count()).max().unwrap_or(0).max(name.chars().count())
        })
        .collect();
    let line = |cells: &[String]| {
        let padded: Vec<String> = cells
            .iter()
            .zip(&widths)
            .map(|(cell, width)| format!("{cell:<width$}", width = *width))
            .collect();
        format!("{}\n", padded.join(" ").trim_end())
    };
    let rules: Vec<String> = columns.iter().map(|name| "-".repeat(name.chars().count())).collect();
    let mut text = format!("\n{}{}", line(columns), line(&rules));
    for row in &rows {
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
        assert_snapshot!(objects_text(&[pair("PasswordSync", true), pair("B", false)]).trim(), @r"
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
        assert_snapshot!(objects_text(&[wide]).trim(), @r"
        A    : 1
        Long :
        C    : {x, y}
        D    : 00:30:00
        E    : @{k=v}
        ");
    }
}
