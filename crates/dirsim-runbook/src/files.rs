//! The files that a script sees: one folder of the caller's choice, under drive letters.
//!
//! `C:\Temp\x.csv` is `C/Temp/x.csv` in that folder; a relative path is in the session's location.
//! This crate touches no disk: the caller gives a [`Files`], and [`MemoryFiles`] keeps them in memory.

use std::collections::{BTreeMap, BTreeSet};

/// A place below the folder: names without separators, never `..`.
pub type Place = [String];

/// What is at a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A file.
    File,
    /// A folder.
    Folder,
}

/// Files below one folder.
pub trait Files {
    /// Returns what is at a place.
    fn kind(&mut self, place: &Place) -> Option<Kind>;
    /// Reads a file.
    fn read(&mut self, place: &Place) -> Result<Vec<u8>, String>;
    /// Writes a file; folders above it are there already.
    fn write(&mut self, place: &Place, bytes: &[u8], append: bool) -> Result<(), String>;
    /// Makes a folder and those above it.
    fn make_folder(&mut self, place: &Place) -> Result<(), String>;
    /// Removes a file, or a folder with all that is in it.
    fn remove(&mut self, place: &Place) -> Result<(), String>;
    /// Returns the names in a folder, in order.
    fn list(&mut self, place: &Place) -> Result<Vec<String>, String>;
}

/// The largest file that a script may write, in bytes.
pub const FILE_BYTES_MAX: usize = 256 << 20;

/// Files in memory.
#[derive(Debug, Default, Clone)]
pub struct MemoryFiles {
    files: BTreeMap<Vec<String>, (Vec<String>, Vec<u8>)>,
    folders: BTreeSet<Vec<String>>,
}

impl MemoryFiles {
    fn key(place: &Place) -> Vec<String> {
        place.iter().map(|name| name.to_lowercase()).collect()
    }

    /// Returns all files: their places and bytes.
    pub fn all(&self) -> impl Iterator<Item = (String, &[u8])> {
        self.files.values().map(|(place, bytes)| (place.join("/"), bytes.as_slice()))
    }
}

impl Files for MemoryFiles {
    fn kind(&mut self, place: &Place) -> Option<Kind> {
        let key = Self::key(place);
        if self.files.contains_key(&key) {
            return Some(Kind::File);
        }
        let below = |other: &Vec<String>| other.len() > key.len() && other.starts_with(&key);
        // Drives are always there, and so is C:\Temp.
        let known = key.len() <= 1
            || key == ["c", "temp"]
            || self.folders.contains(&key)
            || self.folders.iter().any(below)
            || self.files.keys().any(below);
        known.then_some(Kind::Folder)
    }

    fn read(&mut self, place: &Place) -> Result<Vec<u8>, String> {
        self.files
            .get(&Self::key(place))
            .map(|(_, bytes)| bytes.clone())
            .ok_or_else(|| "there is no such file".to_owned())
    }

    fn write(&mut self, place: &Place, bytes: &[u8], append: bool) -> Result<(), String> {
        let entry =
            self.files.entry(Self::key(place)).or_insert_with(|| (place.to_vec(), Vec::new()));
        if !append {
            entry.1.clear();
        }
        if entry.1.len() + bytes.len() > FILE_BYTES_MAX {
            return Err(format!("a file may have at most {} MiB", FILE_BYTES_MAX >> 20));
        }
        entry.1.extend_from_slice(bytes);
        Ok(())
    }

    fn make_folder(&mut self, place: &Place) -> Result<(), String> {
        self.folders.insert(Self::key(place));
        Ok(())
    }

    fn remove(&mut self, place: &Place) -> Result<(), String> {
        let key = Self::key(place);
        self.files.retain(|other, _| !other.starts_with(&key));
        self.folders.retain(|other| !other.starts_with(&key));
        Ok(())
    }

