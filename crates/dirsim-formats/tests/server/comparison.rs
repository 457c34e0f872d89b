//! The same population through dirsim's default set and through the published sample: every
//! difference is explained by a documented change of the product.
//!
//! `UPDATE_DOCS=1 cargo test -p dirsim-formats --test server comparison` writes the page anew.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use dirsim_forest::NewObject;
use dirsim_formats::generate::{GenerateOptions, Names, Population};
use dirsim_model::schema::class;
use dirsim_model::{Schema, Value, typed};
use dirsim_model::{Side, attribute::well_known};
use dirsim_rules::{RuleOptions, RuleSet};
use dirsim_world::rules_diff::{AttributeEffect, METAVERSE, RulesDiff};
use dirsim_world::{Input, ServerConfiguration, ServerEdit, Setup, World, rules_diff};
use serde::Deserialize;

use crate::sample;

/// Why attributes differ; the page shows these words.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Explained {
    /// `metaverse`, `cloud` (the Entra connector) or `forest`.
    place: String,
    /// The attributes.
    attributes: Vec<String>,
    /// Where the change is documented.
    source: String,
    /// What changed.
    because: String,
}

fn explanations() -> Vec<Explained> {
    serde_saphyr::from_str(include_str!("differences.yaml")).unwrap()
}

/// Returns a place as the table of explanations names it.
fn place(effect: &AttributeEffect) -> &'static str {
    match effect.place.as_str() {
        METAVERSE => "metaverse",
        "contoso.com" => "forest",
        _ => "cloud",
    }
}

/// People that show what a generated population has too few of.
fn special(schema: &Schema) -> Vec<NewObject> {
    let user = |name: &str, attributes: &[(&str, &[&str])]| NewObject {
        dn: format!("CN={name},OU=Corp,DC=contoso,DC=com").parse().unwrap(),
        class: class::USER,
        guid: None,
        sid: None,
        attributes: [
            ("sAMAccountName", &[name][..]),
            ("userPrincipalName", &[&*format!("{name}@contoso.com")]),
            ("displayName", &[name]),
        ]
        .iter()
        .chain(attributes)
        .map(|(attribute, values)| {
            let id = schema.attribute(attribute).unwrap();
            let syntax = schema.syntax(Side::Forest, id);
            let values: Vec<Value> =
                values.iter().map(|text| typed::parse(syntax, text).unwrap()).collect();
            (id, values)
        })
        .collect(),
        references: Vec::new(),
    };
    let exchange: &[(&str, &[&str])] = &[
        ("mailNickname", &["exchange"]),
        ("mail", &["exchange@contoso.com"]),
        ("proxyAddresses", &["SMTP:exchange@contoso.com"]),
        ("msExchUsageLocation", &["NO"]),
        ("msExchExtensionCustomAttribute1", &["one", "two"]),
        ("msExchRecipientTypeDetails", &["1"]),
    ];
    let linked: &[(&str, &[&str])] =
        &[("mailNickname", &["linked"]), ("msExchRecipientTypeDetails", &["2"])];
    vec![
        user("anchored", &[("mS-DS-ConsistencyGuid", &["00112233-4455-6677-8899-aabbccddeeff"])]),
        user("numbered", &[("employeeID", &["E-1"]), ("photo", &["AQID"])]),
        user("exchange", exchange),
        user("linked", linked),
    ]
}

fn world(new: &[dirsim_world::NewAttribute]) -> World {
    let setup = Setup {
        seed: 1,
        clock: "2026-01-05T08:00:00Z".parse().unwrap(),
        rules: RuleOptions::default(),
        rule_files: None,
    };
    let mut world = World::in_memory(setup).unwrap();
    world.step(Input::DefineAttributes(new.to_vec())).unwrap();
    let mut schema = world.schema().clone();
    let options =
        GenerateOptions { users: 250, groups: 25, contacts: 10, ..GenerateOptions::default() };
    let population = Population::new(options, Names::built_in(), &mut schema).unwrap();
    let mut objects: Vec<NewObject> = population.forest_objects().collect();
    objects.extend(special(&schema));
    let forest = population.forest();
    world.step(Input::LoadForest { forest, objects }).unwrap();
    let mut cloud = population.tenant_users().collect::<Vec<_>>();
    cloud.extend(population.tenant_groups());
    world.step(Input::LoadTenant { tenant: population.tenant(), objects: cloud }).unwrap();
    world
}

