//! What the directory does by itself: recycling and garbage collection (SE-060, SE-061).

use dirsim_model::time::HOUR_MS;
use dirsim_model::{Dice, Schema, Timestamp};
use dirsim_store::{StoreResult, Tables, rows};

use crate::writer::Writer;
use crate::{Deletion, ForestObject, lifetime, lookup};

/// How often the collector runs; it runs at midnight and at noon.
const COLLECTOR_MS: i64 = 12 * HOUR_MS;

/// Recycles deleted objects and removes tombstones that are due at a run of the collector not later
/// than `now`, and returns how many objects it recycled or removed.
///
/// Calling it late or often makes no difference: an object is recycled as of the first run of the
/// collector after its lifetime, however far the clock was advanced at once.
pub fn maintain(tables: &mut dyn Tables, schema: &Schema, now: Timestamp) -> StoreResult<u64> {
    let mut touched = 0;
    for (domain_id, domain) in lookup::domains(tables)? {
        let lifetimes = lifetime::of(tables, &domain)?;
        // A deleted object is kept for its own lifetime, then for that of tombstones (SE-060).
        let end = |deletion: &Deletion| {
            let restorable = deletion.restorable;
            let kept = lifetimes.deleted_object_ms();
            next_run(deletion.at + if restorable { kept } else { lifetimes.tombstone_ms() })
        };
        let mut due = Vec::new();
        for id in lookup::deleted(tables, domain_id)? {
            let object: ForestObject = rows::expect(tables, id)?;
            if let Some(at) = object.deleted.as_ref().map(end) {
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
                object = rows::expect(writer.tables, id)?;
                if object.deleted.as_ref().is_some_and(|deletion| end(deletion) > now) {
                    continue;
                }
            }
            writer.collect(id, &object)?;
        }
    }
    Ok(touched)
}

/// Returns the first run of the collector that is not before `time`.
fn next_run(time: Timestamp) -> Timestamp {
    let behind = time.0.rem_euclid(COLLECTOR_MS);
    if behind == 0 { time } else { time + (COLLECTOR_MS - behind) }
}
