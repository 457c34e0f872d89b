//! Random things that administrators do. An act is a number; what it means depends on the world in
//! which it is done, so that a story stays a story when acts are left out.
//!
//! What is here happens in every story; the modules below add what only wide worlds meet
//! ([`Plan::wide`]): faults, servers and controllers, rules, and the rarer edits of both directories.

mod directory;
mod environment;
mod installation;
mod tenant;

use dirsim_forest::{AttributeEdit, EditOperation, ForestEdit, lookup};
use dirsim_model::{AttributeId, Dice, Guid, SourceAnchor, Value};
use dirsim_store::{Tables, rows};
use dirsim_sync::{Policy, Profile, connector, cycle};
use dirsim_tenant::{TenantEdit, TenantObject, TenantType};
use dirsim_world::{Input, ServerEdit, World};

use crate::rules;
use crate::start::{
    self, FORESTS, Kind, Plan, USERS, addresses, attribute, cloud_user, guid, place,
};

/// Which acts a story is made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Diet {
    /// Everything.
    Everything,
    /// Edits of forests and tenant: no runs, no clock, no changes of the server.
    Edits,
    /// Edits of the forests alone.
    ForestEdits,
}

pub use environment::SECOND;

/// One thing to do: a single input, several that belong together, or a whole cycle.
#[derive(Debug)]
pub enum Deed {
    /// A single input.
    Input(Input),
    /// Several inputs, one after the other.
    Inputs(Vec<Input>),
    /// A whole cycle.
    Cycle(Policy),
    /// The program is closed and opened again.
    Restart,
}

/// Says what an act means in a world.
pub fn deed(world: &World, act: u64, plan: Plan, diet: Diet) -> Deed {
    let mut dice = Dice::new(act);
    if plan.wide
        && diet == Diet::Everything
        && let Some(deed) = wide(world, plan, &mut dice)
    {
        return deed;
    }
    let input = match diet {
        Diet::ForestEdits => Input::Forest(forest_edit(world, plan, &mut dice)),
        Diet::Edits if dice.below(3) != 0 => Input::Forest(forest_edit(world, plan, &mut dice)),
        Diet::Edits => Input::Tenant(tenant_edit(world, &mut dice)),
        Diet::Everything => match dice.below(20) {
            0..=8 => Input::Forest(forest_edit(world, plan, &mut dice)),
            9..=11 => Input::Tenant(tenant_edit(world, &mut dice)),
            12 if plan.wide && dice.below(3) == 0 => {
                Input::Server(ServerEdit::RuleFiles(rules::files(&mut dice)))
            }
            12 => Input::Server(server_edit(world, &mut dice)),
            13..=14 => return Deed::Cycle(policy(&mut dice)),
            15 => Input::StartCycle(Some(policy(&mut dice))),
            16 | 17 if cycle::next(world.tables()).expect("readable").is_some() => Input::RunNext,
            16 if dice.below(6) == 0 => Input::StopCycle,
            16..=18 => run(world, &mut dice),
            _ => {
                let minutes = start::one_of(&[30, 30, 61, 60 * 24, 60 * 24 * 31], dice.below(5));
                let now = world.now().expect("a clock");
                Input::AdvanceClock(now + minutes * 60_000)
            }
        },
    };
    Deed::Input(input)
}

/// Says what an act means that only wide worlds meet; `None` for one that every world may.
fn wide(world: &World, plan: Plan, dice: &mut Dice) -> Option<Deed> {
    Some(match dice.below(100) {
        0 | 1 => Deed::Restart,
        2..=6 => Deed::Input(Input::Fault(environment::fault(world, dice))),
        7..=9 => Deed::Inputs(environment::servers(world, dice)),
        10..=12 => Deed::Input(environment::controllers(world, plan, dice)),
        13..=15 => Deed::Input(Input::Server(installation::rule(world, dice))),
        16..=19 => Deed::Inputs(installation::setting(world, dice)),
        20..=25 => Deed::Inputs(tenant::edit(world, dice)),
        26..=30 => Deed::Input(Input::Forest(directory::edit(world, plan, dice))),
        31 => Deed::Input(environment::jump(world, dice)),
        _ => return None,
    })
}

fn policy(dice: &mut Dice) -> Policy {
    if dice.below(3) == 0 { Policy::Initial } else { Policy::Delta }
}

fn run(world: &World, dice: &mut Dice) -> Input {
    let all = connector::all(world.tables()).expect("connectors");
    let connector = pick(&all, dice).map_or_else(String::new, |c| c.name.clone());
    let profile = *pick(Profile::ALL, dice).expect("profiles");
    Input::Run { connector, profile }
}

