//! Outbound: what one metaverse object wants of one target connector (SE 4.4).

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use dirsim_model::anchor::from_connector_space_name;
use dirsim_model::attribute::well_known;
use dirsim_model::{AttributeId, ClassId, Dn, Entry, EntryWriter, Side, Value, ValueRef, Values};
use dirsim_rules::{Contribution, LinkType, MergeType, Resolved, RuleIx, Targets, precedence};
use dirsim_store::StoreResult;

use super::join::{self, GroupResult};
use super::references::{self, Scope};
use super::{Attempt, Failure, life};
use crate::context::Context;
use crate::counters::Counter;
use crate::cs::{CsName, CsObject, DisconnectCause, ExportOp, Flags, ImportOp, State};
use crate::error_codes::{self, PROVISIONING_LIMIT};
use crate::images::{Delta, DeltaBuilder, ValueChange, View};
use crate::import::place;
use crate::index;
use crate::mv::{LinkAction, Part};
use crate::subject::{MvSubject, stands_for};
use crate::unit::Unit;

/// The attribute that says that the cloud has the authority over an object (SE-200).
pub(crate) const BLOCKED: AttributeId = well_known::BLOCK_ON_PREMISES_SYNC;

/// What outbound synchronization decides for one target connector, with the facts that decided it.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboundPlan {
    /// The target connector.
    pub connector: u32,
    /// Rules in scope, by precedence.
    pub scope: Vec<RuleIx>,
    /// What is done, one entry per object of the target.
    pub actions: Vec<OutboundAction>,
}

/// What is done to one object of a target.
#[derive(Debug, Clone, PartialEq)]
pub struct OutboundAction {
    /// The object; 0 when a plan stops before there is one.
    pub cs: u64,
    /// Its class.
    pub class: ClassId,
    /// What happens to it.
    pub kind: ActionKind,
    /// What each tried join group found (SR-056).
    pub join: Vec<GroupResult>,
    /// What every flow of the rules said, by precedence; empty when nobody watches.
    pub contributions: Vec<Contribution>,
    /// What waits for export afterwards.
    pub unapplied: Delta,
    /// Whether that, references included, differs from before.
    pub changed: bool,
    /// Whether the object gets another name (SE-174).
    pub renamed: bool,
    /// Whether a change was held back because the cloud has the authority (SE-201).
    pub held_back: bool,
}

/// What happens to an object of a target.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ActionKind {
    /// Values flow to an object that is linked (SE-172).
    Flow,
    /// A new object is made (SE-167).
    Provision,
    /// A free object is linked: found by join criteria or by its name (SE-167, SR-056).
    Join,
    /// A pending deletion is taken back and the object linked again (SE-168).
    Withdraw,
    /// The link is broken and a deletion staged (SE-169).
    Deprovision,
    /// The link is broken; the cloud keeps the object (SE-203).
    Release,
}

impl OutboundAction {
    fn new(cs: u64, class: ClassId, kind: ActionKind) -> Self {
        Self {
            cs,
            class,
            kind,
            join: Vec::new(),
            contributions: Vec::new(),
            unapplied: Delta::default(),
            changed: false,
            renamed: false,
            held_back: false,
        }
    }

    /// Returns the counter that the action adds to (SE 4.6); none when the object only leaves.
    pub fn counter(&self) -> Option<Counter> {
        let is_empty = self.unapplied.is_empty() && !self.changed;
        Some(match self.kind {
            ActionKind::Provision if is_empty => Counter::ProvisionedAddNoFlow,
            ActionKind::Provision => Counter::ProvisionedAddFlow,
            ActionKind::Deprovision => Counter::ProvisionedDisconnect,
            ActionKind::Withdraw => Counter::ConnectorFlow,
            ActionKind::Release => return None,
            ActionKind::Flow if self.renamed && self.unapplied.is_empty() => {
                Counter::ProvisionedRenameNoFlow
            }
            ActionKind::Flow if self.renamed => Counter::ProvisionedRenameFlow,
            ActionKind::Flow | ActionKind::Join if self.changed => Counter::ConnectorFlow,
            ActionKind::Flow | ActionKind::Join => Counter::ConnectorNoFlow,
        })
    }
}

