//! Resolves all attributes of one object without copying what loses.

use dirsim_model::number_set::NumberSet;
use dirsim_model::{AttributeId, Values};

use super::RuleSet;
use super::plan::{Candidate, FlowPlan, Target};
use crate::flow::{Answer, Asked, Contribution, Flow, Outcome, ask};
use crate::precedence::Union;
use crate::problem::RuleFailure;
use crate::rule::RuleIx;

/// One resolved attribute of [`RuleSet::resolve_each`].
#[derive(Debug, Clone, Copy)]
pub enum Resolved<'a> {
    /// The attribute has no value: somebody said NULL or `AuthoritativeNull`.
    None {
        /// The rule that said `AuthoritativeNull`, so that nobody else was asked (SR-101).
        authoritative: Option<RuleIx>,
    },
    /// Everybody said `IgnoreThisFlow`: the target stays as it is (SR-102).
    Kept {
        /// The first of them.
        rule: RuleIx,
    },
    /// These values, from this rule.
    Values {
        /// The values; never empty.
        values: Values<'a>,
        /// The winner; for a union the rule of the first contribution.
        rule: RuleIx,
        /// The attribute of the source object whose values these are, when the flow takes it over
        /// as it is. For a reference attribute its links count then, not `values`.
        direct: Option<AttributeId>,
        /// Whether the values are a union that joins what the target has (SR-092).
        merged: bool,
    },
}

/// Which rules are in scope, and which targets that concerns.
struct Scope {
    rules: NumberSet,
    /// The targets that they write; empty when nobody asks.
    written: NumberSet,
    /// Those of them that the object may fill.
    due: NumberSet,
}

impl Scope {
    fn of(plan: &FlowPlan, rules: &[RuleIx], asked: &Asked<'_>) -> Self {
        Self { written: plan.wake.written(rules), ..Self::due(plan, rules, asked) }
    }

    /// Without the targets that the object cannot fill.
    fn due(plan: &FlowPlan, rules: &[RuleIx], asked: &Asked<'_>) -> Self {
        let mut numbers = NumberSet::default();
        for ix in rules {
            numbers.insert(usize::from(ix.0));
        }
        let mut due = plan.wake.written(rules);
        if let Some(present) = asked.present {
            due.keep(&plan.wake.awake(present));
        }
        Self { rules: numbers, written: NumberSet::default(), due }
    }

    fn has(&self, ix: RuleIx) -> bool {
        self.rules.contains(usize::from(ix.0))
    }

    /// Walks over the targets that the rules write and the object may fill.
    fn awake_targets<'p>(&self, plan: &'p FlowPlan) -> impl Iterator<Item = &'p Target> {
        self.due.numbers().filter_map(|at| plan.targets.get(at))
    }

    /// Walks over the targets that the rules write, with whether the object may fill them.
    fn targets<'p>(&self, plan: &'p FlowPlan) -> impl Iterator<Item = (&'p Target, bool)> {
        self.written.numbers().filter_map(|at| Some((plan.targets.get(at)?, self.due.contains(at))))
    }
}

/// Walks over the flows of a target in scope, by precedence. Flows that are known to be silent are
/// left out.
struct Walk<'a> {
    set: &'a RuleSet,
    scope: &'a Scope,
    candidates: std::iter::Enumerate<std::slice::Iter<'a, Candidate>>,
    /// The candidates that said NULL, a bit each.
    silent: u64,
}

/// A flow to be asked.
struct Turn<'a> {
    at: usize,
    set: &'a RuleSet,
    candidate: &'a Candidate,
}

impl<'a> Turn<'a> {
    /// Asks the flow.
    #[inline]
    fn ask(&self, asked: &'a Asked<'a>) -> Answer<'a> {
        let shortcut = self.candidate.shortcut;
        match shortcut.and_then(|shortcut| shortcut.answer(asked)) {
            Some(answer) => answer,
            None => ask(self.flow(), self.candidate.rule, asked),
        }
    }

    fn flow(&self) -> &'a Flow {
        let flows = &self.set.rule(self.candidate.rule).flows;
        flows.get(self.candidate.at).expect("a plan belongs to its rules")
    }

    /// Returns the attribute that the flow takes over as it is, when it is of that kind.
    fn direct(&self) -> Option<AttributeId> {
        match self.candidate.shortcut {
            Some(shortcut) => shortcut.direct(),
            None => self.flow().direct(),
        }
    }
}

impl<'a> Walk<'a> {
    fn over(set: &'a RuleSet, target: &'a Target, scope: &'a Scope) -> Self {
        Self { set, scope, candidates: target.flows.iter().enumerate(), silent: 0 }
    }

    /// Notes that a flow said NULL.
    fn note_null(&mut self, turn: &Turn<'_>) {
        if turn.at < 64 {
            self.silent |= 1 << turn.at;
        }
    }
}

impl<'a> Iterator for Walk<'a> {
    type Item = Turn<'a>;

    fn next(&mut self) -> Option<Turn<'a>> {
        loop {
            let (at, candidate) = self.candidates.next()?;
            if self.scope.has(candidate.rule) && candidate.twins & self.silent == 0 {
                return Some(Turn { at, set: self.set, candidate });
            }
        }
    }
}

/// What is said about an attribute without giving values.
#[derive(Default)]
struct Silence {
    null: bool,
    authoritative: Option<RuleIx>,
    /// The first that said `IgnoreThisFlow`.
    ignored: Option<RuleIx>,
}

impl Silence {
    fn ignored(&mut self, rule: RuleIx) {
        self.ignored.get_or_insert(rule);
    }

