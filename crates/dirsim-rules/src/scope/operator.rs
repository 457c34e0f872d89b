//! The operators of SR-032.

use std::fmt;

use dirsim_model::{ValueRef, Values};

use super::operand::{Comparand, Operand};

/// Declares the operators with their spelling.
macro_rules! operators {
    ($($variant:ident = $name:literal, $doc:literal;)*) => {
        /// How a clause compares an attribute with its operand (SR-032).
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Operator { $(#[doc = $doc] $variant,)* }

        impl Operator {
            /// All operators with their spelling.
            pub const ALL: &[(Self, &'static str)] = &[$((Self::$variant, $name),)*];
        }
    };
}

operators! {
    Equal = "EQUAL", "One value, and it equals the operand.";
    NotEqual = "NOTEQUAL", "Not EQUAL: true without a value.";
    LessThan = "LESSTHAN", "One value, smaller than the operand.";
    LessThanOrEqual = "LESSTHAN_OR_EQUAL", "One value, not greater than the operand.";
    GreaterThan = "GREATERTHAN", "One value, greater than the operand.";
    GreaterThanOrEqual = "GREATERTHAN_OR_EQUAL", "One value, not smaller than the operand.";
    Contains = "CONTAINS", "Some value has the operand inside.";
    NotContains = "NOTCONTAINS", "Not CONTAINS.";
    StartsWith = "STARTSWITH", "Some value begins with the operand.";
    NotStartsWith = "NOTSTARTSWITH", "Not STARTSWITH.";
    EndsWith = "ENDSWITH", "Some value ends with the operand.";
    NotEndsWith = "NOTENDSWITH", "Not ENDSWITH.";
    IsNull = "ISNULL", "No value.";
    IsNotNull = "ISNOTNULL", "At least one value.";
    IsIn = "ISIN", "Some value equals an element of the operand, split at `;`.";
    IsNotIn = "ISNOTIN", "Not ISIN.";
    IsBitSet = "ISBITSET", "One value, and all bits of the operand are set in it.";
    IsBitNotSet = "ISBITNOTSET", "Not ISBITSET: true without a value.";
    IsMemberOf = "ISMEMBEROF", "The object is a direct member of the group (SR-037).";
    IsNotMemberOf = "ISNOTMEMBEROF", "Not ISMEMBEROF.";
}

/// Other spellings that are understood, reported and written back in the form above.
const ALIASES: &[(&str, Operator)] = &[
    ("ISNOTBITSET", Operator::IsBitNotSet),
    ("NOTEQUALS", Operator::NotEqual),
    ("EQUALS", Operator::Equal),
    ("NOTSTARTWITH", Operator::NotStartsWith),
    ("STARTWITH", Operator::StartsWith),
    ("ENDWITH", Operator::EndsWith),
    ("LESSTHANOREQUAL", Operator::LessThanOrEqual),
    ("GREATERTHANOREQUAL", Operator::GreaterThanOrEqual),
];

impl Operator {
    /// Reads an operator, without case; the flag says that an alias was used.
    pub fn parse(text: &str) -> Option<(Self, bool)> {
        let own = Self::ALL.iter().find(|(_, name)| name.eq_ignore_ascii_case(text));
        let alias = || ALIASES.iter().find(|(name, _)| name.eq_ignore_ascii_case(text));
        own.map(|(operator, _)| (*operator, false))
            .or_else(|| alias().map(|(_, operator)| (*operator, true)))
    }

    /// Returns the spelling.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(operator, _)| *operator == self).map_or("", |(_, name)| name)
    }

    /// Whether the operator stands without an operand.
    pub const fn is_unary(self) -> bool {
        matches!(self, Self::IsNull | Self::IsNotNull)
    }

    /// Whether the operand is a list.
    pub const fn takes_list(self) -> bool {
        matches!(self, Self::IsIn | Self::IsNotIn)
    }

    /// Whether the operand is the DN of a group.
    pub const fn takes_group(self) -> bool {
        matches!(self, Self::IsMemberOf | Self::IsNotMemberOf)
    }

    /// Whether the operand is part of a text, so that it is never converted.
    pub const fn takes_part(self) -> bool {
        matches!(
            self,
            Self::Contains
                | Self::NotContains
                | Self::StartsWith
                | Self::NotStartsWith
                | Self::EndsWith
                | Self::NotEndsWith
        )
    }

    /// Whether the operator compares bits of a number.
    pub const fn takes_bits(self) -> bool {
        matches!(self, Self::IsBitSet | Self::IsBitNotSet)
    }

    /// Whether the operator asks which of two values is greater.
    pub const fn orders(self) -> bool {
        matches!(
            self,
            Self::LessThan | Self::LessThanOrEqual | Self::GreaterThan | Self::GreaterThanOrEqual
        )
    }

    /// Whether the operator is meant for attributes of a single value (SR-035).
    pub const fn wants_one_value(self) -> bool {
        !(self.takes_part() || self.takes_list() || self.takes_group() || self.is_unary())
    }

    /// Compares the values of an attribute with an operand.
    pub(super) fn holds(self, values: Values<'_>, operand: &Operand) -> bool {
        match self {
            Self::Equal => equal(values, operand),
            Self::NotEqual => !equal(values, operand),
            Self::LessThan => ordered(values, operand, std::cmp::Ordering::is_lt),
            Self::LessThanOrEqual => ordered(values, operand, std::cmp::Ordering::is_le),
            Self::GreaterThan => ordered(values, operand, std::cmp::Ordering::is_gt),
            Self::GreaterThanOrEqual => ordered(values, operand, std::cmp::Ordering::is_ge),
            Self::Contains => some(values, operand, Comparand::is_inside),
            Self::NotContains => !some(values, operand, Comparand::is_inside),
            Self::StartsWith => some(values, operand, Comparand::begins),
            Self::NotStartsWith => !some(values, operand, Comparand::begins),
            Self::EndsWith => some(values, operand, Comparand::ends),
            Self::NotEndsWith => !some(values, operand, Comparand::ends),
            Self::IsNull => values.is_empty(),
            Self::IsNotNull => !values.is_empty(),
            Self::IsIn => some(values, operand, Comparand::equals),
            Self::IsNotIn => !some(values, operand, Comparand::equals),
            Self::IsBitSet => bits_set(values, operand),
            Self::IsBitNotSet => !bits_set(values, operand),
            // Membership is asked of the subject; without a group there is none.
            Self::IsMemberOf => false,
            Self::IsNotMemberOf => true,
        }
    }
}

impl fmt::Display for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Returns the value when there is exactly one (SR-035).
fn only(values: Values<'_>) -> Option<ValueRef<'_>> {
    let mut values = values.iter();
    values.next().filter(|_| values.next().is_none())
}

fn equal(values: Values<'_>, operand: &Operand) -> bool {
    only(values).is_some_and(|value| operand.comparands().iter().any(|o| o.equals(value)))
}

fn ordered(values: Values<'_>, operand: &Operand, test: fn(std::cmp::Ordering) -> bool) -> bool {
    let order = |value| operand.comparands().first().and_then(|o| o.compare(value));
    only(values).and_then(order).is_some_and(test)
}

fn some(values: Values<'_>, operand: &Operand, test: fn(&Comparand, ValueRef<'_>) -> bool) -> bool {
    values.iter().any(|value| operand.comparands().iter().any(|o| test(o, value)))
}

fn bits_set(values: Values<'_>, operand: &Operand) -> bool {
    let Some(ValueRef::Integer(value)) = only(values) else { return false };
    matches!(operand.comparands(), [Comparand::Integer(mask)] if value & mask == *mask)
}
