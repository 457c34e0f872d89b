//! `cargo xtask crash`: kills the program at random moments during an initial cycle.
//!
//! A killed process must leave a workspace that opens and holds nothing but the committed steps of
//! the run that nobody killed; finishing the cycle there must give the same steps to the end, and
//! the same digest (design, "Trust").

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::test::{announce, cargo};

/// Users of the generated population; large enough that every run of a cycle lasts a while.
const USERS: &str = "500";
/// Groups of the generated population.
const GROUPS: &str = "25";
/// Different steps that kills must land in, when there are enough kills to ask for it.
const STEPS_MIN: usize = 2;

/// Kills `kills` cycles at moments spread over the length of one; returns whether all healed.
pub(crate) fn run(kills: u64) -> bool {
    announce(&format!("crash test, {kills} kills"));
    if !cargo("the program", &["build", "--quiet", "--package", "dirsim"]) {
        return false;
    }
    let kills = u32::try_from(kills).unwrap_or(u32::MAX);
    let folder = std::env::temp_dir().join(format!("dirsim-crash-{}", std::process::id()));
    match in_folder(&folder, kills) {
        Ok(()) => {
            // The folder is only in the way; a run that cannot remove it has still been checked.
            drop(std::fs::remove_dir_all(&folder));
            true
        }
        Err(reason) => {
            println!("{reason}\nwhat is left: {}", folder.display());
            false
        }
    }
}

/// One step of a journal: what was done, and the digest after it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    what: String,
    digest: String,
}

fn in_folder(folder: &Path, kills: u32) -> Result<(), String> {
    let population = folder.join("population");
    dirsim(&["generate", "--users", USERS, "--groups", GROUPS, "--out", &text(&population)])?;
    let fresh = folder.join("fresh");
    dirsim(&[
        "init",
        &text(&fresh),
        "--ad",
        &text(&population.join("contoso.com.ldif")),
        "--tenant",
        &text(&population.join("tenant")),
    ])?;
    let loaded = journal(&fresh)?.len();

    let calm = copy(&fresh, &folder.join("calm"))?;
    let started = Instant::now();
    dirsim(&["cycle", "initial", "-w", &text(&calm)])?;
    let mut whole = started.elapsed();
    let expected = journal(&calm)?;

    let (mut idle, mut late, mut inside) = (0, 0, BTreeMap::<String, u32>::new());
    for kill in 0..kills {
        let victim = copy(&fresh, &folder.join(format!("victim-{kill}")))?;
        let mut child = program()?
            .args(["cycle", "initial", "-w", &text(&victim)])
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .map_err(|error| error.to_string())?;
        // Spread over the whole length; every other one early, where the short imports are.
        let share = f64::from(kill) / f64::from(kills.max(1));
        let share = if kill % 2 == 0 { share } else { share / 5.0 };
        sleep(Duration::from_secs_f64(whole.as_secs_f64() * share));
        child.kill().map_err(|error| error.to_string())?;
        let ended = child.wait().map_err(|error| error.to_string())?.success();
        if ended {
            // The first cycle was slowed down by something: aim better from now on.
            whole = whole.mul_f64(share.clamp(0.5, 1.0));
        }
        let told =
            |what: String| format!("kill {kill} of {kills}, {share:.2} into the cycle: {what}");

        let left = journal(&victim).map_err(told)?;
        if !expected.starts_with(&left) {
            return Err(told(format!("the journal holds {left:?}, which nobody committed")));
        }
        match expected.get(left.len()) {
            _ if ended => late += 1,
            // The first step only says that a cycle begins: nothing to be killed in.
            _ if left.len() <= loaded => idle += 1,
            Some(step) => *inside.entry(step.what.clone()).or_default() += 1,
            None => late += 1,
        }
        finish(&victim, left.len(), loaded, expected.len()).map_err(told)?;
        let healed = journal(&victim).map_err(told)?;
        if healed != expected {
            return Err(told(format!("the finished cycle is {healed:?} instead of {expected:?}")));
        }
        if digest(&victim)? != digest(&calm)? {
            return Err(told("the finished cycle has another digest".to_owned()));
        }
        std::fs::remove_dir_all(&victim).map_err(|error| error.to_string())?;
    }
    let hits: u32 = inside.values().sum();
    println!("{hits} of {kills} were killed inside a step, in {} different ones:", inside.len());
    for (what, times) in &inside {
        println!("  {times:3} × {what}");
    }
    println!("{idle} before the first step, {late} after the last; all healed");
    if inside.len() < STEPS_MIN && kills >= 10 {
        return Err(format!("fewer than {STEPS_MIN} steps were hit: the test proves too little"));
    }
    Ok(())
}

/// Finishes the cycle that was killed after `done` steps, or does a whole one when none had begun.
fn finish(workspace: &Path, done: usize, loaded: usize, all: usize) -> Result<(), String> {
    let text = text(workspace);
    if done >= all {
        return Ok(());
    }
    let how = if done > loaded { "--resume" } else { "initial" };
    dirsim(&["cycle", how, "-w", &text]).map(drop)
}

fn digest(workspace: &Path) -> Result<String, String> {
    let output = dirsim(&["show", "digest", "-w", &text(workspace)])?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

/// Reads the steps of a workspace.
fn journal(workspace: &Path) -> Result<Vec<Step>, String> {
    let output = dirsim(&["log", "-w", &text(workspace), "--format", "json"])?;
    let lines = String::from_utf8_lossy(&output.stdout).into_owned();
    lines
        .lines()
        .map(|line| {
            let value = |name: &str| {
                let (_, rest) = line.split_once(&format!("\"{name}\":\""))?;
                Some(rest.split_once('"')?.0.to_owned())
            };
            value("what")
                .zip(value("digest"))
                .map(|(what, digest)| Step { what, digest })
                .ok_or_else(|| format!("`dirsim log` prints something else: {line}"))
        })
        .collect()
}

fn dirsim(arguments: &[&str]) -> Result<Output, String> {
    let output = program()?.args(arguments).output().map_err(|error| error.to_string())?;
    if output.status.success() {
        return Ok(output);
    }
    let shown = String::from_utf8_lossy(&output.stderr);
    Err(format!("dirsim {}: {}\n{shown}", arguments.join(" "), output.status))
}

/// Returns the program, which cargo puts beside this one wherever its target folder is.
fn program() -> Result<Command, String> {
    let here = std::env::current_exe().map_err(|error| error.to_string())?;
    let name = format!("dirsim{}", std::env::consts::EXE_SUFFIX);
    let mut command = Command::new(here.with_file_name(name));
    command.env("NO_COLOR", "1");
    Ok(command)
}

fn text(path: &Path) -> String {
    path.to_string_lossy().into_owned()
}

fn copy(from: &Path, to: &Path) -> Result<PathBuf, String> {
    let copied = Command::new("cp").arg("-r").arg(from).arg(to).status();
    match copied {
        Ok(status) if status.success() => Ok(to.to_owned()),
        _ => Err(format!("{} cannot be copied", from.display())),
    }
}
