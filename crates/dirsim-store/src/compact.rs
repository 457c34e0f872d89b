//! The folder of the database, and its rewriting: sled never gives room back to the disk.
//!
//! A workspace holds its database in `state`, or in `state-N` after it was rewritten N times. The
//! new one is filled beside the old one and appears under its name when it is complete; the highest
//! number counts.

use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};

use crate::backend::{Backend, Sled, lock_down};
use crate::{StoreError, StoreResult, Workspace};

/// Folder of the database of a workspace that was never rewritten.
pub(crate) const DATABASE: &str = "state";
/// Ending of a database that is not complete.
const UNFINISHED: &str = ".new";

/// Room on disk before and after, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Compacted {
    /// Before.
    pub before: u64,
    /// After.
    pub after: u64,
}

/// Opens the database of a workspace and removes what an interrupted rewriting left.
pub(crate) fn open(path: &Path) -> StoreResult<(Sled, Vec<String>)> {
    let databases = databases(path).map_err(|error| StoreError::of_io_in(path, &error))?;
    let Some((newest, others)) = databases.split_last() else {
        return Err(StoreError::NotAWorkspace(path.to_owned()));
    };
    let opened = Sled::open(&newest.1, path)?;
    let unfinished = path.join(format!("{}{UNFINISHED}", name(newest.0 + 1)));
    for leftover in others.iter().map(|(_, folder)| folder).chain([&unfinished]) {
        if leftover.exists() {
            fs::remove_dir_all(leftover).map_err(|error| StoreError::of_io_in(path, &error))?;
        }
    }
    Ok(opened)
}

impl Workspace {
    /// Rewrites the database of a workspace, so that it takes the room of its rows only.
    pub fn compact(path: &Path) -> StoreResult<Compacted> {
        // Opening removes what nothing refers to.
        drop(Self::open(path)?);
        let told = |error: io::Error| StoreError::of_io_in(path, &error);
        let (old, _) = open(path)?;
        let number = databases(path).map_err(told)?.last().map_or(0, |(number, _)| *number);
        let unfinished = path.join(format!("{}{UNFINISHED}", name(number + 1)));
        lock_down(&unfinished).map_err(told)?;
        let (new, _) = Sled::open(&unfinished, path)?;
        for key in old.keys(&[], &[])? {
            if let Some(row) = old.get(&key)? {
                new.put(&key, row)?;
            }
        }
        new.sync()?;
        sync_folder(&unfinished).map_err(told)?;
        let before = folder_bytes(&path.join(name(number))).map_err(told)?;
        let complete = path.join(name(number + 1));
        fs::rename(&unfinished, &complete).map_err(told)?;
        sync_folder(path).map_err(told)?;
        // Both stay locked until the old one is gone.
        fs::remove_dir_all(path.join(name(number))).map_err(told)?;
        drop((old, new));
        let after = folder_bytes(&complete).map_err(told)?;
        Ok(Compacted { before, after })
    }
}

/// Returns the complete databases of a workspace by number, the one that counts last.
fn databases(path: &Path) -> io::Result<Vec<(u64, PathBuf)>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(path)? {
        let entry = entry?;
        let text = entry.file_name().to_string_lossy().into_owned();
        let number = match text.strip_prefix(DATABASE) {
            Some("") => Some(0),
            Some(rest) => rest.strip_prefix('-').and_then(|digits| digits.parse().ok()),
            None => None,
        };
        if let Some(number) = number.filter(|_| entry.path().is_dir()) {
            found.push((number, entry.path()));
        }
    }
    found.sort();
    Ok(found)
}

fn name(number: u64) -> String {
    if number == 0 { DATABASE.to_owned() } else { format!("{DATABASE}-{number}") }
}

fn folder_bytes(folder: &Path) -> io::Result<u64> {
    let mut bytes = 0;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let data = entry.metadata()?;
        bytes += if data.is_dir() { folder_bytes(&entry.path())? } else { data.len() };
    }
    Ok(bytes)
}

fn sync_folder(folder: &Path) -> io::Result<()> {
    #[cfg(unix)]
    File::open(folder)?.sync_all()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Commit, Table, Tables as _};

    /// Makes a workspace with a history of which most is forgotten.
    fn workspace(path: &Path) -> Workspace {
        let mut workspace = Workspace::create(path).unwrap();
        for step in 0..12u64 {
            let mut transaction = workspace.begin().unwrap();
            for key in 0..200u64 {
                let value =
                    xxhash_rust::xxh3::xxh3_128(&[step, key].map(u64::to_be_bytes).concat());
                let value = value.to_be_bytes().repeat(40).into();
                transaction.put(Table::MvObject, &key.to_be_bytes(), value).unwrap();
            }
            transaction.commit(Commit::default()).unwrap();
        }
        workspace
    }

    #[test]
    fn a_rewritten_workspace_is_smaller_and_the_same() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world");
        let mut before = workspace(&path);
        before.forget(10).unwrap();
        let (digest, bytes) = (before.digest(), before.statistics().unwrap().bytes);
        drop(before);
        let compacted = Workspace::compact(&path).unwrap();
        assert!(compacted.after < compacted.before / 2, "{compacted:?}, {bytes}");
        let (mut after, warnings) = Workspace::open(&path).unwrap();
        assert_eq!((after.digest(), after.first(), after.last()), (digest, 10, 12));
        assert!(warnings.is_empty());
        assert!(matches!(after.goto(9), Err(StoreError::Forgotten { asked: 9, first: 10 })));
        after.goto(10).unwrap();
        after.goto(12).unwrap();
        drop(after);
        // And once more, from a folder with a number.
        Workspace::compact(&path).unwrap();
        assert_eq!(Workspace::open(&path).unwrap().0.digest(), digest);
        assert_eq!(databases(&path).unwrap().len(), 1);
    }

    #[test]
    fn an_interrupted_rewriting_leaves_the_workspace_as_it_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("world");
        let digest = workspace(&path).digest();
        // Stopped before the new one was complete, and before the old one was gone.
        fs::create_dir(path.join("state-1.new")).unwrap();
        File::create(path.join("state-1.new").join("db")).unwrap();
        assert_eq!(Workspace::open(&path).unwrap().0.digest(), digest);
        assert!(!path.join("state-1.new").exists());
        Workspace::compact(&path).unwrap();
        fs::create_dir(path.join("state")).unwrap();
        assert_eq!(Workspace::open(&path).unwrap().0.digest(), digest);
        assert!(!path.join("state").exists());
    }
}
