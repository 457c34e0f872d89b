//! Export to a forest: write-back of attributes, and objects of outbound rules (SE-211, SE-298).

use dirsim_forest::controller::{self, Writes};
use dirsim_forest::{
    AttributeEdit, EditOperation, ForestEdit, ForestObject, ForestRefusal, NewObject,
};
use dirsim_model::{AttributeId, Dice, Dn, Guid, Value};
use dirsim_store::{StoreResult, rows};

use super::order::Plan;
use super::{Export, Fate, Refused, settle};
use crate::conditions::INSUFFICIENT_RIGHTS;
use crate::counters::Counter;
use crate::cs::{Anchor, ExportOp, Flags};
use crate::cs_links::{self, LinkViews};
use crate::images::{Change, View};

impl Export<'_, '_> {
    /// Sends a plan to a forest; returns whether too many errors stopped it.
    pub(crate) fn send_to_forest(&mut self, plan: &Plan) -> StoreResult<bool> {
        let total = plan.deletes.len() + plan.others.len();
        for (done, id) in plan.deletes.iter().chain(&plan.others).enumerate() {
            let Some(object) = self.unit.cs(*id)? else { continue };
            let op = object.export;
            drop(object);
            match self.next_row() {
                Fate::Answered => {}
                Fate::NotSent => return Ok(false),
                Fate::Refused(error, fault) => {
                    if self.refuse_by_fault(*id, error, fault)? {
                        return Ok(true);
                    }
                    continue;
                }
                fate @ (Fate::Unanswered | Fate::Lost) => {
                    self.lose_answer(*id, op, matches!(fate, Fate::Unanswered))?;
                    continue;
                }
            }
            let answer = match op {
                ExportOp::Add => self.create(*id)?,
                ExportOp::Update => self.modify(*id)?,
                ExportOp::Delete => self.delete(*id)?,
                ExportOp::None => continue,
            };
            if let Err(refused) = answer
                && self.refuse(*id, refused)?
            {
                return Ok(true);
            }
            self.turn_page(done + 1, total)?;
        }
        Ok(false)
    }

    /// Sends a row whose answer does not come back (SE-228): when it arrives the directory has
    /// changed, and the engine does not know.
    fn lose_answer(&mut self, id: u64, op: ExportOp, arrives: bool) -> StoreResult<()> {
        if arrives {
            match op {
                ExportOp::Add => {
                    let new = self.new_object(id)?;
                    if let Ok(new) = new {
                        // Whatever the directory says, nobody hears it.
                        let _ = self.edit(id, &ForestEdit::Create(Box::new(new)))?;
                    }
                }
                ExportOp::Update => {
                    if let Some(target) = self.anchor(id)? {
                        let (changes, _) = self.changes(id)?;
                        let _ = self.edit(id, &ForestEdit::Modify { target, changes })?;
                    }
                }
                ExportOp::Delete => {
                    if let Some(target) = self.anchor(id)? {
                        let edit = ForestEdit::Delete { target, recursive: false };
                        let _ = self.edit(id, &edit)?;
                    }
                }
                ExportOp::None => {}
            }
        }
        if op == ExportOp::Update {
            let (_, links) = self.changes(id)?;
            settle::unanswered_links(&mut self.unit, id, &links)?;
        }
        settle::unanswered(&mut self.unit, id, op)
    }

    /// Returns the refusal of a row that the connector account may not write (FM-09).
    fn forbidden(&self, changes: &[AttributeEdit]) -> Option<Refused> {
        let conditions = &self.unit.context.conditions;
        let schema = self.unit.context.schema;
        let denied = changes.iter().find(|change| conditions.forbids(change.attribute))?;
        Some(Refused {
            error_type: "permission-issue".to_owned(),
            code: INSUFFICIENT_RIGHTS.to_owned(),
            text: format!(
                "permission-issue: insufficient access rights to perform the operation; the \
                 connector account may not write `{}`",
                schema.name(denied.attribute)
            ),
            attribute: Some(denied.attribute),
        })
    }

