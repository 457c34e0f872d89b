//! Resolves all attributes of one object without copying what loses.

use std::ops::ControlFlow;

use dirsim_model::number_set::NumberSet;
use dirsim_model::{AttributeId, Values};

use super::RuleSet;
use super::plan::{FlowPlan, Target};
use crate::flow::{Answer, Asked, Contribution, Flow, Outcome, ask};
use crate::precedence::Union;
use crate::problem::RuleFailure;
use crate::rule::RuleIx;

/// One resolved attribute of [`RuleSet::resolve_each`].
#[derive(Debug, Clone, Copy)]
pub enum Resolved<'a> {
    /// The attribute has no value: somebody said NULL or `AuthoritativeNull`.
    None,
    /// Everybody said `IgnoreThisFlow`: the target stays as it is (SR-102).
    Kept,
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
    written: NumberSet,
    /// Targets that the object may fill; `None` is all.
    awake: Option<NumberSet>,
}

impl Scope {
    fn of(plan: &FlowPlan, rules: &[RuleIx], asked: &Asked<'_>) -> Self {
        let mut numbers = NumberSet::default();
        for ix in rules {
            numbers.insert(usize::from(ix.0));
        }
        let awake = asked.subject.present().map(|present| plan.wake.awake(&present));
        Self { rules: numbers, written: plan.wake.written(rules), awake }
    }

    fn has(&self, ix: RuleIx) -> bool {
        self.rules.contains(usize::from(ix.0))
    }

    /// Walks over the targets that the rules write, with whether the object may fill them.
    fn targets<'p>(&self, plan: &'p FlowPlan) -> impl Iterator<Item = (&'p Target, bool)> {
        self.written.numbers().filter_map(|at| {
            let awake = self.awake.as_ref().is_none_or(|awake| awake.contains(at));
            Some((plan.targets.get(at)?, awake))
        })
    }
}

/// Walks over the flows of a target in scope, by precedence, with what each says; ends when
/// `take` says so. Flows that are known to be silent are left out.
fn walk<'a>(
    set: &'a RuleSet,
    target: &Target,
    in_scope: &Scope,
    asked: &'a Asked<'a>,
    mut take: impl FnMut(RuleIx, &'a Flow, Answer<'a>) -> ControlFlow<()>,
) {
    let mut silent = 0_u64;
    for (at, candidate) in target.flows.iter().enumerate() {
        if !in_scope.has(candidate.rule) || candidate.twins & silent != 0 {
            continue;
        }
        let Some(flow) = set.rule(candidate.rule).flows.get(candidate.at) else { continue };
        let answer = ask(flow, candidate.rule, asked);
        if at < 64 && matches!(answer, Answer::Null) {
            silent |= 1 << at;
        }
        if take(candidate.rule, flow, answer).is_break() {
            return;
        }
    }
}

/// Resolves every attribute that one of the rules writes.
pub(super) fn each(
    set: &RuleSet,
    plan: &FlowPlan,
    rules: &[RuleIx],
    asked: &Asked<'_>,
    take: &mut dyn FnMut(AttributeId, Resolved<'_>),
) -> Result<(), RuleFailure> {
    let in_scope = Scope::of(plan, rules, asked);
    for (target, awake) in in_scope.targets(plan) {
        if !awake {
            take(target.attribute, Resolved::None);
        } else if target.merge.unites() {
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
    let (mut any, mut silent) = (false, false);
    let mut winner = None;
    let mut failed = None;
    walk(set, target, in_scope, asked, |rule, flow, answer| {
        any = true;
        match answer {
            Answer::IgnoreThisFlow => return ControlFlow::Continue(()),
            Answer::Null => {
                silent = true;
                return ControlFlow::Continue(());
            }
            Answer::AuthoritativeNull => silent = true,
            Answer::Failed(failure) => failed = Some(failure),
            answer => winner = Some((rule, flow.direct(), answer)),
        }
        ControlFlow::Break(())
    });
    if let Some(failure) = failed {
        return Err(*failure);
    }
    let Some((rule, direct, answer)) = winner else {
        finish(target.attribute, any, silent, take);
        return Ok(());
    };
    let values = answer.values();
    take(target.attribute, Resolved::Values { values, rule, direct, merged: false });
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
    let (mut any, mut silent) = (false, false);
    let mut union = Union::default();
    let mut winner = None;
    let mut failed = None;
    walk(set, target, in_scope, asked, |rule, _, answer| {
        any = true;
        match answer {
            Answer::IgnoreThisFlow => {}
            Answer::Null => silent = true,
            Answer::AuthoritativeNull => {
                silent = true;
                return ControlFlow::Break(());
            }
            Answer::Failed(failure) => {
                failed = Some(failure);
                return ControlFlow::Break(());
            }
            answer => {
                winner.get_or_insert(rule);
                for value in answer.values() {
                    union.add(value, target.merge);
                }
            }
        }
        ControlFlow::Continue(())
    });
    if let Some(failure) = failed {
        return Err(*failure);
    }
    match winner {
        Some(rule) => {
            let values = Values::Slice(union.values());
            take(target.attribute, Resolved::Values { values, rule, direct: None, merged: true });
        }
        None => finish(target.attribute, any, silent, take),
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
        walk(set, target, &in_scope, asked, |rule, flow, answer| {
            let decides = match answer {
                Answer::Null => {
                    if std::mem::replace(&mut silent, true) {
                        return ControlFlow::Continue(());
                    }
                    false
                }
                Answer::IgnoreThisFlow => {
                    if std::mem::replace(&mut ignored, true) {
                        return ControlFlow::Continue(());
                    }
                    false
                }
                Answer::AuthoritativeNull | Answer::Failed(_) => true,
                Answer::Borrowed(_) | Answer::Computed(_) => !flow.merge.unites(),
            };
            contributions.push(Contribution {
                attribute: target.attribute,
                rule,
                precedence: set.rule(rule).precedence,
                merge: flow.merge,
                outcome: answer.into_outcome(),
            });
            if decides { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
    }
    contributions
}

/// Nobody had a value (SR-102). An attribute that no rule in scope writes is not mentioned.
fn finish(
    attribute: AttributeId,
    any: bool,
    silent: bool,
    take: &mut dyn FnMut(AttributeId, Resolved<'_>),
) {
    match (any, silent) {
        (false, _) => {}
        (true, true) => take(attribute, Resolved::None),
        (true, false) => take(attribute, Resolved::Kept),
    }
}
