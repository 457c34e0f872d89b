//! Settings of the service that administrators change seldom, and work on single objects.

use dirsim_model::SourceAnchor;
use dirsim_sync::{connector, event_log, run, server};
use dirsim_tenant::{ExportRow, Operation, TenantType};

use super::{Effect, Scene, find_connector};
use crate::error::WorldError;
use crate::event::{Event, Refusal};
use crate::input::ServerEdit;

/// Returns why nothing runs: the service is stopped.
pub(super) fn is_down(scene: &Scene<'_>) -> Result<Option<Refusal>, WorldError> {
    let stopped = server::settings(scene.tables)?.stopped;
    Ok(stopped.then(|| Refusal::Server {
        message: "The synchronization service (ADSync) is not running.".to_owned(),
        rule: "SE-232",
    }))
}

/// Applies a change to the server in use.
pub(super) fn edit(scene: &mut Scene<'_>, edit: &ServerEdit) -> Result<Effect, WorldError> {
    let tables = &mut *scene.tables;
    match edit {
        ServerEdit::Maintenance {
            purge_interval_ms,
            maintenance_enabled,
            suspended,
            timed,
            seven_day_rule,
        } => {
            let mut settings = server::settings(tables)?;
            let set = |slot: &mut bool, value: &Option<bool>| *slot = value.unwrap_or(*slot);
            set(&mut settings.maintenance_enabled, maintenance_enabled);
            set(&mut settings.suspended, suspended);
            set(&mut settings.timed, timed);
            set(&mut settings.seven_day_rule, seven_day_rule);
            settings.purge_interval_ms = purge_interval_ms.unwrap_or(settings.purge_interval_ms);
            server::put_settings(tables, &settings)?;
        }
        ServerEdit::PurgeHistory(age_ms) => {
            let before = age_ms.map_or(dirsim_model::Timestamp(i64::MAX), |age| scene.now + -age);
            run::purge(tables, before)?;
            dirsim_sync::event_log::scheduler(tables, scene.now, "purged run history")?;
        }
        ServerEdit::DeletionPercent(percent) => {
            let mut settings = server::settings(tables)?;
            settings.deletion_prevention = true;
            settings.deletions_max_percent = *percent;
            server::put_settings(tables, &settings)?;
        }
        ServerEdit::SelectPartition { connector: name, partition, selected } => {
            let connector = find_connector(tables, name)?;
            connector::select_partition(tables, connector.id, partition, *selected)?;
        }
        ServerEdit::RunStep { connector: name, partition, profile, present } => {
            let connector = find_connector(tables, name)?;
            connector::set_run_step(tables, connector.id, partition, *profile, *present)?;
        }
        ServerEdit::Inclusion { connector: name, classes, attributes } => {
            let connector = find_connector(tables, name)?;
            connector::set_inclusion(tables, connector.id, classes.clone(), attributes.clone())?;
        }
        ServerEdit::Service { running } => return service(scene, *running),
        ServerEdit::DatabaseLimit(bytes) => {
            let mut settings = server::settings(tables)?;
            settings.database.limit_bytes = *bytes;
            server::put_settings(tables, &settings)?;
        }
        ServerEdit::GroupFilter { connector: name, group } => {
            return super::pilot::set(scene, name, group.as_ref());
        }
        ServerEdit::ClearConnectorSpace(name) => {
            let connector = find_connector(tables, name)?;
            scene.engine().clear_space(connector.id)?;
        }
        ServerEdit::RemoveCsObject(object) => {
            if dirsim_sync::cs::head(tables, *object)?.is_none() {
                return Ok(no_object());
            }
            scene.engine().remove_one(*object)?;
        }
        ServerEdit::SynchronizeObject { object, full } => {
            if dirsim_sync::cs::head(tables, *object)?.is_none() {
                return Ok(no_object());
            }
            scene.engine().synchronize_one(*object, *full)?;
        }
        ServerEdit::SingleObject { dn, staging_mode } => {
            return super::single::synchronize(scene, dn, *staging_mode);
        }
        ServerEdit::AutoUpgrade { state, reason } => {
            let state = server::AutoUpgrade { state: state.clone(), reason: reason.clone() };
            server::set_auto_upgrade(tables, &state)?;
        }
        ServerEdit::Identity(choice) => return super::identity::choose(scene, choice),
        ServerEdit::RemoveCloudObject { anchor, object_type } => {
            return remove_cloud_object(scene, anchor, *object_type);
        }
        other => unreachable!("{other:?} is applied elsewhere"),
    }
    Ok(Effect::default())
}

/// Sends a deletion that no connector space knows of; the next import tells the engine.
fn remove_cloud_object(
    scene: &mut Scene<'_>,
    anchor: &SourceAnchor,
    object_type: TenantType,
) -> Result<Effect, WorldError> {
    let row = ExportRow {
        operation: Operation::Delete,
        object_type,
        source_anchor: Some(anchor.clone()),
        cloud_anchor: None,
        complete: false,
        attributes: Vec::new(),
        references: Vec::new(),
    };
    let answer = dirsim_tenant::export(scene.tables, scene.schema, &row, scene.now)?;
    if let Some(refusal) = answer.refusal() {
        let (message, rule) = (refusal.text.clone(), "ET-171");
        return Ok(Effect::refused(Refusal::Server { message, rule }));
    }
    let notes = dirsim_tenant::finish_export(scene.tables, scene.schema, scene.now)?;
    Ok(Effect::events(notes.into_iter().map(Event::Note).collect()))
}

fn no_object() -> Effect {
    Effect::refused(Refusal::Server {
        message: "The connector space object does not exist.".to_owned(),
        rule: "SE-009",
    })
}

/// Starts or stops the service. It does not start while the database has no room (SE-259): then the
/// event log says so, and the service stays down.
fn service(scene: &mut Scene<'_>, running: bool) -> Result<Effect, WorldError> {
    let tables = &mut *scene.tables;
    let mut settings = server::settings(tables)?;
    if running != settings.stopped {
        return Ok(Effect::default());
    }
    if running {
        let full = settings.database.local
            && dirsim_sync::database_size(tables, &settings.database)?
                >= settings.database.limit_bytes;
        let fault = dirsim_sync::fault::all(tables)?.into_iter().any(|fault| {
            fault.kind == dirsim_sync::fault::Kind::DatabaseFull && fault.stands(scene.now)
        });
        if full || fault {
            let text = "the service did not start: its database has no room left";
            event_log::write(tables, scene.now, event_log::DATABASE_FULL, text)?;
            return Ok(Effect::default());
        }
        let text = "the service was started";
        event_log::write(tables, scene.now, event_log::SERVICE_STARTED, text)?;
    } else {
        dirsim_sync::cycle::stop(tables, scene.now)?;
        let text = "the service was stopped";
        event_log::write(tables, scene.now, event_log::SERVICE_STOPPED, text)?;
    }
    settings.stopped = !running;
    server::put_settings(tables, &settings)?;
    Ok(Effect::default())
}
