//! The sync error report as Connect Health shows it (ET-080, ET-140, `interfaces.md` section 10).
//!
//! Two kinds of errors stand in it: rows that the latest export could not place, and values in
//! quarantine, which are no export errors at all.

use dirsim_model::attribute::well_known as a;
use dirsim_model::time::MINUTE_MS;
use dirsim_model::{Schema, Timestamp};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::cs::Anchor;
use dirsim_sync::images::View as Image;
use dirsim_sync::lookup::{self, Pending};
use dirsim_sync::{CsObject, connector};
use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::{Refusal, TenantObject, lookup as cloud};
use serde::Serialize;

use crate::find;
use crate::plan::forest_name;

/// The categories of the report, in the order of the portal (ET-140).
pub const CATEGORIES: &[&str] = &[
    "Duplicate Attribute",
    "Data Mismatch",
    "Data Validation Failure",
    "Federated Domain Change",
    "Large Attribute",
    "Existing Admin Role Conflict",
    "Other",
];

/// How often the portal makes the report anew (ET-140, ET-261).
const REFRESH_MS: i64 = 30 * MINUTE_MS;
/// The label of a value in quarantine (ET-080).
const QUARANTINED: &str = "QuarantinedAttributeValueMustBeUnique";
/// Attributes whose conflicts the portal can diagnose.
const DIAGNOSABLE: &[&str] =
    &["UserPrincipalName", "ProxyAddresses", "SipProxyAddress", "OnPremiseSecurityIdentifier"];

/// The report.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthReport {
    /// From when on the portal shows this.
    pub shown_from: Timestamp,
    /// The errors, by category and name.
    pub errors: Vec<HealthError>,
}

/// One error.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct HealthError {
    /// One of [`CATEGORIES`].
    pub category: String,
    /// The name of the catalogue.
    pub error_name: String,
    /// The attribute in conflict or at fault.
    pub attribute: Option<String>,
    /// Its values.
    pub values: Vec<String>,
    /// The object that sync wants to write.
    pub object: Side,
    /// The object in the way.
    pub conflict: Option<Side>,
    /// Since when.
    pub first: Timestamp,
    /// When it was last seen.
    pub last: Timestamp,
    /// What the tenant says.
    pub message: String,
    /// How to fix it.
    pub fix: String,
    /// The portal's column Diagnose.
    pub diagnose: &'static str,
    /// The rule of the specification that decided.
    pub rule: String,
}

/// One of the two objects of an error.
#[derive(Debug, Clone, Default, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Side {
    /// The display name.
    pub display_name: Option<String>,
    /// The user principal name.
    pub user_principal_name: Option<String>,
    /// The type of the object.
    pub object_type: String,
    /// The source anchor.
    pub source_anchor: Option<String>,
    /// The name in the forest, for objects that come from one.
    pub distinguished_name: Option<String>,
    /// The object id in the tenant, when it has one.
    pub object_id: Option<String>,
    /// What masters it: `synchronized`, `cloud-only` …
    pub mastered: Option<&'static str>,
}

/// Makes the report of what stands now.
pub fn report(tables: &dyn Tables, schema: &Schema, now: Timestamp) -> StoreResult<HealthReport> {
    let mut errors = Vec::new();
    for connector in connector::all(tables)?.into_iter().filter(|c| !c.is_forest()) {
        for id in lookup::pending(tables, connector.id, Pending::ExportError, None, usize::MAX)? {
            let object: CsObject = rows::expect(tables, id)?;
            let Some(record) = &object.export_error else { continue };
            let history = lookup::answers(tables, id)?;
            let refusal = history.answers.last().and_then(dirsim_tenant::Answer::refusal);
            let Some(refusal) = refusal.filter(|refusal| refusal.name == record.error_type) else {
                continue;
            };
            let mut error = refused(tables, schema, id, &object, refusal)?;
            (error.first, error.last) = (record.first, record.last);
            errors.push(error);
        }
    }
    for entry in cloud::quarantine(tables)? {
        let Some(held) = cloud::object(tables, entry.number)? else { continue };
        errors.push(quarantined(tables, &held, &entry.conflict)?);
    }
    errors.sort_by_key(|error| {
        let place = CATEGORIES.iter().position(|category| *category == error.category);
        (place, error.error_name.clone(), error.first)
    });
    // A report made at the half hour shows what stood then.
    let late = now.0.rem_euclid(REFRESH_MS);
    let shown_from = if late == 0 { now } else { now + (REFRESH_MS - late) };
    Ok(HealthReport { shown_from, errors })
}

