//! Staged and metaverse objects as the rules read them.
//!
//! A reference attribute answers with one stand-in value that means "all references of this
//! attribute"; the engine follows it link by link, so that a flow of 250,000 members costs nothing
//! here (D6).

use std::borrow::Cow;
use std::cell::{OnceCell, RefCell};
use std::collections::BTreeMap;

use dirsim_model::attribute::well_known;
use dirsim_model::{
    AttributeId, AttributeSet, AttributeTable, Dice, Dn, Entry, Side, Timestamp, Value, ValueRef,
    Values,
};
use dirsim_rules::Subject;
use dirsim_store::{StoreError, StoreResult, Tables};

use crate::context::Context;
use crate::cs::{CsObject, Flags, connector_of};
use crate::cs_links::{self, LinkViews};
use crate::images::{Layers, View};
use crate::lookup;
use crate::mv::{self, MvObject, Resolved};

/// The bit of a reference value that says it stands for all references of an attribute.
const ALL_OF: u64 = 1 << 63;

/// Returns the stand-in for all references of an attribute.
const fn stand_in(attribute: AttributeId) -> Value {
    Value::Reference(ALL_OF | attribute.0 as u64)
}

/// Returns the attribute whose references a value stands for.
pub(crate) fn stands_for(value: ValueRef<'_>) -> Option<AttributeId> {
    match value {
        ValueRef::Reference(id) if id & ALL_OF != 0 => {
            u16::try_from(id & 0xFFFF).ok().map(AttributeId)
        }
        _ => None,
    }
}

/// What every subject carries: the surroundings, and the first store error met while rules read.
struct Reader<'a> {
    context: &'a Context<'a>,
    tables: &'a dyn Tables,
    failure: RefCell<Option<StoreError>>,
    seed: u64,
}

impl<'a> Reader<'a> {
    fn new(context: &'a Context<'a>, tables: &'a dyn Tables, id: u64) -> Self {
        let seed = Dice::new(context.seed ^ id.rotate_left(17)).next();
        Self { context, tables, failure: RefCell::new(None), seed }
    }

    /// Unwraps a result; an error is kept for [`Reader::finish`].
    fn take<T: Default>(&self, result: StoreResult<T>) -> T {
        result.unwrap_or_else(|error| {
            self.failure.borrow_mut().get_or_insert(error);
            T::default()
        })
    }

    fn finish(self) -> StoreResult<()> {
        self.failure.into_inner().map_or(Ok(()), Err)
    }
}

/// A connector space object as inbound rules read it.
pub(crate) struct CsSubject<'a> {
    reader: Reader<'a>,
    id: u64,
    object: &'a CsObject,
    side: Side,
    name: OnceCell<[Value; 1]>,
    /// As imported, and as this engine wants them.
    references: OnceCell<[References; 2]>,
    /// Values of attributes of which exports change single values, computed when first asked for.
    computed: BTreeMap<AttributeId, Vec<Value>>,
}

/// The stand-ins of the reference attributes that an object has in one view.
type References = BTreeMap<AttributeId, (usize, [Value; 1])>;

impl<'a> CsSubject<'a> {
    pub(crate) fn new(
        context: &'a Context<'a>,
        tables: &'a dyn Tables,
        id: u64,
        object: &'a CsObject,
    ) -> Self {
        let layers = object.view(View::Unapplied);
        let computed = [&object.unconfirmed, &object.escrowed, &object.unapplied]
            .into_iter()
            .flat_map(|delta| &delta.values)
            .map(|change| (change.attribute, layers.to_vec(change.attribute)))
            .collect();
        Self {
            reader: Reader::new(context, tables, id),
            id,
            object,
            side: context.side_of(id),
            name: OnceCell::new(),
            references: OnceCell::new(),
            computed,
        }
    }

    /// Ends the reading; returns the store error that rules could not report.
    pub(crate) fn finish(self) -> StoreResult<()> {
        self.reader.finish()
    }

    fn references(&self, view: View) -> &References {
        let [imported, wanted] = self.references.get_or_init(|| {
            let mut both = [View::Imported, View::Unapplied].map(|view| (view, References::new()));
            if self.object.flags.has(Flags::HAS_LINKS) {
                let links = self.reader.take(cs_links::all(self.reader.tables, self.id, None));
                for (link, views) in links {
                    for (_, found) in both.iter_mut().filter(|(view, _)| views.is_in(*view)) {
                        let none = || (0, [stand_in(link.attribute)]);
                        found.entry(link.attribute).or_insert_with(none).0 += 1;
                    }
                }
            }
            both.map(|(_, found)| found)
        });
        if view == View::Imported { imported } else { wanted }
    }

