//! The overwrite ledger: what takeovers and deletions took from the tenant, and what cannot be undone.
//!
//! Nothing is stored for it. The journal says which steps exported, deleted or purged; the answers
//! kept with each exported object say what was overwritten; the world of the step before says what a
//! purged object held. The ledger is dirsim's own (D10): the service keeps no such list.

use dirsim_model::attribute::well_known as a;
use dirsim_model::{Guid, Timestamp};
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::{Profile, RunRecord, connector, lookup as staged};
use dirsim_tenant::answer::Overwritten;
use dirsim_tenant::{Answer, TenantEdit, TenantEvent, TenantObject, TenantType, lookup};
use serde::Serialize;

use crate::error::WorldError;
use crate::event::Event;
use crate::input::Input;
use crate::plan::{PlanOutcome, outcome_of};
use crate::view::{exported, name_of};
use crate::world::World;

/// Names of lost members or memberships that are spelled out; the rest is counted.
const NAMES_MAX: usize = 20;

/// What one step took from one object of the tenant.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct LedgerEntry {
    /// The step of the journal.
    pub step: u64,
    /// When.
    pub at: Timestamp,
    /// The name by which people know the object.
    pub object: String,
    /// The object as the tenant identifies it.
    pub cloud: String,
    /// What happened to it.
    pub effect: Effect,
    /// Whether no command brings it back.
    pub irreversible: bool,
    /// What was overwritten or lost.
    pub losses: Vec<Loss>,
}

/// What took something from an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Effect {
    /// Sync took the object over, or brought it back from the recycle bin.
    Takeover(PlanOutcome),
    /// Sync deleted it, and it has no recycle bin (ET-179, ET-180).
    DeletedBySync,
    /// An administrator deleted it for good (ET-177, ET-179).
    DeletedByAdministrator,
    /// Its thirty days in the recycle bin were over (ET-173).
    Purged,
}

/// One value that was overwritten or lost.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The attribute as Graph names it.
    pub attribute: String,
    /// The values before.
    pub before: Vec<String>,
    /// The values after; empty when they are lost.
    pub after: Vec<String>,
    /// Why.
    pub why: &'static str,
    /// The rule of the specification.
    pub rule: &'static str,
}

impl Effect {
    /// Returns the words for reports.
    pub const fn words(self) -> &'static str {
        match self {
            Self::Takeover(outcome) => outcome.words(),
            Self::DeletedBySync => "deleted for good by sync",
            Self::DeletedByAdministrator => "deleted for good by an administrator",
            Self::Purged => "left the recycle bin for good",
        }
    }
}

impl Loss {
    /// Returns the values that are there no more, whatever took their place.
    pub fn lost(&self) -> Vec<&str> {
        let gone = |value: &&String| !self.after.iter().any(|new| new.eq_ignore_ascii_case(value));
        self.before.iter().filter(gone).map(String::as_str).collect()
    }
}

/// Lists what an answer says was overwritten or lost (ET-061, ET-062).
pub fn losses(answer: &Answer) -> Vec<Loss> {
    answer.overwritten.iter().map(loss).collect()
}

/// Says why an overwritten value had to go.
pub fn loss(overwritten: &Overwritten) -> Loss {
    let texts = |values: &[dirsim_model::Value]| values.iter().map(ToString::to_string).collect();
    let (why, rule) = match overwritten.attribute.as_str() {
        "proxyAddresses" | "mail" | "mailNickname" => {
            ("addresses are calculated from the row alone, not merged", "ET-062")
        }
        "userPrincipalName" => ("the name is calculated from the row", "ET-060"),
        _ => ("the row carries a value, and on-premises wins", "ET-061"),
    };
    Loss {
        attribute: overwritten.attribute.clone(),
        before: texts(&overwritten.before),
        after: texts(&overwritten.after),
        why,
        rule,
    }
}

/// Returns the entries up to a step, the newest step first; at most about `limit` of them. With `only`
/// those of one object of the tenant.
pub fn entries(
    world: &World,
    up_to: u64,
    only: Option<Guid>,
    limit: usize,
) -> Result<Vec<LedgerEntry>, WorldError> {
    entries_since(world, 0, up_to, only, limit)
}

/// Returns the entries of the steps behind `since`, up to a step; else as [`entries`].
pub fn entries_since(
    world: &World,
    since: u64,
    up_to: u64,
    only: Option<Guid>,
    limit: usize,
) -> Result<Vec<LedgerEntry>, WorldError> {
    let mut found = Vec::new();
    for step in (world.workspace().first().max(since + 1)..=up_to).rev() {
        if found.len() >= limit {
            break;
        }
        let Some(commit) = world.journal(step, step)?.pop() else { continue };
        let events = world.events(&commit)?;
        let of_step = Reader { world, step, only };
        for event in &events {
            match event {
                Event::Run(run) if run.profile == Profile::Export => {
                    of_step.export(run, &mut found)?;
                }
                Event::Tenant(TenantEvent::Purged { at, object }) => {
                    of_step.gone(object.id, *at, Effect::Purged, &mut found)?;
                }
                _ => {}
            }
        }
        if commit.label.starts_with("tenant: ")
            && let Input::Tenant(edit) = world.input(step)?
            && let Some(target) = removed_by(&edit)
        {
            of_step.gone(target, commit.at, Effect::DeletedByAdministrator, &mut found)?;
        }
    }
    Ok(found)
}

/// Returns the object that a command of an administrator may remove for good.
const fn removed_by(edit: &TenantEdit) -> Option<Guid> {
    match edit {
        TenantEdit::Delete { target } | TenantEdit::Purge { target } => Some(*target),
        TenantEdit::ApplyFix { duplicate, .. } => Some(*duplicate),
        _ => None,
    }
}

