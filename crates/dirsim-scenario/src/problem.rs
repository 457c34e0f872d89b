//! What is wrong with a scenario file, with the place and the next step.

use std::fmt;

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

/// Returns the valid name with the smallest edit distance, when it is small for the length.
pub fn nearest<'a>(name: &str, valid: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let lower = name.to_lowercase();
    valid
        .into_iter()
        .map(|candidate| (distance(&lower, &candidate.to_lowercase()), candidate))
        .min()
        .filter(|(distance, candidate)| *distance <= candidate.chars().count().max(3) / 3)
        .map(|(_, candidate)| candidate)
}

/// Counts insertions, deletions, substitutions and swaps of neighbors.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let at =
                |row: &[usize], index: usize| row.get(index).copied().unwrap_or(usize::MAX / 2);
            let mut best =
                (at(&last, j) + usize::from(x != y)).min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                best = best.min(at(&before, j - 1) + 1);
            }
            row.push(best);
        }
        before = std::mem::replace(&mut last, row);
    }
    last.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_name_is_near() {
        let names = ["userPrincipalName", "mail", "displayName"];
        assert_eq!(nearest("userPrincipleName", names), Some("userPrincipalName"));
        assert_eq!(nearest("mial", names), Some("mail"));
        assert_eq!(nearest("telephone", names), None);
    }
}
