//! A cycle taken run by run, to look at a server in the middle of it (SE-351, SE-352).
//!
//! `Start-ADSyncSyncCycle` of the product returns before the cycle has ended. A script in dirsim waits
//! for it, as every script that reads the outcome must; these cmdlets show what lies between.

use dirsim_sync::cycle;
use dirsim_world::{Event, Input};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P};
use crate::value::Object;

use super::sync_cycle;

/// `Start-DirsimCycle`.
pub(super) static START: CommandSpec = CommandSpec {
    name: "Start-DirsimCycle",
    aliases: &[],
    module: "Dirsim",
    summary: "Starts a cycle and returns before its first run, as the product does",
    example: "Start-DirsimCycle -PolicyType Delta",
    parameters: &[P::new("PolicyType", sync_cycle::POLICIES).at(0)],
    sets: &[],
    run: |session, bound| {
        let policy = sync_cycle::policy(bound.text("PolicyType"));
        session.act(bound, "cycle", Input::StartCycle(policy))?;
        Ok(Vec::new())
    },
};

/// `Step-DirsimCycle`.
pub(super) static STEP: CommandSpec = CommandSpec {
    name: "Step-DirsimCycle",
    aliases: &[],
    module: "Dirsim",
    summary: "Does the next runs of the cycle in progress, one without -Runs",
    example: "Step-DirsimCycle -Runs 2",
    parameters: &[P::integer("Runs").at(0)],
    sets: &[],
    run: |session, bound| {
        let runs = bound.integer("Runs").unwrap_or(1);
        let runs = u64::try_from(runs).map_err(|_| {
            let message = "Runs is a number from 0.".to_owned();
            server_refused(bound, "cycle", "SE-351", message)
        })?;
        go_on(session, bound, runs)
    },
};

/// `Wait-DirsimCycle`.
pub(super) static WAIT: CommandSpec = CommandSpec {
    name: "Wait-DirsimCycle",
    aliases: &[],
    module: "Dirsim",
    summary: "Does all runs that are left of the cycle in progress",
    example: "Wait-DirsimCycle",
    parameters: &[],
    sets: &[],
    run: |session, bound| go_on(session, bound, u64::MAX),
};

/// Does runs of the cycle in progress until there are enough or it has ended.
fn go_on(session: &mut Session<'_>, bound: &Bound, runs: u64) -> Result<Vec<Object>, CommandError> {
    if cycle::state(session.tables())?.is_none() {
        let message = "No cycle is in progress.".to_owned();
        return Err(server_refused(bound, "cycle", "SE-351", message));
    }
    for _ in 0..runs {
        let stepped = session.act(bound, "cycle", Input::RunNext)?;
        let ended = |stepped: &dirsim_world::Stepped| {
            stepped.events.iter().any(|event| matches!(event, Event::CycleEnded))
        };
        if stepped.as_ref().is_none_or(ended) {
            break;
        }
    }
    Ok(Vec::new())
}
