//! Two rule sets compared by their effect on a population: who gains, loses or changes which value.
//!
//! Each side is a list of inputs, usually one that replaces the rule files. It is applied to a copy
//! of the world, everything is imported and synchronized in full there, and what every object of a
//! forest became is read: its values in the metaverse, and what the server wants the other
//! directories to hold. Nothing is exported, and both copies are thrown away.

use std::collections::BTreeMap;

use dirsim_model::{AttributeId, Guid, Schema, Side, Value, Values, typed};
use dirsim_rules::RuleSet;
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::cs::connector_of;
use dirsim_sync::images::{Change, View};
use dirsim_sync::rule_book::RuleBook;
use dirsim_sync::{
    Anchor, Connector, CsObject, Flags, MvObject, Profile, Progress, connector, cs_links, lookup,
    mv,
};
use serde::Serialize;

use crate::error::WorldError;
use crate::input::Input;
use crate::name;
use crate::world::{Rehearsal, World};

/// The name of the place where metaverse values are.
pub const METAVERSE: &str = "metaverse";
/// Stands for the attribute when the whole object is there or not.
pub const WHOLE_OBJECT: &str = "(object)";
/// Stands for the attribute when the synchronization of the object fails.
pub const FAILURE: &str = "(synchronization error)";
/// Stands for the attribute when the object shares its metaverse object with an earlier one.
pub const SHARED: &str = "(one person with)";

/// How many objects are read at once.
const PAGE: usize = 1_000;

/// What two rule sets make of one population.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RulesDiff {
    /// Objects of the forests that at least one side synchronizes.
    pub objects: usize,
    /// The differences, by object, place and attribute.
    pub changes: Vec<EffectChange>,
}

/// One value that differs.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct EffectChange {
    /// The name of the object in its forest.
    pub dn: String,
    /// The name by which people know it.
    pub object: String,
    /// [`METAVERSE`], or the name of the connector whose directory would hold the value.
    pub place: String,
    /// The attribute; in brackets when it is something about the whole object.
    pub attribute: String,
    /// What happens from the first side to the second.
    pub kind: EffectKind,
    /// The values of the first side; empty when it has none.
    pub before: Vec<String>,
    /// The values of the second side; empty when it has none.
    pub after: Vec<String>,
    /// The rules of the first side behind the value: the one that won in the metaverse; outbound,
    /// every rule in scope that writes the attribute, the first one first.
    pub rules_before: Vec<String>,
    /// The rules of the second side behind the value.
    pub rules_after: Vec<String>,
}

/// How the second side differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum EffectKind {
    /// It has a value where the first side has none.
    Gained,
    /// It has no value where the first side has one.
    Lost,
    /// Both have values, and they differ.
    Changed,
}

impl EffectKind {
    /// Returns the word for reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Gained => "gained",
            Self::Lost => "lost",
            Self::Changed => "changed",
        }
    }
}

/// How often one attribute of one place differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct AttributeEffect {
    /// See [`EffectChange::place`].
    pub place: String,
    /// See [`EffectChange::attribute`].
    pub attribute: String,
    /// Objects that gain a value.
    pub gained: usize,
    /// Objects that lose their values.
    pub lost: usize,
    /// Objects whose values change.
    pub changed: usize,
    /// The first difference, as an example.
    pub example: EffectChange,
}

impl RulesDiff {
    /// Returns the differences counted by place and attribute.
    pub fn by_attribute(&self) -> Vec<AttributeEffect> {
        let mut effects: BTreeMap<(&str, &str), AttributeEffect> = BTreeMap::new();
        for change in &self.changes {
            let effect = effects.entry((&change.place, &change.attribute)).or_insert_with(|| {
                AttributeEffect {
                    place: change.place.clone(),
                    attribute: change.attribute.clone(),
                    gained: 0,
                    lost: 0,
                    changed: 0,
                    example: change.clone(),
                }
            });
            match change.kind {
                EffectKind::Gained => effect.gained += 1,
                EffectKind::Lost => effect.lost += 1,
                EffectKind::Changed => effect.changed += 1,
            }
        }
        effects.into_values().collect()
    }
}

