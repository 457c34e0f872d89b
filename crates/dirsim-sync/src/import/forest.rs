//! Import from a forest: full by complete rows, delta by what changed since a cookie (SE 3.5, 2.7).

use std::collections::{BTreeMap, BTreeSet};

use dirsim_forest::{FeedRow, Horizon, controller, read};
use dirsim_model::{AttributeId, Dn, Entry, Guid, Timestamp};
use dirsim_store::StoreResult;

use super::place::find;
use super::scope::ContainerFilter;
use super::stage::Row;
use super::{Import, NO_WATERMARK, PAGE, Target};
use crate::conditions::Conditions;
use crate::connector::{Connector, Partition};
use crate::counters::Counter;
use crate::cs::{Anchor, CsName, Flags, ImportOp};
use crate::log::{Progress, StepLog};
use crate::run::StepResult;
use crate::unit::{Effects, Unit};

/// Imports one domain; the partition gets the new watermark.
pub(crate) fn import(
    unit: Unit<'_>,
    log: &mut StepLog,
    connector: &Connector,
    partition: &mut Partition,
    full: bool,
    others: &BTreeSet<u64>,
    progress: &mut dyn FnMut(Progress),
) -> StoreResult<(StepResult, Effects)> {
    let now = unit.context.now;
    if !unit.context.domains.contains_key(&partition.domain) {
        return Ok((StepResult::NoStartPartitionDelete, unit.finish()?));
    }
    let watermark = partition.watermark.filter(|_| partition.had_full_import);
    let since = match watermark {
        _ if full => 0,
        Some(usn)
            if read::accepts_cookie(
                unit.tables,
                partition.domain,
                partition.watermark_at,
                now,
            )? =>
        {
            usn
        }
        _ => return Ok((NO_WATERMARK, unit.finish()?)),
    };
    let conditions = &unit.context.conditions;
    let since = repeated_since(unit.tables, conditions, partition, since)?;
    // A controller that is behind answers up to where it is (SE-073). What a full import leaves as it
    // is staged has not been read since the last cookie.
    let reached = match &conditions.horizon {
        Some(horizon) => {
            let read_before = if full { partition.watermark.unwrap_or_default() } else { since };
            read::cookie_at(unit.tables, partition.domain, read_before, horizon)?
        }
        None => read::highest_usn(unit.tables, partition.domain)?,
    };
    let controller = conditions.controller.clone();
    let mut feed = Feed {
        filter: ContainerFilter::new(&partition.include, &partition.exclude),
        connector,
        import: Import::new(unit, log, connector.id, partition.domain, full, progress),
        own: BTreeSet::new(),
    };
    if full {
        feed.read_everything()?;
    } else {
        // What this controller had when it was asked last is not reported again.
        let asked_here = partition.controller.eq_ignore_ascii_case(&controller);
        feed.read_changes(since, asked_here.then_some(partition.watermark_at))?;
    }
    if !full && connector.changed_since_full_import {
        // The new filter is in force for reported rows only (SE-117).
        feed.import.warned = true;
    }
    let (result, effects) = feed.import.finish(others)?;
    if !result.is_complete() {
        // The watermark stays where it was: what was not read comes again (SE-114).
        return Ok((result, effects));
    }
    partition.watermark = Some(reached);
    partition.watermark_at = now;
    partition.controller = controller;
    partition.had_full_import |= full && result != StepResult::CompletedDiscoveryErrors;
    Ok((result, effects))
}

