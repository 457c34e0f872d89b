//! The `MSOnline` cmdlets about the tenant as a whole: features, provisioning errors, domains, roles
//! (`interfaces.md` 5.4, ET-077, ET-120, ET-202).

use dirsim_tenant::catalogue::catalogue;
use dirsim_tenant::features::Feature;
use dirsim_tenant::object::Property;
use dirsim_tenant::settings::SyncState;
use dirsim_tenant::{TenantType, lookup};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::graph::object::{self, Names};
use crate::graph::{self, Found, role};
use crate::session::{Session, tenant_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

use super::msol::retired;
use super::{mg_domain, mg_organization, mg_role};

/// `Set-MsolDirSyncFeature`.
pub(super) static SET_FEATURE: CommandSpec = CommandSpec {
    name: "Set-MsolDirSyncFeature",
    aliases: &[],
    module: "MSOnline",
    summary: "Switches a synchronization feature; now Update-MgDirectoryOnPremiseSynchronization",
    example: "Set-MsolDirSyncFeature -Feature EnableSoftMatchOnUpn -Enable $true -Force",
    parameters: &[
        P::text("Feature").at(0).required(),
        P::boolean("Enable").at(1).required(),
        P::switch("Force").ignored(),
    ],
    sets: &[],
    run: set_feature,
};

/// `Get-MsolDirSyncFeatures`.
pub(super) static GET_FEATURES: CommandSpec = CommandSpec {
    name: "Get-MsolDirSyncFeatures",
    aliases: &["Get-MsolDirSyncFeature"],
    module: "MSOnline",
    summary: "Shows the synchronization features; now Get-MgDirectoryOnPremiseSynchronization",
    example: "Get-MsolDirSyncFeatures",
    parameters: &[P::text("Feature").at(0)],
    sets: &[],
    run: get_features,
};

/// `Get-MsolDirSyncProvisioningError`.
pub(super) static ERRORS: CommandSpec = CommandSpec {
    name: "Get-MsolDirSyncProvisioningError",
    aliases: &[],
    module: "MSOnline",
    summary: "Shows objects with values in quarantine; now onPremisesProvisioningErrors (ET-077)",
    example: "Get-MsolDirSyncProvisioningError -ErrorCategory PropertyConflict -PropertyName UserPrincipalName",
    parameters: &[
        P::new("ErrorCategory", K::Choice(&["PropertyConflict"])),
        P::new("PropertyName", K::Choice(&["UserPrincipalName", "ProxyAddresses"])),
        P::text("PropertyValue"),
        P::text("SearchString"),
        P::integer("MaxResults"),
        P::switch("All").ignored(),
        P::text("SortField").ignored(),
        P::text("SortDirection").ignored(),
        P::text("TenantId").ignored(),
    ],
    sets: &[],
    run: errors,
};

/// `Get-MsolHasObjectsWithDirSyncProvisioningErrors`.
pub(super) static HAS_ERRORS: CommandSpec = CommandSpec {
    name: "Get-MsolHasObjectsWithDirSyncProvisioningErrors",
    aliases: &[],
    module: "MSOnline",
    summary: "Says whether any object has a value in quarantine",
    example: "Get-MsolHasObjectsWithDirSyncProvisioningErrors",
    parameters: &[],
    sets: &[],
    run: |session, bound| {
        retired(session, bound, "Get-MgUser -Filter \"onPremisesProvisioningErrors/$count ne 0\"");
        let any = !lookup::quarantine(session.tables())?.is_empty();
        Ok(vec![Object::new("System.Boolean").with("Value", any)])
    },
};

/// `Get-MsolCompanyInformation`.
pub(super) static COMPANY: CommandSpec = CommandSpec {
    name: "Get-MsolCompanyInformation",
    aliases: &[],
    module: "MSOnline",
    summary: "Shows whether synchronization is on and when it ran last; now Get-MgOrganization",
    example: "Get-MsolCompanyInformation",
    parameters: &[P::text("TenantId").ignored()],
    sets: &[],
    run: company,
};

/// `Set-MsolDirSyncEnabled`.
pub(super) static SET_ENABLED: CommandSpec = CommandSpec {
    name: "Set-MsolDirSyncEnabled",
    aliases: &[],
    module: "MSOnline",
    summary: "Turns synchronization of the tenant on or off; off takes up to 72 hours (ET-202)",
    example: "Set-MsolDirSyncEnabled -EnableDirSync $false -Force",
    parameters: &[
        P::boolean("EnableDirSync").at(0).required(),
        P::switch("Force").ignored(),
        P::text("TenantId").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        retired(session, bound, "Update-MgOrganization");
        mg_organization::switch_sync(session, bound, bound.switch("EnableDirSync"))
    },
};

/// `Get-MsolDomain`.
pub(super) static DOMAINS: CommandSpec = CommandSpec {
    name: "Get-MsolDomain",
    aliases: &[],
    module: "MSOnline",
    summary: "Shows the domains of the tenant; now Get-MgDomain",
    example: "Get-MsolDomain -DomainName contoso.com",
    parameters: &[P::text("DomainName").at(0), P::text("Status")],
    sets: &[],
    run: domains,
};

/// `Set-MsolDomainAuthentication`.
pub(super) static SET_AUTHENTICATION: CommandSpec = CommandSpec {
    name: "Set-MsolDomainAuthentication",
    aliases: &[],
    module: "MSOnline",
    summary: "Makes a domain managed or federated; now Update-MgDomain",
    example: "Set-MsolDomainAuthentication -DomainName contoso.com -Authentication Managed",
    parameters: &[
        P::text("DomainName").at(0).required(),
        P::new("Authentication", K::Choice(&["Managed", "Federated"])).required(),
        P::text("IssuerUri").ignored(),
        P::text("LogOffUri").ignored(),
        P::text("PassiveLogOnUri").ignored(),
        P::text("ActiveLogOnUri").ignored(),
        P::text("SigningCertificate").ignored(),
        P::text("FederationBrandName").ignored(),
    ],
    sets: &[],
    run: |session, bound| {
        retired(session, bound, "Update-MgDomain");
        let domain = mg_domain::find(session, bound, bound.required("DomainName"))?;
        let federated = bound.text("Authentication") == Some("Federated");
        mg_domain::set(session, bound, &domain.name, Some(domain.verified), federated)?;
        Ok(Vec::new())
    },
};

/// `Get-MsolGroup`.
pub(super) static GROUPS: CommandSpec = CommandSpec {
    name: "Get-MsolGroup",
    aliases: &[],
    module: "MSOnline",
    summary: "Shows groups of the tenant; now Get-MgGroup",
    example: "Get-MsolGroup -SearchString Sales",
    parameters: &[
        P::text("ObjectId").at(0),
        P::text("SearchString"),
        P::switch("HasErrorsOnly"),
        P::switch("All").ignored(),
        P::integer("MaxResults"),
    ],
    sets: &[],
    run: groups,
};

/// `Get-MsolRole`.
pub(super) static ROLES: CommandSpec = CommandSpec {
    name: "Get-MsolRole",
    aliases: &[],
    module: "MSOnline",
    summary: "Shows the directory roles; now Get-MgDirectoryRole",
    example: "Get-MsolRole -RoleName 'Company Administrator'",
    parameters: &[P::text("RoleName").at(0), P::text("ObjectId")],
    sets: &[],
    run: roles,
};

/// `Get-MsolRoleMember`.
pub(super) static ROLE_MEMBERS: CommandSpec = CommandSpec {
    name: "Get-MsolRoleMember",
    aliases: &[],
    module: "MSOnline",
    summary: "Shows who holds a role; now Get-MgDirectoryRoleMember",
    example: "Get-MsolRoleMember -RoleObjectId 62e90394-69f5-4237-9190-012177145e10",
    parameters: &[P::text("RoleObjectId").at(0).required(), P::switch("All").ignored()],
    sets: &[],
    run: role_members,
};

/// `Add-MsolRoleMember`.
pub(super) static ADD_ROLE_MEMBER: CommandSpec = CommandSpec {
    name: "Add-MsolRoleMember",
    aliases: &[],
    module: "MSOnline",
    summary: "Gives a user a role; now New-MgDirectoryRoleMemberByRef",
    example: "Add-MsolRoleMember -RoleName 'User Administrator' -RoleMemberEmailAddress ann@contoso.com",
    parameters: ROLE_MEMBER,
    sets: ROLE_SETS,
    run: |session, bound| set_role(session, bound, true),
};

/// `Remove-MsolRoleMember`.
pub(super) static REMOVE_ROLE_MEMBER: CommandSpec = CommandSpec {
    name: "Remove-MsolRoleMember",
    aliases: &[],
    module: "MSOnline",
    summary: "Takes a role from a user; now Remove-MgDirectoryRoleMemberByRef",
    example: "Remove-MsolRoleMember -RoleName 'User Administrator' -RoleMemberEmailAddress ann@contoso.com",
    parameters: ROLE_MEMBER,
    sets: ROLE_SETS,
    run: |session, bound| set_role(session, bound, false),
};

const ROLE_MEMBER: &[P] = &[
    P::text("RoleName"),
    P::text("RoleObjectId"),
    P::text("RoleMemberEmailAddress"),
    P::text("RoleMemberObjectId"),
    P::new("RoleMemberType", K::Choice(&["User", "Group", "ServicePrincipal"])).ignored(),
];

const ROLE_SETS: &[ParameterSet] = &[
    ParameterSet { names: &["RoleName", "RoleObjectId"], required: true },
    ParameterSet { names: &["RoleMemberEmailAddress", "RoleMemberObjectId"], required: true },
];

/// The old module's names of roles that have another one now.
const OLD_ROLES: &[(&str, &str)] = &[
    ("Company Administrator", "Global Administrator"),
    ("User Account Administrator", "User Administrator"),
    ("Exchange Service Administrator", "Exchange Administrator"),
    ("SharePoint Service Administrator", "SharePoint Administrator"),
];

fn set_feature(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Update-MgDirectoryOnPremiseSynchronization");
    let enabled = PsValue::Boolean(bound.switch("Enable"));
    let wanted = (bound.required("Feature").to_owned(), enabled);
    super::mg_sync::set_features(session, bound, &[wanted])?;
    Ok(Vec::new())
}

fn get_features(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Get-MgDirectoryOnPremiseSynchronization");
    let settings = lookup::settings(session.tables())?;
    let wanted = match bound.text("Feature") {
        Some(name) => Some(Feature::find(name).ok_or_else(|| {
            let message = format!("'{name}' is no synchronization feature.");
            tenant_refused(bound, name, (400, "InvalidParameter"), "ET-120", message)
        })?),
        None => None,
    };
    let mut shown = Vec::new();
    for (feature, info) in Feature::ALL.iter().zip(&catalogue().features) {
        // The old module knows the features that have an old name.
        let Some(legacy) = &info.legacy else { continue };
        if wanted.is_none_or(|wanted| wanted == *feature) {
            shown.push(
                Object::new("Microsoft.Online.Administration.DirSyncFeatureDetails")
                    .with("DirSyncFeature", legacy.clone())
                    .with("Enabled", settings.features.has(*feature)),
            );
        }
    }
    shown.sort_by_key(|object| object.get("DirSyncFeature").map(PsValue::to_text));
    Ok(shown)
}

/// Shows an object with the values that it does not get (ET-077).
fn errors(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "the property onPremisesProvisioningErrors of Get-MgUser");
    let mut found: Vec<Found> = Vec::new();
    for entry in lookup::quarantine(session.tables())? {
        if found.iter().all(|known| known.number != entry.number) {
            found.extend(graph::read(session, entry.number)?);
        }
    }
    found.sort_by_key(|found| found.number);
    let wanted = bound.text("PropertyName").map(|name| match name {
        "UserPrincipalName" => Property::UserPrincipalName,
        _ => Property::ProxyAddresses,
    });
    found.retain(|found| {
        found.object.conflicts.iter().any(|conflict| {
            wanted.is_none_or(|wanted| wanted == conflict.property)
                && bound
                    .text("PropertyValue")
                    .is_none_or(|text| conflict.value.eq_ignore_ascii_case(text))
        })
    });
    if let Some(text) = bound.text("SearchString") {
        let text = text.to_lowercase();
        found.retain(|found| {
            ["displayName", "userPrincipalName", "mail"].iter().any(|name| {
                let values = object::values(session, &found.object, name);
                values.iter().any(|value| value.to_text().to_lowercase().contains(&text))
            })
        });
    }
    if let Some(limit) = bound.integer("MaxResults") {
        found.truncate(usize::try_from(limit).unwrap_or(0));
    }
    let shown = found.iter().map(|found| {
        let value = |name: &str| object::value(session, &found.object, name, Names::Module);
        let errors = found.object.conflicts.iter().map(|conflict| {
            Object::new("Microsoft.Online.Administration.DirSyncProvisioningErrorDetail")
                .with("ErrorCategory", "PropertyConflict")
                .with("PropertyName", conflict.property.name())
                .with("PropertyValue", &*conflict.value)
                .with("WhenStarted", conflict.since)
        });
        Object::new("Microsoft.Online.Administration.DirSyncProvisioningError")
            .with("DisplayName", value("displayName"))
            .with("ImmutableId", value("onPremisesImmutableId"))
            .with("LastDirSyncTime", value("onPremisesLastSyncDateTime"))
            .with("ObjectId", found.object.id)
            .with("ObjectType", found.object.kind.name())
            .with("ProvisioningErrors", PsValue::List(errors.map(PsValue::from).collect()))
            .with("ProxyAddresses", value("proxyAddresses"))
            .with("UserPrincipalName", value("userPrincipalName"))
    });
    Ok(shown.collect())
}

