//! One unit of work: rows held decoded while they change, written once, forgotten on failure.
//!
//! A synchronization does each unit as an [attempt](dirsim_store::tables::attempt), of which nothing
//! stays when it fails (SE-004, SE-158). Imports and exports work on the tables themselves: what can
//! fail there fails before anything is written. A row is read once and written once; its index
//! entries and the statistics follow every change at once, so that the unit finds its own objects.

use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dirsim_model::{AttributeId, ClassId};
use dirsim_store::{StoreResult, Tables, rows};

use crate::context::Context;
use crate::cs::{self, CsName, CsObject, Flags, connector_of, range_of};
use crate::cs_links::{self, LinkViews};
use crate::index::{self, CsEntries, MvEntries};
use crate::mv::{MvObject, Part};
use crate::statistics::{Statistics, Tally};

/// Numbers handed out in a run; written back when a step ends.
#[derive(Debug, Default)]
pub(crate) struct Numbers {
    next: BTreeMap<String, u64>,
    changed: bool,
}

impl Numbers {
    fn take(&mut self, tables: &dyn Tables, name: &str) -> StoreResult<u64> {
        if !self.next.contains_key(name) {
            let last = rows::meta::<u64>(tables, name)?.unwrap_or(0);
            self.next.insert(name.to_owned(), last);
        }
        let Some(last) = self.next.get_mut(name) else { return Ok(0) };
        *last += 1;
        self.changed = true;
        Ok(*last)
    }

    /// Writes the last numbers.
    pub(crate) fn save(&mut self, tables: &mut dyn Tables) -> StoreResult<()> {
        if self.changed {
            for (name, last) in &self.next {
                rows::put_meta(tables, name, last)?;
            }
            self.changed = false;
        }
        Ok(())
    }
}

/// A row held by a unit.
struct Held<T> {
    row: Option<Rc<T>>,
    dirty: bool,
}

/// What a unit knows of a row without reading it.
pub(crate) enum Holding<T> {
    /// Nothing: the tables know.
    Unknown,
    /// It was removed.
    Removed,
    /// This is it now.
    Row(Rc<T>),
}

impl<T> Holding<T> {
    fn of(held: Option<&Held<T>>) -> Self {
        match held.map(|held| &held.row) {
            None => Self::Unknown,
            Some(None) => Self::Removed,
            Some(Some(row)) => Self::Row(Rc::clone(row)),
        }
    }
}

/// What happened beside the rows, for the step to act on.
#[derive(Debug, Default)]
pub(crate) struct Effects {
    /// Objects that got a retry mark.
    pub(crate) marked: Vec<u64>,
    /// Changes of the statistics.
    pub(crate) tally: Tally,
    /// Placeholders that may have lost their last reference or child (SE-105).
    pub(crate) loosened: BTreeSet<u64>,
    /// Objects whose references changed because something else was unlinked.
    pub(crate) flowed: BTreeSet<u64>,
    /// Names of objects that were removed.
    pub(crate) removed: BTreeMap<u64, String>,
}

/// A unit of work over tables.
pub(crate) struct Unit<'a> {
    /// The surroundings.
    pub(crate) context: &'a Context<'a>,
    /// The tables; rows that the unit holds may be newer than those in here.
    pub(crate) tables: &'a mut dyn Tables,
    numbers: &'a mut Numbers,
    objects: BTreeMap<u64, Held<CsObject>>,
    people: BTreeMap<u64, Held<MvObject>>,
    /// The object whose synchronization the unit is; 0 for a unit that is none.
    pub(crate) visited: u64,
    /// Whether somebody wants to know what every flow says (SE-341).
    pub(crate) is_watched: bool,
    /// What happened beside the rows.
    pub(crate) effects: Effects,
}

impl<'a> Unit<'a> {
    /// Starts a unit.
    pub(crate) fn new(
        context: &'a Context<'a>,
        tables: &'a mut dyn Tables,
        numbers: &'a mut Numbers,
    ) -> Self {
        Self {
            context,
            tables,
            numbers,
            objects: BTreeMap::new(),
            people: BTreeMap::new(),
            visited: 0,
            is_watched: false,
            effects: Effects::default(),
        }
    }

