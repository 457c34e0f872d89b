//! Requests to Graph that change something (`interfaces.md` 6.1).

use dirsim_tenant::{TenantEdit, TenantType};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::url::GraphUrl;
use crate::graph::{self, body, object};
use crate::session::Session;
use crate::value::{Object, PsValue};

use super::mg_request::{bad, dispatch, kind_of, nowhere, one};
use super::{
    mg_deleted, mg_domain, mg_group, mg_license, mg_organization, mg_relation, mg_role, mg_sync,
    mg_user,
};

/// Requests in one batch.
const BATCH_MAX: usize = 20;
/// Members that one request adds.
const BIND_MAX: usize = 20;

/// The pairs of a request body.
type Pairs<'a> = &'a [(String, PsValue)];

/// Answers a request that changes something; nothing for those that Graph answers with 204.
pub(super) fn write(
    session: &mut Session<'_>,
    bound: &Bound,
    method: &str,
    url: &GraphUrl,
    shape: &[&str],
    body: Pairs<'_>,
) -> Result<Option<Object>, CommandError> {
    let segment = |at: usize| url.segments.get(at).map_or("", String::as_str);
    let kind = shape.first().and_then(|list| kind_of(list));
    match (method, shape) {
        ("POST", ["$batch"]) => return batch(session, bound, body).map(Some),
        ("POST", ["users" | "groups"]) => {
            let attributes = properties(session, bound, body)?;
            let kind = kind.unwrap_or(TenantType::User);
            let made = mg_user::create(session, bound, kind, attributes)?;
            return made_answer(session, bound, url, &made);
        }
        ("PATCH", ["users" | "groups" | "devices", _]) => {
            let found = graph::find(session, bound, kind, segment(1))?;
            let binds = |name: &String| name.eq_ignore_ascii_case("members@odata.bind");
            if let Some((_, members)) = body.iter().find(|(name, _)| binds(name)) {
                bind_members(session, bound, segment(1), members)?;
            }
            let others: Vec<_> = body.iter().filter(|(name, _)| !binds(name)).cloned().collect();
            let changes = properties(session, bound, &others)?;
            mg_user::apply(session, bound, &found, changes)?;
        }
        ("DELETE", ["users" | "groups" | "contacts" | "devices", _]) => {
            let found = graph::find(session, bound, kind, segment(1))?;
            let edit = TenantEdit::Delete { target: found.object.id };
            session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
        }
        ("PATCH", ["users" | "groups" | "contacts", _, "onpremisessyncbehavior"]) => {
            sync_behavior(session, bound, segment(1), body)?;
        }
        ("POST", ["users", _, "assignlicense"]) => {
            let made = mg_license::assign(
                session,
                bound,
                segment(1),
                value_of(body, "addLicenses"),
                value_of(body, "removeLicenses"),
            )?;
            return made_answer(session, bound, url, &made);
        }
        ("POST", ["users", _, "revokesigninsessions"]) => {
            graph::find(session, bound, kind, segment(1))?;
            return Ok(Some(Object::new("System.Collections.Hashtable").with("value", true)));
        }
        ("PUT", ["users", _, "manager", "$ref"]) => {
            mg_relation::set_manager(session, bound, segment(1), Some(&reference(body)))?;
        }
        ("DELETE", ["users", _, "manager", "$ref"]) => {
            mg_relation::set_manager(session, bound, segment(1), None)?;
        }
        ("POST", ["groups", _, "members", "$ref"]) => {
            mg_group::set_member(session, bound, segment(1), &reference(body), true)?;
        }
        ("DELETE", ["groups", _, "members", _, "$ref"]) => {
            mg_group::set_member(session, bound, segment(1), segment(3), false)?;
        }
        ("POST", ["groups", _, "owners", "$ref"]) => {
            mg_relation::set_owner(session, bound, segment(1), &reference(body), true)?;
        }
        ("DELETE", ["groups", _, "owners", _, "$ref"]) => {
            mg_relation::set_owner(session, bound, segment(1), segment(3), false)?;
        }
        ("POST", ["directoryobjects", "getbyids"]) => {
            let mut found = Vec::new();
            for id in value_of(body, "ids").map(PsValue::each).unwrap_or_default() {
                match graph::find(session, bound, None, &id.to_text()) {
                    Ok(one) => found.push(object::rest(session, &one.object, &[]).into()),
                    Err(CommandError::Refused(_)) => {}
                    Err(other) => return Err(other),
                }
            }
            let answer = Object::new("System.Collections.Hashtable");
            return Ok(Some(answer.with("value", PsValue::List(found))));
        }
        ("POST", ["directory", "deleteditems", _, "restore" | "microsoft.graph.restore"]) => {
            let found = graph::find_deleted(session, bound, segment(2))?;
            let upn = value_of(body, "newUserPrincipalName").map(PsValue::to_text);
            let reconcile =
                value_of(body, "autoReconcileProxyConflict") == Some(&PsValue::Boolean(true));
            mg_deleted::bring_back(session, bound, &found, upn, reconcile)?;
            if session.what_if {
                return Ok(None);
            }
            let found = graph::find(session, bound, None, &found.object.id.to_string())?;
            return one(session, bound, url, &found).map(Some);
        }
        ("DELETE", ["directory", "deleteditems", _]) => {
            let found = graph::find_deleted(session, bound, segment(2))?;
            let edit = TenantEdit::Purge { target: found.object.id };
            session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
        }
        (
            "PATCH",
            ["directory", "onpremisessynchronization"]
            | ["directory", "onpremisessynchronization", _],
        ) => {
            let features = value_of(body, "features").map_or(&[][..], body::pairs).to_vec();
            mg_sync::set_features(session, bound, &features)?;
        }
        ("PATCH", ["organization"] | ["organization", _]) => {
            let Some(PsValue::Boolean(enabled)) = value_of(body, "onPremisesSyncEnabled") else {
                let message =
                    "Invalid value specified for property 'onPremisesSyncEnabled' of resource.";
                return Err(bad(bound, "Request_BadRequest", message.to_owned()));
            };
            mg_organization::switch_sync(session, bound, *enabled)?;
        }
        ("POST", ["domains"]) => {
            let name = value_of(body, "id").map(PsValue::to_text).unwrap_or_default();
            let made = mg_domain::add(session, bound, &name)?;
            return Ok(made.into_iter().next().map(object::camel));
        }
        ("POST", ["domains", _, "verify"]) => {
            let made = mg_domain::verify(session, bound, segment(1))?;
            return Ok(made.into_iter().next().map(object::camel));
        }
        ("PATCH", ["domains", _]) => {
            let domain = mg_domain::find(session, bound, segment(1))?;
            if let Some(kind) = value_of(body, "authenticationType") {
                let federated = kind.to_text().eq_ignore_ascii_case("Federated");
                let verified = Some(domain.verified);
                mg_domain::set(session, bound, &domain.name, verified, federated)?;
            }
        }
        ("DELETE", ["domains", _]) => {
            let domain = mg_domain::find(session, bound, segment(1))?;
            mg_domain::set(session, bound, &domain.name, None, false)?;
        }
        ("POST", ["directoryroles", _, "members", "$ref"]) => {
            mg_role::set(session, bound, &reference(body), segment(1), true)?;
        }
        ("DELETE", ["directoryroles", _, "members", _, "$ref"]) => {
            mg_role::set(session, bound, segment(3), segment(1), false)?;
        }
        ("POST", ["rolemanagement", "directory", "roleassignments"]) => {
            let text = |name: &str| value_of(body, name).map(PsValue::to_text);
            let made = mg_role::assign(session, bound, &text)?;
            return Ok(made.into_iter().next().map(object::camel));
        }
        ("DELETE", ["rolemanagement", "directory", "roleassignments", _]) => {
            mg_role::unassign(session, bound, segment(3))?;
        }
        _ => return Err(nowhere(bound, method, &url.segments.join("/"))),
    }
    Ok(None)
}

