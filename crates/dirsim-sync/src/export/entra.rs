//! Export to the tenant: rows without references first, references in a second pass (SE-213).

use dirsim_model::attribute::well_known;
use dirsim_model::time::MINUTE_MS;
use dirsim_model::{AttributeId, ClassId, SourceAnchor, Timestamp, Value, schema::class};
use dirsim_store::{StoreResult, rows};
use dirsim_tenant::{
    Answer, AnswerHistory, Check, ExportRow, Operation, ReferenceTarget, ReferenceWrite, TenantType,
};

use super::order::Plan;
use super::{Export, Fate, Refused, settle};
use crate::conditions::{Break, CALL, THROTTLED_CALL_MS};
use crate::counters::Counter;
use crate::cs::{Anchor, CsName, ExportOp};
use crate::cs_links::{self, LinkViews};
use crate::images::View;
use crate::run::StepResult;
use crate::synchronize::references::settle_export;
use crate::unit::Holding;

/// The code of every refusal of the tenant (SE 5.4).
const TENANT_ERROR: &str = "0x8023134a";
/// Answers kept per object for `explain`.
const ANSWERS_KEPT: usize = 5;
/// How long a throttled row waits before it is repeated in the run (ET-167).
const BACK_OFF_MS: i64 = MINUTE_MS;
/// How often it is repeated: longer than the window of five minutes.
const REPEATS_MAX: u32 = 6;

/// Returns the tenant's type of a class.
const fn type_of(class: ClassId) -> Option<TenantType> {
    match class {
        class::USER => Some(TenantType::User),
        class::GROUP => Some(TenantType::Group),
        class::CONTACT => Some(TenantType::Contact),
        class::DEVICE => Some(TenantType::Device),
        _ => None,
    }
}

impl Export<'_, '_> {
    /// Sends a plan to the tenant; returns whether too many errors stopped it.
    pub(crate) fn send_to_entra(&mut self, plan: &Plan) -> StoreResult<bool> {
        let total = plan.deletes.len() + plan.others.len();
        let mut clock = self.unit.context.now;
        let mut second = Vec::new();
        for (done, id) in plan.deletes.iter().chain(&plan.others).enumerate() {
            let Some(object) = self.unit.cs(*id)? else { continue };
            let (op, has_links) = (object.export, !object.exported_links.is_empty());
            let only_links =
                op == ExportOp::Update && object.unapplied.is_empty() && object.escrowed.is_empty();
            drop(object);
            let accepted = only_links || {
                let (accepted, stop) = self.send(*id, op, &mut clock)?;
                if stop {
                    return Ok(true);
                }
                if self.is_over() {
                    return Ok(false);
                }
                accepted
            };
            if accepted && has_links && op != ExportOp::Delete {
                second.push((*id, !only_links));
            }
            self.turn_page(done + 1, total)?;
        }
        for (done, (id, answered)) in second.into_iter().enumerate() {
            if self.send_references(id, answered, &mut clock)? {
                return Ok(true);
            }
            if self.is_over() {
                return Ok(false);
            }
            self.turn_page(done + 1, total)?;
        }
        self.unit.flush()?;
        let schema = self.unit.context.schema;
        self.log.notes.extend(dirsim_tenant::finish_export(self.unit.tables, schema, clock)?);
        Ok(false)
    }

