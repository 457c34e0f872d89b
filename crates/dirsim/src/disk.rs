//! Files of scripts on disk: everything below one folder that the user names, nothing outside.
//!
//! `files::place` has already resolved `..` and taken drive letters off. What is left to guard
//! against is the disk itself: links that lead elsewhere, and names that stand for devices.

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use dirsim_runbook::files::{FILE_BYTES_MAX, Files, Kind, Place};

use crate::failure::Failure;

/// Names that Windows takes for devices, with any extension.
const DEVICES: &[&str] = &["con", "prn", "aux", "nul", "conin$", "conout$"];

/// Files below a folder.
#[derive(Debug)]
pub(crate) struct DiskFiles {
    root: PathBuf,
    /// Whether the folder has a folder for drive C; without, it is that drive itself.
    has_drive: bool,
}

impl DiskFiles {
    /// Opens a folder, which is made when it is not there.
    pub(crate) fn open(folder: &Path) -> Result<Self, Failure> {
        let unreadable = |error: std::io::Error| {
            Failure::unreadable([format!("{} cannot be used: {error}", folder.display())])
        };
        fs::create_dir_all(folder).map_err(unreadable)?;
        let root = folder.canonicalize().map_err(unreadable)?;
        let has_drive = ["C", "c"].iter().any(|drive| root.join(drive).is_dir());
        Ok(Self { root, has_drive })
    }

    /// Returns the path of a place. Names are found in any letter case, as on Windows; a link on
    /// the way is refused, wherever it leads.
    fn resolve(&self, place: &Place) -> Result<PathBuf, String> {
        let names = match place.split_first() {
            Some((drive, rest)) if drive == "C" && !self.has_drive => rest,
            _ => place,
        };
        let mut path = self.root.clone();
        for name in names {
            let stem = name.split('.').next().unwrap_or_default().to_lowercase();
            let numbered = ["com", "lpt"].iter().any(|port| {
                stem.strip_prefix(port)
                    .is_some_and(|rest| rest.len() == 1 && rest.chars().all(|c| c.is_ascii_digit()))
            });
            if numbered || DEVICES.contains(&stem.as_str()) {
                return Err(format!("`{name}` is the name of a device"));
            }
            // `place` leaves no such name; this is the second lock of the door.
            if name == ".." || name == "." || name.contains(['/', '\\', '\0']) {
                return Err(format!("`{name}` is no name of a file"));
            }
            let mut next = path.join(name);
            if fs::symlink_metadata(&next).is_err()
                && let Some(other) = in_any_case(&path, name)
            {
                next = other;
            }
            if let Ok(found) = fs::symlink_metadata(&next)
                && found.file_type().is_symlink()
            {
                return Err(format!("`{name}` is a link; dirsim follows none"));
            }
            path = next;
        }
        Ok(path)
    }
}

/// Finds a name of a folder in any letter case.
fn in_any_case(folder: &Path, name: &str) -> Option<PathBuf> {
    let lower = name.to_lowercase();
    let mut found: Vec<PathBuf> = fs::read_dir(folder)
        .ok()?
        .filter_map(Result::ok)
        .filter(|entry| entry.file_name().to_string_lossy().to_lowercase() == lower)
        .map(|entry| entry.path())
        .collect();
    found.sort();
    found.into_iter().next()
}

impl Files for DiskFiles {
    fn kind(&mut self, place: &Place) -> Option<Kind> {
        // Drives are always there, and so is C:\Temp: as in memory.
        let temporary = matches!(place, [c, temp] if c == "C" && temp.eq_ignore_ascii_case("temp"));
        if place.len() <= 1 || temporary {
            return Some(Kind::Folder);
        }
        let found = fs::symlink_metadata(self.resolve(place).ok()?).ok()?;
        if found.is_dir() { Some(Kind::Folder) } else { found.is_file().then_some(Kind::File) }
    }

    fn read(&mut self, place: &Place) -> Result<Vec<u8>, String> {
        let path = self.resolve(place)?;
        let found = fs::symlink_metadata(&path).map_err(|error| error.to_string())?;
        if !found.is_file() {
            return Err("there is no such file".to_owned());
        }
        if found.len() > FILE_BYTES_MAX as u64 {
            return Err(format!("a file may have at most {} MiB", FILE_BYTES_MAX >> 20));
        }
        fs::read(&path).map_err(|error| error.to_string())
    }

