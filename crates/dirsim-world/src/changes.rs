//! What steps changed, object by object, in the five places where an object can be, and setting by
//! setting.
//!
//! The journal knows which records each step wrote, so the cost is that of the changed objects. An
//! object is compared as people see it: before the first step and behind the last one. Objects of a
//! server that is not in use carry its name.

use std::collections::btree_map::Entry;
use std::collections::{BTreeMap, BTreeSet};

use bytes::Bytes;
use dirsim_forest::ForestObject;
use dirsim_model::{AttributeId, Schema, attribute::well_known};
use dirsim_store::{StoreResult, Table, Tables, rows};
use dirsim_sync::cs::connector_of;
use dirsim_sync::{CsObject, connector, mv, servers};
use dirsim_tenant::TenantObject;
use serde::Serialize;
use serde_json::Value;

use crate::error::WorldError;
use crate::name;
use crate::view::{self, View};
use crate::world::{RULE_EDITS, World};

/// A place where an object can be, in the order in which data flows, or the settings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Place {
    /// A forest.
    Forest,
    /// The connector space of a forest.
    ForestSpace,
    /// The metaverse.
    Metaverse,
    /// The connector space of the tenant.
    EntraSpace,
    /// The tenant.
    Tenant,
    /// Settings of tenant, scheduler, connectors and rules.
    Settings,
}

impl Place {
    /// All places.
    pub const ALL: &[Self] = &[
        Self::Forest,
        Self::ForestSpace,
        Self::Metaverse,
        Self::EntraSpace,
        Self::Tenant,
        Self::Settings,
    ];

    /// Returns the words for reports.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Forest => "Active Directory",
            Self::ForestSpace => "connector space AD",
            Self::Metaverse => "metaverse",
            Self::EntraSpace => "connector space Entra",
            Self::Tenant => "tenant",
            Self::Settings => "settings",
        }
    }
}

/// What happened to an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ChangeKind {
    /// It came.
    Added,
    /// Values changed.
    Changed,
    /// It is gone.
    Removed,
}

/// What happened to one attribute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ValueChange {
    /// The attribute as the place names it.
    pub attribute: String,
    /// The values before; empty when there were none.
    pub before: Vec<String>,
    /// The values after; empty when there are none.
    pub after: Vec<String>,
}

/// What happened to one object in one place.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ObjectChange {
    /// The place.
    pub place: Place,
    /// The name by which people know the object.
    pub object: String,
    /// What happened.
    pub kind: ChangeKind,
    /// The values that differ; of an object that came or went, all it has or had.
    pub values: Vec<ValueChange>,
}

/// What an import of the tenant confirms about an export, beside the exported values themselves.
const CONFIRMATIONS: [&str; 4] =
    ["awaitingConfirmation", "cloudAnchor", "cloudMastered", "cloudSourceAnchor"];

impl ObjectChange {
    /// Returns whether nothing happened but that an earlier export was confirmed: a cycle does that
    /// to every object that the one before it sent.
    pub fn is_confirmation(&self) -> bool {
        let confirms = |value: &ValueChange| CONFIRMATIONS.contains(&&*value.attribute);
        self.kind == ChangeKind::Changed && self.values.iter().all(confirms)
    }
}

/// How many objects of one place changed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct ChangeCount {
    /// Objects that came.
    pub added: usize,
    /// Objects whose values changed.
    pub changed: usize,
    /// Objects that are gone.
    pub removed: usize,
}

/// What steps changed.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub struct Changes {
    /// How many objects changed, by place; places without a change are left out.
    pub counts: BTreeMap<Place, ChangeCount>,
    /// The objects, by place; of each place at most so many as were asked for.
    pub objects: Vec<ObjectChange>,
}

impl Changes {
    /// Returns whether no object changed.
    pub fn is_empty(&self) -> bool {
        self.counts.is_empty()
    }
}

/// The tables whose records are objects, links of objects or settings.
const TABLES: &[Table] = &[
    Table::ForestObject,
    Table::ForestLink,
    Table::CsObject,
    Table::CsLink,
    Table::MvObject,
    Table::MvLink,
    Table::TenantObject,
    Table::TenantLink,
    Table::ServerRecord,
    Table::Meta,
];

/// Names of settings begin with one of these, and rule edits are one record.
const SETTINGS: [&[u8]; 3] = [b"sync-", b"tenant-", RULE_EDITS.as_bytes()];

