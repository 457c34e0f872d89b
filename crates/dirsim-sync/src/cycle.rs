//! The cycle: a queue of runs as data, so that each run is one step of the world (SE 6.2, 6.4).

use dirsim_model::Timestamp;
use dirsim_model::time::DAY_MS;
use dirsim_store::{StoreResult, Table, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::connector::{self, Connector};
use crate::event_log;
use crate::run::{self, Profile};
use crate::server;

/// Name of the meta record that holds the cycle in progress.
const CYCLE: &str = "sync-cycle";

/// What a cycle runs (SE-240, SE-241).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Policy {
    /// Full import and full synchronization everywhere.
    Initial,
    /// Delta import and delta synchronization, except where an override asks for more.
    Delta,
}

impl std::fmt::Display for Policy {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Initial => "Initial",
            Self::Delta => "Delta",
        })
    }
}

/// A cycle in progress.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CycleState {
    /// What it runs.
    pub policy: Policy,
    /// When it began.
    pub started: Timestamp,
    /// The runs that are left, the next one first: connector and profile.
    pub remaining: Vec<(u32, Profile)>,
}

/// Returns the runs of a cycle in their order: imports of all AD connectors and Entra,
/// synchronizations likewise, then the export to Entra and those to AD (SE-239). A staging server
/// exports nothing (SE-243).
pub fn queue(connectors: &[Connector], policy: Policy, staging_mode: bool) -> Vec<(u32, Profile)> {
    let (forests, entra): (Vec<&Connector>, Vec<&Connector>) =
        connectors.iter().partition(|connector| connector.is_forest());
    let in_order = || forests.iter().chain(&entra);
    let mut runs = Vec::new();
    for connector in in_order() {
        let full = policy == Policy::Initial || connector.full_import_required;
        runs.push((connector.id, if full { Profile::FullImport } else { Profile::DeltaImport }));
    }
    for connector in in_order() {
        let full = policy == Policy::Initial || connector.full_sync_required;
        let profile =
            if full { Profile::FullSynchronization } else { Profile::DeltaSynchronization };
        runs.push((connector.id, profile));
    }
    if !staging_mode {
        runs.extend(entra.iter().chain(&forests).map(|c| (c.id, Profile::Export)));
    }
    runs
}

/// Starts a cycle; `None` takes the policy that is due (SE-250). The refusal of the product is the
/// inner error (SE-251, SE-252).
pub fn start(
    tables: &mut dyn Tables,
    policy: Option<Policy>,
    now: Timestamp,
) -> StoreResult<Result<(), &'static str>> {
    let mut settings = server::settings(tables)?;
    if settings.suspended {
        return Ok(Err("the scheduler is suspended: an installation wizard is open"));
    }
    if state(tables)?.is_some() {
        return Ok(Err("sync is already running; a cycle is in progress"));
    }
    let policy = policy.unwrap_or(settings.next_policy);
    let remaining = queue(&connector::all(tables)?, policy, settings.staging_mode);
    settings.next_policy = Policy::Delta;
    server::put_settings(tables, &settings)?;
    if remaining.is_empty() {
        return Ok(Err("there is no connector to run"));
    }
    rows::put_meta(tables, CYCLE, &CycleState { policy, started: now, remaining })?;
    event_log::scheduler(tables, now, format!("started a cycle, policy type {policy}"))?;
    Ok(Ok(()))
}

/// Returns the cycle in progress.
pub fn state(tables: &dyn Tables) -> StoreResult<Option<CycleState>> {
    rows::meta(tables, CYCLE)
}

/// Returns whether the scheduler would start a cycle now (SE-248).
pub fn is_due(tables: &dyn Tables, now: Timestamp) -> StoreResult<bool> {
    let settings = server::settings(tables)?;
    Ok(settings.sync_cycle_enabled
        && !settings.suspended
        && settings.next_start <= now
        && state(tables)?.is_none())
}

/// Returns the next run of the cycle in progress.
pub fn next(tables: &dyn Tables) -> StoreResult<Option<(u32, Profile)>> {
    Ok(state(tables)?.and_then(|cycle| cycle.remaining.first().copied()))
}

/// Returns the run of the cycle in progress that keeps another one from starting: one on the same
/// connector, or any when one of the two is a synchronization (SE-235).
///
/// Nobody looks while a run is under way, so the next run of the queue stands for it: it begins in
/// the same instant.
pub fn busy(tables: &dyn Tables, connector: u32, profile: Profile) -> StoreResult<Option<String>> {
    let Some((other, running)) = next(tables)? else { return Ok(None) };
    if other != connector && !running.is_synchronization() && !profile.is_synchronization() {
        return Ok(None);
    }
    let name = connector::get(tables, other)?.map(|found| found.name).unwrap_or_default();
    Ok(Some(format!("{running} of {name}")))
}

