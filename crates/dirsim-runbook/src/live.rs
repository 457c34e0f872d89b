//! Values while a script runs.
//!
//! Lists, hashtables and objects are references, as in PowerShell: a change through one variable is
//! seen through every other. Cmdlets of the directories take and return plain [`PsValue`]s;
//! [`Live::from`] and [`Live::to_plain`] stand between the two worlds.

mod object;
mod seq;
mod table;
mod text;

use std::rc::Rc;

use dirsim_model::Guid;
use rust_decimal::Decimal;

use crate::ast::{Block, TypeName};
use crate::value::{Object, PsValue};

pub use object::LiveObject;
pub(crate) use object::{CUSTOM, Member};
pub(crate) use seq::{Seq, SeqKind};
pub(crate) use table::{Table, TableKind};
pub(crate) use text::span_text;

/// 100-nanosecond intervals in a millisecond.
pub(crate) const TICKS_MS: i64 = 10_000;
/// 100-nanosecond intervals from 0001-01-01 to 1970-01-01.
pub(crate) const TICKS_EPOCH: i64 = 621_355_968_000_000_000;

/// A value of a running script.
#[derive(Debug, Clone)]
pub enum Live {
    /// The result of something that returned nothing: `$null` everywhere but in a pipeline.
    Nothing,
    /// `$null`.
    Null,
    /// `[bool]`.
    Bool(bool),
    /// `[int]`.
    Int(i32),
    /// `[long]`.
    Long(i64),
    /// `[byte]`.
    Byte(u8),
    /// `[double]`.
    Double(f64),
    /// `[decimal]`.
    Decimal(Decimal),
    /// `[char]`.
    Char(char),
    /// `[string]`.
    Text(Rc<str>),
    /// `[datetime]` in 100-nanosecond intervals since 0001-01-01; always UTC.
    Time(i64),
    /// `[timespan]` in 100-nanosecond intervals.
    Span(i64),
    /// `[guid]`.
    Guid(Guid),
    /// An array or a list.
    Seq(Rc<Seq>),
    /// A hashtable.
    Table(Rc<Table>),
    /// An object with properties.
    Object(Rc<LiveObject>),
    /// A script block.
    Block(Rc<Closure>),
    /// A type.
    Type(Rc<TypeName>),
}

/// A script block and the variables that `GetNewClosure()` gave it.
#[derive(Debug)]
pub struct Closure {
    pub(crate) block: Rc<Block>,
    pub(crate) variables: Vec<(Rc<str>, Live)>,
}

impl Live {
    /// Makes a text.
    pub fn text(text: impl Into<Rc<str>>) -> Self {
        Self::Text(text.into())
    }

    /// Makes an array.
    pub fn array(values: Vec<Self>) -> Self {
        Self::Seq(Rc::new(Seq::new(SeqKind::Array, values)))
    }

    /// Makes an array of bytes.
    pub(crate) fn bytes(bytes: &[u8]) -> Self {
        let values = bytes.iter().map(|byte| Self::Byte(*byte)).collect();
        Self::Seq(Rc::new(Seq::new(SeqKind::Bytes, values)))
    }

    /// Makes the smallest of the two usual kinds of whole numbers that holds a number.
    pub fn whole(number: i64) -> Self {
        i32::try_from(number).map_or(Self::Long(number), Self::Int)
    }

    /// Makes a whole number of a size.
    pub(crate) fn count(number: usize) -> Self {
        Self::whole(i64::try_from(number).unwrap_or(i64::MAX))
    }

    /// Returns what several values are together: nothing, the only one, or an array.
    pub fn of_many(mut values: Vec<Self>) -> Self {
        match values.len() {
            0 => Self::Nothing,
            1 => values.pop().unwrap_or(Self::Nothing),
            _ => Self::array(values),
        }
    }

    /// Returns whether the value is `$null`.
    pub const fn is_null(&self) -> bool {
        matches!(self, Self::Nothing | Self::Null)
    }

    /// Returns the value with nothing turned into `$null`.
    #[must_use]
    pub fn settled(self) -> Self {
        if matches!(self, Self::Nothing) { Self::Null } else { self }
    }

    /// Returns the values that pass one by one through a pipeline.
    pub fn into_items(self) -> Vec<Self> {
        match self {
            Self::Nothing => Vec::new(),
            Self::Seq(seq) if seq.kind != SeqKind::Builder => seq.items.borrow().clone(),
            other => vec![other],
        }
    }

    /// Returns whether the value holds, as conditions take it.
    pub fn truth(&self) -> bool {
        match self {
            Self::Nothing | Self::Null => false,
            Self::Bool(truth) => *truth,
            Self::Int(number) => *number != 0,
            Self::Long(number) => *number != 0,
            Self::Byte(number) => *number != 0,
            Self::Double(number) => *number != 0.0,
            Self::Decimal(number) => !number.is_zero(),
            Self::Char(c) => *c != '\0',
            Self::Text(text) => !text.is_empty(),
            Self::Seq(seq) => {
                let items = seq.items.borrow();
                match items.as_slice() {
                    [] => false,
                    [Self::Seq(_)] => true,
                    [one] => one.truth(),
                    _ => true,
                }
            }
            Self::Object(object) if object.is("System.Management.Automation.SwitchParameter") => {
                object.get("IsPresent").is_some_and(|value| value.truth())
            }
            _ => true,
        }
    }

