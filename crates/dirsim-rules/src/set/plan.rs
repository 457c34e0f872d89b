//! Rules sorted for the questions asked of them: by class for scope, by target for flows.

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::attribute::well_known;
use dirsim_model::number_set::NumberSet;
use dirsim_model::{AttributeId, ClassId, Syntax};

use crate::flow::{Flow, MergeType, Shortcut, Source};
use crate::rule::{Direction, LinkType, Rule, RuleIx};
use crate::scope::{self, ScopeGroup};
use crate::subject::Subject;

use super::wake::Wake;

/// The enabled rules of one connector, direction and source class, by precedence.
#[derive(Debug, Default)]
pub(super) struct ScopePlan {
    /// The different filters of the rules; many rules share one.
    filters: Vec<Vec<ScopeGroup>>,
    /// Each rule with the place of its filter.
    rules: Vec<(RuleIx, usize)>,
}

/// The flows of the enabled rules of one connector, direction and connector space class.
#[derive(Debug, Default)]
pub(super) struct FlowPlan {
    /// Each attribute that is written, by number.
    pub(super) targets: Vec<Target>,
    /// What of it an object can fill; targets are places in `targets`.
    pub(super) wake: Wake,
    /// The targets that hold references.
    pub(super) references: NumberSet,
}

/// One attribute that is written.
#[derive(Debug)]
pub(super) struct Target {
    pub(super) attribute: AttributeId,
    pub(super) merge: MergeType,
    /// The flows that write it, by precedence.
    pub(super) flows: Vec<Candidate>,
}

/// A flow among those that write one attribute.
#[derive(Debug)]
pub(super) struct Candidate {
    pub(super) rule: RuleIx,
    /// The place of the flow in its rule.
    pub(super) at: usize,
    /// How to answer without the flow; `None` when it must be asked.
    pub(super) shortcut: Option<Shortcut>,
    /// The candidates before this one, a bit each, that say NULL only when this one does, too: many
    /// rules take over one attribute, and an absent one need not be read again.
    pub(super) twins: u64,
}

impl ScopePlan {
    /// Returns the rules in scope. Each different filter is evaluated once.
    pub(super) fn in_scope(&self, subject: &dyn Subject) -> Vec<RuleIx> {
        let verdicts: Vec<bool> =
            self.filters.iter().map(|groups| scope::holds(groups, subject)).collect();
        self.rules
            .iter()
            .filter(|(_, filter)| verdicts.get(*filter).is_some_and(|verdict| *verdict))
            .map(|(rule, _)| *rule)
            .collect()
    }
}

/// Walks over the enabled rules with their places.
fn enabled(rules: &[Rule]) -> impl Iterator<Item = (RuleIx, &Rule)> {
    let ixs = (0..=u16::MAX).map(RuleIx);
    ixs.zip(rules).filter(|(_, rule)| !rule.disabled)
}

/// Sorts rules by connector, direction and source class.
pub(super) fn scopes(rules: &[Rule]) -> BTreeMap<(u32, Direction, ClassId), ScopePlan> {
    let mut plans: BTreeMap<_, ScopePlan> = BTreeMap::new();
    for (ix, rule) in enabled(rules) {
        let class = match rule.direction {
            Direction::Inbound => Some(rule.cs_class),
            Direction::Outbound => rule.mv_class,
        };
        let Some(class) = class else { continue };
        let plan = plans.entry((rule.connector, rule.direction, class)).or_default();
        let known = plan.filters.iter().position(|filter| *filter == rule.scope);
        let filter = known.unwrap_or_else(|| {
            plan.filters.push(rule.scope.clone());
            plan.filters.len() - 1
        });
        plan.rules.push((ix, filter));
    }
    plans
}

/// Sorts flows by connector, direction, connector space class and target.
pub(super) fn flows(rules: &[Rule]) -> BTreeMap<(u32, Direction, ClassId), FlowPlan> {
    let mut plans: BTreeMap<_, BTreeMap<AttributeId, Target>> = BTreeMap::new();
    for (ix, rule) in enabled(rules).filter(|(_, rule)| rule.link != LinkType::JoinNoFlow) {
        let plan = plans.entry((rule.connector, rule.direction, rule.cs_class)).or_default();
        for (at, flow) in rule.flows.iter().enumerate() {
            let target = plan.entry(flow.target).or_insert_with(|| Target {
                attribute: flow.target,
                merge: flow.merge,
                flows: Vec::new(),
            });
            let twins = target
                .flows
                .iter()
                .take(64)
                .enumerate()
                .filter(|(_, earlier)| {
                    flow_of(rules, earlier).is_some_and(|earlier| is_silent_with(flow, earlier))
                })
                .fold(0, |twins, (bit, _)| twins | 1 << bit);
            target.flows.push(Candidate { rule: ix, at, shortcut: Shortcut::of(flow), twins });
        }
    }
    plans
        .into_iter()
        .map(|(key, targets)| (key, FlowPlan::new(rules, targets.into_values().collect())))
        .collect()
}

/// Returns the flow of a candidate.
fn flow_of<'a>(rules: &'a [Rule], candidate: &Candidate) -> Option<&'a Flow> {
    rules.get(usize::from(candidate.rule.0))?.flows.get(candidate.at)
}

impl FlowPlan {
    fn new(rules: &[Rule], targets: Vec<Target>) -> Self {
        let (mut wake, mut references) = (Wake::default(), NumberSet::default());
        for (at, target) in targets.iter().enumerate() {
            for candidate in &target.flows {
                if let Some(flow) = flow_of(rules, candidate) {
                    wake.add(candidate.rule, flow, at);
                    if flow.conversion.syntax == Syntax::Reference {
                        references.insert(at);
                    }
                }
            }
        }
        Self { targets, wake, references }
    }
}

/// Whether a flow says NULL whenever an earlier one for the same target does.
fn is_silent_with(flow: &Flow, earlier: &Flow) -> bool {
    let same = match (&flow.source, &earlier.source) {
        (Source::Direct(a) | Source::Trimmed(a), Source::Direct(b))
        | (Source::Trimmed(a), Source::Trimmed(b)) => a == b,
        (Source::Expression(a), Source::Expression(b)) => a.text() == b.text(),
        _ => false,
    };
    same && !flow.apply_once && !earlier.apply_once
}

/// Returns the metaverse attributes of all joins, and the connector space attributes of the
/// outbound ones by connector.
pub(super) fn join_attributes(
    rules: &[Rule],
) -> (Vec<AttributeId>, BTreeMap<u32, Vec<AttributeId>>) {
    let mut indexed = BTreeSet::from([well_known::SOURCE_ANCHOR, well_known::SOURCE_ANCHOR_BINARY]);
    let mut outbound: BTreeMap<u32, BTreeSet<AttributeId>> = BTreeMap::new();
    for (_, rule) in enabled(rules) {
        for criterion in rule.join.iter().flat_map(|group| &group.criteria) {
            indexed.insert(criterion.mv_attribute);
            if rule.direction == Direction::Outbound {
                outbound.entry(rule.connector).or_default().insert(criterion.cs_attribute);
            }
        }
    }
    let outbound = outbound.into_iter().map(|(id, set)| (id, set.into_iter().collect()));
    (indexed.into_iter().collect(), outbound.collect())
}
