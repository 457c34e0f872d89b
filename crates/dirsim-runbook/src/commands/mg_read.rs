//! What the reading cmdlets of Microsoft Graph have in common (`interfaces.md` 5.3, 6.2).

use dirsim_tenant::TenantType;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::object::{self, Names};
use crate::graph::query::{self, Query, Source};
use crate::graph::{self, Found};
use crate::live::Live;
use crate::session::Session;
use crate::value::Object;

/// Shows the object that the parameter `identity` names, or those that a query finds.
pub(super) fn get(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: TenantType,
    identity: &str,
) -> Result<Vec<Object>, CommandError> {
    let query = Query::of_parameters(session, bound, Some(kind))?;
    let found = match bound.text(identity) {
        Some(text) => vec![graph::find(session, bound, Some(kind), text)?],
        None => page(session, bound, &query, Source::Active(kind))?,
    };
    let wanted = query.selected();
    found
        .iter()
        .map(|found| {
            let shown = object::show(session, &found.object, &wanted);
            query.expand(session, bound, found, shown, Names::Module)
        })
        .collect()
}

/// Runs a query of a cmdlet; a page that leaves objects out is said so.
pub(super) fn page(
    session: &mut Session<'_>,
    bound: &Bound,
    query: &Query,
    source: Source<'_>,
) -> Result<Vec<Found>, CommandError> {
    let answer = query.run(session, source)?;
    if let Some(name) = bound.text("CountVariable") {
        session.state.set_local(&name.to_lowercase(), Live::count(answer.count));
    }
    if answer.next.is_some() && !bound.has("Top") {
        session.warn(format!(
            "{} returned the first page of {} objects only; -All asks for the others",
            bound.command.name,
            answer.found.len()
        ));
    }
    Ok(answer.found)
}

/// Shows the objects that the object named by the parameter `identity` is related to.
pub(super) fn related(
    session: &mut Session<'_>,
    bound: &Bound,
    (kind, identity): (TenantType, &str),
    relation: &str,
) -> Result<Vec<Object>, CommandError> {
    let holder = graph::find(session, bound, Some(kind), bound.required(identity))?;
    let query = Query::of_parameters(session, bound, None)?;
    let numbers = query::related(session, &holder, relation)?.unwrap_or_default();
    let found = page(session, bound, &query, Source::Numbers(&numbers))?;
    Ok(found.iter().map(|found| object::wrapped(session, &found.object)).collect())
}
