//! Plays a log entry by entry and asks after each whether every rule holds.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dirsim_store::Workspace;
use dirsim_world::invariants::Watch;
use dirsim_world::{Event, Input, Setup, Stepped, World, WorldError};

use crate::calm::Calm;
use crate::log::{Broken, Entry, Log};

/// A law of one's own: it is given everything that was done so far, the world after it and what the
/// last input did, and says what is wrong. Tests of the shrinker break one on purpose.
pub type Law = fn(&[Input], &World, &Stepped) -> Option<String>;

/// Plays entries in a world that lives in memory.
pub struct Player {
    /// `None` only while it is being closed and opened.
    world: Option<World>,
    watch: Watch,
    calm: Calm,
    /// Whether laws about a second run are asked too; they cost as much as the runs.
    probing: bool,
    played: usize,
    /// One more law, and what it wants to know.
    law: Option<Law>,
    history: Vec<Input>,
}

impl Player {
    /// Starts a world.
    pub fn new(setup: &Setup, probing: bool) -> Result<Self, Broken> {
        Self::against(setup, probing, None)
    }

    /// Starts a world in which one more law is to hold.
    pub fn against(setup: &Setup, probing: bool, law: Option<Law>) -> Result<Self, Broken> {
        let world = World::create(Workspace::in_memory(), setup.clone()).map_err(|error| {
            Broken { entry: 0, rule: "setup".to_owned(), text: error.to_string() }
        })?;
        let (watch, calm) = (Watch::new(), Calm::default());
        Ok(Self { world: Some(world), watch, calm, probing, played: 0, law, history: Vec::new() })
    }

    /// Returns the world.
    pub fn world(&self) -> &World {
        self.world.as_ref().expect("a world is open between entries")
    }

    /// Plays an entry; fails with the first rule that does not hold after it.
    ///
    /// An entry that makes no sense where the log has come to, such as the next run of no cycle,
    /// does nothing: what is left of a shortened log is played all the same.
    pub fn play(&mut self, entry: &Entry) -> Result<Option<Stepped>, Broken> {
        self.advance(entry, true)
    }

    /// Plays an entry; whether it is `checked` decides what it costs.
    fn advance(&mut self, entry: &Entry, checked: bool) -> Result<Option<Stepped>, Broken> {
        self.played += 1;
        let done = catch_unwind(AssertUnwindSafe(|| self.attempt(entry, checked)));
        let broken = match done {
            Ok(Ok(stepped)) => return Ok(stepped),
            Ok(Err(broken)) => broken,
            Err(panic) => {
                let text = panic.downcast_ref::<String>().map(String::as_str);
                let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
                ("panic".to_owned(), text.unwrap_or("without a message").to_owned())
            }
        };
        Err(Broken { entry: self.played, rule: broken.0, text: broken.1 })
    }

    fn attempt(
        &mut self,
        entry: &Entry,
        checked: bool,
    ) -> Result<Option<Stepped>, (String, String)> {
        let input = match entry {
            Entry::Restart => {
                self.restart().map_err(|error| ("restart".to_owned(), error.to_string()))?;
                return Ok(None);
            }
            Entry::Input(input) => input,
        };
        let world = self.world.as_mut().expect("a world is open between entries");
        let stepped = match world.step(input.clone()) {
            Ok(stepped) => stepped,
            Err(error) if is_nonsense(&error) => return Ok(None),
            Err(error) => return Err(("error".to_owned(), error.to_string())),
        };
        if !checked {
            self.watch
                .note(world.tables(), input, &stepped)
                .map_err(|error| ("error".to_owned(), error.to_string()))?;
        }
        let mut found = match checked.then(|| self.watch.after(world, input, &stepped)) {
            // A world without tenant or forest has no rules yet.
            None | Some(Err(WorldError::NothingLoaded(_))) => Vec::new(),
            Some(other) => other.map_err(|error| ("error".to_owned(), error.to_string()))?,
        };
        if checked && self.probing && found.is_empty() {
            found = self
                .watch
                .probe(world, &stepped)
                .map_err(|error| ("error".to_owned(), error.to_string()))?;
        }
        if let Some(first) = found.first() {
            return Err((first.rule.to_owned(), first.text.clone()));
        }
        if let Some(law) = self.law {
            self.history.push(input.clone());
            if let Some(text) = law(&self.history, world, &stepped) {
                return Err(("law".to_owned(), text));
            }
        }
        let moved = self
            .calm
            .after(world.tables(), input, &stepped)
            .map_err(|error| ("error".to_owned(), error.to_string()))?;
        match moved {
            Some((rule, text)) => Err((rule.to_owned(), text)),
            None => Ok(Some(stepped)),
        }
    }

