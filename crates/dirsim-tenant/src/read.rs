//! What an import of the sync client receives (ET-022, SE-083, SE-133).

use dirsim_model::attribute::well_known as a;
use dirsim_model::{AttributeId, EntryBuilder, Schema, Side, Syntax, Value};
use dirsim_store::{StoreResult, Table, Tables, rows};

use crate::catalogue::catalogue;
use crate::directory::{self, LINKS};
use crate::features::Feature;
use crate::feed::TenantFeedRow;
use crate::object::TenantObject;
use crate::row::CloudAnchor;
use crate::settings;

/// Objects read at a time.
const PIECE: usize = 512;

/// Returns up to `limit` objects that sync knows with numbers above `after`, with those numbers; an
/// empty list is the end.
pub fn complete(
    tables: &dyn Tables,
    schema: &Schema,
    after: Option<u64>,
    limit: usize,
) -> StoreResult<Vec<(u64, TenantFeedRow)>> {
    let reader = Reader::new(tables, schema)?;
    let (mut found, mut at) = (Vec::new(), after);
    while found.len() < limit {
        let piece: Vec<(u64, TenantObject)> = rows::after(tables, at, PIECE)?;
        let Some((last, _)) = piece.last() else { break };
        at = Some(*last);
        for (number, object) in piece {
            if object.visible && found.len() < limit {
                found.push((number, reader.row(number, &object)?));
            }
        }
    }
    Ok(found)
}

/// Returns what changed after the change number `since`, in the order of changes, and the number to
/// ask with next time.
pub fn changes(
    tables: &dyn Tables,
    schema: &Schema,
    since: u64,
) -> StoreResult<(Vec<TenantFeedRow>, u64)> {
    let reader = Reader::new(tables, schema)?;
    let from = since.saturating_add(1).to_be_bytes();
    let mut found = Vec::new();
    for (key, _) in tables.scan(Table::TenantChange, &from, None, usize::MAX)? {
        let number = rows::id_of(key.get(8..).unwrap_or_default());
        let object: TenantObject = rows::expect(tables, number)?;
        found.push(if object.visible { reader.row(number, &object)? } else { deleted(&object) });
    }
    Ok((found, watermark(tables)?))
}

/// Returns the number of the last change.
pub fn watermark(tables: &dyn Tables) -> StoreResult<u64> {
    directory::last_change(tables)
}

/// Returns one object as an import shows it; `None` when sync does not see it.
pub fn one(
    tables: &dyn Tables,
    schema: &Schema,
    number: u64,
) -> StoreResult<Option<TenantFeedRow>> {
    let object = directory::object(tables, number)?.filter(|object| object.visible);
    object.map(|object| Reader::new(tables, schema)?.row(number, &object)).transpose()
}

fn deleted(object: &TenantObject) -> TenantFeedRow {
    TenantFeedRow {
        cloud_anchor: object.cloud_anchor(),
        object_type: object.kind,
        source_anchor: object.anchor.clone(),
        deleted: true,
        entry: EntryBuilder::new().build(),
        links: Vec::new(),
    }
}

struct Reader<'a> {
    tables: &'a dyn Tables,
    schema: &'a Schema,
    /// Whether edits of mobile numbers in the cloud stand against sync (ET-207).
    overrides: bool,
}

impl<'a> Reader<'a> {
    fn new(tables: &'a dyn Tables, schema: &'a Schema) -> StoreResult<Self> {
        let settings = settings::settings(tables)?;
        let overrides = !settings.features.has(Feature::BypassDirSyncOverrides);
        Ok(Self { tables, schema, overrides })
    }

    fn row(&self, number: u64, object: &TenantObject) -> StoreResult<TenantFeedRow> {
        let mut entry = EntryBuilder::new();
        if object.sync_enabled == Some(false) || object.rollback_pending {
            // Sync does not own the values, so none but the name is told as written: whoever joins
            // the object sends the others, and the row takes it over (ET-033, ET-210).
            let name = object.shadow.upn.iter().map(|upn| Value::text(&**upn)).collect();
            entry.set(a::USER_PRINCIPAL_NAME, name);
            return Ok(identified(object, entry, Vec::new()));
        }
        for (property, values) in object.profile.iter() {
            let Some(attribute) = catalogue().fed_by(self.schema, property) else { continue };
            // The client is told what it wrote, so that an edit that stands is no drift.
            let written = match property {
                a::MOBILE_PHONE => object.mobile_override.as_ref(),
                a::ALTERNATE_MOBILE_PHONES => object.other_mobile_override.as_ref(),
                _ => None,
            };
            if written.is_none_or(|_| !self.overrides) {
                entry.set(attribute, values.to_vec());
            }
        }
        if self.overrides {
            for (attribute, written) in [
                (a::MOBILE, &object.mobile_override),
                (a::OTHER_MOBILE, &object.other_mobile_override),
            ] {
                if let Some(values) = written {
                    entry.set(attribute, values.clone());
                }
            }
        }
        let text = |text: &Option<Box<str>>| text.iter().map(|t| Value::text(&**t)).collect();
        let shadow = &object.shadow;
        entry.set(a::USER_PRINCIPAL_NAME, text(&shadow.upn));
        entry.set(a::MAIL, text(&shadow.mail));
        entry.set(a::ALIAS, text(&shadow.mail_nickname));
        entry.set(
            a::PROXY_ADDRESSES,
            shadow.addresses.iter().map(|value| Value::text(&**value)).collect(),
        );
        if let Some(sid) = &object.sid {
            let attribute = a::ON_PREMISE_SECURITY_IDENTIFIER;
            entry.put(attribute, self.typed(attribute, sid.as_bytes(), || sid.to_string()));
        }
        for (attribute, guid) in [
            (a::ON_PREMISES_OBJECT_IDENTIFIER, object.object_identifier),
            (a::DEVICE_ID, object.device_id),
        ] {
            if let Some(guid) = guid {
                entry.put(attribute, self.typed(attribute, guid.as_bytes(), || guid.to_string()));
            }
        }
        if object.kind == crate::row::TenantType::Group {
            entry.put(a::SECURITY_ENABLED, object.security_enabled);
        }
        let mut links = Vec::new();
        for link in LINKS.from(self.tables, number, None)? {
            if let Some(target) = directory::visible_anchor(self.tables, link.to)? {
                links.push((link.attribute, target));
            }
        }
        Ok(identified(object, entry, links))
    }

    /// Writes an identifier in the syntax of the Entra side, as rows carry it.
    fn typed(&self, attribute: AttributeId, bytes: &[u8], text: impl FnOnce() -> String) -> Value {
        match self.schema.definition(Side::Entra, attribute).map(|definition| definition.syntax) {
            Some(Syntax::Text) => Value::text(text()),
            _ => Value::bytes(bytes),
        }
    }
}

/// Completes a row with what identifies the object.
fn identified(
    object: &TenantObject,
    mut entry: EntryBuilder,
    links: Vec<(AttributeId, CloudAnchor)>,
) -> TenantFeedRow {
    let cloud_anchor = object.cloud_anchor();
    entry.put(a::CLOUD_ANCHOR, cloud_anchor.to_string());
    if let Some(anchor) = &object.anchor {
        entry.put(a::SOURCE_ANCHOR, anchor.as_str());
    }
    entry.put(a::CLOUD_MASTERED, false);
    if object.cloud_managed {
        entry.put(a::BLOCK_ON_PREMISES_SYNC, true);
    }
    TenantFeedRow {
        cloud_anchor,
        object_type: object.kind,
        source_anchor: object.anchor.clone(),
        deleted: false,
        entry: entry.build(),
        links,
    }
}
