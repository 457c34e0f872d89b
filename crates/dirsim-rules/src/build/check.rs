//! What can only be seen in the whole set (SR-011).

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, ClassId, Guid, Schema};

use super::{At, Problems};
use crate::definition::derived_rule_id;
use crate::flow::MergeType;
use crate::options::ConnectorInfo;
use crate::rule::{Direction, LinkType, Rule};

/// Checks rules that are sorted by precedence.
pub(super) fn all(rules: &mut Vec<Rule>, schema: &Schema, problems: &mut Problems) {
    precedence(rules, problems);
    merge_types(rules, schema, problems);
    distinguished_names(rules, problems);
    identities(rules, problems);
    if rules.len() > usize::from(u16::MAX) {
        let at = At { file: "", rule: "", line: 0, column: 0 };
        problems.error("too-many-rules", at, "more than 65,535 rules", "");
        rules.truncate(usize::from(u16::MAX));
    }
}

fn at(rule: &Rule) -> At<'_> {
    At { file: &rule.file, rule: &rule.name, line: rule.line, column: 0 }
}

/// Returns which of two rules that do not go together its author should change, and the other one:
/// the custom rule when one of them came with the product, else the later one.
fn blamed<'a>(first: &'a Rule, second: &'a Rule) -> (&'a Rule, &'a Rule) {
    if second.is_standard() && !first.is_standard() { (first, second) } else { (second, first) }
}

/// Numbers are unique (SR-007), and those from 100 on belong to the standard rules (SR-006).
fn precedence(rules: &[Rule], problems: &mut Problems) {
    for (first, second) in rules.iter().zip(rules.iter().skip(1)) {
        if first.precedence == second.precedence {
            let (wrong, other) = blamed(first, second);
            problems.error(
                "duplicate-precedence",
                at(wrong),
                format!("precedence {} belongs to the rule `{}`", wrong.precedence, other.name),
                "give one of them another number; smaller numbers win",
            );
        }
    }
    for rule in rules.iter().filter(|rule| !rule.is_standard() && rule.precedence >= 100) {
        problems.warning(
            "custom-precedence-above-99",
            at(rule),
            format!("precedence {} is among the standard rules", rule.precedence),
            "custom rules use 0 to 99",
        );
    }
}

/// All enabled rules that write one attribute of one target class agree on the kind of merge
/// (SR-091).
fn merge_types(rules: &[Rule], schema: &Schema, problems: &mut Problems) {
    type Key = (Option<(u32, ClassId)>, Option<ClassId>, AttributeId);
    let mut known: BTreeMap<Key, (MergeType, &Rule)> = BTreeMap::new();
    let mut told: BTreeSet<(Guid, AttributeId)> = BTreeSet::new();
    for rule in rules.iter().filter(|rule| !rule.disabled) {
        for flow in &rule.flows {
            let key = match rule.direction {
                Direction::Inbound => (None, rule.mv_class, flow.target),
                Direction::Outbound => (Some((rule.connector, rule.cs_class)), None, flow.target),
            };
            let (merge, first) = known.entry(key).or_insert((flow.merge, rule));
            if !merge.agrees_with(flow.merge) {
                let (wrong, other) = blamed(first, rule);
                let (own, others) =
                    if wrong.id == rule.id { (flow.merge, *merge) } else { (*merge, flow.merge) };
                // A rule that goes against many others is told once.
                if !told.insert((wrong.id, flow.target)) {
                    continue;
                }
                problems.error(
                    "merge-type-conflict",
                    at(wrong),
                    format!(
                        "`{}` is written with {own:?}, but with {others:?} by the rule `{}`",
                        schema.name(flow.target),
                        other.name
                    ),
                    "give all rules that write it the same merge type",
                );
            }
        }
    }
}

/// A provisioned object needs a name (SR-061).
fn distinguished_names(rules: &[Rule], problems: &mut Problems) {
    let enabled = || rules.iter().filter(|rule| !rule.disabled);
    for rule in enabled() {
        if rule.direction == Direction::Inbound || rule.link != LinkType::Provision {
            continue;
        }
        let named = enabled().any(|other| {
            (other.direction, other.connector, other.cs_class)
                == (rule.direction, rule.connector, rule.cs_class)
                && other.flows.iter().any(|flow| flow.target == well_known::DN)
        });
        if !named {
            problems.warning(
                "provision-without-dn",
                at(rule),
                "the rule provisions objects, and no rule gives them a `dn`",
                "add a flow for `dn`",
            );
        }
    }
}

/// Two rules never share an identity (CE-004).
fn identities(rules: &[Rule], problems: &mut Problems) {
    let mut seen: BTreeMap<Guid, &Rule> = BTreeMap::new();
    for rule in rules {
        if let Some(first) = seen.get(&rule.id) {
            problems.error(
                "duplicate-id",
                at(rule),
                format!("the identity {} belongs to the rule `{}`", rule.id, first.name),
                "give one of them another `id`; a rule with one belongs to one connector",
            );
        }
        seen.entry(rule.id).or_insert(rule);
    }
}

/// Gives each rule without an identity one that is the same in every world: from its name, its
/// connector, and its place among rules of that name.
pub(super) fn identify(rules: &mut [Rule], connectors: &[ConnectorInfo]) {
    let mut seen: BTreeMap<(String, u32), u32> = BTreeMap::new();
    let mut taken: BTreeSet<Guid> = rules.iter().map(|rule| rule.id).collect();
    for rule in rules {
        let count = seen.entry((rule.name.clone(), rule.connector)).or_insert(0);
        let connector = connectors.iter().find(|c| c.id == rule.connector);
        let guid = connector.map_or(Guid::NIL, |connector| connector.guid);
        while rule.id == Guid::NIL {
            let made = derived_rule_id(&rule.name, guid, *count);
            *count += 1;
            // A rule that was given this identity before keeps it.
            if taken.insert(made) {
                rule.id = made;
            }
        }
    }
}
