//! The settings file of the installation wizard (CE section 8): filters and rules as JSON.
//!
//! Its inner form is known from public fragments only. The reader takes what it knows, without
//! letter case, and tells every other key with its path; a custom rule with a key that nobody knows
//! is loaded disabled (CE-063).

use dirsim_model::{Dn, Guid};
use dirsim_rules::{ConnectorKind, Direction, MergeType};
use dirsim_world::{ConnectorConfiguration, PartitionConfiguration};
use serde_json::{Map, Value};

use super::bind::{self, WorldConnector};
use super::config::Limits;
use super::finding::{Findings, Level};
use super::rule::{
    ExportedClause, ExportedCriterion, ExportedFlow, ExportedRule, FlowSource, link_type,
    merge_type,
};
use crate::SourceFile;
use crate::encoding::{TextEncoding, decode};

/// What a settings file holds.
#[derive(Debug, Clone, Default)]
pub struct SettingsExport {
    /// The custom rules, whole.
    pub rules: Vec<ExportedRule>,
    /// Standard rules that are listed: connector of the world, name, whether it is disabled.
    pub standard: Vec<(String, String, bool)>,
    /// The container filters of forests of the world.
    pub connectors: Vec<ConnectorConfiguration>,
    /// What was found on the way.
    pub findings: Findings,
}

/// The largest number of a custom rule (SR-006).
const CUSTOM_MAX: u32 = 99;

/// Reads a settings file for the connectors of a world.
pub fn read(file: &SourceFile<'_>, world: &[WorldConnector]) -> SettingsExport {
    let mut reader = Reader { file: file.name, world, export: SettingsExport::default(), next: 0 };
    if file.bytes.len() > Limits::shipped().script_bytes {
        let text = format!("the file has {} bytes", file.bytes.len());
        reader.note(Level::Error, "not-well-formed", 1, "", text, "is it the right file?");
        return reader.export;
    }
    let text = match decode(file.bytes, TextEncoding::Detect) {
        Ok(text) => text,
        Err(error) => {
            reader.note(Level::Error, "not-well-formed", error.line, "", error.reason, &error.help);
            return reader.export;
        }
    };
    // The reader of serde_json stops at 128 levels by itself.
    match serde_json::from_str::<Value>(&text) {
        Ok(Value::Object(root)) => reader.root(&root),
        Ok(_) => {
            let help = "a settings file is an object with `onpremisesDirectoryPolicy`";
            reader.note(Level::Error, "not-well-formed", 1, "", "this is no object", help);
        }
        Err(error) => {
            let line = u32::try_from(error.line()).unwrap_or(0);
            let help = "export the settings again";
            reader.note(Level::Error, "not-well-formed", line, "", error.to_string(), help);
        }
    }
    reader.export
}

struct Reader<'a> {
    file: &'a str,
    world: &'a [WorldConnector],
    export: SettingsExport,
    next: u32,
}

/// Returns the value of a key, without letter case.
fn get<'v>(object: &'v Map<String, Value>, key: &str) -> Option<&'v Value> {
    object.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value)
}

/// Returns a text or number as text; empty when it is missing.
fn text(object: &Map<String, Value>, key: &str) -> String {
    match get(object, key) {
        Some(Value::String(text)) => text.clone(),
        Some(Value::Number(number)) => number.to_string(),
        Some(Value::Bool(flag)) => flag.to_string(),
        _ => String::new(),
    }
}

fn list<'v>(object: &'v Map<String, Value>, key: &str) -> &'v [Value] {
    get(object, key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

/// Reads groups: a flat list is one group, a list of lists are several.
fn grouped<'v>(list: &'v [Value]) -> Vec<Vec<&'v Map<String, Value>>> {
    let objects = |items: &'v [Value]| items.iter().filter_map(Value::as_object).collect();
    if list.iter().any(Value::is_array) {
        return list.iter().filter_map(Value::as_array).map(|group| objects(group)).collect();
    }
    let all: Vec<_> = objects(list);
    if all.is_empty() { Vec::new() } else { vec![all] }
}