    fn reference(&self, view: View, attribute: AttributeId) -> Values<'_> {
        self.references(view)
            .get(&attribute)
            .map_or(Values::NONE, |(_, stand_in)| Values::Slice(stand_in))
    }

    fn name(&self) -> Values<'_> {
        Values::Slice(self.name.get_or_init(|| {
            let reader = &self.reader;
            [Value::text(reader.take(reader.context.dn_of(reader.tables, &self.object.name)))]
        }))
    }

    fn is_reference(&self, attribute: AttributeId) -> bool {
        self.reader.context.schema.is_reference(self.side, attribute)
    }
}

impl Subject for CsSubject<'_> {
    fn present(&self) -> Option<AttributeSet> {
        let mut all = AttributeSet::default();
        all.insert(well_known::DN);
        all.extend(self.object.image().into_iter().flat_map(Entry::attributes));
        for delta in [&self.object.unconfirmed, &self.object.escrowed, &self.object.unapplied] {
            all.extend(delta.set.attributes());
        }
        all.extend(self.computed.keys().copied());
        all.extend(self.references(View::Imported).keys().copied());
        all.extend(self.references(View::Unapplied).keys().copied());
        Some(all)
    }

    fn tabulate<'t>(&'t self, table: &mut AttributeTable<'t>) -> bool {
        let object = self.object;
        let deltas = [&object.unconfirmed, &object.escrowed, &object.unapplied];
        if deltas.iter().any(|delta| !delta.is_empty()) {
            return false;
        }
        table.add(well_known::DN, self.name());
        let values = object.image().into_iter().flat_map(Entry::iter);
        table.extend(values.filter(|(id, _)| *id != well_known::DN && !self.is_reference(*id)));
        let expected = self.references(View::Unapplied);
        table.extend(expected.iter().map(|(id, (_, all))| (*id, Values::Slice(all))));
        let imported = self.references(View::Imported).keys();
        let gone = imported.filter(|id| !expected.contains_key(id));
        table.extend(gone.map(|id| (*id, Values::NONE)));
        true
    }

    fn staged(&self, attribute: AttributeId) -> Values<'_> {
        if attribute == well_known::DN {
            return self.name();
        }
        if self.is_reference(attribute) {
            return self.reference(View::Imported, attribute);
        }
        self.object.image().map_or(Values::NONE, |image| image.get(attribute))
    }

    fn expected(&self, attribute: AttributeId) -> Values<'_> {
        if attribute == well_known::DN {
            return self.name();
        }
        if self.is_reference(attribute) {
            return self.reference(View::Unapplied, attribute);
        }
        if let Some(values) = self.computed.get(&attribute) {
            return Values::Slice(values);
        }
        let layers: Layers<'_> = self.object.view(View::Unapplied);
        layers.get(attribute).unwrap_or(Values::NONE)
    }

    fn value_count(&self, attribute: AttributeId) -> usize {
        if self.is_reference(attribute) {
            return self.references(View::Unapplied).get(&attribute).map_or(0, |(count, _)| *count);
        }
        self.expected(attribute).len()
    }

    fn parameter(&self, name: &str) -> Option<Cow<'_, str>> {
        let domain = self.reader.context.domains.get(&self.object.partition)?;
        if name.eq_ignore_ascii_case("Domain.FQDN") {
            Some(Cow::Borrowed(&domain.fqdn))
        } else if name.eq_ignore_ascii_case("Domain.Netbios") {
            Some(Cow::Borrowed(&domain.netbios))
        } else if name.eq_ignore_ascii_case("Domain.LDAP") {
            Some(Cow::Owned(domain.naming_context().to_string()))
        } else {
            None
        }
    }

    fn is_member_of(&self, group_dn: &str) -> bool {
        let reader = &self.reader;
        reader.take(is_member(reader.tables, connector_of(self.id), self.id, group_dn))
    }

    fn now(&self) -> Timestamp {
        self.reader.context.now
    }

    fn random(&self) -> u64 {
        self.reader.seed
    }
}

/// Returns whether an object is a direct member of the staged group with this name (SR-037).
fn is_member(tables: &dyn Tables, connector: u32, id: u64, group_dn: &str) -> StoreResult<bool> {
    let Ok(dn) = group_dn.parse::<Dn>() else { return Ok(false) };
    let Some(group) = lookup::by_dn(tables, connector, &dn)? else { return Ok(false) };
    Ok(cs_links::views(tables, group, well_known::MEMBER, id)?.has(LinkViews::IMPORTED))
}

