//! Properties to write: from parameters, from `-BodyParameter` and from JSON.

use dirsim_model::{AttributeId, Side, Syntax, Value, typed};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, tenant_refused};
use crate::value::PsValue;

/// Properties by number with their new values; an empty list clears.
pub(crate) type Body = Vec<(AttributeId, Vec<Value>)>;

/// Adds a property to a body. Null clears; an empty text is sent as it is.
pub(crate) fn push(
    session: &Session<'_>,
    bound: &Bound,
    body: &mut Body,
    name: &str,
    value: &PsValue,
) -> Result<(), CommandError> {
    match name.to_ascii_lowercase().as_str() {
        // Of a password the tenant keeps who set it and whether it must be changed (ET-241, ET-245).
        "passwordprofile" => {
            let force = "forceChangePasswordNextSignIn";
            let password =
                pairs(value).iter().find(|(key, _)| key.eq_ignore_ascii_case("password"));
            if let Some((_, password)) = password
                && !dirsim_tenant::password::complies(&password.to_text())
            {
                let message = "The specified password does not comply with password complexity requirements. Please provide a different password.";
                let code = (400, "Request_BadRequest");
                let message = message.to_owned();
                return Err(tenant_refused(bound, "passwordProfile", code, "ET-243", message));
            }
            let asked = pairs(value).iter().find(|(key, _)| key.eq_ignore_ascii_case(force));
            let value = asked.map_or(&PsValue::Boolean(false), |(_, value)| value);
            return push(session, bound, body, force, value);
        }
        "onpremisesextensionattributes" => {
            for (key, value) in pairs(value) {
                push(session, bound, body, key, value)?;
            }
            return Ok(());
        }
        _ => {}
    }
    let schema = session.schema();
    let attribute =
        schema.attribute(name).filter(|id| schema.definition(Side::Tenant, *id).is_some());
    let attribute = attribute.ok_or_else(|| {
        let message = format!(
            "Property '{name}' does not exist on the resource. Make sure to only use property names that are defined by the type."
        );
        tenant_refused(bound, name, (400, "Request_BadRequest"), "interfaces 6.3", message)
    })?;
    let syntax = schema.syntax(Side::Tenant, attribute);
    let mut values = Vec::new();
    for one in value.each() {
        let text = one.to_text();
        // GUIDs and SIDs travel as text in Graph.
        let syntax =
            if matches!(syntax, Syntax::Guid | Syntax::Sid) { Syntax::Text } else { syntax };
        values.push(typed::parse(syntax, &text).ok_or_else(|| {
            let message = format!("Invalid value specified for property '{name}' of resource.");
            tenant_refused(bound, name, (400, "Request_BadRequest"), "interfaces 6.3", message)
        })?);
    }
    body.retain(|(known, _)| *known != attribute);
    body.push((attribute, values));
    Ok(())
}

/// Returns the body of `-BodyParameter`, then of the named parameters in `names`.
///
/// A named parameter that is `$null` is not sent at all (`interfaces.md` 5.3).
pub(crate) fn of_parameters(
    session: &mut Session<'_>,
    bound: &Bound,
    names: &[&str],
) -> Result<Body, CommandError> {
    let mut body = Body::new();
    for (name, value) in bound.table("BodyParameter") {
        push(session, bound, &mut body, name, value)?;
    }
    for name in names {
        match bound.get(name) {
            None => {}
            Some(PsValue::Null) => session.warn(format!(
                "{} sends nothing for -{name} $null; to clear the property use Invoke-MgGraphRequest -Method PATCH with a null in the body",
                bound.command.name
            )),
            Some(value) => push(session, bound, &mut body, name, value)?,
        }
    }
    Ok(body)
}

/// Turns an empty immutable id into a cleared one, with a warning (ET-192).
pub(crate) fn settle_immutable_id(session: &mut Session<'_>, body: &mut Body) {
    let Some(attribute) = session.schema().attribute("onPremisesImmutableId") else { return };
    for (known, values) in body {
        let empty = |value: &Value| value.as_ref().as_text() == Some("");
        if *known == attribute && values.iter().any(empty) {
            values.clear();
            super::warn_empty_immutable_id(session);
        }
    }
}

/// Returns the pairs of a hashtable.
pub(crate) fn pairs(value: &PsValue) -> &[(String, PsValue)] {
    match value {
        PsValue::Table(pairs) => pairs,
        PsValue::Object(object) => &object.properties,
        _ => &[],
    }
}

/// Converts JSON to a value.
pub(crate) fn from_json(json: &serde_json::Value) -> PsValue {
    match json {
        serde_json::Value::Null => PsValue::Null,
        serde_json::Value::Bool(truth) => PsValue::Boolean(*truth),
        serde_json::Value::Number(number) => match number.as_i64() {
            Some(number) => PsValue::Integer(number),
            None => PsValue::Real(number.as_f64().unwrap_or_default()),
        },
        serde_json::Value::String(text) => PsValue::Text(text.clone()),
        serde_json::Value::Array(values) => PsValue::List(values.iter().map(from_json).collect()),
        serde_json::Value::Object(pairs) => PsValue::Table(
            pairs.iter().map(|(name, value)| (name.clone(), from_json(value))).collect(),
        ),
    }
}
