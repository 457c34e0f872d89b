//! The server as a whole: settings, schema, database, automatic upgrade, the service (SE section 15).

use dirsim_model::Side;
use dirsim_sync::{connector, server, servers};
use dirsim_world::view::{PRODUCT_VERSION, global_parameters};
use dirsim_world::{Input, ServerEdit};

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K};
use crate::value::{Object, PsValue};

use super::sync_connector;

/// `Get-ADSyncGlobalSettings`.
pub(super) static SETTINGS: CommandSpec = CommandSpec {
    name: "Get-ADSyncGlobalSettings",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the settings of the server",
    example: "Get-ADSyncGlobalSettings",
    parameters: &[],
    sets: &[],
    run: settings,
};

/// `Get-ADSyncAutoUpgrade`.
pub(super) static AUTO_UPGRADE: CommandSpec = CommandSpec {
    name: "Get-ADSyncAutoUpgrade",
    aliases: &[],
    module: "ADSync",
    summary: "Shows whether the server is upgraded by itself",
    example: "Get-ADSyncAutoUpgrade -Detail",
    parameters: &[P::switch("Detail")],
    sets: &[],
    run: |session, bound| {
        let found = server::auto_upgrade(session.tables())?;
        if !bound.switch("Detail") {
            session.emit(crate::live::Live::text(found.state));
            return Ok(Vec::new());
        }
        Ok(vec![
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.AutoUpgrade")
                .with("AutoUpgradeState", found.state)
                .with("SuspensionReason", found.reason),
        ])
    },
};

/// `Set-ADSyncAutoUpgrade`.
pub(super) static SET_AUTO_UPGRADE: CommandSpec = CommandSpec {
    name: "Set-ADSyncAutoUpgrade",
    aliases: &[],
    module: "ADSync",
    summary: "Turns the automatic upgrade on or off, or suspends it",
    example: "Set-ADSyncAutoUpgrade -AutoUpgradeState Disabled",
    parameters: &[
        P::new("AutoUpgradeState", K::Choice(&["Suspended", "Enabled", "Disabled"]))
            .at(0)
            .required(),
        P::text("SuspensionReason").at(1),
    ],
    sets: &[],
    run: |session, bound| {
        let state = bound.required("AutoUpgradeState").to_owned();
        let reason = bound.text("SuspensionReason").unwrap_or_default().to_owned();
        let edit = ServerEdit::AutoUpgrade { state, reason };
        session.act(bound, "server", Input::Server(edit))?;
        Ok(Vec::new())
    },
};

/// `Get-ADSyncSchema`.
pub(super) static SCHEMA: CommandSpec = CommandSpec {
    name: "Get-ADSyncSchema",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the object types of the metaverse and their attributes",
    example: "Get-ADSyncSchema",
    parameters: &[],
    sets: &[],
    run: |session, _| Ok(schema(session)),
};

/// `Get-ADSyncDatabaseConfiguration`.
pub(super) static DATABASE: CommandSpec = CommandSpec {
    name: "Get-ADSyncDatabaseConfiguration",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the database of the server and how large it is",
    example: "Get-ADSyncDatabaseConfiguration",
    parameters: &[],
    sets: &[],
    run: database,
};

/// `Get-ADSyncConnectorPartition`.
pub(super) static PARTITIONS: CommandSpec = CommandSpec {
    name: "Get-ADSyncConnectorPartition",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the partitions of a connector with their containers",
    example: "Get-ADSyncConnectorPartition -Connector contoso.com",
    parameters: &[P::new("Connector", K::Any).at(0).required().piped()],
    sets: &[],
    run: partitions,
};

/// `Get-ADSyncADConnectorAccount`.
pub(super) static ACCOUNT: CommandSpec = CommandSpec {
    name: "Get-ADSyncADConnectorAccount",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the accounts with which the connectors read their forests",
    example: "Get-ADSyncADConnectorAccount",
    parameters: &[],
    sets: &[],
    run: account,
};

/// `Get-Service`.
pub(super) static SERVICES: CommandSpec = CommandSpec {
    name: "Get-Service",
    aliases: &["gsv"],
    module: "Microsoft.PowerShell.Management",
    summary: "Shows whether the synchronization service runs",
    example: "Get-Service ADSync",
    parameters: &[P::text("Name").at(0)],
    sets: &[],
    run: services,
};

/// `Restart-Service`.
pub(super) static RESTART: CommandSpec = CommandSpec {
    name: "Restart-Service",
    aliases: &[],
    module: "Microsoft.PowerShell.Management",
    summary: "Stops and starts the synchronization service",
    example: "Restart-Service ADSync",
    parameters: &[P::text("Name").at(0).required(), P::switch("Force").ignored()],
    sets: &[],
    run: |session, bound| {
        service(session, bound, false)?;
        service(session, bound, true)
    },
};

/// `Start-Service`.
pub(super) static START: CommandSpec = CommandSpec {
    name: "Start-Service",
    aliases: &[],
    module: "Microsoft.PowerShell.Management",
    summary: "Starts the synchronization service",
    example: "Start-Service ADSync",
    parameters: &[P::text("Name").at(0).required()],
    sets: &[],
    run: |session, bound| service(session, bound, true),
};

