//! References of a row: members, managers and owners as link rows (ET-221 to ET-223).

use std::collections::BTreeMap;

use dirsim_model::attribute::well_known as a;
use dirsim_model::{AttributeId, Schema, Side, Timestamp};
use dirsim_store::tables::scan_prefix;
use dirsim_store::{StoreResult, Table, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::answer::Note;
use crate::directory::{self, LINKS};
use crate::object::TenantObject;
use crate::planner::{Decided, Facts, Numbered, Planner};
use crate::row::{ExportRow, ReferenceTarget};
use crate::{licensing, report};

/// What the references of a row change.
#[derive(Debug, Default)]
pub(crate) struct ReferencePlan {
    /// Links to set or to remove.
    pub(crate) links: Vec<(AttributeId, u64, bool)>,
    /// Targets that are not in the tenant yet (ET-222).
    pub(crate) waiting: Vec<(AttributeId, ReferenceTarget)>,
    /// The number of members afterwards.
    pub(crate) member_count: u32,
}

/// A reference that waits for its target until the run ends.
#[derive(Debug, Serialize, Deserialize)]
struct Waiting {
    from: u64,
    attribute: AttributeId,
    target: ReferenceTarget,
}

const WAITING: &str = "tenant-waiting/";

/// Plans the references of a row; a takeover of a group replaces its members (ET-064).
pub(crate) fn plan(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    target: Option<&Numbered>,
    object: &TenantObject,
) -> Decided<ReferencePlan> {
    let number = target.map(|(number, _)| *number);
    let mut plan = ReferencePlan { member_count: object.member_count, ..ReferencePlan::default() };
    let takeover = target.is_some_and(|(_, before)| !before.is_synced() && before.is_active());
    let mut wanted = BTreeMap::<(AttributeId, u64), bool>::new();
    if let Some(number) = number.filter(|_| takeover && object.member_count > 0) {
        for link in LINKS.from(planner.tables, number, Some(a::MEMBER))? {
            wanted.insert((a::MEMBER, link.to), false);
        }
    }
    for reference in &row.references {
        match resolve(planner, &reference.target)? {
            Some(to) => {
                let single = !planner.schema.is_multi_valued(Side::Entra, reference.attribute)
                    || matches!(reference.attribute, a::MANAGER | a::MANAGED_BY);
                if let Some(number) = number.filter(|_| single && reference.present) {
                    for link in LINKS.from(planner.tables, number, Some(reference.attribute))? {
                        wanted.insert((reference.attribute, link.to), false);
                    }
                }
                wanted.insert((reference.attribute, to), reference.present);
            }
            // Removing what is not there is no change (ET-221).
            None if reference.present => {
                plan.waiting.push((reference.attribute, reference.target.clone()));
            }
            None => {}
        }
    }
    for ((attribute, to), present) in wanted {
        let there = match number {
            Some(number) => LINKS.get(planner.tables, number, attribute, to)?.is_some(),
            None => false,
        };
        if there == present {
            continue;
        }
        if attribute == a::MEMBER {
            plan.member_count = if present {
                plan.member_count.saturating_add(1)
            } else {
                plan.member_count.saturating_sub(1)
            };
        }
        plan.links.push((attribute, to, present));
    }
    let limits = &planner.catalogue.limits;
    let most = match (planner.options.api_version, planner.options.member_limit) {
        (1, None) => limits.group_members_v1,
        (_, None) => limits.group_members,
        (1, Some(most)) => most / (limits.group_members / limits.group_members_v1),
        (_, Some(most)) => most,
    };
    let count = plan.member_count;
    if count > most && count > object.member_count {
        let facts = Facts {
            object: Some(object),
            attribute: Some("member"),
            reason: format!("{count} members, {most} are allowed"),
            ..Facts::default()
        };
        return Err(planner.refuse("LargeObject", "ET-223", facts));
    }
    if takeover && object.member_count > 0 {
        let text = format!("{} members are replaced by those of the row", object.member_count);
        planner.note("DATA-LOSS", "ET-064", text);
    }
    Ok(plan)
}

/// Returns the active object that a reference names.
fn resolve(planner: &Planner<'_>, target: &ReferenceTarget) -> StoreResult<Option<u64>> {
    resolve_in(planner.tables, target)
}

fn resolve_in(tables: &dyn Tables, target: &ReferenceTarget) -> StoreResult<Option<u64>> {
    let found = match target {
        ReferenceTarget::SourceAnchor(anchor) => {
            directory::find(tables, &directory::Key::Anchor(anchor.clone()))?
        }
        ReferenceTarget::CloudAnchor(cloud) => return directory::active_by_id(tables, cloud.id),
    };
    Ok(found.into_iter().find(|(_, object)| object.is_active()).map(|(number, _)| number))
}

/// Keeps references whose targets are missing for the end of the run.
pub(crate) fn keep_waiting(
    tables: &mut dyn Tables,
    from: u64,
    waiting: Vec<(AttributeId, ReferenceTarget)>,
) -> StoreResult<()> {
    for (attribute, target) in waiting {
        let number = rows::next_id(tables, "tenant-waiting")?;
        let name = format!("{WAITING}{number:020}");
        rows::put_meta(tables, &name, &Waiting { from, attribute, target })?;
    }
    Ok(())
}

/// Ends an export run: references whose target has appeared are set, the others are dropped with a
/// note (ET-222), and the error report goes out (ET-083).
pub fn finish_export(
    tables: &mut dyn Tables,
    schema: &Schema,
    now: Timestamp,
) -> StoreResult<Vec<Note>> {
    let mut notes = Vec::new();
    for (key, bytes) in scan_prefix(tables, Table::Meta, WAITING.as_bytes())? {
        let waiting: Waiting = rows::decode(Table::Meta, &key, &bytes)?;
        tables.delete(Table::Meta, &key)?;
        let Some(mut holder) = directory::object(tables, waiting.from)? else { continue };
        if !holder.is_active() {
            continue;
        }
        let Some(to) = resolve_in(tables, &waiting.target)? else {
            let target = match &waiting.target {
                ReferenceTarget::SourceAnchor(anchor) => anchor.to_string(),
                ReferenceTarget::CloudAnchor(cloud) => cloud.to_string(),
            };
            notes.push(Note {
                code: "UNRESOLVED-REF".to_owned(),
                text: format!(
                    "{} of {} points to {target}, which is not in the tenant",
                    schema.name(waiting.attribute),
                    holder.describe()
                ),
                rule: "ET-222".to_owned(),
            });
            continue;
        };
        if directory::set_link(tables, waiting.from, waiting.attribute, to, true)? {
            let before = holder.clone();
            if waiting.attribute == a::MEMBER {
                holder.member_count = holder.member_count.saturating_add(1);
                licensing::member_changed(tables, schema, &holder, to, true, now)?;
            }
            holder.last_sync = Some(now);
            directory::save(tables, waiting.from, Some(&before), &mut holder)?;
        }
    }
    report::send(tables, now)?;
    Ok(notes)
}