fn pick<'a, T>(all: &'a [T], dice: &mut Dice) -> Option<&'a T> {
    let at = dice.below(all.len() as u64);
    all.get(usize::try_from(at).unwrap_or(0))
}

/// An object that somebody may think of; it need not exist.
fn somebody(dice: &mut Dice, forest: usize) -> (Kind, Guid) {
    match dice.below(10) {
        0..=5 => (Kind::User, guid(Kind::User, forest, dice.below(USERS))),
        6..=8 => (Kind::Group, guid(Kind::Group, forest, dice.below(3))),
        _ => (Kind::Contact, guid(Kind::Contact, forest, dice.below(2))),
    }
}

fn forests(tables: &dyn Tables) -> usize {
    lookup::domains(tables).expect("domains").len().max(1)
}

fn forest_edit(world: &World, plan: Plan, dice: &mut Dice) -> ForestEdit {
    let schema = world.schema();
    let forest = usize::try_from(dice.below(forests(world.tables()) as u64)).unwrap_or(0);
    let (kind, target) = somebody(dice, forest);
    let user = guid(Kind::User, forest, dice.below(USERS));
    let group = guid(Kind::Group, forest, dice.below(3));
    let change = |target: Guid, name: &str, operation: EditOperation, values: Vec<Value>| {
        let attribute = attribute(schema, name);
        ForestEdit::Modify { target, changes: vec![AttributeEdit { attribute, operation, values }] }
    };
    let set = |target, name: &str, values| change(target, name, EditOperation::Replace, values);
    let reference = |guid: Guid| vec![Value::text(guid.to_string())];
    match dice.below(24) {
        0 => set(target, "displayName", vec![Value::text(format!("Name {}", dice.below(50)))]),
        1 => set(user, "department", vec![Value::text(format!("D{}", dice.below(3)))]),
        2 => set(user, "department", Vec::new()),
        3 | 4 => set(target, "proxyAddresses", addresses(dice, "own")),
        5 => set(target, "proxyAddresses", Vec::new()),
        6 if kind != Kind::Contact || !plan.two_forests => {
            set(target, "mail", vec![Value::text(start::address(dice, "own"))])
        }
        7 => {
            let number = dice.below(USERS + 3);
            let suffix = ["contoso.com", "fabrikam.com", "local.test"];
            let suffix = start::one_of(&suffix, dice.next());
            set(
                user,
                "userPrincipalName",
                vec![Value::text(format!("u{number}f{forest}@{suffix}"))],
            )
        }
        8 => set(user, "manager", reference(guid(Kind::User, forest, dice.below(USERS)))),
        9 => set(user, "manager", Vec::new()),
        10 | 11 => change(group, "member", EditOperation::Add, reference(target)),
        12 => change(group, "member", EditOperation::Remove, reference(user)),
        13 => {
            let number = if dice.below(2) == 0 { 512 } else { 514 };
            set(user, "userAccountControl", vec![Value::Integer(number)])
        }
        // Rare: it mostly ends in "sourceAnchor attribute has changed" (SE-304).
        14 if dice.below(3) == 0 => {
            let twin = start::twin(plan, dice);
            set(user, "mS-DS-ConsistencyGuid", vec![Value::bytes(twin.as_bytes().to_vec())])
        }
        15 if dice.below(2) == 0 => set(user, "mS-DS-ConsistencyGuid", Vec::new()),
        16..=18 => {
            let parent = place(forest, dice.next()).parse().expect("a name");
            ForestEdit::Move { target, parent }
        }
        // Containers that no filter names keep their members when they are renamed (SE-121).
        19 if dice.below(3) == 0 => {
            let target = guid(Kind::Ou, forest, 1 + dice.below(2));
            ForestEdit::Rename { target, name: format!("Ou {}", dice.below(20)) }
        }
        19 => ForestEdit::Rename { target, name: format!("Leaf {}", dice.below(1000)) },
        20 => ForestEdit::Delete { target, recursive: false },
        21 => ForestEdit::Restore { target, parent: None, name: None },
        22 if kind == Kind::User => {
            let mut new = start::user(schema, forest, dice.below(USERS), plan, dice);
            new.guid = None;
            ForestEdit::Create(Box::new(new))
        }
        _ => set(target, "mailNickname", vec![Value::text(format!("nick{}", dice.below(5)))]),
    }
}

