//! Values become the type of the attribute they flow to (SR-083 to SR-087).

use dirsim_model::schema::AttributeDefinition;
use dirsim_model::value::Kind;
use dirsim_model::{Side, Syntax, Timestamp, Value, ValueRef};

use crate::limits::limits;
use crate::scope::parse_number;

/// What happens to values on their way into one target attribute.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Conversion {
    /// The type of the target.
    pub syntax: Syntax,
    /// Whether the target takes several values (SR-085).
    pub multi_valued: bool,
    /// Whether the target is an indexed text of the metaverse, limited to 448 characters (SR-087).
    pub limited: bool,
}

impl Conversion {
    /// Returns the conversion into an attribute of a side.
    pub(crate) fn into_target(side: Side, name: &str, definition: AttributeDefinition) -> Self {
        let limited = side == Side::Metaverse
            && definition.syntax == Syntax::Text
            && !limits().not_indexed.contains(name);
        Self { syntax: definition.syntax, multi_valued: definition.multi_valued, limited }
    }

    /// Whether values of an attribute with this syntax can ever be converted; a Direct flow between
    /// others is refused when the rule is loaded (SR-083).
    pub fn accepts(self, from: Syntax) -> bool {
        use Syntax::{Boolean, Bytes, Guid, Integer, Reference, Sid, Text, Time};
        match self.syntax {
            Text => !matches!(from, Bytes | Guid | Sid),
            Integer => matches!(from, Text | Integer | Boolean | Time),
            Boolean => matches!(from, Text | Integer | Boolean),
            Bytes | Guid | Sid => matches!(from, Bytes | Guid | Sid),
            // A SID names its owner: the creator of a computer becomes a reference.
            Reference => matches!(from, Reference | Text | Sid),
            Time => matches!(from, Text | Integer | Time),
        }
    }

    /// Whether values of this syntax need no conversion.
    pub(super) const fn is_identity(self, kind: Kind) -> bool {
        use Syntax::{Boolean, Bytes, Guid, Integer, Reference, Sid, Text, Time};
        matches!(
            (self.syntax, kind),
            (Text, Kind::Text)
                | (Integer, Kind::Integer)
                | (Boolean, Kind::Boolean)
                | (Bytes | Guid | Sid, Kind::Bytes)
                // Text and SIDs in a reference are resolved by whoever knows the objects; what
                // resolves to nothing is absent (SR-025).
                | (Reference, Kind::Reference | Kind::Text | Kind::Bytes)
                | (Time, Kind::Time)
        )
    }

    /// Converts one value; `None` is `type-conflict`.
    pub fn convert(self, value: ValueRef<'_>) -> Option<Value> {
        if self.is_identity(value.kind()) {
            return Some(value.to_owned());
        }
        Some(match (self.syntax, value) {
            (Syntax::Text, ValueRef::Integer(_) | ValueRef::Boolean(_) | ValueRef::Time(_)) => {
                Value::text(value.display())
            }
            (Syntax::Integer, ValueRef::Text(text)) => Value::Integer(parse_number(text)?),
            (Syntax::Integer, ValueRef::Boolean(truth)) => Value::Integer(i64::from(truth)),
            (Syntax::Integer, ValueRef::Time(time)) => Value::Integer(time.to_filetime()),
            (Syntax::Boolean, ValueRef::Text(text)) => Value::Boolean(parse_boolean(text)?),
            (Syntax::Boolean, ValueRef::Integer(number)) => Value::Boolean(number != 0),
            (Syntax::Time, ValueRef::Text(text)) => Value::Time(text.parse().ok()?),
            (Syntax::Time, ValueRef::Integer(filetime)) => {
                Value::Time(Timestamp::from_filetime(filetime))
            }
            _ => return None,
        })
    }

    /// Returns how many bytes a text surely may have.
    pub(super) fn safe_length(self) -> usize {
        if self.limited { limits().indexed_characters_max } else { usize::MAX }
    }

    /// Whether a text of so many bytes may be longer than the target takes.
    pub(super) fn may_be_too_long(self, bytes: usize) -> bool {
        bytes > self.safe_length()
    }

    /// Whether a converted text is longer than the target takes (SR-087).
    pub(super) fn is_too_long(self, value: ValueRef<'_>) -> bool {
        // Bytes are counted first: only a long text needs its characters counted.
        self.limited
            && value.as_text().is_some_and(|text| {
                let most = limits().indexed_characters_max;
                text.len() > most && text.chars().count() > most
            })
    }
}

/// Converts the text of a constant (SR-082); an empty one is NULL. `None` is `type-conflict`.
pub(crate) fn constant(text: &str, conversion: Conversion) -> Option<Vec<Value>> {
    if text.is_empty() {
        return Some(Vec::new());
    }
    conversion.convert(ValueRef::Text(text)).map(|value| vec![value])
}

/// Reads a truth (SR-009).
fn parse_boolean(text: &str) -> Option<bool> {
    match text.trim().to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}
