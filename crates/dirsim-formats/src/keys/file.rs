//! A CSV file that is being read: header, records, and the pitfalls of exports.

use std::io::{Cursor, Read};

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use csv::StringRecord;
use dirsim_model::{Guid, SourceAnchor};
use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::forecast::{Trait, Traits};

use super::column::{Column, DirectoryColumn, TenantColumn};
use crate::error::{FormatErrors, Problems};
use crate::lint::{Lint, LintCode, Tally};

/// Bytes that are read at a time.
const BUFFER_BYTES: usize = 1 << 20;
/// Bytes in which the header must end.
const HEADER_BYTES_MAX: usize = 1 << 20;
/// Longest value in bytes; a quote that is never closed would swallow the file.
const VALUE_MAX: usize = 1 << 20;
/// Texts that stand for values which the export lost.
const TYPE_NAMES: [(&str, LintCode); 4] = [
    (
        "Microsoft.ActiveDirectory.Management.ADPropertyValueCollection",
        LintCode::CsvCollectionTypename,
    ),
    ("System.String[]", LintCode::CsvArrayTypename),
    ("System.Object[]", LintCode::CsvArrayTypename),
    ("Microsoft.Graph.PowerShell.Models.", LintCode::CsvArrayTypename),
];

/// A CSV file with its records one after the other.
pub(super) struct CsvFile<'a, C: Column> {
    reader: csv::Reader<Box<dyn Read + 'a>>,
    record: StringRecord,
    /// Where each column stands in a record, by its place in [`Column::NAMES`].
    places: Vec<Option<usize>>,
    width: usize,
    /// Lines that the parser does not count.
    skipped: u32,
    problems: Problems,
    tally: Tally,
    columns: std::marker::PhantomData<C>,
}

impl<'a, C: Column> CsvFile<'a, C> {
    /// Reads the header.
    pub(super) fn open(name: &str, mut input: impl Read + 'a) -> Result<Self, FormatErrors> {
        let mut problems = Problems::new();
        problems.open(name);
        let head = head(&mut input).unwrap_or_else(|(reason, help)| {
            problems.note(1, 1, reason, help);
            Vec::new()
        });
        let text = head.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&head);
        let (skipped, text) = match text {
            [b'#', b'T', b'Y', b'P', b'E', b' ', ..] => (1, after_line(text)),
            _ => (0, text),
        };
        let line = text.split(|byte| *byte == b'\n').next().unwrap_or_default();
        // The parser counts the line feed of `\r\n` with the record behind it.
        let skipped = skipped + u32::from(line.ends_with(b"\r"));
        let rest = Cursor::new(text.to_vec()).chain(input);
        let mut reader = csv::ReaderBuilder::new()
            .delimiter(separator(line))
            .flexible(true)
            .has_headers(false)
            .buffer_capacity(BUFFER_BYTES)
            .from_reader(Box::new(rest) as Box<dyn Read + 'a>);
        let mut names = StringRecord::new();
        if let Err(error) = reader.read_record(&mut names)
            && problems.is_empty()
        {
            problems.note(1, 1, error.to_string(), "the first line must name the columns");
        }
        let mut places = vec![None; C::COUNT];
        for (place, name) in names.iter().enumerate() {
            let known = C::NAMES
                .iter()
                .find(|(_, known)| known.iter().any(|k| k.eq_ignore_ascii_case(name.trim())));
            if let Some(slot) = known.and_then(|(column, _)| places.get_mut(column.place())) {
                slot.get_or_insert(place);
            }
        }
        let found = |column: &C| places.get(column.place()).copied().flatten().is_some();
        if problems.is_empty() && !C::NEEDED.iter().any(found) {
            let title = |column: &C| {
                C::NAMES
                    .get(column.place())
                    .map_or("", |(_, names)| names.first().copied().unwrap_or_default())
            };
            let needed: Vec<&str> = C::NEEDED.iter().map(title).collect();
            problems.note(
                1,
                1,
                format!("no column {}: this is not {}", needed.join(" or "), C::EXPORT),
                format!("the columns are {}", names.iter().collect::<Vec<_>>().join(", ")),
            );
        }
        problems.finish()?;
        let mut problems = Problems::new();
        problems.open(name);
        Ok(Self {
            reader,
            record: StringRecord::new(),
            places,
            width: names.len(),
            skipped,
            problems,
            tally: Tally::default(),
            columns: std::marker::PhantomData,
        })
    }

    /// Returns whether the file has a column.
    pub(super) fn has(&self, column: C) -> bool {
        self.places.get(column.place()).copied().flatten().is_some()
    }

