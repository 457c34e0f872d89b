//! Metaverse objects: the joined identity, computed from what each linked object contributes.
//!
//! No value is kept twice. A metaverse object holds one [`Part`] per linked connector space object,
//! with what that object contributed at its last successful synchronization (SE-150, D1). The value
//! of an attribute is computed from the parts by precedence when it is read; taking an object's
//! values back is removing its part.

use bytes::Bytes;
use dirsim_model::{AttributeId, ClassId, Entry, Guid, Timestamp, Value, Values};
use dirsim_rules::{LinkType, MergeType, precedence};
use dirsim_store::{Links, Row, StoreResult, Table, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::cs;
use crate::rule_book::{RuleBook, RuleNumber};

/// References between metaverse objects. The record of a link lists the objects that contribute it.
pub const LINKS: Links = Links { forward: Table::MvLink, backward: Table::MvBackLink };

/// A metaverse object (SE 1.4). Its number is the key of its row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MvObject {
    /// The class; never changes (SE-165).
    pub class: ClassId,
    /// The linked connector space objects, sorted; their numbers name their connectors.
    pub links: Vec<u64>,
    /// What each of them contributes, in the same order.
    pub parts: Vec<Part>,
    /// When it was projected.
    pub created: Timestamp,
}

impl Row for MvObject {
    const TABLE: Table = Table::MvObject;
}

/// The first fields of an [`MvObject`], read without the rest.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MvHead {
    /// See [`MvObject::class`].
    pub class: ClassId,
    /// See [`MvObject::links`].
    pub links: Vec<u64>,
}

/// What one linked object contributes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Part {
    /// Rules that applied to the object (SE-025).
    pub rules: Vec<RuleNumber>,
    /// The values, one resolved contribution per attribute.
    pub values: Entry,
    /// The rule behind each attribute of `values`, and behind each reference attribute, sorted.
    pub sources: Vec<(AttributeId, RuleNumber)>,
    /// Attributes that the object says something about without giving values, sorted.
    pub silent: Vec<(AttributeId, RuleNumber, Silence)>,
    /// Reference attributes that the object contributes, sorted; the values are link rows.
    pub references: Vec<AttributeId>,
    /// How the object came to the metaverse object.
    pub action: LinkAction,
    /// When it was linked.
    pub linked: Timestamp,
    /// When its contributions last changed.
    pub changed: Timestamp,
}

/// What an object says about an attribute when it gives no values.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Silence {
    /// No value, and nobody else is asked.
    AuthoritativeNull,
    /// Nothing; a value it gave earlier stays in `values` and counts behind all others (SE-151).
    Kept,
}

/// How an object came to its metaverse object.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum LinkAction {
    /// An inbound rule joined it.
    #[default]
    Joined,
    /// An inbound rule projected the metaverse object from it.
    Projected,
    /// An outbound rule made it.
    Provisioned,
    /// An outbound rule found it.
    OutboundJoined,
}

/// Who won an attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lineage {
    /// The connector space object that gave the value.
    pub cs: u64,
    /// The rule.
    pub rule: RuleNumber,
    /// Whether the value stayed because everybody said `IgnoreThisFlow` (SE-151).
    pub kept: bool,
    /// When the contributions of that object last changed.
    pub at: Timestamp,
}

/// The values of an attribute: borrowed from the one part that wins, or united.
#[derive(Debug, Clone)]
pub enum Resolved<'a> {
    /// No value.
    None,
    /// The values of one part.
    Part(usize, Values<'a>),
    /// The union over parts; the first part named it first.
    United(usize, Vec<Value>),
}

impl Resolved<'_> {
    /// Returns the values.
    pub fn values(&self) -> Values<'_> {
        match self {
            Self::None => Values::NONE,
            Self::Part(_, values) => *values,
            Self::United(_, values) => Values::Slice(values),
        }
    }

    /// Returns the part that wins.
    pub const fn part(&self) -> Option<usize> {
        match self {
            Self::None => None,
            Self::Part(part, _) | Self::United(part, _) => Some(*part),
        }
    }
}

impl Part {
    /// Returns the rule behind an attribute.
    pub fn source(&self, attribute: AttributeId) -> Option<RuleNumber> {
        let at = self.sources.binary_search_by_key(&attribute, |(id, _)| *id).ok()?;
        self.sources.get(at).map(|(_, rule)| *rule)
    }

    /// Returns what the object says about an attribute without giving values.
    pub fn silence(&self, attribute: AttributeId) -> Option<(RuleNumber, Silence)> {
        let at = self.silent.binary_search_by_key(&attribute, |(id, _, _)| *id).ok()?;
        self.silent.get(at).map(|(_, rule, kind)| (*rule, *kind))
    }

    /// Returns whether the part keeps its metaverse object alive (SE-161).
    pub fn keeps_alive(&self, book: &RuleBook) -> bool {
        self.rules
            .iter()
            .filter_map(|rule| book.card(*rule))
            .any(|card| card.direction == dirsim_rules::Direction::Inbound && card.link.governs())
    }

