//! Inputs: everything that can change a world, as data.
//!
//! A world is the fold of one log of these. Every surface, from the command line to a runbook,
//! makes inputs and reads state; none has a second way in.

use dirsim_forest::{Controller, ForestEdit, NewForest, NewObject};
use dirsim_model::{AttributeId, ClassId, Dn, SourceAnchor, Timestamp};
use dirsim_rules::{RuleEdit, RuleFile, RuleOptions};
use dirsim_sync::fault::{Fault, Kind as FaultKind};
use dirsim_sync::servers::Start as ServerStart;
use dirsim_sync::{Policy, Profile};
use dirsim_tenant::{NewTenant, NewTenantObject, TenantEdit, TenantType};
use serde::{Deserialize, Serialize};

use crate::configuration::{NewAttribute, ServerConfiguration};

/// One change to a world.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Input {
    /// Starts the world: the first input of every log.
    Setup(Box<Setup>),
    /// Adds attribute names that the shipped schema does not know.
    AddNames(Vec<String>),
    /// Makes a forest with everything in it, and the connector that reads it.
    LoadForest {
        /// The forest.
        forest: NewForest,
        /// Its objects, in any order.
        objects: Vec<NewObject>,
    },
    /// Makes the tenant with everything in it, and the Entra connector.
    LoadTenant {
        /// The tenant.
        tenant: NewTenant,
        /// Its objects, in any order.
        objects: Vec<NewTenantObject>,
    },
    /// An administrator changes a forest.
    Forest(ForestEdit),
    /// An administrator changes the tenant.
    Tenant(TenantEdit),
    /// An administrator changes the synchronization server.
    Server(ServerEdit),
    /// Starts a cycle; [`Input::RunNext`] does its runs one by one.
    StartCycle(Option<Policy>),
    /// Does the next run of the cycle in progress.
    RunNext,
    /// Drops the remaining runs of the cycle in progress (SE-253).
    StopCycle,
    /// Does one run outside a cycle.
    Run {
        /// The name of the connector.
        connector: String,
        /// The run profile.
        profile: Profile,
    },
    /// Moves the simulated clock forward; timers that fall due on the way run, and so do cycles on
    /// servers whose scheduler follows the clock (SE-248).
    AdvanceClock(Timestamp),
    /// Adds attributes, or replaces what a side says about them.
    DefineAttributes(Vec<NewAttribute>),
    /// Something goes wrong with the environment, or is repaired (SE-337).
    Fault(FaultEdit),
    /// Installs a synchronization server, or does something with a whole one (SE section 9).
    Servers(ServersEdit),
    /// An administrator changes a forest on a domain controller of their choice (SE-036).
    ForestOn {
        /// The controller, by its name or DNS name.
        controller: String,
        /// The change.
        edit: ForestEdit,
    },
    /// Sets the domain controllers of a domain, the one that connectors prefer first (SE-036).
    Controllers {
        /// The DNS name of the domain.
        domain: String,
        /// The controllers.
        controllers: Vec<Controller>,
    },
    /// Says which files the world was made from; plans name them.
    Sources(Vec<Source>),
}

/// A file that a world was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// The file as it was named.
    pub path: String,
    /// What it holds: `ad`, `tenant`, `rules` or `scenario`.
    pub kind: String,
    /// SHA-256 of its bytes, in hex.
    pub sha256: String,
}

/// What goes wrong, or is repaired.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum FaultEdit {
    /// Sets a fault; one that happens at once is done and does not stay.
    Set(Fault),
    /// Clears one fault by its number.
    Clear(u32),
    /// Clears all faults of a kind, of those with this target only when it is given.
    ClearKind {
        /// The kind.
        kind: FaultKind,
        /// The target.
        target: Option<String>,
    },
    /// Clears all faults.
    ClearAll,
}

/// What is done with whole servers.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ServersEdit {
    /// Installs a server beside those that are there.
    Add {
        /// Its name.
        name: String,
        /// What it starts with.
        start: ServerStart,
        /// Whether it starts in staging mode.
        staging_mode: bool,
    },
    /// Makes a server the one that administrators work on: every other input is about it.
    Use(String),
    /// Takes a server off the network for good.
    Remove(String),
    /// Replaces the database of the server in use by a copy of another one's (SE-282).
    Restore {
        /// The server that holds the copy.
        from: String,
    },
}

