//! Small numbers for rules, so that lineage stays readable after a rule was changed or removed.
//!
//! A rule of one identity and precedence has one number for ever. Rows hold numbers; the book tells
//! what they stand for.

use std::collections::BTreeMap;

use dirsim_model::{AttributeId, Guid};
use dirsim_rules::{Direction, LinkType, MergeType, Rule, RuleIx, RuleSet};
use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

/// Name of the meta record that holds the cards.
const BOOK: &str = "sync-rule-book";

/// The number of a rule in the book.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleNumber(pub u32);

/// What the book says about one rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleCard {
    /// The identity.
    pub id: Guid,
    /// The name.
    pub name: String,
    /// The precedence.
    pub precedence: u32,
    /// The connector.
    pub connector: u32,
    /// Which way it flows.
    pub direction: Direction,
    /// What it does to links.
    pub link: LinkType,
    /// Whether it has join criteria, or a link type that makes or keeps links: such a rule carries
    /// the links it made (SR-060).
    pub carries: bool,
}

/// The cards of all rules that ever applied, and the way from and to the current rule set.
#[derive(Debug, Default)]
pub struct RuleBook {
    cards: Vec<RuleCard>,
    numbers: Vec<RuleNumber>,
    current: BTreeMap<Guid, RuleIx>,
    merges: BTreeMap<AttributeId, MergeType>,
}

impl RuleCard {
    fn of(rule: &Rule) -> Self {
        Self {
            id: rule.id,
            name: rule.name.clone(),
            precedence: rule.precedence,
            connector: rule.connector,
            direction: rule.direction,
            link: rule.link,
            carries: !rule.join.is_empty() || rule.link.governs(),
        }
    }
}

impl RuleBook {
    /// Reads the book without a rule set, to name what rows hold.
    pub fn read(tables: &dyn Tables) -> StoreResult<Self> {
        Ok(Self { cards: rows::meta(tables, BOOK)?.unwrap_or_default(), ..Self::default() })
    }

    /// Reads the book and numbers the rules of a set; rules that are new in it are not written.
    pub fn with_rules(tables: &dyn Tables, rules: &RuleSet) -> StoreResult<Self> {
        let mut book = Self::read(tables)?;
        let mut known: BTreeMap<Guid, Vec<usize>> = BTreeMap::new();
        for (at, card) in book.cards.iter().enumerate() {
            known.entry(card.id).or_default().push(at);
        }
        for (ix, rule) in rules.rules().iter().enumerate() {
            let card = RuleCard::of(rule);
            let at = known
                .get(&rule.id)
                .into_iter()
                .flatten()
                .copied()
                .find(|at| book.cards.get(*at) == Some(&card));
            let at = at.unwrap_or_else(|| {
                book.cards.push(card);
                book.cards.len() - 1
            });
            let number = RuleNumber(u32::try_from(at).unwrap_or(u32::MAX));
            book.numbers.push(number);
            book.current.insert(rule.id, RuleIx(u16::try_from(ix).unwrap_or(u16::MAX)));
            if rule.direction == Direction::Inbound && !rule.disabled {
                for flow in rule.flows.iter().filter(|flow| flow.merge.unites()) {
                    book.merges.insert(flow.target, flow.merge);
                }
            }
        }
        Ok(book)
    }

    /// Writes the book when it grew.
    pub fn save(&self, tables: &mut dyn Tables) -> StoreResult<()> {
        let written: Vec<RuleCard> = rows::meta(tables, BOOK)?.unwrap_or_default();
        if written.len() == self.cards.len() {
            return Ok(());
        }
        rows::put_meta(tables, BOOK, &self.cards)
    }

    /// Returns the card of a number.
    pub fn card(&self, number: RuleNumber) -> Option<&RuleCard> {
        self.cards.get(number.0 as usize)
    }

    /// Returns the name of a rule; `?` for a number that is not in the book.
    pub fn name(&self, number: RuleNumber) -> &str {
        self.card(number).map_or("?", |card| &card.name)
    }

    /// Returns the precedence of a rule; last of all for a number that is not in the book.
    pub fn precedence(&self, number: RuleNumber) -> u32 {
        self.card(number).map_or(u32::MAX, |card| card.precedence)
    }

    /// Returns the number of a rule of the current set.
    pub fn number(&self, ix: RuleIx) -> RuleNumber {
        self.numbers.get(usize::from(ix.0)).copied().unwrap_or(RuleNumber(u32::MAX))
    }

    /// Returns the rule of the current set that has the identity of this one, whatever its
    /// precedence is now; `None` when it is gone.
    pub fn current(&self, number: RuleNumber) -> Option<RuleIx> {
        self.current.get(&self.card(number)?.id).copied()
    }

    /// Returns how values of a metaverse attribute from several objects are united; `None` when the
    /// first one wins.
    pub fn merge(&self, attribute: AttributeId) -> Option<MergeType> {
        self.merges.get(&attribute).copied()
    }
}
