//! Attributes as the directory answers them: stored, linked and computed ones.

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Schema, Side, Value};
use dirsim_store::{StoreResult, Tables, rows};

use crate::object::ObjectHead;
use crate::{Domain, ForestObject, link, lookup};

/// The attribute that stands for the two access control entries of the module's protection from
/// accidental deletion.
pub const PROTECTED: &str = "ProtectedFromAccidentalDeletion";

/// Returns whether an object is protected from accidental deletion, which denies moving it too
/// (`interfaces.md` 5.1).
pub fn is_protected(schema: &Schema, object: &ForestObject) -> bool {
    let Some(attribute) = schema.attribute(PROTECTED) else { return false };
    object.entry.get(attribute).first().and_then(dirsim_model::ValueRef::as_boolean) == Some(true)
}

/// Returns the values of an attribute of an object; none when the object is not there.
///
/// Besides stored attributes: names (`dn`, `distinguishedName`), links and back links as names
/// (SE-047; never the primary group, SE-052), times, change numbers, and what deletion adds.
pub fn attribute(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    attribute: AttributeId,
) -> StoreResult<Vec<Value>> {
    match rows::get::<ForestObject>(tables, id)? {
        Some(object) => attribute_of(tables, schema, id, &object, attribute),
        None => Ok(Vec::new()),
    }
}

/// Returns the values of an attribute of an object that has been read already.
pub fn attribute_of(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    object: &ForestObject,
    attribute: AttributeId,
) -> StoreResult<Vec<Value>> {
    let one = |value: Value| Ok(vec![value]);
    let deleted = object.deleted.as_ref();
    match attribute {
        well_known::DN => return one(name(tables, id)?),
        well_known::WHEN_CREATED => return one(Value::Time(object.created)),
        well_known::WHEN_CHANGED => return one(Value::Time(object.changed)),
        well_known::USN_CREATED => return one(number(object.usn_created)),
        well_known::USN_CHANGED => return one(number(object.usn_changed)),
        well_known::IS_DELETED => return Ok(deleted.map(|_| true.into()).into_iter().collect()),
        well_known::LAST_KNOWN_PARENT => {
            let parent = deleted.map(|deletion| name(tables, deletion.last_known_parent));
            return parent.transpose().map(|name| name.into_iter().collect());
        }
        well_known::LAST_KNOWN_RDN => {
            let rdn = deleted.map(|deletion| Value::text(deletion.last_known_rdn.value.clone()));
            return Ok(rdn.into_iter().collect());
        }
        well_known::PARENT_GUID => {
            let parent: Option<ObjectHead> = rows::get(tables, object.parent)?;
            return Ok(parent.map(|p| Value::bytes(*p.guid.as_bytes())).into_iter().collect());
        }
        _ => {}
    }
    if object.entry.has(attribute) {
        return Ok(object.entry.get(attribute).to_vec());
    }
    let spelled = schema.name(attribute);
    if spelled.eq_ignore_ascii_case("distinguishedName") {
        return one(name(tables, id)?);
    }
    if spelled.eq_ignore_ascii_case("isRecycled") {
        let domain: Domain = rows::expect(tables, object.domain)?;
        let is_recycled = domain.recycle_bin && deleted.is_some_and(|d| !d.restorable);
        return Ok(is_recycled.then(|| true.into()).into_iter().collect());
    }
    let ends = match link::forward_of(spelled) {
        Some(forward) => match schema.attribute(forward) {
            Some(forward) => holders(tables, id, forward)?,
            None => Vec::new(),
        },
        None if schema.is_reference(Side::Forest, attribute) => targets(tables, id, attribute)?,
        None => Vec::new(),
    };
    ends.into_iter().map(|end| name(tables, end)).collect()
}

/// Returns the live objects that a live object's link attribute points to, in the order of their
/// numbers; the members of a group for instance.
pub fn targets(tables: &dyn Tables, id: u64, attribute: AttributeId) -> StoreResult<Vec<u64>> {
    let held = link::held(tables, id, Some(attribute))?;
    live(tables, id, held)
}

/// Returns the live objects whose link attribute points to a live object, in the order of their
/// numbers; the groups of a member for instance.
pub fn holders(tables: &dyn Tables, id: u64, attribute: AttributeId) -> StoreResult<Vec<u64>> {
    let holders = link::holders(tables, id, Some(attribute))?;
    live(tables, id, holders)
}

/// Links of a deleted object are invisible, and so are links to one (SE-050).
fn live(tables: &dyn Tables, own: u64, ends: Vec<(AttributeId, u64)>) -> StoreResult<Vec<u64>> {
    let mut found = Vec::new();
    if link::live_end(tables, own)?.is_none() {
        return Ok(found);
    }
    for (_, end) in ends {
        if link::live_end(tables, end)?.is_some() {
            found.push(end);
        }
    }
    Ok(found)
}

fn name(tables: &dyn Tables, id: u64) -> StoreResult<Value> {
    Ok(Value::text(lookup::dn(tables, id)?.to_string()))
}

/// Change numbers stay far below the largest signed number.
fn number(usn: u64) -> Value {
    Value::Integer(i64::try_from(usn).unwrap_or(i64::MAX))
}
