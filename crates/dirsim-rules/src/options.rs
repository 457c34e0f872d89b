//! What a rule set is built from: connectors, files and options.

use dirsim_model::service_changes::{Decides, service_changes};
use dirsim_model::{AsOf, Guid};
use serde::{Deserialize, Serialize};

/// What a connector connects to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ConnectorKind {
    /// An Active Directory forest.
    Forest,
    /// The tenant.
    Entra,
}

/// What the rules know about one connector. Their order is the order of creation (SR-008).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ConnectorInfo {
    /// Number of the connector in the world.
    pub id: u32,
    /// Name, as rule files and run histories show it.
    pub name: String,
    /// Identity; the value of `%Connector.ID%`.
    pub guid: Guid,
    /// What it connects to.
    pub kind: ConnectorKind,
    /// DNS name of the forest root, `%Forest.FQDN%`; empty for the tenant.
    pub forest_fqdn: String,
    /// `NetBIOS` name of the forest root, `%Forest.Netbios%`; empty for the tenant.
    pub forest_netbios: String,
    /// Global parameters of the connector beyond those that every connector has (SR-010).
    pub parameters: Vec<(String, String)>,
}

/// One file of dirsim's own rule format.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RuleFile {
    /// Where it comes from, for messages.
    pub path: String,
    /// Its YAML text.
    pub text: String,
}

/// Which attribute of the forest is the source anchor of users and groups (section 10.5 of the
/// default rules).
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum AnchorMode {
    /// mS-DS-ConsistencyGuid, falling back to objectGUID; the default of new installations.
    #[default]
    ConsistencyGuid,
    /// objectGUID alone.
    ObjectGuid,
}

/// How the wizard was told to find one person's accounts in several forests (SE-187). Every choice
/// adds join groups behind those of the anchor.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum UserMatching {
    /// Users exist once: no further groups.
    #[default]
    Once,
    /// By `mail`.
    Mail,
    /// By objectSid with msExchMasterAccountSid and msRTCSIP-OriginatorSid.
    Sid,
    /// By sAMAccountName with mailNickname.
    AccountName,
}

/// Choices of the installation wizard that select rules and flows of the default set.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields, rename_all = "camelCase")]
#[expect(clippy::struct_excessive_bools, reason = "the check boxes of a wizard page")]
pub struct RuleOptions {
    /// Source of the anchor.
    pub anchor_mode: AnchorMode,
    /// How users of several forests become one person.
    pub user_matching: UserMatching,
    /// Whether groups, too, take mS-DS-ConsistencyGuid when it is set, which is only ever read; in
    /// the mode of that name alone. New since version 1.5.18 of the product.
    pub group_consistency_guid: bool,
    /// Whether the forests have the Exchange schema (SR-012).
    pub exchange: bool,
    /// Whether the forests have the Lync schema (SR-012).
    pub lync: bool,
    /// Exchange hybrid deployment: the tenant's Exchange values are written back.
    pub exchange_hybrid: bool,
    /// Computers become devices (hybrid join).
    pub device_join: bool,
    /// Windows Hello for Business keys of the tenant are written back.
    pub windows_hello: bool,
    /// Whether password hash synchronization is on for the rules that carry its flag (SR-110).
    pub password_hash_sync: bool,
    /// Largest number of members of a group that is new to the tenant (SR-113).
    pub member_limit: u32,
    /// Dated changes of the default set, by id, that the installation does not have yet (D3).
    pub missing: Vec<String>,
}

impl RuleOptions {
    /// Returns what the wizard of a new installation chose at a date (D3).
    pub fn as_of(as_of: &AsOf) -> Self {
        Self {
            anchor_mode: if as_of.holds("consistency-guid-anchor") {
                AnchorMode::ConsistencyGuid
            } else {
                AnchorMode::ObjectGuid
            },
            group_consistency_guid: as_of.holds("group-consistency-guid"),
            member_limit: if as_of.holds("sync-api-v2") { 250_000 } else { 50_000 },
            missing: service_changes()
                .changes
                .iter()
                .filter(|change| change.decides == Decides::Rules && !as_of.holds(&change.id))
                .map(|change| change.id.clone())
                .collect(),
            ..Self::default()
        }
    }
}

impl Default for RuleOptions {
    fn default() -> Self {
        Self {
            anchor_mode: AnchorMode::default(),
            user_matching: UserMatching::default(),
            group_consistency_guid: true,
            exchange: true,
            lync: false,
            exchange_hybrid: false,
            device_join: false,
            windows_hello: false,
            password_hash_sync: true,
            member_limit: 250_000,
            missing: Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// D3: today's wizard is the default; that of 2015 knew neither ConsistencyGuid nor large groups.
    #[test]
    fn the_wizard_follows_the_date() {
        assert_eq!(RuleOptions::as_of(&AsOf::default()), RuleOptions::default());
        let then = RuleOptions::as_of(&AsOf::date(service_changes().date("p2015").unwrap()));
        assert_eq!(then.anchor_mode, AnchorMode::ObjectGuid);
        assert!(!then.group_consistency_guid);
        assert_eq!(then.member_limit, 50_000);
        assert!(then.missing.contains(&"sync-2.2.8".to_owned()));
    }
}
