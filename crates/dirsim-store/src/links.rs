//! Links: references between objects as rows, with an index for each direction, so that one change
//! in a group of 250,000 members costs the same as in a group of ten (D6).

use bytes::Bytes;
use dirsim_model::AttributeId;

use crate::tables::prefix_end;
use crate::{StoreResult, Table, Tables, rows};

/// The links of one kind of objects.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Links {
    /// Rows (from, attribute, to) with the link's record.
    pub forward: Table,
    /// Rows (to, attribute, from) without content.
    pub backward: Table,
}

/// A link as read from its row.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// The object that holds the link.
    pub from: u64,
    /// The attribute.
    pub attribute: AttributeId,
    /// The object it points to.
    pub to: u64,
    /// What the owner of the table keeps with the link; often empty.
    pub record: Bytes,
}

impl Links {
    /// Writes a link.
    pub fn put(
        self,
        tables: &mut dyn Tables,
        from: u64,
        attribute: AttributeId,
        to: u64,
        record: Bytes,
    ) -> StoreResult<()> {
        tables.put(self.forward, &key(from, attribute, to), record)?;
        tables.put(self.backward, &key(to, attribute, from), Bytes::new())
    }

    /// Changes the record of a link that is there; its way back stays as it is.
    pub fn set_record(
        self,
        tables: &mut dyn Tables,
        from: u64,
        attribute: AttributeId,
        to: u64,
        record: Bytes,
    ) -> StoreResult<()> {
        tables.put(self.forward, &key(from, attribute, to), record)
    }

    /// Removes a link.
    pub fn remove(
        self,
        tables: &mut dyn Tables,
        from: u64,
        attribute: AttributeId,
        to: u64,
    ) -> StoreResult<()> {
        tables.delete(self.forward, &key(from, attribute, to))?;
        tables.delete(self.backward, &key(to, attribute, from))
    }

    /// Returns the record of a link.
    pub fn get(
        self,
        tables: &dyn Tables,
        from: u64,
        attribute: AttributeId,
        to: u64,
    ) -> StoreResult<Option<Bytes>> {
        tables.get(self.forward, &key(from, attribute, to))
    }

    /// Returns the links that an object holds, of one attribute or of all.
    pub fn from(
        self,
        tables: &dyn Tables,
        from: u64,
        attribute: Option<AttributeId>,
    ) -> StoreResult<Vec<Link>> {
        let prefix = prefix(from, attribute);
        let found =
            tables.scan(self.forward, &prefix, prefix_end(&prefix).as_deref(), usize::MAX)?;
        Ok(found.into_iter().map(|(key, record)| parse(&key, record)).collect())
    }

    /// Returns up to `limit` links of one attribute whose targets have numbers above `after`, so
    /// that a long list can be read in pieces.
    pub fn from_after(
        self,
        tables: &dyn Tables,
        from: u64,
        attribute: AttributeId,
        after: Option<u64>,
        limit: usize,
    ) -> StoreResult<Vec<Link>> {
        let start = key(from, attribute, after.map_or(0, |to| to.saturating_add(1)));
        let end = prefix_end(&prefix(from, Some(attribute)));
        let found = tables.scan(self.forward, &start, end.as_deref(), limit)?;
        Ok(found.into_iter().map(|(key, record)| parse(&key, record)).collect())
    }

    /// Returns the objects that point to `to`, by one attribute or by any: pairs of attribute and
    /// holder.
    pub fn to(
        self,
        tables: &dyn Tables,
        to: u64,
        attribute: Option<AttributeId>,
    ) -> StoreResult<Vec<(AttributeId, u64)>> {
        let prefix = prefix(to, attribute);
        let found =
            tables.scan(self.backward, &prefix, prefix_end(&prefix).as_deref(), usize::MAX)?;
        Ok(found
            .into_iter()
            .map(|(key, _)| {
                let link = parse(&key, Bytes::new());
                (link.attribute, link.to)
            })
            .collect())
    }
}

fn prefix(from: u64, attribute: Option<AttributeId>) -> Vec<u8> {
    let mut prefix = rows::key(from).to_vec();
    if let Some(attribute) = attribute {
        prefix.extend_from_slice(&attribute.0.to_be_bytes());
    }
    prefix
}

fn key(from: u64, attribute: AttributeId, to: u64) -> [u8; 18] {
    let mut key = [0; 18];
    let (left, rest) = key.split_at_mut(8);
    let (middle, right) = rest.split_at_mut(2);
    left.copy_from_slice(&rows::key(from));
    middle.copy_from_slice(&attribute.0.to_be_bytes());
    right.copy_from_slice(&rows::key(to));
    key
}

fn parse(key: &[u8], record: Bytes) -> Link {
    let attribute = key.get(8..10).and_then(|two| two.first_chunk()).copied().unwrap_or_default();
    Link {
        from: rows::id_of(key),
        attribute: AttributeId(u16::from_be_bytes(attribute)),
        to: rows::id_of(key.get(10..).unwrap_or_default()),
        record,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::MemoryTables;

    #[test]
    fn a_link_is_found_from_both_ends() {
        let links = Links { forward: Table::MvLink, backward: Table::MvBackLink };
        let (member, manager) = (AttributeId(1), AttributeId(2));
        let mut tables = MemoryTables::new();
        links.put(&mut tables, 10, member, 1, Bytes::new()).unwrap();
        links.put(&mut tables, 10, member, 2, Bytes::from_static(b"x")).unwrap();
        links.put(&mut tables, 1, manager, 2, Bytes::new()).unwrap();
        let to: Vec<u64> =
            links.from(&tables, 10, Some(member)).unwrap().iter().map(|link| link.to).collect();
        assert_eq!(to, [1, 2]);
        assert_eq!(links.to(&tables, 2, None).unwrap(), [(member, 10), (manager, 1)]);
        assert_eq!(links.from_after(&tables, 10, member, Some(1), 9).unwrap()[0].record, "x");
        links.remove(&mut tables, 10, member, 2).unwrap();
        assert_eq!(links.to(&tables, 2, None).unwrap(), [(manager, 1)]);
    }
}
