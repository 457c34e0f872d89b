//! Preview: what the synchronization of one object would decide, rule by rule (SE-341 to SE-343).

use dirsim_model::{AttributeId, Side, Syntax, typed};
use dirsim_rules::{Contribution, Outcome, Resolution, precedence};
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::images::View as Image;
use dirsim_sync::synchronize::inbound::LinkDecision;
use dirsim_sync::synchronize::join::GroupResult;
use dirsim_sync::synchronize::object::Report;
use dirsim_sync::synchronize::outbound::{ActionKind, OutboundPlan};
use dirsim_sync::{Context, cs, cs_links, lookup, mv};
use serde_json::{Value, json};

use crate::error::WorldError;
use crate::view::View;
use crate::world::World;

/// Synchronizes a connector space object on a copy and tells what was decided. Nothing is imported,
/// exported or kept (SE-343); to keep it is [`ServerEdit::SynchronizeObject`](crate::ServerEdit).
pub fn preview(world: &mut World, object: u64, full: bool) -> Result<View, WorldError> {
    let rules = world.rules()?;
    let now = world.now()?;
    let schema = world.schema();
    let tables = world.tables();
    let context = Context::new(tables, schema, &rules, now, 0)?;
    let mut view = View::new();
    let before = cs::get(tables, object)?;
    view.insert("object".into(), json!(lookup::dn(tables, object)?));
    view.insert("connector".into(), json!(lookup::connector_name(tables, object)?));
    view.insert("kind".into(), json!(if full { "full" } else { "delta" }));
    if let Some(before) = &before {
        view.insert("pendingImport".into(), json!(before.import));
        view.insert("connectorFilter".into(), json!("no connector filter"));
        view.insert("metaverseBefore".into(), json!(linked(before.mv)));
    }
    let made = dirsim_sync::preview(&context, tables, object, full)?;
    let made = match made {
        Ok(made) => made,
        Err(failure) => {
            view.insert(
                "error".into(),
                json!({
                    "type": failure.error_type,
                    "step": failure.step,
                    "text": failure.text,
                    "rule": failure.rule,
                    "attribute": failure.attribute.map(|id| schema.name(id)),
                }),
            );
            return Ok(view);
        }
    };
    let mut after = dirsim_store::Overlay::new(tables);
    dirsim_store::overlay::apply(made.changes, &mut after)?;
    let teller = Teller { context: &context, before: tables, after: &after };
    teller.tell(&made.report, &mut view)?;
    Ok(view)
}

fn linked(number: u64) -> Option<String> {
    (number != 0).then(|| mv::guid(number).to_string())
}

struct Teller<'a> {
    context: &'a Context<'a>,
    before: &'a dyn Tables,
    after: &'a dyn Tables,
}