/// How a world starts.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Setup {
    /// Everything that looks random follows from this number.
    pub seed: u64,
    /// Where the simulated clock starts.
    pub clock: Timestamp,
    /// Which parts of the default rule set are on.
    pub rules: RuleOptions,
    /// Rule files in place of the default set; `None` for the default set.
    pub rule_files: Option<Vec<RuleFile>>,
}

/// A change to the synchronization server.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum ServerEdit {
    /// Changes the scheduler (SE 6.4); `None` leaves a setting alone.
    Scheduler {
        /// Whether cycles start by themselves.
        sync_cycle_enabled: Option<bool>,
        /// The wanted interval in milliseconds.
        customized_interval_ms: Option<i64>,
        /// The policy of the next cycle.
        next_policy: Option<Policy>,
    },
    /// Changes the prevention of accidental deletes (SE-260 to SE-268).
    DeletionThreshold {
        /// Whether the check is on.
        enabled: bool,
        /// The largest number of deletions that passes; `None` leaves it alone.
        count: Option<u32>,
    },
    /// Turns staging mode on or off (SE-271).
    StagingMode(bool),
    /// Changes which containers a forest connector imports (SE-078).
    ContainerFilter {
        /// The name of the connector.
        connector: String,
        /// Containers that are in, with everything below.
        include: Vec<Dn>,
        /// Containers that are out, with everything below.
        exclude: Vec<Dn>,
    },
    /// Asks for full runs of one connector in the next cycle (SE-247).
    ConnectorOverride {
        /// The name of the connector.
        connector: String,
        /// Whether a full import is required; `None` leaves it alone.
        full_import: Option<bool>,
        /// Whether a full synchronization is required; `None` leaves it alone.
        full_sync: Option<bool>,
    },
    /// Replaces the rule set, edits of single rules included (SE-140).
    RuleFiles(Vec<RuleFile>),
    /// Takes over an imported configuration (CE-050).
    Configuration(Box<ServerConfiguration>),
    /// Adds, changes, disables or removes one rule (SE-140, SE 6.3).
    EditRule(RuleEdit),
    /// Changes settings of the scheduler that [`ServerEdit::Scheduler`] does not (SE 6.4); `None`
    /// leaves a setting alone.
    Maintenance {
        /// How long run history is kept, in milliseconds.
        purge_interval_ms: Option<i64>,
        /// Whether maintenance runs once a day.
        maintenance_enabled: Option<bool>,
        /// Whether the scheduler is suspended, as while the wizard is open (SE-252).
        suspended: Option<bool>,
        /// Whether passing time starts the cycles that are due (SE-248).
        timed: Option<bool>,
        /// Whether the Entra watermark expires after seven days (SE-256).
        seven_day_rule: Option<bool>,
    },
    /// Removes runs that are older than so many milliseconds; all runs when `None` (SE-257).
    PurgeHistory(Option<i64>),
    /// Sets the threshold of deletions as a share of the synchronized objects (SE-261); `None` goes
    /// back to the number.
    DeletionPercent(Option<u32>),
    /// Selects or unselects a domain of a forest connector (SE-077, SE-321).
    SelectPartition {
        /// The name of the connector.
        connector: String,
        /// The naming context of the domain.
        partition: String,
        /// Whether it is synchronized.
        selected: bool,
    },
    /// Adds the step of a partition to a run profile, or takes it away (SE-237).
    RunStep {
        /// The name of the connector.
        connector: String,
        /// The naming context of the domain.
        partition: String,
        /// The profile.
        profile: Profile,
        /// Whether the profile has the step.
        present: bool,
    },
    /// Changes which classes and attributes a connector imports (SE-080, SE-081); `None` leaves a
    /// list alone.
    Inclusion {
        /// The name of the connector.
        connector: String,
        /// The object classes.
        classes: Option<Vec<ClassId>>,
        /// The attributes; all of them when the inner list is `None`.
        attributes: Option<Option<Vec<AttributeId>>>,
    },
    /// Starts or stops the service.
    Service {
        /// Whether it runs.
        running: bool,
    },
    /// Sets the limit of the database in bytes (SE-259).
    DatabaseLimit(u64),
    /// Lets only direct members of a group of a forest reach the cloud, or ends that for good
    /// (SE-323, SE-331).
    GroupFilter {
        /// The name of the connector.
        connector: String,
        /// The group; `None` ends the pilot.
        group: Option<Dn>,
    },
    /// Removes everything from a connector space at once (SE-339).
    ClearConnectorSpace(String),
    /// Removes one object from a connector space (section 15, `Remove-ADSyncCSObject`).
    RemoveCsObject(u64),
    /// Synchronizes one object and keeps the result (SE-342).
    SynchronizeObject {
        /// The connector space object.
        object: u64,
        /// Whether all rules are evaluated, as in a full synchronization.
        full: bool,
    },
    /// Imports, synchronizes and exports one object of a forest (SE-344 to SE-347).
    SingleObject {
        /// The name of the object.
        dn: Dn,
        /// Whether the export is left out.
        staging_mode: bool,
    },
    /// Turns the automatic upgrade on or off, or suspends it (section 15).
    AutoUpgrade {
        /// `Enabled`, `Disabled` or `Suspended`.
        state: String,
        /// Why it is suspended.
        reason: String,
    },
    /// Makes the choices of the installation wizard about identity (SE-187, SE-288, SE-312), or those
    /// of its later tasks (SE-296).
    Identity(IdentityChoice),
    /// Deletes a synchronized object of the tenant past the connector space (section 15,
    /// `Remove-ADSyncToolsAadObject`).
    RemoveCloudObject {
        /// The anchor of the object.
        anchor: SourceAnchor,
        /// Its type.
        object_type: TenantType,
    },
}

