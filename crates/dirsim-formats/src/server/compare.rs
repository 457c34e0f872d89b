//! Two configurations side by side, as before a swing migration (CE-054).
//!
//! Identities differ between servers. Connectors are matched by kind and forest, standard rules by
//! their tag, custom rules by name, connector and direction. Groups of filters and joins are
//! compared as ordered lists, flows by the attribute that they write.

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::Guid;
use dirsim_rules::definition::{FlowDefinition, FlowKind, RuleDefinition};
use dirsim_rules::{Direction, MergeType};
use serde::Serialize;

use super::connector::{ExportedConnector, ExportedKind, ExportedPartition};
use super::folder::ServerExport;
use super::load;

/// What is different.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum DifferenceKind {
    /// Only the second side has it.
    Added,
    /// Only the first side has it.
    Removed,
    /// Both have it, with another content.
    Changed,
    /// A rule with the same content that stands elsewhere in the order of precedence.
    Moved,
}

impl DifferenceKind {
    /// All kinds in the order of a report.
    pub const ALL: [Self; 4] = [Self::Added, Self::Removed, Self::Changed, Self::Moved];

    /// Returns the word for reports.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
            Self::Moved => "moved",
        }
    }
}

/// One thing that differs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Difference {
    /// `rule`, `connector` or `setting`.
    pub what: &'static str,
    /// How it differs.
    pub kind: DifferenceKind,
    /// The name: of the side that has it, of the second one when both have.
    pub name: String,
    /// The connector of a rule; empty for the others.
    pub connector: String,
    /// The number of a rule, where it has one.
    pub precedence: Option<u32>,
    /// What differs, a line each.
    pub details: Vec<String>,
}

/// A rule and the name of its connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PlacedRule {
    /// The name of the connector; the same on both sides for connectors that stand for each other.
    pub connector: String,
    /// The rule.
    pub rule: RuleDefinition,
}

/// Compares two exports: settings, connectors, then rules.
pub fn exports(before: &ServerExport, after: &ServerExport) -> Vec<Difference> {
    let pairs = connectors(&before.connectors, &after.connectors);
    let mut all = settings(before, after);
    for (old, new) in &pairs {
        let (kind, details, named) = match (old, new) {
            (None, Some(new)) => (DifferenceKind::Added, Vec::new(), new),
            (Some(old), None) => (DifferenceKind::Removed, Vec::new(), old),
            (Some(old), Some(new)) => (DifferenceKind::Changed, connector(old, new), new),
            (None, None) => continue,
        };
        if kind != DifferenceKind::Changed || !details.is_empty() {
            all.push(Difference {
                what: "connector",
                kind,
                name: named.name.clone(),
                connector: String::new(),
                precedence: None,
                details,
            });
        }
    }
    let placed = |export: &ServerExport, is_after: bool| -> Vec<PlacedRule> {
        export
            .rules
            .iter()
            .map(|rule| {
                let of = |found: Option<&ExportedConnector>| {
                    found.is_some_and(|found| found.id == rule.connector)
                };
                let pair = pairs.iter().find(|(old, new)| of(if is_after { *new } else { *old }));
                // Both sides call a pair by one name.
                let named = pair.and_then(|(old, new)| new.or(*old));
                let connector =
                    named.map_or_else(|| rule.connector.to_string(), |found| found.name.clone());
                PlacedRule { connector, rule: load::definition(rule) }
            })
            .collect()
    };
    all.extend(rules(&placed(before, false), &placed(after, true)));
    all
}

/// Compares two rule sets.
pub fn rules(before: &[PlacedRule], after: &[PlacedRule]) -> Vec<Difference> {
    let pairs = matched(before, after);
    let found = |kind, placed: &PlacedRule, details| Difference {
        what: "rule",
        kind,
        name: placed.rule.name.clone(),
        connector: placed.connector.clone(),
        precedence: Some(placed.rule.precedence),
        details,
    };
    let moved = out_of_order(before, after, &pairs);
    let mut all = Vec::new();
    for (at, new) in after.iter().enumerate() {
        let old = pairs.get(&at).and_then(|at| before.get(*at));
        let Some(old) = old else {
            all.push(found(DifferenceKind::Added, new, Vec::new()));
            continue;
        };
        let mut details = differences(&old.rule, &new.rule);
        let place = || format!("precedence: {} → {}", old.rule.precedence, new.rule.precedence);
        if !details.is_empty() {
            if moved.contains(&at) {
                details.insert(0, place());
            }
            all.push(found(DifferenceKind::Changed, new, details));
        } else if moved.contains(&at) {
            all.push(found(DifferenceKind::Moved, new, vec![place()]));
        }
    }
    let kept: BTreeSet<usize> = pairs.values().copied().collect();
    for (at, old) in before.iter().enumerate() {
        if !kept.contains(&at) {
            all.push(found(DifferenceKind::Removed, old, Vec::new()));
        }
    }
    all.sort_by_key(|difference| difference.kind);
    all
}

