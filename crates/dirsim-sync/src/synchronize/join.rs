//! Joins: by which values an object finds its partner, in both directions (SE-144, SR-050 to
//! SR-056).

use dirsim_model::{AttributeId, ClassId, Guid, Value, Values};
use dirsim_rules::JoinGroup;
use dirsim_rules::join::value_key;
use dirsim_store::StoreResult;
use serde::{Deserialize, Serialize};

use crate::cs::{Anchor, ImportOp};
use crate::index;
use crate::unit::Unit;

/// What one group of criteria found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupResult {
    /// The compared attributes: connector space, metaverse, and whether case counts.
    pub criteria: Vec<(AttributeId, AttributeId, bool)>,
    /// The objects that meet all criteria; one makes the join, none or several leave it to the next
    /// group (SR-051).
    pub candidates: Vec<u64>,
}

impl GroupResult {
    fn of(group: &JoinGroup, candidates: Vec<u64>) -> Self {
        Self {
            criteria: group
                .criteria
                .iter()
                .map(|c| (c.cs_attribute, c.mv_attribute, c.case_sensitive))
                .collect(),
            candidates,
        }
    }

    /// Returns the one candidate that this group joins to.
    pub fn winner(&self) -> Option<u64> {
        match &*self.candidates {
            [only] => Some(*only),
            _ => None,
        }
    }
}

/// Searches the metaverse for the partner of a connector space object, whose join values are given
/// by `value`. Stops at the first group that decides.
pub(crate) fn search_metaverse(
    unit: &mut Unit<'_>,
    class: Option<ClassId>,
    groups: &[JoinGroup],
    value: &dyn Fn(AttributeId) -> Vec<Value>,
) -> StoreResult<Vec<GroupResult>> {
    let mut results = Vec::new();
    for group in groups {
        let Some(first) = group.criteria.first() else { continue };
        let mut found = Vec::new();
        for value in &value(first.cs_attribute) {
            let key = value_key(value.as_ref(), false);
            for id in index::mv_by_value(unit.tables, first.mv_attribute, &key)? {
                if !found.contains(&id) {
                    found.push(id);
                }
            }
        }
        let mut candidates = Vec::new();
        for id in found {
            let Some(object) = unit.mv(id)? else { continue };
            let book = &unit.context.book;
            let meets = class.is_none_or(|class| object.class == class)
                && group.criteria.iter().all(|criterion| {
                    let theirs = object.get(book, criterion.mv_attribute);
                    let mine = value(criterion.cs_attribute);
                    shares(Values::Slice(&mine), theirs.values(), criterion.case_sensitive)
                });
            if meets {
                candidates.push(id);
            }
        }
        candidates.sort_unstable();
        let result = GroupResult::of(group, candidates);
        let decided = result.winner().is_some();
        results.push(result);
        if decided {
            break;
        }
    }
    Ok(results)
}

/// Searches the free objects of a connector for the partner of a metaverse object (SR-056).
pub(crate) fn search_connector_space(
    unit: &mut Unit<'_>,
    connector: u32,
    class: ClassId,
    groups: &[JoinGroup],
    mv: u64,
) -> StoreResult<Vec<GroupResult>> {
    let mut results = Vec::new();
    let Some(person) = unit.mv(mv)? else { return Ok(results) };
    let is_forest = unit.context.connector(connector).is_some_and(crate::Connector::is_forest);
    for group in groups {
        let Some(first) = group.criteria.first() else { continue };
        let mut found = Vec::new();
        for value in person.get(&unit.context.book, first.mv_attribute).values() {
            let key = value_key(value, false);
            let anchor = key.get(1..).and_then(Guid::from_slice);
            let ids = match anchor {
                Some(guid) if is_forest && index::is_anchor_attribute(first.cs_attribute) => {
                    index::by_anchor(unit.tables, connector, &Anchor::Object(guid))?
                }
                _ => index::by_value(unit.tables, connector, first.cs_attribute, &key)?,
            };
            found.extend(ids);
        }
        found.sort_unstable();
        found.dedup();
        let mut candidates = Vec::new();
        for id in found {
            let Some(object) = unit.cs(id)? else { continue };
            let Some(image) = object.image() else { continue };
            let book = &unit.context.book;
            let meets = object.is_free()
                && object.class == class
                && object.import != ImportOp::Delete
                && group.criteria.iter().all(|criterion| {
                    let theirs = person.get(book, criterion.mv_attribute);
                    let mine = image.get(criterion.cs_attribute);
                    shares(mine, theirs.values(), criterion.case_sensitive)
                });
            if meets {
                candidates.push(id);
            }
        }
        let result = GroupResult::of(group, candidates);
        let decided = result.winner().is_some();
        results.push(result);
        if decided {
            break;
        }
    }
    Ok(results)
}

/// Returns whether two value lists have a value in common; empty never equals empty (SR-053).
fn shares(mine: Values<'_>, theirs: Values<'_>, case_sensitive: bool) -> bool {
    mine.iter().any(|a| {
        let key = value_key(a, case_sensitive);
        theirs.iter().any(|b| value_key(b, case_sensitive) == key)
    })
}
