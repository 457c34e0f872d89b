//! How often what was done in simulations: a law that nobody tempts is not tested.

use std::collections::BTreeMap;
use std::fmt;

use dirsim_forest::ForestEdit;
use dirsim_model::Schema;
use dirsim_rules::RuleEdit;
use dirsim_sync::StepResult;
use dirsim_sync::servers::Start;
use dirsim_tenant::TenantEdit;
use dirsim_world::{Event, FaultEdit, Input, ServerEdit, ServersEdit, Stepped};

use crate::log::Entry;

/// What a kind of act is about; the lines of the table.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Area {
    /// Edits of a forest.
    Forest,
    /// Edits of the tenant.
    Tenant,
    /// Settings of a server.
    Server,
    /// Edits of rules.
    Rules,
    /// Whole servers and domain controllers.
    Servers,
    /// Faults that were set, and their repair.
    Faults,
    /// Cycles, single runs, and what ends them.
    Runs,
    /// The clock, and restarts of the program.
    Time,
}

impl Area {
    const fn title(self) -> &'static str {
        match self {
            Self::Forest => "forest",
            Self::Tenant => "tenant",
            Self::Server => "server",
            Self::Rules => "rules",
            Self::Servers => "servers",
            Self::Faults => "faults",
            Self::Runs => "runs",
            Self::Time => "time",
        }
    }
}

/// How often something was tried and how often it was refused.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Count {
    /// Times it changed the world.
    pub done: u64,
    /// Times the simulated product refused it, or it made no sense.
    pub refused: u64,
}

/// Counts of acts, and of the ends of steps that they led to.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally {
    acts: BTreeMap<(Area, String), Count>,
    results: BTreeMap<&'static str, u64>,
}

impl Tally {
    /// Counts an entry and what it led to; `None` for one that made no sense.
    pub fn note(&mut self, schema: &Schema, entry: &Entry, stepped: Option<&Stepped>) {
        let (area, name) = kind(schema, entry);
        let count = self.acts.entry((area, name)).or_default();
        if *entry == Entry::Restart || stepped.is_some_and(|stepped| stepped.refusal.is_none()) {
            count.done += 1;
        } else {
            count.refused += 1;
        }
        for event in stepped.iter().flat_map(|stepped| &stepped.events) {
            if let Event::Run(run) = event {
                for step in &run.steps {
                    *self.results.entry(step.result.name()).or_default() += 1;
                }
                if run.steps.is_empty() {
                    *self.results.entry(run.result.name()).or_default() += 1;
                }
            }
        }
    }

    /// Adds the counts of another simulation.
    pub fn add(&mut self, other: &Self) {
        for (key, count) in &other.acts {
            let sum = self.acts.entry(key.clone()).or_default();
            sum.done += count.done;
            sum.refused += count.refused;
        }
        for (result, count) in &other.results {
            *self.results.entry(result).or_default() += count;
        }
    }

    /// Returns how often something was done, by area and name.
    pub fn acts(&self) -> impl Iterator<Item = (Area, &str, Count)> {
        self.acts.iter().map(|((area, name), count)| (*area, name.as_str(), *count))
    }

    /// Returns how many steps of runs ended in a way.
    pub fn ended(&self, result: StepResult) -> u64 {
        self.results.get(result.name()).copied().unwrap_or_default()
    }
}

/// Writes one paragraph per area, the most frequent first.
impl fmt::Display for Tally {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut areas: BTreeMap<Area, Vec<(Count, &str)>> = BTreeMap::new();
        for (area, name, count) in self.acts() {
            areas.entry(area).or_default().push((count, name));
        }
        for (area, mut kinds) in areas {
            kinds.sort_by_key(|(count, name)| (std::cmp::Reverse(count.done), *name));
            let words = kinds.into_iter().map(|(count, name)| match count.refused {
                0 => format!("{name} {}", count.done),
                refused => format!("{name} {} (+{refused} refused)", count.done),
            });
            paragraph(out, area.title(), words)?;
        }
        let mut results: Vec<_> = self.results.iter().collect();
        results.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), **name));
        paragraph(out, "steps", results.iter().map(|(name, count)| format!("{name} {count}")))
    }
}

