//! Connector space objects: what one connector keeps of one object (SE 1.2).

use dirsim_model::dn::Rdn;
use dirsim_model::{AttributeId, ClassId, Entry, Guid, Timestamp, Value};
use dirsim_store::{Row, StoreResult, Table, Tables, rows};
use dirsim_tenant::CloudAnchor;
use serde::{Deserialize, Serialize};

use crate::images::{Delta, Layers, View};
use crate::rule_book::RuleNumber;

/// How far the number of a connector is shifted in the number of a connector space object.
///
/// The objects of one connector are neighbours, so they are scanned without a list of them.
const CONNECTOR_SHIFT: u32 = 40;

/// Returns the connector of a connector space object.
pub const fn connector_of(id: u64) -> u32 {
    (id >> CONNECTOR_SHIFT) as u32
}

/// Returns the smallest number that an object of a connector may have, and the first one behind.
pub const fn range_of(connector: u32) -> (u64, u64) {
    let first = (connector as u64) << CONNECTOR_SHIFT;
    (first, first + (1 << CONNECTOR_SHIFT))
}

/// An object of a connector space. Its number is the key of its row and names its connector.
///
/// References are link rows, see [`cs_links`](crate::cs_links).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CsObject {
    /// Its place in the tree, or its name in a flat space.
    pub name: CsName,
    /// The object class; meaningless for a placeholder.
    pub class: ClassId,
    /// The metaverse object it is linked to; 0 for a disconnector.
    pub mv: u64,
    /// Marks.
    pub flags: Flags,
    /// What the last import brought that no synchronization has taken over yet.
    pub import: ImportOp,
    /// What waits for export.
    pub export: ExportOp,
    /// Who may move it.
    pub state: State,
    /// The domain that holds it: key of a domain row; 0 in the tenant and for placeholders.
    pub partition: u64,
    /// Its identity in the connected directory; `None` for an export object that was never
    /// answered, and for most placeholders (SE-013).
    pub anchor: Option<Anchor>,
    /// H; `None` before the first synchronization.
    pub synchronized: Option<Entry>,
    /// I when it differs from H.
    pub imported: Option<Entry>,
    /// UC: exported and accepted, not yet confirmed.
    pub unconfirmed: Delta,
    /// ES: exported with unknown outcome.
    pub escrowed: Delta,
    /// UA: waits for export.
    pub unapplied: Delta,
    /// References that differ between H and I.
    pub imported_links: Touched,
    /// References that an export delta changes.
    pub exported_links: Touched,
    /// References whose targets changed their own links (SE-181).
    pub retried_links: Touched,
    /// Values of merge attributes that this engine contributed, sorted by attribute (SR-092).
    pub merged: Vec<(AttributeId, Vec<Value>)>,
    /// Outbound rules that applied last (SE-025).
    pub outbound_rules: Vec<RuleNumber>,
    /// Why its last synchronization failed.
    pub import_error: Option<Box<ErrorRecord>>,
    /// Why its last export failed.
    pub export_error: Option<Box<ErrorRecord>>,
    /// When I last changed.
    pub imported_at: Timestamp,
    /// When it was last exported with success.
    pub exported_at: Timestamp,
    /// Since when it is disconnected, and why (SE-176).
    pub disconnected: Option<(Timestamp, DisconnectCause)>,
    /// The batch of its last export, and how many updates followed (SE 1.2).
    pub export_numbers: (u64, u32),
}

impl Row for CsObject {
    const TABLE: Table = Table::CsObject;
}

/// The first fields of a [`CsObject`], read without the rest.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Serialize)]
pub struct CsHead {
    /// See [`CsObject::name`].
    pub name: CsName,
    /// See [`CsObject::class`].
    pub class: ClassId,
    /// See [`CsObject::mv`].
    pub mv: u64,
    /// See [`CsObject::flags`].
    pub flags: Flags,
    /// See [`CsObject::import`].
    pub import: ImportOp,
    /// See [`CsObject::export`].
    pub export: ExportOp,
    /// See [`CsObject::state`].
    pub state: State,
    /// See [`CsObject::partition`].
    pub partition: u64,
}

/// Where an object stands in its connector space (SE-014).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum CsName {
    /// In the tree of a forest: the object above (0 at the top) and the leaf.
    Tree {
        /// The object above.
        parent: u64,
        /// The leaf of the name.
        rdn: Rdn,
    },
    /// In the tenant: the text whose hex form is the name, a source anchor or a cloud anchor.
    Flat(Box<str>),
}

/// The identity of an object in its connected directory (SE-013).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Anchor {
    /// The objectGUID.
    Object(Guid),
    /// The cloudAnchor.
    Cloud(CloudAnchor),
}

