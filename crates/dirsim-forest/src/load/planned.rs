//! One object of a batch: what its export says, and what must be unique about it.

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::attribute::well_known;
use dirsim_model::dn::Rdn;
use dirsim_model::schema::class as classes;
use dirsim_model::{
    AttributeId, ClassId, Dn, EntryBuilder, Guid, Schema, Sid, Timestamp, Value, ValueRef,
};
use dirsim_store::Tables;
use dirsim_store::index::Index;

use crate::refusal::{self, Step};
use crate::{Deletion, ForestObject, ForestRefusal, NewObject, conform, keys};

/// Where a name leads while a batch is planned.
#[derive(Clone, Copy)]
pub(super) enum Place {
    /// To an object that the tables hold.
    Held(u64),
    /// To an object of the batch, by its place in the batch.
    Planned(usize),
}

/// Names of the batch and of containers met, by [`Dn::key`].
pub(super) type Names = BTreeMap<String, Place>;

/// One object of a batch, ready to be written except for numbers.
pub(super) struct Planned {
    pub(super) domain: u64,
    pub(super) dn: Dn,
    pub(super) parent: Option<Place>,
    pub(super) rdn: Rdn,
    pub(super) class: ClassId,
    pub(super) guid: Guid,
    /// Whether the export gave the GUID; a drawn one yields to that of a replaced object.
    pub(super) guid_is_given: bool,
    pub(super) builder: EntryBuilder,
    pub(super) created: Timestamp,
    pub(super) changed: Timestamp,
    pub(super) deleted: Option<Deletion>,
    /// The container that a deleted object came from.
    pub(super) last_parent: Option<Dn>,
    /// The object made with the domain that this one replaces.
    pub(super) replaces: Option<(u64, ForestObject)>,
    pub(super) links: Vec<(AttributeId, Place)>,
}

/// What one pass over the objects reads.
pub(super) struct Context<'a> {
    pub(super) tables: &'a dyn Tables,
    pub(super) schema: &'a Schema,
    pub(super) computed: BTreeSet<AttributeId>,
    pub(super) now: Timestamp,
}

impl Planned {
    /// Puts this object in the place of one that was made with the domain.
    pub(super) fn replace(&mut self, id: u64, held: ForestObject) {
        if !self.guid_is_given {
            self.guid = held.guid;
        }
        self.replaces = Some((id, held));
    }

    pub(super) fn sid(&self) -> Option<Sid> {
        let value = self.builder.get(well_known::OBJECT_SID).first()?;
        value.as_ref().as_bytes().and_then(Sid::from_slice)
    }

    /// Returns what must be unique: identifiers, and names unless the object is deleted.
    pub(super) fn keys(&self) -> Vec<(Index, Vec<u8>)> {
        let mut found = vec![(keys::GUID, self.guid.as_bytes().to_vec())];
        if self.class != classes::FOREIGN_SECURITY_PRINCIPAL {
            found.extend(self.sid().map(|sid| (keys::SID, sid.as_bytes().to_vec())));
        }
        if self.deleted.is_none() {
            found.extend(
                self.text(well_known::SAM_ACCOUNT_NAME)
                    .map(|name| (keys::ACCOUNT, keys::account(self.domain, name))),
            );
            found.extend(
                self.text(well_known::USER_PRINCIPAL_NAME).map(|upn| (keys::UPN, keys::upn(upn))),
            );
        }
        found
    }

    pub(super) fn text(&self, attribute: AttributeId) -> Option<&str> {
        self.builder.get(attribute).first().and_then(|value| value.as_ref().as_text())
    }

    /// Returns the refusal for something that `holder` has already.
    pub(super) fn collision(&self, index: Index, holder: &Dn) -> ForestRefusal {
        match index {
            keys::ACCOUNT => {
                let name = self.text(well_known::SAM_ACCOUNT_NAME).unwrap_or_default();
                refusal::account_exists(name, &self.dn, holder)
            }
            keys::UPN => {
                let upn = self.text(well_known::USER_PRINCIPAL_NAME).unwrap_or_default();
                refusal::upn_taken(upn, &self.dn, holder)
            }
            keys::SID => {
                let sid = self.sid().map(|sid| sid.to_string()).unwrap_or_default();
                refusal::identifier_taken("objectSid", sid, &self.dn, holder)
            }
            _ => refusal::identifier_taken("objectGUID", self.guid, &self.dn, holder),
        }
    }
}

/// What an export says about one object.
#[derive(Default)]
pub(super) struct Given {
    pub(super) builder: EntryBuilder,
    pub(super) created: Option<Timestamp>,
    pub(super) changed: Option<Timestamp>,
    pub(super) is_deleted: bool,
    pub(super) is_recycled: bool,
    pub(super) last_parent: Option<Dn>,
    pub(super) last_name: Option<String>,
}

impl Given {
    pub(super) fn read(context: &Context<'_>, object: &NewObject) -> Step<Self> {
        let schema = context.schema;
        let mut given = Self::default();
        for (attribute, values) in &object.attributes {
            let first = values.first().map(Value::as_ref);
            match *attribute {
                well_known::WHEN_CREATED => given.created = first.and_then(time),
                well_known::WHEN_CHANGED => given.changed = first.and_then(time),
                well_known::IS_DELETED => given.is_deleted = first.is_some_and(truth),
                well_known::LAST_KNOWN_PARENT => {
                    let text = first.and_then(ValueRef::as_text);
                    given.last_parent = text.and_then(|dn| dn.parse().ok());
                }
                well_known::LAST_KNOWN_RDN => {
                    given.last_name = first.and_then(ValueRef::as_text).map(str::to_owned);
                }
                id if context.computed.contains(&id) => {
                    if schema.name(id).eq_ignore_ascii_case("isRecycled") {
                        given.is_recycled = first.is_some_and(truth);
                    }
                }
                id => {
                    let values = conform::values(schema, id, values).map_err(|refusal| {
                        let message = format!("{} The object is '{}'.", refusal.message, object.dn);
                        ForestRefusal { message, ..refusal }
                    })?;
                    given.builder.set(id, values);
                }
            }
        }
        Ok(given)
    }

    pub(super) fn guid(&self) -> Option<Guid> {
        let value = self.builder.get(well_known::OBJECT_GUID).first()?;
        value.as_ref().as_bytes().and_then(Guid::from_slice)
    }
}

/// Returns the SID that an export gives, in its own field or among the attributes.
pub(super) fn given_sid(object: &NewObject) -> Option<Sid> {
    let among_attributes = || {
        let (_, values) = object.attributes.iter().find(|(id, _)| *id == well_known::OBJECT_SID)?;
        match values.first()? {
            Value::Bytes(bytes) => Sid::from_slice(bytes),
            Value::Text(text) => text.parse().ok(),
            _ => None,
        }
    };
    object.sid.clone().or_else(among_attributes)
}

pub(super) fn time(value: ValueRef<'_>) -> Option<Timestamp> {
    match value {
        ValueRef::Time(time) => Some(time),
        ValueRef::Text(text) => text.parse().ok(),
        _ => None,
    }
}

pub(super) fn truth(value: ValueRef<'_>) -> bool {
    value
        .as_boolean()
        .unwrap_or_else(|| value.as_text().is_some_and(|text| text.eq_ignore_ascii_case("true")))
}
