//! Attributes that rules need and a connector does not import (SR-012).

use std::collections::BTreeMap;

use dirsim_model::AttributeId;
use dirsim_model::attribute::well_known;

use super::RuleSet;
use crate::problem::{RuleProblem, Severity};
use crate::rule::{Direction, Rule};

impl RuleSet {
    /// Notes each attribute of a connector that enabled rules name and that is not among `selected`:
    /// it reads as absent. Each is noted once, for the first rule that names it.
    pub fn note_unselected(&mut self, connector: u32, selected: &[AttributeId]) {
        let mut found: BTreeMap<AttributeId, RuleProblem> = BTreeMap::new();
        let of_connector = |rule: &&Rule| rule.connector == connector && !rule.disabled;
        for rule in self.rules.iter().filter(of_connector) {
            for attribute in named(rule) {
                if attribute == well_known::DN || selected.contains(&attribute) {
                    continue;
                }
                let name = self.schema.name(attribute);
                found.entry(attribute).or_insert_with(|| RuleProblem {
                    file: rule.file.clone(),
                    line: rule.line,
                    column: 0,
                    severity: Severity::Warning,
                    code: "attribute-not-selected",
                    rule: rule.name.clone(),
                    text: format!("the connector does not import `{name}`, which reads as absent"),
                    help: "select the attribute on the connector and run a full import".to_owned(),
                    part: String::new(),
                });
            }
        }
        self.warnings.extend(found.into_values());
    }
}

/// The connector space attributes that a rule names.
fn named(rule: &Rule) -> Vec<AttributeId> {
    let mut all: Vec<AttributeId> =
        rule.join.iter().flat_map(|group| &group.criteria).map(|c| c.cs_attribute).collect();
    match rule.direction {
        Direction::Inbound => {
            all.extend(rule.scope.iter().flat_map(|group| &group.clauses).map(|c| c.attribute));
            all.extend(rule.flows.iter().flat_map(|flow| &flow.reads));
        }
        Direction::Outbound => all.extend(rule.flows.iter().map(|flow| flow.target)),
    }
    all
}
