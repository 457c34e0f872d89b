//! What only dirsim has: the clock, and what on a real server the wizard sets.

use dirsim_model::Dn;
use dirsim_sync::connector::{self, Connector};
use dirsim_world::{Input, ServerEdit};

use crate::ad;
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::Object;

use super::{shell, sync_connector};

/// `Set-DirsimClock`.
pub(super) static SET_CLOCK: CommandSpec = CommandSpec {
    name: "Set-DirsimClock",
    aliases: &[],
    module: "Dirsim",
    summary: "Moves the simulated clock forward, to an instant or by a span of time",
    example: "Set-DirsimClock -To 2026-01-05T09:00:00Z",
    parameters: &[P::new("To", K::Time).at(0), P::new("Add", K::Duration)],
    sets: &[ParameterSet { names: &["To", "Add"], required: true }],
    run: set_clock,
};

/// `Set-DirsimServer`.
pub(super) static SET_SERVER: CommandSpec = CommandSpec {
    name: "Set-DirsimServer",
    aliases: &[],
    module: "Dirsim",
    summary: "Sets what the wizard sets on a real server: staging mode, containers in and out of scope",
    example: "Set-DirsimServer -ExcludeContainer 'OU=Leavers,DC=contoso,DC=com'",
    parameters: &[
        P::boolean("StagingMode"),
        P::boolean("SchedulerFollowsClock"),
        P::boolean("SevenDayRule"),
        P::integer("DatabaseLimitMB"),
        P::integer("DeletionThresholdPercent"),
        P::text("ConnectorName"),
        P::texts("IncludeContainer"),
        P::texts("ExcludeContainer"),
    ],
    sets: &[],
    run: set_server,
};

fn set_clock(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let ms = match bound.time("To") {
        Some(to) => to - session.now()?,
        None => bound.duration("Add").unwrap_or_default(),
    };
    shell::advance(session, bound, ms)
}

fn set_server(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let edits = container_edits(session, bound)?;
    if let Some(on) = bound.boolean("StagingMode") {
        session.act(bound, "server", Input::Server(ServerEdit::StagingMode(on)))?;
    }
    if bound.has("SchedulerFollowsClock") || bound.has("SevenDayRule") {
        let edit = ServerEdit::Maintenance {
            purge_interval_ms: None,
            maintenance_enabled: None,
            suspended: None,
            timed: bound.boolean("SchedulerFollowsClock"),
            seven_day_rule: bound.boolean("SevenDayRule"),
        };
        session.act(bound, "server", Input::Server(edit))?;
    }
    if let Some(limit) = bound.integer("DatabaseLimitMB") {
        let bytes = u64::try_from(limit).unwrap_or(0).saturating_mul(1 << 20);
        session.act(bound, "server", Input::Server(ServerEdit::DatabaseLimit(bytes)))?;
    }
    if let Some(percent) = bound.integer("DeletionThresholdPercent") {
        let percent = u32::try_from(percent).ok().filter(|percent| (1..=100).contains(percent));
        if percent.is_none() {
            let message = "DeletionThresholdPercent is a number from 1 to 100.".to_owned();
            return Err(server_refused(bound, "server", "SE-261", message));
        }
        session.act(bound, "server", Input::Server(ServerEdit::DeletionPercent(percent)))?;
    }
    for (name, edit) in edits {
        session.act(bound, &name, Input::Server(edit))?;
    }
    Ok(Vec::new())
}

/// Returns the new container lists of each connector that a list names; a list that is not given
/// stays as it is, and an empty one empties it.
fn container_edits(
    session: &Session<'_>,
    bound: &Bound,
) -> Result<Vec<(String, ServerEdit)>, CommandError> {
    let names = |parameter: &str| -> Result<Option<Vec<Dn>>, CommandError> {
        if !bound.has(parameter) {
            return Ok(None);
        }
        bound
            .texts(parameter)
            .into_iter()
            .map(|text| ad::dn(bound, text))
            .collect::<Result<_, _>>()
            .map(Some)
    };
    let (include, exclude) = (names("IncludeContainer")?, names("ExcludeContainer")?);
    if include.is_none() && exclude.is_none() {
        return Ok(Vec::new());
    }
    let connectors = match bound.text("ConnectorName") {
        Some(name) => vec![sync_connector::find(session, bound, name)?],
        None => connector::all(session.tables())?,
    };
    let listed: Vec<&Dn> = include.iter().chain(&exclude).flatten().collect();
    for dn in &listed {
        if !connectors.iter().any(|connector| holds(connector, dn)) {
            let message = format!("No partition of a connector holds '{dn}'.");
            return Err(server_refused(bound, &dn.to_string(), "SE-078", message));
        }
    }
    let touched =
        |connector: &Connector| listed.is_empty() || listed.iter().any(|dn| holds(connector, dn));
    Ok(connectors
        .iter()
        .filter(|connector| connector.is_forest() && touched(connector))
        .map(|connector| {
            let mine = |list: &Option<Vec<Dn>>, kept: Vec<Dn>| match list {
                Some(list) => list.iter().filter(|dn| holds(connector, dn)).cloned().collect(),
                None => kept,
            };
            let partitions = || connector.partitions.iter();
            let edit = ServerEdit::ContainerFilter {
                connector: connector.name.clone(),
                include: mine(&include, partitions().flat_map(|p| p.include.clone()).collect()),
                exclude: mine(&exclude, partitions().flat_map(|p| p.exclude.clone()).collect()),
            };
            (connector.name.clone(), edit)
        })
        .collect())
}

/// Returns whether a name lies in a partition of a connector.
fn holds(connector: &Connector, dn: &Dn) -> bool {
    let context = Dn::from_domain_fqdn(&dn.domain_fqdn()).to_string();
    connector.is_forest()
        && connector
            .partitions
            .iter()
            .any(|partition| partition.name.eq_ignore_ascii_case(&context))
}
