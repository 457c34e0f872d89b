//! What the cmdlets of Microsoft Graph and `MSOnline` share: identities, properties, bodies.

pub(crate) mod body;
pub(crate) mod object;
pub(crate) mod query;
pub(crate) mod role;
pub(crate) mod sku;
pub(crate) mod url;

use dirsim_model::{Dice, Guid};
use dirsim_store::rows;
use dirsim_tenant::object::{State, TenantObject};
use dirsim_tenant::{TenantType, lookup};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, tenant_refused};

/// An object of the tenant with its number.
#[derive(Debug, Clone)]
pub(crate) struct Found {
    pub(crate) number: u64,
    pub(crate) object: TenantObject,
}

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

/// Returns an object by its number.
pub(crate) fn read(session: &Session<'_>, number: u64) -> Result<Option<Found>, CommandError> {
    let object = lookup::object(session.tables(), number)?;
    Ok(object.map(|object| Found { number, object }))
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

/// Returns the id of the tenant: the same for the same initial domain.
pub(crate) fn tenant_id(session: &Session<'_>) -> Result<Guid, CommandError> {
    let domain = lookup::settings(session.tables())?.initial_domain;
    let seed = domain.bytes().fold(0xCBF2_9CE4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01B3)
    });
    Ok(Dice::new(seed).guid())
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
