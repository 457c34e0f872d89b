//! What an import has to say: findings with their level, code and place (CE section 10).

use std::collections::BTreeMap;
use std::fmt;

use dirsim_rules::{RuleProblem, Severity};
use serde::Serialize;

use super::config::Limits;

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Level {
    /// What it is about is not loaded.
    Error,
    /// It is loaded, and somebody should look.
    Warning,
    /// Nobody needs to do anything.
    Information,
}

impl Level {
    /// Returns the word for reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Information => "information",
        }
    }
}

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Finding {
    /// The file; empty when it is about the whole.
    pub file: String,
    /// The line, from 1; 0 when it is about the whole file.
    pub line: u32,
    /// The path of the element, the name of the rule, or empty.
    pub path: String,
    /// How bad it is.
    pub level: Level,
    /// A code of CE section 10 or SR-011, such as `unknown-element`.
    pub code: &'static str,
    /// What was found; user text in backticks.
    pub text: String,
    /// What to do next; empty when nothing needs to be done.
    pub help: String,
    /// How often it was found.
    pub count: u32,
    /// The column, from 1; 0 when it is not known.
    #[serde(skip_serializing_if = "is_unknown")]
    pub column: u32,
    /// The part of the file that is meant, on the line or below it; empty when it is not known.
    #[serde(skip)]
    pub part: String,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "what serde calls")]
fn is_unknown(number: &u32) -> bool {
    *number == 0
}

impl Finding {
    /// Returns the line of the file's text with the part that is meant underlined; `None` when the
    /// place is not known, or the line is too long to be shown.
    pub fn excerpt(&self, text: &str) -> Option<String> {
        /// Configuration files of a forest connector have lines of more than a million characters.
        const WIDTH_MAX: usize = 400;
        let problem = RuleProblem {
            file: String::new(),
            line: self.line,
            column: self.column,
            severity: Severity::Error,
            code: self.code,
            rule: String::new(),
            text: String::new(),
            help: String::new(),
            part: self.part.clone(),
        };
        problem.excerpt(text).filter(|shown| shown.len() <= WIDTH_MAX)
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.file.is_empty() {
            f.write_str(&self.file)?;
            if self.line > 0 {
                write!(f, ":{}", self.line)?;
                if self.column > 0 {
                    write!(f, ":{}", self.column)?;
                }
            }
            f.write_str(": ")?;
        }
        write!(f, "{} {}: {}", self.level.word(), self.code, self.text)?;
        if self.count > 1 {
            write!(f, " ({} times)", self.count)?;
        }
        if !self.help.is_empty() {
            write!(f, "\n  help: {}", self.help)?;
        }
        Ok(())
    }
}

/// Collects findings; what is said again about one path of one file is counted.
#[derive(Debug, Default, Clone)]
pub struct Findings {
    all: BTreeMap<(String, String, &'static str, String), Finding>,
    kept: BTreeMap<String, usize>,
}

impl Findings {
    /// Notes something.
    #[expect(clippy::too_many_arguments, reason = "the fields of a finding")]
    pub(super) fn add(
        &mut self,
        level: Level,
        code: &'static str,
        file: &str,
        line: u32,
        path: &str,
        text: impl Into<String>,
        help: impl Into<String>,
    ) {
        let text = text.into();
        let key = (file.to_owned(), path.to_owned(), code, text.clone());
        if let Some(known) = self.all.get_mut(&key) {
            known.count += 1;
            return;
        }
        let kept = self.kept.entry(file.to_owned()).or_default();
        if *kept >= Limits::shipped().findings && level != Level::Error {
            return;
        }
        *kept += 1;
        self.all.insert(
            key,
            Finding {
                file: file.to_owned(),
                line,
                path: path.to_owned(),
                level,
                code,
                text,
                help: help.into(),
                count: 1,
                column: 0,
                part: String::new(),
            },
        );
    }

    /// Notes a problem of a rule.
    pub(super) fn problem(&mut self, problem: &RuleProblem) {
        let level = match problem.severity {
            Severity::Error => Level::Error,
            Severity::Warning => Level::Warning,
        };
        let text = if problem.rule.is_empty() {
            problem.text.clone()
        } else {
            format!("{} (rule `{}`)", problem.text, problem.rule)
        };
        let key = (problem.file.clone(), problem.rule.clone(), problem.code, text.clone());
        self.add(
            level,
            problem.code,
            &problem.file,
            problem.line,
            &problem.rule,
            text,
            &*problem.help,
        );
        // What is said again about one rule keeps its first place.
        if let Some(added) = self.all.get_mut(&key).filter(|added| added.count == 1) {
            added.column = problem.column;
            added.part.clone_from(&problem.part);
        }
    }

    /// Takes the rules out that differ from what dirsim ships with: an import tells them in one line.
    pub(super) fn take_modified(&mut self) -> Vec<String> {
        const CODE: &str = "standard-rule-modified";
        let names = self.all.values().filter(|finding| finding.code == CODE);
        let mut names: Vec<String> = names.map(|finding| finding.path.clone()).collect();
        names.sort();
        self.all.retain(|_, finding| finding.code != CODE);
        names
    }

    /// Takes over the findings of another collection.
    pub(super) fn extend(&mut self, other: Self) {
        for (key, finding) in other.all {
            self.all.entry(key).or_insert(finding);
        }
    }

    /// Returns whether something could not be loaded.
    pub fn has_errors(&self) -> bool {
        self.all.values().any(|finding| finding.level == Level::Error)
    }

    /// Returns the findings by file, line and path (CE-004).
    pub fn sorted(&self) -> Vec<Finding> {
        let mut all: Vec<Finding> = self.all.values().cloned().collect();
        all.sort();
        all
    }
}
