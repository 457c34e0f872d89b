//! References between metaverse objects and on their way out, followed link by link (SE 4.5).
//!
//! A reference of a connector space object becomes a link between the metaverse objects of both
//! ends, and that becomes a reference of the target connector's object. Each link depends on its two
//! ends alone, so when an end gets or loses its metaverse object or its object in a target, only the
//! links at that end are looked at. The result is the same as if every holder were evaluated again
//! (SE-181).

use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::AttributeId;
use dirsim_rules::Source;
use dirsim_store::{StoreResult, Table, Tables, rows};

use crate::context::Context;
use crate::cs::{self, CsObject, ExportOp, Flags, ImportOp, Touched, connector_of};
use crate::cs_links::{self, LinkViews};
use crate::images::View;
use crate::import::stage::retry_link;
use crate::index;
use crate::mv::{self, MvObject, contributors, contributors_record};
use crate::unit::{Holding, Unit};

/// Which metaverse references an outbound evaluation looks at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Scope {
    /// All of them.
    All,
    /// These: metaverse attribute and target.
    Only(Vec<(AttributeId, u64)>),
}

/// Asks the metaverse pass to look at references of an object again; all of them, and everything
/// else, when `links` is `None` (SE-137).
pub(crate) fn mark_mv(
    tables: &mut dyn Tables,
    mv: u64,
    link: Option<(AttributeId, u64)>,
) -> StoreResult<()> {
    let key = rows::key(mv);
    let mut touched = match tables.get(Table::MvPending, &key)? {
        Some(bytes) if !bytes.is_empty() => rows::decode(Table::MvPending, &key, &bytes)?,
        Some(_) => Touched { overflow: true, links: Vec::new() },
        None => Touched::default(),
    };
    if touched.overflow {
        // All of them already, which is not written again for each member of a large group.
        return Ok(());
    }
    match link {
        Some((attribute, to)) => touched.insert(attribute, to),
        None => touched = Touched { overflow: true, links: Vec::new() },
    }
    tables.put(Table::MvPending, &key, rows::encode(&touched))
}

/// Takes an object out of the metaverse pass and returns what is to be looked at; the flag says
/// that everything is.
pub(crate) fn take_pending(tables: &mut dyn Tables, mv: u64) -> StoreResult<(bool, Scope)> {
    let key = rows::key(mv);
    let touched = match tables.get(Table::MvPending, &key)? {
        Some(bytes) if !bytes.is_empty() => rows::decode(Table::MvPending, &key, &bytes)?,
        _ => Touched { overflow: true, links: Vec::new() },
    };
    index::unmark_mv(tables, mv)?;
    Ok((touched.overflow, if touched.overflow { Scope::All } else { Scope::Only(touched.links) }))
}

/// Adds an object to those that contribute a link; returns whether the link is new.
fn add_contributor(
    tables: &mut dyn Tables,
    mv: u64,
    attribute: AttributeId,
    to: u64,
    cs: u64,
) -> StoreResult<bool> {
    let record = mv::LINKS.get(tables, mv, attribute, to)?;
    let mut all = record.as_deref().map(contributors).unwrap_or_default();
    if all.contains(&cs) {
        return Ok(false);
    }
    all.push(cs);
    all.sort_unstable();
    let written = contributors_record(&all);
    match record {
        Some(_) => mv::LINKS.set_record(tables, mv, attribute, to, written)?,
        None => mv::LINKS.put(tables, mv, attribute, to, written)?,
    }
    Ok(true)
}

/// Removes an object from those that contribute a link; returns whether it was one of them.
fn remove_contributor(
    tables: &mut dyn Tables,
    mv: u64,
    attribute: AttributeId,
    to: u64,
    cs: u64,
) -> StoreResult<bool> {
    let record = mv::LINKS.get(tables, mv, attribute, to)?;
    let mut all = record.as_deref().map(contributors).unwrap_or_default();
    let Some(at) = all.iter().position(|known| *known == cs) else { return Ok(false) };
    all.remove(at);
    if all.is_empty() {
        mv::LINKS.remove(tables, mv, attribute, to)?;
    } else {
        mv::LINKS.set_record(tables, mv, attribute, to, contributors_record(&all))?;
    }
    Ok(true)
}

