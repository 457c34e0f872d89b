//! Reports: one set of rows, written as a table, JSON lines or CSV.

use std::fmt;
use std::io::{self, Write};

use comfy_table::{ColumnConstraint, ContentArrangement, LineStyle, Table, TableStyle};
use serde_json::{Map, Value};

use crate::cli::Format;

/// Rows under named columns.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    columns: Vec<&'static str>,
    rows: Vec<Vec<Value>>,
}

impl Rows {
    /// Starts a report with these columns.
    pub(crate) fn new(columns: &[&'static str]) -> Self {
        Self { columns: columns.to_vec(), rows: Vec::new() }
    }

    /// Adds a row.
    pub(crate) fn push(&mut self, row: Vec<Value>) {
        self.rows.push(row);
    }

    /// Returns whether there is no row.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Returns the number of rows.
    pub(crate) fn len(&self) -> usize {
        self.rows.len()
    }

    /// Keeps the first rows only.
    pub(crate) fn truncate(&mut self, rows: usize) {
        self.rows.truncate(rows);
    }

    /// Returns the columns that a table of these rows takes when no cell is broken.
    pub(crate) fn natural_width(&self) -> usize {
        self.widths().iter().sum()
    }

    /// Returns the report as CSV.
    pub(crate) fn csv(&self) -> String {
        let names: Vec<String> = self.columns.iter().map(|c| json_name(c)).collect();
        let mut text = names.join(",");
        text.push('\n');
        for row in &self.rows {
            let fields: Vec<String> = row.iter().map(|v| csv_field(&cell(v))).collect();
            text.push_str(&fields.join(","));
            text.push('\n');
        }
        text
    }

    /// Writes the report to stdout.
    pub(crate) fn print(&self, format: Format) -> io::Result<()> {
        let mut out = io::stdout().lock();
        match format {
            Format::Text => writeln!(out, "{self}"),
            Format::Json => self.rows.iter().try_for_each(|row| {
                let object: Map<String, Value> = self
                    .columns
                    .iter()
                    .zip(row)
                    .map(|(column, value)| (json_name(column), value.clone()))
                    .collect();
                writeln!(out, "{}", Value::Object(object))
            }),
            Format::Csv => write!(out, "{}", self.csv()),
        }
    }

    fn table(&self) -> Table {
        let mut table = Table::new();
        table.load_style(
            TableStyle::new().header_separator(LineStyle::none().fill('─').junction('─')),
        );
        table.set_content_arrangement(ContentArrangement::Dynamic);
        // Off a terminal there is no width to fit, unless the caller names one.
        if let Some(width) = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok()) {
            table.set_width(width);
        }
        table.set_header(self.columns.iter().copied());
        for row in &self.rows {
            table.add_row(row.iter().map(cell));
        }
        // Where one column makes the table too wide, only that one is broken.
        if let Some((widest, _)) = known_width().and_then(|width| self.one_too_wide(width)) {
            for column in (0..self.columns.len()).filter(|column| *column != widest) {
                if let Some(column) = table.column_mut(column) {
                    column.set_constraint(ColumnConstraint::ContentWidth);
                }
            }
        }
        table
    }

    /// Returns the columns that the cells of each column take, with the room around them.
    fn widths(&self) -> Vec<usize> {
        let widest = |column: usize, title: &str| {
            let cells = self.rows.iter().filter_map(|row| row.get(column));
            let widths = cells.flat_map(|value| {
                cell(value).lines().map(|line| line.chars().count()).collect::<Vec<_>>()
            });
            widths.max().unwrap_or(0).max(title.chars().count()) + 3
        };
        let columns = self.columns.iter().enumerate();
        columns.map(|(column, title)| widest(column, title)).collect()
    }

    /// Returns the widest column and the room that is left for it, when the others fit.
    fn one_too_wide(&self, width: usize) -> Option<(usize, usize)> {
        /// What a column of broken text needs to be read.
        const READABLE: usize = 24;
        let widths = self.widths();
        let (widest, most) = widths.iter().enumerate().max_by_key(|(_, width)| **width)?;
        let others: usize = widths.iter().sum::<usize>() - most;
        let room = width.checked_sub(others)?;
        (room >= READABLE).then_some((widest, room))
    }

    /// Writes the rows one below the other, for places that are too narrow for a table.
    fn blocks(&self, width: usize) -> String {
        let label = self.columns.iter().skip(1).map(|title| title.chars().count()).max();
        let label = label.unwrap_or(0);
        let mut lines = Vec::new();
        for row in &self.rows {
            if !lines.is_empty() {
                lines.push(String::new());
            }
            let mut cells = row.iter().map(cell);
            lines.extend(wrap(&cells.next().unwrap_or_default(), width));
            for (title, text) in self.columns.iter().skip(1).zip(cells) {
                let room = width.saturating_sub(label + 4).max(20);
                let texts = text.lines().flat_map(|line| wrap(line, room));
                for (number, text) in texts.enumerate() {
                    let title = if number == 0 { title } else { "" };
                    lines.push(format!("  {title:label$}  {text}"));
                }
            }
        }
        lines.join("\n")
    }
}

impl fmt::Display for Rows {
    /// Writes the table for people; where it would break more than one column, block by block.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let narrow = known_width()
            .filter(|width| self.natural_width() > *width && self.one_too_wide(*width).is_none());
        if let Some(width) = narrow.filter(|_| !self.is_empty()) {
            return write!(f, "{}", self.blocks(width));
        }
        write!(f, "{}", self.table())
    }
}

