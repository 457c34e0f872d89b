//! The `ADSyncTools` helpers that search and write files (section 15).

use std::fmt::Write as _;

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dirsim_model::attribute::well_known as a;
use dirsim_model::{Guid, SourceAnchor};
use dirsim_sync::cs::{self, Anchor};
use dirsim_sync::images::View;
use dirsim_sync::{connector, lookup, mv, run};
use dirsim_world::csexport;
use quick_xml::escape::escape;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::live::Live;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::Object;

use super::{data, sync_connector, sync_history, sync_tools};

/// Bytes before the text of a stored anchor: its length.
const LENGTH: usize = 4;

/// `Export-ADSyncToolsAadDisconnectors`.
pub(super) static DISCONNECTORS: CommandSpec = CommandSpec {
    name: "Export-ADSyncToolsAadDisconnectors",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Writes the free objects of the Entra connector space to AadDisconnectors.csv: cloud \
              objects without a counterpart on-premises",
    example: "Export-ADSyncToolsAadDisconnectors -SyncObjectType user",
    parameters: &[
        P::new("SyncObjectType", K::Choice(&["user", "group", "contact", "device"])).at(0)
    ],
    sets: &[],
    run: disconnectors,
};

/// `ConvertTo-ADSyncToolsCloudAnchor`.
pub(super) static CLOUD_ANCHOR: CommandSpec = CommandSpec {
    name: "ConvertTo-ADSyncToolsCloudAnchor",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Reads the cloud anchor from the base64 form in which a database keeps it",
    example: "ConvertTo-ADSyncToolsCloudAnchor 'UgAAAFUAcwBlAHIAXwBjADcAMgA5ADAAMwBlAGQALQA3ADgAMQA2AC0ANAAxAGMAZAAtADkAMAA2ADYALQBlAGEAYwAzADMAZAAxADcAMQBkADcANwA='",
    parameters: &[P::text("Anchor").at(0).required()],
    sets: &[],
    run: cloud_anchor,
};

/// `Search-ADSyncToolsADobject`.
pub(super) static SEARCH: CommandSpec = CommandSpec {
    name: "Search-ADSyncToolsADobject",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Finds an object of Active Directory by any identity, a user principal name too",
    example: "Search-ADSyncToolsADobject ann@contoso.com",
    parameters: &[P::text("Identity").at(0).required()],
    sets: &[],
    run: search,
};

/// `Export-ADSyncToolsRunHistory`.
pub(super) static EXPORT_RUNS: CommandSpec = CommandSpec {
    name: "Export-ADSyncToolsRunHistory",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Writes run history to <TargetName>-RunHistory.csv and its steps to -RunStep.xml",
    example: "Export-ADSyncToolsRunHistory -TargetName before",
    parameters: &[P::text("TargetName").at(0).required()],
    sets: &[],
    run: export_runs,
};

/// `Import-ADSyncToolsRunHistory`.
pub(super) static IMPORT_RUNS: CommandSpec = CommandSpec {
    name: "Import-ADSyncToolsRunHistory",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Shows the runs of a file that Export-ADSyncToolsRunHistory wrote",
    example: "Import-ADSyncToolsRunHistory -Path .\\before-RunHistory.csv",
    parameters: &[P::text("Path").at(0).required()],
    sets: &[],
    run: import_runs,
};

/// `Export-ADSyncToolsObjects`.
pub(super) static EXPORT_OBJECTS: CommandSpec = CommandSpec {
    name: "Export-ADSyncToolsObjects",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Writes a metaverse object and all its connector space objects to <ObjectId>.xml",
    example: "Export-ADSyncToolsObjects -DistinguishedName 'CN=Ann Lee,OU=Staff,DC=contoso,DC=com' -ConnectorName contoso.com",
    parameters: &[
        P::new("ObjectId", K::Guid).at(0),
        P::new("Source", K::Choice(&["Metaverse", "ConnectorSpace"])).at(1),
        P::text("DistinguishedName"),
        P::text("ConnectorName"),
    ],
    sets: &[ParameterSet { names: &["ObjectId", "DistinguishedName"], required: true }],
    run: export_objects,
};

