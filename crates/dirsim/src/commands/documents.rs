//! `dirsim completions` and `dirsim man`.

use std::fs;
use std::io;

use clap::CommandFactory as _;

use crate::cli::{Cli, Completions, Man};
use crate::failure::Failure;

/// Writes the completions of a shell to stdout.
pub(crate) fn completions(arguments: &Completions) {
    clap_complete::generate(arguments.shell, &mut Cli::command(), "dirsim", &mut io::stdout());
}

/// Writes one man page per command.
pub(crate) fn man(arguments: &Man) -> Result<(), Failure> {
    fs::create_dir_all(&arguments.folder)?;
    clap_mangen::generate_to(Cli::command(), &arguments.folder)?;
    println!("man pages are in {}", arguments.folder.display());
    Ok(())
}
