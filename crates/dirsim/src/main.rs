//! The dirsim command line: reads arguments, opens workspaces, prints reports.
//!
//! The world itself is synchronous; the runtime here only waits for it and for Ctrl-C.
#![expect(
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "the edge: it prints, reads files, the environment and the clock"
)]

mod cli;
mod commands;
mod disk;
mod failure;
mod files;
mod outputs;
mod progress;
mod report;

use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use clap::Parser as _;

use crate::cli::Cli;
use crate::failure::Failure;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => {
            // Help and version are answers; everything else is a mistake in the arguments.
            let code = if error.use_stderr() { 64 } else { 0 };
            drop(error.print());
            return ExitCode::from(code);
        }
    };
    start_diagnostics(cli.verbose);
    end_quietly_without_reader();
    let cancelled = Arc::new(AtomicBool::new(false));
    let outcome = match tokio::runtime::Builder::new_current_thread().enable_all().build() {
        Ok(runtime) => runtime.block_on(supervise(cli, Arc::clone(&cancelled))),
        Err(error) => Err(Failure::internal(format!("the runtime does not start: {error}"))),
    };
    match outcome {
        Ok(code) => code,
        Err(failure) => {
            failure.print();
            failure.exit_code()
        }
    }
}

/// Runs the command beside a watch for Ctrl-C, which asks it to stop after the step it is in.
async fn supervise(cli: Cli, cancelled: Arc<AtomicBool>) -> Result<ExitCode, Failure> {
    let flag = Arc::clone(&cancelled);
    let mut work = tokio::task::spawn_blocking(move || commands::run(cli.command, &flag));
    loop {
        tokio::select! {
            done = &mut work => {
                return done.unwrap_or_else(|error| Err(Failure::internal(error.to_string())));
            }
            signal = tokio::signal::ctrl_c() => {
                if signal.is_ok() && !cancelled.swap(true, Ordering::Relaxed) {
                    anstream::eprintln!("stopping after this step; press Ctrl-C again to stop at once");
                } else {
                    // Nothing is lost: an unfinished step was never committed.
                    std::process::exit(130);
                }
            }
        }
    }
}

/// Ends the program without a word when whoever reads its output has gone, as `| head` does.
///
/// `println!` knows no other answer to a closed pipe than a panic.
fn end_quietly_without_reader() {
    let otherwise = std::panic::take_hook();
    std::panic::set_hook(Box::new(move |panic| {
        let closed = panic
            .payload_as_str()
            .is_some_and(|message| message.starts_with("failed printing to stdout"));
        if closed {
            std::process::exit(0);
        }
        otherwise(panic);
    }));
}

/// Sends diagnostics to stderr; `DIRSIM_LOG` overrides the level.
fn start_diagnostics(verbose: u8) {
    let default = match verbose {
        0 => "warn",
        1 => "info",
        _ => "debug",
    };
    let filter = tracing_subscriber::EnvFilter::try_from_env("DIRSIM_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new(default));
    let plain = std::env::var_os("NO_COLOR").is_some();
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(!plain)
        .without_time()
        .init();
}
