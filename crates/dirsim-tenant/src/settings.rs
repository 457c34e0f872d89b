//! Settings of the tenant: domains, features, dated changes, synchronization state.

use dirsim_model::{AsOf, Dice, Timestamp, service_changes};
use dirsim_store::tables::scan_prefix;
use dirsim_store::{StoreResult, Table, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::edit::TenantRefusal;
use crate::features::{self, ChangeSet, Feature, FeatureSet};
use crate::load::NewTenant;

/// What holds for the whole tenant.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// The initial domain in lower case; always verified and managed (ET-021).
    pub initial_domain: String,
    /// Feature flags.
    pub features: FeatureSet,
    /// Dated changes that apply.
    pub changes: ChangeSet,
    /// Whether rows are accepted (ET-202).
    pub sync_state: SyncState,
    /// Whether a custom domain is verified, which raises the quota (ET-166).
    pub has_custom_domain: bool,
    /// Digits that the next placeholders take, in order (ET-004).
    pub next_placeholder_digits: Vec<u16>,
    /// Objects allowed, when a scenario overrides the documented number (ET-166).
    pub quota: Option<u64>,
    /// Bits of the numeric feature mask that no name is known for; kept, not interpreted (ET-121).
    pub unnamed_features: u32,
}

/// Tenant-wide synchronization states (ET-202).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SyncState {
    /// Rows are accepted.
    Enabled,
    /// Turned off at this instant, not complete yet.
    PendingDisabled(Timestamp),
    /// Off; the instant is that of the request.
    Disabled(Timestamp),
    /// Turned on again at this instant, not complete yet.
    PendingEnabled(Timestamp),
}

/// A domain of the tenant (ET-021).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Domain {
    /// The DNS name in lower case.
    pub name: String,
    /// Whether it is verified.
    pub verified: bool,
    /// Whether its users sign in at a federation server.
    pub federated: bool,
}

const SETTINGS: &str = "tenant-settings";
const DICE: &str = "tenant-dice";
const AS_OF: &str = "tenant-as-of";
const DOMAIN: &str = "tenant-domain/";

impl SyncState {
    /// Returns the name as the directory shows it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Enabled => "Enabled",
            Self::PendingDisabled(_) => "PendingDisabled",
            Self::Disabled(_) => "Disabled",
            Self::PendingEnabled(_) => "PendingEnabled",
        }
    }
}

/// Makes a tenant without objects.
pub fn create(
    tables: &mut dyn Tables,
    new: &NewTenant,
    seed: u64,
    now: Timestamp,
) -> StoreResult<Result<(), TenantRefusal>> {
    let mut as_of = AsOf { date: new.as_of, switched: Vec::new() };
    let (mut switches, mut bits) = (Vec::new(), Vec::new());
    for (name, on) in &new.features {
        match (service_changes().find(name), Feature::find(name)) {
            (Some(change), _) => as_of = as_of.with(&change.id, *on),
            (None, Some(feature)) => switches.push((feature, *on)),
            (None, None) => match features::named_bit(name) {
                Some(bit) => bits.push((bit, *on)),
                None => return Ok(Err(TenantRefusal::unknown_feature(name))),
            },
        }
    }
    let changes = ChangeSet::of(&as_of);
    let Some(mut features) = FeatureSet::preset(&new.preset, changes) else {
        return Ok(Err(TenantRefusal::bad_request(
            "ET-120",
            format!("`{}` is no preset; use `new-tenant` or `seed-sample`", new.preset),
            None,
        )));
    };
    for (feature, on) in switches {
        features.set(feature, on);
    }
    let mut unnamed_features = 0;
    for (bit, on) in bits {
        match features::decode_mask(bit) {
            (_, 0) => {
                return Ok(Err(TenantRefusal::unknown_feature(&format!("bit {bit}"))));
            }
            _ if on => unnamed_features |= bit,
            _ => {}
        }
    }
    let initial_domain = new.initial_domain.trim().to_ascii_lowercase();
    let initial = Domain { name: initial_domain.clone(), verified: true, federated: false };
    put_domain(tables, &initial)?;
    let mut has_custom_domain = false;
    for domain in &new.domains {
        let name = domain.name.trim().to_ascii_lowercase();
        if name != initial_domain {
            has_custom_domain |= domain.verified;
            put_domain(
                tables,
                &Domain { name, verified: domain.verified, federated: domain.federated },
            )?;
        }
    }
    put(
        tables,
        &Settings {
            initial_domain,
            features,
            changes,
            sync_state: SyncState::Enabled,
            has_custom_domain,
            next_placeholder_digits: new.next_placeholder_digits.clone(),
            quota: None,
            unnamed_features,
        },
    )?;
    put_dice(tables, &Dice::new(seed))?;
    rows::put_meta(tables, AS_OF, &as_of)?;
    if !as_of.holds("sync-api-v2") {
        crate::options::start_with_api_version(tables, 1)?;
    }
    crate::timers::start(tables, now)?;
    Ok(Ok(()))
}

