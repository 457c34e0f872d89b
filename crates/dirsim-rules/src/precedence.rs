//! Who wins: one attribute's contributions become its values (SR-100).

use std::borrow::Cow;
use std::collections::BTreeSet;

use dirsim_model::{Value, ValueRef};

use crate::flow::{Contribution, MergeType, Outcome};
use crate::fold;
use crate::problem::RuleFailure;
use crate::rule::RuleIx;

/// The outcome of a resolution.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Resolution<'a> {
    /// The attribute has no value. Also for no contributions at all: there the caller decides by
    /// whether this engine contributed the current value before (SR-103).
    None,
    /// Everybody said `IgnoreThisFlow`: the target stays as it is (SR-102).
    Kept,
    /// These values, from this rule; for a union the rule of the first contribution.
    Values {
        /// The values; never empty.
        values: Cow<'a, [Value]>,
        /// The winner.
        rule: RuleIx,
    },
    /// A flow that had to be asked failed; the object is in error (SR-104).
    Failed(&'a RuleFailure),
}

/// Resolves one attribute from its contributions, which come by ascending precedence.
///
/// NULL and `IgnoreThisFlow` fall through, `AuthoritativeNull` ends the search; merge types take
/// the union (SR-100 to SR-102). The merge type is that of the first contribution; a set that was
/// built agrees on it (SR-091).
pub fn resolve<'a>(contributions: impl Iterator<Item = &'a Contribution>) -> Resolution<'a> {
    let (mut asked, mut silent) = (false, false);
    let mut union: Option<(Union, RuleIx)> = None;
    for contribution in contributions {
        asked = true;
        match &contribution.outcome {
            Outcome::Failed(failure) => return Resolution::Failed(failure),
            Outcome::AuthoritativeNull => {
                silent = true;
                break;
            }
            Outcome::IgnoreThisFlow => {}
            Outcome::Null => silent = true,
            Outcome::Values(values) if contribution.merge.unites() => {
                let (united, _) =
                    union.get_or_insert_with(|| (Union::default(), contribution.rule));
                for value in values {
                    united.add(value.as_ref(), contribution.merge);
                }
            }
            Outcome::Values(values) => {
                return Resolution::Values { values: values.into(), rule: contribution.rule };
            }
        }
    }
    match union {
        Some((union, rule)) => Resolution::Values { values: union.values.into(), rule },
        None if asked && !silent => Resolution::Kept,
        None => Resolution::None,
    }
}

/// Values of several contributions together (SR-090); the spelling that came first stays.
#[derive(Debug, Default)]
pub struct Union {
    values: Vec<Value>,
    seen: BTreeSet<Value>,
}

impl Union {
    /// Adds a value unless it is there.
    pub fn add(&mut self, value: ValueRef<'_>, merge: MergeType) {
        let key = match value {
            ValueRef::Text(text) if merge == MergeType::MergeCaseInsensitive => {
                Value::from(fold::fold(text))
            }
            other => other.to_owned(),
        };
        if self.seen.insert(key) {
            self.values.push(value.to_owned());
        }
    }

    /// Returns the values in the order in which they came.
    pub fn values(&self) -> &[Value] {
        &self.values
    }
}

/// Adds a value to a short union unless it is there; [`Union`] is for long ones.
pub fn unite(united: &mut Vec<Value>, value: ValueRef<'_>, merge: MergeType) {
    if !united.iter().any(|known| same(known.as_ref(), value, merge)) {
        united.push(value.to_owned());
    }
}

/// Whether two values are one for a merge type, as an outbound merge compares what the target has
/// with what is contributed (SR-092).
pub fn same(left: ValueRef<'_>, right: ValueRef<'_>, merge: MergeType) -> bool {
    match (left, right) {
        (ValueRef::Text(a), ValueRef::Text(b)) if merge == MergeType::MergeCaseInsensitive => {
            fold::equal(a, &fold::fold(b))
        }
        _ => left == right,
    }
}

#[cfg(test)]
mod tests;
