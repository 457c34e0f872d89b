//! Preview: the synchronization of one object on a copy of the state (SE-341 to SE-343).

use dirsim_model::{AttributeId, ClassId};
use dirsim_rules::{Resolved, RuleFailure, RuleIx, Subject};
use dirsim_store::{Changes, Overlay};
use dirsim_store::{StoreResult, Tables, rows};

use crate::context::Context;
use crate::cs::{CsObject, connector_of};
use crate::mv::MvObject;
use crate::subject::{CsSubject, MvSubject};
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
    unit.is_watched = true;
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

/// Shows a connector space object to `look` as inbound rules read it; `None` when there is none.
pub fn as_source<T>(
    context: &Context<'_>,
    tables: &dyn Tables,
    id: u64,
    look: impl FnOnce(&CsObject, &dyn Subject) -> T,
) -> StoreResult<Option<T>> {
    let Some(object) = rows::get::<CsObject>(tables, id)? else { return Ok(None) };
    let subject = CsSubject::new(context, tables, id, &object);
    let seen = look(&object, &subject);
    subject.finish()?;
    Ok(Some(seen))
}

/// Shows a metaverse object to `look` as outbound rules of a connector read it.
pub fn as_metaverse<T>(
    context: &Context<'_>,
    tables: &dyn Tables,
    mv: u64,
    connector: u32,
    look: impl FnOnce(&MvObject, &dyn Subject) -> T,
) -> StoreResult<Option<T>> {
    let Some(object) = rows::get::<MvObject>(tables, mv)? else { return Ok(None) };
    let subject = MvSubject::new(context, tables, mv, &object, connector);
    let seen = look(&object, &subject);
    subject.finish()?;
    Ok(Some(seen))
}

/// Tells which rule wins each attribute of the objects of a class that a connector keeps of a
/// metaverse object: the outbound rules in scope, and each attribute with its winner.
#[expect(clippy::type_complexity, reason = "two short lists")]
pub fn outbound_winners(
    context: &Context<'_>,
    tables: &dyn Tables,
    cs: u64,
    object: &CsObject,
) -> StoreResult<Option<Result<(Vec<RuleIx>, Vec<(AttributeId, RuleIx)>), RuleFailure>>> {
    let (connector, class): (u32, ClassId) = (connector_of(cs), object.class);
    as_metaverse(context, tables, object.mv, connector, |person, subject| {
        let rules = context.rules;
        let scope = rules.outbound_scope(connector, person.class, subject);
        let applying = rules
            .by_class(&scope)
            .into_iter()
            .find(|(known, _)| *known == class)
            .map_or_else(Vec::new, |(_, rules)| rules);
        let mut winners = Vec::new();
        rules.resolve_each(&applying, subject, false, &mut |attribute, resolved| {
            if let Resolved::Values { rule, .. } = resolved {
                winners.push((attribute, rule));
            }
        })?;
        Ok((applying, winners))
    })
}