fn company(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Get-MgOrganization");
    let settings = lookup::settings(session.tables())?;
    let last = mg_organization::last_sync(session)?;
    let name = settings.initial_domain.split('.').next().unwrap_or_default();
    let enabled = matches!(settings.sync_state, SyncState::Enabled);
    Ok(vec![
        Object::new("Microsoft.Online.Administration.CompanyInformation")
            .with("DirectorySynchronizationEnabled", enabled)
            .with("DirectorySynchronizationStatus", settings.sync_state.name())
            .with("DisplayName", name)
            .with("InitialDomain", settings.initial_domain.clone())
            .with("LastDirSyncTime", last)
            .with("LastPasswordSyncTime", PsValue::Null)
            .with("ObjectId", graph::tenant_id(session)?)
            .with("PasswordSynchronizationEnabled", settings.features.has(Feature::PasswordSync)),
    ])
}

fn domains(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Get-MgDomain");
    let domains = match bound.text("DomainName") {
        Some(name) => vec![mg_domain::find(session, bound, name)?],
        None => lookup::domains(session.tables())?,
    };
    let shown = domains.into_iter().map(|domain| {
        Object::new("Microsoft.Online.Administration.Domain")
            .with("Name", domain.name)
            .with("Status", if domain.verified { "Verified" } else { "Unverified" })
            .with("Authentication", if domain.federated { "Federated" } else { "Managed" })
    });
    let wanted = bound.text("Status").map(PsValue::from);
    Ok(shown
        .filter(|shown| {
            wanted.as_ref().is_none_or(|wanted| {
                shown
                    .get("Status")
                    .is_some_and(|status| status.to_text().eq_ignore_ascii_case(&wanted.to_text()))
            })
        })
        .collect())
}

