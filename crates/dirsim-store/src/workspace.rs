//! The workspace: a world at every step of its history.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{self, File};
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;

use crate::backend::{Backend, Memory, RowChange, Sled, lock_down};
use crate::journal::{self, Bound, CommitRecord, FORMAT, Head, Link, StoredCommit, StoredFold};
use crate::layers::Layers;
use crate::segment::{Cursor, Segment};
use crate::store::Store;
use crate::{
    Digest, StoreError, StoreResult, Table, Tables, Thresholds, Transaction, compact, fold, layout,
};

/// Name of the file that marks a folder as a workspace. Written last when one is made.
const MARKER: &str = "dirsim-workspace";
/// Text of the marker, for people who wonder.
const MARKER_TEXT: &str = "This folder is a dirsim workspace; look into it with `dirsim log`.\n";

/// A world at every step of its history, on disk or in memory.
///
/// Readers see the step that [`Workspace::head`] names. A [`Transaction`] makes the next one; going
/// back and forth moves the head only.
pub struct Workspace {
    pub(crate) store: Store,
    pub(crate) head: Head,
    /// What makes up the step of the head, the oldest first.
    pub(crate) chain: Vec<Link>,
    /// The segments of the chain, the oldest first.
    pub(crate) segments: Vec<Arc<Segment>>,
    /// Records of each table at the head, by the number of the table.
    pub(crate) records: BTreeMap<u8, u64>,
    /// The next run of data; numbers are not used twice while the process lives, since pages that
    /// were read stay known by them.
    pub(crate) next_run: u64,
    /// Which steps are kept.
    pub(crate) bound: Bound,
    /// Why nothing more can be written.
    pub(crate) failed: Option<String>,
    warnings: Vec<String>,
}

/// How large a workspace is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statistics {
    /// Room on disk, or in memory for a workspace that lives there, in bytes.
    pub bytes: u64,
    /// Steps in the journal, undone ones included.
    pub steps: u64,
    /// The first step that can be gone to; 0 when nothing was forgotten.
    pub first: u64,
    /// Segments that a read of the current step may have to visit.
    pub segments: usize,
    /// Bytes of those segments before compression.
    pub segment_bytes: u64,
    /// Records of each table at the current step; derived and empty tables are left out.
    pub records: BTreeMap<Table, u64>,
}

impl Workspace {
    /// Makes a workspace that lives in memory only.
    pub fn in_memory() -> Self {
        Self::in_memory_with(Thresholds::default())
    }

    /// Makes a workspace in memory with other sizes.
    pub fn in_memory_with(thresholds: Thresholds) -> Self {
        Self::at(Store::new(Box::new(Memory::default()), thresholds), Head::empty())
    }

    /// Makes a workspace in a folder that does not exist yet or is empty.
    pub fn create(path: &Path) -> StoreResult<Self> {
        Self::create_with(path, Thresholds::default())
    }

    /// Makes a workspace in a folder, with other sizes.
    pub fn create_with(path: &Path, thresholds: Thresholds) -> StoreResult<Self> {
        if path.join(MARKER).exists() {
            return Err(StoreError::AlreadyThere(path.to_owned()));
        }
        // What an interrupted creation left is only the database, and has no steps.
        let database = path.join(compact::DATABASE);
        if is_occupied(path).map_err(|error| StoreError::of_io_in(path, &error))? {
            return Err(StoreError::NotEmpty(path.to_owned()));
        }
        lock_down(path)
            .and_then(|()| lock_down(&database))
            .map_err(|error| StoreError::of_io_in(path, &error))?;
        let (backend, _) = Sled::open(&database, path)?;
        let head = Head::empty();
        backend.apply(vec![journal::row(layout::HEAD.to_vec(), &head)])?;
        backend.sync()?;
        mark(path).map_err(|error| StoreError::of_io_in(path, &error))?;
        Ok(Self::at(Store::new(Box::new(backend), thresholds), head))
    }

    /// Opens the workspace of a folder. Returns it with what the user should know, which is
    /// nothing as a rule.
    pub fn open(path: &Path) -> StoreResult<(Self, Vec<String>)> {
        Self::open_with(path, Thresholds::default())
    }

