//! What must hold in every world, checked by tests and simulations after every step (SE 16.8).
//!
//! [`check`] looks at one state: SE-354 to SE-359, SE-367, SE-375. [`after_run`] compares the state
//! before a run with the one after it: SE-360, SE-366 to SE-370, SE-374 to SE-377. What takes
//! another run to see (SE-361 to SE-365, SE-370 to SE-373, SE-378) is asked of whole worlds.

mod run;
mod wanted;

use std::collections::BTreeMap;

use dirsim_store::{StoreResult, Tables, rows};

use crate::context::Context;
use crate::cs::{self, CsName, CsObject, ExportOp, Flags, ImportOp};
use crate::cs_links::{self, LinkViews};
use crate::index::{self, CsEntries, Pending};
use crate::lookup;
use crate::mv::{self, MvObject};
use crate::statistics::{self, Statistics, Tally};

pub use run::after_run;

/// A rule of the specification that does not hold.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Violation {
    /// The rule, `SE-354` for instance.
    pub rule: &'static str,
    /// Which object, and what is wrong.
    pub text: String,
}

impl std::fmt::Display for Violation {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.rule, self.text)
    }
}

/// Checks everything that must hold after every step.
pub fn check(context: &Context<'_>, tables: &dyn Tables) -> StoreResult<Vec<Violation>> {
    let mut found = Vec::new();
    let mut tally = Tally::new();
    for connector in &context.connectors {
        let mut after = None;
        loop {
            let objects = lookup::objects(tables, connector.id, after, 1024)?;
            let Some((last, _)) = objects.last() else { break };
            after = Some(*last);
            for (id, object) in objects {
                let key = (connector.id, object.partition);
                tally.entry(key).or_default().add(Statistics::of(&object), 1);
                check_object(context, tables, id, &object, &mut found)?;
            }
        }
    }
    tally.retain(|_, numbers| *numbers != Statistics::default());
    let kept = statistics::all(tables)?;
    if kept != tally {
        report(&mut found, "SE-350", format!("statistics {kept:?} do not count {tally:?}"));
    }
    check_metaverse(context, tables, &mut found)?;
    Ok(found)
}

fn report(found: &mut Vec<Violation>, rule: &'static str, text: String) {
    found.push(Violation { rule, text });
}

