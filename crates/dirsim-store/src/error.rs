//! What can go wrong with a store.

use std::io;
use std::path::{Path, PathBuf};

/// The result of reading or writing a store.
pub type StoreResult<T> = Result<T, StoreError>;

/// Why a store cannot be read or written.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// The database reported an error.
    #[error(
        "the workspace database failed: {0}; check the file system, then run the command again"
    )]
    Database(String),
    /// The disk is full.
    #[error(
        "the disk of the workspace is full; nothing of the step was kept, everything committed before is safe; free some space and run the command again"
    )]
    DiskFull,
    /// The folder cannot be written, which reading needs as well.
    #[error(
        "the workspace {0} cannot be written; make the folder with all that lies in it writable, or copy it to where you may write"
    )]
    NotWritable(PathBuf),
    /// A record does not decode.
    #[error(
        "record {key} of table {table} is damaged; restore the workspace from a copy, or go back to an earlier step with `dirsim goto`"
    )]
    Damaged {
        /// The table.
        table: &'static str,
        /// The key, in hex.
        key: String,
    },
    /// Another process has the workspace open.
    #[error(
        "the workspace {0} is open in another dirsim process; wait for it to end, or use another workspace"
    )]
    Locked(PathBuf),
    /// The path holds no workspace.
    #[error("{0} is no dirsim workspace; make one with `dirsim init {0}`")]
    NotAWorkspace(PathBuf),
    /// A workspace is there already.
    #[error("{0} holds a workspace already; remove it, or choose another folder")]
    AlreadyThere(PathBuf),
    /// The workspace was written by another version.
    #[error(
        "the workspace has format {found}, this dirsim reads format {known}; use the release that made it, or make the workspace anew"
    )]
    Format {
        /// The format found.
        found: u32,
        /// The format of this release.
        known: u32,
    },
    /// A step was named that the journal does not hold.
    #[error("the journal has no step {asked}; it ends at step {last}")]
    NoSuchStep {
        /// The step asked for.
        asked: u64,
        /// The last step of the journal.
        last: u64,
    },
    /// A step was named that the journal holds no more.
    #[error(
        "step {asked} was forgotten; the journal begins at step {first}, as `dirsim compact --keep-steps` or `dirsim init --keep-steps` asked for"
    )]
    Forgotten {
        /// The step asked for.
        asked: u64,
        /// The first step that is kept.
        first: u64,
    },
    /// A folder that holds something else was to become a workspace.
    #[error("{0} is not empty and holds no workspace; choose another folder")]
    NotEmpty(PathBuf),
    /// A view of a committed step was written to.
    #[error("a committed step cannot be changed; this is a fault in dirsim, please report it")]
    ReadOnly,
}

impl StoreError {
    /// Tells what an operating system refused.
    pub(crate) fn of_io(error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => Self::DiskFull,
            _ => Self::Database(error.to_string()),
        }
    }

    /// Tells what an operating system refused in the folder of a workspace.
    pub(crate) fn of_io_in(workspace: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
                Self::NotWritable(workspace.to_owned())
            }
            _ => Self::of_io(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_the_system_refuses_has_a_next_step() {
        let of = |kind: io::ErrorKind| {
            StoreError::of_io_in(Path::new("ws"), &io::Error::from(kind)).to_string()
        };
        assert!(of(io::ErrorKind::StorageFull).contains("free some space"));
        assert!(
            of(io::ErrorKind::PermissionDenied).starts_with("the workspace ws cannot be written")
        );
        assert!(of(io::ErrorKind::ReadOnlyFilesystem).contains("copy it to where you may write"));
    }
}
