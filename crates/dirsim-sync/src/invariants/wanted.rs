//! What waits for export after a synchronization (SE-367): of every object that the step touched
//! UA is the difference between what its directory should hold by now and what the rules want.
//!
//! The rules are asked again, object by object and attribute by attribute, without the shortcuts of
//! the engine: no narrow scopes, no retry marks, no deltas of deltas.

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Values};
use dirsim_rules::{Contribution, LinkType, Resolution, RuleIx, precedence};
use dirsim_store::{StoreResult, Tables, rows};

use super::{Violation, report};
use crate::context::Context;
use crate::cs::{self, CsObject, ExportOp, connector_of};
use crate::cs_links;
use crate::images::View;
use crate::lookup;
use crate::mv::{self, MvObject};
use crate::subject::{MvSubject, stands_for};
use crate::synchronize::Trouble;
use crate::synchronize::outbound::{BLOCKED, is_blocked, is_true};

/// Checks all target objects of the metaverse objects that `touched` names.
pub(super) fn check(
    context: &Context<'_>,
    before: &dyn Tables,
    after: &dyn Tables,
    touched: &BTreeSet<u64>,
    found: &mut Vec<Violation>,
) -> StoreResult<()> {
    for mv in touched {
        let Some(person) = mv::get(after, *mv)? else { continue };
        // A unit that failed was rolled back whole (SE-158).
        if has_failed(after, &person)? {
            continue;
        }
        for connector in &context.connectors {
            for id in person.links_in(connector.id) {
                let Some(object) = cs::get(after, id)? else { continue };
                if object.is_placeholder() || object.export == ExportOp::Delete {
                    continue;
                }
                let target = Target { context, before, after, mv: *mv, person: &person, id };
                target.check(&object, found)?;
            }
        }
    }
    Ok(())
}

