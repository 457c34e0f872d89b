//! The journal: commit records, folds, and the chain of segments that makes up a step.

use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use dirsim_model::Timestamp;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::segment::{Segment, SegmentRef};
use crate::store::{Place, Sink, Store};
use crate::{Digest, StoreError, StoreResult, Table, layout};

/// The version of everything that is written to a workspace.
///
/// * 1: the first.
pub const FORMAT: u32 = 1;

/// What a step leaves in the journal beside its changes.
#[derive(Debug, Clone, Default)]
pub struct Commit {
    /// What was done, in a few words.
    pub label: String,
    /// The input of the step, to replay it.
    pub input: Vec<u8>,
    /// What the step found worth keeping of what happened.
    pub summary: Vec<u8>,
    /// Simulated time at the end of the step.
    pub at: Timestamp,
}

/// A committed step as the journal tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommitRecord {
    /// Number of the step, from 1.
    pub step: u64,
    /// What was done, in a few words.
    pub label: String,
    /// What the step found worth keeping of what happened.
    pub summary: Vec<u8>,
    /// Simulated time at the end of the step.
    pub at: Timestamp,
    /// Digest of all records after the step.
    pub digest: Digest,
    /// Length of the input, in bytes.
    pub input_bytes: u64,
    /// Records that the step wrote or removed, indexes included.
    pub changed: u64,
    /// Records of each table after the step; derived and empty tables are left out.
    pub records: BTreeMap<Table, u64>,
}

/// The one row that says where the workspace stands.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Head {
    pub(crate) format: u32,
    /// The step that readers see.
    pub(crate) step: u64,
    /// The last step of the journal.
    pub(crate) last: u64,
    /// The next run of data; what has this number or a higher one was never committed.
    pub(crate) next_run: u64,
    /// Digest after `step`.
    pub(crate) digest: Digest,
}

impl Head {
    /// Returns the head of a workspace without steps.
    pub(crate) fn empty() -> Self {
        Self { format: FORMAT, step: 0, last: 0, next_run: 1, digest: Digest::default() }
    }
}

/// Bytes that are kept in a record, or in a run of their own when they are many.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) enum Stored {
    /// The bytes.
    Inline(Vec<u8>),
    /// A run with pieces of the bytes, in order.
    Run {
        /// The run.
        id: u64,
        /// Where the list of pieces lies.
        list: Place,
    },
}

/// Bytes of a long input that are compressed at a time.
const PIECE_BYTES: usize = 1024 * 1024;

impl Stored {
    /// Keeps bytes, in the run `id` when they are many.
    pub(crate) fn write(sink: &mut Sink<'_>, id: u64, bytes: Vec<u8>) -> StoreResult<Self> {
        if bytes.len() <= sink.thresholds().inline_bytes {
            return Ok(Self::Inline(bytes));
        }
        let mut next = 0;
        let mut places = Vec::new();
        for piece in bytes.chunks(PIECE_BYTES) {
            places.push(sink.write(id, &mut next, piece)?);
        }
        let list = sink.write(id, &mut next, &encode(&places))?;
        Ok(Self::Run { id, list })
    }

    /// Returns the bytes.
    pub(crate) fn read(&self, store: &Store) -> StoreResult<Vec<u8>> {
        match self {
            Self::Inline(bytes) => Ok(bytes.clone()),
            Self::Run { id, list } => {
                let places: Vec<Place> = decode(&layout::data(*id), &store.read(*id, *list)?)?;
                let mut bytes = Vec::new();
                for place in places {
                    bytes.extend_from_slice(&store.read(*id, place)?);
                }
                Ok(bytes)
            }
        }
    }

    fn run(&self) -> Option<u64> {
        match self {
            Self::Inline(_) => None,
            Self::Run { id, .. } => Some(*id),
        }
    }
}

/// A commit record as it is kept.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredCommit {
    pub(crate) at: Timestamp,
    pub(crate) digest: Digest,
    pub(crate) changed: u64,
    /// Records by the number of the table.
    pub(crate) records: BTreeMap<u8, u64>,
    pub(crate) input_bytes: u64,
    pub(crate) input: Stored,
    /// Label and summary.
    pub(crate) story: Stored,
    /// The segments of the step, the oldest first.
    pub(crate) segments: Vec<SegmentRef>,
}

impl StoredCommit {
    /// Reads the commit record of a step.
    pub(crate) fn read(store: &Store, step: u64, last: u64) -> StoreResult<Self> {
        let key = layout::commit(step);
        let row = store.backend.get(&key)?.ok_or(StoreError::NoSuchStep { asked: step, last })?;
        decode(&key, &row)
    }

    /// Returns the runs of data that only this step refers to.
    pub(crate) fn runs(&self) -> impl Iterator<Item = u64> {
        let stored = [self.input.run(), self.story.run()];
        self.segments.iter().map(|segment| segment.id).chain(stored.into_iter().flatten())
    }

