//! Trials of the whole store: random histories against a plain model, on every backend, with folds
//! and spills forced by tiny sizes, and with writes that stop at a random moment.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use dirsim_model::Timestamp;
use proptest::prelude::*;

use crate::backend::{Backend, Memory, RowChange};
use crate::journal::{self, Head, StoredCommit, StoredFold};
use crate::{
    Commit, Digest, MemoryTables, StoreError, StoreResult, Table, Tables, Thresholds, Workspace,
    layout,
};

/// What a trial does next.
#[derive(Debug, Clone)]
enum Action {
    /// A transaction: committed, or dropped.
    Step {
        edits: Vec<Edit>,
        keep: bool,
        input: usize,
    },
    Goto(u64),
    Back,
    Forward,
    Reopen,
    /// Forgets the steps before one.
    Forget(u64),
    /// Keeps so many steps from now on.
    Keep(u64),
}

/// Writes or removes a record.
type Edit = (Table, Vec<u8>, Option<Vec<u8>>);

/// The records of a world.
type Records = BTreeMap<(Table, Vec<u8>), Vec<u8>>;

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let table = prop::sample::select(vec![Table::Meta, Table::MvObject, Table::MvByKey]);
    let key =
        prop_oneof![(0u8..30).prop_map(|key| vec![key]), (0u8..4).prop_map(|key| vec![key; 30]),];
    let value = prop::option::weighted(0.7, prop::collection::vec(0u8..3, 0..90));
    prop::collection::vec((table, key, value), 0..12)
}

fn actions(length: usize) -> impl Strategy<Value = Vec<Action>> {
    let action = prop_oneof![
        8 => (edits(), prop::bool::weighted(0.85), 0usize..200)
            .prop_map(|(edits, keep, input)| Action::Step { edits, keep, input }),
        1 => (0u64..30).prop_map(Action::Goto),
        1 => Just(Action::Back),
        1 => Just(Action::Forward),
        1 => Just(Action::Reopen),
        1 => (0u64..30).prop_map(Action::Forget),
        1 => (0u64..8).prop_map(Action::Keep),
    ];
    prop::collection::vec(action, 1..length)
}

fn tiny() -> impl Strategy<Value = Thresholds> {
    (1usize..4, 2usize..4, 1usize..6, 0u64..400, 200usize..2000, 1usize..3, 20usize..60).prop_map(
        |(page_records, fold_width, chain_max, pin_bytes, spill_bytes, bases_kept, chunk)| {
            Thresholds {
                page_records,
                page_bytes_min: 0,
                page_bytes_max: 100,
                node_entries: 2,
                chunk_bytes: chunk,
                batch_bytes: 150,
                spill_bytes,
                fold_width,
                chain_max,
                large_bytes: 300,
                base_percent: 25,
                bases_kept,
                pin_bytes,
                cache_bytes: 600,
                inline_bytes: 20,
            }
        },
    )
}

/// Returns where the model has a step.
fn place(step: u64) -> usize {
    usize::try_from(step).unwrap()
}

/// What the store must hold.
#[derive(Debug, Clone, PartialEq)]
struct Model {
    /// The world after each step; the first is empty.
    steps: Vec<Records>,
    inputs: Vec<Vec<u8>>,
    head: usize,
    /// The first step that is not forgotten.
    first: usize,
}

impl Model {
    fn new() -> Self {
        Self { steps: vec![Records::new()], inputs: vec![Vec::new()], head: 0, first: 0 }
    }
}

