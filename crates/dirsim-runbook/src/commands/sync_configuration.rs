//! The configuration of the server as files, and what the password channel is told (section 15,
//! `interfaces.md` 5.2 and 8.5).

use dirsim_formats::server::write;
use dirsim_sync::connector;
use dirsim_tenant::features::Feature;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::files::Kind;
use crate::live::Live;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P};
use crate::value::Object;

/// `Get-ADSyncServerConfiguration`.
pub(super) static CONFIGURATION: CommandSpec = CommandSpec {
    name: "Get-ADSyncServerConfiguration",
    aliases: &[],
    module: "ADSync",
    summary: "Writes connectors, settings and rules of the server to a folder that need not be there",
    example: "Get-ADSyncServerConfiguration -Path C:\\Temp\\before",
    parameters: &[P::text("Path").at(0).required()],
    sets: &[],
    run: configuration,
};

/// `Get-ADSyncAADPasswordSyncConfiguration`.
pub(super) static PASSWORDS: CommandSpec = CommandSpec {
    name: "Get-ADSyncAADPasswordSyncConfiguration",
    aliases: &[],
    module: "ADSync",
    summary: "Shows whether password hashes travel from a forest to the tenant",
    example: "Get-ADSyncAADPasswordSyncConfiguration -SourceConnector contoso.com",
    parameters: &[P::text("SourceConnector").at(0).required()],
    sets: &[],
    run: passwords,
};

fn configuration(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let path = bound.required("Path").trim_end_matches(['\\', '/']).to_owned();
    let rules = session.world().rules()?.definitions();
    let now = session.now()?;
    let files = write::folder(session.tables(), session.schema(), &rules, now)?;
    if session.what_if {
        session.outputs.push(crate::run::Output::WhatIf(format!(
            "What if: Performing the operation \"Get\" on target \"{path}\"."
        )));
        return Ok(Vec::new());
    }
    let count = files.len();
    for (name, text) in files {
        let full = format!("{path}\\{}", name.replace('/', "\\"));
        let place = session.place(&full)?;
        if let Some((_, folder)) = place.split_last()
            && session.files().kind(folder) != Some(Kind::Folder)
        {
            session.files().make_folder(folder).map_err(|why| {
                let message = format!("The folder '{path}' cannot be made: {why}");
                server_refused(bound, &path, "CE-001", message)
            })?;
        }
        session.write_file(&full, &text, false)?;
    }
    session.emit(Live::text(format!("{count} files written to {path}")));
    Ok(Vec::new())
}

fn passwords(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = bound.required("SourceConnector");
    let source = super::sync_connector::find(session, bound, name)?;
    let all = connector::all(session.tables())?;
    let target = all.iter().find(|connector| !connector.is_forest());
    let features = dirsim_tenant::lookup::settings(session.tables())?.features;
    Ok(vec![
        Object::new(
            "Microsoft.IdentityManagement.PowerShell.ObjectModel.PasswordSyncConfiguration",
        )
        .with("SourceConnector", source.name)
        .with("TargetConnector", target.map(|connector| connector.name.clone()))
        .with("Enabled", features.has(Feature::PasswordSync)),
    ])
}
