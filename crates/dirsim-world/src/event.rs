//! What a step did, as data.

use dirsim_forest::ForestRefusal;
use dirsim_model::Guid;
use dirsim_sync::RunRecord;
use dirsim_tenant::answer::Note;
use dirsim_tenant::{TenantEvent, TenantRefusal};
use serde::{Deserialize, Serialize};

/// Something that happened in a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Event {
    /// A run ended.
    Run(Box<RunRecord>),
    /// A timer of the tenant fell due.
    Tenant(TenantEvent),
    /// dirsim remarks something about what happened (D10).
    Note(Note),
    /// A cycle has no runs left.
    CycleEnded,
    /// An edit made or touched this object.
    Touched(Guid),
    /// A single object went through a part of a cycle (SE-346).
    Single(Box<SingleReport>),
}

/// What a single-object sync did, step by step (SE-344 to SE-346).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SingleReport {
    /// The name of the object.
    pub dn: String,
    /// Its steps in order; the last one failed unless all went well.
    pub steps: Vec<SingleStep>,
    /// Values of the cloud object that changed: property, before, after.
    pub changed: Vec<(String, String, String)>,
}

/// One step of a single-object sync.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SingleStep {
    /// What was done or checked.
    pub name: String,
    /// Whether it went well.
    pub passed: bool,
    /// What was found.
    pub text: String,
}

impl SingleReport {
    /// Returns whether every step went well.
    pub fn passed(&self) -> bool {
        self.steps.iter().all(|step| step.passed)
    }
}

/// The result of a step.
#[derive(Debug, Clone, PartialEq)]
pub struct Stepped {
    /// The number of the step; the step before when the product refused.
    pub step: u64,
    /// What happened, in order.
    pub events: Vec<Event>,
    /// Set when the simulated product said no. Nothing changed then, and no step was made.
    pub refusal: Option<Refusal>,
}

/// The simulated product said no: data that every surface shows in its own way.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub enum Refusal {
    /// Active Directory refused.
    Forest(ForestRefusal),
    /// The tenant refused.
    Tenant(TenantRefusal),
    /// The synchronization server refused.
    Server {
        /// The text people search for.
        message: String,
        /// The rule of the specification.
        rule: &'static str,
    },
}

impl Refusal {
    /// Returns the text people search for.
    pub fn message(&self) -> &str {
        match self {
            Self::Forest(refusal) => &refusal.message,
            Self::Tenant(refusal) => &refusal.message,
            Self::Server { message, .. } => message,
        }
    }

    /// Returns the rule of the specification that decided.
    pub fn rule(&self) -> &str {
        match self {
            Self::Forest(refusal) => refusal.rule,
            Self::Tenant(refusal) => refusal.rule,
            Self::Server { rule, .. } => rule,
        }
    }
}
