//! What the next cycle would do, for everyone: the cycle itself, run on a copy that is thrown away.

pub mod change;
mod finding;
pub mod throughput;

use dirsim_model::schema::class;
use dirsim_model::{AsOf, Timestamp};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::cs::Anchor;
use dirsim_sync::run::{DetailOf, details};
use dirsim_sync::{Counter, Policy, Profile, Progress, RunRecord};
use dirsim_tenant::answer::{Note, Overwritten, Quarantined};
use dirsim_tenant::{Answer, AnswerHistory, AppliedAs, Check, MatchKind, Refusal, Verdict};
use serde::Serialize;

pub use self::change::{Change, Detail};
pub use self::finding::{Finding, Level};
use self::throughput::Throughput;

use crate::error::WorldError;
use crate::event::Event;
use crate::input::{Input, Setup, Source};
use crate::name;
use crate::world::{SETUP, World, sources};

/// What the next cycle would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// When the cycle would run.
    pub at: Timestamp,
    /// Which dated service changes hold.
    pub as_of: AsOf,
    /// The seed of the world.
    pub seed: u64,
    /// The runs of the cycle in order.
    pub runs: Vec<RunRecord>,
    /// One entry per object that would be exported or fail, in the order of the runs.
    pub items: Vec<PlanItem>,
    /// What the exports to the tenant cost the service (ET-167).
    pub throughput: Throughput,
    /// The files that the world was made from.
    pub sources: Vec<Source>,
}

/// What would happen to one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanItem {
    /// The number of the object in the connector space.
    #[serde(skip)]
    pub cs: u64,
    /// The connector.
    pub connector: String,
    /// The name by which people know the object.
    pub object: String,
    /// Its name in the connector space.
    pub dn: String,
    /// Its type: `user`, `group` …
    pub kind: String,
    /// The name of the forest object behind it; looked up where its changes are.
    pub forest_dn: Option<String>,
    /// Its source anchor.
    pub anchor: Option<String>,
    /// The cloud object it leads to.
    pub cloud: Option<String>,
    /// What would happen.
    pub outcome: PlanOutcome,
    /// The checks that lead there, with their rules.
    pub checks: Vec<Check>,
    /// Values that would wait in quarantine.
    pub quarantined: Vec<Quarantined>,
    /// Cloud values that would be lost or changed.
    pub overwritten: Vec<Overwritten>,
    /// The refusal, when there is one.
    pub refusal: Option<Refusal>,
    /// dirsim's remarks.
    pub notes: Vec<Note>,
    /// What it changes, attribute by attribute; read for the objects that were asked for.
    pub changes: Vec<Change>,
}

/// The kinds of things that can happen to an object in a cycle.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum PlanOutcome {
    /// A new cloud object.
    Create,
    /// Takes over a cloud object by its anchor.
    HardMatch,
    /// Takes over a cloud object by its primary address.
    SoftMatchSmtp,
    /// Takes over a cloud object by its user principal name.
    SoftMatchUpn,
    /// Takes over a cloud device.
    SoftMatchDevice,
    /// Brings a user back from the recycle bin.
    Restore,
    /// Changes a synchronized object.
    Update,
    /// Deletes a user; it can be restored for 30 days.
    SoftDelete,
    /// Deletes for good.
    HardDelete,
    /// Nothing to do, or managed in the cloud.
    NoChange,
    /// The tenant refuses.
    Refused,
    /// The object fails to synchronize.
    SyncError,
    /// Written to a forest.
    WriteBack,
    /// A forest refuses.
    WriteBackRefused,
}