/// Does an action on the store and on the model. `reopen` gives the store anew.
fn act(
    workspace: Workspace,
    model: &mut Model,
    action: &Action,
    reopen: &mut dyn FnMut(Workspace) -> Workspace,
) -> StoreResult<Workspace> {
    let mut workspace = workspace;
    match action {
        Action::Step { edits, keep, input } => {
            let mut records = model.steps[model.head].clone();
            let mut transaction = workspace.begin()?;
            for (table, key, value) in edits {
                if let Some(value) = value {
                    records.insert((*table, key.clone()), value.clone());
                    transaction.put(*table, key, Bytes::from(value.clone()))?;
                } else {
                    records.remove(&(*table, key.clone()));
                    transaction.delete(*table, key)?;
                }
                assert_eq!(
                    transaction.get(*table, key)?.map(|v| v.to_vec()),
                    records.get(&(*table, key.clone())).cloned()
                );
            }
            check(&transaction, &records)?;
            if *keep {
                model.steps.truncate(model.head + 1);
                model.inputs.truncate(model.head + 1);
                let input = vec![7; *input];
                model.steps.push(records);
                model.inputs.push(input.clone());
                model.head += 1;
                let record = transaction.commit(Commit {
                    label: format!("step {}", model.head),
                    input,
                    summary: vec![1, 2, 3],
                    at: Timestamp(5),
                })?;
                assert_eq!(record.step, model.head as u64);
                // What was forgotten now lies behind the steps to keep.
                let first = place(workspace.first());
                if first > model.first {
                    let keep = workspace.keeps().expect("a number of steps to keep");
                    assert!(first + place(keep) <= model.head, "{first} {keep} {}", model.head);
                }
                model.first = place(workspace.first());
            }
        }
        Action::Goto(step) => {
            let known = *step <= workspace.last();
            match workspace.goto(*step) {
                Ok(()) => model.head = place(*step),
                Err(StoreError::NoSuchStep { .. }) => assert!(!known),
                Err(StoreError::Forgotten { .. }) => assert!(place(*step) < model.first),
                Err(error) => return Err(error),
            }
        }
        Action::Back => match workspace.back() {
            Ok(step) => model.head = place(step),
            Err(StoreError::NoSuchStep { .. } | StoreError::Forgotten { .. }) => {
                assert_eq!(model.head, model.first);
            }
            Err(error) => return Err(error),
        },
        Action::Forward => match workspace.forward() {
            Ok(step) => model.head = place(step),
            Err(StoreError::NoSuchStep { .. }) => assert_eq!(model.head + 1, model.steps.len()),
            Err(error) => return Err(error),
        },
        Action::Reopen => workspace = reopen(workspace),
        Action::Forget(first) => {
            // A crash may come when the bound has moved already.
            model.first = model.first.max(model.head.min(place(*first)));
            workspace.forget(*first)?;
        }
        Action::Keep(steps) => workspace.keep(Some(*steps))?,
    }
    Ok(workspace)
}

/// Checks that tables hold exactly these records, read in several ways.
fn check(tables: &dyn Tables, records: &Records) -> StoreResult<()> {
    for table in [Table::Meta, Table::MvObject, Table::MvByKey] {
        let expected: Vec<(Vec<u8>, Vec<u8>)> = records
            .iter()
            .filter(|((t, _), _)| *t == table)
            .map(|((_, key), value)| (key.clone(), value.clone()))
            .collect();
        let plain = |found: Vec<(Bytes, Bytes)>| -> Vec<(Vec<u8>, Vec<u8>)> {
            found.into_iter().map(|(key, value)| (key.to_vec(), value.to_vec())).collect()
        };
        assert_eq!(plain(tables.scan(table, &[], None, usize::MAX)?), expected);
        let part: Vec<_> = expected
            .iter()
            .filter(|(key, _)| (&[3][..]..&[20][..]).contains(&key.as_slice()))
            .take(5)
            .cloned()
            .collect();
        assert_eq!(plain(tables.scan(table, &[3], Some(&[20]), 5)?), part);
        for key in 0u8..32 {
            let expected = records.get(&(table, vec![key])).cloned();
            assert_eq!(tables.get(table, &[key])?.map(|value| value.to_vec()), expected);
        }
    }
    Ok(())
}

/// Checks everything that the store says against the model.
fn check_all(workspace: &Workspace, model: &Model) -> StoreResult<()> {
    assert_eq!(workspace.head(), model.head as u64);
    assert_eq!(workspace.last() + 1, model.steps.len() as u64);
    assert_eq!(workspace.digest(), digest(&model.steps[model.head]));
    check(workspace.tables(), &model.steps[model.head])?;
    assert_eq!(workspace.first(), model.first as u64);
    let beginning = workspace.beginning()?;
    assert_eq!(beginning.head(), model.first as u64);
    assert_eq!(beginning.digest(), digest(&model.steps[model.first]));
    check(beginning.tables(), &model.steps[model.first])?;
    let commits = workspace.commits(0, u64::MAX)?;
    let kept = model.first.max(1);
    assert_eq!(commits.len(), model.steps.len().saturating_sub(kept));
    for (step, records) in model.steps.iter().enumerate().skip(model.first) {
        check(&workspace.view(step as u64)?, records)?;
        if step > 0 {
            let commit = &commits[step - kept];
            assert_eq!(commit.label, format!("step {step}"));
            assert_eq!(commit.digest, digest(records));
            assert_eq!(workspace.input(step as u64)?, model.inputs[step]);
            for table in [Table::Meta, Table::MvObject] {
                let count = records.keys().filter(|(t, _)| *t == table).count() as u64;
                assert_eq!(commit.records.get(&table).copied().unwrap_or(0), count);
            }
        }
    }
    check_rows(workspace)
}