/// Returns a value of a body by its name in any casing.
fn value_of<'a>(body: Pairs<'a>, name: &str) -> Option<&'a PsValue> {
    body.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
}

/// Returns the object id at the end of the address in `@odata.id`.
fn reference(body: Pairs<'_>) -> String {
    let address = value_of(body, "@odata.id").map(PsValue::to_text).unwrap_or_default();
    last_segment(&address)
}

fn last_segment(address: &str) -> String {
    address.trim_end_matches('/').rsplit('/').next().unwrap_or_default().to_owned()
}

fn properties(
    session: &mut Session<'_>,
    bound: &Bound,
    body: Pairs<'_>,
) -> Result<body::Body, CommandError> {
    let mut properties = body::Body::new();
    for (name, value) in body {
        body::push(session, bound, &mut properties, name, value)?;
    }
    body::settle_immutable_id(session, &mut properties);
    Ok(properties)
}

/// Answers with the object that was made or changed.
fn made_answer(
    session: &Session<'_>,
    bound: &Bound,
    url: &GraphUrl,
    made: &[Object],
) -> Result<Option<Object>, CommandError> {
    let Some(id) = made.first().and_then(|made| made.get("Id")) else { return Ok(None) };
    let found = graph::find(session, bound, None, &id.to_text())?;
    one(session, bound, url, &found).map(Some)
}