impl PlanOutcome {
    /// Returns the words for reports.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::HardMatch => "hard match",
            Self::SoftMatchSmtp => "soft match by SMTP",
            Self::SoftMatchUpn => "soft match by UPN",
            Self::SoftMatchDevice => "soft match of a device",
            Self::Restore => "restore",
            Self::Update => "update",
            Self::SoftDelete => "delete to the recycle bin",
            Self::HardDelete => "delete for good",
            Self::NoChange => "no change",
            Self::Refused => "refused",
            Self::SyncError => "synchronization error",
            Self::WriteBack => "write back",
            Self::WriteBackRefused => "write back refused",
        }
    }

    /// Returns the symbol of a plan line.
    pub const fn symbol(self) -> char {
        match self {
            Self::Create | Self::Restore => '+',
            Self::SoftDelete | Self::HardDelete => '-',
            Self::Refused | Self::SyncError | Self::WriteBackRefused => '!',
            Self::NoChange => '=',
            _ => '~',
        }
    }

    /// Returns how the tenant and the on-premises object stand to each other, and what the cycle
    /// does about it, in the words of the machine-readable plan.
    pub const fn situation(self) -> (&'static str, &'static str) {
        match self {
            Self::Create => ("noMatch", "create"),
            Self::HardMatch => ("hardMatch", "takeover"),
            Self::SoftMatchSmtp => ("softMatchSmtp", "takeover"),
            Self::SoftMatchUpn => ("softMatchUpn", "takeover"),
            Self::SoftMatchDevice => ("softMatchDevice", "takeover"),
            Self::Restore => ("recycleBin", "restore"),
            Self::Update => ("synchronized", "update"),
            Self::SoftDelete => ("outOfScope", "delete"),
            Self::HardDelete => ("outOfScope", "deleteForGood"),
            Self::NoChange => ("synchronized", "none"),
            Self::Refused => ("blocked", "refused"),
            Self::SyncError => ("synchronizationError", "none"),
            Self::WriteBack => ("writeBack", "update"),
            Self::WriteBackRefused => ("writeBack", "refused"),
        }
    }

    /// Returns whether people want to look at every single one.
    pub const fn deserves_a_look(self) -> bool {
        !matches!(self, Self::Create | Self::Update | Self::NoChange | Self::WriteBack)
    }
}

impl PlanItem {
    /// Returns the check that decided: the tenant's last one, else the engine's.
    pub fn deciding_check(&self) -> Option<&Check> {
        /// The checks that find the object of a takeover.
        const FINDS: [&str; 4] = ["ET-031", "ET-039", "ET-040", "ET-048"];
        if matches!(
            self.outcome,
            PlanOutcome::HardMatch
                | PlanOutcome::SoftMatchSmtp
                | PlanOutcome::SoftMatchUpn
                | PlanOutcome::SoftMatchDevice
                | PlanOutcome::Restore
        ) && let Some(found) =
            self.checks.iter().rev().find(|check| FINDS.contains(&check.rule.as_str()))
        {
            return Some(found);
        }
        let tenants = self.checks.iter().rev().find(|check| check.rule.starts_with("ET-"));
        tenants.or(self.checks.last())
    }

    /// Returns whether the object deserves a look.
    pub fn deserves_a_look(&self) -> bool {
        self.outcome.deserves_a_look()
            || !self.quarantined.is_empty()
            || self.overwritten.iter().any(|lost| lost.after.is_empty())
            || self.notes.iter().any(|note| matches!(&*note.code, "DATA-LOSS" | "IRREVERSIBLE"))
    }
}

impl Plan {
    /// Returns how many objects meet each outcome.
    pub fn totals(&self) -> Vec<(PlanOutcome, usize)> {
        let mut totals = std::collections::BTreeMap::new();
        for item in &self.items {
            *totals.entry(item.outcome).or_insert(0) += 1;
        }
        totals.into_iter().collect()
    }

    /// Returns whether the cycle would change a connected directory, or fail to.
    pub fn has_changes(&self) -> bool {
        self.items.iter().any(|item| item.outcome != PlanOutcome::NoChange)
    }
}

