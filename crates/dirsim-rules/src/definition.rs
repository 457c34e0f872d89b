//! A rule as the server keeps it: every field of SR-001 as text, whole, for one connector.
//!
//! Rule files are for people: one rule stands for several connectors and leaves out what follows.
//! A [`RuleDefinition`] is what is left when all of that is settled. The rule editor shows it, the
//! rule cmdlets build and change it, server configurations and rule scripts are read into it.

mod yaml;

use dirsim_model::{Guid, Schema};
use serde::{Deserialize, Serialize};
use serde_saphyr::{Location, Spanned};
use xxhash_rust::xxh3::xxh3_128;

use crate::flow::{MergeType, Source};
use crate::format::{FlowsText, RuleText};
use crate::options::ConnectorInfo;
use crate::rule::{Direction, LinkType, Rule};
use crate::scope::Operator;

/// One rule of one connector (SR-001).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDefinition {
    /// Identity inside one installation; nil asks for one made from name and connector.
    pub id: Guid,
    /// Display name.
    pub name: String,
    /// Free text.
    pub description: String,
    /// Immutable tag; `Microsoft.…` marks a standard rule (SR-005).
    pub tag: String,
    /// Raised by one on each save.
    pub version: u32,
    /// Which way attributes flow.
    pub direction: Direction,
    /// Identity of the connector.
    pub connector: Guid,
    /// Object class in the connector space.
    pub cs_class: String,
    /// Object class in the metaverse; `*` is any.
    pub mv_class: String,
    /// What the rule does to links.
    pub link: LinkType,
    /// Smaller numbers win.
    pub precedence: u32,
    /// A disabled rule is kept and shown and has no effect.
    pub disabled: bool,
    /// Whether password hashes of linked users are synchronized (SR-110).
    pub password_sync: bool,
    /// How long an object that left scope stays linked, in milliseconds (SR-066).
    pub soft_delete_expiry_ms: i64,
    /// Groups of clauses, one of which must hold; empty is everything (SR-030).
    pub scope: Vec<Vec<ClauseDefinition>>,
    /// Groups of criteria, tried in order (SR-051).
    pub join: Vec<Vec<CriterionDefinition>>,
    /// The transformations.
    pub flows: Vec<FlowDefinition>,
}

/// One clause of a scoping filter.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct ClauseDefinition {
    /// An attribute of the source object (SR-004).
    pub attribute: String,
    /// The operator, as SR-032 or one of its aliases spells it.
    pub operator: String,
    /// The operand; empty for operators without one.
    pub value: String,
}

/// One criterion of a join group.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct CriterionDefinition {
    /// The attribute of the connector space, in both directions.
    pub cs_attribute: String,
    /// The attribute of the metaverse, in both directions.
    pub mv_attribute: String,
    /// Whether text must agree in case too (SR-053).
    pub case_sensitive: bool,
}

/// One transformation (SR-080).
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct FlowDefinition {
    /// The attribute that is written.
    pub target: String,
    /// Where the value comes from.
    pub kind: FlowKind,
    /// The attribute of a direct flow, the text of a constant, or the expression.
    pub source: String,
    /// How the value meets those of other rules (SR-090).
    pub merge: MergeType,
    /// Whether it counts only in the run that creates the target object (SR-088).
    pub apply_once: bool,
}

/// Where the value of a flow comes from (SR-080).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FlowKind {
    /// One attribute as it is.
    Direct,
    /// A fixed text.
    Constant,
    /// An expression.
    Expression,
}

impl FlowKind {
    /// All kinds, as the rule editor orders them.
    pub const ALL: [Self; 3] = [Self::Direct, Self::Constant, Self::Expression];

    /// Returns the word of the rule editor.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Direct => "Direct",
            Self::Constant => "Constant",
            Self::Expression => "Expression",
        }
    }
}

/// Where a rule goes among the others (SR-007).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum RulePlace {
    /// At the number it has; a rule that is new takes the number of its definition.
    Kept,
    /// At this number, which must be free.
    Exact(u32),
    /// Directly before a rule; the numbers from there on rise up to the next gap.
    Before(Guid),
    /// Directly after a rule, likewise.
    After(Guid),
}

/// A change that an administrator makes to a rule set that files describe (SE 6.3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum RuleEdit {
    /// Adds a rule, or replaces the one with its identity.
    Put {
        /// The rule.
        rule: Box<RuleDefinition>,
        /// Where it goes.
        place: RulePlace,
    },
    /// Removes a rule.
    Remove(Guid),
    /// Turns a rule off or on again; its content stays that of its file.
    Disable {
        /// The rule.
        id: Guid,
        /// Whether it is off.
        disabled: bool,
    },
}

/// Returns the identity of a rule that was given none: the same in every world, from its name, its
/// connector and its place among the rules of that name and connector.
pub fn derived_rule_id(name: &str, connector: Guid, count: u32) -> Guid {
    let mut bytes = name.as_bytes().to_vec();
    bytes.extend_from_slice(connector.as_bytes());
    bytes.extend_from_slice(&count.to_le_bytes());
    Guid::from_bytes(xxh3_128(&bytes).to_le_bytes())
}

impl RuleEdit {
    /// Returns the identity of the rule that is edited.
    pub fn id(&self) -> Guid {
        match self {
            Self::Put { rule, .. } => rule.id,
            Self::Remove(id) | Self::Disable { id, .. } => *id,
        }
    }
}

