//! A small world for tests: forests, a tenant, connectors and the default rules.

use dirsim_forest::{AttributeEdit, EditOperation, ForestEdit, NewForest, NewObject};
use dirsim_model::{Dice, Dn, Guid, Schema, Timestamp, Value};
use dirsim_rules::{RuleFile, RuleOptions, RuleSet};
use dirsim_store::{MemoryTables, Tables as _};
use dirsim_sync::{
    Context, Counter, Engine, Policy, Profile, RunRecord, connector, cycle, invariants, server,
};
use dirsim_tenant::{NewDomain, NewTenant, NewTenantObject};

/// The connector of the first forest.
pub(crate) const A: u32 = 1;
/// The connector of the tenant.
pub(crate) const E: u32 = 2;

/// A world without surfaces.
pub(crate) struct Lab {
    pub(crate) tables: MemoryTables,
    pub(crate) schema: Schema,
    pub(crate) rules: RuleSet,
    pub(crate) now: Timestamp,
    pub(crate) seed: u64,
    pub(crate) extra: Option<String>,
}

/// An object of a forest, as a test writes it: name, class, GUID, attributes, references.
pub(crate) fn object(
    schema: &Schema,
    dn: &str,
    class: &str,
    guid: &str,
    attributes: &[(&str, Value)],
    references: &[(&str, &[&str])],
) -> NewObject {
    let mut grouped: Vec<(dirsim_model::AttributeId, Vec<Value>)> = Vec::new();
    for (name, value) in attributes {
        let id = schema.attribute(name).unwrap_or_else(|| panic!("no attribute {name}"));
        match grouped.iter_mut().find(|(known, _)| *known == id) {
            Some((_, values)) => values.push(value.clone()),
            None => grouped.push((id, vec![value.clone()])),
        }
    }
    NewObject {
        dn: dn.parse().unwrap(),
        class: schema.class(class).unwrap(),
        guid: (!guid.is_empty()).then(|| guid.parse().unwrap()),
        sid: None,
        attributes: grouped,
        references: references
            .iter()
            .map(|(name, targets)| {
                let targets = targets.iter().map(|dn| dn.parse().unwrap()).collect();
                (schema.attribute(name).unwrap(), targets)
            })
            .collect(),
    }
}

/// A user with the attributes that most tests need.
pub(crate) fn user(schema: &Schema, dn: &str, guid: &str, sam: &str, uac: i64) -> NewObject {
    let cn = dn.parse::<Dn>().unwrap().rdn().unwrap().value.to_string();
    object(
        schema,
        dn,
        "user",
        guid,
        &[
            ("sAMAccountName", Value::text(sam)),
            ("userPrincipalName", Value::text(format!("{sam}@contoso.com"))),
            ("userAccountControl", Value::Integer(uac)),
            ("displayName", Value::text(cn)),
        ],
        &[],
    )
}

impl Lab {
    /// Starts with a tenant and no forest.
    pub(crate) fn empty() -> Self {
        let schema = Schema::built_in();
        let now: Timestamp = "2026-01-05T08:00:00Z".parse().unwrap();
        let mut tables = MemoryTables::new();
        server::create(&mut tables, now).unwrap();
        Self { tables, schema, rules: RuleSet::default(), now, seed: 42, extra: None }
    }

    /// Adds a forest and its connector.
    pub(crate) fn forest(&mut self, name: &str, objects: &[NewObject]) {
        let new = NewForest {
            name: name.to_owned(),
            netbios: None,
            sid: (name == "contoso.com").then(|| "S-1-5-21-1000-2000-3000".parse().unwrap()),
            recycle_bin: true,
            tombstone_lifetime_days: 180,
            upn_suffixes: Vec::new(),
            child_domains: Vec::new(),
        };
        let mut dice = Dice::new(7 ^ name.len() as u64);
        let domains =
            dirsim_forest::create(&mut self.tables, &self.schema, &new, &mut dice, self.now)
                .unwrap()
                .unwrap();
        dirsim_forest::load(&mut self.tables, &self.schema, name, objects, &mut dice, self.now)
            .unwrap()
            .unwrap();
        connector::add_forest(&mut self.tables, name, &domains, &mut dice, self.now).unwrap();
    }

    /// Adds the tenant and its connector.
    pub(crate) fn tenant(&mut self, objects: &[NewTenantObject]) {
        let new = NewTenant {
            initial_domain: "contoso.onmicrosoft.com".to_owned(),
            domains: vec![NewDomain {
                name: "contoso.com".to_owned(),
                verified: true,
                federated: false,
            }],
            features: Vec::new(),
            preset: "new-tenant".to_owned(),
            as_of: None,
            next_placeholder_digits: Vec::new(),
        };
        dirsim_tenant::create(&mut self.tables, &new, 9, self.now).unwrap().unwrap();
        dirsim_tenant::load(&mut self.tables, &self.schema, objects, self.now).unwrap().unwrap();
        let mut dice = Dice::new(11);
        connector::add_entra(&mut self.tables, "contoso.onmicrosoft.com", &mut dice, self.now)
            .unwrap();
    }

