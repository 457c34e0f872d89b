//! The alerts of Connect Health that stand (SE-264, SE-338).

use dirsim_world::view::alerts;

use crate::spec::CommandSpec;
use crate::value::Object;

/// `Get-DirsimAlert`.
pub(super) static GET: CommandSpec = CommandSpec {
    name: "Get-DirsimAlert",
    aliases: &[],
    module: "Dirsim",
    summary: "Shows the alerts of Connect Health that stand: runs that failed, a threshold that was \
              reached, a service that is stopped",
    example: "Get-DirsimAlert",
    parameters: &[],
    sets: &[],
    run: |session, _| {
        Ok(alerts(session.tables())?
            .into_iter()
            .map(|alert| {
                Object::new("Dirsim.Alert")
                    .with("Name", alert.name)
                    .with("RaisedOn", alert.raised)
                    .with("ConnectorName", alert.connector)
                    .with("Result", alert.result)
                    .with("Fix", alert.fix)
            })
            .collect())
    },
};