    /// Opens the workspace of a folder, with other sizes.
    pub fn open_with(path: &Path, thresholds: Thresholds) -> StoreResult<(Self, Vec<String>)> {
        if !path.join(MARKER).is_file() {
            return Err(StoreError::NotAWorkspace(path.to_owned()));
        }
        let (backend, warnings) = compact::open(path)?;
        let opened = Self::on(Box::new(backend), thresholds)?;
        Ok((opened.ok_or_else(|| StoreError::NotAWorkspace(path.to_owned()))?, warnings))
    }

    /// Opens the workspace of some rows; `None` when they have no head.
    pub(crate) fn on(
        backend: Box<dyn Backend>,
        thresholds: Thresholds,
    ) -> StoreResult<Option<Self>> {
        let Some(row) = backend.get(layout::HEAD)? else { return Ok(None) };
        // The version comes first, so that it can be read whatever follows.
        let (found, _) = postcard::take_from_bytes::<u32>(&row).unwrap_or((0, &[]));
        if found != FORMAT {
            return Err(StoreError::Format { found, known: FORMAT });
        }
        let head: Head = journal::decode(layout::HEAD, &row)?;
        let mut workspace = Self::at(Store::new(backend, thresholds), head);
        workspace.bound = Bound::read(&workspace.store)?;
        workspace.remove_leftovers()?;
        workspace.enter(workspace.head.clone())?;
        Ok(Some(workspace))
    }

    fn at(store: Store, head: Head) -> Self {
        Self {
            store,
            next_run: head.next_run,
            head,
            chain: Vec::new(),
            segments: Vec::new(),
            records: BTreeMap::new(),
            bound: Bound::default(),
            failed: None,
            warnings: Vec::new(),
        }
    }

    /// Returns the step that readers see; 0 before the first.
    pub const fn head(&self) -> u64 {
        self.head.step
    }

    /// Returns the last step of the journal; later than the head after going back.
    pub const fn last(&self) -> u64 {
        self.head.last
    }

    /// Returns the digest of all records of the current step.
    pub const fn digest(&self) -> Digest {
        self.head.digest
    }

    /// Returns the tables of the current step, to read.
    pub const fn tables(&self) -> &dyn Tables {
        self
    }