/// Characters of a line of the table.
const WIDTH: usize = 118;

fn paragraph(
    out: &mut fmt::Formatter<'_>,
    title: &str,
    words: impl Iterator<Item = String>,
) -> fmt::Result {
    let mut line = format!("{title:<9}");
    let mut words = words.peekable();
    while let Some(word) = words.next() {
        if line.len() + word.len() + 2 > WIDTH {
            writeln!(out, "{}", line.trim_end())?;
            line = " ".repeat(9);
        }
        line.push_str(&word);
        if words.peek().is_some() {
            line.push_str(", ");
        }
    }
    writeln!(out, "{}", line.trim_end())
}

/// Says what an entry is, in few words.
fn kind(schema: &Schema, entry: &Entry) -> (Area, String) {
    let input = match entry {
        Entry::Restart => return (Area::Time, "restart".to_owned()),
        Entry::Input(input) => input,
    };
    match input {
        Input::Forest(edit) => (Area::Forest, forest(schema, edit)),
        Input::ForestOn { edit, .. } => {
            let name = forest(schema, edit);
            let name = name.split_whitespace().next().unwrap_or_default().to_owned();
            (Area::Forest, format!("{name} on another controller"))
        }
        Input::Tenant(edit) => (Area::Tenant, tenant(schema, edit)),
        Input::Server(edit) => server(edit),
        Input::Servers(edit) => (Area::Servers, servers(edit).to_owned()),
        Input::Controllers { .. } => (Area::Servers, "domain controllers".to_owned()),
        Input::Fault(edit) => (Area::Faults, fault(edit)),
        Input::StartCycle(policy) => {
            let policy = policy.map_or_else(|| "due".to_owned(), |policy| policy.to_string());
            (Area::Runs, format!("start {policy} cycle"))
        }
        Input::RunNext => (Area::Runs, "run of a cycle".to_owned()),
        Input::StopCycle => (Area::Runs, "stop the cycle".to_owned()),
        Input::Run { profile, .. } => (Area::Runs, format!("{profile} by hand")),
        Input::AdvanceClock(_) => (Area::Time, "advance the clock".to_owned()),
        Input::LoadForest { .. } => (Area::Forest, "load".to_owned()),
        Input::LoadTenant { .. } => (Area::Tenant, "load".to_owned()),
        Input::Setup(_) | Input::AddNames(_) | Input::DefineAttributes(_) | Input::Sources(_) => {
            (Area::Server, "set up".to_owned())
        }
    }
}

fn forest(schema: &Schema, edit: &ForestEdit) -> String {
    match edit {
        ForestEdit::Create(new) => format!("create {}", schema.class_name(new.class)),
        ForestEdit::Modify { changes, .. } => {
            let names: Vec<&str> =
                changes.iter().map(|change| schema.name(change.attribute)).collect();
            format!("change {}", names.join("+"))
        }
        ForestEdit::Move { .. } => "move".to_owned(),
        ForestEdit::Rename { .. } => "rename".to_owned(),
        ForestEdit::Delete { recursive: true, .. } => "delete tree".to_owned(),
        ForestEdit::Delete { .. } => "delete".to_owned(),
        ForestEdit::Restore { .. } => "restore".to_owned(),
        ForestEdit::UpnSuffixes { .. } => "UPN suffixes".to_owned(),
        ForestEdit::EnableRecycleBin { .. } => "recycle bin on".to_owned(),
        ForestEdit::Lifetimes { .. } => "lifetimes".to_owned(),
    }
}