fn groups(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Get-MgGroup");
    let mut found = match bound.text("ObjectId") {
        Some(id) => vec![graph::find(session, bound, Some(TenantType::Group), id)?],
        None => graph::everyone(session, TenantType::Group)?,
    };
    if let Some(start) = bound.text("SearchString") {
        let start = start.to_lowercase();
        found.retain(|found| {
            let names = object::values(session, &found.object, "displayName");
            names.iter().any(|name| name.to_text().to_lowercase().starts_with(&start))
        });
    }
    if bound.switch("HasErrorsOnly") {
        found.retain(|found| !found.object.conflicts.is_empty());
    }
    if let Some(limit) = bound.integer("MaxResults") {
        found.truncate(usize::try_from(limit).unwrap_or(0));
    }
    let shown = found.iter().map(|found| {
        let value = |name: &str| object::value(session, &found.object, name, Names::Module);
        let kind = match (found.object.mail_enabled, found.object.security_enabled) {
            (true, true) => "MailEnabledSecurity",
            (true, false) => "DistributionList",
            (false, _) => "Security",
        };
        Object::new("Microsoft.Online.Administration.Group")
            .with("ObjectId", found.object.id)
            .with("DisplayName", value("displayName"))
            .with("GroupType", kind)
            .with("Description", value("description"))
            .with("EmailAddress", value("mail"))
            .with("LastDirSyncTime", value("onPremisesLastSyncDateTime"))
            .with("ProxyAddresses", value("proxyAddresses"))
            .with("Errors", value("onPremisesProvisioningErrors"))
    });
    Ok(shown.collect())
}