    /// Goes on to the next record that can be read; returns its line.
    pub(super) fn next(&mut self) -> Option<u32> {
        while !self.problems.is_full() {
            let read = self.reader.read_record(&mut self.record);
            let position = self.record.position().map_or(0, csv::Position::line);
            let line = u32::try_from(position).unwrap_or(u32::MAX).saturating_add(self.skipped);
            match read {
                Ok(false) => return None,
                Ok(true) if self.record.len() > self.width => self.problems.note(
                    line,
                    1,
                    format!("{} fields under {} columns", self.record.len(), self.width),
                    "a value that holds the separator must stand in quotes",
                ),
                Ok(true) if self.record.iter().any(|field| field.len() > VALUE_MAX) => {
                    let help = "a quote that is never closed swallows the lines behind it";
                    self.problems.note(line, 1, "a value is longer than 1 MiB", help);
                }
                Ok(true) if self.record.iter().all(str::is_empty) => {}
                Ok(true) => return Some(line),
                Err(error) => {
                    let at = error.position().map_or(0, csv::Position::line);
                    let line = u32::try_from(at).unwrap_or(u32::MAX).saturating_add(self.skipped);
                    let help = "save the file as UTF-8, or export again with -Encoding UTF8";
                    self.problems.note(line.max(1), 1, reason(&error), help);
                    if error.is_io_error() {
                        return None;
                    }
                }
            }
        }
        None
    }

    /// Returns a value of the record; empty when it is not there.
    pub(super) fn field(&self, column: C) -> &str {
        let place = self.places.get(column.place()).copied().flatten();
        place.and_then(|place| self.record.get(place)).unwrap_or_default().trim()
    }

    /// Notes a mistake.
    pub(super) fn mistake(&mut self, line: u32, reason: impl Into<String>, help: &str) {
        self.problems.note(line, 1, reason, help);
    }

    /// Makes a remark.
    pub(super) fn remark(
        &mut self,
        code: LintCode,
        line: u32,
        attribute: &str,
        message: impl FnOnce() -> String,
    ) {
        let file = self.problems.file();
        self.tally.count(code, &file, line, Some(attribute), message);
    }

    /// Writes the addresses of the record with `;` between them; `false` when the export lost them.
    pub(super) fn addresses(&mut self, column: C, line: u32, into: &mut String) -> bool {
        into.clear();
        let text = self.field(column);
        if let Some((name, code)) = TYPE_NAMES.iter().find(|(name, _)| text.starts_with(name)) {
            self.remark(*code, line, "proxyAddresses", || {
                format!(
                    "`{name}` stands where addresses were: join them before Export-Csv, with ';'"
                )
            });
            return false;
        }
        match other_separator(text) {
            Some(other) => into.push_str(&text.replace(other, ";")),
            None => into.push_str(text),
        }
        true
    }

    /// Ends the file.
    pub(super) fn finish(self) -> Result<Vec<Lint>, FormatErrors> {
        self.problems.finish()?;
        Ok(self.tally.finish())
    }
}

impl CsvFile<'_, DirectoryColumn> {
    /// Returns the GUID of a column, as text, as hex of its bytes or as base64 of them.
    pub(super) fn guid(&mut self, column: DirectoryColumn, line: u32) -> Option<Guid> {
        let text = self.field(column);
        if text.is_empty() {
            return None;
        }
        let found = text.parse().ok().or_else(|| Guid::from_slice(&bytes(text)?));
        if found.is_none() {
            let reason = format!("`{text}` is no GUID");
            self.mistake(line, reason, "write it as 3f2504e0-4f89-11d3-9a0c-0305e82c3301");
        }
        found
    }

    /// Writes the source anchor of the record: the one that the file calculated, else that of
    /// mS-DS-ConsistencyGuid, else that of objectGUID; `false` after a mistake.
    pub(super) fn anchor(&mut self, guid: Option<Guid>, line: u32, into: &mut String) -> bool {
        into.clear();
        let told = self.field(DirectoryColumn::ImmutableId);
        if !told.is_empty() {
            into.push_str(told);
            return true;
        }
        let consistency = self.field(DirectoryColumn::ConsistencyGuid);
        if consistency.starts_with("System.Byte") {
            self.remark(LintCode::CsvBytesTypename, line, "mS-DS-ConsistencyGuid", || {
                "`System.Byte[]` stands where bytes were; export [Convert]::ToBase64String($_.'mS-DS-ConsistencyGuid')".to_owned()
            });
            return true;
        }
        let anchor = if consistency.is_empty() {
            guid.map(SourceAnchor::from_guid)
        } else if let Ok(guid) = consistency.parse() {
            Some(SourceAnchor::from_guid(guid))
        } else if let Some(bytes) = bytes(consistency) {
            Some(SourceAnchor::from_bytes(&bytes))
        } else {
            let reason = format!("`{consistency}` is no value of mS-DS-ConsistencyGuid");
            self.mistake(line, reason, "write its bytes as base64, as X'hex' or as a GUID");
            return false;
        };
        match anchor {
            Some(anchor) => into.push_str(anchor.as_str()),
            None => self.remark(LintCode::NoObjectGuid, line, "objectGUID", || {
                "objects with neither objectGUID nor mS-DS-ConsistencyGuid".to_owned()
            }),
        }
        true
    }
}

