//! Connectors: their partitions, filters, watermarks and overrides (SE-006, SE-007).

use dirsim_forest::Domain;
use dirsim_model::schema::class;
use dirsim_model::{AttributeId, ClassId, Dice, Dn, Guid, Timestamp};
use dirsim_rules::{ConnectorInfo, ConnectorKind};
use dirsim_store::{StoreResult, Tables, rows};
use serde::{Deserialize, Serialize};

use crate::run::Profile;

/// Name of the meta record that holds all connectors in the order of their creation.
const CONNECTORS: &str = "sync-connectors";

/// The identity of the Entra connector, the same in every installation (CE section 3):
/// b891884f-051e-4a83-95af-2544101c9083.
pub const ENTRA: Guid = Guid::from_bytes([
    0x4f, 0x88, 0x91, 0xb8, 0x1e, 0x05, 0x83, 0x4a, 0x95, 0xaf, 0x25, 0x44, 0x10, 0x1c, 0x90, 0x83,
]);

/// One connector of the server (SE-006). Its number is its place in the order of creation.
#[expect(clippy::struct_excessive_bools, reason = "the marks of the product, each on its own")]
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Connector {
    /// The number, from 1; connector space objects carry it in their own number.
    pub id: u32,
    /// The name: the forest, or `<initial domain> - AAD` (D5).
    pub name: String,
    /// The identity.
    pub guid: Guid,
    /// What it connects to.
    pub kind: ConnectorKind,
    /// Its partitions: one per domain, or one named `default` (SE-007).
    pub partitions: Vec<Partition>,
    /// Object classes that are imported (SE-080).
    pub classes: Vec<ClassId>,
    /// Attributes that are imported; all of them when `None` (SE-081).
    pub attributes: Option<Vec<AttributeId>>,
    /// Whether the next cycle imports in full (SE-247).
    pub full_import_required: bool,
    /// Whether the next cycle synchronizes in full (SE-247).
    pub full_sync_required: bool,
    /// Whether filter, classes or attributes changed since the last full import (SE-117).
    pub changed_since_full_import: bool,
    /// Whether rules changed since the last full synchronization (SR-024).
    pub rules_changed: bool,
    /// Runs so far.
    pub runs: u64,
    /// When it was made.
    pub created: Timestamp,
    /// Global parameters of an imported configuration, for `%Name%` in rules (SR-010).
    pub parameters: Vec<(String, String)>,
}

/// One partition of a connector (SE-007).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Partition {
    /// The domain: key of a [`Domain`] row; 0 for the tenant.
    pub domain: u64,
    /// The naming context, or `default`.
    pub name: String,
    /// Whether it is synchronized (SE-077).
    pub selected: bool,
    /// Containers that are in, with what lies below (SE-078).
    pub include: Vec<Dn>,
    /// Containers that are out, with what lies below (SE-078).
    pub exclude: Vec<Dn>,
    /// Up to where the directory's changes are known (SE-026).
    pub watermark: Option<u64>,
    /// When the watermark was taken.
    pub watermark_at: Timestamp,
    /// The domain controller that gave the watermark; empty without one (SE-072).
    pub controller: String,
    /// Whether a full import ended well at least once (SE-115).
    pub had_full_import: bool,
    /// Export batches begun (SE-205).
    pub export_batch: u64,
    /// The last batch that ran to its end (SE-233).
    pub last_successful_batch: u64,
    /// The run profiles that have a step for this partition (SE-237).
    pub profiles: Vec<Profile>,
}

impl Connector {
    /// Returns whether the connector reads an Active Directory forest.
    pub fn is_forest(&self) -> bool {
        self.kind == ConnectorKind::Forest
    }

    /// Returns whether an attribute is in the inclusion list (SE-081).
    pub fn selects(&self, attribute: AttributeId) -> bool {
        self.attributes.as_ref().is_none_or(|listed| listed.contains(&attribute))
    }

    /// Returns the identity of one of its partitions, by the number of the domain; it follows from
    /// that of the connector.
    pub fn partition_guid(&self, domain: u64) -> Guid {
        derived_guid(self.guid, domain + 1)
    }

    /// Returns the identity of one of its run profiles; it follows from that of the connector.
    pub fn profile_guid(&self, profile: Profile) -> Guid {
        let at = Profile::ALL.iter().position(|known| *known == profile).unwrap_or_default();
        // Partitions have small numbers; profiles stay clear of them.
        derived_guid(self.guid, (1 << 32) + at as u64 + 1)
    }

    /// Returns what the rules know about the connector.
    pub fn info(&self, tables: &dyn Tables) -> StoreResult<ConnectorInfo> {
        let root = self.partitions.first().filter(|_| self.is_forest());
        let domain = match root {
            Some(partition) => rows::get::<Domain>(tables, partition.domain)?,
            None => None,
        };
        let (forest_fqdn, forest_netbios) =
            domain.map(|domain| (domain.forest, domain.netbios)).unwrap_or_default();
        Ok(ConnectorInfo {
            id: self.id,
            name: self.name.clone(),
            guid: self.guid,
            kind: self.kind,
            forest_fqdn,
            forest_netbios,
            parameters: self.parameters.clone(),
        })
    }
}

