//! What operators do with values, by the conversion rules of the language (`about_Operators`).

mod arithmetic;
pub(crate) mod cast;
pub(crate) mod compare;
pub(crate) mod format;
pub(crate) mod number;
pub(crate) mod regex;
mod strings;
pub(crate) mod wildcard;

use crate::ast::{BinaryOperator, Comparison, UnaryOperator};
use crate::limits::Budget;
use crate::live::Live;
use crate::stop::{Run, Stop};

pub(crate) use strings::{join, split_text};

/// Carries out an operator between two values; `-and`, `-or`, `-is` and `-as` are not here.
pub(crate) fn binary(
    operator: BinaryOperator,
    left: &Live,
    right: &Live,
    budget: &mut Budget,
) -> Run<Live> {
    use BinaryOperator as B;
    match operator {
        B::Add => arithmetic::add(left, right, budget),
        B::Subtract => arithmetic::subtract(left, right),
        B::Multiply => arithmetic::multiply(left, right, budget),
        B::Divide => arithmetic::divide(left, right),
        B::Remainder => arithmetic::remainder(left, right),
        B::And => Ok(Live::Bool(left.truth() && right.truth())),
        B::Or => Ok(Live::Bool(left.truth() || right.truth())),
        B::Xor => Ok(Live::Bool(left.truth() != right.truth())),
        B::BitAnd => arithmetic::bits(left, right, |a, b| a & b),
        B::BitOr => arithmetic::bits(left, right, |a, b| a | b),
        B::BitXor => arithmetic::bits(left, right, |a, b| a ^ b),
        B::ShiftLeft => arithmetic::shift(left, right, true),
        B::ShiftRight => arithmetic::shift(left, right, false),
        B::Range => arithmetic::range(left, right, budget),
        B::Format => {
            let arguments = right.clone().into_arguments();
            let text = format::format(&left.to_text(), &arguments)?;
            budget.charge(text.len())?;
            Ok(Live::text(text))
        }
        B::Join => {
            let text = join(left, &right.to_text(), budget)?;
            Ok(Live::text(text))
        }
        B::Coalesce => Ok(if left.is_null() { right.clone() } else { left.clone() }),
        B::Is | B::IsNot | B::As => Err(Stop::runtime("BadOperator", "the operator needs a type")),
        B::Compare(Comparison::Split, case) => strings::split(left, right, case, budget),
        B::Compare(Comparison::Replace, case) => strings::replace(left, right, case, budget),
        B::Compare(comparison, case) => compare::filter(comparison, case, left, right, budget),
    }
}

/// The text of a division by zero.
pub(crate) const DIVIDED_BY_ZERO: &str = "Attempted to divide by zero.";

/// Carries out an operator in front of a value.
pub(crate) fn unary(operator: UnaryOperator, value: &Live, budget: &mut Budget) -> Run<Live> {
    match operator {
        UnaryOperator::Not => Ok(Live::Bool(!value.truth())),
        UnaryOperator::BitNot => arithmetic::bit_not(value),
        UnaryOperator::Minus => arithmetic::subtract(&Live::Int(0), value),
        UnaryOperator::Plus => arithmetic::add(&Live::Int(0), value, budget),
        UnaryOperator::Comma => Ok(Live::array(vec![value.clone().settled()])),
        UnaryOperator::Split => strings::split_space(value, budget),
        UnaryOperator::Join => Ok(Live::text(join(value, "", budget)?)),
    }
}

impl Live {
    /// Returns the values of a list as arguments; anything else is the only one.
    pub(crate) fn into_arguments(self) -> Vec<Self> {
        match self {
            Self::Seq(seq) => seq.items.borrow().clone(),
            other => vec![other],
        }
    }
}