/// Returns whether the cloud has the authority over an object (SE-200).
pub(crate) fn is_blocked(object: &CsObject) -> bool {
    object.image().is_some_and(|image| is_true(image.get(BLOCKED)))
}

/// Returns whether the last synchronization of an object failed on what its directory reported.
///
/// All its changes are blocked until that is repaired there (SE-158, SE-304): values that another
/// object's synchronization would send it must not repair it behind the operator's back. Its own
/// synchronization is asked in full each time, so that it fails again as long as the cause is there
/// (SE-158, SE-376).
/// Pinned by scenarios/anchor/source-anchor-changed and
/// crates/dirsim-simulate/tests/logs/se-376-guided-fix.
fn is_stuck(unit: &mut Unit<'_>, id: u64) -> StoreResult<bool> {
    if unit.visited == id {
        return Ok(false);
    }
    Ok(unit.cs(id)?.is_some_and(|object| {
        object.import != ImportOp::None
            && object
                .import_error
                .as_ref()
                .is_some_and(|error| error.error_type == "sync-rule-error-function-triggered")
    }))
}

/// Returns whether a value says yes, as a truth value or as text.
pub(crate) fn is_true(values: Values<'_>) -> bool {
    values.first().is_some_and(|value| {
        value.as_boolean() == Some(true)
            || value.as_text().is_some_and(|text| text.eq_ignore_ascii_case("true"))
    })
}

/// Evaluates the outbound rules of one connector for a metaverse object and applies the outcome to
/// the rows of the unit (SE-166).
pub(crate) fn evaluate(
    unit: &mut Unit<'_>,
    mv: u64,
    connector: u32,
    references: &Scope,
) -> Attempt<OutboundPlan> {
    let person = unit.mv(mv)?;
    let Some(person) = person else {
        return Ok(OutboundPlan { connector, scope: Vec::new(), actions: Vec::new() });
    };
    let (context, rules) = (unit.context, unit.context.rules);
    let subject = MvSubject::new(context, &*unit.tables, mv, &person, connector);
    let scope = rules.outbound_scope(connector, person.class, &subject);
    subject.finish()?;
    let linked: Vec<u64> = person.links_in(connector).collect();
    drop(person);
    let by_class = rules.by_class(&scope);
    let of_class = |class: ClassId| {
        by_class.iter().find(|(known, _)| *known == class).map_or(&[][..], |(_, ixs)| ixs)
    };
    let mut plan = OutboundPlan { connector, scope: Vec::new(), actions: Vec::new() };
    let mut classes = Vec::new();
    for id in linked {
        let Some(object) = unit.cs(id)? else { continue };
        let (class, governed) = (object.class, object.flags.has(Flags::GOVERNED));
        drop(object);
        let applying = of_class(class);
        let stops = applying.iter().any(|ix| rules.rule(*ix).link == LinkType::JoinNoFlow);
        let governs = !stops && applying.iter().any(|ix| rules.rule(*ix).link.governs());
        if governed && !governs && !stops {
            if expires_later(unit, id)? {
                classes.push(class);
                continue;
            }
            let deleted = life::deprovision(unit, id, DisconnectCause::Deprovisioned)?;
            let kind = if deleted { ActionKind::Deprovision } else { ActionKind::Release };
            plan.actions.push(OutboundAction::new(id, class, kind));
            continue;
        }
        classes.push(class);
        unit.edit_cs_if(
            id,
            |object| object.flags.has(Flags::GOVERNED) != governs || object.expires().is_some(),
            |object| {
                object.flags.set(Flags::GOVERNED, governs);
                if object.expires().is_some() {
                    object.disconnected = None;
                }
            },
        )?;
        if is_stuck(unit, id)? {
            continue;
        }
        if applying.is_empty() || stops {
            // No rule manages any attribute now, so nothing that waits is wanted (SE-033, SE-302).
            life::want_nothing(unit, id)?;
            continue;
        }
        let action = OutboundAction::new(id, class, ActionKind::Flow);
        plan.actions.push(flow(unit, mv, action, applying, references)?);
    }
    for (class, applying) in &by_class {
        if !classes.contains(class)
            && let Some(action) = link(unit, mv, connector, *class, applying)?
        {
            plan.actions.push(flow(unit, mv, action, applying, &Scope::All)?);
        }
    }
    plan.scope = scope;
    Ok(plan)
}

