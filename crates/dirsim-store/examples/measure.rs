//! Measures the store: one large step, many small ones, reads, and going back.
//!
//! `cargo run --release -p dirsim-store --example measure -- [RECORDS] [FOLDER] [RECORDS PER PAGE]`

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "prints what it measures")]

use std::error::Error;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::time::Instant;

use bytes::Bytes;
use dirsim_store::index::Index;
use dirsim_store::{Commit, Digest, Table, Tables, Thresholds, Workspace, rows};

/// Changed records of a small step.
const DELTA: u64 = 100;
/// Small steps.
const STEPS: u64 = 100;

/// Makes a record of about 800 bytes that compresses like a user.
fn record(id: u64, version: u64) -> Bytes {
    let mut text = format!("user {id} version {version}: ");
    let mut state = id ^ (version << 40) ^ 0x9E37_79B9_7F4A_7C15;
    while text.len() < 800 {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        let words = ["Oslo", "Bergen", "Engineering", "Sales", "Stavanger", "contoso.com"];
        let word = words.get((state >> 33) as usize % words.len()).copied().unwrap_or_default();
        text.push_str(word);
        let _ = write!(text, "={:03x};", (state >> 40) & 0xFFF);
    }
    text.into()
}

fn put(tables: &mut dyn Tables, id: u64, version: u64) -> Result<(), Box<dyn Error>> {
    tables.put(Table::MvObject, &rows::key(id), record(id, version))?;
    Ok(())
}

fn commit(label: &str) -> Commit {
    Commit { label: label.into(), input: vec![1; 60], summary: vec![2; 300], ..Commit::default() }
}

fn measure(mut workspace: Workspace, records: u64) -> Result<Workspace, Box<dyn Error>> {
    let index = Index::new(Table::MvByKey, 1);
    let start = Instant::now();
    for id in 0..records {
        std::hint::black_box(record(id, 0));
    }
    println!("  making {records} records alone: {:?}", start.elapsed());

    let start = Instant::now();
    let mut transaction = workspace.begin()?;
    for id in 1..=records {
        put(&mut transaction, id, 0)?;
        index.add(&mut transaction, format!("user{id}@contoso.com").as_bytes(), id)?;
    }
    println!("  {records} records and index rows put: {:?}", start.elapsed());
    transaction.commit(commit("load"))?;
    println!("  one step of them, with making and commit: {:?}", start.elapsed());

    let mut times = Vec::new();
    for step in 1..=STEPS {
        let start = Instant::now();
        let mut transaction = workspace.begin()?;
        for n in 0..DELTA {
            put(&mut transaction, (step * 7919 + n * 104_729) % records + 1, step)?;
        }
        transaction.commit(commit("delta"))?;
        times.push(start.elapsed());
    }
    times.sort();
    let middle = times.get(times.len() / 2).copied().unwrap_or_default();
    println!(
        "  steps of {DELTA} changed records: median {middle:?}, highest {:?}, sum {:?}",
        times.last().copied().unwrap_or_default(),
        times.iter().sum::<std::time::Duration>()
    );
    let mut times = Vec::new();
    for step in 0..STEPS {
        let start = Instant::now();
        let mut transaction = workspace.begin()?;
        put(&mut transaction, step + 1, 1000 + step)?;
        transaction.commit(commit("one"))?;
        times.push(start.elapsed());
    }
    times.sort();
    println!(
        "  steps of 1 record: median {:?}, highest {:?}",
        times.get(times.len() / 2).copied().unwrap_or_default(),
        times.last().copied().unwrap_or_default()
    );
    read(&workspace, records)?;
    let start = Instant::now();
    for _ in 0..50 {
        workspace.back()?;
    }
    println!("  back: {:?} each", start.elapsed() / 50);
    workspace.goto(workspace.last())?;
    Ok(workspace)
}

fn read(workspace: &Workspace, records: u64) -> Result<(), Box<dyn Error>> {
    let tables = workspace.tables();
    let reads: u32 = 100_000;
    for round in ["first", "again"] {
        let start = Instant::now();
        for n in 0..reads {
            let id = u64::from(n) * 104_729 % records + 1;
            tables.get(Table::MvObject, &rows::key(id))?.ok_or("a record is missing")?;
        }
        println!("  random point reads, {round}: {:?} each", start.elapsed() / reads);
    }
    let index = Index::new(Table::MvByKey, 1);
    let start = Instant::now();
    for n in 0..reads {
        let id = u64::from(n) * 104_729 % records + 1;
        let found = index.candidates(tables, format!("user{id}@contoso.com").as_bytes())?;
        if !found.contains(&id) {
            return Err("an index row is missing".into());
        }
    }
    println!("  index lookups: {:?} each", start.elapsed() / reads);
    let start = Instant::now();
    let digest = Digest::of(tables)?;
    println!("  reading everything for the digest: {:?}", start.elapsed());
    if digest != workspace.digest() {
        return Err("the digest is wrong".into());
    }
    println!("  {:?}", workspace.statistics()?);
    Ok(())
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let records = arguments.next().map_or(Ok(100_000), |text| text.parse())?;
    let folder = arguments.next().map_or_else(std::env::temp_dir, PathBuf::from);

    let page_records = arguments.next().map_or(Ok(24), |text| text.parse())?;
    let sizes = Thresholds { page_records, ..Thresholds::default() };

    println!("in memory:");
    let start = Instant::now();
    for _ in 0..1000 {
        std::hint::black_box(Workspace::in_memory());
    }
    println!("  making a workspace: {:?}", start.elapsed() / 1000);
    drop(measure(Workspace::in_memory_with(sizes.clone()), records)?);

    println!("on disk:");
    let path = folder.join(format!("dirsim-measure-{}", std::process::id()));
    drop(measure(Workspace::create_with(&path, sizes.clone())?, records)?);
    // sled lets go of its file a little later.
    std::thread::sleep(std::time::Duration::from_millis(200));
    let start = Instant::now();
    let (mut workspace, _) = Workspace::open_with(&path, sizes)?;
    println!("  opening: {:?}", start.elapsed());
    let start = Instant::now();
    let mut transaction = workspace.begin()?;
    for n in 0..DELTA {
        put(&mut transaction, n * 104_729 % records + 1, 5000)?;
    }
    transaction.commit(commit("cold"))?;
    println!("  first step of {DELTA} records after it: {:?}", start.elapsed());
    drop(workspace);
    std::fs::remove_dir_all(path)?;
    Ok(())
}
