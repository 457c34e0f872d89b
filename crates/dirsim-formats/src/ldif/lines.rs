//! Physical lines to logical lines, and logical lines to records.

use std::borrow::Cow;

/// Longest logical line in bytes: a value of 16 MiB in base64, and its name.
pub(super) const LINE_MAX: usize = 23 << 20;

/// A line with its continuation lines joined to it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Line<'a> {
    /// The number of its first physical line, from 1.
    pub(super) number: u32,
    /// The text without line end.
    pub(super) text: Cow<'a, str>,
    /// Whether the text was longer than [`LINE_MAX`] and is cut.
    pub(super) cut: bool,
}

/// Walks over the records of a file.
#[derive(Debug)]
pub(super) struct Records<'a> {
    rest: &'a str,
    number: u32,
}

impl<'a> Records<'a> {
    pub(super) const fn new(text: &'a str) -> Self {
        Self { rest: text, number: 0 }
    }

    /// Reads the lines of the next record into `lines`, comments left out; false at the end.
    pub(super) fn next_into(&mut self, lines: &mut Vec<Line<'a>>) -> bool {
        lines.clear();
        while let Some(line) = self.line() {
            if line.text.is_empty() {
                if !lines.is_empty() {
                    return true;
                }
            } else if !line.text.starts_with('#') {
                lines.push(line);
            }
        }
        !lines.is_empty()
    }

    /// Reads one logical line: a physical one and those behind it that begin with a space.
    fn line(&mut self) -> Option<Line<'a>> {
        let first = self.physical()?;
        let number = self.number;
        // An empty line ends a record, so nothing can continue it; a line of spaces alone counts
        // as empty.
        if first.trim_ascii().is_empty() {
            return Some(Line { number, text: Cow::Borrowed(""), cut: false });
        }
        let mut text = Cow::Borrowed(first);
        let mut cut = false;
        while self.rest.starts_with(' ') {
            let Some(more) = self.physical() else { break };
            let more = more.get(1..).unwrap_or_default();
            if text.len() + more.len() > LINE_MAX {
                cut = true;
            } else if !cut {
                text.to_mut().push_str(more);
            }
        }
        cut |= text.len() > LINE_MAX;
        Some(Line { number, text, cut })
    }

    fn physical(&mut self) -> Option<&'a str> {
        if self.rest.is_empty() {
            return None;
        }
        self.number = self.number.saturating_add(1);
        let (line, rest) = match memchr::memchr(b'\n', self.rest.as_bytes()) {
            Some(at) => (self.rest.get(..at), self.rest.get(at + 1..)),
            None => (Some(self.rest), Some("")),
        };
        self.rest = rest.unwrap_or_default();
        let line = line.unwrap_or_default();
        Some(line.strip_suffix('\r').unwrap_or(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<Vec<(u32, String)>> {
        let (mut reader, mut lines, mut all) = (Records::new(text), Vec::new(), Vec::new());
        while reader.next_into(&mut lines) {
            all.push(lines.iter().map(|l| (l.number, l.text.to_string())).collect());
        }
        all
    }

    #[test]
    fn folded_lines_are_joined_and_comments_dropped_with_their_folds() {
        let text = "# a comment\r\n  that goes on\r\ndn: CN=A\r\n nn,DC=x\r\ncn: Ann\r\n\r\n\r\n \ndn: DC=x";
        assert_eq!(
            records(text),
            [
                vec![(3, "dn: CN=Ann,DC=x".to_owned()), (5, "cn: Ann".to_owned())],
                vec![(9, "dn: DC=x".to_owned())]
            ]
        );
    }

    #[test]
    fn an_empty_file_has_no_records() {
        assert_eq!(records(""), Vec::<Vec<_>>::new());
        assert_eq!(records("\n\n# nothing\n"), Vec::<Vec<_>>::new());
    }
}
