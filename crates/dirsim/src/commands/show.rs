//! `dirsim show`: parts of the world.

use dirsim_model::Schema;
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::{CsObject, connector, lookup};
use dirsim_tenant::TenantType;
use dirsim_world::view::{self, View};
use serde_json::{Value, json};

use super::open;
use super::runs::Runs;
use crate::cli::{Format, Part, Show};
use crate::failure::Failure;
use crate::report::Rows;

/// Objects read at a time.
const PAGE: usize = 512;

/// Shows a part of the world, now or at a step.
pub(crate) fn show(arguments: &Show) -> Result<(), Failure> {
    let world = open(&arguments.place.workspace)?;
    match arguments.part {
        Part::Digest => {
            let digest = match arguments.at {
                Some(step) => world.journal(step, step)?.first().map(|commit| commit.digest),
                None => Some(world.digest()),
            };
            let digest = digest.ok_or_else(|| Failure::usage("the journal has no such step"))?;
            println!("{digest}");
            return Ok(());
        }
        Part::Workspace => return workspace(&world, arguments.report.format),
        Part::Ledger => return super::ledger::show(&world, arguments),
        _ => {}
    }
    let past = arguments.at.map(|step| world.at(step)).transpose()?;
    let tables: &dyn Tables = match &past {
        Some(view) => view,
        None => world.tables(),
    };
    if arguments.part == Part::SyncErrors {
        return super::health::show(tables, world.schema(), arguments);
    }
    match &arguments.identity {
        Some(identity) => one(tables, world.schema(), identity, arguments),
        None => all(tables, world.schema(), arguments),
    }
}

/// Shows one object as a list of names and values.
fn one(
    tables: &dyn Tables,
    schema: &Schema,
    identity: &str,
    arguments: &Show,
) -> Result<(), Failure> {
    let found = match arguments.part {
        Part::Forest => view::find_forest_object(tables, schema, identity)?,
        Part::Metaverse => view::find_mv_object(tables, schema, identity)?,
        Part::ConnectorSpace => {
            let mut found = None;
            for connector in connector::all(tables)? {
                if found.is_none() {
                    found = view::find_cs_object(tables, schema, &connector.name, identity)?;
                }
            }
            found
        }
        Part::Tenant => {
            let mut found = None;
            for kind in
                [TenantType::User, TenantType::Group, TenantType::Contact, TenantType::Device]
            {
                if found.is_none() {
                    found = view::find_tenant_object(tables, schema, kind, identity)?;
                }
            }
            found
        }
        _ => return Err(Failure::usage("this part takes no identity")),
    };
    let Some(found) = found else {
        return Err(Failure::unreadable([format!("nothing is called `{identity}` there")]));
    };
    if arguments.report.format == Format::Json {
        println!("{}", Value::Object(found));
        return Ok(());
    }
    let mut table = Rows::new(&["Attribute", "Value"]);
    for (name, value) in found {
        let empty = matches!(&value, Value::Null) || value.as_array().is_some_and(Vec::is_empty);
        if !empty {
            table.push(vec![json!(name), value]);
        }
    }
    table.print(arguments.report.format)?;
    Ok(())
}

/// The event log, as an operator reads it (SE 7.3).
fn events(tables: &dyn Tables) -> StoreResult<Rows> {
    let mut table = Rows::new(&["Time", "Type", "Event", "Source", "Message"]);
    for entry in view::event_log(tables)? {
        table.push(vec![
            json!(entry.at.to_string()),
            json!(entry.kind),
            json!(entry.event),
            json!(entry.source),
            json!(entry.text),
        ]);
    }
    Ok(table)
}