/// Marks of a connector space object (SE 1.2).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Flags(pub u32);

macro_rules! flags {
    ($($(#[doc = $doc:literal])+ $name:ident = $bit:literal,)*) => {
        impl Flags {
            $($(#[doc = $doc])+ pub const $name: Self = Self(1 << $bit);)*
        }
    };
}

flags! {
    /// Placeholder for a container above something staged (SE-012).
    PH_PARENT = 0,
    /// Placeholder for something referenced and not staged (SE-012).
    PH_LINK = 1,
    /// Placeholder for something that is gone but still has children or references (SE-012).
    PH_DELETE = 2,
    /// An exported add that no import has confirmed (SE-091).
    REBUILD_IN_PROGRESS = 3,
    /// An outbound Provision or `StickyJoin` rule was in scope at the last evaluation (SE-019).
    GOVERNED = 4,
    /// A reference of the object wants another try (SE-181).
    REF_RETRY = 5,
    /// Its name, or that of a container above, changed (SE-121).
    RENAME_RETRY = 6,
    /// Something outside the object changed what rules may say about it (SE-329).
    NEED_FULL_SYNC = 7,
    /// A reference of the object was deleted (SE-106).
    PENDING_REF_DELETE = 8,
    /// Its name was taken by another object (SE-022).
    TRANSIENT = 9,
    /// The pending import contains a new name (SE-094).
    RENAMED = 10,
    /// A deletion was exported and waits for confirmation (SE-218).
    DELETE_EXPORTED = 11,
    /// The object may have references of its own.
    HAS_LINKS = 12,
    /// Something that a join could find changed since the object last failed to join (D2).
    JOIN_RETRY = 13,
    /// The pending deletion was reported by the directory; otherwise the object left scope.
    GONE = 14,
    /// Its new name waits for export (SE-174).
    EXPORT_RENAME = 15,
}

impl Flags {
    /// The three placeholder marks.
    pub const PLACEHOLDER: Self = Self(0b111);
    /// Marks that make a delta synchronization visit the object (SE-134).
    pub const RETRY: Self = Self(
        Self::REF_RETRY.0 | Self::RENAME_RETRY.0 | Self::NEED_FULL_SYNC.0 | Self::JOIN_RETRY.0,
    );

    /// Returns whether any of `marks` is set.
    pub const fn has(self, marks: Self) -> bool {
        self.0 & marks.0 != 0
    }

    /// Sets marks.
    pub const fn insert(&mut self, marks: Self) {
        self.0 |= marks.0;
    }

    /// Clears marks.
    pub const fn remove(&mut self, marks: Self) {
        self.0 &= !marks.0;
    }

    /// Sets or clears marks.
    pub const fn set(&mut self, marks: Self, on: bool) {
        if on { self.insert(marks) } else { self.remove(marks) }
    }
}

/// What an import staged (SE-023).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ImportOp {
    /// Nothing.
    #[default]
    None,
    /// A new object.
    Add,
    /// New values, or a new name.
    Update,
    /// It is gone, or left scope.
    Delete,
    /// The same object with another class.
    DeleteAdd,
}

/// What waits for export (SE-024). A change of class makes two objects, one to delete and one to
/// add (SE-171), so there is no delete-add.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum ExportOp {
    /// Nothing.
    #[default]
    None,
    /// A new object.
    Add,
    /// Changes.
    Update,
    /// A deletion.
    Delete,
}

/// Who may move an object (SE-021).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum State {
    /// Rules may.
    #[default]
    Normal,
    /// Deprovisioning or an operator pinned it.
    Explicit,
}

/// Why an object was disconnected.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DisconnectCause {
    /// Its own rules let it go.
    ScopeLost,
    /// Its metaverse object was deleted.
    MvDeleted,
    /// Outbound rules let it go.
    Deprovisioned,
    /// Outbound rules let it go, and it stays linked until their soft-delete expiry ends (SR-066).
    Expiring,
}

/// References to look at, or a mark that there are too many to list.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Touched {
    /// Whether any reference may be touched and the list is not kept.
    pub overflow: bool,
    /// The touched references: attribute and target, sorted.
    pub links: Vec<(AttributeId, u64)>,
}

/// Longest list of [`Touched`]; beyond it all references of the object are read.
const TOUCHED_MAX: usize = 256;

impl Touched {
    /// Returns whether nothing is touched.
    pub const fn is_empty(&self) -> bool {
        !self.overflow && self.links.is_empty()
    }

    /// Notes a reference.
    pub fn insert(&mut self, attribute: AttributeId, to: u64) {
        if self.overflow {
            return;
        }
        if let Err(at) = self.links.binary_search(&(attribute, to)) {
            self.links.insert(at, (attribute, to));
        }
        if self.links.len() > TOUCHED_MAX {
            *self = Self { overflow: true, links: Vec::new() };
        }
    }

