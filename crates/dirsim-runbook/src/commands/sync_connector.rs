//! Connectors and their statistics (SE-006, SE-350, section 15).

use dirsim_model::Side;
use dirsim_sync::connector::{self, Connector};
use dirsim_sync::{Profile, statistics};
use dirsim_world::view::pilot_groups;

use crate::bind::Bound;
use crate::error::CommandError;
use crate::session::{Session, server_refused};
use crate::spec::{CommandSpec, Parameter as P, ParameterKind as K, ParameterSet};
use crate::value::{Object, PsValue};

/// `Get-ADSyncConnector`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-ADSyncConnector",
    aliases: &[],
    module: "ADSync",
    summary: "Shows the connectors of the server",
    example: "Get-ADSyncConnector -Name contoso.com",
    parameters: &[P::text("Name").at(0), P::new("Identifier", K::Guid)],
    sets: &[ParameterSet { names: &["Name", "Identifier"], required: false }],
    run: get,
};

/// `Get-ADSyncConnectorStatistics`.
pub(super) static STATISTICS: CommandSpec = CommandSpec {
    name: "Get-ADSyncConnectorStatistics",
    aliases: &[],
    module: "ADSync",
    summary: "Shows how many objects of a connector space are in which state",
    example: "Get-ADSyncConnectorStatistics -ConnectorName contoso.com",
    parameters: &[P::text("ConnectorName").at(0), P::new("ConnectorIdentifier", K::Guid)],
    sets: &[ParameterSet { names: &["ConnectorName", "ConnectorIdentifier"], required: true }],
    run: show_statistics,
};

/// Returns the connector that `-ConnectorName` or `-ConnectorIdentifier` names.
pub(super) fn named(session: &Session<'_>, bound: &Bound) -> Result<Connector, CommandError> {
    let name = bound.text("ConnectorName").or(bound.text("ConnectorIdentifier"));
    find(session, bound, name.unwrap_or_default())
}

/// Returns a connector by its name or GUID.
pub(super) fn find(
    session: &Session<'_>,
    bound: &Bound,
    name: &str,
) -> Result<Connector, CommandError> {
    if let Some(found) = connector::find(session.tables(), name)? {
        return Ok(found);
    }
    let known: Vec<String> =
        connector::all(session.tables())?.into_iter().map(|known| known.name).collect();
    let message = format!("Connector '{name}' is not found. There are: {}.", known.join(", "));
    Err(server_refused(bound, name, "SE-006", message))
}

fn get(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let connectors = match bound.text("Name").or(bound.text("Identifier")) {
        Some(name) => vec![find(session, bound, name)?],
        None => connector::all(session.tables())?,
    };
    connectors.iter().map(|connector| show(session, connector)).collect()
}

/// Shows a name with its value.
pub(super) fn parameter(name: &str, value: impl Into<PsValue>) -> PsValue {
    Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.ConfigurationParameter")
        .with("Name", name)
        .with("Value", value)
        .into()
}

fn show(session: &Session<'_>, connector: &Connector) -> Result<Object, CommandError> {
    let (kind, subtype) = if connector.is_forest() {
        ("AD", "")
    } else {
        ("Extensible2", "Windows Azure Active Directory (Microsoft)")
    };
    let schema = session.schema();
    let classes: Vec<&str> =
        connector.classes.iter().map(|class| schema.class_name(*class)).collect();
    let side = if connector.is_forest() { Side::Forest } else { Side::Entra };
    let mut attributes: Vec<&str> = match &connector.attributes {
        Some(listed) => listed.iter().map(|attribute| schema.name(*attribute)).collect(),
        // Nothing was left out: the list holds whatever the directory has (SE-081).
        None => schema.attributes_of(side).map(|(attribute, _)| schema.name(attribute)).collect(),
    };
    attributes.sort_unstable_by_key(|name| name.to_lowercase());
    let profiles: Vec<Object> = Profile::ALL
        .iter()
        .map(|profile| {
            let steps: Vec<&str> = connector
                .partitions
                .iter()
                .filter(|partition| partition.profiles.contains(profile))
                .map(|partition| partition.name.as_str())
                .collect();
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.RunProfile")
                .with("Name", profile.name())
                .with("Identifier", connector.profile_guid(*profile))
                .with("RunSteps", steps)
        })
        .collect();
    let info = connector.info(session.tables())?;
    let connectivity: Vec<PsValue> = if connector.is_forest() {
        vec![
            parameter("forest-name", info.forest_fqdn.clone()),
            parameter("forest-login-domain", info.forest_netbios.clone()),
            parameter("forest-login-user", super::sync_server::account_name(connector)),
        ]
    } else {
        let domain = connector.name.trim_end_matches(" - AAD");
        let server = dirsim_sync::servers::in_use(session.tables())?;
        vec![parameter("UserName", format!("Sync_{server:02}_{}@{domain}", connector.id))]
    };
    let globals: Vec<PsValue> = connector::global_parameters(connector, &info)
        .into_iter()
        .map(|(name, value)| parameter(&name, value))
        .collect();
    let pilot = pilot_groups(session.tables())?.remove(&connector.guid);
    let pilot = pilot.map(|group| parameter("Connector.GroupFilteringGroupDn", group.to_string()));
    let globals: Vec<PsValue> = pilot.into_iter().chain(globals).collect();
    Ok(Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.Connector")
        .with("Name", connector.name.clone())
        .with("Identifier", connector.guid)
        .with("Type", kind)
        .with("Subtype", subtype)
        .with("CreationTime", connector.created)
        .with("Partitions", partitions(session, connector)?)
        .with("RunProfiles", profiles)
        .with("ObjectInclusionList", classes)
        .with("AttributeInclusionList", attributes)
        .with("ConnectivityParameters", PsValue::List(connectivity))
        .with("GlobalParameters", PsValue::List(globals)))
}