fn all(tables: &dyn Tables, schema: &Schema, arguments: &Show) -> Result<(), Failure> {
    let limit = if arguments.limit == 0 { usize::MAX } else { arguments.limit };
    let mut table = match arguments.part {
        Part::Forest => forest(tables, limit)?,
        Part::ConnectorSpace => connector_space(tables, schema, limit)?,
        Part::Metaverse => metaverse(tables, schema, limit)?,
        Part::Tenant => tenant(tables, schema, limit)?,
        Part::Runs => runs(tables, limit, arguments.report.format)?,
        Part::Errors => {
            let mut errors = view::sync_errors(tables, schema)?;
            errors.extend(view::export_errors(tables, schema)?);
            if arguments.report.format == Format::Text && !errors.is_empty() {
                super::errors::print(&errors, limit);
                return Ok(());
            }
            pick(
                &errors,
                &[
                    "Connector",
                    "Object",
                    "Type",
                    "Attribute",
                    "Conflicts with",
                    "Retries",
                    "First",
                    "Text",
                ],
            )
        }
        Part::Events => events(tables)?,
        Part::Pending => pending(tables, schema, limit)?,
        Part::Quarantine => {
            pick(&view::quarantine(tables)?, &["Object", "Property", "Value", "Owner", "Since"])
        }
        Part::RecycleBin => pick(
            &view::recycle_bin(tables, schema)?,
            &[
                "User principal name",
                "Display name",
                "On premises immutable id",
                "Deleted date time",
                "Purge due date time",
            ],
        ),
        Part::Features => features(tables)?,
        Part::ServiceChanges => service_changes(tables)?,
        Part::Connectors => connectors(tables)?,
        Part::Server => server(tables)?,
        Part::ErrorReport => error_report(tables)?,
        Part::Digest | Part::Workspace | Part::Ledger | Part::SyncErrors => Rows::default(),
    };
    let found = table.len();
    table.truncate(limit);
    if table.is_empty() && arguments.report.format == Format::Text {
        println!("nothing there");
        return Ok(());
    }
    table.print(arguments.report.format)?;
    if arguments.report.format == Format::Text && found >= limit {
        println!("the first {limit}; see all with --limit 0");
    }
    Ok(())
}

/// Picks columns of views: the title `Conflicts with` stands for the name `conflictsWith`.
fn pick(views: &[View], columns: &[&'static str]) -> Rows {
    let mut table = Rows::new(columns);
    for view in views {
        let row = columns.iter().map(|title| {
            let name: String = title.split_whitespace().collect();
            view.iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(&name))
                .map(|(_, value)| value.clone())
                .unwrap_or_default()
        });
        table.push(row.collect());
    }
    table
}

/// Returns how many objects to read next.
fn piece(limit: usize, table: &Rows) -> usize {
    limit.saturating_sub(table.len()).min(PAGE)
}

fn forest(tables: &dyn Tables, limit: usize) -> StoreResult<Rows> {
    let mut table = Rows::new(&["Name", "Deleted", "Changed"]);
    let mut after = None;
    while table.len() < limit {
        let page = rows::after::<dirsim_forest::ForestObject>(tables, after, piece(limit, &table))?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (id, object) in &page {
            table.push(vec![
                json!(dirsim_forest::lookup::dn(tables, *id)?.to_string()),
                json!(object.deleted.as_ref().map(|deletion| deletion.at.to_string())),
                json!(object.changed.to_string()),
            ]);
        }
    }
    Ok(table)
}

fn connector_space(tables: &dyn Tables, schema: &Schema, limit: usize) -> StoreResult<Rows> {
    let mut table =
        Rows::new(&["Connector", "Name", "Class", "Joined", "Import", "Export", "Error"]);
    for connector in connector::all(tables)? {
        let mut after = None;
        while table.len() < limit {
            let page = lookup::objects(tables, connector.id, after, piece(limit, &table))?;
            let Some((last, _)) = page.last() else { break };
            after = Some(*last);
            for (id, object) in &page {
                table.push(cs_row(tables, schema, &connector.name, *id, object)?);
            }
        }
    }
    Ok(table)
}

fn cs_row(
    tables: &dyn Tables,
    schema: &Schema,
    connector: &str,
    id: u64,
    object: &CsObject,
) -> StoreResult<Vec<Value>> {
    let class =
        if object.is_placeholder() { "placeholder" } else { schema.class_name(object.class) };
    let error = object.import_error.as_ref().or(object.export_error.as_ref());
    let shown = |value: Value| if value == json!("none") { Value::Null } else { value };
    Ok(vec![
        json!(connector),
        json!(lookup::dn(tables, id)?),
        json!(class),
        json!(object.mv != 0),
        shown(json!(object.import)),
        shown(json!(object.export)),
        json!(error.map(|error| &error.error_type)),
    ])
}

