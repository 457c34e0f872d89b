//! Takes over an imported configuration (CE-050): schema names, connectors, settings, rules.

use std::collections::BTreeMap;

use dirsim_model::{ClassId, Guid, Schema};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::{connector, server};

use super::{Effect, Scene, add_names, find_connector};
use crate::configuration::{
    ConnectorConfiguration, NewAttribute, ServerConfiguration, SettingsConfiguration,
};
use crate::error::WorldError;
use crate::input::Setup;
use crate::rules;
use crate::world::{DEFINITIONS, SETUP};

/// Adds attributes, or replaces what a side says about them; they stay with the world.
pub(super) fn define(
    scene: &mut Scene<'_>,
    attributes: &[NewAttribute],
) -> Result<Effect, WorldError> {
    let mut known: Vec<NewAttribute> = rows::meta(scene.tables, DEFINITIONS)?.unwrap_or_default();
    for new in attributes {
        known.retain(|old| (old.side, &old.name) != (new.side, &new.name));
        known.push(new.clone());
    }
    // Names are numbered in the order in which they came, whoever brought them.
    let names: Vec<String> = attributes.iter().map(|new| new.name.clone()).collect();
    add_names(scene, &names)?;
    apply_definitions(scene.schema, attributes)?;
    rows::put_meta(scene.tables, DEFINITIONS, &known)?;
    Ok(Effect::default().stale())
}

/// Tells a schema what a world knows beyond the shipped files.
pub(crate) fn apply_definitions(
    schema: &mut Schema,
    attributes: &[NewAttribute],
) -> Result<(), WorldError> {
    for new in attributes {
        let id = schema.intern(&new.name)?;
        schema.define(new.side, id, new.definition);
    }
    Ok(())
}

/// Name of the meta record that holds which connector an identity stands for.
const ANSWERS: &str = "connector-answers";

/// Returns which connector an identity stands for, as administrators said (CE-074).
pub fn answers(tables: &dyn Tables) -> StoreResult<BTreeMap<Guid, String>> {
    Ok(rows::meta(tables, ANSWERS)?.unwrap_or_default())
}

/// Takes over a configuration whole, or not at all when its rules do not compile.
pub(super) fn take(
    scene: &mut Scene<'_>,
    configuration: &ServerConfiguration,
) -> Result<Effect, WorldError> {
    for wanted in &configuration.connectors {
        one_connector(scene, wanted)?;
    }
    settings(scene.tables, &configuration.settings)?;
    let mut setup: Setup =
        rows::meta(scene.tables, SETUP)?.ok_or(WorldError::NothingLoaded("setup"))?;
    if let Some(options) = &configuration.options {
        setup.rules.clone_from(options);
    }
    if let Some(files) = &configuration.rules {
        setup.rule_files = Some(files.clone());
        if !configuration.keeps_edits {
            rules::forget_edits(scene.tables)?;
        }
    }
    if !configuration.answers.is_empty() {
        let mut known = answers(scene.tables)?;
        known.extend(configuration.answers.iter().cloned());
        rows::put_meta(scene.tables, ANSWERS, &known)?;
    }
    rows::put_meta(scene.tables, SETUP, &setup)?;
    if !configuration.edits.is_empty() {
        let connectors = rules::connectors(scene.tables)?;
        let more = configuration.edits.iter().map(|edit| edit.resolved(&connectors)).collect();
        rules::add_edits(scene.tables, more)?;
    }
    // Rules are compiled with the connectors as they are now: identities and parameters count.
    rules::compile(scene.tables, scene.schema)?;
    for connector in connector::all(scene.tables)? {
        connector::rules_changed(scene.tables, connector.id)?;
    }
    Ok(Effect::default().stale())
}

fn one_connector(scene: &mut Scene<'_>, wanted: &ConnectorConfiguration) -> Result<(), WorldError> {
    let (tables, schema) = (&mut *scene.tables, &*scene.schema);
    let mut connector = find_connector(tables, &wanted.connector)?;
    let mut narrowed = false;
    if let Some(guid) = wanted.guid.filter(|guid| *guid != Guid::NIL) {
        connector.guid = guid;
    }
    if let Some(names) = &wanted.classes {
        let mut classes: Vec<ClassId> =
            names.iter().filter_map(|name| schema.class(name)).collect();
        classes.sort_unstable();
        classes.dedup();
        narrowed |= classes != connector.classes;
        connector.classes = classes;
    }
    if let Some(names) = &wanted.attributes {
        let mut selected: Vec<_> = names.iter().filter_map(|name| schema.attribute(name)).collect();
        selected.sort_unstable();
        selected.dedup();
        narrowed |= connector.attributes.as_ref() != Some(&selected);
        connector.attributes = Some(selected);
    }
    for given in &wanted.partitions {
        let named =
            |known: &&mut dirsim_sync::Partition| known.name.eq_ignore_ascii_case(&given.name);
        if let Some(partition) = connector.partitions.iter_mut().find(named) {
            partition.selected = given.selected;
            partition.include.clone_from(&given.include);
            partition.exclude.clone_from(&given.exclude);
            narrowed = true;
        }
    }
    if !wanted.parameters.is_empty() {
        connector.parameters.clone_from(&wanted.parameters);
    }
    // What was not selected before needs a full import (SR-024, SE-117).
    connector.changed_since_full_import |= narrowed;
    connector::put(tables, connector)?;
    Ok(())
}

fn settings(tables: &mut dyn Tables, wanted: &SettingsConfiguration) -> Result<(), WorldError> {
    let mut settings = server::settings(tables)?;
    if let Some(interval) = wanted.customized_interval_ms {
        settings.customized_interval_ms = Some(interval);
    }
    let flags = [
        (wanted.deletion_prevention, &mut settings.deletion_prevention),
        (wanted.sync_cycle_enabled, &mut settings.sync_cycle_enabled),
        (wanted.suspended, &mut settings.suspended),
        (wanted.maintenance_enabled, &mut settings.maintenance_enabled),
        (wanted.staging_mode, &mut settings.staging_mode),
    ];
    for (wanted, setting) in flags {
        *setting = wanted.unwrap_or(*setting);
    }
    settings.deletions_max = wanted.deletions_max.unwrap_or(settings.deletions_max);
    settings.next_policy = wanted.next_policy.unwrap_or(settings.next_policy);
    settings.purge_interval_ms = wanted.purge_interval_ms.unwrap_or(settings.purge_interval_ms);
    server::put_settings(tables, &settings)?;
    Ok(())
}
