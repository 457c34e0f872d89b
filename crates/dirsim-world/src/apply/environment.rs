//! Faults, servers and domain controllers: what is around a synchronization server.

use dirsim_forest::controller::{self, Controller};
use dirsim_forest::{ForestEdit, lookup};
use dirsim_model::{Dice, Dn, Schema, Timestamp};
use dirsim_store::{Tables, rows};
use dirsim_sync::fault::{self, Fault, Kind};
use dirsim_sync::servers::{self, FIRST};
use dirsim_sync::{ServerTables, server};

use super::{Effect, Stage};
use crate::error::WorldError;
use crate::event::{Event, Refusal};
use crate::input::{FaultEdit, ServersEdit};
use crate::passwords;
use crate::world::CLOCK;

/// How many identifiers a restored controller hands out again when nobody says (SE-039).
const ROLLED_BACK: u32 = 1;

fn refused(message: String, rule: &'static str) -> Effect {
    Effect::refused(Refusal::Server { message, rule })
}

/// Sets or clears faults (SE-337).
pub(super) fn faults(stage: &mut Stage<'_>, edit: &FaultEdit) -> Result<Effect, WorldError> {
    match edit {
        FaultEdit::Set(fault) if fault.kind == Kind::RidPoolRollback => {
            return roll_back_identifiers(stage, fault);
        }
        FaultEdit::Set(fault) if fault.kind == Kind::ConflictObject => {
            return make_conflict(stage, fault);
        }
        FaultEdit::Set(fault) => {
            fault::set(stage.tables, fault.clone())?;
        }
        FaultEdit::Clear(number) => {
            if fault::clear(stage.tables, |fault| fault.number == *number)? == 0 {
                return Ok(refused(format!("There is no fault {number}."), "SE-337"));
            }
        }
        FaultEdit::ClearKind { kind, target } => {
            fault::clear(stage.tables, |fault| {
                fault.kind == *kind && target.as_ref().is_none_or(|target| fault.hits(target))
            })?;
        }
        FaultEdit::ClearAll => {
            fault::clear(stage.tables, |_| true)?;
        }
    }
    Ok(Effect::default())
}

fn roll_back_identifiers(stage: &mut Stage<'_>, fault: &Fault) -> Result<Effect, WorldError> {
    let wanted = fault.target.as_deref();
    let domains = lookup::domains(stage.tables)?;
    let found = domains
        .iter()
        .find(|(_, domain)| wanted.is_none_or(|name| domain.fqdn.eq_ignore_ascii_case(name)));
    let Some((number, _)) = found else {
        return Ok(refused(format!("There is no domain '{}'.", wanted.unwrap_or("")), "SE-039"));
    };
    let count = fault.value.as_deref().and_then(|v| v.trim().parse().ok()).unwrap_or(ROLLED_BACK);
    controller::roll_back_identifiers(stage.tables, *number, count)?;
    Ok(Effect::default())
}

fn make_conflict(stage: &mut Stage<'_>, fault: &Fault) -> Result<Effect, WorldError> {
    let name = fault.target.clone().unwrap_or_default();
    let id = match name.parse::<Dn>() {
        Ok(dn) => lookup::by_dn(stage.tables, &dn)?,
        Err(_) => None,
    };
    let Some(id) = id else {
        return Ok(refused(format!("The directory has no object '{name}'."), "SE-043"));
    };
    let winner = rows::expect::<dirsim_forest::ForestObject>(stage.tables, id)?.guid;
    let mut dice = Dice::new(stage.seed()?);
    let now = stage.now()?;
    let made = controller::make_conflict(stage.tables, stage.schema, winner, &mut dice, now)?;
    Ok(match made {
        Ok(guid) => Effect::events(vec![Event::Touched(guid)]),
        Err(refusal) => Effect::refused(Refusal::Forest(refusal)),
    })
}

