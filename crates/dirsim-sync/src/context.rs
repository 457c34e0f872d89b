//! What a run reads beside the tables and never changes: schema, rules, connectors, domains.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use dirsim_forest::Domain;
use dirsim_model::anchor::connector_space_name;
use dirsim_model::{AttributeId, Dn, Schema, Side, Timestamp};
use dirsim_rules::{Direction, Operator, RuleSet, Source};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_tenant::answer::Note;

use crate::conditions::Conditions;
use crate::connector::{self, Connector};
use crate::cs::{CsName, connector_of};
use crate::index;
use crate::lookup;
use crate::rule_book::{RuleBook, RuleNumber};

/// The unchanging surroundings of a run.
pub struct Context<'a> {
    /// Names and syntaxes.
    pub schema: &'a Schema,
    /// The rules.
    pub rules: &'a RuleSet,
    /// Numbers of rules.
    pub book: RuleBook,
    /// All connectors in the order of their creation.
    pub connectors: Vec<Connector>,
    /// Domains by number.
    pub domains: BTreeMap<u64, Domain>,
    /// The simulated time.
    pub now: Timestamp,
    /// The seed of the step.
    pub seed: u64,
    /// What the step meets in its environment.
    pub(crate) conditions: Conditions,
    /// By connector: attributes by which a join may look for its free objects.
    join_attributes: BTreeMap<u32, Vec<AttributeId>>,
    /// By metaverse attribute: connectors and their attributes that inbound joins compare with it.
    waiting: BTreeMap<AttributeId, Vec<(u32, AttributeId)>>,
    /// By target connector: metaverse attributes that outbound scopes, joins and expressions read.
    observed: BTreeMap<u32, BTreeSet<AttributeId>>,
    /// By connector: keys of the names of groups whose members scopes ask for (SR-037).
    tested_groups: BTreeMap<u32, BTreeSet<String>>,
    /// Names of containers, as they are asked for; containers keep theirs during a synchronization.
    containers: RefCell<BTreeMap<u64, Rc<str>>>,
}

impl<'a> Context<'a> {
    /// Reads the surroundings of a run.
    pub fn new(
        tables: &dyn Tables,
        schema: &'a Schema,
        rules: &'a RuleSet,
        now: Timestamp,
        seed: u64,
    ) -> StoreResult<Self> {
        let connectors = connector::all(tables)?;
        let mut domains = BTreeMap::new();
        for partition in connectors.iter().flat_map(|connector| &connector.partitions) {
            if let Some(domain) = rows::get::<Domain>(tables, partition.domain)? {
                domains.insert(partition.domain, domain);
            }
        }
        let mut join_attributes: BTreeMap<u32, Vec<AttributeId>> = BTreeMap::new();
        let mut waiting: BTreeMap<AttributeId, Vec<(u32, AttributeId)>> = BTreeMap::new();
        for rule in rules.rules().iter().filter(|rule| !rule.disabled) {
            for criterion in rule.join.iter().flat_map(|group| &group.criteria) {
                let attributes = join_attributes.entry(rule.connector).or_default();
                if !attributes.contains(&criterion.cs_attribute) {
                    attributes.push(criterion.cs_attribute);
                }
                if rule.direction == Direction::Inbound {
                    let waiters = waiting.entry(criterion.mv_attribute).or_default();
                    let waiter = (rule.connector, criterion.cs_attribute);
                    if !waiters.contains(&waiter) {
                        waiters.push(waiter);
                    }
                }
            }
        }
        for connector in connectors.iter().filter(|connector| connector.is_forest()) {
            if let Some(attributes) = join_attributes.get_mut(&connector.id) {
                // The anchor has an index of its own.
                attributes.retain(|attribute| !index::is_anchor_attribute(*attribute));
            }
        }
        let book = RuleBook::with_rules(tables, rules)?;
        let observed = observed(rules);
        let tested_groups = tested_groups(rules);
        Ok(Self {
            schema,
            rules,
            book,
            connectors,
            domains,
            now,
            seed,
            conditions: Conditions::default(),
            join_attributes,
            waiting,
            observed,
            tested_groups,
            containers: RefCell::default(),
        })
    }

    /// Returns the name of an object as text, from the name it stands under.
    pub fn dn_of(&self, tables: &dyn Tables, name: &CsName) -> StoreResult<String> {
        match name {
            CsName::Flat(text) => Ok(connector_space_name(text)),
            CsName::Tree { parent: 0, rdn } => Ok(rdn.to_string()),
            CsName::Tree { parent, rdn } => {
                Ok(format!("{rdn},{}", self.container_dn(tables, *parent)?))
            }
        }
    }

    fn container_dn(&self, tables: &dyn Tables, id: u64) -> StoreResult<Rc<str>> {
        if let Some(known) = self.containers.borrow().get(&id) {
            return Ok(Rc::clone(known));
        }
        let name: Rc<str> = lookup::dn(tables, id)?.into();
        self.containers.borrow_mut().insert(id, Rc::clone(&name));
        Ok(name)
    }