/// Returns what the steps behind `from` up to `to` changed; of each place at most `objects_max`
/// objects are compared, the others are counted as far as they came or went.
pub fn between(
    world: &World,
    from: u64,
    to: u64,
    objects_max: usize,
) -> Result<Changes, WorldError> {
    let mut touched: BTreeSet<(u8, Place, u64)> = BTreeSet::new();
    // The servers whose settings may differ, and whether their rules may.
    let mut set: BTreeMap<u8, bool> = BTreeMap::new();
    let mut forests: BTreeMap<u8, BTreeSet<u32>> = BTreeMap::new();
    for step in from + 1..=to {
        for (table, key) in world.workspace().changed(step, TABLES)? {
            let Some((server, table, key)) = of_server(world.server(), table, &key) else {
                continue;
            };
            if table == Table::Meta {
                if SETTINGS.iter().any(|start| key.starts_with(start)) {
                    *set.entry(server).or_default() |= key.as_ref() == RULE_EDITS.as_bytes();
                }
                continue;
            }
            let forests = match forests.entry(server) {
                Entry::Occupied(known) => known.into_mut(),
                Entry::Vacant(new) => new.insert(forest_numbers(world, from, to, server)?),
            };
            let number = rows::id_of(&key);
            let place = match table {
                Table::ForestObject | Table::ForestLink => Place::Forest,
                Table::MvObject | Table::MvLink => Place::Metaverse,
                Table::TenantObject | Table::TenantLink => Place::Tenant,
                _ if forests.contains(&connector_of(number)) => Place::ForestSpace,
                _ => Place::EntraSpace,
            };
            touched.insert((server, place, number));
        }
    }
    let mut changes = Changes::default();
    let mut compared: BTreeMap<Place, usize> = BTreeMap::new();
    let mut names: BTreeMap<u8, String> = BTreeMap::new();
    for server in servers::all(&world.at(to)?)? {
        names.insert(server.number, server.name);
    }
    let sides = |server: u8| -> Result<_, WorldError> {
        Ok((world.at_on(from, server)?, world.at_on(to, server)?))
    };
    let mut at = world.server();
    let (mut before, mut after) = sides(at)?;
    for (server, place, number) in touched {
        if server != at {
            (before, after) = sides(server)?;
            at = server;
        }
        let room = compared.entry(place).or_default();
        if *room >= objects_max {
            if let Some(kind) = presence(&before, &after, place, number)? {
                changes.count(place, kind);
            }
            continue;
        }
        let schema = world.schema();
        let old = shown(&before, schema, place, number)?;
        let new = shown(&after, schema, place, number)?;
        let Some(mut change) = compare(place, number, old.as_ref(), new.as_ref()) else { continue };
        if server != world.server() {
            let name = names.get(&server).map_or("another server", String::as_str);
            change.object = format!("{} on {name}", change.object);
        }
        *room += 1;
        changes.count(place, change.kind);
        changes.objects.push(change);
    }
    for (server, with_rules) in set {
        let (before, after) = sides(server)?;
        let old = view::settings::all(&before, world.schema(), with_rules)?;
        let new = view::settings::all(&after, world.schema(), with_rules)?;
        let owners: BTreeSet<&String> = old.keys().chain(new.keys()).collect();
        for owner in owners {
            let named = |all: &BTreeMap<String, View>| {
                all.get(owner).map(|view| (owner.clone(), view.clone()))
            };
            let (old, new) = (named(&old), named(&new));
            let Some(mut change) = compare(Place::Settings, 0, old.as_ref(), new.as_ref()) else {
                continue;
            };
            if server != world.server() {
                // What all servers share is told once.
                if owner == "tenant" || owner.starts_with("domain ") {
                    continue;
                }
                let name = names.get(&server).map_or("another server", String::as_str);
                change.object = format!("{owner} on {name}");
            }
            changes.count(Place::Settings, change.kind);
            changes.objects.push(change);
        }
    }
    Ok(changes)
}

/// Returns the numbers of the connectors of forests that a server has or had.
fn forest_numbers(
    world: &World,
    from: u64,
    to: u64,
    server: u8,
) -> Result<BTreeSet<u32>, WorldError> {
    let (before, after) = (world.at_on(from, server)?, world.at_on(to, server)?);
    Ok(connector::all(&after)?
        .into_iter()
        .chain(connector::all(&before)?)
        .filter(connector::Connector::is_forest)
        .map(|connector| connector.id)
        .collect())
}

impl Changes {
    fn count(&mut self, place: Place, kind: ChangeKind) {
        let count = self.counts.entry(place).or_default();
        match kind {
            ChangeKind::Added => count.added += 1,
            ChangeKind::Changed => count.changed += 1,
            ChangeKind::Removed => count.removed += 1,
        }
    }
}

