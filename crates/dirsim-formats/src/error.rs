//! What is wrong with a file, told to whoever wrote it.

use std::fmt;
use std::sync::Arc;

/// Most errors that are reported of one file; reading it ends there.
pub const ERRORS_MAX: usize = 100;

/// A place in a file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// The name of the file as it was given.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.file, self.line)
    }
}

/// One mistake in a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{file}:{line}:{column}: {reason}\n  help: {help}")]
pub struct FormatError {
    /// The name of the file as it was given.
    pub file: Arc<str>,
    /// The line, from 1.
    pub line: u32,
    /// The column in characters, from 1.
    pub column: u32,
    /// What is wrong; user text in backticks.
    pub reason: String,
    /// What to do about it.
    pub help: String,
    /// The other place of a contradiction, such as the first of two objects with one name.
    pub other: Option<Place>,
}

impl FormatError {
    /// Returns where the mistake is.
    pub fn place(&self) -> Place {
        Place { file: Arc::clone(&self.file), line: self.line }
    }
}

/// Everything that is wrong with the files of one load; never empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FormatErrors {
    /// The mistakes, file by file in the order given, at most [`ERRORS_MAX`] of each.
    pub errors: Vec<FormatError>,
}

impl fmt::Display for FormatErrors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, error) in self.errors.iter().enumerate() {
            if at > 0 {
                f.write_str("\n")?;
            }
            fmt::Display::fmt(error, f)?;
        }
        Ok(())
    }
}

impl std::error::Error for FormatErrors {}

/// Collects the mistakes of the file that is being read.
#[derive(Debug)]
pub(crate) struct Problems {
    file: Arc<str>,
    found_here: usize,
    errors: Vec<FormatError>,
}

impl Problems {
    pub(crate) fn new() -> Self {
        Self { file: Arc::from(""), found_here: 0, errors: Vec::new() }
    }

    /// Turns to another file.
    pub(crate) fn open(&mut self, name: &str) {
        self.file = Arc::from(name);
        self.found_here = 0;
    }

    /// Returns the name of the file that is being read.
    pub(crate) fn file(&self) -> Arc<str> {
        Arc::clone(&self.file)
    }

    /// Notes a mistake in the file that is being read.
    pub(crate) fn note(
        &mut self,
        line: u32,
        column: u32,
        reason: impl Into<String>,
        help: impl Into<String>,
    ) {
        let file = self.file();
        self.push(FormatError {
            file,
            line,
            column,
            reason: reason.into(),
            help: help.into(),
            other: None,
        });
    }

    /// Notes that the object at `second` contradicts the one at `first`.
    pub(crate) fn clash(&mut self, first: &Place, second: &Place, reason: String, help: &str) {
        self.push(FormatError {
            file: Arc::clone(&second.file),
            line: second.line,
            column: 1,
            reason,
            help: help.to_owned(),
            other: Some(first.clone()),
        });
    }

    fn push(&mut self, error: FormatError) {
        if self.found_here < ERRORS_MAX {
            self.found_here += 1;
            self.errors.push(error);
        }
    }

    /// Returns whether reading this file should end.
    pub(crate) const fn is_full(&self) -> bool {
        self.found_here >= ERRORS_MAX
    }

    /// Returns whether nothing is wrong so far.
    pub(crate) const fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Ends the load: `Err` when anything is wrong.
    pub(crate) fn finish(self) -> Result<(), FormatErrors> {
        if self.errors.is_empty() { Ok(()) } else { Err(FormatErrors { errors: self.errors }) }
    }
}

/// Returns line and column (in characters) of a byte offset, both from 1.
pub(crate) fn line_and_column(text: &str, offset: usize) -> (u32, u32) {
    let before = text.as_bytes().get(..offset).unwrap_or(text.as_bytes());
    let line = memchr::memchr_iter(b'\n', before).count() + 1;
    let start = memchr::memrchr(b'\n', before).map_or(0, |at| at + 1);
    let column = before
        .get(start..)
        .unwrap_or_default()
        .iter()
        .filter(|byte| !matches!(byte, 0x80..=0xBF))
        .count()
        + 1;
    (u32::try_from(line).unwrap_or(u32::MAX), u32::try_from(column).unwrap_or(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_count_characters() {
        assert_eq!(line_and_column("a\nzoë x", 7), (2, 5));
        assert_eq!(line_and_column("", 0), (1, 1));
    }

    #[test]
    fn a_file_reports_a_hundred_mistakes_and_no_more() {
        let mut problems = Problems::new();
        for file in ["a.ldf", "b.ldf"] {
            problems.open(file);
            for line in 0..150 {
                problems.note(line, 1, "bad", "mend it");
            }
            assert!(problems.is_full());
        }
        assert_eq!(problems.finish().unwrap_err().errors.len(), 2 * ERRORS_MAX);
    }
}
