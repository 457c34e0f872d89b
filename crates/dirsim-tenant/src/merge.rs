//! Laying the values of a row over an object (ET-060 to ET-062, ET-162, ET-207).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dirsim_model::attribute::well_known as a;
use dirsim_model::{AttributeId, EntryBuilder, Guid, Sid, Value, ValueRef};

use crate::calculate::{clean_nickname, first_nickname};
use crate::catalogue::RowRole;
use crate::features::Feature;
use crate::object::{Property, TenantObject, is_smtp};
use crate::planner::{Decided, Facts, Planner, Stop};
use crate::row::{ExportRow, TenantType};

/// What the row is to the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum How {
    /// A new object.
    Create,
    /// An object that sync did not master until now.
    Takeover,
    /// An object that sync masters.
    Update,
}

/// Which identity values the row asks to calculate anew (ET-098, ET-099, ET-113).
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Touched {
    pub(crate) upn: bool,
    pub(crate) addresses: bool,
}

/// The recipient type details of shared, room and equipment mailboxes, here and remote.
const SHARED: [i64; 6] = [4, 16, 32, 8_589_934_592, 17_179_869_184, 34_359_738_368];

/// The attributes that tell a remote, shared or resource mailbox.
const RECIPIENT: [&str; 2] = ["msExchRemoteRecipientType", "msExchRecipientTypeDetails"];

/// Lays the values of `row` over `object`, final identity values excepted.
pub(crate) fn merge(
    planner: &mut Planner<'_>,
    row: &ExportRow,
    object: &mut TenantObject,
    how: How,
) -> Decided<Touched> {
    let before = object.shadow.clone();
    let whole = row.complete || how != How::Update;
    if whole {
        object.shadow.mail = None;
        object.shadow.mail_nickname = None;
        object.shadow.addresses.clear();
        if row.attributes.iter().any(|(attribute, _)| *attribute == a::USER_PRINCIPAL_NAME) {
            object.shadow.upn = None;
        }
    }
    let mut profile = object.profile.to_builder();
    let mut tells_recipient = false;
    for (attribute, values) in &row.attributes {
        let role = planner.catalogue.role(planner.schema, *attribute);
        if role == RowRole::Bookkeeping {
            continue;
        }
        let absent = planner.catalogue.is_absent(planner.schema, object.kind, *attribute);
        let refused = role == RowRole::Extension && !planner.has(Feature::DirectoryExtensions);
        if role == RowRole::Unknown || absent || refused {
            let name = planner.schema.name(*attribute).to_owned();
            let because = if refused { "ET-120" } else { "ET-162" };
            planner.note("IGNORED-ATTR", because, format!("{name} is ignored for this object"));
            continue;
        }
        if values.is_empty() && whole {
            // A row with all values says nothing of an attribute by leaving it empty (ET-061).
            continue;
        }
        match *attribute {
            a::USER_PRINCIPAL_NAME => object.shadow.upn = text(values),
            a::MAIL => object.shadow.mail = text(values),
            a::ALIAS | a::MAIL_NICKNAME => object.shadow.mail_nickname = text(values),
            a::PROXY_ADDRESSES => {
                object.shadow.addresses =
                    values.iter().filter_map(|v| v.as_ref().as_text()).map(Into::into).collect();
            }
            a::ON_PREMISE_SECURITY_IDENTIFIER => object.sid = sid(planner, values)?,
            a::DEVICE_ID => {
                object.device_id = guid(planner, "deviceId", values)?;
            }
            a::ON_PREMISES_OBJECT_IDENTIFIER => {
                object.object_identifier = guid(planner, "onPremisesObjectIdentifier", values)?;
            }
            a::SECURITY_ENABLED => {
                object.security_enabled = boolean(planner, "securityEnabled", values)?;
            }
            a::MAIL_ENABLED => {}
            _ => {
                let property = match role {
                    RowRole::Property(property) => property,
                    _ => *attribute,
                };
                tells_recipient |= RECIPIENT.contains(&planner.schema.name(property));
                set_property(planner, object, &mut profile, property, values);
            }
        }
    }
    object.profile = profile.build();
    if tells_recipient {
        object.remote_recipient = is_remote(planner, object);
    }
    after_merge(planner, object, how, &before)
}

