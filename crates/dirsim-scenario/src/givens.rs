//! Turns the givens of a scenario into the inputs that make its world.

mod installation;

use std::collections::BTreeMap;

use dirsim_forest::{Controller, ForestEdit, NewForest, NewObject};
use dirsim_formats::graph::GraphOptions;
use dirsim_formats::ldif::LdifOptions;
use dirsim_formats::server::load::Base;
use dirsim_formats::server::{
    Answers, Level, RuleSource, Target, WorldConnector, load, world as rule_source,
};
use dirsim_formats::{SourceFile, read_forest, read_tenant};
use dirsim_model::attribute::well_known;
use dirsim_model::schema::class;
use dirsim_model::time::MINUTE_MS;
use dirsim_model::{AsOf, AttributeId, Dn, Schema, Side, Timestamp, Value, service_changes, typed};
use dirsim_rules::{AnchorMode, RuleFile, RuleOptions, RuleSet, UserMatching};
use dirsim_sync::{Fault, servers};
use dirsim_tenant::{NewDomain, NewTenant, NewTenantObject, TenantType};
use dirsim_world::{FaultEdit, Input, ServerEdit, ServersEdit, Setup};

use crate::data::{Data, Located, Place, Record};
use crate::file::{
    AnchorGiven, FaultGiven, ForestGiven, FurtherServerGiven, MatchingGiven, Scenario, TenantGiven,
};
use crate::problem::Problem;

/// The clock of a scenario that names none.
pub const CLOCK: &str = "2026-01-05T08:00:00Z";
/// Keys of a forest object that are no attributes.
const FOREST_KEYS: &[&str] = &["dn", "class", "guid", "sid", "repeat", "enabled"];
/// Keys of a tenant object that are no Graph properties of their own.
const TENANT_KEYS: &[&str] =
    &["id", "roles", "eligibleRoles", "licenses", "members", "manager", "deletedDateTime", "kind"];

/// Most mistakes reported of one file; a text that is no scenario at all has one on every line.
const PROBLEMS_MAX: usize = 100;
/// Most objects that the `repeat`s of one file make together.
const REPEATED_MAX: i64 = 1_000_000;
/// Most bytes of values in them; `repeat` and `{n}` make any amount of a short file.
const REPEATED_BYTES_MAX: u64 = 1 << 30;

/// Reads a file beside the scenario file. A name with `/` at its end is a folder, answered with the
/// names of the files in it and below, one per line.
pub type ReadFile<'a> = dyn Fn(&str) -> Result<Vec<u8>, String> + 'a;

/// The start of a scenario's world.
#[derive(Debug, Clone)]
pub struct Start {
    /// How the world starts.
    pub setup: Setup,
    /// The inputs that fill it.
    pub inputs: Vec<Input>,
}

/// Builds the inputs; the first hundred mistakes in the givens are reported.
pub fn start(
    scenario: &Scenario,
    file: &str,
    text: &str,
    read: &ReadFile<'_>,
) -> Result<Start, Vec<Problem>> {
    start_as_of(scenario, None, file, text, read)
}

/// Does [`start`] for another choice of dated service changes than the scenario names.
pub fn start_as_of(
    scenario: &Scenario,
    as_of: Option<&AsOf>,
    file: &str,
    text: &str,
    read: &ReadFile<'_>,
) -> Result<Start, Vec<Problem>> {
    let mut builder = Builder {
        file,
        text,
        schema: Schema::built_in(),
        problems: Vec::new(),
        names: Vec::new(),
        repeated: 0,
        repeated_bytes: 0,
    };
    let start = builder.build(scenario, as_of, read);
    if builder.problems.is_empty() { Ok(start) } else { Err(builder.problems) }
}

struct Builder<'a> {
    file: &'a str,
    text: &'a str,
    schema: Schema,
    problems: Vec<Problem>,
    names: Vec<String>,
    /// The objects that `repeat`s made so far.
    repeated: i64,
    /// About as many bytes of values are in them.
    repeated_bytes: u64,
}