/// Returns the name of a role by its name of today, its old one, or its id.
fn role_name(bound: &Bound, written: &str) -> Result<&'static str, CommandError> {
    let today = OLD_ROLES.iter().find(|(old, _)| old.eq_ignore_ascii_case(written));
    role::name_of(today.map_or(written, |(_, today)| today)).ok_or_else(|| {
        let message = format!("Role not found.  Role: {written}.");
        tenant_refused(bound, written, (404, "RoleNotFound"), "ET-047", message)
    })
}

fn roles(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Get-MgDirectoryRole");
    let wanted = bound.text("RoleName").or(bound.text("ObjectId"));
    let wanted = wanted.map(|written| role_name(bound, written)).transpose()?;
    Ok(role::all()
        .iter()
        .filter(|(name, _)| wanted.is_none_or(|wanted| wanted == name.as_str()))
        .map(|(name, id)| {
            let old = OLD_ROLES.iter().find(|(_, today)| today == name);
            Object::new("Microsoft.Online.Administration.Role")
                .with("ObjectId", id.clone())
                .with("Name", old.map_or(name.as_str(), |(old, _)| old))
                .with("IsEnabled", true)
        })
        .collect())
}

fn role_members(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    retired(session, bound, "Get-MgDirectoryRoleMember");
    let name = role_name(bound, bound.required("RoleObjectId"))?;
    let users = graph::everyone(session, TenantType::User)?;
    Ok(users
        .iter()
        .filter(|user| user.object.roles.iter().any(|held| held.eq_ignore_ascii_case(name)))
        .map(|user| {
            let value = |name: &str| object::value(session, &user.object, name, Names::Module);
            Object::new("Microsoft.Online.Administration.RoleMember")
                .with("RoleMemberType", "User")
                .with("EmailAddress", value("userPrincipalName"))
                .with("DisplayName", value("displayName"))
                .with("isLicensed", !user.object.licenses.is_empty())
                .with("ObjectId", user.object.id)
        })
        .collect())
}

fn set_role(
    session: &mut Session<'_>,
    bound: &Bound,
    assigned: bool,
) -> Result<Vec<Object>, CommandError> {
    let action = if assigned { "New" } else { "Remove" };
    retired(session, bound, &format!("{action}-MgDirectoryRoleMemberByRef"));
    let role = bound.text("RoleName").or(bound.text("RoleObjectId")).unwrap_or_default();
    let role = role_name(bound, role)?;
    let member = bound.text("RoleMemberEmailAddress").or(bound.text("RoleMemberObjectId"));
    mg_role::set(session, bound, member.unwrap_or_default(), role, assigned)?;
    Ok(Vec::new())
}
