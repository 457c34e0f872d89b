//! The password channel: changed passwords travel apart from the cycle, every two minutes
//! (ET-240, ET-242, SE-245). Rules say whose: an applied inbound rule of the account and an applied
//! outbound rule of its cloud user carry the flag (SR-110).
//!
//! The clock drives it. Nobody changes a password while the clock moves, so the first tick of a
//! movement finds everything; later ones only repeat what the tenant had no room for.

use std::collections::BTreeSet;

use dirsim_forest::ForestObject;
use dirsim_model::attribute::well_known as a;
use dirsim_model::schema::class;
use dirsim_model::time::MINUTE_MS;
use dirsim_model::{Schema, Timestamp, ValueRef};
use dirsim_rules::RuleSet;
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::rule_book::{RuleBook, RuleNumber};
use dirsim_sync::{Anchor, server};
use dirsim_tenant::features::Feature;
use dirsim_tenant::{Check, HashRow, TenantEvent, TenantObject, receive_hash};
use serde::{Deserialize, Serialize};

use crate::error::WorldError;
use crate::find;

/// Where the channel is.
#[derive(Debug, Default, Serialize, Deserialize)]
struct Channel {
    /// By domain the change number up to which passwords were looked at.
    seen: Vec<(u64, u64)>,
    /// Users whose password the tenant does not have yet, by their numbers in the forests.
    waiting: BTreeSet<u64>,
}

/// What the tenant said to the last hash row about an account (ET-240, ET-247).
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct LastHash {
    /// When the row was sent.
    pub at: Timestamp,
    /// When the password was changed on-premises.
    pub changed: Timestamp,
    /// The name of the error and its text; `None` for a row that was accepted.
    pub refused: Option<(String, String)>,
    /// The checks of the tenant, with their rules.
    pub checks: Vec<Check>,
}

const CHANNEL: &str = "password-channel";
const LAST_HASH: &str = "password-answer/";
/// The time between two ticks.
const TICK_MS: i64 = 2 * MINUTE_MS;

/// Returns what the tenant said to the last hash row about an account of a forest, by its number;
/// `None` when none was sent.
pub fn last_hash(tables: &dyn Tables, account: u64) -> StoreResult<Option<LastHash>> {
    rows::meta(tables, &format!("{LAST_HASH}{account:020}"))
}

/// Runs the ticks between two instants; jobs of the tenant that are due by a tick run before it.
///
/// Switched off, the channel forgets what it has sent: switched on again it sends everything
/// (ET-242). A server in staging mode sends nothing (SE-245).
pub(crate) fn run(
    tables: &mut dyn Tables,
    schema: &Schema,
    from: Timestamp,
    to: Timestamp,
) -> Result<Vec<TenantEvent>, WorldError> {
    let on = dirsim_tenant::lookup::settings(tables)?.features.has(Feature::PasswordSync);
    let known: Option<Channel> = rows::meta(tables, CHANNEL)?;
    if !on {
        if known.is_some() {
            tables.delete(dirsim_store::Table::Meta, CHANNEL.as_bytes())?;
        }
        return Ok(Vec::new());
    }
    let mut tick = Timestamp((from.0.div_euclid(TICK_MS) + 1) * TICK_MS);
    if tick > to || server::settings(tables)?.staging_mode {
        return Ok(Vec::new());
    }
    let mut channel = known.unwrap_or_default();
    let before = (channel.seen.clone(), channel.waiting.clone());
    look(tables, schema, &mut channel)?;
    let mut events = Vec::new();
    // Rules are compiled only when somebody waits.
    let flags = if channel.waiting.is_empty() { None } else { Some(Flags::read(tables, schema)?) };
    while tick <= to {
        events.extend(dirsim_tenant::run_due(tables, schema, tick)?);
        let Some(flags) = &flags else { break };
        let busy = send(tables, schema, flags, &mut channel, tick, &mut events)?;
        if !busy {
            break;
        }
        tick = tick + TICK_MS;
    }
    if before != (channel.seen.clone(), channel.waiting.clone()) {
        rows::put_meta(tables, CHANNEL, &channel)?;
    }
    Ok(events)
}

/// Finds users whose password changed since the last look. Accounts of the class inetOrgPerson are
/// left out (ET-246).
fn look(tables: &dyn Tables, schema: &Schema, channel: &mut Channel) -> StoreResult<()> {
    for (domain, _) in dirsim_forest::lookup::domains(tables)? {
        let highest = dirsim_forest::read::highest_usn(tables, domain)?;
        let at = channel.seen.iter().position(|(known, _)| *known == domain);
        let since = at.and_then(|at| channel.seen.get(at)).map_or(0, |(_, usn)| *usn);
        if since == highest {
            continue;
        }
        for row in dirsim_forest::read::changes(tables, schema, domain, since, None)? {
            if !row.deleted
                && row.class == class::USER
                && !row.entry.get(a::PWD_LAST_SET).is_empty()
            {
                channel.waiting.insert(row.object);
            }
        }
        match at.and_then(|at| channel.seen.get_mut(at)) {
            Some((_, usn)) => *usn = highest,
            None => channel.seen.push((domain, highest)),
        }
    }
    Ok(())
}