/// Reads what one step took.
struct Reader<'a> {
    world: &'a World,
    step: u64,
    only: Option<Guid>,
}

impl Reader<'_> {
    /// Adds what an export took over or deleted.
    fn export(&self, run: &RunRecord, found: &mut Vec<LedgerEntry>) -> Result<(), WorldError> {
        let (after, before) = (self.world.at(self.step)?, self.world.at(self.step - 1)?);
        let entra = connector::get(&after, run.connector)?.is_some_and(|c| !c.is_forest());
        if !entra {
            return Ok(());
        }
        for cs in exported(&after, run)? {
            let history = staged::answers(&after, cs)?;
            let Some(answer) = history.answers.last() else { continue };
            let (Some(cloud), outcome) = (answer.object, outcome_of(answer)) else { continue };
            if self.only.is_some_and(|only| only != cloud.id) || answer.refusal().is_some() {
                continue;
            }
            if outcome == PlanOutcome::HardDelete {
                self.gone(cloud.id, answer.at, Effect::DeletedBySync, found)?;
                continue;
            }
            let mut losses = losses(answer);
            if cloud.kind == TenantType::Group && answer.matched != dirsim_tenant::MatchKind::Anchor
            {
                losses.extend(lost_members(&before, &after, cloud.id)?);
            }
            if losses.is_empty() {
                continue;
            }
            let object = object(&after, cloud.id)?.map(|(_, object)| object);
            found.push(LedgerEntry {
                step: self.step,
                at: answer.at,
                object: object.as_ref().map_or_else(|| cloud.to_string(), name_of),
                cloud: cloud.to_string(),
                effect: Effect::Takeover(outcome),
                irreversible: false,
                losses,
            });
        }
        Ok(())
    }

    /// Adds an object that the step removed for good, with what it held before.
    fn gone(
        &self,
        id: Guid,
        at: Timestamp,
        effect: Effect,
        found: &mut Vec<LedgerEntry>,
    ) -> Result<(), WorldError> {
        if self.only.is_some_and(|only| only != id) {
            return Ok(());
        }
        let (after, before) = (self.world.at(self.step)?, self.world.at(self.step - 1)?);
        let is_gone = object(&after, id)?.is_some_and(|(_, object)| object.is_gone());
        let Some((number, held)) = object(&before, id)?.filter(|_| is_gone) else {
            return Ok(());
        };
        found.push(LedgerEntry {
            step: self.step,
            at,
            object: name_of(&held),
            cloud: held.cloud_anchor().to_string(),
            effect,
            irreversible: true,
            losses: all_losses(&before, number, &held)?,
        });
        Ok(())
    }
}

fn object(tables: &dyn Tables, id: Guid) -> StoreResult<Option<(u64, TenantObject)>> {
    let Some(number) = lookup::by_id(tables, id)? else { return Ok(None) };
    Ok(lookup::object(tables, number)?.map(|object| (number, object)))
}

/// Lists what goes with an object: its identity, licences, roles, members and memberships.
fn all_losses(tables: &dyn Tables, number: u64, held: &TenantObject) -> StoreResult<Vec<Loss>> {
    const WHY: &str = "a new object gets a new id, and nothing of the old one";
    let rule = match held.kind {
        TenantType::User => "ET-177",
        TenantType::Group => "ET-179",
        TenantType::Contact | TenantType::Device => "ET-180",
    };
    let texts = |list: &[Box<str>]| list.iter().map(ToString::to_string).collect::<Vec<_>>();
    let of = |links: Vec<(dirsim_model::AttributeId, u64)>| -> StoreResult<Vec<String>> {
        let links: Vec<u64> = links.into_iter().map(|(_, to)| to).collect();
        names(tables, &links)
    };
    let all = [
        ("id", vec![held.id.to_string()]),
        ("assignedLicenses", texts(&held.licenses)),
        ("roles", texts(&held.roles)),
        ("memberOf", of(lookup::linked_from(tables, number, Some(a::MEMBER))?)?),
        ("members", of(lookup::links(tables, number, Some(a::MEMBER))?)?),
    ];
    let lost = all.into_iter().filter(|(_, before)| !before.is_empty());
    Ok(lost
        .map(|(attribute, before)| Loss {
            attribute: attribute.to_owned(),
            before,
            after: Vec::new(),
            why: WHY,
            rule,
        })
        .collect())
}

/// Names the members that a group lost when it was taken over (ET-064).
fn lost_members(before: &dyn Tables, after: &dyn Tables, id: Guid) -> StoreResult<Option<Loss>> {
    let members = |tables: &dyn Tables| -> StoreResult<Vec<u64>> {
        let Some(number) = lookup::by_id(tables, id)? else { return Ok(Vec::new()) };
        let links = lookup::links(tables, number, Some(a::MEMBER))?;
        Ok(links.into_iter().map(|(_, to)| to).collect())
    };
    let (old, new) = (members(before)?, members(after)?);
    let lost: Vec<u64> = old.into_iter().filter(|member| !new.contains(member)).collect();
    if lost.is_empty() {
        return Ok(None);
    }
    Ok(Some(Loss {
        attribute: "members".to_owned(),
        before: names(before, &lost)?,
        after: Vec::new(),
        why: "members are replaced by those of the row",
        rule: "ET-064",
    }))
}

fn names(tables: &dyn Tables, numbers: &[u64]) -> StoreResult<Vec<String>> {
    let mut names = Vec::new();
    for number in numbers.iter().take(NAMES_MAX) {
        names.extend(lookup::object(tables, *number)?.as_ref().map(name_of));
    }
    names.sort();
    if numbers.len() > NAMES_MAX {
        names.push(format!("and {} more", numbers.len() - NAMES_MAX));
    }
    Ok(names)
}
