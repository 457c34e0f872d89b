//! What the tenant answers to an import of the sync client (ET-022, SE-083).

use dirsim_model::{AttributeId, Entry, SourceAnchor};

use crate::row::{CloudAnchor, TenantType};

/// One object as the tenant reports it to the sync client: always complete, with the values that
/// the client sent (shadow values), not the calculated ones.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TenantFeedRow {
    /// The identity in the tenant.
    pub cloud_anchor: CloudAnchor,
    /// The type of the object.
    pub object_type: TenantType,
    /// The anchor, when the object has one.
    pub source_anchor: Option<SourceAnchor>,
    /// Whether the object left the client's sight: deleted, or purged.
    pub deleted: bool,
    /// Attributes with the names of the Entra side, cloudAnchor and sourceAnchor included.
    pub entry: Entry,
    /// References: attribute and target.
    pub links: Vec<(AttributeId, CloudAnchor)>,
}
