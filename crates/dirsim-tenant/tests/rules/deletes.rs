//! Deletes, recycle bin, restore (ET-170 to ET-182).

use dirsim_tenant::TenantType::{Contact, Device, Group, User};
use dirsim_tenant::{Operation, TenantEdit, TenantEvent, lookup};

use crate::stage::{Stage, at, card, outcome};

fn restore(stage: &mut Stage, key: &str, new: Option<&str>, reconcile: bool) -> String {
    let target = stage.get(key).id;
    stage.edit(TenantEdit::Restore {
        target,
        new_user_principal_name: new.map(str::to_owned),
        auto_reconcile_proxy_conflict: reconcile,
    })
}

/// ET-170: a sync delete is a soft delete.
#[test]
fn et_170_a_sync_delete_is_a_soft_delete() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=bob@contoso.com; title=Clerk");
    let id = stage.get("A1").id;
    assert_eq!(outcome(&stage.delete("A1")), "SoftDeleted Anchor");
    let bob = stage.get("A1");
    assert_eq!((bob.id, bob.sync_enabled, bob.is_active()), (id, Some(false), false));
    assert_eq!(stage.profile(id, "jobTitle"), "Clerk");
    // ET-174: the shown name; ET-190: the anchor stays readable.
    assert_eq!(bob.shown_upn().unwrap(), format!("{}bob@contoso.com", id.simple()));
    assert_eq!(lookup::recycle_bin(&stage.tables).unwrap().len(), 1);
    // ET-171
    assert_eq!(outcome(&stage.delete("A1")), "NoChange None");
    assert_eq!(outcome(&stage.delete("A2")), "NoChange None");
}

/// ET-171: sync cannot delete what it does not own.
#[test]
fn et_171_sync_cannot_delete_what_it_does_not_own() {
    let mut stage = Stage::new();
    let eva = stage.user("upn=eva@contoso.com");
    let refused = stage.delete(&format!("User_{eva}"));
    assert_eq!(outcome(&refused), "DeletingCloudOnlyObjectNotAllowed -");
    assert_eq!(refused.refusal().unwrap().code, Some(114));
    assert!(stage.of(eva).is_active());
}

/// ET-172: restored before the client's next import; appendix C item 6.
#[test]
fn et_172_the_restore_too_early_trap() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=bob@contoso.com");
    stage.delete("A1");
    let since = dirsim_tenant::read::watermark(&stage.tables).unwrap();
    stage.now = at("01 09:10");
    assert_eq!(restore(&mut stage, "A1", None, false), "ok");
    assert_eq!(card(&stage.get("A1")), "bob@contoso.com false []");
    // The import finds the object alive again, with its anchor.
    let (rows, _) = dirsim_tenant::read::changes(&stage.tables, &stage.schema, since).unwrap();
    assert!(rows.iter().any(|row| !row.deleted && row.source_anchor.is_some()));
    for _cycle in 0..2 {
        assert_eq!(outcome(&stage.delete("A1")), "DeletingCloudOnlyObjectNotAllowed -");
    }
    // ET-033: the anchor takes it back.
    assert_eq!(outcome(&stage.add("A1", "upn=bob@contoso.com")), "Updated Hard");
    assert_eq!(stage.get("A1").sync_enabled, Some(true));
}

/// ET-173, ET-263: to the second.
#[test]
fn et_173_thirty_days() {
    for (when, works) in [("2026-03-31T08:59:59Z", true), ("2026-03-31T09:00:00Z", false)] {
        let mut stage = Stage::new();
        stage.add("A1", "upn=bob@contoso.com");
        stage.delete("A1");
        stage.now = when.parse().unwrap();
        let done = restore(&mut stage, "A1", None, false);
        assert_eq!(done == "ok", works, "{done}");
        assert!(works || done.starts_with("404"));
    }
    let mut stage = Stage::new();
    stage.add("A1", "upn=bob@contoso.com");
    let id = stage.get("A1").id;
    stage.delete("A1");
    let events = stage.run_to(at("31 09:00"));
    assert!(matches!(&events[..], [TenantEvent::Purged { object, .. }] if object.id == id));
    assert!(lookup::recycle_bin(&stage.tables).unwrap().is_empty());
    // ET-177: the anchor is free, the id is not used again.
    assert_eq!(outcome(&stage.add("A1", "upn=bob@contoso.com")), "Created None");
    assert_ne!(stage.get("A1").id, id);
}