    /// Reads what the journal tells of the step.
    pub(crate) fn open(self, store: &Store, step: u64) -> StoreResult<CommitRecord> {
        let (label, summary) = decode(&layout::commit(step), &self.story.read(store)?)?;
        Ok(self.record(step, label, summary))
    }

    /// Returns what the journal tells of the step.
    pub(crate) fn record(self, step: u64, label: String, summary: Vec<u8>) -> CommitRecord {
        CommitRecord {
            step,
            label,
            summary,
            at: self.at,
            digest: self.digest,
            input_bytes: self.input_bytes,
            changed: self.changed,
            records: by_table(&self.records),
        }
    }
}

/// Returns counts by table.
pub(crate) fn by_table(records: &BTreeMap<u8, u64>) -> BTreeMap<Table, u64> {
    let count = |table: &Table| Some((*table, *records.get(&(*table as u8))?));
    Table::ALL.iter().filter_map(count).collect()
}

/// A fold as it is kept: the changes of several steps in one.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct StoredFold {
    /// How often steps were folded, or [`BASE`].
    pub(crate) level: u8,
    /// The segment; none when the steps changed nothing.
    pub(crate) segments: Vec<SegmentRef>,
}

/// The level of a single step.
pub(crate) const SINGLE: u8 = 0;
/// The level of a fold from the very first step on.
pub(crate) const BASE: u8 = u8::MAX;

/// One member of a chain: a step, or a fold of several.
#[derive(Clone)]
pub(crate) struct Link {
    /// The step before the first one covered.
    pub(crate) from: u64,
    /// The last step covered.
    pub(crate) to: u64,
    /// [`SINGLE`], [`BASE`], or how often steps were folded.
    pub(crate) level: u8,
    /// The segments, the oldest first; none when the step changed nothing.
    pub(crate) segments: Vec<Arc<Segment>>,
}

impl Link {
    /// Returns the bytes of all segments before compression.
    pub(crate) fn bytes(&self) -> u64 {
        self.segments.iter().map(|segment| segment.at.bytes).sum()
    }
}

/// Finds the chain of a step: from each step on the fold that reaches furthest. Folds lie within
/// each other or apart, so this is the shortest chain. Segments of `known` are shared, with what
/// they have in memory.
pub(crate) fn chain(store: &Store, step: u64, last: u64, known: &[Link]) -> StoreResult<Vec<Link>> {
    let mut chain = Vec::new();
    let mut from = 0;
    while from < step {
        let fold = store.backend.last(&layout::fold(from, 0), &layout::fold(from, step))?;
        let (to, level, segments) = if let Some((key, row)) = fold {
            let (_, to) = layout::fold_steps(&key).ok_or_else(|| damaged(&key))?;
            let fold: StoredFold = decode(&key, &row)?;
            (to, fold.level, fold.segments)
        } else {
            let commit = StoredCommit::read(store, from + 1, last)?;
            (from + 1, SINGLE, commit.segments)
        };
        let shared =
            known.iter().find(|link| (link.from, link.to, link.level) == (from, to, level));
        let same = shared.filter(|link| link.segments.iter().map(|s| &s.at).eq(&segments));
        chain.push(match same {
            Some(link) => link.clone(),
            None => Link {
                from,
                to,
                level,
                segments: segments.into_iter().map(|at| Arc::new(Segment::new(at))).collect(),
            },
        });
        from = to;
    }
    Ok(chain)
}

/// Which steps a workspace keeps.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Bound {
    /// The first step that can be gone to; the fold from the very beginning up to it is its world.
    pub(crate) first: u64,
    /// How many steps behind the current one to keep at least; all when absent.
    pub(crate) keep: Option<u64>,
}

impl Bound {
    /// Reads the bound of a workspace.
    pub(crate) fn read(store: &Store) -> StoreResult<Self> {
        let row = store.backend.get(layout::BOUND)?;
        row.map_or(Ok(Self::default()), |row| decode(layout::BOUND, &row))
    }
}

/// Encodes a row of the journal.
pub(crate) fn encode<T: Serialize>(value: &T) -> Vec<u8> {
    postcard::to_stdvec(value).expect("rows of the journal hold only what postcard writes")
}

/// Encodes a row of the journal for a batch.
pub(crate) fn row<T: Serialize>(key: Vec<u8>, value: &T) -> (Vec<u8>, Option<Bytes>) {
    (key, Some(encode(value).into()))
}

/// Decodes a row of the journal.
pub(crate) fn decode<T: DeserializeOwned>(key: &[u8], bytes: &[u8]) -> StoreResult<T> {
    postcard::from_bytes(bytes).map_err(|_| damaged(key))
}

fn damaged(key: &[u8]) -> StoreError {
    use std::fmt::Write as _;
    let mut hex = String::new();
    for byte in key {
        let _ = write!(hex, "{byte:02x}");
    }
    StoreError::Damaged { table: "journal", key: hex }
}
