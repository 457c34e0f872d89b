//! How long the directory keeps what was deleted: the lifetimes of a forest, as the Directory Service
//! object of its configuration holds them (SE-060, SE-061).

use std::collections::BTreeMap;

use dirsim_model::time::DAY_MS;
use dirsim_model::{Dn, dn::Rdn};
use dirsim_store::{StoreResult, Tables, rows};

use crate::{Domain, lookup};

/// Name of the meta record that holds the deleted-object lifetimes of forests that set one.
const DELETED_OBJECTS: &str = "forest-deleted-object-lifetimes";
/// The lifetime of a forest whose setting is empty.
const EMPTY_DAYS: u32 = 60;
/// The shortest lifetime that is honored.
const SHORTEST_DAYS: u32 = 3;
/// Where the settings live, below the configuration of a forest; the leaf first.
const DIRECTORY_SERVICE: &[&str] =
    &["Directory Service", "Windows NT", "Services", "Configuration"];

/// The settings of a forest, in days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lifetimes {
    /// `msDS-DeletedObjectLifetime`; `None` when empty: it follows the other one (SE-060).
    pub deleted_object: Option<u32>,
    /// `tombstoneLifetime`; 0 when empty, which means 60 (SE-061).
    pub tombstone: u32,
}

impl Lifetimes {
    /// Returns how long a deleted object can be restored, in milliseconds (SE-060).
    pub fn deleted_object_ms(&self) -> i64 {
        self.deleted_object.map_or_else(|| self.tombstone_ms(), |days| honored(days) * DAY_MS)
    }

    /// Returns how long a tombstone or recycled object is kept, in milliseconds (SE-061).
    pub fn tombstone_ms(&self) -> i64 {
        let days = if self.tombstone == 0 { EMPTY_DAYS } else { self.tombstone };
        honored(days) * DAY_MS
    }
}

fn honored(days: u32) -> i64 {
    i64::from(days.max(SHORTEST_DAYS))
}

/// Returns the settings of the forest that a domain belongs to.
pub fn of(tables: &dyn Tables, domain: &Domain) -> StoreResult<Lifetimes> {
    let all: BTreeMap<String, u32> = rows::meta(tables, DELETED_OBJECTS)?.unwrap_or_default();
    let deleted_object = all.get(&domain.forest.to_lowercase()).copied();
    Ok(Lifetimes { deleted_object, tombstone: domain.tombstone_lifetime_days })
}

/// Sets the lifetimes of a forest; they hold for what lies among the deleted objects already, too.
pub(crate) fn set(tables: &mut dyn Tables, forest: &str, wanted: Lifetimes) -> StoreResult<()> {
    let mut all: BTreeMap<String, u32> = rows::meta(tables, DELETED_OBJECTS)?.unwrap_or_default();
    match wanted.deleted_object {
        Some(days) => all.insert(forest.to_lowercase(), days),
        None => all.remove(&forest.to_lowercase()),
    };
    rows::put_meta(tables, DELETED_OBJECTS, &all)?;
    for (id, mut domain) in lookup::domains(tables)? {
        if domain.forest.eq_ignore_ascii_case(forest) {
            domain.tombstone_lifetime_days = wanted.tombstone;
            rows::put(tables, id, &domain)?;
        }
    }
    Ok(())
}

/// Returns the name of the object that holds the settings of a forest.
pub fn settings_dn(forest: &str) -> Dn {
    let root = Dn::from_domain_fqdn(forest);
    DIRECTORY_SERVICE.iter().rev().fold(root, |dn, name| dn.child(Rdn::new("CN", *name)))
}