    /// Returns the plain value: a copy without references.
    ///
    /// Depth is limited, because a list may hold itself.
    pub fn to_plain(&self) -> PsValue {
        self.plain(0)
    }

    fn plain(&self, depth: usize) -> PsValue {
        if depth > 32 {
            return PsValue::Text(self.to_text());
        }
        match self {
            Self::Nothing | Self::Null => PsValue::Null,
            Self::Bool(truth) => PsValue::Boolean(*truth),
            Self::Int(number) => PsValue::Integer(i64::from(*number)),
            Self::Long(number) => PsValue::Integer(*number),
            Self::Byte(number) => PsValue::Integer(i64::from(*number)),
            Self::Double(number) => PsValue::Real(*number),
            Self::Decimal(_) | Self::Char(_) | Self::Text(_) | Self::Type(_) => {
                PsValue::Text(self.to_text())
            }
            Self::Block(closure) => PsValue::Text(closure.block.text.trim().to_owned()),
            Self::Time(ticks) => PsValue::Time(timestamp(*ticks)),
            Self::Span(ticks) => PsValue::Duration(ticks / TICKS_MS),
            Self::Guid(guid) => PsValue::Guid(*guid),
            Self::Seq(seq) => {
                let items = seq.items.borrow();
                if seq.kind == SeqKind::Bytes {
                    return PsValue::Bytes(
                        items
                            .iter()
                            .filter_map(|item| match item {
                                Self::Byte(byte) => Some(*byte),
                                _ => None,
                            })
                            .collect(),
                    );
                }
                PsValue::List(items.iter().map(|item| item.plain(depth + 1)).collect())
            }
            Self::Table(table) => PsValue::Table(
                table
                    .pairs()
                    .into_iter()
                    .map(|(key, value)| (key.to_text(), value.plain(depth + 1)))
                    .collect(),
            ),
            Self::Object(object) if object.is_word() => PsValue::Text(self.to_text()),
            Self::Object(object) => PsValue::Object(Box::new(object.plain(depth + 1))),
        }
    }
}

/// Returns the instant of .NET ticks.
pub(crate) const fn timestamp(ticks: i64) -> dirsim_model::Timestamp {
    dirsim_model::Timestamp((ticks - TICKS_EPOCH).div_euclid(TICKS_MS))
}

/// Returns the .NET ticks of an instant.
pub(crate) const fn ticks(time: dirsim_model::Timestamp) -> i64 {
    time.0.saturating_mul(TICKS_MS).saturating_add(TICKS_EPOCH)
}

impl From<PsValue> for Live {
    fn from(value: PsValue) -> Self {
        match value {
            PsValue::Null => Self::Null,
            PsValue::Boolean(truth) => Self::Bool(truth),
            PsValue::Integer(number) => Self::whole(number),
            PsValue::Real(number) => Self::Double(number),
            PsValue::Text(text) => Self::Text(text.into()),
            PsValue::Time(time) => Self::Time(ticks(time)),
            PsValue::Duration(ms) => Self::Span(ms.saturating_mul(TICKS_MS)),
            PsValue::Bytes(bytes) => Self::bytes(&bytes),
            PsValue::List(values) => Self::array(values.into_iter().map(Self::from).collect()),
            PsValue::Table(pairs) => {
                let table = Table::new(TableKind::Ordered);
                for (key, value) in pairs {
                    table.set(Self::text(key), Self::from(value));
                }
                Self::Table(Rc::new(table))
            }
            PsValue::Object(object) => Self::from(*object),
            PsValue::Guid(guid) => Self::Guid(guid),
        }
    }
}

impl From<Object> for Live {
    /// Objects that stand for one value become that value.
    fn from(object: Object) -> Self {
        const SCALARS: &[&str] = &[
            "System.String",
            "System.DateTime",
            "System.Int32",
            "System.Boolean",
            "System.Guid",
            "System.TimeSpan",
        ];
        if SCALARS.contains(&object.type_name) && object.properties.len() == 1 {
            let value = object.properties.into_iter().next().map(|(_, value)| value);
            return value.map_or(Self::Null, Self::from);
        }
        Self::Object(Rc::new(LiveObject::from_plain(object)))
    }
}

impl From<&str> for Live {
    fn from(text: &str) -> Self {
        Self::text(text)
    }
}

impl From<String> for Live {
    fn from(text: String) -> Self {
        Self::text(text)
    }
}

impl From<bool> for Live {
    fn from(truth: bool) -> Self {
        Self::Bool(truth)
    }
}
