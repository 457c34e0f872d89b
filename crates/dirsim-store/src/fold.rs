//! Folding: merges the segments of several steps into one, so that a read visits few.
//!
//! Steps are folded by eights, and those folds by eights again; all of them stay, so that going to
//! an early step is fast as well. When many segments remain and they outgrow a part of the base,
//! everything becomes a new base. Steps are never removed: they are the history.

use std::ops::Range;
use std::sync::Arc;

use crate::journal::{BASE, Bound, Head, Link, StoredFold, row};
use crate::layers::{Merge, Source};
use crate::segment::{Cursor, Segment, SegmentWriter};
use crate::store::Store;
use crate::thresholds::Thresholds;
use crate::{StoreResult, journal, layout};

/// Which links of a chain to fold, and the level of the result.
pub(crate) type Plan = (Range<usize>, u8);

/// Decides what to fold next; `None` when reads are fast enough.
pub(crate) fn plan(chain: &[Link], thresholds: &Thresholds) -> Option<Plan> {
    let newest = chain.last()?;
    let is_large = |link: &Link| link.level == BASE || link.bytes() > thresholds.large_bytes;
    let alike =
        chain.iter().rev().take_while(|link| link.level == newest.level && !is_large(link)).count();
    if alike >= thresholds.fold_width.max(2) && newest.level < BASE - 1 {
        return Some((chain.len() - alike..chain.len(), newest.level + 1));
    }
    let segments: usize = chain.iter().map(|link| link.segments.len()).sum();
    if segments <= thresholds.chain_max.max(1) {
        return None;
    }
    // A large step pays for a new base with what it wrote itself; small ones wait until together
    // they are worth it.
    let (base, behind): (Vec<_>, Vec<_>) = {
        let split = chain.iter().take_while(|link| is_large(link)).count();
        (chain.iter().take(split).collect(), chain.iter().skip(split).collect())
    };
    let bytes = |links: &[&Link]| links.iter().map(|link| link.bytes()).sum::<u64>();
    let outgrown =
        bytes(&behind).saturating_mul(100) >= bytes(&base).saturating_mul(thresholds.base_percent);
    (outgrown || is_large(newest)).then_some((0..chain.len(), BASE))
}

/// Writes a fold beside everything else, then refers to it in one batch with the head. Returns the
/// link that takes the place of those folded, and whether data became garbage.
pub(crate) fn write(
    store: &Store,
    links: &[Link],
    level: u8,
    run: u64,
    head: &Head,
) -> StoreResult<(Link, bool)> {
    let (Some(first), Some(last)) = (links.first(), links.last()) else {
        unreachable!("a plan names at least two links or segments")
    };
    let (from, to) = (first.from, last.to);
    let mut sources = Vec::new();
    for segment in links.iter().rev().flat_map(|link| link.segments.iter().rev()) {
        let cursor = Cursor::new(store, Arc::clone(segment), (0, &[]), None, false)?;
        sources.push(Source::Segment(cursor));
    }
    let mut merge = Merge::new(sources);
    let mut sink = store.sink();
    let mut writer = SegmentWriter::new(run);
    while let Some((table, key, value)) = merge.next()? {
        // Below the first step there is nothing that a removal could hide.
        if value.is_some() || from > 0 {
            writer.push(&mut sink, table, &key, value.as_deref())?;
        }
    }
    let segments: Vec<_> = writer.finish(&mut sink)?.into_iter().collect();
    let (mut batch, flushed) = sink.finish()?;
    if flushed {
        store.backend.sync()?;
    }
    let garbage = if level == BASE { old_bases(store, to, &mut batch)? } else { false };
    batch.push(row(layout::fold(from, to), &StoredFold { level, segments: segments.clone() }));
    batch.push(row(layout::HEAD.to_vec(), head));
    store.backend.apply(batch)?;
    store.backend.sync()?;
    let segments = segments.into_iter().map(|at| Arc::new(Segment::new(at))).collect();
    Ok((Link { from, to, level, segments }, garbage))
}

/// Gives up all bases but the newest ones.
fn old_bases(
    store: &Store,
    newest: u64,
    batch: &mut Vec<crate::backend::RowChange>,
) -> StoreResult<bool> {
    let mut bases = Vec::new();
    // Where the history begins, there is nothing else to read that world from.
    let beginning = layout::fold(0, Bound::read(store)?.first);
    let prefix = layout::fold_prefix(0);
    for key in store.backend.keys(&prefix, &prefix)? {
        let Some(found) = store.backend.get(&key)? else { continue };
        let fold: StoredFold = journal::decode(&key, &found)?;
        if fold.level == BASE && key != layout::fold(0, newest) && key != beginning {
            bases.push((key, fold));
        }
    }
    // Keys are in the order of their last steps.
    let given_up = bases.len().saturating_sub(store.thresholds.bases_kept.saturating_sub(1));
    for (key, fold) in bases.into_iter().take(given_up) {
        batch.push((key, None));
        batch.extend(fold.segments.iter().map(|s| row(layout::garbage(s.id), &())));
    }
    Ok(given_up > 0)
}
