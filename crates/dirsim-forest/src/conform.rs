//! Values as the schema of the directory wants them: syntax, number, length (`interfaces.md` 2.1).

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, Guid, Schema, Sid, Side, Syntax, Timestamp, Value};

use crate::{ForestRefusal, link, refusal};

/// Upper limits in characters by the name of the attribute in small letters.
static LONGEST: LazyLock<BTreeMap<String, usize>> = LazyLock::new(|| {
    include_str!("../../../config/schema/forest-lengths.yaml")
        .lines()
        .filter(|line| !line.starts_with('#'))
        .filter_map(|line| {
            let (name, limit) = line.split_once(':')?;
            Some((name.trim().to_lowercase(), limit.trim().parse().ok()?))
        })
        .collect()
});

/// Returns a value in the syntax of its attribute; texts that read as one are converted.
///
/// An attribute that the schema does not list keeps the value as it is.
pub(crate) fn value(
    schema: &Schema,
    attribute: AttributeId,
    value: &Value,
) -> Result<Value, ForestRefusal> {
    let Some(definition) = schema.definition(Side::Forest, attribute) else {
        return Ok(value.clone());
    };
    let fitting = match (definition.syntax, value) {
        // The directory has no empty values.
        (_, Value::Text(text)) if text.is_empty() => None,
        (Syntax::Text, Value::Text(_))
        | (Syntax::Integer, Value::Integer(_))
        | (Syntax::Boolean, Value::Boolean(_))
        | (Syntax::Bytes, Value::Bytes(_))
        | (Syntax::Time, Value::Time(_)) => Some(value.clone()),
        (Syntax::Text, Value::Integer(number)) => Some(number.to_string().into()),
        (Syntax::Text, Value::Boolean(truth)) => Some(if *truth { "TRUE" } else { "FALSE" }.into()),
        (Syntax::Text, Value::Time(time)) => Some(time.to_generalized().into()),
        (Syntax::Integer, Value::Text(text)) => text.trim().parse().ok().map(Value::Integer),
        (Syntax::Integer, Value::Time(time)) => Some(Value::Integer(time.to_filetime())),
        (Syntax::Boolean, Value::Text(text)) => match text.to_ascii_lowercase().as_str() {
            "true" => Some(Value::Boolean(true)),
            "false" => Some(Value::Boolean(false)),
            _ => None,
        },
        (Syntax::Guid, Value::Bytes(bytes)) => Guid::from_slice(bytes).map(|_| value.clone()),
        (Syntax::Guid, Value::Text(text)) => {
            text.parse::<Guid>().ok().map(|guid| Value::bytes(*guid.as_bytes()))
        }
        (Syntax::Sid, Value::Bytes(bytes)) => Sid::from_slice(bytes).map(|_| value.clone()),
        (Syntax::Sid, Value::Text(text)) => {
            text.parse::<Sid>().ok().map(|sid| Value::bytes(sid.as_bytes()))
        }
        (Syntax::Time, Value::Text(text)) => text.parse::<Timestamp>().ok().map(Value::Time),
        _ => None,
    };
    fitting.ok_or_else(|| refusal::bad_value(schema.name(attribute), value))
}

/// Returns all values of an attribute in its syntax, refusing a second value where the schema
/// allows one (SE-041).
pub(crate) fn values(
    schema: &Schema,
    attribute: AttributeId,
    given: &[Value],
) -> Result<Vec<Value>, ForestRefusal> {
    if given.len() > 1 && !schema.is_multi_valued(Side::Forest, attribute) {
        return Err(refusal::one_value_only(schema.name(attribute)));
    }
    given.iter().map(|one| value(schema, attribute, one)).collect()
}

/// Refuses texts longer than the directory takes.
pub(crate) fn check_length(
    schema: &Schema,
    attribute: AttributeId,
    values: &[Value],
) -> Result<(), ForestRefusal> {
    let name = schema.name(attribute);
    let Some(limit) = LONGEST.get(&name.to_lowercase()) else { return Ok(()) };
    let too_long = |value: &Value| matches!(value, Value::Text(t) if t.chars().count() > *limit);
    if values.iter().any(too_long) {
        return Err(refusal::out_of_range(name, *limit));
    }
    Ok(())
}

/// Returns the attributes that the directory computes: back links, names, times and change
/// numbers. They are left out of what is stored, and nobody writes them (SE-047).
pub(crate) fn computed(schema: &Schema) -> BTreeSet<AttributeId> {
    const NAMES: &[&str] =
        &["distinguishedName", "isRecycled", "msDS-parentdistname", "canonicalName"];
    const FIXED: [AttributeId; 10] = [
        well_known::DN,
        well_known::MEMBER_OF,
        well_known::DIRECT_REPORTS,
        well_known::WHEN_CREATED,
        well_known::WHEN_CHANGED,
        well_known::USN_CHANGED,
        well_known::USN_CREATED,
        well_known::PARENT_GUID,
        well_known::IS_DELETED,
        well_known::LAST_KNOWN_PARENT,
    ];
    let back_links = link::PAIRS.iter().map(|(_, back)| *back);
    let named = NAMES.iter().copied().chain(back_links).filter_map(|name| schema.attribute(name));
    FIXED.into_iter().chain([well_known::LAST_KNOWN_RDN]).chain(named).collect()
}

/// Returns whether the name belongs to another side only, such as `cloudAnchor`: the directory has
/// no such attribute. Names of no side came with somebody's export and are taken as they are.
pub(crate) fn is_foreign(schema: &Schema, attribute: AttributeId) -> bool {
    let knows = |side| schema.definition(side, attribute).is_some();
    !knows(Side::Forest) && [Side::Metaverse, Side::Entra, Side::Tenant].into_iter().any(knows)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_list_of_lengths_reads() {
        let text = include_str!("../../../config/schema/forest-lengths.yaml");
        let listed = text.lines().filter(|line| !line.starts_with('#') && !line.trim().is_empty());
        assert_eq!(LONGEST.len(), listed.count());
        assert_eq!(LONGEST.get("samaccountname"), Some(&256));
    }
}
