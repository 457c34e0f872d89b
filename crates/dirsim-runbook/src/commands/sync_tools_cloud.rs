//! The `ADSyncTools` helpers that read exported objects back, delete synchronized cloud objects, and
//! report on devices (section 15).

use dirsim_formats::SourceFile;
use dirsim_formats::server::objects;
use dirsim_model::attribute::well_known as a;
use dirsim_model::{Guid, SourceAnchor};
use dirsim_tenant::TenantType;
use dirsim_world::{Input, ServerEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::live::Live;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

use super::{data, sync_tools_report};

/// Objects that one call to the service deletes.
const BATCH: usize = 10;
/// The object types that the service deletes.
const TYPES: &[&str] = &["user", "group", "contact", "device"];
/// The report of hybrid joined devices.
const JOIN_REPORT: &str = "ADSyncTools-HybridAadJoinReport.csv";

/// `Import-ADSyncToolsObjects`.
pub(super) static IMPORT_OBJECTS: CommandSpec = CommandSpec {
    name: "Import-ADSyncToolsObjects",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Shows the objects of a file that Export-ADSyncToolsObjects wrote",
    example: "Import-ADSyncToolsObjects -Path .\\25c2879e-20ed-4e66-83f0-9e20460aedf8.xml",
    parameters: &[P::text("Path").at(0).required().by_name()],
    sets: &[],
    run: import_objects,
};

/// `Remove-ADSyncToolsAadObject`.
pub(super) static REMOVE_OBJECT: CommandSpec = CommandSpec {
    name: "Remove-ADSyncToolsAadObject",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Deletes synchronized objects of the tenant by source anchor, ten in a call: orphans that \
              no connector space holds any more",
    example: "Remove-ADSyncToolsAadObject -SourceAnchor 'MyIRAFVEd2aImaq7zN3u/w==' -SyncObjectType user",
    parameters: &[
        P::text("SourceAnchor").at(0).by_name(),
        P::new("SyncObjectType", K::Choice(TYPES)).at(1).or(&["ObjectType"]).by_name(),
        P::text("InputCsvFilename"),
        P::new("Credential", K::Any).ignored(),
    ],
    sets: &[ParameterSet { names: &["SourceAnchor", "InputCsvFilename"], required: true }],
    run: remove_objects,
};

/// `Export-ADSyncToolsHybridAadJoinReport`.
pub(super) static JOIN: CommandSpec = CommandSpec {
    name: "Export-ADSyncToolsHybridAadJoinReport",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Writes which computers of Active Directory have a certificate that lets them be joined",
    example: "Export-ADSyncToolsHybridAadJoinReport",
    parameters: &[P::text("DN").at(0), P::text("Filename")],
    sets: &[],
    run: join_report,
};

fn import_objects(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let path = bound.required("Path").to_owned();
    let bytes = session.read_bytes(&path)?;
    let found = objects::read(SourceFile { name: &path, bytes: &bytes })
        .map_err(|errors| server_refused(bound, &path, "SE-034", errors.to_string()))?;
    Ok(found
        .into_iter()
        .map(|object| {
            let attributes: Vec<PsValue> = object
                .attributes
                .into_iter()
                .map(|(name, values)| {
                    Object::new("ADSyncTools.Attribute")
                        .with("Name", name)
                        .with("Values", values)
                        .into()
                })
                .collect();
            let source = if object.is_metaverse { "Metaverse" } else { "ConnectorSpace" };
            Object::new("ADSyncTools.Object")
                .with("Source", source)
                .with("ObjectId", object.id)
                .with("ObjectType", object.object_type)
                .with("ConnectorName", object.connector)
                .with("DistinguishedName", object.dn)
                .with("Attributes", PsValue::List(attributes))
        })
        .collect())
}

fn remove_objects(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut wanted: Vec<(String, String)> = Vec::new();
    if let Some(file) = bound.text("InputCsvFilename") {
        let text = session.read_file(file)?;
        let mut records = data::csv_records(&text, ',').into_iter();
        let head = records.next().unwrap_or_default();
        let column = |name: &str| head.iter().position(|known| known.eq_ignore_ascii_case(name));
        let kind = column("SyncObjectType").or_else(|| column("ObjectType"));
        let (Some(anchor), Some(kind)) = (column("SourceAnchor"), kind) else {
            let message = "The file needs the columns SourceAnchor and SyncObjectType.".to_owned();
            return Err(server_refused(bound, file, "SE section 15", message));
        };
        for record in records {
            let field = |at: usize| record.get(at).cloned().unwrap_or_default();
            wanted.push((field(anchor), field(kind)));
        }
    } else {
        let Some(kind) = bound.text("SyncObjectType") else {
            let message = "Name the type of the object with -SyncObjectType.".to_owned();
            return Err(server_refused(bound, "SyncObjectType", "SE section 15", message));
        };
        wanted.push((bound.required("SourceAnchor").to_owned(), kind.to_owned()));
    }
    let mut shown = Vec::new();
    for (batch, objects) in wanted.chunks(BATCH).enumerate() {
        for (anchor, kind) in objects {
            let Some((code, details)) = remove_one(session, bound, anchor, kind)? else { continue };
            shown.push(
                Object::new("ADSyncTools.RemovedObject")
                    .with("Batch", u64::try_from(batch + 1).unwrap_or(1))
                    .with("SourceAnchor", anchor.clone())
                    .with("SyncObjectType", kind.clone())
                    .with("ResultCode", code)
                    .with("ResultErrorDescription", details),
            );
        }
    }
    Ok(shown)
}

/// Deletes one object; a refusal of the tenant is a result and does not stop the others.
fn remove_one(
    session: &mut Session<'_>,
    bound: &Bound,
    anchor: &str,
    kind: &str,
) -> Result<Option<(&'static str, String)>, CommandError> {
    let object_type = match kind.trim().to_ascii_lowercase().as_str() {
        "user" => TenantType::User,
        "group" => TenantType::Group,
        "contact" => TenantType::Contact,
        "device" => TenantType::Device,
        _ => {
            let message = format!("'{kind}' is no type of synchronized objects.");
            return Ok(Some(("Failure", message)));
        }
    };
    let edit =
        ServerEdit::RemoveCloudObject { anchor: SourceAnchor::new(anchor.trim()), object_type };
    match session.act(bound, anchor, Input::Server(edit)) {
        // Nothing was done under -WhatIf.
        Ok(stepped) => Ok(stepped.map(|_| ("Success", String::new()))),
        Err(CommandError::Refused(record)) => Ok(Some(("Failure", record.message.clone()))),
        Err(other) => Err(other),
    }
}

fn join_report(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let below = bound.text("DN").map(|name| crate::ad::dn(bound, name)).transpose()?;
    let file = bound.text("Filename").unwrap_or(JOIN_REPORT).to_owned();
    let (tables, schema) = (session.tables(), session.schema());
    let columns = ["DistinguishedName", "ObjectGUID", "DeviceName", "IsEnabled", "Certificates"];
    let mut text = sync_tools_report::line(&columns.map(str::to_owned));
    let (mut count, mut after) = (0, None);
    let certificate = schema.attribute("userCertificate");
    loop {
        let page: Vec<(u64, dirsim_forest::ForestObject)> =
            dirsim_store::rows::after(tables, after, 512)?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (id, object) in page {
            if object.class != dirsim_model::schema::class::COMPUTER || object.deleted.is_some() {
                continue;
            }
            let dn = dirsim_forest::lookup::dn(tables, id)?;
            if below.as_ref().is_some_and(|below| !dn.is_within(below)) {
                continue;
            }
            let held =
                certificate.map_or(0, |attribute| object.entry.get(attribute).iter().count());
            let flags = object.entry.get(a::USER_ACCOUNT_CONTROL).first();
            let disabled = flags
                .and_then(dirsim_model::ValueRef::as_integer)
                .is_some_and(|flags| flags & crate::ad::property::UAC_DISABLED != 0);
            text.push_str(&sync_tools_report::line(&[
                dn.to_string(),
                Guid::to_string(&object.guid),
                dn.rdn().map_or_else(String::new, |rdn| rdn.value.to_string()),
                (!disabled).to_string(),
                held.to_string(),
            ]));
            count += 1;
        }
    }
    session.write_file(&file, &text, false)?;
    session.emit(Live::text(format!("{count} computers written to {file}")));
    Ok(Vec::new())
}
