//! Transactions: the changes of a step, until they are committed or forgotten.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;

use crate::changes::{Changes, Key};
use crate::journal::{self, Commit, CommitRecord, Head, Link, SINGLE, Stored, StoredCommit};
use crate::layers::Layers;
use crate::segment::{Segment, SegmentRef, SegmentWriter};
use crate::store::Sink;
use crate::{Digest, StoreError, StoreResult, Table, Tables, Workspace, layout};

/// Most single records that a transaction remembers.
const KNOWN_MAX: usize = 1024;

/// The next step of a workspace, in the making.
///
/// It reads its own changes over the current step. Dropping it forgets them, so it serves as a
/// rehearsal too. Changes that outgrow memory are written as parts that nothing refers to yet.
pub struct Transaction<'w> {
    workspace: &'w mut Workspace,
    changes: Changes,
    /// What was written already, the oldest first.
    parts: Vec<Arc<Segment>>,
    /// What the parts and the workspace say of single records, which every row of an export asks
    /// for again.
    known: RefCell<BTreeMap<Key, Option<Bytes>>>,
    /// What the parts amount to.
    tally: Tally,
    /// The first run of data that may be this transaction's.
    first_run: u64,
    /// Whether a part could not be written, so that changes are lost.
    broken: bool,
    committed: bool,
}

impl<'w> Transaction<'w> {
    pub(crate) fn new(workspace: &'w mut Workspace) -> Self {
        Self {
            changes: Changes::new(),
            parts: Vec::new(),
            known: RefCell::default(),
            tally: Tally {
                digest: workspace.head.digest,
                records: workspace.records.clone(),
                changed: 0,
            },
            first_run: workspace.next_run,
            broken: false,
            committed: false,
            workspace,
        }
    }

    /// Returns the step that these changes become.
    pub const fn step(&self) -> u64 {
        self.workspace.head.step + 1
    }

    /// Makes the changes the next step. Steps that were undone before are given up.
    pub fn commit(mut self, commit: Commit) -> StoreResult<CommitRecord> {
        if self.broken {
            return Err(StoreError::Database("a part of the step could not be written".into()));
        }
        let changes = std::mem::take(&mut self.changes);
        let step = self.step();
        let input_bytes = commit.input.len() as u64;
        let story = journal::encode(&(&commit.label, &commit.summary));
        let [input_run, story_run, part_run] = self.runs();

        let mut sink = self.workspace.store.sink();
        let input = Stored::write(&mut sink, input_run, commit.input)?;
        let story = Stored::write(&mut sink, story_run, story)?;
        let below = below(self.workspace, &self.parts);
        let written = write(&below, &mut sink, part_run, &changes, &mut self.tally)?;
        let (mut batch, flushed) = sink.finish()?;
        self.parts.extend(written.map(|at| Arc::new(Segment::new(at))));
        if flushed || self.parts.len() > 1 {
            // The head must never be safe before what it refers to.
            self.workspace.store.backend.sync()?;
        }

        let gives_up = self.workspace.head.last >= step;
        if gives_up {
            self.workspace.abandon(&mut batch)?;
        }
        let stored = StoredCommit {
            at: commit.at,
            digest: self.tally.digest,
            changed: self.tally.changed,
            records: self.tally.records.clone(),
            input_bytes,
            input,
            story,
            segments: self.parts.iter().map(|part| part.at.clone()).collect(),
        };
        batch.push(journal::row(layout::commit(step), &stored));
        let head = Head {
            step,
            last: step,
            next_run: self.workspace.next_run,
            digest: stored.digest,
            ..self.workspace.head.clone()
        };
        // From here on nobody but the next opening may decide what belongs to the workspace.
        self.committed = true;
        self.workspace.write_head(batch, &head)?;
        let segments = std::mem::take(&mut self.parts);
        let link = Link { from: step - 1, to: step, level: SINGLE, segments };
        self.workspace.advance(head, link, stored.records.clone());
        self.workspace.tidy(gives_up);
        Ok(stored.record(step, commit.label, commit.summary))
    }

    /// Takes numbers for runs of data.
    const fn runs(&mut self) -> [u64; 3] {
        let first = self.workspace.next_run;
        self.workspace.next_run += 3;
        [first, first + 1, first + 2]
    }

