//! One unit: one connector space object with all its inbound and outbound effects (SE 16.4).

use std::collections::BTreeMap;

use dirsim_model::AttributeId;
use dirsim_model::attribute::well_known;

use super::inbound::{self, InboundPlan, LinkDecision};
use super::outbound::{self, OutboundPlan};
use super::references::{self, Scope};
use super::{Attempt, Failure, life};
use crate::counters::Counter;
use crate::cs::{DisconnectCause, Flags, ImportOp, Touched, connector_of};
use crate::cs_links::{self, LinkViews};
use crate::import::remove::retire;
use crate::mv::{LinkAction, Part};
use crate::unit::Unit;

/// What the synchronization of one object did, and why.
#[derive(Debug, Clone, PartialEq)]
pub struct Report {
    /// The object.
    pub cs: u64,
    /// Its inbound counter (SE 4.6).
    pub counter: Counter,
    /// What inbound rules decided; `None` for an object that is gone.
    pub inbound: Option<InboundPlan>,
    /// What outbound rules decided, per metaverse object and target connector.
    pub outbound: Vec<(u64, OutboundPlan)>,
    /// The metaverse object it is linked to afterwards; 0 for none.
    pub mv: u64,
    /// Metaverse objects that were deleted.
    pub deleted_mv: Vec<u64>,
    /// Objects that went with them: deprovisioned.
    pub deprovisioned: Vec<u64>,
}

/// What happened to one metaverse object in a unit.
struct Touch {
    changed: bool,
    references: Scope,
}

/// How the link of the object came out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outcome {
    Remains,
    Joined,
    Projected,
    Connector,
    Lost,
    Deleted,
}

/// Synchronizes one object: its pending import, scope, join, projection, flow, and all outbound
/// effects. A failure leaves the unit to be thrown away.
pub(crate) fn synchronize(unit: &mut Unit<'_>, id: u64, full: bool) -> Attempt<Report> {
    unit.visited = id;
    let object = unit.expect_cs(id)?;
    let (op, had_error) = (object.import, object.import_error.is_some());
    let gone = object.flags.has(Flags::GONE);
    let was_linked = object.mv;
    drop(object);
    let mut report = Report {
        cs: id,
        counter: Counter::DisconnectorRemains,
        inbound: None,
        outbound: Vec::new(),
        mv: 0,
        deleted_mv: Vec::new(),
        deprovisioned: Vec::new(),
    };
    let mut touched: BTreeMap<u64, Touch> = BTreeMap::new();
    let mut flowed = false;
    let outcome = if op == ImportOp::Delete {
        if was_linked != 0 {
            life::disconnect(unit, id, DisconnectCause::ScopeLost)?;
            touched.insert(was_linked, Touch { changed: true, references: Scope::All });
        }
        retire(unit, id, gone)?;
        if was_linked == 0 { Outcome::Remains } else { Outcome::Deleted }
    } else {
        if op == ImportOp::DeleteAdd && was_linked != 0 {
            life::disconnect(unit, id, DisconnectCause::ScopeLost)?;
            touched.insert(was_linked, Touch { changed: true, references: Scope::All });
        }
        let (outcome, plan) = inbound_effects(unit, id, full, &mut touched)?;
        flowed = !plan.changed.is_empty();
        report.inbound = Some(plan);
        outcome
    };
    report.mv = unit.cs(id)?.map_or(0, |object| object.mv);
    let own = full || op != ImportOp::None || had_error;
    if own && report.mv != 0 {
        touched
            .entry(report.mv)
            .or_insert(Touch { changed: full, references: Scope::All })
            .changed |= full;
    }
    outbound_effects(unit, id, own, touched, &mut report)?;
    let removed = report.deleted_mv.iter().any(|mv| *mv == was_linked || *mv == report.mv);
    report.mv = unit.cs(id)?.map_or(0, |object| object.mv);
    report.counter = counter(op, outcome, flowed, removed);
    commit_image(unit, id)?;
    Ok(report)
}

/// Returns the one inbound counter of a processed object (SE 4.6).
const fn counter(op: ImportOp, outcome: Outcome, flowed: bool, removed: bool) -> Counter {
    if matches!(op, ImportOp::DeleteAdd) {
        return Counter::ConnectorDeleteAddProcessed;
    }
    match (outcome, removed, flowed) {
        (Outcome::Remains, ..) => Counter::DisconnectorRemains,
        (Outcome::Joined, true, _) => Counter::DisconnectorJoinedRemoveMv,
        (Outcome::Joined, false, true) => Counter::DisconnectorJoinedFlow,
        (Outcome::Joined, false, false) => Counter::DisconnectorJoinedNoFlow,
        (Outcome::Projected, true, _) => Counter::DisconnectorProjectedRemoveMv,
        (Outcome::Projected, false, true) => Counter::DisconnectorProjectedFlow,
        (Outcome::Projected, false, false) => Counter::DisconnectorProjectedNoFlow,
        (Outcome::Connector, true, _) => Counter::ConnectorFlowRemoveMv,
        (Outcome::Connector, false, true) => Counter::ConnectorFlow,
        (Outcome::Connector, false, false) => Counter::ConnectorNoFlow,
        (Outcome::Lost, true, _) => Counter::ConnectorFilteredRemoveMv,
        (Outcome::Lost, false, _) => Counter::ConnectorFilteredLeaveMv,
        (Outcome::Deleted, true, _) => Counter::ConnectorDeleteRemoveMv,
        (Outcome::Deleted, false, _) => Counter::ConnectorDeleteLeaveMv,
    }
}

