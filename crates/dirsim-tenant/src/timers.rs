//! Service jobs: recycle bin, turn-off of synchronization, duplicate sweep (ET-260 to ET-263).

use dirsim_model::time::HOUR_MS;
use dirsim_model::{Schema, Timestamp};
use dirsim_store::{StoreResult, Table, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::calculate::{is_recipient, recalculate};
use crate::catalogue::catalogue;
use crate::directory::{self, CALCULATE, FORGET, PURGE};
use crate::object::{Property, State, TenantObject};
use crate::planner::Planner;
use crate::row::CloudAnchor;
use crate::settings::{self, SyncState};
use crate::{lookup, options};

/// What a service job did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum TenantEvent {
    /// An object left the recycle bin for good (ET-173).
    Purged {
        /// When.
        at: Timestamp,
        /// The object.
        object: CloudAnchor,
    },
    /// Synchronization is off for the whole tenant (ET-203).
    TurnedOff {
        /// When.
        at: Timestamp,
        /// How many objects were converted.
        objects: u64,
    },
    /// A value left quarantine because it had become free (ET-081).
    Repaired {
        /// When.
        at: Timestamp,
        /// The object that now has the value.
        object: CloudAnchor,
        /// `UserPrincipalName` or `ProxyAddresses`.
        property: String,
        /// The value as it was wanted.
        value: String,
    },
    /// The password channel brought hashes (ET-240).
    Passwords {
        /// When.
        at: Timestamp,
        /// How many were accepted.
        accepted: u64,
        /// How many were refused; they are sent again.
        refused: u64,
    },
    /// Synchronization that was turned on again accepts rows (ET-202).
    TurnedOn {
        /// When.
        at: Timestamp,
    },
}

/// Where the jobs are.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
struct Progress {
    /// Jobs due by then have run.
    done: Timestamp,
    /// The last hour at which a sweep had something to do.
    swept: Timestamp,
}

const PROGRESS: &str = "tenant-jobs";

/// A job with its place among jobs due at the same instant (ET-260).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Job {
    Purge(u64),
    TurnOff,
    Sweep,
    Forget(u64),
    Calculate(u64),
    TurnOn,
}

/// Starts the clock of the jobs.
pub(crate) fn start(tables: &mut dyn Tables, now: Timestamp) -> StoreResult<()> {
    rows::put_meta(tables, PROGRESS, &Progress { done: now, swept: Timestamp(i64::MIN) })
}

/// Returns the instant up to which jobs have run.
pub(crate) fn done_until(tables: &dyn Tables) -> StoreResult<Timestamp> {
    Ok(progress(tables)?.done)
}

fn progress(tables: &dyn Tables) -> StoreResult<Progress> {
    Ok(rows::meta(tables, PROGRESS)?.unwrap_or_default())
}

/// Runs all jobs due by `until`, in the order of their due times (ET-260, ET-261).
///
/// The clock moves through here: before a row or command of a later instant the jobs due until then
/// must have run. Rows of the very instant come first, so call it again after them (ET-260, ET-262).
pub fn run_due(
    tables: &mut dyn Tables,
    schema: &Schema,
    until: Timestamp,
) -> StoreResult<Vec<TenantEvent>> {
    let mut events = Vec::new();
    while let Some((at, job)) = next(tables)?.filter(|(at, _)| *at <= until) {
        match job {
            Job::Purge(number) => {
                let object: TenantObject = rows::expect(tables, number)?;
                let anchor = object.cloud_anchor();
                crate::apply::hard_delete(tables, (number, object), at)?;
                events.push(TenantEvent::Purged { at, object: anchor });
            }
            Job::TurnOff => {
                let objects = turn_off(tables, schema)?;
                events.push(TenantEvent::TurnedOff { at, objects });
            }
            Job::Sweep => {
                let done = progress(tables)?.done;
                rows::put_meta(tables, PROGRESS, &Progress { done, swept: at })?;
                sweep(tables, schema, at, &mut events)?;
            }
            Job::TurnOn => {
                let mut settings = settings::settings(tables)?;
                settings.sync_state = SyncState::Enabled;
                settings::put(tables, &settings)?;
                events.push(TenantEvent::TurnedOn { at });
            }
            Job::Calculate(number) => calculate(tables, schema, number, at)?,
            Job::Forget(number) => {
                let before: TenantObject = rows::expect(tables, number)?;
                let mut object = before.clone();
                if let State::Purged(since) = before.state {
                    object.state = State::Gone(since);
                }
                directory::save(tables, number, Some(&before), &mut object)?;
            }
        }
    }
    let Progress { done, swept } = progress(tables)?;
    rows::put_meta(tables, PROGRESS, &Progress { done: done.max(until), swept })?;
    Ok(events)
}

/// Returns when the next job is due; `None` when nothing is scheduled.
pub fn next_due(tables: &dyn Tables) -> StoreResult<Option<Timestamp>> {
    Ok(next(tables)?.map(|(at, _)| at))
}

