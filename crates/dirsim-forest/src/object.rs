//! What a forest keeps of one object.

use dirsim_model::dn::Rdn;
use dirsim_model::{AttributeId, ClassId, Dn, Entry, Guid, Sid, Timestamp, Value};
use dirsim_store::{Row, Table};
use serde::{Deserialize, Serialize};

/// An object of a forest. Its number is the key of its row, its place the chain of parents.
///
/// References are link rows, not attributes; `dn` and `memberOf` are computed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ForestObject {
    /// The domain that holds the object: key of a [`Domain`](crate::Domain) row.
    pub domain: u64,
    /// The container above; 0 for the root of a domain.
    pub parent: u64,
    /// The leaf of the name.
    pub rdn: Rdn,
    /// The most specific object class.
    pub class: ClassId,
    /// Never changes (SE-037).
    pub guid: Guid,
    /// Set while the object lies in the Deleted Objects container.
    pub deleted: Option<Deletion>,
    /// All attributes with values, objectGUID and objectSid included.
    pub entry: Entry,
    /// The change number at creation (SE-054).
    pub usn_created: u64,
    /// The change number of the last write (SE-054).
    pub usn_changed: u64,
    /// The change number of the last rename or move; `usn_created` when there was none.
    pub usn_named: u64,
    /// Attributes written since creation with the change number of their last write, sorted by
    /// attribute; all others have `usn_created`.
    pub attribute_usns: Vec<(AttributeId, u64)>,
    /// When the object was created.
    pub created: Timestamp,
    /// When the object was last written.
    pub changed: Timestamp,
    /// The domains that the object was moved out of, each with the change number that the
    /// departure has there (SE-310).
    pub left: Vec<(u64, u64)>,
}

/// The first fields of a [`ForestObject`], read without decoding its attributes.
///
/// The record of an object begins with these fields in this order; a test holds the two together.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ObjectHead {
    /// The domain that holds the object.
    pub domain: u64,
    /// The container above; 0 for the root of a domain.
    pub parent: u64,
    /// The leaf of the name.
    pub rdn: Rdn,
    /// The most specific object class.
    pub class: ClassId,
    /// Never changes (SE-037).
    pub guid: Guid,
    /// Set while the object lies in the Deleted Objects container.
    pub deleted: Option<Deletion>,
}

impl Row for ObjectHead {
    const TABLE: Table = Table::ForestObject;
}

/// How an object was deleted (SE-058 to SE-061).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Deletion {
    /// When the object was deleted, or recycled when that came later.
    pub at: Timestamp,
    /// The container it was deleted from.
    pub last_known_parent: u64,
    /// The leaf of its name before the deletion.
    pub last_known_rdn: Rdn,
    /// Whether the object can be restored with its attributes (recycle bin on, not yet recycled).
    pub restorable: bool,
}

impl Row for ForestObject {
    const TABLE: Table = Table::ForestObject;
}

/// An object to be created, as a loader, a scenario or a cmdlet describes it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewObject {
    /// Where it lies.
    pub dn: Dn,
    /// The most specific object class.
    pub class: ClassId,
    /// The objectGUID; drawn from the seed when absent.
    pub guid: Option<Guid>,
    /// The objectSid; built from the domain and the next RID when absent and the class is a
    /// security principal (SE-038).
    pub sid: Option<Sid>,
    /// Attributes with values, references excluded.
    pub attributes: Vec<(AttributeId, Vec<Value>)>,
    /// References by the names of their targets; resolved after the whole batch is there.
    pub references: Vec<(AttributeId, Vec<Dn>)>,
}
