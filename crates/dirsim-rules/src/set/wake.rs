//! Which attributes of a target object may get a value at all.
//!
//! A typical object has a tenth of the attributes that the rules read. Most flows say NULL about an
//! object that has none of what they read, and that is known when the rules are compiled. So each
//! attribute of the source has the set of the targets that it wakes; what stays asleep is never
//! asked, and an absent attribute costs nothing.

use std::borrow::Cow;
use std::cell::Cell;

use dirsim_expr::{Environment, Outcome};
use dirsim_model::number_set::NumberSet;
use dirsim_model::{AttributeId, AttributeSet, Timestamp, Values};

use crate::flow::{Flow, Source};
use crate::rule::RuleIx;

/// The targets of a plan by what can give them a value; targets are numbers in the plan.
#[derive(Debug, Default)]
pub(super) struct Wake {
    /// Targets that may get something from an object without attributes.
    always: NumberSet,
    /// By number of a source attribute: its place in `woken` plus one; 0 when nothing reads it.
    places: Vec<u16>,
    /// The targets that an attribute wakes.
    woken: Vec<NumberSet>,
    /// By rule: the targets that it writes.
    written: Vec<NumberSet>,
}

impl Wake {
    /// Adds a flow of a rule that writes target number `target`.
    pub(super) fn add(&mut self, rule: RuleIx, flow: &Flow, target: usize) {
        let number = usize::from(rule.0);
        if self.written.len() <= number {
            self.written.resize_with(number + 1, NumberSet::default);
        }
        if let Some(targets) = self.written.get_mut(number) {
            targets.insert(target);
        }
        if !is_null_without_input(flow) {
            self.always.insert(target);
            return;
        }
        for attribute in &flow.reads {
            let number = usize::from(attribute.0);
            if self.places.len() <= number {
                self.places.resize(number + 1, 0);
            }
            let Some(place) = self.places.get_mut(number) else { continue };
            if *place == 0 {
                self.woken.push(NumberSet::default());
                *place = u16::try_from(self.woken.len()).expect("attribute numbers are 16 bits");
            }
            if let Some(targets) = self.woken.get_mut(usize::from(*place) - 1) {
                targets.insert(target);
            }
        }
    }

    /// Returns the targets that any of these rules writes.
    pub(super) fn written(&self, rules: &[RuleIx]) -> NumberSet {
        let mut all = NumberSet::default();
        for targets in rules.iter().filter_map(|rule| self.written.get(usize::from(rule.0))) {
            all.unite(targets);
        }
        all
    }

    /// Returns the targets that an object with these attributes may fill.
    pub(super) fn awake(&self, present: &AttributeSet) -> NumberSet {
        let mut all = self.always.clone();
        for number in present.numbers() {
            let place = self.places.get(number).copied().unwrap_or(0);
            if let Some(targets) =
                usize::from(place).checked_sub(1).and_then(|at| self.woken.get(at))
            {
                all.unite(targets);
            }
        }
        all
    }
}

/// Whether a flow says NULL about every object that has none of the attributes it reads.
///
/// An expression is tried: what it gives depends on nothing but what it asks for.
fn is_null_without_input(flow: &Flow) -> bool {
    if flow.apply_once {
        return false;
    }
    match &flow.source {
        Source::Direct(_) | Source::Trimmed(_) => true,
        Source::Constant(values) => values.is_empty(),
        Source::Count(_) | Source::Parameter(_) => false,
        Source::Expression(expression) => {
            let nothing = Nothing::default();
            matches!(expression.evaluate(&nothing), Ok(Outcome::Null)) && !nothing.asked.get()
        }
    }
}

/// An object without attributes; notes when something else is asked for.
#[derive(Default)]
struct Nothing {
    asked: Cell<bool>,
}

impl Environment for Nothing {
    fn attribute(&self, _attribute: AttributeId) -> Values<'_> {
        Values::NONE
    }

    fn imported(&self, _attribute: AttributeId) -> Values<'_> {
        Values::NONE
    }

    fn parameter(&self, _name: &str) -> Option<Cow<'_, str>> {
        self.asked.set(true);
        None
    }

    fn now(&self) -> Timestamp {
        self.asked.set(true);
        Timestamp::default()
    }

    fn random(&self) -> u64 {
        self.asked.set(true);
        0
    }

    fn reference_dn(&self, _reference: u64) -> Option<Cow<'_, str>> {
        self.asked.set(true);
        None
    }
}
