//! Synchronization: staged objects, rules, metaverse, staged exports (SE section 4).
//!
//! [`object::synchronize`] is one unit: one connector space object with all its inbound and
//! outbound effects (SR-020). It plans with [`inbound`], [`join`] and [`outbound`], whose plans are
//! values that preview and `explain` print, and applies what it planned to the rows it holds. The
//! run commits a unit that succeeded; a preview throws it away. References are followed link by link
//! in [`references`], links between objects made and broken in [`life`], and [`step`] chooses what is
//! visited.

pub mod inbound;
pub mod join;
pub(crate) mod life;
pub mod object;
pub mod outbound;
pub(crate) mod references;
pub(crate) mod step;

use dirsim_model::AttributeId;
use dirsim_rules::{RuleFailure, RuleSet};
use dirsim_store::StoreError;
use serde::{Deserialize, Serialize};

/// Why an object could not be synchronized (SE-158). Its unit is rolled back.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// The error type, `sync-rule-error-function-triggered` for instance.
    pub error_type: String,
    /// Where in the algorithm (SE 4.2).
    pub step: String,
    /// What happened.
    pub text: String,
    /// The rule that failed.
    pub rule: Option<String>,
    /// The attribute it was to write.
    pub attribute: Option<AttributeId>,
    /// The other object it is about, such as the target of an outbound rule; 0 for none.
    pub other: u64,
}

/// What can end a unit: the store, which ends the run, or a failure of this object alone.
#[derive(Debug)]
pub(crate) enum Trouble {
    Store(StoreError),
    Failed(Box<Failure>),
}

/// The result of a part of a unit.
pub(crate) type Attempt<T> = Result<T, Trouble>;

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl Failure {
    /// Makes a failure that no rule is to blame for.
    pub(crate) fn new(error_type: &str, step: &str, text: String) -> Self {
        Self {
            error_type: error_type.to_owned(),
            step: step.to_owned(),
            text,
            rule: None,
            attribute: None,
            other: 0,
        }
    }

    /// Makes a failure of a rule. Codes of rules become the names of run history where those exist
    /// (SE-153).
    pub(crate) fn of_rule(failure: &RuleFailure, step: &str, rules: &RuleSet) -> Self {
        let (error_type, text) = match failure.code {
            "attribute-value-too-long" => {
                ("mv-constraint-violation", format!("attribute-value-too-long: {}", failure.text))
            }
            code => (code, failure.text.clone()),
        };
        Self {
            rule: failure.rule.map(|ix| rules.rule(ix).name.clone()),
            attribute: failure.attribute,
            ..Self::new(error_type, step, text)
        }
    }
}

impl From<Failure> for Trouble {
    fn from(failure: Failure) -> Self {
        Self::Failed(Box::new(failure))
    }
}