impl Builder<'_> {
    fn build(&mut self, scenario: &Scenario, as_of: Option<&AsOf>, read: &ReadFile<'_>) -> Start {
        let clock = match &scenario.clock {
            Some(clock) => self.time(clock),
            None => CLOCK.parse().unwrap_or_default(),
        };
        let as_of = match as_of {
            Some(as_of) => as_of.clone(),
            None => self.as_of(scenario),
        };
        let mut rules = RuleOptions::as_of(&as_of);
        match scenario.given.server.source_anchor {
            Some(AnchorGiven::ObjectGuid) => rules.anchor_mode = AnchorMode::ObjectGuid,
            Some(AnchorGiven::ConsistencyGuid) => rules.anchor_mode = AnchorMode::ConsistencyGuid,
            Some(AnchorGiven::Automatic) | None => {}
        }
        if let Some(matching) = scenario.given.server.user_matching {
            rules.user_matching = match matching {
                MatchingGiven::Once => UserMatching::Once,
                MatchingGiven::Mail => UserMatching::Mail,
                MatchingGiven::Sid => UserMatching::Sid,
                MatchingGiven::AccountName => UserMatching::AccountName,
            };
        }
        let configured = self.rules(scenario, &rules, read);
        let rule_files = self.custom_rules(scenario);
        let setup = Setup { seed: scenario.seed, clock, rules, rule_files };

        let mut inputs = Vec::new();
        for forest in &scenario.given.forests {
            self.forest(forest, read, &mut inputs);
        }
        let absent = absent_tenant();
        let tenant = scenario.given.tenant.as_ref().unwrap_or(&absent);
        self.tenant(tenant, (&as_of, clock), read, &mut inputs);
        let mut define = None;
        if let Some((attributes, configuration)) = configured {
            define = attributes;
            inputs.push(configuration);
        }
        self.installation(scenario, &mut inputs);
        let server = &scenario.given.server;
        if server.staging_mode {
            inputs.push(Input::Server(ServerEdit::StagingMode(true)));
        }
        if let Some(count) = server.deletion_threshold {
            let count = Some(count);
            inputs.push(Input::Server(ServerEdit::DeletionThreshold { enabled: true, count }));
        }
        if server.scheduler {
            inputs.push(Input::Server(ServerEdit::Maintenance {
                purge_interval_ms: None,
                maintenance_enabled: None,
                suspended: None,
                timed: Some(true),
                seven_day_rule: None,
            }));
        }
        self.servers(&scenario.given.servers, &mut inputs);
        for given in &scenario.given.faults {
            if let Some(fault) = self.fault(given, &scenario.given.servers) {
                inputs.push(Input::Fault(FaultEdit::Set(fault)));
            }
        }
        if !self.names.is_empty() {
            inputs.insert(0, Input::AddNames(std::mem::take(&mut self.names)));
        }
        // Names are numbered in this order, here and in the world.
        if let Some(define) = define {
            inputs.insert(0, define);
        }
        Start { setup, inputs }
    }

    fn servers(&mut self, given: &[FurtherServerGiven], inputs: &mut Vec<Input>) {
        for (at, server) in given.iter().enumerate() {
            let name = &server.name.value;
            let taken = |other: &str| other.eq_ignore_ascii_case(name);
            let before = given.get(..at).unwrap_or_default();
            if taken(servers::FIRST_NAME) || before.iter().any(|other| taken(&other.name.value)) {
                self.problem(server.name.at, format!("there is a server `{name}` already"));
            }
            inputs.push(Input::Servers(ServersEdit::Add {
                name: name.clone(),
                start: servers::Start::SameConfiguration,
                staging_mode: server.staging_mode,
            }));
        }
    }

    fn fault(&mut self, given: &FaultGiven, further: &[FurtherServerGiven]) -> Option<Fault> {
        let kind = match given.name.value.parse() {
            Ok(kind) => kind,
            Err(message) => {
                self.problem(given.name.at, message);
                return None;
            }
        };
        let mut fault = Fault::new(kind);
        fault.target.clone_from(&given.target);
        fault.value.clone_from(&given.value);
        fault.at = given.at;
        fault.left = given.times;
        fault.from = given.from.as_ref().map(|time| self.time(time));
        fault.until = given.until.as_ref().map(|time| self.time(time));
        if let Some(name) = &given.server {
            let is = |other: &str| other.eq_ignore_ascii_case(&name.value);
            let place = std::iter::once(servers::FIRST_NAME)
                .chain(further.iter().map(|server| server.name.value.as_str()))
                .position(is);
            match place.and_then(|place| u8::try_from(place + 1).ok()) {
                Some(number) => fault.server = Some(number),
                None => self.problem(name.at, format!("there is no server `{}`", name.value)),
            }
        }
        Some(fault)
    }

    /// Returns the sync rules on top of the default set; `None` for the default set alone.
    fn custom_rules(&self, scenario: &Scenario) -> Option<Vec<RuleFile>> {
        let rules = scenario.given.server.custom_rules.as_ref()?;
        let mut files = RuleSet::default_files();
        files.push(RuleFile {
            path: format!("{} customRules", self.file),
            text: rules.value.clone(),
        });
        Some(files)
    }

    /// Reads which dated service changes the scenario is told for.
    fn as_of(&mut self, scenario: &Scenario) -> AsOf {
        let mut as_of = AsOf::default();
        if let Some(date) = &scenario.as_of {
            match service_changes().date(&date.value) {
                Ok(found) => as_of.date = Some(found),
                Err(error) => self.problem(date.at, error.to_string()),
            }
        }
        for (id, value) in &scenario.service_changes.0 {
            let on = value.value.scalar().unwrap_or_default();
            match AsOf::parse_switch(&format!("{}={on}", id.value)) {
                Ok((id, on)) => as_of = as_of.with(&id, on),
                Err(error) => self.problem(id.at, error.to_string()),
            }
        }
        as_of
    }

    /// Reads the rule set that the scenario names; gives the attributes that it brings, which are
    /// known from here on, and what the server is told.
    fn rules(
        &mut self,
        scenario: &Scenario,
        options: &RuleOptions,
        read: &ReadFile<'_>,
    ) -> Option<(Option<Input>, Input)> {
        let named = &scenario.given.server.rules;
        let at = named.first()?.at;
        let absent = absent_tenant();
        let tenant = scenario.given.tenant.as_ref().unwrap_or(&absent);
        let mut connectors: Vec<WorldConnector> = scenario
            .given
            .forests
            .iter()
            .map(|forest| WorldConnector::forest(&forest.name.value, &[]))
            .collect();
        connectors.push(WorldConnector::tenant(&tenant.initial_domain));
        let contents = self.rule_contents(named, read)?;
        let mut sources = Vec::new();
        for (name, content) in &contents {
            let source = match content {
                Content::Default => Ok(RuleSource::Default),
                Content::File(bytes) => rule_source::source_of(&name.value, bytes),
                Content::Folder(files) => {
                    let files: Vec<SourceFile<'_>> =
                        files.iter().map(|(name, bytes)| SourceFile { name, bytes }).collect();
                    Ok(RuleSource::Folder(&name.value, files, false))
                }
            };
            match source {
                Ok(source) => sources.push(source),
                Err(reason) => {
                    self.problem(name.at, reason);
                    return None;
                }
            }
        }
        let target = Target {
            connectors: &connectors,
            schema: &self.schema,
            options,
            answers: &Answers::new(),
        };
        let imported = load(&sources, &Base::default(), target);
        for finding in &imported.report.findings {
            if finding.level == Level::Error {
                self.problem(at, finding.to_string());
            }
        }
        for new in &imported.attributes {
            if let Ok(id) = self.schema.intern(&new.name) {
                self.schema.define(new.side, id, new.definition);
            }
        }
        Some(rule_source::inputs(imported))
    }

    fn rule_contents<'n>(
        &mut self,
        named: &'n [Located<String>],
        read: &ReadFile<'_>,
    ) -> Option<Vec<(&'n Located<String>, Content)>> {
        let mut contents = Vec::new();
        for name in named {
            let content = if name.value == rule_source::DEFAULT {
                Ok(Content::Default)
            } else if let Some(folder) = name.value.strip_suffix('/') {
                read_folder(folder, read)
            } else {
                read(&name.value).map(Content::File)
            };
            match content {
                Ok(content) => contents.push((name, content)),
                Err(reason) => {
                    let problem =
                        self.make(name.at, format!("`{}` cannot be read: {reason}", name.value));
                    let help = "a configuration folder is written with `/` behind its name";
                    self.problems.push(problem.with_help(help));
                    return None;
                }
            }
        }
        Some(contents)
    }

    fn forest(&mut self, given: &ForestGiven, read: &ReadFile<'_>, inputs: &mut Vec<Input>) {
        let sid = given.sid.as_ref().and_then(|sid| {
            let parsed = sid.value.parse().ok();
            if parsed.is_none() {
                self.problem(sid.at, format!("`{}` is no SID", sid.value));
            }
            parsed
        });
        let mut forest = NewForest {
            name: given.name.value.clone(),
            netbios: None,
            sid,
            recycle_bin: given.recycle_bin,
            tombstone_lifetime_days: given.tombstone_lifetime_days.unwrap_or(180),
            upn_suffixes: given.upn_suffixes.clone(),
            child_domains: given.domains.clone(),
        };
        let root = Dn::from_domain_fqdn(&forest.name);
        let mut objects = Vec::new();
        if let Some(ldif) = &given.ldif {
            self.ldif(ldif, read, &mut forest, &mut objects);
        }
        for record in &given.objects {
            self.forest_objects(record, &root, &mut objects);
        }
        let connector = forest.name.clone();
        inputs.push(Input::LoadForest { forest, objects });
        if given.deleted_object_lifetime_days.is_some() {
            inputs.push(Input::Forest(ForestEdit::Lifetimes {
                forest: connector.clone(),
                deleted_object: Some(given.deleted_object_lifetime_days),
                tombstone: None,
            }));
        }
        let mut controllers: BTreeMap<String, Vec<Controller>> = BTreeMap::new();
        for known in &given.controllers {
            let domain = known.domain.clone().unwrap_or_else(|| connector.clone());
            controllers.entry(domain).or_default().push(Controller {
                name: known.name.clone(),
                delay_ms: i64::from(known.delay_minutes) * MINUTE_MS,
            });
        }
        for (domain, controllers) in controllers {
            inputs.push(Input::Controllers { domain, controllers });
        }
        if !given.include.is_empty() || !given.exclude.is_empty() {
            let mut names = |list: &[Located<String>]| -> Vec<Dn> {
                list.iter().filter_map(|dn| self.dn(&dn.value, dn.at, &root)).collect()
            };
            let include = names(&given.include);
            let mut exclude = names(&given.exclude);
            // A list of inclusions alone means: these and nothing else, in any domain.
            if exclude.is_empty() {
                exclude.push(root.clone());
                exclude.extend(given.domains.iter().map(|fqdn| Dn::from_domain_fqdn(fqdn)));
            }
            inputs.push(Input::Server(ServerEdit::ContainerFilter { connector, include, exclude }));
        }
    }

    fn ldif(
        &mut self,
        ldif: &Located<String>,
        read: &ReadFile<'_>,
        forest: &mut NewForest,
        objects: &mut Vec<NewObject>,
    ) {
        let bytes = match read(&ldif.value) {
            Ok(bytes) => bytes,
            Err(reason) => {
                self.problem(ldif.at, format!("`{}` cannot be read: {reason}", ldif.value));
                return;
            }
        };
        let files = [SourceFile { name: &ldif.value, bytes: &bytes }];
        match read_forest(&files, &mut self.schema, &LdifOptions::default()) {
            Ok(loaded) => {
                self.names.extend(loaded.names);
                if forest.sid.is_none() {
                    forest.sid = loaded.new.sid;
                }
                forest.upn_suffixes.extend(loaded.new.upn_suffixes);
                objects.extend(loaded.objects);
            }
            Err(errors) => {
                for error in errors.errors {
                    self.problem(ldif.at, error.to_string());
                }
            }
        }
    }

    fn forest_objects(&mut self, record: &Record, root: &Dn, objects: &mut Vec<NewObject>) {
        let repeat = match record.get("repeat") {
            None => None,
            Some(Located { value: Data::Integer(count), .. })
                if (1..=1_000_000).contains(count) =>
            {
                Some(*count)
            }
            Some(other) => {
                self.problem(other.at, "`repeat` is a number from 1 to 1,000,000");
                return;
            }
        };
        if let Some(count) = repeat {
            let bytes = repeated_size(record).saturating_mul(count.unsigned_abs());
            self.repeated = self.repeated.saturating_add(count);
            self.repeated_bytes = self.repeated_bytes.saturating_add(bytes);
            if self.repeated > REPEATED_MAX || self.repeated_bytes > REPEATED_BYTES_MAX {
                let at = record.get("repeat").map(|repeat| repeat.at).unwrap_or_default();
                self.problem(at, "the objects of `repeat` are too many or too large in all");
                return;
            }
        }
        for number in 1..=repeat.unwrap_or(1) {
            let number = repeat.map(|_| number);
            let before = self.problems.len();
            if let Some(object) = self.forest_object(record, root, number) {
                objects.push(object);
            }
            // What is wrong with one of many is wrong with all.
            if self.problems.len() > before || self.is_full() {
                return;
            }
        }
    }

    fn forest_object(
        &mut self,
        record: &Record,
        root: &Dn,
        number: Option<i64>,
    ) -> Option<NewObject> {
        let Some(dn) = record.get("dn") else {
            let at = record.0.first().map(|(name, _)| name.at).unwrap_or_default();
            self.problem(at, "an object of a forest needs a `dn`");
            return None;
        };
        let dn = self.dn(&numbered(&dn.value.scalar()?, number), dn.at, root)?;
        let class = match record.get("class") {
            None => class::USER,
            Some(name) => {
                let text = name.value.scalar().unwrap_or_default();
                let Some(class) = self.schema.class(&text) else {
                    if self.is_full() {
                        return None;
                    }
                    let problem = self.make(name.at, format!("unknown class `{text}`"));
                    self.problems.push(problem.with_nearest(&text, class::NAMES.iter().copied()));
                    return None;
                };
                class
            }
        };
        let mut object = NewObject {
            dn,
            class,
            guid: None,
            sid: None,
            attributes: Vec::new(),
            references: Vec::new(),
        };
        for (name, data) in &record.0 {
            let text = data.value.scalar().map(|text| numbered(&text, number)).unwrap_or_default();
            match &*name.value.to_ascii_lowercase() {
                "dn" | "class" | "repeat" => {}
                "guid" => match text.parse() {
                    Ok(guid) => object.guid = Some(guid),
                    Err(error) => self.problem(data.at, error.to_string()),
                },
                "sid" => match text.parse() {
                    Ok(sid) => object.sid = Some(sid),
                    Err(error) => self.problem(data.at, error.to_string()),
                },
                "enabled" => {
                    let control = if data.value == Data::Boolean(false) { 514 } else { 512 };
                    let control = vec![Value::Integer(control)];
                    object.attributes.push((well_known::USER_ACCOUNT_CONTROL, control));
                }
                _ => {
                    let id = self.attribute(name, Side::Forest, FOREST_KEYS);
                    let Some(id) = id else { continue };
                    if self.schema.is_reference(Side::Forest, id) {
                        let targets = data
                            .value
                            .items()
                            .iter()
                            .filter_map(|item| {
                                let text = numbered(&item.scalar()?, number);
                                self.dn(&text, data.at, root)
                            })
                            .collect();
                        object.references.push((id, targets));
                    } else {
                        let values = self.values(Side::Forest, id, data, number);
                        object.attributes.push((id, values));
                    }
                }
            }
        }
        Some(object)
    }

    fn tenant(
        &mut self,
        given: &TenantGiven,
        (as_of, clock): (&AsOf, Timestamp),
        read: &ReadFile<'_>,
        inputs: &mut Vec<Input>,
    ) {
        let mut features = as_of.switched.clone();
        for (name, value) in &given.features.0 {
            match value.value {
                Data::Boolean(on) => features.push((name.value.clone(), on)),
                // The numeric mask that tools of the provisioning interface show (ET-121).
                Data::Integer(mask) if name.value == "DirSyncFeatures" => {
                    match u32::try_from(mask) {
                        Ok(mask) => {
                            features.extend(dirsim_tenant::features::switches_of_mask(mask));
                        }
                        Err(_) => {
                            self.problem(value.at, format!("`{mask}` is no mask of features"));
                        }
                    }
                }
                _ => self.problem(value.at, format!("`{}` is true or false", name.value)),
            }
        }
        let preset = given.preset.as_ref().map_or("new-tenant", |preset| &preset.value);
        let tenant = NewTenant {
            initial_domain: given.initial_domain.clone(),
            domains: given
                .domains
                .iter()
                .map(|domain| NewDomain {
                    name: domain.name.clone(),
                    verified: domain.verified,
                    federated: domain.federated,
                })
                .collect(),
            features,
            preset: preset.to_owned(),
            as_of: as_of.date,
            next_placeholder_digits: given.next_placeholder_digits.clone(),
        };
        let mut objects = Vec::new();
        for json in &given.json {
            self.graph_json(json, read, &mut objects);
        }
        for (kind, records) in [
            (TenantType::User, &given.users),
            (TenantType::Group, &given.groups),
            (TenantType::Contact, &given.contacts),
            (TenantType::User, &given.recycle_bin),
        ] {
            for record in records {
                let object = self.tenant_object(kind, record);
                objects.push(object);
            }
        }
        let deleted_from = objects.len() - given.recycle_bin.len();
        for object in objects.iter_mut().skip(deleted_from) {
            object.deleted.get_or_insert(clock);
        }
        inputs.push(Input::LoadTenant { tenant, objects });
    }

    fn graph_json(
        &mut self,
        json: &Located<String>,
        read: &ReadFile<'_>,
        objects: &mut Vec<NewTenantObject>,
    ) {
        let bytes = match read(&json.value) {
            Ok(bytes) => bytes,
            Err(reason) => {
                self.problem(json.at, format!("`{}` cannot be read: {reason}", json.value));
                return;
            }
        };
        let files = [SourceFile { name: &json.value, bytes: &bytes }];
        match read_tenant(&files, &mut self.schema, &GraphOptions::default()) {
            Ok(loaded) => {
                self.names.extend(loaded.names);
                objects.extend(loaded.objects);
            }
            Err(errors) => {
                for error in errors.errors {
                    self.problem(json.at, error.to_string());
                }
            }
        }
    }

    fn tenant_object(&mut self, kind: TenantType, record: &Record) -> NewTenantObject {
        let mut object = NewTenantObject {
            kind,
            id: None,
            attributes: Vec::new(),
            roles: Vec::new(),
            eligible_roles: Vec::new(),
            references: Vec::new(),
            deleted: None,
        };
        let texts = |data: &Located<Data>| -> Vec<String> {
            data.value.items().iter().filter_map(|item| item.scalar()).collect()
        };
        for (name, data) in &record.0 {
            match &*name.value.to_ascii_lowercase() {
                "id" => match data.value.scalar().unwrap_or_default().parse() {
                    Ok(id) => object.id = Some(id),
                    Err(error) => self.problem(data.at, error.to_string()),
                },
                "roles" => object.roles = texts(data),
                "eligibleroles" => object.eligible_roles = texts(data),
                "members" => object.references.push((well_known::MEMBER, texts(data))),
                "manager" => object.references.push((well_known::MANAGER, texts(data))),
                "deleteddatetime" => {
                    let text = data.value.scalar().unwrap_or_default();
                    object.deleted = Some(self.time(&Located { value: text, at: data.at }));
                }
                "kind" => {
                    let text = data.value.scalar().unwrap_or_default();
                    let known = [TenantType::User, TenantType::Group, TenantType::Contact];
                    match known.into_iter().find(|k| k.name().eq_ignore_ascii_case(&text)) {
                        Some(kind) => object.kind = kind,
                        None => self.problem(data.at, format!("`{text}` is no kind of object")),
                    }
                }
                lower => {
                    let alias = Located { value: "assignedLicenses".to_owned(), at: name.at };
                    let name = if lower == "licenses" { &alias } else { name };
                    if let Some(id) = self.attribute(name, Side::Tenant, TENANT_KEYS) {
                        let values = self.values(Side::Tenant, id, data, None);
                        object.attributes.push((id, values));
                    }
                }
            }
        }
        object
    }

    fn attribute(
        &mut self,
        name: &Located<String>,
        side: Side,
        keys: &[&str],
    ) -> Option<AttributeId> {
        let known = self
            .schema
            .attribute(&name.value)
            .filter(|id| self.schema.definition(side, *id).is_some());
        if known.is_none() && !self.is_full() {
            let problem = self.make(name.at, format!("unknown attribute `{}`", name.value));
            let ids: Vec<AttributeId> =
                self.schema.attributes_of(side).map(|(attribute, _)| attribute).collect();
            let valid = ids.iter().map(|id| self.schema.name(*id)).chain(keys.iter().copied());
            let problem = problem.with_nearest(&name.value, valid);
            self.problems.push(problem);
        }
        known
    }

    fn values(
        &mut self,
        side: Side,
        attribute: AttributeId,
        data: &Located<Data>,
        number: Option<i64>,
    ) -> Vec<Value> {
        let syntax = self.schema.syntax(side, attribute);
        let items = data.value.items();
        if items.len() > 1 && !self.schema.is_multi_valued(side, attribute) {
            let name = self.schema.name(attribute).to_owned();
            self.problem(data.at, format!("`{name}` takes one value, {} are given", items.len()));
        }
        let mut values = Vec::new();
        for item in items {
            let text = item.scalar().map(|text| numbered(&text, number));
            if let Some(value) = text.as_deref().and_then(|text| typed::parse(syntax, text)) {
                values.push(value);
            } else {
                let name = self.schema.name(attribute).to_owned();
                let shown = text.unwrap_or_else(|| item.kind().to_owned());
                let wanted = typed::expected(syntax);
                self.problem(data.at, format!("`{name}` is {wanted}, not `{shown}`"));
            }
        }
        values
    }

    /// Reads a name; one without a domain lies in the domain `root`.
    fn dn(&mut self, text: &str, at: Place, root: &Dn) -> Option<Dn> {
        match text.parse::<Dn>() {
            Ok(dn) if dn.domain_fqdn().is_empty() => {
                Some(Dn::from_parts([dn.parts(), root.parts()].concat()))
            }
            Ok(dn) => Some(dn),
            Err(error) => {
                self.problem(at, error.to_string());
                None
            }
        }
    }

    fn time(&mut self, text: &Located<String>) -> Timestamp {
        text.value.parse().unwrap_or_else(|error: dirsim_model::time::TimestampError| {
            self.problem(text.at, error.to_string());
            Timestamp::default()
        })
    }

    fn make(&self, at: Place, reason: impl Into<String>) -> Problem {
        Problem::new(self.file, self.text, at, reason)
    }

    fn problem(&mut self, at: Place, reason: impl Into<String>) {
        if !self.is_full() {
            let problem = self.make(at, reason);
            self.problems.push(problem);
        }
    }

    /// Returns whether no further mistake is kept.
    const fn is_full(&self) -> bool {
        self.problems.len() >= PROBLEMS_MAX
    }
}

