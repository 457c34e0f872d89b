//! What an administrator changes about a server: rules one by one, choices of the installation,
//! filters, lists, the service, single objects.

use dirsim_model::{Dice, Guid};
use dirsim_rules::{AnchorMode, RuleEdit, UserMatching, derived_rule_id};
use dirsim_sync::{Connector, Profile, connector, cs, lookup};
use dirsim_world::{Input, ServerConfiguration, ServerEdit, World};

use super::pick;
use crate::rules;
use crate::start::{self, FORESTS, Kind, USERS, guid, one_of, place};

/// Rules of the default set that somebody might turn off, and what they read from.
const SWITCHED: [(bool, &str); 8] = [
    (true, "In from AD - User Common"),
    (true, "In from AD - User Exchange"),
    (true, "In from AD - Group Common"),
    (true, "In from AD - Contact Common"),
    (false, "Out to AAD - User ExchangeOnline"),
    (false, "Out to AAD - Group Join"),
    (false, "Out to AAD - User Identity"),
    (true, "Out to AD - User ImmutableId"),
];

/// Changes the rule set: another file, one rule more or less, a rule off or on (SE-140), or the
/// choices of the installation behind it.
pub(super) fn rule(world: &World, dice: &mut Dice) -> ServerEdit {
    let all = connector::all(world.tables()).expect("connectors");
    let forest = all.iter().find(|connector| connector.is_forest());
    let entra = all.iter().find(|connector| !connector.is_forest());
    let identity = |forest_side: bool| {
        if forest_side { forest } else { entra }.map_or(Guid::NIL, |connector| connector.guid)
    };
    match dice.below(9) {
        0 => ServerEdit::RuleFiles(rules::files(dice)),
        1..=4 => ServerEdit::EditRule(rules::put(identity(true), identity(false), dice)),
        5 => ServerEdit::EditRule(RuleEdit::Remove(rules::identity(dice))),
        6 => options(world, dice),
        turn => {
            let (forest_side, name) = one_of(&SWITCHED, dice.next());
            let id = derived_rule_id(name, identity(forest_side), 0);
            ServerEdit::EditRule(RuleEdit::Disable { id, disabled: turn == 7 })
        }
    }
}

/// Goes through the wizard again: the source of the anchor (SE-296), how persons are found, Exchange.
fn options(world: &World, dice: &mut Dice) -> ServerEdit {
    let setup = dirsim_world::rules::setup(world.tables()).expect("readable").expect("a setup");
    let mut options = setup.rules;
    match dice.below(5) {
        0 | 1 => options.anchor_mode = AnchorMode::ConsistencyGuid,
        2 => options.exchange = !options.exchange,
        3 => options.exchange_hybrid = !options.exchange_hybrid,
        _ => {
            let ways = [UserMatching::Once, UserMatching::Mail, UserMatching::Sid];
            options.user_matching = one_of(&ways, dice.next());
        }
    }
    ServerEdit::Configuration(Box::new(ServerConfiguration {
        origin: "wizard".to_owned(),
        options: Some(options),
        keeps_edits: true,
        ..ServerConfiguration::default()
    }))
}

