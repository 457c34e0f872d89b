//! `dirsim log`: the journal.

use serde_json::json;

use super::open;
use crate::cli::Log;
use crate::failure::Failure;
use crate::report::Rows;

/// Lists the journal.
pub(crate) fn log(arguments: &Log) -> Result<(), Failure> {
    let world = open(&arguments.place.workspace)?;
    let mut rows = Rows::new(&["Step", "", "Clock", "What", "Digest"]);
    for commit in world.journal(1, world.last())? {
        let mark = match commit.step.cmp(&world.head()) {
            std::cmp::Ordering::Less => "",
            std::cmp::Ordering::Equal => "here",
            std::cmp::Ordering::Greater => "undone",
        };
        rows.push(vec![
            json!(commit.step),
            json!(mark),
            json!(commit.at.to_string()),
            json!(commit.label),
            json!(commit.digest.to_string()),
        ]);
    }
    rows.print(arguments.report.format)?;
    Ok(())
}