    /// Returns a connector space object.
    pub(crate) fn cs(&mut self, id: u64) -> StoreResult<Option<Rc<CsObject>>> {
        if let Some(held) = self.objects.get(&id) {
            return Ok(held.row.clone());
        }
        let row = rows::get::<CsObject>(self.tables, id)?.map(Rc::new);
        self.objects.insert(id, Held { row: row.clone(), dirty: false });
        Ok(row)
    }

    /// Returns what the unit holds of a connector space object, reading nothing.
    pub(crate) fn held_cs(&self, id: u64) -> Holding<CsObject> {
        Holding::of(self.objects.get(&id))
    }

    /// Returns what the unit holds of a metaverse object, reading nothing.
    pub(crate) fn held_mv(&self, id: u64) -> Holding<MvObject> {
        Holding::of(self.people.get(&id))
    }

    /// Returns an object that must be there.
    pub(crate) fn expect_cs(&mut self, id: u64) -> StoreResult<Rc<CsObject>> {
        match self.cs(id)? {
            Some(row) => Ok(row),
            None => rows::expect(self.tables, id).map(Rc::new),
        }
    }

    /// Changes a connector space object, its name apart; nothing happens when it is gone.
    pub(crate) fn edit_cs<R>(
        &mut self,
        id: u64,
        edit: impl FnOnce(&mut CsObject) -> R,
    ) -> StoreResult<Option<R>> {
        if self.cs(id)?.is_none() {
            return Ok(None);
        }
        let connector = connector_of(id);
        let attributes = self.context.join_attributes(connector);
        let Some(held) = self.objects.get_mut(&id) else { return Ok(None) };
        let Some(row) = held.row.as_mut() else { return Ok(None) };
        let entries = CsEntries::of(row, attributes);
        let numbers = (row.partition, Statistics::of(row), row.flags);
        let result = edit(Rc::make_mut(row));
        held.dirty = true;
        let after = CsEntries::of(row, attributes);
        let marked =
            row.flags.has(Flags::RETRY) && Flags(row.flags.0 & !numbers.2.0).has(Flags::RETRY);
        let tally = &mut self.effects.tally;
        tally.entry((connector, numbers.0)).or_default().add(numbers.1, -1);
        tally.entry((connector, row.partition)).or_default().add(Statistics::of(row), 1);
        if marked {
            self.effects.marked.push(id);
        }
        CsEntries::write(&entries, &after, self.tables, connector, id)?;
        Ok(Some(result))
    }

    /// Gives a connector space object another name.
    pub(crate) fn rename_cs(&mut self, id: u64, name: CsName) -> StoreResult<()> {
        if self.cs(id)?.is_none() {
            return Ok(());
        }
        let Some(held) = self.objects.get_mut(&id) else { return Ok(()) };
        let Some(row) = held.row.as_mut() else { return Ok(()) };
        if row.name == name {
            return Ok(());
        }
        let old = std::mem::replace(&mut Rc::make_mut(row).name, name);
        held.dirty = true;
        if let Some(parent) = old.parent().filter(|_| row.name.parent() != old.parent()) {
            self.effects.loosened.insert(parent);
        }
        index::write_name(Some(&old), Some(&row.name), self.tables, connector_of(id), id)
    }

    /// Does [`Unit::edit_cs`] when the object is as `when` says.
    pub(crate) fn edit_cs_if(
        &mut self,
        id: u64,
        when: impl FnOnce(&CsObject) -> bool,
        edit: impl FnOnce(&mut CsObject),
    ) -> StoreResult<()> {
        let wanted = self.cs(id)?.is_some_and(|object| when(&object));
        if wanted {
            self.edit_cs(id, edit)?;
        }
        Ok(())
    }

    /// Adds a connector space object; returns its number.
    pub(crate) fn add_cs(&mut self, connector: u32, object: CsObject) -> StoreResult<u64> {
        let last = self.numbers.take(self.tables, &format!("cs-object-{connector}"))?;
        let id = range_of(connector).0 + last;
        let after = CsEntries::of(&object, self.context.join_attributes(connector));
        CsEntries::write(&CsEntries::default(), &after, self.tables, connector, id)?;
        index::write_name(None, Some(&object.name), self.tables, connector, id)?;
        let numbers = Statistics::of(&object);
        self.effects.tally.entry((connector, object.partition)).or_default().add(numbers, 1);
        self.objects.insert(id, Held { row: Some(Rc::new(object)), dirty: true });
        Ok(id)
    }

