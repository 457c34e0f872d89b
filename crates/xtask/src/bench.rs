//! `cargo xtask bench`: how long the main jobs take at several sizes, and beside what.
//!
//! Each size gets a population of its own. Everything is run as a user runs it, as a process of the
//! release program, and its wall time, processor time and peak memory are those of that process.
//! Beside the cycles stands the floor (the same final records written once), beside `dirsim match`
//! the scripts that one would write instead. Ratios come from one run.

mod baselines;
mod measure;
mod table;

use std::path::{Path, PathBuf};

use crate::test::{announce, cargo};
use measure::{Measured, Program, folder_bytes};
use table::{Cell, Table};

/// The sizes without arguments.
const SIZES: [u64; 2] = [10_000, 100_000];
/// Users for each group.
const USERS_PER_GROUP: u64 = 50;
/// Users for each contact.
const USERS_PER_CONTACT: u64 = 100;
/// Members of the largest group, when there are so many users.
const LARGEST_GROUP: u64 = 250_000;
/// Kinds of defects among which a tenth of the users is divided.
const DEFECT_KINDS: u64 = 18;
/// Changed users of the deltas.
const DELTAS: [u64; 3] = [1, 100, 10_000];

/// Measures every size and writes docs/performance.md; returns whether all of it ran.
pub(crate) fn run(sizes: &[u64]) -> bool {
    let sizes = if sizes.is_empty() { &SIZES } else { sizes };
    let built =
        cargo("the release program", &["build", "--release", "--quiet", "--package", "dirsim"])
            && cargo(
                "the floor",
                &[
                    "build",
                    "--release",
                    "--quiet",
                    "--package",
                    "dirsim-store",
                    "--example",
                    "floor",
                ],
            );
    if !built {
        return false;
    }
    match measure_all(sizes) {
        Ok(()) => true,
        Err(reason) => {
            println!("{reason}");
            false
        }
    }
}

/// Measures the rules alone, see docs/performance.md; returns whether it ran.
pub(crate) fn rules() -> bool {
    let example = ["--package", "dirsim-sync", "--example", "rules"];
    cargo("rules", &[&["run", "--release", "--quiet"][..], &example].concat())
}

fn measure_all(sizes: &[u64]) -> Result<(), String> {
    let program = Program::find()?;
    let root = program.folder().join("bench");
    let baselines = baselines::install(&root)?;
    let mut table = Table::new(sizes);
    for users in sizes {
        announce(&format!("{users} users"));
        let folder = root.join(users.to_string());
        drop(std::fs::remove_dir_all(&folder));
        std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
        let size = Size { program: &program, users: *users, folder };
        size.cycles(&mut table)?;
        size.matches(&baselines, &mut table)?;
        std::fs::remove_dir_all(&size.folder).map_err(|error| error.to_string())?;
    }
    table.write(&root)
}

/// One size, and where its files lie.
struct Size<'p> {
    program: &'p Program,
    users: u64,
    folder: PathBuf,
}

