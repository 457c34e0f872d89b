//! Domain controllers: which there are, how far each is behind, and what has not reached the first
//! one yet (SE-036, SE-073).
//!
//! The tables hold what the first controller of a domain knows: the connector reads it while it
//! answers. A write on another controller waits until replication brings it; a controller that is
//! behind does not know the youngest changes of the others, but it knows its own.

use std::collections::BTreeMap;

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::{Dice, Guid, Schema, Timestamp, Value};
use dirsim_store::{Changes, Overlay, StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::{
    Domain, FeedRow, ForestEdit, ForestObject, ForestRefusal, Horizon, NewObject, class, edit,
    lookup, read,
};

/// Name of the meta record that holds the controllers of domains that have more than one.
const CONTROLLERS: &str = "forest-controllers";
/// Name of the meta record that holds what replication has still to bring.
const WAITING: &str = "forest-writes-waiting";
/// Name of the meta record that holds what replication brought from controllers that are behind.
const ARRIVED: &str = "forest-writes-arrived";
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
    /// When it arrives.
    due: Timestamp,
    /// When it was made.
    made: Timestamp,
    /// The DNS name of the controller that it was made on.
    host: String,
    edit: ForestEdit,
    dice: Dice,
}

/// A write that arrived: the controller it was made on has known it all the time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
struct Arrived {
    /// Until when the controller's horizon would hide it.
    until: Timestamp,
    host: String,
    object: u64,
    usn: u64,
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
    host: &str,
    delay_ms: i64,
    what: &ForestEdit,
    dice: &mut Dice,
    now: Timestamp,
) -> StoreResult<Result<Guid, ForestRefusal>> {
    if delay_ms == 0 {
        return Ok(match edit(tables, schema, what, dice, now)? {
            Ok(id) => Ok(anchor(tables, id)?),
            Err(refusal) => Err(refusal),
        });
    }
    let mut writes = Writes::on(tables, host, delay_ms)?;
    let done = writes.edit(tables, schema, what, dice, now)?;
    writes.save(tables)?;
    Ok(done)
}

/// Writes on a controller that is behind, one after another; [`Writes::save`] hands them to
/// replication.
#[derive(Debug)]
pub struct Writes {
    host: String,
    delay_ms: i64,
    waiting: Vec<Waiting>,
    /// What the controller knows and the first one does not, once an edit asked for it.
    known: Option<Changes>,
}

impl Writes {
    /// Begins to write on a controller.
    pub fn on(tables: &dyn Tables, host: &str, delay_ms: i64) -> StoreResult<Self> {
        let waiting = rows::meta(tables, WAITING)?.unwrap_or_default();
        Ok(Self { host: host.to_owned(), delay_ms, waiting, known: None })
    }

    /// Does an edit on the controller; returns the anchor of the object it was about.
    pub fn edit(
        &mut self,
        tables: &mut dyn Tables,
        schema: &Schema,
        what: &ForestEdit,
        dice: &mut Dice,
        now: Timestamp,
    ) -> StoreResult<Result<Guid, ForestRefusal>> {
        let drawn = dice.clone();
        // What waits already is known on that controller.
        let mut there = match self.known.take() {
            Some(known) => Overlay::over(&*tables, known),
            None => replayed(tables, schema, self.waiting.iter())?,
        };
        let done = edit(&mut there, schema, what, dice, now)?;
        let made = match done {
            Ok(id) => rows::get::<ForestObject>(&there, id)?,
            Err(refusal) => {
                self.known = Some(there.into_changes());
                return Ok(Err(refusal));
            }
        };
        self.known = Some(there.into_changes());
        let mut what = what.clone();
        if let (ForestEdit::Create(new), Some(made)) = (&mut what, &made) {
            // Identifiers are given out once: nobody else gets them while the write travels
            // (SE-037, SE-038).
            new.guid = Some(made.guid);
            if class::is_principal(new.class) {
                new.sid = lookup::sid(made);
            }
            if let Some(rid) = new.sid.as_ref().and_then(dirsim_model::Sid::rid) {
                let mut domain: Domain = rows::expect(tables, made.domain)?;
                if rid >= domain.next_rid {
                    domain.next_rid = rid.saturating_add(1);
                    rows::put(tables, made.domain, &domain)?;
                }
            }
        }
        let (due, host) = (now + self.delay_ms, self.host.clone());
        self.waiting.push(Waiting { due, made: now, host, edit: what, dice: drawn });
        Ok(Ok(made.map_or(Guid::NIL, |object| object.guid)))
    }