    /// Returns the attributes that the part says anything about.
    fn attributes(&self) -> impl Iterator<Item = AttributeId> {
        self.values.iter().map(|(id, _)| id).chain(self.silent.iter().map(|(id, _, _)| *id))
    }
}

impl MvObject {
    /// Makes an object without links.
    pub const fn new(class: ClassId, created: Timestamp) -> Self {
        Self { class, links: Vec::new(), parts: Vec::new(), created }
    }

    /// Returns the part of a linked object.
    pub fn part(&self, cs: u64) -> Option<&Part> {
        self.parts.get(self.links.binary_search(&cs).ok()?)
    }

    /// Sets the part of an object, linking it when it is not yet linked.
    pub fn set_part(&mut self, cs: u64, part: Part) {
        match self.links.binary_search(&cs) {
            Ok(at) => {
                if let Some(slot) = self.parts.get_mut(at) {
                    *slot = part;
                }
            }
            Err(at) => {
                self.links.insert(at, cs);
                self.parts.insert(at, part);
            }
        }
    }

    /// Unlinks an object and returns its part.
    pub fn remove_part(&mut self, cs: u64) -> Option<Part> {
        let at = self.links.binary_search(&cs).ok()?;
        self.links.remove(at);
        Some(self.parts.remove(at))
    }

    /// Returns the linked objects of a connector.
    pub fn links_in(&self, connector: u32) -> impl Iterator<Item = u64> {
        self.links.iter().copied().filter(move |cs| cs::connector_of(*cs) == connector)
    }

    /// Returns whether some linked object keeps this one alive (SE-161, SE-162).
    pub fn has_keeper(&self, book: &RuleBook) -> bool {
        self.parts.iter().any(|part| part.keeps_alive(book))
    }

    /// Returns the values of an attribute by precedence over all parts (SE-150, SR-100).
    pub fn get<'a>(&'a self, book: &RuleBook, attribute: AttributeId) -> Resolved<'a> {
        let mut only = None;
        let mut voices = 0;
        for (at, part) in self.parts.iter().enumerate() {
            let values = part.values.get(attribute);
            if !values.is_empty() {
                only = Some((at, values));
                voices += 1;
            }
            if part.silence(attribute).is_some() {
                voices += 1;
            }
        }
        match (only, voices) {
            (None, _) => Resolved::None,
            (Some((at, values)), 1) => Resolved::Part(at, values),
            _ => self.resolve(book, attribute),
        }
    }

    /// Resolves an attribute about which several parts say something.
    fn resolve<'a>(&'a self, book: &RuleBook, attribute: AttributeId) -> Resolved<'a> {
        let mut ranked: Vec<(u32, usize)> = Vec::new();
        let mut kept = None;
        for (at, part) in self.parts.iter().enumerate() {
            match part.silence(attribute) {
                Some((_, Silence::Kept)) if part.values.has(attribute) && kept.is_none() => {
                    kept = Some(at);
                }
                Some((rule, Silence::AuthoritativeNull)) => {
                    ranked.push((book.precedence(rule), at));
                }
                None if part.values.has(attribute) => {
                    let rule = part.source(attribute).unwrap_or(RuleNumber(u32::MAX));
                    ranked.push((book.precedence(rule), at));
                }
                Some((_, Silence::Kept)) | None => {}
            }
        }
        ranked.sort_unstable();
        let merge = book.merge(attribute);
        let mut united: Option<(usize, Vec<Value>)> = None;
        for (_, at) in &ranked {
            let values = self.parts.get(*at).map_or(Values::NONE, |p| p.values.get(attribute));
            if values.is_empty() {
                break;
            }
            let Some(merge) = merge else { return Resolved::Part(*at, values) };
            let (_, all) = united.get_or_insert_with(|| (*at, Vec::new()));
            for value in values {
                precedence::unite(all, value, merge);
            }
        }
        match (united, kept) {
            (Some((at, values)), _) => Resolved::United(at, values),
            // A value that everybody left alone stays, unless somebody said there is none.
            (None, Some(at)) if ranked.is_empty() => Resolved::Part(
                at,
                self.parts.get(at).map_or(Values::NONE, |part| part.values.get(attribute)),
            ),
            (None, _) => Resolved::None,
        }
    }

    /// Returns who won an attribute (SR-108).
    pub fn lineage(&self, book: &RuleBook, attribute: AttributeId) -> Option<Lineage> {
        let at = self.get(book, attribute).part()?;
        let (part, cs) = (self.parts.get(at)?, *self.links.get(at)?);
        Some(Lineage {
            cs,
            rule: part.source(attribute)?,
            kept: matches!(part.silence(attribute), Some((_, Silence::Kept))),
            at: part.changed,
        })
    }

    /// Returns all attributes with values, sorted; references are not among them.
    pub fn attributes(&self) -> Vec<AttributeId> {
        let mut all: Vec<AttributeId> =
            self.parts.iter().flat_map(|part| part.values.iter().map(|(id, _)| id)).collect();
        all.sort_unstable();
        all.dedup();
        all
    }

    /// Returns all values as one entry, references excluded.
    pub fn to_entry(&self, book: &RuleBook) -> Entry {
        self.attributes()
            .into_iter()
            .map(|attribute| (attribute, self.get(book, attribute).values().to_vec()))
            .collect()
    }

    /// Returns the attributes whose values differ from those of `before`, sorted.
    pub fn changed_from(&self, book: &RuleBook, before: &Self) -> Vec<AttributeId> {
        if self.parts == before.parts {
            return Vec::new();
        }
        // With one part on both sides, which is the usual case, entries are compared as they are.
        if let ([mine], [theirs]) = (&*self.parts, &*before.parts)
            && mine.silent.is_empty()
            && theirs.silent.is_empty()
        {
            return mine.values.changed_from(&theirs.values);
        }
        let mut all: Vec<AttributeId> =
            self.parts.iter().chain(&before.parts).flat_map(Part::attributes).collect();
        all.sort_unstable();
        all.dedup();
        all.retain(|id| !self.get(book, *id).values().same_as(before.get(book, *id).values()));
        all
    }

    /// Returns which linked object's references of an attribute count: the one with the lowest
    /// precedence among those that have any; all of them for a merge attribute.
    pub fn reference_winner(
        &self,
        book: &RuleBook,
        attribute: AttributeId,
        has_links: impl Fn(u64) -> bool,
    ) -> ReferenceWinner {
        let mut holders: Vec<(u32, u64)> = self
            .links
            .iter()
            .zip(&self.parts)
            .filter(|(_, part)| part.references.binary_search(&attribute).is_ok())
            .map(|(cs, part)| {
                (part.source(attribute).map_or(u32::MAX, |rule| book.precedence(rule)), *cs)
            })
            .collect();
        if holders.len() < 2 || book.merge(attribute).is_some_and(MergeType::unites) {
            return ReferenceWinner::All;
        }
        holders.sort_unstable();
        holders
            .iter()
            .find(|(_, cs)| has_links(*cs))
            .map_or(ReferenceWinner::All, |(_, cs)| ReferenceWinner::Only(*cs))
    }

    /// Returns whether any linked object contributes references of an attribute.
    pub fn has_references(&self, attribute: AttributeId) -> bool {
        self.parts.iter().any(|part| part.references.binary_search(&attribute).is_ok())
    }

    /// Returns whether a link of this type holds the object in scope for other rules.
    pub fn applied_links(&self, book: &RuleBook) -> Vec<LinkType> {
        self.parts
            .iter()
            .flat_map(|part| &part.rules)
            .filter_map(|rule| Some(book.card(*rule)?.link))
            .collect()
    }
}

