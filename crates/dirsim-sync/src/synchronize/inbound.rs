//! Inbound: which rules apply to a connector space object, what it is linked to, what it
//! contributes (SE 4.2).

use std::collections::BTreeMap;

use dirsim_model::{AttributeId, EntryWriter, Side, Value, Values};
use dirsim_rules::{Contribution, Direction, Resolved, RuleIx, Subject};
use dirsim_store::StoreResult;

use super::join::{self, GroupResult};
use super::{Attempt, Failure};
use crate::context::Context;
use crate::cs::{CsObject, State, connector_of};
use crate::mv::{LinkAction, MvObject, Part, Silence};
use crate::subject::{CsSubject, stands_for};
use crate::unit::Unit;

/// What inbound synchronization decides about one object, with the facts that decided it.
#[derive(Debug, Clone, PartialEq)]
pub struct InboundPlan {
    /// Rules in scope, by precedence (SE-141).
    pub scope: Vec<RuleIx>,
    /// What happens to the link.
    pub link: LinkDecision,
    /// What each tried join group found (SE-144).
    pub join: Vec<GroupResult>,
    /// Remarks: `join-ambiguous`, `not-projected-no-join-value`.
    pub notes: Vec<&'static str>,
    /// What every flow of the rules said, by precedence (SE-149); empty without link, and when
    /// nobody watches.
    pub contributions: Vec<Contribution>,
    /// Metaverse attributes that changed, references included.
    pub changed: Vec<AttributeId>,
}

/// What happens to the link of an object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinkDecision {
    /// It stays linked to this metaverse object (SE-147).
    Keep(u64),
    /// It joins this metaverse object (SE-144).
    Join(u64),
    /// A metaverse object is projected from it by this rule (SE-146).
    Project(RuleIx),
    /// It stays without (SE-142).
    Remain,
    /// It loses its link (SE-155); what `then` finds out is done in the same unit (SR-060).
    Lose(u64),
}

/// Plans the scope and the link of an object; changes nothing.
pub(crate) fn plan(unit: &mut Unit<'_>, id: u64) -> Attempt<InboundPlan> {
    let object = unit.expect_cs(id)?;
    let rules = unit.context.rules;
    let subject = CsSubject::new(unit.context, &*unit.tables, id, &object);
    let scope = rules.inbound_scope(connector_of(id), object.class, &subject);
    let mut plan = InboundPlan {
        scope,
        link: LinkDecision::Remain,
        join: Vec::new(),
        notes: Vec::new(),
        contributions: Vec::new(),
        changed: Vec::new(),
    };
    if object.mv != 0 {
        subject.finish()?;
        plan.link = keep_or_lose(unit, id, &object, &plan.scope)?;
        return Ok(plan);
    }
    if object.state != State::Normal {
        subject.finish()?;
        return Ok(plan);
    }
    let definition =
        rules.join_of(&plan.scope).map_err(|failure| Failure::of_rule(&failure, "join", rules))?;
    let Some(definition) = definition else {
        subject.finish()?;
        return Ok(plan);
    };
    let values: BTreeMap<AttributeId, Vec<Value>> = definition
        .groups
        .iter()
        .flat_map(|group| &group.criteria)
        .map(|criterion| (criterion.cs_attribute, subject.staged(criterion.cs_attribute).to_vec()))
        .collect();
    subject.finish()?;
    let class = rules.rule(definition.rule).mv_class;
    let value = |attribute| values.get(&attribute).cloned().unwrap_or_default();
    plan.join = join::search_metaverse(unit, class, definition.groups, &value)?;
    if plan.join.iter().any(|group| group.candidates.len() > 1) {
        plan.notes.push("join-ambiguous");
    }
    if let Some(found) = plan.join.last().and_then(GroupResult::winner) {
        plan.link = LinkDecision::Join(found);
    } else if let Some(rule) = definition.provision_rule {
        if definition.groups.is_empty() || values.values().any(|values| !values.is_empty()) {
            plan.link = LinkDecision::Project(rule);
        } else {
            plan.notes.push("not-projected-no-join-value");
        }
    }
    Ok(plan)
}