/// Returns whether any object of a person waits with an error.
fn has_failed(tables: &dyn Tables, person: &MvObject) -> StoreResult<bool> {
    for id in &person.links {
        if cs::get(tables, *id)?.is_some_and(|object| object.import_error.is_some()) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// One object of a target connector.
struct Target<'a> {
    context: &'a Context<'a>,
    before: &'a dyn Tables,
    after: &'a dyn Tables,
    mv: u64,
    person: &'a MvObject,
    id: u64,
}

impl Target<'_> {
    fn check(&self, object: &CsObject, found: &mut Vec<Violation>) -> StoreResult<()> {
        let mut wrong = Vec::new();
        if is_blocked(object) {
            // The cloud has the authority (SE-201).
            if !object.unapplied.is_empty() {
                wrong.push("waits for export although the cloud has the authority".to_owned());
            }
        } else {
            let applying = match self.applying(object) {
                Ok(applying) => applying,
                Err(Trouble::Store(error)) => return Err(error),
                // Rules that fail left an error elsewhere.
                Err(Trouble::Failed(_)) => return Ok(()),
            };
            let rules = self.context.rules;
            // No other rule flows while one of these is in scope (SR-068).
            let stops = applying.iter().any(|ix| rules.rule(*ix).link == LinkType::JoinNoFlow);
            if !stops {
                self.compare(object, &applying, &mut wrong)?;
            } else if object.export != ExportOp::Add {
                self.compare(object, &[], &mut wrong)?;
            }
        }
        if !wrong.is_empty() {
            let name = lookup::dn(self.after, self.id)?;
            for text in wrong {
                report(found, "SE-367", format!("{} {name} {text}", self.id));
            }
        }
        Ok(())
    }

    /// Returns the outbound rules in scope for the class of the object.
    fn applying(&self, object: &CsObject) -> Result<Vec<RuleIx>, Trouble> {
        let connector = connector_of(self.id);
        let subject = MvSubject::new(self.context, self.after, self.mv, self.person, connector);
        let rules = self.context.rules;
        let scope = rules.outbound_scope(connector, self.person.class, &subject);
        subject.finish()?;
        let by_class = rules.by_class(&scope);
        Ok(by_class
            .into_iter()
            .find(|(class, _)| *class == object.class)
            .map(|(_, ixs)| ixs)
            .unwrap_or_default())
    }

    fn compare(
        &self,
        object: &CsObject,
        applying: &[RuleIx],
        wrong: &mut Vec<String>,
    ) -> StoreResult<()> {
        let (context, connector) = (self.context, connector_of(self.id));
        let (rules, side) = (context.rules, context.side(connector));
        let subject = MvSubject::new(context, self.after, self.mv, self.person, connector);
        let said = rules.contributions(applying, &subject, false);
        subject.finish()?;
        let Ok(said) = said else { return Ok(()) };
        let mut managed = BTreeSet::new();
        let mut references: BTreeMap<AttributeId, Vec<AttributeId>> = BTreeMap::new();
        for ix in applying {
            managed.extend(rules.rule(*ix).flows.iter().map(|flow| flow.target));
        }
        let (wanted, held) = (object.view(View::Unapplied), object.view(View::Escrowed));
        for group in by_attribute(&said).chunk_by(|a, b| a.attribute == b.attribute) {
            let Some(first) = group.first() else { continue };
            let attribute = first.attribute;
            let resolution = precedence::resolve(group.iter().copied());
            if attribute == well_known::DN || matches!(resolution, Resolution::Failed(_)) {
                continue;
            }
            if context.schema.is_reference(side, attribute) {
                match resolution {
                    Resolution::Values { values, .. } => {
                        let sources = values.iter().map(dirsim_model::Value::as_ref);
                        let sources = sources.filter_map(stands_for).collect();
                        references.insert(attribute, sources);
                    }
                    Resolution::None => {
                        references.insert(attribute, Vec::new());
                    }
                    _ => {}
                }
                continue;
            }
            let values = match resolution {
                Resolution::Kept => continue,
                Resolution::Values { values, .. } => values.into_owned(),
                _ => Vec::new(),
            };
            let shown = wanted.to_vec(attribute);
            let name = context.schema.name(attribute);
            if first.merge.unites() {
                // What others hold stays (SR-092).
                let same = |a: &dirsim_model::Value, b: &dirsim_model::Value| {
                    precedence::same(a.as_ref(), b.as_ref(), first.merge)
                };
                if !values.iter().all(|value| shown.iter().any(|known| same(known, value))) {
                    wrong.push(format!("wants {name} {shown:?} without all of {values:?}"));
                }
            } else if !Values::Slice(&shown).same_as(Values::Slice(&values)) {
                wrong.push(format!("wants {name} {shown:?}; the rules say {values:?}"));
            }
        }
        // Nothing beyond that waits: an attribute that no rule writes is left alone (SE-033), and
        // one that is as it should be is not sent. Two exceptions: a new object is sent whole, and so
        // is one that the cloud handed back, until its own synchronization has taken over that it did
        // (SE-204).
        let handed_back = cs::get(self.before, self.id)?.is_none_or(|old| {
            is_blocked(&old)
                || old.synchronized.as_ref().is_some_and(|image| is_true(image.get(BLOCKED)))
        });
        for attribute in object.unapplied.attributes() {
            let name = context.schema.name(attribute);
            if !managed.contains(&attribute) {
                wrong.push(format!("waits with {name}, which no rule in scope writes"));
            } else if object.export == ExportOp::Update
                && !handed_back
                && Values::Slice(&held.to_vec(attribute))
                    .same_as(Values::Slice(&wanted.to_vec(attribute)))
            {
                wrong.push(format!("waits with {name}, which is as it should be"));
            }
        }
        for (attribute, sources) in references {
            self.references(attribute, &sources, wrong)?;
        }
        Ok(())
    }

    /// Compares the references that the directory is to hold with those of the metaverse (SE-180).
    fn references(
        &self,
        attribute: AttributeId,
        sources: &[AttributeId],
        wrong: &mut Vec<String>,
    ) -> StoreResult<()> {
        let connector = connector_of(self.id);
        let mut wanted = BTreeSet::new();
        for source in sources {
            let book = &self.context.book;
            for target in mv::targets(self.after, book, self.mv, self.person, *source)? {
                let links = mv::head(self.after, target)?.map(|head| head.links);
                let to =
                    links.unwrap_or_default().into_iter().find(|cs| connector_of(*cs) == connector);
                wanted.extend(to);
            }
        }
        let held: BTreeSet<u64> =
            cs_links::targets(self.after, self.id, Some(attribute), View::Unapplied)?
                .into_iter()
                .map(|(_, to)| to)
                .collect();
        if held != wanted {
            let name = self.context.schema.name(attribute);
            wrong.push(format!("wants {name} {held:?}; the metaverse says {wanted:?}"));
        }
        Ok(())
    }
}

/// Returns the metaverse objects that differ between two states, their references included.
pub(super) fn changed(
    context: &Context<'_>,
    before: &dyn Tables,
    after: &dyn Tables,
) -> StoreResult<BTreeSet<u64>> {
    let mut changed = BTreeSet::new();
    for (id, new) in rows::after::<MvObject>(after, None, usize::MAX)? {
        let links = |tables: &dyn Tables| -> StoreResult<Vec<_>> {
            let all = mv::LINKS.from(tables, id, None)?;
            Ok(all.into_iter().map(|link| (link.attribute, link.to, link.record)).collect())
        };
        let differs = match mv::get(before, id)? {
            None => true,
            Some(old) => {
                old.links != new.links
                    || !new.changed_from(&context.book, &old).is_empty()
                    || links(before)? != links(after)?
            }
        };
        if differs {
            changed.insert(id);
        }
    }
    Ok(changed)
}

/// Sorts contributions by attribute, those of one attribute by precedence.
fn by_attribute(contributions: &[Contribution]) -> Vec<&Contribution> {
    let mut sorted: Vec<&Contribution> = contributions.iter().collect();
    sorted.sort_by_key(|contribution| contribution.attribute);
    sorted
}