/// A metaverse object as outbound rules read it.
pub(crate) struct MvSubject<'a> {
    reader: Reader<'a>,
    id: u64,
    object: &'a MvObject,
    connector: u32,
    references: OnceCell<References>,
    /// Attributes that several parts contribute and that are united.
    united: BTreeMap<AttributeId, Vec<Value>>,
}

impl<'a> MvSubject<'a> {
    /// Reads an object for the outbound rules of `connector`.
    pub(crate) fn new(
        context: &'a Context<'a>,
        tables: &'a dyn Tables,
        id: u64,
        object: &'a MvObject,
        connector: u32,
    ) -> Self {
        let mut united = BTreeMap::new();
        if object.parts.len() > 1 {
            for attribute in object.attributes() {
                if context.book.merge(attribute).is_some()
                    && let Resolved::United(_, values) = object.get(&context.book, attribute)
                {
                    united.insert(attribute, values);
                }
            }
        }
        let reader = Reader::new(context, tables, id);
        Self { reader, id, object, connector, references: OnceCell::new(), united }
    }

    /// Ends the reading; returns the store error that rules could not report.
    pub(crate) fn finish(self) -> StoreResult<()> {
        self.reader.finish()
    }

    fn references(&self) -> &References {
        self.references.get_or_init(|| {
            let reader = &self.reader;
            let mut attributes: Vec<AttributeId> =
                self.object.parts.iter().flat_map(|part| part.references.clone()).collect();
            attributes.sort_unstable();
            attributes.dedup();
            let mut found = References::new();
            for attribute in attributes {
                let targets = reader.take(mv::targets(
                    reader.tables,
                    &reader.context.book,
                    self.id,
                    self.object,
                    attribute,
                ));
                if !targets.is_empty() {
                    found.insert(attribute, (targets.len(), [stand_in(attribute)]));
                }
            }
            found
        })
    }

    fn get(&self, attribute: AttributeId) -> Values<'_> {
        if self.reader.context.schema.is_reference(Side::Metaverse, attribute) {
            return self
                .references()
                .get(&attribute)
                .map_or(Values::NONE, |(_, stand_in)| Values::Slice(stand_in));
        }
        if let Some(values) = self.united.get(&attribute) {
            return Values::Slice(values);
        }
        match self.object.get(&self.reader.context.book, attribute) {
            Resolved::Part(_, values) => values,
            Resolved::None | Resolved::United(..) => Values::NONE,
        }
    }
}

impl Subject for MvSubject<'_> {
    fn present(&self) -> Option<AttributeSet> {
        let mut all = AttributeSet::default();
        for part in &self.object.parts {
            all.extend(part.values.attributes());
            all.extend(part.references.iter().copied());
        }
        Some(all)
    }

    fn tabulate<'t>(&'t self, table: &mut AttributeTable<'t>) -> bool {
        let [part] = &*self.object.parts else { return false };
        if !part.silent.is_empty() {
            return false;
        }
        let is_reference = |id| self.reader.context.schema.is_reference(Side::Metaverse, id);
        table.extend(part.values.iter().filter(|(id, _)| !is_reference(*id)));
        let references = self.references();
        table.extend(references.iter().map(|(id, (_, all))| (*id, Values::Slice(all))));
        true
    }

    fn staged(&self, attribute: AttributeId) -> Values<'_> {
        self.get(attribute)
    }

    fn expected(&self, attribute: AttributeId) -> Values<'_> {
        self.get(attribute)
    }

    fn value_count(&self, attribute: AttributeId) -> usize {
        if self.reader.context.schema.is_reference(Side::Metaverse, attribute) {
            return self.references().get(&attribute).map_or(0, |(count, _)| *count);
        }
        self.get(attribute).len()
    }

    fn parameter(&self, _name: &str) -> Option<Cow<'_, str>> {
        None
    }

    fn is_member_of(&self, group_dn: &str) -> bool {
        let reader = &self.reader;
        self.object
            .links_in(self.connector)
            .any(|cs| reader.take(is_member(reader.tables, self.connector, cs, group_dn)))
    }

    fn now(&self) -> Timestamp {
        self.reader.context.now
    }

    fn random(&self) -> u64 {
        self.reader.seed
    }
}