/// Returns the metaverse object that a reference leads to; 0 when its target has none.
fn partner(unit: &mut Unit<'_>, to: u64) -> StoreResult<u64> {
    match unit.held_cs(to) {
        Holding::Row(object) => return Ok(object.mv),
        Holding::Removed => return Ok(0),
        Holding::Unknown => {}
    }
    Ok(cs::head(unit.tables, to)?.map_or(0, |head| head.mv))
}

/// Brings the metaverse links of one object in line with its references; `sources` names by
/// metaverse attribute the attributes that flow there. Returns the links that changed.
pub(crate) fn flow_in(
    unit: &mut Unit<'_>,
    id: u64,
    mv: u64,
    before: &[AttributeId],
    sources: &BTreeMap<AttributeId, Vec<AttributeId>>,
    touched: Option<&[(AttributeId, u64)]>,
) -> StoreResult<Vec<(AttributeId, u64)>> {
    let mut changed = Vec::new();
    if let Some(touched) = touched {
        for (attribute, to) in touched {
            let views = cs_links::views(unit.tables, id, *attribute, *to)?;
            let target = partner(unit, *to)?;
            if target == 0 {
                continue;
            }
            for (flow, from) in sources {
                if !from.contains(attribute) {
                    continue;
                }
                let differs = if views.is_in(View::Unapplied) {
                    add_contributor(unit.tables, mv, *flow, target, id)?
                } else {
                    !leads_elsewhere(unit, id, from, target, *to)?
                        && remove_contributor(unit.tables, mv, *flow, target, id)?
                };
                if differs {
                    changed.push((*flow, target));
                }
            }
        }
        return Ok(changed);
    }
    if sources.is_empty() && before.is_empty() {
        return Ok(changed);
    }
    let mut attributes: Vec<AttributeId> = before.iter().chain(sources.keys()).copied().collect();
    attributes.sort_unstable();
    attributes.dedup();
    let has_links = unit.cs(id)?.is_some_and(|object| object.flags.has(Flags::HAS_LINKS));
    let all = if has_links {
        cs_links::targets(unit.tables, id, None, View::Unapplied)?
    } else {
        Vec::new()
    };
    for flow in attributes {
        let mut wanted = Vec::new();
        for attribute in sources.get(&flow).into_iter().flatten() {
            for (_, to) in all.iter().copied().filter(|(of, _)| of == attribute) {
                let target = partner(unit, to)?;
                if target != 0 {
                    wanted.push(target);
                }
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        // Of an attribute that it did not give so far the object has no links to take back.
        let held = if before.contains(&flow) {
            mv::LINKS.from(unit.tables, mv, Some(flow))?
        } else {
            Vec::new()
        };
        for link in held {
            if wanted.binary_search(&link.to).is_err()
                && remove_contributor(unit.tables, mv, flow, link.to, id)?
            {
                changed.push((flow, link.to));
            }
        }
        for target in wanted {
            if add_contributor(unit.tables, mv, flow, target, id)? {
                changed.push((flow, target));
            }
        }
    }
    Ok(changed)
}

/// Returns whether another reference of the object leads to the same metaverse object, as when a
/// user and its stand-in of a foreign forest are both members.
fn leads_elsewhere(
    unit: &mut Unit<'_>,
    id: u64,
    sources: &[AttributeId],
    target: u64,
    except: u64,
) -> StoreResult<bool> {
    let links = match unit.held_mv(target) {
        Holding::Row(object) => object.links.clone(),
        Holding::Removed => Vec::new(),
        Holding::Unknown => {
            mv::head(unit.tables, target)?.map(|head| head.links).unwrap_or_default()
        }
    };
    let connector = connector_of(id);
    for to in links.into_iter().filter(|to| *to != except && connector_of(*to) == connector) {
        for attribute in sources {
            if cs_links::views(unit.tables, id, *attribute, to)?.is_in(View::Unapplied) {
                return Ok(true);
            }
        }
    }
    Ok(false)
}

/// Takes back all links that an object contributes to its metaverse object (SE-160).
pub(crate) fn recall(
    unit: &mut Unit<'_>,
    id: u64,
    mv: u64,
    attributes: &[AttributeId],
) -> StoreResult<Vec<(AttributeId, u64)>> {
    flow_in(unit, id, mv, attributes, &BTreeMap::new(), None)
}

/// Returns the metaverse attributes to which a part sends the references of an attribute as they
/// are; `None` when that cannot be told without evaluating the rules.
fn direct_flows(
    context: &Context<'_>,
    person: &MvObject,
    holder: u64,
    attribute: AttributeId,
) -> Option<Vec<AttributeId>> {
    let mut flows = Vec::new();
    let part = person.part(holder)?;
    for target in &part.references {
        let rule = context.book.current(part.source(*target)?)?;
        match context.rules.flow(rule, *target).map(|flow| &flow.source) {
            Some(Source::Direct(source)) => {
                if *source == attribute {
                    flows.push(*target);
                }
            }
            _ => return None,
        }
    }
    Some(flows)
}

/// Follows the references to an object that has just been linked, on both sides (SE-181).
pub(crate) fn linked(unit: &mut Unit<'_>, id: u64, mv: u64) -> StoreResult<()> {
    for (attribute, holder) in cs_links::LINKS.to(unit.tables, id, None)? {
        let from = partner(unit, holder)?;
        if from == 0 || holder == id {
            continue;
        }
        let Some(person) = unit.mv(from)? else { continue };
        let Some(flows) = direct_flows(unit.context, &person, holder, attribute) else {
            retry_link(unit, holder, attribute, id)?;
            continue;
        };
        drop(person);
        if !cs_links::views(unit.tables, holder, attribute, id)?.is_in(View::Unapplied) {
            continue;
        }
        for flow in flows {
            if add_contributor(unit.tables, from, flow, mv, holder)? {
                mark_mv(unit.tables, from, Some((flow, mv)))?;
            }
        }
    }
    for (attribute, holder) in mv::LINKS.to(unit.tables, mv, None)? {
        mark_mv(unit.tables, holder, Some((attribute, mv)))?;
    }
    Ok(())
}

/// Follows the references to an object that loses its metaverse object `mv`, on both sides
/// (SE-160, SE-181).
pub(crate) fn unlinked(unit: &mut Unit<'_>, id: u64, mv: u64) -> StoreResult<()> {
    for (attribute, holder) in cs_links::LINKS.to(unit.tables, id, None)? {
        let from = partner(unit, holder)?;
        if from == 0 || holder == id {
            continue;
        }
        let Some(person) = unit.mv(from)? else { continue };
        let Some(flows) = direct_flows(unit.context, &person, holder, attribute) else {
            retry_link(unit, holder, attribute, id)?;
            continue;
        };
        drop(person);
        for flow in flows {
            if !leads_elsewhere(unit, holder, &[attribute], mv, id)?
                && remove_contributor(unit.tables, from, flow, mv, holder)?
            {
                mark_mv(unit.tables, from, Some((flow, mv)))?;
            }
        }
    }
    release(unit, id)
}

/// Takes an object that is not linked any more out of the references that this engine manages on
/// other objects of its connector (SE-180).
fn release(unit: &mut Unit<'_>, id: u64) -> StoreResult<()> {
    for (attribute, holder) in cs_links::LINKS.to(unit.tables, id, None)? {
        let Some(object) = unit.cs(holder)? else { continue };
        let managed = object.mv != 0
            && object.outbound_rules.iter().any(|number| {
                let rule = unit.context.book.current(*number);
                rule.is_some_and(|rule| unit.context.rules.flow(rule, attribute).is_some())
            });
        drop(object);
        if managed && want(unit, holder, attribute, id, false)? {
            settle_export(unit, holder)?;
            unit.effects.flowed.insert(holder);
        }
    }
    Ok(())
}

/// Forgets all references to an object that is going, with what waited for export or synchronization
/// because of them alone (SE-105, SE-106, SE-367).
/// Pinned by crates/dirsim-simulate/tests/logs/se-367-reference-to-a-lost-add.
pub(crate) fn forget_holders(unit: &mut Unit<'_>, id: u64) -> StoreResult<()> {
    for (attribute, holder) in cs_links::LINKS.to(unit.tables, id, None)? {
        unit.set_link(holder, attribute, id, |_| LinkViews(0))?;
        settle_export(unit, holder)?;
        unit.edit_cs_if(
            holder,
            |object| object.import == ImportOp::Update && !object.differs(),
            |object| object.import = ImportOp::None,
        )?;
    }
    Ok(())
}

/// Stages whether the directory is to hold a reference; returns whether that changed what waits
/// for export.
pub(crate) fn want(
    unit: &mut Unit<'_>,
    from: u64,
    attribute: AttributeId,
    to: u64,
    present: bool,
) -> StoreResult<bool> {
    unit.set_links(from, [wish(attribute, to, present)])
}

/// Returns the change of a reference that the directory is to hold, or not.
fn wish(
    attribute: AttributeId,
    to: u64,
    present: bool,
) -> (AttributeId, u64, impl FnOnce(LinkViews) -> LinkViews) {
    let change = move |before: LinkViews| {
        let held = before.is_in(View::Escrowed);
        before
            .with(LinkViews::UNAPPLIED_ADD, present && !held)
            .with(LinkViews::UNAPPLIED_REMOVE, !present && held)
    };
    (attribute, to, change)
}

/// Brings the references of a target object in line with those of its metaverse object; `sources`
/// names by target attribute the metaverse attributes that flow there, `wide` those that several
/// attributes compete for, so that all their references must be looked at. Returns whether anything
/// that waits for export changed, and of attributes looked at as a whole how many targets there are.
pub(crate) fn flow_out(
    unit: &mut Unit<'_>,
    id: u64,
    mv: u64,
    sources: &BTreeMap<AttributeId, Vec<AttributeId>>,
    wide: &BTreeSet<AttributeId>,
    scope: &Scope,
) -> StoreResult<(bool, BTreeMap<AttributeId, usize>)> {
    let mut changed = false;
    let mut counts = BTreeMap::new();
    if sources.is_empty() {
        return Ok((changed, counts));
    }
    let Some(person) = unit.mv(mv)? else { return Ok((changed, counts)) };
    let connector = connector_of(id);
    let simple = person.parts.iter().filter(|part| !part.references.is_empty()).count() < 2;
    let narrow = match scope {
        Scope::Only(links) if simple => Some(links),
        _ => None,
    };
    for (source, target) in narrow.into_iter().flatten() {
        let present = mv::LINKS.get(unit.tables, mv, *source, *target)?.is_some();
        let Some(to) = object_in(unit, *target, connector)? else { continue };
        for (attribute, from) in sources {
            if from.contains(source) && !wide.contains(attribute) {
                changed |= want(unit, id, *attribute, to, present)?;
            }
        }
    }
    let has_links = unit.cs(id)?.is_some_and(|object| object.flags.has(Flags::HAS_LINKS));
    for (attribute, from) in sources {
        // Without any source left the last reference has gone, and nothing names it.
        if narrow.is_some() && !from.is_empty() && !wide.contains(attribute) {
            continue;
        }
        let mut wanted = Vec::new();
        for source in from {
            let targets = mv::targets(unit.tables, &unit.context.book, mv, &person, *source)?;
            for target in targets {
                if let Some(to) = object_in(unit, target, connector)? {
                    wanted.push(to);
                }
            }
        }
        wanted.sort_unstable();
        wanted.dedup();
        counts.insert(*attribute, wanted.len());
        let held =
            if has_links { cs_links::all(unit.tables, id, Some(*attribute))? } else { Vec::new() };
        let gone = held
            .into_iter()
            .filter(|(link, _)| wanted.binary_search(&link.to).is_err())
            .map(|(link, _)| wish(*attribute, link.to, false));
        let there = wanted.iter().map(|to| wish(*attribute, *to, true));
        changed |= unit.set_links(id, gone.chain(there))?;
    }
    Ok((changed, counts))
}

/// Returns the object of a connector that a metaverse object is linked to.
fn object_in(unit: &mut Unit<'_>, mv: u64, connector: u32) -> StoreResult<Option<u64>> {
    let first = |links: &[u64]| links.iter().copied().find(|cs| connector_of(*cs) == connector);
    match unit.held_mv(mv) {
        Holding::Row(object) => return Ok(first(&object.links)),
        Holding::Removed => return Ok(None),
        Holding::Unknown => {}
    }
    Ok(mv::head(unit.tables, mv)?.and_then(|head| first(&head.links)))
}

/// Returns whether references of an object wait for export.
fn has_unapplied_links(tables: &dyn Tables, id: u64, object: &CsObject) -> StoreResult<bool> {
    const UNAPPLIED: u8 = LinkViews::UNAPPLIED_ADD
        | LinkViews::UNAPPLIED_REMOVE
        | LinkViews::ESCROWED_ADD
        | LinkViews::ESCROWED_REMOVE;
    if object.exported_links.overflow {
        let all = cs_links::all(tables, id, None)?;
        return Ok(all.iter().any(|(_, views)| views.has(UNAPPLIED)));
    }
    for (attribute, to) in &object.exported_links.links {
        if cs_links::views(tables, id, *attribute, *to)?.has(UNAPPLIED) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Recomputes what waits for export after its deltas changed; an object with nothing left loses its
/// export error (SE-222).
pub(crate) fn settle_export(unit: &mut Unit<'_>, id: u64) -> StoreResult<()> {
    let Some(object) = unit.cs(id)? else { return Ok(()) };
    if matches!(object.export, ExportOp::Add | ExportOp::Delete) {
        return Ok(());
    }
    let pending = object.flags.has(Flags::EXPORT_RENAME)
        || !object.unapplied.is_empty()
        || !object.escrowed.is_empty()
        || has_unapplied_links(unit.tables, id, &object)?;
    let op = if pending { ExportOp::Update } else { ExportOp::None };
    if object.export == op && (pending || object.export_error.is_none()) {
        return Ok(());
    }
    drop(object);
    unit.edit_cs(id, |object| {
        object.export = op;
        if !pending {
            object.export_error = None;
        }
    })?;
    Ok(())
}

/// Follows changed metaverse references to one target connector without evaluating rules, where the
/// rules that applied last send them on as they are. Returns the object that changed, or `None` when
/// the rules must be evaluated.
pub(crate) fn follow(
    unit: &mut Unit<'_>,
    mv: u64,
    connector: u32,
    links: &[(AttributeId, u64)],
) -> StoreResult<Option<(u64, bool)>> {
    let Some(person) = unit.mv(mv)? else { return Ok(Some((0, false))) };
    let context = unit.context;
    if links.iter().any(|(source, _)| context.is_observed(connector, *source)) {
        return Ok(None);
    }
    let mut targets = person.links_in(connector);
    let (Some(id), None) = (targets.next(), targets.next()) else {
        let linked = person.links_in(connector).next().is_some();
        return Ok((!linked).then_some((0, false)));
    };
    let Some(object) = unit.cs(id)? else { return Ok(Some((0, false))) };
    if object.view(View::Imported).get(super::outbound::BLOCKED).is_ok_and(|v| !v.is_empty())
        || object.flags.has(Flags::DELETE_EXPORTED)
        || !object.imported_links.is_empty()
    {
        return Ok(None);
    }
    let mut sources: BTreeMap<AttributeId, Vec<AttributeId>> = BTreeMap::new();
    let mut others = Vec::new();
    for number in &object.outbound_rules {
        let Some(ix) = context.book.current(*number) else { return Ok(None) };
        for flow in &context.rules.rule(ix).flows {
            match &flow.source {
                Source::Direct(source) if links.iter().any(|(link, _)| link == source) => {
                    sources.entry(flow.target).or_default().push(*source);
                }
                _ => others.push(flow.target),
            }
        }
    }
    // Another flow for the same attribute may win: only the rules can tell.
    if others.iter().any(|target| sources.contains_key(target)) {
        return Ok(None);
    }
    drop(object);
    let scope = Scope::Only(links.to_vec());
    let (changed, _) = flow_out(unit, id, mv, &sources, &BTreeSet::new(), &scope)?;
    if changed {
        settle_export(unit, id)?;
    }
    Ok(Some((id, changed)))
}