/// What a source of rules holds.
enum Content {
    Default,
    File(Vec<u8>),
    Folder(Vec<(String, Vec<u8>)>),
}

/// Reads the files of a configuration folder.
fn read_folder(folder: &str, read: &ReadFile<'_>) -> Result<Content, String> {
    let listed = read(&format!("{folder}/"))?;
    let listed = String::from_utf8_lossy(&listed).into_owned();
    let names = listed.lines().filter(|name| name.to_ascii_lowercase().ends_with(".xml"));
    names
        .map(|name| {
            let path = format!("{folder}/{name}");
            read(&path).map(|bytes| (path, bytes))
        })
        .collect::<Result<_, _>>()
        .map(Content::Folder)
}

/// Returns about how many bytes of values one of many objects has.
fn repeated_size(record: &Record) -> u64 {
    const VALUE: usize = size_of::<Value>();
    const NUMBER: usize = 6;
    let values = record.0.iter().flat_map(|(_, data)| data.value.items());
    let size = |text: String| text.len() + NUMBER * text.matches("{n}").count();
    values.map(|value| (VALUE + value.scalar().map_or(0, size)) as u64).sum()
}

/// Puts the number of a repeated object in the place of `{n}`.
fn numbered(text: &str, number: Option<i64>) -> String {
    match number {
        Some(number) => text.replace("{n}", &number.to_string()),
        None => text.to_owned(),
    }
}