fn side(configuration: ServerConfiguration) -> Input {
    Input::Server(ServerEdit::Configuration(Box::new(configuration)))
}

/// Default rules, section 11, item 4: the differences between the sample and dirsim's own set are
/// those that the documentation names, on a population and not only by text.
#[test]
fn every_difference_to_the_sample_is_a_documented_change() {
    let Some(export) = sample::sample() else { return };
    let imported = sample::imported(export);
    let options = imported.configuration.options.clone().unwrap();
    let newer = RuleOptions { anchor_mode: dirsim_rules::AnchorMode::ConsistencyGuid, ..options };
    let before = side(ServerConfiguration {
        rules: imported.configuration.rules.clone(),
        options: imported.configuration.options.clone(),
        ..ServerConfiguration::default()
    });
    let after = side(ServerConfiguration {
        rules: Some(RuleSet::default_files()),
        options: Some(newer),
        ..ServerConfiguration::default()
    });
    let mut world = world(&imported.attributes);
    let diff = rules_diff(&mut world, &[before], &[after], &mut |_, _| ()).unwrap();
    let explanations = explanations();
    let (mut unexplained, mut used) = (Vec::new(), BTreeSet::new());
    for effect in diff.by_attribute() {
        let found = explanations.iter().position(|explained| {
            explained.place == place(&effect) && explained.attributes.contains(&effect.attribute)
        });
        match found {
            Some(at) => drop(used.insert(at)),
            None => unexplained.push(format!("{}: {:?}", place(&effect), effect)),
        }
    }
    assert!(unexplained.is_empty(), "no documented change explains\n{}", unexplained.join("\n"));
    let stale: Vec<&Explained> = explanations
        .iter()
        .enumerate()
        .filter(|(at, _)| !used.contains(at))
        .map(|(_, explained)| explained)
        .collect();
    assert!(stale.is_empty(), "nothing differs any more: {stale:#?}");
    assert!(diff.objects > 250);
    assert_eq!(world.schema().name(well_known::MAIL), "mail");
    hold(&page(&diff, &explanations));
}

fn page(diff: &RulesDiff, explanations: &[Explained]) -> String {
    let mut text = format!(
        "# The published sample and dirsim's default set\n\n\
         One generated population (250 users, 25 groups, 10 contacts, and four people made for the purpose) \
         through two rule sets: the published sample configuration of the configuration documenter, product \
         version 1.1.130.0 of 2016, and the default set that dirsim ships with. {} objects of the forest are \
         synchronized by one of them; {} values differ. The table says for which attribute how many objects \
         gain, lose or change their values on the way from the sample to the default set, and which documented \
         change of the product is behind it. A test holds the page: a difference that no line explains fails it.\n\n\
         Numbers are those of this population; another one has others.\n\n\
         | Place | Attribute | Gain | Lose | Change | Because | Documented in |\n\
         |---|---|--:|--:|--:|---|---|\n",
        diff.objects,
        diff.changes.len()
    );
    for effect in diff.by_attribute() {
        let of = |explained: &&Explained| {
            explained.place == place(&effect) && explained.attributes.contains(&effect.attribute)
        };
        let Some(explained) = explanations.iter().find(of) else { continue };
        let _ = writeln!(
            text,
            "| {} | {} | {} | {} | {} | {} | {} |",
            explained.place,
            effect.attribute,
            effect.gained,
            effect.lost,
            effect.changed,
            explained.because,
            explained.source
        );
    }
    text
}

#[expect(clippy::disallowed_methods, reason = "the page is a file of the project")]
fn hold(page: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sample-and-default-set.md");
    if std::env::var_os("UPDATE_DOCS").is_some() {
        std::fs::write(&path, page).unwrap();
    }
    let written = std::fs::read_to_string(&path).unwrap_or_default();
    assert_eq!(
        written, page,
        "docs/sample-and-default-set.md is out of date; \
         UPDATE_DOCS=1 cargo test -p dirsim-formats --test server comparison writes it"
    );
}
