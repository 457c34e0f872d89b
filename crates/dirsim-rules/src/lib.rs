//! Declarative sync rules: scope, join, transform, precedence.
//!
//! A [`RuleSet`] is built once from rule files, the connectors and the schema,
//! and then asked about one object at a time: which rules are in scope ([`scope`]), by which join
//! they link it ([`join`]), what they contribute ([`flow`]) and who wins ([`precedence`]). Nothing
//! here reads a table: the object comes in as a [`Subject`], the answer is a value.

mod build;
mod default_files;
mod fold;
mod format;
mod limits;

pub mod definition;
pub mod flow;
pub mod join;
pub mod options;
pub mod precedence;
pub mod problem;
pub mod rule;
pub mod scope;
pub mod set;
pub mod subject;

pub use definition::{
    ClauseDefinition, CriterionDefinition, FlowDefinition, FlowKind, RuleDefinition, RuleEdit,
    RulePlace, derived_rule_id,
};
pub use dirsim_expr::{
    EvalError, ExprError, ExprWarning, Outcome as ExpressionOutcome, Span, Trace, TracePart,
    TraceResult, attribute_names,
};
pub use flow::{Contribution, Conversion, Flow, MergeType, Outcome, Source};
pub use join::{JoinCriterion, JoinDefinition, JoinGroup};
pub use options::{AnchorMode, ConnectorInfo, ConnectorKind, RuleFile, RuleOptions, UserMatching};
pub use precedence::Resolution;
pub use problem::{RuleFailure, RuleProblem, Severity};
pub use rule::{Direction, LinkType, Rule, RuleIx};
pub use scope::{Clause, Operator, ScopeGroup};
pub use set::parameters::OWN_PARAMETERS;
pub use set::{FlowTrial, Resolved, RuleSet, Targets, Trial};
pub use subject::Subject;
