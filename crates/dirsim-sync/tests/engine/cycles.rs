//! Whole cycles, counter by counter.

use dirsim_sync::{Policy, Profile};
use insta::assert_snapshot;

use crate::lab::*;

/// SE 0.3, SE-246, SE-361, SE-364, SE-371; and by its counters SE-084, SE-086, SE-091, SE-108, SE-112,
/// SE-126, SE-142, SE-146, SE-185, SE-209, SE-210, SE-213, SE-216, SE-239, SE-241, SE-298, SE-299.
#[test]
fn lab_1_counts_as_the_specification_says() {
    let mut lab = Lab::lab1();
    let runs = lab.cycle(Policy::Initial);
    assert_snapshot!(lab.describe(&runs), @"
    Full Import A: success, stage-add 6, filtered-objects 14
    Full Import E: completed-no-objects
    Full Synchronization A: success, disconnector-projected-flow 5, disconnector-remains 1; A connector-flow 3; E provisioned-add-flow 5
    Full Synchronization E: success
    Export E: success, export-add 5, export-update 2
    Export A: success, export-update 3
    ");
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success, stage-update 3
    Delta Import E: success, stage-update 5
    Delta Synchronization A: success, disconnector-remains 1, connector-no-flow 3
    Delta Synchronization E: success, connector-flow 5
    Export E: success
    Export A: success
    ");
    let runs = lab.cycle(Policy::Delta);
    assert_snapshot!(lab.describe(&runs), @"
    Delta Import A: success
    Delta Import E: success
    Delta Synchronization A: success, disconnector-remains 1
    Delta Synchronization E: success
    Export E: success
    Export A: success
    ");
    let runs = lab.cycle(Policy::Initial);
    assert_snapshot!(lab.describe(&runs), @"
    Full Import A: success, stage-no-change 6, filtered-objects 14
    Full Import E: success, stage-no-change 5
    Full Synchronization A: success, disconnector-remains 1, connector-no-flow 5
    Full Synchronization E: success, connector-no-flow 5
    Export E: success
    Export A: success
    ");
    let _ = Profile::Export;
}
