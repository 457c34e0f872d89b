//! Values while an expression is evaluated: borrowed as long as nobody changes them.

use std::borrow::Cow;
use std::ops::Range;

use dirsim_model::{Value, ValueRef, Values};

use crate::call::VISIT;
use crate::date::Date;
use crate::environment::Environment;
use crate::tree::OptionWord;

/// One value that is not NULL (EX-015).
// What follows the tag begins at a whole word, so that copies move words: a value is handed from
// part to part, and a load across two narrower stores costs more than the work of most parts.
#[repr(u64)]
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Item<'a> {
    Text(Cow<'a, str>),
    Number(i64),
    Boolean(bool),
    Binary(Cow<'a, [u8]>),
    Date(Date),
    /// An object, by its key.
    Reference(u64),
    /// An object, by its DN (`CRef`).
    Dn(Cow<'a, str>),
    /// An option of a function; no other place can hold one.
    Option(OptionWord),
}

/// What a sub-expression gives.
#[derive(Debug, Clone)]
pub(crate) enum Val<'a> {
    /// No value.
    Null,
    /// A single value.
    Single(Item<'a>),
    /// The values of an attribute, as they are stored.
    Many(Values<'a>),
    /// A computed list; `None` is a hole that keeps its place (EX-030).
    List(Vec<Option<Item<'a>>>),
    /// A flow literal.
    Flow(Flow),
}

/// The literals that speak to the flow instead of giving a value (SR-089).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Flow {
    Ignore,
    AuthoritativeNull,
}

impl Flow {
    /// Returns the word of the language.
    pub(crate) const fn as_str(self) -> &'static str {
        match self {
            Self::Ignore => "IgnoreThisFlow",
            Self::AuthoritativeNull => "AuthoritativeNull",
        }
    }
}

impl<'a> Item<'a> {
    /// Borrows a stored value. Instants are read as the text of generalized time (EX-016).
    #[inline]
    pub(crate) fn borrowed(value: ValueRef<'a>) -> Self {
        match value {
            ValueRef::Text(text) => Self::Text(Cow::Borrowed(text)),
            ValueRef::Integer(number) => Self::Number(number),
            ValueRef::Boolean(truth) => Self::Boolean(truth),
            ValueRef::Bytes(bytes) => Self::Binary(Cow::Borrowed(bytes)),
            ValueRef::Time(time) => Self::Text(Cow::Owned(time.to_generalized())),
            ValueRef::Reference(id) => Self::Reference(id),
        }
    }

    /// Builds a text.
    pub(crate) fn text(text: impl Into<Cow<'a, str>>) -> Self {
        Self::Text(text.into())
    }

    /// Builds a binary value.
    pub(crate) fn binary(bytes: Vec<u8>) -> Self {
        Self::Binary(Cow::Owned(bytes))
    }

    /// Builds a number from a count.
    pub(crate) fn count(count: usize) -> Self {
        Self::Number(i64::try_from(count).unwrap_or(i64::MAX))
    }

    /// Returns the type as the messages name it.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self {
            Self::Text(_) => "text",
            Self::Number(_) => "a number",
            Self::Boolean(_) => "a boolean",
            Self::Binary(_) => "binary",
            Self::Date(_) => "a date",
            Self::Reference(_) | Self::Dn(_) => "a reference",
            Self::Option(_) => "an option",
        }
    }

    /// Returns whether this is the empty string.
    pub(crate) fn is_empty_text(&self) -> bool {
        matches!(self, Self::Text(text) if text.is_empty())
    }

    /// Returns the number of bytes that a copy takes.
    pub(crate) fn size(&self) -> usize {
        match self {
            Self::Text(text) | Self::Dn(text) => text.len(),
            Self::Binary(bytes) => bytes.len(),
            _ => 8,
        }
    }

    /// Returns the DN of a reference; `None` for other types and for objects that the environment
    /// keeps opaque.
    pub(crate) fn reference_text(&self, env: &'a dyn Environment) -> Option<Cow<'a, str>> {
        match self {
            Self::Dn(dn) => Some(dn.clone()),
            Self::Reference(id) => env.reference_dn(*id),
            _ => None,
        }
    }

    /// Returns the value as people read it.
    pub(crate) fn display(&self) -> String {
        match self {
            Self::Text(text) => format!("\"{text}\""),
            Self::Number(number) => number.to_string(),
            Self::Boolean(true) => "True".to_owned(),
            Self::Boolean(false) => "False".to_owned(),
            Self::Binary(bytes) => format!("binary of {} bytes", bytes.len()),
            Self::Date(date) => date.timestamp().to_string(),
            Self::Reference(id) => format!("reference #{id}"),
            Self::Dn(dn) => format!("reference \"{dn}\""),
            Self::Option(option) => option.as_str().to_owned(),
        }
    }

    /// Returns the value for the caller of the evaluator where it need not be copied.
    pub(crate) fn as_stored(&self) -> Option<ValueRef<'a>> {
        Some(match self {
            Self::Text(Cow::Borrowed(text)) | Self::Dn(Cow::Borrowed(text)) => ValueRef::Text(text),
            Self::Binary(Cow::Borrowed(bytes)) => ValueRef::Bytes(bytes),
            Self::Number(number) => ValueRef::Integer(*number),
            Self::Boolean(truth) => ValueRef::Boolean(*truth),
            Self::Date(date) => ValueRef::Time(date.timestamp()),
            Self::Reference(id) => ValueRef::Reference(*id),
            Self::Option(option) => ValueRef::Text(option.as_str()),
            Self::Text(Cow::Owned(_)) | Self::Dn(Cow::Owned(_)) | Self::Binary(Cow::Owned(_)) => {
                return None;
            }
        })
    }

    /// Copies the value for the caller of the evaluator.
    pub(crate) fn into_value(self) -> Value {
        match self {
            Self::Text(text) | Self::Dn(text) => Value::Text(text.into()),
            Self::Number(number) => Value::Integer(number),
            Self::Boolean(truth) => Value::Boolean(truth),
            Self::Binary(bytes) => Value::Bytes(bytes.into()),
            Self::Date(date) => Value::Time(date.timestamp()),
            Self::Reference(id) => Value::Reference(id),
            Self::Option(option) => Value::text(option.as_str()),
        }
    }
}