/// Writes one line of CSV.
pub(super) fn line(fields: &[String]) -> String {
    let fields: Vec<String> = fields
        .iter()
        .map(|field| {
            if field.contains([',', '"', '\n']) {
                format!("\"{}\"", field.replace('"', "\"\""))
            } else {
                field.clone()
            }
        })
        .collect();
    format!("{}\r\n", fields.join(","))
}

fn disconnectors(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    const COLUMNS: [&str; 8] = [
        "UserPrincipalName",
        "Mail",
        "SourceAnchor",
        "DistinguishedName",
        "CsObjectId",
        "ObjectType",
        "ConnectorId",
        "CloudAnchor",
    ];
    let (tables, schema) = (session.tables(), session.schema());
    let mut text = line(&COLUMNS.map(str::to_owned));
    let mut count = 0;
    for connector in connector::all(tables)?.into_iter().filter(|found| !found.is_forest()) {
        let mut after = None;
        loop {
            let page = lookup::objects(tables, connector.id, after, 1_000)?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (id, object) in page {
                let class = schema.class_name(object.class);
                let other = bound.text("SyncObjectType").is_some_and(|wanted| wanted != class);
                if object.is_placeholder() || object.mv != 0 || other {
                    continue;
                }
                let image = object.view(View::Imported);
                let value = |attribute| image.text(attribute).unwrap_or_default();
                let cloud = match object.anchor {
                    Some(Anchor::Cloud(anchor)) => anchor.to_string(),
                    _ => String::new(),
                };
                text.push_str(&line(&[
                    value(a::USER_PRINCIPAL_NAME),
                    value(a::MAIL),
                    value(a::SOURCE_ANCHOR),
                    lookup::dn(tables, id)?,
                    cs::guid(id).to_string(),
                    class.to_owned(),
                    connector.guid.to_string(),
                    cloud,
                ]));
                count += 1;
            }
        }
    }
    session.write_file("AadDisconnectors.csv", &text, false)?;
    session.emit(Live::text(format!("{count} objects written to AadDisconnectors.csv")));
    Ok(Vec::new())
}

fn cloud_anchor(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let given = bound.required("Anchor");
    let units = BASE64_STANDARD.decode(given.trim()).ok().and_then(|bytes| {
        let (length, text) = bytes.split_first_chunk::<LENGTH>()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let text = text.get(..length)?;
        let pairs = text.chunks_exact(2);
        pairs.map(|pair| Some(u16::from_le_bytes([*pair.first()?, *pair.get(1)?]))).collect()
    });
    let text = units.and_then(|units: Vec<u16>| String::from_utf16(&units).ok());
    let Some(text) = text else {
        let message = format!("Cannot convert '{given}': it is no stored anchor.");
        return Err(server_refused(bound, given, "SE-013", message));
    };
    session.emit(Live::text(text.trim_end_matches('\0')));
    Ok(Vec::new())
}

fn search(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let found = sync_tools::find(session, bound)?;
    let (tables, schema) = (session.tables(), session.schema());
    let entry = &found.object.entry;
    let anchor = entry.get(a::CONSISTENCY_GUID).first().and_then(dirsim_model::ValueRef::as_bytes);
    let anchor = anchor.and_then(Guid::from_slice);
    let sent = anchor.unwrap_or(found.object.guid);
    Ok(vec![
        Object::new("ADSyncTools.ADObject")
            .with("DistinguishedName", dirsim_forest::lookup::dn(tables, found.id)?.to_string())
            .with("ObjectClass", schema.class_name(found.object.class))
            .with("ObjectGUID", found.object.guid)
            .with("sAMAccountName", entry.text(a::SAM_ACCOUNT_NAME))
            .with("userPrincipalName", entry.text(a::USER_PRINCIPAL_NAME))
            .with("mail", entry.text(a::MAIL))
            .with("mS-DS-ConsistencyGuid", anchor)
            .with("ImmutableId", SourceAnchor::from_guid(sent).to_string()),
    ])
}