/// Changes a setting that is changed seldom, or works on a single object.
pub(super) fn setting(world: &World, dice: &mut Dice) -> Vec<Input> {
    let all = connector::all(world.tables()).expect("connectors");
    let some = pick(&all, dice).cloned();
    let name = some.as_ref().map_or_else(String::new, |connector| connector.name.clone());
    let forest = one_of(&FORESTS, 0).to_owned();
    let edit = match dice.below(22) {
        0 => ServerEdit::GroupFilter {
            connector: forest,
            group: (dice.below(3) != 0)
                .then(|| format!("CN=Group {},{}", dice.below(3), place(0, 0)))
                .and_then(|dn| dn.parse().ok()),
        },
        1 => ServerEdit::DeletionPercent((dice.below(2) == 0).then_some(20)),
        2 | 3 => ServerEdit::SelectPartition {
            connector: forest,
            partition: start::root(0).to_owned(),
            selected: dice.below(3) != 0,
        },
        4 | 5 => ServerEdit::RunStep {
            connector: forest,
            partition: start::root(0).to_owned(),
            profile: *pick(Profile::ALL, dice).expect("profiles"),
            present: dice.below(3) != 0,
        },
        6 => return inclusion(world, some.as_ref(), dice),
        7 => {
            let stop = Input::Server(ServerEdit::Service { running: false });
            let start = Input::Server(ServerEdit::Service { running: true });
            return if dice.below(2) == 0 { vec![stop, start] } else { vec![start] };
        }
        8 => ServerEdit::DatabaseLimit(one_of(&[1 << 16, 10 << 30, 10 << 30], dice.next())),
        9 => ServerEdit::ClearConnectorSpace(name),
        10 | 11 => match object(world, some.as_ref(), dice) {
            0 => return Vec::new(),
            id => ServerEdit::RemoveCsObject(id),
        },
        12..=14 => match object(world, some.as_ref(), dice) {
            0 => return Vec::new(),
            object => ServerEdit::SynchronizeObject { object, full: dice.below(2) == 0 },
        },
        15 | 16 => match single(world, dice) {
            None => return Vec::new(),
            Some(edit) => edit,
        },
        17 => ServerEdit::PurgeHistory((dice.below(2) == 0).then_some(60_000)),
        18 => ServerEdit::Maintenance {
            purge_interval_ms: None,
            maintenance_enabled: Some(dice.below(2) == 0),
            suspended: Some(dice.below(4) == 0),
            timed: None,
            seven_day_rule: Some(dice.below(2) == 0),
        },
        19 => return on_the_clock(world),
        20 => {
            // An administrator stops a run of the cycle in the middle (SE-231, SE-253).
            return vec![Input::StartCycle(None), Input::RunNext, Input::StopCycle];
        }
        _ => ServerEdit::StagingMode(false),
    };
    vec![Input::Server(edit)]
}

/// Classes or attributes come off the list of a connector, or all are on it again (SE-080, SE-081).
fn inclusion(world: &World, some: Option<&Connector>, dice: &mut Dice) -> Vec<Input> {
    let Some(connector) = some else { return Vec::new() };
    let contact = world.schema().class("contact").expect("a class of the schema");
    let mut classes = connector.classes.clone();
    if classes.contains(&contact) && dice.below(2) == 0 {
        classes.retain(|class| *class != contact);
    } else if !classes.contains(&contact) {
        classes.push(contact);
    }
    classes.sort_unstable();
    vec![Input::Server(ServerEdit::Inclusion {
        connector: connector.name.clone(),
        classes: Some(classes),
        attributes: None,
    })]
}

/// Returns an object of a connector space; 0 when there is none.
fn object(world: &World, some: Option<&Connector>, dice: &mut Dice) -> u64 {
    let Some(connector) = some else { return 0 };
    let heads = lookup::heads(world.tables(), connector.id, None, usize::MAX).expect("objects");
    let staged: Vec<u64> = heads
        .into_iter()
        .filter(|(_, head)| !head.flags.has(cs::Flags::PLACEHOLDER))
        .map(|(id, _)| id)
        .collect();
    pick(&staged, dice).copied().unwrap_or(0)
}

/// Single-object sync of somebody (SE-344).
fn single(world: &World, dice: &mut Dice) -> Option<ServerEdit> {
    let user = guid(Kind::User, 0, dice.below(USERS));
    let number = dirsim_forest::lookup::by_guid(world.tables(), user).expect("readable")?;
    let dn = dirsim_forest::lookup::dn(world.tables(), number).expect("a name");
    Some(ServerEdit::SingleObject { dn, staging_mode: dice.below(3) == 0 })
}

/// The scheduler follows the clock for two hours (SE-248).
fn on_the_clock(world: &World) -> Vec<Input> {
    let timed = |on: bool| {
        Input::Server(ServerEdit::Maintenance {
            purge_interval_ms: None,
            maintenance_enabled: None,
            suspended: None,
            timed: Some(on),
            seven_day_rule: None,
        })
    };
    let now = world.now().expect("a clock");
    vec![timed(true), Input::AdvanceClock(now + 61 * 60_000), timed(false)]
}