/// Installs, chooses, removes or restores whole servers (SE section 9).
pub(super) fn servers(stage: &mut Stage<'_>, edit: &ServersEdit) -> Result<Effect, WorldError> {
    let unknown = |name: &str, tables: &dyn Tables| -> Result<Effect, WorldError> {
        let known: Vec<String> = servers::all(tables)?.into_iter().map(|s| s.name).collect();
        let message = format!("There is no server '{name}'. There are: {}.", known.join(", "));
        Ok(refused(message, "SE-271"))
    };
    match edit {
        ServersEdit::Add { name, start, staging_mode } => {
            let now = stage.now()?;
            if name.trim().is_empty() {
                return Ok(refused("A server needs a name.".to_owned(), "SE-271"));
            }
            let added = servers::add(stage.tables, name, *start, *staging_mode, now)?;
            if added.is_none() {
                let message = format!("There is a server '{name}' already.");
                return Ok(refused(message, "SE-271"));
            }
        }
        ServersEdit::Use(name) => {
            let Some(found) = servers::find(stage.tables, name)? else {
                return unknown(name, stage.tables);
            };
            servers::use_server(stage.tables, found.number)?;
        }
        ServersEdit::Remove(name) => {
            let Some(found) = servers::find(stage.tables, name)? else {
                return unknown(name, stage.tables);
            };
            if found.number == FIRST {
                let message = format!("'{name}' is the first server of this world and stays.");
                return Ok(refused(message, "SE-271"));
            }
            servers::remove(stage.tables, found.number)?;
        }
        ServersEdit::Restore { from } => {
            let Some(found) = servers::find(stage.tables, from)? else {
                return unknown(from, stage.tables);
            };
            let own = servers::in_use(stage.tables)?;
            if own == found.number {
                let message = format!("'{from}' is the server in use; a copy of it is needed.");
                return Ok(refused(message, "SE-282"));
            }
            servers::restore(stage.tables, found.number, own)?;
        }
    }
    // Connectors and rules are those of another server now.
    Ok(Effect::default().stale())
}

/// Does an edit on a controller of the administrator's choice (SE-036).
pub(super) fn edit_on(
    stage: &mut Stage<'_>,
    name: &str,
    edit: &ForestEdit,
) -> Result<Effect, WorldError> {
    let Some((_, domain, found)) = controller::find_controller(stage.tables, name)? else {
        let message = format!("There is no domain controller '{name}'.");
        return Ok(refused(message, "SE-036"));
    };
    let (now, mut dice) = (stage.now()?, Dice::new(stage.seed()?));
    let (host, delay) = (found.host(&domain), found.delay_ms);
    let (tables, schema) = (&mut *stage.tables, &*stage.schema);
    let done = controller::edit_on(tables, schema, &host, delay, edit, &mut dice, now)?;
    Ok(match done {
        Ok(guid) => Effect::events(vec![Event::Touched(guid)]),
        Err(refusal) => Effect::refused(Refusal::Forest(refusal)),
    })
}

/// Sets the controllers of a domain (SE-036).
pub(super) fn set_controllers(
    stage: &mut Stage<'_>,
    domain: &str,
    controllers: &[Controller],
) -> Result<Effect, WorldError> {
    let domains = lookup::domains(stage.tables)?;
    let Some((number, _)) = domains.iter().find(|(_, d)| d.fqdn.eq_ignore_ascii_case(domain))
    else {
        return Ok(refused(format!("There is no domain '{domain}'."), "SE-036"));
    };
    if controllers.iter().any(|controller| controller.name.trim().is_empty()) {
        return Ok(refused("A domain controller needs a name.".to_owned(), "SE-036"));
    }
    controller::set_controllers(stage.tables, *number, controllers.to_vec())?;
    Ok(Effect::default())
}

/// Lets the directories and the tenant do what is due until a time.
pub(super) fn pass_time(
    tables: &mut dyn Tables,
    schema: &Schema,
    to: Timestamp,
) -> Result<Vec<Event>, WorldError> {
    while let Some(arrival) = controller::next_arrival(tables)?.filter(|due| *due <= to) {
        controller::replicate(tables, schema, arrival)?;
    }
    let now = rows::meta(tables, CLOCK)?.unwrap_or_default();
    // Passwords travel from a server that exports; without one they wait (SE-245, SE-283).
    let mut sender = FIRST;
    for known in servers::all(tables)? {
        let own = ServerTables::new(tables, known.number);
        if !server::settings(&own)?.staging_mode {
            sender = known.number;
            break;
        }
    }
    let mut own = ServerTables::new(tables, sender);
    let mut events = passwords::run(&mut own, schema, now, to)?;
    events.extend(dirsim_tenant::run_due(tables, schema, to)?);
    dirsim_forest::maintain(tables, schema, to)?;
    Ok(events.into_iter().map(Event::Tenant).collect())
}