/// Returns an identity that follows from another one and a number.
pub fn derived_guid(guid: Guid, number: u64) -> Guid {
    let mut bytes = *guid.as_bytes();
    for (byte, part) in bytes.iter_mut().rev().zip(number.to_le_bytes()) {
        *byte ^= part;
    }
    Guid::from_bytes(bytes)
}

/// Returns the global parameters of a forest connector with their values (SR-010, CE-035).
pub fn global_parameters(connector: &Connector, info: &ConnectorInfo) -> Vec<(String, String)> {
    let mut all = connector.parameters.clone();
    if connector.is_forest() {
        for (name, value) in [
            ("Forest.FQDN", info.forest_fqdn.clone()),
            ("Forest.LDAP", Dn::from_domain_fqdn(&info.forest_fqdn).to_string()),
            ("Forest.Netbios", info.forest_netbios.clone()),
        ] {
            if !all.iter().any(|(known, _)| known.eq_ignore_ascii_case(name)) {
                all.push((name.to_owned(), value));
            }
        }
    }
    all
}

impl Partition {
    fn new(domain: u64, name: String) -> Self {
        Self {
            domain,
            name,
            selected: true,
            include: Vec::new(),
            exclude: Vec::new(),
            watermark: None,
            watermark_at: Timestamp::default(),
            controller: String::new(),
            had_full_import: false,
            export_batch: 0,
            last_successful_batch: 0,
            profiles: Profile::ALL.to_vec(),
        }
    }
}

/// Returns all connectors in the order of their creation.
pub fn all(tables: &dyn Tables) -> StoreResult<Vec<Connector>> {
    Ok(rows::meta(tables, CONNECTORS)?.unwrap_or_default())
}

/// Returns a connector by its number.
pub fn get(tables: &dyn Tables, id: u32) -> StoreResult<Option<Connector>> {
    Ok(all(tables)?.into_iter().find(|connector| connector.id == id))
}

/// Returns a connector by its name, in any letter case, or by its GUID.
pub fn find(tables: &dyn Tables, name: &str) -> StoreResult<Option<Connector>> {
    let guid = name.parse::<Guid>().ok();
    Ok(all(tables)?.into_iter().find(|connector| {
        connector.name.eq_ignore_ascii_case(name) || guid == Some(connector.guid)
    }))
}

/// Writes a connector back.
pub fn put(tables: &mut dyn Tables, connector: Connector) -> StoreResult<()> {
    let mut connectors = all(tables)?;
    match connectors.iter_mut().find(|known| known.id == connector.id) {
        Some(known) => *known = connector,
        None => connectors.push(connector),
    }
    rows::put_meta(tables, CONNECTORS, &connectors)
}

/// Makes the connector of a forest with one partition per domain; returns its number.
pub fn add_forest(
    tables: &mut dyn Tables,
    forest: &str,
    domains: &[u64],
    dice: &mut Dice,
    now: Timestamp,
) -> StoreResult<u32> {
    let mut partitions = Vec::new();
    for id in domains {
        let domain: Domain = rows::expect(tables, *id)?;
        partitions.push(Partition::new(*id, domain.naming_context().to_string()));
    }
    let classes = vec![
        class::COMPUTER,
        class::CONTACT,
        class::CONTAINER,
        class::DOMAIN,
        class::FOREIGN_SECURITY_PRINCIPAL,
        class::GROUP,
        class::INET_ORG_PERSON,
        class::MSDS_DEVICE,
        class::ORGANIZATIONAL_UNIT,
        class::USER,
    ];
    add(tables, forest.to_owned(), ConnectorKind::Forest, partitions, classes, dice, now)
}

/// Makes the connector of the tenant; returns its number.
pub fn add_entra(
    tables: &mut dyn Tables,
    initial_domain: &str,
    dice: &mut Dice,
    now: Timestamp,
) -> StoreResult<u32> {
    let partitions = vec![Partition::new(0, "default".to_owned())];
    let classes = vec![class::CONTACT, class::DEVICE, class::GROUP, class::USER];
    let name = format!("{initial_domain} - AAD");
    let id = add(tables, name, ConnectorKind::Entra, partitions, classes, dice, now)?;
    if let Some(mut connector) = get(tables, id)? {
        connector.guid = ENTRA;
        put(tables, connector)?;
    }
    Ok(id)
}

