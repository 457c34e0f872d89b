//! What is wrong with a scenario file, with the place and the next step.

use std::fmt;

use dirsim_model::nearest;

use crate::data::Place;

/// A mistake in a scenario file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as the user named it.
    pub file: String,
    /// Where in the file.
    pub at: Place,
    /// What is wrong: lower case, user text in backticks.
    pub reason: String,
    /// What to do next.
    pub help: Option<String>,
    /// The line of the file, for display.
    pub source: Option<String>,
}

impl Problem {
    /// Describes a mistake at a place of a text.
    pub fn new(file: &str, text: &str, at: Place, reason: impl Into<String>) -> Self {
        let line = at.line.checked_sub(1);
        Self {
            file: file.to_owned(),
            at,
            reason: reason.into(),
            help: None,
            source: line.and_then(|line| text.lines().nth(line)).map(str::to_owned),
        }
    }

    /// Adds what to do next.
    #[must_use]
    pub fn with_help(mut self, help: impl Into<String>) -> Self {
        self.help = Some(help.into());
        self
    }

    /// Adds the nearest of the valid names, when one is near.
    #[must_use]
    pub fn with_nearest<'a>(self, name: &str, valid: impl IntoIterator<Item = &'a str>) -> Self {
        match nearest(name, valid) {
            Some(nearest) => self.with_help(format!("did you mean `{nearest}`?")),
            None => self,
        }
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "error: {}", self.reason)?;
        write!(f, "  --> {}:{}:{}", self.file, self.at.line, self.at.column)?;
        if let Some(source) = &self.source {
            let number = self.at.line.to_string();
            let gutter = " ".repeat(number.len());
            let column = self.at.column.saturating_sub(1);
            let indent: String =
                source.chars().take(column).map(|c| if c == '\t' { '\t' } else { ' ' }).collect();
            write!(f, "\n{gutter} |\n{number} | {source}\n{gutter} | {indent}^")?;
        }
        if let Some(help) = &self.help {
            write!(f, "\n   = help: {help}")?;
        }
        Ok(())
    }
}
