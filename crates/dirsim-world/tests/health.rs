//! The sync error report over an hour: when an error comes into it and when it is gone
//! (ET-080, ET-140).
#![allow(clippy::unwrap_used, reason = "tests")]

use dirsim_forest::{AttributeEdit, EditOperation, ForestEdit, NewForest, NewObject};
use dirsim_model::attribute::well_known;
use dirsim_model::schema::class;
use dirsim_model::{Guid, Timestamp, Value};
use dirsim_rules::RuleOptions;
use dirsim_sync::Policy;
use dirsim_tenant::{NewDomain, NewTenant};
use dirsim_world::view::health;
use dirsim_world::{Input, Setup, World};

const ANN: &str = "11111111-2222-3333-4444-555555555555";
const BEN: &str = "aaaaaaaa-bbbb-cccc-dddd-eeeeeeeeeeee";
const BOB: &str = "6b29fc40-ca47-1067-b31d-00dd010662da";

/// Returns an instant of 5 January 2026: `10:30`.
fn at(time: &str) -> Timestamp {
    format!("2026-01-05T{time}:00Z").parse().unwrap()
}

/// A forest with users: name, objectGUID, user principal name.
fn forest(name: &str, users: &[(&str, &str, &str)]) -> Input {
    let (first, _) = name.split_once('.').unwrap();
    let objects = users.iter().map(|(user, guid, upn)| NewObject {
        dn: format!("CN={user},OU=Staff,DC={first},DC=com").parse().unwrap(),
        class: class::USER,
        guid: Some(guid.parse().unwrap()),
        sid: None,
        attributes: vec![
            (well_known::SAM_ACCOUNT_NAME, vec![Value::text(user.to_lowercase())]),
            (well_known::USER_PRINCIPAL_NAME, vec![Value::text(*upn)]),
        ],
        references: Vec::new(),
    });
    let objects = objects.collect();
    let forest = NewForest {
        name: name.into(),
        netbios: None,
        sid: None,
        recycle_bin: true,
        tombstone_lifetime_days: 180,
        upn_suffixes: Vec::new(),
        child_domains: Vec::new(),
    };
    Input::LoadForest { forest, objects }
}

fn step(world: &mut World, input: Input) {
    let refusal = world.step(input).unwrap().refusal;
    assert!(refusal.is_none(), "{refusal:?}");
}

fn cycle(world: &mut World, policy: Policy) {
    step(world, Input::StartCycle(Some(policy)));
    while dirsim_sync::cycle::state(world.tables()).unwrap().is_some() {
        step(world, Input::RunNext);
    }
}

fn rename(world: &mut World, user: &str, upn: &str) {
    let target: Guid = user.parse().unwrap();
    let changes = vec![AttributeEdit {
        attribute: well_known::USER_PRINCIPAL_NAME,
        operation: EditOperation::Replace,
        values: vec![Value::text(upn)],
    }];
    step(world, Input::Forest(ForestEdit::Modify { target, changes }));
}

/// The lines of the report, with their categories, and when the portal shows them.
fn report(world: &World) -> (String, Vec<String>) {
    let found = health::report(world.tables(), world.schema(), world.now().unwrap()).unwrap();
    let lines = found.errors.iter().map(|error| {
        let attribute = error.attribute.as_deref().unwrap_or("-");
        format!("{}: {} {attribute}", error.category, error.error_name)
    });
    (found.shown_from.to_string(), lines.collect())
}

/// ET-080, ET-081, ET-140: Ben's name is quarantined, Bob's is refused. Ann lets go of the name at
/// 10:30 and the sweep of 11:00 repairs Ben; Bob is corrected at 10:30, after the cycle, and the
/// next cycle takes him. The report of 11:00 is the first without them.
#[test]
fn et_140_the_reports_of_an_hour() {
    const QUARANTINED: &str =
        "Duplicate Attribute: QuarantinedAttributeValueMustBeUnique UserPrincipalName";
    const REFUSED: &str = "Data Validation Failure: IdentityDataValidationFailed userPrincipalName";
    let setup =
        Setup { seed: 1, clock: at("09:30"), rules: RuleOptions::default(), rule_files: None };
    let mut world = World::in_memory(setup).unwrap();
    let domain = NewDomain { name: "contoso.com".into(), verified: true, federated: false };
    let tenant = NewTenant {
        initial_domain: "contoso.onmicrosoft.com".into(),
        domains: vec![domain],
        features: Vec::new(),
        preset: "new-tenant".into(),
        as_of: None,
        next_placeholder_digits: vec![3177],
    };
    let people = [("Ann", ANN, "u@contoso.com"), ("Bob", BOB, "bob+x@contoso.com")];
    step(&mut world, forest("contoso.com", &people));
    step(&mut world, forest("wingtip.com", &[("Ben", BEN, "u@contoso.com")]));
    step(&mut world, Input::LoadTenant { tenant, objects: Vec::new() });
    assert_eq!(report(&world).1, Vec::<String>::new());
    cycle(&mut world, Policy::Initial);
    let both = vec![QUARANTINED.to_owned(), REFUSED.to_owned()];
    assert_eq!(report(&world).1, both);

    step(&mut world, Input::AdvanceClock(at("10:05")));
    rename(&mut world, ANN, "a@contoso.com");
    step(&mut world, Input::AdvanceClock(at("10:30")));
    cycle(&mut world, Policy::Delta);
    assert_eq!(report(&world), ("2026-01-05T10:30:00Z".to_owned(), both.clone()));
    rename(&mut world, BOB, "bob@contoso.com");
    step(&mut world, Input::AdvanceClock(at("10:59")));
    assert_eq!(report(&world), ("2026-01-05T11:00:00Z".to_owned(), both));

    // Ben goes with the sweep, which no export causes; Bob with the export that places him.
    step(&mut world, Input::AdvanceClock(at("11:00")));
    assert_eq!(report(&world).1, [REFUSED]);
    cycle(&mut world, Policy::Delta);
    assert_eq!(report(&world), ("2026-01-05T11:00:00Z".to_owned(), Vec::new()));
}