impl RuleDefinition {
    /// Returns whether the rule came with the product (SR-005).
    pub fn is_standard(&self) -> bool {
        crate::rule::is_standard_tag(&self.tag)
    }

    /// Returns the rule without what an administrator may change of a standard rule, and without
    /// what differs between installations: its fingerprint (SR-005).
    #[must_use]
    pub fn content(&self) -> Self {
        let mut content = Self {
            id: Guid::NIL,
            version: 1,
            precedence: 0,
            disabled: false,
            connector: Guid::NIL,
            ..self.clone()
        };
        content.flows.sort();
        content
    }

    /// Returns the source class, as rule cmdlets name it (SR-002).
    pub fn source_class(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.cs_class,
            Direction::Outbound => &self.mv_class,
        }
    }

    /// Returns the target class (SR-002).
    pub fn target_class(&self) -> &str {
        match self.direction {
            Direction::Inbound => &self.mv_class,
            Direction::Outbound => &self.cs_class,
        }
    }

    /// Returns the text of a rule file that says the same.
    pub(crate) fn text(&self) -> RuleText {
        let spanned = |text: String| Spanned::new(text, Location::UNKNOWN, Location::UNKNOWN);
        let metaverse = format!("metaverse {}", self.mv_class);
        let (from, to) = match self.direction {
            Direction::Inbound => (self.cs_class.clone(), metaverse),
            Direction::Outbound => (metaverse, self.cs_class.clone()),
        };
        let clause = |clause: &ClauseDefinition| {
            let unary = Operator::parse(&clause.operator).is_some_and(|(op, _)| op.is_unary());
            let value = if unary { "" } else { clause.value.as_str() };
            spanned(format!("{} {} {value}", clause.attribute, clause.operator).trim().to_owned())
        };
        let criterion = |criterion: &CriterionDefinition| {
            let mark = if criterion.case_sensitive { " (case-sensitive)" } else { "" };
            spanned(format!("{} = {}{mark}", criterion.cs_attribute, criterion.mv_attribute))
        };
        RuleText {
            id: None,
            name: self.name.clone(),
            description: self.description.clone(),
            tag: self.tag.clone(),
            connector: spanned(self.connector.to_string()),
            from: spanned(from),
            to: spanned(to),
            link: self.link,
            precedence: None,
            order: None,
            disabled: self.disabled,
            password_sync: self.password_sync,
            soft_delete_expiry: None,
            when: None,
            since: None,
            origin: String::new(),
            scope: self.scope.iter().map(|group| group.iter().map(clause).collect()).collect(),
            join: self.join.iter().map(|group| group.iter().map(criterion).collect()).collect(),
            flows: FlowsText { listed: self.flows.clone(), ..FlowsText::default() },
            variants: Vec::new(),
        }
    }
}

impl Rule {
    /// Returns the rule as the server keeps it, with the names of attributes and classes.
    ///
    /// `connectors` are those that the set was built for.
    pub(crate) fn definition(
        &self,
        schema: &Schema,
        connectors: &[ConnectorInfo],
    ) -> RuleDefinition {
        let name = |id| schema.name(id).to_owned();
        let connector = connectors.iter().find(|known| known.id == self.connector);
        RuleDefinition {
            id: self.id,
            name: self.name.clone(),
            description: self.description.clone(),
            tag: self.tag.clone(),
            version: self.version,
            direction: self.direction,
            connector: connector.map_or(Guid::NIL, |connector| connector.guid),
            cs_class: schema.class_name(self.cs_class).to_owned(),
            mv_class: self.mv_class.map_or("*", |class| schema.class_name(class)).to_owned(),
            link: self.link,
            precedence: self.precedence,
            disabled: self.disabled,
            password_sync: self.password_sync,
            soft_delete_expiry_ms: self.soft_delete_expiry_ms,
            scope: self
                .scope
                .iter()
                .map(|group| {
                    let clauses = group.clauses.iter().map(|clause| ClauseDefinition {
                        attribute: name(clause.attribute),
                        operator: clause.operator.name().to_owned(),
                        value: clause.written.clone(),
                    });
                    clauses.collect()
                })
                .collect(),
            join: self
                .join
                .iter()
                .map(|group| {
                    let criteria = group.criteria.iter().map(|criterion| CriterionDefinition {
                        cs_attribute: name(criterion.cs_attribute),
                        mv_attribute: name(criterion.mv_attribute),
                        case_sensitive: criterion.case_sensitive,
                    });
                    criteria.collect()
                })
                .collect(),
            flows: self
                .flows
                .iter()
                .map(|flow| {
                    let constant = flow.text.strip_prefix('"').and_then(|t| t.strip_suffix('"'));
                    let (kind, source) = match (&flow.source, constant) {
                        (Source::Direct(attribute), _) => (FlowKind::Direct, name(*attribute)),
                        (Source::Constant(_), Some(text)) => (FlowKind::Constant, text.to_owned()),
                        _ => (FlowKind::Expression, flow.text.clone()),
                    };
                    FlowDefinition {
                        target: name(flow.target),
                        kind,
                        source,
                        merge: flow.merge,
                        apply_once: flow.apply_once,
                    }
                })
                .collect(),
        }
    }
}
