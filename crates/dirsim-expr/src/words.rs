//! The words of the language that are no function names (EX-004).

use crate::tree::{Kind, OptionWord};
use crate::value::Flow;

/// What a word stands for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Word {
    /// True or false.
    Boolean(bool),
    /// No value.
    Null,
    /// A line break.
    Crlf,
    /// A flow literal (SR-089).
    Flow(Flow),
    /// An option of a function, legal only where its signature names it.
    Option(OptionWord),
}

/// All words in their documented spelling.
pub(crate) const WORDS: &[(&str, Word)] = &[
    ("True", Word::Boolean(true)),
    ("False", Word::Boolean(false)),
    ("NULL", Word::Null),
    ("CRLF", Word::Crlf),
    ("IgnoreThisFlow", Word::Flow(Flow::Ignore)),
    ("AuthoritativeNull", Word::Flow(Flow::AuthoritativeNull)),
    ("CaseSensitive", Word::Option(OptionWord::CaseSensitive)),
    ("CaseInsensitive", Word::Option(OptionWord::CaseInsensitive)),
    ("vbTextCompare", Word::Option(OptionWord::TextCompare)),
    ("vbBinaryCompare", Word::Option(OptionWord::BinaryCompare)),
    ("Unicode", Word::Option(OptionWord::Unicode)),
    ("ASCII", Word::Option(OptionWord::Ascii)),
    ("UTF8", Word::Option(OptionWord::Utf8)),
    ("DC", Word::Option(OptionWord::Dc)),
];

/// Finds a word without case; returns it with its documented spelling.
pub(crate) fn find(name: &str) -> Option<(&'static str, Word)> {
    WORDS.iter().find(|(word, _)| word.eq_ignore_ascii_case(name)).copied()
}

impl Word {
    /// Returns what the word is in the tree.
    pub(crate) fn into_kind(self) -> Kind {
        match self {
            Self::Boolean(truth) => Kind::Boolean(truth),
            Self::Null => Kind::Null,
            Self::Crlf => Kind::Text("\r\n".into()),
            Self::Flow(flow) => Kind::Flow(flow),
            Self::Option(option) => Kind::Option(option),
        }
    }
}

impl OptionWord {
    /// Returns the documented spelling.
    pub(crate) fn as_str(self) -> &'static str {
        WORDS
            .iter()
            .find(|(_, word)| *word == Word::Option(self))
            .map_or("", |(spelling, _)| spelling)
    }
}
