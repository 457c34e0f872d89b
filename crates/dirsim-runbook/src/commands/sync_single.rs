//! Work on single objects: preview, single-object sync, support commands (SE section 14 and 15).

use dirsim_model::{Dn, Guid, Side};
use dirsim_sync::cs::Anchor;
use dirsim_sync::{Counter, connector, cs, lookup, mv, run};
use dirsim_world::passwords::{self, LastHash};
use dirsim_world::{Event, Input, ServerEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::body::from_json;
use crate::live::Live;
use crate::run::Output;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

use super::{sync_connector, sync_single_report};

/// Where reports of single-object syncs go.
const REPORTS: &str = "C:\\ProgramData\\AADConnect\\ADSyncObjectDiagnostics";

/// `Sync-ADSyncCSObject`.
pub(super) static PREVIEW: CommandSpec = CommandSpec {
    name: "Sync-ADSyncCSObject",
    aliases: &[],
    module: "ADSync",
    summary: "Shows what the synchronization of one object would do; keeps it with -Commit",
    example: "Sync-ADSyncCSObject -ConnectorName contoso.com -DistinguishedName 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com'",
    parameters: &[
        P::new("Identifier", K::Guid).at(0),
        P::text("ConnectorName"),
        P::new("ConnectorIdentifier", K::Guid),
        P::text("DistinguishedName"),
        P::switch("Delta"),
        P::switch("Commit"),
    ],
    sets: &[ParameterSet {
        names: &["Identifier", "ConnectorName", "ConnectorIdentifier"],
        required: true,
    }],
    run: preview,
};

/// `Invoke-ADSyncSingleObjectSync`.
pub(super) static SINGLE: CommandSpec = CommandSpec {
    name: "Invoke-ADSyncSingleObjectSync",
    aliases: &[],
    module: "ADSync",
    summary: "Takes one object of a forest through import, synchronization and export",
    example: "Invoke-ADSyncSingleObjectSync -DistinguishedName 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com'",
    parameters: &[
        P::text("DistinguishedName").at(0).required(),
        P::switch("StagingMode"),
        P::switch("NoHtmlReport"),
    ],
    sets: &[],
    run: single,
};

/// `Remove-ADSyncCSObject`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-ADSyncCSObject",
    aliases: &[],
    module: "ADSync",
    summary: "Removes an object from its connector space; the next full import brings it back",
    example: "Remove-ADSyncCSObject -CsObject 00000001-0000-0000-0000-000000000001",
    parameters: &[
        P::new("CsObject", K::Any).at(0).required().piped(),
        P::switch("Force").ignored(),
    ],
    sets: &[],
    run: remove,
};

/// `Get-ADSyncCSObjectLog`.
pub(super) static LOG: CommandSpec = CommandSpec {
    name: "Get-ADSyncCSObjectLog",
    aliases: &[],
    module: "ADSync",
    summary: "Shows what the last runs did to an object",
    example: "Get-ADSyncCSObjectLog -Identifier 00000001-0000-0000-0000-000000000001 -Count 5",
    parameters: &[P::new("Identifier", K::Guid).at(0).required(), P::integer("Count").at(1)],
    sets: &[],
    run: log,
};

/// `Search-ADSyncMVObject`.
pub(super) static SEARCH: CommandSpec = CommandSpec {
    name: "Search-ADSyncMVObject",
    aliases: &[],
    module: "Dirsim",
    summary: "Finds metaverse objects by a value",
    example: "Search-ADSyncMVObject -Attribute accountName -Operator Equals -Value ann",
    parameters: &[
        P::text("Attribute").at(0).required(),
        P::new("Operator", K::Choice(&["Equals", "StartsWith", "Contains", "IsPresent"])).at(1),
        P::text("Value").at(2),
    ],
    sets: &[],
    run: search,
};

/// `Invoke-ADSyncCSObjectPasswordHashSync`.
pub(super) static PASSWORD: CommandSpec = CommandSpec {
    name: "Invoke-ADSyncCSObjectPasswordHashSync",
    aliases: &[],
    module: "ADSync",
    summary: "Asks for the password of one object to be sent; objects do not change by it",
    example: "Invoke-ADSyncCSObjectPasswordHashSync -ConnectorName contoso.com -DistinguishedName 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com'",
    parameters: &[
        P::new("Identifier", K::Guid).at(0),
        P::text("ConnectorName"),
        P::new("ConnectorIdentifier", K::Guid),
        P::text("DistinguishedName"),
        P::new("CsObject", K::Any).piped(),
    ],
    sets: &[],
    run: password,
};

