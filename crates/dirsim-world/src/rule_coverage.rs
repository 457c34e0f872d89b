//! Which rules and flows touched how many objects, which won, and which never fired.

use std::collections::BTreeMap;

use dirsim_model::{AttributeId, Schema};
use dirsim_rules::{RuleIx, RuleSet};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::mv::Resolved;
use dirsim_sync::{Context, MvObject, connector, lookup, preview};
use serde::Serialize;

use crate::world::CLOCK;

/// How many objects are read at once.
const PAGE: usize = 1_000;

/// What one rule did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct RuleCoverage {
    /// The name.
    pub name: String,
    /// The precedence.
    pub precedence: u32,
    /// The name of the connector.
    pub connector: String,
    /// Inbound or Outbound.
    pub direction: &'static str,
    /// What it does to links.
    pub link: &'static str,
    /// Whether it is off.
    pub disabled: bool,
    /// Linked objects that it applies to.
    pub objects: usize,
    /// Its transformations.
    pub flows: Vec<FlowCoverage>,
}

/// What one transformation did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct FlowCoverage {
    /// The attribute that it writes.
    pub target: String,
    /// Where its value comes from.
    pub source: String,
    /// Objects whose value it gave.
    pub won: usize,
}

impl RuleCoverage {
    /// Returns how many values the rule gave.
    pub fn won(&self) -> usize {
        self.flows.iter().map(|flow| flow.won).sum()
    }

    /// Returns whether the rule did anything: it applied, and gave a value unless it has none to give.
    pub fn fired(&self) -> bool {
        self.objects > 0
    }
}

/// Looks at every linked object of a world.
///
/// Inbound, the values of the metaverse tell who won; a reference counts for the rule behind it.
/// Outbound, the rules are evaluated anew, as no object keeps that.
pub fn coverage(
    tables: &dyn Tables,
    schema: &Schema,
    rules: &RuleSet,
) -> StoreResult<Vec<RuleCoverage>> {
    let now = rows::meta(tables, CLOCK)?.unwrap_or_default();
    let context = Context::new(tables, schema, rules, now, 0)?;
    let mut objects: BTreeMap<RuleIx, usize> = BTreeMap::new();
    let mut won: BTreeMap<(RuleIx, AttributeId), usize> = BTreeMap::new();
    for connector in connector::all(tables)? {
        let mut after = None;
        loop {
            let heads = lookup::heads(tables, connector.id, after, PAGE)?;
            let Some((last, _)) = heads.last() else { break };
            after = Some(*last);
            for (id, head) in heads {
                if head.mv != 0 {
                    inbound(tables, &context, id, head.mv, &mut objects, &mut won)?;
                    outbound(tables, &context, id, &mut objects, &mut won)?;
                }
            }
        }
    }
    let covered = rules.rules().iter().zip(0..).map(|(rule, ix)| {
        let ix = RuleIx(ix);
        let connector = context.connector(rule.connector);
        RuleCoverage {
            name: rule.name.clone(),
            precedence: rule.precedence,
            connector: connector.map_or_else(String::new, |known| known.name.clone()),
            direction: rule.direction.name(),
            link: rule.link.name(),
            disabled: rule.disabled,
            objects: objects.get(&ix).copied().unwrap_or(0),
            flows: rule
                .flows
                .iter()
                .map(|flow| FlowCoverage {
                    target: rules.schema().name(flow.target).to_owned(),
                    source: flow.text.clone(),
                    won: won.get(&(ix, flow.target)).copied().unwrap_or(0),
                })
                .collect(),
        }
    });
    Ok(covered.collect())
}

type Counts = BTreeMap<RuleIx, usize>;
type Wins = BTreeMap<(RuleIx, AttributeId), usize>;

fn inbound(
    tables: &dyn Tables,
    context: &Context<'_>,
    id: u64,
    mv: u64,
    objects: &mut Counts,
    won: &mut Wins,
) -> StoreResult<()> {
    let Some(person) = rows::get::<MvObject>(tables, mv)? else { return Ok(()) };
    let Some(at) = person.links.iter().position(|link| *link == id) else { return Ok(()) };
    let Some(part) = person.parts.get(at) else { return Ok(()) };
    for ix in part.rules.iter().filter_map(|number| context.book.current(*number)) {
        *objects.entry(ix).or_default() += 1;
    }
    let mut win = |attribute| {
        let rule = part.source(attribute).and_then(|number| context.book.current(number));
        if let Some(ix) = rule {
            *won.entry((ix, attribute)).or_default() += 1;
        }
    };
    for (attribute, _) in part.values.iter() {
        let wins = match person.get(&context.book, attribute) {
            Resolved::Part(winner, _) => winner == at,
            // Every part of a union gives values.
            Resolved::United(..) => true,
            Resolved::None => false,
        };
        if wins {
            win(attribute);
        }
    }
    for attribute in &part.references {
        win(*attribute);
    }
    Ok(())
}

fn outbound(
    tables: &dyn Tables,
    context: &Context<'_>,
    id: u64,
    objects: &mut Counts,
    won: &mut Wins,
) -> StoreResult<()> {
    let Some(object) = rows::get::<dirsim_sync::CsObject>(tables, id)? else { return Ok(()) };
    if let Some(Ok((applying, winners))) = preview::outbound_winners(context, tables, id, &object)?
    {
        for ix in applying {
            *objects.entry(ix).or_default() += 1;
        }
        for (attribute, ix) in winners {
            *won.entry((ix, attribute)).or_default() += 1;
        }
    }
    Ok(())
}