    fn write(&mut self, place: &Place, bytes: &[u8], append: bool) -> Result<(), String> {
        let path = self.resolve(place)?;
        let before = fs::symlink_metadata(&path).map_or(0, |found| found.len());
        let kept = if append { usize::try_from(before).unwrap_or(usize::MAX) } else { 0 };
        if kept.saturating_add(bytes.len()) > FILE_BYTES_MAX {
            return Err(format!("a file may have at most {} MiB", FILE_BYTES_MAX >> 20));
        }
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).map_err(|error| error.to_string())?;
        }
        let mut options = OpenOptions::new();
        options.create(true).write(true).append(append).truncate(!append);
        // What scripts export is personal data (D9).
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        let mut file = options.open(&path).map_err(|error| error.to_string())?;
        file.write_all(bytes).map_err(|error| error.to_string())
    }

    fn make_folder(&mut self, place: &Place) -> Result<(), String> {
        fs::create_dir_all(self.resolve(place)?).map_err(|error| error.to_string())
    }

    fn remove(&mut self, place: &Place) -> Result<(), String> {
        let path = self.resolve(place)?;
        if path == self.root || place.len() <= 1 {
            return Err("a drive cannot be removed".to_owned());
        }
        // Links within a folder are removed, not followed.
        let found = fs::symlink_metadata(&path).map_err(|error| error.to_string())?;
        if found.is_dir() { fs::remove_dir_all(&path) } else { fs::remove_file(&path) }
            .map_err(|error| error.to_string())
    }

    fn list(&mut self, place: &Place) -> Result<Vec<String>, String> {
        let path = self.resolve(place)?;
        let mut names: Vec<String> = fs::read_dir(path)
            .map_err(|error| error.to_string())?
            .filter_map(Result::ok)
            .filter(|entry| entry.file_type().is_ok_and(|kind| !kind.is_symlink()))
            .map(|entry| entry.file_name().to_string_lossy().into_owned())
            .collect();
        names.sort();
        Ok(names)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(names: &[&str]) -> Vec<String> {
        names.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn files_lie_below_the_folder_in_any_letter_case() {
        let folder = tempfile::tempdir().unwrap();
        let mut files = DiskFiles::open(folder.path()).unwrap();
        files.write(&place(&["C", "Temp", "Users.csv"]), b"a", false).unwrap();
        files.write(&place(&["C", "temp", "users.CSV"]), b"b", true).unwrap();
        assert_eq!(fs::read(folder.path().join("Temp/Users.csv")).unwrap(), b"ab");
        files.write(&place(&["D", "x"]), b"d", false).unwrap();
        files.write(&place(&["UNC", "server", "share", "x"]), b"u", false).unwrap();
        assert!(folder.path().join("D/x").is_file());
        assert!(folder.path().join("UNC/server/share/x").is_file());
        assert_eq!(files.list(&place(&["C", "TEMP"])).unwrap(), ["Users.csv"]);
        assert_eq!(files.kind(&place(&["C", "Temp"])), Some(Kind::Folder));
        assert_eq!(files.kind(&place(&["C", "nothing"])), None);
        assert!(files.remove(&place(&["C"])).is_err(), "a drive stays");
    }

    #[test]
    fn a_folder_for_drive_c_is_that_drive() {
        let folder = tempfile::tempdir().unwrap();
        fs::create_dir(folder.path().join("C")).unwrap();
        let mut files = DiskFiles::open(folder.path()).unwrap();
        files.write(&place(&["C", "x.csv"]), b"a", false).unwrap();
        assert!(folder.path().join("C/x.csv").is_file());
    }

    #[cfg(unix)]
    #[test]
    fn links_lead_nowhere_and_devices_are_no_files() {
        let (folder, outside) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(outside.path().join("secret"), "x").unwrap();
        std::os::unix::fs::symlink(outside.path(), folder.path().join("link")).unwrap();
        let secret = outside.path().join("secret");
        std::os::unix::fs::symlink(&secret, folder.path().join("file")).unwrap();
        let mut files = DiskFiles::open(folder.path()).unwrap();
        for names in [&["C", "link", "secret"][..], &["C", "file"], &["C", "LINK", "new"]] {
            let at = place(names);
            assert!(
                files.read(&at).is_err() && files.write(&at, b"y", false).is_err(),
                "{names:?}"
            );
            assert!(files.remove(&at).is_err() && files.kind(&at).is_none(), "{names:?}");
        }
        for names in [&["C", "nul"][..], &["C", "COM1.txt"], &["C", "..", "x"], &["C", "a/../b"]] {
            assert!(files.write(&place(names), b"y", false).is_err(), "{names:?}");
        }
        assert!(files.list(&place(&["C"])).unwrap().is_empty(), "links are not listed");
        assert_eq!(fs::read(&secret).unwrap(), b"x");
    }
}
