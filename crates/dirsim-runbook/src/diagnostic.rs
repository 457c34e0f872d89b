//! What is wrong with a script: where, why, and what to write instead.

use std::cell::Cell;
use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// A piece of a script's text.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default, Serialize)]
pub struct Span {
    /// The first byte.
    pub start: usize,
    /// The byte behind the last one.
    pub end: usize,
    /// The line of the first byte, from 1.
    pub line: usize,
    /// The character within the line, from 1.
    pub column: usize,
}

/// The kinds of mistakes, with stable codes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ScriptErrorCode {
    /// The text is no PowerShell.
    Syntax,
    /// The text is PowerShell that this version does not run.
    NotSupported,
    /// The script is larger or deeper than any real one.
    TooLarge,
    /// There is no cmdlet of this name.
    UnknownCommand,
    /// The cmdlet has no parameter of this name.
    UnknownParameter,
    /// The shortened parameter name fits several parameters.
    AmbiguousParameter,
    /// A parameter is named twice.
    RepeatedParameter,
    /// A parameter has no value.
    MissingValue,
    /// A mandatory parameter is not there.
    MissingParameter,
    /// Parameters exclude each other.
    ParameterSet,
    /// No positional parameter is left for a value.
    UnexpectedValue,
    /// A value is not of the parameter's type.
    WrongType,
    /// There is no type of this name, as far as dirsim knows.
    UnknownType,
    /// The type has no such property or method.
    UnknownMember,
}

/// A mistake in a script, found before anything runs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ScriptError {
    /// The file, as named by whoever read it.
    pub file: Arc<str>,
    /// The place.
    pub span: Span,
    /// The kind.
    pub code: ScriptErrorCode,
    /// What is wrong: lower case, no full stop.
    pub message: String,
    /// What to do next, when that is known.
    pub help: Option<String>,
}

impl ScriptErrorCode {
    /// Returns the code as reports print it, `runbook::unknown-command` for instance.
    pub const fn text(self) -> &'static str {
        match self {
            Self::Syntax => "runbook::syntax",
            Self::NotSupported => "runbook::not-supported",
            Self::TooLarge => "runbook::too-large",
            Self::UnknownCommand => "runbook::unknown-command",
            Self::UnknownParameter => "runbook::unknown-parameter",
            Self::AmbiguousParameter => "runbook::ambiguous-parameter",
            Self::RepeatedParameter => "runbook::repeated-parameter",
            Self::MissingValue => "runbook::missing-value",
            Self::MissingParameter => "runbook::missing-parameter",
            Self::ParameterSet => "runbook::parameter-set",
            Self::UnexpectedValue => "runbook::unexpected-value",
            Self::WrongType => "runbook::wrong-type",
            Self::UnknownType => "runbook::unknown-type",
            Self::UnknownMember => "runbook::unknown-member",
        }
    }
}

impl ScriptError {
    /// Returns whether more text could mend the mistake.
    pub(crate) fn is_unfinished(&self) -> bool {
        self.code == ScriptErrorCode::Syntax
            && (self.message.ends_with(NEVER_CLOSED) || self.message == ENDS)
    }
}

/// How the message of an open bracket or quote ends.
pub(crate) const NEVER_CLOSED: &str = "is never closed";
/// The message of a text that ends too early.
pub(crate) const ENDS: &str = "the script ends in the middle of a statement";

impl fmt::Display for ScriptError {
    /// Writes one line: `file:line:column: message (help)`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Span { line, column, .. } = self.span;
        write!(f, "{}:{line}:{column}: {}", self.file, self.message)?;
        match &self.help {
            Some(help) => write!(f, " ({help})"),
            None => Ok(()),
        }
    }
}

impl std::error::Error for ScriptError {}

/// Collects the mistakes of one script and knows its lines.
#[derive(Debug)]
pub(crate) struct Diagnostics {
    file: Arc<str>,
    /// The byte at which each line starts.
    lines: Vec<usize>,
    errors: Vec<ScriptError>,
    /// The furthest place whose column is known: line, byte and column. Lines may be very long.
    furthest: Cell<(usize, usize, usize)>,
}

/// Most mistakes reported of one script; a text that is no script at all has one on every line.
const ERRORS_MAX: usize = 100;

impl Diagnostics {
    pub(crate) fn new(file: &str, text: &str) -> Self {
        let lines = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1));
        Self {
            file: file.into(),
            lines: lines.collect(),
            errors: Vec::new(),
            furthest: Cell::default(),
        }
    }

    /// Returns the span of some bytes of the text.
    pub(crate) fn span(&self, text: &str, range: std::ops::Range<usize>) -> Span {
        let line = self.lines.partition_point(|start| *start <= range.start).max(1);
        let start = self.lines.get(line - 1).copied().unwrap_or_default();
        let (known_line, known, known_column) = self.furthest.get();
        let (from, column) = if known_line == line && known <= range.start {
            (known, known_column)
        } else {
            (start, 1)
        };
        let column = column + text.get(from..range.start).map_or(0, |part| part.chars().count());
        if (known_line, known) <= (line, range.start) {
            self.furthest.set((line, range.start, column));
        }
        Span { start: range.start, end: range.end, line, column }
    }

    pub(crate) fn report(
        &mut self,
        span: Span,
        code: ScriptErrorCode,
        message: impl Into<String>,
        help: Option<String>,
    ) {
        if self.errors.len() < ERRORS_MAX {
            let (file, message) = (Arc::clone(&self.file), message.into());
            self.errors.push(ScriptError { file, span, code, message, help });
        }
    }

    /// Returns whether no further mistake is kept.
    pub(crate) fn is_full(&self) -> bool {
        self.errors.len() >= ERRORS_MAX
    }

    /// Returns how many mistakes there are, to go back to.
    pub(crate) fn mark(&self) -> usize {
        self.errors.len()
    }

    /// Forgets the mistakes behind a mark: the text is read in another way.
    pub(crate) fn rewind(&mut self, mark: usize) {
        self.errors.truncate(mark);
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.errors.is_empty()
    }

    /// Returns the mistakes in the order of the text.
    pub(crate) fn into_errors(mut self) -> Vec<ScriptError> {
        self.errors.sort_by_key(|error| (error.span, error.code));
        self.errors.dedup();
        self.errors
    }
}
