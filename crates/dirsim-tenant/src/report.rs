//! What people are told about errors: the e-mail after an export, the record of one error, the
//! portal's list of conflicts (ET-003, ET-083, ET-084, ET-142).

use dirsim_model::anchor::connector_space_name;
use dirsim_model::{Guid, SourceAnchor, Timestamp};
use dirsim_store::tables::scan_prefix;
use dirsim_store::{StoreResult, Table, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::answer::{Answer, Verdict};
use crate::row::{ExportRow, TenantType};
use crate::{log, lookup, options};

/// The code that the client shows for every refusal of a row (ET-003).
pub const HRESULT: &str = "0x8023134a";

/// One line of the error report (ET-083).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportLine {
    /// Whom it is about: the name of the object, or its anchor when it has none yet.
    pub identity: String,
    /// What happened.
    pub description: String,
    /// The anchor.
    pub source_anchor: Option<SourceAnchor>,
}

/// The identity synchronization error report, which goes to the technical contact after an export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErrorReport {
    /// When.
    pub at: Timestamp,
    /// The lines: refused rows of every export, quarantined values of the one that caused them.
    pub lines: Vec<ReportLine>,
}

/// The number of the report that is being written, and when the last one was sent.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Place {
    number: u64,
    next_line: u64,
    sent: Option<Timestamp>,
    /// Whether a row of this run was refused because the directory is full (ET-166).
    full: bool,
}

const PLACE: &str = "tenant-report";
const LINES: &str = "tenant-report/";

/// Notes what an answer contributes to the report of its export.
pub(crate) fn take(tables: &mut dyn Tables, row: &ExportRow, answer: &Answer) -> StoreResult<()> {
    let mut found = Vec::new();
    let mut full = false;
    match &answer.verdict {
        // The client repeats such a row by itself in the same run.
        Verdict::Failure(refusal) if refusal.retry_in_run => {}
        Verdict::Failure(refusal) => {
            full = refusal.name == "DirectoryQuotaExceeded";
            found.push(refusal.text.clone());
        }
        Verdict::Success(_) => {
            found.extend(answer.quarantined.iter().map(|held| {
                format!(
                    "QuarantinedAttributeValueMustBeUnique: {} {} belongs to {}",
                    held.property, held.value, held.owner
                )
            }));
        }
    }
    if found.is_empty() {
        return Ok(());
    }
    let mut place: Place = rows::meta(tables, PLACE)?.unwrap_or_default();
    place.full |= full;
    for description in found {
        let line = ReportLine {
            identity: identity(tables, row, answer)?,
            description,
            source_anchor: row.source_anchor.clone(),
        };
        place.next_line += 1;
        let name = format!("{LINES}{:010}/{:020}", place.number, place.next_line);
        rows::put_meta(tables, &name, &line)?;
    }
    rows::put_meta(tables, PLACE, &place)
}

fn identity(tables: &dyn Tables, row: &ExportRow, answer: &Answer) -> StoreResult<String> {
    use dirsim_model::attribute::well_known as a;
    let sent = [a::USER_PRINCIPAL_NAME, a::MAIL, a::DISPLAY_NAME]
        .into_iter()
        .find_map(|attribute| row.get(attribute)?.first()?.as_ref().as_text());
    if let Some(name) = sent {
        return Ok(name.to_owned());
    }
    let stored = match answer.object.or(row.cloud_anchor) {
        Some(cloud) => match lookup::by_id(tables, cloud.id)? {
            Some(number) => lookup::object(tables, number)?,
            None => None,
        },
        None => None,
    };
    let name = stored.and_then(|object| object.upn.or(object.mail));
    let anchor = || row.source_anchor.as_ref().map_or_else(String::new, ToString::to_string);
    Ok(name.map_or_else(anchor, String::from))
}

/// Sends the report of an export that ends; nothing is sent without errors.
pub(crate) fn send(tables: &mut dyn Tables, now: Timestamp) -> StoreResult<()> {
    let Some(place) = rows::meta::<Place>(tables, PLACE)?.filter(|place| place.next_line > 0)
    else {
        return Ok(());
    };
    let Place { number, next_line, full, .. } = place;
    if let Some(before) = number.checked_sub(1) {
        for (key, _) in
            scan_prefix(tables, Table::Meta, format!("{LINES}{before:010}/").as_bytes())?
        {
            tables.delete(Table::Meta, &key)?;
        }
    }
    let next = Place { number: number + 1, sent: Some(now), ..Place::default() };
    rows::put_meta(tables, PLACE, &next)?;
    let text = format!("{next_line} lines to the technical contact");
    log::append(tables, now, "Identity synchronization error report", None, text)?;
    if full {
        let text = "the directory quota is exceeded; new objects are refused until there is room";
        log::append(tables, now, "Directory synchronization stopped", None, text)?;
    }
    Ok(())
}

