//! Staging one row: what it changes in I (SE 3.2, 3.3 and 16.3).

use dirsim_model::{AttributeId, ClassId, Entry};
use dirsim_store::StoreResult;

use super::place::{find, same_name};
use super::{Dangling, Import, Target, imported};
use crate::counters::Counter;
use crate::cs::{Anchor, CsName, CsObject, Flags, ImportOp, State};
use crate::cs_links;
use crate::images::View;

/// One row of a feed in the engine's words.
pub(crate) struct Row {
    pub(crate) anchor: Anchor,
    pub(crate) name: CsName,
    pub(crate) class: ClassId,
    /// All attributes, or the new values of those in `changed`.
    pub(crate) image: Entry,
    /// The attributes that the row reports; `None` for all of them.
    pub(crate) changed: Option<Vec<AttributeId>>,
    /// References that are there, or of a partial row those that came and went.
    pub(crate) links: Vec<(AttributeId, Target, bool)>,
}

impl Row {
    /// Returns whether the row says what an attribute holds.
    pub(crate) fn reports(&self, attribute: AttributeId) -> bool {
        self.changed.as_ref().is_none_or(|changed| changed.contains(&attribute))
    }
}

impl Import<'_, '_> {
    /// Stages a live row that is in scope; returns the object and the counter.
    pub(crate) fn stage(&mut self, row: &Row) -> StoreResult<(u64, Counter)> {
        let known = find(&mut self.unit, self.connector, &row.anchor)?;
        if let Some(id) = known
            && let Some(object) = self.unit.cs(id)?
            && !object.is_placeholder()
        {
            drop(object);
            let counter = self.stage_known(id, row)?;
            return Ok((id, counter));
        }
        let id = self.stage_new(known, row)?;
        Ok((id, Counter::StageAdd))
    }

    /// Stages a row whose anchor is not staged (SE-086 to SE-088).
    fn stage_new(&mut self, placeholder: Option<u64>, row: &Row) -> StoreResult<u64> {
        self.make_room(&row.name, None)?;
        let placeholder = match placeholder {
            Some(id) => Some(id),
            None => self.placeholder_at(&row.name)?,
        };
        let now = self.unit.context.now;
        let fill = |object: &mut CsObject, domain: u64| {
            object.class = row.class;
            object.anchor = Some(row.anchor);
            object.partition = domain;
            object.imported = Some(row.image.clone());
            object.import = ImportOp::Add;
            object.imported_at = now;
        };
        let domain = self.domain;
        let id = if let Some(id) = placeholder {
            let referenced = self.unit.cs(id)?.is_some_and(|o| o.flags.has(Flags::PH_LINK));
            self.unit.edit_cs(id, |object| {
                object.flags.remove(Flags::PLACEHOLDER);
                fill(object, domain);
            })?;
            self.unit.rename_cs(id, row.name.clone())?;
            if referenced {
                self.retry_holders(id)?;
            }
            id
        } else {
            let mut object = CsObject::new(row.name.clone(), row.class);
            fill(&mut object, domain);
            self.unit.add_cs(self.connector, object)?
        };
        let targets = self.targets(row)?;
        self.stage_links(id, row, &targets)?;
        Ok(id)
    }

    /// Returns the placeholder without anchor that stands on a name.
    fn placeholder_at(&mut self, name: &CsName) -> StoreResult<Option<u64>> {
        let CsName::Tree { parent, rdn } = name else { return Ok(None) };
        for id in super::place::below(&mut self.unit, self.connector, *parent, rdn)? {
            if self.unit.cs(id)?.is_some_and(|o| o.is_placeholder() && o.anchor.is_none()) {
                return Ok(Some(id));
            }
        }
        Ok(None)
    }

    /// Marks the joined holders of references to an object that has just become real (SE-086).
    fn retry_holders(&mut self, id: u64) -> StoreResult<()> {
        for (attribute, holder) in cs_links::LINKS.to(self.unit.tables, id, None)? {
            retry_link(&mut self.unit, holder, attribute, id)?;
        }
        Ok(())
    }