/// Whether a rule of the first side stands for one of the second.
type Way<'a> = &'a dyn Fn(&PlacedRule, &PlacedRule) -> bool;

/// Returns for places of the second side the places of the first side that stand for them.
fn matched(before: &[PlacedRule], after: &[PlacedRule]) -> BTreeMap<usize, usize> {
    type Key<'a> = (&'a str, Direction, bool, String);
    fn key(placed: &PlacedRule) -> Key<'_> {
        let rule = &placed.rule;
        // The number at the end of a tag is the revision of the rule, not its identity.
        let name = match rule.tag.rsplit_once('.') {
            Some((tag, _)) if rule.is_standard() => tag.to_lowercase(),
            _ => rule.name.to_lowercase(),
        };
        (&placed.connector, rule.direction, rule.is_standard(), name)
    }
    let mut pairs: BTreeMap<usize, usize> = BTreeMap::new();
    let mut taken: BTreeSet<usize> = BTreeSet::new();
    let same_id = |old: &PlacedRule, new: &PlacedRule| {
        old.rule.id == new.rule.id && new.rule.id != Guid::NIL && old.connector == new.connector
    };
    let same_key = |old: &PlacedRule, new: &PlacedRule| key(old) == key(new);
    let ways: [Way<'_>; 2] = [&same_id, &same_key];
    for way in ways {
        for (at, new) in after.iter().enumerate() {
            if pairs.contains_key(&at) {
                continue;
            }
            let mut free = before.iter().enumerate().filter(|(old, _)| !taken.contains(old));
            if let Some((old, _)) = free.find(|(_, old)| way(old, new)) {
                taken.insert(old);
                pairs.insert(at, old);
            }
        }
    }
    pairs
}

/// Returns the places of the second side whose rules left the order that the others keep: the
/// fewest that explain it. Numbers alone say nothing, as an added connector renumbers everything.
fn out_of_order(
    before: &[PlacedRule],
    after: &[PlacedRule],
    pairs: &BTreeMap<usize, usize>,
) -> BTreeSet<usize> {
    let number = |side: &[PlacedRule], at: usize| side.get(at).map(|placed| placed.rule.precedence);
    let mut order: Vec<(usize, Option<u32>, Option<u32>)> =
        pairs.iter().map(|(new, old)| (*new, number(after, *new), number(before, *old))).collect();
    order.sort_by_key(|(_, new, _)| *new);
    // The longest run of rules that kept their order stays; what is left has moved.
    let mut best: Vec<(usize, Option<usize>)> = Vec::new();
    for (at, (_, _, old)) in order.iter().enumerate() {
        let before = (0..at).filter(|back| order.get(*back).is_some_and(|(_, _, o)| o < old));
        let longest = before
            .filter_map(|back| best.get(back).map(|(length, _)| (*length, back)))
            .max_by_key(|(length, back)| (*length, std::cmp::Reverse(*back)));
        best.push(longest.map_or((1, None), |(length, back)| (length + 1, Some(back))));
    }
    let mut at = (0..best.len()).max_by_key(|at| best.get(*at).map(|(length, _)| *length));
    let mut kept = BTreeSet::new();
    while let Some(place) = at {
        kept.insert(place);
        at = best.get(place).and_then(|(_, back)| *back);
    }
    let left = order.iter().enumerate().filter(|(at, _)| !kept.contains(at));
    left.map(|(_, (new, ..))| *new).collect()
}

