//! An imported server configuration as data: what a world takes over from an installed server
//! (CE-050), already mapped to the connectors and domains of the world.

use dirsim_model::schema::AttributeDefinition;
use dirsim_model::{Dn, Guid, Side};
use dirsim_rules::definition::{RuleDefinition, RuleEdit, RulePlace, derived_rule_id};
use dirsim_rules::{ConnectorInfo, RuleFile, RuleOptions};
use dirsim_sync::Policy;
use serde::{Deserialize, Serialize};

/// What a side says about an attribute that the shipped schema does not know, or not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAttribute {
    /// Where the attribute lives.
    pub side: Side,
    /// Its name.
    pub name: String,
    /// Its syntax.
    pub definition: AttributeDefinition,
}

/// What a server is told by an import; `None` and empty lists leave a setting alone.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ServerConfiguration {
    /// Where it comes from, for the journal: the name of the exported server, or of a file.
    pub origin: String,
    /// The rule set, in place of the one there is.
    pub rules: Option<Vec<RuleFile>>,
    /// Rules on top of those files that replace others or have a place of their own.
    pub edits: Vec<PlacedEdit>,
    /// Whether earlier edits of single rules stay.
    pub keeps_edits: bool,
    /// Which connector an identity stands for, as the administrator said (CE-074).
    pub answers: Vec<(Guid, String)>,
    /// The choices of the installation wizard.
    pub options: Option<RuleOptions>,
    /// The connectors.
    pub connectors: Vec<ConnectorConfiguration>,
    /// Scheduler, threshold and staging mode (CE-040).
    pub settings: SettingsConfiguration,
}

/// A rule edit whose connector is named: an import does not know the identities of a world that is
/// not made yet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum PlacedEdit {
    /// Adds a rule, or replaces the one with its identity.
    Put {
        /// The name of the connector.
        connector: String,
        /// The rule.
        rule: Box<RuleDefinition>,
        /// Where it goes.
        place: RulePlace,
    },
    /// Turns a rule of dirsim's own set off or on.
    Disable {
        /// The name of the connector.
        connector: String,
        /// The name of the rule.
        name: String,
        /// Whether it is off.
        disabled: bool,
    },
}

impl PlacedEdit {
    /// Returns the edit for connectors that have their identities.
    pub fn resolved(&self, connectors: &[ConnectorInfo]) -> RuleEdit {
        let guid = |name: &str| {
            let found = connectors.iter().find(|known| known.name.eq_ignore_ascii_case(name));
            found.map_or(Guid::NIL, |known| known.guid)
        };
        match self {
            Self::Put { connector, rule, place } => {
                let mut rule = rule.clone();
                rule.connector = guid(connector);
                RuleEdit::Put { rule, place: *place }
            }
            Self::Disable { connector, name, disabled } => {
                let id = derived_rule_id(name, guid(connector), 0);
                RuleEdit::Disable { id, disabled: *disabled }
            }
        }
    }
}

/// Global parameters that are settings of the server (CE-040).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct SettingsConfiguration {
    /// Whether too many deletions stop an export.
    pub deletion_prevention: Option<bool>,
    /// The largest number of deletions that passes.
    pub deletions_max: Option<u32>,
    /// The policy of the next cycle.
    pub next_policy: Option<Policy>,
    /// The wanted interval of cycles, in milliseconds.
    pub customized_interval_ms: Option<i64>,
    /// Whether cycles start by themselves.
    pub sync_cycle_enabled: Option<bool>,
    /// Whether a wizard holds all cycles.
    pub suspended: Option<bool>,
    /// Whether maintenance runs.
    pub maintenance_enabled: Option<bool>,
    /// How long run history is kept, in milliseconds.
    pub purge_interval_ms: Option<i64>,
    /// Whether the server exports nothing.
    pub staging_mode: Option<bool>,
}

/// What an import says about one connector.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorConfiguration {
    /// The name of the connector of the world.
    pub connector: String,
    /// Its identity on the installed server, so that `%Connector.ID%` has the same value.
    pub guid: Option<Guid>,
    /// Names of the object classes that are imported.
    pub classes: Option<Vec<String>>,
    /// Names of the attributes that are imported.
    pub attributes: Option<Vec<String>>,
    /// The domains of a forest connector.
    pub partitions: Vec<PartitionConfiguration>,
    /// Global parameters of the connector, for `%Name%` in rules (SR-010).
    pub parameters: Vec<(String, String)>,
}

/// What an import says about one domain (CE-020, CE-021).
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PartitionConfiguration {
    /// The naming context of the domain.
    pub name: String,
    /// Whether it is synchronized.
    pub selected: bool,
    /// Containers that are in, with everything below.
    pub include: Vec<Dn>,
    /// Containers that are out, with everything below.
    pub exclude: Vec<Dn>,
}
