//! Domain controllers: which there are, how far each is behind, and what has not reached the first
//! one yet (SE-036, SE-073).
//!
//! The tables hold what the first controller of a domain knows: the connector reads it while it
//! answers. A write on another controller waits until replication brings it; a controller that is
//! behind does not know the youngest changes.

use std::collections::BTreeMap;

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::{Dice, Guid, Schema, Timestamp, Value};
use dirsim_store::{Overlay, StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::{Domain, ForestEdit, ForestObject, ForestRefusal, NewObject, class, edit, lookup};

/// Name of the meta record that holds the controllers of domains that have more than one.
const CONTROLLERS: &str = "forest-controllers";
/// Name of the meta record that holds what replication has still to bring.
const WAITING: &str = "forest-replication";
/// The controller of a domain that names none.
const ONLY: &str = "DC01";

/// One domain controller.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Controller {
    /// Its name, `DC01`.
    pub name: String,
    /// How long a change needs between it and the others, in milliseconds (SE-036).
    pub delay_ms: i64,
}

impl Controller {
    /// Returns its DNS name.
    pub fn host(&self, domain: &Domain) -> String {
        format!("{}.{}", self.name, domain.fqdn)
    }

    /// Returns whether a text names it, by its name or its DNS name.
    pub fn is_named(&self, domain: &Domain, text: &str) -> bool {
        self.name.eq_ignore_ascii_case(text) || self.host(domain).eq_ignore_ascii_case(text)
    }
}

/// A write that replication has still to bring.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Waiting {
    due: Timestamp,
    edit: ForestEdit,
    dice: Dice,
}

/// Returns the controllers of a domain, the one that connectors prefer first.
pub fn controllers(
    tables: &dyn Tables,
    number: u64,
    _domain: &Domain,
) -> StoreResult<Vec<Controller>> {
    let all: BTreeMap<u64, Vec<Controller>> = rows::meta(tables, CONTROLLERS)?.unwrap_or_default();
    Ok(all
        .get(&number)
        .filter(|known| !known.is_empty())
        .cloned()
        .unwrap_or_else(|| vec![Controller { name: ONLY.to_owned(), delay_ms: 0 }]))
}

/// Sets the controllers of a domain.
pub fn set_controllers(
    tables: &mut dyn Tables,
    number: u64,
    controllers: Vec<Controller>,
) -> StoreResult<()> {
    let mut all: BTreeMap<u64, Vec<Controller>> =
        rows::meta(tables, CONTROLLERS)?.unwrap_or_default();
    all.insert(number, controllers);
    rows::put_meta(tables, CONTROLLERS, &all)
}

/// Returns the controller that a text names, with its domain.
pub fn find_controller(
    tables: &dyn Tables,
    text: &str,
) -> StoreResult<Option<(u64, Domain, Controller)>> {
    for (number, domain) in lookup::domains(tables)? {
        for controller in controllers(tables, number, &domain)? {
            if controller.is_named(&domain, text) {
                return Ok(Some((number, domain, controller)));
            }
        }
    }
    Ok(None)
}

/// Does an edit on a controller; returns the anchor of the object it was about.
///
/// On one that is behind, the edit is checked there at once and waits for replication (SE-036).
pub fn edit_on(
    tables: &mut dyn Tables,
    schema: &Schema,
    controller: &Controller,
    what: &ForestEdit,
    dice: &mut Dice,
    now: Timestamp,
) -> StoreResult<Result<Guid, ForestRefusal>> {
    if controller.delay_ms == 0 {
        return Ok(match edit(tables, schema, what, dice, now)? {
            Ok(id) => Ok(anchor(tables, id)?),
            Err(refusal) => Err(refusal),
        });
    }
    let drawn = dice.clone();
    let mut waiting: Vec<Waiting> = rows::meta(tables, WAITING)?.unwrap_or_default();
    let guid = {
        // What waits already is known on that controller.
        let mut there = Overlay::new(&*tables);
        for earlier in &waiting {
            let mut dice = earlier.dice.clone();
            if edit(&mut there, schema, &earlier.edit, &mut dice, now)?.is_err() {
                // It lost a conflict; replication will tell.
            }
        }
        match edit(&mut there, schema, what, dice, now)? {
            Ok(id) => anchor(&there, id)?,
            Err(refusal) => return Ok(Err(refusal)),
        }
    };
    waiting.push(Waiting { due: now + controller.delay_ms, edit: what.clone(), dice: drawn });
    waiting.sort_by_key(|waiting| waiting.due);
    rows::put_meta(tables, WAITING, &waiting)?;
    Ok(Ok(guid))
}

