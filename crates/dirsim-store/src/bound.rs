//! The bound of the history: which steps a workspace keeps, and how earlier ones are forgotten.
//!
//! The world at the first step that is kept is a fold from the very beginning; commit records and
//! folds before it are given up in the batch that moves the bound.

use crate::backend::{Backend as _, Memory};
use crate::journal::{self, BASE, Bound, Head, StoredCommit, StoredFold};
use crate::{StoreError, StoreResult, Workspace, fold, layout};

/// Steps beyond those to keep that wait for a fold to begin with, before one is made for them.
const SLACK: u64 = 64;

impl Workspace {
    /// Returns the first step that can be gone to; 0 while nothing was forgotten.
    pub const fn first(&self) -> u64 {
        self.bound.first
    }

    /// Returns how many steps behind the current one are kept at least; `None` when all are.
    pub const fn keeps(&self) -> Option<u64> {
        self.bound.keep
    }

    /// Keeps at least so many steps behind the current one from now on, or all of them. Earlier ones
    /// are forgotten when that is cheap, so that there may be twice as many for a while.
    pub fn keep(&mut self, steps: Option<u64>) -> StoreResult<()> {
        self.check()?;
        let bound = Bound { keep: steps, ..self.bound };
        self.store.backend.apply(vec![journal::row(layout::BOUND.to_vec(), &bound)])?;
        self.store.backend.sync()?;
        self.bound = bound;
        Ok(())
    }

    /// Copies the first step that is kept into memory, to play the steps behind it again.
    pub fn beginning(&self) -> StoreResult<Self> {
        let first = self.bound.first;
        if first == 0 {
            return Ok(Self::in_memory());
        }
        let commit = StoredCommit::read(&self.store, first, self.head.last)?;
        let fold = layout::fold(0, first);
        let row = self.store.backend.get(&fold)?;
        let stored: StoredFold = match &row {
            Some(row) => journal::decode(&fold, row)?,
            None => return Err(StoreError::NoSuchStep { asked: first, last: self.head.last }),
        };
        let head = Head { step: first, last: first, digest: commit.digest, ..self.head.clone() };
        let mut rows = vec![
            journal::row(layout::HEAD.to_vec(), &head),
            journal::row(layout::BOUND.to_vec(), &Bound { first, keep: None }),
            journal::row(layout::commit(first), &commit),
            (fold, row),
        ];
        for run in stored.segments.iter().map(|segment| segment.id).chain(commit.runs()) {
            let prefix = layout::data(run);
            for key in self.store.backend.keys(&prefix, &prefix)? {
                let row = self.store.backend.get(&key)?;
                rows.push((key, row));
            }
        }
        let memory = Memory::default();
        memory.apply(rows)?;
        let opened = Self::on(Box::new(memory), self.store.thresholds.clone())?;
        Ok(opened.expect("the head was written right here"))
    }

    /// Forgets all steps before `first`, or before the current step when that is earlier. What
    /// stays reads as before; nobody can go back further.
    pub fn forget(&mut self, first: u64) -> StoreResult<()> {
        self.check()?;
        let first = first.min(self.head.step);
        if first <= self.bound.first {
            return Ok(());
        }
        if self.store.backend.get(&layout::fold(0, first))?.is_none() {
            self.begin_at(first)?;
        }
        let mut batch = Vec::new();
        for step in self.bound.first.max(1)..=first {
            let mut commit = StoredCommit::read(&self.store, step, self.head.last)?;
            if step < first {
                batch.extend(commit.runs().map(|run| journal::row(layout::garbage(run), &())));
                batch.push((layout::commit(step), None));
            } else {
                // The fold has what its own segments changed.
                let segments = std::mem::take(&mut commit.segments);
                batch.extend(segments.iter().map(|s| journal::row(layout::garbage(s.id), &())));
                batch.push(journal::row(layout::commit(step), &commit));
            }
        }
        for key in self.store.backend.keys(layout::FOLDS, layout::FOLDS)? {
            let reachable = layout::fold_steps(&key)
                .is_some_and(|(from, to)| from >= first || (from == 0 && to >= first));
            if reachable {
                continue;
            }
            if let Some(row) = self.store.backend.get(&key)? {
                let fold: StoredFold = journal::decode(&key, &row)?;
                let runs = fold.segments.iter().map(|s| journal::row(layout::garbage(s.id), &()));
                batch.extend(runs);
            }
            batch.push((key, None));
        }
        let bound = Bound { first, ..self.bound };
        batch.push(journal::row(layout::BOUND.to_vec(), &bound));
        self.write_head(batch, &self.head.clone())?;
        self.bound = bound;
        self.enter(self.head.clone())?;
        self.remove_garbage()
    }

    /// Forgets what is due after a step.
    pub(crate) fn forget_due(&mut self) -> StoreResult<()> {
        let Some(keep) = self.bound.keep else { return Ok(()) };
        let Some(latest) = self.head.step.checked_sub(keep) else { return Ok(()) };
        // A fold that is there already costs nothing.
        let from = layout::fold(0, self.bound.first + 1);
        let there = self.store.backend.last(&from, &layout::fold(0, latest))?;
        let cheap = there.and_then(|(key, _)| layout::fold_steps(&key)).map(|(_, to)| to);
        match cheap {
            Some(first) => self.forget(first),
            None if latest > self.bound.first.saturating_add(keep).saturating_add(SLACK) => {
                self.forget(latest)
            }
            None => Ok(()),
        }
    }

    /// Folds everything up to a step, so that the history can begin there.
    fn begin_at(&mut self, first: u64) -> StoreResult<()> {
        let links = journal::chain(&self.store, first, self.head.last, &self.chain)?;
        let run = self.next_run;
        self.next_run += 1;
        let head = Head { next_run: self.next_run, ..self.head.clone() };
        let written = fold::write(&self.store, &links, BASE, run, &head);
        if let Err(error) = &written {
            self.failed = Some(error.to_string());
        }
        written?;
        self.head = head;
        Ok(())
    }
}
