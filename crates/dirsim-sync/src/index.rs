//! Where connector space and metaverse objects are found by something else than their numbers.
//!
//! Every change of a row goes through [`Unit`](crate::unit::Unit), which compares the index entries
//! of the row before and after and writes the difference.

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Values};
use dirsim_rules::join::value_key;
use dirsim_store::tables::{prefix_end, scan_prefix};
use dirsim_store::{Index, StoreResult, Table, Tables, rows};

use crate::cs::{Anchor, CsName, CsObject, ExportOp, Flags, range_of};

/// Connector space objects by anchor.
const BY_ANCHOR: Index = Index::new(Table::CsByKey, 1);
/// Connector space objects of a flat space by name.
const BY_NAME: Index = Index::new(Table::CsByKey, 2);
/// Free connector space objects by the values of join attributes (SR-056, D2).
const BY_VALUE: Index = Index::new(Table::CsByKey, 3);

/// Why an object stands in [`Table::CsPending`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum Pending {
    /// A delta synchronization must visit it (SE-134).
    Synchronization = 1,
    /// An export must send it (SE-206).
    Export = 2,
    /// An import must confirm it (SE-126).
    Confirmation = 3,
    /// Its last synchronization failed.
    ImportError = 4,
    /// Its last export failed.
    ExportError = 5,
    /// Its name was taken (SE-022).
    Transient = 6,
    /// It left the scope of the rule that governs it and stays linked for a while (SR-066).
    Expiring = 7,
}

impl Pending {
    /// All kinds.
    pub const ALL: [Self; 7] = [
        Self::Synchronization,
        Self::Export,
        Self::Confirmation,
        Self::ImportError,
        Self::ExportError,
        Self::Transient,
        Self::Expiring,
    ];

    /// Returns whether an object stands under this kind.
    pub(crate) fn applies(self, object: &CsObject) -> bool {
        match self {
            Self::Synchronization => object.wants_synchronization(),
            Self::Export => object.export != ExportOp::None,
            Self::Confirmation => object.awaits_confirmation(),
            Self::ImportError => object.import_error.is_some(),
            Self::ExportError => object.export_error.is_some(),
            Self::Transient => object.flags.has(Flags::TRANSIENT),
            Self::Expiring => object.expires().is_some(),
        }
    }

    /// Returns the kinds that an object stands under, as bits.
    fn bits(object: &CsObject) -> u8 {
        Self::ALL
            .iter()
            .filter(|kind| kind.applies(object))
            .fold(0, |bits, kind| bits | 1 << (*kind as u8))
    }
}

/// The index entries of a connector space row, its name apart.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct CsEntries {
    anchor: Option<Anchor>,
    pending: u8,
    values: Vec<(AttributeId, Vec<u8>)>,
}

impl CsEntries {
    /// Returns the entries of a row; `join_attributes` are those by which free objects of the
    /// connector may be found.
    pub(crate) fn of(object: &CsObject, join_attributes: &[AttributeId]) -> Self {
        let mut values = Vec::new();
        if object.is_free()
            && let Some(image) = object.image()
        {
            for attribute in join_attributes {
                for value in image.get(*attribute) {
                    values.push((*attribute, value_key(value, false)));
                }
            }
        }
        Self { anchor: object.anchor, pending: Pending::bits(object), values }
    }