/// Whether an object that left the scope of the rule that governs it stays linked for now, as the
/// rule has a soft-delete expiry that has not ended (SR-066). Notes since when.
fn expires_later(unit: &mut Unit<'_>, id: u64) -> StoreResult<bool> {
    let object = unit.expect_cs(id)?;
    let (context, now) = (unit.context, unit.context.now);
    let expiry = object
        .outbound_rules
        .iter()
        .filter_map(|number| context.book.current(*number))
        .map(|ix| context.rules.rule(ix))
        .filter(|rule| rule.link == LinkType::Provision)
        .map(|rule| rule.soft_delete_expiry_ms)
        .max()
        .unwrap_or(0);
    // What was never exported has nothing to lose.
    if expiry == 0 || object.export == ExportOp::Add {
        return Ok(false);
    }
    let since = object.expires();
    drop(object);
    if since.is_some_and(|since| since + expiry <= now) {
        return Ok(false);
    }
    if since.is_none() {
        unit.edit_cs(id, |object| {
            object.disconnected = Some((now, DisconnectCause::Expiring));
        })?;
    }
    Ok(true)
}

/// Finds or makes the object of a class that a metaverse object has none of (SE-167, SR-056,
/// SR-061).
fn link(
    unit: &mut Unit<'_>,
    mv: u64,
    connector: u32,
    class: ClassId,
    applying: &[RuleIx],
) -> Attempt<Option<OutboundAction>> {
    let rules = unit.context.rules;
    let definition = rules
        .join_of(applying)
        .map_err(|failure| Failure::of_rule(&failure, "provisioning", rules))?;
    let Some(definition) = definition else { return Ok(None) };
    let governs = applying.iter().any(|ix| rules.rule(*ix).link.governs())
        && !applying.iter().any(|ix| rules.rule(*ix).link == LinkType::JoinNoFlow);
    let groups = join::search_connector_space(unit, connector, class, definition.groups, mv)?;
    if let Some(id) = groups.last().and_then(GroupResult::winner) {
        connect(unit, id, mv, LinkAction::OutboundJoined, governs)?;
        let mut action = OutboundAction::new(id, class, ActionKind::Join);
        action.join = groups;
        return Ok(Some(action));
    }
    if !definition.provision {
        return Ok(None);
    }
    let is_name = |attribute| attribute == well_known::DN;
    let said = ask(unit, mv, connector, applying, true, &is_name)?;
    let name = wanted_name(unit, connector, said.name())?;
    let mut kind = ActionKind::Provision;
    let mut found = None;
    for id in holders(unit, connector, &name)? {
        let Some(object) = unit.cs(id)? else { continue };
        if object.is_placeholder() {
            continue;
        }
        if object.mv != 0 {
            let mut failure = Failure::new(
                "provision-dn-conflict",
                "provisioning",
                format!(
                    "provision-dn-conflict: the name {} is held by an object that is linked to \
                     another metaverse object",
                    unit.dn(id)?
                ),
            );
            failure.other = id;
            return Err(failure.into());
        }
        if object.class != class || object.import == ImportOp::Delete {
            continue;
        }
        if object.state == State::Normal {
            (kind, found) = (ActionKind::Join, Some(id));
            break;
        }
        if object.export == ExportOp::Delete {
            if unit.context.conditions.withdrawal_fails {
                let text = "unexpected-error: 0x80230306, the deletion that waits for export \
                            cannot be withdrawn";
                let mut failure = Failure::new("unexpected-error", "provisioning", text.to_owned());
                failure.other = id;
                return Err(failure.into());
            }
            (kind, found) = (ActionKind::Withdraw, Some(id));
            break;
        }
    }
    if found.is_none() && unit.context.conditions.provisioning_loops {
        let dn = match &name {
            CsName::Flat(text) => text.to_string(),
            CsName::Tree { rdn, .. } => rdn.value.to_string(),
        };
        return Err(endless(&dn).into());
    }
    let id = match found {
        Some(id) => id,
        None => create(unit, connector, class, name)?,
    };
    let how = if kind == ActionKind::Provision {
        LinkAction::Provisioned
    } else {
        LinkAction::OutboundJoined
    };
    connect(unit, id, mv, how, governs)?;
    let mut action = OutboundAction::new(id, class, kind);
    action.join = groups;
    Ok(Some(action))
}

