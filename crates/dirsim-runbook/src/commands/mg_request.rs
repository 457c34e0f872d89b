//! `Invoke-MgGraphRequest`: the requests that guides write by hand (`interfaces.md` 5.3, 6.1).

use dirsim_tenant::{TenantEdit, TenantType};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::{self, body, object};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

use super::{mg_sync, mg_user};

/// `Invoke-MgGraphRequest`.
pub(super) static INVOKE: CommandSpec = CommandSpec {
    name: "Invoke-MgGraphRequest",
    aliases: &["Invoke-GraphRequest"],
    module: "Microsoft.Graph",
    summary: "Sends a request to Graph: users, groups, the recycle bin, features; a null in the body clears",
    example: "Invoke-MgGraphRequest -Method PATCH -Uri 'v1.0/users/ann@contoso.com' -Body @{onPremisesImmutableId=$null}",
    parameters: &[
        P::text("Uri").at(0).required(),
        P::new("Method", K::Choice(&["GET", "POST", "PATCH", "DELETE", "PUT"])).at(1),
        P::new("Body", K::Any).at(2),
        P::table("Headers").ignored(),
        P::new("OutputType", K::Choice(&["PSObject", "HashTable", "Json", "HttpResponseMessage"])),
        P::text("ContentType").ignored(),
    ],
    sets: &[],
    run: invoke,
};

fn bad(bound: &Bound, code: &'static str, message: String) -> CommandError {
    tenant_refused(bound, bound.required("Uri"), (400, code), "interfaces 6.1", message)
}

fn invoke(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let uri = bound.required("Uri");
    let path = uri
        .split_once("://")
        .map_or(uri, |(_, rest)| rest.split_once('/').map_or("", |(_, path)| path));
    let path = path.split('?').next().unwrap_or_default().trim_matches('/');
    let mut segments: Vec<&str> = path.split('/').collect();
    if segments.first().is_some_and(|s| ["v1.0", "beta"].iter().any(|v| v.eq_ignore_ascii_case(s)))
    {
        segments.remove(0);
    }
    let lower: Vec<String> = segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let shape: Vec<&str> = lower.iter().map(String::as_str).collect();
    let method = bound.text("Method").unwrap_or("GET");
    let identity = segments.get(1).copied().unwrap_or_default();
    match (method, shape.as_slice()) {
        ("GET", ["users", _]) => read(session, bound, TenantType::User, identity),
        ("GET", ["groups", _]) => read(session, bound, TenantType::Group, identity),
        ("PATCH", ["users", _]) => patch(session, bound, TenantType::User, identity),
        ("PATCH", ["groups", _]) => patch(session, bound, TenantType::Group, identity),
        ("DELETE", ["users", _]) => delete(session, bound, TenantType::User, identity),
        ("DELETE", ["groups", _]) => delete(session, bound, TenantType::Group, identity),
        ("DELETE", ["contacts", _]) => delete(session, bound, TenantType::Contact, identity),
        ("DELETE", ["devices", _]) => delete(session, bound, TenantType::Device, identity),
        ("GET" | "PATCH", ["users" | "groups" | "contacts", _, "onpremisessyncbehavior"]) => {
            sync_behavior(session, bound, identity, method)
        }
        ("POST", ["users"]) => post(session, bound, TenantType::User),
        ("POST", ["groups"]) => post(session, bound, TenantType::Group),
        (
            "PATCH",
            ["directory", "onpremisessynchronization"]
            | ["directory", "onpremisessynchronization", _],
        ) => {
            let body = request_body(bound)?;
            let features = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("features"));
            let features = features.map_or(&[][..], |(_, value)| body::pairs(value)).to_vec();
            mg_sync::set_features(session, bound, &features)?;
            Ok(Vec::new())
        }
        ("PATCH", ["organization"] | ["organization", _]) => organization(session, bound),
        ("DELETE", ["directory", "deleteditems", id]) => {
            let found = graph::find_deleted(session, bound, id)?;
            let edit = TenantEdit::Purge { target: found.object.id };
            session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
            Ok(Vec::new())
        }
        ("GET", ["directory", "deleteditems", id]) => {
            let found = graph::find_deleted(session, bound, id)?;
            Ok(vec![answer(session, bound, &found)])
        }
        _ => {
            let message = format!(
                "Resource not found for the segment '{path}': dirsim answers no {method} there."
            );
            Err(bad(bound, "BadRequest", message))
        }
    }
}

