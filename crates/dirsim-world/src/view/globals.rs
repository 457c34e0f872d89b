//! The global settings of a server under the names of the product (section 15, CE-040): what
//! `Get-ADSyncGlobalSettings` shows and a configuration folder keeps.

use std::collections::BTreeMap;

use dirsim_model::{Dn, Guid};
use dirsim_rules::{AnchorMode, RuleEdit, UserMatching};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::server;
use dirsim_tenant::features::Feature;

use crate::input::Setup;
use crate::world::SETUP;

/// The version of the product that dirsim stands for.
pub const PRODUCT_VERSION: &str = "2.5.3.0";
/// How the names of the rules end that the group filter is made of.
const PILOT_RULE: &str = "Pilot Filter";

/// Returns the names and values, in the order of the names.
pub fn global_parameters(tables: &dyn Tables) -> StoreResult<Vec<(String, String)>> {
    let settings = server::settings(tables)?;
    let identity = server::identity(tables)?;
    let options = rows::meta::<Setup>(tables, SETUP)?.map(|setup| setup.rules).unwrap_or_default();
    let features = dirsim_tenant::lookup::settings(tables)?.features;
    let anchor = identity.anchor.unwrap_or_else(|| {
        match options.anchor_mode {
            AnchorMode::ConsistencyGuid => "mS-DS-ConsistencyGuid",
            AnchorMode::ObjectGuid => "objectGUID",
        }
        .to_owned()
    });
    let known = match options.user_matching {
        UserMatching::Once => "AlwaysProvision",
        UserMatching::Mail => "Mail",
        UserMatching::Sid => "ObjectSID",
        UserMatching::AccountName => "SamAccountName",
    };
    // Somebody who matches by an attribute of their own has named it (SE-187).
    let (criteria, custom) = match identity.matching {
        Some(attribute) => ("CustomAttribute", attribute),
        None => (known, String::new()),
    };
    let flag = |on: bool| if on { "True" } else { "False" }.to_owned();
    let upgrade = server::auto_upgrade(tables)?.state;
    let span = |ms: i64| {
        let seconds = ms / 1_000;
        let clock =
            format!("{:02}:{:02}:{:02}", seconds / 3_600 % 24, seconds / 60 % 60, seconds % 60);
        match seconds / 86_400 {
            0 => clock,
            days => format!("{days}.{clock}"),
        }
    };
    let user_name = identity.user_name.unwrap_or_else(|| "userPrincipalName".to_owned());
    let mut all: Vec<(String, String)> = [
        ("OptionalFeature.AutoUpgradeState", upgrade),
        ("OptionalFeature.DeviceWriteBack", flag(features.has(Feature::DeviceWriteback))),
        ("OptionalFeature.ExportDeletionThreshold", flag(settings.deletion_prevention)),
        ("OptionalFeature.ExportDeletionThresholdValue", settings.deletions_max.to_string()),
        ("OptionalFeature.GroupFiltering", flag(!pilot_groups(tables)?.is_empty())),
        ("OptionalFeature.GroupWriteBack", flag(features.has(Feature::UnifiedGroupWriteback))),
        ("OptionalFeature.PasswordHashSync", flag(features.has(Feature::PasswordSync))),
        ("OptionalFeature.UserWriteBack", flag(features.has(Feature::UserWriteback))),
        ("SynchronizationOption.AnchorAttribute", anchor),
        ("SynchronizationOption.CustomAttribute", custom),
        ("SynchronizationOption.JoinCriteria", criteria.to_owned()),
        ("SynchronizationOption.UPNAttribute", user_name),
        ("Synchronize.MaintenanceEnabled", flag(settings.maintenance_enabled)),
        ("Synchronize.NextStartTime", settings.next_start.to_string()),
        ("Synchronize.RunHistoryPurgeInterval", span(settings.purge_interval_ms)),
        ("Synchronize.SchedulerSuspended", flag(settings.suspended)),
        ("Synchronize.ServerConfigurationVersion", PRODUCT_VERSION.to_owned()),
        ("Synchronize.StagingMode", flag(settings.staging_mode)),
        ("Synchronize.SynchronizationPolicy", settings.next_policy.to_string()),
        ("Synchronize.SynchronizationSchedule", flag(settings.sync_cycle_enabled)),
        ("Synchronize.TimeInterval", span(settings.effective_interval_ms())),
    ]
    .into_iter()
    .map(|(name, value)| (format!("Microsoft.{name}"), value))
    .collect();
    all.sort();
    Ok(all)
}

/// Returns the pilot groups by the connectors whose objects they let through (SE-323).
pub fn pilot_groups(tables: &dyn Tables) -> StoreResult<BTreeMap<Guid, Dn>> {
    let mut pilots: BTreeMap<Guid, (Guid, Dn)> = BTreeMap::new();
    for edit in crate::rules::edits(tables)? {
        match edit {
            RuleEdit::Put { rule, .. } if rule.name.ends_with(PILOT_RULE) => {
                let clause = rule.scope.iter().flatten().next();
                if let Some(group) = clause.and_then(|clause| clause.value.parse().ok()) {
                    pilots.insert(rule.id, (rule.connector, group));
                }
            }
            RuleEdit::Remove(id) => {
                pilots.remove(&id);
            }
            _ => {}
        }
    }
    Ok(pilots.into_values().collect())
}
