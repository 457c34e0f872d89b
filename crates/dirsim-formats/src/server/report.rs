//! The report of an import (CE-052): what was found, what it became, and what was left out.

use std::fmt::Write as _;

use dirsim_model::time::MINUTE_MS;
use dirsim_world::ServerConfiguration;
use serde::Serialize;

use super::check::{self, LooseEnds, Standing};
use super::connector::{ExportedConnector, ExportedKind};
use super::finding::{Finding, Level};
use super::folder::ServerExport;
use super::rule::{ExportedRule, FlowSource};

/// What an administrator reads after an import.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ImportReport {
    /// The folder or files, as they were named.
    pub source: String,
    /// Name of the exported server; empty when the source does not tell it.
    pub server: String,
    /// When it was exported.
    pub exported: String,
    /// Version of the product.
    pub product: String,
    /// Files that were read.
    pub files: usize,
    /// The connectors.
    pub connectors: Vec<ConnectorLine>,
    /// Classes of the metaverse.
    pub metaverse_classes: usize,
    /// Attributes of the metaverse.
    pub metaverse_attributes: usize,
    /// The rules.
    pub rules: RuleCounts,
    /// How the standard rules stand against dirsim's own.
    pub standing: Standing,
    /// Metaverse attributes that lead nowhere.
    pub loose_ends: LooseEnds,
    /// Features of the wizard that are on.
    pub features: Vec<String>,
    /// Container filters, one line per domain that has one.
    pub filters: Vec<String>,
    /// Settings that the world takes over: name and value.
    pub settings: Vec<(String, String)>,
    /// Parameters that are only told.
    pub shown: Vec<(String, String)>,
    /// Attributes that the world's schema learned.
    pub new_attributes: Vec<String>,
    /// How many rules the whole set has, when it compiles.
    pub set_rules: usize,
    /// What there is to say, by file and place.
    pub findings: Vec<Finding>,
}

/// One connector of the export.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct ConnectorLine {
    /// Its name.
    pub name: String,
    /// `AD`, `Entra` or `generic`.
    pub kind: &'static str,
    /// The connector of the world that it stands for; empty when there is none.
    pub stands_for: String,
    /// Its partitions.
    pub partitions: usize,
    /// The selected attributes.
    pub attributes: usize,
    /// The selected object classes.
    pub classes: usize,
    /// Its run profiles.
    pub run_profiles: usize,
}

/// Rules and flows by kind.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleCounts {
    /// All rules.
    pub rules: usize,
    /// Those that came with the product.
    pub standard: usize,
    /// Those that an administrator wrote.
    pub custom: usize,
    /// Those that are switched off.
    pub disabled: usize,
    /// All flows.
    pub flows: usize,
    /// Flows that take an attribute over.
    pub direct: usize,
    /// Flows of always the same value.
    pub constants: usize,
    /// Flows that compute.
    pub expressions: usize,
}

impl RuleCounts {
    /// Counts rules and their flows.
    pub fn of(rules: &[ExportedRule]) -> Self {
        let mut counts = Self { rules: rules.len(), ..Self::default() };
        for rule in rules {
            *(if rule.is_standard() { &mut counts.standard } else { &mut counts.custom }) += 1;
            counts.disabled += usize::from(rule.disabled);
            counts.flows += rule.flows.len();
            for flow in &rule.flows {
                *match &flow.source {
                    FlowSource::Direct(_) => &mut counts.direct,
                    FlowSource::Constant(_) => &mut counts.constants,
                    FlowSource::Expression(_) => &mut counts.expressions,
                } += 1;
            }
        }
        counts
    }
}

impl RuleCounts {
    /// Adds the counts of more rules.
    pub fn add(&mut self, more: Self) {
        self.rules += more.rules;
        self.standard += more.standard;
        self.custom += more.custom;
        self.disabled += more.disabled;
        self.flows += more.flows;
        self.direct += more.direct;
        self.constants += more.constants;
        self.expressions += more.expressions;
    }
}

impl ImportReport {
    /// Returns whether something could not be loaded.
    pub fn has_errors(&self) -> bool {
        self.findings.iter().any(|finding| finding.level == Level::Error)
    }

