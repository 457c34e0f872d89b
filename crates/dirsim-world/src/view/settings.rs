//! Settings as people see them: of the tenant, its domains, the server, its connectors and rules.
//!
//! The names are those of the cmdlets that show them. What a run writes by itself (watermarks, batches,
//! when maintenance ran) is no setting.

use std::collections::BTreeMap;

use dirsim_model::Schema;
use dirsim_model::time::{DAY_MS, HOUR_MS, MINUTE_MS};
use dirsim_store::Tables;
use dirsim_sync::{connector, server};
use dirsim_tenant::features::Feature;
use dirsim_tenant::{lookup, options, settings};
use serde_json::{Value, json};

use super::View;
use crate::error::WorldError;
use crate::rules;

/// Returns the settings, by what they belong to.
///
/// Rules are looked at only when `with_rules` says so: they must be compiled for it.
pub fn all(
    tables: &dyn Tables,
    schema: &Schema,
    with_rules: bool,
) -> Result<BTreeMap<String, View>, WorldError> {
    let mut found = BTreeMap::new();
    found.insert("tenant".to_owned(), tenant(tables)?);
    for domain in settings::domains(tables)? {
        let mut view = View::new();
        view.insert("isVerified".to_owned(), json!(domain.verified));
        let kind = if domain.federated { "Federated" } else { "Managed" };
        view.insert("authenticationType".to_owned(), json!(kind));
        found.insert(format!("domain {}", domain.name), view);
    }
    found.insert("server".to_owned(), of_server(tables)?);
    for connector in connector::all(tables)? {
        found.insert(format!("connector {}", connector.name), of_connector(&connector, schema));
    }
    if with_rules && rules::setup(tables)?.is_some() {
        for rule in rules::compile(tables, schema)?.definitions() {
            let mut view = View::new();
            if let Ok(Value::Object(fields)) = serde_json::to_value(&rule) {
                view.extend(fields.into_iter().filter(|(name, _)| name != "version"));
            }
            found.insert(format!("rule {}", rule.name), view);
        }
    }
    Ok(found)
}

fn tenant(tables: &dyn Tables) -> Result<View, WorldError> {
    let mut view = View::new();
    let settings = lookup::settings(tables)?;
    view.insert("DirectorySynchronizationStatus".to_owned(), json!(settings.sync_state.name()));
    for feature in Feature::ALL {
        view.insert(feature.name().to_owned(), json!(settings.features.has(*feature)));
    }
    let options = options::options(tables)?;
    for (name, value) in [
        ("ActorRole", json!(options.actor_roles)),
        ("ActorScope", json!(options.actor_scopes)),
        ("ApiVersion", json!(options.api_version)),
        ("CalculationDelay", json!(span(options.calculation_delay_ms))),
        ("Quota", json!(settings.quota)),
        ("Throttling", json!(options.throttled)),
        ("WriteLimit", json!(options.write_limit)),
    ] {
        view.insert(name.to_owned(), value);
    }
    Ok(view)
}

fn of_server(tables: &dyn Tables) -> Result<View, WorldError> {
    let settings = server::settings(tables)?;
    let mut view = View::new();
    for (name, value) in [
        ("AllowedSyncCycleInterval", json!(span(settings.allowed_interval_ms))),
        ("CustomizedSyncCycleInterval", json!(settings.customized_interval_ms.map(span))),
        ("NextSyncCyclePolicyType", json!(settings.next_policy.to_string())),
        ("PurgeRunHistoryInterval", json!(span(settings.purge_interval_ms))),
        ("SyncCycleEnabled", json!(settings.sync_cycle_enabled)),
        ("MaintenanceEnabled", json!(settings.maintenance_enabled)),
        ("StagingModeEnabled", json!(settings.staging_mode)),
        ("SchedulerSuspended", json!(settings.suspended)),
        ("ServiceStopped", json!(settings.stopped)),
        ("DeletionPrevention", json!(settings.deletion_prevention)),
        ("DeletionThreshold", json!(settings.deletions_max)),
        ("DeletionThresholdPercent", json!(settings.deletions_max_percent)),
    ] {
        view.insert(name.to_owned(), value);
    }
    Ok(view)
}

fn of_connector(connector: &connector::Connector, schema: &Schema) -> View {
    let mut view = View::new();
    let classes: Vec<&str> =
        connector.classes.iter().map(|class| schema.class_name(*class)).collect();
    view.insert("ObjectInclusionList".to_owned(), json!(classes));
    let attributes: Option<Vec<&str>> = connector
        .attributes
        .as_ref()
        .map(|listed| listed.iter().map(|attribute| schema.name(*attribute)).collect());
    view.insert("AttributeInclusionList".to_owned(), json!(attributes));
    view.insert("FullImportRequired".to_owned(), json!(connector.full_import_required));
    view.insert("FullSyncRequired".to_owned(), json!(connector.full_sync_required));
    for (name, value) in &connector.parameters {
        view.insert(name.clone(), json!(value));
    }
    for partition in &connector.partitions {
        let texts = |names: &[dirsim_model::Dn]| {
            names.iter().map(ToString::to_string).collect::<Vec<String>>()
        };
        let name = &partition.name;
        view.insert(format!("{name} selected"), json!(partition.selected));
        view.insert(format!("{name} included"), json!(texts(&partition.include)));
        view.insert(format!("{name} excluded"), json!(texts(&partition.exclude)));
    }
    view
}

/// Writes a span of time as the cmdlets show it: `00:30:00`, `7.00:00:00`.
fn span(ms: i64) -> String {
    let (days, rest) = (ms / DAY_MS, ms % DAY_MS);
    let (hours, minutes) = (rest / HOUR_MS, rest % HOUR_MS / MINUTE_MS);
    let seconds = rest % MINUTE_MS / 1000;
    let clock = format!("{hours:02}:{minutes:02}:{seconds:02}");
    if days == 0 { clock } else { format!("{days}.{clock}") }
}