    /// Compiles the default rules for the connectors so far.
    pub(crate) fn build(mut self) -> Self {
        self.build_rules(&RuleOptions::default());
        self
    }

    /// Adds a rule file to the default rules.
    pub(crate) fn add_rules(&mut self, text: &str) {
        self.extra = Some(text.to_owned());
        self.build_rules(&RuleOptions::default());
        for connector in connector::all(&self.tables).unwrap() {
            connector::rules_changed(&mut self.tables, connector.id).unwrap();
        }
    }

    /// Compiles the default rules with options.
    pub(crate) fn build_rules(&mut self, options: &RuleOptions) {
        let infos: Vec<_> = connector::all(&self.tables)
            .unwrap()
            .iter()
            .map(|connector| connector.info(&self.tables).unwrap())
            .collect();
        let mut files = RuleSet::default_files();
        files.extend(
            self.extra.iter().map(|text| RuleFile { path: "extra".into(), text: text.clone() }),
        );
        let built = RuleSet::build(&files, &infos, options, &mut self.schema);
        self.rules = built.unwrap_or_else(|problems| {
            panic!("{}", problems.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))
        });
    }

    /// LAB-1 (SE 0.3).
    pub(crate) fn lab1() -> Self {
        let mut lab = Self::empty();
        let schema = &lab.schema;
        let corp = |name: &str| format!("CN={name},OU=Corp,DC=contoso,DC=com");
        let mut ben = user(schema, &corp("Ben Cole"), GUID_U2, "ben", 512);
        let manager = schema.attribute("manager").unwrap();
        ben.references.push((manager, vec![corp("Ada Bell").parse().unwrap()]));
        let objects = [
            user(schema, &corp("Ada Bell"), GUID_U1, "ada", 512),
            ben,
            user(schema, &corp("Cy Dunn"), GUID_U3, "cy", 514),
            object(
                schema,
                &corp("Sales"),
                "group",
                GUID_G1,
                &[
                    ("sAMAccountName", "Sales".into()),
                    ("groupType", Value::Integer(-2_147_483_646)),
                    ("displayName", "Sales".into()),
                ],
                &[("member", &[&corp("Ada Bell"), &corp("Ben Cole")])],
            ),
            object(
                schema,
                &corp("Ext One"),
                "contact",
                GUID_C1,
                &[
                    ("mail", "ext1@fabrikam.com".into()),
                    ("proxyAddresses", "SMTP:ext1@fabrikam.com".into()),
                    ("targetAddress", "SMTP:ext1@fabrikam.com".into()),
                    ("displayName", "Ext One".into()),
                    ("mailNickname", "ext1".into()),
                ],
                &[],
            ),
            user(schema, "CN=Di Eck,OU=NoSync,DC=contoso,DC=com", GUID_U4, "di", 512),
        ];
        lab.forest("contoso.com", &objects);
        lab.tenant(&[]);
        let (include, exclude) = ("OU=Corp,DC=contoso,DC=com", "DC=contoso,DC=com");
        connector::set_container_filter(
            &mut lab.tables,
            A,
            &[include.parse().unwrap()],
            &[exclude.parse().unwrap()],
        )
        .unwrap();
        lab.build()
    }

    /// Runs one profile and checks the invariants.
    pub(crate) fn run(&mut self, connector: u32, profile: Profile) -> RunRecord {
        let record = self.run_unchecked(connector, profile);
        let violations = invariants::check(&self.context(), &self.tables).unwrap();
        assert!(violations.is_empty(), "after {profile} on {connector}: {violations:#?}");
        record
    }

    /// Runs one profile.
    pub(crate) fn run_unchecked(&mut self, connector: u32, profile: Profile) -> RunRecord {
        self.seed += 1;
        let mut engine = Engine {
            tables: &mut self.tables,
            schema: &self.schema,
            rules: &self.rules,
            now: self.now,
            seed: self.seed,
            server: dirsim_sync::servers::FIRST,
        };
        engine.run(connector, profile, &mut |_| ()).unwrap()
    }

    /// Runs a cycle and moves the clock half an hour.
    pub(crate) fn cycle(&mut self, policy: Policy) -> Vec<RunRecord> {
        cycle::start(&mut self.tables, Some(policy), self.now).unwrap().unwrap();
        let mut runs = Vec::new();
        while let Some((connector, profile)) = cycle::next(&self.tables).unwrap() {
            runs.push(self.run(connector, profile));
            cycle::finish_run(&mut self.tables, self.now).unwrap();
        }
        self.now = self.now + 30 * 60_000;
        runs
    }

    /// Returns a copy of the world with the default rules.
    pub(crate) fn copy(&self) -> Self {
        let mut copy = Self {
            tables: self.tables.clone(),
            schema: self.schema.clone(),
            rules: RuleSet::default(),
            now: self.now,
            seed: self.seed,
            extra: self.extra.clone(),
        };
        copy.build_rules(&RuleOptions::default());
        copy
    }

    /// Removes everything the engine knows, as a server rebuilt with the same configuration
    /// (SE-280).
    pub(crate) fn wipe_engine(&mut self) {
        use dirsim_store::Table::*;
        for table in [
            CsObject,
            CsByKey,
            CsPending,
            CsLink,
            CsBackLink,
            CsChild,
            MvObject,
            MvByKey,
            MvPending,
            MvLink,
            MvBackLink,
            ExportAnswer,
        ] {
            for (key, _) in self.tables.scan(table, &[], None, usize::MAX).unwrap() {
                self.tables.delete(table, &key).unwrap();
            }
        }
        let meta: Vec<_> = self.tables.scan(Meta, &[], None, usize::MAX).unwrap();
        for (key, _) in meta {
            let name = String::from_utf8_lossy(&key).into_owned();
            if name.starts_with("cs-object") || name == "mv-object" || name == "sync-statistics" {
                self.tables.delete(Meta, &key).unwrap();
            }
        }
        for mut connector in connector::all(&self.tables).unwrap() {
            for partition in &mut connector.partitions {
                partition.watermark = None;
                partition.had_full_import = false;
            }
            connector::put(&mut self.tables, connector).unwrap();
        }
    }

    /// Returns the surroundings of a run.
    pub(crate) fn context(&self) -> Context<'_> {
        Context::new(&self.tables, &self.schema, &self.rules, self.now, self.seed).unwrap()
    }

    /// Does an edit in a forest.
    pub(crate) fn edit(&mut self, edit: &ForestEdit) {
        self.seed += 1;
        let mut dice = Dice::new(self.seed);
        dirsim_forest::edit(&mut self.tables, &self.schema, edit, &mut dice, self.now)
            .unwrap()
            .unwrap();
    }

    /// Replaces the values of an attribute in a forest.
    pub(crate) fn set(&mut self, target: &str, attribute: &str, values: &[Value]) {
        self.change(target, attribute, EditOperation::Replace, values);
    }

    /// Changes an attribute in a forest.
    pub(crate) fn change(
        &mut self,
        target: &str,
        attribute: &str,
        operation: EditOperation,
        values: &[Value],
    ) {
        let attribute = self.schema.attribute(attribute).unwrap();
        self.edit(&ForestEdit::Modify {
            target: guid(target),
            changes: vec![AttributeEdit { attribute, operation, values: values.to_vec() }],
        });
    }

    /// Describes all runs, one per line.
    pub(crate) fn describe(&self, runs: &[RunRecord]) -> String {
        runs.iter().map(|run| self.describe_run(run) + "\n").collect()
    }

    /// Describes a run: result, counters, outbound counters, errors.
    pub(crate) fn describe_run(&self, run: &RunRecord) -> String {
        let kind = |id| {
            if id == E {
                "E".to_owned()
            } else if id == A {
                "A".to_owned()
            } else {
                format!("{id}")
            }
        };
        let mut text = format!("{} {}: {}", run.profile, kind(run.connector), run.result);
        for step in &run.steps {
            for (counter, number) in &step.counters {
                text += &format!(", {counter} {number}");
            }
            for (target, counters) in &step.outbound {
                for (counter, number) in counters {
                    if *counter != Counter::ConnectorNoFlow {
                        text += &format!("; {} {counter} {number}", kind(*target));
                    }
                }
            }
            for error in step.errors.iter().chain(&step.mv_retry_errors) {
                text += &format!("\n    error {}: {}", error.dn, error.error.text);
            }
            for error in &step.discovery_errors {
                text += &format!("\n    discovery {}: {}", error.dn, error.text);
            }
        }
        text
    }
}

/// Parses a GUID.
pub(crate) fn guid(text: &str) -> Guid {
    text.parse().unwrap()
}

pub(crate) const GUID_U1: &str = "11111111-aaaa-4aaa-8aaa-000000000001";
pub(crate) const GUID_U2: &str = "11111111-aaaa-4aaa-8aaa-000000000002";
pub(crate) const GUID_U3: &str = "11111111-aaaa-4aaa-8aaa-000000000003";
pub(crate) const GUID_U4: &str = "11111111-aaaa-4aaa-8aaa-000000000004";
pub(crate) const GUID_G1: &str = "22222222-bbbb-4bbb-8bbb-000000000001";
pub(crate) const GUID_C1: &str = "33333333-cccc-4ccc-8ccc-000000000001";
