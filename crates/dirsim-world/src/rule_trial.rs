//! Trying a rule or an expression on one object of a world.

use dirsim_model::Schema;
use dirsim_rules::{Direction, ExprError, FlowTrial, RuleIx, RuleSet, Trial};
use dirsim_store::{StoreResult, Tables, rows};
use dirsim_sync::cs::connector_of;
use dirsim_sync::{Context, connector, lookup, preview};

use crate::find::find;
use crate::world::CLOCK;

/// The object that is tried, from the side of a rule's source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Target {
    /// The connector space object of an inbound rule; 0 outbound.
    pub cs: u64,
    /// The metaverse object; 0 for none.
    pub mv: u64,
    /// The connector whose rules are tried.
    pub connector: u32,
    /// Which way they flow.
    pub direction: Direction,
    /// The name of the object, for the report.
    pub name: String,
}

/// Finds the object that an identity names for rules of a direction: inbound an object of a
/// connector space (of `connector`, when one is named; a forest before the tenant), outbound the
/// metaverse object with a connector to flow to (the tenant before a forest).
pub fn target(
    tables: &dyn Tables,
    identity: &str,
    direction: Direction,
    connector: Option<u32>,
) -> StoreResult<Option<Target>> {
    let connectors = connector::all(tables)?;
    for found in find(tables, identity)? {
        let mut cs = found.cs.clone();
        let rank = |id: &u64| {
            let own = connectors.iter().find(|known| known.id == connector_of(*id));
            !own.is_some_and(connector::Connector::is_forest)
        };
        cs.sort_by_key(rank);
        if let Some(wanted) = connector.filter(|_| direction == Direction::Inbound) {
            cs.retain(|id| connector_of(*id) == wanted);
        }
        let Some(first) = cs.first().copied() else { continue };
        let name = lookup::dn(tables, first)?;
        let mv = found.mv.unwrap_or(0);
        match direction {
            Direction::Inbound => {
                let connector = connector_of(first);
                return Ok(Some(Target { cs: first, mv, connector, direction, name }));
            }
            Direction::Outbound if mv != 0 => {
                let entra = connectors.iter().find(|known| !known.is_forest());
                let connector = connector.or(entra.map(|known| known.id)).unwrap_or(0);
                return Ok(Some(Target { cs: 0, mv, connector, direction, name }));
            }
            Direction::Outbound => {}
        }
    }
    Ok(None)
}

/// Tries an expression; the inner error is everything that is wrong with its text.
pub fn expression(
    tables: &dyn Tables,
    schema: &Schema,
    rules: &RuleSet,
    target: &Target,
    text: &str,
) -> StoreResult<Option<Result<Trial, Vec<ExprError>>>> {
    look(tables, schema, rules, target, |subject| {
        rules.try_expression(target.connector, target.direction, text, subject)
    })
}

/// Tries the flow by which a rule writes an attribute; the inner `None` says that it writes none
/// such.
pub fn flow(
    tables: &dyn Tables,
    schema: &Schema,
    rules: &RuleSet,
    target: &Target,
    rule: RuleIx,
    attribute: &str,
) -> StoreResult<Option<Option<FlowTrial>>> {
    let wanted = rules.schema().attribute(attribute);
    look(tables, schema, rules, target, |subject| {
        wanted.and_then(|wanted| rules.try_flow(rule, wanted, subject, false))
    })
}

fn look<T>(
    tables: &dyn Tables,
    schema: &Schema,
    rules: &RuleSet,
    target: &Target,
    work: impl FnOnce(&dyn dirsim_rules::Subject) -> T,
) -> StoreResult<Option<T>> {
    let now = rows::meta(tables, CLOCK)?.unwrap_or_default();
    let context = Context::new(tables, schema, rules, now, 0)?;
    match target.direction {
        Direction::Inbound => {
            preview::as_source(&context, tables, target.cs, |_, subject| work(subject))
        }
        Direction::Outbound => {
            let connector = target.connector;
            preview::as_metaverse(&context, tables, target.mv, connector, |_, subject| {
                work(subject)
            })
        }
    }
}
