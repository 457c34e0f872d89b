//! `cargo xtask fuzz`: runs every fuzz target of crates/fuzz for a while.

use std::process::Command;

use crate::test::announce;

/// Runs each target for `seconds`; returns whether none found a crash.
///
/// Needs a nightly toolchain and cargo-fuzz (`cargo install cargo-fuzz`).
pub(crate) fn run(seconds: u64) -> bool {
    let folder = "crates/fuzz";
    let listed =
        Command::new("cargo").args(["+nightly", "fuzz", "list", "--fuzz-dir", folder]).output();
    let Ok(listed) = listed else {
        println!("cargo does not run");
        return false;
    };
    if !listed.status.success() {
        println!("{}", String::from_utf8_lossy(&listed.stderr));
        println!(
            "install the fuzzer: rustup toolchain install nightly && cargo install cargo-fuzz"
        );
        return false;
    }
    let limit = format!("-max_total_time={seconds}");
    String::from_utf8_lossy(&listed.stdout).lines().all(|target| {
        announce(&format!("fuzz {target}, {seconds} s"));
        Command::new("cargo")
            .args(["+nightly", "fuzz", "run", "--fuzz-dir", folder, target, "--", &limit])
            .args(["-max_len=65536", "-timeout=20", "-rss_limit_mb=2048"])
            .status()
            .is_ok_and(|status| status.success())
    })
}
