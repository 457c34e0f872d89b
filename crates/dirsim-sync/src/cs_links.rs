//! References between connector space objects, with their place in the images.
//!
//! A reference is one row (from, attribute, to). Its record is one byte that says in which images
//! and deltas it stands, so that one change in a group of 250,000 members costs the same as in a
//! group of ten (D6).

use bytes::Bytes;
use dirsim_model::AttributeId;
use dirsim_store::links::Link;
use dirsim_store::{Links, StoreResult, Table, Tables};

use crate::images::View;

/// The links of connector space objects.
pub const LINKS: Links = Links { forward: Table::CsLink, backward: Table::CsBackLink };

/// In which images and deltas a reference stands.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct LinkViews(pub u8);

impl LinkViews {
    /// In H.
    pub const SYNCHRONIZED: u8 = 1;
    /// In I.
    pub const IMPORTED: u8 = 1 << 1;
    /// Added by UC.
    pub const UNCONFIRMED_ADD: u8 = 1 << 2;
    /// Removed by UC.
    pub const UNCONFIRMED_REMOVE: u8 = 1 << 3;
    /// Added by ES.
    pub const ESCROWED_ADD: u8 = 1 << 4;
    /// Removed by ES.
    pub const ESCROWED_REMOVE: u8 = 1 << 5;
    /// Added by UA.
    pub const UNAPPLIED_ADD: u8 = 1 << 6;
    /// Removed by UA.
    pub const UNAPPLIED_REMOVE: u8 = 1 << 7;
    /// In any export delta.
    pub const EXPORTED: u8 = !(Self::SYNCHRONIZED | Self::IMPORTED);

    /// Reads the record of a link row.
    pub fn of(record: &[u8]) -> Self {
        Self(record.first().copied().unwrap_or_default())
    }

    /// Returns the record of a link row.
    pub fn record(self) -> Bytes {
        Bytes::copy_from_slice(&[self.0])
    }

    /// Returns whether a bit is set.
    pub const fn has(self, bit: u8) -> bool {
        self.0 & bit != 0
    }

    /// Sets or clears bits.
    #[must_use]
    pub const fn with(self, bits: u8, on: bool) -> Self {
        Self(if on { self.0 | bits } else { self.0 & !bits })
    }

    /// Returns whether the reference is part of an image.
    pub const fn is_in(self, view: View) -> bool {
        let mut present = match view {
            View::Synchronized => return self.has(Self::SYNCHRONIZED),
            _ => self.has(Self::IMPORTED),
        };
        let layers = match view {
            View::Synchronized | View::Imported => 0,
            View::Unconfirmed => 1,
            View::Escrowed => 2,
            View::Unapplied => 3,
        };
        let mut layer = 0;
        while layer < layers {
            let shift = 2 + 2 * layer;
            if self.has(1 << shift) {
                present = true;
            } else if self.has(2 << shift) {
                present = false;
            }
            layer += 1;
        }
        present
    }
}

/// Returns the marks of a reference; none when there is no such row.
pub fn views(
    tables: &dyn Tables,
    from: u64,
    attribute: AttributeId,
    to: u64,
) -> StoreResult<LinkViews> {
    Ok(LINKS
        .get(tables, from, attribute, to)?
        .map(|record| LinkViews::of(&record))
        .unwrap_or_default())
}

/// Writes the marks of a reference that had others; without any the row goes.
pub(crate) fn put_views(
    tables: &mut dyn Tables,
    from: u64,
    attribute: AttributeId,
    to: u64,
    (before, after): (LinkViews, LinkViews),
) -> StoreResult<()> {
    match (before.0, after.0) {
        (_, 0) => LINKS.remove(tables, from, attribute, to),
        (0, _) => LINKS.put(tables, from, attribute, to, after.record()),
        _ => LINKS.set_record(tables, from, attribute, to, after.record()),
    }
}

/// Returns the targets of the references of an object in an image: attribute and target, sorted.
pub fn targets(
    tables: &dyn Tables,
    from: u64,
    attribute: Option<AttributeId>,
    view: View,
) -> StoreResult<Vec<(AttributeId, u64)>> {
    Ok(all(tables, from, attribute)?
        .into_iter()
        .filter(|(_, views)| views.is_in(view))
        .map(|(link, _)| (link.attribute, link.to))
        .collect())
}

/// Returns the references of an object with their marks.
pub fn all(
    tables: &dyn Tables,
    from: u64,
    attribute: Option<AttributeId>,
) -> StoreResult<Vec<(Link, LinkViews)>> {
    Ok(LINKS
        .from(tables, from, attribute)?
        .into_iter()
        .map(|link| {
            let views = LinkViews::of(&link.record);
            (link, views)
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// SE-028 to SE-032.
    #[test]
    fn a_byte_places_a_reference_in_five_images() {
        let removed = LinkViews(LinkViews::SYNCHRONIZED | LinkViews::IMPORTED)
            .with(LinkViews::UNAPPLIED_REMOVE, true);
        assert!(removed.is_in(View::Synchronized) && removed.is_in(View::Escrowed));
        assert!(!removed.is_in(View::Unapplied));
        let added = LinkViews(LinkViews::UNCONFIRMED_ADD);
        assert!(!added.is_in(View::Imported) && added.is_in(View::Unconfirmed));
        let both = LinkViews(LinkViews::UNCONFIRMED_REMOVE | LinkViews::UNAPPLIED_ADD);
        assert!(!both.is_in(View::Escrowed) && both.is_in(View::Unapplied));
    }
}