    /// Sets attributes back that somebody else keeps as they are (FM-29).
    fn reset_values(
        &mut self,
        id: u64,
        target: Guid,
        before: &[(AttributeId, Vec<Value>)],
    ) -> StoreResult<()> {
        if before.is_empty() {
            return Ok(());
        }
        let changes = before
            .iter()
            .map(|(attribute, values)| AttributeEdit {
                attribute: *attribute,
                operation: EditOperation::Replace,
                values: values.clone(),
            })
            .collect();
        let _ = self.edit(id, &ForestEdit::Modify { target, changes })?;
        Ok(())
    }

    /// Returns what attributes hold that somebody sets back after this export.
    fn values_to_reset(
        &self,
        target: Guid,
        changes: &[AttributeEdit],
    ) -> StoreResult<Vec<(AttributeId, Vec<Value>)>> {
        let reset = &self.unit.context.conditions.reset;
        let mut hit = changes.iter().filter(|change| reset.contains(&change.attribute)).peekable();
        if hit.peek().is_none() {
            return Ok(Vec::new());
        }
        let Some(number) = dirsim_forest::lookup::by_guid(self.unit.tables, target)? else {
            return Ok(Vec::new());
        };
        let object: ForestObject = rows::expect(self.unit.tables, number)?;
        Ok(hit
            .map(|change| (change.attribute, object.entry.get(change.attribute).to_vec()))
            .collect())
    }

    /// Writes on the controller that the step is connected to; one that is behind keeps the write
    /// for itself until replication takes it along (SE-036).
    fn edit(&mut self, id: u64, edit: &ForestEdit) -> StoreResult<Result<Guid, ForestRefusal>> {
        let context = self.unit.context;
        let mut dice = Dice::new(context.seed ^ id.rotate_left(23));
        let (tables, schema) = (&mut *self.unit.tables, context.schema);
        let (host, delay) = (&context.conditions.controller, context.conditions.lag_ms);
        if delay == 0 {
            return controller::edit_on(tables, schema, host, delay, edit, &mut dice, context.now);
        }
        let mut writes = match self.writes.take() {
            Some(writes) => writes,
            None => Writes::on(tables, host, delay)?,
        };
        let done = writes.edit(tables, schema, edit, &mut dice, context.now)?;
        self.writes = Some(writes);
        Ok(done)
    }

    fn anchor(&mut self, id: u64) -> StoreResult<Option<Guid>> {
        Ok(self.unit.cs(id)?.and_then(|object| match object.anchor {
            Some(Anchor::Object(guid)) => Some(guid),
            _ => None,
        }))
    }

    /// Returns the new object that an export object stands for.
    fn new_object(&mut self, id: u64) -> StoreResult<Result<NewObject, Refused>> {
        let object = self.unit.expect_cs(id)?;
        let dn = self.unit.dn(id)?;
        let Ok(dn) = dn.parse::<Dn>() else {
            return Ok(Err(refused("invalid-dn", &format!("`{dn}` is no name"))));
        };
        let image = object.view(View::Unapplied).to_entry();
        Ok(Ok(NewObject {
            dn,
            class: object.class,
            guid: None,
            sid: None,
            attributes: image.iter().map(|(id, values)| (id, values.to_vec())).collect(),
            references: Vec::new(),
        }))
    }

    fn create(&mut self, id: u64) -> StoreResult<Result<(), Refused>> {
        let new = match self.new_object(id)? {
            Ok(new) => new,
            Err(refused) => return Ok(Err(refused)),
        };
        if self.unit.context.conditions.forbids_everything() {
            return Ok(Err(no_right("create the object")));
        }
        let guid = match self.edit(id, &ForestEdit::Create(Box::new(new)))? {
            Ok(guid) => guid,
            Err(refusal) => return Ok(Err(translate(&refusal, ExportOp::Add))),
        };
        let anchor = Some(Anchor::Object(guid));
        settle::accepted(&mut self.unit, id, anchor, self.batch)?;
        self.log.count(Counter::ExportAdd, id);
        let has_links = self.unit.cs(id)?.is_some_and(|object| !object.exported_links.is_empty());
        if has_links { self.modify(id) } else { Ok(Ok(())) }
    }

