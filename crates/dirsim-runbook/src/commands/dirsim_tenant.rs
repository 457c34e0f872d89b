//! What only dirsim has about the tenant: how it is rehearsed, errors that workloads publish, and what
//! a sign-in meets.

use dirsim_model::SourceAnchor;
use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::{TenantEdit, TenantOption, features, lookup, options, password, settings};
use dirsim_world::Input;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph;
use crate::session::Session;
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

/// `Get-DirsimTenant`.
pub(super) static GET_TENANT: CommandSpec = CommandSpec {
    name: "Get-DirsimTenant",
    aliases: &[],
    module: "Dirsim",
    summary: "Shows how the tenant is rehearsed, and its features as the numeric mask (ET-121)",
    example: "Get-DirsimTenant",
    parameters: &[],
    sets: &[],
    run: |session, _| Ok(vec![shown(session)?]),
};

/// `Set-DirsimServiceError`.
pub(super) static SERVICE_ERROR: CommandSpec = CommandSpec {
    name: "Set-DirsimServiceError",
    aliases: &[],
    module: "Dirsim",
    summary: "Publishes an error of a workload on an object, or resolves it (ET-078)",
    example: "Set-DirsimServiceError ann@contoso.com -ServiceInstance 'exchange/NAMPRD09-001-01'",
    parameters: &[
        P::text("Identity").at(0).required(),
        P::text("ServiceInstance").at(1).required(),
        P::switch("Resolved"),
    ],
    sets: &[],
    run: service_error,
};

/// `Set-DirsimTenant`.
pub(super) static SET_TENANT: CommandSpec = CommandSpec {
    name: "Set-DirsimTenant",
    aliases: &[],
    module: "Dirsim",
    summary: "Sets how the tenant is rehearsed: its write limit, delays, the roles and scopes of who acts",
    example: "Set-DirsimTenant -Throttling $true",
    parameters: &[
        P::boolean("Throttling"),
        P::integer("WriteLimit"),
        P::integer("ApiVersion"),
        P::integer("MemberLimit"),
        P::new("CalculationDelay", K::Duration),
        P::boolean("CosmeticDefects"),
        P::texts("ActorRole"),
        P::texts("ActorScope"),
        P::new("TurnOffDelay", K::Duration),
        P::new("TurnOnDelay", K::Duration),
        P::integer("Quota"),
        P::text("LoseDelete"),
    ],
    sets: &[],
    run: set_tenant,
};

/// `Test-DirsimSignIn`.
pub(super) static TEST_SIGN_IN: CommandSpec = CommandSpec {
    name: "Test-DirsimSignIn",
    aliases: &[],
    module: "Dirsim",
    summary: "Tells what happens when somebody signs in with a name and the right password",
    example: "Test-DirsimSignIn ann@contoso.com",
    parameters: &[P::text("UserPrincipalName").at(0).required()],
    sets: &[],
    run: test_sign_in,
};

fn set_tenant(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut options = Vec::new();
    options.extend(bound.boolean("Throttling").map(TenantOption::Throttled));
    if let Some(writes) = bound.integer("WriteLimit") {
        let writes = u64::try_from(writes).ok().filter(|writes| *writes > 0);
        options.push(TenantOption::WriteLimit(writes));
    }
    if let Some(version) = bound.integer("ApiVersion") {
        options.push(TenantOption::ApiVersion(u8::try_from(version).unwrap_or(0)));
    }
    if let Some(members) = bound.integer("MemberLimit") {
        let members = u32::try_from(members).ok().filter(|members| *members > 0);
        options.push(TenantOption::MemberLimit(members));
    }
    options.extend(bound.duration("CalculationDelay").map(TenantOption::CalculationDelay));
    options.extend(bound.boolean("CosmeticDefects").map(TenantOption::CosmeticDefects));
    if bound.has("ActorRole") {
        let roles: Vec<String> = bound.texts("ActorRole").into_iter().map(str::to_owned).collect();
        // Nobody in particular may do everything again.
        options.push(TenantOption::ActorRoles(Some(roles).filter(|roles| !roles.is_empty())));
    }
    if bound.has("ActorScope") {
        let scopes: Vec<String> =
            bound.texts("ActorScope").into_iter().map(str::to_owned).collect();
        options.push(TenantOption::ActorScopes(Some(scopes).filter(|scopes| !scopes.is_empty())));
    }
    options.extend(bound.duration("TurnOffDelay").map(TenantOption::TurnOff));
    options.extend(bound.duration("TurnOnDelay").map(TenantOption::TurnOn));
    if let Some(quota) = bound.integer("Quota") {
        options.push(TenantOption::Quota(u64::try_from(quota).ok().filter(|quota| *quota > 0)));
    }
    if let Some(anchor) = bound.text("LoseDelete") {
        options.push(TenantOption::LoseDelete(SourceAnchor::new(anchor)));
    }
    for option in options {
        session.act(bound, "tenant", Input::Tenant(TenantEdit::SetOption(option)))?;
    }
    Ok(Vec::new())
}

fn test_sign_in(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = bound.text("UserPrincipalName").unwrap_or_default();
    let outcome = password::sign_in(session.tables(), session.schema(), name)?;
    let object = Object::new("Dirsim.SignIn")
        .with("UserPrincipalName", name)
        .with("Outcome", outcome.name());
    Ok(vec![object])
}

fn shown(session: &Session<'_>) -> Result<Object, CommandError> {
    let tables = session.tables();
    let (settings, options) = (lookup::settings(tables)?, options::options(tables)?);
    let limits = &catalogue().limits;
    let (_, unnamed) = features::decode_mask(settings.mask());
    let members = match options.api_version {
        1 => limits.group_members_v1,
        _ => limits.group_members,
    };
    let duration = PsValue::Duration;
    let hours = dirsim_model::time::HOUR_MS;
    let turn_off = options.turn_off_ms.unwrap_or(limits.turn_off_hours * hours);
    let list = |names: Option<Vec<String>>| {
        names.map_or(PsValue::Null, |names| {
            PsValue::List(names.into_iter().map(PsValue::from).collect())
        })
    };
    let (roles, scopes) = (list(options.actor_roles), list(options.actor_scopes));
    Ok(Object::new("Dirsim.Tenant")
        .with("InitialDomain", settings.initial_domain.clone())
        .with("ServiceOf", settings::as_of(tables)?.to_string())
        .with("DirectorySynchronizationStatus", settings.sync_state.name())
        .with("DirSyncFeatures", u64::from(settings.mask()))
        .with("UnnamedFeatures", u64::from(unnamed))
        .with("Throttling", options.throttled)
        .with("WriteLimit", options.write_limit.unwrap_or(limits.throttle.writes))
        .with("ApiVersion", u64::from(options.api_version))
        .with("MemberLimit", u64::from(options.member_limit.unwrap_or(members)))
        .with("CalculationDelay", duration(options.calculation_delay_ms))
        .with("TurnOffDelay", duration(turn_off))
        .with("TurnOnDelay", duration(options.turn_on_ms))
        .with("CosmeticDefects", options.cosmetic_defects)
        .with("ActorRole", roles)
        .with("ActorScope", scopes)
        .with("Quota", settings.quota.map_or(PsValue::Null, PsValue::from)))
}

fn service_error(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let found = graph::find(session, bound, None, bound.required("Identity"))?;
    let edit = TenantEdit::ServiceError {
        target: found.object.id,
        instance: bound.required("ServiceInstance").to_owned(),
        resolved: bound.switch("Resolved"),
    };
    session.act(bound, &graph::target(&found), Input::Tenant(edit))?;
    Ok(Vec::new())
}