/// `Stop-Service`.
pub(super) static STOP: CommandSpec = CommandSpec {
    name: "Stop-Service",
    aliases: &[],
    module: "Microsoft.PowerShell.Management",
    summary: "Stops the synchronization service; a cycle in progress ends",
    example: "Stop-Service ADSync",
    parameters: &[P::text("Name").at(0).required(), P::switch("Force").ignored()],
    sets: &[],
    run: |session, bound| service(session, bound, false),
};

fn services(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = bound.text("Name").unwrap_or("*").to_ascii_lowercase();
    let fits = match name.strip_suffix('*') {
        Some(start) => "adsync".starts_with(start),
        None => name == "adsync",
    };
    if !fits {
        let message = format!("Cannot find any service with service name '{name}'.");
        return Err(server_refused(bound, &name, "SE-232", message));
    }
    let stopped = server::settings(session.tables())?.stopped;
    Ok(vec![
        Object::new("System.ServiceProcess.ServiceController")
            .with("Status", if stopped { "Stopped" } else { "Running" })
            .with("Name", "ADSync")
            .with("DisplayName", "Microsoft Azure AD Sync"),
    ])
}

fn service(
    session: &mut Session<'_>,
    bound: &Bound,
    running: bool,
) -> Result<Vec<Object>, CommandError> {
    let name = bound.required("Name");
    if !name.eq_ignore_ascii_case("ADSync") {
        let message = format!("Cannot find any service with service name '{name}'.");
        return Err(server_refused(bound, name, "SE-232", message));
    }
    let done = session.act(bound, "ADSync", Input::Server(ServerEdit::Service { running }))?;
    if running && done.is_some() && server::settings(session.tables())?.stopped {
        let message =
            "Failed to start service 'Microsoft Azure AD Sync (ADSync)'. Event 6323: the \
                       service did not start, its database has no room left."
                .to_owned();
        return Err(server_refused(bound, "ADSync", "SE-259", message));
    }
    Ok(Vec::new())
}

fn settings(session: &mut Session<'_>, _: &Bound) -> Result<Vec<Object>, CommandError> {
    let tables = session.tables();
    let own = servers::in_use(tables)?;
    let name = servers::all(tables)?.into_iter().find(|known| known.number == own);
    let parameters: Vec<PsValue> = global_parameters(tables)?
        .into_iter()
        .map(|(name, value)| sync_connector::parameter(&name, value))
        .collect();
    let entra = connector::all(tables)?.into_iter().find(|connector| !connector.is_forest());
    Ok(vec![
        Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.GlobalSettings")
            .with("Server", name.map(|server| server.name))
            .with("Version", PRODUCT_VERSION)
            .with("InstanceId", entra.map(|connector| connector.guid))
            .with("SqlSchemaVersion", 642_i64)
            .with("Parameters", PsValue::List(parameters)),
    ])
}

fn schema(session: &Session<'_>) -> Vec<Object> {
    let schema = session.schema();
    let mut attributes: Vec<String> = schema
        .attributes_of(Side::Metaverse)
        .map(|(attribute, _)| schema.name(attribute).to_owned())
        .collect();
    attributes.sort_unstable_by_key(|name| name.to_lowercase());
    ["person", "group", "device"]
        .into_iter()
        .map(|class| {
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.SchemaObjectType")
                .with("ObjectType", class)
                .with("Attributes", attributes.clone())
        })
        .collect()
}

fn database(session: &mut Session<'_>, _: &Bound) -> Result<Vec<Object>, CommandError> {
    let database = server::settings(session.tables())?.database;
    let size = dirsim_sync::database_size(session.tables(), &database)?;
    let own = servers::in_use(session.tables())?;
    let name = servers::all(session.tables())?.into_iter().find(|known| known.number == own);
    let (kind, instance) =
        if database.local { ("LocalDB", "(localdb)\\.\\ADSync2019") } else { ("SQL Server", "") };
    Ok(vec![
        Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.DatabaseConfiguration")
            .with("SQLServerName", name.map(|server| server.name))
            .with("SQLInstance", instance)
            .with("DatabaseName", "ADSync")
            .with("SQLServerLocation", if database.local { "Local" } else { "Remote" })
            .with("SQLServerType", kind)
            .with("SizeInBytes", size)
            .with("LimitInBytes", database.limit_bytes),
    ])
}

fn partitions(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let name = match bound.get("Connector") {
        Some(PsValue::Object(object)) => {
            object.get("Name").map(PsValue::to_text).unwrap_or_default()
        }
        Some(value) => value.to_text(),
        None => String::new(),
    };
    let connector = sync_connector::find(session, bound, &name)?;
    sync_connector::partitions(session, &connector)
}

fn account(session: &mut Session<'_>, _: &Bound) -> Result<Vec<Object>, CommandError> {
    let mut shown = Vec::new();
    for connector in connector::all(session.tables())? {
        if !connector.is_forest() {
            continue;
        }
        let info = connector.info(session.tables())?;
        shown.push(
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.ConnectorAccount")
                .with("ADConnectorName", connector.name.clone())
                .with("ADConnectorForest", info.forest_fqdn.clone())
                .with("ADConnectorAccountName", account_name(&connector))
                .with("ADConnectorAccountDomain", info.forest_netbios),
        );
    }
    Ok(shown)
}

/// Returns the name of the account that the wizard made for a connector.
pub(super) fn account_name(connector: &dirsim_sync::Connector) -> String {
    let tail: String = connector.guid.to_string().chars().filter(|c| *c != '-').take(12).collect();
    format!("MSOL_{tail}")
}
