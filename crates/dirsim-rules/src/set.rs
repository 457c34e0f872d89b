//! The compiled rules of a world, and what they say about one object.

pub(crate) mod parameters;
mod plan;
mod resolve;
mod selection;
mod targets;
mod trial;
mod wake;

use std::borrow::Cow;
use std::collections::BTreeMap;

use dirsim_model::{AttributeId, AttributeTable, ClassId, Schema};

pub use resolve::Resolved;
pub use targets::Targets;
pub use trial::{FlowTrial, Trial};

use crate::definition::{RuleDefinition, RuleEdit};
use crate::flow::{Asked, Contribution, Flow, ask};
use crate::join::JoinDefinition;
use crate::options::{ConnectorInfo, RuleFile, RuleOptions};
use crate::problem::{RuleFailure, RuleProblem};
use crate::rule::{Direction, LinkType, Rule, RuleIx};
use crate::subject::Subject;
use parameters::Parameters;
use plan::{FlowPlan, ScopePlan};

/// All rules of a world, compiled and ordered by precedence.
#[derive(Debug)]
pub struct RuleSet {
    rules: Vec<Rule>,
    scopes: BTreeMap<(u32, Direction, ClassId), ScopePlan>,
    flows: BTreeMap<(u32, Direction, ClassId), FlowPlan>,
    parameters: BTreeMap<u32, Parameters>,
    indexed: Vec<AttributeId>,
    outbound_joins: BTreeMap<u32, Vec<AttributeId>>,
    warnings: Vec<RuleProblem>,
    /// The names, with those that only rules mention.
    schema: Schema,
    connectors: Vec<ConnectorInfo>,
}

impl Default for RuleSet {
    /// A set without rules and connectors.
    fn default() -> Self {
        Self {
            rules: Vec::new(),
            scopes: BTreeMap::new(),
            flows: BTreeMap::new(),
            parameters: BTreeMap::new(),
            indexed: Vec::new(),
            outbound_joins: BTreeMap::new(),
            warnings: Vec::new(),
            schema: Schema::built_in(),
            connectors: Vec::new(),
        }
    }
}

impl RuleSet {
    /// Returns the rule files that dirsim ships with: the newer default set.
    pub fn default_files() -> Vec<RuleFile> {
        crate::default_files::all()
    }

    /// Compiles rule files for these connectors. Names of attributes that only rules mention are
    /// added to `schema`, but not by a build that fails. Fails with everything that is wrong, warnings included, when at least one
    /// problem is an error.
    pub fn build(
        files: &[RuleFile],
        connectors: &[ConnectorInfo],
        options: &RuleOptions,
        schema: &mut Schema,
    ) -> Result<Self, Vec<RuleProblem>> {
        Self::build_edited(files, connectors, options, &[], schema)
    }

    /// Compiles rule files like [`build`](Self::build), and then applies what an administrator
    /// changed since, in that order (SE 6.3).
    pub fn build_edited(
        files: &[RuleFile],
        connectors: &[ConnectorInfo],
        options: &RuleOptions,
        edits: &[RuleEdit],
        schema: &mut Schema,
    ) -> Result<Self, Vec<RuleProblem>> {
        let mut draft = schema.clone();
        let built = crate::build::build(files, connectors, options, edits, &mut draft)?;
        schema.clone_from(&draft);
        let rules = built.rules;
        let (indexed, outbound_joins) = plan::join_attributes(&rules);
        Ok(Self {
            scopes: plan::scopes(&rules),
            flows: plan::flows(&rules),
            rules,
            parameters: connectors.iter().map(|c| (c.id, Parameters::of(c, options))).collect(),
            indexed,
            outbound_joins,
            warnings: built.warnings,
            schema: draft,
            connectors: connectors.to_vec(),
        })
    }

    /// Returns the names that the rules use: those of the schema and those that only rules mention.
    pub const fn schema(&self) -> &Schema {
        &self.schema
    }

    /// Returns the connectors that the set was built for, in the order of their creation.
    pub fn connectors(&self) -> &[ConnectorInfo] {
        &self.connectors
    }

    /// Returns a rule as the server keeps it.
    pub fn definition(&self, rule: RuleIx) -> RuleDefinition {
        self.rule(rule).definition(&self.schema, &self.connectors)
    }

    /// Returns all rules as the server keeps them, by precedence.
    pub fn definitions(&self) -> Vec<RuleDefinition> {
        let defined = |rule: &Rule| rule.definition(&self.schema, &self.connectors);
        self.rules.iter().map(defined).collect()
    }

    /// Returns all rules, by precedence; the place of a rule is its [`RuleIx`].
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// Returns one rule.
    pub fn rule(&self, ix: RuleIx) -> &Rule {
        self.rules.get(usize::from(ix.0)).expect("a rule index belongs to this set")
    }