/// Sends what waits, oldest account first; returns whether the tenant had no room for all
/// (ET-167).
fn send(
    tables: &mut dyn Tables,
    schema: &Schema,
    flags: &Flags,
    channel: &mut Channel,
    at: Timestamp,
    events: &mut Vec<TenantEvent>,
) -> StoreResult<bool> {
    let (mut accepted, mut refused, mut busy) = (0, 0, false);
    for id in channel.waiting.clone() {
        let row = match hash_row(tables, flags, id)? {
            Sendable::Row(row) => row,
            Sendable::NotYet => continue,
            Sendable::Never => {
                channel.waiting.remove(&id);
                continue;
            }
        };
        let answer = receive_hash(tables, schema, &row, at)?;
        let refusal = answer.refusal();
        let last = LastHash {
            at,
            changed: row.changed,
            refused: refusal.map(|refusal| (refusal.name.clone(), refusal.text.clone())),
            checks: answer.checks.clone(),
        };
        rows::put_meta(tables, &format!("{LAST_HASH}{id:020}"), &last)?;
        match answer.refusal() {
            None => {
                channel.waiting.remove(&id);
                accepted += 1;
            }
            Some(refusal) => {
                refused += 1;
                if refusal.retry_in_run {
                    busy = true;
                    break;
                }
            }
        }
    }
    if accepted + refused > 0 {
        events.push(TenantEvent::Passwords { at, accepted, refused });
    }
    Ok(busy)
}

/// Whether there is something to send about an account.
enum Sendable {
    /// Yes.
    Row(HashRow),
    /// The account is not in the tenant, or no rule lets its hash travel.
    NotYet,
    /// The account is gone or has no password.
    Never,
}

/// Which rules carry the flag.
struct Flags {
    rules: RuleSet,
    book: RuleBook,
}

impl Flags {
    fn read(tables: &dyn Tables, schema: &Schema) -> Result<Self, WorldError> {
        let rules = crate::rules::compile(tables, schema)?;
        let book = RuleBook::with_rules(tables, &rules)?;
        Ok(Self { rules, book })
    }

    /// Returns whether one of the rules that applied carries the flag.
    fn any(&self, applied: &[RuleNumber]) -> bool {
        let rules = applied.iter().filter_map(|number| self.book.current(*number));
        rules.map(|ix| self.rules.rule(ix)).any(|rule| rule.password_sync && !rule.disabled)
    }

    /// Returns whether the rules let the hash of an account travel (SR-110).
    fn let_travel(
        &self,
        tables: &dyn Tables,
        account: &ForestObject,
        person: Option<u64>,
    ) -> StoreResult<bool> {
        let person = match person {
            Some(id) => dirsim_sync::mv::get(tables, id)?,
            None => None,
        };
        let Some(person) = person else { return Ok(false) };
        let (mut inbound, mut outbound) = (false, false);
        for (cs, part) in person.links.iter().zip(&person.parts) {
            let Some(object) = dirsim_sync::cs::get(tables, *cs)? else { continue };
            match &object.anchor {
                Some(Anchor::Object(guid)) => {
                    // Another account of the same person has rules of its own.
                    inbound |= *guid == account.guid && self.any(&part.rules);
                }
                _ => outbound |= self.any(&object.outbound_rules),
            }
        }
        Ok(inbound && outbound)
    }
}

fn hash_row(tables: &dyn Tables, flags: &Flags, id: u64) -> StoreResult<Sendable> {
    let account: Option<ForestObject> = rows::get(tables, id)?;
    let Some(account) = account.filter(|account| account.deleted.is_none()) else {
        return Ok(Sendable::Never);
    };
    let set = match account.entry.get(a::PWD_LAST_SET).first() {
        Some(ValueRef::Integer(ticks)) => ticks,
        Some(ValueRef::Text(text)) => text.parse().unwrap_or(0),
        _ => return Ok(Sendable::Never),
    };
    let found = find::of_forest(tables, id)?;
    let Some(number) = found.tenant.first().copied() else { return Ok(Sendable::NotYet) };
    if !flags.let_travel(tables, &account, found.mv)? {
        return Ok(Sendable::NotYet);
    }
    let user: TenantObject = rows::expect(tables, number)?;
    let Some(source_anchor) = user.anchor else { return Ok(Sendable::NotYet) };
    // Zero says that the password must be changed at the next logon.
    let must_change = set == 0;
    let changed = if must_change { account.changed } else { Timestamp::from_filetime(set) };
    Ok(Sendable::Row(HashRow { source_anchor, changed, must_change }))
}
