//! Runs as tables: words for people, numbers for programs.

use std::fmt;
use std::io::{self, Write as _};

use dirsim_sync::RunRecord;
use dirsim_world::view::{RunSummary, run_summary, run_words};
use serde_json::{Value, json};

use crate::cli::Format;
use crate::report::{Rows, cell, known_width, wrap};

/// Rows of runs, with columns of the caller's in front.
pub(crate) struct Runs {
    rows: Rows,
    words: bool,
    /// The same, run by run, for places that are too narrow for a table: a line and what happened.
    stacked: Vec<(String, String)>,
}

impl Runs {
    /// Starts a table; `lead` are the columns in front.
    pub(crate) fn new(format: Format, lead: &[&'static str]) -> Self {
        let words = format == Format::Text;
        let mut columns = lead.to_vec();
        columns.extend(["Connector", "Profile", "Result"]);
        if words {
            columns.push("What happened");
        } else {
            columns.extend(["Adds", "Updates", "Renames", "Deletes", "Errors"]);
        }
        Self { rows: Rows::new(&columns), words, stacked: Vec::new() }
    }

    /// Adds a run behind the caller's values.
    pub(crate) fn push(&mut self, lead: Vec<Value>, run: &RunRecord) {
        let mut line = String::new();
        for value in &lead {
            line.push_str(&cell(value));
            line.push_str("  ");
        }
        let (connector, profile, result) =
            (run.connector_name.as_str(), run.profile.name(), run.result.name());
        line.extend([connector, ", ", profile, ": ", result]);
        self.stacked.push((line, run_words(run)));
        let mut row = lead;
        row.push(json!(run.connector_name));
        row.push(json!(run.profile.name()));
        row.push(json!(run.result.name()));
        if self.words {
            row.push(json!(run_words(run)));
        } else {
            let RunSummary { adds, updates, renames, deletes, errors } = run_summary(run);
            row.extend([adds, updates, renames, deletes, errors].map(|number| json!(number)));
        }
        self.rows.push(row);
    }

    /// Returns the table.
    pub(crate) fn into_rows(self) -> Rows {
        self.rows
    }

    /// Returns whether there is no run.
    pub(crate) fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// Prints the runs in a format.
    pub(crate) fn print(&self, format: Format) -> io::Result<()> {
        match format {
            Format::Text => writeln!(io::stdout().lock(), "{self}"),
            format => self.rows.print(format),
        }
    }
}

impl fmt::Display for Runs {
    /// Writes a table, or two lines a run where a table would break its cells.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(width) = known_width().filter(|width| self.rows.natural_width() > *width) else {
            return write!(f, "{}", self.rows);
        };
        for (number, (line, words)) in self.stacked.iter().enumerate() {
            let lead = if number == 0 { "" } else { "\n" };
            write!(f, "{lead}{}", wrap(line, width).join("\n"))?;
            for line in wrap(words, width.saturating_sub(4)) {
                write!(f, "\n    {line}")?;
            }
        }
        Ok(())
    }
}