    /// Returns the flow by which a rule writes an attribute.
    pub fn flow(&self, rule: RuleIx, target: AttributeId) -> Option<&Flow> {
        self.rule(rule).flows.iter().find(|flow| flow.target == target)
    }

    /// Returns the warnings found while building.
    pub fn warnings(&self) -> &[RuleProblem] {
        &self.warnings
    }

    /// Returns the metaverse attributes that joins search by, sorted: those of all join criteria,
    /// `sourceAnchor` and `sourceAnchorBinary`.
    pub fn indexed_attributes(&self) -> &[AttributeId] {
        &self.indexed
    }

    /// Returns the connector space attributes that outbound joins of a connector search by, sorted.
    pub fn outbound_join_attributes(&self, connector: u32) -> &[AttributeId] {
        self.outbound_joins.get(&connector).map_or(&[], Vec::as_slice)
    }

    /// Returns the enabled inbound rules of a connector in scope on a `CsObject`, by precedence
    /// (SR-030).
    pub fn inbound_scope(
        &self,
        connector: u32,
        class: ClassId,
        subject: &dyn Subject,
    ) -> Vec<RuleIx> {
        self.in_scope((connector, Direction::Inbound, class), subject)
    }

    /// Returns the enabled outbound rules of a connector in scope on an `MvObject`, by precedence;
    /// rules of several connector space classes may be among them, see
    /// [`by_class`](Self::by_class).
    pub fn outbound_scope(
        &self,
        connector: u32,
        mv_class: ClassId,
        subject: &dyn Subject,
    ) -> Vec<RuleIx> {
        self.in_scope((connector, Direction::Outbound, mv_class), subject)
    }

    fn in_scope(&self, key: (u32, Direction, ClassId), subject: &dyn Subject) -> Vec<RuleIx> {
        self.scopes.get(&key).map_or_else(Vec::new, |plan| plan.in_scope(subject))
    }

    /// Returns the in-scope rules by their connector space class, each list by precedence, the
    /// classes in the order of their first rule.
    pub fn by_class(&self, in_scope: &[RuleIx]) -> Vec<(ClassId, Vec<RuleIx>)> {
        let mut classes: Vec<(ClassId, Vec<RuleIx>)> = Vec::new();
        for ix in in_scope {
            let class = self.rule(*ix).cs_class;
            match classes.iter_mut().find(|(known, _)| *known == class) {
                Some((_, rules)) => rules.push(*ix),
                None => {
                    let mut rules = Vec::with_capacity(in_scope.len());
                    rules.push(*ix);
                    classes.push((class, rules));
                }
            }
        }
        classes
    }

