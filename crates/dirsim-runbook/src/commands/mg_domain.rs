//! Domains of the tenant (ET-021, ET-108).

use dirsim_tenant::{Domain, TenantEdit, lookup};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph;
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::Object;

const ID: P = P::text("DomainId").at(0).required();

/// `Get-MgDomain`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-MgDomain",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Shows the domains of the tenant: verified or not, managed or federated",
    example: "Get-MgDomain -DomainId contoso.com",
    parameters: &[
        P::text("DomainId").at(0),
        P::texts("Property").or(&["Select"]).ignored(),
        P::switch("All").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        let settings = lookup::settings(session.tables())?;
        let domains = match bound.text("DomainId") {
            Some(name) => vec![find(session, bound, name)?],
            None => lookup::domains(session.tables())?,
        };
        Ok(domains.iter().map(|domain| show(domain, &settings.initial_domain)).collect())
    },
};

/// `New-MgDomain`.
pub(super) static NEW: CommandSpec = CommandSpec {
    name: "New-MgDomain",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Adds a domain, which Confirm-MgDomain verifies",
    example: "New-MgDomain -Id fabrikam.com",
    parameters: &[P::text("Id"), P::table("BodyParameter")],
    sets: &[crate::spec::ParameterSet { names: &["Id", "BodyParameter"], required: true }],
    run: new,
};

/// `Confirm-MgDomain`.
pub(super) static CONFIRM: CommandSpec = CommandSpec {
    name: "Confirm-MgDomain",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Verifies a domain; users and addresses that asked for it get it at once (ET-108)",
    example: "Confirm-MgDomain -DomainId fabrikam.com",
    parameters: &[ID],
    sets: &[],
    run: |session, bound| verify(session, bound, bound.required("DomainId")),
};

/// `Update-MgDomain`.
pub(super) static UPDATE: CommandSpec = CommandSpec {
    name: "Update-MgDomain",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Makes a domain managed or federated",
    example: "Update-MgDomain -DomainId contoso.com -AuthenticationType Managed",
    parameters: &[
        ID,
        P::new("AuthenticationType", K::Choice(&["Managed", "Federated"])),
        P::table("BodyParameter"),
        P::switch("IsDefault").ignored(),
    ],
    sets: &[],
    run: update,
};

/// `Remove-MgDomain`.
pub(super) static REMOVE: CommandSpec = CommandSpec {
    name: "Remove-MgDomain",
    aliases: &[],
    module: "Microsoft.Graph",
    summary: "Removes a domain; its users get names at the initial domain (ET-108)",
    example: "Remove-MgDomain -DomainId fabrikam.com",
    parameters: &[ID, P::switch("PassThru").ignored()],
    sets: &[],
    run: |session, bound| {
        let domain = find(session, bound, bound.required("DomainId"))?;
        set(session, bound, &domain.name, None, false)?;
        Ok(Vec::new())
    },
};

/// Finds a domain by its name.
pub(super) fn find(
    session: &Session<'_>,
    bound: &Bound,
    name: &str,
) -> Result<Domain, CommandError> {
    lookup::domain(session.tables(), name)?.ok_or_else(|| graph::not_found(bound, name))
}

/// Returns a domain as Graph shows it.
pub(super) fn show(domain: &Domain, initial: &str) -> Object {
    let is_initial = domain.name == initial;
    Object::new("Microsoft.Graph.PowerShell.Models.MicrosoftGraphDomain")
        .with("Id", domain.name.clone())
        .with("AuthenticationType", if domain.federated { "Federated" } else { "Managed" })
        .with("IsAdminManaged", true)
        .with("IsDefault", is_initial)
        .with("IsInitial", is_initial)
        .with("IsRoot", true)
        .with("IsVerified", domain.verified)
        .with("SupportedServices", vec!["Email", "OfficeCommunicationsOnline"])
}

/// Adds, changes or removes a domain.
pub(super) fn set(
    session: &mut Session<'_>,
    bound: &Bound,
    name: &str,
    verified: Option<bool>,
    federated: bool,
) -> Result<(), CommandError> {
    let edit = TenantEdit::SetDomain { name: name.to_owned(), verified, federated };
    session.act(bound, name, Input::Tenant(edit)).map(drop)
}

fn new(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let in_body = bound
        .table("BodyParameter")
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("id"))
        .map(|(_, value)| value.to_text());
    let name = bound.text("Id").map(str::to_owned).or(in_body).unwrap_or_default();
    add(session, bound, &name)
}

/// Verifies a domain (ET-108).
pub(super) fn verify(
    session: &mut Session<'_>,
    bound: &Bound,
    name: &str,
) -> Result<Vec<Object>, CommandError> {
    let domain = find(session, bound, name)?;
    if domain.verified {
        let message = format!("The domain '{}' is already verified.", domain.name);
        let code = (400, "Request_BadRequest");
        return Err(tenant_refused(bound, &domain.name, code, "ET-108", message));
    }
    set(session, bound, &domain.name, Some(true), domain.federated)?;
    if session.what_if {
        return Ok(Vec::new());
    }
    let initial = lookup::settings(session.tables())?.initial_domain;
    Ok(vec![show(&find(session, bound, &domain.name)?, &initial)])
}

/// Adds a domain that is not verified yet.
pub(super) fn add(
    session: &mut Session<'_>,
    bound: &Bound,
    name: &str,
) -> Result<Vec<Object>, CommandError> {
    if lookup::domain(session.tables(), name)?.is_some() {
        let message = format!(
            "A conflicting object with the domain name '{name}' is present in the directory."
        );
        let code = (400, "Request_BadRequest");
        return Err(tenant_refused(bound, name, code, "ET-021", message));
    }
    if !name.contains('.') || name.contains([' ', '@', '/']) {
        let message = format!(
            "Invalid value specified for property 'id' of resource 'Domain': '{name}' is no domain name."
        );
        let code = (400, "Request_BadRequest");
        return Err(tenant_refused(bound, name, code, "ET-021", message));
    }
    set(session, bound, name, Some(false), false)?;
    if session.what_if {
        return Ok(Vec::new());
    }
    let initial = lookup::settings(session.tables())?.initial_domain;
    Ok(vec![show(&find(session, bound, name)?, &initial)])
}

fn update(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let domain = find(session, bound, bound.required("DomainId"))?;
    let in_body = bound
        .table("BodyParameter")
        .iter()
        .find(|(name, _)| name.eq_ignore_ascii_case("authenticationType"))
        .map(|(_, value)| value.to_text());
    let wanted = bound.text("AuthenticationType").map(str::to_owned).or(in_body);
    if let Some(wanted) = wanted {
        let federated = wanted.eq_ignore_ascii_case("Federated");
        set(session, bound, &domain.name, Some(domain.verified), federated)?;
    }
    Ok(Vec::new())
}
