//! The `ADSyncTools` helpers around anchors (SE-014, SE-291, section 15).

use base64::prelude::{BASE64_STANDARD, Engine as _};
use dirsim_model::anchor::{connector_space_name, from_connector_space_name};
use dirsim_model::attribute::well_known as a;
use dirsim_model::{Dn, Guid, SourceAnchor, Value, ValueRef};

use dirsim_forest::{AttributeEdit, EditOperation, lookup};

use crate::ad::{AdObject, Noun, edit, identity};
use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

/// `ConvertTo-ADSyncToolsImmutableID`.
pub(super) static TO_IMMUTABLE_ID: CommandSpec = CommandSpec {
    name: "ConvertTo-ADSyncToolsImmutableID",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Turns a GUID, as text or as 16 bytes, into an immutable id",
    example: "ConvertTo-ADSyncToolsImmutableID 00112233-4455-6677-8899-aabbccddeeff",
    parameters: &[P::new("Value", K::Any).at(0).required()],
    sets: &[],
    run: to_immutable_id,
};

/// `ConvertFrom-ADSyncToolsImmutableID`.
pub(super) static FROM_IMMUTABLE_ID: CommandSpec = CommandSpec {
    name: "ConvertFrom-ADSyncToolsImmutableID",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Turns an immutable id into the GUID it was made from",
    example: "ConvertFrom-ADSyncToolsImmutableID 'MyIRAFVEd2aImaq7zN3u/w=='",
    parameters: &[P::text("Value").at(0).required()],
    sets: &[],
    run: from_immutable_id,
};

/// `ConvertTo-ADSyncToolsAadDistinguishedName`.
pub(super) static TO_AAD_NAME: CommandSpec = CommandSpec {
    name: "ConvertTo-ADSyncToolsAadDistinguishedName",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Turns an immutable id into the name it has in the Entra connector space",
    example: "ConvertTo-ADSyncToolsAadDistinguishedName 'QF5HMK7n80qvdYsUPIHa9Q=='",
    parameters: &[P::text("ImmutableId").at(0).required()],
    sets: &[],
    run: |_, bound| Ok(vec![text(connector_space_name(bound.required("ImmutableId")))]),
};

/// `ConvertFrom-ADSyncToolsAadDistinguishedName`.
pub(super) static FROM_AAD_NAME: CommandSpec = CommandSpec {
    name: "ConvertFrom-ADSyncToolsAadDistinguishedName",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Reads the immutable id from a name of the Entra connector space",
    example: "ConvertFrom-ADSyncToolsAadDistinguishedName 'CN={514635484D4B376E38307176645973555049486139513D3D}'",
    parameters: &[P::text("DistinguishedName").at(0).required()],
    sets: &[],
    run: from_aad_name,
};

/// `Get-ADSyncToolsMsDsConsistencyGuid`.
pub(super) static GET_CONSISTENCY_GUID: CommandSpec = CommandSpec {
    name: "Get-ADSyncToolsMsDsConsistencyGuid",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Shows the mS-DS-ConsistencyGuid of an object",
    example: "Get-ADSyncToolsMsDsConsistencyGuid ann",
    parameters: &[P::text("Identity").at(0).required()],
    sets: &[],
    run: get_consistency_guid,
};

/// `Set-ADSyncToolsMsDsConsistencyGuid`.
pub(super) static SET_CONSISTENCY_GUID: CommandSpec = CommandSpec {
    name: "Set-ADSyncToolsMsDsConsistencyGuid",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Writes the mS-DS-ConsistencyGuid of an object, from a GUID or an immutable id",
    example: "Set-ADSyncToolsMsDsConsistencyGuid ann -Value 00112233-4455-6677-8899-aabbccddeeff",
    parameters: &[P::text("Identity").at(0).required(), P::text("Value").at(1).required()],
    sets: &[],
    run: set_consistency_guid,
};

/// `Clear-ADSyncToolsMsDsConsistencyGuid`.
pub(super) static CLEAR_CONSISTENCY_GUID: CommandSpec = CommandSpec {
    name: "Clear-ADSyncToolsMsDsConsistencyGuid",
    aliases: &[],
    module: "ADSyncTools",
    summary: "Clears the mS-DS-ConsistencyGuid of an object",
    example: "Clear-ADSyncToolsMsDsConsistencyGuid ann",
    parameters: &[P::text("Identity").at(0).required()],
    sets: &[],
    run: |session, bound| {
        let target = find(session, bound)?;
        write(session, bound, &target, Vec::new())
    },
};

