//! Conditions that are decided without building values.
//!
//! Most conditions of rules ask whether an attribute is there, or compare it, its beginning or a
//! bit of it with a literal. They are read here straight from what is stored. What is not of that
//! form, and everything that fails, is left to the evaluator, which so alone raises errors.

use std::cmp::Ordering;

use dirsim_model::{AttributeId, ValueRef, Values};

use crate::call::{Context, VISIT};
use crate::functions::{Function, position};
use crate::operators::{Level, Operator};
use crate::tree::{Kind, Node};
use crate::value::byte_of;

/// How many attributes a chain of conditions remembers.
const REMEMBERED: usize = 4;

/// An operand of a condition.
#[derive(Debug, Clone, Copy)]
enum Operand<'a> {
    Null,
    One(ValueRef<'a>),
    Many(Values<'a>),
}

/// Decides conditions for one object.
pub(crate) struct Decider<'e, 'a, const N: usize> {
    context: &'e Context<'a>,
    /// Attributes read before: a chain asks the same few again and again.
    known: [Option<(AttributeId, Operand<'a>)>; N],
    /// The place that is overwritten next.
    next: usize,
}

/// Decides a chain of conditions.
pub(crate) type ChainDecider<'e, 'a> = Decider<'e, 'a, REMEMBERED>;

/// Decides a condition that asks little.
pub(crate) type SingleDecider<'e, 'a> = Decider<'e, 'a, 0>;

/// Decides one condition; `None` leaves it to the evaluator.
pub(crate) fn decide<'a>(context: &Context<'a>, node: &'a Node) -> Option<bool> {
    match &node.kind {
        Kind::Chain { level: Level::Logical, .. } => ChainDecider::new(context).holds(node),
        Kind::Chain { level: Level::Comparison, .. } | Kind::Call(..) => {
            SingleDecider::new(context).holds(node)
        }
        _ => None,
    }
}

impl<'e, 'a, const N: usize> Decider<'e, 'a, N> {
    pub(crate) fn new(context: &'e Context<'a>) -> Self {
        Self { context, known: [None; N], next: 0 }
    }

    /// Decides a condition; `None` leaves it to the evaluator.
    pub(crate) fn holds(&mut self, node: &'a Node) -> Option<bool> {
        match &node.kind {
            Kind::Boolean(truth) => Some(*truth),
            Kind::Call(Function::IsPresent, arguments) => self.is_present(arguments),
            Kind::Call(Function::IsNullOrEmpty, arguments) => {
                self.is_present(arguments).map(|present| !present)
            }
            Kind::Call(Function::IsString, arguments) => self.is_string(arguments),
            Kind::Chain { level: Level::Logical, first, rest } => {
                let mut left = self.holds(first)?;
                for (operator, operand) in rest {
                    // The right operand is not evaluated when the left one decides (EX-021).
                    if left != (*operator == Operator::Or) {
                        left = self.holds(operand)?;
                    }
                }
                Some(left)
            }
            Kind::Chain { level: Level::Comparison, first, rest } => {
                let [(operator, right)] = rest.as_slice() else { return None };
                compare(*operator, self.operand(first)?, self.operand(right)?)
            }
            _ => None,
        }
    }

    fn is_present(&mut self, arguments: &'a [Node]) -> Option<bool> {
        let [only] = arguments else { return None };
        Some(match self.operand(only)? {
            Operand::Null => false,
            Operand::One(value) => value != ValueRef::Text(""),
            Operand::Many(values) => values.iter().any(|value| value != ValueRef::Text("")),
        })
    }

    fn is_string(&mut self, arguments: &'a [Node]) -> Option<bool> {
        let [only] = arguments else { return None };
        match self.operand(only)? {
            Operand::Null | Operand::One(ValueRef::Bytes(_)) => Some(false),
            Operand::One(ValueRef::Text(_) | ValueRef::Integer(_) | ValueRef::Boolean(_)) => {
                Some(true)
            }
            _ => None,
        }
    }

    #[inline]
    fn operand(&mut self, node: &'a Node) -> Option<Operand<'a>> {
        // Work beyond the budget is refused by the evaluator.
        self.context.spend(VISIT).ok()?;
        Some(match &node.kind {
            Kind::Attribute(name) => match name.id {
                Some(id) => self.attribute(id, name.multi_valued),
                None => Operand::Null,
            },
            Kind::Text(text) => Operand::One(ValueRef::Text(text)),
            Kind::Number(number) => Operand::One(ValueRef::Integer(*number)),
            Kind::Null => Operand::Null,
            Kind::Call(function, arguments) => {
                let [one, two] = &**arguments else { return None };
                self.call(*function, one, two)?
            }
            _ => return None,
        })
    }

    fn call(&mut self, function: Function, one: &'a Node, two: &'a Node) -> Option<Operand<'a>> {
        use Operand::{Null, One};
        use ValueRef::{Integer, Text};
        if !matches!(function, Function::Left | Function::InStr | Function::BitAnd) {
            return None;
        }
        let (one, two) = (self.operand(one)?, self.operand(two)?);
        Some(match (function, one, two) {
            (Function::Left, Null, One(Integer(_))) => One(Text("")),
            (Function::Left, One(Text(text)), One(Integer(count))) => {
                // A negative number means all of it.
                let end = usize::try_from(count).map_or(text.len(), |count| byte_of(text, count));
                One(Text(text.get(..end)?))
            }
            (Function::InStr, Null, Null | One(Text(_)))
            | (Function::InStr, One(Text(_)), Null) => One(Integer(0)),
            (Function::InStr, One(Text(text)), One(Text(search))) => {
                self.context.spend(text.len()).ok()?;
                let at = position(text, search, 0).map_or(0, |at| at + 1);
                One(Integer(i64::try_from(at).ok()?))
            }
            (Function::BitAnd, Null, Null | One(Integer(_)))
            | (Function::BitAnd, One(Integer(_)), Null) => Null,
            (Function::BitAnd, One(Integer(a)), One(Integer(b))) => One(Integer(a & b)),
            _ => return None,
        })
    }

    /// Reads an attribute (EX-016).
    fn attribute(&mut self, id: AttributeId, multi_valued: bool) -> Operand<'a> {
        for known in &self.known {
            if let Some((known, operand)) = known
                && *known == id
            {
                return *operand;
            }
        }
        let values = self.context.env.attribute(id);
        let operand = match values.first_and_more() {
            None => Operand::Null,
            Some((_, more)) if more || multi_valued => Operand::Many(values),
            Some((value, _)) => Operand::One(value),
        };
        if let Some(place) = self.known.get_mut(self.next) {
            *place = Some((id, operand));
            self.next = (self.next + 1) % N.max(1);
        }
        operand
    }
}

/// Compares (EX-022, EX-023).
fn compare(operator: Operator, left: Operand<'_>, right: Operand<'_>) -> Option<bool> {
    use Operand::{Many, Null, One};
    use ValueRef::{Boolean, Integer, Text};
    let equality = matches!(operator, Operator::Equal | Operator::Unequal);
    let order = match (left, right) {
        (Many(_), _) | (_, Many(_)) => return None,
        (Null, Null) => return Some(operator == Operator::Equal),
        (Null, One(_)) | (One(_), Null) => return Some(operator == Operator::Unequal),
        (One(Text(a)), One(Text(b))) if equality => {
            return Some((a == b) == (operator == Operator::Equal));
        }
        (One(Text(a)), One(Text(b))) => a.cmp(b),
        (One(Integer(a)), One(Integer(b))) => a.cmp(&b),
        (One(Boolean(a)), One(Boolean(b))) if equality => a.cmp(&b),
        _ => return None,
    };
    Some(match operator {
        Operator::Equal => order == Ordering::Equal,
        Operator::Unequal => order != Ordering::Equal,
        Operator::Less => order == Ordering::Less,
        Operator::LessOrEqual => order != Ordering::Greater,
        Operator::Greater => order == Ordering::Greater,
        Operator::GreaterOrEqual => order != Ordering::Less,
        _ => return None,
    })
}
