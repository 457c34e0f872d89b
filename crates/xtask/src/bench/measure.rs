//! One process, measured: wall time, processor time, peak memory.

use std::fmt;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::Instant;

use wait4::Wait4 as _;

/// What a process took.
#[derive(Debug, Clone)]
pub(crate) struct Measured {
    /// Seconds from start to exit.
    pub(crate) wall: f64,
    /// Seconds of processor time, of the program and of the system for it.
    pub(crate) cpu: f64,
    /// Peak memory in bytes.
    pub(crate) memory: u64,
}

impl fmt::Display for Measured {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mib = self.memory / (1 << 20);
        write!(f, "{:9.3} s wall {:9.3} s cpu {mib:6} MiB", self.wall, self.cpu)
    }
}

/// The release program and what was built beside it.
pub(crate) struct Program {
    release: PathBuf,
}

impl Program {
    /// Finds the release folder: this program lies in the debug folder beside it.
    pub(crate) fn find() -> Result<Self, String> {
        let here = std::env::current_exe().map_err(|error| error.to_string())?;
        let target = here.parent().and_then(Path::parent).ok_or("no target folder")?;
        Ok(Self { release: target.join("release") })
    }

    /// Returns a folder for files, on the disk of the build.
    pub(crate) fn folder(&self) -> &Path {
        self.release.parent().unwrap_or(&self.release)
    }

    /// Runs the program and forgets what it says.
    pub(crate) fn run(&self, arguments: &[&str]) -> Result<(), String> {
        self.measure(arguments, None).map(drop)
    }

    /// Runs the program and measures it; its output goes to a file when one is given.
    pub(crate) fn measure(
        &self,
        arguments: &[&str],
        out: Option<&Path>,
    ) -> Result<Measured, String> {
        let mut command = Command::new(self.release.join("dirsim"));
        command.args(arguments).env("NO_COLOR", "1");
        measure(command, out)
    }

    /// Runs an example and returns what it prints.
    pub(crate) fn example(&self, name: &str, arguments: &[&str]) -> Result<String, String> {
        let mut command = Command::new(self.release.join("examples").join(name));
        let output = command.args(arguments).output().map_err(|error| error.to_string())?;
        if !output.status.success() {
            return Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr)));
        }
        Ok(String::from_utf8_lossy(&output.stdout).into_owned())
    }
}

/// Runs a command and measures it. Errors end the benchmark: a job that failed took no time worth
/// knowing.
pub(crate) fn measure(mut command: Command, out: Option<&Path>) -> Result<Measured, String> {
    let told = |error: std::io::Error| error.to_string();
    let errors = std::env::temp_dir().join(format!("dirsim-bench-{}", std::process::id()));
    command.stdin(Stdio::null());
    command.stdout(match out {
        Some(path) => Stdio::from(File::create(path).map_err(told)?),
        None => Stdio::null(),
    });
    command.stderr(Stdio::from(File::create(&errors).map_err(told)?));
    let start = Instant::now();
    let used = command.spawn().and_then(Child::wait4).map_err(told)?;
    let wall = start.elapsed().as_secs_f64();
    let said = std::fs::read_to_string(&errors).unwrap_or_default();
    drop(std::fs::remove_file(&errors));
    // 1 and 2 say that something in the world deserves a look.
    if !matches!(used.status.code(), Some(0..=2)) {
        return Err(format!("{command:?}: {}\n{said}", used.status));
    }
    Ok(Measured {
        wall,
        cpu: used.rusage.utime.as_secs_f64() + used.rusage.stime.as_secs_f64(),
        memory: used.rusage.maxrss,
    })
}

/// Returns the size of a folder with all that lies in it, in bytes.
pub(crate) fn folder_bytes(folder: &Path) -> u64 {
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    entries
        .map(|entry| match entry.metadata() {
            Ok(data) if data.is_dir() => folder_bytes(&entry.path()),
            Ok(data) => data.len(),
            Err(_) => 0,
        })
        .sum()
}