/// Adds up to twenty members at once.
fn bind_members(
    session: &mut Session<'_>,
    bound: &Bound,
    group: &str,
    members: &PsValue,
) -> Result<(), CommandError> {
    let members = members.each();
    if members.len() > BIND_MAX {
        let message = format!("The maximum number of members in one request is {BIND_MAX}.");
        return Err(bad(bound, "Request_BadRequest", message));
    }
    for member in members {
        let member = last_segment(&member.to_text());
        mg_group::set_member(session, bound, group, &member, true)?;
    }
    Ok(())
}

/// Switches the source of authority of an object (ET-208, ET-210).
fn sync_behavior(
    session: &mut Session<'_>,
    bound: &Bound,
    identity: &str,
    body: Pairs<'_>,
) -> Result<(), CommandError> {
    let found = graph::find(session, bound, None, identity)?;
    let Some(PsValue::Boolean(managed)) = value_of(body, "isCloudManaged") else {
        let message = "Invalid value specified for property 'isCloudManaged' of resource.";
        return Err(bad(bound, "Request_BadRequest", message.to_owned()));
    };
    let edit = TenantEdit::SetCloudManaged { target: found.object.id, managed: *managed };
    session.act(bound, &graph::target(&found), Input::Tenant(edit)).map(drop)
}

/// Answers up to twenty requests; a refused one has its status and error, the others go on.
fn batch(
    session: &mut Session<'_>,
    bound: &Bound,
    body: Pairs<'_>,
) -> Result<Object, CommandError> {
    let requests = value_of(body, "requests").map(PsValue::each).unwrap_or_default();
    if requests.len() > BATCH_MAX {
        let message = format!("The number of requests in a batch is limited to {BATCH_MAX}.");
        return Err(bad(bound, "BadRequest", message));
    }
    let mut responses = Vec::new();
    for request in requests {
        let pairs = body::pairs(request);
        let text = |name| value_of(pairs, name).map(PsValue::to_text).unwrap_or_default();
        let url = GraphUrl::parse(&text("url"));
        let inner = value_of(pairs, "body").map_or(&[][..], body::pairs).to_vec();
        let method = text("method").to_ascii_uppercase();
        let answer = Object::new("System.Collections.Hashtable").with("id", text("id"));
        let answer = match dispatch(session, bound, &method, &url, &inner) {
            Ok(Some(found)) => answer.with("status", 200_i64).with("body", found),
            Ok(None) => answer.with("status", 204_i64),
            Err(CommandError::Refused(record)) => {
                let status = record.details.iter().find_map(|line| {
                    let number = line.strip_prefix("Status: ")?.split(' ').next()?;
                    number.parse::<i64>().ok()
                });
                let code = record.details.iter().find_map(|line| line.strip_prefix("ErrorCode: "));
                let error = Object::new("System.Collections.Hashtable")
                    .with("code", code)
                    .with("message", record.message.clone());
                let error = Object::new("System.Collections.Hashtable").with("error", error);
                answer.with("status", status.unwrap_or(400)).with("body", error)
            }
            Err(other) => return Err(other),
        };
        responses.push(PsValue::from(answer));
    }
    Ok(Object::new("System.Collections.Hashtable").with("responses", PsValue::List(responses)))
}
