//! The report of a single-object sync: JSON in the style of a provisioning summary, and a page with
//! the tabs of the product (SE-346, `interfaces.md` 8.6).

use std::fmt::Write as _;

use dirsim_model::attribute::well_known as a;
use dirsim_model::{Dice, Dn};
use dirsim_sync::cs::{self, Anchor};
use dirsim_sync::{connector, lookup, mv};
use dirsim_world::{SingleReport, SingleStep};
use quick_xml::escape::escape;
use serde_json::{Map, Value, json};

use crate::error::CommandError;
use crate::session::Session;

/// Kinds of steps of a provisioning summary by the names of the checks.
const KINDS: &[(&str, &str)] = &[
    ("import AD", "import"),
    ("import Entra", "import"),
    ("sync", "processing"),
    ("export", "export"),
];
/// What to do when a check fails.
const ADVICE: &[(&str, &str)] = &[
    ("source domain scope", "select the domain in the wizard, or check the name of the object"),
    ("target domain scope", "repair the connection of the server to the tenant, then try again"),
    ("OU scope", "select the container in the wizard and run a full import, or move the object"),
    ("object reachable", "check the name, and the rights and password of the connector account"),
    ("object type scope", "add the object class to those that the connector imports"),
    ("group filtering", "make the object a direct member of the pilot group"),
    ("import AD", "look at the discovery error of the object"),
    ("sync", "look at the synchronization error of the object and at the rule behind it"),
    ("export", "look at the export error of the object, or at why no rule provisions it"),
];
/// Parts of a modified property that are shown; of more only the number is.
const VALUES_MAX: usize = 10;

/// Returns the JSON of a report.
pub(super) fn json_of(session: &Session<'_>, report: &SingleReport) -> Result<Value, CommandError> {
    let now = session.now()?;
    let failed = report.steps.iter().find(|step| !step.passed);
    let mut dice = Dice::new(now.0.unsigned_abs() ^ u64::from(crc(&report.dn)));
    let mut fresh = || dice.guid().to_string();
    let (id, change, cycle, job) = (fresh(), fresh(), fresh(), fresh());
    let exported = report.steps.iter().find(|step| step.name == "export" && step.passed);
    let action = match exported.map(|step| step.text.as_str()) {
        Some(text) if text.contains("export-add") => "create",
        Some(text) if text.contains("export-update") => "update",
        _ => "other",
    };
    let error = failed.map(|step| {
        json!({
            "errorCode": step.name,
            "reason": step.text,
            "additionalDetails": null,
            "errorCategory": "failure",
            "recommendedAction": advice(step),
        })
    });
    let steps: Vec<Value> = report
        .steps
        .iter()
        .map(|step| {
            let kind = KINDS.iter().find(|(name, _)| *name == step.name);
            json!({
                "name": step.name,
                "provisioningStepType": kind.map_or("scoping", |(_, kind)| *kind),
                "status": if step.passed { "success" } else { "failure" },
                "description": step.text,
                "details": {},
            })
        })
        .collect();
    let changed: Vec<Value> = report
        .changed
        .iter()
        .map(|(name, before, after)| {
            json!({
                "displayName": name,
                "oldValue": shortened(before),
                "newValue": shortened(after),
            })
        })
        .collect();
    let (source, target) = identities(session, &report.dn)?;
    Ok(json!({
        "id": id,
        "activityDateTime": now.to_string(),
        "changeId": change,
        "cycleId": cycle,
        "jobId": job,
        "tenantId": crate::graph::tenant_id(session)?.to_string(),
        "durationInMilliseconds": 0,
        "provisioningAction": action,
        "provisioningStatusInfo": {
            "status": if failed.is_some() { "failure" } else { "success" },
            "errorInformation": error,
        },
        "initiatedBy": { "displayName": "Invoke-ADSyncSingleObjectSync" },
        "sourceSystem": { "displayName": "Active Directory" },
        "targetSystem": { "displayName": "Microsoft Entra ID" },
        "sourceIdentity": source,
        "targetIdentity": target,
        "modifiedProperties": changed,
        "provisioningSteps": steps,
    }))
}

/// Counts a value with many parts instead of listing them.
fn shortened(value: &str) -> String {
    let parts = value.split("; ").count();
    if parts > VALUES_MAX { format!("{parts} values") } else { value.to_owned() }
}

fn advice(step: &SingleStep) -> &'static str {
    ADVICE.iter().find(|(name, _)| *name == step.name).map_or("", |(_, advice)| *advice)
}

/// Returns a number that differs between texts; it only seeds identifiers of reports.
fn crc(text: &str) -> u32 {
    text.bytes()
        .fold(0x811c_9dc5, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(0x0100_0193))
}