/// Checks that nothing is kept that nothing refers to, and that the chain stays short.
fn check_rows(workspace: &Workspace) -> StoreResult<()> {
    let store = &workspace.store;
    let mut used = BTreeSet::new();
    for step in workspace.first().max(1)..=workspace.last() {
        used.extend(StoredCommit::read(store, step, workspace.last())?.runs());
    }
    for key in store.backend.keys(layout::FOLDS, layout::FOLDS)? {
        let fold: StoredFold = journal::decode(&key, &store.backend.get(&key)?.unwrap())?;
        used.extend(fold.segments.iter().map(|segment| segment.id));
    }
    for key in store.backend.keys(layout::DATA, layout::DATA)? {
        let run = layout::number_of(&key).unwrap();
        assert!(used.contains(&run), "run {run} is kept in vain");
    }
    assert_eq!(store.backend.keys(layout::GARBAGE, layout::GARBAGE)?, Vec::<Vec<u8>>::new());
    Ok(())
}

fn digest(records: &Records) -> Digest {
    let mut tables = MemoryTables::new();
    for ((table, key), value) in records {
        tables.put(*table, key, value.clone().into()).unwrap();
    }
    Digest::of(&tables).unwrap()
}

/// How a backend fails once its writes are used up.
#[derive(Debug, Clone, Copy)]
enum Fault {
    /// It says that all is well.
    Silent,
    /// It reports an error.
    Loud,
}

/// Rows in memory that outlive the workspace, and stop changing after a number of writes.
struct Failing {
    rows: Arc<Memory>,
    writes_left: Arc<AtomicU64>,
    fault: Fault,
}

impl Failing {
    fn write(&self, write: impl FnOnce(&Memory) -> StoreResult<()>) -> StoreResult<()> {
        let taken = self
            .writes_left
            .fetch_update(Ordering::SeqCst, Ordering::SeqCst, |left| left.checked_sub(1));
        match (taken, self.fault) {
            (Ok(_), _) => write(&self.rows),
            (Err(_), Fault::Silent) => Ok(()),
            (Err(_), Fault::Loud) => Err(StoreError::Database("the disk is gone".into())),
        }
    }
}

impl Backend for Failing {
    fn get(&self, key: &[u8]) -> StoreResult<Option<Bytes>> {
        self.rows.get(key)
    }
    fn keys(&self, prefix: &[u8], from: &[u8]) -> StoreResult<Vec<Vec<u8>>> {
        self.rows.keys(prefix, from)
    }
    fn last(&self, from: &[u8], to: &[u8]) -> StoreResult<Option<(Vec<u8>, Bytes)>> {
        self.rows.last(from, to)
    }
    fn put(&self, key: &[u8], value: Bytes) -> StoreResult<()> {
        self.write(|rows| rows.put(key, value))
    }
    fn remove(&self, key: &[u8]) -> StoreResult<()> {
        self.write(|rows| rows.remove(key))
    }
    fn apply(&self, changes: Vec<RowChange>) -> StoreResult<()> {
        self.write(|rows| rows.apply(changes))
    }
    fn sync(&self) -> StoreResult<()> {
        self.rows.sync()
    }
    fn bytes(&self) -> StoreResult<u64> {
        self.rows.bytes()
    }
    fn compresses(&self) -> bool {
        true
    }
}

/// Opens a workspace on rows in memory, the first time too.
fn open(rows: &Arc<Memory>, writes_left: u64, fault: Fault, sizes: &Thresholds) -> Workspace {
    if rows.get(layout::HEAD).unwrap().is_none() {
        rows.apply(vec![journal::row(layout::HEAD.to_vec(), &Head::empty())]).unwrap();
    }
    let writes_left = Arc::new(AtomicU64::new(writes_left));
    let backend = Failing { rows: Arc::clone(rows), writes_left, fault };
    Workspace::on(Box::new(backend), sizes.clone()).unwrap().unwrap()
}

