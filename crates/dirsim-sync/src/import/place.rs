//! Where a row stands: parents in the tree, and placeholders for what is not staged (SE-012).

use dirsim_model::dn::Rdn;
use dirsim_model::{Dn, Guid};
use dirsim_store::StoreResult;

use super::{Import, Target};
use crate::cs::{Anchor, CsName, CsObject, Flags};
use crate::index;
use crate::unit::Unit;

/// A class for rows that have none, such as placeholders.
const NO_CLASS: dirsim_model::ClassId = dirsim_model::ClassId(u16::MAX);

/// Returns the object of a connector with this anchor, placeholders included.
pub(crate) fn find(
    unit: &mut Unit<'_>,
    connector: u32,
    anchor: &Anchor,
) -> StoreResult<Option<u64>> {
    for id in index::by_anchor(unit.tables, connector, anchor)? {
        if unit.cs(id)?.is_some_and(|object| object.anchor == Some(*anchor)) {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Returns the objects below a parent that have this leaf, staged ones first.
pub(crate) fn below(
    unit: &mut Unit<'_>,
    connector: u32,
    parent: u64,
    rdn: &Rdn,
) -> StoreResult<Vec<u64>> {
    let mut found = index::children_named(unit.tables, connector, parent, &rdn.key())?;
    if found.len() > 1 {
        let mut ranked = Vec::new();
        for id in found {
            let placeholder = unit.cs(id)?.is_none_or(|object| object.is_placeholder());
            ranked.push((placeholder, id));
        }
        ranked.sort_unstable();
        found = ranked.into_iter().map(|(_, id)| id).collect();
    }
    Ok(found)
}

/// Returns the object at a name, making `parent` placeholders where nothing is (SE-084); 0 for the
/// empty name.
pub(crate) fn ensure_path(unit: &mut Unit<'_>, connector: u32, dn: &Dn) -> StoreResult<u64> {
    let mut parent = 0;
    for rdn in dn.parts().iter().rev() {
        parent = match below(unit, connector, parent, rdn)?.first() {
            Some(id) => *id,
            None => add_placeholder(unit, connector, parent, rdn, Flags::PH_PARENT, None)?,
        };
    }
    Ok(parent)
}

fn add_placeholder(
    unit: &mut Unit<'_>,
    connector: u32,
    parent: u64,
    rdn: &Rdn,
    mark: Flags,
    anchor: Option<Anchor>,
) -> StoreResult<u64> {
    let mut object = CsObject::new(CsName::Tree { parent, rdn: rdn.clone() }, NO_CLASS);
    object.flags.insert(mark);
    object.anchor = anchor;
    unit.add_cs(connector, object)
}

impl Import<'_, '_> {
    /// Returns the object above a row of a forest.
    pub(crate) fn parent(&mut self, guid: Option<Guid>, dn: &Dn) -> StoreResult<u64> {
        if let Some(guid) = guid {
            if let Some(known) = self.parents.get(&guid) {
                return Ok(*known);
            }
            if let Some(id) = find(&mut self.unit, self.connector, &Anchor::Object(guid))?
                && self.unit.cs(id)?.is_some_and(|object| !object.is_placeholder())
            {
                self.parents.insert(guid, id);
                return Ok(id);
            }
        }
        let above = dn.parent().unwrap_or_else(|| Dn::from_parts(Vec::new()));
        let id = ensure_path(&mut self.unit, self.connector, &above)?;
        if let Some(guid) = guid {
            self.parents.insert(guid, id);
        }
        Ok(id)
    }

    /// Returns the staged object or placeholder that a reference points to.
    pub(crate) fn target(&mut self, target: &Target) -> StoreResult<Option<u64>> {
        find(&mut self.unit, self.connector, &target.anchor)
    }

    /// Returns what a reference points to, making a `link` placeholder where nothing is (SE-104).
    pub(crate) fn target_or_placeholder(&mut self, target: &Target) -> StoreResult<u64> {
        if let Some(id) = self.target(target)? {
            return Ok(id);
        }
        let Anchor::Object(_) = target.anchor else {
            let mut object =
                CsObject::new(CsName::Flat(target.anchor.to_string().into()), NO_CLASS);
            object.flags.insert(Flags::PH_LINK);
            object.anchor = Some(target.anchor);
            return self.unit.add_cs(self.connector, object);
        };
        let dn = dirsim_forest::lookup::dn(self.unit.tables, target.object)?;
        let above = dn.parent().unwrap_or_else(|| Dn::from_parts(Vec::new()));
        let parent = ensure_path(&mut self.unit, self.connector, &above)?;
        let nameless = Rdn::new("CN", target.anchor.to_string());
        let rdn = dn.rdn().unwrap_or(&nameless);
        for id in below(&mut self.unit, self.connector, parent, rdn)? {
            let free = self
                .unit
                .cs(id)?
                .is_some_and(|object| object.is_placeholder() && object.anchor.is_none());
            if free {
                self.unit.edit_cs(id, |object| {
                    object.flags.insert(Flags::PH_LINK);
                    object.anchor = Some(target.anchor);
                })?;
                return Ok(id);
            }
        }
        let (mark, anchor) = (Flags::PH_LINK, Some(target.anchor));
        add_placeholder(&mut self.unit, self.connector, parent, rdn, mark, anchor)
    }

    /// Returns the object of a flat space or a tree that holds a name, placeholders aside.
    pub(crate) fn holder(&mut self, name: &CsName) -> StoreResult<Option<u64>> {
        let found = match name {
            CsName::Tree { parent, rdn } => below(&mut self.unit, self.connector, *parent, rdn)?,
            CsName::Flat(text) => index::by_flat_name(self.unit.tables, self.connector, text)?,
        };
        for id in found {
            if self.unit.cs(id)?.is_some_and(|o| !o.is_placeholder() && same_name(&o.name, name)) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }
}

/// Returns whether two names are one (SE-040, SE-294).
pub(crate) fn same_name(a: &CsName, b: &CsName) -> bool {
    match (a, b) {
        (CsName::Tree { parent, rdn }, CsName::Tree { parent: other, rdn: leaf }) => {
            parent == other && (rdn == leaf || rdn.key() == leaf.key())
        }
        (CsName::Flat(a), CsName::Flat(b)) => a == b,
        _ => false,
    }
}
