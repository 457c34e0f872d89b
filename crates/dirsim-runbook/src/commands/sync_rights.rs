//! Rights and accounts of the server in the directories; granting one repairs the fault that is
//! about it (SE section 15, FM-01, FM-07 to FM-10, FM-41).

use dirsim_model::Dn;
use dirsim_sync::fault::{self, Kind};
use dirsim_world::{FaultEdit, Input};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::Object;

use super::sync_connector;

macro_rules! grant {
    ($static:ident, $name:literal, $summary:literal, $kinds:expr, $values:expr) => {
        #[doc = concat!("`", $name, "`.")]
        pub(super) static $static: CommandSpec = CommandSpec {
            name: $name,
            aliases: &[],
            module: "ADSyncConfig",
            summary: $summary,
            example: concat!(
                $name,
                " -ADConnectorAccountName MSOL_0123456789ab -ADConnectorAccountDomain contoso.com"
            ),
            parameters: &[
                P::text("ADConnectorAccountName"),
                P::text("ADConnectorAccountDomain"),
                P::text("ADConnectorAccountDN"),
                P::text("ADobjectDN"),
                P::switch("IncludeAdminSdHolders").ignored(),
            ],
            sets: &[ParameterSet {
                names: &["ADConnectorAccountName", "ADConnectorAccountDN"],
                required: true,
            }],
            run: |session, bound| grant(session, bound, $kinds, $values),
        };
    };
}

grant!(
    BASIC_READ,
    "Set-ADSyncBasicReadPermissions",
    "Lets the connector account read objects and replicate changes",
    &[Kind::NoReplicationRight, Kind::AclContainer, Kind::AclAttribute],
    None
);
grant!(
    CONSISTENCY_GUID,
    "Set-ADSyncMsDsConsistencyGuidPermissions",
    "Lets the connector account write mS-DS-ConsistencyGuid",
    &[Kind::NoWriteRight],
    Some("mS-DS-ConsistencyGuid")
);
grant!(
    PASSWORD_HASH,
    "Set-ADSyncPasswordHashSyncPermissions",
    "Lets the connector account replicate changes and passwords",
    &[Kind::NoReplicationRight],
    None
);
grant!(
    PASSWORD_WRITEBACK,
    "Set-ADSyncPasswordWritebackPermissions",
    "Lets the connector account reset passwords",
    &[Kind::NoWriteRight],
    Some("pwdLastSet")
);
grant!(
    EXCHANGE_HYBRID,
    "Set-ADSyncExchangeHybridPermissions",
    "Lets the connector account write what an Exchange hybrid writes back",
    &[Kind::NoWriteRight],
    Some("proxyAddresses")
);
grant!(
    UNIFIED_GROUPS,
    "Set-ADSyncUnifiedGroupWritebackPermissions",
    "Lets the connector account create and delete groups",
    &[Kind::NoWriteRight],
    Some("*")
);
grant!(
    RESTRICTED,
    "Set-ADSyncRestrictedPermissions",
    "Keeps everybody but administrators from changing the connector account",
    &[],
    None
);

/// `Add-ADSyncADDSConnectorAccount`.
pub(super) static FOREST_ACCOUNT: CommandSpec = CommandSpec {
    name: "Add-ADSyncADDSConnectorAccount",
    aliases: &[],
    module: "ADSync",
    summary: "Gives a connector a working account in its forest",
    example: "Add-ADSyncADDSConnectorAccount -Name contoso.com",
    parameters: &[
        P::text("Name").at(0),
        P::new("Identifier", K::Guid),
        P::new("EACredential", K::Any).ignored(),
    ],
    sets: &[ParameterSet { names: &["Name", "Identifier"], required: true }],
    run: forest_account,
};

/// `Add-ADSyncAADServiceAccount`.
pub(super) static TENANT_ACCOUNT: CommandSpec = CommandSpec {
    name: "Add-ADSyncAADServiceAccount",
    aliases: &[],
    module: "ADSync",
    summary: "Gives the server a working account in the tenant",
    example: "Add-ADSyncAADServiceAccount",
    parameters: &[P::new("AADCredential", K::Any).ignored(), P::text("Name").ignored()],
    sets: &[],
    run: |session, bound| {
        repair(session, bound, Kind::TenantAuth, None)?;
        repair(session, bound, Kind::TokenExpired, None)?;
        Ok(Vec::new())
    },
};