fn open_on_disk(path: &Path, sizes: &Thresholds) -> Workspace {
    let (workspace, warnings) = Workspace::open_with(path, sizes.clone()).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    workspace
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(300) })]

    /// Whatever is done, every step reads as the model says, in memory.
    #[test]
    fn a_history_in_memory_reads_like_the_model(actions in actions(30), sizes in tiny()) {
        let rows = Arc::new(Memory::default());
        let mut workspace = open(&rows, u64::MAX, Fault::Loud, &sizes);
        let mut model = Model::new();
        for action in &actions {
            workspace = act(workspace, &mut model, action, &mut |old| {
                drop(old);
                open(&rows, u64::MAX, Fault::Loud, &sizes)
            }).unwrap();
            prop_assert_eq!(workspace.take_warnings(), Vec::<String>::new());
        }
        check_all(&workspace, &model).unwrap();
        let mut plain = Workspace::in_memory_with(sizes);
        let mut again = Model::new();
        for action in actions.iter().filter(|action| !matches!(action, Action::Reopen)) {
            plain = act(plain, &mut again, action, &mut |_| unreachable!()).unwrap();
        }
        check_all(&plain, &again).unwrap();
        prop_assert_eq!(plain.digest(), workspace.digest());
    }

    /// Wherever the writes stop, the workspace opens at a committed step with all its history.
    #[test]
    fn a_crash_leaves_a_committed_step(
        actions in actions(30),
        sizes in tiny(),
        writes in 0u64..400,
        silent in any::<bool>(),
    ) {
        let fault = if silent { Fault::Silent } else { Fault::Loud };
        let rows = Arc::new(Memory::default());
        let writes_left = Arc::new(AtomicU64::new(writes));
        open(&rows, 0, Fault::Silent, &sizes);
        let backend =
            Failing { rows: Arc::clone(&rows), writes_left: Arc::clone(&writes_left), fault };
        let mut workspace = Workspace::on(Box::new(backend), sizes.clone()).unwrap().unwrap();
        let (mut before, mut after) = (Model::new(), Model::new());
        for action in &actions {
            if matches!(action, Action::Reopen) {
                continue;
            }
            before = after.clone();
            // What the doomed process believes does not matter, only what it left behind. It may
            // even stumble over rows that it wrote in vain.
            let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
                act(workspace, &mut after, action, &mut |_| unreachable!())
            }));
            match outcome {
                Ok(Ok(next)) if writes_left.load(Ordering::SeqCst) > 0 => workspace = next,
                _ => break,
            }
        }
        let survivor = open(&rows, u64::MAX, Fault::Loud, &sizes);
        // Steps are forgotten behind the commit, in a batch of their own.
        let firsts = [before.first, after.first];
        let first = place(survivor.first());
        prop_assert!(firsts.contains(&first), "{first} of {firsts:?}");
        let mut found = if survivor.last() + 1 == after.steps.len() as u64
            && survivor.head() == after.head as u64
            && survivor.digest() == digest(&after.steps[after.head])
        {
            after
        } else {
            before
        };
        found.first = first;
        check_all(&survivor, &found).unwrap();
        // And it goes on from there.
        let mut model = found;
        let step = Action::Step {
            edits: vec![(Table::Meta, vec![1], Some(vec![9]))],
            keep: true,
            input: 3,
        };
        let survivor = act(survivor, &mut model, &step, &mut |_| unreachable!()).unwrap();
        check_all(&survivor, &model).unwrap();
    }
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::with_cases(12) })]

    /// The same on disk.
    #[test]
    fn a_history_on_disk_reads_like_the_model(actions in actions(20), sizes in tiny()) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world");
        let mut workspace = Workspace::create_with(&path, sizes.clone()).unwrap();
        let mut model = Model::new();
        for action in &actions {
            workspace = act(workspace, &mut model, action, &mut |old| {
                drop(old);
                open_on_disk(&path, &sizes)
            }).unwrap();
        }
        check_all(&workspace, &model).unwrap();
        drop(workspace);
        check_all(&open_on_disk(&path, &sizes), &model).unwrap();
    }
}

/// Commits one record.
fn commit(workspace: &mut Workspace, key: u8, value: &[u8]) -> u64 {
    let mut transaction = workspace.begin().unwrap();
    transaction.put(Table::MvObject, &[key], Bytes::copy_from_slice(value)).unwrap();
    transaction.commit(Commit { label: "a step".into(), ..Commit::default() }).unwrap().step
}