/// ET-174: what a soft delete frees.
#[test]
fn et_174_what_a_soft_delete_frees() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=eva@contoso.com; proxy=SMTP:eva@contoso.com; sid=S1");
    stage.delete("A1");
    let kim = stage.user("upn=kim@contoso.com");
    assert_eq!(stage.patch(kim, "upn=eva@contoso.com; proxy=SMTP:eva@contoso.com"), "ok");
    assert_eq!(
        stage.patch(kim, "anchor=A1"),
        "400 Another object with the same value for property onPremisesImmutableId already exists."
    );
    assert_eq!(outcome(&stage.add("A2", "upn=p@contoso.com; sid=S1")), "Created None");
}

/// ET-175: restore meets conflicts.
#[test]
fn et_175_restore_meets_conflicts() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=eva@contoso.com; proxy=SMTP:eva@contoso.com,smtp:e@contoso.com");
    stage.delete("A1");
    stage.user("upn=eva@contoso.com; proxy=SMTP:eva@contoso.com");
    let exists = |name: &str| {
        format!("400 Another object with the same value for property {name} already exists.")
    };
    assert_eq!(restore(&mut stage, "A1", None, true), exists("userPrincipalName"));
    let new = Some("eva.old@contoso.com");
    assert_eq!(restore(&mut stage, "A1", new, false), exists("proxyAddresses"));
    assert!(restore(&mut stage, "A1", Some("x@nowhere.example"), true).starts_with("400"));
    assert_eq!(restore(&mut stage, "A1", new, true), "ok");
    assert_eq!(card(&stage.get("A1")), "eva.old@contoso.com false [SMTP:e@contoso.com]");
}

/// ET-176, table line 12, appendix C item 6.
#[test]
fn et_176_an_orphan_holds_its_addresses() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com");
    stage.delete("A1");
    let row = "upn=ann@contoso.com; proxy=SMTP:ann@contoso.com";
    let answer = stage.add("A2", row);
    assert_eq!(outcome(&answer), "AttributeValueMustBeUnique ProxyAddresses");
    let target = stage.get("A1").id;
    assert_eq!(answer.refusal().unwrap().conflicting, Some(target));
    assert_eq!(stage.edit(TenantEdit::Purge { target }), "ok");
    assert_eq!(outcome(&stage.add("A2", row)), "Created None");
    // The other reading.
    let mut stage = Stage::with("new-tenant", None, &[("orphan-proxy-check", false)]);
    stage.add("A1", row);
    stage.delete("A1");
    assert_eq!(outcome(&stage.add("A2", row)), "Created None");
}

/// ET-178: an administrator deletes a synchronized user.
#[test]
fn et_178_an_administrator_deletes_a_synced_user() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    let target = stage.get("A1").id;
    assert_eq!(stage.edit(TenantEdit::Delete { target }), "ok");
    assert_eq!(stage.get("A1").sync_enabled, Some(true));
    assert_eq!(outcome(&stage.add("A1", "upn=ann@contoso.com")), "Restored Hard");
    assert_eq!(stage.get("A1").id, target);
    stage.edit(TenantEdit::Delete { target });
    assert_eq!(restore(&mut stage, "A1", None, false), "ok");
    assert_eq!(outcome(&stage.set("A1", "title=x")), "Updated Anchor");
}

