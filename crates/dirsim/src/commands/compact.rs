//! `dirsim compact`: room on disk, and the bound of the history.

use dirsim_store::Workspace;

use super::open;
use crate::cli::Compact;
use crate::failure::Failure;

/// Forgets early steps when asked to, and rewrites the database.
pub(crate) fn compact(arguments: &Compact) -> Result<(), Failure> {
    let path = &arguments.place.workspace;
    if let Some(keep) = arguments.keep_steps {
        let mut world = open(path)?;
        let before = world.workspace().first();
        world.keep_steps(keep)?;
        world.forget(world.head().saturating_sub(keep))?;
        let first = world.workspace().first();
        if first > before {
            println!("steps {} to {} are forgotten", before.max(1), first - 1);
        }
        println!("the journal goes back to step {} of {}", first.max(1), world.last());
    }
    let done = Workspace::compact(path).map_err(dirsim_world::WorldError::from)?;
    println!("{} before, {} now", mebibytes(done.before), mebibytes(done.after));
    Ok(())
}

fn mebibytes(bytes: u64) -> String {
    format!("{}.{} MiB", bytes >> 20, ((bytes & 0xF_FFFF) * 10) >> 20)
}
