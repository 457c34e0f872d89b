//! Attributes and classes that rules need and a connector does not import (SR-011, SR-012).

use std::collections::BTreeMap;

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, ClassId};

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

    /// Notes each enabled rule of a connector for a class that no partition of it imports: the rule
    /// has nobody to work on (SR-011).
    pub fn note_unselected_classes(&mut self, connector: u32, selected: &[ClassId]) {
        let idle = self.rules.iter().filter(|rule| {
            rule.connector == connector && !rule.disabled && !selected.contains(&rule.cs_class)
        });
        let found: Vec<RuleProblem> = idle
            .map(|rule| RuleProblem {
                file: rule.file.clone(),
                line: rule.line,
                column: 0,
                severity: Severity::Warning,
                code: "flow-on-disabled-type",
                rule: rule.name.clone(),
                text: format!(
                    "no partition of the connector imports the class `{}`",
                    self.schema.class_name(rule.cs_class)
                ),
                help: "select the class on the connector, or disable the rule".to_owned(),
                part: String::new(),
            })
            .collect();
        self.warnings.extend(found);
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
