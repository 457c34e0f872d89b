//! Preview: the synchronization of one object on a copy of the state (SE-341 to SE-343).

use dirsim_store::{Changes, Overlay};
use dirsim_store::{StoreResult, Tables};

use crate::context::Context;
use crate::synchronize::object::{Report, synchronize};
use crate::synchronize::{Failure, Trouble};
use crate::unit::{Numbers, Unit};

/// What the synchronization of one object would do.
#[derive(Debug, Clone)]
pub struct Preview {
    /// What was decided, and why.
    pub report: Report,
    /// The records that would change; applying them is what "Commit" of a preview does.
    pub changes: Changes,
}

/// Synchronizes one object without keeping anything; the inner error is why it would fail.
pub fn preview(
    context: &Context<'_>,
    tables: &dyn Tables,
    id: u64,
    full: bool,
) -> StoreResult<Result<Preview, Failure>> {
    let mut overlay = Overlay::new(tables);
    let mut numbers = Numbers::default();
    let mut unit = Unit::new(context, &mut overlay, &mut numbers);
    match synchronize(&mut unit, id, full) {
        Ok(report) => {
            let effects = unit.finish()?;
            numbers.save(&mut overlay)?;
            context.book.save(&mut overlay)?;
            crate::statistics::apply(&mut overlay, effects.tally)?;
            Ok(Ok(Preview { report, changes: overlay.into_changes() }))
        }
        Err(Trouble::Store(error)) => Err(error),
        Err(Trouble::Failed(failure)) => Ok(Err(*failure)),
    }
}
