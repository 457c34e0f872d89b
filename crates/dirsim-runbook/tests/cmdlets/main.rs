//! Cmdlets acting on a small world.
#![expect(clippy::unwrap_used, clippy::indexing_slicing, reason = "a test may fail by panic")]

mod directory;
mod rules;
mod scripts;
mod server;
mod tables;
mod tenant;

use std::fmt::Write as _;

use dirsim_forest::{NewForest, NewObject};
use dirsim_model::schema::class;
use dirsim_model::{ClassId, Schema, Value};
use dirsim_rules::RuleOptions;
use dirsim_runbook::format::outputs_text;
use dirsim_runbook::{CommandError, RunOutcome, Session, check, run};
use dirsim_tenant::{NewDomain, NewTenant, NewTenantObject, TenantType};
use dirsim_world::{Input, Setup, World};

/// A forest contoso.com with Ann and the group Sales in OU=Staff, and a tenant with Kim.
pub(crate) fn world() -> World {
    let setup = Setup {
        seed: 7,
        clock: "2026-01-05T08:00:00Z".parse().unwrap(),
        rules: RuleOptions::default(),
        rule_files: None,
    };
    let mut world = World::in_memory(setup).unwrap();
    let forest = NewForest {
        name: "contoso.com".into(),
        netbios: Some("CONTOSO".into()),
        sid: Some("S-1-5-21-1000-2000-3000".parse().unwrap()),
        recycle_bin: true,
        tombstone_lifetime_days: 180,
        upn_suffixes: Vec::new(),
        child_domains: Vec::new(),
    };
    let ann = "CN=Ann Lee,OU=Staff,DC=contoso,DC=com";
    let mut sales = object(
        "CN=Sales,OU=Staff,DC=contoso,DC=com",
        class::GROUP,
        &[("sAMAccountName", "Sales"), ("groupType", "-2147483646")],
    );
    sales.references =
        vec![(dirsim_model::attribute::well_known::MEMBER, vec![ann.parse().unwrap()])];
    let objects = vec![
        object(
            ann,
            class::USER,
            &[
                ("sAMAccountName", "ann"),
                ("userPrincipalName", "ann@contoso.com"),
                ("givenName", "Ann"),
                ("sn", "Lee"),
                ("displayName", "Ann Lee"),
                ("mail", "ann@contoso.com"),
                ("userAccountControl", "512"),
                ("proxyAddresses", "SMTP:ann@contoso.com"),
            ],
        ),
        sales,
    ];
    step(&mut world, Input::LoadForest { forest, objects });
    let tenant = NewTenant {
        initial_domain: "contoso.onmicrosoft.com".into(),
        domains: vec![NewDomain { name: "contoso.com".into(), verified: true, federated: false }],
        features: Vec::new(),
        preset: "new-tenant".into(),
        as_of: None,
        next_placeholder_digits: Vec::new(),
    };
    let schema = Schema::built_in();
    let kim = NewTenantObject {
        kind: TenantType::User,
        id: Some("a98368aa-f0cb-41b5-a7c6-10f18c6c837d".parse().unwrap()),
        attributes: [
            ("userPrincipalName", "kim@contoso.com"),
            ("displayName", "Kim"),
            ("mailNickname", "kim"),
        ]
        .iter()
        .map(|(name, value)| (schema.attribute(name).unwrap(), vec![Value::from(*value)]))
        .collect(),
        roles: vec!["Global Administrator".into()],
        eligible_roles: Vec::new(),
        references: Vec::new(),
        deleted: None,
    };
    step(&mut world, Input::LoadTenant { tenant, objects: vec![kim] });
    world
}

fn object(dn: &str, class: ClassId, attributes: &[(&str, &str)]) -> NewObject {
    let schema = Schema::built_in();
    let attributes = attributes
        .iter()
        .map(|(name, value)| {
            let id = schema.attribute(name).unwrap();
            let syntax = schema.syntax(dirsim_model::Side::Forest, id);
            (id, vec![dirsim_model::typed::parse(syntax, value).unwrap()])
        })
        .collect();
    NewObject {
        dn: dn.parse().unwrap(),
        class,
        guid: None,
        sid: None,
        attributes,
        references: Vec::new(),
    }
}

fn step(world: &mut World, input: Input) {
    let stepped = world.step(input).unwrap();
    assert_eq!(stepped.refusal, None);
}

/// Runs a script without mistakes.
pub(crate) fn outcome(world: &mut World, script: &str) -> RunOutcome {
    let script = check(script, "test.ps1").unwrap_or_else(|errors| panic!("{}", errors[0]));
    run(&script, &mut Session::new(world))
}

/// The only place in these tests that shows what a script printed, its failure last.
pub(crate) fn shell(world: &mut World, script: &str) -> String {
    let outcome = outcome(world, script);
    let mut text = outputs_text(&outcome.outputs);
    if let Some(failure) = outcome.failed {
        let error = match failure.error {
            CommandError::Refused(record) => record.text(),
            other => other.to_string(),
        };
        let _ = writeln!(text, "line {}: {error}", failure.span.line);
    }
    text.trim_matches('\n').to_owned()
}

/// Runs a script that must succeed and print nothing.
pub(crate) fn quietly(world: &mut World, script: &str) {
    assert_eq!(shell(world, script), "", "{script}");
}
