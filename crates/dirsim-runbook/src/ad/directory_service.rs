//! The Directory Service object of a forest's configuration, the one object there that is simulated:
//! it says how long deleted objects are kept (SE-060, SE-061).

use dirsim_forest::{Domain, ForestEdit, Lifetimes, lifetime, lookup};
use dirsim_model::{Dn, Guid};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};
use crate::value::{Object, PsValue};

/// Days until a tombstone or recycled object is removed.
const TOMBSTONE: &str = "tombstoneLifetime";
/// Days in which a deleted object can be restored.
const DELETED_OBJECT: &str = "msDS-DeletedObjectLifetime";
/// Properties shown without `-Properties`, which may be asked for all the same.
const DEFAULTS: &[&str] = &["DistinguishedName", "Name", "ObjectClass", "ObjectGUID"];

/// Returns the root domain of the forest whose settings a name means.
pub(crate) fn find(session: &Session<'_>, name: &str) -> Result<Option<Domain>, CommandError> {
    let Ok(dn) = name.trim().parse::<Dn>() else { return Ok(None) };
    let root = lookup::domains(session.tables())?
        .into_iter()
        .map(|(_, domain)| domain)
        .find(|domain| domain.fqdn == domain.forest && lifetime::settings_dn(&domain.forest) == dn);
    Ok(root)
}

/// Shows the object with the properties that are asked for.
pub(crate) fn show(
    session: &Session<'_>,
    bound: &Bound,
    root: &Domain,
    wanted: &[&str],
) -> Result<Object, CommandError> {
    let settings = lifetime::of(session.tables(), root)?;
    let forest = lookup::object(session.tables(), root.root)?.map_or(Guid::NIL, |root| root.guid);
    let mut bytes = *forest.as_bytes();
    // The object has no row of its own; its identity follows from that of the forest.
    bytes.reverse();
    let mut shown = Object::new("Microsoft.ActiveDirectory.Management.ADObject")
        .with("DistinguishedName", lifetime::settings_dn(&root.forest).to_string())
        .with("Name", "Directory Service")
        .with("ObjectClass", "nTDSService")
        .with("ObjectGUID", Guid::from_bytes(bytes));
    for name in wanted {
        let is = |known: &str| *name == "*" || name.eq_ignore_ascii_case(known);
        if is(TOMBSTONE) {
            let days = Some(settings.tombstone).filter(|days| *days > 0).map(u64::from);
            shown = shown.with(TOMBSTONE, days);
        }
        if is(DELETED_OBJECT) {
            shown = shown.with(DELETED_OBJECT, settings.deleted_object.map(u64::from));
        }
        let known = is(TOMBSTONE) || is(DELETED_OBJECT) || DEFAULTS.iter().any(|known| is(known));
        if !known {
            let message = format!("One or more properties are invalid.\nParameter name: {name}");
            let error = "ArgumentException";
            return Err(forest_refused(bound, name, error, "interfaces 5.1", message));
        }
    }
    Ok(shown)
}

/// Changes the settings as `-Remove`, `-Add`, `-Replace` and `-Clear` say.
pub(crate) fn set(
    session: &mut Session<'_>,
    bound: &Bound,
    root: &Domain,
) -> Result<(), CommandError> {
    let before = lifetime::of(session.tables(), root)?;
    let mut wanted = before;
    for parameter in ["Remove", "Add", "Replace"] {
        for (name, value) in bound.table(parameter) {
            let days = days(bound, name, value)?;
            change(bound, &mut wanted, name, Some(days).filter(|_| parameter != "Remove"))?;
        }
    }
    for name in bound.texts("Clear") {
        change(bound, &mut wanted, name, None)?;
    }
    let edit = ForestEdit::Lifetimes {
        forest: root.forest.clone(),
        deleted_object: Some(wanted.deleted_object)
            .filter(|_| wanted.deleted_object != before.deleted_object),
        tombstone: Some(wanted.tombstone).filter(|_| wanted.tombstone != before.tombstone),
    };
    if wanted != before {
        let target = lifetime::settings_dn(&root.forest).to_string();
        session.act(bound, &target, Input::Forest(edit))?;
    }
    Ok(())
}

fn change(
    bound: &Bound,
    wanted: &mut Lifetimes,
    name: &str,
    days: Option<u32>,
) -> Result<(), CommandError> {
    if name.eq_ignore_ascii_case(TOMBSTONE) {
        wanted.tombstone = days.unwrap_or(0);
    } else if name.eq_ignore_ascii_case(DELETED_OBJECT) {
        wanted.deleted_object = days;
    } else {
        let message = format!(
            "The specified directory service attribute or value does not exist\nParameter name: {name}"
        );
        let error = "ADInvalidOperationException";
        return Err(forest_refused(bound, name, error, "interfaces 5.1", message));
    }
    Ok(())
}

/// Reads a number of days.
fn days(bound: &Bound, name: &str, value: &PsValue) -> Result<u32, CommandError> {
    let text = value.to_text();
    let number: Option<i64> = text.trim().parse().ok();
    let message = match number {
        Some(number) => match u32::try_from(number) {
            Ok(days) if days > 0 => return Ok(days),
            _ => "A value for the attribute was not in the acceptable range of values".to_owned(),
        },
        None => format!(
            "The attribute syntax specified to the directory service is invalid: '{text}' for '{name}'."
        ),
    };
    Err(forest_refused(bound, name, "ADInvalidOperationException", "SE-061", message))
}