    /// Sends one row of the first pass; returns whether it was accepted and whether to stop.
    fn send(&mut self, id: u64, op: ExportOp, clock: &mut Timestamp) -> StoreResult<(bool, bool)> {
        let Some(mut row) = self.row(id)? else {
            let refused = Refused {
                error_type: "unmappable-object-type".to_owned(),
                code: String::new(),
                text: "the tenant has no such object type".to_owned(),
                attribute: None,
            };
            return Ok((false, self.refuse(id, refused)?));
        };
        let object = self.unit.expect_cs(id)?;
        row.operation = match op {
            ExportOp::Add => Operation::Add,
            ExportOp::Delete => Operation::Delete,
            ExportOp::Update | ExportOp::None => Operation::Set,
        };
        row.complete = op == ExportOp::Add;
        if op != ExportOp::Delete {
            // Values that are still unconfirmed go along; what waits now wins (SE-129).
            let sent =
                object.unconfirmed.then(&object.escrowed).then(&object.unapplied).attributes();
            let layers = object.view(View::Unapplied);
            row.attributes = sent
                .into_iter()
                .filter(|attribute| *attribute != well_known::DN)
                .map(|attribute| (attribute, layers.to_vec(attribute)))
                .filter(|(_, values)| op != ExportOp::Add || !values.is_empty())
                .collect();
        }
        drop(object);
        self.take_away_reset_values(&mut row);
        match self.next_row() {
            Fate::Answered => {}
            Fate::NotSent => return Ok((false, false)),
            Fate::Refused(error, fault) => {
                return Ok((false, self.refuse_by_fault(id, error, fault)?));
            }
            fate @ (Fate::Unanswered | Fate::Lost) => {
                if matches!(fate, Fate::Unanswered) {
                    let schema = self.unit.context.schema;
                    dirsim_tenant::export(self.unit.tables, schema, &row, *clock)?;
                }
                settle::unanswered(&mut self.unit, id, op)?;
                return Ok((false, false));
            }
        }
        self.wait_when_throttled(clock);
        let answer = self.ask(id, &row, false, clock)?;
        // What is gone already counts as deleted (SE-229).
        let gone = op == ExportOp::Delete
            && answer.refusal().is_some_and(|refusal| refusal.name == "ObjectNotFound");
        if let Some(refused) = refused(&answer).filter(|_| !gone) {
            return Ok((false, self.refuse(id, refused)?));
        }
        if op == ExportOp::Delete {
            settle::deleted(&mut self.unit, id, self.batch)?;
            self.log.count(Counter::ExportDelete, id);
        } else {
            let anchor = answer.object.map(Anchor::Cloud);
            settle::accepted(&mut self.unit, id, anchor, self.batch)?;
            let counter =
                if op == ExportOp::Add { Counter::ExportAdd } else { Counter::ExportUpdate };
            self.log.count(counter, id);
        }
        Ok((true, false))
    }

    /// Sends the references of one object; those whose targets the tenant never accepted wait
    /// (SE-226). `answered` tells whether the first pass sent a row about the object. Returns whether
    /// to stop.
    fn send_references(
        &mut self,
        id: u64,
        answered: bool,
        clock: &mut Timestamp,
    ) -> StoreResult<bool> {
        const WAITING: u8 = LinkViews::UNAPPLIED_ADD
            | LinkViews::UNAPPLIED_REMOVE
            | LinkViews::ESCROWED_ADD
            | LinkViews::ESCROWED_REMOVE;
        let object = self.unit.expect_cs(id)?;
        let listed: Vec<(AttributeId, u64)> = if object.exported_links.overflow {
            let all = cs_links::all(self.unit.tables, id, None)?;
            all.into_iter().map(|(link, _)| (link.attribute, link.to)).collect()
        } else {
            object.exported_links.links.clone()
        };
        drop(object);
        let mut sent: Vec<(AttributeId, u64, bool)> = Vec::new();
        let mut writes = Vec::new();
        for (attribute, to) in listed {
            let views = cs_links::views(self.unit.tables, id, attribute, to)?;
            if !views.has(WAITING) {
                continue;
            }
            let present = views.is_in(View::Unapplied);
            let target = match self.unit.held_cs(to) {
                Holding::Row(object) => object.anchor,
                Holding::Removed => None,
                Holding::Unknown => {
                    crate::cs::get(self.unit.tables, to)?.and_then(|object| object.anchor)
                }
            };
            match target {
                Some(Anchor::Cloud(anchor)) => {
                    sent.push((attribute, to, present));
                    writes.push(ReferenceWrite {
                        attribute,
                        target: ReferenceTarget::CloudAnchor(anchor),
                        present,
                    });
                }
                _ if !present => {
                    // It was never there.
                    self.unit.set_link(id, attribute, to, |views| {
                        views.with(LinkViews::EXPORTED, false)
                    })?;
                }
                _ => {}
            }
        }
        if writes.is_empty() {
            settle_export(&mut self.unit, id)?;
            return Ok(false);
        }
        // A single value is taken away before its successor comes.
        writes.sort_by_key(|write| write.present);
        let Some(mut row) = self.row(id)? else { return Ok(false) };
        row.references = writes;
        if let Some((limit, fault)) = self.unit.context.conditions.proxy
            && self.strike.is_none()
            && row.references.len() as u64 > limit
        {
            // The proxy gives up before the tenant has worked through the row (FM-40).
            let result = StepResult::StoppedServerDown;
            let after = self.rows + 1;
            self.strike = Some(Break { after, result, under_way: Some(false), fault });
            settle::unanswered_links(&mut self.unit, id, &sent)?;
            settle_export(&mut self.unit, id)?;
            self.rows = u64::MAX - CALL;
            return Ok(false);
        }
        match self.next_row() {
            Fate::Answered => {}
            Fate::NotSent => return Ok(false),
            Fate::Refused(error, fault) => {
                settle_export(&mut self.unit, id)?;
                return self.refuse_by_fault(id, error, fault);
            }
            fate @ (Fate::Unanswered | Fate::Lost) => {
                if matches!(fate, Fate::Unanswered) {
                    let schema = self.unit.context.schema;
                    dirsim_tenant::export(self.unit.tables, schema, &row, *clock)?;
                }
                settle::unanswered_links(&mut self.unit, id, &sent)?;
                return settle_export(&mut self.unit, id).map(|()| false);
            }
        }
        self.wait_when_throttled(clock);
        let answer = self.ask(id, &row, answered, clock)?;
        if let Some(refused) = refused(&answer) {
            settle_export(&mut self.unit, id)?;
            return self.refuse(id, refused);
        }
        settle::accepted_links(&mut self.unit, id, &sent)?;
        self.log.count(Counter::ExportUpdate, id);
        Ok(false)
    }

