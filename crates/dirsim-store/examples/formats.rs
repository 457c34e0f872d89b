//! What sizes of pages cost: room, time to write, time to read one record.
//!
//! Takes the records of a workspace in memory, packs them in pages of several sizes, and reads
//! records in no order. docs/decisions/0003 tells what follows.
//!
//! `cargo run --release -p dirsim-store --example formats -- WORKSPACE`

#![expect(clippy::print_stdout, clippy::disallowed_methods, reason = "prints what it measures")]

use std::error::Error;
use std::hint::black_box;
use std::path::Path;
use std::time::Instant;

use dirsim_store::{Table, Tables, Workspace};
use zstd::bulk::{Compressor, Decompressor};

/// Most records that are taken.
const RECORDS_MAX: usize = 400_000;
/// Records that are read one by one.
const READS: usize = 20_000;

fn main() -> Result<(), Box<dyn Error>> {
    let workspace = std::env::args_os().nth(1).ok_or("usage: formats WORKSPACE")?;
    let (workspace, _) = Workspace::open(Path::new(&workspace))?;
    let mut records: Vec<Vec<u8>> = Vec::new();
    let mut bytes = 0;
    for table in Table::ALL {
        for (key, value) in workspace.scan(*table, &[], None, RECORDS_MAX)? {
            bytes += key.len() + value.len();
            if !table.is_derived() {
                records.push([&*key, &*value].concat());
            }
        }
    }
    let written = workspace.statistics()?.segment_bytes;
    println!("{bytes} bytes of records, in segments of {written} bytes");
    records.truncate(RECORDS_MAX);
    let raw: usize = records.iter().map(Vec::len).sum();
    println!("{} records of {} bytes", records.len(), raw / records.len().max(1));
    println!("| Records | Level | Bytes | Write, ns | Read, ns |");
    println!("|---:|---:|---:|---:|---:|");
    for size in [1, 6, 12, 24, 48, 96, 256] {
        for level in [1, 3] {
            measure(&records, size, level)?;
        }
    }
    Ok(())
}

/// Packs the records in pages of one size and prints what that takes for each.
fn measure(records: &[Vec<u8>], size: usize, level: i32) -> Result<(), Box<dyn Error>> {
    let mut packer = Compressor::new(level)?;
    let start = Instant::now();
    let mut pages = Vec::new();
    for records in records.chunks(size) {
        let page = records.concat();
        pages.push((packer.compress(&page)?, page.len()));
    }
    let write = start.elapsed();
    let packed: usize = pages.iter().map(|(page, _)| page.len()).sum();
    let mut unpacker = Decompressor::new()?;
    let start = Instant::now();
    let mut at = 0;
    for _ in 0..READS {
        // Steps by a large prime: no two reads are neighbors.
        at = (at + 7_919_003) % pages.len();
        if let Some((page, length)) = pages.get(at) {
            black_box(unpacker.decompress(page, *length)?);
        }
    }
    let read = start.elapsed();
    let each = |nanoseconds: u128, count: usize| nanoseconds / count.max(1) as u128;
    println!(
        "| {size} | {level} | {} | {} | {} |",
        packed / records.len().max(1),
        each(write.as_nanos(), records.len()),
        each(read.as_nanos(), READS),
    );
    Ok(())
}
