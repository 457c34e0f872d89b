//! Values of a scenario file that know where they stand.

use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_saphyr::Spanned;

/// A place in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Place {
    /// The line, from 1.
    pub line: usize,
    /// The column, from 1.
    pub column: usize,
    /// The first byte; `None` when the value has no text of its own, as after an alias.
    pub start: Option<usize>,
    /// The byte behind the last one.
    pub end: Option<usize>,
}

/// A value and the place it was written at.
#[derive(Debug, Clone, Default)]
pub struct Located<T> {
    /// The value.
    pub value: T,
    /// Where it stands.
    pub at: Place,
}

/// Any value that YAML can write.
#[derive(Debug, Clone, PartialEq)]
pub enum Data {
    /// Nothing: the attribute, or the object, is absent.
    Null,
    /// True or false.
    Boolean(bool),
    /// A whole number.
    Integer(i64),
    /// Text.
    Text(String),
    /// Several values.
    List(Vec<Located<Data>>),
    /// Named values in the order of the file.
    Map(Record),
}

/// Named values in the order of the file: an object, or what is expected of one.
#[derive(Debug, Clone, Default)]
pub struct Record(pub Vec<(Located<String>, Located<Data>)>);

impl PartialEq for Record {
    fn eq(&self, other: &Self) -> bool {
        self.0.len() == other.0.len()
            && self.0.iter().zip(&other.0).all(|(a, b)| a.0.value == b.0.value && a.1 == b.1)
    }
}

impl<T: PartialEq> PartialEq for Located<T> {
    /// Places do not matter.
    fn eq(&self, other: &Self) -> bool {
        self.value == other.value
    }
}

impl Record {
    /// Returns the value of a name, compared without case.
    pub fn get(&self, name: &str) -> Option<&Located<Data>> {
        self.0.iter().find(|(key, _)| key.value.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

impl Data {
    /// Returns the text of a scalar as it would be typed; `None` for nothing, lists and maps.
    pub fn scalar(&self) -> Option<String> {
        match self {
            Self::Boolean(truth) => Some(truth.to_string()),
            Self::Integer(number) => Some(number.to_string()),
            Self::Text(text) => Some(text.clone()),
            Self::Null | Self::List(_) | Self::Map(_) => None,
        }
    }

    /// Returns a list as it is and anything else as a list of one; nothing as an empty list.
    pub fn items(&self) -> Vec<&Self> {
        match self {
            Self::Null => Vec::new(),
            Self::List(items) => items.iter().map(|item| &item.value).collect(),
            other => vec![other],
        }
    }

    /// Returns the word for error messages.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Boolean(_) => "true or false",
            Self::Integer(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Map(_) => "a map",
        }
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Located<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let spanned = Spanned::<T>::deserialize(deserializer)?;
        let (at, span) = (spanned.referenced, spanned.referenced.span());
        let own = spanned.referenced == spanned.defined;
        let bytes =
            span.byte_offset().zip(span.byte_len()).filter(|_| own).and_then(|(start, len)| {
                Some((usize::try_from(start).ok()?, usize::try_from(len).ok()?))
            });
        Ok(Self {
            value: spanned.value,
            at: Place {
                line: count(at.line()),
                column: count(at.column()),
                start: bytes.map(|(start, _)| start),
                end: bytes.map(|(start, len)| start + len),
            },
        })
    }
}

/// Returns a line or column; files have fewer than a machine can count.
pub(crate) fn count(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}

impl<'de> Deserialize<'de> for Data {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyValue;
        impl<'de> Visitor<'de> for AnyValue {
            type Value = Data;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("text, a number, true, false, a list or a map")
            }

            fn visit_bool<E>(self, truth: bool) -> Result<Data, E> {
                Ok(Data::Boolean(truth))
            }

            fn visit_i64<E>(self, number: i64) -> Result<Data, E> {
                Ok(Data::Integer(number))
            }

            fn visit_u64<E: de::Error>(self, number: u64) -> Result<Data, E> {
                i64::try_from(number)
                    .map(Data::Integer)
                    .map_err(|_| E::custom(format_args!("the number {number} is too large")))
            }

            fn visit_f64<E>(self, number: f64) -> Result<Data, E> {
                Ok(Data::Text(number.to_string()))
            }

            fn visit_str<E>(self, text: &str) -> Result<Data, E> {
                Ok(Data::Text(text.to_owned()))
            }

            fn visit_unit<E>(self) -> Result<Data, E> {
                Ok(Data::Null)
            }

            fn visit_none<E>(self) -> Result<Data, E> {
                Ok(Data::Null)
            }

            fn visit_some<D: Deserializer<'de>>(self, inner: D) -> Result<Data, D::Error> {
                Data::deserialize(inner)
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Data, A::Error> {
                let mut list = Vec::new();
                while let Some(item) = items.next_element()? {
                    list.push(item);
                }
                Ok(Data::List(list))
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Data, A::Error> {
                let mut record = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    record.push(entry);
                }
                Ok(Data::Map(Record(record)))
            }
        }
        deserializer.deserialize_any(AnyValue)
    }
}

impl<'de> Deserialize<'de> for Record {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Entries;
        impl<'de> Visitor<'de> for Entries {
            type Value = Record;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a map of names to values")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Record, A::Error> {
                let mut record = Vec::new();
                while let Some(entry) = entries.next_entry()? {
                    record.push(entry);
                }
                Ok(Record(record))
            }
        }
        deserializer.deserialize_map(Entries)
    }
}

impl<T: JsonSchema> JsonSchema for Located<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> std::borrow::Cow<'static, str> {
        T::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

impl JsonSchema for Data {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Data".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "description": "Text, a number, true, false, null, a list or a map." })
    }
}

impl JsonSchema for Record {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "Record".into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        let data = generator.subschema_for::<Data>();
        json_schema!({
            "description": "Names and values: attributes of an object, or what is expected of one.",
            "type": "object",
            "additionalProperties": data,
        })
    }
}