    /// Forgets a reference; a list that overflowed stays so until it is cleared.
    pub fn remove(&mut self, attribute: AttributeId, to: u64) {
        if let Ok(at) = self.links.binary_search(&(attribute, to)) {
            self.links.remove(at);
        }
    }
}

/// An error record on an object (SE-158, SE-219).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorRecord {
    /// The error type, such as `sync-rule-error-function-triggered` or `InvalidSoftMatch`.
    pub error_type: String,
    /// Where in the algorithm: `join`, `import-flow`, `export-flow`, `export` … (SE 4.2).
    pub step: String,
    /// The directory's own code: `8344`, `0x8023134a`; empty for synchronization errors.
    pub code: String,
    /// What happened.
    pub text: String,
    /// The rule that failed.
    pub rule: Option<String>,
    /// The attribute it is about.
    pub attribute: Option<AttributeId>,
    /// The object that carries the other side of the failure, such as the outbound target.
    pub other: u64,
    /// First of the consecutive failures.
    pub first: Timestamp,
    /// Last of them.
    pub last: Timestamp,
    /// Consecutive failures less one (SE-375).
    pub retries: u32,
}

impl ErrorRecord {
    /// Returns the record after one more failure, `previous` being the record so far (SE-158).
    #[must_use]
    pub fn after(mut self, previous: Option<&Self>) -> Self {
        if let Some(previous) = previous {
            self.first = previous.first;
            self.retries = previous.retries.saturating_add(1);
        }
        self
    }
}

impl CsName {
    /// Returns the object above in a tree; `None` at the top and in a flat space.
    pub const fn parent(&self) -> Option<u64> {
        match self {
            Self::Tree { parent, .. } if *parent != 0 => Some(*parent),
            _ => None,
        }
    }
}

impl Anchor {
    /// Returns the bytes to index by.
    pub fn key(&self) -> Vec<u8> {
        match self {
            Self::Object(guid) => guid.as_bytes().to_vec(),
            Self::Cloud(anchor) => anchor.to_string().into_bytes(),
        }
    }
}

impl std::fmt::Display for Anchor {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Object(guid) => guid.fmt(f),
            Self::Cloud(anchor) => anchor.fmt(f),
        }
    }
}

impl CsObject {
    /// Returns since when the object waits for the end of a soft-delete expiry (SR-066).
    pub fn expires(&self) -> Option<Timestamp> {
        match self.disconnected {
            Some((since, DisconnectCause::Expiring)) if self.mv != 0 => Some(since),
            _ => None,
        }
    }

    /// Makes an object without images.
    pub fn new(name: CsName, class: ClassId) -> Self {
        Self {
            name,
            class,
            mv: 0,
            flags: Flags::default(),
            import: ImportOp::None,
            export: ExportOp::None,
            state: State::Normal,
            partition: 0,
            anchor: None,
            synchronized: None,
            imported: None,
            unconfirmed: Delta::default(),
            escrowed: Delta::default(),
            unapplied: Delta::default(),
            imported_links: Touched::default(),
            exported_links: Touched::default(),
            retried_links: Touched::default(),
            merged: Vec::new(),
            outbound_rules: Vec::new(),
            import_error: None,
            export_error: None,
            imported_at: Timestamp::default(),
            exported_at: Timestamp::default(),
            disconnected: None,
            export_numbers: (0, 0),
        }
    }

    /// Returns whether the row is a placeholder (SE-012).
    pub const fn is_placeholder(&self) -> bool {
        self.flags.has(Flags::PLACEHOLDER)
    }

    /// Returns whether the object has an image received from its directory (SE-010).
    pub const fn has_image(&self) -> bool {
        self.imported.is_some() || self.synchronized.is_some()
    }

    /// Returns whether the object was provisioned and never answered (SE-011).
    pub const fn is_export_object(&self) -> bool {
        !self.is_placeholder() && !self.has_image()
    }

    /// Returns whether I is another than H, name and references included (SE-358).
    pub const fn differs(&self) -> bool {
        self.imported.is_some() || self.flags.has(Flags::RENAMED) || !self.imported_links.is_empty()
    }

    /// Returns I.
    pub fn image(&self) -> Option<&Entry> {
        self.imported.as_ref().or(self.synchronized.as_ref())
    }