/// Takes the run that has just ended off the queue; returns whether the cycle has ended with it.
/// How the run ended does not matter (SE-244).
pub fn finish_run(tables: &mut dyn Tables, now: Timestamp) -> StoreResult<bool> {
    let Some(mut cycle) = state(tables)? else { return Ok(false) };
    if !cycle.remaining.is_empty() {
        cycle.remaining.remove(0);
    }
    if cycle.remaining.is_empty() {
        end(tables, &cycle, now)?;
        return Ok(true);
    }
    rows::put_meta(tables, CYCLE, &cycle)?;
    Ok(false)
}

/// Drops the remaining runs (SE-253); returns whether there was a cycle.
pub fn stop(tables: &mut dyn Tables, now: Timestamp) -> StoreResult<bool> {
    let Some(cycle) = state(tables)? else { return Ok(false) };
    end(tables, &cycle, now)?;
    Ok(true)
}

/// Ends a cycle because the service goes down in the middle of it (SE-232): a run that is under way
/// is its last one.
pub(crate) fn abandon(tables: &mut dyn Tables) -> StoreResult<()> {
    if let Some(mut cycle) = state(tables)? {
        cycle.remaining.truncate(1);
        rows::put_meta(tables, CYCLE, &cycle)?;
    }
    Ok(())
}

/// Sets the time of the next start (SE-249) and does the daily maintenance (SE-255).
fn end(tables: &mut dyn Tables, cycle: &CycleState, now: Timestamp) -> StoreResult<()> {
    tables.delete(Table::Meta, CYCLE.as_bytes())?;
    let mut settings = server::settings(tables)?;
    settings.next_start = (cycle.started + settings.effective_interval_ms()).max(now);
    event_log::scheduler(tables, now, "the cycle has ended")?;
    if settings.maintenance_enabled && now - settings.maintained >= DAY_MS {
        settings.maintained = now;
        run::purge(tables, now + -settings.purge_interval_ms)?;
        event_log::scheduler(tables, now, "purged run history")?;
    }
    server::put_settings(tables, &settings)
}

#[cfg(test)]
mod tests {
    use dirsim_model::Dice;
    use dirsim_model::time::{HOUR_MS, MINUTE_MS};
    use dirsim_store::MemoryTables;

    use super::*;

    fn tables() -> MemoryTables {
        let mut tables = MemoryTables::new();
        let mut dice = Dice::new(1);
        let now = Timestamp(0);
        server::create(&mut tables, now).unwrap();
        connector::add_forest(&mut tables, "a.test", &[], &mut dice, now).unwrap();
        connector::add_entra(&mut tables, "t.onmicrosoft.com", &mut dice, now).unwrap();
        connector::add_forest(&mut tables, "b.test", &[], &mut dice, now).unwrap();
        tables
    }

    /// SE-239 to SE-243, SE-247.
    #[test]
    fn a_cycle_runs_in_the_documented_order() {
        use Profile::*;
        let mut tables = tables();
        connector::set_override(&mut tables, 3, Some(true), None).unwrap();
        let connectors = connector::all(&tables).unwrap();
        assert_eq!(
            queue(&connectors, Policy::Delta, false),
            [
                (1, DeltaImport),
                (3, FullImport),
                (2, DeltaImport),
                (1, DeltaSynchronization),
                (3, DeltaSynchronization),
                (2, DeltaSynchronization),
                (2, Export),
                (1, Export),
                (3, Export),
            ]
        );
        assert_eq!(queue(&connectors, Policy::Initial, true).len(), 6);
    }

    /// SE-242, SE-249, SE-251 and the example of 6.4.
    #[test]
    fn the_next_start_follows_the_start_of_the_ended_cycle() {
        let mut tables = tables();
        let ten = Timestamp(10 * HOUR_MS);
        start(&mut tables, None, ten).unwrap().unwrap();
        assert_eq!(state(&tables).unwrap().unwrap().policy, Policy::Initial);
        assert!(start(&mut tables, None, ten).unwrap().is_err());
        let end = ten + 45 * MINUTE_MS;
        while !finish_run(&mut tables, end).unwrap() {}
        let settings = server::settings(&tables).unwrap();
        assert_eq!(settings.next_start, end, "10:30 is past");
        assert_eq!(settings.next_policy, Policy::Delta);
        start(&mut tables, None, end).unwrap().unwrap();
        assert!(stop(&mut tables, end + MINUTE_MS).unwrap());
        assert_eq!(server::settings(&tables).unwrap().next_start, end + 30 * MINUTE_MS);
    }
}
