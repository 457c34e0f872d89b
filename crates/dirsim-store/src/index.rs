//! Indexes: from a text or bytes to the numbers of rows.
//!
//! An index row is a hash and a number. The hash has 64 bits, so two texts may share it: a caller
//! checks the rows it finds.

use bytes::Bytes;
use xxhash_rust::xxh3::xxh3_64_with_seed;

use crate::tables::scan_prefix;
use crate::{StoreResult, Table, Tables, rows};

/// One index; several may share a table, told apart by their `kind`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Index {
    /// The table of index rows.
    pub table: Table,
    /// Which index of the table.
    pub kind: u64,
}

impl Index {
    /// Returns the index with the number `kind` of a table.
    pub const fn new(table: Table, kind: u64) -> Self {
        Self { table, kind }
    }

    /// Adds a row under `content`; adding it twice is adding it once.
    pub fn add(self, tables: &mut dyn Tables, content: &[u8], id: u64) -> StoreResult<()> {
        tables.put(self.table, &self.key(content, id), Bytes::new())
    }

    /// Removes a row from under `content`.
    pub fn remove(self, tables: &mut dyn Tables, content: &[u8], id: u64) -> StoreResult<()> {
        tables.delete(self.table, &self.key(content, id))
    }

    /// Returns the rows that may stand under `content`, in the order of their numbers.
    pub fn candidates(self, tables: &dyn Tables, content: &[u8]) -> StoreResult<Vec<u64>> {
        let found = scan_prefix(tables, self.table, &self.hash(content))?;
        Ok(found.iter().map(|(key, _)| rows::id_of(key.get(8..).unwrap_or_default())).collect())
    }

    fn hash(self, content: &[u8]) -> [u8; 8] {
        xxh3_64_with_seed(content, self.kind).to_be_bytes()
    }

    fn key(self, content: &[u8], id: u64) -> [u8; 16] {
        let mut key = [0; 16];
        let (left, right) = key.split_at_mut(8);
        left.copy_from_slice(&self.hash(content));
        right.copy_from_slice(&rows::key(id));
        key
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryTables;

    #[test]
    fn two_indexes_share_a_table() {
        let (upn, sid) = (Index::new(Table::TenantByKey, 1), Index::new(Table::TenantByKey, 2));
        let mut tables = MemoryTables::new();
        upn.add(&mut tables, b"ann", 7).unwrap();
        upn.add(&mut tables, b"ann", 3).unwrap();
        sid.add(&mut tables, b"ann", 9).unwrap();
        assert_eq!(upn.candidates(&tables, b"ann").unwrap(), [3, 7]);
        upn.remove(&mut tables, b"ann", 3).unwrap();
        assert_eq!(upn.candidates(&tables, b"ann").unwrap(), [7]);
        assert_eq!(sid.candidates(&tables, b"ann").unwrap(), [9]);
    }
}
