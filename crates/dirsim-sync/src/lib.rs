//! Connector spaces, metaverse, import, synchronization, export, run profiles, cycles and history.
//!
//! An [`Engine`] does one run: it stages what a directory reports ([`import`]), applies the rules
//! ([`synchronize`]) or sends what is pending ([`export`]). [`cs`] and [`mv`] are the rows it works
//! on, [`images`] the five views of a staged object, [`cs_links`] the references. [`cycle`] and
//! [`server`] hold the scheduler as data, [`servers`] keep several installations apart, [`fault`] says what is wrong
//! with the environment. [`lookup`], [`statistics`] and [`preview`](mod@preview) are
//! for surfaces, [`invariants`] for tests.

mod conditions;
pub mod connector;
pub mod context;
pub mod counters;
pub mod cs;
pub mod cs_links;
pub mod cycle;
pub mod engine;
mod error_codes;
pub mod event_log;
pub mod export;
pub mod fault;
pub mod images;
pub mod import;
mod index;
pub mod invariants;
mod log;
pub mod lookup;
pub mod mv;
pub mod preview;
pub mod rule_book;
pub mod run;
pub mod server;
pub mod servers;
pub mod single;
pub mod statistics;
mod subject;
pub mod synchronize;
mod unit;

pub use conditions::size as database_size;
pub use connector::{Connector, Partition};
pub use context::Context;
pub use counters::{Counter, Counters};
pub use cs::{Anchor, CsObject, ErrorRecord, ExportOp, Flags, ImportOp, State};
pub use cycle::{CycleState, Policy};
pub use engine::Engine;
pub use fault::Fault;
pub use images::View;
pub use log::Progress;
pub use mv::MvObject;
pub use preview::{Preview, preview};
pub use rule_book::{RuleBook, RuleNumber};
pub use run::{Connection, Profile, RunRecord, StepRecord, StepResult};
pub use server::Settings;
pub use servers::{Server, ServerTables};
pub use statistics::Statistics;
