//! `dirsim rules`: reading, trying and comparing sync rules.

mod coverage;
mod diff;
mod list;
mod show;
mod test;

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use dirsim_model::{Guid, Schema};
use dirsim_rules::{ConnectorInfo, ConnectorKind, RuleFile, RuleOptions, RuleProblem, RuleSet};
use dirsim_world::World;

use crate::cli::{RuleSource, Rules};
use crate::failure::Failure;

/// Does one of the commands.
pub(crate) fn rules(arguments: &Rules) -> Result<(), Failure> {
    match arguments {
        Rules::List(arguments) => list::list(arguments),
        Rules::Show(arguments) => show::show(arguments),
        Rules::Test(arguments) => test::test(arguments),
        Rules::Diff(arguments) => diff::diff(arguments),
        Rules::Coverage(arguments) => coverage::coverage(arguments),
    }
}

/// A rule set, and the world that it belongs to when there is one.
pub(super) struct Loaded {
    pub(super) rules: Arc<RuleSet>,
    pub(super) world: Option<World>,
}

impl Loaded {
    /// Returns the name of a connector.
    pub(super) fn connector(&self, guid: Guid) -> &str {
        let known = self.rules.connectors().iter().find(|known| known.guid == guid);
        known.map_or("?", |known| &known.name)
    }
}

/// Loads the rules that the arguments mean: those of a workspace, or files, or the default set for
/// a server with one forest.
pub(super) fn load(source: &RuleSource) -> Result<Loaded, Failure> {
    let mut world = source.workspace.as_deref().map(super::open).transpose()?;
    let files = match source.rules.as_slice() {
        [] if source.alone => {
            return Err(Failure::usage("--alone needs files; name them with --rules"));
        }
        [] => None,
        paths => Some(read(paths, source.alone)?),
    };
    let rules = match (&mut world, files) {
        (Some(world), None) => world.rules()?,
        (Some(world), Some(files)) => {
            let built = dirsim_world::rules::build(world.tables(), world.schema(), &files)?;
            Arc::new(built.map_err(|problems| wrong(&problems, &files))?)
        }
        (None, files) => Arc::new(example(&files.unwrap_or_else(RuleSet::default_files))?),
    };
    Ok(Loaded { rules, world })
}

/// Reads rule files, on top of the default set unless `alone`.
pub(super) fn read(paths: &[PathBuf], alone: bool) -> Result<Vec<RuleFile>, Failure> {
    let mut files = if alone { Vec::new() } else { RuleSet::default_files() };
    for path in paths {
        files.push(read_one(path)?);
    }
    Ok(files)
}

fn read_one(path: &Path) -> Result<RuleFile, Failure> {
    let name = path.display().to_string();
    let text = fs::read_to_string(path)
        .map_err(|error| Failure::unreadable([format!("{name} cannot be read: {error}")]))?;
    Ok(RuleFile { path: name, text })
}

/// Builds rules for a server with the forest contoso.com and a tenant.
fn example(files: &[RuleFile]) -> Result<RuleSet, Failure> {
    let connector = |id: u32, name: &str, kind, forest: &str| ConnectorInfo {
        id,
        name: name.to_owned(),
        guid: dirsim_rules::derived_rule_id(name, Guid::NIL, 0),
        kind,
        forest_fqdn: forest.to_owned(),
        forest_netbios: forest.split('.').next().unwrap_or_default().to_uppercase(),
        parameters: Vec::new(),
    };
    let connectors = [
        connector(1, "contoso.com", ConnectorKind::Forest, "contoso.com"),
        connector(2, "contoso.onmicrosoft.com - AAD", ConnectorKind::Entra, ""),
    ];
    let options = RuleOptions::default();
    RuleSet::build(files, &connectors, &options, &mut Schema::built_in())
        .map_err(|problems| wrong(&problems, files))
}

/// Everything that is wrong with rule files, each with its place underlined.
pub(super) fn wrong(problems: &[RuleProblem], files: &[RuleFile]) -> Failure {
    Failure::syntax(problems.iter().map(|problem| {
        let file = files.iter().find(|file| file.path == problem.file);
        let excerpt = file.and_then(|file| problem.excerpt(&file.text));
        excerpt.map_or_else(|| problem.to_string(), |excerpt| format!("{problem}\n{excerpt}"))
    }))
}
