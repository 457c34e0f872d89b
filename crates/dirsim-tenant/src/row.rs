//! One export row: what the sync engine asks of the tenant (ET-002).

use dirsim_model::{AttributeId, Guid, SourceAnchor, Value};
use serde::{Deserialize, Serialize};

/// The kinds of objects that sync can write to a tenant.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum TenantType {
    /// A user.
    #[default]
    User,
    /// A group of any kind (ET-011).
    Group,
    /// A mail contact (ET-012).
    Contact,
    /// A device (ET-012).
    Device,
}

/// What the row asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Operation {
    /// A new object.
    Add,
    /// Changes to an object; an upsert when the row is complete.
    Set,
    /// The object left scope.
    Delete,
}

/// The tenant's identity of an object, `User_a98368aa-…` (ET-015).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct CloudAnchor {
    /// The kind of object.
    pub kind: TenantType,
    /// The object id.
    pub id: Guid,
}

/// One export row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExportRow {
    /// What is asked for.
    pub operation: Operation,
    /// The type of the object on the engine's side.
    pub object_type: TenantType,
    /// The anchor of the object.
    pub source_anchor: Option<SourceAnchor>,
    /// The tenant's identity, once the engine knows it.
    pub cloud_anchor: Option<CloudAnchor>,
    /// Whether the row carries every attribute of the object, as an Add does.
    pub complete: bool,
    /// New values by attribute of the Entra side, sorted by attribute; an empty list asks to
    /// remove the attribute.
    pub attributes: Vec<(AttributeId, Vec<Value>)>,
    /// References to add and to remove (ET-221).
    pub references: Vec<ReferenceWrite>,
}

/// One reference in a row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReferenceWrite {
    /// The attribute, `member`, `manager` or `managedBy`.
    pub attribute: AttributeId,
    /// The object it points to.
    pub target: ReferenceTarget,
    /// Whether the reference is to be there.
    pub present: bool,
}

/// How a row names another object.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ReferenceTarget {
    /// By source anchor.
    SourceAnchor(SourceAnchor),
    /// By the tenant's identity.
    CloudAnchor(CloudAnchor),
}

impl TenantType {
    /// Returns the name as rows and anchors spell it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::User => "User",
            Self::Group => "Group",
            Self::Contact => "Contact",
            Self::Device => "Device",
        }
    }
}

impl ExportRow {
    /// Returns the values the row carries for an attribute; `None` when it does not name it.
    pub fn get(&self, attribute: AttributeId) -> Option<&[Value]> {
        self.attributes.iter().find(|(id, _)| *id == attribute).map(|(_, values)| values.as_slice())
    }
}

impl std::fmt::Display for CloudAnchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}_{}", self.kind.name(), self.id)
    }
}

impl std::str::FromStr for CloudAnchor {
    type Err = ();

    /// Parses `User_a98368aa-f0cb-41b5-a7c6-10f18c6c837d`.
    fn from_str(text: &str) -> Result<Self, ()> {
        let (kind, id) = text.split_once('_').ok_or(())?;
        let kind = [TenantType::User, TenantType::Group, TenantType::Contact, TenantType::Device]
            .into_iter()
            .find(|known| known.name().eq_ignore_ascii_case(kind))
            .ok_or(())?;
        Ok(Self { kind, id: id.parse().map_err(|_| ())? })
    }
}
