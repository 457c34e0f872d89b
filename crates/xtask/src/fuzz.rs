//! `cargo xtask fuzz`: runs every fuzz target of crates/fuzz for a while.

use std::fs;
use std::process::Command;

use crate::test::{announce, cargo};

/// Where the targets, their seeds and their dictionaries are.
const FOLDER: &str = "crates/fuzz";

/// Runs each target for `seconds`, one after the other; returns whether none found a crash.
///
/// Needs a nightly toolchain and cargo-fuzz (`cargo install cargo-fuzz --locked`). What a target
/// learns is kept in crates/fuzz/corpus and what makes it fail in crates/fuzz/artifacts, both
/// outside version control.
pub(crate) fn run(seconds: u64) -> bool {
    let listed =
        Command::new("cargo").args(["+nightly", "fuzz", "list", "--fuzz-dir", FOLDER]).output();
    let Ok(listed) = listed else {
        println!("cargo does not run");
        return false;
    };
    if !listed.status.success() {
        println!("{}", String::from_utf8_lossy(&listed.stderr));
        println!(
            "install the fuzzer: rustup toolchain install nightly && \
             cargo install cargo-fuzz --locked"
        );
        return false;
    }
    if !cargo("fuzz targets", &["+nightly", "fuzz", "build", "--fuzz-dir", FOLDER]) {
        return false;
    }
    // A failing target does not keep the others from being run.
    let listed = String::from_utf8_lossy(&listed.stdout);
    let failed: Vec<&str> = listed.lines().filter(|target| !holds(target, seconds)).collect();
    if failed.is_empty() {
        println!("\nno target found anything");
    } else {
        println!("\nfailed: {}; the inputs are in {FOLDER}/artifacts", failed.join(", "));
    }
    failed.is_empty()
}

/// Runs one target; returns whether it found nothing.
fn holds(target: &str, seconds: u64) -> bool {
    // What is found is written to the first folder; the seeds stay as they are.
    let (corpus, seeds) = (format!("{FOLDER}/corpus/{target}"), format!("{FOLDER}/seeds/{target}"));
    if let Err(error) = fs::create_dir_all(&corpus) {
        println!("{corpus}: {error}");
        return false;
    }
    let limit = format!("-max_total_time={seconds}");
    let words = format!("-dict={FOLDER}/dictionaries/{target}");
    let inputs = ["+nightly", "fuzz", "run", "--fuzz-dir", FOLDER, target, &corpus, &seeds, "--"];
    let options = [&limit, &words, "-max_len=65536", "-timeout=20", "-rss_limit_mb=2048"];
    announce(&format!("fuzz {target}, {seconds} s"));
    Command::new("cargo").args(inputs).args(options).status().is_ok_and(|status| status.success())
}
