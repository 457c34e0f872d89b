//! `dirsim init` and `dirsim load`: bring a world into a workspace.

use std::fs;
use std::path::Path;

use dirsim_model::{AsOf, Timestamp};
use dirsim_rules::{RuleOptions, UserMatching};
use dirsim_world::{Event, IdentityChoice, Input, ServerEdit, Setup, World};

use super::configuration::{Named, load_rules, no_answers};
use super::open;
use crate::cli::{Format, Init, Load, LoadWhat};
use crate::failure::Failure;
use crate::files::{Exports, read_exports};
use crate::progress::Bar;
use dirsim_formats::server::load::Base;
use dirsim_formats::server::{Imported, Target, world as server_world};

/// Makes a workspace.
pub(crate) fn init(arguments: &Init) -> Result<(), Failure> {
    if let Some(scenario) = &arguments.scenario {
        return from_scenario(arguments, scenario);
    }
    let clock = time(&arguments.clock)?;
    let dates: Vec<String> = arguments.as_of.iter().cloned().collect();
    let as_of = super::run_dated::choices(&dates, &arguments.change)?.remove(0);
    if arguments.files.ad.is_empty() && arguments.files.tenant.is_empty() {
        return Err(Failure::usage(
            "nothing to load: name exports with --ad and --tenant, or a scenario with --scenario; \
             `dirsim generate --out demo` makes exports to try",
        ));
    }
    if arguments.files.tenant.is_empty() && !arguments.rules.is_empty() {
        return Err(Failure::usage(
            "rules belong to a server, and a server to a tenant: name exports of the tenant with \
             --tenant",
        ));
    }
    let mut schema = dirsim_model::Schema::built_in();
    let named = Named::read(&arguments.rules, &arguments.choice)?;
    let mut options = RuleOptions::as_of(&as_of);
    let choices = identity(arguments, &schema, &mut options)?;
    // Files are read before the workspace is made: a mistake in them leaves nothing behind.
    let mut exports = read_exports(&arguments.files, &schema, &as_of)?;
    let mut imported = None;
    if !arguments.rules.is_empty() {
        let found = imported_rules(&named, &exports, &schema, &options)?;
        named.refuse(&found.report, arguments.report.format)?;
        if !found.attributes.is_empty() {
            // Values are read once more, now that the export tells what they are.
            for new in &found.attributes {
                let id = schema.intern(&new.name).map_err(|e| Failure::usage(e.to_string()))?;
                schema.define(new.side, id, new.definition);
            }
            exports = read_exports(&arguments.files, &schema, &as_of)?;
        }
        imported = Some(found);
    }
    let setup = Setup { seed: arguments.seed, clock, rules: options, rule_files: None };
    let Exports { mut inputs, lints, mut sources, found } = exports;
    sources.extend(named.sources());
    let report = imported.as_ref().map(|imported| imported.report.clone());
    if let Some(imported) = imported {
        let (define, configuration) = server_world::inputs(imported);
        if let Some(define) = define {
            inputs.insert(0, define);
        }
        inputs.push(configuration);
    }
    inputs.extend(choices);
    inputs.push(Input::Sources(sources));
    make(arguments, setup, inputs)?;
    if let Some(report) = &report {
        named.tell(report, arguments.report.format)?;
    }
    if arguments.report.format == Format::Text {
        told(&arguments.workspace, &lints, &found);
    }
    Ok(())
}

/// Returns what the installation wizard was told about identity (SE-187, SE-288, SE-312).
fn identity(
    arguments: &Init,
    schema: &dirsim_model::Schema,
    options: &mut RuleOptions,
) -> Result<Vec<Input>, Failure> {
    let attribute = |name: &str| {
        schema
            .attribute(name)
            .ok_or_else(|| Failure::usage(format!("there is no attribute `{name}`")))
    };
    let mut choices = Vec::new();
    match arguments.source_anchor.as_deref() {
        None => {}
        Some("automatic") => choices.push(IdentityChoice::AutomaticAnchor),
        Some(name) => choices.push(IdentityChoice::Anchor(attribute(name)?)),
    }
    if let Some(name) = &arguments.alternate_id {
        choices.push(IdentityChoice::UserName(attribute(name)?));
    }
    match arguments.user_matching.as_deref() {
        None => {}
        Some("once") => options.user_matching = UserMatching::Once,
        Some("mail") => options.user_matching = UserMatching::Mail,
        Some("sid") => options.user_matching = UserMatching::Sid,
        Some("account-name") => options.user_matching = UserMatching::AccountName,
        Some(name) => choices.push(IdentityChoice::Matching(attribute(name)?)),
    }
    let input = |choice| Input::Server(ServerEdit::Identity(choice));
    Ok(choices.into_iter().map(input).collect())
}

