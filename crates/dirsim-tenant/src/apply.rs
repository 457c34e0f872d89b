//! Carrying out a decision, and the answer to the row.

use dirsim_model::attribute::well_known as a;
use dirsim_model::{Entry, Schema, SourceAnchor, Timestamp};
use dirsim_store::{StoreResult, Tables, rows};

use crate::answer::{Answer, AppliedAs, Verdict};
use crate::decide::{Decision, Write, process};
use crate::directory::{self, LINKS};
use crate::object::{Shadow, State, TenantObject};
use crate::planner::{Numbered, Planner, Stop};
use crate::row::ExportRow;
use crate::{licensing, references, report, settings, throttle};

/// Processes one export row: decides, applies, answers (ET-002).
pub fn export(
    tables: &mut dyn Tables,
    schema: &Schema,
    row: &ExportRow,
    now: Timestamp,
) -> StoreResult<Answer> {
    let mut planner = Planner::new(tables, schema, now)?;
    let dice = planner.dice.clone();
    let losses = planner.options.lost_deletes.len();
    let decided = process(&mut planner, row);
    let Planner {
        settings,
        dice: rolled,
        settings_changed,
        failed_once,
        checks,
        notes,
        quarantined,
        overwritten,
        matched,
        object,
        options,
        ..
    } = planner;
    if options.lost_deletes.len() != losses {
        crate::options::put(tables, &options)?;
    }
    if rolled != dice {
        settings::put_dice(tables, &rolled)?;
    }
    let verdict = match decided {
        Err(Stop::Store(error)) => return Err(error),
        Err(Stop::Refused(refusal)) => {
            for memory in failed_once {
                rows::put_meta(tables, &memory, &true)?;
            }
            Verdict::Failure(refusal)
        }
        Ok(decision) => {
            if settings_changed {
                settings::put(tables, &settings)?;
            }
            let applied = apply(tables, schema, decision, now)?;
            if options.throttled && !matches!(applied, AppliedAs::NoChange | AppliedAs::Ignored) {
                throttle::record(tables, now, 1)?;
            }
            Verdict::Success(applied)
        }
    };
    // A refused row changed nothing, so its quarantine and losses did not happen either.
    let refused = matches!(verdict, Verdict::Failure(_));
    let answer = Answer {
        verdict,
        matched,
        object,
        checks,
        quarantined: if refused { Vec::new() } else { quarantined },
        overwritten: if refused { Vec::new() } else { overwritten },
        notes: if refused { Vec::new() } else { notes },
        at: now,
    };
    report::take(tables, row, &answer)?;
    Ok(answer)
}

fn apply(
    tables: &mut dyn Tables,
    schema: &Schema,
    decision: Decision,
    now: Timestamp,
) -> StoreResult<AppliedAs> {
    match decision {
        Decision::Nothing(applied) => Ok(applied),
        Decision::Create(write) | Decision::Update(write) => put(tables, schema, *write, now),
        Decision::SoftDelete(target) => {
            soft_delete(tables, *target, Some(false), now)?;
            Ok(AppliedAs::SoftDeleted)
        }
        Decision::HardDelete(target) => {
            hard_delete(tables, *target, now)?;
            Ok(AppliedAs::HardDeleted)
        }
    }
}

fn put(
    tables: &mut dyn Tables,
    schema: &Schema,
    write: Write,
    now: Timestamp,
) -> StoreResult<AppliedAs> {
    let Write { before, mut after, references, applied } = write;
    let number = match &before {
        Some((number, _)) => *number,
        None => directory::next_number(tables)?,
    };
    for (attribute, to, present) in &references.links {
        directory::set_link(tables, number, *attribute, *to, *present)?;
        if *attribute == a::MEMBER {
            licensing::member_changed(tables, schema, &after, *to, *present, now)?;
        }
    }
    after.member_count = references.member_count;
    references::keep_waiting(tables, number, references.waiting)?;
    directory::save(tables, number, before.as_ref().map(|(_, object)| object), &mut after)?;
    Ok(applied)
}

/// Moves an object to the recycle bin (ET-170, ET-178); quarantine ends with it (ET-082).
pub(crate) fn soft_delete(
    tables: &mut dyn Tables,
    target: Numbered,
    sync_enabled: Option<bool>,
    now: Timestamp,
) -> StoreResult<()> {
    let (number, before) = target;
    let mut object = before.clone();
    object.state = State::Deleted(now);
    object.sync_enabled = sync_enabled;
    object.conflicts.clear();
    directory::save(tables, number, Some(&before), &mut object)
}

/// Removes an object for good; its row remembers the id (ET-177, ET-179, ET-180).
pub(crate) fn hard_delete(
    tables: &mut dyn Tables,
    target: Numbered,
    now: Timestamp,
) -> StoreResult<()> {
    let (number, before) = target;
    for link in LINKS.from(tables, number, None)? {
        LINKS.remove(tables, number, link.attribute, link.to)?;
    }
    for (attribute, holder) in LINKS.to(tables, number, None)? {
        LINKS.remove(tables, holder, attribute, number)?;
        if let Some(old) = directory::object(tables, holder)? {
            let mut new: TenantObject = old.clone();
            if attribute == a::MEMBER {
                new.member_count = new.member_count.saturating_sub(1);
            }
            directory::save(tables, holder, Some(&old), &mut new)?;
        }
    }
    let mut object = TenantObject {
        state: State::Purged(now),
        upn: None,
        mail_nickname: None,
        addresses: Vec::new(),
        mail: None,
        moera: None,
        shadow: Shadow::default(),
        kept_addresses: Vec::new(),
        licenses: Vec::new(),
        group_licenses: Vec::new(),
        credential: None,
        service_errors: Vec::new(),
        calculation_due: None,
        offered: false,
        roles: Vec::new(),
        eligible_roles: Vec::new(),
        member_count: 0,
        conflicts: Vec::new(),
        profile: Entry::default(),
        ..before.clone()
    };
    directory::save(tables, number, Some(&before), &mut object)
}

/// Returns the name under which a first failure is remembered (ET-079).
pub(crate) fn first_failure(anchor: &SourceAnchor, value: &str) -> String {
    format!("tenant-failed-once/{anchor}/{}", value.to_ascii_lowercase())
}

/// Returns whether a first failure is remembered.
pub(crate) fn failed_before(tables: &dyn Tables, memory: &str) -> StoreResult<bool> {
    Ok(rows::meta(tables, memory)?.unwrap_or(false))
}