/// Returns the settings; those of an empty tenant when none was made.
pub fn settings(tables: &dyn Tables) -> StoreResult<Settings> {
    Ok(rows::meta(tables, SETTINGS)?.unwrap_or_else(|| {
        let changes = ChangeSet::as_of(None);
        Settings {
            initial_domain: "contoso.onmicrosoft.com".to_owned(),
            features: FeatureSet::preset("new-tenant", changes).unwrap_or_default(),
            changes,
            sync_state: SyncState::Enabled,
            has_custom_domain: false,
            next_placeholder_digits: Vec::new(),
            quota: None,
            unnamed_features: 0,
        }
    }))
}

impl Settings {
    /// Returns the numeric mask of the features, unnamed bits included (ET-121).
    pub fn mask(&self) -> u32 {
        self.features.mask() | self.unnamed_features
    }
}

/// Returns which dated changes the tenant has, as they were chosen when it was made (D3).
pub fn as_of(tables: &dyn Tables) -> StoreResult<AsOf> {
    Ok(rows::meta(tables, AS_OF)?.unwrap_or_default())
}

/// Overrides the number of objects that the directory may hold (ET-166); `None` returns to the
/// documented one.
pub fn set_quota(tables: &mut dyn Tables, objects: Option<u64>) -> StoreResult<()> {
    let mut settings = settings(tables)?;
    settings.quota = objects;
    put(tables, &settings)
}

/// Writes the settings.
pub(crate) fn put(tables: &mut dyn Tables, settings: &Settings) -> StoreResult<()> {
    rows::put_meta(tables, SETTINGS, settings)
}

/// Returns the tenant's source of randomness (ET-004).
pub(crate) fn dice(tables: &dyn Tables) -> StoreResult<Dice> {
    Ok(rows::meta(tables, DICE)?.unwrap_or_else(|| Dice::new(0)))
}

/// Keeps the state of the source of randomness.
pub(crate) fn put_dice(tables: &mut dyn Tables, dice: &Dice) -> StoreResult<()> {
    rows::put_meta(tables, DICE, dice)
}

/// Returns a domain by its name in any casing.
pub fn domain(tables: &dyn Tables, name: &str) -> StoreResult<Option<Domain>> {
    rows::meta(tables, &format!("{DOMAIN}{}", name.to_ascii_lowercase()))
}

/// Returns all domains by name.
pub fn domains(tables: &dyn Tables) -> StoreResult<Vec<Domain>> {
    scan_prefix(tables, Table::Meta, DOMAIN.as_bytes())?
        .iter()
        .map(|(key, bytes)| rows::decode(Table::Meta, key, bytes))
        .collect()
}

/// Writes a domain.
pub(crate) fn put_domain(tables: &mut dyn Tables, domain: &Domain) -> StoreResult<()> {
    rows::put_meta(tables, &format!("{DOMAIN}{}", domain.name), domain)
}

/// Removes a domain.
pub(crate) fn remove_domain(tables: &mut dyn Tables, name: &str) -> StoreResult<()> {
    tables.delete(Table::Meta, format!("{DOMAIN}{}", name.to_ascii_lowercase()).as_bytes())
}
