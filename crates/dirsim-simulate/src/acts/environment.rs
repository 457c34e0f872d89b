//! What is around the synchronization: faults, further servers, domain controllers, time.

use dirsim_forest::{Controller, lookup};
use dirsim_model::Dice;
use dirsim_model::time::DAY_MS;
use dirsim_sync::fault::{Fault, Kind};
use dirsim_sync::servers::{self, Start};
use dirsim_world::{FaultEdit, Input, ServerEdit, ServersEdit, World};

use super::{directory, pick};
use crate::start::{self, Plan, place};

/// The second server of a world, while there is one.
pub const SECOND: &str = "SYNC02";

/// Names of domain controllers.
const CONTROLLERS: [&str; 3] = ["DC01", "DC02", "DC03"];

/// Something that goes wrong with the environment for a while, or is repaired (SE-337).
pub(super) fn fault(world: &World, dice: &mut Dice) -> FaultEdit {
    if dice.below(3) == 0 {
        return FaultEdit::ClearAll;
    }
    let kind = *pick(Kind::ALL, dice).expect("faults");
    let now = world.now().expect("a clock");
    let attributes = ["displayName", "mS-DS-ConsistencyGuid", "proxyAddresses", "member"];
    FaultEdit::Set(Fault {
        target: match kind {
            Kind::AclContainer => Some(place(0, dice.next())),
            Kind::ConflictObject => Some(format!("CN=User {},{}", dice.below(5), place(0, 0))),
            // One controller is down, or all of them.
            Kind::ControllerDown if dice.below(2) == 0 => Some(CONTROLLERS[0].to_owned()),
            _ => None,
        },
        value: match kind {
            Kind::ClockSkew => Some("6".to_owned()),
            Kind::RowError | Kind::DiscoveryError => None,
            _ => Some(start::one_of(&attributes, dice.next()).to_owned()),
        },
        at: Some(1 + dice.below(12)),
        until: Some(now + 60 * 60_000),
        left: (dice.below(2) == 0).then_some(1),
        ..Fault::new(kind)
    })
}

/// A second server comes, goes, takes over or is restored from an image (SE section 9).
pub(super) fn servers(world: &World, dice: &mut Dice) -> Vec<Input> {
    let (first, second) = (servers::FIRST_NAME.to_owned(), SECOND.to_owned());
    let there =
        servers::find(world.workspace().tables(), SECOND).is_ok_and(|found| found.is_some());
    let edit = match dice.below(10) {
        _ if !there => ServersEdit::Add {
            name: second,
            start: if dice.below(3) == 0 { Start::Image } else { Start::SameConfiguration },
            staging_mode: dice.below(4) != 0,
        },
        0 | 1 => ServersEdit::Use(second),
        2..=4 => ServersEdit::Use(first),
        5 | 6 => {
            // The staging server takes over, or gives back (SE-277).
            let (leaves, comes) =
                if dice.below(2) == 0 { (first, second) } else { (second, first) };
            return vec![
                Input::Servers(ServersEdit::Use(leaves)),
                Input::Server(ServerEdit::StagingMode(true)),
                Input::Servers(ServersEdit::Use(comes)),
                Input::Server(ServerEdit::StagingMode(false)),
            ];
        }
        7 => ServersEdit::Restore { from: second },
        _ => ServersEdit::Remove(second),
    };
    vec![Input::Servers(edit)]
}

/// Other domain controllers, in another order and with other delays (SE-036, SE-072); or an edit on
/// one that lags.
pub(super) fn controllers(world: &World, plan: Plan, dice: &mut Dice) -> Input {
    let domains = lookup::domains(world.tables()).expect("domains");
    let Some((number, domain)) = pick(&domains, dice) else {
        return Input::Controllers { domain: String::new(), controllers: Vec::new() };
    };
    let known = dirsim_forest::controllers(world.tables(), *number, domain).expect("controllers");
    if dice.below(3) != 0
        && known.len() > 1
        && let Some(controller) = pick(&known, dice)
    {
        let controller = controller.host(domain);
        return Input::ForestOn { controller, edit: directory::any(world, plan, dice) };
    }
    let domain = domain.fqdn.clone();
    let first = dice.below(3);
    let controllers = (0..=dice.below(3))
        .map(|number| Controller {
            name: start::one_of(&CONTROLLERS, first + number).to_owned(),
            delay_ms: start::one_of(&[0, 15 * 60_000, 2 * 3_600_000], dice.next()),
        })
        .collect();
    Input::Controllers { domain, controllers }
}

/// Time passes until watermarks, recycle bins and tombstones have come to their ends (SE-060,
/// SE-061, SE-256, ET-177).
pub(super) fn jump(world: &World, dice: &mut Dice) -> Input {
    let days = start::one_of(&[8, 31, 61, 181, 365], dice.next());
    let now = world.now().expect("a clock");
    Input::AdvanceClock(now + days * DAY_MS)
}