fn check_object(
    context: &Context<'_>,
    tables: &dyn Tables,
    id: u64,
    object: &CsObject,
    found: &mut Vec<Violation>,
) -> StoreResult<()> {
    let name = format!("{id} {}", lookup::dn(tables, id)?);
    let connector = cs::connector_of(id);
    if object.mv != 0 {
        let listed = mv::head(tables, object.mv)?.is_some_and(|head| head.links.contains(&id));
        if !listed {
            report(found, "SE-354", format!("{name} is linked to {} one-sidedly", object.mv));
        }
    }
    let links = cs_links::all(tables, id, None)?;
    if object.is_placeholder() {
        let idle = object.mv == 0
            && !object.has_image()
            && object.import == ImportOp::None
            && object.export == ExportOp::None
            && links.is_empty();
        if !idle {
            report(found, "SE-356", format!("the placeholder {name} is not empty"));
        }
        let used = !index::children(tables, connector, id, 1)?.is_empty()
            || !cs_links::LINKS.to(tables, id, None)?.is_empty();
        if !used {
            report(found, "SE-359", format!("nothing needs the placeholder {name}"));
        }
    } else if object.anchor.is_none() && object.mv == 0 {
        report(found, "SE-357", format!("{name} has neither anchor nor link"));
    }
    if let CsName::Tree { parent, .. } = object.name
        && parent != 0
        && cs::head(tables, parent)?.is_none()
    {
        report(found, "SE-359", format!("{name} hangs below nothing"));
    }
    if !object.is_placeholder() && !object.is_export_object() {
        let differs = object.imported.is_some()
            || object.flags.has(Flags::RENAMED)
            || links
                .iter()
                .any(|(_, v)| v.has(LinkViews::SYNCHRONIZED) != v.has(LinkViews::IMPORTED));
        let fits = match object.import {
            ImportOp::None => !differs,
            ImportOp::Add => object.synchronized.is_none(),
            ImportOp::Update => differs,
            ImportOp::Delete | ImportOp::DeleteAdd => true,
        };
        if !fits {
            report(
                found,
                "SE-358",
                format!("{name}: {:?} although I ≠ H is {differs}", object.import),
            );
        }
    }
    if object.imported.is_some() && object.imported == object.synchronized {
        report(found, "SE-358", format!("{name} keeps an image that equals H"));
    }
    for kind in Pending::ALL {
        let listed = lookup::pending(tables, connector, kind, id.checked_sub(1), 1)? == [id];
        if listed != kind.applies(object) {
            report(found, "index", format!("{name} is listed as {kind:?}: {listed}"));
        }
    }
    if let Some(anchor) = &object.anchor
        && !index::by_anchor(tables, connector, anchor)?.contains(&id)
    {
        report(found, "index", format!("{name} is not found by its anchor"));
    }
    let by_name = match &object.name {
        CsName::Flat(text) => index::by_flat_name(tables, connector, text)?,
        CsName::Tree { parent, rdn } => {
            index::children_named(tables, connector, *parent, &rdn.key())?
        }
    };
    if !by_name.contains(&id) {
        report(found, "index", format!("{name} is not found by its name"));
    }
    let entries = CsEntries::of(object, context.join_attributes(connector));
    if !entries.are_written(tables, connector, id)? {
        report(found, "index", format!("{name} is not found by a join value"));
    }
    if let Some(error) = object.import_error.as_ref().or(object.export_error.as_ref())
        && error.first > error.last
    {
        report(found, "SE-375", format!("{name}: first failure after the last"));
    }
    let touched: Vec<_> = links
        .iter()
        .filter(|(_, views)| views.has(LinkViews::EXPORTED))
        .map(|(link, _)| (link.attribute, link.to))
        .collect();
    if !object.exported_links.overflow && object.exported_links.links != touched {
        report(found, "SE-211", format!("{name} lists other exported references than it has"));
    }
    if object.export == ExportOp::None
        && (!object.unapplied.is_empty() || !object.escrowed.is_empty())
    {
        report(found, "SE-367", format!("{name} waits for export without an operation"));
    }
    let waits = |views: &LinkViews| {
        views.has(
            LinkViews::UNAPPLIED_ADD
                | LinkViews::UNAPPLIED_REMOVE
                | LinkViews::ESCROWED_ADD
                | LinkViews::ESCROWED_REMOVE,
        )
    };
    if object.export == ExportOp::Update
        && object.unapplied.is_empty()
        && object.escrowed.is_empty()
        && !links.iter().any(|(_, views)| waits(views))
    {
        report(found, "SE-367", format!("{name} would export nothing"));
    }
    for (link, _) in &links {
        if cs::head(tables, link.to)?.is_none() {
            report(found, "SE-104", format!("{name} refers to {} which is gone", link.to));
        }
    }
    Ok(())
}

fn check_metaverse(
    context: &Context<'_>,
    tables: &dyn Tables,
    found: &mut Vec<Violation>,
) -> StoreResult<()> {
    let mut after = None;
    loop {
        let objects = rows::after::<MvObject>(tables, after, 1024)?;
        let Some((last, _)) = objects.last() else { break };
        after = Some(*last);
        for (id, object) in objects {
            if !object.has_keeper(&context.book) {
                report(found, "SE-355", format!("nothing keeps metaverse object {id}"));
            }
            let mut writers: BTreeMap<(u32, dirsim_model::AttributeId), u64> = BTreeMap::new();
            for (cs, part) in object.links.iter().zip(&object.parts) {
                let linked = cs::head(tables, *cs)?.is_some_and(|head| head.mv == id);
                if !linked {
                    report(found, "SE-354", format!("metaverse object {id} lists {cs} alone"));
                }
                for (attribute, _) in part.values.iter() {
                    let first = writers.insert((cs::connector_of(*cs), attribute), *cs);
                    if first.is_some() {
                        let text = format!("{cs} and {first:?} write one attribute of {id}");
                        report(found, "SE-354", text);
                    }
                }
            }
            for link in mv::LINKS.from(tables, id, None)? {
                if mv::head(tables, link.to)?.is_none() {
                    report(found, "SE-162", format!("{id} refers to {} which is gone", link.to));
                }
            }
        }
    }
    Ok(())
}
