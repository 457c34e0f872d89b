//! The clock moves on, and with it the schedulers of the servers (SE-248, SE-249).

use dirsim_model::Timestamp;
use dirsim_store::rows;
use dirsim_sync::{Progress, ServerTables, cycle, server, servers};

use super::{Effect, Scene, Stage, environment, run};
use crate::error::WorldError;
use crate::event::Event;
use crate::world::CLOCK;

/// Moves the clock to a time. Cycles that fall due on the way start at their time, on the servers
/// whose scheduler follows the clock; servers with the same time go in the order of their numbers.
pub(super) fn advance(
    stage: &mut Stage<'_>,
    to: Timestamp,
    progress: &mut dyn FnMut(Progress),
) -> Result<Effect, WorldError> {
    let now = stage.now()?;
    if to < now {
        return Err(WorldError::ClockGoesBack { now, asked: to });
    }
    let mut events = Vec::new();
    while let Some((at, number)) = next_due(stage, to)? {
        move_to(stage, at, &mut events)?;
        run_cycle(stage, number, at, progress, &mut events)?;
    }
    move_to(stage, to, &mut events)?;
    Ok(Effect::events(events))
}

/// Moves the clock to the end of the runs among some events: rows that had to wait draw a run out
/// (ET-167), and whatever comes next comes after it.
pub(super) fn follow_runs(
    stage: &mut Stage<'_>,
    events: &mut Vec<Event>,
) -> Result<(), WorldError> {
    let ends = events.iter().filter_map(|event| match event {
        Event::Run(run) => Some(run.ended),
        _ => None,
    });
    match ends.max() {
        Some(ended) if ended > stage.now()? => move_to(stage, ended, events),
        _ => Ok(()),
    }
}

fn move_to(
    stage: &mut Stage<'_>,
    to: Timestamp,
    events: &mut Vec<Event>,
) -> Result<(), WorldError> {
    events.extend(environment::pass_time(stage.tables, stage.schema, to)?);
    rows::put_meta(stage.tables, CLOCK, &to)?;
    Ok(())
}

/// Returns the next cycle that is due not later than a time: when, and on which server.
fn next_due(stage: &mut Stage<'_>, to: Timestamp) -> Result<Option<(Timestamp, u8)>, WorldError> {
    let now = stage.now()?;
    let mut next: Option<(Timestamp, u8)> = None;
    for known in servers::all(stage.tables)? {
        let own = ServerTables::new(stage.tables, known.number);
        let settings = server::settings(&own)?;
        let waits = settings.timed
            && settings.sync_cycle_enabled
            && !settings.suspended
            && !settings.stopped
            && cycle::state(&own)?.is_none()
            && super::require_connectors(&own).is_ok();
        let at = settings.next_start.max(now);
        if waits && at <= to && next.is_none_or(|next| (at, known.number) < next) {
            next = Some((at, known.number));
        }
    }
    Ok(next)
}

fn run_cycle(
    stage: &mut Stage<'_>,
    number: u8,
    at: Timestamp,
    progress: &mut dyn FnMut(Progress),
    events: &mut Vec<Event>,
) -> Result<(), WorldError> {
    let rules = stage.rules.get(&number).cloned();
    let seed = stage.seed()? ^ at.0.unsigned_abs().rotate_left(17);
    let mut tables = ServerTables::new(stage.tables, number);
    let mut scene = Scene {
        tables: &mut tables,
        schema: &mut *stage.schema,
        rules,
        now: at,
        seed,
        server: number,
    };
    if cycle::start(scene.tables, None, at)?.is_err() {
        return Ok(());
    }
    while let Some((connector, profile)) = cycle::next(scene.tables)? {
        scene.seed = scene.seed.rotate_left(7) ^ 0x9E37_79B9_7F4A_7C15;
        let event = run(&mut scene, connector, profile, progress)?;
        let ended = match &event {
            Event::Run(record) => record.ended.max(at),
            _ => at,
        };
        events.push(event);
        if cycle::finish_run(scene.tables, ended)? {
            events.push(Event::CycleEnded);
        }
    }
    Ok(())
}