/// Compares what two sides make of the population of a world. A side is what an administrator would
/// do to the server, such as [`ServerEdit::RuleFiles`](crate::ServerEdit::RuleFiles); an empty side
/// is the world as it is. Memory grows with the population: every value of both sides is held.
pub fn rules_diff(
    world: &mut World,
    before: &[Input],
    after: &[Input],
    progress: &mut dyn FnMut(Profile, Progress),
) -> Result<RulesDiff, WorldError> {
    let before = effect(world, before, progress)?;
    let after = effect(world, after, progress)?;
    Ok(compare(&before, &after))
}

/// What one side says about one attribute.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said {
    values: Vec<String>,
    rules: Vec<String>,
}

/// What one object of a forest became.
#[derive(Debug, Default)]
struct Became {
    dn: String,
    object: String,
    said: BTreeMap<(String, String), Said>,
}

type Effects = BTreeMap<Guid, Became>;

fn compare(before: &Effects, after: &Effects) -> RulesDiff {
    let mut all: Vec<&Guid> = before.keys().chain(after.keys()).collect();
    all.sort_unstable();
    all.dedup();
    let (nothing, silence) = (Became::default(), Said::default());
    let mut changes = Vec::new();
    for guid in &all {
        let (old, new) =
            (before.get(guid).unwrap_or(&nothing), after.get(guid).unwrap_or(&nothing));
        let named = if old.dn.is_empty() { new } else { old };
        let mut keys: Vec<_> = old.said.keys().chain(new.said.keys()).collect();
        keys.sort_unstable();
        keys.dedup();
        for key in keys {
            let a = old.said.get(key).unwrap_or(&silence);
            let b = new.said.get(key).unwrap_or(&silence);
            if a.values == b.values {
                continue;
            }
            let kind = match (a.values.is_empty(), b.values.is_empty()) {
                (true, _) => EffectKind::Gained,
                (_, true) => EffectKind::Lost,
                _ => EffectKind::Changed,
            };
            changes.push(EffectChange {
                dn: named.dn.clone(),
                object: named.object.clone(),
                place: key.0.clone(),
                attribute: key.1.clone(),
                kind,
                before: a.values.clone(),
                after: b.values.clone(),
                rules_before: a.rules.clone(),
                rules_after: b.rules.clone(),
            });
        }
    }
    changes.sort();
    RulesDiff { objects: all.len(), changes }
}

/// Does what a side asks on a copy, runs everything in full, and reads what became of all.
fn effect(
    world: &mut World,
    side: &[Input],
    progress: &mut dyn FnMut(Profile, Progress),
) -> Result<Effects, WorldError> {
    world.rehearse(|rehearsal| {
        for input in side {
            step(rehearsal, input, &mut |_| ())?;
        }
        let connectors = connector::all(rehearsal.tables())?;
        for profile in [Profile::FullImport, Profile::FullSynchronization] {
            for connector in &connectors {
                let run = Input::Run { connector: connector.name.clone(), profile };
                step(rehearsal, &run, &mut |p| progress(profile, p))?;
            }
        }
        let schema = rehearsal.schema();
        Ok(Reader {
            tables: rehearsal.tables(),
            schema,
            rules: rehearsal.rules(),
            book: RuleBook::with_rules(rehearsal.tables(), rehearsal.rules())?,
            connectors: &connectors,
            references: schema
                .attributes_of(Side::Metaverse)
                .map(|(attribute, _)| attribute)
                .filter(|attribute| schema.is_reference(Side::Metaverse, *attribute))
                .collect(),
        }
        .read()?)
    })
}

fn step(
    rehearsal: &mut Rehearsal<'_>,
    input: &Input,
    progress: &mut dyn FnMut(Progress),
) -> Result<(), WorldError> {
    match rehearsal.step(input, progress)?.refusal {
        Some(refusal) => Err(WorldError::Refused(refusal.message().to_owned())),
        None => Ok(()),
    }
}