impl Teller<'_> {
    fn tell(&self, report: &Report, view: &mut View) -> StoreResult<()> {
        view.insert("counter".into(), json!(report.counter.name()));
        if let Some(inbound) = &report.inbound {
            let rules: Vec<&str> = inbound.scope.iter().map(|ix| self.rule(*ix)).collect();
            view.insert("rulesInScope".into(), json!(rules));
            view.insert("join".into(), json!(self.groups(&inbound.join, Side::Forest)));
            view.insert("link".into(), json!(self.link(inbound.link)));
            view.insert("notes".into(), json!(inbound.notes));
            view.insert(
                "importFlows".into(),
                json!(self.flows(&inbound.contributions, Side::Metaverse, report.mv)?),
            );
            let changed: Vec<&str> =
                inbound.changed.iter().map(|id| self.context.schema.name(*id)).collect();
            view.insert("metaverseChanges".into(), json!(changed));
        }
        view.insert("metaverseAfter".into(), json!(linked(report.mv)));
        let deleted: Vec<String> =
            report.deleted_mv.iter().map(|id| mv::guid(*id).to_string()).collect();
        view.insert("metaverseDeleted".into(), json!(deleted));
        let mut outbound = Vec::new();
        for (person, plan) in &report.outbound {
            outbound.push(self.outbound(*person, plan)?);
        }
        view.insert("outbound".into(), json!(outbound));
        let mut gone = Vec::new();
        for id in &report.deprovisioned {
            gone.push(json!({
                "connector": lookup::connector_name(self.before, *id)?,
                "object": lookup::dn(self.before, *id)?,
            }));
        }
        view.insert("deprovisioned".into(), json!(gone));
        Ok(())
    }

    fn rule(&self, ix: dirsim_rules::RuleIx) -> &str {
        &self.context.rules.rule(ix).name
    }

    fn link(&self, decision: LinkDecision) -> String {
        match decision {
            LinkDecision::Keep(id) => format!("stays linked to {}", mv::guid(id)),
            LinkDecision::Join(id) => format!("joins {}", mv::guid(id)),
            LinkDecision::Project(rule) => format!("projected by {}", self.rule(rule)),
            LinkDecision::Remain => "stays a disconnector".to_owned(),
            LinkDecision::Lose(id) => format!("loses its link to {}", mv::guid(id)),
        }
    }

    fn groups(&self, groups: &[GroupResult], side: Side) -> Vec<Value> {
        let schema = self.context.schema;
        groups
            .iter()
            .map(|group| {
                let criteria: Vec<String> = group
                    .criteria
                    .iter()
                    .map(|(own, other, _)| {
                        format!("{} = {}", schema.name(*own), schema.name(*other))
                    })
                    .collect();
                let found: Vec<String> = group
                    .candidates
                    .iter()
                    .map(|id| match side {
                        Side::Forest => mv::guid(*id).to_string(),
                        _ => cs::guid(*id).to_string(),
                    })
                    .collect();
                json!({"criteria": criteria, "found": found, "joined": group.winner().is_some()})
            })
            .collect()
    }

    /// Tells every flow: applied, not precedent because another one won, or skipped because it had
    /// nothing to say.
    fn flows(
        &self,
        contributions: &[Contribution],
        side: Side,
        owner: u64,
    ) -> StoreResult<Vec<Value>> {
        contributions
            .iter()
            .map(|said| {
                let same = contributions.iter().filter(|other| other.attribute == said.attribute);
                let (status, value) = match &said.outcome {
                    Outcome::Null => ("skipped", json!("NULL")),
                    Outcome::AuthoritativeNull => ("applied", json!("AuthoritativeNull")),
                    Outcome::IgnoreThisFlow => ("skipped", json!("IgnoreThisFlow")),
                    // A failure counts only when resolution reaches it (SR-104).
                    Outcome::Failed(failure) => match precedence::resolve(same) {
                        Resolution::Failed(reached) if *reached == **failure => {
                            ("failed", json!(failure.text))
                        }
                        _ => ("not precedent", json!(failure.text)),
                    },
                    Outcome::Values(values) => {
                        let status = match precedence::resolve(same) {
                            Resolution::Values { rule, .. } if rule == said.rule => "applied",
                            _ => "not precedent",
                        };
                        let syntax = self.context.schema.syntax(side, said.attribute);
                        // References flow all at once; what came of them is told by name.
                        let shown = match syntax {
                            Syntax::Reference => self.references(side, owner, said.attribute)?,
                            _ => self.shown(side, said.attribute, values),
                        };
                        (status, json!(shown))
                    }
                };
                Ok(json!({
                    "attribute": self.context.schema.name(said.attribute),
                    "rule": self.rule(said.rule),
                    "precedence": said.precedence,
                    "status": status,
                    "value": value,
                }))
            })
            .collect()
    }

    /// Returns the names of what an object refers to after the synchronization.
    fn references(
        &self,
        side: Side,
        owner: u64,
        attribute: AttributeId,
    ) -> StoreResult<Vec<String>> {
        let mut names = Vec::new();
        if side == Side::Metaverse {
            let book = dirsim_sync::RuleBook::read(self.after)?;
            let Some(person) = mv::get(self.after, owner)? else { return Ok(names) };
            for to in mv::targets(self.after, &book, owner, &person, attribute)? {
                let target = mv::get(self.after, to)?;
                let link = target.and_then(|target| target.links.first().copied());
                names.push(match link {
                    Some(link) => lookup::dn(self.after, link)?,
                    None => mv::guid(to).to_string(),
                });
            }
            return Ok(names);
        }
        for (_, to) in cs_links::targets(self.after, owner, Some(attribute), Image::Unapplied)? {
            names.push(lookup::dn(self.after, to)?);
        }
        Ok(names)
    }

    fn shown(
        &self,
        side: Side,
        attribute: AttributeId,
        values: &[dirsim_model::Value],
    ) -> Vec<String> {
        let syntax = self.context.schema.syntax(side, attribute);
        values.iter().map(|value| typed::display(syntax, value)).collect()
    }

    fn outbound(&self, person: u64, plan: &OutboundPlan) -> StoreResult<Value> {
        let side = self.context.side(plan.connector);
        let mut actions = Vec::new();
        for action in &plan.actions {
            let what = match action.kind {
                ActionKind::Flow => "flow",
                ActionKind::Provision => "provision",
                ActionKind::Join => "join",
                ActionKind::Withdraw => "withdraw the deletion",
                ActionKind::Deprovision => "deprovision",
                ActionKind::Release => "release",
            };
            let mut changes = Vec::new();
            for attribute in action.unapplied.attributes() {
                let image = |tables: &dyn Tables, view: Image| -> StoreResult<Vec<String>> {
                    let values = cs::get(tables, action.cs)?
                        .map(|object| object.view(view).to_vec(attribute))
                        .unwrap_or_default();
                    Ok(self.shown(side, attribute, &values))
                };
                changes.push(json!({
                    "attribute": self.context.schema.name(attribute),
                    "before": image(self.before, Image::Escrowed)?,
                    "after": image(self.after, Image::Unapplied)?,
                }));
            }
            actions.push(json!({
                "object": lookup::dn(self.after, action.cs)?,
                "action": what,
                "heldBack": action.held_back,
                "join": self.groups(&action.join, side),
                "exportFlows": self.flows(&action.contributions, side, action.cs)?,
                "changes": changes,
            }));
        }
        let rules: Vec<&str> = plan.scope.iter().map(|ix| self.rule(*ix)).collect();
        Ok(json!({
            "connector": self.context.connector(plan.connector).map(|found| found.name.clone()),
            "metaverse": linked(person),
            "rulesInScope": rules,
            "actions": actions,
        }))
    }
}
