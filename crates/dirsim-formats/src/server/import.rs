//! From an export to what a world takes over (CE-050): connectors bound, names moved into the
//! world's domains, rules written in dirsim's own format and checked as a whole.

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::{Dn, Guid, Schema, Side, Syntax};
use dirsim_rules::{
    AnchorMode, ConnectorInfo, ConnectorKind, Direction, RuleEdit, RuleFile, RuleOptions,
    RuleProblem, RuleSet,
};
use dirsim_sync::Policy;
use dirsim_world::{
    ConnectorConfiguration, NewAttribute, PartitionConfiguration, ServerConfiguration,
    SettingsConfiguration,
};

use super::bind::{self, Answers, WorldConnector};
use super::check;
use super::connector::{ExportedConnector, ExportedKind};
use super::finding::{Findings, Level};
use super::folder::ServerExport;
use super::report::{self, ImportReport};
use super::rule::{ExportedRule, FlowSource};
use super::yaml::{self, Bound, Written};

/// What a world is to be told, and what there is to tell about it.
#[derive(Debug, Clone)]
pub struct Imported {
    /// Attributes that the world's schema lacks; to be defined before objects are loaded.
    pub attributes: Vec<NewAttribute>,
    /// Everything else.
    pub configuration: ServerConfiguration,
    /// What the administrator should read.
    pub report: ImportReport,
}

impl Imported {
    /// Compiles the rules as a world with these connectors will have them: identities and
    /// parameters are those of the imported server, where it has any. `before` are the edits of the
    /// rules that were there already.
    pub fn compile(
        &self,
        connectors: &[ConnectorInfo],
        options: &RuleOptions,
        before: &[RuleEdit],
        schema: &Schema,
    ) -> Result<RuleSet, Vec<RuleProblem>> {
        let mut schema = schema.clone();
        for new in &self.attributes {
            // A schema that is full was told by the import.
            if let Ok(id) = schema.intern(&new.name) {
                schema.define(new.side, id, new.definition);
            }
        }
        let mut infos = connectors.to_vec();
        for told in &self.configuration.connectors {
            let named = |info: &&mut ConnectorInfo| info.name.eq_ignore_ascii_case(&told.connector);
            let Some(info) = infos.iter_mut().find(named) else { continue };
            if let Some(guid) = told.guid {
                info.guid = guid;
                info.parameters.clone_from(&told.parameters);
            }
        }
        let kept = if self.configuration.keeps_edits { before } else { &[] };
        let new = self.configuration.edits.iter().map(|placed| placed.resolved(&infos));
        let edits: Vec<RuleEdit> = kept.iter().cloned().chain(new).collect();
        let options = self.configuration.options.as_ref().unwrap_or(options);
        let files = self.configuration.rules.as_deref().unwrap_or_default();
        RuleSet::build_edited(files, &infos, options, &edits, &mut schema)
    }
}

/// What a configuration is imported into.
#[derive(Debug, Clone, Copy)]
pub struct Target<'a> {
    /// The connectors of the world, in the order in which they were made.
    pub connectors: &'a [WorldConnector],
    /// The schema of the world.
    pub schema: &'a Schema,
    /// The choices of the wizard in the world.
    pub options: &'a RuleOptions,
    /// Which connector an identity stands for, where it was asked.
    pub answers: &'a Answers,
}

/// Imports a configuration folder that was read before.
pub fn import(source: &str, export: &ServerExport, target: Target<'_>) -> Imported {
    let mut findings = Findings::default();
    let taken = take(source, export, target, &mut findings);
    let mut schema = target.schema.clone();
    for new in &taken.attributes {
        if let Ok(id) = schema.intern(&new.name) {
            schema.define(new.side, id, new.definition);
        }
    }
    let files = [taken.written.file.clone()];
    let options = taken.configuration.options.clone().unwrap_or_default();
    let written = std::slice::from_ref(&taken.written);
    let set = compile(&files, written, &taken.infos, &options, (&[], &[]), &schema, &mut findings);
    let mut configuration = taken.configuration;
    configuration.rules = Some(files.to_vec());
    let mut report = taken.report;
    report.set_rules = set.map_or(0, |set| set.rules().len());
    report.standing.differing = findings.take_modified();
    report.findings = findings.sorted();
    Imported { attributes: taken.attributes, configuration, report }
}

/// What a folder gives before its rules are compiled.
pub(super) struct Taken {
    pub(super) attributes: Vec<NewAttribute>,
    pub(super) configuration: ServerConfiguration,
    pub(super) infos: Vec<ConnectorInfo>,
    pub(super) written: Written,
    pub(super) report: ImportReport,
}