fn not_found(bound: &Bound, identity: &str) -> CommandError {
    let message = format!("The object '{identity}' was not found.");
    server_refused(bound, identity, "SE-014", message)
}

/// Returns the object that `-Identifier`, or a connector with `-DistinguishedName`, names.
fn named(session: &Session<'_>, bound: &Bound) -> Result<u64, CommandError> {
    let tables = session.tables();
    if let Some(text) = bound.text("Identifier") {
        return by_guid(session, text)?.ok_or_else(|| not_found(bound, text));
    }
    let connector = sync_connector::named(session, bound)?;
    let name = bound.text("DistinguishedName").unwrap_or_default();
    lookup::by_identity(tables, connector.id, name)?.ok_or_else(|| not_found(bound, name))
}

fn by_guid(session: &Session<'_>, text: &str) -> Result<Option<u64>, CommandError> {
    let Some(id) = text.parse::<Guid>().ok().and_then(cs::number) else { return Ok(None) };
    Ok(cs::head(session.tables(), id)?.map(|_| id))
}

fn preview(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let object = named(session, bound)?;
    let full = !bound.switch("Delta");
    let report = dirsim_world::preview::preview(session.world(), object, full)?;
    if bound.switch("Commit") {
        let edit = ServerEdit::SynchronizeObject { object, full };
        session.act(bound, &cs::guid(object).to_string(), Input::Server(edit))?;
    }
    let mut shown = Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.Preview");
    for (name, value) in &report {
        let mut letters = name.chars();
        let pascal: String =
            letters.next().map(|c| c.to_ascii_uppercase()).into_iter().chain(letters).collect();
        shown = shown.with(&pascal, from_json(value));
    }
    Ok(vec![shown])
}

fn single(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = bound.required("DistinguishedName");
    let dn: Dn = crate::ad::dn(bound, name)?;
    let edit = ServerEdit::SingleObject { dn, staging_mode: bound.switch("StagingMode") };
    let stepped = session.act(bound, name, Input::Server(edit))?;
    let report = stepped
        .into_iter()
        .flat_map(|stepped| stepped.events)
        .find_map(|event| if let Event::Single(report) = event { Some(report) } else { None });
    let Some(report) = report else { return Ok(Vec::new()) };
    let json = sync_single_report::json_of(session, &report)?;
    if !bound.switch("NoHtmlReport") {
        let stamp: String =
            session.now()?.to_string().chars().filter(char::is_ascii_alphanumeric).collect();
        let place = session.place(REPORTS)?;
        session.files().make_folder(&place).map_err(|why| {
            server_refused(bound, REPORTS, "SE-346", format!("The report cannot be written: {why}"))
        })?;
        let file = format!("{REPORTS}\\ADSyncSingleObjectSyncResult-{stamp}.htm");
        session.write_file(&file, &sync_single_report::page(&report, &json), false)?;
        session.outputs.push(Output::Host {
            text: format!("The report was written to {file}"),
            foreground: None,
            background: None,
            stays: false,
        });
    }
    let text = serde_json::to_string_pretty(&json).unwrap_or_default();
    session.emit(Live::text(text));
    Ok(Vec::new())
}

/// Returns the object of a parameter that takes an object or its identifier.
fn given(session: &Session<'_>, bound: &Bound, name: &str) -> Result<u64, CommandError> {
    let text = match bound.get(name) {
        Some(PsValue::Object(object)) => {
            object.get("ObjectId").map(PsValue::to_text).unwrap_or_default()
        }
        Some(PsValue::Table(pairs)) => pairs
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case("ObjectId"))
            .map(|(_, value)| value.to_text())
            .unwrap_or_default(),
        Some(value) => value.to_text(),
        None => String::new(),
    };
    by_guid(session, text.trim())?.ok_or_else(|| not_found(bound, &text))
}

fn remove(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let object = given(session, bound, "CsObject")?;
    let target = lookup::dn(session.tables(), object)?;
    session.act(bound, &target, Input::Server(ServerEdit::RemoveCsObject(object)))?;
    Ok(Vec::new())
}