    /// Returns whether scopes ask who is a member of the group with this name (SR-037).
    pub(crate) fn is_tested_group(&self, connector: u32, dn: &str) -> bool {
        self.tested_groups
            .get(&connector)
            .is_some_and(|groups| dn.parse::<Dn>().is_ok_and(|dn| groups.contains(&dn.key())))
    }

    /// Returns remarks about groups that scopes of a connector name and that are not staged: nobody is
    /// a member of them (SR-037).
    pub(crate) fn unknown_groups(
        &self,
        tables: &dyn Tables,
        connector: u32,
    ) -> StoreResult<Vec<Note>> {
        let mut notes = Vec::new();
        let mut told: BTreeSet<String> = BTreeSet::new();
        let own = |rule: &&dirsim_rules::Rule| !rule.disabled && rule.connector == connector;
        for rule in self.rules.rules().iter().filter(own) {
            for clause in rule.scope.iter().flat_map(|group| &group.clauses) {
                if !clause.operator.takes_group() {
                    continue;
                }
                let Ok(dn) = clause.text.parse::<Dn>() else { continue };
                if lookup::by_dn(tables, connector, &dn)?.is_none() && told.insert(dn.key()) {
                    notes.push(Note {
                        code: "unknown-group".to_owned(),
                        text: format!(
                            "the rule `{}` asks for members of `{dn}`, which is not imported: nobody is one",
                            rule.name
                        ),
                        rule: "SR-037".to_owned(),
                    });
                }
            }
        }
        Ok(notes)
    }

    /// Returns whether scopes of a connector ask for members of any group.
    pub(crate) fn tests_groups(&self, connector: u32) -> bool {
        self.tested_groups.contains_key(&connector)
    }

    /// Returns whether outbound rules of a connector read a metaverse attribute in any other way
    /// than to take it over as it is.
    pub(crate) fn is_observed(&self, connector: u32, attribute: AttributeId) -> bool {
        self.observed.get(&connector).is_some_and(|observed| observed.contains(&attribute))
    }

    /// Returns the attributes that an inbound rule set of these numbers writes.
    pub(crate) fn written_by(&self, rules: &[RuleNumber]) -> BTreeSet<AttributeId> {
        rules
            .iter()
            .filter_map(|number| self.book.current(*number))
            .flat_map(|ix| &self.rules.rule(ix).flows)
            .map(|flow| flow.target)
            .collect()
    }

    /// Returns a connector.
    pub fn connector(&self, id: u32) -> Option<&Connector> {
        self.connectors.iter().find(|connector| connector.id == id)
    }

    /// Returns the side that the objects of a connector stand on.
    pub fn side(&self, connector: u32) -> Side {
        match self.connector(connector) {
            Some(connector) if connector.is_forest() => Side::Forest,
            _ => Side::Entra,
        }
    }

    /// Returns the side that a connector space object stands on.
    pub fn side_of(&self, cs: u64) -> Side {
        self.side(connector_of(cs))
    }

    /// Returns the attributes by which a join may look for free objects of a connector.
    pub(crate) fn join_attributes(&self, connector: u32) -> &[AttributeId] {
        self.join_attributes.get(&connector).map_or(&[], Vec::as_slice)
    }

    /// Returns who may wait for a value of a metaverse attribute (D2).
    pub(crate) fn waiting_for(&self, attribute: AttributeId) -> &[(u32, AttributeId)] {
        self.waiting.get(&attribute).map_or(&[], Vec::as_slice)
    }
}

/// Returns what outbound rules read beside the sources of direct flows.
fn observed(rules: &RuleSet) -> BTreeMap<u32, BTreeSet<AttributeId>> {
    let mut all: BTreeMap<u32, BTreeSet<AttributeId>> = BTreeMap::new();
    let outbound =
        |rule: &&dirsim_rules::Rule| !rule.disabled && rule.direction == Direction::Outbound;
    for rule in rules.rules().iter().filter(outbound) {
        let read = all.entry(rule.connector).or_default();
        read.extend(rule.scope.iter().flat_map(|group| &group.clauses).map(|c| c.attribute));
        read.extend(rule.join.iter().flat_map(|group| &group.criteria).map(|c| c.mv_attribute));
        for flow in &rule.flows {
            match &flow.source {
                Source::Trimmed(attribute) | Source::Count(attribute) => {
                    read.insert(*attribute);
                }
                Source::Expression(expression) => read.extend(expression.attributes()),
                Source::Direct(_) | Source::Parameter(_) | Source::Constant(_) => {}
            }
        }
    }
    all
}

/// Returns the groups whose members scopes ask for.
fn tested_groups(rules: &RuleSet) -> BTreeMap<u32, BTreeSet<String>> {
    let mut all: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
    for rule in rules.rules().iter().filter(|rule| !rule.disabled) {
        for clause in rule.scope.iter().flat_map(|group| &group.clauses) {
            if matches!(clause.operator, Operator::IsMemberOf | Operator::IsNotMemberOf)
                && let Ok(dn) = clause.text.parse::<Dn>()
            {
                all.entry(rule.connector).or_default().insert(dn.key());
            }
        }
    }
    all
}
