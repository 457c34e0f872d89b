//! Tables in memory: alone, or laid over others to be kept or thrown away.

use std::collections::BTreeMap;

use bytes::Bytes;

use crate::{StoreResult, Table, Tables};

/// Changed records: `None` stands for a removed one.
pub type Changes = BTreeMap<(Table, Vec<u8>), Option<Bytes>>;

/// Tables that live in memory only.
#[derive(Debug, Clone, Default)]
pub struct MemoryTables {
    records: BTreeMap<(Table, Vec<u8>), Bytes>,
}

impl MemoryTables {
    /// Starts with empty tables.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Tables for MemoryTables {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        Ok(self.records.get(&(table, key.to_vec())).cloned())
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>> {
        Ok(self
            .records
            .range((table, from.to_vec())..)
            .take_while(|((t, key), _)| *t == table && to.is_none_or(|to| key.as_slice() < to))
            .take(limit)
            .map(|((_, key), value)| (Bytes::copy_from_slice(key), value.clone()))
            .collect())
    }

    fn put(&mut self, table: Table, key: &[u8], value: Bytes) -> StoreResult<()> {
        self.records.insert((table, key.to_vec()), value);
        Ok(())
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> StoreResult<()> {
        self.records.remove(&(table, key.to_vec()));
        Ok(())
    }
}

/// Changes laid over other tables: a rehearsal, or a unit of work that may still fail (SE-004).
///
/// Dropping it forgets the changes; [`Overlay::into_changes`] hands them over for
/// [`apply`].
pub struct Overlay<'a> {
    base: &'a dyn Tables,
    changes: Changes,
}

impl<'a> Overlay<'a> {
    /// Lays nothing yet over `base`.
    pub fn new(base: &'a dyn Tables) -> Self {
        Self { base, changes: Changes::new() }
    }

    /// Returns what was changed.
    pub fn into_changes(self) -> Changes {
        self.changes
    }
}

/// Writes changes to tables.
pub fn apply(changes: Changes, tables: &mut dyn Tables) -> StoreResult<()> {
    for ((table, key), value) in changes {
        match value {
            Some(value) => tables.put(table, &key, value)?,
            None => tables.delete(table, &key)?,
        }
    }
    Ok(())
}

impl Tables for Overlay<'_> {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        match self.changes.get(&(table, key.to_vec())) {
            Some(change) => Ok(change.clone()),
            None => self.base.get(table, key),
        }
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>> {
        let mut changed = self
            .changes
            .range((table, from.to_vec())..)
            .take_while(|((t, key), _)| *t == table && to.is_none_or(|to| key.as_slice() < to))
            .peekable();
        if changed.peek().is_none() {
            return self.base.scan(table, from, to, limit);
        }
        // Removed records leave room for later ones, so the base is read in rounds.
        let mut found = Vec::new();
        let mut start = from.to_vec();
        loop {
            let round = limit.saturating_sub(found.len()).clamp(1, 1024);
            let base = self.base.scan(table, &start, to, round)?;
            let exhausted = base.len() < round;
            let last = base.last().map(|(key, _)| key.clone());
            for (key, value) in base {
                while let Some(((_, at), change)) =
                    changed.next_if(|((_, at), _)| at.as_slice() < &*key)
                {
                    found.extend(change.clone().map(|v| (Bytes::copy_from_slice(at), v)));
                }
                match changed.next_if(|((_, at), _)| at.as_slice() == &*key) {
                    Some((_, change)) => found.extend(change.clone().map(|v| (key, v))),
                    None => found.push((key, value)),
                }
            }
            if exhausted {
                for ((_, at), change) in changed {
                    found.extend(change.clone().map(|v| (Bytes::copy_from_slice(at), v)));
                }
                break;
            }
            if found.len() >= limit {
                break;
            }
            start = last.map_or_else(Vec::new, |key| key.to_vec());
            start.push(0);
        }
        found.truncate(limit);
        Ok(found)
    }

    fn put(&mut self, table: Table, key: &[u8], value: Bytes) -> StoreResult<()> {
        self.changes.insert((table, key.to_vec()), Some(value));
        Ok(())
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> StoreResult<()> {
        self.changes.insert((table, key.to_vec()), None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// An overlay reads like tables that were changed in place.
        #[test]
        fn an_overlay_hides_its_seam(
            base in proptest::collection::vec((0u8..40, any::<u8>()), 0..60),
            edits in proptest::collection::vec((0u8..40, proptest::option::of(any::<u8>())), 0..60),
            from in 0u8..40, to in proptest::option::of(0u8..45), limit in 0usize..50,
        ) {
            let mut expected = MemoryTables::new();
            for (key, value) in base {
                expected.put(Table::Meta, &[key], vec![value].into()).unwrap();
            }
            let below = expected.clone();
            let mut overlay = Overlay::new(&below);
            for (key, value) in edits {
                match value {
                    Some(value) => {
                        expected.put(Table::Meta, &[key], vec![value].into()).unwrap();
                        overlay.put(Table::Meta, &[key], vec![value].into()).unwrap();
                    }
                    None => {
                        expected.delete(Table::Meta, &[key]).unwrap();
                        overlay.delete(Table::Meta, &[key]).unwrap();
                    }
                }
            }
            let to = to.map(|to| vec![to]);
            prop_assert_eq!(
                overlay.scan(Table::Meta, &[from], to.as_deref(), limit).unwrap(),
                expected.scan(Table::Meta, &[from], to.as_deref(), limit).unwrap()
            );
            let mut applied = below.clone();
            apply(overlay.into_changes(), &mut applied).unwrap();
            prop_assert_eq!(
                applied.scan(Table::Meta, &[], None, usize::MAX).unwrap(),
                expected.scan(Table::Meta, &[], None, usize::MAX).unwrap()
            );
        }
    }
}
