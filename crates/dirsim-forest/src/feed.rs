//! What a forest answers to an import: everything, or what changed since a cookie (SE 2.7).

use dirsim_model::{AttributeId, ClassId, Dn, Entry, Guid};

/// One row of an answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FeedRow {
    /// The number of the object in the forest.
    pub object: u64,
    /// The anchor of the object (SE-013).
    pub guid: Guid,
    /// The anchor of its container; `None` at the root of a domain.
    pub parent: Option<Guid>,
    /// The name now; the mangled one of a deleted object (SE-070).
    pub dn: Dn,
    /// The most specific object class.
    pub class: ClassId,
    /// Whether the object lies in the recycle bin or is a tombstone.
    pub deleted: bool,
    /// Whether `entry` and `links` hold everything, or changes only (SE-067).
    pub complete: bool,
    /// The attributes: all of them, or the new values of those in `changed` that have any.
    pub entry: Entry,
    /// The attributes that changed, cleared ones included; empty when `complete`.
    pub changed: Vec<AttributeId>,
    /// The references: all of them, or those added and removed.
    pub links: Vec<FeedLink>,
}

/// A reference of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct FeedLink {
    /// The attribute, `member` or `manager` for instance.
    pub attribute: AttributeId,
    /// The number of the target in the forest; its name is asked for when it is needed.
    pub target: u64,
    /// The anchor of the target.
    pub guid: Guid,
    /// Whether the reference is there; `false` reports a removed one.
    pub present: bool,
}
