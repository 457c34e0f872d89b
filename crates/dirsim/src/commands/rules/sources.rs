//! Rule sets put together from what the user names, for a workspace or for an example of a server.

use dirsim_formats::server::load::Base;
use dirsim_formats::server::{Imported, PlacedRule, Target, WorldConnector, world as server_world};
use dirsim_model::{Guid, Schema};
use dirsim_rules::{ConnectorInfo, ConnectorKind, RuleOptions, RuleSet};
use dirsim_world::World;

use crate::cli::Format;
use crate::commands::configuration::{Named, no_answers};
use crate::failure::Failure;

/// The forest of the server that stands for a workspace when none is named.
const FOREST: &str = "contoso.com";
/// The initial domain of its tenant.
const TENANT: &str = "contoso.onmicrosoft.com";

/// Returns the connectors of a server with the forest contoso.com and a tenant.
fn example_connectors() -> [WorldConnector; 2] {
    let guid = |name: &str| dirsim_rules::derived_rule_id(name, Guid::NIL, 0);
    let (forest, tenant) = (WorldConnector::forest(FOREST, &[]), WorldConnector::tenant(TENANT));
    [
        WorldConnector { guid: guid(&forest.name), ..forest },
        WorldConnector { guid: guid(&tenant.name), ..tenant },
    ]
}

fn example_infos() -> Vec<ConnectorInfo> {
    let connectors = example_connectors();
    connectors
        .iter()
        .zip(1..)
        .map(|(connector, id)| ConnectorInfo {
            id,
            name: connector.name.clone(),
            guid: connector.guid,
            kind: connector.kind,
            forest_fqdn: connector.forest.clone(),
            forest_netbios: match connector.kind {
                ConnectorKind::Forest => "CONTOSO".to_owned(),
                ConnectorKind::Entra => String::new(),
            },
            parameters: Vec::new(),
        })
        .collect()
}

/// Returns the default set for a server with one forest.
pub(super) fn example() -> RuleSet {
    let files = RuleSet::default_files();
    let options = RuleOptions::default();
    RuleSet::build(&files, &example_infos(), &options, &mut Schema::built_in())
        .expect("the default set is tested")
}

/// Puts a rule set together on top of `base`, for the connectors of a world or of the example;
/// everything that is wrong is told.
pub(super) fn together(
    world: Option<&World>,
    named: &Named,
    base: &Base,
) -> Result<(Imported, RuleSet), Failure> {
    let (schema, connectors, infos, options, answers) = match world {
        Some(world) => {
            let (tables, schema) = (world.tables(), world.schema().clone());
            let connectors = server_world::of_tables(tables, &schema)?;
            let infos = dirsim_world::rules::connectors(tables)?;
            let options = dirsim_world::rules::setup(tables)?.map(|setup| setup.rules);
            let answers = dirsim_world::answers(tables)?;
            (schema, connectors, infos, options.unwrap_or_default(), answers)
        }
        None => (
            Schema::built_in(),
            example_connectors().to_vec(),
            example_infos(),
            RuleOptions::default(),
            no_answers(),
        ),
    };
    let target =
        Target { connectors: &connectors, schema: &schema, options: &options, answers: &answers };
    let imported = named.load(base, target)?;
    named.refuse(&imported.report, Format::Text)?;
    let rules = imported.compile(&infos, &options, &base.edits, &schema).map_err(|problems| {
        // The same rules were compiled for the report.
        Failure::syntax(problems.iter().map(ToString::to_string))
    })?;
    Ok((imported, rules))
}

/// Returns the rules with the names of their connectors.
pub(super) fn placed(rules: &RuleSet) -> Vec<PlacedRule> {
    let name = |guid: Guid| {
        let known = rules.connectors().iter().find(|known| known.guid == guid);
        known.map_or_else(|| guid.to_string(), |known| known.name.clone())
    };
    let definitions = rules.definitions().into_iter();
    definitions.map(|rule| PlacedRule { connector: name(rule.connector), rule }).collect()
}
