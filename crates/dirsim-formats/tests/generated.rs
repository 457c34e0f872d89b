//! Generated populations: deterministic, readable, and holding what their labels say.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::{BTreeMap, BTreeSet};

use dirsim_formats::generate::{
    DefectKind, GenerateOptions, Generated, Names, Population, generate,
};
use dirsim_formats::graph::GraphOptions;
use dirsim_formats::ldif::LdifOptions;
use dirsim_formats::{Level, LoadedForest, LoadedTenant, SourceFile, read_forest, read_tenant};
use dirsim_model::{Schema, Value};

fn load(made: &Generated) -> (LoadedForest, LoadedTenant, Schema) {
    let mut schema = Schema::built_in();
    let ldif = SourceFile { name: "ad.ldf", bytes: &made.ldif };
    let forest = read_forest(&[ldif], &mut schema, &LdifOptions::default()).unwrap();
    let files = [
        ("users.json", &made.graph_users),
        ("groups.json", &made.graph_groups),
        ("deleted.json", &made.graph_deleted),
        ("roles.json", &made.roles_json),
        ("domains.json", &made.domains_json),
        ("features.json", &made.features_json),
    ]
    .map(|(name, bytes)| SourceFile { name, bytes });
    let tenant = read_tenant(&files, &mut schema, &GraphOptions::default()).unwrap();
    (forest, tenant, schema)
}

#[test]
fn the_files_read_back_as_the_population() {
    let options =
        GenerateOptions { users: 400, groups: 20, contacts: 5, ..GenerateOptions::default() };
    let made = generate(options.clone()).unwrap();
    let (forest, tenant, mut schema) = load(&made);
    let population = Population::new(options, Names::built_in(), &mut schema).unwrap();
    assert_eq!(forest.objects, population.forest_objects().collect::<Vec<_>>());
    assert_eq!(forest.new.sid, population.forest().sid);
    assert_eq!(tenant.new, population.tenant());
    let mut users = population.tenant_users().collect::<Vec<_>>();
    users.extend(population.tenant_groups());
    assert_eq!(tenant.objects[..users.len()], users);
    assert_eq!(forest.unknown_targets(), []);
    let grave = |lints: &[dirsim_formats::Lint]| {
        lints
            .iter()
            .filter(|lint| lint.level() == Level::Error)
            .map(ToString::to_string)
            .collect::<Vec<_>>()
    };
    assert_eq!(grave(&forest.lints), Vec::<String>::new());
    assert_eq!(grave(&tenant.lints), Vec::<String>::new());
}

#[test]
fn a_seed_fixes_every_byte_and_another_gives_other_people() {
    let options = GenerateOptions { users: 100, ..GenerateOptions::default() };
    let one = generate(options.clone()).unwrap();
    assert_eq!(one, generate(options.clone()).unwrap());
    let other = generate(GenerateOptions { seed: 2, ..options }).unwrap();
    assert_ne!(one.ldif, other.ldif);
}

#[test]
fn every_kind_of_defect_is_planted_and_can_be_found() {
    let made = generate(GenerateOptions::default()).unwrap();
    let (forest, tenant, schema) = load(&made);
    let mut kinds: BTreeMap<DefectKind, u32> = BTreeMap::new();
    let names: BTreeSet<String> = forest.objects.iter().map(|o| o.dn.to_string()).collect();
    let texts: BTreeSet<String> = tenant
        .objects
        .iter()
        .flat_map(|object| &object.attributes)
        .filter(|(id, _)| ["userPrincipalName", "mail"].contains(&schema.name(*id)))
        .flat_map(|(_, values)| values)
        .map(ToString::to_string)
        .collect();
    for label in &made.labels {
        *kinds.entry(label.kind).or_default() += 1;
        assert!(names.contains(&label.distinguished_name), "{label:?}");
        assert!(label.tenant.as_ref().is_none_or(|name| texts.contains(name)), "{label:?}");
    }
    assert_eq!(kinds, DefectKind::ALL.iter().map(|kind| (*kind, 3)).collect());
    assert_eq!(tenant.objects.iter().filter(|o| !o.roles.is_empty()).count(), 3);
    assert_eq!(tenant.objects.iter().filter(|o| o.deleted.is_some()).count(), 3);
}

#[test]
fn the_default_kinds_are_written_down() {
    let made =
        generate(GenerateOptions { users: 36, defects_each: 1, ..GenerateOptions::default() })
            .unwrap();
    let lines: Vec<String> = made
        .labels
        .iter()
        .map(|label| {
            format!(
                "{} {} {} {}",
                label.kind.name(),
                label.distinguished_name,
                label.tenant.as_deref().unwrap_or("-"),
                label.expected
            )
        })
        .collect();
    insta::assert_snapshot!(lines.join("\n"));
}

#[test]
fn tiny_and_odd_populations_work() {
    for users in [0, 1, 2, 3, 35] {
        let options =
            GenerateOptions { users, groups: 3, contacts: 0, ..GenerateOptions::default() };
        let made = generate(options).unwrap();
        load(&made);
    }
    let bad =
        generate(GenerateOptions { domain: "contoso".to_owned(), ..GenerateOptions::default() });
    assert_eq!(
        bad.unwrap_err().to_string(),
        "`contoso` is not a DNS name; write one like contoso.com"
    );
}

#[test]
fn no_two_users_share_an_account_name_or_sid() {
    let options = GenerateOptions { users: 3000, defects_each: 40, ..GenerateOptions::default() };
    let population = Population::new(options, Names::built_in(), &mut Schema::built_in()).unwrap();
    let schema = Schema::built_in();
    let sam = schema.attribute("sAMAccountName").unwrap();
    let mut seen = BTreeSet::new();
    let mut sids = BTreeSet::new();
    for object in population.forest_objects() {
        for (id, values) in &object.attributes {
            if let (true, Some(Value::Text(name))) = (*id == sam, values.first()) {
                assert!(seen.insert(name.to_lowercase()), "{name}");
            }
        }
        assert!(object.sid.is_none_or(|sid| sids.insert(sid)));
    }
}
