//! A scenario file as types; the JSON schema in docs/schema is made from these.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::data::{Located, Place, Record};

/// One story: what is given, what is done, what is expected. Test, tutorial and specification in
/// one.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
#[schemars(title = "dirsim scenario")]
pub struct Scenario {
    /// A sentence that says what the scenario shows.
    pub name: String,
    /// Words to find the scenario by.
    #[serde(default)]
    pub tags: Vec<String>,
    /// Prose that teaches: the situation, what happens, why, and what to do about it.
    #[serde(default)]
    pub about: String,
    /// Rules of the specification that the scenario pins, such as ET-039.
    #[serde(default)]
    pub rules: Vec<String>,
    /// Dated service changes apply up to this date (or name a profile such as p2018); all of them
    /// when absent. The simulated clock does not select them.
    pub as_of: Option<Located<String>>,
    /// Dated service changes that hold (on) or do not hold (off) whatever asOf says, by the id that
    /// docs/service-changes.md lists.
    #[serde(default)]
    pub service_changes: Record,
    /// Where the simulated clock starts; 2026-01-05T08:00:00Z when absent.
    pub clock: Option<Located<String>>,
    /// Everything that looks random follows from this number; 1 when absent.
    #[serde(default = "one")]
    pub seed: u64,
    /// The world before the first step.
    #[serde(default)]
    pub given: Given,
    /// What is done, in order.
    pub steps: Vec<Step>,
}

/// The world before the first step.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Given {
    /// The tenant; an empty contoso.onmicrosoft.com with contoso.com verified when absent.
    pub tenant: Option<TenantGiven>,
    /// The forests, in the order in which their connectors are made.
    #[serde(default)]
    pub forests: Vec<ForestGiven>,
    /// The synchronization server.
    #[serde(default)]
    pub server: ServerGiven,
    /// Files that scripts find, by path: texts. Paths have a drive letter, as in `C:\Temp\users.csv`.
    #[serde(default)]
    pub files: Record,
    /// Further synchronization servers on the same tenant, empty, with the configuration of the
    /// first one.
    #[serde(default)]
    pub servers: Vec<FurtherServerGiven>,
    /// What is wrong with the environment from the first step on.
    #[serde(default)]
    pub faults: Vec<FaultGiven>,
}

/// A further synchronization server.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FurtherServerGiven {
    /// Its name; the first one is SYNC01.
    pub name: Located<String>,
    /// Whether the server imports and synchronizes but does not export; true when absent.
    #[serde(default = "yes")]
    pub staging_mode: bool,
}

/// Something that is wrong with the environment.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct FaultGiven {
    /// The fault, as `Get-DirsimFault -ListAvailable` names it.
    pub name: Located<String>,
    /// What it hits: a connector, domain, controller or container; everything when absent.
    pub target: Option<String>,
    /// An attribute, an error type or a number, as the fault asks for.
    pub value: Option<String>,
    /// The row at which it strikes, from 1.
    pub at: Option<u64>,
    /// How often it strikes; any number of times when absent.
    pub times: Option<u32>,
    /// Since when it stands.
    pub from: Option<Located<String>>,
    /// When it ends.
    pub until: Option<Located<String>>,
    /// The server that meets it; every server when absent.
    pub server: Option<Located<String>>,
}

/// A tenant.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TenantGiven {
    /// The initial domain.
    #[serde(default = "initial_domain")]
    pub initial_domain: String,
    /// Further domains.
    #[serde(default)]
    pub domains: Vec<DomainGiven>,
    /// Feature flags to start from: new-tenant, or seed-sample as an old tenant had them.
    pub preset: Option<Located<String>>,
    /// Feature flags that differ from the preset, by name without `Enabled`.
    #[serde(default)]
    pub features: Record,
    /// Users, with the property names of Microsoft Graph, and roles, eligibleRoles, licenses,
    /// manager.
    #[serde(default)]
    pub users: Vec<Record>,
    /// Groups, with the property names of Microsoft Graph, and members.
    #[serde(default)]
    pub groups: Vec<Record>,
    /// Contacts, with the property names of Microsoft Graph.
    #[serde(default)]
    pub contacts: Vec<Record>,
    /// Deleted users that can still be restored; deletedDateTime says since when.
    #[serde(default)]
    pub recycle_bin: Vec<Record>,
    /// Graph JSON files beside the scenario file.
    #[serde(default)]
    pub json: Vec<Located<String>>,
    /// Digits of the next placeholder names, instead of random ones.
    #[serde(default)]
    pub next_placeholder_digits: Vec<u16>,
    /// The source anchor that an earlier installation left in the tenant (SE-288).
    pub remembers_anchor: Option<Located<String>>,
}

