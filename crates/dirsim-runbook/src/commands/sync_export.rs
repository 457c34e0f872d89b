//! The files of verification and the troubleshooter: `csexport`, `CSExportAnalyzer`,
//! `Invoke-ADSyncDiagnostics` (SE-284, SE-285, SE-319, SE-348).

use dirsim_formats::SourceFile;
use dirsim_formats::server::csexport::{CHANGE_COLUMNS, csv, read};
use dirsim_model::Dn;
use dirsim_world::csexport::{Filter, document};
use dirsim_world::troubleshoot;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::live::Live;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P};
use crate::value::{Object, PsValue};

use super::sync_connector;

/// `csexport`.
pub(super) static CSEXPORT: CommandSpec = CommandSpec {
    name: "csexport",
    aliases: &["csexport.exe"],
    module: "ADSync",
    summary: "Writes the objects of a connector space to a file: /f:x those that wait for export, \
              /f:e and /f:i those with errors of export and import, all without",
    example: "csexport contoso.com C:\\Temp\\pending.xml /f:x",
    parameters: &[
        P::text("Connector").at(0).required(),
        P::text("File").at(1).required(),
        P::text("Filter").at(2),
        P::text("Parts").at(3).ignored(),
    ],
    sets: &[],
    run: csexport,
};

/// `CSExportAnalyzer`.
pub(super) static ANALYZER: CommandSpec = CommandSpec {
    name: "CSExportAnalyzer",
    aliases: &["CSExportAnalyzer.exe"],
    module: "ADSync",
    summary: "Turns a file of csexport into CSV, one line per changed value",
    example: "CSExportAnalyzer C:\\Temp\\pending.xml > C:\\Temp\\pending.csv",
    parameters: &[P::text("File").at(0).required()],
    sets: &[],
    run: analyze,
};

/// `Invoke-ADSyncDiagnostics`.
pub(super) static DIAGNOSTICS: CommandSpec = CommandSpec {
    name: "Invoke-ADSyncDiagnostics",
    aliases: &[],
    module: "ADSync",
    summary: "Checks why an object of a forest is not in the cloud as expected",
    example: "Invoke-ADSyncDiagnostics -ObjectDN 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com'",
    parameters: &[P::text("ObjectDN").at(0), P::text("ADConnectorName"), P::switch("PasswordSync")],
    sets: &[],
    run: diagnose,
};

fn csexport(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let connector = sync_connector::find(session, bound, bound.required("Connector"))?;
    let filter = match bound.text("Filter").map(str::to_ascii_lowercase).as_deref() {
        None => Filter::All,
        Some("/f:x") => Filter::PendingExport,
        Some("/f:e") => Filter::ExportErrors,
        Some("/f:i") => Filter::ImportErrors,
        Some(other) => {
            let message = format!("'{other}' is no filter; there are /f:x, /f:e and /f:i.");
            return Err(server_refused(bound, other, "SE-284", message));
        }
    };
    let text = document(session.tables(), session.schema(), &connector, filter)?;
    let objects = text.matches("<cs-object ").count();
    let file = bound.required("File").to_owned();
    session.write_file(&file, &text, false)?;
    session.emit(Live::text(format!("Exported {objects} objects of {}.", connector.name)));
    Ok(Vec::new())
}

fn analyze(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let file = bound.required("File").to_owned();
    let bytes = session.read_bytes(&file)?;
    let document = read(SourceFile { name: &file, bytes: &bytes })
        .map_err(|errors| server_refused(bound, &file, "SE-285", errors.to_string()))?;
    for line in csv(&CHANGE_COLUMNS, &document.changes()).lines() {
        session.emit(Live::text(line));
    }
    Ok(Vec::new())
}

fn diagnose(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    if bound.switch("PasswordSync") {
        return password(session, bound);
    }
    let Some(name) = bound.text("ObjectDN") else {
        let message = "Name the object with -ObjectDN, or ask about passwords with -PasswordSync.";
        return Err(server_refused(bound, "", "SE-348", message.to_owned()));
    };
    if let Some(connector) = bound.text("ADConnectorName") {
        sync_connector::find(session, bound, connector)?;
    }
    let dn: Dn = crate::ad::dn(bound, name)?;
    let findings = troubleshoot::object(session.tables(), session.schema(), &dn)?;
    Ok(findings
        .into_iter()
        .map(|finding| {
            Object::new("ADSyncDiagnostics.Finding")
                .with("Check", finding.check)
                .with("Result", if finding.passed { "Passed" } else { "Failed" })
                .with("Details", finding.text)
                .with("Recommendation", finding.advice)
                .with("Rule", finding.rule)
        })
        .collect())
}

/// Tells whether password hashes travel at all: not from a server in staging mode (SE-245).
fn password(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let staging = dirsim_sync::server::settings(session.tables())?.staging_mode;
    let mut shown = Vec::new();
    for connector in dirsim_sync::connector::all(session.tables())? {
        let wanted = bound
            .text("ADConnectorName")
            .is_none_or(|name| name.eq_ignore_ascii_case(&connector.name));
        if connector.is_forest() && wanted {
            let text = if staging {
                "the server is in staging mode: no password hash leaves it"
            } else {
                "password hashes travel in a schedule of their own, every two minutes"
            };
            shown.push(
                Object::new("ADSyncDiagnostics.PasswordSync")
                    .with("ConnectorName", connector.name)
                    .with("Enabled", PsValue::Boolean(!staging))
                    .with("Details", text),
            );
        }
    }
    Ok(shown)
}
