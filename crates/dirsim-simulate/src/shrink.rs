//! Makes a log that breaks a rule as short as it gets: entries first, then what is inside them.

use dirsim_rules::RuleOptions;
use dirsim_world::{Input, Setup};

use crate::log::{Broken, Entry, Log};
use crate::player::{self, Law};

/// Shortens a log that breaks a rule; what is left breaks the same rule.
///
/// `proceed` is asked before each attempt, with the number of entries left; as soon as it says no,
/// the shortest log so far is returned.
pub fn shrink(log: &Log, proceed: impl FnMut(usize) -> bool) -> Log {
    shrink_against(log, None, proceed)
}

/// Shortens a log that breaks a rule, or one more law that was to hold.
pub fn shrink_against(log: &Log, law: Option<Law>, mut proceed: impl FnMut(usize) -> bool) -> Log {
    let Some(broken) = &log.broken else { return log.clone() };
    let entries = log.entries.get(..broken.entry).unwrap_or(&log.entries);
    let probing = player::last_breaks(&log.setup, entries, false, law)
        .is_none_or(|found| found.rule != broken.rule);
    let mut shrinker = Shrinker {
        best: log.clone(),
        rule: broken.rule.clone(),
        probing,
        law,
        proceed: &mut proceed,
        stopped: false,
    };
    shrinker.best.entries.truncate(broken.entry);
    shrinker.fewer_entries();
    shrinker.runs_alone();
    shrinker.simpler_setup();
    shrinker.smaller_entries();
    shrinker.fewer_entries();
    shrinker.best
}

struct Shrinker<'a> {
    best: Log,
    rule: String,
    /// Whether the rule is one that only another run shows.
    probing: bool,
    law: Option<Law>,
    proceed: &'a mut dyn FnMut(usize) -> bool,
    stopped: bool,
}

impl Shrinker<'_> {
    /// Keeps an attempt when it still breaks the rule.
    fn attempt(&mut self, setup: &Setup, entries: Vec<Entry>) -> bool {
        if self.stopped || !(self.proceed)(self.best.entries.len()) {
            self.stopped = true;
            return false;
        }
        match player::last_breaks(setup, &entries, self.probing, self.law) {
            Some(broken) if broken.rule == self.rule => {
                self.best.setup = setup.clone();
                self.best.entries = entries;
                self.best.entries.truncate(broken.entry);
                self.best.broken = Some(broken);
                true
            }
            Some(Broken { .. }) | None => false,
        }
    }

    /// Leaves out halves, quarters and single entries as long as the rule still breaks.
    fn fewer_entries(&mut self) {
        let mut size = self.best.entries.len().div_ceil(2);
        while size > 0 && !self.stopped {
            let mut shorter = false;
            // From the end: what comes late depends on what came early, seldom the other way.
            let mut end = self.best.entries.len();
            while end > 0 && !self.stopped {
                let start = end.saturating_sub(size);
                let mut entries = self.best.entries.clone();
                entries.drain(start..end.min(entries.len()));
                shorter |= self.attempt(&self.best.setup.clone(), entries);
                end = start.min(self.best.entries.len());
            }
            size = match (size, shorter) {
                (1, true) => 1,
                (1, false) => 0,
                _ => size / 2,
            };
        }
    }

    /// Does the runs of cycles one by one, so that those that do not matter can go.
    fn runs_alone(&mut self) {
        let setup = self.best.setup.clone();
        if let Some(plain) = player::without_cycles(&setup, &self.best.entries)
            && plain != self.best.entries
            && self.attempt(&setup, plain)
        {
            self.fewer_entries();
        }
    }

    fn simpler_setup(&mut self) {
        let plain = Setup { rules: RuleOptions::default(), ..self.best.setup.clone() };
        if plain != self.best.setup {
            self.attempt(&plain, self.best.entries.clone());
        }
    }

    /// Leaves out objects of forests and tenant, and attributes of what is left.
    fn smaller_entries(&mut self) {
        for at in 0..self.best.entries.len() {
            for part in [Part::Objects, Part::Attributes, Part::References] {
                let mut size = self.count(at, part).div_ceil(2);
                while size > 0 && !self.stopped {
                    let mut start = 0;
                    while start < self.count(at, part) && !self.stopped {
                        let mut entries = self.best.entries.clone();
                        if let Some(entry) = entries.get_mut(at) {
                            part.remove(entry, start, size);
                        }
                        if !self.attempt(&self.best.setup.clone(), entries) {
                            start += size;
                        }
                    }
                    size /= 2;
                }
            }
        }
    }

    fn count(&self, at: usize, part: Part) -> usize {
        self.best.entries.get(at).map_or(0, |entry| part.count(entry))
    }
}

/// What can be left out of an entry.
#[derive(Debug, Clone, Copy)]
enum Part {
    /// Objects of a load.
    Objects,
    /// Attributes of the objects of a load.
    Attributes,
    /// References of the objects of a load.
    References,
}

impl Part {
    fn count(self, entry: &Entry) -> usize {
        let Entry::Input(input) = entry else { return 0 };
        match (self, input) {
            (Self::Objects, Input::LoadForest { objects, .. }) => objects.len(),
            (Self::Objects, Input::LoadTenant { objects, .. }) => objects.len(),
            (Self::Attributes, Input::LoadForest { objects, .. }) => {
                objects.iter().map(|object| object.attributes.len()).sum()
            }
            (Self::Attributes, Input::LoadTenant { objects, .. }) => {
                objects.iter().map(|object| object.attributes.len()).sum()
            }
            (Self::References, Input::LoadForest { objects, .. }) => {
                objects.iter().map(|object| object.references.len()).sum()
            }
            _ => 0,
        }
    }

    /// Removes `size` of them from `start` on.
    fn remove(self, entry: &mut Entry, start: usize, size: usize) {
        let Entry::Input(input) = entry else { return };
        match (self, input) {
            (Self::Objects, Input::LoadForest { objects, .. }) => cut(objects, start, size),
            (Self::Objects, Input::LoadTenant { objects, .. }) => cut(objects, start, size),
            (Self::Attributes, Input::LoadForest { objects, .. }) => {
                cut_across(objects.iter_mut().map(|object| &mut object.attributes), start, size);
            }
            (Self::Attributes, Input::LoadTenant { objects, .. }) => {
                cut_across(objects.iter_mut().map(|object| &mut object.attributes), start, size);
            }
            (Self::References, Input::LoadForest { objects, .. }) => {
                cut_across(objects.iter_mut().map(|object| &mut object.references), start, size);
            }
            _ => {}
        }
    }
}

fn cut<T>(all: &mut Vec<T>, start: usize, size: usize) {
    let end = (start + size).min(all.len());
    all.drain(start.min(end)..end);
}

/// Removes elements that are counted through several lists.
fn cut_across<'a, T: 'a>(lists: impl Iterator<Item = &'a mut Vec<T>>, start: usize, size: usize) {
    let mut number = 0;
    for list in lists {
        list.retain(|_| {
            number += 1;
            number <= start || start + size < number
        });
    }
}
