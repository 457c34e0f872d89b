//! Counters of a run step (SE 3.3, 4.6 and 5.1) and the objects behind them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Declares the closed list of counters with the names of run history.
macro_rules! counters {
    ($($(#[doc = $doc:literal])+ $name:ident = $text:literal,)*) => {
        /// A counter of a run step, as run history names it (`interfaces.md` 8.3).
        ///
        /// `connector-flow` and `connector-no-flow` count inbound in a step's own counters and
        /// outbound in its counters per target connector. New counters go to the end.
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[repr(u8)]
        pub enum Counter { $($(#[doc = $doc])+ $name),* }

        impl Counter {
            /// All counters in the order of run history.
            pub const ALL: &[Self] = &[$(Self::$name),*];

            /// Returns the name in run history.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$name => $text),* }
            }
        }
    };
}

counters! {
    /// A row brought nothing new.
    StageNoChange = "stage-no-change",
    /// A row made a staging object.
    StageAdd = "stage-add",
    /// A row changed attributes.
    StageUpdate = "stage-update",
    /// A row gave an object a new name.
    StageRename = "stage-rename",
    /// A row, or its absence, staged a deletion.
    StageDelete = "stage-delete",
    /// A row gave an object another class.
    StageDeleteAdd = "stage-delete-add",
    /// A row could not be staged.
    StageFailure = "stage-failure",
    /// Deletion of an unknown object.
    FilteredDeletions = "filtered-deletions",
    /// Live row of an unknown object outside scope.
    FilteredObjects = "filtered-objects",
    /// Held by a connector filter; dirsim ships none.
    DisconnectorFiltered = "disconnector-filtered",
    /// Joined; the metaverse object got no values.
    DisconnectorJoinedNoFlow = "disconnector-joined-no-flow",
    /// Joined; the metaverse object got values.
    DisconnectorJoinedFlow = "disconnector-joined-flow",
    /// Joined, and the metaverse object was deleted at once.
    DisconnectorJoinedRemoveMv = "disconnector-joined-remove-mv",
    /// Projected; the metaverse object got no values.
    DisconnectorProjectedNoFlow = "disconnector-projected-no-flow",
    /// Projected; the metaverse object got values.
    DisconnectorProjectedFlow = "disconnector-projected-flow",
    /// Projected, and the metaverse object was deleted at once.
    DisconnectorProjectedRemoveMv = "disconnector-projected-remove-mv",
    /// Still without metaverse object.
    DisconnectorRemains = "disconnector-remains",
    /// Left scope; the metaverse object was deleted.
    ConnectorFilteredRemoveMv = "connector-filtered-remove-mv",
    /// Left scope; the metaverse object lives on.
    ConnectorFilteredLeaveMv = "connector-filtered-leave-mv",
    /// The metaverse object, or outbound the connector space object, changed.
    ConnectorFlow = "connector-flow",
    /// Values flowed, and the metaverse object was deleted by outbound effects.
    ConnectorFlowRemoveMv = "connector-flow-remove-mv",
    /// Nothing changed.
    ConnectorNoFlow = "connector-no-flow",
    /// Deleted, and the metaverse object with it.
    ConnectorDeleteRemoveMv = "connector-delete-remove-mv",
    /// Deleted; the metaverse object lives on.
    ConnectorDeleteLeaveMv = "connector-delete-leave-mv",
    /// An object that changed its class was processed.
    ConnectorDeleteAddProcessed = "connector-delete-add-processed",
    /// The object failed and was left as it was.
    FlowFailure = "flow-failure",
    /// Provisioned with at least one attribute.
    ProvisionedAddFlow = "provisioned-add-flow",
    /// Provisioned without attributes.
    ProvisionedAddNoFlow = "provisioned-add-no-flow",
    /// Renamed, and attributes changed.
    ProvisionedRenameFlow = "provisioned-rename-flow",
    /// Renamed only.
    ProvisionedRenameNoFlow = "provisioned-rename-no-flow",
    /// Deprovisioned.
    ProvisionedDisconnect = "provisioned-disconnect",
    /// Replaced by an object of another class, with attributes.
    ProvisionedDeleteAddFlow = "provisioned-delete-add-flow",
    /// Replaced by an object of another class, without attributes.
    ProvisionedDeleteAddNoFlow = "provisioned-delete-add-no-flow",
    /// The directory took a new object.
    ExportAdd = "export-add",
    /// The directory took changes.
    ExportUpdate = "export-update",
    /// The directory took a new name.
    ExportRename = "export-rename",
    /// The directory took a deletion.
    ExportDelete = "export-delete",
    /// The directory took a deletion and a new object in its place.
    ExportDeleteAdd = "export-delete-add",
    /// The directory refused a row.
    ExportFailure = "export-failure",
}

impl Counter {
    /// Returns the counter of a number that was written as `counter as u8`.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.get(usize::from(number)).copied()
    }

    /// Returns the name in the objects of `Get-ADSyncRunStepResult`: `StageAdd`.
    pub fn pascal_name(self) -> String {
        self.name()
            .split('-')
            .flat_map(|word| {
                let mut letters = word.chars();
                letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters)
            })
            .collect()
    }

    /// Returns whether the list of objects behind the counter is kept (SE-186).
    pub const fn has_details(self) -> bool {
        !matches!(
            self,
            Self::StageNoChange
                | Self::DisconnectorRemains
                | Self::FilteredDeletions
                | Self::FilteredObjects
        )
    }
}

impl std::fmt::Display for Counter {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// Numbers by counter; a counter that is absent stands at zero.
pub type Counters = BTreeMap<Counter, u64>;

/// Adds to a counter.
pub(crate) fn add(counters: &mut Counters, counter: Counter, number: u64) {
    if number > 0 {
        *counters.entry(counter).or_default() += number;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_lead_back_to_their_counters() {
        for counter in Counter::ALL {
            assert_eq!(Counter::from_number(*counter as u8), Some(*counter));
        }
        assert_eq!(Counter::StageDeleteAdd.pascal_name(), "StageDeleteAdd");
        assert!(!Counter::StageNoChange.has_details());
    }
}
