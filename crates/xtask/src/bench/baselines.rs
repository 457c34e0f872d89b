//! The scripts that one would write instead of `dirsim match`, in a Python environment of their own.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::measure::{Measured, measure};

/// What the scripts need.
const REQUIREMENTS: &str = include_str!("../../baselines/requirements.txt");
/// The scripts by name.
const SCRIPTS: [(&str, &str); 4] = [
    ("polars", include_str!("../../baselines/match_polars.py")),
    ("DuckDB", include_str!("../../baselines/match_duckdb.py")),
    ("pandas", include_str!("../../baselines/match_pandas.py")),
    ("SQLite", include_str!("../../baselines/match_sqlite.py")),
];

/// An environment in which the scripts run.
pub(crate) struct Baselines {
    folder: PathBuf,
}

/// Makes the environment once per target folder; it takes a minute.
pub(crate) fn install(root: &Path) -> Result<Baselines, String> {
    let folder = root.join("baselines");
    std::fs::create_dir_all(&folder).map_err(|error| error.to_string())?;
    for (name, script) in SCRIPTS {
        std::fs::write(folder.join(name), script).map_err(|error| error.to_string())?;
    }
    let (wanted, done) = (folder.join("requirements.txt"), folder.join("installed.txt"));
    if std::fs::read_to_string(&done).is_ok_and(|text| text == REQUIREMENTS) {
        return Ok(Baselines { folder });
    }
    std::fs::write(&wanted, REQUIREMENTS).map_err(|error| error.to_string())?;
    succeed(Command::new("python3").args(["-m", "venv", "venv"]).current_dir(&folder))?;
    let install = ["-m", "pip", "install", "--quiet", "--requirement", "requirements.txt"];
    succeed(Command::new("venv/bin/python").args(install).current_dir(&folder))?;
    std::fs::rename(&wanted, &done).map_err(|error| error.to_string())?;
    Ok(Baselines { folder })
}

impl Baselines {
    /// Runs every script; each writes its verdicts beside the exports.
    pub(crate) fn measure(
        &self,
        ad: &str,
        tenant: &str,
        out: &Path,
    ) -> Result<Vec<(&'static str, Measured)>, String> {
        SCRIPTS
            .iter()
            .map(|(name, _)| {
                let mut command = Command::new(self.folder.join("venv/bin/python"));
                let verdicts = out.join(format!("verdicts-{name}.csv"));
                command.arg(self.folder.join(name)).args([ad, tenant]).arg(verdicts);
                let measured = measure(command, None)?;
                println!("{:45} {measured}", format!("the same with {name}"));
                Ok((*name, measured))
            })
            .collect()
    }
}

fn succeed(command: &mut Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("{command:?}: {error}")),
    }
}
