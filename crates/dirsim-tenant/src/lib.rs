//! The simulated Entra tenant: matching, takeover, uniqueness, quarantine, recycle bin, features.
//!
//! [`export`] answers one row of the sync client: the module `decide` plans by the decision procedure
//! of the specification, `apply` carries the plan out. [`edit()`] is the administrator, [`run_due`] the
//! clock, [`read`] what the sync client imports. Objects are rows of one type ([`object`]), written in
//! one place (`directory`) that keeps indexes, timers and change numbers.

mod admin;
pub mod answer;
mod apply;
mod calculate;
pub mod catalogue;
mod checks;
mod decide;
mod directory;
pub mod edit;
pub mod features;
pub mod feed;
pub mod forecast;
pub mod invariants;
mod licensing;
pub mod load;
mod loading;
pub mod log;
pub mod lookup;
mod merge;
pub mod object;
pub mod options;
pub mod password;
mod planner;
mod properties;
pub mod read;
mod recycle;
mod references;
pub mod report;
pub mod row;
pub mod settings;
mod switches;
pub mod throttle;
mod timers;
mod validate;

pub use admin::edit;
pub use answer::{Answer, AnswerHistory, AppliedAs, Check, MatchKind, Note, Refusal, Verdict};
pub use apply::export;
pub use edit::{TenantEdit, TenantRefusal};
pub use feed::TenantFeedRow;
pub use load::{NewDomain, NewTenant, NewTenantObject};
pub use loading::load;
pub use object::{Conflict, Property, Shadow, State, TenantObject};
pub use options::TenantOption;
pub use password::{HashRow, SignIn, receive_hash};
pub use references::finish_export;
pub use row::{CloudAnchor, ExportRow, Operation, ReferenceTarget, ReferenceWrite, TenantType};
pub use settings::{Domain, Settings, SyncState, create};
pub use timers::{TenantEvent, next_due, run_due};
