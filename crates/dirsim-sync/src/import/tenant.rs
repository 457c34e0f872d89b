//! Import from the tenant: what it reports to the sync client (SE-083, SE-112, ET-022).

use std::collections::BTreeSet;

use dirsim_model::time::DAY_MS;
use dirsim_model::{ClassId, schema::class};
use dirsim_store::StoreResult;
use dirsim_tenant::{TenantFeedRow, TenantType, read};

use super::place::find;
use super::stage::Row;
use super::{Import, NO_WATERMARK, PAGE, Target};
use crate::connector::{Connector, Partition};
use crate::cs::{Anchor, CsName};
use crate::log::{Progress, StepLog};
use crate::run::StepResult;
use crate::server;
use crate::unit::{Effects, Unit};

/// After this time without an import the tenant's watermark is worthless (SE-256).
const WATERMARK_LIFETIME_MS: i64 = 7 * DAY_MS;

/// Returns the class of an object in the Entra connector space.
pub(crate) const fn class_of(kind: TenantType) -> ClassId {
    match kind {
        TenantType::User => class::USER,
        TenantType::Group => class::GROUP,
        TenantType::Contact => class::CONTACT,
        TenantType::Device => class::DEVICE,
    }
}

/// Imports from the tenant; the partition gets the new watermark.
pub(crate) fn import(
    unit: Unit<'_>,
    log: &mut StepLog,
    connector: &Connector,
    partition: &mut Partition,
    full: bool,
    progress: &mut dyn FnMut(Progress),
) -> StoreResult<(StepResult, Effects)> {
    let now = unit.context.now;
    let expires = server::settings(unit.tables)?.seven_day_rule;
    let fresh = !expires || now - partition.watermark_at <= WATERMARK_LIFETIME_MS;
    let since = partition.watermark.filter(|_| partition.had_full_import && fresh);
    if !full && since.is_none() {
        return Ok((NO_WATERMARK, unit.finish()?));
    }
    let schema = unit.context.schema;
    let mut import = Import::new(unit, log, connector.id, partition.domain, full, progress);
    let reached = if full {
        let reached = read::watermark(import.unit.tables)?;
        let mut after = None;
        loop {
            let rows = read::complete(import.unit.tables, schema, after, PAGE)?;
            let Some((last, _)) = rows.last() else { break };
            after = Some(*last);
            for (_, row) in rows {
                if import.is_struck() {
                    break;
                }
                import.rows += 1;
                take(&mut import, connector, row)?;
            }
            let total = import.rows;
            import.turn_page(total)?;
            if import.log.strike.is_some() {
                break;
            }
        }
        reached
    } else {
        let (rows, reached) = read::changes(import.unit.tables, schema, since.unwrap_or_default())?;
        let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        for row in rows {
            if import.is_struck() {
                break;
            }
            import.rows += 1;
            take(&mut import, connector, row)?;
            if import.rows.is_multiple_of(PAGE as u64) {
                import.turn_page(total)?;
            }
        }
        reached
    };
    let (result, effects) = import.finish(&BTreeSet::new())?;
    if !result.is_complete() {
        return Ok((result, effects));
    }
    partition.watermark = Some(reached);
    partition.watermark_at = now;
    partition.had_full_import |= full && result != StepResult::CompletedDiscoveryErrors;
    Ok((result, effects))
}

fn take(import: &mut Import<'_, '_>, connector: &Connector, row: TenantFeedRow) -> StoreResult<()> {
    let anchor = Anchor::Cloud(row.cloud_anchor);
    if import.meets_error(&anchor.to_string())? {
        return Ok(());
    }
    let class = class_of(row.object_type);
    if row.deleted || !connector.classes.contains(&class) {
        let known = find(&mut import.unit, import.connector, &anchor)?;
        let staged = match known {
            Some(id) => import.unit.cs(id)?.is_some_and(|object| !object.is_placeholder()),
            None => false,
        };
        // A full import reports nothing that is deleted. What is there and not in scope is not seen, and
        // obsoletion stages the deletion (SE-080, SE-109).
        // Pinned by crates/dirsim-simulate/tests/logs/se-103-class-out-of-scope.
        match known.filter(|_| staged && !import.full) {
            Some(id) => {
                let counter = import.stage_deletion(id, row.deleted)?;
                import.log.count(counter, id);
            }
            None => import.filtered(row.deleted),
        }
        return Ok(());
    }
    let name = match &row.source_anchor {
        Some(anchor) => CsName::Flat(anchor.as_str().into()),
        None => CsName::Flat(row.cloud_anchor.to_string().into()),
    };
    let selected = |attribute: dirsim_model::AttributeId| connector.selects(attribute);
    let links = row
        .links
        .iter()
        .filter(|(attribute, _)| selected(*attribute))
        .map(|(attribute, target)| {
            (*attribute, Target { anchor: Anchor::Cloud(*target), object: 0 }, true)
        })
        .collect();
    let image = match &connector.attributes {
        None => row.entry,
        Some(_) => row
            .entry
            .iter()
            .filter(|(attribute, _)| selected(*attribute))
            .map(|(attribute, values)| (attribute, values.to_vec()))
            .collect(),
    };
    let staged = Row { anchor, name, class, image, changed: None, links };
    let (id, counter) = import.stage(&staged)?;
    if import.full && import.see(id) {
        let dn = import.unit.dn(id)?;
        import.discovery_error("duplicate-object", dn, format!("anchor {anchor} came twice"));
        return Ok(());
    }
    import.log.count(counter, id);
    Ok(())
}

/// Imports one object; the watermark stays (SE-344, SE-347).
pub(crate) fn import_one(
    unit: Unit<'_>,
    log: &mut StepLog,
    connector: &Connector,
    row: TenantFeedRow,
) -> StoreResult<(StepResult, Effects)> {
    let mut quiet = |_: Progress| ();
    let domain = connector.partitions.first().map_or(0, |partition| partition.domain);
    let mut import = Import::new(unit, log, connector.id, domain, false, &mut quiet);
    import.rows = 1;
    take(&mut import, connector, row)?;
    import.finish(&BTreeSet::new())
}
