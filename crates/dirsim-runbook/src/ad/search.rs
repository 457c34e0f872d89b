//! Finding objects by condition, and following references.

use std::cell::RefCell;

use dirsim_forest::{ForestObject, lookup};
use dirsim_store::rows;

use super::{AdObject, Noun, property};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::filter::{self, Filter};
use crate::session::{Session, forest_refused};

/// Objects read at once while all are walked.
const BATCH: usize = 1_000;

/// Where a search looks.
struct Place {
    /// The domain; all domains when `None`.
    domain: Option<u64>,
    /// The container, and how far below it.
    base: Option<(u64, Scope)>,
    /// Whether deleted objects are found too.
    deleted: bool,
    /// The containers of deleted objects; shown with their content only.
    containers: Vec<u64>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Scope {
    Base,
    OneLevel,
    Subtree,
}

/// Returns the objects that `-Filter` or `-LDAPFilter` finds below `-SearchBase`; without
/// `-SearchBase` and `-Server` in every domain.
pub(crate) fn find(
    session: &Session<'_>,
    bound: &Bound,
    noun: Noun,
) -> Result<Vec<AdObject>, CommandError> {
    let parsed = match (bound.text("Filter"), bound.text("LDAPFilter")) {
        (Some(text), _) => filter::parse(text),
        (None, Some(text)) => filter::parse_ldap(text),
        (None, None) => Ok(Filter::All),
    };
    let filter = parsed.map_err(|problem| {
        let message = format!("Error parsing query: {problem}");
        forest_refused(bound, "Filter", "ADFilterParsingException", "interfaces 5.1", message)
    })?;
    let place = place(session, bound)?;
    let limit = bound
        .integer("ResultSetSize")
        .and_then(|limit| usize::try_from(limit).ok())
        .unwrap_or(usize::MAX);
    let mut found = Vec::new();
    let mut visit = |candidate: AdObject| -> Result<bool, CommandError> {
        if place.holds(session, &candidate)?
            && noun.holds(candidate.object.class)
            && holds(session, &filter, &candidate)?
        {
            found.push(candidate);
        }
        Ok(found.len() < limit)
    };
    if limit == 0 {
        return Ok(Vec::new());
    }
    if let Some(candidates) = candidates(session, &filter, place.deleted)? {
        for id in candidates {
            if let Some(object) = lookup::object(session.tables(), id)?
                && !visit(AdObject { id, object })?
            {
                break;
            }
        }
        return Ok(found);
    }
    match place.base {
        Some((base, scope)) if !place.deleted => walk(session, base, scope, &mut visit)?,
        _ => everything(session, &mut visit)?,
    }
    Ok(found)
}

fn place(session: &Session<'_>, bound: &Bound) -> Result<Place, CommandError> {
    let scope = match bound.text("SearchScope") {
        Some("Base") => Scope::Base,
        Some("OneLevel") => Scope::OneLevel,
        _ => Scope::Subtree,
    };
    let base = match bound.text("SearchBase") {
        Some(text) => {
            let dn = super::dn(bound, text)?;
            let id = lookup::by_dn(session.tables(), &dn)?.ok_or_else(|| {
                let message = "Directory object not found".to_owned();
                forest_refused(
                    bound,
                    text,
                    "ADIdentityNotFoundException",
                    "interfaces 5.1",
                    message,
                )
            })?;
            Some((id, scope))
        }
        None => None,
    };
    let domain = super::server(session, bound)?;
    let domains = lookup::domains(session.tables())?;
    let containers = domains.into_iter().map(|(_, domain)| domain.deleted_objects).collect();
    Ok(Place { domain, base, deleted: bound.switch("IncludeDeletedObjects"), containers })
}

impl Place {
    fn holds(&self, session: &Session<'_>, found: &AdObject) -> Result<bool, CommandError> {
        let hidden = found.object.deleted.is_some() || self.containers.contains(&found.id);
        if hidden && !self.deleted {
            return Ok(false);
        }
        if self.domain.is_some_and(|domain| domain != found.object.domain) {
            return Ok(false);
        }
        let Some((base, scope)) = self.base else { return Ok(true) };
        match scope {
            Scope::Base => Ok(found.id == base),
            Scope::OneLevel => Ok(found.object.parent == base),
            Scope::Subtree => {
                let mut at = found.id;
                while at != base {
                    match lookup::head(session.tables(), at)? {
                        Some(head) if head.parent != 0 => at = head.parent,
                        _ => return Ok(false),
                    }
                }
                Ok(true)
            }
        }
    }
}

fn holds(session: &Session<'_>, filter: &Filter, found: &AdObject) -> Result<bool, CommandError> {
    let problem = RefCell::new(None);
    let holds = filter.matches(&|name| {
        property::filter_values(session, found, name).unwrap_or_else(|error| {
            problem.borrow_mut().get_or_insert(error);
            Vec::new()
        })
    });
    problem.into_inner().map_or(Ok(holds), Err)
}

/// Returns the objects that an index finds for a condition that all results meet; `None` when no
/// index helps.
fn candidates(
    session: &Session<'_>,
    filter: &Filter,
    deleted: bool,
) -> Result<Option<Vec<u64>>, CommandError> {
    let Some((name, value)) = filter.required_equal() else { return Ok(None) };
    let tables = session.tables();
    let found = match property::ldap_name(name).to_ascii_lowercase().as_str() {
        "objectguid" => match value.parse() {
            Ok(guid) => lookup::by_guid(tables, guid)?.into_iter().collect(),
            Err(_) => return Ok(None),
        },
        "distinguishedname" if !deleted => match value.parse() {
            Ok(dn) => lookup::by_dn(tables, &dn)?.into_iter().collect(),
            Err(_) => return Ok(None),
        },
        // The indexes below hold live objects only.
        "samaccountname" if !deleted => {
            let mut found = Vec::new();
            for (domain, _) in lookup::domains(tables)? {
                found.extend(lookup::by_sam(tables, domain, value)?);
            }
            found
        }
        "mail" if !deleted => lookup::by_address(tables, value)?,
        "proxyaddresses" if !deleted && value.contains(':') => lookup::by_address(tables, value)?,
        _ => return Ok(None),
    };
    Ok(Some(found))
}

/// Walks over a container and what lies below it, parents first.
fn walk(
    session: &Session<'_>,
    base: u64,
    scope: Scope,
    visit: &mut dyn FnMut(AdObject) -> Result<bool, CommandError>,
) -> Result<(), CommandError> {
    let tables = session.tables();
    let mut open = match scope {
        Scope::OneLevel => lookup::children(tables, base)?,
        Scope::Base | Scope::Subtree => vec![base],
    };
    open.reverse();
    while let Some(id) = open.pop() {
        let Some(object) = lookup::object(tables, id)? else { continue };
        if !visit(AdObject { id, object })? {
            return Ok(());
        }
        if scope == Scope::Subtree {
            open.extend(lookup::children(tables, id)?.into_iter().rev());
        }
    }
    Ok(())
}

/// Walks over all objects in the order of their numbers.
fn everything(
    session: &Session<'_>,
    visit: &mut dyn FnMut(AdObject) -> Result<bool, CommandError>,
) -> Result<(), CommandError> {
    let mut last = None;
    loop {
        let batch = rows::after::<ForestObject>(session.tables(), last, BATCH)?;
        let Some((end, _)) = batch.last() else { return Ok(()) };
        last = Some(*end);
        for (id, object) in batch {
            if !visit(AdObject { id, object })? {
                return Ok(());
            }
        }
    }
}