fn tenant(schema: &Schema, edit: &TenantEdit) -> String {
    let on = |on: bool| if on { "on" } else { "off" };
    match edit {
        TenantEdit::Create(new) => format!("create {}", new.kind.name()),
        TenantEdit::Update { changes, .. } => {
            let names: Vec<&str> =
                changes.iter().map(|(property, _)| schema.name(*property)).collect();
            format!("change {}", names.join("+"))
        }
        TenantEdit::Delete { .. } => "delete".to_owned(),
        TenantEdit::Restore { .. } => "restore".to_owned(),
        TenantEdit::Purge { .. } => "delete for good".to_owned(),
        TenantEdit::SetFeature { name, enabled } => format!("{name} {}", on(*enabled)),
        TenantEdit::SetRole { .. } => "role".to_owned(),
        TenantEdit::SetMember { .. } => "member".to_owned(),
        TenantEdit::SetLicense { .. } => "licence".to_owned(),
        TenantEdit::SetDomain { .. } => "domain".to_owned(),
        TenantEdit::SetCloudManaged { managed, .. } => format!("isCloudManaged {}", on(*managed)),
        TenantEdit::SetDirSyncEnabled { enabled } => format!("synchronization {}", on(*enabled)),
        TenantEdit::ApplyFix { .. } => "guided fix".to_owned(),
        TenantEdit::ServiceError { .. } => "service error".to_owned(),
        TenantEdit::SetOption(_) => "option of the rehearsal".to_owned(),
        TenantEdit::SetReference { .. } => "reference".to_owned(),
    }
}

fn server(edit: &ServerEdit) -> (Area, String) {
    let name = match edit {
        ServerEdit::RuleFiles(_) => return (Area::Rules, "replace files".to_owned()),
        ServerEdit::EditRule(RuleEdit::Put { .. }) => return (Area::Rules, "put rule".to_owned()),
        ServerEdit::EditRule(RuleEdit::Remove(_)) => {
            return (Area::Rules, "remove rule".to_owned());
        }
        ServerEdit::EditRule(RuleEdit::Disable { disabled, .. }) => {
            let word = if *disabled { "disable rule" } else { "enable rule" };
            return (Area::Rules, word.to_owned());
        }
        ServerEdit::Configuration(_) => return (Area::Rules, "installation options".to_owned()),
        ServerEdit::GroupFilter { group: Some(_), .. } => "group filter on",
        ServerEdit::GroupFilter { .. } => "group filter off",
        ServerEdit::Scheduler { .. } => "scheduler",
        ServerEdit::DeletionThreshold { .. } | ServerEdit::DeletionPercent(_) => "threshold",
        ServerEdit::StagingMode(true) => "staging mode on",
        ServerEdit::StagingMode(false) => "staging mode off",
        ServerEdit::ContainerFilter { .. } => "container filter",
        ServerEdit::ConnectorOverride { .. } => "override",
        ServerEdit::Maintenance { .. } => "maintenance",
        ServerEdit::PurgeHistory(_) => "purge history",
        ServerEdit::SelectPartition { .. } => "select domain",
        ServerEdit::RunStep { .. } => "run step",
        ServerEdit::Inclusion { .. } => "inclusion list",
        ServerEdit::Service { running: true } => "start service",
        ServerEdit::Service { .. } => "stop service",
        ServerEdit::DatabaseLimit(_) => "database limit",
        ServerEdit::ClearConnectorSpace(_) => "clear connector space",
        ServerEdit::RemoveCsObject(_) => "remove object",
        ServerEdit::SynchronizeObject { .. } => "synchronize object",
        ServerEdit::SingleObject { .. } => "single-object sync",
        ServerEdit::AutoUpgrade { .. } => "automatic upgrade",
        ServerEdit::Identity(_) => "identity",
        ServerEdit::RemoveCloudObject { .. } => "remove cloud object",
    };
    (Area::Server, name.to_owned())
}

const fn servers(edit: &ServersEdit) -> &'static str {
    match edit {
        ServersEdit::Add { start: Start::Image, .. } => "image",
        ServersEdit::Add { .. } => "install",
        ServersEdit::Use(_) => "work on another server",
        ServersEdit::Remove(_) => "remove",
        ServersEdit::Restore { .. } => "restore database",
    }
}

fn fault(edit: &FaultEdit) -> String {
    match edit {
        FaultEdit::Set(fault) => fault.kind.name().to_owned(),
        FaultEdit::Clear(_) | FaultEdit::ClearKind { .. } => "repair one".to_owned(),
        FaultEdit::ClearAll => "repair all".to_owned(),
    }
}