fn add(
    tables: &mut dyn Tables,
    name: String,
    kind: ConnectorKind,
    partitions: Vec<Partition>,
    classes: Vec<ClassId>,
    dice: &mut Dice,
    now: Timestamp,
) -> StoreResult<u32> {
    let id = all(tables)?.iter().map(|connector| connector.id).max().unwrap_or(0) + 1;
    let connector = Connector {
        id,
        name,
        guid: dice.guid(),
        kind,
        partitions,
        classes,
        attributes: None,
        full_import_required: false,
        full_sync_required: false,
        changed_since_full_import: false,
        rules_changed: false,
        runs: 0,
        created: now,
        parameters: Vec::new(),
    };
    put(tables, connector)?;
    Ok(id)
}

/// Replaces the container lists of a connector; every partition takes the names that lie in its
/// domain (SE-078). Takes effect with the next import.
pub fn set_container_filter(
    tables: &mut dyn Tables,
    id: u32,
    include: &[Dn],
    exclude: &[Dn],
) -> StoreResult<()> {
    let Some(mut connector) = get(tables, id)? else { return Ok(()) };
    for partition in &mut connector.partitions {
        let within = |names: &[Dn]| -> Vec<Dn> {
            names
                .iter()
                .filter(|dn| {
                    Dn::from_domain_fqdn(&dn.domain_fqdn())
                        .to_string()
                        .eq_ignore_ascii_case(&partition.name)
                })
                .cloned()
                .collect()
        };
        let (include, exclude) = (within(include), within(exclude));
        partition.include = include;
        partition.exclude = exclude;
    }
    connector.changed_since_full_import = true;
    put(tables, connector)
}

/// Selects or unselects a domain of a connector by its naming context (SE-077, SE-321).
pub fn select_partition(
    tables: &mut dyn Tables,
    id: u32,
    name: &str,
    selected: bool,
) -> StoreResult<()> {
    let Some(mut connector) = get(tables, id)? else { return Ok(()) };
    for partition in &mut connector.partitions {
        if partition.name.eq_ignore_ascii_case(name) {
            partition.selected = selected;
        }
    }
    connector.changed_since_full_import = true;
    put(tables, connector)
}

/// Sets the overrides of a connector; `None` leaves one alone (SE-247).
pub fn set_override(
    tables: &mut dyn Tables,
    id: u32,
    full_import: Option<bool>,
    full_sync: Option<bool>,
) -> StoreResult<()> {
    let Some(mut connector) = get(tables, id)? else { return Ok(()) };
    connector.full_import_required = full_import.unwrap_or(connector.full_import_required);
    connector.full_sync_required = full_sync.unwrap_or(connector.full_sync_required);
    put(tables, connector)
}

/// Notes on a connector that its rules changed and only a full synchronization makes them fully
/// effective (SE-140, SR-024).
pub fn rules_changed(tables: &mut dyn Tables, id: u32) -> StoreResult<()> {
    let Some(mut connector) = get(tables, id)? else { return Ok(()) };
    connector.rules_changed = true;
    put(tables, connector)
}

/// Makes the connectors of a new server out of copied ones: configuration stays, history goes.
/// Identities stay as well, since custom rules name their connector by it.
pub(crate) fn reinstall(tables: &mut dyn Tables, now: Timestamp) -> StoreResult<()> {
    let mut connectors = all(tables)?;
    for connector in &mut connectors {
        connector.full_import_required = false;
        connector.full_sync_required = false;
        connector.changed_since_full_import = false;
        connector.rules_changed = false;
        connector.runs = 0;
        connector.created = now;
        for partition in &mut connector.partitions {
            partition.watermark = None;
            partition.watermark_at = Timestamp::default();
            partition.controller = String::new();
            partition.had_full_import = false;
            partition.export_batch = 0;
            partition.last_successful_batch = 0;
        }
    }
    rows::put_meta(tables, CONNECTORS, &connectors)
}

/// Adds the step of a partition to a run profile, or takes it away (SE-237).
pub fn set_run_step(
    tables: &mut dyn Tables,
    id: u32,
    partition: &str,
    profile: Profile,
    present: bool,
) -> StoreResult<()> {
    let Some(mut connector) = get(tables, id)? else { return Ok(()) };
    for known in &mut connector.partitions {
        if known.name.eq_ignore_ascii_case(partition) {
            known.profiles.retain(|existing| *existing != profile);
            if present {
                known.profiles.push(profile);
                known.profiles.sort_unstable();
            }
        }
    }
    put(tables, connector)
}

/// Changes which classes and attributes a connector imports; `None` leaves a list alone
/// (SE-080, SE-081).
pub fn set_inclusion(
    tables: &mut dyn Tables,
    id: u32,
    classes: Option<Vec<ClassId>>,
    attributes: Option<Option<Vec<AttributeId>>>,
) -> StoreResult<()> {
    let Some(mut connector) = get(tables, id)? else { return Ok(()) };
    if let Some(classes) = classes {
        connector.classes = classes;
    }
    if let Some(attributes) = attributes {
        connector.attributes = attributes;
    }
    connector.changed_since_full_import = true;
    put(tables, connector)
}