    fn modify(&mut self, id: u64) -> StoreResult<Result<(), Refused>> {
        let Some(target) = self.anchor(id)? else {
            return Ok(Err(refused("cd-missing-object", "the object has no anchor")));
        };
        let renamed = match self.rename(id, target)? {
            Ok(renamed) => renamed,
            Err(refused) => return Ok(Err(refused)),
        };
        let (changes, links) = self.changes(id)?;
        if changes.is_empty() {
            if renamed {
                settle::accepted(&mut self.unit, id, None, self.batch)?;
                self.log.count(Counter::ExportRename, id);
                return Ok(Ok(()));
            }
            crate::synchronize::references::settle_export(&mut self.unit, id)?;
            return Ok(Ok(()));
        }
        if let Some(refused) = self.forbidden(&changes) {
            return Ok(Err(refused));
        }
        let before = self.values_to_reset(target, &changes)?;
        if let Err(refusal) = self.edit(id, &ForestEdit::Modify { target, changes })? {
            return Ok(Err(translate(&refusal, ExportOp::Update)));
        }
        self.reset_values(id, target, &before)?;
        settle::accepted(&mut self.unit, id, None, self.batch)?;
        settle::accepted_links(&mut self.unit, id, &links)?;
        let counter = if renamed { Counter::ExportRename } else { Counter::ExportUpdate };
        self.log.count(counter, id);
        Ok(Ok(()))
    }

    /// Gives an object the name that waits for export; returns whether it had one (SE-174, SE-211).
    fn rename(&mut self, id: u64, target: Guid) -> StoreResult<Result<bool, Refused>> {
        if !self.unit.cs(id)?.is_some_and(|object| object.flags.has(Flags::EXPORT_RENAME)) {
            return Ok(Ok(false));
        }
        let wanted = self.unit.dn(id)?;
        let Ok(wanted) = wanted.parse::<Dn>() else {
            return Ok(Err(refused("invalid-dn", &format!("`{wanted}` is no name"))));
        };
        let Some(number) = dirsim_forest::lookup::by_guid(self.unit.tables, target)? else {
            return Ok(Err(refused(MISSING, "the object is gone")));
        };
        let present = dirsim_forest::lookup::dn(self.unit.tables, number)?;
        let mut edits = Vec::new();
        if let Some(parent) =
            wanted.parent().filter(|parent| Some(parent) != present.parent().as_ref())
        {
            edits.push(ForestEdit::Move { target, parent });
        }
        if let Some(rdn) = wanted.rdn().filter(|rdn| Some(*rdn) != present.rdn()) {
            edits.push(ForestEdit::Rename { target, name: rdn.value.to_string() });
        }
        for edit in edits {
            if let Err(refusal) = self.edit(id, &edit)? {
                let mut refused = translate(&refusal, ExportOp::Update);
                if refused.error_type == "cd-existing-object" {
                    "rename-to-existing-dn".clone_into(&mut refused.error_type);
                }
                return Ok(Err(refused));
            }
        }
        self.unit.edit_cs(id, |object| object.flags.remove(Flags::EXPORT_RENAME))?;
        Ok(Ok(true))
    }

