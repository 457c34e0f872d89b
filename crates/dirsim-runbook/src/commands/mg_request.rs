//! `Invoke-MgGraphRequest`: the requests that guides write by hand (`interfaces.md` 5.3, 6.1).

use dirsim_tenant::{TenantType, lookup};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::object::{self, Names};
use crate::graph::query::{self, Query, Source};
use crate::graph::url::GraphUrl;
use crate::graph::{self, Found, body};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

use super::{mg_audit, mg_domain, mg_organization, mg_request_write, mg_role_read, mg_sync};

/// `Invoke-MgGraphRequest`.
pub(super) static INVOKE: CommandSpec = CommandSpec {
    name: "Invoke-MgGraphRequest",
    aliases: &["Invoke-GraphRequest"],
    module: "Microsoft.Graph",
    summary: "Sends a request to Graph; a null in the body clears a property",
    example: "Invoke-MgGraphRequest -Method PATCH -Uri 'v1.0/users/ann@contoso.com' -Body @{onPremisesImmutableId=$null}",
    parameters: &[
        P::text("Uri").at(1).required(),
        P::new("Method", K::Choice(&["GET", "POST", "PATCH", "DELETE", "PUT"])).at(0),
        P::new("Body", K::Any).at(2),
        P::table("Headers"),
        P::new("OutputType", K::Choice(&["PSObject", "HashTable", "Json", "HttpResponseMessage"])),
        P::text("ContentType").ignored(),
        P::text("OutputFilePath").ignored(),
        P::text("StatusCodeVariable").ignored(),
    ],
    sets: &[],
    run: invoke,
};

/// Builds the failure of a request that Graph does not understand.
pub(super) fn bad(bound: &Bound, code: &'static str, message: String) -> CommandError {
    tenant_refused(bound, bound.required("Uri"), (400, code), "interfaces 6.1", message)
}

/// Builds the failure of a request to nowhere; the nearest path that is answered stands in it.
pub(super) fn nowhere(bound: &Bound, method: &str, path: &str) -> CommandError {
    let near = dirsim_model::nearest(path, ROUTES.iter().copied())
        .map_or_else(String::new, |near| format!(" The nearest path is '{near}'."));
    let message = format!(
        "Resource not found for the segment '{path}': dirsim answers no {method} there.{near}"
    );
    tenant_refused(bound, bound.required("Uri"), (404, "BadRequest"), "interfaces 6.1", message)
}

/// Paths that are answered, as the hint for unknown ones names them.
const ROUTES: &[&str] = &[
    "users",
    "users/{id}",
    "users/{id}/memberOf",
    "users/{id}/manager",
    "users/{id}/licenseDetails",
    "users/{id}/assignLicense",
    "users/{id}/onPremisesSyncBehavior",
    "groups",
    "groups/{id}",
    "groups/{id}/members",
    "groups/{id}/members/$ref",
    "groups/{id}/owners",
    "contacts",
    "devices",
    "directoryObjects/{id}",
    "directoryObjects/getByIds",
    "directory/deletedItems/{id}",
    "directory/deletedItems/{id}/restore",
    "directory/deletedItems/microsoft.graph.user",
    "directory/deletedItems/microsoft.graph.group",
    "directory/onPremisesSynchronization",
    "organization",
    "domains",
    "domains/{id}/verify",
    "subscribedSkus",
    "directoryRoles",
    "directoryRoles/{id}/members",
    "roleManagement/directory/roleAssignments",
    "roleManagement/directory/roleDefinitions",
    "auditLogs/directoryAudits",
    "$batch",
];

fn invoke(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let url = GraphUrl::parse(bound.required("Uri"));
    let method = bound.text("Method").unwrap_or("GET");
    let body = request_body(bound)?;
    let answer = dispatch(session, bound, method, &url, &body)?;
    let Some(answer) = answer else { return Ok(Vec::new()) };
    match bound.text("OutputType") {
        Some("Json") => {
            let json = serde_json::to_string_pretty(&answer).unwrap_or_default();
            Ok(vec![Object::new("System.String").with("Value", json)])
        }
        Some("PSObject") => {
            Ok(vec![Object { type_name: "System.Management.Automation.PSCustomObject", ..answer }])
        }
        _ => Ok(vec![answer]),
    }
}

