//! Two rule sets compared by their effect on a population.
#![allow(clippy::unwrap_used, reason = "tests")]

use dirsim_forest::{NewForest, NewObject};
use dirsim_model::attribute::well_known;
use dirsim_model::schema::class;
use dirsim_rules::{RuleFile, RuleOptions, RuleSet};
use dirsim_tenant::{NewDomain, NewTenant};
use dirsim_world::{Input, ServerEdit, Setup, World, rules_diff};

fn world() -> World {
    let setup = Setup {
        seed: 1,
        clock: "2026-01-05T08:00:00Z".parse().unwrap(),
        rules: RuleOptions::default(),
        rule_files: None,
    };
    let mut world = World::in_memory(setup).unwrap();
    let forest = NewForest {
        name: "contoso.com".into(),
        netbios: None,
        sid: None,
        recycle_bin: false,
        tombstone_lifetime_days: 180,
        upn_suffixes: Vec::new(),
        child_domains: Vec::new(),
    };
    let user = |name: &str, department: &str| NewObject {
        dn: format!("CN={name},OU=Corp,DC=contoso,DC=com").parse().unwrap(),
        class: class::USER,
        guid: None,
        sid: None,
        attributes: vec![
            (well_known::USER_PRINCIPAL_NAME, vec![format!("{name}@contoso.com").into()]),
            (world_attribute("department"), vec![department.into()]),
        ],
        references: Vec::new(),
    };
    let objects = vec![user("ann", "Interns"), user("bob", "Sales")];
    world.step(Input::LoadForest { forest, objects }).unwrap();
    let tenant = NewTenant {
        initial_domain: "contoso.onmicrosoft.com".into(),
        domains: vec![NewDomain { name: "contoso.com".into(), verified: true, federated: false }],
        features: Vec::new(),
        preset: "new-tenant".into(),
        as_of: None,
        next_placeholder_digits: Vec::new(),
    };
    world.step(Input::LoadTenant { tenant, objects: Vec::new() }).unwrap();
    world
}

fn world_attribute(name: &str) -> dirsim_model::AttributeId {
    dirsim_model::Schema::built_in().attribute(name).unwrap()
}

fn files(custom: &str) -> Input {
    let mut files = RuleSet::default_files();
    files.push(RuleFile { path: "custom.yaml".into(), text: custom.into() });
    Input::Server(ServerEdit::RuleFiles(files))
}

/// SR-039 by its effect: whom a negative filter takes out of the cloud, and what stays equal.
#[test]
fn a_filter_rule_is_told_by_what_it_does() {
    let mut world = world();
    let digest = world.digest();
    let custom = "rules:
  - name: In from AD - User not interns
    connector: forest
    from: user
    to: metaverse person
    precedence: 50
    scope:
      - [department EQUAL Interns]
    flows:
      constants: {cloudFiltered: 'True'}
";
    let diff = rules_diff(&mut world, &[], &[files(custom)], &mut |_, _| ()).unwrap();
    assert_eq!(diff.objects, 2);
    let told: Vec<String> = diff
        .changes
        .iter()
        .filter(|change| change.attribute.starts_with('(') || change.place == "metaverse")
        .map(|change| {
            format!(
                "{} {}: {} {} {:?} -> {:?} by {:?}",
                change.object,
                change.place,
                change.kind.word(),
                change.attribute,
                change.before,
                change.after,
                change.rules_after
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "ann@contoso.com contoso.onmicrosoft.com - AAD: lost (object) [\"user\"] -> [] by []",
            "ann@contoso.com metaverse: gained cloudFiltered [] -> [\"True\"] by [\"In from AD - User not interns\"]",
        ]
    );
    assert!(diff.changes.iter().all(|change| change.object == "ann@contoso.com"));
    let effects = diff.by_attribute();
    assert_eq!(
        effects.iter().map(|e| e.gained + e.lost + e.changed).sum::<usize>(),
        diff.changes.len()
    );
    assert_eq!(world.digest(), digest, "both sides were thrown away");
}

#[test]
fn a_side_equals_itself() {
    let mut world = world();
    let diff = rules_diff(&mut world, &[], &[], &mut |_, _| ()).unwrap();
    assert_eq!((diff.objects, diff.changes.len()), (2, 0));
}

#[test]
fn a_side_that_does_not_compile_says_so() {
    let mut world = world();
    let broken = files("rules: [{name: A}]");
    let error = rules_diff(&mut world, &[], &[broken], &mut |_, _| ()).unwrap_err();
    assert!(matches!(error, dirsim_world::WorldError::Rules(_)));
}
