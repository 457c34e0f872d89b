//! Operators on single values; lists are walked by the evaluator (EX-020 to EX-025).

use std::borrow::Cow;
use std::cmp::Ordering;

use dirsim_model::Dn;

use crate::call::{Context, Fault};
use crate::error::Code;
use crate::value::Item;

/// The operators of EX-002 in the order of EX-020.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Operator {
    And,
    Or,
    Equal,
    Unequal,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Add,
    Subtract,
    Multiply,
    Divide,
    Join,
}

/// How tightly operators bind; within a level they are equal and go from the left (EX-020).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Level {
    /// `&&` and `||`
    Logical,
    /// `=` and its kin
    Comparison,
    /// `+ - * / &`
    Sum,
    /// The sign of a value
    Sign,
}

/// All operators, longer spellings first (EX-002).
const SPELLINGS: &[(&str, Operator)] = &[
    ("&&", Operator::And),
    ("||", Operator::Or),
    ("<=", Operator::LessOrEqual),
    (">=", Operator::GreaterOrEqual),
    ("<>", Operator::Unequal),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=", Operator::Equal),
    ("+", Operator::Add),
    ("-", Operator::Subtract),
    ("*", Operator::Multiply),
    ("/", Operator::Divide),
    ("&", Operator::Join),
];

impl Level {
    /// Returns the level that operands of this level must reach.
    pub(crate) const fn tighter(self) -> Self {
        match self {
            Self::Logical => Self::Comparison,
            Self::Comparison => Self::Sum,
            Self::Sum | Self::Sign => Self::Sign,
        }
    }
}

impl Operator {
    /// Finds the longest operator at the start of `text`.
    pub(crate) fn at_start_of(text: &str) -> Option<(Self, usize)> {
        SPELLINGS
            .iter()
            .find(|(spelling, _)| text.starts_with(spelling))
            .map(|(spelling, operator)| (*operator, spelling.len()))
    }

    /// Returns the spelling.
    pub(crate) fn as_str(self) -> &'static str {
        SPELLINGS
            .iter()
            .find(|(_, operator)| *operator == self)
            .map_or("", |(spelling, _)| spelling)
    }

    /// Returns the level of EX-020.
    pub(crate) const fn level(self) -> Level {
        match self {
            Self::And | Self::Or => Level::Logical,
            Self::Equal
            | Self::Unequal
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual => Level::Comparison,
            _ => Level::Sum,
        }
    }

    /// Returns whether the usual mathematical reading would do `later` first, though both operators
    /// are of one level here (lint `mixed-operators`).
    pub(crate) const fn usually_after(self, later: Self) -> bool {
        match self {
            Self::Or => matches!(later, Self::And),
            Self::Add | Self::Subtract => matches!(later, Self::Multiply | Self::Divide),
            _ => false,
        }
    }

    /// Applies the operator to two values; `None` is NULL.
    pub(crate) fn apply<'a>(
        self,
        left: Option<Item<'a>>,
        right: Option<Item<'a>>,
        context: &Context<'a>,
    ) -> Result<Option<Item<'a>>, Fault> {
        match self.level() {
            Level::Logical => {
                let (left, right) = (self.truth(left.as_ref())?, self.truth(right.as_ref())?);
                let truth = if self == Self::And { left && right } else { left || right };
                Ok(Some(Item::Boolean(truth)))
            }
            Level::Comparison => {
                let truth = self.compare(left.as_ref(), right.as_ref(), context)?;
                Ok(Some(Item::Boolean(truth)))
            }
            _ if self == Self::Join => join(left, right, context),
            _ => self.calculate(left.as_ref(), right.as_ref()),
        }
    }

    /// Reads an operand of `&&` and `||`; NULL counts as False (EX-021).
    pub(crate) fn truth(self, operand: Option<&Item<'_>>) -> Result<bool, Fault> {
        match operand {
            None => Ok(false),
            Some(Item::Boolean(truth)) => Ok(*truth),
            Some(other) => Err(Fault::new(
                Code::TypeMismatch,
                format!("`{}` takes booleans, not {}", self.as_str(), other.type_name()),
            )
            .about([other.display()])),
        }
    }

    /// Compares (EX-022, EX-023).
    pub(crate) fn compare<'a>(
        self,
        left: Option<&Item<'a>>,
        right: Option<&Item<'a>>,
        context: &Context<'a>,
    ) -> Result<bool, Fault> {
        let equality = matches!(self, Self::Equal | Self::Unequal);
        let (Some(left), Some(right)) = (left, right) else {
            let equal = left.is_none() && right.is_none();
            return Ok(equality && (equal == (self == Self::Equal)));
        };
        let order = match (left, right) {
            // Most comparisons are of texts of different length.
            (Item::Text(a), Item::Text(b)) if equality => {
                return Ok((a == b) == (self == Self::Equal));
            }
            (Item::Text(a), Item::Text(b)) => Some(a.as_ref().cmp(b.as_ref())),
            (Item::Number(a), Item::Number(b)) => Some(a.cmp(b)),
            (Item::Date(a), Item::Date(b)) => Some(a.cmp(b)),
            _ if !equality => None,
            (Item::Boolean(a), Item::Boolean(b)) => Some(a.cmp(b)),
            (Item::Binary(a), Item::Binary(b)) => Some(a.as_ref().cmp(b.as_ref())),
            (Item::Reference(a), Item::Reference(b)) => Some(a.cmp(b)),
            (Item::Reference(_) | Item::Dn(_), Item::Reference(_) | Item::Dn(_)) => {
                match (left.reference_text(context.env), right.reference_text(context.env)) {
                    (Some(a), Some(b)) => Some(dn_key(&a).cmp(&dn_key(&b))),
                    _ => None,
                }
            }
            (reference, Item::Text(text)) | (Item::Text(text), reference) => {
                reference.reference_text(context.env).map(|dn| dn.as_ref().cmp(text.as_ref()))
            }
            _ => None,
        };
        let Some(order) = order else { return Err(self.mismatch(left, right)) };
        Ok(match self {
            Self::Equal => order == Ordering::Equal,
            Self::Unequal => order != Ordering::Equal,
            Self::Less => order == Ordering::Less,
            Self::LessOrEqual => order != Ordering::Greater,
            Self::Greater => order == Ordering::Greater,
            _ => order != Ordering::Less,
        })
    }

    /// Calculates (EX-024).
    fn calculate<'a>(
        self,
        left: Option<&Item<'a>>,
        right: Option<&Item<'a>>,
    ) -> Result<Option<Item<'a>>, Fault> {
        let (a, b) = match (left, right) {
            (Some(Item::Number(a)), Some(Item::Number(b))) => (*a, *b),
            (None | Some(Item::Number(_)), None | Some(Item::Number(_))) => return Ok(None),
            (left, right) => {
                let operand = |item: Option<&Item<'_>>| item.map_or("NULL", Item::type_name);
                return Err(Fault::new(
                    Code::TypeMismatch,
                    format!(
                        "`{}` takes numbers, not {} and {}",
                        self.as_str(),
                        operand(left),
                        operand(right)
                    ),
                )
                .about(
                    [left, right].map(|item| item.map_or_else(|| "NULL".to_owned(), Item::display)),
                ));
            }
        };
        let result = match self {
            Self::Add => a.checked_add(b),
            Self::Subtract => a.checked_sub(b),
            Self::Multiply => a.checked_mul(b),
            _ if b == 0 => {
                return Err(Fault::new(Code::DivideByZero, format!("{a} is divided by zero")));
            }
            _ => a.checked_div(b),
        };
        result.map(|number| Some(Item::Number(number))).ok_or_else(|| {
            Fault::new(
                Code::Overflow,
                format!("`{a} {} {b}` leaves the range of 64-bit numbers", self.as_str()),
            )
        })
    }

    fn mismatch(self, left: &Item<'_>, right: &Item<'_>) -> Fault {
        Fault::new(
            Code::TypeMismatch,
            format!(
                "`{}` does not take {} and {}",
                self.as_str(),
                left.type_name(),
                right.type_name()
            ),
        )
        .about([left.display(), right.display()])
    }
}