/// `Remove-ADSyncAADServiceAccount`.
pub(super) static REMOVE_TENANT_ACCOUNT: CommandSpec = CommandSpec {
    name: "Remove-ADSyncAADServiceAccount",
    aliases: &[],
    module: "ADSync",
    summary: "Removes the account of the server from the tenant; the server cannot sign in any more",
    example: "Remove-ADSyncAADServiceAccount",
    parameters: &[P::new("AADCredential", K::Any).ignored(), P::text("Name").ignored()],
    sets: &[],
    run: |session, bound| {
        let broken = fault::Fault::new(Kind::TenantAuth);
        session.act(bound, "service account", Input::Fault(FaultEdit::Set(broken)))?;
        Ok(Vec::new())
    },
};

/// `Test-AdSyncAzureServiceConnectivity`.
pub(super) static TEST_SERVICE: CommandSpec = CommandSpec {
    name: "Test-AdSyncAzureServiceConnectivity",
    aliases: &[],
    module: "ADSync",
    summary: "Tells whether the server reaches the tenant",
    example: "Test-AdSyncAzureServiceConnectivity -AzureEnvironment Worldwide",
    parameters: &[
        P::text("AzureEnvironment"),
        P::text("Domain"),
        P::new("Service", K::Choice(&["SecurityTokenService", "AdminWebService"])),
        P::switch("CurrentUser").ignored(),
    ],
    sets: &[ParameterSet { names: &["AzureEnvironment", "Domain"], required: true }],
    run: test_service,
};

/// `Test-AdSyncUserHasPermissions`.
pub(super) static TEST_RIGHTS: CommandSpec = CommandSpec {
    name: "Test-AdSyncUserHasPermissions",
    aliases: &[],
    module: "ADSync",
    summary: "Tells whether the connector account reads objects below a container",
    example: "Test-AdSyncUserHasPermissions -ForestFqdn contoso.com -AdConnectorId 00000001-0000-0000-0000-000000000001 -AdConnectorCredential x -BaseDn 'DC=contoso,DC=com' -PropertyType objectClass -PropertyValue user",
    parameters: &[
        P::text("ForestFqdn").required(),
        P::new("AdConnectorId", K::Guid).required(),
        P::new("AdConnectorCredential", K::Any).ignored(),
        P::text("BaseDn").required(),
        P::text("PropertyType"),
        P::text("PropertyValue"),
    ],
    sets: &[],
    run: test_rights,
};

/// `Get-ADSyncObjectsWithInheritanceDisabled`.
pub(super) static BLOCKED: CommandSpec = CommandSpec {
    name: "Get-ADSyncObjectsWithInheritanceDisabled",
    aliases: &[],
    module: "ADSyncConfig",
    summary: "Shows containers below which the connector account inherits no rights",
    example: "Get-ADSyncObjectsWithInheritanceDisabled -SearchBase 'DC=contoso,DC=com'",
    parameters: &[
        P::text("SearchBase").at(0).required(),
        P::new(
            "ObjectClass",
            K::Choice(&["organizationalUnit", "container", "user", "group", "*"]),
        )
        .at(1),
    ],
    sets: &[],
    run: blocked,
};

/// `Show-ADSyncADObjectPermissions`.
pub(super) static PERMISSIONS: CommandSpec = CommandSpec {
    name: "Show-ADSyncADObjectPermissions",
    aliases: &[],
    module: "ADSyncConfig",
    summary: "Shows what the connector account may not do with an object",
    example: "Show-ADSyncADObjectPermissions -ADobjectDN 'OU=Staff,DC=contoso,DC=com'",
    parameters: &[P::text("ADobjectDN").at(0).required()],
    sets: &[],
    run: permissions,
};

fn repair(
    session: &mut Session<'_>,
    bound: &Bound,
    kind: Kind,
    target: Option<String>,
) -> Result<(), CommandError> {
    session.act(bound, kind.name(), Input::Fault(FaultEdit::ClearKind { kind, target }))?;
    Ok(())
}

