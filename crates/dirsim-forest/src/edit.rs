//! What an administrator does to a forest, and how the directory refuses.

use dirsim_model::{AttributeId, Dice, Dn, Guid, Schema, Timestamp, Value};
use dirsim_store::tables::attempt;
use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::domain::Domain;
use crate::lifetime::{self, Lifetimes};
use crate::lookup;
use crate::object::NewObject;
use crate::refusal::{self, Fail, Step};
use crate::writer::Writer;

/// Does one edit and returns the number of the object it was about; the root of the forest for
/// settings.
///
/// A refusal leaves no trace.
pub fn edit(
    tables: &mut dyn Tables,
    schema: &Schema,
    edit: &ForestEdit,
    dice: &mut Dice,
    now: Timestamp,
) -> StoreResult<Result<u64, ForestRefusal>> {
    let mut drawn = dice.clone();
    let done =
        attempt(tables, |tables| Writer { tables, schema, dice: &mut drawn, now }.edit(edit));
    match done {
        Ok(object) => {
            *dice = drawn;
            Ok(Ok(object))
        }
        Err(Fail::Refused(refusal)) => Ok(Err(refusal)),
        Err(Fail::Store(error)) => Err(error),
    }
}

impl Writer<'_> {
    fn edit(&mut self, edit: &ForestEdit) -> Step<u64> {
        match edit {
            ForestEdit::Create(new) => self.place(new),
            ForestEdit::Modify { target, changes } => self.modify(*target, changes),
            ForestEdit::Move { target, parent } => self.relocate(*target, parent),
            ForestEdit::Rename { target, name } => self.rename(*target, name),
            ForestEdit::Delete { target, recursive } => self.delete(*target, *recursive),
            ForestEdit::Restore { target, parent, name } => {
                self.restore(*target, parent.as_ref(), name.as_deref())
            }
            ForestEdit::UpnSuffixes { forest, add, remove } => {
                let (id, mut root) = self.root_domain(forest)?;
                root.upn_suffixes.retain(|old| !remove.iter().any(|r| r.eq_ignore_ascii_case(old)));
                for suffix in add {
                    if !root.upn_suffixes.iter().any(|old| old.eq_ignore_ascii_case(suffix)) {
                        root.upn_suffixes.push(suffix.clone());
                    }
                }
                rows::put(self.tables, id, &root)?;
                Ok(root.root)
            }
            ForestEdit::EnableRecycleBin { forest } => {
                let root = self.root_domain(forest)?.1.root;
                for (id, mut domain) in lookup::domains(self.tables)? {
                    if domain.forest.eq_ignore_ascii_case(forest) {
                        domain.recycle_bin = true;
                        rows::put(self.tables, id, &domain)?;
                    }
                }
                Ok(root)
            }
            ForestEdit::Lifetimes { forest, deleted_object, tombstone } => {
                let root = self.root_domain(forest)?.1;
                let known = lifetime::of(self.tables, &root)?;
                let wanted = Lifetimes {
                    deleted_object: deleted_object.unwrap_or(known.deleted_object),
                    tombstone: tombstone.unwrap_or(known.tombstone),
                };
                lifetime::set(self.tables, forest, wanted)?;
                Ok(root.root)
            }
        }
    }

    /// Returns the root domain of a forest.
    fn root_domain(&self, forest: &str) -> Step<(u64, Domain)> {
        let domains = lookup::domains(self.tables)?;
        domains
            .into_iter()
            .find(|(_, domain)| {
                domain.forest.eq_ignore_ascii_case(forest)
                    && domain.fqdn.eq_ignore_ascii_case(&domain.forest)
            })
            .ok_or_else(|| refusal::no_forest(forest).into())
    }
}

/// One change to a forest. Targets are anchors: whoever writes the edit has looked them up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum ForestEdit {
    /// Creates an object.
    Create(Box<NewObject>),
    /// Changes attributes and references, in the order given.
    Modify {
        /// The object.
        target: Guid,
        /// The changes.
        changes: Vec<AttributeEdit>,
    },
    /// Moves an object below another container.
    Move {
        /// The object.
        target: Guid,
        /// The new container.
        parent: Dn,
    },
    /// Gives an object a new leaf name.
    Rename {
        /// The object.
        target: Guid,
        /// The new value of the naming attribute.
        name: String,
    },
    /// Deletes an object.
    Delete {
        /// The object.
        target: Guid,
        /// Whether everything below goes too, deepest first (SE-065).
        recursive: bool,
    },
    /// Brings a deleted object back (SE-062).
    Restore {
        /// The object.
        target: Guid,
        /// Where to, when not to its last container.
        parent: Option<Dn>,
        /// The leaf name, when not the last one.
        name: Option<String>,
    },
    /// Adds or removes alternative UPN suffixes of a forest.
    UpnSuffixes {
        /// The forest.
        forest: String,
        /// Suffixes to add.
        add: Vec<String>,
        /// Suffixes to remove.
        remove: Vec<String>,
    },
    /// Turns the recycle bin on; it cannot be turned off.
    EnableRecycleBin {
        /// The forest.
        forest: String,
    },
    /// Sets how long deleted objects and tombstones are kept (SE-060, SE-061); `None` leaves a
    /// setting alone.
    Lifetimes {
        /// The forest.
        forest: String,
        /// Days in which a deleted object can be restored; empty when the inner value is `None`.
        deleted_object: Option<Option<u32>>,
        /// Days until tombstones and recycled objects are removed; 0 for an empty setting.
        tombstone: Option<u32>,
    },
}

/// A change to one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AttributeEdit {
    /// The attribute.
    pub attribute: AttributeId,
    /// What to do.
    pub operation: EditOperation,
    /// Values; for references the texts of names, GUIDs, SIDs or account names.
    pub values: Vec<Value>,
}

/// What to do with the values of an [`AttributeEdit`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum EditOperation {
    /// Adds values to those that are there.
    Add,
    /// Removes values.
    Remove,
    /// Replaces all values; removes the attribute when there are none.
    Replace,
}

/// How Active Directory refuses an edit: the error name of the module and its searchable text.
///
/// Data, not a Rust error: the simulated product said no (`interfaces.md` 5.1).
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ForestRefusal {
    /// The error name, `ADIdentityNotFoundException` for instance.
    pub name: &'static str,
    /// The text people search for.
    pub message: String,
    /// The rule of the specification, `SE-041` for instance.
    pub rule: &'static str,
}