/// Returns how many columns text may take: those of the terminal, else those that the caller names,
/// else 80.
pub(crate) fn width() -> usize {
    const NARROWEST: usize = 40;
    known_width().unwrap_or(80).max(NARROWEST)
}

/// Returns the columns of the terminal, or those that the caller names; `None` where nobody says.
pub(crate) fn known_width() -> Option<usize> {
    let named = std::env::var("COLUMNS").ok().and_then(|text| text.parse().ok());
    named.or_else(|| Table::new().width().map(usize::from))
}

/// Returns how many lines the terminal shows; 25 off a terminal.
pub(crate) fn height() -> usize {
    let named = std::env::var("LINES").ok().and_then(|text| text.parse().ok());
    let shown = terminal_size::terminal_size().map(|(_, height)| usize::from(height.0));
    named.or(shown).unwrap_or(25)
}

/// Breaks a text into lines of at most `width` characters, at spaces where there are any.
pub(crate) fn wrap(text: &str, width: usize) -> Vec<String> {
    let mut lines = vec![String::new()];
    for word in text.split(' ') {
        let mut rest = word;
        loop {
            let line = lines.last_mut().expect("there is always a last line");
            let taken = line.chars().count();
            let room = width.saturating_sub(taken + usize::from(taken > 0));
            let long = rest.chars().count();
            if long <= room {
                if taken > 0 {
                    line.push(' ');
                }
                line.push_str(rest);
                break;
            }
            if taken > 0 {
                lines.push(String::new());
                continue;
            }
            // A word that fits no line is cut, behind a comma when it has one: it is a name then.
            let cut = rest.char_indices().nth(width.max(1)).map_or(rest.len(), |(at, _)| at);
            let comma = rest.get(..cut).and_then(|head| head.rfind(','));
            let cut = comma.map_or(cut, |at| at + 1);
            let (head, tail) = rest.split_at(cut);
            line.push_str(head);
            lines.push(String::new());
            rest = tail;
        }
    }
    lines
}

/// Returns a column title as a JSON name: `Started at` becomes `startedAt`.
fn json_name(title: &str) -> String {
    let mut name = String::new();
    for (index, word) in title.split_whitespace().enumerate() {
        let mut letters = word.chars();
        let first = letters.next().unwrap_or_default();
        if index == 0 {
            name.extend(first.to_lowercase());
        } else {
            name.extend(first.to_uppercase());
        }
        name.extend(letters);
    }
    name
}

/// Writes a value into a cell: lists as lines, nothing as nothing.
pub(crate) fn cell(value: &Value) -> String {
    match value {
        Value::Null => String::new(),
        Value::String(text) => text.clone(),
        Value::Array(items) => items.iter().map(cell).collect::<Vec<_>>().join("\n"),
        Value::Object(object) => object
            .iter()
            .map(|(name, value)| format!("{name}: {}", cell(value)))
            .collect::<Vec<_>>()
            .join("\n"),
        other => other.to_string(),
    }
}

/// Quotes a field where CSV needs it.
pub(crate) fn csv_field(text: &str) -> String {
    // A field that begins like a formula would be run by a spreadsheet.
    let text =
        if text.starts_with(['=', '+', '-', '@']) { format!("'{text}") } else { text.to_owned() };
    if text.contains(['"', ',', '\n', '\r']) {
        format!("\"{}\"", text.replace('"', "\"\""))
    } else {
        text
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_breaks_at_spaces_and_long_words_are_cut() {
        assert_eq!(wrap("soft match: nobody has it", 12), ["soft match:", "nobody has", "it"]);
        assert_eq!(
            wrap("a ERERESIiMzNERFVVVVVVVQ==", 10),
            ["a", "ERERESIiMz", "NERFVVVVVV", "VQ=="]
        );
        assert_eq!(wrap("CN=Ann,OU=Corp,DC=com", 16), ["CN=Ann,OU=Corp,", "DC=com"]);
        assert_eq!(wrap("", 10), [""]);
    }

    #[test]
    fn a_place_too_narrow_for_a_table_gets_blocks() {
        let mut rows = Rows::new(&["Object", "Property", "Value"]);
        let object = Value::from("root5568@contoso.onmicrosoft.com");
        rows.push(vec![object, "UserPrincipalName".into(), "root@contoso.com".into()]);
        rows.push(vec!["ann".into(), Value::Null, "a value of some length".into()]);
        assert_eq!(rows.natural_width(), 35 + 20 + 25);
        assert_eq!(rows.one_too_wide(70), Some((0, 25)));
        assert_eq!(rows.one_too_wide(60), None);
        assert_eq!(
            rows.blocks(28),
            "root5568@contoso.onmicrosoft\n.com\n  Property  UserPrincipalName\n  Value     \
             root@contoso.com\n\nann\n  Value     a value of some\n            length"
        );
    }

    #[test]
    fn titles_become_names_and_fields_are_safe() {
        assert_eq!(json_name("Started at"), "startedAt");
        assert_eq!(csv_field("a,\"b\""), "\"a,\"\"b\"\"\"");
        assert_eq!(csv_field("=1+1"), "'=1+1");
    }
}