/// Binds a folder to the connectors of a world and writes its rules in dirsim's format.
pub(super) fn take(
    source: &str,
    export: &ServerExport,
    target: Target<'_>,
    findings: &mut Findings,
) -> Taken {
    findings.extend(export.findings.clone());
    let bound = bind::connectors(
        &export.connectors,
        &export.rules,
        target.connectors,
        target.answers,
        findings,
    );
    check::attributes(export, findings);
    check::flags(export, findings);
    check::password_hashes(export, findings);
    let attributes = new_attributes(export, &bound, target);
    let mut schema = target.schema.clone();
    let defined: Result<(), _> = attributes.iter().try_for_each(|new| {
        schema.intern(&new.name).map(|id| schema.define(new.side, id, new.definition))
    });
    if let Err(error) = defined {
        findings.add(Level::Error, "not-well-formed", "", 0, "", error.to_string(), "");
    }

    let mut configuration = ServerConfiguration {
        origin: if export.metaverse.server.is_empty() {
            source.to_owned()
        } else {
            export.metaverse.server.clone()
        },
        options: Some(options(export, target.options)),
        settings: settings(export, findings),
        ..ServerConfiguration::default()
    };
    for found in &export.connectors {
        let own = bound.get(&found.id).and_then(|at| target.connectors.get(*at));
        if let Some(own) = own {
            configuration.connectors.push(connector(found, own, findings));
        }
    }

    let names: Bound = bound
        .iter()
        .filter_map(|(guid, at)| {
            let own = target.connectors.get(*at)?;
            Some((*guid, (own.name.clone(), own.kind)))
        })
        .collect();
    let heading = format!(
        "Rules of {}, exported {}; imported by dirsim.",
        configuration.origin, export.metaverse.exported
    );
    let mut rules = export.rules.clone();
    rules.extend(pilot_rules(export, &bound, target.connectors));
    let written = yaml::write("imported-rules.yaml", &heading, &rules, &names, &schema, findings);
    let infos = infos(target.connectors, &bound, &export.connectors);
    let mut report = report::of_folder(source, export, &configuration);
    report.new_attributes = attributes.iter().map(|new| new.name.clone()).collect();
    report.new_attributes.dedup();
    Taken { attributes, configuration, infos, written, report }
}

/// Where a rule comes from that is put into the set by an edit.
#[derive(Debug, Clone)]
pub(super) struct Edited {
    pub(super) name: String,
    pub(super) file: String,
    pub(super) line: u32,
}

/// Compiles rule files as a world will, and notes what is wrong where the author wrote it.
pub(super) fn compile(
    files: &[RuleFile],
    written: &[Written],
    infos: &[ConnectorInfo],
    options: &RuleOptions,
    edits: (&[RuleEdit], &[Edited]),
    schema: &Schema,
    findings: &mut Findings,
) -> Option<RuleSet> {
    let built = RuleSet::build_edited(files, infos, options, edits.0, &mut schema.clone());
    let (set, problems) = match built {
        Ok(set) => {
            let warnings = set.warnings().to_vec();
            (Some(set), warnings)
        }
        Err(problems) => (None, problems),
    };
    for mut problem in problems {
        // An edited rule stands in no file of the set.
        if let Some(edited) =
            edits.1.iter().find(|edited| problem.line == 0 && edited.name == problem.rule)
        {
            problem.file.clone_from(&edited.file);
            problem.line = edited.line;
        }
        let moved = written
            .iter()
            .find(|written| written.file.path == problem.file)
            .map_or_else(|| problem.clone(), |written| written.moved(&problem));
        findings.problem(&moved);
    }
    set
}

/// Returns what the rules of the world will be compiled with: identities and parameters are those
/// of the server.
fn infos(
    world: &[WorldConnector],
    bound: &BTreeMap<Guid, usize>,
    exported: &[ExportedConnector],
) -> Vec<ConnectorInfo> {
    let mut infos: Vec<ConnectorInfo> = plain_infos(world);
    for (guid, at) in bound {
        if let Some(info) = infos.get_mut(*at) {
            info.guid = *guid;
            if let Some(found) = exported.iter().find(|found| found.id == *guid) {
                info.parameters.clone_from(&found.parameters);
            }
        }
    }
    infos
}

/// Returns what rules are compiled with when nothing is imported.
pub(super) fn plain_infos(world: &[WorldConnector]) -> Vec<ConnectorInfo> {
    (1..).zip(world).map(|(id, own)| own.info(id)).collect()
}