/// Works out mailNickname, the mail flag of a group and what has to be calculated anew.
fn after_merge(
    planner: &mut Planner<'_>,
    object: &mut TenantObject,
    how: How,
    before: &crate::object::Shadow,
) -> Decided<Touched> {
    let shadow = &object.shadow;
    let silent = shadow.addresses.is_empty() && shadow.mail.is_none();
    if how == How::Takeover && silent {
        let moera = object.moera.as_deref();
        object.kept_addresses = object
            .addresses
            .iter()
            .filter(|address| {
                moera.is_none_or(|moera| !crate::object::bare(address).eq_ignore_ascii_case(moera))
            })
            .cloned()
            .collect();
    } else if !silent {
        object.kept_addresses.clear();
    }
    if object.kind == TenantType::Group {
        // ET-220; the flag stays while the object has an address at the initial domain (ET-227).
        object.mail_enabled = object.moera.is_some()
            || if object.shadow.addresses.is_empty() {
                object.shadow.mail.is_some() || !object.kept_addresses.is_empty()
            } else {
                object.shadow.addresses.iter().any(|address| is_smtp(address))
            };
    }
    if object.kind == TenantType::User && object.shadow.upn.is_none() && how == How::Create {
        // ET-115.
        let sam = object.profile.text(a::ON_PREMISES_SAM_ACCOUNT_NAME).map(str::to_owned);
        let Some(sam) = sam else {
            return Err(planner.refuse(
                "IdentityDataValidationFailed",
                "ET-115",
                Facts {
                    attribute: Some("userPrincipalName"),
                    reason: "the row has neither a UPN nor a sAMAccountName".to_owned(),
                    ..Facts::default()
                },
            ));
        };
        if let Err(reason) = crate::validate::account_name_problem(&sam) {
            let attribute = Some("sAMAccountName");
            let facts = Facts { attribute, values: vec![sam], reason, ..Facts::default() };
            return Err(planner.refuse("DataValidationFailed", "ET-160", facts));
        }
        let upn = format!("{sam}@{}", planner.settings.initial_domain);
        planner.check("ET-115", format!("no UPN in the row, {upn} is used"));
        object.shadow.upn = Some(upn.into());
    }
    if how == How::Update {
        if object.shadow.mail_nickname != before.mail_nickname
            && let Some(nickname) = object.shadow.mail_nickname.as_deref()
        {
            object.mail_nickname = Some(clean_nickname(nickname));
        }
    } else if object.mail_nickname.is_none()
        || object.shadow.mail_nickname.is_some()
        || !(silent && how == How::Takeover)
    {
        let addresses: Vec<String> =
            object.shadow.addresses.iter().map(ToString::to_string).collect();
        if let Some(nickname) = first_nickname(object, &addresses) {
            object.mail_nickname = Some(nickname);
        }
    }
    let held = |property| object.conflicts.iter().any(|conflict| conflict.property == property);
    let fresh = how != How::Update;
    let upn = object.shadow.upn.is_some()
        && (fresh || object.shadow.upn != before.upn || held(Property::UserPrincipalName));
    Ok(Touched {
        upn,
        addresses: object.kind != TenantType::Device
            && (fresh
                || (upn && object.shadow.upn != before.upn)
                || object.shadow.addresses != before.addresses
                || object.shadow.mail != before.mail
                || held(Property::ProxyAddresses)),
    })
}