/// Answers a request; nothing for those that Graph answers with 204.
pub(super) fn dispatch(
    session: &mut Session<'_>,
    bound: &Bound,
    method: &str,
    url: &GraphUrl,
    body: &[(String, PsValue)],
) -> Result<Option<Object>, CommandError> {
    let lower: Vec<String> =
        url.segments.iter().map(|segment| segment.to_ascii_lowercase()).collect();
    let shape: Vec<&str> = lower.iter().map(String::as_str).collect();
    // The parts of a batch are checked one by one.
    if !matches!(shape.as_slice(), ["$batch"]) {
        session.check_request(bound, method, &url.segments)?;
    }
    if method == "GET" {
        return read(session, bound, url, &shape);
    }
    mg_request_write::write(session, bound, method, url, &shape, body)
}

/// Returns the pairs of `-Body`, a hashtable or JSON.
fn request_body(bound: &Bound) -> Result<Vec<(String, PsValue)>, CommandError> {
    match bound.get("Body") {
        Some(PsValue::Table(pairs)) => Ok(pairs.clone()),
        Some(PsValue::Object(object)) => Ok(object.properties.clone()),
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

/// Returns the type behind the first segment of a path.
pub(super) fn kind_of(segment: &str) -> Option<TenantType> {
    match segment {
        "users" => Some(TenantType::User),
        "groups" => Some(TenantType::Group),
        "contacts" => Some(TenantType::Contact),
        "devices" => Some(TenantType::Device),
        _ => None,
    }
}

fn read(
    session: &mut Session<'_>,
    bound: &Bound,
    url: &GraphUrl,
    shape: &[&str],
) -> Result<Option<Object>, CommandError> {
    let second = url.segments.get(1).map_or("", String::as_str);
    let answer = match shape {
        ["me", ..] => {
            let message = "/me request is only valid with delegated authentication flow.";
            return Err(bad(bound, "BadRequest", message.to_owned()));
        }
        [list, "$count"] if kind_of(list).is_some() => {
            return count(session, bound, url, kind_of(list)).map(Some);
        }
        [list] if kind_of(list).is_some() => {
            let kind = kind_of(list).unwrap_or(TenantType::User);
            page(session, bound, url, Some(kind), Source::Active(kind))?
        }
        [list, _] if kind_of(list).is_some() => {
            let found = graph::find(session, bound, kind_of(list), second)?;
            one(session, bound, url, &found)?
        }
        ["users" | "groups" | "contacts", _, "onpremisessyncbehavior"] => {
            let found = graph::find(session, bound, kind_of(shape.first().unwrap_or(&"")), second)?;
            Object::new(HASHTABLE)
                .with("id", found.object.id)
                .with("isCloudManaged", found.object.cloud_managed)
        }
        ["users", _, "licensedetails"] => {
            let found = graph::find(session, bound, Some(TenantType::User), second)?;
            list(mg_organization::license_details(&found.object))
        }
        ["users", _, "manager"] => {
            let found = graph::find(session, bound, Some(TenantType::User), second)?;
            let numbers = query::related(session, &found, "manager")?.unwrap_or_default();
            let manager =
                numbers.first().map(|number| graph::read(session, *number)).transpose()?;
            let manager = manager.flatten().ok_or_else(|| graph::not_found(bound, "manager"))?;
            one(session, bound, url, &manager)?
        }
        ["users" | "groups", _, relation] | ["users" | "groups", _, relation, _] => {
            let kind = kind_of(shape.first().unwrap_or(&""));
            let found = graph::find(session, bound, kind, second)?;
            let cast = cast_of(shape.get(3).copied());
            let mut numbers = match query::related(session, &found, relation)? {
                Some(numbers) if shape.len() == 3 || cast.is_some() => numbers,
                _ => return Err(nowhere(bound, "GET", &url.segments.join("/"))),
            };
            if let Some(cast) = cast {
                let mut of_type = Vec::new();
                for number in numbers {
                    if graph::read(session, number)?.is_some_and(|f| f.object.kind == cast) {
                        of_type.push(number);
                    }
                }
                numbers = of_type;
            }
            page(session, bound, url, None, Source::Numbers(&numbers))?
        }
        ["directoryobjects", _] => {
            let found = graph::find(session, bound, None, second)?;
            one(session, bound, url, &found)?
        }
        ["directory", "deleteditems", what] => {
            if let Some(kind) = cast_of(Some(what)) {
                page(session, bound, url, Some(kind), Source::Bin(Some(kind)))?
            } else {
                let found = graph::find_deleted(session, bound, what)?;
                one(session, bound, url, &found)?
            }
        }
        ["directory", "onpremisessynchronization"] => list(mg_sync::shown(session)?),
        ["directory", "onpremisessynchronization", _] => {
            object::camel(mg_sync::shown(session)?.swap_remove(0))
        }
        ["organization"] => list(vec![mg_organization::organization(session)?]),
        ["organization", _] => object::camel(mg_organization::organization(session)?),
        ["domains"] => {
            let initial = lookup::settings(session.tables())?.initial_domain;
            let domains = lookup::domains(session.tables())?;
            list(domains.iter().map(|domain| mg_domain::show(domain, &initial)).collect())
        }
        ["domains", _] => {
            let initial = lookup::settings(session.tables())?.initial_domain;
            object::camel(mg_domain::show(&mg_domain::find(session, bound, second)?, &initial))
        }
        ["subscribedskus"] => list(mg_organization::skus(session)?),
        ["directoryroles"] => {
            list(mg_role_read::roles(session, bound, url.option("filter"), None)?)
        }
        ["directoryroles", _, "members"] => list(mg_role_read::members(session, bound, second)?),
        ["rolemanagement", "directory", "roleassignments"] => {
            list(mg_role_read::assigned(session, bound, url.option("filter"))?)
        }
        ["rolemanagement", "directory", "roledefinitions"] => {
            list(mg_role_read::definitions(bound, url.option("filter"), None)?)
        }
        ["auditlogs", "directoryaudits"] => {
            list(mg_audit::entries(session, bound, url.option("filter"), None)?)
        }
        _ => return Err(nowhere(bound, "GET", &url.segments.join("/"))),
    };
    Ok(Some(answer))
}

const HASHTABLE: &str = "System.Collections.Hashtable";

/// Returns the type that a cast segment names: `microsoft.graph.user`.
fn cast_of(segment: Option<&str>) -> Option<TenantType> {
    match segment?.strip_prefix("microsoft.graph.")? {
        "user" => Some(TenantType::User),
        "group" => Some(TenantType::Group),
        "orgcontact" => Some(TenantType::Contact),
        "device" => Some(TenantType::Device),
        _ => None,
    }
}

fn is_eventual(bound: &Bound) -> bool {
    bound.table("Headers").iter().any(|(name, value)| {
        name.eq_ignore_ascii_case("ConsistencyLevel")
            && value.to_text().eq_ignore_ascii_case("eventual")
    })
}

fn list(objects: Vec<Object>) -> Object {
    let values = objects.into_iter().map(|one| object::camel(one).into()).collect();
    Object::new(HASHTABLE).with("value", PsValue::List(values))
}

/// Answers with one object.
pub(super) fn one(
    session: &Session<'_>,
    bound: &Bound,
    url: &GraphUrl,
    found: &Found,
) -> Result<Object, CommandError> {
    let query = Query::of_url(session, bound, Some(found.object.kind), url, is_eventual(bound))?;
    let shown = object::rest(session, &found.object, &query.selected());
    query.expand(session, bound, found, shown, Names::Rest)
}

/// Answers with a page of a list.
fn page(
    session: &Session<'_>,
    bound: &Bound,
    url: &GraphUrl,
    kind: Option<TenantType>,
    source: Source<'_>,
) -> Result<Object, CommandError> {
    let query = Query::of_url(session, bound, kind, url, is_eventual(bound))?;
    let answer = query.run(session, source)?;
    let mut values = Vec::with_capacity(answer.found.len());
    for found in &answer.found {
        let shown = object::rest(session, &found.object, &query.selected());
        let mut shown = query.expand(session, bound, found, shown, Names::Rest)?;
        if kind.is_none() {
            let kind = object::odata_type(found.object.kind).into();
            shown.properties.insert(0, ("@odata.type".to_owned(), kind));
        }
        values.push(PsValue::from(shown));
    }
    let path = url.segments.join("/");
    let context = format!("https://graph.microsoft.com/{}/$metadata#{path}", url.version);
    let mut shown = Object::new(HASHTABLE).with("@odata.context", context);
    if query.is_counted() {
        shown = shown.with("@odata.count", answer.count);
    }
    if let Some(next) = answer.next {
        shown = shown.with("@odata.nextLink", url.next_page(next));
    }
    Ok(shown.with("value", PsValue::List(values)))
}

/// Answers `/users/$count`, which needs the header of advanced queries.
fn count(
    session: &Session<'_>,
    bound: &Bound,
    url: &GraphUrl,
    kind: Option<TenantType>,
) -> Result<Object, CommandError> {
    if !is_eventual(bound) {
        let message = "$count is not currently supported.".to_owned();
        return Err(bad(bound, "Request_BadRequest", message));
    }
    let mut counted = url.clone();
    counted.options.push(("count".to_owned(), "true".to_owned()));
    let kind = kind.unwrap_or(TenantType::User);
    let query = Query::of_url(session, bound, Some(kind), &counted, true)?;
    let count = query.run(session, Source::Active(kind))?.count;
    Ok(Object::new("System.String").with("Value", count.to_string()))
}