    /// Returns whether the join values are found in the index.
    pub(crate) fn are_written(
        &self,
        tables: &dyn Tables,
        connector: u32,
        id: u64,
    ) -> StoreResult<bool> {
        for (attribute, key) in &self.values {
            if !by_value(tables, connector, *attribute, key)?.contains(&id) {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Writes the difference between the entries before and after.
    pub(crate) fn write(
        before: &Self,
        after: &Self,
        tables: &mut dyn Tables,
        connector: u32,
        id: u64,
    ) -> StoreResult<()> {
        if before.anchor != after.anchor {
            if let Some(anchor) = &before.anchor {
                BY_ANCHOR.remove(tables, &keyed(connector, &anchor.key()), id)?;
            }
            if let Some(anchor) = &after.anchor {
                BY_ANCHOR.add(tables, &keyed(connector, &anchor.key()), id)?;
            }
        }
        if before.pending != after.pending {
            for kind in Pending::ALL {
                let bit = 1 << (kind as u8);
                match (before.pending & bit != 0, after.pending & bit != 0) {
                    (false, true) => {
                        let key = pending_key(connector, kind, id);
                        tables.put(Table::CsPending, &key, bytes::Bytes::new())?;
                    }
                    (true, false) => {
                        tables.delete(Table::CsPending, &pending_key(connector, kind, id))?;
                    }
                    _ => {}
                }
            }
        }
        if before.values != after.values {
            for (attribute, key) in &before.values {
                if !after.values.contains(&(*attribute, key.clone())) {
                    BY_VALUE.remove(tables, &value_content(connector, *attribute, key), id)?;
                }
            }
            for (attribute, key) in &after.values {
                if !before.values.contains(&(*attribute, key.clone())) {
                    BY_VALUE.add(tables, &value_content(connector, *attribute, key), id)?;
                }
            }
        }
        Ok(())
    }
}

/// Writes the difference between the names before and after.
pub(crate) fn write_name(
    before: Option<&CsName>,
    after: Option<&CsName>,
    tables: &mut dyn Tables,
    connector: u32,
    id: u64,
) -> StoreResult<()> {
    match before {
        Some(CsName::Flat(text)) => {
            BY_NAME.remove(tables, &keyed(connector, text.as_bytes()), id)?;
        }
        Some(CsName::Tree { parent, rdn }) => {
            tables.delete(Table::CsChild, &child_key(connector, *parent, &rdn.key(), id))?;
        }
        None => {}
    }
    match after {
        Some(CsName::Flat(text)) => {
            BY_NAME.add(tables, &keyed(connector, text.as_bytes()), id)?;
        }
        Some(CsName::Tree { parent, rdn }) => {
            let key = child_key(connector, *parent, &rdn.key(), id);
            tables.put(Table::CsChild, &key, bytes::Bytes::new())?;
        }
        None => {}
    }
    Ok(())
}

fn keyed(connector: u32, content: &[u8]) -> Vec<u8> {
    let mut key = connector.to_be_bytes().to_vec();
    key.extend_from_slice(content);
    key
}

/// Returns the key under which the children of an object stand; those of the top stand under the
/// number that no object of the connector has.
fn child_prefix(connector: u32, parent: u64) -> [u8; 8] {
    rows::key(if parent == 0 { range_of(connector).0 } else { parent })
}

fn child_key(connector: u32, parent: u64, leaf: &str, id: u64) -> Vec<u8> {
    let mut key = child_prefix(connector, parent).to_vec();
    key.extend_from_slice(leaf.as_bytes());
    key.push(0);
    key.extend_from_slice(&rows::key(id));
    key
}

fn value_content(connector: u32, attribute: AttributeId, key: &[u8]) -> Vec<u8> {
    let mut content = keyed(connector, &attribute.0.to_be_bytes());
    content.extend_from_slice(key);
    content
}

fn pending_key(connector: u32, kind: Pending, id: u64) -> [u8; 13] {
    let mut key = [0; 13];
    let (left, rest) = key.split_at_mut(4);
    left.copy_from_slice(&connector.to_be_bytes());
    if let Some((first, last)) = rest.split_first_mut() {
        *first = kind as u8;
        last.copy_from_slice(&rows::key(id));
    }
    key
}

/// Returns the objects of a connector that may have this anchor.
pub(crate) fn by_anchor(
    tables: &dyn Tables,
    connector: u32,
    anchor: &Anchor,
) -> StoreResult<Vec<u64>> {
    BY_ANCHOR.candidates(tables, &keyed(connector, &anchor.key()))
}

/// Returns the objects of a flat space that may have this name.
pub(crate) fn by_flat_name(
    tables: &dyn Tables,
    connector: u32,
    text: &str,
) -> StoreResult<Vec<u64>> {
    BY_NAME.candidates(tables, &keyed(connector, text.as_bytes()))
}

/// Returns the objects below another one that have this leaf, by the key of the leaf.
pub(crate) fn children_named(
    tables: &dyn Tables,
    connector: u32,
    parent: u64,
    leaf: &str,
) -> StoreResult<Vec<u64>> {
    let mut prefix = child_prefix(connector, parent).to_vec();
    prefix.extend_from_slice(leaf.as_bytes());
    prefix.push(0);
    let found = scan_prefix(tables, Table::CsChild, &prefix)?;
    Ok(found
        .iter()
        .filter_map(|(key, _)| key.get(prefix.len()..))
        .filter(|id| id.len() == 8)
        .map(rows::id_of)
        .collect())
}

/// Returns up to `limit` objects directly below another one, sorted by their leaves.
pub fn children(
    tables: &dyn Tables,
    connector: u32,
    parent: u64,
    limit: usize,
) -> StoreResult<Vec<u64>> {
    let prefix = child_prefix(connector, parent);
    let end = prefix_end(&prefix);
    let found = tables.scan(Table::CsChild, &prefix, end.as_deref(), limit)?;
    Ok(found
        .iter()
        .filter_map(|(key, _)| key.len().checked_sub(8).and_then(|at| key.get(at..)))
        .map(rows::id_of)
        .collect())
}

/// Returns the free objects of a connector that may have this value under a join attribute.
pub(crate) fn by_value(
    tables: &dyn Tables,
    connector: u32,
    attribute: AttributeId,
    key: &[u8],
) -> StoreResult<Vec<u64>> {
    BY_VALUE.candidates(tables, &value_content(connector, attribute, key))
}

/// Returns up to `limit` pending objects of a connector with numbers above `after`, sorted.
pub fn pending(
    tables: &dyn Tables,
    connector: u32,
    kind: Pending,
    after: Option<u64>,
    limit: usize,
) -> StoreResult<Vec<u64>> {
    let from = pending_key(connector, kind, after.map_or(0, |id| id.saturating_add(1)));
    let prefix = from.get(..5).unwrap_or_default();
    let end = prefix_end(prefix);
    Ok(tables
        .scan(Table::CsPending, &from, end.as_deref(), limit)?
        .iter()
        .map(|(key, _)| rows::id_of(key.get(5..).unwrap_or_default()))
        .collect())
}

/// Metaverse objects by the value of a join attribute: the index of one attribute.
const fn mv_index(attribute: AttributeId) -> Index {
    Index::new(Table::MvByKey, attribute.0 as u64)
}

/// Returns the metaverse objects that may have this value, by its key without case.
pub(crate) fn mv_by_value(
    tables: &dyn Tables,
    attribute: AttributeId,
    key: &[u8],
) -> StoreResult<Vec<u64>> {
    mv_index(attribute).candidates(tables, key)
}

/// The index entries of a metaverse row: join attributes and value keys.
pub(crate) type MvEntries = Vec<(AttributeId, Vec<u8>)>;

/// Adds the keys of an attribute's values.
pub(crate) fn mv_entries(entries: &mut MvEntries, attribute: AttributeId, values: Values<'_>) {
    entries.extend(values.iter().map(|value| (attribute, value_key(value, false))));
}

/// Writes the difference between the entries before and after; returns those that came or went.
pub(crate) fn write_mv(
    before: &MvEntries,
    after: &MvEntries,
    tables: &mut dyn Tables,
    id: u64,
) -> StoreResult<MvEntries> {
    let mut changed = Vec::new();
    if before == after {
        return Ok(changed);
    }
    for entry in before.iter().filter(|entry| !after.contains(entry)) {
        mv_index(entry.0).remove(tables, &entry.1, id)?;
        changed.push(entry.clone());
    }
    for entry in after.iter().filter(|entry| !before.contains(entry)) {
        mv_index(entry.0).add(tables, &entry.1, id)?;
        changed.push(entry.clone());
    }
    Ok(changed)
}

/// Takes a metaverse object out of the metaverse pass.
pub(crate) fn unmark_mv(tables: &mut dyn Tables, id: u64) -> StoreResult<()> {
    tables.delete(Table::MvPending, &rows::key(id))
}

/// Returns up to `limit` metaverse objects that wait for the metaverse pass, sorted.
pub fn pending_mv(tables: &dyn Tables, limit: usize) -> StoreResult<Vec<u64>> {
    let found = tables.scan(Table::MvPending, &[], None, limit)?;
    Ok(found.iter().map(|(key, _)| rows::id_of(key)).collect())
}

/// Returns whether a metaverse object waits for the metaverse pass.
pub(crate) fn waits_mv(tables: &dyn Tables, id: u64) -> StoreResult<bool> {
    Ok(tables.get(Table::MvPending, &rows::key(id))?.is_some())
}

/// Whether an attribute is found through the anchor index of a forest connector.
pub(crate) fn is_anchor_attribute(attribute: AttributeId) -> bool {
    attribute == well_known::OBJECT_GUID
}