impl<'a> Val<'a> {
    /// Reads the values of an attribute (EX-016); `multi_valued` is asked only when it matters.
    #[inline]
    pub(crate) fn stored(values: Values<'a>, multi_valued: bool) -> Self {
        match values.first_and_more() {
            None => Self::Null,
            // Several values of an attribute that the schema calls single-valued are not dropped.
            Some((_, more)) if more || multi_valued => Self::Many(values),
            Some((value, _)) => Self::Single(Item::borrowed(value)),
        }
    }

    /// Builds a list, or NULL from no elements (EX-033).
    pub(crate) fn list(elements: Vec<Option<Item<'a>>>) -> Self {
        if elements.is_empty() { Self::Null } else { Self::List(elements) }
    }

    /// Returns the value of a single one.
    pub(crate) const fn single(&self) -> Option<&Item<'a>> {
        if let Self::Single(item) = self { Some(item) } else { None }
    }

    /// Builds a boolean.
    pub(crate) const fn boolean(truth: bool) -> Self {
        Self::Single(Item::Boolean(truth))
    }

    /// Returns the value or NULL.
    pub(crate) fn optional(item: Option<Item<'a>>) -> Self {
        item.map_or(Self::Null, Self::Single)
    }

    /// Walks over the elements without holes; a single value is its own only element.
    pub(crate) fn items(&self) -> Items<'_, 'a> {
        match self {
            Self::Null | Self::Flow(_) => Items::Slice([].iter()),
            Self::Single(item) => Items::One(Some(item)),
            Self::Many(values) => Items::Stored(values.iter()),
            Self::List(elements) => Items::Slice(elements.iter()),
        }
    }

    /// Takes the elements of a list with its holes.
    pub(crate) fn into_elements(self) -> Vec<Option<Item<'a>>> {
        match self {
            Self::Null | Self::Flow(_) => Vec::new(),
            Self::Single(item) => vec![Some(item)],
            Self::Many(values) => values.iter().map(|value| Some(Item::borrowed(value))).collect(),
            Self::List(elements) => elements,
        }
    }

    /// Returns whether this is a list.
    pub(crate) const fn is_list(&self) -> bool {
        matches!(self, Self::Many(_) | Self::List(_))
    }

    /// Returns whether there is no value; a list of holes has none.
    pub(crate) fn is_null(&self) -> bool {
        match self {
            Self::Null | Self::Flow(_) => true,
            Self::Single(_) | Self::Many(_) => false,
            Self::List(elements) => elements.iter().all(Option::is_none),
        }
    }

    /// Returns whether some element is more than the empty string.
    pub(crate) fn is_present(&self) -> bool {
        match self {
            Self::Null | Self::Flow(_) => false,
            Self::Single(item) => !item.is_empty_text(),
            Self::Many(values) => values.iter().any(|value| value != ValueRef::Text("")),
            Self::List(elements) => elements.iter().flatten().any(|item| !item.is_empty_text()),
        }
    }

    /// Returns the number of places, holes included; for walking in parallel.
    pub(crate) fn places(&self) -> usize {
        match self {
            Self::Many(values) => values.len(),
            Self::List(elements) => elements.len(),
            _ => 1,
        }
    }

    /// Returns what it counts to copy the value.
    pub(crate) fn weight(&self) -> usize {
        let copied: usize = match self {
            Self::Single(item) => item.size(),
            Self::List(elements) => elements.iter().flatten().map(Item::size).sum(),
            // Borrowed values are not copied.
            _ => 0,
        };
        copied + self.places() * VISIT
    }

    /// Returns the type as messages name it, with the length of a list.
    pub(crate) fn kind_name(&self) -> String {
        match self {
            Self::Null => "nothing".to_owned(),
            Self::Flow(_) => "a flow literal".to_owned(),
            Self::Single(item) => item.type_name().to_owned(),
            Self::Many(_) | Self::List(_) => format!("a list of {}", self.places()),
        }
    }

    /// Returns the value as people read it; long lists are cut.
    pub(crate) fn display(&self) -> String {
        const SHOWN: usize = 5;
        match self {
            Self::Null => "NULL".to_owned(),
            Self::Flow(flow) => flow.as_str().to_owned(),
            Self::Single(item) => item.display(),
            Self::Many(_) | Self::List(_) => {
                let shown: Vec<String> =
                    self.items().take(SHOWN).map(|item| item.display()).collect();
                let more = self.places().saturating_sub(SHOWN);
                let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
                format!("{{{}{tail}}}", shown.join(", "))
            }
        }
    }
}

