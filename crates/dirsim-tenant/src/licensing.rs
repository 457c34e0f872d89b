//! Licences through groups: direct user members of a licensed group have its licences, members of
//! groups inside do not (ET-224).

use dirsim_model::attribute::well_known as a;
use dirsim_model::{Schema, Timestamp};
use dirsim_store::{StoreResult, Tables};

use crate::calculate::recalculate;
use crate::directory::{self, LINKS};
use crate::object::TenantObject;
use crate::planner::{Numbered, Planner};
use crate::row::TenantType;
use crate::settings;

/// Gives or takes the licences of a group when somebody becomes its member or leaves it.
pub(crate) fn member_changed(
    tables: &mut dyn Tables,
    schema: &Schema,
    group: &TenantObject,
    member: u64,
    present: bool,
    now: Timestamp,
) -> StoreResult<()> {
    for sku in &group.licenses {
        inherit(tables, schema, group, sku, member, present, now)?;
    }
    Ok(())
}

/// Gives or takes one licence of a group for all its direct user members.
pub(crate) fn group_changed(
    tables: &mut dyn Tables,
    schema: &Schema,
    group: (u64, &TenantObject),
    sku: &str,
    assigned: bool,
    now: Timestamp,
) -> StoreResult<()> {
    for link in LINKS.from(tables, group.0, Some(a::MEMBER))? {
        inherit(tables, schema, group.1, sku, link.to, assigned, now)?;
    }
    Ok(())
}

fn inherit(
    tables: &mut dyn Tables,
    schema: &Schema,
    group: &TenantObject,
    sku: &str,
    member: u64,
    present: bool,
    now: Timestamp,
) -> StoreResult<()> {
    let Some(before) = directory::object(tables, member)? else { return Ok(()) };
    if before.kind != TenantType::User || before.is_gone() {
        return Ok(());
    }
    let mut user = before.clone();
    user.group_licenses.retain(|(held, of)| *of != group.id || !held.eq_ignore_ascii_case(sku));
    if present {
        user.group_licenses.push((sku.into(), group.id));
    }
    changed(tables, schema, (member, before), user, now)
}

/// Writes a user whose licences changed; addresses are calculated anew when the mailbox came or
/// went (ET-110, ET-113).
pub(crate) fn changed(
    tables: &mut dyn Tables,
    schema: &Schema,
    (number, before): Numbered,
    mut user: TenantObject,
    now: Timestamp,
) -> StoreResult<()> {
    user.was_licensed |= before.has_exchange_license();
    if user.kind == TenantType::User
        && user.is_active()
        && user.has_exchange_license() != before.has_exchange_license()
    {
        let mut planner = Planner::new(tables, schema, now)?;
        recalculate(&mut planner, number, &mut user, false)?;
        let (dice, settings) = (planner.dice.clone(), planner.settings.clone());
        let changed = planner.settings_changed;
        settings::put_dice(tables, &dice)?;
        if changed {
            settings::put(tables, &settings)?;
        }
    }
    directory::save(tables, number, Some(&before), &mut user)
}
