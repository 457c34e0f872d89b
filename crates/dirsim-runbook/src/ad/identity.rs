//! What `-Identity` names (`interfaces.md` 5.1).

use dirsim_forest::lookup;
use dirsim_model::{Guid, Sid};

use super::{AdObject, Noun};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};

/// Finds the live object that a text names: DN, GUID, and for principals SID and sAMAccountName.
/// A UPN is no identity.
pub(crate) fn find(
    session: &Session<'_>,
    bound: &Bound,
    noun: Noun,
    identity: &str,
) -> Result<AdObject, CommandError> {
    let mut found = any(session, bound, noun, identity)?;
    // A computer is also known by its name without the dollar sign of the account.
    if found.is_none() && matches!(noun, Noun::Computer) && !identity.contains(['=', '$']) {
        found = any(session, bound, noun, &format!("{}$", identity.trim()))?;
    }
    let found =
        found.filter(|found| found.object.deleted.is_none() && noun.holds(found.object.class));
    found.ok_or_else(|| not_found(session, bound, noun, identity))
}

/// Finds the object that a text names, a deleted one included.
pub(crate) fn find_deleted(
    session: &Session<'_>,
    bound: &Bound,
    identity: &str,
) -> Result<AdObject, CommandError> {
    let found = any(session, bound, Noun::Object, identity)?;
    found.ok_or_else(|| not_found(session, bound, Noun::Object, identity))
}

fn any(
    session: &Session<'_>,
    bound: &Bound,
    noun: Noun,
    identity: &str,
) -> Result<Option<AdObject>, CommandError> {
    let (tables, text) = (session.tables(), identity.trim());
    let id = match (noun, super::server(session, bound)?) {
        (Noun::Object | Noun::OrganizationalUnit, _) => match text.parse::<Guid>() {
            Ok(guid) => lookup::by_guid(tables, guid)?,
            Err(_) => match text.parse() {
                Ok(dn) => lookup::by_dn(tables, &dn)?,
                Err(_) => None,
            },
        },
        (_, Some(domain)) if is_account_name(text) => lookup::by_sam(tables, domain, text)?,
        _ => lookup::by_identity(tables, text)?,
    };
    let Some(id) = id else { return Ok(None) };
    Ok(lookup::object(tables, id)?.map(|object| AdObject { id, object }))
}

fn is_account_name(text: &str) -> bool {
    text.parse::<Guid>().is_err() && text.parse::<Sid>().is_err() && !text.contains(['=', '\\'])
}

fn not_found(session: &Session<'_>, bound: &Bound, noun: Noun, identity: &str) -> CommandError {
    let under = match super::domain(session, bound) {
        Ok((_, domain)) => domain.naming_context().to_string(),
        Err(error) => return error,
    };
    let message = format!("Cannot find an object with identity: '{identity}' under: '{under}'.");
    let target = format!("{identity}:{}", noun.name());
    forest_refused(bound, &target, "ADIdentityNotFoundException", "interfaces 5.1", message)
}
