//! Walking a subtree, as the search cmdlets do. Filters are the caller's.

use dirsim_model::Dn;
use dirsim_store::{StoreResult, Tables, rows};

use crate::object::ObjectHead;
use crate::{Domain, ForestObject, lookup};

/// How deep a search goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// The base object alone.
    Base,
    /// The objects directly below the base.
    OneLevel,
    /// The base and everything below it.
    Subtree,
}

/// Returns the numbers of the objects in a scope, in ascending order; `None` when there is no base.
///
/// With `include_deleted`, deleted objects whose container is in the scope are found, too: all of
/// a domain when the base is its root, and CN=Deleted Objects itself.
pub fn numbers(
    tables: &dyn Tables,
    base: &Dn,
    scope: Scope,
    include_deleted: bool,
) -> StoreResult<Option<Vec<u64>>> {
    let Some(base) = lookup::by_dn(tables, base)? else { return Ok(None) };
    let domain: Domain = rows::expect(tables, rows::expect::<ObjectHead>(tables, base)?.domain)?;
    let mut found = Vec::new();
    let mut level = vec![base];
    if scope != Scope::OneLevel {
        found.push(base);
    }
    while scope != Scope::Base && !level.is_empty() {
        let mut next = Vec::new();
        for at in level {
            if include_deleted || at != domain.deleted_objects {
                next.extend(lookup::children(tables, at)?);
            }
        }
        if !include_deleted {
            next.retain(|id| *id != domain.deleted_objects);
        }
        found.extend_from_slice(&next);
        level = if scope == Scope::Subtree { next } else { Vec::new() };
    }
    if !include_deleted {
        let is_hidden = |id: u64| -> StoreResult<bool> {
            let deleted = rows::expect::<ObjectHead>(tables, id)?.deleted.is_some();
            Ok(deleted || id == domain.deleted_objects)
        };
        // Only the base can be hidden: nothing below CN=Deleted Objects was entered.
        if found.contains(&base) && is_hidden(base)? {
            found.retain(|id| *id != base);
        }
    }
    found.sort_unstable();
    Ok(Some(found))
}

/// Returns up to `limit` objects of a scope with numbers above `after`, in the order of their
/// numbers; `None` when there is no base.
///
/// A subtree other than a whole domain is walked anew for every piece: a caller that reads a large
/// one in pieces asks for its [`numbers`] once.
pub fn subtree(
    tables: &dyn Tables,
    base: &Dn,
    scope: Scope,
    include_deleted: bool,
    after: Option<u64>,
    limit: usize,
) -> StoreResult<Option<Vec<(u64, ForestObject)>>> {
    if scope == Scope::Subtree
        && let Some((domain_id, domain)) = lookup::domain_of(tables, base)?
        && domain.naming_context().depth() == base.depth()
    {
        return whole_domain(tables, domain_id, &domain, include_deleted, after, limit).map(Some);
    }
    let Some(numbers) = numbers(tables, base, scope, include_deleted)? else { return Ok(None) };
    let start = after.map_or(0, |after| numbers.partition_point(|id| *id <= after));
    let mut found = Vec::new();
    for id in numbers.into_iter().skip(start).take(limit) {
        found.push((id, rows::expect(tables, id)?));
    }
    Ok(Some(found))
}

/// Reads a domain by the numbers of its objects, without walking its tree.
fn whole_domain(
    tables: &dyn Tables,
    domain_id: u64,
    domain: &Domain,
    include_deleted: bool,
    after: Option<u64>,
    limit: usize,
) -> StoreResult<Vec<(u64, ForestObject)>> {
    const PIECE: usize = 512;
    let (mut found, mut after) = (Vec::new(), after);
    while found.len() < limit {
        let piece = rows::after::<ForestObject>(tables, after, PIECE)?;
        let Some((last, _)) = piece.last() else { break };
        after = Some(*last);
        found.extend(
            piece
                .into_iter()
                .filter(|(id, object)| {
                    let is_hidden = object.deleted.is_some() || *id == domain.deleted_objects;
                    object.domain == domain_id && (include_deleted || !is_hidden)
                })
                .take(limit - found.len()),
        );
    }
    Ok(found)
}