    /// Removes a connector space object with its references. What points to it must be gone.
    pub(crate) fn remove_cs(&mut self, id: u64) -> StoreResult<()> {
        let Some(object) = self.cs(id)? else { return Ok(()) };
        let connector = connector_of(id);
        if !object.is_placeholder() {
            let dn = self.dn(id)?;
            self.effects.removed.insert(id, dn);
        }
        if object.flags.has(Flags::HAS_LINKS) {
            for (link, _) in cs_links::all(self.tables, id, None)? {
                cs_links::LINKS.remove(self.tables, id, link.attribute, link.to)?;
                self.effects.loosened.insert(link.to);
            }
        }
        self.effects.loosened.extend(object.name.parent());
        let before = CsEntries::of(&object, self.context.join_attributes(connector));
        CsEntries::write(&before, &CsEntries::default(), self.tables, connector, id)?;
        index::write_name(Some(&object.name), None, self.tables, connector, id)?;
        let numbers = Statistics::of(&object);
        self.effects.tally.entry((connector, object.partition)).or_default().add(numbers, -1);
        rows::delete::<dirsim_tenant::AnswerHistory>(self.tables, id)?;
        self.objects.insert(id, Held { row: None, dirty: true });
        Ok(())
    }

    /// Changes the marks of a reference and keeps the object's lists of touched references.
    pub(crate) fn set_link(
        &mut self,
        from: u64,
        attribute: AttributeId,
        to: u64,
        change: impl FnOnce(LinkViews) -> LinkViews,
    ) -> StoreResult<()> {
        self.set_links(from, [(attribute, to, change)]).map(drop)
    }

    /// Does [`Unit::set_link`] for several references of an object, whose row is written once; returns
    /// whether any mark changed.
    pub(crate) fn set_links<C: FnOnce(LinkViews) -> LinkViews>(
        &mut self,
        from: u64,
        links: impl IntoIterator<Item = (AttributeId, u64, C)>,
    ) -> StoreResult<bool> {
        let mut changed = Vec::new();
        for (attribute, to, change) in links {
            let before = cs_links::views(self.tables, from, attribute, to)?;
            let after = change(before);
            if before == after {
                continue;
            }
            cs_links::put_views(self.tables, from, attribute, to, (before, after))?;
            if after.0 == 0 {
                self.effects.loosened.insert(to);
            }
            changed.push((attribute, to, after));
        }
        if changed.is_empty() {
            return Ok(false);
        }
        self.edit_cs(from, |object| {
            object.flags.insert(Flags::HAS_LINKS);
            for (attribute, to, after) in changed {
                let differs = after.has(LinkViews::SYNCHRONIZED) != after.has(LinkViews::IMPORTED);
                if differs {
                    object.imported_links.insert(attribute, to);
                } else {
                    object.imported_links.remove(attribute, to);
                }
                if after.has(LinkViews::EXPORTED) {
                    object.exported_links.insert(attribute, to);
                } else {
                    object.exported_links.remove(attribute, to);
                }
            }
        })?;
        Ok(true)
    }

    /// Returns the metaverse object.
    pub(crate) fn mv(&mut self, id: u64) -> StoreResult<Option<Rc<MvObject>>> {
        if let Some(held) = self.people.get(&id) {
            return Ok(held.row.clone());
        }
        let row = rows::get::<MvObject>(self.tables, id)?.map(Rc::new);
        self.people.insert(id, Held { row: row.clone(), dirty: false });
        Ok(row)
    }

    /// Changes a metaverse object and marks free objects that a changed join value may concern
    /// (D2).
    pub(crate) fn edit_mv(&mut self, id: u64, edit: impl FnOnce(&mut MvObject)) -> StoreResult<()> {
        let Some(before) = self.mv(id)? else { return Ok(()) };
        let entries = self.mv_entries(&before);
        let Some(held) = self.people.get_mut(&id) else { return Ok(()) };
        let Some(row) = held.row.as_mut() else { return Ok(()) };
        drop(before);
        edit(Rc::make_mut(row));
        held.dirty = true;
        let row = Rc::clone(row);
        let after = self.mv_entries(&row);
        let changed = index::write_mv(&entries, &after, self.tables, id)?;
        self.wake(&changed)
    }

