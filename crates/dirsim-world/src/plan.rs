//! What the next cycle would do, for everyone: the cycle itself, run on a copy that is thrown away.

use dirsim_model::Timestamp;
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::run::{DetailOf, details};
use dirsim_sync::{Counter, Policy, Profile, Progress, RunRecord};
use dirsim_tenant::answer::{Note, Overwritten, Quarantined};
use dirsim_tenant::{Answer, AnswerHistory, AppliedAs, Check, MatchKind, Refusal, Verdict};
use serde::Serialize;

use crate::error::WorldError;
use crate::event::Event;
use crate::input::Input;
use crate::name;
use crate::world::World;

/// What the next cycle would do.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    /// When the cycle would run.
    pub at: Timestamp,
    /// The runs of the cycle in order.
    pub runs: Vec<RunRecord>,
    /// One entry per object that would be exported or fail, in the order of the runs.
    pub items: Vec<PlanItem>,
}

/// What would happen to one object.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct PlanItem {
    /// The connector.
    pub connector: String,
    /// The name by which people know the object.
    pub object: String,
    /// Its name in the connector space.
    pub dn: String,
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

    /// Returns whether people want to look at every single one.
    pub const fn deserves_a_look(self) -> bool {
        !matches!(self, Self::Create | Self::Update | Self::NoChange | Self::WriteBack)
    }
}

impl PlanItem {
    /// Returns the check that decided: the tenant's last one, else the engine's.
    pub fn deciding_check(&self) -> Option<&Check> {
        let tenants = self.checks.iter().rev().find(|check| check.rule.starts_with("ET-"));
        tenants.or(self.checks.last())
    }

    /// Returns whether the object deserves a look.
    pub fn deserves_a_look(&self) -> bool {
        self.outcome.deserves_a_look()
            || !self.quarantined.is_empty()
            || self.overwritten.iter().any(|lost| lost.after.is_empty())
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

/// Plans the next cycle: a rehearsal whose results are read and thrown away.
pub fn plan(
    world: &mut World,
    policy: Option<Policy>,
    progress: &mut dyn FnMut(Profile, Progress),
) -> Result<Plan, WorldError> {
    let at = world.now()?;
    world.rehearse(|rehearsal| {
        let mut plan = Plan { at, runs: Vec::new(), items: Vec::new() };
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
                    plan.items.extend(items(rehearsal.tables(), &run)?);
                    plan.runs.push(*run);
                }
            }
        }
        Ok(plan)
    })
}

/// Returns what a run did to each object that it exported or that failed, in the order of the
/// counters; read it before the next run asks the tenant again.
pub fn items(tables: &dyn Tables, run: &RunRecord) -> StoreResult<Vec<PlanItem>> {
    let mut items = Vec::new();
    if run.profile.is_synchronization() {
        for error in run.errors() {
            items.push(PlanItem {
                connector: run.connector_name.clone(),
                object: name::of_cs(tables, error.cs)?.unwrap_or_else(|| error.dn.clone()),
                dn: error.dn.clone(),
                outcome: PlanOutcome::SyncError,
                checks: vec![Check { rule: "SE-158".into(), fact: error.error.text.clone() }],
                quarantined: Vec::new(),
                overwritten: Vec::new(),
                refusal: None,
                notes: Vec::new(),
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
                    items.push(item(tables, run, detail.cs, detail.dn.as_deref(), counter, entra)?);
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
    let history: AnswerHistory = rows::get(tables, cs)?.unwrap_or_default();
    let answer = if entra { history.answers.last() } else { None };
    let outcome = match (answer, entra) {
        (Some(answer), true) => outcome_of(answer),
        (_, true) => PlanOutcome::NoChange,
        (_, false) if counter == Counter::ExportFailure => PlanOutcome::WriteBackRefused,
        (_, false) => PlanOutcome::WriteBack,
    };
    Ok(PlanItem {
        connector: run.connector_name.clone(),
        object: name::of_cs(tables, cs)?.unwrap_or_else(|| dn.clone()),
        dn,
        outcome,
        checks: answer.map(|answer| answer.checks.clone()).unwrap_or_default(),
        quarantined: answer.map(|answer| answer.quarantined.clone()).unwrap_or_default(),
        overwritten: answer.map(|answer| answer.overwritten.clone()).unwrap_or_default(),
        refusal: answer.and_then(Answer::refusal).cloned(),
        notes: answer.map(|answer| answer.notes.clone()).unwrap_or_default(),
    })
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