/// Sets one property; edits of an administrator to mobile numbers stand (ET-207).
fn set_property(
    planner: &mut Planner<'_>,
    object: &mut TenantObject,
    profile: &mut EntryBuilder,
    property: AttributeId,
    values: &[Value],
) {
    let bypass = planner.has(Feature::BypassDirSyncOverrides);
    let edited = match property {
        a::MOBILE_PHONE => object.mobile_override.as_mut(),
        a::ALTERNATE_MOBILE_PHONES => object.other_mobile_override.as_mut(),
        _ => None,
    };
    if let Some(written) = edited {
        *written = values.to_vec();
        if !bypass {
            let name = planner.schema.name(property).to_owned();
            planner.check("ET-207", format!("{name} was edited in the cloud and stays"));
            return;
        }
    }
    let trimmed = (property == a::DISPLAY_NAME)
        .then(|| values.first().and_then(|value| value.as_ref().as_text()).map(str::trim))
        .flatten()
        .map(|text| vec![Value::text(text)]);
    profile.set(property, trimmed.unwrap_or_else(|| values.to_vec()));
}

fn is_remote(planner: &Planner<'_>, object: &TenantObject) -> bool {
    if object.kind != TenantType::User {
        return false;
    }
    let number = |name: &str| {
        planner.schema.attribute(name).and_then(|id| match object.profile.get(id).first()? {
            ValueRef::Integer(number) => Some(number),
            ValueRef::Text(text) => text.parse().ok(),
            _ => None,
        })
    };
    let [remote, details] = RECIPIENT.map(number);
    remote.is_some_and(|kind: i64| kind != 0) || details.is_some_and(|kind| SHARED.contains(&kind))
}

fn text(values: &[Value]) -> Option<Box<str>> {
    values.first().and_then(|value| value.as_ref().as_text()).map(Into::into)
}

/// Reads a SID in binary, base64 or S-form (ET-018).
pub(crate) fn read_sid(value: ValueRef<'_>) -> Option<Sid> {
    match value {
        ValueRef::Bytes(bytes) => Sid::from_slice(bytes),
        ValueRef::Text(text) => text.parse().ok().or_else(|| {
            BASE64_STANDARD.decode(text).ok().and_then(|bytes| Sid::from_slice(&bytes))
        }),
        _ => None,
    }
}

/// Reads a GUID as bytes or text.
pub(crate) fn read_guid(value: ValueRef<'_>) -> Option<Guid> {
    match value {
        ValueRef::Bytes(bytes) => Guid::from_slice(bytes),
        ValueRef::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// Reads a truth value; the texts `True` and `False` count.
pub(crate) fn read_boolean(value: ValueRef<'_>) -> Option<bool> {
    match value {
        ValueRef::Boolean(truth) => Some(truth),
        ValueRef::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
        ValueRef::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
        _ => None,
    }
}

fn sid(planner: &mut Planner<'_>, values: &[Value]) -> Decided<Option<Sid>> {
    let Some(value) = values.first() else { return Ok(None) };
    match read_sid(value.as_ref()) {
        Some(sid) => Ok(Some(sid)),
        None => Err(wrong_type(planner, "OnPremiseSecurityIdentifier", value)),
    }
}

fn guid(planner: &mut Planner<'_>, name: &str, values: &[Value]) -> Decided<Option<Guid>> {
    let Some(value) = values.first() else { return Ok(None) };
    match read_guid(value.as_ref()) {
        Some(guid) => Ok(Some(guid)),
        None => Err(wrong_type(planner, name, value)),
    }
}

fn boolean(planner: &mut Planner<'_>, name: &str, values: &[Value]) -> Decided<bool> {
    let Some(value) = values.first() else { return Ok(false) };
    match read_boolean(value.as_ref()) {
        Some(truth) => Ok(truth),
        None => Err(wrong_type(planner, name, value)),
    }
}

fn wrong_type(planner: &mut Planner<'_>, name: &str, value: &Value) -> Stop {
    planner.refuse(
        "InvalidAttributeValue",
        "ET-141",
        Facts {
            attribute: Some(name),
            values: vec![value.to_string()],
            reason: format!("`{value}` cannot be read"),
            ..Facts::default()
        },
    )
}
