//! What an administrator does to a forest, and how the directory refuses.

use dirsim_model::{AttributeId, Dn, Guid, Value};
use serde::{Deserialize, Serialize};

use crate::object::NewObject;

/// One change to a forest. Targets are anchors: whoever writes the edit has looked them up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForestEdit {
    /// Creates an object.
    Create(Box<NewObject>),
    /// Changes attributes and references, in the order given.
    Modify {
        /// The object.
        target: Guid,
        /// The changes.
        changes: Vec<AttributeEdit>,
    },
    /// Moves an object below another container.
    Move {
        /// The object.
        target: Guid,
        /// The new container.
        parent: Dn,
    },
    /// Gives an object a new leaf name.
    Rename {
        /// The object.
        target: Guid,
        /// The new value of the naming attribute.
        name: String,
    },
    /// Deletes an object.
    Delete {
        /// The object.
        target: Guid,
        /// Whether everything below goes too, deepest first (SE-065).
        recursive: bool,
    },
    /// Brings a deleted object back (SE-062).
    Restore {
        /// The object.
        target: Guid,
        /// Where to, when not to its last container.
        parent: Option<Dn>,
        /// The leaf name, when not the last one.
        name: Option<String>,
    },
    /// Adds or removes alternative UPN suffixes of a forest.
    UpnSuffixes {
        /// The forest.
        forest: String,
        /// Suffixes to add.
        add: Vec<String>,
        /// Suffixes to remove.
        remove: Vec<String>,
    },
    /// Turns the recycle bin on; it cannot be turned off.
    EnableRecycleBin {
        /// The forest.
        forest: String,
    },
}

/// A change to one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeEdit {
    /// The attribute.
    pub attribute: AttributeId,
    /// What to do.
    pub operation: EditOperation,
    /// Values; for references the texts of names, GUIDs, SIDs or account names.
    pub values: Vec<Value>,
}

/// What to do with the values of an [`AttributeEdit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditOperation {
    /// Adds values to those that are there.
    Add,
    /// Removes values.
    Remove,
    /// Replaces all values; removes the attribute when there are none.
    Replace,
}

/// How Active Directory refuses an edit: the error name of the module and its searchable text.
///
/// Data, not a Rust error: the simulated product said no (`interfaces.md` 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForestRefusal {
    /// The error name, `ADIdentityNotFoundException` for instance.
    pub name: &'static str,
    /// The text people search for.
    pub message: String,
    /// The rule of the specification, `SE-041` for instance.
    pub rule: &'static str,
}
