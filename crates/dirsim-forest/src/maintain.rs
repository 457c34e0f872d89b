//! What the directory does by itself: recycling and garbage collection (SE-060, SE-061).

use dirsim_model::time::{DAY_MS, HOUR_MS};
use dirsim_model::{Dice, Schema, Timestamp};
use dirsim_store::{StoreResult, Tables, rows};

use crate::writer::Writer;
use crate::{Domain, ForestObject, lookup};

/// How often the collector runs; it runs at midnight and at noon.
const COLLECTOR_MS: i64 = 12 * HOUR_MS;
/// The lifetime of a forest whose setting is empty.
const EMPTY_LIFETIME_DAYS: u32 = 60;
/// The shortest lifetime that is honored.
const SHORTEST_LIFETIME_DAYS: u32 = 3;

/// Recycles deleted objects and removes tombstones that are due at a run of the collector not later
/// than `now`, and returns how many objects it recycled or removed.
///
/// Calling it late or often makes no difference: an object is recycled as of the first run of the
/// collector after its lifetime, however far the clock was advanced at once.
pub fn maintain(tables: &mut dyn Tables, schema: &Schema, now: Timestamp) -> StoreResult<u64> {
    let mut touched = 0;
    for (domain_id, domain) in lookup::domains(tables)? {
        let lifetime = lifetime_ms(&domain);
        let mut due = Vec::new();
        for id in lookup::deleted(tables, domain_id)? {
            let object: ForestObject = rows::expect(tables, id)?;
            if let Some(at) = object.deleted.as_ref().map(|d| next_run(d.at + lifetime)) {
                due.push((at, id));
            }
        }
        due.retain(|(at, _)| *at <= now);
        due.sort_unstable();
        for (at, id) in due {
            let mut unused = Dice::new(0);
            let mut writer = Writer { tables: &mut *tables, schema, dice: &mut unused, now: at };
            let mut object: ForestObject = rows::expect(writer.tables, id)?;
            touched += 1;
            if object.deleted.as_ref().is_some_and(|deletion| deletion.restorable) {
                writer.recycle(id, &object)?;
                if next_run(at + lifetime) > now {
                    continue;
                }
                object = rows::expect(writer.tables, id)?;
            }
            writer.collect(id, &object)?;
        }
    }
    Ok(touched)
}

/// Returns the deleted-object and tombstone lifetime of a domain (SE-060, SE-061).
pub(crate) fn lifetime_ms(domain: &Domain) -> i64 {
    let days = match domain.tombstone_lifetime_days {
        0 => EMPTY_LIFETIME_DAYS,
        days => days.max(SHORTEST_LIFETIME_DAYS),
    };
    i64::from(days) * DAY_MS
}

/// Returns the first run of the collector that is not before `time`.
fn next_run(time: Timestamp) -> Timestamp {
    let behind = time.0.rem_euclid(COLLECTOR_MS);
    if behind == 0 { time } else { time + (COLLECTOR_MS - behind) }
}