impl CsvFile<'_, TenantColumn> {
    /// Returns the facts of the record that decide about matches.
    pub(super) fn traits(&self) -> Traits {
        let says = |column, word: &str| self.field(column).eq_ignore_ascii_case(word);
        let roles = self.field(TenantColumn::Roles);
        let privileged = || roles.split(';').any(|role| catalogue().is_privileged(role.trim()));
        let types = self.field(TenantColumn::GroupTypes);
        Traits::default()
            .with(Trait::Deleted, !self.field(TenantColumn::Deleted).is_empty())
            .with(Trait::Synchronized, says(TenantColumn::SyncEnabled, "true"))
            .with(Trait::FormerlySynchronized, says(TenantColumn::SyncEnabled, "false"))
            .with(Trait::Guest, says(TenantColumn::UserType, "guest"))
            .with(Trait::HasRole, !roles.is_empty())
            .with(Trait::Privileged, !roles.is_empty() && privileged())
            .with(Trait::CloudManaged, says(TenantColumn::CloudManaged, "true"))
            .with(Trait::UnifiedOrDynamic, types.contains("Unified") || types.contains("Dynamic"))
    }
}

/// Reads enough of a file to hold its first two lines.
fn head(input: &mut impl Read) -> Result<Vec<u8>, (String, String)> {
    let mut head = Vec::new();
    let mut piece = vec![0; 64 << 10];
    loop {
        let read = input
            .read(&mut piece)
            .map_err(|error| (error.to_string(), "check that the file can be read".to_owned()))?;
        head.extend_from_slice(piece.get(..read).unwrap_or_default());
        if let [0xFF, 0xFE, ..] | [0xFE, 0xFF, ..] = head.as_slice() {
            return Err((
                "the file is written in UTF-16".to_owned(),
                "export again with -Encoding UTF8".to_owned(),
            ));
        }
        if read == 0 || memchr::memchr_iter(b'\n', &head).count() >= 2 {
            return Ok(head);
        }
        if head.len() > HEADER_BYTES_MAX {
            return Err((
                "no line ends within the first MiB".to_owned(),
                "a CSV file names its columns in the first line".to_owned(),
            ));
        }
    }
}

fn after_line(text: &[u8]) -> &[u8] {
    let end = memchr::memchr(b'\n', text).map_or(text.len(), |at| at + 1);
    text.get(end..).unwrap_or_default()
}

/// Returns the separator of a header line: the one of `,`, `;` and tab that it has most of.
fn separator(line: &[u8]) -> u8 {
    let count = |byte: u8| memchr::memchr_iter(byte, line).count();
    [b',', b';', b'\t'].into_iter().rev().max_by_key(|byte| count(*byte)).unwrap_or(b',')
}

/// Returns what stands between addresses when it is not `;`: an administrator joined them by hand.
fn other_separator(text: &str) -> Option<&'static str> {
    if text.contains(';') {
        return None;
    }
    [",", "|", "\n", " "]
        .into_iter()
        .find(|other| text.split(other).skip(1).any(|part| part.trim().split_once(':').is_some()))
}

/// Returns the bytes that a text stands for: `X'0a1b'`, hex, base64, or decimal numbers.
fn bytes(text: &str) -> Option<Vec<u8>> {
    let quoted = text.strip_prefix("X'").and_then(|rest| rest.strip_suffix('\''));
    if let Some(hex) = quoted.or_else(|| (text.len() == 32).then_some(text)) {
        let digit =
            |at: usize| hex.get(at..at + 2).and_then(|two| u8::from_str_radix(two, 16).ok());
        let all: Option<Vec<u8>> = (0..hex.len()).step_by(2).map(digit).collect();
        if all.is_some() {
            return all;
        }
    }
    if text.contains(' ') {
        return text.split_whitespace().map(|number| number.parse().ok()).collect();
    }
    STANDARD.decode(text).ok().filter(|bytes| !bytes.is_empty())
}

fn reason(error: &csv::Error) -> String {
    match error.kind() {
        csv::ErrorKind::Utf8 { err, .. } => {
            format!("field {} is not text in UTF-8", err.field() + 1)
        }
        csv::ErrorKind::Io(error) => format!("the file cannot be read: {error}"),
        _ => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn separators_are_told_from_the_text() {
        assert_eq!(separator(b"a;b;c"), b';');
        assert_eq!(separator(b"a,b"), b',');
        assert_eq!(separator(b"one"), b',');
        assert_eq!(other_separator("SMTP:a@b.c smtp:d@e.f"), Some(" "));
        assert_eq!(other_separator("SMTP:a@b.c,smtp:d@e.f"), Some(","));
        assert_eq!(other_separator("X500:/o=a b/cn=c"), None);
    }

    #[test]
    fn bytes_come_in_many_spellings() {
        let guid: Guid = "3f2504e0-4f89-11d3-9a0c-0305e82c3301".parse().unwrap();
        for text in [
            "4AQlP4lP0xGaDAMF6CwzAQ==",
            "X'e004253f894fd3119a0c0305e82c3301'",
            "E004253F894FD3119A0C0305E82C3301",
            "224 4 37 63 137 79 211 17 154 12 3 5 232 44 51 1",
        ] {
            assert_eq!(bytes(text).as_deref(), Some(&guid.as_bytes()[..]), "{text}");
        }
        assert_eq!(bytes("no bytes"), None);
    }
}