/// A domain of the tenant.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct DomainGiven {
    /// The DNS name.
    pub name: String,
    /// Whether the domain is verified; true when absent.
    #[serde(default = "yes")]
    pub verified: bool,
    /// Whether its users sign in at a federation server.
    #[serde(default)]
    pub federated: bool,
}

/// A forest.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ForestGiven {
    /// The DNS name of the root domain.
    pub name: Located<String>,
    /// Whether deleted objects keep their attributes; true when absent.
    #[serde(default = "yes")]
    pub recycle_bin: bool,
    /// The SID of the domain.
    pub sid: Option<Located<String>>,
    /// Alternative UPN suffixes.
    #[serde(default)]
    pub upn_suffixes: Vec<String>,
    /// Objects, with the names of Active Directory attributes. `dn` may leave out the domain;
    /// `class` is user when absent; `repeat: 501` makes so many, `{n}` in texts is their number.
    #[serde(default)]
    pub objects: Vec<Record>,
    /// An LDIF file beside the scenario file.
    pub ldif: Option<Located<String>>,
    /// DNS names of further domains of the forest.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Days until tombstones are removed; 180 when absent, 0 for a setting that is empty.
    pub tombstone_lifetime_days: Option<u32>,
    /// Days in which a deleted object can be restored; those of tombstones when absent.
    pub deleted_object_lifetime_days: Option<u32>,
    /// Domain controllers, the preferred one first; DC01 alone when absent.
    #[serde(default)]
    pub controllers: Vec<ControllerGiven>,
    /// Containers that the connector imports; everything when absent.
    #[serde(default)]
    pub include: Vec<Located<String>>,
    /// Containers that the connector leaves out.
    #[serde(default)]
    pub exclude: Vec<Located<String>>,
}

/// A domain controller.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ControllerGiven {
    /// Its name.
    pub name: String,
    /// Its domain; the root domain when absent.
    pub domain: Option<String>,
    /// Minutes that a change needs between it and the others.
    #[serde(default)]
    pub delay_minutes: u32,
}

/// The synchronization server.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct ServerGiven {
    /// Whether the server imports and synchronizes but does not export.
    #[serde(default)]
    pub staging_mode: bool,
    /// Whether passing time starts the cycles that are due; without it the steps start every cycle.
    #[serde(default)]
    pub scheduler: bool,
    /// The largest number of deletions that one export may send; 500 when absent.
    pub deletion_threshold: Option<u32>,
    /// Sync rules on top of the default set, as the text of a rule file.
    pub custom_rules: Option<Located<String>>,
    /// Where the source anchor comes from: consistencyGuid (the default), objectGuid or automatic.
    pub source_anchor: Option<AnchorGiven>,
    /// Another attribute of users that is the source anchor (SE-292).
    pub anchor_attribute: Option<Located<String>>,
    /// The attribute that becomes the cloud user name; userPrincipalName when absent (SE-312).
    pub alternate_id: Option<Located<String>>,
    /// The attribute by which accounts of one person are found (SE-187, option 5).
    pub matching_attribute: Option<Located<String>>,
    /// The rule set, in place of the default one: rule files (.rules), rule scripts (.ps1), settings
    /// files (.json) and configuration folders beside the scenario file, or the word `default`; each
    /// stands on top of those before it. A folder brings the settings of its server, too.
    #[serde(default)]
    pub rules: Vec<Located<String>>,
    /// How accounts of one person in several forests are found: once (the default), mail, sid or
    /// accountName.
    pub user_matching: Option<MatchingGiven>,
}

