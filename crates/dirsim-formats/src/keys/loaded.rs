//! Keys of exports that other readers have read: LDIF and Graph JSON.

use dirsim_forest::NewObject;
use dirsim_model::attribute::well_known as a;
use dirsim_model::schema::class;
use dirsim_model::{AttributeId, Schema, SourceAnchor, Value};
use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::forecast::{Holding, Keys, Trait, Traits};
use dirsim_tenant::{NewTenantObject, TenantType};

use super::{DirectoryKeys, Row, stand_in_upn};
use crate::{LoadedForest, LoadedTenant};

impl From<&LoadedForest> for DirectoryKeys {
    /// Keeps the keys of users, groups, contacts and computers; the place of an object in the
    /// export stands for its line.
    fn from(forest: &LoadedForest) -> Self {
        let mut keys = Self { tells_addresses: true, ..Self::default() };
        for (object, place) in forest.objects.iter().zip(&forest.places) {
            let Some(kind) = kind_of(object) else { continue };
            if let Some(row) = keys.row_of(object, kind, place.line) {
                keys.rows.push(row);
            }
        }
        keys
    }
}

impl DirectoryKeys {
    fn row_of(&mut self, object: &NewObject, kind: TenantType, line: u32) -> Option<Row> {
        let text = |attribute| first(&object.attributes, attribute);
        let bytes = object.attributes.iter().find_map(|(id, values)| match values.first() {
            Some(Value::Bytes(bytes)) if *id == a::CONSISTENCY_GUID => Some(bytes),
            _ => None,
        });
        let anchor = bytes
            .map(|bytes| SourceAnchor::from_bytes(bytes))
            .or_else(|| object.guid.map(SourceAnchor::from_guid));
        let upn = text(a::USER_PRINCIPAL_NAME).unwrap_or_default();
        let name = if upn.is_empty() { object.dn.to_string() } else { upn.to_owned() };
        let account = text(a::SAM_ACCOUNT_NAME).unwrap_or_default();
        let stand_in = (upn.is_empty() && kind == TenantType::User)
            .then(|| stand_in_upn(account, &object.dn))
            .flatten();
        let upn = stand_in.as_deref().unwrap_or(upn);
        Some(Row {
            line,
            kind,
            guid: object.guid,
            name: self.write(&name)?,
            anchor: self.write(anchor.as_ref().map_or("", SourceAnchor::as_str))?,
            upn: self.write(upn)?,
            addresses: self.write(&all(&object.attributes, a::PROXY_ADDRESSES))?,
            mail: self.write(text(a::MAIL).unwrap_or_default())?,
            nickname: self.write(text(a::MAIL_NICKNAME).unwrap_or_default())?,
            sid: self.write(&object.sid.as_ref().map(ToString::to_string).unwrap_or_default())?,
        })
    }
}

/// Returns what kind of cloud object an AD object becomes; `None` for none.
fn kind_of(object: &NewObject) -> Option<TenantType> {
    Some(match object.class {
        class::USER | class::INET_ORG_PERSON => TenantType::User,
        class::GROUP => TenantType::Group,
        class::CONTACT => TenantType::Contact,
        class::COMPUTER | class::MSDS_DEVICE => TenantType::Device,
        _ => return None,
    })
}

/// Hands over the objects of a tenant, one after the other.
pub fn of_tenant(tenant: &LoadedTenant, schema: &Schema, each: &mut dyn FnMut(&Holding<'_>)) {
    for object in &tenant.objects {
        let named = |name: &str| schema.attribute(name);
        let text = |name| named(name).and_then(|id| first(&object.attributes, id));
        let addresses = all(&object.attributes, a::PROXY_ADDRESSES);
        let id = object.id.map(|id| id.to_string()).unwrap_or_default();
        let keys = Keys {
            kind: object.kind,
            anchor: text("onPremisesImmutableId"),
            upn: first(&object.attributes, a::USER_PRINCIPAL_NAME),
            addresses: &addresses,
            mail: first(&object.attributes, a::MAIL),
            nickname: None,
            sid: text("onPremisesSecurityIdentifier"),
            object_guid: text("onPremisesObjectIdentifier").and_then(|text| text.parse().ok()),
        };
        each(&Holding { id: &id, keys, traits: traits(object, schema) });
    }
}

fn traits(object: &NewTenantObject, schema: &Schema) -> Traits {
    let flag = |name: &str| {
        let id = schema.attribute(name)?;
        object.attributes.iter().find_map(|(known, values)| match values.first() {
            Some(Value::Boolean(value)) if *known == id => Some(*value),
            _ => None,
        })
    };
    let text = |name| schema.attribute(name).map(|id| all(&object.attributes, id));
    let types = text("groupTypes").unwrap_or_default();
    let mut roles = object.roles.iter().chain(&object.eligible_roles);
    let synced = flag("onPremisesSyncEnabled");
    Traits::default()
        .with(Trait::Deleted, object.deleted.is_some())
        .with(Trait::Synchronized, synced == Some(true))
        .with(Trait::FormerlySynchronized, synced == Some(false))
        .with(Trait::Guest, text("userType").is_some_and(|kind| kind.eq_ignore_ascii_case("guest")))
        .with(Trait::HasRole, !object.roles.is_empty())
        .with(Trait::Privileged, roles.any(|role| catalogue().is_privileged(role)))
        .with(Trait::CloudManaged, flag("isCloudManaged") == Some(true))
        .with(Trait::UnifiedOrDynamic, types.contains("Unified") || types.contains("Dynamic"))
}

/// Returns the first value of an attribute when it is text.
fn first(attributes: &[(AttributeId, Vec<Value>)], attribute: AttributeId) -> Option<&str> {
    let (_, values) = attributes.iter().find(|(id, _)| *id == attribute)?;
    match values.first()? {
        Value::Text(text) => Some(text),
        _ => None,
    }
}

/// Returns all texts of an attribute with `;` between them.
fn all(attributes: &[(AttributeId, Vec<Value>)], attribute: AttributeId) -> String {
    let values = attributes.iter().find(|(id, _)| *id == attribute).map(|(_, values)| values);
    let texts = values.into_iter().flatten().filter_map(|value| match value {
        Value::Text(text) => Some(&**text),
        _ => None,
    });
    texts.collect::<Vec<&str>>().join(";")
}
