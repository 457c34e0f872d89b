//! `dirsim rules`: reading, trying and comparing sync rules.

mod clone;
mod coverage;
mod diff;
mod export;
mod list;
mod show;
mod sources;
mod test;

pub(super) use diff::print_rules as print_differences;

use std::sync::Arc;

use dirsim_model::Guid;
use dirsim_rules::RuleSet;
use dirsim_world::World;

use dirsim_formats::server::load::Base;

use super::configuration::Named;
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
        Rules::Export(arguments) => export::export(arguments),
        Rules::Clone(arguments) => clone::clone(arguments),
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

/// Loads the rules that the arguments mean: those of a workspace, or sources of rules, or the default
/// set for a server with one forest.
pub(super) fn load(source: &RuleSource) -> Result<Loaded, Failure> {
    let mut world = source.workspace.as_deref().map(super::open).transpose()?;
    if source.rules.is_empty() {
        if source.alone {
            return Err(Failure::usage("--alone needs files; name them with --rules"));
        }
        let rules = match &mut world {
            Some(world) => world.rules()?,
            None => Arc::new(sources::example()),
        };
        return Ok(Loaded { rules, world });
    }
    let mut named = Named::read(&source.rules, &source.choice)?;
    if !source.alone {
        named = named.on_default();
    }
    let (_, rules) = sources::together(world.as_ref(), &named, &Base::default())?;
    Ok(Loaded { rules: Arc::new(rules), world })
}