/// Puts the rule set of a world together that these exports will make.
fn imported_rules(
    named: &Named,
    exports: &Exports,
    schema: &dirsim_model::Schema,
    options: &RuleOptions,
) -> Result<Imported, Failure> {
    let connectors = server_world::of_inputs(&exports.inputs);
    let answers = no_answers();
    let target = Target { connectors: &connectors, schema, options, answers: &answers };
    named.load(&Base::default(), target)
}

/// Brings more exports into a workspace.
pub(crate) fn load(arguments: &Load) -> Result<(), Failure> {
    if let Some(LoadWhat::Rules(arguments)) = &arguments.what {
        return load_rules(arguments);
    }
    let mut world = open(&arguments.place.workspace)?;
    let exports = read_exports(&arguments.files, world.schema(), &AsOf::default())?;
    let Exports { mut inputs, lints, sources, found } = exports;
    if inputs.is_empty() {
        return Err(Failure::usage("nothing to load: name exports with --ad or --tenant"));
    }
    inputs.push(Input::Sources(sources));
    let before = world.head();
    if let Err(failure) = fill(&mut world, inputs) {
        // Half a load is no load.
        world.goto(before)?;
        return Err(failure);
    }
    told(&arguments.place.workspace, &lints, &found);
    Ok(())
}

fn from_scenario(arguments: &Init, scenario: &Path) -> Result<(), Failure> {
    let (start, source) = super::run::read_start(scenario)?;
    let mut inputs = start.inputs;
    inputs.push(Input::Sources(vec![source]));
    make(arguments, start.setup, inputs)?;
    println!("{} holds the world of {}", arguments.workspace.display(), scenario.display());
    println!("next: dirsim plan -w {}", arguments.workspace.display());
    Ok(())
}

/// Makes the workspace in full or not at all.
fn make(arguments: &Init, setup: Setup, inputs: Vec<Input>) -> Result<(), Failure> {
    let path = &arguments.workspace;
    let mut world = World::create_at(path, setup)?;
    let kept = arguments.keep_steps.map_or(Ok(()), |steps| world.keep_steps(steps));
    if let Err(failure) = kept.map_err(Failure::from).and_then(|()| fill(&mut world, inputs)) {
        drop(world);
        // The folder was made by this command and holds nothing that anybody wrote.
        drop(fs::remove_dir_all(path));
        return Err(failure);
    }
    Ok(())
}

pub(super) fn fill(world: &mut World, inputs: Vec<Input>) -> Result<(), Failure> {
    for input in inputs {
        let label = input.label();
        let bar = Bar::new(&label);
        let stepped = world.step_with(input, &mut |progress| bar.report(&progress))?;
        drop(bar);
        if let Some(refusal) = stepped.refusal {
            return Err(Failure::unreadable([format!("{label}: {}", refusal.message())]));
        }
        for event in stepped.events {
            if let Event::Note(note) = event {
                anstream::eprintln!("note: {}: {}", note.code, note.text);
            }
        }
    }
    Ok(())
}

fn told(workspace: &Path, lints: &[String], found: &[String]) {
    for lint in lints {
        anstream::eprintln!("note: {lint}");
    }
    for found in found {
        println!("{found}");
    }
    println!("next: dirsim plan -w {}", workspace.display());
}

fn time(text: &str) -> Result<Timestamp, Failure> {
    text.parse()
        .map_err(|error: dirsim_model::time::TimestampError| Failure::usage(error.to_string()))
}
