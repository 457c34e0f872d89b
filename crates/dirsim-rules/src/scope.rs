//! Scoping filters: which objects a rule applies to.
//!
//! A clause is written `attribute OPERATOR operand`. The operand is converted once, when the rule
//! is loaded, by the attribute's syntax (SR-034); evaluation cannot fail (SR-038).

mod operand;
mod operator;

use dirsim_model::{AttributeId, Values};

pub use operand::{Comparand, Operand};
pub use operator::Operator;

pub(crate) use operand::{convert, parse_number};

use crate::set::parameters;
use crate::subject::Subject;

/// Clauses that must all hold; none is true (SR-030).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct ScopeGroup {
    /// The clauses.
    pub clauses: Vec<Clause>,
}

/// One condition on one attribute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clause {
    /// An attribute of the source object (SR-004).
    pub attribute: AttributeId,
    /// The comparison.
    pub operator: Operator,
    /// The operand, converted to the attribute's type.
    pub operand: Operand,
    /// The operand with its parameters replaced; empty when the operator takes none.
    pub text: String,
    /// The operand as written.
    pub written: String,
}

/// Whether an object is in scope: one of the groups holds, or there are none (SR-030).
pub fn holds(groups: &[ScopeGroup], subject: &dyn Subject) -> bool {
    groups.is_empty() || groups.iter().any(|group| group.holds(subject))
}

impl ScopeGroup {
    /// Whether all clauses hold.
    pub fn holds(&self, subject: &dyn Subject) -> bool {
        self.clauses.iter().all(|clause| clause.holds(subject))
    }
}

impl Clause {
    /// Whether the condition holds on an object (SR-031, SR-032).
    pub fn holds(&self, subject: &dyn Subject) -> bool {
        match &self.operand {
            Operand::OfThePartition { text, syntax } => {
                let text = parameters::of_object(text, |name| subject.parameter(name));
                // An operand that does not fit the attribute equals nothing (SR-038).
                convert(self.operator, &text, self.attribute, *syntax).map_or_else(
                    |_| self.operator.holds(Values::NONE, &Operand::None),
                    |operand| self.compare(&operand, subject),
                )
            }
            operand => self.compare(operand, subject),
        }
    }

    fn compare(&self, operand: &Operand, subject: &dyn Subject) -> bool {
        if let Operand::Group(dn) = operand {
            let member = subject.is_member_of(dn);
            return member != (self.operator == Operator::IsNotMemberOf);
        }
        self.operator.holds(subject.staged(self.attribute), operand)
    }
}

#[cfg(test)]
mod tests;
