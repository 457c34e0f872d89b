//! The connectors of a world, made or still to be made, and what an import tells it.

use dirsim_model::{Dn, Guid, Schema};
use dirsim_store::{StoreResult, Tables};
use dirsim_sync::connector;
use dirsim_world::{Input, ServerEdit};

use super::bind::WorldConnector;
use super::import::Imported;
use super::load::RuleSource;
use crate::SourceFile;

/// Returns the connectors that these inputs will make.
pub fn of_inputs(inputs: &[Input]) -> Vec<WorldConnector> {
    inputs
        .iter()
        .filter_map(|input| match input {
            Input::LoadForest { forest, .. } => {
                Some(WorldConnector::forest(&forest.name, &forest.child_domains))
            }
            Input::LoadTenant { tenant, .. } => {
                Some(WorldConnector::tenant(&tenant.initial_domain))
            }
            _ => None,
        })
        .collect()
}

/// Returns the connectors of a world.
pub fn of_tables(tables: &dyn Tables, schema: &Schema) -> StoreResult<Vec<WorldConnector>> {
    let mut all = Vec::new();
    for found in connector::all(tables)? {
        let info = found.info(tables)?;
        let names = |ids: &Vec<dirsim_model::AttributeId>| {
            ids.iter().map(|id| schema.name(*id).to_owned()).collect()
        };
        all.push(WorldConnector {
            name: found.name.clone(),
            kind: found.kind,
            guid: found.guid,
            forest: info.forest_fqdn,
            domains: found
                .partitions
                .iter()
                .filter_map(|partition| partition.name.parse::<Dn>().ok())
                .collect(),
            selected: found.attributes.as_ref().map(names),
        });
    }
    Ok(all)
}

/// Returns what a file is by the end of its name; `Err` names the ends that are known.
pub fn source_of<'a>(name: &'a str, bytes: &'a [u8]) -> Result<RuleSource<'a>, String> {
    let file = SourceFile { name, bytes };
    let end = name.rsplit_once('.').map(|(_, end)| end.to_ascii_lowercase()).unwrap_or_default();
    match end.as_str() {
        "yaml" | "yml" | "rules" => Ok(RuleSource::Rules(file)),
        "ps1" => Ok(RuleSource::Script(file)),
        "json" => Ok(RuleSource::Settings(file)),
        _ => Err(format!(
            "`{name}` is no source of rules: name a rule file (.yaml, .rules), a rule script (.ps1), a settings \
             file (.json), a configuration folder, or `default`"
        )),
    }
}

/// Returns the word that names dirsim's own rule set among sources.
pub const DEFAULT: &str = "default";

/// Returns the inputs that tell a world what was imported: attributes first, which must be known
/// before objects are loaded, then the rest.
pub fn inputs(imported: Imported) -> (Option<Input>, Input) {
    let attributes =
        (!imported.attributes.is_empty()).then_some(Input::DefineAttributes(imported.attributes));
    let rest = ServerEdit::Configuration(Box::new(imported.configuration));
    (attributes, Input::Server(rest))
}

/// Reads an answer `GUID=NAME` (CE-074).
pub fn answer(text: &str) -> Result<(Guid, String), String> {
    let (guid, name) = text
        .split_once('=')
        .ok_or_else(|| format!("`{text}` is no answer; write GUID=NAME of a connector"))?;
    let guid = guid.trim().parse().map_err(|_| format!("`{guid}` is no GUID"))?;
    Ok((guid, name.trim().to_owned()))
}
