//! Values, entries, names and schema: the words that every other crate speaks.
//!
//! Nothing here knows a directory, a rule or a disk. Read [`value`] and [`entry`] first: an object
//! is an [`Entry`], a compact byte string read through borrowed views.

pub mod address;
pub mod anchor;
pub mod attribute;
pub mod dice;
pub mod dn;
pub mod entry;
pub mod guid;
pub mod nearest;
pub mod number_set;
pub mod schema;
pub mod service_changes;
pub mod sid;
pub mod table;
pub mod time;
pub mod typed;
pub mod value;

pub use address::ProxyAddress;
pub use anchor::SourceAnchor;
pub use attribute::AttributeId;
pub use dice::Dice;
pub use dn::Dn;
pub use entry::{Entry, EntryBuilder, EntryWriter};
pub use guid::Guid;
pub use nearest::nearest;
pub use number_set::AttributeSet;
pub use schema::{ClassId, Schema, Side, Syntax};
pub use service_changes::{AsOf, service_changes};
pub use sid::Sid;
pub use table::AttributeTable;
pub use time::Timestamp;
pub use value::{Value, ValueRef, Values};