/// Decides whether a linked object keeps its link (SE-155, SR-060).
///
/// A link that outbound rules hold does not depend on inbound ones, and an object that no inbound
/// rule ever carried has none to lose.
fn keep_or_lose(
    unit: &mut Unit<'_>,
    id: u64,
    object: &CsObject,
    scope: &[RuleIx],
) -> StoreResult<LinkDecision> {
    let keep = LinkDecision::Keep(object.mv);
    if object.flags.has(crate::cs::Flags::GOVERNED) {
        return Ok(keep);
    }
    let Some(person) = unit.mv(object.mv)? else { return Ok(LinkDecision::Lose(object.mv)) };
    let book = &unit.context.book;
    let carriers: Vec<_> = person
        .part(id)
        .into_iter()
        .flat_map(|part| &part.rules)
        .filter_map(|number| book.card(*number))
        .filter(|card| card.carries && card.direction == Direction::Inbound)
        .map(|card| card.id)
        .collect();
    let rules = unit.context.rules;
    let still = scope.iter().any(|ix| carriers.contains(&rules.rule(*ix).id));
    Ok(if carriers.is_empty() || still { keep } else { LinkDecision::Lose(object.mv) })
}

/// What an object contributes, ready to become its part.
pub(crate) struct Contributed {
    /// What every flow said, for whoever looks on; empty otherwise.
    pub(crate) contributions: Vec<Contribution>,
    pub(crate) part: Part,
    /// By metaverse reference attribute: the attributes of the object whose references flow there.
    pub(crate) references: BTreeMap<AttributeId, Vec<AttributeId>>,
}

/// Evaluates the flows of the rules in scope and resolves what this object alone says (SE-149).
/// Values go into the part as they come out of the rules.
pub(crate) fn contribute(
    unit: &mut Unit<'_>,
    id: u64,
    scope: &[RuleIx],
    mv: u64,
    created: bool,
) -> Attempt<Contributed> {
    let object = unit.expect_cs(id)?;
    let person = unit.mv(mv)?;
    let (context, rules) = (unit.context, unit.context.rules);
    let subject = CsSubject::new(context, &*unit.tables, id, &object);
    let before = person.as_ref().and_then(|person| person.part(id));
    let mut part = Part {
        rules: scope.iter().map(|ix| context.book.number(*ix)).collect(),
        action: before.map_or(LinkAction::Joined, |part| part.action),
        linked: before.map_or(context.now, |part| part.linked),
        changed: before.map_or(context.now, |part| part.changed),
        ..Part::default()
    };
    let mut values = EntryWriter::default();
    let mut references: BTreeMap<AttributeId, Vec<AttributeId>> = BTreeMap::new();
    let mut note = |attribute, resolved: Resolved<'_>| match resolved {
        Resolved::Values { values: found, rule, .. } => {
            part.sources.push((attribute, context.book.number(rule)));
            if context.schema.is_reference(Side::Metaverse, attribute) {
                let sources = found.iter().filter_map(stands_for).collect();
                references.insert(attribute, sources);
                part.references.push(attribute);
            } else {
                values.push(attribute, found);
            }
        }
        Resolved::None { authoritative } => {
            let silent = authoritative
                .map(|rule| (attribute, context.book.number(rule), Silence::AuthoritativeNull));
            part.silent.extend(silent);
        }
        Resolved::Kept { rule } => {
            let number = context.book.number(rule);
            part.silent.push((attribute, number, Silence::Kept));
            let kept = before.map_or(Values::NONE, |part| part.values.get(attribute));
            if !kept.is_empty() && !denied_by_others(context, person.as_deref(), id, attribute) {
                let source = before.and_then(|before| before.source(attribute)).unwrap_or(number);
                part.sources.push((attribute, source));
                values.push(attribute, kept);
            }
        }
    };
    rules
        .resolve_each(scope, &subject, created, &mut note)
        .map_err(|failure| Failure::of_rule(&failure, "import-flow", rules))?;
    let contributions = if unit.is_watched {
        rules.all_contributions(scope, &subject, created)
    } else {
        Vec::new()
    };
    subject.finish()?;
    part.values = values.finish();
    Ok(Contributed { contributions, part, references })
}

/// Returns whether another linked object says NULL about an attribute: it has a flow for it and
/// gives nothing. NULL beats `IgnoreThisFlow` (SR-102).
fn denied_by_others(
    context: &Context<'_>,
    person: Option<&MvObject>,
    id: u64,
    attribute: AttributeId,
) -> bool {
    let Some(person) = person else { return false };
    person.links.iter().zip(&person.parts).any(|(cs, part)| {
        *cs != id
            && !part.values.has(attribute)
            && part.silence(attribute).is_none()
            && context.written_by(&part.rules).contains(&attribute)
    })
}
