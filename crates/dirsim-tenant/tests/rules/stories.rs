//! The stories of appendix C that no rule tells alone.

use dirsim_tenant::{TenantEdit, lookup};

use crate::stage::{Stage, at, outcome};

/// Item 4, ET-049: the admin-role duplicate, soft-deleted or purged.
#[test]
fn et_049_the_admin_workaround_needs_a_hard_delete() {
    for purge in [false, true] {
        let mut stage = Stage::new();
        let real = stage.user("upn=root@contoso.com | Global Administrator");
        let answer = stage.add("A1", "upn=root@contoso.com");
        assert!(outcome(&answer).starts_with("Created None"));
        assert!(answer.notes.iter().any(|note| note.code == "EXISTING-ADMIN-ROLE-CONFLICT"));
        let duplicate = stage.get("A1").id;
        stage.edit(TenantEdit::SetRole {
            target: real,
            role: "Global Administrator".to_owned(),
            assigned: false,
            eligible: false,
        });
        stage.edit(TenantEdit::Delete { target: duplicate });
        if purge {
            stage.edit(TenantEdit::Purge { target: duplicate });
        }
        let answer = stage.add("A1", "upn=root@contoso.com");
        let (expected, owner) = if purge {
            ("Updated SoftUpn", real)
        } else {
            ("Restored Hard, quarantined root@contoso.com", duplicate)
        };
        assert_eq!((outcome(&answer).as_str(), stage.get("A1").id), (expected, owner));
    }
}

/// Item 5, ET-195: moving an immutableId to the right user, with and without the purge.
#[test]
fn et_195_moving_an_immutable_id() {
    for purge in [false, true] {
        let mut stage = Stage::new();
        stage.add("A1", "upn=typo@contoso.com");
        let bogus = stage.get("A1").id;
        let licensed = stage.user("upn=kim@contoso.com; sku=E3; proxy=SMTP:kim@contoso.com");
        stage.delete("A1");
        if purge {
            stage.edit(TenantEdit::Purge { target: bogus });
        }
        let answer = stage.add("A1", "upn=kim@contoso.com");
        if purge {
            assert_eq!(outcome(&answer), "Updated SoftUpn");
            assert_eq!(stage.get("A1").id, licensed);
        } else {
            assert_eq!(outcome(&answer), "Restored Hard, quarantined kim@contoso.com");
            assert_eq!(stage.get("A1").upn.as_deref(), Some("kim1234@contoso.onmicrosoft.com"));
            assert_eq!(stage.of(licensed).anchor, None);
        }
    }
}

/// Item 7, ET-033, ET-045: Bob Smith leaves scope, is restored, comes back.
#[test]
fn et_033_the_bob_smith_story() {
    for block in [false, true] {
        let mut stage = Stage::new();
        stage.add("A1", "upn=bob@contoso.com");
        let bob = stage.get("A1").id;
        stage.run_to(at("05 10:30"));
        stage.delete("A1");
        stage.run_to(at("06 10:30"));
        stage.edit(TenantEdit::Restore {
            target: bob,
            new_user_principal_name: None,
            auto_reconcile_proxy_conflict: false,
        });
        stage.feature("blockCloudObjectTakeoverThroughHardMatch", block);
        stage.run_to(at("10 10:30"));
        let answer = stage.add("A1", "upn=bob@contoso.com");
        if block {
            let refusal = answer.refusal().unwrap();
            assert_eq!((refusal.name.as_str(), refusal.code), ("InvalidHardMatch", Some(103)));
            // Off, match, on: the documented routine.
            stage.feature("blockCloudObjectTakeoverThroughHardMatch", false);
            assert_eq!(outcome(&stage.add("A1", "upn=bob@contoso.com")), "Updated Hard");
            stage.feature("blockCloudObjectTakeoverThroughHardMatch", true);
            assert_eq!(outcome(&stage.set("A1", "title=x")), "Updated Anchor");
        } else {
            assert_eq!(outcome(&answer), "Updated Hard");
        }
        let after = stage.get("A1");
        assert_eq!((after.id, after.sync_enabled), (bob, Some(true)));
        assert_eq!(after.last_sync, Some(at("10 10:30")));
    }
}

/// ET-046: merging a duplicate that a blocked soft match made.
#[test]
fn et_046_unblock_purge_and_match() {
    let mut stage = Stage::new();
    let eva = stage.user("upn=eva@contoso.com");
    stage.feature("blockSoftMatch", true);
    stage.add("A1", "upn=eva@contoso.com");
    assert_eq!(stage.get("A1").upn.as_deref(), Some("eva1234@contoso.onmicrosoft.com"));
    assert_eq!(lookup::quarantine(&stage.tables).unwrap().len(), 1);
    stage.feature("blockSoftMatch", false);
    let target = stage.get("A1").id;
    stage.edit(TenantEdit::Delete { target });
    stage.edit(TenantEdit::Purge { target });
    assert_eq!(outcome(&stage.add("A1", "upn=eva@contoso.com")), "Updated SoftUpn");
    assert_eq!(stage.get("A1").id, eva);
}

/// ET-006: the order of rows in one export.
#[test]
fn et_006_a_delete_before_an_add_frees_the_upn() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    stage.delete("A1");
    assert_eq!(outcome(&stage.add("A2", "upn=ann@contoso.com")), "Created None");
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    stage.add("A2", "upn=ann@contoso.com");
    stage.delete("A1");
    assert_eq!(stage.get("A2").upn.as_deref(), Some("ann1234@contoso.onmicrosoft.com"));
    stage.run_to(at("01 10:00"));
    assert_eq!(stage.get("A2").upn.as_deref(), Some("ann@contoso.com"));
}