/// Returns whose record it is, and its table and key as that server sees it; `None` for records that
/// are none of ours.
fn of_server(in_use: u8, table: Table, key: &Bytes) -> Option<(u8, Table, Bytes)> {
    if table != Table::ServerRecord {
        // Records of the first server lie where they always did; so do those that servers share.
        let own =
            matches!(table, Table::CsObject | Table::CsLink | Table::MvObject | Table::MvLink)
                || table == Table::Meta && !key.starts_with(b"tenant-");
        let server = if own { servers::FIRST } else { in_use };
        return Some((server, table, key.clone()));
    }
    let (server, number) = (*key.first()?, *key.get(1)?);
    let table = TABLES.iter().find(|table| **table as u8 == number)?;
    (*table != Table::ServerRecord).then(|| (server, *table, key.slice(2.min(key.len())..)))
}

/// Returns whether an object came or went; `None` when it was there before and is there now.
fn presence(
    before: &dyn Tables,
    after: &dyn Tables,
    place: Place,
    number: u64,
) -> StoreResult<Option<ChangeKind>> {
    let table = match place {
        Place::Forest => Table::ForestObject,
        Place::ForestSpace | Place::EntraSpace => Table::CsObject,
        Place::Metaverse => Table::MvObject,
        Place::Tenant => Table::TenantObject,
        Place::Settings => return Ok(Some(ChangeKind::Changed)),
    };
    let there =
        |tables: &dyn Tables| tables.get(table, &rows::key(number)).map(|record| record.is_some());
    Ok(match (there(before)?, there(after)?) {
        (false, true) => Some(ChangeKind::Added),
        (true, false) => Some(ChangeKind::Removed),
        (true, true) => Some(ChangeKind::Changed),
        (false, false) => None,
    })
}

/// Returns name and values of an object as people see it.
fn shown(
    tables: &dyn Tables,
    schema: &Schema,
    place: Place,
    number: u64,
) -> StoreResult<Option<(String, View)>> {
    Ok(match place {
        Place::Forest => match rows::get::<ForestObject>(tables, number)? {
            Some(object) => {
                let view = view::forest_object(tables, schema, number, &object)?;
                Some((text_of(&view, "dn"), view))
            }
            None => None,
        },
        Place::ForestSpace | Place::EntraSpace => match rows::get::<CsObject>(tables, number)? {
            Some(object) if !object.is_placeholder() => {
                let mut view = view::cs_object(tables, schema, number, &object)?;
                view.remove("connector");
                let name = name::of_cs(tables, number)?;
                Some((name.unwrap_or_else(|| text_of(&view, "dn")), view))
            }
            _ => None,
        },
        Place::Metaverse => match mv::get(tables, number)? {
            Some(object) => {
                let view = view::mv_object(tables, schema, number, &object)?;
                let named = |id: AttributeId| {
                    view.get(schema.name(id)).and_then(Value::as_str).map(str::to_owned)
                };
                let name = named(well_known::DISPLAY_NAME).or_else(|| named(well_known::CN));
                Some((name.unwrap_or_else(|| mv::guid(number).to_string()), view))
            }
            None => None,
        },
        Place::Tenant => match rows::get::<TenantObject>(tables, number)? {
            Some(object) if !object.is_gone() => {
                let view = view::tenant_object(tables, schema, number, &object)?;
                Some((view::name_of(&object), view))
            }
            _ => None,
        },
        // Settings are compared as a whole.
        Place::Settings => None,
    })
}

fn text_of(view: &View, name: &str) -> String {
    view.get(name).and_then(Value::as_str).unwrap_or_default().to_owned()
}

fn compare(
    place: Place,
    number: u64,
    old: Option<&(String, View)>,
    new: Option<&(String, View)>,
) -> Option<ObjectChange> {
    let (kind, object) = match (old, new) {
        (None, None) => return None,
        (None, Some((name, _))) => (ChangeKind::Added, name),
        (Some((name, _)), None) => (ChangeKind::Removed, name),
        (Some((name, _)), Some(_)) => (ChangeKind::Changed, name),
    };
    let object = if object.is_empty() { number.to_string() } else { object.clone() };
    let empty = View::new();
    let (old, new) = (old.map_or(&empty, |(_, view)| view), new.map_or(&empty, |(_, view)| view));
    let names = old.keys().chain(new.keys().filter(|name| !old.contains_key(*name)));
    let values: Vec<ValueChange> = names
        .filter_map(|name| {
            let (before, after) = (texts(old.get(name)), texts(new.get(name)));
            (before != after).then(|| ValueChange { attribute: name.clone(), before, after })
        })
        .collect();
    let same = kind == ChangeKind::Changed && values.is_empty();
    (!same).then_some(ObjectChange { place, object, kind, values })
}

/// Returns the values of a shown attribute as text.
fn texts(value: Option<&Value>) -> Vec<String> {
    let one = |value: &Value| match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    match value {
        None | Some(Value::Null) => Vec::new(),
        Some(Value::Array(values)) => values.iter().map(one).collect(),
        Some(value) => vec![one(value)],
    }
}