/// Imports one object as a complete row; the watermark stays (SE-344, SE-347).
pub(crate) fn import_one(
    unit: Unit<'_>,
    log: &mut StepLog,
    connector: &Connector,
    partition: &Partition,
    object: u64,
) -> StoreResult<(StepResult, Effects)> {
    let mut quiet = |_: Progress| ();
    let schema = unit.context.schema;
    let row = read::one(unit.tables, schema, object)?;
    // A controller that is behind answers as it knows the object (SE-073).
    let row = match &unit.context.conditions.horizon {
        None => Some(row),
        Some(horizon) => {
            let host = &unit.context.conditions.controller;
            if controller::own_rows(unit.tables, schema, partition.domain, host, None)?
                .iter()
                .any(|own| own.guid == row.guid)
            {
                controller::own_row(unit.tables, schema, host, row.guid)?
            } else {
                let late = read::unreplicated(unit.tables, partition.domain, horizon)?;
                Some(row).filter(|_| !late.contains_key(&object))
            }
        }
    };
    let mut feed = Feed {
        filter: ContainerFilter::new(&partition.include, &partition.exclude),
        connector,
        import: Import::new(unit, log, connector.id, partition.domain, false, &mut quiet),
        own: BTreeSet::new(),
    };
    feed.import.rows = 1;
    if let Some(row) = row {
        feed.live(row)?;
    }
    feed.import.finish(&BTreeSet::new())
}

/// Returns the change number from which a controller reports: a cookie of another controller is
/// taken, and what this one learned later than the cookie's is reported again (SE-072).
fn repeated_since(
    tables: &dyn dirsim_store::Tables,
    conditions: &Conditions,
    partition: &Partition,
    since: u64,
) -> StoreResult<u64> {
    let another = !partition.controller.is_empty()
        && !partition.controller.eq_ignore_ascii_case(&conditions.controller);
    if since == 0 || !another || conditions.lag_ms == 0 {
        return Ok(since);
    }
    let horizon = Horizon::new(partition.watermark_at + -conditions.lag_ms, BTreeMap::new());
    let known = read::usn_at(tables, partition.domain, &horizon)?;
    Ok(since.min(known))
}

struct Feed<'a, 'u> {
    filter: ContainerFilter,
    connector: &'a Connector,
    import: Import<'a, 'u>,
    /// What only the controller that answers knows.
    own: BTreeSet<Guid>,
}

impl Feed<'_, '_> {
    fn read_everything(&mut self) -> StoreResult<()> {
        let context = self.import.unit.context;
        let (tables, domain) = (&*self.import.unit.tables, self.import.domain);
        // What a controller that is behind has not learned is not in its answer: those objects stay
        // as they are staged, and a later import gets the change (SE-073).
        let late = match &context.conditions.horizon {
            Some(horizon) => read::unreplicated(tables, domain, horizon)?,
            None => BTreeMap::new(),
        };
        let own = self.own_rows(None)?;
        let written: BTreeSet<Guid> = own.iter().map(|row| row.guid).collect();
        for guid in late.values().filter(|guid| !written.contains(*guid)) {
            self.keep(*guid)?;
        }
        for row in own.into_iter().filter(|row| !row.deleted) {
            self.import.rows += 1;
            // Of an object that was written elsewhere, too, only its own changes are known here.
            let both = late.values().any(|guid| *guid == row.guid);
            let row = if both { row } else { self.own_row(row)? };
            self.live(row)?;
        }
        let mut after = None;
        loop {
            let rows = read::complete(
                self.import.unit.tables,
                context.schema,
                self.import.domain,
                after,
                PAGE,
                context.conditions.horizon.as_ref(),
            )?;
            let Some(last) = rows.last() else { break };
            after = Some(last.object);
            for row in rows {
                if late.contains_key(&row.object) || written.contains(&row.guid) {
                    continue;
                }
                if self.import.is_struck() {
                    return Ok(());
                }
                self.import.rows += 1;
                self.live(row)?;
            }
            let total = self.import.rows;
            self.import.turn_page(total)?;
        }
        Ok(())
    }

    /// Takes a row that says of a staged object what is known of it already.
    fn keep(&mut self, guid: Guid) -> StoreResult<()> {
        let anchor = Anchor::Object(guid);
        let Some(id) = find(&mut self.import.unit, self.import.connector, &anchor)? else {
            return Ok(());
        };
        let object = self.import.unit.expect_cs(id)?;
        let staged = !object.is_placeholder()
            && !object.flags.has(Flags::TRANSIENT)
            && object.partition == self.import.domain
            && self.connector.classes.contains(&object.class);
        let leaving = object.import == ImportOp::Delete;
        drop(object);
        let dn = self.import.unit.dn(id)?;
        if !staged || dn.parse::<Dn>().is_ok_and(|dn| !self.filter.decide(&dn)) {
            return Ok(());
        }
        self.import.rows += 1;
        self.import.see(id);
        if !leaving {
            self.import.log.count(Counter::StageNoChange, id);
        }
        Ok(())
    }

