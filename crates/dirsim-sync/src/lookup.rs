//! Finding staged and metaverse objects, for surfaces and for the engine itself.

use dirsim_model::anchor::{connector_space_name, from_connector_space_name};
use dirsim_model::{AttributeId, Dn, Guid, SourceAnchor, ValueRef};
use dirsim_rules::join::value_key;
use dirsim_store::{StoreResult, Table, Tables, rows};
use dirsim_tenant::{AnswerHistory, CloudAnchor};

use crate::connector;
use crate::cs::{self, Anchor, CsHead, CsName, CsObject, Flags, range_of};
use crate::index;
use crate::mv::MvObject;
use crate::rule_book::RuleBook;

pub use crate::index::{Pending, children, pending, pending_mv};

/// Returns the object of a connector with this anchor, placeholders included.
pub fn by_anchor(tables: &dyn Tables, connector: u32, anchor: &Anchor) -> StoreResult<Option<u64>> {
    for id in index::by_anchor(tables, connector, anchor)? {
        if cs::get(tables, id)?.is_some_and(|object| object.anchor == Some(*anchor)) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Returns the objects of a connector whose flat name is this anchor text; several when one is on
/// its way out and another on its way in (SE-171).
pub fn by_flat_name(tables: &dyn Tables, connector: u32, text: &str) -> StoreResult<Vec<u64>> {
    let mut found = Vec::new();
    for id in index::by_flat_name(tables, connector, text)? {
        let is_it = |head: &CsHead| matches!(&head.name, CsName::Flat(name) if **name == *text);
        if cs::head(tables, id)?.as_ref().is_some_and(is_it) {
            found.push(id);
        }
    }
    Ok(found)
}

/// Returns the object of a connector at this name: a staged object before a placeholder.
pub fn by_dn(tables: &dyn Tables, connector: u32, dn: &Dn) -> StoreResult<Option<u64>> {
    if let Some(text) = from_connector_space_name(&dn.to_string())
        && let Some(id) = by_flat_name(tables, connector, &text)?.first()
    {
        return Ok(Some(*id));
    }
    if dn.parts().is_empty() {
        return Ok(None);
    }
    let mut parent = 0;
    for rdn in dn.parts().iter().rev() {
        let found = index::children_named(tables, connector, parent, &rdn.key())?;
        let Some(id) = preferred(tables, &found)? else { return Ok(None) };
        parent = id;
    }
    Ok(Some(parent))
}

/// Returns the first staged object of a list, or else its first placeholder.
pub(crate) fn preferred(tables: &dyn Tables, found: &[u64]) -> StoreResult<Option<u64>> {
    if let [only] = found {
        return Ok(Some(*only));
    }
    for id in found {
        if cs::head(tables, *id)?.is_some_and(|head| !head.flags.has(Flags::PLACEHOLDER)) {
            return Ok(Some(*id));
        }
    }
    Ok(found.first().copied())
}

/// Returns the name of an object as text; empty when there is none.
pub fn dn(tables: &dyn Tables, id: u64) -> StoreResult<String> {
    let mut parts = Vec::new();
    let mut at = id;
    while let Some(head) = cs::head(tables, at)? {
        match head.name {
            CsName::Flat(text) => return Ok(connector_space_name(&text)),
            CsName::Tree { parent, rdn } => {
                parts.push(rdn.to_string());
                if parent == 0 {
                    break;
                }
                at = parent;
            }
        }
    }
    Ok(parts.join(","))
}

/// Returns an object by any identity: its name, its anchor as GUID, cloud anchor or source anchor,
/// or its own identifier.
pub fn by_identity(tables: &dyn Tables, connector: u32, text: &str) -> StoreResult<Option<u64>> {
    let text = text.trim();
    if let Ok(guid) = text.parse::<Guid>() {
        if let Some(id) = by_anchor(tables, connector, &Anchor::Object(guid))? {
            return Ok(Some(id));
        }
        let own = cs::number(guid).filter(|id| cs::connector_of(*id) == connector);
        if let Some(id) = own
            && cs::head(tables, id)?.is_some()
        {
            return Ok(Some(id));
        }
    }
    if let Ok(anchor) = text.parse::<CloudAnchor>()
        && let Some(id) = by_anchor(tables, connector, &Anchor::Cloud(anchor))?
    {
        return Ok(Some(id));
    }
    if let Some(id) = by_flat_name(tables, connector, text)?.first() {
        return Ok(Some(*id));
    }
    if let Ok(decoded) = SourceAnchor::new(text).decode()
        && let Some(id) = by_anchor(tables, connector, &Anchor::Object(decoded.guid))?
    {
        return Ok(Some(id));
    }
    match text.parse::<Dn>() {
        Ok(dn) => by_dn(tables, connector, &dn),
        Err(_) => Ok(None),
    }
}

/// Returns up to `limit` objects of a connector with numbers above `after`, placeholders included.
pub fn objects(
    tables: &dyn Tables,
    connector: u32,
    after: Option<u64>,
    limit: usize,
) -> StoreResult<Vec<(u64, CsObject)>> {
    let (first, end) = range_of(connector);
    let from = after.map_or(first, |id| id.saturating_add(1));
    tables
        .scan(Table::CsObject, &rows::key(from), Some(&rows::key(end)), limit)?
        .into_iter()
        .map(|(key, bytes)| Ok((rows::id_of(&key), rows::decode(Table::CsObject, &key, &bytes)?)))
        .collect()
}

/// Returns the first fields of objects, see [`objects`].
pub fn heads(
    tables: &dyn Tables,
    connector: u32,
    after: Option<u64>,
    limit: usize,
) -> StoreResult<Vec<(u64, CsHead)>> {
    let (first, end) = range_of(connector);
    let from = after.map_or(first, |id| id.saturating_add(1));
    tables
        .scan(Table::CsObject, &rows::key(from), Some(&rows::key(end)), limit)?
        .into_iter()
        .map(|(key, bytes)| Ok((rows::id_of(&key), rows::decode(Table::CsObject, &key, &bytes)?)))
        .collect()
}

/// Returns the metaverse objects that have a value under an indexed attribute, compared without
/// case (SR-053).
pub fn mv_by_value(
    tables: &dyn Tables,
    book: &RuleBook,
    attribute: AttributeId,
    value: ValueRef<'_>,
) -> StoreResult<Vec<u64>> {
    let wanted = value_key(value, false);
    let mut found = Vec::new();
    for id in index::mv_by_value(tables, attribute, &wanted)? {
        let holds = |object: &MvObject| {
            let resolved = object.get(book, attribute);
            resolved.values().iter().any(|value| value_key(value, false) == wanted)
        };
        if crate::mv::get(tables, id)?.as_ref().is_some_and(holds) {
            found.push(id);
        }
    }
    Ok(found)
}

/// Returns what the tenant answered to an object's last exports, the newest last.
pub fn answers(tables: &dyn Tables, id: u64) -> StoreResult<AnswerHistory> {
    Ok(rows::get(tables, id)?.unwrap_or_default())
}

/// Returns the name of an object's connector.
pub fn connector_name(tables: &dyn Tables, id: u64) -> StoreResult<String> {
    Ok(connector::get(tables, cs::connector_of(id))?.map(|found| found.name).unwrap_or_default())
}
