//! `dirsim show sync-errors`: the sync error report of Connect Health.

use anstyle::{AnsiColor, Reset, Style};
use dirsim_model::Schema;
use dirsim_store::Tables;
use dirsim_world::view::health::{CATEGORIES, HealthError, HealthReport, Side, report};

use crate::cli::{Format, Show};
use crate::failure::Failure;
use crate::report::{csv_field, width, wrap};

/// The columns of the CSV file, as dirsim writes them for want of a public sample.
const COLUMNS: &[&str] = &[
    "Category",
    "ErrorName",
    "AttributeName",
    "ConflictingValue",
    "ObjectType",
    "DisplayName",
    "UserPrincipalName",
    "SourceAnchor",
    "DistinguishedName",
    "CloudObjectId",
    "ConflictingObjectId",
    "ConflictingDisplayName",
    "ConflictingUserPrincipalName",
    "FirstOccurred",
    "LastOccurred",
    "Message",
];
/// The width of the labels beside the two objects.
const LABEL: usize = 17;

/// Shows the report, or the part of it about one object.
pub(crate) fn show(tables: &dyn Tables, schema: &Schema, arguments: &Show) -> Result<(), Failure> {
    let now = dirsim_world::world::clock(tables)?;
    let mut found = report(tables, schema, now)?;
    if let Some(identity) = &arguments.identity {
        found.errors.retain(|error| names(&error.object, identity));
    }
    if arguments.limit > 0 {
        found.errors.truncate(arguments.limit);
    }
    match arguments.report.format {
        Format::Text => print(&found),
        Format::Json => {
            let text = serde_json::to_string(&found)
                .map_err(|error| Failure::internal(error.to_string()))?;
            println!("{text}");
        }
        Format::Csv => print_csv(&found),
    }
    Ok(())
}

fn names(side: &Side, identity: &str) -> bool {
    [
        &side.user_principal_name,
        &side.display_name,
        &side.source_anchor,
        &side.distinguished_name,
        &side.object_id,
    ]
    .into_iter()
    .flatten()
    .any(|name| name.eq_ignore_ascii_case(identity.trim()))
}

fn print(found: &HealthReport) {
    let (bold, dim) = (Style::new().bold(), Style::new().dimmed());
    anstream::println!(
        "{bold}Sync errors{Reset}  {dim}as Connect Health shows them from {} on (ET-140){Reset}\n",
        found.shown_from
    );
    for category in CATEGORIES {
        let count = found.errors.iter().filter(|error| error.category == *category).count();
        let style = if count == 0 { dim } else { Style::new() };
        anstream::println!("  {style}{count:>6}  {category}{Reset}");
    }
    for error in &found.errors {
        print_error(error);
    }
}

fn print_error(error: &HealthError) {
    let (bold, dim, red) =
        (Style::new().bold(), Style::new().dimmed(), AnsiColor::Red.on_default().bold());
    anstream::println!("\n{red}{}{Reset}  {bold}{}{Reset}", error.error_name, error.category);
    if let Some(attribute) = &error.attribute {
        line(attribute, &[error.values.join(", ")]);
    }
    let other = error.conflict.clone().unwrap_or_default();
    let heads = if error.conflict.is_some() { "in conflict with" } else { "" };
    anstream::println!("  {dim}{:LABEL$}  {:half$}  {heads}{Reset}", "", "object", half = half());
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let pairs = [
        ("display name", text(&error.object.display_name), text(&other.display_name)),
        (
            "userPrincipalName",
            text(&error.object.user_principal_name),
            text(&other.user_principal_name),
        ),
        ("type", kind(&error.object), kind(&other)),
        ("source anchor", text(&error.object.source_anchor), text(&other.source_anchor)),
        ("in the forest", text(&error.object.distinguished_name), text(&other.distinguished_name)),
        ("object id", text(&error.object.object_id), text(&other.object_id)),
    ];
    for (label, left, right) in pairs {
        if !left.is_empty() || !right.is_empty() {
            line(label, &[left, right]);
        }
    }
    let since = format!("{}, last {}", error.first, error.last);
    line("since", &[since]);
    line("says", &[format!("{} ({})", error.message, error.rule)]);
    line("fix", std::slice::from_ref(&error.fix));
    line("diagnose", &[error.diagnose.to_owned()]);
}

fn kind(side: &Side) -> String {
    match side.mastered {
        Some(mastered) => format!("{}, {mastered}", side.object_type),
        None => side.object_type.clone(),
    }
}

/// The width of each of two columns.
fn half() -> usize {
    (width().saturating_sub(LABEL + 6) / 2).max(20)
}

/// Prints a label and one or two texts beside it, each broken to its column.
fn line(label: &str, texts: &[String]) {
    let dim = Style::new().dimmed();
    let column = if texts.len() > 1 { half() } else { half() * 2 + 2 };
    let columns: Vec<Vec<String>> = texts.iter().map(|text| wrap(text, column)).collect();
    let height = columns.iter().map(Vec::len).max().unwrap_or_default();
    for number in 0..height {
        let label = if number == 0 { label } else { "" };
        let cell = |at: usize| {
            columns.get(at).and_then(|lines| lines.get(number)).cloned().unwrap_or_default()
        };
        let row = format!("{:column$}  {}", cell(0), cell(1));
        anstream::println!("  {dim}{label:LABEL$}{Reset}  {}", row.trim_end());
    }
}

fn print_csv(found: &HealthReport) {
    println!("{}", COLUMNS.join(","));
    for error in &found.errors {
        let other = error.conflict.clone().unwrap_or_default();
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let fields = [
            error.category.clone(),
            error.error_name.clone(),
            text(&error.attribute),
            error.values.join("; "),
            error.object.object_type.clone(),
            text(&error.object.display_name),
            text(&error.object.user_principal_name),
            text(&error.object.source_anchor),
            text(&error.object.distinguished_name),
            text(&error.object.object_id),
            text(&other.object_id),
            text(&other.display_name),
            text(&other.user_principal_name),
            error.first.to_string(),
            error.last.to_string(),
            error.message.clone(),
        ];
        let fields: Vec<String> = fields.iter().map(|field| csv_field(field)).collect();
        println!("{}", fields.join(","));
    }
}
