//! Prevention of accidental deletes (SE-260 to SE-268, SE-353).

use dirsim_sync::server;
use dirsim_tenant::lookup;
use dirsim_world::{Input, ServerEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::Object;

/// Roles that may look at the threshold and set it (SE-353).
const ROLES: &[&str] = &["Hybrid Identity Administrator", "Global Administrator"];

/// `Get-ADSyncExportDeletionThreshold`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADSyncExportDeletionThreshold",
    aliases: &[],
    module: "ADSync",
    summary: "Shows how many deletions one export may hold",
    example: "Get-ADSyncExportDeletionThreshold",
    parameters: &[P::text("AADUserName"), P::new("AADCredential", K::Any).ignored()],
    sets: &[],
    run: |session, bound| {
        check_role(session, bound)?;
        show(session)
    },
};

/// `Enable-ADSyncExportDeletionThreshold`.
pub(super) static ENABLE: CommandSpec = CommandSpec {
    name: "Enable-ADSyncExportDeletionThreshold",
    aliases: &[],
    module: "ADSync",
    summary: "Stops exports that hold more deletions than the threshold",
    example: "Enable-ADSyncExportDeletionThreshold -DeletionThreshold 500",
    parameters: &[
        P::integer("DeletionThreshold").at(0).required(),
        P::text("AADUserName"),
        P::new("AADCredential", K::Any).ignored(),
    ],
    sets: &[],
    run: enable,
};

/// `Disable-ADSyncExportDeletionThreshold`.
pub(super) static DISABLE: CommandSpec = CommandSpec {
    name: "Disable-ADSyncExportDeletionThreshold",
    aliases: &[],
    module: "ADSync",
    summary: "Lets exports delete any number of objects",
    example: "Disable-ADSyncExportDeletionThreshold",
    parameters: &[P::text("AADUserName"), P::new("AADCredential", K::Any).ignored()],
    sets: &[],
    run: |session, bound| {
        check_role(session, bound)?;
        set(session, bound, ServerEdit::DeletionThreshold { enabled: false, count: None })
    },
};

/// Refuses a user of `-AADUserName` who may not do this; without the parameter nobody is asked.
fn check_role(session: &Session<'_>, bound: &Bound) -> Result<(), CommandError> {
    let Some(name) = bound.text("AADUserName") else { return Ok(()) };
    let user = match lookup::by_upn(session.tables(), name)? {
        Some(number) => lookup::object(session.tables(), number)?,
        None => None,
    };
    let may = user.is_some_and(|user| {
        user.roles.iter().any(|role| ROLES.iter().any(|known| known.eq_ignore_ascii_case(role)))
    });
    if may {
        return Ok(());
    }
    let message = format!(
        "Access denied: the user '{name}' must be a Hybrid Identity Administrator or a Global Administrator."
    );
    Err(server_refused(bound, name, "SE-353", message))
}

fn enable(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    check_role(session, bound)?;
    let wanted = bound.integer("DeletionThreshold").unwrap_or_default();
    let count = u32::try_from(wanted).ok().filter(|count| *count > 0).ok_or_else(|| {
        let message = "DeletionThreshold must be a number above zero.".to_owned();
        server_refused(bound, "DeletionThreshold", "SE-268", message)
    })?;
    set(session, bound, ServerEdit::DeletionThreshold { enabled: true, count: Some(count) })
}

fn set(
    session: &mut Session<'_>,
    bound: &Bound,
    edit: ServerEdit,
) -> Result<Vec<Object>, CommandError> {
    if session.act(bound, "deletion threshold", Input::Server(edit))?.is_none() {
        return Ok(Vec::new());
    }
    show(session)
}

fn show(session: &Session<'_>) -> Result<Vec<Object>, CommandError> {
    let settings = server::settings(session.tables())?;
    let prevention = match settings.deletions_max_percent {
        _ if !settings.deletion_prevention => "Disabled",
        Some(_) => "EnabledForPercentage",
        None => "EnabledForCount",
    };
    Ok(vec![
        Object::new("Microsoft.Azure.ActiveDirectory.Connector.ExportDeletionThreshold")
            .with("DeletionPrevention", prevention)
            .with("ThresholdCount", u64::from(settings.deletions_max))
            .with("ThresholdPercentage", u64::from(settings.deletions_max_percent.unwrap_or(0))),
    ])
}
