//! The attributes that rules in scope write, whether or not an object can fill them.

use dirsim_model::AttributeId;
use dirsim_model::number_set::NumberSet;

use super::RuleSet;
use super::plan::{FlowPlan, Target};
use crate::flow::MergeType;
use crate::rule::RuleIx;

/// The target attributes that rules in scope write. What a resolution does not hand out has no
/// value, and this tells whether the rules manage it at all.
#[derive(Debug)]
pub struct Targets<'a> {
    set: &'a RuleSet,
    plan: Option<&'a FlowPlan>,
    rules: NumberSet,
    written: NumberSet,
}

impl<'a> Targets<'a> {
    pub(super) fn of(set: &'a RuleSet, plan: Option<&'a FlowPlan>, flowing: &[RuleIx]) -> Self {
        let mut rules = NumberSet::default();
        for ix in flowing {
            rules.insert(usize::from(ix.0));
        }
        let written = plan.map(|plan| plan.wake.written(flowing)).unwrap_or_default();
        Self { set, plan, rules, written }
    }

    /// Walks over the attributes, by number.
    pub fn attributes(&self) -> impl Iterator<Item = AttributeId> {
        let targets = self.plan.map_or(&[][..], |plan| &plan.targets);
        self.written.numbers().filter_map(|at| Some(targets.get(at)?.attribute))
    }

    /// Walks over those that hold references, by number.
    pub fn references(&self) -> impl Iterator<Item = AttributeId> {
        let (plan, mut written) = (self.plan, self.written.clone());
        if let Some(plan) = plan {
            written.keep(&plan.references);
        }
        let numbers: Vec<usize> = written.numbers().collect();
        numbers.into_iter().filter_map(move |at| Some(plan?.targets.get(at)?.attribute))
    }

    /// Returns how values of several rules meet in an attribute; `None` when no rule writes it.
    pub fn merge(&self, attribute: AttributeId) -> Option<MergeType> {
        self.target(attribute).map(|target| target.merge)
    }

    /// Walks over the source attributes that flows take over into an attribute, by precedence.
    pub fn taken_over(&self, attribute: AttributeId) -> impl Iterator<Item = AttributeId> {
        let flows = self.target(attribute).map_or(&[][..], |target| &target.flows);
        flows
            .iter()
            .filter(|flow| self.rules.contains(usize::from(flow.rule.0)))
            .filter_map(|flow| self.set.rule(flow.rule).flows.get(flow.at)?.direct())
    }

    fn target(&self, attribute: AttributeId) -> Option<&'a Target> {
        let plan = self.plan?;
        let at = plan.targets.binary_search_by_key(&attribute, |target| target.attribute).ok()?;
        self.written.contains(at).then(|| plan.targets.get(at)).flatten()
    }
}
