//! The simulated Entra tenant: matching, takeover, uniqueness, quarantine, recycle bin, features.

pub mod answer;
pub mod edit;
pub mod feed;
pub mod load;
pub mod row;

pub use answer::{Answer, AnswerHistory, AppliedAs, Check, MatchKind, Refusal, Verdict};
pub use edit::{TenantEdit, TenantRefusal};
pub use feed::TenantFeedRow;
pub use load::{NewDomain, NewTenant, NewTenantObject};
pub use row::{CloudAnchor, ExportRow, Operation, ReferenceTarget, ReferenceWrite, TenantType};
