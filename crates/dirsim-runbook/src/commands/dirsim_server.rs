//! Several synchronization servers and domain controllers, which only dirsim has (SE section 9,
//! SE-036).

use dirsim_forest::controller::{self, Controller};
use dirsim_forest::lookup;
use dirsim_sync::servers::{self, Start};
use dirsim_sync::{connector, server};
use dirsim_world::{Input, ServersEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue, parse_duration};

/// `New-DirsimServer`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-DirsimServer",
    aliases: &[],
    module: "Dirsim",
    summary: "Installs a further synchronization server with the configuration of the one in use, or an image of it",
    example: "New-DirsimServer SYNC02 -StagingMode $true",
    parameters: &[P::text("Name").at(0).required(), P::boolean("StagingMode"), P::switch("Image")],
    sets: &[],
    run: new,
};

/// `Get-DirsimServer`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-DirsimServer",
    aliases: &[],
    module: "Dirsim",
    summary: "Shows the synchronization servers and which one is in use",
    example: "Get-DirsimServer",
    parameters: &[P::text("Name").at(0)],
    sets: &[],
    run: get,
};

/// `Use-DirsimServer`.
pub(super) static USE: CommandSpec = CommandSpec {
    name: "Use-DirsimServer",
    aliases: &[],
    module: "Dirsim",
    summary: "Goes to another synchronization server; every cmdlet that follows works there",
    example: "Use-DirsimServer SYNC01",
    parameters: &[P::text("Name").at(0).required()],
    sets: &[],
    run: |session, bound| act(session, bound, ServersEdit::Use),
};

/// `Remove-DirsimServer`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-DirsimServer",
    aliases: &[],
    module: "Dirsim",
    summary: "Takes a synchronization server off the network for good",
    example: "Remove-DirsimServer SYNC02",
    parameters: &[P::text("Name").at(0).required()],
    sets: &[],
    run: |session, bound| act(session, bound, ServersEdit::Remove),
};

/// `Restore-DirsimServer`.
pub(super) static RESTORE: CommandSpec = CommandSpec {
    name: "Restore-DirsimServer",
    aliases: &[],
    module: "Dirsim",
    summary: "Replaces the database of the server in use by that of an image",
    example: "Restore-DirsimServer -From BACKUP",
    parameters: &[P::text("From").at(0).required()],
    sets: &[],
    run: restore,
};

/// `Set-DirsimController`.
pub(super) static SET_CONTROLLERS: CommandSpec = CommandSpec {
    name: "Set-DirsimController",
    aliases: &[],
    module: "Dirsim",
    summary: "Sets the domain controllers of a domain, the preferred one first, and how far others are behind",
    example: "Set-DirsimController contoso.com -Name DC01, DC02 -Delay '00:00', '02:00'",
    parameters: &[
        P::text("Domain").at(0).required(),
        P::texts("Name").at(1).required(),
        P::texts("Delay").at(2),
    ],
    sets: &[ParameterSet { names: &["Domain"], required: true }],
    run: set_controllers,
};

/// `Get-DirsimController`.
pub(super) static GET_CONTROLLERS: CommandSpec = CommandSpec {
    name: "Get-DirsimController",
    aliases: &[],
    module: "Dirsim",
    summary: "Shows the domain controllers and how far each is behind",
    example: "Get-DirsimController",
    parameters: &[P::new("Domain", K::Text).at(0)],
    sets: &[],
    run: get_controllers,
};

fn act(
    session: &mut Session<'_>,
    bound: &Bound,
    edit: impl Fn(String) -> ServersEdit,
) -> Result<Vec<Object>, CommandError> {
    let name = bound.required("Name");
    session.act(bound, name, Input::Servers(edit(name.to_owned())))?;
    Ok(Vec::new())
}

fn new(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = bound.required("Name");
    let image = bound.switch("Image");
    let own = server::settings(session.tables())?.staging_mode;
    let edit = ServersEdit::Add {
        name: name.to_owned(),
        start: if image { Start::Image } else { Start::SameConfiguration },
        staging_mode: bound.boolean("StagingMode").unwrap_or(if image { own } else { true }),
    };
    session.act(bound, name, Input::Servers(edit))?;
    Ok(Vec::new())
}

fn restore(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let from = bound.required("From");
    session.act(bound, from, Input::Servers(ServersEdit::Restore { from: from.to_owned() }))?;
    Ok(Vec::new())
}

fn get(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let all = servers::all(session.tables())?;
    let in_use = servers::in_use(session.tables())?;
    let mut shown = Vec::new();
    for known in all {
        if bound.text("Name").is_some_and(|name| !name.eq_ignore_ascii_case(&known.name)) {
            continue;
        }
        let tables = session.world().on_server(known.number);
        let settings = server::settings(&tables)?;
        let connectors = connector::all(&tables)?;
        shown.push(
            Object::new("Dirsim.Server")
                .with("Name", known.name)
                .with("InUse", known.number == in_use)
                .with("StagingModeEnabled", settings.staging_mode)
                .with("SchedulerFollowsClock", settings.timed)
                .with("NextSyncCycleStartTimeInUTC", settings.next_start)
                .with("Runs", connectors.iter().map(|connector| connector.runs).sum::<u64>()),
        );
    }
    Ok(shown)
}

fn set_controllers(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let domain = bound.required("Domain");
    let delays = bound.texts("Delay");
    let mut controllers = Vec::new();
    for (at, name) in bound.texts("Name").into_iter().enumerate() {
        let delay_ms = match delays.get(at) {
            None => 0,
            Some(text) => parse_duration(text).filter(|delay| *delay >= 0).ok_or_else(|| {
                let message = format!("'{text}' is no span of time; write 02:00 for two hours.");
                server_refused(bound, text, "SE-036", message)
            })?,
        };
        controllers.push(Controller { name: name.to_owned(), delay_ms });
    }
    let input = Input::Controllers { domain: domain.to_owned(), controllers };
    session.act(bound, domain, input)?;
    Ok(Vec::new())
}

fn get_controllers(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut shown = Vec::new();
    for (number, domain) in lookup::domains(session.tables())? {
        if bound.text("Domain").is_some_and(|name| !name.eq_ignore_ascii_case(&domain.fqdn)) {
            continue;
        }
        for known in controller::controllers(session.tables(), number, &domain)? {
            shown.push(
                Object::new("Dirsim.Controller")
                    .with("Name", known.name.clone())
                    .with("HostName", known.host(&domain))
                    .with("Domain", domain.fqdn.clone())
                    .with("Delay", PsValue::Duration(known.delay_ms)),
            );
        }
    }
    Ok(shown)
}