    /// Returns how many findings there are of each level.
    pub fn counts(&self) -> [(Level, usize); 3] {
        [Level::Error, Level::Warning, Level::Information].map(|level| {
            (level, self.findings.iter().filter(|finding| finding.level == level).count())
        })
    }

    /// Returns the report as lines: a word, and what there is to say about it (CE-052).
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = Vec::new();
        if !self.server.is_empty() {
            let mut text = self.server.clone();
            if !self.exported.is_empty() {
                let _ = write!(text, ", exported {}", self.exported);
            }
            if !self.product.is_empty() {
                let _ = write!(text, ", product {}", self.product);
            }
            lines.push(("configuration", text));
        }
        for (at, connector) in self.connectors.iter().enumerate() {
            let count = |number: usize, one: &str, many: &str| {
                format!("{number} {}", if number == 1 { one } else { many })
            };
            let stands = if connector.stands_for.is_empty() {
                " → left out".to_owned()
            } else if connector.stands_for == connector.name {
                String::new()
            } else {
                format!(" → {}", connector.stands_for)
            };
            let text = format!(
                "{} ({}, {}, {}, {}, {}){stands}",
                connector.name,
                connector.kind,
                count(connector.partitions, "partition", "partitions"),
                count(connector.attributes, "attribute", "attributes"),
                count(connector.classes, "class", "classes"),
                count(connector.run_profiles, "run profile", "run profiles"),
            );
            lines.push((if at == 0 { "connectors" } else { "" }, text));
        }
        if self.metaverse_classes > 0 {
            let text = format!(
                "{} classes, {} attributes",
                self.metaverse_classes, self.metaverse_attributes
            );
            lines.push(("metaverse", text));
        }
        let counts = self.rules;
        if counts.rules > 0 {
            let text = format!(
                "{} ({} standard, {} custom, {} disabled)",
                counts.rules, counts.standard, counts.custom, counts.disabled
            );
            lines.push(("rules", text));
            let text = format!(
                "{} ({} direct, {} constants, {} expressions)",
                counts.flows, counts.direct, counts.constants, counts.expressions
            );
            lines.push(("flows", text));
        }
        if self.set_rules > 0 && self.set_rules != counts.rules {
            lines.push(("rule set", format!("{} rules in all", self.set_rules)));
        }
        self.told(&mut lines);
        lines
    }

    fn told(&self, lines: &mut Vec<(&'static str, String)>) {
        let standing = &self.standing;
        let of_dirsim = [
            (&standing.disabled, "disabled"),
            (&standing.other_revision, "of another revision than dirsim's"),
            (&standing.differing, "of the same revision and another text"),
            (&standing.not_shipped, "that dirsim's set lacks"),
            (&standing.missing, "of dirsim's set not there"),
        ];
        let told: Vec<String> = of_dirsim
            .iter()
            .filter(|(list, _)| !list.is_empty())
            .map(|(list, what)| format!("{} {what}", list.len()))
            .collect();
        if self.rules.standard > 0 && !told.is_empty() {
            lines.push(("standard rules", told.join(", ")));
        }
        if !self.features.is_empty() {
            lines.push(("features", self.features.join(", ")));
        }
        for (at, filter) in self.filters.iter().enumerate() {
            lines.push((if at == 0 { "filters" } else { "" }, filter.clone()));
        }
        if !self.settings.is_empty() {
            let all: Vec<String> =
                self.settings.iter().map(|(name, value)| format!("{name} {value}")).collect();
            lines.push(("settings", all.join(", ")));
        }
        if !self.new_attributes.is_empty() {
            lines.push(("new attributes", self.new_attributes.join(", ")));
        }
        let counted: Vec<String> = self
            .counts()
            .iter()
            .filter(|(_, count)| *count > 0)
            .map(|(level, count)| match (level, count) {
                (Level::Error, 1) => "1 error".to_owned(),
                (Level::Error, count) => format!("{count} errors"),
                (Level::Warning, 1) => "1 warning".to_owned(),
                (Level::Warning, count) => format!("{count} warnings"),
                (Level::Information, count) => format!("{count} for information"),
            })
            .collect();
        let counted = if counted.is_empty() { "none".to_owned() } else { counted.join(", ") };
        lines.push(("findings", counted));
    }
}