/// The failure of provisioning that asks for itself more than ten times (SE-175).
pub(crate) fn endless(dn: &str) -> Failure {
    let code = error_codes::code(PROVISIONING_LIMIT);
    let text = format!(
        "{PROVISIONING_LIMIT}: provisioning of {dn} asked for itself more than 10 times ({code})"
    );
    Failure::new(PROVISIONING_LIMIT, "provisioning", text)
}

/// Returns the objects that hold a name.
fn holders(unit: &mut Unit<'_>, connector: u32, name: &CsName) -> StoreResult<Vec<u64>> {
    let candidates = match name {
        CsName::Flat(text) => index::by_flat_name(unit.tables, connector, text)?,
        CsName::Tree { parent, rdn } => place::below(unit, connector, *parent, rdn)?,
    };
    let mut found = Vec::new();
    for id in candidates {
        if unit.cs(id)?.is_some_and(|object| place::same_name(&object.name, name)) {
            found.push(id);
        }
    }
    Ok(found)
}

fn create(unit: &mut Unit<'_>, connector: u32, class: ClassId, name: CsName) -> StoreResult<u64> {
    let mut object = CsObject::new(name, class);
    object.export = ExportOp::Add;
    object.partition = unit
        .context
        .connector(connector)
        .and_then(|connector| connector.partitions.first())
        .map_or(0, |partition| partition.domain);
    unit.add_cs(connector, object)
}

/// Links an object of a target to a metaverse object.
fn connect(
    unit: &mut Unit<'_>,
    id: u64,
    mv: u64,
    how: LinkAction,
    governs: bool,
) -> StoreResult<()> {
    unit.edit_cs(id, |object| {
        object.mv = mv;
        object.state = State::Normal;
        object.disconnected = None;
        object.flags.set(Flags::GOVERNED, governs);
        if object.has_image() {
            // What it contributes is unknown until its own connector is synchronized.
            object.flags.insert(Flags::NEED_FULL_SYNC);
        }
        if object.export == ExportOp::Delete {
            object.export = ExportOp::None;
            object.export_error = None;
        }
    })?;
    let now = unit.context.now;
    let part = Part { action: how, linked: now, changed: now, ..Part::default() };
    unit.link_mv(mv, id, part)?;
    references::linked(unit, id, mv)
}

/// Computes the name of a new object from the flow for `dn` (SR-061).
fn wanted_name(unit: &mut Unit<'_>, connector: u32, name: Option<&str>) -> Attempt<CsName> {
    let Some(text) = name else {
        return Err(Failure::new(
            "provision-no-dn",
            "provisioning",
            "provision-no-dn: no rule gives the new object a name".to_owned(),
        )
        .into());
    };
    if unit.context.side(connector) == Side::Entra {
        let anchor = from_connector_space_name(text);
        return Ok(CsName::Flat(anchor.map_or_else(|| text.into(), Into::into)));
    }
    let parsed = text.parse::<Dn>().ok().and_then(|dn| {
        let leaf = dn.rdn()?.clone();
        Some((dn.parent()?, leaf))
    });
    let Some((above, rdn)) = parsed else {
        return Err(
            Failure::new("invalid-dn", "provisioning", format!("`{text}` is no name")).into()
        );
    };
    let parent = place::ensure_path(unit, connector, &above)?;
    Ok(CsName::Tree { parent, rdn })
}

/// What the rules in scope say about an object of a target, resolved.
#[derive(Default)]
struct Said {
    /// The values, the name among them; no references.
    values: Entry,
    /// By reference attribute: the metaverse attributes whose references flow there.
    references: BTreeMap<AttributeId, Vec<AttributeId>>,
    /// Attributes that stay as they are (SR-102).
    kept: Vec<AttributeId>,
}

impl Said {
    fn name(&self) -> Option<&str> {
        self.values.text(well_known::DN)
    }
}