/// Does the inbound half: link, contributions, references.
fn inbound_effects(
    unit: &mut Unit<'_>,
    id: u64,
    full: bool,
    touched: &mut BTreeMap<u64, Touch>,
) -> Attempt<(Outcome, InboundPlan)> {
    let mut plan = inbound::plan(unit, id)?;
    let mut outcome = Outcome::Connector;
    if let LinkDecision::Lose(mv) = plan.link {
        life::disconnect(unit, id, DisconnectCause::ScopeLost)?;
        touched.insert(mv, Touch { changed: true, references: Scope::All });
        // Another rule may link it anew at once (SR-060).
        plan = inbound::plan(unit, id)?;
        if plan.link == LinkDecision::Remain {
            plan.link = LinkDecision::Lose(mv);
            return Ok((Outcome::Lost, plan));
        }
    }
    let (mv, created, action) = match plan.link {
        LinkDecision::Keep(mv) => (mv, false, None),
        LinkDecision::Join(mv) => {
            outcome = Outcome::Joined;
            (mv, false, Some(LinkAction::Joined))
        }
        LinkDecision::Project(rule) => {
            outcome = Outcome::Projected;
            let class = unit.context.rules.rule(rule).mv_class;
            let Some(class) = class else {
                return Err(Failure::new(
                    "projection-without-class",
                    "projection",
                    "the rule that projects names no metaverse class".to_owned(),
                )
                .into());
            };
            (unit.add_mv(class)?, true, Some(LinkAction::Projected))
        }
        LinkDecision::Remain | LinkDecision::Lose(_) => return Ok((Outcome::Remains, plan)),
    };
    let before = unit.mv(mv)?;
    let made = inbound::contribute(unit, id, &plan.scope, mv, created)?;
    let mut part = made.part;
    if let Some(action) = action {
        part.action = action;
        part.linked = unit.context.now;
    }
    let now = unit.context.now;
    let old = before.as_ref().and_then(|person| person.part(id));
    let same = old.is_some_and(|old| {
        part.changed = old.changed;
        *old == part
    });
    if !same {
        part.changed = now;
    }
    refuse_ambiguous(unit, id, mv, &part)?;
    let narrow = old.is_some_and(|old| {
        let source =
            |part: &Part| part.references.iter().map(|a| (*a, part.source(*a))).collect::<Vec<_>>();
        source(old) == source(&part)
    });
    let references_before = old.map(|old| old.references.clone()).unwrap_or_default();
    if !same {
        unit.edit_mv(mv, |person| person.set_part(id, part))?;
    }
    if action.is_some() {
        unit.edit_cs(id, |object| {
            object.mv = mv;
            object.disconnected = None;
        })?;
        references::linked(unit, id, mv)?;
    }
    let links = touched_links(unit, id, full || !narrow)?;
    let changed_links =
        references::flow_in(unit, id, mv, &references_before, &made.references, links.as_deref())?;
    let after = unit.mv(mv)?;
    plan.contributions = made.contributions;
    plan.changed = match (&before, &after) {
        (Some(before), Some(after)) => after.changed_from(&unit.context.book, before),
        (None, Some(after)) => after.attributes(),
        _ => Vec::new(),
    };
    plan.changed.extend(changed_links.iter().map(|(attribute, _)| *attribute));
    plan.changed.sort_unstable();
    plan.changed.dedup();
    let changed = !plan.changed.is_empty() || action.is_some() || full;
    if changed {
        let references =
            if action.is_some() || full { Scope::All } else { Scope::Only(changed_links) };
        let touch = touched.entry(mv).or_insert(Touch { changed, references: references.clone() });
        touch.changed = true;
        touch.references = references;
    }
    Ok((outcome, plan))
}

/// Refuses a second object of a connector that writes what another one of it writes (SE-148,
/// SR-057).
fn refuse_ambiguous(unit: &mut Unit<'_>, id: u64, mv: u64, part: &Part) -> Attempt<()> {
    let Some(person) = unit.mv(mv)? else { return Ok(()) };
    let connector = connector_of(id);
    if !person.links_in(connector).any(|other| other != id) {
        return Ok(());
    }
    let mine = unit.context.written_by(&part.rules);
    for other in person.links_in(connector).filter(|other| *other != id) {
        let theirs = person.part(other).map(|part| unit.context.written_by(&part.rules));
        let both: Option<AttributeId> =
            theirs.unwrap_or_default().intersection(&mine).next().copied();
        if let Some(attribute) = both {
            let dn = unit.dn(other)?;
            let name = unit.context.schema.name(attribute);
            let mut failure = Failure::new(
                "ambiguous-import-flow-from-multiple-connectors",
                "import-flow",
                format!(
                    "ambiguous-import-flow-from-multiple-connectors: {dn} is joined to the same \
                     metaverse object and flows {name} too (0x80230521)"
                ),
            );
            failure.attribute = Some(attribute);
            failure.other = other;
            return Err(failure.into());
        }
    }
    Ok(())
}

