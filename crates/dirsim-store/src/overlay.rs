//! Tables in memory: alone, or laid over others to be kept or thrown away.

use bytes::Bytes;

use crate::changes::{Changes, Key};
use crate::{StoreResult, Table, Tables};

/// Tables that live in memory only.
#[derive(Debug, Clone, Default)]
pub struct MemoryTables {
    /// Everything that was ever written, over nothing.
    changes: Changes,
}

impl MemoryTables {
    /// Starts with empty tables.
    pub fn new() -> Self {
        Self::default()
    }
}

impl Tables for MemoryTables {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        Ok(self.changes.get(table, key).cloned().flatten())
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>> {
        let Some(range) = self.changes.range(table, from, to) else { return Ok(Vec::new()) };
        Ok(range
            .filter_map(|(key, value)| {
                Some((Bytes::copy_from_slice(key.as_slice()), value.clone()?))
            })
            .take(limit)
            .collect())
    }

    fn put(&mut self, table: Table, key: &[u8], value: Bytes) -> StoreResult<()> {
        self.changes.insert(table, key, Some(value));
        Ok(())
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> StoreResult<()> {
        self.changes.insert(table, key, None);
        Ok(())
    }

    fn begin_attempt(&mut self) {
        self.changes.begin_attempt();
    }

    fn end_attempt(&mut self, keep: bool) -> StoreResult<()> {
        self.changes.end_attempt(keep);
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
    pub const fn new(base: &'a dyn Tables) -> Self {
        Self { base, changes: Changes::new() }
    }

    /// Lays earlier changes over `base` again.
    pub const fn over(base: &'a dyn Tables, changes: Changes) -> Self {
        Self { base, changes }
    }

    /// Returns what was changed.
    pub fn into_changes(self) -> Changes {
        self.changes
    }
}

/// Writes changes to tables.
#[expect(clippy::needless_pass_by_value, reason = "changes are used up when they are applied")]
pub fn apply(changes: Changes, tables: &mut dyn Tables) -> StoreResult<()> {
    for (table, key, value) in changes.iter() {
        match value {
            Some(value) => tables.put(table, key, value.clone())?,
            None => tables.delete(table, key)?,
        }
    }
    Ok(())
}

impl Tables for Overlay<'_> {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        match self.changes.get(table, key) {
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
        let changed = self.changes.range(table, from, to).map(Iterator::peekable);
        let Some(mut changed) =
            changed.and_then(|mut changed| changed.peek().is_some().then_some(changed))
        else {
            return self.base.scan(table, from, to, limit);
        };
        let shared =
            |key: &Key, value: &Bytes| (Bytes::copy_from_slice(key.as_slice()), value.clone());
        // Removed records leave room for later ones, so the base is read in rounds.
        let mut found = Vec::new();
        let mut start = from.to_vec();
        loop {
            let round = limit.saturating_sub(found.len()).clamp(1, 1024);
            let base = self.base.scan(table, &start, to, round)?;
            let exhausted = base.len() < round;
            let last = base.last().map(|(key, _)| key.clone());
            for (key, value) in base {
                while let Some((at, change)) = changed.next_if(|(at, _)| at.as_slice() < &*key) {
                    found.extend(change.as_ref().map(|value| shared(at, value)));
                }
                match changed.next_if(|(at, _)| at.as_slice() == &*key) {
                    Some((_, change)) => found.extend(change.clone().map(|value| (key, value))),
                    None => found.push((key, value)),
                }
            }
            if exhausted {
                for (at, change) in changed {
                    found.extend(change.as_ref().map(|value| shared(at, value)));
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
        self.changes.insert(table, key, Some(value));
        Ok(())
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> StoreResult<()> {
        self.changes.insert(table, key, None);
        Ok(())
    }

    fn begin_attempt(&mut self) {
        self.changes.begin_attempt();
    }

    fn end_attempt(&mut self, keep: bool) -> StoreResult<()> {
        self.changes.end_attempt(keep);
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
                if let Some(value) = value {
                    expected.put(Table::Meta, &[key], vec![value].into()).unwrap();
                    overlay.put(Table::Meta, &[key], vec![value].into()).unwrap();
                } else {
                    expected.delete(Table::Meta, &[key]).unwrap();
                    overlay.delete(Table::Meta, &[key]).unwrap();
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