/// Asks the rules in scope for the attributes that are wanted, and resolves them.
fn ask(
    unit: &mut Unit<'_>,
    mv: u64,
    connector: u32,
    applying: &[RuleIx],
    created: bool,
    wanted: &dyn Fn(AttributeId) -> bool,
) -> Attempt<Said> {
    let Some(person) = unit.mv(mv)? else { return Ok(Said::default()) };
    let (context, rules) = (unit.context, unit.context.rules);
    let side = context.side(connector);
    let subject = MvSubject::new(context, &*unit.tables, mv, &person, connector);
    let mut values = EntryWriter::default();
    let mut said = Said::default();
    let mut note = |attribute, resolved: Resolved<'_>| match resolved {
        Resolved::Values { values: found, .. } => {
            if context.schema.is_reference(side, attribute) {
                let sources = found.iter().filter_map(stands_for).collect();
                said.references.insert(attribute, sources);
            } else {
                values.push(attribute, found);
            }
        }
        Resolved::Kept { .. } => said.kept.push(attribute),
        Resolved::None { .. } => {}
    };
    rules.resolve_some(applying, &subject, created, wanted, &mut note).map_err(|failure| {
        let is_name = failure.attribute == Some(well_known::DN);
        let step = if is_name { "provisioning" } else { "export-flow" };
        Failure::of_rule(&failure, step, rules)
    })?;
    subject.finish()?;
    said.values = values.finish();
    Ok(said)
}

/// Returns what every flow of the rules in scope says, for whoever looks on (SE-341).
fn watched(
    unit: &mut Unit<'_>,
    mv: u64,
    connector: u32,
    applying: &[RuleIx],
    created: bool,
) -> Attempt<Vec<Contribution>> {
    let person = if unit.is_watched { unit.mv(mv)? } else { None };
    let Some(person) = person else { return Ok(Vec::new()) };
    let subject = MvSubject::new(unit.context, &*unit.tables, mv, &person, connector);
    let contributions = unit.context.rules.all_contributions(applying, &subject, created);
    subject.finish()?;
    Ok(contributions)
}

/// What the rules want an object of a target to hold.
#[derive(Default)]
struct Desired {
    changes: DeltaBuilder,
    merged: Vec<(AttributeId, Vec<Value>)>,
}