fn export_runs(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let target = bound.required("TargetName").to_owned();
    let runs = run::history(session.tables(), None, usize::MAX)?;
    let mut text = String::new();
    let mut steps = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<run-history>\n");
    for (at, record) in runs.iter().enumerate() {
        let shown = sync_history::show_run(record);
        if at == 0 {
            let names = shown.properties.iter().map(|(name, _)| name.clone());
            text.push_str(&line(&names.collect::<Vec<_>>()));
        }
        let values = shown.properties.iter().map(|(_, value)| value.to_text());
        text.push_str(&line(&values.collect::<Vec<_>>()));
        let _ = writeln!(
            steps,
            " <run-details>\n  <ma-name>{}</ma-name>\n  <run-number>{}</run-number>\n  \
             <run-profile-name>{}</run-profile-name>",
            escape(&*record.connector_name),
            record.number,
            record.profile.name()
        );
        for step in &record.steps {
            let _ = writeln!(
                steps,
                "  <step-details step-number=\"{}\">\n   <start-date>{}</start-date>\n   \
                 <end-date>{}</end-date>\n   <step-result>{}</step-result>",
                step.number,
                step.started,
                step.ended,
                step.result.name()
            );
            for (counter, count) in &step.counters {
                let name = counter.name();
                let _ = writeln!(steps, "   <{name}>{count}</{name}>");
            }
            steps.push_str("  </step-details>\n");
        }
        steps.push_str(" </run-details>\n");
    }
    steps.push_str("</run-history>\n");
    session.write_file(&format!("{target}-RunHistory.csv"), &text, false)?;
    session.write_file(&format!("{target}-RunStep.xml"), &steps, false)?;
    session.emit(Live::text(format!("{} runs written to {target}-RunHistory.csv", runs.len())));
    Ok(Vec::new())
}

fn import_runs(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let text = session.read_file(bound.required("Path"))?;
    let mut records = data::csv_records(&text, ',').into_iter();
    let names = records.next().unwrap_or_default();
    if !names.iter().any(|name| name == "RunHistoryId") {
        let message = "The file is no run history of Export-ADSyncToolsRunHistory.".to_owned();
        return Err(server_refused(bound, bound.required("Path"), "SE 7.1", message));
    }
    Ok(records
        .map(|record| {
            let shown = Object::new("ADSyncTools.RunHistory");
            let pairs = names.iter().zip(record);
            pairs.fold(shown, |shown, (name, value)| shown.with(name, value))
        })
        .collect())
}

fn export_objects(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let (tables, schema) = (session.tables(), session.schema());
    let missing = |name: &str| {
        server_refused(bound, name, "SE-014", format!("The object '{name}' was not found."))
    };
    let (person, first) = if let Some(name) = bound.text("DistinguishedName") {
        let connector = sync_connector::named(session, bound)?;
        let id = lookup::by_identity(tables, connector.id, name)?.ok_or_else(|| missing(name))?;
        let head = cs::head(tables, id)?.ok_or_else(|| missing(name))?;
        (head.mv, Some(id))
    } else {
        let text = bound.required("ObjectId");
        let guid: Option<Guid> = text.parse().ok();
        if bound.text("Source") == Some("ConnectorSpace") {
            let id = guid.and_then(cs::number).ok_or_else(|| missing(text))?;
            let head = cs::head(tables, id)?.ok_or_else(|| missing(text))?;
            (head.mv, Some(id))
        } else {
            (guid.and_then(mv::number).ok_or_else(|| missing(text))?, None)
        }
    };
    let found = mv::get(tables, person)?;
    let links = match (&found, first) {
        (Some(person), _) => person.links.clone(),
        (None, Some(alone)) => vec![alone],
        (None, None) => return Err(missing(bound.required("ObjectId"))),
    };
    let id = match first.filter(|_| found.is_none()) {
        Some(alone) => cs::guid(alone),
        None => mv::guid(person),
    };
    let mut text = String::from("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<objects>\n");
    if let Some(found) = &found {
        text.push_str(&csexport::mv_element(tables, schema, person, found)?);
    }
    for cs in &links {
        if let Some(object) = cs::get(tables, *cs)? {
            text.push_str(&csexport::element(tables, schema, *cs, &object)?);
        }
    }
    text.push_str("</objects>\n");
    let file = format!("{id}.xml");
    session.write_file(&file, &text, false)?;
    session.emit(Live::text(format!("{} connector space objects written to {file}", links.len())));
    Ok(Vec::new())
}
