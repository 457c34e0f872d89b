//! The floor: what it costs at least to keep the final records of a workspace.
//!
//! Reads every record of a workspace and writes it once into an empty database, in pages of the
//! same size, packed the same way; only the writing is timed. `cargo xtask bench` holds the initial
//! cycle against it.
//!
//! `cargo run --release -p dirsim-store --example floor -- WORKSPACE FOLDER`

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "prints what it measures")]

use std::error::Error;
use std::fs::File;
use std::path::Path;
use std::time::{Duration, Instant};

use dirsim_store::{Table, Tables, Thresholds, Workspace};
use zstd::bulk::Compressor;

/// Records that are read from the workspace at a time.
const ROUND: usize = 10_000;

/// Pages on their way into a database.
struct Floor {
    database: sled::Db,
    packer: Compressor<'static>,
    page: Vec<u8>,
    page_records: usize,
    records: u64,
    bytes: u64,
    pages: u64,
    spent: Duration,
}

impl Floor {
    fn push(&mut self, table: Table, key: &[u8], value: &[u8]) -> Result<(), Box<dyn Error>> {
        let sizes = Thresholds::default();
        self.page.push(table as u8);
        for part in [key, value] {
            self.page.extend_from_slice(&u32::try_from(part.len())?.to_le_bytes());
            self.page.extend_from_slice(part);
        }
        self.page_records += 1;
        self.records += 1;
        let full =
            self.page_records >= sizes.page_records && self.page.len() >= sizes.page_bytes_min;
        if full || self.page.len() >= sizes.page_bytes_max { self.write() } else { Ok(()) }
    }

    fn write(&mut self) -> Result<(), Box<dyn Error>> {
        let packed = self.packer.compress(&self.page)?;
        for chunk in packed.chunks(Thresholds::default().chunk_bytes) {
            self.database.insert(self.pages.to_be_bytes(), chunk)?;
            self.pages += 1;
        }
        self.bytes += self.page.len() as u64;
        self.page.clear();
        self.page_records = 0;
        Ok(())
    }
}

/// Writes the records of some tables once; returns what it took.
fn write(from: &Workspace, tables: &[Table], folder: &Path) -> Result<Floor, Box<dyn Error>> {
    let database = sled::Config::new()
        .path(folder)
        .segment_size(4 * 1024 * 1024)
        .cache_capacity(128 * 1024 * 1024)
        .flush_every_ms(None)
        .open()?;
    let packer = Compressor::new(1)?;
    let spent = Duration::ZERO;
    let mut floor = Floor {
        database,
        packer,
        page: Vec::new(),
        page_records: 0,
        records: 0,
        bytes: 0,
        pages: 0,
        spent,
    };
    for table in tables {
        let mut next = Vec::new();
        loop {
            let records = from.scan(*table, &next, None, ROUND)?;
            let Some((last, _)) = records.last() else { break };
            next = [last, &[0][..]].concat();
            let start = Instant::now();
            for (key, value) in &records {
                floor.push(*table, key, value)?;
            }
            floor.spent += start.elapsed();
        }
    }
    let start = Instant::now();
    floor.write()?;
    floor.database.flush()?;
    File::open(folder.join("db"))?.sync_all()?;
    floor.spent += start.elapsed();
    Ok(floor)
}

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args_os().skip(1);
    let (Some(workspace), Some(folder)) = (arguments.next(), arguments.next()) else {
        return Err("usage: floor WORKSPACE FOLDER".into());
    };
    let (workspace, _) = Workspace::open(Path::new(&workspace))?;
    let objects: Vec<Table> =
        Table::ALL.iter().copied().filter(|table| !table.is_derived()).collect();
    for (name, tables) in [("objects", objects.as_slice()), ("everything", Table::ALL)] {
        let floor = write(&workspace, tables, &Path::new(&folder).join(name))?;
        let (records, bytes, spent) = (floor.records, floor.bytes, floor.spent.as_secs_f64());
        println!("{name} records={records} bytes={bytes} seconds={spent:.3}");
    }
    Ok(())
}
