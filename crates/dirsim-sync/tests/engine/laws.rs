//! Laws on random worlds: delta equals full, quiet worlds stay quiet, a rebuild finds everything.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use dirsim_forest::{AttributeEdit, EditOperation, ForestEdit};
use dirsim_model::{Dice, Guid, Value};
use dirsim_sync::{Policy, Profile, RuleBook, View, cs_links, lookup, mv};
use dirsim_tenant::TenantEdit;

use crate::lab::*;

const OUS: [&str; 4] = ["OU=Corp", "OU=Sub,OU=Corp", "OU=Deep,OU=Sub,OU=Corp", "OU=NoSync"];

fn place(ou: u64) -> String {
    format!("{},DC=contoso,DC=com", OUS[ou as usize % OUS.len()])
}

fn id(kind: u64, number: u64) -> Guid {
    guid(&format!("{kind:08x}-0000-4000-8000-{number:012x}"))
}

/// A forest with users, groups and contacts in four containers, two of them nested.
fn random_world(dice: &mut Dice) -> Lab {
    let mut lab = Lab::empty();
    let mut objects = Vec::new();
    for (n, ou) in OUS.iter().enumerate() {
        let dn = format!("{ou},DC=contoso,DC=com");
        let guid = id(3, n as u64).to_string();
        objects.push(object(&lab.schema, &dn, "organizationalUnit", &guid, &[], &[]));
    }
    let users = 4 + dice.below(5);
    for n in 0..users {
        let dn = format!("CN=User {n},{}", place(dice.next()));
        let uac = if dice.below(4) == 0 { 514 } else { 512 };
        objects.push(user(&lab.schema, &dn, &id(1, n).to_string(), &format!("u{n}"), uac));
    }
    for n in 0..3 {
        let dn = format!("CN=Group {n},{}", place(dice.next()));
        let name = format!("g{n}");
        objects.push(object(
            &lab.schema,
            &dn,
            "group",
            &id(2, n).to_string(),
            &[
                ("sAMAccountName", name.as_str().into()),
                ("displayName", name.as_str().into()),
                ("groupType", Value::Integer(-2_147_483_646)),
            ],
            &[],
        ));
    }
    lab.forest("contoso.com", &objects);
    lab.tenant(&[]);
    let (include, exclude) = ("OU=Corp,DC=contoso,DC=com", "DC=contoso,DC=com");
    dirsim_sync::connector::set_container_filter(
        &mut lab.tables,
        A,
        &[include.parse().unwrap()],
        &[exclude.parse().unwrap()],
    )
    .unwrap();
    lab.build()
}

/// Does something random in the forest; refusals are part of life.
fn disturb(lab: &mut Lab, dice: &mut Dice) -> String {
    let (user, group) = (id(1, dice.below(9)), id(2, dice.below(3)));
    let target = if dice.below(3) == 0 { group } else { user };
    let attribute = |name: &str| lab.schema.attribute(name).unwrap();
    let modify = |target: Guid, name: &str, operation: EditOperation, values: Vec<Value>| {
        let attribute = attribute(name);
        ForestEdit::Modify { target, changes: vec![AttributeEdit { attribute, operation, values }] }
    };
    let reference = |guid: Guid| vec![Value::text(guid.to_string())];
    let inner = id(3, 1 + dice.below(2));
    let edit = match dice.below(14) {
        12 => ForestEdit::Rename { target: inner, name: format!("Unit {}", dice.below(1000)) },
        13 => {
            let number = dice.below(9);
            let dn = format!("CN=New {number},{}", place(dice.next()));
            let guid = if dice.below(2) == 0 { String::new() } else { id(1, number).to_string() };
            let sam = format!("n{}", dice.below(1000));
            let new = super::lab::user(&lab.schema, &dn, &guid, &sam, 512);
            ForestEdit::Create(Box::new(new))
        }
        0 => modify(
            user,
            "department",
            EditOperation::Replace,
            vec![format!("D{}", dice.below(3)).into()],
        ),
        1 => modify(user, "department", EditOperation::Replace, Vec::new()),
        2 | 3 => modify(group, "member", EditOperation::Add, reference(target)),
        4 => modify(group, "member", EditOperation::Remove, reference(user)),
        5 => modify(user, "manager", EditOperation::Replace, reference(id(1, dice.below(9)))),
        6 => ForestEdit::Delete { target, recursive: false },
        7 => ForestEdit::Restore { target, parent: None, name: None },
        8 | 9 => ForestEdit::Move { target, parent: place(dice.next()).parse().unwrap() },
        10 => ForestEdit::Rename { target, name: format!("Name {}", dice.below(1000)) },
        _ => modify(
            user,
            "userAccountControl",
            EditOperation::Replace,
            vec![Value::Integer(if dice.below(2) == 0 { 512 } else { 514 })],
        ),
    };
    let mut seeds = Dice::new(dice.next());
    let done =
        dirsim_forest::edit(&mut lab.tables, &lab.schema, &edit, &mut seeds, lab.now).unwrap();
    format!("{edit:?}: {}", done.map_or_else(|refusal| refusal.message, |_| "done".to_owned()))
}