    /// Starts the next step, or the rehearsal of one: dropping the transaction forgets it.
    pub fn begin(&mut self) -> StoreResult<Transaction<'_>> {
        self.check()?;
        Ok(Transaction::new(self))
    }

    /// Goes to a step; later ones stay until a new one is committed. Step 0 is the empty world.
    pub fn goto(&mut self, step: u64) -> StoreResult<()> {
        self.check()?;
        self.check_step(step)?;
        if step == self.head.step {
            return Ok(());
        }
        let digest = match step {
            0 => Digest::default(),
            _ => StoredCommit::read(&self.store, step, self.head.last)?.digest,
        };
        let head = Head { step, digest, next_run: self.next_run, ..self.head.clone() };
        self.write_head(vec![], &head)?;
        self.enter(head)
    }

    /// Goes to the step before; returns its number.
    pub fn back(&mut self) -> StoreResult<u64> {
        let none = StoreError::NoSuchStep { asked: 0, last: self.head.last };
        self.goto(self.head.step.checked_sub(1).ok_or(none)?)?;
        Ok(self.head.step)
    }

    /// Goes to the step behind; returns its number.
    pub fn forward(&mut self) -> StoreResult<u64> {
        self.goto(self.head.step + 1)?;
        Ok(self.head.step)
    }

    /// Returns the world as it was after a step.
    pub fn view(&self, step: u64) -> StoreResult<View<'_>> {
        self.check_step(step)?;
        let segments = if step == self.head.step {
            self.segments.clone()
        } else {
            flat(&journal::chain(&self.store, step, self.head.last, &self.chain)?)
        };
        Ok(View { store: &self.store, segments })
    }

    /// Returns the journal from one step to another, both included; steps that it does not have are
    /// left out.
    pub fn commits(&self, from: u64, to: u64) -> StoreResult<Vec<CommitRecord>> {
        (from.max(1).max(self.bound.first)..=to.min(self.head.last))
            .map(|step| {
                StoredCommit::read(&self.store, step, self.head.last)?.open(&self.store, step)
            })
            .collect()
    }

    /// Returns the input of a step.
    pub fn input(&self, step: u64) -> StoreResult<Vec<u8>> {
        if step == 0 {
            return Err(StoreError::NoSuchStep { asked: step, last: self.head.last });
        }
        self.check_step(step)?;
        StoredCommit::read(&self.store, step, self.head.last)?.input.read(&self.store)
    }

    /// Returns which records of some tables a step wrote or removed, in the order of their keys.
    pub fn changed(&self, step: u64, tables: &[Table]) -> StoreResult<BTreeSet<(Table, Bytes)>> {
        let commit = StoredCommit::read(&self.store, step, self.head.last)?;
        let mut found = BTreeSet::new();
        for at in commit.segments {
            let segment = Arc::new(Segment::new(at));
            for table in tables {
                let number = *table as u8;
                let (from, to) = ((number, &[][..]), (number + 1, &[][..]));
                let segment = Arc::clone(&segment);
                let mut cursor = Cursor::new(&self.store, segment, from, Some(to), false)?;
                while cursor.peek().is_some() {
                    found.insert((*table, cursor.record().0));
                    cursor.advance()?;
                }
            }
        }
        Ok(found)
    }

    /// Returns how large the workspace is.
    pub fn statistics(&self) -> StoreResult<Statistics> {
        Ok(Statistics {
            bytes: self.store.backend.bytes()?,
            steps: self.head.last,
            first: self.bound.first,
            segments: self.segments.len(),
            segment_bytes: self.chain.iter().map(Link::bytes).sum(),
            records: journal::by_table(&self.records),
        })
    }

    /// Hands over what went wrong without harm since the last call.
    pub fn take_warnings(&mut self) -> Vec<String> {
        std::mem::take(&mut self.warnings)
    }

    /// Writes rows together with a new head, and waits until they are safe.
    pub(crate) fn write_head(&mut self, mut batch: Vec<RowChange>, head: &Head) -> StoreResult<()> {
        batch.push(journal::row(layout::HEAD.to_vec(), head));
        let written = self.store.backend.apply(batch).and_then(|()| self.store.backend.sync());
        if let Err(error) = &written {
            // Nobody can tell now whether the head on disk is the old or the new one.
            self.failed = Some(error.to_string());
        }
        written
    }

    /// Collects the rows that give up all steps behind the head.
    pub(crate) fn abandon(&self, batch: &mut Vec<RowChange>) -> StoreResult<()> {
        for step in self.head.step + 1..=self.head.last {
            let commit = StoredCommit::read(&self.store, step, self.head.last)?;
            batch.extend(commit.runs().map(|run| journal::row(layout::garbage(run), &())));
            batch.push((layout::commit(step), None));
        }
        for key in self.store.backend.keys(layout::FOLDS, layout::FOLDS)? {
            if layout::fold_steps(&key).is_none_or(|(_, to)| to <= self.head.step) {
                continue;
            }
            if let Some(row) = self.store.backend.get(&key)? {
                let fold: StoredFold = journal::decode(&key, &row)?;
                batch
                    .extend(fold.segments.iter().map(|s| journal::row(layout::garbage(s.id), &())));
            }
            batch.push((key, None));
        }
        Ok(())
    }

    /// Takes a committed step as the current one.
    pub(crate) fn advance(&mut self, head: Head, link: Link, records: BTreeMap<u8, u64>) {
        self.segments.extend(link.segments.iter().cloned());
        self.chain.push(link);
        self.records = records;
        self.head = head;
    }

    /// Folds what is due, and removes data that nothing refers to. The step is committed by now, so
    /// trouble here is no failure of it: what could not be done is done later.
    pub(crate) fn tidy(&mut self, garbage: bool) {
        if let Err(error) = self.fold_due(garbage).and_then(|()| self.forget_due()) {
            self.warnings.push(format!("tidying up the workspace failed: {error}"));
        }
    }

    fn fold_due(&mut self, garbage: bool) -> StoreResult<()> {
        let mut garbage = garbage;
        while let Some((range, level)) = fold::plan(&self.chain, &self.store.thresholds) {
            let run = self.next_run;
            self.next_run += 1;
            let head = Head { next_run: self.next_run, ..self.head.clone() };
            let links = self.chain.get(range.clone()).unwrap_or_default();
            match fold::write(&self.store, links, level, run, &head) {
                Ok((link, gave_up)) => {
                    self.chain.splice(range, [link]);
                    self.segments = flat(&self.chain);
                    self.head = head;
                    garbage |= gave_up;
                }
                Err(error) => {
                    self.failed = Some(error.to_string());
                    return Err(error);
                }
            }
        }
        if garbage { self.remove_garbage() } else { Ok(()) }
    }

    /// Removes data that was given up.
    pub(crate) fn remove_garbage(&self) -> StoreResult<()> {
        for key in self.store.backend.keys(layout::GARBAGE, layout::GARBAGE)? {
            if let Some(run) = layout::number_of(&key) {
                self.store.remove(run)?;
            }
            self.store.backend.remove(&key)?;
        }
        Ok(())
    }

    /// Removes what an interrupted process left: data that was given up, or never committed.
    fn remove_leftovers(&self) -> StoreResult<()> {
        let from = layout::data(self.head.next_run);
        for key in self.store.backend.keys(layout::DATA, &from)? {
            self.store.backend.remove(&key)?;
        }
        self.remove_garbage()
    }

    /// Makes a step of the journal the current one in memory.
    pub(crate) fn enter(&mut self, head: Head) -> StoreResult<()> {
        self.records = match head.step {
            0 => BTreeMap::new(),
            step => StoredCommit::read(&self.store, step, head.last)?.records,
        };
        self.chain = journal::chain(&self.store, head.step, head.last, &self.chain)?;
        self.segments = flat(&self.chain);
        self.head = head;
        Ok(())
    }

    pub(crate) fn check(&self) -> StoreResult<()> {
        match &self.failed {
            Some(text) => Err(StoreError::Database(text.clone())),
            None => Ok(()),
        }
    }

    /// Checks that the journal holds a step.
    const fn check_step(&self, step: u64) -> StoreResult<()> {
        let (first, last) = (self.bound.first, self.head.last);
        match step {
            _ if step > last => Err(StoreError::NoSuchStep { asked: step, last }),
            _ if step < first => Err(StoreError::Forgotten { asked: step, first }),
            _ => Ok(()),
        }
    }

    fn layers(&self) -> Layers<'_> {
        Layers { store: &self.store, changes: None, parts: &[], chain: &self.segments }
    }
}