/// Plans the next cycle: a rehearsal whose results are read and thrown away; `detail` says for which
/// objects changes are told, attribute by attribute.
pub fn plan(
    world: &mut World,
    policy: Option<Policy>,
    detail: Detail,
    progress: &mut dyn FnMut(Profile, Progress),
) -> Result<Plan, WorldError> {
    let at = world.now()?;
    let as_of = dirsim_tenant::settings::as_of(world.tables())?;
    let seed = rows::meta::<Setup>(world.tables(), SETUP)?.map_or(0, |setup| setup.seed);
    let mut afters = Vec::new();
    let mut plan = world.rehearse(|rehearsal| {
        let throughput = throughput::cost(0, 0);
        let sources = sources(rehearsal.tables())?;
        let (runs, items) = (Vec::new(), Vec::new());
        let mut plan = Plan { at, as_of, seed, runs, items, throughput, sources };
        // A cycle in progress is planned to its end.
        if dirsim_sync::cycle::next(rehearsal.tables())?.is_none() {
            let started = rehearsal.step(&Input::StartCycle(policy), &mut |_| ())?;
            if let Some(refusal) = started.refusal {
                return Err(WorldError::Refused(refusal.message().to_owned()));
            }
        }
        while let Some((_, profile)) = dirsim_sync::cycle::next(rehearsal.tables())? {
            let stepped = rehearsal.step(&Input::RunNext, &mut |p| progress(profile, p))?;
            for event in stepped.events {
                if let Event::Run(run) = event {
                    for mut item in self::items(rehearsal.tables(), &run)? {
                        if detail == Detail::All || item.deserves_a_look() {
                            let (schema, rules) = (rehearsal.schema(), rehearsal.rules());
                            let tables = rehearsal.tables();
                            item.forest_dn = forest_name(tables, item.cs)?;
                            if let Some(after) = change::after(tables, schema, rules, at, &item)? {
                                afters.push((plan.items.len(), after));
                            }
                        }
                        plan.items.push(item);
                    }
                    plan.runs.push(*run);
                }
            }
        }
        let mut entra = Vec::new();
        for connector in dirsim_sync::connector::all(rehearsal.tables())? {
            if !connector.is_forest() {
                entra.push((connector.id, connector.name));
            }
        }
        let written = plan.items.iter().filter(|item| {
            entra.iter().any(|(_, name)| *name == item.connector)
                && !matches!(item.outcome, PlanOutcome::Refused | PlanOutcome::SyncError)
        });
        let objects = u64::try_from(written.count()).unwrap_or(u64::MAX);
        let is_entra = |id| entra.iter().any(|(known, _)| *known == id);
        plan.throughput = throughput::of(&plan.runs, is_entra, objects);
        Ok(plan)
    })?;
    for (at, after) in afters {
        if let Some(item) = plan.items.get_mut(at) {
            item.changes = change::changes(world.tables(), world.schema(), &after)?;
        }
    }
    let forests = |item: &PlanItem| -> StoreResult<bool> {
        let connector =
            dirsim_sync::connector::get(world.tables(), dirsim_sync::cs::connector_of(item.cs))?;
        Ok(connector.is_some_and(|connector| connector.is_forest()))
    };
    for item in &mut plan.items {
        if item.forest_dn.is_none() && (detail == Detail::All || item.deserves_a_look()) {
            // What leaves has no joined object afterwards; it had one before.
            item.forest_dn = if forests(item)? {
                Some(item.dn.clone())
            } else {
                forest_name(world.tables(), item.cs)?
            };
        }
    }
    Ok(plan)
}

/// Returns what a run did to each object that it exported or that failed, in the order of the
/// counters; read it before the next run asks the tenant again.
pub fn items(tables: &dyn Tables, run: &RunRecord) -> StoreResult<Vec<PlanItem>> {
    let mut items = Vec::new();
    if run.profile.is_synchronization() {
        for error in run.errors() {
            items.push(PlanItem {
                cs: error.cs,
                connector: run.connector_name.clone(),
                object: name::of_cs(tables, error.cs)?.unwrap_or_else(|| error.dn.clone()),
                dn: error.dn.clone(),
                kind: kind_of(tables, error.cs)?,
                forest_dn: None,
                anchor: None,
                cloud: None,
                outcome: PlanOutcome::SyncError,
                checks: vec![Check { rule: "SE-158".into(), fact: error.error.text.clone() }],
                quarantined: Vec::new(),
                overwritten: Vec::new(),
                refusal: None,
                notes: Vec::new(),
                changes: Vec::new(),
            });
        }
    }
    if run.profile != Profile::Export {
        return Ok(items);
    }
    let entra = dirsim_sync::connector::get(tables, run.connector)?
        .is_some_and(|connector| !connector.is_forest());
    let counters =
        [Counter::ExportDelete, Counter::ExportAdd, Counter::ExportUpdate, Counter::ExportFailure];
    let mut seen = std::collections::BTreeSet::new();
    for step in &run.steps {
        for counter in counters {
            let of = DetailOf { run: run.id, step: step.number, target: 0, counter };
            for detail in details(tables, of)? {
                // The second pass with references counts an added object once more (SE-213).
                if seen.insert(detail.cs) {
                    let mut found =
                        item(tables, run, detail.cs, detail.dn.as_deref(), counter, entra)?;
                    found.kind = kind_of(tables, detail.cs)?;
                    items.push(found);
                }
            }
        }
    }
    Ok(items)
}

