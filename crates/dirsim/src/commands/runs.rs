//! Runs as tables: words for people, numbers for programs.

use dirsim_sync::RunRecord;
use dirsim_world::view::{RunSummary, run_summary, run_words};
use serde_json::{Value, json};

use crate::cli::Format;
use crate::report::Rows;

/// Rows of runs, with columns of the caller's in front.
pub(crate) struct Runs {
    rows: Rows,
    words: bool,
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
        Self { rows: Rows::new(&columns), words }
    }

    /// Adds a run behind the caller's values.
    pub(crate) fn push(&mut self, lead: Vec<Value>, run: &RunRecord) {
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
}