/// Tells of a configuration folder.
pub(super) fn of_folder(
    source: &str,
    export: &ServerExport,
    configuration: &ServerConfiguration,
) -> ImportReport {
    let globals = &export.metaverse.globals;
    let version = export.connectors.iter().map(|found| found.version.as_str());
    let product = version.chain(globals.version.as_deref()).find(|text| !text.is_empty());
    let stands_for = |found: &ExportedConnector| {
        let configured =
            configuration.connectors.iter().find(|configured| configured.guid == Some(found.id));
        configured.map(|configured| configured.connector.clone()).unwrap_or_default()
    };
    ImportReport {
        source: source.to_owned(),
        server: export.metaverse.server.clone(),
        exported: export.metaverse.exported.split('.').next().unwrap_or_default().to_owned(),
        product: product.unwrap_or_default().to_owned(),
        files: export.files,
        connectors: export
            .connectors
            .iter()
            .map(|found| {
                let mut classes: Vec<&String> =
                    found.partitions.iter().flat_map(|partition| &partition.classes).collect();
                classes.sort();
                classes.dedup();
                ConnectorLine {
                    name: found.name.clone(),
                    kind: match found.kind {
                        ExportedKind::Forest => "AD",
                        ExportedKind::Entra => "Entra",
                        ExportedKind::Generic => "generic",
                    },
                    stands_for: stands_for(found),
                    partitions: found.partitions.len(),
                    attributes: found.selected.len(),
                    classes: classes.len(),
                    run_profiles: found.profiles.len(),
                }
            })
            .collect(),
        metaverse_classes: export.metaverse.schema.classes.len(),
        metaverse_attributes: export.metaverse.schema.attributes.len(),
        rules: RuleCounts::of(&export.rules),
        standing: check::standing(&export.rules, &check::shipped()),
        loose_ends: check::loose_ends(&export.rules),
        features: globals
            .features
            .iter()
            .filter(|(_, on)| *on)
            .map(|(words, _)| words.clone())
            .collect(),
        filters: filters(configuration),
        settings: settings(configuration),
        shown: globals.shown.clone(),
        new_attributes: Vec::new(),
        set_rules: 0,
        findings: Vec::new(),
    }
}

fn filters(configuration: &ServerConfiguration) -> Vec<String> {
    let mut lines = Vec::new();
    for connector in &configuration.connectors {
        for partition in &connector.partitions {
            let names = |list: &[dirsim_model::Dn]| {
                list.iter().map(ToString::to_string).collect::<Vec<_>>().join("; ")
            };
            let whole = partition.name.parse::<dirsim_model::Dn>().ok();
            let only = whole.is_some_and(
                |domain| matches!(&*partition.exclude, [out] if out.key() == domain.key()),
            );
            let (include, exclude) = (names(&partition.include), names(&partition.exclude));
            let name = &connector.connector;
            lines.push(match (partition.selected, only) {
                (false, _) => format!("{name}: {} is not selected", partition.name),
                (true, true) if include.is_empty() => format!("{name}: nothing of {exclude}"),
                (true, true) => format!("{name}: only {include}"),
                (true, false) if exclude.is_empty() => continue,
                (true, false) if include.is_empty() => format!("{name}: without {exclude}"),
                (true, false) => format!("{name}: without {exclude}, but with {include}"),
            });
        }
    }
    lines
}

fn settings(configuration: &ServerConfiguration) -> Vec<(String, String)> {
    let settings = &configuration.settings;
    let on = |flag: bool| if flag { "on" } else { "off" }.to_owned();
    let mut told = Vec::new();
    let mut tell = |name: &str, value: Option<String>| {
        if let Some(value) = value {
            told.push((name.to_owned(), value));
        }
    };
    let threshold = settings.deletion_prevention.map(|enabled| {
        let count = settings.deletions_max.map_or("the default".to_owned(), |max| max.to_string());
        if enabled { count } else { "off".to_owned() }
    });
    tell("deletion threshold", threshold);
    let minutes = |ms: i64| format!("{} min", ms / MINUTE_MS);
    tell("interval", settings.customized_interval_ms.map(minutes));
    tell("scheduler", settings.sync_cycle_enabled.map(on));
    tell("suspended", settings.suspended.filter(|flag| *flag).map(on));
    tell("maintenance", settings.maintenance_enabled.filter(|flag| !*flag).map(on));
    tell("staging mode", settings.staging_mode.map(on));
    told
}