fn tenant_edit(world: &World, dice: &mut Dice) -> TenantEdit {
    let schema = world.schema();
    let all =
        rows::after::<TenantObject>(world.tables(), None, usize::MAX).expect("tenant objects");
    let target = |dice: &mut Dice| pick(&all, dice).map_or(Guid::NIL, |(_, object)| object.id);
    let group = all
        .iter()
        .find(|(_, object)| object.kind == TenantType::Group)
        .map_or(Guid::NIL, |(_, object)| object.id);
    let id = target(dice);
    let set = |name: &str, values: Vec<Value>| {
        let changes: Vec<(AttributeId, Vec<Value>)> = vec![(attribute(schema, name), values)];
        TenantEdit::Update { target: id, changes }
    };
    match dice.below(18) {
        0 => set("city", vec![Value::text(format!("City {}", dice.below(3)))]),
        1 => set("proxyAddresses", addresses(dice, "cloud")),
        2 => {
            let anchor = SourceAnchor::from_guid(guid(Kind::User, 0, dice.below(USERS)));
            set("onPremisesImmutableId", vec![Value::text(anchor.as_str())])
        }
        3 => set("onPremisesImmutableId", Vec::new()),
        4 => {
            let upn = format!("u{}f0@contoso.com", dice.below(USERS));
            set("userPrincipalName", vec![Value::text(upn)])
        }
        5 | 6 => TenantEdit::Delete { target: id },
        7 | 8 => TenantEdit::Restore {
            target: id,
            new_user_principal_name: None,
            auto_reconcile_proxy_conflict: dice.below(2) == 0,
        },
        9 => TenantEdit::Purge { target: id },
        10 => TenantEdit::SetFeature {
            name: pick(FEATURES, dice).expect("features").to_string(),
            enabled: dice.below(3) != 0,
        },
        11 => TenantEdit::SetRole {
            target: id,
            role: "Global Administrator".to_owned(),
            assigned: dice.below(2) == 0,
            eligible: false,
        },
        12 => TenantEdit::SetLicense {
            target: id,
            sku: "E3".to_owned(),
            assigned: dice.below(3) != 0,
        },
        13 => TenantEdit::SetCloudManaged { target: id, managed: dice.below(2) == 0 },
        14 => TenantEdit::ApplyFix { existing: id, duplicate: target(dice) },
        15 => TenantEdit::SetMember { group, member: id, present: dice.below(3) != 0 },
        16 if dice.below(3) == 0 => TenantEdit::SetDirSyncEnabled { enabled: dice.below(2) == 0 },
        16 => TenantEdit::SetDomain {
            name: "fabrikam.com".to_owned(),
            verified: start::one_of(&[Some(true), Some(true), Some(false), None], dice.below(4)),
            federated: dice.below(3) == 0,
        },
        _ => TenantEdit::Create(Box::new(cloud_user(schema, 10 + dice.below(5), dice))),
    }
}

/// Features whose setting changes what the tenant answers.
const FEATURES: &[&str] = &[
    "softMatchOnUpn",
    "blockSoftMatch",
    "blockCloudObjectTakeoverThroughHardMatch",
    "quarantineUponUpnConflict",
    "quarantineUponProxyAddressesConflict",
    "synchronizeUpnForManagedUsers",
    "bypassDirSyncOverrides",
];

fn server_edit(world: &World, dice: &mut Dice) -> ServerEdit {
    let all = connector::all(world.tables()).expect("connectors");
    let name = pick(&all, dice).map_or_else(String::new, |connector| connector.name.clone());
    match dice.below(5) {
        0 => ServerEdit::DeletionThreshold {
            enabled: dice.below(3) != 0,
            count: Some(u32::try_from(dice.below(4)).unwrap_or(0)),
        },
        1 => ServerEdit::StagingMode(dice.below(3) == 0),
        2 => {
            let exclude = if dice.below(2) == 0 { 3 } else { 1 };
            ServerEdit::ContainerFilter {
                connector: start::one_of(&FORESTS, 0).to_owned(),
                include: vec![start::root(0).parse().expect("a name")],
                exclude: vec![place(0, exclude).parse().expect("a name")],
            }
        }
        3 => ServerEdit::ConnectorOverride {
            connector: name,
            full_import: Some(dice.below(2) == 0),
            full_sync: Some(dice.below(2) == 0),
        },
        _ => ServerEdit::Scheduler {
            sync_cycle_enabled: Some(dice.below(2) == 0),
            customized_interval_ms: None,
            next_policy: Some(policy(dice)),
        },
    }
}
