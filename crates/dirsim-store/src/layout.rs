//! Keys of the rows of a workspace.
//!
//! Everything is one ordered set of rows. Rows of [`data`] are written before anything refers to
//! them and never changed; the others change only together with the head.

/// The head record.
pub(crate) const HEAD: &[u8] = b"H";
/// Which steps are kept; absent while all are.
pub(crate) const BOUND: &[u8] = b"B";
/// Commit records by step.
pub(crate) const COMMITS: &[u8] = b"C";
/// Folds by first and last step.
pub(crate) const FOLDS: &[u8] = b"F";
/// Runs of data that are no longer referred to and wait for their removal.
pub(crate) const GARBAGE: &[u8] = b"G";
/// Chunks of data by run and place.
pub(crate) const DATA: &[u8] = b"D";

/// Returns the key of a commit record.
pub(crate) fn commit(step: u64) -> Vec<u8> {
    numbered(COMMITS, &[step])
}

/// Returns the key of a fold that covers the steps behind `from` up to `to`.
pub(crate) fn fold(from: u64, to: u64) -> Vec<u8> {
    numbered(FOLDS, &[from, to])
}

/// Returns the prefix of all folds of the steps behind `from`.
pub(crate) fn fold_prefix(from: u64) -> Vec<u8> {
    numbered(FOLDS, &[from])
}

/// Returns the steps of a fold's key.
pub(crate) fn fold_steps(key: &[u8]) -> Option<(u64, u64)> {
    Some((number(key, 1)?, number(key, 9)?))
}

/// Returns the key of a run of data that waits for its removal.
pub(crate) fn garbage(id: u64) -> Vec<u8> {
    numbered(GARBAGE, &[id])
}

/// Returns the prefix of all chunks of a run of data.
pub(crate) fn data(id: u64) -> Vec<u8> {
    numbered(DATA, &[id])
}

/// Returns the key of a chunk.
pub(crate) fn chunk(id: u64, chunk: u32) -> Vec<u8> {
    let mut key = numbered(DATA, &[id]);
    key.extend_from_slice(&chunk.to_be_bytes());
    key
}

/// Returns the number that follows the kind of a key.
pub(crate) fn number_of(key: &[u8]) -> Option<u64> {
    number(key, 1)
}

fn number(key: &[u8], at: usize) -> Option<u64> {
    key.get(at..)?.first_chunk().map(|bytes| u64::from_be_bytes(*bytes))
}

fn numbered(kind: &[u8], numbers: &[u64]) -> Vec<u8> {
    let mut key = Vec::with_capacity(kind.len() + 8 * numbers.len() + 4);
    key.extend_from_slice(kind);
    for number in numbers {
        key.extend_from_slice(&number.to_be_bytes());
    }
    key
}
