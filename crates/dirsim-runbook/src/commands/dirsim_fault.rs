//! Faults of the environment, which only dirsim has (SE-337).

use dirsim_sync::fault::{self, Fault, Kind};
use dirsim_sync::servers;
use dirsim_world::{FaultEdit, Input};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::Object;

/// `Set-DirsimFault`.
pub(super) static SET: CommandSpec = CommandSpec {
    name: "Set-DirsimFault",
    aliases: &[],
    module: "Dirsim",
    summary: "Lets something go wrong with the environment: a directory, a right, the network, the service",
    example: "Set-DirsimFault dc-down -Target DC01.contoso.com",
    parameters: &[
        P::new("Name", K::Choice(Kind::NAMES)).at(0).required(),
        P::text("Target").at(1),
        P::text("Value"),
        P::integer("At"),
        P::integer("Times"),
        P::new("From", K::Time),
        P::new("Until", K::Time),
        P::new("For", K::Duration),
        P::text("Server"),
    ],
    sets: &[ParameterSet { names: &["Until", "For"], required: false }],
    run: set,
};

/// `Get-DirsimFault`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-DirsimFault",
    aliases: &[],
    module: "Dirsim",
    summary: "Shows what is wrong with the environment; with -ListAvailable what can be",
    example: "Get-DirsimFault -ListAvailable",
    parameters: &[P::new("Name", K::Choice(Kind::NAMES)).at(0), P::switch("ListAvailable")],
    sets: &[],
    run: get,
};

/// `Clear-DirsimFault`.
pub(super) static CLEAR: CommandSpec = CommandSpec {
    name: "Clear-DirsimFault",
    aliases: &[],
    module: "Dirsim",
    summary: "Repairs a fault by its number or name; all faults without either",
    example: "Clear-DirsimFault dc-down",
    parameters: &[
        P::new("Name", K::Choice(Kind::NAMES)).at(0),
        P::text("Target").at(1),
        P::integer("Id"),
    ],
    sets: &[ParameterSet { names: &["Name", "Id"], required: false }],
    run: clear,
};

fn kind(bound: &Bound) -> Result<Option<Kind>, CommandError> {
    let Some(name) = bound.text("Name") else { return Ok(None) };
    let parsed = name.parse::<Kind>();
    parsed.map(Some).map_err(|message| server_refused(bound, name, "SE-337", message))
}

fn set(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let Some(kind) = kind(bound)? else { return Ok(Vec::new()) };
    let mut made = Fault::new(kind);
    made.target = bound.text("Target").map(str::to_owned);
    made.value = bound.text("Value").map(str::to_owned);
    for (name, number) in [("At", bound.integer("At")), ("Times", bound.integer("Times"))] {
        if number.is_some_and(|number| number < 1) {
            let message = format!("-{name} counts from 1.");
            return Err(server_refused(bound, kind.name(), "SE-337", message));
        }
    }
    made.at = bound.integer("At").and_then(|at| u64::try_from(at).ok());
    made.left = bound.integer("Times").and_then(|times| u32::try_from(times).ok());
    if kind == Kind::ServiceKill && made.left.is_none() {
        // A service that is killed comes up again; one that cannot live is another fault.
        made.left = Some(1);
    }
    let now = session.now()?;
    made.from = bound.time("From");
    made.until = bound.time("Until").or_else(|| bound.duration("For").map(|span| now + span));
    if let Some(name) = bound.text("Server") {
        let known = servers::find(session.tables(), name)?.ok_or_else(|| {
            let message = format!("There is no server '{name}'.");
            server_refused(bound, name, "SE-337", message)
        })?;
        made.server = Some(known.number);
    }
    let target = made.target.clone().unwrap_or_else(|| kind.name().to_owned());
    session.act(bound, &target, Input::Fault(FaultEdit::Set(made)))?;
    Ok(Vec::new())
}

fn get(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let wanted = kind(bound)?;
    let is_wanted = |kind: Kind| wanted.is_none_or(|wanted| wanted == kind);
    if bound.switch("ListAvailable") {
        return Ok(Kind::ALL
            .iter()
            .filter(|kind| is_wanted(**kind))
            .map(|kind| {
                Object::new("Dirsim.FaultKind")
                    .with("Name", kind.name())
                    .with("Target", format!("{:?}", kind.target()))
                    .with("Description", kind.summary().trim())
            })
            .collect());
    }
    let now = session.now()?;
    let all = servers::all(session.tables())?;
    let name_of = |number: u8| {
        all.iter().find(|server| server.number == number).map(|server| server.name.clone())
    };
    Ok(fault::all(session.tables())?
        .into_iter()
        .filter(|fault| is_wanted(fault.kind))
        .map(|fault| {
            Object::new("Dirsim.Fault")
                .with("Id", u64::from(fault.number))
                .with("Name", fault.kind.name())
                .with("Target", fault.target.clone())
                .with("Value", fault.value.clone())
                .with("At", fault.at)
                .with("TimesLeft", fault.left.map(u64::from))
                .with("From", fault.from)
                .with("Until", fault.until)
                .with("Server", fault.server.and_then(name_of))
                .with("Active", fault.stands(now))
                .with("Description", fault.kind.summary().trim())
        })
        .collect())
}

fn clear(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let edit = match (bound.integer("Id"), kind(bound)?) {
        (Some(id), _) => FaultEdit::Clear(u32::try_from(id).unwrap_or(0)),
        (None, Some(kind)) => {
            FaultEdit::ClearKind { kind, target: bound.text("Target").map(str::to_owned) }
        }
        (None, None) => FaultEdit::ClearAll,
    };
    session.act(bound, "faults", Input::Fault(edit))?;
    Ok(Vec::new())
}