/// Reads what became of the objects of the forests.
struct Reader<'a> {
    tables: &'a dyn Tables,
    schema: &'a Schema,
    rules: &'a RuleSet,
    book: RuleBook,
    connectors: &'a [Connector],
    /// The reference attributes of the metaverse.
    references: Vec<AttributeId>,
}

impl Reader<'_> {
    fn read(&self) -> StoreResult<Effects> {
        let mut effects = Effects::new();
        for connector in self.connectors.iter().filter(|connector| connector.is_forest()) {
            let mut after = None;
            loop {
                let page = lookup::objects(self.tables, connector.id, after, PAGE)?;
                let Some((last, _)) = page.last() else { break };
                after = Some(*last);
                for (id, object) in &page {
                    self.object(*id, object, &mut effects)?;
                }
            }
        }
        Ok(effects)
    }

    fn object(&self, id: u64, object: &CsObject, effects: &mut Effects) -> StoreResult<()> {
        let Some(Anchor::Object(guid)) = object.anchor else { return Ok(()) };
        if object.flags.has(Flags::PLACEHOLDER) || object.mv == 0 && object.import_error.is_none() {
            return Ok(());
        }
        let dn = lookup::dn(self.tables, id)?;
        let known = name::of_cs(self.tables, id)?;
        let mut became =
            Became { object: known.unwrap_or_else(|| dn.clone()), dn, said: BTreeMap::new() };
        let own = lookup::connector_name(self.tables, id)?;
        if let Some(error) = &object.import_error {
            let rules = error.rule.iter().cloned().collect();
            became.say(&own, FAILURE, Said { values: vec![error.text.clone()], rules });
        }
        if let Some(found) = mv::get(self.tables, object.mv)? {
            let first = found.links.iter().copied().find(|cs| self.is_forest(*cs));
            if first.is_some_and(|first| first != id) {
                let other = lookup::dn(self.tables, first.unwrap_or_default())?;
                let said = Said { values: vec![other], rules: Vec::new() };
                became.say(METAVERSE, SHARED, said);
            } else {
                self.metaverse(object.mv, &found, &mut became)?;
            }
            for cs in found.links.iter().copied() {
                if cs == id || first == Some(id) && !self.is_forest(cs) {
                    self.outbound(cs, &mut became)?;
                }
            }
        }
        effects.insert(guid, became);
        Ok(())
    }

    fn is_forest(&self, cs: u64) -> bool {
        self.connectors.iter().any(|c| c.id == connector_of(cs) && c.is_forest())
    }

    fn metaverse(&self, id: u64, object: &MvObject, became: &mut Became) -> StoreResult<()> {
        let class =
            Said { values: vec![self.schema.class_name(object.class).into()], rules: vec![] };
        became.say(METAVERSE, WHOLE_OBJECT, class);
        for attribute in object.attributes() {
            let resolved = object.get(&self.book, attribute);
            let values = self.shown(Side::Metaverse, attribute, resolved.values());
            let winner = object.lineage(&self.book, attribute).map(|lineage| lineage.rule);
            let rules = winner.iter().map(|rule| self.book.name(*rule).to_owned()).collect();
            became.say(METAVERSE, self.schema.name(attribute), Said { values, rules });
        }
        for attribute in &self.references {
            let mut values = Vec::new();
            for target in mv::targets(self.tables, &self.book, id, object, *attribute)? {
                values.push(self.metaverse_name(target)?);
            }
            values.sort();
            let said = Said { values, rules: Vec::new() };
            became.say(METAVERSE, self.schema.name(*attribute), said);
        }
        Ok(())
    }

    /// Returns the name of a metaverse object: that of its first forest object, which both sides
    /// share.
    fn metaverse_name(&self, id: u64) -> StoreResult<String> {
        let object = mv::get(self.tables, id)?;
        let first = object.and_then(|object| object.links.first().copied());
        first.map_or_else(|| Ok(mv::guid(id).to_string()), |cs| lookup::dn(self.tables, cs))
    }

    /// Reads what the server wants a directory to hold: everything in the tenant, and in a forest
    /// what it would change there.
    fn outbound(&self, id: u64, became: &mut Became) -> StoreResult<()> {
        let Some(object) = dirsim_sync::cs::get(self.tables, id)? else { return Ok(()) };
        let place = lookup::connector_name(self.tables, id)?;
        let forest = self.is_forest(id);
        let side = if forest { Side::Forest } else { Side::Entra };
        if forest {
            for (attribute, change) in object.unapplied.iter() {
                let mut values = match change {
                    Change::Replace(values) => self.shown(side, attribute, values),
                    Change::Values(change) => {
                        let image = object.view(View::Unapplied).to_vec(attribute);
                        let held = |value: &Value| image.contains(value);
                        let added: Vec<Value> =
                            change.add.iter().filter(|value| held(value)).cloned().collect();
                        self.shown(side, attribute, Values::Slice(&added))
                    }
                };
                if values.is_empty() {
                    values.push("(removed)".to_owned());
                }
                let rules = self.writers(&object, attribute);
                became.say(&place, self.schema.name(attribute), Said { values, rules });
            }
            return Ok(());
        }
        let class =
            Said { values: vec![self.schema.class_name(object.class).into()], rules: vec![] };
        became.say(&place, WHOLE_OBJECT, class);
        for (attribute, values) in object.view(View::Unapplied).to_entry().iter() {
            let values = self.shown(side, attribute, values);
            let rules = self.writers(&object, attribute);
            became.say(&place, self.schema.name(attribute), Said { values, rules });
        }
        let mut references: BTreeMap<AttributeId, Vec<String>> = BTreeMap::new();
        for (attribute, target) in cs_links::targets(self.tables, id, None, View::Unapplied)? {
            let joined = dirsim_sync::cs::get(self.tables, target)?.map_or(0, |object| object.mv);
            let name = self.metaverse_name(joined)?;
            references.entry(attribute).or_default().push(name);
        }
        for (attribute, mut values) in references {
            values.sort();
            let rules = self.writers(&object, attribute);
            became.say(&place, self.schema.name(attribute), Said { values, rules });
        }
        Ok(())
    }

    /// Returns the outbound rules in scope that write an attribute, by precedence.
    fn writers(&self, object: &CsObject, attribute: AttributeId) -> Vec<String> {
        let mut rules: Vec<_> = object
            .outbound_rules
            .iter()
            .filter_map(|number| self.book.current(*number))
            .filter(|rule| self.rules.flow(*rule, attribute).is_some())
            .collect();
        rules.sort_unstable();
        rules.into_iter().map(|rule| self.rules.rule(rule).name.clone()).collect()
    }

    /// Returns the connector whose identity a value is, as `%Connector.ID%` writes it. A connector
    /// may have another identity on the other side, and is the same all the same.
    fn connector_named(&self, text: &str) -> Option<&str> {
        let guid: Guid = text.strip_prefix('{')?.strip_suffix('}')?.parse().ok()?;
        let known = self.connectors.iter().find(|connector| connector.guid == guid);
        known.map(|connector| connector.name.as_str())
    }

    fn shown(&self, side: Side, attribute: AttributeId, values: Values<'_>) -> Vec<String> {
        let syntax = self.schema.syntax(side, attribute);
        let told = values.iter().map(|value| {
            let text = typed::display(syntax, &value.to_owned());
            self.connector_named(&text).map_or(text, |name| format!("{{{name}}}"))
        });
        let mut shown: Vec<String> = told.collect();
        shown.sort();
        shown
    }
}

impl Became {
    fn say(&mut self, place: &str, attribute: &str, said: Said) {
        if !said.values.is_empty() {
            self.said.insert((place.to_owned(), attribute.to_owned()), said);
        }
    }
}