/// Whose references of an attribute count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ReferenceWinner {
    /// Those of every linked object.
    All,
    /// Those of one.
    Only(u64),
}

/// Returns an object.
pub fn get(tables: &dyn Tables, id: u64) -> StoreResult<Option<MvObject>> {
    rows::get(tables, id)
}

/// Returns the first fields of an object.
pub fn head(tables: &dyn Tables, id: u64) -> StoreResult<Option<MvHead>> {
    let key = rows::key(id);
    tables
        .get(Table::MvObject, &key)?
        .map(|bytes| rows::decode(Table::MvObject, &key, &bytes))
        .transpose()
}

/// Reads which objects contribute a link.
pub fn contributors(record: &[u8]) -> Vec<u64> {
    record.chunks_exact(8).map(rows::id_of).collect()
}

/// Writes which objects contribute a link.
pub(crate) fn contributors_record(contributors: &[u64]) -> Bytes {
    contributors.iter().flat_map(|id| rows::key(*id)).collect::<Vec<u8>>().into()
}

/// Returns the objects that a reference attribute points to, sorted by number.
pub fn targets(
    tables: &dyn Tables,
    book: &RuleBook,
    id: u64,
    object: &MvObject,
    attribute: AttributeId,
) -> StoreResult<Vec<u64>> {
    if !object.has_references(attribute) {
        return Ok(Vec::new());
    }
    let links = LINKS.from(tables, id, Some(attribute))?;
    let sets: Vec<(u64, Vec<u64>)> =
        links.iter().map(|link| (link.to, contributors(&link.record))).collect();
    let winner = object.reference_winner(book, attribute, |cs| {
        sets.iter().any(|(_, contributors)| contributors.contains(&cs))
    });
    Ok(sets
        .into_iter()
        .filter(|(_, contributors)| match winner {
            ReferenceWinner::All => true,
            ReferenceWinner::Only(cs) => contributors.contains(&cs),
        })
        .map(|(to, _)| to)
        .collect())
}

/// Returns the identifier of an object in cmdlets and files (`ObjectId`).
pub fn guid(id: u64) -> Guid {
    cs::identifier(*b"mv", id)
}

/// Returns the number of the object with this identifier; whether it exists is not looked up.
pub fn number(guid: Guid) -> Option<u64> {
    cs::from_identifier(*b"mv", guid)
}