    /// Returns what was written on the controller that answers and has not reached the others
    /// (SE-036).
    fn own_rows(&self, since: Option<Timestamp>) -> StoreResult<Vec<FeedRow>> {
        let context = self.import.unit.context;
        if context.conditions.lag_ms == 0 {
            return Ok(Vec::new());
        }
        let tables = &*self.import.unit.tables;
        let (domain, host) = (self.import.domain, &context.conditions.controller);
        let mut rows = controller::own_rows(tables, context.schema, domain, host, since)?;
        // A reference to what only this controller has is of use when the target comes along.
        let filter = &self.filter;
        let coming: BTreeSet<Guid> = rows
            .iter()
            .filter(|row| !row.deleted && self.connector.classes.contains(&row.class))
            .filter(|row| filter.decide(&row.dn))
            .map(|row| row.guid)
            .collect();
        for row in &mut rows {
            let mut kept = Vec::new();
            for link in std::mem::take(&mut row.links) {
                let known = dirsim_forest::lookup::by_guid(tables, link.guid)?.is_some();
                if known || coming.contains(&link.guid) {
                    kept.push(link);
                }
            }
            row.links = kept;
        }
        Ok(rows)
    }

    /// Returns the complete row of an object that the answering controller wrote itself.
    fn own_row(&self, row: FeedRow) -> StoreResult<FeedRow> {
        if row.complete {
            return Ok(row);
        }
        let context = self.import.unit.context;
        let (tables, host) = (&*self.import.unit.tables, &context.conditions.controller);
        let found = controller::own_row(tables, context.schema, host, row.guid)?;
        Ok(found.unwrap_or(row))
    }

    fn read_changes(&mut self, since: u64, asked: Option<Timestamp>) -> StoreResult<()> {
        let context = self.import.unit.context;
        let mut rows = read::changes(
            self.import.unit.tables,
            context.schema,
            self.import.domain,
            since,
            context.conditions.horizon.as_ref(),
        )?;
        // What this controller has told already is told again when an older change of the object is:
        // its own one is the younger.
        let reported: BTreeSet<Guid> = rows.iter().map(|row| row.guid).collect();
        let news: BTreeSet<Guid> = self.own_rows(asked)?.into_iter().map(|row| row.guid).collect();
        let mut own = self.own_rows(None)?;
        own.retain(|row| news.contains(&row.guid) || reported.contains(&row.guid));
        self.own = own.iter().map(|row| row.guid).collect();
        // What was deleted here is gone, whatever it was before on the others.
        let gone: BTreeSet<Guid> =
            own.iter().filter(|row| row.deleted).map(|row| row.guid).collect();
        rows.retain(|row| !gone.contains(&row.guid));
        rows.extend(own);
        rows.sort_by_key(|row| !row.deleted);
        let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
        // Everything that is deleted goes first, but an object that arrives from another domain of
        // the forest in the same run is a move and not a deletion (SE-310).
        for row in rows {
            if self.import.is_struck() {
                return Ok(());
            }
            self.import.rows += 1;
            if row.deleted {
                self.deleted(&row)?;
            } else {
                self.live(row)?;
            }
            if self.import.rows.is_multiple_of(PAGE as u64) {
                self.import.turn_page(total)?;
            }
        }
        Ok(())
    }

    fn deleted(&mut self, row: &FeedRow) -> StoreResult<()> {
        let anchor = Anchor::Object(row.guid);
        let Some(id) = find(&mut self.import.unit, self.import.connector, &anchor)? else {
            self.import.filtered(true);
            return Ok(());
        };
        let object = self.import.unit.expect_cs(id)?;
        if object.is_placeholder() || object.partition != self.import.domain {
            // Never staged, or at home in another domain by now.
            let placeholder = object.is_placeholder();
            drop(object);
            if placeholder {
                super::remove::retire(&mut self.import.unit, id, true)?;
            }
            self.import.filtered(true);
            return Ok(());
        }
        drop(object);
        let counter = self.import.stage_deletion(id, true)?;
        self.import.log.count(counter, id);
        Ok(())
    }