    /// Nobody had a value (SR-102). An attribute that no rule in scope writes is not mentioned.
    fn tell(self, attribute: AttributeId, take: &mut dyn FnMut(AttributeId, Resolved<'_>)) {
        let Self { null, authoritative, ignored } = self;
        match ignored {
            Some(rule) if !null && authoritative.is_none() => {
                take(attribute, Resolved::Kept { rule });
            }
            Some(_) => take(attribute, Resolved::None { authoritative }),
            None if null || authoritative.is_some() => {
                take(attribute, Resolved::None { authoritative });
            }
            None => {}
        }
    }
}

/// Resolves every attribute that one of the rules writes, the object may fill and the caller wants.
pub(super) fn each(
    set: &RuleSet,
    plan: &FlowPlan,
    rules: &[RuleIx],
    asked: &Asked<'_>,
    wanted: &dyn Fn(AttributeId) -> bool,
    take: &mut dyn FnMut(AttributeId, Resolved<'_>),
) -> Result<(), RuleFailure> {
    let in_scope = Scope::due(plan, rules, asked);
    for target in in_scope.awake_targets(plan) {
        if !wanted(target.attribute) {
            continue;
        }
        if target.merge.unites() {
            united(set, target, &in_scope, asked, take)?;
        } else {
            first(set, target, &in_scope, asked, take)?;
        }
    }
    Ok(())
}

/// Update and Replace: the first that has something to say (SR-100).
fn first(
    set: &RuleSet,
    target: &Target,
    in_scope: &Scope,
    asked: &Asked<'_>,
    take: &mut dyn FnMut(AttributeId, Resolved<'_>),
) -> Result<(), RuleFailure> {
    let mut silence = Silence::default();
    let mut walk = Walk::over(set, target, in_scope);
    while let Some(turn) = walk.next() {
        let answer = turn.ask(asked);
        match answer {
            Answer::IgnoreThisFlow => silence.ignored(turn.candidate.rule),
            Answer::Null => {
                silence.null = true;
                walk.note_null(&turn);
            }
            Answer::AuthoritativeNull => {
                silence.authoritative = Some(turn.candidate.rule);
                break;
            }
            Answer::Failed(failure) => return Err(*failure),
            Answer::Borrowed(_) | Answer::Text(_) | Answer::Computed(_) => {
                let (values, direct) = (answer.values(), turn.direct());
                let rule = turn.candidate.rule;
                take(target.attribute, Resolved::Values { values, rule, direct, merged: false });
                return Ok(());
            }
        }
    }
    silence.tell(target.attribute, take);
    Ok(())
}

/// Merge and `MergeCaseInsensitive`: what everybody says together (SR-090).
fn united(
    set: &RuleSet,
    target: &Target,
    in_scope: &Scope,
    asked: &Asked<'_>,
    take: &mut dyn FnMut(AttributeId, Resolved<'_>),
) -> Result<(), RuleFailure> {
    let mut silence = Silence::default();
    let mut union = Union::default();
    let mut winner = None;
    let mut walk = Walk::over(set, target, in_scope);
    while let Some(turn) = walk.next() {
        let answer = turn.ask(asked);
        match answer {
            Answer::IgnoreThisFlow => silence.ignored(turn.candidate.rule),
            Answer::Null => {
                silence.null = true;
                walk.note_null(&turn);
            }
            Answer::AuthoritativeNull => {
                silence.authoritative = Some(turn.candidate.rule);
                break;
            }
            Answer::Failed(failure) => return Err(*failure),
            Answer::Borrowed(_) | Answer::Text(_) | Answer::Computed(_) => {
                winner.get_or_insert(turn.candidate.rule);
                for value in answer.values() {
                    union.add(value, target.merge);
                }
            }
        }
    }
    match winner {
        Some(rule) => {
            let values = Values::Slice(union.values());
            take(target.attribute, Resolved::Values { values, rule, direct: None, merged: true });
        }
        None => silence.tell(target.attribute, take),
    }
    Ok(())
}

/// Collects what can matter in a resolution: for each attribute the contributions up to the first
/// that decides, NULL and `IgnoreThisFlow` once each.
pub(super) fn collect(
    set: &RuleSet,
    plan: &FlowPlan,
    rules: &[RuleIx],
    asked: &Asked<'_>,
) -> Vec<Contribution> {
    let in_scope = Scope::of(plan, rules, asked);
    let mut contributions = Vec::with_capacity(plan.targets.len());
    for (target, awake) in in_scope.targets(plan) {
        if !awake {
            let first = target.flows.iter().map(|flow| flow.rule).find(|ix| in_scope.has(*ix));
            contributions.extend(first.map(|rule| Contribution {
                attribute: target.attribute,
                rule,
                precedence: set.rule(rule).precedence,
                merge: target.merge,
                outcome: Outcome::Null,
            }));
            continue;
        }
        let (mut silent, mut ignored) = (false, false);
        let mut walk = Walk::over(set, target, &in_scope);
        while let Some(turn) = walk.next() {
            let answer = turn.ask(asked);
            let decides = match answer {
                Answer::Null => {
                    walk.note_null(&turn);
                    if std::mem::replace(&mut silent, true) {
                        continue;
                    }
                    false
                }
                Answer::IgnoreThisFlow => {
                    if std::mem::replace(&mut ignored, true) {
                        continue;
                    }
                    false
                }
                Answer::AuthoritativeNull | Answer::Failed(_) => true,
                Answer::Borrowed(_) | Answer::Text(_) | Answer::Computed(_) => {
                    !turn.flow().merge.unites()
                }
            };
            contributions.push(Contribution {
                attribute: target.attribute,
                rule: turn.candidate.rule,
                precedence: set.rule(turn.candidate.rule).precedence,
                merge: turn.flow().merge,
                outcome: answer.into_outcome(),
            });
            if decides {
                break;
            }
        }
    }
    contributions
}