/// Says what differs between two versions of a rule, a line each; its number and its identity are
/// left out.
pub fn differences(old: &RuleDefinition, new: &RuleDefinition) -> Vec<String> {
    let mut lines = Vec::new();
    let mut compare = |what: &str, old: String, new: String| {
        if old != new {
            lines.push(format!("{what}: {} → {}", or_none(&old), or_none(&new)));
        }
    };
    let both = |rule: &RuleDefinition| format!("{} → {}", rule.source_class(), rule.target_class());
    compare("name", old.name.clone(), new.name.clone());
    // Some forms of rules carry no description: that one side has none says nothing.
    if !old.description.is_empty() && !new.description.is_empty() {
        compare("description", old.description.clone(), new.description.clone());
    }
    compare("tag", old.tag.clone(), new.tag.clone());
    compare("disabled", old.disabled.to_string(), new.disabled.to_string());
    compare("object types", both(old), both(new));
    compare("link type", old.link.name().to_owned(), new.link.name().to_owned());
    compare("password sync", old.password_sync.to_string(), new.password_sync.to_string());
    compare("soft-delete expiry", expiry(old), expiry(new));
    compare("scope", scope(old), scope(new));
    compare("join", join(old), join(new));
    for flow in &new.flows {
        match old.flows.iter().find(|known| known.target == flow.target) {
            None => lines.push(format!("+ {}", told(flow))),
            Some(known) if known == flow => {}
            Some(known) => {
                lines.push(format!("- {}", told(known)));
                lines.push(format!("+ {}", told(flow)));
            }
        }
    }
    for flow in &old.flows {
        if !new.flows.iter().any(|kept| kept.target == flow.target) {
            lines.push(format!("- {}", told(flow)));
        }
    }
    lines
}

fn or_none(text: &str) -> &str {
    if text.is_empty() { "none" } else { text }
}

fn expiry(rule: &RuleDefinition) -> String {
    load::expiry_text(rule.soft_delete_expiry_ms)
}

fn scope(rule: &RuleDefinition) -> String {
    let groups = rule.scope.iter().map(|group| {
        let clauses = group
            .iter()
            .map(|c| format!("{} {} {}", c.attribute, c.operator, c.value).trim().to_owned());
        clauses.collect::<Vec<_>>().join(" and ")
    });
    groups.collect::<Vec<_>>().join(" or ")
}

fn join(rule: &RuleDefinition) -> String {
    let groups = rule.join.iter().map(|group| {
        let criteria = group.iter().map(|c| {
            let case = if c.case_sensitive { " (case-sensitive)" } else { "" };
            format!("{} = {}{case}", c.cs_attribute, c.mv_attribute)
        });
        criteria.collect::<Vec<_>>().join(" and ")
    });
    groups.collect::<Vec<_>>().join(", then ")
}

/// Returns a flow in one line.
fn told(flow: &FlowDefinition) -> String {
    let source = match flow.kind {
        FlowKind::Direct => format!("[{}]", flow.source),
        FlowKind::Constant => format!("'{}'", flow.source),
        FlowKind::Expression => flow.source.split_whitespace().collect::<Vec<_>>().join(" "),
    };
    let merge = match flow.merge {
        MergeType::Update => String::new(),
        other => format!(" ({})", super::rule::merge_name(other)),
    };
    let once = if flow.apply_once { " (apply once)" } else { "" };
    format!("{} ← {source}{merge}{once}", flow.target)
}

type Pair<'a> = (Option<&'a ExportedConnector>, Option<&'a ExportedConnector>);

/// Matches connectors by kind and forest name, then the only ones of a kind that are left.
fn connectors<'a>(
    before: &'a [ExportedConnector],
    after: &'a [ExportedConnector],
) -> Vec<Pair<'a>> {
    let mut left: Vec<&ExportedConnector> = before.iter().collect();
    let mut pairs: Vec<Pair<'a>> = after
        .iter()
        .map(|new| {
            let found = left.iter().position(|old| {
                old.kind == new.kind
                    && (new.kind == ExportedKind::Entra
                        || old.forest.eq_ignore_ascii_case(&new.forest))
            });
            (found.map(|at| left.remove(at)), Some(new))
        })
        .collect();
    for kind in [ExportedKind::Forest, ExportedKind::Generic] {
        let mut open: Vec<&mut Pair<'a>> = pairs
            .iter_mut()
            .filter(|(old, new)| old.is_none() && new.is_some_and(|new| new.kind == kind))
            .collect();
        let of_kind: Vec<usize> =
            (0..left.len()).filter(|at| left.get(*at).is_some_and(|c| c.kind == kind)).collect();
        if let ([pair], [at]) = (open.as_mut_slice(), of_kind.as_slice()) {
            pair.0 = Some(left.remove(*at));
        }
    }
    pairs.extend(left.into_iter().map(|old| (Some(old), None)));
    pairs
}

