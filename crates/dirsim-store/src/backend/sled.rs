//! Rows in sled 0.34.7, with what it needs to be trusted.
//!
//! Values stay at or below 32 KiB, a 128th of a segment of the log: larger ones become files of
//! their own, which sled leaks. Flushing does not reach the disk, so the file is synchronized
//! here. A damaged snapshot, which makes sled refuse to open, is not needed and set aside.

use std::fs::{self, DirBuilder, File};
use std::io;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use bytes::Bytes;

use super::{Backend, RowChange};
use crate::{StoreError, StoreResult};

/// Size of a segment of sled's log, in bytes. It must never change for an existing database.
const SEGMENT_BYTES: usize = 4 * 1024 * 1024;

/// What sled may keep in memory, in bytes.
const CACHE_BYTES: u64 = 128 * 1024 * 1024;

/// How long to wait for the lock of a database before asking again, and how often.
const LOCK_WAIT: Duration = Duration::from_millis(10);
const LOCK_WAITS: u32 = 100;

/// Rows in one sled tree.
pub(crate) struct Sled {
    database: sled::Db,
    rows: sled::Tree,
    /// The log itself, to synchronize it.
    log: File,
}

impl Sled {
    /// Opens the database of a folder, making it when there is none. `workspace` is the path for
    /// messages; damaged snapshots are set aside there. Returns what the user should know.
    pub(crate) fn open(folder: &Path, workspace: &Path) -> StoreResult<(Self, Vec<String>)> {
        let mut warnings = Vec::new();
        let database = match open_unlocked(folder) {
            Err(sled::Error::Corruption { .. }) => {
                for name in set_snapshots_aside(folder, workspace)
                    .map_err(|e| StoreError::of_io_in(workspace, &e))?
                {
                    warnings.push(format!(
                        "the snapshot of the database was damaged and set aside as {}; the \
                         database was rebuilt from its log, nothing is lost",
                        name.display()
                    ));
                }
                open_unlocked(folder)
            }
            other => other,
        }
        .map_err(|error| refused(&error, workspace))?;
        let rows = database.open_tree("rows").map_err(|error| failed(&error))?;
        let log = File::open(folder.join("db")).map_err(|e| StoreError::of_io_in(workspace, &e))?;
        Ok((Self { database, rows, log }, warnings))
    }
}

/// Makes a folder that only its owner can read: workspaces hold personal data.
pub(crate) fn lock_down(folder: &Path) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt as _;
        builder.mode(0o700);
    }
    builder.create(folder)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

fn configuration(folder: &Path) -> sled::Config {
    sled::Config::new()
        .path(folder)
        .segment_size(SEGMENT_BYTES)
        .cache_capacity(CACHE_BYTES)
        .flush_every_ms(None)
        .use_compression(false)
}

/// Opens the database; waits a moment for one who is just closing it.
fn open_unlocked(folder: &Path) -> sled::Result<sled::Db> {
    let mut waits = LOCK_WAITS;
    loop {
        match configuration(folder).open() {
            Err(error) if is_locked(&error) && waits > 0 => {
                // sled's own threads hold the file a little longer than the database is open, so
                // that even the same process may come too early.
                waits -= 1;
                thread::sleep(LOCK_WAIT);
            }
            other => return other,
        }
    }
}

fn is_locked(error: &sled::Error) -> bool {
    matches!(error, sled::Error::Io(error) if error.to_string().contains("could not acquire lock"))
}

/// Moves sled's snapshots out of its folder and returns their new paths.
fn set_snapshots_aside(folder: &Path, workspace: &Path) -> io::Result<Vec<PathBuf>> {
    let mut moved = Vec::new();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        if name.to_string_lossy().starts_with("snap.") {
            let target = workspace.join(format!("damaged-{}", name.to_string_lossy()));
            fs::rename(entry.path(), &target)?;
            moved.push(target);
        }
    }
    Ok(moved)
}

fn refused(error: &sled::Error, workspace: &Path) -> StoreError {
    match error {
        _ if is_locked(error) => StoreError::Locked(workspace.to_owned()),
        sled::Error::Io(error) => StoreError::of_io_in(workspace, error),
        other => failed(other),
    }
}

fn failed(error: &sled::Error) -> StoreError {
    match error {
        sled::Error::Io(error) => StoreError::of_io(error),
        other => StoreError::Database(other.to_string()),
    }
}

impl Backend for Sled {
    fn get(&self, key: &[u8]) -> StoreResult<Option<Bytes>> {
        let found = self.rows.get(key).map_err(|error| failed(&error))?;
        Ok(found.map(Bytes::from_owner))
    }

    fn keys(&self, prefix: &[u8], from: &[u8]) -> StoreResult<Vec<Vec<u8>>> {
        let mut keys = Vec::new();
        for key in self.rows.range(from.max(prefix)..).keys() {
            let key = key.map_err(|error| failed(&error))?;
            if !key.starts_with(prefix) {
                break;
            }
            keys.push(key.to_vec());
        }
        Ok(keys)
    }

    fn last(&self, from: &[u8], to: &[u8]) -> StoreResult<Option<(Vec<u8>, Bytes)>> {
        let last = self.rows.range(from..=to).next_back().transpose();
        let last = last.map_err(|error| failed(&error))?;
        Ok(last.map(|(key, value)| (key.to_vec(), Bytes::from_owner(value))))
    }

    fn put(&self, key: &[u8], value: Bytes) -> StoreResult<()> {
        self.rows.insert(key, &*value).map(drop).map_err(|error| failed(&error))
    }

    fn remove(&self, key: &[u8]) -> StoreResult<()> {
        self.rows.remove(key).map(drop).map_err(|error| failed(&error))
    }

    fn apply(&self, changes: Vec<RowChange>) -> StoreResult<()> {
        let mut batch = sled::Batch::default();
        for (key, value) in changes {
            match value {
                Some(value) => batch.insert(key, &*value),
                None => batch.remove(key),
            }
        }
        self.rows.apply_batch(batch).map_err(|error| failed(&error))
    }

    fn sync(&self) -> StoreResult<()> {
        self.rows.flush().map_err(|error| failed(&error))?;
        // sled's flush ends in `sync_file_range`, which leaves data in the disk's own cache.
        self.log.sync_all().map_err(|error| StoreError::of_io(&error))
    }

    fn bytes(&self) -> StoreResult<u64> {
        self.database.size_on_disk().map_err(|error| failed(&error))
    }

    fn compresses(&self) -> bool {
        true
    }
}
