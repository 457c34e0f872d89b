//! Settings that an administrator would want to read, compiled in from `config/runbook`.

use serde::Deserialize;

use crate::limits::Limits;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct LimitsFile {
    statements: u64,
    bytes: u64,
    depth: u32,
    outputs: u64,
}

/// Returns the limits of a script.
pub(crate) fn limits() -> Limits {
    let file: LimitsFile =
        serde_saphyr::from_str(include_str!("../../../config/runbook/limits.yaml"))
            .expect("the limits that are compiled in are read by a test");
    Limits {
        statements: file.statements,
        bytes: file.bytes,
        depth: file.depth,
        outputs: file.outputs,
    }
}