/// Says what differs between two connectors.
fn connector(old: &ExportedConnector, new: &ExportedConnector) -> Vec<String> {
    let mut lines = Vec::new();
    let mut compare = |what: &str, old: &str, new: &str| {
        if old != new {
            lines.push(format!("{what}: {} → {}", or_none(old), or_none(new)));
        }
    };
    compare("name", &old.name, &new.name);
    compare("forest", &old.forest, &new.forest);
    compare("tenant", &old.tenant_domain, &new.tenant_domain);
    compare("version", &old.version, &new.version);
    let flag = |on: bool| if on { "on" } else { "off" };
    compare(
        "password hash synchronization",
        flag(old.password_hash_sync),
        flag(new.password_hash_sync),
    );
    compare("password writeback", flag(old.password_writeback), flag(new.password_writeback));
    lists(&mut lines, "attribute", &old.selected, &new.selected);
    pairs(&mut lines, "parameter", &old.parameters, &new.parameters);
    let named = |profiles: &[super::ExportedProfile]| -> Vec<(String, String)> {
        profiles.iter().map(|p| (p.name.clone(), p.steps.join(", "))).collect()
    };
    pairs(&mut lines, "run profile", &named(&old.profiles), &named(&new.profiles));
    partitions(&mut lines, old, new);
    lines
}

fn partitions(lines: &mut Vec<String>, old: &ExportedConnector, new: &ExportedConnector) {
    let same = |a: &ExportedPartition, b: &ExportedPartition| {
        a.name.eq_ignore_ascii_case(&b.name)
            // The only partitions of two forests stand for each other.
            || old.partitions.len() == 1 && new.partitions.len() == 1
    };
    for partition in &new.partitions {
        let name = &partition.name;
        let Some(known) = old.partitions.iter().find(|known| same(known, partition)) else {
            lines.push(format!("+ partition {name}"));
            continue;
        };
        if known.name != *name {
            lines.push(format!("partition: {} → {name}", known.name));
        }
        if known.selected != partition.selected {
            let word = |on| if on { "selected" } else { "not selected" };
            let (before, after) = (word(known.selected), word(partition.selected));
            lines.push(format!("partition {name}: {before} → {after}"));
        }
        lists(lines, &format!("class of {name}"), &known.classes, &partition.classes);
        let names = |all: &[dirsim_model::Dn]| -> Vec<String> {
            all.iter().map(ToString::to_string).collect()
        };
        let (before, after) = (names(&known.include), names(&partition.include));
        lists(lines, &format!("included container of {name}"), &before, &after);
        let (before, after) = (names(&known.exclude), names(&partition.exclude));
        lists(lines, &format!("excluded container of {name}"), &before, &after);
    }
    for known in &old.partitions {
        if !new.partitions.iter().any(|partition| same(known, partition)) {
            lines.push(format!("- partition {}", known.name));
        }
    }
}

/// Says what two lists without order do not share.
fn lists(lines: &mut Vec<String>, what: &str, old: &[String], new: &[String]) {
    let has =
        |all: &[String], one: &String| all.iter().any(|known| known.eq_ignore_ascii_case(one));
    lines.extend(new.iter().filter(|one| !has(old, one)).map(|one| format!("+ {what} {one}")));
    lines.extend(old.iter().filter(|one| !has(new, one)).map(|one| format!("- {what} {one}")));
}

/// Compares names with values.
fn pairs(lines: &mut Vec<String>, what: &str, old: &[(String, String)], new: &[(String, String)]) {
    let get = |all: &[(String, String)], name: &str| {
        all.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, v)| v.clone())
    };
    for (name, value) in new {
        match get(old, name) {
            None => lines.push(format!("+ {what} {name} = {}", or_none(value))),
            Some(known) if known == *value => {}
            Some(known) => {
                lines.push(format!("{what} {name}: {} → {}", or_none(&known), or_none(value)));
            }
        }
    }
    for (name, value) in old.iter().filter(|(name, _)| get(new, name).is_none()) {
        lines.push(format!("- {what} {name} = {}", or_none(value)));
    }
}

/// Compares what the metaverse file tells: global parameters, features, the schema.
fn settings(before: &ServerExport, after: &ServerExport) -> Vec<Difference> {
    let (old, new) = (&before.metaverse, &after.metaverse);
    let mut lines = Vec::new();
    pairs(&mut lines, "setting", &old.globals.told(), &new.globals.told());
    let names = |export: &super::ExportedMetaverse| -> Vec<String> {
        export.schema.attributes.keys().cloned().collect()
    };
    lists(&mut lines, "metaverse attribute", &names(old), &names(new));
    if lines.is_empty() {
        return Vec::new();
    }
    vec![Difference {
        what: "setting",
        kind: DifferenceKind::Changed,
        name: "global settings".to_owned(),
        connector: String::new(),
        precedence: None,
        details: lines,
    }]
}