/// Shows the partitions of a connector.
pub(super) fn partitions(
    session: &Session<'_>,
    connector: &Connector,
) -> Result<Vec<Object>, CommandError> {
    let schema = session.schema();
    let classes: Vec<&str> =
        connector.classes.iter().map(|class| schema.class_name(*class)).collect();
    let names = |list: &[dirsim_model::Dn]| -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    };
    let mut shown = Vec::new();
    for partition in &connector.partitions {
        let domain: Option<dirsim_forest::Domain> =
            dirsim_store::rows::get(session.tables(), partition.domain)?;
        let parameters: Vec<PsValue> = match &domain {
            Some(domain) => vec![
                parameter("Domain.FQDN", domain.fqdn.clone()),
                parameter("Domain.LDAP", domain.naming_context().to_string()),
                parameter("Domain.Netbios", domain.netbios.clone()),
                parameter("last-dc", partition.controller.clone()),
            ],
            None => Vec::new(),
        };
        let scope =
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.PartitionScope")
                .with("ContainerInclusionList", names(&partition.include))
                .with("ContainerExclusionList", names(&partition.exclude))
                .with("ObjectClasses", classes.clone());
        let profiles: Vec<&str> = partition.profiles.iter().map(|profile| profile.name()).collect();
        shown.push(
            Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.ConnectorPartition")
                .with("Name", partition.name.clone())
                .with("DN", partition.name.clone())
                .with("Identifier", connector.partition_guid(partition.domain))
                .with("Selected", partition.selected)
                .with("IsDomain", partition.domain != 0)
                .with("ConnectorPartitionScope", scope)
                .with("Parameters", PsValue::List(parameters))
                .with("RunProfilesWithStep", profiles)
                .with("PreferredController", partition.controller.clone()),
        );
    }
    Ok(shown)
}

fn show_statistics(session: &mut Session<'_>, bound: &Bound) -> Result<Vec<Object>, CommandError> {
    let connector = named(session, bound)?;
    let found = statistics::of(session.tables(), connector.id)?;
    let mut shown =
        Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.ConnectorStatistics")
            .with("ConnectorName", connector.name);
    for (name, number) in [
        ("TotalObjects", found.objects),
        ("TotalConnectors", found.connectors),
        // Nothing pins a link, and no connector filter is shipped (SE-021).
        ("ExplicitConnectors", 0),
        ("Disconnectors", found.disconnectors),
        ("ExplicitDisconnectors", found.explicit_disconnectors),
        ("FilteredDisconnectors", 0),
        ("Placeholders", found.placeholders),
        ("PendingImportAdds", found.import_add),
        ("PendingImportUpdates", found.import_update),
        ("PendingImportDeletes", found.import_delete),
        (
            "PendingImportNone",
            found.objects - found.import_add - found.import_update - found.import_delete,
        ),
        ("PendingExportAdds", found.export_add),
        ("PendingExportUpdates", found.export_update),
        ("PendingExportDeletes", found.export_delete),
        ("Transients", found.transients),
        ("UnconfirmedExports", found.unconfirmed),
        ("ImportErrors", found.import_errors),
        ("ExportErrors", found.export_errors),
    ] {
        shown = shown.with(name, PsValue::Integer(number));
    }
    Ok(vec![shown])
}