#[test]
fn a_long_history_is_read_through_few_segments() {
    let mut workspace = Workspace::in_memory();
    for step in 1..=1000u64 {
        commit(&mut workspace, (step % 200) as u8, &step.to_be_bytes());
        assert!(workspace.statistics().unwrap().segments <= 24, "step {step}");
    }
    for step in [1, 7, 8, 9, 500, 777, 999] {
        let view = workspace.view(step).unwrap();
        let found = view.get(Table::MvObject, &[(step % 200) as u8]).unwrap().unwrap();
        assert_eq!(*found, step.to_be_bytes());
        assert_eq!(Digest::of(&view).unwrap(), workspace.commits(step, step).unwrap()[0].digest);
    }
}

#[test]
fn a_workspace_can_be_shared_between_threads_that_read() {
    fn is_shared<T: Send + Sync>() {}
    is_shared::<Workspace>();
    is_shared::<crate::View<'_>>();
}

#[test]
fn folders_are_told_apart() {
    let folder = tempfile::tempdir().unwrap();
    let foreign = folder.path().join("foreign");
    std::fs::create_dir(&foreign).unwrap();
    assert!(matches!(Workspace::open(&foreign), Err(StoreError::NotAWorkspace(_))));
    std::fs::File::create(foreign.join("file")).unwrap();
    assert!(matches!(Workspace::create(&foreign), Err(StoreError::NotEmpty(_))));

    let path = folder.path().join("new/world");
    let workspace = Workspace::create(&path).unwrap();
    assert!(matches!(Workspace::create(&path), Err(StoreError::AlreadyThere(_))));
    assert!(matches!(Workspace::open(&path), Err(StoreError::Locked(_))));
    drop(workspace);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        for folder in [path.clone(), path.join("state")] {
            let mode = std::fs::metadata(folder).unwrap().permissions().mode();
            assert_eq!(mode & 0o777, 0o700, "personal data is its owner's only");
        }
    }
    assert_eq!(Workspace::open(&path).unwrap().0.head(), 0);
}

#[test]
fn a_damaged_snapshot_is_set_aside() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("world");
    let mut workspace = Workspace::create(&path).unwrap();
    for step in 0..20 {
        commit(&mut workspace, step, b"value");
    }
    drop(workspace);
    drop(Workspace::open(&path).unwrap());
    let mut damaged = 0;
    for entry in std::fs::read_dir(path.join("state")).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_string_lossy().starts_with("snap.") {
            std::fs::File::create(entry.path()).unwrap();
            damaged += 1;
        }
    }
    assert!(damaged > 0, "there was no snapshot to damage");
    let (workspace, warnings) = Workspace::open(&path).unwrap();
    assert_eq!(warnings.len(), damaged);
    assert_eq!(workspace.head(), 20);
    assert_eq!(Digest::of(workspace.tables()).unwrap(), workspace.digest());
}

#[test]
fn another_format_is_refused() {
    let rows = Arc::new(Memory::default());
    let head = Head { format: 99, ..Head::empty() };
    rows.apply(vec![journal::row(layout::HEAD.to_vec(), &head)]).unwrap();
    let backend = Failing { rows, writes_left: Arc::default(), fault: Fault::Loud };
    assert!(matches!(
        Workspace::on(Box::new(backend), Thresholds::default()),
        Err(StoreError::Format { found: 99, .. })
    ));
}

#[test]
fn a_view_cannot_be_written_to() {
    let mut workspace = Workspace::in_memory();
    commit(&mut workspace, 1, b"one");
    let mut view = workspace.view(1).unwrap();
    assert!(matches!(view.delete(Table::Meta, b"a"), Err(StoreError::ReadOnly)));
    assert!(matches!(workspace.put(Table::Meta, b"a", Bytes::new()), Err(StoreError::ReadOnly)));
    assert!(matches!(workspace.view(2), Err(StoreError::NoSuchStep { asked: 2, last: 1 })));
}

#[test]
fn a_long_input_comes_back() {
    let mut workspace = Workspace::in_memory();
    let input: Vec<u8> = (0..3_000_000u32).map(|n| (n % 251) as u8).collect();
    let summary = vec![3; 100_000];
    let commit = Commit { input: input.clone(), summary: summary.clone(), ..Commit::default() };
    let record = workspace.begin().unwrap().commit(commit).unwrap();
    assert_eq!(record.input_bytes, 3_000_000);
    assert_eq!(workspace.input(1).unwrap(), input);
    assert_eq!(workspace.commits(1, 1).unwrap(), [record]);
    assert!(workspace.input(2).is_err());
}