fn text(value: impl Into<PsValue>) -> Object {
    Object::new("System.String").with("Value", value)
}

fn no_conversion(bound: &Bound, value: &str, why: &str) -> CommandError {
    let message = format!("Cannot convert '{value}': {why}.");
    server_refused(bound, value, "SE-291", message)
}

fn to_immutable_id(_: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let value = bound.get("Value").cloned().unwrap_or(PsValue::Null);
    let bytes: Option<Vec<u8>> = match &value {
        PsValue::List(parts) => parts
            .iter()
            .map(|part| match part {
                PsValue::Integer(number) => u8::try_from(*number).ok(),
                _ => None,
            })
            .collect(),
        other => {
            let written = other.to_text();
            let guid = written.parse::<Guid>().ok().map(|guid| guid.as_bytes().to_vec());
            guid.or_else(|| BASE64_STANDARD.decode(written.trim()).ok())
        }
    };
    match bytes.filter(|bytes| bytes.len() == 16) {
        Some(bytes) => Ok(vec![text(SourceAnchor::from_bytes(&bytes).to_string())]),
        None => Err(no_conversion(bound, &value.to_text(), "it is no GUID")),
    }
}

fn from_immutable_id(_: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let value = bound.required("Value");
    let decoded = SourceAnchor::new(value)
        .decode()
        .map_err(|error| no_conversion(bound, value, &error.to_string()))?;
    Ok(vec![Object::new("System.Guid").with("Guid", decoded.guid)])
}

fn from_aad_name(_: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = bound.required("DistinguishedName");
    let anchor = from_connector_space_name(name)
        .ok_or_else(|| no_conversion(bound, name, "it is no name like CN={514635484D4B376E}"))?;
    Ok(vec![text(anchor)])
}

/// Finds the object: users and groups by any identity, other objects by DN or GUID; a UPN, too,
/// because these helpers search instead of looking up an identity.
pub(super) fn find(session: &Session<'_>, bound: &Bound) -> Result<AdObject, CommandError> {
    let identity = bound.required("Identity");
    match identity::find(session, bound, Noun::Principal, identity) {
        Err(CommandError::Refused(record)) => {
            if let Some(id) = lookup::by_upn(session.tables(), identity)?
                && let Some(object) = lookup::object(session.tables(), id)?
            {
                return Ok(AdObject { id, object });
            }
            let other = identity
                .parse::<Dn>()
                .ok()
                .and_then(|_| identity::find(session, bound, Noun::Object, identity).ok());
            other.ok_or(CommandError::Refused(record))
        }
        other => other,
    }
}

fn get_consistency_guid(
    session: &mut Session<'_>,
    bound: &Bound,
) -> Result<Vec<Object>, CommandError> {
    let target = find(session, bound)?;
    let stored = target.object.entry.get(a::CONSISTENCY_GUID).first();
    let Some(bytes) = stored.and_then(ValueRef::as_bytes) else { return Ok(Vec::new()) };
    Ok(match Guid::from_slice(bytes) {
        Some(guid) => vec![Object::new("System.Guid").with("Guid", guid)],
        // Anything of another length can stand in the attribute.
        None => vec![text(PsValue::Bytes(bytes.to_vec()))],
    })
}

fn set_consistency_guid(
    session: &mut Session<'_>,
    bound: &Bound,
) -> Result<Vec<Object>, CommandError> {
    let target = find(session, bound)?;
    let value = bound.required("Value");
    let guid = value
        .parse::<Guid>()
        .ok()
        .or_else(|| SourceAnchor::new(value).decode().ok().map(|decoded| decoded.guid))
        .ok_or_else(|| no_conversion(bound, value, "it is neither a GUID nor an immutable id"))?;
    write(session, bound, &target, vec![Value::bytes(*guid.as_bytes())])
}

fn write(
    session: &mut Session<'_>,
    bound: &Bound,
    target: &AdObject,
    values: Vec<Value>,
) -> Result<Vec<Object>, CommandError> {
    let (attribute, operation) = (a::CONSISTENCY_GUID, EditOperation::Replace);
    let change = AttributeEdit { attribute, operation, values };
    edit::apply(session, bound, target, vec![change])?;
    Ok(Vec::new())
}