fn metaverse(tables: &dyn Tables, schema: &Schema, limit: usize) -> StoreResult<Rows> {
    let mut table = Rows::new(&["Id", "Type", "Display name", "Source anchor", "Connectors"]);
    let mut after = None;
    while table.len() < limit {
        let page = rows::after::<dirsim_sync::mv::MvObject>(tables, after, piece(limit, &table))?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (id, object) in &page {
            let view = view::mv_object(tables, schema, *id, object)?;
            let get = |name: &str| view.get(name).cloned().unwrap_or_default();
            table.push(vec![
                get("id"),
                get("type"),
                get("displayName"),
                get("sourceAnchor"),
                get("connectors"),
            ]);
        }
    }
    Ok(table)
}

fn tenant(tables: &dyn Tables, schema: &Schema, limit: usize) -> StoreResult<Rows> {
    let mut table =
        Rows::new(&["Type", "Name", "Display name", "Mastered", "Anchor", "Quarantined"]);
    let display = schema.attribute("displayName");
    let mut after = None;
    while table.len() < limit {
        let page = dirsim_tenant::lookup::objects_after(tables, after, piece(limit, &table))?;
        let Some((last, _)) = page.last() else { break };
        after = Some(*last);
        for (_, object) in page.iter().filter(|(_, object)| object.is_active()) {
            let mastered = match object.sync_enabled {
                _ if object.cloud_managed => "cloud",
                Some(true) => "on-premises",
                Some(false) => "formerly on-premises",
                None => "cloud",
            };
            let quarantined: Vec<&str> = object.conflicts.iter().map(|c| &*c.value).collect();
            table.push(vec![
                json!(object.kind.name()),
                json!(view::name_of(object)),
                json!(display.and_then(|id| object.profile.text(id))),
                json!(mastered),
                json!(object.anchor),
                json!(quarantined),
            ]);
        }
    }
    Ok(table)
}

fn runs(tables: &dyn Tables, limit: usize, format: Format) -> StoreResult<Rows> {
    let mut runs = Runs::new(format, &["Run", "Started"]);
    for run in dirsim_sync::run::history(tables, None, limit)? {
        runs.push(vec![json!(run.id), json!(run.started.to_run_history())], &run);
    }
    Ok(runs.into_rows())
}

fn pending(tables: &dyn Tables, schema: &Schema, limit: usize) -> StoreResult<Rows> {
    let mut table = Rows::new(&["Connector", "Object", "Operation", "Attribute", "New value"]);
    for connector in connector::all(tables)? {
        let side = if connector.is_forest() {
            dirsim_model::Side::Forest
        } else {
            dirsim_model::Side::Entra
        };
        let pending = lookup::pending(tables, connector.id, lookup::Pending::Export, None, limit)?;
        for id in pending {
            let object: CsObject = rows::expect(tables, id)?;
            let name = dirsim_world::name::of_cs(tables, id)?
                .map_or_else(|| lookup::dn(tables, id), Ok)?;
            let changes: Vec<_> = object.unapplied.iter().collect();
            if changes.is_empty() {
                table.push(vec![
                    json!(connector.name),
                    json!(name),
                    json!(object.export),
                    json!(null),
                    json!(null),
                ]);
            }
            for (attribute, change) in changes {
                use dirsim_sync::images::Change;
                let syntax = schema.syntax(side, attribute);
                let value = match change {
                    Change::Replace(values) => {
                        json!(
                            values
                                .iter()
                                .map(|v| view::value(syntax, &v.to_owned()))
                                .collect::<Vec<_>>()
                        )
                    }
                    Change::Values(change) => json!(format!(
                        "{} added, {} removed",
                        change.add.len(),
                        change.remove.len()
                    )),
                };
                table.push(vec![
                    json!(connector.name),
                    json!(name),
                    json!(object.export),
                    json!(schema.name(attribute)),
                    value,
                ]);
            }
        }
    }
    Ok(table)
}