    /// Links an object that contributes nothing yet; no join value changes.
    pub(crate) fn link_mv(&mut self, id: u64, cs: u64, part: Part) -> StoreResult<()> {
        if self.mv(id)?.is_none() {
            return Ok(());
        }
        if let Some(held) = self.people.get_mut(&id)
            && let Some(row) = held.row.as_mut()
        {
            Rc::make_mut(row).set_part(cs, part);
            held.dirty = true;
        }
        Ok(())
    }

    /// Adds a metaverse object; returns its number.
    pub(crate) fn add_mv(&mut self, class: ClassId) -> StoreResult<u64> {
        let id = self.numbers.take(self.tables, "mv-object")?;
        let object = MvObject::new(class, self.context.now);
        self.people.insert(id, Held { row: Some(Rc::new(object)), dirty: true });
        Ok(id)
    }

    /// Removes a metaverse object; its links must be gone.
    pub(crate) fn remove_mv(&mut self, id: u64) -> StoreResult<()> {
        let Some(object) = self.mv(id)? else { return Ok(()) };
        let entries = self.mv_entries(&object);
        let changed = index::write_mv(&entries, &MvEntries::new(), self.tables, id)?;
        self.people.insert(id, Held { row: None, dirty: true });
        index::unmark_mv(self.tables, id)?;
        self.wake(&changed)
    }

    fn mv_entries(&self, object: &MvObject) -> MvEntries {
        let mut entries = MvEntries::new();
        for attribute in self.context.rules.indexed_attributes() {
            let values = object.get(&self.context.book, *attribute);
            index::mv_entries(&mut entries, *attribute, values.values());
        }
        entries
    }

    /// Marks free objects that hold one of these values under a join attribute: their join could
    /// give another answer now (D2).
    fn wake(&mut self, changed: &MvEntries) -> StoreResult<()> {
        for (attribute, key) in changed {
            for (connector, cs_attribute) in self.context.waiting_for(*attribute) {
                let sleepers = if index::is_anchor_attribute(*cs_attribute)
                    && let Some(guid) = key.get(1..).and_then(dirsim_model::Guid::from_slice)
                {
                    index::by_anchor(self.tables, *connector, &cs::Anchor::Object(guid))?
                } else {
                    index::by_value(self.tables, *connector, *cs_attribute, key)?
                };
                for id in sleepers {
                    if self.cs(id)?.is_some_and(|object| {
                        object.is_free()
                            && object.import == cs::ImportOp::None
                            && !object.flags.has(Flags::JOIN_RETRY)
                    }) {
                        self.mark(id, Flags::JOIN_RETRY)?;
                    }
                }
            }
        }
        Ok(())
    }

    /// Sets marks on a connector space object.
    pub(crate) fn mark(&mut self, id: u64, marks: Flags) -> StoreResult<()> {
        let Some(object) = self.cs(id)? else { return Ok(()) };
        if object.flags.0 & marks.0 == marks.0 {
            return Ok(());
        }
        drop(object);
        self.edit_cs(id, |object| object.flags.insert(marks))?;
        Ok(())
    }

    /// Returns the name of an object as text.
    pub(crate) fn dn(&mut self, id: u64) -> StoreResult<String> {
        let mut parts = Vec::new();
        let mut at = id;
        while let Some(object) = self.cs(at)? {
            match &object.name {
                CsName::Flat(text) => {
                    return Ok(dirsim_model::anchor::connector_space_name(text));
                }
                CsName::Tree { parent, rdn } => {
                    parts.push(rdn.to_string());
                    at = *parent;
                    if at == 0 {
                        break;
                    }
                }
            }
        }
        Ok(parts.join(","))
    }

    /// Writes all changed rows and hands over what happened beside them.
    pub(crate) fn finish(mut self) -> StoreResult<Effects> {
        self.flush()?;
        Ok(self.effects)
    }

    /// Writes all changed rows and forgets the rest.
    pub(crate) fn flush(&mut self) -> StoreResult<()> {
        for (id, held) in std::mem::take(&mut self.objects) {
            match held.row {
                _ if !held.dirty => {}
                Some(row) => rows::put(self.tables, id, &*row)?,
                None => rows::delete::<CsObject>(self.tables, id)?,
            }
        }
        for (id, held) in std::mem::take(&mut self.people) {
            match held.row {
                _ if !held.dirty => {}
                Some(row) => rows::put(self.tables, id, &*row)?,
                None => rows::delete::<MvObject>(self.tables, id)?,
            }
        }
        Ok(())
    }
}
