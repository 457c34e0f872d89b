//! Connectors and their statistics (SE-006, SE-350, section 15).

use dirsim_model::Side;
use dirsim_sync::connector::{self, Connector, Partition};
use dirsim_sync::{Profile, statistics};

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
    Ok(connectors.iter().map(|connector| show(session, connector)).collect())
}

fn show(session: &Session<'_>, connector: &Connector) -> Object {
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
    let profiles: Vec<&str> = Profile::ALL.iter().map(|profile| profile.name()).collect();
    let partitions: Vec<Object> = connector.partitions.iter().map(show_partition).collect();
    Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.Connector")
        .with("Name", connector.name.clone())
        .with("Identifier", connector.guid)
        .with("Type", kind)
        .with("Subtype", subtype)
        .with("CreationTime", connector.created)
        .with("Partitions", partitions)
        .with("RunProfiles", profiles)
        .with("ObjectInclusionList", classes)
        .with("AttributeInclusionList", attributes)
        .with("ConnectivityParameters", Vec::<String>::new())
        .with("GlobalParameters", Vec::<String>::new())
}

fn show_partition(partition: &Partition) -> Object {
    let names = |list: &[dirsim_model::Dn]| -> Vec<String> {
        list.iter().map(ToString::to_string).collect()
    };
    Object::new("Microsoft.IdentityManagement.PowerShell.ObjectModel.ConnectorPartition")
        .with("Name", partition.name.clone())
        .with("DN", partition.name.clone())
        .with("Selected", partition.selected)
        .with("IsDomain", partition.domain != 0)
        .with("ContainerInclusionList", names(&partition.include))
        .with("ContainerExclusionList", names(&partition.exclude))
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
        ("Disconnectors", found.disconnectors),
        ("ExplicitDisconnectors", found.explicit_disconnectors),
        ("Placeholders", found.placeholders),
        ("PendingImportAdds", found.import_add),
        ("PendingImportUpdates", found.import_update),
        ("PendingImportDeletes", found.import_delete),
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