    /// Returns whether nothing more is sent: the step was struck and the call under way is over.
    const fn is_over(&self) -> bool {
        match &self.strike {
            None => false,
            Some(strike) => {
                strike.under_way.is_none() || self.rows >= (strike.after / CALL + 1) * CALL
            }
        }
    }

    /// Takes values out of a row that somebody in the tenant sets back at once (FM-29).
    fn take_away_reset_values(&self, row: &mut ExportRow) {
        let reset = &self.unit.context.conditions.reset;
        if !reset.is_empty() {
            row.attributes.retain(|(attribute, _)| !reset.contains(attribute));
        }
    }

    /// Draws the step out while the tenant makes the server wait (FM-42).
    fn wait_when_throttled(&mut self, clock: &mut Timestamp) {
        if self.unit.context.conditions.throttled && self.rows % CALL == 1 {
            *clock = *clock + THROTTLED_CALL_MS;
            self.log.delayed_until = Some(*clock);
        }
    }

    /// Returns a row about an object without any content; `None` when the tenant has no such type.
    fn row(&mut self, id: u64) -> StoreResult<Option<ExportRow>> {
        let object = self.unit.expect_cs(id)?;
        let Some(object_type) = type_of(object.class) else { return Ok(None) };
        let anchor = object.view(View::Unapplied).text(well_known::SOURCE_ANCHOR);
        let anchor = anchor.or_else(|| match (&object.name, object.anchor) {
            (CsName::Flat(name), Some(anchor)) if **name == anchor.to_string() => None,
            (CsName::Flat(name), _) => Some(name.to_string()),
            (CsName::Tree { .. }, _) => None,
        });
        Ok(Some(ExportRow {
            operation: Operation::Set,
            object_type,
            source_anchor: anchor.map(SourceAnchor::new),
            cloud_anchor: match object.anchor {
                Some(Anchor::Cloud(anchor)) => Some(anchor),
                _ => None,
            },
            complete: false,
            attributes: Vec::<(AttributeId, Vec<Value>)>::new(),
            references: Vec::new(),
        }))
    }

    /// Asks the tenant and keeps its answer; a throttled row is repeated later in the run (ET-167).
    ///
    /// The second row about an object in one run, its references, `continues` the first: people ask
    /// what happened to the object, so one answer tells both.
    fn ask(
        &mut self,
        id: u64,
        row: &ExportRow,
        continues: bool,
        clock: &mut Timestamp,
    ) -> StoreResult<Answer> {
        let schema = self.unit.context.schema;
        let mut repeats = 0;
        let answer = loop {
            let answer = dirsim_tenant::export(self.unit.tables, schema, row, *clock)?;
            let busy = answer.refusal().is_some_and(|refusal| refusal.retry_in_run);
            if !busy || repeats == REPEATS_MAX {
                break answer;
            }
            repeats += 1;
            *clock = *clock + BACK_OFF_MS;
            self.log.delayed_until = Some(*clock);
        };
        let mut history: AnswerHistory = rows::get(self.unit.tables, id)?.unwrap_or_default();
        match history.answers.last_mut() {
            Some(first) if continues && answer.refusal().is_none() => {
                let added = row.references.iter().filter(|write| write.present).count();
                let removed = row.references.len() - added;
                let fact = format!("second pass: {added} references added, {removed} removed");
                first.checks.push(Check { rule: "SE-213".to_owned(), fact });
                first.notes.extend(answer.notes.iter().cloned());
            }
            _ => history.answers.push(answer.clone()),
        }
        let surplus = history.answers.len().saturating_sub(ANSWERS_KEPT);
        history.answers.drain(..surplus);
        rows::put(self.unit.tables, id, &history)?;
        Ok(answer)
    }
}

fn refused(answer: &Answer) -> Option<Refused> {
    let refusal = answer.refusal()?;
    Some(Refused {
        error_type: refusal.name.clone(),
        code: TENANT_ERROR.to_owned(),
        text: refusal.text.clone(),
        attribute: None,
    })
}