impl Reader<'_> {
    fn note(
        &mut self,
        level: Level,
        code: &'static str,
        line: u32,
        path: &str,
        text: impl Into<String>,
        help: &str,
    ) {
        self.export.findings.add(level, code, self.file, line, path, text, help);
    }

    /// Tells keys that nobody knows; returns whether there were any.
    fn unknown(&mut self, object: &Map<String, Value>, path: &str, known: &[&str]) -> bool {
        let mut any = false;
        for key in object.keys() {
            if !known.iter().any(|name| name.eq_ignore_ascii_case(key)) {
                let text = format!("`{path}.{key}` is not known to dirsim");
                let at = format!("{path}.{key}");
                self.note(Level::Information, "unknown-element", 0, &at, text, "");
                any = true;
            }
        }
        any
    }

    fn root(&mut self, root: &Map<String, Value>) {
        self.unknown(root, "$", &["onpremisesDirectoryPolicy", "azureDirectoryPolicy"]);
        for (at, forest) in list(root, "onpremisesDirectoryPolicy").iter().enumerate() {
            if let Value::Object(forest) = forest {
                self.forest(forest, &format!("$.onpremisesDirectoryPolicy[{at}]"));
            }
        }
        if let Some(Value::Object(tenant)) = get(root, "azureDirectoryPolicy") {
            let path = "$.azureDirectoryPolicy";
            self.unknown(
                tenant,
                path,
                &[
                    "friendlyName",
                    "uniqueIdentifier",
                    "customSynchronizationRules",
                    "standardSynchronizationRules",
                ],
            );
            let own = self.world.iter().find(|own| own.kind == ConnectorKind::Entra);
            let name = own.map(|own| own.name.clone()).unwrap_or_default();
            self.rules(tenant, path, dirsim_sync::connector::ENTRA, &name);
        }
    }

    fn forest(&mut self, forest: &Map<String, Value>, path: &str) {
        self.unknown(
            forest,
            path,
            &[
                "friendlyName",
                "fullyQualifiedDomainName",
                "uniqueIdentifier",
                "partitionFilters",
                "customSynchronizationRules",
                "standardSynchronizationRules",
            ],
        );
        let fqdn = text(forest, "fullyQualifiedDomainName");
        let id: Guid = text(forest, "uniqueIdentifier").parse().unwrap_or(Guid::NIL);
        let forests: Vec<&WorldConnector> =
            self.world.iter().filter(|own| own.kind == ConnectorKind::Forest).collect();
        let named = forests.iter().find(|own| own.forest.eq_ignore_ascii_case(&fqdn));
        let Some(own) = named.or(if let [only] = &*forests { Some(only) } else { None }).copied()
        else {
            let text = format!("the world has no forest `{fqdn}`; its rules are left out");
            let help = "load its export with --ad as well";
            self.note(Level::Warning, "unknown-connector", 0, path, text, help);
            return;
        };
        if named.is_none() {
            let text = format!("`{fqdn}` stands for `{}`, the only forest", own.name);
            self.note(Level::Warning, "connector-rebound", 0, path, text, "");
        }
        let mut partitions = Vec::new();
        for (at, filter) in list(forest, "partitionFilters").iter().enumerate() {
            let Value::Object(filter) = filter else { continue };
            let path = format!("{path}.partitionFilters[{at}]");
            self.unknown(
                filter,
                &path,
                &["distinguishedName", "containerInclusions", "containerExclusions"],
            );
            partitions.extend(self.partition(filter, &path, own));
        }
        self.export.connectors.push(ConnectorConfiguration {
            connector: own.name.clone(),
            guid: Some(id).filter(|id| *id != Guid::NIL),
            partitions,
            ..ConnectorConfiguration::default()
        });
        let name = own.name.clone();
        self.rules(forest, path, id, &name);
    }

    fn partition(
        &mut self,
        filter: &Map<String, Value>,
        path: &str,
        own: &WorldConnector,
    ) -> Option<PartitionConfiguration> {
        let from: Dn = text(filter, "distinguishedName").parse().ok()?;
        let named = own.domains.iter().find(|domain| domain.key() == from.key());
        let to = named.or(own.domains.first())?;
        let mut listed = |key: &str| -> Vec<Dn> {
            let mut found = Vec::new();
            for value in list(filter, key) {
                match value.as_str().unwrap_or_default().parse::<Dn>() {
                    Ok(dn) => found.extend(bind::rebase(&dn, &from, to)),
                    Err(error) => {
                        let help = "the entry is left out";
                        let code = "container-conflict";
                        self.note(Level::Warning, code, 0, path, error.to_string(), help);
                    }
                }
            }
            found
        };
        let (exclude, mut include) = (listed("containerExclusions"), listed("containerInclusions"));
        include.retain(|dn| !exclude.iter().any(|out| out.key() == dn.key()));
        Some(PartitionConfiguration { name: to.to_string(), selected: true, include, exclude })
    }

    fn rules(&mut self, owner: &Map<String, Value>, path: &str, connector: Guid, name: &str) {
        for rule in list(owner, "standardSynchronizationRules") {
            let Value::Object(rule) = rule else { continue };
            let disabled = text(rule, "disabled").eq_ignore_ascii_case("true");
            self.export.standard.push((name.to_owned(), text(rule, "name"), disabled));
        }
        for (at, rule) in list(owner, "customSynchronizationRules").iter().enumerate() {
            let path = format!("{path}.customSynchronizationRules[{at}]");
            if let Value::Object(rule) = rule {
                self.custom(rule, &path, connector);
            } else {
                let text = format!("`{path}` is no rule");
                self.note(Level::Warning, "rule-not-understood", 0, &path, text, "");
            }
        }
    }

    fn custom(&mut self, rule: &Map<String, Value>, path: &str, connector: Guid) {
        let mut odd = self.unknown(
            rule,
            path,
            &[
                "name",
                "description",
                "direction",
                "precedence",
                "linkType",
                "source",
                "target",
                "uniqueIdentifier",
                "internalIdentifier",
                "immutableTag",
                "disabled",
                "scopeFilters",
                "joinFilters",
                "joinConditions",
                "attributeMappings",
                "enablePasswordSync",
            ],
        );
        let name = text(rule, "name");
        let direction = match text(rule, "direction").to_ascii_lowercase().as_str() {
            "outbound" => Direction::Outbound,
            "inbound" => Direction::Inbound,
            _ => {
                odd = true;
                Direction::Inbound
            }
        };
        let link = link_type(&text(rule, "linkType"));
        let precedence = text(rule, "precedence").parse::<u32>();
        odd |= link.is_none() || precedence.is_err() || name.is_empty();
        // The wizard refuses the whole file then (CE-061).
        if let Ok(number) = &precedence
            && *number > CUSTOM_MAX
        {
            let text = format!("the custom rule `{name}` has the precedence {number}");
            let help = "custom rules of a settings file use 0 to 99; the wizard refuses others";
            let code = "custom-precedence-above-99";
            self.note(Level::Error, code, 0, path, text, help);
        }
        self.next += 1;
        let id = text(rule, "uniqueIdentifier").parse().unwrap_or_else(|_| {
            let bytes = [name.as_bytes(), connector.as_bytes()].concat();
            Guid::from_bytes(xxhash_rust::xxh3::xxh3_128(&bytes).to_le_bytes())
        });
        let (scope, odd_scope) = self.scope(rule, path);
        let (join, odd_join) = self.join(rule, path);
        let (flows, odd_flows) = self.flows(rule, path);
        odd |= odd_scope || odd_join || odd_flows;
        if odd {
            let text = format!("the rule `{name}` has parts that dirsim does not know");
            let help = "it is loaded disabled; export it from the rule editor as a script";
            self.note(Level::Warning, "rule-not-understood", 0, path, text, help);
        }
        let flag = |key: &str| text(rule, key).eq_ignore_ascii_case("true");
        self.export.rules.push(ExportedRule {
            file: self.file.to_owned(),
            line: 0,
            id,
            internal_id: text(rule, "internalIdentifier").parse().unwrap_or(Guid::NIL),
            version: 1,
            name,
            description: text(rule, "description"),
            tag: text(rule, "immutableTag"),
            direction,
            disabled: odd || flag("disabled"),
            connector,
            source_type: text(rule, "source"),
            target_type: text(rule, "target"),
            link: link.unwrap_or_default(),
            precedence: precedence.unwrap_or(self.next),
            precedence_after: Guid::NIL,
            precedence_before: Guid::NIL,
            soft_delete_expiry: "00:00:00".to_owned(),
            password_sync: flag("enablePasswordSync"),
            flows,
            join,
            scope,
        });
    }

    fn scope(&mut self, rule: &Map<String, Value>, path: &str) -> (Vec<Vec<ExportedClause>>, bool) {
        let mut odd = false;
        let mut groups = Vec::new();
        for group in grouped(list(rule, "scopeFilters")) {
            let mut clauses = Vec::new();
            for clause in group {
                let path = format!("{path}.scopeFilters");
                odd |= self.unknown(clause, &path, &["attribute", "condition", "value"]);
                clauses.push(ExportedClause {
                    line: 0,
                    attribute: text(clause, "attribute"),
                    operator: text(clause, "condition"),
                    value: text(clause, "value"),
                });
            }
            groups.push(clauses);
        }
        (groups, odd)
    }

    fn join(
        &mut self,
        rule: &Map<String, Value>,
        path: &str,
    ) -> (Vec<Vec<ExportedCriterion>>, bool) {
        let mut odd = false;
        let mut groups = Vec::new();
        for key in ["joinFilters", "joinConditions"] {
            for group in grouped(list(rule, key)) {
                let mut criteria = Vec::new();
                for criterion in group {
                    let known = ["csAttribute", "mvAttribute", "ilmAttribute", "caseSensitive"];
                    odd |= self.unknown(criterion, &format!("{path}.{key}"), &known);
                    let metaverse = text(criterion, "mvAttribute");
                    criteria.push(ExportedCriterion {
                        line: 0,
                        cs_attribute: text(criterion, "csAttribute"),
                        mv_attribute: if metaverse.is_empty() {
                            text(criterion, "ilmAttribute")
                        } else {
                            metaverse
                        },
                        case_sensitive: text(criterion, "caseSensitive")
                            .eq_ignore_ascii_case("true"),
                    });
                }
                groups.push(criteria);
            }
        }
        (groups, odd)
    }

    fn flows(&mut self, rule: &Map<String, Value>, path: &str) -> (Vec<ExportedFlow>, bool) {
        let mut odd = false;
        let mut flows = Vec::new();
        for mapping in list(rule, "attributeMappings").iter().filter_map(Value::as_object) {
            let path = format!("{path}.attributeMappings");
            odd |= self.unknown(
                mapping,
                &path,
                &[
                    "destination",
                    "source",
                    "expression",
                    "constant",
                    "flowType",
                    "mergeType",
                    "executeOnce",
                ],
            );
            let source = match get(mapping, "source") {
                Some(Value::Array(names)) => {
                    names.first().and_then(Value::as_str).unwrap_or_default().to_owned()
                }
                _ => text(mapping, "source"),
            };
            let (expression, constant) = (text(mapping, "expression"), text(mapping, "constant"));
            let kind = text(mapping, "flowType").to_ascii_lowercase();
            let source = if !expression.trim().is_empty() {
                FlowSource::Expression(expression)
            } else if !constant.is_empty() || kind == "constant" {
                let text = if constant.is_empty() { source } else { constant };
                FlowSource::Constant(text.trim().to_owned())
            } else if kind == "expression" {
                FlowSource::Expression(source)
            } else {
                FlowSource::Direct(source)
            };
            let merge = text(mapping, "mergeType");
            let known = merge_type(&merge);
            odd |= !merge.is_empty() && known.is_none();
            flows.push(ExportedFlow {
                line: 0,
                target: text(mapping, "destination"),
                source,
                stored_sources: None,
                merge: known.unwrap_or(MergeType::Update),
                once: text(mapping, "executeOnce").eq_ignore_ascii_case("true"),
            });
        }
        (flows, odd)
    }
}
