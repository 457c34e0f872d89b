//! The digest of a world: one number that two equal worlds share, kept up to date by each commit.

use std::fmt;

use serde::{Deserialize, Serialize};
use xxhash_rust::xxh3::xxh3_128;

use crate::{StoreResult, Table, Tables};

/// Sum of the hashes of all records of the tables that are not derived; their order does not
/// matter, so that a commit pays for what it changes only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Digest(pub u128);

impl Digest {
    /// Adds a record.
    pub fn add(&mut self, table: Table, key: &[u8], value: &[u8]) {
        self.0 = self.0.wrapping_add(hash(table, key, value));
    }

    /// Takes a record away.
    pub fn remove(&mut self, table: Table, key: &[u8], value: &[u8]) {
        self.0 = self.0.wrapping_sub(hash(table, key, value));
    }

    /// Computes the digest of tables from all their records.
    pub fn of(tables: &dyn Tables) -> StoreResult<Self> {
        let mut digest = Self::default();
        for table in Table::ALL.iter().filter(|table| !table.is_derived()) {
            let mut from = Vec::new();
            loop {
                let found = tables.scan(*table, &from, None, 1024)?;
                let Some((last, _)) = found.last() else { break };
                from = last.to_vec();
                from.push(0);
                for (key, value) in &found {
                    digest.add(*table, key, value);
                }
            }
        }
        Ok(digest)
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:032x}", self.0)
    }
}

/// Hashes table, key and value; the length of the key keeps them apart.
fn hash(table: Table, key: &[u8], value: &[u8]) -> u128 {
    let mut record = Vec::with_capacity(5 + key.len() + value.len());
    record.push(table as u8);
    record.extend_from_slice(&u32::try_from(key.len()).unwrap_or(u32::MAX).to_be_bytes());
    record.extend_from_slice(key);
    record.extend_from_slice(value);
    xxh3_128(&record)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_taken_away_leaves_no_trace() {
        let mut digest = Digest::default();
        digest.add(Table::Meta, b"a", b"1");
        digest.add(Table::Meta, b"", b"a1");
        digest.remove(Table::Meta, b"a", b"1");
        assert_ne!(digest, Digest::default());
        digest.remove(Table::Meta, b"", b"a1");
        assert_eq!(digest, Digest::default());
    }
}