    fn live(&mut self, row: FeedRow) -> StoreResult<()> {
        // What the account may not read is silently absent (SE-076).
        if self.import.unit.context.conditions.hides(&row.dn) {
            return Ok(());
        }
        if self.import.meets_error(&row.dn.to_string())? {
            return Ok(());
        }
        let in_scope = self.connector.classes.contains(&row.class)
            && self.filter.decide_below(row.parent, &row.dn);
        if !in_scope {
            return self.out_of_scope(&row);
        }
        let anchor = Anchor::Object(row.guid);
        let known = find(&mut self.import.unit, self.import.connector, &anchor)?;
        let staged = match known {
            Some(id) => self
                .import
                .unit
                .cs(id)?
                .is_some_and(|o| !o.is_placeholder() && o.import != ImportOp::Delete),
            None => false,
        };
        let row = if !row.complete && !staged {
            // A changed row of an object that has just come into scope tells too little (SE-102), and
            // so does one of an object that left scope and is back before its deletion was
            // synchronized: what changed meanwhile was not staged.
            // Pinned by crates/dirsim-simulate/tests/logs/se-102-back-before-the-deletion.
            let schema = self.import.unit.context.schema;
            if self.own.contains(&row.guid) {
                self.own_row(row)?
            } else {
                read::one(self.import.unit.tables, schema, row.object)?
            }
        } else {
            row
        };
        let Some(leaf) = row.dn.rdn().cloned() else {
            self.import.discovery_error(
                "invalid-dn",
                String::new(),
                format!("object {} has no name", row.guid),
            );
            return Ok(());
        };
        let parent = self.import.parent(row.parent, &row.dn)?;
        let row = self.convert(row, CsName::Tree { parent, rdn: leaf });
        let (id, counter) = self.import.stage(&row)?;
        if self.import.full && self.import.see(id) {
            let dn = self.import.unit.dn(id)?;
            let text = format!("anchor {} came twice", row.anchor);
            self.import.discovery_error("duplicate-object", dn, text);
            return Ok(());
        }
        if counter == Counter::StageRename {
            // What was found below the old name is looked for again.
            self.import.parents.clear();
        }
        self.import.log.count(counter, id);
        Ok(())
    }

    fn out_of_scope(&mut self, row: &FeedRow) -> StoreResult<()> {
        let anchor = Anchor::Object(row.guid);
        let known = find(&mut self.import.unit, self.import.connector, &anchor)?;
        let Some(id) = known else {
            self.import.filtered(false);
            return Ok(());
        };
        if self.import.unit.cs(id)?.is_none_or(|object| object.is_placeholder()) {
            self.import.filtered(false);
            return Ok(());
        }
        if self.import.full {
            // Not seen in scope: obsoletion stages the deletion (SE-109).
            return Ok(());
        }
        let counter = self.import.stage_deletion(id, false)?;
        self.import.log.count(counter, id);
        Ok(())
    }

    fn convert(&self, row: FeedRow, name: CsName) -> Row {
        let unreadable = &self.import.unit.context.conditions.unreadable;
        let selected = |attribute: &AttributeId| {
            self.connector.selects(*attribute) && !unreadable.contains(attribute)
        };
        let image: Entry = if self.connector.attributes.is_some() || !unreadable.is_empty() {
            row.entry
                .iter()
                .filter(|(attribute, _)| selected(attribute))
                .map(|(attribute, values)| (attribute, values.to_vec()))
                .collect()
        } else {
            row.entry
        };
        let mut changed: Option<Vec<AttributeId>> = (!row.complete).then(|| row.changed.clone());
        if let Some(changed) = &mut changed {
            changed.retain(selected);
        }
        let links = row
            .links
            .iter()
            .filter(|link| selected(&link.attribute))
            .map(|link| {
                let target = Target { anchor: Anchor::Object(link.guid), object: link.target };
                (link.attribute, target, link.present)
            })
            .collect();
        Row { anchor: Anchor::Object(row.guid), name, class: row.class, image, changed, links }
    }
}