/// Walks over the elements of a [`Val`], holes left out.
pub(crate) enum Items<'s, 'a> {
    One(Option<&'s Item<'a>>),
    Stored(dirsim_model::value::ValuesIter<'a>),
    Slice(std::slice::Iter<'s, Option<Item<'a>>>),
}

impl<'s, 'a> Iterator for Items<'s, 'a> {
    type Item = Cow<'s, Item<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::One(item) => item.take().map(Cow::Borrowed),
            Self::Stored(values) => values.next().map(|value| Cow::Owned(Item::borrowed(value))),
            Self::Slice(elements) => {
                elements.find_map(|element| element.as_ref()).map(Cow::Borrowed)
            }
        }
    }
}

/// Cuts a part out of a text; stays borrowed when the text is. The range must lie on characters.
pub(crate) fn text_part<'a>(text: &Cow<'a, str>, range: Range<usize>) -> Item<'a> {
    Item::Text(match text {
        Cow::Borrowed(text) => Cow::Borrowed(text.get(range).unwrap_or_default()),
        Cow::Owned(text) => Cow::Owned(text.get(range).unwrap_or_default().to_owned()),
    })
}

/// Cuts a part out of a binary value; stays borrowed when the value is.
pub(crate) fn binary_part<'a>(bytes: &Cow<'a, [u8]>, range: Range<usize>) -> Item<'a> {
    Item::Binary(match bytes {
        Cow::Borrowed(bytes) => Cow::Borrowed(bytes.get(range).unwrap_or_default()),
        Cow::Owned(bytes) => Cow::Owned(bytes.get(range).unwrap_or_default().to_vec()),
    })
}

/// Returns the byte at which character number `characters` begins, counted from 0; the length of
/// the text when it has fewer.
pub(crate) fn byte_of(text: &str, characters: usize) -> usize {
    if text.len() <= characters {
        return text.len();
    }
    text.char_indices().nth(characters).map_or(text.len(), |(at, _)| at)
}
