//! The five images of a staged object (SE-028 to SE-032) as layers: a base and the export deltas
//! laid over it. Nothing is copied to read one attribute.

use dirsim_model::{AttributeId, AttributeSet, Entry, EntryWriter, Value, Values};
use dirsim_rules::{MergeType, precedence};
use serde::{Deserialize, Serialize};

/// One of the five images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum View {
    /// H: as of the last successful synchronization (SE-028).
    Synchronized,
    /// I: as last received (SE-029).
    Imported,
    /// I with the exports that were accepted and not yet confirmed (SE-030).
    Unconfirmed,
    /// The same with exports whose outcome is unknown (SE-031).
    Escrowed,
    /// The same with what waits for export: what the engine wants the directory to hold (SE-032).
    Unapplied,
}

/// Changes to an image that this engine exports, or has exported (SE 1.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delta {
    /// New values by attribute.
    pub set: Entry,
    /// Attributes to be emptied, sorted.
    pub cleared: Vec<AttributeId>,
    /// Values to add and to remove, sorted by attribute: for attributes of which the engine
    /// manages single values only (SE-211, SR-092).
    pub values: Vec<ValueChange>,
}

/// Single values of one attribute to add and to remove.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ValueChange {
    /// The attribute.
    pub attribute: AttributeId,
    /// Values to add.
    pub add: Vec<Value>,
    /// Values to remove.
    pub remove: Vec<Value>,
}

/// One attribute of a [`Delta`].
#[derive(Debug, Clone)]
pub enum Change<'a> {
    /// The attribute gets these values; none of the old ones stay. Empty clears it.
    Replace(Values<'a>),
    /// Single values come and go.
    Values(&'a ValueChange),
}

impl Delta {
    /// Returns whether there is no change.
    pub fn is_empty(&self) -> bool {
        self.set.is_empty() && self.cleared.is_empty() && self.values.is_empty()
    }

    /// Returns the change of one attribute.
    pub fn get(&self, attribute: AttributeId) -> Option<Change<'_>> {
        let values = self.set.get(attribute);
        if !values.is_empty() {
            return Some(Change::Replace(values));
        }
        if self.cleared.binary_search(&attribute).is_ok() {
            return Some(Change::Replace(Values::NONE));
        }
        let at = self.values.binary_search_by_key(&attribute, |change| change.attribute).ok()?;
        self.values.get(at).map(Change::Values)
    }

    /// Returns the changed attributes, sorted.
    pub fn attributes(&self) -> Vec<AttributeId> {
        let mut all: Vec<AttributeId> = self
            .set
            .iter()
            .map(|(attribute, _)| attribute)
            .chain(self.cleared.iter().copied())
            .chain(self.values.iter().map(|change| change.attribute))
            .collect();
        all.sort_unstable();
        all
    }

    /// Returns the changes in the order of their attributes.
    pub fn iter(&self) -> impl Iterator<Item = (AttributeId, Change<'_>)> {
        self.attributes()
            .into_iter()
            .filter_map(|attribute| Some((attribute, self.get(attribute)?)))
    }

    /// Returns this delta without the attributes that `drop` names.
    #[must_use]
    pub fn without(&self, drop: impl Fn(AttributeId) -> bool) -> Self {
        let mut kept = DeltaBuilder::default();
        for (attribute, change) in self.iter().filter(|(attribute, _)| !drop(*attribute)) {
            kept.push(attribute, &change);
        }
        kept.build()
    }

    /// Returns this delta with a newer one laid over it; where both change an attribute the newer
    /// one wins (SE-129, SE-217).
    #[must_use]
    pub fn then(&self, newer: &Self) -> Self {
        if self.is_empty() {
            return newer.clone();
        }
        if newer.is_empty() {
            return self.clone();
        }
        let mut all = self.attributes();
        all.extend(newer.attributes());
        all.sort_unstable();
        all.dedup();
        let mut merged = DeltaBuilder::default();
        for attribute in all {
            match (self.get(attribute), newer.get(attribute)) {
                (Some(old), None) => merged.push(attribute, &old),
                (None | Some(Change::Replace(_)), Some(new @ Change::Replace(_)))
                | (None, Some(new)) => merged.push(attribute, &new),
                (Some(Change::Values(_)), Some(new @ Change::Replace(_))) => {
                    merged.push(attribute, &new);
                }
                (Some(Change::Replace(values)), Some(Change::Values(change))) => {
                    merged.replace(attribute, Values::Slice(&change.apply(values)));
                }
                (Some(Change::Values(old)), Some(Change::Values(new))) => {
                    merged.change(old.then(new));
                }
                (None, None) => {}
            }
        }
        merged.build()
    }
}