/// Describes the object of the forest and its counterpart in the tenant.
fn identities(session: &Session<'_>, name: &str) -> Result<(Value, Value), CommandError> {
    let (tables, schema) = (session.tables(), session.schema());
    let mut source = Map::new();
    source.insert("id".to_owned(), json!(name));
    let Some(dn) = name.parse::<Dn>().ok() else { return Ok((source.into(), Value::Null)) };
    let found = dirsim_forest::lookup::by_dn(tables, &dn)?;
    let Some(object) =
        found.map(|id| dirsim_forest::lookup::object(tables, id)).transpose()?.flatten()
    else {
        return Ok((source.into(), Value::Null));
    };
    let details = json!({ "distinguishedName": name });
    source.insert("id".to_owned(), json!(object.guid.to_string()));
    source.insert("displayName".to_owned(), json!(object.entry.text(a::DISPLAY_NAME)));
    source.insert("identityType".to_owned(), json!(schema.class_name(object.class)));
    source.insert("details".to_owned(), details);
    let mut target = Value::Null;
    for known in connector::all(tables)? {
        let staged = if known.is_forest() {
            lookup::by_anchor(tables, known.id, &Anchor::Object(object.guid))?
        } else {
            None
        };
        let Some(staged) = staged else { continue };
        let person = cs::head(tables, staged)?.map_or(0, |head| head.mv);
        let Some(person) = mv::get(tables, person)? else { continue };
        for link in person.links {
            let Some(other) = cs::get(tables, link)? else { continue };
            if let Some(Anchor::Cloud(anchor)) = other.anchor {
                target = json!({
                    "id": anchor.to_string(),
                    "displayName": object.entry.text(a::DISPLAY_NAME),
                    "identityType": schema.class_name(other.class),
                    "details": { "distinguishedName": lookup::dn(tables, link)? },
                });
            }
        }
    }
    Ok((source.into(), target))
}

/// Returns the page of a report: Steps, Troubleshooting & Recommendation, Modified Properties and
/// Summary.
pub(super) fn page(report: &SingleReport, json: &Value) -> String {
    let mut text = String::from(
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <title>Single object sync</title>\n<style>\
         body{font:14px/1.5 \"Segoe UI\",sans-serif;margin:2rem;max-width:70rem}\
         table{border-collapse:collapse;width:100%}\
         td,th{border-bottom:1px solid #ccc;padding:.3rem .6rem;text-align:left;vertical-align:top}\
         .success{color:#0b6a0b}.failure{color:#a4262c}</style>\n</head>\n<body>\n",
    );
    let _ = writeln!(text, "<h1>{}</h1>", escape(report.dn.as_str()));
    text.push_str(
        "<h2>Steps</h2>\n<table>\n<tr><th>Step</th><th>Status</th><th>Details</th></tr>\n",
    );
    for step in &report.steps {
        let status = if step.passed { "success" } else { "failure" };
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td class=\"{status}\">{status}</td><td>{}</td></tr>",
            escape(step.name.as_str()),
            escape(step.text.as_str())
        );
    }
    text.push_str("</table>\n<h2>Troubleshooting &amp; Recommendation</h2>\n");
    match report.steps.iter().find(|step| !step.passed) {
        None => text.push_str("<p>Nothing to do.</p>\n"),
        Some(step) => {
            let _ = writeln!(
                text,
                "<p>{}: {}</p>\n<p>{}</p>",
                escape(step.name.as_str()),
                escape(step.text.as_str()),
                escape(advice(step))
            );
        }
    }
    text.push_str(
        "<h2>Modified Properties</h2>\n<table>\n\
         <tr><th>Property</th><th>Old value</th><th>New value</th></tr>\n",
    );
    for (name, before, after) in &report.changed {
        let _ = writeln!(
            text,
            "<tr><td>{}</td><td>{}</td><td>{}</td></tr>",
            escape(name.as_str()),
            escape(shortened(before)),
            escape(shortened(after))
        );
    }
    text.push_str("</table>\n<h2>Summary</h2>\n<table>\n");
    let word =
        |path: &str| json.pointer(path).and_then(Value::as_str).unwrap_or_default().to_owned();
    for (label, value) in [
        ("Result", word("/provisioningStatusInfo/status")),
        ("Action", word("/provisioningAction")),
        ("Time", word("/activityDateTime")),
        ("Source object", word("/sourceIdentity/id")),
        ("Target object", word("/targetIdentity/id")),
        ("Modified properties", report.changed.len().to_string()),
    ] {
        let _ = writeln!(text, "<tr><th>{label}</th><td>{}</td></tr>", escape(value));
    }
    text.push_str("</table>\n</body>\n</html>\n");
    text
}
