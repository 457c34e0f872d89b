//! What can be seen in exported rules before they meet a world (CE-050, CE-053).

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::Guid;
use dirsim_rules::{Direction, RuleFile, RuleSet};
use serde::Serialize;

use super::connector::{ExportedConnector, ExportedKind};
use super::finding::{Findings, Level};
use super::folder::ServerExport;
use super::rule::{ExportedRule, FlowSource};
use super::schema::ExportedSchema;

/// Attributes that connectors have though their schema does not list them (SR-031).
const IMPLICIT: &[&str] = &["dn", "rdn"];

/// Metaverse attributes that lead nowhere (default rules, section 2.2).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LooseEnds {
    /// Read by outbound scopes and flows, contributed by no inbound rule.
    pub never_contributed: Vec<String>,
    /// Contributed, and read by no outbound scope or flow; some serve joins.
    pub never_read: Vec<String>,
}

/// Finds the metaverse attributes that enabled rules read and nobody writes, and the other way round.
pub fn loose_ends(rules: &[ExportedRule]) -> LooseEnds {
    let (mut written, mut read) = (BTreeSet::new(), BTreeSet::new());
    for rule in rules.iter().filter(|rule| !rule.disabled) {
        match rule.direction {
            Direction::Inbound => written.extend(rule.flows.iter().map(|f| f.target.clone())),
            Direction::Outbound => {
                read.extend(rule.scope.iter().flatten().map(|clause| clause.attribute.clone()));
                for flow in &rule.flows {
                    match &flow.source {
                        FlowSource::Direct(name) => drop(read.insert(name.clone())),
                        FlowSource::Expression(text) => {
                            read.extend(dirsim_expr::attribute_names(text));
                        }
                        FlowSource::Constant(_) => {}
                    }
                }
            }
        }
    }
    let sorted = |names: Vec<&String>| {
        let mut names: Vec<String> = names.into_iter().cloned().collect();
        names.sort_by_key(|name| name.to_lowercase());
        names
    };
    LooseEnds {
        never_contributed: sorted(read.difference(&written).collect()),
        never_read: sorted(written.difference(&read).collect()),
    }
}

/// Checks that attributes exist in the schema of their side, spelled as there, and are selected
/// (SR-011, SR-012).
pub(super) fn attributes(export: &ServerExport, findings: &mut Findings) {
    let connectors: BTreeMap<Guid, &ExportedConnector> =
        export.connectors.iter().map(|connector| (connector.id, connector)).collect();
    for rule in &export.rules {
        let Some(connector) = connectors.get(&rule.connector) else {
            let text = format!(
                "no connector of the export has the identity {} (rule `{}`)",
                rule.connector, rule.name
            );
            let help = "export the whole folder; a rule without its connector is left out";
            let (code, line) = ("unknown-connector", rule.line);
            findings.add(Level::Error, code, &rule.file, line, &rule.name, text, help);
            continue;
        };
        if connector.kind == ExportedKind::Generic {
            continue;
        }
        let metaverse = &export.metaverse.schema;
        let mut side = Side { rule, connector, metaverse, findings };
        let inbound = rule.direction == Direction::Inbound;
        for clause in rule.scope.iter().flatten() {
            side.uses(&clause.attribute, inbound, Level::Warning, clause.line);
        }
        for criterion in rule.join.iter().flatten() {
            side.uses(&criterion.cs_attribute, true, Level::Error, criterion.line);
            side.uses(&criterion.mv_attribute, false, Level::Error, criterion.line);
        }
        for flow in &rule.flows {
            side.uses(&flow.target, !inbound, Level::Error, flow.line);
            match &flow.source {
                FlowSource::Direct(name) => side.uses(name, inbound, Level::Warning, flow.line),
                FlowSource::Expression(text) => {
                    for name in dirsim_expr::attribute_names(text) {
                        // `ImportedValue` names the connector space in both directions.
                        side.uses(&name, inbound, Level::Warning, flow.line);
                    }
                }
                FlowSource::Constant(_) => {}
            }
        }
    }
}

struct Side<'a> {
    rule: &'a ExportedRule,
    connector: &'a ExportedConnector,
    metaverse: &'a ExportedSchema,
    findings: &'a mut Findings,
}

impl Side<'_> {
    fn uses(&mut self, name: &str, in_connector: bool, unknown: Level, line: u32) {
        let schema = if in_connector { &self.connector.schema } else { self.metaverse };
        // Without a schema nothing can be said: a missing part was told already.
        if name.is_empty()
            || schema.attributes.is_empty()
            || in_connector && IMPLICIT.contains(&name)
        {
            return;
        }
        let place = if in_connector { &self.connector.name } else { "the metaverse" };
        match schema.spelling(name) {
            Some(known) if known == name => {}
            Some(known) => {
                let text = format!("`{name}` is spelled `{known}` in {place}{}", self.of_rule());
                self.note(Level::Error, "unknown-attribute", line, name, text, "case matters");
                return;
            }
            None => {
                let text = format!("{place} has no attribute `{name}`{}", self.of_rule());
                let help = "it reads as absent; extend the schema or remove it from the rule";
                self.note(unknown, "unknown-attribute", line, name, text, help);
                return;
            }
        }
        let selected = &self.connector.selected;
        if in_connector && !selected.is_empty() && !selected.iter().any(|known| known == name) {
            let text = format!("`{name}` is not selected in {place}{}", self.of_rule());
            let help = "it reads as absent; select it on the connector and run a full import";
            self.note(Level::Warning, "attribute-not-selected", line, name, text, help);
        }
    }

    fn of_rule(&self) -> String {
        format!(" (rule `{}`)", self.rule.name)
    }

    fn note(
        &mut self,
        level: Level,
        code: &'static str,
        line: u32,
        name: &str,
        text: String,
        help: &str,
    ) {
        let path = format!("{} / {name}", self.rule.name);
        self.findings.add(level, code, &self.rule.file, line, &path, text, help);
    }
}

