//! `cargo xtask crash`: kills the program at random moments during an initial cycle.
//!
//! A killed process must leave a workspace that opens, and finishing the cycle there must give the
//! digest of a run that nobody killed (design, "Trust").

use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::Duration;

use crate::test::{announce, cargo};

/// Users of the generated population; large enough that a cycle lasts a while.
const USERS: &str = "2000";

/// Kills `kills` cycles at moments spread over the length of one; returns whether all healed.
pub(crate) fn run(kills: u64) -> bool {
    announce(&format!("crash test, {kills} kills"));
    if !cargo("the program", &["build", "--quiet", "--package", "dirsim"]) {
        return false;
    }
    let folder = std::env::temp_dir().join(format!("dirsim-crash-{}", std::process::id()));
    let outcome = in_folder(&folder, kills);
    // The folder is only in the way; a run that cannot remove it has still been checked.
    drop(std::fs::remove_dir_all(&folder));
    match outcome {
        Ok(()) => true,
        Err(reason) => {
            println!("{reason}");
            false
        }
    }
}

fn in_folder(folder: &Path, kills: u64) -> Result<(), String> {
    let population = folder.join("population");
    let text = |path: &Path| path.to_string_lossy().into_owned();
    dirsim(&["generate", "--users", USERS, "--groups", "100", "--out", &text(&population)])?;
    let fresh = folder.join("fresh");
    dirsim(&[
        "init",
        &text(&fresh),
        "--ad",
        &text(&population.join("contoso.com.ldif")),
        "--tenant",
        &text(&population.join("tenant")),
    ])?;

    let calm = copy(&fresh, &folder.join("calm"))?;
    let started = std::time::Instant::now();
    finish_cycle(&calm)?;
    let whole = started.elapsed();
    let expected = digest(&calm)?;

    let (mut killed, mut steps) = (0, Vec::new());
    for kill in 0..kills {
        let victim = copy(&fresh, &folder.join(format!("victim-{kill}")))?;
        let mut child = program()
            .args(["cycle", "initial", "-w", &text(&victim)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        // Spread over the whole length, in an order that does not repeat.
        let share = (kill * 37 % kills.max(1)) as f64 / kills.max(1) as f64;
        sleep(Duration::from_secs_f64(whole.as_secs_f64() * share));
        if child.kill().is_ok() && !child.wait().map_err(|error| error.to_string())?.success() {
            killed += 1;
        }
        steps.push(head(&victim)?);
        finish_cycle(&victim)?;
        let healed = digest(&victim)?;
        if healed != expected {
            return Err(format!(
                "kill {kill} of {kills}, {share:.2} into the cycle: digest {healed} instead of {expected}"
            ));
        }
        std::fs::remove_dir_all(&victim).map_err(|error| error.to_string())?;
    }
    steps.sort_unstable();
    steps.dedup();
    println!(
        "{killed} of {kills} were killed in time, after {} different steps; all healed",
        steps.len()
    );
    if killed == 0 {
        Err("no process was killed in time: the test proves nothing".to_owned())
    } else {
        Ok(())
    }
}

/// Finishes the cycle in progress, or does a whole one when none has begun.
fn finish_cycle(workspace: &Path) -> Result<(), String> {
    let text = workspace.to_string_lossy().into_owned();
    let state = dirsim(&["log", "-w", &text, "--format", "json"])?;
    let begun = String::from_utf8_lossy(&state.stdout).contains("start a cycle");
    if begun {
        dirsim(&["cycle", "--resume", "-w", &text]).map(drop)
    } else {
        dirsim(&["cycle", "initial", "-w", &text]).map(drop)
    }
}

fn digest(workspace: &Path) -> Result<String, String> {
    let output = dirsim(&["show", "digest", "-w", &workspace.to_string_lossy()])?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn head(workspace: &Path) -> Result<String, String> {
    let output = dirsim(&["log", "-w", &workspace.to_string_lossy(), "--format", "json"])?;
    Ok(String::from_utf8_lossy(&output.stdout).lines().count().to_string())
}

fn dirsim(arguments: &[&str]) -> Result<Output, String> {
    let output = program().args(arguments).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output);
    }
    let shown = String::from_utf8_lossy(&output.stderr);
    Err(format!("dirsim {}: {}\n{shown}", arguments.join(" "), output.status))
}

fn program() -> Command {
    let target = std::env::var_os("CARGO_TARGET_DIR").unwrap_or_else(|| "target".into());
    let mut command = Command::new(PathBuf::from(target).join("debug/dirsim"));
    command.env("NO_COLOR", "1");
    command
}

fn copy(from: &Path, to: &Path) -> Result<PathBuf, String> {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status();
    match copied {
        Ok(status) if status.success() => Ok(to.to_owned()),
        _ => Err(format!("{} cannot be copied", from.display())),
    }
}
