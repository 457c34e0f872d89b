//! Properties of Graph that have a typed field: reading them from an export or an edit.

use dirsim_model::{AttributeId, Schema, Sid, SourceAnchor, Timestamp, Value, ValueRef};

use crate::merge::{read_boolean, read_guid, read_sid};
use crate::object::TenantObject;

/// A property of Graph as the tenant keeps it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Field {
    Upn,
    Mail,
    Nickname,
    Addresses,
    ImmutableId,
    SyncEnabled,
    Sid,
    ObjectIdentifier,
    DeviceId,
    Licenses,
    GroupTypes,
    UserType,
    MailEnabled,
    SecurityEnabled,
    CloudManaged,
    LastSync,
    Created,
    /// Calculated, or the name of the object itself.
    Derived,
    /// Kept in the profile entry.
    Profile,
}

/// Returns how a property is kept.
pub(crate) fn field(schema: &Schema, property: AttributeId) -> Field {
    match schema.name(property).to_ascii_lowercase().as_str() {
        "userprincipalname" => Field::Upn,
        "mail" => Field::Mail,
        "mailnickname" | "alias" => Field::Nickname,
        "proxyaddresses" => Field::Addresses,
        "onpremisesimmutableid" | "immutableid" | "sourceanchor" => Field::ImmutableId,
        "onpremisessyncenabled" | "dirsyncenabled" => Field::SyncEnabled,
        "onpremisessecurityidentifier" | "onpremisesecurityidentifier" => Field::Sid,
        "onpremisesobjectidentifier" => Field::ObjectIdentifier,
        "deviceid" => Field::DeviceId,
        "assignedlicenses" => Field::Licenses,
        "grouptypes" => Field::GroupTypes,
        "usertype" => Field::UserType,
        "mailenabled" => Field::MailEnabled,
        "securityenabled" => Field::SecurityEnabled,
        "iscloudmanaged" => Field::CloudManaged,
        "onpremiseslastsyncdatetime" => Field::LastSync,
        "createddatetime" => Field::Created,
        "id"
        | "objectid"
        | "deleteddatetime"
        | "onpremisesprovisioningerrors"
        | "serviceprovisioningerrors"
        | "cloudanchor" => Field::Derived,
        _ => Field::Profile,
    }
}

/// Sets a typed property; says what is wrong with a value that cannot be read.
pub(crate) fn set(object: &mut TenantObject, field: Field, values: &[Value]) -> Result<(), String> {
    let first = values.first().map(Value::as_ref);
    let text = || first.and_then(ValueRef::as_text).filter(|text| !text.is_empty());
    let texts =
        || values.iter().filter_map(|v| v.as_ref().as_text()).map(Box::<str>::from).collect();
    let truth = || match first {
        None => Ok(None),
        Some(value) => read_boolean(value)
            .map(Some)
            .ok_or_else(|| format!("`{}` is neither true nor false", value.display())),
    };
    match field {
        Field::Upn => object.upn = text().map(Into::into),
        Field::Mail => object.mail = text().map(Into::into),
        Field::Nickname => object.mail_nickname = text().map(Into::into),
        Field::Addresses => object.addresses = texts(),
        Field::ImmutableId => object.anchor = text().map(SourceAnchor::new),
        Field::SyncEnabled => object.sync_enabled = truth()?,
        Field::Sid => object.sid = sid(first)?,
        Field::ObjectIdentifier => {
            object.object_identifier = match first {
                None => None,
                Some(value) => Some(
                    read_guid(value).ok_or_else(|| format!("`{}` is no GUID", value.display()))?,
                ),
            }
        }
        Field::DeviceId => object.device_id = first.and_then(read_guid),
        Field::Licenses => object.licenses = texts(),
        Field::GroupTypes => object.group_types = texts(),
        Field::UserType => {
            object.guest = text().is_some_and(|kind| kind.eq_ignore_ascii_case("guest"));
        }
        Field::MailEnabled => object.mail_enabled = truth()?.unwrap_or_default(),
        Field::SecurityEnabled => object.security_enabled = truth()?.unwrap_or_default(),
        Field::CloudManaged => object.cloud_managed = truth()?.unwrap_or_default(),
        Field::LastSync => object.last_sync = first.and_then(instant),
        Field::Created => object.created = first.and_then(instant).unwrap_or(object.created),
        Field::Derived | Field::Profile => {}
    }
    Ok(())
}

fn instant(value: ValueRef<'_>) -> Option<Timestamp> {
    match value {
        ValueRef::Time(at) => Some(at),
        ValueRef::Text(text) => text.parse().ok(),
        _ => None,
    }
}

fn sid(value: Option<ValueRef<'_>>) -> Result<Option<Sid>, String> {
    let Some(value) = value else { return Ok(None) };
    read_sid(value).map(Some).ok_or_else(|| format!("`{}` is no SID", value.display()))
}