    /// Closes the world and opens it again: the same records, nothing remembered.
    fn restart(&mut self) -> Result<(), WorldError> {
        let world = self.world.take().expect("a world is open between entries");
        self.world = Some(world.reopen()?);
        Ok(())
    }
}

/// Returns whether an input asked for something that is not there: a mistake of the user's, and
/// what is left of a shortened log makes many.
const fn is_nonsense(error: &WorldError) -> bool {
    matches!(
        error,
        WorldError::NoCycle
            | WorldError::UnknownConnector { .. }
            | WorldError::NothingLoaded(_)
            | WorldError::AlreadyLoaded(_)
            | WorldError::ClockGoesBack { .. }
            | WorldError::Rules(_)
    )
}

/// Plays a whole log in a fresh world and checks what its last entry does; returns what broke.
pub(crate) fn last_breaks(
    setup: &Setup,
    entries: &[Entry],
    probing: bool,
    law: Option<Law>,
) -> Option<Broken> {
    let mut player = match Player::against(setup, probing, law) {
        Ok(player) => player,
        Err(broken) => return Some(broken),
    };
    let (last, before) = entries.split_last()?;
    for entry in before {
        if let Err(broken) = player.advance(entry, false) {
            return Some(broken);
        }
    }
    if let Some(world) = &player.world
        && player.watch.remember(world).is_err()
    {
        return None;
    }
    player.advance(last, true).err()
}

/// Plays entries and returns them with every run of a cycle as a run of its own: what is left of a
/// cycle can then be left out run by run.
pub(crate) fn without_cycles(setup: &Setup, entries: &[Entry]) -> Option<Vec<Entry>> {
    let mut player = Player::new(setup, false).ok()?;
    let mut plain = Vec::with_capacity(entries.len());
    for (number, entry) in entries.iter().enumerate() {
        let last = number + 1 == entries.len();
        let played = player.advance(entry, false);
        match entry {
            Entry::Input(Input::StartCycle(_) | Input::StopCycle) => continue,
            Entry::Input(Input::RunNext) => {
                let stepped = played.ok().flatten()?;
                let run = stepped.events.iter().find_map(|event| match event {
                    Event::Run(run) => Some(run),
                    _ => None,
                })?;
                let (connector, profile) = (run.connector_name.clone(), run.profile);
                plain.push(Entry::Input(Input::Run { connector, profile }));
                continue;
            }
            // The last entry may be the one that gives up.
            _ if played.is_err() && !last => return None,
            _ => {}
        }
        plain.push(entry.clone());
    }
    Some(plain)
}

/// SE-378: plays a log again and compares what it leads to.
pub(crate) fn replays(world: &World, log: &Log) -> Result<(), Broken> {
    let broken =
        |text: String| Broken { entry: log.entries.len(), rule: "SE-378".to_owned(), text };
    let fail = |error: WorldError| broken(error.to_string());
    let mut again = World::create(Workspace::in_memory(), log.setup.clone()).map_err(fail)?;
    for commit in world.journal(2, world.last()).map_err(fail)? {
        again.step(world.input(commit.step).map_err(fail)?).map_err(fail)?;
        if again.digest() != commit.digest {
            return Err(broken(format!("replaying `{}` gives another digest", commit.label)));
        }
    }
    Ok(())
}