/// Finds the attributes that rules use or connectors select and the world's schema does not know.
fn new_attributes(
    export: &ServerExport,
    bound: &BTreeMap<Guid, usize>,
    target: Target<'_>,
) -> Vec<NewAttribute> {
    let mut wanted: BTreeSet<(Side, &str)> = BTreeSet::new();
    let sides: BTreeMap<Guid, Side> = export
        .connectors
        .iter()
        .filter(|found| bound.contains_key(&found.id))
        .map(|found| {
            let forest = found.kind == ExportedKind::Forest;
            (found.id, if forest { Side::Forest } else { Side::Entra })
        })
        .collect();
    for found in &export.connectors {
        if let Some(side) = sides.get(&found.id) {
            wanted.extend(found.selected.iter().map(|name| (*side, name.as_str())));
        }
    }
    let mut of_expressions: BTreeSet<(Side, String)> = BTreeSet::new();
    for rule in &export.rules {
        let Some(cs) = sides.get(&rule.connector) else { continue };
        let (source, target) = match rule.direction {
            Direction::Inbound => (*cs, Side::Metaverse),
            Direction::Outbound => (Side::Metaverse, *cs),
        };
        wanted.extend(rule.scope.iter().flatten().map(|c| (source, c.attribute.as_str())));
        for criterion in rule.join.iter().flatten() {
            wanted.insert((*cs, &criterion.cs_attribute));
            wanted.insert((Side::Metaverse, &criterion.mv_attribute));
        }
        for flow in &rule.flows {
            wanted.insert((target, &flow.target));
            match &flow.source {
                FlowSource::Direct(name) => drop(wanted.insert((source, name))),
                FlowSource::Expression(text) => of_expressions
                    .extend(dirsim_expr::attribute_names(text).into_iter().map(|n| (source, n))),
                FlowSource::Constant(_) => {}
            }
        }
    }
    let mut all: BTreeSet<(Side, String)> =
        wanted.into_iter().map(|(side, name)| (side, name.to_owned())).collect();
    all.extend(of_expressions);
    all.into_iter()
        .filter_map(|(side, name)| {
            let known = target.schema.attribute(&name);
            if known.is_some_and(|id| target.schema.definition(side, id).is_some()) {
                return None;
            }
            let mut found = export
                .connectors
                .iter()
                .filter(|found| sides.get(&found.id) == Some(&side))
                .map(|found| &found.schema)
                .chain((side == Side::Metaverse).then_some(&export.metaverse.schema));
            let mut definition = found.find_map(|schema| schema.attributes.get(&name))?.definition;
            // Values of a name that the world met before are stored as text.
            let added = known.is_some_and(|id| {
                let own = target.schema.name(id);
                target.schema.added_names().iter().any(|added| **added == *own)
            });
            if added {
                definition.syntax = Syntax::Text;
            }
            let name = known.map_or(name, |id| target.schema.name(id).to_owned());
            Some(NewAttribute { side, name, definition })
        })
        .collect()
}

fn options(export: &ServerExport, world: &RuleOptions) -> RuleOptions {
    let globals = &export.metaverse.globals;
    let anchor_mode = match globals.anchor.as_deref() {
        Some(name) if name.eq_ignore_ascii_case("objectGUID") => AnchorMode::ObjectGuid,
        Some(name) if name.eq_ignore_ascii_case("mS-DS-ConsistencyGuid") => {
            AnchorMode::ConsistencyGuid
        }
        _ => world.anchor_mode,
    };
    let hashes = globals.feature("password hash synchronization")
        || export.connectors.iter().any(|found| found.password_hash_sync);
    RuleOptions {
        anchor_mode,
        exchange_hybrid: globals.feature("exchange hybrid"),
        device_join: globals.feature("device join"),
        password_hash_sync: hashes,
        ..world.clone()
    }
}

fn settings(export: &ServerExport, findings: &mut Findings) -> SettingsConfiguration {
    let globals = &export.metaverse.globals;
    let next_policy = globals.policy.as_deref().and_then(|text| match text {
        text if text.eq_ignore_ascii_case("Delta") => Some(Policy::Delta),
        text if text.eq_ignore_ascii_case("Initial") => Some(Policy::Initial),
        text => {
            let what = format!("the next policy is `{text}`");
            let code = "unknown-parameter";
            findings.add(Level::Information, code, "", 0, "SynchronizationPolicy", what, "");
            None
        }
    });
    SettingsConfiguration {
        deletion_prevention: globals.deletion_threshold,
        deletions_max: globals.deletions_max,
        // A configuration is imported into a server that has synchronized nothing yet.
        next_policy: next_policy.map(|_| Policy::Initial),
        customized_interval_ms: globals.interval_ms,
        sync_cycle_enabled: globals.sync_cycle_enabled,
        suspended: globals.suspended,
        maintenance_enabled: globals.maintenance_enabled,
        purge_interval_ms: globals.purge_interval_ms,
        staging_mode: globals.staging_mode,
    }
}