/// Clears the faults that a grant repairs: those of the right sort, about the granted attribute, and
/// in the container that was named.
fn grant(
    session: &mut Session<'_>,
    bound: &Bound,
    kinds: &[Kind],
    value: Option<&str>,
) -> Result<Vec<Object>, CommandError> {
    let below = match bound.text("ADobjectDN") {
        Some(text) => Some(crate::ad::dn(bound, text)?),
        None => None,
    };
    let mut repaired = Vec::new();
    for fault in fault::all(session.tables())? {
        let fits = kinds.contains(&fault.kind)
            && value.is_none_or(|value| {
                let about = fault.value.as_deref().unwrap_or("mS-DS-ConsistencyGuid");
                about.eq_ignore_ascii_case(value)
            })
            && match (&below, &fault.target) {
                (Some(below), Some(target)) => {
                    target.parse::<Dn>().is_ok_and(|dn| dn.is_within(below))
                }
                _ => true,
            };
        if fits {
            repaired.push(fault.number);
        }
    }
    for number in repaired {
        session.act(bound, "permissions", Input::Fault(FaultEdit::Clear(number)))?;
    }
    Ok(Vec::new())
}

fn forest_account(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = bound.text("Name").or(bound.text("Identifier")).unwrap_or_default();
    let connector = sync_connector::find(session, bound, name)?;
    for kind in [Kind::AccountPassword, Kind::AccountLocked] {
        repair(session, bound, kind, Some(connector.name.clone()))?;
    }
    Ok(Vec::new())
}

fn test_service(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let now = session.now()?;
    let broken = fault::all(session.tables())?.into_iter().find(|fault| {
        fault.stands(now)
            && matches!(fault.kind, Kind::NetworkDown | Kind::TenantAuth | Kind::TenantBlocked)
    });
    match broken {
        None => Ok(vec![Object::new("System.Boolean").with("Value", true)]),
        Some(fault) => Err(server_refused(
            bound,
            "AdminWebService",
            "SE-227",
            format!("The service cannot be reached: {}", fault.kind.summary().trim()),
        )),
    }
}

fn test_rights(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let base = crate::ad::dn(bound, bound.required("BaseDn"))?;
    let now = session.now()?;
    let hidden = fault::all(session.tables())?.into_iter().any(|fault| {
        fault.kind == Kind::AclContainer
            && fault.stands(now)
            && fault
                .target
                .as_deref()
                .and_then(|target| target.parse::<Dn>().ok())
                .is_some_and(|dn| base.is_within(&dn))
    });
    let found = dirsim_forest::lookup::by_dn(session.tables(), &base)?.is_some();
    Ok(vec![Object::new("System.Boolean").with("Value", found && !hidden)])
}

fn blocked(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let base = crate::ad::dn(bound, bound.required("SearchBase"))?;
    let class = bound.text("ObjectClass").unwrap_or("organizationalUnit");
    let now = session.now()?;
    let (tables, schema) = (session.tables(), session.schema());
    let mut shown = Vec::new();
    for fault in fault::all(tables)? {
        let blocked = fault.kind == Kind::AclContainer && fault.stands(now);
        let named = fault.target.as_deref().filter(|_| blocked).and_then(|name| name.parse().ok());
        let Some(dn) = named.filter(|dn: &Dn| dn.is_within(&base)) else { continue };
        let Some(id) = dirsim_forest::lookup::by_dn(tables, &dn)? else { continue };
        let Some(object) = dirsim_forest::lookup::object(tables, id)? else { continue };
        let own = schema.class_name(object.class);
        if class == "*" || own.eq_ignore_ascii_case(class) {
            shown.push(
                Object::new("ADSyncConfig.ObjectWithInheritanceDisabled")
                    .with("DistinguishedName", dn.to_string())
                    .with("ObjectClass", own)
                    .with("ObjectGUID", object.guid),
            );
        }
    }
    Ok(shown)
}

fn permissions(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let dn = crate::ad::dn(bound, bound.required("ADobjectDN"))?;
    let now = session.now()?;
    let about = |fault: &fault::Fault| match fault.kind {
        Kind::AclContainer => fault
            .target
            .as_deref()
            .and_then(|target| target.parse::<Dn>().ok())
            .is_some_and(|container| dn.is_within(&container)),
        Kind::AclAttribute | Kind::NoWriteRight | Kind::NoReplicationRight => true,
        _ => false,
    };
    Ok(fault::all(session.tables())?
        .into_iter()
        .filter(|fault| fault.stands(now) && about(fault))
        .map(|fault| {
            let access = match fault.kind {
                Kind::NoWriteRight => "Write",
                Kind::NoReplicationRight => "Replicating Directory Changes",
                _ => "Read",
            };
            Object::new("ADSyncConfig.ObjectPermission")
                .with("Type", "Deny")
                .with("Access", access)
                .with("Property", fault.value)
                .with("Target", fault.target)
        })
        .collect())
}
