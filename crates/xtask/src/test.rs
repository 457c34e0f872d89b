//! `cargo xtask test`: every check, in the order in which failures are cheapest to find.

use std::process::Command;

use crate::{crash, soak, tidy};

/// The version of cargo-deny that the boundaries are checked with.
const DENY_VERSION: &str = "0.20.2";

/// Runs every check; stops at the first that fails.
pub(crate) fn run() -> bool {
    let scenarios = ["run", "--quiet", "--package", "dirsim", "--", "run", "scenarios"];
    tidy::run()
        && cargo("formatting", &["fmt", "--all", "--check"])
        && cargo(
            "lints",
            &["clippy", "--workspace", "--all-targets", "--quiet", "--", "-D", "warnings"],
        )
        && cargo("unit, property and whole-binary tests", &["test", "--workspace", "--quiet"])
        && cargo("scenarios", &scenarios)
        && soak::briefly()
        && crash::run(50)
        && documentation()
        && boundaries()
        && {
            println!("\nall checks passed");
            true
        }
}

/// Builds the documentation with warnings as errors; private items are part of it, so links to them
/// are fine.
fn documentation() -> bool {
    announce("documentation");
    let mut command = Command::new("cargo");
    command
        .args(["doc", "--workspace", "--no-deps", "--quiet", "--document-private-items"])
        .env("RUSTDOCFLAGS", "-D warnings -A rustdoc::private_intra_doc_links");
    succeeds(command)
}

/// Checks the boundaries of deny.toml, installing cargo-deny when it is missing.
fn boundaries() -> bool {
    let installed = Command::new("cargo")
        .args(["deny", "--version"])
        .output()
        .is_ok_and(|output| output.status.success());
    if !installed
        && !cargo(
            "cargo-deny (once per machine, about two minutes)",
            &["install", "--quiet", "--locked", "cargo-deny", "--version", DENY_VERSION],
        )
    {
        return false;
    }
    cargo(
        "boundaries, licences, sources",
        &["deny", "--log-level", "error", "check", "bans", "licenses", "sources"],
    )
}

/// Runs cargo and says what for.
pub(crate) fn cargo(what: &str, arguments: &[&str]) -> bool {
    announce(what);
    let mut command = Command::new("cargo");
    command.args(arguments);
    succeeds(command)
}

/// Prints the heading of a check.
pub(crate) fn announce(what: &str) {
    println!("\n==> {what}");
}

fn succeeds(mut command: Command) -> bool {
    match command.status() {
        Ok(status) => status.success(),
        Err(error) => {
            println!("{command:?}: {error}");
            false
        }
    }
}
