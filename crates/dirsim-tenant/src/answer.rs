//! The tenant's answer to one export row, with every check that led to it (ET-002, ET-003).

use dirsim_model::{Guid, Timestamp, Value};
use dirsim_store::{Row, Table};
use serde::{Deserialize, Serialize};

use crate::row::CloudAnchor;

/// What the tenant did with a row, and why.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Answer {
    /// Applied or refused.
    pub verdict: Verdict,
    /// How the object was found.
    pub matched: MatchKind,
    /// The object the row was applied to; `None` when it was refused before one was found.
    pub object: Option<CloudAnchor>,
    /// The checks in the order they were made, with the fact found at each.
    pub checks: Vec<Check>,
    /// Values that were not written because another object owns them (ET-072).
    pub quarantined: Vec<Quarantined>,
    /// Cloud values that the row overwrote or removed (ET-061, ET-062): attribute, before, after.
    pub overwritten: Vec<Overwritten>,
    /// dirsim's own notes, such as `DATA-LOSS` (D10).
    pub notes: Vec<Note>,
    /// When.
    pub at: Timestamp,
}

/// Applied or refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Verdict {
    /// The row was applied.
    Success(AppliedAs),
    /// The row changed nothing.
    Failure(Box<Refusal>),
}

/// What a successful row did (ET-002).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum AppliedAs {
    /// A new object.
    Created,
    /// An existing object was changed or taken over.
    Updated,
    /// An object came back from the recycle bin.
    Restored,
    /// A user went to the recycle bin.
    SoftDeleted,
    /// The object is gone for good.
    HardDeleted,
    /// Nothing to do.
    NoChange,
    /// The object is managed in the cloud (ET-208).
    Ignored,
}

/// How the tenant found the object of a row (ET-002).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum MatchKind {
    /// Not at all: a new object.
    None,
    /// By its anchor, and it was synchronized already.
    Anchor,
    /// By its anchor: a takeover.
    Hard,
    /// By its primary SMTP address: a takeover.
    SoftSmtp,
    /// By its user principal name: a takeover.
    SoftUpn,
    /// By its device id: a takeover.
    SoftDevice,
}

/// One check of the decision procedure and the fact it found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Check {
    /// The rule of the specification, `ET-039` for instance.
    pub rule: String,
    /// What was looked at and found: `soft match: primary SMTP y@z belongs to User_…`.
    pub fact: String,
}

/// A refusal: the error envelope of ET-003.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// The catalogue name, `InvalidSoftMatch` for instance.
    pub name: String,
    /// The public number, when there is one.
    pub code: Option<u32>,
    /// The category of Connect Health (ET-140).
    pub category: String,
    /// What happened and what to do, the catalogue name first (D8).
    pub text: String,
    /// The object that stands in the way.
    pub conflicting: Option<Guid>,
    /// The name of the conflicting attribute, `ProxyAddresses` for instance.
    pub attribute: Option<String>,
    /// The conflicting or invalid values.
    pub values: Vec<String>,
    /// Identifies the refusal in a support case; deterministic (ET-004).
    pub tracking_id: Guid,
    /// The rule that decided.
    pub rule: String,
    /// Whether the engine repeats the row by itself in the same run (ET-167).
    pub retry_in_run: bool,
}

/// A value that waits in quarantine (ET-077).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Quarantined {
    /// `UserPrincipalName` or `ProxyAddresses`.
    pub property: String,
    /// The full wanted value, prefix included.
    pub value: String,
    /// The object that owns the value.
    pub owner: Guid,
}

/// A cloud value that a takeover changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Overwritten {
    /// The attribute as Graph names it.
    pub attribute: String,
    /// The values before.
    pub before: Vec<Value>,
    /// The values after; empty when they are lost.
    pub after: Vec<Value>,
}

/// A remark of dirsim, not of the simulated product.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Note {
    /// `DATA-LOSS`, `UNRESOLVED-REF`, `ANCHOR-SOURCE-MISMATCH` …
    pub code: String,
    /// What to know.
    pub text: String,
    /// The rule of the specification.
    pub rule: String,
}

/// The last answers to one connector space object: the newest last, a handful are kept.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerHistory {
    /// The answers.
    pub answers: Vec<Answer>,
}

impl Row for AnswerHistory {
    /// The key is the number of the connector space object.
    const TABLE: Table = Table::ExportAnswer;
}

impl Answer {
    /// Returns the refusal of a failed row.
    pub fn refusal(&self) -> Option<&Refusal> {
        match &self.verdict {
            Verdict::Failure(refusal) => Some(refusal),
            Verdict::Success(_) => None,
        }
    }
}