/// Returns the last report that was sent (ET-083).
pub fn last(tables: &dyn Tables) -> StoreResult<Option<ErrorReport>> {
    let Some(place) = rows::meta::<Place>(tables, PLACE)? else { return Ok(None) };
    let (Some(at), Some(number)) = (place.sent, place.number.checked_sub(1)) else {
        return Ok(None);
    };
    let lines = scan_prefix(tables, Table::Meta, format!("{LINES}{number:010}/").as_bytes())?
        .iter()
        .map(|(key, bytes)| rows::decode(Table::Meta, key, bytes))
        .collect::<StoreResult<_>>()?;
    Ok(Some(ErrorReport { at, lines }))
}

/// The record of one refused row, with the field names of the service (ET-003, ET-142).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ErrorRecord {
    /// The name of the catalogue.
    pub error_name: String,
    /// The public number, when there is one.
    pub numeric_code: Option<u32>,
    /// Always [`HRESULT`].
    pub hresult: &'static str,
    /// The category of Connect Health (ET-140).
    pub category: String,
    /// The text.
    pub text: String,
    /// Identifies the refusal.
    pub tracking_id: Guid,
    /// When.
    pub occurred: Timestamp,
    /// The name in the connector space (ET-015).
    pub cs_dn: Option<String>,
    /// Keys and their values, in this order: `ObjectId`, `ObjectIdInConflict`,
    /// `AttributeConflictName`, `AttributeConflictValues`, `InvalidAttributeName`.
    pub extra_error_details: Vec<(&'static str, Vec<String>)>,
    /// `next-cycle`, or `auto-backoff` for rows that the client repeats in the same run (ET-167).
    pub retry: &'static str,
}

/// Returns the record of a refused row; `None` when the row was applied.
pub fn error_record(row: &ExportRow, answer: &Answer) -> Option<ErrorRecord> {
    let refusal = answer.refusal()?;
    let own = answer.object.or(row.cloud_anchor).map(|cloud| cloud.id);
    let mut details = Vec::new();
    let is_conflict = matches!(&*refusal.name, "AttributeValueMustBeUnique" | "InvalidSoftMatch");
    let between_two = is_conflict || refusal.name == "ObjectTypeMismatch";
    // Where only one object is at issue it is the one that was found.
    let about = if between_two { own } else { own.or(refusal.conflicting) };
    if let Some(id) = about.filter(|id| !between_two || Some(*id) != refusal.conflicting) {
        details.push(("ObjectId", vec![id.to_string()]));
    }
    if let Some(id) = refusal.conflicting.filter(|_| between_two) {
        details.push(("ObjectIdInConflict", vec![id.to_string()]));
    }
    if let Some(name) = refusal.attribute.as_ref().filter(|_| refusal.name != "ObjectTypeMismatch")
    {
        if is_conflict {
            details.push(("AttributeConflictName", vec![name.clone()]));
            details.push(("AttributeConflictValues", refusal.values.clone()));
        } else {
            details.push(("InvalidAttributeName", vec![name.clone()]));
        }
    }
    let name = row
        .source_anchor
        .as_ref()
        .map(ToString::to_string)
        .or_else(|| row.cloud_anchor.map(|cloud| cloud.to_string()));
    Some(ErrorRecord {
        error_name: refusal.name.clone(),
        numeric_code: refusal.code,
        hresult: HRESULT,
        category: refusal.category.clone(),
        text: refusal.text.clone(),
        tracking_id: refusal.tracking_id,
        occurred: answer.at,
        cs_dn: name.map(|name| connector_space_name(&name)),
        extra_error_details: details,
        retry: if refusal.retry_in_run { "auto-backoff" } else { "next-cycle" },
    })
}

/// One line of the portal's list of provisioning conflicts (ET-084).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct PortalConflict {
    /// The object of the line.
    pub object: Guid,
    /// Its name.
    pub name: String,
    /// What the portal says.
    pub text: String,
}

/// Returns the portal's list of provisioning conflicts. With the cosmetic defects both objects of a
/// pair say the same, the quarantined one is named in the place of the incumbent, and groups and
/// contacts are missing (ET-084).
pub fn portal_conflicts(tables: &dyn Tables) -> StoreResult<Vec<PortalConflict>> {
    use dirsim_model::attribute::well_known as a;
    let defects = options::options(tables)?.cosmetic_defects;
    let name = |object: &crate::TenantObject| {
        let display = object.profile.text(a::DISPLAY_NAME).map(str::to_owned);
        display.or_else(|| object.upn.as_deref().map(str::to_owned)).unwrap_or_default()
    };
    let mut found = Vec::new();
    for entry in lookup::quarantine(tables)? {
        let Some(held) = lookup::object(tables, entry.number)? else { continue };
        if defects && held.kind != TenantType::User {
            continue;
        }
        let owner = match lookup::by_id(tables, entry.conflict.owner)? {
            Some(number) => lookup::object(tables, number)?,
            None => None,
        };
        let wrong = if defects { Some(name(&held)) } else { owner.as_ref().map(name) };
        let text = format!(
            "{} {} was modified because it conflicts with \"{}\"",
            entry.conflict.property.name(),
            entry.conflict.value,
            wrong.unwrap_or_default()
        );
        found.push(PortalConflict { object: held.id, name: name(&held), text: text.clone() });
        if let Some(owner) = owner.filter(|_| defects) {
            found.push(PortalConflict { object: owner.id, name: name(&owner), text });
        }
    }
    Ok(found)
}
