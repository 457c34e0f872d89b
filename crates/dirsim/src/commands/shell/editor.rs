//! The line editor of the shell: history, completion, hints, statements over several lines.

use std::borrow::Cow;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use dirsim_runbook::complete;
use rustyline::completion::{Completer, Pair};
use rustyline::error::ReadlineError;
use rustyline::highlight::Highlighter;
use rustyline::hint::{Hinter, HistoryHinter};
use rustyline::history::DefaultHistory;
use rustyline::validate::{ValidationContext, ValidationResult, Validator};
use rustyline::{CompletionType, Config, Context, Editor, Helper};

use super::names::Names;
use crate::failure::Failure;

/// Lines that the history keeps.
const HISTORY_MAX: usize = 2_000;
/// Name of the history file in a workspace.
const HISTORY: &str = "shell-history";

/// Reads statements from a terminal.
pub(super) struct LineEditor {
    editor: Editor<Assistant, DefaultHistory>,
    history: PathBuf,
}

impl LineEditor {
    /// Opens the terminal; the history lies in the workspace, as it names people (D9).
    pub(super) fn new(names: Rc<Names>, workspace: &Path) -> Result<Self, Failure> {
        let config = Config::builder()
            .max_history_size(HISTORY_MAX)
            .map_err(|error| broken(&error))?
            .history_ignore_space(true)
            .completion_type(CompletionType::List)
            .completion_prompt_limit(60)
            .build();
        let mut editor = Editor::with_config(config).map_err(|error| broken(&error))?;
        editor.set_helper(Some(Assistant { names, history: HistoryHinter::new() }));
        let history = workspace.join(HISTORY);
        // The first shell of a workspace finds none.
        drop(editor.load_history(&history));
        Ok(Self { editor, history })
    }

    /// Reads one statement; `None` when the user leaves. Ctrl-C gives the line up.
    pub(super) fn read(&mut self, prompt: &str) -> Result<Option<String>, Failure> {
        match self.editor.readline(prompt) {
            Ok(text) => {
                if !text.trim().is_empty() {
                    drop(self.editor.add_history_entry(text.as_str()));
                    drop(self.editor.append_history(&self.history));
                }
                Ok(Some(text))
            }
            Err(ReadlineError::Interrupted) => Ok(Some(String::new())),
            Err(ReadlineError::Eof) => Ok(None),
            Err(error) => Err(broken(&error)),
        }
    }
}

fn broken(error: &ReadlineError) -> Failure {
    Failure::unreadable([format!("the terminal cannot be read: {error}")])
}

/// Completes, hints and decides where a statement ends.
struct Assistant {
    names: Rc<Names>,
    history: HistoryHinter,
}

impl Helper for Assistant {}

impl Completer for Assistant {
    type Candidate = Pair;

    fn complete(
        &self,
        line: &str,
        pos: usize,
        _: &Context<'_>,
    ) -> rustyline::Result<(usize, Vec<Pair>)> {
        let before = line.get(..pos).unwrap_or(line);
        let (length, found) = complete::complete(before, &*self.names);
        let pairs = found
            .into_iter()
            .map(|completion| Pair {
                display: if completion.help.is_empty() {
                    completion.text.clone()
                } else {
                    format!("{}  ({})", completion.text, completion.help)
                },
                replacement: completion.text,
            })
            .collect();
        Ok((pos.saturating_sub(length), pairs))
    }
}

impl Hinter for Assistant {
    type Hint = String;

    fn hint(&self, line: &str, pos: usize, context: &Context<'_>) -> Option<String> {
        if let Some(hint) = self.history.hint(line, pos, context) {
            return Some(hint);
        }
        // Behind a cmdlet, an example of how it is used.
        let name = line.strip_suffix(' ')?;
        let command = dirsim_runbook::commands::find(name)?;
        (pos == line.len()).then(|| {
            let rest = command.example.strip_prefix(command.name).map(str::trim_start);
            rest.filter(|rest| !rest.is_empty()).map(|rest| format!("  e.g. {rest}"))
        })?
    }
}

impl Highlighter for Assistant {
    fn highlight_prompt<'b, 's: 'b, 'p: 'b>(&'s self, prompt: &'p str, _: bool) -> Cow<'b, str> {
        if std::env::var_os("NO_COLOR").is_some() {
            return Cow::Borrowed(prompt);
        }
        Cow::Owned(format!("\x1b[36m{prompt}\x1b[0m"))
    }

    fn highlight_hint<'h>(&self, hint: &'h str) -> Cow<'h, str> {
        if std::env::var_os("NO_COLOR").is_some() {
            return Cow::Borrowed(hint);
        }
        Cow::Owned(format!("\x1b[2m{hint}\x1b[0m"))
    }
}

impl Validator for Assistant {
    fn validate(&self, context: &mut ValidationContext<'_>) -> rustyline::Result<ValidationResult> {
        // An empty line ends a statement that is not finished; its mistake is told then.
        let input = context.input();
        let gave_up = input.ends_with('\n');
        Ok(if !gave_up && dirsim_runbook::is_unfinished(input) {
            ValidationResult::Incomplete
        } else {
            ValidationResult::Valid(None)
        })
    }
}