    /// Returns the edits that wait for an object, and the references among them.
    fn changes(&mut self, id: u64) -> StoreResult<(Vec<AttributeEdit>, Vec<SentLink>)> {
        let object = self.unit.expect_cs(id)?;
        let mut changes = Vec::new();
        let sent = object.escrowed.then(&object.unapplied);
        for (attribute, change) in sent.iter() {
            let mut push = |operation, values: Vec<Value>| {
                changes.push(AttributeEdit { attribute, operation, values });
            };
            match change {
                Change::Replace(values) => push(EditOperation::Replace, values.to_vec()),
                Change::Values(change) => {
                    if !change.remove.is_empty() {
                        push(EditOperation::Remove, change.remove.clone());
                    }
                    if !change.add.is_empty() {
                        push(EditOperation::Add, change.add.clone());
                    }
                }
            }
        }
        let has_links = !object.exported_links.is_empty();
        drop(object);
        let links = if has_links { self.reference_edits(id, &mut changes)? } else { Vec::new() };
        Ok((changes, links))
    }

    /// Adds the edits of references that wait; those whose targets have no anchor yet stay.
    fn reference_edits(
        &mut self,
        id: u64,
        changes: &mut Vec<AttributeEdit>,
    ) -> StoreResult<Vec<(AttributeId, u64, bool)>> {
        const WAITING: u8 = LinkViews::UNAPPLIED_ADD
            | LinkViews::UNAPPLIED_REMOVE
            | LinkViews::ESCROWED_ADD
            | LinkViews::ESCROWED_REMOVE;
        let mut sent = Vec::new();
        for (link, views) in cs_links::all(self.unit.tables, id, None)? {
            let Some(target) = self.anchor(link.to)?.filter(|_| views.has(WAITING)) else {
                continue;
            };
            let present = views.is_in(View::Unapplied);
            let operation = if present { EditOperation::Add } else { EditOperation::Remove };
            changes.push(AttributeEdit {
                attribute: link.attribute,
                operation,
                values: vec![Value::text(target.to_string())],
            });
            sent.push((link.attribute, link.to, present));
        }
        Ok(sent)
    }

    fn delete(&mut self, id: u64) -> StoreResult<Result<(), Refused>> {
        if self.unit.context.conditions.forbids_everything() {
            return Ok(Err(no_right("delete the object")));
        }
        if let Some(target) = self.anchor(id)? {
            let edit = ForestEdit::Delete { target, recursive: false };
            if let Err(refusal) = self.edit(id, &edit)? {
                let refused = translate(&refusal, ExportOp::Delete);
                // What is gone already counts as deleted (SE-229).
                if refused.error_type != MISSING {
                    return Ok(Err(refused));
                }
            }
        }
        settle::deleted(&mut self.unit, id, self.batch)?;
        self.log.count(Counter::ExportDelete, id);
        Ok(Ok(()))
    }
}

/// A reference that is sent: attribute, target, and whether it is to be there.
type SentLink = (AttributeId, u64, bool);

const MISSING: &str = "cd-missing-object";

fn refused(error_type: &str, text: &str) -> Refused {
    Refused {
        error_type: error_type.to_owned(),
        code: String::new(),
        text: format!("{error_type}: {text}"),
        attribute: None,
    }
}

/// Returns the refusal of what the connector account may not do at all.
fn no_right(what: &str) -> Refused {
    Refused {
        error_type: "permission-issue".to_owned(),
        code: INSUFFICIENT_RIGHTS.to_owned(),
        text: format!("permission-issue: the connector account may not {what}"),
        attribute: None,
    }
}

/// Returns the error of run history for a refusal of the directory (SE 5.4).
fn translate(refusal: &ForestRefusal, op: ExportOp) -> Refused {
    let error_type = match (refusal.name, refusal.rule) {
        ("ADIdentityNotFoundException", "SE-041") => "non-existent-parent",
        ("ADIdentityNotFoundException", _) if op == ExportOp::Add => "dn-attributes-failure",
        ("ADIdentityNotFoundException", _) => MISSING,
        ("ADIdentityAlreadyExistsException", _) => "cd-existing-object",
        (_, "SE-040") => "invalid-dn",
        (_, "SE-041") if op == ExportOp::Add => "cd-existing-object",
        _ => "constraint-violation",
    };
    refused(error_type, &refusal.message)
}