impl Size<'_> {
    /// Measures load, cycles, travel and plan in one workspace.
    fn cycles(&self, table: &mut Table) -> Result<(), String> {
        let number = |count: u64| count.max(1).to_string();
        let population = self.path("population");
        self.job(
            table,
            "generate",
            &[
                "generate",
                "--users",
                &number(self.users),
                "--groups",
                &number(self.users / USERS_PER_GROUP),
                "--contacts",
                &number(self.users / USERS_PER_CONTACT),
                "--largest-group",
                &number(LARGEST_GROUP.min(self.users / 4)),
                "--stamped-share",
                "20",
                "--defects",
                &number(self.users / 10 / DEFECT_KINDS),
                "--csv",
                "--out",
                &population,
            ],
        )?;
        let (ad, tenant) =
            (format!("{population}/contoso.com.ldif"), format!("{population}/tenant"));
        let ws = self.path("ws");
        self.job(table, "load", &["init", &ws, "--ad", &ad, "--tenant", &tenant])?;
        self.job(table, "plan", &["plan", "-w", &ws])?;
        let initial = self.job(table, "initial cycle", &["cycle", "initial", "-w", &ws])?;
        self.floor(table, &ws, &initial)?;
        table.add("disk after it", self.users, Cell::Bytes(folder_bytes(Path::new(&ws))));

        self.job(table, "delta cycle, nothing changed", &["cycle", "delta", "-w", &ws])?;
        for changed in DELTAS.into_iter().filter(|changed| *changed <= self.users / 10) {
            let script = format!(
                "Get-ADUser -Filter * -ResultSetSize {changed} | Set-ADUser -Office 'Floor {changed}'"
            );
            self.program.run(&["runbook", "-c", &script, "-w", &ws])?;
            let name = format!("delta cycle, {changed} changed");
            self.job(table, &name, &["cycle", "delta", "-w", &ws])?;
        }
        for (name, filter) in
            [("small", "member -like '*' -and name -like '* 7'"), ("largest", "name -like '* 0'")]
        {
            let script = format!(
                "$g = Get-ADGroup -Filter \"{filter}\" | Select-Object -First 1; New-ADUser -Name 'New {name}' -SamAccountName new-{name}; Add-ADGroupMember $g -Members new-{name}"
            );
            self.program.run(&["runbook", "-c", &script, "-w", &ws])?;
            let name = format!("delta cycle, a member for the {name} group");
            self.job(table, &name, &["cycle", "delta", "-w", &ws])?;
        }
        self.job(table, "back over the last delta", &["back", "7", "-w", &ws])?;
        self.job(table, "forward", &["forward", "7", "-w", &ws])?;
        let changed = "Get-ADSyncRule | Where-Object { $_.Name -eq 'In from AD - User Common' } | ForEach-Object { $_.Description = 'changed'; Add-ADSyncRule $_ } | Out-Null";
        self.program.run(&["runbook", "-c", changed, "-w", &ws])?;
        self.job(table, "full cycle after a rule changed", &["cycle", "initial", "-w", &ws])?;
        self.job(table, "show one object", &["show", "metaverse", "--limit", "1", "-w", &ws])?;
        self.job(table, "explain one object", &["explain", &self.somebody()?, "-w", &ws])?;
        self.job(table, "log", &["log", "-w", &ws])?;
        self.job(table, "replay everything", &["replay", "-w", &ws])?;
        Ok(())
    }

    /// Writes the final records once, and holds the cycle against it.
    fn floor(&self, table: &mut Table, ws: &str, cycle: &Measured) -> Result<(), String> {
        let output = self.program.example("floor", &[ws, &self.path("floor")])?;
        for line in output.lines() {
            let value = |name: &str| -> Option<f64> {
                line.split(' ').find_map(|word| word.strip_prefix(name))?.parse().ok()
            };
            let (Some(seconds), Some(what)) = (value("seconds="), line.split(' ').next()) else {
                return Err(format!("the floor prints something else: {line}"));
            };
            table.add(&format!("floor: {what} written once"), self.users, Cell::Seconds(seconds));
            let ratio = Cell::Ratio(cycle.wall / seconds);
            table.add(&format!("initial cycle ÷ floor ({what})"), self.users, ratio);
        }
        Ok(())
    }

    /// Matches the two CSV exports with dirsim and with each script.
    fn matches(&self, baselines: &baselines::Baselines, table: &mut Table) -> Result<(), String> {
        let population = self.path("population");
        let (ad, tenant) = (format!("{population}/ad.csv"), format!("{population}/tenant.csv"));
        let out = self.path("verdicts.csv");
        let arguments = [
            "match",
            &ad,
            &tenant,
            "--initial-domain",
            "contoso.onmicrosoft.com",
            "--verified-domain",
            "contoso.com",
            "--format",
            "csv",
        ];
        let ours = self.program.measure(&arguments, Some(Path::new(&out)))?;
        table.add("match, CSV in and out", self.users, Cell::Job(ours.clone()));
        for (name, measured) in baselines.measure(&ad, &tenant, &self.folder)? {
            let ratio = Cell::Ratio(measured.wall / ours.wall);
            table.add(&format!("the same with {name}"), self.users, Cell::Job(measured));
            table.add(&format!("{name} ÷ dirsim match"), self.users, ratio);
        }
        Ok(())
    }

    /// Measures one command.
    fn job(&self, table: &mut Table, name: &str, arguments: &[&str]) -> Result<Measured, String> {
        let measured = self.program.measure(arguments, None)?;
        println!("{name:45} {measured}");
        table.add(name, self.users, Cell::Job(measured.clone()));
        Ok(measured)
    }

    /// Returns the UPN of a user in the middle of the population.
    fn somebody(&self) -> Result<String, String> {
        let file = std::fs::read_to_string(self.folder.join("population/ad.csv"))
            .map_err(|error| error.to_string())?;
        let line = usize::try_from(self.users / 2).unwrap_or_default();
        let upn = file.lines().nth(line).and_then(|line| line.split(',').find(|f| f.contains('@')));
        upn.map(str::to_owned).ok_or_else(|| "the population has no UPN".to_owned())
    }

    fn path(&self, name: &str) -> String {
        self.folder.join(name).to_string_lossy().into_owned()
    }
}