fn anchor(tables: &dyn Tables, id: u64) -> StoreResult<Guid> {
    Ok(rows::get::<ForestObject>(tables, id)?.map_or(Guid::NIL, |object| object.guid))
}

/// Brings the writes that are due to the first controller; returns how many there were.
///
/// A new object whose name was given away in the meantime loses and gets a name of its own
/// (SE-043); any other write that does not fit any more is dropped.
pub fn replicate(tables: &mut dyn Tables, schema: &Schema, until: Timestamp) -> StoreResult<usize> {
    let Some(waiting) = rows::meta::<Vec<Waiting>>(tables, WAITING)? else { return Ok(0) };
    let (due, later): (Vec<Waiting>, Vec<Waiting>) =
        waiting.into_iter().partition(|waiting| waiting.due <= until);
    if due.is_empty() {
        return Ok(0);
    }
    for mut arrived in due.iter().cloned() {
        let refused =
            edit(tables, schema, &arrived.edit, &mut arrived.dice.clone(), arrived.due)?.is_err();
        if let ForestEdit::Create(new) = &arrived.edit
            && refused
            && let Some(loser) = conflict_name(new, &mut arrived.dice)
        {
            let create = ForestEdit::Create(Box::new(loser));
            // The loser may still clash in something else; the directory drops it then.
            let _ = edit(tables, schema, &create, &mut arrived.dice, arrived.due)?;
        }
    }
    rows::put_meta(tables, WAITING, &later)?;
    Ok(due.len())
}

/// Returns when the next write arrives.
pub fn next_arrival(tables: &dyn Tables) -> StoreResult<Option<Timestamp>> {
    let waiting: Option<Vec<Waiting>> = rows::meta(tables, WAITING)?;
    Ok(waiting.and_then(|waiting| waiting.first().map(|first| first.due)))
}

/// Makes the object that lost against `winner` when two controllers gave one name (SE-043).
pub fn make_conflict(
    tables: &mut dyn Tables,
    schema: &Schema,
    winner: Guid,
    dice: &mut Dice,
    now: Timestamp,
) -> StoreResult<Result<Guid, ForestRefusal>> {
    let Some(id) = lookup::by_guid(tables, winner)? else {
        return Ok(Err(crate::refusal::not_found(winner, "")));
    };
    let object: ForestObject = rows::expect(tables, id)?;
    let twin = NewObject {
        dn: lookup::dn(tables, id)?,
        class: object.class,
        guid: None,
        sid: None,
        attributes: object
            .entry
            .iter()
            .filter(|(attribute, _)| *attribute == well_known::DISPLAY_NAME)
            .map(|(attribute, values)| (attribute, values.to_vec()))
            .collect(),
        references: Vec::new(),
    };
    let Some(loser) = conflict_name(&twin, dice) else {
        return Ok(Err(crate::refusal::not_found(winner, "")));
    };
    let guid = loser.guid.unwrap_or(Guid::NIL);
    Ok(edit(tables, schema, &ForestEdit::Create(Box::new(loser)), dice, now)?.map(|_| guid))
}

/// Returns an object under the name that the loser of a conflict gets: `<name>\0ACNF:<objectGUID>`,
/// with an account name that says so and without a principal name.
fn conflict_name(new: &NewObject, dice: &mut Dice) -> Option<NewObject> {
    let guid = new.guid.unwrap_or_else(|| dice.guid());
    let rdn = new.dn.rdn()?;
    let name = Rdn::new(rdn.attribute.clone(), format!("{}\nCNF:{guid}", rdn.value));
    let mut attributes: Vec<_> = new
        .attributes
        .iter()
        .filter(|(attribute, _)| {
            *attribute != well_known::USER_PRINCIPAL_NAME
                && *attribute != well_known::SAM_ACCOUNT_NAME
        })
        .cloned()
        .collect();
    if class::is_principal(new.class) {
        let tail: String = guid.to_string().chars().take(8).collect();
        attributes
            .push((well_known::SAM_ACCOUNT_NAME, vec![Value::text(format!("DUPLICATE-{tail}"))]));
    }
    Some(NewObject {
        dn: new.dn.parent()?.child(name),
        guid: Some(guid),
        attributes,
        ..new.clone()
    })
}

/// Sets the counter of a domain's identifiers back, as a controller restored from a backup does;
/// the next accounts get identifiers that others have (SE-039).
pub fn roll_back_identifiers(tables: &mut dyn Tables, number: u64, count: u32) -> StoreResult<()> {
    let mut domain: Domain = rows::expect(tables, number)?;
    domain.next_rid = domain.next_rid.saturating_sub(count);
    rows::put(tables, number, &domain)
}