/// Does something random in the tenant.
fn disturb_tenant(lab: &mut Lab, dice: &mut Dice) -> String {
    let all = dirsim_tenant::lookup::objects_after(&lab.tables, None, 100).unwrap();
    let Some((_, object)) = all.get(dice.below(all.len() as u64 + 1) as usize) else {
        return "nothing".to_owned();
    };
    let target = object.id;
    let attribute = |name: &str| lab.schema.attribute(name).unwrap();
    let edit = match dice.below(4) {
        0 => TenantEdit::Update {
            target,
            changes: vec![(attribute("department"), vec!["Cloud".into()])],
        },
        1 => TenantEdit::Update {
            target,
            changes: vec![(attribute("accountEnabled"), vec![Value::Boolean(false)])],
        },
        2 => TenantEdit::Delete { target },
        _ => TenantEdit::Restore {
            target,
            new_user_principal_name: None,
            auto_reconcile_proxy_conflict: false,
        },
    };
    let done = dirsim_tenant::edit(&mut lab.tables, &lab.schema, &edit, lab.now).unwrap();
    format!("{edit:?}: {}", done.map_or_else(|refusal| refusal.message, |_| "done".to_owned()))
}

/// Everything the engine holds, by names instead of numbers and without times.
fn dump(lab: &Lab) -> String {
    let mut lines = Vec::new();
    let book = RuleBook::read(&lab.tables).unwrap();
    let mut names: BTreeMap<u64, String> = BTreeMap::new();
    for connector in [A, E] {
        for (id, object) in lookup::objects(&lab.tables, connector, None, usize::MAX).unwrap() {
            let dn = lookup::dn(&lab.tables, id).unwrap();
            if object.mv != 0 && connector == A {
                names.insert(object.mv, dn.clone());
            }
            if object.is_placeholder() {
                continue;
            }
            let mut line = format!(
                "{connector} {dn} {:?} {:?} {:?} {} H {:?} I {:?} UA {:?} UC {:?}",
                object.class,
                object.import,
                object.export,
                object.mv != 0,
                object.synchronized,
                object.imported,
                object.unapplied,
                object.unconfirmed
            );
            for view in [View::Synchronized, View::Imported, View::Unapplied] {
                let mut targets: Vec<String> = cs_links::targets(&lab.tables, id, None, view)
                    .unwrap()
                    .into_iter()
                    .map(|(attribute, to)| {
                        format!("{}={}", attribute.0, lookup::dn(&lab.tables, to).unwrap())
                    })
                    .collect();
                targets.sort();
                let _ = write!(line, " {view:?} {targets:?}");
            }
            lines.push(line);
        }
    }
    for (id, object) in
        dirsim_store::rows::after::<mv::MvObject>(&lab.tables, None, usize::MAX).unwrap()
    {
        let mut line =
            format!("MV {} {:?}", names.get(&id).map_or("?", |n| n), object.to_entry(&book));
        for link in mv::LINKS.from(&lab.tables, id, None).unwrap() {
            let to = names.get(&link.to).map_or("?", |n| n);
            let _ = write!(line, " {}={to}", link.attribute.0);
        }
        lines.push(line);
    }
    lines.sort();
    lines.join("\n")
}