fn item(
    tables: &dyn Tables,
    run: &RunRecord,
    cs: u64,
    dn: Option<&str>,
    counter: Counter,
    entra: bool,
) -> StoreResult<PlanItem> {
    let dn = match dn {
        Some(dn) => dn.to_owned(),
        None => dirsim_sync::lookup::dn(tables, cs)?,
    };
    let mut answer = None;
    if entra {
        let history: AnswerHistory = rows::get(tables, cs)?.unwrap_or_default();
        answer = history.answers.into_iter().next_back();
    }
    let outcome = match (&answer, entra) {
        (Some(answer), true) => outcome_of(answer),
        (_, true) => PlanOutcome::NoChange,
        (_, false) if counter == Counter::ExportFailure => PlanOutcome::WriteBackRefused,
        (_, false) => PlanOutcome::WriteBack,
    };
    let mut item = PlanItem {
        cs,
        connector: run.connector_name.clone(),
        object: name::of_cs(tables, cs)?.unwrap_or_else(|| dn.clone()),
        kind: String::new(),
        forest_dn: None,
        anchor: dirsim_model::anchor::from_connector_space_name(&dn).filter(|_| entra),
        cloud: answer.as_ref().and_then(|answer| answer.object).map(|cloud| cloud.to_string()),
        dn,
        outcome,
        checks: Vec::new(),
        quarantined: Vec::new(),
        overwritten: Vec::new(),
        refusal: None,
        notes: Vec::new(),
        changes: Vec::new(),
    };
    if let Some(answer) = answer {
        item.checks = answer.checks;
        item.quarantined = answer.quarantined;
        item.overwritten = answer.overwritten;
        item.notes = answer.notes;
        if let Verdict::Failure(refusal) = answer.verdict {
            item.refusal = Some(*refusal);
        }
    }
    Ok(item)
}

/// Returns the type of a connector space object; nothing for one that is gone.
fn kind_of(tables: &dyn Tables, cs: u64) -> StoreResult<String> {
    let head = dirsim_sync::cs::head(tables, cs)?;
    let kind = head.map_or("", |head| match head.class {
        class::USER => "user",
        class::GROUP => "group",
        class::CONTACT => "contact",
        class::DEVICE => "device",
        _ => "object",
    });
    Ok(kind.to_owned())
}

/// Returns the name of the forest object that is joined with an object of the Entra connector.
pub(crate) fn forest_name(tables: &dyn Tables, cs: u64) -> StoreResult<Option<String>> {
    let Some(object) = dirsim_sync::cs::get(tables, cs)?.filter(|object| object.mv != 0) else {
        return Ok(None);
    };
    let head = dirsim_sync::mv::head(tables, object.mv)?;
    for link in head.into_iter().flat_map(|head| head.links).filter(|link| *link != cs) {
        let joined = dirsim_sync::cs::get(tables, link)?;
        if joined.is_some_and(|joined| matches!(joined.anchor, Some(Anchor::Object(_)))) {
            return dirsim_sync::lookup::dn(tables, link).map(Some);
        }
    }
    Ok(None)
}

/// Names what an answer means.
pub fn outcome_of(answer: &Answer) -> PlanOutcome {
    let applied = match &answer.verdict {
        Verdict::Failure(_) => return PlanOutcome::Refused,
        Verdict::Success(applied) => *applied,
    };
    match (applied, answer.matched) {
        (AppliedAs::Created, _) => PlanOutcome::Create,
        (AppliedAs::Restored, _) => PlanOutcome::Restore,
        (AppliedAs::SoftDeleted, _) => PlanOutcome::SoftDelete,
        (AppliedAs::HardDeleted, _) => PlanOutcome::HardDelete,
        (AppliedAs::NoChange | AppliedAs::Ignored, _) => PlanOutcome::NoChange,
        (AppliedAs::Updated, MatchKind::Hard) => PlanOutcome::HardMatch,
        (AppliedAs::Updated, MatchKind::SoftSmtp) => PlanOutcome::SoftMatchSmtp,
        (AppliedAs::Updated, MatchKind::SoftUpn) => PlanOutcome::SoftMatchUpn,
        (AppliedAs::Updated, MatchKind::SoftDevice) => PlanOutcome::SoftMatchDevice,
        (AppliedAs::Updated, MatchKind::None | MatchKind::Anchor) => PlanOutcome::Update,
    }
}