fn connector(
    found: &ExportedConnector,
    own: &WorldConnector,
    findings: &mut Findings,
) -> ConnectorConfiguration {
    let mut classes: Vec<String> =
        found.partitions.iter().flat_map(|partition| partition.classes.clone()).collect();
    classes.sort();
    classes.dedup();
    ConnectorConfiguration {
        connector: own.name.clone(),
        guid: Some(found.id),
        classes: (!classes.is_empty()).then_some(classes),
        attributes: (!found.selected.is_empty()).then(|| found.selected.clone()),
        partitions: if own.kind == ConnectorKind::Forest {
            partitions(found, own, findings)
        } else {
            Vec::new()
        },
        parameters: found.parameters.clone(),
    }
}

/// Returns the domain of the world that an exported domain stands for.
fn stands_for<'a>(from: &Dn, found: &ExportedConnector, own: &'a WorldConnector) -> Option<&'a Dn> {
    let named = own.domains.iter().find(|domain| domain.key() == from.key());
    let is_root = from.key() == Dn::from_domain_fqdn(&found.forest).key();
    named.or_else(|| own.domains.first().filter(|_| is_root))
}

/// Maps partitions to the domains of a forest: by name, and else the roots to each other.
fn partitions(
    found: &ExportedConnector,
    own: &WorldConnector,
    findings: &mut Findings,
) -> Vec<PartitionConfiguration> {
    let mut configured = Vec::new();
    let mut taken: BTreeSet<String> = BTreeSet::new();
    for partition in &found.partitions {
        if !partition.is_domain {
            let text = format!("the partition `{}` is no domain", partition.name);
            let (level, code) = (Level::Information, "not-simulated");
            findings.add(level, code, &found.file, 0, &partition.name, text, "");
            continue;
        }
        let Ok(from) = partition.name.parse::<Dn>() else { continue };
        let to = stands_for(&from, found, own);
        let Some(to) = to.filter(|to| taken.insert(to.key())) else {
            let text = format!("the world has no domain for the partition `{}`", partition.name);
            let (level, code) = (Level::Warning, "connector-rebound");
            findings.add(level, code, &found.file, 0, &partition.name, text, "");
            continue;
        };
        let within = |names: &[Dn]| -> Vec<Dn> {
            names.iter().filter_map(|dn| bind::rebase(dn, &from, to)).collect()
        };
        let exclude = within(&partition.exclude);
        let mut include = within(&partition.include);
        // What is on both lists is out (CE-021).
        include.retain(|dn| !exclude.iter().any(|out| out.key() == dn.key()));
        configured.push(PartitionConfiguration {
            name: to.to_string(),
            selected: partition.selected,
            include,
            exclude,
        });
    }
    configured
}

/// Name of the connector parameter that names the group of a pilot (CE-035).
const PILOT: &str = "Connector.GroupFilteringGroupDn";

/// Returns rules that stand for the pilot filter of the wizard: who is no direct member of the group
/// is filtered, before every other rule (CE-035, SE-323).
fn pilot_rules(
    export: &ServerExport,
    bound: &BTreeMap<Guid, usize>,
    world: &[WorldConnector],
) -> Vec<ExportedRule> {
    const CLASSES: &[(&str, &str)] = &[
        ("user", "person"),
        ("inetOrgPerson", "person"),
        ("contact", "person"),
        ("group", "group"),
    ];
    let mut free = (0..).filter(|number| !export.rules.iter().any(|r| r.precedence == *number));
    let mut rules = Vec::new();
    for found in &export.connectors {
        let group = found
            .parameters
            .iter()
            .find(|(name, _)| name.eq_ignore_ascii_case(PILOT))
            .map_or("", |(_, value)| value.trim());
        let own = bound.get(&found.id).and_then(|at| world.get(*at));
        let Some(own) = own.filter(|_| !group.is_empty()) else { continue };
        // The group moves into the domains of the world, as containers do.
        let moved = group.parse::<Dn>().ok().and_then(|dn| {
            let parts = found.partitions.iter().filter_map(|partition| {
                let from = partition.name.parse::<Dn>().ok()?;
                bind::rebase(&dn, &from, stands_for(&from, found, own)?)
            });
            // The domain of the group is the deepest one that its name is in.
            parts.max_by_key(|dn| dn.parts().len())
        });
        let group = moved.map_or_else(|| group.to_owned(), |dn| dn.to_string());
        for (class, target) in CLASSES {
            rules.push(super::rule::pilot_rule(
                found,
                &group,
                class,
                target,
                free.next().unwrap_or_default(),
            ));
        }
    }
    rules
}
