//! One simulation: the world of a seed, random deeds in it, and a calm end.

use dirsim_model::Dice;
use dirsim_model::time::DAY_MS;
use dirsim_sync::servers::{self, Start};
use dirsim_sync::{Policy, Profile, cycle};
use dirsim_tenant::{TenantEdit, TenantOption};
use dirsim_world::{FaultEdit, Input, ServerEdit, ServersEdit};

use crate::acts::{Deed, Diet, SECOND, deed};
use crate::log::{Broken, Entry, Log};
use crate::player::{self, Law, Player};
use crate::start::{self, Plan};
use crate::tally::Tally;

/// What random worlds of a simulation may hold.
const PLAN: Plan = Plan { two_forests: false, wide: true };

/// The server that is installed at the end.
const REBUILT: &str = "SYNC03";

/// What came of a simulation.
#[derive(Debug)]
pub struct Outcome {
    /// What was done; it says what broke, if anything did.
    pub log: Log,
    /// Inputs that changed the world.
    pub changes: usize,
    /// Inputs that the simulated product refused, and those that made no sense.
    pub refused: usize,
    /// Runs of connectors.
    pub runs: usize,
    /// What was done, by kind, and how runs ended.
    pub tally: Tally,
}

/// Simulates `steps` deeds in the world of a seed, and lets it come to rest.
///
/// A deed is one thing that somebody does: an edit, a run, a whole cycle, a restart.
pub fn simulate(seed: u64, steps: usize) -> Outcome {
    simulate_against(seed, steps, None)
}

/// Simulates a world in which one more law is to hold.
pub fn simulate_against(seed: u64, steps: usize, law: Option<Law>) -> Outcome {
    let (setup, inputs) = start::inputs(seed, PLAN);
    let mut told = Told {
        outcome: Outcome {
            log: Log::new(seed, setup),
            changes: 0,
            refused: 0,
            runs: 0,
            tally: Tally::default(),
        },
        player: None,
        law,
    };
    if let Err(broken) = told.tell(inputs, steps) {
        told.outcome.log.broken = Some(broken);
    }
    told.outcome
}

struct Told {
    outcome: Outcome,
    player: Option<Player>,
    law: Option<Law>,
}

impl Told {
    fn tell(&mut self, inputs: Vec<Input>, steps: usize) -> Result<(), Broken> {
        self.player = Some(Player::against(&self.outcome.log.setup, true, self.law)?);
        for input in inputs {
            self.play(Entry::Input(input))?;
        }
        let mut acts = Dice::new(self.outcome.log.seed ^ 0xAC75);
        for _ in 0..steps {
            match deed(self.player().world(), acts.next(), PLAN, Diet::Everything) {
                Deed::Input(input) => self.play(Entry::Input(input))?,
                Deed::Inputs(inputs) => {
                    for input in inputs {
                        self.play(Entry::Input(input))?;
                    }
                }
                Deed::Cycle(policy) => self.cycle(policy)?,
                Deed::Restart => self.play(Entry::Restart)?,
            }
        }
        self.rest()?;
        let player = self.player.as_ref().expect("a player plays from the first entry on");
        player::replays(player.world(), &self.outcome.log)
    }

    fn player(&mut self) -> &mut Player {
        self.player.as_mut().expect("a player plays from the first entry on")
    }

    fn play(&mut self, entry: Entry) -> Result<(), Broken> {
        let is_run = matches!(entry, Entry::Input(Input::RunNext | Input::Run { .. }));
        let restart = entry == Entry::Restart;
        let played = self.player().play(&entry);
        self.outcome.log.entries.push(entry);
        let played = played?;
        if let (Some(entry), Some(player)) = (self.outcome.log.entries.last(), &self.player) {
            self.outcome.tally.note(player.world().schema(), entry, played.as_ref());
        }
        match played {
            Some(stepped) if stepped.refusal.is_none() => {
                self.outcome.changes += 1;
                self.outcome.runs += usize::from(is_run);
            }
            Some(_) => self.outcome.refused += 1,
            None => self.outcome.refused += usize::from(!restart),
        }
        Ok(())
    }

    /// Does a whole cycle, or the rest of the one in progress.
    fn cycle(&mut self, policy: Policy) -> Result<(), Broken> {
        self.play(Entry::Input(Input::StartCycle(Some(policy))))?;
        while self.has_more_runs() {
            self.play(Entry::Input(Input::RunNext))?;
        }
        Ok(())
    }

    fn has_more_runs(&mut self) -> bool {
        let world = self.player().world();
        cycle::next(world.tables()).is_ok_and(|next| next.is_some())
    }

    /// Clears away what keeps a world from coming to rest, and lets cycles run until nothing may
    /// move any more (SE-371).
    fn rest(&mut self) -> Result<(), Broken> {
        for input in [
            Input::Fault(FaultEdit::ClearAll),
            Input::Servers(ServersEdit::Use(servers::FIRST_NAME.to_owned())),
            Input::Servers(ServersEdit::Remove(SECOND.to_owned())),
            Input::Server(ServerEdit::StagingMode(false)),
            Input::Server(ServerEdit::DeletionThreshold { enabled: false, count: None }),
            Input::Server(ServerEdit::DatabaseLimit(10 << 30)),
            Input::Server(ServerEdit::Service { running: true }),
            Input::Server(ServerEdit::Maintenance {
                purge_interval_ms: None,
                maintenance_enabled: None,
                suspended: Some(false),
                timed: Some(false),
                seven_day_rule: None,
            }),
            Input::Tenant(TenantEdit::SetOption(TenantOption::CalculationDelay(0))),
            Input::Tenant(TenantEdit::SetDirSyncEnabled { enabled: true }),
        ] {
            self.play(Entry::Input(input))?;
        }
        // Every step of every run is there again, and what was on its way has arrived: a change that
        // lags on another controller is one from outside.
        for profile in Profile::ALL {
            let step = ServerEdit::RunStep {
                connector: start::FORESTS[0].to_owned(),
                partition: start::root(0).to_owned(),
                profile: *profile,
                present: true,
            };
            self.play(Entry::Input(Input::Server(step)))?;
        }
        let now = self.player().world().now().unwrap_or_default();
        self.play(Entry::Input(Input::AdvanceClock(now + 2 * DAY_MS)))?;
        while self.has_more_runs() {
            self.play(Entry::Input(Input::RunNext))?;
        }
        for policy in [
            // The first may find the tenant empty and starts no calm then.
            Policy::Initial,
            Policy::Initial,
            Policy::Delta,
            Policy::Delta,
            Policy::Delta,
            Policy::Initial,
        ] {
            self.cycle(policy)?;
        }
        // A server is lost and installed anew (SE-372).
        for edit in [
            ServersEdit::Add {
                name: REBUILT.to_owned(),
                start: Start::SameConfiguration,
                staging_mode: true,
            },
            ServersEdit::Use(REBUILT.to_owned()),
        ] {
            self.play(Entry::Input(Input::Servers(edit)))?;
        }
        self.cycle(Policy::Initial)
    }
}