impl ValueChange {
    /// Returns `values` with this change.
    pub fn apply(&self, values: Values<'_>) -> Vec<Value> {
        let mut all: Vec<Value> = values
            .iter()
            .filter(|v| !self.removes(*v))
            .map(dirsim_model::ValueRef::to_owned)
            .collect();
        for value in &self.add {
            precedence::unite(&mut all, value.as_ref(), MergeType::Merge);
        }
        all
    }

    /// Returns whether `values` hold what this change says: every added value and none of the
    /// removed ones (SE 16.3).
    pub fn is_held_by(&self, values: Values<'_>) -> bool {
        self.add.iter().all(|value| values.iter().any(|held| held == value.as_ref()))
            && !values.iter().any(|value| self.removes(value))
    }

    fn removes(&self, value: dirsim_model::ValueRef<'_>) -> bool {
        self.remove.iter().any(|removed| removed.as_ref() == value)
    }

    fn then(&self, newer: &Self) -> Self {
        let mut merged = newer.clone();
        for value in &self.add {
            if !newer.remove.contains(value) && !merged.add.contains(value) {
                merged.add.push(value.clone());
            }
        }
        for value in &self.remove {
            if !newer.add.contains(value) && !merged.remove.contains(value) {
                merged.remove.push(value.clone());
            }
        }
        merged
    }
}

impl Change<'_> {
    /// Returns whether `values` hold what the change says (SE 16.3).
    pub fn is_held_by(&self, values: Values<'_>) -> bool {
        match self {
            Self::Replace(wanted) => wanted.same_as(values),
            Self::Values(change) => change.is_held_by(values),
        }
    }
}

/// Collects the changes of a [`Delta`]; attributes with new values come in ascending order.
#[derive(Debug, Default)]
pub(crate) struct DeltaBuilder {
    set: EntryWriter,
    cleared: Vec<AttributeId>,
    values: Vec<ValueChange>,
}

impl DeltaBuilder {
    /// Adds a change.
    pub(crate) fn push(&mut self, attribute: AttributeId, change: &Change<'_>) {
        match change {
            Change::Replace(values) => self.replace(attribute, *values),
            Change::Values(change) => self.values.push((*change).clone()),
        }
    }

    /// Adds single values to come and go.
    pub(crate) fn change(&mut self, change: ValueChange) {
        self.values.push(change);
    }

    /// Sets new values; none clear the attribute.
    pub(crate) fn replace(&mut self, attribute: AttributeId, values: Values<'_>) {
        if values.is_empty() {
            self.cleared.push(attribute);
        } else {
            self.set.push(attribute, values);
        }
    }

    pub(crate) fn build(mut self) -> Delta {
        self.cleared.sort_unstable();
        self.values.sort_by_key(|change| change.attribute);
        Delta { set: self.set.finish(), cleared: self.cleared, values: self.values }
    }
}

/// An image with deltas laid over it, the newest last.
#[derive(Debug, Clone, Copy)]
pub struct Layers<'a> {
    base: Option<&'a Entry>,
    deltas: [Option<&'a Delta>; 3],
}

