//! A forest that is added to a deployment with mS-DS-ConsistencyGuid is looked at first.
#![allow(clippy::unwrap_used, reason = "tests")]

use dirsim_forest::{NewForest, NewObject};
use dirsim_model::Value;
use dirsim_model::attribute::well_known;
use dirsim_model::schema::class;
use dirsim_rules::RuleOptions;
use dirsim_sync::Policy;
use dirsim_tenant::{NewDomain, NewTenant};
use dirsim_world::{IdentityChoice, Input, ServerEdit, Setup, World};

/// A forest with one user, who has a ConsistencyGuid or none.
fn forest(name: &str, anchored: bool) -> Input {
    let sid = None;
    let forest = NewForest {
        name: name.into(),
        netbios: None,
        sid,
        recycle_bin: true,
        tombstone_lifetime_days: 180,
        upn_suffixes: Vec::new(),
        child_domains: Vec::new(),
    };
    let (first, _) = name.split_once('.').unwrap();
    let mut attributes = vec![
        (well_known::SAM_ACCOUNT_NAME, vec![Value::text(first)]),
        (well_known::USER_PRINCIPAL_NAME, vec![Value::text(format!("ann@{name}"))]),
    ];
    if anchored {
        attributes.push((well_known::CONSISTENCY_GUID, vec![Value::bytes([7; 16])]));
    }
    let user = NewObject {
        dn: format!("CN=Ann,OU=Corp,DC={first},DC=com").parse().unwrap(),
        class: class::USER,
        guid: None,
        sid: None,
        attributes,
        references: Vec::new(),
    };
    Input::LoadForest { forest, objects: vec![user] }
}

fn identity(choice: IdentityChoice) -> Input {
    Input::Server(ServerEdit::Identity(choice))
}

/// A server with one forest, installed as the wizard chooses, after its first cycle.
fn installed(anchored: bool) -> World {
    let setup = Setup {
        seed: 1,
        clock: "2026-01-05T08:00:00Z".parse().unwrap(),
        rules: RuleOptions::default(),
        rule_files: None,
    };
    let mut world = World::in_memory(setup).unwrap();
    let domain = NewDomain { name: "contoso.com".into(), verified: true, federated: false };
    let tenant = NewTenant {
        initial_domain: "contoso.onmicrosoft.com".into(),
        domains: vec![domain],
        features: Vec::new(),
        preset: "new-tenant".into(),
        as_of: None,
        next_placeholder_digits: Vec::new(),
    };
    for input in [
        forest("contoso.com", anchored),
        Input::LoadTenant { tenant, objects: Vec::new() },
        identity(IdentityChoice::AutomaticAnchor),
        Input::StartCycle(Some(Policy::Initial)),
    ] {
        assert!(world.step(input).unwrap().refusal.is_none());
    }
    while dirsim_sync::cycle::state(world.tables()).unwrap().is_some() {
        world.step(Input::RunNext).unwrap();
    }
    world
}

fn refused(world: &mut World, input: Input) -> Option<String> {
    world.step(input).unwrap().refusal.map(|refusal| refusal.message().to_string())
}

/// SE-297: the same check as that of the task, on the new forest, with the same skip switch.
#[test]
fn a_forest_that_uses_the_attribute_is_refused_unless_the_check_is_skipped() {
    let mut world = installed(false);
    let message = refused(&mut world, forest("fabrikam.com", true)).unwrap();
    assert!(message.contains("in use already, on CN=Ann,OU=Corp,DC=fabrikam,DC=com"), "{message}");
    // Nothing of the forest stayed, so it can be added once the check is skipped.
    assert_eq!(refused(&mut world, identity(IdentityChoice::SkipForestCheck)), None);
    assert_eq!(refused(&mut world, forest("fabrikam.com", true)), None);
    // The switch is about one forest.
    assert!(refused(&mut world, forest("litware.com", true)).is_some());
    assert_eq!(refused(&mut world, forest("adatum.com", false)), None);
}

/// SE-297 is about deployments with ConsistencyGuid: one with objectGUID takes any forest.
#[test]
fn an_installation_with_object_guid_takes_any_forest() {
    let mut world = installed(true);
    assert_eq!(refused(&mut world, forest("fabrikam.com", true)), None);
}