/// Returns the references of an object that changed since it was last synchronized; `None` when all
/// of them must be looked at.
fn touched_links(
    unit: &mut Unit<'_>,
    id: u64,
    everything: bool,
) -> Attempt<Option<Vec<(AttributeId, u64)>>> {
    let object = unit.expect_cs(id)?;
    let unsure = everything
        || object.imported_links.overflow
        || object.retried_links.overflow
        || !object.exported_links.is_empty()
        || object.flags.has(Flags(Flags::NEED_FULL_SYNC.0 | Flags::RENAME_RETRY.0));
    if unsure {
        return Ok(None);
    }
    let mut links = object.imported_links.links.clone();
    links.extend(&object.retried_links.links);
    links.sort_unstable();
    links.dedup();
    Ok(Some(links))
}

/// Does the outbound half for every metaverse object that was touched (SE-139, SE-161, SE-166).
fn outbound_effects(
    unit: &mut Unit<'_>,
    id: u64,
    own: bool,
    touched: BTreeMap<u64, Touch>,
    report: &mut Report,
) -> Attempt<()> {
    let connectors: Vec<u32> = unit.context.connectors.iter().map(|found| found.id).collect();
    for (mv, touch) in touched {
        let Some(person) = unit.mv(mv)? else { continue };
        let kept = person.has_keeper(&unit.context.book);
        drop(person);
        if !kept {
            report.deprovisioned.extend(life::delete_mv(unit, mv)?);
            report.deleted_mv.push(mv);
            continue;
        }
        for connector in &connectors {
            let mine = *connector == connector_of(id) && own;
            if !touch.changed && !mine {
                continue;
            }
            let all = Scope::All;
            let scope = if mine { &all } else { &touch.references };
            let plan = outbound::evaluate(unit, mv, *connector, scope)?;
            report.outbound.push((mv, plan));
        }
    }
    Ok(())
}

/// Takes I over as H and clears what was pending (SE-157).
fn commit_image(unit: &mut Unit<'_>, id: u64) -> Attempt<()> {
    let Some(object) = unit.cs(id)? else { return Ok(()) };
    if object.is_placeholder() {
        return Ok(());
    }
    let links = if object.imported_links.overflow {
        cs_links::all(unit.tables, id, None)?
            .into_iter()
            .map(|(link, _)| (link.attribute, link.to))
            .collect()
    } else {
        object.imported_links.links.clone()
    };
    let quiet = object.imported.is_none()
        && object.import == ImportOp::None
        && links.is_empty()
        && object.import_error.is_none()
        && object.retried_links.is_empty()
        && !object.flags.has(DONE);
    drop(object);
    if quiet {
        return Ok(());
    }
    wake_members(unit, id, &links)?;
    let take_over =
        |views: LinkViews| views.with(LinkViews::SYNCHRONIZED, views.has(LinkViews::IMPORTED));
    unit.set_links(id, links.into_iter().map(|(attribute, to)| (attribute, to, take_over)))?;
    unit.edit_cs(id, |object| {
        if let Some(imported) = object.imported.take() {
            object.synchronized = Some(imported);
        }
        object.import = ImportOp::None;
        object.import_error = None;
        object.imported_links = Touched::default();
        object.retried_links = Touched::default();
        object.flags.remove(DONE);
    })?;
    Ok(())
}

/// Has those evaluated whose membership of a tested group changed (SE-329, SR-037).
fn wake_members(unit: &mut Unit<'_>, id: u64, links: &[(AttributeId, u64)]) -> Attempt<()> {
    let connector = connector_of(id);
    if links.is_empty() || !unit.context.tests_groups(connector) {
        return Ok(());
    }
    let dn = unit.dn(id)?;
    if !unit.context.is_tested_group(connector, &dn) {
        return Ok(());
    }
    for (attribute, to) in links {
        let views = cs_links::views(unit.tables, id, *attribute, *to)?;
        let staged = unit.cs(*to)?.is_some_and(|member| !member.is_placeholder());
        let changed = views.has(LinkViews::SYNCHRONIZED) != views.has(LinkViews::IMPORTED);
        if *attribute == well_known::MEMBER && staged && changed {
            unit.mark(*to, Flags::NEED_FULL_SYNC)?;
        }
    }
    Ok(())
}

/// Marks that a successful synchronization clears (SE-157).
const DONE: Flags =
    Flags(Flags::RETRY.0 | Flags::RENAMED.0 | Flags::PENDING_REF_DELETE.0 | Flags::GONE.0);