impl<'a> Layers<'a> {
    /// Lays deltas over a base, the newest last.
    pub const fn new(base: Option<&'a Entry>, deltas: [Option<&'a Delta>; 3]) -> Self {
        Self { base, deltas }
    }

    /// Returns the values of an attribute where no single values are changed; `Err` holds the
    /// computed values otherwise.
    pub fn get(&self, attribute: AttributeId) -> Result<Values<'a>, Vec<Value>> {
        let mut pending: Vec<&ValueChange> = Vec::new();
        let mut found = None;
        for delta in self.deltas.iter().rev().flatten() {
            match delta.get(attribute) {
                Some(Change::Replace(values)) => {
                    found = Some(values);
                    break;
                }
                Some(Change::Values(change)) => pending.push(change),
                None => {}
            }
        }
        let below =
            found.unwrap_or_else(|| self.base.map_or(Values::NONE, |base| base.get(attribute)));
        if pending.is_empty() {
            return Ok(below);
        }
        let mut values = below.to_vec();
        for change in pending.iter().rev() {
            values = change.apply(Values::Slice(&values));
        }
        Err(values)
    }

    /// Returns a copy of the values of an attribute.
    pub fn to_vec(&self, attribute: AttributeId) -> Vec<Value> {
        self.get(attribute).map_or_else(|values| values, Values::to_vec)
    }

    /// Returns the first value of an attribute when it is text.
    pub fn text(&self, attribute: AttributeId) -> Option<String> {
        match self.get(attribute) {
            Ok(values) => values.text().map(str::to_owned),
            Err(values) => Values::Slice(&values).text().map(str::to_owned),
        }
    }

    /// Returns whether any delta changes something.
    pub fn is_changed(&self) -> bool {
        self.deltas.iter().flatten().any(|delta| !delta.is_empty())
    }

    /// Returns the attributes that any layer says something about.
    pub fn attributes(&self) -> AttributeSet {
        let mut all: AttributeSet = self.base.into_iter().flat_map(Entry::attributes).collect();
        for delta in self.deltas.iter().flatten() {
            all.extend(delta.set.attributes());
            all.extend(delta.cleared.iter().copied());
            all.extend(delta.values.iter().map(|change| change.attribute));
        }
        all
    }

    /// Returns the whole image.
    pub fn to_entry(&self) -> Entry {
        let base = self.base.cloned().unwrap_or_default();
        let mut ids: Vec<AttributeId> =
            self.deltas.iter().flatten().flat_map(|delta| delta.attributes()).collect();
        if ids.is_empty() {
            return base;
        }
        ids.sort_unstable();
        ids.dedup();
        base.with(ids.into_iter().map(|attribute| (attribute, self.to_vec(attribute))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn a(id: u16) -> AttributeId {
        AttributeId(id)
    }

    fn delta(set: &[(u16, &[&str])], cleared: &[u16]) -> Delta {
        let mut builder = DeltaBuilder::default();
        for (id, values) in set {
            let values: Vec<Value> = values.iter().map(|v| Value::text(*v)).collect();
            builder.replace(a(*id), Values::Slice(&values));
        }
        for id in cleared {
            builder.replace(a(*id), Values::NONE);
        }
        builder.build()
    }

    /// SE-030 to SE-032.
    #[test]
    fn a_later_layer_hides_an_earlier_one() {
        let base: Entry =
            [(a(1), vec!["old".into()]), (a(2), vec!["kept".into()])].into_iter().collect();
        let (sent, wanted) = (delta(&[(1, &["sent"])], &[]), delta(&[(3, &["new"])], &[1]));
        let layers = Layers::new(Some(&base), [Some(&sent), None, Some(&wanted)]);
        assert!(layers.get(a(1)).unwrap().is_empty());
        assert_eq!(layers.text(a(2)).as_deref(), Some("kept"));
        assert_eq!(layers.to_entry().text(a(3)), Some("new"));
        let merged = sent.then(&wanted);
        assert_eq!(merged.attributes(), [a(1), a(3)]);
        assert!(matches!(merged.get(a(1)), Some(Change::Replace(values)) if values.is_empty()));
    }

    /// SE-211, SR-092.
    #[test]
    fn single_values_leave_the_others_alone() {
        let base: Entry = [(a(1), vec!["SMTP:a".into()])].into_iter().collect();
        let add = |value: &str, remove: &[&str]| Delta {
            values: vec![ValueChange {
                attribute: a(1),
                add: vec![value.into()],
                remove: remove.iter().map(|v| Value::text(*v)).collect(),
            }],
            ..Delta::default()
        };
        let (first, second) = (add("x500:1", &[]), add("x500:2", &["x500:1"]));
        let layers = Layers::new(Some(&base), [Some(&first), None, Some(&second)]);
        assert_eq!(layers.to_vec(a(1)), ["SMTP:a".into(), "x500:2".into()]);
        let merged = first.then(&second);
        let once = Layers::new(Some(&base), [Some(&merged), None, None]);
        assert_eq!(once.to_vec(a(1)), layers.to_vec(a(1)));
        assert!(merged.values[0].is_held_by(Values::Slice(&layers.to_vec(a(1)))));
    }
}
