//! One compiled sync rule.

use dirsim_model::{ClassId, Guid};
use serde::{Deserialize, Serialize};

use crate::flow::Flow;
use crate::join::JoinGroup;
use crate::scope::ScopeGroup;

/// The place of a rule in its [`RuleSet`](crate::RuleSet), by precedence; valid in that set only.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct RuleIx(pub u16);

/// Which way a rule's attributes flow.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Direction {
    /// Connector space to metaverse.
    Inbound,
    /// Metaverse to connector space.
    Outbound,
}

/// What a rule does to the link between a `CsObject` and an `MvObject` (SR-062).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
#[serde(rename_all = "kebab-case")]
pub enum LinkType {
    /// May project (inbound) or provision (outbound) and keeps alive what it linked.
    Provision,
    /// May join, keeps nothing alive.
    #[default]
    Join,
    /// May join, and once joined keeps the `MvObject` alive.
    StickyJoin,
    /// Takes part in joining but stops every flow to the object (SR-068).
    JoinNoFlow,
}

impl Direction {
    /// Returns the word of the rule editor.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Inbound => "Inbound",
            Self::Outbound => "Outbound",
        }
    }
}

impl LinkType {
    /// All types, as the rule editor orders them.
    pub const ALL: [Self; 4] = [Self::Provision, Self::Join, Self::StickyJoin, Self::JoinNoFlow];

    /// Returns the word of the rule editor and the cmdlets.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Provision => "Provision",
            Self::Join => "Join",
            Self::StickyJoin => "StickyJoin",
            Self::JoinNoFlow => "JoinNoFlow",
        }
    }

    /// Returns the word of rule files.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Provision => "provision",
            Self::Join => "join",
            Self::StickyJoin => "sticky-join",
            Self::JoinNoFlow => "join-no-flow",
        }
    }

    /// Whether the rule may create the object on the other side.
    pub const fn may_project(self) -> bool {
        matches!(self, Self::Provision)
    }

    /// Whether an inbound rule of this type keeps the `MvObject` alive, and loss of scope of an
    /// outbound one deprovisions (SR-062).
    pub const fn governs(self) -> bool {
        matches!(self, Self::Provision | Self::StickyJoin)
    }
}

/// A sync rule of one connector, checked against the schema (SR-001).
#[derive(Debug)]
pub struct Rule {
    /// Identity: what the file says, else derived from the rule's name and its connector; equal in
    /// every world.
    pub id: Guid,
    /// Display name; every AD connector has its own copy of a standard rule under one name.
    pub name: String,
    /// Immutable tag; `Microsoft.…` marks a standard rule (SR-005).
    pub tag: String,
    /// Free text.
    pub description: String,
    /// Raised by one on each save.
    pub version: u32,
    /// Whether a standard rule differs from what was delivered, its `disabled` left aside (SR-005).
    pub modified: bool,
    /// Which way attributes flow.
    pub direction: Direction,
    /// Number of the one connector the rule belongs to.
    pub connector: u32,
    /// Object class in the connector space.
    pub cs_class: ClassId,
    /// Object class in the metaverse; `None` is `*`, any class.
    pub mv_class: Option<ClassId>,
    /// What the rule does to links.
    pub link: LinkType,
    /// Smaller numbers win; unique in the set (SR-007).
    pub precedence: u32,
    /// A disabled rule is shown and has no effect.
    pub disabled: bool,
    /// Whether password hashes of linked users are synchronized (SR-110).
    pub password_sync: bool,
    /// How long a deprovisioned object stays linked, in milliseconds; zero is not at all (SR-066).
    pub soft_delete_expiry_ms: i64,
    /// Groups of clauses, one of which must hold; empty is everything (SR-030).
    pub scope: Vec<ScopeGroup>,
    /// Groups of criteria, tried in order (SR-051).
    pub join: Vec<JoinGroup>,
    /// Attribute flows in the order of the file.
    pub flows: Vec<Flow>,
    /// Where a standard rule comes from when the published facts do not name it; empty for others.
    pub origin: String,
    /// The file that the rule stands in.
    pub file: String,
    /// The line of that file, counted from 1; 0 when unknown.
    pub line: u32,
}

impl Rule {
    /// Whether the rule came with the product rather than from an administrator (SR-005).
    pub fn is_standard(&self) -> bool {
        is_standard_tag(&self.tag)
    }
}

/// Whether a tag marks a standard rule (SR-005).
pub(crate) fn is_standard_tag(tag: &str) -> bool {
    tag.starts_with("Microsoft.") || tag.starts_with("dirsim.")
}