/// What the wizard is told, or chooses, about the identity of objects.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum IdentityChoice {
    /// The source anchor by the choice of the wizard: what the tenant remembers, else
    /// mS-DS-ConsistencyGuid while nobody uses it, else objectGUID (SE-288).
    AutomaticAnchor,
    /// The source anchor by hand: mS-DS-ConsistencyGuid, objectGUID or another attribute (SE-289).
    Anchor(AttributeId),
    /// The task that takes an installation from objectGUID to mS-DS-ConsistencyGuid (SE-296).
    SwitchToConsistencyGuid {
        /// Whether values that are there already do not matter.
        skip_check: bool,
    },
    /// The attribute that becomes the cloud user name (SE-312).
    UserName(AttributeId),
    /// The attribute by which accounts of one person are found (SE-187, option 5).
    Matching(AttributeId),
    /// The next forest is added without a look at its mS-DS-ConsistencyGuid (SE-297).
    SkipForestCheck,
    /// What the tenant is made to remember of an earlier installation; empty for something that no
    /// wizard knows (SE-289).
    Remembered(String),
}

impl Input {
    /// Returns a short text for the journal, in the words of the cmdlet that asks for the same.
    pub fn label(&self) -> String {
        match self {
            Self::Setup(setup) => format!("set up with seed {}", setup.seed),
            Self::AddNames(names) => format!("add {} attribute names", names.len()),
            Self::LoadForest { forest, objects } => {
                format!("load forest {} with {} objects", forest.name, objects.len())
            }
            Self::LoadTenant { tenant, objects } => {
                format!("load tenant {} with {} objects", tenant.initial_domain, objects.len())
            }
            Self::Forest(edit) => forest_label(edit),
            Self::Tenant(edit) => tenant_label(edit),
            Self::Server(edit) => server_label(edit),
            Self::StartCycle(None) => "start a cycle".to_owned(),
            Self::StartCycle(Some(policy)) => format!("start a cycle, policy {policy}"),
            Self::RunNext => "next run of the cycle".to_owned(),
            Self::StopCycle => "stop the cycle".to_owned(),
            Self::Run { connector, profile } => format!("{profile} on {connector}"),
            Self::AdvanceClock(to) => format!("clock to {to}"),
            Self::DefineAttributes(new) => format!("define {} attributes", new.len()),
            Self::Fault(edit) => fault_label(edit),
            Self::Servers(edit) => servers_label(edit),
            Self::ForestOn { controller, edit } => {
                format!("{} on {controller}", forest_label(edit))
            }
            Self::Controllers { domain, controllers } => {
                format!("{} domain controllers of {domain}", controllers.len())
            }
            Self::Sources(sources) => match sources.as_slice() {
                [one] => format!("made from {}", one.path),
                several => format!("made from {} files", several.len()),
            },
        }
    }
}