/// Evaluates all flows to a linked object and stages the difference between what its directory
/// should hold by now and what it is to hold (SE-172).
fn flow(
    unit: &mut Unit<'_>,
    mv: u64,
    mut action: OutboundAction,
    applying: &[RuleIx],
    references: &Scope,
) -> Attempt<OutboundAction> {
    let id = action.cs;
    let connector = crate::cs::connector_of(id);
    let created = action.kind == ActionKind::Provision;
    action.contributions = watched(unit, mv, connector, applying, created)?;
    let context = unit.context;
    let (side, target) = (context.side(connector), context.connector(connector));
    // What is not in the inclusion list is not managed: its value stays (SE-335).
    let manages = |attribute| {
        attribute == well_known::DN || target.is_none_or(|target| target.selects(attribute))
    };
    let mut said = match ask(unit, mv, connector, applying, created, &manages) {
        Err(super::Trouble::Failed(mut failure)) if failure.step == "export-flow" => {
            failure.other = id;
            return Err(super::Trouble::Failed(failure));
        }
        said => said?,
    };
    let object = unit.expect_cs(id)?;
    let blocked = is_blocked(&object);
    let handed_back =
        !blocked && object.synchronized.as_ref().is_some_and(|image| is_true(image.get(BLOCKED)));
    let targets = context.rules.targets(applying);
    for attribute in targets.references().filter(|attribute| manages(*attribute)) {
        if !said.kept.contains(&attribute) {
            said.references.entry(attribute).or_default();
        }
    }
    let desired = desire(context, side, &object, &targets, &said, handed_back, &manages);
    let numbers: Vec<_> = applying.iter().map(|ix| unit.context.book.number(*ix)).collect();
    let same_rules = object.outbound_rules == numbers;
    // References that its directory reported otherwise since its last synchronization are drift like
    // values are: all are compared, not only those that changed in the metaverse (SE-172, SE-177).
    // Pinned by crates/dirsim-simulate/tests/logs/se-367-references-before-their-own-synchronization.
    let drifted = !object.imported_links.is_empty();
    let delta = desired.changes.build();
    let renamed = renamed(unit, &object, action.cs, said.name())?;
    if blocked {
        // The cloud has the authority: nothing is sent (SE-201).
        action.held_back = !delta.is_empty();
        drop(object);
        life::drop_exports(unit, id)?;
        return Ok(action);
    }
    let mut changed = object.unapplied != delta || renamed.is_some();
    let merged_changed = object.merged != desired.merged;
    drop(object);
    if changed || merged_changed || !same_rules {
        unit.edit_cs(id, |object| {
            object.unapplied = delta;
            object.merged = desired.merged;
            object.outbound_rules = numbers;
        })?;
        if let Some(name) = renamed {
            action.renamed = true;
            let exported = matches!(name, CsName::Tree { .. });
            unit.rename_cs(id, name)?;
            // What was never exported is made under its new name.
            unit.edit_cs_if(
                id,
                |object| exported && object.export != ExportOp::Add,
                |object| object.flags.insert(Flags::EXPORT_RENAME),
            )?;
        }
    }
    let scope = if same_rules && !drifted { references } else { &Scope::All };
    let wide = contested(&targets, said.references.keys());
    let (flowed, counts) = references::flow_out(unit, id, mv, &said.references, &wide, scope)?;
    for (attribute, count) in counts {
        if count > 1 && !unit.context.schema.is_multi_valued(side, attribute) {
            let mut failure = Failure::new(
                "ambiguous-export-flow-to-single-valued-attribute",
                "export-flow",
                format!(
                    "{count} references for the single value of {}",
                    unit.context.schema.name(attribute)
                ),
            );
            failure.attribute = Some(attribute);
            failure.other = id;
            return Err(failure.into());
        }
    }
    changed |= flowed;
    if changed {
        references::settle_export(unit, id)?;
    }
    action.changed = changed;
    action.unapplied = unit.expect_cs(id)?.unapplied.clone();
    Ok(action)
}

/// Returns the attributes that the rules fill from more than one attribute, so that another winner
/// may change every reference at once.
fn contested<'x>(
    targets: &Targets<'_>,
    attributes: impl Iterator<Item = &'x AttributeId>,
) -> BTreeSet<AttributeId> {
    attributes
        .copied()
        .filter(|attribute| {
            let mut sources = targets.taken_over(*attribute);
            let first = sources.next();
            sources.any(|source| Some(source) != first)
        })
        .collect()
}

/// Returns the new name of an object whose computed name is another one (SE-174).
///
/// In the tenant the name follows from the source anchor, whose change is an error once the object
/// was exported (SE-304); before that it is made under the new one (SE-305).
fn renamed(
    unit: &mut Unit<'_>,
    object: &CsObject,
    id: u64,
    wanted: Option<&str>,
) -> Attempt<Option<CsName>> {
    let Some(wanted) = wanted else { return Ok(None) };
    if let CsName::Flat(text) = &object.name {
        if object.export != ExportOp::Add || object.anchor.is_some() {
            return Ok(None);
        }
        let wanted = from_connector_space_name(wanted).map_or(Cow::Borrowed(wanted), Cow::Owned);
        return Ok((*wanted != **text).then(|| CsName::Flat(wanted.into())));
    }
    let connector = crate::cs::connector_of(id);
    let (Ok(old), Ok(new)) = (unit.dn(id)?.parse::<Dn>(), wanted.parse::<Dn>()) else {
        return Ok(None);
    };
    if old.to_string().eq_ignore_ascii_case(&new.to_string()) {
        return Ok(None);
    }
    let (Some(rdn), Some(above)) = (new.rdn().cloned(), new.parent()) else { return Ok(None) };
    let parent = place::ensure_path(unit, connector, &above)?;
    let name = CsName::Tree { parent, rdn };
    let taken = holders(unit, connector, &name)?.into_iter().find(|holder| *holder != id);
    if let Some(other) = taken
        && unit.cs(other)?.is_some_and(|other| !other.is_placeholder())
    {
        let text = format!("provision-dn-conflict: the name {new} is held by another object");
        let mut failure = Failure::new("provision-dn-conflict", "provisioning", text);
        failure.other = other;
        return Err(failure.into());
    }
    Ok(Some(name))
}