    /// Returns how the in-scope rules link an object; `None` when none has join criteria or link
    /// type Provision. Fails with `different-join-criteria` when criteria differ; identical ones
    /// count as one (SR-054).
    ///
    /// Outbound, pass the rules of one connector space class.
    pub fn join_of(&self, in_scope: &[RuleIx]) -> Result<Option<JoinDefinition<'_>>, RuleFailure> {
        let mut named: Option<RuleIx> = None;
        let mut provision_rule = None;
        for ix in in_scope {
            let rule = self.rule(*ix);
            if rule.link == LinkType::Provision && provision_rule.is_none() {
                provision_rule = Some(*ix);
            }
            if rule.join.is_empty() {
                continue;
            }
            match named.map(|first| self.rule(first)) {
                None => named = Some(*ix),
                Some(first) if first.join == rule.join => {}
                Some(first) => {
                    return Err(RuleFailure {
                        code: "different-join-criteria",
                        text: format!(
                            "the rules `{}` ({}) and `{}` ({}) have different join criteria",
                            first.name, first.precedence, rule.name, rule.precedence
                        ),
                        rule: Some(*ix),
                        attribute: None,
                    });
                }
            }
        }
        Ok(named.or(provision_rule).map(|rule| JoinDefinition {
            groups: &self.rule(rule).join,
            provision: provision_rule.is_some(),
            rule,
            provision_rule,
        }))
    }

    /// Returns what the in-scope rules contribute to each attribute, by attribute and then by
    /// precedence: everything that a resolution of this and other objects can ask for. What stands
    /// below a contribution that decides is left out, and so is a second NULL or `IgnoreThisFlow`;
    /// [`all_contributions`](Self::all_contributions) has them.
    ///
    /// `created` says that this object creates the target object in this run, so that apply-once
    /// flows count (SR-088). Rules of type `JoinNoFlow` contribute nothing, and one that is outbound
    /// silences all others (SR-068). A flow that fails is a contribution of its own
    /// ([`Outcome::Failed`](crate::Outcome::Failed)), raised by
    /// [`resolve`](crate::precedence::resolve) when it is asked (SR-104).
    ///
    /// All rules must be of one connector, direction and connector space class.
    pub fn contributions(
        &self,
        in_scope: &[RuleIx],
        subject: &dyn Subject,
        created: bool,
    ) -> Result<Vec<Contribution>, RuleFailure> {
        let flowing = self.flowing(in_scope);
        let Some((plan, first)) = self.plan(&flowing) else { return Ok(Vec::new()) };
        let present = subject.present();
        let asked =
            Asked { present: present.as_ref(), ..self.asked(first.connector, subject, created) };
        Ok(resolve::collect(self, plan, &flowing, &asked))
    }

    /// Returns what every flow of the in-scope rules says, losers included, by precedence and then
    /// in the order of the rule: for previews and explanations.
    pub fn all_contributions(
        &self,
        in_scope: &[RuleIx],
        subject: &dyn Subject,
        created: bool,
    ) -> Vec<Contribution> {
        let mut contributions = Vec::new();
        for &ix in self.flowing(in_scope).iter() {
            let rule = self.rule(ix);
            let asked = self.asked(rule.connector, subject, created);
            contributions.extend(rule.flows.iter().map(|flow| Contribution {
                attribute: flow.target,
                rule: ix,
                precedence: rule.precedence,
                merge: flow.merge,
                outcome: ask(flow, ix, &asked).into_outcome(),
            }));
        }
        contributions
    }

    /// Returns the target attributes that the in-scope rules write.
    ///
    /// All rules must be of one connector, direction and connector space class.
    pub fn targets(&self, in_scope: &[RuleIx]) -> Targets<'_> {
        let flowing = self.flowing(in_scope);
        Targets::of(self, self.plan(&flowing).map(|(plan, _)| plan), &flowing)
    }

    /// Resolves every target attribute that the in-scope rules write from this one object alone,
    /// asking only as many flows as resolution needs, and hands each to `take` by attribute number.
    /// The same result as resolving [`contributions`](Self::contributions), without copying losers.
    ///
    /// Most attributes that the rules write have no value, as the object has nothing of what their
    /// flows read. They are not handed out one by one: what [`targets`](Self::targets) names and
    /// `take` does not hear of has no value.
    ///
    /// All rules must be of one connector, direction and connector space class. Fails with the
    /// first failure that resolution reaches (SR-104).
    pub fn resolve_each(
        &self,
        in_scope: &[RuleIx],
        subject: &dyn Subject,
        created: bool,
        take: &mut dyn FnMut(AttributeId, Resolved<'_>),
    ) -> Result<(), RuleFailure> {
        self.resolve_some(in_scope, subject, created, &|_| true, take)
    }

    /// Resolves like [`resolve_each`](Self::resolve_each) those target attributes that are `wanted`;
    /// the flows of the others are not asked, and so cannot fail.
    pub fn resolve_some(
        &self,
        in_scope: &[RuleIx],
        subject: &dyn Subject,
        created: bool,
        wanted: &dyn Fn(AttributeId) -> bool,
        take: &mut dyn FnMut(AttributeId, Resolved<'_>),
    ) -> Result<(), RuleFailure> {
        let flowing = self.flowing(in_scope);
        let Some((plan, first)) = self.plan(&flowing) else { return Ok(()) };
        let mut table = AttributeTable::default();
        let present = if subject.tabulate(&mut table) { None } else { Some(subject.present()) };
        let (table, present) = match &present {
            None => (Some(&table), Some(table.present())),
            Some(present) => (None, present.as_ref()),
        };
        let asked = Asked { present, table, ..self.asked(first.connector, subject, created) };
        resolve::each(self, plan, &flowing, &asked, wanted, take)
    }

    /// Returns the flows of the class that the rules are of, and the first of them.
    fn plan(&self, flowing: &[RuleIx]) -> Option<(&FlowPlan, &Rule)> {
        let first = self.rule(*flowing.first()?);
        Some((self.flows.get(&(first.connector, first.direction, first.cs_class))?, first))
    }

    /// Returns the rules whose flows count (SR-068).
    fn flowing<'r>(&self, in_scope: &'r [RuleIx]) -> Cow<'r, [RuleIx]> {
        let stops = |ix: &RuleIx| self.rule(*ix).link == LinkType::JoinNoFlow;
        if !in_scope.iter().any(stops) {
            return in_scope.into();
        }
        if in_scope.first().is_some_and(|ix| self.rule(*ix).direction == Direction::Outbound) {
            return Cow::default();
        }
        in_scope.iter().copied().filter(|ix| !stops(ix)).collect()
    }

    fn asked<'a>(&'a self, connector: u32, subject: &'a dyn Subject, created: bool) -> Asked<'a> {
        let parameters = self.parameters.get(&connector).unwrap_or(&parameters::NONE);
        Asked { subject, parameters, present: None, table: None, created }
    }
}
