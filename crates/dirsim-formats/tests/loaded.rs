//! What the readers give is what forest and tenant take.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use dirsim_formats::generate::{GenerateOptions, generate};
use dirsim_formats::graph::GraphOptions;
use dirsim_formats::ldif::LdifOptions;
use dirsim_formats::{LoadedForest, LoadedTenant, SourceFile, read_forest, read_tenant};
use dirsim_model::{Dice, Schema, Timestamp};
use dirsim_store::MemoryTables;

const NOW: Timestamp = Timestamp(1_772_357_400_000);

/// Loads a forest and returns what the directory says to it.
fn load_forest(mut loaded: LoadedForest, schema: &Schema) -> Result<(), String> {
    let mut tables = MemoryTables::new();
    let mut dice = Dice::new(1);
    let new = &loaded.new;
    dirsim_forest::create(&mut tables, schema, new, &mut dice, NOW)
        .unwrap()
        .map_err(|refusal| refusal.message)?;
    let lost = dirsim_forest::load::unresolved(&tables, schema, &loaded.objects).unwrap();
    loaded.drop_references(schema, &lost);
    dirsim_forest::load(&mut tables, schema, &loaded.new.name, &loaded.objects, &mut dice, NOW)
        .unwrap()
        .map_err(|refusal| refusal.message)
}

/// Loads a tenant and returns what it says.
fn load_tenant(loaded: &LoadedTenant, schema: &Schema) -> Result<(), String> {
    let mut tables = MemoryTables::new();
    dirsim_tenant::create(&mut tables, &loaded.new, 1, NOW)
        .unwrap()
        .map_err(|refusal| refusal.message)?;
    dirsim_tenant::load(&mut tables, schema, &loaded.objects, NOW)
        .unwrap()
        .map_err(|refusal| refusal.message)
}

#[test]
fn a_generated_population_is_taken_by_both_sides() {
    let made = generate(GenerateOptions::default()).unwrap();
    let mut schema = Schema::built_in();
    let ldif = SourceFile { name: "ad.ldf", bytes: &made.ldif };
    let forest = read_forest(&[ldif], &mut schema, &LdifOptions::default()).unwrap();
    assert_eq!(load_forest(forest, &schema), Ok(()));
    let files = [
        &made.graph_users,
        &made.graph_groups,
        &made.graph_deleted,
        &made.roles_json,
        &made.domains_json,
        &made.features_json,
    ]
    .map(|bytes| SourceFile { name: "tenant.json", bytes });
    let tenant = read_tenant(&files, &mut schema, &GraphOptions::default()).unwrap();
    assert_eq!(load_tenant(&tenant, &schema), Ok(()));
}

#[test]
fn exports_of_real_tools_are_taken() {
    for bytes in
        [&include_bytes!("data/ldifde.ldf")[..], &include_bytes!("data/ldapsearch.ldif")[..]]
    {
        let mut schema = Schema::built_in();
        let file = SourceFile { name: "ad.ldf", bytes };
        let forest = read_forest(&[file], &mut schema, &LdifOptions::default()).unwrap();
        assert_eq!(load_forest(forest, &schema), Ok(()));
    }
    for files in [
        vec![
            &include_bytes!("data/graph-users.json")[..],
            include_bytes!("data/graph-groups.json"),
            include_bytes!("data/tenant-facts.json"),
        ],
        vec![&include_bytes!("data/get-mguser.json")[..]],
    ] {
        let mut schema = Schema::built_in();
        let files: Vec<_> =
            files.into_iter().map(|bytes| SourceFile { name: "tenant.json", bytes }).collect();
        let tenant = read_tenant(&files, &mut schema, &GraphOptions::default()).unwrap();
        assert_eq!(load_tenant(&tenant, &schema), Ok(()));
    }
}
