//! The commands: each file does one of them.

mod compact;
mod config_diff;
mod configuration;
mod csexport;
mod cycle;
mod documents;
mod errors;
mod explain;
mod generate;
mod health;
mod init;
mod ledger;
mod log;
mod matches;
mod plan;
mod preview;
mod replay;
mod rules;
mod run;
mod run_dated;
mod runbook;
mod runs;
mod shell;
mod show;
mod simulate;
mod travel;

use std::path::Path;
use std::process::ExitCode;
use std::sync::atomic::AtomicBool;

use dirsim_world::World;

use crate::cli::{Command, Config};
use crate::failure::Failure;

/// Runs a command; `cancelled` turns true when the user asks it to stop.
pub(crate) fn run(command: Command, cancelled: &AtomicBool) -> Result<ExitCode, Failure> {
    match command {
        Command::Run(arguments) => run::run(&arguments, cancelled),
        Command::Init(arguments) => init::init(&arguments),
        Command::Load(arguments) => init::load(&arguments),
        Command::Match(arguments) => matches::matches(&arguments),
        Command::Generate(arguments) => generate::generate(&arguments),
        Command::Cycle(arguments) => cycle::cycle(&arguments, cancelled),
        Command::Step(arguments) => cycle::step(&arguments),
        Command::Back(arguments) => travel::back(&arguments),
        Command::Forward(arguments) => travel::forward(&arguments),
        Command::Goto(arguments) => travel::goto(&arguments),
        Command::Log(arguments) => log::log(&arguments),
        Command::Plan(arguments) => return plan::plan(&arguments),
        Command::Explain(arguments) => explain::explain(&arguments),
        Command::Preview(arguments) => preview::preview(&arguments),
        Command::Show(arguments) => show::show(&arguments),
        Command::Csexport(arguments) => csexport::csexport(&arguments),
        Command::CsexportAnalyzer(arguments) => csexport::analyzer(&arguments),
        Command::Rules(arguments) => rules::rules(&arguments),
        Command::Config(Config::Diff(arguments)) => return config_diff::diff(&arguments),
        Command::Compact(arguments) => compact::compact(&arguments),
        Command::Replay(arguments) => replay::replay(&arguments, cancelled),
        Command::Simulate(arguments) => simulate::simulate(&arguments, cancelled),
        Command::Runbook(arguments) => return runbook::runbook(&arguments, cancelled),
        Command::Shell(arguments) => return shell::shell(&arguments, cancelled),
        Command::Completions(arguments) => {
            documents::completions(&arguments);
            Ok(())
        }
        Command::Man(arguments) => documents::man(&arguments),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// Opens a workspace and says what the store had to repair.
fn open(path: &Path) -> Result<World, Failure> {
    let (world, warnings) = World::open(path)?;
    for warning in warnings {
        tracing::warn!("{warning}");
    }
    Ok(world)
}
