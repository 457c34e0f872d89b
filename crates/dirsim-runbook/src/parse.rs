//! Script text to syntax tree, with every mistake of the script.
//!
//! The grammar finds the structure; `lower` turns it into statements; where the grammar gives up,
//! `recover` cuts the text into statements so that one mistake does not hide the others.

mod lower;
mod recover;
#[cfg(test)]
mod tests;

use std::ops::ControlFlow;

use tree_sitter::{ParseOptions, Parser, Range, Tree};

use crate::ast::Statement;
use crate::diagnostic::{Diagnostics, ScriptErrorCode};

/// The largest script, in bytes.
pub const SCRIPT_BYTES_MAX: usize = 4 << 20;

/// How deep values may nest.
pub const NESTING_MAX: usize = 64;

/// How often the parser may ask whether to go on (about every 100 operations), per script and a
/// second time per 1,024 bytes. Real scripts need a small part of it; without a limit a hostile one
/// could keep the parser busy for minutes.
const PARSE_PATIENCE: usize = 20_000;

/// Parses a script. Statements come back even when there are mistakes, so that their commands can
/// be checked as well.
pub(crate) fn parse(text: &str, diagnostics: &mut Diagnostics) -> Vec<Statement> {
    if text.len() > SCRIPT_BYTES_MAX {
        diagnostics.report(
            diagnostics.span(text, 0..0),
            ScriptErrorCode::TooLarge,
            format!("the script is larger than {} MiB", SCRIPT_BYTES_MAX >> 20),
            Some("split it into several files".to_owned()),
        );
        return Vec::new();
    }
    if recover::is_quiet(text) {
        return Vec::new();
    }
    let mut grammar = Grammar::new(text);
    let Some(tree) = grammar.parse(0..text.len()) else {
        diagnostics.report(
            diagnostics.span(text, 0..0),
            ScriptErrorCode::TooLarge,
            "the script is too entangled to be read",
            Some("split it, and look for brackets that are never closed".to_owned()),
        );
        return Vec::new();
    };
    if tree.root_node().has_error() {
        return recover::statements(text, &mut grammar, diagnostics);
    }
    lower::statements(text, tree.root_node(), diagnostics)
}

/// The grammar over one text.
pub(crate) struct Grammar {
    parser: Parser,
    /// The text as the grammar sees it: tabs are spaces, because it separates arguments at spaces
    /// only. Offsets are those of the original.
    text: String,
    patience: usize,
}

impl Grammar {
    fn new(text: &str) -> Self {
        let mut parser = Parser::new();
        parser
            .set_language(&tree_sitter_powershell::LANGUAGE.into())
            .expect("the grammar is built for this version of the parser");
        let patience = PARSE_PATIENCE + text.len() / 1024 * PARSE_PATIENCE / 16;
        Self { parser, text: text.replace(['\t', '\u{B}', '\u{C}'], " "), patience }
    }

    /// Parses a part of the text; `None` when patience ran out.
    pub(crate) fn parse(&mut self, part: std::ops::Range<usize>) -> Option<Tree> {
        let text = self.text.get(..part.end)?;
        let start = point(text, part.start);
        let end = point(text, part.end);
        let range = Range {
            start_byte: part.start,
            end_byte: part.end,
            start_point: start,
            end_point: end,
        };
        self.parser.reset();
        self.parser.set_included_ranges(&[range]).ok()?;
        let patience = &mut self.patience;
        let mut ask = |_: &tree_sitter::ParseState| {
            *patience = patience.saturating_sub(1);
            if *patience == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        };
        let bytes = text.as_bytes();
        let options = ParseOptions::new().progress_callback(&mut ask);
        self.parser.parse_with_options(
            &mut |at, _| bytes.get(at..).unwrap_or_default(),
            None,
            Some(options),
        )
    }
}

fn point(text: &str, at: usize) -> tree_sitter::Point {
    let before = text.get(..at).unwrap_or_default();
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    tree_sitter::Point {
        row: before.bytes().filter(|byte| *byte == b'\n').count(),
        column: at - line_start,
    }
}