/// The tenant of a scenario that names none: empty, with contoso.com verified.
fn absent_tenant() -> TenantGiven {
    TenantGiven {
        initial_domain: "contoso.onmicrosoft.com".to_owned(),
        domains: vec![crate::file::DomainGiven {
            name: "contoso.com".to_owned(),
            verified: true,
            federated: false,
        }],
        preset: None,
        features: Record::default(),
        users: Vec::new(),
        groups: Vec::new(),
        contacts: Vec::new(),
        recycle_bin: Vec::new(),
        json: Vec::new(),
        next_placeholder_digits: Vec::new(),
        remembers_anchor: None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::parse::parse;

    /// The only place in these tests that reads givens.
    fn started(objects: &str) -> Result<Vec<Input>, Vec<String>> {
        let text = format!(
            "name: A\ngiven:\n  forests:\n    - name: contoso.com\n      objects:\n{objects}steps: []\n"
        );
        let scenario = parse("story.yaml", &text).unwrap();
        match start(&scenario, "story.yaml", &text, &|_| Err("no such file".to_owned())) {
            Ok(start) => Ok(start.inputs),
            Err(problems) => Err(problems.into_iter().map(|problem| problem.reason).collect()),
        }
    }

    fn loaded(objects: &str) -> usize {
        let inputs = started(objects).unwrap();
        inputs
            .iter()
            .map(|input| match input {
                Input::LoadForest { objects, .. } => objects.len(),
                _ => 0,
            })
            .sum()
    }

    #[test]
    fn repeated_objects_have_a_limit() {
        const TOO_MANY: &str = "the objects of `repeat` are too many or too large in all";
        let record = "        - {dn: \"CN=a{n},OU=b\", repeat: 1000, title: \"{n}\"}\n";
        assert_eq!(loaded(&record.repeat(2)), 2_000);
        let million = "        - {dn: \"CN=a{n},OU=b\", repeat: 1000000}\n";
        assert_eq!(started(&million.repeat(2)).unwrap_err(), [TOO_MANY]);
        // Small files that would not fit into memory: long texts, and many values.
        let long = format!(
            "        - {{dn: \"CN=a{{n}}\", repeat: 900000, title: \"{}\"}}\n",
            "{n}".repeat(5_000)
        );
        assert_eq!(started(&long).unwrap_err(), [TOO_MANY]);
        let many = format!(
            "        - {{dn: \"CN=a{{n}}\", repeat: 900000, proxyAddresses: [{}]}}\n",
            "a,".repeat(5_000)
        );
        assert_eq!(started(&many).unwrap_err(), [TOO_MANY]);
    }

    #[test]
    fn mistakes_have_a_limit() {
        let objects = "        - {dn: CN=a, qqq: 1, zzz: 1}\n".repeat(20_000);
        let problems = started(&objects).unwrap_err();
        assert_eq!((problems.len(), problems[0].as_str()), (100, "unknown attribute `qqq`"));
        let unnamed = "        - {title: x, class: nonsense}\n".repeat(20_000);
        assert_eq!(started(&unnamed).unwrap_err().len(), 100);
        let class = "        - {dn: CN=a, class: nonsense, repeat: 1000000}\n".repeat(2);
        assert_eq!(started(&class).unwrap_err().len(), 2);
    }
}
