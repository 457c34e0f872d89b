//! What the cmdlets of Microsoft Graph and `MSOnline` share: identities, properties, bodies.

pub(crate) mod body;
pub(crate) mod object;
pub(crate) mod role;

use dirsim_model::{Guid, SourceAnchor};
use dirsim_store::rows;
use dirsim_tenant::object::{State, TenantObject};
use dirsim_tenant::{TenantType, lookup};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph_filter::{self, GraphFilter};
use crate::session::{Session, tenant_refused};

/// An object of the tenant with its number.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) number: u64,
    pub(crate) object: TenantObject,
}

/// Objects read at once while all are walked.
const BATCH: usize = 1_000;

/// Builds the failure for an identity that names nothing.
pub(crate) fn not_found(bound: &Bound, identity: &str) -> CommandError {
    let message = format!(
        "Resource '{identity}' does not exist or one of its queried reference-property objects are not present."
    );
    tenant_refused(bound, identity, (404, "Request_ResourceNotFound"), "interfaces 6.3", message)
}

/// Finds the active object that a text names: an object id, or the UPN of a user.
pub(crate) fn find(
    session: &Session<'_>,
    bound: &Bound,
    kind: Option<TenantType>,
    identity: &str,
) -> Result<Found, CommandError> {
    let identity = identity.trim().trim_matches('/');
    let number = match identity.parse::<Guid>() {
        Ok(id) => lookup::by_id(session.tables(), id)?,
        // The `#` of a guest's UPN arrives percent-encoded (`interfaces.md` 5.3).
        Err(_) => lookup::by_upn(session.tables(), &identity.replace("%23", "#"))?,
    };
    let found = number.map(|number| read(session, number)).transpose()?.flatten();
    found
        .filter(|found| found.object.is_active())
        .filter(|found| kind.is_none_or(|kind| kind == found.object.kind))
        .ok_or_else(|| not_found(bound, identity))
}

/// Finds an object of the recycle bin by its id.
pub(crate) fn find_deleted(
    session: &Session<'_>,
    bound: &Bound,
    identity: &str,
) -> Result<Found, CommandError> {
    let number = match identity.trim().parse::<Guid>() {
        Ok(id) => lookup::by_id(session.tables(), id)?,
        Err(_) => None,
    };
    let found = number.map(|number| read(session, number)).transpose()?.flatten();
    found
        .filter(|found| matches!(found.object.state, State::Deleted(_)))
        .ok_or_else(|| not_found(bound, identity))
}

fn read(session: &Session<'_>, number: u64) -> Result<Option<Found>, CommandError> {
    let object = lookup::object(session.tables(), number)?;
    Ok(object.map(|object| Found { number, object }))
}

/// Returns the active objects of a kind that meet `-Filter`, at most `-Top`.
pub(crate) fn search(
    session: &Session<'_>,
    bound: &Bound,
    kind: TenantType,
) -> Result<Vec<Found>, CommandError> {
    let filter = filter(bound)?;
    let wanted = |found: &Found| {
        found.object.is_active()
            && found.object.kind == kind
            && filter.as_ref().is_none_or(|filter| {
                filter.matches(&|name| object::values(session, &found.object, name))
            })
    };
    // Graph answers the first page unless -All asks for more.
    let limit = match bound.integer("Top") {
        Some(top) => usize::try_from(top).unwrap_or(0),
        None if bound.switch("All") || bound.has("Filter") => usize::MAX,
        None => 100,
    };
    let mut found = Vec::new();
    if let Some(numbers) = filter.as_ref().map(|f| candidates(session, f)).transpose()?.flatten() {
        for number in numbers {
            found.extend(read(session, number)?.filter(&wanted));
        }
        found.truncate(limit);
        return Ok(found);
    }
    let mut last = None;
    while found.len() < limit {
        let batch = rows::after::<TenantObject>(session.tables(), last, BATCH)?;
        let Some((end, _)) = batch.last() else { break };
        last = Some(*end);
        let batch = batch.into_iter().map(|(number, object)| Found { number, object });
        found.extend(batch.filter(&wanted).take(limit - found.len()));
    }
    Ok(found)
}

/// Returns all active objects of a kind.
pub(crate) fn everyone(
    session: &Session<'_>,
    kind: TenantType,
) -> Result<Vec<Found>, CommandError> {
    let all = rows::after::<TenantObject>(session.tables(), None, usize::MAX)?;
    Ok(all
        .into_iter()
        .filter(|(_, object)| object.is_active() && object.kind == kind)
        .map(|(number, object)| Found { number, object })
        .collect())
}

/// Returns the filter of a command.
pub(crate) fn filter(bound: &Bound) -> Result<Option<GraphFilter>, CommandError> {
    let Some(text) = bound.text("Filter") else { return Ok(None) };
    graph_filter::parse(text).map(Some).map_err(|problem| {
        let message = format!("Invalid filter clause: {problem}");
        tenant_refused(
            bound,
            "Filter",
            (400, "Request_UnsupportedQuery"),
            "interfaces 6.2",
            message,
        )
    })
}

/// Returns the objects that an index finds for a condition that all results meet.
fn candidates(
    session: &Session<'_>,
    filter: &GraphFilter,
) -> Result<Option<Vec<u64>>, CommandError> {
    let Some((name, value)) = filter.required_equal() else { return Ok(None) };
    let tables = session.tables();
    Ok(match name.to_ascii_lowercase().as_str() {
        "id" => match value.parse() {
            Ok(id) => Some(lookup::by_id(tables, id)?.into_iter().collect()),
            Err(_) => None,
        },
        "userprincipalname" => Some(lookup::by_upn(tables, value)?.into_iter().collect()),
        "onpremisesimmutableid" => {
            let found = lookup::by_anchor(tables, &SourceAnchor::new(value))?;
            Some(found.into_iter().collect())
        }
        "proxyaddresses" if value.to_ascii_lowercase().starts_with("smtp:") => {
            Some(lookup::by_address(tables, value)?)
        }
        _ => None,
    })
}

/// Returns the recycle bin, restricted to a kind and to `-Filter`.
pub(crate) fn deleted(
    session: &Session<'_>,
    bound: &Bound,
    kind: Option<TenantType>,
) -> Result<Vec<Found>, CommandError> {
    let filter = filter(bound)?;
    Ok(lookup::recycle_bin(session.tables())?
        .into_iter()
        .map(|(number, object)| Found { number, object })
        .filter(|found| kind.is_none_or(|kind| kind == found.object.kind))
        .filter(|found| {
            filter.as_ref().is_none_or(|filter| {
                filter.matches(&|name| object::values(session, &found.object, name))
            })
        })
        .collect())
}

/// Returns how errors name an object.
pub(crate) fn target(found: &Found) -> String {
    found.object.upn.as_deref().map_or_else(|| found.object.id.to_string(), str::to_owned)
}

/// Says what the service does with an empty immutable id (ET-192).
pub(crate) fn warn_empty_immutable_id(session: &mut Session<'_>) {
    session.warn(
        "EMPTY-IMMUTABLEID: dirsim clears the value; the real service may ignore or refuse an empty text. Send a null: Invoke-MgGraphRequest -Method PATCH -Body @{onPremisesImmutableId=$null} (ET-192)",
    );
}
