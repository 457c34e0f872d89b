//! Attribute flows and what they contribute.

mod convert;
mod evaluate;
mod shortcut;

use dirsim_expr::Expression;
use dirsim_model::{AttributeId, Value};
use serde::{Deserialize, Serialize};

pub use convert::Conversion;
pub use evaluate::Answer;

pub(crate) use convert::constant;
pub(crate) use evaluate::{Asked, ask};
pub(crate) use shortcut::Shortcut;

use crate::problem::RuleFailure;
use crate::rule::RuleIx;

/// How contributions of several rules become one value (SR-090).
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
)]
pub enum MergeType {
    /// The first contribution by precedence wins alone.
    #[default]
    Update,
    /// The same as Update.
    Replace,
    /// All values are united, compared with case.
    Merge,
    /// All values are united, compared without case; the spelling of the smaller precedence stays.
    MergeCaseInsensitive,
}

impl MergeType {
    /// All types, as the rule editor orders them.
    pub const ALL: [Self; 4] =
        [Self::Update, Self::Merge, Self::MergeCaseInsensitive, Self::Replace];

    /// Returns the word of the rule editor and of rule files.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Update => "Update",
            Self::Replace => "Replace",
            Self::Merge => "Merge",
            Self::MergeCaseInsensitive => "MergeCaseInsensitive",
        }
    }

    /// Whether values of several rules are united.
    pub const fn unites(self) -> bool {
        matches!(self, Self::Merge | Self::MergeCaseInsensitive)
    }

    /// Whether two rules may write one attribute with these types (SR-091).
    pub fn agrees_with(self, other: Self) -> bool {
        self == other || !(self.unites() || other.unites())
    }
}

/// Where a flow takes its values from. All but the last are expressions, too, but so common that
/// they are answered without the evaluator.
#[derive(Debug)]
pub enum Source {
    /// One attribute of the source object, as it is.
    Direct(AttributeId),
    /// `Trim([attribute])`.
    Trimmed(AttributeId),
    /// `ValueCount("attribute")`.
    Count(AttributeId),
    /// `%Name%` of the object's partition.
    Parameter(String),
    /// Always the same values; empty is NULL (SR-082).
    Constant(Vec<Value>),
    /// Anything else.
    Expression(Box<Expression>),
}

/// One row of a rule's transformations (SR-080).
#[derive(Debug)]
pub struct Flow {
    /// The attribute that is written.
    pub target: AttributeId,
    /// Where the values come from.
    pub source: Source,
    /// How they meet those of other rules.
    pub merge: MergeType,
    /// Whether the flow counts only in the run that creates the target object (SR-088).
    pub apply_once: bool,
    /// How values become the target's type (SR-083).
    pub conversion: Conversion,
    /// The source as its author wrote it: an attribute's name in brackets, a constant in quotes,
    /// or an expression.
    pub text: String,
    /// Why a standard flow is there that the published facts of the default set do not name;
    /// empty for all others.
    pub origin: String,
    /// The attributes that the flow reads, sorted (SR-086).
    pub reads: Vec<AttributeId>,
}

impl Flow {
    /// Returns the attribute that the flow takes over as it is, when it is of that kind.
    pub const fn direct(&self) -> Option<AttributeId> {
        if let Source::Direct(attribute) = &self.source { Some(*attribute) } else { None }
    }
}

/// What one flow says about one object (SR-089). Values are converted to the target's type.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Outcome {
    /// Nothing to say; when nobody says anything the attribute has no value.
    Null,
    /// No value, and nobody else is asked.
    AuthoritativeNull,
    /// Nothing to say; when nobody says anything the target stays as it is.
    IgnoreThisFlow,
    /// These values; never empty.
    Values(Vec<Value>),
    /// The flow failed. Raised only when resolution reaches it (SR-104).
    Failed(Box<RuleFailure>),
}

/// What one flow of one rule says about one object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contribution {
    /// The target attribute.
    pub attribute: AttributeId,
    /// The rule.
    pub rule: RuleIx,
    /// The rule's precedence.
    pub precedence: u32,
    /// How it meets other contributions.
    pub merge: MergeType,
    /// What it says.
    pub outcome: Outcome,
}