    /// Writes the changes so far as a part of the step.
    fn spill(&mut self) -> StoreResult<()> {
        self.broken = true;
        let changes = std::mem::take(&mut self.changes);
        let [run, ..] = self.runs();
        let mut sink = self.workspace.store.sink();
        let below = below(self.workspace, &self.parts);
        let written = write(&below, &mut sink, run, &changes, &mut self.tally)?;
        sink.flush()?;
        self.parts.extend(written.map(|at| Arc::new(Segment::new(at))));
        self.known.borrow_mut().clear();
        self.broken = false;
        Ok(())
    }

    fn change(&mut self, table: Table, key: &[u8], change: Option<Bytes>) -> StoreResult<()> {
        self.changes.insert(table, key, change);
        self.spill_when_due()
    }

    /// Writes changes that outgrow memory; not while they may still be taken back.
    fn spill_when_due(&mut self) -> StoreResult<()> {
        let due = self.changes.bytes() > self.workspace.store.thresholds.spill_bytes;
        if due && !self.changes.is_attempting() { self.spill() } else { Ok(()) }
    }

    fn layers(&self) -> Layers<'_> {
        Layers { changes: Some(&self.changes), ..below(self.workspace, &self.parts) }
    }
}

impl Drop for Transaction<'_> {
    fn drop(&mut self) {
        if self.committed {
            return;
        }
        for run in self.first_run..self.workspace.next_run {
            // What stays behind is removed by the next opening.
            let _ = self.workspace.store.remove(run);
        }
    }
}

impl Tables for Transaction<'_> {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        if table != Table::Meta {
            return self.layers().get(table, key);
        }
        if let Some(change) = self.changes.get(table, key) {
            return Ok(change.clone());
        }
        if let Some(known) = self.known.borrow().get(&Key::new(key)) {
            return Ok(known.clone());
        }
        let found = below(self.workspace, &self.parts).get(table, key)?;
        let mut known = self.known.borrow_mut();
        if known.len() >= KNOWN_MAX {
            known.clear();
        }
        known.insert(Key::new(key), found.clone());
        Ok(found)
    }

    fn scan(
        &self,
        table: Table,
        from: &[u8],
        to: Option<&[u8]>,
        limit: usize,
    ) -> StoreResult<Vec<(Bytes, Bytes)>> {
        self.layers().scan(table, from, to, limit)
    }

    fn put(&mut self, table: Table, key: &[u8], value: Bytes) -> StoreResult<()> {
        self.change(table, key, Some(value))
    }

    fn delete(&mut self, table: Table, key: &[u8]) -> StoreResult<()> {
        self.change(table, key, None)
    }

    fn begin_attempt(&mut self) {
        self.changes.begin_attempt();
    }

    fn end_attempt(&mut self, keep: bool) -> StoreResult<()> {
        self.changes.end_attempt(keep);
        self.spill_when_due()
    }
}

/// What a step amounts to.
struct Tally {
    digest: Digest,
    /// Records of each table that is not derived, by the number of the table.
    records: BTreeMap<u8, u64>,
    /// Records written or removed.
    changed: u64,
}

impl Tally {
    /// Counts a change of a record in a table that is not derived.
    fn count(&mut self, table: Table, key: &[u8], old: Option<&Bytes>, new: Option<&Bytes>) {
        let records = self.records.entry(table as u8).or_default();
        if let Some(old) = old {
            self.digest.remove(table, key, old);
            *records = records.saturating_sub(1);
        }
        if let Some(new) = new {
            self.digest.add(table, key, new);
            *records += 1;
        }
        if *records == 0 {
            self.records.remove(&(table as u8));
        }
    }
}

/// Returns what lies below the changes in memory.
fn below<'a>(workspace: &'a Workspace, parts: &'a [Arc<Segment>]) -> Layers<'a> {
    Layers { store: &workspace.store, changes: None, parts, chain: &workspace.segments }
}

/// Writes changes as a segment; `None` when they come to nothing.
fn write(
    below: &Layers<'_>,
    sink: &mut Sink<'_>,
    run: u64,
    changes: &Changes,
    tally: &mut Tally,
) -> StoreResult<Option<SegmentRef>> {
    let mut writer = SegmentWriter::new(run);
    for (table, key, change) in changes.iter() {
        // Derived tables are in no digest, which saves reading what their rows were.
        if !table.is_derived() {
            let old = below.get(table, key)?;
            if old.as_ref() == change {
                continue;
            }
            tally.count(table, key, old.as_ref(), change);
        }
        tally.changed += 1;
        writer.push(sink, table as u8, key, change.map(|value| &**value))?;
    }
    writer.finish(sink)
}