/// Returns the pairs of `-Body`, a hashtable or JSON.
fn request_body(bound: &Bound) -> Result<Vec<(String, PsValue)>, CommandError> {
    match bound.get("Body") {
        Some(PsValue::Table(pairs)) => Ok(pairs.clone()),
        Some(PsValue::Text(text)) => {
            let json: serde_json::Value = serde_json::from_str(text).map_err(|error| {
                bad(bound, "BadRequest", format!("Unable to read JSON request payload: {error}"))
            })?;
            match body::from_json(&json) {
                PsValue::Table(pairs) => Ok(pairs),
                _ => Err(bad(
                    bound,
                    "BadRequest",
                    "Unable to read JSON request payload: an object is expected".to_owned(),
                )),
            }
        }
        _ => Ok(Vec::new()),
    }
}

fn properties(session: &mut Session<'_>, bound: &Bound) -> Result<body::Body, CommandError> {
    let mut properties = body::Body::new();
    for (name, value) in request_body(bound)? {
        body::push(session, bound, &mut properties, &name, &value)?;
    }
    body::settle_immutable_id(session, &mut properties);
    Ok(properties)
}

fn answer(session: &Session<'_>, bound: &Bound, found: &graph::Found) -> Object {
    let uri = bound.required("Uri");
    let select = uri.split_once('?').and_then(|(_, query)| {
        query.split('&').find_map(|option| {
            let (name, value) = option.split_once('=')?;
            let name = name.trim_start_matches('$').trim_start_matches("%24");
            name.eq_ignore_ascii_case("select").then_some(value)
        })
    });
    let all = object::rest(session, &found.object);
    let Some(select) = select else { return all };
    let wanted: Vec<&str> = select.split(',').map(str::trim).collect();
    let mut shown = Object::new(all.type_name);
    for name in wanted {
        let value = all.get(name).cloned().unwrap_or(PsValue::Null);
        shown.properties.push((name.to_owned(), value));
    }
    shown
}

fn read(
    session: &Session<'_>,
    bound: &Bound,
    kind: TenantType,
    identity: &str,
) -> Result<Vec<Object>, CommandError> {
    let found = graph::find(session, bound, Some(kind), identity)?;
    let shown = answer(session, bound, &found);
    if bound.text("OutputType") == Some("Json") {
        let json = serde_json::to_string_pretty(&shown).unwrap_or_default();
        return Ok(vec![Object::new("System.String").with("Value", json)]);
    }
    Ok(vec![shown])
}

fn patch(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: TenantType,
    identity: &str,
) -> Result<Vec<Object>, CommandError> {
    let found = graph::find(session, bound, Some(kind), identity)?;
    let changes = properties(session, bound)?;
    mg_user::apply(session, bound, &found, changes)
}

fn delete(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: TenantType,
    identity: &str,
) -> Result<Vec<Object>, CommandError> {
    let found = graph::find(session, bound, Some(kind), identity)?;
    let edit = TenantEdit::Delete { target: found.object.id };
    session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
    Ok(Vec::new())
}

fn post(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: TenantType,
) -> Result<Vec<Object>, CommandError> {
    let attributes = properties(session, bound)?;
    mg_user::create(session, bound, kind, attributes)
}

/// Reads or switches the source of authority of an object (ET-208, ET-210).
fn sync_behavior(
    session: &mut Session<'_>,
    bound: &Bound,
    identity: &str,
    method: &str,
) -> Result<Vec<Object>, CommandError> {
    let found = graph::find(session, bound, None, identity)?;
    if method == "GET" {
        let shown = Object::new("System.Collections.Hashtable")
            .with("id", found.object.id)
            .with("isCloudManaged", found.object.cloud_managed);
        return Ok(vec![shown]);
    }
    let body = request_body(bound)?;
    let wanted = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("isCloudManaged"));
    let Some((_, PsValue::Boolean(managed))) = wanted else {
        let message = "Invalid value specified for property 'isCloudManaged' of resource.";
        return Err(bad(bound, "Request_BadRequest", message.to_owned()));
    };
    let edit = TenantEdit::SetCloudManaged { target: found.object.id, managed: *managed };
    session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
    Ok(Vec::new())
}

/// Turns synchronization on or off for the whole tenant (ET-202).
fn organization(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let body = request_body(bound)?;
    let wanted = body.iter().find(|(name, _)| name.eq_ignore_ascii_case("onPremisesSyncEnabled"));
    let Some((_, PsValue::Boolean(enabled))) = wanted else {
        let message = "Invalid value specified for property 'onPremisesSyncEnabled' of resource.";
        return Err(bad(bound, "Request_BadRequest", message.to_owned()));
    };
    let edit = TenantEdit::SetDirSyncEnabled { enabled: *enabled };
    session.act(bound, "organization", Input::Tenant(edit))?;
    Ok(Vec::new())
}