    /// Returns an image as layers.
    pub fn view(&self, view: View) -> Layers<'_> {
        let uc = (view >= View::Unconfirmed).then_some(&self.unconfirmed);
        let es = (view >= View::Escrowed).then_some(&self.escrowed);
        let ua = (view >= View::Unapplied).then_some(&self.unapplied);
        let base =
            if view == View::Synchronized { self.synchronized.as_ref() } else { self.image() };
        Layers::new(base, [uc, es, ua])
    }

    /// Returns whether a delta synchronization must visit the object (SE-134); disconnectors that
    /// nothing changed for are left to [`Flags::JOIN_RETRY`] (D2).
    pub fn wants_synchronization(&self) -> bool {
        !self.is_placeholder()
            && (self.import != ImportOp::None
                || self.import_error.is_some()
                || self.flags.has(Flags::RETRY))
    }

    /// Returns whether the object waits for an import to confirm what was exported.
    pub fn awaits_confirmation(&self) -> bool {
        self.flags.has(Flags(Flags::REBUILD_IN_PROGRESS.0 | Flags::DELETE_EXPORTED.0))
            || !self.unconfirmed.is_empty()
    }

    /// Returns whether the object is a disconnector that rules may join or project.
    pub const fn is_free(&self) -> bool {
        self.mv == 0 && !self.is_placeholder() && matches!(self.state, State::Normal)
    }
}

/// Returns an object.
pub fn get(tables: &dyn Tables, id: u64) -> StoreResult<Option<CsObject>> {
    rows::get(tables, id)
}

/// Returns the first fields of an object.
pub fn head(tables: &dyn Tables, id: u64) -> StoreResult<Option<CsHead>> {
    let key = rows::key(id);
    tables
        .get(Table::CsObject, &key)?
        .map(|bytes| rows::decode(Table::CsObject, &key, &bytes))
        .transpose()
}

/// Spreads the numbers of objects over the identifiers that
/// cmdlets show. An odd factor has an inverse, so the number is read back from the identifier.
const SPREAD: u64 = 0x9E37_79B9_7F4A_7C15;
/// The inverse of [`SPREAD`] modulo 2^64.
const GATHER: u64 = 0xF1DE_83E1_9937_733D;

/// Returns the identifier of an object in cmdlets and files (`ObjectId`).
pub fn guid(id: u64) -> Guid {
    identifier(*b"cs", id)
}

/// Returns the number of the object with this identifier; whether it exists is not looked up.
pub fn number(guid: Guid) -> Option<u64> {
    from_identifier(*b"cs", guid)
}

pub(crate) fn identifier(kind: [u8; 2], id: u64) -> Guid {
    let mixed = id.wrapping_mul(SPREAD);
    let mut bytes = [0; 16];
    let (left, right) = bytes.split_at_mut(8);
    left.copy_from_slice(&mixed.to_be_bytes());
    right.copy_from_slice(&[0xA0, kind[0], kind[1], 0xD1, 0x25, 0x1E, 0x5E, 0x0C]);
    Guid::from_bytes(bytes)
}

pub(crate) fn from_identifier(kind: [u8; 2], guid: Guid) -> Option<u64> {
    let (left, right) = guid.as_bytes().split_first_chunk::<8>()?;
    (right.get(1..3)? == kind && right.first() == Some(&0xA0) && right.get(3) == Some(&0xD1))
        .then(|| u64::from_be_bytes(*left).wrapping_mul(GATHER))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn identifiers_lead_back_to_their_numbers() {
        for id in [1, 7, (3 << 40) + 5, u64::MAX] {
            assert_eq!(number(guid(id)), Some(id));
        }
        assert_eq!(number(Guid::NIL), None);
        assert_eq!(connector_of((3 << 40) + 5), 3);
    }

    #[test]
    fn the_head_is_a_prefix_of_the_row() {
        let mut tables = dirsim_store::MemoryTables::new();
        let mut object =
            CsObject::new(CsName::Flat("A1".into()), dirsim_model::schema::class::USER);
        object.mv = 300;
        object.flags.insert(Flags::GOVERNED);
        rows::put(&mut tables, 9, &object).unwrap();
        let head = head(&tables, 9).unwrap().unwrap();
        assert_eq!((head.mv, head.flags, head.name), (300, object.flags, object.name));
    }

    #[test]
    fn a_long_list_of_touched_links_overflows() {
        let mut touched = Touched::default();
        for to in 0..=256 {
            touched.insert(AttributeId(1), to);
        }
        assert!(touched.overflow && touched.links.is_empty());
    }

    /// SE-375.
    #[test]
    fn a_retry_keeps_the_first_time() {
        let record = |at| ErrorRecord {
            error_type: String::new(),
            step: String::new(),
            code: String::new(),
            text: String::new(),
            rule: None,
            attribute: None,
            other: 0,
            first: Timestamp(at),
            last: Timestamp(at),
            retries: 0,
        };
        let second = record(20).after(Some(&record(10)));
        assert_eq!((second.first, second.last, second.retries), (Timestamp(10), Timestamp(20), 1));
    }
}
