//! The user's mistakes, as far as the world notices them.

use dirsim_rules::RuleProblem;
use dirsim_store::StoreError;

/// Why a world could not do what it was asked.
///
/// A refusal by the simulated product is no error; see [`Refusal`](crate::Refusal).
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// The workspace cannot be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The rule files hold problems; all of them are listed.
    #[error("the rule set cannot be used:\n{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Rules(Vec<RuleProblem>),
    /// The name of a connector is unknown.
    #[error("there is no connector `{name}`; there are: {}", known.join(", "))]
    UnknownConnector {
        /// The name as given.
        name: String,
        /// The names of all connectors.
        known: Vec<String>,
    },
    /// Nothing is loaded yet.
    #[error("the world has no {0} yet; load one first")]
    NothingLoaded(&'static str),
    /// Something is loaded already.
    #[error("the world has {0} already; make a new workspace to start over")]
    AlreadyLoaded(String),
    /// The clock cannot go back.
    #[error(
        "the clock stands at {now}, it cannot go back to {asked}; use `dirsim back` to undo steps"
    )]
    ClockGoesBack {
        /// Where the clock stands.
        now: dirsim_model::Timestamp,
        /// Where it should go.
        asked: dirsim_model::Timestamp,
    },
    /// There is no cycle in progress.
    #[error("no cycle is in progress; start one with `dirsim cycle` or Start-ADSyncSyncCycle")]
    NoCycle,
    /// The simulated server refused what a rehearsal asked.
    #[error("{0}")]
    Refused(String),
    /// There are more attribute names than dirsim can number.
    #[error(transparent)]
    Schema(#[from] dirsim_model::schema::SchemaError),
    /// A record of the journal does not read.
    #[error("the input of step {0} cannot be read; it was written by another version of dirsim")]
    UnreadableInput(u64),
}