/// A feature whose flag says off while rules that belong to it are on (CE-040): the rules count.
pub(super) fn flags(export: &ServerExport, findings: &mut Findings) {
    const FEATURES: &[(&str, &str)] =
        &[("exchange hybrid", "Exchange Hybrid"), ("device join", "Computer Join")];
    for (feature, part) in FEATURES {
        let named = export.metaverse.globals.features.iter().find(|(name, _)| name == feature);
        let on = |rule: &&ExportedRule| !rule.disabled && rule.name.contains(part);
        let rules = export.rules.iter().filter(on).count();
        if let Some((_, false)) = named
            && rules > 0
        {
            let text = format!("`{feature}` is off, and {rules} rules of it are on");
            let help = "the rules count; run the wizard, or disable them";
            findings.add(Level::Warning, "flag-rule-mismatch", "", 0, feature, text, help);
        }
    }
}

/// Password hashes go to the tenant and nowhere else (CE-035).
pub(super) fn password_hashes(export: &ServerExport, findings: &mut Findings) {
    let entra: Vec<Guid> = export
        .connectors
        .iter()
        .filter(|found| found.kind == ExportedKind::Entra)
        .map(|found| found.id)
        .collect();
    for found in export.connectors.iter().filter(|found| found.password_hash_sync) {
        let Some(target) = found.password_hash_target else { continue };
        if !entra.contains(&target) {
            let text = format!(
                "password hashes of `{}` go to the connector {target}, which is not the tenant's",
                found.name
            );
            let help =
                "they are taken as sent to the tenant; choose the target again in the wizard";
            let (code, path) = ("phs-target-unknown", "password-hash-sync-config/target");
            findings.add(Level::Warning, code, &found.file, 0, path, text, help);
        }
    }
}

/// How the standard rules stand against those that dirsim ships with (CE-050, step 7).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Standing {
    /// Standard rules that are disabled.
    pub disabled: Vec<String>,
    /// Standard rules whose tag has another revision than dirsim's rule of that name.
    pub other_revision: Vec<String>,
    /// Standard rules of the same name and revision whose text differs from dirsim's. Between
    /// versions and schemas of a forest that is usual; on a server of dirsim's own version it tells
    /// that somebody changed them.
    pub differing: Vec<String>,
    /// Standard rules that dirsim's default set does not have.
    pub not_shipped: Vec<String>,
    /// Rules of dirsim's default set that the configuration does not have.
    pub missing: Vec<String>,
}

/// Compares the standard rules with dirsim's own by the name and revision in their tags.
pub(super) fn standing(rules: &[ExportedRule], shipped: &[RuleFile]) -> Standing {
    let shipped: BTreeMap<String, String> = shipped
        .iter()
        .flat_map(|file| file.text.lines())
        .filter_map(|line| line.trim().strip_prefix("tag:"))
        .filter_map(|tag| split(tag.trim()))
        .collect();
    let mut standing = Standing::default();
    let mut there = BTreeSet::new();
    for rule in rules.iter().filter(|rule| rule.is_standard()) {
        if rule.disabled {
            standing.disabled.push(rule.name.clone());
        }
        let Some((stem, revision)) = split(&rule.tag) else { continue };
        match shipped.get(&stem) {
            None => standing.not_shipped.push(rule.name.clone()),
            Some(own) if *own != revision => {
                standing
                    .other_revision
                    .push(format!("{} ({revision}, dirsim has {own})", rule.name));
            }
            Some(_) => {}
        }
        there.insert(stem);
    }
    let missing = shipped.keys().filter(|stem| !there.contains(*stem));
    standing.missing =
        missing.map(|stem| stem.trim_start_matches("Microsoft.").to_owned()).collect();
    for list in [&mut standing.disabled, &mut standing.other_revision, &mut standing.not_shipped] {
        list.sort();
        list.dedup();
    }
    standing
}

/// Splits a tag into its name and its revision.
fn split(tag: &str) -> Option<(String, String)> {
    let (stem, revision) = tag.trim_matches(['"', '\'']).rsplit_once('.')?;
    stem.starts_with("Microsoft.").then(|| (stem.to_owned(), revision.to_owned()))
}

/// Returns dirsim's default set, to compare with.
pub(super) fn shipped() -> Vec<RuleFile> {
    RuleSet::default_files()
}