    fn list(&mut self, place: &Place) -> Result<Vec<String>, String> {
        let key = Self::key(place);
        let mut names: BTreeMap<String, String> = BTreeMap::new();
        for (other, (written, _)) in &self.files {
            if other.len() > key.len()
                && other.starts_with(&key)
                && let (Some(lower), Some(name)) = (other.get(key.len()), written.get(key.len()))
            {
                names.insert(lower.clone(), name.clone());
            }
        }
        for other in &self.folders {
            if other.len() > key.len()
                && other.starts_with(&key)
                && let Some(name) = other.get(key.len())
            {
                names.entry(name.clone()).or_insert_with(|| name.clone());
            }
        }
        Ok(names.into_values().collect())
    }
}

/// Returns the place that a path of a script means; `None` when it leads out of the folder or is no
/// path of a file.
pub fn place(path: &str, location: &str) -> Option<Vec<String>> {
    let path = path.trim().trim_matches('"');
    let path = path
        .strip_prefix("Microsoft.PowerShell.Core\\FileSystem::")
        .or_else(|| path.strip_prefix("FileSystem::"))
        .unwrap_or(path);
    let path = path.replace('/', "\\");
    if path.is_empty() || path.contains('\0') {
        return None;
    }
    let (drive, rest) = match path.split_once(':') {
        Some((drive, rest)) => {
            if drive.len() != 1 || !drive.chars().all(|c| c.is_ascii_alphabetic()) {
                return None;
            }
            (drive.to_ascii_uppercase(), rest.to_owned())
        }
        // A share of another server is a folder of its own.
        None if path.starts_with("\\\\") => {
            ("UNC".to_owned(), path.trim_start_matches('\\').to_owned())
        }
        None => {
            let (drive, folder) = location.split_once(':').unwrap_or(("C", "\\"));
            let rest = if path.starts_with('\\') {
                path
            } else if let Some(home) = path.strip_prefix("~\\") {
                format!("\\Users\\admin\\{home}")
            } else {
                format!("{folder}\\{path}")
            };
            (drive.to_ascii_uppercase(), rest)
        }
    };
    let mut names = vec![drive];
    for name in rest.split('\\') {
        match name {
            "" | "." => {}
            ".." => {
                // The root of a drive is its own parent.
                if names.len() > 1 {
                    names.pop();
                }
            }
            // Names that Windows refuses, or takes for devices.
            other
                if other.contains([':', '*', '?', '"', '<', '>', '|'])
                    || other.chars().any(char::is_control) =>
            {
                return None;
            }
            other => names.push(other.trim_end_matches([' ', '.']).to_owned()),
        }
    }
    names.iter().all(|name| !name.is_empty()).then_some(names)
}

/// Returns the path that scripts see of a place.
pub fn path(place: &Place) -> String {
    match place.split_first() {
        Some((drive, [])) => format!("{drive}:\\"),
        Some((drive, rest)) if drive == "UNC" => format!("\\\\{}", rest.join("\\")),
        Some((drive, rest)) => format!("{drive}:\\{}", rest.join("\\")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_path_leaves_the_folder() {
        let of = |path_text: &str| place(path_text, "C:\\Work").map(|p| p.join("/"));
        assert_eq!(of("C:\\Temp\\x.csv").as_deref(), Some("C/Temp/x.csv"));
        assert_eq!(of("x.csv").as_deref(), Some("C/Work/x.csv"));
        assert_eq!(of(".\\a\\..\\x.csv").as_deref(), Some("C/Work/x.csv"));
        assert_eq!(of("..\\..\\..\\..\\etc\\passwd").as_deref(), Some("C/etc/passwd"));
        assert_eq!(of("d:/../../x").as_deref(), Some("D/x"));
        assert_eq!(of("\\\\server\\share\\x").as_deref(), Some("UNC/server/share/x"));
        assert_eq!(of("C:\\x\\...\\y"), None);
        assert_eq!(of("HKLM:\\Software"), None);
        assert_eq!(of("C:\\a:stream"), None);
        assert_eq!(of("C:\\a\0b"), None);
    }
}