/// Changes the sign (EX-024).
pub(crate) fn negate<'a>(operand: Option<&Item<'_>>) -> Result<Option<Item<'a>>, Fault> {
    match operand {
        None => Ok(None),
        Some(Item::Number(number)) => {
            number.checked_neg().map(|negative| Some(Item::Number(negative))).ok_or_else(|| {
                Fault::new(
                    Code::Overflow,
                    format!("`-{number}` leaves the range of 64-bit numbers"),
                )
            })
        }
        Some(other) => Err(Fault::new(
            Code::TypeMismatch,
            format!("the sign `-` takes a number, not {}", other.type_name()),
        )
        .about([other.display()])),
    }
}

/// Room for what a chain of `&` usually adds to its first two texts.
const GROWTH: usize = 16;

/// Concatenates (EX-025).
fn join<'a>(
    left: Option<Item<'a>>,
    right: Option<Item<'a>>,
    context: &Context<'a>,
) -> Result<Option<Item<'a>>, Fault> {
    match (left, right) {
        (None, None) => Ok(None),
        (Some(Item::Binary(left)), Some(Item::Binary(right))) => {
            context.spend(left.len() + right.len())?;
            let mut bytes = left.into_owned();
            bytes.extend_from_slice(&right);
            Ok(Some(Item::binary(bytes)))
        }
        (None, Some(item)) | (Some(item), None) => match item {
            binary @ Item::Binary(_) => Ok(Some(binary)),
            text @ Item::Text(_) => Ok(Some(text)),
            item => match as_text(&item, context) {
                Some(text) => Ok(Some(Item::text(text.into_owned()))),
                None => Err(Fault::new(
                    Code::TypeMismatch,
                    format!("`&` does not take {}", item.type_name()),
                )
                .about([item.display()])),
            },
        },
        (Some(left), Some(right)) => {
            let (Some(a), Some(b)) = (as_text(&left, context), as_text(&right, context)) else {
                return Err(Operator::Join.mismatch(&left, &right));
            };
            context.spend(a.len() + b.len())?;
            let text = match left {
                // The left side of a chain is a text of our own already and grows in place.
                Item::Text(Cow::Owned(mut text)) => {
                    text.push_str(&b);
                    text
                }
                _ => {
                    let mut text = String::with_capacity(a.len() + b.len() + GROWTH);
                    text.push_str(&a);
                    text.push_str(&b);
                    text
                }
            };
            Ok(Some(Item::text(text)))
        }
    }
}

/// Returns the text that `&` sees.
fn as_text<'s, 'a: 's>(item: &'s Item<'a>, context: &Context<'a>) -> Option<Cow<'s, str>> {
    match item {
        Item::Text(text) => Some(Cow::Borrowed(text)),
        Item::Number(number) => Some(Cow::Owned(number.to_string())),
        Item::Boolean(true) => Some(Cow::Borrowed("True")),
        Item::Boolean(false) => Some(Cow::Borrowed("False")),
        reference => reference.reference_text(context.env),
    }
}

/// Returns the form under which two DNs are compared: without case and insignificant spaces.
pub(crate) fn dn_key(dn: &str) -> String {
    dn.parse::<Dn>().map_or_else(|_| dn.to_lowercase(), |dn| dn.key())
}
