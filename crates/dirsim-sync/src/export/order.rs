//! In which order rows are sent (SE-206, SE-208, SE-209).

use std::collections::BTreeMap;
use std::rc::Rc;

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
    let mut containers = Containers::default();
    for id in lookup::pending(tables, connector, lookup::Pending::Export, None, usize::MAX)? {
        let Some(object) = cs::get(tables, id)? else { continue };
        if object.flags.has(Flags::TRANSIENT) || object.partition != domain {
            continue;
        }
        let (depth, name) = match &object.name {
            CsName::Flat(text) => (1, text.to_string()),
            CsName::Tree { parent, rdn } => {
                let leaf = rdn.to_string().to_lowercase();
                match containers.place(tables, *parent)? {
                    (0, _) => (1, leaf),
                    (depth, above) => (depth + 1, format!("{leaf},{above}")),
                }
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

/// Depths and names without case of containers, each looked up once.
#[derive(Default)]
struct Containers {
    known: BTreeMap<u64, (u32, Rc<str>)>,
}

impl Containers {
    /// Returns depth and name of a container; depth 0 is the top, above all names.
    fn place(&mut self, tables: &dyn Tables, id: u64) -> StoreResult<(u32, Rc<str>)> {
        if let Some((depth, name)) = self.known.get(&id) {
            return Ok((*depth, Rc::clone(name)));
        }
        let place = match cs::head(tables, id)?.map(|head| head.name) {
            _ if id == 0 => (0, Rc::from("")),
            Some(CsName::Tree { parent, rdn }) => {
                let leaf = rdn.to_string().to_lowercase();
                match self.place(tables, parent)? {
                    (0, _) => (1, leaf.into()),
                    (depth, above) => (depth + 1, format!("{leaf},{above}").into()),
                }
            }
            _ => (1, Rc::from("")),
        };
        self.known.insert(id, place.clone());
        Ok(place)
    }
}
