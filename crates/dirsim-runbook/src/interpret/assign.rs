//! Assignments: variables, properties, items, several at once.

use std::rc::Rc;

use crate::ast::{BinaryOperator, Expression, ExpressionKind, Statement, StatementKind, Variable};
use crate::live::{Live, SeqKind};
use crate::operators;
use crate::session::Session;
use crate::stop::{Run, Stop};

impl Session<'_> {
    /// Carries out an assignment and returns what was assigned.
    pub(super) fn assignment(&mut self, statement: &Statement) -> Run<Live> {
        let StatementKind::Assign { target, operator, value } = &statement.kind else {
            return Ok(Live::Nothing);
        };
        self.state.budget.step()?;
        if *operator == Some(BinaryOperator::Coalesce) {
            let current = self.evaluate(target)?;
            if !current.is_null() {
                return Ok(current);
            }
            let value = self.statement_value(value)?;
            self.assign_to(target, value.clone().settled())?;
            return Ok(value);
        }
        let value = self.statement_value(value)?;
        self.state.span = statement.span;
        self.state.success = true;
        match operator {
            None => {
                self.assign_to(target, value.clone())?;
                Ok(value)
            }
            Some(operator) => self.assign_with(target, *operator, &value),
        }
    }

    fn assign_with(
        &mut self,
        target: &Expression,
        operator: BinaryOperator,
        value: &Live,
    ) -> Run<Live> {
        // A list that only this variable holds grows in place: the same result without the copy.
        if let (BinaryOperator::Add, ExpressionKind::Variable(Variable { scope: None, name })) =
            (operator, &target.kind)
            && let Some(current) = self.state.take_local(name)
        {
            if let Live::Seq(seq) = &current
                && Rc::strong_count(seq) == 1
                && seq.kind == SeqKind::Array
            {
                let more = match value {
                    Live::Nothing => Vec::new(),
                    Live::Seq(more) => more.items.borrow().clone(),
                    other => vec![other.clone()],
                };
                self.state.budget.charge(more.len() * crate::limits::ITEM_BYTES)?;
                seq.items.borrow_mut().extend(more);
                self.state.set_local(name, current);
                return Ok(Live::Nothing);
            }
            self.state.set_local(name, current);
        }
        let current = self.evaluate(target)?;
        let result = operators::binary(operator, &current, value, &mut self.state.budget)?;
        self.assign_to(target, result.clone())?;
        Ok(result)
    }

    /// Assigns a value to a variable, property, item, or to several of them.
    pub(super) fn assign_to(&mut self, target: &Expression, value: Live) -> Run<()> {
        match &target.kind {
            // `$null = …` throws a value away.
            ExpressionKind::Null => Ok(()),
            ExpressionKind::Variable(variable) => self.state.assign(variable, value, None),
            ExpressionKind::Cast(type_name, inner) => match &inner.kind {
                ExpressionKind::Variable(variable) => {
                    let value = self.cast_to(type_name, &value)?;
                    self.state.assign(variable, value, Some(type_name))
                }
                _ => {
                    let value = self.cast_to(type_name, &value)?;
                    self.assign_to(inner, value)
                }
            },
            ExpressionKind::Array(targets) => {
                let mut values = match value {
                    Live::Null | Live::Nothing => Vec::new(),
                    other => other.into_items(),
                }
                .into_iter();
                for (index, target) in targets.iter().enumerate() {
                    let value = if index + 1 == targets.len() {
                        Live::of_many(values.by_ref().collect()).settled()
                    } else {
                        values.next().unwrap_or(Live::Null)
                    };
                    self.assign_to(target, value)?;
                }
                Ok(())
            }
            ExpressionKind::Member { target, name, .. } => {
                let object = self.evaluate(target)?;
                let name = self.evaluate(name)?.to_text();
                if let Live::Type(type_name) = &object
                    && let Some(user) = self.state.types.get(&type_name.name.to_lowercase())
                {
                    let user = Rc::clone(user);
                    return self.set_user_static(&user, &name, value.settled());
                }
                self.set_member(&object, &name, value.settled())
            }
            ExpressionKind::Index(target, index) => {
                let object = self.evaluate(target)?;
                let index = self.evaluate(index)?;
                set_index(&object, &index, value.settled())
            }
            _ => Err(Stop::runtime("InvalidAssignment", "This cannot be assigned to.")),
        }
    }

    /// Sets a property; one of a class converts what it is given.
    pub(super) fn set_member(&mut self, object: &Live, name: &str, value: Live) -> Run<()> {
        if let Live::Object(object) = object
            && let Some(user) = &object.user
            && let Some(type_name) = user.type_of(name)
        {
            let value = self.cast_to(type_name, &value)?;
            object.put(name, value);
            return Ok(());
        }
        if let Live::Object(object) = object
            && object.source.is_some()
        {
            return Err(Stop::runtime(
                "PropertyNotFound",
                format!(
                    "The property '{name}' cannot be set: dirsim reads XML documents and does not change them."
                ),
            ));
        }
        set_member(object, name, value)
    }
}

fn set_member(object: &Live, name: &str, value: Live) -> Run<()> {
    match object {
        Live::Object(object) if object.set(name, value.clone()) => Ok(()),
        Live::Table(table) => {
            table.set(Live::text(name), value);
            Ok(())
        }
        Live::Seq(seq) if seq.kind == SeqKind::Array && seq.len() > 0 => {
            let items = seq.items.borrow().clone();
            for item in items {
                set_member(&item, name, value.clone())?;
            }
            Ok(())
        }
        Live::Nothing | Live::Null => Err(not_found(name)),
        _ => Err(not_found(name)),
    }
}

fn not_found(name: &str) -> Stop {
    Stop::runtime(
        "PropertyNotFound",
        format!(
            "The property '{name}' cannot be found on this object. Verify that the property exists and can be set."
        ),
    )
}

fn set_index(object: &Live, index: &Live, value: Live) -> Run<()> {
    match object {
        Live::Table(table) => {
            if index.is_null() {
                return Err(Stop::error(
                    "System.ArgumentNullException",
                    "NullArrayIndex",
                    "Index operation failed; the array index evaluated to null.",
                ));
            }
            if let (crate::live::TableKind::Ordered, Live::Int(at)) = (table.kind, index) {
                let key = usize::try_from(*at).ok().and_then(|at| table.keys().get(at).cloned());
                let key = key.ok_or_else(|| out_of_range(index))?;
                table.set(key, value);
                return Ok(());
            }
            table.set(index.clone(), value);
            Ok(())
        }
        Live::Seq(seq) => {
            let mut items = seq.items.borrow_mut();
            let at = operators::number::number(index).and_then(operators::number::Number::rounded);
            let at =
                at.map(|at| if at < 0 { at + i64::try_from(items.len()).unwrap_or(0) } else { at });
            let place = at
                .and_then(|at| usize::try_from(at).ok())
                .and_then(|at| items.get_mut(at))
                .ok_or_else(|| out_of_range(index))?;
            *place = value;
            Ok(())
        }
        Live::Nothing | Live::Null => {
            Err(Stop::runtime("NullArray", "Cannot index into a null array."))
        }
        other => Err(Stop::runtime(
            "CannotIndex",
            format!("Unable to index into an object of type {}.", other.type_name()),
        )),
    }
}

fn out_of_range(index: &Live) -> Stop {
    let _ = index;
    Stop::error(
        "System.IndexOutOfRangeException",
        "System.IndexOutOfRangeException",
        "Index was outside the bounds of the array.",
    )
}