/// Compares every attribute that the rules write with what the directory should hold by now
/// (SE-033, SE-172, SR-100, SR-114). `everything` stages equal values too (SE-204).
fn desire(
    context: &Context<'_>,
    side: Side,
    object: &CsObject,
    targets: &Targets<'_>,
    said: &Said,
    everything: bool,
    manages: &dyn Fn(AttributeId) -> bool,
) -> Desired {
    let base = object.view(View::Escrowed);
    let mut desired = Desired::default();
    let mut stage = |attribute, values: Values<'_>| {
        let held = base.get(attribute);
        let held = match &held {
            Ok(values) => *values,
            Err(values) => Values::Slice(values),
        };
        if (values.is_empty() || !everything) && held.same_as(values) {
            return;
        }
        let single_values = side == Side::Forest && context.schema.is_multi_valued(side, attribute);
        if single_values && object.export != ExportOp::Add && !everything {
            desired.changes.change(difference(attribute, held, values));
        } else {
            desired.changes.replace(attribute, values);
        }
    };
    let unites = |attribute| targets.merge(attribute).is_some_and(MergeType::unites);
    let mut united = Vec::new();
    for (attribute, values) in said.values.iter() {
        if attribute == well_known::DN {
            continue;
        }
        if unites(attribute) {
            united.push((attribute, values.to_vec()));
        } else {
            stage(attribute, values);
        }
    }
    // What the rules write and nobody has a value for: only what is held can differ from that.
    let is_silent = |attribute: AttributeId| {
        manages(attribute) && !said.values.has(attribute) && !said.kept.contains(&attribute)
    };
    for attribute in base.attributes().iter().filter(|attribute| is_silent(*attribute)) {
        let is_reference = context.schema.is_reference(side, attribute);
        if attribute != well_known::DN
            && !is_reference
            && targets.merge(attribute).is_some_and(|merge| !merge.unites())
        {
            stage(attribute, Values::NONE);
        }
    }
    let contributed = object.merged.iter().map(|(attribute, _)| *attribute);
    united.extend(
        contributed
            .filter(|attribute| is_silent(*attribute) && unites(*attribute))
            .map(|attribute| (attribute, Vec::new())),
    );
    united.sort_by_key(|(attribute, _)| *attribute);
    for (attribute, values) in united {
        let merge = targets.merge(attribute).unwrap_or_default();
        unite(object, &base, attribute, merge, values, &mut desired);
    }
    desired
}

/// Stages the values of a merge attribute: what this engine contributes comes, what it contributed
/// before goes, everything else in the directory stays (SR-092).
fn unite(
    object: &CsObject,
    base: &crate::images::Layers<'_>,
    attribute: AttributeId,
    merge: MergeType,
    values: Vec<Value>,
    desired: &mut Desired,
) {
    let held = base.to_vec(attribute);
    let same = |a: &Value, b: &Value| precedence::same(a.as_ref(), b.as_ref(), merge);
    let before = object.merged.iter().find(|(known, _)| *known == attribute).map(|(_, v)| v);
    let change = ValueChange {
        attribute,
        add: values
            .iter()
            .filter(|value| !held.iter().any(|known| same(known, value)))
            .cloned()
            .collect(),
        remove: before
            .into_iter()
            .flatten()
            .filter(|old| !values.iter().any(|value| same(old, value)))
            .filter(|old| held.contains(old))
            .cloned()
            .collect(),
    };
    if !change.add.is_empty() || !change.remove.is_empty() {
        desired.changes.change(change);
    }
    if !values.is_empty() {
        desired.merged.push((attribute, values));
    }
}

fn difference(attribute: AttributeId, held: Values<'_>, wanted: Values<'_>) -> ValueChange {
    ValueChange {
        attribute,
        add: wanted
            .iter()
            .filter(|value| !held.iter().any(|known| known == *value))
            .map(ValueRef::to_owned)
            .collect(),
        remove: held
            .iter()
            .filter(|known| !wanted.iter().any(|value| value == *known))
            .map(ValueRef::to_owned)
            .collect(),
    }
}