fn refused(
    tables: &dyn Tables,
    schema: &Schema,
    id: u64,
    object: &CsObject,
    refusal: &Refusal,
) -> StoreResult<HealthError> {
    let image = object.view(Image::Unapplied);
    let anchor = image.text(a::SOURCE_ANCHOR);
    let linked = match object.anchor {
        Some(Anchor::Cloud(cloud)) => Some(cloud.id.to_string()),
        _ => None,
    };
    let side = Side {
        display_name: image.text(a::DISPLAY_NAME),
        user_principal_name: image.text(a::USER_PRINCIPAL_NAME),
        object_type: capitalized(schema.class_name(object.class)),
        source_anchor: anchor,
        distinguished_name: forest_name(tables, id)?,
        object_id: linked,
        mastered: None,
    };
    let conflict = match refusal.conflicting {
        Some(id) => match cloud::by_id(tables, id)? {
            Some(number) => cloud::object(tables, number)?.map(|held| of_tenant(tables, &held)),
            None => None,
        },
        None => None,
    };
    let fix = catalogue().errors.get(&refusal.name).map(|entry| entry.fix.clone());
    let message = refusal.text.strip_prefix(&format!("{}: ", refusal.name));
    let message = message.unwrap_or(&refusal.text);
    let fix = fix.unwrap_or_default();
    Ok(HealthError {
        category: refusal.category.clone(),
        error_name: refusal.name.clone(),
        attribute: refusal.attribute.clone(),
        values: refusal.values.clone(),
        object: side,
        conflict: conflict.transpose()?,
        first: Timestamp::default(),
        last: Timestamp::default(),
        message: message.strip_suffix(&format!("; {fix}")).unwrap_or(message).to_owned(),
        fix,
        diagnose: diagnose(refusal.attribute.as_deref()),
        rule: refusal.rule.clone(),
    })
}

fn quarantined(
    tables: &dyn Tables,
    held: &TenantObject,
    conflict: &dirsim_tenant::Conflict,
) -> StoreResult<HealthError> {
    let owner = match cloud::by_id(tables, conflict.owner)? {
        Some(number) => cloud::object(tables, number)?,
        None => None,
    };
    let mut admin = false;
    for id in find::cs_by_anchor(tables, &Anchor::Cloud(held.cloud_anchor()))? {
        let answers = lookup::answers(tables, id)?.answers;
        let notes = answers.iter().flat_map(|answer| &answer.notes);
        admin |= notes.clone().any(|note| note.code == "EXISTING-ADMIN-ROLE-CONFLICT");
    }
    let entry = catalogue().errors.get(QUARANTINED);
    let attribute = conflict.property.name();
    let named = owner.as_ref().map_or_else(|| conflict.owner.to_string(), TenantObject::describe);
    let message = entry.map_or_else(String::new, |entry| {
        entry
            .text
            .replace("{attribute}", attribute)
            .replace("{values}", &conflict.value)
            .replace("{conflict}", &named)
    });
    let category = if admin { "Existing Admin Role Conflict" } else { "Duplicate Attribute" };
    let fix = if admin {
        "take the roles away, delete the duplicate for good, run a cycle, give the roles back"
    } else {
        entry.map_or("", |entry| entry.fix.as_str())
    };
    Ok(HealthError {
        category: category.to_owned(),
        error_name: QUARANTINED.to_owned(),
        attribute: Some(attribute.to_owned()),
        values: vec![conflict.value.to_string()],
        object: of_tenant(tables, held)?,
        conflict: owner.map(|owner| of_tenant(tables, &owner)).transpose()?,
        first: conflict.since,
        last: conflict.since,
        message,
        fix: fix.to_owned(),
        diagnose: diagnose(Some(attribute)),
        rule: if admin { "ET-043" } else { "ET-072" }.to_owned(),
    })
}

/// Writes a class as the tenant writes the type: `User`.
fn capitalized(class: &str) -> String {
    let mut letters = class.chars();
    letters.next().map(|first| first.to_ascii_uppercase()).into_iter().chain(letters).collect()
}

fn diagnose(attribute: Option<&str>) -> &'static str {
    if attribute.is_some_and(|name| DIAGNOSABLE.contains(&name)) {
        "Not Started"
    } else {
        "Manual Fix Required"
    }
}

/// Shows an object of the tenant, with the forest object that feeds it.
fn of_tenant(tables: &dyn Tables, held: &TenantObject) -> StoreResult<Side> {
    let mut distinguished_name = None;
    for id in find::cs_by_anchor(tables, &Anchor::Cloud(held.cloud_anchor()))? {
        distinguished_name = distinguished_name.or(forest_name(tables, id)?);
    }
    Ok(Side {
        display_name: held.profile.text(a::DISPLAY_NAME).map(str::to_owned),
        user_principal_name: held.shown_upn(),
        object_type: held.kind.name().to_owned(),
        source_anchor: held.anchor.as_ref().map(ToString::to_string),
        distinguished_name,
        object_id: Some(held.id.to_string()),
        mastered: Some(match (held.is_active(), held.sync_enabled) {
            (false, _) => "in the recycle bin",
            _ if held.cloud_managed => "managed in the cloud",
            (_, Some(true)) => "synchronized",
            (_, Some(false)) => "formerly synchronized",
            (_, None) => "cloud-only",
        }),
    })
}
