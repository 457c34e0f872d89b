//! In which order rows are sent (SE-206, SE-208, SE-209).

use dirsim_store::{StoreResult, Tables};

use crate::cs::{self, CsName, ExportOp, Flags};
use crate::lookup;

/// The rows of an export.
#[derive(Debug, Default)]
pub(crate) struct Plan {
    /// Deletions, deepest first.
    pub(crate) deletes: Vec<u64>,
    /// New objects and changes: fewest references first, then from the top down.
    pub(crate) others: Vec<u64>,
}

/// Lists what waits for export in a partition.
pub(crate) fn plan(tables: &dyn Tables, connector: u32, domain: u64) -> StoreResult<Plan> {
    let mut deletes = Vec::new();
    let mut others = Vec::new();
    for id in lookup::pending(tables, connector, lookup::Pending::Export, None, usize::MAX)? {
        let Some(object) = cs::get(tables, id)? else { continue };
        if object.flags.has(Flags::TRANSIENT) || object.partition != domain {
            continue;
        }
        let (depth, name) = match &object.name {
            CsName::Flat(text) => (1, text.to_string()),
            CsName::Tree { .. } => {
                let dn = lookup::dn(tables, id)?;
                (depth(tables, id)?, dn.to_lowercase())
            }
        };
        if object.export == ExportOp::Delete {
            deletes.push((std::cmp::Reverse(depth), name, id));
        } else {
            let references = if object.exported_links.overflow {
                usize::MAX
            } else {
                object.exported_links.links.len()
            };
            others.push((references, depth, name, id));
        }
    }
    deletes.sort_unstable();
    others.sort_unstable();
    Ok(Plan {
        deletes: deletes.into_iter().map(|(.., id)| id).collect(),
        others: others.into_iter().map(|(.., id)| id).collect(),
    })
}

fn depth(tables: &dyn Tables, id: u64) -> StoreResult<u32> {
    let (mut depth, mut at) = (0, id);
    while at != 0 {
        depth += 1;
        at = match cs::head(tables, at)?.map(|head| head.name) {
            Some(CsName::Tree { parent, .. }) => parent,
            _ => 0,
        };
    }
    Ok(depth)
}
