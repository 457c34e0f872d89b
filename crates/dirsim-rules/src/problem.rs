//! What can be wrong with a rule: found when the set is built, or while it runs.

use std::fmt;

use dirsim_model::AttributeId;
use serde::{Deserialize, Serialize};

use crate::rule::RuleIx;

/// How bad a problem of a rule file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Severity {
    /// The set cannot be built.
    Error,
    /// The set works; the author should look.
    Warning,
}

/// One problem of a rule file (SR-011). All problems of a set are reported together.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct RuleProblem {
    /// The file.
    pub file: String,
    /// The line, counted from 1; 0 when unknown.
    pub line: u32,
    /// The column, counted from 1; 0 when unknown.
    pub column: u32,
    /// Whether the set can be used all the same.
    pub severity: Severity,
    /// A code of SR-011, such as `unknown-attribute`.
    pub code: &'static str,
    /// Name of the rule; empty when the problem is the file's.
    pub rule: String,
    /// What is wrong.
    pub text: String,
    /// What to do about it; empty when the text says it.
    pub help: String,
    /// The part of the file that is meant, on the line or below it; empty for the whole entry.
    pub part: String,
}

impl RuleProblem {
    /// Returns the line of the file's text with the part that is meant underlined; `None` when the
    /// place is not known.
    pub fn excerpt(&self, text: &str) -> Option<String> {
        /// Lines below the place that are searched: an expression may span some.
        const LINES_MAX: usize = 60;
        let first = (self.line as usize).checked_sub(1)?;
        let column = (self.column as usize).saturating_sub(1);
        let wanted = self.part.lines().next().unwrap_or_default().trim_end();
        let mut found = None;
        for (at, line) in text.lines().enumerate().skip(first).take(LINES_MAX) {
            // On the first line, what stands before the entry is another one.
            let from = if at == first {
                line.char_indices().nth(column).map_or(line.len(), |(byte, _)| byte)
            } else {
                0
            };
            let place = line.get(from..).and_then(|rest| rest.find(wanted));
            if let Some(byte) = place.filter(|_| !wanted.is_empty()) {
                found = Some((at, line, from + byte, wanted.chars().count()));
                break;
            }
        }
        let (at, line, byte, length) = match found {
            Some(found) => found,
            None if self.column > 0 => {
                let line = text.lines().nth(first)?;
                let byte = line.char_indices().nth(column).map_or(line.len(), |(byte, _)| byte);
                let rest = line.get(byte..).unwrap_or_default();
                let length = rest.trim_end().chars().count().clamp(1, 60);
                (first, line, byte, length)
            }
            None => return None,
        };
        let number = (at + 1).to_string();
        let before = line.get(..byte).unwrap_or_default().chars().count();
        Some(format!(
            "{number} | {line}\n{} | {}{}",
            " ".repeat(number.len()),
            " ".repeat(before),
            "^".repeat(length)
        ))
    }
}

impl fmt::Display for RuleProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.file)?;
        if self.line > 0 {
            write!(f, ":{}", self.line)?;
        }
        if self.column > 0 {
            write!(f, ":{}", self.column)?;
        }
        let severity = match self.severity {
            Severity::Error => "error",
            Severity::Warning => "warning",
        };
        write!(f, ": {severity} {}: {}", self.code, self.text)?;
        if !self.rule.is_empty() {
            write!(f, " (rule `{}`)", self.rule)?;
        }
        if !self.help.is_empty() {
            write!(f, "; {}", self.help)?;
        }
        Ok(())
    }
}

/// Why a rule failed on one object (SR section 10). The whole object is then left as it was
/// (SR-023).
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {text}")]
pub struct RuleFailure {
    /// `sync-rule-error-function-triggered`, `sync-rule-expression-error`,
    /// `different-join-criteria`, `flow-multi-values-to-single-value`, `type-conflict` or
    /// `attribute-value-too-long`.
    pub code: &'static str,
    /// What happened, for the administrator.
    pub text: String,
    /// The rule that failed.
    pub rule: Option<RuleIx>,
    /// The target attribute whose flow failed.
    pub attribute: Option<AttributeId>,
}
