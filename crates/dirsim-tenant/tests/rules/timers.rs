//! The order of service jobs (ET-260 to ET-263).

use dirsim_tenant::{TenantEdit, TenantEvent, next_due};

use crate::stage::{Stage, at};

/// ET-260, ET-261: due-time order; purge, turn-off, sweep at one instant.
#[test]
fn et_260_jobs_run_in_order() {
    let mut stage = Stage::new();
    assert_eq!(next_due(&stage.tables).unwrap(), None);
    stage.add("A1", "upn=u@contoso.com");
    stage.add("A2", "upn=u@contoso.com");
    stage.add("A3", "upn=v@contoso.com");
    stage.delete("A3");
    stage.run_to(at("28 09:00"));
    stage.edit(TenantEdit::SetDirSyncEnabled { enabled: false });
    let target = stage.get("A1").id;
    stage.run_to(at("31 08:30"));
    stage.edit(TenantEdit::Delete { target });
    assert_eq!(next_due(&stage.tables).unwrap(), Some(at("31 09:00")));
    let events = stage.run_to(at("31 09:00"));
    // The turn-off removes the quarantine entry, so the sweep finds nothing.
    assert!(
        matches!(
            &events[..],
            [TenantEvent::Purged { .. }, TenantEvent::TurnedOff { objects: 2, .. }]
        ),
        "{events:?}"
    );
    assert_eq!(stage.get("A2").upn.as_deref(), Some("u1234@contoso.onmicrosoft.com"));
}

/// ET-261: a jump of the clock finds the state of each hour.
#[test]
fn et_261_a_jump_runs_what_lies_between() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=u@contoso.com");
    stage.add("A2", "upn=u@contoso.com");
    stage.run_to(at("01 10:05"));
    stage.set("A1", "upn=w@contoso.com");
    let events = stage.run_to(at("01 13:00"));
    let [TenantEvent::Repaired { at: when, .. }] = &events[..] else { panic!("{events:?}") };
    assert_eq!(*when, at("01 11:00"));
}