    /// Frees a name that a row wants (SE-087 to SE-089).
    fn make_room(&mut self, name: &CsName, except: Option<u64>) -> StoreResult<()> {
        let Some(id) = self.holder(name)?.filter(|id| Some(*id) != except) else { return Ok(()) };
        let Some(object) = self.unit.cs(id)? else { return Ok(()) };
        if object.anchor.is_none() {
            let mv = object.mv;
            drop(object);
            super::remove::drop_export_object(&mut self.unit, id, mv)?;
            return Ok(());
        }
        let leaving = object.import == ImportOp::Delete
            || object.state == State::Explicit
            || object.flags.has(Flags::DELETE_EXPORTED);
        let private = private_name(&object.name, id);
        drop(object);
        self.unit.rename_cs(id, private)?;
        if !leaving {
            self.unit.mark(id, Flags::TRANSIENT)?;
        }
        Ok(())
    }

    /// Stages a row whose object is staged.
    fn stage_known(&mut self, id: u64, row: &Row) -> StoreResult<Counter> {
        let object = self.unit.expect_cs(id)?;
        let (returned, other_class) =
            (object.import == ImportOp::Delete, object.class != row.class);
        let renamed = !same_name(&object.name, &row.name);
        let moved_here = object.partition != self.domain;
        drop(object);
        if renamed {
            self.rename(id, &row.name)?;
        } else {
            self.unit.edit_cs_if(
                id,
                |object| object.flags.has(Flags::TRANSIENT),
                |object| object.flags.remove(Flags::TRANSIENT),
            )?;
            // The same name, maybe in another spelling.
            self.unit.rename_cs(id, row.name.clone())?;
        }
        if moved_here {
            let domain = self.domain;
            self.unit.edit_cs(id, |object| object.partition = domain)?;
        }
        if other_class {
            let now = self.unit.context.now;
            // A row of a delta import carries what changed; everything else is as it was.
            let object = self.unit.expect_cs(id)?;
            let image = merged(row, object.image());
            drop(object);
            self.unit.edit_cs(id, |object| {
                object.class = row.class;
                object.imported = Some(image);
                object.import = ImportOp::DeleteAdd;
                object.imported_at = now;
            })?;
            let targets = self.targets(row)?;
            self.stage_links(id, row, &targets)?;
            return Ok(Counter::StageDeleteAdd);
        }
        let targets = self.targets(row)?;
        let confirmed = self.confirm(id, row, &targets)?;
        let mut changed = self.stage_image(id, row)?;
        changed |= self.stage_links(id, row, &targets)?;
        if changed || renamed || returned {
            self.settle(id)?;
        }
        Ok(if renamed {
            Counter::StageRename
        } else if changed || returned || confirmed {
            Counter::StageUpdate
        } else {
            Counter::StageNoChange
        })
    }

    /// Lays the row over I; returns whether I changed.
    fn stage_image(&mut self, id: u64, row: &Row) -> StoreResult<bool> {
        let object = self.unit.expect_cs(id)?;
        let current = object.image();
        let image = merged(row, current);
        if current.is_some_and(|current| image.changed_from(current).is_empty()) {
            return Ok(false);
        }
        let back = object.synchronized.as_ref().is_some_and(|h| image.changed_from(h).is_empty());
        drop(object);
        self.unit.edit_cs(id, |object| object.imported = (!back).then_some(image))?;
        Ok(true)
    }

    /// Returns what the references of a row lead to, as far as it is staged.
    fn targets(&mut self, row: &Row) -> StoreResult<Vec<Option<u64>>> {
        row.links.iter().map(|(_, target, _)| self.target(target)).collect()
    }

    /// Stages the references of a row; returns whether any changed in I.
    fn stage_links(&mut self, id: u64, row: &Row, targets: &[Option<u64>]) -> StoreResult<bool> {
        let mut changed = false;
        let has_links = self.unit.cs(id)?.is_some_and(|o| o.flags.has(Flags::HAS_LINKS));
        let mut staged = Vec::new();
        if row.changed.is_none() && has_links {
            let mut wanted: Vec<(AttributeId, u64)> = row
                .links
                .iter()
                .zip(targets)
                .filter_map(|((attribute, ..), to)| Some((*attribute, (*to)?)))
                .collect();
            wanted.sort_unstable();
            for (attribute, to) in cs_links::targets(self.unit.tables, id, None, View::Imported)? {
                if wanted.binary_search(&(attribute, to)).is_err() {
                    staged.push((attribute, to, false));
                }
            }
        }
        for ((attribute, target, present), to) in row.links.iter().zip(targets) {
            match to {
                Some(to) => staged.push((*attribute, *to, *present)),
                None if *present => {
                    self.dangling.push(Dangling {
                        from: id,
                        attribute: *attribute,
                        target: *target,
                    });
                    changed = true;
                }
                None => {}
            }
        }
        changed |= self.unit.set_links(
            id,
            staged.into_iter().map(|(attribute, to, present)| {
                (attribute, to, move |views| imported(views, present))
            }),
        )?;
        Ok(changed)
    }