fn fault_label(edit: &FaultEdit) -> String {
    match edit {
        FaultEdit::Set(fault) => match &fault.target {
            Some(target) => format!("fault: {} of {target}", fault.kind.name()),
            None => format!("fault: {}", fault.kind.name()),
        },
        FaultEdit::Clear(number) => format!("fault {number} is repaired"),
        FaultEdit::ClearKind { kind, .. } => format!("fault {} is repaired", kind.name()),
        FaultEdit::ClearAll => "all faults are repaired".to_owned(),
    }
}

fn servers_label(edit: &ServersEdit) -> String {
    match edit {
        ServersEdit::Add { name, start: ServerStart::Image, .. } => {
            format!("server: image {name}")
        }
        ServersEdit::Add { name, .. } => format!("server: install {name}"),
        ServersEdit::Use(name) => format!("server: work on {name}"),
        ServersEdit::Remove(name) => format!("server: remove {name}"),
        ServersEdit::Restore { from } => format!("server: restore the database of {from}"),
    }
}

fn forest_label(edit: &ForestEdit) -> String {
    match edit {
        ForestEdit::Create(new) => format!("forest: create {}", new.dn),
        ForestEdit::Modify { target, changes } => {
            format!("forest: change {} attributes of {target}", changes.len())
        }
        ForestEdit::Move { target, parent } => format!("forest: move {target} to {parent}"),
        ForestEdit::Rename { target, name } => format!("forest: rename {target} to {name}"),
        ForestEdit::Delete { target, .. } => format!("forest: delete {target}"),
        ForestEdit::Restore { target, .. } => format!("forest: restore {target}"),
        ForestEdit::UpnSuffixes { forest, .. } => format!("forest: UPN suffixes of {forest}"),
        ForestEdit::EnableRecycleBin { forest } => format!("forest: recycle bin of {forest}"),
        ForestEdit::Lifetimes { forest, .. } => format!("forest: lifetimes of {forest}"),
    }
}

fn tenant_label(edit: &TenantEdit) -> String {
    match edit {
        TenantEdit::Create(new) => format!("tenant: create a {}", new.kind.name()),
        TenantEdit::Update { target, changes } => {
            format!("tenant: change {} properties of {target}", changes.len())
        }
        TenantEdit::Delete { target } => format!("tenant: delete {target}"),
        TenantEdit::Restore { target, .. } => format!("tenant: restore {target}"),
        TenantEdit::Purge { target } => format!("tenant: delete {target} for good"),
        TenantEdit::SetFeature { name, enabled } => format!("tenant: {name} = {enabled}"),
        TenantEdit::SetRole { target, role, assigned, .. } => {
            format!("tenant: {} {role} {target}", if *assigned { "give" } else { "take" })
        }
        TenantEdit::SetMember { group, .. } => format!("tenant: members of {group}"),
        TenantEdit::SetLicense { target, sku, .. } => format!("tenant: licence {sku} of {target}"),
        TenantEdit::SetDomain { name, .. } => format!("tenant: domain {name}"),
        TenantEdit::SetCloudManaged { target, managed } => {
            format!("tenant: isCloudManaged of {target} = {managed}")
        }
        TenantEdit::SetReference { from, .. } => format!("tenant: a reference of {from}"),
        TenantEdit::ApplyFix { existing, .. } => format!("tenant: guided fix for {existing}"),
        TenantEdit::ServiceError { target, instance, resolved } => {
            let state = if *resolved { "resolved" } else { "published" };
            format!("tenant: error of {instance} on {target} {state}")
        }
        TenantEdit::SetOption(option) => format!("tenant: rehearse with {option:?}"),
        TenantEdit::SetDirSyncEnabled { enabled } => {
            format!("tenant: synchronization enabled = {enabled}")
        }
    }
}