/// ET-179, ET-180: who has a recycle bin.
#[test]
fn et_179_groups_contacts_and_devices() {
    for (profile, kind, text, to_bin) in [
        ("p2026", Group, "name=T; groupTypes=Unified; mailEnabled=true", true),
        ("p2026", Group, "name=S; securityEnabled=true", true),
        ("p2025", Group, "name=S; securityEnabled=true", false),
        ("p2026", Group, "name=D; mailEnabled=true; proxy=SMTP:d@contoso.com", false),
        ("p2026", Contact, "name=C; proxy=SMTP:c@contoso.com", false),
        ("p2026", Device, "name=PC", false),
        ("p2026", Group, "name=Synced; securityEnabled=true; flag=true; anchor=A1", false),
    ] {
        let mut stage = Stage::with("new-tenant", Some(profile), &[]);
        let target = stage.cloud(kind, text);
        assert_eq!(stage.edit(TenantEdit::Delete { target }), "ok");
        let bin = lookup::recycle_bin(&stage.tables).unwrap();
        assert_eq!(!bin.is_empty(), to_bin, "{profile} {text}");
    }
}

/// ET-181: a restore through sync meets conflicts.
#[test]
fn et_181_a_restore_through_sync_is_quarantined() {
    for (resilient, expected) in [
        (true, "Restored Hard, quarantined eva@contoso.com, quarantined SMTP:eva@contoso.com"),
        (false, "AttributeValueMustBeUnique ProxyAddresses"),
    ] {
        let mut stage = Stage::with(
            "new-tenant",
            None,
            &[
                ("quarantineUponUpnConflict", resilient),
                ("quarantineUponProxyAddressesConflict", resilient),
            ],
        );
        let row = "upn=eva@contoso.com; proxy=SMTP:eva@contoso.com";
        stage.add("A1", row);
        stage.delete("A1");
        stage.user("upn=eva@contoso.com; proxy=SMTP:eva@contoso.com");
        assert_eq!(outcome(&stage.add("A1", row)), expected);
        assert_eq!(stage.get("A1").is_active(), resilient);
        if resilient {
            assert_eq!(stage.get("A1").upn.as_deref(), Some("eva1234@contoso.onmicrosoft.com"));
        }
    }
}

/// ET-182: a lost delete leaves an orphan that an administrator may remove.
#[test]
fn et_182_an_orphan_is_read_only() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    let target = stage.get("A1").id;
    assert!(stage.patch(target, "title=x").starts_with("400"));
    assert_eq!(stage.edit(TenantEdit::Delete { target }), "ok");
    assert!(!stage.get("A1").is_active());
    assert_eq!(stage.count(User), 0);
}

/// ET-182: the switch: the next Delete of an anchor does nothing, the one after it does.
#[test]
fn et_182_a_lost_delete() {
    let mut stage = Stage::new();
    stage.add("A1", "upn=ann@contoso.com");
    let anchor = crate::stage::anchor("A1");
    stage.edit(TenantEdit::SetOption(dirsim_tenant::TenantOption::LoseDelete(anchor)));
    assert_eq!(outcome(&stage.delete("A1")), "NoChange Anchor");
    assert_eq!(stage.get("A1").sync_enabled, Some(true));
    assert_eq!(outcome(&stage.delete("A1")), "SoftDeleted Anchor");
}

/// ET-226, appendix C item 15.
#[test]
fn et_226_a_licensed_group_cannot_be_deleted() {
    let mut stage = Stage::new();
    stage.add_kind(Group, "A1", "name=G; securityEnabled=true");
    let target = stage.get("A1").id;
    let license = |assigned| TenantEdit::SetLicense { target, sku: "E5".to_owned(), assigned };
    stage.edit(license(true));
    let row = stage.row(Operation::Delete, Group, "A1", "");
    assert_eq!(outcome(&stage.send(&row)), "GroupHasAssignedLicense -");
    assert!(stage.edit(TenantEdit::Delete { target }).starts_with("400"));
    stage.edit(license(false));
    assert_eq!(outcome(&stage.send(&row)), "HardDeleted Anchor");
}