    /// Gives an object its new place; joined objects below it are evaluated again (SE-094, SE-107,
    /// SE-121).
    fn rename(&mut self, id: u64, name: &CsName) -> StoreResult<()> {
        self.make_room(name, Some(id))?;
        let placeholder = self.placeholder_at(name)?;
        self.unit.rename_cs(id, name.clone())?;
        self.unit.edit_cs(id, |object| {
            object.flags.insert(Flags::RENAMED);
            // The directory says another name than the one that waits: it is computed anew.
            object.flags.remove(Flags(Flags::TRANSIENT.0 | Flags::EXPORT_RENAME.0));
        })?;
        if let Some(placeholder) = placeholder {
            self.adopt(id, placeholder)?;
        }
        if matches!(name, CsName::Tree { .. }) {
            self.mark_descendants(id)?;
        }
        for (_, holder) in cs_links::LINKS.to(self.unit.tables, id, None)? {
            if self.unit.cs(holder)?.is_some_and(|object| object.mv != 0) {
                self.unit.mark(holder, Flags::REF_RETRY)?;
            }
        }
        Ok(())
    }

    /// Moves what lies below a placeholder to the object that takes its place.
    fn adopt(&mut self, id: u64, placeholder: u64) -> StoreResult<()> {
        let all =
            crate::index::children(self.unit.tables, self.connector, placeholder, usize::MAX)?;
        for child in all {
            let moved = self.unit.cs(child)?.and_then(|object| match &object.name {
                CsName::Tree { rdn, .. } => Some(CsName::Tree { parent: id, rdn: rdn.clone() }),
                CsName::Flat(_) => None,
            });
            if let Some(name) = moved {
                self.unit.rename_cs(child, name)?;
            }
        }
        self.unit.effects.loosened.insert(placeholder);
        self.parents.retain(|_, parent| *parent != placeholder);
        Ok(())
    }

    fn mark_descendants(&mut self, id: u64) -> StoreResult<()> {
        let mut open = vec![id];
        while let Some(at) = open.pop() {
            let children =
                crate::index::children(self.unit.tables, self.connector, at, usize::MAX)?;
            for child in children {
                if self.unit.cs(child)?.is_some_and(|object| object.mv != 0) {
                    self.unit.mark(child, Flags::RENAME_RETRY)?;
                }
                open.push(child);
            }
        }
        Ok(())
    }
}

/// Returns the image with a row laid over it: a complete row replaces it (SE-108, SE-113).
fn merged(row: &Row, current: Option<&dirsim_model::Entry>) -> dirsim_model::Entry {
    match (&row.changed, current) {
        (None, _) | (Some(_), None) => row.image.clone(),
        (Some(changed), Some(current)) => {
            current.with(changed.iter().map(|a| (*a, row.image.get(*a).to_vec())))
        }
    }
}

/// Returns a name below the same parent that no row can want (SE-022).
fn private_name(name: &CsName, id: u64) -> CsName {
    match name {
        CsName::Tree { parent, rdn } => CsName::Tree {
            parent: *parent,
            rdn: dirsim_model::dn::Rdn::new(
                rdn.attribute.clone(),
                format!("{}\0TRANSIENT:{id}", rdn.value),
            ),
        },
        CsName::Flat(text) => CsName::Flat(format!("{text}\0TRANSIENT:{id}").into()),
    }
}

/// Asks for another try of one reference of a joined holder (SE-181).
pub(crate) fn retry_link(
    unit: &mut crate::unit::Unit<'_>,
    holder: u64,
    attribute: AttributeId,
    to: u64,
) -> StoreResult<()> {
    if unit.cs(holder)?.is_some_and(|object| object.mv != 0) {
        unit.edit_cs(holder, |object| {
            object.flags.insert(Flags::REF_RETRY);
            object.retried_links.insert(attribute, to);
        })?;
    }
    Ok(())
}