fn server_label(edit: &ServerEdit) -> String {
    match edit {
        ServerEdit::Scheduler { .. } | ServerEdit::Maintenance { .. } => {
            "server: scheduler".to_owned()
        }
        ServerEdit::DeletionThreshold { enabled, count } => match count {
            Some(count) if *enabled => format!("server: deletion threshold {count}"),
            _ => format!("server: deletion threshold on = {enabled}"),
        },
        ServerEdit::StagingMode(on) => format!("server: staging mode = {on}"),
        ServerEdit::ContainerFilter { connector, .. } => {
            format!("server: containers of {connector}")
        }
        ServerEdit::ConnectorOverride { connector, .. } => {
            format!("server: override of {connector}")
        }
        ServerEdit::RuleFiles(files) => format!("server: {} rule files", files.len()),
        ServerEdit::Configuration(wanted) => {
            format!("server: configuration of {}", wanted.origin)
        }
        ServerEdit::EditRule(RuleEdit::Put { rule, .. }) => format!("server: rule {}", rule.name),
        ServerEdit::EditRule(RuleEdit::Remove(id)) => format!("server: remove rule {id}"),
        ServerEdit::EditRule(RuleEdit::Disable { id, disabled }) => {
            format!("server: {} rule {id}", if *disabled { "disable" } else { "enable" })
        }
        ServerEdit::PurgeHistory(_) => "server: purge run history".to_owned(),
        ServerEdit::DeletionPercent(percent) => match percent {
            Some(percent) => format!("server: deletion threshold {percent} percent"),
            None => "server: deletion threshold by number".to_owned(),
        },
        ServerEdit::SelectPartition { partition, selected, .. } => {
            format!("server: {partition} selected = {selected}")
        }
        ServerEdit::RunStep { partition, profile, present, .. } => {
            format!("server: step of {partition} in {profile} = {present}")
        }
        ServerEdit::Inclusion { connector, .. } => {
            format!("server: classes and attributes of {connector}")
        }
        ServerEdit::Service { running } => format!("server: service running = {running}"),
        ServerEdit::DatabaseLimit(bytes) => format!("server: database limit {bytes} bytes"),
        ServerEdit::GroupFilter { connector, group: Some(group) } => {
            format!("server: only members of {group} of {connector}")
        }
        ServerEdit::GroupFilter { connector, group: None } => {
            format!("server: no group filter of {connector}")
        }
        ServerEdit::ClearConnectorSpace(name) => format!("server: clear the space of {name}"),
        ServerEdit::RemoveCsObject(id) => {
            format!("server: remove the connector space object {}", dirsim_sync::cs::guid(*id))
        }
        ServerEdit::SynchronizeObject { object, full } => {
            let kind = if *full { "full" } else { "delta" };
            format!("server: {kind} synchronization of {}", dirsim_sync::cs::guid(*object))
        }
        ServerEdit::SingleObject { dn, .. } => format!("server: single-object sync of {dn}"),
        ServerEdit::AutoUpgrade { state, .. } => format!("server: automatic upgrade {state}"),
        ServerEdit::RemoveCloudObject { anchor, .. } => {
            format!("server: delete {anchor} in the tenant")
        }
        ServerEdit::Identity(choice) => match choice {
            IdentityChoice::AutomaticAnchor => "server: source anchor by the wizard".to_owned(),
            IdentityChoice::Anchor(_) => "server: source anchor by hand".to_owned(),
            IdentityChoice::SwitchToConsistencyGuid { .. } => {
                "server: switch the source anchor to mS-DS-ConsistencyGuid".to_owned()
            }
            IdentityChoice::UserName(_) => "server: attribute of the user name".to_owned(),
            IdentityChoice::Matching(_) => "server: attribute that matches accounts".to_owned(),
            IdentityChoice::SkipForestCheck => {
                "server: skip the check of the next forest".to_owned()
            }
            IdentityChoice::Remembered(name) => format!("tenant: remembers the anchor {name}"),
        },
    }
}
