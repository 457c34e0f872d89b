//! Rule sets put together from what the user names: dirsim's default set, configuration folders,
//! rule scripts, settings files and rule files of dirsim's own, one on top of the other.

use std::collections::BTreeSet;

use dirsim_model::Guid;
use dirsim_rules::definition::{
    ClauseDefinition, CriterionDefinition, FlowDefinition, FlowKind, RuleDefinition, RuleEdit,
    RulePlace,
};
use dirsim_rules::{AnchorMode, ConnectorInfo, ConnectorKind, Direction, RuleFile, RuleSet};
use dirsim_world::{ConnectorConfiguration, NewAttribute, PlacedEdit, ServerConfiguration};

use super::bind;
use super::finding::{Findings, Level};
use super::import::{self, Edited, Imported, Target};
use super::metaverse::duration_ms;
use super::report::{ImportReport, RuleCounts};
use super::rule::{ExportedRule, FlowSource};
use super::yaml::{self, Written};
use super::{folder, script};
use crate::SourceFile;

/// One thing that the user named.
#[derive(Debug, Clone)]
pub enum RuleSource<'a> {
    /// The rule set that dirsim ships with.
    Default,
    /// A rule file of dirsim's own format.
    Rules(SourceFile<'a>),
    /// A rule script of the rule editor.
    Script(SourceFile<'a>),
    /// A settings file of the wizard.
    Settings(SourceFile<'a>),
    /// A configuration folder: its name, its files, and whether what is unknown is an error.
    Folder(&'a str, Vec<SourceFile<'a>>, bool),
    /// No source: rules of one number in the sources behind this keep the order of their files, each
    /// directly behind the one before it (SR-007).
    AcceptDuplicatePrecedence,
}

/// The rule set that is there already; nothing for a new one.
#[derive(Debug, Clone, Default)]
pub struct Base {
    /// Its files.
    pub files: Vec<RuleFile>,
    /// What was changed in it since.
    pub edits: Vec<RuleEdit>,
}

/// Puts sources together, on top of the rules that are there already, and checks the whole.
pub fn load(sources: &[RuleSource<'_>], base: &Base, target: Target<'_>) -> Imported {
    let mut loader = Loader {
        target,
        files: base.files.clone(),
        before: base.edits.clone(),
        written: Vec::new(),
        edits: Vec::new(),
        edited: Vec::new(),
        attributes: Vec::new(),
        configuration: ServerConfiguration::default(),
        report: ImportReport::default(),
        findings: Findings::default(),
        infos: import::plain_infos(target.connectors),
        complete: !base.files.is_empty(),
        alone: base.files.is_empty(),
        accepts_duplicates: false,
    };
    for source in sources {
        loader.take(source);
    }
    loader.finish()
}

struct Loader<'a> {
    target: Target<'a>,
    files: Vec<RuleFile>,
    /// Edits of the set that is there already.
    before: Vec<RuleEdit>,
    written: Vec<Written>,
    edits: Vec<PlacedEdit>,
    edited: Vec<Edited>,
    attributes: Vec<NewAttribute>,
    configuration: ServerConfiguration,
    report: ImportReport,
    findings: Findings,
    infos: Vec<ConnectorInfo>,
    /// Whether the default set or a folder is part of the set, so that nothing can be missing.
    complete: bool,
    /// Whether nothing was there before the first source.
    alone: bool,
    /// Whether rules of one source may share a number.
    accepts_duplicates: bool,
}

impl Loader<'_> {
    fn take(&mut self, source: &RuleSource<'_>) {
        match source {
            RuleSource::Default => {
                self.before.clear();
                for file in RuleSet::default_files() {
                    self.put(file);
                }
                self.complete = true;
                self.alone = false;
            }
            RuleSource::Rules(file) => {
                match crate::encoding::decode(file.bytes, crate::encoding::TextEncoding::Detect) {
                    Ok(text) => {
                        self.named(file.name);
                        self.put(RuleFile { path: file.name.to_owned(), text: text.into_owned() });
                    }
                    Err(error) => {
                        let (code, line) = ("not-well-formed", error.line);
                        let (text, help) = (error.reason, error.help);
                        self.findings.add(Level::Error, code, file.name, line, "", text, help);
                    }
                }
            }
            RuleSource::Script(file) => {
                let mut export = script::read(file);
                self.findings.extend(export.findings);
                self.part_duplicates(&mut export.rules);
                self.rules(file.name, &export.rules);
            }
            RuleSource::Settings(file) => {
                let export = super::settings::read(file, self.target.connectors);
                self.findings.extend(export.findings);
                if self.alone {
                    self.start_staged(file.name);
                }
                if !export.connectors.is_empty() {
                    self.configuration.connectors.extend(export.connectors);
                }
                self.complete = true;
                if self.files.is_empty() {
                    self.take(&RuleSource::Default);
                }
                for (connector, name, disabled) in export.standard {
                    self.disable(file.name, connector, &name, disabled);
                }
                self.rules(file.name, &export.rules);
            }
            RuleSource::Folder(name, files, strict) => {
                let mut export = folder::read_folder(files, *strict);
                self.part_duplicates(&mut export.rules);
                let imported = import::take(name, &export, self.target, &mut self.findings);
                self.attributes = imported.attributes;
                self.configuration = imported.configuration;
                self.infos = imported.infos;
                self.report = imported.report;
                self.files = vec![imported.written.file.clone()];
                self.written = vec![imported.written];
                self.before.clear();
                self.edits.clear();
                self.complete = true;
                self.alone = false;
            }
            RuleSource::AcceptDuplicatePrecedence => self.accepts_duplicates = true,
        }
    }

    /// A server that is installed from a settings file starts in staging mode (CE-060).
    fn start_staged(&mut self, file: &str) {
        self.configuration.settings.staging_mode = Some(true);
        let text =
            "the wizard turns staging mode on when it imports settings: nothing is exported yet";
        let help = "look at what waits for export, then: Set-DirsimServer -StagingMode $false";
        self.findings.add(Level::Warning, "staging-mode-on", file, 0, "", text, help);
    }

    /// Gives rules that share a number different ones, in the order of their files: older exports
    /// have some among the outbound rules of different connectors (SR-007).
    fn part_duplicates(&mut self, rules: &mut [ExportedRule]) {
        if !self.accepts_duplicates {
            return;
        }
        let mut order: Vec<&mut ExportedRule> =
            rules.iter_mut().filter(|rule| !rule.has_place_of_its_own()).collect();
        order.sort_by_key(|rule| rule.precedence);
        let mut last: Option<(u32, String)> = None;
        for rule in order {
            if let Some((number, name)) = &last
                && rule.precedence <= *number
            {
                let (old, new) = (rule.precedence, number.saturating_add(1));
                let text = format!(
                    "`{}` has precedence {old}, which is taken; it gets {new}, directly behind `{name}`",
                    rule.name
                );
                let (code, line) = ("duplicate-precedence", rule.line);
                self.findings.add(Level::Warning, code, &rule.file, line, &rule.name, text, "");
                rule.precedence = new;
            }
            last = Some((rule.precedence, rule.name.clone()));
        }
    }

    /// Notes the name of a source for the journal and the report.
    fn named(&mut self, name: &str) {
        for text in [&mut self.configuration.origin, &mut self.report.source] {
            if !text.is_empty() {
                text.push_str(", ");
            }
            text.push_str(name);
        }
    }

    /// Adds a rule file; one of the same path is replaced.
    fn put(&mut self, file: RuleFile) {
        self.files.retain(|known| known.path != file.path);
        self.files.push(file);
    }

    /// Adds exported rules: as a rule file, and those that replace a rule or have a place of their own
    /// as edits.
    fn rules(&mut self, name: &str, rules: &[ExportedRule]) {
        self.named(name);
        let bound =
            bind::script(rules, self.target.connectors, self.target.answers, &mut self.findings);
        let rules: Vec<ExportedRule> =
            rules.iter().filter(|rule| bound.contains_key(&rule.connector)).cloned().collect();
        self.select(&rules, &bound);
        self.conclude_anchor(&rules);
        self.report.rules.add(RuleCounts::of(&rules));
        let known = self.known();
        let nil = |guid: Guid| guid == Guid::NIL;
        let (edited, plain): (Vec<_>, Vec<_>) = rules
            .into_iter()
            .partition(|rule| known.contains(&rule.id) || rule.has_place_of_its_own());
        for rule in edited {
            if known.contains(&rule.id) {
                let text =
                    format!("the rule `{}` takes the place of the one with its id", rule.name);
                let (code, line) = ("rule-replaced", rule.line);
                self.findings.add(Level::Information, code, &rule.file, line, &rule.name, text, "");
            }
            let place = if !nil(rule.precedence_before) {
                RulePlace::Before(rule.precedence_before)
            } else if !nil(rule.precedence_after) {
                RulePlace::After(rule.precedence_after)
            } else {
                RulePlace::Exact(rule.precedence)
            };
            let connector = bound.get(&rule.connector).map(|(name, _)| name.clone());
            self.edited.push(Edited {
                name: rule.name.clone(),
                file: rule.file.clone(),
                line: rule.line,
            });
            self.edits.push(PlacedEdit::Put {
                connector: connector.unwrap_or_default(),
                rule: Box::new(definition(&rule)),
                place,
            });
        }
        if plain.is_empty() {
            return;
        }
        let path = format!("{name}.yaml");
        let heading = format!("Rules of {name}; imported by dirsim.");
        let schema = self.target.schema;
        let written = yaml::write(&path, &heading, &plain, &bound, schema, &mut self.findings);
        self.put(written.file.clone());
        self.written.push(written);
    }

    /// Returns the identities of the rules so far; none when they do not compile, which is told at
    /// the end.
    fn known(&self) -> BTreeSet<Guid> {
        let options = self.configuration.options.as_ref().unwrap_or(self.target.options);
        RuleSet::build_edited(
            &self.files,
            &self.infos,
            options,
            &self.edits_for(&self.infos),
            &mut self.schema(),
        )
        .map(|set| set.rules().iter().map(|rule| rule.id).collect())
        .unwrap_or_default()
    }

    /// Switches a standard rule off or on, by its name.
    fn disable(&mut self, file: &str, connector: String, name: &str, disabled: bool) {
        let edit = PlacedEdit::Disable { connector, name: name.to_owned(), disabled };
        if self.known().contains(&edit.resolved(&self.infos).id()) {
            // A rule that is on is on already.
            if disabled {
                self.edits.push(edit);
            }
        } else {
            let text = format!("dirsim's default set has no rule `{name}` here");
            let help = "what the rule does is not known from a settings file; it is left out";
            let (level, code) = (Level::Warning, "rule-not-understood");
            self.findings.add(level, code, file, 0, name, text, help);
        }
    }

    /// Returns the edits with the identities of these connectors.
    fn edits_for(&self, infos: &[ConnectorInfo]) -> Vec<RuleEdit> {
        let new = self.edits.iter().map(|placed| placed.resolved(infos));
        self.before.iter().cloned().chain(new).collect()
    }

    fn schema(&self) -> dirsim_model::Schema {
        let mut schema = self.target.schema.clone();
        for new in &self.attributes {
            if let Ok(id) = schema.intern(&new.name) {
                schema.define(new.side, id, new.definition);
            }
        }
        schema
    }

    /// Adds what the rules read and write to the selection of a connector that has one (CE-075).
    fn select(&mut self, rules: &[ExportedRule], bound: &yaml::Bound) {
        for own in self.target.connectors {
            let Some(selected) = &own.selected else { continue };
            let mut missing: BTreeSet<String> = BTreeSet::new();
            let of = rules
                .iter()
                .filter(|rule| bound.get(&rule.connector).is_some_and(|(n, _)| *n == own.name));
            for rule in of {
                let inbound = rule.direction == Direction::Inbound;
                let mut names: Vec<String> =
                    rule.join.iter().flatten().map(|c| c.cs_attribute.clone()).collect();
                if inbound {
                    names.extend(rule.scope.iter().flatten().map(|c| c.attribute.clone()));
                }
                for flow in &rule.flows {
                    match &flow.source {
                        _ if !inbound => names.push(flow.target.clone()),
                        FlowSource::Direct(name) => names.push(name.clone()),
                        FlowSource::Expression(text) => {
                            names.extend(dirsim_expr::attribute_names(text));
                        }
                        FlowSource::Constant(_) => {}
                    }
                }
                missing.extend(names.into_iter().filter(|name| {
                    !selected.iter().any(|known| known.eq_ignore_ascii_case(name)) && name != "dn"
                }));
            }
            if missing.is_empty() {
                continue;
            }
            for name in &missing {
                let text = format!("`{name}` is selected in {} for the new rules", own.name);
                let code = "attribute-selected";
                self.findings.add(Level::Information, code, "", 0, name, text, "");
            }
            let attributes = selected.iter().cloned().chain(missing).collect();
            self.configuration.connectors.push(ConnectorConfiguration {
                connector: own.name.clone(),
                attributes: Some(attributes),
                ..ConnectorConfiguration::default()
            });
        }
    }

    /// Concludes the anchor of a whole set from the rules that write it (CE-075).
    fn conclude_anchor(&mut self, rules: &[ExportedRule]) {
        if !self.alone {
            return;
        }
        let users = rules.iter().filter(|rule| {
            rule.direction == Direction::Inbound && rule.source_type.eq_ignore_ascii_case("user")
        });
        let mut read = users
            .flat_map(|rule| &rule.flows)
            .filter(|flow| flow.target == "sourceAnchor")
            .flat_map(|flow| flow.sources(false))
            .peekable();
        if read.peek().is_none() {
            return;
        }
        let guid = read.any(|name| name.eq_ignore_ascii_case("mS-DS-ConsistencyGuid"));
        let (mode, name) = if guid {
            (AnchorMode::ConsistencyGuid, "mS-DS-ConsistencyGuid")
        } else {
            (AnchorMode::ObjectGuid, "objectGUID")
        };
        let mut options = self.target.options.clone();
        options.anchor_mode = mode;
        self.configuration.options = Some(options);
        self.report.settings.push(("source anchor".to_owned(), name.to_owned()));
    }

    fn finish(mut self) -> Imported {
        let schema = self.schema();
        let options =
            self.configuration.options.clone().unwrap_or_else(|| self.target.options.clone());
        let edits = self.edits_for(&self.infos);
        let set = import::compile(
            &self.files,
            &self.written,
            &self.infos,
            &options,
            (&edits, &self.edited),
            &schema,
            &mut self.findings,
        );
        if let Some(set) = &set {
            self.report.set_rules = set.rules().len();
            if !self.complete {
                self.incomplete(set);
            }
        }
        self.configuration.keeps_edits = !self.before.is_empty();
        self.configuration.rules = Some(self.files);
        self.configuration.edits = self.edits;
        self.report.standing.differing = self.findings.take_modified();
        self.report.findings = self.findings.sorted();
        Imported {
            attributes: self.attributes,
            configuration: self.configuration,
            report: self.report,
        }
    }

    /// Tells what a set lacks that a cycle needs (CE-075).
    fn incomplete(&mut self, set: &RuleSet) {
        let mut lacks = Vec::new();
        for info in &self.infos {
            let own = || set.rules().iter().filter(|rule| rule.connector == info.id);
            if own().next().is_none() {
                lacks.push(format!("no rule for {}", info.name));
                continue;
            }
            match info.kind {
                ConnectorKind::Entra => {
                    if !own().any(|rule| rule.direction == Direction::Outbound) {
                        lacks.push(format!("no outbound rule to {}", info.name));
                    }
                }
                ConnectorKind::Forest => {
                    for class in
                        [dirsim_model::schema::class::USER, dirsim_model::schema::class::GROUP]
                    {
                        let joins = own().any(|rule| {
                            rule.direction == Direction::Inbound
                                && rule.cs_class == class
                                && (!rule.join.is_empty() || rule.link.may_project())
                        });
                        if !joins {
                            let name = dirsim_model::schema::class::NAMES
                                .get(usize::from(class.0))
                                .copied()
                                .unwrap_or_default();
                            lacks.push(format!(
                                "no rule that joins or projects a {name} of {}",
                                info.name
                            ));
                        }
                    }
                }
            }
        }
        if !lacks.is_empty() {
            let text = format!("the rule set is not enough for a cycle: {}", lacks.join("; "));
            let help = "to have the rules on top of the default set, name `default` before them";
            let code = "incomplete-rule-set";
            self.findings.add(Level::Warning, code, "", 0, "", text, help);
        }
    }
}

/// Returns the rule as the server keeps it.
pub(super) fn definition(rule: &ExportedRule) -> RuleDefinition {
    RuleDefinition {
        id: rule.id,
        name: rule.name.clone(),
        description: rule.description.clone(),
        tag: rule.tag.clone(),
        version: rule.version,
        direction: rule.direction,
        connector: rule.connector,
        cs_class: rule.cs_type().to_owned(),
        mv_class: rule.mv_type().to_owned(),
        link: rule.link,
        precedence: rule.precedence,
        disabled: rule.disabled,
        password_sync: rule.password_sync,
        soft_delete_expiry_ms: duration_ms(&rule.soft_delete_expiry).unwrap_or(0),
        scope: rule
            .scope
            .iter()
            .map(|group| {
                let clauses = group.iter().map(|clause| ClauseDefinition {
                    attribute: clause.attribute.clone(),
                    operator: clause.operator.clone(),
                    value: clause.value.clone(),
                });
                clauses.collect()
            })
            .collect(),
        join: rule
            .join
            .iter()
            .map(|group| {
                let criteria = group.iter().map(|criterion| CriterionDefinition {
                    cs_attribute: criterion.cs_attribute.clone(),
                    mv_attribute: criterion.mv_attribute.clone(),
                    case_sensitive: criterion.case_sensitive,
                });
                criteria.collect()
            })
            .collect(),
        flows: rule
            .flows
            .iter()
            .map(|flow| {
                let (kind, source) = match &flow.source {
                    FlowSource::Direct(name) => (FlowKind::Direct, name.clone()),
                    FlowSource::Constant(text) => (FlowKind::Constant, text.clone()),
                    FlowSource::Expression(text) => (FlowKind::Expression, text.clone()),
                };
                FlowDefinition {
                    target: flow.target.clone(),
                    kind,
                    source,
                    merge: flow.merge,
                    apply_once: flow.once,
                }
            })
            .collect(),
    }
}

/// Returns rules of a server as exported ones, to be written as a script or as files.
pub fn exported(definitions: &[RuleDefinition]) -> Vec<ExportedRule> {
    definitions.iter().map(one_exported).collect()
}

/// Writes a span of time as `[d.]hh:mm:ss` (CE-003).
pub(super) fn expiry_text(ms: i64) -> String {
    let seconds = ms / 1_000;
    let clock = format!("{:02}:{:02}:{:02}", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
    match seconds / 86_400 {
        0 => clock,
        days => format!("{days}.{clock}"),
    }
}

fn one_exported(rule: &RuleDefinition) -> ExportedRule {
    let (line, nil) = (0, Guid::NIL);
    ExportedRule {
        file: String::new(),
        line,
        id: rule.id,
        internal_id: rule.id,
        version: rule.version,
        name: rule.name.clone(),
        description: rule.description.clone(),
        tag: rule.tag.clone(),
        direction: rule.direction,
        disabled: rule.disabled,
        connector: rule.connector,
        source_type: rule.source_class().to_owned(),
        target_type: rule.target_class().to_owned(),
        link: rule.link,
        precedence: rule.precedence,
        precedence_after: nil,
        precedence_before: nil,
        soft_delete_expiry: expiry_text(rule.soft_delete_expiry_ms),
        password_sync: rule.password_sync,
        flows: rule
            .flows
            .iter()
            .map(|flow| super::rule::ExportedFlow {
                line,
                target: flow.target.clone(),
                source: match flow.kind {
                    FlowKind::Direct => FlowSource::Direct(flow.source.clone()),
                    FlowKind::Constant => FlowSource::Constant(flow.source.clone()),
                    FlowKind::Expression => FlowSource::Expression(flow.source.clone()),
                },
                stored_sources: None,
                merge: flow.merge,
                once: flow.apply_once,
            })
            .collect(),
        join: rule
            .join
            .iter()
            .map(|group| {
                let criteria = group.iter().map(|criterion| super::rule::ExportedCriterion {
                    line,
                    cs_attribute: criterion.cs_attribute.clone(),
                    mv_attribute: criterion.mv_attribute.clone(),
                    case_sensitive: criterion.case_sensitive,
                });
                criteria.collect()
            })
            .collect(),
        scope: rule
            .scope
            .iter()
            .map(|group| {
                let clauses = group.iter().map(|clause| super::rule::ExportedClause {
                    line,
                    attribute: clause.attribute.clone(),
                    operator: clause.operator.clone(),
                    value: clause.value.clone(),
                });
                clauses.collect()
            })
            .collect(),
    }
}
