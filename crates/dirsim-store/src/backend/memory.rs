//! Rows in memory: for scenarios, rehearsals and tests.

use std::collections::BTreeMap;
use std::ops::Bound;
use std::sync::{PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use bytes::Bytes;

use super::{Backend, RowChange};
use crate::StoreResult;

/// Rows that end with the process.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    rows: RwLock<BTreeMap<Vec<u8>, Bytes>>,
}

impl Memory {
    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<Vec<u8>, Bytes>> {
        // No code panics while it holds the lock half-way through a change.
        self.rows.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<Vec<u8>, Bytes>> {
        self.rows.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Backend for Memory {
    fn get(&self, key: &[u8]) -> StoreResult<Option<Bytes>> {
        Ok(self.read().get(key).cloned())
    }

    fn keys(&self, prefix: &[u8], from: &[u8]) -> StoreResult<Vec<Vec<u8>>> {
        let from = from.max(prefix);
        let bounds = (Bound::Included(from), Bound::Unbounded);
        Ok(self
            .read()
            .range::<[u8], _>(bounds)
            .map(|(key, _)| key)
            .take_while(|key| key.starts_with(prefix))
            .cloned()
            .collect())
    }

    fn last(&self, from: &[u8], to: &[u8]) -> StoreResult<Option<(Vec<u8>, Bytes)>> {
        if from > to {
            return Ok(None);
        }
        let bounds = (Bound::Included(from), Bound::Included(to));
        let rows = self.read();
        let last = rows.range::<[u8], _>(bounds).next_back();
        Ok(last.map(|(key, value)| (key.clone(), value.clone())))
    }

    fn put(&self, key: &[u8], value: Bytes) -> StoreResult<()> {
        self.write().insert(key.to_vec(), value);
        Ok(())
    }

    fn remove(&self, key: &[u8]) -> StoreResult<()> {
        self.write().remove(key);
        Ok(())
    }

    fn apply(&self, changes: Vec<RowChange>) -> StoreResult<()> {
        let mut rows = self.write();
        for (key, value) in changes {
            match value {
                Some(value) => rows.insert(key, value),
                None => rows.remove(&key),
            };
        }
        Ok(())
    }

    fn sync(&self) -> StoreResult<()> {
        Ok(())
    }

    fn bytes(&self) -> StoreResult<u64> {
        Ok(self.read().iter().map(|(key, value)| (key.len() + value.len()) as u64).sum())
    }

    fn compresses(&self) -> bool {
        false
    }
}
