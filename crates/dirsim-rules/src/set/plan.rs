//! Rules sorted for the questions asked of them: by class for scope, by target for flows.

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::attribute::well_known;
use dirsim_model::number_set::NumberSet;
use dirsim_model::{AttributeId, ClassId, Syntax};

use crate::flow::{Flow, MergeType, Shortcut, Source};
use crate::rule::{Direction, LinkType, Rule, RuleIx};
use crate::scope::{Clause, ScopeGroup};
use crate::subject::Subject;

use super::wake::Wake;

/// The enabled rules of one connector, direction and source class, by precedence.
#[derive(Debug, Default)]
pub(super) struct ScopePlan {
    /// The different conditions of all filters; many filters share some.
    clauses: Vec<Clause>,
    /// The different filters of the rules, as the places of their conditions; many rules share one.
    filters: Vec<Filter>,
    /// Each rule with the place of its filter.
    rules: Vec<(RuleIx, usize)>,
}

/// Groups of conditions, one of which must hold; none takes everything (SR-030).
type Filter = Vec<Vec<usize>>;

/// So many conditions and filters are looked through for one that is there already.
const SHARED_MAX: usize = 1_000;

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
    /// Returns the rules in scope. Each different condition and each different filter is decided
    /// once, and only when it matters.
    pub(super) fn in_scope(&self, subject: &dyn Subject) -> Vec<RuleIx> {
        let (mut decided, mut holding) = (NumberSet::default(), NumberSet::default());
        let mut holds = |clause: usize| {
            if !decided.contains(clause) {
                decided.insert(clause);
                if self.clauses.get(clause).is_some_and(|clause| clause.holds(subject)) {
                    holding.insert(clause);
                }
            }
            holding.contains(clause)
        };
        let mut filters = NumberSet::default();
        for (at, groups) in self.filters.iter().enumerate() {
            let mut all_hold = |group: &Vec<usize>| group.iter().all(|clause| holds(*clause));
            if groups.is_empty() || groups.iter().any(&mut all_hold) {
                filters.insert(at);
            }
        }
        let in_scope = self.rules.iter().filter(|(_, filter)| filters.contains(*filter));
        let mut rules = Vec::with_capacity(self.rules.len());
        rules.extend(in_scope.map(|(rule, _)| *rule));
        rules
    }

    /// Adds a rule with its filter.
    fn add(&mut self, rule: RuleIx, groups: &[ScopeGroup]) {
        let mut place = |clause: &Clause| {
            let known = self.clauses.iter().take(SHARED_MAX).position(|known| known == clause);
            known.unwrap_or_else(|| {
                self.clauses.push(clause.clone());
                self.clauses.len() - 1
            })
        };
        let filter: Filter =
            groups.iter().map(|group| group.clauses.iter().map(&mut place).collect()).collect();
        let known = self.filters.iter().take(SHARED_MAX).position(|known| *known == filter);
        let at = known.unwrap_or_else(|| {
            self.filters.push(filter);
            self.filters.len() - 1
        });
        self.rules.push((rule, at));
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
        plan.add(ix, &rule.scope);
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