fn assert_same(a: &str, b: &str, what: &str) {
    if a != b {
        let (left, right): (Vec<_>, Vec<_>) = (a.lines().collect(), b.lines().collect());
        let only_left: Vec<_> = left.iter().filter(|line| !right.contains(line)).collect();
        let only_right: Vec<_> = right.iter().filter(|line| !left.contains(line)).collect();
        panic!("{what}\nfirst only: {only_left:#?}\nsecond only: {only_right:#?}");
    }
}

/// Runs import and synchronization of both connectors.
fn half_cycle(lab: &mut Lab, import: Profile, sync: Profile) {
    for (connector, profile) in [(A, import), (E, import), (A, sync), (E, sync)] {
        lab.run(connector, profile);
    }
}

fn check_world(seed: u64, with_tenant: bool) {
    let mut dice = Dice::new(seed);
    let mut lab = random_world(&mut dice);
    lab.cycle(Policy::Initial);
    let mut history = Vec::new();
    for round in 0..5 {
        for _ in 0..=dice.below(5) {
            history.push(disturb(&mut lab, &mut dice));
            if with_tenant && dice.below(3) == 0 {
                history.push(disturb_tenant(&mut lab, &mut dice));
            }
        }
        let mut full = lab.copy();
        half_cycle(&mut lab, Profile::DeltaImport, Profile::DeltaSynchronization);
        half_cycle(&mut full, Profile::FullImport, Profile::FullSynchronization);
        let what = format!("seed {seed}, round {round}: delta and full differ after {history:#?}");
        assert_same(&dump(&lab), &dump(&full), &what);
        let before = dump(&lab);
        for connector in [A, E] {
            lab.run(connector, Profile::FullSynchronization);
            lab.run(connector, Profile::DeltaSynchronization);
        }
        let what = format!("seed {seed}, round {round}: full after delta changed something");
        assert_same(&before, &dump(&lab), &what);
        if dice.below(2) == 0 {
            lab.cycle(Policy::Delta);
        }
    }
    if with_tenant {
        // What an administrator of the tenant did may be refused for ever.
        return;
    }
    for _ in 0..3 {
        lab.cycle(Policy::Delta);
    }
    let runs = lab.cycle(Policy::Delta);
    for step in runs.iter().flat_map(|run| &run.steps) {
        let quiet = step
            .counters
            .keys()
            .all(|counter| matches!(counter.name(), "disconnector-remains" | "stage-no-change"));
        assert!(quiet, "seed {seed}: not quiet: {}", lab.describe(&runs));
    }
    let before = dump(&lab);
    let runs = lab.cycle(Policy::Initial);
    let text = lab.describe(&runs);
    assert_same(&before, &dump(&lab), &format!("seed {seed}: initial cycle: {text}{history:#?}"));
    assert!(!text.contains("stage-update") && !text.contains("export-"), "seed {seed}: {text}");
    lab.wipe_engine();
    let runs = lab.cycle(Policy::Initial);
    let text = lab.describe(&runs);
    assert!(!text.contains("export-"), "seed {seed}: {text}\n{history:#?}");
}

/// SE-361 to SE-364, SE-371, SE-372, SR-022.
#[test]
fn delta_equals_full_on_random_worlds() {
    for seed in (0..12).chain([1101]) {
        check_world(seed, false);
    }
}

/// SE-362, SE-364 while an administrator of the tenant interferes (SE-131, SE-177, SE-340).
#[test]
fn delta_equals_full_when_the_tenant_changes_too() {
    for seed in 100..112 {
        check_world(seed, true);
    }
}
