//! What a world takes over from an installed server.
#![allow(clippy::unwrap_used, reason = "tests")]

use dirsim_forest::{NewForest, NewObject};
use dirsim_model::attribute::well_known;
use dirsim_model::schema::{AttributeDefinition, class};
use dirsim_model::{Side, Syntax};
use dirsim_rules::{RuleFile, RuleOptions, RuleSet};
use dirsim_sync::{Policy, Profile, connector, server};
use dirsim_world::{
    ConnectorConfiguration, Input, NewAttribute, PartitionConfiguration, ServerConfiguration,
    ServerEdit, SettingsConfiguration, Setup, World,
};

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
    let user = |dn: &str| NewObject {
        dn: dn.parse().unwrap(),
        class: class::USER,
        guid: None,
        sid: None,
        attributes: vec![(well_known::MAIL, vec!["a@contoso.com".into()])],
        references: Vec::new(),
    };
    let objects =
        vec![user("CN=ann,OU=Corp,DC=contoso,DC=com"), user("CN=bob,OU=Old,DC=contoso,DC=com")];
    world.step(Input::LoadForest { forest, objects }).unwrap();
    world
}

fn configuration() -> ServerConfiguration {
    ServerConfiguration {
        origin: "SYNC01".into(),
        rules: Some(RuleSet::default_files()),
        edits: Vec::new(),
        keeps_edits: false,
        answers: Vec::new(),
        options: Some(RuleOptions { exchange_hybrid: true, ..RuleOptions::default() }),
        connectors: vec![ConnectorConfiguration {
            connector: "contoso.com".into(),
            guid: Some("ae4db4cc-b16b-4eb2-acf5-837ca84e4d7d".parse().unwrap()),
            classes: Some(vec!["user".into(), "container".into(), "unheardOf".into()]),
            attributes: Some(vec!["cn".into(), "objectGUID".into()]),
            partitions: vec![PartitionConfiguration {
                name: "DC=Contoso,DC=com".into(),
                selected: true,
                include: vec!["OU=Corp,DC=contoso,DC=com".parse().unwrap()],
                exclude: vec!["DC=contoso,DC=com".parse().unwrap()],
            }],
            parameters: vec![("Pilot.Group".into(), "CN=Pilot".into())],
        }],
        settings: SettingsConfiguration {
            deletions_max: Some(7),
            next_policy: Some(Policy::Delta),
            staging_mode: Some(true),
            ..SettingsConfiguration::default()
        },
    }
}

/// CE-020, CE-021, CE-040, SR-010: connectors, filters, parameters and settings become the world's,
/// and only what is selected is imported.
#[test]
fn a_configuration_is_taken_over_whole() {
    let mut world = world();
    let input = Input::Server(ServerEdit::Configuration(Box::new(configuration())));
    world.step(input).unwrap();
    let found = connector::find(world.tables(), "contoso.com").unwrap().unwrap();
    assert_eq!(found.guid.to_string(), "ae4db4cc-b16b-4eb2-acf5-837ca84e4d7d");
    assert_eq!(found.classes, [class::USER, class::CONTAINER]);
    assert!(found.rules_changed && found.changed_since_full_import);
    let settings = server::settings(world.tables()).unwrap();
    assert_eq!((settings.deletions_max, settings.next_policy), (7, Policy::Delta));
    assert!(settings.staging_mode && settings.deletion_prevention);
    let rules = world.rules().unwrap();
    assert!(rules.rules().iter().any(|rule| rule.name == "Out to AD - User Exchange Hybrid"));

    let run = |profile| Input::Run { connector: "contoso.com".into(), profile };
    world.step(run(Profile::FullImport)).unwrap();
    let mut users = Vec::new();
    for (id, object) in dirsim_sync::lookup::objects(world.tables(), found.id, None, 100).unwrap() {
        if object.class == class::USER && !object.is_placeholder() {
            users.push(dirsim_sync::lookup::dn(world.tables(), id).unwrap());
            let view = object.view(dirsim_sync::View::Imported);
            assert_eq!(view.text(well_known::MAIL), None, "`mail` is not selected");
        }
    }
    assert_eq!(users, ["CN=ann,OU=Corp,DC=contoso,DC=com"]);
}

/// A configuration whose rules do not compile changes nothing at all.
#[test]
fn a_configuration_with_broken_rules_is_refused_whole() {
    let mut world = world();
    let before = world.digest();
    let rules = vec![RuleFile { path: "broken.yaml".into(), text: "rules: [{name: A}]".into() }];
    let broken = ServerConfiguration { rules: Some(rules), ..configuration() };
    assert!(world.step(Input::Server(ServerEdit::Configuration(Box::new(broken)))).is_err());
    assert_eq!(world.digest(), before);
    assert!(!server::settings(world.tables()).unwrap().staging_mode);
}

/// Attributes beyond the shipped schema stay with the world, with their numbers.
#[test]
fn defined_attributes_survive_travelling_and_reopening() {
    let folder = tempfile::tempdir().unwrap();
    let setup = Setup {
        seed: 1,
        clock: "2026-01-05T08:00:00Z".parse().unwrap(),
        rules: RuleOptions::default(),
        rule_files: None,
    };
    let path = folder.path().join("ws");
    let mut world = World::create_at(&path, setup).unwrap();
    let definition = AttributeDefinition { syntax: Syntax::Integer, multi_valued: false };
    let new = |name: &str| NewAttribute { side: Side::Forest, name: name.into(), definition };
    world.step(Input::DefineAttributes(vec![new("badgeNumber")])).unwrap();
    world.step(Input::AddNames(vec!["shoeSize".into()])).unwrap();
    world.step(Input::DefineAttributes(vec![new("shoeSize"), new("lockerNumber")])).unwrap();
    let numbers = |world: &World| {
        ["badgeNumber", "shoeSize", "lockerNumber"].map(|name| {
            let id = world.schema().attribute(name).unwrap();
            (id, world.schema().definition(Side::Forest, id))
        })
    };
    let before = numbers(&world);
    assert!(before.iter().all(|(_, known)| *known == Some(definition)));
    drop(world);
    let (mut world, _) = World::open(&path).unwrap();
    assert_eq!(numbers(&world), before);
    world.back().unwrap();
    let shoe = world.schema().attribute("shoeSize").unwrap();
    assert_eq!(world.schema().definition(Side::Forest, shoe), None);
}