fn next(tables: &dyn Tables) -> StoreResult<Option<(Timestamp, Job)>> {
    let mut due = Vec::new();
    if let Some((at, number)) = first_timer(tables, PURGE)? {
        due.push((at, Job::Purge(number)));
    }
    if let Some((at, number)) = first_timer(tables, FORGET)? {
        due.push((at, Job::Forget(number)));
    }
    if let Some((at, number)) = first_timer(tables, CALCULATE)? {
        due.push((at, Job::Calculate(number)));
    }
    match settings::settings(tables)?.sync_state {
        SyncState::PendingDisabled(since) => {
            let wait = options::options(tables)?.turn_off_ms;
            let wait = wait.unwrap_or_else(|| catalogue().limits.turn_off_hours * HOUR_MS);
            due.push((since + wait, Job::TurnOff));
        }
        SyncState::PendingEnabled(since) => {
            due.push((since + options::options(tables)?.turn_on_ms, Job::TurnOn));
        }
        SyncState::Enabled | SyncState::Disabled(_) => {}
    }
    // A sweep finds something only after a value was released, so the others need not run.
    if directory::is_released(tables)? {
        let Progress { done, swept } = progress(tables)?;
        let hour = Timestamp(done.0.div_euclid(HOUR_MS) * HOUR_MS);
        let hour = if hour == done { hour } else { hour + HOUR_MS };
        due.push((hour.max(swept + HOUR_MS), Job::Sweep));
    }
    Ok(due.into_iter().min())
}

fn first_timer(tables: &dyn Tables, kind: u8) -> StoreResult<Option<(Timestamp, u64)>> {
    let found = tables.scan(Table::TenantTimer, &[kind], Some(&[kind + 1]), 1)?;
    Ok(found.first().map(|(key, _)| {
        let due = rows::id_of(key.get(1..).unwrap_or_default());
        let number = rows::id_of(key.get(9..).unwrap_or_default());
        (Timestamp(i64::try_from(due).unwrap_or(i64::MAX)), number)
    }))
}

/// Gives released values to those who wait for them, oldest entry first (ET-081).
fn sweep(
    tables: &mut dyn Tables,
    schema: &Schema,
    at: Timestamp,
    events: &mut Vec<TenantEvent>,
) -> StoreResult<()> {
    directory::clear_released(tables)?;
    for entry in lookup::quarantine(tables)? {
        let before: TenantObject = rows::expect(tables, entry.number)?;
        if !before.conflicts.contains(&entry.conflict) {
            continue;
        }
        let mut planner = Planner::new(tables, schema, at)?;
        planner.postpones = false;
        let owner = match entry.conflict.property {
            Property::UserPrincipalName => {
                planner.owner_of_upn(&entry.conflict.value, Some(entry.number))?
            }
            Property::ProxyAddresses => {
                planner.owner_of_address(&entry.conflict.value, Some(entry.number))?
            }
        };
        if owner.is_some() {
            continue;
        }
        let mut object = before.clone();
        let upn = entry.conflict.property == Property::UserPrincipalName;
        if upn && !is_recipient(&object) {
            crate::calculate::recalculate_upn(&mut planner, entry.number, &mut object)?;
        } else {
            recalculate(&mut planner, entry.number, &mut object, upn)?;
        }
        let dice = planner.dice.clone();
        let settings = planner.settings_changed.then(|| planner.settings.clone());
        settings::put_dice(tables, &dice)?;
        if let Some(settings) = settings {
            settings::put(tables, &settings)?;
        }
        for held in &before.conflicts {
            if !object.conflicts.contains(held) {
                events.push(TenantEvent::Repaired {
                    at,
                    object: entry.object,
                    property: held.property.name().to_owned(),
                    value: held.value.to_string(),
                });
            }
        }
        directory::save(tables, entry.number, Some(&before), &mut object)?;
    }
    Ok(())
}

/// Calculates the addresses of an object whose row came a while ago (ET-113).
fn calculate(
    tables: &mut dyn Tables,
    schema: &Schema,
    number: u64,
    at: Timestamp,
) -> StoreResult<()> {
    let before: TenantObject = rows::expect(tables, number)?;
    let mut object = before.clone();
    let mut planner = Planner::new(tables, schema, at)?;
    planner.postpones = false;
    recalculate(&mut planner, number, &mut object, false)?;
    let (dice, settings) = (planner.dice.clone(), planner.settings.clone());
    let changed = planner.settings_changed;
    settings::put_dice(tables, &dice)?;
    if changed {
        settings::put(tables, &settings)?;
    }
    directory::save(tables, number, Some(&before), &mut object)
}

/// Completes the turn-off of synchronization: every object becomes a cloud object (ET-203).
fn turn_off(tables: &mut dyn Tables, schema: &Schema) -> StoreResult<u64> {
    let mut settings = settings::settings(tables)?;
    if let SyncState::PendingDisabled(since) = settings.sync_state {
        settings.sync_state = SyncState::Disabled(since);
        settings::put(tables, &settings)?;
    }
    let (mut converted, mut after) = (0, None);
    loop {
        let piece: Vec<(u64, TenantObject)> = rows::after(tables, after, 512)?;
        let Some((last, _)) = piece.last() else { return Ok(converted) };
        after = Some(*last);
        for (number, before) in piece {
            if before.is_gone() || before.sync_enabled.is_none() {
                continue;
            }
            let mut object = before.clone();
            object.sync_enabled = None;
            object.conflicts.clear();
            let cleared: Vec<_> = object
                .profile
                .iter()
                .map(|(property, _)| property)
                .filter(|property| catalogue().is_cleared_at_turn_off(schema.name(*property)))
                .collect();
            object.profile =
                object.profile.with(cleared.into_iter().map(|property| (property, Vec::new())));
            directory::save(tables, number, Some(&before), &mut object)?;
            converted += 1;
        }
    }
}
