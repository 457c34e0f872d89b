//! Configurations of real servers: exported folders, settings files and rule scripts (CE).
//!
//! [`read_folder`] reads what `Get-ADSyncServerConfiguration` wrote, [`script`] what the rule editor
//! exports, [`settings`] what the wizard exports. [`load()`] puts a rule set together from any of
//! them. All of them give [`ExportedRule`]s and
//! [`Findings`]; nothing is dropped in silence.

pub mod bind;
pub mod check;
pub mod compare;
mod config;
pub mod connector;
pub mod csexport;
pub mod finding;
pub mod folder;
pub mod import;
pub mod load;
pub mod metaverse;
pub mod objects;
pub mod report;
pub mod rule;
pub mod rule_xml;
pub mod schema;
pub mod script;
pub mod settings;
pub mod world;
pub mod write;
mod xml;
mod yaml;

pub use bind::{Answers, WorldConnector};
pub use compare::{Difference, DifferenceKind, PlacedRule};
pub use connector::{ExportedConnector, ExportedKind, ExportedPartition, ExportedProfile};
pub use finding::{Finding, Findings, Level};
pub use folder::{ServerExport, read_folder};
pub use import::{Imported, Target, import};
pub use load::{RuleSource, load};
pub use metaverse::{ExportedMetaverse, Globals};
pub use report::ImportReport;
pub use rule::{ExportedClause, ExportedCriterion, ExportedFlow, ExportedRule, FlowSource};
