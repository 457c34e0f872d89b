//! Connector statistics, kept up to date with every change of a row (SE-350).

use std::collections::BTreeMap;

use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::cs::{CsObject, ExportOp, Flags, ImportOp, State};

/// How many objects of a partition are in which state (SE-350).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statistics {
    /// Staged objects, placeholders excluded.
    pub objects: i64,
    /// Objects with a metaverse object.
    pub connectors: i64,
    /// Disconnectors that rules may move.
    pub disconnectors: i64,
    /// Disconnectors that are pinned.
    pub explicit_disconnectors: i64,
    /// Placeholders.
    pub placeholders: i64,
    /// Pending imports of new objects.
    pub import_add: i64,
    /// Pending imports of changes.
    pub import_update: i64,
    /// Pending imports of deletions.
    pub import_delete: i64,
    /// Pending exports of new objects.
    pub export_add: i64,
    /// Pending exports of changes.
    pub export_update: i64,
    /// Pending exports of deletions; what the deletion threshold counts (SE-262).
    pub export_delete: i64,
    /// Objects whose name was taken.
    pub transients: i64,
    /// Objects with exports that no import has confirmed.
    pub unconfirmed: i64,
    /// Objects whose last synchronization failed.
    pub import_errors: i64,
    /// Objects whose last export failed.
    pub export_errors: i64,
}

impl Statistics {
    /// Returns what one row adds.
    pub fn of(object: &CsObject) -> Self {
        if object.is_placeholder() {
            return Self { placeholders: 1, ..Self::default() };
        }
        let transient = object.flags.has(Flags::TRANSIENT);
        let one = i64::from;
        let free = object.mv == 0;
        let deletes = object.export == ExportOp::Delete && !transient;
        Self {
            objects: 1,
            connectors: one(!free),
            disconnectors: one(free && object.state == State::Normal),
            explicit_disconnectors: one(free && object.state == State::Explicit),
            placeholders: 0,
            import_add: one(object.import == ImportOp::Add),
            import_update: one(matches!(object.import, ImportOp::Update | ImportOp::DeleteAdd)),
            import_delete: one(object.import == ImportOp::Delete),
            export_add: one(object.export == ExportOp::Add),
            export_update: one(object.export == ExportOp::Update),
            export_delete: one(deletes),
            transients: one(transient),
            unconfirmed: one(object.awaits_confirmation()),
            import_errors: one(object.import_error.is_some()),
            export_errors: one(object.export_error.is_some()),
        }
    }

    fn numbers(&mut self) -> [&mut i64; 15] {
        [
            &mut self.objects,
            &mut self.connectors,
            &mut self.disconnectors,
            &mut self.explicit_disconnectors,
            &mut self.placeholders,
            &mut self.import_add,
            &mut self.import_update,
            &mut self.import_delete,
            &mut self.export_add,
            &mut self.export_update,
            &mut self.export_delete,
            &mut self.transients,
            &mut self.unconfirmed,
            &mut self.import_errors,
            &mut self.export_errors,
        ]
    }

    /// Adds other numbers, `sign` times.
    pub fn add(&mut self, mut other: Self, sign: i64) {
        for (mine, theirs) in self.numbers().into_iter().zip(other.numbers()) {
            *mine += sign * *theirs;
        }
    }
}

/// Statistics by connector and partition.
pub type Tally = BTreeMap<(u32, u64), Statistics>;

/// Name of the meta record that holds all statistics.
const STATISTICS: &str = "sync-statistics";

/// Returns the statistics of all connectors by partition.
pub fn all(tables: &dyn Tables) -> StoreResult<Tally> {
    Ok(rows::meta(tables, STATISTICS)?.unwrap_or_default())
}

/// Returns the statistics of a connector over its partitions.
pub fn of(tables: &dyn Tables, connector: u32) -> StoreResult<Statistics> {
    let mut sum = Statistics::default();
    for (_, part) in all(tables)?.into_iter().filter(|((id, _), _)| *id == connector) {
        sum.add(part, 1);
    }
    Ok(sum)
}

/// Adds changes to the kept statistics.
pub(crate) fn apply(tables: &mut dyn Tables, changes: Tally) -> StoreResult<()> {
    if changes.values().all(|change| *change == Statistics::default()) {
        return Ok(());
    }
    let mut kept = all(tables)?;
    for (key, change) in changes {
        kept.entry(key).or_default().add(change, 1);
    }
    kept.retain(|_, numbers| *numbers != Statistics::default());
    rows::put_meta(tables, STATISTICS, &kept)
}