/// How the installation was told to find one person's accounts (SE-187).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum MatchingGiven {
    /// Users exist once.
    Once,
    /// By mail.
    Mail,
    /// By objectSid and msExchMasterAccountSid.
    Sid,
    /// By sAMAccountName and mailNickname.
    AccountName,
}

/// Where the source anchor comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub enum AnchorGiven {
    /// mS-DS-ConsistencyGuid with objectGUID as fallback.
    ConsistencyGuid,
    /// objectGUID.
    ObjectGuid,
    /// What the wizard chooses: the attribute that the tenant remembers, else consistencyGuid while
    /// no object has one, else objectGuid (SE-288).
    Automatic,
}

/// One step of the story.
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Step {
    /// Prose for the reader.
    #[serde(default)]
    pub about: String,
    /// Cmdlets, one per line, as an administrator types them.
    #[serde(rename = "do")]
    pub act: Option<Located<String>>,
    /// A PowerShell script beside the scenario file; instead of `do`.
    pub runbook: Option<Located<String>>,
    /// What is answered when the script asks with Read-Host, in order.
    #[serde(default)]
    pub answers: Vec<String>,
    /// What must hold afterwards. Names only what matters; what is named must match exactly.
    #[serde(default)]
    pub expect: Option<Expect>,
}

impl Step {
    /// Returns what is done as written, and where that stands: the commands, or the name of a script.
    pub fn act(&self) -> (&str, Place) {
        let written = self.act.as_ref().or(self.runbook.as_ref());
        written.map_or(("", Place::default()), |text| (text.value.as_str(), text.at))
    }
}

/// What must hold after a step.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct Expect {
    /// Runs of this step, in order. An entry names its run by connector and profile; a run that is
    /// named with both is named as often as it ran, others do not matter, and an empty list means
    /// that nothing ran. Keys: connector, profile, result, adds, updates, renames, deletes, errors
    /// (of the run's own kind of counters), and any counter by its name.
    pub runs: Option<Located<Vec<Located<Record>>>>,
    /// A part of the text with which the simulated product refuses the last cmdlet of the step.
    pub refused: Option<Located<String>>,
    /// Parts of what the step prints, in this order; what stands between them does not matter.
    #[serde(default)]
    pub output: Vec<Located<String>>,
    /// Files that scripts wrote, by path: parts of their texts, or null for a file that is not there.
    pub files: Option<Record>,
    /// Objects of the tenant.
    pub tenant: Option<TenantExpect>,
    /// Objects of the forests by name, relative to the domain or whole; null when absent.
    pub forest: Option<Record>,
    /// Objects of the metaverse, by the identity of any object joined to them.
    pub metaverse: Option<Record>,
    /// Objects of connector spaces, by the name of the connector and their own identity.
    pub connector_spaces: Option<Record>,
    /// All export errors that stand after the step, by connector and name; exact in length.
    pub export_errors: Option<Located<Vec<Located<Record>>>>,
    /// All import and synchronization errors that stand after the step; exact in length.
    pub sync_errors: Option<Located<Vec<Located<Record>>>>,
    /// All quarantined values; exact in length.
    pub quarantine: Option<Located<Vec<Located<Record>>>>,
    /// All users in the tenant's recycle bin; exact in length.
    pub recycle_bin: Option<Located<Vec<Located<Record>>>>,
    /// Notes that dirsim makes in this step, by code; exact in length.
    pub notes: Option<Located<Vec<Located<Record>>>>,
    /// Numbers: tenantUsers, tenantGroups, tenantContacts, metaverse, pendingExports, quarantine,
    /// recycleBin, exportErrors.
    pub counts: Option<Record>,
}

/// Objects of the tenant, by user principal name, address, display name or id; null when absent.
#[derive(Debug, Clone, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub struct TenantExpect {
    /// Users.
    #[serde(default)]
    pub users: Record,
    /// Groups.
    #[serde(default)]
    pub groups: Record,
    /// Contacts.
    #[serde(default)]
    pub contacts: Record,
}

const fn one() -> u64 {
    1
}

const fn yes() -> bool {
    true
}

fn initial_domain() -> String {
    "contoso.onmicrosoft.com".to_owned()
}
