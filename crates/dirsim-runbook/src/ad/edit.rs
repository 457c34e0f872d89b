//! Values of cmdlets to changes of attributes.

use dirsim_forest::{AttributeEdit, EditOperation, ForestEdit};
use dirsim_model::{AttributeId, Side, Syntax, Value, typed};
use dirsim_world::Input;

use super::{AdObject, property};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, forest_refused};
use crate::value::{Object, PsValue};

/// Returns the attribute of a name, a name of the module or of the directory.
pub(crate) fn attribute(
    session: &Session<'_>,
    bound: &Bound,
    name: &str,
) -> Result<AttributeId, CommandError> {
    let schema = session.schema();
    let known = schema.attribute(property::ldap_name(name)).filter(|id| {
        schema.definition(Side::Forest, *id).is_some()
            || schema.added_names().iter().any(|added| added.eq_ignore_ascii_case(name))
    });
    known.ok_or_else(|| {
        let message = format!(
            "The specified directory service attribute or value does not exist\nParameter name: {name}"
        );
        forest_refused(bound, name, "ADInvalidOperationException", "interfaces 5.1", message)
    })
}

/// Converts a value to the syntax of an attribute. Bytes are a list of numbers, the text of a
/// GUID, or base64; null is no value.
pub(crate) fn values(
    session: &Session<'_>,
    bound: &Bound,
    attribute: AttributeId,
    value: &PsValue,
) -> Result<Vec<Value>, CommandError> {
    let schema = session.schema();
    let syntax = schema.syntax(Side::Forest, attribute);
    let binary = matches!(syntax, Syntax::Bytes | Syntax::Guid | Syntax::Sid);
    if binary && let Some(bytes) = bytes_of(value) {
        return Ok(vec![Value::bytes(bytes)]);
    }
    value
        .each()
        .into_iter()
        .map(|item| {
            convert(syntax, item).ok_or_else(|| {
                let name = schema.name(attribute);
                let message = format!(
                    "The attribute syntax specified to the directory service is invalid: '{}' for '{name}'.",
                    item.to_text()
                );
                forest_refused(bound, name, "ADInvalidOperationException", "interfaces 2.1", message)
            })
        })
        .collect()
}

/// Reads a list of numbers up to 255 as bytes.
fn bytes_of(value: &PsValue) -> Option<Vec<u8>> {
    match value {
        PsValue::Bytes(bytes) => Some(bytes.clone()),
        PsValue::List(items) if !items.is_empty() => items
            .iter()
            .map(|item| match item {
                PsValue::Integer(number) => u8::try_from(*number).ok(),
                _ => None,
            })
            .collect(),
        _ => None,
    }
}

fn convert(syntax: Syntax, item: &PsValue) -> Option<Value> {
    match (syntax, item) {
        (Syntax::Integer, PsValue::Time(time)) => Some(Value::Integer(time.to_filetime())),
        (Syntax::Guid | Syntax::Sid | Syntax::Bytes, PsValue::List(_) | PsValue::Bytes(_)) => {
            bytes_of(item).map(Value::bytes)
        }
        _ => typed::parse(syntax, &item.to_text()),
    }
}

/// Returns an edit that replaces the values of an attribute.
pub(crate) fn replace(
    session: &Session<'_>,
    bound: &Bound,
    name: &str,
    value: &PsValue,
) -> Result<AttributeEdit, CommandError> {
    let attribute = attribute(session, bound, name)?;
    let values = match value {
        // An empty text clears, as the module's own properties do.
        PsValue::Text(text) if text.is_empty() => Vec::new(),
        value => values(session, bound, attribute, value)?,
    };
    Ok(AttributeEdit { attribute, operation: EditOperation::Replace, values })
}

/// Returns the edits of `-Remove`, `-Add`, `-Replace` and `-Clear`, in this order of effect.
pub(crate) fn from_tables(
    session: &Session<'_>,
    bound: &Bound,
) -> Result<Vec<AttributeEdit>, CommandError> {
    let mut edits = Vec::new();
    for (parameter, operation) in [
        ("Remove", EditOperation::Remove),
        ("Add", EditOperation::Add),
        ("Replace", EditOperation::Replace),
    ] {
        for (name, value) in bound.table(parameter) {
            let attribute = attribute(session, bound, name)?;
            let values = values(session, bound, attribute, value)?;
            edits.push(AttributeEdit { attribute, operation, values });
        }
    }
    for name in bound.texts("Clear") {
        let attribute = attribute(session, bound, name)?;
        edits.push(AttributeEdit {
            attribute,
            operation: EditOperation::Replace,
            values: Vec::new(),
        });
    }
    Ok(edits)
}

/// Returns the edits that make an object what `-Instance` is: an object of a `Get-` cmdlet whose
/// properties a script has changed.
pub(crate) fn from_instance(
    session: &Session<'_>,
    bound: &Bound,
    target: &AdObject,
    instance: &Object,
) -> Result<Vec<AttributeEdit>, CommandError> {
    let mut edits = Vec::new();
    for (name, value) in &instance.properties {
        let schema = session.schema();
        let Some(id) = schema.attribute(property::ldap_name(name)) else { continue };
        if schema.definition(Side::Forest, id).is_none() {
            continue;
        }
        let now = property::values(session, target, name)?;
        let texts = |values: &[&PsValue]| -> Vec<String> {
            values.iter().map(|value| value.to_text()).collect()
        };
        if texts(&value.each()) != texts(&now.iter().collect::<Vec<_>>()) {
            edits.push(replace(session, bound, name, value)?);
        }
    }
    Ok(edits)
}

/// Applies changes to an object; nothing happens without any.
pub(crate) fn apply(
    session: &mut Session<'_>,
    bound: &Bound,
    target: &AdObject,
    changes: Vec<AttributeEdit>,
) -> Result<(), CommandError> {
    if changes.is_empty() {
        return Ok(());
    }
    let dn = dirsim_forest::lookup::dn(session.tables(), target.id)?.to_string();
    let edit = ForestEdit::Modify { target: target.object.guid, changes };
    session.act(bound, &dn, Input::Forest(edit)).map(drop)
}
