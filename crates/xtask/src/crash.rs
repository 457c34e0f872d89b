//! `cargo xtask crash`: kills the program at random moments while it writes.
//!
//! Whatever it was doing (an initial cycle, a delta, a load, going back, compacting), the workspace
//! must open, hold nothing but committed steps of the run that nobody killed, and finish with the
//! digest of that run (design, "Trust").

mod jobs;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::test::{announce, cargo};
use jobs::{Job, Landed};

/// Different places that kills must land in, when there are enough kills to ask for it.
const PLACES_MIN: usize = 4;

/// Kills as many jobs, at moments spread over the length of each; returns whether all healed.
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

fn in_folder(folder: &Path, kills: u32) -> Result<(), String> {
    let mut jobs = jobs::prepare(folder)?;
    let mut hits = BTreeMap::<String, u32>::new();
    let (mut early, mut late) = (0, 0);
    let count = u32::try_from(jobs.len()).unwrap_or(1);
    let rounds = kills.div_ceil(count).max(1);
    for kill in 0..kills {
        let Some(job) = jobs.get_mut((kill % count) as usize) else { continue };
        // Spread over the whole length of the job; every other one early, where short steps are.
        let round = kill / count;
        let share = f64::from(round) / f64::from(rounds);
        let share = if round % 2 == 0 { share } else { share / 5.0 };
        let told = |what: String| {
            format!("kill {kill} of {kills}, {share:.2} into the {}: {what}", job.name)
        };
        let victim = copy(&job.start, &folder.join(format!("victim-{kill}")))?;
        let ended = killed(job, &victim, share)?;
        match job.heal(&victim).map_err(told)? {
            Landed::Early if !ended => early += 1,
            Landed::Inside(place) if !ended => {
                *hits.entry(format!("{}: {place}", job.name)).or_default() += 1;
            }
            _ => late += 1,
        }
        if ended {
            // The uninterrupted run was slowed down by something: aim better from now on.
            job.whole = job.whole.mul_f64(share.clamp(0.5, 1.0));
        }
        std::fs::remove_dir_all(&victim).map_err(|error| error.to_string())?;
    }
    println!(
        "{} of {kills} were killed at work, in {} places:",
        hits.values().sum::<u32>(),
        hits.len()
    );
    for (place, times) in &hits {
        println!("  {times:3} × {place}");
    }
    println!("{early} before anything was written, {late} after the last step; all healed");
    if hits.len() < PLACES_MIN && kills >= 50 {
        return Err(format!("fewer than {PLACES_MIN} places were hit: the test proves too little"));
    }
    Ok(())
}

/// Starts a job and kills it when a share of its length has passed; returns whether it had ended.
fn killed(job: &Job, victim: &Path, share: f64) -> Result<bool, String> {
    let mut child = program()?
        .args(job.arguments(victim))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .map_err(|error| error.to_string())?;
    sleep(job.whole.mul_f64(share));
    child.kill().map_err(|error| error.to_string())?;
    Ok(child.wait().map_err(|error| error.to_string())?.success())
}

/// One step of a journal: what was done, and the digest after it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Step {
    what: String,
    digest: String,
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

/// Runs the program and returns how long it took.
fn timed(arguments: &[String]) -> Result<Duration, String> {
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let started = Instant::now();
    dirsim(&arguments)?;
    Ok(started.elapsed())
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
