//! Arrays and lists.

use std::cell::RefCell;

use super::Live;

/// What kind of list a list is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SeqKind {
    /// `[object[]]`: of a fixed size.
    Array,
    /// `[string[]]`.
    Texts,
    /// `[int[]]`.
    Ints,
    /// `[byte[]]`.
    Bytes,
    /// `[char[]]`.
    Chars,
    /// `[System.Collections.ArrayList]`.
    ArrayList,
    /// `[System.Collections.Generic.List[object]]`.
    List,
    /// `[System.Collections.Generic.HashSet[string]]`: each value once.
    Set,
    /// The same with a comparer that knows no letter case.
    FoldedSet,
    /// `[System.Text.StringBuilder]`: its only item is a text.
    Builder,
}

/// A list.
#[derive(Debug)]
pub struct Seq {
    pub(crate) kind: SeqKind,
    pub(crate) items: RefCell<Vec<Live>>,
}

impl Seq {
    pub(crate) const fn new(kind: SeqKind, items: Vec<Live>) -> Self {
        Self { kind, items: RefCell::new(items) }
    }

    /// Returns whether values can be added and removed.
    pub(crate) const fn grows(&self) -> bool {
        matches!(self.kind, SeqKind::ArrayList | SeqKind::List | SeqKind::Set | SeqKind::FoldedSet)
    }

    pub(crate) fn len(&self) -> usize {
        self.items.borrow().len()
    }

    /// Returns the .NET name of the type.
    pub(crate) const fn type_name(&self) -> &'static str {
        match self.kind {
            SeqKind::Array => "System.Object[]",
            SeqKind::Texts => "System.String[]",
            SeqKind::Ints => "System.Int32[]",
            SeqKind::Bytes => "System.Byte[]",
            SeqKind::Chars => "System.Char[]",
            SeqKind::ArrayList => "System.Collections.ArrayList",
            SeqKind::List => "System.Collections.Generic.List`1[System.Object]",
            SeqKind::Set | SeqKind::FoldedSet => {
                "System.Collections.Generic.HashSet`1[System.String]"
            }
            SeqKind::Builder => "System.Text.StringBuilder",
        }
    }
}
