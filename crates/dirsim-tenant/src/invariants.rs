//! Laws of a tenant that hold after every step, whatever happened.

use std::collections::BTreeMap;

use dirsim_model::Timestamp;
use dirsim_model::attribute::well_known as a;
use dirsim_store::{MemoryTables, StoreResult, Table, Tables, rows};

use crate::directory::{self, Counts, Key, LINKS};
use crate::object::{Property, State, TenantObject};
use crate::row::TenantType;
use crate::throttle;

/// Returns a sentence for every law that does not hold; an empty list when all hold.
///
/// Jobs due by `now` must have run. The laws: what ET-070 calls unique is unique; indexes, timers
/// and change numbers are what the objects say; nothing is in the recycle bin past its time; a value
/// in quarantine has another owner, or a sweep is due that will release it; member counts, licences
/// through groups, the totals of the quota and the write window are right.
pub fn violations(tables: &dyn Tables, now: Timestamp) -> StoreResult<Vec<String>> {
    let mut broken = Vec::new();
    let mut unique = BTreeMap::<Key, u64>::new();
    let mut expected = MemoryTables::new();
    let mut counted = Counts::default();
    let mut after = None;
    loop {
        let piece: Vec<(u64, TenantObject)> = rows::after(tables, after, 1024)?;
        let Some((last, _)) = piece.last() else { break };
        after = Some(*last);
        for (number, object) in &piece {
            for key in directory::keys(object, *number) {
                directory::add(&mut expected, &key, *number)?;
            }
            for key in directory::unique_keys(object, *number) {
                // The anchor of the recycle bin is looked at below: from the instant at which an
                // object is to be purged its anchor is free, and rows come before jobs (ET-260).
                if matches!(key, Key::Anchor(_)) && !object.is_active() {
                    continue;
                }
                let (property, value) = key.describe();
                if let Some(other) = unique.insert(key, *number) {
                    broken.push(format!("objects {other} and {number} share {property} {value}"));
                }
            }
            check_object(tables, *number, object, now, &mut broken)?;
            match object.state {
                State::Active | State::Deleted(_) => counted.whole += 1,
                State::Purged(_) => counted.purged += 1,
                State::Gone(_) => {}
            }
        }
    }
    let counts = directory::counts(tables)?;
    if counts != counted {
        broken.push(format!("the quota counts {counts:?}, there are {counted:?} (ET-166)"));
    }
    if throttle::is_overdrawn(tables)? {
        broken.push("the write window holds more writes than fit (ET-167)".to_owned());
    }
    for table in [Table::TenantByKey, Table::TenantTimer, Table::TenantChange] {
        if tables.scan(table, &[], None, usize::MAX)?
            != expected.scan(table, &[], None, usize::MAX)?
        {
            broken.push(format!("table {} is not what the objects say", table.name()));
        }
    }
    Ok(broken)
}

fn check_object(
    tables: &dyn Tables,
    number: u64,
    object: &TenantObject,
    now: Timestamp,
    broken: &mut Vec<String>,
) -> StoreResult<()> {
    let name = object.describe();
    if object.purge_due().is_some_and(|due| due <= now) {
        broken.push(format!("{name} is in the recycle bin past its time"));
    }
    if let (Some(due), Some(anchor)) = (object.purge_due(), object.anchor.clone()) {
        let holders = directory::find(tables, &Key::Anchor(anchor))?;
        if holders.iter().any(|(other, held)| *other != number && held.created < due) {
            broken.push(format!("{name} shares its anchor"));
        }
    }
    if object.visible != object.is_seen_by_sync() {
        broken.push(format!("{name} is shown to sync wrongly"));
    }
    for held in &object.conflicts {
        let key = match held.property {
            Property::UserPrincipalName => Key::Upn(held.value.to_ascii_lowercase()),
            Property::ProxyAddresses => Key::Address(held.value.to_ascii_lowercase()),
        };
        if directory::find_other(tables, &key, Some(number))?.is_none()
            && !directory::is_released(tables)?
        {
            broken.push(format!("{name} waits for {}, which is free", held.value));
        }
    }
    if object.kind == TenantType::User && !object.is_gone() {
        let mut due = Vec::new();
        for (_, group) in LINKS.to(tables, number, Some(a::MEMBER))? {
            if let Some(group) = directory::object(tables, group)? {
                due.extend(group.licenses.iter().map(|sku| (sku.clone(), group.id)));
            }
        }
        let mut held = object.group_licenses.clone();
        due.sort();
        held.sort();
        if due != held {
            broken.push(format!("{name} has {held:?} through groups instead of {due:?} (ET-224)"));
        }
    }
    let members = LINKS.from(tables, number, Some(a::MEMBER))?;
    if members.len() != object.member_count as usize {
        broken.push(format!("{name} counts {} of {} members", object.member_count, members.len()));
    }
    for link in members {
        if !LINKS.to(tables, link.to, Some(a::MEMBER))?.contains(&(a::MEMBER, number)) {
            broken.push(format!("{name} has a member that does not know it"));
        }
    }
    Ok(())
}