    /// Hands the writes to replication.
    pub fn save(mut self, tables: &mut dyn Tables) -> StoreResult<()> {
        self.waiting.sort_by_key(|waiting| waiting.due);
        rows::put_meta(tables, WAITING, &self.waiting)
    }
}

/// Lays waiting writes over the tables, each as of the time it was made.
fn replayed<'a, 'w>(
    tables: &'a dyn Tables,
    schema: &Schema,
    waiting: impl Iterator<Item = &'w Waiting>,
) -> StoreResult<Overlay<'a>> {
    let mut there = Overlay::new(tables);
    for earlier in waiting {
        let mut dice = earlier.dice.clone();
        if edit(&mut there, schema, &earlier.edit, &mut dice, earlier.made)?.is_err() {
            // It lost a conflict; replication will tell.
        }
    }
    Ok(there)
}

/// Returns what was written on a controller that is behind and has not reached the first one: the
/// rows that only this controller reports. With `since`, what it had before is left out; without,
/// rows of live objects are complete (SE-066, SE-073).
pub fn own_rows(
    tables: &dyn Tables,
    schema: &Schema,
    number: u64,
    host: &str,
    since: Option<Timestamp>,
) -> StoreResult<Vec<FeedRow>> {
    let Some(mut waiting) = rows::meta::<Vec<Waiting>>(tables, WAITING)? else {
        return Ok(Vec::new());
    };
    waiting.retain(|write| write.host.eq_ignore_ascii_case(host));
    if waiting.is_empty() {
        return Ok(Vec::new());
    }
    let (known, new): (Vec<Waiting>, Vec<Waiting>) = waiting
        .into_iter()
        // A write of the same moment may have come after the import: better twice than never.
        .partition(|write| since.is_some_and(|since| write.made < since));
    let mut there = replayed(tables, schema, known.iter())?;
    let usn = read::highest_usn(&there, number)?;
    for write in &new {
        let mut dice = write.dice.clone();
        let _ = edit(&mut there, schema, &write.edit, &mut dice, write.made)?;
    }
    read::changes(&there, schema, number, usn, None)
}

/// Returns the complete row of an object as a controller that is behind knows it: with what was
/// written on it and has not reached the first one (SE-102).
pub fn own_row(
    tables: &dyn Tables,
    schema: &Schema,
    host: &str,
    guid: Guid,
) -> StoreResult<Option<FeedRow>> {
    let waiting: Vec<Waiting> = rows::meta(tables, WAITING)?.unwrap_or_default();
    let own = waiting.iter().filter(|write| write.host.eq_ignore_ascii_case(host));
    let there = replayed(tables, schema, own)?;
    match lookup::by_guid(&there, guid)? {
        Some(id) => Ok(Some(read::one(&there, schema, id)?)),
        None => Ok(None),
    }
}

/// Returns how far a controller knows its domain; `None` for one that knows everything.
pub fn horizon(
    tables: &dyn Tables,
    controller: &Controller,
    domain: &Domain,
    now: Timestamp,
) -> StoreResult<Option<Horizon>> {
    if controller.delay_ms == 0 {
        return Ok(None);
    }
    let host = controller.host(domain);
    let arrived: Vec<Arrived> = rows::meta(tables, ARRIVED)?.unwrap_or_default();
    let own = arrived
        .into_iter()
        .filter(|write| write.host.eq_ignore_ascii_case(&host))
        .map(|write| (write.object, write.usn))
        .collect();
    Ok(Some(Horizon::new(now + -controller.delay_ms, own)))
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
    let mut known: Vec<Arrived> = rows::meta(tables, ARRIVED)?.unwrap_or_default();
    known.retain(|write| write.until > until);
    for mut arrived in due.iter().cloned() {
        let home = find_controller(tables, &arrived.host)?.map(|(number, ..)| number);
        let before = home.map(|number| read::highest_usn(tables, number)).transpose()?;
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
        if let (Some(number), Some(before)) = (home, before) {
            let until = arrived.due + (arrived.due - arrived.made);
            for (object, usn) in read::written_since(tables, number, before)? {
                known.retain(|write| write.object != object);
                known.push(Arrived { until, host: arrived.host.clone(), object, usn });
            }
        }
    }
    rows::put_meta(tables, ARRIVED, &known)?;
    rows::put_meta(tables, WAITING, &later)?;
    Ok(due.len())
}

/// Returns whether a write waits that was made on another controller than the one that answers: the
/// two do not know the same.
pub fn waits_elsewhere(tables: &dyn Tables, host: &str) -> StoreResult<bool> {
    let waiting: Vec<Waiting> = rows::meta(tables, WAITING)?.unwrap_or_default();
    Ok(waiting.iter().any(|write| !write.host.eq_ignore_ascii_case(host)))
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
