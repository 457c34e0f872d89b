//! How far a domain controller that is behind knows its domain (SE-073).

use std::collections::BTreeMap;

use dirsim_model::Timestamp;

use crate::ForestObject;

/// What a controller that is behind knows: everything up to a time, and what was written on itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Horizon {
    /// The last moment of which it knows every write on the other controllers.
    at: Timestamp,
    /// Objects whose last write was one of its own, with the change number that the write has on the
    /// first controller, where replication brought it in the meantime.
    own: BTreeMap<u64, u64>,
}

impl Horizon {
    /// A controller that knows everything up to `at`, and the given writes of its own.
    pub const fn new(at: Timestamp, own: BTreeMap<u64, u64>) -> Self {
        Self { at, own }
    }

    /// Returns whether the last write of an object has not reached the controller.
    pub(crate) fn hides(&self, id: u64, object: &ForestObject) -> bool {
        object.changed > self.at && self.own.get(&id) != Some(&object.usn_changed)
    }

    /// Returns whether the controller does not know that an object exists.
    pub(crate) fn hides_birth(&self, id: u64, object: &ForestObject) -> bool {
        object.created > self.at && self.hides(id, object)
    }
}