impl Tables for Workspace {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        self.layers().get(table, key)
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

    fn put(&mut self, _: Table, _: &[u8], _: Bytes) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn delete(&mut self, _: Table, _: &[u8]) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn begin_attempt(&mut self) {}

    fn end_attempt(&mut self, _: bool) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }
}

/// The world after one step, to read only.
pub struct View<'a> {
    store: &'a Store,
    segments: Vec<Arc<Segment>>,
}

impl Tables for View<'_> {
    fn get(&self, table: Table, key: &[u8]) -> StoreResult<Option<Bytes>> {
        self.layers().get(table, key)
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

    fn put(&mut self, _: Table, _: &[u8], _: Bytes) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn delete(&mut self, _: Table, _: &[u8]) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }

    fn begin_attempt(&mut self) {}

    fn end_attempt(&mut self, _: bool) -> StoreResult<()> {
        Err(StoreError::ReadOnly)
    }
}

impl View<'_> {
    fn layers(&self) -> Layers<'_> {
        Layers { store: self.store, changes: None, parts: &[], chain: &self.segments }
    }
}

/// Returns the segments of a chain, the oldest first.
fn flat(chain: &[Link]) -> Vec<Arc<Segment>> {
    chain.iter().flat_map(|link| link.segments.iter().cloned()).collect()
}

/// Returns whether a folder holds anything but the rest of an interrupted creation.
fn is_occupied(path: &Path) -> io::Result<bool> {
    match fs::read_dir(path) {
        Ok(entries) => {
            for entry in entries {
                if entry?.file_name() != compact::DATABASE {
                    return Ok(true);
                }
            }
            Ok(false)
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

/// Marks a folder as a workspace.
fn mark(path: &Path) -> io::Result<()> {
    use io::Write as _;
    let mut marker = File::create(path.join(MARKER))?;
    marker.write_all(MARKER_TEXT.as_bytes())?;
    marker.sync_all()?;
    // The folder itself has to know the names of its files after a loss of power.
    #[cfg(unix)]
    for folder in [path, &path.join(compact::DATABASE)] {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}