fn log(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let text = bound.required("Identifier");
    let id = text.parse::<Guid>().ok().and_then(cs::number);
    let id = id.ok_or_else(|| not_found(bound, text))?;
    let limit = bound.integer("Count").map_or(10, |count| usize::try_from(count).unwrap_or(0));
    let mut shown = Vec::new();
    // The password travels apart from the runs (ET-240).
    if let Some(last) = last_hash(session, id)? {
        let (name, text) = last.refused.unwrap_or_else(|| ("success".to_owned(), String::new()));
        shown.push(
            Object::new("ADSync.CsObjectLogEntry")
                .with("Date", last.at)
                .with("ConnectorName", "")
                .with("RunProfileName", "PasswordHashSync")
                .with("Counter", name)
                .with("Details", text),
        );
    }
    for run in run::history(session.tables(), None, usize::MAX)? {
        for step in &run.steps {
            let inbound = step.counters.keys().map(|counter| (0, *counter));
            let outbound = step.outbound.iter().flat_map(|(target, counters)| {
                counters.keys().map(move |counter| (*target, *counter))
            });
            for (target, counter) in inbound.chain(outbound).collect::<Vec<(u32, Counter)>>() {
                let of = run::DetailOf { run: run.id, step: step.number, target, counter };
                let details = run::details(session.tables(), of)?;
                if details.iter().any(|detail| detail.cs == id) && shown.len() < limit {
                    shown.push(
                        Object::new("ADSync.CsObjectLogEntry")
                            .with("Date", step.ended)
                            .with("ConnectorName", run.connector_name.clone())
                            .with("RunProfileName", run.profile.name())
                            .with("Counter", counter.name()),
                    );
                }
            }
            for error in step.errors.iter().filter(|error| error.cs == id) {
                if shown.len() < limit {
                    shown.push(
                        Object::new("ADSync.CsObjectLogEntry")
                            .with("Date", error.error.last)
                            .with("ConnectorName", run.connector_name.clone())
                            .with("RunProfileName", run.profile.name())
                            .with("Counter", error.error.error_type.clone()),
                    );
                }
            }
        }
        if shown.len() >= limit {
            break;
        }
    }
    Ok(shown)
}

/// Returns what the tenant said to the last hash row about a connector space object of a forest.
fn last_hash(session: &Session<'_>, id: u64) -> Result<Option<LastHash>, CommandError> {
    let tables = session.tables();
    let Some(Anchor::Object(guid)) = cs::get(tables, id)?.and_then(|object| object.anchor) else {
        return Ok(None);
    };
    let Some(account) = dirsim_forest::lookup::by_guid(tables, guid)? else { return Ok(None) };
    Ok(passwords::last_hash(tables, account)?)
}

fn search(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = bound.required("Attribute");
    let attribute = session.schema().attribute(name).ok_or_else(|| {
        server_refused(bound, name, "SE-015", format!("There is no attribute '{name}'."))
    })?;
    let operator = bound.text("Operator").unwrap_or("Equals");
    let wanted = bound.text("Value").unwrap_or_default().to_lowercase();
    let tables = session.tables();
    let book = dirsim_sync::RuleBook::read(tables)?;
    let syntax = session.schema().syntax(Side::Metaverse, attribute);
    let (mut shown, mut after) = (Vec::new(), None);
    loop {
        let batch: Vec<(u64, dirsim_sync::MvObject)> =
            dirsim_store::rows::after(tables, after, 512)?;
        let Some((last, _)) = batch.last() else { break };
        after = Some(*last);
        for (id, object) in batch {
            let values = object.get(&book, attribute).values().to_vec();
            let texts: Vec<String> = values
                .iter()
                .map(|value| dirsim_model::typed::display(syntax, value).to_lowercase())
                .collect();
            let fits = texts.iter().any(|text| match operator {
                "StartsWith" => text.starts_with(&wanted),
                "Contains" => text.contains(&wanted),
                "IsPresent" => true,
                _ => *text == wanted,
            });
            if fits {
                shown.push(
                    Object::new("ADSync.MvSearchResult")
                        .with("ObjectId", mv::guid(id))
                        .with("ObjectType", session.schema().class_name(object.class)),
                );
            }
        }
    }
    Ok(shown)
}

fn password(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let object = if bound.has("CsObject") {
        given(session, bound, "CsObject")?
    } else {
        named(session, bound)?
    };
    let is_forest = connector::get(session.tables(), cs::connector_of(object))?
        .is_some_and(|connector| connector.is_forest());
    let joined = cs::head(session.tables(), object)?.is_some_and(|head| head.mv != 0);
    let text = match (is_forest, joined) {
        (false, _) => "The object is not in the connector space of a forest.",
        (true, false) => "The object is not connected; its password is not synchronized.",
        (true, true) => "The password travels with the next tick of the password channel.",
    };
    Ok(vec![Object::new("System.String").with("Value", text)])
}
