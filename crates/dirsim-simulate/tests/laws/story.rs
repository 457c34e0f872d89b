//! Stories: a world of a seed and what happens in it; told, checked after every step, and
//! shortened when they break a law.

use std::panic::{AssertUnwindSafe, catch_unwind};

use dirsim_model::Dice;
use dirsim_store::Workspace;
use dirsim_sync::{Policy, RunRecord};
use dirsim_world::{Event, Input, Stepped, World};

use dirsim_simulate::acts::{Deed, Diet, deed};
use dirsim_simulate::start::{self, Plan};
use dirsim_world::invariants::Watch;

/// Seeds that every run of the tests uses, and how many fresh ones are drawn from [`FRESH`].
const FIXED: u64 = 1000;
/// The constant from which the fresh seeds of this version follow; change it to look elsewhere.
const FRESH: u64 = 0x5EED_2026;

/// The last line of a story that a law has nothing to say about.
const NOT_JUDGED: &str = "-- the law does not speak of this story";

/// The broken law in words, or nothing.
pub(crate) type Verdict = Result<(), String>;

/// What happens in the world of a seed.
#[derive(Debug, Clone)]
pub(crate) struct Story {
    pub(crate) seed: u64,
    pub(crate) plan: Plan,
    pub(crate) acts: Vec<u64>,
}

/// Tells stories of up to `length` acts to a law, `count` of fixed seeds and some of fresh ones;
/// panics with the shortest one that breaks it.
pub(crate) fn tell(
    name: &str,
    count: u64,
    length: u64,
    plan: Plan,
    law: impl Fn(&Story, &mut Vec<String>) -> Verdict,
) {
    let mut seeds: Vec<u64> = (0..count).map(|n| FIXED + n).collect();
    let mut fresh = Dice::new(FRESH ^ name.len() as u64);
    seeds.extend((0..=count / 4).map(|_| fresh.below(1 << 32)));
    let (mut judged, all) = (0, seeds.len());
    for seed in seeds {
        let mut dice = Dice::new(seed ^ 0xAC75);
        let acts = (0..length / 2 + dice.below(length / 2 + 1)).map(|_| dice.next()).collect();
        let story = Story { seed, plan, acts };
        let (verdict, log) = listen(&story, &law);
        let Err(found) = verdict else {
            judged += usize::from(log.last().is_none_or(|last| last != NOT_JUDGED));
            continue;
        };
        let shortest = shorten(story, &law);
        let (verdict, log) = listen(&shortest, &law);
        panic!(
            "{name}, seed {seed}: {}\nfirst seen as: {found}\nshortest story:\n  {}",
            verdict.err().unwrap_or_default(),
            log.join("\n  ")
        );
    }
    println!("{name}: {judged} of {all} stories were judged");
    assert!(2 * judged >= all, "{name} judges too few of its stories");
}

/// Lets a law judge a story; a panic breaks every law.
fn listen(
    story: &Story,
    law: &impl Fn(&Story, &mut Vec<String>) -> Verdict,
) -> (Verdict, Vec<String>) {
    let mut log = Vec::new();
    let verdict = catch_unwind(AssertUnwindSafe(|| law(story, &mut log)));
    let verdict = verdict.unwrap_or_else(|panic| {
        let text = panic.downcast_ref::<String>().map(String::as_str);
        let text = text.or_else(|| panic.downcast_ref::<&str>().copied());
        Err(format!("panic: {}", text.unwrap_or("?")))
    });
    (verdict, log)
}

/// Leaves out halves, quarters and single acts as long as the story still breaks the law.
fn shorten(mut story: Story, law: &impl Fn(&Story, &mut Vec<String>) -> Verdict) -> Story {
    let mut size = story.acts.len().div_ceil(2);
    while size > 0 {
        let mut at = 0;
        let mut shorter = false;
        while at < story.acts.len() {
            let mut attempt = story.clone();
            attempt.acts.drain(at..(at + size).min(attempt.acts.len()));
            if listen(&attempt, law).0.is_err() {
                story = attempt;
                shorter = true;
            } else {
                at += size;
            }
        }
        if size == 1 && !shorter {
            break;
        }
        size = if size == 1 { 1 } else { size / 2 };
    }
    story
}

/// Plays a story in a world.
pub(crate) struct Player<'a> {
    pub(crate) world: World,
    pub(crate) log: &'a mut Vec<String>,
    plan: Plan,
    watch: Watch,
}

impl<'a> Player<'a> {
    /// Starts the world of a story.
    pub(crate) fn new(story: &Story, workspace: Workspace, log: &'a mut Vec<String>) -> Self {
        log.clear();
        let world = start::world(story.seed, story.plan, workspace);
        Self { world, log, plan: story.plan, watch: Watch::new() }
    }

    /// Starts the world of a story in memory.
    pub(crate) fn in_memory(story: &Story, log: &'a mut Vec<String>) -> Self {
        Self::new(story, Workspace::in_memory(), log)
    }

    /// Plays all acts of a story.
    pub(crate) fn play(&mut self, story: &Story, diet: Diet) -> Verdict {
        story.acts.iter().try_for_each(|act| self.act(*act, diet))
    }

    /// Does one act.
    pub(crate) fn act(&mut self, act: u64, diet: Diet) -> Verdict {
        match deed(&self.world, act, self.plan, diet) {
            Deed::Input(input) => self.input(input).map(drop),
            Deed::Inputs(inputs) => {
                inputs.into_iter().try_for_each(|input| self.input(input).map(drop))
            }
            Deed::Cycle(policy) => self.cycle(policy).map(drop),
            Deed::Restart => Ok(()),
        }
    }

    /// Does a whole cycle, or the rest of the one in progress.
    pub(crate) fn cycle(&mut self, policy: Policy) -> Result<Vec<RunRecord>, String> {
        self.input(Input::StartCycle(Some(policy)))?;
        let mut runs = Vec::new();
        while dirsim_sync::cycle::next(self.world.tables()).map_err(|e| e.to_string())?.is_some() {
            let stepped = self.input(Input::RunNext)?;
            runs.extend(stepped.events.into_iter().filter_map(|event| match event {
                Event::Run(run) => Some(*run),
                _ => None,
            }));
        }
        Ok(runs)
    }

    /// Ends a story that the law has nothing to say about.
    pub(crate) fn leave(&mut self) -> Verdict {
        self.log.push(NOT_JUDGED.to_owned());
        Ok(())
    }

    /// Forgets what the world looked like before, after a journey.
    pub(crate) fn forget(&mut self) {
        self.watch.forget();
    }

    /// Does one input and checks what must hold after it.
    pub(crate) fn input(&mut self, input: Input) -> Result<Stepped, String> {
        let said = match &input {
            Input::Forest(_) | Input::Tenant(_) | Input::Server(_) => format!("{input:?}"),
            other => other.label(),
        };
        self.log.push(said);
        let stepped = self.world.step(input.clone()).map_err(|error| format!("error: {error}"))?;
        if let Some(last) = self.log.last_mut() {
            match &stepped.refusal {
                Some(refusal) => last.push_str(&format!(" -> refused: {}", refusal.message())),
                None => last.push_str(&format!(" -> step {}", stepped.step)),
            }
        }
        let found =
            self.watch.after(&mut self.world, &input, &stepped).map_err(|e| e.to_string())?;
        if !found.is_empty() {
            let lines: Vec<String> = found.iter().map(ToString::to_string).collect();
            return Err(format!("after {}: {}", input.label(), lines.join("\n    ")));
        }
        Ok(stepped)
    }
}
