//! What the tenant's audit log says about administrators and service jobs.

use dirsim_model::Timestamp;
use dirsim_store::{Row, StoreResult, Table, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::row::CloudAnchor;

/// One entry of the audit log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AuditEntry {
    /// When.
    pub at: Timestamp,
    /// The activity, `Add verified domain` for instance; in capitals for notes of dirsim (D10).
    pub activity: String,
    /// The object it was about.
    pub object: Option<CloudAnchor>,
    /// What to know.
    pub text: String,
}

impl Row for AuditEntry {
    const TABLE: Table = Table::TenantLog;
}

/// Returns up to `limit` entries with numbers above `after`, oldest first.
pub fn entries(
    tables: &dyn Tables,
    after: Option<u64>,
    limit: usize,
) -> StoreResult<Vec<(u64, AuditEntry)>> {
    rows::after(tables, after, limit)
}

/// Adds an entry.
pub(crate) fn append(
    tables: &mut dyn Tables,
    at: Timestamp,
    activity: &str,
    object: Option<CloudAnchor>,
    text: impl Into<String>,
) -> StoreResult<()> {
    let number = rows::next_id(tables, "tenant-log")?;
    let entry = AuditEntry { at, activity: activity.to_owned(), object, text: text.into() };
    rows::put(tables, number, &entry)
}