fn features(tables: &dyn Tables) -> StoreResult<Rows> {
    let mut table = Rows::new(&["Feature", "Enabled"]);
    let settings = dirsim_tenant::lookup::settings(tables)?;
    for feature in dirsim_tenant::features::Feature::ALL {
        table.push(vec![json!(feature.name()), json!(settings.features.has(*feature))]);
    }
    Ok(table)
}

/// Shows the last identity synchronization error report (ET-083).
fn error_report(tables: &dyn Tables) -> StoreResult<Rows> {
    let mut table = Rows::new(&["Sent", "Identity", "Source anchor", "Description"]);
    if let Some(report) = dirsim_tenant::report::last(tables)? {
        for line in report.lines {
            table.push(vec![
                json!(report.at.to_string()),
                json!(line.identity),
                json!(line.source_anchor),
                json!(line.description),
            ]);
        }
    }
    Ok(table)
}

fn service_changes(tables: &dyn Tables) -> StoreResult<Rows> {
    let mut table = Rows::new(&["Change", "Holds", "Since", "What it does", "Rules"]);
    let as_of = dirsim_tenant::settings::as_of(tables)?;
    for change in &dirsim_model::service_changes().changes {
        let holds = as_of.holds(&change.id);
        let what = if holds { &change.effect } else { &change.before };
        table.push(vec![
            json!(change.id),
            json!(holds),
            json!(change.since()),
            json!(what),
            json!(change.rules.join(", ")),
        ]);
    }
    Ok(table)
}

fn connectors(tables: &dyn Tables) -> StoreResult<Rows> {
    let mut table = Rows::new(&[
        "Connector",
        "Partition",
        "Include",
        "Exclude",
        "Objects",
        "Joined",
        "Pending exports",
    ]);
    let statistics = dirsim_sync::statistics::all(tables)?;
    for connector in connector::all(tables)? {
        for partition in &connector.partitions {
            let numbers =
                statistics.get(&(connector.id, partition.domain)).copied().unwrap_or_default();
            let names = |list: &[dirsim_model::Dn]| -> Vec<String> {
                list.iter().map(ToString::to_string).collect()
            };
            table.push(vec![
                json!(connector.name),
                json!(partition.name),
                json!(names(&partition.include)),
                json!(names(&partition.exclude)),
                json!(numbers.objects),
                json!(numbers.connectors),
                json!(numbers.export_add + numbers.export_update + numbers.export_delete),
            ]);
        }
    }
    Ok(table)
}

fn server(tables: &dyn Tables) -> StoreResult<Rows> {
    let settings = dirsim_sync::server::settings(tables)?;
    let minutes = |ms: i64| format!("{} min", ms / dirsim_model::time::MINUTE_MS);
    let mut table = Rows::new(&["Setting", "Value"]);
    let mut row = |name: &str, value: Value| table.push(vec![json!(name), value]);
    row("StagingModeEnabled", json!(settings.staging_mode));
    row("SyncCycleEnabled", json!(settings.sync_cycle_enabled));
    row("NextSyncCyclePolicyType", json!(settings.next_policy.to_string()));
    row("CurrentlyEffectiveSyncCycleInterval", json!(minutes(settings.effective_interval_ms())));
    row("DeletionPrevention", json!(settings.deletion_prevention));
    row("DeletionThreshold", json!(settings.deletions_max));
    Ok(table)
}

fn workspace(world: &dirsim_world::World, format: Format) -> Result<(), Failure> {
    let statistics = world.workspace().statistics()?;
    let mut table = Rows::new(&["What", "Value"]);
    table.push(vec![json!("step"), json!(format!("{} of {}", world.head(), world.last()))]);
    let first = statistics.first.max(1);
    table.push(vec![json!("goes back to step"), json!(first)]);
    table.push(vec![json!("clock"), json!(world.now()?.to_string())]);
    table.push(vec![json!("digest"), json!(world.digest().to_string())]);
    table.push(vec![json!("bytes on disk"), json!(statistics.bytes)]);
    table.push(vec![json!("segments"), json!(statistics.segments)]);
    table.print(format)?;
    Ok(())
}
