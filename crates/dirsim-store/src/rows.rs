//! Rows: records with a type, a table and a number as key.

use std::fmt::Write as _;

use bytes::Bytes;
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::{StoreError, StoreResult, Table, Tables};

/// Records up to this size are encoded without a list that grows, in bytes.
const ENCODED_BYTES: usize = 4096;

/// A record that is found by its number.
pub trait Row: Serialize + DeserializeOwned {
    /// Where the rows live.
    const TABLE: Table;
}

/// Returns the key of a number.
pub const fn key(id: u64) -> [u8; 8] {
    id.to_be_bytes()
}

/// Returns the number of a key.
pub fn id_of(key: &[u8]) -> u64 {
    key.first_chunk().map_or(0, |bytes| u64::from_be_bytes(*bytes))
}

/// Returns a row; `None` when there is none.
pub fn get<R: Row>(tables: &dyn Tables, id: u64) -> StoreResult<Option<R>> {
    tables.get(R::TABLE, &key(id))?.map(|bytes| decode(R::TABLE, &key(id), &bytes)).transpose()
}

/// Returns a row that must be there because another row names it.
pub fn expect<R: Row>(tables: &dyn Tables, id: u64) -> StoreResult<R> {
    get(tables, id)?.ok_or_else(|| damaged(R::TABLE, &key(id)))
}

/// Writes a row.
pub fn put<R: Row>(tables: &mut dyn Tables, id: u64, row: &R) -> StoreResult<()> {
    tables.put(R::TABLE, &key(id), encode(row))
}

/// Removes a row.
pub fn delete<R: Row>(tables: &mut dyn Tables, id: u64) -> StoreResult<()> {
    tables.delete(R::TABLE, &key(id))
}

/// Returns up to `limit` rows with numbers above `after`, in the order of their numbers.
pub fn after<R: Row>(
    tables: &dyn Tables,
    after: Option<u64>,
    limit: usize,
) -> StoreResult<Vec<(u64, R)>> {
    let from = after.map_or(0, |id| id.saturating_add(1));
    tables
        .scan(R::TABLE, &key(from), None, limit)?
        .into_iter()
        .map(|(at, bytes)| Ok((id_of(&at), decode(R::TABLE, &at, &bytes)?)))
        .collect()
}

/// Returns a single record of [`Table::Meta`].
pub fn meta<T: DeserializeOwned>(tables: &dyn Tables, name: &str) -> StoreResult<Option<T>> {
    tables
        .get(Table::Meta, name.as_bytes())?
        .map(|bytes| decode(Table::Meta, name.as_bytes(), &bytes))
        .transpose()
}

/// Writes a single record of [`Table::Meta`].
pub fn put_meta<T: Serialize>(tables: &mut dyn Tables, name: &str, value: &T) -> StoreResult<()> {
    tables.put(Table::Meta, name.as_bytes(), encode(value))
}

/// Takes the next number of the counter `name`, from 1.
pub fn next_id(tables: &mut dyn Tables, name: &str) -> StoreResult<u64> {
    let next = meta::<u64>(tables, name)?.unwrap_or(0) + 1;
    put_meta(tables, name, &next)?;
    Ok(next)
}

/// Encodes a record.
///
/// # Panics
///
/// When the type cannot be serialized, which a test of the type shows.
pub fn encode<T: Serialize>(value: &T) -> Bytes {
    // Nearly all records fit, and are copied once to memory of just their size: a growing list would
    // be copied at every doubling, and keep what it has too much.
    let mut room = [0; ENCODED_BYTES];
    if let Ok(encoded) = postcard::to_slice(value, &mut room) {
        return Bytes::copy_from_slice(encoded);
    }
    postcard::to_stdvec(value).expect("records hold only what postcard can write").into()
}

/// Decodes a record.
pub fn decode<T: DeserializeOwned>(table: Table, key: &[u8], bytes: &[u8]) -> StoreResult<T> {
    postcard::from_bytes(bytes).map_err(|_| damaged(table, key))
}

/// Returns the error for a record that does not read.
pub fn damaged(table: Table, key: &[u8]) -> StoreError {
    let mut hex = String::new();
    for byte in key {
        let _ = write!(hex, "{byte:02x}");
    }
    StoreError::Damaged { table: table.name(), key: hex }
}
