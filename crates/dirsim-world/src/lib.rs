//! The whole simulated world: forests, synchronization server and tenant under one clock.
//!
//! Start at [`World::step`]: it takes one [`Input`], changes the world in one commit and returns
//! what happened. [`World::goto`] travels in time, [`plan`] rehearses the next cycle without
//! keeping it, [`explain`] tells the story of one object.
//!
//! **Invariant:** state changes only in `apply`, inside a transaction that `step` opened.

mod apply;
pub mod changes;
pub mod configuration;
pub mod csexport;
pub mod error;
pub mod event;
pub mod explain;
pub mod find;
pub mod input;
pub mod invariants;
pub mod ledger;
pub mod name;
pub mod passwords;
pub mod plan;
pub mod preview;
pub mod remedy;
pub mod rule_coverage;
pub mod rule_trial;
pub mod rules;
pub mod rules_diff;
mod stamping;
pub mod troubleshoot;
pub mod view;
pub mod world;

pub use apply::answers;
pub use configuration::{
    ConnectorConfiguration, NewAttribute, PartitionConfiguration, PlacedEdit, ServerConfiguration,
    SettingsConfiguration,
};
pub use error::WorldError;
pub use event::{Event, Refusal, SingleReport, SingleStep, Stepped};
pub use input::{FaultEdit, IdentityChoice, Input, ServerEdit, ServersEdit, Setup, Source};
pub use rules_diff::{RulesDiff, rules_diff};
pub use world::World;
